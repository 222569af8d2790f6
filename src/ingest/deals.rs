//! Which opportunities were there, and what became of them?

use super::coerce::{Amount, When};
use super::leads::shortest;
use super::read::RawFile;
use super::reader::Reader;
use super::rows::{Refusal, RowView};
use super::{Deal, DealStatus, recognise};
use crate::config::plan::Table;
use crate::finding::masked;
use crate::vocabulary::{Day, Money, Stage};
use std::collections::{BTreeMap, HashMap};

/// How a deal found its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinedBy {
    /// The id of a person, or several, in the deal's export or in one of its own; or the deal's id in the leads' export.
    Id,
    /// An e-mail address.
    Email,
    /// The account only.
    Account,
}

/// A deal before it is given to its people.
pub(super) struct DealRow {
    /// The deal, of nobody yet.
    deal: Deal,
    /// Whom it may belong to, in the order in which they are named.
    people: Vec<u32>,
    joined_by: JoinedBy,
}

impl Reader<'_> {
    pub(super) fn deal(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let id = view.required("deal_id")?;
        let (people, joined_by) = self.people_of_deal(&id, view)?;
        let opened = view.when("opened_at")?;
        let (won, lost) = (view.when("won_at")?, view.when("lost_at")?);
        let closed = view.when("closed_at")?;
        let status = match self.deal_status(view) {
            Ok(told) => told,
            Err(text) => {
                self.refuse(Table::Deals, &file.shown, row, Refusal::of("status", "unknown_status", &text));
                None
            }
        };
        let is_blank = status.is_none() && won.is_none() && lost.is_none() && closed.is_some();
        if is_blank && view.columns.get("status").is_some() {
            match view.text("status") {
                None => self.findings.add("deals::blank_status", || format!("{} row {row}", file.shown)),
                Some(label) => self.deal_stages.extend(closed.map(|when| (masked(&label), when.day))),
            }
        }
        // A day of winning is as good as a status; a status that says otherwise is later knowledge.
        let status = status.unwrap_or(match (won, lost) {
            (Some(_), _) => DealStatus::Won,
            (None, Some(_)) => DealStatus::Lost,
            (None, None) => DealStatus::Open,
        });
        let closed = match status {
            DealStatus::Won => won.or(closed),
            DealStatus::Lost => lost.or(closed),
            // The close date of an open deal is a forecast.
            DealStatus::Open => None,
        };
        let mut amount = None;
        match view.amount("amount") {
            Err(refusal) => self.refuse(Table::Deals, &file.shown, row, refusal),
            Ok(None) => {}
            Ok(Some(read)) => match self.in_project_currency(&read) {
                None => {
                    let currency = read.currency.unwrap_or_default();
                    self.refuse(Table::Deals, &file.shown, row, Refusal::of("currency", "currency_mix", &currency));
                }
                Some(Money(..0)) => {
                    let text = view.text("amount").unwrap_or_default();
                    self.refuse(Table::Deals, &file.shown, row, Refusal::of("amount", "negative_amount", &text));
                }
                Some(value) => amount = Some(value),
            },
        }
        let kind = view.text("kind").map(|kind| recognise::normal(&kind)).unwrap_or_default();
        let kind = if kind.contains("renewal") || kind.contains("existing") { "renewal" } else { "new" }.to_string();
        if kind == "renewal" && status == DealStatus::Won {
            self.findings.add("deals::renewal", || format!("{} row {row}", file.shown));
        }
        if status == DealStatus::Won && closed.is_none() {
            self.findings.add("deals::won_without_date", || format!("{} row {row}", file.shown));
        }
        let place = *self.deal_ids.entry(id.clone()).or_insert(self.deal_rows.len());
        let lead = people.first().copied().unwrap_or_default();
        let deal = Deal { id, lead, opened, closed, status, amount, kind };
        let deal = DealRow { deal, people, joined_by };
        match self.deal_rows.get_mut(place) {
            None => self.deal_rows.push(deal),
            Some(known) => {
                let says = |deal: &Deal| (deal.status, deal.closed.map(|when| when.day), deal.amount);
                let differ = says(&deal.deal) != says(&known.deal);
                let code = if differ { "deals::conflict" } else { "deals::duplicate" };
                self.findings.add(code, || format!("{} row {row}", file.shown));
                // Two rows of one deal may name two people of it.
                let all: Vec<u32> = known.people.iter().chain(&deal.people).copied().collect();
                if precedence(&deal.deal) < precedence(&known.deal) {
                    *known = deal;
                }
                known.people = all;
            }
        }
        Ok(())
    }

    pub(super) fn deal_contact(&mut self, view: &RowView) -> Result<(), Refusal> {
        let (deal, lead) = (view.required("deal_id")?, view.required("lead_id")?);
        self.deal_contacts.entry(shortest(&deal).to_string()).or_default().push(lead);
        Ok(())
    }

    /// Whom a deal may belong to.
    fn people_of_deal(&self, id: &str, view: &RowView) -> Result<(Vec<u32>, JoinedBy), Refusal> {
        let mut named = view.ids("lead_id");
        let constant = view.text("lead_id").filter(|_| named.is_empty());
        named.extend(constant);
        named.extend(self.deal_contacts.get(shortest(id)).into_iter().flatten().cloned());
        let mut people: Vec<u32> = named.iter().filter_map(|id| self.person(id)).collect();
        people.extend(self.leads_of_deal.get(shortest(id)).into_iter().flatten());
        if !people.is_empty() {
            return Ok((people, JoinedBy::Id));
        }
        let emails = view.ids("email");
        people.extend(emails.iter().filter_map(|email| self.person(email)));
        if !people.is_empty() {
            return Ok((people, JoinedBy::Email));
        }
        let accounts = ["account_id", "account"].into_iter().filter_map(|column| view.text(column));
        let accounts: Vec<String> = accounts.collect();
        for account in &accounts {
            if let Some(known) = self.leads_of_account.get(&account.to_lowercase()) {
                return Ok((known.clone(), JoinedBy::Account));
            }
        }
        match named.first().or(emails.first()).or(accounts.first()) {
            Some(first) => Err(self.nobody(first)),
            None => Err(Refusal::of("lead_id", "missing_value", "")),
        }
    }

    /// What the row says became of the deal, `None` where it says nothing; the label where it means nothing.
    fn deal_status(&self, view: &RowView) -> Result<Option<DealStatus>, String> {
        let says = |column: &str| view.text(column).and_then(|text| recognise::truth(&text));
        match (says("is_won"), says("is_closed")) {
            (Some("yes"), _) => return Ok(Some(DealStatus::Won)),
            (Some(_), Some("yes")) => return Ok(Some(DealStatus::Lost)),
            (Some(_), Some(_)) => return Ok(Some(DealStatus::Open)),
            (Some(_), None) | (None, _) => {}
        }
        let Some(text) = view.text("status") else { return Ok(None) };
        match self.plan.stages.get(&text.trim().to_lowercase()) {
            Some(Stage::Customer) => return Ok(Some(DealStatus::Won)),
            Some(Stage::Disqualified) => return Ok(Some(DealStatus::Lost)),
            Some(_) => return Ok(Some(DealStatus::Open)),
            None => {}
        }
        match recognise::deal_status(&text) {
            Some("won") => Ok(Some(DealStatus::Won)),
            Some("lost") => Ok(Some(DealStatus::Lost)),
            Some(_) => Ok(Some(DealStatus::Open)),
            // The stages that a deal goes through have names of the user's own; none of them is won or lost.
            None if view
                .columns
                .get("status")
                .is_some_and(|column| recognise::normal(&column.header).contains("stage")) =>
            {
                Ok(None)
            }
            None => Err(text),
        }
    }

    /// Gives every deal to its people. A deal of several counts for those of them who were MQL or further before it was
    /// closed, since the others were no leads of marketing's; where nobody was, for the one known first. Joined by the account only, it
    /// counts for one person: the last of those who had come furthest.
    pub(super) fn settle_deals(&mut self) {
        let mut funnel: HashMap<u32, i32> = HashMap::new();
        for entry in self.stages.iter().filter(|entry| (Stage::Mql..=Stage::Customer).contains(&entry.stage)) {
            let day = funnel.entry(entry.lead).or_insert(entry.entered.day.0);
            *day = entry.entered.day.0.min(*day);
        }
        let mut accepted: HashMap<u32, i32> = HashMap::new();
        for entry in self.stages.iter().filter(|entry| (Stage::Sql..=Stage::Customer).contains(&entry.stage)) {
            let day = accepted.entry(entry.lead).or_insert(entry.entered.day.0);
            *day = entry.entered.day.0.min(*day);
        }
        let n = self.deal_rows.len() as u64;
        let (mut by_email, mut by_account, mut of_several) = (Vec::new(), Vec::new(), Vec::new());
        for DealRow { deal, mut people, joined_by } in std::mem::take(&mut self.deal_rows) {
            // In the order of creation, which does not depend on the order of rows.
            people.sort_unstable();
            people.dedup();
            let until = deal.closed.map_or(i32::MAX, |when| when.day.0);
            // Who came furthest before it closed, and then who came last.
            let mut came: Vec<((bool, i32), u32)> = people
                .iter()
                .filter_map(|person| {
                    let day = funnel.get(person).filter(|day| **day <= until)?;
                    let is_sql = accepted.get(person).is_some_and(|day| *day <= until);
                    Some(((is_sql, *day), *person))
                })
                .collect();
            let mut owners: Vec<u32> = people.iter().take(1).copied().collect();
            match joined_by {
                JoinedBy::Account => {
                    came.sort_unstable();
                    owners = came.last().map(|(_, person)| *person).or(owners.first().copied()).into_iter().collect();
                    by_account.push(masked(&deal.id));
                }
                _ if !came.is_empty() => owners = came.into_iter().map(|(_, person)| person).collect(),
                _ => {}
            }
            if joined_by == JoinedBy::Email {
                by_email.push(masked(&deal.id));
            }
            if people.len() > 1 && joined_by != JoinedBy::Account {
                of_several.push(masked(&deal.id));
            }
            for (place, lead) in owners.into_iter().enumerate() {
                // The money is there once.
                let amount = deal.amount.filter(|_| place == 0);
                self.deals.push(Deal { lead, amount, ..deal.clone() });
            }
        }
        for (code, mut ids) in [
            ("deals::joined_by_email", by_email),
            ("deals::joined_by_account", by_account),
            ("deals::several_people", of_several),
        ] {
            let count = ids.len() as u64;
            ids.sort();
            ids.truncate(3);
            if count > 0 {
                self.findings.push(code, count, n, ids, None);
            }
        }
        if n >= 20 && self.deals.iter().all(|deal| deal.status != DealStatus::Won) {
            self.findings.push("deals::none_won", n, n, Vec::new(), None);
        }
        if n >= 20 && self.deals.iter().all(|deal| deal.status == DealStatus::Won) {
            self.findings.push("deals::only_won", n, n, Vec::new(), None);
        }
        self.deals.sort_by(|a, b| (&a.id, a.lead).cmp(&(&b.id, b.lead)));
    }

    /// Labels of deals that are past their close date and known neither as won nor as lost.
    pub(super) fn count_deal_stages(&mut self, as_of: Day) {
        let mut past: BTreeMap<&str, u64> = BTreeMap::new();
        for (label, _) in self.deal_stages.iter().filter(|(_, day)| *day <= as_of) {
            *past.entry(label).or_default() += 1;
        }
        let n: u64 = past.values().sum();
        if n < 3 {
            return;
        }
        let mut labels: Vec<(&str, u64)> = past.into_iter().collect();
        labels.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let labels: Vec<String> = labels.iter().take(6).map(|(label, n)| format!("\"{label}\" ({n})")).collect();
        let detail = format!("the stages are {}", labels.join(", "));
        let of = self.deal_ids.len() as u64;
        self.findings.push("deals::closed_in_unknown_stage", n, of, Vec::new(), Some(&detail));
    }

    /// The amount in the project's currency, `None` where there is no rate.
    pub(super) fn in_project_currency(&self, amount: &Amount) -> Option<Money> {
        let rate = match &amount.currency {
            Some(currency) if *currency != self.plan.currency => self.plan.currency_rates.get(currency)?,
            _ => return Some(amount.money),
        };
        Some(Money((amount.money.0 as f64 * rate).round() as i64))
    }
}

/// Which of several records of one deal counts, the least one, in whichever order they come: one that is closed knows more
/// than one that is open, and one with a date more than one without.
fn precedence(deal: &Deal) -> impl Ord + '_ {
    let second = |when: Option<When>| when.map(|when| when.from_s);
    let outcome = (deal.status == DealStatus::Open, deal.closed.is_none(), second(deal.closed), deal.status as u8);
    (outcome, second(deal.opened), deal.lead, deal.amount, &deal.kind)
}
