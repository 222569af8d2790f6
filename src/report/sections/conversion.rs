//! Which share of the MQLs converts, and is that in its range?

use super::super::format;
use super::super::page::{Block, Chart, ChartData, Event, Point, PointState, Row, Section, Tone, Unit};
use super::{Cell, Context, Goal, column, interval, number, rate_cells, row, status, table, text};
use crate::metrics::MonthRow;
use crate::metrics::benchmark::Verdict;
use crate::metrics::funnel::{Rate, Status};
use crate::metrics::maturity_alarm::{AlarmState, PaceUsed};

/// More MQLs than this are no advice.
const MOST_NEEDED: u64 = 20_000;

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let mut blocks = vec![Block::Prose { text: verdict(context) }];
    blocks.extend(customers(context).map(|text| Block::Prose { text }));
    blocks.extend(accounts(context).map(|text| Block::Prose { text }));
    if let Some(note) = truncation(context) {
        blocks.push(note);
    }
    blocks.extend(alarm(context).map(|text| Block::Note { tone: Tone::Warn, text }));
    blocks.push(Block::Chart(chart(context)));
    if let Some(text) = youngest(context) {
        blocks.push(Block::Prose { text });
    }
    blocks.push(Block::Table(months(context)));
    blocks.extend(windows(context).map(Block::Table));
    if context.goal == Goal::Sql {
        blocks.push(Block::Table(ladder(context)));
    }
    let months = metrics.phi.months;
    if context.goal == Goal::Sql && metrics.benchmark.verdict != Verdict::Unavailable {
        let swing = if months < 5 {
            format!(
                "Only {months} months are complete and have ten MQLs or more, so how much months usually swing is not known; the intervals assume that they do not."
            )
        } else if metrics.phi.phi > 1.0 {
            format!(
                "Complete months differ {} times as much as chance alone would make them (φ, from the last {months} months whose window is over, older than the report months where needed); the intervals of the rates over all months allow for that.",
                format::grouped(metrics.phi.phi, 1)
            )
        } else {
            format!("The {months} complete months differ no more than chance makes them (φ = 1).")
        };
        blocks.push(Block::Note { tone: Tone::Neutral, text: swing });
    }
    Section { id: "conversion".into(), title: title(context), blocks }
}

/// The section's finding.
fn title(context: &Context) -> String {
    let label = context.goal.label();
    let rate = context.goal.of(&context.metrics.overall);
    match (rate.estimate, rate.low, rate.high) {
        (Some(share), Some(low), Some(high)) => {
            format!("{label} is {} ({})", format::share(share), format::share_range(low, high))
        }
        _ => format!("{label} cannot be told yet"),
    }
}

fn verdict(context: &Context) -> String {
    let benchmark = &context.metrics.benchmark;
    let rate = context.goal.of(&context.metrics.overall);
    if context.goal == Goal::Customer {
        let why = context.metrics.known.sqls.why().unwrap_or_default();
        return format!(
            "MQL→SQL and its verdict are unavailable ({why}). What can be seen is which MQLs were won. {}",
            seen(context, rate)
        );
    }
    let band = format::round_share_range(benchmark.low, benchmark.high);
    let decided = benchmark.rungs.last().map(|rung| rung.says.clone()).unwrap_or_default();
    match benchmark.verdict {
        Verdict::Below => format!(
            "{} That is below the {band} range: the criteria may be too loose, or follow-up too slow. The benchmark judges the average MQL; whether the bar itself is too low is judged at the margin, under calibration.",
            seen(context, rate)
        ),
        Verdict::Above => format!(
            "{} That is above the {band} range: a bar that high may miss hot prospects. Whether it does can only be seen from leads below the bar that were worked.",
            seen(context, rate)
        ),
        Verdict::Inside => format!("{} That is inside the {band} range.", seen(context, rate)),
        Verdict::NotSettled => {
            let needed = benchmark
                .n_needed
                .map(|n| match n {
                    ..=MOST_NEEDED => {
                        format!(" To settle it at this rate would take about {} MQLs.", format::count(n as f64))
                    }
                    _ => " This close to a border of the range, no number of MQLs that one ever has would settle it."
                        .into(),
                })
                .unwrap_or_default();
            let rest = if benchmark.excluded.is_empty() {
                format!("Nothing against the {band} range can be said yet")
            } else {
                format!(
                    "Against the {band} range that is {} for sure, and otherwise not settled{}",
                    benchmark.excluded,
                    stricter(context, rate)
                )
            };
            format!("{} {rest}.{needed}", seen(context, rate))
        }
        Verdict::Unavailable | Verdict::Immature | Verdict::TooFew => format!("No verdict: {decided}."),
        Verdict::NotWorked => format!("{} No verdict on the criteria: {decided}.", seen(context, rate)),
        Verdict::DefinitionChanged => format!("{} But these are two definitions: {decided}.", seen(context, rate)),
        Verdict::Mix => format!("{} No new verdict: {decided}.", seen(context, rate)),
    }
}

/// Why a verdict is open although the interval beside it lies inside the range: its own limits are stricter.
fn stricter(context: &Context, rate: &Rate) -> String {
    let benchmark = &context.metrics.benchmark;
    let limits = benchmark.decided_low.zip(benchmark.decided_high);
    let is_inside = rate.low.zip(rate.high).is_some_and(|(low, high)| low >= benchmark.low && high <= benchmark.high);
    match limits.filter(|_| is_inside) {
        Some((low, high)) => format!(": the exact limits that the verdict uses are {}", format::share_range(low, high)),
        None => String::new(),
    }
}

/// The sentence on MQL→customer beside MQL→SQL.
fn customers(context: &Context) -> Option<String> {
    let rate = &context.metrics.overall.mql_to_customer;
    if context.goal == Goal::Customer {
        return None;
    }
    let ever = &context.metrics.overall.mql_to_customer_so_far;
    Some(format!(
        "MQL→customer, within {} days: {} are won so far, heading for {} ({}); without a limit of days, {} are won so far.",
        rate.window_days?,
        format::count(rate.converted_estimated as f64),
        format::share(rate.estimate?),
        interval(rate.low?, rate.high?, rate.level),
        format::count(ever.converted as f64)
    ))
}

/// The sentence on MQL→SQL by account, where that is something else than by person.
fn accounts(context: &Context) -> Option<String> {
    let rate = context.metrics.overall.mql_to_sql_accounts.as_ref().filter(|_| context.goal == Goal::Sql)?;
    let heading = if rate.status == Status::Maturing { "heading for " } else { "" };
    Some(format!(
        "By account rather than by person: of {} accounts with an MQL, {} had an SQL of anyone there within {} days, {heading}{} ({}).",
        format::count(rate.n_estimated as f64),
        format::count(rate.converted_estimated as f64),
        rate.window_days?,
        format::share(rate.estimate?),
        interval(rate.low?, rate.high?, rate.level)
    ))
}

fn seen(context: &Context, rate: &Rate) -> String {
    let (Some(share), Some(low), Some(high)) = (rate.estimate, rate.low, rate.high) else {
        return format!("{} so far, {}.", format::counted(rate.n, "MQL"), status(rate.status));
    };
    let days = rate.window_days.unwrap_or_default();
    let goal = context.goal.plural();
    let (from, to) = (super::first_counted(context), context.metrics.overall.to);
    let months = if from == to {
        format::month(from)
    } else {
        format!("{from} to {to}", from = format::month_compact(from), to = format::month_compact(to))
    };
    let counts = format!("{} of {months}", format::counted(rate.n_estimated, "MQL"));
    let limits = interval(low, high, rate.level);
    let converted = format::count(rate.converted_estimated as f64);
    match rate.status {
        Status::Maturing => format!(
            "Of the {counts}, {converted} have become {goal} within {days} days so far. {} had {} of their {goal} by now, so they are heading for {} ({limits}).",
            at_this_age(context, "MQLs of their ages"),
            format::share(rate.maturity.unwrap_or(1.0)),
            format::share(share)
        ),
        _ => format!(
            "Of the {counts}, {converted} became {goal} within {days} days: {} ({limits}).",
            format::share(share)
        ),
    }
}

fn truncation(context: &Context) -> Option<Block> {
    let transition = context.goal.transition().name();
    let since = context.metrics.coverage.get(transition)?;
    let months: Vec<&MonthRow> = context.metrics.months.iter().filter(|row| row.left_truncated).collect();
    let (first, last) = (months.first()?, months.last()?);
    Some(Block::Note {
        tone: Tone::Warn,
        text: format!(
            "The first {} is recorded on {}, although MQLs go back to {from}. For {from} to {} only late conversions could be seen: these months are marked, left out of every rate and verdict, and the step after them is no improvement.",
            match context.goal {
                Goal::Sql => "SQL",
                Goal::Customer => "win",
            },
            format::day(*since),
            format::month_compact(last.month),
            from = format::month_compact(first.month),
        ),
    })
}

/// The sentence on the youngest cohort that can be adjusted: what has been seen, and why that is not the rate.
fn youngest(context: &Context) -> Option<String> {
    let row = context.metrics.months.iter().rev().find(|row| context.goal.of_month(row).status == Status::Maturing)?;
    let rate = context.goal.of_month(row);
    let goal = context.goal.plural();
    let maturity = rate.maturity?;
    let usual = context.goal.of(&context.metrics.overall).estimate.unwrap_or(0.0);
    let premature =
        if maturity < 0.9 && rate.high? >= usual { " Calling a young month a drop would be premature." } else { "" };
    Some(format!(
        "{}'s {} show {} so far ({}). {} had {} of their {goal}, so the month is heading for {} ({}).{premature}",
        format::month_first(row.month),
        format::counted(rate.n, "MQL"),
        context.goal.counted(rate.converted),
        format::share(rate.observed?),
        at_this_age(context, "MQLs of this age"),
        format::share(maturity),
        format::share(rate.estimate?),
        interval(rate.low?, rate.high?, rate.level)
    ))
}

/// By whose pace a young cohort is judged: "MQLs of this age have normally", or at the pace of recent months.
fn at_this_age(context: &Context, whose: &str) -> String {
    let alarm = &context.metrics.lag_alarm;
    match (alarm.months, alarm.own_pace_since()) {
        (Some(months), Some(_)) => format!("At the pace of the last {months} months, {whose} have"),
        _ => format!("{whose} have normally"),
    }
}

/// The sentence on recent months that go at another pace, where they do.
fn alarm(context: &Context) -> Option<String> {
    let alarm = &context.metrics.lag_alarm;
    let rung = alarm.rung()?;
    let (number, pace) = match alarm.state {
        AlarmState::SlowerOrFewer => ("fewer", "slower, or fewer will convert"),
        AlarmState::FasterOrMore => ("more", "faster, or more will convert"),
        AlarmState::Quiet | AlarmState::Untested => return None,
    };
    let (months, day) = (rung.months, format::count(f64::from(alarm.day?)));
    let done = match alarm.pace {
        PaceUsed::Own => "The rates of these months therefore use their own pace.".to_string(),
        PaceUsed::OwnThenEarlier => format!(
            "The rates of these months therefore use their own pace up to day {}, as old as any of them is, and the earlier pace after that.",
            format::count(f64::from(alarm.own_pace_through_day?))
        ),
        PaceUsed::Usual => {
            "Too few of them have converted to show a pace of their own: their rates use the usual one, and may be off."
                .to_string()
        }
    };
    Some(format!(
        "MQLs of the last {months} months (since {}) have had {number} {} by day {day} ({}, {} MQLs) than those before ({}, {} MQLs): sales is {pace}; these numbers cannot tell which. {done}",
        format::month(rung.recent.from),
        context.goal.plural(),
        format::share(rung.recent.share),
        format::count(rung.recent.n as f64),
        format::share(rung.before.share),
        format::count(rung.before.n as f64),
    ))
}

/// The months in which criteria changed.
pub fn criteria_events(context: &Context) -> Vec<Event> {
    let metrics = context.metrics;
    let first = metrics.months.first().map(|row| row.month);
    let changes =
        context.plan.criteria.iter().filter_map(|version| Some((version.effective_from?.month(), version.threshold)));
    changes
        .filter(|(month, _)| first.is_some_and(|first| *month > first) && *month <= metrics.month)
        .map(|(month, threshold)| Event {
            month: month.to_string(),
            label: format!("criteria changed, bar {threshold}"),
        })
        .collect()
}

fn chart(context: &Context) -> Chart {
    let metrics = context.metrics;
    let goal = context.goal;
    let rate = goal.of(&metrics.overall);
    let days = rate.window_days.unwrap_or_default();
    let points = metrics.months.iter().map(|row| point(goal, row)).collect();
    let events = criteria_events(context);
    let benchmark = &metrics.benchmark;
    let title = format!("{} by month of the MQL", goal.label());
    Chart {
        id: "rate".into(),
        subtitle: format!(
            "Share of each month's MQLs that become {} within {days} days; {} intervals. Hollow: young, adjusted for what is to come",
            goal.plural(),
            format::round_share(rate.level)
        ),
        description: format!("Line of {} months. {title}.", metrics.months.len()),
        title,
        source: format!("Stage history and deals through {}", format::day(context.analysis.as_of)),
        data: ChartData::Line {
            counted: "MQLs".into(),
            points,
            band: (goal == Goal::Sql).then_some((benchmark.low, benchmark.high)),
            events,
            unit: Unit::Share,
            limits: None,
        },
    }
}

fn point(goal: Goal, row: &MonthRow) -> Point {
    let rate = goal.of_month(row);
    let truncated = row.left_truncated && rate.status == Status::Unavailable;
    let value = if truncated { rate.observed } else { rate.estimate };
    let state = match rate.status {
        _ if truncated => PointState::Truncated,
        Status::Maturing | Status::TooEarly => PointState::Maturing,
        _ => PointState::Mature,
    };
    let words = match (value, rate.low, rate.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{} ({})", format::share(value), interval(low, high, rate.level))
        }
        (Some(value), ..) => format!("{} seen; outcomes were not yet recorded", format::share(value)),
        _ => status(rate.status).to_string(),
    };
    Point {
        month: row.month.to_string(),
        value,
        low: rate.low,
        high: rate.high,
        n: rate.n,
        state,
        tip: format!(
            "{}\n{}: {words}\n{} MQLs, {} converted so far",
            format::month_first(row.month),
            goal.label(),
            format::count(rate.n as f64),
            format::count(rate.converted as f64)
        ),
        signal: None,
    }
}

fn months(context: &Context) -> super::super::page::Table {
    let goal = context.goal;
    let columns = vec![
        column("MQL month", Unit::Text),
        column("MQLs", Unit::Count),
        column(&format!("{} so far", goal.plural()), Unit::Count),
        column("Seen", Unit::Share),
        column("Maturity", Unit::Share),
        column("Heading for", Unit::Share),
        column("Interval", Unit::Share),
        column("State", Unit::Text),
    ];
    let share = |value: Option<f64>, why: &str| value.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number);
    let rows: Vec<Row> = context
        .metrics
        .months
        .iter()
        .rev()
        .map(|month| {
            let rate = goal.of_month(month);
            let [estimate, range] = rate_cells(rate);
            let truncated = month.left_truncated && rate.status == Status::Unavailable;
            let state = if truncated { "before records" } else { status(rate.status) };
            row(vec![
                text(format::month_compact(month.month)),
                number(rate.n),
                number(rate.converted),
                share(rate.observed, state),
                share(rate.maturity, state),
                estimate,
                range,
                text(state),
            ])
        })
        .collect();
    let note = "Maturity: the share of a cohort's conversions that has normally come by its age. Heading for = seen ÷ maturity. Young: not every MQL has had its window yet. MQLs inferred from a later stage are in no rate.";
    table("cohorts", "By month of the MQL", columns, rows, note)
}

/// The rates within 30, 60 and 90 days and the window, by month; nothing where the window is the shortest of them.
fn windows(context: &Context) -> Option<super::super::page::Table> {
    let name = context.goal.transition().name();
    let windows = context.metrics.windows.iter().find(|windows| windows.transition == name)?;
    if windows.days.len() < 2 {
        return None;
    }
    let mut columns = vec![column("MQL month", Unit::Text)];
    for days in &windows.days {
        columns.push(column(&format!("Within {days} days"), Unit::Share));
        columns.push(column("Interval", Unit::Share));
    }
    let cells = |label: String, rates: &[Rate]| {
        row(std::iter::once(text(label)).chain(rates.iter().flat_map(rate_cells)).collect())
    };
    let months = windows.months.iter().rev().map(|month| cells(format::month_compact(month.month), &month.rates));
    let rows = months.chain(std::iter::once(cells("all months".to_string(), &windows.overall))).collect();
    let note = "Of each month's MQLs, the share that converts within so many days. A month that has not had them all is adjusted for what is to come, by the same curve for every column.";
    Some(table("windows", &format!("{} within shorter windows", context.goal.label()), columns, rows, note))
}

fn ladder(context: &Context) -> super::super::page::Table {
    let columns = vec![column("Asked", Unit::Text), column("Answer", Unit::Text), column("Because", Unit::Text)];
    let question = |rung: &str| match rung {
        "unavailable" => "Are there MQLs with SQL dates?",
        "immature" => "Are they old enough?",
        "too_few" => "Are they enough?",
        "not_worked" => "Does sales follow them up?",
        "definition_changed" => "Are they of one definition?",
        "mix" => "Is the change more than mix?",
        _ => "Then: where does the rate lie?",
    };
    let rows = context
        .metrics
        .benchmark
        .rungs
        .iter()
        .map(|rung| {
            let answer = match (rung.rung.as_str(), rung.passed) {
                ("below" | "inside" | "above" | "not_settled", _) => rung.rung.replace('_', " "),
                (_, true) => "yes".to_string(),
                (_, false) => "no".to_string(),
            };
            row(vec![text(question(&rung.rung)), text(answer), text(rung.says.clone())])
        })
        .collect();
    let note = "The verdict uses exact limits (Clopper–Pearson) at effective counts, which differ a little from the interval shown elsewhere; each claim is wrong at most one time in twenty.";
    table("ladder", "How the verdict was reached", columns, rows, note)
}
