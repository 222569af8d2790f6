//! Which header is which column? The project's `columns` first, then the alias table.

use super::IngestError;
use crate::config::plan::{Source, Table};
use crate::vocabulary::Stage;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The alias table: section → our name → headers.
static ALIASES: LazyLock<BTreeMap<String, BTreeMap<String, Vec<String>>>> =
    LazyLock::new(|| toml::from_str(include_str!("aliases.toml")).expect("the alias table is part of the program"));

/// How a column was found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Named in the project file.
    Config,
    /// Recognised by its header.
    Alias,
    /// Kept under its own name (an attribute of leads).
    Extra,
    /// The same value in every row, from the project file.
    Constant,
}

/// A column of ours and where it comes from in a file.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Mapped {
    /// Our name.
    pub column: String,
    /// The header in the file, or the constant.
    pub header: String,
    /// Position in the file; `None` for constants.
    #[serde(skip)]
    pub position: Option<usize>,
    /// How it was found.
    pub basis: Basis,
}

/// The columns of one file.
pub struct Columns {
    /// Every mapped column, in the canonical table's order, extras last.
    pub mapped: Vec<Mapped>,
    /// Wide exports: stage and position of its date column.
    pub stage_dates: Vec<(Stage, usize)>,
}

impl Columns {
    /// The mapped column of that name.
    pub fn get(&self, column: &str) -> Option<&Mapped> {
        self.mapped.iter().find(|mapped| mapped.column == column)
    }
}

/// Letters and digits in lower case, everything else one underscore: "E-Mail Address" → "e_mail_address".
pub fn normal(header: &str) -> String {
    let mut out = String::new();
    for c in header.trim().chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_string()
}

/// The stage that a label means by the alias table.
pub fn stage(label: &str) -> Option<Stage> {
    alias("stages", label).and_then(|name| name.parse().ok())
}

/// The deal status ("won", "lost", "open") that a label means by the alias table.
pub fn deal_status(label: &str) -> Option<&'static str> {
    alias("deal_status", label)
}

fn alias(section: &str, label: &str) -> Option<&'static str> {
    let wanted = normal(label);
    let found = ALIASES.get(section)?.iter().find(|(_, labels)| labels.contains(&wanted))?;
    Some(found.0.as_str())
}

/// Required columns of a table.
pub fn required(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &["lead_id", "created_at"],
        Table::StageHistory => &["lead_id", "stage", "entered_at"],
        Table::Activities => &["lead_id", "type", "at"],
        Table::Deals => &["deal_id", "lead_id"],
        Table::Spend => &["channel", "amount"],
        Table::Merges => &["lead_id", "merged_id"],
        Table::DealContacts => &["deal_id", "lead_id"],
    }
}

/// Maps a file's header to a table's columns.
pub fn columns(source: &Source, header: &[String], shown: &str) -> Result<Columns, IngestError> {
    let table = source.table;
    let place = |wanted: &str| {
        header
            .iter()
            .position(|name| name == wanted)
            .or_else(|| header.iter().position(|name| normal(name) == normal(wanted)))
    };
    let missing = |column: &str, wanted: &str| IngestError::NoSuchHeader {
        table: table.name(),
        path: shown.to_string(),
        column: column.to_string(),
        wanted: wanted.to_string(),
        headers: header.join(", "),
    };
    let canonical = ALIASES.get(table.name()).expect("every table has aliases");
    let mut mapped = Vec::new();
    let mut taken = vec![false; header.len()];
    for (column, wanted) in &source.columns {
        let position = place(wanted).ok_or_else(|| missing(column, wanted))?;
        taken[position] = true;
        let (column, header) = (column.clone(), header[position].clone());
        mapped.push(Mapped { column, header, position: Some(position), basis: Basis::Config });
    }
    let mut stage_dates = Vec::new();
    for (stage, wanted) in &source.stage_dates {
        let position = place(wanted).ok_or_else(|| missing(stage.name(), wanted))?;
        taken[position] = true;
        stage_dates.push((*stage, position));
    }
    for (column, value) in &source.constants {
        mapped.retain(|known| known.column != *column);
        mapped.push(Mapped { column: column.clone(), header: value.clone(), position: None, basis: Basis::Constant });
    }
    for (column, names) in canonical {
        if mapped.iter().any(|known| known.column == *column) {
            continue;
        }
        let found = names
            .iter()
            .find_map(|alias| header.iter().enumerate().position(|(i, name)| !taken[i] && normal(name) == *alias));
        if let Some(position) = found {
            taken[position] = true;
            let (column, header) = (column.clone(), header[position].clone());
            mapped.push(Mapped { column, header, position: Some(position), basis: Basis::Alias });
        }
    }
    let lacking: Vec<&str> =
        required(table).iter().copied().filter(|column| !mapped.iter().any(|known| known.column == *column)).collect();
    let no_period =
        table == Table::Spend && !mapped.iter().any(|known| known.column == "month" || known.column == "day");
    if !lacking.is_empty() || no_period {
        let lacking = if no_period { [lacking, vec!["month"]].concat() } else { lacking };
        return Err(IngestError::MissingColumns {
            table: table.name(),
            path: shown.to_string(),
            lacking: lacking.join("`, `"),
            first: lacking[0].to_string(),
            headers: header.join(", "),
        });
    }
    if table == Table::Leads {
        for (position, name) in header.iter().enumerate().filter(|(position, _)| !taken[*position]) {
            let column = normal(name);
            if !column.is_empty() && !mapped.iter().any(|known| known.column == column) {
                mapped.push(Mapped { column, header: name.clone(), position: Some(position), basis: Basis::Extra });
            }
        }
    }
    Ok(Columns { mapped, stage_dates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_compared_by_their_letters_and_digits() {
        assert_eq!(normal("  E-Mail  Address* "), "e_mail_address");
        assert_eq!(stage("Marketing Qualified Lead"), Some(Stage::Mql));
        assert_eq!(stage("Wombat"), None);
        assert_eq!(deal_status("Closed Won"), Some("won"));
    }

    #[test]
    fn every_alias_is_written_in_normal_form() {
        for (section, columns) in ALIASES.iter() {
            for alias in columns.values().flatten() {
                assert_eq!(&normal(alias), alias, "{section}");
            }
        }
    }
}
