//! Is what is new in this month news, or the noise that every month has?

use super::change::{Effect, LEVEL_OF_NEWS, News, Period};
use super::funnel::{Cohorts, Rate};
use super::{Estimate, last_complete_month};
use crate::facts::Transition;
use crate::stats::control_chart;
use crate::stats::expectation;
pub use crate::stats::expectation::Basis;
use crate::stats::overdispersion::Overdispersion;
use crate::stats::proportion;
use crate::vocabulary::{Day, Month};
use chrono::Datelike;
use schemars::JsonSchema;
use serde::Serialize;

/// Complete months from which on their swing is known well enough to call a month's change news.
const MONTHS_OF_SWING: usize = 8;
/// Complete months of history from which on weekdays and seasons are taken into account.
const MONTHS_OF_SEASON: i32 = 24;
/// Months of a quarter.
const QUARTER: i32 = 3;
/// The most months that a control chart looks at.
const CHART_MONTHS: i32 = 24;

/// Two periods' rate, and whether they differ by more than months usually do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RateNews {
    /// The earlier period.
    pub before: Period,
    /// The later period.
    pub after: Period,
    /// The difference, in shares.
    pub difference: Effect,
    /// The least difference that would be news here.
    pub usual_swing: f64,
}

/// The report month's MQLs and what was to be expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VolumeNews {
    /// The month.
    pub month: Month,
    /// Its MQLs.
    pub mqls: u64,
    /// What was to be expected from the months before, with the range in which nine in ten such months lie.
    pub expected: Estimate,
    /// What the expectation rests on.
    pub basis: Basis,
    /// Earlier months that it rests on.
    pub months: usize,
    /// Whether the month lies outside the range.
    pub news: News,
}

/// The same month a year ago.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct YearAgo {
    /// The month a year before the report month.
    pub month: Month,
    /// Its MQLs.
    pub mqls: u64,
    /// The report month's MQLs over these, less 1; `null` = there were none.
    pub growth: Option<f64>,
    /// The rate of the last three months against the same three a year ago; `null` where outcomes were not recorded
    /// then or are too young now.
    pub rate: Option<RateNews>,
}

/// A month of the control chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChartMonth {
    /// The month.
    pub month: Month,
    /// Its maturity-adjusted rate.
    pub rate: f64,
    /// Lower control limit, from the months before; `null` = fewer than eight.
    pub low: Option<f64>,
    /// Upper control limit, from the months before.
    pub high: Option<f64>,
    /// Whether it is a signal.
    pub signal: Signal,
}

/// What a control chart says of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Nothing.
    None,
    /// Above the upper limit: something happened.
    High,
    /// Below the lower limit: something happened.
    Low,
    /// The eighth month in a row above the mean: the level has moved.
    RunHigh,
    /// The eighth month in a row below the mean: the level has moved.
    RunLow,
}

/// Laney's p′ chart of the months' rates.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ControlChart {
    /// Mean rate of the months.
    pub mean: f64,
    /// How much more than chance neighbouring months differ (σ_z, at least 1).
    pub sigma_z: f64,
    /// The report months, oldest first.
    pub months: Vec<ChartMonth>,
}

/// The newest month whose rate can be told against the one before it.
pub fn month(cohorts: &Cohorts, transition: Transition) -> Option<RateNews> {
    let told = |month: Month| {
        let rate = cohorts.month_rate(transition, month);
        rate.estimate.is_some().then_some(rate)
    };
    let newest = (cohorts.from.0 + 1..=cohorts.to.0).rev().map(Month).find(|month| told(*month).is_some())?;
    let before = newest.plus(-1);
    compare((before, before, told(before)?), (newest, newest, told(newest)?), cohorts.phi(transition))
}

/// The same month of the year before, where the data go back that far.
pub fn year_ago(
    cohorts: &Cohorts,
    transition: Transition,
    mqls: impl Fn(Month) -> u64,
    first: Month,
) -> Option<YearAgo> {
    let month = cohorts.to.plus(-12);
    if month <= first {
        return None;
    }
    let quarter = |to: Month| {
        let from = to.plus(1 - QUARTER);
        let covered = (from.0..=to.0).all(|month| !cohorts.is_truncated(transition, Month(month)));
        let rate = cohorts.part_rate(transition, (from.first_day(), to.last_day()), None);
        (covered && from > first && rate.estimate.is_some()).then_some((from, to, rate))
    };
    let rate = quarter(month)
        .zip(quarter(cohorts.to))
        .and_then(|(before, after)| compare(before, after, cohorts.phi(transition)));
    let (then, now) = (mqls(month), mqls(cohorts.to));
    let growth = (then > 0).then(|| now as f64 / then as f64 - 1.0);
    Some(YearAgo { month, mqls: then, growth, rate })
}

fn compare(
    (from, to, before): (Month, Month, Rate),
    (from_after, to_after, after): (Month, Month, Rate),
    phi: Overdispersion,
) -> Option<RateNews> {
    let (share, other) = (before.estimate?, after.estimate?);
    let (n, m) = (before.n_effective?, after.n_effective?);
    // The test pools both months, as a comparison of two shares does when they are taken to be alike.
    let pooled = (share * n + other * m) / (n + m);
    let chance = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let standard_error = chance * phi.phi.sqrt();
    let reach = phi.quantile(LEVEL_OF_NEWS) * standard_error;
    let value = other - share;
    let news = match () {
        _ if phi.months < MONTHS_OF_SWING || standard_error <= 0.0 => News::Unknown,
        _ if value.abs() > reach => News::Change,
        _ => News::Noise,
    };
    // The interval of the difference is Newcombe's: the two periods' own limits, with the months' swing, put together.
    let limits =
        |share: f64, n: f64| proportion::wilson_with(share * n / phi.phi, n / phi.phi, phi.quantile(LEVEL_OF_NEWS));
    let (old, new) = (limits(share, n)?, limits(other, m)?);
    let low = value - (other - new.low).hypot(old.high - share);
    let high = value + (new.high - other).hypot(share - old.low);
    let period = |from, to, rate: &Rate| Period {
        from,
        to,
        n: rate.n,
        value: Estimate { value: rate.estimate, low: rate.low, high: rate.high },
    };
    Some(RateNews {
        before: period(from, to, &before),
        after: period(from_after, to_after, &after),
        difference: Effect { value, low, high, standard_error, news },
        usual_swing: reach,
    })
}

/// The report month's MQLs against what the months before let expect; `first` is the first month of the data.
pub fn volume(cohorts: &Cohorts, mqls: impl Fn(Month) -> u64, first: Month, level: f64) -> Option<VolumeNews> {
    volume_of(cohorts, &mqls, first, cohorts.to, level)
}

/// Every report month's MQLs against what the months before it let expect, where those are enough, oldest first.
pub fn volumes(cohorts: &Cohorts, mqls: impl Fn(Month) -> u64, first: Month, level: f64) -> Vec<VolumeNews> {
    let months = (cohorts.from.0..=cohorts.to.0).map(Month);
    months.filter_map(|month| volume_of(cohorts, &mqls, first, month, level)).collect()
}

fn volume_of(
    cohorts: &Cohorts,
    mqls: &impl Fn(Month) -> u64,
    first: Month,
    of: Month,
    level: f64,
) -> Option<VolumeNews> {
    // The first month is seldom whole, and in a young system its MQLs are only those that had the time to become one.
    let months: Vec<Month> = (first.0 + 1..of.0).map(Month).collect();
    let weekdays = weekdays(cohorts, months.first().copied(), of);
    let exposure = |month: Month| -> f64 {
        let days = (0..month.days()).map(|day| month.first_day().plus(day));
        days.map(|day| weekdays[day.date().weekday().num_days_from_monday() as usize]).sum()
    };
    let earlier: Vec<(f64, f64)> = months.iter().map(|month| (mqls(*month) as f64, exposure(*month))).collect();
    let found = expectation::next_count(&earlier, exposure(of), level)?;
    let n = mqls(of);
    let inside = (found.low..=found.high).contains(&(n as f64));
    Some(VolumeNews {
        month: of,
        mqls: n,
        expected: Estimate { value: Some(found.value), low: Some(found.low), high: Some(found.high) },
        basis: found.basis,
        months: if found.basis == Basis::Season { earlier.len() } else { earlier.len().min(expectation::SEASON) },
        news: if inside { News::Noise } else { News::Change },
    })
}

/// What a weekday brings before a month, Monday first, 1 on average: from the last 24 months where there are as many,
/// else all alike.
fn weekdays(cohorts: &Cohorts, first: Option<Month>, of: Month) -> [f64; 7] {
    let since = of.plus(-MONTHS_OF_SEASON);
    if first.is_none_or(|first| first > since) {
        return [1.0; 7];
    }
    let (from, to) = (since.first_day(), of.plus(-1).last_day());
    let (mut people, mut days) = ([0.0; 7], [0.0; 7]);
    for day in (from.0..=to.0).map(Day) {
        days[day.date().weekday().num_days_from_monday() as usize] += 1.0;
    }
    for (day, _, n) in cohorts.starts(Transition::MqlToSql, (from, to)) {
        people[day.date().weekday().num_days_from_monday() as usize] += n as f64;
    }
    let mean = people.iter().sum::<f64>() / days.iter().sum::<f64>();
    if mean <= 0.0 {
        return [1.0; 7];
    }
    // A weekday without anybody still lasts a little, so that no month has an exposure of 0.
    std::array::from_fn(|at| (people[at] / days[at] / mean).max(0.01))
}

/// The control chart of the months' rates, each judged by the months before it; `None` where not even the newest month
/// has enough of them.
pub fn control(cohorts: &Cohorts, transition: Transition) -> Option<ControlChart> {
    let from = cohorts.from.0.min(cohorts.to.0 + 1 - CHART_MONTHS);
    let to = cohorts.to.min(last_complete_month(cohorts.as_of));
    let all: Vec<(Month, (f64, f64))> = (from..=to.0)
        .map(Month)
        .filter(|month| !cohorts.is_truncated(transition, *month))
        .filter_map(|month| {
            let rate = cohorts.month_rate(transition, month);
            let n = rate.n_effective.filter(|n| *n >= 1.0)?;
            Some((month, (rate.estimate? * n, n)))
        })
        .collect();
    let points: Vec<(f64, f64)> = all.iter().map(|(_, point)| *point).collect();
    let baseline = control_chart::Baseline::of(&points)?;
    let months: Vec<ChartMonth> = all
        .iter()
        .enumerate()
        .filter(|(_, (month, _))| *month >= cohorts.from)
        .map(|(at, (month, (x, n)))| {
            let judged = control_chart::judge(&points[..at], (*x, *n));
            ChartMonth {
                month: *month,
                rate: x / n,
                low: judged.map(|judged| judged.limits.low),
                high: judged.map(|judged| judged.limits.high),
                signal: match judged.map(|judged| judged.signal) {
                    Some(control_chart::Signal::High) => Signal::High,
                    Some(control_chart::Signal::Low) => Signal::Low,
                    Some(control_chart::Signal::RunHigh) => Signal::RunHigh,
                    Some(control_chart::Signal::RunLow) => Signal::RunLow,
                    _ => Signal::None,
                },
            }
        })
        .collect();
    months.last().is_some_and(|month| month.low.is_some()).then_some(ControlChart {
        mean: baseline.mean,
        sigma_z: baseline.sigma_z.max(1.0),
        months,
    })
}
