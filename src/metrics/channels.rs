//! Which channels lie outside their range, which surely differ from the rest, and in which order would they come?
//!
//! Three questions, each with its own guard against what chance does among many channels. *Against its range*:
//! Clopper–Pearson at effective counts, the chance of any false verdict shared by Holm among the channels large enough for
//! one. *Against the rest*: z of the two rates at effective counts, by t where channels' months swing apart; it is said only where the p
//! value adjusted by Benjamini and Hochberg is below 5 %. *In order*: the rates pulled together by a hierarchical
//! beta–binomial, among channels with at least ten MQLs; an order is not a claim, and none is made from it.

use super::benchmark::{self, Benchmark, Verdict};
use super::funnel::{Cohorts, Rate, Status};
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::{multiple, proportion, ranking, special};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// Fewer MQLs than this do not take part in an order or a comparison.
const LEAST_MQLS: u64 = 10;
/// Mature months that the channels' swing apart from each other rests on.
const MONTHS_OF_A_SWING: i32 = 12;
/// A difference is said when its adjusted p is below this.
const SIGNIFICANCE: f64 = 0.05;

/// How a channel stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChannelStanding {
    /// The range that it is judged by.
    pub range: JudgedRange,
    /// Where its rate lies with all channels judged at once: `unavailable`, `immature`, `too_few`, or the verdict.
    pub verdict: Verdict,
    /// Lower limit of the interval that decided; `null` where none could.
    pub decided_low: Option<f64>,
    /// Upper limit of the interval that decided.
    pub decided_high: Option<f64>,
    /// What an unsettled interval rules out, in words; empty when nothing.
    pub excluded: String,
    /// How many more MQLs, at a rate like this one, would settle it; `null` = settled, or it cannot be said.
    pub more_mqls: Option<u64>,
    /// The rate pulled towards the common one, and its place; `null` = fewer than ten MQLs, or nothing to compare with.
    pub shrunk: Option<ShrunkRate>,
    /// The channel against all others together; `null` = fewer than ten MQLs on a side, or too young.
    pub rest: Option<AgainstRest>,
}

/// A range with its name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct JudgedRange {
    /// Whose range it is.
    pub of: RangeOf,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What it is called, if that was said.
    pub label: Option<String>,
    /// Where it comes from, if that was said.
    pub source: Option<String>,
}

/// Whose range it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangeOf {
    /// The channel's own.
    Channel,
    /// That of all.
    All,
}

/// A rate pulled towards the common one, the more so the fewer MQLs it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ShrunkRate {
    /// The rate.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// Its place from the top, from 1 on.
    pub rank: u32,
    /// Of how many.
    pub of: u32,
    /// The chance that it is the best of them all.
    pub chance_of_being_best: f64,
}

/// A channel against all others together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AgainstRest {
    /// The rate of the others.
    pub rest: f64,
    /// The channel's rate less that of the others.
    pub difference: f64,
    /// Lower limit (Newcombe, at effective counts).
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// How often chance alone makes them differ at least so much.
    pub p: f64,
    /// The same, with all channels looked at (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// What can be said.
    pub says: Difference,
}

/// Whether a channel differs from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It surely converts better.
    Higher,
    /// It surely converts worse.
    Lower,
    /// Chance may have done it.
    CannotTell,
}

/// The verdict on all MQLs against another range than the common one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Alternate {
    /// What the range is called.
    pub label: String,
    /// Where it comes from, if that was said.
    pub source: Option<String>,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where the rate lies in it.
    pub verdict: Verdict,
    /// What an unsettled interval rules out, in words; empty when nothing.
    pub excluded: String,
}

/// How each of the channels stands, in their order. `transition` is what they are compared by; the range is always that of
/// MQL→SQL.
pub fn standings(cohorts: &Cohorts, channels: &[&str], transition: Transition, plan: &Plan) -> Vec<ChannelStanding> {
    let rates = |transition: Transition| -> Vec<Rate> {
        channels.iter().map(|name| cohorts.rate(transition, cohorts.from, cohorts.to, Some(name))).collect()
    };
    let (judged, compared) = (rates(Transition::MqlToSql), rates(transition));
    let ranges: Vec<JudgedRange> = channels.iter().map(|name| range_of(name, plan)).collect();
    let positions = against_ranges(&judged, &ranges, plan.verdict.level);
    let shrunk = in_order(&compared, plan.verdict.level);
    let rest = against_rest(cohorts, channels, transition, plan.verdict.level);
    let parts = ranges.into_iter().zip(positions).zip(shrunk.into_iter().zip(rest));
    parts
        .map(|((range, position), (shrunk, rest))| {
            let Position { verdict, low, high, excluded, more_mqls } = position;
            ChannelStanding { range, verdict, decided_low: low, decided_high: high, excluded, more_mqls, shrunk, rest }
        })
        .collect()
}

/// The verdict on all MQLs under each other range that the project names.
pub fn alternates(benchmark: &Benchmark, overall: &Rate, plan: &Plan) -> Vec<Alternate> {
    let judge = |range: &crate::config::plan::AlternateBenchmark| {
        let (low, high) = (range.low, range.high);
        let located = benchmark.position.map(|_| benchmark::locate(overall, (low, high), plan.verdict.level));
        // Too young or too few for one range is too young or too few for another.
        let verdict = located.map_or(benchmark.verdict, |located| located.verdict);
        let limits = located.and_then(|located| Some((located.low?, located.high?)));
        let unsettled = limits.filter(|_| verdict == Verdict::NotSettled);
        let excluded = unsettled.map_or(String::new(), |limits| benchmark::excluded(limits.0, limits.1, (low, high)));
        Alternate { label: range.label.clone(), source: range.source.clone(), low, high, verdict, excluded }
    };
    plan.benchmark.alternates.iter().map(judge).collect()
}

/// The range that a channel is judged by: its own, else the common one.
fn range_of(channel: &str, plan: &Plan) -> JudgedRange {
    match plan.benchmark.channels.get(channel) {
        Some(own) => JudgedRange {
            of: RangeOf::Channel,
            low: own.low,
            high: own.high,
            label: own.label.clone(),
            source: own.source.clone(),
        },
        None => JudgedRange {
            of: RangeOf::All,
            low: plan.benchmark.low,
            high: plan.benchmark.high,
            label: None,
            source: None,
        },
    }
}

/// Where a rate lies.
#[derive(Clone, Debug, PartialEq)]
struct Position {
    verdict: Verdict,
    low: Option<f64>,
    high: Option<f64>,
    excluded: String,
    more_mqls: Option<u64>,
}

/// Where each rate lies in its range with all judged at once (Holm): the surest claim is made at a level that leaves room
/// for all, the next at one for all but one, and so on until one fails; the rest are held to the level that it failed at.
fn against_ranges(rates: &[Rate], ranges: &[JudgedRange], level: f64) -> Vec<Position> {
    let alpha = 0.5 * (1.0 - level);
    let counts: Vec<Result<(f64, f64), Verdict>> =
        rates.iter().zip(ranges).map(|(rate, range)| judged_counts(rate, range, level)).collect();
    // The smallest tail at which each could be given a verdict.
    let p: Vec<Option<f64>> =
        counts.iter().zip(ranges).map(|(counts, range)| counts.ok().map(|(x, n)| smallest_tail(x, n, range))).collect();
    let mut order: Vec<usize> = (0..rates.len()).filter(|&i| p[i].is_some()).collect();
    order.sort_by(|&a, &b| p[a].unwrap_or(1.0).total_cmp(&p[b].unwrap_or(1.0)));
    let mut tails = vec![alpha; rates.len()];
    let (mut claims, mut failed) = (order.len() as f64, false);
    for &i in &order {
        tails[i] = alpha / claims;
        failed |= p[i].is_none_or(|p| p >= tails[i]);
        claims -= if failed { 0.0 } else { 1.0 };
    }

    let place = |i: usize| {
        let (x, n) = match counts[i] {
            Ok(counts) => counts,
            Err(verdict) => {
                return Position { verdict, low: None, high: None, excluded: String::new(), more_mqls: None };
            }
        };
        let (range, level) = ((ranges[i].low, ranges[i].high), 1.0 - 2.0 * tails[i]);
        let settled = Rate { n_effective: Some(n), estimate: Some(x / n), ..rates[i].clone() };
        let located = benchmark::locate(&settled, range, level);
        let unsettled = located.low.zip(located.high).filter(|_| located.verdict == Verdict::NotSettled);
        let excluded = unsettled.map_or(String::new(), |(low, high)| benchmark::excluded(low, high, range));
        let needed = unsettled.and_then(|_| proportion::n_needed(x / n, range.0, range.1, level));
        // A lead is worth less than one where months swing or it is young; later leads of this channel will be alike.
        let more = needed.map(|needed| ((needed as f64 / n - 1.0).max(0.0) * rates[i].n_estimated as f64).ceil());
        Position {
            verdict: located.verdict,
            low: located.low,
            high: located.high,
            excluded,
            more_mqls: more.filter(|more| *more <= 1e9).map(|more| (more as u64).max(1)),
        }
    };
    (0..rates.len()).map(place).collect()
}

/// The effective counts of a rate that is large enough for a verdict, or why it has none.
fn judged_counts(rate: &Rate, range: &JudgedRange, level: f64) -> Result<(f64, f64), Verdict> {
    let (Some(share), Some(n)) = (rate.estimate, rate.n_effective.filter(|n| *n > 0.0)) else {
        return Err(match rate.status {
            Status::TooEarly => Verdict::Immature,
            Status::TooFew => Verdict::TooFew,
            _ => Verdict::Unavailable,
        });
    };
    let least = proportion::least_n_below(range.low, level).map_or(f64::INFINITY, |n| n as f64);
    if n < least { Err(Verdict::TooFew) } else { Ok((share * n, n)) }
}

/// The smallest one-sided tail at which Clopper–Pearson gives x of n a verdict against the range.
fn smallest_tail(x: f64, n: f64, range: &JudgedRange) -> f64 {
    let upper_tail = |border: f64| 1.0 - special::beta_cdf(border, x + 1.0, n - x);
    let lower_tail = |border: f64| special::beta_cdf(border, x, n - x + 1.0);
    let (below, above) = (upper_tail(range.low), lower_tail(range.high));
    let inside = lower_tail(range.low).max(upper_tail(range.high));
    below.min(above).min(inside)
}

/// The rates of the channels with enough MQLs, pulled together and put in order.
fn in_order(rates: &[Rate], level: f64) -> Vec<Option<ShrunkRate>> {
    let mut places = vec![None; rates.len()];
    let taking_part: Vec<usize> = (0..rates.len()).filter(|&i| counts_of(&rates[i]).is_some()).collect();
    if taking_part.len() < 2 {
        return places;
    }
    let counts: Vec<(f64, f64)> = taking_part.iter().filter_map(|&i| counts_of(&rates[i])).collect();
    let (Some(shrunk), Some(chances)) = (ranking::shrunk(&counts, level), ranking::chances_of_being_best(&counts))
    else {
        return places;
    };
    let better = |mean: f64| shrunk.iter().filter(|other| other.mean > mean).count() as u32;
    for ((&i, found), chance) in taking_part.iter().zip(&shrunk).zip(chances) {
        places[i] = Some(ShrunkRate {
            estimate: found.mean,
            low: found.low,
            high: found.high,
            rank: better(found.mean) + 1,
            of: shrunk.len() as u32,
            chance_of_being_best: chance,
        });
    }
    places
}

/// The effective counts of a rate that takes part in an order.
fn counts_of(rate: &Rate) -> Option<(f64, f64)> {
    let n = rate.n_effective.filter(|n| *n > 0.0 && rate.n_estimated >= LEAST_MQLS)?;
    Some((rate.estimate?.clamp(0.0, 1.0) * n, n))
}

/// Each channel against all others together.
///
/// A swing of the months that all channels share cancels in the difference, so that it is not held against it; what is,
/// is how much channels' months swing apart from each other.
fn against_rest(cohorts: &Cohorts, channels: &[&str], transition: Transition, level: f64) -> Vec<Option<AgainstRest>> {
    let phi = swing_apart(cohorts, channels, transition);
    let days = (cohorts.from.first_day(), cohorts.to.last_day());
    let counts = |names: BTreeSet<String>| {
        let (x, n) = counts_of(&cohorts.part_rate(transition, days, Some(&names)))?;
        Some((x / n, phi.effective(n)))
    };
    let compare = |name: &&str| {
        let own = counts(BTreeSet::from([name.to_string()]))?;
        let others = channels.iter().filter(|other| other != &name).map(|other| other.to_string());
        difference(counts(others.collect())?, own, &phi, level)
    };
    let mut found: Vec<Option<AgainstRest>> = channels.iter().map(compare).collect();
    let p: Vec<f64> = found.iter().flatten().map(|found| found.p).collect();
    for (found, adjusted) in found.iter_mut().flatten().zip(multiple::benjamini_hochberg(&p)) {
        found.p_adjusted = adjusted;
        found.says = match found.difference {
            _ if adjusted >= SIGNIFICANCE => Difference::CannotTell,
            difference if difference > 0.0 => Difference::Higher,
            _ => Difference::Lower,
        };
    }
    found
}

/// How much the channels' months swing apart from each other: overdispersion of the mature months' conversions by channel
/// around what the channel's own rate and the month's common swing make of them.
fn swing_apart(cohorts: &Cohorts, channels: &[&str], transition: Transition) -> Overdispersion {
    let newest = super::last_complete_month(cohorts.as_of.plus(-(cohorts.window(transition) as i32)));
    let months = (newest.0 - MONTHS_OF_A_SWING + 1..=newest.0).map(Month);
    let mature = months.filter(|month| !cohorts.is_truncated(transition, *month));
    let table: Vec<Vec<(f64, f64)>> = mature
        .map(|month| {
            let cell = |name: &&str| cohorts.cohort(transition, month, month, Some(name));
            channels.iter().map(cell).map(|cohort| (cohort.converted as f64, cohort.n as f64)).collect()
        })
        .collect();
    overdispersion::of_interaction(&table)
}

/// A share of so many effective leads against another one, before the number of comparisons is looked at.
fn difference(
    (rest, n_rest): (f64, f64),
    (own, n_own): (f64, f64),
    phi: &Overdispersion,
    level: f64,
) -> Option<AgainstRest> {
    let z = phi.quantile(level);
    let first = proportion::wilson_with(rest * n_rest, n_rest, z)?;
    let second = proportion::wilson_with(own * n_own, n_own, z)?;
    let interval = proportion::difference_interval((rest, first), (own, second));
    // Nobody or everybody converted on both sides: no difference at all.
    let p = match proportion::two_proportion_z(rest * n_rest, n_rest, own * n_own, n_own) {
        Some(z) => phi.two_sided_p(z),
        None => 1.0,
    };
    Some(AgainstRest {
        rest,
        difference: own - rest,
        low: interval.low,
        high: interval.high,
        p,
        p_adjusted: p,
        says: Difference::CannotTell,
    })
}
