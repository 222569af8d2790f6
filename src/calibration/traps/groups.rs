//! Which worked leads convert far worse than the rest, though the criteria treat them alike?
//!
//! - `single_signal`: one type of action gives more than half of the score at the MQL.
//! - `wrong_crowd`: the leads that did something (looked at the careers page, unsubscribed) convert worse at the same score.
//!   Only types without points take part: all MQLs sit just above the bar, so that whatever has points replaces other points
//!   among them and looks worse than it is (Berkson); what points are worth is the regression's question.
//!
//! - `other_purpose`: the same, where too few leads did it to prove anything, but its name speaks for itself. Where hardly any
//!   of them was worked, the leads that did it in their first 30 days are counted.
//!
//! The group and the rest are compared within month and score band, so that neither the swing of months nor the score can
//! make the difference: Mantel and Haenszel's z, and their rate ratio with the variance of Greenland and Robins (1985).
//! p values are one-sided and adjusted within each kind.

use super::counts::{Counts, Group, Habit, WorkedCount};
use super::{ALPHA, Check, found_if};
use crate::stats::{Interval, multiple, proportion, special};
use std::collections::{BTreeMap, BTreeSet};

/// Least worked leads of a group that is looked at.
const LEAST_LEADS: f64 = 20.0;
/// Least worked leads of a type of action that is known by its name.
const LEAST_NAMED: f64 = 2.0;
/// Least leads, worked or not, that did it in their first 30 days.
const LEAST_YOUNG: f64 = 5.0;
/// Least SQLs among all worked leads.
const LEAST_SQLS: f64 = 20.0;
/// Least share of the MQLs that rests on one signal.
const LEAST_LONE_SHARE: f64 = 0.02;
/// A rate ratio above this is not worth a word.
const WORSE: f64 = 0.8;
/// What most leads have done sets nobody apart.
const MOST_SHARE: f64 = 0.5;

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::All), within_month);
    if all.converted() < LEAST_SQLS {
        let why = format!(
            "{} SQLs among worked leads that are old enough, at least {LEAST_SQLS} are needed",
            all.converted()
        );
        checks.push(Check::impossible("single_signal", why.clone()));
        checks.push(Check::impossible("wrong_crowd", why));
    } else {
        lone(counts, level, checks);
        crowds(counts, level, checks);
    }
    by_name(counts, level, checks);
}

/// Types of action whose name says that a lead wants something else than to buy. Where too few leads did them to prove
/// anything, they are worth a look all the same.
fn by_name(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::Channel), within_band);
    let worked = counts.worked.iter().filter(|row| row.group == Group::Type).map(|row| row.name.as_str());
    let young = counts.young.iter().filter(|row| row.habit == Habit::Type).map(|row| row.name.as_str());
    let names: BTreeSet<&str> = worked.chain(young).collect();
    for name in names.into_iter().filter(|name| speaks_of_another_purpose(name)) {
        let is_found = |check: &Check| check.subject == name && check.result == super::Result::Found;
        if checks.iter().any(is_found) || counts.points.iter().any(|(known, _)| known == name) {
            continue;
        }
        let rows = counts.worked.iter().filter(|row| row.group == Group::Type && row.name == name);
        let found = compare(&Strata::of(rows, within_band), &all, level);
        if let Some(found) = found.as_ref().filter(|found| found.n >= LEAST_NAMED) {
            checks.push(Check::of("other_purpose", name, super::Result::Found, None, &found.numbers()));
            continue;
        }
        let young = |habit: Habit, name: &str| {
            let rows = counts.young.iter().filter(|row| row.habit == habit && row.name == name);
            rows.map(|row| row.n as f64).sum::<f64>()
        };
        let (did, all) = (young(Habit::Type, name), young(Habit::All, ""));
        if did >= LEAST_YOUNG && did < MOST_SHARE * all {
            let numbers = [("young", did), ("all_young", all), ("leads", found.map_or(0.0, |found| found.n))];
            checks.push(Check::of("other_purpose", name, super::Result::Found, None, &numbers));
        }
    }
}

/// Careers and job pages, unsubscribing, complaints and support, in English, German and French.
fn speaks_of_another_purpose(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "career",
        "karriere",
        "carrière",
        "vacanc",
        "stellenangebot",
        "recruit",
        "bewerb",
        "unsubscri",
        "opt_out",
        "abmeld",
        "complain",
        "support_ticket",
    ];
    let name = name.to_lowercase().replace([' ', '-'], "_");
    let is_job = name.split('_').any(|word| word == "job" || word == "jobs");
    is_job || WORDS.iter().any(|word| name.contains(word))
}

fn lone(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "single_signal";
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::All), within_month);
    let names: BTreeSet<&str> =
        counts.worked.iter().filter(|row| row.group == Group::Lone).map(|row| row.name.as_str()).collect();
    let groups: Vec<(&str, Comparison)> = names
        .into_iter()
        .filter_map(|name| {
            let group = Strata::of(
                counts.worked.iter().filter(|row| row.group == Group::Lone && row.name == name),
                within_month,
            );
            Some((name, compare(&group, &all, level)?))
        })
        .filter(|(_, found)| found.n >= LEAST_LEADS)
        .collect();
    if groups.is_empty() {
        checks.push(Check::of(CODE, "", super::Result::NotFound, None, &[("leads", all.n())]));
        return;
    }
    let p: Vec<f64> = groups.iter().map(|(_, found)| found.p_worse).collect();
    for ((name, found), p) in groups.iter().zip(multiple::benjamini_hochberg(&p)) {
        let result = found_if(&[p < ALPHA, found.n / all.n() >= LEAST_LONE_SHARE, found.ratio < WORSE]);
        checks.push(Check::of(CODE, name, result, Some(p), &found.numbers()));
    }
}

fn crowds(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "wrong_crowd";
    // Every worked lead has a channel, so these are all of them by band.
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::Channel), within_band);
    let names: BTreeSet<&str> =
        counts.worked.iter().filter(|row| row.group == Group::Type).map(|row| row.name.as_str()).collect();
    let has_points = |name: &str| counts.points.iter().any(|(known, _)| known == name);
    let groups: Vec<(&str, Comparison)> = names
        .into_iter()
        .filter(|name| !has_points(name))
        .filter_map(|name| {
            let rows = counts.worked.iter().filter(|row| row.group == Group::Type && row.name == name);
            Some((name, compare(&Strata::of(rows, within_band), &all, level)?))
        })
        .filter(|(_, found)| found.n >= LEAST_LEADS && found.n / all.n() < MOST_SHARE)
        .collect();
    if groups.is_empty() {
        let why = format!("no type of action without points sets at least {LEAST_LEADS} worked leads apart");
        checks.push(Check::impossible(CODE, why));
        return;
    }
    let p: Vec<f64> = groups.iter().map(|(_, found)| found.p_worse).collect();
    for ((name, found), p) in groups.iter().zip(multiple::benjamini_hochberg(&p)) {
        checks.push(Check::of(CODE, name, found_if(&[p < ALPHA, found.ratio < WORSE]), Some(p), &found.numbers()));
    }
}

/// Strata of months: what a month does to all leads sets none apart.
pub(super) fn within_month(row: &WorkedCount) -> i64 {
    i64::from(row.month.0)
}

/// Strata of months and score bands.
pub(super) fn within_band(row: &WorkedCount) -> i64 {
    i64::from(row.month.0) * 1000 + row.band
}

/// Leads and SQLs by stratum.
#[derive(Clone, Debug, Default)]
pub(super) struct Strata(BTreeMap<i64, (f64, f64)>);

impl Strata {
    /// Gathers rows by what `stratum` says.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a WorkedCount>, stratum: fn(&WorkedCount) -> i64) -> Strata {
        let mut strata: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for row in rows {
            let cell = strata.entry(stratum(row)).or_default();
            cell.0 += row.n as f64;
            cell.1 += if row.converted { row.n as f64 } else { 0.0 };
        }
        Strata(strata)
    }

    /// Leads.
    pub(super) fn n(&self) -> f64 {
        self.0.values().map(|(n, _)| n).sum()
    }

    /// SQLs.
    pub(super) fn converted(&self) -> f64 {
        self.0.values().map(|(_, converted)| converted).sum()
    }
}

/// A group against the rest, at the same stratum.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub n: f64,
    pub converted: f64,
    pub rest_n: f64,
    pub rest_converted: f64,
    rate: Interval,
    /// Rate of the group over that of the rest.
    pub ratio: f64,
    ratio_low: f64,
    pub ratio_high: f64,
    /// One-sided p of "worse than the rest".
    pub p_worse: f64,
}

impl Comparison {
    pub(super) fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("leads", self.n),
            ("sqls", self.converted),
            ("rate", self.converted / self.n),
            ("rate_low", self.rate.low),
            ("rate_high", self.rate.high),
            ("others", self.rest_n),
            ("others_sqls", self.rest_converted),
            ("others_rate", self.rest_converted / self.rest_n),
            ("share", self.n / (self.n + self.rest_n)),
            ("ratio", self.ratio),
            ("ratio_low", self.ratio_low),
            ("ratio_high", self.ratio_high),
        ]
    }
}

/// Compares a group with the others among `all`, of which it is a part. `None` when either is empty.
pub(super) fn compare(group: &Strata, all: &Strata, level: f64) -> Option<Comparison> {
    let (n, converted) = (group.n(), group.converted());
    let (rest_n, rest_converted) = (all.n() - n, all.converted() - converted);
    if n <= 0.0 || rest_n <= 0.0 {
        return None;
    }
    // Sums over strata: observed less expected SQLs and their variance; the two halves of the rate ratio and its variance.
    let (mut excess, mut variance, mut above, mut below, mut spread) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (stratum, (total, y)) in &all.0 {
        let (m1, y1) = group.0.get(stratum).copied().unwrap_or_default();
        let (m0, y0) = (total - m1, y - y1);
        if m1 <= 0.0 || m0 <= 0.0 {
            continue;
        }
        excess += y1 - m1 * y / total;
        if *total > 1.0 {
            variance += m1 * m0 * y * (total - y) / (total * total * (total - 1.0));
        }
        above += y1 * m0 / total;
        below += y0 * m1 / total;
        spread += (m1 * m0 * y - y1 * y0 * total) / (total * total);
    }
    let z = if variance > 0.0 { excess / variance.sqrt() } else { 0.0 };
    // Half an SQL keeps the ratio of a group without any finite.
    let halved = if above <= 0.0 { 0.5 * rest_n / (n + rest_n) } else { 0.0 };
    let (above, spread) = if halved > 0.0 { (halved, spread.max(0.5 * below)) } else { (above, spread) };
    let (ratio, error) =
        if below > 0.0 { (above / below, (spread / (above * below)).max(0.0).sqrt()) } else { (1.0, f64::INFINITY) };
    let reach = special::normal_quantile(0.5 + 0.5 * level) * error;
    Some(Comparison {
        n,
        converted,
        rest_n,
        rest_converted,
        rate: proportion::wilson(converted, n, level)?,
        ratio,
        ratio_low: ratio * (-reach).exp(),
        ratio_high: ratio * reach.exp(),
        p_worse: special::normal_cdf(z),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(cells: &[(i64, f64, f64)]) -> Strata {
        Strata(cells.iter().map(|(stratum, n, converted)| (*stratum, (*n, *converted))).collect())
    }

    #[test]
    fn some_names_speak_for_themselves() {
        for name in ["careers_page", "Job posting", "Karriere-Seite", "unsubscribed", "opt-out"] {
            assert!(speaks_of_another_purpose(name), "{name}");
        }
        for name in ["demo_request", "supporting_webinar", "pricing_page", "jobber"] {
            assert!(!speaks_of_another_purpose(name), "{name}");
        }
    }

    #[test]
    fn groups_are_compared_within_strata_as_mantel_and_haenszel_do() {
        // By hand: excess −4 − 3, variance 3.8788 + 3.3939; ratio 5.3 / 12.3, variance of its logarithm 8.65 / (5.3 · 12.3).
        let (group, all) = (strata(&[(0, 20.0, 4.0), (1, 30.0, 3.0)]), strata(&[(0, 100.0, 40.0), (1, 100.0, 20.0)]));
        let found = compare(&group, &all, 0.9).expect("two groups");
        assert!((found.ratio - 5.3 / 12.3).abs() < 1e-12);
        assert!((found.p_worse - special::normal_cdf(-7.0 / 7.272_727_272_727_f64.sqrt())).abs() < 1e-9);
        let reach = 1.644_853_626_951 * (8.65_f64 / (5.3 * 12.3)).sqrt();
        assert!((found.ratio_high / found.ratio - reach.exp()).abs() < 1e-9);
        assert_eq!((found.rest_n, found.rest_converted), (150.0, 53.0));
    }

    #[test]
    fn what_a_month_does_to_all_leads_sets_none_apart() {
        // The group comes in the bad month, and converts there as all others do.
        let (group, all) = (strata(&[(1, 50.0, 5.0)]), strata(&[(0, 100.0, 50.0), (1, 100.0, 10.0)]));
        let found = compare(&group, &all, 0.9).expect("two groups");
        assert_eq!((found.ratio, found.p_worse), (1.0, 0.5));
    }

    #[test]
    fn a_group_without_any_sql_has_a_finite_interval_and_an_empty_one_none() {
        let all = strata(&[(0, 200.0, 40.0)]);
        let found = compare(&strata(&[(0, 40.0, 0.0)]), &all, 0.9).expect("two groups");
        assert!(
            found.ratio > 0.0 && found.ratio < 0.1 && found.ratio_high.is_finite() && found.ratio_high > found.ratio
        );
        assert!(compare(&strata(&[]), &all, 0.9).is_none() && compare(&all, &all, 0.9).is_none());
    }
}
