//! Does the data that scores are judged by already know the outcome?
//!
//! - `sql_in_disguise`: a type of action seen from the day before the SQL to the day after it, at far more SQLs than in three
//!   days of the same leads a week before. Only SQLs at least two days after their MQL: a request that makes a lead an MQL
//!   and the next day an SQL is what marketing hopes for. One-sided sign test over the SQLs that have it in one of the two only.
//! - `sales_fills_score`: scored actions in the 28 days after the SQL against those of open MQLs of the same age. The ratio
//!   of means, with the delta method's interval of its logarithm.
//! - `score_knows_outcome`: the area under the curve of today's score, nothing cut off, is above 0.85, and
//!   above that of the score at the MQL moment.
//! - `filled_by_sales`: whether an attribute is missing tells who became an SQL; the area is ½ + ½ (share missing among the
//!   open − share missing among the SQLs), its interval Newcombe's.

use super::counts::{Counts, Group};
use super::{ALPHA, Check, found_if};
use crate::stats::discrimination::{self, Scored};
use crate::stats::{multiple, proportion, special};
use std::collections::{BTreeMap, BTreeSet};

/// Least SQLs whose surroundings say anything: fewer cannot pass the sign test and the interval.
const LEAST_AROUND: u64 = 6;
/// Least SQLs whose leads are held against open MQLs.
const LEAST_SQLS: u64 = 12;
/// A type that is the SQL is there at this share of them at the very least (the lower end of the interval).
const LEAST_NEAR: f64 = 0.2;
/// And so many times as often as in ordinary days.
const NEAR_TO_ORDINARY: f64 = 3.0;
/// Actions after the SQL against those of open MQLs of the same age: converted leads are keener by nature, by less than this
/// (1.2 to 1.6 times in simulated funnels whose sales log nothing, 2.3 to 6 where they do).
const AFTER_TO_OPEN: f64 = 1.9;
/// An area that no honest score has among MQLs, whose scores hardly differ at the hand-over.
const TOO_GOOD: f64 = 0.85;
/// Least area of "is missing" that is a trap.
const LEAST_MISSING_AREA: f64 = 0.6;
/// Least leads of either outcome.
const LEAST_OF_EACH: u64 = 20;

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    around_sqls(counts, level, checks);
    after_sqls(counts, level, checks);
    today(counts, level, checks);
    missing(counts, level, checks);
}

fn around_sqls(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "sql_in_disguise";
    let n_sqls: u64 = counts.around.iter().filter(|row| row.name.is_empty()).map(|row| row.n).sum();
    if n_sqls < LEAST_AROUND {
        checks.push(Check::impossible(
            CODE,
            few(n_sqls, "SQLs whose leads were known at least 9 days before, and MQLs at least 2", LEAST_AROUND),
        ));
        return;
    }
    let names: BTreeSet<&str> =
        counts.around.iter().map(|row| row.name.as_str()).filter(|name| !name.is_empty()).collect();
    let sum = |name: &str, near: bool, ordinary: bool| -> u64 {
        let rows = counts.around.iter().filter(|row| row.name == name && row.near == near && row.ordinary == ordinary);
        rows.map(|row| row.n).sum()
    };
    let tables: Vec<(&str, [u64; 3])> = names
        .into_iter()
        .map(|name| (name, [sum(name, true, false), sum(name, false, true), sum(name, true, true)]))
        .collect();
    let p: Vec<f64> = tables.iter().map(|(_, [near, ordinary, _])| sign_p(*near, *ordinary)).collect();
    for ((name, [only_near, only_ordinary, both]), p) in tables.iter().zip(multiple::benjamini_hochberg(&p)) {
        let (near, ordinary, n) = ((only_near + both) as f64, (only_ordinary + both) as f64, n_sqls as f64);
        let (Some(near_range), Some(ordinary_range)) =
            (proportion::clopper_pearson(near, n, level), proportion::wilson(ordinary, n, level))
        else {
            continue;
        };
        let result = found_if(&[p < ALPHA, near_range.low > LEAST_NEAR, near >= NEAR_TO_ORDINARY * ordinary]);
        let numbers = [
            ("sqls", n),
            ("near", near),
            ("near_share", near / n),
            ("near_low", near_range.low),
            ("near_high", near_range.high),
            ("ordinary", ordinary),
            ("ordinary_share", ordinary / n),
            ("ordinary_high", ordinary_range.high),
            ("points", points(counts, name)),
        ];
        checks.push(Check::of(CODE, name, result, Some(p), &numbers));
    }
}

/// One-sided p of the exact sign test: `more` or a larger share of `more + less` by chance.
fn sign_p(more: u64, less: u64) -> f64 {
    if more == 0 {
        return 1.0;
    }
    // P(X ≥ more) of a binomial with n = more + less and ½ is the beta distribution function at ½.
    special::beta_cdf(0.5, more as f64, less as f64 + 1.0)
}

fn points(counts: &Counts, name: &str) -> f64 {
    counts.points.iter().find(|(known, _)| known == name).map_or(0.0, |(_, points)| *points)
}

fn after_sqls(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "sales_fills_score";
    let mut open: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for row in counts.watched.iter().filter(|row| !row.after_sql) {
        let sum = open.entry(row.week).or_default();
        sum.0 += row.n as f64;
        sum.1 += row.n as f64 * f64::from(row.n_actions);
    }
    let (mut n, mut sum, mut squares, mut expected) = (0.0, 0.0, 0.0, 0.0);
    for row in counts.watched.iter().filter(|row| row.after_sql) {
        let Some((n_open, n_actions)) = open.get(&row.week).filter(|(n_open, _)| *n_open >= LEAST_OF_EACH as f64)
        else {
            continue;
        };
        let (leads, actions) = (row.n as f64, f64::from(row.n_actions));
        n += leads;
        sum += leads * actions;
        squares += leads * actions * actions;
        expected += leads * n_actions / n_open;
    }
    if n < LEAST_SQLS as f64 {
        checks.push(Check::impossible(
            CODE,
            few(n as u64, "SQLs with 28 days behind them and open MQLs of the same age beside them", LEAST_SQLS),
        ));
        return;
    }
    let (mean, usual) = (sum / n, expected / n);
    let variance = ((squares / n - mean * mean).max(0.0) / n).max(mean / n);
    // A tenth of an action guards against MQLs that do nothing at all any more.
    let ratio = (mean + 0.1) / (usual + 0.1);
    let reach = z(level) * variance.sqrt() / (mean + 0.1);
    let (low, high) = (ratio * (-reach).exp(), ratio * reach.exp());
    let result = found_if(&[low > AFTER_TO_OPEN, mean > 1.0]);
    let numbers = [
        ("sqls", n),
        ("after_sql", mean),
        ("open_mqls", usual),
        ("ratio", ratio),
        ("ratio_low", low),
        ("ratio_high", high),
    ];
    checks.push(Check::of(CODE, "", result, None, &numbers));
}

fn z(level: f64) -> f64 {
    special::normal_quantile(0.5 + 0.5 * level)
}

fn today(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "score_knows_outcome";
    let n =
        |converted: bool| -> u64 { counts.ends.iter().filter(|row| row.converted == converted).map(|row| row.n).sum() };
    let least = n(true).min(n(false));
    if least < LEAST_OF_EACH {
        checks.push(Check::impossible(CODE, few(n(true), "SQLs of mature MQLs", LEAST_OF_EACH)));
        return;
    }
    let rows = |band: fn(&super::counts::EndCount) -> i64| -> Vec<Scored> {
        let of_row = |row: &super::counts::EndCount| {
            let (positive, negative) = if row.converted { (row.n as f64, 0.0) } else { (0.0, row.n as f64) };
            Scored { score: band(row) as f64, positive, negative }
        };
        counts.ends.iter().map(of_row).collect()
    };
    let (Some(today), Some(at_mql)) =
        (discrimination::auc(&rows(|row| row.uncut_band)), discrimination::auc(&rows(|row| row.mql_band)))
    else {
        return;
    };
    let (range, then) = (today.interval(level), at_mql.interval(level));
    let mean = |converted: bool| {
        let of = counts.ends.iter().filter(|row| row.converted == converted);
        let (n, sum) =
            of.fold((0.0, 0.0), |(n, sum), row| (n + row.n as f64, sum + row.n as f64 * row.uncut_band as f64));
        sum / n * counts.threshold / crate::replay::traces::BANDS_TO_THE_BAR
    };
    let numbers = [
        ("mqls", (n(true) + n(false)) as f64),
        ("sqls", n(true) as f64),
        ("area_today", today.value),
        ("area_today_low", range.low),
        ("area_today_high", range.high),
        ("area_at_mql", at_mql.value),
        ("area_at_mql_low", then.low),
        ("area_at_mql_high", then.high),
        ("score_today_sqls", mean(true)),
        ("score_today_others", mean(false)),
    ];
    let result = found_if(&[today.value > TOO_GOOD, range.low > then.high]);
    checks.push(Check::of(CODE, "", result, None, &numbers));
}

fn missing(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "filled_by_sales";
    let rows: Vec<_> = counts.worked.iter().filter(|row| row.group == Group::Attribute).collect();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    if names.is_empty() {
        checks.push(Check::impossible(
            CODE,
            "no rule of fit asks for an attribute, or no worked lead is old enough".to_string(),
        ));
        return;
    }
    let sum = |name: &str, filled: i64, converted: bool| -> f64 {
        rows.iter()
            .filter(|row| row.name == name && row.band == filled && row.converted == converted)
            .map(|row| row.n as f64)
            .sum()
    };
    let tables: Vec<(&str, [f64; 4])> = names
        .iter()
        .map(|name| {
            let (missing_sqls, missing_open) = (sum(name, 0, true), sum(name, 0, false));
            (*name, [missing_sqls, missing_sqls + sum(name, 1, true), missing_open, missing_open + sum(name, 1, false)])
        })
        .filter(|(_, [_, sqls, _, open])| *sqls >= LEAST_OF_EACH as f64 && *open >= LEAST_OF_EACH as f64)
        .collect();
    if tables.is_empty() {
        checks.push(Check::impossible(CODE, format!("fewer than {LEAST_OF_EACH} worked leads of either outcome")));
        return;
    }
    let p: Vec<f64> = tables
        .iter()
        .map(|(_, [missing_sqls, sqls, missing_open, open])| {
            proportion::two_proportion_z(*missing_sqls, *sqls, *missing_open, *open)
                .map_or(1.0, |z| 2.0 * special::normal_cdf(-z.abs()))
        })
        .collect();
    for ((name, [missing_sqls, sqls, missing_open, open]), p) in tables.iter().zip(multiple::benjamini_hochberg(&p)) {
        let Some(range) = proportion::newcombe(*missing_sqls, *sqls, *missing_open, *open, level) else { continue };
        let area = 0.5 + 0.5 * (missing_open / open - missing_sqls / sqls);
        let numbers = [
            ("leads", sqls + open),
            ("sqls", *sqls),
            ("missing_sqls", *missing_sqls),
            ("missing_others", *missing_open),
            ("missing_share_sqls", missing_sqls / sqls),
            ("missing_share_others", missing_open / open),
            ("area", area),
            ("area_low", 0.5 + 0.5 * range.low),
            ("area_high", 0.5 + 0.5 * range.high),
        ];
        let result = found_if(&[p < ALPHA, area > LEAST_MISSING_AREA, range.low > 0.0]);
        checks.push(Check::of(CODE, name, result, Some(p), &numbers));
    }
}

/// "7 SQLs, 12 are needed".
fn few(n: u64, what: &str, least: u64) -> String {
    format!("{n} {what}, at least {least} are needed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_test_is_exact() {
        assert!((sign_p(5, 0) - 1.0 / 32.0).abs() < 1e-12);
        assert!((sign_p(3, 1) - 5.0 / 16.0).abs() < 1e-12);
        assert_eq!((sign_p(0, 7), sign_p(0, 0)), (1.0, 1.0));
    }
}
