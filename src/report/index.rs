//! What did the reports of past months say, and what has been restated since? The page over a series of monthly reports.
//!
//! Each report was made as of its own month's end. A later one knows more: late rows, conversions that were still to come,
//! corrected spend. The index sets what a month's report said of its month against what is known at the end of the last.

use super::page::{Block, Brand, Cell, Chart, ChartData, Column, Fact, Link, Page, Part, Point, PointState};
use super::page::{Row, Section, Table, Tone, Unit};
use super::{Report, Tool, format, look};
use crate::config::plan::Plan;
use crate::metrics::funnel::{Rate, Status};
use crate::metrics::{Estimate, MonthRow};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// Version of `index.json`.
pub const SCHEMA_VERSION: u32 = 1;

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
    /// The last day that the newest report sees.
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

    fn is_moved(&self) -> bool {
        let cents = |cost: &Estimate| cost.value.map(|value| (value * 100.0).round());
        self.mqls_then != self.mqls_now || cents(&self.cost_per_mql_then) != cents(&self.cost_per_mql_now)
    }
}

/// Makes the index of a series, oldest first; `now` is the newest report, or one of the same day over more months.
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
    let mut sections = vec![trend(entries, restated, now)];
    sections.extend(since(restated, now));
    sections.push(headlines(entries));
    Page {
        eyebrow: plan.report.title.clone().unwrap_or_else(|| format!("Reports of past months · {}", plan.project)),
        headline: headline(written, restated),
        lede: lede(restated, now),
        facts: vec![
            fact("Months", format!("{} to {}", format::month_compact(from), format::month_compact(to))),
            fact("Reports", format!("{written} of {}", entries.len())),
            fact("Known now", format!("through {}", format::day(now.as_of))),
            fact("Each report", "as of its own month's end".to_string()),
        ],
        sections,
        footer: format!(
            "Made by leadgauge {}. Each month's report sees nothing that happened after its month.",
            env!("CARGO_PKG_VERSION")
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

fn headline(written: usize, restated: &[Restated]) -> String {
    let moved = restated.iter().filter(|row| row.is_moved()).count();
    let reports = format::counted(written as u64, "report");
    match (written, moved) {
        (0 | 1, _) => reports,
        (_, 0) => format!("{reports}; no month's MQLs or cost have been restated since"),
        (_, 1) => format!("{reports}; the MQLs or cost of one month have been restated since"),
        (_, moved) => format!("{reports}; the MQLs or cost of {moved} months have been restated since"),
    }
}

fn lede(restated: &[Restated], now: &Report) -> String {
    let mut sentences = Vec::new();
    let largest = restated
        .iter()
        .filter(|row| row.mqls_then != row.mqls_now)
        .max_by_key(|row| (row.mqls_now.abs_diff(row.mqls_then), std::cmp::Reverse(row.month.0)));
    if let Some(row) = largest {
        sentences.push(format!(
            "The MQLs of {} moved most, from {} to {}.",
            format::month(row.month),
            format::count(row.mqls_then as f64),
            format::count(row.mqls_now as f64)
        ));
    }
    let (judged, inside) = held(restated);
    if judged > 0 {
        let level = now.settings.level;
        sentences.push(format!(
            "Of {} whose first estimate of MQL→SQL can be held against what has come of its MQLs, {inside} came to lie inside the {} interval given then.",
            format::counted(judged as u64, "month"),
            format::round_share(level)
        ));
    } else {
        sentences.push(
            "No month's first estimate of MQL→SQL can be held against what came of its MQLs yet: at a month's end its MQLs are mostly too young for one.".to_string(),
        );
    }
    sentences.join(" ")
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

fn trend(entries: &[Entry], restated: &[Restated], now: &Report) -> Section {
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
            let is_young = entry.mql_to_sql.as_ref().is_some_and(|rate| rate.status == Status::Maturing);
            let state = if is_young { PointState::Maturing } else { PointState::Mature };
            Point { state, ..point(entry.month, (value, low, high), n, &Unit::Share) }
        });
        let points: Vec<Point> = points.collect();
        if points.iter().any(|point| point.value.is_some()) {
            let band = Some((now.benchmark.low, now.benchmark.high));
            blocks.push(chart(
                "rate-as-reported",
                "MQL→SQL as each report gave it",
                "Over the months of the report, with the interval it gave",
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
    let moved = restated.iter().any(Restated::is_moved);
    let title = if moved { "The measures as they were reported then" } else { "The measures as they were reported" };
    Section { id: "trend".into(), title: title.into(), blocks }
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

fn since(restated: &[Restated], now: &Report) -> Option<Section> {
    if restated.is_empty() {
        return None;
    }
    let money = || Unit::Money(now.currency.clone());
    let columns = vec![
        text_column("Month"),
        column("MQLs then", Unit::Count),
        column("now", Unit::Count),
        column("MQL→SQL then", Unit::Share),
        column("interval then", Unit::Share),
        column("now", Unit::Share),
        column("Cost per MQL then", money()),
        column("now", money()),
    ];
    let rows = restated.iter().rev().map(|row| {
        let number = |value: Option<f64>, why: &str| value.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number);
        let then = &row.mql_to_sql_then;
        let interval = match (then.low, then.high) {
            (Some(low), Some(high)) => Cell::Range(low, high),
            _ => Cell::Missing("too young then".to_string()),
        };
        let is_off = row.is_settled && row.is_inside() == Some(false);
        Row {
            cells: vec![
                Cell::Text(format::month_compact(row.month)),
                Cell::Number(row.mqls_then as f64),
                Cell::Number(row.mqls_now as f64),
                number(then.value, "too young then"),
                interval,
                number(row.mql_to_sql_now.value, "too young still"),
                number(row.cost_per_mql_then.value, "no spend known"),
                number(row.cost_per_mql_now.value, "no spend known"),
            ],
            tone: if is_off { Tone::Warn } else { Tone::Neutral },
        }
    });
    let (judged, inside) = held(restated);
    let title = match judged - inside {
        _ if judged == 0 => "What was restated since".to_string(),
        0 => "What was restated since: every first estimate held".to_string(),
        off => format!("What was restated since: {off} of {judged} first estimates did not hold"),
    };
    let table = Table {
        id: "restated".into(),
        title: format!("Each month as its own report gave it, and as known through {}", format::day(now.as_of)),
        columns,
        rows: rows.collect(),
        note: format!(
            "MQLs move when rows come late; MQL→SQL then is an estimate of what the month's MQLs would come to, and a row is marked where the rate has settled outside the {} interval given then; cost moves with late spend and late MQLs.",
            format::round_share(now.settings.level)
        ),
    };
    Some(Section { id: "restated-since".into(), title, blocks: vec![Block::Table(table)] })
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
        state: PointState::Mature,
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
