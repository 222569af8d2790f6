//! A business without a CRM gets a workbook that it can fill in without mistakes, and that can be read as it is.

use crate::project::Project;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use leadgauge::starter;
use leadgauge::vocabulary::Day;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

/// What the reader of exports finds, sheet by sheet.
const SHEETS: [(&str, &[&str]); 4] = [
    (
        "Leads",
        &[
            "Lead ID",
            "Created",
            "Source",
            "Campaign",
            "E-mail",
            "Company",
            "Job title",
            "Company size",
            "Country",
            "MQL date",
            "SQL date",
            "Opportunity date",
            "Customer date",
            "Disqualified date",
            "Notes",
        ],
    ),
    ("Deals", &["Deal ID", "Lead ID", "Opened", "Closed", "Status", "Amount", "Currency", "Type"]),
    ("Spend", &["Month", "Channel", "Amount", "Currency"]),
    ("Activities", &["Lead ID", "Date", "What happened"]),
];

fn workbook() -> Vec<u8> {
    starter::workbook("2026-10-31".parse::<Day>().expect("a day")).expect("a workbook")
}

fn opened(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(bytes.to_vec())).expect("a workbook that can be read")
}

/// The parts of the workbook's archive, as text.
fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).expect("an archive");
    (0..archive.len())
        .map(|at| {
            let mut part = archive.by_index(at).expect("a part");
            let mut text = String::new();
            part.read_to_string(&mut text).expect("text");
            (part.name().expect("a name").into_owned(), text)
        })
        .collect()
}

/// The checks of a sheet: the attributes and formulas of each by the cells that it is for.
fn checks(sheet: &str) -> BTreeMap<String, String> {
    let parts = parts(&workbook());
    let number = 2 + SHEETS.iter().position(|(name, _)| *name == sheet).expect("a sheet");
    let text = &parts[&format!("xl/worksheets/sheet{number}.xml")];
    text.split("<dataValidation ")
        .skip(1)
        .map(|check| {
            let check = check.split("</dataValidation>").next().expect("an end");
            let cells = check.split("sqref=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("cells");
            (cells.to_string(), check.to_string())
        })
        .collect()
}

/// The check of a column of a sheet.
fn check(sheet: &str, header: &str) -> String {
    let (_, headers) = SHEETS.iter().find(|(name, _)| *name == sheet).expect("a sheet");
    let at = headers.iter().position(|known| *known == header).expect("a header");
    let letter = (b'A' + u8::try_from(at).expect("few columns")) as char;
    let checks = checks(sheet);
    checks.get(&format!("{letter}2:{letter}5001")).unwrap_or_else(|| panic!("{sheet}: {header} is not checked")).clone()
}

#[test]
fn the_sheets_stand_in_the_order_in_which_they_are_needed() {
    assert_eq!(opened(&workbook()).sheet_names(), ["Read me", "Leads", "Deals", "Spend", "Activities", "Lists"]);
}

#[test]
fn the_sheets_to_fill_in_hold_their_headers_and_nothing_else() {
    let mut book = opened(&workbook());
    for (name, headers) in SHEETS {
        let cells = book.worksheet_range(name).expect("a sheet");
        let rows: Vec<Vec<String>> = cells.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
        assert_eq!(rows, [headers.to_vec()], "{name}");
        assert_eq!(cells.start(), Some((0, 0)), "{name}");
    }
}

#[test]
fn no_row_outside_the_sheets_to_fill_in_looks_like_a_header_of_theirs() {
    let mut book = opened(&workbook());
    for name in ["Read me", "Lists"] {
        let cells = book.worksheet_range(name).expect("a sheet");
        for row in cells.rows() {
            let known =
                |headers: &[&str]| row.iter().filter(|cell| headers.contains(&cell.to_string().as_str())).count();
            assert!(SHEETS.iter().all(|(_, headers)| known(headers) < 2), "{name}: {row:?}");
        }
    }
}

#[test]
fn the_instructions_explain_every_column_and_give_an_example() {
    let mut book = opened(&workbook());
    let page = book.worksheet_range("Read me").expect("a sheet");
    let text: Vec<String> = page.rows().flatten().map(Data::to_string).filter(|cell| !cell.is_empty()).collect();
    for (sheet, headers) in SHEETS {
        let from = text.iter().position(|cell| cell == sheet).unwrap_or_else(|| panic!("{sheet}"));
        for header in headers {
            let at = text[from..].iter().position(|cell| cell == header).unwrap_or_else(|| panic!("{sheet}: {header}"));
            assert!(text[from + at + 1].len() > 15, "{sheet}: {header} is explained by `{}`", text[from + at + 1]);
        }
    }
    for word in ["MQL", "SQL", "leadgauge report"] {
        assert!(text.iter().any(|cell| cell == word), "{word}");
    }
    assert!(text.iter().any(|cell| cell.contains("(example)")) && text.iter().any(|cell| cell.ends_with(".example")));
}

#[test]
fn each_list_is_picked_from_its_column_of_the_lists() {
    let mut book = opened(&workbook());
    let lists = book.worksheet_range("Lists").expect("a sheet");
    for (sheet, header, first, more) in [
        ("Leads", "Source", "Search (unpaid)", true),
        ("Spend", "Channel", "Search (unpaid)", true),
        ("Deals", "Currency", "EUR", true),
        ("Spend", "Currency", "EUR", true),
        ("Deals", "Status", "open", false),
        ("Deals", "Type", "new", false),
        ("Activities", "What happened", "Form sent", true),
    ] {
        let check = check(sheet, header);
        assert!(check.contains("type=\"list\""), "{check}");
        assert_eq!(check.contains("errorStyle=\"warning\""), more, "{sheet}: {header}");
        let formula = check.split("<formula1>").nth(1).and_then(|rest| rest.split('<').next()).expect("a formula");
        let (from, to) = formula.strip_prefix("Lists!").and_then(|cells| cells.split_once(':')).expect("a range");
        let place = |cell: &str| {
            let mut parts = cell.split('$').skip(1);
            let letter = parts.next().and_then(|text| text.bytes().next()).expect("a column");
            let row = parts.next().and_then(|text| text.parse::<u32>().ok()).expect("a row");
            (row - 1, u32::from(letter - b'A'))
        };
        let value = |at: (u32, u32)| lists.get_value(at).map(Data::to_string).unwrap_or_default();
        let (from, to) = (place(from), place(to));
        assert_eq!(value(from), first, "{sheet}: {header}");
        assert!((from.0..=to.0).all(|row| !value((row, from.1)).is_empty()), "{sheet}: {header} offers an empty value");
        assert_eq!(value((to.0 + 1, to.1)), "", "{sheet}: {header} leaves a value out");
    }
}

#[test]
fn dates_are_dates_and_do_not_come_before_what_they_follow() {
    for header in ["MQL date", "SQL date", "Opportunity date", "Customer date", "Disqualified date"] {
        let check = check("Leads", header);
        assert!(check.contains("type=\"date\"") && check.contains("<formula1>MAX($B2,36526)</formula1>"), "{check}");
        assert!(check.contains("cannot be before Created"), "{check}");
    }
    assert!(check("Deals", "Closed").contains("<formula1>MAX($C2,36526)</formula1><formula2>73415</formula2>"));
    for (sheet, header) in [("Leads", "Created"), ("Deals", "Opened"), ("Spend", "Month"), ("Activities", "Date")] {
        let check = check(sheet, header);
        assert!(check.contains("type=\"date\"") && check.contains("<formula1>36526</formula1>"), "{check}");
    }
}

#[test]
fn ids_are_unique_and_amounts_are_not_negative() {
    assert!(check("Leads", "Lead ID").contains("<formula1>COUNTIF($A$2:$A$5001,A2)=1</formula1>"));
    assert!(check("Deals", "Deal ID").contains("<formula1>COUNTIF($A$2:$A$5001,A2)=1</formula1>"));
    assert!(check("Deals", "Lead ID").contains("COUNTIF(Leads!$A$2:$A$5001,B2)&gt;0"));
    for sheet in ["Deals", "Spend"] {
        let check = check(sheet, "Amount");
        assert!(check.contains("type=\"decimal\"") && check.contains("operator=\"greaterThanOrEqual\""), "{check}");
        assert!(check.contains("<formula1>0</formula1>"), "{check}");
    }
}

#[test]
fn every_check_says_what_to_do_before_and_after_the_mistake() {
    for (sheet, _) in SHEETS {
        for (cells, check) in checks(sheet) {
            for message in ["promptTitle=", "prompt=", "errorTitle=", "error="] {
                assert!(check.contains(message), "{sheet} {cells}: no {message}");
            }
        }
    }
}

#[test]
fn what_is_pasted_in_the_wrong_order_is_coloured() {
    let parts = parts(&workbook());
    let leads = &parts["xl/worksheets/sheet2.xml"];
    for rule in ["$J2&lt;MAX($B2)", "$K2&lt;MAX($B2,$J2)", "$L2&lt;MAX($B2,$J2,$K2)", "$M2&lt;MAX($B2,$J2,$K2,$L2)"] {
        assert!(leads.contains(rule), "{rule}");
    }
    assert!(parts["xl/worksheets/sheet3.xml"].contains("$D2&lt;MAX($C2)"));
}

#[test]
fn every_sheet_to_fill_in_is_a_table_of_500_rows_below_a_frozen_header() {
    let parts = parts(&workbook());
    for (number, (sheet, headers)) in (1..).zip(SHEETS) {
        let table = &parts[&format!("xl/tables/table{number}.xml")];
        let last = (b'A' + u8::try_from(headers.len() - 1).expect("few columns")) as char;
        assert!(table.contains(&format!("displayName=\"{sheet}\" ref=\"A1:{last}501\"")), "{table}");
        assert!(table.contains("<autoFilter"), "{table}");
        let page = &parts[&format!("xl/worksheets/sheet{}.xml", number + 1)];
        assert!(page.contains("ySplit=\"1\"") && page.contains("state=\"frozen\""), "{sheet}");
    }
    assert!(parts["xl/styles.xml"].contains("formatCode=\"yyyy-mm-dd\""));
}

/// The workbook with a row on a sheet, each cell in the format of its column: numbers as such, other text as text.
fn with_row(sheet: &str, cells: &[&str]) -> Vec<u8> {
    let number = 2 + SHEETS.iter().position(|(name, _)| *name == sheet).expect("a sheet");
    let target = format!("xl/worksheets/sheet{number}.xml");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mut text) in parts(&workbook()) {
        if name == target {
            let style = |at: usize| {
                let column = text.split("<col ").find(|column| {
                    let bound = |name: &str| column.split(name).nth(1)?.split('"').next()?.parse::<usize>().ok();
                    bound("min=\"").is_some_and(|min| min <= at + 1) && bound("max=\"").is_some_and(|max| at < max)
                });
                let style = column.and_then(|column| column.split("style=\"").nth(1)?.split('"').next());
                style.unwrap_or("0").to_string()
            };
            let cells = (0_u8..).zip(cells).filter(|(_, cell)| !cell.is_empty()).map(|(at, cell)| {
                let (letter, style) = ((b'A' + at) as char, style(usize::from(at)));
                match cell.parse::<f64>() {
                    Ok(_) => format!("<c r=\"{letter}2\" s=\"{style}\"><v>{cell}</v></c>"),
                    Err(_) => format!("<c r=\"{letter}2\" s=\"{style}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
                }
            });
            let row = format!("<row r=\"2\">{}</row></sheetData>", cells.collect::<String>());
            text = text.replace("</sheetData>", &row);
        }
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn a_day_that_somebody_types_is_read_as_a_day() {
    // 46034 is what a spreadsheet program stores when somebody types 2026-01-12.
    for (sheet, at, cells) in [
        ("Leads", 1, ["L-001", "46034", "", ""]),
        ("Deals", 2, ["D-001", "L-001", "46034", ""]),
        ("Spend", 0, ["46034", "Search ads", "240", "EUR"]),
        ("Activities", 1, ["L-001", "46034", "Price asked", ""]),
    ] {
        let range = opened(&with_row(sheet, &cells)).worksheet_range(sheet).expect("a sheet");
        let day = range.get_value((1, at)).expect("a cell");
        let Data::DateTime(day) = day else { panic!("{sheet}: {day:?}") };
        let (year, month, day, ..) = day.to_ymd_hms_milli();
        assert_eq!((year, month, day), (2026, 1, 12), "{sheet}");
        assert_eq!(range.get_size().0, 2, "{sheet}");
    }
}

#[test]
fn nothing_in_the_workbook_runs_or_leads_elsewhere() {
    for (name, text) in parts(&workbook()) {
        assert!(!name.contains("vba") && !name.contains("externalLink"), "{name}");
        assert!(!text.contains("TargetMode=\"External\""), "{name}");
    }
}

#[test]
fn the_same_day_gives_the_same_bytes_and_another_day_another_date_only() {
    assert!(workbook() == workbook());
    let later = starter::workbook("2026-11-01".parse::<Day>().expect("a day")).expect("a workbook");
    let (one, other) = (parts(&workbook()), parts(&later));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let unlike: Vec<&String> = one.keys().filter(|name| one[*name] != other[*name]).collect();
    assert_eq!(unlike, ["docProps/core.xml"]);
    assert!(one["docProps/core.xml"].contains("2026-10-31T00:00:00Z"));
}

#[test]
fn init_writes_the_workbook_and_says_what_to_do_next() {
    let project = Project::empty();
    let run = project.run(&["init", "--spreadsheet", "tracker.xlsx"]).ended(0);
    assert_eq!(run.files.keys().collect::<Vec<_>>(), ["tracker.xlsx"]);
    assert_eq!(opened(&run.files["tracker.xlsx"]).sheet_names().len(), 6);
    assert!(run.stdout.contains("tracker.xlsx") && run.stdout.ends_with("  leadgauge report\n"), "{run}");
    let again = Project::empty().run(&["init", "--spreadsheet", "tracker.xlsx"]).ended(0);
    assert!(again.files == run.files);
}

#[test]
fn init_makes_the_folder_of_the_workbook_and_names_it() {
    let run = Project::empty().run(&["init", "--spreadsheet", "shop/books/Tracker.XLSX"]).ended(0);
    assert_eq!(run.files.keys().collect::<Vec<_>>(), ["shop/books/Tracker.XLSX"]);
    assert!(run.stdout.ends_with("  leadgauge report shop/books\n"), "{run}");
    let quiet = Project::empty().run(&["--quiet", "init", "--spreadsheet", "tracker.xlsx"]).ended(0);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn init_leaves_a_workbook_alone_that_is_there_already() {
    let project = Project::empty().file("tracker.xlsx", b"a year of work");
    let run = project.run(&["init", "--spreadsheet", "tracker.xlsx"]).ended(2);
    assert_eq!(
        run.stderr,
        "error: tracker.xlsx is there already, perhaps with rows of yours, so it is left alone\n  \
         help: choose another name, or replace it with --force (what it holds is lost then)\n"
    );
    assert_eq!(std::fs::read(project.path("tracker.xlsx")).expect("a file"), b"a year of work");
    project.run(&["init", "--spreadsheet", "tracker.xlsx", "--force"]).ended(0);
    assert_eq!(opened(&std::fs::read(project.path("tracker.xlsx")).expect("a file")).sheet_names().len(), 6);
}

#[test]
fn init_refuses_a_name_that_is_none_of_a_workbook() {
    for name in ["tracker.xls", "tracker.csv", "tracker", ".xlsx"] {
        let run = Project::empty().run(&["init", "--force", "--spreadsheet", name]).ended(2);
        assert!(run.stderr.starts_with(&format!("error: {name} does not end in .xlsx")), "{run}");
        assert!(run.files.is_empty() && run.folders.is_empty(), "{run}");
    }
    let project = Project::empty().file("folder.xlsx/a.txt", b"a");
    let run = project.run(&["init", "--force", "--spreadsheet", "folder.xlsx"]).ended(2);
    assert!(run.stderr.starts_with("error: folder.xlsx is a folder"), "{run}");
}

#[test]
fn init_says_why_it_cannot_write() {
    let project = Project::empty().file("shop", b"a file");
    let run = project.run(&["init", "--spreadsheet", "shop/tracker.xlsx"]).ended(2);
    assert!(run.stderr.starts_with("error: cannot write shop/tracker.xlsx: "), "{run}");
    assert!(run.stderr.contains("help: "), "{run}");
}
