//! What does an MQL, an SQL, a customer cost?
//!
//! Spend is known, the count is what chance moves: cost per X = spend ÷ (upper, lower) limit of X. Missing spend is not
//! zero: a channel-month without a row leaves numerator and denominator.

use super::funnel::Rate;
use super::{Availability, Estimate, Known};
use crate::facts::Facts;
use crate::stats::counts;
use crate::vocabulary::Month;
use std::collections::{BTreeMap, BTreeSet};

/// The spend by month and channel, and where it is missing.
pub struct Spending {
    amounts: BTreeMap<(Month, String), f64>,
    channels: BTreeSet<String>,
    missing: BTreeSet<(Month, String)>,
    expected: u64,
    known: bool,
}

/// Spend and the MQLs it is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostPer {
    /// Spend in units of the currency; `None` = unknown.
    pub spend: Option<f64>,
    /// MQLs of the channel-months whose spend is known.
    pub mqls: u64,
}

impl Spending {
    /// Sorts the spend and finds the gaps: months of a channel between its first and last spend that have no row, and
    /// months whose rows were rejected. After its last row a channel counts as stopped as long as other channels have
    /// rows for the month.
    pub fn new(facts: &Facts, rejected: &BTreeSet<(Month, String)>, from: Month, to: Month, known: &Known) -> Spending {
        let mut amounts: BTreeMap<(Month, String), f64> = BTreeMap::new();
        for row in &facts.spend {
            *amounts.entry((row.month, row.channel.clone())).or_default() += row.amount.units();
        }
        let channels: BTreeSet<String> = amounts.keys().chain(rejected).map(|(_, channel)| channel.clone()).collect();
        let file_months: BTreeSet<Month> = amounts.keys().map(|(month, _)| *month).collect();
        let mut missing = BTreeSet::new();
        let mut expected = 0;
        for channel in &channels {
            let mut own = amounts.keys().filter(|(_, name)| name == channel).map(|(month, _)| *month);
            let Some(first) = own.next() else { continue };
            let last = own.next_back().unwrap_or(first);
            for month in (from.0.max(first.0)..=to.0).map(Month) {
                let has_row = amounts.contains_key(&(month, channel.clone()));
                let gap = !has_row && (month <= last || !file_months.contains(&month));
                expected += u64::from(gap || has_row);
                if gap {
                    missing.insert((month, channel.clone()));
                }
            }
        }
        missing.extend(rejected.iter().filter(|(month, _)| (from..=to).contains(month)).cloned());
        Spending { amounts, channels, missing, expected, known: known.spend == Availability::Known }
    }

    /// Channels with spend.
    pub fn channels(&self) -> impl Iterator<Item = String> + '_ {
        self.channels.iter().cloned()
    }

    /// Channel-months whose spend is missing.
    pub fn missing(&self) -> &BTreeSet<(Month, String)> {
        &self.missing
    }

    /// Channel-months in which a channel was to have spend: those with a row, and those without that are missing.
    pub fn expected(&self) -> u64 {
        self.expected.max(self.missing.len() as u64)
    }

    /// Spend of some months, blended (`channel` = `None`) or of a channel, and the MQLs that go with it. Blended cost
    /// counts the MQLs of every channel, those without spend included.
    pub fn cost(
        &self,
        from: Month,
        to: Month,
        channel: Option<&str>,
        mqls: &dyn Fn(Month, Option<&str>) -> u64,
    ) -> CostPer {
        let nothing = CostPer { spend: None, mqls: 0 };
        if !self.known || channel.is_some_and(|channel| !self.channels.contains(channel)) {
            return nothing;
        }
        let mut cost = CostPer { spend: None, mqls: 0 };
        let mut spend = 0.0;
        for month in (from.0..=to.0).map(Month) {
            let mut known_month = false;
            for name in self.channels.iter().filter(|name| channel.is_none_or(|channel| channel == *name)) {
                let key = (month, name.clone());
                if self.missing.contains(&key) {
                    continue;
                }
                if let Some(amount) = self.amounts.get(&key) {
                    spend += amount;
                    known_month = true;
                }
            }
            if known_month {
                cost.spend = Some(spend);
                cost.mqls += self.counted(month, channel, mqls);
            }
        }
        cost
    }

    /// MQLs of a month whose channel's spend is known or that have no cost channel.
    fn counted(&self, month: Month, channel: Option<&str>, mqls: &dyn Fn(Month, Option<&str>) -> u64) -> u64 {
        match channel {
            Some(channel) if self.missing.contains(&(month, channel.to_string())) => 0,
            Some(channel) => mqls(month, Some(channel)),
            None => {
                let lost: u64 =
                    self.missing.iter().filter(|(m, _)| *m == month).map(|(m, name)| mqls(*m, Some(name))).sum();
                mqls(month, None).saturating_sub(lost)
            }
        }
    }
}

impl CostPer {
    /// Cost per MQL, with the interval of a count whose months vary φ times as much as chance.
    pub fn per_count(&self, phi: f64, level: f64) -> Estimate {
        let Some(spend) = self.spend.filter(|spend| *spend > 0.0) else { return Estimate::NONE };
        let interval = counts::poisson_interval(self.mqls as f64, phi, level);
        let (low, high) = counts::ratio_interval(spend, interval.low, interval.high);
        let value = (self.mqls > 0).then(|| spend / self.mqls as f64);
        Estimate { value, low: Some(low), high }
    }

    /// Cost per conversion: spend ÷ (MQLs × maturity-adjusted rate).
    pub fn per_rate(&self, rate: &Rate) -> Estimate {
        let (Some(spend), Some(low), Some(high)) = (self.spend.filter(|spend| *spend > 0.0), rate.low, rate.high)
        else {
            return Estimate::NONE;
        };
        let n = self.mqls as f64;
        let (least, most) = counts::ratio_interval(spend, n * low, n * high);
        let per = |share: f64| spend / (n * share);
        let value = rate.estimate.filter(|share| *share > 0.0 && n > 0.0).map(per);
        if n > 0.0 { Estimate { value, low: Some(least), high: most } } else { Estimate::NONE }
    }
}
