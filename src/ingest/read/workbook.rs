//! Which sheets of a workbook hold a table, and what do their cells say?

use super::ReadError;
use super::bytes::Source;
use super::records::Records;
use calamine::{
    Data, Error, ExcelDateTime, ExcelDateTimeType, OdsError, Range, Reader, SheetType, SheetVisible, Sheets, XlsError,
    XlsbError, XlsxError,
};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A sheet as the text that it would be saved as.
pub(super) struct Sheet {
    pub name: String,
    pub text: Vec<u8>,
    /// The column of every formula without a stored result: nobody has calculated the sheet since it was written.
    pub uncalculated: Vec<usize>,
}

/// The sheets that hold anything, in their order; hidden ones only where nothing else is there.
pub(super) fn sheets(file: Box<dyn Source>, shown: &str) -> Result<Vec<Sheet>, ReadError> {
    // Should the library give up on a broken file, then that is a broken file like any other.
    catch_unwind(AssertUnwindSafe(|| read(file, shown))).unwrap_or_else(|_| {
        let why = "its parts do not fit together".to_string();
        Err(ReadError::Broken { path: shown.to_string(), kind: "a workbook", why })
    })
}

fn read(mut file: Box<dyn Source>, shown: &str) -> Result<Vec<Sheet>, ReadError> {
    let mut book = open(&mut file, shown)?;
    let all: Vec<(String, SheetVisible)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible))
        .collect();
    let mut tables = Vec::new();
    for hidden in [false, true] {
        for (name, visible) in &all {
            if (*visible != SheetVisible::Visible) != hidden {
                continue;
            }
            let range = book.worksheet_range(name).map_err(|e| broken(&e, shown))?;
            if let Some(text) = text(&range) {
                // Formulas that cannot be read say nothing about the cells, which can.
                let formulas = catch_unwind(AssertUnwindSafe(|| book.worksheet_formula(name)));
                let formulas = formulas.ok().and_then(Result::ok).unwrap_or_default();
                let uncalculated = uncalculated(&range, &formulas);
                tables.push(Sheet { name: name.clone(), text, uncalculated });
            }
        }
        if !tables.is_empty() {
            return Ok(tables);
        }
    }
    Err(ReadError::Empty { path: shown.to_string() })
}

/// Opens a workbook as what its contents say that it is.
fn open<'a>(file: &'a mut Box<dyn Source>, shown: &str) -> Result<Sheets<&'a mut Box<dyn Source>>, ReadError> {
    let unreadable = |e: std::io::Error| ReadError::Unreadable { path: shown.to_string(), why: e.to_string() };
    let mut head = Vec::new();
    Read::take(&mut *file, 4).read_to_end(&mut head).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let kind = if head.starts_with(b"PK") { package(file) } else { Package::Xls };
    file.rewind().map_err(unreadable)?;
    let opened = match kind {
        Package::Xls => match calamine::Xls::new(&mut *file) {
            Ok(book) => Ok(Sheets::Xls(book)),
            Err(e) => {
                // Office puts an encrypted XLSX into the container of XLS.
                return Err(if is_encrypted_package(&e) {
                    ReadError::Encrypted { path: shown.to_string() }
                } else {
                    broken(&Error::Xls(e), shown)
                });
            }
        },
        Package::Ods => calamine::Ods::new(file).map(Sheets::Ods).map_err(Error::Ods),
        Package::Xlsb => calamine::Xlsb::new(file).map(Sheets::Xlsb).map_err(Error::Xlsb),
        Package::Xlsx => calamine::Xlsx::new(file).map(Sheets::Xlsx).map_err(Error::Xlsx),
    };
    opened.map_err(|e| broken(&e, shown))
}

enum Package {
    Xls,
    Xlsx,
    Xlsb,
    Ods,
}

fn package(file: &mut Box<dyn Source>) -> Package {
    let Ok(archive) = zip::ZipArchive::new(file) else { return Package::Xlsx };
    if archive.index_for_name("content.xml").is_some() {
        Package::Ods
    } else if archive.index_for_name("xl/workbook.bin").is_some() {
        Package::Xlsb
    } else {
        Package::Xlsx
    }
}

fn is_encrypted_package(e: &XlsError) -> bool {
    matches!(e, XlsError::Cfb(_)) && e.to_string().contains("Workbook")
}

fn broken(e: &Error, shown: &str) -> ReadError {
    match e {
        Error::Xls(XlsError::Password)
        | Error::Xlsx(XlsxError::Password)
        | Error::Xlsb(XlsbError::Password)
        | Error::Ods(OdsError::Password) => ReadError::Encrypted { path: shown.to_string() },
        e => ReadError::Broken { path: shown.to_string(), kind: "a workbook", why: e.to_string() },
    }
}

/// A sheet's cells; rows above the first are empty lines, so that rows keep their numbers. `None` = nothing in it.
fn text(range: &Range<Data>) -> Option<Vec<u8>> {
    let (row, _) = range.start()?;
    let mut records = Records::default();
    let mut width = 0;
    let mut height = 0;
    for (at, cells) in range.rows().enumerate() {
        if let Some(last) = cells.iter().rposition(|value| !cell(value).trim().is_empty()) {
            width = width.max(last + 1);
            height = at + 1;
        }
    }
    if height == 0 {
        return None;
    }
    for _ in 0..row {
        records.blank();
    }
    for cells in range.rows().take(height) {
        records.push(cells.iter().take(width).map(cell));
    }
    Some(records.text)
}

/// The columns, counted from the first of the sheet, of formulas whose cells hold nothing.
fn uncalculated(range: &Range<Data>, formulas: &Range<String>) -> Vec<usize> {
    let (Some((_, first)), Some((row, column))) = (range.start(), formulas.start()) else { return Vec::new() };
    let absolute = |at: u32, offset: usize| u32::try_from(offset).ok().and_then(|offset| at.checked_add(offset));
    let written = formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty());
    written
        .filter_map(|(down, right, _)| {
            let (row, column) = (absolute(row, down)?, absolute(column, right)?);
            let is_empty = matches!(range.get_value((row, column)), None | Some(Data::Empty));
            is_empty.then(|| column.checked_sub(first).map(|at| at as usize)).flatten()
        })
        .collect()
}

/// A cell as text: what a program would read out of it, not how a format shows it.
fn cell(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(true) => "TRUE".into(),
        Data::Bool(false) => "FALSE".into(),
        Data::Error(error) => error.to_string(),
        Data::DateTime(at) => moment(at),
        Data::DateTimeIso(text) => match text.split_once('T') {
            Some((day, time)) if time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')) => day.to_string(),
            Some((day, time)) => format!("{day} {time}"),
            None => text.clone(),
        },
        Data::DurationIso(text) => duration_iso(text).unwrap_or_else(|| text.clone()),
    }
}

/// A date, a time or both in ISO; a duration in hours, minutes and seconds.
fn moment(at: &ExcelDateTime) -> String {
    // A day is a fraction with noise in it: whole seconds, unless there really are milliseconds.
    let seconds = at.as_f64() * 86_400.0;
    let near = (seconds - seconds.round()).abs() < 0.005;
    if at.is_duration() {
        return clock(if near { seconds.round() } else { seconds });
    }
    let value = if near { seconds.round() / 86_400.0 } else { at.as_f64() };
    let is_1904 = *at == ExcelDateTime::new(at.as_f64(), ExcelDateTimeType::DateTime, true);
    let (year, month, day, hour, minute, second, milli) =
        ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904).to_ymd_hms_milli();
    let milli = if near { String::new() } else { format!(".{milli:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{milli}");
    if (0.0..1.0).contains(&value) {
        return time;
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    if time == "00:00:00" { day } else { format!("{day} {time}") }
}

/// Seconds as hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = seconds.abs().trunc();
    let (hours, rest) = ((whole / 3600.0).trunc(), whole % 3600.0);
    let milli = ((seconds.abs() - whole) * 1000.0).round();
    let milli = if milli > 0.0 { format!(".{milli:03}") } else { String::new() };
    format!("{sign}{hours:02}:{:02}:{:02}{milli}", (rest / 60.0).trunc(), rest % 60.0)
}

/// PT14H57M13S → 14:57:13.
fn duration_iso(text: &str) -> Option<String> {
    let mut seconds = 0.0;
    let mut number = String::new();
    for c in text.strip_prefix("PT")?.chars() {
        let unit = match c {
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            c => {
                number.push(c);
                continue;
            }
        };
        seconds += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    number.is_empty().then(|| clock(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_they_mean() {
        let at = |value, kind, is_1904| Data::DateTime(ExcelDateTime::new(value, kind, is_1904));
        let (date, delta) = (ExcelDateTimeType::DateTime, ExcelDateTimeType::TimeDelta);
        for (value, expected) in [
            (Data::Float(12.0), "12"),
            (Data::Float(-0.5), "-0.5"),
            (Data::Float(0.1 + 0.2), "0.30000000000000004"),
            (Data::Int(7), "7"),
            (Data::Bool(true), "TRUE"),
            (Data::Error(calamine::CellErrorType::NA), "#N/A"),
            (at(46326.0, date, false), "2026-10-31"),
            (at(46_326.586_805_555_555, date, false), "2026-10-31 14:05:00"),
            (at(44864.0, date, true), "2026-10-31"),
            (at(0.622_372_685_185, date, false), "14:56:13"),
            (at(1.104_166_666_666, delta, false), "26:30:00"),
            (Data::DateTimeIso("2026-10-31T00:00:00".into()), "2026-10-31"),
            (Data::DateTimeIso("2026-10-31T14:05:00".into()), "2026-10-31 14:05:00"),
            (Data::DurationIso("PT14H57M13S".into()), "14:57:13"),
            (Data::DurationIso("P1D".into()), "P1D"),
        ] {
            assert_eq!(cell(&value), expected, "{value:?}");
        }
    }
}
