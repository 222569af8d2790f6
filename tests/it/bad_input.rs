//! What goes wrong with files, settings and folders is said in words, with the place and a way out; nothing panics, and
//! outputs appear whole or not at all.

use crate::project::{Project, Run};
use leadgauge::stats::random::SplitMix64;
use serde_json::{Value, json};
use std::fs;

/// What stops a run: exit code 2, these words and a way out on stderr, and not a file or folder written.
#[track_caller]
fn stops(project: &Project, words: &[&str]) {
    for arguments in [&["report", "--out", "out"][..], &["calibrate", "--out", "out"], &["check", "--rejected", "out"]]
    {
        let run = project.run(arguments).ended(2).complaining(words).complaining(&["help:"]).without_a_trace();
        assert!(run.stderr.starts_with("error"), "{run}");
        assert_eq!(run.stdout, "", "nothing but the error is said");
    }
}

/// A report in spite of everything; its counts of rows add up.
#[track_caller]
fn report(project: &Project) -> Run {
    let run = project.run(&["report", "--out", "out"]).ended(0);
    assert_eq!(run.stderr, "", "{run}");
    counts_add_up(&run);
    run
}

#[track_caller]
fn counts_add_up(run: &Run) {
    let report = run.json("report.json");
    for input in report["inputs"].as_array().expect("inputs") {
        let count = |name: &str| input[name].as_u64().expect("a count");
        assert_eq!(count("rows_read"), count("rows_used") + count("rows_rejected"), "{input}");
    }
}

/// The counts of a file: read, used, rejected.
fn counts(run: &Run, path: &str) -> [u64; 3] {
    let report = run.json("report.json");
    let mut inputs = report["inputs"].as_array().expect("inputs").iter();
    let input = inputs.find(|input| input["path"] == path).expect("an input");
    ["rows_read", "rows_used", "rows_rejected"].map(|name| input[name].as_u64().expect("a count"))
}

/// The findings: code, level, count.
fn findings(run: &Run) -> Vec<(String, String, u64)> {
    let report = run.json("report.json");
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.map(|f| (text(&f["code"]), text(&f["level"]), f["count"].as_u64().expect("a count"))).collect()
}

#[track_caller]
fn finds(run: &Run, expected: &[(&str, &str, u64)]) {
    let expected: Vec<_> = expected.iter().map(|(code, level, n)| (code.to_string(), level.to_string(), *n)).collect();
    assert_eq!(findings(run), expected);
}

/// One row is rejected: the report is made, the row stands in `rejected/` and is counted.
#[track_caller]
fn rejects(project: &Project, file: &str, row: u64, column: &str, what: &str, cell: &str) -> Run {
    let run = report(project);
    let table = file.trim_end_matches(".csv");
    let code = format!("{table}::{what}");
    let header = ["file", "row", "column", "code", "cell"].map(str::to_string);
    let line = [file, &row.to_string(), column, &code, cell].map(str::to_string);
    assert_eq!(run.rows(&format!("rejected/{file}")), [header, line]);
    assert_eq!(counts(&run, file)[2], 1, "one row is counted as rejected");
    finds(&run, &[(&code, "warn", 1)]);
    let finding = &run.json("report.json")["findings"][0];
    assert_eq!(finding["examples"], json!([format!("{file} row {row}")]));
    assert!(finding["help"].as_str().is_some_and(|help| !help.is_empty()));
    run
}

/// Number of the last row of a sound file, as a spreadsheet counts.
fn last_row(name: &str) -> u64 {
    Project::sound().text(name).lines().count() as u64
}

/// A sound project with one more row at the end of a file, and the number of that row.
fn sound_and(name: &str, row: &str) -> (Project, u64) {
    (Project::sound().row(name, row), last_row(name) + 1)
}

// --- Files that cannot be used -----------------------------------------------------------------------------------------

#[test]
fn an_empty_file_stops() {
    for name in ["leads.csv", "stage_history.csv", "spend.csv"] {
        for nothing in [&b""[..], b"\n \r\n", b"\xEF\xBB\xBF"] {
            stops(&Project::sound().file(name, nothing), &[name, "is empty", "export it again"]);
        }
    }
}

#[test]
fn leads_without_a_row_stop() {
    let project = Project::sound().leads("lead_id,created_at\n");
    stops(&project, &["leads.csv has no usable lead", "a header and no rows"]);
}

#[test]
fn where_every_lead_is_rejected_the_first_one_is_named() {
    let project = Project::sound().leads("lead_id,created_at\nL01,yesterday\nL02,2026-02-30\n");
    stops(&project, &["all 2 rows were rejected", "leads.csv row 2, column created_at", "leads::bad_date"]);
}

#[test]
fn other_tables_without_a_row_are_a_finding() {
    let run = report(&Project::sound().stage_history("lead_id,stage,entered_at\n"));
    assert_eq!(counts(&run, "stage_history.csv"), [0, 0, 0]);
    assert!(findings(&run).contains(&("stage_history::no_rows".into(), "warn".into(), 0)), "{:?}", findings(&run));
    let report_json = run.json("report.json");
    assert_eq!(report_json["overall"]["mql_to_sql"]["status"], "unavailable");
    assert_eq!(report_json["overall"]["mql_to_sql"]["estimate"], Value::Null, "from nothing comes nothing, not 0");
    assert_eq!(report_json["benchmark"]["verdict"], "unavailable");
    for name in ["activities.csv", "deals.csv", "spend.csv"] {
        let sound = Project::sound();
        let header = sound.text(name).lines().next().expect("a header").to_string();
        let run = report(&sound.file(name, format!("{header}\n").as_bytes()));
        let code = name.replace(".csv", "::no_rows");
        assert!(findings(&run).contains(&(code, "warn".into(), 0)), "{:?}", findings(&run));
    }
}

#[test]
fn a_missing_column_stops_and_the_header_is_shown() {
    let project = Project::sound().leads("lead_id,channel,when\nL01,webinar,2026-01-01\n");
    let help = "columns = { created_at = ";
    stops(
        &project,
        &["leads.csv, row 1", "no column for `created_at`", "lead_id, channel, when", help, "[sources.leads]"],
    );
    let project = Project::sound().stage_history("who,stage,entered_at\nL01,MQL,2026-01-01\n");
    stops(&project, &["stage_history.csv, row 1", "no column for `lead_id`", "who, stage, entered_at"]);
    let project = Project::sound().spend("channel,amount\nwebinar,5\n");
    stops(&project, &["spend.csv, row 1", "no column for `month`"]);
}

#[test]
fn a_column_that_the_project_file_names_must_be_there() {
    let source = "[sources.leads]\npath = \"leads.csv\"\ncolumns = { channel = \"Original Source\" }";
    let words =
        ["leads.csv, row 1", "no column named `Original Source`", "for `channel`", "job_title", "[sources.leads]"];
    stops(&Project::sound().settings(source), &words);
}

#[test]
fn a_file_or_a_pattern_that_matches_nothing_stops() {
    for path in ["exports/contacts.csv", "contacts*.csv", "*.tsv"] {
        let project = Project::sound().settings(&format!("[sources.leads]\npath = \"{path}\""));
        stops(&project, &["leads:", path, "[sources.leads]"]);
    }
}

#[test]
fn a_pattern_takes_every_file_that_fits_in_the_order_of_names() {
    let project = Project::sound();
    let text = project.text("leads.csv");
    let (header, rows) = text.split_once('\n').expect("a header");
    let (first, second) = rows.split_at(rows.find("L30").expect("a lead"));
    // The folder's name is no pattern, whatever stands in it; a file whose name looks like a pattern is a file.
    let project = project
        .file("a [b]/leads-2.csv", format!("{header}\n{second}").as_bytes())
        .file("a [b]/leads-1.csv", format!("{header}\n{first}").as_bytes())
        .file("a [b]/spend [1].csv", Project::sound().text("spend.csv").as_bytes())
        .file(
            "a [b]/leadgauge.toml",
            b"as_of = \"2026-06-30\"\n[sources]\nleads = { path = \"leads-*.csv\" }\nspend = { path = \"spend [1].csv\" }\n",
        );
    let run = project.run(&["report", "a [b]", "--out", "out"]).ended(0);
    let report = run.json("report.json");
    let paths: Vec<&str> =
        report["inputs"].as_array().expect("inputs").iter().filter_map(|i| i["path"].as_str()).collect();
    assert_eq!(paths, ["leads-1.csv", "leads-2.csv", "spend [1].csv"]);
    assert_eq!(report["overall"]["leads"], 60);
}

#[test]
fn what_is_no_table_stops() {
    for (bytes, words) in [
        (&b"PK\x03\x04\x14\x00\x06\x00"[..], "as a zip archive"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\0\x01\x02\x03\x04lead_id\x05\x06\x07", "no text"),
        (b"<!DOCTYPE html>\n<table>", "a web page"),
    ] {
        let project = Project::sound().file("leads.csv", bytes);
        stops(&project, &["leads.csv", words]);
    }
}

#[test]
fn an_encoding_changes_no_number() {
    let plain = report(&Project::sound()).json("report.json");
    let text = Project::sound().text("leads.csv");
    let little = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<u8>>();
    let big = text.replace(',', "\t").encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let mac = text.replace('\n', "\r").replace(',', ";").into_bytes();
    for bytes in [little, big, mac] {
        let run = report(&Project::sound().file("leads.csv", &bytes));
        for part in ["overall", "findings", "benchmark"] {
            assert_eq!(run.json("report.json")[part], plain[part]);
        }
    }
}

#[test]
fn windows_1252_is_read_as_what_it_is() {
    let mut bytes = Project::sound().text("leads.csv").into_bytes();
    bytes.extend(b"L99,x@y.example,2026-06-01,Caf\xE9,Analyst\n");
    let run = report(&Project::sound().file("leads.csv", &bytes));
    finds(&run, &[]);
    assert_eq!(counts(&run, "leads.csv"), [61, 61, 0]);
    assert!(run.text("report.json").contains("Café"));
}

#[test]
fn bytes_that_are_no_utf8_in_a_utf8_file_are_a_finding_and_stop_nothing() {
    let mut bytes = Project::sound().text("leads.csv").into_bytes();
    bytes.extend("L98,x@z.example,2026-06-01,Café Zürich,Analyst\n".as_bytes());
    bytes.extend(b"L99,x@y.example,2026-06-01,Caf\xE9,Analyst\n");
    let run = report(&Project::sound().file("leads.csv", &bytes));
    finds(&run, &[("leads::not_utf8", "warn", 1)]);
    assert_eq!(run.json("report.json")["findings"][0]["examples"], json!(["leads.csv row 63"]));
    assert_eq!(counts(&run, "leads.csv"), [62, 62, 0]);
}

// --- Rows and cells that cannot be used --------------------------------------------------------------------------------

#[test]
fn a_date_that_cannot_be_is_rejected_with_its_place() {
    let (project, row) = sound_and("stage_history.csv", "L03,MQL,2026-02-30,");
    rejects(&project, "stage_history.csv", row, "entered_at", "bad_date", "2026-02-30");
    for (name, line, column, cell) in [
        ("leads.csv", "L99,,31.02.2026,webinar,", "created_at", "31.02.2026"),
        ("leads.csv", "L99,,0001-01-01T00:00:00Z,webinar,", "created_at", "0001-01-01T00:00:00Z"),
        ("activities.csv", "L01,email_click,soon", "at", "soon"),
        ("deals.csv", "D99,L01,2026-13-01,,open,,,", "opened_at", "2026-13-01"),
        ("deals.csv", "D99,L01,,tomorrow,won,,,", "closed_at", "tomorrow"),
        ("spend.csv", "2026-13,webinar,5,EUR", "month", "2026-13"),
    ] {
        let (project, row) = sound_and(name, line);
        rejects(&project, name, row, column, "bad_date", cell);
    }
}

#[test]
fn a_formula_that_failed_is_rejected_where_a_day_or_an_amount_stands() {
    for (name, line, column, what, cell) in [
        ("leads.csv", "L99,,#VALUE!,webinar,", "created_at", "bad_date", "#VALUE!"),
        ("stage_history.csv", "L03,MQL,#NUM!,", "entered_at", "bad_date", "#NUM!"),
        ("deals.csv", "D99,L01,,#DIV/0!,won,,,", "closed_at", "bad_date", "#DIV/0!"),
        ("spend.csv", "#NAME?,webinar,5,EUR", "month", "bad_date", "#NAME?"),
    ] {
        let (project, row) = sound_and(name, line);
        rejects(&project, name, row, column, what, cell);
    }
    // Its row stays, but not its amount.
    let (project, row) = sound_and("deals.csv", "D99,L01,,2026-02-01,won,#REF!,,");
    let run = report(&project);
    let line = ["deals.csv", &row.to_string(), "amount", "deals::bad_amount", "#REF!"].map(str::to_string);
    assert_eq!(run.rows("rejected/deals.csv")[1], line);
    // A stage's date among the leads costs the stage.
    let dated = Project::sound().leads("lead_id,created_at,mql_date\nL01,2026-01-01,#SPILL!\nL02,2026-01-02,#N/A\n");
    let run = report(&dated);
    let line = ["leads.csv", "2", "mql", "leads::bad_stage_date", "#SPILL!"].map(str::to_string);
    assert_eq!(run.rows("rejected/leads.csv")[1..], [line]);
    // Where words stand it is no value.
    let (project, _) = sound_and("leads.csv", "L99,,2026-01-05,#REF!,");
    assert!(!report(&project).files.keys().any(|name| name.contains("rejected/leads")));
}

#[test]
fn a_complete_last_row_is_a_deal_whatever_its_id() {
    let (project, _) = sound_and("deals.csv", "Total,L01,2026-02-01,2026-02-28,won,1011.00,EUR,new");
    let sound = counts(&report(&Project::sound()), "deals.csv");
    assert_eq!(counts(&report(&project), "deals.csv"), [sound[0] + 1, sound[1] + 1, 0]);
    let (project, _) = sound_and("deals.csv", "Total,,,,,1011.00,,");
    assert_eq!(counts(&report(&project), "deals.csv"), sound);
}

#[test]
fn the_report_says_how_each_file_was_read() {
    let spend = "My spend\nmonth,channel,amount\n2026-01,webinar,500\n2026-02,webinar,600\nTotal,,1100\n";
    let run = report(&Project::sound().spend(spend));
    let inputs = run.json("report.json")["inputs"].clone();
    let input = |path: &str| inputs.as_array().expect("inputs").iter().find(|input| input["path"] == path).cloned();
    let notes = input("spend.csv").expect("an input")["notes"].clone();
    assert_eq!(notes, json!(["1 line before the header left out", "1 line after the data left out: Total"]));
    let cell = "1 line before the header left out; 1 line after the data left out: Total";
    for page in ["report.html", "report.md"] {
        assert!(run.text(page).contains("How it was read") && run.text(page).contains(cell), "{page}");
    }
    let sound = report(&Project::sound());
    let is_noted =
        sound.json("report.json")["inputs"].as_array().expect("inputs").iter().any(|i| i["notes"] != json!([]));
    assert_eq!(sound.text("report.html").contains("How it was read"), is_noted, "a column only where there is a note");
}

#[test]
fn a_day_that_may_be_a_month_is_rejected_until_the_order_is_told() {
    let (project, row) = sound_and("stage_history.csv", "L03,MQL,03/04/2026,");
    rejects(&project, "stage_history.csv", row, "entered_at", "ambiguous_date", "03/04/2026");
    let told = project.settings("[sources]\nleads = { path = \"leads.csv\" }\nstage_history = { path = \"stage_history.csv\", dates = \"dmy\" }");
    let run = report(&told);
    assert_eq!(counts(&run, "stage_history.csv")[2], 0);
    let april = run.json("report.json")["months"][9].clone();
    assert_eq!((&april["month"], &april["mqls"]), (&json!("2026-04"), &json!(3 + 1)), "3 April, not 4 March");
}

#[test]
fn a_day_or_month_of_spend_that_cannot_be_read_is_told_by_its_own_column() {
    let spend = |column: &str, cells: &str| {
        let rows = cells.split_whitespace().map(|cell| format!("{cell},webinar,5\n"));
        Project::sound().spend(&rows.fold(format!("{column},channel,amount\n"), |text, row| text + &row))
    };
    rejects(&spend("day", "2026-06-05 never"), "spend.csv", 3, "day", "bad_date", "never");
    rejects(&spend("day", "2026-06-05 03/06/2026"), "spend.csv", 3, "day", "ambiguous_date", "03/06/2026");
    rejects(&spend("month", "2026-06 03/06/2026"), "spend.csv", 3, "month", "ambiguous_date", "03/06/2026");
    // Another row settles the order.
    for column in ["day", "month"] {
        let run = report(&spend(column, "03/06/2026 28/06/2026"));
        assert_eq!(run.json("report.json")["months"][11]["spend"], 10.0, "both are of June");
    }
}

#[test]
fn a_missing_value_is_rejected_where_the_table_needs_it() {
    for (name, line, column) in [
        ("leads.csv", ",a@b.example,2026-01-01,webinar,", "lead_id"),
        ("leads.csv", "L99,a@b.example,n/a,webinar,", "created_at"),
        ("stage_history.csv", "L03,,2026-01-01,", "stage"),
        ("activities.csv", "L03,-,2026-01-01", "type"),
        ("deals.csv", ",L03,2026-01-01,,,,,", "deal_id"),
    ] {
        let (project, row) = sound_and(name, line);
        rejects(&project, name, row, column, "missing_value", "");
    }
}

#[test]
fn a_lead_that_nobody_knows_is_rejected() {
    for (name, line) in [
        ("stage_history.csv", "L99,MQL,2026-01-01,"),
        ("activities.csv", "L99,email_click,2026-01-01"),
        ("deals.csv", "D99,L99,2026-01-01,2026-02-01,won,5,EUR,new"),
    ] {
        let (project, row) = sound_and(name, line);
        rejects(&project, name, row, "lead_id", "unknown_lead", "L99");
    }
}

#[test]
fn a_stage_label_that_means_nothing_is_named() {
    let (project, row) = sound_and("stage_history.csv", "L03,Sales Ready,2026-01-01,");
    let run = rejects(&project, "stage_history.csv", row, "stage", "unknown_stage", "Sales Ready");
    let finding = &run.json("report.json")["findings"][0];
    assert!(finding["says"].as_str().is_some_and(|says| says.contains("\"Sales Ready\" (1)")), "{finding}");
    assert!(finding["help"].as_str().is_some_and(|help| help.contains("[stages]")), "{finding}");
    let run = report(&project.settings("[stages]\n\"sales ready\" = \"mql\""));
    assert_eq!(counts(&run, "stage_history.csv")[2], 0);
}

#[test]
fn a_row_with_too_many_cells_is_rejected_and_one_with_too_few_is_not() {
    let (project, row) = sound_and("stage_history.csv", "L03,MQL,2026-01-01,budget, or none");
    rejects(&project, "stage_history.csv", row, "", "ragged_row", "or none");
    // Empty cells at the end are what a spreadsheet leaves behind.
    report(&Project::sound().row("stage_history.csv", "L03,MQL,2026-01-01,,,"));
    let run = report(&Project::sound().row("leads.csv", "L99,,2026-01-01"));
    assert_eq!(counts(&run, "leads.csv"), [61, 61, 0]);
    finds(&run, &[("leads::blank_channel", "info", 1)]);
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let rows = "lead_id,created_at,note\nL01,2026-01-01,\"two\nlines, one \"\"cell\"\"\"\n\n\nL02,2026-02-30,\n";
    let run = report(&Project::empty().toml("as_of = \"2026-02-28\"").leads(rows));
    assert_eq!(run.rows("rejected/leads.csv")[1][..2], ["leads.csv", "5"]);
    assert_eq!(counts(&run, "leads.csv"), [2, 1, 1]);
    let windows = rows.replace('\n', "\r\n");
    let run = report(&Project::empty().toml("as_of = \"2026-02-28\"").leads(&windows));
    assert_eq!(run.rows("rejected/leads.csv")[1][..2], ["leads.csv", "5"]);
}

#[test]
fn a_huge_cell_is_read_and_shown_in_part() {
    let huge = "x".repeat(10_000);
    let (project, row) = sound_and("stage_history.csv", &format!("L03,{huge},2026-01-01,"));
    rejects(&project, "stage_history.csv", row, "stage", "unknown_stage", &format!("{}…", "x".repeat(40)));
    report(&Project::sound().row("leads.csv", &format!("L99,,2026-01-01,{huge},{huge}")));
}

#[test]
fn a_negative_deal_loses_its_amount_and_still_counts() {
    let customers = |run: &Run| run.json("report.json")["overall"]["mql_to_customer"]["converted"].clone();
    let before = customers(&report(&Project::sound()));
    for (amount, what) in [("-5000.00", "negative_amount"), ("lots", "bad_amount")] {
        let run =
            report(&Project::sound().replaced("deals.csv", "won,5000.00,EUR,new", &format!("won,{amount},EUR,new")));
        let code = format!("deals::{what}");
        let rejected = run.rows("rejected/deals.csv");
        let cells = rejected[1..].iter().map(|row| (row[2].as_str(), row[3].as_str(), row[4].trim_start_matches('\'')));
        assert!(rejected.len() > 1 && cells.clone().all(|cell| cell == ("amount", &code, amount)), "{rejected:?}");
        finds(&run, &[(&code, "warn", rejected.len() as u64 - 1)]);
        assert_eq!(counts(&run, "deals.csv")[2], 0, "the rows are used");
        assert_eq!(customers(&run), before);
    }
}

#[test]
fn negative_spend_is_a_correction() {
    let spend = |run: &Run| run.json("report.json")["overall"]["spend"].as_f64().expect("known");
    let before = spend(&report(&Project::sound()));
    for correction in ["-100.25", "(100.25)", "−100.25"] {
        let run = report(&Project::sound().row("spend.csv", &format!("2026-03,webinar,{correction},EUR")));
        finds(&run, &[("spend::negative_amount", "info", 1)]);
        assert_eq!(spend(&run), before - 100.25);
    }
}

#[test]
fn two_currencies_in_spend_need_a_rate() {
    let (project, row) = sound_and("spend.csv", "2026-03,webinar,100.00,USD");
    let run = report(&project);
    assert_eq!(
        run.rows("rejected/spend.csv")[1],
        ["spend.csv", &row.to_string(), "currency", "spend::currency_mix", "USD"]
    );
    finds(&run, &[("spend::currency_mix", "warn", 1), ("spend::missing_month", "warn", 1)]);
    let march = run.json("report.json")["months"][8].clone();
    assert_eq!(
        (&march["month"], &march["spend"]),
        (&json!("2026-03"), &json!(800.5)),
        "webinar is missing, not cheaper"
    );
    let run = report(&project.settings("[currency_rates]\nUSD = 0.5"));
    finds(&run, &[]);
    assert_eq!(run.json("report.json")["months"][8]["spend"], json!(800.5 + 500.0 + 50.0));
}

#[test]
fn two_currencies_in_deals_need_a_rate() {
    let (project, row) = sound_and("deals.csv", "D99,L01,2026-03-01,,open,100.00,USD,new");
    let run = report(&project);
    assert_eq!(
        run.rows("rejected/deals.csv")[1],
        ["deals.csv", &row.to_string(), "currency", "deals::currency_mix", "USD"]
    );
    finds(&run, &[("deals::currency_mix", "warn", 1)]);
    assert_eq!(counts(&run, "deals.csv")[2], 0, "the deal is used, its amount is not");
    finds(&report(&project.settings("[currency_rates]\nUSD = 0.5")), &[]);
}

// --- Cells that would do harm ------------------------------------------------------------------------------------------

/// Cells that a spreadsheet would take for formulas.
fn formulas(run: &Run, end: &str) -> Vec<String> {
    let cells = run.rows(end).into_iter().flatten();
    cells.filter(|cell| cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r'])).collect()
}

#[test]
fn no_cell_that_is_written_can_become_a_formula() {
    let mut project = Project::sound();
    let evil = ["=1+1", "+1", "-1", "@SUM(1)", " =1", "\t=1", "=HYPERLINK(\"http://e.example\")"];
    for cell in evil {
        let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
        project = project
            .row("stage_history.csv", &format!("L03,{quoted},2026-01-01,"))
            .row("leads.csv", &format!("{quoted},a@b.example,2026-01-01,{quoted},{quoted}"))
            .row("activities.csv", &format!("L03,{quoted},2026-01-01"));
    }
    let run = report(&project);
    let rejected = run.rows("rejected/stage_history.csv");
    let cells: Vec<&str> = rejected[1..].iter().map(|row| row[4].as_str()).collect();
    assert_eq!(cells[..3], ["'=1+1", "'+1", "'-1"]);
    assert_eq!(cells.len(), evil.len());
    assert_eq!(formulas(&run, "rejected/stage_history.csv"), Vec::<String>::new());
    assert_eq!(formulas(&run, "findings.csv"), Vec::<String>::new());
    let findings = run.rows("findings.csv");
    let duplicates = findings.iter().find(|row| row[0] == "leads::duplicate").expect("one address, several records");
    assert!(duplicates[5].starts_with('\''), "ids that begin with = are prefixed: {duplicates:?}");
}

#[test]
fn addresses_are_masked_wherever_cells_or_ids_are_shown() {
    let project = Project::sound()
        .row("stage_history.csv", "L03,ask jane@acme.example first,2026-01-01,")
        .row("stage_history.csv", "jane@acme.example,MQL,2026-01-01,")
        .row("leads.csv", "joe@acme.example,joe@acme.example,2026-01-01,webinar,")
        .row("leads.csv", "joe@acme.example,joe@acme.example,2026-01-02,webinar,")
        .row("activities.csv", "joe@acme.example,email_click,2026-07-02")
        .row("activities.csv", "L03,mailto:jane@acme.example,2026-01-02");
    for arguments in [&["report", "--out", "out"][..], &["check", "--rejected", "out"]] {
        let run = project.run(arguments).ended(0);
        for (name, bytes) in &run.files {
            assert!(!String::from_utf8_lossy(bytes).contains("acme.example"), "an address in {name}");
        }
        assert!(!run.stdout.contains("acme.example"), "{run}");
        let rejected = run.rows("rejected/stage_history.csv");
        assert_eq!((rejected[1][4].as_str(), rejected[2][4].as_str()), ("ask ***@*** first", "***@***"));
    }
}

#[test]
fn markup_in_the_data_stays_text() {
    let script = "<script>alert(1)</script>";
    let project = Project::sound()
        .replaced("leads.csv", "webinar", script)
        .replaced("spend.csv", "webinar", script)
        .row("stage_history.csv", &format!("L03,{script},2026-01-01,"));
    let run = report(&project);
    assert!(run.text("report.html").contains("&lt;script&gt;alert"), "the channel is shown");
    for (name, bytes) in
        run.files.iter().filter(|(name, _)| name.ends_with(".html") || name.ends_with(".svg") || name.ends_with(".md"))
    {
        assert!(!String::from_utf8_lossy(bytes).contains(script), "{name} holds markup from the data");
    }
}

// --- Settings, arguments and folders -----------------------------------------------------------------------------------

#[test]
fn a_slip_in_the_project_file_is_pointed_at() {
    let project = Project::sound().settings("[benchmrk]\nmql_to_sql = [0.1, 0.2]\n[windows]\nmql_to_sql_day = 3");
    let line = project.text("leadgauge.toml").lines().position(|line| line.contains("benchmrk")).expect("is there") + 1;
    let place = format!("leadgauge.toml:{line}:");
    stops(
        &project,
        &["benchmrk", "did you mean `benchmark`", &place, "mql_to_sql_day", "did you mean `mql_to_sql_days`"],
    );
}

#[test]
fn a_template_that_is_broken_stops_before_anything_is_written() {
    let project = Project::sound().file("reports/templates/page.html.j2", b"{{ nothing.is.here() ");
    project.run(&["report", "--out", "out"]).ended(2).complaining(&["error", "page.html.j2"]).without_a_trace();
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    for (name, bytes) in [
        ("out/notes.txt", &b"mine"[..]),
        ("out/manifest.json", b"{\"name\": \"a web page of somebody\"}"),
        ("out/manifest.json", b"no JSON"),
        ("out/truth.json", b"{}"),
        ("out/calibration.json", b"{}"),
        ("out/charts/photo.png", b"mine"),
    ] {
        let project = Project::sound().file(name, bytes);
        for command in [&["report"][..], &["calibrate"], &["sample", "--leads", "10"]] {
            if name == "out/truth.json" && command[0] == "sample" {
                continue;
            }
            let run = project.run(&[command, &["--out", "out"]].concat()).ended(2).without_a_trace();
            run.complaining(&["out", "left alone", "--out"]);
            assert_eq!(fs::read(project.path(name)).expect("still there"), bytes);
        }
    }
}

#[test]
fn an_earlier_report_is_replaced_and_what_was_added_to_it_is_not() {
    let project = Project::sound();
    let first = project.run(&["report", "--out", "out"]).ended(0);
    assert!(first.files.contains_key("out/report.html"));
    let second = project.run(&["report", "--out", "out", "--format", "md"]).ended(0);
    assert!(!second.files.contains_key("out/report.html"), "nothing of the earlier report stays");
    assert!(second.files.contains_key("out/report.md"));
    let project = project.file("out/notes.txt", b"mine");
    let run = project.run(&["report", "--out", "out"]).ended(2).complaining(&["notes.txt", "left alone"]);
    assert_eq!(run.files.get("out/report.md"), second.files.get("out/report.md"), "the report stays as well");
    assert_eq!(project.text("out/notes.txt"), "mine");
}

#[test]
fn a_report_never_replaces_a_project() {
    let project = Project::empty();
    project.run(&["sample", "--out", "s", "--leads", "50"]).ended(0);
    let run = project.run(&["report", "s", "--out", "s"]).ended(2).complaining(&["left alone"]);
    assert!(run.files.contains_key("s/leads.csv"));
    project.run(&["sample", "--out", "s", "--leads", "60"]).ended(0);
    let project = Project::sound();
    project.run(&["report", "--out", "."]).ended(2).complaining(&["left alone"]).without_a_trace();
    project.run(&["sample", "--out", "."]).ended(2).complaining(&["left alone"]).without_a_trace();
}

#[test]
fn a_file_where_the_folder_should_be_stops() {
    let project = Project::sound().file("out", b"mine");
    for command in ["report", "calibrate", "sample"] {
        project
            .run(&[command, "--out", "out"])
            .ended(2)
            .complaining(&["cannot write to out", "--out"])
            .without_a_trace();
        let run = project.run(&[command, "--out", "out/deeper"]).ended(2).without_a_trace();
        run.complaining(&["cannot write to out/deeper", "--out"]);
        assert_eq!(project.text("out"), "mine");
    }
}

#[test]
fn an_argument_that_is_unknown_or_wrong_stops() {
    let project = Project::sound();
    for (arguments, words) in [
        (&["repotr"][..], &["repotr", "report"][..]),
        (&["report", "--mnth", "2026-05"], &["--mnth", "--month"]),
        (&["report", "--month", "May"], &["May", "expected a month such as 2026-10"]),
        (&["report", "--as-of", "30.06.2026"], &["30.06.2026", "expected a date such as 2026-10-31"]),
        (&["report", "--as-of", "200000-01-01"], &["expected a date"]),
        (&["report", "--format", "docx"], &["docx", "html"]),
        (&["schema", "everything"], &["everything", "calibration"]),
        (&["sample"], &["--out"]),
        (&["sample", "--out", "out", "--leads", "0"], &["1 to 2 000 000 leads"]),
        (&["sample", "--out", "out", "--months", "3"], &["4 to 60 months"]),
        (&["sample", "--out", "out", "--seed", "-1"], &["-1"]),
        (&["explain", "mql_to_sqll"], &["mql_to_sqll", "did you mean `mql_to_sql`"]),
        (&["report", "nowhere"], &["there is no `nowhere`"]),
        (&["report", "leads.csv"], &["is not a project", "help:"]),
        (&[], &["Usage"]),
    ] {
        project.run(arguments).ended(2).complaining(words).without_a_trace();
    }
    Project::empty().run(&["report"]).ended(2).complaining(&["no project named", "help:"]).without_a_trace();
    Project::empty()
        .run(&["report", "."])
        .ended(2)
        .complaining(&["no data", "[sources.leads]", "help:"])
        .without_a_trace();
}

#[test]
fn days_far_ahead_show_all_and_days_before_the_data_are_refused() {
    let run = Project::sound().run(&["report", "--out", "out", "--as-of", "2199-12-31"]).ended(0);
    let report = run.json("report.json");
    assert!(report["months"].as_array().expect("months").len() <= 12);
    assert_eq!(report["overall"]["mql_to_sql"]["estimate"], Value::Null);
    let run = Project::sound().run(&["report", "--out", "out", "--as-of", "1900-01-01"]).ended(2);
    run.complaining(&["nothing is to be seen through 1900-01-01", "--as-of"]).without_a_trace();
}

#[test]
fn months_that_are_not_complete_or_not_in_the_data_are_refused() {
    for arguments in [
        &["--month", "1900-01"][..],
        &["--month", "2199-12"],
        &["--month", "0001-01"],
        &["--month", "9999-12"],
        &["--as-of", "2025-07-01", "--month", "2026-05"],
        &["--as-of", "2026-06-29", "--month", "2026-06"],
    ] {
        let run = Project::sound().run(&[&["report", "--out", "out"], arguments].concat()).ended(2);
        run.complaining(&["cannot be reported", "the last complete month is", "--month"]).without_a_trace();
    }
}

// --- Anything at all ---------------------------------------------------------------------------------------------------

/// One small harm to a file.
fn harmed(bytes: &[u8], random: &mut SplitMix64) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut below = |n: usize| (random.next_u64() % n.max(1) as u64) as usize;
    match below(9) {
        0 => {
            for _ in 0..=below(8) {
                let at = below(out.len());
                out[at] ^= 1 << below(8);
            }
        }
        1 => out.truncate(below(out.len())),
        2 => {
            let (from, n) = (below(out.len()), below(40));
            let to = (from + n).min(out.len());
            out.drain(from..to);
        }
        3 => {
            // A column less.
            let text = String::from_utf8_lossy(bytes);
            let column = below(text.lines().next().unwrap_or_default().split(',').count());
            let without = |line: &str| {
                let cells = line.split(',').enumerate().filter(|(i, _)| *i != column).map(|(_, cell)| cell);
                cells.collect::<Vec<_>>().join(",") + "\n"
            };
            out = text.lines().map(without).collect::<String>().into_bytes();
        }
        4 => {
            // A hostile piece somewhere.
            const PIECES: [&[u8]; 14] = [
                b"\"",
                b"\n",
                b"\r",
                b",",
                b"\0",
                b"\xFF\xFE",
                b"9999-12-31",
                b"-1",
                b"1e308",
                b"NaN",
                b"\xC3",
                "９９９９-１２-３１\u{202e}".as_bytes(),
                b"99999999999999999999",
                b"1900-01-01T00:00:00+23:59",
            ];
            let at = below(out.len());
            out.splice(at..at, PIECES[below(PIECES.len())].iter().copied());
        }
        5 => {
            // Rows twice and in another order.
            let text = String::from_utf8_lossy(bytes).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            let any = (0..lines.len() * 2).map(|_| lines[below(lines.len())].to_string() + "\n");
            out = format!("{}\n{}", lines[0], any.collect::<String>()).into_bytes();
        }
        6 => {
            let (from, to) = [(b',', b';'), (b'\n', b'\r'), (b'-', b'/'), (b'0', b'9'), (b'2', b'0')][below(5)];
            out.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
        }
        7 => {
            // One cell in another's place.
            let cells: Vec<&[u8]> = bytes.split(|byte| *byte == b',' || *byte == b'\n').collect();
            let cell = cells[below(cells.len())].to_vec();
            let at = below(out.len());
            let end = out[at..].iter().position(|byte| *byte == b',' || *byte == b'\n').map_or(out.len(), |n| at + n);
            out.splice(at..end, cell);
        }
        _ => out = (0..below(300)).map(|_| below(256) as u8).collect(),
    }
    out
}

/// Runs the program on 75 projects of which one or two files are harmed.
fn survives(seed: u64) {
    const FILES: [&str; 6] =
        ["leads.csv", "stage_history.csv", "activities.csv", "deals.csv", "spend.csv", "leadgauge.toml"];
    let mut random = SplitMix64::new(seed);
    let mut codes = [0; 3];
    for round in 0..75 {
        let mut project = Project::sound();
        for _ in 0..=random.next_u64() % 2 {
            let name = FILES[(random.next_u64() % FILES.len() as u64) as usize];
            let bytes = fs::read(project.path(name)).expect("is there");
            let bytes = harmed(&bytes, &mut random);
            project = project.file(name, &bytes);
        }
        let run = project.run(&["report", "--out", "out"]);
        let what = format!("seed {seed}, round {round}: {run}");
        assert!((0..=2).contains(&run.code), "{what}");
        codes[run.code as usize] += 1;
        if run.code == 2 {
            assert!(run.stderr.starts_with("error"), "{what}");
            run.without_a_trace();
        } else {
            counts_add_up(&run);
            assert!(run.files.contains_key("out/report.html") && run.files.contains_key("out/manifest.json"), "{what}");
            for name in run.files.keys().filter(|name| name.ends_with(".csv")) {
                assert_eq!(formulas(&run, name), Vec::<String>::new(), "{what}");
            }
        }
    }
    assert!(codes[0] > 10 && codes[2] > 10, "the harm is neither too small nor too great: {codes:?}");
}

#[test]
fn harmed_files_never_panic_1() {
    survives(1);
}

#[test]
fn harmed_files_never_panic_2() {
    survives(2);
}

#[test]
fn harmed_files_never_panic_3() {
    survives(3);
}

#[test]
fn harmed_files_never_panic_4() {
    survives(4);
}
