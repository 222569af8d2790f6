//! Has a distribution drifted, or do two samples of it just differ?
//!
//! Population stability index: PSI = Σ (a − e) ln(a/e) over the bins' shares, with .5 added to every bin of both when one is
//! empty. When nothing changed it is about (k − 1)(1/n_e + 1/n_a) on average, and over that sum of inverses it is χ² with
//! k − 1 degrees of freedom; the customary border of 0.1 alone cries wolf in a third of the samples of 100. An alarm
//! therefore needs both: PSI > 0.1 and PSI > χ²_.95,k−1 · (1/n_e + 1/n_a).

use crate::stats::special;

/// Below this PSI a drift is too small to act on.
const LEAST_PSI: f64 = 0.1;

/// How far two samples lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The population stability index.
    pub psi: f64,
    /// What it would be on average if nothing had changed.
    pub by_chance: f64,
    /// What it exceeds once in twenty times if nothing had changed.
    pub limit: f64,
}

impl Drift {
    /// Whether the drift is both large enough to matter and too large for chance.
    pub fn is_alarming(&self) -> bool {
        self.psi > LEAST_PSI && self.psi > self.limit
    }
}

/// Holds the counts `actual` against the counts `expected`, bin by bin; bins that are empty in both do not count. `None`
/// when fewer than two bins are left, a sample is empty, or a count is odd.
pub fn psi(expected: &[f64], actual: &[f64]) -> Option<Drift> {
    if expected.len() != actual.len() {
        return None;
    }
    let sensible = |count: &f64| count.is_finite() && *count >= 0.0;
    if !expected.iter().chain(actual).all(sensible) {
        return None;
    }
    let used: Vec<(f64, f64)> =
        expected.iter().copied().zip(actual.iter().copied()).filter(|(e, a)| e + a > 0.0).collect();
    let (n_e, n_a): (f64, f64) = (used.iter().map(|bin| bin.0).sum(), used.iter().map(|bin| bin.1).sum());
    if used.len() < 2 || n_e <= 0.0 || n_a <= 0.0 {
        return None;
    }
    let extra = if used.iter().any(|&(e, a)| e == 0.0 || a == 0.0) { 0.5 } else { 0.0 };
    let all = extra * used.len() as f64;
    let of_bin = |&(e, a): &(f64, f64)| {
        let (e, a) = ((e + extra) / (n_e + all), (a + extra) / (n_a + all));
        (a - e) * (a / e).ln()
    };
    let psi: f64 = used.iter().map(of_bin).sum();
    let (degrees, inverses) = ((used.len() - 1) as f64, 1.0 / n_e + 1.0 / n_a);
    // A χ² quantile is twice a gamma quantile at half the degrees of freedom.
    let limit = 2.0 * special::gamma_quantile(0.95, degrees / 2.0) * inverses;
    (psi.is_finite() && limit.is_finite()).then_some(Drift { psi: psi + 0.0, by_chance: degrees * inverses, limit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    #[test]
    fn equal_shares_have_not_drifted_whatever_their_size() {
        let found = psi(&[10.0, 20.0, 30.0], &[100.0, 200.0, 300.0]).unwrap();
        assert!(found.psi.abs() < 1e-15 && !found.is_alarming());
    }

    #[test]
    fn a_border_alone_cries_wolf_in_small_samples_and_the_alarm_does_not() {
        let mut random = SplitMix64::new(6);
        let mut sample = |n: u32| {
            let mut bins = [0.0; 10];
            (0..n).for_each(|_| bins[(random.uniform() * 10.0) as usize] += 1.0);
            bins
        };
        let (mut over, mut alarms) = (0, 0);
        for _ in 0..1000 {
            let found = psi(&sample(1000), &sample(100)).unwrap();
            over += u32::from(found.psi > 0.1);
            alarms += u32::from(found.is_alarming());
        }
        assert!(over > 250 && alarms < 80, "{over} {alarms}");
        assert!(psi(&[100.0, 100.0], &[60.0, 140.0]).unwrap().is_alarming());
    }

    #[test]
    fn nothing_and_odd_counts_have_no_index() {
        assert_eq!((psi(&[], &[]), psi(&[5.0], &[5.0]), psi(&[5.0, 3.0], &[0.0, 0.0])), (None, None, None));
        assert_eq!(psi(&[5.0, 3.0], &[1.0]), None);
        for odd in [f64::NAN, -1.0, f64::INFINITY] {
            assert_eq!(psi(&[odd, 3.0], &[1.0, 2.0]), None);
        }
        assert!(psi(&[0.0, 3.0, 0.0], &[1.0, 2.0, 0.0]).unwrap().psi.is_finite());
    }
}
