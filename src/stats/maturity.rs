//! What will a young cohort's rate be once it has had its window, and how long does a conversion take?
//!
//! The target is r_W, the probability of converting within W days. Who converts late is missing from a young cohort; the
//! lag curve says how many these are. With the risk set Y_d = #{entry ≤ d ≤ exit} and e_d events at lag d the incidence is
//! I(d) = 1 − Π_{u≤d} (1 − e_u/Y_u) (Kaplan and Meier 1958, delayed entry as in Tsai, Jewell and Wang 1987; a lead that was
//! turned down stays in the risk set), and F(d) = I(d)/I(W) is the share of the conversions that come by day d.
//!
//! A cohort with ages aᵢ and C conversions has A = Σ F(aᵢ), B = Σ F(aᵢ)², the estimate C/A and as its interval the roots
//! of (C − pA)² = z² [φ (pA − p²B) + p² V_A], with V_A = (Σ_d f_d R_d² − A²) / N_c, f_d = F(d) − F(d−1),
//! R_d = #{age ≥ d} and N_c the events behind F. A mature cohort (F = 1) gets exactly Wilson's interval.

use crate::stats::random::SplitMix64;
use crate::stats::{Interval, counts, proportion, special};
use std::collections::BTreeMap;

/// Lags beyond a hundred years are not observed: it bounds what a curve has to remember.
const LONGEST_LAG: u32 = 36_525;
/// What rounding may take off a share that reaches its quantile exactly.
const ROUNDING: f64 = 1e-12;

/// How the observation of some leads ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// By the event.
    Converted,
    /// By the last day that can be seen.
    Open,
}

/// `n` leads that were at risk from lag `entry` through lag `exit`, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exposure {
    /// First lag at which an event would have been seen: 0 unless records begin later.
    pub entry: u32,
    /// The lag of the event, or the age on the last visible day. Exposures with `exit < entry` were never seen: ignored.
    pub exit: u32,
    /// Whether `exit` is an event.
    pub ending: Ending,
    /// Leads.
    pub n: u64,
}

/// How the conversions of a cohort spread over its first W days.
#[derive(Clone, Debug, PartialEq)]
pub struct LagCurve {
    horizon: u32,
    n_events: u64,
    /// I(d) for d from 0 to the last day with an event.
    incidence: Vec<f64>,
    /// Greenwood's sum Σ e/(Y (Y − e)) for the same days.
    greenwood: Vec<f64>,
    /// Events by the same days.
    events_by: Vec<u64>,
}

impl LagCurve {
    /// The curve of these exposures up to the lag `horizon` (W); `None` when no event lies within it.
    ///
    /// At a tie events come before open ends: a lead that is open at age a is still at risk at lag a. With delayed entry
    /// the first risk sets can be so small that all of a day's leads convert while others enter later; the product would
    /// end at 1 for good there, so such a day is left out.
    pub fn fit(exposures: &[Exposure], horizon: u32) -> Option<LagCurve> {
        let seen = |e: &&Exposure| e.n > 0 && e.entry <= e.exit;
        let is_event = |e: &Exposure| e.ending == Ending::Converted && e.exit <= horizon.min(LONGEST_LAG);
        let last_event = exposures.iter().filter(seen).filter(|e| is_event(e)).map(|e| e.exit).max()? as usize;

        let days = last_event + 1;
        let (mut entering, mut leaving, mut events) = (vec![0_u64; days], vec![0_u64; days + 1], vec![0_u64; days]);
        for exposure in exposures.iter().filter(seen) {
            let entry = exposure.entry as usize;
            if entry > last_event {
                continue;
            }
            entering[entry] += exposure.n;
            leaving[(exposure.exit as usize).min(last_event) + 1] += exposure.n;
            if is_event(exposure) {
                events[exposure.exit as usize] += exposure.n;
            }
        }

        let last_entry = entering.iter().rposition(|&n| n > 0).unwrap_or(0);
        let (mut at_risk, mut n_events, mut open, mut sum) = (0_u64, 0_u64, 1.0, 0.0);
        let (mut incidence, mut greenwood) = (Vec::with_capacity(days), Vec::with_capacity(days));
        let mut events_by = Vec::with_capacity(days);
        for day in 0..days {
            at_risk = at_risk + entering[day] - leaving[day];
            let (e, y) = (events[day] as f64, at_risk as f64);
            let all_convert = events[day] == at_risk;
            if events[day] > 0 && !(all_convert && last_entry > day) {
                n_events += events[day];
                open = if all_convert { 0.0 } else { open * (1.0 - e / y) };
                sum += if all_convert { 0.0 } else { e / (y * (y - e)) };
            }
            incidence.push(1.0 - open);
            greenwood.push(sum);
            events_by.push(n_events);
        }
        (n_events > 0).then_some(LagCurve { horizon, n_events, incidence, greenwood, events_by })
    }

    /// The same curve read only up to the lag `horizon`, so that the rates of several windows rest on one curve and a
    /// longer window never has the lower rate; `None` when no event lies within it or it is longer than this curve.
    pub fn within(&self, horizon: u32) -> Option<LagCurve> {
        if horizon > self.horizon {
            return None;
        }
        let last = self.index(horizon);
        let n_events = self.events_by[last];
        (n_events > 0).then(|| LagCurve {
            horizon,
            n_events,
            incidence: self.incidence[..=last].to_vec(),
            greenwood: self.greenwood[..=last].to_vec(),
            events_by: self.events_by[..=last].to_vec(),
        })
    }

    /// F(d): the share of the conversions within the horizon that come by lag `day`; 1 from the horizon on.
    pub fn share_by(&self, day: u32) -> f64 {
        if day >= self.horizon { 1.0 } else { (self.incidence(day) / self.incidence(self.horizon)).min(1.0) }
    }

    /// I(d): the probability of having converted by lag `day`; flat from the last event on.
    pub fn incidence(&self, day: u32) -> f64 {
        self.incidence[self.index(day)]
    }

    /// W, in days.
    pub fn horizon(&self) -> u32 {
        self.horizon
    }

    /// N_c: events within the horizon that the curve rests on.
    pub fn n_events(&self) -> u64 {
        self.n_events
    }

    /// The first whole day with F(d) ≥ `p`: when a share `p` of the conversions has come.
    pub fn quantile(&self, p: f64) -> u32 {
        let goal = p * self.incidence(self.horizon) - ROUNDING;
        // The last day that is remembered reaches every goal up to p = 1.
        let day = self.incidence.iter().position(|&incidence| incidence >= goal).unwrap_or(self.incidence.len() - 1);
        day as u32
    }

    /// (day, I(day)) wherever the incidence changes.
    pub fn steps(&self) -> Vec<(u32, f64)> {
        let before = std::iter::once(&0.0).chain(&self.incidence);
        let days = (0_u32..).zip(self.incidence.iter().zip(before));
        days.filter(|(_, (now, before))| now > before).map(|(day, (&now, _))| (day, now)).collect()
    }

    /// The log–log interval of I(`day`) (Kalbfleisch and Prentice 1980) at a two-sided `level`; [0, 0] before the first
    /// event, `None` where everybody at risk has converted and Greenwood's variance is not defined.
    pub fn interval(&self, day: u32, level: f64) -> Option<Interval> {
        let index = self.index(day);
        let open = 1.0 - self.incidence[index];
        if open >= 1.0 {
            return Some(Interval::of_share(0.0, 0.0));
        }
        if open <= 0.0 {
            return None;
        }
        let z = special::normal_quantile(1.0 - special::one_sided_tail(level));
        let step = z * self.greenwood[index].sqrt() / open.ln().abs();
        Some(Interval::of_share(1.0 - open.powf((-step).exp()), 1.0 - open.powf(step.exp())))
    }

    /// Greenwood's standard error of I(`day`); `None` where everybody at risk has converted.
    pub fn standard_error(&self, day: u32) -> Option<f64> {
        let index = self.index(day);
        let open = 1.0 - self.incidence[index];
        (open > 0.0).then(|| open * self.greenwood[index].sqrt())
    }

    /// The first whole day by which a share `share` of all leads has converted, not only of those who do within the
    /// horizon; `None` when so many never do.
    pub fn day_reached(&self, share: f64) -> Option<u32> {
        self.first_day(|day| Some(self.incidence(day)), share)
    }

    /// The interval of [`day_reached`](Self::day_reached) at a two-sided `level`: the days on which the upper and the lower
    /// limit of I reach `share` (Brookmeyer and Crowley 1982, with the log–log limits); `None` for an end that is not
    /// reached.
    pub fn day_reached_interval(&self, share: f64, level: f64) -> (Option<u32>, Option<u32>) {
        let limit = |day: u32, end: fn(Interval) -> f64| self.interval(day, level).map(end);
        let earliest = self.first_day(|day| limit(day, |interval| interval.high), share);
        let latest = self.first_day(|day| limit(day, |interval| interval.low), share);
        (earliest, latest)
    }

    /// The mean number of days without the event among the first `until`, with its standard error; no error where everybody
    /// at risk has converted by then.
    pub fn restricted_mean(&self, until: u32) -> (f64, Option<f64>) {
        let until = until.min(LONGEST_LAG) as usize;
        let (mut area, mut variance) = (0.0, 0.0);
        // From the end on, so that each day knows the area behind it.
        for day in (0..until).rev() {
            let index = day.min(self.incidence.len() - 1);
            area += 1.0 - self.incidence[index];
            if day < self.incidence.len() {
                let before = if day == 0 { 0.0 } else { self.greenwood[day - 1] };
                variance += area * area * (self.greenwood[day] - before);
            }
        }
        let last = self.index(until.saturating_sub(1) as u32);
        (area, (self.incidence[last] < 1.0).then(|| variance.sqrt()))
    }

    fn first_day(&self, height: impl Fn(u32) -> Option<f64>, share: f64) -> Option<u32> {
        let days = 0..self.incidence.len() as u32;
        days.into_iter().find(|&day| height(day).is_some_and(|height| height >= share - ROUNDING))
    }

    fn index(&self, day: u32) -> usize {
        (day as usize).min(self.incidence.len() - 1)
    }
}

/// The maturity-adjusted rate of a cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    /// Leads in the cohort.
    pub n: u64,
    /// C: conversions so far, within the window.
    pub converted: u64,
    /// A = Σ F(age): how many mature leads the cohort is worth.
    pub maturity_sum: f64,
    /// B = Σ F(age)².
    pub b: f64,
    /// V_A: the variance of A from estimating F.
    pub var_a: f64,
    /// C/A, at most 1.
    pub estimate: f64,
    /// Lower end of the score interval.
    pub low: f64,
    /// Upper end of the score interval.
    pub high: f64,
    /// The number of mature, independent leads whose share would vary as much as the estimate does: never above A/φ.
    /// Clopper–Pearson at (`estimate` · `n_effective`, `n_effective`) decides a verdict.
    pub n_effective: f64,
}

/// The rate that a cohort is heading for, from `converted` so far and its `ages` in days with the number of leads of each
/// age (any order, repeats allowed).
///
/// Without a `curve` every lead is taken as mature: the caller knows that all have had their window. `phi` is the
/// overdispersion (below 1 counts as 1), `z` the quantile that goes with it. `None` from nothing: no leads, no maturity
/// yet (A = 0), more conversions than leads, a `z` that is not above 0. When so many have converted this early that no
/// rate up to 1 explains it, the curve does not fit the cohort; what remains known is the lower limit of what has been
/// seen.
pub fn adjusted(converted: u64, ages: &[(u32, u64)], curve: Option<&LagCurve>, phi: f64, z: f64) -> Option<Adjusted> {
    adjusted_parts(converted, &[(ages, curve)], phi, z)
}

/// Leads of one pace: their ages in days with the number of leads of each, and the curve of that pace (`None` = mature).
pub type Part<'a> = (&'a [(u32, u64)], Option<&'a LagCurve>);

/// [`adjusted`] for a cohort whose parts convert at different paces: A, B and V_A are sums over the parts, as the curves
/// rest on different leads.
pub fn adjusted_parts(converted: u64, parts: &[Part], phi: f64, z: f64) -> Option<Adjusted> {
    let n: u64 = parts.iter().flat_map(|(ages, _)| ages.iter()).map(|&(_, n)| n).sum();
    if n == 0 || converted > n || !z.is_finite() || z <= 0.0 {
        return None;
    }
    let phi = counts::at_least_one(phi);
    let (mut maturity_sum, mut b, mut var_a) = (0.0, 0.0, 0.0);
    for &(ages, curve) in parts {
        let mature = ages.iter().map(|&(_, n)| n as f64).sum();
        let (part_a, part_b, part_var) = curve.map_or((mature, mature, 0.0), |curve| maturity(ages, curve));
        maturity_sum += part_a;
        b += part_b;
        var_a += part_var;
    }
    if maturity_sum <= 0.0 {
        return None;
    }

    let c = converted as f64;
    let estimate = (c / maturity_sum).min(1.0);
    let interval = match proportion::score_interval(c, maturity_sum, b, var_a, phi, z) {
        Some(interval) => interval,
        None => {
            let so_far = proportion::score_interval(c, n as f64, n as f64, 0.0, phi, z)?;
            Interval { low: so_far.low, high: 1.0 }
        }
    };

    let largest = maturity_sum / phi;
    let n_effective = if converted == 0 {
        // p q / var as p goes to 0.
        largest
    } else if estimate >= 1.0 {
        // p q / var at the lower limit, where var = (1 − p)²/z²; for a mature cohort this is n/φ as well.
        (z * z * interval.low / (1.0 - interval.low)).min(largest)
    } else {
        let p = estimate;
        let variance_of_c = phi * (p * maturity_sum - p * p * b) + p * p * var_a;
        (p * (1.0 - p) * maturity_sum * maturity_sum / variance_of_c).min(largest)
    };
    let Interval { low, high } = interval;
    Some(Adjusted { n, converted, maturity_sum, b, var_a, estimate, low, high, n_effective })
}

/// A, B and V_A of a cohort with these ages.
fn maturity(ages: &[(u32, u64)], curve: &LagCurve) -> (f64, f64, f64) {
    let (mut a, mut b) = (0.0, 0.0);
    // of_age[d] = leads of age d; everything from the last event on is one age, since F is flat there.
    let mut of_age = vec![0_u64; curve.incidence.len()];
    for &(age, n) in ages {
        let share = curve.share_by(age);
        a += n as f64 * share;
        b += n as f64 * share * share;
        of_age[curve.index(age)] += n;
    }
    let total: u64 = of_age.iter().sum();
    let (mut at_least, mut before, mut spread) = (total as f64, 0.0, 0.0);
    for (day, &n) in of_age.iter().enumerate() {
        let share = curve.share_by(day as u32);
        // Σ f R² − A² = Σ f (R − A)², which is exactly 0 for a mature cohort.
        spread += (share - before) * (at_least - a).powi(2);
        before = share;
        at_least -= n as f64;
    }
    (a, b, spread / curve.n_events as f64)
}

/// When a share of the conversions has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileEstimate {
    /// First whole day by which that share has come.
    pub value: u32,
    /// Lower end of the bootstrap interval, in days.
    pub low: f64,
    /// Upper end of the bootstrap interval, in days.
    pub high: f64,
}

/// The days by which the shares `probabilities` of all conversions within `horizon` days have come, each with the
/// percentile interval of a bootstrap of `draws` resamples of leads; in the order of `probabilities`, `None` without events.
///
/// Leads of one cell (entry, exit, ending) are exchangeable, so drawing every cell's number from a Poisson distribution
/// resamples leads, at a cost that does not grow with them. The interval always holds the value; it says little when there
/// are fewer than some ten events.
pub fn time_quantiles(
    exposures: &[Exposure],
    horizon: u32,
    probabilities: &[f64],
    draws: u32,
    seed: u64,
    level: f64,
) -> Option<Vec<QuantileEstimate>> {
    let curve = LagCurve::fit(exposures, horizon)?;
    // Sorted cells also make the result independent of the order of the exposures.
    let mut cells: BTreeMap<(u32, u32, Ending), u64> = BTreeMap::new();
    for exposure in exposures {
        *cells.entry((exposure.entry, exposure.exit, exposure.ending)).or_default() += exposure.n;
    }

    let mut random = SplitMix64::new(seed);
    let mut drawn: Vec<Vec<u32>> = vec![Vec::with_capacity(draws as usize); probabilities.len()];
    let mut resample = Vec::with_capacity(cells.len());
    for _ in 0..draws {
        resample.clear();
        for (&(entry, exit, ending), &n) in &cells {
            resample.push(Exposure { entry, exit, ending, n: random.poisson(n as f64) });
        }
        let Some(curve) = LagCurve::fit(&resample, horizon) else { continue };
        for (days, &p) in drawn.iter_mut().zip(probabilities) {
            days.push(curve.quantile(p));
        }
    }

    let tail = special::one_sided_tail(level);
    let estimates = probabilities.iter().zip(&mut drawn).map(|(&p, days)| {
        let value = curve.quantile(p);
        days.sort_unstable();
        // The ranks next outside: days are whole, and an interval that is a little too wide is the lesser evil.
        let last = days.len().saturating_sub(1) as f64;
        let at = |rank: f64| days.get(rank as usize).copied().unwrap_or(value);
        let (low, high) = (at((tail * last).floor()), at(((1.0 - tail) * last).ceil()));
        QuantileEstimate { value, low: f64::from(low.min(value)), high: f64::from(high.max(value)) }
    });
    Some(estimates.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const Z: f64 = 1.644_853_626_951_472;

    fn converted(exit: u32, n: u64) -> Exposure {
        Exposure { entry: 0, exit, ending: Ending::Converted, n }
    }

    fn open(exit: u32, n: u64) -> Exposure {
        Exposure { entry: 0, exit, ending: Ending::Open, n }
    }

    #[test]
    fn open_leads_leave_the_risk_set_after_events_at_a_tie() {
        let curve = LagCurve::fit(&[converted(3, 1), open(3, 1), open(9, 2)], 9).unwrap();
        assert_eq!(curve.incidence(2), 0.0);
        assert_eq!(curve.incidence(3), 0.25);
    }

    #[test]
    fn events_after_the_horizon_are_leads_still_at_risk() {
        let curve = LagCurve::fit(&[converted(2, 1), converted(11, 1), open(20, 2)], 10).unwrap();
        assert_eq!((curve.incidence(10), curve.n_events(), curve.share_by(2)), (0.25, 1, 1.0));
    }

    #[test]
    fn a_share_that_is_never_reached_has_no_day() {
        let curve = LagCurve::fit(&[converted(2, 30), converted(7, 20), open(40, 50)], 30).unwrap();
        assert_eq!([curve.day_reached(0.3), curve.day_reached(0.31), curve.day_reached(0.6)], [Some(2), Some(7), None]);
        let (earliest, latest) = curve.day_reached_interval(0.45, 0.9);
        assert_eq!((earliest, latest), (Some(7), None));
        assert_eq!(curve.day_reached(f64::NAN), None);
    }

    #[test]
    fn the_mean_time_without_the_event_ends_at_its_limit() {
        let curve = LagCurve::fit(&[converted(2, 50), open(40, 50)], 30).unwrap();
        assert_eq!(curve.restricted_mean(10).0, 6.0);
        assert_eq!(curve.restricted_mean(2), (2.0, Some(0.0)));
        assert_eq!(LagCurve::fit(&[converted(2, 5)], 30).unwrap().restricted_mean(9), (2.0, None));
    }

    #[test]
    fn nothing_and_only_open_leads_have_no_curve() {
        assert_eq!(LagCurve::fit(&[], 90), None);
        assert_eq!(LagCurve::fit(&[open(50, 10), converted(5, 0), converted(91, 4)], 90), None);
        assert_eq!(time_quantiles(&[open(50, 10)], 90, &[0.5], 20, 1, 0.9), None);
    }

    #[test]
    fn one_lead_that_converted_is_a_curve_without_a_variance() {
        let curve = LagCurve::fit(&[converted(7, 1)], 90).unwrap();
        assert_eq!((curve.share_by(6), curve.share_by(7), curve.quantile(0.5)), (0.0, 1.0, 7));
        assert_eq!(curve.steps(), [(7, 1.0)]);
        assert_eq!(curve.interval(6, 0.9), Some(Interval { low: 0.0, high: 0.0 }));
        assert_eq!(curve.interval(7, 0.9), None);
        assert!(LagCurve::fit(&[converted(0, 1)], 0).unwrap().share_by(0) == 1.0);
    }

    #[test]
    fn a_quantile_is_the_first_whole_day_that_reaches_its_share() {
        let curve = LagCurve::fit(&[converted(1, 3), converted(4, 4), converted(8, 3), open(30, 90)], 30).unwrap();
        let days: Vec<u32> = [0.0, 0.3, 0.301, 0.7, 0.71, 1.0, 2.0].map(|p| curve.quantile(p)).to_vec();
        assert_eq!(days, [0, 1, 4, 4, 8, 8, 8]);
    }

    #[test]
    fn leads_that_enter_late_are_at_risk_from_their_entry_on() {
        let late = Exposure { entry: 5, exit: 20, ending: Ending::Open, n: 6 };
        let curve = LagCurve::fit(&[converted(2, 1), converted(5, 1), open(20, 3), late], 20).unwrap();
        assert!((curve.incidence(2) - 0.2).abs() < 1e-15);
        assert!((curve.incidence(20) - (1.0 - 0.8 * 0.9)).abs() < 1e-15);
    }

    #[test]
    fn an_early_risk_set_that_is_used_up_does_not_end_the_curve() {
        let late = |exit, ending, n| Exposure { entry: 10, exit, ending, n };
        let exposures = [converted(3, 1), late(12, Ending::Converted, 5), late(40, Ending::Open, 45)];
        let curve = LagCurve::fit(&exposures, 30).unwrap();
        assert!((curve.incidence(30) - 0.1).abs() < 1e-15);
        assert_eq!(curve.n_events(), 5);
        let never_seen = Exposure { entry: 9, exit: 8, ending: Ending::Converted, n: 100 };
        assert_eq!(LagCurve::fit(&[exposures.as_slice(), &[never_seen]].concat(), 30), Some(curve));
    }

    #[test]
    fn a_mature_cohort_gets_exactly_wilson() {
        let curve = LagCurve::fit(&[converted(3, 40), converted(50, 25), open(120, 300)], 90).unwrap();
        for (c, n) in [(0, 1), (1, 1), (0, 40), (3, 14), (44, 312), (312, 312)] {
            let wilson = proportion::wilson_with(c as f64, n as f64, Z).unwrap();
            for curve in [None, Some(&curve)] {
                let found = adjusted(c, &[(90, n - n / 2), (200, n / 2)], curve, 1.0, Z).unwrap();
                assert_eq!((found.low, found.high), (wilson.low, wilson.high), "{c} of {n}");
                assert_eq!((found.maturity_sum, found.b, found.var_a), (n as f64, n as f64, 0.0));
                assert_eq!(found.estimate, c as f64 / n as f64);
                assert!((found.n_effective - n as f64).abs() < 1e-9 * n as f64, "{c} of {n}: {}", found.n_effective);
            }
        }
    }

    #[test]
    fn overdispersion_divides_the_effective_number_of_a_mature_cohort() {
        for c in [0, 20, 100] {
            let found = adjusted(c, &[(90, 100)], None, 2.5, Z).unwrap();
            assert!((found.n_effective - 40.0).abs() < 1e-9, "{c}: {}", found.n_effective);
        }
    }

    #[test]
    fn a_cohort_without_leads_or_maturity_has_no_rate() {
        let curve = LagCurve::fit(&[converted(3, 4), open(99, 30)], 90).unwrap();
        assert_eq!(adjusted(0, &[], Some(&curve), 1.0, Z), None);
        assert_eq!(adjusted(0, &[(2, 30)], Some(&curve), 1.0, Z), None);
        assert_eq!(adjusted(31, &[(90, 30)], Some(&curve), 1.0, Z), None);
        assert_eq!(adjusted(1, &[(90, 30)], Some(&curve), 1.0, f64::NAN), None);
    }

    #[test]
    fn a_cohort_too_fast_for_the_curve_claims_no_more_than_was_seen() {
        let curve = LagCurve::fit(&[converted(5, 5), converted(40, 95), open(99, 300)], 90).unwrap();
        let found = adjusted(50, &[(5, 200)], Some(&curve), 1.0, Z).unwrap();
        let so_far = proportion::wilson_with(50.0, 200.0, Z).unwrap();
        assert_eq!((found.estimate, found.low, found.high), (1.0, so_far.low, 1.0));
        assert!(found.n_effective < 2.0);
    }

    #[test]
    fn the_ages_can_be_split_and_shuffled() {
        let curve = LagCurve::fit(&[converted(5, 9), converted(20, 12), open(99, 80)], 90).unwrap();
        let one = adjusted(4, &[(3, 5), (21, 10), (95, 7)], Some(&curve), 1.2, Z).unwrap();
        let other = adjusted(4, &[(95, 3), (21, 10), (95, 4), (3, 5)], Some(&curve), 1.2, Z).unwrap();
        assert!((one.low - other.low).abs() < 1e-14 && (one.var_a - other.var_a).abs() < 1e-14);
    }

    #[test]
    fn time_quantiles_follow_from_the_seed_and_not_from_the_order_of_cells() {
        let exposures =
            [converted(2, 10), converted(9, 14), converted(9, 6), converted(31, 12), open(60, 150), open(12, 40)];
        let mut turned = exposures;
        turned.reverse();
        let days = |cells: &[Exposure], seed| time_quantiles(cells, 90, &[0.25, 0.5, 0.9], 300, seed, 0.9).unwrap();
        assert_eq!(days(&exposures, 7), days(&turned, 7));
        assert_eq!(days(&exposures, 7).iter().map(|estimate| estimate.value).collect::<Vec<_>>(), [9, 9, 31]);
        for estimate in days(&exposures, 8) {
            let value = f64::from(estimate.value);
            assert!(estimate.low <= value && value <= estimate.high);
        }
        assert_eq!(time_quantiles(&exposures, 90, &[0.5], 0, 1, 0.9).unwrap()[0].high, 9.0);
    }

    #[test]
    fn odd_cohorts_give_numbers_or_nothing() {
        let mut random = SplitMix64::new(3);
        let lag = |random: &mut SplitMix64| match random.next_u64() % 9 {
            0 => 0,
            1 => u32::MAX,
            2 => 40_000,
            other => (random.next_u64() % (20 * other)) as u32,
        };
        for _ in 0..3000 {
            let exposures: Vec<Exposure> = (0..random.next_u64() % 7)
                .map(|_| Exposure {
                    entry: if random.uniform() < 0.6 { 0 } else { lag(&mut random) },
                    exit: lag(&mut random),
                    ending: if random.uniform() < 0.5 { Ending::Converted } else { Ending::Open },
                    n: random.next_u64() % 4,
                })
                .collect();
            let horizon = lag(&mut random);
            let ages: Vec<(u32, u64)> =
                (0..random.next_u64() % 4).map(|_| (lag(&mut random), random.next_u64() % 9)).collect();
            let curve = LagCurve::fit(&exposures, horizon);
            if let Some(curve) = &curve {
                for day in [0, 3, horizon, u32::MAX] {
                    assert!((0.0..=1.0).contains(&curve.share_by(day)), "{exposures:?} {horizon}");
                    assert!((0.0..=1.0).contains(&curve.incidence(day)));
                    for level in [0.9, 1.0, f64::NAN] {
                        let Some(Interval { low, high }) = curve.interval(day, level) else { continue };
                        assert!(0.0 <= low && low <= high && high <= 1.0);
                    }
                }
                assert!([f64::NAN, -1.0, 0.5, 9.0].map(|p| curve.quantile(p)).iter().all(|&day| day <= horizon));
                assert!(curve.steps().iter().all(|&(day, incidence)| day <= horizon && incidence > 0.0));
            }
            for (phi, z) in [(1.0, Z), (f64::NAN, 1e-9), (1e300, 1e6), (0.0, f64::INFINITY)] {
                let Some(found) = adjusted(random.next_u64() % 6, &ages, curve.as_ref(), phi, z) else { continue };
                let shares = [found.low, found.estimate, found.high];
                assert!(shares.is_sorted() && found.low >= 0.0 && found.high <= 1.0, "{found:?}");
                let rest = [found.maturity_sum, found.b, found.var_a, found.n_effective];
                assert!(rest.iter().all(|value| value.is_finite() && *value >= 0.0), "{found:?}");
                assert!(rest.iter().chain(&shares).all(|value| !value.is_sign_negative()), "{found:?}");
            }
        }
    }
}
