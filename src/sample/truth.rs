//! What is true of the sample? The rates, lags, costs and the best threshold that a report should find, and the faults it should count.
//!
//! Expected rates are means of the leads' own chances, which the files do not show:
//! `expected_rate_90 = mean of p F(90)` over the MQLs of a month or a channel; counts are those of the files, read rightly
//! (second records merged, tests left out, an SQL before its MQL not counted as a conversion).
//! The decision is computed on a larger population of the same process, per 1 000 leads:
//! `profit = value_per_sql x sum of p - sales_cost_per_mql x MQLs` for each threshold, under the second criteria's points.

use super::export::{Dirt, Export, SpendRow};
use super::world::{self, CHANNELS, CRITERIA_AFTER, CRITERIA_BEFORE, Lead, SALES_COST_PER_MQL, VALUE_PER_SQL, World};
use crate::vocabulary::{Day, Month};
use serde::Serialize;
use serde_json::{Map, Value};

/// Months that the sample's report looks back on.
pub(super) const REPORT_MONTHS: i32 = 12;
/// People in the population that the best threshold is computed on.
const POPULATION: usize = 40_000;

/// All that is known about a sample.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Truth {
    pub about: &'static str,
    pub settings: SettingsTruth,
    pub people: People,
    pub criteria_change: CriteriaChange,
    pub overall: Rates,
    pub report_period: Rates,
    pub by_mql_month: Vec<MonthRates>,
    pub by_channel: Vec<ChannelRates>,
    pub lag_days: LagDays,
    pub deals: Deals,
    pub decision: Decision,
    pub dirt: Dirt,
    pub definitions: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct SettingsTruth {
    pub leads: u32,
    pub months: u32,
    pub seed: u64,
    pub first_month: Month,
    pub as_of: Day,
    pub timezone: &'static str,
    pub currency: &'static str,
    pub report_from: Month,
    pub report_to: Month,
}

/// Counts of people, tests left out.
#[derive(Clone, Debug, Serialize)]
pub(super) struct People {
    pub leads: u32,
    pub mqls: u32,
    pub re_mqls: u32,
    pub sqls: u32,
    pub skipped_mqls: u32,
    pub explored_below_the_bar: u32,
    pub explored_that_became_sqls: u32,
    pub mqls_never_picked_up: u32,
    pub customers: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct CriteriaChange {
    pub effective_from: Day,
    pub threshold_before: i32,
    pub threshold_after: i32,
    pub before: Rates,
    pub after: Rates,
    pub mqls_per_month_before: f64,
    pub mqls_per_month_after: f64,
    pub mqls_at_the_moment_of_the_change: u32,
}

/// Conversion from MQL to SQL of a group of MQLs.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Rates {
    pub mqls: u32,
    /// True expected share with an SQL within 90 days.
    pub expected_rate_90: Option<f64>,
    /// True expected share that ever becomes an SQL.
    pub expected_rate_ever: Option<f64>,
    /// SQLs within 90 days that are in the files.
    pub sqls_within_90_days_by_as_of: u32,
    /// MQLs that have had 90 days by `as_of`, and their SQLs within 90 days.
    pub mature_mqls: u32,
    pub mature_sqls_within_90_days: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct MonthRates {
    pub month: Month,
    pub leads_created: u32,
    #[serde(flatten)]
    pub rates: Rates,
    pub re_mqls: u32,
    pub skipped_mqls: u32,
    pub spend_true: f64,
    pub cost_per_mql: Option<f64>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct ChannelRates {
    /// As recorded, aliases mapped; `(blank)` and `unknown` stand for themselves.
    pub channel: &'static str,
    pub leads_created: u32,
    pub all_months: Rates,
    pub report_period: Rates,
    /// EUR, as truly spent and as the files say, in the report period.
    pub spend_true: f64,
    pub spend_recorded: f64,
    pub cost_per_mql: Option<f64>,
    pub expected_cost_per_sql: Option<f64>,
}

/// Whole days from MQL to SQL among MQLs that convert within 90 days, in expectation.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LagDays {
    pub p25: Option<i64>,
    pub p50: Option<i64>,
    pub p75: Option<i64>,
    pub p90: Option<i64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Deals {
    pub new_won: u32,
    pub new_lost: u32,
    pub new_open: u32,
    pub renewals: u32,
    pub new_won_amount: i64,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Decision {
    pub value_per_sql: f64,
    pub sales_cost_per_mql: f64,
    pub break_even_rate: f64,
    pub current_threshold: i32,
    pub best_threshold: i32,
    /// Thresholds whose profit is within 2 % of the best.
    pub equally_good: Vec<i32>,
    /// True rate of the MQLs that raising the bar by ten points would take away, waiting included.
    pub marginal_rate_at_the_bar: Option<f64>,
    pub per_1000_leads: Vec<Sweep>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Sweep {
    pub threshold: i32,
    pub mqls: f64,
    pub expected_rate: Option<f64>,
    pub marginal_rate: Option<f64>,
    pub profit: f64,
}

/// The truth of a world and its export.
pub(super) fn of(world: &World, export: &Export) -> Truth {
    let last = world.as_of.month();
    let from = last.plus(1 - REPORT_MONTHS).max(world.start);
    let people: Vec<(usize, &Lead)> = world.leads.iter().enumerate().filter(|(at, _)| !export.tests[*at]).collect();
    let seen = |at: Option<i64>| at.is_some_and(|at| at < world.end);
    let mqls: Vec<(usize, &Lead)> = people.iter().copied().filter(|(_, lead)| seen(lead.mql)).collect();
    let month_of = |at: Option<i64>| at.map(|at| world::day_of(at).month());
    let rates = |fits: &dyn Fn(usize, &Lead) -> bool| {
        let group = mqls.iter().filter(|(at, lead)| fits(*at, lead)).copied().collect::<Vec<_>>();
        rates(world, export, &group)
    };
    let reported = |lead: &Lead| month_of(lead.mql).is_some_and(|month| month >= from);
    let after = |lead: &Lead| lead.mql.is_some_and(|mql| world::day_of(mql) >= world.changed_on);
    let skipped = |lead: &Lead| lead.mql.is_none() && !lead.explored && seen(lead.sql);
    let number = |fits: &dyn Fn(&Lead) -> bool| people.iter().filter(|(_, lead)| fits(lead)).count() as u32;

    let by_mql_month = (0..world.settings.months as i32)
        .map(|at| {
            let month = world.start.plus(at);
            let rates = rates(&|_, lead| month_of(lead.mql) == Some(month));
            let spend_true = euros(export.spent_cents.iter().filter(|row| row.month == month));
            MonthRates {
                month,
                leads_created: number(&|lead| month_of(Some(lead.created)) == Some(month)),
                re_mqls: number(&|lead| seen(lead.second_mql) && month_of(lead.second_mql) == Some(month)),
                skipped_mqls: number(&|lead| skipped(lead) && month_of(lead.sql) == Some(month)),
                spend_true,
                cost_per_mql: ratio(spend_true, f64::from(rates.mqls)),
                rates,
            }
        })
        .collect();
    let by_channel = channel_names()
        .map(|channel| {
            let is_it =
                |at: usize| export.recorded[at].channel(world.leads[at].channel).unwrap_or("(blank)") == channel;
            let report_period = rates(&|at, lead| is_it(at) && reported(lead));
            let in_report = |row: &&SpendRow| row.month >= from && CHANNELS[row.channel].name == channel;
            let spend_true = euros(export.spent_cents.iter().filter(in_report));
            let sqls = f64::from(report_period.mqls) * report_period.expected_rate_90.unwrap_or(0.0);
            ChannelRates {
                channel,
                leads_created: people.iter().filter(|(at, _)| is_it(*at)).count() as u32,
                all_months: rates(&|at, _| is_it(at)),
                spend_true,
                spend_recorded: euros(export.spend.iter().filter(in_report)),
                cost_per_mql: ratio(spend_true, f64::from(report_period.mqls)).filter(|_| spend_true > 0.0),
                expected_cost_per_sql: ratio(spend_true, sqls).filter(|_| spend_true > 0.0),
                report_period,
            }
        })
        .collect();
    let (before_rates, after_rates) = (rates(&|_, lead| !after(lead)), rates(&|_, lead| after(lead)));
    let months_before = f64::from(world.changed_on.month().0 - world.start.0);
    let months_after = f64::from(world.settings.months) - months_before;
    let change = world::midnight(world.changed_on);
    Truth {
        about: "Written by `leadgauge sample`; every person, company and number is invented. Shares are between 0 and 1, amounts in EUR.",
        settings: SettingsTruth {
            leads: world.settings.leads,
            months: world.settings.months,
            seed: world.settings.seed,
            first_month: world.start,
            as_of: world.as_of,
            timezone: "Europe/Berlin",
            currency: "EUR",
            report_from: from,
            report_to: last,
        },
        people: People {
            leads: people.len() as u32,
            mqls: mqls.len() as u32,
            re_mqls: number(&|lead| seen(lead.second_mql)),
            sqls: number(&|lead| seen(lead.sql) || seen(lead.second_sql)),
            skipped_mqls: number(&skipped),
            explored_below_the_bar: number(&|lead| lead.explored && seen(lead.worked)),
            explored_that_became_sqls: number(&|lead| lead.explored && seen(lead.sql)),
            mqls_never_picked_up: number(&|lead| seen(lead.mql) && lead.worked.is_none()),
            customers: number(&|lead| lead.won && seen(lead.closed)),
        },
        criteria_change: CriteriaChange {
            effective_from: world.changed_on,
            threshold_before: CRITERIA_BEFORE.threshold,
            threshold_after: CRITERIA_AFTER.threshold,
            mqls_per_month_before: rounded(f64::from(before_rates.mqls) / months_before.max(1.0)),
            mqls_per_month_after: rounded(f64::from(after_rates.mqls) / months_after.max(1.0)),
            mqls_at_the_moment_of_the_change: number(&|lead| lead.mql == Some(change)),
            before: before_rates,
            after: after_rates,
        },
        overall: rates(&|_, _| true),
        report_period: rates(&|_, lead| reported(lead)),
        by_mql_month,
        by_channel,
        lag_days: lags(&mqls),
        deals: deals(export),
        decision: decision(world),
        dirt: export.dirt.clone(),
        definitions: definitions(),
    }
}

/// The names that a lead's channel can have.
fn channel_names() -> impl Iterator<Item = &'static str> {
    CHANNELS.iter().map(|channel| channel.name).chain(["unknown", "(blank)"])
}

fn rates(world: &World, export: &Export, group: &[(usize, &Lead)]) -> Rates {
    let day = |at: i64| i64::from(world::day_of(at).0);
    let mut rates = Rates { mqls: group.len() as u32, ..Rates::default() };
    let (mut within, mut ever) = (0.0, 0.0);
    for (at, lead) in group {
        let Some(mql) = lead.mql else { continue };
        within += lead.chance * world::converted_within(lead, world::WINDOW_DAYS);
        ever += lead.chance;
        let mature = day(mql) + world::WINDOW_DAYS <= i64::from(world.as_of.0);
        let sql = lead.sql.filter(|sql| *sql < world.end && !export.sql_first[*at]);
        let converted = sql.is_some_and(|sql| day(sql) - day(mql) <= world::WINDOW_DAYS);
        rates.sqls_within_90_days_by_as_of += u32::from(converted);
        rates.mature_mqls += u32::from(mature);
        rates.mature_sqls_within_90_days += u32::from(mature && converted);
    }
    rates.expected_rate_90 = ratio(within, group.len() as f64);
    rates.expected_rate_ever = ratio(ever, group.len() as f64);
    rates
}

fn lags(mqls: &[(usize, &Lead)]) -> LagDays {
    let within =
        |days: i64| mqls.iter().map(|(_, lead)| lead.chance * world::converted_within(lead, days)).sum::<f64>();
    let curve: Vec<f64> = (0..=world::WINDOW_DAYS).map(within).collect();
    let whole = curve.last().copied().unwrap_or(0.0);
    let quantile = |p: f64| {
        let day = curve.partition_point(|share| *share < p * whole);
        (whole > 0.0 && day < curve.len()).then_some(day as i64)
    };
    LagDays { p25: quantile(0.25), p50: quantile(0.5), p75: quantile(0.75), p90: quantile(0.9) }
}

fn deals(export: &Export) -> Deals {
    let mut deals = Deals::default();
    for row in export.deals.iter().filter(|row| !export.tests[row.id - 1]) {
        match (row.kind, row.status) {
            ("renewal", _) => deals.renewals += 1,
            (_, "won") => {
                deals.new_won += 1;
                deals.new_won_amount += row.amount;
            }
            (_, "lost") => deals.new_lost += 1,
            _ => deals.new_open += 1,
        }
    }
    deals
}

fn decision(world: &World) -> Decision {
    let grid: Vec<i32> = (8..=44).map(|step| step * 5).collect();
    let mut mqls = vec![0.0; grid.len()];
    let mut sqls = vec![0.0; grid.len()];
    for lead in world.population(POPULATION) {
        for (at, chance) in world::chances_by_threshold(&lead, &grid).into_iter().enumerate() {
            if let Some(chance) = chance {
                mqls[at] += 1.0;
                sqls[at] += chance;
            }
        }
    }
    let scale = 1_000.0 / POPULATION as f64;
    let profit: Vec<f64> =
        mqls.iter().zip(&sqls).map(|(m, s)| scale * (VALUE_PER_SQL * s - SALES_COST_PER_MQL * m)).collect();
    let marginal = |at: usize| ratio(sqls[at] - sqls.get(at + 2)?, mqls[at] - mqls.get(at + 2)?);
    let best = (0..grid.len()).max_by(|a, b| profit[*a].total_cmp(&profit[*b])).unwrap_or(0);
    let current = grid.iter().position(|threshold| *threshold == CRITERIA_AFTER.threshold).unwrap_or(0);
    let close = |at: &usize| profit[*at] >= profit[best] - 0.02 * profit[best].abs();
    Decision {
        value_per_sql: VALUE_PER_SQL,
        sales_cost_per_mql: SALES_COST_PER_MQL,
        break_even_rate: rounded(SALES_COST_PER_MQL / VALUE_PER_SQL),
        current_threshold: grid[current],
        best_threshold: grid[best],
        equally_good: (0..grid.len()).filter(close).map(|at| grid[at]).collect(),
        marginal_rate_at_the_bar: marginal(current),
        per_1000_leads: (0..grid.len())
            .map(|at| Sweep {
                threshold: grid[at],
                mqls: rounded(mqls[at] * scale),
                expected_rate: ratio(sqls[at], mqls[at]),
                marginal_rate: marginal(at),
                profit: (profit[at] * 100.0).round() / 100.0 + 0.0,
            })
            .collect(),
    }
}

fn definitions() -> Map<String, Value> {
    let texts = [
        (
            "expected_rate_90",
            "mean true chance of an SQL within 90 calendar days of the first MQL, over the MQLs of the group",
        ),
        ("expected_rate_ever", "the same without a time limit"),
        ("mature", "MQLs at least 90 days before as_of"),
        (
            "mqls",
            "people whose first MQL entry in the stage history falls in the group's period; tests left out, skipped MQLs not counted",
        ),
        ("skipped_mqls", "people with an SQL, no MQL entry and no trial below the bar"),
        ("channel", "the lead's first record, aliases mapped as in leadgauge.toml"),
        ("lag_days", "from MQL to SQL in calendar days, among MQLs that convert within 90 days, in expectation"),
        (
            "marginal_rate",
            "true SQL rate of the MQLs lost when the threshold is raised by ten points, those only delayed set against it",
        ),
        (
            "profit",
            "value_per_sql x expected SQLs - sales_cost_per_mql x MQLs, per 1000 leads of a population of 40 000",
        ),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}

fn euros<'a>(rows: impl Iterator<Item = &'a SpendRow>) -> f64 {
    // + 0.0 turns the -0.0 that an empty sum of floats would give into 0.
    rows.map(|row| row.cents).sum::<i64>() as f64 / 100.0 + 0.0
}

fn ratio(of: f64, to: f64) -> Option<f64> {
    (to > 0.0).then(|| rounded(of / to))
}

/// Six decimals are more than the truth needs.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}
