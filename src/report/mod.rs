//! What does the reader see? The report is a value before it is a page: everything shown stands in `report.json`.

pub mod chart;
pub mod format;
pub mod output;
pub mod page;
pub mod sections;
pub mod write;

use crate::calibration::Calibration;
use crate::config::plan::Plan;
use crate::finding::{Finding, Level};
use crate::ingest::Input;
use crate::metrics::benchmark::Benchmark;
use crate::metrics::{MonthRow, Totals};
use crate::pipeline::Analysis;
use crate::vocabulary::{Day, Month};
use page::Page;
use schemars::JsonSchema;
use serde::Serialize;

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
    /// The files it was made from.
    pub inputs: Vec<Input>,
    /// The report months, oldest first.
    pub months: Vec<MonthRow>,
    /// All of them together.
    pub overall: Totals,
    /// By first-touch channel, most MQLs first.
    pub channels: Vec<Totals>,
    /// The verdict on the benchmark.
    pub benchmark: Benchmark,
    /// The comparison with an earlier period; `null` in this version.
    pub change: Option<serde_json::Value>,
    /// The judgement of the bar.
    pub calibration: Calibration,
    /// What is wrong with the data, loudest first.
    pub findings: Vec<Finding>,
    /// How far the report can be trusted, in one sentence.
    pub trust: String,
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

/// Makes the report's value.
pub fn build(plan: &Plan, analysis: &Analysis) -> Report {
    let trust = trust(analysis);
    let page = sections::page(plan, analysis, &trust);
    let metrics = &analysis.metrics;
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        project: plan.project.clone(),
        month: metrics.month,
        as_of: analysis.as_of,
        timezone: plan.timezone.name().to_string(),
        currency: plan.currency.clone(),
        inputs: analysis.inputs.clone(),
        months: metrics.months.clone(),
        overall: metrics.overall.clone(),
        channels: metrics.channels.clone(),
        benchmark: metrics.benchmark.clone(),
        change: None,
        calibration: analysis.calibration.clone(),
        findings: analysis.findings.clone(),
        trust,
        page,
    }
}

/// One sentence on how far the data can be trusted.
fn trust(analysis: &Analysis) -> String {
    let read: u64 = analysis.inputs.iter().map(|input| input.rows_read).sum();
    let rejected: u64 = analysis.inputs.iter().map(|input| input.rows_rejected).sum();
    let warnings = analysis.findings.iter().filter(|finding| finding.level >= Level::Warn).count();
    let share = if read == 0 { 0.0 } else { rejected as f64 / read as f64 };
    let rows = format!(
        "{} of {} rows could not be used ({}), and {} of the checks on the data warn",
        format::count(rejected as f64),
        format::count(read as f64),
        format::share(share),
        format::count(warnings as f64)
    );
    let is_hidden = |finding: &Finding| finding.code.ends_with("::after_as_of") && 2 * finding.count > finding.of;
    let mostly_hidden = analysis.findings.iter().any(is_hidden);
    let verdict = match (share, warnings) {
        _ if mostly_hidden => "Read the numbers with care, most of a table lies after the last visible day",
        (share, _) if share > 0.05 => "Read the numbers with care",
        (_, 0) => "Nothing in the data speaks against the numbers",
        _ => "The numbers stand, with the remarks under data quality",
    };
    format!("{verdict}: {rows}.")
}

/// The JSON schema of `report.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
