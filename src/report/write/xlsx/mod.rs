//! How does a report read as a workbook? Every table of the page as a table with typed columns, every chart drawn from
//! cells, and a first sheet that says what was found and where the rest stands.

mod charts;
mod grid;
mod look;
mod months;
mod names;
mod sheet;
mod summary;

use super::{RenderError, subject};
use crate::report::Report;
use crate::report::format;
use crate::report::page::{Block, Section, Table, Tone};
use charts::Planned;
use grid::Grid;
use names::Taken;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Url, Workbook, Worksheet, XlsxError};
use sheet::{Place, Widths, Words};

const SUMMARY: &str = "Summary";
const CHARTS: &str = "Charts";
const DATA: &str = "Chart data";

/// What to say under a chart, and its drawings.
type Drawn = (String, Vec<charts::Draw>);

/// A line of the contents.
struct Entry {
    sheet: String,
    says: String,
}

/// A sheet of tables.
struct Theme {
    /// What it is to be called.
    wanted: String,
    /// The finding.
    title: String,
    grids: Vec<Grid>,
    widths: Widths,
    remarks: Vec<(Tone, String)>,
}

/// The report as a workbook.
///
/// # Errors
/// Where a sheet breaks a rule of the format.
pub fn xlsx(report: &Report) -> Result<Vec<u8>, RenderError> {
    made(report).map_err(|error| RenderError::Workbook(error.to_string()))
}

fn made(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let page = &report.page;
    let mut tables = Taken::default();
    let figures = summary::figures(page, &mut tables);
    let (themes, remarks) = themes(report, &mut tables);
    let charts: Vec<Planned> = page
        .sections
        .iter()
        .flat_map(|section| &section.blocks)
        .filter_map(|block| match block {
            Block::Chart(chart) => charts::plan(chart, &mut tables),
            _ => None,
        })
        .collect();

    let mut sheets = Taken::default();
    let mut entries = Vec::new();
    let summary = sheets.sheet(SUMMARY);
    let mut entry = |wanted: &str, says: String| {
        let name = sheets.sheet(wanted);
        entries.push(Entry { sheet: name.clone(), says });
        name
    };
    let has_charts = charts.iter().any(|chart| !chart.draws.is_empty());
    let pictures = has_charts.then(|| entry(CHARTS, "every chart of the report, drawn from cells".into()));
    let names: Vec<String> = themes
        .iter()
        .map(|theme| {
            let titles: Vec<&str> = theme.grids.iter().map(|grid| grid.title.as_str()).collect();
            entry(&theme.wanted, titles.join(" · "))
        })
        .collect();
    let data = (!charts.is_empty()).then(|| entry(DATA, "the numbers that the charts are drawn from".into()));

    let footer = format!("{} · data through {}", report.project, format::day(report.as_of));
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_title(names::shortened(&names::one_line(&page.headline), 250))
            .set_subject(names::shortened(&names::one_line(&page.eyebrow), 250))
            .set_author(env!("CARGO_PKG_NAME"))
            .set_creation_datetime(&ExcelDateTime::parse_from_str(&report.as_of.to_string())?),
    );
    let first =
        book.add_worksheet().set_name(&summary)?.set_tab_color(look::ink(crate::report::chart::theme::Token::Accent));
    summary::fill(first, page, figures.as_ref(), &entries, &remarks, &footer)?;
    let words = |title: &'static str| Words { title, remarks: &[], contents: SUMMARY, footer: &footer };
    // Charts stand before their data, so their sheet is made first and filled last.
    if let Some(name) = &pictures {
        book.add_worksheet().set_name(name)?;
    }
    for (theme, name) in themes.iter().zip(&names) {
        let words = Words { title: &theme.title, remarks: &theme.remarks, ..words("") };
        sheet::fill(book.add_worksheet().set_name(name)?, &words, &theme.grids)?;
    }
    let Some(name) = &data else { return book.save_to_buffer() };
    let (grids, draws): (Vec<Grid>, Vec<Drawn>) =
        charts.into_iter().map(|chart| (chart.grid, (chart.says, chart.draws))).unzip();
    let title = "The numbers that the charts are drawn from";
    let places = sheet::fill(book.add_worksheet().set_name(name)?, &words(title), &grids)?;
    if let Some(name) = &pictures {
        gallery(book.worksheet_from_name(name)?, &words("Charts"), places.iter().zip(&draws))?;
    }
    book.save_to_buffer()
}

/// The charts, two beside each other, each with what it shows and where its numbers stand.
fn gallery<'a>(
    page: &mut Worksheet,
    words: &Words,
    charts: impl Iterator<Item = (&'a Place, &'a Drawn)>,
) -> Result<(), XlsxError> {
    /// Columns of usual width that a chart covers, and rows of usual height, with some air.
    const COLUMNS: u16 = 11;
    const ROWS: u32 = 18;
    page.set_screen_gridlines(false);
    page.write_string_with_format(0, 0, words.title, &look::title())?.set_row_height(0, 26)?;
    page.write_url_with_format(1, 0, Url::new(sheet::inside(words.contents, 0)).set_text("← Contents"), &look::link())?;
    let (mut row, mut column) = (3, 0);
    let mut bottom = row;
    let mut breaks = Vec::new();
    for (place, (says, draws)) in charts {
        for draw in draws {
            page.insert_chart(row, column, &draw(place))?;
            page.set_row_height(row + ROWS, 26)?;
            page.merge_range(row + ROWS, column, row + ROWS, column + COLUMNS - 3, says, &look::muted())?;
            let link = Url::new(sheet::inside(&place.sheet, place.header)).set_text("numbers");
            page.write_url_with_format(row + ROWS, column + COLUMNS - 2, link, &look::link())?;
            bottom = row + ROWS;
            (row, column) = if column == 0 { (row, COLUMNS) } else { (row + ROWS + 2, 0) };
            // Two rows of charts a page.
            if column == 0 && (row - 3) % (2 * (ROWS + 2)) == 0 {
                breaks.push(row);
            }
        }
    }
    page.set_freeze_panes(2, 0)?;
    sheet::print(page, words.footer)?;
    page.set_print_area(0, 0, bottom, 2 * COLUMNS - 1)?;
    breaks.retain(|row| *row < bottom);
    page.set_page_breaks(&breaks)?;
    Ok(())
}

/// The sheets of tables in the order of the page, and the remarks of sections that have no table.
fn themes(report: &Report, taken: &mut Taken) -> (Vec<Theme>, Vec<(Tone, String)>) {
    let mut themes = Vec::new();
    if !report.months.is_empty() {
        let grid = Grid::of(&months::table(report), taken).by_month();
        place(&mut themes, "Months", "The months of the report", grid);
    }
    let mut loose = Vec::new();
    for section in &report.page.sections {
        let mut first = None;
        for block in &section.blocks {
            let Block::Table(table) = block else { continue };
            if table.columns.is_empty() {
                continue;
            }
            let at = home(&mut themes, section, table, Grid::of(table, taken));
            first = first.or(Some(at));
        }
        let notes = section.blocks.iter().filter_map(|block| match block {
            Block::Note { tone, text } => Some((*tone, text.clone())),
            _ => None,
        });
        match first.and_then(|at: usize| themes.get_mut(at)) {
            Some(theme) => theme.remarks.extend(notes),
            None => loose.extend(notes),
        }
    }
    (themes, loose)
}

/// Puts a table where a reader looks for it; says on which sheet.
fn home(themes: &mut Vec<Theme>, section: &Section, table: &Table, grid: Grid) -> usize {
    let own = match table.id.as_str() {
        "points" | "fit-points" => Some("Points"),
        "ladder" => Some("Verdict"),
        "traps" => Some("Traps"),
        "bands" => Some("Score bands"),
        "inputs" => Some("Inputs"),
        _ => None,
    };
    if let Some(name) = own {
        return place(themes, name, &section.title, grid);
    }
    let name = match section.id.as_str() {
        "calibration" => "Threshold".to_owned(),
        "quality" => "Findings".to_owned(),
        other => subject(other),
    };
    let is_crowded = themes.iter().any(|theme| theme.wanted == name && !theme.widths.suits(&grid));
    if is_crowded {
        return place(themes, &subject(table.id.trim_end_matches("-table")), &section.title, grid);
    }
    place(themes, &name, &section.title, grid)
}

/// Puts a table on the sheet of that name.
fn place(themes: &mut Vec<Theme>, name: &str, title: &str, grid: Grid) -> usize {
    let at = themes.iter().position(|theme| theme.wanted == name).unwrap_or_else(|| {
        themes.push(Theme {
            wanted: name.to_owned(),
            title: title.to_owned(),
            grids: Vec::new(),
            widths: Widths::default(),
            remarks: Vec::new(),
        });
        themes.len() - 1
    });
    themes[at].widths.fit(&grid);
    themes[at].grids.push(grid);
    at
}
