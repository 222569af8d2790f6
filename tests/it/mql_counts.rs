//! Why does one part of the report speak of 560 MQLs, and another of 551? The counts, each with its reason.

use crate::project::Project;
use leadgauge::report::Report;
use leadgauge::report::page::{Block, Cell, Row};

/// The rows of the table: part of the report, MQLs, which.
fn counts(report: &Report) -> Vec<(String, f64, String)> {
    let blocks = report.page.sections.iter().flat_map(|section| &section.blocks);
    let mut tables = blocks.filter_map(|block| match block {
        Block::Table(table) if table.id == "mql-counts" => Some(&table.rows),
        _ => None,
    });
    let read = |row: &Row| match row.cells.as_slice() {
        [Cell::Text(under), Cell::Number(n), Cell::Text(which)] => (under.clone(), *n, which.clone()),
        other => panic!("{other:?}"),
    };
    tables.next().map(|rows| rows.iter().map(read).collect()).unwrap_or_default()
}

fn of<'a>(counts: &'a [(String, f64, String)], under: &str) -> Option<&'a (String, f64, String)> {
    counts.iter().find(|(name, ..)| name == under)
}

#[test]
fn every_count_of_mqls_stands_there_with_what_sets_it_apart() {
    let report = Project::sample().report();
    let found = counts(&report);
    let n = |under: &str| of(&found, under).unwrap_or_else(|| panic!("{under}: {found:?}")).1;
    assert_eq!(n("Volume"), report.months.iter().map(|row| row.mqls as f64).sum::<f64>());
    assert_eq!(n("Conversion"), report.overall.mql_to_sql.n as f64);
    assert_eq!(n("Cost"), report.overall.cost_mqls as f64);
    assert_eq!(n("Handoff"), report.handoff.n_past_sla as f64);
    assert_eq!(n("Calibration"), report.calibration.mature_mqls as f64);
    let (_, conversion, why) = of(&found, "Conversion").expect("a row");
    let inferred = report.overall.inferred_mqls;
    assert_eq!(*conversion + inferred as f64, n("Volume"));
    assert!(why.contains(&format!("without the {inferred} inferred")), "{why}");
}

#[test]
fn a_part_that_looks_at_nothing_or_at_all_of_them_has_no_row() {
    let (mut leads, mut stages) = (String::from("lead_id,created_at\n"), String::from("lead_id,stage,entered_at\n"));
    for n in 0..40 {
        leads += &format!("L{n},2025-{:02}-03\n", 1 + n % 12);
        stages += &format!("L{n},mql,2025-{:02}-0{}\nL{n},working,2025-{:02}-09\n", 1 + n % 12, 4 + n % 3, 1 + n % 12);
    }
    let toml = "project = \"Bare\"\nas_of = \"2025-12-31\"\n";
    let bare = Project::empty().toml(toml).leads(&leads).stage_history(&stages).report();
    let found = counts(&bare);
    assert!(of(&found, "Cost").is_none(), "{found:?}");
    assert!(of(&found, "Calibration").is_none(), "{found:?}");
    assert!(of(&found, "Volume").is_some());
}

#[test]
fn a_gain_of_the_sweep_can_be_worked_out_again_from_the_note_under_it() {
    let report = Project::sample().report();
    let blocks = report.page.sections.iter().flat_map(|section| &section.blocks);
    let note = blocks.filter_map(|block| match block {
        Block::Table(table) if table.id == "sweep" => Some(table.note.clone()),
        _ => None,
    });
    let note = note.into_iter().next().expect("a sweep");
    let said = note.split("At ").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_else(|| panic!("{note}"));
    let numbers: Vec<f64> = said
        .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .filter_map(|number| number.replace(',', "").parse().ok())
        .collect();
    let [threshold, mqls, cost, percent, value, gain] = numbers.as_slice() else { panic!("{said}: {numbers:?}") };
    let row = report.calibration.sweep.iter().find(|row| row.threshold == *threshold).expect("its row");
    assert!((row.gain_per_month.value.expect("a gain") - gain).abs() <= 0.5);
    let again = mqls * (cost - percent / 100.0 * value);
    assert!((again - gain).abs() <= 0.01 * gain.abs().max(100.0), "{again} for {gain}: {said}");
}
