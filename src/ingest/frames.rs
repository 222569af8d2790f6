//! Canonical tables as dataframes: what the queries read.

use super::{Deal, DealStatus, Ingested};
use crate::vocabulary::{Day, Money};
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};
use std::fmt::Display;

/// The canonical tables that the queries read, by name. No query reads activities: the score replay does, column by column.
pub fn canonical(data: &Ingested) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    Ok(vec![
        ("leads", leads(data)?),
        ("stage_history", stage_history(data)?),
        ("deals", deals(data)?),
        ("spend", spend(data)?),
    ])
}

fn leads(data: &Ingested) -> PolarsResult<DataFrame> {
    let leads = &data.leads;
    let scores = leads.attributes.get("score");
    DataFrame::new_infer_height(vec![
        texts("lead_id", leads.id.iter()),
        texts("channel", leads.channel.iter()),
        integers("created_day", leads.created.iter().map(|when| Some(i64::from(when.day.0)))),
        integers("created_s", leads.created.iter().map(|when| Some(when.from_s))),
        optional_texts("excluded", leads.excluded.iter().copied()),
        optional_texts("account", leads.account.iter().map(|account| known(account))),
        optional_texts("score", (0..leads.id.len()).map(|lead| known(scores?.get(lead)?))),
    ])
}

fn stage_history(data: &Ingested) -> PolarsResult<DataFrame> {
    let entries = &data.stages;
    DataFrame::new_infer_height(vec![
        texts("lead_id", entries.iter().map(|entry| &data.leads.id[entry.lead as usize])),
        texts("stage", entries.iter().map(|entry| entry.stage)),
        integers("entered_day", entries.iter().map(|entry| Some(i64::from(entry.entered.day.0)))),
        integers("entered_s", entries.iter().map(|entry| Some(entry.entered.from_s))),
        integers("entered_until_s", entries.iter().map(|entry| Some(entry.entered.until_s))),
        texts("reason", entries.iter().map(|entry| &entry.reason)),
    ])
}

fn deals(data: &Ingested) -> PolarsResult<DataFrame> {
    let deals = &data.deals;
    let status = |status| match status {
        DealStatus::Open => "open",
        DealStatus::Won => "won",
        DealStatus::Lost => "lost",
    };
    DataFrame::new_infer_height(vec![
        texts("deal_id", deals.iter().map(|deal| &deal.id)),
        texts("lead_id", deals.iter().map(|deal| &data.leads.id[deal.lead as usize])),
        integers("opened_day", deals.iter().map(|deal| deal.opened.map(|when| i64::from(when.day.0)))),
        integers("closed_day", deals.iter().map(|deal| deal.closed.map(|when| i64::from(when.day.0)))),
        integers("closed_s", deals.iter().map(|deal| deal.closed.map(|when| when.from_s))),
        texts("status", deals.iter().map(|deal| status(deal.status))),
        integers("amount", deals.iter().map(|deal| deal.amount.map(|amount| amount.0))),
        integers("amount_band", deals.iter().enumerate().map(|(place, deal)| amount_band(deals, place, deal.amount))),
        texts("kind", deals.iter().map(|deal| &deal.kind)),
    ])
}

/// Amounts in bands of 3 %: enough for sums whose parts are grouped, and no more rows than a few hundred a month and
/// channel however many deals there are. The logarithm is taken here, since SQL has no portable one.
fn amount_band(deals: &[Deal], place: usize, amount: Option<Money>) -> Option<i64> {
    // Deals are sorted by id: what follows is a further person of the same one.
    if place > 0 && deals[place - 1].id == deals[place].id {
        return None;
    }
    let amount = amount.map_or(0, |amount| amount.0);
    Some(if amount > 0 { ((amount as f64).ln() / 1.03_f64.ln()).floor() as i64 + 1 } else { 0 })
}

fn spend(data: &Ingested) -> PolarsResult<DataFrame> {
    let spend = &data.spend;
    let from_day = |row: &super::SpendRow| row.day.unwrap_or(row.month.first_day());
    DataFrame::new_infer_height(vec![
        integers("month", spend.iter().map(|row| Some(i64::from(row.month.0)))),
        integers("from_day", spend.iter().map(|row| Some(i64::from(from_day(row).0)))),
        texts("channel", spend.iter().map(|row| &row.channel)),
        integers("amount", spend.iter().map(|row| Some(row.amount.0))),
    ])
}

/// A calendar of every day from `first` to `last` with its month.
pub fn calendar(first: Day, last: Day) -> PolarsResult<DataFrame> {
    let days = first.0..=last.0;
    DataFrame::new_infer_height(vec![
        integers("day", days.clone().map(|day| Some(i64::from(day)))),
        integers("month", days.map(|day| Some(i64::from(Day(day).month().0)))),
    ])
}

/// A text, nothing where it is empty.
fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A column of whole numbers.
pub fn integers(name: &str, values: impl Iterator<Item = Option<i64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into()
}

/// A column of text.
pub fn texts<T: Display>(name: &str, values: impl Iterator<Item = T>) -> Column {
    Series::new(name.into(), values.map(|value| value.to_string()).collect::<Vec<_>>()).into()
}

/// A column of text, nothing where there is none.
pub fn optional_texts<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into()
}
