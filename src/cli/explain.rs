//! `leadgauge explain`

use super::{Exit, Failure};
use crate::config::plan::Table;
use crate::engine::catalogue;
use crate::ingest::recognise::{EXPORTS, Export};
use crate::metrics::definitions;
use crate::{config, finding, model};
use clap::Args;

/// Arguments of `explain`.
#[derive(Args)]
pub struct Explain {
    /// A metric (mql_to_sql), table (leads), query (journeys), finding (activities::unknown_lead), config key, or preset
    /// (hubspot, hubspot.deals; `presets` lists them).
    name: Option<String>,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Some(name) = self.name else {
            super::say(format_args!("{}", everything()));
            return Ok(Exit::Done);
        };
        let words = metric(&name).or_else(|| table(&name)).or_else(|| query(&name)).or_else(|| finding_kind(&name));
        match words.or_else(|| key(&name)).or_else(|| presets(&name)) {
            Some(words) => {
                super::say(format_args!("{words}"));
                Ok(Exit::Done)
            }
            None => Err(Failure(format!("error: nothing is called `{name}`{}", suggestion(&name)))),
        }
    }
}

fn metric(name: &str) -> Option<String> {
    // By its name in report.json, or by what the page calls it.
    let by_label = || definitions::all().iter().find(|metric| metric.label.to_lowercase() == name.to_lowercase());
    let metric = definitions::find(name).or_else(by_label)?;
    let name = &metric.name;
    let query = query(&metric.facts).unwrap_or_default();
    Some(format!(
        "{} ({name})\n\n{}\n\nUnit: {}. Better: {}.\nShown in the report and as `{name}` in report.json. Computed from:\n\n{query}",
        metric.label, metric.definition, metric.unit, metric.better
    ))
}

fn table(name: &str) -> Option<String> {
    let contract = model::CONTRACTS.iter().find(|contract| contract.table.name() == name)?;
    let mut words = format!(
        "{name}: {}; key: {}\nRead from: {}\nAs {} it:\n",
        contract.grain,
        contract.key,
        contract.reads,
        if contract.table == Table::Activities { "the score replay reads" } else { "queries see" }
    );
    for column in contract.columns {
        words.push_str(&format!("    {:<16} {:<8} {}\n", column.name, column.kind, column.holds));
    }
    Some(words.trim_end().to_string())
}

fn query(name: &str) -> Option<String> {
    catalogue::find(name).map(|query| query.text.trim_end().to_string())
}

fn finding_kind(name: &str) -> Option<String> {
    let kind = finding::kind(name)?;
    let level = serde_json::to_value(kind.level).ok()?;
    let says = kind.says.replace("{count}", "N").replace("{of}", "M");
    let help = kind.help_for(name.split("::").next().unwrap_or_default());
    Some(format!("{name} (finding, {} by default)\n\n{says}.\n\nWhat to do: {help}.", level.as_str()?))
}

fn key(name: &str) -> Option<String> {
    let keys = config::keys();
    // The last word of a key is enough where it is one key's alone.
    let last = |key: &&config::KeyDoc| key.path.rsplit('.').next() == Some(name);
    let mut ending = keys.iter().filter(last);
    let only = ending.next().filter(|_| ending.next().is_none());
    let found = keys.iter().find(|key| key.path == name).or(only)?;
    Some(format!("{} (key of the project file)\n\n{}", found.path, found.doc))
}

/// The presets: all of them in a line each, or those of a system or of one export in full.
fn presets(name: &str) -> Option<String> {
    if name == "presets" {
        let lines = EXPORTS.iter().map(|export| {
            let table = export.table().map_or("not read", Table::name);
            format!("{:<28} {:<14} {} {}", export.id(), table, export.system, export.title)
        });
        return Some(lines.collect::<Vec<_>>().join("\n"));
    }
    let of_system = |export: &&Export| export.id() == name || export.id().split('.').next() == Some(name);
    let words: Vec<String> = EXPORTS.iter().filter(of_system).map(preset).collect();
    (!words.is_empty()).then(|| words.join("\n\n"))
}

fn preset(export: &Export) -> String {
    let mut words = format!("{} ({} {})\n", export.id(), export.system, export.title);
    let mut line = |text: String| words.push_str(&format!("    {text}\n"));
    match (export.table(), &export.aside) {
        (Some(table), _) => line(format!("is read as {}", table.name())),
        (None, Some(why)) => line(format!("is not read: {why}")),
        (None, None) => {}
    }
    line("recognised by the headers (case, accents and punctuation do not matter):".into());
    for signature in &export.signatures {
        line(format!("    {}", signature.join(" + ")));
    }
    for (column, headers) in export.columns.iter().chain(&export.either).chain(&export.every) {
        line(format!("{column:<14} ← {}", headers.join(", ")));
    }
    for (stage, headers) in &export.stage_dates {
        line(format!("{:<14} ← {}", format!("date of {stage}"), headers.join(", ")));
    }
    for (column, value) in &export.constants {
        line(format!("{column:<14} = {value}"));
    }
    for (header, values) in &export.only {
        line(format!("only rows where {header} is {}", values.join(", ")));
    }
    for (header, values) in &export.never {
        let values: Vec<&str> = values.iter().map(|value| if value.is_empty() { "empty" } else { value }).collect();
        line(format!("no rows where {header} is {}", values.join(", ")));
    }
    for trap in &export.traps {
        line(trap.clone());
    }
    words.trim_end().to_string()
}

/// Every name that can be explained.
fn names() -> Vec<String> {
    let mut names: Vec<String> = definitions::all().iter().map(|metric| metric.name.clone()).collect();
    names.extend(model::CONTRACTS.iter().map(|contract| contract.table.name().to_string()));
    names.extend(catalogue::QUERIES.iter().map(|query| query.name.to_string()));
    names.extend(finding::KINDS.iter().map(|kind| kind.code.to_string()));
    names.extend(config::keys().into_iter().map(|key| key.path));
    names.extend(EXPORTS.iter().map(Export::id));
    names.push("presets".to_string());
    names
}

fn everything() -> String {
    let list = |title: &str, names: Vec<String>| format!("{title}:\n    {}\n", names.join("\n    "));
    let metrics = definitions::all().iter().map(|metric| metric.name.clone()).collect();
    let tables = model::CONTRACTS.iter().map(|contract| contract.table.name().to_string()).collect();
    let queries = catalogue::QUERIES.iter().map(|query| query.name.to_string()).collect();
    let findings = finding::KINDS.iter().map(|kind| kind.code.to_string()).collect();
    let keys = config::keys().into_iter().map(|key| key.path).collect();
    let presets = EXPORTS.iter().map(Export::id).collect();
    [
        list("Metrics", metrics),
        list("Tables", tables),
        list("Queries", queries),
        list("Findings", findings),
        list("Keys of the project file", keys),
        list("Presets", presets),
    ]
    .concat()
    .trim_end()
    .to_string()
}

fn suggestion(name: &str) -> String {
    let close = names().into_iter().map(|known| (strsim::jaro_winkler(name, &known), known));
    match close.filter(|(nearness, _)| *nearness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, known)) => format!("\n  help: did you mean `{known}`? `leadgauge explain` lists every name"),
        None => "\n  help: `leadgauge explain` lists every name".to_string(),
    }
}
