//! How many convert within 30, 60 and 90 days, and is the window long enough to catch those who convert?
//!
//! The rates of several windows rest on one curve, read up to each of them, so a longer window never has the lower rate.
//! The suggested window is the first day by which 95 % of the conversions have come, of those within as many days as the
//! history allows to follow, two windows at most: F(d) ≥ 0.95 on a curve with that horizon, with a bootstrap interval. It
//! moves nothing by itself.

use super::Estimate;
use super::funnel::{Cohorts, Covered, Rate};
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::stats::maturity::{self, LagCurve};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;

/// The windows that are reported beside the configured one, where they are shorter.
const DAYS: [u32; 3] = [30, 60, 90];
/// The share of conversions that a suggested window catches.
const CAUGHT: f64 = 0.95;
/// Conversions from which on a window is suggested: of fewer, the last twentieth is a lead or two.
const LEAST_CONVERSIONS: u64 = 50;
/// Leads that must have been followed for as long as conversions are looked for.
const LEAST_FOLLOWED: u64 = 30;
/// Resamples behind an interval.
const DRAWS: u32 = 200;

/// The rates of one transition within several windows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Windows {
    /// Which transition.
    pub transition: &'static str,
    /// The windows in days: 30, 60 and 90 as far as they are shorter than the configured one, and that one.
    pub days: Vec<u32>,
    /// The report months together: a rate a window.
    pub overall: Vec<Rate>,
    /// Each report month.
    pub months: Vec<MonthWindows>,
    /// How long the window would have to be; `null` = not known.
    pub suggested: Option<SuggestedWindow>,
}

/// A month's rates within several windows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MonthWindows {
    /// The month of the start.
    pub month: Month,
    /// A rate a window.
    pub rates: Vec<Rate>,
}

/// How long a window would have to be to catch 95 % of the conversions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SuggestedWindow {
    /// First day by which that share has come.
    pub days: Estimate,
    /// That share.
    pub share: f64,
    /// Conversions within this many days are counted: two windows, or as far as the history goes.
    pub follow_up_days: u32,
    /// Conversions that it rests on.
    pub n: u64,
    /// The configured window.
    pub window_days: u32,
    /// The share of the conversions within the follow-up that the configured window catches.
    pub window_catches: f64,
    /// What the configured window is, given the uncertainty.
    pub fit: WindowFit,
}

/// What a window is, held against the day by which 95 % have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowFit {
    /// 95 % have come before it ends, or may have.
    LongEnough,
    /// The whole interval lies beyond it.
    TooShort,
    /// Nobody could be followed for longer than it, so only a window that is too long would be seen.
    Unknown,
}

/// The rates of a transition within several windows; `None` where the transition is not known at all.
pub fn of(cohorts: &Cohorts, transition: Transition, plan: &Plan) -> Option<Windows> {
    if cohorts.unknown(transition).is_some() {
        return None;
    }
    let window = cohorts.window(transition);
    let mut days: Vec<u32> = DAYS.into_iter().filter(|days| *days < window).collect();
    days.push(window);
    let month = |month: Month| MonthWindows {
        month,
        rates: days.iter().map(|days| cohorts.month_rate_within(transition, month, *days)).collect(),
    };
    Some(Windows {
        transition: transition.name(),
        overall: days.iter().map(|days| cohorts.rate_within(transition, *days)).collect(),
        months: (cohorts.from.0..=cohorts.to.0).map(|m| month(Month(m))).collect(),
        suggested: suggested(cohorts, transition, plan),
        days,
    })
}

fn suggested(cohorts: &Cohorts, transition: Transition, plan: &Plan) -> Option<SuggestedWindow> {
    let window = cohorts.window(transition);
    // As many starts as a lag curve rests on, and a window more, for it to be followed for two.
    let from = cohorts.curve_from(transition).plus(-(window as i32));
    let exposures = cohorts.exposures(transition, None, (from, cohorts.as_of), Covered::FromFirstOutcome);
    let horizon = cohorts.followed_by(transition, from, LEAST_FOLLOWED)?.min(2 * window);
    if horizon < window {
        return None;
    }
    let curve = LagCurve::fit(&exposures, horizon)?;
    if curve.n_events() < LEAST_CONVERSIONS {
        return None;
    }
    let (seed, level) = (plan.calibration.seed, plan.verdict.level);
    let found = maturity::time_quantiles(&exposures, horizon, &[CAUGHT], DRAWS, seed, level)?;
    let day = found.first()?;
    let fit = match horizon > window {
        false => WindowFit::Unknown,
        true if day.low > f64::from(window) => WindowFit::TooShort,
        true => WindowFit::LongEnough,
    };
    Some(SuggestedWindow {
        days: Estimate { value: Some(f64::from(day.value)), low: Some(day.low), high: Some(day.high) },
        share: CAUGHT,
        follow_up_days: horizon,
        n: curve.n_events(),
        window_days: window,
        window_catches: curve.share_by(window),
        fit,
    })
}
