//! How does a file become a header and rows of text?
//!
//! [`bytes`] unpacks and decodes it, [`workbook`], [`columnar`] and [`json`] turn what is no text into one, [`dialect`]
//! says how cells are divided, and [`edges`] where the table begins and ends. From there on every file is the same:
//! text, read row by row.

mod bytes;
mod columnar;
mod dialect;
mod edges;
mod error;
mod json;
mod records;
mod workbook;

pub use edges::FirstRow;
pub use error::ReadError;

use super::IngestError;
use crate::config::plan::{Header, Source};
use crate::finding::masked;
use bytes::{Content, Text};
use csv::ByteRecord;
use dialect::{COMMA, Dialect, Shape};
use edges::Edges;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A table in memory, with its header.
#[derive(Debug)]
pub struct RawFile {
    /// Where the file is, as shown to the user: relative to the project folder where possible.
    pub shown: String,
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// Column names; for files without a header row "1", "2", ….
    pub header: Vec<String>,
    /// Whether the header names columns, or looks like one more row.
    pub first_row: FirstRow,
    /// What was done to the file on the way, in short sentences.
    pub notes: Vec<String>,
    /// Cells whose formula has no stored result; they are read as empty.
    pub uncalculated: u64,
    text: Vec<u8>,
    dialect: Dialect,
    header_row: Header,
    /// Where the table begins and ends in the text.
    begin: usize,
    end: usize,
    rows_before: u64,
    totals_above: u64,
    left_out: u64,
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

/// Every table in a file: one, except in workbooks, which have one a sheet.
pub fn tables(path: &Path, root: &Path, header: Header) -> Result<Vec<RawFile>, ReadError> {
    let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let opened = bytes::open(path, &shown)?;
    let made = |sheet, text, begin, dialect, edges| Found { sheet, text, begin, dialect, edges };
    let found =
        match opened.content {
            Content::Workbook(file) => workbook::sheets(file, &shown)?
                .into_iter()
                .map(|sheet| {
                    let mut edges = edges::find(&sheet.text, COMMA, header);
                    let is_named = |at: &&usize| edges.first.get(**at).is_some_and(|name| !name.trim().is_empty());
                    let uncalculated = sheet.uncalculated.iter().filter(is_named).count();
                    edges.uncalculated = uncalculated as u64;
                    let formulas = match uncalculated {
                        0 => None,
                        1 => Some("1 cell holds a formula without a stored result and is".to_string()),
                        n => Some(format!("{n} cells hold formulas without a stored result and are")),
                    };
                    edges.notes.extend(formulas.map(|says| {
                        format!("{says} read as empty: open the file in a spreadsheet program and save it")
                    }));
                    made(Some(sheet.name), sheet.text, 0, COMMA, edges)
                })
                .collect(),
            Content::Parquet(file) => {
                let text = columnar::text(file, &shown)?;
                let edges = edges::all(&text);
                vec![made(None, text, 0, COMMA, edges)]
            }
            Content::Text(text) => vec![of_text(text, &opened.name, &shown, header)?],
        };
    Ok(found.into_iter().map(|found| found.file(&shown, &opened.sha256, &opened.notes, header)).collect())
}

/// A table and the text that it stands in.
struct Found {
    sheet: Option<String>,
    text: Vec<u8>,
    /// Where the text begins that the edges count from.
    begin: usize,
    dialect: Dialect,
    edges: Edges,
}

/// The table in a text.
fn of_text(text: Text, name: &str, shown: &str, header: Header) -> Result<Found, ReadError> {
    let path = || shown.to_string();
    let Text { bytes, begin } = text;
    let content = bytes.get(begin..).unwrap_or_default();
    if json::may_be(content) {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let is_named_so = ["json", "jsonl", "ndjson", "geojson"].contains(&ending.as_str());
        match json::read(content) {
            json::Json::Table(text) => {
                let edges = edges::all(&text);
                return Ok(Found { sheet: None, text, begin: 0, dialect: COMMA, edges });
            }
            json::Json::Rows(text) => {
                let edges = edges::find(&text, COMMA, header);
                return Ok(Found { sheet: None, text, begin: 0, dialect: COMMA, edges });
            }
            // A header may begin with a bracket, too: what is neither JSON nor called so is a text like any other.
            json::Json::Broken(why) if is_named_so => {
                return Err(ReadError::Broken { path: path(), kind: "JSON", why });
            }
            json::Json::Broken(_) => {}
            json::Json::NoRecords(why) => return Err(ReadError::NoRecords { path: path(), why }),
        }
    }
    let named = dialect::named(content);
    let after = named.map_or(0, |(_, after)| after);
    let rest = content.get(after..).unwrap_or_default();
    let dialect = match (named, dialect::of(edges::head(rest))) {
        (Some((delimiter, _)), _) => Dialect { delimiter, quote: b'"' },
        (None, Shape::Table(dialect)) => dialect,
        (None, Shape::Prose) => return Err(ReadError::NoTable { path: path() }),
    };
    let mut edges = edges::find(rest, dialect, header);
    if named.is_some() {
        edges.rows_before += 1;
        edges.left_out += 1;
        edges.notes.insert(0, "a first line names the separator".into());
    }
    if dialect.delimiter != b',' {
        let kind = match dialect.delimiter {
            b';' => "separated by semicolons",
            b'\t' => "separated by tabs",
            b'|' => "separated by bars",
            _ => "one column",
        };
        edges.notes.insert(0, kind.into());
    }
    Ok(Found { sheet: None, begin: begin + after, text: bytes, dialect, edges })
}

impl Found {
    fn file(self, shown: &str, sha256: &str, notes: &[String], header_row: Header) -> RawFile {
        let edges = self.edges;
        let mut notes = notes.to_vec();
        notes.extend(edges.notes);
        let header: Vec<String> = match header_row {
            Header::Present => edges.first.iter().map(|name| one_line(&text(&bare(name.as_bytes())))).collect(),
            Header::Absent => (1..=edges.first.len()).map(|number| number.to_string()).collect(),
        };
        let again: Vec<String> = header
            .iter()
            .enumerate()
            .filter(|(at, name)| !name.is_empty() && header.iter().take(*at).any(|other| other == *name))
            .map(|(_, name)| masked(name))
            .collect();
        if !again.is_empty() {
            notes.push(format!("more than one column is called: {}", again.join(", ")));
        }
        RawFile {
            shown: shown.to_string(),
            sha256: sha256.to_string(),
            sheet: self.sheet,
            header,
            first_row: edges.first_row,
            notes,
            uncalculated: edges.uncalculated,
            begin: self.begin + edges.begin,
            end: self.begin + edges.end,
            text: self.text,
            dialect: self.dialect,
            header_row,
            rows_before: edges.rows_before,
            totals_above: edges.totals_above,
            left_out: edges.left_out,
        }
    }
}

/// A name in one line, whatever it was wrapped into.
fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl RawFile {
    /// Rows before the header and after the data that are no data, and were left out.
    pub fn edge_rows(&self) -> u64 {
        self.left_out
    }

    /// Calls `each` with every row after the header that is not blank, and its number as a spreadsheet counts it.
    pub fn for_each(&self, mut each: impl FnMut(u64, &ByteRecord)) -> Result<(), ReadError> {
        let text = self.text.get(self.begin..self.end).unwrap_or_default();
        let mut reader = self.dialect.records(text);
        let mut record = ByteRecord::new();
        let mut row = self.rows_before;
        let mut skip = match self.header_row {
            Header::Present => 1 + self.totals_above,
            Header::Absent => 0,
        };
        let unreadable = |e: csv::Error| ReadError::Unreadable { path: self.shown.clone(), why: e.to_string() };
        while reader.read_byte_record(&mut record).map_err(unreadable)? {
            // The reader passes over empty lines; a spreadsheet counts them.
            let begin = record.position().map_or(0, |begin| begin.byte() as usize);
            row += 1 + empty_lines(text, begin);
            let end = reader.position().byte() as usize;
            if end >= text.len() && self.is_open(&record, text.get(begin..end.min(text.len())).unwrap_or_default()) {
                return Err(ReadError::OpenQuote { path: self.shown.clone(), row });
            }
            if skip > 0 {
                skip -= 1;
            } else if record.iter().any(is_protected) {
                each(row, &record.iter().map(bare).collect());
            } else if !record.as_slice().iter().all(u8::is_ascii_whitespace) {
                each(row, &record);
            }
        }
        Ok(())
    }

    /// Whether the last record runs over lines to the end of the file because a quotation mark in it is never closed.
    fn is_open(&self, record: &ByteRecord, raw: &[u8]) -> bool {
        let runs_over_lines = record.iter().any(|cell| cell.iter().any(|byte| matches!(byte, b'\n' | b'\r')));
        runs_over_lines && raw.iter().filter(|byte| **byte == self.dialect.quote).count() % 2 == 1
    }
}

/// Whether a cell is a formula that says nothing but a text: ="00123" keeps spreadsheets from reading a number.
fn is_protected(cell: &[u8]) -> bool {
    cell.starts_with(b"=\"") && cell.ends_with(b"\"") && cell.len() > 2
}

/// A cell without the formula around its text.
fn bare(cell: &[u8]) -> Cow<'_, [u8]> {
    let inner = cell.strip_prefix(b"=\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else { return Cow::Borrowed(cell) };
    if !inner.contains(&b'"') {
        return Cow::Borrowed(inner);
    }
    // Inside of it every quotation mark is written twice; anything else is a formula that does more.
    let inner = text(inner);
    if inner.replace("\"\"", "").contains('"') {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(inner.replace("\"\"", "\"").into_bytes())
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
pub fn text(cell: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(cell)
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_formula_is_the_text() {
        for (cell, expected) in [
            ("=\"00123\"", "00123"),
            ("=\"a\"\"b\"", "a\"b"),
            ("=\"\"", ""),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=1+1", "=1+1"),
            ("00123", "00123"),
            ("\"a\"", "\"a\""),
        ] {
            assert_eq!(text(&bare(cell.as_bytes())), expected, "{cell}");
        }
    }

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
}
