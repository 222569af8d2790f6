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
    /// Explored leads whose window has not passed, by their band on that day.
    pub waiting: Vec<(usize, u64)>,
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
    /// Leads worked on purpose whose window has not passed yet.
    pub explored_waiting: u64,
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
    /// Leads still to be handed over: those explored already are taken off, whether their window has passed or not.
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
    /// The bar is advised to be lowered: the leads there will be worked anyway.
    Lowering,
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
        explored_waiting: counts.waiting.iter().filter(|(band, _)| bands.contains(band)).map(|(_, n)| n).sum(),
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
        _ if calibration.verdict == Verdict::LoosenOneNotch => Worth::Lowering,
        _ if assumed <= break_even => Worth::NothingToFind,
        _ => Worth::TooLarge,
    };
    if plan.worth != Worth::TooLarge {
        return plan;
    }
    plan.assumed_rate = Some(assumed);
    let Some(leads) = exploration_size(break_even, assumed) else { return plan };
    let needed = critical_count(leads, break_even);
    let to_go = leads.saturating_sub(notch.explored + notch.explored_waiting) as f64;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::evidence::ExploredCount;
    use crate::config;
    use crate::metrics::Estimate;
    use crate::vocabulary::Month;
    use std::path::Path;

    /// A bar of 100 in steps of 10 with break-even at 12 %, a rate at the bar, and 52.18 MQLs a month.
    fn judged(at_bar: (f64, f64, f64)) -> (Plan, Calibration, Evidence) {
        let text = "[[criteria]]\nthreshold = 100\npoints = { a = 1 }\n[economics]\nvalue_per_sql = 1000\nsales_cost_per_mql = 120\n";
        let plan = config::parse(text, "test", Path::new(".")).unwrap_or_else(|problems| panic!("{problems}"));
        let evidence =
            Evidence { threshold: 100.0, step: 10.0, window_days: 90, below_mqls: 100, ..Evidence::default() };
        let mut calibration =
            super::super::judge(&plan, crate::vocabulary::Day(20_000), &evidence, &Default::default(), None);
        calibration.verdict = Verdict::Explore;
        calibration.marginal_at_bar = Estimate { value: Some(at_bar.0), low: Some(at_bar.1), high: Some(at_bar.2) };
        calibration.mqls_per_month = Some(MONTH_DAYS / 7.0 * 10.0);
        (plan, calibration, evidence)
    }

    fn counts(n: u64, sqls: u64) -> Counts {
        let row = |band, treatment, n, sqls| SupportCount { band, treatment, n, sqls };
        let bands = vec![
            row(2, Treatment::Untouched, 900, 1),
            row(8, Treatment::Untouched, n, sqls),
            row(9, Treatment::Untouched, 50, 1),
            row(9, Treatment::Worked, 10, 2),
            row(9, Treatment::Explored, 40, 9),
        ];
        Counts { bands, waiting: vec![(9, 6), (2, 3)] }
    }

    fn support_of(at_bar: (f64, f64, f64), explored: &[(usize, u64, u64)]) -> Support {
        let (plan, calibration, mut evidence) = judged(at_bar);
        let month = Month(24_000);
        evidence.explored =
            explored.iter().map(|(band, n, sqls)| ExploredCount { month, band: *band, n: *n, sqls: *sqls }).collect();
        support(&calibration, &evidence, &counts(100, 0), &plan).expect("there is a bar")
    }

    #[test]
    fn bounds_go_from_what_came_anyway_to_the_rate_at_the_bar() {
        let support = support_of((0.2, 0.15, 0.25), &[]);
        assert_eq!((support.notch.from, support.notch.to, support.notch.leads), (80.0, 100.0, 200));
        // 3 SQLs of 160 leads that nobody explored; those that were say nothing about the others.
        assert_eq!((support.notch.lower, support.notch.upper), (Some(3.0 / 160.0), Some(0.2)));
        assert_eq!(
            (support.notch.self_serve_sqls, support.notch.worked_anyway, support.notch.worked_anyway_sqls),
            (1, 10, 2)
        );
        assert_eq!((support.notch.explored_waiting, support.all.explored_waiting), (6, 9));
        assert_eq!((support.all.leads, support.bands.len(), support.bands[0].from), (1100, 2, 90.0));
        let odd = support_of((0.01, 0.005, 0.02), &[]);
        assert_eq!(odd.notch.upper, odd.notch.lower, "an upper bound is never below the lower one");
    }

    #[test]
    fn explored_leads_are_held_against_break_even() {
        let shown = |n, sqls| support_of((0.2, 0.15, 0.25), &[(8, n, sqls), (3, 1_000, 0)]).shown;
        assert_eq!(shown(60, 14), Shown::Pays);
        assert_eq!(shown(60, 2), Shown::DoesNotPay);
        assert_eq!(shown(60, 8), Shown::NotSettled);
        assert_eq!(support_of((0.2, 0.15, 0.25), &[]).shown, Shown::Nothing);
        let settled = support_of((0.2, 0.15, 0.25), &[(8, 60, 14)]);
        assert_eq!(settled.exploration.worth, Worth::Settled);
        // 95 % Clopper-Pearson limits of 14 in 60, as scipy.stats.beta gives them.
        assert!((settled.notch.explored_low.expect("a limit") - 0.1470).abs() < 5e-4, "{:?}", settled.notch);
        assert!((settled.notch.explored_high.expect("a limit") - 0.3405).abs() < 5e-4, "{:?}", settled.notch);
    }

    #[test]
    fn a_plan_says_how_many_how_long_and_at_what_cost() {
        let plan = support_of((0.25, 0.18, 0.30), &[(9, 20, 3)]).exploration;
        // Against 12 % with a true rate of 20 %: 140 leads, less 20 that are known and 6 that wait.
        assert_eq!((plan.leads, plan.leads_to_go, plan.worth), (Some(140), Some(114), Worth::Yes));
        assert_eq!(plan.sqls_that_show_it, Some(24));
        // 200 leads of the notch for each 100 MQLs, of which 10 come a week.
        assert!((plan.inflow_per_week.expect("an inflow") - 20.0).abs() < 1e-9);
        assert_eq!((plan.weeks_to_hand_over, plan.weeks_to_result), (Some(6.0), Some(19.0)));
        assert_eq!(plan.sales_cost, Some(13_680.0));
        assert!((plan.net_cost_low.expect("a cost") - 114.0 * (120.0 - 250.0)).abs() < 1e-6);
        assert!((plan.net_cost_high.expect("a cost") - 114.0 * (120.0 - 1000.0 * 3.0 / 160.0)).abs() < 1e-6);
        let chance = |rate: f64| plan.power.iter().find(|p| (p.rate - rate).abs() < 1e-9).map(|p| p.chance);
        assert!(chance(0.2).is_some_and(|chance| (0.8..0.85).contains(&chance)), "{:?}", plan.power);
        assert!(chance(0.15).is_some_and(|chance| chance < 0.35));
    }

    #[test]
    fn no_plan_is_made_where_it_is_not_worth_it() {
        assert_eq!(support_of((0.06, 0.04, 0.09), &[]).exploration.worth, Worth::NothingToFind);
        assert_eq!(support_of((0.12, 0.11, 0.1205), &[]).exploration.worth, Worth::TooLarge);
        assert_eq!(support_of((0.12, 0.11, 0.137), &[]).exploration.worth, Worth::TooSlow);
        assert_eq!(support_of((0.12, 0.11, 0.15), &[]).exploration.worth, Worth::TooDear);
        let (plan, mut calibration, evidence) = judged((0.25, 0.18, 0.30));
        calibration.verdict = Verdict::LoosenOneNotch;
        let worth = |calibration: &Calibration, plan: &Plan| {
            support(calibration, &evidence, &counts(100, 0), plan).expect("there is a bar").exploration.worth
        };
        assert_eq!(worth(&calibration, &plan), Worth::Lowering);
        calibration.verdict = Verdict::NotEnoughData;
        assert_eq!(worth(&calibration, &plan), Worth::NoRateAtTheBar);
        let poor = Plan { economics: Default::default(), ..plan };
        assert_eq!(worth(&calibration, &poor), Worth::NoEconomics);
    }
}
