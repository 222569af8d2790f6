//! Which of many groups is the best, when the small ones look best and worst by chance?
//!
//! The groups' rates are taken as drawn from one Beta(μM, (1 − μ)M), whose μ and M are not known: μ runs over .01, .02 …
//! .69 and M over 40 values from 1 to 3000, evenly on the log scale, with the log prior −2 ln(1 + M/15) + ln M. Each point
//! of the grid weighs prior · Π BetaBinomial(x_k; n_k, μ, M), and a group's rate is the mixture of
//! Beta(μM + x, (1 − μ)M + n − x) (hierarchical beta–binomial; Gelman et al., Bayesian Data Analysis, §5.3). Nothing is
//! drawn: the same counts give the same numbers. Small groups are pulled towards the common mean, large ones stay.
//!
//! The chance of being the best is ∫ f_k Π_{j≠k} F_j, given a point of the grid, weighed over the grid.

use crate::stats::special;
use statrs::function::gamma::ln_gamma;

/// Means on the grid: .01 to .69.
const N_MEANS: u32 = 69;
/// Strengths on the grid: 1 to 3000.
const N_STRENGTHS: u32 = 40;
const LARGEST_STRENGTH: f64 = 3000.0;
/// The strength around which the prior turns.
const PRIOR_STRENGTH: f64 = 15.0;
/// Points of the grid that weigh less than this, next to the heaviest, are left out.
const LEAST_WEIGHT: f64 = 1e-13;
/// The same where a chance is rounded to a percent.
const LEAST_WEIGHT_FOR_CHANCES: f64 = 1e-4;
/// The same where only a first answer is wanted.
const LEAST_WEIGHT_FOR_A_START: f64 = 0.02;
/// Points at which the densities of the groups are compared.
const N_HEIGHTS: usize = 1024;

/// What a group's rate is, seen together with the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrunk {
    /// The mean of its rate.
    pub mean: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// The rates of groups (x, n), which may be effective numbers, with intervals at a two-sided `level`; in their order.
/// `None` when there is no group, or one whose counts make no sense (unless 0 ≤ x ≤ n, n > 0).
pub fn shrunk(groups: &[(f64, f64)], level: f64) -> Option<Vec<Shrunk>> {
    let grid = Grid::of(groups, LEAST_WEIGHT)?;
    let tail = special::one_sided_tail(level);
    let estimate = |&(x, n): &(f64, f64)| {
        let mean = grid.points.iter().map(|point| point.weight * (point.a + x) / (point.a + point.b + n)).sum::<f64>();
        let low = grid.quantile(x, n, tail, mean);
        let high = grid.quantile(x, n, 1.0 - tail, mean);
        Shrunk { mean, low: low.min(mean), high: high.max(mean) }
    };
    Some(groups.iter().map(estimate).collect())
}

/// The chance of each group (x, n) of having the highest rate of all, in their order; they add up to 1. Right to about a
/// percent, which is what they are for.
pub fn chances_of_being_best(groups: &[(f64, f64)]) -> Option<Vec<f64>> {
    let grid = Grid::of(groups, LEAST_WEIGHT_FOR_CHANCES)?;
    let heights = heights(groups, &grid);
    let mut chances = vec![0.0; groups.len()];
    for point in &grid.points {
        let densities: Vec<Vec<f64>> = groups.iter().map(|&(x, n)| point.density(x, n, &heights)).collect();
        let mut below = vec![0.0; groups.len()];
        for height in 0..heights.len() {
            // Half of a step's own share lies below its middle; ties within a step are thereby split evenly.
            let middle: Vec<f64> =
                below.iter().zip(&densities).map(|(below, density)| below + 0.5 * density[height]).collect();
            for (k, chance) in chances.iter_mut().enumerate() {
                let others: f64 = (0..groups.len()).filter(|&j| j != k).map(|j| middle[j]).product();
                *chance += point.weight * densities[k][height] * others;
            }
            for (below, density) in below.iter_mut().zip(&densities) {
                *below += density[height];
            }
        }
    }
    let total: f64 = chances.iter().sum();
    (total > 0.0).then(|| chances.into_iter().map(|chance| chance / total).collect())
}

/// The μ and M under which these groups are most likely, with the negative log likelihood (without the binomial
/// coefficients). M ends at 1e6 when the groups do not differ more than chance. For comparison: intervals come from
/// [`shrunk`], because plugging these two in covers too little.
pub fn most_likely(groups: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    if !sensible(groups) {
        return None;
    }
    let cost = |mean: f64, log_strength: f64| -log_likelihood(groups, mean, log_strength.exp());
    let best_mean = |log_strength: f64| least(1e-6, 1.0 - 1e-6, |mean| cost(mean, log_strength));
    let log_strength = least(-3.0, 1e6_f64.ln(), |log_strength| cost(best_mean(log_strength), log_strength));
    let mean = best_mean(log_strength);
    Some((mean, log_strength.exp(), cost(mean, log_strength)))
}

/// Where a function with one minimum has it (golden section).
fn least(low: f64, high: f64, cost: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (cost(left), cost(right));
    for _ in 0..60 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = cost(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = cost(right);
        }
    }
    0.5 * (low + high)
}

/// A point (μ, M) of the grid.
struct Point {
    /// μM.
    a: f64,
    /// (1 − μ)M.
    b: f64,
    /// The weights of all points add up to 1.
    weight: f64,
}

struct Grid {
    points: Vec<Point>,
}

impl Grid {
    /// The points that matter, given these groups.
    fn of(groups: &[(f64, f64)], least_weight: f64) -> Option<Grid> {
        if !sensible(groups) {
            return None;
        }
        let mut points = Vec::new();
        for i in 1..=N_MEANS {
            for j in 0..N_STRENGTHS {
                let mean = f64::from(i) / 100.0;
                let strength = (LARGEST_STRENGTH.ln() * f64::from(j) / f64::from(N_STRENGTHS - 1)).exp();
                let log_prior = -2.0 * (1.0 + strength / PRIOR_STRENGTH).ln() + strength.ln();
                let weight = log_prior + log_likelihood(groups, mean, strength);
                points.push(Point { a: mean * strength, b: (1.0 - mean) * strength, weight });
            }
        }
        let largest = points.iter().map(|point| point.weight).fold(f64::NEG_INFINITY, f64::max);
        for point in &mut points {
            point.weight = (point.weight - largest).exp();
        }
        points.retain(|point| point.weight >= least_weight);
        let total: f64 = points.iter().map(|point| point.weight).sum();
        for point in &mut points {
            point.weight /= total;
        }
        (total.is_finite() && !points.is_empty()).then_some(Grid { points })
    }

    /// The `p` quantile of the mixture for a group. The heaviest points alone give a first answer, from which one or two
    /// steps with all of them are enough.
    fn quantile(&self, x: f64, n: f64, p: f64, start: f64) -> f64 {
        let heaviest = self.points.iter().map(|point| point.weight).fold(0.0, f64::max);
        let (mut few, mut weight): (Vec<&Point>, f64) = (Vec::new(), 0.0);
        for point in self.points.iter().filter(|point| point.weight >= LEAST_WEIGHT_FOR_A_START * heaviest) {
            few.push(point);
            weight += point.weight;
        }
        let first = solve(&few, x, n, p * weight, (start / (1.0 - start)).ln());
        let all: Vec<&Point> = self.points.iter().collect();
        1.0 / (1.0 + (-solve(&all, x, n, p, first)).exp())
    }
}

/// The logit at which the mixture of these points has the share `p` below it: Newton's method, kept in a bracket, from
/// `start` on.
fn solve(points: &[&Point], x: f64, n: f64, p: f64, start: f64) -> f64 {
    let share_and_density = |logit: f64| {
        let odds = logit.exp();
        let (height, rest) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        let mut sum = (0.0, 0.0);
        for point in points {
            let (share, density) = special::beta_share(height, rest, point.a + x, point.b + n - x);
            sum.0 += point.weight * share;
            sum.1 += point.weight * density;
        }
        sum
    };
    let (mut low, mut high) = (-40.0, 40.0);
    let mut logit = special::within(start, -39.0, 39.0);
    for _ in 0..200 {
        let (below, density) = share_and_density(logit);
        if below < p {
            low = logit;
        } else {
            high = logit;
        }
        let step = (below - p) / density;
        let newton = logit - step;
        let next = if step.is_finite() && newton > low && newton < high { newton } else { 0.5 * (low + high) };
        // The error of a Newton step is about the square of its length.
        let done = (next - logit).abs() <= 1e-6;
        logit = next;
        if done {
            break;
        }
    }
    logit
}

impl Point {
    /// How the rate of a group spreads over the `heights`, given this point; adds up to 1.
    fn density(&self, x: f64, n: f64, heights: &[(f64, f64)]) -> Vec<f64> {
        let (a, b) = (self.a + x, self.b + n - x);
        // On the scale where the rate is sin², the density is that of a, b without the halves.
        let log_density = |&(log_sin, log_cos): &(f64, f64)| (2.0 * a - 1.0) * log_sin + (2.0 * b - 1.0) * log_cos;
        let mut density: Vec<f64> = heights.iter().map(log_density).collect();
        let largest = density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for value in &mut density {
            *value = (*value - largest).exp();
        }
        let total: f64 = density.iter().sum();
        density.iter().map(|value| value / total).collect()
    }
}

/// (ln sin θ, ln cos θ) at angles evenly over where the rates sin² θ can lie.
fn heights(groups: &[(f64, f64)], grid: &Grid) -> Vec<(f64, f64)> {
    let (mut low, mut high) = (std::f64::consts::FRAC_PI_2, 0.0_f64);
    for point in &grid.points {
        for &(x, n) in groups {
            // On this scale every rate has a standard deviation of about 1/(2 √n).
            let strength = point.a + point.b + n;
            let (centre, spread) = (((point.a + x) / strength).sqrt().asin(), 0.5 / strength.sqrt());
            low = low.min(centre - 7.0 * spread);
            high = high.max(centre + 7.0 * spread);
        }
    }
    let (low, high) = (low.max(0.0), high.min(std::f64::consts::FRAC_PI_2));
    let step = (high - low) / N_HEIGHTS as f64;
    let angle = |i: usize| low + (i as f64 + 0.5) * step;
    (0..N_HEIGHTS).map(|i| (angle(i).sin().ln(), angle(i).cos().ln())).collect()
}

/// Σ ln BetaBinomial(x_k; n_k, μM, (1 − μ)M), without the binomial coefficients.
fn log_likelihood(groups: &[(f64, f64)], mean: f64, strength: f64) -> f64 {
    let (a, b) = (mean * strength, (1.0 - mean) * strength);
    let of_none = ln_gamma(a) + ln_gamma(b) - ln_gamma(strength);
    let of_group = |&(x, n): &(f64, f64)| ln_gamma(a + x) + ln_gamma(b + n - x) - ln_gamma(strength + n) - of_none;
    groups.iter().map(of_group).sum()
}

fn sensible(groups: &[(f64, f64)]) -> bool {
    !groups.is_empty() && groups.iter().all(|&(x, n)| n > 0.0 && n <= 1e12 && (0.0..=n).contains(&x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_pulled_further_than_large_ones() {
        let found = shrunk(&[(0.0, 8.0), (60.0, 300.0), (4.0, 10.0), (22.0, 100.0)], 0.9).unwrap();
        assert!(found[0].mean > 0.08 && found[2].mean < 0.3, "{found:?}");
        assert!((found[1].mean - 0.2).abs() < 0.01, "{found:?}");
        for group in &found {
            assert!(group.low < group.mean && group.mean < group.high);
        }
        assert!(found[0].high - found[0].low > found[1].high - found[1].low);
    }

    #[test]
    fn equal_groups_have_equal_chances_and_a_far_better_one_has_them_all() {
        let equal = chances_of_being_best(&[(20.0, 100.0); 4]).unwrap();
        assert!(equal.iter().all(|chance| (chance - 0.25).abs() < 1e-9), "{equal:?}");
        let apart = chances_of_being_best(&[(90.0, 1000.0), (300.0, 1000.0), (100.0, 1000.0)]).unwrap();
        assert!(apart[1] > 0.999_9 && (apart.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{apart:?}");
    }

    #[test]
    fn the_chances_of_two_large_groups_are_those_of_a_normal_difference() {
        // With so many leads the prior hardly matters: z of the difference is 1.38.
        let found = chances_of_being_best(&[(20_000.0, 100_000.0), (20_250.0, 100_000.0)]).unwrap();
        let z = 0.0025 / (0.2 * 0.8 / 1e5 + 0.2025 * 0.7975 / 1e5_f64).sqrt();
        assert!((found[1] - special::normal_cdf(z)).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn groups_that_differ_as_chance_makes_them_have_no_finite_strength() {
        let (mean, strength, _) = most_likely(&[(20.0, 100.0), (21.0, 100.0), (19.0, 100.0)]).unwrap();
        assert!((mean - 0.2).abs() < 1e-4 && strength > 1e5, "{mean} {strength}");
    }

    #[test]
    fn no_groups_and_odd_counts_have_no_ranking() {
        assert_eq!((shrunk(&[], 0.9), chances_of_being_best(&[]), most_likely(&[])), (None, None, None));
        let odd = [f64::NAN, -1.0, 0.0, 1e-300, 1.0, 5e3, 1e12, 1e300, f64::INFINITY];
        for x in odd {
            for n in odd {
                let groups = [(x, n), (3.0, 20.0)];
                for group in shrunk(&groups, 0.9).into_iter().flatten() {
                    assert!(
                        0.0 <= group.low && group.low <= group.mean && group.mean <= group.high,
                        "{x} {n} {group:?}"
                    );
                    assert!(group.high <= 1.0, "{x} {n} {group:?}");
                }
                let chances = chances_of_being_best(&groups);
                assert!(chances.iter().flatten().all(|chance| (0.0..=1.0).contains(chance)), "{x} {n}: {chances:?}");
            }
        }
    }
}
