//! What does each month come to, in one row? Everything that `report.json` knows of a month, wide, for a pivot table.

use crate::metrics::funnel::Rate;
use crate::metrics::{Estimate, MonthRow};
use crate::report::Report;
use crate::report::page::{Cell, Column, Row, Table, Tone, Unit};
use crate::report::sections::status;

/// One row a month, oldest first.
pub fn table(report: &Report) -> Table {
    let money = Unit::Money(report.currency.clone());
    let mut columns = vec![
        column("Month", Unit::Text),
        column("Leads", Unit::Count),
        column("MQLs", Unit::Count),
        column("MQLs inferred", Unit::Count),
        column("MQLs again", Unit::Count),
        column("SQLs in month", Unit::Count),
        column("Customers in month", Unit::Count),
    ];
    for (name, counted) in [("MQL→SQL", "SQLs"), ("SQL→customer", "customers"), ("MQL→customer", "customers")] {
        columns.extend([
            column(&format!("{name}: began"), Unit::Count),
            column(&format!("{name}: {counted} so far"), Unit::Count),
            column(&format!("{name}: seen"), Unit::Share),
            column(&format!("{name}: maturity"), Unit::Share),
            column(name, Unit::Share),
            column("Interval", Unit::Share),
            column(&format!("{name}: state"), Unit::Text),
        ]);
    }
    columns.push(column("Spend", money.clone()));
    for name in ["Cost per MQL", "Cost per MQL, 3 months", "Cost per SQL", "Cost per customer"] {
        columns.extend([column(name, money.clone()), column("Interval", money.clone())]);
    }
    Table {
        id: "all-months".into(),
        title: "Every month in one row".into(),
        columns,
        rows: report.months.iter().map(row).collect(),
        note: format!(
            "MQL→SQL, SQL→customer and MQL→customer: the share that a month's cohort is heading for, with those still to come, and its {} limits. State: complete = every lead has had its window; young = adjusted for what is to come; too early and few leads = not given. SQLs and customers in month: those that arrived in it, whenever their MQL was.",
            crate::report::format::chance(report.settings.level)
        ),
    }
}

fn row(month: &MonthRow) -> Row {
    let known = |value: Option<u64>| value.map_or_else(|| Cell::Missing("not recorded".into()), count);
    let mut cells = vec![
        Cell::Text(month.month.to_string()),
        count(month.leads),
        count(month.mqls),
        count(month.inferred_mqls),
        count(month.re_mqls),
        known(month.sqls_same_period),
        known(month.customers_same_period),
    ];
    for rate in [&month.mql_to_sql, &month.sql_to_customer, &month.mql_to_customer] {
        cells.extend(of_rate(rate));
    }
    cells.push(month.spend.map_or_else(|| Cell::Missing("no spend known".into()), Cell::Number));
    for (cost, why) in [
        (&month.cost_per_mql, "no spend known, or no MQLs"),
        (&month.cost_per_mql_3_months, "no spend known, or no MQLs"),
        (&month.cost_per_sql, "no spend known, or no rate"),
        (&month.cost_per_customer, "no spend known, or no rate"),
    ] {
        cells.extend(of_cost(cost, why));
    }
    Row { cells, tone: Tone::Neutral }
}

fn of_rate(rate: &Rate) -> [Cell; 7] {
    // Why there is none stands in the state, a column further on.
    let gap = || Cell::Missing(String::new());
    let given = |value: Option<f64>| value.map_or_else(gap, Cell::Number);
    [
        count(rate.n),
        count(rate.converted),
        given(rate.observed),
        given(rate.maturity),
        given(rate.estimate),
        match (rate.low, rate.high) {
            (Some(low), Some(high)) => Cell::Range(low, high),
            _ => gap(),
        },
        Cell::Text(status(rate.status).into()),
    ]
}

fn of_cost(cost: &Estimate, why: &str) -> [Cell; 2] {
    let range = match (cost.low, cost.high) {
        (Some(low), Some(high)) => Cell::Range(low, high),
        _ => Cell::Missing(why.into()),
    };
    [cost.value.map_or_else(|| Cell::Missing(why.into()), Cell::Number), range]
}

fn count(n: u64) -> Cell {
    Cell::Number(n as f64)
}

fn column(label: &str, unit: Unit) -> Column {
    Column { label: label.into(), unit }
}
