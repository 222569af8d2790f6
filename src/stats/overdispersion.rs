//! Do months differ by more than chance, and how much wider must intervals be then?
//!
//! Pearson's φ = max(1, Σ (x_m − n_m p̄)² / (n_m p̄ q̄) / (M − 1)) over the months with n_m ≥ 10 (quasi-binomial,
//! McCullagh and Nelder 1989, §4.5); the effective number is N/φ, and the normal quantile becomes that of t with M − 1
//! degrees of freedom. From fewer than 5 months φ would be noise: it is 1 and the months say why.

use crate::stats::{counts, special};

/// The least size of a month that φ is estimated from.
const LEAST_N_OF_A_MONTH: f64 = 10.0;
/// The least number of such months.
const LEAST_MONTHS: usize = 5;

/// How many times the variance between months is that of chance alone, and how well this is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overdispersion {
    /// Variance over binomial variance, from 1 on.
    pub phi: f64,
    /// Months less one.
    pub degrees_of_freedom: u32,
    /// Months large enough to count; below 5 the swing from month to month is unknown and `phi` is 1.
    pub months: usize,
}

impl Overdispersion {
    /// No more than chance.
    pub const NONE: Overdispersion = Overdispersion { phi: 1.0, degrees_of_freedom: 0, months: 0 };

    /// The z of a two-sided `level`: of t with M − 1 degrees of freedom when φ is above 1, else of the normal.
    pub fn quantile(&self, level: f64) -> f64 {
        let p = 1.0 - special::one_sided_tail(level);
        if self.phi > 1.0 && self.degrees_of_freedom > 0 {
            special::t_quantile(p, f64::from(self.degrees_of_freedom))
        } else {
            special::normal_quantile(p)
        }
    }

    /// How often chance and the months' swing alone give a z at least so far from 0: of t with M − 1 degrees of freedom when
    /// φ is above 1, else of the normal. The z is of counts that φ has already been taken out of.
    pub fn two_sided_p(&self, z: f64) -> f64 {
        let swings = self.phi > 1.0 && self.degrees_of_freedom > 0;
        special::t_two_sided_p(z, if swings { f64::from(self.degrees_of_freedom) } else { f64::INFINITY })
    }

    /// The number of independent observations that `n` are worth.
    pub fn effective(&self, n: f64) -> f64 {
        n / self.phi
    }
}

/// φ from the months' (converted, number); months that make no sense (not finite, x < 0, x > n) are left out.
pub fn pearson_phi(months: &[(f64, f64)]) -> Overdispersion {
    let used = full_months(months);
    let degrees_of_freedom = u32::try_from(used.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let chance_alone = Overdispersion { phi: 1.0, degrees_of_freedom, months: used.len() };
    if used.len() < LEAST_MONTHS {
        return chance_alone;
    }
    let Some((chi_square, _)) = chi_square_of(&used) else { return chance_alone };
    Overdispersion { phi: counts::at_least_one(chi_square / f64::from(degrees_of_freedom)), ..chance_alone }
}

/// φ of months that belong to several groups, each with a rate of its own: the sums of squares of the groups together,
/// over the months less the groups. Months that make no sense, and groups without spread, are left out.
pub fn pooled_phi(groups: &[Vec<(f64, f64)>]) -> Overdispersion {
    let (mut chi_square, mut months, mut used_groups) = (0.0, 0, 0);
    for group in groups {
        let found = chi_square_of(group);
        let Some((sum, n)) = found else { continue };
        chi_square += sum;
        months += n;
        used_groups += 1;
    }
    let degrees_of_freedom = u32::try_from(months - used_groups.min(months)).unwrap_or(u32::MAX);
    let chance_alone = Overdispersion { phi: 1.0, degrees_of_freedom, months };
    if months < LEAST_MONTHS || degrees_of_freedom == 0 {
        return chance_alone;
    }
    Overdispersion { phi: counts::at_least_one(chi_square / f64::from(degrees_of_freedom)), ..chance_alone }
}

/// φ of a table of months (rows) by groups (columns) of (converted, number), around what the group's own rate and the
/// month's common swing make of it: E = n r_k s_m, with r_k the group's rate and s_m the month's conversions over those
/// that the groups' rates expect. What all groups share does not count as swing. Cells that expect less than one
/// conversion, or that make no sense, are left out; φ is 1 from fewer than 5 degrees of freedom.
pub fn of_interaction(table: &[Vec<(f64, f64)>]) -> Overdispersion {
    let n_groups = table.iter().map(Vec::len).max().unwrap_or(0);
    let sound = |&(x, n): &(f64, f64)| n.is_finite() && n > 0.0 && (0.0..=n).contains(&x);
    let rate = |group: usize| {
        let cells = table.iter().filter_map(|month| month.get(group)).filter(|cell| sound(cell));
        let (x, n) = cells.fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
        if n > 0.0 { x / n } else { 0.0 }
    };
    let rates: Vec<f64> = (0..n_groups).map(rate).collect();
    let (mut chi_square, mut cells, mut months) = (0.0, 0_usize, 0_usize);
    let mut seen = vec![false; n_groups];
    for month in table {
        let of_month = || month.iter().zip(&rates).enumerate().filter(|(_, (cell, _))| sound(cell));
        let (x, expected) =
            of_month().fold((0.0, 0.0), |sum, (_, (cell, rate))| (sum.0 + cell.0, sum.1 + cell.1 * rate));
        let swing = if expected > 0.0 { x / expected } else { 0.0 };
        let mut any = 0;
        for (group, (&(x, n), rate)) in of_month() {
            let expected = n * rate * swing;
            if expected >= 1.0 && expected < n {
                chi_square += (x - expected).powi(2) / (expected * (1.0 - expected / n));
                cells += 1;
                any = 1;
                seen[group] = true;
            }
        }
        months += any;
    }
    if cells == 0 {
        return Overdispersion::NONE;
    }
    let groups = seen.iter().filter(|seen| **seen).count();
    let degrees = (cells + 1).saturating_sub(months + groups);
    let degrees_of_freedom = u32::try_from(degrees).unwrap_or(u32::MAX);
    let phi = if degrees < LEAST_MONTHS { 1.0 } else { counts::at_least_one(chi_square / degrees as f64) };
    Overdispersion { phi, degrees_of_freedom, months }
}

/// Pearson's χ² of months against their common rate, and how many months it is of.
fn chi_square_of(months: &[(f64, f64)]) -> Option<(f64, usize)> {
    let used: Vec<(f64, f64)> = full_months(months);
    let mean = used.iter().map(|&(x, _)| x).sum::<f64>() / used.iter().map(|&(_, n)| n).sum::<f64>();
    let variance = mean * (1.0 - mean);
    if !variance.is_finite() || variance <= 0.0 {
        return None;
    }
    Some((used.iter().map(|&(x, n)| (x - n * mean).powi(2) / (n * variance)).sum(), used.len()))
}

/// The months that φ is estimated from: large enough, and sound.
fn full_months(months: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let sound = |&(x, n): &(f64, f64)| n.is_finite() && n >= LEAST_N_OF_A_MONTH && (0.0..=n).contains(&x);
    months.iter().copied().filter(sound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_five_full_months_leave_chance_alone() {
        let months = [(1.0, 20.0), (19.0, 20.0), (1.0, 20.0), (19.0, 20.0), (9.0, 9.0), (0.0, 9.9)];
        assert_eq!(pearson_phi(&months), Overdispersion { phi: 1.0, degrees_of_freedom: 3, months: 4 });
        assert_eq!(pearson_phi(&[]), Overdispersion::NONE);
    }

    #[test]
    fn months_that_differ_less_than_chance_do_not_narrow_anything() {
        let even = pearson_phi(&[(20.0, 100.0); 8]);
        assert_eq!((even.phi, even.degrees_of_freedom, even.months), (1.0, 7, 8));
        assert!((even.quantile(0.9) - 1.644_853_626_951_47).abs() < 1e-12);
    }

    #[test]
    fn months_that_swing_use_the_t_quantile() {
        let months = [(10.0, 100.0), (30.0, 100.0), (10.0, 100.0), (30.0, 100.0), (10.0, 100.0), (30.0, 100.0)];
        let found = pearson_phi(&months);
        assert!(found.phi > 5.0 && (found.quantile(0.9) - 2.015_048_373_333_02).abs() < 1e-9);
    }

    #[test]
    fn a_step_between_groups_is_no_swing() {
        let (low, high) = (vec![(10.0, 100.0); 6], vec![(30.0, 100.0); 6]);
        assert!(pearson_phi(&[low.clone(), high.clone()].concat()).phi > 5.0);
        let within = pooled_phi(&[low.clone(), high]);
        assert_eq!((within.phi, within.degrees_of_freedom, within.months), (1.0, 10, 12));
        assert_eq!(pooled_phi(&[low, vec![(0.0, 50.0); 3]]).months, 6);
        assert_eq!(pooled_phi(&[]).phi, 1.0);
    }

    #[test]
    fn a_swing_that_all_groups_share_is_none_and_one_of_their_own_is() {
        // Twelve months of three groups, rates 10, 20 and 40 %, every second month half as high again.
        let month = |i: usize, own: f64| -> Vec<(f64, f64)> {
            let swing = if i.is_multiple_of(2) { 1.0 } else { 1.5 };
            let alone = if i.is_multiple_of(3) { own } else { 1.0 };
            vec![(10.0 * swing * alone, 100.0), (20.0 * swing, 100.0), (40.0 * swing, 100.0)]
        };
        let shared = of_interaction(&(0..12).map(|i| month(i, 1.0)).collect::<Vec<_>>());
        assert_eq!((shared.phi, shared.degrees_of_freedom, shared.months), (1.0, 22, 12));
        let own = of_interaction(&(0..12).map(|i| month(i, 4.0)).collect::<Vec<_>>());
        assert!(own.phi > 4.0, "{own:?}");
        assert_eq!(of_interaction(&[]), Overdispersion::NONE);
        let odd = [f64::NAN, -1.0, 0.0, 7.0, 1e308, f64::INFINITY];
        for x in odd {
            for n in odd {
                let table: Vec<Vec<(f64, f64)>> = (0..12).map(|i| [month(i, 1.0), vec![(x, n)]].concat()).collect();
                assert!(of_interaction(&table).phi.is_finite(), "{x} {n}");
            }
        }
    }

    #[test]
    fn odd_months_give_a_finite_phi() {
        let odd = [f64::NAN, -1.0, 0.0, 10.0, 1e308, f64::INFINITY];
        for x in odd {
            for n in odd {
                for rest in [(0.0, 50.0), (50.0, 50.0), (7.0, 50.0)] {
                    let found = pearson_phi(&[(x, n), rest, rest, rest, rest, rest]);
                    assert!(found.phi.is_finite() && found.phi >= 1.0, "{x} {n}: {found:?}");
                    assert!(found.quantile(x).is_finite());
                }
            }
        }
    }
}
