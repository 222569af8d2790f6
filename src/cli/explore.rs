//! `leadgauge explore`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::calibration::support::Worth;
use crate::pipeline;
use crate::report::{below, output};
use crate::vocabulary::Day;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `explore`.
#[derive(Args)]
pub struct Explore {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// How many leads to choose. Default: as many as are still needed for an answer, where exploring is worth it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    leads: Option<u64>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// The folder to write explore.csv into. Default: reports/<month>-exploration/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the list even if the leads' ids are e-mail addresses.
    #[arg(long)]
    names: bool,
}

impl Explore {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        let found = pipeline::explore(&plan, &|step| progress.step(step))?;
        progress.clear();
        let support = &found.support;
        let words = below::plan(support, &plan.currency);
        let known = below::shown(support).or_else(|| below::bounds(support));
        if !progress.is_quiet() {
            known.into_iter().chain([words]).for_each(super::say);
        }
        let advised = support.exploration.leads_to_go.filter(|n| *n > 0 && support.exploration.worth == Worth::Yes);
        let Some(wanted) = self.leads.or(advised) else {
            return Err(Failure(
                "error: how many leads to choose is not said, and exploring is not advised\n  help: say it with --leads N"
                    .to_string(),
            ));
        };
        let chosen: Vec<_> = found.candidates.iter().take(wanted as usize).collect();
        let (from, bar) = (below::points(support.notch.from), below::points(support.bar));
        if chosen.is_empty() {
            return Err(Failure(format!(
                "error: no lead can be chosen: none created in the {} days before {} scores between {from} and {bar} and is still untouched\n  help: try again when there are new leads",
                found.fresh_days, found.as_of
            )));
        }
        if !self.names && chosen.iter().any(|lead| lead.id.contains('@')) {
            return Err(Failure(
                "error: the ids of these leads are e-mail addresses, which are not written without being asked for\n  help: say --names to write them all the same"
                    .to_string(),
            ));
        }
        let rows = chosen.iter().map(|lead| {
            let band = format!("{} to under {}", below::points(lead.from), below::points(lead.to));
            let score = format!("{}", (lead.score * 100.0).round() / 100.0);
            vec![lead.id.clone(), score, band, "working".to_string(), "exploration".to_string()]
        });
        let bytes = output::csv(&["lead_id", "score", "band", "stage", "reason"], rows);
        let folder = self.out.unwrap_or_else(|| {
            let month = crate::metrics::last_complete_month(found.as_of);
            PathBuf::from("reports").join(format!("{month}-exploration"))
        });
        let path = folder.join("explore.csv");
        output::place_file(&path, &bytes, &plan, &found.inputs)?;
        if !progress.is_quiet() {
            let short = if (chosen.len() as u64) < wanted {
                format!(" ({wanted} were asked for, and there are no more)")
            } else {
                String::new()
            };
            super::say(format_args!(
                "\n{} of the {} leads between {from} and {bar} that may be worked were chosen{short}: {}",
                chosen.len(),
                found.candidates.len(),
                path.display()
            ));
            super::say(
                "Hand them to sales like MQLs, and record for each a stage `working` with the reason `exploration` on the day it is handed over. The next run counts them by that; those that reach the bar later count as MQLs.",
            );
        }
        Ok(super::verdict(&found.findings))
    }
}
