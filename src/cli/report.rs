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
    /// Write the reports of past months, each as of its own end, from this one on; and an index of what was restated since.
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
    #[cfg_attr(not(feature = "pdf"), value(hide = true))]
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

/// The same of an index.
const INDEX: [&str; 5] = ["index.html", "index.pdf", "index.xlsx", "index.md", "index.json"];

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
            let of = |name: &FormatName| asked(*name, Paper::BUILT);
            plan.report.formats = self.format.iter().map(of).collect::<Result<_, _>>()?;
        }
        if let Some(preset) = self.preset {
            plan.report.preset = match preset {
                PresetName::Monthly => Preset::Monthly,
                PresetName::Board => Preset::Board,
                PresetName::Calibration => Preset::Calibration,
                PresetName::Brief => Preset::Brief,
            };
        }
        #[cfg(feature = "pdf")]
        if plan.report.formats.contains(&Format::Pdf) {
            std::thread::spawn(report::write::prepare);
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
            super::warn_of_templates(&plan);
            super::warn_of_queries(&analysis.own);
            super::say(format_args!("{}", report.page.headline));
            super::say(format_args!("{}", report.trust.says));
            let main = MAIN.into_iter().find(|name| folder.join(name).is_file());
            super::say(format_args!("The report is in {}", folder.join(main.unwrap_or_default()).display()));
        }
        Ok(super::verdict(&report.findings))
    }
}

/// Whether this program can write PDF.
#[derive(Clone, Copy)]
enum Paper {
    With,
    Without,
}

impl Paper {
    const BUILT: Paper = if cfg!(feature = "pdf") { Paper::With } else { Paper::Without };
}

/// The format asked for, where this program writes it.
fn asked(name: FormatName, paper: Paper) -> Result<Format, Failure> {
    Ok(match (name, paper) {
        (FormatName::Pdf, Paper::Without) => {
            return Err(Failure(
                "error: this program was built without PDF, so it writes no report.pdf\n  help: ask for --format html and print it, or build the program with its default features".into(),
            ));
        }
        (FormatName::Pdf, Paper::With) => Format::Pdf,
        (FormatName::Html, _) => Format::Html,
        (FormatName::Md, _) => Format::Markdown,
        (FormatName::Json, _) => Format::Json,
        (FormatName::Xlsx, _) => Format::Xlsx,
        (FormatName::Png, _) => Format::Png,
    })
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
    let n = months.len();
    if n == 0 {
        let says = format!("no month from {from} to {to} can be reported: the data go from {first} to {as_of}");
        return refused(says, &format!("the first month is {}, and the last complete one is {last}", first.month()));
    };
    let folder = out.unwrap_or_else(|| PathBuf::from("reports"));
    output::check_series(&folder, &months)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(asked.len());
    let mut written = Vec::with_capacity(n);
    let mut given = Given::default();
    let mut own = Vec::new();
    let mut newest_report = None;
    let mut first_failure = None;
    for month in asked.iter().copied() {
        if let Some(why) = why_not(month) {
            entries.push(Entry::without(month, why));
            continue;
        }
        let mut plan = plan.clone();
        plan.as_of = Some(month.last_day());
        plan.month = Some(month);
        let at = written.len() + 1;
        let analysis = match pipeline::run(&plan, &|step| progress.step(&format!("{month} ({at} of {n}): {step}"))) {
            Ok(analysis) => analysis,
            // One month that cannot be counted leaves the others whole.
            Err(why) => {
                entries.push(Entry::without(month, why.to_string().lines().next().unwrap_or_default().to_string()));
                first_failure = first_failure.or(Some(why));
                continue;
            }
        };
        progress.step(&format!("{month} ({at} of {n}): report"));
        let report = report::build_since(&plan, &analysis, &given);
        let files = output::report_files(&report, &analysis.rejected, &plan)?;
        let main = MAIN.into_iter().find(|name| files.iter().any(|(file, _)| file == name));
        entries.push(Entry::of(&report, format!("{month}/{}", main.unwrap_or("manifest.json"))));
        given = previous::written(&report, format!("{month}/report.json"));
        written.push((month, files));
        own = analysis.own;
        newest_report = Some(report);
    }
    if let (Some(why), true) = (first_failure, written.is_empty()) {
        return Err(why.into());
    }
    // What is known now is what a plain report would know. Mostly that is the newest one; where the data go on after it,
    // or the series is longer than a report, it is counted once more, over all months.
    let span = (last.0 - months[0].0 + 1).max(1) as u32;
    let is_known_now = |report: &report::Report| report.month == last && report.as_of == as_of;
    let known_now = match newest_report.filter(|report| is_known_now(report) && span <= plan.report.months) {
        Some(report) => report,
        None => {
            let mut plan = plan.clone();
            plan.month = Some(last);
            plan.report.months = span.max(plan.report.months);
            let analysis = pipeline::run(&plan, &|step| progress.step(&format!("what is known now: {step}")))?;
            report::build_since(&plan, &analysis, &Given::default())
        }
    };
    progress.step("index");
    let index = index::build(plan, entries, &known_now);
    output::place_series(&folder, &written, &output::index_files(&index, &known_now, plan)?)?;
    progress.clear();
    if !progress.is_quiet() {
        super::warn_of_templates(plan);
        super::warn_of_queries(&own);
        super::say(format_args!("{}", index.page.headline));
        for entry in index.months.iter() {
            if let Some(why) = &entry.why_not {
                super::say(format_args!("{}: no report, {why}", entry.month));
            }
        }
        let main = INDEX.into_iter().find(|name| folder.join(name).is_file());
        super::say(format_args!("The reports are in {}", folder.join(main.unwrap_or_default()).display()));
    }
    Ok(super::verdict(&known_now.findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_pdf_says_so_and_what_to_do_and_writes_the_rest() {
        let Err(Failure(says)) = asked(FormatName::Pdf, Paper::Without) else { panic!("it promised a PDF") };
        assert!(says.contains("built without PDF") && says.contains("--format html"), "{says}");
        for paper in [Paper::With, Paper::Without] {
            assert!(matches!(asked(FormatName::Html, paper), Ok(Format::Html)));
            assert!(matches!(asked(FormatName::Xlsx, paper), Ok(Format::Xlsx)));
        }
        assert!(matches!(asked(FormatName::Pdf, Paper::With), Ok(Format::Pdf)));
    }
}
