//! Does the program find what is true, in worlds whose truth is known?
//!
//! `tests/worlds/make.py` writes the worlds into the folder that LEADGAUGE_WORLDS names. All are seeded, so every figure
//! here is the same on each run; the bounds are those of the exact binomial, or a clear distance from what was measured.
//! `cargo test --release --test it -- worlds --nocapture` prints the tables; LEADGAUGE_WORLDS_TABLE names a file for them.
//!
//! Every world is read once; [`recovery`] asks whether its numbers are right, [`changes`] whether changes are
//! told from noise, [`verdicts`] what is made of it all. [`margins`] asks of other worlds whether the leads at the bar are
//! judged rightly. What the advice is worth is not asked here, but by `tests/worlds/regret.py`.

mod changes;
mod margins;
mod recovery;
mod verdicts;

use leadgauge::calibration::Calibration;
use leadgauge::calibration::threshold::Verdict as Advice;
use leadgauge::config::{self, plan::Plan};
use leadgauge::facts::Transition;
use leadgauge::metrics::Metrics;
use leadgauge::metrics::benchmark::{Benchmark, Verdict};
use leadgauge::metrics::funnel::{Cohorts, Rate};
use leadgauge::metrics::maturity_alarm::AlarmState;
use leadgauge::pipeline::{self, Analysis};
use leadgauge::report::{self, write};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The batches of `make.py` that are read here, and how many worlds each has.
const BATCHES: [(&str, usize); 8] = [
    ("healthy", 60),
    ("too_loose", 60),
    ("too_strict", 60),
    ("tiny", 60),
    ("drift", 40),
    ("mix_shift", 40),
    ("junk_channel", 40),
    ("sales_backlog", 60),
];

/// What the program says about a world, and what is true.
struct World {
    batch: &'static str,
    seed: String,
    /// The expected share of SQLs within 90 days, of all MQLs of the report months.
    truth: f64,
    mqls: u64,
    rate: Rate,
    rate_without_swing: Rate,
    phi: f64,
    benchmark: Benchmark,
    advice: Advice,
    bar: f64,
    suggested: f64,
    thresholds: Vec<f64>,
    /// MQLs and SQLs of the months that are in the estimate.
    counted: (f64, f64),
    /// Months that are not, because outcomes seem not to have been recorded yet.
    months_left_out: usize,
    /// The numbers of the last months beside what they should be.
    numbers: Vec<recovery::Number>,
    /// Whether recent MQLs are said to convert at another pace, and whether a page says it; pages of a backlog only.
    alarm: AlarmState,
    said_slower: Option<bool>,
    /// The second half of a year against the first.
    halves: changes::Halves,
}

impl World {
    fn moves(&self) -> bool {
        matches!(self.advice, Advice::Tighten | Advice::LoosenOneNotch)
    }

    fn name(&self) -> String {
        format!("{}/{}", self.batch, self.seed)
    }
}

/// Every world, judged once; `None` where there are none.
static WORLDS: LazyLock<Option<Vec<World>>> = LazyLock::new(|| {
    let folder = std::env::var_os("LEADGAUGE_WORLDS").map(PathBuf::from)?;
    let jobs: Vec<(&'static str, PathBuf)> =
        BATCHES.into_iter().flat_map(|(batch, n)| folders(&folder, batch, n)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Vec::new();
        while let Some((batch, path)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            mine.push(judge(batch, path));
        }
        mine
    };
    let mut worlds = std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut all = work();
        all.extend(other.join().expect("a world could be judged"));
        all
    });
    worlds.sort_by_key(|world| (BATCHES.iter().position(|(batch, _)| *batch == world.batch), world.seed.clone()));
    Some(worlds)
});

/// The worlds of a batch. Without any the test is skipped by name; in CI it fails.
fn worlds(batch: &str) -> Option<Vec<&'static World>> {
    let Some(all) = WORLDS.as_ref() else {
        assert!(std::env::var_os("CI").is_none(), "LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        println!("skipped: worlds ({batch}): LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        return None;
    };
    Some(all.iter().filter(|world| world.batch == batch).collect())
}

/// The folders of a batch; fewer or more than there must be is a failure.
fn folders(folder: &Path, batch: &'static str, n: usize) -> Vec<(&'static str, PathBuf)> {
    assert!(folder.join("worlds.json").is_file(), "{} is not complete: run tests/worlds/make.py", folder.display());
    let entries = std::fs::read_dir(folder.join(batch)).expect("the batch was written");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    found.sort();
    assert_eq!(found.len(), n, "worlds of {batch}");
    found.into_iter().map(|path| (batch, path)).collect()
}

fn json(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).expect("make.py writes JSON"))
}

fn judge(batch: &'static str, folder: &Path) -> World {
    let plan = config::load(&folder.join(config::FILE_NAME)).expect("make.py writes a valid project file");
    let analysis = pipeline::run(&plan, &|_| ()).expect("the world can be read");
    let pipeline::Analysis { metrics, facts, calibration, as_of, .. } = &analysis;
    let (from, to) = (metrics.overall.from, metrics.overall.to);
    let cohorts = Cohorts::new(&facts.transitions, &plan, *as_of, from, to, &metrics.known);
    let truth = json(&folder.join("truth.json")).expect("make.py writes the truth");
    let expected = json(&folder.join("expected.json")).expect("make.py writes what is expected");
    let (suggested, bar) = bars(calibration);
    let numbers = recovery::numbers(&plan, &analysis, &truth, &expected);
    World {
        batch,
        seed: folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        truth: true_rate(&truth, metrics),
        mqls: metrics.overall.mql_to_sql.n,
        rate: metrics.overall.mql_to_sql.clone(),
        rate_without_swing: cohorts.rate_without_swing(Transition::MqlToSql, from, to),
        phi: metrics.phi.phi,
        benchmark: metrics.benchmark.clone(),
        advice: calibration.verdict,
        bar,
        suggested,
        thresholds: calibration.sweep.iter().map(|row| row.threshold).collect(),
        counted: counted(metrics),
        months_left_out: before_records(metrics),
        numbers,
        alarm: metrics.lag_alarm.state,
        said_slower: (batch == "sales_backlog").then(|| says_slower(&plan, &analysis)),
        halves: changes::halves(&plan, &analysis, &truth),
    }
}

/// Whether the page says that sales has become slower, or fewer will convert.
fn says_slower(plan: &Plan, analysis: &Analysis) -> bool {
    write::markdown(&report::build(plan, analysis).page).contains("sales is slower, or fewer will convert")
}

/// The advised and today's threshold.
fn bars(calibration: &Calibration) -> (f64, f64) {
    let advised = calibration.bar.as_ref().expect("the project names criteria").threshold;
    (advised, calibration.criteria.as_ref().expect("the project names criteria").threshold)
}

/// Report months that began before outcomes were recorded: they are in no estimate.
fn before_records(metrics: &Metrics) -> usize {
    let Some(start) = metrics.coverage.get("mql_to_sql") else { return 0 };
    metrics.months.iter().filter(|row| row.month.first_day() < *start).count()
}

/// MQLs and SQLs of the other months, added up from the months' own rows.
fn counted(metrics: &Metrics) -> (f64, f64) {
    let rates = metrics.months[before_records(metrics)..].iter().map(|row| &row.mql_to_sql);
    rates.fold((0.0, 0.0), |(n, c), rate| (n + rate.n as f64, c + rate.converted as f64))
}

/// `rate90_expected` of the report months that are in the estimate, weighted by their MQLs.
fn true_rate(truth: &Value, metrics: &Metrics) -> f64 {
    let skipped = before_records(metrics);
    let (mut sum, mut n) = (0.0, 0.0);
    for row in &metrics.months[skipped..] {
        let month = &truth["by_mql_month"][row.month.to_string()];
        let mqls = month["n_mql"].as_f64().expect("every month has a number of MQLs");
        if mqls > 0.0 {
            sum += mqls * month["rate90_expected"].as_f64().expect("a month with MQLs has a rate");
            n += mqls;
        }
    }
    sum / n
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    if n > 0.0 { sum / n } else { f64::NAN }
}

fn error(world: &World) -> Option<f64> {
    Some(world.rate.estimate? - world.truth)
}

fn covers(rate: &Rate, truth: f64) -> bool {
    matches!((rate.low, rate.high), (Some(low), Some(high)) if low <= truth && truth <= high)
}

fn width(rate: &Rate) -> Option<f64> {
    Some(rate.high? - rate.low?)
}

fn n_with(worlds: &[&World], holds: impl Fn(&World) -> bool) -> usize {
    worlds.iter().filter(|world| holds(world)).count()
}

#[test]
fn the_table_of_the_worlds_can_be_printed() {
    let Some(mut text) = recovery::table() else { return };
    text.push_str(&changes::table().unwrap_or_default());
    text.push_str(verdicts::RATES_HEAD);
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        text.push_str(&verdicts::rates_line(batch, &worlds));
    }
    text.push_str(verdicts::ADVICE_HEAD);
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        text.push_str(&verdicts::advice_line(batch, &worlds));
    }
    println!("{text}");
    if let Some(path) = std::env::var_os("LEADGAUGE_WORLDS_TABLE") {
        std::fs::write(path, &text).expect("the table can be written");
    }
    assert!(!text.contains("NaN"), "{text}");
}
