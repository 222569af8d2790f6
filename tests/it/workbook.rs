//! The workbook, read back by another program: every table of the page is in it, numbers are numbers, texts are texts.

use crate::demo_page;
use crate::project::Project;
use calamine::{Data, Reader, Xlsx};
use leadgauge::report::page::{Block, Cell, Page, Row, Section, Table, Unit};
use leadgauge::report::{Report, write};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::process::Command;

/// A workbook as a reader sees it.
pub struct Book {
    bytes: Vec<u8>,
    read: Xlsx<Cursor<Vec<u8>>>,
}

impl Book {
    /// The workbook of a report.
    pub fn of(report: &Report) -> Book {
        Book::read(write::xlsx(report).unwrap_or_else(|error| panic!("{error}")))
    }

    fn read(bytes: Vec<u8>) -> Book {
        let mut read = Xlsx::new(Cursor::new(bytes.clone())).expect("a workbook");
        read.load_tables().expect("its tables");
        Book { bytes, read }
    }

    /// The sheets, in order.
    pub fn sheets(&self) -> Vec<String> {
        self.read.sheet_names()
    }

    /// The names of the tables.
    pub fn tables(&self) -> BTreeSet<String> {
        self.read.table_names().into_iter().cloned().collect()
    }

    /// Headers and rows of a table.
    pub fn table(&mut self, name: &str) -> (Vec<String>, Vec<Vec<Data>>) {
        let table = self.read.table_by_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        (table.columns().to_vec(), table.data().rows().map(<[Data]>::to_vec).collect())
    }

    fn formulas(&mut self, sheet: &str) -> usize {
        self.read.worksheet_formula(sheet).expect("a sheet").used_cells().count()
    }

    /// A file inside the workbook, as text.
    fn part(&self, name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(&self.bytes)).expect("an archive");
        let mut text = String::new();
        archive.by_name(name).expect(name).read_to_string(&mut text).expect("a text");
        text
    }

    /// The files inside the workbook whose names begin so, as texts.
    fn parts(&self, start: &str) -> Vec<String> {
        let archive = zip::ZipArchive::new(Cursor::new(&self.bytes)).expect("an archive");
        let mut names: Vec<String> = archive
            .file_names()
            .filter_map(|name| Some(name.ok()?.into_owned()))
            .filter(|name| name.starts_with(start))
            .collect();
        names.sort();
        names.iter().map(|name| self.part(name)).collect()
    }
}

/// A report about a page of our own.
fn about(page: Page) -> Report {
    let mut report = Project::sound().report();
    report.page = page;
    report
}

/// The tables of a page that have a column.
pub fn tables(page: &Page) -> Vec<&Table> {
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Table(table) if !table.columns.is_empty() => Some(table),
            _ => None,
        })
        .collect()
}

/// The name of a table of the page in the workbook.
pub fn name_of(table: &Table) -> String {
    table.id.replace('-', "_")
}

#[test]
fn every_table_of_the_page_is_a_table_of_the_workbook() {
    for report in [Project::sample().report(), Project::sound().report(), about(demo_page::page())] {
        let mut book = Book::of(&report);
        let mut expected: BTreeSet<String> = tables(&report.page).into_iter().map(name_of).collect();
        let blocks = || report.page.sections.iter().flat_map(|section| &section.blocks);
        expected.insert("all_months".into());
        if blocks().any(|block| matches!(block, Block::Figure(_))) {
            expected.insert("key_figures".into());
        }
        let found = book.tables();
        let (of_charts, others): (BTreeSet<String>, BTreeSet<String>) =
            found.into_iter().partition(|name| name.starts_with("chart_"));
        assert_eq!(others, expected);
        let charts = blocks().filter(|block| matches!(block, Block::Chart(_))).count();
        assert!(of_charts.len() <= charts && of_charts.len() + 2 >= charts, "{of_charts:?} of {charts} charts");
        for table in tables(&report.page) {
            let (headers, rows) = book.table(&name_of(table));
            assert_eq!(rows.len(), table.rows.len().max(1), "{}", table.id);
            assert!(headers.len() >= table.columns.len(), "{}: {headers:?}", table.id);
        }
    }
}

#[test]
fn no_cell_is_a_formula_and_nothing_leads_out_of_the_workbook() {
    let mut book = Book::of(&Project::sample().report());
    for sheet in book.sheets() {
        assert_eq!(book.formulas(&sheet), 0, "{sheet}");
    }
    for text in book.parts("xl/worksheets/_rels/") {
        assert!(!text.contains("TargetMode=\"External\""), "{text}");
    }
    assert!(book.part("xl/worksheets/sheet1.xml").contains("<hyperlink "), "the contents are links");
}

/// Texts that a spreadsheet could take for something else.
const HOSTILE: [&str; 9] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "+SUM(A1)",
    "-2+3",
    "@x",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "line\nbreak",
    "_x0041_ stays",
    "<b>&amp;\"'",
];

fn hostile_page() -> Page {
    let long = "n".repeat(10_000);
    let longer = "m".repeat(40_000);
    let mut texts: Vec<&str> = HOSTILE.to_vec();
    texts.extend([long.as_str(), longer.as_str(), "bell\u{7}\u{0}\u{ffff}", "1e9", "2026-01-31", "TRUE"]);
    let rows = texts.iter().map(|text| Row {
        cells: vec![Cell::Text((*text).into()), Cell::Number(f64::NAN), Cell::Missing((*text).into())],
        tone: leadgauge::report::page::Tone::Bad,
    });
    let column = |label: &str, unit: Unit| leadgauge::report::page::Column { label: label.into(), unit };
    let table = |id: &str| {
        Block::Table(Table {
            id: id.into(),
            title: HOSTILE[0].into(),
            columns: vec![
                column(HOSTILE[5], Unit::Text),
                column("", Unit::Share),
                column("", Unit::Money("=1".into())),
            ],
            rows: rows.clone().collect(),
            note: HOSTILE[1].into(),
        })
    };
    let mut page = demo_page::page();
    page.headline = HOSTILE[0].into();
    page.eyebrow = "e".repeat(50_000);
    let long_id = "very-long-".repeat(30);
    for (at, id) in ["history", "History", "a1", "[x]:*?/\\'", "", &long_id, &long_id, "cost"].into_iter().enumerate() {
        let section = Section { id: id.into(), title: HOSTILE[at].into(), blocks: vec![table(id)] };
        page.sections.push(section);
    }
    for section in &mut page.sections {
        for block in &mut section.blocks {
            if let Block::Chart(chart) = block {
                (chart.title, chart.subtitle, chart.source) = (HOSTILE[0].into(), HOSTILE[1].into(), long.clone());
                chart.description = longer.clone();
                if let leadgauge::report::page::ChartData::Bars { parts, .. } = &mut chart.data {
                    parts.iter_mut().for_each(|part| part.name = "=Sheet1!$A$1".into());
                }
            }
        }
    }
    page
}

#[test]
fn texts_of_the_data_stay_texts() {
    let mut book = Book::of(&about(hostile_page()));
    for sheet in book.sheets() {
        assert_eq!(book.formulas(&sheet), 0, "{sheet}");
    }
    let (_, rows) = book.table("table_a1");
    let first: Vec<String> = rows
        .iter()
        .map(|row| match &row[0] {
            Data::String(text) => text.clone(),
            other => panic!("{other:?} is no text"),
        })
        .collect();
    for (found, expected) in first.iter().zip(HOSTILE) {
        assert_eq!(found.replace('\t', " "), expected.replace('\t', " "));
    }
    assert_eq!(first[9].len(), 10_000);
    assert!(first[10].encode_utf16().count() <= 32_767 && first[10].ends_with('…'));
    assert_eq!(first[11], "bell   ");
    assert_eq!(first[12..], ["1e9", "2026-01-31", "TRUE"]);
    assert!(rows.iter().all(|row| row[1] == Data::Empty), "what is no number is not there");
    let reasons: Vec<&Data> = rows.iter().filter_map(|row| row.last()).collect();
    assert!(matches!(reasons[0], Data::String(text) if text.contains("=HYPERLINK")), "{:?}", reasons[0]);
    // A name of a series is a cell, never a text that could be read as one.
    for chart in book.parts("xl/charts/chart") {
        assert!(!chart.contains("<c:f>Sheet1!"), "a text became a reference");
    }
}

#[test]
fn sheets_have_names_that_the_format_takes() {
    let book = Book::of(&about(hostile_page()));
    let sheets = book.sheets();
    let unique: BTreeSet<String> = sheets.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(unique.len(), sheets.len(), "{sheets:?}");
    for name in &sheets {
        assert!(!name.is_empty() && name.encode_utf16().count() <= 31, "{name:?}");
        assert!(!name.contains(['*', '?', ':', '[', ']', '\\', '/', '\'']), "{name:?}");
        assert_ne!(name.to_lowercase(), "history");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes_dated_on_its_own_day() {
    let report = Project::sample().report();
    let [first, second] = [0, 1].map(|_| write::xlsx(&report).expect("a workbook"));
    assert!(first == second, "two workbooks of one report differ");
    let core = Book::read(first).part("docProps/core.xml");
    assert!(core.contains(&format!("{}T00:00:00Z</dcterms:created>", report.as_of)), "{core}");
}

#[test]
fn the_sheets_that_an_analyst_looks_for_are_there() {
    let sheets = Book::of(&Project::sample().report()).sheets();
    for wanted in [
        "Summary",
        "Charts",
        "Months",
        "Channels",
        "Cost",
        "Threshold",
        "Points",
        "Change",
        "Time",
        "Findings",
        "Definitions",
        "Chart data",
    ] {
        assert!(sheets.iter().any(|name| name == wanted), "no {wanted} among {sheets:?}");
    }
    assert_eq!(sheets[0], "Summary");
}

#[test]
fn months_are_dates_rates_have_limits_and_a_state_is_a_word() {
    let report = Project::sample().report();
    let mut book = Book::of(&report);
    let (headers, rows) = book.table("all_months");
    let at =
        |name: &str| headers.iter().position(|header| header == name).unwrap_or_else(|| panic!("{name}: {headers:?}"));
    assert_eq!(rows.len(), report.months.len());
    for (row, month) in rows.iter().zip(&report.months) {
        let Data::DateTime(date) = &row[0] else { panic!("{:?} is no date", row[0]) };
        let (year, number, day, ..) = date.to_ymd_hms_milli();
        assert_eq!(format!("{year:04}-{number:02}-{day:02}"), format!("{}-01", month.month));
        let number = |name: &str| match &row[at(name)] {
            Data::Float(value) => Some(*value),
            Data::Int(value) => Some(*value as f64),
            Data::Empty => None,
            other => panic!("{name}: {other:?}"),
        };
        let same = |name: &str, expected: Option<f64>| {
            let expected = expected.map(leadgauge::report::output::rounded);
            assert_eq!(number(name), expected, "{name} in {}", month.month);
        };
        same("MQLs", Some(month.mqls as f64));
        same("MQL→SQL", month.mql_to_sql.estimate);
        same("MQL→SQL, low", month.mql_to_sql.low);
        same("MQL→SQL, high", month.mql_to_sql.high);
        same("MQL→customer", month.mql_to_customer.estimate);
        same("Spend", month.spend);
        same("Cost per MQL", month.cost_per_mql.value);
        same("Cost per MQL, high", month.cost_per_mql.high);
        let Data::String(state) = &row[at("MQL→customer: state")] else { panic!("no state") };
        let has_rate = month.mql_to_customer.estimate.is_some();
        assert_eq!(has_rate, ["complete", "young"].contains(&state.as_str()), "{state} in {}", month.month);
    }
    let states: BTreeSet<String> = rows.iter().map(|row| row[at("MQL→customer: state")].to_string()).collect();
    assert!(states.len() > 1, "the sample has months of more than one state: {states:?}");
}

#[test]
fn key_figures_are_numbers_with_their_limits() {
    let report = Project::sample().report();
    let mut book = Book::of(&report);
    let (headers, rows) = book.table("key_figures");
    let at = |name: &str| headers.iter().position(|header| header == name).expect("a column");
    let rate = &report.overall.mql_to_sql;
    let row = rows.iter().find(|row| row[0].to_string().starts_with("MQL→SQL")).expect("the rate");
    let rounded = |value: Option<f64>| Data::Float(leadgauge::report::output::rounded(value.expect("a number")));
    assert_eq!(row[at("Value")], rounded(rate.estimate));
    assert_eq!(row[at("Low")], rounded(rate.low));
    assert_eq!(row[at("High")], rounded(rate.high));
    assert_eq!(row[at("Unit")], Data::String("share".into()));
    assert_eq!(row[at("Range from")], rounded(Some(report.benchmark.low)));
    // The text on the page says the same numbers.
    for section in &report.page.sections {
        for block in &section.blocks {
            let Block::Figure(figure) = block else { continue };
            let number = figure.number.as_ref();
            let shown = number
                .and_then(|number| number.value.map(|value| leadgauge::report::format::number(value, &number.unit)));
            assert_eq!(figure.value, shown.unwrap_or_else(|| "–".into()), "{}", figure.label);
        }
    }
}

#[test]
fn charts_are_drawn_from_cells_and_say_what_they_show() {
    let report = Project::sample().report();
    let book = Book::of(&report);
    let charts = book.parts("xl/charts/chart");
    let blocks = report.page.sections.iter().flat_map(|section| &section.blocks);
    let of_page: Vec<_> = blocks
        .filter_map(|block| match block {
            Block::Chart(chart) => Some(chart),
            _ => None,
        })
        .collect();
    assert!(charts.len() >= of_page.len(), "{} charts for {} of the page", charts.len(), of_page.len());
    for chart in &charts {
        assert!(chart.contains("<c:f>'Chart data'!$"), "no cells: {chart}");
    }
    let with_whiskers = charts.iter().filter(|chart| chart.contains("<c:errValType val=\"cust\"/>")).count();
    assert!(with_whiskers >= 4, "only {with_whiskers} charts have whiskers from cells");
    assert!(charts.iter().any(|chart| chart.contains("<c:areaChart>") && chart.contains("<c:lineChart>")), "the range");
    assert!(
        charts.iter().any(|chart| chart.contains("<c:grouping val=\"stacked\"/>") && chart.contains("<c:barChart>"))
    );
    let drawings = book.parts("xl/drawings/drawing").join("");
    let described = drawings.matches(" descr=\"").count();
    assert_eq!(described, charts.len(), "every chart has a text for those who cannot see it");
    let hostile = Book::of(&about(hostile_page()));
    assert!(hostile.parts("xl/drawings/drawing").join("").contains(" descr=\"mmm"), "a long text is cut, not dropped");
}

#[test]
fn a_page_with_nothing_on_it_is_a_workbook() {
    let mut page = demo_page::page();
    page.sections.clear();
    page.facts.clear();
    let mut report = about(page);
    report.months.clear();
    assert_eq!(Book::of(&report).sheets(), ["Summary"]);
}

#[test]
fn an_office_program_opens_it_and_shows_what_the_page_shows() {
    let found = Command::new("soffice").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: soffice is not installed, so no office program has opened the workbook");
        return;
    }
    let report = Project::sample().report();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("report.xlsx"), Book::of(&report).bytes).expect("written");
    let status = Command::new("soffice")
        .args([
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1",
        ])
        .arg(format!("-env:UserInstallation=file://{}/profile", folder.path().display()))
        .arg("report.xlsx")
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    assert!(status.status.success(), "{status:?}");
    let sheet = |name: &str| {
        let path = folder.path().join(format!("report-{name}.csv"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert!(sheet("Summary").contains(&report.page.headline));
    // As shown, not as stored: number formats are understood.
    let rate =
        leadgauge::report::format::share(report.overall.mql_to_sql.estimate.expect("a rate")).replace('\u{a0}', " ");
    assert!(sheet("Summary").contains(&rate), "no {rate} in {}", sheet("Summary"));
    let cost = leadgauge::report::format::money(report.overall.cost_per_mql.value.expect("a cost"), &report.currency);
    assert!(sheet("Cost").contains(&cost), "no {cost} in {}", sheet("Cost"));
    assert!(!sheet("Cost").contains("#NAME") && !sheet("Cost").contains("Err:"));
}
