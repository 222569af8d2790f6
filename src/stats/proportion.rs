//! How large is a share, how large may it be, and how many would settle a verdict?
//!
//! Shown: Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta 2001), as the special case of the score interval
//! of C/A. Decided by: Clopper–Pearson (1934), whose every limit is wrong at most (1 − level)/2 of the time; its limits
//! are Beta quantiles, which accept effective counts. A verdict against a range [low, high] is *below* when the upper
//! limit is below `low`, *above* when the lower limit is above `high`, *inside* when both limits lie in the range. Two
//! shares are compared by z, their difference is shown by Newcombe's interval (1998).

use crate::stats::{Interval, counts, special};

/// Above this number Clopper–Pearson and Wilson differ by less than is ever shown, and Wilson is used for both.
const LARGEST_EXACT_N: f64 = 1e5;
/// No search for a number goes further.
const LARGEST_N: u64 = 1_000_000;

/// Wilson's interval of `x` out of `n` at a two-sided `level`; `None` unless n > 0 and 0 ≤ x ≤ n.
pub fn wilson(x: f64, n: f64, level: f64) -> Option<Interval> {
    wilson_with(x, n, special::normal_quantile(1.0 - special::one_sided_tail(level)))
}

/// Wilson's interval at z standard errors, where z may be a t quantile; `None` unless n > 0 and 0 ≤ x ≤ n.
pub fn wilson_with(x: f64, n: f64, z: f64) -> Option<Interval> {
    if !counts_make_sense(x, n) {
        return None;
    }
    score_interval(x, n, n, 0.0, 1.0, z)
}

/// The score interval of C/A: the roots p of (C − pA)² = z² [φ (pA − p²B) + p² V_A], moved into `[0, 1]`.
///
/// `converted` is C; `maturity` is A = Σ F(age) and `b` = Σ F(age)² over the cohort, `var_a` the variance of A that comes
/// from estimating F. With A = B = n, V_A = 0 and φ = 1 it is Wilson's. It is [0, 1] where the quadratic does not close
/// (nothing is excluded), and `None` when A is not above 0, an argument is no number, or no rate in `[0, 1]` is
/// compatible with so many conversions this early.
pub fn score_interval(converted: f64, maturity: f64, b: f64, var_a: f64, phi: f64, z: f64) -> Option<Interval> {
    let finite = [converted, maturity, b, var_a, z].iter().all(|value| value.is_finite());
    if !finite || converted < 0.0 || maturity <= 0.0 || z < 0.0 {
        return None;
    }
    // All terms are divided by A², so that the size of a cohort cannot overflow them.
    let phi = counts::at_least_one(phi);
    let estimate = converted / maturity;
    let square_z = z * z;
    let spread = phi * (b / maturity / maturity) - var_a / maturity / maturity;
    let leading = 1.0 + square_z * spread;
    if leading <= 0.0 {
        return Some(Interval::of_share(0.0, 1.0));
    }
    let linear = 2.0 * estimate + square_z * phi / maturity;
    // b² − 4ac, without the terms that cancel.
    let discriminant = (z * phi / maturity).powi(2) + 4.0 * estimate * (phi / maturity - estimate * spread);
    if discriminant < 0.0 {
        return None;
    }
    let far = linear + z * discriminant.sqrt();
    if !far.is_finite() {
        return Some(Interval::of_share(0.0, 1.0));
    }
    // The product of the roots is C²/a; dividing keeps the digits of a small lower root.
    let low = if far > 0.0 { 2.0 * estimate * estimate / far } else { 0.0 };
    if low >= 1.0 && converted > maturity {
        return None;
    }
    // C/A itself is always inside, whatever rounding says.
    let high = far / (2.0 * leading);
    Some(Interval::of_share(low.min(estimate), high.max(estimate)))
}

/// Clopper–Pearson's interval of `x` out of `n`, both real, at a two-sided `level`; Wilson's above n = 1e5. `None` unless
/// n > 0 and 0 ≤ x ≤ n.
pub fn clopper_pearson(x: f64, n: f64, level: f64) -> Option<Interval> {
    if !counts_make_sense(x, n) {
        return None;
    }
    if n > LARGEST_EXACT_N {
        return wilson(x, n, level);
    }
    let tail = special::one_sided_tail(level);
    let low = if x > 0.0 { special::beta_quantile(tail, x, n - x + 1.0) } else { 0.0 };
    let high = if x < n { special::beta_quantile(1.0 - tail, x + 1.0, n - x) } else { 1.0 };
    Some(Interval::of_share(low, high))
}

/// The z of the difference between x₁/n₁ and x₀/n₀, pooled; positive when the second share is the larger one. Its square
/// is the χ² of the fourfold table. Divide by √φ where months swing. `None` when a group is empty, or when nobody or
/// everybody converted.
pub fn two_proportion_z(x0: f64, n0: f64, x1: f64, n1: f64) -> Option<f64> {
    if !counts_make_sense(x0, n0) || !counts_make_sense(x1, n1) {
        return None;
    }
    let pooled = (x0 + x1) / (n0 + n1);
    let variance = pooled * (1.0 - pooled) * (1.0 / n0 + 1.0 / n1);
    let z = (x1 / n1 - x0 / n0) / variance.sqrt();
    z.is_finite().then_some(z + 0.0)
}

/// Newcombe's interval of the difference x₁/n₁ − x₀/n₀ at a two-sided `level` (hybrid score without a correction; Newcombe
/// 1998); `None` when a group is empty.
pub fn newcombe(x0: f64, n0: f64, x1: f64, n1: f64, level: f64) -> Option<Interval> {
    let (first, second) = (wilson(x0, n0, level)?, wilson(x1, n1, level)?);
    Some(difference_interval((x0 / n0, first), (x1 / n1, second)))
}

/// The interval of the second share less the first, from each one's estimate and own interval at the same level: the
/// distances to the ends, added as squares (Zou and Donner 2008). With two Wilson intervals it is Newcombe's; the two may
/// as well be adjusted for maturity.
pub fn difference_interval(first: (f64, Interval), second: (f64, Interval)) -> Interval {
    let ((p0, first), (p1, second)) = (first, second);
    let difference = p1 - p0;
    let down = (p1 - second.low).hypot(first.high - p0);
    let up = (second.high - p1).hypot(p0 - first.low);
    Interval { low: (difference - down).clamp(-1.0, 1.0) + 0.0, high: (difference + up).clamp(-1.0, 1.0) + 0.0 }
}

/// Fisher's exact test of the fourfold table, two-sided: how often the margins alone give a table that is no more likely
/// than this one (as R's `fisher.test`). `None` when a group is empty or smaller than its conversions, or when there are
/// more than 100,000 leads, where χ² says the same.
pub fn fisher_p(x0: u64, n0: u64, x1: u64, n1: u64) -> Option<f64> {
    let total = n0.checked_add(n1)?;
    if x0 > n0 || x1 > n1 || n0 == 0 || n1 == 0 || total as f64 > LARGEST_EXACT_N {
        return None;
    }
    let converted = x0 + x1;
    let log_choose = |n: u64, k: u64| special::log_choose(n as f64, k as f64);
    let log_chance = |x: u64| log_choose(n0, x) + log_choose(n1, converted - x);
    let possible = converted.saturating_sub(n1)..=converted.min(n0);
    let seen = log_chance(x0);
    // The margin is that of R: tables that are as likely but for rounding count.
    let as_unlikely = |log: f64| log <= seen + 1e-7;
    let (mut all, mut extreme) = (0.0, 0.0);
    for log in possible.map(log_chance) {
        let chance = (log - seen).exp().min(1e300);
        all += chance;
        extreme += if as_unlikely(log) { chance } else { 0.0 };
    }
    Some((extreme / all).clamp(0.0, 1.0))
}

/// How many leads *each* of two groups needs so that a true `p0` against a true `p1` is told apart at a two-sided `level`
/// with the probability `power` (normal approximation, as R's `power.prop.test`); `None` when they are equal or an argument
/// is out of its range.
pub fn n_per_group(p0: f64, p1: f64, level: f64, power: f64) -> Option<f64> {
    let z = special::normal_quantile(1.0 - special::one_sided_tail(level));
    let pooled = 0.5 * (p0 + p1);
    size(p0, p1, z * (2.0 * pooled * (1.0 - pooled)).sqrt(), (p0 * (1.0 - p0) + p1 * (1.0 - p1)).sqrt(), power)
}

/// How many leads are needed so that a true share `p1` is shown to differ from the known `p0`, on the side on which it
/// lies, at a two-sided `level` with the probability `power` (normal approximation).
pub fn n_against(p0: f64, p1: f64, level: f64, power: f64) -> Option<f64> {
    let z = special::normal_quantile(1.0 - special::one_sided_tail(level));
    size(p0, p1, z * (p0 * (1.0 - p0)).sqrt(), (p1 * (1.0 - p1)).sqrt(), power)
}

fn size(p0: f64, p1: f64, under_none: f64, spread: f64, power: f64) -> Option<f64> {
    let shares = (0.0..=1.0).contains(&p0) && (0.0..=1.0).contains(&p1);
    if !(shares && power > 0.0 && power < 1.0) {
        return None;
    }
    let reach = under_none + special::normal_quantile(power) * spread;
    let n = (reach.max(0.0) / (p1 - p0)).powi(2);
    n.is_finite().then_some(n)
}

/// The least n at which Clopper–Pearson could say *below* `low` at all (with no conversion); `None` above a million.
pub fn least_n_below(low: f64, level: f64) -> Option<u64> {
    if !(low > 0.0 && low <= 1.0) {
        return None;
    }
    // The upper limit of 0 out of n is 1 − tail^(1/n).
    least_whole_above(special::one_sided_tail(level).ln() / (-low).ln_1p())
}

/// The least n at which Clopper–Pearson could say *above* `high` at all (with every lead converted); `None` above a
/// million.
pub fn least_n_above(high: f64, level: f64) -> Option<u64> {
    if !(0.0..1.0).contains(&high) {
        return None;
    }
    // The lower limit of n out of n is tail^(1/n).
    least_whole_above(special::one_sided_tail(level).ln() / high.ln())
}

/// The least n at which Clopper–Pearson could say *inside* [`low`, `high`] at all, at some whole number of conversions;
/// `None` above a million or when the range is empty.
pub fn least_n_inside(low: f64, high: f64, level: f64) -> Option<u64> {
    if !is_range(low, high) {
        return None;
    }
    // A real number of conversions that fits is necessary for a whole one, and easy to bisect for: once there is one, there
    // is one for every larger n. From there on the least whole number over `low` is followed until it is also under `high`.
    let start = least_that(|n| Region::Inside.settled(least_count_over(low, n, level), n, low, high, level))?;
    let over = |x: f64, n: f64| clopper_pearson(x, n, level).is_some_and(|interval| interval.low >= low);
    let mut x = least_count_over(low, start as f64, level).floor();
    (start..=LARGEST_N).find(|&n| {
        let n = n as f64;
        while x < n && !over(x, n) {
            x += 1.0;
        }
        Region::Inside.settled(x, n, low, high, level)
    })
}

/// The least n at which an observed share of exactly `rate` would settle a verdict against [`low`, `high`] by
/// Clopper–Pearson (at a real number of conversions); `None` above a million, on a border, or when the range is empty.
pub fn n_needed(rate: f64, low: f64, high: f64, level: f64) -> Option<u64> {
    if !is_range(low, high) || !(0.0..=1.0).contains(&rate) {
        return None;
    }
    let region = Region::of(rate, low, high)?;
    least_that(|n| region.settled(rate * n, n, low, high, level))
}

/// Where a share can lie.
#[derive(Clone, Copy, PartialEq)]
enum Region {
    Below,
    Inside,
    Above,
}

impl Region {
    /// The region of a rate; none for a border that nobody can be shown to lie on one side of.
    fn of(rate: f64, low: f64, high: f64) -> Option<Region> {
        if rate < low {
            Some(Region::Below)
        } else if rate > high {
            Some(Region::Above)
        } else if (rate > low || low <= 0.0) && (rate < high || high >= 1.0) {
            Some(Region::Inside)
        } else {
            None
        }
    }

    /// Whether x out of n shows that the share lies in this region.
    fn settled(self, x: f64, n: f64, low: f64, high: f64, level: f64) -> bool {
        clopper_pearson(x, n, level).is_some_and(|interval| match self {
            Region::Below => interval.high < low,
            Region::Inside => low <= interval.low && interval.high <= high,
            Region::Above => interval.low > high,
        })
    }
}

/// The least real count out of n whose lower limit is not under `low`; n when there is none.
fn least_count_over(low: f64, n: f64, level: f64) -> f64 {
    let (mut under, mut over) = (0.0, n);
    if low <= 0.0 {
        return 0.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (under + over);
        if clopper_pearson(middle, n, level).is_some_and(|interval| interval.low >= low) {
            over = middle;
        } else {
            under = middle;
        }
    }
    over
}

/// The least whole n from 1 to a million that `holds`, for a condition that once true stays true.
fn least_that(holds: impl Fn(f64) -> bool) -> Option<u64> {
    let mut over = 1;
    while !holds(over as f64) {
        if over >= LARGEST_N {
            return None;
        }
        over = (over * 2).min(LARGEST_N);
    }
    let mut under = over / 2;
    while over - under > 1 {
        let middle = under + (over - under) / 2;
        if holds(middle as f64) {
            over = middle;
        } else {
            under = middle;
        }
    }
    Some(over)
}

/// The least whole number above `bound`, from 1 to a million.
fn least_whole_above(bound: f64) -> Option<u64> {
    (bound >= 0.0 && bound < LARGEST_N as f64).then(|| bound.floor() as u64 + 1)
}

fn is_range(low: f64, high: f64) -> bool {
    low < high && high <= 1.0 && low >= 0.0
}

fn counts_make_sense(x: f64, n: f64) -> bool {
    n.is_finite() && n > 0.0 && (0.0..=n).contains(&x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_mirrors_under_the_exchange_of_success_and_failure() {
        for n in [1.0, 2.0, 7.5, 30.0, 412.0, 1e6] {
            for share in [0.0, 0.01, 0.2, 0.5, 0.77, 1.0] {
                let x = share * n;
                let (here, there) = (wilson(x, n, 0.9).unwrap(), wilson(n - x, n, 0.9).unwrap());
                assert!((here.low - (1.0 - there.high)).abs() < 1e-12, "{x} of {n}");
                assert!((here.high - (1.0 - there.low)).abs() < 1e-12, "{x} of {n}");
                assert!(here.low <= share && share <= here.high, "{x} of {n}");
            }
        }
    }

    #[test]
    fn nothing_observed_has_no_interval() {
        assert_eq!(wilson(0.0, 0.0, 0.9), None);
        assert_eq!(clopper_pearson(0.0, 0.0, 0.9), None);
        assert_eq!(two_proportion_z(0.0, 0.0, 1.0, 2.0), None);
        assert_eq!(two_proportion_z(0.0, 5.0, 0.0, 9.0), None);
        assert_eq!(score_interval(0.0, 0.0, 0.0, 0.0, 1.0, 1.6), None);
    }

    #[test]
    fn clopper_pearson_meets_wilson_where_it_hands_over() {
        let (exact, score) =
            (clopper_pearson(2e4, 1e5, 0.9).unwrap(), clopper_pearson(20_000.2, 1e5 + 1.0, 0.9).unwrap());
        assert!((exact.low - score.low).abs() < 1e-5 && (exact.high - score.high).abs() < 1e-5);
    }

    #[test]
    fn the_least_numbers_for_a_verdict_at_13_to_31_percent_are_22_and_67_and_3() {
        assert_eq!(least_n_below(0.13, 0.9), Some(22));
        assert_eq!(least_n_inside(0.13, 0.31, 0.9), Some(67));
        assert_eq!(least_n_above(0.31, 0.9), Some(3));
    }

    #[test]
    fn the_least_number_for_inside_is_the_least_of_all_tried() {
        for (low, high) in [(0.13, 0.31), (0.1, 0.2), (0.0, 0.3), (0.6, 1.0), (0.02, 0.05), (0.4, 0.9)] {
            let any = |n: u64| (0..=n).any(|x| Region::Inside.settled(x as f64, n as f64, low, high, 0.9));
            assert_eq!(least_n_inside(low, high, 0.9), (1..2000).find(|&n| any(n)), "{low} to {high}");
        }
    }

    #[test]
    fn the_least_numbers_for_below_and_above_are_the_first_that_clopper_pearson_settles() {
        for border in [0.02, 0.13, 0.31, 0.5, 0.83] {
            let below = (1..2000).find(|&n| clopper_pearson(0.0, n as f64, 0.9).unwrap().high < border);
            let above = (1..2000).find(|&n| clopper_pearson(n as f64, n as f64, 0.9).unwrap().low > border);
            assert_eq!((least_n_below(border, 0.9), least_n_above(border, 0.9)), (below, above), "{border}");
        }
    }

    #[test]
    fn the_number_needed_grows_towards_a_border_and_ends_at_it() {
        let needed = |rate| n_needed(rate, 0.13, 0.31, 0.9);
        assert_eq!(needed(0.0), Some(22));
        assert_eq!(needed(1.0), Some(3));
        assert!(needed(0.05) < needed(0.10) && needed(0.22) < needed(0.14) && needed(0.5) < needed(0.33));
        assert_eq!([needed(0.13), needed(0.31), needed(f64::NAN)], [None, None, None]);
        assert_eq!(needed(0.130_1), None, "more than a million");
        assert_eq!(n_needed(0.2, 0.3, 0.3, 0.9), None);
        let n = needed(0.2).unwrap();
        for (n, settled) in [(n, true), (n - 1, false)] {
            let interval = clopper_pearson(0.2 * n as f64, n as f64, 0.9).unwrap();
            assert_eq!(interval.low >= 0.13 && interval.high <= 0.31, settled, "{n}");
        }
    }

    #[test]
    fn more_conversions_than_any_rate_allows_have_no_score_interval() {
        assert_eq!(score_interval(50.0, 10.0, 0.5, 0.0, 1.0, 1.645), None);
        assert_eq!(score_interval(5.0, 5.0, 2.0, 0.0, 1.0, 1.645).unwrap().high, 1.0);
    }

    #[test]
    fn a_curve_that_says_nothing_excludes_nothing() {
        assert_eq!(score_interval(2.0, 3.0, 1.0, 1e6, 1.0, 1.645), Some(Interval { low: 0.0, high: 1.0 }));
    }

    #[test]
    fn the_interval_of_a_difference_turns_around_with_its_groups() {
        let (here, there) = (newcombe(22.0, 100.0, 35.0, 110.0, 0.9), newcombe(35.0, 110.0, 22.0, 100.0, 0.9));
        let (here, there) = (here.unwrap(), there.unwrap());
        assert!((here.low + there.high).abs() < 1e-15 && (here.high + there.low).abs() < 1e-15);
        assert!(here.low < 0.098 && 0.099 < here.high);
        assert_eq!(newcombe(0.0, 0.0, 1.0, 2.0, 0.9), None);
        let nothing = newcombe(0.0, 5.0, 0.0, 5.0, 0.9).unwrap();
        assert!(nothing.low < 0.0 && nothing.high > 0.0);
    }

    #[test]
    fn fisher_s_test_of_equal_groups_proves_nothing() {
        assert_eq!(fisher_p(3, 10, 3, 10), Some(1.0));
        assert_eq!(fisher_p(0, 10, 0, 10), Some(1.0));
        assert!(fisher_p(0, 40, 20, 40).unwrap() < 1e-6);
        assert_eq!([fisher_p(3, 2, 0, 5), fisher_p(0, 0, 1, 5), fisher_p(1, u64::MAX, 1, 2)], [None, None, None]);
        assert!(fisher_p(0, 50_000, 50_000, 50_000).is_some_and(|p| (0.0..1e-9).contains(&p)));
    }

    #[test]
    fn the_smaller_a_difference_the_more_leads_it_takes() {
        let (near, far) = (n_per_group(0.20, 0.22, 0.9, 0.8).unwrap(), n_per_group(0.20, 0.30, 0.9, 0.8).unwrap());
        assert!(near > 20.0 * far, "{near} {far}");
        assert!(n_against(0.20, 0.30, 0.9, 0.8).unwrap() < far);
        assert_eq!(n_per_group(0.2, 0.2, 0.9, 0.8), None);
        for odd in [f64::NAN, -1.0, 2.0, f64::INFINITY] {
            assert_eq!([n_per_group(odd, 0.2, 0.9, 0.8), n_against(0.2, odd, 0.9, 0.8)], [None, None]);
            assert!(n_per_group(0.1, 0.2, odd, 0.8).is_none_or(f64::is_finite));
            assert_eq!(n_per_group(0.1, 0.2, 0.9, odd), None);
        }
    }

    #[test]
    fn odd_counts_give_numbers_or_nothing() {
        let odd =
            [f64::NAN, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 1e-320, 1e-9, 0.3, 1.0, 5.0, 1e5, 1e9, 1e300, f64::INFINITY];
        let check = |interval: Option<Interval>, label: &str| {
            let Some(Interval { low, high }) = interval else { return };
            assert!(0.0 <= low && low <= high && high <= 1.0, "{label}: {low} {high}");
            assert!(!low.is_sign_negative() && !high.is_sign_negative(), "{label}");
        };
        for x in odd {
            for n in odd {
                for level in [0.9, f64::NAN, 0.0, 1.0, -4.0] {
                    check(wilson(x, n, level), &format!("wilson {x} {n} {level}"));
                    check(clopper_pearson(x, n, level), &format!("clopper_pearson {x} {n} {level}"));
                }
                assert!(two_proportion_z(x, n, 0.3, 5.0).is_none_or(f64::is_finite));
                for b in odd {
                    for var_a in odd {
                        check(score_interval(x, n, b, var_a, 1.3, 1.7), &format!("score {x} {n} {b} {var_a}"));
                        check(score_interval(x, n, n, 0.0, b, var_a), &format!("score {x} {n} φ {b} z {var_a}"));
                    }
                }
                assert!(least_n_below(x, n) != Some(0) && least_n_above(x, n) != Some(0));
            }
        }
    }
}
