//! Which channels convert, which surely differ from the rest, and which lie outside their range?
//!
//! Rows stand in the order of the shrunk rates; words claim a difference only where it holds with all channels looked at.

use super::super::format;
use super::super::page::{Block, Cell, Chart, ChartData, Dot, Row, Section, Table, Tone, Unit};
use super::{Context, Goal, cells, column, number, rate_cells, status, table, text};
use crate::metrics::Totals;
use crate::metrics::benchmark::{self, Verdict};
use crate::metrics::channels::{AgainstRest, ChannelStanding, Difference, RangeOf};
use crate::metrics::funnel::Status;

/// No more channels than this are named in one sentence.
const MOST_NAMED: usize = 4;

/// Columns of the table of standings up to those about a range.
const WITHOUT_A_RANGE: usize = 7;
/// What the note says of those about a range.
const OF_RANGES: &str = " MQLs still needed: about so many more at a rate like this one would settle in or out of its range; sources of a channel's own range stand with it.";

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    let goal = context.goal;
    let overall = goal.of(&metrics.overall);
    let shown = in_order(context);
    let rows = shown
        .iter()
        .map(|row| {
            let rate = goal.of(row);
            // One of one is no 100 % to look at: a channel of few leads has its counts, and its place in the table.
            let drawn = |value: Option<f64>| value.filter(|_| rate.status != Status::TooFew);
            Dot {
                label: name(row),
                value: drawn(rate.estimate),
                low: drawn(rate.low),
                high: drawn(rate.high),
                note: format!("{} of {}", format::count(rate.converted as f64), format::count(rate.n as f64)),
                tone: tone(row),
            }
        })
        .collect();
    let title = title(context);
    let level = format::round_share(context.plan.verdict.level);
    let chart = Chart {
        id: "channel-rates".into(),
        title: format!("{} by channel", goal.label()),
        subtitle: format!(
            "{} by first-touch channel, adjusted for what is still to come; {level} interval",
            goal.label()
        ),
        description: format!("Dots with intervals for {} channels. {title}", shown.len()),
        source: format!(
            "MQLs of {} to {}",
            format::month_compact(metrics.overall.from),
            format::month_compact(metrics.overall.to)
        ),
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
        column("Shrunk rate", Unit::Share),
        column("won ever so far", Unit::Share),
        column("Interval", Unit::Share),
        column("Median days", Unit::Days),
        column("Cost per MQL", money),
        column("State", Unit::Text),
    ];
    let rows = shown.iter().map(|totals| channel_row(context, totals)).collect();
    let note = "First touch. In the order of the shrunk rate: what a channel's rate most likely is once small channels, which look best and worst by chance, are pulled towards the average. Channels whose intervals overlap have no proven order. Colour in the chart: only what is sure with all channels judged at once.";
    let mut sentences: Vec<String> = worst(context).or_else(|| suspect(context)).into_iter().collect();
    sentences.extend(differences(context));
    let mut blocks: Vec<Block> = sentences.into_iter().map(|text| Block::Prose { text }).collect();
    blocks.extend([Block::Chart(chart), Block::Table(table("channel-table", "Channels", columns, rows, note))]);
    blocks.extend(standing_table(context, &shown).map(Block::Table));
    blocks.extend(alternates_table(context).map(Block::Table));
    Section { id: "channels".into(), title, blocks }
}

/// The channels with MQLs, the highest shrunk rate first; those without one behind, most MQLs first.
fn in_order<'a>(context: &Context<'a>) -> Vec<&'a Totals> {
    let mut shown: Vec<&Totals> = context.metrics.channels.iter().filter(|row| row.mqls > 0).collect();
    let rank = |row: &Totals| standing(row).and_then(|standing| standing.shrunk).map_or(u32::MAX, |found| found.rank);
    shown.sort_by_key(|row| rank(row));
    shown
}

fn name(totals: &Totals) -> String {
    totals.channel.clone().unwrap_or_default()
}

fn standing(totals: &Totals) -> Option<&ChannelStanding> {
    totals.standing.as_ref()
}

fn verdict(totals: &Totals) -> Option<Verdict> {
    standing(totals).map(|standing| standing.verdict)
}

/// The channels that surely differ from the rest, with by how much.
fn different<'a>(context: &Context<'a>) -> Vec<(&'a Totals, AgainstRest)> {
    let against = |row: &'a Totals| {
        let rest = standing(row)?.rest.filter(|rest| rest.says != Difference::CannotTell)?;
        Some((row, rest))
    };
    in_order(context).into_iter().filter_map(against).collect()
}

/// The section's finding.
fn title(context: &Context) -> String {
    let judged = |wanted: Verdict| {
        let rows = context.metrics.channels.iter().filter(|row| verdict(row) == Some(wanted));
        rows.map(name).collect::<Vec<_>>()
    };
    let (below, above) = (judged(Verdict::Below), judged(Verdict::Above));
    if !below.is_empty() {
        return format!("Surely below the range: {}", below.join(", "));
    }
    if !above.is_empty() {
        return format!("Surely above the range: {}", above.join(", "));
    }
    let different: Vec<String> = different(context).into_iter().map(|(row, _)| name(row)).collect();
    let compared = n_compared(context);
    if different.len() > MOST_NAMED {
        return format!("{} channels surely differ from the rest", different.len());
    }
    if !different.is_empty() {
        let only = if different.len() < compared { "Only " } else { "" };
        let verb = if different.len() == 1 { "differs" } else { "differ" };
        return format!("{only}{} surely {verb} from the rest", list(&different));
    }
    match compared {
        _ if context.metrics.channels.len() == 1 => {
            "There is one channel only, so there is nothing to compare".to_string()
        }
        0 => "No channel has enough MQLs to be compared".to_string(),
        _ => "No channel surely differs from the rest".to_string(),
    }
}

/// How many channels have been compared with the rest.
fn n_compared(context: &Context) -> usize {
    context.metrics.channels.iter().filter(|row| standing(row).is_some_and(|standing| standing.rest.is_some())).count()
}

/// "a", "a and b", "a, b and c".
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn channel_row(context: &Context, totals: &Totals) -> Row {
    let rate = context.goal.of(totals);
    let [share, range] = rate_cells(rate);
    let [won, won_range] = rate_cells(&totals.mql_to_customer_so_far);
    let [days, _] = cells(&context.goal.time(&totals.time_to).p50, "fewer than ten conversions");
    let [cost, _] = cells(&totals.cost_per_mql, "no spend");
    let shrunk = standing(totals).and_then(|standing| standing.shrunk);
    let cells_of_row = vec![
        text(name(totals)),
        number(rate.n),
        number(rate.converted),
        share,
        range,
        shrunk.map_or_else(|| Cell::Missing("fewer than ten MQLs".into()), |found| Cell::Number(found.value)),
        won,
        won_range,
        days,
        cost,
        text(status(rate.status)),
    ];
    Row { cells: cells_of_row, tone: tone(totals) }
}

/// Against the rest and against the range, a row a channel.
fn standing_table(context: &Context, shown: &[&Totals]) -> Option<Table> {
    let judged: Vec<(&Totals, &ChannelStanding)> =
        shown.iter().filter_map(|row| Some((*row, standing(row)?))).collect();
    if judged.len() < 2 {
        return None;
    }
    let mut columns = vec![
        column("Channel", Unit::Text),
        column("Shrunk rate", Unit::Share),
        column("Interval", Unit::Share),
        column("Chance of being best", Unit::Text),
        column("Against the rest", Unit::Text),
        column("Interval", Unit::Text),
        column("So it is", Unit::Text),
        column("Its range", Unit::Text),
        column("In its range?", Unit::Text),
        column("MQLs still needed", Unit::Count),
    ];
    let mut rows: Vec<Row> = judged.iter().map(|(row, standing)| standing_row(row, standing)).collect();
    if context.goal == Goal::Customer {
        // The range is one of MQL→SQL: customers are held against none.
        columns.truncate(WITHOUT_A_RANGE);
        rows.iter_mut().for_each(|row| row.cells.truncate(WITHOUT_A_RANGE));
    }
    let of_ranges = if context.goal == Goal::Customer { "" } else { OF_RANGES };
    let note = "Against the rest: the channel's rate less that of all other channels together; “surely” means that it holds with every channel looked at (at most one such claim in twenty is false).";
    let note = format!("{note}{of_ranges}");
    let title = format!("How the channels stand, by {}", context.goal.label());
    Some(table("channel-standing", &title, columns, rows, &note))
}

fn standing_row(totals: &Totals, standing: &ChannelStanding) -> Row {
    let missing = || Cell::Missing("fewer than ten MQLs, or too young".to_string());
    let [shrunk, interval, best] = match &standing.shrunk {
        Some(found) => [
            Cell::Number(found.value),
            Cell::Range(found.low, found.high),
            text(format::chance(found.chance_of_being_best)),
        ],
        None => [missing(), missing(), missing()],
    };
    let [against, limits, says] = match &standing.rest {
        Some(rest) => [
            text(format::points(rest.difference)),
            text(points_range(rest.low, rest.high)),
            text(match rest.says {
                Difference::Higher => "surely higher",
                Difference::Lower => "surely lower",
                Difference::CannotTell => "not to be told apart",
            }),
        ],
        None => [missing(), missing(), missing()],
    };
    let needed = match standing.more_mqls {
        Some(more) => number(more),
        None => Cell::Missing("settled, or it cannot be said".to_string()),
    };
    let cells = vec![
        text(name(totals)),
        shrunk,
        interval,
        best,
        against,
        limits,
        says,
        text(range(standing)),
        text(position(standing.verdict, &standing.excluded)),
        needed,
    ];
    Row { cells, tone: tone(totals) }
}

/// "−17.8 to −7.4 points".
fn points_range(low: f64, high: f64) -> String {
    let (low, high) = (format::points(low), format::points(high));
    format!("{} to {high}", low.trim_end_matches("\u{a0}points"))
}

/// A channel's range, with its name and where it comes from.
fn range(standing: &ChannelStanding) -> String {
    let range = &standing.range;
    let band = format::round_share_range(range.low, range.high);
    if range.of == RangeOf::All {
        return format!("{band}, common");
    }
    let named = [range.label.as_deref(), range.source.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if named.is_empty() { format!("{band}, its own") } else { format!("{band} ({named})") }
}

/// A verdict, and what it rules out where it is not settled.
fn position(verdict: Verdict, excluded: &str) -> String {
    if excluded.is_empty() { benchmark::words(verdict) } else { format!("{excluded}, else not settled") }
}

/// The verdict on all MQLs under each other range that the project file names.
fn alternates_table(context: &Context) -> Option<Table> {
    let alternates = &context.metrics.benchmark.alternates;
    if alternates.is_empty() || context.goal == Goal::Customer {
        return None;
    }
    let columns = vec![
        column("Range", Unit::Text),
        column("From", Unit::Share),
        column("All channels together", Unit::Text),
        column("Source", Unit::Text),
    ];
    let mut rows = vec![Row {
        cells: vec![
            text("the range of this report"),
            Cell::Range(context.metrics.benchmark.low, context.metrics.benchmark.high),
            text(position(context.metrics.benchmark.verdict, &context.metrics.benchmark.excluded)),
            Cell::Missing("the range of the project file, or 13–31 %".into()),
        ],
        tone: Tone::Neutral,
    }];
    rows.extend(alternates.iter().map(|alternate| Row {
        cells: vec![
            text(alternate.label.clone()),
            Cell::Range(alternate.low, alternate.high),
            text(position(alternate.verdict, &alternate.excluded)),
            alternate.source.clone().map_or_else(|| Cell::Missing("no source given".into()), text),
        ],
        tone: Tone::Neutral,
    }));
    let note = "The same rate held against other ranges that the project file names; only the first one decides anything in this report.";
    Some(table("benchmark-alternates", "MQL→SQL under other ranges", columns, rows, note))
}

fn tone(totals: &Totals) -> Tone {
    match verdict(totals) {
        Some(Verdict::Below) => Tone::Bad,
        Some(Verdict::Above) => Tone::Warn,
        Some(Verdict::Inside) => Tone::Good,
        _ => Tone::Neutral,
    }
}

/// Who surely differs from the rest, and that the others cannot be told apart.
fn differences(context: &Context) -> Option<String> {
    let compared = n_compared(context);
    if compared < 2 {
        return None;
    }
    let different = different(context);
    if different.is_empty() {
        let n = format::count(compared as f64);
        return Some(format!(
            "The {n} channels with enough MQLs cannot be told apart: differences as large as these come by chance among {n}. A budget moved between them because of these rates would follow chance."
        ));
    }
    let mut sentences: Vec<String> =
        different.iter().take(MOST_NAMED).map(|(row, rest)| against_the_rest(context, row, rest)).collect();
    let unnamed = different.len().saturating_sub(MOST_NAMED);
    if unnamed > 0 {
        sentences.push(format!("So do {} more, in the table below.", format::count(unnamed as f64)));
    }
    match compared - different.len() {
        0 => {}
        1 => sentences.push("The one other channel cannot be told apart from the rest.".to_string()),
        others => sentences.push(format!(
            "The other {} cannot be told apart from the rest: their differences may be chance.",
            format::count(others as f64)
        )),
    }
    Some(sentences.join(" "))
}

/// The sentence on a channel whose own interval lies below its range, although that is not sure with all judged at once.
fn suspect(context: &Context) -> Option<String> {
    let below = |row: &&Totals| {
        row.mql_to_sql.high.zip(standing(row)).is_some_and(|(high, standing)| high < standing.range.low)
    };
    let totals = context.metrics.channels.iter().filter(|_| context.goal == Goal::Sql).find(below)?;
    let rate = &totals.mql_to_sql;
    Some(format!(
        "Against its range, {} is the one to look at first: {} of its {} MQLs became SQLs so far, heading for {} ({}). Judged alone that is below the range; with all channels judged at once it is not sure.",
        name(totals),
        format::count(rate.converted as f64),
        format::count(rate.n as f64),
        format::share(rate.estimate?),
        super::interval(rate.low?, rate.high?, rate.level)
    ))
}

/// The sentence on a channel that surely differs from the rest.
fn against_the_rest(context: &Context, row: &Totals, rest: &AgainstRest) -> String {
    let direction = if rest.says == Difference::Higher { "better" } else { "worse" };
    format!(
        "{} surely converts {direction} than the rest: {} of its MQLs against {} of all others, {} ({} interval {}).",
        name(row),
        format::share(rest.rest + rest.difference),
        format::share(rest.rest),
        format::points(rest.difference),
        format::round_share(context.plan.verdict.level),
        points_range(rest.low, rest.high),
    )
}

/// The channel to look into, and why: one that surely lies below its range, else one that surely converts worse than the rest.
pub fn surely_worse(context: &Context) -> Option<(String, String)> {
    let below = context.metrics.channels.iter().find(|row| verdict(row) == Some(Verdict::Below));
    if let (Some(row), Some(says)) = (below, worst(context)) {
        return Some((name(row), says));
    }
    // "Other" and the like are no channel that anybody runs.
    const NOBODYS: [&str; 5] = ["(blank)", "unknown", "(not set)", "other", "others"];
    let is_somebodys = |row: &Totals| !NOBODYS.contains(&name(row).to_lowercase().as_str());
    let lower = different(context).into_iter();
    let lower = lower.filter(|(row, rest)| rest.says == Difference::Lower && is_somebodys(row));
    let (row, rest) = lower.min_by(|a, b| a.1.difference.total_cmp(&b.1.difference))?;
    Some((name(row), against_the_rest(context, row, &rest)))
}

/// The sentence on the largest channel that surely lies below its range, if there is one.
pub fn worst(context: &Context) -> Option<String> {
    let totals = context.metrics.channels.iter().find(|row| verdict(row) == Some(Verdict::Below))?;
    let rate = &totals.mql_to_sql;
    let cost = match totals.cost_per_mql.value {
        Some(cost) => format!(", at {} an MQL", format::money(cost, &context.plan.currency)),
        None => String::new(),
    };
    let range = standing(totals).filter(|standing| standing.range.of == RangeOf::Channel).map(range);
    let range = range.map_or("the range".to_string(), |range| format!("its own range of {range}"));
    Some(format!(
        "{} surely lies below {range}: {} of its {} MQLs became SQLs so far, heading for {}{cost}.",
        name(totals),
        format::count(rate.converted as f64),
        format::count(rate.n as f64),
        format::share(rate.estimate?)
    ))
}
