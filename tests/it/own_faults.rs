//! What is said when something of the user's own is wrong: logos, queries, templates, and the place that is written to.

use crate::project::{Project, Run};
use serde_json::Value;

const COUNTS: &str = "SELECT channel, COUNT(*) AS n FROM journeys GROUP BY channel ORDER BY channel\n";

fn report(run: &Run) -> Value {
    serde_json::from_slice(file(run, "report.json")).expect("JSON")
}

fn file<'r>(run: &'r Run, name: &str) -> &'r [u8] {
    let found = run.files.iter().find(|(path, _)| path.ends_with(name));
    found.unwrap_or_else(|| panic!("no {name}: {run}")).1
}

fn text(run: &Run, name: &str) -> String {
    String::from_utf8(file(run, name).to_vec()).expect("UTF-8")
}

/// Blocks of the section of own tables.
fn blocks(report: &Value, kind: &str) -> Vec<Value> {
    let sections = report["page"]["sections"].as_array().expect("sections");
    let own = sections.iter().find(|section| section["id"] == "own-tables").expect("a section of own tables");
    own["blocks"].as_array().expect("blocks").iter().filter(|block| block["kind"] == kind).cloned().collect()
}

fn with_queries(files: &[(&str, &str)]) -> Project {
    files.iter().fold(Project::sound(), |project, (name, sql)| project.file(&format!("queries/{name}"), sql.as_bytes()))
}

fn written(project: &Project) -> Run {
    project.run(&["report", "--format", "json", "--format", "md"]).ended(0)
}

/// A PNG of two pixels a side.
fn png() -> Vec<u8> {
    let drawing = resvg::tiny_skia::Pixmap::new(2, 2).expect("a size");
    drawing.encode_png().expect("a PNG")
}

// ---- Logos ----

#[test]
fn a_broken_or_active_logo_is_told_with_its_place_whatever_is_written() {
    let whole = png();
    let svg = |inside: &str| {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">{inside}<rect width=\"9\" height=\"9\"/></svg>")
            .into_bytes()
    };
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("cut.png", whole[..whole.len() - 16].to_vec(), "is a PNG that is cut short"),
        ("cut.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><rect".to_vec(), "not well-formed"),
        ("empty.png", Vec::new(), "is empty"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x04ab".to_vec(), "is a JPEG that is cut short"),
        ("runs.svg", svg("<rect onload=\"alert(1)\"/>"), "`onload`"),
        ("asks.svg", svg("<image href=\"https://x.example/a.png\"/>"), "`https://x.example/a.png`"),
        ("sheet.svg", svg("<style>@import url(https://x.example/a.css)</style>"), "`@import`"),
    ];
    for (name, bytes, expected) in cases {
        for format in ["md", "html", "json"] {
            let project = Project::sound().file(name, &bytes).settings(&format!("[report]\nlogo = \"{name}\""));
            let run = project.run(&["report", "--format", format]).ended(2);
            for part in [expected, name, "leadgauge.toml:", "logo = ", "export it again"] {
                assert!(run.stderr.contains(part), "{name} as {format}, no {part:?}: {run}");
            }
            assert!(run.files.is_empty(), "{run}");
        }
    }
    Project::sound().file("a.png", &whole).settings("[report]\nlogo = \"a.png\"").run(&["report"]).ended(0);
}

#[test]
fn a_section_named_twice_is_told_at_its_second_place() {
    let run =
        Project::sound().settings("[report]\nsections = [\"cost\", \"volume\", \"cost\"]").run(&["report"]).ended(2);
    assert!(run.stderr.contains("named twice") && run.stderr.contains("leadgauge.toml:"), "{run}");
    let column = run.stderr.lines().find(|line| line.contains("-->")).expect("a place");
    assert!(column.trim_end().ends_with(":31"), "{column}");
}

// ---- Queries ----

#[test]
fn a_query_without_a_table_is_told_on_the_console_and_among_the_findings_and_takes_no_trust_away() {
    let plain = written(&Project::sound());
    let wrong = "-- title: x\nSELECT chanel\nFROM journeys\n";
    let run = written(&with_queries(&[("wrong.sql", wrong), ("right.sql", COUNTS)]));
    let told = "queries/wrong.sql gave no table: line 2: there is no column \"chanel\"; perhaps \"channel\" is meant";
    assert!(run.stderr.contains(&format!("warning: {told}")) && run.stderr.contains("help: "), "{run}");
    let report = report(&run);
    let finding = report["findings"].as_array().expect("findings").iter().find(|f| f["code"] == "queries::no_table");
    let finding = finding.expect("a finding");
    assert_eq!((&finding["count"], &finding["of"]), (&Value::from(1), &Value::from(2)));
    assert_eq!(finding["examples"][0], "wrong.sql");
    assert_eq!(report["trust"], self::report(&plain)["trust"], "a query of the user's own is no fault of the data");
    let quiet = with_queries(&[("wrong.sql", wrong)]).run(&["report", "--quiet", "--format", "md"]).ended(0);
    assert_eq!(quiet.stderr, "");
    let denied = with_queries(&[("wrong.sql", wrong)]).settings("[quality]\n\"queries::no_table\" = \"deny\"");
    denied.run(&["report", "--format", "md"]).ended(1);
}

#[test]
fn faults_of_queries_are_told_in_words_that_know_no_engine() {
    let nested = format!("SELECT {}1{} AS n FROM run", "(".repeat(400), ")".repeat(400));
    let cases = [
        ("SELECT channel,\n  channel\nFROM journeys", "two columns are called \"channel\""),
        ("SELECT COUNT(*), COUNT(*) FROM journeys", "two columns have no name of their own"),
        ("SELECT channel FROM journeys;\n\nSELECT channel FROM journeys", "line 3: it holds more than one query"),
        (nested.as_str(), "nested too deeply"),
        ("SELECT channel\nFRM journeys", "line 2: \"journeys\" cannot stand here"),
        ("SELECT channel\nFROM journys", "line 2: there is no table \"journys\"; perhaps \"journeys\" is meant"),
        ("SELECT\n  FOO(channel) AS x FROM journeys", "line 2: there is no function FOO"),
        ("SELECT channel FROM journeys WHERE mql_day = '2026-01-01'", "days and months are whole numbers"),
        ("SELECT channel FROM journeys WHERE channel = \"x\"", "single quotation marks, 'x'"),
        ("SELECT channel FROM journeys GROUP BY", "ends too early"),
        ("SELECT channel FROM journeys WHERE channel = 'x", "quotation mark"),
        ("SELECT CAST(channel AS INTEGER) AS n FROM journeys", "\"channel\" cannot be converted"),
        ("SELECT channel FROM journeys HAVING COUNT(*) > 3", "HAVING needs a GROUP BY"),
    ];
    for (sql, expected) in cases {
        let run = written(&with_queries(&[("a.sql", sql)]));
        let notes = blocks(&report(&run), "note");
        let says = notes[0]["text"].as_str().expect("a text");
        assert!(says.contains(expected), "{sql}: {says}");
        for word in [".alias", "dtype", "recursion", "projection", "i64", "parser", "EOF", "statement"] {
            assert!(!says.contains(word), "{sql}: {says} says {word}");
        }
    }
}

#[test]
fn more_files_than_are_run_are_summed_up_in_one_sentence() {
    let files: Vec<String> = (10..45).map(|n| format!("q{n}.sql")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|name| (name.as_str(), COUNTS)).collect();
    let report = report(&written(&with_queries(&files)));
    assert_eq!(blocks(&report, "table").len(), 20);
    let notes = blocks(&report, "note");
    assert_eq!(notes.len(), 1, "{notes:?}");
    let says = notes[0]["text"].as_str().expect("a text");
    assert!(says.contains("queries/q30.sql") && says.contains("14 more"), "{says}");
}

#[test]
fn a_whole_number_is_shown_to_its_last_digit() {
    let sql = "SELECT lead_id, 9007199254740993 AS big, 123456789012345 AS long, -9007199254740993 AS less FROM journeys ORDER BY lead_id LIMIT 2";
    let run = written(&with_queries(&[("big.sql", sql)]));
    let markdown = text(&run, "report.md");
    for shown in ["9,007,199,254,740,993", "123,456,789,012,345", "−9,007,199,254,740,993"] {
        assert!(markdown.contains(shown), "no {shown}");
    }
    let cells = blocks(&report(&run), "table")[0]["rows"][0]["cells"].clone();
    assert_eq!(cells[2]["number"].as_f64(), Some(123_456_789_012_345.0), "{cells}");
}

#[test]
fn only_what_reads_as_an_address_is_masked() {
    let sql = "SELECT '@SUM(1)' AS formula, 'a@b' AS handle, 'Ann <ann@firm.example>' AS one, 'ann%40firm.example' AS two, 'ann＠firm．example' AS three FROM run";
    let run = written(&with_queries(&[("a.sql", sql)]));
    let cells = blocks(&report(&run), "table")[0]["rows"][0]["cells"].clone();
    let shown: Vec<&str> =
        cells.as_array().expect("cells").iter().map(|cell| cell["text"].as_str().expect("a text")).collect();
    assert_eq!(shown, ["@SUM(1)", "a@b", "Ann ***@***", "***@***", "***@***"]);
}

#[test]
fn a_remark_that_is_nearly_a_setting_is_told_and_any_other_is_the_users_own() {
    let sql = format!(
        "-- titel: MQLs\n-- source: the CRM\n-- date: 2026\n-- see https://x.example\n-- unit: share\n{COUNTS}-- title: too late\n"
    );
    let run = written(&with_queries(&[("a.sql", &sql)]));
    let report = report(&run);
    let notes: Vec<String> =
        blocks(&report, "note").iter().map(|note| note["text"].as_str().expect("a text").to_string()).collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert_eq!(notes[0], "queries/a.sql, line 1: `titel` is no setting; did you mean `title`?");
    assert!(notes[1].contains("line 5: `unit` needs the name of a column"), "{}", notes[1]);
    assert!(notes[2].contains("line 7: `title` is a setting only above the query"), "{}", notes[2]);
    assert_eq!(blocks(&report, "table").len(), 1, "the table is there all the same");
    assert!(run.stderr.contains("did you mean `title`?"), "{run}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_what_is_no_file_is_told() {
    let project = with_queries(&[("a.sql", COUNTS), (".hidden.sql", "nonsense")]);
    let folder = project.path("queries");
    std::fs::create_dir(folder.join("folder.sql")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", folder.join("gone.sql")).expect("a link");
    std::os::unix::fs::symlink("a.sql", folder.join("link.sql")).expect("a link");
    let report = serde_json::to_value(project.report()).expect("JSON");
    assert_eq!(blocks(&report, "table").len(), 2, "the file and the link to it");
    let notes = blocks(&report, "note");
    let says = |at: usize| notes[at]["text"].as_str().expect("a text");
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(says(0).contains("queries/folder.sql gave no table: it is a folder"), "{}", says(0));
    assert!(
        says(1).contains("queries/gone.sql gave no table: it is a link to a file that is not there"),
        "{}",
        says(1)
    );
}

#[test]
fn files_of_every_script_have_charts_of_their_own_that_other_files_do_not_rename() {
    let names = |files: &[&str]| -> Vec<String> {
        let files: Vec<(&str, &str)> = files.iter().map(|name| (*name, COUNTS)).collect();
        let run = with_queries(&files).run(&["report", "--format", "png", "--format", "json"]).ended(0);
        let mut charts: Vec<String> = run
            .files
            .keys()
            .filter_map(|path| path.rsplit_once("charts/own"))
            .map(|(_, name)| name.to_string())
            .collect();
        charts.sort();
        charts
    };
    let all = names(&["Ü.sql", "Ö.sql", "a b.sql", "a-b.sql", "tables.sql", "x.sql", "x-chart.sql"]);
    assert_eq!(all.len(), 14, "seven drawings, each as SVG and PNG: {all:?}");
    let alone = names(&["Ü.sql"]);
    assert_eq!(alone.len(), 2);
    assert!(alone.iter().all(|name| all.contains(name)), "{alone:?} {all:?}");
}

#[test]
fn a_table_beneath_its_chart_repeats_neither_title_nor_source_and_a_note_ends() {
    let sql = format!("-- title: MQLs by channel\n-- note: without a stop\n{COUNTS}");
    let report = report(&written(&with_queries(&[("a.sql", &sql)])));
    let (chart, table) = (&blocks(&report, "chart")[0], &blocks(&report, "table")[0]);
    assert_eq!((&chart["title"], &table["title"]), (&"MQLs by channel".into(), &"MQLs by channel: the numbers".into()));
    assert_eq!(chart["source"], "queries/a.sql");
    assert_eq!(table["note"], "without a stop. Counted as the query says, without intervals.");
}

#[test]
fn marks_of_byte_order_and_line_ends_of_any_system_are_read() {
    for text in [
        COUNTS.replace('\n', "\r\n"),
        format!("\u{feff}-- title: Ümlaut\r\n{COUNTS}"),
        format!("-- title: old\r{COUNTS}"),
    ] {
        let report = report(&written(&with_queries(&[("a.sql", &text)])));
        assert_eq!(blocks(&report, "table").len(), 1, "{text:?}");
    }
}

// ---- Templates ----

/// The error of a report with these files among its templates.
fn refused(format: &str, files: &[(&str, &str)]) -> String {
    let project = files.iter().fold(Project::sound(), |project, (name, text)| {
        project.file(&format!("reports/templates/{name}"), text.as_bytes())
    });
    let run = project.run(&["report", "--format", format]).ended(2);
    assert!(run.files.is_empty(), "{run}");
    run.stderr
}

#[test]
fn a_blank_template_is_refused() {
    for text in ["", "\u{feff} \n", "{# nothing #}\n"] {
        let says = refused("html", &[("page.html.j2", text)]);
        assert!(says.contains("reports/templates/page.html.j2 is wrong") && says.contains("blank"), "{text:?}: {says}");
    }
}

#[test]
fn a_template_that_does_not_end_is_told_with_folder_and_line() {
    for (files, expected) in [
        (vec![("page.html.j2", "a\n{% include \"page.html.j2\" %}")], "page.html.j2, line 2, is wrong: it includes"),
        (
            vec![("page.html.j2", "{% include \"b.j2\" %}"), ("b.j2", "\n\n{% include \"b.j2\" %}")],
            "b.j2, line 3, is wrong: it includes",
        ),
        (vec![("page.html.j2", "{% extends \"page.html.j2\" %}")], "page.html.j2, line 1, is wrong: it extends itself"),
        (
            vec![("page.html.j2", "\n{% for i in range(9000) %}{% for j in range(9000) %}x{% endfor %}{% endfor %}")],
            "page.html.j2, line 2, is wrong: it does not come to an end",
        ),
        (vec![("page.html.j2", "{{ page.nope }}")], "page.html.j2, line 1, is wrong: undefined"),
    ] {
        let says = refused("html", &files);
        assert!(says.contains(&format!("reports/templates/{expected}")), "{files:?}: {says}");
    }
}

#[cfg(feature = "pdf")]
#[test]
fn a_typst_template_that_is_blank_or_asks_for_a_package_is_told() {
    assert!(refused("pdf", &[("page.typ", "")]).contains("reports/templates/page.typ is wrong: it is blank"));
    let says = refused("pdf", &[("page.typ", "= A\n#import \"@preview/cetz:0.2.0\": *\n")]);
    assert!(says.contains("reports/templates/page.typ, line 2, is wrong: packages such as @preview/"), "{says}");
}

#[test]
fn a_style_sheet_that_asks_for_a_file_is_refused_with_its_line() {
    for rule in
        ["b { background: url(https://x.example/a.png) }", "@import 'a.css';", "@font-face { src: url(\"Own.woff2\") }"]
    {
        let says = refused("html", &[("page.css", &format!("a {{ color: red }}\n{rule}\n"))]);
        assert!(
            says.contains("reports/templates/page.css, line 2, is wrong") && says.contains("data:"),
            "{rule}: {says}"
        );
    }
}

#[test]
fn a_template_under_a_mistyped_name_is_told_and_one_that_is_used_is_not() {
    let project = Project::sound()
        .file("reports/templates/page.htm.j2", b"x")
        .file("reports/templates/pages.css", b"x")
        .file("reports/templates/readme.txt", b"x")
        .file("templates/page.css", b"x");
    let run = project.run(&["report", "--format", "html"]).ended(0);
    for told in [
        "reports/templates/page.htm.j2 is not used; did you mean `page.html.j2`?",
        "reports/templates/pages.css is not used; did you mean `page.css`?",
        "templates/page.css is not used: own templates stand in reports/templates/",
    ] {
        assert!(run.stderr.contains(told), "no {told:?}: {run}");
    }
    assert!(!run.stderr.contains("readme"), "{run}");
    let used = Project::sound()
        .file("reports/templates/page.html.j2", b"{% include \"pages.html.j2\" %}")
        .file("reports/templates/pages.html.j2", b"{{ page.headline }}");
    let run = used.run(&["report", "--format", "html"]).ended(0);
    assert_eq!(run.stderr, "");
}

// ---- The locale, everywhere ----

#[test]
fn a_localised_report_has_no_month_of_another_language_and_no_date_in_digits_of_data() {
    let toml = include_str!("../../sample-data/leadgauge.toml").replacen("[report]", "[report]\nlocale = \"de\"", 1);
    assert!(toml.contains("locale = \"de\""), "the sample has no [report]");
    let run = Project::sample()
        .toml(&toml)
        .file("queries/a.sql", b"SELECT calendar.month, COUNT(*) AS mqls FROM journeys INNER JOIN calendar ON journeys.mql_day = calendar.day GROUP BY calendar.month ORDER BY calendar.month")
        .run(&["report", "--format", "html", "--format", "md"])
        .ended(0);
    let page = visible(&text(&run, "report.html"));
    let markdown = text(&run, "report.md");
    for (name, text) in [("report.html", &page), ("report.md", &markdown)] {
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let english = ["January", "February", "March", "May", "June", "July", "October", "December"];
            assert!(!english.contains(&word), "{name} says {word}");
        }
        let parts: Vec<&str> = text.split(|c: char| c != '-' && !c.is_ascii_alphanumeric()).collect();
        for part in parts {
            let digits = part.replace(|c: char| c.is_ascii_digit(), "9");
            assert!(digits != "9999-99" && digits != "9999-99-99", "{name} says {part}");
        }
        for word in ["Oktober 2026", "Okt 2026", "31.10.2026"] {
            assert!(text.contains(word), "{name} says no {word}");
        }
    }
}

/// What of a page can be read: no markup, style, script or policy.
fn visible(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        out.push(' ');
        let end = ["style", "script"].into_iter().find(|name| tag.starts_with(name)).map(|name| format!("</{name}>"));
        let close = end.unwrap_or_else(|| ">".to_string());
        rest = tag.split_once(close.as_str()).map_or("", |(_, after)| after);
    }
    out + rest
}

// ---- Where to ----

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named_as_the_user_named_it() {
    for (arguments, place) in [
        (vec!["report", "--format", "md", "--out", "/proc/x"], "/proc/x"),
        (vec!["report", "--format", "md", "--from", "2026-05", "--to", "2026-06", "--out", "/proc/x"], "/proc/x"),
        (vec!["brief", "--out", "/proc/x.md"], "/proc/x.md"),
        (vec!["report", "--format", "md", "--out", "leads.csv/x"], "leads.csv/x"),
    ] {
        let run = Project::sound().run(&arguments).ended(2);
        assert!(run.stderr.contains(&format!("cannot write to {place}: ")), "{run}");
        assert!(!run.stderr.contains(".leadgauge-") && !run.stderr.contains("os error"), "{run}");
    }
}
