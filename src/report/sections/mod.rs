//! From numbers to a page: one file a section. Words vary with the data; nothing is said that its test does not support.

mod actions;
mod calibration;
mod change;
mod channels;
mod cohort_charts;
mod conversion;
mod cost;
mod definitions;
mod handoff;
mod limits;
#[cfg(test)]
mod made;
mod quality;
mod scorecard;
pub(super) mod since_last;
mod time;
mod volume;

pub(super) use change::tells_news;

use super::format;
use super::page::{Block, Brand, Cell, Column, Fact, Page, Row, Section, Table, Tone, Unit};
use super::trust::{Trust, TrustLevel};
use crate::calibration::threshold::Verdict as BarVerdict;
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::metrics::benchmark::Verdict;
use crate::metrics::funnel::{Rate, Status};
use crate::metrics::{Estimate, Metrics, MonthRow, TimesTo, Totals};
use crate::pipeline::Analysis;
use crate::vocabulary::Month;

/// What the sections are told.
pub struct Context<'a> {
    plan: &'a Plan,
    analysis: &'a Analysis,
    metrics: &'a Metrics,
    goal: Goal,
}

/// The conversion that the report is about: MQL→SQL, or MQL→customer where no SQLs are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Sql,
    Customer,
}

impl Goal {
    fn label(self) -> &'static str {
        match self {
            Goal::Sql => "MQL→SQL",
            Goal::Customer => "MQL→customer",
        }
    }

    /// What a conversion is called, in the plural.
    fn plural(self) -> &'static str {
        match self {
            Goal::Sql => "SQLs",
            Goal::Customer => "customers",
        }
    }

    /// "1 SQL", "44 customers".
    fn counted(self, n: u64) -> String {
        let one = match self {
            Goal::Sql => "SQL",
            Goal::Customer => "customer",
        };
        if n == 1 { format!("1 {one}") } else { format!("{} {}", format::count(n as f64), self.plural()) }
    }

    fn transition(self) -> Transition {
        match self {
            Goal::Sql => Transition::MqlToSql,
            Goal::Customer => Transition::MqlToCustomer,
        }
    }

    fn of_month(self, row: &MonthRow) -> &Rate {
        match self {
            Goal::Sql => &row.mql_to_sql,
            Goal::Customer => &row.mql_to_customer,
        }
    }

    fn of(self, totals: &Totals) -> &Rate {
        match self {
            Goal::Sql => &totals.mql_to_sql,
            Goal::Customer => &totals.mql_to_customer,
        }
    }

    fn time(self, times: &TimesTo) -> &crate::metrics::velocity::TimeTo {
        match self {
            Goal::Sql => &times.mql_to_sql,
            Goal::Customer => &times.mql_to_customer,
        }
    }
}

/// The whole page: what was found and what to do first, then what moved and why, the criteria, the channels and what they
/// cost, sales' part, and at last what it all rests on.
pub fn page(plan: &Plan, analysis: &Analysis, trust: &Trust) -> Page {
    let metrics = &analysis.metrics;
    let goal = if metrics.known.sqls.why().is_none() { Goal::Sql } else { Goal::Customer };
    let context = Context { plan, analysis, metrics, goal };
    let fact = |label: &str, text: String| Fact { label: label.to_string(), text };
    Page {
        eyebrow: plan.report.title.clone().unwrap_or_else(|| format!("Marketing effectiveness · {}", plan.project)),
        headline: headline(&context),
        lede: lede(&context),
        facts: vec![
            fact(
                "Report month",
                if metrics.month.last_day() > analysis.as_of {
                    format!("{}, not complete yet", format::month(metrics.month))
                } else {
                    format::month(metrics.month)
                },
            ),
            fact("The data", trust.level.says().to_string()),
            fact("Data through", format!("{} ({})", format::day(analysis.as_of), plan.timezone.name())),
            fact(
                "Trends and rates",
                format!(
                    "{} to {}",
                    format::month_compact(metrics.overall.from),
                    format::month_compact(metrics.overall.to)
                ),
            ),
            fact(
                "Intervals",
                format!(
                    "{} confidence; of changes {}",
                    format::round_share(plan.verdict.level),
                    format::round_share(crate::metrics::change::LEVEL_OF_NEWS)
                ),
            ),
        ],
        sections: [
            with_verdict(scorecard::section(&context), trust),
            actions::section(&context, trust),
            change::section(&context),
            volume::section(&context),
            conversion::section(&context),
            calibration::section(&context),
        ]
        .into_iter()
        .chain(calibration::score(&context))
        .chain([
            channels::section(&context),
            cost::section(&context),
            time::section(&context),
            handoff::section(&context),
            quality::section(&context, trust),
            limits::section(&context),
            definitions::section(&context),
        ])
        .collect(),
        footer: format!(
            "Made by leadgauge {} from {} files; every number stands in report.json with what it rests on. Font: Inter (SIL Open Font License).",
            env!("CARGO_PKG_VERSION"),
            analysis.inputs.len()
        ),
        links: Vec::new(),
        brand: Brand { logo: plan.report.logo.clone(), ..Brand::default() },
    }
}

/// The section with the verdict on the data before everything else, unless they can be trusted.
fn with_verdict(mut section: Section, trust: &Trust) -> Section {
    let tone = match trust.level {
        TrustLevel::Trusted => return section,
        TrustLevel::WithCare => Tone::Warn,
        TrustLevel::NotReliable => Tone::Bad,
    };
    section.blocks.insert(0, Block::Note { tone, text: trust.says.clone() });
    section
}

fn headline(context: &Context) -> String {
    let metrics = context.metrics;
    let rate = context.goal.of(&metrics.overall);
    let benchmark = &metrics.benchmark;
    let band = format::round_share_range(benchmark.low, benchmark.high);
    if metrics.known.mqls.why().is_some() {
        return "No MQL dates were found, so there is nothing to judge yet".to_string();
    }
    let few = || format!("Too few MQLs to judge conversion: {} so far", format::count(rate.n as f64));
    let Some(share) = rate.estimate else {
        return match benchmark.verdict {
            Verdict::Immature if rate.status == Status::TooFew => few(),
            Verdict::Immature => "Too early to judge conversion: the MQLs are still young".to_string(),
            _ => format!("{} in {}", format::counted(last(metrics).mqls, "MQL"), format::month(metrics.month)),
        };
    };
    let shown = share;
    let share = format::share(share);
    // A verdict that has not repeated yet is said as what it is.
    let pending = benchmark.standing.as_ref().filter(|standing| standing.pending == Some(benchmark.verdict));
    if let (Goal::Sql, Some(standing)) = (context.goal, pending) {
        return format!(
            "{share} of MQLs become SQLs: for the first time {}; until now {}",
            place(benchmark.verdict, benchmark, &band),
            place(standing.verdict, benchmark, &band)
        );
    }
    // The rule moves on expected gain; words grow with the chance that the move helps.
    let chance = calibration::chance(context).unwrap_or(0.0);
    let bar = match context.analysis.calibration.verdict {
        BarVerdict::Tighten if chance >= 0.95 => "; the bar is too low",
        BarVerdict::Tighten if chance >= 0.8 => "; a higher bar would probably pay",
        BarVerdict::LoosenOneNotch if chance >= 0.95 => "; the bar is too high",
        BarVerdict::LoosenOneNotch if chance >= 0.8 => "; a lower bar would probably pay",
        // The bar has no claim on the headline: what has moved may have one.
        _ => "",
    };
    let moved = if bar.is_empty() { change::moved_in_a_word(context) } else { String::new() };
    let bar = format!("{bar}{moved}");
    match (context.goal, benchmark.verdict) {
        (Goal::Customer, _) if rate.status == Status::TooFew => few(),
        (Goal::Customer, _) => {
            let days = context.plan.windows.mql_to_customer_days;
            format!("{share} of MQLs become customers within {days} days; MQL→SQL cannot be judged from these data")
        }
        (_, Verdict::Inside) => format!("{share} of MQLs become SQLs, inside the {band} range{bar}"),
        (_, Verdict::Below) => format!("Only {share} of MQLs become SQLs, below the {band} range{bar}"),
        (_, Verdict::Above) => format!("{share} of MQLs become SQLs, above the {band} range{bar}"),
        (_, Verdict::TooFew | Verdict::Immature) => few(),
        (_, Verdict::NotWorked) => not_worked(context),
        (_, Verdict::DefinitionChanged) => definition_changed(context, shown),
        (_, Verdict::Mix) => format!("{share} of MQLs become SQLs; no new verdict, as the mix of channels has moved"),
        _ if benchmark.excluded.is_empty() => {
            format!("{share} of MQLs become SQLs; too little data to place that against {band}")
        }
        _ if benchmark.excluded.starts_with("not above") => {
            format!("{share} of MQLs become SQLs: inside or below the {band} range, too early to say which{bar}")
        }
        _ => format!("{share} of MQLs become SQLs: inside or above the {band} range, too early to say which{bar}"),
    }
}

/// Where a verdict places the rate, in words.
fn place(verdict: Verdict, benchmark: &crate::metrics::benchmark::Benchmark, band: &str) -> String {
    match verdict {
        Verdict::Below => format!("below the {band} range"),
        Verdict::Above => format!("above the {band} range"),
        Verdict::Inside => format!("inside the {band} range"),
        _ => match benchmark.excluded.split(' ').nth(1) {
            Some("above") => format!("not surely in the {band} range, and surely not above it"),
            Some("below") => format!("not surely in the {band} range, and surely not below it"),
            _ => format!("not settled against the {band} range"),
        },
    }
}

fn not_worked(context: &Context) -> String {
    let share = format::share(context.metrics.benchmark.untouched_share.unwrap_or(0.0));
    format!("Sales has left {share} of the MQLs untouched: the rate says nothing about the criteria yet")
}

fn definition_changed(context: &Context, share: f64) -> String {
    let changes = &context.metrics.benchmark.criteria_changes;
    let told = changes.iter().rev().find_map(|change| Some((change, change.rate_before?, change.rate_after?)));
    match told {
        Some((change, before, after)) => format!(
            "{} of MQLs become SQLs since the criteria changed in {}; before, {} did",
            format::share(after),
            format::month(change.effective_from.month()),
            format::share(before)
        ),
        None => format!("{} of MQLs become SQLs, under two definitions", format::share(share)),
    }
}

fn lede(context: &Context) -> String {
    let metrics = context.metrics;
    let row = last(metrics);
    if let Some(why) = metrics.known.mqls.why() {
        return format!("{} leads were read, but {why}.", format::count(metrics.overall.leads as f64));
    }
    let mut sentences = vec![match &metrics.change.volume {
        Some(news) => change::volume_in_short(news),
        None => format!("{} brought {}.", format::month_first(metrics.month), format::counted(row.mqls, "MQL")),
    }];
    let rate = context.goal.of(&metrics.overall);
    if let (Some(low), Some(high)) = (rate.low, rate.high) {
        let so_far = if rate.status == Status::Maturing { "have become" } else { "became" };
        let adjusted = match (rate.status, rate.estimate) {
            (Status::Maturing, Some(share)) => {
                format!(" so far; with those still to come that is {}", format::share(share))
            }
            (_, Some(share)) => format!(", which is {}", format::share(share)),
            _ => String::new(),
        };
        sentences.push(format!(
            "Of {} since {}, {} {so_far} {}{adjusted} ({}).",
            format::counted(rate.n_estimated, "MQL"),
            format::month(first_counted(context)),
            format::count(rate.converted_estimated as f64),
            context.goal.plural(),
            interval(low, high, rate.level)
        ));
    }
    sentences.extend(change::short(context));
    if let Some(says) = channels::worst(context) {
        sentences.push(says);
    }
    // The bar is judged by all there is, whatever month is reported; where nobody worked the MQLs it cannot be.
    let advice = calibration::summary(context).filter(|_| metrics.benchmark.verdict != Verdict::NotWorked);
    let is_past = metrics.month < crate::metrics::last_complete_month(metrics.as_of);
    sentences.extend(advice.map(|advice| match is_past {
        true => format!("As of {}, not of this month: {advice}", format::day(metrics.as_of)),
        false => advice,
    }));
    sentences.extend(calibration::other_points(context).filter(|_| !is_past));
    sentences.join(" ")
}

/// The first month whose MQLs count in the rates over all months.
fn first_counted(context: &Context) -> Month {
    let counted = context.metrics.months.iter().find(|row| !row.left_truncated);
    counted.map_or(context.metrics.overall.from, |row| row.month)
}

/// The report month's row.
fn last(metrics: &Metrics) -> &MonthRow {
    metrics.months.last().expect("there is at least the report month")
}

/// "90 % interval 16.6–23.4 %".
fn interval(low: f64, high: f64, level: f64) -> String {
    format!("{} interval {}", format::round_share(level), format::share_range(low, high))
}

/// An estimate and its interval as two cells.
fn cells(estimate: &Estimate, why: &str) -> [Cell; 2] {
    let range = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => Cell::Range(low, high),
        (Some(low), None) => Cell::Text(format!("at least {}", format::grouped(low, 0))),
        _ => Cell::Missing(why.to_string()),
    };
    [estimate.value.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number), range]
}

/// A rate and its interval as two cells.
fn rate_cells(rate: &Rate) -> [Cell; 2] {
    let why = status(rate.status);
    let range = match (rate.low, rate.high) {
        (Some(low), Some(high)) => Cell::Range(low, high),
        _ => Cell::Missing(why.to_string()),
    };
    [rate.estimate.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number), range]
}

/// A status in words.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Mature => "complete",
        Status::Maturing => "young",
        Status::TooEarly => "too early",
        Status::TooFew => "few leads",
        Status::Unavailable => "not available",
    }
}

fn column(label: &str, unit: Unit) -> Column {
    Column { label: label.to_string(), unit }
}

fn table(id: &str, title: &str, columns: Vec<Column>, rows: Vec<Row>, note: &str) -> Table {
    Table { id: id.to_string(), title: title.to_string(), columns, rows, note: note.to_string() }
}

fn row(cells: Vec<Cell>) -> Row {
    Row { cells, tone: Tone::Neutral }
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

fn number(value: u64) -> Cell {
    Cell::Number(value as f64)
}

/// A count that may not be recorded.
fn recorded(value: Option<u64>) -> Cell {
    value.map_or_else(|| Cell::Missing("not recorded".to_string()), number)
}
