//! Which channels convert, and which surely do not?

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Dot, Row, Section, Tone, Unit};
use super::{Context, Goal, cells, column, number, rate_cells, status, table, text};
use crate::metrics::Totals;
use crate::metrics::benchmark::{self, Verdict};

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let goal = context.goal;
    let overall = goal.of(&metrics.overall);
    let shown: Vec<&Totals> = metrics.channels.iter().filter(|row| row.mqls > 0).collect();
    let rows = shown
        .iter()
        .map(|row| {
            let rate = goal.of(row);
            Dot {
                label: row.channel.clone().unwrap_or_default(),
                value: rate.estimate,
                low: rate.low,
                high: rate.high,
                note: format!("{} of {}", format::count(rate.converted as f64), format::count(rate.n as f64)),
                tone: tone(context, row),
            }
        })
        .collect();
    let title = title(context);
    let level = format::share(context.plan.verdict.level).replace(".0", "");
    let chart = Chart {
        id: "channel-rates".into(),
        title: format!("{} by channel", goal.label()),
        subtitle: format!(
            "{} by first-touch channel, adjusted for what is still to come; {level} interval",
            goal.label()
        ),
        description: format!("Dots with intervals for {} channels. {title}", shown.len()),
        source: format!("MQLs of {} to {}", metrics.overall.from, metrics.overall.to),
        data: ChartData::Dots {
            rows,
            band: (goal == Goal::Sql).then_some((metrics.benchmark.low, metrics.benchmark.high)),
            reference: overall.estimate.map(|value| (value, "all channels".to_string())),
            unit: Unit::Share,
        },
    };
    let money = Unit::Money(context.plan.currency.clone());
    let columns = vec![
        column("Channel", Unit::Text),
        column("MQLs", Unit::Count),
        column(&format!("{} so far", goal.plural()), Unit::Count),
        column(goal.label(), Unit::Share),
        column("Interval", Unit::Share),
        column("won ever so far", Unit::Share),
        column("Interval", Unit::Share),
        column("Median days", Unit::Days),
        column("Cost per MQL", money),
        column("State", Unit::Text),
    ];
    let rows = shown.iter().map(|totals| channel_row(context, totals)).collect();
    let note = "First touch. Channels whose intervals overlap cannot be ranked by these numbers. Colour in the chart: only what is sure with all channels judged at once.";
    let says = worst(context).or_else(|| suspect(context)).map(|text| Block::Prose { text });
    let mut blocks: Vec<Block> = says.into_iter().collect();
    blocks.extend([Block::Chart(chart), Block::Table(table("channel-table", "Channels", columns, rows, note))]);
    Section { id: "channels".into(), title, blocks }
}

/// The section's finding.
fn title(context: &Context) -> String {
    let judged = |wanted: Verdict| {
        let rows = context.metrics.channels.iter().filter(|row| verdict(context, row) == Some(wanted));
        rows.filter_map(|row| row.channel.clone()).collect::<Vec<_>>().join(", ")
    };
    match (context.goal, judged(Verdict::Below), judged(Verdict::Above)) {
        (Goal::Customer, ..) => "Channels".to_string(),
        (_, below, _) if !below.is_empty() => format!("Surely below the range: {below}"),
        (_, _, above) if !above.is_empty() => format!("Surely above the range: {above}"),
        _ if !context.metrics.channels.iter().any(|row| is_large(context, row)) => {
            "No channel has enough MQLs to be judged".to_string()
        }
        _ => "With all channels judged at once, none is surely outside the range".to_string(),
    }
}

fn channel_row(context: &Context, totals: &Totals) -> Row {
    let rate = context.goal.of(totals);
    let [share, range] = rate_cells(rate);
    let [won, won_range] = rate_cells(&totals.mql_to_customer_so_far);
    let [days, _] = cells(&context.goal.time(&totals.time_to).p50, "fewer than ten conversions");
    let [cost, _] = cells(&totals.cost_per_mql, "no spend");
    let cells_of_row = vec![
        text(totals.channel.clone().unwrap_or_default()),
        number(rate.n),
        number(rate.converted),
        share,
        range,
        won,
        won_range,
        days,
        cost,
        text(status(rate.status)),
    ];
    Row { cells: cells_of_row, tone: tone(context, totals) }
}

/// The range that a channel is judged by: its own, or the common one.
fn range(context: &Context, totals: &Totals) -> (f64, f64) {
    let common = &context.metrics.benchmark;
    let own = context.plan.benchmark.channels.get(totals.channel.as_deref().unwrap_or_default());
    own.map_or((common.low, common.high), |own| (own.low, own.high))
}

/// Whether a channel has enough MQLs for a verdict.
fn is_large(context: &Context, totals: &Totals) -> bool {
    let least = benchmark::least_for_verdict(range(context, totals).0, context.plan.verdict.level);
    totals.mql_to_sql.n_effective.is_some_and(|n| n >= least)
}

/// Where a channel surely lies, with all channels judged at once.
fn verdict(context: &Context, totals: &Totals) -> Option<Verdict> {
    if context.goal == Goal::Customer {
        return None;
    }
    let (low, high) = range(context, totals);
    // Only channels large enough for a verdict take part in the claims, so only they share the chance of a false one.
    let judged = context.metrics.channels.iter().filter(|row| is_large(context, row)).count();
    if !is_large(context, totals) {
        return None;
    }
    benchmark::channel_verdict(&totals.mql_to_sql, low, high, judged)
}

fn tone(context: &Context, totals: &Totals) -> Tone {
    match verdict(context, totals) {
        Some(Verdict::Below) => Tone::Bad,
        Some(Verdict::Above) => Tone::Warn,
        Some(Verdict::Inside) => Tone::Good,
        _ => Tone::Neutral,
    }
}

/// The sentence on a channel whose own interval lies below the range, although that is not sure with all judged at once.
fn suspect(context: &Context) -> Option<String> {
    if context.goal == Goal::Customer {
        return None;
    }
    let below = |row: &&Totals| row.mql_to_sql.high.is_some_and(|high| high < range(context, row).0);
    let totals = context.metrics.channels.iter().find(below)?;
    let rate = &totals.mql_to_sql;
    Some(format!(
        "{} is the one to look at first: {} of its {} MQLs became SQLs so far, heading for {} ({}). Alone that is below the range; among this many channels one can look so by chance.",
        totals.channel.clone().unwrap_or_default(),
        format::count(rate.converted as f64),
        format::count(rate.n as f64),
        format::share(rate.estimate?),
        super::interval(rate.low?, rate.high?, rate.level)
    ))
}

/// The sentence on the largest channel that surely lies below the range, if there is one.
pub fn worst(context: &Context) -> Option<String> {
    let totals = context.metrics.channels.iter().find(|row| verdict(context, row) == Some(Verdict::Below))?;
    let rate = &totals.mql_to_sql;
    let cost = match totals.cost_per_mql.value {
        Some(cost) => format!(", at {} an MQL", format::money(cost, &context.plan.currency)),
        None => String::new(),
    };
    Some(format!(
        "{} surely lies below the range: {} of its {} MQLs became SQLs so far, heading for {}{cost}.",
        totals.channel.clone().unwrap_or_default(),
        format::count(rate.converted as f64),
        format::count(rate.n as f64),
        format::share(rate.estimate?)
    ))
}
