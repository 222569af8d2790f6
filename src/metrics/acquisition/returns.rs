//! What has the money brought back so far?
//!
//! Revenue of the won new-business deals of the period's MQLs ÷ the spend on these MQLs. Deals are few and their amounts
//! heavy-tailed, so amounts above the 99th percentile of the period's deals count as that percentile, and the interval is
//! the gamma interval of a sum over a random number of deals ([`crate::stats::revenue_sum`]). It is a number *so far*:
//! beside it stands the share of the wins that have normally come by now.

use super::MqlsOf;
use super::spending::Spending;
use crate::config::plan::InferSkipped;
use crate::facts::{Event, Facts, Transition};
use crate::metrics::funnel::Cohorts;
use crate::metrics::{Estimate, Known};
use crate::stats::revenue_sum::{self, Cell};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;

/// Wins from which on a return is more than "at most".
pub const FEW_WINS: u64 = 5;
/// Share of wins without an amount above which revenue is not known.
const MOST_WITHOUT_AMOUNT: f64 = 0.2;
/// Share of the wins that must normally have come before the rest is extrapolated.
const LEAST_ARRIVED: f64 = 0.3;

/// Revenue so far of the MQLs of some months, and what was spent on them.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Return {
    /// The channel; absent for all channels together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// First month of the MQLs: the report's first, or the first in which wins were recorded.
    pub from: Month,
    /// Last month of the MQLs.
    pub to: Month,
    /// Won new-business deals of these MQLs by the last visible day, and customers without a deal.
    pub wins: u64,
    /// Of these, without an amount or with 0: they bring no revenue here.
    pub wins_without_amount: u64,
    /// Amounts of these deals as booked; `null` = too many are not known.
    pub revenue: Option<f64>,
    /// A deal counts for at most so much: the 99th percentile of the period's deals.
    pub counted_up_to: Option<f64>,
    /// Deals larger than that.
    pub deals_cut: u64,
    /// Revenue with the largest deals cut.
    pub revenue_counted: Option<f64>,
    /// Spend on these MQLs; `null` = unknown.
    pub spend: Option<f64>,
    /// Revenue counted ÷ spend, so far.
    pub per_spend: Estimate,
    /// Share of the wins within the window that such MQLs have normally had by now; `null` = not known.
    pub arrived: Option<f64>,
    /// Revenue ÷ spend if the rest of the wins arrives as usual: `per_spend` ÷ `arrived`. No promise.
    pub per_spend_if_the_rest_arrives: Estimate,
    /// Why there is no return, if there is none.
    pub unavailable: Option<String>,
}

/// A cell of the facts that counts, with what is needed to judge it.
struct Won<'a> {
    month: Month,
    channel: &'a str,
    cell: Cell,
    has_amount: HasAmount,
    revenue: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HasAmount {
    Yes,
    No,
}

/// The return of all channels together, then of each channel with spend that can be divided.
pub fn returns(
    facts: &Facts,
    cohorts: &Cohorts,
    spending: &Spending,
    known: &Known,
    inferred: InferSkipped,
    mqls: MqlsOf,
) -> Vec<Return> {
    let is_truncated = |month: &Month| cohorts.is_truncated(Transition::MqlToCustomer, *month);
    let from = (cohorts.from.0..=cohorts.to.0).map(Month).find(|month| !is_truncated(month)).unwrap_or(cohorts.to);
    let counted = |event: Event| event == Event::Mql || event == Event::InferredMql && inferred == InferSkipped::Yes;
    let won: Vec<Won> = facts
        .revenue
        .iter()
        .filter(|row| counted(row.event) && (from..=cohorts.to).contains(&row.month))
        .map(|row| {
            let revenue = row.amount.units();
            let has_amount = if revenue > 0.0 { HasAmount::Yes } else { HasAmount::No };
            let cell = Cell { n: row.n, weight: revenue / row.n.max(1) as f64 };
            Won { month: row.month, channel: &row.channel, cell, has_amount, revenue }
        })
        .collect();
    // One cap for all channels, from the deals of the period.
    let amounts: Vec<Cell> = won.iter().filter(|won| won.has_amount == HasAmount::Yes).map(|won| won.cell).collect();
    let cap = revenue_sum::p99(&amounts);
    let unknown = known.spend.why().or(known.customers.why());
    let names = spending.channels().filter(|name| spending.is_attributable(name)).map(Some);
    let part = |channel: Option<String>| {
        let scope = channel.as_deref();
        let won = won.iter().filter(|won| spending.counts(won.month, won.channel, scope)).collect();
        let spend = spending.cost(from, cohorts.to, scope, mqls).spend;
        let rate = cohorts.rate(Transition::MqlToCustomer, from, cohorts.to, scope);
        Part { won, months: (from, cohorts.to), spend, arrived: rate.maturity, level: rate.level, channel }
    };
    std::iter::once(None).chain(names).map(|channel| part(channel).returned(cap, unknown)).collect()
}

/// The wins and the spend of all channels together, or of one.
struct Part<'a> {
    channel: Option<String>,
    months: (Month, Month),
    won: Vec<&'a Won<'a>>,
    spend: Option<f64>,
    arrived: Option<f64>,
    level: f64,
}

impl Part<'_> {
    fn returned(self, cap: Option<f64>, unknown: Option<&str>) -> Return {
        let wins: u64 = self.won.iter().map(|won| won.cell.n).sum();
        let paid = || self.won.iter().filter(|won| won.has_amount == HasAmount::Yes);
        let without = wins - paid().map(|won| won.cell.n).sum::<u64>();
        let unavailable = unknown.map(str::to_string).or_else(|| match self.spend {
            None => Some("the spend on these MQLs is not known".to_string()),
            Some(spend) if spend <= 0.0 => Some("nothing was spent on these MQLs, corrections netted".to_string()),
            _ if wins == 0 => Some("none of these MQLs has been won so far".to_string()),
            _ if without as f64 > MOST_WITHOUT_AMOUNT * wins as f64 => {
                Some(format!("{without} of {wins} wins have no amount"))
            }
            _ => None,
        });
        let nothing = Return {
            channel: self.channel.clone(),
            from: self.months.0,
            to: self.months.1,
            wins,
            wins_without_amount: without,
            revenue: None,
            counted_up_to: None,
            deals_cut: 0,
            revenue_counted: None,
            spend: self.spend,
            per_spend: Estimate::NONE,
            arrived: self.arrived,
            per_spend_if_the_rest_arrives: Estimate::NONE,
            unavailable,
        };
        let (None, Some(spend), Some(cap)) = (&nothing.unavailable, self.spend, cap) else { return nothing };
        let cells: Vec<Cell> = paid().map(|won| won.cell).collect();
        let counted = revenue_sum::winsorised(&cells, cap);
        let sum = revenue_sum::total(&counted);
        let limits = revenue_sum::gamma_interval(&counted, self.level);
        let divided = |share: f64| Estimate {
            value: Some(sum / spend / share),
            low: limits.map(|limits| limits.low / spend / share),
            high: limits.map(|limits| limits.high / spend / share),
        };
        let rest = self.arrived.filter(|arrived| (LEAST_ARRIVED..1.0).contains(arrived));
        Return {
            revenue: Some(paid().map(|won| won.revenue).sum()),
            counted_up_to: Some(cap),
            deals_cut: cells.iter().filter(|cell| cell.weight > cap).map(|cell| cell.n).sum(),
            revenue_counted: Some(sum),
            per_spend: divided(1.0),
            per_spend_if_the_rest_arrives: rest.map_or(Estimate::NONE, divided),
            ..nothing
        }
    }
}
