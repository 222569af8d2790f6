//! Which parts of the page are shown, and in which order? The user's list of sections, or a preset for a purpose.
//!
//! Only the page is arranged: `report.json` has every number in any case. The headline and the key figures always stand
//! first.

use super::page::{Block, Cell, Page, Section, Tone};
use crate::config::file::SectionName;
use crate::config::plan::{Preset, ReportPlan};

/// The section of the headline and the key figures.
const FIRST: &str = "scorecard";
/// Most rows of a table in a short report.
const MOST_ROWS: usize = 8;
/// Most lines of a list in a short report.
const MOST_LINES: usize = 4;
/// Most loud remarks of the section on the data in a short report.
const MOST_NOTES: usize = 2;
/// What of the small print stays beside the headline in a short report.
const BOARD_FACTS: [&str; 3] = ["Report month", "The data", "Data through"];

/// The id of a section on the page.
fn id(name: SectionName) -> &'static str {
    match name {
        SectionName::Scorecard => FIRST,
        SectionName::ToDo => "to-do",
        SectionName::Change => "change",
        SectionName::SinceLastTime => "since-last-time",
        SectionName::Volume => "volume",
        SectionName::Conversion => "conversion",
        SectionName::Time => "time",
        SectionName::Cost => "cost",
        SectionName::Channels => "channels",
        SectionName::Handoff => "handoff",
        SectionName::Calibration => "calibration",
        SectionName::Score => "score",
        SectionName::OwnTables => "own-tables",
        SectionName::Quality => "quality",
        SectionName::Limits => "limits",
        SectionName::Definitions => "definitions",
    }
}

/// Arranges the page as the project wants it.
pub(super) fn arrange(page: &mut Page, plan: &ReportPlan) {
    match plan.preset {
        Preset::Monthly | Preset::Brief => {}
        Preset::Board => return board(page),
        Preset::Calibration => return only(page, &["calibration", "score"]),
    }
    if let Some(names) = &plan.sections {
        only(page, &names.iter().map(|name| id(*name)).collect::<Vec<_>>());
    }
}

/// The first section, then those named, in the order given. What the data have no section for is left out.
fn only(page: &mut Page, ids: &[&str]) {
    let mut all = std::mem::take(&mut page.sections);
    for id in std::iter::once(FIRST).chain(ids.iter().copied()) {
        if let Some(at) = all.iter().position(|section| section.id == id) {
            page.sections.push(all.remove(at));
        }
    }
}

/// A short report: the measures, what to do, what changed and what is said of the bar; one chart of conversion, cost by channel
/// and what the report cannot tell.
fn board(page: &mut Page) {
    only(page, &["to-do", "change", "calibration", "conversion", "cost", "limits", "quality"]);
    for section in &mut page.sections {
        let blocks = std::mem::take(&mut section.blocks);
        section.blocks = match section.id.as_str() {
            FIRST => without_tables(blocks),
            "to-do" | "limits" => first_table(blocks, MOST_LINES),
            "change" | "calibration" => words(blocks),
            "conversion" => first_chart(blocks),
            "cost" => first_table(blocks, MOST_ROWS),
            _ => notes(blocks),
        };
    }
    page.sections.retain(|section: &Section| !section.blocks.is_empty());
    page.facts.retain(|fact| BOARD_FACTS.contains(&fact.label.as_str()));
}

fn without_tables(blocks: Vec<Block>) -> Vec<Block> {
    blocks.into_iter().filter(|block| !matches!(block, Block::Table(_) | Block::Chart(_))).collect()
}

/// The first paragraph, and what is worth a look.
fn words(blocks: Vec<Block>) -> Vec<Block> {
    let mut is_first = true;
    let kept = blocks.into_iter().filter(|block| match block {
        Block::Prose { .. } => std::mem::replace(&mut is_first, false),
        Block::Note { tone, .. } => matches!(tone, Tone::Warn | Tone::Bad),
        Block::Figure(_) => true,
        Block::Table(_) | Block::Chart(_) => false,
    });
    kept.collect()
}

fn first_chart(blocks: Vec<Block>) -> Vec<Block> {
    blocks.into_iter().find(|block| matches!(block, Block::Chart(_))).into_iter().collect()
}

/// The first paragraph and the first table, cut to a few rows.
fn first_table(blocks: Vec<Block>, most: usize) -> Vec<Block> {
    let (mut prose, mut table) = (None, None);
    for block in blocks {
        match block {
            Block::Prose { .. } if prose.is_none() => prose = Some(block),
            Block::Table(mut found) if table.is_none() => {
                let more = found.rows.len().saturating_sub(most);
                if more > 0 {
                    // Of channels the last row is their sum; lists begin with what matters most.
                    let is_sum = matches!(found.rows.last().and_then(|row| row.cells.last()), Some(Cell::Number(_)));
                    let kept = most - usize::from(is_sum);
                    let end = found.rows.len() - usize::from(is_sum);
                    found.rows.drain(kept..end);
                    found.note =
                        format!("{} {more} more rows stand in the full report.", found.note).trim().to_string();
                }
                table = Some(Block::Table(found));
            }
            _ => {}
        }
    }
    prose.into_iter().chain(table).collect()
}

fn notes(blocks: Vec<Block>) -> Vec<Block> {
    let is_loud = |block: &Block| matches!(block, Block::Note { tone: Tone::Warn | Tone::Bad, .. });
    blocks.into_iter().filter(is_loud).take(MOST_NOTES).collect()
}
