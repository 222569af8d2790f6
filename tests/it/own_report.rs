//! What makes the report the user's own: own SQL, title, logo, accent, locale, sections and presets.

use crate::project::{Project, Run};
use leadgauge::config;
use leadgauge::config::plan::Locale;
use leadgauge::pipeline::RELATIONS;
use serde_json::Value;
use std::path::Path;

const BY_CHANNEL: &str = "-- title: MQLs by channel
-- note: Every lead that has ever been an MQL.
SELECT channel, COUNT(*) AS mqls, AVG(CASE WHEN sql_day IS NULL THEN 0.0 ELSE 1.0 END) AS became_sql
FROM journeys
WHERE mql_day IS NOT NULL
GROUP BY channel
ORDER BY mqls DESC, channel
";

const BY_MONTH: &str = "-- title: First MQLs by month
SELECT calendar.month, COUNT(*) AS mqls
FROM journeys
INNER JOIN calendar ON journeys.mql_day = calendar.day
GROUP BY calendar.month
ORDER BY calendar.month
";

fn report(run: &Run) -> Value {
    let (_, bytes) = run.files.iter().find(|(path, _)| path.ends_with("report.json")).expect("a report.json");
    serde_json::from_slice(bytes).expect("JSON")
}

fn html(run: &Run) -> String {
    let (_, bytes) = run.files.iter().find(|(path, _)| path.ends_with("report.html")).expect("a report.html");
    String::from_utf8(bytes.clone()).expect("UTF-8")
}

fn section<'a>(report: &'a Value, id: &str) -> Option<&'a Value> {
    report["page"]["sections"].as_array()?.iter().find(|section| section["id"] == id)
}

fn ids(report: &Value) -> Vec<&str> {
    let sections = report["page"]["sections"].as_array().expect("sections");
    sections.iter().map(|section| section["id"].as_str().expect("an id")).collect()
}

fn blocks(report: &Value, kind: &str) -> Vec<Value> {
    let own = section(report, "own-tables").expect("a section of own tables");
    own["blocks"].as_array().expect("blocks").iter().filter(|block| block["kind"] == kind).cloned().collect()
}

fn written(project: Project) -> Run {
    project.run(&["report", "--format", "json", "--format", "html", "--format", "md"]).ended(0)
}

/// The notes of a project with this file among its queries.
fn note_of(sql: &str) -> String {
    let run = written(Project::sound().file("queries/wrong.sql", sql.as_bytes()));
    let notes = blocks(&report(&run), "note");
    assert_eq!(notes.len(), 1, "{notes:?}");
    notes[0]["text"].as_str().expect("a text").to_string()
}

#[test]
fn a_sql_file_becomes_a_table_whose_numbers_are_those_of_the_report() {
    let run = written(
        Project::sound()
            .file("queries/02-by_month.sql", BY_MONTH.as_bytes())
            .file("queries/01-channels.sql", BY_CHANNEL.as_bytes())
            .file("queries/readme.txt", b"no query"),
    );
    let report = report(&run);
    let tables = blocks(&report, "table");
    let titles: Vec<&str> = tables.iter().map(|table| table["title"].as_str().expect("a title")).collect();
    assert_eq!(
        titles,
        ["MQLs by channel: the numbers", "First MQLs by month: the numbers"],
        "in the order of the files' names"
    );
    assert!(tables[0]["note"].as_str().is_some_and(|note| note.starts_with("Every lead that has ever been an MQL. ")));
    // The same counts as the report's own volume by month, where both know a month.
    let mut seen = 0;
    for row in tables[1]["rows"].as_array().expect("rows") {
        let month = row["cells"][0]["text"].as_str().expect("a month");
        let own = row["cells"][1]["number"].as_f64().expect("a number");
        let months = report["months"].as_array().expect("months");
        if let Some(known) = months.iter().find(|known| known["month"] == month) {
            assert_eq!(known["mqls"].as_f64(), Some(own), "{month}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} months were compared");
    let shapes: Vec<Value> = blocks(&report, "chart").iter().map(|chart| chart["data"]["shape"].clone()).collect();
    assert_eq!(shapes, ["dots", "bars"]);
    assert!(run.files.keys().any(|path| path.ends_with("charts/own-01-channels-chart.svg")), "{:?}", run.files.keys());
    assert!(html(&run).contains("Your own tables"));
}

#[test]
fn the_same_queries_give_the_same_bytes() {
    let run = || {
        let unordered = "SELECT a.channel, b.channel AS other, COUNT(*) AS n FROM journeys AS a INNER JOIN journeys AS b ON a.created_day = b.created_day GROUP BY a.channel, b.channel";
        written(Project::sound().file("queries/a.sql", unordered.as_bytes())).files
    };
    let first = run();
    for _ in 0..3 {
        assert!(run() == first);
    }
}

#[test]
fn a_wrong_query_is_a_sentence_with_file_and_line_and_the_report_is_written_all_the_same() {
    let says = note_of("-- title: x\nSELECT channel,\n       no_such_column\nFROM journeys\n");
    assert!(says.starts_with("queries/wrong.sql gave no table: line 3: "), "{says}");
    assert!(says.contains("no_such_column"), "{says}");
    for (sql, expected) in [
        ("SELECT * FROM leads", "leads"),
        ("SELECT * FROM stage_history", "stage_history"),
        ("DROP TABLE journeys", "only a query can be run"),
        ("SELECT * FROM read_csv('leads.csv')", "READ_CSV is not available here"),
        ("-- chart: pie\nSELECT channel FROM journeys", "line 1: chart is none, bars, line or dots"),
        ("-- unit mqls: miles\nSELECT channel FROM journeys", "line 1: a unit is"),
        ("-- unit mqls: share\nSELECT channel FROM journeys", "no such column"),
        (
            "SELECT COUNT(*) AS n FROM visible_leads AS a CROSS JOIN visible_leads AS b CROSS JOIN visible_leads AS c CROSS JOIN visible_leads AS d CROSS JOIN visible_leads AS e",
            "million rows",
        ),
        ("", "it holds no query"),
    ] {
        let says = note_of(sql);
        assert!(says.contains(expected), "{sql}: {says}");
    }
    let run = written(Project::sound().file("queries/wrong.sql", &[0xff, 0xfe, 0x00]));
    assert!(blocks(&report(&run), "note")[0]["text"].as_str().is_some_and(|text| text.contains("no UTF-8 text")));
}

#[test]
fn a_long_table_is_cut_and_says_so_and_addresses_are_masked() {
    let sql = "SELECT a.lead_id, 'mail@person.example' AS who, CONCAT(a.lead_id, '@firm.example') AS address, a.mql_s AS moment FROM journeys AS a CROSS JOIN calendar WHERE calendar.day >= 20270 ORDER BY a.lead_id, calendar.day";
    let run = written(Project::sound().file("queries/long.sql", sql.as_bytes()));
    let table = &blocks(&report(&run), "table")[0];
    assert_eq!(table["rows"].as_array().map(Vec::len), Some(200));
    assert!(table["note"].as_str().is_some_and(|note| note.contains("The first 200 of ")), "{}", table["note"]);
    for (path, bytes) in &run.files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("person.example") && !text.contains("@firm"), "an address stands in {path}");
    }
    assert_eq!(table["rows"][0]["cells"][1]["text"], "***@***");
}

#[test]
fn no_relation_has_columns_of_people() {
    for relation in RELATIONS {
        let sql = format!("SELECT * FROM {} LIMIT 3", relation.name);
        let run = written(Project::sound().file("queries/all.sql", sql.as_bytes()));
        let report = report(&run);
        let own = section(&report, "own-tables").expect("own tables").to_string();
        for word in ["email", "job title", "firm", "Director", "account", "p0@"] {
            assert!(!own.contains(word), "{}: {word}", relation.name);
        }
        // Either a table, or a relation without rows in this project; never a fault.
        assert!(!own.contains("gave no table"), "{}: {own}", relation.name);
    }
}

#[test]
fn every_relation_and_its_columns_stand_in_the_document() {
    let document = include_str!("../../docs/own-report.md");
    for relation in RELATIONS {
        assert!(document.contains(&format!("### `{}`", relation.name)), "{} is not described", relation.name);
        let sql = format!("SELECT * FROM {} LIMIT 1", relation.name);
        let run = written(Project::sample().file("queries/all.sql", format!("-- chart: none\n{sql}").as_bytes()));
        let report = report(&run);
        let part = document.split(&format!("### `{}`", relation.name)).nth(1).unwrap_or_default();
        let part = part.split("\n### ").next().unwrap_or_default();
        let tables = blocks(&report, "table");
        let columns = tables.first().unwrap_or_else(|| panic!("{} has no rows", relation.name))["columns"].clone();
        for column in columns.as_array().expect("columns") {
            let name = column["label"].as_str().expect("a label").replace(' ', "_");
            assert!(part.contains(&format!("`{name}`")), "{}.{name} is not described", relation.name);
        }
    }
}

#[test]
fn what_lies_after_the_last_visible_day_is_hidden_from_own_queries_too() {
    let latest = |as_of: &str| {
        let sql = "-- unit latest: day\nSELECT MAX(entered_day) AS latest FROM stage_entries";
        let project = Project::sound().file("queries/latest.sql", sql.as_bytes());
        let run = project.run(&["report", "--format", "json", "--as-of", as_of]).ended(0);
        blocks(&report(&run), "table")[0]["rows"][0]["cells"][0]["text"].as_str().expect("a day").to_string()
    };
    let (early, late) = (latest("2026-01-31"), latest("2026-06-30"));
    assert!(early.as_str() <= "2026-01-31" && late > early, "{early} {late}");
}

#[test]
fn a_title_a_logo_and_an_accent_reach_the_page() {
    let svg = br##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#8a1c4f"/></svg>"##;
    let settings =
        "[report]\ntitle = \"Acme <b>Marketing</b>, monthly\"\nlogo = \"brand/logo.svg\"\naccent = \"#8a1c4f\"";
    let run = written(Project::sound().file("brand/logo.svg", svg).settings(settings));
    let page = html(&run);
    assert!(page.replace("&#x2f;", "/").contains("Acme &lt;b&gt;Marketing&lt;/b&gt;, monthly"), "no title");
    let unescaped = page.replace("&#x2f;", "/");
    assert!(unescaped.contains("src=\"data:image/svg+xml;base64,"), "no logo");
    assert!(page.contains("--accent:#8a1c4f;") && !page.contains("--accent:#1d4fc4;"));
    let chart = run.files.iter().find(|(path, _)| path.ends_with("charts/rate.svg")).expect("a chart").1;
    assert!(String::from_utf8_lossy(chart).contains("#8a1c4f"), "the chart has another accent");
    let json =
        String::from_utf8_lossy(&run.files[run.files.keys().find(|path| path.ends_with("report.json")).expect("one")])
            .into_owned();
    assert!(!json.contains("base64"), "the logo is no content");
    // Nothing of it stays for the next report of the same process.
    let plain = Project::sound().report();
    assert!(plain.page.eyebrow.starts_with("Marketing effectiveness"));
}

#[test]
fn what_cannot_be_worn_is_an_error_with_its_place_and_a_way_out() {
    let big = vec![0x89; 600 * 1024];
    let active = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for (setting, expected) in [
        ("accent = \"#ffcc00\"", "cannot be read on white"),
        ("accent = \"blue\"", "is no colour"),
        ("logo = \"none.png\"", "cannot be read"),
        ("logo = \"leads.csv\"", "neither PNG, JPEG nor SVG"),
        ("logo = \"big.png\"", "kB"),
        ("logo = \"active.svg\"", "<script"),
        ("title = \" \"", "blank"),
        ("sections = [\"costs\"]", "did you mean \"cost\""),
        ("sections = [\"cost\"]\npreset = \"board\"", "leave out either"),
        ("preset = \"bord\"", "did you mean \"board\""),
        ("locale = \"de-DE\"", "must be one of"),
    ] {
        let project = Project::sound().file("big.png", &big).file("active.svg", active);
        let run = project.settings(&format!("[report]\n{setting}")).run(&["report"]).ended(2);
        assert!(run.stderr.contains(expected) && run.stderr.contains("leadgauge.toml:"), "{setting}: {run}");
        assert!(run.files.is_empty(), "{run}");
    }
}

#[test]
fn each_locale_writes_the_same_report_its_own_way_and_its_numbers_alike() {
    let numbers = |report: &Value| {
        let mut report = report.clone();
        for part in ["page", "findings", "trust", "calibration", "benchmark", "since_last", "inputs"] {
            report.as_object_mut().expect("an object").remove(part);
        }
        report
    };
    let of = |locale: &str| {
        let run = written(Project::sound().settings(&format!("[report]\nlocale = \"{locale}\"")));
        // Its comments are sentences.
        let suggested = run.files.iter().find(|(path, _)| path.ends_with("criteria.suggested.toml")).expect("advice").1;
        let toml = String::from_utf8_lossy(suggested)
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect::<Vec<_>>()
            .join("\n");
        (report(&run), html(&run), toml)
    };
    let (english, english_page, english_toml) = of("en");
    assert!(english_page.contains("2026-06-30") && english_page.contains("June 2026"));
    for (locale, day, month, share) in [
        ("en-GB", "30/06/2026", "June 2026", "90%"),
        ("de", "30.06.2026", "Juni 2026", "90\u{a0}%"),
        ("fr", "30/06/2026", "juin 2026", "90\u{a0}%"),
        ("es", "30/06/2026", "junio 2026", "90\u{a0}%"),
        ("nl", "30-06-2026", "juni 2026", "90%"),
    ] {
        let (report, page, toml) = of(locale);
        assert_eq!(numbers(&report), numbers(&english), "{locale} changes a number");
        assert_eq!(toml, english_toml, "{locale} changes a file that is read again");
        for text in [day, month, share] {
            assert!(page.contains(text) || page.contains(&text.replace('/', "&#x2f;")), "{locale}: no {text}");
        }
        let figures = section(&report, "scorecard").expect("the five measures").to_string();
        let decimal_point = |text: &str| {
            text.split(|c: char| !c.is_ascii_digit() && c != '.').any(|word| {
                word.split_once('.')
                    .is_some_and(|(a, b)| !a.is_empty() && b.len() == 1 && b.chars().all(|c| c.is_ascii_digit()))
            })
        };
        let values: Vec<String> = section(&report, "scorecard").expect("it")["blocks"]
            .as_array()
            .expect("blocks")
            .iter()
            .filter(|block| block["kind"] == "figure")
            .map(|block| format!("{} {}", block["value"], block["interval"]))
            .collect();
        assert!(values.len() >= 5, "{figures}");
        let points = values.iter().any(|value| decimal_point(value));
        assert_eq!(points, locale == "en-GB", "{locale}: {values:?}");
    }
}

#[test]
fn a_report_in_one_locale_leaves_the_next_of_the_process_alone() {
    let plan = |locale| {
        let mut plan = config::parse("", "leadgauge.toml", Path::new("x")).expect("an empty project file");
        plan.report.locale = locale;
        plan
    };
    let dutch = leadgauge::report::look::wear(&plan(Locale::Nl).report);
    assert_eq!(leadgauge::report::format::share(0.5), "50,0%");
    drop(dutch);
    assert_eq!(leadgauge::report::format::share(0.5), "50.0\u{a0}%");
}

#[test]
fn sections_are_those_asked_for_in_their_order_after_the_key_figures() {
    let run = written(Project::sound().settings("[report]\nsections = [\"quality\", \"cost\", \"score\", \"volume\"]"));
    let all = ids(&report(&run)).join(" ");
    assert!(["scorecard quality cost score volume", "scorecard quality cost volume"].contains(&all.as_str()), "{all}");
    let full = written(Project::sound());
    assert_eq!(report(&run)["months"], report(&full)["months"], "report.json has every number");
}

#[test]
fn every_section_of_the_page_may_be_asked_for_by_its_id() {
    let project = Project::sample().file("queries/a.sql", BY_CHANNEL.as_bytes());
    let run = written(project);
    let schema = config::schema().to_string();
    for id in ids(&report(&run)) {
        assert!(schema.contains(&format!("\"const\":\"{id}\"")), "`{id}` cannot be asked for in `report.sections`");
    }
}

#[test]
fn each_preset_shows_what_it_is_for_and_keeps_every_number() {
    let of = |arguments: &[&str]| {
        let run =
            Project::sample().run(&[&["report", "--format", "json", "--format", "html"], arguments].concat()).ended(0);
        report(&run)
    };
    let monthly = of(&[]);
    assert_eq!(of(&["--preset", "monthly"]), monthly);
    let mut board = of(&["--preset", "board"]);
    assert_eq!(ids(&board)[0], "scorecard");
    let count = |report: &Value, kind: &str| {
        let sections = report["page"]["sections"].as_array().expect("sections");
        let blocks = sections.iter().flat_map(|section| section["blocks"].as_array().expect("blocks"));
        blocks.filter(|block| block["kind"] == kind).count()
    };
    assert_eq!(count(&board, "chart"), 1);
    assert!(count(&board, "table") <= 3, "too many tables for a short report");
    assert!(count(&board, "figure") >= 5);
    assert_eq!(ids(&board), ["scorecard", "to-do", "change", "cost", "limits"]);
    let said = |report: &Value, id: &str| section(report, id).expect("a section").to_string();
    assert!(said(&board, "change").contains("\"id\":\"rate\""), "the months stand beside what has changed");
    assert!(said(&board, "to-do").contains(" bar "), "what to do about the bar");
    assert!(said(&board, "limits").contains("Whether an SQL is worth"), "what the advice on the bar rests on");
    assert!(said(&board, "cost").contains("all, blended"));
    for words in ["as Calibration shows", "More under"] {
        assert!(said(&monthly, "to-do").contains(words) || said(&monthly, "limits").contains(words), "{words}");
        assert!(!board["page"].to_string().contains(words), "what is not shown is pointed to: {words}");
    }
    // What stands beside a thing to do as its reason is not said under the headline, too.
    let lede = board["page"]["lede"].as_str().expect("a lede").to_string();
    let rows = section(&board, "to-do").expect("it")["blocks"][0]["rows"].as_array().expect("rows").clone();
    assert!(rows.len() >= 3);
    for row in rows {
        let why = row["cells"][1]["text"].as_str().expect("a reason");
        assert!(!lede.contains(why), "said twice: {why}");
    }
    let calibration = of(&["--preset", "calibration"]);
    assert_eq!(ids(&calibration), ["scorecard", "calibration", "score"]);
    assert!(section(&calibration, "calibration").is_some());
    assert_eq!(section(&calibration, "calibration"), section(&monthly, "calibration"));
    let mut whole = monthly.clone();
    for report in [&mut board, &mut whole] {
        report.as_object_mut().expect("an object").remove("page");
    }
    assert_eq!(board, whole, "only the page is arranged");
}

#[test]
fn the_preset_brief_is_the_page_that_the_command_writes() {
    let run = Project::sample().run(&["report", "--preset", "brief", "--format", "md"]).ended(0);
    let page = run.files.iter().find(|(path, _)| path.ends_with("report.md")).expect("a page").1.clone();
    let brief = Project::sample().run(&["brief"]).ended(0).stdout;
    assert_eq!(String::from_utf8(page).expect("UTF-8").trim_end(), brief.trim_end());
}
