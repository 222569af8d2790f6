//! What does each number mean? The one list, `queries/metrics.toml`.

use serde::Deserialize;
use std::sync::LazyLock;

/// A number that a report may show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name in `report.json`.
    #[serde(skip)]
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub definition: String,
    /// Its unit.
    pub unit: String,
    /// Which direction is better.
    pub better: String,
    /// The fact table it is computed from.
    pub facts: String,
}

static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let table: toml::Table =
        toml::from_str(include_str!("../../queries/metrics.toml")).expect("metrics.toml is part of the program");
    let read = |(name, value): (String, toml::Value)| {
        let definition: Definition = value.try_into().expect("metrics.toml is part of the program");
        Definition { name, ..definition }
    };
    table.into_iter().map(read).collect()
});

/// Every definition, in the order of the file.
pub fn all() -> &'static [Definition] {
    &DEFINITIONS
}

/// The definition of that name.
pub fn find(name: &str) -> Option<&'static Definition> {
    all().iter().find(|definition| definition.name == name)
}
