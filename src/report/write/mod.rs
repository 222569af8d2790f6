//! How does a [`Page`] become files? One writer a format; writers know five blocks and no metric.

mod html;
mod markdown;
#[cfg(feature = "pdf")]
mod pdf;
mod png;
pub mod templates;
mod xlsx;

pub use html::{RenderError, html};
pub use markdown::markdown;
#[cfg(feature = "pdf")]
pub use pdf::{pdf, prepare};
pub use png::pictures;
pub use xlsx::xlsx;

use crate::report::chart::{self, Options};
use crate::report::format;
use crate::report::page::{Block, Cell, Figure, Page, Row, Tone, Unit};
use std::borrow::Cow;

/// A chart as a file of its own, to lie in `charts/` beside the page.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// `ID.svg`.
    pub name: String,
    /// The drawing with title, subtitle and source.
    pub svg: String,
}

/// Every chart of a page, in reading order.
pub fn charts(page: &Page) -> Vec<ChartFile> {
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Chart(chart) => Some(ChartFile {
                name: format!("{}.svg", anchor(&chart.id)),
                svg: chart::draw(chart, &Options::FILE).svg,
            }),
            _ => None,
        })
        .collect()
}

/// An id that is safe as anchor and as file name.
fn anchor(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}

/// Whether a path leads to a file beside the page or below it, and nowhere else.
fn is_beside(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_');
    let named = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.chars().all(plain) && path.split('/').all(named)
}

/// What a section is about, in a word or two, from its id: "mql-to-sql" is "MQL to SQL".
fn subject(id: &str) -> String {
    let words = id.split('-').filter(|word| !word.is_empty()).enumerate().map(|(i, word)| match word {
        "mql" | "sql" | "sal" | "sla" | "roi" | "cac" => word.to_uppercase(),
        _ if i == 0 => {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A tone in words, for those who do not see colours; as it should be goes without saying.
fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Good | Tone::Neutral => "",
        Tone::Warn => "worth a look",
        Tone::Bad => "worth acting on",
    }
}

/// Whether a column's cells are set flush right.
fn is_number(unit: &Unit) -> bool {
    *unit != Unit::Text
}

/// Why cells of a table do not exist: the reasons, each once, in reading order.
fn reasons(rows: &[Row]) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if let Cell::Missing(reason) = cell
            && !reason.is_empty()
            && !out.contains(&reason.as_str())
        {
            out.push(reason);
        }
    }
    out
}

/// The sign of the n-th reason, from 0; a single reason needs none but the dash itself.
fn reason_sign(n: usize, of: usize) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if of < 2 {
        return String::new();
    }
    (n + 1).to_string().bytes().map(|digit| RAISED[usize::from(digit - b'0')]).collect()
}

/// "90 %", the confidence of the interval that a card's scale shows; empty where there is no scale.
fn level_of(figure: &Figure) -> String {
    figure.scale.as_ref().map_or_else(String::new, |scale| format::round_share(scale.level))
}

/// Keeps a sign with its currency, a range with its dash and a number with its percent sign on one line.
fn joined(text: &str) -> String {
    let text = directed(text);
    const JOINER: char = '\u{2060}';
    let is_currency = |c: &char| matches!(c, '€' | '$' | '£');
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('–', Some(next)) if next.is_ascii_digit() || is_currency(next) => out.extend([JOINER, c, JOINER]),
            ('−' | '+', Some(next)) if is_currency(next) => out.extend([c, JOINER]),
            (' ', Some('%')) if out.ends_with(|before: char| before.is_ascii_digit()) => out.push('\u{a0}'),
            _ => out.push(c),
        }
    }
    out
}

/// A name that is written from right to left takes along what follows it: "2026-01" behind one in Arabic would read
/// "01-2026". A mark of direction before the next date, bracket or sign ends the name; a number that may be part of it
/// stays with it.
fn directed(text: &str) -> Cow<'_, str> {
    const LEFT_TO_RIGHT: char = '\u{200e}';
    let is_leftward = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    if !text.chars().any(is_leftward) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let (mut after_name, mut in_number) = (false, false);
    for (at, c) in text.char_indices() {
        let is_date = || {
            text[at..].chars().take(5).map(|c| c.is_ascii_digit()).eq([true, true, true, true, false])
                && text[at + 4..].starts_with('-')
        };
        let ends = matches!(c, '(' | ')' | ',' | ';' | ':' | '·' | '–' | '−' | '+' | '€' | '$' | '£')
            || (c.is_ascii_digit() && !in_number && is_date());
        if after_name && ends {
            out.push(LEFT_TO_RIGHT);
        }
        in_number = c.is_ascii_digit();
        after_name = is_leftward(c) || (after_name && !ends && !c.is_alphabetic() && c != '<');
        out.push(c);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_name_from_right_to_left_keeps_its_own_direction() {
        assert_eq!(directed("Paid 24 (2026-01)"), "Paid 24 (2026-01)");
        assert_eq!(directed("بحث 24 (2026-01 to 2026-03), x"), "بحث 24\u{20}\u{200e}(2026-01 to 2026-03), x");
        assert_eq!(directed("for بحث 2026-05, 12026-05"), "for بحث \u{200e}2026-05, 12026-05");
        assert_eq!(directed("<td>שיווק 21</td><td>5 €</td>"), "<td>שיווק 21</td><td>5 €</td>", "a number of the name");
        assert_eq!(directed("שיווק: €5"), "שיווק\u{200e}: €5");
    }

    #[test]
    fn ids_become_names_and_file_names() {
        assert_eq!(subject("mql-to-sql"), "MQL to SQL");
        assert_eq!(subject("data-quality"), "Data quality");
        assert_eq!(anchor("../a b"), "---a-b");
    }

    #[test]
    fn links_lead_beside_the_page_only() {
        assert!(is_beside("2026-10/report.html") && is_beside("index.md"));
        for path in ["", "../x", "/etc/passwd", "a//b", "https://example.org", "javascript:alert(1)", "a b", "a/./b"] {
            assert!(!is_beside(path), "{path}");
        }
    }

    #[test]
    fn reasons_are_counted_once() {
        let row = |reason: &str| Row { cells: vec![Cell::Missing(reason.into())], tone: Tone::Neutral };
        assert_eq!(reasons(&[row("a"), row("b"), row("a"), row("")]), ["a", "b"]);
        assert_eq!(reason_sign(11, 12), "¹²");
        assert_eq!(reason_sign(0, 1), "");
    }
}
