//! What is known about leads below the bar, and would it pay to find out more?
//!
//! Leads below the bar are not worked, so their rate if they were is only bounded (partial identification, Manski and
//! Pepper 2000):
//!
//! ```text
//! lower bound   SQLs of unexplored leads / unexplored leads           they came although nobody handed them over
//! upper bound   rate of the leads that only just reach the bar        the rate does not fall with the score
//! evidence      SQLs / explored leads, Clopper–Pearson at 90 %        a random sample: nothing else is unbiased
//! ```
//!
//! The plan of an exploration is the exact binomial test of `rate ≤ c / V` (one-sided 5 %, power 80 %) against the rate
//! `min(5/3 · c/V, upper bound)`; its net cost is `N (c − V p)` for `p` between the bounds. Weeks are those that the
//! present inflow into the notch takes to bring N leads, and then the window in which an SQL may come.

use super::advice::{EXPLORED_RATIO, critical_count, exploration_size, upper_tail};
use super::evidence::{Evidence, bands_below};
use super::threshold::{self, Rule, Verdict};
use super::{Calibration, MONTH_DAYS, priced};
use crate::config::plan::Plan;
use crate::stats::proportion;
use schemars::JsonSchema;
use serde::Serialize;

/// Weeks until the result beyond which a plan is too slow to be worth it.
const MOST_WEEKS: f64 = 104.0;
/// Years of the gain that a plan's cost must earn back within.
const PAYBACK_YEARS: f64 = 2.0;

/// What was done with a lead below the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treatment {
    /// Worked on purpose.
    Explored,
    /// Worked by sales all the same.
    Worked,
    /// Nothing that is recorded.
    Untouched,
}

/// A row of `support`: leads old enough to have reached the bar that never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SupportCount {
    /// Band of the peak score (0 = the lowest).
    pub band: usize,
    /// What was done.
    pub treatment: Treatment,
    /// Leads.
    pub n: u64,
    /// Of these, SQLs.
    pub sqls: u64,
}

/// The counts behind what is known below the bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// By band and treatment.
    pub bands: Vec<SupportCount>,
    /// Explored leads whose window has not passed.
    pub explored_waiting: u64,
}

/// What is known below the bar.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Support {
    /// The bar.
    pub bar: f64,
    /// Days in which an SQL of an explored lead may come.
    pub window_days: u32,
    /// SQLs per lead from which on working a lead pays; `null` without economics.
    pub break_even: Option<f64>,
    /// Each band of the notch (the largest step down that is ever advised), highest first.
    pub bands: Vec<Below>,
    /// The notch as a whole.
    pub notch: Below,
    /// All leads below the bar.
    pub all: Below,
    /// Explored leads, at any score, whose window has not passed yet.
    pub explored_waiting: u64,
    /// What the explored leads of the notch show.
    pub shown: Shown,
    /// What an exploration would take and bring.
    pub exploration: Exploration,
}

/// What is known of the leads of a range of scores below the bar.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Below {
    /// Lowest score.
    pub from: f64,
    /// Scores below this one.
    pub to: f64,
    /// Leads old enough to have reached the bar that never did, by their highest score.
    pub leads: u64,
    /// Of these, SQLs that nobody is recorded to have worked.
    pub self_serve_sqls: u64,
    /// Leads that sales worked although they never reached the bar, exploration aside.
    pub worked_anyway: u64,
    /// Their SQLs.
    pub worked_anyway_sqls: u64,
    /// Leads worked on purpose whose window has passed, by their score on that day.
    pub explored: u64,
    /// Their SQLs within the window.
    pub explored_sqls: u64,
    /// SQLs per explored lead; `null` where none was explored.
    pub explored_rate: Option<f64>,
    /// Lower limit at 90 % (Clopper–Pearson).
    pub explored_low: Option<f64>,
    /// Upper limit at 90 % (Clopper–Pearson).
    pub explored_high: Option<f64>,
    /// Lower bound of the rate if they were worked: the share that became SQLs without the bar.
    pub lower: Option<f64>,
    /// Upper bound of the rate if they were worked: that of the leads that only just reach the bar.
    pub upper: Option<f64>,
}

/// What the explored leads of the notch show against break-even.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// None was explored, or break-even is not known.
    Nothing,
    /// The 90 % interval lies above break-even.
    Pays,
    /// The 90 % interval lies below break-even.
    DoesNotPay,
    /// The interval contains break-even.
    NotSettled,
}

/// What an exploration would take, cost and show.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Exploration {
    /// Whether it is worth it, and if not, why.
    pub worth: Worth,
    /// The rate that it is sized to tell from break-even.
    pub assumed_rate: Option<f64>,
    /// Random leads of the notch that it takes in all; `null` from about 5,000 up.
    pub leads: Option<u64>,
    /// SQLs among them that would show that they pay.
    pub sqls_that_show_it: Option<u64>,
    /// Leads still to be handed over: those explored already are taken off.
    pub leads_to_go: Option<u64>,
    /// Chance of showing that they pay, by their true rate.
    pub power: Vec<Power>,
    /// Leads that come to stop in the notch per week.
    pub inflow_per_week: Option<f64>,
    /// Weeks until enough are handed over.
    pub weeks_to_hand_over: Option<f64>,
    /// Weeks until the last window has passed.
    pub weeks_to_result: Option<f64>,
    /// Sales' time for those still to go, in units of the currency.
    pub sales_cost: Option<f64>,
    /// The same less the value of the SQLs at the upper bound of their rate; negative: it earns.
    pub net_cost_low: Option<f64>,
    /// The same at the lower bound.
    pub net_cost_high: Option<f64>,
    /// What a bar one notch lower would gain per year if they convert at the assumed rate, in units of the currency.
    pub gain_per_year_if_so: Option<f64>,
}

/// Chance of an answer at a true rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Power {
    /// SQLs per lead, in truth.
    pub rate: f64,
    /// Chance that the exploration shows that they pay.
    pub chance: f64,
}

/// Whether an exploration is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Yes.
    Yes,
    /// What an SQL is worth and an MQL costs is not known.
    NoEconomics,
    /// Too few MQLs to say what the leads just above the bar bring.
    NoRateAtTheBar,
    /// Leads explored so far settle it.
    Settled,
    /// The leads that just reach the bar do not pay: those below it do not either.
    NothingToFind,
    /// The leads could pay too little more than break-even to be told from it with 5,000 leads.
    TooLarge,
    /// The answer would take more than two years.
    TooSlow,
    /// It would cost more than two years of the gain that it could find.
    TooDear,
}

/// What is known below the bar; `None` where the bar cannot be judged at all.
pub fn support(calibration: &Calibration, evidence: &Evidence, counts: &Counts, plan: &Plan) -> Option<Support> {
    let has_scale = evidence.threshold > 0.0 && evidence.step > 0.0;
    let bar = calibration.criteria.as_ref().map(|criteria| criteria.threshold).filter(|_| has_scale)?;
    let settings = &plan.calibration;
    let rule = Rule::with(settings.delay_per_week, settings.odds_factor, settings.notch);
    let economics = priced(&plan.economics);
    let break_even = economics.map(|(value, cost)| cost / value);
    let n_below = bands_below(bar, evidence.step);
    let lowest = n_below - threshold::notch_bands(evidence, &rule).clamp(1, n_below);
    let edge = |band: usize| (bar - evidence.step * (n_below - band) as f64).max(0.0);
    let upper = calibration.marginal_at_bar.value;
    let of = |from: usize, to: usize| {
        let from_points = if from == 0 { 0.0 } else { edge(from) };
        below((from_points, edge(to)), from..to, evidence, counts, upper, plan.verdict.level)
    };
    let notch = of(lowest, n_below);
    let shown = match (break_even, notch.explored_low, notch.explored_high) {
        (Some(b), Some(low), _) if low > b => Shown::Pays,
        (Some(b), _, Some(high)) if high < b => Shown::DoesNotPay,
        (Some(_), Some(_), _) => Shown::NotSettled,
        _ => Shown::Nothing,
    };
    let exploration = exploration(calibration, evidence, &notch, shown, economics, &rule);
    Some(Support {
        bar,
        window_days: evidence.window_days,
        break_even,
        bands: (lowest..n_below).rev().map(|band| of(band, band + 1)).collect(),
        all: of(0, n_below),
        notch,
        explored_waiting: counts.explored_waiting,
        shown,
        exploration,
    })
}

fn below(
    (from, to): (f64, f64),
    bands: std::ops::Range<usize>,
    evidence: &Evidence,
    counts: &Counts,
    upper: Option<f64>,
    level: f64,
) -> Below {
    let sum = |treatment: Option<Treatment>, read: &dyn Fn(&SupportCount) -> u64| -> u64 {
        let here = counts.bands.iter().filter(|row| bands.contains(&row.band));
        here.filter(|row| treatment.is_none_or(|wanted| wanted == row.treatment)).map(read).sum()
    };
    let explored: Vec<_> = evidence.explored.iter().filter(|row| bands.contains(&row.band)).collect();
    let (n, x) = explored.iter().fold((0, 0), |(n, x), row| (n + row.n, x + row.sqls));
    let limits = (n > 0).then(|| proportion::clopper_pearson(x as f64, n as f64, level)).flatten();
    let unexplored = sum(Some(Treatment::Untouched), &|row| row.n) + sum(Some(Treatment::Worked), &|row| row.n);
    let by_themselves =
        sum(Some(Treatment::Untouched), &|row| row.sqls) + sum(Some(Treatment::Worked), &|row| row.sqls);
    let lower = (unexplored > 0).then(|| by_themselves as f64 / unexplored as f64);
    Below {
        from,
        to,
        leads: sum(None, &|row| row.n),
        self_serve_sqls: sum(Some(Treatment::Untouched), &|row| row.sqls),
        worked_anyway: sum(Some(Treatment::Worked), &|row| row.n),
        worked_anyway_sqls: sum(Some(Treatment::Worked), &|row| row.sqls),
        explored: n,
        explored_sqls: x,
        explored_rate: (n > 0).then(|| x as f64 / n as f64),
        explored_low: limits.map(|limits| limits.low),
        explored_high: limits.map(|limits| limits.high),
        lower,
        // Where more came by themselves than the bar's own leads bring, the bound is what came.
        upper: upper.map(|upper| upper.max(lower.unwrap_or(0.0))),
    }
}

fn exploration(
    calibration: &Calibration,
    evidence: &Evidence,
    notch: &Below,
    shown: Shown,
    economics: Option<(f64, f64)>,
    rule: &Rule,
) -> Exploration {
    let mut plan = Exploration {
        worth: Worth::NoEconomics,
        assumed_rate: None,
        leads: None,
        sqls_that_show_it: None,
        leads_to_go: None,
        power: Vec::new(),
        inflow_per_week: None,
        weeks_to_hand_over: None,
        weeks_to_result: None,
        sales_cost: None,
        net_cost_low: None,
        net_cost_high: None,
        gain_per_year_if_so: None,
    };
    plan.inflow_per_week = calibration.mqls_per_month.filter(|_| evidence.below_mqls > 0).map(|mqls| {
        let per_mql = notch.leads as f64 / evidence.below_mqls as f64;
        mqls * per_mql * 7.0 / MONTH_DAYS
    });
    let Some((value, cost)) = economics else { return plan };
    let break_even = cost / value;
    plan.worth = Worth::NoRateAtTheBar;
    let Some(high) = calibration.marginal_at_bar.high.filter(|_| calibration.verdict != Verdict::NotEnoughData) else {
        return plan;
    };
    let assumed = (break_even * EXPLORED_RATIO).min((1.0 + break_even) / 2.0).min(high);
    plan.worth = match shown {
        Shown::Pays | Shown::DoesNotPay if notch.explored >= rule.enough_explored => Worth::Settled,
        _ if assumed <= break_even => Worth::NothingToFind,
        _ => Worth::TooLarge,
    };
    if plan.worth != Worth::TooLarge {
        return plan;
    }
    plan.assumed_rate = Some(assumed);
    let Some(leads) = exploration_size(break_even, assumed) else { return plan };
    let needed = critical_count(leads, break_even);
    let to_go = leads.saturating_sub(notch.explored) as f64;
    plan.leads = Some(leads);
    plan.sqls_that_show_it = Some(needed);
    plan.leads_to_go = Some(to_go as u64);
    plan.power = [1.25, 1.5, 5.0 / 3.0, 2.0, 2.5]
        .into_iter()
        .map(|ratio| ratio * break_even)
        .filter(|rate| *rate < 1.0)
        .map(|rate| Power { rate, chance: upper_tail(leads, rate, needed) })
        .collect();
    let weeks = plan.inflow_per_week.filter(|inflow| *inflow > 0.0).map(|inflow| (to_go / inflow).ceil());
    plan.weeks_to_hand_over = weeks;
    plan.weeks_to_result = weeks.map(|weeks| weeks + (f64::from(evidence.window_days) / 7.0).ceil());
    plan.sales_cost = Some(to_go * cost);
    let net = |rate: f64| to_go * (cost - value * rate);
    plan.net_cost_low = notch.upper.map(net);
    plan.net_cost_high = Some(net(notch.lower.unwrap_or(0.0)));
    let gain = plan.inflow_per_week.map(|inflow| inflow * 12.0 * MONTH_DAYS / 7.0 * (value * assumed - cost));
    plan.gain_per_year_if_so = gain;
    plan.worth = match (plan.weeks_to_result, gain, plan.net_cost_high) {
        (None, ..) => Worth::TooSlow,
        (Some(weeks), ..) if weeks > MOST_WEEKS => Worth::TooSlow,
        (_, Some(gain), Some(cost)) if gain * PAYBACK_YEARS < cost => Worth::TooDear,
        _ => Worth::Yes,
    };
    plan
}
