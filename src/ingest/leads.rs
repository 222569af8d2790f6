//! Which rows are one person, and what is known of them?

use super::coerce::When;
use super::read::RawFile;
use super::reader::Reader;
use super::recognise::{Basis, Mapped};
use super::rows::{Refusal, RowView};
use super::{BLANK, StageEntry, accounts, matches};
use crate::config::plan::{Criteria, People, Plan, Table};
use crate::finding::masked;
use crate::vocabulary::Stage;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

impl Reader<'_> {
    pub(super) fn lead(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let id = view.required("lead_id")?;
        let created = view.when("created_at")?.ok_or_else(|| Refusal::of("created_at", "missing_value", ""))?;
        let mut stages = Vec::new();
        for date in &view.columns.stage_dates {
            let mut known: Option<When> = None;
            for position in &date.positions {
                let Some(text) = view.stated(*position) else { continue };
                // A date that cannot be read costs this stage, not the lead.
                let when = match view.moment(date.stage.name(), Some(*position), &text) {
                    Ok(when) => when,
                    Err(refusal) => {
                        self.refuse(
                            Table::Leads,
                            &file.shown,
                            row,
                            Refusal { what: refusal.what_of_stage(), ..refusal },
                        );
                        continue;
                    }
                };
                if known.is_some_and(|known| known.day != when.day) {
                    self.findings.add("leads::stage_dates_disagree", || masked(&id));
                }
                known = known.or(Some(when));
            }
            stages.extend(known.map(|when| (date.stage, when)));
        }
        let channel = view.text("channel").unwrap_or_default();
        let channel = self.channel(&channel);
        let email = view.text("email").map(|email| email.to_lowercase()).unwrap_or_default();
        let mut attributes = Vec::new();
        for mapped in &view.columns.mapped {
            if is_own_field(&mapped.column) || !self.is_wanted(mapped) {
                continue;
            }
            if let Some(value) = view.text(&mapped.column) {
                attributes.push((self.attribute(&mapped.column), value));
            }
        }
        if self.plan.people == People::ByName && !email.is_empty() {
            attributes.push((self.attribute(ADDRESS), email.clone()));
        }
        let (other_ids, deals) = (view.ids("other_ids"), view.ids("deal_id"));
        let origin = self.origins.len().saturating_sub(1) as u32;
        self.lead_rows.push(LeadRow { origin, id, created, channel, email, other_ids, deals, attributes, stages });
        Ok(())
    }

    pub(super) fn merge(&mut self, view: &RowView) -> Result<(), Refusal> {
        let left = view.required("lead_id")?;
        view.required("merged_id")?;
        self.merges.extend(view.ids("merged_id").into_iter().map(|gone| (left.clone(), gone)));
        Ok(())
    }

    /// The person that an id or an e-mail address belongs to.
    pub(super) fn person(&self, id: &str) -> Option<u32> {
        let by_id = || match self.shared_ids.get(id) {
            None => self.lead_of.get(id).copied(),
            // Where files number their leads each for itself, only one of the same system can say whom it means.
            Some(people) => {
                let mut same = people.iter().filter(|(system, _)| system.is_some() && *system == self.system);
                same.next().filter(|_| same.next().is_none()).map(|(_, lead)| *lead)
            }
        };
        let by_email =
            || id.contains('@').then(|| self.lead_of_email.get(&id.trim().to_lowercase()).copied()).flatten();
        by_id().or_else(by_email).or_else(|| shorter(id).and_then(|id| self.lead_of.get(id).copied())).or_else(|| {
            // 15 characters are the same Salesforce id as 18; the leads may have the longer one.
            self.lead_of_short.get(id).copied()
        })
    }

    /// The person of a row, by the id or else by the address that the row gives.
    pub(super) fn person_of(&self, view: &RowView) -> Result<u32, Refusal> {
        let (id, email) = (view.text("lead_id"), view.text("email"));
        let named = id.as_deref().or(email.as_deref()).ok_or_else(|| Refusal::of("lead_id", "missing_value", ""))?;
        let found = [&id, &email].into_iter().flatten().find_map(|name| self.person(name));
        found.ok_or_else(|| self.nobody(named))
    }

    /// Why an id is nobody's.
    pub(super) fn nobody(&self, id: &str) -> Refusal {
        Refusal::of("lead_id", if self.shared_ids.contains_key(id) { "ambiguous_lead" } else { "unknown_lead" }, id)
    }

    /// Whether an attribute is kept: the table's own, those that a rule of fit asks for, and names where they are asked for.
    pub(super) fn is_wanted(&self, mapped: &Mapped) -> bool {
        let asked = |criteria: &Criteria| criteria.fit.contains_key(&mapped.column);
        let is_name = self.plan.people == People::ByName && NAMES.contains(&mapped.column.as_str());
        is_name || mapped.basis != Basis::Extra || self.plan.criteria.iter().any(asked)
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

    /// Which files share their ids: one number a file. Files of one system do, and any that agree on who an id is; files of
    /// two known systems do not, and neither do files in which the same ids mostly have different e-mail addresses.
    fn scopes(&mut self, rows: &[LeadRow]) -> Vec<u32> {
        let n = self.origins.len();
        let mut first: HashMap<&str, Vec<u32>> = HashMap::new();
        if n > 1 {
            for (at, row) in rows.iter().enumerate() {
                let known = first.entry(&row.id).or_default();
                if known.iter().all(|other| rows[*other as usize].origin != row.origin) {
                    known.push(at as u32);
                }
            }
        }
        // Of each pair of files: ids in both, and those of them with two addresses.
        let mut pairs: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
        let mut colliding = Vec::new();
        for records in first.values().filter(|records| records.len() > 1) {
            for (i, a) in records.iter().enumerate() {
                for b in &records[i + 1..] {
                    let (a, b) = (&rows[*a as usize], &rows[*b as usize]);
                    let pair = pairs.entry((a.origin.min(b.origin), a.origin.max(b.origin))).or_default();
                    pair.0 += 1;
                    let differ = is_address(&a.email) && is_address(&b.email) && a.email != b.email;
                    pair.1 += u64::from(differ);
                }
            }
        }
        let system = |origin: u32| self.origins[origin as usize].system.as_ref();
        let mut parents: Vec<u32> = (0..n as u32).collect();
        for a in 0..n as u32 {
            for b in a + 1..n as u32 {
                let (shared, differ) = pairs.get(&(a, b)).copied().unwrap_or_default();
                let collide = differ >= 2 && differ * 2 > shared;
                if collide {
                    colliding.push((a, b, differ));
                }
                let same_system = system(a).is_some() && system(a) == system(b);
                let two_systems = system(a).is_some() && system(b).is_some() && !same_system;
                if !collide && !two_systems && (same_system || shared > 0) {
                    join(&mut parents, a, b);
                }
            }
        }
        let both: u64 =
            colliding.iter().filter(|(a, b, _)| system(*a) == system(*b) || system(*a).is_none()).map(|c| c.2).sum();
        if both > 0 {
            let names = colliding
                .iter()
                .take(3)
                .map(|(a, b, _)| format!("{} and {}", self.origins[*a as usize].name, self.origins[*b as usize].name));
            let names: Vec<String> = names.collect();
            self.findings.push("leads::ids_collide", both, rows.len() as u64, names, None);
        }
        (0..n as u32).map(|origin| root(&mut parents, origin)).collect()
    }

    /// Addresses that stand on so many records of one file that they are nobody's: placeholders and shared mailboxes.
    fn nobodys_addresses(&mut self, rows: &[LeadRow]) -> HashSet<String> {
        let mut ids: HashMap<(&str, u32), HashSet<&str>> = HashMap::new();
        for row in rows.iter().filter(|row| is_address(&row.email)) {
            let known = ids.entry((&row.email, row.origin)).or_default();
            if known.len() <= MOST_RECORDS {
                known.insert(&row.id);
            }
        }
        let shared: HashSet<String> =
            ids.iter().filter(|(_, ids)| ids.len() > MOST_RECORDS).map(|((email, _), _)| email.to_string()).collect();
        let mut concerned: Vec<&str> =
            rows.iter().filter(|row| shared.contains(&row.email)).map(|row| row.id.as_str()).collect();
        concerned.sort_unstable();
        if !concerned.is_empty() {
            let examples = concerned.iter().take(3).map(|id| masked(id)).collect();
            self.findings.push("leads::shared_email", concerned.len() as u64, rows.len() as u64, examples, None);
        }
        shared
    }

    /// Merges lead rows into people: the same id, or the same e-mail address.
    pub(super) fn index_leads(&mut self) {
        let rows = std::mem::take(&mut self.lead_rows);
        let mut person_of_row: Vec<u32> = (0..rows.len() as u32).collect();
        let scopes = self.scopes(&rows);
        let scope = |row: u32| scopes[rows[row as usize].origin as usize];
        let mut by_id: HashMap<(u32, &str), u32> = HashMap::new();
        let mut by_email: HashMap<&str, u32> = HashMap::new();
        let nobodys = self.nobodys_addresses(&rows);
        // Ids that a record names as its own, too, and records that were merged into another.
        let mut by_other: HashMap<&str, u32> = HashMap::new();
        let merges = std::mem::take(&mut self.merges);
        let is_visible = |row: u32| self.plan.as_of.is_none_or(|as_of| rows[row as usize].created.day <= as_of);
        let all = 0..rows.len() as u32;
        for row in all.clone().filter(|row| is_visible(*row)).chain(all.filter(|row| !is_visible(*row))) {
            let lead = &rows[row as usize];
            let email = Some(lead.email.as_str()).filter(|email| is_address(email) && !nobodys.contains(*email));
            let known = [by_id.get(&(scope(row), lead.id.as_str())), email.and_then(|email| by_email.get(email))];
            let known = known.into_iter().flatten();
            // A record after the last visible day is somebody's, but makes no two persons one.
            for other in known.take(if is_visible(row) { 2 } else { 1 }) {
                join(&mut person_of_row, row, *other);
            }
            by_id.entry((scope(row), &lead.id)).or_insert(row);
            if let Some(email) = email {
                by_email.entry(email).or_insert(row);
            }
            for other in &lead.other_ids {
                by_other.entry(other).or_insert(row);
            }
        }
        for (other, row) in &by_other {
            if let Some(known) = by_id.get(&(scope(*row), *other)) {
                join(&mut person_of_row, *row, *known);
            }
        }
        for (left, gone) in &merges {
            let known = |id: &'_ str| -> Option<u32> {
                let mut found = (0..=scopes.len() as u32).filter_map(|scope| by_id.get(&(scope, id)).copied());
                found.next().filter(|_| found.next().is_none())
            };
            if let (Some(x), Some(y)) = (known(left), known(gone)) {
                join(&mut person_of_row, x, y);
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
        let mut system_of_first: HashMap<u32, Option<String>> = HashMap::new();
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
                    // Two people with one number keep it, each with the name of its file.
                    let is_free = !self.lead_of.contains_key(&record.id);
                    let own = format!("{} in {}", record.id, self.origins[record.origin as usize].name);
                    leads.id.push(if is_free { record.id.clone() } else { own });
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
            for id in std::iter::once(&record.id).chain(&record.other_ids).filter(|id| is_salesforce_id(id)) {
                self.lead_of_short.insert(id[..15].to_string(), lead);
            }
            let first = *self.lead_of.entry(record.id.clone()).or_insert(lead);
            if first != lead {
                let people = self.shared_ids.entry(record.id.clone()).or_default();
                let system = self.origins[record.origin as usize].system.clone();
                if people.is_empty() {
                    people.push((system_of_first.get(&first).cloned().flatten(), first));
                }
                if !people.iter().any(|(_, known)| *known == lead) {
                    people.push((system, lead));
                }
            } else {
                let system = &self.origins[record.origin as usize].system;
                system_of_first.entry(lead).or_insert_with(|| system.clone());
            }
            for other in &record.other_ids {
                self.lead_of.entry(other.clone()).or_insert(lead);
            }
            for deal in &record.deals {
                self.leads_of_deal.entry(shortest(deal).to_string()).or_default().push(lead);
            }
            if is_address(&record.email) && !nobodys.contains(record.email.as_str()) {
                self.lead_of_email.insert(record.email.clone(), lead);
            }
            let domain = record.email.split_once('@').map(|(_, domain)| domain.to_string());
            let accounts = record
                .attributes
                .iter()
                .filter(|(name, _)| matches!(self.attribute_names[*name as usize].as_str(), "account" | "account_id"));
            let accounts = accounts.map(|(_, account)| account.to_lowercase()).chain(domain);
            for account in accounts.collect::<BTreeSet<String>>() {
                self.leads_of_account.entry(account).or_default().push(lead);
            }
            for (stage, entered) in &record.stages {
                self.stages.push(StageEntry { lead, stage: *stage, entered: *entered, reason: String::new() });
            }
        }
        // Chains of mergers: each id that is gone stands for whoever is left.
        for _ in 0..3 {
            for (left, gone) in &merges {
                if let Some(lead) = self.lead_of.get(left).copied() {
                    self.lead_of.entry(gone.clone()).or_insert(lead);
                }
            }
        }
        for people in self.leads_of_account.values_mut().chain(self.leads_of_deal.values_mut()) {
            people.dedup();
        }
        if duplicates > 0 {
            self.findings.push("leads::duplicate", duplicates, rows.len() as u64, examples, None);
        }
        let blank = leads.channel.iter().filter(|channel| *channel == BLANK).count() as u64;
        let has_channels = self
            .mappings
            .iter()
            .any(|m| m.table == "leads" && m.columns.iter().any(|shown| shown.column.column == "channel"));
        if blank > 0 && has_channels {
            let of =
                leads.id.iter().zip(&leads.channel).filter(|(_, channel)| *channel == BLANK).map(|(id, _)| masked(id));
            self.findings.push("leads::blank_channel", blank, leads.id.len() as u64, of.take(3).collect(), None);
        }
        let excluded = leads.excluded.iter().flatten().count() as u64;
        if excluded > 0 {
            let of = leads.id.iter().zip(&leads.excluded).filter(|(_, why)| why.is_some()).map(|(id, _)| masked(id));
            self.findings.push("leads::excluded", excluded, leads.id.len() as u64, of.take(3).collect(), None);
        }
    }
}

/// The attribute that holds a person's address, where addresses are asked for; no column can have this name.
pub const ADDRESS: &str = "(address)";
/// Columns that hold a person's name, or a part of it, in the order in which they are shown.
pub const NAMES: [&str; 9] = [
    "first_name",
    "firstname",
    "last_name",
    "lastname",
    "name",
    "full_name",
    "contact_name",
    "lead_name",
    "person_name",
];

/// More records of one file than this with one address are not one person.
const MOST_RECORDS: usize = 5;

/// Where lead rows come from.
pub(super) struct Origin {
    /// The file as shown.
    pub(super) name: String,
    /// The system that wrote it, if it is known.
    pub(super) system: Option<String>,
}

/// Whether a text has the form of an e-mail address.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_word = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace) && !part.contains('@');
    is_word(local) && is_word(domain) && domain.trim_matches('.').contains('.')
}

/// A lead row before people are merged.
pub(super) struct LeadRow {
    /// Index of the file.
    pub(super) origin: u32,
    pub(super) id: String,
    pub(super) created: When,
    pub(super) channel: String,
    pub(super) email: String,
    pub(super) attributes: Vec<(u32, String)>,
    pub(super) other_ids: Vec<String>,
    pub(super) deals: Vec<String>,
    pub(super) stages: Vec<(Stage, When)>,
}

/// Columns of leads that are no attributes.
pub(super) fn is_own_field(column: &str) -> bool {
    matches!(column, "lead_id" | "created_at" | "channel" | "email" | "other_ids" | "deal_id")
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

/// Another way to write the same id: without the ".0" that a spreadsheet makes of a number, or the 15 characters that
/// come first in a Salesforce id of 18.
fn shorter(id: &str) -> Option<&str> {
    if let Some(whole) = id.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(whole);
    }
    is_salesforce_id(id).then(|| &id[..15])
}

/// An id in its shortest form, by which two ways of writing it are one.
pub(super) fn shortest(id: &str) -> &str {
    shorter(id).unwrap_or(id)
}

/// Whether an id has the 18 characters of Salesforce: 15, and 3 that only repeat which of them are capitals.
fn is_salesforce_id(id: &str) -> bool {
    id.len() == 18 && id.starts_with("00") && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
