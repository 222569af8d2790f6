//! What in the data would mislead whoever judges the score by them?

use super::super::super::format;
use super::super::super::page::{Block, Tone, Unit};
use super::super::{Context, column, row, table, text};
use crate::calibration::traps::TrapLevel;

/// What was found, a sentence or two each; what was not found and could not be looked for, a line each.
pub fn blocks(context: &Context) -> Vec<Block> {
    let traps = &context.analysis.calibration.traps;
    let mut blocks = Vec::new();
    if !traps.found.is_empty() {
        let columns =
            vec![column("Trap", Unit::Text), column("What the data say", Unit::Text), column("What to do", Unit::Text)];
        let rows = traps.found.iter().map(|trap| {
            let mut line = row(vec![text(&trap.title), text(&trap.says), text(&trap.advice)]);
            line.tone = if trap.level == TrapLevel::Warn { Tone::Bad } else { Tone::Neutral };
            line
        });
        let title = format!("{} found in the data behind the score", format::counted(traps.found.len() as u64, "trap"));
        let note = "Each was tested against chance, and against other leads of the same month, age or score.";
        blocks.push(Block::Table(table("traps", &title, columns, rows.collect(), note)));
    }
    if !traps.none_of.is_empty() {
        let also =
            if traps.found.is_empty() { "Looked for and not found" } else { "Other traps, looked for and not found" };
        blocks.push(Block::Prose { text: format!("{also}: {}.", traps.none_of.join(", ")) });
    }
    blocks.extend(traps.not_looked_for.iter().map(|line| Block::Note { tone: Tone::Neutral, text: line.clone() }));
    blocks
}
