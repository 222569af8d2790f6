//! How far can the data be trusted? One sentence, from what was not used and from the findings.

use super::format;
use crate::finding::{Finding, Level};
use crate::ingest::Input;
use schemars::JsonSchema;
use serde::Serialize;

/// Share of a table's rows that could not be used, from which on the report is read with care.
const CARE_REJECTED: f64 = 0.02;
/// The same, from which on nothing rests on the table.
const NO_USE_REJECTED: f64 = 0.25;
/// Share of what a warning looked at that it concerns, from which on the report is read with care.
const CARE_CONCERNED: f64 = 0.05;
/// The same, from which on it is not to be relied on.
const NO_USE_CONCERNED: f64 = 0.5;
/// Share of a table after the last visible day, from which on the report is read with care.
const CARE_HIDDEN: f64 = 0.5;
/// How many reasons a sentence names.
const REASONS: usize = 2;

/// Findings on rows that were rejected: the share of rejected rows says the same.
const REJECTING: [&str; 6] =
    ["bad_date", "ambiguous_date", "missing_value", "ragged_row", "unknown_lead", "unknown_stage"];

/// How far the data can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustLevel {
    /// Nothing in the data speaks against the numbers.
    Trusted,
    /// Something may have changed a number.
    WithCare,
    /// Something has.
    NotReliable,
}

impl TrustLevel {
    /// The level in words, as a label's text.
    pub fn says(self) -> &'static str {
        match self {
            TrustLevel::Trusted => "can be trusted",
            TrustLevel::WithCare => "to be read with care",
            TrustLevel::NotReliable => "not to be relied on",
        }
    }
}

/// The verdict on the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trust {
    /// How far.
    pub level: TrustLevel,
    /// One sentence: the verdict, and the two things that matter most.
    pub says: String,
}

/// A reason for less trust.
struct Reason {
    level: TrustLevel,
    /// Share of what was looked at that it concerns.
    share: f64,
    says: String,
}

/// The verdict from the files and the findings.
pub fn judge(inputs: &[Input], findings: &[Finding]) -> Trust {
    let mut reasons = rejected(inputs);
    reasons.extend(findings.iter().filter(|finding| is_of_data(finding)).filter_map(concern));
    reasons.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| b.share.total_cmp(&a.share)));
    let level = reasons.first().map_or(TrustLevel::Trusted, |reason| reason.level);
    let named: Vec<&str> = reasons.iter().take(REASONS).map(|reason| reason.says.as_str()).collect();
    let (read, unused) =
        inputs.iter().fold((0, 0), |(read, unused), input| (read + input.rows_read, unused + input.rows_rejected));
    let says = match level {
        TrustLevel::Trusted => {
            let warnings =
                findings.iter().filter(|finding| finding.level >= Level::Warn && is_of_data(finding)).count() as u64;
            let rows = match unused {
                0 => format!("all {} rows could be used", format::count(read as f64)),
                _ => format!(
                    "{} of {} rows could not be used ({})",
                    format::count(unused as f64),
                    format::count(read as f64),
                    format::share(unused as f64 / read.max(1) as f64)
                ),
            };
            let few = format::round_share(CARE_CONCERNED);
            let checks = match warnings {
                0 => "no check warns".to_string(),
                1 => format!("the one check that warns concerns less than {few} of what it looked at"),
                n => format!("each of the {n} checks that warn concerns less than {few} of what it looked at"),
            };
            format!("The data can be trusted: {rows}, and {checks}.")
        }
        TrustLevel::WithCare => format!("Read with care: {}.", named.join(", and ")),
        TrustLevel::NotReliable => format!("Do not rely on this: {}.", named.join(", and ")),
    };
    Trust { level, says }
}

/// Tables of which too many rows could not be used.
fn rejected(inputs: &[Input]) -> Vec<Reason> {
    let mut tables: Vec<(&str, u64, u64)> = Vec::new();
    for input in inputs {
        match tables.iter_mut().find(|(table, ..)| *table == input.table) {
            Some((_, read, unused)) => {
                *read += input.rows_read;
                *unused += input.rows_rejected;
            }
            None => tables.push((&input.table, input.rows_read, input.rows_rejected)),
        }
    }
    let reasons = tables.into_iter().filter_map(|(table, read, unused)| {
        let share = unused as f64 / read.max(1) as f64;
        let level = level(share, CARE_REJECTED, NO_USE_REJECTED)?;
        let says = format!("{} of the {} could not be used", format::share(share), rows_of(table));
        Some(Reason { level, share, says })
    });
    reasons.collect()
}

/// The share of what it looked at that a finding concerns, where the verdict is made by it: by itself, or by the rows that
/// it rejected.
pub fn weight(inputs: &[Input], finding: &Finding) -> Option<f64> {
    let what = finding.code.split_once("::").map_or(finding.code.as_str(), |(_, what)| what);
    if !is_of_data(finding) {
        return None;
    }
    if finding.level == Level::Warn && REJECTING.contains(&what) {
        let reads = |input: &&Input| input.table == finding.table;
        let of_table: Vec<Input> = inputs.iter().filter(reads).cloned().collect();
        return rejected(&of_table).first().map(|reason| reason.share);
    }
    concern(finding).map(|reason| reason.share)
}

/// Whether a finding is about the data; a query of the user's own changes no number of ours.
fn is_of_data(finding: &Finding) -> bool {
    finding.table != "queries"
}

/// What speaks against the numbers in a finding, if anything does.
fn concern(finding: &Finding) -> Option<Reason> {
    let what = finding.code.split_once("::").map_or(finding.code.as_str(), |(_, what)| what);
    let share = finding.share.unwrap_or(1.0).min(1.0);
    let level = match finding.level {
        Level::Deny => Some(TrustLevel::NotReliable),
        _ if what == "after_as_of" => (share > CARE_HIDDEN).then_some(TrustLevel::WithCare),
        Level::Warn if REJECTING.contains(&what) => None,
        // What is found in the settings, and not in rows, has no share.
        Level::Warn if finding.table == "config" || finding.of == 0 => Some(TrustLevel::WithCare),
        // The replay of scores carries the judgement of the bar, and no rate.
        Level::Warn if finding.table == "score" => (share >= CARE_CONCERNED).then_some(TrustLevel::WithCare),
        // What was found out about who is who has been heeded.
        Level::Warn if matches!(what, "shared_email" | "ids_collide") => {
            (share >= CARE_CONCERNED).then_some(TrustLevel::WithCare)
        }
        Level::Warn => level(share, CARE_CONCERNED, NO_USE_CONCERNED),
        Level::Info | Level::Allow => None,
    };
    // Up to what it does to the numbers, which stands under data quality.
    let says = finding.says.split([';', ':']).next().unwrap_or_default().to_string();
    Some(Reason { level: level?, share, says })
}

fn level(share: f64, care: f64, no_use: f64) -> Option<TrustLevel> {
    if share >= no_use {
        Some(TrustLevel::NotReliable)
    } else if share >= care {
        Some(TrustLevel::WithCare)
    } else {
        None
    }
}

fn rows_of(table: &str) -> &str {
    match table {
        "leads" => "lead rows",
        "stage_history" => "stage entries",
        "spend" => "spend rows",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;

    fn input(table: &str, rows_read: u64, rows_rejected: u64) -> Input {
        let (path, sha256) = (format!("{table}.csv"), String::new());
        let rows_used = rows_read - rows_rejected;
        Input { table: table.into(), path, sha256, rows_read, rows_used, rows_rejected, notes: Vec::new() }
    }

    fn found(all: &[(&str, u64, u64, Level)]) -> Vec<Finding> {
        let mut findings = Findings::default();
        for (code, count, of, _) in all {
            findings.push(code, *count, *of, Vec::new(), None);
        }
        findings.into_vec(&all.iter().map(|(code, _, _, level)| (code.to_string(), *level)).collect())
    }

    #[test]
    fn clean_data_are_trusted() {
        let trust = judge(&[input("leads", 100, 0)], &[]);
        assert_eq!(trust.level, TrustLevel::Trusted);
        assert_eq!(trust.says, "The data can be trusted: all 100 rows could be used, and no check warns.");
    }

    #[test]
    fn warnings_on_few_rows_take_no_trust_away() {
        let findings = found(&[("leads::mql_before_created", 4, 100, Level::Warn)]);
        let trust = judge(&[input("leads", 100, 1)], &findings);
        assert_eq!(trust.level, TrustLevel::Trusted);
        assert!(trust.says.contains("1 of 100 rows could not be used (1.0\u{a0}%)"), "{}", trust.says);
    }

    #[test]
    fn the_share_of_unused_rows_decides_at_its_limits() {
        for (unused, level) in [
            (19, TrustLevel::Trusted),
            (20, TrustLevel::WithCare),
            (249, TrustLevel::WithCare),
            (250, TrustLevel::NotReliable),
        ] {
            let trust = judge(&[input("leads", 9_000, 0), input("stage_history", 1_000, unused)], &[]);
            assert_eq!(trust.level, level, "{unused}");
        }
    }

    #[test]
    fn files_of_one_table_are_judged_together() {
        let trust = judge(&[input("leads", 10, 1), input("leads", 990, 0)], &[]);
        assert_eq!(trust.level, TrustLevel::Trusted);
    }

    #[test]
    fn the_share_that_a_warning_concerns_decides_at_its_limits() {
        for (count, level) in [
            (4, TrustLevel::Trusted),
            (5, TrustLevel::WithCare),
            (49, TrustLevel::WithCare),
            (50, TrustLevel::NotReliable),
        ] {
            let findings = found(&[("leads::import_day", count, 100, Level::Warn)]);
            assert_eq!(judge(&[], &findings).level, level, "{count}");
        }
    }

    #[test]
    fn what_is_denied_is_not_relied_on_and_what_is_info_says_nothing() {
        let denied = found(&[("leads::duplicate", 1, 1_000, Level::Deny)]);
        assert_eq!(judge(&[], &denied).level, TrustLevel::NotReliable);
        let info = found(&[("leads::duplicate", 900, 1_000, Level::Info)]);
        assert_eq!(judge(&[], &info).level, TrustLevel::Trusted);
    }

    #[test]
    fn rejected_rows_are_not_named_twice() {
        let findings = found(&[("stage_history::unknown_stage", 73, 1_000, Level::Warn)]);
        let trust = judge(&[input("stage_history", 1_000, 73)], &findings);
        assert_eq!(trust.says, "Read with care: 7.3\u{a0}% of the stage entries could not be used.");
    }

    #[test]
    fn the_two_things_that_matter_most_are_named() {
        let findings = found(&[
            ("leads::import_day", 10, 100, Level::Warn),
            ("stage_history::bulk_change", 60, 100, Level::Warn),
            ("deals::closed_before_opened", 30, 100, Level::Warn),
        ]);
        let trust = judge(&[], &findings);
        assert_eq!(trust.level, TrustLevel::NotReliable);
        assert!(trust.says.starts_with("Do not rely on this: 60 of 100 stage entries were made"), "{}", trust.says);
        assert!(
            trust.says.ends_with(", and 30 of 100 deals were closed on a day before they were opened."),
            "{}",
            trust.says
        );
    }

    #[test]
    fn a_table_that_mostly_lies_in_the_future_is_read_with_care() {
        let findings = found(&[("activities::after_as_of", 60, 100, Level::Info)]);
        let trust = judge(&[], &findings);
        assert_eq!(trust.says, "Read with care: 60 of 100 rows lie after the last visible day.");
    }
}
