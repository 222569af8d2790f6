//! Which channels are cheap and good, which are dear and weak? Cost per MQL against the share that converts.

use super::super::super::format;
use super::super::super::page::{Axis, Chart, ChartData, ScatterLine, ScatterPoint, Tone, Unit};
use super::super::{Context, Goal};
use crate::metrics::worth::{self, Side};
use crate::metrics::{Estimate, Totals};

/// Names that a title lists.
const LISTED: usize = 3;

/// The chart; none where fewer than two channels have both a cost and a rate.
pub fn chart(context: &Context, paid: &[&Totals]) -> Option<Chart> {
    let goal = context.goal;
    let drawn: Vec<&Totals> = paid
        .iter()
        .copied()
        .filter(|row| row.cost_per_mql.value.is_some() && goal.of(row).estimate.is_some())
        .collect();
    if drawn.len() < 2 {
        return None;
    }
    let (line, sides) = line(context, &drawn);
    let point = |(row, side): (&&Totals, &Side)| {
        let rate = goal.of(row);
        ScatterPoint {
            label: row.channel.clone().unwrap_or_default(),
            x: row.cost_per_mql.value,
            x_low: row.cost_per_mql.low,
            x_high: row.cost_per_mql.high,
            y: rate.estimate,
            y_low: rate.low,
            y_high: rate.high,
            n: row.cost_mqls,
            tone: if *side == Side::Loses { Tone::Bad } else { Tone::Neutral },
            tip: row.cost_per_sql.value.filter(|_| goal == Goal::Sql).map_or_else(String::new, |cost| {
                format!("cost per SQL: {}", format::money(cost, &context.plan.currency))
            }),
        }
    };
    let title = title(&drawn, &sides, line.as_ref());
    let overall = &context.metrics.overall;
    let level = format::round_share(context.plan.verdict.level);
    let benchmark = &context.metrics.benchmark;
    Some(Chart {
        id: "cost-quality".into(),
        subtitle: format!(
            "Channels with spend: cost per MQL against {}, with {level} intervals of both; upwards and to the left is better; “surely”: with all channels judged at once",
            goal.label()
        ),
        description: format!("{} channels as dots. {title}.", drawn.len()),
        title,
        source: format!(
            "Spend and stage history, {} to {}; first touch",
            format::month_compact(overall.from),
            format::month_compact(overall.to)
        ),
        data: ChartData::Scatter {
            points: drawn.iter().zip(&sides).map(point).collect(),
            x: Axis { label: "cost per MQL".into(), unit: Unit::Money(context.plan.currency.clone()) },
            y: Axis { label: goal.label().into(), unit: Unit::Share },
            band: (goal == Goal::Sql).then_some((benchmark.low, benchmark.high)),
            lines: line.into_iter().collect(),
            sized_by: "MQLs".into(),
        },
    })
}

/// The line on which an MQL brings what it and sales' work on it cost; without economics that of the blended cost per SQL.
fn line(context: &Context, drawn: &[&Totals]) -> (Option<ScatterLine>, Vec<Side>) {
    let open = || vec![Side::Open; drawn.len()];
    let goal = context.goal;
    if goal != Goal::Sql {
        return (None, open());
    }
    let economics = &context.plan.economics;
    if let Some(value) = economics.value_per_sql.filter(|value| *value > 0.0) {
        let sales = economics.sales_cost_per_mql.unwrap_or(0.0);
        let rate = |row: &Totals| {
            let rate = goal.of(row);
            Estimate { value: rate.estimate, low: rate.low, high: rate.high }
        };
        let channels: Vec<_> = drawn.iter().map(|row| (row.cost_per_mql, rate(row))).collect();
        let sides = worth::sides(&channels, (sales, value), context.plan.verdict.level);
        let label = format!("pays above this line (SQL: {})", format::money(value, &context.plan.currency));
        let line = ScatterLine { label, at_zero: sales / value, slope: 1.0 / value, below: Tone::Bad };
        return (Some(line), sides);
    }
    let blended = context.metrics.overall.cost_per_sql.value.filter(|cost| *cost > 0.0);
    let line = blended.map(|cost| ScatterLine {
        label: format!("{} per SQL, as blended", format::money(cost, &context.plan.currency)),
        at_zero: 0.0,
        slope: 1.0 / cost,
        below: Tone::Neutral,
    });
    (line, open())
}

fn title(drawn: &[&Totals], sides: &[Side], line: Option<&ScatterLine>) -> String {
    let on = |side: Side| -> Vec<&str> {
        let rows = drawn.iter().zip(sides).filter(|(_, known)| **known == side);
        rows.filter_map(|(row, _)| row.channel.as_deref()).collect()
    };
    let (loses, pays) = (on(Side::Loses), on(Side::Pays));
    let judged = line.is_some_and(|line| line.below == Tone::Bad);
    match (loses.len(), pays.len()) {
        _ if !judged => "Cost per MQL against the share that converts, by channel".to_string(),
        (0, 0) => "No channel surely pays for itself, and none surely does not".to_string(),
        (0, _) => format!("{} for themselves; the others are open", subject(&pays, "surely pays", "surely pay")),
        (_, 0) => format!(
            "{} more, sales' time included, than SQLs are taken to be worth",
            subject(&loses, "surely costs", "surely cost")
        ),
        _ => format!(
            "{} more, sales' time included, than SQLs are taken to be worth; {} for themselves",
            subject(&loses, "surely costs", "surely cost"),
            subject(&pays, "surely pays", "surely pay")
        ),
    }
    .replace("surely pays for themselves", "surely pays for itself")
}

/// "a pays", "a and b pay", "7 channels pay".
fn subject(names: &[&str], one: &str, many: &str) -> String {
    match names {
        [only] => format!("{only} {one}"),
        [first @ .., last] if names.len() <= LISTED => format!("{} and {last} {many}", first.join(", ")),
        _ => format!("{} channels {many}", names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_one_and_many_rightly() {
        assert_eq!(subject(&["a"], "surely pays", "surely pay"), "a surely pays");
        assert_eq!(subject(&["a", "b"], "surely pays", "surely pay"), "a and b surely pay");
        assert_eq!(subject(&["a", "b", "c", "d"], "surely pays", "surely pay"), "4 channels surely pay");
    }
}
