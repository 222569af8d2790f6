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
        format!("# {}", heading(&page.headline)),
        escaped(&page.lede),
        page.facts
            .iter()
            .map(|fact| format!("**{}:** {}", inline(&fact.label), inline(&fact.text)))
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
        parts.push(format!("## {}", heading(&section.title)));
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
    format!("> **{word}:** {}", inline(text))
}

/// A column of the table of figures, and what it says of a figure.
type Said = (&'static str, fn(&Figure) -> &str);

/// Neighbouring figures as a table; nothing from none.
fn figure_table(figures: &[&Figure]) -> Option<String> {
    if figures.is_empty() {
        return None;
    }
    // A column that says nothing is not there.
    let columns: [Said; 3] = [
        ("Interval", |figure| &figure.interval),
        ("Change", |figure| &figure.change),
        ("Basis", |figure| &figure.basis),
    ];
    let columns: Vec<_> =
        columns.into_iter().filter(|(_, of)| figures.iter().any(|figure| !of(figure).is_empty())).collect();
    let names: String = columns.iter().map(|(name, _)| format!(" {name} |")).collect();
    let mut lines =
        vec![format!("| Figure | Value |{names}"), format!("| :-- | --: |{}", " :-- |".repeat(columns.len()))];
    for figure in figures {
        let value = if figure.unit.is_empty() || figure.value == "–" {
            figure.value.clone()
        } else {
            format!("{} {}", figure.value, figure.unit)
        };
        let words: String = columns.iter().map(|(_, of)| format!(" {} |", inline(of(figure)))).collect();
        lines.push(format!("| {} | **{}** |{words}", inline(&marked(&figure.label, figure.tone)), inline(&value)));
    }
    Some(lines.join("\n"))
}

fn table_parts(table: &Table) -> Vec<String> {
    let reasons = reasons(&table.rows);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines = vec![
        line(table.columns.iter().map(|column| inline(&column.label)).collect()),
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
            format!("{}{}", inline(&text), sign.map_or_else(String::new, |n| reason_sign(n, reasons.len())))
        });
        lines.push(line(cells.collect()));
    }
    let mut parts = vec![format!("**{}**", inline(&table.title)), lines.join("\n")];
    let legend: Vec<String> = reasons
        .iter()
        .enumerate()
        .map(|(n, reason)| format!("–{} {}", reason_sign(n, reasons.len()), inline(reason)))
        .collect();
    parts.push(legend.join(" · "));
    parts.push(escaped(&table.note));
    parts.retain(|part| !part.is_empty() && part != "****");
    parts
}

fn chart_parts(chart: &Chart) -> Vec<String> {
    // For those who do not see the picture.
    let described = if chart.description.is_empty() { &chart.title } else { &chart.description };
    let mut parts = vec![
        format!("### {}", heading(&chart.title)),
        escaped(&chart.subtitle),
        format!("![{}](charts/{}.svg)", inline(described), anchor(&chart.id)),
        format!("*{}*", inline(&chart.source)),
    ];
    parts.retain(|part| !part.is_empty() && part != "**");
    parts
}

fn marked(text: &str, tone: Tone) -> String {
    match tone_word(tone) {
        "" => text.to_owned(),
        word => format!("{text} ({word})"),
    }
}

/// A paragraph: a text on one line with nothing active in it, also not at its beginning.
fn escaped(text: &str) -> String {
    let words = inline(text);
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let is_list = digits > 0
        && words[digits..].starts_with(['.', ')'])
        && words[digits + 1..].chars().next().is_none_or(|next| next == ' ');
    if is_list {
        return format!("{}\\{}", &words[..digits], &words[digits..]);
    }
    if words.starts_with(['#', '+', '-', '=', ':', '>']) { format!("\\{words}") } else { words }
}

/// A heading: number signs at its end would be taken for its end.
fn heading(text: &str) -> String {
    let words = inline(text);
    match words.strip_suffix('#') {
        Some(start) => format!("{start}\\#"),
        None => words,
    }
}

/// A text on one line with nothing active in it, to stand within a line. No-break spaces stay. What is harmless has no
/// backslash: the file is read as it is, too.
fn inline(text: &str) -> String {
    let breaks = |c: char| (c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}') || c.is_control();
    let words: Vec<&str> = text.split(breaks).filter(|word| !word.is_empty()).collect();
    let flat = words.join(" ");
    let mut out = String::with_capacity(flat.len() + 8);
    for (at, c) in flat.char_indices() {
        let before = flat[..at].chars().next_back();
        let after = flat[at + c.len_utf8()..].chars().next();
        let in_word = [before, after].iter().all(|c| c.is_some_and(char::is_alphanumeric));
        let active = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' | '$' => true,
            '_' => !in_word,
            // The beginning of an entity such as &lt;
            '&' => after.is_some_and(|c| c.is_alphanumeric() || c == '#'),
            // Addresses become links by themselves.
            '/' => before == Some(':'),
            '.' => flat[..at].to_ascii_lowercase().ends_with("www"),
            _ => false,
        };
        if active {
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
    fn what_is_harmless_has_no_backslash() {
        for text in ["paid_search", "R & D", "a > b!", "+0.1 points"] {
            assert_eq!(inline(text), text);
        }
    }

    #[test]
    fn nothing_in_a_text_is_active() {
        assert_eq!(escaped("a|b\n*c* <b>"), "a\\|b \\*c\\* \\<b>");
        assert_eq!(escaped("_a_ &lt; www.example.org"), "\\_a\\_ \\&lt; www\\.example.org");
        assert_eq!(escaped("> no quotation"), "\\> no quotation");
        assert_eq!(heading("C #"), "C \\#");
        assert_eq!(escaped("# no heading"), "\\# no heading");
        assert_eq!(escaped("1. no list"), "1\\. no list");
        assert_eq!(escaped("costs $1 and $2"), "costs \\$1 and \\$2");
        assert_eq!(escaped("see https://example.org"), "see https:\\//example.org");
        assert_eq!(escaped("19.8\u{a0}%"), "19.8\u{a0}%");
    }
}
