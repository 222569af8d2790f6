//! `leadgauge brief`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::config::plan::People;
use crate::pipeline;
use crate::report::brief::{self, Week};
use crate::report::output::{self, BriefFormat};
use crate::vocabulary::Day;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Arguments of `brief`.
#[derive(Args)]
pub struct Brief {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// The week, as it was on its Sunday. Default: the last one that is complete in the data.
    #[arg(long, value_name = "YYYY-Www", value_parser = week, conflicts_with = "as_of")]
    week: Option<Week>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Show names, e-mail addresses and accounts, not only ids.
    #[arg(long)]
    names: bool,
    /// Write it into this file instead of printing it; its ending chooses the format.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to write. Default: what the file's ending says, else md.
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Md,
    Html,
    Json,
}

fn week(text: &str) -> Result<Week, String> {
    text.parse().map_err(|()| "expected a week such as 2026-W44".to_string())
}

impl Brief {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        if let (Some(week), Some(as_of)) = (self.week, plan.as_of)
            && as_of < week.first_day()
        {
            return Err(Failure(format!(
                "error: {week} lies after the data, which the project reads through {as_of}\n  help: choose an earlier week, or another as_of in the project file"
            )));
        }
        plan.as_of = self.week.map(Week::last_day).or(self.as_of).or(plan.as_of);
        if self.names {
            plan.people = People::ByName;
        }
        let ending = self.out.as_ref().and_then(|path| path.extension()).map(|ending| ending.to_string_lossy());
        let format = match (self.format, ending.as_deref()) {
            (Some(FormatName::Html), _) | (None, Some("html" | "htm")) => BriefFormat::Html,
            (Some(FormatName::Json), _) | (None, Some("json")) => BriefFormat::Json,
            (None, Some("pdf" | "xlsx" | "docx")) => {
                let file = self.out.unwrap_or_default();
                return Err(Failure(format!(
                    "error: {} would not be what a brief is written as\n  help: end the file in .md, .html or .json, or say --format",
                    file.display()
                )));
            }
            _ => BriefFormat::Markdown,
        };
        let lives = pipeline::lives(&plan, &|step| progress.step(step))?;
        let week = self.week.unwrap_or_else(|| Week::last_complete(lives.as_of));
        if let Some(first) = lives.first.filter(|first| week.last_day() < *first) {
            return Err(Failure(format!(
                "error: {week} lies before the data, which begin on {first}\n  help: choose a later week with --week, or a later day with --as-of"
            )));
        }
        if let (Some(asked), Some(last)) = (self.week.filter(|week| lives.last < Some(week.first_day())), lives.last) {
            return Err(Failure(format!(
                "error: {asked} lies after the data, which end on {last}\n  help: the last complete week is {}; or leave out --week",
                Week::last_complete(last)
            )));
        }
        let brief = brief::build(&plan, &lives, week);
        let bytes = output::brief(&brief, format, &plan)?;
        progress.clear();
        match &self.out {
            None => super::say(String::from_utf8_lossy(&bytes).trim_end()),
            Some(path) => {
                output::place_file(path, &bytes, &plan, &lives.inputs)?;
                if !progress.is_quiet() {
                    super::say(format_args!("{}", brief.page.headline));
                    super::say(format_args!("The brief is in {}", path.display()));
                }
            }
        }
        Ok(super::verdict(&lives.findings))
    }
}
