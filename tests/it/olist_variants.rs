//! The same real data as seven people's spreadsheets left it give the numbers of the original, or a sentence that says why
//! not.
//!
//! Like the original they are not in the repository: `LEADGAUGE_DATA` names the folder that holds `olist_variants/`.

use super::project::Project;
use leadgauge::facts::Event;
use leadgauge::pipeline::Analysis;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub const LEADS: &str = "olist_marketing_qualified_leads_dataset.csv";
pub const DEALS: &str = "olist_closed_deals_dataset.csv";

/// A folder of the real data, or a skip with its name.
fn folder(name: &str) -> Option<PathBuf> {
    match std::env::var_os("LEADGAUGE_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join(name)),
        None if std::env::var_os("CI").is_some() => {
            panic!("LEADGAUGE_DATA must name the folder of the real data in CI")
        }
        None => {
            println!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
            None
        }
    }
}

/// The two files of a variant, under the names of the published ones; the original's where the variant has no such file.
pub fn project(variant: &str) -> Option<Project> {
    let (original, variants) = (folder("olist")?, folder("olist_variants")?);
    let own = |names: &[&str]| {
        let found = names.iter().map(|name| variants.join(variant).join(name)).find(|path| path.is_file());
        found.unwrap_or_else(|| original.join(names[0]))
    };
    let read = |path: PathBuf| std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (leads, deals) = (read(own(&[LEADS])), read(own(&[DEALS, "olist_closed_deals_cleaned.csv"])));
    Some(Project::empty().file(LEADS, &leads).file(DEALS, &deals))
}

/// The project file of the original.
const TOML: &str = include_str!("../fixtures/olist/leadgauge.toml");

/// What is counted: MQLs, wins, conversions within 30, 90 and 180 days, ever.
#[derive(Debug, PartialEq)]
pub struct Counts {
    pub mqls: u64,
    pub customers: u64,
    pub before_mql: u64,
    pub within: [u64; 3],
    pub ever: u64,
    /// Channel → MQLs and conversions so far.
    pub channels: BTreeMap<String, (u64, u64)>,
}

/// Counts a variant with this project file, which has no `[windows]`.
pub fn counts(project: Project, toml: &str) -> (Counts, Analysis) {
    let mut project = project;
    let mut within = [0; 3];
    let mut last = None;
    for (at, window) in [30, 90, 180].into_iter().enumerate() {
        project = project.toml(&format!("{toml}\n[windows]\nmql_to_customer_days = {window}\n"));
        let analysis = project.analysis();
        within[at] = analysis.metrics.months.iter().map(|month| month.mql_to_customer.converted).sum();
        last = Some(analysis);
    }
    let analysis = last.expect("three windows");
    let wins = analysis.facts.volume.iter().filter(|row| row.event == Event::Customer).map(|row| row.n);
    let channels = analysis.metrics.channels.iter().map(|row| {
        let rate = &row.mql_to_customer_so_far;
        (row.channel.clone().unwrap_or_default(), (rate.n, rate.converted))
    });
    let before = analysis.findings.iter().find(|finding| finding.code == "funnel::customer_before_mql");
    let counts = Counts {
        mqls: analysis.metrics.overall.mqls,
        customers: wins.sum(),
        before_mql: before.map_or(0, |finding| finding.count),
        within,
        ever: analysis.metrics.overall.mql_to_customer_so_far.converted,
        channels: channels.collect(),
    };
    (counts, analysis)
}

/// The original's counts, as published, with the one win before its contact left out.
pub fn original() -> Counts {
    let channels = [
        ("organic_search", 2296, 270),
        ("paid_search", 1586, 195),
        ("social", 1350, 75),
        ("unknown", 1099, 179),
        ("direct_traffic", 499, 56),
        ("email", 493, 15),
        ("referral", 284, 24),
        ("other", 150, 4),
        ("display", 118, 6),
        ("other_publicities", 65, 3),
        ("(blank)", 60, 14),
    ];
    Counts {
        mqls: 8000,
        customers: 842,
        before_mql: 1,
        within: [554, 691, 774],
        ever: 841,
        channels: channels.map(|(name, mqls, won)| (name.to_string(), (mqls, won))).into(),
    }
}

/// The same with underscores in the origins replaced by blanks.
pub fn with_blanks() -> Counts {
    let original = original();
    let spaced = original.channels.iter().map(|(name, counts)| (name.replace('_', " "), *counts));
    Counts { channels: spaced.collect(), ..original }
}

#[test]
fn the_original_gives_the_counts_that_the_variants_are_held_against() {
    let Some(project) = project("none") else { return };
    assert_eq!(counts(project, TOML).0, original());
}

#[test]
fn blanks_for_underscores_change_names_and_no_count() {
    let Some(project) = project("v2_underscores_replaced") else { return };
    assert_eq!(counts(project, TOML).0, with_blanks());
}

#[test]
fn deals_without_their_last_columns_give_the_same_counts() {
    let Some(project) = project("v3_trimmed_columns") else { return };
    assert_eq!(counts(project, TOML).0, original());
}

#[test]
fn day_first_dates_without_seconds_give_the_same_counts() {
    let Some(project) = project("v4_dmy_dash_crlf") else { return };
    assert_eq!(counts(project, TOML).0, original());
}

#[test]
fn month_first_dates_without_seconds_give_the_same_counts() {
    let Some(project) = project("v7_mdy_excel") else { return };
    assert_eq!(counts(project, TOML).0, original());
}

#[test]
fn a_file_without_a_header_is_read_by_the_numbers_of_its_columns() {
    let Some(project) = project("v5_timestamped_no_header") else { return };
    let named = "columns     = { lead_id = \"mql_id\", created_at = \"first_contact_date\", channel = \"origin\" }\n\
                 stage_dates = { mql = \"first_contact_date\" }";
    let numbered = "header      = false\n\
                    columns     = { lead_id = 1, created_at = 2, channel = 4 }\n\
                    stage_dates = { mql = 2 }";
    assert!(TOML.contains(named));
    // The blank origins say "NaN", which is blank.
    assert_eq!(counts(project, &TOML.replace(named, numbered)).0, original());
}

#[test]
fn a_file_without_a_header_is_refused_where_the_project_names_headers() {
    let Some(project) = project("v5_timestamped_no_header") else { return };
    let run = project.toml(TOML).run(&["report"]).ended(2).without_a_trace();
    run.complaining(&[LEADS, "no column named", "help:"]);
}

#[test]
fn deals_that_a_join_lost_are_missing_and_nothing_else_changes() {
    let Some(project) = project("v6_mdy_trimmed") else { return };
    let (found, analysis) = counts(project, TOML);
    assert_eq!((found.mqls, found.customers, found.before_mql, found.ever), (8000, 380, 1, 379));
    let mqls = |counts: &Counts| counts.channels.iter().map(|(name, (n, _))| (name.clone(), *n)).collect::<Vec<_>>();
    assert_eq!(mqls(&found), mqls(&original()), "the origins are those of the original");
    let read: Vec<(u64, u64)> = analysis.inputs.iter().map(|input| (input.rows_read, input.rows_used)).collect();
    // No file says that 462 deals are missing; the report says how many there are.
    assert_eq!(read, [(8000, 8000), (380, 380)]);
}

#[test]
fn ids_alone_are_refused_with_the_column_that_is_missing() {
    let Some(project) = project("v1_one_column") else { return };
    let run = project.toml(TOML).run(&["report"]).ended(2).without_a_trace();
    run.complaining(&[LEADS, "no column named", "the header is: mql_id", "help:"]);
    let Some(project) = self::project("v1_one_column") else { return };
    let toml = "timezone = \"America/Sao_Paulo\"\ncurrency = \"BRL\"\n[sources]\n\
                leads = { path = \"olist_marketing_qualified_leads_dataset.csv\" }\n";
    project.toml(toml).run(&["report"]).ended(2).without_a_trace().complaining(&[LEADS, "created_at", "help:"]);
}
