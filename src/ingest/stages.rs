//! When did whom enter which stage?

use super::coerce::When;
use super::error::IngestError;
use super::read::RawFile;
use super::reader::Reader;
use super::recognise::{self, Meaning};
use super::rows::{Refusal, RowView};
use super::{BLANK, StageEntry};
use crate::config::plan::Table;
use crate::finding::{kind, masked};
use crate::vocabulary::Stage;

impl Reader<'_> {
    pub(super) fn stage_entry(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let id = view.text("lead_id").or_else(|| view.text("email"));
        let id = id.ok_or_else(|| Refusal::of("lead_id", "missing_value", ""))?;
        let label = view.required("stage")?;
        let entered = view.when("entered_at")?.ok_or_else(|| Refusal::of("entered_at", "missing_value", ""))?;
        let meaning = view.columns.export.and_then(|export| export.stage(&label));
        let own = self.plan.stages.get(&label.trim().to_lowercase()).copied();
        let known = match (own, meaning) {
            (None, Some(Meaning::Aside)) => {
                self.findings.add("stage_history::set_aside", || format!("{} row {row}", file.shown));
                return Ok(());
            }
            (None, Some(Meaning::Stage(stage))) => Some(stage),
            (own, _) => own.or_else(|| recognise::stage(&label)),
        };
        let Some(stage) = known else {
            *self.unknown_stages.entry(masked(&label)).or_default() += 1;
            return Err(Refusal::of("stage", "unknown_stage", &label));
        };
        let reason = view.text("reason").unwrap_or_default().to_lowercase();
        let email = view.text("email");
        match self.person(&id).or_else(|| email.and_then(|email| self.person(&email))) {
            Some(lead) => self.stages.push(StageEntry { lead, stage, entered, reason }),
            None if self.present.contains(&Table::Leads) => {
                return Err(self.nobody(&id));
            }
            None => self.orphans.push(OrphanEntry { id, stage, entered, reason, file: file.shown.clone(), row }),
        }
        Ok(())
    }

    /// Without a single lead there is nothing to report.
    pub(super) fn require_leads(&self) -> Result<(), IngestError> {
        if !self.leads.id.is_empty() {
            return Ok(());
        }
        let path = self.inputs.first().map_or_else(|| "leads".to_string(), |input| input.path.clone());
        let why = match self.rejected.first() {
            None => "it has a header and no rows".to_string(),
            Some(first) => {
                let files = self.inputs.iter().filter(|input| input.table == first.table.name());
                let n: u64 = files.map(|input| input.rows_rejected).sum();
                let (file, row, column) = (&first.file, first.row, &first.column);
                let help = kind(&first.code)
                    .map_or_else(String::new, |kind| format!("; {}", kind.help_for(first.table.name())));
                format!(
                    "all {n} rows were rejected, the first ({file} row {row}, column {column}) for `{}`{help}",
                    first.code
                )
            }
        };
        Err(IngestError::NoLeads { path, why })
    }

    /// Where there is no table of leads, takes them from the stage history; removes repeated entries.
    pub(super) fn settle_stage_history(&mut self) -> Result<(), IngestError> {
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
                        self.leads.account.push(String::new());
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
        self.require_leads()?;
        self.stages.sort_by(|a, b| {
            let key = |entry: &'_ StageEntry| (entry.lead, entry.entered.from_s, entry.stage, entry.entered.until_s);
            key(a).cmp(&key(b)).then_with(|| a.reason.cmp(&b.reason))
        });
        let (findings, ids) = (&mut self.findings, &self.leads.id);
        self.stages.dedup_by(|b, a| {
            let is_same = a.lead == b.lead && a.stage == b.stage && a.entered == b.entered;
            if is_same {
                findings.add("stage_history::duplicate", || masked(&ids[a.lead as usize]));
            }
            is_same
        });
        Ok(())
    }
}

/// A stage entry of a lead that no lead table named, kept in case there is no lead table.
pub(super) struct OrphanEntry {
    pub(super) id: String,
    pub(super) stage: Stage,
    pub(super) entered: When,
    pub(super) reason: String,
    pub(super) file: String,
    pub(super) row: u64,
}
