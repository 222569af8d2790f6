//! Is the bar right, and what would another one bring?

mod points;
mod points_chart;
mod quality;
mod recorded;
mod score_chart;
mod support;
mod traps;
mod versions;
mod what_if;

use super::super::format;
use super::super::page::{Basis, Block, Chart, ChartData, Row, Section, Table, ThresholdStep, Tone, Unit};
use super::{Cell, Context, cells, column, rate_cells, row, table, text};
use crate::calibration::quality::Order;
use crate::calibration::threshold::{self, Verdict};
use crate::calibration::{Calibration, SweepRow, priced};

/// A score that puts the right one first less often than this ranks hardly better than a coin.
const HARDLY: f64 = 0.6;
/// Rows of the sweep that are shown on each side; all of them stand in calibration.json.
const SHOWN_ABOVE: usize = 10;

pub fn section(context: &Context) -> Section {
    let calibration = &context.analysis.calibration;
    let mut blocks: Vec<Block> =
        calibration.says.iter().map(|sentence| Block::Prose { text: sentence.clone() }).collect();
    blocks.extend(assumed(context));
    let shown = shown(&calibration.sweep);
    let currency = &context.plan.currency;
    if shown.len() > 1 {
        let current = calibration.criteria.as_ref().map_or(0.0, |criteria| criteria.threshold);
        let suggested = calibration.bar.as_ref().map(|bar| bar.threshold).filter(|t| *t != current);
        let title = "What each threshold would bring".to_string();
        let steps = shown.iter().map(|row| step(row)).collect();
        blocks.push(Block::Chart(Chart {
            id: "thresholds".into(),
            description: format!("Panels over the threshold. {title}."),
            title,
            subtitle: match calibration.verdict {
                Verdict::NoEconomics => "By threshold: rate of the average MQL and of the one that only just reaches it, MQLs per month".into(),
                _ => "By threshold: rate of the average MQL and of the one that only just reaches it, MQLs per month, gain per month against today; 90 % range".into(),
            },
            source: format!(
                "{} mature MQLs, {} SQLs; emulated from their score paths, drawn onward below the bar",
                format::count(calibration.mature_mqls as f64),
                format::count(calibration.mature_sqls as f64)
            ),
            data: ChartData::Threshold {
                steps,
                current,
                suggested,
                plateau: calibration.plateau,
                break_even: calibration.break_even,
                currency: currency.clone(),
                what_if: what_if::of(context, shown.len()),
            },
        }));
        let money = Unit::Money(currency.clone());
        let columns = vec![
            column("Threshold", Unit::Count),
            column("MQLs a month", Unit::Decimal),
            column("SQLs a month", Unit::Decimal),
            column("Average rate", Unit::Share),
            column("Marginal rate", Unit::Share),
            column("90 % range", Unit::Share),
            column("Gain a month", money.clone()),
            column("90 % range", money),
            column("Chance", Unit::Text),
            column("Basis", Unit::Text),
        ];
        let rows = shown.iter().map(|row| sweep_row(row, current, suggested)).collect();
        let without = calibration.verdict == Verdict::NoEconomics;
        let note = format!(
            "Gain: against today's bar; its range is symmetric, so near 0 it and the chance can differ a little. {}Chance: that the threshold is better than today's. Observed: today's bar. Emulated: from the score paths of MQLs above it. Extrapolated: a line drawn to where hardly any lead was worked.",
            worked_out(context, suggested.unwrap_or(current)).unwrap_or_default()
        );
        blocks.push(Block::Table(if without {
            frontier(&shown, current)
        } else {
            table("sweep", "What other thresholds would have brought", columns, rows, &note)
        }));
    }
    blocks.extend(recorded::blocks(context));
    blocks.extend(points::blocks(calibration));
    blocks.extend(support::blocks(context));
    blocks.extend(versions::blocks(context));
    blocks.extend(calibration.warnings.iter().map(|text| Block::Note { tone: Tone::Neutral, text: text.clone() }));
    Section { id: "calibration".into(), title: title(context), blocks }
}

/// One gain of the table, so that it can be worked out again: SQLs stand there as counted, and the gain is what is expected
/// from now on.
fn worked_out(context: &Context, advised: f64) -> Option<String> {
    let sweep = &context.analysis.calibration.sweep;
    let (value, cost) = priced(&context.plan.economics)?;
    let today = sweep.iter().position(|row| row.basis == threshold::Basis::Observed)?;
    // Today's bar gains nothing; then the next one is the example.
    let at = sweep.iter().position(|row| row.threshold == advised).filter(|at| *at != today).unwrap_or(today + 1);
    let (now, then) = (&sweep[today], sweep.get(at)?);
    let moved = (then.mqls_per_month - now.mqls_per_month).abs();
    let currency = &context.plan.currency;
    let (cost, worth) = (format::money(cost, currency), format::money(value, currency));
    let rate = format!("{}\u{a0}% of {worth}", format::grouped(100.0 * then.moved_rate?, 2));
    let each = if at > today { format!("{cost} − {rate}") } else { format!("{rate} − {cost}") };
    Some(format!(
        "At {} it is {} MQLs {} × ({each}), about {}: the rate is what is expected of these leads from now on, while SQLs a month and rates stand here as counted. ",
        then.threshold,
        format::grouped(moved, 1),
        if at > today { "fewer" } else { "more" },
        format::money(then.gain_per_month.value?, currency)
    ))
}

/// What all the money rests on, and what the deals in the data say to it.
fn assumed(context: &Context) -> Option<Block> {
    let economics = &context.plan.economics;
    let (value, cost) = (economics.value_per_sql?, economics.sales_cost_per_mql?);
    let currency = &context.plan.currency;
    let mut text = format!(
        "All of this takes an SQL as worth {} and sales' time on an MQL as {}: your settings. Check them first, they decide where the bar belongs.",
        format::money(value, currency),
        format::money(cost, currency)
    );
    if let Some(found) = &context.metrics.costs.revenue_per_sql {
        let held = match found.per_sql >= value {
            true => format!("You take an SQL as worth {} of that", format::share(value / found.per_sql)),
            false => "You take an SQL as worth more than that".to_string(),
        };
        text += &format!(
            " For comparison: the {} of these MQLs were worth {} on average, and {} of SQLs become customers; that makes about {} of revenue for an SQL. {held}.",
            format::counted(found.deals, "won deal"),
            format::money(found.per_deal, currency),
            format::share(found.sql_to_customer),
            format::money(found.per_sql, currency)
        );
    }
    (context.analysis.calibration.criteria.is_some()).then_some(Block::Note { tone: Tone::Neutral, text })
}

/// How good is the score that the bar is laid across, and what in the data misleads about it?
pub fn score(context: &Context) -> Option<Section> {
    let calibration = &context.analysis.calibration;
    // Where nothing can be replayed, the section on the bar says so.
    if calibration.quality.n == 0 && calibration.traps.found.is_empty() {
        return None;
    }
    let mut blocks = traps::blocks(context);
    blocks.extend(quality::blocks(context));
    blocks.extend(bands(calibration));
    Some(Section { id: "score".into(), title: score_title(calibration), blocks })
}

/// The score section's finding.
fn score_title(calibration: &Calibration) -> String {
    let ranks = match calibration.quality.verdict {
        Order::Right if calibration.quality.auc.value.is_some_and(|area| area < HARDLY) => {
            Some("The score ranks MQLs hardly better than a coin")
        }
        Order::Right => Some("The score ranks MQLs better than a coin"),
        Order::Reversed => Some("The score ranks MQLs the wrong way round"),
        Order::None => Some("Whether a higher score means a better MQL is not settled"),
        Order::NotEnoughData => None,
    };
    let traps = match calibration.traps.found.len() {
        0 => None,
        n => Some(format!("{} in the data behind it", format::counted(n as u64, "trap"))),
    };
    match (ranks, traps) {
        (Some(ranks), Some(traps)) => format!("{ranks}; {traps}"),
        (Some(ranks), None) => ranks.to_string(),
        (None, Some(traps)) => format!("The score: {traps}"),
        (None, None) => "How good the score is cannot be told".to_string(),
    }
}

/// Rate by score at the MQL moment.
fn bands(calibration: &Calibration) -> Option<Block> {
    if calibration.bands.is_empty() {
        return None;
    }
    let columns = vec![
        column("Score at the MQL", Unit::Text),
        column("Mature MQLs", Unit::Count),
        column("SQLs", Unit::Count),
        column("MQL→SQL", Unit::Share),
        column("90 % interval", Unit::Share),
    ];
    let rows = calibration
        .bands
        .iter()
        .map(|band| {
            let [share, range] = rate_cells(&band.rate);
            let name = match band.to {
                Some(to) if band.from == 0.0 => format!("below {to}"),
                Some(to) => format!("{} to under {to}", band.from),
                None => format!("{} and more", band.from),
            };
            row(vec![
                text(name),
                Cell::Number(band.rate.n as f64),
                Cell::Number(band.rate.converted as f64),
                share,
                range,
            ])
        })
        .collect();
    let note = "The score is replayed up to the MQL and no further. Most leads become MQL the moment they reach the bar, so these scores hardly differ; the threshold is judged from the paths above instead.";
    Some(Block::Table(table("bands", "Rate by score at the MQL moment", columns, rows, note)))
}

/// The section's finding.
fn title(context: &Context) -> String {
    let calibration = &context.analysis.calibration;
    let bar = bar_title(context);
    let Some(points) = calibration.refitted() else { return bar };
    let proved = points.tested.as_ref().is_some_and(|tested| tested.low > 0.0);
    let other = if proved { "other points rank leads better" } else { "other points may bring more" };
    match calibration.verdict {
        Verdict::Keep => format!("{bar} as long as the points stay; {other}"),
        _ => format!("{bar}; {other}"),
    }
}

/// What is found about the bar.
fn bar_title(context: &Context) -> String {
    let calibration = &context.analysis.calibration;
    let current = calibration.criteria.as_ref().map(|criteria| criteria.threshold);
    let suggested = calibration.bar.as_ref().map(|bar| bar.threshold);
    let chance = chance(context).unwrap_or(0.0);
    let pays = if chance >= 0.8 { "would probably pay" } else { "may pay" };
    let chance = format!("(chance {})", format::chance(chance));
    match (calibration.verdict, current, suggested) {
        (Verdict::NoEconomics, ..) => "No threshold can be called best without what an SQL is worth".to_string(),
        (Verdict::Tighten, Some(from), Some(to)) if calibration.recorded.is_some() => {
            format!("Raising the bar from {from} to {to} pays, by the scores in the export")
        }
        (Verdict::Tighten, Some(from), Some(to)) => {
            format!("Raising the bar from {from} to {to} {pays} {chance}")
        }
        (Verdict::LoosenOneNotch, Some(from), Some(to)) => {
            format!(
                "Lowering the bar one step, from {from} to {to}, {pays} {}",
                chance.replace(')', ", by a line drawn on)")
            )
        }
        (Verdict::Keep, Some(bar), _) => format!("Keep the bar at {bar}"),
        (Verdict::Explore, Some(bar), _) => {
            format!("Whether {bar} is too high cannot be seen without working leads below it")
        }
        _ => "The bar cannot be judged yet".to_string(),
    }
}

/// The advice for the top of the page: what a move would bring, or the first sentence where none is advised.
pub fn summary(context: &Context) -> Option<String> {
    let calibration = &context.analysis.calibration;
    if calibration.recorded.is_some() {
        return calibration.says.first().cloned();
    }
    if calibration.verdict == Verdict::NoEconomics {
        return calibration.says.get(1).cloned();
    }
    if calibration.verdict == Verdict::NotEnoughData && calibration.criteria.is_some() {
        if calibration.mature_mqls == 0 {
            return calibration.says.first().cloned();
        }
        return Some("Whether the bar is right cannot be told from so few MQLs.".to_string());
    }
    let row = |threshold: f64| calibration.sweep.iter().find(|row| row.threshold == threshold);
    let (from, to) = (calibration.criteria.as_ref()?.threshold, calibration.bar.as_ref()?.threshold);
    if from == to {
        return calibration.says.first().cloned();
    }
    let (now, then) = (row(from)?, row(to)?);
    let share = |new: f64, old: f64| format::grouped(100.0 * (new / old - 1.0).abs(), 0);
    let money = |value: f64| format::money(value, &context.plan.currency);
    let gain = &calibration.bar.as_ref()?.gain_per_year;
    let (gain, low, high) = (gain.value?, gain.low?, gain.high?);
    let (mqls, sqls) = (share(then.mqls_per_month, now.mqls_per_month), share(then.sqls_per_month, now.sqls_per_month));
    let moved = if to > from {
        format!("{mqls} of 100 MQLs would not have to be worked, {sqls} of 100 SQLs would be lost")
    } else {
        format!("{mqls} % more MQLs would bring {sqls} % more SQLs")
    };
    Some(format!(
        "{}: {moved}, worth {} a year (90 % range {} to {}) if an SQL is worth {}.",
        bar_title(context),
        money(gain),
        money(low),
        money(high),
        money(context.plan.economics.value_per_sql?)
    ))
}

/// What other points would bring, where they are advised.
pub fn other_points(context: &Context) -> Option<String> {
    let calibration = &context.analysis.calibration;
    let gain = &calibration.refitted()?.gain_per_year;
    let bar = calibration.suggested.as_ref()?.threshold;
    let (value, low, high) = (gain.value?, gain.low?, gain.high?);
    let money = |value: f64| format::money(value, &context.plan.currency);
    let sure = if low > 0.0 { "would probably" } else { "may" };
    Some(format!(
        "Other points with a bar of {bar} of their own {sure} bring more: {} a year (90 % range {} to {}).",
        money(value),
        money(low),
        money(high)
    ))
}

/// The chance that the advised move helps, if one is advised.
pub fn chance(context: &Context) -> Option<f64> {
    let calibration = &context.analysis.calibration;
    calibration.bar.as_ref()?.probability_better
}

/// The rows around today's bar.
fn shown(sweep: &[SweepRow]) -> Vec<&SweepRow> {
    let bar = sweep.iter().position(|row| row.basis == threshold::Basis::Observed).unwrap_or(0);
    sweep.iter().take(bar + 1 + SHOWN_ABOVE).collect()
}

/// The sweep without economics: volume against rate, and what an SQL must be worth for each threshold.
fn frontier(shown: &[&SweepRow], current: f64) -> Table {
    let columns = vec![
        column("Threshold", Unit::Count),
        column("MQLs a month", Unit::Decimal),
        column("SQLs a month", Unit::Decimal),
        column("Average rate", Unit::Share),
        column("Marginal rate", Unit::Share),
        column("90 % range", Unit::Share),
        column("Pays from, × cost of an MQL", Unit::Decimal),
        column("90 % range", Unit::Decimal),
        column("Basis", Unit::Text),
    ];
    let line = |row: &&SweepRow| {
        let [average, _] = rate_cells(&row.rate);
        let [marginal, range] = rate_cells(&row.marginal_rate);
        let [ratio, ratio_range] = cells(&row.pays_from_ratio, "not known");
        let cells = vec![
            Cell::Number(row.threshold),
            Cell::Number(row.mqls_per_month),
            Cell::Number(row.sqls_per_month),
            average,
            marginal,
            range,
            ratio,
            ratio_range,
            text(basis_words(row.basis)),
        ];
        Row { cells, tone: if row.threshold == current { Tone::Good } else { Tone::Neutral } }
    };
    table(
        "sweep",
        "What other thresholds would have brought: volume against rate",
        columns,
        shown.iter().map(line).collect(),
        "Pays from: how many times an MQL's cost to sales an SQL must be worth for the leads that only just reach the threshold to pay. Observed: today's bar. Emulated: from the score paths of MQLs above it. Extrapolated: a line drawn to where hardly any lead was worked.",
    )
}

fn basis_words(basis: threshold::Basis) -> &'static str {
    match basis {
        threshold::Basis::Observed => "observed",
        threshold::Basis::Emulated => "emulated",
        threshold::Basis::Extrapolated => "extrapolated",
    }
}

fn basis(basis: threshold::Basis) -> Basis {
    match basis {
        threshold::Basis::Observed => Basis::Observed,
        threshold::Basis::Emulated => Basis::Emulated,
        threshold::Basis::Extrapolated => Basis::Extrapolated,
    }
}

fn step(row: &SweepRow) -> ThresholdStep {
    let gain = &row.gain_per_month;
    let gain_per_month = match (gain.value, gain.low, gain.high) {
        (Some(value), Some(low), Some(high)) => Some((value, low, high)),
        _ => None,
    };
    ThresholdStep {
        threshold: row.threshold,
        mqls_per_month: row.mqls_per_month,
        average_rate: row.rate.estimate,
        marginal_rate: row.marginal_rate.estimate,
        gain_per_month,
        basis: basis(row.basis),
    }
}

fn sweep_row(row: &SweepRow, current: f64, suggested: Option<f64>) -> Row {
    let [average, _] = rate_cells(&row.rate);
    let [marginal, range] = rate_cells(&row.marginal_rate);
    let [mut gain, mut gain_range] = cells(&row.gain_per_month, "no economics given");
    let today = || Cell::Missing("today's bar".to_string());
    if row.threshold == current {
        (gain, gain_range) = (today(), today());
    }
    let chance = row.probability_better.map_or_else(today, |chance| text(format::chance(chance)));
    let tone = if suggested == Some(row.threshold) || (suggested.is_none() && row.threshold == current) {
        Tone::Good
    } else {
        Tone::Neutral
    };
    let cells = vec![
        Cell::Number(row.threshold),
        Cell::Number(row.mqls_per_month),
        Cell::Number(row.sqls_per_month),
        average,
        marginal,
        range,
        gain,
        gain_range,
        chance,
        text(basis_words(row.basis)),
    ];
    Row { cells, tone }
}
