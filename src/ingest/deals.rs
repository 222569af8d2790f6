//! Which opportunities were there, and what became of them?

use super::coerce::{Amount, When};
use super::read::RawFile;
use super::reader::Reader;
use super::rows::{Refusal, RowView};
use super::{Deal, DealStatus, recognise};
use crate::config::plan::Table;
use crate::vocabulary::Money;

impl Reader<'_> {
    pub(super) fn deal(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
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

    pub(super) fn deal_contact(&mut self, view: &RowView) -> Result<(), Refusal> {
        let (deal, lead) = (view.required("deal_id")?, view.required("lead_id")?);
        self.deal_contacts.entry(deal).or_default().push(lead);
        Ok(())
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
