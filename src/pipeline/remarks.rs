//! Findings that only the counts show.

use super::Counted;
use crate::finding::masked;
use crate::ingest::Ingested;
use crate::metrics::{self, Metrics};
use crate::report::format;

/// Findings that only the counts show.
pub(super) fn remark(data: &mut Ingested, counted: &Counted, metrics: &Metrics) {
    let count = |remark: &str| counted.facts.remarks.get(remark).copied().unwrap_or(0);
    let findings = &mut data.findings;
    let mqls = count("mql");
    let truncated: Vec<&metrics::MonthRow> = metrics.months.iter().filter(|row| row.left_truncated).collect();
    for (code, of, found) in counted.offences.iter().filter(|(.., found)| found.n > 0) {
        let said = match *code {
            // Where no stage before the win is recorded, an SQL before the MQL is the win itself: said once.
            "funnel::sql_before_mql" => count("sql_entry") == 0,
            // Outcomes that begin late say so themselves.
            "stage_history::coverage" => !truncated.is_empty(),
            _ => false,
        };
        if !said {
            let detail = (*code == "stage_history::bulk_change" && found.mql_entries > 0).then(|| {
                let share = found.mql_entries as f64 / count("mql_entry").max(1) as f64;
                format!("{:.1} % of the MQL entries are among them", 100.0 * share)
            });
            findings.push(code, found.n, *of, found.examples.clone(), detail.as_deref());
        }
    }
    let inferred = count("inferred_mql");
    if inferred > 0 {
        findings.push("funnel::inferred_mql", inferred, mqls + inferred, Vec::new(), None);
    }
    // Entries that began no episode of a lead that counts; the rest of the entries.
    let repeats = count("mql_entry").saturating_sub(count("episode"));
    if repeats > 0 {
        findings.push("funnel::repeated_mql", repeats, count("mql_entry"), Vec::new(), None);
    }
    if let (Some(first), Some(last)) = (truncated.first(), truncated.last()) {
        let n = truncated.iter().map(|row| row.mqls).sum();
        let since = metrics.coverage.get("mql_to_sql").or_else(|| metrics.coverage.get("mql_to_customer"));
        let since = since.map(|day| format!(", the first outcome is of {}", format::day(*day))).unwrap_or_default();
        let detail = format!("{} to {}{since}", format::month_compact(first.month), format::month_compact(last.month));
        findings.push("funnel::left_truncated", n, metrics.overall.mqls, Vec::new(), Some(&detail));
    }
    if !metrics.missing_spend.is_empty() {
        let examples = metrics
            .missing_spend
            .iter()
            .take(3)
            .map(|(month, channel)| format!("{} {channel}", format::month_compact(*month)))
            .collect();
        let of = metrics.expected_spend;
        findings.push("spend::missing_month", metrics.missing_spend.len() as u64, of, examples, None);
    }
    let negative = &metrics.costs.negative_channels;
    if !negative.is_empty() {
        let of = metrics.channels.iter().filter(|row| row.spend.is_some()).count() as u64;
        let examples = negative.iter().take(3).map(|name| masked(name)).collect();
        findings.push("spend::negative_total", negative.len() as u64, of, examples, None);
    }
    let strangers: Vec<&String> = metrics
        .costs
        .lag_days
        .keys()
        .filter(|name| metrics.channels.iter().all(|row| row.channel.as_ref() != Some(name) || row.spend.is_none()))
        .collect();
    if !strangers.is_empty() && metrics.known.spend.why().is_none() {
        let examples = strangers.iter().take(3).map(|name| masked(name)).collect();
        let of = metrics.costs.lag_days.len() as u64;
        findings.push("spend::lag_without_spend", strangers.len() as u64, of, examples, None);
    }
    if counted.replayed.1 * 50 > counted.replayed.0 {
        findings.push("score::mql_below_bar", counted.replayed.1, counted.replayed.0, Vec::new(), None);
    }
    if counted.crossed_without_mql.0 > 0 {
        let (n, of) = counted.crossed_without_mql;
        findings.push("score::crossed_without_mql", n, of, Vec::new(), None);
    }
}
