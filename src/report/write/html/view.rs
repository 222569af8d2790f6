//! What does the template see? Finished texts, in the shape that `reports/README.md` describes.

use super::drawing;
use super::what_if;
use crate::report::format;
use crate::report::page::{Block, Cell, Chart, Column, Fact, Figure, Link, Page, Scale, Section, Table, Tone, Unit};
use crate::report::write::{anchor, is_beside, is_number, level_of, reason_sign, reasons, subject, tone_word};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::value::Value;
use serde::Serialize;

/// The page as the template sees it.
#[derive(Serialize)]
pub struct View<'a> {
    eyebrow: &'a str,
    headline: &'a str,
    lede: &'a str,
    facts: &'a [Fact],
    sections: Vec<SectionView<'a>>,
    footer: &'a str,
    /// A `data:` address, empty where there is no logo.
    logo: String,
    links: Vec<&'a Link>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    id: String,
    subject: String,
    title: &'a str,
    blocks: Vec<BlockView<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum BlockView<'a> {
    Prose { text: &'a str },
    Cards { columns: usize, figures: Vec<FigureView<'a>>, has_scale: bool, level: String },
    Table(TableView<'a>),
    Chart(ChartView<'a>),
    Note { tone: Tone, word: &'static str, text: &'a str },
}

#[derive(Serialize)]
struct FigureView<'a> {
    label: &'a str,
    value: &'a str,
    unit: &'a str,
    interval: &'a str,
    change: &'a str,
    basis: &'a str,
    tone: Tone,
    word: &'static str,
    exists: bool,
    scale: Option<ScaleView>,
}

/// A scale in pixels of a drawing that is [`SCALE_WIDTH`] wide.
#[derive(Serialize)]
struct ScaleView {
    band_x: String,
    band_width: String,
    low_x: String,
    interval_width: String,
    value_x: String,
}

#[derive(Serialize)]
struct TableView<'a> {
    id: String,
    title: &'a str,
    columns: Vec<ColumnView<'a>>,
    rows: Vec<RowView>,
    note: &'a str,
    reasons: Vec<ReasonView<'a>>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    label: &'a str,
    is_number: bool,
    room: &'static str,
}

#[derive(Serialize)]
struct RowView {
    tone: Tone,
    word: &'static str,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct CellView {
    text: Breakable,
    value: String,
    is_number: bool,
    exists: bool,
    reason: String,
    sign: String,
}

#[derive(Serialize)]
struct ReasonView<'a> {
    sign: String,
    text: &'a str,
}

#[derive(Serialize)]
struct ChartView<'a> {
    id: String,
    title: &'a str,
    subtitle: &'a str,
    source: &'a str,
    wide: Markup,
    narrow: Markup,
    what_if: Option<what_if::View>,
}

/// Our own drawing, whose texts are escaped where it is made.
struct Markup(String);

impl Serialize for Markup {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

/// A text that may break behind an underscore or a slash, so that names of exports need not be torn apart elsewhere.
struct Breakable(String);

impl Serialize for Breakable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.0.contains(['_', '/']) {
            return self.0.serialize(serializer);
        }
        let mut escaped = String::with_capacity(self.0.len() + 8);
        for c in self.0.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                '_' | '/' => {
                    escaped.push(c);
                    escaped.push_str("<wbr>");
                }
                c => escaped.push(c),
            }
        }
        Value::from_safe_string(escaped).serialize(serializer)
    }
}

const SCALE_WIDTH: f64 = 240.0;

impl<'a> View<'a> {
    pub fn of(page: &'a Page) -> View<'a> {
        View {
            eyebrow: &page.eyebrow,
            headline: &page.headline,
            lede: &page.lede,
            facts: &page.facts,
            sections: page.sections.iter().map(section).collect(),
            footer: &page.footer,
            logo: page.brand.logo.as_ref().map_or_else(String::new, |logo| {
                format!("data:{};base64,{}", logo.kind.media_type(), BASE64.encode(&logo.bytes))
            }),
            links: page.links.iter().filter(|link| is_beside(&link.path)).collect(),
        }
    }
}

fn section(section: &Section) -> SectionView<'_> {
    let mut blocks: Vec<BlockView> = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Prose { text } => blocks.push(BlockView::Prose { text }),
            Block::Figure(figure) => match blocks.last_mut() {
                // Neighbours stand side by side.
                Some(BlockView::Cards { columns, figures, has_scale, level }) => {
                    figures.push(card(figure));
                    *columns = columns_for(figures.len());
                    if !*has_scale {
                        (*has_scale, *level) = (figure.scale.is_some(), level_of(figure));
                    }
                }
                _ => blocks.push(BlockView::Cards {
                    columns: columns_for(1),
                    figures: vec![card(figure)],
                    has_scale: figure.scale.is_some(),
                    level: level_of(figure),
                }),
            },
            Block::Table(table) => blocks.push(BlockView::Table(table_view(table))),
            Block::Chart(chart) => blocks.push(BlockView::Chart(chart_view(chart))),
            Block::Note { tone, text } => blocks.push(BlockView::Note { tone: *tone, word: tone_word(*tone), text }),
        }
    }
    SectionView { id: anchor(&section.id), subject: subject(&section.id), title: &section.title, blocks }
}

/// So many cards side by side that no row is left with one of many.
fn columns_for(cards: usize) -> usize {
    match cards {
        0..=5 => cards.max(2),
        n if n % 3 == 0 => 3,
        _ => 4,
    }
}

fn card(figure: &Figure) -> FigureView<'_> {
    FigureView {
        label: &figure.label,
        value: &figure.value,
        unit: &figure.unit,
        interval: &figure.interval,
        change: &figure.change,
        basis: &figure.basis,
        tone: figure.tone,
        word: tone_word(figure.tone),
        exists: figure.value != "–",
        scale: figure.scale.as_ref().and_then(scale),
    }
}

/// None if the numbers make no picture.
fn scale(scale: &Scale) -> Option<ScaleView> {
    let all = [scale.max, scale.band_low, scale.band_high, scale.value, scale.low, scale.high];
    if all.iter().any(|value| !value.is_finite()) || scale.max <= 0.0 {
        return None;
    }
    let x = |value: f64| (value / scale.max).clamp(0.0, 1.0) * SCALE_WIDTH;
    let text = |pixels: f64| format!("{:.1}", pixels.max(0.0));
    Some(ScaleView {
        band_x: text(x(scale.band_low)),
        band_width: text(x(scale.band_high) - x(scale.band_low)),
        low_x: text(x(scale.low)),
        interval_width: text(x(scale.high) - x(scale.low)),
        value_x: text(x(scale.value)),
    })
}

fn table_view(table: &Table) -> TableView<'_> {
    let reasons = reasons(&table.rows);
    let cell_view = |(cell, column): (&Cell, &Column)| {
        let reason = if let Cell::Missing(reason) = cell { reason.clone() } else { String::new() };
        let n = reasons.iter().position(|known| *known == reason);
        CellView {
            text: Breakable(format::cell(cell, &column.unit)),
            value: sorted_by(cell),
            is_number: is_number(&column.unit),
            exists: !matches!(cell, Cell::Missing(_)),
            sign: n.map_or_else(String::new, |n| reason_sign(n, reasons.len())),
            reason,
        }
    };
    let rows = table.rows.iter().map(|row| RowView {
        tone: row.tone,
        word: tone_word(row.tone),
        cells: row.cells.iter().zip(&table.columns).map(cell_view).collect(),
    });
    TableView {
        id: anchor(&table.id),
        title: &table.title,
        columns: table
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| ColumnView {
                label: &column.label,
                is_number: is_number(&column.unit),
                room: if column.unit == Unit::Text { room(longest(table, i)) } else { "" },
            })
            .collect(),
        rows: rows.collect(),
        note: &table.note,
        reasons: reasons
            .iter()
            .enumerate()
            .map(|(n, text)| ReasonView { sign: reason_sign(n, reasons.len()), text })
            .collect(),
    }
}

/// What a column of texts needs, lest its rows become towers: nothing for a word, more for a few, most for sentences.
fn room(longest: usize) -> &'static str {
    match longest {
        0..=14 => "",
        15..=48 => "words",
        _ => "sentences",
    }
}

/// Characters of the longest text of a column.
fn longest(table: &Table, column: usize) -> usize {
    let texts = table.rows.iter().filter_map(|row| match row.cells.get(column) {
        Some(Cell::Text(text)) => Some(text.chars().count()),
        _ => None,
    });
    texts.max().unwrap_or(0)
}

/// What a number is sorted by, to six digits; an interval by its lower limit; a month that is written in words by its
/// place in the calendar. Empty for other words and for what is missing.
fn sorted_by(cell: &Cell) -> String {
    let value = match cell {
        Cell::Number(value) | Cell::Range(value, _) if value.is_finite() => *value,
        Cell::Text(text) => return format::calendar_order(text).unwrap_or_default(),
        _ => return String::new(),
    };
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (5 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn chart_view(chart: &Chart) -> ChartView<'_> {
    let drawn = drawing::pair(chart);
    ChartView {
        id: anchor(&chart.id),
        title: &chart.title,
        subtitle: &chart.subtitle,
        source: &chart.source,
        wide: Markup(drawn.wide),
        narrow: Markup(drawn.narrow),
        what_if: what_if::view(chart),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_by_six_digits() {
        assert_eq!(sorted_by(&Cell::Number(0.160_377_406_6)), "0.160377");
        assert_eq!(sorted_by(&Cell::Number(-869.793_242)), "-869.793");
        assert_eq!(sorted_by(&Cell::Number(1_234_567.0)), "1234567");
        assert_eq!(sorted_by(&Cell::Number(-0.0)), "0");
        assert_eq!(sorted_by(&Cell::Range(0.5, 0.7)), "0.5");
        assert_eq!(sorted_by(&Cell::Number(f64::NAN)), "");
        assert_eq!(sorted_by(&Cell::Missing("no spend".into())), "");
    }
}
