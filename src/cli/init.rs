//! `leadgauge init`

use super::progress::Progress;
use super::{Exit, Failure};
use crate::starter::{self, Existing};
use crate::vocabulary::Day;
use clap::Args;
use std::path::{Path, PathBuf};

/// The day that a starter workbook carries as its own: that of its layout, because the program knows no clock and the
/// same version writes the same bytes. 2026-11-01.
const LAYOUT_OF: Day = Day(20_758);

/// Arguments of `init`.
#[derive(Args)]
pub struct Init {
    /// Write a workbook to keep by hand, for a business that has no CRM yet.
    #[arg(long, value_name = "FILE")]
    spreadsheet: Option<PathBuf>,
    /// Replace the file if it is there already; what it holds is lost.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        match &self.spreadsheet {
            Some(file) => spreadsheet(file, existing, progress),
            None => Err(Failure(
                "error: what to start with is not said\n  help: leadgauge init --spreadsheet tracker.xlsx".to_string(),
            )),
        }
    }
}

/// Writes the starter workbook and says what to do with it.
fn spreadsheet(file: &Path, existing: Existing, progress: &Progress) -> Result<Exit, Failure> {
    starter::place(file, existing, &starter::workbook(LAYOUT_OF)?)?;
    if progress.is_quiet() {
        return Ok(Exit::Done);
    }
    super::say(format_args!("A workbook to fill in is in {}; its first sheet says how.", file.display()));
    super::say("Write one row per lead, and a date whenever something happens; save it, then make the report:");
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => super::say(format_args!("  leadgauge report {}", folder.display())),
        None => super::say("  leadgauge report"),
    }
    Ok(Exit::Done)
}
