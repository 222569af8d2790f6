//! What does an MQL, an SQL, a customer cost?

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Dot, Row, Section, Tone, Unit};
use super::{Context, cells, column, number, row, table, text};
use crate::metrics::Totals;

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let mut blocks = Vec::new();
    if let Some(why) = metrics.known.spend.why() {
        let text = format!("Cost cannot be computed: {why}. Add [sources.spend] with month, channel and amount.");
        blocks.push(Block::Note { tone: Tone::Neutral, text });
        return Section { id: "cost".into(), title: "Cost is not known".into(), blocks };
    }
    let currency = &context.plan.currency;
    let paid: Vec<&Totals> = metrics.channels.iter().filter(|row| row.spend.is_some_and(|spend| spend > 0.0)).collect();
    let overall = &metrics.overall;
    let title = match overall.cost_per_mql.value {
        Some(cost) => format!("An MQL costs {} blended", format::money(cost, currency)),
        None => "Cost per MQL".to_string(),
    };
    let unit = Unit::Money(currency.clone());
    if !paid.is_empty() {
        let rows = paid
            .iter()
            .map(|row| Dot {
                label: row.channel.clone().unwrap_or_default(),
                value: row.cost_per_mql.value,
                low: row.cost_per_mql.low,
                high: row.cost_per_mql.high,
                note: format!("{} MQLs", format::count(row.cost_mqls as f64)),
                tone: Tone::Neutral,
            })
            .collect();
        blocks.push(Block::Chart(Chart {
            id: "cost-per-mql".into(),
            title: "Cost per MQL by channel".into(),
            subtitle: format!(
                "Spend per MQL by first-touch channel, {} to {}; {} interval from the number of MQLs",
                overall.from,
                overall.to,
                format::share(context.plan.verdict.level).replace(".0", "")
            ),
            description: format!("Dots with intervals for {} channels with spend. {title}.", paid.len()),
            source: "Spend and stage history; first touch".into(),
            data: ChartData::Dots {
                rows,
                band: None,
                reference: overall.cost_per_mql.value.map(|value| (value, "blended".to_string())),
                unit: unit.clone(),
            },
        }));
    }
    let columns = vec![
        column("Channel", Unit::Text),
        column("Spend", unit.clone()),
        column("MQLs", Unit::Count),
        column("Cost per MQL", unit.clone()),
        column("Interval", unit.clone()),
        column("Cost per SQL", unit.clone()),
        column("Interval", unit.clone()),
        column("Cost per customer", unit.clone()),
        column("Interval", unit),
    ];
    let mut rows: Vec<Row> = paid.iter().map(|totals| cost_row(context, totals)).collect();
    let free: u64 =
        metrics.channels.iter().filter(|row| !row.spend.is_some_and(|spend| spend > 0.0)).map(|row| row.mqls).sum();
    if free > 0 {
        let why = "no spend is recorded for these channels";
        let [nothing, _] = cells(&super::Estimate::NONE, why);
        let mut cells_of_row = vec![text("channels without spend"), nothing.clone(), number(free)];
        cells_of_row.extend(std::iter::repeat_n(nothing, 6));
        rows.push(row(cells_of_row));
    }
    let mut blended = cost_row(context, overall);
    blended.cells[0] = text("all, blended");
    rows.push(blended);
    let note = "MQLs: those of months whose spend is known. Costs per SQL and customer are corrected for conversions still to come. \"at least\": no conversion yet, so there is no upper limit.";
    if let Some(text) = dearest(context, &paid) {
        blocks.push(Block::Prose { text });
    }
    blocks.push(Block::Table(table("costs", "By channel", columns, rows, note)));
    if !metrics.missing_spend.is_empty() {
        let names: Vec<String> =
            metrics.missing_spend.iter().take(6).map(|(month, channel)| format!("{channel} {month}")).collect();
        let more = metrics.missing_spend.len().saturating_sub(6);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        blocks.push(Block::Note {
            tone: Tone::Warn,
            text: format!(
                "Spend is missing for {}{more}: missing is not zero, so these MQLs are left out of cost.",
                names.join(", ")
            ),
        });
    }
    Section { id: "cost".into(), title, blocks }
}

/// The sentence on the channel whose SQLs are dearest, where its interval lies wholly above the blended one's.
fn dearest(context: &Context, paid: &[&Totals]) -> Option<String> {
    let blended = &context.metrics.overall.cost_per_sql;
    let limit = blended.high?;
    let dear = paid.iter().filter(|row| row.cost_per_sql.low.is_some_and(|low| low > limit));
    let row =
        dear.max_by(|a, b| a.cost_per_sql.low.partial_cmp(&b.cost_per_sql.low).unwrap_or(std::cmp::Ordering::Equal))?;
    let money = |value: f64| format::money(value, &context.plan.currency);
    let cost = &row.cost_per_sql;
    let limits = match (cost.value, cost.low?, cost.high) {
        (Some(value), low, Some(high)) => format!("{} (90 % interval {} to {})", money(value), money(low), money(high)),
        (_, low, _) => format!("at least {}", money(low)),
    };
    Some(format!(
        "An SQL from {} costs {limits}; blended it is {} ({} to {}).",
        row.channel.clone().unwrap_or_default(),
        blended.value.map_or("–".into(), money),
        money(blended.low?),
        money(limit)
    ))
}

fn cost_row(context: &Context, totals: &Totals) -> Row {
    let money = |value: f64| format::money(value, &context.plan.currency);
    let bounded = |estimate: &super::Estimate, why: &str| {
        let [value, range] = cells(estimate, why);
        match (estimate.low, estimate.high) {
            (Some(low), None) => [value, text(format!("at least {}", money(low)))],
            _ => [value, range],
        }
    };
    let spend = super::Estimate { value: totals.spend, low: None, high: None };
    let [spend, _] = cells(&spend, "no spend known");
    let [mql, mql_range] = bounded(&totals.cost_per_mql, "no spend, or no MQLs");
    let [sql, sql_range] = bounded(&totals.cost_per_sql, "no SQL rate yet");
    let [customer, customer_range] = bounded(&totals.cost_per_customer, "no customer rate yet");
    let name = text(totals.channel.clone().unwrap_or_default());
    row(vec![name, spend, number(totals.cost_mqls), mql, mql_range, sql, sql_range, customer, customer_range])
}
