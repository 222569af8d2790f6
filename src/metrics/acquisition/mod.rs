//! What does an MQL, an SQL, a customer cost, how far can that be relied on, and what has the money brought back?
//!
//! Spend is known, the count is what chance moves: cost per X = spend ÷ (upper, lower) limit of X. What weakens a cost
//! stands beside it: spend that is missing, that belongs to nobody, that may belong to other months, or that has just
//! changed so much that its MQLs are still to come.

pub mod returns;
pub mod spending;

use super::funnel::Cohorts;
use super::{Estimate, Known, Totals};
use crate::config::plan::InferSkipped;
use crate::facts::Facts;
use crate::vocabulary::{Money, Month};
use returns::Return;
use schemars::JsonSchema;
use serde::Serialize;
pub use spending::{CostPer, Held, Spending};
use spending::{MqlsOf, is_nameless};
use std::collections::BTreeMap;

/// Days after which a lag reaches another month.
const DAYS_OF_A_MONTH: u32 = 30;
/// Change of spend from which on its MQLs may not have come yet.
const LARGE_CHANGE: f64 = 0.3;
/// Share of all spend that a channel's change must move to be told.
const MATERIAL: f64 = 0.1;
/// Months that recent spend is compared with, and months whose range it must leave.
const BEFORE_MONTHS: i32 = 3;
const RANGE_MONTHS: i32 = 6;

/// What stands beside the costs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Costs {
    /// Days between the spend of a channel and its MQLs, where the project sets them (`[spend.lag_days]`).
    pub lag_days: BTreeMap<String, u32>,
    /// Why there is no cost by channel, if there is none.
    pub channels_unavailable: Option<String>,
    /// Spend and MQLs that find no counterpart.
    pub unattributed: Unattributed,
    /// Share of the MQLs that came from channels whose spend is known; `null` of nothing.
    pub mqls_with_spend_share: Option<f64>,
    /// What missing spend may be; `null` = none is missing.
    pub missing_spend: Option<MissingSpend>,
    /// Quarters of a channel in which a correction left a month with nothing or less: their spend is spread evenly.
    pub netted_quarters: Vec<NettedQuarter>,
    /// Channels whose spend over all report months is below 0 after corrections: they have no cost.
    pub negative_channels: Vec<String>,
    /// Cost per MQL with all spend counted one month later: blended first, then by channel.
    pub a_month_later: Vec<Later>,
    /// Spend that has just changed by more than 30 %, out of its usual range: blended first, then by channel.
    pub recent_changes: Vec<SpendChange>,
    /// The channel whose cost per SQL lies, with its whole interval, above that of every other channel; `null` = none does.
    pub dearest: Option<String>,
    /// Channels whose cost per SQL lies, with its whole interval, above the blended one's.
    pub dearer_than_blended: Vec<String>,
    /// Revenue so far ÷ spend: all channels together first, then by channel.
    pub returns: Vec<Return>,
    /// What an SQL has brought in revenue, by the deals; `null` = too few of them, or rates are not known.
    pub revenue_per_sql: Option<RevenuePerSql>,
}

/// Revenue for an SQL: what a won deal is worth on average × the SQLs that become customers. It is revenue, of which only the
/// margin is gain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RevenuePerSql {
    /// Won deals with an amount.
    pub deals: u64,
    /// Their average amount, the largest ones cut.
    pub per_deal: f64,
    /// SQL→customer, as estimated.
    pub sql_to_customer: f64,
    /// The product.
    pub per_sql: f64,
}

impl RevenuePerSql {
    fn of(overall: &Totals, all: &Return) -> Option<RevenuePerSql> {
        let deals = all.wins.checked_sub(all.wins_without_amount).filter(|deals| *deals >= returns::FEW_WINS)?;
        let (per_deal, sql_to_customer) = (all.revenue_counted? / deals as f64, overall.sql_to_customer.estimate?);
        Some(RevenuePerSql { deals, per_deal, sql_to_customer, per_sql: per_deal * sql_to_customer })
    }
}

/// Spend without MQLs and MQLs without spend.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Unattributed {
    /// Channels with spend that no lead has, or whose name says that the channel is not known.
    pub spend: Vec<UnattributedSpend>,
    /// Their spend in the report months.
    pub spend_total: f64,
    /// Channels with MQLs and without spend.
    pub mqls: Vec<UnattributedMqls>,
    /// Their MQLs in the report months.
    pub mqls_total: u64,
}

/// Spend of a channel that no lead has.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UnattributedSpend {
    /// The channel.
    pub channel: String,
    /// Its spend in the report months.
    pub spend: f64,
}

/// MQLs of a channel without spend.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UnattributedMqls {
    /// The channel.
    pub channel: String,
    /// Its MQLs in the report months.
    pub mqls: u64,
}

/// What missing spend may be, and what the blended cost would be then.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MissingSpend {
    /// The channel-months without spend.
    pub months: Vec<MissingMonth>,
    /// MQLs that are left out of the blended cost for it.
    pub mqls_left_out: u64,
    /// Spend of all report months if the missing ones cost nothing.
    pub spend_low: f64,
    /// Spend if each missing month cost what its channel spends in nine of ten months; `null` = a channel has no other.
    pub spend_high: Option<f64>,
    /// Blended cost of all MQLs with the one and with the other.
    pub cost_per_mql: Estimate,
}

/// A month of a channel without spend.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MissingMonth {
    /// The month.
    pub month: Month,
    /// The channel.
    pub channel: String,
    /// What the channel spends in nine of ten months; `null` = it has no other month.
    pub most: Option<f64>,
}

/// A quarter whose corrections were netted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NettedQuarter {
    /// The channel.
    pub channel: String,
    /// First month of the calendar quarter.
    pub from: Month,
}

/// A cost per MQL and what it would be if MQLs came a month after the money.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Later {
    /// The channel; absent = blended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// As it is shown.
    pub cost_per_mql: f64,
    /// With all spend counted one month later.
    pub a_month_later: f64,
    /// The second ÷ the first − 1.
    pub change: f64,
}

/// Spend that has just changed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpendChange {
    /// The channel; absent = all channels together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// First of the recent months: as many as the channel's lag reaches over, at least the last one.
    pub from: Month,
    /// The last month.
    pub to: Month,
    /// Spend a month in these.
    pub latest: f64,
    /// Spend a month in the three months before.
    pub before: f64,
    /// The first ÷ the second − 1.
    pub change: f64,
}

/// What all parts are computed from.
pub struct Basis<'a> {
    /// The counts.
    pub facts: &'a Facts,
    /// The cohorts of the report months.
    pub cohorts: &'a Cohorts<'a>,
    /// The spend.
    pub spending: &'a Spending,
    /// What can be known.
    pub known: &'a Known,
    /// Whether MQLs that skipped the stage count.
    pub inferred: InferSkipped,
    /// The lags of the project.
    pub lag_days: &'a BTreeMap<String, u32>,
    /// MQLs of a month.
    pub mqls: MqlsOf<'a>,
}

impl Basis<'_> {
    /// Everything that stands beside the costs of `overall` and `channels`.
    pub fn costs(&self, overall: &Totals, channels: &[Totals]) -> Costs {
        let unattributed = self.unattributed(channels);
        let netted = self.spending.netted_quarters().iter().filter(|(first, _)| {
            // Quarters that reach into the report months.
            *first <= overall.to && first.plus(2) >= overall.from
        });
        let name = |row: &Totals| row.channel.clone().unwrap_or_default();
        let is_negative = |row: &&Totals| row.spend.is_some_and(|spend| spend < 0.0);
        let is_paid = |row: &&Totals| row.cost_spend.is_some_and(|spend| spend > 0.0);
        let paid_for: u64 = channels.iter().filter(is_paid).map(|row| row.mqls).sum();
        let returns = returns::returns(self.facts, self.cohorts, self.spending, self.known, self.inferred, self.mqls);
        let of_all = returns.iter().find(|found| found.channel.is_none());
        Costs {
            revenue_per_sql: of_all.and_then(|all| RevenuePerSql::of(overall, all)),
            mqls_with_spend_share: (overall.mqls > 0).then(|| paid_for as f64 / overall.mqls as f64),
            lag_days: self.lag_days.clone(),
            channels_unavailable: self.channels_unavailable(&unattributed),
            missing_spend: self.missing_spend(overall),
            netted_quarters: netted
                .map(|(first, channel)| NettedQuarter { channel: channel.clone(), from: *first })
                .collect(),
            negative_channels: channels.iter().filter(is_negative).map(name).collect(),
            a_month_later: self.a_month_later(overall, channels),
            recent_changes: self.recent_changes(overall.to),
            dearest: dearest(channels).map(name),
            dearer_than_blended: dearer(overall, channels).map(name).collect(),
            returns,
            unattributed,
        }
    }

    fn unattributed(&self, channels: &[Totals]) -> Unattributed {
        let mut found = Unattributed::default();
        if self.known.spend.why().is_some() {
            return found;
        }
        for row in channels {
            let channel = row.channel.clone().unwrap_or_default();
            let spend = row.spend.unwrap_or(0.0);
            let is_attributable = self.spending.is_attributable(&channel);
            if spend != 0.0 && !is_attributable {
                found.spend_total += spend;
                found.spend.push(UnattributedSpend { channel: channel.clone(), spend });
            }
            if row.mqls > 0 && (spend == 0.0 && row.cost_spend.unwrap_or(0.0) == 0.0 || !is_attributable) {
                found.mqls_total += row.mqls;
                found.mqls.push(UnattributedMqls { channel, mqls: row.mqls });
            }
        }
        found
    }

    /// A reason where spend is known and none of it belongs to a channel of the leads.
    fn channels_unavailable(&self, unattributed: &Unattributed) -> Option<String> {
        let mut names = self.spending.channels();
        if self.known.spend.why().is_some() || names.any(|name| self.spending.is_attributable(&name)) {
            return None;
        }
        let has_name = |row: &&UnattributedSpend| !is_nameless(&row.channel);
        let named: Vec<&str> =
            unattributed.spend.iter().filter(has_name).map(|row| row.channel.as_str()).take(3).collect();
        Some(match named.as_slice() {
            [] => "the spend names no channel".to_string(),
            [one] => format!("all spend is given as \"{one}\", and no lead has this channel"),
            several => format!("no lead has any of the channels of the spend ({})", several.join(", ")),
        })
    }

    fn missing_spend(&self, overall: &Totals) -> Option<MissingSpend> {
        let missing = self.spending.missing();
        if missing.is_empty() {
            return None;
        }
        let units = |amount: i64| Money(amount).units();
        let months: Vec<MissingMonth> = missing
            .iter()
            .map(|(month, channel)| MissingMonth {
                month: *month,
                channel: channel.clone(),
                most: self.spending.p90_of_months(channel).map(units),
            })
            .collect();
        let cost = |spending: Spending| spending.cost(overall.from, overall.to, None, self.mqls);
        let least = cost(self.spending.filled(|_| 0));
        let most = cost(self.spending.filled(|channel| self.spending.p90_of_months(channel).unwrap_or(0)));
        let is_bounded = months.iter().all(|row| row.most.is_some());
        Some(MissingSpend {
            mqls_left_out: least.mqls.saturating_sub(overall.cost_mqls),
            spend_low: least.spend.unwrap_or(0.0),
            spend_high: most.spend.filter(|_| is_bounded),
            cost_per_mql: Estimate { value: None, low: least.per_mql(), high: most.per_mql().filter(|_| is_bounded) },
            months,
        })
    }

    fn a_month_later(&self, overall: &Totals, channels: &[Totals]) -> Vec<Later> {
        let rows = std::iter::once(overall).chain(channels);
        rows.filter_map(|row| {
            let now = row.cost_per_mql.value?;
            let channel = row.channel.as_deref();
            let later = self.spending.cost_later(1, overall.from, overall.to, channel, self.mqls).per_mql()?;
            let channel = row.channel.clone();
            Some(Later { channel, cost_per_mql: now, a_month_later: later, change: later / now - 1.0 })
        })
        .collect()
    }

    /// Spend of the last months against the three before, where it changed by more than 30 % and left the range of the
    /// six months before. Of channels only those with a lag of their own, or whose change moves all spend by a tenth.
    fn recent_changes(&self, last: Month) -> Vec<SpendChange> {
        if self.known.spend.why().is_some() {
            return Vec::new();
        }
        let names: Vec<String> = self.spending.channels().collect();
        let own = |name: &str, month: Month| match self.spending.own(name, month) {
            Held::Known(amount) => Some(amount as f64),
            Held::Nothing => Some(0.0),
            Held::Missing | Held::Before => None,
        };
        let all = |month: Month| names.iter().map(|name| own(name, month)).sum::<Option<f64>>();
        let blended_before = mean(last, BEFORE_MONTHS, &all);
        let mut changes: Vec<SpendChange> = change(None, 1, last, &all).into_iter().collect();
        for name in &names {
            let lag = self.spending.lag_of(name);
            let months = lag.div_ceil(DAYS_OF_A_MONTH).clamp(1, 12) as i32;
            let Some(found) = change(Some(name), months, last, &|month| own(name, month)) else { continue };
            let moved = (found.latest - found.before).abs();
            let is_material = blended_before.is_some_and(|all| moved >= MATERIAL * Money(all as i64).units());
            if lag > 0 || is_material {
                changes.push(found);
            }
        }
        changes
    }
}

/// Mean of the known months among the `n` before `month`; `None` unless two or more are known.
fn mean(month: Month, n: i32, of: &dyn Fn(Month) -> Option<f64>) -> Option<f64> {
    let known: Vec<f64> = (1..=n).filter_map(|i| of(month.plus(-i))).collect();
    (known.len() >= 2).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

fn change(channel: Option<&str>, months: i32, last: Month, of: &dyn Fn(Month) -> Option<f64>) -> Option<SpendChange> {
    let first = last.plus(1 - months);
    let recent: Vec<f64> = (0..months).map(|i| of(last.plus(-i))).collect::<Option<_>>()?;
    let latest = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
    let before = mean(first, BEFORE_MONTHS, of).filter(|before| *before > 0.0)?;
    let usual: Vec<f64> = (1..=RANGE_MONTHS).filter_map(|i| of(first.plus(-i))).collect();
    let (least, most) = usual.iter().fold((f64::MAX, f64::MIN), |(least, most), x| (least.min(*x), most.max(*x)));
    let change = latest / before - 1.0;
    let is_new =
        change.abs() > LARGE_CHANGE && usual.len() >= BEFORE_MONTHS as usize && (latest < least || latest > most);
    is_new.then(|| SpendChange {
        channel: channel.map(str::to_string),
        from: first,
        to: last,
        latest: latest / 10_000.0,
        before: before / 10_000.0,
        change,
    })
}

/// The channel whose interval lies wholly above that of each other one, of at least two with an interval.
fn dearest(channels: &[Totals]) -> Option<&Totals> {
    let priced: Vec<&Totals> = channels.iter().filter(|row| row.cost_per_sql.low.is_some()).collect();
    priced.iter().copied().filter(|_| priced.len() >= 2).find(|row| {
        let low = row.cost_per_sql.low;
        let others = priced.iter().filter(|other| other.channel != row.channel);
        others.clone().all(|other| other.cost_per_sql.high.is_some_and(|high| low.is_some_and(|low| low > high)))
    })
}

/// The channels whose interval lies wholly above the blended one's.
fn dearer<'a>(overall: &'a Totals, channels: &'a [Totals]) -> impl Iterator<Item = &'a Totals> {
    channels.iter().filter(|row| match (row.cost_per_sql.low, overall.cost_per_sql.high) {
        (Some(low), Some(limit)) => low > limit,
        _ => false,
    })
}
