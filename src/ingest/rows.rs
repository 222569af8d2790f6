//! One row of a file: its cells by our names, and why it may not be used.

use super::coerce::{
    self, Amount, AmountEvidence, AmountReader, Clock, DateEvidence, DateReader, Mark, Midnights, NoAmount, NoDate,
    OrderFound, Plain, When,
};
use super::error::IngestError;
use super::read::{self, RawFile};
use super::recognise::{Columns, normal};
use crate::config::plan::{DateOrder, DecimalMark, Source, Table};
use crate::finding::masked;
use csv::ByteRecord;
use std::collections::{BTreeSet, HashMap};

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
    pub(super) clocks: &'a ColumnReaders,
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
            // The months and days of spend are read from their text.
            None => cells.next().or_else(|| match column {
                "month" | "day" => self.failed(column).map(|(_, text)| text),
                _ => None,
            }),
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

    /// The cell of a day or an amount, in which a failed formula is not missing.
    pub(super) fn stated(&self, position: usize) -> Option<String> {
        let cell = read::text(self.record.get(position)?);
        coerce::stated(&cell).map(str::to_string)
    }

    /// The first cell of a column in which a failed formula stands, where the column has no other value.
    fn failed(&self, column: &str) -> Option<(usize, String)> {
        let mapped = self.columns.get(column)?;
        let mut places = mapped.position.into_iter().chain(mapped.others.iter().copied());
        places.find_map(|place| self.stated(place).filter(|_| self.at(place).is_none()).map(|text| (place, text)))
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
        let failed = || self.failed(column).map(|(place, text)| (Some(place), text));
        found.or(constant).or_else(failed).map(|(place, text)| self.moment(column, place, &text)).transpose()
    }

    pub(super) fn moment(&self, column: &str, position: Option<usize>, text: &str) -> Result<When, Refusal> {
        let reader = position.and_then(|position| self.clocks.dates.get(&position));
        let bare = coerce::unprotected(text);
        let read = reader.map_or_else(|| self.clock.read(bare), |reader| reader.read(bare));
        read.map_err(|why| match why {
            NoDate::Impossible => Refusal::of(column, "bad_date", text),
            NoDate::Ambiguous => Refusal::of(column, "ambiguous_date", text),
        })
    }

    /// The amount in a column, `None` where it is missing.
    pub(super) fn amount(&self, column: &str) -> Result<Option<Amount>, Refusal> {
        let failed = || self.failed(column).map(|(_, text)| text);
        let Some(text) = self.text(column).or_else(failed) else { return Ok(None) };
        let position = self.columns.get(column).and_then(|mapped| mapped.position);
        let reader = position.and_then(|position| self.clocks.amounts.get(&position));
        let read = reader.map_or_else(|| AmountReader::alone().read(&text), |reader| reader.read(&text));
        let named = reader.and_then(|reader| reader.currency.clone());
        match read {
            // The cell knows best; then the column of currencies; then the header.
            Ok(amount) => Ok(Some(Amount {
                currency: amount.currency.or_else(|| self.text("currency").map(|code| code.to_uppercase())).or(named),
                ..amount
            })),
            Err(NoAmount::Impossible) => Err(Refusal::of(column, "bad_amount", &text)),
            Err(NoAmount::Ambiguous) => Err(Refusal::of(column, "ambiguous_amount", &text)),
        }
    }
}

/// How the cells of each column are read, and what decided it.
#[derive(Default)]
pub(super) struct ColumnReaders {
    dates: HashMap<usize, DateReader>,
    amounts: HashMap<usize, AmountReader>,
    /// What was decided for whole columns, one sentence each.
    pub(super) notes: Vec<String>,
    /// Words that findings of this file carry: what was found, and the words.
    pub(super) details: Vec<(&'static str, String)>,
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

/// Columns that hold amounts, by table.
fn amount_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Deals | Table::Spend => &["amount"],
        _ => &[],
    }
}

/// How each column of dates and of amounts is read: all of its cells are looked at, in one pass over the file.
pub(super) fn clocks(
    file: &RawFile,
    columns: &Columns,
    source: &Source,
    clock: Clock,
) -> Result<ColumnReaders, IngestError> {
    let positions = |names: &[&str]| {
        let found = names.iter().filter_map(|name| columns.get(name));
        found.flat_map(|mapped| mapped.position.into_iter().chain(mapped.others.clone())).collect::<BTreeSet<usize>>()
    };
    let mut dates = positions(date_columns(source.table));
    dates.extend(columns.stage_dates.iter().flat_map(|date| date.positions.iter().copied()));
    let mut dates: Vec<(usize, DateEvidence)> =
        dates.into_iter().map(|position| (position, DateEvidence::default())).collect();
    let mut amounts: Vec<(usize, AmountEvidence)> = positions(amount_columns(source.table))
        .into_iter()
        .map(|position| (position, AmountEvidence::default()))
        .collect();
    if dates.is_empty() && amounts.is_empty() {
        return Ok(ColumnReaders::default());
    }
    file.for_each(|_, record| {
        for (position, evidence) in &mut dates {
            let cell = record.get(*position).map(read::text).unwrap_or_default();
            if let Some(cell) = coerce::present(&cell) {
                evidence.see(coerce::unprotected(cell));
            }
        }
        for (position, evidence) in &mut amounts {
            let cell = record.get(*position).map(read::text).unwrap_or_default();
            if let Some(cell) = coerce::present(&cell) {
                evidence.see(cell);
            }
        }
    })?;
    let mut readers = ColumnReaders::default();
    readers.settle_dates(&dates, &file.header, source, clock);
    readers.settle_amounts(&amounts, &file.header, source);
    Ok(readers)
}

/// The header of a column.
fn header(names: &[String], position: usize) -> &str {
    names.get(position).map(String::as_str).unwrap_or_default()
}

/// How an order of day and month is said.
fn spoken(order: DateOrder) -> &'static str {
    match order {
        DateOrder::Dmy => "day/month/year",
        DateOrder::Mdy => "month/day/year",
        DateOrder::Ymd => "year/month/day",
    }
}

impl ColumnReaders {
    fn settle_dates(&mut self, columns: &[(usize, DateEvidence)], names: &[String], source: &Source, clock: Clock) {
        let table = source.table.name();
        // A file is written in one order: what one of its columns settles holds for the others that settle nothing.
        let mut settled: Vec<(usize, DateOrder)> = Vec::new();
        for (position, evidence) in columns {
            if let OrderFound::Settled(order, _) = evidence.order()
                && settled.iter().all(|(_, known)| *known != order)
            {
                settled.push((*position, order));
            }
        }
        let common = if let [only] = settled.as_slice() { Some(*only) } else { None };
        for (position, evidence) in columns {
            let name = masked(header(names, *position));
            let (plain, example) = evidence.plain();
            let midnights = evidence.midnights();
            let counted = match plain {
                Plain::NoDates => None,
                Plain::Seconds => Some("seconds since 1970"),
                Plain::Milliseconds => Some("milliseconds since 1970"),
                Plain::Microseconds => Some("microseconds since 1970"),
                Plain::Serials => Some("day numbers of a spreadsheet"),
            };
            if let Some(counted) = counted {
                self.notes.push(format!("dates in `{name}` are {counted}, such as {}", masked(example)));
            }
            if midnights == Midnights::Days {
                self.notes.push(format!("`{name}` holds days: every time in it is midnight"));
            }
            let order = match clock.order {
                Some(told) => Some(told),
                None => self.settle_order(&name, evidence.order(), common, names, table),
            };
            self.dates.insert(*position, DateReader { clock: Clock { order, ..clock }, plain, midnights });
        }
    }

    fn settle_order(
        &mut self,
        name: &str,
        found: OrderFound,
        common: Option<(usize, DateOrder)>,
        names: &[String],
        table: &str,
    ) -> Option<DateOrder> {
        match found {
            OrderFound::NotNeeded => common.map(|(_, order)| order),
            OrderFound::Settled(order, cell) => {
                self.notes.push(format!("dates in `{name}` are {}: {} settles it", spoken(order), masked(&cell)));
                Some(order)
            }
            OrderFound::Open(cell) => match common {
                Some((other, order)) => {
                    let other = masked(header(names, other));
                    self.notes.push(format!("dates in `{name}` are {}, as they are in `{other}`", spoken(order)));
                    Some(order)
                }
                None => {
                    self.notes.push(format!(
                        "day and month in `{name}`, such as {}, cannot be told apart: set `dates = \"dmy\"` or `dates = \"mdy\"` under [sources.{table}]",
                        masked(&cell)
                    ));
                    None
                }
            },
            OrderFound::Contested { most, day_first, month_first } => {
                let says = format!(
                    "`{name}` holds dates with the day first ({}, such as {}) and with the month first ({}, such as {})",
                    day_first.0,
                    masked(&day_first.1),
                    month_first.0,
                    masked(&month_first.1)
                );
                let (what, does) = match most {
                    Some(order) => {
                        ("bad_date", format!("it is read as {}, and the others are rejected", spoken(order)))
                    }
                    None => ("ambiguous_date", "as many say one as say the other, so none of them is used".to_string()),
                };
                self.notes.push(format!("{says}; {does}"));
                self.details.push((what, format!("{says}; {does}")));
                most
            }
        }
    }

    fn settle_amounts(&mut self, columns: &[(usize, AmountEvidence)], names: &[String], source: &Source) {
        let mut settled: Vec<(DecimalMark, String)> = Vec::new();
        for (_, evidence) in columns {
            if let Mark::Settled(mark, cell) = evidence.mark()
                && evidence.contradiction().is_none()
                && settled.iter().all(|(known, _)| *known != mark)
            {
                settled.push((mark, cell));
            }
        }
        for (position, evidence) in columns {
            let name = masked(header(names, *position));
            let mark = match (source.decimal, evidence.mark(), settled.as_slice()) {
                (Some(told), ..) => Mark::Settled(told, String::new()),
                (None, Mark::Open(_), [(mark, cell)]) => Mark::Settled(*mark, cell.clone()),
                (None, found, _) => found,
            };
            if source.decimal.is_none() {
                self.note_mark(&name, &mark, evidence, source.table.name());
            }
            let unit = coerce::header_unit(header(names, *position));
            if let Some(unit) = unit {
                self.notes.push(format!("amounts in `{name}` are {}, as its name says", unit.name));
            }
            let scale = unit.map_or(0, |unit| unit.scale);
            let currency = coerce::header_currency(header(names, *position));
            if let Some(code) = &currency {
                self.notes.push(format!("amounts in `{name}` are in {code} where no cell says otherwise"));
            }
            self.amounts.insert(*position, AmountReader { mark, scale, currency });
        }
    }

    fn note_mark(&mut self, name: &str, mark: &Mark, evidence: &AmountEvidence, table: &str) {
        if let Some([(points, point), (commas, comma)]) = evidence.contradiction() {
            let (point, comma) = (masked(point), masked(comma));
            let says = format!(
                "`{name}` holds amounts with a decimal point ({points}, such as {point}) and with a decimal comma ({commas}, such as {comma})"
            );
            let (what, does) = match mark {
                Mark::Settled(DecimalMark::Point, _) => ("bad_amount", "the decimal mark is taken to be the point"),
                Mark::Settled(DecimalMark::Comma, _) => ("bad_amount", "the decimal mark is taken to be the comma"),
                _ => ("ambiguous_amount", "as many say one as say the other"),
            };
            self.notes.push(format!("{says}; {does}"));
            self.details.push((what, format!("{says}; {does}")));
            return;
        }
        match mark {
            Mark::Settled(DecimalMark::Comma, cell) => {
                self.notes.push(format!("amounts in `{name}` have a decimal comma: {} settles it", masked(cell)));
            }
            Mark::Open(cell) if cell.contains(',') => self.notes.push(format!(
                "amounts in `{name}` such as {} are read as thousands: if the comma is a decimal comma, set `decimal = \",\"` under [sources.{table}]",
                masked(cell)
            )),
            Mark::Open(cell) if cell.contains('.') => self.notes.push(format!(
                "amounts in `{name}` such as {} may be thousands or not: set `decimal = \".\"` or `decimal = \",\"` under [sources.{table}]",
                masked(cell)
            )),
            _ => {}
        }
    }
}
