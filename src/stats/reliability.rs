//! Do leads that are said to convert with probability p do so p of the time?
//!
//! Brier score: mean (y − p)²; log loss: mean −ln of the probability given to what happened. The outcomes are refitted on
//! logit p (Cox 1958): slope 1 and intercept 0 if the probabilities are right, a slope below 1 if they are too extreme.
//! Calibration in the large is the shift of logit p that makes the mean right. Rows may be counts.

use crate::stats::regression::{self, Pattern, Sign};

/// Leads that were given the same probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    /// The probability.
    pub p: f64,
    /// Leads.
    pub n: f64,
    /// Those that converted.
    pub y: f64,
}

/// The line of the outcomes over logit p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// 1 if the probabilities spread as they should.
    pub slope: f64,
    /// Its standard error.
    pub slope_standard_error: f64,
    /// The logit at p = ½; 0 if they are right.
    pub intercept: f64,
}

/// Probabilities are moved this far from 0 and 1 where their logarithm is taken.
const NEAREST: f64 = 1e-15;

/// Mean (y − p)²; `None` without leads or with odd numbers.
pub fn brier(rows: &[Predicted]) -> Option<f64> {
    let n = total(rows)?;
    let of_row = |row: &Predicted| row.y * (1.0 - row.p).powi(2) + (row.n - row.y) * row.p.powi(2);
    Some(rows.iter().map(of_row).sum::<f64>() / n)
}

/// Mean −ln of the probability of what happened; `None` without leads or with odd numbers.
pub fn log_loss(rows: &[Predicted]) -> Option<f64> {
    let n = total(rows)?;
    let of_row = |row: &Predicted| {
        let p = row.p.clamp(NEAREST, 1.0 - NEAREST);
        row.y * p.ln() + (row.n - row.y) * (1.0 - p).ln()
    };
    Some(-rows.iter().map(of_row).sum::<f64>() / n + 0.0)
}

/// The line of the outcomes over logit p; `None` where the outcomes do not settle one.
pub fn line(rows: &[Predicted]) -> Option<Line> {
    total(rows)?;
    let pattern = |row: &Predicted| Pattern { x: vec![logit(row.p)], n: row.n, y: row.y };
    let fitted = regression::fit(&rows.iter().map(pattern).collect::<Vec<_>>(), 0.0, &[Sign::Free])?;
    let (slope, intercept) = (fitted.coefficients[1], fitted.coefficients[0]);
    Some(Line { slope, slope_standard_error: fitted.variances[1].sqrt(), intercept })
}

/// The shift of logit p that makes the expected number of conversions the one that was seen; `None` when nobody or
/// everybody converted.
pub fn in_the_large(rows: &[Predicted]) -> Option<f64> {
    let n = total(rows)?;
    let y: f64 = rows.iter().map(|row| row.y).sum();
    if y <= 0.0 || y >= n {
        return None;
    }
    // The expected number grows with the shift: Newton's method in a bracket.
    let (mut low, mut high, mut shift) = (-80.0, 80.0, 0.0);
    for _ in 0..200 {
        let (mut excess, mut slope) = (-y, 0.0);
        for row in rows {
            let p = 1.0 / (1.0 + (-(logit(row.p) + shift)).exp());
            excess += row.n * p;
            slope += row.n * p * (1.0 - p);
        }
        if excess < 0.0 {
            low = shift;
        } else {
            high = shift;
        }
        let newton = shift - excess / slope;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let moved: f64 = next - shift;
        shift = next;
        if moved.abs() <= 1e-14 {
            break;
        }
    }
    Some(shift + 0.0)
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(NEAREST, 1.0 - NEAREST);
    (p / (1.0 - p)).ln()
}

fn total(rows: &[Predicted]) -> Option<f64> {
    let sensible = |row: &Predicted| {
        (0.0..=1.0).contains(&row.p) && row.n.is_finite() && row.n >= 0.0 && (0.0..=row.n).contains(&row.y)
    };
    let n: f64 = rows.iter().map(|row| row.n).sum();
    (rows.iter().all(sensible) && n > 0.0 && n.is_finite()).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(p: f64, n: f64, y: f64) -> Predicted {
        Predicted { p, n, y }
    }

    #[test]
    fn probabilities_that_come_true_lie_on_the_diagonal() {
        let rows = [row(0.1, 100.0, 10.0), row(0.3, 100.0, 30.0), row(0.6, 50.0, 30.0)];
        let line = line(&rows).unwrap();
        assert!((line.slope - 1.0).abs() < 1e-9 && line.intercept.abs() < 1e-9);
        assert!(in_the_large(&rows).unwrap().abs() < 1e-12);
    }

    #[test]
    fn probabilities_that_are_too_extreme_have_a_slope_below_one() {
        let line = line(&[row(0.05, 100.0, 20.0), row(0.8, 100.0, 50.0)]).unwrap();
        assert!(line.slope < 0.5 && line.slope_standard_error > 0.0);
    }

    #[test]
    fn a_sure_thing_that_fails_costs_a_finite_amount() {
        assert!(log_loss(&[row(1.0, 5.0, 4.0)]).unwrap() < 10.0);
        assert_eq!((brier(&[row(1.0, 4.0, 4.0)]), brier(&[row(1.0, 4.0, 0.0)])), (Some(0.0), Some(1.0)));
        assert!(in_the_large(&[row(1.0, 5.0, 4.0), row(0.0, 3.0, 1.0)]).unwrap().is_finite());
    }

    #[test]
    fn nothing_and_odd_numbers_have_no_score() {
        for rows in [vec![], vec![row(0.5, 0.0, 0.0)], vec![row(f64::NAN, 3.0, 1.0)], vec![row(0.2, 3.0, 4.0)]] {
            assert_eq!((brier(&rows), log_loss(&rows), line(&rows), in_the_large(&rows)), (None, None, None, None));
        }
        assert_eq!((in_the_large(&[row(0.2, 9.0, 0.0)]), line(&[row(0.2, 9.0, 0.0)])), (None, None));
    }
}
