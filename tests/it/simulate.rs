//! The same history under other criteria: today's numbers for today's criteria, and differences worked out by hand.

use crate::json_schema;
use crate::project::{Project, Run};
use serde_json::{Value, json};

const FIGURES: [&str; 6] =
    ["mqls_per_month", "sqls_per_month", "mql_to_sql", "sales_cost_per_month", "profit_per_month", "gain_per_month"];

fn simulated(project: &Project, arguments: &[&str]) -> Value {
    let run = project.run(&[&["simulate", "--json"], arguments].concat()).ended(0);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Whether two numbers are the same to what is written of them.
fn same(a: &Value, b: &Value) -> bool {
    (number(a) - number(b)).abs() <= 1e-6 * number(a).abs().max(1e-3)
}

/// Mature MQLs of the sound project: those of day 5i + 3 whose 90 days have passed on day 364.
fn mature() -> impl Iterator<Item = i32> {
    (0..60).filter(|i| i % 4 != 3 && 5 * i + 3 + 90 <= 364)
}

#[test]
fn today_s_own_criteria_give_today_s_numbers() {
    for project in [Project::sound(), Project::sample()] {
        project.run(&["calibrate", "--out", "c"]).ended(0);
        let calibration: Value = serde_json::from_str(&project.text("c/calibration.json")).expect("JSON");
        let bar = calibration["criteria"]["threshold"].to_string();
        for arguments in [&["--threshold", bar.as_str()][..], &["--criteria", "leadgauge.toml"]] {
            let simulation = simulated(&project, arguments);
            for name in FIGURES {
                let figure = &simulation[name];
                assert!(same(&figure["today"], &figure["simulated"]["value"]), "{name}: {figure}");
                assert_eq!(figure["basis"], "observed", "{name}");
            }
            assert!(same(&simulation["mqls_per_month"]["today"], &calibration["mqls_per_month"]));
            let months = number(&calibration["mature_mqls"]) / number(&calibration["mqls_per_month"]);
            assert!(same(&simulation["sqls_per_month"]["today"], &json!(number(&calibration["mature_sqls"]) / months)));
            for name in ["leave", "leave_sqls", "earlier", "later", "enter"] {
                assert_eq!(simulation["moves"][name], 0, "{name}");
            }
            assert_eq!(simulation["today"], simulation["simulated"]);
        }
    }
}

/// The page's script multiplies these by the reader's prices; they are counted in the program and not by its queries.
#[test]
fn points_that_a_reader_can_try_bring_what_a_simulation_of_them_says() {
    let project = Project::sample();
    project.run(&["calibrate", "--out", "c"]).ended(0);
    let calibration: Value = serde_json::from_str(&project.text("c/calibration.json")).expect("JSON");
    let tried = calibration["tried"].as_array().expect("points to try");
    let bar = number(&calibration["criteria"]["threshold"]);
    let (mut emulated, mut bounded) = (0, 0);
    for action in tried {
        let points = action["points"].as_array().expect("points");
        for one in [&points[0], &points[points.len() - 1]] {
            let asked = format!("{}={}", action["name"].as_str().expect("a name"), one["points"]);
            for at in one["bars"].as_array().expect("bars") {
                let threshold = number(&at["threshold"]);
                // Beside today's bar the bands of a simulation are a little wider or narrower.
                let near = if threshold == bar { 1e-6 } else { 0.02 };
                if threshold != bar && threshold != 1.2 * bar {
                    continue;
                }
                let simulation =
                    simulated(&project, &["--points", &asked, "--threshold", &at["threshold"].to_string()]);
                let (mqls, sqls) = (&simulation["mqls_per_month"], &simulation["sqls_per_month"]);
                let alike = |a: &Value, b: &Value, of: &Value| {
                    a.is_null() && b.is_null() || (number(a) - number(b)).abs() <= near * number(of)
                };
                let name = format!("{asked} at {threshold}");
                assert!(alike(&at["mqls_per_month"], &mqls["simulated"]["value"], &mqls["today"]), "{name}");
                for part in ["value", "low", "high"] {
                    let (here, there) = (&at["sqls_per_month"][part], &sqls["simulated"][part]);
                    assert!(alike(here, there, &sqls["today"]), "{name}: {part} {here} {there}");
                }
                if threshold == bar {
                    for part in ["value", "low", "high"] {
                        let (here, there) =
                            (&at["gain_per_month"][part], &simulation["gain_per_month"]["simulated"][part]);
                        assert!(
                            here.is_null() && there.is_null() || same(here, there),
                            "{name}: {part} {here} {there}"
                        );
                    }
                }
                match at["sqls_per_month"]["value"].is_null() {
                    true => bounded += 1,
                    false => emulated += 1,
                }
            }
        }
    }
    assert!(emulated > 5 && bounded > 3, "{emulated} {bounded}");
}

#[test]
fn another_threshold_alone_gives_its_row_of_the_sweep() {
    let project = Project::sample();
    project.run(&["calibrate", "--out", "c"]).ended(0);
    let calibration: Value = serde_json::from_str(&project.text("c/calibration.json")).expect("JSON");
    let sweep = calibration["sweep"].as_array().expect("a sweep");
    assert!(sweep.len() > 10);
    for row in [&sweep[0], &sweep[1], &sweep[4], &sweep[9]] {
        let simulation = simulated(&project, &["--threshold", &row["threshold"].to_string()]);
        for name in ["mqls_per_month", "sqls_per_month"] {
            assert!(same(&simulation[name]["simulated"]["value"], &row[name]), "{name} at {}", row["threshold"]);
            assert_eq!(simulation[name]["basis"], row["basis"]);
        }
        for part in ["value", "low", "high"] {
            let (gain, profit) =
                (&simulation["gain_per_month"]["simulated"], &simulation["profit_per_month"]["simulated"]);
            assert!(same(&gain[part], &row["gain_per_month"][part]), "{part} at {}", row["threshold"]);
            assert!(same(&profit[part], &row["profit_per_month"][part]), "{part} at {}", row["threshold"]);
        }
    }
    let between = |bar: f64| {
        number(&simulated(&project, &["--threshold", &bar.to_string()])["mqls_per_month"]["simulated"]["value"])
    };
    let (low, high) = (number(&sweep[4]["threshold"]), number(&sweep[5]["threshold"]));
    let middle = between((low + high) / 2.0);
    assert!((middle - (between(low) + between(high)) / 2.0).abs() < 1e-6);
}

#[test]
fn mqls_that_lose_their_points_leave() {
    let simulation = simulated(&Project::sound(), &["--points", "demo_request=0"]);
    let moves = &simulation["moves"];
    let sqls = mature().filter(|i| i % 5 < 2).count();
    assert_eq!((&moves["stay"], &moves["leave"]), (&json!(0), &json!(mature().count())));
    assert_eq!((&moves["leave_sqls"], &moves["enter"], &moves["unexplained"]), (&json!(sqls), &json!(0), &json!(0)));
    assert!(number(&simulation["mqls_per_month"]["simulated"]["value"]).abs() < 1e-6);
    assert!((number(&simulation["sqls_lost"]["simulated"]["value"]) - sqls as f64).abs() < 1e-6);
    // All cost is saved, and all value lost.
    let (today, gain) = (&simulation["profit_per_month"]["today"], &simulation["gain_per_month"]["simulated"]["value"]);
    assert!((number(today) + number(gain)).abs() < 1e-6 * number(today));
}

#[test]
fn leads_that_gain_points_enter_with_bounds_and_no_number_and_others_come_earlier() {
    let project = Project::sound();
    let arguments = ["--fit", "job_title.*director*=30", "--ids", "ids.csv"];
    let simulation = simulated(&project, &arguments);
    let moves = &simulation["moves"];
    // Directors reach 50 with their second click, on the second day, instead of with the demo on the fourth.
    let directors = mature().filter(|i| i % 3 == 0).count();
    assert_eq!((&moves["earlier"], &moves["earlier_days"]), (&json!(directors), &json!(2.0)));
    // Those who never asked for a demo and were never MQL: L03, L15, L27, L39, L51.
    assert_eq!((&moves["enter"], &moves["leave"], &moves["later"]), (&json!(5), &json!(0), &json!(0)));
    let gain = &simulation["gain_of_entering"];
    assert_eq!((&gain["simulated"]["value"], &gain["basis"]), (&Value::Null, &json!("extrapolated")));
    assert!(number(&gain["simulated"]["low"]) < 0.0 && number(&gain["simulated"]["high"]) > 0.0, "{gain}");
    assert_eq!(simulation["gain_per_month"]["simulated"]["value"], Value::Null);
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(project.text("ids.csv").as_bytes())
        .records()
        .map(|row| row.expect("a row").iter().map(str::to_string).collect())
        .collect();
    let entering: Vec<&str> = rows.iter().filter(|row| row[1] == "enters").map(|row| row[0].as_str()).collect();
    assert_eq!(entering, ["L03", "L15", "L27", "L39", "L51"]);
    assert_eq!(rows.len(), directors + 5);
    assert_eq!(rows[0], ["L00", "earlier", "2025-07-04", "2025-07-02"]);
}

#[test]
fn without_economics_there_are_counts_and_no_money() {
    let project = Project::sound().replaced("leadgauge.toml", "value_per_sql = 1000", "");
    let simulation = simulated(&project, &["--points", "demo_request=0"]);
    assert_eq!(simulation["gain_per_month"]["simulated"]["value"], Value::Null);
    assert_eq!(simulation["profit_per_month"]["today"], Value::Null);
    assert!(number(&simulation["mqls_per_month"]["today"]) > 1.0);
    let run = project.run(&["simulate", "--points", "demo_request=0"]).ended(0);
    assert!(run.stdout.contains("set value_per_sql"), "{run}");
}

#[test]
fn the_table_says_what_its_numbers_rest_on_and_leaves_nothing_behind() {
    let run = Project::sample().run(&["simulate", "--threshold", "130", "--half-life", "none"]).ended(0);
    for words in ["MQLs a month", "SQLs a month", "Gain a month", "emulated", "would not have reached the new bar"] {
        assert!(run.stdout.contains(words), "{words}: {run}");
    }
    run.without_a_trace();
}

#[test]
fn nonsense_is_refused_with_a_sentence() {
    let project = Project::sound();
    let refused = |arguments: &[&str], words: &[&str]| -> Run {
        project.run(&[&["simulate"], arguments].concat()).ended(2).complaining(words).without_a_trace()
    };
    refused(&[], &["nothing is to be different", "--threshold 120"]);
    refused(&["--threshold", "-3"], &["a threshold of -3 is none"]);
    refused(&["--threshold", "0"], &["a threshold of 0 is none"]);
    refused(&["--threshold", "NaN"], &["NaN"]);
    refused(&["--threshold", "many"], &["many"]);
    refused(&["--points", "demo_reqest=3"], &["`demo_reqest`", "did you mean `demo_request`?"]);
    refused(&["--points", "demo_request"], &["demo_request=40"]);
    refused(&["--points", "demo_request=lots"], &["`lots`"]);
    refused(&["--points", "demo_request=1e99"], &["1000000"]);
    refused(&["--cap", "email_clik=3"], &["did you mean `email_click`?"]);
    refused(&["--cap", "email_click=-3"], &["`-3`", "none"]);
    refused(&["--fit", "job_titel.analyst=3"], &["`job_titel`", "did you mean `job_title`?"]);
    refused(&["--fit", "job_title.analysts=3"], &["`analysts`", "did you mean `Analyst`?"]);
    refused(&["--fit", "analyst=3"], &["company_size.51-1000=15"]);
    refused(&["--half-life", "long"], &["`long`", "none"]);
    refused(&["--half-life=-3"], &["half_life_days"]);
    refused(&["--lookback", "0"], &["lookback_days"]);
    refused(&["--criteria", "nowhere.toml"], &["cannot read nowhere.toml"]);
    refused(&["--criteria", "leads.csv"], &["leads.csv"]);
    let without = Project::sound().without("leadgauge.toml");
    without
        .run(&["simulate", ".", "--threshold", "3"])
        .ended(2)
        .complaining(&["names no [[criteria]]"])
        .without_a_trace();
    let young = project.run(&["simulate", "--threshold", "60", "--as-of", "2025-08-01"]).ended(2);
    young.complaining(&["90 days old"]).without_a_trace();
}

#[test]
fn the_schema_holds_for_the_simulation() {
    let schema: Value =
        serde_json::from_str(&Project::empty().run(&["schema", "simulation"]).ended(0).stdout).expect("JSON");
    for project in [Project::sound(), Project::sample()] {
        for arguments in [&["--threshold", "60"][..], &["--half-life", "20", "--lookback", "60"]] {
            assert_eq!(json_schema::problems(&schema, &simulated(&project, arguments)), Vec::<String>::new());
        }
    }
}
