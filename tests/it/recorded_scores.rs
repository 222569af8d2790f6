//! The bar where no score can be replayed: by the score that the export gives for the MQL moment, counted and not emulated;
//! and the bar without economics: volume against rate, and no single best one.

use crate::project::Project;
use leadgauge::calibration::Calibration;
use leadgauge::calibration::threshold::{Basis, Verdict};
use leadgauge::report::page::{Block, ChartData};
use leadgauge::vocabulary::Day;

const ECONOMICS: &str = "[economics]\nvalue_per_sql = 1000\nsales_cost_per_mql = 120\n";
const BAR: &str = "[[criteria]]\nthreshold = 50\n";

/// MQLs of a day each from 1 January 2025, all mature: 162 with 52 points, 9 of them SQLs; 108 with 60, half of them.
fn mqls(score_header: &str, toml: &str) -> Project {
    let first: Day = "2025-01-01".parse().expect("a date");
    let mut leads = format!("lead_id,created_at,channel,{score_header}\n");
    let mut stages = "lead_id,stage,entered_at\n".to_string();
    for i in 0..270 {
        let day = first.plus(i);
        let (score, is_sql) = if i % 10 < 6 { (52, i % 30 == 0) } else { (60, i % 2 == 0) };
        leads += &format!("L{i:03},{day}T09:00:00,web,{score}\n");
        stages += &format!("L{i:03},MQL,{day}T10:00:00\n");
        if is_sql {
            stages += &format!("L{i:03},SQL,{}T10:00:00\n", day.plus(10));
        }
    }
    let head = "project = \"Recorded\"\ntimezone = \"UTC\"\ncurrency = \"USD\"\nas_of = \"2025-12-31\"\n";
    Project::empty().toml(&format!("{head}{toml}")).leads(&leads).stage_history(&stages)
}

fn calibration(project: &Project) -> Calibration {
    project.analysis().calibration
}

#[test]
fn each_threshold_leaves_the_mqls_that_had_its_score_at_the_mql() {
    let found =
        calibration(&mqls("Score at MQL", &format!("{BAR}{ECONOMICS}"))).recorded.expect("scores of that moment");
    let rows: Vec<(f64, u64, u64, u64)> =
        found.rows.iter().map(|row| (row.threshold.round(), row.mqls, row.sqls, row.n_marginal)).collect();
    assert_eq!(rows, [(50.0, 270, 63, 162), (55.0, 108, 54, 0), (60.0, 108, 54, 108)]);
    assert_eq!(found.rows[2].rate.value, Some(0.5));
    assert_eq!(found.rows[1].marginal_rate.value, None, "nobody had 55 to under 60 points");
}

#[test]
fn the_bar_is_raised_where_the_mqls_just_above_it_cost_more_than_they_bring_and_kept_where_that_is_not_shown() {
    // 9 of 162 is 5.6 %, at most 9.5 %: below 120/1000.
    let dear = calibration(&mqls("Score at MQL", &format!("{BAR}{ECONOMICS}")));
    assert_eq!((dear.verdict, dear.suggested.expect("criteria").threshold), (Verdict::Tighten, 60.0));
    assert!(dear.says[0].contains("Raise the bar from 50 to 60"), "{:?}", dear.says);
    assert!(dear.warnings.iter().any(|text| text.contains("no paths")), "{:?}", dear.warnings);
    // At 60 a touch they are not shown to lie below 6 %.
    let cheap = ECONOMICS.replace("120", "60");
    let kept = calibration(&mqls("Score at MQL", &format!("{BAR}{cheap}")));
    assert_eq!((kept.verdict, kept.suggested.expect("criteria").threshold), (Verdict::Keep, 50.0));
    assert!(kept.says[0].contains("nothing below it was worked"), "{:?}", kept.says);
}

#[test]
fn todays_score_is_not_swept_whatever_it_is() {
    let project = mqls("Score", &format!("{BAR}{ECONOMICS}"));
    let found = calibration(&project);
    assert!(found.recorded.is_none() && found.sweep.is_empty());
    assert_eq!(found.verdict, Verdict::NotEnoughData);
    let words = found.says.join(" ");
    assert!(words.contains("score_at_mql") && words.contains("Today's score will not do"), "{words}");
    let run = project.run(&["report"]).ended(0);
    assert!(run.text("report.html").contains("score_at_mql"));
    assert!(!run.text("report.md").contains("so few MQLs"), "the number of MQLs is not what is missing");
}

#[test]
fn a_column_of_any_name_is_the_score_of_the_mql_moment_where_the_project_file_says_so() {
    let sources = "[sources.leads]\npath = \"leads.csv\"\ncolumns = { score_at_mql = \"Score\" }\n[sources.stage_history]\npath = \"stage_history.csv\"\n";
    let found = calibration(&mqls("Score", &format!("{BAR}{ECONOMICS}{sources}")));
    assert_eq!(found.recorded.expect("scores of that moment").mature_sqls, 63);
}

#[test]
fn without_a_bar_or_without_economics_the_counts_are_shown_and_nothing_is_advised() {
    let unnamed = calibration(&mqls("Score at MQL", ECONOMICS));
    let found = unnamed.recorded.expect("scores of that moment");
    assert_eq!((found.verdict, found.advised, found.rows[0].mqls), (Verdict::NotEnoughData, None, 270));
    assert!(unnamed.says[0].contains("not named"), "{:?}", unnamed.says);
    let unpriced = calibration(&mqls("Score at MQL", BAR));
    let found = unpriced.recorded.expect("scores of that moment");
    assert_eq!((unpriced.verdict, found.advised, found.rows.len()), (Verdict::NoEconomics, None, 3));
}

#[test]
fn recorded_scores_below_the_bar_are_told_since_then_they_may_not_be_of_that_moment() {
    let high = BAR.replace("50", "55");
    let found = calibration(&mqls("Score at MQL", &format!("{high}{ECONOMICS}")));
    let recorded = found.recorded.expect("scores of that moment");
    assert_eq!(recorded.n_below_bar, 162);
    assert!(found.warnings.iter().any(|text| text.contains("162 of the 270")), "{:?}", found.warnings);
}

#[test]
fn too_few_sqls_are_not_judged() {
    let late =
        mqls("Score at MQL", &format!("{BAR}{ECONOMICS}")).replaced("leadgauge.toml", "2025-12-31", "2025-04-20");
    let found = calibration(&late);
    assert_eq!(found.verdict, Verdict::NotEnoughData, "{:?}", found.says);
    assert!(found.says[0].contains("30 and 8 are needed"), "{:?}", found.says);
}

#[test]
fn where_actions_are_known_the_paths_judge_and_not_the_recorded_scores() {
    let project = mqls("Score at MQL", "[[criteria]]\nthreshold = 50\npoints = { demo = 52 }\n")
        .activities("lead_id,type,at\nL000,demo,2025-01-01T10:00:00\n");
    assert!(calibration(&project).recorded.is_none());
}

#[test]
fn the_report_shows_the_counts_and_the_program_says_the_advice() {
    let project = mqls("Score at MQL", &format!("{BAR}{ECONOMICS}"));
    let run = project.run(&["calibrate"]).ended(0);
    assert!(run.stdout.contains("Verdict: tighten") && run.stdout.contains("Raise the bar from 50 to 60"), "{run}");
    assert!(run.text("criteria.suggested.toml").contains("threshold = 60"));
    let report = project.run(&["report"]).ended(0);
    let page = report.text("report.md");
    assert!(page.contains("What each threshold would have left of the MQLs"), "{page}");
    assert!(page.contains("Raising the bar from 50 to 60 pays, by the scores in the export"), "{page}");
}

/// The sample project without what an SQL is worth.
fn sample_without_economics() -> Project {
    let project = Project::sample();
    let text = project.text("leadgauge.toml");
    let without: Vec<&str> =
        text.lines().filter(|line| !line.contains("value_per_sql") && !line.contains("sales_cost_per_mql")).collect();
    project.file("leadgauge.toml", without.join("\n").as_bytes())
}

#[test]
fn without_economics_there_is_a_frontier_of_volume_against_rate_and_no_single_optimum() {
    let project = sample_without_economics();
    let found = calibration(&project);
    assert_eq!((found.verdict, found.plateau, found.break_even), (Verdict::NoEconomics, None, None));
    let (current, suggested) = (found.criteria.expect("criteria"), found.suggested.expect("criteria"));
    assert_eq!(current.threshold, suggested.threshold);
    assert!(found.sweep.len() > 5);
    for pair in found.sweep.windows(2) {
        assert!(pair[0].mqls_per_month >= pair[1].mqls_per_month && pair[0].sqls_per_month >= pair[1].sqls_per_month);
        let marginal = pair.iter().map(|row| row.marginal_rate.estimate).collect::<Vec<_>>();
        assert!(marginal.is_sorted(), "a higher bar asks for better leads: {marginal:?}");
        assert_eq!((pair[0].gain_per_month.value, pair[0].probability_better), (None, None));
    }
    // What an SQL must be worth is the marginal rate turned around.
    let at_bar = found.sweep.iter().find(|row| row.basis == Basis::Observed).expect("today's bar");
    let (rate, ratio) = (at_bar.marginal_rate.estimate.unwrap(), at_bar.pays_from_ratio.value.unwrap());
    assert!((rate * ratio - 1.0).abs() < 1e-12 && found.marginal_at_bar.value == Some(rate));
    assert!(at_bar.pays_from_ratio.low.unwrap() < ratio && ratio < at_bar.pays_from_ratio.high.unwrap());
}

#[test]
fn the_page_without_economics_names_no_gain_and_no_chance() {
    let page = sample_without_economics().report().page;
    let section = page.sections.iter().find(|section| section.id == "calibration").expect("the section");
    assert!(section.title.contains("No threshold can be called best"), "{}", section.title);
    let table = section.blocks.iter().find_map(|block| match block {
        Block::Table(table) if table.id == "sweep" => Some(table),
        _ => None,
    });
    let labels: Vec<&str> = table.expect("the frontier").columns.iter().map(|column| column.label.as_str()).collect();
    assert!(labels.iter().all(|label| !label.contains("Gain") && *label != "Chance"), "{labels:?}");
    let steps = section.blocks.iter().find_map(|block| match block {
        Block::Chart(chart) => match &chart.data {
            ChartData::Threshold { steps, .. } => Some(steps),
            _ => None,
        },
        _ => None,
    });
    assert!(steps.expect("the chart").iter().all(|step| step.gain_per_month.is_none()));
    assert!(!page.lede.contains("so few MQLs") && page.lede.contains("what an MQL costs sales"), "{}", page.lede);
}
