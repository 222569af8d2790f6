//! Files appear whole or not at all: everything is written to a temporary folder beside the target and then renamed.

use super::brief::Brief;
use super::index::Index;
use super::look;
use super::write::{self, RenderError};
use super::{Report, Tool};
use crate::calibration::{Calibration, suggested};
use crate::config::plan::{Format, Plan};
use crate::finding::masked;
use crate::ingest::{Input, Rejected};
use crate::vocabulary::{Day, Month};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

/// What stops the writing.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder cannot be written.
    #[error("cannot write to {}: {}\n  help: choose another folder with --out", path.display(), reason(why))]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// The system's own words.
        why: io::Error,
    },
    /// Something that is not ours stands there.
    #[error("{} holds `{found}`, which is no result of leadgauge, so the folder is left alone\n  help: choose another folder with --out", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is not ours, the first by name.
        found: String,
    },
    /// A template is wrong.
    #[error(transparent)]
    Template(#[from] RenderError),
}

/// Why something cannot be written, without the names that we gave it on the way.
pub fn reason(why: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match why.kind() {
        Kind::PermissionDenied => "no permission".to_string(),
        Kind::NotFound => "nothing can be created there".to_string(),
        Kind::AlreadyExists | Kind::NotADirectory => "a part of this path is a file, and no folder".to_string(),
        Kind::ReadOnlyFilesystem => "nothing can be written there, it is read-only".to_string(),
        Kind::StorageFull | Kind::QuotaExceeded => "there is no room left".to_string(),
        _ => why.to_string().split(" at path ").next().unwrap_or_default().to_string(),
    }
}

/// A file and its bytes.
pub type File = (String, Vec<u8>);

/// Everything that `report` writes, by name.
pub fn report_files(report: &Report, rejected: &[Rejected], plan: &Plan) -> Result<Vec<File>, OutputError> {
    let _worn = look::wear(&plan.report);
    let mut files = in_every_format(report, "report", &|| json(report), plan)?;
    for chart in write::charts(&report.page) {
        files.push((format!("charts/{}", chart.name), chart.svg.into_bytes()));
    }
    files.push(("findings.csv".into(), findings(report)));
    files.extend(rejected_files(rejected));
    files.extend(calibration_files(&report.calibration, report.as_of));
    files.push(("manifest.json".into(), manifest(&report.inputs, plan, report.as_of)));
    Ok(files)
}

/// The page of a report in every format asked for. Each is written on a thread of its own, as paper takes longer than all
/// others together; their order is that of the project.
fn in_every_format(
    report: &Report,
    name: &str,
    json: &(dyn Fn() -> Vec<u8> + Sync),
    plan: &Plan,
) -> Result<Vec<File>, OutputError> {
    let overrides = plan.root.join(write::templates::FOLDER);
    let overrides = overrides.is_dir().then_some(overrides.as_path());
    let one = |format: Format| -> Result<Vec<File>, OutputError> {
        let _worn = look::wear(&plan.report);
        Ok(match format {
            Format::Html => vec![(format!("{name}.html"), write::html(&report.page, overrides)?.into_bytes())],
            #[cfg(feature = "pdf")]
            Format::Pdf => vec![(format!("{name}.pdf"), write::pdf(report, overrides)?)],
            #[cfg(not(feature = "pdf"))]
            Format::Pdf => Vec::new(),
            Format::Xlsx => vec![(format!("{name}.xlsx"), write::xlsx(report)?)],
            Format::Png => {
                let pictures = write::pictures(&report.page).into_iter();
                pictures.map(|(name, bytes)| (format!("charts/{name}"), bytes)).collect()
            }
            Format::Markdown => vec![(format!("{name}.md"), write::markdown(&report.page).into_bytes())],
            Format::Json => vec![(format!("{name}.json"), json())],
        })
    };
    let one = &one;
    let written = thread::scope(|scope| {
        let begun: Vec<_> = plan.report.formats.iter().map(|format| scope.spawn(move || one(*format))).collect();
        let joined = |job: thread::ScopedJoinHandle<'_, _>| job.join().unwrap_or_else(|panic| resume_unwind(panic));
        begun.into_iter().map(joined).collect::<Vec<_>>()
    });
    let files: Vec<Vec<File>> = written.into_iter().collect::<Result<_, _>>()?;
    Ok(files.concat())
}

/// In which format a brief is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BriefFormat {
    /// For a chat, a code host or a terminal.
    Markdown,
    /// A page of its own.
    Html,
    /// Every number, with a schema.
    Json,
}

/// The brief as text.
pub fn brief(brief: &Brief, format: BriefFormat, plan: &Plan) -> Result<Vec<u8>, OutputError> {
    let _worn = look::wear(&plan.report);
    let overrides = plan.root.join(write::templates::FOLDER);
    Ok(match format {
        BriefFormat::Markdown => write::markdown(&brief.page).into_bytes(),
        BriefFormat::Html => write::html(&brief.page, overrides.is_dir().then_some(overrides.as_path()))?.into_bytes(),
        BriefFormat::Json => json(brief),
    })
}

/// Writes one file, whole or not at all; never over a file that was read, nor over a folder.
pub fn place_file(path: &Path, bytes: &[u8], plan: &Plan, inputs: &[Input]) -> Result<(), OutputError> {
    let unwritable = |why: io::Error| OutputError::Unwritable { path: path.to_path_buf(), why };
    if path.is_dir() {
        return Err(unwritable(io::Error::other("it is a folder")));
    }
    if let Ok(target) = path.canonicalize() {
        // What an input is shown as may name a sheet or a file in an archive behind its path.
        let read = inputs.iter().map(|input| plan.root.join(&input.path)).chain([plan.root.join("leadgauge.toml")]);
        if read.filter_map(|read| read.canonicalize().ok()).any(|read| read == target) {
            return Err(unwritable(io::Error::other("it is a file of the project")));
        }
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritable)?;
    let mut staged = tempfile::Builder::new().prefix(".leadgauge-").tempfile_in(parent).map_err(unwritable)?;
    staged.write_all(bytes).map_err(unwritable)?;
    staged.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}

/// What `calibrate` writes: `calibration.json`, `criteria.suggested.toml`.
pub fn calibration_files(calibration: &Calibration, as_of: Day) -> Vec<File> {
    let mut files = vec![("calibration.json".to_string(), json(calibration))];
    if let Some(text) = suggested::toml(calibration, as_of) {
        files.push(("criteria.suggested.toml".into(), text.into_bytes()));
    }
    files
}

/// A manifest: from which inputs, with which settings, by which version.
pub fn manifest(inputs: &[Input], plan: &Plan, as_of: Day) -> Vec<u8> {
    #[derive(Serialize)]
    struct Manifest<'a> {
        tool: Tool,
        as_of: Day,
        config_sha256: &'a str,
        inputs: &'a [Input],
    }
    json(&Manifest { tool: Tool::this(), as_of, config_sha256: &plan.config_sha256, inputs })
}

/// Digits of a number that are written: more than anything here is known to, fewer than platforms differ in.
const DIGITS: i32 = 10;
/// Up to here a float holds every whole number.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A value as JSON, with numbers to as many digits as platforms agree in.
pub fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut value = serde_json::to_value(value).expect("values with text keys can always be written as JSON");
    round(&mut value);
    let mut bytes = serde_json::to_vec_pretty(&value).expect("a JSON value can always be written");
    bytes.push(b'\n');
    bytes
}

/// Rounds every number in a JSON value to [`DIGITS`] digits.
fn round(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Number(number) if number.is_f64() => {
            *value = Value::from(rounded(number.as_f64().unwrap_or_default()));
        }
        _ => {}
    }
}

/// A number to as many digits as platforms agree in.
pub fn rounded(exact: f64) -> f64 {
    // A whole number has no digits in which platforms could differ.
    if exact.fract() == 0.0 && exact.abs() <= MOST_WHOLE {
        return exact + 0.0;
    }
    let magnitude = if exact == 0.0 { 0.0 } else { exact.abs().log10().floor() };
    let scale = 10f64.powi(DIGITS - 1 - magnitude as i32);
    let rounded = (exact * scale).round() / scale;
    // Adding zero turns −0 into 0.
    if rounded.is_finite() { rounded + 0.0 } else { exact }
}

fn findings(report: &Report) -> Vec<u8> {
    let rows = report.findings.iter().map(|finding| {
        let level = serde_json::to_value(finding.level).ok().and_then(|v| v.as_str().map(str::to_string));
        vec![
            finding.code.clone(),
            level.unwrap_or_default(),
            finding.table.clone(),
            finding.count.to_string(),
            finding.of.to_string(),
            finding.examples.join(" "),
            finding.says.clone(),
            finding.help.clone(),
        ]
    });
    csv(&["code", "level", "table", "count", "of", "examples", "says", "help"], rows)
}

/// `rejected/TABLE.csv`: where, why, and the offending cell.
pub fn rejected_files(rejected: &[Rejected]) -> Vec<File> {
    let mut by_table: BTreeMap<&str, Vec<&Rejected>> = BTreeMap::new();
    for cell in rejected {
        by_table.entry(cell.table.name()).or_default().push(cell);
    }
    let header = ["file", "row", "column", "code", "cell"];
    let rows = |cells: Vec<&Rejected>| {
        let rows = cells.into_iter().map(|cell| {
            vec![cell.file.clone(), cell.row.to_string(), cell.column.clone(), cell.code.clone(), masked(&cell.cell)]
        });
        csv(&header, rows)
    };
    by_table.into_iter().map(|(table, cells)| (format!("rejected/{table}.csv"), rows(cells))).collect()
}

/// A CSV file whose cells cannot become formulas in a spreadsheet.
pub fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let in_memory = "writing to memory does not fail";
    writer.write_record(header).expect(in_memory);
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell))).expect(in_memory);
    }
    writer.into_inner().expect(in_memory)
}

/// A text that a spreadsheet reads as text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_string() }
}

/// What a folder of ours holds: only its like replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What `report`, `calibrate` and `check` write.
    Result,
    /// A sample project.
    Sample,
}

impl Kind {
    /// Whether a file or folder of this name is of a result of this kind.
    fn holds(self, name: &str) -> bool {
        match self {
            Kind::Result => [
                "report.html",
                "report.pdf",
                "report.xlsx",
                "report.md",
                "report.json",
                "charts",
                "findings.csv",
                "rejected",
                "calibration.json",
                "criteria.suggested.toml",
                "manifest.json",
            ]
            .contains(&name),
            Kind::Sample => {
                let tables = ["leads.csv", "stage_history.csv", "activities.csv", "deals.csv", "spend.csv"];
                tables.contains(&name) || ["README.md", "leadgauge.toml", "truth.json"].contains(&name)
            }
        }
    }

    /// Whether a folder that holds nothing else is a result of this kind.
    fn marks(self, folder: &Path) -> bool {
        match self {
            Kind::Result => fs::read_to_string(folder.join("manifest.json")).is_ok_and(|text| {
                let manifest: Option<serde_json::Value> = serde_json::from_str(&text).ok();
                manifest.is_some_and(|manifest| manifest["tool"]["name"] == env!("CARGO_PKG_NAME"))
            }),
            Kind::Sample => folder.join("truth.json").is_file(),
        }
    }
}

/// Writes the files into `folder`, replacing an earlier result of the same kind and nothing else.
pub fn place(folder: &Path, kind: Kind, files: &[File]) -> Result<(), OutputError> {
    let unwritable = |why: io::Error| OutputError::Unwritable { path: folder.to_path_buf(), why };
    check(folder, kind)?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritable)?;
    let staged = tempfile::Builder::new().prefix(".leadgauge-").tempdir_in(parent).map_err(unwritable)?;
    let inside = staged.path().join("new");
    fs::create_dir(&inside).map_err(unwritable)?;
    for (name, bytes) in files {
        let path = inside.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(path, bytes).map_err(unwritable)?;
    }
    let old = staged.path().join("old");
    if folder.exists() {
        fs::rename(folder, &old).map_err(unwritable)?;
    }
    fs::rename(&inside, folder).map_err(|why| {
        // The earlier result is better than none; if it cannot be put back, the first reason is the one to tell.
        let _ = fs::rename(&old, folder);
        unwritable(why)
    })
}

/// The files of an index over a series of reports, in every format asked for; `now` is the report of what is known now.
pub fn index_files(index: &Index, now: &Report, plan: &Plan) -> Result<Vec<File>, OutputError> {
    let _worn = look::wear(&plan.report);
    // What the paper and the workbook say beside the page: the series' last month, and no months of a report's own.
    let shown = Report { page: index.page.clone(), month: index.to, months: Vec::new(), ..now.clone() };
    let mut files = in_every_format(&shown, "index", &|| json(index), plan)?;
    for chart in write::charts(&index.page) {
        files.push((format!("charts/{}", chart.name), chart.svg.into_bytes()));
    }
    let series = SeriesManifest {
        tool: Tool::this(),
        as_of: now.as_of,
        series: [index.from, index.to],
        config_sha256: &plan.config_sha256,
        inputs: &now.inputs,
    };
    files.push((SERIES.into(), json(&series)));
    Ok(files)
}

/// What an index was made from; that it names a series says whose it is.
#[derive(Serialize)]
struct SeriesManifest<'a> {
    tool: Tool,
    as_of: Day,
    series: [Month; 2],
    config_sha256: &'a str,
    inputs: &'a [Input],
}

/// The manifest of a series.
const SERIES: &str = "series.json";
/// What of an index lies in the folder of a series.
const INDEX_ENTRIES: [&str; 7] = ["index.html", "index.pdf", "index.xlsx", "index.md", "index.json", SERIES, "charts"];

/// Fails before the work if the folder cannot take a series of reports of these months.
pub fn check_series(folder: &Path, months: &[Month]) -> Result<(), OutputError> {
    if folder.is_file() {
        let why = io::Error::other("it is a file");
        return Err(OutputError::Unwritable { path: folder.to_path_buf(), why });
    }
    let is_ours = fs::read_to_string(folder.join(SERIES)).is_ok_and(|text| {
        let manifest: Option<Value> = serde_json::from_str(&text).ok();
        manifest.is_some_and(|found| found["tool"]["name"] == env!("CARGO_PKG_NAME") && found["series"].is_array())
    });
    let foreign = INDEX_ENTRIES.iter().find(|name| !is_ours && folder.join(name).exists());
    if let Some(found) = foreign {
        return Err(OutputError::Foreign { path: folder.to_path_buf(), found: (*found).to_string() });
    }
    months.iter().try_for_each(|month| check(&folder.join(month.to_string()), Kind::Result))
}

/// Writes a series: each month's report into a folder of its own, and the index beside them. All of it or nothing: what
/// has been replaced is put back if a later part cannot be.
pub fn place_series(folder: &Path, months: &[(Month, Vec<File>)], index: &[File]) -> Result<(), OutputError> {
    let unwritable = |why: io::Error| OutputError::Unwritable { path: folder.to_path_buf(), why };
    check_series(folder, &months.iter().map(|(month, _)| *month).collect::<Vec<_>>())?;
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritable)?;
    let staged = tempfile::Builder::new().prefix(".leadgauge-").tempdir_in(parent).map_err(unwritable)?;
    let (inside, old) = (staged.path().join("new"), staged.path().join("old"));
    fs::create_dir(&old).map_err(unwritable)?;
    let of_months = months
        .iter()
        .flat_map(|(month, files)| files.iter().map(move |(name, bytes)| (format!("{month}/{name}"), bytes)));
    for (name, bytes) in of_months.chain(index.iter().map(|(name, bytes)| (name.clone(), bytes))) {
        let path = inside.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(path, bytes).map_err(unwritable)?;
    }
    let was_there = folder.is_dir();
    fs::create_dir_all(folder).map_err(unwritable)?;
    let names = months.iter().map(|(month, _)| month.to_string());
    let names = names.chain(INDEX_ENTRIES.iter().map(|name| (*name).to_string()));
    let mut done: Vec<String> = Vec::new();
    for name in names {
        let target = folder.join(&name);
        let swap = || {
            if target.exists() {
                fs::rename(&target, old.join(&name))?;
            }
            if inside.join(&name).exists() { fs::rename(inside.join(&name), &target) } else { Ok(()) }
        };
        let swapped: io::Result<()> = swap();
        done.push(name);
        if let Err(why) = swapped {
            // What was there is better than half of what is new; the first reason is the one to tell.
            for name in done {
                let target = folder.join(&name);
                let _ = fs::rename(&target, inside.join(&name));
                let _ = fs::rename(old.join(&name), &target);
            }
            if !was_there {
                let _ = fs::remove_dir(folder);
            }
            return Err(unwritable(why));
        }
    }
    Ok(())
}

/// Fails before the work if the folder cannot take a result of this kind.
pub fn check(folder: &Path, kind: Kind) -> Result<(), OutputError> {
    let unwritable = |why: io::Error| OutputError::Unwritable { path: folder.to_path_buf(), why };
    if folder.is_file() {
        return Err(unwritable(io::Error::other("it is a file")));
    }
    if !folder.is_dir() {
        return Ok(());
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(unwritable)?;
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let is_ours = kind.marks(folder);
    match names.into_iter().find(|name| !is_ours || !kind.holds(name)) {
        None => Ok(()),
        Some(found) => Err(OutputError::Foreign { path: folder.to_path_buf(), found }),
    }
}
