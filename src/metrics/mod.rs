//! From counts to the five measures: volume, rates, time to conversion and cost, by month, by channel and overall.
//!
//! No number without its basis: every estimate carries an interval and what it rests on; what cannot be known is
//! `None`, with a status that says why.

pub mod acquisition;
pub mod ageing;
pub mod benchmark;
pub mod change;
pub mod channels;
pub mod definitions;
pub mod forecast;
pub mod funnel;
pub mod maturity_alarm;
pub mod news;
pub mod response;
pub mod review;
pub mod velocity;
pub mod windows;
pub mod worth;

use crate::config::plan::{InferSkipped, Plan};
use crate::facts::{Event, Facts, Transition};
use crate::stats::overdispersion::Overdispersion;
use crate::vocabulary::{Day, Month};
use acquisition::{Basis, CostPer, Costs, Held, Spending};
use ageing::Ageing;
use benchmark::{Benchmark, Circumstances};
use change::{Comparison, CostSides};
use channels::ChannelStanding;
use forecast::Forecast;
use funnel::{Cohorts, Rate};
use maturity_alarm::LagAlarm;
use news::{ControlChart, RateNews, VolumeNews, YearAgo};
use response::Handoff;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use velocity::TimeTo;
use windows::Windows;

/// Weeks from whose counts one learns how much counts swing.
const WEEKS_OF_SWING: i32 = 52;
/// Pairs of neighbouring weeks without which that is noise.
const LEAST_WEEKS: usize = 12;

/// A value with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The value; `null` = it does not exist.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit; `null` with a `low` = there is none ("at least").
    pub high: Option<f64>,
}

impl Estimate {
    /// What does not exist.
    pub const NONE: Estimate = Estimate { value: None, low: None, high: None };

    /// The same in a larger unit, for example twelve months of what is known of one.
    pub fn times(&self, factor: f64) -> Estimate {
        let times = |value: Option<f64>| value.map(|value| factor * value);
        Estimate { value: times(self.value), low: times(self.low), high: times(self.high) }
    }
}

/// A month of the trend.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MonthRow {
    /// The month.
    pub month: Month,
    /// Leads created.
    pub leads: u64,
    /// First MQLs, inferred ones included where the plan counts them.
    pub mqls: u64,
    /// Of which inferred from a later stage.
    pub inferred_mqls: u64,
    /// MQLs again, after a recycling, a disqualification or 90 days.
    pub re_mqls: u64,
    /// First SQLs in this month, whenever their MQL was: a reconciliation line, not a rate; `null` = not recorded.
    pub sqls_same_period: Option<u64>,
    /// First customers in this month, whenever their MQL was; `null` = not recorded.
    pub customers_same_period: Option<u64>,
    /// MQL→SQL of this month's MQLs.
    pub mql_to_sql: Rate,
    /// SQL→customer of this month's SQLs.
    pub sql_to_customer: Rate,
    /// MQL→customer of this month's MQLs.
    pub mql_to_customer: Rate,
    /// MQL→customer ever so far: grows as time passes, not comparable between months.
    pub mql_to_customer_so_far: Rate,
    /// Whether this month began before outcomes were recorded, for MQL→SQL or MQL→customer.
    pub left_truncated: bool,
    /// Marketing spend as booked; `null` = unknown.
    pub spend: Option<f64>,
    /// Spend that the costs divide: corrections netted within their quarters, moved by the channels' lags.
    pub cost_spend: Option<f64>,
    /// MQLs that it is divided by: those of channels whose spend is known.
    pub cost_mqls: u64,
    /// Spend ÷ MQLs.
    pub cost_per_mql: Estimate,
    /// Spend that the costs divide, over this month and the two before it.
    pub cost_spend_3_months: Option<f64>,
    /// MQLs that it is divided by.
    pub cost_mqls_3_months: u64,
    /// The same over this month and the two before it, which spend booked ahead of its leads disturbs less.
    pub cost_per_mql_3_months: Estimate,
    /// Spend ÷ SQLs of this month's MQLs, corrected for those still to come.
    pub cost_per_sql: Estimate,
    /// Spend ÷ customers of this month's MQLs, corrected for those still to come.
    pub cost_per_customer: Estimate,
    /// Time to conversion of this month's starts, where all of them have had their window.
    pub time_to: TimesTo,
}

/// All report months together, or one channel of them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// The channel; absent in `overall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
    /// Leads created.
    pub leads: u64,
    /// First MQLs.
    pub mqls: u64,
    /// Of which inferred from a later stage.
    pub inferred_mqls: u64,
    /// MQLs again.
    pub re_mqls: u64,
    /// First customers in these months, whenever their MQL was; `null` = not recorded.
    pub customers_same_period: Option<u64>,
    /// MQL→SQL.
    pub mql_to_sql: Rate,
    /// MQL→SQL by account rather than by person: first MQL of an account, first SQL of anyone there on or after it. Only
    /// in `overall`, and only where the accounts of most MQLs are known and not each is one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mql_to_sql_accounts: Option<Rate>,
    /// How the channel stands against its range, the rest and the others; absent in `overall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<ChannelStanding>,
    /// SQL→customer.
    pub sql_to_customer: Rate,
    /// MQL→customer.
    pub mql_to_customer: Rate,
    /// MQL→customer ever so far.
    pub mql_to_customer_so_far: Rate,
    /// Marketing spend as booked; `null` = unknown, or no cost channel.
    pub spend: Option<f64>,
    /// Spend that the costs divide: corrections netted within their quarters, moved by the channels' lags; `null` also for
    /// channels that no lead has.
    pub cost_spend: Option<f64>,
    /// MQLs that the spend is divided by: those of months whose spend is known.
    pub cost_mqls: u64,
    /// Spend ÷ MQLs.
    pub cost_per_mql: Estimate,
    /// Spend ÷ SQLs, corrected for those still to come.
    pub cost_per_sql: Estimate,
    /// Spend ÷ SQLs so far: too high while SQLs are still to come.
    pub cost_per_sql_so_far: Option<f64>,
    /// Spend ÷ customers, corrected for those still to come.
    pub cost_per_customer: Estimate,
    /// Spend ÷ customers so far: too high while customers are still to come.
    pub cost_per_customer_so_far: Option<f64>,
    /// Time to conversion.
    pub time_to: TimesTo,
}

/// Time to conversion, by transition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TimesTo {
    /// From creation to the first MQL.
    pub lead_to_mql: TimeTo,
    /// From MQL to SQL.
    pub mql_to_sql: TimeTo,
    /// From SQL to customer.
    pub sql_to_customer: TimeTo,
    /// From MQL to customer.
    pub mql_to_customer: TimeTo,
}

/// What a table of the project allows to be known.
#[derive(Clone, Debug)]
pub struct Known {
    /// Whether any MQL stage was recorded.
    pub mqls: Availability,
    /// Whether any SQL stage was recorded.
    pub sqls: Availability,
    /// Whether wins could be recorded at all.
    pub customers: Availability,
    /// Whether there is any spend.
    pub spend: Availability,
}

/// Whether something can be computed, and if not why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Known,
    /// It cannot: the reason, in words.
    Unknown(String),
}

impl Availability {
    /// The reason why not.
    pub fn why(&self) -> Option<&str> {
        match self {
            Availability::Known => None,
            Availability::Unknown(why) => Some(why),
        }
    }
}

/// What has changed, and whether it is news.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Change {
    /// The report month's MQLs against what was to be expected; `null` = the months before are too few or too uneven.
    pub volume: Option<VolumeNews>,
    /// The same of every report month whose months before are enough, oldest first: what each was expected to bring
    /// before it began.
    pub volumes: Vec<VolumeNews>,
    /// The rate of the newest month that can be told against the month before it.
    pub month: Option<RateNews>,
    /// The same month a year ago; `null` = the data do not go back that far.
    pub year_ago: Option<YearAgo>,
    /// The control chart of the months' rates; `null` = too few months.
    pub control: Option<ControlChart>,
    /// MQL→SQL (MQL→customer where there are no SQLs) of the second half of the report months against the first.
    pub halves: Option<Comparison>,
    /// SQL→customer of the same halves.
    pub sql_to_customer: Option<Comparison>,
    /// Cost per MQL of the same halves; `null` = spend of some month is missing.
    pub cost_per_mql: Option<Comparison>,
}

/// The whole of the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The report month.
    pub month: Month,
    /// The last visible day.
    pub as_of: Day,
    /// The report months, oldest first.
    pub months: Vec<MonthRow>,
    /// All of them together.
    pub overall: Totals,
    /// By first-touch channel, most MQLs first.
    pub channels: Vec<Totals>,
    /// MQLs by month and channel, for the volume chart: channel → a value a month.
    pub mqls_by_channel: Vec<(String, Vec<u64>)>,
    /// The verdict on the benchmark.
    pub benchmark: Benchmark,
    /// What has changed, and whether it is news.
    pub change: Change,
    /// What sales did with the MQLs.
    pub handoff: Handoff,
    /// What can be known.
    pub known: Known,
    /// Overdispersion of the months' MQL→SQL.
    pub phi: crate::stats::overdispersion::Overdispersion,
    /// First day on which outcomes were recorded, if that is later than the first MQLs: by transition.
    pub coverage: BTreeMap<&'static str, Day>,
    /// How SQLs come in (customers where there are no SQLs).
    pub curve: Option<CurveSteps>,
    /// What has become of each cohort by each age; `None` where no outcomes are recorded.
    pub ageing: Option<Ageing>,
    /// Whether recent MQLs convert at another pace than those before.
    pub lag_alarm: LagAlarm,
    /// The share that converts ever, if the curve keeps its shape; `None` where the data do not support a forecast.
    pub forecast: Option<Forecast>,
    /// Rates within 30, 60, 90 days and the configured window, and how long that would have to be; of every known transition.
    pub windows: Vec<Windows>,
    /// What stands beside the costs.
    pub costs: Costs,
    /// Channel-months whose spend is missing.
    pub missing_spend: BTreeSet<(Month, String)>,
    /// Channel-months in which a channel was to have spend.
    pub expected_spend: u64,
}

/// How conversions come in, as steps.
#[derive(Clone, Debug)]
pub struct CurveSteps {
    /// Which transition.
    pub transition: Transition,
    /// (day, share of the window's conversions that has come by it).
    pub steps: Vec<(u32, f64)>,
    /// Horizon in days.
    pub window_days: u32,
    /// Conversions that it rests on.
    pub n: u64,
}

/// Computes every metric.
pub fn compute(
    facts: &Facts,
    plan: &Plan,
    as_of: Day,
    known: Known,
    rejected_spend: &BTreeSet<(Month, String)>,
) -> Metrics {
    // Months before the data begin are no months without MQLs; where not even one is complete, the first is shown as it is.
    let last = last_complete_month(as_of);
    let first = facts.volume.iter().map(|row| row.month).min().unwrap_or(last);
    let month = plan.month.unwrap_or(if last < first { first } else { last });
    let from = month.plus(1 - plan.report.months.max(1) as i32).max(first).min(month);
    let cohorts = Cohorts::new(&facts.transitions, plan, as_of, from, month, &known);
    let spending = Spending::new(facts, rejected_spend, &plan.spend.lag_days, (from, month), &known);
    let volume = Volume::new(facts, plan.funnel.infer_skipped);

    let months: Vec<Month> = (from.0..=month.0).map(Month).collect();
    let month_rows = months.iter().map(|m| month_row(*m, &volume, &cohorts, &spending, plan)).collect();
    let mut overall = totals(None, from, month, &volume, &cohorts, &spending, plan);
    overall.mql_to_sql_accounts = by_account(facts, plan, &cohorts, &overall);
    let mut names: Vec<String> = volume.channels(from, month);
    names.extend(spending.channels());
    names.sort();
    names.dedup();
    let mut channels: Vec<Totals> =
        names.iter().map(|name| totals(Some(name), from, month, &volume, &cohorts, &spending, plan)).collect();
    channels.sort_by(|a, b| b.mqls.cmp(&a.mqls).then_with(|| a.channel.cmp(&b.channel)));
    let compared_by = if known.sqls == Availability::Known { Transition::MqlToSql } else { Transition::MqlToCustomer };
    let shown: Vec<&str> = channels.iter().filter_map(|row| row.channel.as_deref()).collect();
    let standings = channels::standings(&cohorts, &shown, compared_by, plan);
    for (row, standing) in channels.iter_mut().zip(standings) {
        row.standing = Some(standing);
    }
    let mqls_by_channel = channels
        .iter()
        .filter_map(|row| row.channel.clone())
        .map(|name| {
            let values = months.iter().map(|m| volume.mqls(*m, *m, Some(&name))).collect();
            (name, values)
        })
        .collect();
    let basis = Basis {
        facts,
        cohorts: &cohorts,
        spending: &spending,
        known: &known,
        inferred: plan.funnel.infer_skipped,
        lag_days: &plan.spend.lag_days,
        mqls: &|m, channel| volume.mqls(m, m, channel),
    };
    let costs = basis.costs(&overall, &channels);
    let change = changes(&cohorts, &volume, &spending, &channels, (first, &known), plan);
    let reviews = review::reviews(&facts.transitions, &cohorts, plan, &known);
    let standing = review::standing(&reviews);
    let handoff = response::handoff(facts, &cohorts, plan);
    let circumstances =
        Circumstances { follow_up: handoff.follow_up(), halves: change.halves.as_ref(), reviews, standing };
    let mut benchmark = benchmark::judge(&cohorts, plan, &known, circumstances);
    benchmark.alternates = channels::alternates(&benchmark, &overall.mql_to_sql, plan);
    Metrics {
        costs,
        month,
        as_of,
        months: month_rows,
        overall,
        channels,
        mqls_by_channel,
        benchmark,
        change,
        handoff,
        phi: cohorts.phi(Transition::MqlToSql),
        coverage: cohorts.coverage(),
        curve: velocity::curve(&cohorts, &known),
        ageing: ageing::of(&cohorts, plan.verdict.level),
        lag_alarm: cohorts.lag_alarm().clone(),
        forecast: forecast::of(&cohorts, cohorts.goal(), plan.verdict.level),
        windows: [Transition::MqlToSql, Transition::SqlToCustomer, Transition::MqlToCustomer]
            .into_iter()
            .filter_map(|transition| windows::of(&cohorts, transition, plan))
            .collect(),
        missing_spend: spending.missing().clone(),
        expected_spend: spending.expected(),
        known,
    }
}

/// The last month whose last day can be seen.
pub fn last_complete_month(as_of: Day) -> Month {
    if as_of.plus(1).month() == as_of.month() { as_of.month().plus(-1) } else { as_of.month() }
}

/// MQL→SQL by account, where the accounts of more than half of the MQLs are known and some have more than one person.
fn by_account(facts: &Facts, plan: &Plan, people: &Cohorts, overall: &Totals) -> Option<Rate> {
    let mqls: u64 =
        facts.transitions.iter().filter(|row| row.transition == Transition::MqlToSql).map(|row| row.n).sum();
    if 2 * facts.mqls_with_account <= mqls {
        return None;
    }
    let (as_of, known) = (people.as_of, people.known);
    let cohorts =
        Cohorts::new(&facts.account_transitions, plan, as_of, overall.from, overall.to, known).at_the_pace_of(people);
    let rate = cohorts.rate(Transition::MqlToSql, overall.from, overall.to, None);
    (rate.n > 0 && rate.n != overall.mql_to_sql.n).then_some(rate)
}

/// What has changed in and over the report months; `first` is the first month of the data.
fn changes(
    cohorts: &Cohorts,
    volume: &Volume,
    spending: &Spending,
    channels: &[Totals],
    (first, known): (Month, &Known),
    plan: &Plan,
) -> Change {
    let level = plan.verdict.level;
    let goal = if known.sqls == Availability::Known { Transition::MqlToSql } else { Transition::MqlToCustomer };
    let mqls = |month: Month| volume.mqls(month, month, None);
    let is_whole = cohorts.to <= last_complete_month(cohorts.as_of) && known.mqls == Availability::Known;
    let whole = is_whole.then_some(());
    Change {
        volume: whole.and_then(|()| news::volume(cohorts, mqls, first, level)),
        volumes: whole.map_or_else(Vec::new, |()| news::volumes(cohorts, mqls, first, level)),
        month: news::month(cohorts, goal),
        year_ago: whole.and_then(|()| news::year_ago(cohorts, goal, mqls, first)),
        control: news::control(cohorts, goal),
        halves: change::compare_rates(cohorts, goal, level),
        sql_to_customer: change::compare_rates(cohorts, Transition::SqlToCustomer, level),
        cost_per_mql: cost_change(cohorts, volume, spending, channels, level),
    }
}

/// Cost per MQL of the second half of the report months against the first.
fn cost_change(
    cohorts: &Cohorts,
    volume: &Volume,
    spending: &Spending,
    channels: &[Totals],
    level: f64,
) -> Option<Comparison> {
    let months: Vec<Month> = (cohorts.from.0..=cohorts.to.0).map(Month).collect();
    let (first, second) = change::halves(&months)?;
    let mqls = |month: Month, channel: Option<&str>| volume.mqls(month, month, channel);
    let is_known = |month: &Month| spending.cost(*month, *month, None, &mqls).spend.is_some();
    if !first.iter().chain(&second).all(is_known) {
        return None;
    }
    let ends = |months: &[Month]| Some((*months.first()?, *months.last()?));
    let (before, after) = (ends(&first)?, ends(&second)?);
    let side = |(from, to): (Month, Month), channel: &str| {
        let all = volume.mqls(from, to, Some(channel));
        let months = || (from.0..=to.0).map(Month).map(|month| spending.held(channel, month));
        let is_unknown = |held: &Held| matches!(held, Held::Missing | Held::Before);
        if months().any(|held| is_unknown(&held)) && !months().any(|held| matches!(held, Held::Known(_))) {
            return None;
        }
        // MQLs of months whose spend is missing are taken to have cost what the channel's others did in this half.
        let known = spending.cost(from, to, Some(channel), &mqls);
        let spend = known.spend.filter(|_| known.mqls > 0).map(|spend| spend * all as f64 / known.mqls as f64);
        Some(CostPer { spend: spend.or(known.spend), mqls: all })
    };
    let sides: Option<Vec<CostSides>> = channels
        .iter()
        .filter_map(|row| row.channel.as_deref())
        .map(|channel| {
            let channel_name = channel.to_string();
            Some(CostSides { channel: channel_name, before: side(before, channel)?, after: side(after, channel)? })
        })
        .collect();
    // A claim allows for the swing of months, season and all: another year it would be another one.
    let counts: Vec<f64> = months.iter().map(|month| volume.mqls(*month, *month, None) as f64).collect();
    let weekly = weekly_swing(cohorts, cohorts.to, None);
    let monthly = swing_of_counts(&counts);
    let phi = if monthly > weekly.phi {
        Overdispersion { phi: monthly, degrees_of_freedom: (2 * (counts.len() - 1) / 3) as u32, months: counts.len() }
    } else {
        weekly
    };
    change::compare_costs(sides?, (before, after), phi, level)
}

/// A count, if what it counts is recorded at all.
fn recorded(known: &Availability, count: u64) -> Option<u64> {
    (*known == Availability::Known).then_some(count)
}

fn month_row(month: Month, volume: &Volume, cohorts: &Cohorts, spending: &Spending, plan: &Plan) -> MonthRow {
    let mqls = volume.mqls(month, month, None);
    let mqls_of = |m: Month, channel: Option<&str>| volume.mqls(m, m, channel);
    let cost = spending.cost(month, month, None, &mqls_of);
    let quarter = spending.cost(month.plus(-2), month, None, &mqls_of);
    let (spread, level) = (weekly_swing(cohorts, month, None), plan.verdict.level);
    let (mql_to_sql, mql_to_customer) =
        (cohorts.month_rate(Transition::MqlToSql, month), cohorts.month_rate(Transition::MqlToCustomer, month));
    let time_to = |transition| velocity::time_to_of_month(cohorts, transition, month, plan);
    MonthRow {
        month,
        leads: volume.sum(Event::Lead, month, month, None),
        mqls,
        inferred_mqls: volume.inferred(month, month, None),
        re_mqls: volume.sum(Event::ReMql, month, month, None),
        sqls_same_period: recorded(&cohorts.known.sqls, volume.sum(Event::Sql, month, month, None)),
        customers_same_period: recorded(&cohorts.known.customers, volume.sum(Event::Customer, month, month, None)),
        cost_per_sql: cost.per_rate(&mql_to_sql),
        cost_per_customer: cost.per_rate(&mql_to_customer),
        mql_to_sql,
        sql_to_customer: cohorts.month_rate(Transition::SqlToCustomer, month),
        mql_to_customer,
        mql_to_customer_so_far: cohorts.so_far(Transition::MqlToCustomer, month, month, None),
        left_truncated: cohorts.is_truncated(Transition::MqlToSql, month)
            || cohorts.is_truncated(Transition::MqlToCustomer, month),
        spend: spending.booked(month, month, None),
        cost_spend: cost.spend,
        cost_mqls: cost.mqls,
        cost_per_mql: cost.per_count(spread, level),
        cost_spend_3_months: quarter.spend,
        cost_mqls_3_months: quarter.mqls,
        cost_per_mql_3_months: quarter.per_count(spread, level),
        time_to: TimesTo {
            lead_to_mql: time_to(Transition::LeadToMql),
            mql_to_sql: time_to(Transition::MqlToSql),
            sql_to_customer: time_to(Transition::SqlToCustomer),
            mql_to_customer: time_to(Transition::MqlToCustomer),
        },
    }
}

fn totals(
    channel: Option<&str>,
    from: Month,
    to: Month,
    volume: &Volume,
    cohorts: &Cohorts,
    spending: &Spending,
    plan: &Plan,
) -> Totals {
    let cost: CostPer = spending.cost(from, to, channel, &|m, channel| volume.mqls(m, m, channel));
    let level = plan.verdict.level;
    let rate = |transition| cohorts.rate(transition, from, to, channel);
    let (mql_to_sql, mql_to_customer) = (rate(Transition::MqlToSql), rate(Transition::MqlToCustomer));
    let time_to = |transition| velocity::time_to(cohorts, transition, channel, plan);
    Totals {
        channel: channel.map(str::to_string),
        from,
        to,
        leads: volume.sum(Event::Lead, from, to, channel),
        mqls: volume.mqls(from, to, channel),
        inferred_mqls: volume.inferred(from, to, channel),
        re_mqls: volume.sum(Event::ReMql, from, to, channel),
        customers_same_period: recorded(&cohorts.known.customers, volume.sum(Event::Customer, from, to, channel)),
        spend: spending.booked(from, to, channel),
        cost_spend: cost.spend,
        cost_mqls: cost.mqls,
        cost_per_mql: cost.per_count(weekly_swing(cohorts, to, channel), level),
        cost_per_sql: cost.per_rate(&mql_to_sql),
        cost_per_sql_so_far: cost.per_rate_so_far(&mql_to_sql),
        cost_per_customer: cost.per_rate(&mql_to_customer),
        cost_per_customer_so_far: cost.per_rate_so_far(&mql_to_customer),
        mql_to_sql,
        mql_to_sql_accounts: None,
        standing: None,
        sql_to_customer: rate(Transition::SqlToCustomer),
        mql_to_customer,
        mql_to_customer_so_far: cohorts.so_far(Transition::MqlToCustomer, from, to, channel),
        time_to: TimesTo {
            lead_to_mql: time_to(Transition::LeadToMql),
            mql_to_sql: time_to(Transition::MqlToSql),
            sql_to_customer: time_to(Transition::SqlToCustomer),
            mql_to_customer: time_to(Transition::MqlToCustomer),
        },
    }
}

/// Counts by event, month and channel.
struct Volume {
    counts: BTreeMap<(Event, Month), BTreeMap<String, u64>>,
    infer: InferSkipped,
}

impl Volume {
    fn new(facts: &Facts, infer: InferSkipped) -> Volume {
        let mut counts: BTreeMap<(Event, Month), BTreeMap<String, u64>> = BTreeMap::new();
        for row in &facts.volume {
            *counts.entry((row.event, row.month)).or_default().entry(row.channel.clone()).or_default() += row.n;
        }
        Volume { counts, infer }
    }

    fn sum(&self, event: Event, from: Month, to: Month, channel: Option<&str>) -> u64 {
        let rows = self.counts.range((event, from)..=(event, to));
        rows.map(|(_, by_channel)| match channel {
            Some(channel) => by_channel.get(channel).copied().unwrap_or(0),
            None => by_channel.values().sum(),
        })
        .sum()
    }

    fn inferred(&self, from: Month, to: Month, channel: Option<&str>) -> u64 {
        match self.infer {
            InferSkipped::Yes => self.sum(Event::InferredMql, from, to, channel),
            InferSkipped::No => 0,
        }
    }

    fn mqls(&self, from: Month, to: Month, channel: Option<&str>) -> u64 {
        self.sum(Event::Mql, from, to, channel) + self.inferred(from, to, channel)
    }

    fn channels(&self, from: Month, to: Month) -> Vec<String> {
        let inside = self.counts.iter().filter(|((_, month), _)| (from..=to).contains(month));
        let names: BTreeSet<&String> = inside.flat_map(|(_, by_channel)| by_channel.keys()).collect();
        names.into_iter().cloned().collect()
    }
}

/// How much more than chance the MQLs of neighbouring weeks differ, over the year up to a month's end: what a count's
/// interval needs. Weeks, since neighbouring months also differ by season, which is no luck; the price is that a swing
/// which lasts whole months is taken for season. Neighbouring differences share a week, so that K of them are worth 2K/3
/// degrees of freedom. Chance alone where there are fewer than twelve weeks.
fn weekly_swing(cohorts: &Cohorts, to: Month, channel: Option<&str>) -> Overdispersion {
    let last = to.last_day().min(cohorts.as_of);
    let first = last.plus(1 - 7 * WEEKS_OF_SWING);
    let mut weeks = vec![0.0; WEEKS_OF_SWING as usize];
    let mut begun = last;
    for (day, name, n) in cohorts.starts(Transition::MqlToSql, (first, last)) {
        begun = begun.min(day);
        if channel.is_none_or(|channel| channel == name) {
            weeks[((day.0 - first.0) / 7) as usize] += n as f64;
        }
    }
    // The week in which MQLs begin is seldom whole.
    let counts =
        &weeks[((begun.0 - first.0) / 7 + i32::from(begun > first.plus(6))).clamp(0, WEEKS_OF_SWING - 1) as usize..];
    let n_pairs = counts.windows(2).filter(|pair| pair[0] + pair[1] > 0.0).count();
    if n_pairs < LEAST_WEEKS {
        return Overdispersion::NONE;
    }
    Overdispersion {
        phi: swing_of_counts(counts),
        degrees_of_freedom: (2 * n_pairs / 3) as u32,
        months: counts.len() * 7 / 30,
    }
}

/// How many times as much as chance counts of neighbouring periods, oldest first, vary: mean of (x₂ − x₁)² / (x₁ + x₂), at least 1; from
/// successive differences, which a trend hardly touches.
pub fn swing_of_counts(counts: &[f64]) -> f64 {
    let terms: Vec<f64> = counts
        .windows(2)
        .filter(|pair| pair[0] + pair[1] > 0.0)
        .map(|pair| (pair[1] - pair[0]).powi(2) / (pair[0] + pair[1]))
        .collect();
    if terms.len() < 4 { 1.0 } else { (terms.iter().sum::<f64>() / terms.len() as f64).max(1.0) }
}
