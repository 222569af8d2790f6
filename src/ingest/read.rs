//! How does a file become a header and rows of text?

use super::IngestError;
use crate::config::plan::{Header, Source};
use csv::{ByteRecord, ReaderBuilder};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// A file in memory, with its header.
pub struct RawFile {
    /// Where it is, as shown to the user: relative to the project folder where possible.
    pub shown: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// What the reader did.
    pub notes: Vec<String>,
    /// Column names; for files without a header row "1", "2", ….
    pub header: Vec<String>,
    bytes: Vec<u8>,
    delimiter: u8,
    header_row: Header,
}

/// The files that a source names, in the order given, globs sorted by name.
pub fn paths(source: &Source, root: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let mut found = Vec::new();
    for pattern in &source.paths {
        let full = root.join(pattern);
        let before = found.len();
        if full.is_file() {
            found.push(full);
        } else if pattern.contains(['*', '?', '[']) {
            // The folder's own name is no pattern, whatever is in it.
            let full = Path::new(&glob::Pattern::escape(&root.to_string_lossy())).join(pattern);
            let matches = glob::glob(&full.to_string_lossy())
                .map_err(|e| IngestError::Pattern { pattern: pattern.clone(), why: e.msg.to_string() })?;
            found.extend(matches.flatten().filter(|path| path.is_file()));
        }
        if found.len() == before {
            return Err(IngestError::NotFound {
                table: source.table.name(),
                path: pattern.clone(),
                folder: root.display().to_string(),
            });
        }
    }
    Ok(found)
}

/// Every table in the file.
pub fn tables(path: &Path, root: &Path, header: Header) -> Result<Vec<RawFile>, IngestError> {
    let source = Source { header, ..Source::of(crate::config::plan::Table::Leads, String::new()) };
    RawFile::open(path, root, &source).map(|file| vec![file])
}

impl RawFile {
    /// Reads a file and its header.
    pub fn open(path: &Path, root: &Path, source: &Source) -> Result<RawFile, IngestError> {
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let mut bytes =
            fs::read(path).map_err(|e| IngestError::Unreadable { path: shown.clone(), why: e.to_string() })?;
        let sha256 = hex(&Sha256::digest(&bytes));
        if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
            bytes.drain(..3);
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(IngestError::Empty { path: shown, table: source.table.name() });
        }
        if bytes.starts_with(&[0xFF, 0xFE])
            || bytes.starts_with(&[0xFE, 0xFF])
            || bytes.iter().take(4096).any(|b| *b == 0)
        {
            return Err(IngestError::NotText { path: shown });
        }
        let delimiter = delimiter(&bytes);
        let mut file = RawFile {
            shown,
            sha256,
            sheet: None,
            notes: Vec::new(),
            header: Vec::new(),
            bytes,
            delimiter,
            header_row: source.header,
        };
        let mut first = ByteRecord::new();
        file.reader()
            .read_byte_record(&mut first)
            .map_err(|e| IngestError::Unreadable { path: file.shown.clone(), why: e.to_string() })?;
        file.header = match source.header {
            Header::Present => first.iter().map(|cell| text(cell).trim().to_string()).collect(),
            Header::Absent => (1..=first.len()).map(|number| number.to_string()).collect(),
        };
        Ok(file)
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(self.delimiter).from_reader(&self.bytes)
    }

    /// Calls `each` with every row after the header and its number as a spreadsheet counts it (the header is row 1).
    pub fn for_each(&self, mut each: impl FnMut(u64, &ByteRecord)) -> Result<(), IngestError> {
        let mut reader = self.reader();
        let mut record = ByteRecord::new();
        let (mut row, mut is_header) = (0, self.header_row == Header::Present);
        let unreadable = |e: csv::Error| IngestError::Unreadable { path: self.shown.clone(), why: e.to_string() };
        while reader.read_byte_record(&mut record).map_err(unreadable)? {
            // The reader passes over empty lines; a spreadsheet counts them.
            let begin = record.position().map_or(0, |begin| begin.byte() as usize);
            row += 1 + empty_lines(&self.bytes, begin);
            if self.is_open(&record, begin, reader.position().byte() as usize) {
                return Err(IngestError::OpenQuote { path: self.shown.clone(), row });
            }
            if !std::mem::take(&mut is_header) {
                each(row, &record);
            }
        }
        Ok(())
    }
}

impl RawFile {
    /// Whether a record runs over lines to the end of the file because a quotation mark in it is never closed.
    fn is_open(&self, record: &ByteRecord, begin: usize, end: usize) -> bool {
        let is_last = end >= self.bytes.len();
        let runs_over_lines = record.iter().any(|cell| cell.contains(&b'\n'));
        let raw = self.bytes.get(begin..end.min(self.bytes.len())).unwrap_or_default();
        is_last && runs_over_lines && raw.iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }
}

/// Empty lines at a place; the second half of a line break (CR LF) before it is none.
fn empty_lines(bytes: &[u8], begin: usize) -> u64 {
    let rest = bytes.get(begin..).unwrap_or_default();
    let breaks = rest.split(|byte| !matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let before = begin.checked_sub(1).and_then(|last| bytes.get(last)).copied();
    let mut lines = 0;
    let mut previous = before;
    for byte in breaks {
        lines += u64::from(!(*byte == b'\n' && previous == Some(b'\r')));
        previous = Some(*byte);
    }
    lines
}

/// A cell as text; bytes that are no UTF-8 become the replacement character.
pub fn text(cell: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(cell)
}

/// The delimiter that splits the first line most often; a comma when nothing does.
fn delimiter(bytes: &[u8]) -> u8 {
    let line = bytes.split(|b| *b == b'\n' || *b == b'\r').next().unwrap_or_default();
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in line {
        quoted ^= *byte == b'"';
        for (candidate, count) in &mut counts {
            *count += usize::from(!quoted && byte == candidate);
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0).map_or(b',', |(byte, _)| *byte)
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_counted() {
        for (before, after, expected) in
            [("a\n", "b", 0), ("a\n", "\nb", 1), ("a\r\n", "\r\n\r\nb", 2), ("a\r", "\n\r\nb", 1), ("", "\n\nb", 2)]
        {
            assert_eq!(
                empty_lines(format!("{before}{after}").as_bytes(), before.len()),
                expected,
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_splits_the_header() {
        assert_eq!(delimiter(b"a,b,c\n1,2,3"), b',');
        assert_eq!(delimiter(b"a;\"b,c,d\";c\n"), b';');
        assert_eq!(delimiter(b"a\tb\n"), b'\t');
        assert_eq!(delimiter(b"only\n"), b',');
    }
}
