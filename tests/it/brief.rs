//! The brief for the weekly meeting with sales: whose week is it, who is named, and who waits?

use crate::json_schema;
use crate::project::{Project, Run};
use leadgauge::report::brief::{Week, schema};
use leadgauge::vocabulary::Day;
use serde_json::{Value, json};

const PROJECT: &str = r#"project = "Brief"
timezone = "Australia/Sydney"
as_of = "2026-06-30"

[[criteria]]
threshold = 50
points = { email_click = 10, demo_request = 60 }
"#;

/// 2026-06-30 is a Tuesday; the last complete week is 22 to 28 June, week 26.
const STAGES: &str = "lead_id,stage,entered_at,reason
first,mql,2026-06-21T14:30:00Z,
last,mql,2026-06-28T13:30:00Z,
before,mql,2026-06-21T13:30:00Z,
after,mql,2026-06-28T14:30:00Z,
again,mql,2026-05-05,
again,working,2026-05-06,
again,recycled,2026-05-20,not now
again,mql,2026-06-24,
worked,mql,2026-05-11,
worked,working,2026-05-12,
worked,sql,2026-06-23,
rejected,mql,2026-06-02,
rejected,working,2026-06-03,
rejected,disqualified,2026-06-25,No budget
sql_rejected,mql,2026-06-02,
sql_rejected,working,2026-06-03,
sql_rejected,sql,2026-06-20,
sql_rejected,disqualified,2026-06-25,Lost to another
never_mql,disqualified,2026-06-25,Student
overdue,mql,2026-06-10,
explored,working,2026-05-13,exploration
";

const IDS: [&str; 13] = [
    "first",
    "last",
    "before",
    "after",
    "again",
    "worked",
    "rejected",
    "sql_rejected",
    "never_mql",
    "overdue",
    "explored",
    "asked",
    "answered",
];

fn leads() -> String {
    let row = |id: &&str| format!("{id},{id}@firm.example,2026-05-01,{id} Surname,webinar\n");
    format!("lead_id,email,created_at,full_name,channel\n{}", IDS.iter().map(row).collect::<String>())
}

const ACTIVITIES: &str = "lead_id,type,at
asked,demo_request,2026-06-15T02:00:00Z
asked,demo_request,2026-06-20T02:00:00Z
overdue,demo_request,2026-06-09T02:00:00Z
worked,demo_request,2026-06-26T02:00:00Z
rejected,demo_request,2026-06-01T02:00:00Z
answered,demo_request,2026-06-10T02:00:00Z
asked,email_click,2026-05-20T02:00:00Z
";

fn project() -> Project {
    Project::empty()
        .toml(PROJECT)
        .leads(&leads())
        .stage_history(&format!("{STAGES}answered,working,2026-06-11,\n"))
        .activities(ACTIVITIES)
}

fn brief(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(&[&["brief", ".", "--format", "json"], arguments].concat()).ended(0);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn ids(people: &Value) -> Vec<&str> {
    people.as_array().expect("a list").iter().map(|person| person["lead_id"].as_str().expect("an id")).collect()
}

#[test]
fn a_week_is_monday_to_sunday_in_the_projects_zone() {
    let found = brief(&project(), &[]);
    assert_eq!(
        (&found["week"], &found["from"], &found["to"]),
        (&json!("2026-W26"), &json!("2026-06-22"), &json!("2026-06-28"))
    );
    // In Sydney `first` is of Monday 00:30 and `last` of Sunday 23:30; `before` and `after` lie an hour outside.
    assert_eq!(found["mqls"]["n"], 2);
    assert_eq!(found["n_mqls_again"], 1);
    // The week before has `before`; the seven whole weeks from 4 May on had 1, 1, 0, 0, 2, 1 and 1.
    assert_eq!(found["mqls"]["week_before"], 1);
    assert_eq!(found["mqls"]["usual"], json!({ "low": 0, "high": 2, "weeks": 7 }));
    let of = |week: &str| brief(&project(), &["--week", week])["mqls"]["n"].clone();
    assert_eq!((of("2026-W25"), of("2026-W27")), (json!(1), json!(1)));
}

#[test]
fn weeks_are_those_of_iso_8601() {
    let day = |text: &str| text.parse::<Day>().expect("a day");
    for (text, monday) in [("2026-W01", "2025-12-29"), ("2020-W53", "2020-12-28"), ("2021-W01", "2021-01-04")] {
        let week: Week = text.parse().expect("a week");
        assert_eq!((week.first_day(), week.last_day()), (day(monday), day(monday).plus(6)), "{text}");
        assert_eq!(week.to_string(), text);
        for offset in 0..7 {
            assert_eq!(Week::of(day(monday).plus(offset)), week);
        }
    }
    assert_eq!(Week::last_complete(day("2026-06-28")).to_string(), "2026-W26");
    assert_eq!(Week::last_complete(day("2026-06-27")).to_string(), "2026-W25");
    for wrong in
        ["2026-W00", "2026-W54", "2021-W53", "2026W26", "2026-w26", "2026-W6", "+026-W26", "", "2026-W26x", "0000-W10"]
    {
        assert!(wrong.parse::<Week>().is_err(), "{wrong}");
    }
}

#[test]
fn who_was_rejected_was_an_mql_and_no_sql() {
    let found = brief(&project(), &[]);
    assert_eq!(ids(&found["rejected"]["people"]), ["rejected"]);
    let person = &found["rejected"]["people"][0];
    assert_eq!(
        (&person["stage"], &person["reason"], &person["day"], &person["mql_day"]),
        (&json!("disqualified"), &json!("no budget"), &json!("2026-06-25"), &json!("2026-06-02"))
    );
    assert_eq!(found["rejected"]["reasons"], json!([{ "stage": "disqualified", "reason": "no budget", "n": 1 }]));
}

#[test]
fn who_waits_is_listed_by_how_long() {
    let found = brief(&project(), &[]);
    assert_eq!(found["touches_known"], true);
    // `overdue` and `asked` asked and nobody came; `worked` is an SQL, `answered` was taken up a day later, `rejected`
    // was turned down after it asked.
    let hands = &found["hand_raisers"];
    assert_eq!((&hands["action"], ids(&hands["people"])), (&json!("demo_request"), vec!["overdue", "asked"]));
    assert_eq!((&hands["people"][1]["since"], &hands["people"][1]["days"]), (&json!("2026-06-15"), &json!(15)));
    assert_eq!((&hands["people"][0]["mql_day"], &hands["people"][1]["mql_day"]), (&json!("2026-06-10"), &Value::Null));
    // Past five days on 30 June: `overdue` (20), `before` (9), `first` (8), and `again`, whose second MQL nobody touched.
    let late = &found["overdue"];
    assert_eq!(ids(&late["people"]), ["overdue", "before", "first", "again"]);
    assert_eq!((&late["n"], &late["n_within"], &late["n_forgotten"]), (&json!(4), &json!(2), &json!(0)));
    assert_eq!(late["people"][3]["days"], 6);
    // As it was on the Sunday of the week before: `again` has no second MQL yet, and the others have waited for less.
    let earlier = brief(&project(), &["--week", "2026-W25"]);
    assert_eq!(ids(&earlier["overdue"]["people"]), ["overdue"]);
    assert_eq!(earlier["as_of"], "2026-06-21");
}

#[test]
fn the_action_that_asks_for_sales_is_a_setting() {
    let found = brief(&project().settings("[funnel]\nhand_raiser = \"email_click\""), &[]);
    assert_eq!(found["hand_raisers"]["action"], "email_click");
    assert_eq!(ids(&found["hand_raisers"]["people"]), ["asked"]);
    let none = brief(&project().settings("[funnel]\nhand_raiser = \"phone_call\""), &[]);
    assert_eq!((&none["hand_raisers"]["action"], &none["hand_raisers"]["n"]), (&Value::Null, &json!(0)));
}

#[test]
fn new_sqls_are_listed_with_their_mql() {
    let found = brief(&project(), &[]);
    let sqls = &found["sqls"];
    assert_eq!((&sqls["count"]["n"], ids(&sqls["people"])), (&json!(1), vec!["worked"]));
    assert_eq!((&sqls["people"][0]["mql_day"], &sqls["people"][0]["days"]), (&json!("2026-05-11"), &json!(43)));
}

#[test]
fn without_touches_nobody_is_said_to_wait() {
    let stages: String =
        STAGES.lines().filter(|line| !line.contains(",working,")).map(|line| format!("{line}\n")).collect();
    let project = project().stage_history(&stages);
    let found = brief(&project, &[]);
    assert_eq!(found["touches_known"], false);
    assert_eq!((&found["hand_raisers"]["n"], &found["overdue"]["n"]), (&json!(0), &json!(0)));
    let words = project.run(&["brief", "."]).ended(0).stdout;
    assert!(words.contains("Who waits cannot be told") && !words.contains("past 5 days"), "{words}");
}

#[test]
fn names_are_shown_only_where_they_are_asked_for() {
    for format in ["md", "html", "json"] {
        let run =
            |names: &[&str]| project().run(&[&["brief", ".", "--format", format], names].concat()).ended(0).stdout;
        let (without, with) = (run(&[]), run(&["--names"]));
        assert!(!without.contains("firm.example") && !without.contains("Surname"), "{format}: {without}");
        assert!(with.contains("overdue Surname") && with.contains("overdue@firm.example"), "{format}: {with}");
    }
    // An address can be the id itself.
    let by_address = project().replaced("leads.csv", "overdue,overdue@", "o@firm.example,o@").replaced(
        "stage_history.csv",
        "overdue,mql",
        "o@firm.example,mql",
    );
    let by_address = by_address.replaced("activities.csv", "overdue,demo", "o@firm.example,demo");
    let run = |names: &[&str]| by_address.run(&[&["brief", "."], names].concat()).ended(0).stdout;
    assert!(!run(&[]).contains("firm.example"), "{}", run(&[]));
    assert!(run(&["--names"]).contains("o@firm.example"));
}

#[test]
fn texts_from_data_stay_texts() {
    let hostile = project()
        .replaced("leads.csv", "rejected Surname,webinar", "\"=cmd|x <img src=x>\",\"<b>|chan`nel\"")
        .replaced("stage_history.csv", "No budget", "\"<script>alert(1)</script> | **ask** bob@evil.example\"");
    let html = hostile.run(&["brief", ".", "--format", "html", "--names"]).ended(0).stdout;
    assert!(!html.contains("<script>alert") && !html.contains("<b>|chan") && !html.contains("<img src=x"), "{html}");
    let text = hostile.run(&["brief", ".", "--names"]).ended(0).stdout;
    assert!(text.contains("\\<b>\\|chan\\`nel") && !text.contains("**ask**"), "{text}");
    for format in ["md", "html", "json"] {
        let run = hostile.run(&["brief", ".", "--format", format]).ended(0);
        assert!(!run.stdout.to_lowercase().contains("bob@evil"), "{format}");
    }
}

#[test]
fn an_empty_week_is_said_in_words() {
    let run = project().run(&["brief", ".", "--week", "2026-W22"]).ended(0);
    assert!(run.stdout.contains("# Week 2026-W22: no MQL, no new SQL"), "{run}");
    for words in ["No MQL was rejected", "Nobody became an SQL this week", "No MQL waits past 5 days"] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
}

#[test]
fn long_lists_are_cut_and_the_count_is_said() {
    let more = |text: String, row: &dyn Fn(usize) -> String| text + &(0..30).map(row).collect::<String>();
    let project = project()
        .leads(&more(leads(), &|i| format!("w{i:02},w{i}@firm.example,2026-05-01,W {i},event\n")))
        .stage_history(&more(STAGES.to_string(), &|i| format!("w{i:02},mql,2026-06-22,\n")));
    let found = brief(&project, &[]);
    assert_eq!((&found["overdue"]["n"], found["overdue"]["people"].as_array().map(Vec::len)), (&json!(34), Some(20)));
    let words = project.run(&["brief", "."]).ended(0).stdout;
    assert!(words.contains("20 of 34 are shown"), "{words}");
    assert!(words.contains("so more than usual"), "{words}");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let project = project();
    let run = project.run(&["brief", ".", "--out", "notes/week.html"]).ended(0);
    assert!(
        run.text("week.html").starts_with("<!doctype html>") || run.text("week.html").starts_with("<!DOCTYPE html>")
    );
    assert!(run.stdout.contains("notes/week.html"), "{run}");
    let again = project.run(&["brief", ".", "--out", "notes/week.json", "--quiet"]).ended(0);
    assert_eq!((again.json("week.json")["week"].clone(), again.stdout.as_str()), (json!("2026-W26"), ""));

    // Never over what was read, nor over a folder.
    let refused = |path: &str| -> Run { project.run(&["brief", ".", "--out", path]).ended(2) };
    refused("leads.csv").complaining(&["leads.csv", "a file of the project"]);
    refused("leadgauge.toml").complaining(&["a file of the project"]);
    refused("notes").complaining(&["it is a folder"]);
    assert_eq!(project.text("leads.csv"), leads());
    assert_eq!(project.text("leadgauge.toml"), PROJECT);
}

#[test]
fn the_schema_holds_for_the_brief() {
    let printed = Project::empty().run(&["schema", "brief"]).ended(0).stdout;
    assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), schema());
    for arguments in [&[][..], &["--names"], &["--week", "2026-W22"]] {
        assert_eq!(json_schema::problems(&schema(), &brief(&project(), arguments)), Vec::<String>::new());
    }
    assert_eq!(json_schema::problems(&schema(), &brief(&Project::sample(), &[])), Vec::<String>::new());
}

#[test]
fn weeks_outside_the_data_are_refused() {
    project().run(&["brief", ".", "--week", "2026-W40"]).ended(2).complaining(&["2026-W40", "after the data"]);
    project().run(&["brief", ".", "--week", "2020-W01"]).ended(2).complaining(&["2026-05-01"]);
    project().run(&["brief", ".", "--week", "26"]).ended(2).complaining(&["2026-W44"]);
    project().run(&["brief", ".", "--week", "2026-W26", "--as-of", "2026-06-30"]).ended(2).complaining(&["--as-of"]);
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let run = |project: &Project| project.run(&["brief", ".", "--names", "--format", "html"]).ended(0).stdout;
    let mut rows: Vec<&str> = STAGES.lines().skip(1).chain(["answered,working,2026-06-11,"]).collect();
    rows.reverse();
    let turned = project().stage_history(&format!("lead_id,stage,entered_at,reason\n{}\n", rows.join("\n")));
    assert!(run(&project()) == run(&project()));
    assert!(run(&project()) == run(&turned));
}
