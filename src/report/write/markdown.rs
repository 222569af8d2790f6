//! How does a [`Page`] read on a code host or in a chat? Headings, tables, and pictures from `charts/`.
//!
//! Texts come from data and must stay texts: every character that Markdown, HTML or a code host's formulas could take
//! for markup is escaped.

use crate::report::format;
use crate::report::page::{Block, Cell, Chart, Figure, Page, Table, Tone};
use crate::report::write::{anchor, is_beside, is_number, reason_sign, reasons, tone_word};

/// The page as Markdown; its pictures are expected in `charts/`.
pub fn markdown(page: &Page) -> String {
    let mut parts: Vec<String> = vec![
        escaped(&page.eyebrow),
        format!("# {}", escaped(&page.headline)),
        escaped(&page.lede),
        page.facts
            .iter()
            .map(|fact| format!("**{}:** {}", escaped(&fact.label), escaped(&fact.text)))
            .collect::<Vec<_>>()
            .join(" · "),
    ];
    parts.push(
        page.links
            .iter()
            .filter(|link| is_beside(&link.path))
            .map(|link| format!("[{}]({})", escaped(&link.label), link.path))
            .collect::<Vec<_>>()
            .join(" · "),
    );
    for section in &page.sections {
        parts.push(format!("## {}", escaped(&section.title)));
        let mut figures: Vec<&Figure> = Vec::new();
        for block in &section.blocks {
            if let Block::Figure(figure) = block {
                figures.push(figure);
                continue;
            }
            parts.extend(figure_table(&std::mem::take(&mut figures)));
            match block {
                Block::Prose { text } => parts.push(escaped(text)),
                Block::Table(table) => parts.extend(table_parts(table)),
                Block::Chart(chart) => parts.extend(chart_parts(chart)),
                Block::Note { tone, text } => parts.push(note(*tone, text)),
                Block::Figure(_) => {}
            }
        }
        parts.extend(figure_table(&figures));
    }
    parts.push("---".to_owned());
    parts.push(escaped(&page.footer));
    parts.retain(|part| !part.is_empty());
    let mut out = parts.join("\n\n");
    out.push('\n');
    out
}

fn note(tone: Tone, text: &str) -> String {
    let word = match tone {
        Tone::Good => "Good",
        Tone::Neutral => "Note",
        Tone::Warn => "Worth a look",
        Tone::Bad => "Worth acting on",
    };
    format!("> **{word}:** {}", escaped(text))
}

/// Neighbouring figures as a table; nothing from none.
fn figure_table(figures: &[&Figure]) -> Option<String> {
    if figures.is_empty() {
        return None;
    }
    let mut lines =
        vec!["| Figure | Value | Interval | Change | Basis |".to_owned(), "| :-- | --: | :-- | :-- | :-- |".to_owned()];
    for figure in figures {
        let value = if figure.unit.is_empty() || figure.value == "–" {
            figure.value.clone()
        } else {
            format!("{} {}", figure.value, figure.unit)
        };
        lines.push(format!(
            "| {} | **{}** | {} | {} | {} |",
            escaped(&marked(&figure.label, figure.tone)),
            escaped(&value),
            escaped(&figure.interval),
            escaped(&figure.change),
            escaped(&figure.basis)
        ));
    }
    Some(lines.join("\n"))
}

fn table_parts(table: &Table) -> Vec<String> {
    let reasons = reasons(&table.rows);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(table.columns.iter().map(|column| escaped(&column.label)).collect()),
        line(
            table
                .columns
                .iter()
                .map(|column| if is_number(&column.unit) { "--:".to_owned() } else { ":--".to_owned() })
                .collect(),
        ),
    ];
    for row in &table.rows {
        let cells = row.cells.iter().zip(&table.columns).enumerate().map(|(i, (cell, column))| {
            let text = format::cell(cell, &column.unit);
            let text = if i == 0 { marked(&text, row.tone) } else { text };
            let sign = match cell {
                Cell::Missing(reason) => reasons.iter().position(|known| known == reason),
                _ => None,
            };
            format!("{}{}", escaped(&text), sign.map_or_else(String::new, |n| reason_sign(n, reasons.len())))
        });
        lines.push(line(cells.collect()));
    }
    let mut parts = vec![format!("**{}**", escaped(&table.title)), lines.join("\n")];
    let legend: Vec<String> = reasons
        .iter()
        .enumerate()
        .map(|(n, reason)| format!("–{} {}", reason_sign(n, reasons.len()), escaped(reason)))
        .collect();
    parts.push(legend.join(" · "));
    parts.push(escaped(&table.note));
    parts.retain(|part| !part.is_empty() && part != "****");
    parts
}

fn chart_parts(chart: &Chart) -> Vec<String> {
    let mut parts = vec![
        format!("### {}", escaped(&chart.title)),
        escaped(&chart.subtitle),
        format!("![{}](charts/{}.svg)", escaped(&chart.title), anchor(&chart.id)),
        escaped(&chart.source),
    ];
    parts.retain(|part| !part.is_empty());
    parts
}

fn marked(text: &str, tone: Tone) -> String {
    match tone_word(tone) {
        "" => text.to_owned(),
        word => format!("{text} ({word})"),
    }
}

/// A text on one line with nothing active in it. No-break spaces stay.
fn escaped(text: &str) -> String {
    let breaks = |c: char| (c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}') || c.is_control();
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    let flat = words.join(" ");
    let leading_digits = flat.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::with_capacity(flat.len() + 8);
    for (at, c) in flat.char_indices() {
        let active = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' | '!');
        let starts_a_block = at == 0 && matches!(c, '#' | '+' | '-' | '=' | ':');
        let ends_a_word = flat[at..].chars().nth(1).is_none_or(|next| next == ' ');
        let starts_a_list = at > 0 && at == leading_digits && matches!(c, '.' | ')') && ends_a_word;
        let makes_a_link = c == '/' && flat[..at].ends_with(':');
        if active || starts_a_block || starts_a_list || makes_a_link {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_active() {
        assert_eq!(escaped("a|b\n*c* <b>"), "a\\|b \\*c\\* \\<b\\>");
        assert_eq!(escaped("# no heading"), "\\# no heading");
        assert_eq!(escaped("1. no list"), "1\\. no list");
        assert_eq!(escaped("costs $1 and $2"), "costs \\$1 and \\$2");
        assert_eq!(escaped("see https://example.org"), "see https:\\//example.org");
        assert_eq!(escaped("19.8\u{a0}%"), "19.8\u{a0}%");
    }
}
