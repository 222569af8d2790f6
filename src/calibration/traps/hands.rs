//! Do people who ask for sales get there?
//!
//! `hand_raiser_missed`: leads that asked for sales before any SQL, are old enough, and never reached the bar. How they
//! fare is known of those that became SQLs all the same; the others below the bar that never asked stand beside them
//! (Fisher's exact test).

use super::counts::Counts;
use super::{Check, found_if};
use crate::stats::proportion;

/// Least leads that asked and missed.
const LEAST_MISSED: f64 = 10.0;
/// Least share of those that asked.
const LEAST_SHARE: f64 = 0.05;
/// Least leads that asked.
const LEAST_ASKED: f64 = 20.0;

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "hand_raiser_missed";
    let Some(name) = &counts.hand_raiser else {
        let why = "no type of action is known by which people ask for sales: name it as hand_raiser under [funnel]";
        checks.push(Check::impossible(CODE, why.to_string()));
        return;
    };
    let sum = |hand: &str| {
        let rows = counts.hands.iter().filter(|row| row.hand == hand);
        rows.fold((0.0, 0.0), |(n, sqls), row| {
            (n + row.n as f64, sqls + if row.became_sql { row.n as f64 } else { 0.0 })
        })
    };
    let ((missed, missed_sqls), (reached, _), (quiet, quiet_sqls)) = (sum("missed"), sum("reached"), sum("quiet"));
    if missed + reached < LEAST_ASKED {
        let why = format!(
            "{} leads that are at least 180 days old have a {name}, at least {LEAST_ASKED} are needed",
            missed + reached
        );
        checks.push(Check::impossible(CODE, why));
        return;
    }
    let Some(share) = proportion::wilson(missed, missed + reached, level) else { return };
    // Peak bands are counted from 0 points up, the highest one ends at the bar.
    let near = crate::calibration::evidence::bands_below(counts.threshold, counts.step.max(1e-9)) as i64;
    let one_step: f64 = counts
        .hands
        .iter()
        .filter(|row| row.hand == "missed" && row.band >= near - 2)
        .fold(0.0, |n, row| n + row.n as f64);
    let p = proportion::fisher_p(quiet_sqls as u64, quiet as u64, missed_sqls as u64, missed as u64);
    let own = proportion::wilson(missed_sqls, missed, level);
    let numbers = [
        ("asked", missed + reached),
        ("missed", missed),
        ("share", missed / (missed + reached)),
        ("share_low", share.low),
        ("share_high", share.high),
        ("just_below", one_step),
        ("just_below_from", counts.threshold - 2.0 * counts.step),
        ("missed_sqls", missed_sqls),
        ("missed_rate", missed_sqls / missed),
        ("missed_rate_low", own.map_or(f64::NAN, |range| range.low)),
        ("missed_rate_high", own.map_or(f64::NAN, |range| range.high)),
        ("quiet", quiet),
        ("quiet_sqls", quiet_sqls),
        ("quiet_rate", quiet_sqls / quiet),
        ("points", counts.points.iter().find(|(known, _)| known == name).map_or(f64::NAN, |(_, points)| *points)),
        ("bar", counts.threshold),
    ];
    checks.push(Check::of(
        CODE,
        name,
        found_if(&[missed >= LEAST_MISSED, missed >= LEAST_SHARE * (missed + reached)]),
        p,
        &numbers,
    ));
}
