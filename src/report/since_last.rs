//! What became of what the last report said? Restated months, changed verdicts, and what a change of criteria promised.
//!
//! A forecast is checked when its month is complete now: does the interval then printed hold what is known now? The
//! interval is for the rate behind the month; what the month itself ends at lies nearer to what had been seen of it, so
//! at least nine in ten should hold it. Counts of months that were over then should not change; where they do, rows came
//! late, were deleted, or were changed. A promise is judged by what has been seen in the whole months since: it is broken
//! only where the interval of that leaves it out, and kept only where there were MQLs enough to tell the promised rate
//! from the one before (eight times in ten).

use crate::config::plan::{InferSkipped, Plan};
use crate::facts::Transition;
use crate::finding::masked;
use crate::metrics::funnel::Cohorts;
use crate::metrics::{self, Estimate, MonthRow};
use crate::pipeline::Analysis;
use crate::replay;
use crate::report::previous::{Given, MonthSaid, Promised, RateSaid, Said, Settings};
use crate::report::{Report, SCHEMA_VERSION};
use crate::stats::{counts, proportion};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Chance of telling a promised rate from the one before that a judgement needs.
const POWER: f64 = 0.8;
/// Difference of two shares that is none: less than a tenth of a point is not shown.
const SHOWN: f64 = 0.0005;
/// Amounts that differ by less are the same: reports are written with ten digits.
const CENT: f64 = 0.005;
/// How far from the advised threshold a new one may be to be held to its promise, as a share of it.
const ABOUT: f64 = 0.1;

/// The comparison with an earlier report.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SinceLast {
    /// The report it is compared with; `null` = none could be used.
    pub with: Option<With>,
    /// What was found and could not be used, a sentence each.
    pub remarks: Vec<String>,
    /// What is not comparable, a sentence each.
    pub not_comparable: Vec<String>,
    /// The months that both reports have, oldest first.
    pub months: Vec<Restated>,
    /// Months whose rate was a forecast then and is known now.
    pub forecasts: u64,
    /// Those of them that the interval then printed holds.
    pub forecasts_held: u64,
    /// The month whose rate moved most; `null` = none moved by a tenth of a point.
    pub largest: Option<Month>,
    /// The same of those that are complete now.
    pub largest_complete: Option<Month>,
    /// Verdicts that are others now.
    pub verdicts: Vec<VerdictChange>,
    /// What a change of criteria promised, and what came of it.
    pub promise: Option<Promise>,
}

/// The report that was compared with.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct With {
    /// Its folder and file.
    pub place: String,
    /// Its month.
    pub month: Option<Month>,
    /// Its last visible day.
    pub as_of: Option<Day>,
}

/// A month in both reports.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Restated {
    /// The month.
    pub month: Month,
    /// What happened to its rate.
    pub rate: RateNow,
    /// The rate then.
    pub then: Option<Seen>,
    /// The rate now.
    pub now: Option<Seen>,
    /// Whether the interval then printed holds what is known now; only where the rate has become complete.
    pub held: Option<bool>,
    /// Counts of the month that changed after it was over.
    pub counts: Vec<CountChange>,
}

/// What happened to a month's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateNow {
    /// A forecast then, complete now.
    Complete,
    /// A forecast then and now.
    StillYoung,
    /// Nothing could be said then; now it can.
    Known,
    /// Complete then, and another now: its data changed.
    Changed,
    /// As it was.
    Same,
    /// Not to be compared, or not known now.
    NotComparable,
}

/// A month's rate as a report shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Seen {
    /// Leads that started.
    pub n: u64,
    /// Conversions so far.
    pub converted: u64,
    /// The rate.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// A count that is another one now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CountChange {
    /// Which.
    pub what: Counted,
    /// Then; `null` = unknown.
    pub then: Option<f64>,
    /// Now; `null` = unknown.
    pub now: Option<f64>,
}

/// What a count counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Leads created.
    Leads,
    /// First MQLs.
    Mqls,
    /// Spend.
    Spend,
}

/// A verdict that is another one now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct VerdictChange {
    /// What is judged.
    pub on: Judged,
    /// The channel, if one is judged.
    pub channel: Option<String>,
    /// The verdict then.
    pub then: String,
    /// The verdict now.
    pub now: String,
}

/// What a verdict is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// MQL→SQL against its range.
    Benchmark,
    /// The bar.
    Bar,
    /// A channel's MQL→SQL against its range.
    Channel,
}

/// What a change of criteria promised, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Promise {
    /// What was promised.
    #[serde(flatten)]
    pub promised: Promised,
    /// First whole month since; `null` = none is over.
    pub since: Option<Month>,
    /// Whole months since.
    pub months: u32,
    /// MQLs in them, inferred ones left out.
    pub mqls: u64,
    /// MQLs per month in them.
    pub observed_per_month: Estimate,
    /// How that compares with what was promised.
    pub volume: Kept,
    /// MQL→SQL of their MQLs, young ones adjusted.
    pub observed_rate: Estimate,
    /// How that compares with what was promised.
    pub rate_kept: Kept,
    /// How many more MQLs are needed to tell; `null` = none, or it can never be told.
    pub more_mqls: Option<u64>,
}

/// Whether something is as promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// It cannot be told yet.
    TooEarly,
    /// The interval holds what was promised.
    Kept,
    /// The whole interval lies above it.
    More,
    /// The whole interval lies below it.
    Less,
    /// Nothing was promised that could be told from before.
    NotPromised,
}

/// How this report counts.
pub fn settings(plan: &Plan) -> Settings {
    Settings {
        mql_to_sql_days: plan.windows.mql_to_sql_days,
        sql_to_customer_days: plan.windows.sql_to_customer_days,
        mql_to_customer_days: plan.windows.mql_to_customer_days,
        level: plan.verdict.level,
        infer_skipped: plan.funnel.infer_skipped == InferSkipped::Yes,
        stages: plan.stages.iter().map(|(label, stage)| (masked(label), *stage)).collect(),
    }
}

/// What can be compared.
struct Comparable {
    anything: bool,
    counts: bool,
    rates: bool,
    spend: bool,
    verdicts: bool,
}

/// Compares `report`, which is complete but for this and for its page, with what is given; `None` without anything.
pub fn compare(given: &Given, report: &Report, plan: &Plan, analysis: &Analysis) -> Option<SinceLast> {
    let mut out = SinceLast {
        with: None,
        remarks: given.remarks.clone(),
        not_comparable: Vec::new(),
        months: Vec::new(),
        forecasts: 0,
        forecasts_held: 0,
        largest: None,
        largest_complete: None,
        verdicts: Vec::new(),
        promise: None,
    };
    let Some(previous) = &given.report else {
        return (!out.remarks.is_empty()).then_some(out);
    };
    let said = &previous.said;
    out.with = Some(With { place: previous.place.clone(), month: said.month, as_of: said.as_of });
    let now = today(report);
    let comparable = comparable(said, report, &mut out.not_comparable);
    if !comparable.anything {
        return Some(out);
    }
    out.months = months(said, &report.months, &now, &comparable);
    out.forecasts = out.months.iter().filter(|month| month.held.is_some()).count() as u64;
    out.forecasts_held = out.months.iter().filter(|month| month.held == Some(true)).count() as u64;
    out.largest = largest(&out.months, |rate| rate != RateNow::Same);
    out.largest_complete = largest(&out.months, |rate| rate == RateNow::Complete);
    if comparable.verdicts {
        out.verdicts = verdicts(said, &now);
    }
    if comparable.rates && comparable.counts {
        out.promise = promise(said, report, plan, analysis, &mut out.not_comparable);
    }
    Some(out)
}

/// This report, read as an earlier one is.
fn today(report: &Report) -> Said {
    let value = serde_json::json!({
        "months": report.months,
        "channels": report.channels,
        "benchmark": report.benchmark,
        "calibration": report.calibration,
    });
    serde_json::from_value(value).unwrap_or_default()
}

/// What two reports have in common, and a sentence for what they have not.
fn comparable(said: &Said, report: &Report, says: &mut Vec<String>) -> Comparable {
    let mut out = Comparable { anything: true, counts: true, rates: true, spend: true, verdicts: true };
    let named = |text: &Option<String>| text.as_deref().map_or("nothing".to_string(), masked);
    if said.project.as_deref() != Some(report.project.as_str()) {
        says.push(format!("It is of another project ({}), so nothing is compared.", named(&said.project)));
        out.anything = false;
        return out;
    }
    match said.schema_version {
        Some(version) if (1..=SCHEMA_VERSION).contains(&version) => {}
        Some(version) => {
            says.push(format!("Its format is version {version}, which this program does not know."));
            out.anything = false;
            return out;
        }
        None => {
            says.push("It does not say which version its format is, so nothing is compared.".to_string());
            out.anything = false;
            return out;
        }
    }
    if said.timezone.as_deref() != Some(report.timezone.as_str()) {
        says.push(format!(
            "The time zone was {} and is {} now: days and months begin elsewhere, so counts and rates are not compared.",
            named(&said.timezone),
            report.timezone
        ));
        (out.counts, out.rates) = (false, false);
    }
    if said.currency.as_deref() != Some(report.currency.as_str()) {
        says.push(format!(
            "The currency was {} and is {} now, so spend is not compared.",
            named(&said.currency),
            report.currency
        ));
        out.spend = false;
    }
    let ours = &report.settings;
    let window = said.months.iter().rev().find_map(|month| month.mql_to_sql.as_ref()?.window_days);
    let window = said.settings.as_ref().map(|settings| settings.mql_to_sql_days).or(window);
    if let Some(days) = window.filter(|days| *days != ours.mql_to_sql_days) {
        says.push(format!(
            "An MQL had {days} days to become an SQL and has {} now, so rates are not compared.",
            ours.mql_to_sql_days
        ));
        out.rates = false;
    }
    if let Some(theirs) = &said.settings {
        if theirs.stages != ours.stages || theirs.infer_skipped != ours.infer_skipped {
            says.push(
                "Stages are read in another way since ([stages] or infer_skipped changed), so counts and rates are not compared."
                    .to_string(),
            );
            (out.counts, out.rates) = (false, false);
        }
        if (theirs.level - ours.level).abs() > 1e-9 {
            says.push("Intervals were of another confidence level, so forecasts are not checked.".to_string());
            out.rates = false;
        }
    }
    let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-9);
    let range = said.benchmark.as_ref();
    let same_range =
        range.is_some_and(|range| near(range.low, report.benchmark.low) && near(range.high, report.benchmark.high));
    if !same_range {
        says.push("The benchmark range is another one now, so verdicts are not compared.".to_string());
    }
    out.verdicts = same_range && out.rates;
    out
}

fn by_month(months: &[MonthSaid]) -> BTreeMap<Month, &MonthSaid> {
    months.iter().filter_map(|month| Some((month.month?, month))).collect()
}

fn months(said: &Said, rows: &[MonthRow], now: &Said, comparable: &Comparable) -> Vec<Restated> {
    let (then, now) = (by_month(&said.months), by_month(&now.months));
    let restated = |row: &MonthRow| {
        let (then, now) = (then.get(&row.month)?, now.get(&row.month)?);
        let over = said.as_of.is_some_and(|day| row.month.last_day() <= day);
        let counts = if over { count_changes(then, now, comparable) } else { Vec::new() };
        // Where no SQLs are recorded, the report is about customers.
        let rate = |month: &'_ MonthSaid| -> Option<RateSaid> {
            let sql = month.mql_to_sql.clone().filter(|rate| rate.status.as_deref() != Some("unavailable"));
            sql.or_else(|| month.mql_to_customer.clone())
        };
        let (a, b) = (rate(then)?, rate(now)?);
        let kind =
            if comparable.rates && a.window_days == b.window_days { rate_now(&a, &b) } else { RateNow::NotComparable };
        let (seen_then, seen_now) = (seen(&a), seen(&b));
        let held = seen_then.zip(seen_now).filter(|_| kind == RateNow::Complete);
        let held = held.map(|(then, now)| then.low <= now.estimate && now.estimate <= then.high);
        let (then, now) = if kind == RateNow::NotComparable { (None, None) } else { (seen_then, seen_now) };
        Some(Restated { month: row.month, rate: kind, then, now, held, counts })
    };
    rows.iter().filter_map(restated).collect()
}

fn seen(rate: &RateSaid) -> Option<Seen> {
    let (estimate, low, high) = rate.estimate()?;
    Some(Seen { n: rate.n?, converted: rate.converted?, estimate, low, high })
}

fn rate_now(then: &RateSaid, now: &RateSaid) -> RateNow {
    let is = |rate: &RateSaid, status: &str| rate.status.as_deref() == Some(status);
    let (before, after) = (seen(then), seen(now));
    match (before, after) {
        (Some(_), Some(_)) if is(then, "maturing") && is(now, "mature") => RateNow::Complete,
        (Some(_), Some(_)) if is(then, "maturing") && is(now, "maturing") => RateNow::StillYoung,
        (Some(a), Some(b)) if is(then, "mature") && (a.n, a.converted) != (b.n, b.converted) => RateNow::Changed,
        (Some(_), Some(_)) => RateNow::Same,
        (None, Some(_)) if is(then, "too_early") && !is(now, "too_few") => RateNow::Known,
        (None, None) => RateNow::Same,
        _ => RateNow::NotComparable,
    }
}

fn count_changes(then: &MonthSaid, now: &MonthSaid, comparable: &Comparable) -> Vec<CountChange> {
    let mut out = Vec::new();
    let mut compare = |what: Counted, then: Option<f64>, now: Option<f64>| {
        let same = match (then, now) {
            (Some(a), Some(b)) => (a - b).abs() < CENT,
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            out.push(CountChange { what, then, now });
        }
    };
    let count = |n: Option<u64>| n.map(|n| n as f64);
    if comparable.counts {
        // A count that is missing then was missing in the file, not in the data.
        for (what, a, b) in [(Counted::Leads, then.leads, now.leads), (Counted::Mqls, then.mqls, now.mqls)] {
            if a.is_some() && b.is_some() {
                compare(what, count(a), count(b));
            }
        }
    }
    if comparable.spend {
        compare(Counted::Spend, then.spend, now.spend);
    }
    out
}

/// The month whose rate moved most, among those to which such things happened; the older of two that moved alike.
fn largest(months: &[Restated], counts: impl Fn(RateNow) -> bool) -> Option<Month> {
    let moved = |month: &Restated| -> f64 {
        let (Some(then), Some(now)) = (month.then, month.now) else { return 0.0 };
        (now.estimate - then.estimate).abs()
    };
    let mut best: Option<(f64, Month)> = None;
    for month in months.iter().filter(|month| counts(month.rate)) {
        let size = moved(month);
        if size >= SHOWN && best.is_none_or(|(most, _)| size > most + 1e-12) {
            best = Some((size, month.month));
        }
    }
    best.map(|(_, month)| month)
}

/// Every verdict on the benchmark or on a channel that a report may hold.
const VERDICTS: [&str; 10] = [
    "unavailable",
    "immature",
    "too_few",
    "not_worked",
    "definition_changed",
    "mix",
    "below",
    "inside",
    "above",
    "not_settled",
];
/// Every judgement of the bar.
const BAR: [&str; 5] = ["tighten", "keep", "loosen_one_notch", "explore", "not_enough_data"];

fn verdicts(said: &Said, now: &Said) -> Vec<VerdictChange> {
    let mut out = Vec::new();
    let mut compare = |on: Judged, channel: Option<&String>, then: Option<&String>, now: Option<&String>| {
        let known: &[&str] = if on == Judged::Bar { &BAR } else { &VERDICTS };
        let (Some(then), Some(now)) = (then, now) else { return };
        if then != now && known.contains(&then.as_str()) {
            out.push(VerdictChange { on, channel: channel.cloned(), then: then.clone(), now: now.clone() });
        }
    };
    let benchmark = |said: &'_ Said| said.benchmark.as_ref().and_then(|benchmark| benchmark.verdict.clone());
    compare(Judged::Benchmark, None, benchmark(said).as_ref(), benchmark(now).as_ref());
    let bar = |said: &'_ Said| said.calibration.as_ref().and_then(|calibration| calibration.verdict.clone());
    compare(Judged::Bar, None, bar(said).as_ref(), bar(now).as_ref());
    for channel in &now.channels {
        let Some(name) = &channel.channel else { continue };
        let before = said.channels.iter().find(|other| other.channel.as_ref() == Some(name));
        let then = before.and_then(|before| before.standing.as_ref()).and_then(|standing| standing.verdict.as_ref());
        let now = channel.standing.as_ref().and_then(|standing| standing.verdict.as_ref());
        compare(Judged::Channel, Some(name), then, now);
    }
    out
}

/// The promise that the criteria in force are to be held to, and what came of it.
fn promise(said: &Said, report: &Report, plan: &Plan, analysis: &Analysis, says: &mut Vec<String>) -> Option<Promise> {
    let current = replay::current(&plan.criteria, report.as_of)?;
    let from = current.effective_from.filter(|from| *from <= report.as_of)?;
    let carried = said
        .promise()
        .filter(|promise| promise.effective_from == from && (promise.threshold - current.threshold).abs() < 1e-9);
    let promised = match carried {
        Some(promised) => promised,
        None => {
            let promised = advised(said, from, current.threshold)?;
            // The advice on the bar leaves the points of its day as they are.
            let advice = said.calibration.as_ref();
            let kept = advice.filter(|it| it.bar.is_some()).and_then(|it| it.criteria.as_ref());
            let points = kept.or(advice.and_then(|it| it.suggested.as_ref())).and_then(|it| it.points.as_ref());
            if points.is_some_and(|points| *points != current.points) {
                says.push(
                    "The bar moved as advised, but the points changed with it, so the advice cannot be held to its promise."
                        .to_string(),
                );
                return None;
            }
            promised
        }
    };
    Some(observe(promised, report, plan, analysis))
}

/// What the earlier report promised of a threshold about like the one now in force, if it advised a move.
fn advised(said: &Said, from: Day, threshold: f64) -> Option<Promised> {
    let calibration = said.calibration.as_ref()?;
    let advised_on = said.as_of.filter(|day| *day < from)?;
    let moves = ["tighten", "loosen_one_notch"].contains(&calibration.verdict.as_deref()?);
    let before = calibration.criteria.as_ref()?.threshold?;
    let advised = calibration.bar.as_ref().or(calibration.suggested.as_ref())?.threshold?;
    let about = (threshold - advised).abs() <= ABOUT * advised.abs()
        && (threshold - advised).abs() < (threshold - before).abs();
    if !moves || !about || (advised - before).abs() < 1e-9 {
        return None;
    }
    let row = |threshold: f64| {
        calibration.sweep.iter().find(|row| row.threshold.is_some_and(|other| (other - threshold).abs() < 1e-6))
    };
    let rate = |threshold: f64| row(threshold)?.rate.as_ref()?.estimate().map(|(estimate, ..)| estimate);
    Some(Promised {
        advised_on,
        threshold_before: before,
        threshold_advised: advised,
        threshold,
        effective_from: from,
        mqls_per_month: row(advised)?.mqls_per_month.filter(|count| *count >= 0.0 && *count < 1e15),
        rate: rate(advised),
        rate_before: rate(before),
    })
}

fn observe(promised: Promised, report: &Report, plan: &Plan, analysis: &Analysis) -> Promise {
    let whole =
        |row: &&MonthRow| row.month.first_day() >= promised.effective_from && row.month.last_day() <= report.as_of;
    let rows: Vec<&MonthRow> = report.months.iter().filter(whole).collect();
    let mqls: u64 = rows.iter().map(|row| row.mqls.saturating_sub(row.inferred_mqls)).sum();
    let mut out = Promise {
        since: rows.first().map(|row| row.month),
        months: rows.len() as u32,
        mqls,
        observed_per_month: Estimate::NONE,
        volume: Kept::TooEarly,
        observed_rate: Estimate::NONE,
        rate_kept: Kept::TooEarly,
        more_mqls: None,
        promised,
    };
    let needed = match (out.promised.rate_before, out.promised.rate) {
        (Some(before), Some(promised)) => proportion::n_against(before, promised, plan.verdict.level, POWER),
        _ => None,
    };
    // Beyond this no project would wait for it.
    let needed = needed.filter(|n| *n <= 100_000.0);
    if out.promised.rate.is_none() {
        out.rate_kept = Kept::NotPromised;
    }
    if out.promised.mqls_per_month.is_none() {
        out.volume = Kept::NotPromised;
    }
    let (Some(from), Some(to)) = (out.since, rows.last().map(|row| row.month)) else {
        out.more_mqls = needed.map(|n| n.ceil() as u64);
        return out;
    };

    let counted: Vec<f64> = report.months.iter().map(|row| row.mqls.saturating_sub(row.inferred_mqls) as f64).collect();
    let interval = counts::poisson_interval(mqls as f64, metrics::swing_of_counts(&counted), plan.verdict.level);
    let months = f64::from(out.months);
    let (low, high) = (interval.low / months, interval.high / months);
    out.observed_per_month = Estimate { value: Some(mqls as f64 / months), low: Some(low), high: Some(high) };
    if let Some(promised) = out.promised.mqls_per_month {
        out.volume = kept(promised, low, high);
    }

    let known = &analysis.metrics.known;
    let cohorts = Cohorts::new(&analysis.facts.transitions, plan, report.as_of, from, to, known);
    let rate = cohorts.rate(Transition::MqlToSql, from, to, None);
    out.observed_rate = Estimate { value: rate.estimate, low: rate.low, high: rate.high };
    let worth = rate.n_effective.unwrap_or(0.0);
    if let Some(promised) = out.promised.rate {
        let enough = needed.is_some_and(|needed| worth >= needed);
        out.rate_kept = match (rate.low, rate.high) {
            (Some(low), Some(high)) => match kept(promised, low, high) {
                Kept::Kept if needed.is_none() => Kept::NotPromised,
                Kept::Kept if !enough => Kept::TooEarly,
                other => other,
            },
            _ => Kept::TooEarly,
        };
        if out.rate_kept == Kept::TooEarly {
            out.more_mqls = needed.map(|needed| (needed - worth).max(1.0).ceil() as u64);
        }
    }
    out
}

/// Where an interval lies against what was promised.
fn kept(promised: f64, low: f64, high: f64) -> Kept {
    if low > promised {
        Kept::More
    } else if high < promised {
        Kept::Less
    } else {
        Kept::Kept
    }
}
