//! How large a count was to be expected, given the counts before it?
//!
//! With too short a history for seasons: quasi-Poisson, ln μ_m = ln e_m + a + b m over the earlier periods, e_m the exposure
//! of a period (its days). The slope b stays in only where it differs from 0 at 5 %; φ = Pearson's χ²/df, at least 1. The
//! next count lies within exp(η ± t √(φ/μ + Var η)). With two years or more: the count a year ago, times the growth of
//! the twelve periods since over the twelve before, which carries the season with it; the variances of the three counts
//! add up on the log scale.

use crate::stats::{counts, special};
use schemars::JsonSchema;
use serde::Serialize;

/// The fewest earlier periods that a range is drawn from.
pub const LEAST_PERIODS: usize = 6;
/// Periods that make a season.
pub const SEASON: usize = 12;

/// The widest range of periods that swing more than chance, as the logarithm of its upper end over the count.
const WIDEST: f64 = 1.4;

/// What an expectation rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The level of the earlier periods.
    Level,
    /// Their level and a trend that is more than noise.
    Trend,
    /// The same period a year ago and the growth since.
    Season,
}

/// A count that was to be expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The count.
    pub value: f64,
    /// Lower limit of where such a count lies.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// What it rests on.
    pub basis: Basis,
    /// Variance over Poisson variance.
    pub phi: f64,
}

/// The expectation of the period after `earlier` (count, exposure), oldest first, whose own exposure is `exposure`.
///
/// `None` from fewer than [`LEAST_PERIODS`] periods, without any count, or where an exposure is not above 0.
pub fn next_count(earlier: &[(f64, f64)], exposure: f64, level: f64) -> Option<Expected> {
    let sound = |&(x, e): &(f64, f64)| x.is_finite() && (0.0..1e12).contains(&x) && e.is_finite() && e > 0.0;
    if earlier.len() < LEAST_PERIODS || !earlier.iter().all(sound) || !exposure.is_finite() || exposure <= 0.0 {
        return None;
    }
    if earlier.iter().map(|(x, _)| x).sum::<f64>() <= 0.0 {
        return None;
    }
    if earlier.len() >= 2 * SEASON
        && let Some(expected) = seasonal(earlier, exposure, level)
    {
        return Some(expected);
    }
    let recent = &earlier[earlier.len().saturating_sub(SEASON)..];
    let flat = fit(recent, Slope::None)?;
    let rising = fit(recent, Slope::Free)
        .filter(|fit| fit.slope.abs() > special::t_quantile(0.975, fit.df) * (fit.phi * fit.variance[1][1]).sqrt());
    let (fit, basis) = rising.map_or((flat, Basis::Level), |fit| (fit, Basis::Trend));
    let at = recent.len() as f64;
    let log_mean = fit.level + fit.slope * at + exposure.ln();
    let of_mean = fit.variance[0][0] + 2.0 * at * fit.variance[0][1] + at * at * fit.variance[1][1];
    let value = log_mean.exp();
    let spread = special::t_quantile(1.0 - special::one_sided_tail(level), fit.df)
        * (fit.phi * (1.0 / value.max(0.5) + of_mean)).sqrt();
    bounded(value, spread, level, basis, fit.phi)
}

/// The count a year ago, times the growth since; `None` where a year holds nothing.
fn seasonal(earlier: &[(f64, f64)], exposure: f64, level: f64) -> Option<Expected> {
    let n = earlier.len();
    let (ago, exposure_ago) = earlier[n - SEASON];
    let sum = |periods: &[(f64, f64)]| periods.iter().map(|(x, _)| x).sum::<f64>();
    // The twelve periods up to now, and the twelve up to the one before the same period a year ago.
    let (since, before) = (sum(&earlier[n - SEASON..]), sum(&earlier[n - 2 * SEASON..n - SEASON]));
    if ago <= 0.0 || since <= 0.0 || before <= 0.0 {
        return None;
    }
    let value = ago * exposure / exposure_ago * since / before;
    // How much a period differs from what this rule says, beyond chance: over the periods for which a year and a
    // growth are known, else over neighbouring periods, which season widens.
    let pairs = (SEASON..n).map(|at| (earlier[at], earlier[at - SEASON]));
    let growth = since / before;
    let terms: Vec<f64> = pairs
        .filter(|((x, _), (y, _))| x + y > 0.0)
        .map(|((x, e), (y, f))| {
            let expected = y * growth * e / f;
            (x - expected).powi(2) / (expected * (1.0 + growth * e / f)).max(0.5)
        })
        .collect();
    let df = (terms.len() as f64 - 1.0).max(1.0);
    let phi = counts::at_least_one(terms.iter().sum::<f64>() / df);
    let variance = phi * (1.0 / value.max(0.5) + 1.0 / ago + 1.0 / since + 1.0 / before);
    let spread = special::t_quantile(1.0 - special::one_sided_tail(level), df) * variance.sqrt();
    bounded(value, spread, level, Basis::Season, phi)
}

fn bounded(value: f64, spread: f64, level: f64, basis: Basis, phi: f64) -> Option<Expected> {
    // A range of many times the count is no expectation: a list of MQLs that ends, a system that has just begun.
    if phi > 1.0 && spread > WIDEST {
        return None;
    }
    let spread = spread.min(7.0);
    // Where nothing at all is no rare event (a Poisson number of groups of φ), it lies in the range.
    let may_be_none = (-value / phi).exp() > special::one_sided_tail(level);
    let low = if may_be_none { 0.0 } else { value * (-spread).exp() };
    let found = Expected { value, low, high: value * spread.exp(), basis, phi };
    (value.is_finite() && value > 0.0 && found.high.is_finite()).then_some(found)
}

/// Whether a trend is fitted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slope {
    None,
    Free,
}

/// A log-linear fit: ln(mean per exposure) = level + slope · period, periods from 0.
struct Fit {
    level: f64,
    slope: f64,
    /// Covariance of (level, slope) at φ = 1.
    variance: [[f64; 2]; 2],
    phi: f64,
    df: f64,
}

/// Fisher scoring; `None` where it does not converge.
fn fit(periods: &[(f64, f64)], slope: Slope) -> Option<Fit> {
    let (total, exposure) = periods.iter().fold((0.0, 0.0), |(x, e), (more, wide)| (x + more, e + wide));
    let (mut a, mut b) = ((total / exposure).ln(), 0.0);
    let mean = |a: f64, b: f64, at: usize| periods[at].1 * (a + b * at as f64).exp();
    let information = |a: f64, b: f64| {
        (0..periods.len()).fold([0.0; 3], |[s, t, u], at| {
            let (m, x) = (mean(a, b, at), at as f64);
            [s + m, t + m * x, u + m * x * x]
        })
    };
    if slope == Slope::Free {
        let mut converged = false;
        for _ in 0..60 {
            let [s, t, u] = information(a, b);
            let (mut score_a, mut score_b) = (0.0, 0.0);
            for (at, (x, _)) in periods.iter().enumerate() {
                let rest = x - mean(a, b, at);
                score_a += rest;
                score_b += rest * at as f64;
            }
            let determinant = s * u - t * t;
            if !determinant.is_finite() || determinant <= 0.0 {
                return None;
            }
            let (step_a, step_b) =
                ((u * score_a - t * score_b) / determinant, (s * score_b - t * score_a) / determinant);
            (a, b) = (a + step_a.clamp(-2.0, 2.0), b + step_b.clamp(-1.0, 1.0));
            if step_a.abs() < 1e-12 && step_b.abs() < 1e-12 {
                converged = true;
                break;
            }
        }
        if !converged || !a.is_finite() || !b.is_finite() {
            return None;
        }
    }
    let [s, t, u] = information(a, b);
    let variance = match slope {
        Slope::None => [[1.0 / s, 0.0], [0.0, 0.0]],
        Slope::Free => {
            let determinant = s * u - t * t;
            [[u / determinant, -t / determinant], [-t / determinant, s / determinant]]
        }
    };
    let df = periods.len() as f64 - if slope == Slope::Free { 2.0 } else { 1.0 };
    let chi_square: f64 =
        periods.iter().enumerate().map(|(at, (x, _))| (x - mean(a, b, at)).powi(2) / mean(a, b, at).max(1e-9)).sum();
    Some(Fit { level: a, slope: b, variance, phi: counts::at_least_one(chi_square / df), df })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    #[test]
    fn even_months_are_expected_to_go_on() {
        let found = next_count(&[(40.0, 30.0); 12], 31.0, 0.9).unwrap();
        assert!((found.value - 40.0 * 31.0 / 30.0).abs() < 1e-9 && found.basis == Basis::Level && found.phi == 1.0);
        // Poisson noise of one count and of the mean of twelve, with t for 11 degrees of freedom.
        let spread = 1.795_884_8 * (1.0 / found.value + 1.0 / 480.0).sqrt();
        assert!((found.high / found.value - spread.exp()).abs() < 1e-4 && found.low < 33.0);
    }

    #[test]
    fn steady_growth_is_carried_on() {
        let months: Vec<(f64, f64)> = (0..12).map(|m| ((100.0 * 1.08_f64.powi(m)).round(), 1.0)).collect();
        let found = next_count(&months, 1.0, 0.9).unwrap();
        assert_eq!(found.basis, Basis::Trend);
        assert!((found.value / (100.0 * 1.08_f64.powi(12)) - 1.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn two_years_carry_the_season() {
        let season: [f64; 12] = [0.9, 1.0, 1.1, 1.0, 1.0, 0.95, 0.6, 0.6, 1.2, 1.25, 1.2, 0.8];
        let months: Vec<(f64, f64)> = (0..24).map(|m| ((1000.0 * season[m % 12]).round(), 1.0)).collect();
        // The next one is a January; then a slow July after 30 months.
        let found = next_count(&months, 1.0, 0.9).unwrap();
        assert!(found.basis == Basis::Season && (found.value - 900.0).abs() < 1.0);
        let months: Vec<(f64, f64)> = (0..30).map(|m| ((1000.0 * season[m % 12]).round(), 1.0)).collect();
        assert!((next_count(&months, 1.0, 0.9).unwrap().value - 600.0).abs() < 1.0);
    }

    #[test]
    fn a_month_without_anybody_is_nothing_unusual_where_few_come() {
        let found = next_count(&[(1.0, 30.0); 12], 30.0, 0.9).unwrap();
        assert!(found.low == 0.0 && found.high < 7.0, "{found:?}");
        assert!(next_count(&[(9.0, 30.0); 12], 30.0, 0.9).unwrap().low > 2.0);
    }

    #[test]
    fn counts_that_end_in_the_middle_lead_to_no_expectation() {
        let months = [900.0, 1100.0, 1000.0, 1200.0, 1300.0, 1400.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(next_count(&months.map(|n| (n, 30.0)), 31.0, 0.9), None);
    }

    #[test]
    fn nine_in_ten_counts_lie_in_their_range() {
        let mut random = SplitMix64::new(5);
        for (periods, mean) in [(8, 20.0), (12, 60.0), (24, 60.0), (36, 300.0)] {
            let mut inside = 0;
            for _ in 0..2000 {
                let earlier: Vec<(f64, f64)> = (0..periods).map(|_| (random.poisson(mean) as f64, 30.0)).collect();
                let found = next_count(&earlier, 30.0, 0.9).unwrap();
                let next = random.poisson(mean) as f64;
                inside += u32::from(found.low <= next && next <= found.high);
            }
            assert!((1740..=1960).contains(&inside), "{periods} of {mean}: {inside} of 2000");
        }
    }

    #[test]
    fn odd_histories_give_numbers_or_nothing() {
        let mut random = SplitMix64::new(9);
        let odd = [0.0, -1.0, f64::NAN, 1e300, f64::INFINITY, 1.0, 1e-9, 40.0, 1e11];
        for _ in 0..4000 {
            let n = (random.next_u64() % 40) as usize;
            let pick = |random: &mut SplitMix64, usual: f64| match random.next_u64() % 6 {
                0 => odd[(random.next_u64() % odd.len() as u64) as usize],
                _ => usual,
            };
            let earlier: Vec<(f64, f64)> = (0..n).map(|_| (pick(&mut random, 9.0), pick(&mut random, 30.0))).collect();
            if let Some(found) = next_count(&earlier, pick(&mut random, 31.0), 0.9) {
                assert!(found.low <= found.value && found.value <= found.high && found.high.is_finite(), "{earlier:?}");
            }
        }
        assert_eq!(next_count(&[(0.0, 30.0); 12], 30.0, 0.9), None);
        assert_eq!(next_count(&[(5.0, 30.0); 5], 30.0, 0.9), None);
    }
}
