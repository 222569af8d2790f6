//! Everything that is read, file by file, until it is whole.

use super::coerce::Clock;
use super::deals::DealRow;
use super::error::IngestError;
use super::folder;
use super::leads::{LeadRow, Origin, is_own_field};
use super::read::{self, FirstRow, RawFile};
use super::recognise::{self, Basis, Export};
use super::rows::{Refusal, RowView, clocks};
use super::spend::SpendEntry;
use super::stages::OrphanEntry;
use super::visible::SILENCE_DAYS;
use super::{Activities, BLANK, Deal, Ingested, Input, Leads, Mapping, Rejected, Shown, SpendRow, StageEntry};
use crate::config::plan::{Plan, Source, Table};
use crate::finding::{Findings, masked};
use crate::report::format;
use crate::vocabulary::{Day, Month};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) struct Reader<'a> {
    pub(super) plan: &'a Plan,
    pub(super) lead_rows: Vec<LeadRow>,
    pub(super) attribute_names: Vec<String>,
    /// Records that were merged into another: the one that is left, the one that is gone.
    pub(super) merges: Vec<(String, String)>,
    pub(super) lead_of: HashMap<String, u32>,
    /// The files that lead rows come from.
    pub(super) origins: Vec<Origin>,
    /// The system whose file is being read, if it is known.
    pub(super) system: Option<String>,
    /// Ids that stand for several people, each with the system of its file.
    pub(super) shared_ids: HashMap<String, Vec<(Option<String>, u32)>>,
    /// Salesforce ids of 18 characters by the 15 that an older export has.
    pub(super) lead_of_short: HashMap<String, u32>,
    /// By e-mail address, lower case.
    pub(super) lead_of_email: HashMap<String, u32>,
    /// By deal id, where the leads' export names their deals.
    pub(super) leads_of_deal: HashMap<String, Vec<u32>>,
    /// By account id, account name or e-mail domain, lower case; earliest first.
    pub(super) leads_of_account: HashMap<String, Vec<u32>>,
    pub(super) leads: Leads,
    pub(super) stages: Vec<StageEntry>,
    pub(super) orphans: Vec<OrphanEntry>,
    pub(super) activities: Activities,
    pub(super) type_of: HashMap<String, u32>,
    pub(super) activity_ids: HashMap<String, usize>,
    /// Labels of deals that mean neither won nor lost, with the close date.
    pub(super) deal_stages: Vec<(String, Day)>,
    pub(super) deal_rows: Vec<DealRow>,
    pub(super) deals: Vec<Deal>,
    pub(super) deal_ids: HashMap<String, usize>,
    /// Whom a deal belongs to, where an export of its own says so: deal id → ids of people.
    pub(super) deal_contacts: HashMap<String, Vec<String>>,
    pub(super) spend_entries: Vec<SpendEntry>,
    /// Number of the file of spend that is being read.
    pub(super) spend_files: u32,
    pub(super) spend: Vec<SpendRow>,
    pub(super) spend_missing: BTreeSet<(Month, String)>,
    pub(super) unknown_stages: BTreeMap<String, u64>,
    pub(super) present: BTreeSet<Table>,
    pub(super) inputs: Vec<Input>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) findings: Findings,
}

/// Rows that samples are taken from.
const SAMPLED_ROWS: u64 = 400;

impl<'a> Reader<'a> {
    pub(super) fn new(plan: &'a Plan) -> Reader<'a> {
        Reader {
            plan,
            lead_rows: Vec::new(),
            attribute_names: Vec::new(),
            merges: Vec::new(),
            lead_of: HashMap::new(),
            origins: Vec::new(),
            system: None,
            shared_ids: HashMap::new(),
            lead_of_short: HashMap::new(),
            lead_of_email: HashMap::new(),
            leads_of_deal: HashMap::new(),
            leads_of_account: HashMap::new(),
            leads: Leads::default(),
            stages: Vec::new(),
            orphans: Vec::new(),
            activities: Activities::default(),
            type_of: HashMap::new(),
            activity_ids: HashMap::new(),
            deal_stages: Vec::new(),
            deal_rows: Vec::new(),
            deals: Vec::new(),
            deal_ids: HashMap::new(),
            deal_contacts: HashMap::new(),
            spend_entries: Vec::new(),
            spend_files: 0,
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

    /// Notes files in the project's folder that are not read.
    pub(super) fn note_unread(&mut self, sources: &[Source]) -> Result<(), IngestError> {
        let mut note = |code: &str, files: &[String]| {
            let n = files.len() as u64;
            if n > 0 {
                self.findings.push(code, n, n, files.iter().take(3).cloned().collect(), None);
            }
        };
        if let Some(recognised) = &self.plan.recognised {
            note("config::aside_file", &recognised.aside);
            note("config::unread_file", &recognised.unread);
            return Ok(());
        }
        let mut named = BTreeSet::new();
        for source in sources {
            named.extend(read::paths(source, &self.plan.root)?);
        }
        note("config::unread_file", &folder::beside(&self.plan.root, &named));
        Ok(())
    }

    pub(super) fn file(&mut self, source: &Source, file: &RawFile) -> Result<(), IngestError> {
        let table = source.table;
        let columns = recognise::columns(source, &file.header, &file.shown).map_err(|why| match why {
            IngestError::MissingColumns { table, path, .. } if file.first_row == FirstRow::LooksLikeData => {
                IngestError::NoHeader { table, path }
            }
            why => why,
        })?;
        let clock = Clock {
            project: self.plan.timezone,
            source: source.zone.unwrap_or(self.plan.timezone),
            order: source.dates.or_else(|| columns.export.and_then(Export::dates)),
        };
        let clocks = clocks(file, &columns, source, clock)?;
        for (what, words) in &clocks.details {
            self.findings.detail(&format!("{}::{what}", table.name()), words);
        }
        self.system = columns.export.map(|export| export.system.clone());
        self.spend_files += u32::from(table == Table::Spend);
        if table == Table::Leads {
            self.origins.push(Origin { name: file.shown.clone(), system: self.system.clone() });
            // Named in the order of the columns, not of the rows that first have a value.
            for mapped in columns.mapped.iter().filter(|mapped| !is_own_field(&mapped.column)) {
                if self.is_wanted(mapped) {
                    self.attribute(&mapped.column);
                }
            }
        }
        let mut shown: Vec<Shown> = columns
            .mapped
            .iter()
            .cloned()
            .chain(columns.stage_dates.iter().map(|date| date.mapped(&file.header)))
            .map(|column| Shown { column, samples: Vec::new() })
            .collect();
        let (mut rows_read, mut rows_rejected) = (0, 0);
        file.for_each(|row, record| {
            if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
                return;
            }
            rows_read += 1;
            if record.iter().any(|cell| std::str::from_utf8(cell).is_err()) {
                self.findings.add(&format!("{}::not_utf8", table.name()), || format!("{} row {row}", file.shown));
            }
            if columns.sets_aside(record) {
                self.findings.add(&format!("{}::set_aside", table.name()), || format!("{} row {row}", file.shown));
                return;
            }
            if rows_read <= SAMPLED_ROWS {
                shown.iter_mut().for_each(|column| column.sample(record));
            }
            let view = RowView { record, columns: &columns, clocks: &clocks, clock };
            let extra = record.iter().skip(file.header.len()).any(|cell| !cell.is_empty());
            let used = if extra {
                Err(Refusal::of("", "ragged_row", &read::text(record.iter().next_back().unwrap_or_default())))
            } else {
                match table {
                    Table::Leads => self.lead(&view, file, row),
                    Table::StageHistory => self.stage_entry(&view, file, row),
                    Table::Activities => self.activity(&view),
                    Table::Deals => self.deal(&view, file, row),
                    Table::Spend => self.spend_row(&view, file, row),
                    Table::Merges => self.merge(&view),
                    Table::DealContacts => self.deal_contact(&view),
                }
            };
            if let Err(refusal) = used {
                rows_rejected += 1;
                self.refuse(table, &file.shown, row, refusal);
            }
        })?;
        if rows_read > 0 {
            self.present.insert(table);
        } else if file.sheet.is_none() {
            // An empty sheet of a workbook is one that nobody has filled in yet.
            self.findings.push(&format!("{}::no_rows", table.name()), 0, 0, vec![file.shown.clone()], None);
        }
        let notes: Vec<String> = file.notes.iter().cloned().chain(clocks.notes).collect();
        self.inputs.push(Input {
            table: table.name().to_string(),
            path: file.shown.clone(),
            sha256: file.sha256.clone(),
            rows_read,
            rows_used: rows_read - rows_rejected,
            rows_rejected,
            notes: notes.clone(),
        });
        if file.uncalculated > 0 {
            let code = format!("{}::uncalculated", table.name());
            self.findings.push(&code, file.uncalculated, rows_read, vec![masked(&file.shown)], None);
        }
        if table == Table::Leads {
            self.note_stage_dates(&shown, rows_read);
        }
        self.mappings.push(Mapping {
            table: table.name().to_string(),
            path: file.shown.clone(),
            taken_for: columns.export.map(|export| format!("{} {}", export.system, export.title)),
            columns: shown,
            notes,
        });
        Ok(())
    }

    /// Columns that nobody asked for, with dates in them and a stage's name above: they were probably meant.
    fn note_stage_dates(&mut self, columns: &[Shown], rows: u64) {
        let is_meant = |shown: &&Shown| {
            let is_extra = shown.column.basis == Basis::Extra && recognise::speaks_of_stage(&shown.column.header);
            is_extra && !shown.samples.is_empty() && shown.samples.iter().all(|cell| folder::looks_like_date(cell))
        };
        let meant: Vec<String> =
            columns.iter().filter(is_meant).map(|shown| format!("\"{}\"", masked(&shown.column.header))).collect();
        if !meant.is_empty() {
            let detail = meant.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            self.findings.push("leads::unread_stage_date", meant.len() as u64, rows, Vec::new(), Some(&detail));
        }
    }

    /// Keeps what is not used, and counts it.
    pub(super) fn refuse(&mut self, table: Table, file: &str, row: u64, refusal: Refusal) {
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

    /// Channels that differ only in case, spaces, dashes or accents are one, in the spelling that most leads have.
    pub(super) fn unite_channels(&mut self) {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for channel in &self.leads.channel {
            *counts.entry(channel).or_default() += 1;
        }
        for channel in
            self.spend.iter().map(|row| &row.channel).chain(self.spend_missing.iter().map(|(_, channel)| channel))
        {
            counts.entry(channel).or_default();
        }
        // "(blank)" is no name, and neither is a row of signs.
        let key = |channel: &str| Some(recognise::normal(channel)).filter(|key| channel != BLANK && !key.is_empty());
        let mut best: BTreeMap<String, (u64, &str)> = BTreeMap::new();
        for (channel, n) in &counts {
            let Some(key) = key(channel) else { continue };
            let known = best.entry(key).or_insert((*n, channel));
            // Among equals the first in the order of letters.
            if *n > known.0 {
                *known = (*n, channel);
            }
        }
        let names: BTreeMap<String, String> = counts
            .keys()
            .filter_map(|channel| {
                let (_, name) = best.get(&key(channel)?)?;
                (name != channel).then(|| (channel.to_string(), name.to_string()))
            })
            .collect();
        if names.is_empty() {
            return;
        }
        let rename = |channel: &mut String| {
            if let Some(name) = names.get(channel.as_str()) {
                channel.clone_from(name);
            }
        };
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

    pub(super) fn finish(mut self) -> Ingested {
        self.unite_channels();
        let found = self.last_visible_day();
        let as_of = self.plan.as_of.unwrap_or(found);
        let last = self.last_event(as_of);
        if as_of > last.plus(2 * SILENCE_DAYS) {
            let detail = format!("the last event is of {}, as_of is {}", format::day(last), format::day(as_of));
            self.findings.push("config::as_of_after_data", 1, 1, Vec::new(), Some(&detail));
        }
        self.spend.sort_by(|a, b| (a.month, &a.channel, a.day, a.amount).cmp(&(b.month, &b.channel, b.day, b.amount)));
        self.spend_missing.retain(|(month, _)| month.first_day() <= as_of);
        self.count_deal_stages(as_of);
        let left_out = as_of.month();
        if self.plan.as_of.is_none() && as_of < left_out.last_day() && as_of.0 > left_out.last_day().0 - 10 {
            let detail = format!(
                "the last event is of {}, so {} counts as incomplete",
                format::day(as_of),
                format::month(left_out)
            );
            self.findings.push("config::month_left_out", 1, 1, Vec::new(), Some(&detail));
        }
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
            // Stages may come from the leads' export alone.
            let of: u64 = of;
            let of = if table == Table::StageHistory && of == 0 { self.stages.len() as u64 } else { of };
            self.findings.close(table.name(), of);
        }
        if let Some(files) = self.plan.recognised.as_ref().filter(|recognised| !recognised.taken.is_empty()) {
            let files = files.taken.join("; ");
            let currency = if self.plan.currency_is_given { "" } else { ", currency " };
            let currency =
                if currency.is_empty() { String::new() } else { format!("{currency}{}", self.plan.currency) };
            let detail = format!("{files}; time zone {}{currency}", self.plan.timezone);
            self.findings.push("config::recognised", 1, 1, Vec::new(), Some(&detail));
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
}
