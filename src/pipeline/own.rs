//! What does the project's own SQL say? Files in `queries/` beside the project file, over the tables that our facts rest on.
//!
//! A query sees what the report may know: leads that count, through the last visible day, without names, addresses and
//! attributes of people. What is wrong with a file is a sentence about this file; the report is made all the same.

use super::Past;
use crate::config::plan::Plan;
use crate::config::shape::closest;
use crate::engine::Embedded;
use crate::engine::bounded::Answer;
use crate::finding::{Findings, masked};
use crate::vocabulary::{Day, Money, Month};
use polars::prelude::{AnyValue, Column, DataFrame, DataType, NamedFrom, PolarsResult, Series};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder beside the project file.
const FOLDER: &str = "queries";
/// Most files that are run.
const MOST_FILES: usize = 20;
/// Largest file that is read; what it may hold is less.
const LARGEST_FILE: u64 = 256 * 1024;
/// The settings that a remark may make.
const SETTINGS: [&str; 4] = ["title", "note", "chart", "unit"];
/// Up to here a whole number is the same in every program that reads it.
const LARGEST_EXACT: i128 = 1_000_000_000_000_000;
/// Most columns of a table.
const MOST_COLUMNS: usize = 16;
/// Most characters of a cell, a title and a remark.
const MOST_IN_A_CELL: usize = 120;
const MOST_IN_A_TITLE: usize = 100;
const MOST_IN_A_NOTE: usize = 400;

/// A relation that the project's own SQL may read: its name here and in the engine.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// What it is called.
    pub name: &'static str,
    /// A row is.
    pub grain: &'static str,
}

/// Every relation, as `docs/own-report.md` describes them.
pub const RELATIONS: [Relation; 10] = [
    Relation { name: "visible_leads", grain: "a lead that counts" },
    Relation { name: "journeys", grain: "a lead that counts, with the days of its first MQL, SQL and win" },
    Relation { name: "mql_episodes", grain: "an MQL episode of a lead" },
    Relation { name: "stage_entries", grain: "a stage that a lead entered" },
    Relation { name: "arrivals", grain: "an arrival at SQL or beyond" },
    Relation { name: "handoffs", grain: "a first MQL and what sales did with it" },
    Relation { name: "won_deals", grain: "a won new-business deal and person" },
    Relation { name: "visible_spend", grain: "a month or day and channel of spend" },
    Relation { name: "calendar", grain: "a day, with its month" },
    Relation { name: "run", grain: "the run itself: one row" },
];

/// One of the project's own queries and what came of it.
#[derive(Clone, Debug)]
pub struct OwnQuery {
    /// The file's name, to be shown.
    pub file: String,
    /// What the table is called.
    pub title: String,
    /// The user's remark under it.
    pub note: Option<String>,
    /// How it is to be drawn; `None` = as its shape allows.
    pub chart: Option<ChartWish>,
    /// What is odd about it, and did not keep it from running; in sentences.
    pub remarks: Vec<String>,
    /// The table, or what is wrong, in a sentence.
    pub result: Result<OwnTable, String>,
}

/// How a table is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartWish {
    /// Not at all.
    None,
    /// Bars by month.
    Bars,
    /// A line by month.
    Line,
    /// A dot a row.
    Dots,
}

/// A table of the project's own.
#[derive(Clone, Debug)]
pub struct OwnTable {
    /// Its columns.
    pub columns: Vec<OwnColumn>,
    /// As many cells a row as columns.
    pub rows: Vec<Vec<OwnCell>>,
    /// How many rows the query gave; more than are kept, perhaps.
    pub of: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnColumn {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub unit: OwnUnit,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnUnit {
    /// Words.
    Text,
    /// Whole numbers.
    Count,
    /// Numbers.
    Decimal,
    /// Shares.
    Share,
    /// Amounts in the project's currency.
    Money,
    /// A number of days.
    Days,
    /// A day of the calendar.
    Day,
    /// A month.
    Month,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnCell {
    /// Words, without addresses.
    Text(String),
    /// A number.
    Number(f64),
    /// A whole number of so many digits that it is no measure, and would be rounded as one.
    Whole(i128),
    /// A day.
    Day(Day),
    /// A month.
    Month(Month),
    /// Nothing.
    Missing,
}

/// Runs every file of the folder, in the order of their names.
pub(super) fn run(plan: &Plan, past: &Past, step: &dyn Fn(&str)) -> Vec<OwnQuery> {
    let folder = plan.root.join(FOLDER);
    let files = match files(&folder) {
        Ok(files) if files.is_empty() => return Vec::new(),
        Ok(files) => files,
        Err(why) => {
            let says = format!("the folder cannot be read ({why})");
            return vec![OwnQuery { file: String::new(), ..untitled(&folder) }.without(says)];
        }
    };
    step("your own tables");
    let engine = relations(past).unwrap_or_default();
    let mut queries: Vec<OwnQuery> = files.iter().take(MOST_FILES).map(|path| one(path, &engine)).collect();
    if let Some((first, others)) = files.get(MOST_FILES..).and_then(<[PathBuf]>::split_first) {
        let more = match others.len() {
            0 => String::new(),
            n => format!(", so this one and {n} more are left out"),
        };
        let says = format!("only the first {MOST_FILES} files of {FOLDER}/ are run, by their names{more}");
        queries.push(untitled(first).without(says));
    }
    queries
}

/// Says among the findings that files gave no table.
pub(super) fn remark(findings: &mut Findings, queries: &[OwnQuery]) {
    let failed: Vec<&OwnQuery> = queries.iter().filter(|query| query.result.is_err()).collect();
    if !failed.is_empty() {
        let examples = failed.iter().take(3).map(|query| query.file.clone()).collect();
        findings.push("queries::no_table", failed.len() as u64, queries.len() as u64, examples, None);
    }
}

/// What is called `.sql` directly in the folder, by name; hidden files are those of editors and systems.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        // A file of this name is none of ours.
        Err(_) if folder.is_file() => return Ok(Vec::new()),
        entries => entries?,
    };
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'.'));
    let is_sql = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql"));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| is_sql(path) && !is_hidden(path));
    files.sort();
    Ok(files)
}

/// What a query may read: amounts in units of the currency.
fn relations(past: &Past) -> PolarsResult<Embedded> {
    let mut engine = Embedded::default();
    for relation in RELATIONS {
        let Some(table) = past.tables.get(relation.name).or_else(|| past.settings.get(relation.name)) else { continue };
        engine.register(relation.name, in_units(table)?);
    }
    Ok(engine)
}

/// The table with its amounts in units of the currency, without columns that serve our own sums only.
fn in_units(table: &DataFrame) -> PolarsResult<DataFrame> {
    let mut columns: Vec<Column> = Vec::new();
    for column in table.columns() {
        match column.name().as_str() {
            "amount" => {
                let amounts = crate::engine::integers(table, "amount")?;
                let units: Vec<Option<f64>> = amounts.into_iter().map(|amount| Some(Money(amount?).units())).collect();
                columns.push(Series::new("amount".into(), units).into());
            }
            "amount_band" => {}
            // A company may be one person's domain, and nothing in a report is counted by it.
            "account" => {}
            _ => columns.push(column.clone()),
        }
    }
    DataFrame::new_infer_height(columns)
}

fn untitled(path: &Path) -> OwnQuery {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    // "01-leads_by_country" is "leads by country".
    let words = stem.replace(['_', '-'], " ");
    let words = words.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let words = if words.is_empty() { stem.as_str() } else { words };
    let mut letters = words.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    OwnQuery {
        file: shown(&name, MOST_IN_A_CELL),
        title: shown(&title, MOST_IN_A_TITLE),
        note: None,
        chart: None,
        remarks: Vec::new(),
        result: Err(String::new()),
    }
}

impl OwnQuery {
    fn without(self, says: impl Into<String>) -> OwnQuery {
        OwnQuery { result: Err(says.into()), ..self }
    }
}

/// The text of a file; a link is followed, since whoever made it wanted that.
fn read(path: &Path) -> Result<String, String> {
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(_) if path.is_symlink() => return Err("it is a link to a file that is not there".to_string()),
        Err(error) => return Err(format!("it cannot be read ({error})")),
    };
    if about.is_dir() {
        return Err("it is a folder; put its files beside it".to_string());
    }
    if !about.is_file() {
        return Err("it is no file".to_string());
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("it has {} kB, too much for a query", about.len() / 1024));
    }
    let bytes = fs::read(path).map_err(|error| format!("it cannot be read ({error})"))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text: save it as UTF-8".to_string())?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n"))
}

fn one(path: &Path, engine: &Embedded) -> OwnQuery {
    let mut query = untitled(path);
    let text = match read(path) {
        Ok(text) => text,
        Err(says) => return query.without(says),
    };
    let mut units: Vec<(String, OwnUnit)> = Vec::new();
    let mut is_top = true;
    for (at, line) in text.lines().enumerate() {
        let Some(remark) = line.trim().strip_prefix("--") else {
            is_top &= line.trim().is_empty();
            continue;
        };
        let place = at + 1;
        if !is_top {
            // Behind the query a remark is only looked at.
            let key = remark.split_once(':').map(|(key, _)| key.trim().to_ascii_lowercase()).unwrap_or_default();
            if SETTINGS.contains(&key.as_str()) || key.starts_with("unit ") {
                query.remarks.push(format!("line {place}: `{key}` is a setting only above the query"));
            }
            continue;
        }
        match setting(remark, &mut query, &mut units) {
            Ok(None) => {}
            Ok(Some(odd)) => query.remarks.push(format!("line {place}: {odd}")),
            Err(says) => return query.without(format!("line {place}: {says}")),
        }
    }
    query.result = match engine.ask(&text) {
        Err(refusal) => {
            let line = refusal.line.map_or_else(String::new, |line| format!("line {line}: "));
            Err(format!("{line}{}", shown(&refusal.says, MOST_IN_A_NOTE)))
        }
        Ok(answer) => table(&answer, &units),
    };
    query
}

/// Reads `title: …`, `note: …`, `chart: …` or `unit COLUMN: …`; any other remark is the user's own. What looks like a
/// setting and is none is told.
fn setting(remark: &str, query: &mut OwnQuery, units: &mut Vec<(String, OwnUnit)>) -> Result<Option<String>, String> {
    let Some((key, value)) = remark.split_once(':') else { return Ok(None) };
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
    match key.as_str() {
        "title" | "note" if value.is_empty() => return Ok(Some(format!("`{key}` is blank, and left out"))),
        "title" => query.title = shown(value, MOST_IN_A_TITLE),
        "note" => query.note = Some(shown(value, MOST_IN_A_NOTE)),
        "chart" => {
            query.chart = Some(match value.to_ascii_lowercase().as_str() {
                "none" => ChartWish::None,
                "bars" => ChartWish::Bars,
                "line" => ChartWish::Line,
                "dots" => ChartWish::Dots,
                _ => return Err(format!("chart is none, bars, line or dots, not \"{}\"", masked(value))),
            });
        }
        other => {
            let Some(name) = other.strip_prefix("unit ").map(str::trim) else { return Ok(mistyped(other)) };
            let unit = match value.to_ascii_lowercase().as_str() {
                "share" => OwnUnit::Share,
                "money" => OwnUnit::Money,
                "count" => OwnUnit::Count,
                "decimal" => OwnUnit::Decimal,
                "days" => OwnUnit::Days,
                "day" => OwnUnit::Day,
                "month" => OwnUnit::Month,
                _ => {
                    let says = "a unit is share, money, count, decimal, days, day or month";
                    return Err(format!("{says}, not \"{}\"", masked(value)));
                }
            };
            units.push((name.to_string(), unit));
        }
    }
    Ok(None)
}

/// What is said of a remark whose first word is nearly a setting.
fn mistyped(key: &str) -> Option<String> {
    if key == "unit" {
        return Some("`unit` needs the name of a column, as in `-- unit mqls: count`".to_string());
    }
    let (word, behind) = key.split_once(' ').unwrap_or((key, ""));
    // Of four letters one may be wrong: `date` is no `note`.
    let near = closest(word, SETTINGS, if word.chars().count() > 4 { 2 } else { 1 })?;
    let fits = if near == "unit" { !behind.is_empty() && !behind.contains(' ') } else { behind.is_empty() };
    fits.then(|| format!("`{}` is no setting; did you mean `{near}`?", masked(word)))
}

/// The answer as cells.
fn table(answer: &Answer, units: &[(String, OwnUnit)]) -> Result<OwnTable, String> {
    let names: Vec<String> = answer.table.columns().iter().map(|column| column.name().to_string()).collect();
    if names.len() > MOST_COLUMNS {
        return Err(format!("it gives {} columns, and a page has room for {MOST_COLUMNS}", names.len()));
    }
    if let Some((name, _)) = units.iter().find(|(name, _)| !names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        return Err(format!("it names a unit for \"{}\", and has no such column", masked(name)));
    }
    let mut columns = Vec::new();
    let mut cells: Vec<Vec<OwnCell>> = Vec::new();
    for (column, name) in answer.table.columns().iter().zip(&names) {
        let given = units.iter().rev().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit);
        let unit = given.map_or_else(|| natural(name, column.dtype()), Ok)?;
        let mut values = Vec::with_capacity(column.len());
        for row in 0..column.len() {
            let value = column.get(row).map_err(|_| "the engine cannot read its own answer".to_string())?;
            values.push(cell(&value, unit).ok_or_else(|| {
                format!("column \"{}\" holds values that are not {}", shown(name, MOST_IN_A_CELL), in_words(unit))
            })?);
        }
        columns.push(OwnColumn { name: shown(&name.replace('_', " "), MOST_IN_A_CELL), unit });
        cells.push(values);
    }
    let rows = (0..answer.table.height()).map(|row| cells.iter().map(|column| column[row].clone()).collect()).collect();
    Ok(OwnTable { columns, rows, of: answer.rows })
}

/// What a column is by its name and type.
fn natural(name: &str, kind: &DataType) -> Result<OwnUnit, String> {
    let name = name.to_ascii_lowercase();
    if kind.is_integer() {
        return Ok(match name.as_str() {
            "month" => OwnUnit::Month,
            "day" => OwnUnit::Day,
            name if name.ends_with("_month") => OwnUnit::Month,
            name if name.ends_with("_day") => OwnUnit::Day,
            _ => OwnUnit::Count,
        });
    }
    match kind {
        DataType::Float32 | DataType::Float64 => Ok(OwnUnit::Decimal),
        DataType::String | DataType::Boolean | DataType::Null => Ok(OwnUnit::Text),
        _ => Err(format!("column \"{}\" holds neither numbers nor texts", shown(&name, MOST_IN_A_CELL))),
    }
}

fn in_words(unit: OwnUnit) -> &'static str {
    match unit {
        OwnUnit::Text => "texts",
        OwnUnit::Day => "days",
        OwnUnit::Month => "months",
        _ => "numbers",
    }
}

/// A value in a unit; `None` = it is not of it.
fn cell(value: &AnyValue, unit: OwnUnit) -> Option<OwnCell> {
    if value.is_null() {
        return Some(OwnCell::Missing);
    }
    let whole = || value.extract::<i64>().filter(|_| value.is_integer());
    match unit {
        OwnUnit::Text => match value {
            AnyValue::Boolean(true) => Some(OwnCell::Text("yes".to_string())),
            AnyValue::Boolean(false) => Some(OwnCell::Text("no".to_string())),
            other => other.get_str().map(|text| OwnCell::Text(shown(text, MOST_IN_A_CELL))),
        },
        OwnUnit::Day => whole().and_then(|day| i32::try_from(day).ok()).map(|day| OwnCell::Day(Day(day))),
        // Months are counted from the year 0; what is no month of a calendar is none.
        OwnUnit::Month => {
            whole().filter(|month| (12..120_000).contains(month)).map(|month| OwnCell::Month(Month(month as i32)))
        }
        _ if !value.is_primitive_numeric() => None,
        OwnUnit::Count if whole_number(value).is_some_and(|whole| whole.abs() >= LARGEST_EXACT) => {
            whole_number(value).map(OwnCell::Whole)
        }
        _ => match value.extract::<f64>() {
            Some(number) if number.is_finite() => Some(OwnCell::Number(number)),
            _ => Some(OwnCell::Missing),
        },
    }
}

fn whole_number(value: &AnyValue) -> Option<i128> {
    value.extract::<i128>().filter(|_| value.is_integer())
}

/// A text on one line, with addresses masked, of at most so many characters.
fn shown(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.map(|word| if masked(word) == "***@***" { "***@***" } else { word }).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
