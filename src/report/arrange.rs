//! Which parts of the page are shown, and in which order? The user's list of sections, or a preset for a purpose.
//!
//! Only the page is arranged: `report.json` has every number in any case. The headline and the key figures always stand
//! first.

use super::page::{Block, Page, Section, Tone};
use crate::config::file::SectionName;
use crate::config::plan::{Preset, ReportPlan};

/// The section of the headline and the key figures.
const FIRST: &str = "scorecard";
/// Most rows of a table on two pages.
const MOST_ROWS: usize = 8;
/// Most loud remarks of the section on the data on two pages.
const MOST_NOTES: usize = 2;
/// What of the small print stays beside the headline on two pages.
const BOARD_FACTS: [&str; 3] = ["Report month", "The data", "Data through"];

/// The id of a section on the page.
fn id(name: SectionName) -> &'static str {
    match name {
        SectionName::Scorecard => FIRST,
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

/// Two pages: the measures, what changed and what to do about the bar on the first; one chart of conversion, cost by
/// channel and what the report cannot tell on the second.
fn board(page: &mut Page) {
    only(page, &["change", "calibration", "conversion", "cost", "limits", "quality"]);
    for section in &mut page.sections {
        let blocks = std::mem::take(&mut section.blocks);
        section.blocks = match section.id.as_str() {
            FIRST | "limits" => without_tables(blocks),
            "change" => words(blocks),
            "conversion" => first_chart(blocks),
            "cost" => first_table(blocks),
            "calibration" => words(blocks),
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
fn first_table(blocks: Vec<Block>) -> Vec<Block> {
    let (mut prose, mut table) = (None, None);
    for block in blocks {
        match block {
            Block::Prose { .. } if prose.is_none() => prose = Some(block),
            Block::Table(mut found) if table.is_none() => {
                let more = found.rows.len().saturating_sub(MOST_ROWS);
                if more > 0 {
                    // The last row is the sum of all.
                    found.rows.drain(MOST_ROWS - 1..found.rows.len() - 1);
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
