//! Tables that are small enough to be checked by hand: how are they read, run and compared?
//!
//! ```text
//! # A remark.
//! table leads
//! | lead_id text | created_day int | excluded text? |
//! | ann          | 10              | -              | whatever stands after the last bar is a remark, too
//!
//! result visible_leads
//! | …
//! ```
//!
//! `?` says that a column may hold nothing, which is written `-`. `result` gives the rows of a query in any order, but
//! its columns in theirs. Instants (`…_s`) are written as day × 100 + hour: queries only put them in order.

use leadgauge::engine::Embedded;
use leadgauge::engine::catalogue::Query;
use leadgauge::ingest::frames;
use polars::prelude::{DataFrame, DataType};
use std::path::{Path, PathBuf};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// `int` or `text`.
    pub kind: String,
    pub nullable: bool,
}

/// A table as it is written down.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Cells, trimmed; `None` for `-` in a column that may hold nothing.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A file of tables and of the results that follow from them.
pub struct Fixture {
    pub file: String,
    pub tables: Vec<Table>,
    pub results: Vec<Table>,
}

/// Files of a folder under `tests/fixtures/`, by name.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder of fixtures is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

/// Reads a fixture.
pub fn read(path: &Path) -> Fixture {
    let file = path.file_stem().expect("a file").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("readable");
    let (mut tables, mut results): (Vec<Table>, Vec<Table>) = (Vec::new(), Vec::new());
    let mut is_result = false;
    for (i, line) in text.lines().enumerate() {
        let place = format!("{file}, line {}: {line}", i + 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [what @ ("table" | "result"), name] => {
                is_result = *what == "result";
                let list = if is_result { &mut results } else { &mut tables };
                list.push(Table { name: name.to_string(), columns: Vec::new(), rows: Vec::new() });
            }
            [first, ..] if first.starts_with('|') => {
                let list = if is_result { &mut results } else { &mut tables };
                let table = list.last_mut().unwrap_or_else(|| panic!("a row before any table: {place}"));
                let mut cells: Vec<&str> = line.split('|').map(str::trim).skip(1).collect();
                cells.pop();
                if table.columns.is_empty() {
                    table.columns = cells.iter().map(|cell| column(cell, &place)).collect();
                } else {
                    assert_eq!(cells.len(), table.columns.len(), "{place}");
                    table.rows.push(cells.iter().zip(&table.columns).map(|(text, of)| cell(text, of)).collect());
                }
            }
            _ => panic!("neither a table nor a row nor a remark: {place}"),
        }
    }
    Fixture { file, tables, results }
}

fn column(header: &str, place: &str) -> Column {
    let (name, kind) = header.split_once(' ').unwrap_or_else(|| panic!("`{header}` has no type: {place}"));
    let kind = kind.trim();
    let nullable = kind.ends_with('?');
    let kind = kind.trim_end_matches('?');
    assert!(kind == "int" || kind == "text", "`{kind}` is neither int nor text: {place}");
    Column { name: name.to_string(), kind: kind.to_string(), nullable }
}

fn cell(text: &str, column: &Column) -> Option<String> {
    (text != "-" || !column.nullable).then(|| text.to_string())
}

/// The table as the engine takes it.
fn frame(table: &Table, file: &str) -> DataFrame {
    let number = |text: &String| text.parse::<i64>().unwrap_or_else(|_| panic!("{file}: {}: {text}", table.name));
    let columns = table.columns.iter().enumerate().map(|(i, column)| {
        let cells = table.rows.iter().map(move |row| row[i].as_ref());
        match column.kind.as_str() {
            "int" => frames::integers(&column.name, cells.map(|cell| cell.map(number))),
            _ => frames::optional_texts(&column.name, cells.map(|cell| cell.map(String::as_str))),
        }
    });
    DataFrame::new_infer_height(columns.collect()).unwrap_or_else(|why| panic!("{file}: {}: {why}", table.name))
}

fn names(found: &DataFrame) -> Vec<&str> {
    found.columns().iter().map(|column| column.name().as_str()).collect()
}

/// The rows of a result, as they would be written down.
fn rows(found: &DataFrame) -> Vec<Vec<Option<String>>> {
    let columns: Vec<Vec<Option<String>>> = found
        .columns()
        .iter()
        .map(|column| match column.dtype() {
            DataType::String => column.str().expect("text").iter().map(|cell| cell.map(str::to_string)).collect(),
            _ => {
                let column = column.cast(&DataType::Int64).expect("a whole number");
                column.i64().expect("a whole number").iter().map(|cell| cell.map(|cell| cell.to_string())).collect()
            }
        })
        .collect();
    (0..found.height()).map(|i| columns.iter().map(|column| column[i].clone()).collect()).collect()
}

/// Runs the queries one after the other on the tables. What differs from the results that are written down comes back.
///
/// # Panics
/// When a query does not run, gives other columns, or repeats its key: then the fixture says nothing.
pub fn differences<'a>(fixture: &Fixture, queries: impl Iterator<Item = &'a Query>) -> Vec<String> {
    let file = &fixture.file;
    let mut engine = Embedded::default();
    for table in &fixture.tables {
        engine.register(&table.name, frame(table, file));
    }
    let mut compared = 0;
    let mut differences = Vec::new();
    for query in queries {
        let found = engine.create(query).unwrap_or_else(|why| panic!("{file}: {why}"));
        if let Some(expected) = fixture.results.iter().find(|table| table.name == query.name) {
            differences.extend(difference(expected, &found, file));
            compared += 1;
        }
        differences.extend(repeated(query, &found).map(|key| format!("{file}: {} repeats its key {key}", query.name)));
    }
    assert_eq!(compared, fixture.results.len(), "{file}: a result of a query that did not run");
    differences
}

fn difference(expected: &Table, found: &DataFrame, file: &str) -> Option<String> {
    let at = format!("{file}: {}", expected.name);
    let names: Vec<&str> = expected.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(self::names(found), names, "{at}: columns");
    for (column, found) in expected.columns.iter().zip(found.columns()) {
        let fits = if column.kind == "int" { found.dtype().is_integer() } else { *found.dtype() == DataType::String };
        assert!(fits, "{at}: `{}` is not {} but {}", column.name, column.kind, found.dtype());
    }
    let mut missing = expected.rows.clone();
    let mut surplus = rows(found);
    surplus.retain(|row| match missing.iter().position(|expected| expected == row) {
        Some(same) => {
            missing.swap_remove(same);
            false
        }
        None => true,
    });
    let written = |rows: &[Vec<Option<String>>]| {
        let line = |row: &Vec<Option<String>>| {
            let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("-")).collect();
            format!("    | {} |\n", cells.join(" | "))
        };
        rows.iter().map(line).collect::<String>()
    };
    (!missing.is_empty() || !surplus.is_empty()).then(|| {
        format!(
            "{at} ({})\n  expected, but not there:\n{}  there, but not expected:\n{}",
            names.join(", "),
            written(&missing),
            written(&surplus)
        )
    })
}

/// A value of the header's key that more than one row has.
fn repeated(query: &Query, found: &DataFrame) -> Option<String> {
    let key = query.header("key").filter(|key| *key != "none")?;
    let names = names(found);
    let position = |name: &str| {
        names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{}: no column `{name}`", query.name))
    };
    let positions: Vec<usize> = key.split(", ").map(position).collect();
    let mut keys: Vec<Vec<Option<String>>> =
        rows(found).into_iter().map(|row| positions.iter().map(|i| row[*i].clone()).collect()).collect();
    keys.sort();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| format!("{:?}", pair[0]))
}
