//! Files as people have them: each is read as the table that it is, or refused with a sentence.
//!
//! The awkward files are other people's and not in the repository: `LEADGAUGE_DATA` names the folder that holds
//! `messy/`; without it those tests say that they are skipped, except in CI, where that is a failure.

use crate::awkward::Expected::{Refused, Tables};
use crate::awkward::FILES;
use leadgauge::config::plan::Header;
use leadgauge::ingest::read::{FirstRow, RawFile, ReadError, tables};
use parquet::data_type::{
    ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::writer::SerializedFileWriter;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn folder() -> Option<PathBuf> {
    match std::env::var_os("LEADGAUGE_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join("messy")),
        None if std::env::var_os("CI").is_some() => {
            panic!("LEADGAUGE_DATA must name the folder of the real data in CI")
        }
        None => {
            eprintln!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
            None
        }
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("the data are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn cells(file: &RawFile) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    file.for_each(|_, record| {
        rows.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
    })
    .expect("readable");
    rows
}

/// The tables of a file in the terms of the list, or what is said instead.
fn shape(path: &Path, root: &Path) -> Result<Vec<(String, usize, usize, u64)>, ReadError> {
    let mut shapes = Vec::new();
    for file in tables(path, root, Header::Present)? {
        let mut rows = 0;
        file.for_each(|_, _| rows += 1)?;
        shapes.push((file.sheet.clone().unwrap_or_default(), file.header.len(), rows, file.edge_rows()));
    }
    Ok(shapes)
}

#[test]
fn every_awkward_file_is_the_table_that_it_is() {
    let Some(folder) = folder() else { return };
    let files = files(&folder);
    let mut faults = Vec::new();
    for (name, _) in FILES {
        if !files.iter().any(|file| file == name) {
            faults.push(format!("{name} is no file"));
        }
    }
    for name in &files {
        let found = shape(&folder.join(name), &folder);
        let fits = match FILES.iter().find(|(file, _)| file == name).map(|(_, expected)| expected) {
            None => false,
            Some(Tables(expected)) => found.as_ref().is_ok_and(|found| {
                found.iter().map(|(a, b, c, d)| (a.as_str(), *b, *c, *d)).eq(expected.iter().copied())
            }),
            Some(Refused(words)) => found.as_ref().is_err_and(|e| {
                let said = e.to_string();
                said.contains(words) && said.contains("\n  help: ")
            }),
        };
        if !fits {
            let found = match found {
                Ok(found) => format!("{found:?}"),
                Err(e) => format!("refused: {e}").replace('\n', " "),
            };
            faults.push(format!("{name}: {found}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), files.len(), faults.join("\n"));
}

#[test]
fn the_cells_of_csv_spectrum_are_those_of_its_json() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("csv-spectrum");
    let mut compared = 0;
    // The answer of location_coordinates is that of another file: its telephone number is not in the text.
    for name in files(&folder.join("csvs")).into_iter().filter(|name| name != "location_coordinates.csv") {
        let file = one(&folder.join("csvs").join(&name));
        let expected = fs::read_to_string(folder.join("json").join(name.replace(".csv", ".json"))).expect("its answer");
        let expected: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&expected).expect("JSON");
        let rows = cells(&file);
        assert_eq!(rows.len(), expected.len(), "{name}");
        for (row, expected) in rows.iter().zip(&expected) {
            let names: Vec<&String> = expected.keys().collect();
            assert_eq!(file.header.iter().collect::<Vec<_>>(), names, "{name}");
            // One answer has the line breaks of the machine that wrote it.
            let plain = |text: &str| text.replace("\r\n", "\n");
            let values: Vec<String> = expected.values().map(|v| plain(v.as_str().expect("a text"))).collect();
            assert_eq!(row.iter().map(|cell| plain(cell)).collect::<Vec<_>>(), values, "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 20);
}

#[test]
fn every_record_of_a_text_is_a_row_the_header_an_edge_or_blank() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    for name in files(&folder) {
        let path = folder.join(&name);
        let bytes = fs::read(&path).expect("readable");
        let is_text = !["xls", "xlsx", "ods", "zip", "gz", "json", "ndjson"].iter().any(|end| name.ends_with(end));
        let Some(file) = tables(&path, &folder, Header::Present).ok().filter(|_| is_text).and_then(|mut all| all.pop())
        else {
            continue;
        };
        // Counted without the reader: decoded as far as line breaks and separators need it.
        let text = match bytes.as_slice() {
            [0xFF, 0xFE, rest @ ..] => utf16_text(rest, u16::from_le_bytes),
            [0xFE, 0xFF, rest @ ..] => utf16_text(rest, u16::from_be_bytes),
            bytes => bytes.to_vec(),
        };
        let delimiter = match file.notes.iter().find_map(|note| note.strip_prefix("separated by ")) {
            Some("semicolons") => b';',
            Some("tabs") => b'\t',
            Some("bars") => b'|',
            _ if file.notes.iter().any(|note| note == "one column") => 0x1F,
            _ => b',',
        };
        let records =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&text[..]);
        let (mut all, mut blank) = (0, 0);
        for record in records.into_byte_records() {
            let record = record.expect("readable");
            all += 1;
            blank += u64::from(record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)));
        }
        assert_eq!(cells(&file).len() as u64 + 1 + file.edge_rows() + blank, all, "{name}");
        checked += 1;
    }
    assert!(checked > 120, "only {checked} texts were checked");
}

fn utf16_text(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

// --- Without anybody's data --------------------------------------------------------------------------------------------

/// The one table of a file.
#[track_caller]
fn one(path: &Path) -> RawFile {
    let mut all = tables(path, path.parent().expect("a folder"), Header::Present).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn written(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("written");
    (folder, path)
}

#[track_caller]
fn read(name: &str, bytes: &[u8]) -> RawFile {
    let (_folder, path) = written(name, bytes);
    one(&path)
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], words: &[&str]) {
    let (_folder, path) = written(name, bytes);
    let said = match tables(&path, path.parent().expect("a folder"), Header::Present) {
        Ok(found) => panic!("{name} was read: {found:?}"),
        Err(e) => e.to_string(),
    };
    for word in words.iter().chain(&[name, "\n  help: "]) {
        assert!(said.contains(word), "{said}");
    }
}

fn rows(file: &RawFile) -> Vec<u64> {
    let mut rows = Vec::new();
    file.for_each(|row, _| rows.push(row)).expect("readable");
    rows
}

const TEXT: &str = "id,name,note\n1,Zoë,\"a, b\"\n2,Müller,\"x\ny\"\n";

#[track_caller]
fn is_the_text(file: &RawFile) {
    assert_eq!(file.header, ["id", "name", "note"]);
    let cells = cells(file);
    assert_eq!(cells[0], ["1", "Zoë", "a, b"]);
    assert_eq!(cells[1][..2], ["2", "Müller"]);
    assert_eq!(cells[1][2].replace("\r\n", "\n").replace('\r', "\n"), "x\ny");
    assert_eq!(rows(file), [2, 3]);
    assert_eq!(file.first_row, FirstRow::Names);
}

#[test]
fn encodings_and_line_breaks_make_no_difference() {
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let little = |text: &str| units(text).into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let big = |text: &str| units(text).into_iter().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect::<Vec<u8>>();
    for breaks in ["\n", "\r\n", "\r"] {
        let text = TEXT.replace('\n', breaks);
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.clone().into_bytes(),
            marked.clone().into_bytes(),
            little(&marked),
            big(&marked),
            little(&text),
            big(&text),
            latin(&text),
        ] {
            is_the_text(&read("leads.csv", &bytes));
        }
    }
    let tabs = "id\tname\tnote\n1\tZoë\ta, b\n2\tMüller\t\"x\ny\"\n";
    let file = read("leads.csv", &little(&format!("\u{feff}{tabs}")));
    is_the_text(&file);
    assert_eq!(file.notes, ["read as UTF-16LE", "separated by tabs"]);
}

#[test]
fn an_encoding_that_shows_late_is_still_one() {
    // The first byte that is no ASCII stands beyond the first chunks; so does a character cut in two by one.
    let mut text = String::from("id,name\n");
    while text.len() < 3 << 20 {
        text.push_str("1,abcdefg\n");
    }
    let rows_before = text.lines().count() as u64 - 1;
    let mut latin = text.clone().into_bytes();
    latin.extend(b"2,Caf\xE9 M\xFCnchen\n");
    let file = read("leads.csv", &latin);
    let all = cells(&file);
    assert_eq!(all.len() as u64, rows_before + 1);
    assert_eq!(all.last().expect("a row")[1], "Café München");
    for pad in 0..4 {
        let text = format!("id,{}\n{}", "n".repeat(pad), "1,ü€ü€😀\n".repeat(200_000));
        let file = read("leads.csv", text.as_bytes());
        assert!(file.notes.is_empty(), "{:?}", file.notes);
        assert!(cells(&file).iter().all(|row| row[1] == "ü€ü€😀"));
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let file = read("leads.csv", &[b"\xFF\xFE", &units[..]].concat());
        assert_eq!(cells(&file).len(), 200_000);
        assert!(cells(&file).iter().all(|row| row[1] == "ü€ü€😀"));
    }
}

#[test]
fn the_lines_around_a_table_are_no_rows() {
    let ads = "Campaign report\n\"January 1, 2026 - January 31, 2026\"\nDay,Campaign,Cost\n2026-01-01,Brand,\"1,200.50\"\n2026-01-02,Brand,--\nTotal: Campaigns,--,\"1,200.50\"\nTotal: Account,--,\"1,200.50\"\n";
    let linkedin = "Campaign Performance Report (in UTC)\n\"Report Start: February 1, 2025, 12:00 AM\"\n\"Report End: February 2, 2025, 12:00 AM\"\n\"Date Generated: March 1, 2025, 12:00 AM\"\n\nStart Date (in UTC)\tAccount Name\tTotal Spent\n2/1/2025\tAcme, Inc.\t1200.50\n2/2/2025\tAcme, Inc.\t3\n";
    let salesforce = "\"Lead ID\",\"Company\",\"Created Date\"\n\"00Q1\",\"Total Wine\",\"1/2/2026\"\n\"00Q2\",\"Acme\",\"1/3/2026\"\n\n\"Grand Totals (2 records)\"\n\n\"Confidential Information - Do Not Distribute\"\n\"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\"\n";
    let ga4 = "# ----------------------------------------\n# Traffic acquisition\n# Start date: 20260101, End date: 20260131\n# ----------------------------------------\n\nDate,Session default channel group,Sessions\n,,9,Grand total\n20260101,Organic Search,5\n20260102,Direct,4\n";
    let meta = "sep=;\r\nJour;Nom;Montant dépensé (EUR)\r\n2026-01-01;a;1,5\r\n2026-01-02;b;2,5\r\n";
    for (text, first, numbers, edges) in [
        (ads, "Day", [4, 5], 4),
        (linkedin, "Start Date (in UTC)", [7, 8], 4),
        (salesforce, "Lead ID", [2, 3], 3),
        (ga4, "Date", [8, 9], 5),
        (meta, "Jour", [3, 4], 1),
    ] {
        let file = read("export.csv", text.as_bytes());
        assert_eq!(file.header.len(), 3, "{text}");
        assert_eq!(file.header[0], first);
        assert_eq!(rows(&file), numbers, "{text}");
        assert_eq!(file.edge_rows(), edges, "{text}");
        assert_eq!(file.first_row, FirstRow::Names, "{text}");
    }
    let file = read("export.csv", salesforce.as_bytes());
    assert_eq!(
        file.notes,
        [
            "3 lines after the data left out: Grand Totals (2 records); Confidential Information - Do Not Distri…; Copyright (c) 2000-2026 salesforce.com, …"
        ]
    );
}

#[test]
fn names_are_put_in_one_line_and_told_when_they_come_twice() {
    let file = read("a.csv", b"\"First\n  name\",,Stage,Stage\na,b,c,d\ne,f,g,h\n");
    assert_eq!(file.header, ["First name", "", "Stage", "Stage"]);
    assert_eq!(file.notes, ["more than one column is called: Stage"]);
    let (_folder, path) = written("a.csv", b"x,1\ny,2\n");
    let file = tables(&path, path.parent().expect("a folder"), Header::Absent).expect("readable").remove(0);
    assert_eq!(file.header, ["1", "2"]);
    assert_eq!(rows(&file), [1, 2]);
    assert_eq!(read("a.csv", b"x,1\ny,2\n").first_row, FirstRow::LooksLikeData);
}

#[test]
fn an_open_quotation_mark_stops_whatever_stands_at_the_end() {
    for text in ["a,b\n1,\"x\n2,y\n", "a;b\n1;2\n2;\"x\n3;4\nTotal;5\n"] {
        let file = read("a.csv", text.as_bytes());
        let said = file.for_each(|_, _| {}).expect_err("open").to_string();
        assert!(said.contains("never closed") && said.contains("\n  help: "), "{said}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("packed");
    out.finish().expect("packed")
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn packed_files_are_what_is_in_them() {
    let text = TEXT.as_bytes();
    is_the_text(&read("leads.csv.gz", &gzip(text)));
    // The name says nothing, and a file may be packed in pieces.
    let (head, tail) = text.split_at(20);
    is_the_text(&read("leads.csv", &[gzip(head), gzip(tail)].concat()));
    is_the_text(&read("leads.zip", &zipped(&[("__MACOSX/._leads.csv", b"x"), ("out/leads.csv", text)])));
    let latin: Vec<u8> = TEXT.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    is_the_text(&read("leads.zip", &zipped(&[("leads.csv", &latin)])));
    is_the_text(&read(
        "leads.zip",
        &zipped(&[(
            "leads.csv.json",
            br#"[{"id":1,"name":"Zo\u00eb","note":"a, b"},{"id":2,"name":"M\u00fcller","note":"x\ny"}]"#,
        )]),
    ));
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "id").expect("a cell").write(1, 0, 7).expect("a cell");
    let book = book.save_to_buffer().expect("a workbook");
    for file in [read("leads.xlsx.gz", &gzip(&book)), read("leads.zip", &zipped(&[("leads.xlsx", &book)]))] {
        assert_eq!((file.sheet.as_deref(), cells(&file)), (Some("Sheet1"), vec![vec!["7".to_string()]]));
    }
    assert_eq!(read("a.csv", text).sha256.len(), 64);
    assert_ne!(read("a.csv", text).sha256, read("a.gz", &gzip(text)).sha256);

    refused("both.zip", &zipped(&[("a.csv", text), ("b.csv", text)]), &["2 files: a.csv, b.csv"]);
    refused("none.zip", &zipped(&[]), &["0 files"]);
    refused("cut.csv.gz", &gzip(text)[..30], &["cannot read cut.csv.gz"]);
    refused("twice.gz", &gzip(&gzip(text)), &["packed twice"]);
    let inner = zipped(&[("leads.csv", text)]);
    refused("twice.zip", &zipped(&[("leads.zip", &inner)]), &["packed twice, a zip archive in an archive"]);
    refused("twice.zip.gz", &gzip(&inner), &["packed twice, a zip archive in an archive"]);
    refused("leads.7z", b"7z\xBC\xAF\x27\x1C\0\0", &["a 7z archive"]);
}

#[test]
fn sheets_are_tables() {
    let mut book = Workbook::new();
    let iso = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let span = Format::new().set_num_format("[h]:mm:ss");
    let sheet = book.add_worksheet().set_name("Leads").expect("a name");
    sheet.merge_range(0, 0, 0, 5, "Leads of October", &Format::new()).expect("a title");
    for (at, name) in ["Lead\nID", "Created", "Changed", "Score", "Opted in", "Spent", "Lookup"].iter().enumerate() {
        sheet.write(2, at as u16, *name).expect("a cell");
    }
    let at = ExcelDateTime::parse_from_str("2026-10-31T14:05:00").expect("a moment");
    let day = ExcelDateTime::parse_from_str("2026-10-31").expect("a day");
    sheet.write(3, 0, 17).expect("a cell");
    sheet.write_with_format(3, 1, &day, &iso).expect("a cell");
    sheet.write_with_format(3, 2, &at, &moment).expect("a cell");
    sheet.write(3, 3, 0.1).expect("a cell");
    sheet.write(3, 4, true).expect("a cell");
    sheet.write_with_format(3, 5, 1.5, &span).expect("a cell");
    sheet.write_formula(3, 6, Formula::new("NA()").set_result("#N/A")).expect("a cell");
    sheet.write(5, 0, "00123").expect("a cell");
    sheet.write(5, 3, 12_345_678_901_f64).expect("a cell");
    for row in 6..50 {
        sheet.write_blank(row, 1, &iso).expect("a cell");
    }
    book.add_worksheet().set_name("Empty").expect("a name");
    let hidden = book.add_worksheet().set_name("Hidden").expect("a name");
    hidden.write(0, 0, "secret").expect("a cell");
    hidden.set_hidden(true);
    let second = book.add_worksheet().set_name("Spend").expect("a name");
    second.write(0, 0, "Month").expect("a cell").write(0, 1, "Cost").expect("a cell");
    second.write(1, 0, "2026-01").expect("a cell").write(1, 1, 12.0).expect("a cell");
    second.write(2, 0, "Total").expect("a cell").write(2, 1, 12.0).expect("a cell");

    let (_folder, path) = written("book.xlsx", &book.save_to_buffer().expect("a workbook"));
    let all = tables(&path, path.parent().expect("a folder"), Header::Present).expect("readable");
    let names: Vec<&str> = all.iter().filter_map(|table| table.sheet.as_deref()).collect();
    assert_eq!(names, ["Leads", "Spend"]);
    assert_eq!(all[0].header, ["Lead ID", "Created", "Changed", "Score", "Opted in", "Spent", "Lookup"]);
    assert_eq!(rows(&all[0]), [4, 6]);
    let leads = cells(&all[0]);
    assert_eq!(leads[0], ["17", "2026-10-31", "2026-10-31 14:05:00", "0.1", "TRUE", "36:00:00", "#N/A"]);
    assert_eq!(leads[1], ["00123", "", "", "12345678901", "", "", ""]);
    assert_eq!(all[0].edge_rows(), 1);
    assert_eq!((cells(&all[1]).len(), all[1].edge_rows()), (1, 1));
}

#[test]
fn a_packed_file_that_grows_beyond_reason_is_refused() {
    // 300 MiB of nothing in some 300 KiB: more than 256 MiB, and a thousand times its size.
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let chunk = vec![b'x'; 1 << 20];
    (0..300).for_each(|_| out.write_all(&chunk).expect("packed"));
    refused("bomb.csv.gz", &out.finish().expect("packed"), &["more than 256 MiB when unpacked"]);
}

#[test]
fn a_number_that_is_kept_from_being_one_is_its_text() {
    let file =
        read("a.csv", b"=\"id\",name,sum\n=\"00123\",Zo,\"=\"\"9000.50\"\"\"\n7,\"=\"\"a \"\"\"\"b\"\"\"\"\"\"\",5\n");
    assert_eq!(file.header, ["id", "name", "sum"]);
    assert_eq!(
        cells(&file),
        [["00123", "Zo", "9000.50"], ["7", "a \"b\"", "5"]].map(|row| row.map(str::to_string).to_vec())
    );
}

/// A workbook of one sheet with these rows of XML.
fn workbook_of(rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let root = format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#);
    zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn formulas_without_a_stored_result_are_told() {
    let name = |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let header = format!(r#"<row r="1">{}{}{}</row>"#, name("A1", "id"), name("B1", "day"), name("C1", "sum"));
    let row = |n: u32, day: &str, sum: &str, aside: &str| {
        format!(r#"<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}">{day}</c><c r="C{n}">{sum}</c>{aside}</row>"#)
    };
    let stored = "<f>A2</f><v>5</v>";
    // Beside the table is none of its columns.
    let rows = [
        row(2, "<f>A2</f><v/>", stored, r#"<c r="E2"><f>A2</f></c>"#),
        row(3, "<f>A3</f>", stored, ""),
        row(4, stored, stored, ""),
    ];
    let file = read("a.xlsx", &workbook_of(&format!("{header}{}", rows.concat())));
    assert_eq!(cells(&file).len(), 3);
    let said = "2 cells hold formulas without a stored result and are read as empty: open the file in a spreadsheet program and save it";
    assert!(file.notes.iter().any(|note| note == said), "{:?}", file.notes);
    assert_eq!(file.uncalculated, 2);
    let calculated = read("a.xlsx", &workbook_of(&format!("{header}{}", row(2, stored, stored, ""))));
    assert_eq!(calculated.notes, Vec::<String>::new());
}

#[test]
fn a_workbook_behind_a_password_or_without_a_cell_is_refused() {
    refused("empty.xlsx", &Workbook::new().save_to_buffer().expect("a workbook"), &["is empty"]);
    let book = Workbook::new().save_to_buffer().expect("a workbook");
    refused("cut.xlsx", &book[..book.len() / 2], &["cut.xlsx"]);
    refused("old.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0", &["as a workbook"]);
}

fn parquet_file() -> Vec<u8> {
    let schema = "message leads {
        REQUIRED BYTE_ARRAY id (UTF8);
        OPTIONAL INT32 created (DATE);
        REQUIRED INT64 changed (TIMESTAMP(MICROS,true));
        REQUIRED INT64 local (TIMESTAMP(MILLIS,false));
        REQUIRED INT64 fine (TIMESTAMP(NANOS,true));
        REQUIRED FIXED_LEN_BYTE_ARRAY (5) amount (DECIMAL(10,2));
        REQUIRED DOUBLE score;
        OPTIONAL group company { REQUIRED BYTE_ARRAY name (UTF8); }
        OPTIONAL group tags (LIST) { REPEATED group list { OPTIONAL BYTE_ARRAY element (UTF8); } }
    }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let text = |text: &str| ByteArray::from(text);
    macro_rules! column {
        ($kind:ty, $values:expr, $definitions:expr, $repetitions:expr) => {{
            let mut column = group.next_column().expect("readable").expect("a column");
            column.typed::<$kind>().write_batch(&$values, $definitions, $repetitions).expect("written");
            column.close().expect("closed");
        }};
    }
    column!(ByteArrayType, [text("a,1"), text("ü")], None, None);
    column!(Int32Type, [20_757], Some(&[1, 0]), None);
    column!(Int64Type, [1_793_455_500_000_000_i64, 1_793_455_500_500_000], None, None);
    column!(Int64Type, [1_793_455_500_000_i64, -1000], None, None);
    column!(Int64Type, [1_793_455_500_000_000_000_i64, 0], None, None);
    let decimal = |value: i64| FixedLenByteArray::from(value.to_be_bytes()[3..].to_vec());
    column!(FixedLenByteArrayType, [decimal(123_456), decimal(-5)], None, None);
    column!(DoubleType, [1.0, 0.1], None, None);
    column!(ByteArrayType, [text("Acme")], Some(&[1, 0]), None);
    column!(ByteArrayType, [text("x"), text("y")], Some(&[3, 3, 0]), Some(&[0, 1, 0]));
    group.close().expect("closed");
    writer.close().expect("closed");
    out
}

#[test]
fn parquet_is_read_as_text() {
    let file = read("leads.parquet", &parquet_file());
    assert_eq!(file.header, ["id", "created", "changed", "local", "fine", "amount", "score", "company.name", "tags"]);
    let expected = [
        [
            "a,1",
            "2026-10-31",
            "2026-10-31T14:05:00Z",
            "2026-10-31 14:05:00",
            "2026-10-31T14:05:00Z",
            "1234.56",
            "1",
            "Acme",
            "x;y",
        ],
        ["ü", "", "2026-10-31T14:05:00.500Z", "1969-12-31 23:59:59", "1970-01-01T00:00:00Z", "-0.05", "0.1", "", ""],
    ];
    assert_eq!(cells(&file), expected);
    assert_eq!(rows(&file), [2, 3]);
    assert_eq!(cells(&read("leads.parquet.gz", &gzip(&parquet_file()))), expected);
    let whole = parquet_file();
    refused("cut.parquet", &whole[..whole.len() - 9], &["as a Parquet file"]);
}

#[test]
fn json_is_read_as_text() {
    for (name, text) in [
        ("a.json", r#"[{"id":1,"who":{"name":"x","tags":["a","b"]}},{"id":2,"more":true,"who":null}]"#),
        (
            "a.jsonl",
            "{\"id\":1,\"who\":{\"name\":\"x\",\"tags\":[\"a\",\"b\"]}}\n{\"id\":2,\"more\":true,\"who\":null}\n",
        ),
        ("a.txt", r#"{"paging":{},"data":[{"id":1,"who":{"name":"x","tags":["a","b"]}},{"id":2,"more":true}]}"#),
    ] {
        let file = read(name, text.as_bytes());
        let expected = ["id", "who.name", "who.tags", "more"];
        assert_eq!(file.header.iter().filter(|name| *name != "who").collect::<Vec<_>>(), expected);
        let cells = cells(&file);
        assert_eq!(cells[0][..3], ["1", "x", "a;b"]);
        assert_eq!(cells[1][0], "2");
        assert!(cells[1].contains(&"true".to_string()));
    }
    refused("a.json", b"{\"id\":", &["as JSON"]);
    refused("a.json", b"[1,2,3]", &["no list of records"]);
    refused("a.json", b"[]", &["the list is empty"]);
    // A bracket opens many a header.
    assert_eq!(read("a.csv", b"[Campaign],Cost\nx,1\n").header, ["[Campaign]", "Cost"]);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(vec![
            &b""[..], b"\xFF\xFE", b"\xFE\xFF", b"\x1F\x8B\x08", b"PK\x03\x04", b"PK\x05\x06",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"PAR1", b"[", b"{", b"sep=;\n", b"a,b,c\n", b"#",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let (_folder, path) = written("any", &[start, &bytes].concat());
        for header in [Header::Present, Header::Absent] {
            for file in tables(&path, path.parent().expect("a folder"), header).into_iter().flatten() {
                let _ = file.for_each(|_, _| {});
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "([a-c1,;\t\"'# \n\r]{0,12}(Total|\n|,){0,3}){0,20}") {
        let (_folder, path) = written("any.csv", text.as_bytes());
        for file in tables(&path, path.parent().expect("a folder"), Header::Present).into_iter().flatten() {
            let _ = file.for_each(|_, _| {});
        }
    }

    #[test]
    fn broken_workbooks_and_parquet_files_are_refused_or_read(at in 0..4000usize, byte: u8, cut in 0..4000usize) {
        let mut book = Workbook::new();
        book.add_worksheet().write(0, 0, "id").expect("a cell").write(1, 0, 7).expect("a cell");
        for mut bytes in [book.save_to_buffer().expect("a workbook"), parquet_file()] {
            let len = bytes.len();
            bytes[at % len] = byte;
            bytes.truncate(len - (cut % 40) * (cut % 2));
            let (_folder, path) = written("any", &bytes);
            for file in tables(&path, path.parent().expect("a folder"), Header::Present).into_iter().flatten() {
                let _ = file.for_each(|_, _| {});
            }
        }
    }
}
