//! What is the printed page given? `data.json`: finished texts, and how wide each column of a table has to be.
//!
//! Texts arrive here as they stand in the data. What has no place on paper is settled once for all of them: line breaks
//! and control characters become spaces, a letter that no font of ours has becomes a box (and is counted), a word without
//! end may be broken, and a text without end is cut where it says so.

use crate::config::plan::{Logo, LogoKind};
use crate::report::Report;
use crate::report::chart::theme::Token;
use crate::report::chart::{Height, Palette, backend};
use crate::report::fonts;
use crate::report::format;
use crate::report::page::{Block, Cell, ChartData, Edition, Figure, Page, Row, Scale, Section, Table, Tone, Unit};
use crate::report::write::{anchor, is_number, joined, level_of, reason_sign, reasons, subject, tone_word};
use chrono::Datelike;
use serde::Serialize;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// More than any sentence of ours has.
const LONGEST_TEXT: usize = 1500;
/// So many letters without a place to break are no word.
const LONGEST_WORD: usize = 40;
/// A cell gets at most so much more than its longest word before others get theirs, in em.
const WIDEST_WISH: f64 = 8.0;
/// Column heads are so much smaller than cells.
const HEAD: f64 = 0.94;
/// The tone's word in a cell is so much smaller than the cell.
const WORD: f64 = 0.88;

/// The name of the n-th chart's drawing, from 0.
pub fn chart_file(n: usize) -> String {
    format!("chart-{}.svg", n + 1)
}

/// The names of the same drawing in less room, the higher first.
pub fn lower_chart_files(n: usize) -> [(String, Height); 2] {
    [(format!("chart-{}-low.svg", n + 1), Height::Low), (format!("chart-{}-least.svg", n + 1), Height::Least)]
}

/// The name of the project's own logo.
pub fn logo_file(logo: &Logo) -> &'static str {
    match logo.kind {
        LogoKind::Png => "logo.png",
        LogoKind::Jpeg => "logo.jpg",
        LogoKind::Svg => "logo.svg",
    }
}

/// `data.json` for the template.
pub fn of(report: &Report, page: &Page) -> String {
    let texts = Texts::default();
    let day = report.as_of.date();
    let title = format!("{} · {}", page.eyebrow, format::month(report.month));
    let mut charts = 0;
    let mut sheet = Sheet {
        lang: "en",
        edition: match page.brand.edition {
            Edition::Whole => "whole",
            Edition::TwoPages => "two pages",
        },
        fonts: fonts::FAMILIES,
        colours: Token::ALL.iter().map(|token| (token.name(), token.hex(Palette::Light))).collect(),
        project: texts.paper(&report.project),
        day: DayView { year: day.year(), month: day.month(), day: day.day() },
        title: texts.paper(&title),
        running: texts.paper(&title),
        logo: page.brand.logo.as_ref().map_or("", logo_file),
        eyebrow: texts.paper(&page.eyebrow),
        headline: texts.paper(&page.headline),
        lede: texts.paper(&page.lede),
        facts: facts(page, &texts),
        sections: page
            .sections
            .iter()
            .map(|section| section_view(section, page.brand.edition, &texts, &mut charts))
            .collect(),
        footer: texts.paper(&page.footer),
        remark: String::new(),
    };
    sheet.remark = texts.remark();
    serde_json::to_string(&sheet).unwrap_or_default()
}

#[derive(Serialize)]
struct Sheet {
    lang: &'static str,
    edition: &'static str,
    fonts: [&'static str; 3],
    colours: BTreeMap<&'static str, Cow<'static, str>>,
    project: String,
    day: DayView,
    title: String,
    running: String,
    logo: &'static str,
    eyebrow: String,
    headline: String,
    lede: String,
    facts: Vec<FactView>,
    sections: Vec<SectionView>,
    footer: String,
    remark: String,
}

#[derive(Serialize)]
struct DayView {
    year: i32,
    month: u32,
    day: u32,
}

#[derive(Serialize)]
struct FactView {
    label: String,
    text: String,
}

#[derive(Serialize)]
struct SectionView {
    id: String,
    subject: String,
    title: String,
    blocks: Vec<BlockView>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum BlockView {
    Prose { text: String },
    Cards { columns: usize, has_scale: bool, level: String, figures: Vec<FigureView> },
    Table(TableView),
    Chart { id: String, title: String, subtitle: String, source: String, alt: String, file: String, lower: Vec<String> },
    Note { tone: Tone, word: &'static str, text: String },
}

#[derive(Serialize)]
struct FigureView {
    label: String,
    value: String,
    unit: String,
    interval: String,
    change: String,
    basis: String,
    tone: Tone,
    word: &'static str,
    exists: bool,
    scale: Option<Scale>,
}

#[derive(Serialize)]
struct TableView {
    id: String,
    title: String,
    columns: Vec<ColumnView>,
    rows: Vec<RowView>,
    note: String,
    reasons: Vec<ReasonView>,
}

/// Widths in em of the table's type.
#[derive(Serialize)]
struct ColumnView {
    label: String,
    is_number: bool,
    /// So wide that no word is broken and no number wrapped.
    need: f64,
    /// So wide that cells have two lines and the head three, unless that is very wide.
    soft: f64,
    /// So wide that every cell is one line.
    want: f64,
}

#[derive(Serialize)]
struct RowView {
    tone: Tone,
    word: &'static str,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct CellView {
    text: String,
    exists: bool,
    sign: String,
}

#[derive(Serialize)]
struct ReasonView {
    sign: String,
    text: String,
}

fn facts(page: &Page, texts: &Texts) -> Vec<FactView> {
    let view =
        |fact: &crate::report::page::Fact| FactView { label: texts.paper(&fact.label), text: texts.paper(&fact.text) };
    page.facts.iter().map(view).collect()
}

fn section_view(section: &Section, edition: Edition, texts: &Texts, charts: &mut usize) -> SectionView {
    let mut blocks: Vec<BlockView> = Vec::new();
    for block in &section.blocks {
        match block {
            Block::Prose { text } => blocks.push(BlockView::Prose { text: texts.paper(text) }),
            Block::Figure(figure) => {
                let view = figure_view(figure, texts);
                // Neighbours stand side by side.
                let its_level = level_of(figure);
                if let Some(BlockView::Cards { columns, has_scale, level, figures }) = blocks.last_mut() {
                    if !*has_scale {
                        (*has_scale, *level) = (view.scale.is_some(), its_level);
                    }
                    figures.push(view);
                    *columns = columns_for(figures.len());
                } else {
                    let has_scale = view.scale.is_some();
                    blocks.push(BlockView::Cards { columns: 3, has_scale, level: its_level, figures: vec![view] });
                }
            }
            Block::Table(table) => {
                let mut view = table_view(table, texts);
                if table.title == section.title {
                    // Said once is enough.
                    view.title.clear();
                }
                blocks.push(BlockView::Table(view));
            }
            Block::Chart(chart) => {
                blocks.push(BlockView::Chart {
                    id: anchor(&chart.id),
                    title: texts.paper(&chart.title),
                    subtitle: texts.paper(&chart.subtitle),
                    source: texts.paper(&chart.source),
                    alt: texts.paper(if chart.description.is_empty() { &chart.title } else { &chart.description }),
                    file: chart_file(*charts),
                    lower: match (&chart.data, edition) {
                        (ChartData::Line { .. }, Edition::TwoPages) => {
                            lower_chart_files(*charts).map(|(name, _)| name).to_vec()
                        }
                        _ => Vec::new(),
                    },
                });
                *charts += 1;
            }
            Block::Note { tone, text } => {
                blocks.push(BlockView::Note { tone: *tone, word: tone_word(*tone), text: texts.paper(text) });
            }
        }
    }
    SectionView {
        id: anchor(&section.id),
        subject: texts.paper(&subject(&section.id)),
        title: texts.paper(&section.title),
        blocks,
    }
}

/// So many cards side by side that none becomes too narrow and rows are full where they can be.
fn columns_for(cards: usize) -> usize {
    match cards {
        0..=3 => 3,
        4 => 4,
        n if n % 3 == 0 || n % 4 != 0 => 3,
        _ => 4,
    }
}

fn figure_view(figure: &Figure, texts: &Texts) -> FigureView {
    FigureView {
        label: texts.paper(&figure.label),
        value: texts.paper(&figure.value),
        unit: texts.paper(&figure.unit),
        interval: texts.paper(&figure.interval),
        change: texts.paper(&figure.change),
        basis: texts.paper(&figure.basis),
        tone: figure.tone,
        word: tone_word(figure.tone),
        exists: figure.value != "–",
        scale: figure.scale.clone().filter(is_drawable),
    }
}

/// Whether the numbers make a picture.
fn is_drawable(scale: &Scale) -> bool {
    let all = [scale.max, scale.band_low, scale.band_high, scale.value, scale.low, scale.high];
    let rises = scale.band_low <= scale.band_high && scale.low <= scale.high;
    all.iter().all(|value| value.is_finite()) && scale.max > 0.0 && rises
}

fn table_view(table: &Table, texts: &Texts) -> TableView {
    let reasons = reasons(&table.rows);
    let cell = |cell: &Cell, unit: &Unit| {
        let n = match cell {
            Cell::Missing(reason) => reasons.iter().position(|known| known == reason),
            _ => None,
        };
        CellView {
            text: texts.paper(&format::cell(cell, unit)),
            exists: !matches!(cell, Cell::Missing(_)),
            sign: n.map_or_else(String::new, |n| reason_sign(n, reasons.len())),
        }
    };
    let row = |row: &Row| RowView {
        tone: row.tone,
        word: tone_word(row.tone),
        cells: row.cells.iter().zip(&table.columns).map(|(value, column)| cell(value, &column.unit)).collect(),
    };
    let rows: Vec<RowView> = table.rows.iter().map(row).collect();
    let column = |(x, column): (usize, &crate::report::page::Column)| {
        column_view(x, texts.paper(&column.label), is_number(&column.unit), &rows)
    };
    TableView {
        id: anchor(&table.id),
        title: texts.paper(&table.title),
        columns: table.columns.iter().enumerate().map(column).collect(),
        note: texts.paper(&table.note),
        reasons: reasons
            .iter()
            .enumerate()
            .map(|(n, text)| ReasonView { sign: reason_sign(n, reasons.len()), text: texts.paper(text) })
            .collect(),
        rows,
    }
}

fn column_view(x: usize, label: String, is_number: bool, rows: &[RowView]) -> ColumnView {
    let mut need = HEAD * widest_word(&label);
    let mut soft = need.max(HEAD * width_in_lines(&label, 3));
    let mut want: f64 = if is_number { 0.0 } else { HEAD * width(&label) };
    for row in rows {
        let Some(cell) = row.cells.get(x) else { continue };
        let text = format!("{}{}", cell.text, cell.sign);
        let whole = width(&text);
        if is_number {
            // With room to spare its head has two lines.
            let head = HEAD * width_in_lines(&label, 2);
            (need, soft, want) = (need.max(whole), soft.max(whole), want.max(whole).max(head));
            continue;
        }
        let (mut words, mut lined, mut whole) = (widest_word(&text), width_in_lines(&text, 2), whole);
        if x == 0 && !row.word.is_empty() {
            let with_word = format!("{text} {}", row.word);
            words = words.max(WORD * widest_word(row.word));
            lined = width_in_lines(&with_word, 2);
            whole += WORD * width(row.word) + width(" ");
        }
        (need, soft, want) = (need.max(words), soft.max(lined.min(WIDEST_WISH)), want.max(whole));
    }
    let soft = soft.max(need);
    let tenths = |em: f64| (em * 100.0).ceil() / 100.0;
    ColumnView { label, is_number, need: tenths(need), soft: tenths(soft), want: tenths(want.max(soft)) }
}

/// Width in em, in the weight of a table's first column, the widest there.
fn width(text: &str) -> f64 {
    let seen: String = text.chars().filter(|c| !fonts::is_unseen(*c)).collect();
    backend::text_width(&seen, 1.0, backend::Weight::Medium)
}

/// Pieces that stay on one line.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', '-', '\u{200b}']).map(|piece| piece.trim_end_matches(' '))
}

fn widest_word(text: &str) -> f64 {
    pieces(text).map(width).fold(0.0, f64::max)
}

/// The smallest width in which a text has no more than so many lines.
fn width_in_lines(text: &str, lines: usize) -> f64 {
    let words: Vec<f64> = text.split(' ').map(width).collect();
    let space = width(" ");
    let count = |room: f64| {
        let mut used = 1;
        let mut at = 0.0;
        for word in &words {
            let next = if at > 0.0 { at + space + word } else { *word };
            if at > 0.0 && next > room + 1e-9 {
                used += 1;
                at = *word;
            } else {
                at = next;
            }
        }
        used
    };
    let (mut low, mut high) = (widest_word(text), width(text));
    if count(low) <= lines {
        return low;
    }
    for _ in 0..12 {
        let middle = (low + high) / 2.0;
        if count(middle) <= lines { high = middle } else { low = middle }
    }
    high
}

/// Makes texts fit for paper, and remembers which of them lost letters.
#[derive(Default)]
struct Texts {
    unshown: RefCell<BTreeSet<String>>,
}

impl Texts {
    fn paper(&self, text: &str) -> String {
        let composed: String = text.nfc().take(LONGEST_TEXT + 1).collect();
        let mut flat = String::with_capacity(composed.len());
        for c in composed.chars().take(LONGEST_TEXT) {
            let is_blank = (c.is_whitespace() && c != '\u{a0}' && c != '\u{202f}') || c.is_control();
            if !is_blank {
                flat.push(c);
            } else if !flat.ends_with(' ') {
                flat.push(' ');
            }
        }
        if composed.chars().count() > LONGEST_TEXT {
            let rest = text.nfc().count() - LONGEST_TEXT;
            flat.push_str(&format!("… [and {} more characters]", format::count(rest as f64)));
        }
        let shown = fonts::shown(&flat);
        if flat.chars().any(|c| !fonts::shows(c)) {
            self.unshown.borrow_mut().insert(flat.clone());
        }
        breakable(&joined(&shown))
    }

    /// What is missing on paper, if anything is.
    fn remark(&self) -> String {
        let texts = self.unshown.borrow().len();
        if texts == 0 {
            return String::new();
        }
        let so_many =
            if texts == 1 { "1 text has".to_owned() } else { format!("{} texts have", format::count(texts as f64)) };
        format!(
            "{so_many} letters that the fonts of this file lack; each of them stands here as {}. \
             report.html and report.xlsx show them as they are.",
            fonts::MISSING
        )
    }
}

/// A word without end may be broken.
fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_whitespace() || c == '-' { 0 } else { run + 1 };
        if run > LONGEST_WORD {
            out.push('\u{200b}');
            run = 1;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_says_what_it_lacks() {
        let texts = Texts::default();
        assert_eq!(texts.paper("a\n\tb\u{0}c"), "a b c");
        assert_eq!(texts.remark(), "");
        assert_eq!(texts.paper("広告 ads"), "□□ ads");
        assert_eq!(texts.paper("広告 ads"), "□□ ads");
        assert!(texts.remark().starts_with("1 text has letters"), "{}", texts.remark());
    }

    #[test]
    fn a_text_without_end_is_cut_and_says_so() {
        let paper = Texts::default().paper(&"x".repeat(10_000));
        assert!(paper.ends_with("… [and 8,500 more characters]"), "{paper}");
        assert!(pieces(&paper).all(|piece| piece.chars().count() <= LONGEST_WORD + 1), "{paper}");
    }

    #[test]
    fn a_column_is_as_wide_as_its_words_and_numbers() {
        let cell = |text: &str| CellView { text: text.into(), exists: true, sign: String::new() };
        let row = |text: &str| RowView { tone: Tone::Neutral, word: "", cells: vec![cell(text)] };
        let numbers = column_view(0, "MQL".into(), true, &[row("1,234"), row("9")]);
        assert!(numbers.need >= width("1,234") && numbers.need == numbers.want, "{}", numbers.need);
        let headed = column_view(0, "Cost per MQL".into(), true, &[row("9")]);
        assert!(headed.need < headed.soft + 0.01 && headed.soft < headed.want, "{}", headed.want);
        let words = column_view(0, "X".into(), false, &[row("one two three four five six seven eight")]);
        assert!(words.need < words.soft && words.soft < words.want);
    }
}
