//! Does the advice on the bar stand up: to another value of an SQL, in months that were not used, and to last month's review?
//!
//! Out of time: the rule is asked with all months but the last three that have had their whole window; in those three the
//! gain of the advised bar is counted by emulation, `c (n₀ − n_θ) − V (y₀ − y_θ)` per MQL, with the binomial variance of the
//! SQLs lost, times φ. A higher bar whose gain there is below 0 with 95 % confidence is not advised.

use super::backtest::{Direction, Repeated, Review};
use super::emulation::Emulation;
use super::evidence::{BANDS, Evidence};
use super::threshold::{self, Judgement, Rule, Verdict, Z90};
use crate::metrics::Estimate;
use crate::report::format;
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;

/// Shares of the value per SQL that the advice is tried with.
const VALUES: [f64; 2] = [0.5, 1.5];
/// Probability from which on a repeated move can be announced.
const ANNOUNCED: f64 = 0.8;
/// Months that the advice is tried on.
const LATE_MONTHS: i32 = 3;

/// What is advised about the bar, today's points left as they are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BarAdvice {
    /// What to do.
    pub verdict: Verdict,
    /// The advised threshold; today's unless the verdict is to move.
    pub threshold: f64,
    /// Its gain against today's bar, in units of the currency per MQL of today, with its 90 % range; empty unless the verdict is
    /// to move.
    pub gain_per_mql: Estimate,
    /// The same per month.
    pub gain_per_month: Estimate,
    /// The same per year: twelve such months.
    pub gain_per_year: Estimate,
    /// Probability that it is better than today's.
    pub probability_better: Option<f64>,
    /// Whether the review of the month-end before said the same direction: a move is announced when it repeats.
    pub repeated: Repeated,
    /// The advice if an SQL were worth half as much, or half as much again.
    pub sensitivity: Vec<Sensitivity>,
    /// What the advised move gains in the last months; `null` unless a higher bar was weighed.
    pub out_of_time: Option<OutOfTime>,
}

/// The advice at another value of an SQL.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Sensitivity {
    /// What an SQL would be worth.
    pub value_per_sql: f64,
    /// What to do then.
    pub verdict: Verdict,
    /// The threshold advised then.
    pub threshold: f64,
}

/// The gain of a higher bar in the last months that have had their whole window.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct OutOfTime {
    /// The first of these months.
    pub from: Month,
    /// The last of them.
    pub to: Month,
    /// Their MQLs.
    pub mqls: u64,
    /// The threshold that was tried.
    pub threshold: f64,
    /// What the months before advise by themselves.
    pub advised_before: f64,
    /// Gain per MQL in units of the currency, with its 90 % range.
    pub gain_per_mql: Estimate,
}

impl OutOfTime {
    /// Whether the months speak against the move.
    pub fn refuses(&self) -> bool {
        self.gain_per_mql.high.is_some_and(|high| high < 0.0)
    }
}

/// The advice at half the value of an SQL, and at half as much again.
pub fn sensitivity(evidence: &Evidence, value: f64, cost: f64, rule: &Rule) -> Vec<Sensitivity> {
    let tried = VALUES.map(|share| value * share);
    let tried = tried.into_iter().filter(|value| *value > cost);
    tried
        .map(|value| {
            let judgement = threshold::judge(evidence, value, cost, rule);
            Sensitivity { value_per_sql: value, verdict: judgement.verdict, threshold: judgement.suggested }
        })
        .collect()
}

/// What the advised higher bar gains in the last months; `None` where there are no three months with MQLs, or nothing before.
pub fn out_of_time(evidence: &Evidence, judgement: &Judgement, rule: &Rule) -> Option<OutOfTime> {
    if judgement.verdict != Verdict::Tighten {
        return None;
    }
    let whole = evidence.as_of?.plus(1).plus(-(evidence.window_days as i32));
    let to = whole.month().plus(-1);
    let from = to.plus(1 - LATE_MONTHS);
    let early = before(evidence, from);
    let advised = threshold::judge(&early, judgement.value_per_sql, judgement.cost_per_mql, rule);
    if advised.verdict == Verdict::NotEnoughData {
        return None;
    }
    let delay = rule.nuisances.first()?.delay_per_week;
    let emulation = Emulation::new(evidence, |month, _| if (from..=to).contains(&month) { 1.0 } else { 0.0 });
    let emulated = emulation.at(1.0, delay);
    let band = ((judgement.suggested - judgement.current) / evidence.step).round() as usize;
    let (mqls, avoided) = (emulated.mqls[0], emulated.mqls[0] - emulated.mqls.get(band.min(BANDS - 1))?);
    if mqls < 1.0 || avoided <= 0.0 {
        return None;
    }
    let lost = (emulated.sqls[0] - emulated.sqls[band.min(BANDS - 1)]).clamp(0.0, avoided);
    let gain = (judgement.cost_per_mql * avoided - judgement.value_per_sql * lost) / mqls;
    // With no SQL lost half a one stands for the doubt.
    let doubtful = lost.max(0.5).min(avoided / 2.0);
    let sd = judgement.value_per_sql * (judgement.phi * doubtful * (1.0 - doubtful / avoided)).sqrt() / mqls;
    Some(OutOfTime {
        from,
        to,
        mqls: mqls.round() as u64,
        threshold: judgement.suggested,
        advised_before: advised.suggested,
        gain_per_mql: Estimate { value: Some(gain), low: Some(gain - Z90 * sd), high: Some(gain + Z90 * sd) },
    })
}

/// The evidence of the months before one.
fn before(evidence: &Evidence, month: Month) -> Evidence {
    let mut early = evidence.clone();
    early.open.retain(|row| row.month < month);
    early.unconverted.retain(|row| row.month < month);
    early.converted.retain(|row| row.month < month);
    early.crossed.retain(|row| row.month < month);
    early.explored.retain(|row| row.month < month);
    early
}

/// "Raise" and what else the advice rests on: last month's review, the last months, another value of an SQL.
pub fn sentences(bar: &BarAdvice, current: f64, previous: Option<&Review>, currency: &str) -> Vec<String> {
    let mut says = Vec::new();
    let moves = matches!(bar.verdict, Verdict::Tighten | Verdict::LoosenOneNotch);
    if moves {
        says.push(announced(bar, previous));
    }
    if let Some(test) = &bar.out_of_time
        && let (Some(gain), Some(low), Some(high)) =
            (test.gain_per_mql.value, test.gain_per_mql.low, test.gain_per_mql.high)
    {
        let money = |value: f64| format::money((value * 10.0).round() / 10.0, currency);
        let range = format!("{} per MQL (90\u{a0}% range {} to {})", money(gain), money(low), money(high));
        let months = format!(
            "{} to {} ({} MQLs)",
            format::month_compact(test.from),
            format::month_compact(test.to),
            format::count(test.mqls as f64)
        );
        says.push(if test.refuses() {
            format!(
                "All months together would speak for {}, but in the last ones with a whole window, {months}, it would have lost: {range}. So the bar is kept.",
                test.threshold
            )
        } else {
            format!(
                "In the last months with a whole window, {months}, {} would have gained {range}; the months before by themselves advise {}.",
                test.threshold, test.advised_before
            )
        });
    }
    if let (Some(low), Some(high)) = (bar.sensitivity.first(), bar.sensitivity.get(1))
        && bar.verdict != Verdict::NotEnoughData
    {
        let at = |tried: &Sensitivity| match tried.threshold == current {
            true => format!("keep {current}"),
            false => format!("{}", tried.threshold),
        };
        says.push(format!(
            "If an SQL were worth {}, the advice would be {}; if {}, {}.",
            format::money(low.value_per_sql, currency),
            at(low),
            format::money(high.value_per_sql, currency),
            at(high)
        ));
    }
    says
}

/// What is said of a move that two reviews advise.
pub(super) const MAY_ANNOUNCE: &str = "so the move can be announced";

fn announced(bar: &BarAdvice, previous: Option<&Review>) -> String {
    let Some(before) = previous.filter(|_| bar.repeated != Repeated::Unknown) else {
        return "There is no earlier review that could tell. Announce the move when next month's review repeats it."
            .to_string();
    };
    if bar.repeated == Repeated::Yes {
        let chance = bar.probability_better.unwrap_or(0.0);
        return if chance >= ANNOUNCED {
            format!("The review as of {} said the same direction, {MAY_ANNOUNCE}.", format::day(before.as_of))
        } else {
            format!(
                "The review as of {} said the same direction, but both rest mostly on the same leads, and a chance of {} is no proof: a move on expectation, not one to announce.",
                format::day(before.as_of),
                format::chance(chance)
            )
        };
    }
    let said = match before.direction() {
        Direction::Up => "to raise it",
        Direction::Down => "to lower it",
        Direction::Stay | Direction::Unknown => "to keep it",
    };
    format!(
        "This is said for the first time: the review as of {} said {said}. Announce the move when next month's review repeats it.",
        format::day(before.as_of)
    )
}
