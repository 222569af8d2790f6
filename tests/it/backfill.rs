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
    project.run(&[
        "report", "--from", from, "--to", to, "--out", "past", "--format", "json", "--format", "html", "--format", "md",
    ])
}

/// What a report without any wishes says: everything that the data know.
fn plain(project: &Project) -> Value {
    json(&project.run(&["report", "--out", "plain", "--format", "json"]).ended(0), "plain/report.json")
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
    let newest = plain(&project);
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
    assert!(headline.contains("1 month of 4 has been restated since"), "{headline}");
    let restated = |found: &Value| found["page"]["sections"][2]["blocks"][0].clone();
    assert_eq!(restated(&moved)["rows"].as_array().map(Vec::len), Some(1), "{moved}");
    let cells = &restated(&moved)["rows"][0]["cells"];
    assert_eq!(cells[0]["text"], "2026-03");
    assert!(cells[5]["text"].as_str().is_some_and(|by| by.starts_with("−1 MQL")), "{cells}");
    assert_eq!(restated(&with)["kind"], "prose", "nothing was restated, so nothing is listed");
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

#[test]
fn what_is_known_now_is_what_the_data_know_at_their_own_end() {
    let project = Project::sound();
    let found = json(&series(&project, "2025-09", "2025-12").ended(0), "past/index.json");
    let plain = plain(&project);
    assert_eq!((&found["as_of"], found["to"].as_str()), (&plain["as_of"], Some("2025-12")));
    assert!(plain["as_of"].as_str() > Some("2026-04"), "the data go on long after the series");
    let rows = found["restated"].as_array().expect("rows");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let known = plain["months"].as_array().and_then(|months| months.iter().find(|m| m["month"] == row["month"]));
        let known = known.expect("the month");
        assert_eq!(row["mqls_now"], known["mqls"], "{row}");
        assert_eq!(row["mql_to_sql_now"]["value"], known["mql_to_sql"]["estimate"], "{row}");
        assert_eq!(row["cost_per_mql_now"], known["cost_per_mql"], "{row}");
        assert!(row["mql_to_sql_then"]["value"].is_null() && row["mql_to_sql_now"]["value"].is_f64(), "{row}");
    }
    let facts = found["page"]["facts"].as_array().expect("facts");
    let known = facts.iter().find(|fact| fact["label"] == "Known now").expect("since when");
    assert!(known["text"].as_str() == Some(&format!("data through {}", plain["as_of"].as_str().expect("a day"))));
}

#[test]
fn an_index_is_written_in_the_formats_asked_for_and_in_no_other() {
    let mut formats = vec!["html", "xlsx", "md", "json", "png"];
    if cfg!(feature = "pdf") {
        formats.push("pdf");
    }
    let project = Project::sound();
    for format in formats {
        let run = project.run(&["report", "--from", "2026-03", "--to", "2026-05", "--out", "past", "--format", format]);
        let run = run.ended(0);
        let beside: Vec<&str> = run.files.keys().filter_map(|name| name.strip_prefix("past/")).collect();
        let mut found: Vec<&str> = beside.iter().copied().filter(|name| !name.contains('/')).collect();
        found.sort_unstable();
        let index = format!("index.{format}");
        let expected = if format == "png" { vec!["series.json"] } else { vec![index.as_str(), "series.json"] };
        assert_eq!(found, expected, "{format}: {run}");
        let drawings =
            |ending: &str| beside.iter().filter(|name| name.starts_with("charts/") && name.ends_with(ending)).count();
        assert!(drawings(".svg") > 0, "{format}: {run}");
        assert_eq!(drawings(".png") > 0, format == "png", "{format}: {run}");
        let starts: &[u8] = match format {
            "pdf" => b"%PDF",
            "xlsx" => b"PK",
            "html" => b"<!doctype html>",
            "json" => b"{",
            _ => b"",
        };
        let bytes = run.files.get(&format!("past/{index}")).map_or(&b""[..], Vec::as_slice);
        assert!(bytes.to_ascii_lowercase().starts_with(&starts.to_ascii_lowercase()), "{format}");
        if format == "html" || format == "md" {
            let text = String::from_utf8_lossy(bytes).replace("&#x2f;", "/");
            assert!(text.contains(&format!("2026-04/report.{format}")), "{format}: no link to what there is");
        }
        // The next format replaces this one: a series takes the place of a series.
    }
    // Without a wish: every format that a report has without one.
    let run = project.run(&["report", "--from", "2026-04", "--to", "2026-05", "--out", "past"]).ended(0);
    for format in ["html", "xlsx", "md", "json"] {
        assert!(run.files.contains_key(&format!("past/index.{format}")), "{format}: {run}");
    }
    assert_eq!(run.files.contains_key("past/index.pdf"), cfg!(feature = "pdf"), "{run}");
    assert!(run.stdout.contains("past/index.html") || run.stdout.contains("past\\index.html"), "{run}");
}

#[test]
fn charts_of_an_index_say_nothing_that_means_nothing_there() {
    let run = series(&Project::sample(), "2026-05", "2026-10").ended(0);
    for (name, bytes) in run.files.iter().filter(|(name, _)| name.starts_with("past/charts/")) {
        let drawing = String::from_utf8_lossy(bytes);
        for words in ["Fully matured", "100.0", "Still maturing", "No value yet"] {
            assert!(!drawing.contains(words), "{name}: {words}");
        }
    }
    assert!(run.files.contains_key("past/charts/cost-as-reported.svg"), "{run}");
}

#[test]
fn an_earlier_series_beside_the_exports_is_no_export() {
    let project = Project::sound();
    let before = plain(&project)["inputs"].clone();
    project.run(&["report", "--from", "2026-04", "--to", "2026-05", "--out", "."]).ended(0);
    let project = project.without("leadgauge.toml");
    let run = project.run(&["check"]);
    for name in ["index.json", "index.xlsx", "series.json"] {
        assert!(!run.stdout.contains(name) && !run.stderr.contains(name), "{name}: {run}");
    }
    assert!(!before.is_null());
}
