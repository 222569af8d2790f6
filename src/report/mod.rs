//! What does the reader see? The report is a value before it is a page: everything shown stands in `report.json`.

mod arrange;
pub mod below;
mod board;
pub mod brief;
pub mod chart;
pub mod fonts;
pub mod format;
pub mod index;
pub mod look;
pub mod output;
mod own_queries;
pub mod page;
pub mod previous;
pub mod sections;
pub mod since_last;
pub mod trust;
pub mod write;

pub use own_queries::failed;

use crate::calibration::Calibration;
use crate::config::plan::Plan;
use crate::finding::Finding;
use crate::ingest::Input;
use crate::metrics::acquisition::Costs;
use crate::metrics::ageing::Ageing;
use crate::metrics::benchmark::Benchmark;
use crate::metrics::forecast::Forecast;
use crate::metrics::maturity_alarm::LagAlarm;
use crate::metrics::response::Handoff;
use crate::metrics::windows::Windows;
use crate::metrics::{Change, MonthRow, Totals};
use crate::pipeline::Analysis;
use crate::vocabulary::{Day, Month};
use page::Page;
use previous::{Given, Settings};
use schemars::JsonSchema;
use serde::Serialize;
use since_last::SinceLast;
use trust::Trust;

/// Version of `report.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// The monthly report, as written to `report.json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format.
    pub schema_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// Name of the project.
    pub project: String,
    /// The report month: the last one that is complete on `as_of`.
    pub month: Month,
    /// The last visible day.
    pub as_of: Day,
    /// The project's time zone.
    pub timezone: String,
    /// The project's currency.
    pub currency: String,
    /// How it counts, for a later report to compare itself with.
    pub settings: Settings,
    /// The files it was made from.
    pub inputs: Vec<Input>,
    /// The report months, oldest first.
    pub months: Vec<MonthRow>,
    /// All of them together.
    pub overall: Totals,
    /// By first-touch channel, most MQLs first.
    pub channels: Vec<Totals>,
    /// What stands beside the costs, and what the money has brought back.
    pub costs: Costs,
    /// The verdict on the benchmark.
    pub benchmark: Benchmark,
    /// What has changed, and whether it is news.
    pub change: Change,
    /// What sales did with the MQLs.
    pub handoff: Handoff,
    /// Whether recent MQLs convert at another pace than those before, and what was done about it.
    pub lag_alarm: LagAlarm,
    /// The share that converts ever, if the curve keeps its shape: no verdict knows of it. `null` where the data do not
    /// support a forecast.
    pub forecast: Option<Forecast>,
    /// Rates within 30, 60, 90 days and the configured window, and how long that would have to be; of every known transition.
    pub windows: Vec<Windows>,
    /// What has become of each cohort by each age; `null` where no outcomes are recorded.
    pub ageing: Option<Ageing>,
    /// The judgement of the bar.
    pub calibration: Calibration,
    /// What is wrong with the data, loudest first.
    pub findings: Vec<Finding>,
    /// How far the data can be trusted.
    pub trust: Trust,
    /// What became of what an earlier report said; `null` = there was none.
    pub since_last: Option<SinceLast>,
    /// The page as it is shown.
    pub page: Page,
}

/// The program that wrote a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Tool {
        Tool { name: env!("CARGO_PKG_NAME").to_string(), version: env!("CARGO_PKG_VERSION").to_string() }
    }
}

/// Makes the report's value, without an earlier one.
pub fn build(plan: &Plan, analysis: &Analysis) -> Report {
    build_since(plan, analysis, &Given::default())
}

/// Makes the report's value, compared with an earlier one if there is one.
pub fn build_since(plan: &Plan, analysis: &Analysis, previous: &Given) -> Report {
    let _worn = look::wear(&plan.report);
    let trust = trust::judge(&analysis.inputs, &analysis.findings);
    let page = sections::page(plan, analysis, &trust);
    let metrics = &analysis.metrics;
    let mut report = Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        project: plan.project.clone(),
        month: metrics.month,
        as_of: analysis.as_of,
        timezone: plan.timezone.name().to_string(),
        currency: plan.currency.clone(),
        settings: since_last::settings(plan),
        inputs: analysis.inputs.clone(),
        months: metrics.months.clone(),
        overall: metrics.overall.clone(),
        channels: metrics.channels.clone(),
        costs: metrics.costs.clone(),
        benchmark: metrics.benchmark.clone(),
        lag_alarm: metrics.lag_alarm.clone(),
        forecast: metrics.forecast.clone(),
        windows: metrics.windows.clone(),
        ageing: metrics.ageing.clone(),
        change: metrics.change.clone(),
        handoff: metrics.handoff.clone(),
        calibration: analysis.calibration.clone(),
        findings: analysis.findings.clone(),
        since_last: None,
        trust,
        page,
    };
    report.since_last = since_last::compare(previous, &report, plan, analysis);
    if let Some(since) = &report.since_last {
        let sections = &mut report.page.sections;
        // After the five measures and what changed in them.
        let place = sections.iter().position(|section| section.id == "volume").unwrap_or(sections.len());
        sections.insert(place, sections::since_last::section(since, &report.currency, report.settings.level));
    }
    if let Some(section) = own_queries::section(&analysis.own, &plan.currency) {
        let sections = &mut report.page.sections;
        // Before what is said about the data and the words.
        let place = sections.iter().position(|section| section.id == "quality").unwrap_or(sections.len());
        sections.insert(place, section);
    }
    arrange::arrange(&mut report.page, &plan.report);
    report
}

/// The JSON schema of `report.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
