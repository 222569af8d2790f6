//! `leadgauge init`

use super::progress::Progress;
use super::{Exit, Failure};
use crate::config::{self, plan::Table};
use crate::ingest::folder::{self, Folder, Seen, Sureness, Take};
use crate::report::format;
use crate::starter::{self, Answers, Existing};
use crate::vocabulary::Day;
use chrono_tz::Tz;
use clap::Args;
use dialoguer::Input;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The day that a starter workbook carries as its own: that of its layout, because the program knows no clock and the
/// same version writes the same bytes. 2026-11-01.
const LAYOUT_OF: Day = Day(20_758);

/// Arguments of `init`.
#[derive(Args)]
pub struct Init {
    /// The folder with the exports. Default: the current one.
    folder: Option<PathBuf>,
    /// Write a workbook to keep by hand, for a business that has no CRM yet.
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    spreadsheet: Option<PathBuf>,
    /// Replace the file if it is there already; what it holds is lost.
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        match &self.spreadsheet {
            Some(file) => spreadsheet(file, existing, progress),
            None => project(self.folder.as_deref().unwrap_or(Path::new(".")), existing, progress),
        }
    }
}

/// Looks at a folder of exports, says what each file is taken for, and writes the project file.
fn project(root: &Path, existing: Existing, progress: &Progress) -> Result<Exit, Failure> {
    if !root.is_dir() {
        let words = "error: there is no folder `{}`\n  help: name the folder that your exports are in";
        return Err(Failure(words.replace("{}", &root.display().to_string())));
    }
    let path = root.join(config::FILE_NAME);
    if path.exists() && existing == Existing::Keep {
        return Err(Failure(format!(
            "error: {} is there already\n  help: `leadgauge check {}` shows how it reads the files; --force replaces it",
            path.display(),
            root.display()
        )));
    }
    progress.step("looking at the files");
    // As without a project file, whatever the one that is replaced said.
    let folder = folder::look(root, &Default::default());
    let mut plan = config::without_file(root);
    folder.apply(&mut plan);
    progress.clear();
    if !progress.is_quiet() {
        show(&folder);
    }
    if !folder.takes().any(|(_, take)| matches!(take.table, Table::Leads | Table::StageHistory)) {
        return Err(Failure(format!(
            "error: no file in {} holds leads, so there is no project to write down\n  help: export the leads (one row a person, with an id and the day they came in) as a CSV or Excel file into it; `leadgauge init --spreadsheet tracker.xlsx` writes a workbook to fill in",
            root.display()
        )));
    }
    let currency = folder.currency();
    let answers = Answers { project: plan.project, timezone: plan.timezone.to_string(), currency };
    let answers = if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !progress.is_quiet() {
        asked(answers)?
    } else {
        answers
    };
    starter::write(&path, existing, starter::project_file(&folder, &answers).as_bytes())?;
    if progress.is_quiet() {
        return Ok(Exit::Done);
    }
    for missing in folder.missing() {
        super::say(format_args!("missing for {missing}"));
    }
    super::say(format_args!("\n{} says all this; correct it where it is wrong. Then:", path.display()));
    super::say(format_args!("  leadgauge report {}", root.display()));
    Ok(Exit::Done)
}

/// Asks for what no file says.
fn asked(known: Answers) -> Result<Answers, Failure> {
    let ask = |what: &str, known: String| {
        let known_zone = |text: &String| match what {
            "Time zone" if text.parse::<Tz>().is_err() => {
                Err("write a name of the IANA list, for example Europe/Berlin")
            }
            "Currency" if text.len() != 3 => Err("write its three letters, for example EUR"),
            _ => Ok(()),
        };
        let input = Input::new().with_prompt(what).default(known).validate_with(known_zone);
        input.interact_text().map_err(|why| Failure(format!("error: no answer: {why}")))
    };
    Ok(Answers {
        project: ask("Project", known.project)?,
        timezone: ask("Time zone", known.timezone)?,
        currency: Some(ask("Currency", known.currency.unwrap_or("USD".into()))?.to_uppercase()),
    })
}

/// Says what each file is taken for and why, its columns and three values of each.
fn show(folder: &Folder) {
    for seen in &folder.files {
        for take in &seen.takes {
            shown_take(seen, take);
        }
        if let Some(why_not) = &seen.why_not {
            super::say(format_args!("{}: not used: {why_not}", seen.shown));
        }
    }
}

fn shown_take(seen: &Seen, take: &Take) {
    let sure = match take.sureness {
        Sureness::Named | Sureness::Sure => "surely",
        Sureness::Likely => "likely",
        Sureness::Guess => "perhaps",
    };
    let rows = format::count(seen.rows as f64);
    super::say(format_args!("{}: {sure} {}, since {} ({rows} rows)", seen.shown, take.table.name(), take.why));
    for note in &seen.notes {
        super::say(format_args!("    {note}"));
    }
    for column in &take.columns {
        super::say(super::column_line(column));
    }
    if !take.unknown_stages.is_empty() {
        let labels: Vec<&str> = take.unknown_stages.keys().take(5).map(String::as_str).collect();
        super::say(format_args!("    labels that mean no stage yet: {}", labels.join(", ")));
    }
}

/// Writes the starter workbook and says what to do with it.
fn spreadsheet(file: &Path, existing: Existing, progress: &Progress) -> Result<Exit, Failure> {
    starter::place(file, existing, &starter::workbook(LAYOUT_OF)?)?;
    if progress.is_quiet() {
        return Ok(Exit::Done);
    }
    super::say(format_args!("A workbook to fill in is in {}; its first sheet says how.", file.display()));
    super::say("Write one row per lead, and a date whenever something happens; save it, then make the report:");
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => super::say(format_args!("  leadgauge report {}", folder.display())),
        None => super::say("  leadgauge report"),
    }
    Ok(Exit::Done)
}
