//! Which of many claims still hold when all of them were looked for?
//!
//! Adjusted p values: a claim holds at α when its adjusted value is below α. Benjamini and Hochberg (1995) bound the share
//! of false claims among those made: p_(i) · m/i, made monotone from the largest down. Holm (1979) bounds the chance of any
//! false claim at all: p_(i) · (m − i + 1), made monotone from the smallest up. Both equal R's `p.adjust`.

/// Adjusted p values that bound the share of false claims among those made, in the order of `p`. What is no number counts
/// as 1; everything is moved into `[0, 1]`.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let (p, order) = sorted(p);
    let m = p.len() as f64;
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, &index) in order.iter().enumerate().rev() {
        least = least.min(p[index] * m / (rank + 1) as f64);
        adjusted[index] = least;
    }
    adjusted
}

/// Adjusted p values that bound the chance of any false claim, in the order of `p`. What is no number counts as 1;
/// everything is moved into `[0, 1]`.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let (p, order) = sorted(p);
    let mut adjusted = vec![1.0; p.len()];
    let mut most: f64 = 0.0;
    for (rank, &index) in order.iter().enumerate() {
        most = most.max(p[index] * (p.len() - rank) as f64).min(1.0);
        adjusted[index] = most;
    }
    adjusted
}

/// The p values, each a number in `[0, 1]`, and their indices from the smallest on.
fn sorted(p: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let p: Vec<f64> = p.iter().map(|&p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) + 0.0 }).collect();
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    (p, order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_claim_alone_is_not_adjusted() {
        assert_eq!((benjamini_hochberg(&[0.03]), holm(&[0.03])), (vec![0.03], vec![0.03]));
        assert_eq!((benjamini_hochberg(&[]), holm(&[])), (vec![], vec![]));
    }

    #[test]
    fn the_order_of_the_claims_does_not_matter() {
        let (bh, holm_values) = (benjamini_hochberg(&[0.5, 0.01, 0.02]), holm(&[0.5, 0.01, 0.02]));
        assert_eq!(bh, [0.5, 0.03, 0.03]);
        assert_eq!(holm_values, [0.5, 0.03, 0.04]);
    }

    #[test]
    fn holm_is_at_least_as_strict_and_neither_ever_makes_a_claim_easier() {
        let p = [0.001, 0.2, 0.04, 0.04, 0.9, 0.013, 1.0];
        for ((p, bh), holm) in p.iter().zip(benjamini_hochberg(&p)).zip(holm(&p)) {
            assert!(*p <= bh && bh <= holm && holm <= 1.0, "{p} {bh} {holm}");
        }
    }

    #[test]
    fn what_is_no_p_value_proves_nothing() {
        let odd = [f64::NAN, f64::INFINITY, -1.0, 7.0, 0.01];
        for adjusted in [benjamini_hochberg(&odd), holm(&odd)] {
            assert!(adjusted.iter().all(|p| (0.0..=1.0).contains(p)), "{adjusted:?}");
            assert_eq!(adjusted[0], 1.0);
        }
    }
}
