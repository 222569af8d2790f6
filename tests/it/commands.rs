//! Every command does what its help says.

use crate::project::{Project, Run};
use leadgauge::config;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The repository's sample project.
fn sample_data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

#[test]
fn sample_writes_the_repositorys_sample_by_default() {
    let run = Project::empty().run(&["sample", "--out", "here"]).ended(0);
    assert!(run.stdout.contains("leadgauge report here"), "the next step is said: {run}");
    let written: BTreeSet<&str> = run.files.keys().filter_map(|path| path.strip_prefix("here/")).collect();
    assert_eq!(written.len(), run.files.len());
    let entries = fs::read_dir(sample_data()).expect("the sample").map(|entry| entry.expect("an entry").path());
    // The folder of messy exports beside it is not the program's.
    for path in entries.filter(|path| path.is_file()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = run.files.get(&format!("here/{name}")).unwrap_or_else(|| panic!("no {name}"));
        assert!(bytes == &fs::read(&path).expect("a file"), "{name} is not what the repository holds");
    }
}

#[test]
fn sample_gives_the_same_bytes_for_the_same_seed_only() {
    let sample = |seed: &str| {
        Project::empty()
            .run(&["sample", "--out", "s", "--leads", "300", "--months", "9", "--seed", seed])
            .ended(0)
            .files
    };
    let (one, again, other) = (sample("3"), sample("3"), sample("4"));
    assert!(one == again);
    assert!(one["s/leads.csv"] != other["s/leads.csv"]);
    let rows = one["s/leads.csv"].iter().filter(|byte| **byte == b'\n').count();
    assert!((300..330).contains(&rows), "300 people, a few of them twice: {rows}");
}

#[test]
fn any_sample_can_be_reported_on() {
    for (leads, months) in [("1", "4"), ("40", "4"), ("500", "60")] {
        let project = Project::empty();
        project.run(&["sample", "--out", "s", "--leads", leads, "--months", months]).ended(0);
        let run = project.run(&["report", "s", "--out", "r"]).ended(0);
        assert_eq!(run.json("r/report.json")["month"], "2026-10");
    }
}

#[test]
fn report_writes_what_it_says_it_writes() {
    let run = Project::sound().run(&["report"]).ended(0);
    assert_eq!(run.stderr, "");
    assert!(run.stdout.ends_with("The report is in reports/2026-06/report.html\n"), "{run}");
    let report = run.json("report.json");
    assert!(run.stdout.starts_with(report["page"]["headline"].as_str().expect("a text")), "{run}");
    let mut expected: BTreeSet<String> = [
        "report.html",
        "report.pdf",
        "report.xlsx",
        "report.md",
        "report.json",
        "findings.csv",
        "manifest.json",
        "calibration.json",
        "criteria.suggested.toml",
    ]
    .iter()
    .map(|name| format!("reports/2026-06/{name}"))
    .collect();
    for section in report["page"]["sections"].as_array().expect("sections") {
        for block in section["blocks"].as_array().expect("blocks").iter().filter(|block| block["kind"] == "chart") {
            expected.insert(format!("reports/2026-06/charts/{}.svg", block["id"].as_str().expect("an id")));
        }
    }
    assert_eq!(run.files.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let manifest = run.json("manifest.json");
    assert_eq!((&manifest["as_of"], &manifest["inputs"]), (&report["as_of"], &report["inputs"]));
    assert_eq!(manifest["tool"], json!({ "name": "leadgauge", "version": env!("CARGO_PKG_VERSION") }));
}

#[test]
fn pictures_that_the_markdown_shows_are_there() {
    let run = Project::sample().run(&["report", "--out", "r"]).ended(0);
    let markdown = run.text("report.md");
    let pictures: Vec<&str> = markdown.split("](charts/").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(pictures.len() >= 3, "{pictures:?}");
    for picture in pictures {
        assert!(run.text(&format!("charts/{picture}")).starts_with("<svg"), "{picture}");
    }
}

#[test]
fn as_of_hides_what_is_later_and_month_moves_the_month_only() {
    let json = |arguments: &[&str]| -> Value {
        Project::sound().run(&[&["report", "--out", "r"], arguments].concat()).ended(0).json("report.json")
    };
    let whole = json(&[]);
    assert_eq!((&whole["as_of"], &whole["month"]), (&json!("2026-06-30"), &json!("2026-06")));
    let early = json(&["--as-of", "2025-12-15"]);
    assert_eq!(
        (&early["as_of"], &early["month"]),
        (&json!("2025-12-15"), &json!("2025-11")),
        "December is not complete"
    );
    assert_eq!(early["overall"]["to"], "2025-11");
    let converted = |value: &Value| value["overall"]["mql_to_sql"]["converted"].as_u64().expect("a count");
    assert!(converted(&early) < converted(&whole));
    let back = json(&["--month", "2025-12"]);
    assert_eq!((&back["as_of"], &back["month"]), (&json!("2026-06-30"), &json!("2025-12")));
    let december = |value: &Value| {
        let mut months = value["months"].as_array().expect("months").iter();
        months.find(|row| row["month"] == "2025-12").expect("December").clone()
    };
    assert_eq!(december(&back), december(&whole), "what is known of a month does not depend on where the report ends");
}

#[test]
fn format_limits_what_is_written() {
    let names = |run: &Run| -> Vec<String> {
        let reports = run.files.keys().filter(|path| path.contains("/report."));
        reports.map(|path| path.rsplit('/').next().expect("a name").to_string()).collect()
    };
    let run = Project::sound().run(&["report", "--format", "md"]).ended(0);
    assert_eq!(names(&run), ["report.md"]);
    assert!(run.stdout.ends_with("report.md\n"), "{run}");
    let run = Project::sound().run(&["report", "--format", "json", "--format", "html"]).ended(0);
    assert_eq!(names(&run), ["report.html", "report.json"]);
    let run = Project::sound().settings("[report]\nformats = [\"json\"]").run(&["report"]).ended(0);
    assert_eq!(names(&run), ["report.json"]);
    assert!(run.stdout.ends_with("report.json\n"), "{run}");
}

#[test]
fn a_folder_of_exports_needs_no_project_file() {
    let project = Project::sound().without("leadgauge.toml");
    let run = project.run(&["report", ".", "--as-of", "2026-06-30"]).ended(0);
    let report = run.json("report.json");
    assert_eq!(report["overall"]["mql_to_sql"]["n"], 45);
    assert_eq!(report["calibration"]["verdict"], "not_enough_data");
    assert!(!run.files.keys().any(|path| path.ends_with(".toml")), "without criteria there is nothing to suggest");
}

#[test]
fn check_shows_what_it_read_and_writes_nothing() {
    let project = Project::sound().row("stage_history.csv", "L03,Nurture,2026-01-01,");
    let run = project.run(&["check"]).ended(0).without_a_trace();
    for words in [
        "leads ← leads.csv: 60 rows read, 60 used, 0 rejected",
        "1 rejected",
        "channel                  ← channel (recognised by its header)",
        "last visible day: 2026-06-30",
        "warn: 1 of ",
        "\"Nurture\" (1)",
        "[stage_history::unknown_stage]",
        "for example: stage_history.csv row",
        "under [stages]",
    ] {
        assert!(run.stdout.contains(words), "no {words:?} in {run}");
    }
    let run = project.run(&["check", "--rejected", "out"]).ended(0);
    assert_eq!(run.files.keys().collect::<Vec<_>>(), ["out/manifest.json", "out/rejected/stage_history.csv"]);
    let found = Project::sound().replaced("leadgauge.toml", "as_of    = \"2026-06-30\"\n", "");
    assert!(found.run(&["check"]).ended(0).stdout.contains("(found in the data)"));
}

#[test]
fn explain_knows_every_name_that_it_lists() {
    let project = Project::empty();
    let list = project.run(&["explain"]).ended(0).stdout;
    let names: BTreeSet<&str> = list.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(names.len() > 100, "{}", names.len());
    for expected in ["mql_to_sql", "leads", "journeys", "activities::unscored_type", "windows.mql_to_sql_days"] {
        assert!(names.contains(expected), "{expected} is not listed");
    }
    for name in &names {
        let run = project.run(&["explain", name]).ended(0);
        assert!(run.stdout.lines().count() >= 3 && run.stdout.contains(' '), "{name}: {run}");
    }
    let words = project.run(&["explain", "mql_to_sql"]).ended(0).stdout;
    assert!(words.contains("SELECT") && words.contains("Disqualified"), "definition and SQL: {words}");
    project.run(&["explain", "activities::unknown_lead"]).ended(0);
}

#[test]
fn every_finding_of_a_report_can_be_explained() {
    let run = Project::sample().run(&["report", "--out", "r"]).ended(0);
    let findings = run.json("report.json")["findings"].clone();
    assert!(findings.as_array().expect("findings").len() > 5);
    for finding in findings.as_array().into_iter().flatten() {
        let code = finding["code"].as_str().expect("a code");
        let words = Project::empty().run(&["explain", code]).ended(0).stdout;
        assert!(words.contains(finding["help"].as_str().expect("a help")), "{code}: {words}");
    }
}

#[test]
fn schemas_are_json_schemas() {
    for (what, field) in [
        ("config", "sources"),
        ("report", "page"),
        ("brief", "page"),
        ("calibration", "sweep"),
        ("simulation", "moves"),
        ("backtest", "tally"),
    ] {
        let schema: Value =
            serde_json::from_str(&Project::empty().run(&["schema", what]).ended(0).stdout).expect("JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["properties"][field].is_object(), "{what} has {field}");
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Project::empty().run(&["completions", shell]).ended(0).stdout;
        for word in ["leadgauge", "calibrate", "as-of"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
}

#[test]
fn calibrate_writes_a_judgement_and_criteria_that_can_be_pasted() {
    let project = Project::sample();
    let run = project.run(&["calibrate", "--out", "c"]).ended(0);
    let names: Vec<&str> = run.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["c/calibration.json", "c/criteria.suggested.toml", "c/manifest.json"]);
    let calibration = run.json("calibration.json");
    let verdict = calibration["verdict"].as_str().expect("a verdict").replace('_', " ");
    assert!(run.stdout.starts_with(&format!("Verdict: {verdict}\n")), "{run}");
    for sentence in calibration["says"].as_array().expect("says") {
        assert!(run.stdout.contains(sentence.as_str().expect("a text")));
    }

    let pasted = format!("{}\n{}", project.text("leadgauge.toml"), run.text("criteria.suggested.toml"));
    let plan = config::parse(&pasted, "leadgauge.toml", Path::new("")).unwrap_or_else(|problems| panic!("{problems}"));
    let bar = &calibration["bar"];
    let row = calibration["sweep"].as_array().expect("a sweep").iter().find(|row| row["threshold"] == bar["threshold"]);
    assert_eq!(row.expect("the advised bar was weighed")["gain_per_month"], bar["gain_per_month"]);
    assert_eq!((&bar["verdict"], &bar["repeated"]), (&calibration["verdict"], &Value::from("yes")));
    assert!(
        run.stdout
            .contains("The review as of 2026-09-30 said the same direction, but both rest mostly on the same leads")
    );
    let advised = plan.criteria.last().expect("a version");
    let view = serde_json::to_value(leadgauge::calibration::view(advised)).expect("criteria are JSON");
    assert_eq!(view, calibration["suggested"], "what is pasted is what was advised");
    let card = &calibration["points"]["card"];
    assert_eq!(calibration["points"]["status"], "advised");
    assert_eq!((&view["points"], &view["threshold"]), (&card["points"], &card["threshold"]), "a card with its own bar");
    assert_eq!(advised.effective_from.map(|day| day.to_string()).as_deref(), Some("2026-11-01"), "the next month");

    // The project goes on with them: what is in force next month changes nothing yet, but it is said.
    let project = project.toml(&pasted);
    let again = project.run(&["report", "--out", "r"]).ended(0);
    let mut now = again.json("r/report.json")["calibration"].clone();
    let mut before = calibration;
    let (warnings, without) = (now["warnings"].take(), before["warnings"].take());
    assert!(warnings.to_string().contains("criteria that take effect on 2026-11-01"), "{warnings}");
    assert!(!without.to_string().contains("take effect"));
    assert_eq!(now, before);
}

#[test]
fn calibrate_says_what_it_lacks() {
    let without = Project::sound().toml("as_of = \"2026-06-30\"").run(&["calibrate", "--out", "c"]).ended(0);
    assert!(without.stdout.contains("names no [[criteria]]"), "{without}");
    assert_eq!(without.json("calibration.json")["criteria"], Value::Null);
    assert!(!without.files.contains_key("c/criteria.suggested.toml"));
    let few = Project::sound().run(&["calibrate", "--out", "c", "--as-of", "2026-02-28"]).ended(0);
    assert!(few.stdout.starts_with("Verdict: not enough data\n"), "{few}");
    let idle = Project::sound().without("activities.csv").run(&["calibrate", "--out", "c"]).ended(0);
    assert!(idle.stdout.contains("there are no activities"), "{idle}");
}

#[test]
fn a_finding_at_deny_ends_with_1_and_everything_is_written() {
    let project = Project::sound().row("stage_history.csv", "L03,Nurture,2026-01-01,");
    let denying = |level: &str| format!("[quality]\n\"stage_history::unknown_stage\" = \"{level}\"");
    let project = project.settings(&denying("deny"));
    let run = project.run(&["report", "--out", "out"]).ended(1);
    assert_eq!(run.json("report.json")["findings"][0]["level"], "deny");
    assert!(run.files.contains_key("out/report.html"));
    project.run(&["check"]).ended(1);
    project.run(&["calibrate", "--out", "c"]).ended(1);
    let project = project.replaced("leadgauge.toml", &denying("deny"), &denying("allow"));
    let run = project.run(&["report", "--out", "out"]).ended(0);
    assert_eq!(run.json("report.json")["findings"], json!([]), "what is allowed is not shown");
    assert_eq!(run.rows("rejected/stage_history.csv").len(), 2, "and still stands among the rejected");
}

#[test]
fn quiet_says_nothing_but_errors() {
    for arguments in
        [&["report", "--out", "r"][..], &["calibrate", "--out", "c"], &["sample", "--out", "s", "--leads", "9"]]
    {
        let run = Project::sound().run(&[arguments, &["--quiet"]].concat()).ended(0);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""), "{arguments:?}");
        assert!(!run.files.is_empty());
    }
    Project::empty().run(&["report", "nowhere", "-q"]).ended(2).complaining(&["there is no `nowhere`"]);
}

#[test]
fn help_names_every_command() {
    let help = Project::empty().run(&["--help"]).ended(0).stdout;
    for command in [
        "report",
        "brief",
        "calibrate",
        "simulate",
        "explore",
        "backtest",
        "check",
        "sample",
        "explain",
        "schema",
        "completions",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} in {help}");
        Project::empty().run(&[command, "--help"]).ended(0);
    }
    assert_eq!(
        Project::empty().run(&["--version"]).ended(0).stdout,
        format!("leadgauge {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn no_address_of_a_lead_leaves_the_exports() {
    let project = Project::sample();
    let leads = project.text("leads.csv");
    let mut reader = csv::Reader::from_reader(leads.as_bytes());
    let addresses: BTreeSet<String> =
        reader.records().map(|row| row.expect("a row")[1].to_lowercase()).filter(|cell| cell.contains('@')).collect();
    assert!(addresses.len() > 3_000);
    for arguments in [&["report", "--out", "r"][..], &["calibrate", "--out", "c"], &["check", "--rejected", "k"]] {
        let run = project.run(arguments).ended(0);
        let outputs =
            run.files.iter().map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes).to_lowercase()));
        for (name, text) in outputs.chain([("stdout", run.stdout.to_lowercase())]) {
            // Every address has an @, so only the words around one need to be looked up.
            for word in
                text.split(|c: char| c.is_whitespace() || "\"'<>(),;".contains(c)).filter(|word| word.contains('@'))
            {
                assert!(!addresses.contains(word), "{word} in {name}");
            }
            assert!(!text.contains("@krongetriebe.example"), "{name}");
        }
    }
}
