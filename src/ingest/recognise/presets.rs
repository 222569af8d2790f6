//! What does each system's export look like? The files in `presets/`, read once.

use super::normal;
use crate::config::plan::{DateOrder, Table};
use crate::vocabulary::Stage;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Every export that is known by its headers, in the order of the files.
pub static EXPORTS: LazyLock<Vec<Export>> = LazyLock::new(|| {
    let mut exports = Vec::new();
    for text in FILES {
        let file: PresetFile =
            toml::from_str(text).expect("the presets are part of the program, and a test reads them");
        for mut export in file.export {
            export.system.clone_from(&file.system);
            exports.push(export);
        }
    }
    exports
});

const FILES: [&str; 11] = [
    include_str!("../presets/hubspot.toml"),
    include_str!("../presets/salesforce.toml"),
    include_str!("../presets/marketo.toml"),
    include_str!("../presets/pipedrive.toml"),
    include_str!("../presets/zoho.toml"),
    include_str!("../presets/activecampaign.toml"),
    include_str!("../presets/google_ads.toml"),
    include_str!("../presets/meta.toml"),
    include_str!("../presets/linkedin.toml"),
    include_str!("../presets/microsoft_ads.toml"),
    include_str!("../presets/ga4.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetFile {
    system: String,
    export: Vec<Export>,
}

/// An export of a system: how it is known, and what its columns and words mean. Headers, labels and values are in the
/// form of [`normal`]; a header may end in `*` for anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The system's own name.
    #[serde(skip)]
    pub system: String,
    /// Short name within the system.
    pub name: String,
    /// What the export is, in words.
    pub title: String,
    /// The table that it fills; `None` where it is known and not read.
    #[serde(default)]
    table: Option<TableName>,
    /// Why it is not read.
    #[serde(default)]
    pub aside: Option<String>,
    /// The export of the same system that the same file is as well.
    #[serde(default)]
    pub beside: Option<String>,
    /// Sets of headers; where all of one set are there, it is this export.
    pub signatures: Vec<Vec<String>>,
    /// What to know before relying on it, in sentences.
    #[serde(default)]
    pub traps: Vec<String>,
    /// Order of day, month and year that the system always writes.
    #[serde(default)]
    dates: Option<OrderName>,
    /// Our column → headers, the best first.
    #[serde(default)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// Our column → headers of which the first with a value in the row counts.
    #[serde(default)]
    pub either: BTreeMap<String, Vec<String>>,
    /// Our column → headers whose values all count.
    #[serde(default)]
    pub every: BTreeMap<String, Vec<String>>,
    /// Stage → headers of its date, the best first.
    #[serde(default)]
    pub stage_dates: BTreeMap<Stage, Vec<String>>,
    /// Our column → the value of all rows.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// Header → values; other rows are set aside.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// Header → values; rows with one of them are set aside.
    #[serde(default)]
    pub never: BTreeMap<String, Vec<String>>,
    /// Our column → our value → the system's values.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Our stage, or `aside`, → the system's labels.
    #[serde(default)]
    pub stages: BTreeMap<String, Vec<String>>,
    /// Types of action that a text elsewhere in the row makes more precise.
    #[serde(default)]
    pub retype: Vec<Retype>,
}

/// A type of action that a text elsewhere in the row makes more precise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retype {
    /// The type as it is.
    pub of: String,
    /// Headers of the texts to look into.
    pub headers: Vec<String>,
    /// Words, in lower case, of which one must occur.
    pub contains: Vec<String>,
    /// The type that it becomes.
    pub to: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TableName {
    Leads,
    StageHistory,
    Activities,
    Deals,
    Spend,
    Merges,
    DealContacts,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OrderName {
    Mdy,
    Dmy,
}

impl Export {
    /// "hubspot.contacts": what `preset` in the project file may say.
    pub fn id(&self) -> String {
        format!("{}.{}", normal(&self.system), self.name)
    }

    /// The table that it fills.
    pub fn table(&self) -> Option<Table> {
        self.table.map(|name| match name {
            TableName::Leads => Table::Leads,
            TableName::StageHistory => Table::StageHistory,
            TableName::Activities => Table::Activities,
            TableName::Deals => Table::Deals,
            TableName::Spend => Table::Spend,
            TableName::Merges => Table::Merges,
            TableName::DealContacts => Table::DealContacts,
        })
    }

    /// The order in which the system always writes dates, if it does.
    pub fn dates(&self) -> Option<DateOrder> {
        self.dates.map(|order| match order {
            OrderName::Mdy => DateOrder::Mdy,
            OrderName::Dmy => DateOrder::Dmy,
        })
    }

    /// How many headers (normal form) of its best complete signature are there; 0 where none is complete.
    pub fn signature(&self, headers: &[String]) -> usize {
        let complete = |set: &&Vec<String>| set.iter().all(|wanted| headers.contains(wanted));
        self.signatures.iter().filter(complete).map(Vec::len).max().unwrap_or(0)
    }

    /// How many of its columns the headers (normal form) give.
    pub fn known(&self, headers: &[String]) -> usize {
        let lists = self.columns.values().chain(self.either.values()).chain(self.every.values());
        let lists = lists.chain(self.stage_dates.values());
        lists.filter(|names| names.iter().any(|name| headers.iter().any(|header| fits(name, header)))).count()
    }

    /// What a stage label (any form) means here: a stage, or that the row is to be set aside.
    pub fn stage(&self, label: &str) -> Option<Meaning> {
        let wanted = normal(label);
        let found = self.stages.iter().find(|(_, labels)| labels.contains(&wanted))?;
        if found.0 == "aside" { Some(Meaning::Aside) } else { found.0.parse().ok().map(Meaning::Stage) }
    }
}

/// What a stage label means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This stage.
    Stage(Stage),
    /// No stage of a funnel: the row is set aside.
    Aside,
}

/// Whether a header (normal form) is the one that a preset names; `*` at its end stands for anything, and what follows `>` is
/// looked up within the cell.
pub fn fits(name: &str, header: &str) -> bool {
    let name = name.split('>').next().unwrap_or_default();
    match name.strip_suffix('*') {
        Some(start) => header.starts_with(start),
        None => name == header,
    }
}

/// The export that `preset` in a project file names for a table: "hubspot.contacts", or "hubspot" for the system's
/// export of that table that fits the headers best.
pub fn named(preset: &str, table: Table, headers: &[String]) -> Option<&'static Export> {
    let (system, name) = preset.split_once('.').map_or((preset, None), |(system, name)| (system, Some(name)));
    let of_table =
        EXPORTS.iter().filter(|export| normal(&export.system) == normal(system) && export.table() == Some(table));
    match name {
        Some(name) => of_table.into_iter().find(|export| export.name == name),
        None => of_table.max_by_key(|export| (export.signature(headers), export.known(headers))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_and_written_in_normal_form() {
        for export in EXPORTS.iter() {
            assert_eq!(export.table.is_some(), export.aside.is_none(), "{}", export.id());
            let lists = [&export.columns, &export.either, &export.every].into_iter().flat_map(|map| map.values());
            let names = lists.chain(export.stage_dates.values()).chain(&export.signatures).flatten();
            for name in names.chain(export.only.keys()).chain(export.never.keys()) {
                for part in name.trim_end_matches('*').split('>') {
                    assert_eq!(normal(part), part.trim_end_matches('_'), "{}", export.id());
                }
            }
            let values = export.only.values().chain(export.never.values());
            let values = values.chain(export.values.values().flat_map(|ours| ours.values()));
            for label in export.stages.values().chain(values).flatten() {
                assert_eq!(&normal(label), label, "{}", export.id());
            }
            for stage in export.stages.keys().filter(|stage| *stage != "aside") {
                assert!(stage.parse::<Stage>().is_ok(), "{} {stage}", export.id());
            }
        }
    }

    #[test]
    fn no_two_exports_have_one_id() {
        let mut ids: Vec<String> = EXPORTS.iter().map(Export::id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), EXPORTS.len());
    }
}
