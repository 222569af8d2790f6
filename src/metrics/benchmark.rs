//! Is MQL→SQL in its range? A verdict only when the data allow one: the first rung that fails wins and is printed with
//! its number; then Clopper–Pearson at effective counts, by which each claim is wrong at most one time in twenty.

use super::funnel::{Cohorts, Rate};
use super::{Known, funnel};
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::report::format;
use crate::stats::proportion;
use schemars::JsonSchema;
use serde::Serialize;

/// The verdict on the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There are no MQLs, or no SQL dates.
    Unavailable,
    /// The MQLs are too young.
    Immature,
    /// There are too few MQLs for any verdict.
    TooFew,
    /// Below the range: criteria too loose?
    Below,
    /// Inside the range.
    Inside,
    /// Above the range: criteria too strict? Needs evidence from leads below the bar.
    Above,
    /// The interval crosses a border of the range.
    NotSettled,
}

/// A rung of the ladder.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rung {
    /// Its name.
    pub rung: String,
    /// Whether it holds.
    pub passed: bool,
    /// Its number, in words.
    pub says: String,
}

/// The verdict with its ladder.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Benchmark {
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// The rungs that were climbed, in order; the last one decided.
    pub rungs: Vec<Rung>,
    /// What an unsettled interval rules out, in words; empty when nothing.
    pub excluded: String,
    /// MQLs that an observed share like this one would need to settle, if it can be said.
    pub n_needed: Option<u64>,
    /// Lower limit of the interval that decided (Clopper–Pearson at effective counts).
    pub decided_low: Option<f64>,
    /// Upper limit of the interval that decided.
    pub decided_high: Option<f64>,
}

/// Judges the report months' MQL→SQL, months before outcomes were recorded left out.
pub fn judge(cohorts: &Cohorts, plan: &Plan, known: &Known) -> Benchmark {
    let rate = cohorts.rate(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let covered = cohorts.covered_cohort(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let median = cohorts.curve(Transition::MqlToSql, None).map(|curve| curve.quantile(0.5));
    decide(&rate, &covered, median, plan, known)
}

/// Effective MQLs from which on a rate could be shown to lie below `low`.
pub fn least_for_verdict(low: f64, level: f64) -> f64 {
    proportion::least_n_below(low, level).map_or(f64::INFINITY, |n| n as f64)
}

/// Where a channel's rate surely lies, when all channels are judged at once: Clopper–Pearson at a level that shares the
/// chance of a false claim among them (Bonferroni). `None` = not settled.
pub fn channel_verdict(rate: &Rate, low: f64, high: f64, channels: usize) -> Option<Verdict> {
    let (share, n_effective) = (rate.estimate?, rate.n_effective?);
    let level = 1.0 - (1.0 - rate.level) / channels.max(1) as f64;
    let interval = proportion::clopper_pearson(share * n_effective, n_effective, level)?;
    if interval.high < low {
        return Some(Verdict::Below);
    }
    if interval.low > high {
        return Some(Verdict::Above);
    }
    (interval.low >= low && interval.high <= high).then_some(Verdict::Inside)
}

fn decide(rate: &Rate, covered: &funnel::Cohort, median_lag: Option<u32>, plan: &Plan, known: &Known) -> Benchmark {
    let range = (plan.benchmark.low, plan.benchmark.high);
    let mut ladder = Benchmark {
        low: range.0,
        high: range.1,
        verdict: Verdict::Unavailable,
        rungs: Vec::new(),
        excluded: String::new(),
        n_needed: None,
        decided_low: None,
        decided_high: None,
    };
    let n = format::count(covered.n as f64);
    let missing = match (known.sqls.why(), covered.n) {
        (Some(why), _) => Some(why.to_string()),
        (None, 0) => Some("there are no MQLs in these months".to_string()),
        _ => None,
    };
    let says = missing.clone().unwrap_or_else(|| format!("{n} MQLs with SQL dates"));
    if !ladder.climb("unavailable", missing.is_none(), says) {
        return ladder;
    }

    ladder.verdict = Verdict::Immature;
    let oldest = covered.ages.iter().map(|(age, _)| *age).max().unwrap_or(0);
    let median = median_lag.unwrap_or(u32::MAX);
    let worth = rate.maturity.unwrap_or(0.0) * covered.n as f64;
    let old_enough = worth >= plan.verdict.least_maturity && oldest >= median.min(i32::MAX as u32);
    let says = match median_lag {
        None => format!("none of the {n} MQLs has become an SQL yet, so nothing is known about how long it takes"),
        Some(median) => format!(
            "the {n} MQLs are worth {} mature ones (at least {} are needed); the oldest is {} days old, half of the SQLs come within {} days",
            format::grouped(worth, 0),
            format::grouped(plan.verdict.least_maturity, 0),
            format::count(f64::from(oldest)),
            format::count(f64::from(median)),
        ),
    };
    if !ladder.climb("immature", old_enough, says) {
        return ladder;
    }

    ladder.verdict = Verdict::TooFew;
    let level = plan.verdict.level;
    let n_effective = rate.n_effective.unwrap_or(0.0);
    let least = [
        proportion::least_n_below(range.0, level),
        proportion::least_n_inside(range.0, range.1, level),
        proportion::least_n_above(range.1, level),
    ];
    let words = least.map(|n| n.map_or("no number".to_string(), |n| format::count(n as f64)));
    let fewest = least.into_iter().flatten().min().unwrap_or(u64::MAX);
    let says = format!(
        "they count as {} independent ones; a verdict of below needs at least {}, inside {}, above {}",
        format::grouped(n_effective, 0),
        words[0],
        words[1],
        words[2]
    );
    if !ladder.climb("too_few", n_effective >= fewest as f64, says) {
        return ladder;
    }

    let share = rate.estimate.unwrap_or(0.0);
    let interval = proportion::clopper_pearson(share * n_effective, n_effective, level);
    let (low, high) = interval.map_or((0.0, 1.0), |interval| (interval.low, interval.high));
    (ladder.decided_low, ladder.decided_high) = (Some(low), Some(high));
    ladder.verdict = if high < range.0 {
        Verdict::Below
    } else if low > range.1 {
        Verdict::Above
    } else if low >= range.0 && high <= range.1 {
        Verdict::Inside
    } else {
        Verdict::NotSettled
    };
    let shown = format!("{} ({})", format::share(share), format::share_range(low, high));
    let band = format::share_range(range.0, range.1);
    let says = match ladder.verdict {
        Verdict::Below => format!("{shown} lies below {band}"),
        Verdict::Above => format!("{shown} lies above {band}"),
        Verdict::Inside => format!("{shown} lies inside {band}"),
        _ => {
            ladder.excluded = match (high <= range.1, low >= range.0) {
                (true, _) => format!("not above {}", format::share(range.1)),
                (_, true) => format!("not below {}", format::share(range.0)),
                _ => String::new(),
            };
            ladder.n_needed = proportion::n_needed(share, range.0, range.1, level);
            let rest = if ladder.excluded.is_empty() { "rules nothing out" } else { &ladder.excluded };
            format!("{shown} crosses a border of {band}; {rest}")
        }
    };
    let name = match ladder.verdict {
        Verdict::Below => "below",
        Verdict::Above => "above",
        Verdict::Inside => "inside",
        _ => "not_settled",
    };
    ladder.climb(name, true, says);
    ladder
}

impl Benchmark {
    /// Records a rung; whether it holds.
    fn climb(&mut self, rung: &str, passed: bool, says: String) -> bool {
        self.rungs.push(Rung { rung: rung.to_string(), passed, says });
        passed
    }
}
