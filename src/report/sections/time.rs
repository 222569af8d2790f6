//! How long does it take?

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Curve, Mark, Row, Section, Tone, Unit};
use super::{Cell, Context, cells, column, number, row, table, text};
use crate::metrics::velocity::TimeTo;

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let time = context.goal.time(&metrics.overall.time_to);
    let mut blocks = Vec::new();
    let title = match (time.p50.value, time.p90.value) {
        (Some(half), Some(most)) => format!(
            "Half of the {} come within {} days of the MQL, nine in ten within {}",
            context.goal.plural(),
            format::days(half),
            format::days(most)
        ),
        _ => "Time to conversion".to_string(),
    };
    if let Some(curve) = &metrics.curve {
        let steps: Vec<(u32, f64)> = std::iter::once((0, 0.0)).chain(curve.steps.iter().map(|s| (s.0, s.1))).collect();
        let end = steps.last().map_or(0.0, |(_, share)| *share);
        let mut steps = steps;
        if steps.last().is_some_and(|(day, _)| *day < curve.window_days) {
            steps.push((curve.window_days, end));
        }
        let marks = [(0.5, "half"), (0.9, "nine in ten")]
            .into_iter()
            .filter_map(|(share, words)| {
                let (day, value) = steps.iter().find(|(_, value)| *value >= share * end - 1e-12 && end > 0.0)?;
                Some(Mark { day: f64::from(*day), value: *value, label: format!("{words} by day {day}") })
            })
            .collect();
        let name = format!("MQLs to {}", context.goal.plural());
        let last = curve.steps.last().copied();
        let mut ribbon: Vec<(u32, f64, f64)> = curve.steps.iter().map(|s| (s.0, s.2, s.3)).collect();
        if let Some((day, _, low, high)) = last
            && day < curve.window_days
        {
            ribbon.push((curve.window_days, low, high));
        }
        blocks.push(Block::Chart(Chart {
            id: "curve".into(),
            title: format!("How {} come in", context.goal.plural()),
            subtitle: format!(
                "Share of MQLs that have become {}, by days since the MQL; recent MQLs, open ones included; {} interval",
                context.goal.plural(),
                format::share(context.plan.verdict.level).replace(".0", "")
            ),
            description: format!("A rising curve over {} days. {title}.", curve.window_days),
            source: format!("Stage history and deals through {}", context.analysis.as_of),
            data: ChartData::Curves {
                curves: vec![Curve { name, steps, ribbon }],
                x_label: "days since MQL".into(),
                marks,
            },
        }));
    }
    let times = &metrics.overall.time_to;
    let all = [
        ("Lead to MQL", &times.lead_to_mql),
        ("MQL to SQL", &times.mql_to_sql),
        ("SQL to customer", &times.sql_to_customer),
        ("MQL to customer", &times.mql_to_customer),
    ];
    // Where the creation is the MQL, the time from one to the other says nothing.
    let tells = |time: &TimeTo| time.n > 0 && time.p90.value.is_some_and(|days| days > 0.0);
    let rows: Vec<Row> = all.iter().filter(|(_, time)| tells(time)).map(|(name, time)| time_row(name, time)).collect();
    if rows.is_empty() {
        blocks.push(Block::Note { tone: Tone::Neutral, text: "No conversion has been seen yet, so no time can be given.".into() });
    } else {
        let columns = vec![
            column("From → to", Unit::Text),
            column("Conversions", Unit::Count),
            column("A quarter by day", Unit::Days),
            column("Half by day", Unit::Days),
            column("Interval", Unit::Days),
            column("Nine in ten by day", Unit::Days),
            column("Interval", Unit::Days),
            column("So far: half", Unit::Days),
            column("So far: nine in ten", Unit::Days),
            column("Counted within", Unit::Days),
        ];
        let note = "Corrected for leads that are still open. \"So far\" is the plain quantile of what has closed and is too short, because the slow ones are missing.";
        blocks.push(Block::Table(table("times", "Days to conversion", columns, rows, note)));
    }
    Section { id: "time".into(), title, blocks }
}

fn time_row(name: &str, time: &TimeTo) -> Row {
    let why = "too few conversions";
    let [p25, _] = cells(&time.p25, why);
    let [p50, range50] = cells(&time.p50, why);
    let [p90, range90] = cells(&time.p90, why);
    let so_far = |i: usize| time.so_far.map_or(Cell::Missing(why.into()), |days| Cell::Number(f64::from(days[i])));
    let follow_up = Cell::Number(f64::from(time.follow_up_days));
    row(vec![text(name), number(time.n), p25, p50, range50, p90, range90, so_far(1), so_far(3), follow_up])
}
