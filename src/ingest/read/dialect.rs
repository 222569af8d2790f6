//! How are the cells of a text divided, and which quotation mark holds them together?
//!
//! The crate csv-nose was tried on the awkward files of `tests/it/awkward.rs`: it finds the same delimiter in every table
//! of two columns or more, and takes a column of dates (31/12/2012) for three columns. The simple score below does
//! at least as well, and knows about lines around a table.

use csv::{ByteRecord, ReaderBuilder};

/// What divides and quotes cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
}

/// What the program writes itself.
pub(super) const COMMA: Dialect = Dialect { delimiter: b',', quote: b'"' };
/// Divides nothing: the text has one column.
const NONE: u8 = 0x1F;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records that are enough to judge by.
const RECORDS: usize = 2000;

/// What the text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Table(Dialect),
    /// Sentences, most likely.
    Prose,
}

impl Dialect {
    /// The records of a text.
    pub fn records<'a>(&self, text: &'a [u8]) -> csv::Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .quote(self.quote)
            .from_reader(text)
    }
}

/// The delimiter that a first line `sep=;` names, as Excel writes and reads it, and where the line after it begins.
pub(super) fn named(text: &[u8]) -> Option<(u8, usize)> {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let bare = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let [delimiter] = bare.strip_prefix(b"sep=").or_else(|| bare.strip_prefix(b"SEP="))? else { return None };
    if !DELIMITERS.contains(delimiter) {
        return None;
    }
    let after = text.get(line.len()..)?;
    let end = if after.starts_with(b"\r\n") { 2 } else { usize::from(!after.is_empty()) };
    Some((*delimiter, line.len() + end))
}

/// The dialect in which a sample is most like a table.
///
/// The score is simple: the share of records that have the most telling width, more for wider tables, and half where
/// the first such record is no header (a decimal comma divides all rows evenly, but never the names).
pub(super) fn of(sample: &[u8]) -> Shape {
    let quote = if is_singly_quoted(sample) { b'\'' } else { b'"' };
    let mut best: Option<(f64, Dialect)> = None;
    let mut lines = 0;
    for delimiter in DELIMITERS {
        let dialect = Dialect { delimiter, quote };
        let widths = widths(sample, dialect);
        lines = lines.max(widths.len());
        let score = score(&widths);
        if score > best.map_or(0.0, |(best, _)| best) {
            best = Some((score, dialect));
        }
    }
    match best {
        // Many lines, and hardly any of them alike; a few such lines are a column of sentences.
        Some((score, _)) if score < 0.35 && lines >= 12 => Shape::Prose,
        Some((score, _)) if score < 0.35 => Shape::Table(Dialect { delimiter: NONE, quote }),
        Some((_, dialect)) => Shape::Table(dialect),
        None => Shape::Table(Dialect { delimiter: NONE, quote }),
    }
}

/// Cells of a record, and whether they look like names.
struct Width {
    cells: usize,
    names: bool,
}

fn widths(sample: &[u8], dialect: Dialect) -> Vec<Width> {
    let mut records = dialect.records(sample);
    let mut record = ByteRecord::new();
    let mut widths = Vec::new();
    while widths.len() < RECORDS && records.read_byte_record(&mut record).unwrap_or(false) {
        // Half a quotation is what another delimiter leaves of a quoted cell.
        let is_name = |cell: &[u8]| {
            let quotes = cell.iter().filter(|byte| **byte == dialect.quote).count();
            quotes % 2 == 0 && super::edges::class(cell) == super::edges::Class::Text
        };
        let names = record.iter().all(is_name);
        widths.push(Width { cells: record.len(), names });
    }
    widths
}

fn score(widths: &[Width]) -> f64 {
    let Some(width) = telling_width(widths.iter().map(|width| width.cells)) else { return 0.0 };
    let alike = widths.iter().filter(|of| of.cells == width).count() as f64 / widths.len() as f64;
    let named = widths.iter().find(|of| of.cells == width).is_some_and(|of| of.names);
    alike * (1.0 + width as f64).ln() * if named { 1.0 } else { 0.5 }
}

/// The width (2 or more) that most records have, where a wide one counts for more than a narrow one.
pub(super) fn telling_width(widths: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    for width in widths.filter(|width| *width > 1) {
        *counts.entry(width).or_insert(0usize) += 1;
    }
    let weight = |(width, count): (&usize, &usize)| *count as f64 * (1.0 + *width as f64).ln();
    let best = counts.iter().max_by(|a, b| weight(*a).total_cmp(&weight(*b)));
    best.map(|(width, _)| *width)
}

/// Whether cells are held together by single quotation marks: lines begin and end with one, and with no double one.
fn is_singly_quoted(sample: &[u8]) -> bool {
    let lines = || sample.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty()).take(50);
    let singly = lines().filter(|line| line.len() > 1 && line.starts_with(b"'") && line.ends_with(b"'")).count();
    let doubly = lines().filter(|line| line.starts_with(b"\"") || line.ends_with(b"\"")).count();
    singly > doubly && singly * 2 > lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, delimiter: u8, quote: u8) {
        assert_eq!(of(text.as_bytes()), Shape::Table(Dialect { delimiter, quote }), "{text}");
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_a_table() {
        is("a,b,c\n1,2,3", b',', b'"');
        is("a;\"b,c,d\";c\n", b';', b'"');
        is("a\tb\n", b'\t', b'"');
        is("a|b|c\n1|2|3\n", b'|', b'"');
        is("only\n", NONE, b'"');
        is("date;cost;rate\n2026-01-01;1,5;2,5\n2026-01-02;3,5;4,5\n", b';', b'"');
        is("a;b\n1,5;2,5\n3,5;4,5\n", b';', b'"');
        is("Row of 41 cents\nRow of 30\nRow of 1,5\nRow\n", NONE, b'"');
        is("'a','b'\n'x, y','z'\n", b',', b'\'');
    }

    #[test]
    fn lines_before_a_table_do_not_name_its_delimiter() {
        let linkedin = "Report (in UTC)\n\"Report Start: February 1, 2025, 12:00 AM\"\nReport End: March 1, 2025, 12:00 AM\n\nStart Date\tAccount\tSpent\n2/1/2025\tAcme, Inc.\t\"1,200.50\"\n";
        is(linkedin, b'\t', b'"');
    }

    #[test]
    fn excel_names_its_delimiter() {
        assert_eq!(named(b"sep=;\r\na;b"), Some((b';', 7)));
        assert_eq!(named(b"\"sep=,\"\na,b"), Some((b',', 8)));
        assert_eq!(named(b"sep=;"), Some((b';', 5)));
        assert_eq!(named(b"sep=x\na"), None);
        assert_eq!(named(b"separate;b\n"), None);
    }
}
