//! How is a report dressed: in which locale are its numbers written, and in which colour is it drawn?
//!
//! Both hold for the thread that makes and writes a report, from here until what [`wear`] returns is dropped. Whoever
//! makes words or files of a report begins by it; wearing the same twice changes nothing.

use super::chart::theme::{self, Painted};
use super::format::{self, Spoken};
use crate::config::plan::ReportPlan;

/// Undressed again when dropped.
#[must_use = "the report is undressed again when this is dropped"]
pub struct Worn {
    _spoken: Spoken,
    _painted: Painted,
}

/// Writes and draws as the project wants it.
pub fn wear(plan: &ReportPlan) -> Worn {
    Worn { _spoken: format::speak(plan.locale), _painted: theme::paint(plan.accent.clone()) }
}
