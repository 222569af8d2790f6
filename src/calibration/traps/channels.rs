//! Is there a channel whose MQLs are worth far less at the same score?
//!
//! `junk_channel`: MQLs of a channel against those of all others within month and score band (Mantel–Haenszel), one-sided, adjusted
//! over channels. Channels differ in any healthy funnel; a trap is one whose rate is, at the upper end of its interval,
//! below half (0.45; 0.55 for a channel that brings a quarter of the MQLs or more) of that of the others, and which brings a
//! material share of the MQLs.

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
/// Upper end of the rate ratio: not worth even half. (The weakest channel of a simulated funnel in which nothing is wrong
/// has upper ends from 0.55 on.)
const FAR_WORSE: f64 = 0.45;
/// A channel that brings this share of the worked leads floods sales, and
const FLOOD_SHARE: f64 = 0.25;
/// needs less to be a trap.
const FLOOD_WORSE: f64 = 0.55;

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
        let share = found.n / all.n();
        let far_worse = if share >= FLOOD_SHARE { FLOOD_WORSE } else { FAR_WORSE };
        let result = found_if(&[p < ALPHA, found.ratio_high < far_worse, share >= LEAST_SHARE]);
        checks.push(Check::of(CODE, name, result, Some(p), &found.numbers()));
    }
}
