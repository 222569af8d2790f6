//! What does an MQL, an SQL, a customer cost, and what has the money brought back so far?

mod quality_chart;

use super::super::format;
use super::super::page::{Block, Cell, Chart, ChartData, Dot, Row, Section, Table, Tone, Unit};
use super::{Context, cells, column, number, row, table, text};
use crate::metrics::acquisition::returns::{FEW_WINS, Return};
use crate::metrics::acquisition::{Later, SpendChange};
use crate::metrics::funnel::{Rate, Status};
use crate::metrics::{Estimate, MonthRow, Totals};

/// Share by which a cost must differ for the words to mention it: corrected from not corrected, a month later from now.
const CORRECTED: f64 = 0.15;
const LATER: f64 = 0.05;
/// Names that a sentence lists.
const LISTED: usize = 4;

pub fn section(context: &Context) -> Section {
    let metrics = context.metrics;
    if let Some(why) = metrics.known.spend.why() {
        let text = format!("Cost cannot be computed: {why}. Add [sources.spend] with month, channel and amount.");
        let blocks = vec![Block::Note { tone: Tone::Neutral, text }];
        return Section { id: "cost".into(), title: "Cost is not known".into(), blocks };
    }
    let is_paid = |row: &&Totals| row.cost_spend.is_some_and(|spend| spend > 0.0);
    let paid: Vec<&Totals> = metrics.channels.iter().filter(is_paid).collect();
    let title = match metrics.overall.cost_per_mql.value {
        Some(cost) => format!("An MQL costs {} blended", context.money(cost)),
        None => "Cost per MQL".to_string(),
    };
    let mut blocks: Vec<Block> = Vec::new();
    blocks.extend(partial(context, &paid).map(|text| Block::Note { tone: Tone::Warn, text }));
    let mut paragraphs = vec![blended(context)];
    paragraphs.push([corrected(context, Step::Sql), corrected(context, Step::Customer)].concat());
    paragraphs.push(dear(context));
    paragraphs.push(unlimited(context, &paid));
    paragraphs.push(returned(context));
    let spoken = paragraphs.into_iter().filter(|sentences| !sentences.is_empty());
    blocks.extend(spoken.map(|sentences| Block::Prose { text: sentences.join(" ") }));
    blocks.extend(changes(context));
    if !paid.is_empty() {
        blocks.push(chart(context, &paid, &title));
        blocks.extend(quality_chart::chart(context, &paid).map(Block::Chart));
    }
    blocks.push(Block::Table(by_channel(context, &paid)));
    blocks.push(Block::Table(by_month(context)));
    blocks.extend(returns_table(context).map(Block::Table));
    blocks.extend(remarks(context));
    Section { id: "cost".into(), title, blocks }
}

/// The warning that the blended cost rests on the spend of a few channels.
fn partial(context: &Context, paid: &[&Totals]) -> Option<String> {
    let metrics = context.metrics;
    let with_people = metrics.channels.iter().filter(|row| row.mqls > 0).count();
    let share = metrics.costs.mqls_with_spend_share?;
    let is_part = !paid.is_empty() && paid.len() < with_people && share < 0.5;
    is_part.then(|| {
        format!(
            "Spend is known for {} of {with_people} channels, which brought {} of the MQLs. Where the others cost something too, the blended cost is too low and what each {} has brought back too high: look at the channels.",
            paid.len(),
            format::share(share),
            context.plan.currency
        )
    })
}

impl Context<'_> {
    fn money(&self, value: f64) -> String {
        format::money(value, &self.plan.currency)
    }

    fn money_unit(&self) -> Unit {
        Unit::Money(self.plan.currency.clone())
    }

    fn level(&self) -> String {
        format::round_share(self.plan.verdict.level)
    }

    /// "€212 (90 % interval €195–€231)", "at least €3,900"; nothing where there is nothing.
    fn estimate(&self, estimate: &Estimate) -> Option<String> {
        Some(match (estimate.value, estimate.low?, estimate.high) {
            (Some(value), low, Some(high)) => {
                let range = format::money_range(low, high, &self.plan.currency);
                format!("{} ({} interval {range})", self.money(value), self.level())
            }
            (_, low, None) => format!("at least {}", self.money(low)),
            (None, low, Some(high)) => format::money_range(low, high, &self.plan.currency),
        })
    }
}

/// The cost of all MQLs, and of the last three months where they are not all there are.
fn blended(context: &Context) -> Vec<String> {
    let overall = &context.metrics.overall;
    let mut sentences = Vec::new();
    if let (Some(spend), Some(cost)) = (overall.cost_spend, context.estimate(&overall.cost_per_mql)) {
        let each = if overall.cost_per_mql.value.is_some() { " each" } else { "" };
        sentences.push(format!(
            "{} went into {}: {cost}{each}, over all channels.",
            context.money(spend),
            format::counted(overall.cost_mqls, "MQL"),
        ));
    }
    let latest = super::last(context.metrics);
    if let (Some(cost), true) = (context.estimate(&latest.cost_per_mql_3_months), context.metrics.months.len() > 3) {
        let n = format::counted(latest.cost_mqls_3_months, "MQL");
        sentences.push(format!("In the last three months it was {cost}, from {n}."));
    }
    if let Some(why) = &context.metrics.costs.channels_unavailable {
        sentences.push(format!("By channel nothing can be said: {why}."));
    }
    sentences
}

/// A step of the funnel that is paid for.
#[derive(Clone, Copy)]
enum Step {
    Sql,
    Customer,
}

impl Step {
    fn noun(self) -> &'static str {
        match self {
            Step::Sql => "SQL",
            Step::Customer => "customer",
        }
    }

    /// The corrected cost, the one so far, and the rate.
    fn of(self, totals: &Totals) -> (&Estimate, Option<f64>, &Rate) {
        match self {
            Step::Sql => (&totals.cost_per_sql, totals.cost_per_sql_so_far, &totals.mql_to_sql),
            Step::Customer => (&totals.cost_per_customer, totals.cost_per_customer_so_far, &totals.mql_to_customer),
        }
    }
}

/// The cost of an SQL or a customer, and what it would look like without those still to come, where that differs.
fn corrected(context: &Context, step: Step) -> Vec<String> {
    let (cost, so_far, rate) = step.of(&context.metrics.overall);
    let (Some(value), Some(words)) = (cost.value, context.estimate(cost)) else { return Vec::new() };
    let article = match step {
        Step::Sql => "An SQL",
        Step::Customer => "A customer",
    };
    let noun = step.noun();
    let Some(so_far) = so_far.filter(|so_far| so_far / value - 1.0 > CORRECTED) else {
        return vec![format!("{article} costs {words}.")];
    };
    let arrived = rate
        .maturity
        .map(|share| format!(" MQLs of these ages have normally had only {} of their {noun}s.", format::chance(share)));
    vec![format!(
        "{article} costs {words}, corrected for {noun}s still to come. If no more came than the {} of {} that are {noun}s so far, it would be {}, {}\u{a0}% more.{}",
        format::count(rate.converted_estimated as f64),
        format::counted(rate.n_estimated, "MQL"),
        context.money(so_far),
        format::grouped(100.0 * (so_far / value - 1.0), 0),
        arrived.unwrap_or_default()
    )]
}

/// The channel that is dearest, where its interval lies wholly above each other one's; else those above the blended cost.
fn dear(context: &Context) -> Vec<String> {
    let metrics = context.metrics;
    let of = |name: &String| metrics.channels.iter().find(|row| row.channel.as_ref() == Some(name));
    let costs = &metrics.costs;
    if let Some(cost) = costs.dearest.as_ref().and_then(of).and_then(|row| context.estimate(&row.cost_per_sql)) {
        let name = costs.dearest.clone().unwrap_or_default();
        return vec![format!(
            "{name} is the dearest channel: an SQL from it costs {cost}, and that interval lies above each other channel's."
        )];
    }
    let blended = context.estimate(&metrics.overall.cost_per_sql);
    let rows = costs.dearer_than_blended.iter().filter_map(|name| {
        let cost = context.estimate(&of(name)?.cost_per_sql)?;
        Some(format!("An SQL from {name} costs {cost}; blended it is {}.", blended.as_ref()?))
    });
    rows.collect()
}

/// Channels without an SQL: what one costs at least.
fn unlimited(context: &Context, paid: &[&Totals]) -> Vec<String> {
    let rows = paid.iter().filter(|row| row.cost_per_sql.low.is_some() && row.cost_per_sql.value.is_none());
    rows.filter_map(|row| {
        let rate = &row.mql_to_sql;
        let young = rate
            .maturity
            .filter(|share| *share < 0.9)
            .map(|share| format!(", which have normally had {} of their SQLs by now", format::chance(share)));
        Some(format!(
            "{}: {} per SQL (none yet from {}{}).",
            row.channel.clone().unwrap_or_default(),
            context.estimate(&row.cost_per_sql)?,
            format::counted(rate.n_estimated, "MQL"),
            young.unwrap_or_default()
        ))
    })
    .collect()
}

/// What the money has brought back so far.
fn returned(context: &Context) -> Vec<String> {
    let Some(all) = context.metrics.costs.returns.iter().find(|found| found.channel.is_none()) else {
        return Vec::new();
    };
    if context.metrics.known.customers.why().is_some() {
        return Vec::new();
    }
    if let Some(why) = &all.unavailable {
        return vec![format!("What the money has brought back cannot be said: {why}.")];
    }
    let (Some(revenue), Some(value), Some(high)) = (all.revenue, all.per_spend.value, all.per_spend.high) else {
        return Vec::new();
    };
    let one = context.money(1.0);
    let noun = if all.wins_without_amount == 0 { "won deal" } else { "win" };
    let wins = format!("{} worth {}", format::counted(all.wins, noun), context.money(revenue));
    if all.wins < FEW_WINS {
        return vec![format!(
            "Only {wins} so far: at most {} of new business for each {one} spent.",
            context.money(high)
        )];
    }
    let range = format::money_range(all.per_spend.low.unwrap_or(0.0), high, &context.plan.currency);
    let mut sentences = vec![format!(
        "So far each {one} spent on these MQLs has brought {} of new business ({} interval {range}), from {wins}.",
        context.money(value),
        context.level()
    )];
    if let (Some(cap), true) = (all.counted_up_to, all.deals_cut > 0) {
        sentences.push(format!(
            "{} larger than {} {} as that much, so that no single deal decides.",
            format::counted(all.deals_cut, "deal"),
            context.money(cap),
            if all.deals_cut == 1 { "counts" } else { "count" }
        ));
    }
    if all.wins_without_amount > 0 {
        let n = all.wins_without_amount;
        let verb = if n == 1 { "has no amount and counts" } else { "have no amount and count" };
        sentences.push(format!("{} of them {verb} as nothing.", format::count(n as f64)));
    }
    let rest = &all.per_spend_if_the_rest_arrives;
    sentences.extend(match (all.arrived, context.estimate(rest)) {
        (None, _) => None,
        (Some(arrived), _) if arrived > 0.97 => Some("Their wins have normally all come by now.".to_string()),
        (Some(arrived), None) => Some(format!(
            "By now such MQLs have normally had only {} of their wins: too few to say what the rest will bring.",
            format::chance(arrived)
        )),
        (Some(arrived), Some(forecast)) => Some(format!(
            "By now such MQLs have normally had {} of their wins; if the rest arrives as usual, it will be {forecast}.",
            format::chance(arrived)
        )),
    });
    sentences
}

/// Warnings about spend that has just changed.
fn changes(context: &Context) -> Vec<Block> {
    let says = |change: &SpendChange| {
        let subject = match &change.channel {
            None => "Spend over all channels".to_string(),
            Some(name) => format!("Spend on {name}"),
        };
        let when = if change.from == change.to {
            format!("in {}", format::month(change.to))
        } else {
            format!("from {} to {}", format::month(change.from), format::month(change.to))
        };
        let percent = format::grouped(100.0 * change.change.abs(), 0);
        let amounts = format!("{} a month after {}", context.money(change.latest), context.money(change.before));
        if change.change > 0.0 {
            format!(
                "{subject} rose by {percent}\u{a0}% {when} ({amounts}). MQLs of that money may still be to come: until then the latest cost looks too high."
            )
        } else {
            format!(
                "{subject} fell by {percent}\u{a0}% {when} ({amounts}). MQLs of the money before may still be coming in: until then the latest cost looks too low."
            )
        }
    };
    let notes = context.metrics.costs.recent_changes.iter();
    notes.map(|change| Block::Note { tone: Tone::Warn, text: says(change) }).collect()
}

fn chart(context: &Context, paid: &[&Totals], title: &str) -> Block {
    let overall = &context.metrics.overall;
    // The dearest first: that is what is looked for here.
    let mut dearest: Vec<&&Totals> = paid.iter().collect();
    dearest.sort_by(|a, b| {
        let cost = |row: &Totals| row.cost_per_mql.value.or(row.cost_per_mql.low).unwrap_or(0.0);
        cost(b).total_cmp(&cost(a))
    });
    let rows = dearest
        .into_iter()
        .map(|row| Dot {
            label: row.channel.clone().unwrap_or_default(),
            value: row.cost_per_mql.value,
            low: row.cost_per_mql.low,
            high: row.cost_per_mql.high,
            note: format::counted(row.cost_mqls, "MQL"),
            tone: Tone::Neutral,
        })
        .collect();
    Block::Chart(Chart {
        id: "cost-per-mql".into(),
        title: "Cost per MQL by channel".into(),
        subtitle: format!(
            "Spend per MQL by first-touch channel, {} to {}; {} interval from the number of MQLs",
            format::month_compact(overall.from),
            format::month_compact(overall.to),
            context.level()
        ),
        description: format!("Dots with intervals for {} channels with spend. {title}.", paid.len()),
        source: "Spend and stage history; first touch".into(),
        data: ChartData::Dots {
            rows,
            band: None,
            reference: overall.cost_per_mql.value.map(|value| (value, "blended".to_string())),
            unit: context.money_unit(),
        },
    })
}

fn by_channel(context: &Context, paid: &[&Totals]) -> Table {
    let metrics = context.metrics;
    let unit = context.money_unit();
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
        column("Customers so far", Unit::Count),
    ];
    let mut rows: Vec<Row> = paid.iter().map(|totals| cost_row(context, totals)).collect();
    let alone = |name: &str, spend: Cell, mqls: Cell, why: &str| {
        let mut all = vec![text(name), spend, mqls];
        all.extend(std::iter::repeat_n(Cell::Missing(why.to_string()), 7));
        row(all)
    };
    let missing = |why: &str| Cell::Missing(why.to_string());
    let mut note = "MQLs: those of months whose spend is known. Costs per SQL and customer are corrected for conversions still to come. \"at least\": no conversion yet, so there is no upper limit. Channels whose intervals overlap cannot be ranked.".to_string();
    let unattributed = &metrics.costs.unattributed;
    if !unattributed.mqls.is_empty() {
        let names: Vec<&str> = unattributed.mqls.iter().map(|row| row.channel.as_str()).collect();
        note += &format!(" MQLs without spend: {}.", listed(&names));
        let why = "no spend is recorded for these channels";
        rows.push(alone("MQLs without spend", missing(why), number(unattributed.mqls_total), why));
    }
    if !unattributed.spend.is_empty() {
        let names: Vec<&str> = unattributed.spend.iter().map(|row| row.channel.as_str()).collect();
        let why = "no lead is known to come from there";
        rows.push(alone("spend without leads", Cell::Number(unattributed.spend_total), missing(why), why));
        note += &format!(" Spend without leads: {}.", listed(&names));
        if !paid.is_empty() {
            note += " It is in the blended cost only, so the channels' own costs are too low by their part of it.";
        }
    }
    let mut all = cost_row(context, &metrics.overall);
    all.cells[0] = text("all, blended");
    rows.push(all);
    let lags: Vec<String> = metrics
        .costs
        .lag_days
        .iter()
        .map(|(name, days)| format!("{name} {}", format::counted(u64::from(*days), "day")))
        .collect();
    if !lags.is_empty() {
        note += &format!(" Spend counts later than it was booked: {}.", lags.join(", "));
    }
    table("costs", "By channel", columns, rows, &note)
}

/// "event, webinar and 3 more".
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn by_month(context: &Context) -> Table {
    let unit = context.money_unit();
    let columns = vec![
        column("Month", Unit::Text),
        column("Spend, 3 months", unit.clone()),
        column("MQLs, 3 months", Unit::Count),
        column("Cost per MQL, 3 months", unit.clone()),
        column("Interval", unit.clone()),
        column("Month alone", unit.clone()),
        column("Interval", unit),
    ];
    let month_row = |month: &MonthRow| {
        let why = "no spend known, or no MQLs";
        let spend = month.cost_spend_3_months.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number);
        let [cost, range] = priced(context, &month.cost_per_mql_3_months, why);
        let [alone, alone_range] = priced(context, &month.cost_per_mql, why);
        row(vec![
            text(format::month_compact(month.month)),
            spend,
            number(month.cost_mqls_3_months),
            cost,
            range,
            alone,
            alone_range,
        ])
    };
    let rows = context.metrics.months.iter().map(month_row).collect();
    let note = "Each row: the month and the two before it together, since money and MQLs seldom fall into the same month. All channels.";
    table("costs-by-month", "By month", columns, rows, note)
}

/// Revenue by channel, where at least one has enough wins.
fn returns_table(context: &Context) -> Option<Table> {
    let channels = || context.metrics.costs.returns.iter().filter(|found| found.channel.is_some());
    let has_enough = |found: &&Return| found.unavailable.is_none() && found.wins >= FEW_WINS;
    let shown: Vec<&Return> = channels().filter(has_enough).collect();
    let first = shown.first()?;
    let unit = context.money_unit();
    let one = context.money(1.0);
    let columns = vec![
        column("Channel", Unit::Text),
        column("Wins so far", Unit::Count),
        column("Revenue so far", unit.clone()),
        column("Spend", unit.clone()),
        column(&format!("So far per {one}"), unit.clone()),
        column("Interval", unit),
        column("Wins normally come by now", Unit::Share),
    ];
    let rows = shown.iter().map(|found| {
        let why = "not known";
        let [value, range] = priced(context, &found.per_spend, why);
        let cell = |value: Option<f64>| value.map_or_else(|| Cell::Missing(why.to_string()), Cell::Number);
        let name = text(found.channel.clone().unwrap_or_default());
        row(vec![name, number(found.wins), cell(found.revenue), cell(found.spend), value, range, cell(found.arrived)])
    });
    let few: Vec<&str> = channels()
        .filter(|found| found.unavailable.is_some() || found.wins < FEW_WINS)
        .filter_map(|found| found.channel.as_deref())
        .collect();
    let mut note = format!(
        "New business won from the MQLs of {} to {}, so far: it grows as time passes.",
        format::month_compact(first.from),
        format::month_compact(first.to)
    );
    if !few.is_empty() {
        note += &format!(" Left out, with fewer than {FEW_WINS} wins or without amounts: {}.", listed(&few));
    }
    Some(table("returns", "What the money has brought back so far", columns, rows.collect(), &note))
}

/// What weakens the costs: missing spend, corrections, the month in which spend counts.
fn remarks(context: &Context) -> Vec<Block> {
    let costs = &context.metrics.costs;
    let mut blocks = Vec::new();
    let mut note = |tone: Tone, text: String| blocks.push(Block::Note { tone, text });
    if let Some(missing) = &costs.missing_spend {
        let names: Vec<String> =
            missing.months.iter().map(|row| format!("{} {}", row.channel, format::month_compact(row.month))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let left_out = match missing.mqls_left_out {
            0 => "no MQLs are concerned".to_string(),
            1 => "its MQL is left out of cost".to_string(),
            n => format!("{} MQLs are left out of cost", format::count(n as f64)),
        };
        let bound = match (missing.cost_per_mql.low, missing.cost_per_mql.high) {
            (Some(low), Some(high)) => format!(
                " With them an MQL would cost {} if nothing was spent there, {} if that month was as high as the highest in ten of the channel.",
                context.money(low),
                context.money(high)
            ),
            (Some(low), None) => format!(
                " With them an MQL would cost at least {}; how much more cannot be said, since there is no other month to go by.",
                context.money(low)
            ),
            _ => String::new(),
        };
        note(Tone::Warn, format!("Spend is missing for {}. Missing is not zero: {left_out}.{bound}", listed(&names)));
    }
    if !costs.negative_channels.is_empty() {
        let names: Vec<&str> = costs.negative_channels.iter().map(String::as_str).collect();
        let text = format!(
            "More was taken back than booked for {}: no cost can be given there, and the blended cost is too low by it.",
            listed(&names)
        );
        note(Tone::Warn, text);
    }
    if !costs.netted_quarters.is_empty() {
        let names: Vec<String> = costs
            .netted_quarters
            .iter()
            .map(|row| {
                format!(
                    "{} ({} to {})",
                    row.channel,
                    format::month_compact(row.from),
                    format::month_compact(row.from.plus(2))
                )
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = format!(
            "Corrections left a month with nothing or less for {}: the spend of these quarters is spread evenly over their days.",
            listed(&names)
        );
        note(Tone::Neutral, text);
    }
    if let Some(text) = a_month_later(context) {
        note(Tone::Neutral, text);
    }
    blocks
}

/// What costs would be if MQLs came a month after the money, where that changes them.
fn a_month_later(context: &Context) -> Option<String> {
    let mut moved: Vec<&Later> =
        context.metrics.costs.a_month_later.iter().filter(|later| later.change.abs() > LATER).collect();
    if moved.is_empty() {
        return None;
    }
    let channels = moved.split_off(usize::from(moved.first().is_some_and(|later| later.channel.is_none())));
    let mut large = channels;
    large.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
    let sign = |change: f64| if change > 0.0 { "+" } else { "−" };
    let says = |later: &Later| {
        format!(
            "{} rather than {} ({}{}\u{a0}%)",
            context.money(later.a_month_later),
            context.money(later.cost_per_mql),
            sign(later.change),
            format::grouped(100.0 * later.change.abs(), 0)
        )
    };
    let all = match moved.first() {
        Some(later) => format!("an MQL would cost {}", says(later)),
        None => String::new(),
    };
    let by_channel: Vec<String> = large
        .iter()
        .take(LISTED)
        .map(|later| format!("{} {}", later.channel.clone().unwrap_or_default(), says(later)))
        .collect();
    let says = match (all.is_empty(), by_channel.is_empty()) {
        (true, true) => return None,
        (true, false) => format!("the blended cost would hardly change, but that of {} would", by_channel.join(", ")),
        (false, true) => all,
        (false, false) => format!("{all}; by channel {}", by_channel.join(", ")),
    };
    Some(format!(
        "If MQLs came a month after their money, {says}. Where you know how long a channel takes, set it under [spend.lag_days]."
    ))
}

/// An estimate and its interval as two cells, "at least" with its currency.
fn priced(context: &Context, estimate: &Estimate, why: &str) -> [Cell; 2] {
    let [value, range] = cells(estimate, why);
    match (estimate.low, estimate.high) {
        (Some(low), None) => [value, text(format!("at least {}", context.money(low)))],
        _ => [value, range],
    }
}

fn cost_row(context: &Context, totals: &Totals) -> Row {
    let too_early = |rate: &Rate, why: &'static str| match rate.status {
        Status::TooEarly => "these MQLs are too young",
        _ => why,
    };
    let spend = Estimate { value: totals.cost_spend, low: None, high: None };
    let [spend, _] = cells(&spend, "no spend known");
    let [mql, mql_range] = priced(context, &totals.cost_per_mql, "no spend, or no MQLs");
    let [sql, sql_range] = priced(context, &totals.cost_per_sql, too_early(&totals.mql_to_sql, "no SQL rate yet"));
    let why = too_early(&totals.mql_to_customer, "no customer rate yet");
    let [customer, customer_range] = priced(context, &totals.cost_per_customer, why);
    let so_far = match context.metrics.known.customers.why() {
        None => number(totals.mql_to_customer.converted),
        Some(why) => Cell::Missing(why.to_string()),
    };
    let name = text(totals.channel.clone().unwrap_or_default());
    let mqls = number(totals.cost_mqls);
    row(vec![name, spend, mqls, mql, mql_range, sql, sql_range, customer, customer_range, so_far])
}
