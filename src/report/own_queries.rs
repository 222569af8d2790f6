//! How do the project's own tables read? Each SQL file of `queries/` is a table and, where its shape allows, a chart.

use super::format;
use super::page::{
    Block, Cell, Chart, ChartData, Column, Dot, Part, Point, PointState, Row, Section, Table, Tone, Unit,
};
use crate::pipeline::{ChartWish, OwnCell, OwnQuery, OwnTable, OwnUnit};
use crate::vocabulary::Month;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Most rows that dots are drawn for, and most numbers that bars are stacked of.
const MOST_DOTS: usize = 24;
const MOST_PARTS: usize = 7;
/// Most months that are drawn.
const MOST_MONTHS: i32 = 60;

/// The anchor of the section.
const SECTION: &str = "own-tables";

/// What is said of a file that gave no table.
pub fn failed(file: &str, says: &str) -> String {
    format!("queries/{file} gave no table: {says}")
}

/// A sentence with its full stop.
fn closed(text: &str) -> String {
    let is_closed = text.ends_with(['.', '!', '?', '…', ':']);
    if is_closed { text.to_string() } else { format!("{text}.") }
}

/// The section; `None` where the project has no SQL of its own.
pub(super) fn section(queries: &[OwnQuery], currency: &str) -> Option<Section> {
    if queries.is_empty() {
        return None;
    }
    // The section itself has an anchor, too.
    let mut ids: BTreeSet<String> = BTreeSet::from([SECTION.to_string()]);
    let mut blocks = Vec::new();
    for query in queries {
        let id = unique(&query.file, &mut ids);
        blocks.extend(query.remarks.iter().map(|remark| Block::Note {
            tone: Tone::Neutral,
            text: closed(&format!("queries/{}, {remark}", query.file)),
        }));
        match &query.result {
            Err(says) => blocks.push(Block::Note { tone: Tone::Warn, text: closed(&failed(&query.file, says)) }),
            Ok(table) if table.rows.is_empty() => blocks.push(Block::Note {
                tone: Tone::Neutral,
                text: format!("{} (queries/{}): the query gives no rows.", query.title, query.file),
            }),
            Ok(table) => {
                let chart = chart(query, table, &id, currency).unwrap_or_else(|why| {
                    let text = format!("queries/{} is not drawn: {why}.", query.file);
                    blocks.push(Block::Note { tone: Tone::Neutral, text });
                    None
                });
                let shown = shown(query, table, &id, (currency, chart.is_some()));
                blocks.extend(chart.map(Block::Chart));
                blocks.push(Block::Table(shown));
            }
        }
    }
    Some(Section { id: SECTION.into(), title: "Your own tables".into(), blocks })
}

/// An anchor of a file's name that no other has, nor its chart. What the name loses on the way (letters beyond ASCII, its
/// end) leaves a sign that is the same whatever other files there are.
fn unique(file: &str, ids: &mut BTreeSet<String>) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let plain: String =
        stem.chars().take(40).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let mut first =
        ["own", plain.trim_matches('-')].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if !stem.is_ascii() || stem.chars().count() > 40 {
        let digest = Sha256::digest(stem.as_bytes());
        first.push_str(&format!("-{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]));
    }
    let mut id = first.clone();
    let mut n = 2;
    while ids.contains(&id) || ids.contains(&chart_id(&id)) {
        id = format!("{first}-{n}");
        n += 1;
    }
    ids.extend([id.clone(), chart_id(&id)]);
    id
}

fn chart_id(table: &str) -> String {
    format!("{table}-chart")
}

fn unit(of: OwnUnit, currency: &str) -> Unit {
    match of {
        OwnUnit::Text | OwnUnit::Day | OwnUnit::Month => Unit::Text,
        OwnUnit::Count => Unit::Count,
        OwnUnit::Decimal => Unit::Decimal,
        OwnUnit::Share => Unit::Share,
        OwnUnit::Money => Unit::Money(currency.to_string()),
        OwnUnit::Days => Unit::Days,
    }
}

/// The table; beneath a chart it says neither title nor source again.
fn shown(query: &OwnQuery, table: &OwnTable, id: &str, (currency, is_drawn): (&str, bool)) -> Table {
    let columns =
        table.columns.iter().map(|column| Column { label: column.name.clone(), unit: unit(column.unit, currency) });
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().map(|cell| match cell {
            OwnCell::Text(text) => Cell::Text(text.clone()),
            OwnCell::Number(number) => Cell::Number(*number),
            OwnCell::Whole(whole) => Cell::Text(format::whole(*whole)),
            OwnCell::Day(day) => Cell::Text(format::day(*day)),
            OwnCell::Month(month) => Cell::Text(format::month_compact(*month)),
            OwnCell::Missing => Cell::Missing("the query gives none".to_string()),
        });
        Row { cells: cells.collect(), tone: Tone::Neutral }
    });
    let mut notes: Vec<String> = query.note.iter().map(|note| closed(note)).collect();
    if table.of > table.rows.len() as u64 {
        let (n, of) = (format::count(table.rows.len() as f64), format::count(table.of as f64));
        notes.push(format!("The first {n} of {of} rows are shown."));
    }
    notes.push(match is_drawn {
        true => "Counted as the query says, without intervals.".to_string(),
        false => format!("From queries/{}; counted as the query says, without intervals.", query.file),
    });
    let title = match is_drawn {
        true if query.title.ends_with(['.', '!', '?']) => format!("{} The numbers", query.title),
        true => format!("{}: the numbers", query.title),
        false => query.title.clone(),
    };
    Table { id: id.to_string(), title, columns: columns.collect(), rows: rows.collect(), note: notes.join(" ") }
}

/// The chart that the shape of a table allows; `Err` = why the one that is wished for cannot be.
fn chart(query: &OwnQuery, table: &OwnTable, id: &str, currency: &str) -> Result<Option<Chart>, String> {
    if query.chart == Some(ChartWish::None) {
        return Ok(None);
    }
    let drawn = drawn(query.chart, table, currency);
    let data = match (drawn, query.chart) {
        (Ok(data), _) => data,
        (Err(_), None) => return Ok(None),
        (Err(why), Some(_)) => return Err(why),
    };
    let measured: Vec<&str> = match &data {
        ChartData::Bars { parts, .. } => parts.iter().map(|part| part.name.as_str()).collect(),
        _ => numbers(table).first().map(|at| table.columns[*at].name.as_str()).into_iter().collect(),
    };
    let subtitle = measured.join(", ");
    Ok(Some(Chart {
        id: chart_id(id),
        title: query.title.clone(),
        description: format!(
            "{}: {subtitle} by {}. The values stand in the table.",
            query.title, table.columns[0].name
        ),
        subtitle,
        source: format!("queries/{}", query.file),
        data,
    }))
}

/// Columns of numbers behind the first column.
fn numbers(table: &OwnTable) -> Vec<usize> {
    let is_number = |at: &usize| !matches!(table.columns[*at].unit, OwnUnit::Text | OwnUnit::Day | OwnUnit::Month);
    (1..table.columns.len()).filter(is_number).collect()
}

fn value(row: &[OwnCell], at: usize) -> Option<f64> {
    match row.get(at) {
        Some(OwnCell::Number(number)) => Some(*number),
        Some(OwnCell::Whole(whole)) => Some(*whole as f64),
        _ => None,
    }
}

fn drawn(wish: Option<ChartWish>, table: &OwnTable, currency: &str) -> Result<ChartData, String> {
    let numbers = numbers(table);
    let Some(first) = numbers.first().copied() else {
        return Err("it has no column of numbers behind its first".to_string());
    };
    if table.of > table.rows.len() as u64 {
        return Err("it has more rows than are shown".to_string());
    }
    let in_unit = unit(table.columns[first].unit, currency);
    let months = months(table);
    let wish = match (wish, &months) {
        (Some(wish), _) => wish,
        // Shares and averages do not add up, so they are no bars.
        (None, Ok(_)) if in_unit == Unit::Count || matches!(in_unit, Unit::Money(_)) => ChartWish::Bars,
        (None, Ok(_)) => ChartWish::Line,
        (None, Err(_)) => ChartWish::Dots,
    };
    match wish {
        ChartWish::None => Err("it is not to be drawn".to_string()),
        ChartWish::Dots => dots(table, first, in_unit),
        ChartWish::Line => Ok(line(&months?, table, first, in_unit)),
        ChartWish::Bars => {
            let alike: Vec<usize> =
                numbers.into_iter().filter(|at| table.columns[*at].unit == table.columns[first].unit).collect();
            bars(&months?, table, &alike)
        }
    }
}

/// Every month from the first to the last, and the row of each: the first column must be months, or days of which no two
/// fall in one month.
fn months(table: &OwnTable) -> Result<Vec<(Month, Option<usize>)>, String> {
    let mut found: Vec<(Month, usize)> = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        match row.first() {
            Some(OwnCell::Month(month)) => found.push((*month, at)),
            Some(OwnCell::Day(day)) => found.push((day.month(), at)),
            Some(OwnCell::Text(text)) => match text.parse::<Month>() {
                Ok(month) => found.push((month, at)),
                Err(()) => return Err("its first column holds no months".to_string()),
            },
            _ => return Err("its first column holds no months".to_string()),
        }
    }
    found.sort();
    if found.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("it has more than one row a month".to_string());
    }
    let (Some((from, _)), Some((to, _))) = (found.first(), found.last()) else {
        return Err("it has no rows".to_string());
    };
    if found.len() < 2 || to.0 - from.0 >= MOST_MONTHS {
        return Err(format!("a chart by month has from 2 to {MOST_MONTHS} months"));
    }
    let row_of = |month: Month| found.iter().find(|(of, _)| *of == month).map(|(_, row)| *row);
    Ok((from.0..=to.0).map(|month| (Month(month), row_of(Month(month)))).collect())
}

fn bars(months: &[(Month, Option<usize>)], table: &OwnTable, columns: &[usize]) -> Result<ChartData, String> {
    if columns.len() > MOST_PARTS {
        return Err(format!("bars have at most {MOST_PARTS} columns of numbers"));
    }
    let at = |row: Option<usize>, column: usize| row.and_then(|row| value(&table.rows[row], column)).unwrap_or(0.0);
    let parts: Vec<Part> = columns
        .iter()
        .map(|column| Part {
            name: table.columns[*column].name.clone(),
            values: months.iter().map(|(_, row)| at(*row, *column)).collect(),
        })
        .collect();
    if parts.iter().flat_map(|part| &part.values).any(|value| *value < 0.0) {
        return Err("bars cannot be less than nothing".to_string());
    }
    Ok(ChartData::Bars {
        months: months.iter().map(|(month, _)| month.to_string()).collect(),
        parts,
        expected: Vec::new(),
    })
}

fn line(months: &[(Month, Option<usize>)], table: &OwnTable, column: usize, unit: Unit) -> ChartData {
    let points = months.iter().map(|(month, row)| {
        let value = row.and_then(|row| value(&table.rows[row], column));
        let said = value.map_or_else(|| "no value".to_string(), |value| format::number(value, &unit));
        let tip = format!("{}\n{said}", format::month_compact(*month));
        Point {
            month: month.to_string(),
            value,
            low: None,
            high: None,
            n: 0,
            state: PointState::Plain,
            tip,
            signal: None,
        }
    });
    let counted = String::new();
    ChartData::Line {
        counted,
        points: points.collect(),
        band: None,
        events: Vec::new(),
        unit: unit.clone(),
        limits: None,
    }
}

fn dots(table: &OwnTable, column: usize, unit: Unit) -> Result<ChartData, String> {
    if table.rows.len() > MOST_DOTS || table.rows.len() < 2 {
        return Err(format!("dots are drawn for from 2 to {MOST_DOTS} rows"));
    }
    let label = |row: &[OwnCell]| match row.first() {
        Some(OwnCell::Text(text)) => Some(text.clone()),
        Some(OwnCell::Missing) => Some("(none)".to_string()),
        _ => None,
    };
    let mut rows = Vec::new();
    for row in &table.rows {
        let Some(label) = label(row) else { return Err("its first column holds no texts".to_string()) };
        rows.push(Dot {
            label,
            value: value(row, column),
            low: None,
            high: None,
            note: String::new(),
            tone: Tone::Neutral,
        });
    }
    if rows.iter().all(|row| row.value.is_none()) {
        return Err("it has no values".to_string());
    }
    Ok(ChartData::Dots { rows, band: None, reference: None, unit })
}
