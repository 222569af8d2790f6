//! Which names and texts does the format of a workbook bear? Ids and texts may come from data and be of any length.

use std::collections::BTreeSet;

/// Longest text of a cell is 32,767 UTF-16 units; what is cut says so.
const LONGEST_TEXT: usize = 32_000;
/// Longest header of a table's column; the format allows 255.
const LONGEST_HEADER: usize = 120;
/// Longest name of a sheet.
const LONGEST_SHEET: usize = 31;

/// Names that are taken, as the format compares them: without case.
#[derive(Default)]
pub struct Taken(BTreeSet<String>);

impl Taken {
    /// The name itself, or with a number where it is taken, never longer than `longest`.
    fn unique(&mut self, name: &str, longest: usize, number: impl Fn(usize) -> String) -> String {
        let mut candidate = shortened(name, longest);
        let mut n = 1;
        while !self.0.insert(candidate.to_lowercase()) {
            n += 1;
            let end = number(n);
            candidate = format!("{}{end}", shortened(name, longest.saturating_sub(end.len())));
        }
        candidate
    }

    /// A name for a sheet.
    pub fn sheet(&mut self, wanted: &str) -> String {
        let kept: String =
            wanted.chars().map(|c| if c.is_control() || "*?:[]\\/'".contains(c) { ' ' } else { c }).collect();
        let words: Vec<&str> = kept.split_whitespace().collect();
        let name = words.join(" ");
        // The format keeps this one for itself.
        let name = if name.is_empty() || name.eq_ignore_ascii_case("history") { format!("Sheet {name}") } else { name };
        self.unique(name.trim(), LONGEST_SHEET, |n| format!(" {n}"))
    }

    /// A name for a table, to be used in formulas: `costs[Spend]`.
    pub fn table(&mut self, id: &str) -> String {
        let name: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let name = if starts_well && rust_xlsxwriter::utility::check_name(&name).is_ok() {
            name
        } else {
            format!("table_{name}")
        };
        self.unique(&name, 120, |n| format!("_{n}"))
    }

    /// A header for a column of a table.
    pub fn header(&mut self, wanted: &str) -> String {
        let name = one_line(wanted);
        let name = if name.is_empty() { "Column".to_owned() } else { name };
        self.unique(&name, LONGEST_HEADER, |n| format!(" ({n})"))
    }
}

/// As much of a text as a cell holds; line breaks stay, other control characters become blanks.
pub fn text(text: &str) -> String {
    let unix = text.replace("\r\n", "\n");
    let visible: String = unix
        .chars()
        .map(|c| match c {
            '\n' | '\r' => '\n',
            '\u{fffe}' | '\u{ffff}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    shortened(&visible, LONGEST_TEXT)
}

/// A text without line breaks.
pub fn one_line(words: &str) -> String {
    text(words)
        .split(|c: char| c.is_whitespace() && c != '\u{a0}')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text of at most so many UTF-16 units; what is cut ends in "…".
pub fn shortened(text: &str, longest: usize) -> String {
    if text.encode_utf16().count() <= longest {
        return text.to_owned();
    }
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= longest
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_the_format_takes() {
        let mut taken = Taken::default();
        assert_eq!(taken.sheet("Costs: [by] month/'27"), "Costs by month 27");
        assert_eq!(taken.sheet("costs by MONTH 27"), "costs by MONTH 27 2");
        assert_eq!(taken.sheet("History"), "Sheet History");
        assert_eq!(taken.sheet(""), "Sheet");
        for name in [taken.sheet(&"é".repeat(99)), taken.sheet(&"é".repeat(98))] {
            assert!(rust_xlsxwriter::utility::check_sheet_name(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn tables_have_names_that_formulas_take() {
        let mut taken = Taken::default();
        assert_eq!(taken.table("cost-per-mql"), "cost_per_mql");
        assert_eq!(taken.table("cost per mql"), "cost_per_mql_2");
        for id in ["a1", "R1C1", "true", "", "1st", "=x", "c", &"x".repeat(999)] {
            let name = taken.table(id);
            assert!(rust_xlsxwriter::utility::check_name(&name).is_ok(), "{id}: {name}");
        }
    }

    #[test]
    fn texts_keep_their_lines_and_their_beginning() {
        assert_eq!(text("a\r\nb\u{7}\tc"), "a\nb  c");
        assert_eq!(one_line(" a\n b "), "a b");
        assert_eq!(shortened("😀😀😀", 5), "😀😀…");
        assert_eq!(text(&"x".repeat(40_000)).encode_utf16().count(), LONGEST_TEXT);
    }
}
