//! What did the reports of past months say, and what has been restated since? The page over a series of monthly reports.
//!
//! Each report was made as of its own month's end. The data know more at their own end: late rows, conversions that were
//! still to come, corrected spend. The index sets what a month's report said of its month against what is known there.

use super::page::{
    Block, Brand, Cell, Chart, ChartData, Column, Dumbbell, DumbbellEnd, Fact, Figure, Link, Page, Part,
};
use super::page::{Point, PointState, Quantity, Row, Scale, Section, Table, Tone, Unit};
use super::{Report, Tool, format, look};
use crate::config::plan::Plan;
use crate::metrics::funnel::{Rate, Status};
use crate::metrics::{Estimate, MonthRow};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// Version of `index.json`.
pub const SCHEMA_VERSION: u32 = 1;
/// Rows of a chart that can be taken in.
const MOST_ROWS: usize = 24;

/// The index, as written to `index.json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Index {
    /// Version of this format.
    pub schema_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// Name of the project.
    pub project: String,
    /// The project's currency.
    pub currency: String,
    /// The first month asked for.
    pub from: Month,
    /// The last.
    pub to: Month,
    /// The last day of the data, through which everything is known that is said to be known now.
    pub as_of: Day,
    /// The months asked for, oldest first.
    pub months: Vec<Entry>,
    /// What each report said of its month, and what is known now.
    pub restated: Vec<Restated>,
    /// The page as it is shown.
    pub page: Page,
}

/// A month of the series.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// The month.
    pub month: Month,
    /// Why it has no report; `null` = it has one.
    pub why_not: Option<String>,
    /// The last day that its report sees.
    pub as_of: Option<Day>,
    /// What it says.
    pub headline: Option<String>,
    /// How far its data can be trusted.
    pub data: Option<String>,
    /// MQL→SQL over its months, as it was reported.
    pub mql_to_sql: Option<Rate>,
    /// SQL→customer over its months, as it was reported.
    pub sql_to_customer: Option<Rate>,
    /// Where the report lies, relative to the index.
    pub path: Option<String>,
    /// What it said of its own month.
    #[serde(skip)]
    row: Option<MonthRow>,
}

impl Entry {
    /// A month with its report, which lies at `path`.
    pub fn of(report: &Report, path: String) -> Entry {
        Entry {
            month: report.month,
            why_not: None,
            as_of: Some(report.as_of),
            headline: Some(report.page.headline.clone()),
            data: Some(report.trust.level.says().to_string()),
            mql_to_sql: Some(report.overall.mql_to_sql.clone()),
            sql_to_customer: Some(report.overall.sql_to_customer.clone()),
            path: Some(path),
            row: report.months.iter().find(|row| row.month == report.month).cloned(),
        }
    }

    /// A month that cannot be reported.
    pub fn without(month: Month, why: String) -> Entry {
        Entry {
            month,
            why_not: Some(why),
            as_of: None,
            headline: None,
            data: None,
            mql_to_sql: None,
            sql_to_customer: None,
            path: None,
            row: None,
        }
    }
}

/// What a report said of its month, and what is known of it now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Restated {
    /// The month.
    pub month: Month,
    /// MQLs as they were reported.
    pub mqls_then: u64,
    /// MQLs as they are known now.
    pub mqls_now: u64,
    /// MQL→SQL of its MQLs as it was estimated, with its interval.
    pub mql_to_sql_then: Estimate,
    /// The same as it is known now.
    pub mql_to_sql_now: Estimate,
    /// Whether every one of its MQLs has had its window by now.
    pub is_settled: bool,
    /// Cost per MQL as it was reported.
    pub cost_per_mql_then: Estimate,
    /// Cost per MQL as it is known now.
    pub cost_per_mql_now: Estimate,
}

impl Restated {
    /// Whether the rate that is known now lies in the interval given then; `None` where there was none, or is no rate.
    fn is_inside(&self) -> Option<bool> {
        let (low, high, now) = (self.mql_to_sql_then.low?, self.mql_to_sql_then.high?, self.mql_to_sql_now.value?);
        Some(now >= low - 1e-12 && now <= high + 1e-12)
    }

    /// The estimate of then and the rate of now, where the month is settled and both exist.
    fn held_against(&self) -> Option<(f64, f64)> {
        self.is_inside().filter(|_| self.is_settled)?;
        Some((self.mql_to_sql_then.value?, self.mql_to_sql_now.value?))
    }

    fn has_other_mqls(&self) -> bool {
        self.mqls_then != self.mqls_now
    }

    fn has_other_cost(&self) -> bool {
        let cents = |cost: &Estimate| cost.value.map(|value| (value * 100.0).round());
        cents(&self.cost_per_mql_then) != cents(&self.cost_per_mql_now)
    }

    fn is_moved(&self) -> bool {
        self.has_other_mqls() || self.has_other_cost()
    }
}

/// Makes the index of a series, oldest first; `now` is a report of everything that the data know, over all its months.
pub fn build(plan: &Plan, entries: Vec<Entry>, now: &Report) -> Index {
    let _worn = look::wear(&plan.report);
    let restated: Vec<Restated> = entries.iter().filter_map(|entry| compared(entry, now)).collect();
    let (from, to) = match (entries.first(), entries.last()) {
        (Some(first), Some(last)) => (first.month, last.month),
        _ => (now.month, now.month),
    };
    Index {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        project: plan.project.clone(),
        currency: plan.currency.clone(),
        from,
        to,
        as_of: now.as_of,
        page: page(plan, &entries, &restated, now, (from, to)),
        months: entries,
        restated,
    }
}

/// The JSON schema of `index.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Index).to_value()
}

fn compared(entry: &Entry, now: &Report) -> Option<Restated> {
    let then = entry.row.as_ref()?;
    let today = now.months.iter().find(|row| row.month == entry.month)?;
    let rate = |rate: &Rate| Estimate { value: rate.estimate, low: rate.low, high: rate.high };
    Some(Restated {
        month: entry.month,
        mqls_then: then.mqls,
        mqls_now: today.mqls,
        mql_to_sql_then: rate(&then.mql_to_sql),
        mql_to_sql_now: rate(&today.mql_to_sql),
        is_settled: today.mql_to_sql.status == Status::Mature,
        cost_per_mql_then: then.cost_per_mql,
        cost_per_mql_now: today.cost_per_mql,
    })
}

fn page(plan: &Plan, entries: &[Entry], restated: &[Restated], now: &Report, (from, to): (Month, Month)) -> Page {
    let fact = |label: &str, text: String| Fact { label: label.to_string(), text };
    let written = entries.iter().filter(|entry| entry.path.is_some()).count();
    let mut sections = vec![in_short(entries, restated, now), trend(entries, now)];
    if !restated.is_empty() {
        sections.push(since(restated, now));
        sections.push(first_estimates(restated, now));
    }
    sections.push(headlines(entries));
    Page {
        eyebrow: plan.report.title.clone().unwrap_or_else(|| format!("Reports of past months · {}", plan.project)),
        headline: headline(entries, restated),
        lede: lede(entries, restated, now),
        facts: vec![
            fact("Months", format!("{} to {}", format::month_compact(from), format::month_compact(to))),
            fact("Reports", format!("{written} of {}", entries.len())),
            fact("Each report", "as of its own month's end".to_string()),
            fact("Known now", format!("data through {}", format::day(now.as_of))),
        ],
        sections,
        footer: format!(
            "Made by leadgauge {}. Each month's report sees nothing that happened after its month; what is known now is known through {}.",
            env!("CARGO_PKG_VERSION"),
            format::day(now.as_of)
        ),
        links: entries
            .iter()
            .filter_map(|entry| Some(Link { label: format::month(entry.month), path: entry.path.clone()? }))
            .collect(),
        brand: Brand { logo: plan.report.logo.clone(), ..Brand::default() },
    }
}

/// Months whose estimate of then can be held against a settled rate, and those of them inside the interval.
fn held(restated: &[Restated]) -> (usize, usize) {
    let judged: Vec<bool> = restated.iter().filter(|row| row.is_settled).filter_map(Restated::is_inside).collect();
    (judged.len(), judged.iter().filter(|inside| **inside).count())
}

/// What the report of a month gave.
type Given<'a> = (Month, &'a Rate);

/// The first and the newest report that gave a rate.
fn ends(entries: &[Entry]) -> Option<(Given<'_>, Given<'_>)> {
    let mut rates = entries.iter().filter_map(|entry| {
        let rate = entry.mql_to_sql.as_ref().filter(|rate| rate.estimate.is_some())?;
        Some((entry.month, rate))
    });
    Some((rates.next()?, rates.next_back()?))
}

fn headline(entries: &[Entry], restated: &[Restated]) -> String {
    let written = entries.iter().filter(|entry| entry.path.is_some()).count() as u64;
    let trend = ends(entries).and_then(|((_, first), (_, newest))| {
        let (was, is) = (format::share(first.estimate?), format::share(newest.estimate?));
        Some(if was == is {
            format!("MQL→SQL was reported as {is} in the first month and in the last")
        } else {
            format!("MQL→SQL went from {was} in the first report to {is} in the newest")
        })
    });
    let trend = trend.unwrap_or_else(|| format::counted(written, "report"));
    match (restated.len(), restated.iter().filter(|row| row.is_moved()).count()) {
        (0, _) => trend,
        (_, 0) => format!("{trend}; no month has been restated since"),
        (of, 1) => format!("{trend}; 1 month of {of} has been restated since"),
        (of, moved) => format!("{trend}; {moved} months of {of} have been restated since"),
    }
}

fn lede(entries: &[Entry], restated: &[Restated], now: &Report) -> String {
    let mut sentences = Vec::new();
    let newest = entries.iter().rev().find_map(|entry| Some((entry.month, entry.headline.as_ref()?)));
    if let Some((month, says)) = newest {
        sentences.push(format!("The report of {} says: {}.", format::month(month), says.trim_end_matches('.')));
    }
    if let Some(most) = moved_most(restated) {
        sentences.push(format!("Restated most: {most}."));
    }
    let (judged, inside) = held(restated);
    sentences.push(match judged {
        0 => "No first estimate of MQL→SQL can be checked against what came of the MQLs yet: they have not all had their window, or at the month's end they were too young for an estimate.".to_string(),
        _ => format!(
            "Of {} of MQL→SQL that can be checked by {}, {inside} held: what came of the MQLs lies inside the {} interval given then.",
            format::counted(judged as u64, "first estimate"),
            format::day(now.as_of),
            format::round_share(now.settings.level)
        ),
    });
    sentences.join(" ")
}

/// The month whose MQLs changed most, and how; where none did, the one whose cost did.
fn moved_most(restated: &[Restated]) -> Option<String> {
    let mqls = restated
        .iter()
        .filter(|row| row.has_other_mqls())
        .max_by_key(|row| (row.mqls_now.abs_diff(row.mqls_then), std::cmp::Reverse(row.month.0)));
    if let Some(row) = mqls {
        return Some(format!(
            "{}, from {} to {}",
            format::month(row.month),
            format::count(row.mqls_then as f64),
            format::counted(row.mqls_now, "MQL")
        ));
    }
    let costs = restated.iter().filter(|row| row.has_other_cost()).count();
    (costs > 0).then(|| format!("cost per MQL only, in {}", format::counted(costs as u64, "month")))
}

/// The series in five cards: three measures, and how far past reports can be relied on.
fn in_short(entries: &[Entry], restated: &[Restated], now: &Report) -> Section {
    let mut blocks = Vec::new();
    blocks.extend(rate_card(entries, now).map(Block::Figure));
    blocks.extend(volume_card(entries).map(Block::Figure));
    blocks.extend(cost_card(entries, now).map(Block::Figure));
    if !restated.is_empty() {
        blocks.push(Block::Figure(restated_card(restated, now)));
        blocks.push(Block::Figure(held_card(restated, now)));
    }
    let text = "A month's report knows what was known at that month's end. Restated: the month's MQLs or cost per MQL are known differently now. First estimate: what a month's own report expected its MQLs to come to.";
    blocks.push(Block::Prose { text: text.into() });
    Section { id: "in-short".into(), title: "The series in short".into(), blocks }
}

fn card(label: String, value: String, basis: String) -> Figure {
    Figure {
        label,
        value,
        unit: String::new(),
        interval: String::new(),
        change: String::new(),
        basis,
        tone: Tone::Neutral,
        scale: None,
        number: None,
    }
}

fn quantity(value: f64, unit: Unit) -> Option<Quantity> {
    Some(Quantity { value: Some(value), low: None, high: None, unit })
}

fn rate_card(entries: &[Entry], now: &Report) -> Option<Figure> {
    let ((first_month, first), (month, newest)) = match ends(entries) {
        Some((first, newest)) => (first, newest),
        None => {
            let only = entries.iter().find_map(|entry| Some((entry.month, entry.mql_to_sql.as_ref()?)))?;
            (only, only)
        }
    };
    let value = newest.estimate?;
    let mut figure = card(
        "MQL→SQL, newest report".into(),
        format::share(value),
        format!("over all months of the report of {}, as known then", format::month(month)),
    );
    if let (Some(low), Some(high)) = (newest.low, newest.high) {
        figure.interval = format!("{} interval {}", format::round_share(newest.level), format::share_range(low, high));
        let (band_low, band_high) = (now.benchmark.low, now.benchmark.high);
        let max = (high.max(band_high) * 1.15).min(1.0);
        figure.scale = Some(Scale { max, band_low, band_high, value, low, high, level: newest.level });
    }
    if let Some(was) = first.estimate.filter(|_| first_month < month) {
        let apart = match (first.low, first.high, newest.low, newest.high) {
            (Some(low), Some(high), Some(new_low), Some(new_high)) if new_low > high || new_high < low => {
                ": more than their intervals allow for"
            }
            (Some(_), Some(_), Some(_), Some(_)) => "; so far apart two reports can lie by chance",
            _ => "",
        };
        figure.change = format!("{} in the report of {}{apart}", format::share(was), format::month(first_month));
    }
    figure.number = Some(Quantity { value: Some(value), low: newest.low, high: newest.high, unit: Unit::Share });
    Some(figure)
}

fn volume_card(entries: &[Entry]) -> Option<Figure> {
    let counts: Vec<(Month, u64)> =
        entries.iter().filter_map(|entry| Some((entry.month, entry.row.as_ref()?.mqls))).collect();
    let (month, newest) = counts.last().copied()?;
    let (fewest, most) = (counts.iter().map(|(_, n)| *n).min()?, counts.iter().map(|(_, n)| *n).max()?);
    let range = match counts.len() {
        1 => "as its own report gave it".to_string(),
        _ => format!(
            "from {} to {} a month in this series, as each report gave its month",
            format::count(fewest as f64),
            format::count(most as f64)
        ),
    };
    let mut figure = card(format!("MQLs, {}", format::month(month)), format::count(newest as f64), range);
    figure.number = quantity(newest as f64, Unit::Count);
    Some(figure)
}

fn cost_card(entries: &[Entry], now: &Report) -> Option<Figure> {
    let currency = &now.currency;
    let costs: Vec<(Month, f64)> =
        entries.iter().filter_map(|entry| Some((entry.month, entry.row.as_ref()?.cost_per_mql.value?))).collect();
    let (month, newest) = costs.last().copied()?;
    let least = costs.iter().map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min);
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let range = match costs.len() {
        1 => "as its own report gave it".to_string(),
        _ => format!(
            "from {} to {} in this series, as each report gave its month",
            format::money(least, currency),
            format::money(most, currency)
        ),
    };
    let mut figure = card(format!("Cost per MQL, {}", format::month(month)), format::money(newest, currency), range);
    figure.number = quantity(newest, Unit::Money(currency.clone()));
    Some(figure)
}

fn restated_card(restated: &[Restated], now: &Report) -> Figure {
    let moved = restated.iter().filter(|row| row.is_moved()).count();
    let basis = format!("whose MQLs or cost per MQL are known differently on {}", format::day(now.as_of));
    let mut figure = card("Months restated since".into(), format!("{moved} of {}", restated.len()), basis);
    figure.change = moved_most(restated).map_or_else(String::new, |most| format!("Most: {most}"));
    figure.number = quantity(moved as f64, Unit::Count);
    figure
}

fn held_card(restated: &[Restated], now: &Report) -> Figure {
    let (judged, inside) = held(restated);
    let label = "First estimates that held".to_string();
    if judged == 0 {
        return card(label, "–".into(), "no month with a first estimate has had its whole window yet".into());
    }
    let level = now.settings.level;
    let mut figure = card(
        label,
        format!("{inside} of {judged}"),
        format!(
            "settled months whose MQL→SQL lies inside the {} interval given at their end; such intervals promise {} of them",
            format::round_share(level),
            format::round_share(level)
        ),
    );
    figure.change = misses(restated).map_or_else(String::new, |miss| format!("Half were off by {miss} or less"));
    figure.number = quantity(inside as f64, Unit::Count);
    figure
}

/// By how much first estimates typically missed what came: the median, in points.
fn misses(restated: &[Restated]) -> Option<String> {
    let mut off: Vec<f64> =
        restated.iter().filter_map(Restated::held_against).map(|(then, now)| (then - now).abs()).collect();
    off.sort_by(f64::total_cmp);
    let median = *off.get(off.len().checked_sub(1)? / 2)?;
    Some(format::points(median).trim_start_matches('+').to_string())
}

fn headlines(entries: &[Entry]) -> Section {
    let columns = vec![text_column("Month"), text_column("What the report said"), text_column("The data")];
    let rows = entries.iter().rev().map(|entry| {
        let missing = || Cell::Missing(entry.why_not.clone().unwrap_or_default());
        let text = |text: &Option<String>| text.clone().map_or_else(missing, Cell::Text);
        neutral(vec![Cell::Text(format::month_compact(entry.month)), text(&entry.headline), text(&entry.data)])
    });
    let table = Table {
        id: "headlines".into(),
        title: "The headlines, newest first".into(),
        columns,
        rows: rows.collect(),
        note: String::new(),
    };
    Section { id: "reports".into(), title: "What each month's report said".into(), blocks: vec![Block::Table(table)] }
}

fn trend(entries: &[Entry], now: &Report) -> Section {
    let months: Vec<Month> = entries.iter().map(|entry| entry.month).collect();
    let rate = |entry: &Entry| {
        let rate = entry.mql_to_sql.as_ref();
        let of = |part: fn(&Rate) -> Option<f64>| rate.and_then(part);
        (of(|rate| rate.estimate), of(|rate| rate.low), of(|rate| rate.high), rate.map_or(0, |rate| rate.n))
    };
    let mut blocks = Vec::new();
    if entries.len() > 1 {
        let points = entries.iter().map(|entry| {
            let (value, low, high, n) = rate(entry);
            point(entry.month, (value, low, high), n, &Unit::Share)
        });
        let points: Vec<Point> = points.collect();
        if points.iter().any(|point| point.value.is_some()) {
            let band = Some((now.benchmark.low, now.benchmark.high));
            blocks.push(chart(
                "rate-as-reported",
                "MQL→SQL as each report gave it",
                "Over all months of the report, with the interval it gave; reports that follow each other share most months",
                ChartData::Line {
                    counted: "MQLs".into(),
                    points,
                    band,
                    events: Vec::new(),
                    unit: Unit::Share,
                    limits: None,
                },
            ));
        }
        let count =
            |month: Month| entries.iter().find(|entry| entry.month == month).and_then(|entry| entry.row.as_ref());
        let mqls = |month: &Month| count(*month).map_or(0.0, |row| row.mqls as f64);
        let values: Vec<f64> = months.iter().map(mqls).collect();
        if values.iter().any(|value| *value > 0.0) {
            blocks.push(chart(
                "mqls-as-reported",
                "MQLs as each report gave them",
                "First MQLs of the report's own month",
                ChartData::Bars {
                    months: months.iter().map(Month::to_string).collect(),
                    parts: vec![Part { name: "MQLs".into(), values }],
                    expected: Vec::new(),
                },
            ));
        }
        let unit = Unit::Money(now.currency.clone());
        let costs: Vec<Point> = entries
            .iter()
            .map(|entry| {
                let cost = entry.row.as_ref().map(|row| &row.cost_per_mql);
                let limits = cost.map_or((None, None, None), |cost| (cost.value, cost.low, cost.high));
                point(entry.month, limits, entry.row.as_ref().map_or(0, |row| row.cost_mqls), &unit)
            })
            .collect();
        if costs.iter().any(|point| point.value.is_some()) {
            blocks.push(chart(
                "cost-as-reported",
                "Cost per MQL as each report gave it",
                "Spend ÷ MQLs of the report's own month",
                ChartData::Line {
                    counted: "MQLs".into(),
                    points: costs,
                    band: None,
                    events: Vec::new(),
                    unit,
                    limits: None,
                },
            ));
        }
    }
    blocks.push(Block::Table(measures(entries, now)));
    Section { id: "trend".into(), title: "The measures as they were reported".into(), blocks }
}

fn measures(entries: &[Entry], now: &Report) -> Table {
    let money = Unit::Money(now.currency.clone());
    let columns = vec![
        text_column("Month"),
        column("MQLs", Unit::Count),
        column("MQL→SQL", Unit::Share),
        column("interval", Unit::Share),
        column("SQL→customer", Unit::Share),
        column("Cost per MQL", money),
    ];
    let rows = entries.iter().rev().map(|entry| {
        let why = entry.why_not.clone().unwrap_or_else(|| "not known then".to_string());
        let number = |value: Option<f64>| value.map_or_else(|| Cell::Missing(why.clone()), Cell::Number);
        let rate = entry.mql_to_sql.as_ref();
        let interval = rate.and_then(|rate| Some(Cell::Range(rate.low?, rate.high?)));
        neutral(vec![
            Cell::Text(format::month_compact(entry.month)),
            number(entry.row.as_ref().map(|row| row.mqls as f64)),
            number(rate.and_then(|rate| rate.estimate)),
            interval.unwrap_or_else(|| Cell::Missing(why.clone())),
            number(entry.sql_to_customer.as_ref().and_then(|rate| rate.estimate)),
            number(entry.row.as_ref().and_then(|row| row.cost_per_mql.value)),
        ])
    });
    Table {
        id: "as-reported".into(),
        title: "As reported, newest first".into(),
        columns,
        rows: rows.collect(),
        note: "MQLs and cost are of the month itself; the rates are over all months of its report.".into(),
    }
}

/// Which months are known differently now, and by how much.
fn since(restated: &[Restated], now: &Report) -> Section {
    let moved: Vec<&Restated> = restated.iter().rev().filter(|row| row.is_moved()).collect();
    let id = "restated-since".to_string();
    let of = restated.len();
    let says = match moved.len() {
        0 => {
            let title = "No month's MQLs or cost have been restated".to_string();
            let text = format!(
                "What is known through {} of the MQLs and the cost per MQL of these {} is what their own reports said.",
                format::day(now.as_of),
                format::counted(of as u64, "month")
            );
            return Section { id, title, blocks: vec![Block::Prose { text }] };
        }
        1 => format!("1 month of {of} has been restated"),
        n => format!("{n} months of {of} have been restated"),
    };
    let money = || Unit::Money(now.currency.clone());
    let columns = vec![
        text_column("Month"),
        column("MQLs then", Unit::Count),
        column("MQLs now", Unit::Count),
        column("Cost per MQL then", money()),
        column("Cost per MQL now", money()),
        text_column("By how much"),
    ];
    let cost = |value: Option<f64>| value.map_or_else(|| Cell::Missing("no cost known".into()), Cell::Number);
    let rows = moved.iter().map(|row| {
        neutral(vec![
            Cell::Text(row.month.to_string()),
            Cell::Number(row.mqls_then as f64),
            Cell::Number(row.mqls_now as f64),
            cost(row.cost_per_mql_then.value),
            cost(row.cost_per_mql_now.value),
            Cell::Text(by_how_much(row, &now.currency)),
        ])
    });
    let table = Table {
        id: "restated".into(),
        title: format!(
            "The restated months, newest first: as their own reports gave them, and as known through {}",
            format::day(now.as_of)
        ),
        columns,
        rows: rows.collect(),
        note: "MQLs change when rows come late or are corrected; cost per MQL with late spend, or with other MQLs."
            .into(),
    };
    Section { id, title: says, blocks: vec![Block::Table(table)] }
}

/// "+3 MQLs, −€12".
fn by_how_much(row: &Restated, currency: &str) -> String {
    let mut parts = Vec::new();
    if row.has_other_mqls() {
        let by = row.mqls_now as f64 - row.mqls_then as f64;
        let noun = if by.abs() == 1.0 { "MQL" } else { "MQLs" };
        parts.push(format!("{} {noun}", format::change(by, &Unit::Count)));
    }
    if row.has_other_cost() {
        parts.push(match (row.cost_per_mql_then.value, row.cost_per_mql_now.value) {
            (Some(then), Some(now)) => format::change(now - then, &Unit::Money(currency.to_string())),
            (None, _) => "cost known since".to_string(),
            (_, None) => "cost not known any more".to_string(),
        });
    }
    parts.join(", ")
}

/// What a month's own report expected of its MQLs, and what came.
fn first_estimates(restated: &[Restated], now: &Report) -> Section {
    let level = format::round_share(now.settings.level);
    let (judged, inside) = held(restated);
    let title = match judged - inside {
        _ if judged == 0 => "No first estimate of MQL→SQL can be judged yet".to_string(),
        0 => match judged {
            1 => "The only first estimate of MQL→SQL that can be judged held".to_string(),
            _ => format!("All {judged} first estimates of MQL→SQL that can be judged held"),
        },
        off => format!("{off} of {judged} first estimates of MQL→SQL did not hold"),
    };
    let mut blocks = Vec::new();
    if judged > 0 {
        let high = restated.iter().filter_map(Restated::held_against).filter(|(then, now)| then > now).count();
        let off = misses(restated).map_or_else(String::new, |off| format!(" Half of them were off by {off} or less."));
        blocks.push(Block::Prose {
            text: format!(
                "At a month's end most of its MQLs are too young to have converted, so its first estimate rests on few of them, and its interval is wide. An estimate held if the rate that has come since lies inside that interval; a {level} interval promises that of about {} of {judged}. Too high were {high} of them.{off}",
                format::count((now.settings.level * judged as f64).round())
            ),
        });
    }
    let shown: Vec<&Restated> =
        restated.iter().rev().filter(|row| row.held_against().is_some()).take(MOST_ROWS).collect();
    if shown.len() > 1 {
        let more = judged.saturating_sub(shown.len());
        let only = if more > 0 { format!("; the newest {MOST_ROWS}") } else { String::new() };
        let rows = shown.iter().map(|row| Dumbbell {
            label: row.month.to_string(),
            from: row.mql_to_sql_then.value,
            to: row.mql_to_sql_now.value,
            low: row.mql_to_sql_then.low,
            high: row.mql_to_sql_then.high,
            tip: tip(row, &level),
        });
        blocks.push(Block::Chart(Chart {
            id: "first-estimates-chart".into(),
            title: "MQL→SQL of each settled month: its first estimate, and what came".into(),
            subtitle: format!("Months whose MQLs have all had their window, newest first{only}"),
            description: format!("A row a month. {title}. The values stand in the table."),
            source: format!("The monthly reports of this series, and the data through {}", format::day(now.as_of)),
            data: ChartData::Dumbbells {
                rows: rows.collect(),
                from: "first estimate".into(),
                to: "what came".into(),
                interval_of: DumbbellEnd::From,
                unit: Unit::Share,
            },
        }));
    }
    let columns = vec![
        text_column("Month"),
        column("First estimate", Unit::Share),
        column("Its interval", Unit::Share),
        column("Known now", Unit::Share),
        text_column("Verdict"),
    ];
    let rows = restated.iter().rev().map(|row| {
        let number = |value: Option<f64>, why: &str| value.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number);
        let then = &row.mql_to_sql_then;
        let interval = match (then.low, then.high) {
            (Some(low), Some(high)) => Cell::Range(low, high),
            _ => Cell::Missing("too young then".to_string()),
        };
        let (verdict, tone) = match row.is_inside() {
            _ if !row.is_settled => ("not settled yet", Tone::Neutral),
            Some(true) => ("held", Tone::Neutral),
            Some(false) => ("did not hold", Tone::Warn),
            None => ("no interval then", Tone::Neutral),
        };
        let cells = vec![
            Cell::Text(row.month.to_string()),
            number(then.value, "too young then"),
            interval,
            number(row.mql_to_sql_now.value, "too young still"),
            Cell::Text(verdict.to_string()),
        ];
        Row { cells, tone }
    });
    blocks.push(Block::Table(Table {
        id: "first-estimates-table".into(),
        title: format!("First estimates, newest first, and what is known through {}", format::day(now.as_of)),
        columns,
        rows: rows.collect(),
        note: format!(
            "MQL→SQL of the month's own MQLs. Not settled: some of them have not had their window; their rate is an estimate now, too. Intervals: {level}."
        ),
    }));
    Section { id: "first-estimates".into(), title, blocks }
}

fn tip(row: &Restated, level: &str) -> String {
    let share = |value: Option<f64>| value.map_or_else(|| "none".to_string(), format::share);
    let interval = row.mql_to_sql_then.low.zip(row.mql_to_sql_then.high);
    let interval = interval
        .map_or_else(String::new, |(low, high)| format!(" ({level} interval {})", format::share_range(low, high)));
    format!(
        "{}\nfirst estimate {}{interval}\nwhat came {}",
        row.month,
        share(row.mql_to_sql_then.value),
        share(row.mql_to_sql_now.value)
    )
}

fn chart(id: &str, title: &str, subtitle: &str, data: ChartData) -> Block {
    Block::Chart(Chart {
        id: id.into(),
        title: title.into(),
        subtitle: subtitle.into(),
        description: format!("{title}, by month. The values stand in the table."),
        source: "The monthly reports of this series".into(),
        data,
    })
}

fn point(month: Month, (value, low, high): (Option<f64>, Option<f64>, Option<f64>), n: u64, unit: &Unit) -> Point {
    let tip = match value {
        Some(value) => format!("{}\n{}", format::month_compact(month), format::number(value, unit)),
        None => format!("{}\nno value", format::month_compact(month)),
    };
    let both = low.zip(high).filter(|_| value.is_some());
    Point {
        month: month.to_string(),
        value,
        low: both.map(|(low, _)| low),
        high: both.map(|(_, high)| high),
        n,
        state: PointState::Plain,
        tip,
        signal: None,
    }
}

fn neutral(cells: Vec<Cell>) -> Row {
    Row { cells, tone: Tone::Neutral }
}

fn column(label: &str, unit: Unit) -> Column {
    Column { label: label.to_string(), unit }
}

fn text_column(label: &str) -> Column {
    column(label, Unit::Text)
}
