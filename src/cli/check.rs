//! `leadgauge check`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::pipeline;
use crate::report::{format, output, trust};
use crate::vocabulary::Day;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Args)]
pub struct Check {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Write the rejected rows into this folder.
    #[arg(long, value_name = "DIR")]
    rejected: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        let analysis = pipeline::run(&plan, &|step| progress.step(step))?;
        progress.clear();
        let count = |n: u64| format::count(n as f64);
        for (input, mapping) in analysis.inputs.iter().zip(&analysis.mappings) {
            super::say(format_args!(
                "{} ← {}: {} rows read, {} used, {} rejected",
                input.table,
                input.path,
                count(input.rows_read),
                count(input.rows_used),
                count(input.rows_rejected)
            ));
            if let Some(export) = &mapping.taken_for {
                super::say(format_args!("    taken for {export}, by its headers"));
            }
            for column in &mapping.columns {
                super::say(super::column_line(column));
            }
            for note in &mapping.notes {
                super::say(format_args!("    note: {note}"));
            }
        }
        super::say(format_args!(
            "last visible day: {}{}",
            analysis.as_of,
            if plan.as_of.is_some() { "" } else { " (found in the data)" }
        ));
        let known = &analysis.metrics.known;
        for (metric, what) in [
            ("MQL volume and every rate", &known.mqls),
            ("MQL→SQL", &known.sqls),
            ("SQL→customer and MQL→customer", &known.customers),
            ("cost per MQL", &known.spend),
        ] {
            if let Some(why) = what.why() {
                super::say(format_args!("missing for {metric}: {why}"));
            }
        }
        let tables: Vec<String> =
            analysis.facts.table_rows.iter().map(|(name, rows)| format!("{name} {}", count(*rows))).collect();
        super::say(format_args!("rows of the facts that all of it is computed from: {}", tables.join(", ")));
        super::print_findings(&analysis.findings);
        super::say(format_args!("{}", trust::judge(&analysis.inputs, &analysis.findings).says));
        if let Some(folder) = self.rejected {
            let mut files = output::rejected_files(&analysis.rejected);
            files.push(("manifest.json".into(), output::manifest(&analysis.inputs, &plan, analysis.as_of)));
            output::place(&folder, output::Kind::Result, &files)?;
            super::say(format_args!("rejected cells are in {}", folder.join("rejected").display()));
        }
        Ok(super::verdict(&analysis.findings))
    }
}
