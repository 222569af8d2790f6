//! Which share will have converted in the end, if the curve keeps its shape?
//!
//! The eventual rate from two mixture cure models ([`cure`]): Weibull and gamma lags, of the starts that a lag curve rests
//! on. Once the follow-up exceeds three median lags they are no better than the curve, and before it they are dangerous:
//! so a forecast is made only then, from fifty conversions on, where both models agree, and where the alarm is quiet. It is a forecast, and no
//! verdict knows of it.

use super::Estimate;
use super::funnel::{Cohorts, Pace};
use crate::facts::Transition;
use crate::stats::cure::{self, Cure, Shape};
use schemars::JsonSchema;
use serde::Serialize;

/// Conversions from which on there is a forecast.
const LEAST_CONVERSIONS: u64 = 50;
/// Median lags that the starts must have been followed for.
const LEAST_MEDIANS: u32 = 3;
/// Starts that must have been followed for as long.
const LEAST_FOLLOWED: u64 = 30;

/// The share that converts ever, if the curve keeps its shape.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Which transition.
    pub transition: &'static str,
    /// The share that converts ever: the mean of the two models, and the limits of both together.
    pub eventual: Estimate,
    /// What the model with Weibull lags says.
    pub weibull: Estimate,
    /// What the model with gamma lags says.
    pub gamma: Estimate,
    /// The share within the window, of the same starts by the incidence curve.
    pub within_window: f64,
    /// Conversions that it rests on.
    pub n: u64,
    /// For how many days starts have been followed.
    pub followed_days: u32,
    /// The window.
    pub window_days: u32,
}

/// The forecast of a transition; `None` where the data do not support one.
pub fn of(cohorts: &Cohorts, transition: Transition, level: f64) -> Option<Forecast> {
    // A pace that has just changed is no curve that keeps its shape.
    let changes = transition == cohorts.goal() && cohorts.lag_alarm().rung().is_some();
    if changes || cohorts.unknown(transition).is_some() {
        return None;
    }
    let curve = cohorts.curve(transition, None)?;
    let from = cohorts.curve_from(transition);
    let followed_days = cohorts.followed_by(transition, from, LEAST_FOLLOWED)?;
    if curve.n_events() < LEAST_CONVERSIONS || followed_days <= LEAST_MEDIANS * curve.quantile(0.5).max(1) {
        return None;
    }
    let exposures = cohorts.exposures_at(transition, None, Pace::Usual);
    let (weibull, gamma) = (cure::fit(&exposures, Shape::Weibull)?, cure::fit(&exposures, Shape::Gamma)?);
    let estimate = |model: &Cure| {
        let limits = model.interval(level);
        Estimate { value: Some(model.share()), low: Some(limits.low), high: Some(limits.high) }
    };
    let agree = |one: &Cure, other: &Cure| {
        let limits = one.interval(level);
        limits.low <= other.share() && other.share() <= limits.high
    };
    if !agree(&weibull, &gamma) || !agree(&gamma, &weibull) {
        return None;
    }
    let (limits, others) = (weibull.interval(level), gamma.interval(level));
    let within_window = curve.incidence(curve.horizon());
    let eventual = 0.5 * (weibull.share() + gamma.share());
    // Fewer in the end than within the window: neither shape is that of these data.
    if eventual < within_window {
        return None;
    }
    Some(Forecast {
        transition: transition.name(),
        eventual: Estimate {
            value: Some(eventual),
            low: Some(limits.low.min(others.low)),
            high: Some(limits.high.max(others.high)),
        },
        weibull: estimate(&weibull),
        gamma: estimate(&gamma),
        within_window,
        n: weibull.n_events,
        followed_days,
        window_days: curve.horizon(),
    })
}
