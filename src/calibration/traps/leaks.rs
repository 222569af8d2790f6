//! Does the data that scores are judged by already know the outcome?
//!
//! - `sql_in_disguise`: a type of action seen from the day before the SQL to the day after it, at far more SQLs than in the
//!   spells of three days before, of the same leads. Only SQLs at least two days after their MQL: a request that makes a lead
//!   an MQL and the next day an SQL is what marketing hopes for. A case-crossover test (Maclure 1991): if the days around the
//!   SQL were like any others, each of a lead's spells with the type would be as likely to be that one, so the number of SQLs
//!   that have it is a sum of known chances, and its tail is exact. People act less and less, which makes the test timid.
//! - `sales_fills_score`: scored actions in the 28 days after the SQL against those of open MQLs of the same age. The ratio
//!   of means, with the delta method's interval of its logarithm.
//! - `score_knows_outcome`: the area under the curve of today's score, nothing cut off, is above 0.85, and
//!   above that of the score at the MQL moment.
//! - `filled_by_sales`: whether an attribute is missing tells who became an SQL; the area is ½ + ½ (share missing among the
//!   open − share missing among the SQLs), its interval Newcombe's.

use super::counts::{AroundCount, Counts, Group};
use super::{ALPHA, Check, found_if};
use crate::stats::discrimination::{self, Scored};
use crate::stats::{multiple, proportion, special};
use std::collections::{BTreeMap, BTreeSet};

/// Least SQLs whose surroundings say anything.
const LEAST_AROUND: u64 = 6;
/// Least SQLs whose leads are held against open MQLs.
const LEAST_SQLS: u64 = 12;
/// A type that is the SQL is there at this share of them at least, by the estimate.
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
            few(n_sqls, "SQLs whose leads were known at least 4 days before, and MQLs at least 2", LEAST_AROUND),
        ));
        return;
    }
    let names: BTreeSet<&str> =
        counts.around.iter().map(|row| row.name.as_str()).filter(|name| !name.is_empty()).collect();
    let n_spells: u64 =
        counts.around.iter().filter(|row| row.name.is_empty()).map(|row| row.n * u64::from(row.spells)).sum();
    let of_type = |name: &str| counts.around.iter().filter(|row| row.name == name).collect::<Vec<_>>();
    let tables: Vec<(&str, Vec<&AroundCount>)> = names.into_iter().map(|name| (name, of_type(name))).collect();
    let p: Vec<f64> = tables.iter().map(|(_, rows)| crossover_p(rows)).collect();
    for ((name, rows), p) in tables.iter().zip(multiple::benjamini_hochberg(&p)) {
        let near = rows.iter().filter(|row| row.near).map(|row| row.n).sum::<u64>() as f64;
        let ordinary = rows.iter().map(|row| row.n * u64::from(row.ordinary)).sum::<u64>() as f64;
        let (n, spells) = (n_sqls as f64, n_spells as f64);
        let Some(near_range) = proportion::clopper_pearson(near, n, level) else { continue };
        let result = found_if(&[p < ALPHA, near / n > LEAST_NEAR, near / n >= NEAR_TO_ORDINARY * ordinary / spells]);
        let numbers = [
            ("sqls", n),
            ("near", near),
            ("near_share", near / n),
            ("near_low", near_range.low),
            ("near_high", near_range.high),
            ("ordinary", ordinary),
            ("spells", spells),
            ("ordinary_share", ordinary / spells),
            ("points", points(counts, name)),
        ];
        checks.push(Check::of(CODE, name, result, Some(p), &numbers));
    }
}

/// One-sided p of the case-crossover test: as many SQLs with the type around them, or more, by chance.
///
/// A lead with the type in m of its k + 1 spells (the days around the SQL among them) has it there with chance m/(k + 1).
fn crossover_p(rows: &[&AroundCount]) -> f64 {
    let near: u64 = rows.iter().filter(|row| row.near).map(|row| row.n).sum();
    // Chance of each number of SQLs so far. More than `near` need not be told apart: the tail is what is not below.
    let mut chances = vec![0.0; near as usize];
    let Some(none) = chances.first_mut() else { return 1.0 };
    *none = 1.0;
    for row in rows {
        let chance = f64::from(row.ordinary + u32::from(row.near)) / f64::from(row.spells + 1);
        for _ in 0..row.n {
            let mut below = 0.0;
            for so_far in &mut chances {
                let here = *so_far;
                *so_far = here * (1.0 - chance) + below * chance;
                below = here;
            }
        }
    }
    (1.0 - chances.iter().sum::<f64>()).clamp(0.0, 1.0)
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

    fn row(near: bool, ordinary: u32, spells: u32, n: u64) -> AroundCount {
        AroundCount { name: "demo".into(), near, ordinary, spells, n }
    }

    #[test]
    fn the_crossover_test_is_exact() {
        let p = |rows: &[AroundCount]| crossover_p(&rows.iter().collect::<Vec<_>>());
        // One ordinary spell each: the sign test.
        assert!((p(&[row(true, 0, 1, 5)]) - 1.0 / 32.0).abs() < 1e-12);
        assert!((p(&[row(true, 0, 1, 3), row(false, 1, 1, 1)]) - 5.0 / 16.0).abs() < 1e-12);
        // Three of four spells and one of three: 3/4 · 1/3, in any order.
        assert!((p(&[row(true, 2, 3, 1), row(true, 0, 2, 1)]) - 0.25).abs() < 1e-12);
        // Those that have it always, or never, say nothing.
        assert_eq!(p(&[row(true, 1, 1, 9)]), 1.0);
        assert_eq!((p(&[row(false, 3, 4, 7)]), p(&[])), (1.0, 1.0));
    }
}
