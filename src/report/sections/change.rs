//! What has changed, and is it news?

use super::super::format;
use super::super::page::{
    Block, Chart, ChartData, Limits, Point, PointState, Section, Table, Tone, Unit, WaterfallEnd, WaterfallStep,
};
use super::{Cell, Context, column, row, table, text};
use crate::metrics::Estimate;
use crate::metrics::benchmark;
use crate::metrics::change::{Comparison, Effect, LEVEL_OF_NEWS, News, Period, Reversal};
use crate::metrics::funnel::Status;
use crate::metrics::news::{Basis, RateNews, Signal, VolumeNews};

use crate::vocabulary::{Day, Month};

/// Channels that a waterfall shows by themselves.
const SHOWN_CHANNELS: usize = 4;

pub fn section(context: &Context) -> Section {
    let change = &context.metrics.change;
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(change.volume.as_ref().map(|news| volume(context, news)));
    sentences.extend(change.month.as_ref().map(|news| month(context, news)));
    sentences.extend(year_ago(context));
    sentences.extend(signals(context));
    // What is news leads; what single months say follows.
    let is_first = change.halves.as_ref().is_some_and(|halves| halves.total.news == News::Change);
    let mut blocks: Vec<Block> = Vec::new();
    if let (Some(halves), true) = (&change.halves, is_first) {
        blocks.extend(parts(context, halves));
    }
    blocks.extend(sentences.into_iter().map(|text| Block::Prose { text }));
    blocks.extend(control_chart(context).map(Block::Chart));
    blocks.extend(standing(context).map(|text| Block::Note { tone: Tone::Warn, text }));
    blocks.extend(criteria(context).into_iter().map(|text| Block::Note { tone: Tone::Neutral, text }));
    let halves = change.halves.as_ref().filter(|_| !is_first);
    for comparison in halves.into_iter().chain(&change.sql_to_customer).chain(&change.cost_per_mql) {
        blocks.extend(parts(context, comparison));
    }
    if blocks.is_empty() {
        let text = "There is nothing to compare with yet: fewer than six months come before this one, and no two periods of months are old enough.";
        blocks.push(Block::Prose { text: text.into() });
    }
    Section { id: "change".into(), title: title(context), blocks }
}

/// Two periods in words, and taken apart channel by channel where that is news.
fn parts(context: &Context, comparison: &Comparison) -> Vec<Block> {
    let told = compared(context, comparison);
    // Months that are each within chance can make a period that is not.
    let is_sum = comparison.total.news == News::Change
        && comparison.measure.starts_with("mql_to")
        && context.metrics.change.control.is_some()
        && signals(context).is_none();
    let text = if is_sum { format!("No single month stands out, but taken together they do. {told}") } else { told };
    let mut blocks = vec![Block::Prose { text }];
    if is_news(comparison) && comparison.channels.len() > 1 {
        blocks.push(Block::Chart(waterfall(context, comparison)));
        blocks.extend(channels(context, comparison).map(Block::Table));
    }
    blocks
}

/// The section's finding.
fn title(context: &Context) -> String {
    let change = &context.metrics.change;
    let label = |comparison: &Comparison| measure(comparison);
    let told: Vec<String> = [&change.halves, &change.sql_to_customer, &change.cost_per_mql]
        .into_iter()
        .flatten()
        .filter(|comparison| comparison.total.news == News::Change)
        .map(|comparison| format!("{} has {}", label(comparison), direction(comparison.total.value)))
        .collect();
    let volume = change.volume.as_ref().filter(|volume| volume.news == News::Change);
    let volume = volume.map(|volume| {
        let more = if is_above(volume) { "more" } else { "fewer" };
        format!("{} brought {more} MQLs than expected", format::month_first(volume.month))
    });
    let all: Vec<String> = told.into_iter().chain(offset(context)).chain(recent(context)).chain(volume).collect();
    match (all.is_empty(), is_anything_known(context)) {
        (false, _) => all.join("; "),
        (true, true) => "What moved is within the usual swing".into(),
        (true, false) => "It is too early to tell what has changed".into(),
    }
}

/// A mix and rates that moved against each other, so that the whole did not.
fn offset(context: &Context) -> Option<String> {
    let comparison = context.metrics.change.halves.as_ref()?;
    let hidden = comparison.total.news != News::Change
        && (comparison.mix_effect.news == News::Change || comparison.rate_effect.news == News::Change);
    let label = measure(comparison);
    hidden.then(|| match (comparison.mix_effect.news, comparison.rate_effect.news) {
        (News::Change, News::Change) => format!("Mix and rates moved {label} in opposite directions"),
        (News::Change, _) => format!("The mix of channels moved {label}"),
        _ => format!("The channels' own rates have {}", direction(comparison.rate_effect.value)),
    })
}

/// What is news of the last months alone: against a year ago, against the month before, against the control limits.
fn recent(context: &Context) -> Option<String> {
    let change = &context.metrics.change;
    let label = context.goal.label();
    let lies = |value: f64| if value < 0.0 { "below" } else { "above" };
    let ago = change.year_ago.as_ref().and_then(|ago| ago.rate.as_ref());
    if let Some(rate) = ago.filter(|rate| rate.difference.news == News::Change) {
        let place = lies(rate.difference.value);
        return Some(format!("{label} of the last three months lies {place} that of a year ago"));
    }
    if let Some(month) = change.month.as_ref().filter(|month| month.difference.news == News::Change) {
        let (place, name, before) =
            (lies(month.difference.value), format::month(month.after.to), format::month(month.before.to));
        return Some(format!("{label} of {name} lies {place} that of {before}"));
    }
    let last = change.control.as_ref()?.months.iter().rev().take(3).find(|month| month.signal != Signal::None)?;
    Some(match last.signal {
        Signal::High | Signal::Low => format!("{label} of {} is out of the ordinary", format::month(last.month)),
        _ => format!("The level of {label} has moved"),
    })
}

fn is_anything_known(context: &Context) -> bool {
    let change = &context.metrics.change;
    let comparisons = [&change.halves, &change.sql_to_customer, &change.cost_per_mql];
    change.volume.is_some() || comparisons.into_iter().any(Option::is_some)
}

fn is_above(volume: &VolumeNews) -> bool {
    volume.expected.value.is_some_and(|expected| volume.mqls as f64 > expected)
}

fn direction(value: f64) -> &'static str {
    if value < 0.0 { "fallen" } else { "risen" }
}

/// The change of conversion over the report months in one sentence, where there is one.
pub fn short(context: &Context) -> Option<String> {
    let Some(comparison) = context.metrics.change.halves.as_ref() else {
        return recent(context).map(|says| format!("{says}."));
    };
    let limits = |effect: &Effect| points_with_limits(effect);
    let head = format!(
        "{} has {} from {} ({}) to {} ({})",
        measure(comparison),
        direction(comparison.total.value),
        amount(context, comparison, comparison.before.value.value?),
        span(comparison.before.from, comparison.before.to),
        amount(context, comparison, comparison.after.value.value?),
        span(comparison.after.from, comparison.after.to)
    );
    match (comparison.total.news, comparison.mix_effect.news, comparison.rate_effect.news) {
        (News::Change, News::Change, News::Noise) => {
            Some(format!("{head}; that is the mix of channels: {}.", limits(&comparison.mix_effect)))
        }
        (News::Change, ..) => Some(format!("{head}: {}.", limits(&comparison.total))),
        (_, News::Change, News::Change) => Some(format!(
            "{} as a whole has not measurably changed, but the mix of channels moved it by {} and the channels' own rates by {}.",
            measure(comparison),
            limits(&comparison.mix_effect),
            limits(&comparison.rate_effect)
        )),
        (_, News::Change, _) => Some(format!(
            "The mix of channels has moved {} by {}.",
            measure(comparison),
            limits(&comparison.mix_effect)
        )),
        (_, _, News::Change) => Some(format!(
            "The channels' own rates have moved {} by {}.",
            measure(comparison),
            limits(&comparison.rate_effect)
        )),
        _ => recent(context).map(|says| format!("{says}.")),
    }
}

/// Two periods on a card: whether that is news, then both values.
pub fn in_short(context: &Context, comparison: &Comparison) -> String {
    let (before, after) = (&comparison.before, &comparison.after);
    let (Some(was), Some(is)) = (before.value.value, after.value.value) else { return String::new() };
    let amount = |value: f64| amount(context, comparison, value);
    let n_months = |period: &Period| period.to.0 - period.from.0 + 1;
    let values = match (n_months(before), n_months(after)) {
        (earlier, later) if after.to == context.metrics.month && before.to.plus(1) == after.from => {
            format!("{} in the last {later} months, {} in the {earlier} before", amount(is), amount(was))
        }
        _ => format!(
            "{} in {}, {} in {}",
            amount(is),
            span(after.from, after.to),
            amount(was),
            span(before.from, before.to)
        ),
    };
    // MQLs of money that was just spent, or just not, are still to come.
    let is_cost = comparison.measure.starts_with("cost");
    let jumped = is_cost && context.metrics.costs.recent_changes.iter().any(|change| change.channel.is_none());
    match comparison.total.news {
        News::Change if jumped => format!("News: {values}; but spend has just changed, so that may not last"),
        News::Change => format!("News: {values}"),
        News::Noise => format!("No news: {values}; within chance"),
        News::Unknown => String::new(),
    }
}

/// Whether the month's MQLs are news, and what they were a year ago.
pub fn volume_news(context: &Context) -> String {
    let change = &context.metrics.change;
    let news = match &change.volume {
        Some(volume) if volume.news == News::Change && is_above(volume) => "News: more than expected",
        Some(volume) if volume.news == News::Change => "News: fewer than expected",
        Some(_) => "No news: as expected",
        None => return String::new(),
    };
    match &change.year_ago {
        Some(ago) => format!("{news}; {} a year ago", format::count(ago.mqls as f64)),
        None => news.to_string(),
    }
}

/// Where the conversion of the headline stands by now, where it has moved by more than chance: "; 12.1 % in the last 6 months".
pub fn moved_in_a_word(context: &Context) -> String {
    let halves = context.metrics.change.halves.as_ref().filter(|halves| halves.total.news == News::Change);
    let value = halves.and_then(|halves| Some((halves, halves.after.value.value?)));
    value.map_or_else(String::new, |(halves, value)| {
        let after = &halves.after;
        let when = match after.to == context.metrics.month {
            true => format!("the last {} months", after.to.0 - after.from.0 + 1),
            false => span(after.from, after.to),
        };
        format!("; {} in {when}", amount(context, halves, value))
    })
}

/// Whom to ask where conversion has moved by more than chance: the channels in which it did, or sales.
pub fn where_to_ask(context: &Context) -> Option<String> {
    let comparison = context.metrics.change.halves.as_ref().filter(|halves| is_news(halves))?;
    let label = measure(comparison);
    let since = format::month(comparison.after.from);
    if comparison.is_mix() {
        return Some(format!("Decide whether the mix of channels since {since} is what you want."));
    }
    let total = comparison.rate_effect.value;
    let mut moved: Vec<_> = comparison.channels.iter().filter(|row| row.rate_effect * total > 0.0).collect();
    moved.sort_by(|a, b| b.rate_effect.abs().total_cmp(&a.rate_effect.abs()));
    let names: Vec<&str> = moved.iter().take(2).map(|row| row.channel.as_str()).collect();
    // Where all channels moved, what changed is more likely in sales or in the rules than in a campaign.
    let most = if comparison.channels.len() == 1 {
        format!("sales, and those who run {},", names.join(" and "))
    } else if moved.len() * 3 >= comparison.channels.len() * 2 {
        format!("sales (most channels moved, {} the most)", names.join(" and "))
    } else {
        format!("those who run {}", names.join(" and "))
    };
    Some(format!("Ask {most} what changed around {since}: {label} has {}.", direction(comparison.total.value)))
}

/// Whether a paragraph of this section tells of something that is more than chance.
pub fn tells_news(paragraph: &str) -> bool {
    const WORDS: [&str; 8] = [
        ": it has fallen, ",
        ": it has risen, ",
        " more than expected: ",
        " fewer than expected: ",
        ": more than months here usually swing",
        ", more than the usual swing",
        " what the months before lead one to expect: ",
        " has moved.",
    ];
    WORDS.iter().any(|words| paragraph.contains(words))
}

/// What a comparison is about, as a reader calls it.
fn measure(comparison: &Comparison) -> &'static str {
    match comparison.measure.as_str() {
        "mql_to_sql" => "MQL→SQL",
        "mql_to_customer" => "MQL→customer",
        "sql_to_customer" => "SQL→customer",
        _ => "Cost per MQL",
    }
}

/// The same in short, for the lede.
pub fn volume_in_short(news: &VolumeNews) -> String {
    let (low, high) = (news.expected.low.unwrap_or(0.0), news.expected.high.unwrap_or(0.0));
    let range = format!("{} to {}", format::grouped(low.ceil(), 0), format::grouped(high.floor(), 0));
    let head = format!("{} brought {}", format::month_first(news.month), format::counted(news.mqls, "MQL"));
    match (news.news, is_above(news)) {
        (News::Change, true) => format!("{head}, more than expected ({range})."),
        (News::Change, false) => format!("{head}, fewer than expected ({range})."),
        _ => format!("{head}, as expected ({range})."),
    }
}

/// "55 MQLs; the level of the 12 months before lets one expect 31 to 76 (90 % range), so that is nothing unusual."
fn volume(context: &Context, news: &VolumeNews) -> String {
    let level = format::round_share(context.plan.verdict.level);
    let (low, high) = (news.expected.low.unwrap_or(0.0), news.expected.high.unwrap_or(0.0));
    let range = format!("{} to {}", format::grouped(low.ceil(), 0), format::grouped(high.floor(), 0));
    let basis = match news.basis {
        Basis::Level => format!("the level of the {} months before", news.months),
        Basis::Trend => format!("the level and the trend of the {} months before", news.months),
        Basis::Season => "the same month a year ago, with its weekdays and the growth since,".to_string(),
    };
    let head = format!("{} brought {}", format::month_first(news.month), format::counted(news.mqls, "MQL"));
    let said = match (news.news, is_above(news)) {
        (News::Change, above) => format!(
            "{head}, {} than expected: {basis} lets one expect {range} ({level} range).",
            if above { "more" } else { "fewer" }
        ),
        _ => format!("{head}; {basis} lets one expect {range} ({level} range), so that is nothing unusual."),
    };
    // Another bar is another count: the months before it say little about those after it.
    let moved = criteria_changed(context, (news.month.plus(-(news.months as i32)), news.month));
    match moved {
        Some(day) => {
            format!("{said} But the criteria changed on {}: that alone can move the number.", format::day(day))
        }
        None => said,
    }
}

/// The last day within some months on which criteria changed.
fn criteria_changed(context: &Context, (from, to): (Month, Month)) -> Option<Day> {
    let starts = context.plan.criteria.iter().skip(1).filter_map(|version| version.effective_from);
    starts.filter(|day| day.month() > from && day.month() <= to).max()
}

fn month(context: &Context, news: &RateNews) -> String {
    let label = context.goal.label();
    let (before, after) = (shown(&news.before.value), shown(&news.after.value));
    let names = (format::month(news.before.to), format::month(news.after.to));
    let difference = points_with_limits(&news.difference);
    match news.difference.news {
        News::Change => format!(
            "{label} of {} ({after}) differs from {} ({before}) by {difference}: more than months here usually swing (±{}).",
            names.1,
            names.0,
            format::points(news.usual_swing).replace('+', "")
        ),
        News::Noise => format!(
            "{} ({after}) looks {} than {} ({before}), but two such months usually differ by up to {}: this is no signal.",
            names.1,
            if news.difference.value < 0.0 { "worse" } else { "better" },
            names.0,
            format::points(news.usual_swing).replace('+', "")
        ),
        News::Unknown => format!(
            "{} heads for {after}, {} for {before}; fewer than eight complete months are there to know how much months swing, so this difference cannot be judged.",
            names.1, names.0
        ),
    }
}

fn year_ago(context: &Context) -> Option<String> {
    let ago = context.metrics.change.year_ago.as_ref()?;
    let now = super::last(context.metrics).mqls;
    let growth =
        ago.growth.map(|growth| format!(" ({}{})", if growth > 0.0 { "+" } else { "" }, format::share(growth)));
    let volume = format!(
        "A year ago, {} had {}; now there are {}{}.",
        format::month(ago.month),
        format::counted(ago.mqls, "MQL"),
        format::count(now as f64),
        growth.unwrap_or_default()
    );
    let Some(rate) = &ago.rate else { return Some(volume) };
    let label = context.goal.label();
    let (before, after) = (shown(&rate.before.value), shown(&rate.after.value));
    let limits = points_with_limits(&rate.difference);
    let judged = match rate.difference.news {
        News::Change => format!(
            "{label} of the last three months is {after}, a year ago it was {before}: {limits}, more than the usual swing."
        ),
        News::Noise => format!(
            "{label} of the last three months ({after}) does not measurably differ from a year ago ({before}; {limits})."
        ),
        News::Unknown => return Some(volume),
    };
    Some(format!("{volume} {judged}"))
}

/// What the control chart says of the report months.
fn signals(context: &Context) -> Option<String> {
    let chart = context.metrics.change.control.as_ref()?;
    let named = |wanted: Signal| -> Vec<String> {
        chart.months.iter().filter(|month| month.signal == wanted).map(|month| format::month(month.month)).collect()
    };
    let label = context.goal.label();
    let mut sentences = Vec::new();
    for (signal, words) in [(Signal::High, "above"), (Signal::Low, "below")] {
        let months = named(signal);
        if !months.is_empty() {
            sentences.push(format!(
                "{label} of {} lies {words} what the months before lead one to expect: by chance and the usual swing that is rare.",
                months.join(", ")
            ));
        }
    }
    for (signal, words) in [(Signal::RunHigh, "above"), (Signal::RunLow, "below")] {
        if let Some(last) = named(signal).last() {
            sentences.push(format!(
                "Up to {last}, eight months in a row lie {words} the mean of the months before: the level of {label} has moved."
            ));
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The months' rates between the limits of what the months before them let expect.
fn control_chart(context: &Context) -> Option<Chart> {
    let control = context.metrics.change.control.as_ref()?;
    let label = context.goal.label();
    let row_of = |month: Month| context.metrics.months.iter().find(|row| row.month == month);
    let points: Vec<Point> = control
        .months
        .iter()
        .map(|month| {
            let rate = row_of(month.month).map(|row| context.goal.of_month(row));
            let signal = match month.signal {
                Signal::None => None,
                Signal::High => Some("above the limit"),
                Signal::Low => Some("below the limit"),
                Signal::RunHigh => Some("eighth month in a row above the mean"),
                Signal::RunLow => Some("eighth month in a row below the mean"),
            };
            let limits = match (month.low, month.high) {
                (Some(low), Some(high)) => format!("limits {}", format::share_range(low, high)),
                _ => "fewer than eight months before it: no limits".to_string(),
            };
            Point {
                month: month.month.to_string(),
                value: Some(month.rate),
                low: None,
                high: None,
                n: rate.map_or(0, |rate| rate.n),
                state: match rate.map(|rate| rate.status) {
                    Some(Status::Maturing | Status::TooEarly) => PointState::Maturing,
                    // Few leads are a wide limit, not a young month.
                    _ => PointState::Mature,
                },
                tip: format!("{}\n{label}: {}\n{limits}", format::month_first(month.month), format::share(month.rate)),
                signal: signal.map(str::to_string),
            }
        })
        .collect();
    let by_month = control.months.iter().map(|month| Some((month.low?, month.high?))).collect();
    let told = signals(context).unwrap_or_else(|| "No month lies outside its limits, and no run of eight.".to_string());
    Some(Chart {
        id: "control".into(),
        title: match signals(context) {
            None => format!("No month's {label} is out of the ordinary"),
            Some(_) => format!("{label} by month, with what is out of the ordinary"),
        },
        subtitle: "Thin lines: the range in which a month lies by chance and by the usual swing, from the months before it (control limits after Laney). A double ring marks a month outside it; hollow: young".into(),
        description: told,
        source: format!("Stage history through {}; young months adjusted for what is still to come", format::day(context.analysis.as_of)),
        data: ChartData::Line {
            counted: "MQLs".into(),
            points,
            band: None,
            events: super::conversion::criteria_events(context),
            unit: Unit::Share,
            limits: Some(Limits { centre: control.mean, by_month }),
        },
    })
}

/// The sentence on a verdict that has not repeated yet.
pub fn standing(context: &Context) -> Option<String> {
    let benchmark = &context.metrics.benchmark;
    let standing = benchmark.standing.as_ref()?;
    let pending = standing.pending?;
    Some(format!(
        "This review says “{}” where “{}” has stood since {}. Looked at every month, a rate near a border changes sides by chance; the new verdict is announced when the next review repeats it.",
        benchmark::words(pending),
        benchmark::words(standing.verdict),
        format::month(standing.since)
    ))
}

/// The sentences on changes of the criteria within the report months.
fn criteria(context: &Context) -> Vec<String> {
    let changes = &context.metrics.benchmark.criteria_changes;
    let sentence = |change: &benchmark::CriteriaChange| {
        let bar = |threshold: f64| format::grouped(threshold, 0);
        let head = format!(
            "The criteria changed on {} (bar {} to {}).",
            format::day(change.effective_from),
            bar(change.threshold_before),
            bar(change.threshold_after)
        );
        let (Some(before), Some(after), Some(effect)) = (change.rate_before, change.rate_after, &change.difference)
        else {
            return format!(
                "{head} The MQLs since ({}) are too few or too young to say what it did.",
                format::count(change.n_after as f64)
            );
        };
        let parts = format!(
            "MQL→SQL was {} before ({}) and is {} since ({})",
            format::share(before),
            format::counted(change.n_before, "MQL"),
            format::share(after),
            format::counted(change.n_after, "MQL")
        );
        let limits = points_with_limits(effect);
        match effect.news {
            News::Change => format!("{head} {parts}: {limits}, more than chance."),
            _ => format!("{head} {parts}; the difference, {limits}, is within chance."),
        }
    };
    changes.iter().map(sentence).collect()
}

fn is_news(comparison: &Comparison) -> bool {
    [&comparison.total, &comparison.rate_effect, &comparison.mix_effect]
        .iter()
        .any(|effect| effect.news == News::Change)
}

/// The sentence on two periods.
fn compared(context: &Context, comparison: &Comparison) -> String {
    let label = measure(comparison);
    let amount = |value: f64| amount(context, comparison, value);
    let limits = |effect: &Effect| with_limits(context, comparison, effect);
    let value = |period: &Period| period.value.value.map_or("–".to_string(), amount);
    let (before, after) = (&comparison.before, &comparison.after);
    let periods = format!(
        "{label} was {} in {} and is {} in {}",
        value(before),
        span(before.from, before.to),
        value(after),
        span(after.from, after.to)
    );
    let rates =
        if comparison.measure == "cost_per_mql" { "the channels' own costs" } else { "the channels' own rates" };
    if comparison.total.news == News::Unknown {
        return format!("{periods}. So few could be expected that none at all may be chance: too early to compare.");
    }
    let mut sentences = Vec::new();
    if comparison.total.news == News::Change {
        sentences.push(format!(
            "{periods}: it has {}, {}.",
            direction(comparison.total.value),
            limits(&comparison.total)
        ));
    } else {
        sentences.push(format!("{periods}: no measurable change, {}.", limits(&comparison.total)));
    }
    let has_mix = comparison.channels.len() > 1;
    match (comparison.mix_effect.news, comparison.rate_effect.news) {
        _ if !has_mix => {}
        (News::Change, News::Change) => sentences.push(format!(
            "The mix of channels accounts for {}, {rates} for {}.",
            limits(&comparison.mix_effect),
            limits(&comparison.rate_effect)
        )),
        (News::Change, _) => sentences.push(format!(
            "The mix of channels accounts for {}: {}. Within channels nothing measurable changed ({}).",
            limits(&comparison.mix_effect),
            shifts(comparison),
            limits(&comparison.rate_effect)
        )),
        (_, News::Change) => sentences.push(format!(
            "It comes from {rates}: {}; the mix of channels adds {}, which is within chance.",
            limits(&comparison.rate_effect),
            limits(&comparison.mix_effect)
        )),
        _ if comparison.total.news == News::Change => sentences.push(format!(
            "Whether that is mix ({}) or {rates} ({}) cannot be told.",
            limits(&comparison.mix_effect),
            limits(&comparison.rate_effect)
        )),
        _ => {}
    }
    if has_mix && comparison.reversal == Reversal::Proven {
        sentences.push("The channels went one way and the whole the other: read the channels, not the total.".into());
    }
    if comparison.measure == "cost_per_mql"
        && is_news(comparison)
        && let Some(day) = criteria_changed(context, (before.from, after.to))
    {
        sentences.push(format!(
            "The criteria changed on {}: another bar alone makes MQLs dearer or cheaper.",
            format::day(day)
        ));
    }
    if comparison.rate_effect.news != News::Change && comparison.measure != "cost_per_mql" {
        sentences.push(format!(
            "With numbers like these, a change {}by less than {} would mostly go unseen.",
            if has_mix { format!("of {rates} ") } else { String::new() },
            format::points(comparison.visible).replace('+', "")
        ));
    }
    sentences.join(" ")
}

/// "paid social went from 20 % to 42 % of them": the channel whose share moved the rate most.
fn shifts(comparison: &Comparison) -> String {
    let largest = comparison.channels.iter().max_by(|a, b| a.mix_effect.abs().total_cmp(&b.mix_effect.abs()));
    largest.map_or_else(String::new, |channel| {
        format!(
            "above all, {} went from {} to {} of them",
            channel.channel,
            format::share(channel.share_before),
            format::share(channel.share_after)
        )
    })
}

fn unit(context: &Context, comparison: &Comparison) -> Unit {
    match comparison.measure.as_str() {
        "cost_per_mql" => Unit::Money(context.plan.currency.clone()),
        _ => Unit::Share,
    }
}

fn amount(context: &Context, comparison: &Comparison, value: f64) -> String {
    format::number(value, &unit(context, comparison))
}

fn signed(context: &Context, comparison: &Comparison, value: f64) -> String {
    match unit(context, comparison) {
        Unit::Share => format::points(value),
        unit => format!("{}{}", if value > 0.0 { "+" } else { "" }, format::number(value, &unit)),
    }
}

/// "2025-11 to 2026-04".
fn span(from: Month, to: Month) -> String {
    format::months(from, to)
}

/// An effect with its limits, in its unit: "−4.4 points (95 % interval −8.1 to −0.7)", "+$12 (95 % interval −$3 to +$27)".
fn with_limits(context: &Context, comparison: &Comparison, effect: &Effect) -> String {
    if unit(context, comparison) == Unit::Share {
        return points_with_limits(effect);
    }
    let amount = |value: f64| signed(context, comparison, value);
    let level = level_of_news();
    format!("{} ({level} interval {} to {})", amount(effect.value), amount(effect.low), amount(effect.high))
}

/// "95 %".
fn level_of_news() -> String {
    format::round_share(LEVEL_OF_NEWS)
}

/// A share with its limits: "14.0 % (9.8–19.7 %)".
fn shown(value: &Estimate) -> String {
    match (value.value, value.low, value.high) {
        (Some(value), Some(low), Some(high)) => format!("{}, {}", format::share(value), format::share_range(low, high)),
        (Some(value), ..) => format::share(value),
        _ => "–".into(),
    }
}

/// "−4.4 points (95 % interval −8.1 to −0.7)".
fn points_with_limits(effect: &Effect) -> String {
    let bare = |value: f64| format::points(value).replace("\u{a0}points", "");
    let level = level_of_news();
    format!("{} ({level} interval {} to {})", format::points(effect.value), bare(effect.low), bare(effect.high))
}

fn waterfall(context: &Context, comparison: &Comparison) -> Chart {
    let label = measure(comparison);
    let end = |period: &Period| WaterfallEnd {
        label: span(period.from, period.to),
        value: period.value.value.unwrap_or(0.0),
    };
    // For a cost, less is better.
    let sign = if comparison.measure == "cost_per_mql" { -1.0 } else { 1.0 };
    let tone = |effect: &Effect| match (effect.news, effect.value * sign > 0.0) {
        (News::Change, true) => Tone::Good,
        (News::Change, false) => Tone::Bad,
        _ => Tone::Neutral,
    };
    let step = |label: &str, effect: &Effect| WaterfallStep {
        label: label.to_string(),
        value: effect.value,
        low: Some(effect.low),
        high: Some(effect.high),
        tone: tone(effect),
        tip: String::new(),
    };
    let mut steps = Vec::new();
    if comparison.mix_effect.news == News::Change && comparison.channels.len() > 2 {
        let mut by_mix: Vec<_> = comparison.channels.iter().collect();
        by_mix
            .sort_by(|a, b| b.mix_effect.abs().total_cmp(&a.mix_effect.abs()).then_with(|| a.channel.cmp(&b.channel)));
        let (shown, rest) = by_mix.split_at(SHOWN_CHANNELS.min(by_mix.len()));
        let plain = |label: String, value: f64, tip: String| WaterfallStep {
            label,
            value,
            low: None,
            high: None,
            tone: Tone::Neutral,
            tip,
        };
        for channel in shown {
            let tip =
                format!("{} → {} of the MQLs", format::share(channel.share_before), format::share(channel.share_after));
            steps.push(plain(format!("mix: {}", channel.channel), channel.mix_effect, tip));
        }
        if !rest.is_empty() {
            let value = rest.iter().map(|channel| channel.mix_effect).sum();
            steps.push(plain("mix: the others".into(), value, String::new()));
        }
    } else {
        steps.push(step("mix of channels", &comparison.mix_effect));
    }
    let own = if comparison.measure == "cost_per_mql" { "channels' own cost" } else { "channels' own rates" };
    steps.push(step(own, &comparison.rate_effect));
    Chart {
        id: format!("change-{}", comparison.measure.replace('_', "-")),
        title: format!("{label}: mix or rate"),
        subtitle: format!(
            "{label} of two periods, and what lies between them; whiskers: {} intervals",
            level_of_news()
        ),
        description: compared(context, comparison),
        source: "Stage history; first-touch channels; both periods adjusted for what is still to come".into(),
        data: ChartData::Waterfall {
            start: end(&comparison.before),
            end: end(&comparison.after),
            steps,
            unit: unit(context, comparison),
        },
    }
}

fn channels(context: &Context, comparison: &Comparison) -> Option<Table> {
    if comparison.channels.len() < 2 {
        return None;
    }
    let is_cost = comparison.measure == "cost_per_mql";
    let value = if is_cost { "Cost per MQL" } else { measure(comparison) };
    let columns = vec![
        column("Channel", Unit::Text),
        column("Share before", Unit::Share),
        column("Share after", Unit::Share),
        column(&format!("{value} before"), unit(context, comparison)),
        column(&format!("{value} after"), unit(context, comparison)),
        column("Adds by mix", Unit::Text),
        column(if is_cost { "Adds by cost" } else { "Adds by rate" }, Unit::Text),
    ];
    let known = |value: Option<f64>| match value {
        None => Cell::Missing("nobody in this period".into()),
        Some(0.0) if is_cost => Cell::Missing("no spend".into()),
        Some(value) => Cell::Number(value),
    };
    let rows = comparison.channels.iter().map(|channel| {
        row(vec![
            text(channel.channel.clone()),
            Cell::Number(channel.share_before),
            Cell::Number(channel.share_after),
            known(channel.before),
            known(channel.after),
            text(signed(context, comparison, channel.mix_effect)),
            text(signed(context, comparison, channel.rate_effect)),
        ])
    });
    let id = format!("change-{}-channels", comparison.measure.replace('_', "-"));
    let title = format!("{}: what each channel adds to the change", measure(comparison));
    let note = "Adds by mix: what the change of its share adds, against the average of all channels. The two columns add up to the whole change. Channels with few people in a period are taken together.";
    Some(table(&id, &title, columns, rows.collect(), note))
}
