//! Is a month out of the ordinary, given how much months here usually swing?
//!
//! Laney's p′ chart (Laney 2002): with z_i = (p_i − p̄)/√(p̄ q̄/n_i), σ_z = mean |z_i − z_{i−1}| / 1.128 says how much more
//! neighbouring months differ than chance alone, and the limits are p̄ ± 3 √(p̄ q̄/n) · max(1, σ_z). Without the floor at 1
//! quiet stretches would raise false alarms. Beyond a limit is a signal; so are eight months in a row on one side of p̄.
//! The month that is judged does not take part in its own baseline.

use crate::stats::Interval;

/// Fewer months than these give no limits: σ_z would be noise.
pub const LEAST_POINTS: usize = 8;
/// So many months in a row on one side of the mean are a shift.
pub const RUN: usize = 8;
/// What the mean absolute difference of two standard normal numbers is.
const MEAN_MOVING_RANGE: f64 = 1.128;
/// How many standard errors the limits are away.
const SIGMAS: f64 = 3.0;

/// What is ordinary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// p̄: the share over all points together.
    pub mean: f64,
    /// σ_z: the swing between neighbouring points in units of chance, before its floor at 1.
    pub sigma_z: f64,
    /// Points it rests on.
    pub points: usize,
}

/// What a point says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Within what is ordinary.
    Ordinary,
    /// Above the upper limit.
    High,
    /// Below the lower limit.
    Low,
    /// The last of eight in a row above the mean.
    RunHigh,
    /// The last of eight in a row below the mean.
    RunLow,
}

/// A point held against its baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// What it was held against.
    pub baseline: Baseline,
    /// Its limits.
    pub limits: Interval,
    /// What it says.
    pub signal: Signal,
}

impl Baseline {
    /// The baseline of points (x, n) in the order of time, with n possibly an effective number; points that make no sense
    /// are left out. `None` from fewer than [`LEAST_POINTS`], or when nobody or everybody converted.
    pub fn of(points: &[(f64, f64)]) -> Option<Baseline> {
        let used: Vec<(f64, f64)> = points.iter().copied().filter(sensible).collect();
        if used.len() < LEAST_POINTS {
            return None;
        }
        let mean = used.iter().map(|point| point.0).sum::<f64>() / used.iter().map(|point| point.1).sum::<f64>();
        if !(mean > 0.0 && mean < 1.0) {
            return None;
        }
        let z: Vec<f64> = used.iter().map(|&(x, n)| standardised(x, n, mean)).collect();
        let ranges: f64 = z.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let sigma_z = ranges / (z.len() - 1) as f64 / MEAN_MOVING_RANGE;
        sigma_z.is_finite().then_some(Baseline { mean, sigma_z, points: used.len() })
    }

    /// How many binomial standard errors `x` of `n` lies from the mean; `None` when the counts make no sense.
    pub fn z(&self, x: f64, n: f64) -> Option<f64> {
        sensible(&(x, n)).then(|| standardised(x, n, self.mean))
    }

    /// The limits of a point of `n`: three times max(1, σ_z) standard errors around the mean.
    pub fn limits(&self, n: f64) -> Option<Interval> {
        self.limits_at(n, SIGMAS * self.sigma_z.max(1.0))
    }

    /// Limits at so many binomial standard errors of a point of `n`.
    pub fn limits_at(&self, n: f64, sigmas: f64) -> Option<Interval> {
        if !(n > 0.0 && n.is_finite()) {
            return None;
        }
        let width = sigmas * (self.mean * (1.0 - self.mean) / n).sqrt();
        width.is_finite().then(|| Interval::of_share(self.mean - width, self.mean + width))
    }
}

/// Judges the point `judged` = (x, n) by the points before it, in the order of time; `None` where there is no baseline or
/// the point makes no sense.
pub fn judge(history: &[(f64, f64)], judged: (f64, f64)) -> Option<Judgement> {
    if !sensible(&judged) {
        return None;
    }
    let baseline = Baseline::of(history)?;
    let limits = baseline.limits(judged.1)?;
    let share = judged.0 / judged.1;
    let signal = if share > limits.high {
        Signal::High
    } else if share < limits.low {
        Signal::Low
    } else {
        run(history, judged, baseline.mean)
    };
    Some(Judgement { baseline, limits, signal })
}

/// Whether the point ends a run of [`RUN`] on one side of `mean`.
fn run(history: &[(f64, f64)], judged: (f64, f64), mean: f64) -> Signal {
    let usable = history.iter().copied().filter(sensible);
    let shares: Vec<f64> = usable.chain([judged]).map(|(x, n)| x / n).collect();
    let last = &shares[shares.len().saturating_sub(RUN)..];
    if last.len() < RUN {
        return Signal::Ordinary;
    }
    if last.iter().all(|&share| share > mean) {
        Signal::RunHigh
    } else if last.iter().all(|&share| share < mean) {
        Signal::RunLow
    } else {
        Signal::Ordinary
    }
}

fn standardised(x: f64, n: f64, mean: f64) -> f64 {
    (x / n - mean) / (mean * (1.0 - mean) / n).sqrt() + 0.0
}

fn sensible(&(x, n): &(f64, f64)) -> bool {
    n.is_finite() && n > 0.0 && (0.0..=n).contains(&x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    #[test]
    fn quiet_months_do_not_narrow_the_limits_below_chance() {
        let baseline = Baseline::of(&[(20.0, 100.0); 12]).unwrap();
        assert_eq!((baseline.sigma_z, baseline.points), (0.0, 12));
        assert_eq!(baseline.limits(100.0), baseline.limits_at(100.0, 3.0));
    }

    #[test]
    fn a_point_does_not_hide_itself_in_its_baseline() {
        let history = [(20.0, 100.0), (22.0, 100.0), (18.0, 100.0), (21.0, 100.0)].repeat(3);
        assert_eq!(judge(&history, (20.0, 100.0)).unwrap().signal, Signal::Ordinary);
        assert_eq!(judge(&history, (40.0, 100.0)).unwrap().signal, Signal::High);
        assert_eq!(judge(&history, (4.0, 100.0)).unwrap().signal, Signal::Low);
    }

    #[test]
    fn eight_in_a_row_on_one_side_are_a_shift() {
        let mut history = vec![(26.0, 100.0); 9];
        history.extend([(18.0, 100.0); 7]);
        assert_eq!(judge(&history, (19.0, 100.0)).unwrap().signal, Signal::RunLow);
        assert_eq!(judge(&history, (26.0, 100.0)).unwrap().signal, Signal::Ordinary);
        assert_eq!(judge(&history[1..], (19.0, 100.0)).unwrap().signal, Signal::RunLow);
        history[11] = (26.0, 100.0);
        assert_eq!(judge(&history, (19.0, 100.0)).unwrap().signal, Signal::Ordinary);
    }

    #[test]
    fn months_that_swing_alike_raise_few_false_alarms() {
        // A year of months of 250 leads at 20 %, with a month effect of 0.3 on the logit: each later month is judged.
        let mut random = SplitMix64::new(11);
        let (mut alarms, replications) = (0, 400);
        for _ in 0..replications {
            let months: Vec<(f64, f64)> = (0..12)
                .map(|_| {
                    let share = 1.0 / (1.0 + (1.386 - 0.3 * random.normal()).exp());
                    ((0..250).filter(|_| random.uniform() < share).count() as f64, 250.0)
                })
                .collect();
            let beyond = |judgement: Judgement| matches!(judgement.signal, Signal::High | Signal::Low);
            alarms += u32::from(judge(&months[..11], months[11]).is_some_and(beyond));
        }
        let share = f64::from(alarms) / f64::from(replications);
        assert!(share < 0.04, "{share}");
    }

    #[test]
    fn too_few_months_and_odd_ones_have_no_limits() {
        assert_eq!(Baseline::of(&[(20.0, 100.0); 7]), None);
        assert_eq!(Baseline::of(&[(0.0, 100.0); 12]), None);
        assert_eq!(Baseline::of(&[(100.0, 100.0); 12]), None);
        assert_eq!(judge(&[(20.0, 100.0); 12], (5.0, 0.0)), None);
        let odd = [f64::NAN, -1.0, 0.0, 1e-300, 1.0, 1e300, f64::INFINITY];
        for x in odd {
            for n in odd {
                let mut months = vec![(20.0, 100.0); 11];
                months.push((x, n));
                if let Some(baseline) = Baseline::of(&months) {
                    assert!(baseline.mean.is_finite() && baseline.sigma_z.is_finite(), "{x} {n}");
                    let limits = baseline.limits(x);
                    assert!(limits.is_none_or(|limits| limits.low <= limits.high && limits.high <= 1.0));
                    assert!(baseline.z(x, n).is_none_or(f64::is_finite));
                }
            }
        }
    }
}
