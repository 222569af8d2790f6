//! How long does it take?

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Curve, Mark, Row, Section, Tone, Unit};
use super::{Cell, Context, cells, column, interval, number, row, table, text};
use crate::metrics::CurveSteps;
use crate::metrics::velocity::TimeTo;
use crate::metrics::windows::{SuggestedWindow, WindowFit, Windows};

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
        blocks.push(Block::Chart(chart(context, curve)));
    }
    blocks.extend(super::cohort_charts::curves(context).map(Block::Chart));
    blocks.extend(super::cohort_charts::heat(context).map(Block::Chart));
    if let Some(since) = metrics.coverage.get(context.goal.transition().name()) {
        let text = format!(
            "MQLs from before {} are in these times, and only their late {} are recorded: the slow ones weigh too much.",
            format::day(*since),
            context.goal.plural()
        );
        blocks.push(Block::Note { tone: Tone::Warn, text });
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
        blocks.push(Block::Note {
            tone: Tone::Neutral,
            text: "No conversion has been seen yet, so no time can be given.".into(),
        });
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
    blocks.extend(window(context).map(|text| Block::Prose { text }));
    blocks.extend(catch(context).map(Block::Table));
    blocks.extend(forecast(context).map(|text| Block::Note { tone: Tone::Neutral, text }));
    Section { id: "time".into(), title, blocks }
}

/// The sentence on how long the window of the goal would have to be.
fn window(context: &Context) -> Option<String> {
    let name = context.goal.transition().name();
    let windows = context.metrics.windows.iter().find(|windows| windows.transition == name)?;
    let suggested = windows.suggested.as_ref()?;
    let goal = context.goal.plural();
    let (share, day) = (format::round_share(suggested.share), format::days(suggested.days.value?));
    let limits = format!(
        "{} interval {}–{} days",
        format::round_share(context.plan.verdict.level),
        format::days(suggested.days.low?),
        format::days(suggested.days.high?)
    );
    let (window, catches) = (suggested.window_days, format::share(suggested.window_catches));
    let followed = suggested.follow_up_days;
    Some(match suggested.fit {
        WindowFit::LongEnough => format!(
            "{share} of the {goal} come within {day} days ({limits}); the window of {window} days catches {catches} of those that come within {followed}."
        ),
        WindowFit::TooShort => format!(
            "The window of {window} days is short: {share} of the {goal} come within {day} days ({limits}), and the window catches {catches} of those that come within {followed}. Every rate here leaves the rest out."
        ),
        WindowFit::Unknown => format!(
            "Of the {goal} within {window} days, {share} come within {day} ({limits}). Nobody has been followed for longer, so what comes after the window is not known."
        ),
    })
}

/// The line on what will have come in the end.
fn forecast(context: &Context) -> Option<String> {
    let forecast = context.metrics.forecast.as_ref()?;
    let level = context.plan.verdict.level;
    Some(format!(
        "Forecast, if the curve keeps its shape: {} of the MQLs become {} at some time ({}), against {} within {} days. Two models (Weibull and gamma) agree on it, from {} {} followed for up to {} days. No verdict here uses it.",
        format::share(forecast.eventual.value?),
        context.goal.plural(),
        interval(forecast.eventual.low?, forecast.eventual.high?, level),
        format::share(forecast.within_window),
        forecast.window_days,
        format::count(forecast.n as f64),
        context.goal.plural(),
        format::count(f64::from(forecast.followed_days)),
    ))
}

/// The windows of all transitions, against the day by which nearly all conversions have come.
fn catch(context: &Context) -> Option<super::super::page::Table> {
    let known = |windows: &&Windows| windows.suggested.is_some();
    let rows: Vec<Row> = context.metrics.windows.iter().filter(known).filter_map(catch_row).collect();
    if rows.is_empty() {
        return None;
    }
    let columns = vec![
        column("From → to", Unit::Text),
        column("Window", Unit::Days),
        column("95\u{a0}% by day", Unit::Days),
        column("Interval", Unit::Days),
        column("Followed for", Unit::Days),
        column("The window catches", Unit::Share),
        column("Conversions", Unit::Count),
        column("Window is", Unit::Text),
    ];
    let note = "Of the conversions within the days that could be followed. Nothing is changed by this table: the windows are settings.";
    Some(table("catch", "Are the windows long enough?", columns, rows, note))
}

fn catch_row(windows: &Windows) -> Option<Row> {
    let suggested: &SuggestedWindow = windows.suggested.as_ref()?;
    let name = match windows.transition {
        "mql_to_sql" => "MQL to SQL",
        "sql_to_customer" => "SQL to customer",
        _ => "MQL to customer",
    };
    let fit = match suggested.fit {
        WindowFit::LongEnough => "long enough",
        WindowFit::TooShort => "short",
        WindowFit::Unknown => "not known",
    };
    let [day, range] = cells(&suggested.days, "too few conversions");
    let caught = match suggested.fit {
        WindowFit::Unknown => Cell::Missing("not known".to_string()),
        _ => Cell::Number(suggested.window_catches),
    };
    Some(row(vec![
        text(name),
        Cell::Number(f64::from(suggested.window_days)),
        day,
        range,
        Cell::Number(f64::from(suggested.follow_up_days)),
        caught,
        number(suggested.n),
        text(fit),
    ]))
}

fn chart(context: &Context, curve: &CurveSteps) -> Chart {
    let goal = context.goal.plural();
    let mut steps: Vec<(u32, f64)> = std::iter::once((0, 0.0)).chain(curve.steps.iter().copied()).collect();
    if steps.last().is_some_and(|(day, _)| *day < curve.window_days) {
        steps.push((curve.window_days, 1.0));
    }
    let reached = |share: f64| steps.iter().find(|(_, value)| *value >= share - 1e-12);
    let marks = [(0.5, "half"), (0.9, "nine in ten")].into_iter().filter_map(|(share, words)| {
        let (day, value) = *reached(share)?;
        Some(Mark { day: f64::from(day), value, label: format!("{words} by day {day}") })
    });
    let marks = marks.collect();
    let name = format!("all {} {goal}", format::count(curve.n as f64));
    Chart {
        id: "curve".into(),
        title: format!("How {goal} come in"),
        subtitle: format!(
            "Of the {goal} within {} days of the MQL, the share that has come by each day; corrected for MQLs that are still open",
            curve.window_days
        ),
        description: format!("A rising curve from 0 to 100 percent over {} days.", curve.window_days),
        source: format!("Stage history and deals through {}", format::day(context.analysis.as_of)),
        data: ChartData::Curves {
            curves: vec![Curve { name, steps, ribbon: Vec::new(), open: Vec::new() }],
            x_label: "days since MQL".into(),
            marks,
        },
    }
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
