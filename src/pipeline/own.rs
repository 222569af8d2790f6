//! What does the project's own SQL say? Files in `queries/` beside the project file, over the tables that our facts rest on.
//!
//! A query sees what the report may know: leads that count, through the last visible day, without names, addresses and
//! attributes of people. What is wrong with a file is a sentence about this file; the report is made all the same.

use super::Past;
use crate::config::plan::Plan;
use crate::engine::Embedded;
use crate::engine::bounded::Answer;
use crate::finding::masked;
use crate::vocabulary::{Day, Money, Month};
use polars::prelude::{AnyValue, Column, DataFrame, DataType, NamedFrom, PolarsResult, Series};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder beside the project file.
const FOLDER: &str = "queries";
/// Most files that are run.
const MOST_FILES: usize = 20;
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
    let files = files(&folder);
    if files.is_empty() {
        return Vec::new();
    }
    step("your own tables");
    let engine = relations(past).unwrap_or_default();
    let mut queries: Vec<OwnQuery> = files.iter().take(MOST_FILES).map(|path| one(path, &engine)).collect();
    for path in files.iter().skip(MOST_FILES) {
        let says = format!("only the first {MOST_FILES} files of {FOLDER}/ are run");
        queries.push(OwnQuery { result: Err(says), ..untitled(path) });
    }
    queries
}

/// The `.sql` files directly in the folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_sql =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql")) && path.is_file();
    let mut files: Vec<PathBuf> = entries.filter(is_sql).collect();
    files.sort();
    files
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
        result: Err(String::new()),
    }
}

fn one(path: &Path, engine: &Embedded) -> OwnQuery {
    let mut query = untitled(path);
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return OwnQuery { result: Err(format!("it cannot be read: {error}")), ..query },
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return OwnQuery { result: Err("it is no UTF-8 text".to_string()), ..query };
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut units: Vec<(String, OwnUnit)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(remark) = line.trim().strip_prefix("--") else {
            if line.trim().is_empty() {
                continue;
            }
            break;
        };
        if let Err(says) = setting(remark, &mut query, &mut units) {
            return OwnQuery { result: Err(format!("line {}: {says}", at + 1)), ..query };
        }
    }
    query.result = match engine.ask(text) {
        Err(refusal) => {
            let line = refusal.line.map_or_else(String::new, |line| format!("line {line}: "));
            Err(format!("{line}{}", shown(&refusal.says, MOST_IN_A_NOTE)))
        }
        Ok(answer) => table(&answer, &units),
    };
    query
}

/// Reads `title: …`, `note: …`, `chart: …` or `unit COLUMN: …`; any other remark is the user's own.
fn setting(remark: &str, query: &mut OwnQuery, units: &mut Vec<(String, OwnUnit)>) -> Result<(), String> {
    let Some((key, value)) = remark.split_once(':') else { return Ok(()) };
    let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
    match key.as_str() {
        "title" if !value.is_empty() => query.title = shown(value, MOST_IN_A_TITLE),
        "note" if !value.is_empty() => query.note = Some(shown(value, MOST_IN_A_NOTE)),
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
            let Some(name) = other.strip_prefix("unit ").map(str::trim) else { return Ok(()) };
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
    Ok(())
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
        _ => match value.extract::<f64>() {
            Some(number) if number.is_finite() => Some(OwnCell::Number(number)),
            _ => Some(OwnCell::Missing),
        },
    }
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
