//! What does sales do with the MQLs, and is it soon enough?

use super::super::format;
use super::super::page::{AreaPart, Block, Chart, ChartData, Figure, Quantity, Section, Table, Tone, Unit};
use super::{Cell, Context, cells, column, interval, number, row, table, text};
use crate::metrics::Estimate;
use crate::metrics::response::{
    ByResponse, Comparison, Exits, Handoff, LandmarkGroup, OutcomeStep, Outcomes, ResponseName, Share, Touches,
};
use crate::vocabulary::Stage;

pub fn section(context: &Context) -> Section {
    let handoff = &context.metrics.handoff;
    let mut blocks = Vec::new();
    match &handoff.touches {
        Some(touches) => blocks.extend(follow_up(context, handoff, touches)),
        None => blocks.push(Block::Prose { text: missing(context, handoff) }),
    }
    if let Some(by_response) = &handoff.by_response {
        blocks.push(Block::Table(classes(handoff, by_response)));
        blocks.extend(comparison(context, handoff, by_response).into_iter().map(|text| Block::Prose { text }));
    }
    match &handoff.exits {
        Some(exits) => {
            blocks.push(Block::Prose { text: turned_down(exits) });
            blocks.extend((exits.n > 0).then(|| Block::Table(reasons(exits))));
        }
        None if context.metrics.known.mqls.why().is_none() => blocks.push(Block::Prose { text: NO_EXITS.to_string() }),
        None => {}
    }
    if let Some(outcomes) = &handoff.outcomes {
        blocks.push(Block::Prose { text: became(context, outcomes) });
        blocks.push(Block::Chart(chart(context, outcomes)));
        blocks.push(Block::Table(by_day(context, outcomes)));
    }
    Section { id: "handoff".into(), title: title(handoff), blocks }
}

const NO_EXITS: &str = "No MQL has a date on which it was turned down or sent back, so nothing can be said about reasons. To see them, export the stage that means disqualified and the one that means recycled, with the reason.";

/// The section's finding.
fn title(handoff: &Handoff) -> String {
    let Some(touches) = &handoff.touches else { return "How sales follows up cannot be told".to_string() };
    let Share { value: Some(share), low: Some(low), high: Some(high), .. } = touches.in_time else {
        return "No MQL has had the time that sales is given".to_string();
    };
    let shares = format!("{} ({})", format::share(share), format::share_range(low, high));
    let days = days(handoff.sla_days);
    format!("Sales touches {shares} of the MQLs within {days}")
}

/// What to export where touches are not known.
fn missing(context: &Context, handoff: &Handoff) -> String {
    if let Some(why) = context.metrics.known.mqls.why() {
        return format!("Nothing is known of a handoff: {why}.");
    }
    let why = handoff.why_unknown.as_deref().unwrap_or("touches are not recorded");
    let of = match (handoff.sqls_touched.n, handoff.sqls_touched.of) {
        (0, _) => String::new(),
        (n, of) => format!(" ({} of {})", format::count(n as f64), format::count(of as f64)),
    };
    format!(
        "How soon sales takes up the MQLs cannot be told: {why}{of}. To see it, export the date on which a lead enters the stage that sales works in (working, or accepted by sales), or the date of the first sales activity, and name it as the stage `working`."
    )
}

fn follow_up(context: &Context, handoff: &Handoff, touches: &Touches) -> Vec<Block> {
    let level = context.plan.verdict.level;
    let days_of_sla = days(handoff.sla_days);
    let share = &touches.in_time;
    let limits = |share: &Share| match (share.low, share.high) {
        (Some(low), Some(high)) => interval(low, high, level),
        _ => String::new(),
    };
    let median = &touches.median_days;
    let half = match median.value {
        Some(day) => format::grouped(day, 0),
        None => "–".to_string(),
    };
    let half_interval = match (median.value, median.low, median.high) {
        (None, ..) => String::new(),
        (_, Some(low), Some(high)) if low == high => format!("{} interval {}", percent(level), format::grouped(low, 0)),
        (_, Some(low), Some(high)) => {
            format!("{} interval {}–{}", percent(level), format::grouped(low, 0), format::grouped(high, 0))
        }
        (_, Some(low), None) => format!("at least {}", format::grouped(low, 0)),
        _ => String::new(),
    };
    let waiting = (touches.n_waiting - touches.n_forgotten) as f64;
    let overdue = |n: u64| if n > 0 { Tone::Warn } else { Tone::Good };
    let figure = |label: String, value: String, interval: String, basis: String, tone: Tone, number: Quantity| {
        Block::Figure(Figure {
            label,
            value,
            unit: String::new(),
            interval,
            change: String::new(),
            basis,
            tone,
            scale: None,
            number: (number.value.is_some() || number.low.is_some()).then_some(number),
        })
    };
    let mut blocks = vec![
        figure(
            format!("Touched within {days_of_sla}"),
            share.value.map_or_else(|| "–".to_string(), format::share),
            limits(share),
            format!(
                "{} of {} that have had these days",
                format::count(share.n as f64),
                format::counted(share.of, "MQL")
            ),
            Tone::Neutral,
            Quantity { value: share.value, low: share.low, high: share.high, unit: Unit::Share },
        ),
        figure(
            "Half are touched by day".to_string(),
            half,
            half_interval,
            match median.value {
                Some(_) => "of all MQLs, those never touched included".to_string(),
                None => format!("fewer than half are touched within {}", days(touches.follow_up_days)),
            },
            Tone::Neutral,
            Quantity { value: median.value, low: median.low, high: median.high, unit: Unit::Days },
        ),
        figure(
            "Waiting now".to_string(),
            format::count(waiting),
            String::new(),
            match touches.n_overdue - touches.n_forgotten {
                0 => format!("none longer than {days_of_sla}"),
                n => format!("{} of them longer than {days_of_sla}", format::count(n as f64)),
            },
            overdue(touches.n_overdue - touches.n_forgotten),
            Quantity { value: Some(waiting), low: None, high: None, unit: Unit::Count },
        ),
    ];
    if handoff.n_past_sla > 0 {
        let mut sentences = vec![said(handoff, touches)];
        sentences.extend(differing(touches));
        blocks.push(Block::Prose { text: sentences.join(" ") });
    }
    blocks
}

/// How many were touched, late or never, and who waits.
fn said(handoff: &Handoff, touches: &Touches) -> String {
    let n = |n: u64| format::count(n as f64);
    let days_of_sla = days(handoff.sla_days);
    let untouched = handoff.n_untouched_past_sla.unwrap_or(0);
    let closed = handoff.n_closed_untouched_past_sla.unwrap_or(0);
    let mut parts = vec![format!("{} within {days_of_sla}", n(touches.in_time.n))];
    if touches.n_late > 0 {
        parts.push(format!("{} later", n(touches.n_late)));
    }
    if closed > 0 {
        parts.push(format!("{} turned down or sent back without a touch", n(closed)));
    }
    parts.push(format!("{} not at all so far", n(untouched - closed)));
    let last = parts.pop().unwrap_or_default();
    let mut text = format!(
        "A touch is the first date on which sales took an MQL up (working or accepted), or reached a later stage with it. Of {} since {} that have had {days_of_sla}, sales touched {} and {last}.",
        format::counted(handoff.n_past_sla, "MQL"),
        format::month(handoff.since.month()),
        parts.join(", ")
    );
    if touches.n_forgotten > 0 {
        text += &format!(
            " {} {} older than {} and still untouched: hardly anyone will look at them any more.",
            format::counted(touches.n_forgotten, "MQL"),
            are(touches.n_forgotten),
            days(touches.follow_up_days)
        );
    }
    if let (Some(longest), true) = (touches.longest_wait_days, touches.n_overdue > touches.n_forgotten) {
        text += &format!(" Of the others the oldest has waited {}.", days(longest));
    }
    text
}

/// Months and channels that differ from the rest by more than chance.
fn differing(touches: &Touches) -> Option<String> {
    let part = |name: String, share: &Share| Some(format!("{name} {}", format::share(share.value?)));
    let months =
        touches.months.iter().filter(|row| row.differs).filter_map(|row| part(format::month(row.month), &row.in_time));
    let channels =
        touches.channels.iter().filter(|row| row.differs).filter_map(|row| part(row.channel.clone(), &row.in_time));
    let named: Vec<String> = months.chain(channels).collect();
    if named.is_empty() {
        return None;
    }
    Some(format!("In time differ from the rest by more than chance: {}.", named.join(", ")))
}

fn classes(handoff: &Handoff, by_response: &ByResponse) -> Table {
    let columns = vec![
        column("What sales did", Unit::Text),
        column("MQLs", Unit::Count),
        column("Share", Unit::Share),
        column("SQLs so far", Unit::Count),
        column("Turned down or sent back", Unit::Count),
    ];
    let days_of_sla = days(handoff.sla_days);
    let rows = by_response.classes.iter().map(|class| {
        let name = match class.response {
            ResponseName::InTime => format!("touched within {days_of_sla}"),
            ResponseName::Late => "touched later".to_string(),
            ResponseName::Closed => "turned down or sent back without a touch".to_string(),
            ResponseName::Untouched => "not touched so far".to_string(),
        };
        let share = class.mqls.value.map_or_else(|| Cell::Missing("no MQLs".into()), Cell::Number);
        row(vec![text(name), number(class.mqls.n), share, number(class.sqls), number(class.exits)])
    });
    let note = format!(
        "MQLs that have had {days_of_sla}. The rows are made with hindsight and are no comparison: an SQL needs a touch, and whoever converts at once is touched at once."
    );
    table("response-table", "MQLs by what sales did", columns, rows.collect(), &note)
}

/// The fair comparison, and what follow-up could bring at most.
fn comparison(context: &Context, handoff: &Handoff, by_response: &ByResponse) -> Vec<String> {
    let level = context.plan.verdict.level;
    let (touched, not_touched) = (&by_response.touched, &by_response.not_touched);
    let days_of_sla = days(handoff.sla_days);
    if by_response.says == Comparison::TooFew {
        return vec![format!(
            "Whether MQLs that wait convert less cannot be told: after {days_of_sla} {} had been touched and {} had not, too few or too young on one side.",
            format::count(touched.n as f64),
            format::count(not_touched.n as f64)
        )];
    }
    let rate = |group: &LandmarkGroup| match (group.rate.value, group.rate.low, group.rate.high) {
        (Some(value), Some(low), Some(high)) => {
            let rests = match group.n_rated < group.n {
                true => format!("; from the {} that are old enough", format::count(group.n_rated as f64)),
                false => String::new(),
            };
            format!("{} ({}{rests})", format::share(value), interval(low, high, level))
        }
        _ => "–".to_string(),
    };
    let shown = format!(
        "A fair comparison begins after {days_of_sla}, with MQLs that were neither SQL nor turned down by then: of the {} touched by then {} become SQLs within {} days, of the {} not touched {}.",
        format::count(touched.n as f64),
        rate(touched),
        context.plan.windows.mql_to_sql_days,
        format::count(not_touched.n as f64),
        rate(not_touched),
    );
    let says = match by_response.says {
        Comparison::TouchedMore => {
            "The difference is more than chance. It is no proof that the wait is the cause: sales may take up the better ones first."
        }
        Comparison::TouchedLess => {
            "Those touched in time convert less, by more than chance; so waiting is not what holds conversion down."
        }
        _ => "The difference may be chance.",
    };
    let mut all = vec![format!("{shown} {says}")];
    if let Some(gap) = &by_response.follow_up_gap
        && let (Some(value), Some(low), Some(high)) = (gap.points.value, gap.points.low, gap.points.high)
    {
        let benchmark = gap.to_benchmark.map_or_else(String::new, |lacks| {
            format!(" The rate lacks {} to the lower end of the benchmark.", magnitude(lacks))
        });
        all.push(format!(
            "If those not touched in time converted like the others, MQL→SQL would be at most {} higher ({} interval {} to {}).{benchmark}",
            magnitude(value),
            percent(level),
            format::grouped(100.0 * low, 1),
            format::grouped(100.0 * high, 1),
        ));
    }
    all
}

/// How many were turned down and sent back, and what came of them.
fn turned_down(exits: &Exits) -> String {
    let n = |n: u64| format::count(n as f64);
    if exits.n == 0 {
        return "No MQL was turned down or sent back in these months.".to_string();
    }
    let mut sentences = vec![match (exits.n_disqualified, exits.n_recycled) {
        (Some(disqualified), Some(recycled)) => format!(
            "In these months {} turned down or sent back before any SQL: {} disqualified, {} recycled to marketing.",
            were(exits.n),
            n(disqualified),
            n(recycled)
        ),
        (_, None) => format!(
            "In these months {} disqualified before any SQL; a stage that means recycled to marketing is not recorded.",
            were(exits.n)
        ),
        (None, _) => format!(
            "In these months {} recycled to marketing before any SQL; a stage that means disqualified is not recorded.",
            were(exits.n)
        ),
    }];
    if let Some(share) = exits.share_without_reason.filter(|_| exits.n_without_reason > 0) {
        sentences.push(format!("{} of them give no reason ({}).", n(exits.n_without_reason), format::share(share)));
    }
    if let (Some(again), Some(sqls)) = (exits.recycled_again, exits.recycled_again_sql)
        && again.of > 0
    {
        let sqls = match (again.n, sqls) {
            (0, _) => String::new(),
            (_, 0) => ", and none of these an SQL".to_string(),
            (_, sqls) => format!(", and {} of these an SQL", n(sqls)),
        };
        sentences.push(format!("Of the {} recycled, {} have become an MQL again{sqls}.", n(again.of), n(again.n)));
    }
    if exits.n_sql_after_all > 0 {
        sentences.push(format!("{} became an SQL all the same.", n(exits.n_sql_after_all)));
    }
    sentences.join(" ")
}

/// Rows of the table of reasons.
const MOST_REASONS: usize = 12;

fn reasons(exits: &Exits) -> Table {
    let columns = vec![
        column("Reason", Unit::Text),
        column("What was done", Unit::Text),
        column("MQLs", Unit::Count),
        column("Share", Unit::Share),
        column("Interval", Unit::Share),
    ];
    let shown = exits.reasons.iter().take(MOST_REASONS).map(|disposition| {
        let what = if disposition.stage == Stage::Recycled { "recycled" } else { "disqualified" };
        let share = &disposition.share;
        let range = match (share.low, share.high) {
            (Some(low), Some(high)) => Cell::Range(low, high),
            _ => Cell::Missing("no exits".into()),
        };
        let value = share.value.map_or_else(|| Cell::Missing("no exits".into()), Cell::Number);
        row(vec![text(disposition.reason.clone()), text(what), number(share.n), value, range])
    });
    let rest = exits.reasons.len().saturating_sub(MOST_REASONS);
    let cut = match rest {
        0 => String::new(),
        n => format!(" {} more reasons stand in report.json.", format::count(n as f64)),
    };
    let note = format!("In the data's own words. Shares are of all that were turned down or sent back.{cut}");
    table("dispositions", "Why MQLs were turned down or sent back", columns, shown.collect(), &note)
}

/// What has become of MQLs by the last day that is told.
fn became(context: &Context, outcomes: &Outcomes) -> String {
    let Some(last) = outcomes.days.last() else {
        return "The MQLs are too young to tell what becomes of them.".to_string();
    };
    let level = context.plan.verdict.level;
    let share = |estimate: &Estimate, what: &str| {
        let value = format::share(estimate.value?);
        Some(match (estimate.low, estimate.high) {
            (Some(low), Some(high)) => format!("{value} {what} ({})", format::share_range(low, high)),
            _ => format!("{value} {what}"),
        })
    };
    let parts = [
        share(&last.sql, "are SQLs"),
        share(&last.disqualified, "have been turned down").filter(|_| outcomes.has_disqualified),
        share(&last.recycled, "have been sent back to marketing").filter(|_| outcomes.has_recycled),
        share(&last.open, "are still open"),
    ];
    let mut parts: Vec<String> = parts.into_iter().flatten().collect();
    let open = parts.pop().unwrap_or_default();
    format!(
        "What has come first: {} after the MQL {} and {open}; {} intervals.",
        days(last.day),
        parts.join(", "),
        percent(level)
    )
}

fn chart(context: &Context, outcomes: &Outcomes) -> Chart {
    let part = |name: &str, none: f64, value: fn(&OutcomeStep) -> f64| {
        let mut values: Vec<(u32, f64)> = outcomes.steps.iter().map(|step| (step.day, value(step))).collect();
        if values.first().is_none_or(|(day, _)| *day > 0) {
            values.insert(0, (0, none));
        }
        AreaPart { name: name.to_string(), values }
    };
    let mut parts = vec![part("SQL", 0.0, |step| step.sql)];
    if outcomes.has_disqualified {
        parts.push(part("turned down", 0.0, |step| step.disqualified));
    }
    if outcomes.has_recycled {
        parts.push(part("sent back", 0.0, |step| step.recycled));
    }
    parts.push(part("still open", 1.0, |step| step.open));
    let window = context.plan.windows.mql_to_sql_days;
    Chart {
        id: "outcomes".into(),
        title: "What becomes of MQLs".into(),
        subtitle: "Share of all MQLs by what came first, by days since the MQL; younger MQLs allowed for".into(),
        description: format!("Stacked shares over {window} days. {}", became(context, outcomes)),
        source: format!("{} since {}", format::counted(outcomes.n, "MQL"), format::month(outcomes.since.month())),
        data: ChartData::Areas { parts, x_label: "days since MQL".into(), window: Some(window) },
    }
}

fn by_day(context: &Context, outcomes: &Outcomes) -> Table {
    let mut columns = vec![column("By day", Unit::Count), column("SQL", Unit::Share), column("Interval", Unit::Share)];
    if outcomes.has_disqualified {
        columns.extend([column("Turned down", Unit::Share), column("Interval", Unit::Share)]);
    }
    if outcomes.has_recycled {
        columns.extend([column("Sent back", Unit::Share), column("Interval", Unit::Share)]);
    }
    columns.extend([column("Still open", Unit::Share), column("MQLs followed as long", Unit::Count)]);
    let rows = outcomes.days.iter().map(|day| {
        let mut line = vec![number(u64::from(day.day))];
        let known =
            [(true, &day.sql), (outcomes.has_disqualified, &day.disqualified), (outcomes.has_recycled, &day.recycled)];
        for (_, estimate) in known.into_iter().filter(|(is_known, _)| *is_known) {
            line.extend(cells(estimate, "no interval from so few"));
        }
        let [open, _] = cells(&day.open, "too young");
        line.extend([open, number(day.n_followed)]);
        row(line)
    });
    let headline = context.goal.of(&context.metrics.overall).estimate.map(format::share);
    let note = format!(
        "What came first counts: an MQL that was turned down and became an SQL later stands with those turned down{}. Left out: who was an SQL before.",
        headline.map_or_else(String::new, |rate| format!(", so the SQLs here can be fewer than in MQL→SQL ({rate})"))
    );
    table("outcome-table", "What has become of MQLs", columns, rows.collect(), &note)
}

/// "1 day", "5 days".
fn days(n: u32) -> String {
    format::counted(u64::from(n), "day")
}

fn percent(level: f64) -> String {
    format::round_share(level)
}

/// A difference of shares without its sign: "1.1 points".
fn magnitude(value: f64) -> String {
    format::points(value.abs()).replace('+', "")
}

fn are(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// "1 MQL was", "341 MQLs were".
fn were(n: u64) -> String {
    format!("{} {}", format::counted(n, "MQL"), if n == 1 { "was" } else { "were" })
}
