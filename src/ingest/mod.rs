//! From files to canonical tables: what was read, what was used, what was rejected and why.
//!
//! After this step there are no headers, encodings, time zones or currencies any more: only leads, stage entries,
//! activities, deals and spend, with project-local days and amounts in the project's currency.

pub mod coerce;
pub mod frames;
pub mod read;
pub mod recognise;

use crate::config::plan::{DateOrder, Plan, Source, Table};
use crate::finding::{Findings, masked};
use crate::vocabulary::{Day, Money, Month, Stage};
use coerce::{Clock, NoDate, When};
use csv::ByteRecord;
use read::RawFile;
use recognise::{Basis, Columns, Mapped};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What stops a run before any number is computed.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A source names a file that is not there.
    #[error(
        "{table}: no file `{path}` in {folder}\n  help: correct `path` under [sources.{table}]; it is relative to the project file"
    )]
    NotFound {
        /// The table.
        table: &'static str,
        /// As written.
        path: String,
        /// Where it was looked for.
        folder: String,
    },
    /// A glob that cannot be read.
    #[error("cannot read the pattern `{pattern}`: {why}\n  help: use * and ? only, for example exports/contacts*.csv")]
    Pattern {
        /// As written.
        pattern: String,
        /// The glob's own words.
        why: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}: {why}\n  help: check that the file exists and may be read")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's own words.
        why: String,
    },
    /// A file without content.
    #[error("{path} is empty\n  help: export it again, or remove [sources.{table}] from the project file")]
    Empty {
        /// The file.
        path: String,
        /// The table.
        table: &'static str,
    },
    /// A quotation mark that is never closed.
    #[error(
        "{path}, row {row}: a quotation mark opens a cell and is never closed, so the rest of the file would be one cell\n  help: close it, or double it (\"\") if it belongs to the text"
    )]
    OpenQuote {
        /// The file.
        path: String,
        /// The row that it opens in.
        row: u64,
    },
    /// A file that is no text.
    #[error("{path} is not a UTF-8 text file\n  help: export it as CSV (UTF-8)")]
    NotText {
        /// The file.
        path: String,
    },
    /// A column that the table needs is not there.
    #[error(
        "{path}, row 1: no column for `{lacking}` of {table}; the header is: {headers}\n  help: say which column it is: columns = {{ {first} = \"…\" }} under [sources.{table}]"
    )]
    MissingColumns {
        /// The table.
        table: &'static str,
        /// The file.
        path: String,
        /// Our names of the columns.
        lacking: String,
        /// The first of them.
        first: String,
        /// The file's header.
        headers: String,
    },
    /// The project file names a header that the file does not have.
    #[error(
        "{path}, row 1: no column named `{wanted}` (for `{column}` of {table}); the header is: {headers}\n  help: correct it under [sources.{table}]"
    )]
    NoSuchHeader {
        /// The table.
        table: &'static str,
        /// The file.
        path: String,
        /// Our name of the column.
        column: String,
        /// The header that was asked for.
        wanted: String,
        /// The file's header.
        headers: String,
    },
    /// There is not a single lead.
    #[error(
        "{path} has no usable lead: {why}\n  help: export the leads again; leadgauge needs at least lead_id and created_at, one row a lead"
    )]
    NoLeads {
        /// The file.
        path: String,
        /// What was found instead.
        why: String,
    },
    /// Nothing to read at all.
    #[error(
        "no data: neither [sources.leads] nor leads.csv in {folder}\n  help: name your exports under [sources.leads] in leadgauge.toml, or write a sample project with `leadgauge sample --out DIR`"
    )]
    NoSources {
        /// Where it was looked for.
        folder: String,
    },
}

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
    pub columns: Vec<Mapped>,
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
    /// Every other attribute: name → a value a lead ("" = none).
    pub attributes: BTreeMap<String, Vec<String>>,
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
/// Days without any event after which later events are taken for errors.
const SILENCE_DAYS: i32 = 45;

/// Reads every source of the plan.
pub fn read(plan: &Plan, step: &dyn Fn(&str)) -> Result<Ingested, IngestError> {
    let sources = sources(plan)?;
    let mut reader = Reader::new(plan);
    reader.note_unread(&sources)?;
    for table in Table::ALL {
        for source in sources.iter().filter(|source| source.table == table) {
            reader.present.insert(table);
            for path in read::paths(source, &plan.root)? {
                let file = RawFile::open(&path, &plan.root, source)?;
                step(&file.shown);
                reader.file(source, &file)?;
            }
        }
        match table {
            Table::Leads => reader.index_leads(),
            Table::StageHistory => reader.settle_stage_history()?,
            _ => {}
        }
    }
    Ok(reader.finish())
}

/// The plan's sources, or the files that bear the tables' own names.
fn sources(plan: &Plan) -> Result<Vec<Source>, IngestError> {
    let mut sources = plan.sources.clone();
    if sources.is_empty() {
        for table in Table::ALL {
            let path = format!("{}.csv", table.name());
            if plan.root.join(&path).is_file() {
                sources.push(Source::of(table, path));
            }
        }
    }
    let usable = sources.iter().any(|source| matches!(source.table, Table::Leads | Table::StageHistory));
    if usable { Ok(sources) } else { Err(IngestError::NoSources { folder: plan.root.display().to_string() }) }
}

/// A lead row before people are merged.
struct LeadRow {
    id: String,
    created: When,
    channel: String,
    email: String,
    attributes: Vec<(u32, String)>,
    stages: Vec<(Stage, When)>,
}

struct Reader<'a> {
    plan: &'a Plan,
    lead_rows: Vec<LeadRow>,
    attribute_names: Vec<String>,
    lead_of: HashMap<String, u32>,
    leads: Leads,
    stages: Vec<StageEntry>,
    orphans: Vec<OrphanEntry>,
    activities: Activities,
    type_of: HashMap<String, u32>,
    activity_ids: HashMap<String, usize>,
    deals: Vec<Deal>,
    deal_ids: HashMap<String, usize>,
    spend: Vec<SpendRow>,
    spend_missing: BTreeSet<(Month, String)>,
    unknown_stages: BTreeMap<String, u64>,
    present: BTreeSet<Table>,
    inputs: Vec<Input>,
    rejected: Vec<Rejected>,
    mappings: Vec<Mapping>,
    findings: Findings,
}

/// A stage entry of a lead that no lead table named, kept in case there is no lead table.
struct OrphanEntry {
    id: String,
    stage: Stage,
    entered: When,
    reason: String,
    file: String,
    row: u64,
}

/// Why a row or cell is not used.
struct Refusal {
    column: String,
    what: &'static str,
    cell: String,
}

impl Refusal {
    fn of(column: &str, what: &'static str, cell: &str) -> Refusal {
        Refusal { column: column.to_string(), what, cell: cell.to_string() }
    }
}

/// One row of a file with its columns.
struct RowView<'a> {
    record: &'a ByteRecord,
    columns: &'a Columns,
    clocks: &'a HashMap<usize, Clock>,
    clock: Clock,
}

impl RowView<'_> {
    /// The cell of a column, or `None` where it is missing.
    fn text(&self, column: &str) -> Option<String> {
        let mapped = self.columns.get(column)?;
        match mapped.position {
            None => Some(mapped.header.clone()),
            Some(position) => self.at(position),
        }
    }

    fn at(&self, position: usize) -> Option<String> {
        let cell = read::text(self.record.get(position)?);
        coerce::present(&cell).map(str::to_string)
    }

    fn required(&self, column: &str) -> Result<String, Refusal> {
        self.text(column).ok_or_else(|| Refusal::of(column, "missing_value", ""))
    }

    /// The moment in a column, `None` where it is missing.
    fn when(&self, column: &str) -> Result<Option<When>, Refusal> {
        let position = self.columns.get(column).and_then(|mapped| mapped.position);
        match self.text(column) {
            None => Ok(None),
            Some(text) => self.moment(column, position, &text).map(Some),
        }
    }

    fn moment(&self, column: &str, position: Option<usize>, text: &str) -> Result<When, Refusal> {
        let clock = position.and_then(|position| self.clocks.get(&position)).unwrap_or(&self.clock);
        clock.read(text).map_err(|why| match why {
            NoDate::Impossible => Refusal::of(column, "bad_date", text),
            NoDate::Ambiguous => Refusal::of(column, "ambiguous_date", text),
        })
    }
}

/// Columns of leads that are no attributes.
fn is_own_field(column: &str) -> bool {
    matches!(column, "lead_id" | "created_at" | "channel" | "email")
}

/// Columns that hold moments, by table.
fn date_columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &["created_at"],
        Table::StageHistory => &["entered_at"],
        Table::Activities => &["at"],
        Table::Deals => &["opened_at", "closed_at"],
        Table::Spend => &["month", "day"],
    }
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan) -> Reader<'a> {
        Reader {
            plan,
            lead_rows: Vec::new(),
            attribute_names: Vec::new(),
            lead_of: HashMap::new(),
            leads: Leads::default(),
            stages: Vec::new(),
            orphans: Vec::new(),
            activities: Activities::default(),
            type_of: HashMap::new(),
            activity_ids: HashMap::new(),
            deals: Vec::new(),
            deal_ids: HashMap::new(),
            spend: Vec::new(),
            spend_missing: BTreeSet::new(),
            unknown_stages: BTreeMap::new(),
            present: BTreeSet::new(),
            inputs: Vec::new(),
            rejected: Vec::new(),
            mappings: Vec::new(),
            findings: Findings::default(),
        }
    }

    /// Notes CSV files in the project's folder that no source names.
    fn note_unread(&mut self, sources: &[Source]) -> Result<(), IngestError> {
        let mut named = BTreeSet::new();
        for source in sources {
            named.extend(read::paths(source, &self.plan.root)?);
        }
        let entries = std::fs::read_dir(&self.plan.root).into_iter().flatten().flatten();
        let is_csv = |name: &str| name.to_lowercase().ends_with(".csv");
        let mut unread: Vec<String> = entries
            .filter(|entry| entry.path().is_file() && !named.contains(&self.plan.root.join(entry.file_name())))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| is_csv(name))
            .collect();
        unread.sort();
        if !unread.is_empty() {
            let n = unread.len() as u64;
            unread.truncate(3);
            self.findings.push("config::unread_file", n, n, unread.iter().map(|name| masked(name)).collect(), None);
        }
        Ok(())
    }

    fn file(&mut self, source: &Source, file: &RawFile) -> Result<(), IngestError> {
        let table = source.table;
        let columns = recognise::columns(source, &file.header, &file.shown)?;
        let clock = Clock {
            project: self.plan.timezone,
            source: source.zone.unwrap_or(self.plan.timezone),
            order: source.dates,
        };
        let clocks = clocks(file, &columns, table, clock)?;
        if table == Table::Leads {
            // Named in the order of the columns, not of the rows that first have a value.
            for mapped in columns.mapped.iter().filter(|mapped| !is_own_field(&mapped.column)) {
                self.attribute(&mapped.column);
            }
        }
        let (mut rows_read, mut rows_rejected) = (0, 0);
        file.for_each(|row, record| {
            if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
                return;
            }
            rows_read += 1;
            if record.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
                self.findings.add(&format!("{}::not_utf8", table.name()), || format!("{} row {row}", file.shown));
            }
            let view = RowView { record, columns: &columns, clocks: &clocks, clock };
            let extra = record.iter().skip(file.header.len()).any(|cell| !cell.is_empty());
            let used = if extra {
                Err(Refusal::of("", "ragged_row", &read::text(record.iter().next_back().unwrap_or_default())))
            } else {
                match table {
                    Table::Leads => self.lead(&view),
                    Table::StageHistory => self.stage_entry(&view, file, row),
                    Table::Activities => self.activity(&view),
                    Table::Deals => self.deal(&view, file, row),
                    Table::Spend => self.spend_row(&view, file, row),
                }
            };
            if let Err(refusal) = used {
                rows_rejected += 1;
                self.refuse(table, &file.shown, row, refusal);
            }
        })?;
        if rows_read == 0 {
            if table == Table::Leads {
                return Err(IngestError::NoLeads {
                    path: file.shown.clone(),
                    why: "it has a header and no rows".into(),
                });
            }
            self.findings.push(&format!("{}::no_rows", table.name()), 0, 0, vec![file.shown.clone()], None);
        }
        self.inputs.push(Input {
            table: table.name().to_string(),
            path: file.shown.clone(),
            sha256: file.sha256.clone(),
            rows_read,
            rows_used: rows_read - rows_rejected,
            rows_rejected,
        });
        self.mappings.push(Mapping {
            table: table.name().to_string(),
            path: file.shown.clone(),
            columns: columns
                .mapped
                .iter()
                .cloned()
                .chain(columns.stage_dates.iter().map(|(stage, position)| Mapped {
                    column: format!("stage_dates.{stage}"),
                    header: file.header[*position].clone(),
                    position: Some(*position),
                    basis: Basis::Config,
                }))
                .collect(),
        });
        Ok(())
    }

    /// Keeps what is not used, and counts it.
    fn refuse(&mut self, table: Table, file: &str, row: u64, refusal: Refusal) {
        let code = format!("{}::{}", table.name(), refusal.what);
        self.findings.add(&code, || format!("{file} row {row}"));
        self.rejected.push(Rejected {
            table,
            file: file.to_string(),
            row,
            column: refusal.column,
            code,
            cell: refusal.cell,
        });
    }

    fn lead(&mut self, view: &RowView) -> Result<(), Refusal> {
        let id = view.required("lead_id")?;
        let created = view.when("created_at")?.ok_or_else(|| Refusal::of("created_at", "missing_value", ""))?;
        let mut stages = Vec::new();
        for (stage, position) in &view.columns.stage_dates {
            if let Some(text) = view.at(*position) {
                stages.push((*stage, view.moment(stage.name(), Some(*position), &text)?));
            }
        }
        let channel = view.text("channel").unwrap_or_default();
        let channel = self.channel(&channel);
        let email = view.text("email").map(|email| email.to_lowercase()).unwrap_or_default();
        let mut attributes = Vec::new();
        for mapped in &view.columns.mapped {
            if is_own_field(&mapped.column) {
                continue;
            }
            if let Some(value) = view.text(&mapped.column) {
                attributes.push((self.attribute(&mapped.column), value));
            }
        }
        self.lead_rows.push(LeadRow { id, created, channel, email, attributes, stages });
        Ok(())
    }

    fn attribute(&mut self, name: &str) -> u32 {
        if let Some(found) = self.attribute_names.iter().position(|known| known == name) {
            return found as u32;
        }
        self.attribute_names.push(name.to_string());
        self.attribute_names.len() as u32 - 1
    }

    /// The channel's own name: blank and the literal "unknown" stay two things.
    fn channel(&self, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            return BLANK.to_string();
        }
        if text.contains('@') {
            // Whatever put an address there, it gets into no report.
            return masked(text);
        }
        self.plan.channels.get(&text.to_lowercase()).cloned().unwrap_or_else(|| text.to_string())
    }

    fn stage_entry(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let id = view.required("lead_id")?;
        let label = view.required("stage")?;
        let entered = view.when("entered_at")?.ok_or_else(|| Refusal::of("entered_at", "missing_value", ""))?;
        let known = self.plan.stages.get(&label.trim().to_lowercase()).copied().or_else(|| recognise::stage(&label));
        let Some(stage) = known else {
            *self.unknown_stages.entry(masked(&label)).or_default() += 1;
            return Err(Refusal::of("stage", "unknown_stage", &label));
        };
        let reason = view.text("reason").unwrap_or_default().to_lowercase();
        match self.lead_of.get(&id) {
            Some(lead) => self.stages.push(StageEntry { lead: *lead, stage, entered, reason }),
            None if self.present.contains(&Table::Leads) => {
                return Err(Refusal::of("lead_id", "unknown_lead", &id));
            }
            None => self.orphans.push(OrphanEntry { id, stage, entered, reason, file: file.shown.clone(), row }),
        }
        Ok(())
    }

    fn activity(&mut self, view: &RowView) -> Result<(), Refusal> {
        let id = view.required("lead_id")?;
        let kind = view.required("type")?;
        let at = view.when("at")?.ok_or_else(|| Refusal::of("at", "missing_value", ""))?;
        let lead = *self.lead_of.get(&id).ok_or_else(|| Refusal::of("lead_id", "unknown_lead", &id))?;
        let next = self.type_of.len() as u32;
        let kind = *self.type_of.entry(kind).or_insert_with_key(|name| {
            self.activities.types.push(name.clone());
            next
        });
        let all = &mut self.activities;
        if let Some(activity_id) = view.text("activity_id") {
            let place = *self.activity_ids.entry(activity_id).or_insert(all.lead.len());
            if place < all.lead.len() {
                // Of rows with one id the earliest counts, in whichever order they come.
                let name = |kind: u32| &all.types[kind as usize];
                if (at.from_s, lead, name(kind)) < (all.at_s[place], all.lead[place], name(all.kind[place])) {
                    (all.lead[place], all.kind[place]) = (lead, kind);
                    (all.day[place], all.at_s[place]) = (at.day.0, at.from_s);
                }
                self.findings.add("activities::duplicate", || masked(&self.leads.id[lead as usize]));
                return Ok(());
            }
        }
        all.lead.push(lead);
        all.kind.push(kind);
        all.day.push(at.day.0);
        all.at_s.push(at.from_s);
        Ok(())
    }

    fn deal(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let id = view.required("deal_id")?;
        let lead_id = view.required("lead_id")?;
        let lead = *self.lead_of.get(&lead_id).ok_or_else(|| Refusal::of("lead_id", "unknown_lead", &lead_id))?;
        let opened = view.when("opened_at")?;
        let closed = view.when("closed_at")?;
        let status = match view.text("status") {
            None => DealStatus::Open,
            Some(text) => match recognise::deal_status(&text) {
                Some("won") => DealStatus::Won,
                Some("lost") => DealStatus::Lost,
                Some(_) => DealStatus::Open,
                None => {
                    self.refuse(Table::Deals, &file.shown, row, Refusal::of("status", "unknown_status", &text));
                    DealStatus::Open
                }
            },
        };
        let mut amount = None;
        if let Some(text) = view.text("amount") {
            let read = coerce::amount(&text).and_then(|amount| self.in_project_currency(amount, view));
            match (coerce::amount(&text), read) {
                (None, _) => self.refuse(Table::Deals, &file.shown, row, Refusal::of("amount", "bad_amount", &text)),
                (Some(_), None) => {
                    let currency = view.text("currency").unwrap_or_default();
                    self.refuse(Table::Deals, &file.shown, row, Refusal::of("currency", "currency_mix", &currency));
                }
                (_, Some(Money(..0))) => {
                    self.refuse(Table::Deals, &file.shown, row, Refusal::of("amount", "negative_amount", &text));
                }
                (_, Some(value)) => amount = Some(value),
            }
        }
        let kind = view.text("kind").map(|kind| recognise::normal(&kind)).unwrap_or_default();
        let kind = if kind.contains("renewal") || kind.contains("existing") { "renewal" } else { "new" }.to_string();
        if status == DealStatus::Won && closed.is_none() {
            self.findings.add("deals::won_without_date", || format!("{} row {row}", file.shown));
        }
        let place = *self.deal_ids.entry(id.clone()).or_insert(self.deals.len());
        let deal = Deal { id, lead, opened, closed, status, amount, kind };
        match self.deals.get_mut(place) {
            None => self.deals.push(deal),
            Some(known) => {
                self.findings.add("deals::duplicate", || format!("{} row {row}", file.shown));
                if precedence(&deal) < precedence(known) {
                    *known = deal;
                }
            }
        }
        Ok(())
    }

    /// The amount in the project's currency, `None` where there is no rate.
    fn in_project_currency(&self, amount: Money, view: &RowView) -> Option<Money> {
        let currency = view.text("currency").unwrap_or_else(|| self.plan.currency.clone()).to_uppercase();
        if currency == self.plan.currency {
            return Some(amount);
        }
        let rate = self.plan.currency_rates.get(&currency)?;
        Some(Money((amount.0 as f64 * rate).round() as i64))
    }

    fn spend_row(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let channel = self.channel(&view.text("channel").unwrap_or_default());
        let day = view.when("day").ok().flatten().map(|when| when.day);
        let column = if view.columns.get("month").is_some() { "month" } else { "day" };
        let month = match (day, view.text(column)) {
            (Some(day), _) => day.month(),
            (None, Some(text)) => match coerce::month(&text, &view.clock) {
                Some(month) => month,
                // A date whose order the column settles, or the reason why it is none.
                None => view
                    .when(column)?
                    .map(|when| when.day.month())
                    .ok_or_else(|| Refusal::of(column, "bad_date", &text))?,
            },
            (None, None) => return Err(Refusal::of(column, "missing_value", "")),
        };
        let text = view.text("amount");
        let amount = text.as_deref().map(|text| coerce::amount(text).ok_or(text));
        let refusal = match amount {
            None => Refusal::of("amount", "missing_value", ""),
            Some(Err(text)) => Refusal::of("amount", "bad_amount", text),
            Some(Ok(amount)) => match self.in_project_currency(amount, view) {
                None => Refusal::of("currency", "currency_mix", &view.text("currency").unwrap_or_default()),
                Some(amount) => {
                    if amount.0 < 0 {
                        self.findings.add("spend::negative_amount", || format!("{} row {row}", file.shown));
                    }
                    self.spend.push(SpendRow { month, day, channel, amount });
                    return Ok(());
                }
            },
        };
        self.spend_missing.insert((month, channel));
        Err(refusal)
    }

    /// Merges lead rows into people: the same id, or the same e-mail address.
    fn index_leads(&mut self) {
        let rows = std::mem::take(&mut self.lead_rows);
        let mut person_of_row: Vec<u32> = (0..rows.len() as u32).collect();
        let mut by_id: HashMap<&str, u32> = HashMap::new();
        let mut by_email: HashMap<&str, u32> = HashMap::new();
        let is_visible = |row: u32| self.plan.as_of.is_none_or(|as_of| rows[row as usize].created.day <= as_of);
        let all = 0..rows.len() as u32;
        for row in all.clone().filter(|row| is_visible(*row)).chain(all.filter(|row| !is_visible(*row))) {
            let lead = &rows[row as usize];
            let known = [by_id.get(lead.id.as_str()), by_email.get(lead.email.as_str())].into_iter().flatten();
            // A record after the last visible day is somebody's, but makes no two persons one.
            for other in known.take(if is_visible(row) { 2 } else { 1 }) {
                join(&mut person_of_row, row, *other);
            }
            by_id.entry(&lead.id).or_insert(row);
            if !lead.email.is_empty() {
                by_email.entry(&lead.email).or_insert(row);
            }
        }
        // A person's records in the order of creation, ties by id, so that the order of rows does not matter.
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        let roots: Vec<u32> = order.iter().map(|row| root(&mut person_of_row, *row)).collect();
        order.sort_by(|a, b| {
            let (x, y) = (&rows[*a as usize], &rows[*b as usize]);
            (x.created.from_s, &x.id, &x.channel, &x.attributes).cmp(&(
                y.created.from_s,
                &y.id,
                &y.channel,
                &y.attributes,
            ))
        });
        let mut lead_of_root: HashMap<u32, u32> = HashMap::new();
        let mut duplicates = 0;
        let mut examples = Vec::new();
        let leads = &mut self.leads;
        for name in &self.attribute_names {
            leads.attributes.insert(name.clone(), Vec::new());
        }
        for row in order {
            let record = &rows[row as usize];
            let person = roots[row as usize];
            let lead = match lead_of_root.get(&person) {
                Some(lead) => {
                    duplicates += 1;
                    if examples.len() < 3 {
                        examples.push(masked(&record.id));
                    }
                    *lead
                }
                None => {
                    let lead = leads.id.len() as u32;
                    lead_of_root.insert(person, lead);
                    leads.id.push(record.id.clone());
                    leads.created.push(record.created);
                    leads.channel.push(BLANK.to_string());
                    leads.excluded.push(None);
                    for values in leads.attributes.values_mut() {
                        values.push(String::new());
                    }
                    lead
                }
            };
            let at = lead as usize;
            // What only a record after the last visible day says is not known yet.
            if is_visible(row) {
                if leads.channel[at] == BLANK {
                    leads.channel[at] = record.channel.clone();
                }
                for (attribute, value) in &record.attributes {
                    let name = &self.attribute_names[*attribute as usize];
                    if let Some(cell) = leads.attributes.get_mut(name).and_then(|values| values.get_mut(at))
                        && cell.is_empty()
                    {
                        *cell = value.clone();
                    }
                }
                if leads.excluded[at].is_none() {
                    leads.excluded[at] = exclusion(self.plan, &record.email);
                }
            }
            self.lead_of.insert(record.id.clone(), lead);
            for (stage, entered) in &record.stages {
                self.stages.push(StageEntry { lead, stage: *stage, entered: *entered, reason: String::new() });
            }
        }
        if duplicates > 0 {
            self.findings.push("leads::duplicate", duplicates, rows.len() as u64, examples, None);
        }
        let blank = leads.channel.iter().filter(|channel| *channel == BLANK).count() as u64;
        let has_channels =
            self.mappings.iter().any(|m| m.table == "leads" && m.columns.iter().any(|c| c.column == "channel"));
        if blank > 0 && has_channels {
            self.findings.push("leads::blank_channel", blank, leads.id.len() as u64, Vec::new(), None);
        }
        let excluded = leads.excluded.iter().flatten().count() as u64;
        if excluded > 0 {
            self.findings.push("leads::excluded", excluded, leads.id.len() as u64, Vec::new(), None);
        }
    }

    /// Where there is no table of leads, takes them from the stage history; removes repeated entries.
    fn settle_stage_history(&mut self) -> Result<(), IngestError> {
        if !self.present.contains(&Table::Leads) {
            let mut orphans = std::mem::take(&mut self.orphans);
            orphans.sort_by(|a, b| {
                (a.entered.from_s, &a.id, &a.file, a.row).cmp(&(b.entered.from_s, &b.id, &b.file, b.row))
            });
            for orphan in orphans {
                let lead = match self.lead_of.get(&orphan.id) {
                    Some(lead) => *lead,
                    None => {
                        let lead = self.leads.id.len() as u32;
                        self.lead_of.insert(orphan.id.clone(), lead);
                        self.leads.id.push(orphan.id);
                        self.leads.created.push(orphan.entered);
                        self.leads.channel.push(BLANK.to_string());
                        self.leads.excluded.push(None);
                        lead
                    }
                };
                self.stages.push(StageEntry {
                    lead,
                    stage: orphan.stage,
                    entered: orphan.entered,
                    reason: orphan.reason,
                });
            }
            let n = self.leads.id.len() as u64;
            self.findings.push("leads::none_given", n, n, Vec::new(), None);
        }
        if self.leads.id.is_empty() {
            let path = self.inputs.first().map_or_else(|| "leads".to_string(), |input| input.path.clone());
            let why = match self.rejected.first() {
                None => "there are no rows".to_string(),
                Some(first) => {
                    let files = self.inputs.iter().filter(|input| input.table == first.table.name());
                    let n: u64 = files.map(|input| input.rows_rejected).sum();
                    let (file, row, column) = (&first.file, first.row, &first.column);
                    format!(
                        "all {n} rows were rejected, the first ({file} row {row}, column {column}) for `{}`",
                        first.code
                    )
                }
            };
            return Err(IngestError::NoLeads { path, why });
        }
        let before = self.stages.len();
        self.stages.sort_by(|a, b| {
            let key = |entry: &'_ StageEntry| (entry.lead, entry.entered.from_s, entry.stage, entry.entered.until_s);
            key(a).cmp(&key(b)).then_with(|| a.reason.cmp(&b.reason))
        });
        self.stages.dedup_by(|b, a| a.lead == b.lead && a.stage == b.stage && a.entered == b.entered);
        for _ in self.stages.len()..before {
            self.findings.add("stage_history::duplicate", String::new);
        }
        Ok(())
    }

    /// Channels that differ only in case are one, in the spelling that most leads have.
    fn unite_channels(&mut self) {
        let mut spellings: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let leads = self.leads.channel.iter().map(|channel| (channel, 1));
        let spend = self.spend.iter().map(|row| (&row.channel, 0));
        for (channel, n) in leads.chain(spend).chain(self.spend_missing.iter().map(|(_, channel)| (channel, 0))) {
            *spellings.entry(channel.to_lowercase()).or_default().entry(channel.clone()).or_default() += n;
        }
        spellings.retain(|_, spellings| spellings.len() > 1);
        let most_used = |spellings: &BTreeMap<String, u64>| {
            let best = spellings.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
            best.map(|(spelling, _)| spelling.clone()).unwrap_or_default()
        };
        let names: BTreeMap<String, String> =
            spellings.iter().map(|(key, spellings)| (key.clone(), most_used(spellings))).collect();
        let rename = |channel: &mut String| {
            if let Some(name) = names.get(&channel.to_lowercase()) {
                channel.clone_from(name);
            }
        };
        if names.is_empty() {
            return;
        }
        self.leads.channel.iter_mut().for_each(rename);
        self.spend.iter_mut().for_each(|row| rename(&mut row.channel));
        let missing = std::mem::take(&mut self.spend_missing);
        self.spend_missing = missing
            .into_iter()
            .map(|(month, mut channel)| {
                rename(&mut channel);
                (month, channel)
            })
            .collect();
    }

    fn finish(mut self) -> Ingested {
        self.unite_channels();
        let found = self.last_visible_day();
        let as_of = self.plan.as_of.unwrap_or(found);
        let last = self.last_event(as_of);
        if as_of > last.plus(2 * SILENCE_DAYS) {
            let detail = format!("the last event is of {last}, as_of is {as_of}");
            self.findings.push("config::as_of_after_data", 1, 1, Vec::new(), Some(&detail));
        }
        self.spend.sort_by(|a, b| (a.month, &a.channel, a.day, a.amount).cmp(&(b.month, &b.channel, b.day, b.amount)));
        self.deals.sort_by(|a, b| a.id.cmp(&b.id));
        self.spend_missing.retain(|(month, _)| month.first_day() <= as_of);
        self.count_unseen(as_of);
        self.count_duplicate_activities();
        self.count_unscored();
        if self.findings.count("stage_history::unknown_stage") > 0 {
            let labels: Vec<String> =
                self.unknown_stages.iter().take(5).map(|(label, n)| format!("\"{label}\" ({n})")).collect();
            self.findings.detail("stage_history::unknown_stage", &format!("the labels are {}", labels.join(", ")));
        }
        for table in Table::ALL {
            let of = self.inputs.iter().filter(|input| input.table == table.name()).map(|input| input.rows_read).sum();
            self.findings.close(table.name(), of);
        }
        for remark in &self.plan.remarks {
            self.findings.push("config::remark", 1, 1, Vec::new(), Some(remark));
        }
        Ingested {
            leads: self.leads,
            stages: self.stages,
            activities: self.activities,
            deals: self.deals,
            spend: self.spend,
            spend_missing: self.spend_missing,
            present: self.present,
            inputs: self.inputs,
            rejected: self.rejected,
            mappings: self.mappings,
            findings: self.findings,
            as_of,
            as_of_given: self.plan.as_of.is_some(),
        }
    }

    /// The latest day of a lead or stage entry (of a closed deal where there is no stage history) that does not
    /// follow a silence of more than 45 days; a few stray dates after such a silence are errors, not history.
    fn last_visible_day(&self) -> Day {
        let mut days: Vec<i32> = self.leads.created.iter().map(|when| when.day.0).collect();
        days.extend(self.stages.iter().map(|entry| entry.entered.day.0));
        // Where the history ends at the MQL, wins and losses are what came later.
        let ends_at_mql = self.stages.iter().all(|entry| entry.stage <= Stage::Mql);
        if ends_at_mql {
            let closed = self.deals.iter().filter(|deal| deal.status != DealStatus::Open);
            days.extend(closed.filter_map(|deal| deal.closed).map(|when| when.day.0));
        }
        days.sort_unstable();
        // Walk back over trailing runs that are cut off by a silence and hold next to nothing.
        let mut end = days.len();
        while let Some(gap) = (1..end).rev().find(|i| days[*i] - days[i - 1] > SILENCE_DAYS) {
            let run = end - gap;
            if run > (days.len() / 100).max(2) || run >= gap {
                break;
            }
            end = gap;
        }
        Day(end.checked_sub(1).map_or(0, |last| days[last]))
    }

    /// The last day up to `as_of` on which anything happened to a lead.
    fn last_event(&self, as_of: Day) -> Day {
        let created = self.leads.created.iter().map(|when| when.day);
        let stages = self.stages.iter().map(|entry| entry.entered.day);
        let activities = self.activities.day.iter().map(|day| Day(*day));
        let deals = self.deals.iter().flat_map(|deal| [deal.opened, deal.closed]).flatten().map(|when| when.day);
        let days = created.chain(stages).chain(activities).chain(deals);
        days.filter(|day| *day <= as_of).max().unwrap_or(as_of)
    }

    fn count_unseen(&mut self, as_of: Day) {
        let unseen = |day: Day| day > as_of;
        for (id, when) in self.leads.id.iter().zip(&self.leads.created) {
            if unseen(when.day) {
                self.findings.add("leads::after_as_of", || masked(id));
            }
        }
        for entry in self.stages.iter().filter(|entry| unseen(entry.entered.day)) {
            let id = &self.leads.id[entry.lead as usize];
            self.findings.add("stage_history::after_as_of", || masked(id));
        }
        for (lead, day) in self.activities.lead.iter().zip(&self.activities.day) {
            if unseen(Day(*day)) {
                let id = &self.leads.id[*lead as usize];
                self.findings.add("activities::after_as_of", || masked(id));
            }
        }
        for deal in &self.deals {
            if [deal.opened, deal.closed].iter().flatten().any(|when| unseen(when.day)) {
                self.findings.add("deals::after_as_of", || masked(&deal.id));
            }
        }
        for row in &self.spend {
            if unseen(row.day.unwrap_or(row.month.first_day())) {
                self.findings.add("spend::after_as_of", || format!("{} {}", row.month, row.channel));
            }
        }
    }

    fn count_duplicate_activities(&mut self) {
        let a = &self.activities;
        let mut order: Vec<u32> = (0..a.lead.len() as u32).collect();
        order.sort_unstable_by_key(|i| (a.lead[*i as usize], a.at_s[*i as usize], a.kind[*i as usize]));
        for pair in order.windows(2) {
            let (x, y) = (pair[0] as usize, pair[1] as usize);
            if (a.lead[x], a.at_s[x], a.kind[x]) == (a.lead[y], a.at_s[y], a.kind[y]) {
                let id = &self.leads.id[a.lead[x] as usize];
                self.findings.add("activities::duplicate", || masked(id));
            }
        }
    }

    fn count_unscored(&mut self) {
        if self.plan.criteria.is_empty() {
            return;
        }
        let scored: Vec<bool> = self
            .activities
            .types
            .iter()
            .map(|name| self.plan.criteria.iter().any(|version| version.points.contains_key(name)))
            .collect();
        for kind in self.activities.kind.iter().filter(|kind| !scored[**kind as usize]) {
            let name = &self.activities.types[*kind as usize];
            self.findings.add_distinct("activities::unscored_type", &masked(name));
        }
    }
}

/// A clock for each date column whose order the column itself has to settle.
fn clocks(file: &RawFile, columns: &Columns, table: Table, clock: Clock) -> Result<HashMap<usize, Clock>, IngestError> {
    let mut positions: Vec<usize> =
        date_columns(table).iter().filter_map(|name| columns.get(name).and_then(|mapped| mapped.position)).collect();
    positions.extend(columns.stage_dates.iter().map(|(_, position)| *position));
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

/// Which of several records of one deal counts, the least one, in whichever order they come: one that is closed knows more
/// than one that is open, and one with a date more than one without.
fn precedence(deal: &Deal) -> impl Ord + '_ {
    let second = |when: Option<When>| when.map(|when| when.from_s);
    let outcome = (deal.status == DealStatus::Open, deal.closed.is_none(), second(deal.closed), deal.status as u8);
    (outcome, second(deal.opened), deal.lead, deal.amount, &deal.kind)
}

/// Why a lead with this address is not a prospect, if so.
fn exclusion(plan: &Plan, email: &str) -> Option<&'static str> {
    let (local, domain) = email.split_once('@')?;
    let own = plan.exclude.email_domains.iter().any(|known| domain == known || domain.ends_with(&format!(".{known}")));
    if own {
        return Some("domain");
    }
    let patterns = &plan.exclude.email_patterns;
    patterns.iter().any(|pattern| matches(pattern, email) || matches(pattern, local)).then_some("pattern")
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

/// The representative of a row's person.
fn root(parents: &mut [u32], row: u32) -> u32 {
    let mut at = row;
    while parents[at as usize] != at {
        parents[at as usize] = parents[parents[at as usize] as usize];
        at = parents[at as usize];
    }
    at
}

/// Makes two rows one person.
fn join(parents: &mut [u32], a: u32, b: u32) {
    let (x, y) = (root(parents, a), root(parents, b));
    parents[x.max(y) as usize] = x.min(y);
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
