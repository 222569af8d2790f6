//! How sure is a count, and what does one piece cost?
//!
//! Interval of a count x: φ · Gamma quantiles at the effective count x/φ (Garwood 1936 for φ = 1). Cost per piece =
//! spend ÷ (upper, lower) limit of the count: the spend is known, the count is what chance moves. The ratio of two totals
//! that chance moves both has Fieller's limits (1954).

use crate::stats::{Interval, special};

/// The interval of a Poisson count `x` at a two-sided `level`; `phi` (from 1 on) widens it when the count varies by more
/// than Poisson noise. Anything but a number from 0 on counts as 0.
pub fn poisson_interval(x: f64, phi: f64, level: f64) -> Interval {
    let x = if x.is_finite() { x.clamp(0.0, 1e15) } else { 0.0 };
    let phi = at_least_one(phi);
    let tail = special::one_sided_tail(level);
    Interval {
        low: phi * special::gamma_quantile(tail, x / phi),
        high: phi * special::gamma_quantile(1.0 - tail, x / phi + 1.0),
    }
}

/// The limits of `spend` per piece when the number of pieces lies between `low` and `high`: (least, most).
///
/// No most when `low` is 0: then all that can be said is "at least". A negative spend counts as 0, and so does the least
/// when `high` is 0.
pub fn ratio_interval(spend: f64, low: f64, high: f64) -> (f64, Option<f64>) {
    let spend = if spend.is_finite() && spend > 0.0 { spend } else { 0.0 };
    let per = |count: f64| Some(spend / count).filter(|cost| count > 0.0 && cost.is_finite());
    (per(high).unwrap_or(0.0), per(low))
}

/// Fieller's limits of a/b at `z` standard errors, for two independent totals with their standard errors: the r for which
/// (a − r b)² = z² (s_a² + r² s_b²). `None` when b may be 0 at that level (the limits are then not an interval), or an
/// argument is odd.
pub fn fieller(a: f64, se_a: f64, b: f64, se_b: f64, z: f64) -> Option<Interval> {
    if ![a, se_a, b, se_b, z].iter().all(|value| value.is_finite()) || b == 0.0 {
        return None;
    }
    // In units of b, so that nothing overflows.
    let (ratio, of_a, of_b) = (a / b, z * se_a / b, z * se_b / b);
    let rest = 1.0 - of_b * of_b;
    if rest <= 0.0 {
        return None;
    }
    let reach = (of_a * of_a * rest + (ratio * of_b).powi(2)).sqrt();
    let (low, high) = ((ratio - reach) / rest, (ratio + reach) / rest);
    (low.is_finite() && high.is_finite()).then_some(Interval { low: low + 0.0, high: high + 0.0 })
}

/// Overdispersion as it is used: never below 1, and bounded.
pub(super) fn at_least_one(phi: f64) -> f64 {
    special::within(phi, 1.0, 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overdispersion_widens_a_count_on_both_sides() {
        let (plain, wide) = (poisson_interval(40.0, 1.0, 0.9), poisson_interval(40.0, 3.0, 0.9));
        assert!(wide.low < plain.low && plain.high < wide.high);
        assert_eq!(poisson_interval(40.0, 0.2, 0.9), plain);
    }

    #[test]
    fn a_cost_has_no_upper_limit_when_the_count_may_be_none() {
        let count = poisson_interval(0.0, 1.0, 0.9);
        let (least, most) = ratio_interval(11_700.0, count.low, count.high);
        assert!((least - 11_700.0 / 2.995_732_273_553_99).abs() < 1e-6);
        assert_eq!(most, None);
        assert_eq!(ratio_interval(1000.0, 10.0, 40.0), (25.0, Some(100.0)));
    }

    #[test]
    fn a_ratio_whose_divisor_may_be_nothing_has_no_limits() {
        assert_eq!(fieller(100.0, 5.0, 10.0, 8.0, 1.96), None);
        assert_eq!(fieller(100.0, 5.0, 0.0, 0.0, 1.96), None);
        let sure = fieller(100.0, 0.0, 10.0, 0.0, 1.96).unwrap();
        assert_eq!((sure.low, sure.high), (10.0, 10.0));
        let turned = fieller(-100.0, 5.0, 10.0, 1.0, 1.96).unwrap();
        assert!(turned.low < -10.0 && -10.0 < turned.high && turned.high < 0.0);
        for odd in [f64::NAN, f64::INFINITY] {
            assert_eq!(fieller(odd, 1.0, 10.0, 1.0, 1.96), None);
        }
        assert!(fieller(1e300, 1e300, 1e-300, 0.0, 2.0).is_none());
    }

    #[test]
    fn odd_counts_and_spends_give_numbers() {
        let odd = [f64::NAN, f64::NEG_INFINITY, -3.0, -0.0, 0.0, 1e-300, 0.01, 1.0, 1e5, 1e9, 1e300, f64::INFINITY];
        for x in odd {
            for phi in odd {
                for level in [f64::NAN, -1.0, 0.0, 0.9, 1.0, 7.0] {
                    let interval = poisson_interval(x, phi, level);
                    assert!(interval.low >= 0.0 && interval.low <= interval.high, "{x} {phi} {level}: {interval:?}");
                    assert!(interval.high.is_finite() && !interval.low.is_sign_negative(), "{x} {phi} {level}");
                }
                let (least, most) = ratio_interval(x, phi, 2.0);
                assert!(least.is_finite() && !least.is_sign_negative() && most.is_none_or(f64::is_finite));
                assert!(ratio_interval(phi, x, phi).0.is_finite());
            }
        }
    }
}
