//! What did the user ask for? One file a command; no logic here but the order of steps.

mod backtest;
mod brief;
mod calibrate;
mod check;
mod explain;
mod explore;
mod init;
mod progress;
mod report;
mod sample;
mod schema;
mod simulate;

use crate::config::plan::Plan;
use crate::config::{self, FindError, Located, Look};
use crate::finding::{Finding, Level, masked};
use crate::ingest::Shown;
use crate::ingest::folder;
use crate::ingest::recognise::Basis;
use crate::pipeline::OwnQuery;
use anstream::eprintln;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use progress::Progress;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Is marketing working, and is the bar for a marketing-qualified lead (MQL) right?
///
/// leadgauge reads exports of leads, stage history, activities, deals and spend, and writes a monthly report:
/// MQL volume, MQL→SQL and SQL→customer rates, time to conversion and cost per MQL, each with its interval, and advice
/// on the MQL threshold that says what it rests on. Offline, from plain files.
#[derive(Parser)]
#[command(version, name = "leadgauge", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Say nothing but errors: no progress, and no summary of what was written.
    #[arg(long, short, global = true)]
    quiet: bool,
    /// When to colour the output.
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    color: When,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Write the monthly report.
    Report(report::Report),
    /// Write the brief for the weekly meeting with sales: last week's MQLs, who was turned down, who waits.
    Brief(brief::Brief),
    /// Judge the MQL threshold: verdict, sweep, advised criteria.
    Calibrate(calibrate::Calibrate),
    /// Replay the same history under other criteria: which MQLs, SQLs and profit they would have brought.
    Simulate(simulate::Simulate),
    /// Choose random leads below the bar to work on purpose: the only way to see whether it is too high.
    Explore(explore::Explore),
    /// Repeat the reviews of past month-ends and hold what they said against what came.
    Backtest(backtest::BacktestArguments),
    /// Read everything and say what is wrong with it; write nothing.
    Check(check::Check),
    /// Start a project: write a workbook to keep by hand.
    Init(init::Init),
    /// Write a realistic sample project.
    Sample(sample::Sample),
    /// Explain a metric, table, query, finding or config key.
    Explain(explain::Explain),
    /// Print the JSON schema of the project file or of a result.
    Schema(schema::Schema),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A finding at `deny`.
    Denied,
    /// Could not run; said why.
    Failed,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Denied => 1,
            Exit::Failed => 2,
        }
    }
}

/// What stops a command, in words for the user.
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(format!("error: {error}"))
    }
}

/// Runs the program.
pub fn run() -> Exit {
    let arguments = Arguments::parse();
    match arguments.color {
        When::Auto => {}
        When::Always => anstream::ColorChoice::Always.write_global(),
        When::Never => anstream::ColorChoice::Never.write_global(),
    }
    let progress = Progress::new(arguments.quiet);
    let result = match arguments.command {
        Command::Report(command) => command.run(&progress),
        Command::Brief(command) => command.run(&progress),
        Command::Calibrate(command) => command.run(&progress),
        Command::Simulate(command) => command.run(&progress),
        Command::Explore(command) => command.run(&progress),
        Command::Backtest(command) => command.run(&progress),
        Command::Check(command) => command.run(&progress),
        Command::Init(command) => command.run(&progress),
        Command::Sample(command) => command.run(&progress),
        Command::Explain(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "leadgauge", &mut script);
            say(String::from_utf8_lossy(&script).trim_end());
            Ok(Exit::Done)
        }
    };
    progress.clear();
    result.unwrap_or_else(|Failure(words)| {
        eprintln!("{words}");
        Exit::Failed
    })
}

/// The plan that PROJECT names.
fn plan(project: Option<&Path>) -> Result<Plan, Failure> {
    let located = match config::find(project) {
        // Exports without a project file are a project, too.
        Err(FindError::NoDefault) if folder::look(Path::new("."), &Default::default()).takes().next().is_some() => {
            Located::Folder(PathBuf::from("."))
        }
        found => found.map_err(|e| Failure(format!("error: {e}\n  help: {}", e.help())))?,
    };
    let look = if std::io::stderr().is_terminal() { Look::Coloured } else { Look::Plain };
    let mut plan = located.plan().map_err(|problems| Failure(problems.render(look)))?;
    folder::settle(&mut plan)?;
    Ok(plan)
}

/// Prints a line to stdout. A reader that has gone away (`| head`) is no error of ours.
fn say(line: impl std::fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// A column, the header that it comes from, how it was found, and some of its values.
fn column_line(shown: &Shown) -> String {
    let (column, samples) = (&shown.column, &shown.samples);
    let how = match column.basis {
        Basis::Config => "named in the project file",
        Basis::Preset => "known from the preset",
        Basis::Alias => "recognised by its header",
        Basis::Extra => "an attribute",
        Basis::Constant => "constant",
    };
    // Names of people may stand in columns that nobody asked for.
    let samples = if samples.is_empty() || column.basis == Basis::Extra || column.column == "owner" {
        String::new()
    } else {
        format!(": {}", samples.join(" · "))
    };
    format!("    {:<24} ← {} ({how}){samples}", column.column, masked(&column.header))
}

/// How a run with these findings ends.
fn verdict(findings: &[Finding]) -> Exit {
    if findings.iter().any(|finding| finding.level == Level::Deny) { Exit::Denied } else { Exit::Done }
}

/// Says what is odd about what the user brings of their own, and keeps nothing from being written.
fn warn(says: &str, help: &str) {
    eprintln!("warning: {says}\n  help: {help}");
}

/// Says which own templates are not used although they look like it.
fn warn_of_templates(plan: &Plan) {
    for says in crate::report::write::templates::odd(&plan.root) {
        warn(&says, "rename it or remove it: a file replaces the built-in one only under the very same name");
    }
}

/// Says which of the project's own queries gave no table, and what is odd about the others.
fn warn_of_queries(queries: &[OwnQuery]) {
    for query in queries {
        for remark in &query.remarks {
            warn(&format!("queries/{}, {remark}", query.file), "correct the remark, or leave it out");
        }
        if let Err(says) = &query.result {
            let help = "correct or remove it; the rest of the report is written without it";
            warn(&crate::report::failed(&query.file, says), help);
        }
    }
}

/// Prints findings: one line each with its remedy.
fn print_findings(findings: &[Finding]) {
    for finding in findings {
        let level = match finding.level {
            Level::Deny => "deny",
            Level::Warn => "warn",
            Level::Info | Level::Allow => "info",
        };
        say(format_args!("{level}: {} [{}]", finding.says, finding.code));
        if !finding.examples.is_empty() {
            say(format_args!("      for example: {}", finding.examples.join(", ")));
        }
        say(format_args!("      {}", finding.help));
    }
}

/// Where results of a month go by default.
fn default_folder(month: crate::vocabulary::Month) -> PathBuf {
    Path::new("reports").join(month.to_string())
}
