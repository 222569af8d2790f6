//! How does what is written get to its place? Whole or not at all, and never over rows that somebody has filled in.

use super::StarterError;
use std::fs;
use std::io;
use std::path::Path;

/// What becomes of a file of that name that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced.
    Replace,
}

/// Writes the workbook to `path`.
///
/// # Errors
/// When the name is none of a workbook, is taken, or cannot be written.
pub fn place(path: &Path, existing: Existing, bytes: &[u8]) -> Result<(), StarterError> {
    if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
        return Err(StarterError::Name { path: path.to_path_buf() });
    }
    write(path, existing, bytes)
}

/// Writes any file to `path`.
///
/// # Errors
/// When the name is taken or the file cannot be written.
pub fn write(path: &Path, existing: Existing, bytes: &[u8]) -> Result<(), StarterError> {
    let unwritable = |why: io::Error| StarterError::Unwritable { path: path.to_path_buf(), why };
    if path.is_dir() {
        return Err(StarterError::Folder { path: path.to_path_buf() });
    }
    // A link that leads nowhere is something of the user's, too.
    if existing == Existing::Keep && fs::symlink_metadata(path).is_ok() {
        return Err(StarterError::Taken { path: path.to_path_buf() });
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(unwritable)?;
    let staged = tempfile::Builder::new().prefix(".leadgauge-").tempdir_in(parent).map_err(unwritable)?;
    let inside = staged.path().join("new");
    fs::write(&inside, bytes).map_err(unwritable)?;
    fs::rename(&inside, path).map_err(unwritable)
}
