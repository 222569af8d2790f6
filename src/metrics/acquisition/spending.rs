//! What was spent on the MQLs of a month, and where is it not known?
//!
//! Three steps from what was booked to what an MQL is charged with. Netting: where a correction leaves a channel with
//! nothing or less in a month, the calendar quarter's amounts are spread evenly over the days of its months. Moving: with
//! a lag of L days the amount of each day counts L days later; a month's amount lies evenly over its days. Leaving out:
//! missing spend is not zero, so a channel-month without it leaves numerator and denominator.
//!
//! Edges: spend whose lagged days fall after the period belongs to a later one. Spend before the first month of the files
//! is not known, so with a lag the MQLs that it paid for are left out; before a channel's own first row, in months that
//! other channels have rows for, it had not begun.

use super::super::{Availability, Estimate, Known};
use crate::facts::{Event, Facts};
use crate::metrics::funnel::Rate;
use crate::stats::overdispersion::Overdispersion;
use crate::stats::{counts, proportion};
use crate::vocabulary::{Money, Month};
use std::collections::{BTreeMap, BTreeSet};

/// Channel names that say that the channel is not known, lower case.
const NAMELESS: [&str; 7] = ["(blank)", "unknown", "(not set)", "not set", "n/a", "none", "unassigned"];

/// The spend by month and channel, and where it is missing.
#[derive(Clone)]
pub struct Spending {
    /// As booked.
    booked: BTreeMap<(Month, String), i64>,
    /// After corrections were netted within their quarters.
    netted: BTreeMap<(Month, String), i64>,
    /// Channel-quarters that were netted, by the quarter's first month.
    quarters: BTreeSet<(Month, String)>,
    channels: BTreeSet<String>,
    file_months: BTreeSet<Month>,
    /// First and last month with a row, by channel.
    spans: BTreeMap<String, (Month, Month)>,
    rejected: BTreeSet<(Month, String)>,
    leads: BTreeMap<(Month, String), u64>,
    /// Channels that some lead has, without those whose name says that it is not known.
    attributable: BTreeSet<String>,
    lag_days: BTreeMap<String, u32>,
    missing: BTreeSet<(Month, String)>,
    expected: u64,
    known: bool,
}

/// What is known of a channel's spend in a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Held {
    /// So much, in 1/10 000 of the currency.
    Known(i64),
    /// Something that is not known.
    Missing,
    /// The channel had not begun, or had stopped.
    Nothing,
    /// The files begin later.
    Before,
}

/// Spend and the MQLs it is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostPer {
    /// Spend in units of the currency; `None` = unknown.
    pub spend: Option<f64>,
    /// MQLs of the channel-months whose spend is known.
    pub mqls: u64,
}

/// MQLs of a month, of all channels or of one.
pub type MqlsOf<'a> = &'a dyn Fn(Month, Option<&str>) -> u64;

impl Spending {
    /// Sorts the spend and finds the gaps: months of a channel between its first and last spend that have no row, and
    /// months whose rows were rejected. After its last row a channel counts as stopped as long as other channels have
    /// rows for the month; in the first such month only if its people stay away, too. Months after `to` are not looked at.
    pub fn new(
        facts: &Facts,
        rejected: &BTreeSet<(Month, String)>,
        lag_days: &BTreeMap<String, u32>,
        (from, to): (Month, Month),
        known: &Known,
    ) -> Spending {
        let mut booked: BTreeMap<(Month, String), i64> = BTreeMap::new();
        let mut corrected: BTreeSet<(Month, String)> = BTreeSet::new();
        for row in &facts.spend {
            let key = (row.month, row.channel.clone());
            let amount = booked.entry(key.clone()).or_default();
            *amount = amount.saturating_add(row.amount.0);
            if row.n_negative > 0 {
                corrected.insert(key);
            }
        }
        let channels: BTreeSet<String> = booked.keys().chain(rejected).map(|(_, channel)| channel.clone()).collect();
        let file_months = booked.keys().map(|(month, _)| *month).collect();
        let mut spans: BTreeMap<String, (Month, Month)> = BTreeMap::new();
        for (month, channel) in booked.keys() {
            let span = spans.entry(channel.clone()).or_insert((*month, *month));
            *span = (span.0.min(*month), span.1.max(*month));
        }
        let people = facts.volume.iter().map(|row| &row.channel).filter(|name| !is_nameless(name));
        let mut leads: BTreeMap<(Month, String), u64> = BTreeMap::new();
        for row in facts.volume.iter().filter(|row| row.event == Event::Lead) {
            *leads.entry((row.month, row.channel.clone())).or_default() += row.n;
        }
        let (netted, quarters) = net(&booked, &corrected, to);
        let mut spending = Spending {
            netted,
            booked,
            quarters,
            channels,
            file_months,
            spans,
            rejected: rejected.clone(),
            leads,
            attributable: people.cloned().collect(),
            lag_days: lag_days.clone(),
            missing: BTreeSet::new(),
            expected: 0,
            known: known.spend == Availability::Known,
        };
        for channel in &spending.channels {
            for month in (from.0..=to.0).map(Month) {
                match spending.own(channel, month) {
                    Held::Missing => _ = spending.missing.insert((month, channel.clone())),
                    Held::Known(_) => spending.expected += 1,
                    Held::Nothing | Held::Before => {}
                }
            }
        }
        spending.expected += spending.missing.len() as u64;
        spending
    }

    /// Channels with spend.
    pub fn channels(&self) -> impl Iterator<Item = String> + '_ {
        self.channels.iter().cloned()
    }

    /// Channel-months of the report whose spend is missing.
    pub fn missing(&self) -> &BTreeSet<(Month, String)> {
        &self.missing
    }

    /// Channel-months in which a channel was to have spend: those with a row, and those without that are missing.
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// Channel-quarters whose corrections were netted, by the quarter's first month.
    pub fn netted_quarters(&self) -> &BTreeSet<(Month, String)> {
        &self.quarters
    }

    /// Whether the spend of a channel can be divided by MQLs of its own: some lead has the channel, and its name does not
    /// say that it is not known.
    pub fn is_attributable(&self, channel: &str) -> bool {
        self.attributable.contains(channel)
    }

    /// Days between the spend of a channel and its MQLs.
    pub fn lag_of(&self, channel: &str) -> u32 {
        self.lag_days.get(channel).copied().unwrap_or(0)
    }

    /// What was booked in some months, of all channels or of one; `None` where nothing is known.
    pub fn booked(&self, from: Month, to: Month, channel: Option<&str>) -> Option<f64> {
        let rows = self.booked.iter().filter(|((month, name), _)| {
            (from..=to).contains(month)
                && channel.is_none_or(|channel| channel == name)
                && !self.rejected.contains(&(*month, name.clone()))
        });
        let amounts: Vec<i64> = rows.map(|(_, amount)| *amount).collect();
        (self.known && !amounts.is_empty()).then(|| units(amounts.iter().map(|amount| i128::from(*amount)).sum()))
    }

    /// What is known of a channel's own spend in a month, corrections netted.
    pub fn own(&self, channel: &str, month: Month) -> Held {
        let key = (month, channel.to_string());
        if self.rejected.contains(&key) {
            return Held::Missing;
        }
        if let Some(amount) = self.netted.get(&key) {
            return Held::Known(*amount);
        }
        let Some((first, last)) = self.spans.get(channel) else { return Held::Nothing };
        if self.file_months.first().is_none_or(|begin| month < *begin) {
            return Held::Before;
        }
        if month < *first {
            return Held::Nothing;
        }
        let is_late = month == last.plus(1) && self.goes_on(channel, month);
        let is_gap = month <= *last || !self.file_months.contains(&month) || is_late;
        if is_gap { Held::Missing } else { Held::Nothing }
    }

    /// Whether people still came from a channel in a month: at least half as many as in the month before. Where its row is
    /// the only one that is absent, the bill is late rather than the channel stopped.
    fn goes_on(&self, channel: &str, month: Month) -> bool {
        let leads = |month: Month| self.leads.get(&(month, channel.to_string())).copied().unwrap_or(0);
        let before = leads(month.plus(-1));
        before > 0 && 2 * leads(month) >= before
    }

    /// What the MQLs of a month are charged with: the channel's spend, moved by its lag.
    pub fn held(&self, channel: &str, month: Month) -> Held {
        let lag = self.lag_of(channel) as i32;
        if lag == 0 {
            return self.own(channel, month);
        }
        let (first, last) = (month.first_day().plus(-lag), month.last_day().plus(-lag));
        let (mut sum, mut known) = (0, false);
        for source in (first.month().0..=last.month().0).map(Month) {
            match self.own(channel, source) {
                Held::Known(amount) => {
                    let begin = source.first_day();
                    let due = |until: i32| share_of_days(amount, until - begin.0, source.days());
                    sum += due(last.0.min(source.last_day().0) + 1) - due(first.0.max(begin.0));
                    known = true;
                }
                Held::Missing | Held::Before => return Held::Missing,
                Held::Nothing => {}
            }
        }
        if known { Held::Known(sum) } else { Held::Nothing }
    }

    /// Whether the MQLs of a channel in a month count in a cost: blended (`scope` = `None`) or of a channel.
    pub fn counts(&self, month: Month, channel: &str, scope: Option<&str>) -> bool {
        match scope {
            Some(scope) => scope == channel && matches!(self.held(channel, month), Held::Known(_)),
            None => {
                self.held(channel, month) != Held::Missing
                    && self.channels.iter().any(|name| matches!(self.held(name, month), Held::Known(_)))
            }
        }
    }

    /// Spend of some months, blended (`channel` = `None`) or of a channel, and the MQLs that go with it. Blended cost
    /// counts the MQLs of every channel, those without spend included.
    pub fn cost(&self, from: Month, to: Month, channel: Option<&str>, mqls: MqlsOf) -> CostPer {
        self.cost_later(0, from, to, channel, mqls)
    }

    /// The same with all spend counted some whole months later.
    pub fn cost_later(&self, months: i32, from: Month, to: Month, channel: Option<&str>, mqls: MqlsOf) -> CostPer {
        if channel.is_some_and(|channel| !self.is_attributable(channel)) {
            return CostPer { spend: None, mqls: 0 };
        }
        self.charged(months, from, to, channel, mqls)
    }

    /// The same also for a channel whose spend belongs to nobody, where it is a part of the whole.
    pub fn charged(&self, months: i32, from: Month, to: Month, channel: Option<&str>, mqls: MqlsOf) -> CostPer {
        let mut cost = CostPer { spend: None, mqls: 0 };
        if !self.known || channel.is_some_and(|channel| !self.channels.contains(channel)) {
            return cost;
        }
        let names: Vec<&String> = match channel {
            Some(channel) => self.channels.get(channel).into_iter().collect(),
            None => self.channels.iter().collect(),
        };
        let mut spend = 0;
        for month in (from.0..=to.0).map(Month) {
            let (mut known, mut left_out) = (false, 0);
            for name in &names {
                match self.held(name, month.plus(-months)) {
                    Held::Known(amount) => {
                        spend += i128::from(amount);
                        known = true;
                    }
                    Held::Missing => left_out += mqls(month, Some(name)),
                    Held::Nothing | Held::Before => {}
                }
            }
            if known {
                cost.spend = Some(units(spend));
                cost.mqls += mqls(month, channel).saturating_sub(left_out);
            }
        }
        cost
    }

    /// The same spend with the missing months of the report filled: `amount` says with how much, in 1/10 000.
    pub fn filled(&self, amount: impl Fn(&str) -> i64) -> Spending {
        let mut filled = self.clone();
        for (month, channel) in &self.missing {
            let key = (*month, channel.clone());
            filled.rejected.remove(&key);
            // Of a month with a rejected row, what could be read is known.
            let least = filled.netted.get(&key).copied().unwrap_or(0);
            filled.netted.insert(key, amount(channel).max(least));
        }
        filled
    }

    /// What a channel spends in nine of ten months: the ⌈0.9 n⌉-th of its n known months from below, in 1/10 000.
    pub fn p90_of_months(&self, channel: &str) -> Option<i64> {
        let is_own = |key: &(Month, String)| key.1 == channel && !self.rejected.contains(key);
        let mut amounts: Vec<i64> =
            self.netted.iter().filter(|(key, _)| is_own(key)).map(|(_, amount)| (*amount).max(0)).collect();
        amounts.sort_unstable();
        let rank = (9 * amounts.len()).div_ceil(10);
        amounts.get(rank.checked_sub(1)?).copied()
    }
}

/// Whether a channel's name says that it is not known.
pub fn is_nameless(channel: &str) -> bool {
    NAMELESS.contains(&channel.trim().to_lowercase().as_str())
}

/// Amounts by month and channel.
type Amounts = BTreeMap<(Month, String), i64>;

/// Spreads the amounts of a channel's quarter over the days of its months where a correction leaves one of them with
/// nothing or less; which quarters these are. Months after `to` are left alone.
fn net(booked: &Amounts, corrected: &BTreeSet<(Month, String)>, to: Month) -> (Amounts, BTreeSet<(Month, String)>) {
    let quarter = |month: Month| Month(month.0 - month.0.rem_euclid(3));
    let is_eaten = |key: &&(Month, String)| key.0 <= to && booked.get(*key).is_some_and(|amount| *amount <= 0);
    let quarters: BTreeSet<(Month, String)> =
        corrected.iter().filter(is_eaten).map(|(month, channel)| (quarter(*month), channel.clone())).collect();
    let mut netted = booked.clone();
    for (first, channel) in &quarters {
        let keys: Vec<(Month, String)> = (0..3)
            .map(|i| (first.plus(i), channel.clone()))
            .filter(|key| key.0 <= to && booked.contains_key(key))
            .collect();
        let total =
            keys.iter().filter_map(|key| booked.get(key)).fold(0_i64, |sum, amount| sum.saturating_add(*amount));
        let days: i32 = keys.iter().map(|(month, _)| month.days()).sum();
        let mut done = 0;
        for key in keys {
            let until = done + key.0.days();
            netted.insert(key, share_of_days(total, until, days) - share_of_days(total, done, days));
            done = until;
        }
    }
    (netted, quarters)
}

/// What is due of an amount after some of its days. Differences of these add up to the amount.
fn share_of_days(amount: i64, days: i32, of: i32) -> i64 {
    (i128::from(amount) * i128::from(days) / i128::from(of.max(1))) as i64
}

/// Units of the currency.
fn units(amount: i128) -> f64 {
    Money(i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })).units()
}

impl CostPer {
    /// The spend, where there is any to divide.
    fn positive(&self) -> Option<f64> {
        self.spend.filter(|spend| *spend > 0.0)
    }

    /// Spend ÷ MQLs.
    pub fn per_mql(&self) -> Option<f64> {
        self.positive().filter(|_| self.mqls > 0).map(|spend| spend / self.mqls as f64)
    }

    /// Cost per MQL, with the interval of a count whose months vary φ times as much as chance. φ is known from few months,
    /// so that it is widened by (t ÷ z)².
    pub fn per_count(&self, spread: Overdispersion, level: f64) -> Estimate {
        let Some(spend) = self.positive() else { return Estimate::NONE };
        let widened = (spread.quantile(level) / Overdispersion::NONE.quantile(level)).powi(2);
        let interval = counts::poisson_interval(self.mqls as f64, spread.phi * widened, level);
        let (low, high) = counts::ratio_interval(spend, interval.low, interval.high);
        Estimate { value: self.per_mql(), low: Some(low), high }
    }

    /// Cost per conversion: spend ÷ (MQLs × maturity-adjusted rate), with Clopper–Pearson's limits of the rate at its
    /// effective counts: so few conversions lie behind many a cost that no other limits hold.
    pub fn per_rate(&self, rate: &Rate) -> Estimate {
        let n = self.mqls as f64;
        let (Some(spend), Some(share), Some(worth)) = (self.positive(), rate.estimate, rate.n_effective) else {
            return Estimate::NONE;
        };
        let Some(limits) = proportion::clopper_pearson(share.min(1.0) * worth, worth, rate.level) else {
            return Estimate::NONE;
        };
        if self.mqls == 0 {
            return Estimate::NONE;
        }
        let (low, high) = counts::ratio_interval(spend, n * limits.low, n * limits.high);
        Estimate { value: (share > 0.0).then(|| spend / (n * share)), low: Some(low), high }
    }

    /// Cost per conversion so far: spend ÷ (MQLs × share that has converted by now), too high while more are to come.
    pub fn per_rate_so_far(&self, rate: &Rate) -> Option<f64> {
        let share = rate.converted_estimated as f64 / rate.n_estimated as f64;
        let spend = self.positive().filter(|_| self.mqls > 0 && share > 0.0)?;
        Some(spend / (self.mqls as f64 * share))
    }
}
