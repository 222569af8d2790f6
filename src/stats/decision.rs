//! What does a decision bring: another bar, a score, points of this size?
//!
//! Raising the bar from θ₀ to θ gains Σ (c n_s − V x_s) over the scores between: the cost of the work that is saved less the
//! value of the conversions that are lost. Net benefit (Vickers and Elkin 2006) at the break-even p_t = c/V is
//! TP/n − FP/n · p_t/(1 − p_t); times n (V − c) it is the profit. Points: k = 100/(logit b − base) makes 100 points the
//! bar for a break-even rate b, a criterion is worth step · round(k β/step); and the customary form, offset + factor · ln
//! odds with factor = PDO/ln 2 (Siddiqi 2006).

use crate::stats::proportion;

/// Leads of one band of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Leads.
    pub n: f64,
    /// Those that converted.
    pub x: f64,
}

/// What leaving bands out brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// Cost saved less value lost.
    pub gain: f64,
    /// Its standard error, binomial in each band.
    pub standard_error: f64,
    /// What it is at least, with 95 % confidence: Clopper–Pearson's upper limit of all bands together.
    pub at_least: f64,
    /// Leads left out.
    pub n: f64,
    /// Conversions left out.
    pub x: f64,
}

/// What leaving these bands out brings, at a `value` of a conversion and a `cost` of working a lead; `None` without leads
/// or with odd numbers.
pub fn gain_of_leaving_out(bands: &[Band], value: f64, cost: f64) -> Option<Gain> {
    let sensible = |band: &Band| band.n.is_finite() && band.n >= 0.0 && (0.0..=band.n).contains(&band.x);
    if !bands.iter().all(sensible) || !value.is_finite() || !cost.is_finite() {
        return None;
    }
    let (n, x) = bands.iter().fold((0.0, 0.0), |(n, x), band| (n + band.n, x + band.x));
    let upper = proportion::clopper_pearson(x, n, 0.9)?.high;
    let of_band = |band: &Band| band.x * (1.0 - band.x / band.n);
    let variance: f64 = bands.iter().filter(|band| band.n > 0.0).map(of_band).sum();
    let gain = cost * n - value * x + 0.0;
    Some(Gain {
        gain,
        standard_error: value.abs() * variance.max(0.0).sqrt(),
        at_least: cost * n - value * n * upper,
        n,
        x,
    })
}

/// The net benefit of working so many leads that convert and that don't, out of `n`, at the break-even `threshold`; `None`
/// unless the threshold lies in [0, 1) and there are leads.
pub fn net_benefit(true_positive: f64, false_positive: f64, n: f64, threshold: f64) -> Option<f64> {
    if n.is_nan() || n <= 0.0 || !(0.0..1.0).contains(&threshold) {
        return None;
    }
    let benefit = true_positive / n - false_positive / n * threshold / (1.0 - threshold);
    benefit.is_finite().then_some(benefit + 0.0)
}

/// Points per unit of logit when 100 points are to mean a rate of `break_even` and no points the logit `base`; `None` when
/// the base already reaches it.
pub fn points_per_logit(break_even: f64, base: f64) -> Option<f64> {
    if !(break_even > 0.0 && break_even < 1.0) {
        return None;
    }
    let distance = (break_even / (1.0 - break_even)).ln() - base;
    (distance > 0.0 && distance.is_finite()).then(|| 100.0 / distance)
}

/// The points of a coefficient at `scale` points per logit, a multiple of `step` (1 when it is not above 0).
pub fn points(coefficient: f64, scale: f64, step: f64) -> f64 {
    let step = if step > 0.0 && step.is_finite() { step } else { 1.0 };
    let points = step * (scale * coefficient / step).round() + 0.0;
    if points.is_finite() { points } else { 0.0 }
}

/// (factor, offset) of a scale on which the odds `odds` are worth `score` points and double with every `to_double`; `None`
/// unless the odds are above 0.
pub fn points_to_double_the_odds(to_double: f64, odds: f64, score: f64) -> Option<(f64, f64)> {
    let factor = to_double / std::f64::consts::LN_2;
    let offset = score - factor * odds.ln();
    (odds > 0.0 && factor.is_finite() && offset.is_finite()).then_some((factor, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_out_what_just_breaks_even_gains_nothing() {
        let found = gain_of_leaving_out(&[Band { n: 100.0, x: 12.0 }], 1000.0, 120.0).unwrap();
        assert_eq!((found.gain, found.n, found.x), (0.0, 100.0, 12.0));
        assert!(found.at_least < 0.0 && found.standard_error > 0.0);
    }

    #[test]
    fn net_benefit_is_profit_in_other_units() {
        let (tp, fp, n, value, cost) = (84.0, 374.0, 2000.0, 1000.0, 120.0);
        let profit = value * tp - cost * (tp + fp);
        assert!((net_benefit(tp, fp, n, cost / value).unwrap() * n * (value - cost) - profit).abs() < 1e-9);
    }

    #[test]
    fn a_base_above_break_even_leaves_no_scale() {
        assert_eq!(points_per_logit(0.12, -1.0), None);
        assert_eq!([points_per_logit(0.0, -5.0), points_per_logit(1.0, -5.0)], [None, None]);
        assert_eq!((points(0.33, 30.0, 5.0), points(0.0, 30.0, 5.0), points(-0.33, 30.0, 5.0)), (10.0, 0.0, -10.0));
    }

    #[test]
    fn odd_numbers_give_numbers_or_nothing() {
        for odd in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
            assert!(gain_of_leaving_out(&[Band { n: odd, x: 1.0 }], 1.0, 1.0).is_none());
            assert!(
                gain_of_leaving_out(&[Band { n: 3.0, x: 1.0 }], odd, odd).is_none_or(|found| found.gain.is_finite())
            );
            assert!(net_benefit(odd, 1.0, odd, 0.2).is_none_or(f64::is_finite));
            assert!(points(odd, 30.0, odd).is_finite() && points_per_logit(0.2, odd).is_none_or(f64::is_finite));
            assert!(points_to_double_the_odds(odd, odd, odd).is_none());
        }
        assert_eq!(gain_of_leaving_out(&[], 1000.0, 120.0), None);
    }
}
