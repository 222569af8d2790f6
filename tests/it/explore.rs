//! Random leads below the bar: who is chosen, who is not, and how the next run knows them again.

use crate::project::{Project, Run};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

fn ids(run: &Run) -> Vec<String> {
    run.rows("explore.csv").into_iter().skip(1).map(|row| row[0].clone()).collect()
}

/// In the sound project the bar is 50, and directors who only clicked stop at 45: of those L39 and L51 are fresh.
fn explore(project: &Project) -> Run {
    project.run(&["explore", "--leads", "10", "--out", "x"])
}

#[test]
fn leads_of_the_notch_that_are_fresh_and_nobody_s_are_chosen() {
    let run = explore(&Project::sound()).ended(0);
    let rows = run.rows("x/explore.csv");
    assert_eq!(rows[0], ["lead_id", "score", "band", "stage", "reason"]);
    let mut chosen: Vec<&[String]> = rows[1..].iter().map(Vec::as_slice).collect();
    chosen.sort();
    let row = |id| [id, "45", "45 to under 50", "working", "exploration"].map(String::from);
    assert_eq!(chosen, [&row("L39")[..], &row("L51")[..]]);
    assert!(run.stdout.contains("10 were asked for, and there are no more"), "{run}");
    assert!(run.stdout.contains("stage `working` with the reason `exploration`"), "{run}");
}

#[test]
fn whoever_was_had_by_somebody_is_not_chosen() {
    for entry in [
        "L39,Disqualified,2026-06-01,",
        "L39,Working,2026-06-01,exploration",
        "L39,Working,2026-06-01,",
        "L39,MQL,2026-06-01,",
        "L39,SQL,2026-06-01,",
        "L39,Recycled,2026-06-01,",
    ] {
        let run = explore(&Project::sound().row("stage_history.csv", entry)).ended(0);
        assert_eq!(ids(&run), ["L51"], "{entry}");
    }
    let excluded = Project::sound().settings("[exclude]\nemail_domains = [\"firm39.example\"]");
    assert_eq!(ids(&explore(&excluded).ended(0)), ["L51"]);
    let later = explore(&Project::sound().row("stage_history.csv", "L39,Working,2026-07-01,")).ended(0);
    assert_eq!(ids(&later).len(), 2, "what happens after the last visible day is not known");
    let scored = Project::sound().row("activities.csv", "L39,email_click,2026-06-01T09:00:00");
    assert_eq!(ids(&explore(&scored).ended(0)), ["L51"], "a lead that crosses the bar belongs to sales");
}

#[test]
fn nothing_in_the_list_is_a_formula_or_an_address() {
    let renamed = |to: &str| Project::sound().replaced("leads.csv", "L51", to).replaced("activities.csv", "L51", to);
    let formula = ids(&explore(&renamed("=L51")).ended(0)).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(formula, BTreeSet::from(["L39".to_string(), "'=L51".to_string()]));
    let address = renamed("p51@firm51.example");
    explore(&address).ended(2).complaining(&["e-mail addresses", "--names"]).without_a_trace();
    let asked = address.run(&["explore", "--leads", "10", "--out", "x", "--names"]).ended(0);
    assert!(ids(&asked).contains(&"p51@firm51.example".to_string()));
}

#[test]
fn the_hash_of_the_id_chooses_and_more_leads_only_add_to_it() {
    let project = Project::sample();
    let chosen = |n: &str| ids(&project.run(&["explore", "--leads", n, "--out", n]).ended(0));
    let run = project.run(&["explore", "--leads", "10", "--out", "first"]).ended(0);
    let few: Vec<String> = run.rows("first/explore.csv").into_iter().skip(1).map(|row| row[0].clone()).collect();
    assert_eq!(few.len(), 10);
    let hash = |id: &String| Sha256::digest(id.as_bytes()).to_vec();
    assert!(few.is_sorted_by_key(hash), "{few:?}");
    std::fs::remove_dir_all(project.path("first")).expect("it was written");
    let many = chosen("25");
    assert_eq!(many[..10], few[..]);
    std::fs::remove_dir_all(project.path("25")).expect("it was written");
    assert_eq!(chosen("25"), many);
}

#[test]
fn leads_that_were_explored_are_known_again_and_told_of() {
    let project = Project::sample();
    let known = |run: &Run, file: &str| -> (u64, u64, u64) {
        let support = &run.json(file)["support"];
        let count = |value: &serde_json::Value| value.as_u64().expect("a count");
        let notch = &support["notch"];
        (count(&notch["explored"]), count(&notch["explored_sqls"]), count(&notch["explored_waiting"]))
    };
    let before = known(&project.run(&["calibrate", "--out", "c"]).ended(0), "c/calibration.json");
    let waiting = ["calibrate", "--as-of", "2026-07-31", "--out", "w"];
    let waiting_before = known(&project.run(&waiting).ended(0), "w/calibration.json");
    let early = project.run(&["explore", "--leads", "60", "--as-of", "2026-05-31", "--out", "x"]).ended(0);
    let chosen = ids(&early);
    let history = project.text("stage_history.csv");
    let had: BTreeSet<&str> = history
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter(|(_, rest)| !rest.starts_with("Lead,"))
        .map(|(id, _)| id)
        .collect();
    // Some of them became MQL on their own in the months after: those are no explored leads any more.
    let explored: Vec<&String> = chosen.iter().filter(|id| !had.contains(id.as_str())).collect();
    assert!(explored.len() > 20, "{} of {}", explored.len(), chosen.len());
    let project = explored.iter().enumerate().fold(project, |project, (i, id)| {
        let project = project.row("stage_history.csv", &format!("{id},Working,2026-06-01T00:00:01+02:00,exploration"));
        let sql = format!("{id},Sales Qualified Lead,2026-06-20T10:00:00+02:00,");
        if i < 12 { project.row("stage_history.csv", &sql) } else { project }
    });
    let run = project.run(&["report", "--out", "r"]).ended(0);
    let n = explored.len() as u64;
    let now = known(&run, "r/calibration.json");
    assert_eq!((now.0, now.1), (before.0 + n, before.1 + 12));
    let says = format!("Of {} explored leads between ", now.0);
    assert!(run.text("r/report.md").contains(&says), "{says}");
    let again = project.run(&["explore", "--leads", "400", "--out", "again"]).ended(0);
    let again = again.rows("again/explore.csv");
    assert!(again.iter().all(|row| !explored.contains(&&row[0])), "nobody is explored twice");
    // Before the window has passed nothing is known of them.
    let waits = known(&project.run(&waiting).ended(0), "w/calibration.json");
    assert_eq!(waits, (waiting_before.0, waiting_before.1, waiting_before.2 + n));
}

#[test]
fn nobody_is_chosen_where_there_is_no_bar_and_no_number() {
    let without = Project::sound().without("leadgauge.toml");
    without.run(&["explore", ".", "--leads", "3"]).ended(2).complaining(&["names no [[criteria]]"]).without_a_trace();
    let run = Project::sound().run(&["explore"]).ended(2).without_a_trace();
    run.complaining(&["how many leads", "--leads N"]);
    Project::sound().run(&["explore", "--leads", "0"]).ended(2).without_a_trace();
    Project::sound()
        .run(&["explore", "--leads", "3", "--as-of", "2025-07-10"])
        .ended(2)
        .complaining(&["no lead can be chosen", "2025-07-10"])
        .without_a_trace();
}
