//! Do recent leads convert at another pace than those before? Only then may a young cohort not be judged by how
//! conversions usually come in.
//!
//! The share of starts that have converted by a day near the curve's median lag, of the last 3, 6 and 9 months against up
//! to twelve months before: two-proportion z over √φ, φ = the months' Pearson dispersion around the two shares, at least 1
//! (t with its degrees of freedom where it is above), Holm over the comparisons, 5 % for all together. The test cannot
//! tell slower from fewer. The shortest span that rings is the group that gets a pace of its own: where the change is
//! older, a short recent group is unbiased still, while a long one is diluted where the change is younger.

use super::funnel::{Cohorts, Pace};
use crate::facts::Transition;
use crate::stats::{multiple, overdispersion, proportion, special};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// The spans of recent months that are held against those before.
const SPANS: [u32; 3] = [3, 6, 9];
/// Months before a span that it is held against, at most.
const MONTHS_BEFORE: i32 = 12;
/// The chance of a false alarm, over all comparisons.
const LEVEL: f64 = 0.05;
/// Conversions (and leads without one) to be expected on either side for the normal approximation to hold.
const LEAST_EXPECTED: f64 = 5.0;
/// Conversions without which a median lag says nothing.
const LEAST_CURVE_EVENTS: u64 = 5;

/// Whether recent months go at another pace, and what was done about it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LagAlarm {
    /// The conversion that is watched: MQL→SQL, or MQL→customer where there are no SQLs.
    pub transition: &'static str,
    /// Whether it rings, and in which direction.
    pub state: AlarmState,
    /// Conversions by this day after the start are compared: half of them come by it. `null` = not known.
    pub day: Option<u32>,
    /// The number of recent months that go at a pace of their own; `null` = the alarm does not ring.
    pub months: Option<u32>,
    /// The first of these months.
    pub since: Option<Month>,
    /// By whose pace starts of these months are adjusted.
    pub pace: PaceUsed,
    /// The oldest age among the starts of these months: later than that nothing is known of their own pace.
    pub own_pace_through_day: Option<u32>,
    /// The chance of a false alarm that all comparisons together may have.
    pub level: f64,
    /// What was compared, shortest span first.
    pub comparisons: Vec<Comparison>,
}

/// Whether the alarm rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    /// Too little history, or too few conversions, for any comparison.
    Untested,
    /// It does not.
    Quiet,
    /// Fewer have converted by the day: slower, or fewer will.
    SlowerOrFewer,
    /// More have.
    FasterOrMore,
}

/// By whose pace the young starts of recent months are adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaceUsed {
    /// That of the last twelve months (or two windows), as always.
    Usual,
    /// Their own.
    Own,
    /// Their own as far as they have been followed, after that the pace of those before: the window is longer.
    OwnThenEarlier,
}

/// Recent months against those before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The number of recent months, the current one aside.
    pub months: u32,
    /// Those before.
    pub before: Side,
    /// The recent months.
    pub recent: Side,
    /// How many times the variance between months is that of chance alone, at least 1.
    pub phi: f64,
    /// Two-sided p of this comparison alone.
    pub p: f64,
    /// The same after Holm's adjustment for all comparisons.
    pub p_adjusted: f64,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Side {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
    /// Starts old enough to have had the day.
    pub n: u64,
    /// Of these, converted by it.
    pub converted: u64,
    /// converted ÷ n.
    pub share: f64,
}

/// A month's starts that are old enough to have had a day, and how many of them had converted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthCount {
    /// The month.
    pub month: Month,
    /// Starts.
    pub n: u64,
    /// Conversions.
    pub converted: u64,
}

impl LagAlarm {
    /// Judges the pace of a transition as of the last visible day, whatever the report month is.
    pub fn judge(cohorts: &Cohorts, transition: Transition) -> LagAlarm {
        let untested = LagAlarm {
            transition: transition.name(),
            state: AlarmState::Untested,
            day: None,
            months: None,
            since: None,
            pace: PaceUsed::Usual,
            own_pace_through_day: None,
            level: LEVEL,
            comparisons: Vec::new(),
        };
        if cohorts.unknown(transition).is_some() {
            return untested;
        }
        let usual = cohorts.curve(transition, None).filter(|curve| curve.n_events() >= LEAST_CURVE_EVENTS);
        let Some(curve) = usual else { return untested };
        let day = curve.quantile(0.5).max(1);
        let newest = super::last_complete_month(cohorts.as_of);
        let comparisons = compare(&cohorts.by_day(transition, day), newest);
        let tested = LagAlarm { day: Some(day), comparisons, ..untested };
        if tested.comparisons.is_empty() {
            return tested;
        }
        let Some(loudest) = tested.comparisons.iter().find(|comparison| comparison.p_adjusted < LEVEL).copied() else {
            return LagAlarm { state: AlarmState::Quiet, ..tested };
        };
        let since = loudest.recent.from;
        let followed = cohorts.as_of.0.saturating_sub(since.first_day().0).max(0) as u32;
        let own = cohorts.curve_at(transition, None, Pace::Since(since.first_day()));
        let pace = match own {
            None => PaceUsed::Usual,
            Some(_) if followed >= cohorts.window(transition) => PaceUsed::Own,
            Some(_) => PaceUsed::OwnThenEarlier,
        };
        let is_fewer = loudest.recent.share < loudest.before.share;
        LagAlarm {
            state: if is_fewer { AlarmState::SlowerOrFewer } else { AlarmState::FasterOrMore },
            months: Some(loudest.months),
            since: Some(since),
            pace,
            own_pace_through_day: Some(followed),
            ..tested
        }
    }

    /// The comparison that rang.
    pub fn rung(&self) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| Some(comparison.months) == self.months)
    }

    /// The first day of the starts that are adjusted by a pace of their own.
    pub fn own_pace_since(&self) -> Option<Day> {
        self.since.filter(|_| self.pace != PaceUsed::Usual).map(Month::first_day)
    }
}

/// Every span of recent months against those before it, with p adjusted for their number: a span is the last complete
/// months up to `newest` (and what there is of the month after), and at least as many months must lie before it. Months in
/// ascending order.
pub fn compare(months: &[MonthCount], newest: Month) -> Vec<Comparison> {
    let mut found: Vec<Comparison> =
        SPANS.into_iter().filter_map(|span| against_before(months, newest, span)).collect();
    let adjusted = multiple::holm(&found.iter().map(|comparison| comparison.p).collect::<Vec<f64>>());
    for (comparison, p_adjusted) in found.iter_mut().zip(adjusted) {
        comparison.p_adjusted = p_adjusted;
    }
    found
}

fn against_before(months: &[MonthCount], newest: Month, span: u32) -> Option<Comparison> {
    let first_recent = newest.plus(1 - span as i32);
    let oldest = months.iter().find(|month| month.n > 0)?.month.max(first_recent.plus(-MONTHS_BEFORE));
    if first_recent.0 - oldest.0 < span as i32 {
        return None;
    }
    let within = |from: Month, to: Month| months.iter().filter(move |count| count.month >= from && count.month <= to);
    let last = months.last()?.month;
    let side = |from: Month, to: Month| {
        let n = within(from, to).map(|count| count.n).sum::<u64>();
        let converted = within(from, to).map(|count| count.converted).sum::<u64>();
        (n > 0).then(|| Side { from, to, n, converted, share: converted as f64 / n as f64 })
    };
    let (before, recent) = (side(oldest, first_recent.plus(-1))?, side(first_recent, last)?);
    let (n0, n1) = (before.n as f64, recent.n as f64);
    let pooled = (before.converted + recent.converted) as f64 / (n0 + n1);
    if n0.min(n1) * pooled.min(1.0 - pooled) < LEAST_EXPECTED {
        return None;
    }
    let z = proportion::two_proportion_z(before.converted as f64, n0, recent.converted as f64, n1)?;

    // Around each side's own share, or the change itself would pass as the months' swing.
    let months_of = |side: Side| -> Vec<(f64, f64)> {
        within(side.from, side.to).map(|count| (count.converted as f64, count.n as f64)).collect()
    };
    let swing = overdispersion::pooled_phi(&[months_of(before), months_of(recent)]);
    let phi = swing.phi;
    let p = two_sided(z / phi.sqrt(), (phi > 1.0).then_some(f64::from(swing.degrees_of_freedom)));
    Some(Comparison { months: span, before, recent, phi, p, p_adjusted: p })
}

/// P(|Z| ≥ |z|), of t with these degrees of freedom or of the normal.
fn two_sided(z: f64, degrees_of_freedom: Option<f64>) -> f64 {
    match degrees_of_freedom {
        Some(df) => special::beta_cdf(df / (df + z * z), df / 2.0, 0.5),
        None => 2.0 * special::normal_cdf(-z.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_t_and_of_the_normal() {
        // R: 2 * pt(-2.119905, 16) = 0.05; 2 * pnorm(-1.959964) = 0.05.
        assert!((two_sided(-2.119_905_299_221_01, Some(16.0)) - 0.05).abs() < 1e-9);
        assert!((two_sided(1.959_963_984_540_05, None) - 0.05).abs() < 1e-9);
    }
}
