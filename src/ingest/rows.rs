//! One row of a file: its cells by our names, and why it may not be used.

use super::coerce::{self, Clock, NoDate, When};
use super::error::IngestError;
use super::read::{self, RawFile};
use super::recognise::{Columns, normal};
use crate::config::plan::{DateOrder, Table};
use csv::ByteRecord;
use std::collections::HashMap;

/// Why a row or cell is not used.
pub(super) struct Refusal {
    pub(super) column: String,
    pub(super) what: &'static str,
    pub(super) cell: String,
}

impl Refusal {
    /// The same about a stage's date in the leads' export: the lead stays, its stage is lost.
    pub(super) fn what_of_stage(&self) -> &'static str {
        if self.what == "ambiguous_date" { "ambiguous_stage_date" } else { "bad_stage_date" }
    }

    pub(super) fn of(column: &str, what: &'static str, cell: &str) -> Refusal {
        Refusal { column: column.to_string(), what, cell: cell.to_string() }
    }
}

/// One row of a file with its columns.
pub(super) struct RowView<'a> {
    pub(super) record: &'a ByteRecord,
    pub(super) columns: &'a Columns,
    pub(super) clocks: &'a HashMap<usize, Clock>,
    pub(super) clock: Clock,
}

impl RowView<'_> {
    /// The cell of a column, or `None` where it is missing.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        let mapped = self.columns.get(column)?;
        let Some(position) = mapped.position else { return Some(mapped.header.clone()) };
        let places = std::iter::once(position).chain(mapped.others.iter().copied());
        let mut cells = places.filter_map(|place| self.at(place));
        match &mapped.within {
            None => cells.next(),
            Some(key) => cells.find_map(|cell| within(&cell, key)),
        }
    }

    /// Every id in the cells of a column: several may stand in one cell.
    pub(super) fn ids(&self, column: &str) -> Vec<String> {
        let Some(mapped) = self.columns.get(column) else { return Vec::new() };
        let places = mapped.position.into_iter().chain(mapped.others.iter().copied());
        let cells = places.filter_map(|place| self.at(place)).filter_map(|cell| match &mapped.within {
            None => Some(cell),
            Some(key) => within(&cell, key),
        });
        let mut ids = Vec::new();
        for cell in cells {
            let parts = cell.split([';', ',', '|', '\n']).map(str::trim).filter(|id| !id.is_empty());
            ids.extend(parts.map(str::to_string));
        }
        ids
    }

    pub(super) fn at(&self, position: usize) -> Option<String> {
        let cell = read::text(self.record.get(position)?);
        coerce::present(&cell).map(str::to_string)
    }

    pub(super) fn required(&self, column: &str) -> Result<String, Refusal> {
        self.text(column).ok_or_else(|| Refusal::of(column, "missing_value", ""))
    }

    /// The moment in a column, `None` where it is missing.
    pub(super) fn when(&self, column: &str) -> Result<Option<When>, Refusal> {
        let Some(mapped) = self.columns.get(column) else { return Ok(None) };
        let places = mapped.position.into_iter().chain(mapped.others.iter().copied());
        let found = places.filter_map(|place| self.at(place).map(|text| (Some(place), text))).next();
        let constant = mapped.position.is_none().then(|| (None, mapped.header.clone()));
        found.or(constant).map(|(place, text)| self.moment(column, place, &text)).transpose()
    }

    pub(super) fn moment(&self, column: &str, position: Option<usize>, text: &str) -> Result<When, Refusal> {
        let clock = position.and_then(|position| self.clocks.get(&position)).unwrap_or(&self.clock);
        clock.read(text).map_err(|why| match why {
            NoDate::Impossible => Refusal::of(column, "bad_date", text),
            NoDate::Ambiguous => Refusal::of(column, "ambiguous_date", text),
        })
    }
}

/// The value of a key (normal form) in a cell that is a JSON object; of a list, its values with semicolons between.
pub(super) fn within(cell: &str, key: &str) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(cell).ok()?;
    let (_, value) = object.into_iter().find(|(name, _)| normal(name) == key)?;
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = match &value {
        serde_json::Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(";"),
        value => text(value),
    };
    coerce::present(&text).map(str::to_string)
}

/// Columns that hold moments, by table.
fn date_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &["created_at"],
        Table::StageHistory => &["entered_at"],
        Table::Activities => &["at"],
        Table::Deals => &["opened_at", "closed_at", "won_at", "lost_at"],
        Table::Spend => &["month", "day", "from_day", "until_day"],
        Table::Merges | Table::DealContacts => &[],
    }
}

/// A clock for each date column whose order the column itself has to settle.
pub(super) fn clocks(
    file: &RawFile,
    columns: &Columns,
    table: Table,
    clock: Clock,
) -> Result<HashMap<usize, Clock>, IngestError> {
    let mut positions: Vec<usize> =
        date_columns(table).iter().filter_map(|name| columns.get(name).and_then(|mapped| mapped.position)).collect();
    positions.extend(columns.stage_dates.iter().flat_map(|date| date.positions.iter().copied()));
    let mut clocks = HashMap::new();
    if clock.order.is_some() {
        return Ok(clocks);
    }
    // Only a column with a numeric date that is not year-first needs the look at all its cells.
    let mut undecided: Vec<usize> = Vec::new();
    file.for_each(|_, record| {
        for position in &positions {
            if undecided.contains(position) {
                continue;
            }
            let cell = record.get(*position).map(read::text).unwrap_or_default();
            let looks_iso = cell.len() >= 10 && cell.as_bytes()[4] == b'-';
            if !looks_iso && clock.read(cell.trim()) == Err(NoDate::Ambiguous) {
                undecided.push(*position);
            }
        }
    })?;
    // A file is written in one order: what one of its columns settles holds for the others that settle nothing.
    let mut orders = Vec::new();
    for position in &undecided {
        let mut cells = Vec::new();
        file.for_each(|_, record| {
            cells.push(record.get(*position).map(|cell| read::text(cell).into_owned()).unwrap_or_default());
        })?;
        orders.push(coerce::settle_order(cells.iter().map(String::as_str)));
    }
    let mut settled: Vec<DateOrder> = orders.iter().flatten().copied().collect();
    settled.dedup();
    let common = if let [only] = settled.as_slice() { Some(*only) } else { None };
    for (position, order) in undecided.into_iter().zip(orders) {
        clocks.insert(position, Clock { order: order.or(common), ..clock });
    }
    Ok(clocks)
}
