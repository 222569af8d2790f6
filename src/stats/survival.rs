//! What becomes of leads when several outcomes compete, and do two groups convert at the same pace?
//!
//! With the risk set Y_d = #{entry ≤ d ≤ exit}, e_k,d exits by outcome k at lag d and S the share that is still open,
//! P_k(d) = Σ_{u≤d} S(u−1) e_k,u / Y_u (Aalen and Johansen 1978): the shares of all outcomes and of those still open add up
//! to 1 on every day. Standard errors are those of the infinitesimal jackknife (as in R's `survival`): the influence of
//! each lead on P_k, squared and added up; leads of one cell (entry, exit, outcome) have the same influence.
//!
//! Two groups: the log-rank test (Mantel 1966), observed events against those expected from the pooled pace, with the
//! hypergeometric variance. One outcome alone is [`maturity::LagCurve`](super::maturity::LagCurve).

use crate::stats::maturity::{Ending, Exposure};
use crate::stats::special;
use std::collections::BTreeMap;

/// Lags beyond a hundred years are not observed.
const LONGEST_LAG: u32 = 36_525;
/// A world with more cells than this gets no standard errors, whose cost is cells times days.
const MOST_INFLUENCES: usize = 50_000_000;

/// `n` leads that were at risk from lag `entry` through lag `exit`, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exit {
    /// First lag at which an outcome would have been seen: 0 unless records begin later.
    pub entry: u32,
    /// The lag of the outcome, or the age on the last visible day. Exits before their entry were never seen: ignored.
    pub exit: u32,
    /// Which outcome, counted from 0; `None` while still open.
    pub outcome: Option<usize>,
    /// Leads.
    pub n: u64,
}

/// How leads leave, by outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// The days with an outcome, ascending.
    days: Vec<u32>,
    /// For each such day: still open, then each outcome's share.
    shares: Vec<Vec<f64>>,
    /// The standard errors of the same.
    errors: Option<Vec<Vec<f64>>>,
    n_outcomes: usize,
}

impl Outcomes {
    /// The shares of `n_outcomes` competing outcomes up to the lag `horizon`; outcomes from `n_outcomes` on count as still
    /// open. `None` when there is no outcome.
    ///
    /// At a tie outcomes come before open ends. A day on which all who are at risk leave while others enter later is left
    /// out: nobody would be left for those.
    pub fn fit(exits: &[Exit], n_outcomes: usize, horizon: u32) -> Option<Outcomes> {
        let horizon = horizon.min(LONGEST_LAG);
        // Sorted cells make the result independent of the order of the exits.
        let mut cells: BTreeMap<(u32, u32, Option<usize>), u64> = BTreeMap::new();
        for exit in exits.iter().filter(|exit| exit.n > 0 && exit.entry <= exit.exit) {
            let outcome = exit.outcome.filter(|&outcome| outcome < n_outcomes && exit.exit <= horizon);
            // Nothing happens after the horizon, so that it ends every observation.
            *cells.entry((exit.entry, exit.exit.min(horizon + 1), outcome)).or_default() += exit.n;
        }
        let mut events: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for (&(_, exit, outcome), &n) in &cells {
            let Some(outcome) = outcome else { continue };
            events.entry(exit).or_insert_with(|| vec![0; n_outcomes])[outcome] += n;
        }
        let last_entry = cells.keys().map(|&(entry, ..)| entry).max()?;

        let with_errors = cells.len().saturating_mul(events.len()) <= MOST_INFLUENCES;
        // The influence of a lead of each cell on every share, open first.
        let mut influences = vec![vec![0.0; n_outcomes + 1]; if with_errors { cells.len() } else { 0 }];
        let mut now = vec![0.0; n_outcomes + 1];
        now[0] = 1.0;
        let mut fitted = Outcomes { days: Vec::new(), shares: Vec::new(), errors: None, n_outcomes };
        let mut errors = Vec::new();
        for (&day, events) in &events {
            let is_at_risk = |&(entry, exit, _): &(u32, u32, Option<usize>)| entry <= day && day <= exit;
            let at_risk: u64 = cells.iter().filter(|(cell, _)| is_at_risk(cell)).map(|(_, &n)| n).sum();
            let leaving: u64 = events.iter().sum();
            if leaving == at_risk && last_entry > day {
                continue;
            }
            let y = at_risk as f64;
            let pace: Vec<f64> = events.iter().map(|&e| e as f64 / y).collect();
            let stay = if leaving == at_risk { 0.0 } else { 1.0 - leaving as f64 / y };
            let open = now[0];
            for ((cell, _), influence) in cells.iter().zip(&mut influences) {
                let before = influence[0];
                let own = if is_at_risk(cell) { open / y } else { 0.0 };
                let left = cell.1 == day && cell.2.is_some();
                influence[0] = before * stay - own * (f64::from(u8::from(left)) - (1.0 - stay));
                for (k, pace) in pace.iter().enumerate() {
                    let by_it = f64::from(u8::from(left && cell.2 == Some(k)));
                    influence[k + 1] += before * pace + own * (by_it - pace);
                }
            }
            for (k, pace) in pace.iter().enumerate() {
                now[k + 1] += open * pace;
            }
            now[0] = open * stay;
            let variance = |k: usize| {
                let squares = cells.values().zip(&influences).map(|(&n, influence)| n as f64 * influence[k].powi(2));
                squares.sum::<f64>()
            };
            fitted.days.push(day);
            fitted.shares.push(now.clone());
            errors.push((0..=n_outcomes).map(|k| variance(k).sqrt()).collect());
        }
        fitted.errors = with_errors.then_some(errors);
        (!fitted.days.is_empty()).then_some(fitted)
    }

    /// The share that has left by `outcome` by lag `day`; 0 for an outcome that there is not.
    pub fn share(&self, outcome: usize, day: u32) -> f64 {
        self.at(day).and_then(|at| self.shares[at].get(outcome + 1).copied()).unwrap_or(0.0)
    }

    /// The share that is still open after lag `day`.
    pub fn open(&self, day: u32) -> f64 {
        self.at(day).map_or(1.0, |at| self.shares[at][0])
    }

    /// The standard error of [`share`](Self::share); `None` where there were too many cells to compute one.
    pub fn standard_error(&self, outcome: usize, day: u32) -> Option<f64> {
        let errors = self.errors.as_ref()?;
        Some(self.at(day).and_then(|at| errors[at].get(outcome + 1).copied()).unwrap_or(0.0))
    }

    /// The standard error of [`open`](Self::open).
    pub fn standard_error_of_open(&self, day: u32) -> Option<f64> {
        let errors = self.errors.as_ref()?;
        Some(self.at(day).map_or(0.0, |at| errors[at][0]))
    }

    /// The days on which a share changes, ascending.
    pub fn days(&self) -> &[u32] {
        &self.days
    }

    /// How many outcomes compete.
    pub fn n_outcomes(&self) -> usize {
        self.n_outcomes
    }

    /// The last day with an outcome up to `day`.
    fn at(&self, day: u32) -> Option<usize> {
        self.days.partition_point(|&known| known <= day).checked_sub(1)
    }
}

/// Leads at risk at lag `day`: what stands under an incidence curve.
pub fn at_risk(exposures: &[Exposure], day: u32) -> u64 {
    exposures.iter().filter(|exposure| exposure.entry <= day && day <= exposure.exit).map(|exposure| exposure.n).sum()
}

/// The log-rank test of two groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRank {
    /// Events in each group.
    pub observed: [f64; 2],
    /// Events in each group if both had the pooled pace.
    pub expected: [f64; 2],
    /// Its square is large when the paces differ; one degree of freedom.
    pub chi_square: f64,
    /// How often chance alone would make them differ at least so much.
    pub p: f64,
}

impl LogRank {
    /// Whether the second group is the faster one.
    pub fn second_is_faster(&self) -> bool {
        self.observed[1] > self.expected[1]
    }
}

/// Whether two groups convert at the same pace; `None` when there is nothing to compare on any day.
pub fn log_rank(first: &[Exposure], second: &[Exposure]) -> Option<LogRank> {
    let groups = [first, second];
    // Entries and exits change the risk sets, events are counted: all in one pass over the days.
    let mut days: BTreeMap<u32, [DayOfGroup; 2]> = BTreeMap::new();
    for (group, exposures) in groups.iter().enumerate() {
        for exposure in exposures.iter().filter(|exposure| exposure.n > 0 && exposure.entry <= exposure.exit) {
            let n = exposure.n as f64;
            days.entry(exposure.entry).or_default()[group].entering += n;
            days.entry(exposure.exit).or_default()[group].leaving += n;
            if exposure.ending == Ending::Converted {
                days.entry(exposure.exit).or_default()[group].events += n;
            }
        }
    }
    let (mut at_risk, mut observed, mut expected, mut variance) = ([0.0; 2], [0.0; 2], [0.0; 2], 0.0);
    for day in days.values() {
        for group in 0..2 {
            at_risk[group] += day[group].entering;
            observed[group] += day[group].events;
        }
        let (y, e) = (at_risk[0] + at_risk[1], day[0].events + day[1].events);
        if e > 0.0 {
            for group in 0..2 {
                expected[group] += e * at_risk[group] / y;
            }
            if y > 1.0 {
                variance += e * (at_risk[0] / y) * (at_risk[1] / y) * (y - e) / (y - 1.0);
            }
        }
        for group in 0..2 {
            at_risk[group] -= day[group].leaving;
        }
    }
    let chi_square = (observed[0] - expected[0]).powi(2) / variance;
    let p = 2.0 * special::normal_cdf(-chi_square.sqrt());
    (variance > 0.0 && chi_square.is_finite()).then_some(LogRank { observed, expected, chi_square, p })
}

/// What happens in one group on one day.
#[derive(Clone, Copy, Default)]
struct DayOfGroup {
    entering: f64,
    leaving: f64,
    events: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::maturity::LagCurve;

    fn exit(exit: u32, outcome: Option<usize>, n: u64) -> Exit {
        Exit { entry: 0, exit, outcome, n }
    }

    fn exposure(exit: u32, ending: Ending, n: u64) -> Exposure {
        Exposure { entry: 0, exit, ending, n }
    }

    #[test]
    fn shares_and_those_still_open_add_up_to_one_every_day() {
        let exits = [exit(2, Some(0), 5), exit(2, Some(1), 3), exit(4, None, 7), exit(9, Some(1), 2), exit(9, None, 4)];
        let found = Outcomes::fit(&exits, 2, 90).unwrap();
        for day in 0..20 {
            let sum = found.open(day) + found.share(0, day) + found.share(1, day);
            assert!((sum - 1.0).abs() < 1e-15, "day {day}: {sum}");
        }
        assert_eq!((found.open(1), found.share(7, 5), found.days()), (1.0, 0.0, &[2, 9][..]));
    }

    #[test]
    fn one_outcome_alone_is_the_incidence_curve_with_its_error() {
        let exits = [exit(1, Some(0), 4), exit(3, None, 6), exit(5, Some(0), 2), exit(8, None, 3)];
        let rows = exits.map(|e| {
            let ending = e.outcome.map_or(Ending::Open, |_| Ending::Converted);
            Exposure { entry: 0, exit: e.exit, ending, n: e.n }
        });
        let (found, curve) = (Outcomes::fit(&exits, 1, 30).unwrap(), LagCurve::fit(&rows, 30).unwrap());
        for day in 0..10 {
            assert!((found.share(0, day) - curve.incidence(day)).abs() < 1e-15, "day {day}");
            let errors = [found.standard_error(0, day).unwrap(), found.standard_error_of_open(day).unwrap()];
            assert!((errors[0] - curve.standard_error(day).unwrap()).abs() < 1e-12, "day {day}: {errors:?}");
            assert!((errors[1] - errors[0]).abs() < 1e-12);
        }
    }

    #[test]
    fn outcomes_after_the_horizon_or_unknown_are_still_open() {
        let exits = [exit(2, Some(0), 1), exit(40, Some(0), 1), exit(3, Some(5), 1), exit(60, None, 1)];
        let found = Outcomes::fit(&exits, 1, 30).unwrap();
        assert_eq!((found.share(0, 90), found.open(90)), (0.25, 0.75));
        assert_eq!(Outcomes::fit(&exits[2..], 1, 30), None);
        assert_eq!(Outcomes::fit(&[], 2, 30), None);
    }

    #[test]
    fn leads_that_enter_late_are_not_at_risk_before() {
        let exits = [exit(5, Some(0), 1), exit(9, None, 1), Exit { entry: 6, exit: 20, outcome: Some(0), n: 2 }];
        let found = Outcomes::fit(&exits, 1, 30).unwrap();
        assert_eq!(found.share(0, 5), 0.5);
        assert_eq!(found.open(20), 0.0);
    }

    #[test]
    fn equal_groups_have_no_difference_and_order_is_only_a_sign() {
        let slow = [exposure(20, Ending::Converted, 12), exposure(40, Ending::Open, 8)];
        let fast = [exposure(3, Ending::Converted, 15), exposure(40, Ending::Open, 5)];
        let same = log_rank(&slow, &slow).unwrap();
        assert!(same.chi_square < 1e-20 && same.p > 0.999);
        let (one, other) = (log_rank(&slow, &fast).unwrap(), log_rank(&fast, &slow).unwrap());
        assert!(one.p < 0.01 && one.second_is_faster() && !other.second_is_faster());
        assert!((one.chi_square - other.chi_square).abs() < 1e-9);
    }

    #[test]
    fn without_events_or_a_second_group_there_is_no_test() {
        let open = [exposure(9, Ending::Open, 4)];
        let some = [exposure(3, Ending::Converted, 4)];
        assert_eq!(log_rank(&open, &open), None);
        assert_eq!(log_rank(&some, &[]), None);
        assert_eq!(log_rank(&[], &[]), None);
    }
}
