//! Which other points can a reader try without running anything, and what would they have brought?
//!
//! One action at a time, all others as they are, at bars around today's: each is what `leadgauge simulate` says
//! ([`super::simulation`]), worked out beforehand.

use super::CriteriaView;
use crate::metrics::Estimate;
use schemars::JsonSchema;
use serde::Serialize;

/// Points are tried in whole multiples of this.
pub const STEP: f64 = 5.0;
/// Points that an action is tried with, in halves of today's.
const HALVES: std::ops::RangeInclusive<u32> = 0..=4;
/// Bars that are tried, in tenths of today's.
pub const TENTHS: std::ops::RangeInclusive<usize> = 7..=15;

/// An action whose points are changed, the others left as they are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ActionTried {
    /// The type of action.
    pub name: String,
    /// Its points today.
    pub points_now: f64,
    /// What it is tried with, lowest first; today's points are not among them.
    pub points: Vec<PointsTried>,
}

/// Other points for an action.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PointsTried {
    /// The points.
    pub points: f64,
    /// What they would have brought at each bar, lowest first.
    pub bars: Vec<BarTried>,
}

/// What other points would have brought at a bar, per month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BarTried {
    /// The bar.
    pub threshold: f64,
    /// MQLs.
    pub mqls_per_month: f64,
    /// SQLs, those lost by waiting taken off; bounds and no value where leads enter, of which no outcome is known.
    pub sqls_per_month: Estimate,
    /// MQLs that would not have been, of today's.
    pub mqls_leaving: f64,
    /// Their SQLs, those lost by waiting included.
    pub sqls_leaving: f64,
    /// MQLs that would have been besides: leads that were never worked.
    pub mqls_entering: f64,
    /// The most SQLs that these could add; none is the least.
    pub most_sqls_entering: f64,
    /// Gain against today's points and bar at the project's prices, with a 90 % range: MQLs × cost less SQLs × value of those
    /// that leave; for those that enter, bounds.
    pub gain_per_month: Estimate,
}

/// The points to try for an action: halves of today's up to twice as many, and the refitted ones; of an action that does
/// not score today, halves of the refitted ones.
pub fn points_to_try(name: &str, now: &CriteriaView, refitted: Option<&CriteriaView>) -> Vec<f64> {
    let today = now.points.get(name).copied().unwrap_or(0.0);
    let other = refitted.and_then(|card| card.points.get(name)).copied().filter(|points| *points > 0.0);
    let whole = if today > 0.0 { Some(today) } else { other };
    let Some(whole) = whole else { return Vec::new() };
    let halves = HALVES.map(|halves| STEP * (f64::from(halves) * whole / 2.0 / STEP).round());
    let mut points: Vec<f64> = halves.chain(other).filter(|points| *points != today).collect();
    points.sort_by(f64::total_cmp);
    points.dedup();
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn card(points: &[(&str, f64)]) -> CriteriaView {
        CriteriaView {
            effective_from: None,
            threshold: 100.0,
            lookback_days: None,
            half_life_days: None,
            points: points.iter().map(|(name, points)| (name.to_string(), *points)).collect(),
            caps: BTreeMap::new(),
            fit: BTreeMap::new(),
        }
    }

    #[test]
    fn points_are_tried_from_none_to_twice_as_many_without_todays() {
        assert_eq!(points_to_try("click", &card(&[("click", 10.0)]), None), [0.0, 5.0, 15.0, 20.0]);
        // A half of 5 is no whole step.
        assert_eq!(points_to_try("open", &card(&[("open", 5.0)]), None), [0.0, 10.0]);
    }

    #[test]
    fn refitted_points_are_tried_too() {
        let refitted = card(&[("click", 30.0), ("careers", 10.0), ("open", 0.0)]);
        assert_eq!(points_to_try("click", &card(&[("click", 10.0)]), Some(&refitted)), [0.0, 5.0, 15.0, 20.0, 30.0]);
        assert_eq!(points_to_try("careers", &card(&[]), Some(&refitted)), [5.0, 10.0, 15.0, 20.0]);
    }

    #[test]
    fn an_action_that_scores_in_neither_card_is_not_tried() {
        assert!(points_to_try("open", &card(&[]), Some(&card(&[("open", 0.0)]))).is_empty());
    }
}
