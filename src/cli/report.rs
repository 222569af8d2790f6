//! `leadgauge report`

use super::progress::Progress;
use super::{Exit, Failure};
use crate::config::plan::Format;
use crate::report::{output, previous};
use crate::vocabulary::{Day, Month};
use crate::{pipeline, report};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Arguments of `report`.
#[derive(Args)]
pub struct Report {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// The report month. Default: the last one that is complete in the data.
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Where to write. Default: reports/<month>/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// An earlier report to compare with: its report.json, or the folder it lies in. Default: that of the newest
    /// earlier month beside the folder written to, else what is about to be replaced there.
    #[arg(long, value_name = "FILE_OR_FOLDER")]
    previous: Option<PathBuf>,
    /// What to write; may be given several times. Default: what the project file says, else all.
    #[arg(long, value_name = "FORMAT")]
    format: Vec<FormatName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Html,
    #[cfg(feature = "pdf")]
    Pdf,
    Xlsx,
    Md,
    Json,
    Png,
}

fn month(text: &str) -> Result<Month, String> {
    text.parse().map_err(|()| "expected a month such as 2026-10".to_string())
}

/// Reads a date argument.
pub fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|()| "expected a date such as 2026-10-31".to_string())
}

impl Report {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        plan.month = self.month.or(plan.month);
        if !self.format.is_empty() {
            plan.report.formats = self
                .format
                .iter()
                .map(|format| match format {
                    FormatName::Html => Format::Html,
                    FormatName::Md => Format::Markdown,
                    FormatName::Json => Format::Json,
                    #[cfg(feature = "pdf")]
                    FormatName::Pdf => Format::Pdf,
                    FormatName::Xlsx => Format::Xlsx,
                    FormatName::Png => Format::Png,
                })
                .collect();
        }
        if let Some(folder) = &self.out {
            output::check(folder, output::Kind::Result)?;
        }
        if let Some(path) = &self.previous {
            // What cannot be read is said before the work.
            previous::read(path)?;
        }
        let analysis = pipeline::run(&plan, &|step| progress.step(step))?;
        progress.step("report");
        let folder = self.out.unwrap_or_else(|| super::default_folder(analysis.metrics.month));
        let given = match &self.previous {
            Some(path) => previous::given(path, analysis.metrics.month, analysis.as_of)?,
            None => previous::beside(&folder, &plan.project, analysis.metrics.month, analysis.as_of),
        };
        let report = report::build_since(&plan, &analysis, &given);
        let files = output::report_files(&report, &analysis.rejected, &plan)?;
        output::place(&folder, output::Kind::Result, &files)?;
        progress.clear();
        if !progress.is_quiet() {
            super::say(format_args!("{}", report.page.headline));
            super::say(format_args!("{}", report.trust.says));
            let main = ["report.html", "report.pdf", "report.xlsx", "report.md", "report.json"]
                .into_iter()
                .find(|name| folder.join(name).is_file());
            super::say(format_args!("The report is in {}", folder.join(main.unwrap_or_default()).display()));
        }
        Ok(super::verdict(&report.findings))
    }
}
