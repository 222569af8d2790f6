//! The five measures as cards.

use super::super::format;
use super::super::page::{Block, Figure, Quantity, Scale, Section, Tone, Unit};
use super::{Context, Goal, change, interval, last, status};
use crate::metrics::Estimate;
use crate::metrics::benchmark::Verdict;
use crate::metrics::funnel::{Rate, Status};

pub fn section(context: &Context) -> Section {
    let blocks = vec![
        volume_card(context),
        Block::Figure(mql_to_sql(context)),
        Block::Figure(sql_to_customer(context)),
        Block::Figure(time_card(context)),
        Block::Figure(cost_card(context)),
        Block::Prose { text: words(context) },
    ];
    Section { id: "scorecard".into(), title: "The five measures".into(), blocks }
}

/// The words that everything else is said in.
fn words(context: &Context) -> String {
    let benchmark = &context.metrics.benchmark;
    format!(
        "MQL: a lead that marketing hands to sales. SQL: one that sales takes on as worth pursuing. The bar: the score from which a lead is an MQL. {}: the benchmark range that MQL→SQL is held against.",
        format::round_share_range(benchmark.low, benchmark.high)
    )
}

fn volume_card(context: &Context) -> Block {
    let metrics = context.metrics;
    let row = last(metrics);
    let inferred = match row.inferred_mqls {
        0 => String::new(),
        n => format!("; {} of them inferred from a later stage", format::count(n as f64)),
    };
    let usual = match &metrics.change.volume {
        Some(news) => format!(
            "{} to {} were to be expected from the months before ({} range)",
            format::grouped(news.expected.low.unwrap_or(0.0).ceil(), 0),
            format::grouped(news.expected.high.unwrap_or(0.0).floor(), 0),
            format::round_share(context.plan.verdict.level)
        ),
        None => "the months before are too few or too uneven to say what was to be expected".to_string(),
    };
    let unknown = metrics.known.mqls.why();
    Block::Figure(Figure {
        label: format!("MQLs, {}", format::month(metrics.month)),
        value: unknown.map_or_else(|| format::count(row.mqls as f64), |_| "–".into()),
        unit: String::new(),
        interval: String::new(),
        change: unknown.map_or_else(|| change::volume_news(context), |_| String::new()),
        basis: unknown.map_or_else(|| format!("{usual}{inferred}"), str::to_string),
        tone: Tone::Neutral,
        scale: None,
        number: unknown.is_none().then_some(Quantity {
            value: Some(row.mqls as f64),
            low: None,
            high: None,
            unit: Unit::Count,
        }),
    })
}

fn mql_to_sql(context: &Context) -> Figure {
    let overall = &context.metrics.overall;
    let benchmark = &context.metrics.benchmark;
    let rate = &overall.mql_to_sql;
    let mut figure = rate_card("MQL→SQL", rate, "MQL", unavailable(context, Goal::Sql));
    figure.change =
        context.metrics.change.halves.as_ref().map_or_else(String::new, |halves| change::in_short(context, halves));
    figure.tone = match benchmark.verdict {
        Verdict::Inside => Tone::Good,
        Verdict::Below | Verdict::Above => Tone::Bad,
        _ => Tone::Neutral,
    };
    if let (Some(value), Some(low), Some(high)) = (rate.estimate, rate.low, rate.high) {
        let max = (high.max(benchmark.high) * 1.15).min(1.0);
        figure.scale = Some(Scale {
            max,
            band_low: benchmark.low,
            band_high: benchmark.high,
            value,
            low,
            high,
            level: rate.level,
        });
    }
    figure
}

fn sql_to_customer(context: &Context) -> Figure {
    let rate = &context.metrics.overall.sql_to_customer;
    let change = context.metrics.change.sql_to_customer.as_ref();
    Figure {
        change: change.map_or_else(String::new, |change| change::in_short(context, change)),
        ..rate_card("SQL→customer", rate, "SQL", unavailable(context, Goal::Customer))
    }
}

fn unavailable(context: &Context, goal: Goal) -> String {
    let known = &context.metrics.known;
    let why = match goal {
        Goal::Sql => known.sqls.why(),
        Goal::Customer => known.sqls.why().or(known.customers.why()),
    };
    why.unwrap_or("no leads in these months").to_string()
}

fn rate_card(label: &str, rate: &Rate, of: &str, why: String) -> Figure {
    let basis = match rate.status {
        Status::Unavailable => why,
        Status::Maturing => format!(
            "{}, {} converted so far; young ones adjusted for what is still to come",
            format::counted(rate.n_estimated, of),
            format::count(rate.converted_estimated as f64)
        ),
        _ if rate.n_estimated < rate.n => format!(
            "{} of {}, {} converted; the others are too young to be told",
            format::count(rate.n_estimated as f64),
            format::counted(rate.n, of),
            format::count(rate.converted_estimated as f64)
        ),
        _ => format!(
            "{}, {} converted; {}",
            format::counted(rate.n, of),
            format::count(rate.converted as f64),
            status(rate.status)
        ),
    };
    let days = rate.window_days.map(|days| format!(", within {days} days")).unwrap_or_default();
    Figure {
        label: format!("{label}{days}"),
        value: rate.estimate.map_or("–".into(), format::share),
        unit: String::new(),
        interval: match (rate.low, rate.high) {
            (Some(low), Some(high)) => interval(low, high, rate.level),
            _ => String::new(),
        },
        change: String::new(),
        basis,
        tone: Tone::Neutral,
        scale: None,
        number: quantity(&Estimate { value: rate.estimate, low: rate.low, high: rate.high }, Unit::Share),
    }
}

fn time_card(context: &Context) -> Figure {
    let times = &context.metrics.overall.time_to;
    let (label, time) = if times.mql_to_customer.n > 0 {
        ("MQL to customer", &times.mql_to_customer)
    } else {
        ("MQL to SQL", &times.mql_to_sql)
    };
    let days = |estimate: &Estimate| estimate.value.map_or("–".into(), format::days);
    let basis = match time.n {
        0 => "no conversions yet".to_string(),
        n if time.p50.value.is_none() => {
            format!("{} so far; fewer than ten give no time", format::counted(n, "conversion"))
        }
        n => format!(
            "nine in ten within {} days; rests on {} within {} days, of MQLs since {}",
            days(&time.p90),
            format::counted(n, "conversion"),
            time.follow_up_days,
            time.since.map_or_else(String::new, format::day)
        ),
    };
    Figure {
        label: format!("{label}, median"),
        value: days(&time.p50),
        unit: if time.p50.value.is_some() { "days".into() } else { String::new() },
        interval: match (time.p50.low, time.p50.high) {
            (Some(low), Some(high)) => {
                format!(
                    "{} interval {}–{} days",
                    format::round_share(context.plan.verdict.level),
                    format::days(low),
                    format::days(high)
                )
            }
            _ => String::new(),
        },
        change: String::new(),
        basis,
        tone: Tone::Neutral,
        scale: None,
        number: quantity(&time.p50, Unit::Days),
    }
}

fn cost_card(context: &Context) -> Figure {
    let overall = &context.metrics.overall;
    let currency = &context.plan.currency;
    let cost = &overall.cost_per_mql;
    let basis = match (overall.cost_spend, context.metrics.known.spend.why()) {
        (_, Some(why)) => why.to_string(),
        (None, None) => "no spend in these months".to_string(),
        (Some(spend), None) => {
            format!(
                "all spend, {}, over {} MQLs, free channels included",
                format::money(spend, currency),
                format::count(overall.cost_mqls as f64)
            )
        }
    };
    Figure {
        label: "Cost per MQL".into(),
        value: cost.value.map_or("–".into(), |value| format::money(value, currency)),
        unit: String::new(),
        interval: match (cost.low, cost.high) {
            (Some(low), Some(high)) => format!(
                "{} interval {}",
                format::round_share(context.plan.verdict.level),
                format::money_range(low, high, currency)
            ),
            (Some(low), None) => format!("at least {}", format::money(low, currency)),
            _ => String::new(),
        },
        change: context
            .metrics
            .change
            .cost_per_mql
            .as_ref()
            .map_or_else(String::new, |change| change::in_short(context, change)),
        basis,
        tone: Tone::Neutral,
        scale: None,
        number: quantity(cost, Unit::Money(currency.clone())),
    }
}

/// An estimate as the number behind a card; none from nothing.
fn quantity(estimate: &Estimate, unit: Unit) -> Option<Quantity> {
    let Estimate { value, low, high } = *estimate;
    (value.is_some() || low.is_some()).then_some(Quantity { value, low, high, unit })
}
