//! Reviews of past month-ends: the same as a run on that day, and what came of them.

use crate::json_schema;
use crate::project::Project;
use serde_json::{Value, json};

fn backtest(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(&[&["backtest", "--json"], arguments].concat()).ended(0).without_a_trace();
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

#[test]
fn a_review_says_what_a_run_on_that_day_says() {
    let project = Project::sample();
    let backtest = backtest(&project, &["--months", "6"]);
    let reviews = backtest["reviews"].as_array().expect("reviews");
    let days: Vec<&str> = reviews.iter().filter_map(|row| row["said"]["as_of"].as_str()).collect();
    assert_eq!(days, ["2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"]);
    for row in [&reviews[0], &reviews[3], &reviews[5]] {
        let said = &row["said"];
        let day = said["as_of"].as_str().expect("a day");
        let calibration =
            Project::sample().run(&["calibrate", "--as-of", day, "--out", "c"]).ended(0).json("c/calibration.json");
        for name in ["verdict", "mature_mqls", "mature_sqls", "marginal_at_bar", "mqls_per_month"] {
            assert_eq!(said[name], calibration[name], "{name} of {day}");
        }
        assert_eq!(said["suggested"], calibration["bar"]["threshold"], "{day}");
    }
    let today = project.run(&["calibrate", "--out", "c"]).ended(0).json("c/calibration.json");
    assert_eq!(today["previous"], reviews[4]["said"], "the review before is the month-end before");
}

#[test]
fn what_came_is_counted_among_later_mqls_that_are_old_enough() {
    let backtest = backtest(&Project::sample(), &["--months", "9"]);
    let reviews = backtest["reviews"].as_array().expect("reviews");
    let later: Vec<u64> = reviews.iter().filter_map(|row| row["came"]["mqls"].as_u64()).collect();
    assert!(later.is_sorted_by(|early, late| early >= late), "the later the review, the fewer came since: {later:?}");
    assert!(later[0] > 100 && later[8] == 0, "{later:?}");
    let last = &reviews[8]["came"];
    assert_eq!((&last["rate_held"], &last["marginal_at_bar"]["value"]), (&json!("unknown"), &Value::Null));
    assert!(last["why_not"].as_str().is_some_and(|why| why.contains("only 0 MQLs")), "{last}");
    let tally = &backtest["tally"];
    let held = |name: &str, what: &str| reviews.iter().filter(|row| row["came"][name] == what).count() as u64;
    assert_eq!(tally["rates"], held("rate_held", "yes") + held("rate_held", "no"));
    assert_eq!(tally["rates_held"], held("rate_held", "yes"));
    assert!(tally["rates"].as_u64().is_some_and(|n| n >= 3), "{tally}");
}

#[test]
fn little_to_compare_is_said() {
    let run = Project::sound().run(&["backtest", "--months", "2"]).ended(0).without_a_trace();
    assert!(run.stdout.contains("Nothing can be compared yet") || run.stdout.contains("No past month-end"), "{run}");
    let run = Project::sample().run(&["backtest", "--months", "3"]).ended(0).without_a_trace();
    assert!(run.stdout.contains("2026-08-31") && !run.stdout.contains("2026-07-31"), "{run}");
}

#[test]
fn the_schema_holds_for_the_backtest() {
    let schema: Value =
        serde_json::from_str(&Project::empty().run(&["schema", "backtest"]).ended(0).stdout).expect("JSON");
    for project in [Project::sound(), Project::sample()] {
        assert_eq!(json_schema::problems(&schema, &backtest(&project, &[])), Vec::<String>::new());
    }
}

#[test]
fn where_there_is_nothing_to_review_it_is_said() {
    let project = Project::sound();
    project.run(&["backtest", "--as-of", "2025-07-20"]).ended(2).complaining(&["no complete month"]).without_a_trace();
    let without = Project::sound().without("leadgauge.toml");
    without.run(&["backtest", "."]).ended(2).complaining(&["names no [[criteria]]"]).without_a_trace();
    project.run(&["backtest", "--months", "0"]).ended(2).complaining(&["0"]).without_a_trace();
}
