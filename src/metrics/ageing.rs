//! What has become of each cohort by each age? The share converted of a month's or a quarter's starts, by days since the
//! start: Kaplan–Meier, so that those who have not been followed for so long weigh as long as they were.

use super::Estimate;
use super::funnel::{Cohorts, Covered};
use crate::facts::Transition;
use crate::stats::maturity::{Exposure, LagCurve};
use crate::stats::survival;
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;

/// Ages at which people look, in days.
const AGES: [u32; 17] = [1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 180, 270, 365];
/// Ages below this share of the window would show hardly anybody.
const YOUNGEST: f64 = 0.07;
/// Fewer leads than this, followed for so long, show nothing.
const FEW: u64 = 10;
/// Fewer report months than this make cohorts of a month each, not of a quarter.
const MONTHS_OF_QUARTERS: i32 = 6;
/// The most cohorts that have a curve; of more the newest.
const MOST_CURVES: usize = 5;

/// What has become of each cohort by each age.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ageing {
    /// Which step: "mql_to_sql", or "mql_to_customer" where no SQLs are recorded.
    pub transition: &'static str,
    /// Days since the start, one a cell of a month; the last is the window.
    pub ages: Vec<u32>,
    /// The report months, oldest first.
    pub months: Vec<AgeingMonth>,
    /// Cohorts of a quarter (of a month where there are few months), oldest first, with their whole curve.
    pub curves: Vec<CohortCurve>,
}

/// A month's cohort.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AgeingMonth {
    /// The month in which they started.
    pub month: Month,
    /// How many started.
    pub n: u64,
    /// What had become of them by each age; empty for a month that began before outcomes were recorded.
    pub cells: Vec<AgeingCell>,
}

/// What had become of a month's cohort by an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AgeingCell {
    /// How many of them are that old by now.
    pub n_followed: u64,
    /// The share converted by that age; `null` = fewer than ten are that old, and not all.
    pub share: Option<f64>,
    /// Whether all of them are that old.
    pub is_complete: bool,
}

/// A cohort's curve.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CohortCurve {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
    /// How many started.
    pub n: u64,
    /// Days for which at least ten of them have been followed.
    pub followed_days: u32,
    /// (day, share converted by it), wherever it changes.
    pub steps: Vec<(u32, f64)>,
    /// The share on the last followed day, with its interval.
    pub reached: Estimate,
    /// (day, low, high) of every step; empty where no interval exists.
    pub ribbon: Vec<(u32, f64, f64)>,
    /// (day, how many were still open and had been followed for as long), at day 0 and every age.
    pub open: Vec<(u32, u64)>,
}

/// The cohorts of the report months; `None` where outcomes cannot be known or nobody started.
pub fn of(cohorts: &Cohorts, level: f64) -> Option<Ageing> {
    let transition = cohorts.goal();
    if cohorts.unknown(transition).is_some() {
        return None;
    }
    let window = cohorts.window(transition);
    let ages = ages(window);
    let months: Vec<AgeingMonth> =
        (cohorts.from.0..=cohorts.to.0).map(|month| of_month(cohorts, transition, Month(month), &ages)).collect();
    if months.iter().all(|month| month.n == 0) {
        return None;
    }
    let groups = groups(cohorts.from, cohorts.to);
    let mut curves: Vec<CohortCurve> =
        groups.into_iter().filter_map(|months| curve(cohorts, transition, months, &ages, level)).collect();
    curves.drain(..curves.len().saturating_sub(MOST_CURVES));
    Some(Ageing { transition: transition.name(), ages, months, curves })
}

/// The ages up to a window, and the window itself.
fn ages(window: u32) -> Vec<u32> {
    let inside = |age: &u32| *age < window && f64::from(*age) >= YOUNGEST * f64::from(window);
    AGES.into_iter().filter(inside).chain([window]).collect()
}

fn exposures(cohorts: &Cohorts, transition: Transition, (from, to): (Month, Month)) -> Vec<Exposure> {
    let days = (from.first_day(), to.last_day().min(cohorts.as_of));
    cohorts.exposures(transition, None, days, Covered::Always)
}

fn of_month(cohorts: &Cohorts, transition: Transition, month: Month, ages: &[u32]) -> AgeingMonth {
    let cohort = cohorts.cohort(transition, month, month, None);
    if cohorts.is_truncated(transition, month) {
        return AgeingMonth { month, n: cohort.n, cells: Vec::new() };
    }
    let exposures = exposures(cohorts, transition, (month, month));
    let window = cohorts.window(transition);
    let curve = LagCurve::fit(&exposures, window);
    let cell = |age: &u32| {
        let n_followed = cohort.ages.iter().filter(|(known, _)| known >= age).map(|(_, n)| n).sum::<u64>();
        let is_complete = cohort.n > 0 && n_followed == cohort.n;
        let is_told = is_complete || n_followed >= FEW;
        let share = curve.as_ref().map_or(0.0, |curve| curve.incidence(*age));
        AgeingCell { n_followed, share: is_told.then_some(share), is_complete }
    };
    AgeingMonth { month, n: cohort.n, cells: ages.iter().map(cell).collect() }
}

/// Calendar quarters, the first and the last cut to the report months; months where there are few.
fn groups(from: Month, to: Month) -> Vec<(Month, Month)> {
    let length = if to.0 - from.0 + 1 >= MONTHS_OF_QUARTERS { 3 } else { 1 };
    let mut out: Vec<(Month, Month)> = Vec::new();
    for month in (from.0..=to.0).map(Month) {
        let begins = month.0.rem_euclid(length) == 0;
        match out.last_mut() {
            Some(group) if !begins => group.1 = month,
            _ => out.push((month, month)),
        }
    }
    out
}

/// The curve of some months' starts, as far as ten of them have been followed.
fn curve(
    cohorts: &Cohorts,
    transition: Transition,
    (from, to): (Month, Month),
    ages: &[u32],
    level: f64,
) -> Option<CohortCurve> {
    if (from.0..=to.0).any(|month| cohorts.is_truncated(transition, Month(month))) {
        return None;
    }
    let window = cohorts.window(transition);
    let exposures = exposures(cohorts, transition, (from, to));
    let cohort = cohorts.cohort(transition, from, to, None);
    let mut followed = 0;
    let oldest_first = cohort.ages.iter().rev();
    let followed_days = oldest_first
        .filter_map(|(age, n)| {
            followed += n;
            (followed >= FEW).then_some(*age)
        })
        .next()?
        .min(window);
    let fitted = LagCurve::fit(&exposures, window);
    let days: Vec<u32> = fitted.iter().flat_map(|curve| curve.steps()).map(|(day, _)| day).collect();
    let days: Vec<u32> = days.into_iter().filter(|day| *day <= followed_days).collect();
    let share = |day: u32| fitted.as_ref().map_or(0.0, |curve| curve.incidence(day));
    let interval = |day: u32| fitted.as_ref().and_then(|curve| curve.interval(day, level));
    let reached = interval(followed_days);
    let open = |day: u32| (day, survival::at_risk(&exposures, day));
    Some(CohortCurve {
        from,
        to,
        n: cohort.n,
        followed_days,
        steps: days.iter().map(|day| (*day, share(*day))).collect(),
        reached: Estimate {
            value: Some(share(followed_days)),
            low: reached.map(|interval| interval.low),
            high: reached.map(|interval| interval.high),
        },
        ribbon: days.iter().filter_map(|day| interval(*day).map(|found| (*day, found.low, found.high))).collect(),
        open: [0].into_iter().chain(ages.iter().copied()).filter(|day| *day <= followed_days).map(open).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_age_is_the_window() {
        assert_eq!(ages(90), [7, 10, 14, 21, 30, 45, 60, 75, 90]);
        assert_eq!(ages(1), [1]);
        assert_eq!(ages(400).last(), Some(&400));
    }

    #[test]
    fn quarters_are_those_of_the_calendar() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        let found = groups(month("2025-11"), month("2026-10"));
        let ends: Vec<(String, String)> = found.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        let ends: Vec<(&str, &str)> = ends.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            ends,
            [
                ("2025-11", "2025-12"),
                ("2026-01", "2026-03"),
                ("2026-04", "2026-06"),
                ("2026-07", "2026-09"),
                ("2026-10", "2026-10")
            ]
        );
        assert_eq!(groups(month("2026-08"), month("2026-10")).len(), 3);
    }
}
