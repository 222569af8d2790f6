//! Which header is which column? The project's own words first, then the preset of the system that wrote the file, then
//! the alias table.

pub mod presets;

use super::{IngestError, read};
use crate::config::plan::{Source, Table};
use crate::finding::masked;
use crate::vocabulary::Stage;
use csv::ByteRecord;
pub use presets::{EXPORTS, Export, Meaning, Retype};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The alias table: section → our name → headers.
static ALIASES: LazyLock<BTreeMap<String, BTreeMap<String, Vec<String>>>> = LazyLock::new(|| {
    toml::from_str(include_str!("../presets/plain.toml")).expect("the alias table is part of the program")
});

/// How a column was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Named in the project file.
    Config,
    /// Known from the preset.
    Preset,
    /// Recognised by its header.
    Alias,
    /// Kept under its own name (an attribute of leads).
    Extra,
    /// The same value in every row.
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
    /// Positions that are looked at where the first one is empty (or, for lists of ids, as well).
    #[serde(skip)]
    pub others: Vec<usize>,
    /// The key within the cell, where cells are JSON objects.
    #[serde(skip)]
    pub within: Option<String>,
    /// How it was found.
    pub basis: Basis,
}

impl Mapped {
    fn of(column: &str, header: &str, position: Option<usize>, basis: Basis) -> Mapped {
        let (column, header) = (column.to_string(), header.to_string());
        Mapped { column, header, position, others: Vec::new(), within: None, basis }
    }
}

/// The date column of a stage in a wide export.
#[derive(Clone, Debug)]
pub struct StageDate {
    /// The stage.
    pub stage: Stage,
    /// Positions, the best first: the first with a value counts.
    pub positions: Vec<usize>,
    /// How it was found.
    pub basis: Basis,
}

impl StageDate {
    /// As a column, to be shown.
    pub fn mapped(&self, header: &[String]) -> Mapped {
        let (first, others) =
            self.positions.split_first().map_or((None, Vec::new()), |(first, others)| (Some(*first), others.to_vec()));
        let name = first.and_then(|place| header.get(place)).map(String::as_str).unwrap_or_default();
        Mapped { others, ..Mapped::of(&format!("stage_dates.{}", self.stage), name, first, self.basis) }
    }
}

/// The columns of one file.
pub struct Columns {
    /// Every mapped column, in the canonical table's order, extras last.
    pub mapped: Vec<Mapped>,
    /// Wide exports: stages and their date columns.
    pub stage_dates: Vec<StageDate>,
    /// The export that the file was taken for.
    pub export: Option<&'static Export>,
    /// Positions, and the values (normal form) of which a row must hold one.
    only: Vec<(usize, &'static [String])>,
    /// Positions, and the values (normal form) of which a row must hold none.
    never: Vec<(usize, &'static [String])>,
    /// Positions of the texts that make a type of action more precise.
    retype: Vec<(&'static Retype, Vec<usize>)>,
}

impl Columns {
    /// The mapped column of that name.
    pub fn get(&self, column: &str) -> Option<&Mapped> {
        self.mapped.iter().find(|mapped| mapped.column == column)
    }

    /// Whether a row is to be set aside, because the preset says that such rows are not what is looked for.
    pub fn sets_aside(&self, record: &ByteRecord) -> bool {
        let holds = |(position, values): &(usize, &'static [String])| {
            let cell = record.get(*position).map(read::text).unwrap_or_default();
            values.contains(&normal(&cell))
        };
        (!self.only.is_empty() && !self.only.iter().all(holds)) || self.never.iter().any(holds)
    }

    /// Our word for a value, where the preset has one.
    pub fn value<'v>(&self, column: &str, text: &'v str) -> Cow<'v, str> {
        let Some(values) = self.export.and_then(|export| export.values.get(column)) else { return text.into() };
        let wanted = normal(text);
        let found = values.iter().find(|(_, theirs)| theirs.contains(&wanted));
        found.map_or(text.into(), |(ours, _)| Cow::Borrowed(ours.as_str()))
    }

    /// The type of an action, made more precise by other texts of its row.
    pub fn precise<'v>(&self, kind: Cow<'v, str>, record: &ByteRecord) -> Cow<'v, str> {
        for (retype, positions) in self.retype.iter().filter(|(retype, _)| retype.of == kind) {
            let cells = positions.iter().filter_map(|position| record.get(*position));
            for cell in cells {
                let cell = read::text(cell).to_lowercase();
                if retype.contains.iter().any(|word| cell.contains(word.as_str())) {
                    return Cow::Borrowed(retype.to.as_str());
                }
            }
        }
        kind
    }
}

/// Letters and digits in lower case without accents, everything else one underscore: "E-Mail Adressé*" → "e_mail_adresse".
pub fn normal(header: &str) -> String {
    let mut out = String::with_capacity(header.len());
    for c in header.trim().nfd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// The stage that a label means by the alias table.
pub fn stage(label: &str) -> Option<Stage> {
    alias("stages", label).and_then(|name| name.parse().ok())
}

/// The deal status ("won", "lost", "open") that a label means by the alias table.
pub fn deal_status(label: &str) -> Option<&'static str> {
    alias("deal_status", label).or_else(|| {
        // "Closed Won (Sales Pipeline)", "Abgeschlossen und gewonnen", "Won - Onboarding"
        let name = normal(label);
        let has = |words: &[&str]| name.split('_').any(|word| words.contains(&word));
        match (
            has(&["won", "gewonnen", "gagne", "ganado"]),
            has(&["lost", "verloren", "perdu", "perdido", "not", "nicht"]),
        ) {
            (true, false) => Some("won"),
            (false, true) if !has(&["not", "nicht"]) => Some("lost"),
            _ => None,
        }
    })
}

/// Whether a cell says yes, or no; `None` where it says neither.
pub fn truth(text: &str) -> Option<&'static str> {
    alias("truth", text)
}

/// The common name of a channel by the alias table, for example `paid_search` for "Google Ads".
pub fn channel(name: &str) -> Option<&'static str> {
    alias("channels", name)
}

fn alias(section: &str, label: &str) -> Option<&'static str> {
    let wanted = normal(label);
    let found = ALIASES.get(section)?.iter().find(|(_, labels)| labels.contains(&wanted))?;
    Some(found.0.as_str())
}

/// The stage whose entry a header dates, as in "MQL date", "Became a Customer Date", "Date entered SQL"; by the user's own
/// labels first.
pub fn stage_of_date(header: &str, own: &BTreeMap<String, Stage>) -> Option<Stage> {
    const BEFORE: [&str; 12] = [
        "became_a_",
        "became_an_",
        "became_",
        "date_entered_",
        "date_became_",
        "entered_",
        "date_of_",
        "date_",
        "first_",
        "initial_",
        "reached_",
        "person_",
    ];
    const AFTER: [&str; 15] = [
        "_date_c",
        "_date",
        "_at",
        "_on",
        "_time",
        "_timestamp",
        "_since",
        "_c",
        "_lifecycle_stage_pipeline",
        "_stage",
        "_day",
        "_datum",
        "_am",
        "_seit",
        "_first",
    ];
    const NO_DATE: [&str; 8] =
        ["_first", "first_", "initial_", "person_", "_c", "_lifecycle_stage_pipeline", "_stage", "_time"];
    let mut rest = normal(header);
    let mut is_date = false;
    loop {
        let before = BEFORE.iter().find(|affix| rest.starts_with(**affix));
        let after = AFTER.iter().find(|affix| rest.ends_with(**affix));
        let shorter = match (before, after) {
            (Some(affix), _) => rest[affix.len()..].to_string(),
            (None, Some(affix)) => rest[..rest.len() - affix.len()].to_string(),
            (None, None) => break,
        };
        is_date |= before.or(after).is_some_and(|affix| !NO_DATE.contains(affix));
        rest = shorter;
    }
    let by_own = || own.iter().find(|(label, _)| normal(label) == rest).map(|(_, stage)| *stage);
    if is_date { by_own().or_else(|| stage(&rest)) } else { None }
}

/// Whether an unused header speaks of a stage: what holds dates there was probably meant.
pub fn speaks_of_stage(header: &str) -> bool {
    const WORDS: [&str; 10] =
        ["mql", "sql", "sal", "customer", "kunde", "kunden", "kundendatum", "qualified", "opportunity", "won"];
    let name = normal(header);
    name.contains("date_entered") || name.split('_').any(|word| WORDS.contains(&word))
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

/// Maps a file's header to a table's columns: the project's own words first, then the preset, then the alias table.
pub fn columns(source: &Source, header: &[String], shown: &str) -> Result<Columns, IngestError> {
    let normals: Vec<String> = header.iter().map(|name| normal(name)).collect();
    let export = match &source.preset {
        None => known(source.table, &normals),
        Some(name) => Some(presets::named(name, source.table, &normals).ok_or_else(|| IngestError::NoSuchPreset {
            preset: name.clone(),
            table: source.table.name(),
            known: ids(source.table).join(", "),
        })?),
    };
    let mut mapping = Mapping { source, header, normals, shown, taken: vec![false; header.len()], mapped: Vec::new() };
    let mut stage_dates = mapping.by_project()?;
    if let Some(export) = export {
        mapping.by_preset(export);
        for (stage, names) in &export.stage_dates {
            if stage_dates.iter().all(|known| known.stage != *stage) {
                let positions = mapping.places(names);
                mapping.take(&positions);
                if !positions.is_empty() {
                    stage_dates.push(StageDate { stage: *stage, positions, basis: Basis::Preset });
                }
            }
        }
    }
    mapping.by_alias();
    if source.table == Table::Leads {
        mapping.stage_dates_by_header(&mut stage_dates);
    }
    mapping.stand_ins(&stage_dates);
    mapping.all_there()?;
    if source.table == Table::Leads {
        mapping.extras();
    }
    stage_dates.sort_by_key(|date| date.stage);
    let filter = |lists: &'static BTreeMap<String, Vec<String>>| -> Vec<(usize, &'static [String])> {
        let places = lists.iter().map(|(name, values)| (mapping.place_of(name), values.as_slice()));
        places.filter_map(|(place, values)| place.map(|place| (place, values))).collect()
    };
    Ok(Columns {
        only: export.map(|export| filter(&export.only)).unwrap_or_default(),
        never: export.map(|export| filter(&export.never)).unwrap_or_default(),
        retype: export
            .iter()
            .flat_map(|export| &export.retype)
            .map(|retype| (retype, retype.headers.iter().filter_map(|name| mapping.place_of(name)).collect()))
            .collect(),
        mapped: mapping.mapped,
        stage_dates,
        export,
    })
}

/// The export of a table that the headers (normal form) are known to be.
pub fn known(table: Table, headers: &[String]) -> Option<&'static Export> {
    let fitting = EXPORTS.iter().filter(|export| export.table() == Some(table) && export.signature(headers) > 0);
    fitting.max_by_key(|export| (export.signature(headers), export.known(headers)))
}

/// How many columns of a table the headers (normal form) give by the alias table.
pub fn aliases(table: Table, headers: &[String]) -> usize {
    let names = ALIASES.get(table.name()).into_iter().flat_map(|columns| columns.values());
    names.filter(|names| names.iter().any(|name| headers.iter().any(|header| presets::fits(name, header)))).count()
}

/// The presets of a table, by id.
fn ids(table: Table) -> Vec<String> {
    EXPORTS.iter().filter(|export| export.table() == Some(table)).map(Export::id).collect()
}

/// The headers as a message shows them: without addresses.
fn named(header: &[String]) -> String {
    let names: Vec<String> = header.iter().take(60).map(|name| masked(name)).collect();
    names.join(", ")
}

/// A header on its way to columns of ours.
struct Mapping<'a> {
    source: &'a Source,
    header: &'a [String],
    normals: Vec<String>,
    shown: &'a str,
    taken: Vec<bool>,
    mapped: Vec<Mapped>,
}

impl Mapping<'_> {
    fn is_mapped(&self, column: &str) -> bool {
        self.mapped.iter().any(|known| known.column == column)
    }

    fn place_of(&self, name: &str) -> Option<usize> {
        self.normals.iter().position(|header| presets::fits(name, header))
    }

    /// The places of headers that are not taken yet, in the order of the names.
    fn places(&self, names: &[String]) -> Vec<usize> {
        let place = |name: &String| {
            (0..self.normals.len()).find(|place| !self.taken[*place] && presets::fits(name, &self.normals[*place]))
        };
        let mut places: Vec<usize> = names.iter().filter_map(place).collect();
        let mut seen = Vec::new();
        places.retain(|place| {
            !seen.contains(place) && {
                seen.push(*place);
                true
            }
        });
        places
    }

    fn take(&mut self, places: &[usize]) {
        for place in places {
            self.taken[*place] = true;
        }
    }

    fn add(&mut self, column: &str, places: &[usize], basis: Basis) {
        let Some((first, others)) = places.split_first() else { return };
        self.take(places);
        let mut mapped = Mapped::of(column, &self.header[*first], Some(*first), basis);
        mapped.others = others.to_vec();
        self.mapped.push(mapped);
    }

    /// What the project file says; the stage dates among it.
    fn by_project(&mut self) -> Result<Vec<StageDate>, IngestError> {
        let place = |wanted: &str| {
            let exact = self.header.iter().position(|name| name == wanted);
            exact.or_else(|| self.normals.iter().position(|name| *name == normal(wanted)))
        };
        let missing = |column: &str, wanted: &str| IngestError::NoSuchHeader {
            table: self.source.table.name(),
            path: self.shown.to_string(),
            column: column.to_string(),
            wanted: wanted.to_string(),
            headers: named(self.header),
        };
        let mut found = Vec::new();
        for (column, wanted) in &self.source.columns {
            found.push((column, place(wanted).ok_or_else(|| missing(column, wanted))?));
        }
        let mut stage_dates = Vec::new();
        for (stage, wanted) in &self.source.stage_dates {
            let position = place(wanted).ok_or_else(|| missing(stage.name(), wanted))?;
            stage_dates.push(StageDate { stage: *stage, positions: vec![position], basis: Basis::Config });
        }
        for (column, position) in found {
            self.add(column, &[position], Basis::Config);
        }
        for date in &stage_dates {
            self.take(&date.positions);
        }
        for (column, value) in &self.source.constants {
            self.mapped.retain(|known| known.column != *column);
            self.mapped.push(Mapped::of(column, value, None, Basis::Constant));
        }
        Ok(stage_dates)
    }

    /// What the preset says.
    fn by_preset(&mut self, export: &Export) {
        for (column, names) in &export.columns {
            if self.is_mapped(column) {
                continue;
            }
            for name in names {
                let [place, ..] = self.places(std::slice::from_ref(name))[..] else { continue };
                let mut mapped = Mapped::of(column, &self.header[place], Some(place), Basis::Preset);
                mapped.within = name.split_once('>').map(|(_, key)| key.to_string());
                // A cell that holds several things may be looked into again.
                self.taken[place] = mapped.within.is_none();
                self.mapped.push(mapped);
                break;
            }
        }
        for (column, names) in export.either.iter().chain(&export.every) {
            if !self.is_mapped(column) {
                let places = self.places(names);
                self.add(column, &places, Basis::Preset);
            }
        }
        for (column, value) in &export.constants {
            if !self.is_mapped(column) {
                self.mapped.push(Mapped::of(column, value, None, Basis::Constant));
            }
        }
    }

    /// What the alias table knows.
    fn by_alias(&mut self) {
        let canonical = ALIASES.get(self.source.table.name()).expect("every table has aliases");
        for (column, names) in canonical {
            if !self.is_mapped(column) {
                let places = self.places(names);
                self.add(column, &places[..places.len().min(1)], Basis::Alias);
            }
        }
    }

    /// Date columns of stages by their headers.
    fn stage_dates_by_header(&mut self, stage_dates: &mut Vec<StageDate>) {
        for place in 0..self.header.len() {
            let stage = if self.taken[place] { None } else { stage_of_date(&self.normals[place], &self.source.stages) };
            if let Some(stage) = stage.filter(|stage| stage_dates.iter().all(|known| known.stage != *stage)) {
                self.taken[place] = true;
                stage_dates.push(StageDate { stage, positions: vec![place], basis: Basis::Alias });
            }
        }
    }

    /// What may stand in for a column that is not there: the e-mail address for an id, the first stage's date for the day
    /// of creation, the lead for its deal.
    fn stand_ins(&mut self, stage_dates: &[StageDate]) {
        let place = |mapping: &Mapping, column: &str| {
            let known = mapping.mapped.iter().find(|known| known.column == column);
            known.and_then(|known| known.position.map(|place| (place, known.basis)))
        };
        if !self.is_mapped("lead_id") && required(self.source.table).contains(&"lead_id") {
            let column = if self.source.table == Table::Deals && place(self, "email").is_none() {
                "account_id"
            } else {
                "email"
            };
            let stand_in = place(self, column).or_else(|| place(self, "account"));
            let may = self.source.table != Table::Leads || column == "email" && place(self, "email").is_some();
            if let Some((place, basis)) = stand_in.filter(|_| may) {
                self.mapped.push(Mapped::of("lead_id", &self.header[place], Some(place), basis));
            }
        }
        if self.source.table == Table::Deals
            && !self.is_mapped("deal_id")
            && let Some((place, basis)) = place(self, "lead_id")
        {
            self.mapped.push(Mapped::of("deal_id", &self.header[place], Some(place), basis));
        }
        if self.source.table == Table::Leads && !self.is_mapped("created_at") {
            let mut dates: Vec<&StageDate> = stage_dates.iter().filter(|date| date.stage <= Stage::Customer).collect();
            dates.sort_by_key(|date| date.stage);
            let places: Vec<usize> = dates.iter().flat_map(|date| date.positions.iter().copied()).collect();
            if let Some((first, others)) = places.split_first() {
                let mut mapped = Mapped::of("created_at", &self.header[*first], Some(*first), Basis::Alias);
                mapped.others = others.to_vec();
                self.mapped.push(mapped);
            }
        }
    }

    fn all_there(&self) -> Result<(), IngestError> {
        let table = self.source.table;
        let mut lacking: Vec<&str> = required(table).iter().copied().filter(|column| !self.is_mapped(column)).collect();
        let period = ["month", "day", "from_day"];
        if table == Table::Spend && !period.iter().any(|column| self.is_mapped(column)) {
            lacking.push("month");
        }
        // A deal without a person may be joined by a table of its own.
        let Some(first) = lacking.first() else { return Ok(()) };
        Err(IngestError::MissingColumns {
            table: table.name(),
            path: self.shown.to_string(),
            first: first.to_string(),
            lacking: lacking.join("`, `"),
            headers: named(self.header),
        })
    }

    /// Every other column of leads is an attribute.
    fn extras(&mut self) {
        for place in 0..self.header.len() {
            // A name with an address in it is none.
            let column = if self.header[place].contains('@') { String::new() } else { self.normals[place].clone() };
            if !self.taken[place] && !column.is_empty() && !self.is_mapped(&column) {
                self.mapped.push(Mapped::of(&column, &self.header[place], Some(place), Basis::Extra));
            }
        }
    }
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
                assert_eq!(normal(alias), alias.trim_end_matches('*').trim_end_matches('_'), "{section}");
            }
        }
    }
}
