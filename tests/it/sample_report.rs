//! The rendered sample in `reports/sample/` is what the program writes for `sample-data/` today. After a wanted change
//! write it anew with `LEADGAUGE_BLESS=1 cargo test --release the_rendered_sample` and look at the difference.

use leadgauge::config;
use leadgauge::report::{self, output};
use leadgauge::{pipeline, report::Report};
use std::collections::BTreeMap;
use std::path::Path;

/// What is kept of the sample: the pages, the numbers and the advice.
fn is_kept(name: &str) -> bool {
    name.starts_with("report.") || name.starts_with("charts/") || name == "criteria.suggested.toml"
}

fn sample() -> (Report, Vec<(String, Vec<u8>)>) {
    let plan = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/leadgauge.toml"))
        .unwrap_or_else(|problems| panic!("{problems}"));
    let analysis = pipeline::run(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    let report = report::build(&plan, &analysis);
    let files = output::report_files(&report, &analysis.rejected, &plan).unwrap_or_else(|error| panic!("{error}"));
    (report, files)
}

fn kept(folder: &Path, below: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(below).expect("the rendered sample is in the repository") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            kept(folder, &path, found);
        } else {
            let name = path.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
            found.insert(name, std::fs::read(&path).expect("a readable file"));
        }
    }
}

#[test]
fn the_rendered_sample_is_what_the_program_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let (_, files) = sample();
    let written: BTreeMap<String, Vec<u8>> = files.into_iter().filter(|(name, _)| is_kept(name)).collect();
    if std::env::var_os("LEADGAUGE_BLESS").is_some() {
        for (name, bytes) in &written {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a writable folder");
            std::fs::write(path, bytes).expect("a writable folder");
        }
    }
    let mut found = BTreeMap::new();
    kept(&folder, &folder, &mut found);
    assert_eq!(found.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    for (name, bytes) in &written {
        assert!(found[name] == *bytes, "reports/sample/{name} is not what the program writes");
    }
}

#[test]
fn the_sample_tells_the_truths_planted_in_it() {
    let (report, _) = sample();
    let truth: serde_json::Value =
        serde_json::from_slice(include_bytes!("../../sample-data/truth.json")).expect("truth.json is JSON");
    let rate = &report.overall.mql_to_sql;
    let (low, high) = (rate.low.expect("an interval"), rate.high.expect("an interval"));
    let expected = truth["report_period"]["expected_rate_90"].as_f64().expect("the true rate of the report months");
    assert!(low <= expected && expected <= high, "{expected} not in {low}..{high}");
    let advised = report.calibration.suggested.as_ref().expect("criteria").threshold;
    let good: Vec<f64> = truth["decision"]["equally_good"]
        .as_array()
        .expect("the thresholds that are equally good")
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    // One careful review moves towards the best bar and not beyond it.
    let best = good.last().copied().expect("a threshold");
    assert!(100.0 < advised && advised <= best, "advised {advised}, equally good in truth: {good:?}");
    let lag = &report.overall.time_to.mql_to_sql.p50;
    let median = truth["lag_days"]["p50"].as_f64().expect("the true median lag");
    assert!(lag.low <= Some(median) && Some(median) <= lag.high, "{median} not in {lag:?}");
    let dirt = |name: &str| truth["dirt"][name].as_u64().expect("a count");
    let counted = |code: &str| report.findings.iter().find(|finding| finding.code == code).map(|finding| finding.count);
    for (code, planted) in [
        ("leads::duplicate", "duplicate_leads"),
        ("leads::blank_channel", "blank_channels"),
        ("leads::excluded", "test_leads"),
        ("activities::unknown_lead", "orphan_activities"),
        ("activities::after_as_of", "activities_after_as_of"),
        ("activities::duplicate", "duplicate_activities"),
        ("stage_history::bad_date", "unparseable_dates"),
        ("stage_history::unknown_stage", "unknown_stage_labels"),
        ("funnel::sql_before_mql", "sql_before_mql"),
    ] {
        assert_eq!(counted(code), Some(dirt(planted)), "{code}");
    }
}
