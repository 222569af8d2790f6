//! Which share will have converted in the end, if the curve keeps its shape?
//!
//! A mixture cure model: a share c converts ever, after a lag with the distribution G, Weibull or gamma (Boag 1949;
//! better/convoys). Lags are whole days, so that what is seen of a conversion on day d is that it lies between d − ½ and
//! d + ½: log likelihood = Σ e_d ln c [G(d + ½) − G(d − ½)] + Σ m_a ln [1 − c G(a + ½)], over conversions e_d and leads m_a
//! that are open at age a; a lead that was seen from lag b on counts less ln [1 − c G(b − ½)]. Newton's method on
//! (logit c, ln scale, ln shape) with numeric derivatives (central, Richardson's extrapolation); the standard errors come
//! from the observed information.
//!
//! A forecast, never a verdict: before the follow-up reaches about three times the median lag, c is a guess.

use crate::stats::maturity::{Ending, Exposure};
use crate::stats::{Interval, special};
use std::collections::BTreeMap;

/// The distribution of the lags of those who convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 1 − exp(−(t/scale)^shape).
    Weibull,
    /// The gamma distribution with this shape and scale.
    Gamma,
}

/// A fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cure {
    /// The distribution of the lags.
    pub lags: Shape,
    /// logit of c.
    pub logit_share: f64,
    /// Scale of the lags, in days.
    pub scale: f64,
    /// Shape of the lags.
    pub shape: f64,
    /// Standard errors of logit c, ln scale and ln shape.
    pub standard_errors: [f64; 3],
    /// The negative log likelihood.
    pub cost: f64,
    /// Conversions it rests on.
    pub n_events: u64,
}

/// Fewer conversions than these do not settle three parameters.
const LEAST_EVENTS: u64 = 10;
/// The parameters are looked for between these: logit c, ln scale (days), ln shape.
const BOUNDS: [(f64, f64); 3] = [(-14.0, 7.0), (-3.0, 9.0), (-3.0, 3.0)];
/// Where a numeric derivative looks.
const STEP: f64 = 2e-3;

impl Cure {
    /// c: the share that converts ever.
    pub fn share(&self) -> f64 {
        1.0 / (1.0 + (-self.logit_share).exp())
    }

    /// The interval of c at a two-sided `level` (Wald's on the logit).
    pub fn interval(&self, level: f64) -> Interval {
        let reach = special::normal_quantile(1.0 - special::one_sided_tail(level)) * self.standard_errors[0];
        let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        Interval::of_share(share(self.logit_share - reach), share(self.logit_share + reach))
    }

    /// The share that has converted by lag `day`, that day included.
    pub fn incidence(&self, day: u32) -> f64 {
        self.share() * self.lags.below(f64::from(day) + 0.5, self.scale, self.shape)
    }
}

impl Shape {
    /// G(t).
    fn below(self, t: f64, scale: f64, shape: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        match self {
            Shape::Weibull => -(-(t / scale).powf(shape)).exp_m1(),
            Shape::Gamma => special::gamma_cdf(t / scale, shape),
        }
    }
}

/// What is seen, by lag.
struct Seen {
    events: Vec<(f64, f64)>,
    open: Vec<(f64, f64)>,
    entered: Vec<(f64, f64)>,
    n_events: u64,
}

impl Seen {
    fn of(exposures: &[Exposure]) -> Seen {
        let (mut events, mut open, mut entered) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for exposure in exposures.iter().filter(|exposure| exposure.n > 0 && exposure.entry <= exposure.exit) {
            let ends = if exposure.ending == Ending::Converted { &mut events } else { &mut open };
            *ends.entry(exposure.exit).or_insert(0_u64) += exposure.n;
            if exposure.entry > 0 {
                *entered.entry(exposure.entry).or_insert(0_u64) += exposure.n;
            }
        }
        let n_events = events.values().sum();
        let rows = |days: BTreeMap<u32, u64>| days.into_iter().map(|(day, n)| (f64::from(day), n as f64)).collect();
        Seen { events: rows(events), open: rows(open), entered: rows(entered), n_events }
    }

    /// The negative log likelihood at (logit c, ln scale, ln shape).
    fn cost(&self, lags: Shape, at: [f64; 3]) -> f64 {
        let (share, scale, shape) = (1.0 / (1.0 + (-at[0]).exp()), at[1].exp(), at[2].exp());
        let below = |t: f64| lags.below(t, scale, shape);
        let log = |chance: f64| chance.max(1e-300).ln();
        let events = self.events.iter().map(|&(day, n)| n * log(share * (below(day + 0.5) - below(day - 0.5))));
        let open = self.open.iter().map(|&(age, n)| n * log(1.0 - share * below(age + 0.5)));
        let entered = self.entered.iter().map(|&(entry, n)| n * log(1.0 - share * below(entry - 0.5)));
        entered.sum::<f64>() - events.sum::<f64>() - open.sum::<f64>()
    }

    fn gradient(&self, lags: Shape, at: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|i| {
            let difference = |step: f64| {
                let (mut up, mut down) = (at, at);
                up[i] += step;
                down[i] -= step;
                (self.cost(lags, up) - self.cost(lags, down)) / (2.0 * step)
            };
            // Richardson: the error of order step² cancels.
            (4.0 * difference(STEP) - difference(2.0 * STEP)) / 3.0
        })
    }

    fn hessian(&self, lags: Shape, at: [f64; 3]) -> [[f64; 3]; 3] {
        let rows = [0, 1, 2].map(|i| {
            let (mut up, mut down) = (at, at);
            up[i] += STEP;
            down[i] -= STEP;
            let (up, down) = (self.gradient(lags, up), self.gradient(lags, down));
            [0, 1, 2].map(|j| (up[j] - down[j]) / (2.0 * STEP))
        });
        [0, 1, 2].map(|i| [0, 1, 2].map(|j| 0.5 * (rows[i][j] + rows[j][i])))
    }
}

/// Fits the curve to these exposures, all of them, however late; `None` from fewer than ten conversions, and when the data
/// do not settle the curve (it has not levelled off, or every lag is the same).
pub fn fit(exposures: &[Exposure], lags: Shape) -> Option<Cure> {
    let seen = Seen::of(exposures);
    if seen.n_events < LEAST_EVENTS {
        return None;
    }
    let n_open: f64 = seen.open.iter().map(|row| row.1).sum();
    let mean_lag = seen.events.iter().map(|(day, n)| (day + 0.5) * n).sum::<f64>() / seen.n_events as f64;
    let odds = (seen.n_events as f64 / n_open.max(0.5)).ln();
    let mut at = [odds, mean_lag.ln(), 0.0];
    keep_within(&mut at);

    let mut cost = seen.cost(lags, at);
    let mut damping = 1e-3;
    for _ in 0..200 {
        let (gradient, hessian) = (seen.gradient(lags, at), seen.hessian(lags, at));
        let size = (0..3).map(|i| hessian[i][i].abs()).fold(1e-9, f64::max);
        // Levenberg and Marquardt: a step that does not help is shortened and turned downhill.
        let mut improved = None;
        while damping < 1e9 && improved.is_none() {
            let mut damped = hessian;
            for (i, row) in damped.iter_mut().enumerate() {
                row[i] += damping * hessian[i][i].abs().max(1e-6 * size);
            }
            let step = solve(damped, gradient);
            let next = step.map(|step| {
                let mut next = [0, 1, 2].map(|i| at[i] - step[i].clamp(-1.0, 1.0));
                keep_within(&mut next);
                (next, seen.cost(lags, next))
            });
            // A last step at the minimum may change the cost by rounding only.
            improved = next.filter(|(_, next_cost)| *next_cost <= cost + 1e-12 * cost.abs());
            damping *= if improved.is_some() { 0.1 } else { 10.0 };
        }
        let (next, next_cost) = improved?;
        let moved = (0..3).map(|i| (next[i] - at[i]).abs()).fold(0.0, f64::max);
        (at, cost) = (next, next_cost);
        damping = damping.max(1e-15);
        if moved < 1e-10 {
            break;
        }
    }

    let inside = at.iter().zip(BOUNDS).all(|(value, (low, high))| *value > low + 0.01 && *value < high - 0.01);
    let gradient = seen.gradient(lags, at);
    let hessian = seen.hessian(lags, at);
    // What a Newton step would still move: nothing at the minimum.
    let rest = solve(hessian, gradient)?;
    if !inside || rest.iter().any(|step| step.abs() > 1e-4) {
        return None;
    }
    let mut standard_errors = [0.0; 3];
    for (i, error) in standard_errors.iter_mut().enumerate() {
        let mut unit = [0.0; 3];
        unit[i] = 1.0;
        *error = solve(hessian, unit).map(|column| column[i]).filter(|variance| *variance > 0.0)?.sqrt();
    }
    let n_events = seen.n_events;
    let fitted =
        Cure { lags, logit_share: at[0], scale: at[1].exp(), shape: at[2].exp(), standard_errors, cost, n_events };
    (cost.is_finite() && is_positive_definite(hessian)).then_some(fitted)
}

fn keep_within(at: &mut [f64; 3]) {
    for (value, (low, high)) in at.iter_mut().zip(BOUNDS) {
        *value = special::within(*value, low, high);
    }
}

fn determinant(m: [[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

fn is_positive_definite(m: [[f64; 3]; 3]) -> bool {
    m[0][0] > 0.0 && m[0][0] * m[1][1] - m[0][1] * m[1][0] > 0.0 && determinant(m) > 0.0
}

/// The solution of three equations by Cramer's rule; `None` when there is none.
fn solve(matrix: [[f64; 3]; 3], right: [f64; 3]) -> Option<[f64; 3]> {
    let whole = determinant(matrix);
    let solution = [0, 1, 2].map(|column| {
        let mut replaced = matrix;
        for (row, value) in replaced.iter_mut().zip(right) {
            row[column] = value;
        }
        determinant(replaced) / whole
    });
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::SplitMix64;

    fn converted(exit: u32, n: u64) -> Exposure {
        Exposure { entry: 0, exit, ending: Ending::Converted, n }
    }

    fn open(exit: u32, n: u64) -> Exposure {
        Exposure { entry: 0, exit, ending: Ending::Open, n }
    }

    /// A world of Weibull lags: share 0.2, shape 1.2, scale 20 days, followed for `follow_up` days at most.
    fn world(random: &mut SplitMix64, n: u32, follow_up: u32) -> Vec<Exposure> {
        let lead = |_| {
            let age = (random.uniform() * f64::from(follow_up)) as u32;
            let lag = 20.0 * (-(1.0 - random.uniform()).ln()).powf(1.0 / 1.2);
            let day = (lag + 0.5).floor() as u32;
            if random.uniform() < 0.2 && day <= age { converted(day, 1) } else { open(age, 1) }
        };
        (0..n).map(lead).collect()
    }

    #[test]
    fn the_share_of_a_simulated_world_lies_in_its_interval() {
        let mut random = SplitMix64::new(3);
        let (mut covered, mut fitted) = (0, 0);
        for _ in 0..40 {
            let exposures = world(&mut random, 1500, 200);
            for lags in [Shape::Weibull, Shape::Gamma] {
                let found = fit(&exposures, lags).expect("two hundred days show it");
                let interval = found.interval(0.9);
                fitted += 1;
                covered += u32::from(interval.low <= 0.2 && 0.2 <= interval.high);
                assert!((found.share() - 0.2).abs() < 0.06, "{found:?}");
            }
        }
        assert!(f64::from(covered) / f64::from(fitted) >= 0.8, "{covered} of {fitted}");
    }

    #[test]
    fn the_curve_rises_to_its_share() {
        let found = fit(&world(&mut SplitMix64::new(9), 2000, 250), Shape::Weibull).unwrap();
        assert!(found.incidence(0) < found.incidence(10) && found.incidence(10) < found.incidence(60));
        assert!((found.incidence(5000) - found.share()).abs() < 1e-12);
    }

    #[test]
    fn too_few_conversions_and_lags_that_are_all_alike_settle_nothing() {
        assert_eq!(fit(&[], Shape::Weibull), None);
        assert_eq!(fit(&[converted(3, 9), open(50, 90)], Shape::Weibull), None);
        for lags in [Shape::Weibull, Shape::Gamma] {
            let odd: [&[Exposure]; 5] = [
                &[converted(30, 40), open(60, 60)],
                &[converted(0, 40), open(60, 60)],
                &[converted(5, 40)],
                &[converted(1, 5), converted(2, 9), converted(3, 14), open(3, 900)],
                &[converted(36_000, 40), converted(u32::MAX, 4), open(u32::MAX, 4)],
            ];
            for exposures in odd {
                let found = fit(exposures, lags);
                assert!(found.is_none_or(|found| found.share().is_finite() && found.interval(0.9).high <= 1.0));
            }
        }
    }

    #[test]
    fn leads_that_were_not_seen_before_a_lag_say_nothing_about_it() {
        let mut random = SplitMix64::new(4);
        let mut exposures = world(&mut random, 6000, 200);
        // Records of every second lead begin at lag 10: those that had converted by then were never seen.
        let late = |(i, e): (usize, &mut Exposure)| e.entry = if i % 2 == 0 { 10 } else { 0 };
        exposures.iter_mut().enumerate().for_each(late);
        let found = fit(&exposures, Shape::Weibull).unwrap();
        assert!((found.share() - 0.2).abs() < 0.03, "{found:?}");
    }
}
