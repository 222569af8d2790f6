//! Which rows are one person, and what is known of them?

use super::coerce::When;
use super::reader::Reader;
use super::rows::{Refusal, RowView};
use super::{BLANK, StageEntry, accounts, matches};
use crate::config::plan::Plan;
use crate::finding::masked;
use crate::vocabulary::Stage;
use std::collections::HashMap;

impl Reader<'_> {
    pub(super) fn lead(&mut self, view: &RowView) -> Result<(), Refusal> {
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

    pub(super) fn merge(&mut self, view: &RowView) -> Result<(), Refusal> {
        let (left, gone) = (view.required("lead_id")?, view.required("merged_id")?);
        self.merges.push((left, gone));
        Ok(())
    }

    pub(super) fn attribute(&mut self, name: &str) -> u32 {
        if let Some(found) = self.attribute_names.iter().position(|known| known == name) {
            return found as u32;
        }
        self.attribute_names.push(name.to_string());
        self.attribute_names.len() as u32 - 1
    }

    /// The channel's own name: blank and the literal "unknown" stay two things.
    pub(super) fn channel(&self, text: &str) -> String {
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

    /// Merges lead rows into people: the same id, or the same e-mail address.
    pub(super) fn index_leads(&mut self) {
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
                    leads.account.push(String::new());
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
                if leads.account[at].is_empty() {
                    leads.account[at] = accounts::account(&record.attributes, &record.email, &self.attribute_names);
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
}

/// A lead row before people are merged.
pub(super) struct LeadRow {
    pub(super) id: String,
    pub(super) created: When,
    pub(super) channel: String,
    pub(super) email: String,
    pub(super) attributes: Vec<(u32, String)>,
    pub(super) stages: Vec<(Stage, When)>,
}

/// Columns of leads that are no attributes.
pub(super) fn is_own_field(column: &str) -> bool {
    matches!(column, "lead_id" | "created_at" | "channel" | "email")
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
