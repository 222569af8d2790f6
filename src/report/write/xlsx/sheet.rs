//! How is a sheet laid out: a finding, its tables below each other, what to bear in mind, and how it prints?

use super::grid::{Field, Grid, Kind, REASON, Value};
use super::look::{self, Number};
use super::names;
use crate::report::format;
use crate::report::page::{Tone, Unit};
use crate::report::write::tone_word;
use crate::vocabulary::Month;
use rust_xlsxwriter::{ExcelDateTime, FormatAlign, Table, TableColumn, TableStyle, Url, Worksheet, XlsxError};

/// Widest column of words, in characters.
const WIDEST: f64 = 60.0;
/// Widest column of reasons.
const WIDEST_REASON: f64 = 36.0;
/// Narrowest column.
const NARROWEST: f64 = 9.0;
/// Widest column that may stay in view while the others move.
const WIDEST_FROZEN: f64 = 45.0;
/// Characters that a printed page holds beside each other, at the smallest that can be read.
const PAGE_WIDTH: f64 = 230.0;
/// Characters that running text takes beside each other at most.
const TEXT_WIDTH: f64 = 170.0;
/// Rows that a printed page holds, at the smallest that can be read.
const PAGE_ROWS: u32 = 52;
/// Paper: A4.
const A4: u8 = 9;

/// Where a table came to lie.
#[derive(Clone)]
pub struct Place {
    /// The sheet.
    pub sheet: String,
    /// The row of its header.
    pub header: u32,
    /// The row of its last values.
    pub last: u32,
}

/// The widths of the columns of a sheet.
#[derive(Default)]
pub struct Widths(Vec<f64>);

impl Widths {
    /// Makes room for a table.
    pub fn fit(&mut self, grid: &Grid) {
        for (at, width) in natural(grid).into_iter().enumerate() {
            self.at_least(at, width);
        }
    }

    /// Makes room in a column.
    pub fn at_least(&mut self, at: usize, width: f64) {
        if self.0.len() <= at {
            self.0.resize(at + 1, NARROWEST);
        }
        self.0[at] = self.0[at].max(width);
    }

    /// The width of a column.
    fn of(&self, at: usize) -> f64 {
        self.0.get(at).copied().unwrap_or(NARROWEST)
    }

    /// The width of the sheet.
    fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    /// The columns that running text goes over, by the last of them, and their width: no more than a page shows.
    fn text(&self) -> (u16, f64) {
        let mut width = self.of(0);
        let mut last = 0;
        while usize::from(last) + 1 < self.0.len() && width + self.of(usize::from(last) + 1) <= TEXT_WIDTH {
            last += 1;
            width += self.of(usize::from(last));
        }
        (last, width)
    }

    /// The last column.
    pub fn last(&self) -> u16 {
        u16::try_from(self.0.len().saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// Whether a table can stand under the others without numbers that float in columns made for words.
    pub fn suits(&self, grid: &Grid) -> bool {
        // The first column holds the names of the rows everywhere.
        natural(grid).into_iter().zip(&self.0).skip(1).all(|(mine, theirs)| (mine - theirs).abs() <= 24.0)
    }

    /// Gives the columns of a sheet their widths.
    pub fn set_on(&self, page: &mut Worksheet) -> Result<(), XlsxError> {
        for (at, width) in (0..).zip(&self.0) {
            page.set_column_width(at, *width)?;
        }
        Ok(())
    }
}

/// The widths that the columns of a table would like.
fn natural(grid: &Grid) -> Vec<f64> {
    let column = |(at, field): (usize, &Field)| {
        // A header breaks between words; the sign of the filter needs room beside it.
        let header = field.header.split(' ').map(|word| word.chars().count()).max().unwrap_or(0) as f64 + 4.0;
        let values = grid.rows.iter().filter_map(|row| row.values.get(at)).map(length);
        let longest = values.fold(0.0, f64::max) + 2.5;
        let widest = if field.header == REASON { WIDEST_REASON } else { WIDEST };
        header.max(longest.min(widest)).clamp(NARROWEST, WIDEST)
    };
    grid.columns.iter().enumerate().map(column).collect()
}

/// How many characters a value takes on its longest line.
fn length(value: &Value) -> f64 {
    let longest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0) as f64;
    match value {
        Value::Empty => 0.0,
        Value::Words(text) => longest(text),
        Value::Month(_) => 8.0,
        Value::Number { value, unit, .. } => longest(&format::number(*value, unit)),
    }
}

/// What a sheet says beside its tables.
pub struct Words<'a> {
    /// The finding.
    pub title: &'a str,
    /// What to bear in mind.
    pub remarks: &'a [(Tone, String)],
    /// Sheet with the list of all sheets.
    pub contents: &'a str,
    /// What stands at the foot of each page.
    pub footer: &'a str,
}

/// Writes a sheet of tables below each other; says where they lie.
pub fn fill(page: &mut Worksheet, words: &Words, grids: &[Grid]) -> Result<Vec<Place>, XlsxError> {
    let mut widths = Widths::default();
    // A finding needs some room, whatever the tables need.
    (0..4).for_each(|at| widths.at_least(at, 12.0));
    grids.iter().for_each(|grid| widths.fit(grid));
    widths.set_on(page)?;
    page.set_screen_gridlines(false);
    across(page, 0, &widths, &names::one_line(words.title), &look::title(), 1.6)?;
    let back = Url::new(inside(words.contents, 0)).set_text("← Contents");
    page.write_url_with_format(1, 0, back, &look::link())?;
    let mut row = 3;
    let mut places = Vec::new();
    for grid in grids {
        let place = table(page, row, grid, &widths)?;
        row = place.last + 1;
        if !grid.note.is_empty() {
            across(page, row, &widths, &grid.note, &look::muted(), 0.9)?;
            row += 1;
        }
        row += 2;
        places.push(place);
    }
    if !words.remarks.is_empty() {
        page.write_string_with_format(row, 0, "To bear in mind", &look::subtitle())?;
        for (tone, text) in words.remarks {
            row += 1;
            across(page, row, &widths, &remark(*tone, text), &look::prose(), 1.0)?;
        }
    }
    let only = match places.as_slice() {
        [only] => Some(only.header),
        _ => None,
    };
    let column = u16::from(widths.0.first().is_some_and(|width| *width <= WIDEST_FROZEN) && widths.0.len() > 1);
    // One table: its header stays in view. Several: the finding does.
    page.set_freeze_panes(only.map_or(2, |header| header + 1), column)?;
    print(page, words.footer)?;
    match only {
        Some(header) => page.set_repeat_rows(header, header)?,
        None => page.set_repeat_rows(0, 0)?,
    };
    let pages = (widths.sum() / PAGE_WIDTH).ceil().clamp(1.0, 20.0);
    if pages > 1.0 {
        // More columns than a page can show: several pages beside each other, each with the names of the rows.
        page.set_print_fit_to_pages(pages as u16, 0).set_repeat_columns(0, 0)?;
    } else if row < PAGE_ROWS {
        page.set_print_fit_to_pages(1, 1);
    }
    page.set_print_area(0, 0, row, widths.last())?;
    Ok(places)
}

/// A remark with its tone in words.
pub fn remark(tone: Tone, text: &str) -> String {
    let word = match tone_word(tone) {
        "" => "Note".to_owned(),
        word => word[..1].to_uppercase() + &word[1..],
    };
    format!("{word}: {}", names::text(text))
}

/// How a sheet prints: landscape, as wide as a page, with a line at the foot.
pub fn print(page: &mut Worksheet, footer: &str) -> Result<(), XlsxError> {
    page.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    page.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    // An ampersand begins an instruction there.
    let words = names::shortened(&names::one_line(footer), 90).replace('&', "&&");
    page.set_footer(format!("&L&8{words}&R&8&A, page &P of &N"));
    Ok(())
}

/// Writes a table with its title above it.
pub fn table(page: &mut Worksheet, top: u32, grid: &Grid, widths: &Widths) -> Result<Place, XlsxError> {
    page.set_row_height(top, 20)?;
    page.write_string_with_format(top, 0, &grid.title, &look::subtitle())?;
    let header = top + 1;
    // A table of the format has a row at least.
    let last = header + u32::try_from(grid.rows.len().max(1)).unwrap_or(u32::MAX / 2);
    for (row, line) in (header + 1..).zip(&grid.rows) {
        for ((at, value), column) in (0..).zip(&line.values).zip(&grid.columns) {
            // The colour is at the row's name and at its word, not all over the numbers.
            let is_marked = at == 0 || matches!(value, Value::Words(text) if text == tone_word(line.tone));
            let tone = if is_marked { line.tone } else { Tone::Neutral };
            cell(page, row, at, value, &column.kind, tone)?;
        }
        page.set_row_height(row, height(line, widths))?;
    }
    let columns: Vec<TableColumn> = grid
        .columns
        .iter()
        .map(|column| {
            let number = if column.kind == Kind::Words { Number::No } else { Number::Yes };
            let format = look::header(number);
            let is_first = grid.columns.first().is_some_and(|first| std::ptr::eq(first, column));
            let format = if number == Number::No && !is_first { format.set_indent(1) } else { format };
            TableColumn::new().set_header(&column.header).set_header_format(format)
        })
        .collect();
    // Bold letters are wider, and the sign of the filter takes room.
    let header_lines = grid.columns.iter().enumerate().map(|(at, column)| lines(&column.header, widths.of(at) - 2.0));
    page.set_row_height(header, 13.0 * header_lines.fold(1.0, f64::max) + 8.0)?;
    let table = Table::new()
        .set_name(&grid.name)
        .set_style(TableStyle::Light1)
        .set_banded_rows(false)
        .set_autofilter(grid.rows.len() > 5)
        .set_alt_text_title(names::shortened(&grid.title, 120))
        .set_columns(&columns);
    let width = u16::try_from(grid.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.add_table(header, 0, last, width, &table)?;
    Ok(Place { sheet: page.name(), header, last })
}

fn cell(page: &mut Worksheet, row: u32, at: u16, value: &Value, kind: &Kind, tone: Tone) -> Result<(), XlsxError> {
    let format = look::cell(tone);
    match value {
        Value::Empty => page.write_blank(row, at, &format)?,
        Value::Words(text) => {
            // Words among numbers stand where the numbers stand.
            let format = match kind {
                Kind::Words if at > 0 => format.set_text_wrap().set_indent(1),
                Kind::Words => format.set_text_wrap(),
                _ => format.set_align(FormatAlign::Right),
            };
            page.write_string_with_format(row, at, text, &format)?
        }
        Value::Month(month) => {
            let format = format.set_num_format(look::MONTH).set_align(FormatAlign::Left);
            page.write_datetime_with_format(row, at, date(*month)?, &format)?
        }
        Value::Number { value, unit, like } => {
            let code = if *unit == Unit::Share || value == like {
                look::number(*like, unit)
            } else {
                look::number(*value, unit)
            };
            page.write_number_with_format(row, at, *value, &format.set_num_format(code))?
        }
    };
    Ok(())
}

/// The height of a row. Not every program works it out for wrapped text by itself.
fn height(line: &super::grid::Line, widths: &Widths) -> f64 {
    let of_words = line.values.iter().enumerate().map(|(at, value)| match value {
        Value::Words(text) => lines(text, widths.of(at) * 1.05 - 1.5),
        _ => 1.0,
    });
    (of_words.fold(1.0, f64::max) * 13.0 + 4.0).min(400.0)
}

/// The first day of a month.
fn date(month: Month) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::parse_from_str(&month.first_day().to_string())
}

/// Words over all columns of the sheet, in a row as high as they need. `size` is that of the letters, 1 for running text.
pub fn across(
    page: &mut Worksheet,
    row: u32,
    widths: &Widths,
    words: &str,
    format: &rust_xlsxwriter::Format,
    size: f64,
) -> Result<(), XlsxError> {
    let format = format.clone().set_text_wrap();
    // Nobody reads on beyond this, and a row ends at 409 points.
    let (last, width) = widths.text();
    let height = lines(words, width * 1.02 / size) * 13.5 * size + 5.0;
    page.set_row_height(row, height.min(400.0))?;
    match last {
        0 => page.write_string_with_format(row, 0, words, &format)?,
        last => page.merge_range(row, 0, row, last, words, &format)?,
    };
    Ok(())
}

/// How many lines a text takes in so many characters.
fn lines(words: &str, width: f64) -> f64 {
    let width = width.max(4.0) as usize;
    let mut lines = 0_u32;
    for line in words.split('\n') {
        lines += 1;
        let mut used = 0;
        for word in line.split(' ').map(|word| word.chars().count()) {
            if used > 0 && used + 1 + word > width {
                lines += 1;
                used = 0;
            }
            lines += (word / (width + 1)) as u32;
            used += word + usize::from(used > 0);
        }
    }
    f64::from(lines)
}

/// The address of a row of a sheet of this workbook.
pub fn inside(sheet: &str, row: u32) -> String {
    format!("internal:'{}'!A{}", sheet.replace('\'', "''"), row + 1)
}
