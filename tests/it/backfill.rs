//! Reports of past months: each as of its own end, and an index of what was restated since.

use crate::json_schema;
use crate::project::{Project, Run};
use leadgauge::report::index;
use serde_json::Value;

fn json(run: &Run, path: &str) -> Value {
    let bytes = run.files.get(path).unwrap_or_else(|| panic!("no {path}: {run}"));
    serde_json::from_slice(bytes).expect("JSON")
}

fn series(project: &Project, from: &str, to: &str) -> Run {
    project.run(&["report", "--from", from, "--to", to, "--out", "past", "--format", "json", "--format", "html"])
}

#[test]
fn each_month_is_what_the_report_as_of_its_end_says() {
    let project = Project::sound();
    let run = series(&project, "2026-03", "2026-05").ended(0);
    for (month, end, before) in [("2026-03", "2026-03-31", None), ("2026-04", "2026-04-30", Some("2026-03"))] {
        let of_series = json(&run, &format!("past/{month}/report.json"));
        assert_eq!((of_series["month"].as_str(), of_series["as_of"].as_str()), (Some(month), Some(end)));
        let out = format!("alone-{month}");
        let before = before.map(|before| format!("past/{before}"));
        let mut arguments = vec!["report", "--month", month, "--as-of", end, "--out", &out, "--format", "json"];
        if let Some(before) = &before {
            arguments.extend(["--previous", before]);
        }
        let alone = project.run(&arguments).ended(0);
        assert_eq!(of_series, json(&alone, &format!("{out}/report.json")), "{month}");
        assert_eq!(of_series["since_last"].is_null(), before.is_none(), "{month}");
    }
}

#[test]
fn the_index_tells_what_was_said_and_what_is_known_now() {
    // A lead of March whose MQL is of March, and one whose MQL of March is only known to the CRM as of its late entry.
    let project = Project::sound();
    let run = series(&project, "2026-01", "2026-05").ended(0);
    let found = json(&run, "past/index.json");
    assert_eq!(json_schema::problems(&index::schema(), &found), Vec::<String>::new());
    let months = found["months"].as_array().expect("months");
    assert_eq!(months.len(), 5);
    let newest = json(&run, "past/2026-05/report.json");
    let restated = found["restated"].as_array().expect("what was restated");
    assert_eq!(restated.len(), 5);
    for row in restated {
        let month = row["month"].as_str().expect("a month");
        let then = json(&run, &format!("past/{month}/report.json"));
        let of = |report: &Value| {
            let rows = report["months"].as_array().expect("months");
            rows.iter().find(|known| known["month"] == month).cloned().expect("the month")
        };
        let (then, now) = (of(&then), of(&newest));
        assert_eq!((&row["mqls_then"], &row["mqls_now"]), (&then["mqls"], &now["mqls"]), "{month}");
        assert_eq!(row["mql_to_sql_then"]["value"], then["mql_to_sql"]["estimate"], "{month}");
        assert_eq!(row["mql_to_sql_now"]["value"], now["mql_to_sql"]["estimate"], "{month}");
    }
    for entry in months {
        let month = entry["month"].as_str().expect("a month");
        let report = json(&run, &format!("past/{month}/report.json"));
        assert_eq!(entry["headline"], report["page"]["headline"], "{month}");
        assert_eq!(entry["path"], format!("{month}/report.html"));
    }
    let page = String::from_utf8(run.files["past/index.html"].clone()).expect("UTF-8");
    assert!(
        page.contains("href=\"2026-01/report.html\"") || page.contains("href=\"2026-01&#x2f;report.html\""),
        "no link"
    );
    let text = String::from_utf8(run.files["past/index.md"].clone()).expect("UTF-8");
    assert!(text.contains("](2026-05/report.html)"), "{text}");
    for line in text.lines().filter_map(|line| line.split_once("](charts/")) {
        let name = line.1.split(')').next().expect("a name");
        assert!(run.files.contains_key(&format!("past/charts/{name}")), "no {name}");
    }
}

#[test]
fn a_month_whose_rows_came_late_is_shown_as_restated() {
    // A second export names an inferred MQL of January: its SQL is entered in March only, so January's report cannot know.
    let row = "late,SQL,2026-03-10T10:00:00,";
    let project = Project::sound()
        .row("leads.csv", "late,late@firm.example,2026-01-05T09:00:00,webinar,Analyst")
        .row("stage_history.csv", row);
    let with = json(&series(&project, "2026-02", "2026-05").ended(0), "past/index.json");
    let without = json(&series(&Project::sound(), "2026-02", "2026-05").ended(0), "past/index.json");
    let mqls = |found: &Value, month: &str, when: &str| {
        let rows = found["restated"].as_array().expect("rows").clone();
        let row = rows.iter().find(|row| row["month"] == month).cloned().expect("the month");
        row[when].as_u64().expect("a count")
    };
    // An inferred MQL counts in the month of its SQL, then and now.
    assert_eq!(mqls(&with, "2026-03", "mqls_then"), mqls(&without, "2026-03", "mqls_then") + 1);
    assert_eq!(mqls(&with, "2026-03", "mqls_now"), mqls(&without, "2026-03", "mqls_now") + 1);
    assert_eq!(mqls(&with, "2026-02", "mqls_now"), mqls(&without, "2026-02", "mqls_now"));
    // Recorded as an MQL later on, it is no inferred one any more: March is restated.
    let project = project.row("stage_history.csv", "late,MQL,2026-04-10T10:00:00,");
    let moved = json(&series(&project, "2026-02", "2026-05").ended(0), "past/index.json");
    assert_eq!(mqls(&moved, "2026-03", "mqls_then"), mqls(&with, "2026-03", "mqls_then"));
    assert_eq!(mqls(&moved, "2026-03", "mqls_now") + 1, mqls(&with, "2026-03", "mqls_now"));
    let headline = moved["page"]["headline"].as_str().expect("a headline");
    assert!(headline.contains("one month have been restated since"), "{headline}");
}

#[test]
fn months_without_data_say_so_and_a_range_that_cannot_be_is_a_sentence() {
    let project = Project::sound();
    let run = series(&project, "2025-05", "2025-09").ended(0);
    let found = json(&run, "past/index.json");
    let why = |at: usize| found["months"][at]["why_not"].as_str().unwrap_or_default().to_string();
    assert!(why(0).starts_with("no data: they begin on 2025-07-"), "{}", why(0));
    assert!(!run.files.contains_key("past/2025-05/report.json") && run.files.contains_key("past/2025-08/report.json"));
    assert!(run.stdout.contains("2025-05: no report"), "{run}");
    for (arguments, expected) in [
        (vec!["--from", "2026-05", "--to", "2026-01"], "go backwards"),
        (vec!["--from", "1990-01", "--to", "1990-03"], "no month from 1990-01 to 1990-03 can be reported"),
        (vec!["--from", "2030-01"], "can be reported"),
        (vec!["--from", "1900-01", "--to", "2026-05"], "more than 60 months"),
        (vec!["--from", "2026-13"], "expected a month"),
        (vec!["--to", "2026-01"], "--from"),
        (vec!["--from", "2026-01", "--month", "2026-02"], "cannot be used with"),
        (vec!["--from", "2026-01", "--preset", "brief"], "a brief tells of one week"),
    ] {
        let run = Project::sound().run(&[vec!["report", "--out", "past"], arguments.clone()].concat()).ended(2);
        assert!(run.stderr.contains(expected), "{arguments:?}: {run}");
        assert!(run.files.is_empty() && run.folders.is_empty(), "{arguments:?}: {run}");
    }
}

#[test]
fn a_series_is_written_whole_or_not_at_all_and_never_over_what_is_not_its_own() {
    for foreign in ["past/index.html", "past/charts/holiday.jpg", "past/2026-04/notes.txt"] {
        let project = Project::sound().file(foreign, b"mine");
        let run = series(&project, "2026-03", "2026-05").ended(2);
        assert!(run.stderr.contains("is no result of leadgauge") && run.files.is_empty(), "{foreign}: {run}");
        assert_eq!(project.text(foreign), "mine");
    }
    // What else lies there stays, and a series replaces a series.
    let project = Project::sound().file("past/readme.txt", b"mine").file("past/templates/x.css", b"mine");
    let first = series(&project, "2026-03", "2026-05").ended(0).files;
    let again = series(&project, "2026-03", "2026-05").ended(0).files;
    assert!(first == again, "the same series gives the same bytes");
    assert_eq!(project.text("past/readme.txt"), "mine");
}

#[test]
fn a_series_longer_than_a_report_holds_all_its_months_against_the_newest() {
    let project = Project::sound().settings("[report]\nmonths = 3");
    let found = json(&series(&project, "2025-09", "2026-05").ended(0), "past/index.json");
    assert_eq!(found["restated"].as_array().map(Vec::len), Some(9));
}
