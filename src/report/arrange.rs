//! Which parts of the page are shown, and in which order? The user's list of sections, or a preset for a purpose.
//!
//! Only the page is arranged: `report.json` has every number in any case. The headline and the key figures always stand
//! first.

use super::board;
use super::page::Page;
use crate::config::file::SectionName;
use crate::config::plan::{Preset, ReportPlan};

/// The section of the headline and the key figures.
const FIRST: &str = "scorecard";

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
        Preset::Board => return board::arrange(page),
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
