//! What is each criterion worth, all others held fixed?
//!
//! Logistic regression of grouped counts (n leads of one pattern, y of them converted), optionally with a ridge penalty
//! ½ λ Σ β_j² (the intercept is free, columns are used as they are) and with coefficients that may not be negative. Newton's
//! method; a coefficient that would cross 0 stops there, and one at 0 is released when the likelihood pulls it up (active
//! set; at the end the Karush–Kuhn–Tucker conditions hold: no pull at a free coefficient, none upwards at a fixed one).
//! Case weights multiply n and y. Without a penalty and signs it is R's `glm`.

/// Leads of one pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The columns, without the intercept.
    pub x: Vec<f64>,
    /// Leads, possibly weighted.
    pub n: f64,
    /// Those that converted.
    pub y: f64,
}

/// What a coefficient may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Anything.
    Free,
    /// 0 or more.
    NotNegative,
}

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// The intercept, then a coefficient for each column.
    pub coefficients: Vec<f64>,
    /// The diagonal of the inverse of the penalised information, in the same order; 0 for a coefficient held at 0.
    pub variances: Vec<f64>,
    /// The gradient of the penalised cost there: about 0, or above it where a coefficient is held at 0.
    pub gradient: Vec<f64>,
    /// Log likelihood, without the binomial coefficients and the penalty.
    pub log_likelihood: f64,
    /// Twice the distance to the best likelihood that any probabilities could give these counts.
    pub deviance: f64,
}

impl Logistic {
    /// The probability of a pattern.
    pub fn probability(&self, x: &[f64]) -> f64 {
        logistic(linear(&self.coefficients, x))
    }
}

/// No more Newton steps than these.
const MOST_STEPS: usize = 500;
/// Beyond this size a coefficient is on its way to infinity: the counts are separated.
const LARGEST: f64 = 1e3;

/// Fits `patterns` with the penalty `ridge` (λ, from 0 on) and a sign for each column.
///
/// `None` without leads, when a number is odd (y outside 0…n, not finite), when patterns or signs differ in their number of
/// columns, or when nothing settles the coefficients: columns that say the same, or separated counts, without a penalty.
pub fn fit(patterns: &[Pattern], ridge: f64, signs: &[Sign]) -> Option<Logistic> {
    let p = signs.len();
    let sensible = |row: &Pattern| {
        row.x.len() == p && row.x.iter().all(|x| x.is_finite()) && row.n.is_finite() && (0.0..=row.n).contains(&row.y)
    };
    let (n, y) = patterns.iter().fold((0.0, 0.0), |(n, y), row| (n + row.n, y + row.y));
    if !patterns.iter().all(sensible) || n <= 0.0 || !ridge.is_finite() || ridge < 0.0 {
        return None;
    }
    let mut model = Model { patterns, ridge, free: vec![true; p + 1] };
    let mut beta = vec![0.0; p + 1];
    beta[0] = ((y + 0.5) / (n - y + 0.5)).ln();
    for (free, sign) in model.free[1..].iter_mut().zip(signs) {
        *free = *sign == Sign::Free;
    }

    // What is 0 to a gradient of this size.
    let tolerance = 1e-11 * n.max(1.0);
    let mut cost = model.cost(&beta);
    for _ in 0..MOST_STEPS {
        let gradient = model.gradient(&beta);
        let pull = (0..=p).filter(|&j| model.free[j]).map(|j| gradient[j].abs()).fold(0.0, f64::max);
        let step = model.solve(&beta, &gradient)?;
        let settled = pull <= tolerance || step.iter().map(|step| step.abs()).fold(0.0, f64::max) <= 1e-13;
        if settled {
            let held = (1..=p).filter(|&j| !model.free[j] && gradient[j] < -1e-9 * n.max(1.0));
            let Some(next) = held.min_by(|&a, &b| gradient[a].total_cmp(&gradient[b])) else {
                return model.result(beta, gradient);
            };
            model.free[next] = true;
            continue;
        }

        // How far the step may go before a coefficient that may not be negative is 0.
        let bounded = |j: usize| j > 0 && signs[j - 1] == Sign::NotNegative && step[j] > 0.0;
        let reach = |j: usize| (j, beta[j] / step[j]);
        let first = (0..=p).filter(|&j| model.free[j] && bounded(j)).map(reach).min_by(|a, b| a.1.total_cmp(&b.1));
        let mut length = first.map_or(1.0, |(_, reach)| reach.min(1.0));
        let mut stops = first.filter(|(_, reach)| *reach <= 1.0).map(|(j, _)| j);
        loop {
            let mut next: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta - length * step).collect();
            if let Some(j) = stops {
                next[j] = 0.0;
            }
            let next_cost = model.cost(&next);
            if next_cost <= cost + 1e-13 * cost.abs() || length < 1e-12 {
                (beta, cost) = (next, next_cost);
                break;
            }
            length *= 0.5;
            stops = None;
        }
        if let Some(j) = stops {
            model.free[j] = false;
        }
        if beta.iter().any(|beta| beta.is_nan() || beta.abs() > LARGEST) {
            return None;
        }
    }
    None
}

struct Model<'a> {
    patterns: &'a [Pattern],
    ridge: f64,
    /// Whether each coefficient, the intercept first, takes part in a step.
    free: Vec<bool>,
}

impl Model<'_> {
    /// The penalised negative log likelihood.
    fn cost(&self, beta: &[f64]) -> f64 {
        let penalty: f64 = beta[1..].iter().map(|beta| beta * beta).sum();
        0.5 * self.ridge * penalty - self.log_likelihood(beta)
    }

    fn log_likelihood(&self, beta: &[f64]) -> f64 {
        let of_row = |row: &Pattern| {
            let eta = linear(beta, &row.x);
            row.y * eta - row.n * (eta.max(0.0) + (-eta.abs()).exp().ln_1p())
        };
        self.patterns.iter().map(of_row).sum()
    }

    fn gradient(&self, beta: &[f64]) -> Vec<f64> {
        let mut gradient: Vec<f64> = beta.iter().map(|beta| self.ridge * beta).collect();
        gradient[0] = 0.0;
        for row in self.patterns {
            let excess = row.n * logistic(linear(beta, &row.x)) - row.y;
            gradient[0] += excess;
            for (gradient, x) in gradient[1..].iter_mut().zip(&row.x) {
                *gradient += excess * x;
            }
        }
        gradient
    }

    /// The Cholesky factor of the penalised information of the free coefficients.
    fn factor(&self, beta: &[f64]) -> Option<(Vec<usize>, Vec<Vec<f64>>)> {
        let free: Vec<usize> = (0..beta.len()).filter(|&j| self.free[j]).collect();
        let mut information = vec![vec![0.0; free.len()]; free.len()];
        for (i, &j) in free.iter().enumerate() {
            information[i][i] = if j > 0 { self.ridge } else { 0.0 };
        }
        for row in self.patterns {
            let share = logistic(linear(beta, &row.x));
            let weight = row.n * share * (1.0 - share);
            let value = |j: usize| if j == 0 { 1.0 } else { row.x[j - 1] };
            for (i, &j) in free.iter().enumerate() {
                for (k, &l) in free.iter().enumerate().take(i + 1) {
                    information[i][k] += weight * value(j) * value(l);
                }
            }
        }
        Some((free, cholesky(information)?))
    }

    /// The Newton step of the free coefficients, 0 for the others.
    fn solve(&self, beta: &[f64], gradient: &[f64]) -> Option<Vec<f64>> {
        let (free, factor) = self.factor(beta)?;
        let right: Vec<f64> = free.iter().map(|&j| gradient[j]).collect();
        let mut step = vec![0.0; beta.len()];
        for (&j, value) in free.iter().zip(back(&factor, &right)) {
            step[j] = value;
        }
        step.iter().all(|step| step.is_finite()).then_some(step)
    }

    fn result(&self, coefficients: Vec<f64>, gradient: Vec<f64>) -> Option<Logistic> {
        let (free, factor) = self.factor(&coefficients)?;
        // What is left of the information when probabilities run to 0 and 1: the counts are separated.
        let square = |row: &Pattern, j: usize| if j == 0 { 1.0 } else { row.x[j - 1].powi(2) };
        let most = |j: usize| 0.25 * self.patterns.iter().map(|row| row.n * square(row, j)).sum::<f64>();
        if free.iter().zip(&factor).enumerate().any(|(i, (&j, row))| row[i] * row[i] < 1e-9 * most(j)) {
            return None;
        }
        let mut variances = vec![0.0; coefficients.len()];
        for (i, &j) in free.iter().enumerate() {
            let mut unit = vec![0.0; free.len()];
            unit[i] = 1.0;
            variances[j] = back(&factor, &unit)[i];
        }
        let log_likelihood = self.log_likelihood(&coefficients);
        let part = |k: f64, n: f64| if k > 0.0 { k * (k / n).ln() } else { 0.0 };
        let best: f64 = self.patterns.iter().map(|row| part(row.y, row.n) + part(row.n - row.y, row.n)).sum();
        let deviance = (2.0 * (best - log_likelihood)).max(0.0);
        let coefficients = coefficients.into_iter().map(|beta| beta + 0.0).collect();
        Some(Logistic { coefficients, variances, gradient, log_likelihood, deviance })
    }
}

fn linear(beta: &[f64], x: &[f64]) -> f64 {
    beta[0] + beta[1..].iter().zip(x).map(|(beta, x)| beta * x).sum::<f64>()
}

fn logistic(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// The lower triangle L with L Lᵀ = the matrix, of which only the lower triangle is read; `None` unless it is positive
/// definite by more than rounding.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for i in 0..matrix.len() {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i != j {
                matrix[i][j] = rest / matrix[j][j];
            } else if rest > 1e-12 * matrix[i][i].abs() && rest.is_finite() {
                matrix[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(matrix)
}

/// The solution of L Lᵀ x = right.
fn back(factor: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    let mut x = right.to_vec();
    for i in 0..size {
        let known: f64 = (0..i).map(|k| factor[i][k] * x[k]).sum();
        x[i] = (x[i] - known) / factor[i][i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| factor[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / factor[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(x: &[f64], n: f64, y: f64) -> Pattern {
        Pattern { x: x.to_vec(), n, y }
    }

    #[test]
    fn an_intercept_alone_is_the_logit_of_the_share() {
        let found = fit(&[row(&[], 60.0, 12.0), row(&[], 40.0, 8.0)], 0.0, &[]).unwrap();
        assert!((found.coefficients[0] - 0.25_f64.ln()).abs() < 1e-12);
        assert!((found.variances[0] - 1.0 / 16.0).abs() < 1e-9 && found.deviance < 1e-9);
    }

    #[test]
    fn one_yes_or_no_column_is_the_log_of_the_odds_ratio() {
        let found = fit(&[row(&[0.0], 100.0, 20.0), row(&[1.0], 50.0, 25.0)], 0.0, &[Sign::Free]).unwrap();
        assert!((found.coefficients[1] - 4.0_f64.ln()).abs() < 1e-10);
        assert!((found.probability(&[1.0]) - 0.5).abs() < 1e-10);
        let bounded = fit(&[row(&[0.0], 100.0, 20.0), row(&[1.0], 50.0, 25.0)], 0.0, &[Sign::NotNegative]).unwrap();
        assert!((bounded.coefficients[1] - found.coefficients[1]).abs() < 1e-9);
    }

    #[test]
    fn a_coefficient_that_would_be_negative_is_held_at_zero_with_a_pull_downwards() {
        let rows = [row(&[0.0, 0.0], 100.0, 40.0), row(&[1.0, 0.0], 90.0, 10.0), row(&[0.0, 1.0], 80.0, 60.0)];
        let found = fit(&rows, 1.0, &[Sign::NotNegative; 2]).unwrap();
        assert_eq!((found.coefficients[1], found.variances[1]), (0.0, 0.0));
        assert!(found.gradient[1] > 0.0 && found.gradient[2].abs() < 1e-8 && found.coefficients[2] > 0.0);
        assert!(!found.coefficients[1].is_sign_negative());
    }

    #[test]
    fn bounded_fits_are_the_best_of_all_choices_of_what_is_zero() {
        // Three correlated columns in eight patterns: every subset is fitted freely; the best whose signs are right wins.
        let mut random = crate::stats::random::SplitMix64::new(5);
        for _ in 0..40 {
            let rows: Vec<Pattern> = (0..8)
                .map(|i| {
                    let x = [i & 1, (i >> 1) & 1, (i >> 2) & 1].map(f64::from);
                    let n = 5.0 + (random.uniform() * 40.0).floor();
                    Pattern { x: x.to_vec(), n, y: (random.uniform() * n).floor() }
                })
                .collect();
            let bounded = fit(&rows, 0.5, &[Sign::NotNegative; 3]).unwrap();
            let cost = |fit: &Logistic| {
                0.25 * fit.coefficients[1..].iter().map(|beta| beta * beta).sum::<f64>() - fit.log_likelihood
            };
            let best = (0..8_usize)
                .filter_map(|subset| {
                    let kept = |row: &Pattern| Pattern {
                        x: (0..3).map(|j| if subset >> j & 1 == 1 { row.x[j] } else { 0.0 }).collect(),
                        ..row.clone()
                    };
                    let free = fit(&rows.iter().map(kept).collect::<Vec<_>>(), 0.5, &[Sign::Free; 3])?;
                    free.coefficients[1..].iter().all(|beta| *beta >= 0.0).then(|| cost(&free))
                })
                .fold(f64::INFINITY, f64::min);
            assert!((cost(&bounded) - best).abs() < 1e-8, "{} {best}", cost(&bounded));
        }
    }

    #[test]
    fn what_the_counts_do_not_settle_has_no_fit_unless_it_is_penalised() {
        let separated = [row(&[0.0], 20.0, 0.0), row(&[1.0], 20.0, 20.0)];
        assert_eq!(fit(&separated, 0.0, &[Sign::Free]), None);
        assert!(fit(&separated, 1.0, &[Sign::Free]).is_some());
        let twins = [row(&[0.0, 0.0], 20.0, 4.0), row(&[1.0, 1.0], 20.0, 9.0)];
        assert_eq!(fit(&twins, 0.0, &[Sign::Free; 2]), None);
        let shared = fit(&twins, 1.0, &[Sign::Free; 2]).unwrap();
        assert!((shared.coefficients[1] - shared.coefficients[2]).abs() < 1e-9);
        assert!(
            fit(&[row(&[1.0], 9.0, 0.0), row(&[0.0], 9.0, 0.0)], 1.0, &[Sign::NotNegative])
                .is_none_or(|found| { found.coefficients.iter().all(|beta| beta.is_finite()) })
        );
    }

    #[test]
    fn odd_counts_have_no_fit() {
        for odd in [f64::NAN, -1.0, f64::INFINITY] {
            assert_eq!(fit(&[row(&[1.0], odd, 0.0), row(&[0.0], 3.0, 1.0)], 1.0, &[Sign::Free]), None);
            assert_eq!(fit(&[row(&[1.0], 3.0, odd), row(&[0.0], 3.0, 1.0)], 1.0, &[Sign::Free]), None);
            assert_eq!(fit(&[row(&[1.0], 3.0, 1.0), row(&[0.0], 3.0, 1.0)], odd, &[Sign::Free]), None);
        }
        assert_eq!(fit(&[row(&[f64::NAN], 3.0, 1.0)], 1.0, &[Sign::Free]), None);
        assert_eq!(fit(&[row(&[1.0], 3.0, 1.0)], 1.0, &[]), None);
        assert_eq!((fit(&[], 1.0, &[]), fit(&[row(&[], 0.0, 0.0)], 1.0, &[])), (None, None));
    }
}
