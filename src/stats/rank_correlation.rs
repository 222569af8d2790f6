//! Do two scores of the same leads put them in the same order?
//!
//! Spearman's rank correlation with mid-ranks over counted pairs: the correlation of the ranks, each band of equal scores
//! having the mean of the ranks that it spans.

use std::collections::BTreeMap;

/// The rank correlation of (first score, second score, leads); `None` where one of the scores is the same for all, or with odd
/// numbers.
pub fn spearman(pairs: &[(f64, f64, f64)]) -> Option<f64> {
    let sensible = |(x, y, n): &(f64, f64, f64)| x.is_finite() && y.is_finite() && n.is_finite() && *n >= 0.0;
    let n: f64 = pairs.iter().map(|(_, _, n)| n).sum();
    if !pairs.iter().all(sensible) || n <= 0.0 {
        return None;
    }
    let first = ranks(pairs.iter().map(|(x, _, n)| (*x, *n)));
    let second = ranks(pairs.iter().map(|(_, y, n)| (*y, *n)));
    let centre = (n + 1.0) / 2.0;
    let (mut both, mut of_first, mut of_second) = (0.0, 0.0, 0.0);
    for (x, y, n) in pairs {
        let (a, b) = (first[&key(*x)] - centre, second[&key(*y)] - centre);
        both += n * a * b;
        of_first += n * a * a;
        of_second += n * b * b;
    }
    (of_first > 0.0 && of_second > 0.0).then(|| (both / (of_first * of_second).sqrt()).clamp(-1.0, 1.0))
}

/// Mid-rank of each score.
fn ranks(scores: impl Iterator<Item = (f64, f64)>) -> BTreeMap<i64, f64> {
    let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
    for (score, n) in scores {
        *counts.entry(key(score)).or_default() += n;
    }
    let mut below = 0.0;
    let rank = |(score, n): (i64, f64)| {
        let middle = below + (n + 1.0) / 2.0;
        below += n;
        (score, middle)
    };
    counts.into_iter().map(rank).collect()
}

/// A score as a key in its own order; −0 is 0.
fn key(score: f64) -> i64 {
    let bits = (score + 0.0).to_bits() as i64;
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_have_their_mean_rank() {
        // R: cor(c(1,2,2,3,4), c(2,1,3,3,5), method = "spearman") = 0.7631579 (ranks 1,2.5,2.5,4,5 and 2,1,3.5,3.5,5).
        let pairs = [(1.0, 2.0), (2.0, 1.0), (2.0, 3.0), (3.0, 3.0), (4.0, 5.0)].map(|(x, y)| (x, y, 1.0));
        assert!((spearman(&pairs).unwrap() - 0.763_157_894_737).abs() < 1e-9);
    }

    #[test]
    fn the_same_order_is_one_and_the_reverse_is_minus_one_whatever_the_distances() {
        assert_eq!(spearman(&[(-5.0, 1.0, 3.0), (0.0, 2.0, 2.0), (90.0, 3.0, 4.0)]), Some(1.0));
        assert_eq!(spearman(&[(-5.0, 3.0, 3.0), (-1.0, 2.0, 2.0), (90.0, 1.0, 4.0)]), Some(-1.0));
    }

    #[test]
    fn counts_are_so_many_pairs() {
        let counted = spearman(&[(1.0, 1.0, 2.0), (2.0, 5.0, 1.0), (3.0, 4.0, 3.0)]);
        let single = spearman(&[(1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (2.0, 5.0, 1.0), (3.0, 4.0, 3.0)]);
        assert!((counted.unwrap() - single.unwrap()).abs() < 1e-15);
    }

    #[test]
    fn a_score_that_is_the_same_for_all_has_no_order() {
        assert_eq!(spearman(&[(1.0, 1.0, 2.0), (1.0, 5.0, 1.0)]), None);
        assert_eq!((spearman(&[]), spearman(&[(f64::NAN, 1.0, 1.0)])), (None, None));
    }
}
