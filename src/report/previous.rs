//! What did an earlier report say? Its `report.json`, read so that nothing in it can stop or mislead this run.
//!
//! Every part may be missing, of another type, or of another version: what cannot be read is not there. A number that
//! is none (a share above 1, limits in the wrong order) is not there, either. Texts of the file are never trusted: names
//! of verdicts are looked up, and what is free is masked and escaped where it is shown.

use super::Report;
use crate::finding::masked;
use crate::vocabulary::{Day, Month, Stage};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that is read.
const FILE: &str = "report.json";
/// Far larger than a report ever is.
const LARGEST_BYTES: u64 = 256 << 20;

/// Why an earlier report cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PreviousError {
    /// It cannot be read.
    #[error("the previous report {} cannot be read: {why}\n  help: name the report.json of an earlier run, or the folder it lies in, with --previous", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        why: io::Error,
    },
    /// It is no JSON, or no object.
    #[error("{} is no report: {why}\n  help: name the report.json of an earlier run, or the folder it lies in, with --previous", path.display())]
    NotAReport {
        /// The file.
        path: PathBuf,
        /// Where it stops being one.
        why: String,
    },
    /// It knows more than this run.
    #[error("{} was made of data through {theirs}, and this report of data through {ours}, so it is not an earlier one\n  help: name an earlier report with --previous, or leave it out", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// Its last visible day.
        theirs: Day,
        /// This run's.
        ours: Day,
    },
    /// It reports on a later month.
    #[error("{} reports on {theirs}, and this one on {ours}, so it is not an earlier one\n  help: name an earlier report with --previous, or leave it out", path.display())]
    LaterMonth {
        /// The file.
        path: PathBuf,
        /// Its month.
        theirs: Month,
        /// This run's.
        ours: Month,
    },
}

/// What there is to compare with.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The earlier report.
    pub report: Option<Previous>,
    /// What was found beside it and could not be used, a sentence each.
    pub remarks: Vec<String>,
}

/// An earlier report.
#[derive(Clone, Debug)]
pub struct Previous {
    /// Its folder and file, for example `2026-09/report.json`: no path of the machine.
    pub place: String,
    /// What it says.
    pub said: Said,
}

/// The parts of a `report.json` that a comparison needs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Version of the format.
    #[serde(deserialize_with = "lenient")]
    pub schema_version: Option<u32>,
    /// What wrote it.
    #[serde(deserialize_with = "lenient")]
    pub tool: Option<ToolSaid>,
    /// Name of the project.
    #[serde(deserialize_with = "lenient")]
    pub project: Option<String>,
    /// The report month.
    #[serde(deserialize_with = "lenient")]
    pub month: Option<Month>,
    /// The last visible day.
    #[serde(deserialize_with = "lenient")]
    pub as_of: Option<Day>,
    /// The time zone.
    #[serde(deserialize_with = "lenient")]
    pub timezone: Option<String>,
    /// The currency.
    #[serde(deserialize_with = "lenient")]
    pub currency: Option<String>,
    /// How it counted; not in reports of older versions.
    #[serde(deserialize_with = "lenient")]
    pub settings: Option<Settings>,
    /// The report months.
    #[serde(deserialize_with = "each")]
    pub months: Vec<MonthSaid>,
    /// The channels.
    #[serde(deserialize_with = "each")]
    pub channels: Vec<ChannelSaid>,
    /// The verdict on the benchmark.
    #[serde(deserialize_with = "lenient")]
    pub benchmark: Option<BenchmarkSaid>,
    /// The judgement of the bar.
    #[serde(deserialize_with = "lenient")]
    pub calibration: Option<CalibrationSaid>,
    /// What it said about a change of criteria.
    #[serde(deserialize_with = "lenient")]
    pub since_last: Option<SinceSaid>,
}

/// The program that wrote a report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ToolSaid {
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub name: Option<String>,
}

/// How a report counts: what must be the same for two reports to be comparable, beside what they show anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// Days in which an MQL may become an SQL.
    pub mql_to_sql_days: u32,
    /// Days in which an SQL may become a customer.
    pub sql_to_customer_days: u32,
    /// Days in which an MQL may become a customer.
    pub mql_to_customer_days: u32,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Whether leads that skipped the MQL stage count in volume.
    pub infer_skipped: bool,
    /// The project's own stage labels and what they mean.
    pub stages: BTreeMap<String, Stage>,
}

/// A month of an earlier report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MonthSaid {
    /// The month.
    #[serde(deserialize_with = "lenient")]
    pub month: Option<Month>,
    /// Leads created.
    #[serde(deserialize_with = "lenient")]
    pub leads: Option<u64>,
    /// First MQLs.
    #[serde(deserialize_with = "lenient")]
    pub mqls: Option<u64>,
    /// Of which inferred.
    #[serde(deserialize_with = "lenient")]
    pub inferred_mqls: Option<u64>,
    /// Spend.
    #[serde(deserialize_with = "lenient")]
    pub spend: Option<f64>,
    /// MQL→SQL of its MQLs.
    #[serde(deserialize_with = "lenient")]
    pub mql_to_sql: Option<RateSaid>,
    /// MQL→customer of its MQLs.
    #[serde(deserialize_with = "lenient")]
    pub mql_to_customer: Option<RateSaid>,
}

/// A rate of an earlier report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RateSaid {
    /// Leads that started.
    #[serde(deserialize_with = "lenient")]
    pub n: Option<u64>,
    /// Conversions so far.
    #[serde(deserialize_with = "lenient")]
    pub converted: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    estimate: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    low: Option<f64>,
    #[serde(deserialize_with = "lenient")]
    high: Option<f64>,
    /// The window.
    #[serde(deserialize_with = "lenient")]
    pub window_days: Option<u32>,
    /// How far it could be trusted.
    #[serde(deserialize_with = "lenient")]
    pub status: Option<String>,
}

impl RateSaid {
    /// Estimate, lower and upper limit, if they are shares and in order.
    pub fn estimate(&self) -> Option<(f64, f64, f64)> {
        let (estimate, low, high) = (self.estimate?, self.low?, self.high?);
        let shares = [estimate, low, high].iter().all(|share| (0.0..=1.0).contains(share));
        // Written with ten digits, limits may miss the estimate by the last one.
        (shares && low <= estimate + 1e-9 && estimate <= high + 1e-9).then_some((estimate, low, high))
    }
}

/// A channel of an earlier report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChannelSaid {
    /// Its name.
    #[serde(deserialize_with = "lenient")]
    pub channel: Option<String>,
    /// Where its rate lies.
    #[serde(deserialize_with = "lenient")]
    pub standing: Option<VerdictSaid>,
}

/// Anything with a verdict.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VerdictSaid {
    /// The verdict.
    #[serde(deserialize_with = "lenient")]
    pub verdict: Option<String>,
}

/// The verdict on the benchmark.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BenchmarkSaid {
    /// The verdict.
    #[serde(deserialize_with = "lenient")]
    pub verdict: Option<String>,
    /// Lower end of the range.
    #[serde(deserialize_with = "lenient")]
    pub low: Option<f64>,
    /// Upper end of the range.
    #[serde(deserialize_with = "lenient")]
    pub high: Option<f64>,
}

/// The judgement of the bar.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CalibrationSaid {
    /// What it advised.
    #[serde(deserialize_with = "lenient")]
    pub verdict: Option<String>,
    /// The criteria then in force.
    #[serde(deserialize_with = "lenient")]
    pub criteria: Option<CriteriaSaid>,
    /// The criteria that it advised.
    #[serde(deserialize_with = "lenient")]
    pub suggested: Option<CriteriaSaid>,
    /// What it advised about the threshold with the points then in force.
    #[serde(deserialize_with = "lenient")]
    pub bar: Option<CriteriaSaid>,
    /// What each threshold would bring.
    #[serde(deserialize_with = "each")]
    pub sweep: Vec<SweepSaid>,
}

/// A version of the criteria.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CriteriaSaid {
    /// The threshold.
    #[serde(deserialize_with = "lenient")]
    pub threshold: Option<f64>,
    /// Action → points.
    #[serde(deserialize_with = "lenient")]
    pub points: Option<BTreeMap<String, f64>>,
}

/// A threshold that was weighed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SweepSaid {
    /// The threshold.
    #[serde(deserialize_with = "lenient")]
    pub threshold: Option<f64>,
    /// MQLs per month.
    #[serde(deserialize_with = "lenient")]
    pub mqls_per_month: Option<f64>,
    /// MQL→SQL.
    #[serde(deserialize_with = "lenient")]
    pub rate: Option<RateSaid>,
}

/// What an earlier report carried on from the one before it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SinceSaid {
    /// The promise of a change of criteria.
    #[serde(deserialize_with = "lenient")]
    pub promise: Option<Promised>,
}

/// What a change of criteria was said to bring. Carried from report to report, until another change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Promised {
    /// Last visible day of the report that advised it.
    pub advised_on: Day,
    /// The threshold before.
    pub threshold_before: f64,
    /// The threshold that was advised.
    pub threshold_advised: f64,
    /// The threshold that has been in force since.
    pub threshold: f64,
    /// Since when it is in force.
    pub effective_from: Day,
    /// MQLs per month that were promised.
    pub mqls_per_month: Option<f64>,
    /// MQL→SQL that was promised.
    pub rate: Option<f64>,
    /// MQL→SQL before.
    pub rate_before: Option<f64>,
}

impl Promised {
    /// Without what is no number.
    fn sane(self) -> Option<Promised> {
        let thresholds = [self.threshold_before, self.threshold_advised, self.threshold];
        if thresholds.iter().any(|threshold| !threshold.is_finite()) {
            return None;
        }
        let share = |rate: Option<f64>| rate.filter(|rate| (0.0..=1.0).contains(rate));
        let count = self.mqls_per_month.filter(|count| *count >= 0.0 && *count < 1e15);
        Some(Promised { mqls_per_month: count, rate: share(self.rate), rate_before: share(self.rate_before), ..self })
    }
}

impl Said {
    /// The promise that was carried on.
    pub fn promise(&self) -> Option<Promised> {
        self.since_last.as_ref()?.promise.clone()?.sane()
    }
}

/// A value if it is of the type wanted, else none.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Those elements of a list that are of the type wanted.
fn each<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let elements = match Value::deserialize(deserializer)? {
        Value::Array(elements) => elements,
        _ => Vec::new(),
    };
    Ok(elements.into_iter().filter_map(|element| serde_json::from_value(element).ok()).collect())
}

/// Reads a report, or the report in a folder.
pub fn read(path: &Path) -> Result<Previous, PreviousError> {
    let path = if path.is_dir() { path.join(FILE) } else { path.to_path_buf() };
    let unreadable = |why: io::Error| PreviousError::Unreadable { path: path.clone(), why };
    let size = fs::metadata(&path).map_err(unreadable)?;
    if !size.is_file() || size.len() > LARGEST_BYTES {
        return Err(unreadable(io::Error::other("it is no file of the size of a report")));
    }
    let bytes = fs::read(&path).map_err(unreadable)?;
    let not_a_report = |why: String| PreviousError::NotAReport { path: path.clone(), why };
    let text = String::from_utf8(bytes).map_err(|_| not_a_report("it is not UTF-8".to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let value: Value = serde_json::from_str(text)
        .map_err(|error| not_a_report(format!("it is no JSON from line {} on", error.line())))?;
    if !value.is_object() || !["as_of", "months"].iter().all(|part| value.get(part).is_some()) {
        return Err(not_a_report("a report has `as_of` and `months`".to_string()));
    }
    let said = serde_json::from_value(value).map_err(|error| not_a_report(masked(&error.to_string())))?;
    Ok(Previous { place: place(&path), said })
}

/// A report that was made in this run and lies, or will lie, at `place`: read as it is written.
pub fn written(report: &Report, place: String) -> Given {
    let said = serde_json::from_slice(&super::output::json(report));
    Given { report: said.ok().map(|said| Previous { place, said }), remarks: Vec::new() }
}

/// The report that the user names.
pub fn given(path: &Path, month: Month, as_of: Day) -> Result<Given, PreviousError> {
    let previous = read(path)?;
    if let Some(theirs) = previous.said.month.filter(|theirs| *theirs > month) {
        return Err(PreviousError::LaterMonth { path: path.to_path_buf(), theirs, ours: month });
    }
    match previous.said.as_of {
        Some(theirs) if theirs > as_of => Err(PreviousError::Later { path: path.to_path_buf(), theirs, ours: as_of }),
        _ => Ok(Given { report: Some(previous), remarks: Vec::new() }),
    }
}

/// The report of the newest earlier month that lies beside the folder `out`, else what lies in `out` itself and is about
/// to be replaced. Only a report of the same project whose data end earlier counts; what cannot be read is a remark.
pub fn beside(out: &Path, project: &str, month: Month, as_of: Day) -> Given {
    let mut found = Given::default();
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut folders: Vec<(Month, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<Month>().ok()?, entry.path())))
        .filter(|(other, _)| *other < month)
        .collect();
    folders.sort_by(|a, b| b.cmp(a));
    let places = folders.into_iter().map(|(_, folder)| folder).chain([out.to_path_buf()]);
    for folder in places.filter(|folder| folder.join(FILE).exists()) {
        match read(&folder) {
            Ok(previous) => {
                let said = &previous.said;
                let ours = said.project.as_deref() == Some(project) && said.as_of.is_some_and(|day| day < as_of);
                if ours {
                    found.report = Some(previous);
                    return found;
                }
            }
            Err(error) => found.remarks.push(remark(&folder, &error)),
        }
    }
    found
}

/// What a reader of the report is told about a file that could not be used.
fn remark(folder: &Path, error: &PreviousError) -> String {
    let place = place(&folder.join(FILE));
    match error {
        PreviousError::Unreadable { .. } => format!("{place} could not be read, so nothing is compared with it."),
        PreviousError::NotAReport { why, .. } => {
            format!("{place} is no report ({why}), so nothing is compared with it.")
        }
        PreviousError::Later { .. } | PreviousError::LaterMonth { .. } => format!("{place} is later than this report."),
    }
}

/// The last folder and the file of a path.
fn place(path: &Path) -> String {
    let name = |path: Option<&std::ffi::OsStr>| path.map(|name| masked(&name.to_string_lossy())).unwrap_or_default();
    match path.parent().and_then(Path::file_name) {
        Some(folder) => format!("{}/{}", name(Some(folder)), name(path.file_name())),
        None => name(path.file_name()),
    }
}
