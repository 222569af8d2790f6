//! What became of what the last report said?

use super::super::format;
use super::super::page::{Block, Row, Section, Table, Tone, Unit};
use super::super::since_last::{
    CountChange, Counted, Judged, Kept, Promise, RateNow, Restated, Seen, SinceLast, VerdictChange,
};
use super::{Cell, column, row, table, text};
use crate::finding::masked;
use crate::metrics::Estimate;
use crate::vocabulary::Month;

/// Months whose counts are told in a sentence; the others stand in the table.
const TOLD: usize = 4;

pub fn section(since: &SinceLast, currency: &str, level: f64) -> Section {
    let prose = |text: String| Block::Prose { text };
    let neutral = |text: String| Block::Note { tone: Tone::Neutral, text };
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(compared_with(since).map(prose));
    blocks.extend(since.remarks.iter().cloned().map(neutral));
    if !since.not_comparable.is_empty() {
        blocks.push(neutral(since.not_comparable.join(" ")));
    }
    let others = since.largest.filter(|_| since.largest != since.largest_complete);
    let rates = [forecasts(since, level), moved(since, since.largest_complete), moved(since, others)];
    let rates: Vec<String> = rates.into_iter().flatten().collect();
    if !rates.is_empty() {
        blocks.push(prose(rates.join(" ")));
    }
    blocks.extend(counts(since, currency).map(prose));
    blocks.extend(verdicts(since).map(prose));
    if let Some(promise) = &since.promise {
        blocks.push(prose(format!("{} {}", promised(promise), came(promise, level))));
    }
    blocks.extend(months(since).map(Block::Table));
    Section { id: "since-last-time".into(), title: title(since), blocks }
}

/// The section's finding.
fn title(since: &SinceLast) -> String {
    let missed = since.forecasts - since.forecasts_held;
    let verdict = since.verdicts.iter().find(|change| change.on == Judged::Benchmark);
    let restated = since.months.iter().any(|month| !month.counts.is_empty() || month.rate == RateNow::Changed);
    match verdict {
        _ if since.with.is_none() => "No earlier report could be used".into(),
        _ if since.months.is_empty() => "The last report cannot be compared with this one".into(),
        Some(change) => format!("Since last time the verdict has changed: {}", verdict_words(&change.now)),
        None if since.forecasts > 0 && missed == 0 => "What was forecast last time has held".into(),
        None if missed > 0 => format!("{missed} of {} last time missed", format::counted(since.forecasts, "forecast")),
        None if restated => "Months that were over have been restated since last time".into(),
        None => "Nothing that was said last time has to be taken back".into(),
    }
}

fn compared_with(since: &SinceLast) -> Option<String> {
    let with = since.with.as_ref()?;
    let month = with.month.map_or_else(|| "an earlier month".to_string(), format::month);
    let through = with.as_of.map(|day| format!(", data through {}", format::day(day))).unwrap_or_default();
    Some(format!("Compared with the report of {month}{through} ({}).", with.place))
}

fn percent(level: f64) -> String {
    format::round_share(level)
}

fn forecasts(since: &SinceLast, level: f64) -> Option<String> {
    let (all, held) = (since.forecasts, since.forecasts_held);
    let level = percent(level);
    match (all, held) {
        (0, _) => None,
        (1, 1) => Some(format!(
            "One month that was a forecast then is complete now, and the {level} interval printed for it holds it."
        )),
        (1, _) => Some(format!(
            "One month that was a forecast then is complete now, and the {level} interval printed for it does not hold it. One in ten may miss."
        )),
        _ => Some(format!(
            "{all} months that were forecasts then are complete now; the {level} intervals printed then hold {held} of them. At least nine in ten should."
        )),
    }
}

fn said(seen: &Seen) -> String {
    format!("{} ({})", format::share(seen.estimate), format::share_range(seen.low, seen.high))
}

/// The sentence on a month whose rate moved.
fn moved(since: &SinceLast, month: Option<Month>) -> Option<String> {
    let month = since.months.iter().find(|other| Some(other.month) == month)?;
    let (then, now) = (month.then.as_ref()?, month.now.as_ref()?);
    let name = format::month_first(month.month);
    Some(match month.rate {
        RateNow::Complete => format!(
            "{name} was said to head for {}; now that it is complete it is {}.",
            said(then),
            format::share(now.estimate)
        ),
        RateNow::StillYoung => {
            format!("{name} was said to head for {}; with what has come since it heads for {}.", said(then), said(now))
        }
        _ => format!(
            "{name} was complete at {} ({} of {}) and is {} now ({} of {}): its data have changed since.",
            format::share(then.estimate),
            format::count(then.converted as f64),
            format::count(then.n as f64),
            format::share(now.estimate),
            format::count(now.converted as f64),
            format::count(now.n as f64)
        ),
    })
}

/// The sentences on months that were over, and whose counts are others now.
fn counts(since: &SinceLast, currency: &str) -> Option<String> {
    let changed: Vec<&Restated> = since.months.iter().rev().filter(|month| !month.counts.is_empty()).collect();
    let told: Vec<String> = changed
        .iter()
        .take(TOLD)
        .map(|month| {
            let each: Vec<String> = month.counts.iter().map(|change| count_words(change, currency)).collect();
            format!("{} had {}", format::month_first(month.month), each.join(" and "))
        })
        .collect();
    if told.is_empty() {
        return None;
    }
    let rest = match changed.len().saturating_sub(TOLD) {
        0 => String::new(),
        n => format!("; {n} more in report.json"),
    };
    Some(format!(
        "Months that were over then read differently now: {}{rest}. Rows came late, were deleted, or were corrected.",
        told.join("; ")
    ))
}

fn count_words(change: &CountChange, currency: &str) -> String {
    let number = |value: Option<f64>| match (change.what, value) {
        (_, None) => "none known".to_string(),
        (Counted::Spend, Some(value)) => format::money(value, currency),
        (_, Some(value)) => format::count(value),
    };
    let name = match change.what {
        Counted::Leads => " leads",
        Counted::Mqls => " MQLs",
        Counted::Spend => " of spend",
    };
    format!("{}{name} then, {} now", number(change.then), number(change.now))
}

fn verdict_words(verdict: &str) -> &'static str {
    match verdict {
        "unavailable" => "not available",
        "immature" => "too early to tell",
        "too_few" => "too few MQLs to tell",
        "not_worked" => "sales has not followed up",
        "definition_changed" => "two bars, two rates",
        "mix" => "moved by the mix of channels",
        "below" => "below the range",
        "inside" => "inside the range",
        "above" => "above the range",
        "tighten" => "raise it",
        "keep" => "keep it",
        "loosen_one_notch" => "lower it by a notch",
        "explore" => "keep it and work some leads below it",
        "not_enough_data" => "too little data",
        _ => "not settled",
    }
}

fn verdicts(since: &SinceLast) -> Option<String> {
    let words = |change: &VerdictChange| {
        let what = match change.on {
            Judged::Benchmark => "On MQL→SQL".to_string(),
            Judged::Bar => "On the bar".to_string(),
            Judged::Channel => format!("On {}", masked(change.channel.as_deref().unwrap_or("a channel"))),
        };
        format!("{what} it was “{}” and is “{}”", verdict_words(&change.then), verdict_words(&change.now))
    };
    let all: Vec<String> = since.verdicts.iter().map(words).collect();
    match all.as_slice() {
        [] => None,
        [one] => Some(format!("One verdict has changed. {one}. A change counts when the next report repeats it.")),
        _ => Some(format!(
            "{} verdicts have changed. {}. A change counts when the next report repeats it.",
            all.len(),
            all.join("; ")
        )),
    }
}

/// What a change of the bar was to bring.
fn promised(promise: &Promise) -> String {
    let it = &promise.promised;
    let advised = if (it.threshold - it.threshold_advised).abs() < 1e-9 {
        String::new()
    } else {
        format!(" (the advice was {})", it.threshold_advised)
    };
    let volume = it.mqls_per_month.map(|count| format!("about {} MQLs a month", format::count(count.round())));
    let rate = it.rate.map(|rate| format!("{} of them becoming SQLs", format::share(rate)));
    let brought: Vec<String> = [volume, rate].into_iter().flatten().collect();
    let brought = if brought.is_empty() { "nothing that was put in numbers".into() } else { brought.join(", ") };
    format!(
        "Since {} the bar is {} instead of {}{advised}, as was advised with the data through {}. It was to bring {brought}.",
        format::day(it.effective_from),
        it.threshold,
        it.threshold_before,
        format::day(it.advised_on)
    )
}

/// What the change of the bar has brought.
fn came(promise: &Promise, level: f64) -> String {
    let more =
        promise.more_mqls.map(|n| format!("; about {} more are needed", format::counted(n, "MQL"))).unwrap_or_default();
    if promise.months == 0 {
        return format!("It is too early to say whether it did: no whole month is over since{more}.");
    }
    let months = format::counted(u64::from(promise.months), "whole month");
    let limits = |estimate: &Estimate| estimate.value.zip(estimate.low.zip(estimate.high));
    let mut sentences = Vec::new();
    if let Some((value, (low, high))) = limits(&promise.observed_per_month) {
        let verdict = match promise.volume {
            Kept::More => ", more than promised",
            Kept::Less => ", fewer than promised",
            Kept::Kept => ", which agrees with the promise",
            Kept::TooEarly | Kept::NotPromised => "",
        };
        sentences.push(format!(
            "In the {months} since, {} MQLs a month came ({} interval {}–{}){verdict}.",
            format::count(value.round()),
            percent(level),
            format::count(low.round()),
            format::count(high.round())
        ));
    }
    let seen = limits(&promise.observed_rate)
        .map(|(value, (low, high))| format!("{} ({})", format::share(value), format::share_range(low, high)));
    sentences.extend(match (promise.rate_kept, seen) {
        (Kept::TooEarly, None) => Some(format!("For their rate it is too early{more}.")),
        (Kept::TooEarly, Some(seen)) => {
            Some(format!("Their rate is {seen} so far: too early to tell it from the one before the change{more}."))
        }
        (Kept::Kept, Some(seen)) => Some(format!("Their rate is {seen}, which agrees with the promise.")),
        (Kept::More, Some(seen)) => Some(format!("Their rate is {seen}: higher than promised.")),
        (Kept::Less, Some(seen)) => Some(format!("Their rate is {seen}: lower than promised.")),
        (Kept::NotPromised, Some(seen)) => {
            Some(format!("Their rate is {seen}; the promise was too close to the rate before to tell the two apart."))
        }
        _ => None,
    });
    sentences.join(" ")
}

fn months(since: &SinceLast) -> Option<Table> {
    let columns = vec![
        column("MQL month", Unit::Text),
        column("Rate then", Unit::Text),
        column("Rate now", Unit::Text),
        column("MQLs then", Unit::Count),
        column("MQLs now", Unit::Count),
        column("What happened", Unit::Text),
    ];
    let words = |month: &Restated| match (month.rate, month.held) {
        (RateNow::Complete, Some(false)) => "complete, outside of its interval",
        (RateNow::Complete, _) => "complete, inside its interval",
        (RateNow::StillYoung, _) => "still young",
        (RateNow::Known, _) => "was too early to tell",
        (RateNow::Changed, _) => "its data changed",
        (RateNow::Same, _) => "counts changed",
        (RateNow::NotComparable, _) => "rates are not comparable",
    };
    let rate = |seen: &Option<Seen>| {
        seen.as_ref().map_or_else(|| Cell::Missing("nothing to show".into()), |seen| text(said(seen)))
    };
    let n = |seen: &Option<Seen>| {
        seen.as_ref().map_or_else(|| Cell::Missing("nothing to show".into()), |seen| Cell::Number(seen.n as f64))
    };
    let rows: Vec<Row> = since
        .months
        .iter()
        .rev()
        .filter(|month| month.rate != RateNow::Same || !month.counts.is_empty())
        .filter(|month| month.rate != RateNow::NotComparable || !month.counts.is_empty())
        .map(|month| {
            let cells = vec![
                text(format::month_compact(month.month)),
                rate(&month.then),
                rate(&month.now),
                n(&month.then),
                n(&month.now),
                text(words(month)),
            ];
            let tone = if month.held == Some(false) { Tone::Warn } else { Tone::Neutral };
            Row { tone, ..row(cells) }
        })
        .collect();
    let note = "Rates of young months are forecasts, with their intervals; MQLs are those that the rate counts, without inferred ones.";
    (!rows.is_empty())
        .then(|| table("restated", "What the last report said, and what is known now", columns, rows, note))
}
