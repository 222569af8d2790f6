//! What does one start with? A project file that says how a folder's exports are read, or, for a business that has no CRM
//! yet, a workbook to fill in by hand, which `report` reads as it is.
//!
//! `project_file` writes down what was recognised in a folder. Of the workbook the words and the columns are data (`sheets`), the workbook is made of them (`book`), and the file appears whole or
//! not at all (`file`). The sheets to fill in are empty: an example that nobody deletes would be in the first report,
//! so examples stand on the page of instructions only, beside the column that they are for.

mod book;
mod file;
mod project_file;
mod sheets;

use std::io;
use std::path::PathBuf;

pub use book::workbook;
pub use file::{Existing, place, write};
pub use project_file::{Answers, project_file};

/// A starter workbook that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// The name is not one of a workbook.
    #[error("{} does not end in .xlsx, and a workbook is what is written\n  help: name it with --spreadsheet tracker.xlsx", path.display())]
    Name {
        /// The name.
        path: PathBuf,
    },
    /// A file of that name is there.
    #[error("{} is there already, perhaps with rows of yours, so it is left alone\n  help: choose another name, or replace it with --force (what it holds is lost then)", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// A folder of that name is there.
    #[error("{} is a folder\n  help: choose another name", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {}\n  help: close it if it is open in a spreadsheet program, or choose another place", path.display(), crate::report::output::reason(why))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        why: io::Error,
    },
    /// The workbook breaks a rule of its format.
    #[error("the workbook could not be made: {0}")]
    Workbook(String),
}
