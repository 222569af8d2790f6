//! Did the rate change, or did the mix of what it is taken over?
//!
//! A total R = Σ w_k r_k is a mean of the groups' rates r_k, weighted with their shares w_k. Its change splits without a
//! rest (Kitagawa 1955) into, for each group, rate = ½(w⁰ + w¹)(r¹ − r⁰) and mix = ½(r⁰ + r¹)(w¹ − w⁰). The *centred* mix,
//! (½(r⁰ + r¹) − ½(R⁰ + R¹))(w¹ − w⁰), adds up to the same total and is what one group contributes: a group that grows and
//! is better than the average adds to it.
//!
//! Standard errors by the delta method, shares multinomial and v the variance of a rate:
//! Var(Σ rate) = φ [Σ w̄² (v⁰ + v¹) + ¼ M(w⁰, Δr)/N⁰ + ¼ M(w¹, Δr)/N¹] and
//! Var(Σ mix) = φ [M(w⁰, r̄)/N⁰ + M(w¹, r̄)/N¹ + ¼ Σ Δw² (v⁰ + v¹)] with M(w, g) = Σ w g² − (Σ w g)².
//!
//! The "rate" may be any mean per piece: with shares of the MQLs and each channel's cost per MQL it splits a change in cost.

use crate::stats::counts;

/// A group in one of the two periods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Leads (or pieces), from 0 on; their share is the weight.
    pub n: f64,
    /// Their rate, possibly adjusted for maturity; `None` when there is none.
    pub rate: Option<f64>,
    /// The variance of `rate`, before overdispersion.
    pub variance: f64,
}

impl Side {
    /// A side of plain counts: x of n, with the variance r (1 − r)/n.
    pub fn of_counts(x: f64, n: f64) -> Side {
        let rate = (n > 0.0).then(|| x / n);
        Side { n, rate, variance: rate.map_or(0.0, |r| (r * (1.0 - r) / n).max(0.0)) }
    }
}

/// A part of a change, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// How much of the change it is, in the unit of the rate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Part {
    /// Whether it is further from nothing than `z` standard errors.
    pub fn exceeds(&self, z: f64) -> bool {
        self.value.abs() > z * self.standard_error && self.value != 0.0
    }
}

/// What one group contributes to the change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// Share of all leads before.
    pub weight_before: f64,
    /// Share of all leads after.
    pub weight_after: f64,
    /// Because the group's own rate changed.
    pub rate: Part,
    /// Because its share changed: the plain term, ½(r⁰ + r¹)(w¹ − w⁰).
    pub mix: f64,
    /// Because its share changed, held against the average: what to say about one group.
    pub mix_centred: Part,
}

/// A change of a total, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// R⁰.
    pub before: f64,
    /// R¹.
    pub after: f64,
    /// R¹ − R⁰, which is `rate` + `mix`.
    pub change: Part,
    /// Because groups' own rates changed.
    pub rate: Part,
    /// The standard error of `rate` with the shares taken as given.
    pub rate_standard_error_fixed_mix: f64,
    /// Because groups' shares changed.
    pub mix: Part,
    /// Each group, in the order given.
    pub groups: Vec<Contribution>,
}

impl Decomposition {
    /// Whether the total moved one way while the groups' own rates moved the other (Simpson's paradox).
    pub fn directions_differ(&self) -> bool {
        self.change.value * self.rate.value < 0.0
    }
}

/// A group with the gaps of one side filled from the other.
struct Group {
    weights: [f64; 2],
    rates: [f64; 2],
    /// The variances of ½ (r⁰ + r¹) times 4, of r¹ − r⁰, and of each rate.
    of_sum: f64,
    of_difference: f64,
    of_rates: [f64; 2],
}

/// Takes the change from the first to the second side of all groups apart; `phi` (from 1 on) is the overdispersion.
///
/// A group without a rate on one side is given that of the other, so that all it contributes is mix. `None` when a period
/// has no leads, when a group with leads has no rate at all, or when an argument is no number.
pub fn kitagawa(groups: &[(Side, Side)], phi: f64) -> Option<Decomposition> {
    let sides = groups.iter().flat_map(|(before, after)| [before, after]);
    let mut odd = sides.filter(|side| !(side.n.is_finite() && side.n >= 0.0 && side.variance.is_finite()));
    if odd.next().is_some() {
        return None;
    }
    let phi = counts::at_least_one(phi);
    let totals = [groups.iter().map(|(before, _)| before.n).sum(), groups.iter().map(|(_, after)| after.n).sum()];
    if totals.iter().any(|&total: &f64| total <= 0.0 || !total.is_finite()) {
        return None;
    }
    let filled: Vec<Group> = groups.iter().map(|(before, after)| fill(before, after, totals)).collect::<Option<_>>()?;

    let total = |side: usize| filled.iter().map(|group| group.weights[side] * group.rates[side]).sum::<f64>();
    let (before, after) = (total(0), total(1));
    let centre = 0.5 * (before + after);
    // M(w, g)/N: the variance of Σ w g that comes from the shares.
    let of_shares = |side: usize, g: &dyn Fn(&Group) -> f64| {
        let mean: f64 = filled.iter().map(|group| group.weights[side] * g(group)).sum();
        filled.iter().map(|group| group.weights[side] * (g(group) - mean).powi(2)).sum::<f64>() / totals[side]
    };
    let sum = |term: &dyn Fn(&Group) -> f64| filled.iter().map(term).sum::<f64>();
    let error = |variance: f64| (phi * variance.max(0.0)).sqrt();

    let fixed_mix = sum(&|group| group.mean_weight().powi(2) * group.of_difference);
    let difference: &dyn Fn(&Group) -> f64 = &Group::difference;
    let var_rate = fixed_mix + 0.25 * (of_shares(0, difference) + of_shares(1, difference));
    let mean_rate: &dyn Fn(&Group) -> f64 = &Group::mean_rate;
    let var_mix =
        of_shares(0, mean_rate) + of_shares(1, mean_rate) + sum(&|group| 0.25 * group.shift().powi(2) * group.of_sum);
    let var_total = |side: usize| {
        let own_rate = |group: &Group| group.rates[side];
        sum(&|group| group.weights[side].powi(2) * group.of_rates[side]) + of_shares(side, &own_rate)
    };

    let contributions = filled.iter().map(|group| {
        let shares: f64 = (0..2).map(|side| group.weights[side] * (1.0 - group.weights[side]) / totals[side]).sum();
        let own = group.mean_weight().powi(2) * group.of_difference + 0.25 * group.difference().powi(2) * shares;
        let gap = group.mean_rate() - centre;
        let mix = gap.powi(2) * shares + 0.25 * group.shift().powi(2) * group.of_sum;
        Contribution {
            weight_before: group.weights[0],
            weight_after: group.weights[1],
            rate: Part { value: group.mean_weight() * group.difference() + 0.0, standard_error: error(own) },
            mix: group.mean_rate() * group.shift() + 0.0,
            mix_centred: Part { value: gap * group.shift() + 0.0, standard_error: error(mix) },
        }
    });
    let part = |value: f64, variance: f64| Part { value: value + 0.0, standard_error: error(variance) };
    let result = Decomposition {
        before,
        after,
        change: part(after - before, var_total(0) + var_total(1)),
        rate: part(sum(&|group| group.mean_weight() * group.difference()), var_rate),
        rate_standard_error_fixed_mix: error(fixed_mix),
        mix: part(sum(&|group| group.mean_rate() * group.shift()), var_mix),
        groups: contributions.collect(),
    };
    let numbers = [result.change, result.rate, result.mix];
    numbers.iter().all(|part| part.value.is_finite() && part.standard_error.is_finite()).then_some(result)
}

/// A group whose missing rate is that of its other side; `None` when it has leads and no rate.
fn fill(before: &Side, after: &Side, totals: [f64; 2]) -> Option<Group> {
    let known = |side: &Side| side.rate.filter(|rate| side.n > 0.0 && rate.is_finite());
    let (v0, v1) = (before.variance.max(0.0), after.variance.max(0.0));
    let weights = [before.n / totals[0], after.n / totals[1]];
    // A rate that is taken over is the same random number: it cancels in the difference and counts twice in the sum.
    let (rates, of_sum, of_difference, of_rates) = match (known(before), known(after)) {
        (Some(r0), Some(r1)) => ([r0, r1], v0 + v1, v0 + v1, [v0, v1]),
        (Some(r0), None) => ([r0, r0], 4.0 * v0, 0.0, [v0, v0]),
        (None, Some(r1)) => ([r1, r1], 4.0 * v1, 0.0, [v1, v1]),
        (None, None) if before.n + after.n > 0.0 => return None,
        (None, None) => ([0.0, 0.0], 0.0, 0.0, [0.0, 0.0]),
    };
    Some(Group { weights, rates, of_sum, of_difference, of_rates })
}

impl Group {
    fn mean_weight(&self) -> f64 {
        0.5 * (self.weights[0] + self.weights[1])
    }

    fn shift(&self) -> f64 {
        self.weights[1] - self.weights[0]
    }

    fn mean_rate(&self) -> f64 {
        0.5 * (self.rates[0] + self.rates[1])
    }

    fn difference(&self) -> f64 {
        self.rates[1] - self.rates[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(before: (f64, f64), after: (f64, f64)) -> (Side, Side) {
        (Side::of_counts(before.0, before.1), Side::of_counts(after.0, after.1))
    }

    #[test]
    fn the_parts_add_up_to_the_change_whatever_the_groups() {
        let groups = [
            group((80.0, 400.0), (55.0, 250.0)),
            group((0.0, 0.0), (65.0, 500.0)),
            group((50.0, 200.0), (0.0, 0.0)),
            group((0.0, 0.0), (0.0, 0.0)),
            group((0.0, 30.0), (9.0, 9.0)),
        ];
        let found = kitagawa(&groups, 1.0).unwrap();
        let per_group: f64 = found.groups.iter().map(|group| group.rate.value + group.mix_centred.value).sum();
        assert!((found.rate.value + found.mix.value - found.change.value).abs() < 1e-15);
        assert!((per_group - found.change.value).abs() < 1e-15);
        assert!((found.after - found.before - found.change.value).abs() < 1e-15);
    }

    #[test]
    fn a_group_that_is_new_or_gone_is_all_mix() {
        let found = kitagawa(&[group((20.0, 100.0), (20.0, 100.0)), group((0.0, 0.0), (3.0, 100.0))], 1.0).unwrap();
        assert_eq!(found.groups[1].rate, Part { value: 0.0, standard_error: 0.0 });
        assert!(found.groups[1].mix_centred.value < 0.0 && found.rate.value == 0.0);
        assert!((found.change.value + 0.085).abs() < 1e-15);
    }

    #[test]
    fn a_rate_that_rises_in_every_group_while_the_total_falls_is_told() {
        let found = kitagawa(&[group((60.0, 200.0), (32.0, 100.0)), group((5.0, 100.0), (12.0, 200.0))], 1.0).unwrap();
        assert!(found.change.value < 0.0 && found.rate.value > 0.0 && found.directions_differ());
        assert!(found.mix.exceeds(1.645) && !found.rate.exceeds(1.645));
    }

    #[test]
    fn the_change_of_plain_counts_has_the_error_of_two_shares() {
        let found = kitagawa(&[group((60.0, 200.0), (32.0, 100.0)), group((5.0, 100.0), (12.0, 200.0))], 2.0).unwrap();
        let variance = |x: f64, n: f64| x / n * (1.0 - x / n) / n;
        let expected = (2.0 * (variance(65.0, 300.0) + variance(44.0, 300.0))).sqrt();
        assert!((found.change.standard_error - expected).abs() < 1e-12, "{}", found.change.standard_error);
    }

    #[test]
    fn overdispersion_widens_every_error_by_its_root() {
        let groups = [group((80.0, 400.0), (55.0, 250.0)), group((36.0, 300.0), (65.0, 500.0))];
        let (plain, wide) = (kitagawa(&groups, 1.0).unwrap(), kitagawa(&groups, 4.0).unwrap());
        for (plain, wide) in [(plain.rate, wide.rate), (plain.mix, wide.mix), (plain.change, wide.change)] {
            assert!((wide.standard_error / plain.standard_error - 2.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_cost_per_piece_splits_like_a_rate() {
        let side = |n: f64, cost: f64| Side { n, rate: Some(cost), variance: cost * cost / n };
        let found = kitagawa(&[(side(80.0, 50.0), side(40.0, 50.0)), (side(20.0, 200.0), side(60.0, 200.0))], 1.0);
        let found = found.unwrap();
        assert_eq!((found.before, found.after, found.rate.value), (80.0, 140.0, 0.0));
        assert_eq!(found.mix.value, 60.0);
    }

    #[test]
    fn from_nothing_or_odd_numbers_comes_nothing() {
        assert_eq!(kitagawa(&[], 1.0), None);
        assert_eq!(kitagawa(&[group((0.0, 0.0), (3.0, 9.0))], 1.0), None);
        let unknown = Side { n: 5.0, rate: None, variance: 0.0 };
        assert_eq!(kitagawa(&[(unknown, unknown)], 1.0), None);
        for odd in [f64::NAN, -1.0, f64::INFINITY] {
            let side = Side { n: odd, rate: Some(0.1), variance: 0.0 };
            assert_eq!(kitagawa(&[(side, Side::of_counts(1.0, 4.0))], 1.0), None);
            assert!(kitagawa(&[group((1.0, 4.0), (2.0, 4.0))], odd).is_some());
        }
    }
}
