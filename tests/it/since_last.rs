//! What became of what the last report said: hand-checked restatements, which report is found, and what any file in its
//! place can do to this run.

use crate::json_schema;
use crate::project::Project;
use leadgauge::config::{self, Plan};
use leadgauge::pipeline::{self, Analysis};
use leadgauge::report::page::Block;
use leadgauge::report::previous::{Given, Previous, Said};
use leadgauge::report::since_last::{Counted, Judged, Kept, RateNow};
use leadgauge::report::{self, Report, write};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// The sample project, read once.
fn sample() -> &'static (Plan, Analysis) {
    static SAMPLE: OnceLock<(Plan, Analysis)> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/leadgauge.toml");
        let plan = config::load(&file).unwrap_or_else(|problems| panic!("{problems}"));
        let analysis = pipeline::run(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
        (plan, analysis)
    })
}

/// The sample's report, compared with an earlier one.
fn since(previous: &Value) -> Report {
    let said: Said = serde_json::from_value(previous.clone()).expect("an object is enough");
    let report = Some(Previous { place: "2026-09/report.json".into(), said });
    report::build_since(&sample().0, &sample().1, &Given { report, remarks: vec![] })
}

/// A report of a month ago, by hand. On 31 October June is complete: 10 of its 63 MQLs became SQLs, 15.9 %.
fn last_month() -> Value {
    json!({
        "schema_version": 1,
        "tool": {"name": "leadgauge", "version": "0.1.0"},
        "project": "Pegelwerk",
        "month": "2026-09",
        "as_of": "2026-09-30",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "months": [
            month("2026-05", 118, rate(48, 8, "mature", [0.1667, 0.097, 0.271])),
            month("2026-06", 64, rate(63, 7, "maturing", [0.13, 0.07, 0.21])),
        ],
        "channels": [],
        "benchmark": {"low": 0.13, "high": 0.31, "verdict": "inside"},
        "calibration": {"verdict": "tighten"},
    })
}

fn month(month: &str, mqls: u64, mql_to_sql: Value) -> Value {
    let (leads, spend) = match month {
        "2026-05" => (203, 9465.9),
        _ => (197, 11058.09),
    };
    json!({"month": month, "leads": leads, "mqls": mqls, "inferred_mqls": 0, "spend": spend, "mql_to_sql": mql_to_sql})
}

fn rate(n: u64, converted: u64, status: &str, [estimate, low, high]: [f64; 3]) -> Value {
    json!({
        "n": n, "converted": converted, "status": status, "window_days": 90,
        "estimate": estimate, "low": low, "high": high, "level": 0.9,
    })
}

/// The same with a part replaced, by JSON pointer.
fn with(mut value: Value, pointer: &str, part: Value) -> Value {
    match value.pointer_mut(pointer) {
        Some(place) => *place = part,
        None => {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            value.pointer_mut(parent).expect("the parent is there")[name] = part;
        }
    }
    value
}

/// Title and paragraphs of the section.
fn words(report: &Report) -> String {
    let section = report.page.sections.iter().find(|section| section.id == "since-last-time").expect("the section");
    let texts = section.blocks.iter().filter_map(|block| match block {
        Block::Prose { text } | Block::Note { text, .. } => Some(text.as_str()),
        _ => None,
    });
    [section.title.as_str()].into_iter().chain(texts).collect::<Vec<_>>().join("\n").replace('\u{a0}', " ")
}

#[track_caller]
fn says(report: &Report, wanted: &str) {
    let words = words(report);
    assert!(words.contains(wanted), "{wanted:?} is missing from\n{words}");
}

#[test]
fn a_forecast_is_held_against_what_the_month_has_become() {
    let report = since(&last_month());
    let found = report.since_last.as_ref().expect("a comparison");
    let june = found.months.iter().find(|month| month.month.to_string() == "2026-06").expect("June");
    assert_eq!((june.rate, june.held), (RateNow::Complete, Some(true)));
    assert_eq!((found.forecasts, found.forecasts_held), (1, 1));
    says(&report, "June 2026 was said to head for 13.0 % (7.0–21.0 %); now that it is complete it is 15.9 %.");
    says(&report, "the 90 % interval printed for it holds it");
    says(&report, "What was forecast last time has held");
    let narrow = rate(63, 7, "maturing", [0.11, 0.08, 0.14]);
    let missed = since(&with(last_month(), "/months/1/mql_to_sql", narrow));
    assert_eq!(missed.since_last.as_ref().map(|found| found.forecasts_held), Some(0));
    says(&missed, "1 of 1 forecast last time missed");
    says(&missed, "does not hold it. One in ten may miss.");
}

#[test]
fn counts_of_months_that_were_over_are_told_when_they_change() {
    let report = since(&last_month());
    says(&report, "May 2026 had 118 MQLs then, 48 now");
    let found = report.since_last.as_ref().expect("a comparison");
    assert_eq!(found.months[0].counts.len(), 1, "leads and spend are the same");
    let spend = since(&with(last_month(), "/months/1/spend", json!(10000.0)));
    says(&spend, "June 2026 had €10,000 of spend then, €11,058 now");
    let none = since(&with(last_month(), "/months/1/spend", Value::Null));
    says(&none, "June 2026 had none known of spend then, €11,058 now");
    // Ten digits are written; the last cent is no news.
    let found = since(&with(last_month(), "/months/1/spend", json!(11058.0901))).since_last.expect("a comparison");
    assert!(found.months[1].counts.is_empty());
    let restated = since(&with(last_month(), "/months/0/mql_to_sql", rate(47, 12, "mature", [0.255, 0.16, 0.37])));
    says(
        &restated,
        "May 2026 was complete at 25.5 % (12 of 47) and is 16.7 % now (8 of 48): its data have changed since.",
    );
    // A month that was not over may grow as it likes.
    let early = with(with(last_month(), "/as_of", json!("2026-05-20")), "/months/1/mqls", json!(3));
    let found = since(&early).since_last.expect("a comparison");
    assert!(found.months.iter().all(|month| month.counts.is_empty()));
}

#[test]
fn a_verdict_that_changed_is_told_and_counts_when_it_repeats() {
    let unchanged = since(&last_month());
    assert_eq!(unchanged.since_last.expect("a comparison").verdicts, []);
    let report = since(&with(last_month(), "/benchmark/verdict", json!("below")));
    let found = report.since_last.as_ref().expect("a comparison");
    assert_eq!((found.verdicts.len(), found.verdicts[0].on), (1, Judged::Benchmark));
    says(&report, "Since last time the verdict has changed: inside the range");
    says(
        &report,
        "On MQL→SQL it was “below the range” and is “inside the range”. A change counts when the next report",
    );
    let bar = since(&with(last_month(), "/calibration/verdict", json!("keep")));
    says(&bar, "On the bar it was “keep it” and is “raise it”");
    let unheard = since(&with(last_month(), "/benchmark/verdict", json!("<b>superb</b>")));
    assert_eq!(unheard.since_last.expect("a comparison").verdicts, [], "a verdict that does not exist is none");
}

/// The report that advised today's bar of 100, before it took effect on 1 September 2025.
fn advice(promised: (f64, f64), rates: (f64, f64)) -> Value {
    let (advised, count) = promised;
    let row = |threshold: f64, count: f64, share: f64| json!({"threshold": threshold, "mqls_per_month": count, "rate": rate(100, 1, "mature", [share, share / 2.0, 1.0])});
    let calibration = json!({
        "verdict": "tighten",
        "criteria": {"threshold": 80},
        "suggested": {"threshold": advised},
        "sweep": [row(80.0, 90.0, rates.0), row(advised, count, rates.1)],
    });
    with(with(last_month(), "/as_of", json!("2025-08-31")), "/calibration", calibration)
}

#[test]
fn a_change_of_the_bar_is_held_to_its_promise() {
    // 560 MQLs in the twelve whole months of the report, 46.7 a month, of which 16.6 % (13.4–20.3 %) become SQLs.
    let report = since(&advice((100.0, 47.0), (0.08, 0.16)));
    let promise = report.since_last.as_ref().and_then(|found| found.promise.clone()).expect("a promise");
    assert_eq!((promise.months, promise.mqls), (12, 560));
    assert!((promise.observed_per_month.value.expect("a mean") - 560.0 / 12.0).abs() < 1e-9);
    assert_eq!((promise.volume, promise.rate_kept, promise.more_mqls), (Kept::Kept, Kept::Kept, None));
    says(&report, "Since 2025-09-01 the bar is 100 instead of 80, as was advised with the data through 2025-08-31.");
    says(&report, "It was to bring about 47 MQLs a month, 16.0 % of them becoming SQLs.");
    says(&report, "In the 12 whole months since, 47 MQLs a month came");
    says(&report, "Their rate is 16.6 % (13.4–20.3 %), which agrees with the promise.");
    let too_good = since(&advice((100.0, 400.0), (0.08, 0.3)));
    says(&too_good, ", fewer than promised.");
    says(&too_good, ": lower than promised.");
    says(&since(&advice((100.0, 5.0), (0.02, 0.05))), ", more than promised.");
}

#[test]
fn a_promise_that_cannot_be_told_from_before_is_not_called_kept() {
    let close = since(&advice((100.0, 47.0), (0.16, 0.165)));
    let promise = close.since_last.as_ref().and_then(|found| found.promise.clone()).expect("a promise");
    assert_eq!(promise.rate_kept, Kept::TooEarly);
    assert!(promise.more_mqls.is_some_and(|n| n > 10_000), "half a point takes very many: {:?}", promise.more_mqls);
    says(&close, "too early to tell it from the one before the change; about ");
    let same = since(&advice((100.0, 47.0), (0.166, 0.166)));
    says(&same, "the promise was too close to the rate before to tell the two apart");
}

#[test]
fn only_an_advised_move_is_a_promise() {
    let promise = |previous: Value| since(&previous).since_last.expect("a comparison").promise;
    assert!(promise(advice((103.0, 47.0), (0.08, 0.16))).is_some(), "about the advised threshold");
    says(&since(&advice((103.0, 47.0), (0.08, 0.16))), "the bar is 100 instead of 80 (the advice was 103)");
    assert!(promise(advice((130.0, 47.0), (0.08, 0.16))).is_none(), "another threshold than the advised one");
    let kept = with(advice((100.0, 47.0), (0.08, 0.16)), "/calibration/verdict", json!("keep"));
    assert!(promise(kept).is_none(), "nothing was advised");
    let later = with(advice((100.0, 47.0), (0.08, 0.16)), "/as_of", json!("2025-09-15"));
    assert!(promise(later).is_none(), "the bar had moved before the advice");
    let points = with(advice((100.0, 47.0), (0.08, 0.16)), "/calibration/suggested/points", json!({"webinar": 7.0}));
    says(&since(&points), "the points changed with it");
    assert!(promise(points).is_none());
}

#[test]
fn a_promise_is_carried_from_report_to_report() {
    let first = since(&advice((100.0, 47.0), (0.08, 0.16)));
    let written = serde_json::to_value(&first).expect("a report is JSON");
    // The report after that one knows of the advice only what this one carries on.
    let carried = with(last_month(), "/since_last", written["since_last"].clone());
    let second = since(&carried);
    let promise = |report: &Report| report.since_last.as_ref().and_then(|found| found.promise.clone());
    assert!(promise(&first).is_some());
    assert_eq!(promise(&first), promise(&second));
    let other = with(carried, "/since_last/promise/effective_from", json!("2025-10-01"));
    assert_eq!(promise(&since(&other)), None, "of a bar that is not in force");
}

#[test]
fn what_is_not_comparable_is_said_and_not_compared() {
    let cases: [(&str, Value, &str); 9] = [
        ("/project", json!("Another"), "It is of another project (Another), so nothing is compared."),
        ("/schema_version", json!(99), "Its format is version 99, which this program does not know."),
        ("/schema_version", Value::Null, "It does not say which version its format is"),
        ("/timezone", json!("Asia/Tokyo"), "The time zone was Asia/Tokyo and is Europe/Berlin now"),
        ("/currency", json!("USD"), "The currency was USD and is EUR now, so spend is not compared."),
        ("/months/0/mql_to_sql/window_days", json!(90), "What was forecast last time has held"),
        ("/months/1/mql_to_sql/window_days", json!(60), "An MQL had 60 days to become an SQL and has 90 now"),
        ("/benchmark/high", json!(0.4), "The benchmark range is another one now, so verdicts are not compared."),
        ("/settings", settings("sql"), "Stages are read in another way since"),
    ];
    for (pointer, part, wanted) in cases {
        let changed = with(with(last_month(), "/benchmark/verdict", json!("inside")), pointer, part);
        says(&since(&changed), wanted);
    }
    let found = |previous: Value| since(&previous).since_last.expect("a comparison");
    assert!(found(with(last_month(), "/project", json!("Another"))).months.is_empty());
    let stages = found(with(last_month(), "/settings", settings("sql")));
    assert!(stages.months.iter().all(|month| month.counts.is_empty() && month.rate == RateNow::NotComparable));
    let same = found(with(last_month(), "/settings", serde_json::to_value(report_settings()).expect("JSON")));
    assert_eq!(same.not_comparable, Vec::<String>::new());
    let range = with(last_month(), "/benchmark", json!({"low": 0.1, "high": 0.31, "verdict": "below"}));
    assert_eq!(found(range).verdicts, []);
    let dear = with(with(last_month(), "/currency", json!("USD")), "/months/1/spend", json!(1.0));
    let counts: Vec<Counted> = found(dear).months.iter().flat_map(|month| &month.counts).map(|it| it.what).collect();
    assert_eq!(counts, [Counted::Mqls], "volume is compared in any currency");
}

fn report_settings() -> report::previous::Settings {
    report::build(&sample().0, &sample().1).settings
}

/// Today's settings, but for what one label means.
fn settings(stage: &str) -> Value {
    with(serde_json::to_value(report_settings()).expect("JSON"), "/stages/working", json!(stage))
}

#[test]
fn two_months_in_a_row_are_compared_by_themselves() {
    let project = Project::sample();
    let first = project.run(&["report", "--as-of", "2026-09-30"]).ended(0);
    assert_eq!(first.json("2026-09/report.json")["since_last"], Value::Null, "there is nothing to compare with");
    assert!(!first.text("2026-09/report.md").contains("Compared with the report"));
    let second = project.run(&["report"]).ended(0);
    let (then, now) = (second.json("2026-09/report.json"), second.json("2026-10/report.json"));
    let found = &now["since_last"];
    assert_eq!(found["with"], json!({"place": "2026-09/report.json", "month": "2026-09", "as_of": "2026-09-30"}));
    assert_eq!((&found["remarks"], &found["not_comparable"]), (&json!([]), &json!([])));
    // July's window ended on 29 October. What follows is read off the two files, by nothing of the program's.
    let july = |report: &Value| {
        let months = report["months"].as_array().expect("months").clone();
        months.into_iter().find(|month| month["month"] == "2026-07").expect("July")["mql_to_sql"].clone()
    };
    let (was, is) = (july(&then), july(&now));
    assert_eq!((&was["status"], &is["status"]), (&json!("maturing"), &json!("mature")));
    let held = was["low"].as_f64() <= is["estimate"].as_f64() && is["estimate"].as_f64() <= was["high"].as_f64();
    assert_eq!((found["forecasts"].as_u64(), found["forecasts_held"].as_u64()), (Some(1), Some(u64::from(held))));
    let row = found["months"].as_array().expect("months").iter().find(|row| row["month"] == "2026-07").expect("July");
    assert_eq!(
        (&row["rate"], &row["then"]["estimate"], &row["now"]["estimate"]),
        (&json!("complete"), &was["estimate"], &is["estimate"])
    );
    assert_eq!(found["months"].as_array().expect("months").len(), 11, "months that both reports have");
    assert!(second.text("2026-10/report.md").contains("Compared with the report of September 2026"));
    assert_eq!(json_schema::problems(&report::schema(), &now), Vec::<String>::new());
    // The same files and the same earlier report give the same bytes, and the earlier one is not touched.
    let third = project.run(&["report"]).ended(0);
    assert!(second.files == third.files);
}

#[test]
fn a_row_that_came_late_is_told() {
    let project = Project::sample();
    project.run(&["report", "--as-of", "2026-09-30"]).ended(0);
    let first = "lead_id";
    let header = project.text("leads.csv").lines().next().expect("a header").to_string();
    assert!(header.starts_with(first), "{header}");
    let spend = project.text("spend.csv");
    let may = spend.lines().find(|line| line.contains("2026-05")).expect("spend of May").to_string();
    let run = project.without("spend.csv").file("spend.csv", spend.replace(&format!("{may}\n"), "").as_bytes());
    let run = run.run(&["report"]).ended(0);
    let found = run.json("2026-10/report.json")["since_last"].clone();
    let months = found["months"].as_array().expect("months");
    let row = months.iter().find(|row| row["month"] == "2026-05").expect("May");
    assert_eq!(row["counts"][0]["what"], "spend", "{row}");
    assert!(months.iter().filter(|row| row["month"] != "2026-05").all(|row| row["counts"] == json!([])));
}

/// A project, and the text of a report of its own from a month ago.
fn project_and_report() -> (Project, String) {
    let project = Project::sample();
    let run = project.run(&["report", "--as-of", "2026-09-30", "--out", "old"]).ended(0);
    let text = run.text("old/report.json").to_string();
    fs::remove_dir_all(project.path("old")).expect("the folder was there");
    (project, text)
}

#[test]
fn the_newest_earlier_month_of_the_same_project_is_found() {
    let (project, text) = project_and_report();
    let place = |name: &str, text: &str| {
        fs::create_dir_all(project.path(name)).expect("a folder");
        fs::write(project.path(name).join("report.json"), text).expect("a file");
    };
    let found = || {
        let run = project.run(&["report"]).ended(0);
        let found = run.json("reports/2026-10/report.json")["since_last"].clone();
        (found["with"]["place"].clone(), found["remarks"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(found(), (Value::Null, 0));
    place("reports/2026-07", &text);
    place("reports/2026-08", &text.replace("\"project\": \"Pegelwerk\"", "\"project\": \"Other\""));
    place("reports/2026-11", &text);
    place("reports/drafts", &text);
    assert_eq!(found(), (json!("2026-07/report.json"), 0));
    place("reports/2026-08", &text.replace("\"as_of\": \"2026-09-30\"", "\"as_of\": \"2026-10-31\""));
    assert_eq!(found().0, "2026-07/report.json", "data that do not end earlier are no earlier report");
    place("reports/2026-08", &text);
    assert_eq!(found().0, "2026-08/report.json");
    place("reports/2026-09", "{\"as_of\": ");
    assert_eq!(found(), (json!("2026-08/report.json"), 1), "a broken one is a remark, and the next one is taken");
    let run = project.run(&["report", "--previous", "reports/2026-07"]).ended(0);
    assert_eq!(run.json("reports/2026-10/report.json")["since_last"]["with"]["place"], "2026-07/report.json");
}

#[test]
fn what_is_about_to_be_replaced_is_compared_with() {
    let project = Project::sample();
    project.run(&["report", "--as-of", "2026-09-30", "--out", "mine"]).ended(0);
    let run = project.run(&["report", "--out", "mine"]).ended(0);
    let found = run.json("mine/report.json")["since_last"].clone();
    assert_eq!(found["with"], json!({"place": "mine/report.json", "month": "2026-09", "as_of": "2026-09-30"}));
    let again = project.run(&["report", "--out", "mine"]).ended(0);
    assert_eq!(again.json("mine/report.json")["since_last"], Value::Null, "the same day is not earlier");
}

#[test]
fn a_broken_file_is_a_remark_where_it_is_found_and_an_error_where_it_is_named() {
    let project = Project::sample();
    fs::create_dir_all(project.path("reports/2026-09")).expect("a folder");
    let broken: [(&str, &[u8]); 5] = [
        ("empty", b""),
        ("no JSON", b"{\n\"months\": [\n"),
        ("no object", b"[1, 2]"),
        ("something else", b"{\"name\": \"package\", \"version\": 3}"),
        ("no text", b"\xff\xfe{\x00}"),
    ];
    let nested = "[".repeat(100_000);
    for (case, bytes) in broken.into_iter().chain([("nested", nested.as_bytes())]) {
        fs::write(project.path("reports/2026-09/report.json"), bytes).expect("a file");
        let run = project.run(&["report"]).ended(0);
        let found = run.json("reports/2026-10/report.json")["since_last"].clone();
        assert_eq!(found["with"], Value::Null, "{case}");
        let remark = found["remarks"][0].as_str().expect("a remark").to_string();
        assert!(remark.starts_with("2026-09/report.json is no report ("), "{case}: {remark}");
        assert!(run.text("reports/2026-10/report.md").contains("nothing is compared with it"), "{case}");
        let named = project.run(&["report", "--previous", "reports/2026-09/report.json"]).ended(2);
        assert!(named.stderr.contains("is no report: ") && named.stderr.contains("help: "), "{case}: {named}");
    }
    let missing = project.run(&["report", "--previous", "nowhere"]).ended(2);
    assert!(missing.stderr.contains("the previous report nowhere cannot be read"), "{missing}");
    let (_, text) = project_and_report();
    fs::write(project.path("late.json"), text.replace("\"as_of\": \"2026-09-30\"", "\"as_of\": \"2027-01-31\""))
        .expect("a file");
    let late = project.run(&["report", "--previous", "late.json"]).ended(2);
    assert!(late.stderr.contains("made of data through 2027-01-31"), "{late}");
}

#[test]
fn any_value_in_any_part_leaves_a_sound_report() {
    let whole = {
        let text = serde_json::to_value(since(&advice((100.0, 47.0), (0.08, 0.16)))).expect("JSON");
        with(with(text, "/as_of", json!("2026-09-30")), "/page", Value::Null)
    };
    let schema = report::schema();
    let junk = [
        Value::Null,
        json!(true),
        json!("x"),
        json!(-7),
        json!(1e300),
        json!(u64::MAX),
        json!([]),
        json!([[], 1]),
        json!({}),
    ];
    let mut pointers: Vec<String> = Vec::new();
    pointers_of(&whole, String::new(), 4, &mut pointers);
    // Every part that is read; the others change nothing.
    let read = [
        "months/0",
        "channels/0",
        "benchmark",
        "calibration/s",
        "calibration/criteria",
        "calibration/sweep/0",
        "settings",
        "since_last/promise",
    ];
    let is_top = |pointer: &str| pointer.matches('/').count() == 1;
    pointers.retain(|pointer| is_top(pointer) || read.iter().any(|part| pointer[1..].starts_with(part)));
    assert!(pointers.len() > 100, "{}", pointers.len());
    for (i, pointer) in pointers.iter().enumerate() {
        let part = &junk[i % junk.len()];
        let report = since(&with(whole.clone(), pointer, part.clone()));
        let found = serde_json::to_value(&report.since_last).expect("JSON");
        let text = format!("{found}{}", words(&report));
        for nonsense in ["NaN", "inf,", "null %", "1000000000000"] {
            assert!(!text.contains(nonsense), "{pointer} = {part}: {nonsense} in {text}");
        }
        if i % 25 == 0 {
            let value = serde_json::to_value(&report).expect("JSON");
            assert_eq!(json_schema::problems(&schema, &value), Vec::<String>::new(), "{pointer} = {part}");
        }
    }
}

/// Every place in a value, as deep as asked for.
fn pointers_of(value: &Value, at: String, depth: usize, out: &mut Vec<String>) {
    if !at.is_empty() {
        out.push(at.clone());
    }
    if depth == 0 {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, part) in fields.iter().filter(|(name, _)| !name.contains(['/', '~'])) {
                pointers_of(part, format!("{at}/{name}"), depth - 1, out);
            }
        }
        Value::Array(parts) => {
            if let Some(part) = parts.first() {
                pointers_of(part, format!("{at}/0"), depth - 1, out);
            }
        }
        _ => {}
    }
}

#[test]
fn texts_of_an_earlier_report_stay_texts_and_show_no_address() {
    let evil = "<script>alert(1)</script> | jane.doe@example.org";
    for pointer in ["/project", "/timezone", "/currency"] {
        let report = since(&with(last_month(), pointer, json!(evil)));
        let html = write::html(&report.page, None).expect("the page renders");
        assert!(html.contains("&lt;script&gt;alert"), "{pointer}: it is shown");
        assert!(!html.contains("<script>alert") && !html.contains("jane.doe"), "{pointer}");
        let markdown = write::markdown(&report.page);
        assert!(!markdown.contains("<script") || markdown.contains("\\<script"), "{pointer}");
        assert!(!markdown.contains("jane.doe"), "{pointer}");
        let json = serde_json::to_string(&report.since_last).expect("JSON");
        assert!(!json.contains("jane.doe"), "{pointer}: {json}");
    }
}
