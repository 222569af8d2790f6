//! How does a [`Page`] read in a browser? One file: style, font and charts are inside, and a content security policy
//! forbids every request.
//!
//! The furniture is in `reports/templates/`; a file of the same name in the project's own `reports/templates/` wins.
//! A template gets finished texts: it chooses and arranges, and computes nothing.

use crate::report::chart::{self, Head, Options, Palette, Width, theme};
use crate::report::format;
use crate::report::page::{Block, Cell, Chart, Fact, Figure, Page, Scale, Section, Table, Tone};
use crate::report::write::{anchor, is_number, reason_sign, reasons, subject, tone_word};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::error::Error as _;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

const TEMPLATE: &str = "page.html.j2";
const STYLE: &str = "page.css";
/// More than a page of a thousand rows needs; an endless loop ends here.
const FUEL: u64 = 20_000_000;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A file of the project's own templates is there but cannot be read.
    #[error("cannot read the template {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A template is wrong. Says where and what, and never what the page holds.
    #[error("the template {file}{} is wrong: {says}", line.map_or_else(String::new, |line| format!(", line {line},")))]
    Template {
        /// The file.
        file: String,
        /// The line, if known.
        line: Option<usize>,
        /// What is wrong.
        says: String,
    },
    /// A style sheet that would end the `<style>` it stands in.
    #[error("the style sheet page.css must not hold `</style`")]
    StyleSheet,
    /// The workbook breaks a rule of its format.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
}

/// The page as one HTML file. `overrides` is the folder of the project's own templates, if it has one.
pub fn html(page: &Page, overrides: Option<&Path>) -> Result<String, RenderError> {
    let style = style(overrides)?;
    let view = View::of(page);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the default delimiters are valid"));
    environment.set_fuel(Some(FUEL));
    // So that an undefined value is named; what the page holds is never printed.
    environment.set_debug(true);
    let folder = overrides.map(Path::to_path_buf);
    environment.set_loader(move |name| {
        let text = read(folder.as_deref(), name).map_err(|error| {
            // The reason stands in the message; the page's values do not.
            minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string())
        })?;
        Ok(text.or_else(|| built_in(name).map(str::to_owned)))
    });
    let context = minijinja::context! {
        page => Value::from(Serde(&view)),
        style => Value::from_safe_string(style.clone()),
        style_hash => format!("sha256-{}", BASE64.encode(Sha256::digest(style.as_bytes()))),
    };
    let template = environment.get_template(TEMPLATE).map_err(|error| sentence(&error))?;
    let page = template.render(context).map_err(|error| sentence(&error))?;
    Ok(unbroken(&page))
}

/// Keeps a sign with its currency and a range with its dash on one line: word joiners between them.
fn unbroken(page: &str) -> String {
    const JOINER: char = '\u{2060}';
    let is_currency = |c: &char| matches!(c, '€' | '$' | '£');
    let mut out = String::with_capacity(page.len());
    let mut chars = page.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('–', Some(next)) if next.is_ascii_digit() || is_currency(next) => out.extend([JOINER, c, JOINER]),
            ('−' | '+', Some(next)) if is_currency(next) => out.extend([c, JOINER]),
            _ => out.push(c),
        }
    }
    out
}

/// Colours, font and furniture in one sheet.
fn style(overrides: Option<&Path>) -> Result<String, RenderError> {
    let own = read(overrides, STYLE)?;
    let sheet = own.as_deref().or(built_in(STYLE)).unwrap_or_default();
    if sheet.to_ascii_lowercase().contains("</style") {
        return Err(RenderError::StyleSheet);
    }
    let font = BASE64.encode(include_bytes!("../../../reports/fonts/InterVar.woff2"));
    Ok(format!(
        "@font-face{{font-family:Inter;font-style:normal;font-weight:400 700;font-display:block;\
         src:url(data:font/woff2;base64,{font}) format('woff2')}}\n\
         :root{{color-scheme:light;{}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{}}}}}\n{}\n{sheet}",
        theme::variables(Palette::Light),
        theme::variables(Palette::Dark),
        theme::rules(),
    ))
}

fn built_in(name: &str) -> Option<&'static str> {
    match name {
        TEMPLATE => Some(include_str!("../../../reports/templates/page.html.j2")),
        STYLE => Some(include_str!("../../../reports/templates/page.css")),
        _ => None,
    }
}

/// A file of the project's own templates; none if there is no such file, or if the name leads out of the folder.
fn read(folder: Option<&Path>, name: &str) -> Result<Option<String>, RenderError> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let Some(path) = folder.filter(|_| inside && !name.contains('\\')).map(|folder| folder.join(name)) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RenderError::Unreadable { path, source }),
    }
}

/// What a template engine's error may say aloud. Details of other kinds can quote values of the page.
fn sentence(error: &minijinja::Error) -> RenderError {
    let mut error = error;
    // An error inside an included file is reported at the file that includes it; its source knows the place.
    while let Some(inner) = error.source().and_then(|source| source.downcast_ref::<minijinja::Error>()) {
        error = inner;
    }
    let quotable = matches!(
        error.kind(),
        ErrorKind::SyntaxError
            | ErrorKind::UndefinedError
            | ErrorKind::TemplateNotFound
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownMethod
    );
    let detail = error.detail().filter(|_| quotable || error.line().is_none());
    let kind = error.kind().to_string();
    RenderError::Template {
        file: error.name().unwrap_or(TEMPLATE).to_owned(),
        line: error.line(),
        says: detail.map_or(kind.clone(), |detail| format!("{kind}: {detail}")),
    }
}

/// What the template sees. Documented in `reports/README.md`.
#[derive(Serialize)]
struct View<'a> {
    eyebrow: &'a str,
    headline: &'a str,
    lede: &'a str,
    facts: &'a [Fact],
    sections: Vec<SectionView<'a>>,
    footer: &'a str,
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
    Cards { columns: usize, figures: Vec<FigureView<'a>>, has_scale: bool },
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
    wide: Svg,
    narrow: Svg,
}

/// Our own drawing, whose texts are escaped where it is made.
struct Svg(String);

impl Serialize for Svg {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

const SCALE_WIDTH: f64 = 240.0;

impl<'a> View<'a> {
    fn of(page: &'a Page) -> View<'a> {
        View {
            eyebrow: &page.eyebrow,
            headline: &page.headline,
            lede: &page.lede,
            facts: &page.facts,
            sections: page.sections.iter().map(section).collect(),
            footer: &page.footer,
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
                Some(BlockView::Cards { columns, figures, has_scale }) => {
                    figures.push(card(figure));
                    *columns = columns_for(figures.len());
                    *has_scale |= figure.scale.is_some();
                }
                _ => blocks.push(BlockView::Cards {
                    columns: columns_for(1),
                    figures: vec![card(figure)],
                    has_scale: figure.scale.is_some(),
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
        0..=4 => cards.max(2),
        5 | 6 | 9 => 3,
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
    let cell_view = |(cell, column): (&Cell, &crate::report::page::Column)| {
        let reason = if let Cell::Missing(reason) = cell { reason.clone() } else { String::new() };
        let n = reasons.iter().position(|known| *known == reason);
        CellView {
            text: format::cell(cell, &column.unit),
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
            .map(|column| ColumnView { label: &column.label, is_number: is_number(&column.unit) })
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

fn chart_view(chart: &Chart) -> ChartView<'_> {
    let drawing = |width: Width| {
        let options = Options { head: Head::Embedded, palette: Palette::Light, width };
        Svg(chart::draw(chart, &options).svg)
    };
    ChartView {
        id: anchor(&chart.id),
        title: &chart.title,
        subtitle: &chart.subtitle,
        source: &chart.source,
        wide: drawing(Width::Wide),
        narrow: drawing(Width::Narrow),
    }
}
