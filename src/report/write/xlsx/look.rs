//! How do cells look: fonts, colours, number formats?

use crate::report::chart::Palette;
use crate::report::chart::theme::Token;
use crate::report::format;
use crate::report::page::{Tone, Unit};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// A colour of the charts, on white paper.
pub fn ink(token: Token) -> Color {
    Color::from(token.hex(Palette::Light).as_ref())
}

/// The finding of a sheet.
pub fn title() -> Format {
    base().set_font_size(16).set_bold().set_font_color(ink(Token::Ink)).set_align(FormatAlign::VerticalCenter)
}

/// The title of a table.
pub fn subtitle() -> Format {
    base().set_font_size(12).set_bold().set_font_color(ink(Token::Ink))
}

/// Running text, on several lines where it needs them.
pub fn prose() -> Format {
    base().set_text_wrap()
}

/// Small print.
pub fn muted() -> Format {
    base().set_font_color(ink(Token::Muted)).set_font_size(9).set_text_wrap()
}

/// A link inside the workbook.
pub fn link() -> Format {
    base().set_font_color(ink(Token::Accent)).set_underline(rust_xlsxwriter::FormatUnderline::Single)
}

/// The header of a column.
pub fn header(is_number: Number) -> Format {
    let format = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_font_size(10)
        .set_font_color(ink(Token::Paper))
        .set_background_color(ink(Token::Accent))
        .set_align(FormatAlign::VerticalCenter)
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(ink(Token::Accent));
    match is_number {
        Number::Yes => format.set_align(FormatAlign::Right),
        Number::No => format.set_align(FormatAlign::Left),
    }
}

/// Whether a column holds numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Set flush right.
    Yes,
    /// Set flush left.
    No,
}

/// A cell of a table. Not every program draws the style of a table, so lines and tones stand in the cells.
pub fn cell(tone: Tone) -> Format {
    let format = base()
        .set_align(FormatAlign::VerticalCenter)
        .set_border_bottom(FormatBorder::Hair)
        .set_border_bottom_color(ink(Token::Axis));
    match tone {
        Tone::Good | Tone::Neutral => format,
        Tone::Warn => format.set_background_color(WARN_PAPER).set_font_color(ink(Token::Warn)),
        Tone::Bad => format.set_background_color(BAD_PAPER).set_font_color(ink(Token::Bad)),
    }
}

const WARN_PAPER: Color = Color::RGB(0xFD_F3_E1);
const BAD_PAPER: Color = Color::RGB(0xFC_E9_E7);

fn base() -> Format {
    Format::new().set_font_size(10).set_font_color(ink(Token::Text)).set_align(FormatAlign::Top)
}

/// The number format that shows a value as the page does.
pub fn number(value: f64, unit: &Unit) -> String {
    let shown = format::number(value, unit);
    // One or two digits behind the last mark are decimals; three are thousands, whichever mark stands between them.
    let behind = shown.rfind(['.', ',']).map_or("", |at| &shown[at + 1..]);
    let decimals = behind.chars().take_while(char::is_ascii_digit).count();
    digits(if decimals > 2 { 0 } else { decimals }, unit)
}

/// The number format of a unit, with so many decimals.
pub fn digits(decimals: usize, unit: &Unit) -> String {
    let fraction = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) };
    let body = match unit {
        Unit::Share => format!("0{fraction} %"),
        Unit::Money(_) => {
            let (before, after) = signs(unit);
            format!("{before}#,##0{fraction}{after}")
        }
        _ => format!("#,##0{fraction}"),
    };
    // With a true minus, as on the page.
    format!("{body};\"−\"{body}")
}

/// What stands before and after an amount, quoted.
fn signs(unit: &Unit) -> (String, String) {
    let zero = format::number(0.0, unit);
    let quoted = |text: &str| {
        let kept: String = text.chars().filter(|c| *c != '"').collect();
        if kept.is_empty() { kept } else { format!("\"{kept}\"") }
    };
    match zero.find('0') {
        Some(at) => {
            let after = zero[at..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
            (quoted(&zero[..at]), quoted(after))
        }
        None => (String::new(), String::new()),
    }
}

/// The number format of a month.
pub const MONTH: &str = "yyyy-mm";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_decimals_of_the_page() {
        assert_eq!(number(0.166, &Unit::Share), "0.0 %;\"−\"0.0 %");
        assert_eq!(number(0.0042, &Unit::Share), "0.00 %;\"−\"0.00 %");
        assert_eq!(number(1234.5, &Unit::Money("EUR".into())), "\"€\"#,##0;\"−\"\"€\"#,##0");
        assert_eq!(number(2.5, &Unit::Money("CHF".into())), "\"CHF\u{a0}\"#,##0.00;\"−\"\"CHF\u{a0}\"#,##0.00");
        assert_eq!(number(12.0, &Unit::Days), "#,##0;\"−\"#,##0");
        assert_eq!(number(12.5, &Unit::Days), "#,##0.0;\"−\"#,##0.0");
        assert_eq!(number(7.0, &Unit::Count), "#,##0;\"−\"#,##0");
    }
}
