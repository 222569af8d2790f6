//! From files to canonical tables: what was read, what was used, what was rejected and why.
//!
//! After this step there are no headers, encodings, time zones or currencies any more: only leads, stage entries,
//! activities, deals and spend, with project-local days and amounts in the project's currency.
//!
//! [`read`] turns a file into rows of text, [`recognise`] its header into columns of ours, [`coerce`] a cell into a
//! value. The `Reader` takes the rows one by one; each table has a file of its own.

mod accounts;
mod activities;
pub mod coerce;
mod deals;
mod error;
pub mod folder;
pub mod frames;
mod leads;
pub mod read;
mod reader;
pub mod recognise;
mod rows;
mod spend;
mod stages;
mod visible;

pub use error::IngestError;
pub use leads::{ADDRESS, NAMES};

use crate::config::plan::{Plan, Source, Table};
use crate::finding::{Findings, masked};
use crate::vocabulary::{Day, Money, Month, Stage};
use coerce::When;
use read::RawFile;
use reader::Reader;
use recognise::Mapped;
use std::collections::{BTreeMap, BTreeSet};

/// A file that was read.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Input {
    /// The canonical table.
    pub table: String,
    /// The file, relative to the project folder.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows after the header.
    pub rows_read: u64,
    /// Rows that were used.
    pub rows_used: u64,
    /// Rows that were not, kept in `rejected/`.
    pub rows_rejected: u64,
    /// What was done to the file on the way, and what was decided for whole columns of it, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A cell (or, with `whole_row`, a row) that was not used.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The canonical table.
    pub table: Table,
    /// The file.
    pub file: String,
    /// Row number as a spreadsheet counts.
    pub row: u64,
    /// Our name of the column.
    pub column: String,
    /// Code of the finding.
    pub code: String,
    /// The offending cell as it was.
    pub cell: String,
}

/// A file and how its columns were read, for `check`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Mapping {
    /// The canonical table.
    pub table: String,
    /// The file.
    pub path: String,
    /// Its columns.
    pub columns: Vec<Shown>,
    /// The system's export that it was taken for, if it is one.
    pub taken_for: Option<String>,
    /// What was decided for the file or a whole column of it, one sentence each.
    pub notes: Vec<String>,
}

/// A column as it was read, and what stands in it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Shown {
    /// The column.
    #[serde(flatten)]
    pub column: Mapped,
    /// Up to three different values, addresses masked.
    pub samples: Vec<String>,
}

impl Shown {
    /// Takes a row's value as a sample, if it is a new one.
    pub fn sample(&mut self, record: &csv::ByteRecord) {
        let Some(cell) = self.column.position.filter(|_| self.samples.len() < 3).and_then(|place| record.get(place))
        else {
            return;
        };
        let cell = read::text(cell);
        if let Some(text) = coerce::present(&cell).map(masked).filter(|text| !self.samples.contains(text)) {
            self.samples.push(text);
        }
    }
}

/// The leads, one a person: column by column.
#[derive(Clone, Debug, Default)]
pub struct Leads {
    /// The id under which the person is known.
    pub id: Vec<String>,
    /// When the person was first known.
    pub created: Vec<When>,
    /// First-touch channel; "(blank)" where there is none.
    pub channel: Vec<String>,
    /// Why the lead is excluded, if it is.
    pub excluded: Vec<Option<&'static str>>,
    /// The company: its id, else its name, else the e-mail's domain; "" = not known.
    pub account: Vec<String>,
    /// Every other attribute: name → a value a lead ("" = none).
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Leads {
    /// The leads at these places.
    pub fn only(&self, places: &[usize]) -> Leads {
        fn at<T: Clone>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().filter_map(|place| values.get(*place).cloned()).collect()
        }
        Leads {
            id: at(&self.id, places),
            created: at(&self.created, places),
            channel: at(&self.channel, places),
            excluded: at(&self.excluded, places),
            account: at(&self.account, places),
            attributes: self.attributes.iter().map(|(name, values)| (name.clone(), at(values, places))).collect(),
        }
    }
}

/// A stage entry.
#[derive(Clone, Debug, PartialEq)]
pub struct StageEntry {
    /// Index of the lead.
    pub lead: u32,
    /// The stage.
    pub stage: Stage,
    /// When it was entered.
    pub entered: When,
    /// Why, in the export's own words, lower case; "" = none.
    pub reason: String,
}

/// The activities, column by column, in the order of the files.
#[derive(Clone, Debug, Default)]
pub struct Activities {
    /// Names of the types, in order of first appearance.
    pub types: Vec<String>,
    /// Index of the lead.
    pub lead: Vec<u32>,
    /// Index of the type.
    pub kind: Vec<u32>,
    /// The project-local day.
    pub day: Vec<i32>,
    /// UTC seconds (of the day's beginning for dates).
    pub at_s: Vec<i64>,
}

impl Activities {
    /// The actions of leads that have a new index, by it.
    pub fn only(&self, index: &[Option<u32>]) -> Activities {
        let mut only = Activities { types: self.types.clone(), ..Activities::default() };
        for i in 0..self.lead.len() {
            let Some(lead) = index.get(self.lead[i] as usize).copied().flatten() else { continue };
            only.lead.push(lead);
            only.kind.push(self.kind[i]);
            only.day.push(self.day[i]);
            only.at_s.push(self.at_s[i]);
        }
        only
    }
}

/// What became of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DealStatus {
    /// Not closed yet.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
}

/// A deal.
#[derive(Clone, Debug)]
pub struct Deal {
    /// Its id.
    pub id: String,
    /// Index of the lead.
    pub lead: u32,
    /// When it was opened.
    pub opened: Option<When>,
    /// When it was closed.
    pub closed: Option<When>,
    /// What became of it.
    pub status: DealStatus,
    /// Amount in the project's currency.
    pub amount: Option<Money>,
    /// "new" or "renewal".
    pub kind: String,
}

/// A spend row.
#[derive(Clone, Debug)]
pub struct SpendRow {
    /// The month.
    pub month: Month,
    /// The day, where the export has days.
    pub day: Option<Day>,
    /// The channel.
    pub channel: String,
    /// The amount in the project's currency.
    pub amount: Money,
}

/// Everything that was read.
pub struct Ingested {
    /// The leads.
    pub leads: Leads,
    /// The stage entries.
    pub stages: Vec<StageEntry>,
    /// The activities.
    pub activities: Activities,
    /// The deals.
    pub deals: Vec<Deal>,
    /// The spend.
    pub spend: Vec<SpendRow>,
    /// Channel-months with a rejected spend row: missing, not zero.
    pub spend_missing: BTreeSet<(Month, String)>,
    /// Which tables the project has.
    pub present: BTreeSet<Table>,
    /// The files.
    pub inputs: Vec<Input>,
    /// What was not used.
    pub rejected: Vec<Rejected>,
    /// How columns were read.
    pub mappings: Vec<Mapping>,
    /// What is wrong with the data.
    pub findings: Findings,
    /// The last visible day.
    pub as_of: Day,
    /// Whether `as_of` was found in the data or given.
    pub as_of_given: bool,
}

/// What a blank channel is called.
pub const BLANK: &str = "(blank)";

/// Reads every source of the plan.
pub fn read(plan: &Plan, step: &dyn Fn(&str)) -> Result<Ingested, IngestError> {
    if plan.sources.is_empty() {
        let mut plan = plan.clone();
        folder::settle(&mut plan)?;
        return read(&plan, step);
    }
    if !plan.sources.iter().any(|source| matches!(source.table, Table::Leads | Table::StageHistory)) {
        return Err(IngestError::NoSources { folder: plan.root.display().to_string(), seen: String::new() });
    }
    let mut reader = Reader::new(plan);
    reader.note_unread(&plan.sources)?;
    let mut read_already = BTreeSet::new();
    for table in Table::ALL {
        for source in plan.sources.iter().filter(|source| source.table == table) {
            if table == Table::Leads {
                reader.present.insert(table);
            }
            for path in read::paths(source, &plan.root)? {
                let file = chosen(read::tables(&path, &plan.root, source.header)?, source, &path)?;
                step(&file.shown);
                // The same bytes read in the same way are the same rows.
                if !read_already
                    .insert((file.sha256.clone(), format!("{:?}", Source { paths: Vec::new(), ..source.clone() })))
                {
                    reader.findings.add(&format!("{}::same_file", table.name()), || masked(&file.shown));
                    continue;
                }
                reader.file(source, &file)?;
            }
        }
        match table {
            Table::Leads => {
                reader.index_leads();
                if reader.present.contains(&Table::Leads) {
                    reader.require_leads()?;
                }
            }
            Table::StageHistory => reader.settle_stage_history()?,
            Table::Deals => reader.settle_deals(),
            Table::Spend => reader.settle_spend(),
            _ => {}
        }
    }
    Ok(reader.finish())
}

/// The table of a file that a source means: the sheet that it names, or the first that has the columns.
fn chosen(mut tables: Vec<RawFile>, source: &Source, path: &std::path::Path) -> Result<RawFile, IngestError> {
    let shown = || path.display().to_string();
    let sheet_names: Vec<String> = tables.iter().filter_map(|table| table.sheet.clone()).collect();
    let at = match &source.sheet {
        Some(wanted) if tables.iter().any(|table| table.sheet.is_some()) => {
            let at = tables.iter().position(|table| table.sheet.as_ref() == Some(wanted));
            at.ok_or_else(|| IngestError::NoSuchSheet {
                path: shown(),
                wanted: wanted.clone(),
                sheets: sheet_names.join(", "),
            })?
        }
        _ => {
            let fits = |table: &RawFile| recognise::columns(source, &table.header, &table.shown).is_ok();
            let is_named =
                |table: &RawFile| folder::is_hinted(source.table, table.sheet.as_deref().unwrap_or_default());
            let named = tables.iter().position(|table| fits(table) && is_named(table));
            named.or_else(|| tables.iter().position(fits)).unwrap_or(0)
        }
    };
    if tables.len() > 1
        && let Some(table) = tables.get_mut(at)
    {
        let sheet = table.sheet.clone().unwrap_or_default();
        table.notes.push(format!("of {} sheets, `{sheet}` is read", sheet_names.len()));
        table.shown = format!("{}, sheet {sheet}", table.shown);
    }
    if at >= tables.len() {
        return Err(read::ReadError::Empty { path: shown() }.into());
    }
    Ok(tables.swap_remove(at))
}

/// Whether `text` fits `pattern`, in which `*` stands for anything. Both in lower case.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(skipped) = last {
            match rest.find(skipped) {
                Some(at) => rest = &rest[at + str::len(skipped)..],
                None => return false,
            }
        }
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_anything_at_their_stars() {
        for (pattern, text, expected) in [
            ("test+*", "test+12", true),
            ("*director*", "managing director", true),
            ("*director", "director of sales", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("vp", "vp", true),
            ("vp", "svp", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
