//! The variants of the real data without any mapping in the project file: what the files are is found out.

use super::olist_variants::{Counts, counts, original, project, with_blanks};

/// A zone, a currency, a day; no file, no column.
const TOML: &str =
    "timezone = \"America/Sao_Paulo\"\ncurrency = \"BRL\"\nas_of = \"2018-11-14\"\n[report]\nmonths = 17\n";

#[track_caller]
fn gives(variant: &str, expected: &Counts) {
    let Some(project) = project(variant) else { return };
    assert_eq!(counts(project, TOML).0, *expected, "{variant}");
}

#[test]
fn the_published_files_need_no_mapping() {
    gives("none", &original());
}

#[test]
fn variants_with_headers_need_no_mapping() {
    gives("v2_underscores_replaced", &with_blanks());
    gives("v3_trimmed_columns", &original());
    gives("v4_dmy_dash_crlf", &original());
    gives("v7_mdy_excel", &original());
}

#[test]
fn deals_that_a_join_lost_are_missing_and_nothing_else_changes() {
    let Some(project) = project("v6_mdy_trimmed") else { return };
    let found = counts(project, TOML).0;
    assert_eq!((found.mqls, found.customers, found.before_mql, found.ever), (8000, 380, 1, 379));
    // Nothing in the two files shows that deals are missing; that nothing could show it is told.
    let Some(project) = super::olist_variants::project("v6_mdy_trimmed") else { return };
    let report = project.toml(TOML).run(&["report"]).ended(0).json("report.json");
    let findings = report["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| finding["code"] == "deals::only_won"), "{findings:?}");
}

#[test]
fn ids_alone_and_rows_without_a_header_end_in_a_sentence() {
    for (variant, words) in [
        ("v1_one_column", ["olist_marketing_qualified_leads_dataset.csv", "help:"]),
        ("v5_timestamped_no_header", ["olist_marketing_qualified_leads_dataset.csv", "help:"]),
    ] {
        let Some(project) = project(variant) else { return };
        project.toml(TOML).run(&["report"]).ended(2).without_a_trace().complaining(&words);
    }
}

#[test]
fn without_a_project_file_the_last_twelve_months_are_reported() {
    let Some(project) = project("none") else { return };
    let report = project.run(&["report", "."]).ended(0).json("report.json");
    assert_eq!(report["as_of"], "2018-11-14");
    // November 2017 to October 2018, of which the last five months have no contacts.
    assert_eq!(report["overall"]["mqls"], 6643);
    assert_eq!(report["overall"]["mql_to_customer_so_far"]["converted"], 809);
}
