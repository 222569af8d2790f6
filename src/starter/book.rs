//! How does the workbook look, and what does it check while somebody types?
//!
//! What a cell may hold is checked twice: when it is typed (data validation), and by colour (conditional formats),
//! because what is pasted passes the first check. Cells without a value are not written: the prepared rows are empty
//! for whoever reads the file.

use super::StarterError;
use super::sheets::{self, Colour, Column, Kind, LISTS, Line, Needed, Open, SHEETS, Sheet};
use crate::vocabulary::Day;
use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties,
    ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, IgnoreError, Table, TableColumn, TableStyle, Workbook,
    Worksheet, XlsxError,
};

/// Rows that a table spans when the workbook is new.
const PREPARED_ROWS: u32 = 500;
/// Rows that are checked: also where a program does not stretch the checks with the table.
const CHECKED_ROWS: u32 = 5_000;
/// Days that can be typed, as the format counts them: 2000-01-01 to 2100-12-31.
const FIRST_DAY: &str = "36526";
const LAST_DAY: &str = "73415";

const ACCENT: u32 = 0x1D_4F_C4;
const INK: u32 = 0x13_1C_28;
const TEXT: u32 = 0x3A_46_56;
const MUTED: u32 = 0x5F_6B_7A;
const RULE: u32 = 0xD5_DA_E1;
const PALE: u32 = 0xF3_F5_F9;

/// The starter workbook, dated on a day.
///
/// # Errors
/// Where a sheet breaks a rule of the format.
pub fn workbook(today: Day) -> Result<Vec<u8>, StarterError> {
    made(today).map_err(|error| StarterError::Workbook(error.to_string()))
}

fn made(today: Day) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::parse_from_str(&today.to_string())?;
    book.set_properties(
        &DocProperties::new()
            .set_title(sheets::TITLE)
            .set_comment(sheets::SUBTITLE)
            .set_author("leadgauge")
            .set_creation_datetime(&created),
    );
    readme(book.add_worksheet())?;
    for sheet in &SHEETS {
        data(book.add_worksheet(), sheet)?;
    }
    lists(book.add_worksheet())?;
    book.save_to_buffer()
}

/// The page of instructions: names on the left, what there is to say in the middle, examples on the right.
fn readme(page: &mut Worksheet) -> Result<(), XlsxError> {
    const NAME: u16 = 1;
    const SAYS: u16 = 2;
    const EXAMPLE: u16 = 3;
    page.set_name(sheets::README_SHEET)?.set_screen_gridlines(false).set_tab_color(ACCENT);
    page.set_column_width(0, 3)?.set_column_width(NAME, 24)?.set_column_width(SAYS, 92)?;
    page.set_column_width(EXAMPLE, 30)?;
    page.set_paper_size(9).set_print_fit_to_pages(1, 0).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);

    let base =
        Format::new().set_font_size(11).set_font_color(TEXT).set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let title = Format::new().set_font_size(24).set_bold().set_font_color(INK);
    let subtitle = Format::new().set_font_size(12).set_font_color(MUTED);
    let heading = Format::new()
        .set_font_size(14)
        .set_bold()
        .set_font_color(ACCENT)
        .set_align(FormatAlign::Bottom)
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(ACCENT);
    let name = base.clone().set_bold().set_font_color(INK);
    let code = base.clone().set_font_name("Consolas").set_font_color(INK).set_background_color(PALE);
    let sheet_name = name.clone().set_background_color(PALE);
    let sheet_says = base.clone().set_background_color(PALE);
    let ruled = |format: &Format| format.clone().set_border_bottom(FormatBorder::Hair).set_border_bottom_color(RULE);
    let (column_name, column_says) = (ruled(&name.clone().set_indent(1)), ruled(&base));
    let example = ruled(&base.clone().set_font_color(MUTED).set_italic().set_indent(1));

    page.set_row_height(0, 14)?.set_row_height(1, 34)?;
    page.write_with_format(1, NAME, sheets::TITLE, &title)?;
    page.write_with_format(2, NAME, sheets::SUBTITLE, &subtitle)?;
    let mut row = 3;
    for line in sheets::README {
        match line {
            Line::Heading(words) => {
                row += 1;
                page.set_row_height(row, 24)?;
                page.write_with_format(row, NAME, *words, &heading)?;
                page.write_blank(row, SAYS, &heading)?.write_blank(row, EXAMPLE, &heading)?;
            }
            Line::Entry(about, words) => {
                page.set_row_height(row, height(words))?;
                page.write_with_format(row, NAME, *about, &name)?.write_with_format(row, SAYS, *words, &base)?;
            }
            Line::Command(words) => {
                page.set_row_height(row, 22)?;
                page.write_with_format(row, SAYS, *words, &code)?;
            }
            Line::Colour(meaning, sample, words) => {
                page.set_row_height(row, height(words))?;
                let look = coloured(*meaning, base.clone().set_align(FormatAlign::Center));
                page.write_with_format(row, NAME, *sample, &look)?.write_with_format(row, SAYS, *words, &base)?;
            }
            Line::Sheets => {
                for (at, sheet) in SHEETS.iter().enumerate() {
                    row += u32::from(at > 0);
                    page.set_row_height(row, height(sheet.says))?;
                    page.write_with_format(row, NAME, sheet.name, &sheet_name)?;
                    page.write_with_format(row, SAYS, sheet.says, &sheet_says)?;
                    page.write_with_format(row, EXAMPLE, "For example (invented)", &sheet_says)?;
                    row += 1;
                    for column in sheet.columns {
                        let says = match column.needed {
                            Needed::Always => format!("{} Needed in every row.", column.says),
                            Needed::When(_) | Needed::Sometimes => column.says.to_string(),
                        };
                        page.set_row_height(row, height(&says))?;
                        page.write_with_format(row, NAME, column.header, &column_name)?;
                        page.write_with_format(row, SAYS, says, &column_says)?;
                        page.write_with_format(row, EXAMPLE, column.example, &example)?;
                        row += 1;
                    }
                }
                continue;
            }
        }
        row += 1;
    }
    page.set_print_area(0, 0, row, EXAMPLE)?;
    Ok(())
}

/// The height of a row of the instructions. Not every program works it out for wrapped text by itself.
fn height(words: &str) -> f64 {
    // What fits into the column of the instructions with a font that is somewhat wider than the usual one.
    const CHARACTERS: usize = 99;
    let (mut lines, mut used) = (1_u32, 0);
    for word in words.split(' ').map(|word| word.chars().count()) {
        if used > 0 && used + 1 + word > CHARACTERS {
            lines += 1;
            used = 0;
        }
        used += word + usize::from(used > 0);
    }
    f64::from(lines) * 15.0 + 6.0
}

/// A cell with which something is the matter.
fn coloured(meaning: Colour, format: Format) -> Format {
    match meaning {
        Colour::Wrong => format.set_background_color(0xF9_D5_D2).set_font_color(0x8C_1D_18),
        Colour::Missing => format.set_background_color(0xFF_EB_B3).set_font_color(INK),
    }
}

/// A sheet to fill in.
fn data(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    page.set_name(sheet.name)?.set_freeze_panes(1, 1)?.set_row_height(0, 22)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    let header = header();
    let mut columns = Vec::new();
    for (at, column) in (0..).zip(sheet.columns) {
        page.set_column_width(at, column.width)?.set_column_format(at, &cell(&column.kind))?;
        if matches!(column.kind, Kind::Text | Kind::Id | Kind::LeadId) {
            page.ignore_error_range(1, at, CHECKED_ROWS, at, IgnoreError::NumberStoredAsText)?;
        }
        if let Some(check) = typed(sheet, at, column)? {
            page.add_data_validation(1, at, CHECKED_ROWS, at, &check)?;
        }
        if let Some(rule) = wrong(sheet, at, column) {
            mark(page, at, rule, Colour::Wrong)?;
        }
        if let Some(rule) = missing(sheet, at, column) {
            mark(page, at, rule, Colour::Missing)?;
        }
        columns.push(TableColumn::new().set_header(column.header).set_header_format(match column.kind {
            Kind::Date { .. } | Kind::Month => header.clone().set_align(FormatAlign::Center),
            Kind::Choice(_) => header.clone().set_indent(1),
            Kind::Text | Kind::Id | Kind::LeadId | Kind::Amount => header.clone(),
        }));
    }
    let last = (columns.len().saturating_sub(1)) as u16;
    let table = Table::new().set_name(sheet.name).set_style(TableStyle::Light1).set_columns(&columns);
    page.add_table(0, 0, PREPARED_ROWS, last, &table)?;
    page.set_selection(1, 0, 1, 0)?;
    Ok(())
}

fn header() -> Format {
    Format::new()
        .set_bold()
        .set_font_color(0xFF_FF_FF)
        .set_background_color(ACCENT)
        .set_align(FormatAlign::VerticalCenter)
}

/// How the cells of a column look. Ids and groups such as 1-10 are text, lest a program makes numbers and dates of them.
fn cell(kind: &Kind) -> Format {
    let format = Format::new();
    match kind {
        Kind::Text | Kind::Id | Kind::LeadId => format.set_num_format("@"),
        Kind::Date { .. } => format.set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
        Kind::Month => format.set_num_format("yyyy-mm").set_align(FormatAlign::Center),
        Kind::Choice(_) => format.set_indent(1),
        Kind::Amount => format.set_num_format("#,##0.00"),
    }
}

/// The letter of a column; there are fewer than 26.
fn letter(at: u16) -> char {
    ('A'..='Z').nth(usize::from(at)).unwrap_or('A')
}

/// The letter of the column of that header.
fn named(sheet: &Sheet, header: &str) -> Option<char> {
    (0..).zip(sheet.columns).find(|(_, column)| column.header == header).map(|(at, _)| letter(at))
}

/// What is checked when somebody types into a cell of this column.
fn typed(sheet: &Sheet, at: u16, column: &Column) -> Result<Option<DataValidation>, XlsxError> {
    let here = letter(at);
    let last_row = CHECKED_ROWS + 1;
    let check = DataValidation::new();
    let (check, refusal) = match &column.kind {
        Kind::Text => return Ok(None),
        Kind::Id => (
            check.allow_custom(Formula::new(format!("=COUNTIF(${here}$2:${here}${last_row},{here}2)=1"))),
            format!("Another row has this {} already. Every row needs its own.", column.header),
        ),
        Kind::LeadId => (
            check
                .allow_custom(Formula::new(format!("=COUNTIF(Leads!$A$2:$A${last_row},{here}2)>0")))
                .set_error_style(DataValidationErrorStyle::Warning),
            "No lead on the sheet Leads has this Lead ID. Is it spelled in the same way there?".to_string(),
        ),
        Kind::Date { not_before, .. } => {
            let earlier = not_before.and_then(|header| Some((header, named(sheet, header)?)));
            let first = match earlier {
                Some((_, letter)) => format!("=MAX(${letter}2,{FIRST_DAY})"),
                None => format!("={FIRST_DAY}"),
            };
            let order = earlier.map(|(header, _)| format!(" It cannot be before {header}.")).unwrap_or_default();
            (
                check.allow_date_formula(DataValidationRule::Between(
                    Formula::new(first),
                    Formula::new(format!("={LAST_DAY}")),
                )),
                format!("Please type a date from 2000 to 2100, such as 2026-01-31.{order}"),
            )
        }
        Kind::Month => (
            check.allow_date_formula(DataValidationRule::Between(
                Formula::new(format!("={FIRST_DAY}")),
                Formula::new(format!("={LAST_DAY}")),
            )),
            "Please type the first day of a month from 2000 to 2100, such as 2026-01-01.".to_string(),
        ),
        Kind::Choice(list) => choice(check, list),
        Kind::Amount => (
            check.allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0)),
            "Please type a number that is 0 or more, without a currency sign.".to_string(),
        ),
    };
    let check = check.set_input_title(column.header)?.set_input_message(column.says)?;
    Ok(Some(check.set_error_title("Please check this cell")?.set_error_message(refusal)?))
}

/// A drop-down of the values of a list. Spreadsheet programs stretch it when a value is added below the last one.
fn choice(check: DataValidation, name: &str) -> (DataValidation, String) {
    let (at, list) = (0..).zip(&LISTS).find(|(_, list)| list.header == name).unwrap_or((0, &LISTS[0]));
    let column = letter(list_column(at));
    let last = LIST_HEADER_ROW as usize + 1 + list.values.len();
    let values = Formula::new(format!("={}!${column}${}:${column}${last}", sheets::LISTS_SHEET, LIST_HEADER_ROW + 2));
    let check = check.allow_list_formula(values);
    match list.open {
        Open::ToNone => (check, format!("Please pick one of these: {}.", list.values.join(", "))),
        Open::ToMore => (
            check.set_error_style(DataValidationErrorStyle::Warning),
            format!(
                "This is not on the list. Is it spelled right? To use it often, add it to “{name}” on the sheet Lists."
            ),
        ),
    }
}

/// When a cell of this column cannot be right, as a condition on its cell in row 2.
fn wrong(sheet: &Sheet, at: u16, column: &Column) -> Option<String> {
    let here = letter(at);
    let rule = match &column.kind {
        Kind::Date { usually_after, .. } => {
            let before: Vec<String> = usually_after
                .iter()
                .filter_map(|header| named(sheet, header))
                .map(|letter| format!("${letter}2"))
                .collect();
            let order = if before.is_empty() { String::new() } else { format!(",${here}2<MAX({})", before.join(",")) };
            format!("=AND(${here}2<>\"\",OR(ISTEXT(${here}2),${here}2>TODAY(){order}))")
        }
        Kind::Month => format!("=AND(${here}2<>\"\",OR(ISTEXT(${here}2),${here}2>TODAY()))"),
        Kind::Amount => format!("=AND(${here}2<>\"\",OR(ISTEXT(${here}2),${here}2<0))"),
        Kind::Id => {
            let last_row = CHECKED_ROWS + 1;
            format!("=AND(${here}2<>\"\",COUNTIF(${here}$2:${here}${last_row},${here}2)>1)")
        }
        Kind::LeadId => {
            let last_row = CHECKED_ROWS + 1;
            format!("=AND(${here}2<>\"\",COUNTIF(Leads!$A$2:$A${last_row},${here}2)=0)")
        }
        Kind::Text | Kind::Choice(_) => return None,
    };
    Some(rule)
}

/// When a cell of this column should be filled in and is not, as a condition on its cell in row 2.
fn missing(sheet: &Sheet, at: u16, column: &Column) -> Option<String> {
    let here = letter(at);
    let last = letter((sheet.columns.len().saturating_sub(1)) as u16);
    match column.needed {
        Needed::Always => Some(format!("=AND(${here}2=\"\",COUNTA($A2:${last}2)>0)")),
        Needed::When(condition) => Some(format!("=AND(${here}2=\"\",{condition})")),
        Needed::Sometimes => None,
    }
}

fn mark(page: &mut Worksheet, at: u16, rule: String, meaning: Colour) -> Result<(), XlsxError> {
    let rule =
        ConditionalFormatFormula::new().set_rule(Formula::new(rule)).set_format(coloured(meaning, Format::new()));
    page.add_conditional_format(1, at, CHECKED_ROWS, at, &rule)?;
    Ok(())
}

/// The row of the lists' headers; above it stands what they are for.
const LIST_HEADER_ROW: u32 = 2;

/// The column of a list: there is a narrow one between two of them, so that a list grows alone.
fn list_column(list: u16) -> u16 {
    list * 2
}

/// The values of the drop-downs.
fn lists(page: &mut Worksheet) -> Result<(), XlsxError> {
    let says = Format::new().set_font_color(TEXT).set_text_wrap().set_align(FormatAlign::Top);
    let last = list_column(LISTS.len() as u16 - 1);
    page.set_name(sheets::LISTS_SHEET)?.set_screen_gridlines(false).set_tab_color(MUTED);
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    page.set_row_height(0, 50)?.merge_range(0, 0, 0, last, sheets::LISTS_SAY, &says)?;
    for (number, list) in (0..).zip(&LISTS) {
        let at = list_column(number);
        page.set_column_width(at, 26)?.set_column_width(at + 1, 3)?;
        let column = TableColumn::new().set_header(list.header).set_header_format(header());
        let table = Table::new()
            .set_name(format!("List_{}", number + 1))
            .set_style(TableStyle::Light1)
            .set_autofilter(false)
            .set_columns(&[column]);
        let end = LIST_HEADER_ROW + list.values.len() as u32;
        page.add_table(LIST_HEADER_ROW, at, end, at, &table)?;
        for (row, value) in (LIST_HEADER_ROW + 1..).zip(list.values) {
            page.write(row, at, *value)?;
        }
    }
    Ok(())
}
