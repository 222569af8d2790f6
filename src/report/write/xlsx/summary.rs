//! What does the first sheet say: the finding, the key figures as numbers, how to read the rest, and where it stands?

use super::grid::{Field, Grid, Kind, Line, Value};
use super::names::{self, Taken};
use super::sheet::{self, Place, Widths};
use super::{Entry, look};
use crate::report::page::{Block, Figure, Page, Section, Tone, Unit};
use crate::report::write::tone_word;
use rust_xlsxwriter::{FormatAlign, Url, Worksheet, XlsxError};

/// How to read a workbook of ours, whatever it is about.
const READING: [&str; 6] = [
    "Every table is an Excel table: filter it, sort it, or use it in formulas by its name, for example =SUM(costs[Spend]).",
    "Numbers are unrounded, the same as in report.json. A format shows them as the report does; shares are fractions of 1.",
    "Low and high are the two limits of the interval of the number before them.",
    "An empty cell means that there is no such number, never zero. “Why empty” at the end of the row says why.",
    "Colours mean what the words in “Attention” say. Without a word there is nothing to act on.",
    "There are no formulas and no links to other files. The charts are drawn from the sheet Chart data.",
];

/// The key figures of the page as a table.
pub fn figures(page: &Page, taken: &mut Taken) -> Option<Grid> {
    let figures: Vec<(&Section, &Figure)> = page
        .sections
        .iter()
        .flat_map(|section| {
            section.blocks.iter().filter_map(move |block| match block {
                Block::Figure(figure) => Some((section, figure)),
                _ => None,
            })
        })
        .collect();
    if figures.is_empty() {
        return None;
    }
    let has_scale = figures.iter().any(|(_, figure)| figure.scale.is_some());
    let mut headers = vec![
        ("Measure", Kind::Words),
        ("Value", Kind::Mixed),
        ("Low", Kind::Mixed),
        ("High", Kind::Mixed),
        ("Unit", Kind::Words),
        ("Verdict", Kind::Words),
    ];
    if has_scale {
        headers.extend([("Range from", Kind::Mixed), ("Range to", Kind::Mixed)]);
    }
    headers.extend([("In words", Kind::Words), ("Changed", Kind::Words), ("Rests on", Kind::Words)]);
    let rows = figures.iter().map(|(_, figure)| {
        let share = Unit::Share;
        let mut values = vec![Value::words(&figure.label)];
        match &figure.number {
            Some(number) => {
                let like = number.high.unwrap_or_default();
                let low = number.low.map_or(Value::Empty, |low| match number.unit {
                    Unit::Share => Value::limit(low, &number.unit, like),
                    _ => Value::number(low, &number.unit),
                });
                values.extend([Value::maybe(number.value, &number.unit), low, Value::maybe(number.high, &number.unit)]);
                values.push(Value::words(&unit(figure, &number.unit)));
            }
            // A figure that is only words keeps them where numbers stand.
            None => {
                values.extend([Value::words(&figure.value), Value::Empty, Value::Empty, Value::words(&figure.unit)])
            }
        }
        values.push(Value::words(match figure.tone {
            Tone::Good => "as it should be",
            tone => tone_word(tone),
        }));
        if has_scale {
            values.extend([
                Value::maybe(figure.scale.as_ref().map(|scale| scale.band_low), &share),
                Value::maybe(figure.scale.as_ref().map(|scale| scale.band_high), &share),
            ]);
        }
        let words = [figure.value.as_str(), figure.unit.as_str()].map(str::trim).join(" ");
        let words = [words.trim(), figure.interval.as_str()].into_iter().filter(|word| !word.is_empty());
        values.push(Value::words(&words.collect::<Vec<_>>().join(", ")));
        values.push(Value::words(&figure.change));
        values.push(Value::words(&figure.basis));
        Line { values, tone: figure.tone }
    });
    Some(Grid {
        name: taken.table("key-figures"),
        title: "Key figures".into(),
        rows: rows.collect(),
        columns: headers.into_iter().map(|(header, kind)| Field { header: header.into(), kind }).collect(),
        note: String::new(),
    })
}

fn unit(figure: &Figure, unit: &Unit) -> String {
    match unit {
        Unit::Share => "share".into(),
        Unit::Money(currency) => currency.clone(),
        Unit::Days => "days".into(),
        _ if figure.unit.is_empty() => "number".into(),
        _ => figure.unit.clone(),
    }
}

/// Writes the first sheet.
pub fn fill(
    sheet: &mut Worksheet,
    page: &Page,
    figures: Option<&Grid>,
    entries: &[Entry],
    remarks: &[(Tone, String)],
    footer: &str,
) -> Result<Option<Place>, XlsxError> {
    let mut widths = Widths::default();
    for (at, width) in [30.0, 22.0, 12.0, 12.0, 10.0, 18.0].into_iter().enumerate() {
        widths.at_least(at, width);
    }
    if let Some(grid) = figures {
        widths.fit(grid);
    }
    widths.set_on(sheet)?;
    sheet.set_screen_gridlines(false);
    let one_line = names::one_line;
    sheet::across(sheet, 0, &widths, &one_line(&page.eyebrow), &look::muted(), 0.9)?;
    sheet::across(sheet, 1, &widths, &one_line(&page.headline), &look::title().set_font_size(20), 2.0)?;
    sheet::across(sheet, 2, &widths, &names::text(&page.lede), &look::prose().set_font_size(11), 1.15)?;
    let mut row = 4;
    for (tone, text) in remarks {
        sheet::across(sheet, row, &widths, &sheet::remark(*tone, text), &look::cell(*tone), 1.0)?;
        row += 1;
    }
    row += u32::from(!remarks.is_empty());
    let mut place = None;
    if let Some(grid) = figures {
        let placed = sheet::table(sheet, row, grid, &widths)?;
        row = placed.last + 2;
        place = Some(placed);
    }
    let plain = look::prose().unset_text_wrap();
    let bold = plain.clone().set_bold();
    sheet.set_row_height(row, 20)?.write_string_with_format(row, 0, "The report", &look::subtitle())?;
    for fact in &page.facts {
        row += 1;
        sheet.write_string_with_format(row, 0, one_line(&fact.label), &bold)?;
        sheet.write_string_with_format(row, 1, one_line(&fact.text), &plain)?;
    }
    row += 2;
    sheet.set_row_height(row, 20)?.write_string_with_format(row, 0, "Contents", &look::subtitle())?;
    for entry in entries {
        row += 1;
        let link = Url::new(sheet::inside(&entry.sheet, 0)).set_text(&entry.sheet);
        sheet.write_url_with_format(row, 0, link, &look::link())?;
        sheet.write_string_with_format(row, 1, names::shortened(&one_line(&entry.says), 150), &plain)?;
    }
    row += 2;
    sheet.set_row_height(row, 20)?.write_string_with_format(row, 0, "How to read this workbook", &look::subtitle())?;
    for line in READING {
        row += 1;
        sheet::across(sheet, row, &widths, line, &look::prose().set_align(FormatAlign::Top), 1.0)?;
    }
    row += 2;
    sheet::across(sheet, row, &widths, &one_line(&page.footer), &look::muted(), 0.9)?;
    sheet::print(sheet, footer)?;
    sheet.set_print_fit_to_pages(1, 1);
    sheet.set_print_area(0, 0, row, widths.last())?;
    Ok(place)
}
