//! Where does the table in a text begin and end? Titles, periods and comments before the header are no rows, and neither
//! are totals and remarks after the data.
//!
//! What is data is never left out: a row after the data goes only when its words say that it is a total or a remark and
//! it is no complete row of the table, or when it is a phrase on its own at the very end, set apart from a table of three
//! columns or more.

use super::dialect::{Dialect, telling_width};
use super::{Header, text};
use crate::finding::masked;
use csv::ByteRecord;

/// Bytes at the head that the header is looked for in, and at the tail that the last rows are looked at in.
const HEAD: usize = 1 << 18;
const TAIL: usize = 1 << 16;
/// Records that the shape of the table is judged by.
const RECORDS: usize = 2000;
/// Rows that may stand before a header, and after the data.
const MOST: usize = 40;

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Blank,
    Text,
    Number,
    /// 1900 to 2100: the name of a column as well as a value.
    Year,
    Date,
    Address,
    /// A long hexadecimal id.
    Hex,
}

/// Whether the row taken for the header names columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstRow {
    /// It does, as far as can be seen.
    Names,
    /// It looks like the rows that follow: the file may have no header.
    LooksLikeData,
}

/// The table in a text.
#[derive(Debug)]
pub(super) struct Edges {
    /// Where the header (or, without one, the first row) begins.
    pub begin: usize,
    /// Where the data end.
    pub end: usize,
    /// Rows that a spreadsheet counts before the first, empty ones among them.
    pub rows_before: u64,
    /// Rows of totals directly below the header.
    pub totals_above: u64,
    /// Rows left out.
    pub left_out: u64,
    /// The first row of the table.
    pub first: Vec<String>,
    pub first_row: FirstRow,
    pub notes: Vec<String>,
    /// Cells of the table whose formula nobody has calculated.
    pub uncalculated: u64,
}

/// A record at the head.
struct Row {
    begin: usize,
    /// The row as a spreadsheet counts it.
    number: u64,
    cells: Vec<String>,
}

impl Row {
    fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
    }
}

/// The sample that dialect and header are judged by: the head, up to the end of a line.
pub(super) fn head(text: &[u8]) -> &[u8] {
    match text.get(..HEAD) {
        None => text,
        Some(head) => match head.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(last) => head.get(..=last).unwrap_or(head),
            None => head,
        },
    }
}

/// Finds the table in a text.
pub(super) fn find(text: &[u8], dialect: Dialect, header: Header) -> Edges {
    let rows = rows(head(text), dialect, RECORDS);
    let width = telling_width(rows.iter().map(|row| row.cells.len())).unwrap_or(1);
    let first = match header {
        Header::Present => first_row(&rows, width),
        Header::Absent => rows.iter().position(|row| row.filled() > 0).unwrap_or(0),
    };
    let before = rows.iter().take(first).filter(|row| row.filled() > 0).count() as u64;
    let below = rows.get(first + 1..).unwrap_or_default();
    let usual = Usual::of(below, width);
    let totals_above = match header {
        Header::Present => {
            below.iter().take_while(|row| is_grand_total(row) && !usual.is_complete(&row.cells)).count() as u64
        }
        Header::Absent => 0,
    };
    // A table of nothing but totals has at least rows.
    let totals_above = if totals_above as usize == below.len() { 0 } else { totals_above };
    let mut notes = Vec::new();
    if before > 0 {
        notes.push(format!("{} before the header left out", lines(before)));
    }
    if totals_above > 0 {
        notes.push(format!("{} of totals below the header left out", lines(totals_above)));
    }
    let begin = rows.get(first).map_or(0, |row| row.begin);
    // What the head shows to be the table's first rows is never an end of it.
    let data_begin = below.first().map_or(text.len(), |row| row.begin);
    let footers = footers(text, data_begin, dialect, &usual);
    if footers.count > 0 {
        let what: Vec<String> = footers.words.iter().map(|words| masked(words)).collect();
        let more = if footers.count > what.len() as u64 { " …" } else { "" };
        notes.push(format!("{} after the data left out: {}{more}", lines(footers.count), what.join("; ")));
    }
    let next = below.iter().find(|row| row.filled() > 1 || (width < 2 && row.filled() > 0));
    Edges {
        begin,
        end: footers.begin,
        rows_before: rows.get(first).map_or(0, |row| row.number - 1),
        totals_above,
        left_out: before + totals_above + footers.count,
        first_row: rows.get(first).map_or(FirstRow::Names, |row| looks(row, next)),
        first: rows.get(first).map(|row| row.cells.clone()).unwrap_or_default(),
        notes,
        uncalculated: 0,
    }
}

/// All of a text: the names are in its first record, and there is nothing around it.
pub(super) fn all(text: &[u8]) -> Edges {
    let first = rows(text.get(..text.len().min(HEAD * 16)).unwrap_or_default(), super::dialect::COMMA, 1).pop();
    Edges {
        begin: 0,
        end: text.len(),
        rows_before: 0,
        totals_above: 0,
        left_out: 0,
        first: first.map(|row| row.cells).unwrap_or_default(),
        first_row: FirstRow::Names,
        notes: Vec::new(),
        uncalculated: 0,
    }
}

fn lines(n: u64) -> String {
    if n == 1 { "1 line".into() } else { format!("{n} lines") }
}

fn rows(sample: &[u8], dialect: Dialect, most: usize) -> Vec<Row> {
    let mut records = dialect.records(sample);
    let mut record = ByteRecord::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut number = 0;
    while rows.len() < most && records.read_byte_record(&mut record).unwrap_or(false) {
        let at = record.position().map_or(0, |position| position.byte() as usize);
        let empty = super::empty_lines(sample, at);
        number += 1 + empty;
        let begin = at + line_breaks(sample, at);
        rows.push(Row { begin, number, cells: record.iter().map(|cell| text(cell).into_owned()).collect() });
    }
    rows
}

/// Bytes of line breaks at a place: the reader says where it was, not where the record begins.
fn line_breaks(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The first row that is wide enough to be the header of what follows.
fn first_row(rows: &[Row], width: usize) -> usize {
    let Some(top) = rows.iter().position(|row| row.filled() > 0) else { return 0 };
    if width < 2 {
        return rows.iter().position(|row| row.filled() > 0 && !is_comment(row)).unwrap_or(top);
    }
    // Half of the rows that are as wide as the table fill at least so many cells.
    let mut filled: Vec<usize> =
        rows.iter().filter(|row| row.cells.len() == width).map(Row::filled).filter(|filled| *filled > 0).collect();
    filled.sort_unstable();
    let typical = filled.get(filled.len() / 2).copied().unwrap_or(width);
    let least = ((typical * 3).div_ceil(5)).max(2);
    let is_title = |row: &Row| {
        let filled = row.filled();
        // In a table of two columns a short row is a title only where it is no row of the table at all.
        is_comment(row) || (filled < least && (width > 2 || row.cells.len() < 2))
    };
    let is_above_names = |at: usize| {
        let (Some(row), Some(below)) = (rows.get(at), rows.get(at + 1)) else { return false };
        let is_valued = rows.get(at + 2).is_some_and(|row| !is_named(row));
        // A row of groups ("Phase 1", "Phase 2") over the names, or a title that is as wide as a table of two columns.
        let over_groups = row.filled() * 5 < width * 3 && below.filled() * 5 >= width * 4;
        let over_two = width == 2 && row.filled() == 1 && below.filled() == 2 && is_valued;
        (over_groups || over_two) && is_named(below)
    };
    let mut rows_there = rows.iter().enumerate().skip(top).take(MOST);
    let found = rows_there.find(|(at, row)| row.filled() > 0 && !is_title(row) && !is_above_names(*at));
    found.map_or(top, |(at, _)| at)
}

/// Whether a row holds nothing but words.
fn is_named(row: &Row) -> bool {
    row.cells.iter().all(|cell| matches!(class(cell.as_bytes()), Class::Text | Class::Blank))
}

fn is_comment(row: &Row) -> bool {
    row.cells.first().is_some_and(|cell| cell.starts_with('#'))
}

/// Whether the first row looks like the next one rather than like names.
fn looks(row: &Row, next: Option<&Row>) -> FirstRow {
    let told = row.cells.iter().enumerate().any(|(at, cell)| {
        let own = class(cell.as_bytes());
        let below = next.and_then(|next| next.cells.get(at)).map(|cell| class(cell.as_bytes()));
        match own {
            Class::Blank | Class::Text => false,
            Class::Hex | Class::Address => true,
            Class::Number | Class::Year | Class::Date => next.is_none() || below == Some(own),
        }
    });
    if told { FirstRow::LooksLikeData } else { FirstRow::Names }
}

/// What a cell looks like.
pub(super) fn class(cell: &[u8]) -> Class {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Class::Blank;
    }
    let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        let at = cell.iter().position(|byte| *byte == b'@');
        let is_address = at.is_some_and(|at| at > 0 && cell.get(at..).is_some_and(|rest| rest.contains(&b'.')));
        return if is_address && !cell.contains(&b' ') { Class::Address } else { Class::Text };
    }
    if cell.len() == 4 && digits == 4 && (cell.starts_with(b"19") || cell.starts_with(b"20")) {
        return Class::Year;
    }
    if cell.len() >= 16 && cell.iter().all(u8::is_ascii_hexdigit) {
        return Class::Hex;
    }
    let of = |marks: &[u8]| cell.iter().all(|byte| byte.is_ascii_digit() || marks.contains(byte));
    let separators = cell.iter().filter(|byte| matches!(byte, b'-' | b'/')).count();
    let dots = cell.iter().filter(|byte| **byte == b'.').count();
    let starts = cell.first().is_some_and(u8::is_ascii_digit);
    if starts && (6..=35).contains(&cell.len()) && of(b"-/.: TZ+APMapm,") && (separators >= 1 || dots == 2) {
        return Class::Date;
    }
    if of(b".,+-%eE ") || cell.strip_prefix(b"$").is_some_and(|rest| class(rest) == Class::Number) {
        return Class::Number;
    }
    if cell.contains(&b'@') && cell.contains(&b'.') && !cell.contains(&b' ') { Class::Address } else { Class::Text }
}

/// What the columns of a table usually hold: for each that most rows fill, what most of its cells look like.
struct Usual {
    width: usize,
    columns: Vec<Option<Class>>,
}

impl Usual {
    fn of(rows: &[Row], width: usize) -> Usual {
        // Totals and remarks say nothing about the data.
        let is_said =
            |row: &Row| row.cells.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty()).is_some_and(is_told);
        let data: Vec<&Row> = rows.iter().filter(|row| row.filled() > 0 && !is_said(row)).collect();
        let column = |at: usize| {
            let mut counts: Vec<(Class, usize)> = Vec::new();
            for cell in data.iter().filter_map(|row| row.cells.get(at)).filter(|cell| !is_nothing(cell)) {
                let own = class(cell.as_bytes());
                match counts.iter_mut().find(|(class, _)| *class == own) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((own, 1)),
                }
            }
            let filled: usize = counts.iter().map(|(_, count)| count).sum();
            let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(class, _)| class);
            most.filter(|_| filled * 2 > data.len())
        };
        Usual { width, columns: (0..width).map(column).collect() }
    }

    /// Whether a row is filled like those of the table and says more than words and sums: a day, an id, a name. A total
    /// leaves the cells empty that cannot be added up, or its word stands where there are days or numbers.
    fn is_complete(&self, cells: &[String]) -> bool {
        let mut more = 0;
        for (at, usual) in self.columns.iter().enumerate() {
            let Some(usual) = usual else { continue };
            let cell = cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
            if is_nothing(cell) {
                return false;
            }
            let own = class(cell.as_bytes());
            let is_word = is_told(cell);
            if is_word && !matches!(usual, Class::Text | Class::Hex | Class::Address) {
                return false;
            }
            more += usize::from(!is_word && !matches!(own, Class::Number | Class::Year));
        }
        more > 0
    }
}

/// Whether a cell is empty or holds a dash in place of a value.
fn is_nothing(cell: &str) -> bool {
    cell.trim().trim_matches(['-', '–', '—']).is_empty()
}

/// What stands after the data.
struct Footers {
    begin: usize,
    count: u64,
    /// The first words of each, at most three.
    words: Vec<String>,
}

/// A line at the tail.
struct Line {
    begin: usize,
    kind: Kind,
    words: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    /// Its words say what it is.
    Told,
    /// A phrase on its own, in a row of one cell.
    Phrase,
    /// The same in a row as wide as the table.
    PaddedPhrase,
}

/// Goes back from the end, line by line, as long as lines are no data. A line in which a quotation mark opens or ends
/// belongs to a cell of several lines and is data.
fn footers(text: &[u8], data_begin: usize, dialect: Dialect, usual: &Usual) -> Footers {
    let mut found = Footers { begin: text.len(), count: 0, words: Vec::new() };
    if usual.width < 2 {
        return found;
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut end = text.len();
    let oldest = data_begin.max(text.len().saturating_sub(TAIL));
    while end > oldest && lines.iter().filter(|line| line.kind != Kind::Blank).count() < MOST {
        let (begin, content) = line_before(text, end);
        if begin < oldest || content.iter().filter(|byte| **byte == dialect.quote).count() % 2 == 1 {
            break;
        }
        let Some(line) = line(content, begin, dialect, usual) else { break };
        lines.push(line);
        end = begin;
    }
    // Nearest to the data first: what is set apart by an empty line, or follows a total, is a remark.
    lines.reverse();
    let is_footer = |at: usize, line: &Line| match line.kind {
        Kind::Blank | Kind::Told | Kind::Phrase => true,
        Kind::PaddedPhrase => lines.iter().take(at).any(|before| matches!(before.kind, Kind::Blank | Kind::Told)),
    };
    let data = lines.iter().enumerate().rposition(|(at, line)| !is_footer(at, line));
    let after = lines.get(data.map_or(0, |at| at + 1)..).unwrap_or_default();
    let kept = after.iter().filter(|line| line.kind != Kind::Blank);
    found.count = kept.clone().count() as u64;
    found.words = kept.take(3).map(|line| line.words.clone()).collect();
    if found.count > 0 {
        found.begin = after.first().map_or(text.len(), |line| line.begin);
    }
    found
}

/// The line that ends at `end`: where it begins, and what it holds without its line break.
fn line_before(text: &[u8], end: usize) -> (usize, &[u8]) {
    let mut stop = end;
    let byte = |at: usize| at.checked_sub(1).and_then(|at| text.get(at)).copied();
    if byte(stop) == Some(b'\n') {
        stop -= 1;
    }
    if byte(stop) == Some(b'\r') {
        stop -= 1;
    }
    let before = text.get(..stop).unwrap_or_default();
    let begin = before.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |at| at + 1);
    (begin, before.get(begin..).unwrap_or_default())
}

/// What a line at the tail is; `None` = data.
fn line(content: &[u8], begin: usize, dialect: Dialect, usual: &Usual) -> Option<Line> {
    let mut record = ByteRecord::new();
    let is_record = dialect.records(content).read_byte_record(&mut record).unwrap_or(false);
    let cells: Vec<String> = record.iter().map(|cell| text(cell).trim().to_string()).collect();
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    let Some(first) = filled.next().filter(|_| is_record) else {
        return Some(Line { begin, kind: Kind::Blank, words: String::new() });
    };
    let row = Row { begin, number: 0, cells: cells.clone() };
    let alone = filled.next().is_none();
    let width = usual.width;
    let is_told = is_told(first) || is_grand_total(&row);
    let kind = if (is_told && !usual.is_complete(&cells)) || (alone && width > 2 && is_rule(first)) {
        Kind::Told
    } else if alone && width > 2 && first.split_whitespace().nth(1).is_some() {
        if cells.len() == 1 { Kind::Phrase } else { Kind::PaddedPhrase }
    } else {
        return None;
    };
    Some(Line { begin, kind, words: first.clone() })
}

/// A line drawn with characters.
fn is_rule(cell: &str) -> bool {
    cell.len() > 2 && !cell.chars().any(char::is_alphanumeric)
}

/// Words that stand at the beginning of a total, on their own or before a colon, a bracket or a number.
const TOTALS: [&str; 16] = [
    "total",
    "totals",
    "grand total",
    "grand totals",
    "report total",
    "report totals",
    "subtotal",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "total général",
    "totaal",
    "totale",
    "eindtotaal",
];

/// Words that a remark begins with, whatever follows.
const REMARKS: [&str; 12] = [
    "confidential information",
    "copyright (c)",
    "copyright ©",
    "generated by ",
    "report generated",
    "exported by ",
    "note:",
    "notes:",
    "source: ",
    "quelle: ",
    "hinweis: ",
    "fuente: ",
];

fn is_told(cell: &str) -> bool {
    let cell = cell.to_lowercase();
    if REMARKS.iter().any(|start| cell.starts_with(start)) {
        return true;
    }
    let is_count = cell.strip_suffix(" records").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit() || b == b','));
    is_count
        || TOTALS.iter().any(|word| {
            cell.strip_prefix(word).is_some_and(|rest| {
                let rest = rest.trim_start();
                rest.is_empty() || rest.starts_with([':', '(']) || rest == "-"
            })
        })
}

/// A row in which some cell says "Grand total", in full.
fn is_grand_total(row: &Row) -> bool {
    row.cells.iter().any(|cell| {
        let cell = cell.trim();
        cell.eq_ignore_ascii_case("grand total") || cell.eq_ignore_ascii_case("grand totals")
    })
}

#[cfg(test)]
mod tests {
    use super::super::dialect::COMMA;
    use super::*;

    #[track_caller]
    fn table(text: &str, first: &[&str], rows: &str, left_out: u64) -> Edges {
        let edges = find(text.as_bytes(), COMMA, Header::Present);
        assert_eq!(edges.first, first, "{edges:?}");
        let inside = text.get(edges.begin..edges.end).expect("a range");
        assert_eq!(inside.trim_end().split_once('\n').map_or("", |(_, rows)| rows), rows, "{edges:?}");
        assert_eq!(edges.left_out, left_out, "{edges:?}");
        edges
    }

    const ABC: [&str; 3] = ["a", "b", "c"];

    #[test]
    fn titles_are_no_header() {
        let rows = "1,2,3\n4,5,6";
        for before in [
            "",
            "\n\n",
            "Campaign report\n\"1 January 2026 - 31 January 2026\"\n",
            "# comment, with, commas, and, more\n#\n",
            ",,\nTitle,,\n\n",
            "Report (in UTC)\nStart\nEnd\nGenerated\n\n",
        ] {
            let lines = before.lines().filter(|line| line.contains(char::is_alphanumeric) || *line == "#").count();
            let edges = table(&format!("{before}a,b,c\n{rows}\n"), &ABC, rows, lines as u64);
            assert_eq!(edges.rows_before, before.lines().count() as u64, "{before:?}");
        }
    }

    #[test]
    fn a_sparse_row_below_the_header_is_no_reason_to_look_further() {
        table("a,b,c\n1,,\n,2,\n3,,\n", &ABC, "1,,\n,2,\n3,,", 0);
        table("a,b\n1,\n,2\n", &["a", "b"], "1,\n,2", 0);
        table("a,\n1,x\n2,y\n", &["a", ""], "1,x\n2,y", 0);
        table("a,b,c,d\n1,2,3\n", &["a", "b", "c", "d"], "1,2,3", 0);
    }

    #[test]
    fn footers_are_no_rows() {
        let rows = "1,2,3\n4,5,6";
        for after in [
            "Total: Campaigns, --,9\nTotal: Account, --,9\n",
            "Total,,9\n",
            "Summe,,9\n",
            "Gesamt,7,9\n",
            ",,Grand total\n",
            "\n\nGrand Totals (2 records)\n\nConfidential Information - Do Not Distribute\nCopyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\n",
            "\nFiltered by: all leads,,\n",
            "2 records,,\n",
            "Source: the office of offices\n",
        ] {
            let lines = after.lines().filter(|line| !line.is_empty()).count() as u64;
            table(&format!("a,b,c\n{rows}\n{after}"), &ABC, rows, lines);
            table(&format!("a,b,c\n{rows}\n{}", after.trim_end()), &ABC, rows, lines);
        }
    }

    #[test]
    fn names_stand_below_their_groups_and_titles() {
        let first = ["Country", "Area", "n", "%", "n", "%"];
        table(",,Phase 1,,Phase 2,\nCountry,Area,n,%,n,%\nx,y,1,2,3,4\n", &first, "x,y,1,2,3,4", 1);
        table("Table 1,\nA,B\n8,9\n", &["A", "B"], "8,9", 1);
    }

    #[test]
    fn what_follows_a_drawn_line_or_a_total_is_no_row() {
        let rows = "1,2,3\n4,5,6";
        table(&format!("a,b,c\n{rows}\n####,,\n1) as of May,,\n(p) provisional,,\n####,,\n"), &ABC, rows, 4);
        table(&format!("a,b,c\n{rows}\nTotal,7,9\nAll amounts in euros,,\n"), &ABC, rows, 2);
        table(&format!("a,b,c\n{rows}\nNote: some,,\n\n and others.,,\n"), &ABC, rows, 2);
    }

    #[test]
    fn data_at_the_end_are_rows() {
        for last in [
            "Total Wine & More,5,6",
            "Sum Corp,5,6",
            "L99,,",
            ",,x",
            "7",
            "This row has blanks,,",
            "Summer campaign,1,2",
            "Totally,1,2",
            "\"x\nTotal: 5\",1,2",
            "Copyright law,1,2",
            "12 records found,1,2",
        ] {
            let rows = format!("1,2,3\n{last}");
            table(&format!("a,b,c\n{rows}\n"), &ABC, &rows, 0);
        }
        // Only the end of a file is its end.
        let rows = "1,2,3\nTotal,,\n4,5,6";
        table(&format!("a,b,c\n{rows}\n"), &ABC, rows, 0);
        // One column has no footers.
        table("a\nx\nTotal\n", &["a"], "x\nTotal", 0);
    }

    #[test]
    fn a_complete_row_is_no_total_whatever_its_first_word() {
        let first = ["deal", "lead", "closed", "status", "amount", "note"];
        let rows = "D1,L1,2026-01-05,won,1.5,\nD2,L2,2026-01-06,lost,2.5,";
        for last in ["Total", "Grand Total", "Summe", "Total:", "Note: x", "Sum"] {
            let all = format!("{rows}\n{last},L3,2026-02-07,won,3.5,");
            table(&format!("deal,lead,closed,status,amount,note\n{all}\n"), &first, &all, 0);
            // A total leaves empty what cannot be added up.
            for total in ["L3,,won,3.5,", "--,--,--,3.5,", "2,-,-,4.0,", ",,,4.0,"] {
                let text = format!("deal,lead,closed,status,amount,note\n{rows}\n{last},{total}\n");
                table(&text, &first, rows, 1);
            }
        }
        // Its word stands where there are months.
        let rows = "2026-01,ads,7\n2026-02,fair,8";
        table(&format!("a,b,c\n{rows}\nTotal,EUR,15\n"), &ABC, rows, 1);
        // Nothing but sums.
        table("a,b,c\nads,1,2\nfair,3,4\nTotal,4,6\n", &ABC, "ads,1,2\nfair,3,4", 1);
    }

    #[test]
    fn a_grand_total_below_the_header_is_no_row() {
        let edges = table("a,b,c\n,,9,Grand total\n1,2,3\n4,5,6\n", &ABC, ",,9,Grand total\n1,2,3\n4,5,6", 1);
        assert_eq!(edges.totals_above, 1);
    }

    #[test]
    fn a_first_row_like_the_rest_looks_like_data() {
        for (text, expected) in [
            ("a,b\n1,2\n", FirstRow::Names),
            ("Adam,30\nEve,40\n", FirstRow::LooksLikeData),
            ("1,2,3\n", FirstRow::LooksLikeData),
            ("Year,2000,2001\nTimber,17,18\n", FirstRow::Names),
            ("name,2026-01,2026-02\nx,5,6\n", FirstRow::Names),
            ("x,2026-01-01\ny,2026-01-02\n", FirstRow::LooksLikeData),
            ("dac32839a9f0baae954b41abee610cc0,x\nb91cf8812365f50f,y\n", FirstRow::LooksLikeData),
            ("ann@a.example,x\nbob@b.example,y\n", FirstRow::LooksLikeData),
            ("lead_id,mql_90d,E-Mail\n1,2,3\n", FirstRow::Names),
        ] {
            assert_eq!(find(text.as_bytes(), COMMA, Header::Present).first_row, expected, "{text}");
        }
    }

    #[test]
    fn a_header_that_is_absent_is_not_looked_for() {
        let edges = find(b"1,,\n2,3,4\n5,6,7\n", COMMA, Header::Absent);
        assert_eq!((edges.begin, edges.left_out), (0, 0));
    }
}
