//! How long does it take? Quantiles of the incidence curve of those who convert, corrected for follow-up: the mean or
//! the median of what has closed so far is too short, because the slow ones are still open.

use super::funnel::{Cohorts, Covered};
use super::{CurveSteps, Estimate, Known};
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::stats::maturity::{self, LagCurve};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// Resamples behind an interval.
const DRAWS: u32 = 200;
/// Conversions from which on quantiles are given.
const LEAST_CONVERSIONS: u64 = 10;
/// The shares whose days are reported.
const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 0.9];

/// Days until a share of those who convert within the window have converted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TimeTo {
    /// Conversions that it rests on; with fewer than ten no quantiles are given.
    pub n: u64,
    /// A quarter of them.
    pub p25: Estimate,
    /// Half of them.
    pub p50: Estimate,
    /// Three quarters.
    pub p75: Estimate,
    /// Nine in ten.
    pub p90: Estimate,
    /// The window in which conversions count.
    pub follow_up_days: u32,
    /// First day of the starts that it rests on: the report months, and as many before as a lag curve needs.
    pub since: Option<Day>,
    /// The same quantiles of what has closed so far, uncorrected and biased short: p25, p50, p75, p90.
    pub so_far: Option<[u32; 4]>,
}

/// Time to conversion of the starts in the report months (and of as many before them as a lag curve needs).
pub fn time_to(cohorts: &Cohorts, transition: Transition, channel: Option<&str>, plan: &Plan) -> TimeTo {
    let starts = (first_start(cohorts, transition), cohorts.as_of);
    time_of(cohorts, transition, channel, starts, plan)
}

/// Time to conversion of one month's starts, if all of them have had their window.
pub fn time_to_of_month(cohorts: &Cohorts, transition: Transition, month: Month, plan: &Plan) -> TimeTo {
    let window = cohorts.window(transition);
    let complete = month.last_day().plus(window as i32) <= cohorts.as_of && !cohorts.is_truncated(transition, month);
    if complete {
        time_of(cohorts, transition, None, (month.first_day(), month.last_day()), plan)
    } else {
        nothing(window)
    }
}

fn nothing(window: u32) -> TimeTo {
    TimeTo {
        n: 0,
        p25: Estimate::NONE,
        p50: Estimate::NONE,
        p75: Estimate::NONE,
        p90: Estimate::NONE,
        follow_up_days: window,
        since: None,
        so_far: None,
    }
}

fn time_of(
    cohorts: &Cohorts,
    transition: Transition,
    channel: Option<&str>,
    starts: (Day, Day),
    plan: &Plan,
) -> TimeTo {
    let window = cohorts.window(transition);
    if cohorts.unknown(transition).is_some() {
        return nothing(window);
    }
    let exposures = cohorts.exposures(transition, channel, starts, Covered::Always);
    let Some(curve) = LagCurve::fit(&exposures, window) else { return nothing(window) };
    let so_far = so_far(&cohorts.arrived(transition, channel, starts));
    let since = exposures.iter().map(|exposure| exposure.n).sum::<u64>().gt(&0).then_some(starts.0);
    if curve.n_events() < LEAST_CONVERSIONS {
        return TimeTo { n: curve.n_events(), since, so_far, ..nothing(window) };
    }
    let (seed, level) = (plan.calibration.seed, plan.verdict.level);
    let Some(found) = maturity::time_quantiles(&exposures, window, &SHARES, DRAWS, seed, level) else {
        return nothing(window);
    };
    let estimate = |i: usize| {
        let quantile = &found[i];
        Estimate { value: Some(f64::from(quantile.value)), low: Some(quantile.low), high: Some(quantile.high) }
    };
    TimeTo {
        n: curve.n_events(),
        p25: estimate(0),
        p50: estimate(1),
        p75: estimate(2),
        p90: estimate(3),
        follow_up_days: window,
        since,
        so_far,
    }
}

/// First day by which each share of what has arrived so far had arrived.
fn so_far(lags: &[(u32, u64)]) -> Option<[u32; 4]> {
    let total: u64 = lags.iter().map(|(_, n)| n).sum();
    let day = |share: f64| {
        let mut seen = 0;
        lags.iter().find_map(|(lag, n)| {
            seen += n;
            (seen as f64 >= share * total as f64 - 1e-9).then_some(*lag)
        })
    };
    Some([day(SHARES[0])?, day(SHARES[1])?, day(SHARES[2])?, day(SHARES[3])?])
}

/// How conversions come in: the share of the window's conversions that has come by each day, from the same starts as
/// [`time_to`]; of MQL→SQL, or of MQL→customer where there are no SQLs.
pub fn curve(cohorts: &Cohorts, known: &Known) -> Option<CurveSteps> {
    let transition = if known.sqls.why().is_none() { Transition::MqlToSql } else { Transition::MqlToCustomer };
    if cohorts.unknown(transition).is_some() {
        return None;
    }
    let starts = (first_start(cohorts, transition), cohorts.as_of);
    let exposures = cohorts.exposures(transition, None, starts, Covered::Always);
    let curve = LagCurve::fit(&exposures, cohorts.window(transition))?;
    if curve.n_events() < LEAST_CONVERSIONS {
        return None;
    }
    let steps = curve.steps().into_iter().map(|(day, _)| (day, curve.share_by(day))).collect();
    Some(CurveSteps { transition, steps, window_days: cohorts.window(transition), n: curve.n_events() })
}

fn first_start(cohorts: &Cohorts, transition: Transition) -> Day {
    cohorts.from.first_day().min(cohorts.curve_from(transition))
}
