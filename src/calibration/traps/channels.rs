//! Is there a channel whose MQLs are worth far less at the same score?
//!
//! `junk_channel`: MQLs of a channel against those of all others within month and score band (Mantel–Haenszel), one-sided, adjusted
//! over channels. Channels differ in any healthy funnel; a trap is one whose rate is, at the upper end of its interval,
//! below half (0.45) of that of the others, and which brings a material share of the MQLs.

use super::counts::{Counts, Group};
use super::groups::{self, Comparison, Strata};
use super::{ALPHA, Check, found_if};
use crate::stats::multiple;
use std::collections::BTreeSet;

/// Least worked leads of a channel.
const LEAST_LEADS: f64 = 20.0;
/// Least SQLs of all.
const LEAST_SQLS: f64 = 20.0;
/// Least share of the worked leads.
const LEAST_SHARE: f64 = 0.05;
/// Upper end of the rate ratio: not worth even half.
const FAR_WORSE: f64 = 0.45;

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "junk_channel";
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::Channel), groups::within_band);
    let names: BTreeSet<&str> =
        counts.worked.iter().filter(|row| row.group == Group::Channel).map(|row| row.name.as_str()).collect();
    if all.converted() < LEAST_SQLS || names.len() < 2 {
        let why = format!(
            "{} SQLs among worked leads of {} channels that are old enough, at least {LEAST_SQLS} of 2 are needed",
            all.converted(),
            names.len()
        );
        checks.push(Check::impossible(CODE, why));
        return;
    }
    let channels: Vec<(&str, Comparison)> = names
        .into_iter()
        .filter_map(|name| {
            let rows = counts.worked.iter().filter(|row| row.group == Group::Channel && row.name == name);
            Some((name, groups::compare(&Strata::of(rows, groups::within_band), &all, level)?))
        })
        .filter(|(_, found)| found.n >= LEAST_LEADS)
        .collect();
    let p: Vec<f64> = channels.iter().map(|(_, found)| found.p_worse).collect();
    for ((name, found), p) in channels.iter().zip(multiple::benjamini_hochberg(&p)) {
        let result = found_if(&[p < ALPHA, found.ratio_high < FAR_WORSE, found.n / all.n() >= LEAST_SHARE]);
        checks.push(Check::of(CODE, name, result, Some(p), &found.numbers()));
    }
}
