//! What came of each version of the criteria, and did the last change work?

use super::super::super::format;
use super::super::super::page::{Block, Tone, Unit};
use super::super::{Context, cells, column, number, rate_cells, row, table, text};
use super::Cell;
use crate::calibration::versions::{VersionRow, Worked};

pub fn blocks(context: &Context) -> Vec<Block> {
    let versions = &context.analysis.calibration.versions;
    let Some(change) = &versions.last_change else { return Vec::new() };
    let mut blocks: Vec<Block> = change.says.iter().map(|text| Block::Prose { text: text.clone() }).collect();
    let columns = vec![
        column("In force", Unit::Text),
        column("Bar", Unit::Count),
        column("MQLs", Unit::Count),
        column("A month", Unit::Decimal),
        column("MQL→SQL", Unit::Share),
        column("90 % interval", Unit::Share),
        column("Cost per MQL", Unit::Money(context.plan.currency.clone())),
    ];
    let line = |version: &VersionRow| {
        let [share, range] = rate_cells(&version.mql_to_sql);
        let [cost, _] = cells(&version.cost_per_mql, "no whole report month with spend");
        row(vec![
            text(format!("{} to {}", format::day(version.from), format::day(version.to))),
            Cell::Number(version.threshold),
            number(version.mqls),
            version.mqls_per_month.map_or_else(|| Cell::Missing("no days".into()), Cell::Number),
            share,
            range,
            cost,
        ])
    };
    blocks.push(Block::Table(table(
        "versions",
        "What came of each version of the criteria",
        columns,
        versions.rows.iter().map(line).collect(),
        "All MQLs of a version's days, whatever season and mix of channels; SQLs still to come are included. Cost: over the report months that lie wholly within.",
    )));
    let told = !matches!(change.verdict, Worked::TooEarly | Worked::CannotBeTold);
    let caveats = change.caveats.iter().filter(|_| told);
    blocks.extend(caveats.map(|text| Block::Note { tone: Tone::Neutral, text: text.clone() }));
    blocks
}
