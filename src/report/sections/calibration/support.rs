//! What is known below the bar, and would it pay to find out more?

use super::super::super::below;
use super::super::super::page::{Block, Unit};
use super::super::{Cell, Context, column, row, table, text};
use crate::calibration::support::Below;

/// The sentences and the table; nothing where there is nothing below the bar.
pub fn blocks(context: &Context) -> Vec<Block> {
    let Some(support) = &context.analysis.calibration.support else { return Vec::new() };
    if support.all.leads + support.all.explored == 0 {
        return Vec::new();
    }
    let currency = &context.plan.currency;
    let sentences = below::shown(support).into_iter().chain(below::bounds(support));
    let sentences = sentences.chain([below::plan(support, currency)]);
    let mut blocks: Vec<Block> = sentences.map(|text| Block::Prose { text }).collect();
    let columns = vec![
        column("Highest score", Unit::Text),
        column("Leads", Unit::Count),
        column("SQLs without the bar", Unit::Count),
        column("Worked anyway", Unit::Count),
        column("Explored", Unit::Count),
        column("Their SQLs", Unit::Count),
        column("Rate", Unit::Share),
        column("90 % interval", Unit::Share),
        column("Bounds without exploring", Unit::Share),
    ];
    let mut rows: Vec<_> = support.bands.iter().map(|band| row(cells(band, name(band)))).collect();
    rows.push(row(cells(&support.all, format!("all below {}", below::points(support.bar)))));
    let note = "Leads old enough to have reached the bar that never did. Bounds: from the share that became SQLs without the bar to the rate of the leads that only just reach it. Explored: random leads worked on purpose whose window has passed, by their score on that day; the only unbiased evidence.";
    blocks.push(Block::Table(table("below-the-bar", "What is known below the bar", columns, rows, note)));
    blocks
}

fn name(band: &Below) -> String {
    format!("{} to under {}", below::points(band.from), below::points(band.to))
}

fn cells(band: &Below, name: String) -> Vec<Cell> {
    let none = || Cell::Missing("none was explored".to_string());
    let bounds = match (band.lower, band.upper) {
        (Some(low), Some(high)) => Cell::Range(low, high),
        _ => Cell::Missing("the rate at the bar is not known".to_string()),
    };
    let interval = match (band.explored_low, band.explored_high) {
        (Some(low), Some(high)) => Cell::Range(low, high),
        _ => none(),
    };
    vec![
        text(name),
        Cell::Number(band.leads as f64),
        Cell::Number((band.self_serve_sqls + band.worked_anyway_sqls) as f64),
        Cell::Number(band.worked_anyway as f64),
        Cell::Number(band.explored as f64),
        Cell::Number(band.explored_sqls as f64),
        band.explored_rate.map_or_else(none, Cell::Number),
        interval,
        bounds,
    ]
}
