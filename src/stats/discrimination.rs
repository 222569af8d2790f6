//! How well does a score tell those who convert from those who don't?
//!
//! AUC: the chance that of one lead of each kind the converting one scores higher, ties counting ½ (Mann–Whitney with
//! mid-ranks). Its variance, and that of the difference of two scores on the same leads, by DeLong, DeLong and Clarke-Pearson
//! (1988) from placements: V₁₀ of a converting lead is the share of the others that score below it, V₀₁ of another one the
//! share of converting leads above it. Average precision: Σ (R_i − R_{i−1}) P_i over the distinct scores from the top down;
//! it means nothing without the base rate beside it. Rows may be counts: leads with the same score are one row.

use crate::stats::{Interval, special};

/// Leads with the same score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The score.
    pub score: f64,
    /// Those that converted.
    pub positive: f64,
    /// Those that didn't.
    pub negative: f64,
}

/// The area under the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    /// The area: ½ is no better than chance.
    pub value: f64,
    /// DeLong's variance of it.
    pub variance: f64,
}

impl Auc {
    /// The interval at a two-sided `level`, moved into `[0, 1]`.
    pub fn interval(&self, level: f64) -> Interval {
        let reach = special::normal_quantile(1.0 - special::one_sided_tail(level)) * self.variance.sqrt();
        Interval::of_share(self.value - reach, self.value + reach)
    }
}

/// Two scores of the same leads compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The first area.
    pub first: Auc,
    /// The second area.
    pub second: Auc,
    /// First less second area, in standard errors.
    pub z: f64,
    /// Two-sided p of the difference.
    pub p: f64,
}

/// The area of a score; `None` unless there are at least two leads of each kind (the variance needs them) and all numbers
/// make sense.
pub fn auc(rows: &[Scored]) -> Option<Auc> {
    let placements = Placements::of(rows)?;
    Some(Auc { value: placements.area, variance: placements.covariance(&placements) })
}

/// Compares two scores of the same leads: the rows of `first` and `second` are the same leads in the same order, with the
/// counts of `first`. `None` as for [`auc`], and when the two order the leads alike.
pub fn compare(first: &[Scored], second: &[f64]) -> Option<Comparison> {
    if first.len() != second.len() {
        return None;
    }
    let other: Vec<Scored> = first.iter().zip(second).map(|(row, &score)| Scored { score, ..*row }).collect();
    let (one, two) = (Placements::of(first)?, Placements::of(&other)?);
    let areas = (
        Auc { value: one.area, variance: one.covariance(&one) },
        Auc { value: two.area, variance: two.covariance(&two) },
    );
    let variance = areas.0.variance + areas.1.variance - 2.0 * one.covariance(&two);
    // What is left of two equal orders is rounding.
    if variance <= 1e-14 {
        return None;
    }
    let z = (one.area - two.area) / variance.sqrt();
    Some(Comparison { first: areas.0, second: areas.1, z, p: 2.0 * special::normal_cdf(-z.abs()) })
}

/// Average precision; `None` without a converting lead or with odd numbers.
pub fn average_precision(rows: &[Scored]) -> Option<f64> {
    let order = order(rows)?;
    let total: f64 = rows.iter().map(|row| row.positive).sum();
    if total <= 0.0 {
        return None;
    }
    let (mut positive, mut all, mut sum) = (0.0, 0.0, 0.0);
    for tie in ties(rows, &order).into_iter().rev() {
        let here: f64 = tie.iter().map(|&i| rows[i].positive).sum();
        positive += here;
        all += here + tie.iter().map(|&i| rows[i].negative).sum::<f64>();
        sum += if here > 0.0 { here / total * (positive / all) } else { 0.0 };
    }
    Some(sum)
}

/// For each row the share of leads of the other kind that it is on the right side of.
struct Placements<'a> {
    rows: &'a [Scored],
    area: f64,
    of_positive: Vec<f64>,
    of_negative: Vec<f64>,
    totals: (f64, f64),
}

impl Placements<'_> {
    fn of(rows: &[Scored]) -> Option<Placements<'_>> {
        let order = order(rows)?;
        let totals = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.positive, sum.1 + row.negative));
        if totals.0 < 2.0 || totals.1 < 2.0 || !totals.0.is_finite() || !totals.1.is_finite() {
            return None;
        }
        let (mut of_positive, mut of_negative) = (vec![0.0; rows.len()], vec![0.0; rows.len()]);
        let mut below = (0.0, 0.0);
        for tie in ties(rows, &order) {
            let here = tie.iter().fold((0.0, 0.0), |sum, &i| (sum.0 + rows[i].positive, sum.1 + rows[i].negative));
            for &i in tie {
                of_positive[i] = (below.1 + 0.5 * here.1) / totals.1;
                of_negative[i] = 1.0 - (below.0 + 0.5 * here.0) / totals.0;
            }
            below = (below.0 + here.0, below.1 + here.1);
        }
        let area = rows.iter().zip(&of_positive).map(|(row, place)| row.positive * place).sum::<f64>() / totals.0;
        Some(Placements { rows, area, of_positive, of_negative, totals })
    }

    /// The covariance of two areas over the same leads; the variance when both are the same.
    fn covariance(&self, other: &Placements) -> f64 {
        let (mut positive, mut negative) = (0.0, 0.0);
        for (i, row) in self.rows.iter().enumerate() {
            positive += row.positive * (self.of_positive[i] - self.area) * (other.of_positive[i] - other.area);
            negative += row.negative * (self.of_negative[i] - self.area) * (other.of_negative[i] - other.area);
        }
        let (m, n) = self.totals;
        positive / (m - 1.0) / m + negative / (n - 1.0) / n
    }
}

/// The rows by ascending score; `None` when a number is odd.
fn order(rows: &[Scored]) -> Option<Vec<usize>> {
    let count = |count: f64| count.is_finite() && count >= 0.0;
    if !rows.iter().all(|row| !row.score.is_nan() && count(row.positive) && count(row.negative)) {
        return None;
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // Adding 0 makes −0 and 0 the tie that they are.
    order.sort_by(|&a, &b| (rows[a].score + 0.0).total_cmp(&(rows[b].score + 0.0)));
    Some(order)
}

/// Rows with equal scores together, ascending.
fn ties<'a>(rows: &[Scored], order: &'a [usize]) -> Vec<&'a [usize]> {
    order.chunk_by(|&a, &b| rows[a].score == rows[b].score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(score: f64, positive: f64, negative: f64) -> Scored {
        Scored { score, positive, negative }
    }

    #[test]
    fn a_score_that_says_nothing_has_half_the_area_and_one_that_says_all_has_it_all() {
        assert_eq!(auc(&[row(5.0, 10.0, 30.0)]).unwrap(), Auc { value: 0.5, variance: 0.0 });
        assert_eq!(auc(&[row(1.0, 0.0, 30.0), row(2.0, 10.0, 0.0)]).unwrap().value, 1.0);
    }

    #[test]
    fn turning_the_score_around_turns_the_area_around() {
        let rows = [row(1.0, 2.0, 9.0), row(2.0, 3.0, 5.0), row(4.0, 6.0, 5.0), row(7.0, 4.0, 1.0)];
        let turned: Vec<Scored> = rows.iter().map(|r| Scored { score: -r.score, ..*r }).collect();
        let (here, there) = (auc(&rows).unwrap(), auc(&turned).unwrap());
        assert!((here.value + there.value - 1.0).abs() < 1e-15 && (here.variance - there.variance).abs() < 1e-15);
    }

    #[test]
    fn counts_are_so_many_rows_of_one_lead() {
        let rows = [row(1.0, 2.0, 3.0), row(2.0, 3.0, 2.0), row(4.0, 2.0, 1.0)];
        let alone = |r: &Scored| {
            let one = |positive: f64, negative: f64, n: f64| vec![row(r.score, positive, negative); n as usize];
            [one(1.0, 0.0, r.positive), one(0.0, 1.0, r.negative)].concat()
        };
        let single: Vec<Scored> = rows.iter().flat_map(alone).collect();
        let (grouped, single_auc) = (auc(&rows).unwrap(), auc(&single).unwrap());
        assert!((grouped.value - single_auc.value).abs() < 1e-15);
        assert!((grouped.variance - single_auc.variance).abs() < 1e-15);
        let (grouped, single) = (average_precision(&rows).unwrap(), average_precision(&single).unwrap());
        assert!((grouped - single).abs() < 1e-15);
    }

    #[test]
    fn the_average_precision_of_no_order_is_the_base_rate() {
        assert_eq!(average_precision(&[row(3.0, 10.0, 30.0)]), Some(0.25));
        assert_eq!(average_precision(&[row(3.0, 10.0, 0.0), row(1.0, 0.0, 30.0)]), Some(1.0));
    }

    #[test]
    fn without_both_kinds_or_with_odd_numbers_there_is_no_area() {
        assert_eq!((auc(&[]), auc(&[row(1.0, 5.0, 0.0)]), auc(&[row(1.0, 1.0, 9.0)])), (None, None, None));
        assert_eq!(average_precision(&[row(1.0, 0.0, 5.0)]), None);
        for odd in [f64::NAN, -1.0] {
            assert_eq!(auc(&[row(1.0, odd, 5.0), row(2.0, 5.0, 5.0)]), None);
        }
        assert_eq!(auc(&[row(f64::NAN, 3.0, 5.0)]), None);
        assert!(auc(&[row(f64::INFINITY, 3.0, 5.0), row(f64::NEG_INFINITY, 3.0, 5.0)]).is_some());
        let rows = [row(1.0, 2.0, 9.0), row(2.0, 3.0, 5.0)];
        assert_eq!((compare(&rows, &[10.0, 20.0]), compare(&rows, &[1.0])), (None, None));
    }
}
