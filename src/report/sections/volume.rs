//! How many MQLs, from where?

mod expected;

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Part, Section, Unit};
use super::{Context, cells, column, last, number, recorded, row, table, text};

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let months: Vec<String> = metrics.months.iter().map(|row| row.month.to_string()).collect();
    let parts = metrics
        .mqls_by_channel
        .iter()
        .filter(|(_, values)| values.iter().any(|n| *n > 0))
        .map(|(name, values)| Part { name: name.clone(), values: values.iter().map(|n| *n as f64).collect() })
        .collect();
    let title = match metrics.known.mqls.why() {
        None => {
            format!("{} brought {}", format::month_first(metrics.month), format::counted(last(metrics).mqls, "MQL"))
        }
        Some(_) => "No MQL dates were found".to_string(),
    };
    let chart = Chart {
        id: "mqls".into(),
        title: expected::finding(metrics).unwrap_or_else(|| "MQLs by month and channel".into()),
        subtitle: "MQLs per month by first-touch channel (a lead's first MQL); nine in ten months lie in the range expected of them".into(),
        description: format!("Stacked bars of {} months. {title}.", months.len()),
        source: format!("Stage history through {}", format::day(context.analysis.as_of)),
        data: ChartData::Bars { months, parts, expected: expected::ranges(metrics) },
    };
    let currency = Unit::Money(context.plan.currency.clone());
    let mut columns = vec![column("Month", Unit::Text), column("Leads", Unit::Count), column("MQLs", Unit::Count)];
    let inferred = metrics.overall.inferred_mqls > 0;
    if inferred {
        columns.push(column("of which inferred", Unit::Count));
    }
    columns.extend([
        column("MQLs again", Unit::Count),
        column("SQLs in month", Unit::Count),
        column("Customers in month", Unit::Count),
        column("Spend", currency.clone()),
        column("Cost per MQL", currency),
    ]);
    let rows = metrics.months.iter().rev().map(|month| {
        let mut cells_of_row = vec![text(format::month_compact(month.month)), number(month.leads), number(month.mqls)];
        if inferred {
            cells_of_row.push(number(month.inferred_mqls));
        }
        let spend = super::Estimate { value: month.spend, low: None, high: None };
        let [spend, _] = cells(&spend, "no spend known");
        let [cost, _] = cells(&month.cost_per_mql, "no spend known, or no MQLs");
        cells_of_row.extend([
            number(month.re_mqls),
            recorded(month.sqls_same_period),
            recorded(month.customers_same_period),
            spend,
            cost,
        ]);
        row(cells_of_row)
    });
    let rows = rows.collect();
    let note = "SQLs and customers of a month are those that arrived in it, whenever their MQL was: a line to reconcile with the CRM, not a rate. Cost per MQL leaves out MQLs of channels whose spend is missing in the month.";
    let blocks = vec![Block::Chart(chart), Block::Table(table("months", "By month", columns, rows, note))];
    Section { id: "volume".into(), title, blocks }
}
