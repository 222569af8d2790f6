//! What would each threshold have left of the MQLs, by the score that the export gives for the MQL moment?

use super::super::super::page::{Block, Row, Tone, Unit};
use super::super::{Context, cells, column, number, table};
use super::Cell;

pub fn blocks(context: &Context) -> Vec<Block> {
    let Some(found) = &context.analysis.calibration.recorded else { return Vec::new() };
    let columns = vec![
        column("Threshold", Unit::Count),
        column("MQLs left", Unit::Count),
        column("SQLs left", Unit::Count),
        column("MQL→SQL", Unit::Share),
        column("90 % interval", Unit::Share),
        column("MQLs up to the next", Unit::Count),
        column("Their MQL→SQL", Unit::Share),
        column("90 % interval", Unit::Share),
    ];
    let rows = found.rows.iter().map(|line| {
        let [rate, range] = cells(&line.rate, "no MQLs");
        let [marginal, marginal_range] = cells(&line.marginal_rate, "no MQLs");
        let is_advised = found.advised.unwrap_or(found.bar) == line.threshold;
        Row {
            cells: vec![
                Cell::Number(line.threshold),
                number(line.mqls),
                number(line.sqls),
                rate,
                range,
                number(line.n_marginal),
                marginal,
                marginal_range,
            ],
            tone: if is_advised { Tone::Good } else { Tone::Neutral },
        }
    });
    vec![Block::Table(table(
        "recorded-frontier",
        "What each threshold would have left of the MQLs",
        columns,
        rows.collect(),
        "Counted by the score that the export gives for the MQL moment; MQLs that have had their whole window.",
    ))]
}
