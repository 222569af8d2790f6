//! Is the bar for a marketing-qualified lead right? From counts to an emulated past, a judgement and advice.
//!
//! The benchmark judges the average; the threshold is judged at the margin: what do the leads bring that only just
//! reach it? What lies below the bar was never worked, so nothing can be proved about it from history.

pub mod advice;
pub mod asked;
pub mod backtest;
pub mod checks;
pub mod emulation;
pub mod evidence;
pub mod points;
pub mod quality;
pub mod recorded;
pub mod refit;
pub mod simulation;
pub mod suggested;
pub mod support;
pub mod threshold;
pub mod traps;
pub mod tried;
pub mod versions;

use crate::config::plan::{Criteria, Economics, Plan};
use crate::facts::Facts;
use crate::metrics::Estimate;
use crate::metrics::funnel::{Rate, Status};
use crate::replay;
use crate::report::format;
use crate::stats::proportion;
use crate::vocabulary::{Day, Month};
use evidence::{BLOCK_STARTS, Evidence};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use threshold::{Basis, Candidate, ExploreWhen, Judgement, Rule, Verdict};

/// A score that puts the right lead first more often than this is a leak before it is a success.
const TOO_GOOD: f64 = 0.9;
/// Traps that are to be dealt with before the bar is moved.
const FIRST: [&str; 3] = ["junk_channel", "machine_opens", "filled_by_sales"];
/// Days in an average month.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// The judgement of the bar, as written to `calibration.json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Calibration {
    /// Version of this format.
    pub schema_version: u32,
    /// What to do.
    pub verdict: Verdict,
    /// The criteria in force; `null` when the project names none.
    pub criteria: Option<CriteriaView>,
    /// The criteria that are advised: other points with their own threshold where those are proved better (`points`), else
    /// today's points with the advised threshold (`bar`).
    pub suggested: Option<CriteriaView>,
    /// The advice on the threshold with today's points; `null` when the project names no criteria.
    pub bar: Option<checks::BarAdvice>,
    /// Lowest and highest of the thresholds that are equally good.
    pub plateau: Option<(f64, f64)>,
    /// Every threshold that was weighed, lowest first.
    pub sweep: Vec<SweepRow>,
    /// Rate by score at the MQL moment.
    pub bands: Vec<BandRow>,
    /// Evidence per criterion; empty as long as only the threshold is judged.
    pub criteria_evidence: Vec<CriterionEvidence>,
    /// The advice, in sentences.
    pub says: Vec<String>,
    /// What to keep in mind.
    pub warnings: Vec<String>,
    /// Mature MQLs that it rests on.
    pub mature_mqls: u64,
    /// Their SQLs within the window.
    pub mature_sqls: u64,
    /// The rate at which the marginal lead pays: sales' cost per MQL ÷ value per SQL; `null` without economics.
    pub break_even: Option<f64>,
    /// MQL→SQL of the leads that only just reach the bar.
    pub marginal_at_bar: Estimate,
    /// MQLs per month under the criteria in force.
    pub mqls_per_month: Option<f64>,
    /// Probability that the level changed within the period, and the most likely month.
    pub change: Option<threshold::ChangePoint>,
    /// What the review of the month-end before said, with everything after it hidden; `null` where there was none. Advice
    /// to move is announced when two reviews in a row say the same direction.
    pub previous: Option<backtest::Review>,
    /// What is known below the bar, and what an exploration would take; `null` where the bar cannot be judged at all.
    pub support: Option<support::Support>,
    /// How good the score is that the bar is laid across.
    pub quality: quality::Quality,
    /// What each threshold would have left of the MQLs by the score that the export gives for the MQL moment; `null` = there is
    /// none, or scores can be replayed, which tells more.
    pub recorded: Option<recorded::Recorded>,
    /// What came of each version of the criteria, and whether the last change worked.
    pub versions: versions::Versions,
    /// What in the data would mislead whoever judges the score by them.
    pub traps: traps::Traps,
    /// The refit of the points; `null` when no score can be replayed.
    pub points: Option<points::PointsAdvice>,
    /// What other points for one action at a time would have brought, those with most points today first; empty where the bar
    /// cannot be judged.
    pub tried: Vec<tried::ActionTried>,
}

/// A version of the criteria, for reading.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CriteriaView {
    /// First day in force; `null` = since ever.
    pub effective_from: Option<Day>,
    /// Score at which a lead is an MQL.
    pub threshold: f64,
    /// Only actions at most this old count; `null` = all.
    pub lookback_days: Option<u32>,
    /// Points of an action halve every so many days; `null` = never.
    pub half_life_days: Option<f64>,
    /// Action type → points.
    pub points: BTreeMap<String, f64>,
    /// Action type → how many actions count at most.
    pub caps: BTreeMap<String, u32>,
    /// Attribute → value → points.
    pub fit: BTreeMap<String, BTreeMap<String, f64>>,
}

/// A threshold of the sweep.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SweepRow {
    /// The threshold.
    pub threshold: f64,
    /// MQLs per month.
    pub mqls_per_month: f64,
    /// SQLs per month, those lost by waiting taken off.
    pub sqls_per_month: f64,
    /// MQL→SQL of all leads at or above the threshold.
    pub rate: Rate,
    /// MQL→SQL of the leads that only just reach it.
    pub marginal_rate: Rate,
    /// MQL→SQL of the leads that a move from today's bar to this threshold takes out (or in), at the level expected from now
    /// on, those lost by waiting taken off: the gain is the change in MQLs × (value per SQL × this − cost per MQL). `null`
    /// for today's bar.
    pub moved_rate: Option<f64>,
    /// Value of the SQLs less sales' cost of the MQLs; empty without economics.
    pub profit_per_month: Estimate,
    /// The same against today's threshold.
    pub gain_per_month: Estimate,
    /// What an SQL must be worth, in sales' costs of an MQL, for the leads that only just reach the threshold to pay for
    /// themselves: 1 ÷ marginal rate, from the upper to the lower limit of that.
    pub pays_from_ratio: Estimate,
    /// Probability that it is better than today's threshold.
    pub probability_better: Option<f64>,
    /// What the row rests on.
    pub basis: Basis,
}

/// Rate of a band of scores at the MQL moment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BandRow {
    /// Lowest score of the band.
    pub from: f64,
    /// Scores below this one; `null` = open-ended.
    pub to: Option<f64>,
    /// MQL→SQL of its MQLs.
    pub rate: Rate,
}

/// Evidence on one criterion.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CriterionEvidence {
    /// The criterion.
    pub name: String,
    /// Its points now.
    pub points_now: f64,
    /// Its advised points.
    pub points_suggested: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Leads it rests on.
    pub n: u64,
    /// In one sentence.
    pub says: String,
}

/// The block of pooled weeks that a week belongs to.
pub fn block(week: usize) -> usize {
    BLOCK_STARTS.iter().rposition(|start| *start <= week).unwrap_or(0)
}

/// Judges the bar. `missing` says why there is no evidence, if there is none.
pub fn judge(plan: &Plan, as_of: Day, evidence: &Evidence, facts: &Facts, missing: Option<String>) -> Calibration {
    let criteria = replay::current(&plan.criteria, as_of);
    let view = criteria.map(view);
    let mut result = Calibration {
        schema_version: 1,
        verdict: Verdict::NotEnoughData,
        suggested: view
            .clone()
            .map(|view| CriteriaView { effective_from: Some(next_month(as_of).first_day()), ..view }),
        bar: criteria.map(|criteria| bar_advice(Verdict::NotEnoughData, criteria.threshold)),
        criteria: view,
        plateau: None,
        sweep: Vec::new(),
        bands: Vec::new(),
        criteria_evidence: Vec::new(),
        says: Vec::new(),
        warnings: Vec::new(),
        mature_mqls: 0,
        mature_sqls: 0,
        break_even: None,
        marginal_at_bar: Estimate::NONE,
        mqls_per_month: None,
        change: None,
        previous: None,
        support: None,
        quality: quality::Quality::default(),
        recorded: None,
        versions: versions::Versions::default(),
        traps: traps::Traps::default(),
        points: None,
        tried: Vec::new(),
    };
    let Some(criteria) = criteria.filter(|_| missing.is_none()) else {
        let why = missing.unwrap_or_else(|| "the project file names no [[criteria]]".to_string());
        result.says.push(format!("The bar cannot be judged: {why}."));
        return result;
    };
    let pending = plan.criteria.iter().filter_map(|version| version.effective_from).find(|from| *from > as_of);
    let settings = &plan.calibration;
    // Exploring is advised only where a lower bar may pay: a right bar always lies just below leads that do.
    let rule = Rule {
        explore_when: ExploreWhen::LooseningMayPay,
        ..Rule::with(settings.delay_per_week, settings.odds_factor, settings.notch)
    };
    let economics = priced(&plan.economics);
    if let Some((value, cost)) = economics.as_ref().filter(|(value, cost)| cost >= value) {
        result.says.push(advice::cannot_pay(*value, *cost, &plan.currency));
        return result;
    }
    // Without economics the gates and counts are the same, but nothing is weighed in money.
    let (value, cost) = economics.unwrap_or((0.0, 0.0));
    let mut judgement = threshold::judge(evidence, value, cost, &rule);
    let out_of_time = checks::out_of_time(evidence, &judgement, &rule);
    if out_of_time.as_ref().is_some_and(checks::OutOfTime::refuses) {
        judgement.verdict = Verdict::Keep;
        judgement.suggested = judgement.current;
    }
    result.mature_mqls = judgement.mature_mqls;
    result.mature_sqls = judgement.mature_sqls;
    result.bands = bands(facts, criteria, evidence.step, plan);
    let months = months_of_evidence(evidence, criteria);
    let mqls_per_month = (judgement.mature_mqls > 0).then(|| judgement.mature_mqls as f64 / months);
    result.mqls_per_month = mqls_per_month;
    let per_month = mqls_per_month.unwrap_or(0.0);
    let candidates = match economics {
        Some(_) => judgement.candidates.clone(),
        None => threshold::frontier(evidence, &rule),
    };
    let overall = judgement.mature_sqls as f64 / judgement.mature_mqls.max(1) as f64;
    let above = |i: usize| candidates.get(i + 1).map_or(0.0, |next| next.mqls_share);
    result.sweep = candidates
        .iter()
        .enumerate()
        .map(|(i, row)| sweep_row(row, above(i), per_month, overall, &judgement, economics, plan))
        .collect();
    if judgement.mature_mqls < rule.least_mqls || judgement.mature_sqls < rule.least_sqls || economics.is_some() {
        result.verdict = judgement.verdict;
        result.plateau = judgement.plateau;
        result.break_even = economics.map(|(value, cost)| cost / value);
        if let Some((value, low, high)) = judgement.marginal_at_bar {
            result.marginal_at_bar = Estimate { value: Some(value), low: Some(low), high: Some(high) };
        }
        result.change = judgement.change;
        if let Some(suggested) = &mut result.suggested {
            suggested.threshold = judgement.suggested;
        }
        result.says = advice::sentence(&judgement, &plan.currency, per_month);
        let chosen = judgement.candidates.iter().find(|row| row.threshold == judgement.suggested);
        let moved = chosen.filter(|row| row.basis != Basis::Observed);
        let per_mql =
            moved.map_or(Estimate::NONE, |row| Estimate { value: row.gain_per_mql, low: row.low, high: row.high });
        let gain_per_month = per_mql.times(per_month);
        result.bar = Some(checks::BarAdvice {
            gain_per_mql: per_mql,
            gain_per_year: gain_per_month.times(12.0),
            gain_per_month,
            probability_better: moved.and_then(|row| row.probability_better),
            sensitivity: checks::sensitivity(evidence, value, cost, &rule),
            out_of_time,
            ..bar_advice(judgement.verdict, judgement.suggested)
        });
    } else {
        result.verdict = Verdict::NoEconomics;
        result.bar = Some(bar_advice(Verdict::NoEconomics, judgement.current));
        let at_bar = result.sweep.iter().find(|row| row.basis == Basis::Observed);
        if let Some(row) = at_bar {
            let rate = &row.marginal_rate;
            result.marginal_at_bar = Estimate { value: rate.estimate, low: rate.low, high: rate.high };
        }
        result.says = advice::without_economics(at_bar);
    }
    let advised = result.bar.as_ref().map(|bar| bar.threshold);
    let then = result.sweep.iter().find(|row| Some(row.threshold) == advised).map(|row| row.mqls_per_month);
    if let (Some(capacity), Some(now)) = (plan.economics.capacity_per_month, then.or(mqls_per_month))
        && now > capacity
    {
        let fits = result.sweep.iter().find(|row| row.mqls_per_month <= capacity).map(|row| row.threshold);
        let fits = fits.map(|t| format!("; the lowest threshold that fits is {t}")).unwrap_or_default();
        let at = advised.map(|bar| format!(" at a bar of {bar}")).unwrap_or_default();
        result.says.insert(
            result.says.len().min(1),
            format!("Sales can work {capacity:.0} MQLs a month, and{at} there are {now:.0}{fits}. The advice does not allow for that."),
        );
    }
    if let Some(from) = pending {
        result.warnings.push(format!(
            "The project file holds criteria that take effect on {}; what is judged here are those in force until then.",
            format::day(from)));
    }
    if let Some(from) = criteria.effective_from.filter(|from| evidence.first_created.is_some_and(|day| day < *from)) {
        result.warnings.push(format!(
            "Only MQLs since {} count here, when the criteria in force took effect: older ones crossed another bar. These are not the months of the rate over all report months, so the two averages differ.", format::day(from)));
    }
    let explored: u64 = evidence.explored.iter().map(|row| row.n).sum();
    result.warnings.push(match explored {
        0..20 => "What lies below the bar was hardly ever worked, so every number there is a line drawn onward, not an observation.".to_string(),
        n => format!("Below the bar {n} explored leads were worked: the numbers there are a line through them and the leads above."),
    });
    result
}

/// Traps that move the bar or the points by themselves.
fn first_of(traps: &traps::Traps) -> impl Iterator<Item = &traps::Trap> {
    traps.found.iter().filter(|trap| FIRST.contains(&trap.code.as_str()))
}

/// The advice on the bar, without a gain.
fn bar_advice(verdict: Verdict, threshold: f64) -> checks::BarAdvice {
    checks::BarAdvice {
        verdict,
        threshold,
        gain_per_mql: Estimate::NONE,
        gain_per_month: Estimate::NONE,
        gain_per_year: Estimate::NONE,
        probability_better: None,
        repeated: backtest::Repeated::Unknown,
        sensitivity: Vec::new(),
        out_of_time: None,
    }
}

impl Calibration {
    /// Takes in what the review of the month-end before said, and says what the advice on the bar rests on.
    pub fn compare(&mut self, previous: Option<backtest::Review>, as_of: Day, currency: &str) {
        let now = backtest::Review::of(self, as_of);
        self.previous = previous;
        let (Some(bar), Some(current)) = (&mut self.bar, now.bar) else { return };
        if let Some(before) = &self.previous {
            bar.repeated = now.repeats(before);
        }
        self.says.extend(checks::sentences(bar, current, self.previous.as_ref(), currency));
    }

    /// What is to be dealt with before the bar is moved, if anything is.
    pub fn first(&self) -> Option<&traps::Trap> {
        first_of(&self.traps).next()
    }

    /// Takes in the traps. Some of them move the bar or the points by themselves.
    pub fn heed(&mut self, traps: traps::Traps) {
        let titles: Vec<&str> = first_of(&traps).map(|trap| trap.title.as_str()).collect();
        if !titles.is_empty() && !matches!(self.verdict, Verdict::NotEnoughData | Verdict::NoEconomics) {
            for says in &mut self.says {
                *says = says
                    .replace(checks::MAY_ANNOUNCE, "but something here misleads the score, so announce nothing yet");
            }
            self.says
                .push(format!("First deal with what misleads here, then judge the bar again: {}.", titles.join("; ")));
        }
        self.traps = traps;
    }

    /// Takes in the refit of the points: where another card is proved better, and brings more than moving the bar alone, it is
    /// what is advised.
    pub fn adopt(&mut self, points: points::PointsAdvice, as_of: Day, currency: &str) {
        self.criteria_evidence = points.evidence.clone();
        let was_found = points.status == points::PointsStatus::Advised && self.break_even.is_some();
        self.points = Some(points);
        if let Some(card) = self.refitted().and_then(|points| points.card.clone()) {
            self.says.push(format!(
                "There are two ways, and only one can be taken: the above keeps the points as they are; other points with a bar of their own, {} on their scale, are expected to bring more (below). criteria.suggested.toml holds the other points.",
                card.threshold
            ));
            self.suggested = Some(CriteriaView { effective_from: Some(next_month(as_of).first_day()), ..card });
        } else if was_found && self.traps.found.iter().any(|trap| trap.code == "filled_by_sales") {
            self.says
                .push("Other points are not advised: they would rest on an attribute that sales fills in.".to_string());
        } else if was_found && let Some(gain) = self.bar.as_ref().and_then(|bar| bar.gain_per_month.value) {
            self.says.push(format!(
                "Other points rank leads better, too, but are expected to bring less than the {} a month of moving the bar; criteria.suggested.toml moves the bar.",
                crate::report::format::money(gain.round(), currency)
            ));
        }
    }

    /// Other points that are advised: proved better, and expected to bring more than the bar by itself. Without economics
    /// nothing says where their threshold should lie, so none are.
    pub fn refitted(&self) -> Option<&points::PointsAdvice> {
        let points = self.points.as_ref().filter(|points| points.status == points::PointsStatus::Advised)?;
        let of_the_bar = self.bar.as_ref().and_then(|bar| bar.gain_per_month.value).unwrap_or(0.0);
        let brings_more = points.gain_per_month.value.is_some_and(|gain| gain > of_the_bar);
        // Points that know the outcome so well have learned what sales fills in, not what leads do.
        let knows_too_much = points.tested.as_ref().is_some_and(|tested| tested.auc_suggested > TOO_GOOD)
            || self.traps.found.iter().any(|trap| trap.code == "filled_by_sales");
        (self.break_even.is_some() && brings_more && !knows_too_much).then_some(points)
    }

    /// Judges the score itself; and the bar by the scores that the export gives, where none can be replayed. `missing` says
    /// why none can.
    pub fn judge_score(&mut self, plan: &Plan, facts: &Facts, missing: Option<&str>) {
        let bar = replay::bar_of(self.criteria.as_ref().map(|criteria| criteria.threshold));
        let level = plan.verdict.level;
        self.quality =
            quality::judge(&facts.worked_scores, &facts.recorded_agreement, (bar, facts.recorded_bar), missing, level);
        if missing.is_none() {
            return;
        }
        let bar_in_force = self.criteria.as_ref().map(|criteria| criteria.threshold);
        let Some(found) = recorded::judge(plan, facts, bar_in_force) else {
            self.says.push(recorded::WHAT_TO_EXPORT.to_string());
            return;
        };
        self.says = found.says.clone();
        self.verdict = found.verdict;
        self.mature_mqls = found.mature_mqls;
        self.mature_sqls = found.mature_sqls;
        self.break_even = priced(&plan.economics).map(|(value, cost)| cost / value);
        if let (Some(suggested), Some(advised)) = (&mut self.suggested, found.advised) {
            suggested.threshold = advised;
        }
        if let Some(bar) = self.criteria.as_ref().map(|criteria| criteria.threshold) {
            self.bar = Some(bar_advice(found.verdict, found.advised.unwrap_or(bar)));
        }
        self.warnings.extend(found.caveats.iter().cloned());
        self.recorded = Some(found);
    }
}

/// Value per SQL and sales' cost per MQL, if both are known and make sense.
pub fn priced(economics: &Economics) -> Option<(f64, f64)> {
    let (value, cost) = (economics.value_per_sql?, economics.sales_cost_per_mql?);
    (value > 0.0 && cost > 0.0).then_some((value, cost))
}

/// Months between the first and the last day on which a mature MQL could have come.
fn months_of_evidence(evidence: &Evidence, criteria: &Criteria) -> f64 {
    let (Some(first), Some(as_of)) = (evidence.first_created, evidence.as_of) else { return 1.0 };
    let first = criteria.effective_from.map_or(first, |from| from.max(first));
    let days = as_of.0 - evidence.window_days as i32 - first.0 + 1;
    (f64::from(days) / MONTH_DAYS).max(1.0)
}

fn sweep_row(
    row: &Candidate,
    share_above: f64,
    per_month: f64,
    overall: f64,
    judgement: &Judgement,
    economics: Option<(f64, f64)>,
    plan: &Plan,
) -> SweepRow {
    let mqls = row.mqls_share * per_month;
    let sqls = row.sqls_share * per_month * overall;
    let profit = economics.map(|(value, cost)| per_month * (value * overall - cost));
    let gain = |value: Option<f64>| value.map(|value| value * per_month);
    let gain = Estimate { value: gain(row.gain_per_mql), low: gain(row.low), high: gain(row.high) };
    let plus = |gain: Option<f64>| Some(profit? + gain?);
    let n = row.mqls_share * judgement.mature_mqls as f64;
    let band = (row.mqls_share - share_above).max(0.0) * judgement.mature_mqls as f64;
    let x = row.sqls_share * judgement.mature_sqls as f64;
    let (window, level) = (plan.windows.mql_to_sql_days, plan.verdict.level);
    let wilson = proportion::wilson(x.min(n) / judgement.phi, n / judgement.phi, level);
    let share = row.average_rate;
    SweepRow {
        threshold: row.threshold,
        mqls_per_month: mqls,
        sqls_per_month: sqls,
        rate: rate(n, x, share, wilson.map(|interval| (interval.low, interval.high)), window, level),
        marginal_rate: rate(
            band,
            row.marginal_rate.map_or(0.0, |(value, ..)| value * band),
            row.marginal_rate.map(|(value, ..)| value),
            row.marginal_rate.map(|(_, low, high)| (low, high)),
            window,
            level,
        ),
        moved_rate: row.moved_rate,
        profit_per_month: Estimate { value: plus(gain.value), low: plus(gain.low), high: plus(gain.high) },
        gain_per_month: gain,
        pays_from_ratio: ratio(row.marginal_rate),
        probability_better: row.probability_better,
        basis: row.basis,
    }
}

/// 1 ÷ a rate with its limits; nothing where the rate is not known or may be 0.
fn ratio(rate: Option<(f64, f64, f64)>) -> Estimate {
    let found = rate.filter(|(value, low, _)| *value > 0.0 && *low > 0.0);
    found.map_or(Estimate::NONE, |(value, low, high)| Estimate {
        value: Some(1.0 / value),
        low: Some(1.0 / high),
        high: Some(1.0 / low),
    })
}

fn rate(n: f64, x: f64, share: Option<f64>, limits: Option<(f64, f64)>, window: u32, level: f64) -> Rate {
    Rate {
        n: n.round() as u64,
        converted: x.round() as u64,
        n_estimated: n.round() as u64,
        converted_estimated: x.round() as u64,
        observed: None,
        maturity: Some(1.0),
        estimate: share,
        low: share.and(limits.map(|(low, _)| low)),
        high: share.and(limits.map(|(_, high)| high)),
        level,
        window_days: Some(window),
        status: if share.is_some() { Status::Mature } else { Status::Unavailable },
        n_effective: None,
    }
}

/// Rate by score at the MQL moment, in pairs of bands; what lies under the bar is one band.
fn bands(facts: &Facts, criteria: &Criteria, step: f64, plan: &Plan) -> Vec<BandRow> {
    let bar = (criteria.threshold / step).floor() as i64;
    let mut rows: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for count in &facts.scores {
        let band = if count.score_band < bar { -1 } else { ((count.score_band - bar) / 2).min(4) };
        let entry = rows.entry(band).or_default();
        entry.0 += count.n;
        entry.1 += count.sqls;
    }
    let level = plan.verdict.level;
    let from = |band: i64| (bar + band * 2) as f64 * step;
    rows.into_iter()
        .map(|(band, (n, sqls))| {
            let limits = proportion::wilson(sqls as f64, n as f64, level).map(|i| (i.low, i.high));
            let share = (n > 0).then(|| sqls as f64 / n as f64);
            BandRow {
                from: if band < 0 { 0.0 } else { from(band) },
                to: (band < 4).then(|| if band < 0 { criteria.threshold } else { from(band + 1) }),
                rate: rate(n as f64, sqls as f64, share, limits, plan.windows.mql_to_sql_days, level),
            }
        })
        .collect()
}

/// A version of the criteria as it is shown.
pub fn view(criteria: &Criteria) -> CriteriaView {
    let fit = criteria.fit.iter().map(|(attribute, rules)| {
        (attribute.clone(), rules.iter().map(|rule| (rule.text.clone(), rule.points)).collect())
    });
    CriteriaView {
        effective_from: criteria.effective_from,
        threshold: criteria.threshold,
        lookback_days: criteria.lookback_days,
        half_life_days: criteria.half_life_days,
        points: criteria.points.clone(),
        caps: criteria.caps.clone(),
        fit: fit.collect(),
    }
}

/// First day of the month after the last visible one: from when on advised criteria could be in force.
pub fn next_month(as_of: Day) -> Month {
    as_of.month().plus(1)
}
