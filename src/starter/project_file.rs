//! How is what was recognised in a folder written down, so that a person can correct it?

use crate::config::plan::{Source, Table};
use crate::finding::masked;
use crate::ingest::folder::{Folder, Sureness, Take};
use std::fmt::Write;

/// What a person says of a project that no file does.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Name of the project.
    pub project: String,
    /// IANA name of the time zone.
    pub timezone: String,
    /// ISO code of the currency; `None` = the one that the files will name.
    pub currency: Option<String>,
}

/// The text of a `leadgauge.toml` that reads the folder's files as they were recognised, with the reasons as comments.
pub fn project_file(folder: &Folder, answers: &Answers) -> String {
    let mut out = String::from(
        "# Written by `leadgauge init` from the files of this folder. Correct what is wrong; lines that begin with # are remarks\n\
         # and suggestions. `leadgauge check` shows how every file is read, `leadgauge explain KEY` what a key means.\n\n",
    );
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("project  = {}", quoted(&answers.project)));
    line(format!(
        "timezone = {}   # the zone of your days; times with a zone or an offset are moved into it",
        quoted(&answers.timezone)
    ));
    line(match &answers.currency {
        Some(currency) => format!("currency = {}", quoted(currency)),
        None => "# currency = \"EUR\"   # the one that most amounts name, unless it stands here".to_string(),
    });
    for missing in folder.missing() {
        line(format!("# Missing for {missing}."));
    }
    let mut tables = Table::ALL;
    tables.sort();
    for table in tables {
        let takes: Vec<(&str, &Take)> = folder
            .takes()
            .filter(|(_, take)| take.table == table)
            .map(|(seen, take)| (seen.shown.as_str(), take))
            .collect();
        for group in groups(&takes) {
            line(String::new());
            line(source(table, &group, takes.len() > group.len()));
        }
    }
    let mut unknown: Vec<(String, u64)> = Vec::new();
    for (label, n) in folder.takes().flat_map(|(_, take)| &take.unknown_stages) {
        match unknown.iter_mut().find(|(known, _)| known == label) {
            Some((_, known)) => *known += n,
            None => unknown.push((label.clone(), *n)),
        }
    }
    if !unknown.is_empty() {
        unknown.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        line("\n# These labels of your stages mean nothing yet. Take away the # and say which stage each one is: lead, mql, working,\n# sal, sql, opportunity, customer, disqualified or recycled. Their entries are left out until then.\n[stages]".into());
        for (label, n) in unknown.into_iter().take(30) {
            line(format!("# {} = \"…\"   # {n} entries", quoted(&label)));
        }
    }
    let channels = folder.channels();
    if !channels.is_empty() {
        line("\n# One name for what several tools call differently, so that leads and spend meet.\n[channels]".into());
        for (common, names) in channels {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            line(format!("{common} = [{}]", names.join(", ")));
        }
    }
    line(SUGGESTIONS.to_string());
    out
}

/// What only the user knows.
const SUGGESTIONS: &str = r##"
# Your scoring rules, so that the bar can be judged: points for what a lead does, and the score that makes an MQL.
# [[criteria]]
# effective_from = "2025-01-01"
# threshold      = 100
# points = { email_open = 5, email_click = 10, site_visit = 10, pricing_page = 25, demo_request = 50 }

# What an SQL is worth and what sales' time on an MQL costs, so that a change of the bar can be weighed in money.
# [economics]
# value_per_sql      = 1000
# sales_cost_per_mql = 120

# Leads that are no prospects.
# [exclude]
# email_domains = ["our-own-company.example"]

# How the report looks: docs/own-report.md. Own tables: a .sql file in queries/ beside this file.
# [report]
# title  = "Acme Marketing, monthly review"
# logo   = "logo.png"
# accent = "#0f5f8a"
# locale = "en-GB"        # en, en-GB, de, fr, es, nl: how numbers and dates are written"##;

/// Takes that differ in nothing but the file are one source.
fn groups<'t>(takes: &[(&'t str, &'t Take)]) -> Vec<Vec<(&'t str, &'t Take)>> {
    let key = |take: &Take| (take.source.preset.clone(), take.source.sheet.clone(), take.source.stage_dates.clone());
    let mut groups: Vec<Vec<(&str, &Take)>> = Vec::new();
    for (shown, take) in takes {
        match groups.iter_mut().find(|group| key(group[0].1) == key(take)) {
            Some(group) => group.push((shown, take)),
            None => groups.push(vec![(shown, take)]),
        }
    }
    groups
}

fn source(table: Table, group: &[(&str, &Take)], is_one_of_several: bool) -> String {
    let name = table.name();
    let mut out = if is_one_of_several { format!("[[sources.{name}]]\n") } else { format!("[sources.{name}]\n") };
    let Some((_, first)) = group.first() else { return out };
    let how = match first.sureness {
        Sureness::Named | Sureness::Sure => "",
        Sureness::Likely => " (likely)",
        Sureness::Guess => " (a guess: please check)",
    };
    let _ = writeln!(out, "# {}{how}", one_line(&first.why));
    for column in &first.columns {
        // Samples stay on the screen: this file may be shared.
        let _ = writeln!(out, "#   {} ← {}", column.column.column, one_line(&masked(&column.column.header)));
    }
    for trap in first.export.iter().flat_map(|export| &export.traps) {
        let _ = writeln!(out, "# Note: {trap}");
    }
    let source: &Source = &first.source;
    let paths: Vec<String> = group.iter().flat_map(|(_, take)| &take.source.paths).map(|path| quoted(path)).collect();
    let _ = match paths.as_slice() {
        [one] => writeln!(out, "path = {one}"),
        several => writeln!(out, "path = [{}]", several.join(", ")),
    };
    if let Some(preset) = &source.preset {
        let _ = writeln!(out, "preset = {}", quoted(preset));
    }
    if let Some(sheet) = &source.sheet {
        let _ = writeln!(out, "sheet = {}", quoted(sheet));
    }
    if !source.stage_dates.is_empty() {
        let dates: Vec<String> =
            source.stage_dates.iter().map(|(stage, header)| format!("{stage} = {}", quoted(header))).collect();
        let _ = writeln!(out, "stage_dates = {{ {} }}", dates.join(", "));
    }
    out.truncate(out.trim_end().len());
    out
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_string()).to_string()
}

/// A remark that stays a remark, whatever the data put into it.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
