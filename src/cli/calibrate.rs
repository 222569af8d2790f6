//! `leadgauge calibrate`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::calibration::Calibration;
use crate::calibration::threshold::{Basis, Verdict};
use crate::report::{format, output};
use crate::vocabulary::Day;
use crate::{metrics, pipeline};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `calibrate`.
#[derive(Args)]
pub struct Calibrate {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Where to write calibration.json and criteria.suggested.toml. Default: reports/<month>-calibration/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Calibrate {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        if let Some(folder) = &self.out {
            output::check(folder, output::Kind::Result)?;
        }
        let analysis = pipeline::run(&plan, &|step| progress.step(step))?;
        let month = metrics::last_complete_month(analysis.as_of);
        let folder = self.out.unwrap_or_else(|| PathBuf::from("reports").join(format!("{month}-calibration")));
        let mut files = output::calibration_files(&analysis.calibration, analysis.as_of);
        files.push(("manifest.json".into(), output::manifest(&analysis.inputs, &plan, analysis.as_of)));
        output::place(&folder, output::Kind::Result, &files)?;
        progress.clear();
        if !progress.is_quiet() {
            print(&analysis.calibration);
            super::say(format_args!("Written to {}", folder.display()));
        }
        Ok(super::verdict(&analysis.findings))
    }
}

fn print(calibration: &Calibration) {
    let verdict = match calibration.verdict {
        Verdict::Tighten => "tighten",
        Verdict::Keep => "keep",
        Verdict::LoosenOneNotch => "loosen one notch",
        Verdict::Explore => "explore",
        Verdict::NotEnoughData => "not enough data",
        Verdict::NoEconomics => "no single best threshold without economics",
    };
    super::say(format_args!("Verdict: {verdict}"));
    for sentence in calibration.says.iter().chain(&calibration.warnings) {
        super::say(format_args!("{sentence}"));
    }
    if calibration.sweep.len() > 1 {
        sweep(calibration);
    }
    let points = calibration.points.iter().flat_map(|points| &points.says);
    let evidence = calibration.criteria_evidence.iter().map(|row| &row.says);
    part("Points", points.chain(evidence));
    part("Score", calibration.quality.says.iter());
    part("Traps", calibration.traps.found.iter().map(|trap| &trap.title));
    if let Some(change) = &calibration.versions.last_change {
        part("Last change", change.says.iter());
    }
}

/// A heading and its lines, if there are any.
fn part<'a>(heading: &str, lines: impl Iterator<Item = &'a String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        super::say(format_args!("\n{heading}"));
    }
    for line in lines {
        super::say(format_args!("{line}"));
    }
}

fn sweep(calibration: &Calibration) {
    let bar = calibration.sweep.iter().position(|row| row.basis == Basis::Observed).unwrap_or(0);
    super::say(format_args!(
        "\n{:>9} {:>9} {:>9} {:>9} {:>9} {:>12}  basis",
        "threshold", "MQLs/mo", "SQLs/mo", "average", "marginal", "gain/mo"
    ));
    let share = |value: Option<f64>| value.map_or("–".into(), format::share);
    for row in calibration.sweep.iter().take(bar + 11) {
        let basis = match row.basis {
            Basis::Observed => "observed (today)",
            Basis::Emulated => "emulated",
            Basis::Extrapolated => "extrapolated",
        };
        super::say(format_args!(
            "{:>9} {:>9} {:>9} {:>9} {:>9} {:>12}  {basis}",
            row.threshold,
            format::grouped(row.mqls_per_month, 1),
            format::grouped(row.sqls_per_month, 1),
            share(row.rate.estimate),
            share(row.marginal_rate.estimate),
            row.gain_per_month.value.map_or("–".into(), |gain| format::grouped(gain, 0)),
        ));
    }
}
