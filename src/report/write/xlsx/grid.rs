//! How does a table of the page become a table of a workbook: one value a cell, numbers as numbers?
//!
//! An interval is two columns. What does not exist is an empty cell, and why stands in a column at the end; what a
//! colour says stands there in words.

use super::names::{self, Taken};
use crate::report::format;
use crate::report::output;
use crate::report::page::{Cell, Row, Table, Tone, Unit};
use crate::report::write::tone_word;
use crate::vocabulary::Month;

/// A table of a workbook.
pub struct Grid {
    /// Its name in formulas.
    pub name: String,
    /// What the rows are.
    pub title: String,
    /// The columns; no two headers are the same.
    pub columns: Vec<Field>,
    /// As many values a row as columns.
    pub rows: Vec<Line>,
    /// Line under the table; may be empty.
    pub note: String,
}

/// A column.
pub struct Field {
    /// Header.
    pub header: String,
    /// What its cells hold.
    pub kind: Kind,
}

/// What the cells of a column hold.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// Words.
    Words,
    /// The first day of a month.
    Month,
    /// Numbers.
    Number(Unit),
    /// Numbers, each with a unit of its own.
    Mixed,
}

/// A row.
pub struct Line {
    /// The values.
    pub values: Vec<Value>,
    /// How the row is to be felt.
    pub tone: Tone,
}

/// What stands in a cell.
#[derive(Clone)]
pub enum Value {
    /// Nothing.
    Empty,
    /// Words; never a formula.
    Words(String),
    /// A month, as a date.
    Month(Month),
    /// A number.
    Number {
        /// The number.
        value: f64,
        /// Its unit.
        unit: Unit,
        /// The number whose decimals it is shown with: the upper limit of an interval sets those of the lower one.
        like: f64,
    },
}

/// Header of the column that says why cells are empty.
pub const REASON: &str = "Why empty";
/// Header of the column that says in words what a colour says.
const ATTENTION: &str = "Attention";

impl Value {
    /// A number, to as many digits as `report.json` has; nothing where it is none.
    pub fn number(value: f64, unit: &Unit) -> Value {
        Value::limit(value, unit, value)
    }

    /// A number with the decimals of another.
    pub fn limit(value: f64, unit: &Unit, like: f64) -> Value {
        // What a workbook cannot hold is not there.
        if !value.is_finite() {
            return Value::Empty;
        }
        Value::Number { value: output::rounded(value), unit: unit.clone(), like }
    }

    /// A number that may not exist.
    pub fn maybe(value: Option<f64>, unit: &Unit) -> Value {
        value.map_or(Value::Empty, |value| Value::number(value, unit))
    }

    /// Words on as many lines as they have.
    pub fn words(text: &str) -> Value {
        if text.is_empty() { Value::Empty } else { Value::Words(names::text(text)) }
    }
}

impl Grid {
    /// A table of the page.
    pub fn of(table: &Table, taken: &mut Taken) -> Grid {
        let is_range = |i: usize| table.rows.iter().any(|row| matches!(row.cells.get(i), Some(Cell::Range(..))));
        let mut headers = Taken::default();
        let mut columns: Vec<Field> = Vec::new();
        let mut ranges = Vec::new();
        for (i, column) in table.columns.iter().enumerate() {
            let before = i.checked_sub(1).map_or("", |i| table.columns[i].label.as_str());
            let kind = if column.unit == Unit::Text { Kind::Words } else { Kind::Number(column.unit.clone()) };
            ranges.push(is_range(i));
            if !is_range(i) {
                let label = match interval_of(&column.label) {
                    Some(_) if !before.is_empty() => format!("{before}, {}", lower_first(&column.label)),
                    _ => column.label.clone(),
                };
                columns.push(Field { header: headers.header(&label), kind });
                continue;
            }
            let (base, level) = match interval_of(&column.label) {
                Some(level) if !before.is_empty() => (before, level),
                _ => (column.label.as_str(), ""),
            };
            for end in ["low", "high"] {
                let label = [level, end].iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
                columns.push(Field { header: headers.header(&format!("{base}, {label}")), kind: kind.clone() });
            }
        }
        // What is the same in every row is said once, under the table.
        let throughout: Vec<usize> = (0..table.columns.len()).filter(|i| is_empty_throughout(table, *i)).collect();
        let why: Vec<String> =
            table.rows.iter().map(|row| reasons(row, table, &|i| !throughout.contains(&i))).collect();
        let everywhere = match table.rows.first() {
            Some(row) if !throughout.is_empty() => {
                format!("Empty throughout: {}.", reasons(row, table, &|i| throughout.contains(&i)))
            }
            _ => String::new(),
        };
        let has_reasons = why.iter().any(|reason| !reason.is_empty());
        let has_tones = table.rows.iter().any(|row| !tone_word(row.tone).is_empty());
        for (has, label) in [(has_tones, ATTENTION), (has_reasons, REASON)] {
            if has {
                columns.push(Field { header: headers.header(label), kind: Kind::Words });
            }
        }
        let rows = table.rows.iter().zip(&why).map(|(row, reason)| {
            let mut values = Vec::new();
            for ((cell, column), is_range) in row.cells.iter().zip(&table.columns).zip(&ranges) {
                values.extend(cell_values(cell, &column.unit, *is_range));
            }
            if has_tones {
                values.push(Value::words(tone_word(row.tone)));
            }
            if has_reasons {
                values.push(Value::words(reason));
            }
            values.resize(columns.len(), Value::Empty);
            Line { values, tone: row.tone }
        });
        let rows = rows.collect();
        Grid {
            name: taken.table(&table.id),
            title: names::one_line(&table.title),
            columns,
            rows,
            note: names::text([table.note.as_str(), &everywhere].join(" ").trim()),
        }
    }

    /// The first column as dates, if each of its texts is a month.
    pub fn by_month(mut self) -> Grid {
        let months: Vec<Option<Month>> = self
            .rows
            .iter()
            .map(|row| match row.values.first() {
                Some(Value::Words(text)) => text.parse().ok().or_else(|| format::read_month(text)),
                _ => None,
            })
            .collect();
        if months.iter().any(Option::is_none) {
            return self;
        }
        for (row, month) in self.rows.iter_mut().zip(months) {
            if let (Some(value), Some(month)) = (row.values.first_mut(), month) {
                *value = Value::Month(month);
            }
        }
        if let Some(column) = self.columns.first_mut() {
            column.kind = Kind::Month;
        }
        self
    }
}

/// The level that the label of an interval's column names ("90 %"), if it is such a label; may be empty.
fn interval_of(label: &str) -> Option<&str> {
    let words = label.trim_end();
    ["interval", "Interval", "range", "Range"].iter().find_map(|end| words.strip_suffix(end)).map(str::trim)
}

fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// One value, or two where the column is one of intervals.
fn cell_values(cell: &Cell, unit: &Unit, is_range: bool) -> Vec<Value> {
    let mut values = match cell {
        Cell::Text(text) => vec![Value::words(text)],
        Cell::Number(value) => vec![Value::number(*value, unit)],
        // On the page the upper limit of shares sets the decimals of both.
        Cell::Range(low, high) if *unit == Unit::Share => {
            vec![Value::limit(*low, unit, *high), Value::number(*high, unit)]
        }
        Cell::Range(low, high) => vec![Value::number(*low, unit), Value::number(*high, unit)],
        Cell::Missing(_) => vec![Value::Empty],
    };
    values.resize(if is_range { 2 } else { 1 }, Value::Empty);
    values
}

/// Whether a column has no value in any of several rows, always for the same reason.
fn is_empty_throughout(table: &Table, column: usize) -> bool {
    let cells = || table.rows.iter().map(|row| row.cells.get(column));
    let reason = |cell: Option<&Cell>| match cell {
        Some(Cell::Missing(reason)) if !reason.is_empty() => Some(reason.clone()),
        _ => None,
    };
    let first = cells().next().and_then(reason);
    table.rows.len() > 1 && first.is_some() && cells().all(|cell| reason(cell) == first)
}

/// Why cells of a row in these columns are empty, each reason once, with the columns that it is about.
fn reasons(row: &Row, table: &Table, is_asked: &dyn Fn(usize) -> bool) -> String {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for (i, cell) in row.cells.iter().enumerate() {
        let Cell::Missing(reason) = cell else { continue };
        let label = table.columns.get(i).map_or("", |column| column.label.as_str());
        // The interval of a missing value is missing for the same reason.
        let is_second = interval_of(label).is_some();
        if reason.is_empty() || !is_asked(i) {
            continue;
        }
        match told.iter_mut().find(|(known, _)| known == reason) {
            Some((_, labels)) if !is_second => labels.push(label),
            Some(_) => {}
            None => told.push((reason, vec![label])),
        }
    }
    told.iter().map(|(reason, labels)| format!("{}: {reason}", labels.join(", "))).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::Column;

    #[test]
    fn a_reason_that_holds_for_every_row_is_said_once_under_the_table() {
        let column = |label: &str, unit: Unit| Column { label: label.into(), unit };
        let row = |name: &str, second: Cell| Row {
            cells: vec![Cell::Text(name.into()), Cell::Missing("no spend known".into()), second],
            tone: Tone::Neutral,
        };
        let mut table = Table {
            id: "t".into(),
            title: "T".into(),
            columns: vec![column("Month", Unit::Text), column("Spend", Unit::Count), column("Cost", Unit::Count)],
            rows: vec![row("a", Cell::Missing("too few".into())), row("b", Cell::Number(1.0))],
            note: "A note.".into(),
        };
        let grid = Grid::of(&table, &mut Taken::default());
        assert_eq!(grid.note, "A note. Empty throughout: Spend: no spend known.");
        assert!(matches!(grid.rows[0].values.last(), Some(Value::Words(text)) if text == "Cost: too few"));
        assert!(matches!(grid.rows[1].values.last(), Some(Value::Empty)));
        // With one row there is no rule to be told.
        table.rows.truncate(1);
        assert_eq!(Grid::of(&table, &mut Taken::default()).note, "A note.");
    }

    #[test]
    fn an_interval_is_two_columns_and_a_gap_has_a_reason() {
        let column = |label: &str, unit: Unit| Column { label: label.into(), unit };
        let table = Table {
            id: "t".into(),
            title: "T".into(),
            columns: vec![
                column("Channel", Unit::Text),
                column("Rate", Unit::Share),
                column("90 % interval", Unit::Share),
                column("Against", Unit::Text),
                column("Interval", Unit::Text),
            ],
            rows: vec![
                Row {
                    cells: vec![
                        Cell::Text("=a".into()),
                        Cell::Number(0.2),
                        Cell::Range(0.1, 0.3),
                        Cell::Text("more".into()),
                        Cell::Text("1 to 2".into()),
                    ],
                    tone: Tone::Bad,
                },
                Row {
                    cells: vec![
                        Cell::Text("b".into()),
                        Cell::Missing("too few".into()),
                        Cell::Missing("too few".into()),
                        Cell::Missing("too early".into()),
                        Cell::Missing("too early".into()),
                    ],
                    tone: Tone::Neutral,
                },
            ],
            note: String::new(),
        };
        let grid = Grid::of(&table, &mut Taken::default());
        let headers: Vec<&str> = grid.columns.iter().map(|column| column.header.as_str()).collect();
        assert_eq!(
            headers,
            [
                "Channel",
                "Rate",
                "Rate, 90 % low",
                "Rate, 90 % high",
                "Against",
                "Against, interval",
                "Attention",
                "Why empty"
            ]
        );
        let words = |row: usize, at: usize| match &grid.rows[row].values[at] {
            Value::Words(text) => text.clone(),
            Value::Number { value, .. } => value.to_string(),
            Value::Month(month) => month.to_string(),
            Value::Empty => String::new(),
        };
        assert_eq!(
            (0..8).map(|i| words(0, i)).collect::<Vec<_>>().join("|"),
            "=a|0.2|0.1|0.3|more|1 to 2|worth acting on|"
        );
        assert_eq!(
            (0..8).map(|i| words(1, i)).collect::<Vec<_>>().join("|"),
            "b|||||||Rate: too few; Against: too early"
        );
    }
}
