//! `leadgauge report`

use super::progress::Progress;
use super::{Exit, Failure};
use crate::config::plan::{Format, Plan, Preset};
use crate::report::brief::{self, Week};
use crate::report::index::{self, Entry};
use crate::report::previous::Given;
use crate::report::{look, output, previous};
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
    /// Write the reports of past months, each as of its own end, from this one on; and an index of them.
    #[arg(long, value_name = "YYYY-MM", value_parser = month, conflicts_with_all = ["month", "as_of", "previous"])]
    from: Option<Month>,
    /// The last of them. Default: the last one that is complete in the data.
    #[arg(long, value_name = "YYYY-MM", value_parser = month, requires = "from")]
    to: Option<Month>,
    /// What to show. Default: what the project file says, else monthly.
    #[arg(long, value_name = "PRESET")]
    preset: Option<PresetName>,
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

#[derive(Clone, Copy, ValueEnum)]
enum PresetName {
    /// Everything.
    Monthly,
    /// Two printed pages for a board.
    Board,
    /// The bar, the points, the traps and the score.
    Calibration,
    /// The brief for the weekly meeting with sales.
    Brief,
}

/// What a reader opens first, of what there is.
const MAIN: [&str; 5] = ["report.html", "report.pdf", "report.xlsx", "report.md", "report.json"];

/// Most months of a series.
const MOST_MONTHS: i32 = 60;

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
        if let Some(preset) = self.preset {
            plan.report.preset = match preset {
                PresetName::Monthly => Preset::Monthly,
                PresetName::Board => Preset::Board,
                PresetName::Calibration => Preset::Calibration,
                PresetName::Brief => Preset::Brief,
            };
        }
        // Advice and findings are words before they are a report, and have the same numbers.
        let _worn = look::wear(&plan.report);
        if let Some(from) = self.from {
            return series(&plan, from, self.to, self.out, progress);
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
        let mut report = report::build_since(&plan, &analysis, &given);
        if plan.report.preset == Preset::Brief {
            let lives = pipeline::lives(&plan, &|step| progress.step(step))?;
            report.page = brief::build(&plan, &lives, Week::last_complete(lives.as_of)).page;
        }
        let files = output::report_files(&report, &analysis.rejected, &plan)?;
        output::place(&folder, output::Kind::Result, &files)?;
        progress.clear();
        if !progress.is_quiet() {
            super::say(format_args!("{}", report.page.headline));
            super::say(format_args!("{}", report.trust.says));
            let main = MAIN.into_iter().find(|name| folder.join(name).is_file());
            super::say(format_args!("The report is in {}", folder.join(main.unwrap_or_default()).display()));
        }
        Ok(super::verdict(&report.findings))
    }
}

/// Writes the reports of past months and the index over them.
fn series(
    plan: &Plan,
    from: Month,
    to: Option<Month>,
    out: Option<PathBuf>,
    progress: &Progress,
) -> Result<Exit, Failure> {
    let refused = |says: String, help: &str| Err(Failure(format!("error: {says}\n  help: {help}")));
    if plan.report.preset == Preset::Brief {
        return refused("a brief tells of one week, and --from of months".into(), "leave out --preset brief");
    }
    if let Some(to) = to.filter(|to| *to < from) {
        return refused(format!("the months from {from} to {to} go backwards"), "exchange --from and --to");
    }
    let (first, as_of) = pipeline::span(plan, &|step| progress.step(step))?;
    let last = crate::metrics::last_complete_month(as_of);
    let to = to.unwrap_or(last).max(from);
    let asked: Vec<Month> = (from.0..=to.0).take(MOST_MONTHS as usize + 1).map(Month).collect();
    if asked.len() > MOST_MONTHS as usize {
        let says = format!("from {from} to {to} are more than {MOST_MONTHS} months");
        return refused(says, "ask for fewer at a time");
    }
    let why_not = |month: Month| match () {
        () if month < first.month() => Some(format!("no data: they begin on {first}")),
        () if month > last => Some(format!("not complete: the data end on {as_of}")),
        () => None,
    };
    let months: Vec<Month> = asked.iter().copied().filter(|month| why_not(*month).is_none()).collect();
    let (Some(newest), n) = (months.last().copied(), months.len()) else {
        let says = format!("no month from {from} to {to} can be reported: the data go from {first} to {as_of}");
        return refused(says, &format!("the first month is {}, and the last complete one is {last}", first.month()));
    };
    let folder = out.unwrap_or_else(|| PathBuf::from("reports"));
    output::check_series(&folder, &months)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(asked.len());
    let mut written = Vec::with_capacity(n);
    let mut given = Given::default();
    let mut known_now = None;
    for month in asked.iter().copied() {
        if let Some(why) = why_not(month) {
            entries.push(Entry::without(month, why));
            continue;
        }
        let mut plan = plan.clone();
        plan.as_of = Some(month.last_day());
        plan.month = Some(month);
        let at = written.len() + 1;
        let analysis = pipeline::run(&plan, &|step| progress.step(&format!("{month} ({at} of {n}): {step}")))?;
        progress.step(&format!("{month} ({at} of {n}): report"));
        let report = report::build_since(&plan, &analysis, &given);
        let files = output::report_files(&report, &analysis.rejected, &plan)?;
        let main = MAIN.into_iter().find(|name| files.iter().any(|(file, _)| file == name));
        entries.push(Entry::of(&report, format!("{month}/{}", main.unwrap_or("manifest.json"))));
        given = previous::written(&report, format!("{month}/report.json"));
        written.push((month, files));
        if month == newest {
            let span = (month.0 - months[0].0 + 1).max(1) as u32;
            known_now = Some(if span <= plan.report.months {
                report
            } else {
                // The newest report shows fewer months than the series has: once more, over all of them.
                plan.report.months = span;
                let analysis = pipeline::run(&plan, &|step| progress.step(&format!("what is known now: {step}")))?;
                report::build_since(&plan, &analysis, &Given::default())
            });
        }
    }
    let Some(known_now) = known_now else {
        return refused("no month was reported".into(), "ask for a month that the data have");
    };
    progress.step("index");
    let index = index::build(plan, entries, &known_now);
    output::place_series(&folder, &written, &output::index_files(&index, plan)?)?;
    progress.clear();
    if !progress.is_quiet() {
        super::say(format_args!("{}", index.page.headline));
        for entry in index.months.iter() {
            if let Some(why) = &entry.why_not {
                super::say(format_args!("{}: no report, {why}", entry.month));
            }
        }
        super::say(format_args!("The reports are in {}", folder.join("index.html").display()));
    }
    Ok(super::verdict(&known_now.findings))
}
