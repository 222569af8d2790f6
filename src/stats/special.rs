//! Which value cuts off a given share of a normal, t, beta or gamma distribution, and which share lies below a value?
//!
//! Normal and gamma come from `statrs`. The incomplete beta function is Lentz's continued fraction for I_x(a, b)
//! (Abramowitz & Stegun 26.5.8) behind Loader's saddle-point form of xᵃ(1−x)ᵇ / B(a, b) (Loader 2000, "Fast and accurate
//! computation of binomial probabilities"), because differences of ln Γ lose digits from shapes of 1e4 on and
//! `statrs::inv_beta_reg` need not end on extreme inputs. Its quantile is Newton's method on the logit of x, kept in a
//! bracket, so it ends whatever it is given.
//!
//! Arguments outside their range are moved to its border: nothing here panics, loops without end or returns NaN.

use statrs::distribution::{ContinuousCDF, Gamma, Normal};
use statrs::function::gamma::ln_gamma;
use std::f64::consts::PI;

/// Below this shape a gamma or beta variable is as good as its limit, and ln Γ is out of its depth.
const SMALLEST_SHAPE: f64 = 1e-12;
/// Above this shape the gamma distribution is taken from Wilson and Hilferty (right to 1e-8 of the value there).
const LARGEST_GAMMA_SHAPE: f64 = 1e5;

/// The share that lies outside an interval of a two-sided `level` on one side: 0.05 for 0.9.
pub(super) fn one_sided_tail(level: f64) -> f64 {
    // A level that is no number ends at the smallest tail, that is at the widest interval.
    within((1.0 - level) / 2.0, 1e-12, 0.5)
}

/// The value moved into [`least`, `most`]; `least` when it is no number.
pub(super) fn within(value: f64, least: f64, most: f64) -> f64 {
    if value.is_nan() { least } else { value.clamp(least, most) }
}

/// The `p` quantile of the standard normal distribution; `p` is moved into `[1e-300, 1 − 1e-16]`.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(within(p, 1e-300, 1.0 - 1e-16)) + 0.0
}

/// The share of the standard normal distribution below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(within(z, -40.0, 40.0))
}

/// The `p` quantile of Student's t with `df` degrees of freedom (any number from 1 on; fewer are taken as 1).
///
/// By symmetry t² / (df + t²) is Beta(½, df/2), and its odds are t² / df.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let p = within(p, 1e-300, 1.0 - 1e-16);
    let df = df.max(1.0);
    if df > 1e7 {
        return normal_quantile(p);
    }
    let Some(logit) = beta_quantile_logit((2.0 * p - 1.0).abs(), 0.5, df / 2.0) else { return 0.0 };
    let t = (df * logit.exp()).sqrt();
    if p < 0.5 { -t } else { t }
}

/// How often Student's t with `df` degrees of freedom is at least as far from 0 as `t`, on either side; the normal
/// distribution for `df` above 1e7, fewer than 1 are taken as 1.
pub fn t_two_sided_p(t: f64, df: f64) -> f64 {
    let df = df.max(1.0);
    let square = t * t;
    if t.is_nan() {
        return 1.0;
    }
    if df > 1e7 || !square.is_finite() {
        return 2.0 * normal_cdf(-t.abs());
    }
    // df / (df + t²) is Beta(df/2, ½).
    beta_cdf(df / (df + square), df / 2.0, 0.5)
}

/// I_x(a, b): the share of the Beta(`a`, `b`) distribution below `x`, for shapes above 0.
///
/// A shape of no more than 1e-12, or that is no number, is taken as the limit 0: all mass at 0 when `a` is such a shape,
/// else at 1 when `b` is.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 || !positive(a) {
        return 1.0;
    }
    if !positive(b) {
        return 0.0;
    }
    beta_share(x, 1.0 - x, a, b).0
}

/// The `p` quantile of the Beta(`a`, `b`) distribution; 0 or 1 where it is nearer to them than a number can say.
///
/// A shape of no more than 1e-12, or that is no number, is taken as the limit 0: 0 when `a` is, else 1 when `b` is.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if !positive(a) || p.is_nan() || p <= 0.0 {
        return 0.0;
    }
    if !positive(b) || p >= 1.0 {
        return 1.0;
    }
    beta_quantile_logit(p, a, b).map_or(0.0, |logit| 1.0 / (1.0 + (-logit).exp()))
}

/// P(`shape`, x): the share of the gamma distribution with scale 1 below `x`.
pub fn gamma_cdf(x: f64, shape: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    if !positive(shape) || x == f64::INFINITY {
        return 1.0;
    }
    if shape > LARGEST_GAMMA_SHAPE {
        return normal_cdf(((x / shape).cbrt() - (1.0 - 1.0 / (9.0 * shape))) * (9.0 * shape).sqrt());
    }
    Gamma::new(shape, 1.0).map_or(1.0, |gamma| gamma.cdf(x))
}

/// The `p` quantile of the gamma distribution with scale 1; 0 for a shape of no more than 1e-12. Half a χ² quantile with 2 · `shape`
/// degrees of freedom.
pub fn gamma_quantile(p: f64, shape: f64) -> f64 {
    if !positive(shape) || p.is_nan() || p <= 0.0 {
        return 0.0;
    }
    let p = p.min(1.0 - 1e-16);
    if shape > LARGEST_GAMMA_SHAPE {
        let shape = shape.min(1e15);
        return shape * (1.0 - 1.0 / (9.0 * shape) + normal_quantile(p) / (9.0 * shape).sqrt()).powi(3);
    }
    Gamma::new(shape, 1.0).map_or(0.0, |gamma| gamma.inverse_cdf(p))
}

/// ln B(`a`, `b`), for shapes above 0; the shapes are moved into [1e-12, 1e15].
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (a, b) = (within(a, SMALLEST_SHAPE, 1e15), within(b, SMALLEST_SHAPE, 1e15));
    // The kernel at the mean, where the saddle-point form loses nothing, instead of differences of ln Γ.
    if a.min(b) > 16.0 {
        let (x, y) = (a / (a + b), b / (a + b));
        return a * x.ln() + b * y.ln() - beta_kernel(x, y, a, b).ln();
    }
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// ln of how many ways there are to choose `k` of `n`, for 0 ≤ k ≤ n.
pub(super) fn log_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

fn positive(shape: f64) -> bool {
    shape.is_finite() && shape > SMALLEST_SHAPE
}

/// The logit of the `p` quantile of Beta(a, b), for shapes above 0 and 0 < p < 1; `None` when x would underflow to 0.
fn beta_quantile_logit(p: f64, a: f64, b: f64) -> Option<f64> {
    let share = |logit: f64| {
        let odds = logit.exp();
        let (x, y) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        beta_share(x, y, a, b)
    };
    let (mut low, mut high) = (-700.0, 700.0);
    if share(low).0 >= p {
        return None;
    }
    let mut logit = (a / b).ln().clamp(-690.0, 690.0);
    for _ in 0..300 {
        // On the logit scale the density is the kernel itself, so a Newton step needs nothing else.
        let (below, density) = share(logit);
        if below < p {
            low = logit;
        } else {
            high = logit;
        }
        let step = (below - p) / density;
        let newton = logit - step;
        let next = if step.is_finite() && newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - logit).abs() <= 1e-15 * logit.abs().max(1.0) {
            return Some(next);
        }
        logit = next;
    }
    Some(logit)
}

/// (I_x(a, b), xᵃ yᵇ / B(a, b)) with y = 1 − x given apart, so that neither loses digits near its border.
pub(super) fn beta_share(x: f64, y: f64, a: f64, b: f64) -> (f64, f64) {
    let kernel = beta_kernel(x, y, a, b);
    // The fraction converges fast on the side of the mean that the tail lies on.
    let share = if x < (a + 1.0) / (a + b + 2.0) {
        kernel * beta_fraction(x, a, b) / a
    } else {
        1.0 - kernel * beta_fraction(y, b, a) / b
    };
    (share.clamp(0.0, 1.0), kernel)
}

/// xᵃ yᵇ / B(a, b) with y = 1 − x.
fn beta_kernel(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let log = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    (a * b / n / (2.0 * PI)).sqrt() * log.exp()
}

/// The continued fraction of a · I_x(a, b) / kernel, evaluated by Lentz's method.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let not_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    // About √max(a, b) terms are needed; the bound only keeps absurd shapes from taking for ever.
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / not_zero(1.0 + even * d);
        c = not_zero(1.0 + even / c);
        value *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / not_zero(1.0 + odd * d);
        c = not_zero(1.0 + odd / c);
        value *= c * d;
        if (c * d - 1.0).abs() <= 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(n+1) minus Stirling's approximation of it.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * (2.0 * PI).ln();
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square) / square)
        / n
}

/// k ln(k/m) + m − k without cancellation where k ≈ m.
fn deviance(k: f64, m: f64) -> f64 {
    let difference = k - m;
    if difference.abs() >= 0.1 * (k + m) {
        return k * (k / m).ln() - difference;
    }
    // ln(k/m) = 2 artanh(v) as a series in v = (k − m)/(k + m) (Loader's bd0).
    let v = difference / (k + m);
    let mut sum = difference * v;
    let mut power = 2.0 * k * v;
    for j in 1..1000 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beta_quantile_undoes_the_share_below_it() {
        for (a, b) in [(0.3, 12.0), (1.0, 1.0), (3.7, 18.6), (250.0, 40.0), (2.0, 1e6), (1e5, 3e5), (1e-3, 5.0)] {
            for p in [1e-9, 0.005, 0.05, 0.5, 0.95, 0.995] {
                let x = beta_quantile(p, a, b);
                if x > 0.0 {
                    assert!((beta_cdf(x, a, b) - p).abs() < 1e-11, "{p} of Beta({a}, {b}): {x}");
                }
            }
        }
    }

    #[test]
    fn the_p_value_of_t_undoes_its_quantile() {
        for df in [1.0, 2.5, 11.0, 200.0, 1e9] {
            for p in [1e-6, 0.01, 0.05, 0.3, 0.9] {
                let t = t_quantile(1.0 - p / 2.0, df);
                assert!(
                    (t_two_sided_p(t, df) - p).abs() < 1e-10 && (t_two_sided_p(-t, df) - p).abs() < 1e-10,
                    "{df} {p}"
                );
            }
        }
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e200] {
            assert!((0.0..=1.0).contains(&t_two_sided_p(odd, 5.0)) && (0.0..=1.0).contains(&t_two_sided_p(2.0, odd)));
        }
    }

    #[test]
    fn large_gamma_shapes_join_the_exact_ones_smoothly() {
        let (exact, approximate) = (gamma_quantile(0.05, 1e5), gamma_quantile(0.05, 1e5 * (1.0 + 1e-12)));
        assert!((approximate / exact - 1.0).abs() < 1e-8, "{exact} {approximate}");
        assert!((gamma_cdf(1e6 + 500.0, 1e6) - 0.691_573).abs() < 1e-4);
    }

    #[test]
    fn no_argument_makes_a_quantile_panic_or_leave_the_numbers() {
        let odd = [f64::NAN, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1e-320, 1e-60, 0.5, 1.0, 3e5, 1e12, f64::INFINITY];
        for p in odd {
            assert!(normal_quantile(p).is_finite() && (0.0..=1.0).contains(&normal_cdf(p)));
            for a in odd {
                assert!(t_quantile(p, a).is_finite(), "t {p} {a}");
                let quantile = gamma_quantile(p, a);
                assert!(quantile.is_finite() && quantile >= 0.0, "gamma {p} {a}: {quantile}");
                assert!((0.0..=1.0).contains(&gamma_cdf(p, a)), "gamma {p} {a}");
                for b in odd {
                    let (quantile, share) = (beta_quantile(p, a, b), beta_cdf(p, a, b));
                    assert!((0.0..=1.0).contains(&quantile), "{p} {a} {b}: {quantile}");
                    assert!((0.0..=1.0).contains(&share), "{p} {a} {b}: {share}");
                }
            }
        }
    }
}
