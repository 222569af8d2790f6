//! What do the files of a folder look like? For projects that name no sources, and for `leadgauge init`.

use super::coerce::{self, Clock, NoDate};
use super::read::{self, FirstRow, RawFile, ReadError};
use super::recognise::{self, Columns, EXPORTS, Export, Meaning, normal};
use super::{BLANK, IngestError, Shown};
use crate::config::plan::{Header, Plan, Recognised, Source, Table};
use crate::finding::masked;
use crate::vocabulary::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Endings of files that may be exports.
const ENDINGS: [&str; 16] = [
    "csv", "tsv", "tab", "psv", "ssv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "json", "jsonl",
    "ndjson", "gz",
];
/// Rows that are looked at for samples and for whether dates are dates.
const LOOK: usize = 400;
/// Largest file, in bytes, that is looked into only to say that it is not read.
const MOST_BESIDE: u64 = 64 << 20;
/// Different labels or channels that are kept of one column.
const MOST_WORDS: usize = 400;

/// How sure it is what a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// It has what its table needs, and hardly more speaks for it.
    Guess,
    /// Its headers are those of the table.
    Likely,
    /// A system's own headers.
    Sure,
    /// A file with the table's own name, as leads.csv.
    Named,
}

/// What one file or sheet is taken for.
#[derive(Debug)]
pub struct Take {
    /// The table.
    pub table: Table,
    /// The system's export, if it is one.
    pub export: Option<&'static Export>,
    /// How sure that is.
    pub sureness: Sureness,
    /// Why, in words.
    pub why: String,
    /// How it is read.
    pub source: Source,
    /// Its columns with up to three values each; none where the columns do not fit.
    pub columns: Vec<Shown>,
    /// Stages that it dates, one way or the other.
    pub stages: BTreeSet<Stage>,
    /// Stage labels that mean no stage, with how often they occur.
    pub unknown_stages: BTreeMap<String, u64>,
    /// Names of channels, with how often they occur.
    pub channels: BTreeMap<String, u64>,
    /// Currencies, with how often they occur.
    pub currencies: BTreeMap<String, u64>,
}

/// A file or a sheet of the folder.
#[derive(Debug)]
pub struct Seen {
    /// Path from the folder, with the sheet's name behind a workbook's.
    pub shown: String,
    /// What reading it took: encoding, lines left out.
    pub notes: Vec<String>,
    /// Rows with anything in them.
    pub rows: u64,
    /// What it is taken for; several where one export holds several things.
    pub takes: Vec<Take>,
    /// Why it is not used, where it is not.
    pub why_not: Option<String>,
    /// Whether it is known that it holds nothing for us.
    pub is_known: bool,
}

/// A folder of exports.
#[derive(Debug)]
pub struct Folder {
    /// Its files, by path.
    pub files: Vec<Seen>,
}

/// Looks at every file of a folder and its folders.
pub fn look(root: &Path, own: &BTreeMap<String, Stage>) -> Folder {
    // The current folder has no name.
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let mut paths = Vec::new();
    gather(root, 0, &mut paths);
    paths.sort();
    Folder { files: paths.iter().flat_map(|path| look_at(path, root, own)).collect() }
}

/// The files at the top of a folder that are not among the `named` and are not known to hold nothing for us.
pub(super) fn beside(root: &Path, named: &BTreeSet<PathBuf>) -> Vec<String> {
    let top = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let entries = std::fs::read_dir(top).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| may_be_export(path)).collect();
    // However their paths are written.
    let named: BTreeSet<PathBuf> = named.iter().filter_map(|path| path.canonicalize().ok()).collect();
    paths.retain(|path| path.canonicalize().is_ok_and(|path| !named.contains(&path)));
    paths.sort();
    let mut unread = Vec::new();
    for path in paths {
        let name = masked(&path.file_name().unwrap_or_default().to_string_lossy());
        // A file of this size is not looked into for a remark.
        let is_huge = std::fs::metadata(&path).is_ok_and(|file| file.len() > MOST_BESIDE);
        let seen = if is_huge { Vec::new() } else { look_at(&path, top, &BTreeMap::new()) };
        let taken: Vec<&str> = seen.iter().flat_map(|seen| &seen.takes).map(|take| take.table.name()).collect();
        if is_huge {
            unread.push(name);
        } else if !taken.is_empty() {
            unread.push(format!("{name} (looks like {})", taken.join(", ")));
        } else if !seen.iter().all(|seen| seen.is_known) && path.extension().is_none_or(|ending| ending != "json") {
            // A document beside a project is hardly ever an export; one that is has been taken above.
            let why = seen.iter().find_map(|seen| seen.why_not.clone()).unwrap_or_default();
            unread.push(format!("{name} ({why})"));
        }
    }
    unread
}

/// Whether a file's ending is one of exports.
fn may_be_export(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    path.is_file() && !name.starts_with(['.', '~']) && (ENDINGS.contains(&ending) || ending == "zip")
}

/// Files that may be exports: two folders deep, without what is hidden and without earlier results.
fn gather(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if name.starts_with(['.', '~']) {
            continue;
        }
        if path.is_dir() {
            let is_ours = path.join("manifest.json").is_file() || path.join(crate::config::FILE_NAME).is_file();
            if depth < 2 && !is_ours && !matches!(name.as_str(), "reports" | "queries" | "rejected" | "node_modules") {
                gather(&path, depth + 1, paths);
            }
            continue;
        }
        // The index of a series of reports, which lies beside their folders.
        let is_index = matches!(name.as_str(), "index.json" | "index.xlsx" | "series.json")
            && path.with_file_name("series.json").is_file();
        if may_be_export(&path) && !is_index {
            paths.push(path);
        }
    }
}

fn look_at(path: &Path, root: &Path, own: &BTreeMap<String, Stage>) -> Vec<Seen> {
    let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
    match read::tables(path, root, Header::Present) {
        Ok(tables) => {
            let mut seen: Vec<Seen> = tables.iter().map(|table| look_at_table(table, path, root, own)).collect();
            let is_used = seen.iter().any(|sheet| !sheet.takes.is_empty());
            for (sheet, table) in seen.iter_mut().zip(&tables) {
                // Beside sheets that are used, a page of words is no sheet to miss.
                sheet.is_known |= is_used && !half_known(table);
            }
            seen
        }
        Err(why) => {
            let why_not = Some(why.to_string().lines().next().unwrap_or_default().to_string());
            // A file with a table's own name is meant, whatever is wrong with it: reading it says what.
            let takes = own_name(path, root).map(|table| plain_take(table, &shown)).into_iter().collect();
            let is_known = matches!(why, ReadError::NoTable { .. } | ReadError::Kind { .. });
            vec![Seen { shown, notes: Vec::new(), rows: 0, takes, why_not, is_known }]
        }
    }
}

/// Whether a sheet has columns of one of our tables, if not all that it needs.
fn half_known(file: &RawFile) -> bool {
    let normals: Vec<String> = file.header.iter().map(|name| normal(name)).collect();
    Table::ALL.into_iter().any(|table| recognise::aliases(table, &normals) >= 2)
}

/// The table whose own name a file at the top of the folder bears, as in `leads.csv`.
fn own_name(path: &Path, root: &Path) -> Option<Table> {
    let stem = path.file_name()?.to_str()?.split('.').next()?.to_lowercase();
    let at_top = path.parent() == Some(root);
    Table::ALL.into_iter().find(|table| at_top && table.name() == stem)
}

fn plain_take(table: Table, path: &str) -> Take {
    Take {
        table,
        export: None,
        sureness: Sureness::Named,
        why: "it bears the table's own name".into(),
        source: Source::of(table, path.to_string()),
        columns: Vec::new(),
        stages: BTreeSet::new(),
        unknown_stages: BTreeMap::new(),
        channels: BTreeMap::new(),
        currencies: BTreeMap::new(),
    }
}

fn look_at_table(file: &RawFile, path: &Path, root: &Path, own: &BTreeMap<String, Stage>) -> Seen {
    let relative = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let shown = file.sheet.as_ref().map_or(relative.clone(), |sheet| format!("{relative}, sheet {sheet}"));
    let mut seen =
        Seen { shown, notes: file.notes.clone(), rows: 0, takes: Vec::new(), why_not: None, is_known: false };
    let normals: Vec<String> = file.header.iter().map(|name| normal(name)).collect();
    let best = EXPORTS
        .iter()
        .filter(|export| export.beside.is_none() && export.signature(&normals) > 0)
        .max_by_key(|export| (export.signature(&normals), export.known(&normals)));
    let source = |table: Table, export: Option<&Export>| Source {
        preset: export.map(Export::id),
        sheet: file.sheet.clone(),
        stages: own.clone(),
        ..Source::of(table, relative.clone())
    };
    let mut candidates: Vec<(Source, Option<&'static Export>, Sureness, String)> = Vec::new();
    // A table's own name says what a file is, and a system's own headers say how it is written.
    let own_name = own_name(path, root)
        .filter(|_| file.sheet.is_none())
        .filter(|own| best.is_none_or(|export| export.table() != Some(*own)));
    if let Some(table) = own_name {
        candidates.push((source(table, None), None, Sureness::Named, "it bears the table's own name".into()));
    } else if let Some(export) = best {
        if let Some(aside) = &export.aside {
            seen.why_not = Some(format!("{} {}: {aside}", export.system, export.title));
            seen.is_known = true;
            return seen;
        }
        let beside =
            EXPORTS.iter().filter(|other| other.system == export.system && other.beside.as_ref() == Some(&export.name));
        for export in std::iter::once(export).chain(beside) {
            let Some(table) = export.table() else { continue };
            let why = format!("the headers are those of {} {}", export.system, export.title);
            candidates.push((source(table, Some(export)), Some(export), Sureness::Sure, why));
        }
    } else {
        match guess(file, &source) {
            Ok((table, sureness, why)) => candidates.push((source(table, None), None, sureness, why)),
            Err(why_not) => {
                seen.why_not = Some(why_not);
                // Some other table; unless it has half of what one of ours needs, or no names at all.
                seen.is_known = file.first_row == FirstRow::Names && !half_known(file);
            }
        }
    }
    for (mut source, export, sureness, why) in candidates {
        let (table, mut take) = (source.table, plain_take(source.table, &relative));
        match recognise::columns(&source, &file.header, &seen.shown) {
            Ok(mut columns) => {
                if let Some(header) = list_of_mqls(&columns, table) {
                    source.stage_dates.insert(Stage::Mql, header);
                    if let Ok(again) = recognise::columns(&source, &file.header, &seen.shown) {
                        columns = again;
                        // Recognised, if by another column: nobody has named it yet.
                        columns.stage_dates.iter_mut().for_each(|date| date.basis = recognise::Basis::Alias);
                    }
                }
                let (rows, used) = take.fill(&columns, file);
                seen.rows = rows;
                // What may be in such an export, and is not in this one.
                if used == 0 && rows > 0 && export.is_some() {
                    continue;
                }
            }
            Err(why_not) if sureness == Sureness::Named => {
                seen.why_not = Some(why_not.to_string().lines().next().unwrap_or_default().to_string());
            }
            Err(why_not) => {
                seen.why_not = Some(why_not.to_string().lines().next().unwrap_or_default().to_string());
                continue;
            }
        }
        seen.takes.push(Take { export, sureness, why, source, ..take });
    }
    seen
}

/// The header of the day of creation where a file lists MQLs only, as its column of ids says: that day is the day of the MQL.
fn list_of_mqls(columns: &Columns, table: Table) -> Option<String> {
    let is_mql_id =
        columns.get("lead_id").is_some_and(|id| matches!(normal(&id.header).as_str(), "mql_id" | "mql_no" | "mql"));
    let dated = columns.stage_dates.iter().any(|date| date.stage == Stage::Mql);
    let created = columns.get("created_at").filter(|created| created.position.is_some());
    created.filter(|_| table == Table::Leads && is_mql_id && !dated).map(|created| created.header.clone())
}

/// Words in a file's name that speak for a table.
fn hints(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &["lead", "contact", "people", "person", "prospect", "mql"],
        Table::StageHistory => &["stage", "history", "lifecycle", "status"],
        Table::Activities => &["activit", "event", "engagement", "touch"],
        Table::Deals => &["deal", "opportunit", "sales", "won", "closed", "order"],
        Table::Spend => &["spend", "cost", "budget", "ads", "adwords", "campaign"],
        Table::Merges => &["merge"],
        Table::DealContacts => &["contact_role", "deal_contact"],
    }
}

/// Whether the name of a file or sheet speaks for a table.
pub fn is_hinted(table: Table, name: &str) -> bool {
    let name = normal(name);
    hints(table).iter().any(|hint| name.contains(hint))
}

/// Columns that hardly another table has.
fn telling(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &["email", "channel", "job_title", "company_size", "account", "industry"],
        Table::StageHistory => &["stage", "entered_at"],
        Table::Activities => &["type", "at", "activity_id"],
        Table::Deals => &["closed_at", "won_at", "lost_at", "status", "is_won", "amount", "opened_at"],
        Table::Spend => &["amount", "month", "day", "campaign"],
        Table::Merges => &["merged_id"],
        Table::DealContacts => &["deal_id"],
    }
}

/// The table that a file without a known system's headers looks like.
fn guess(
    file: &RawFile,
    source: &dyn Fn(Table, Option<&Export>) -> Source,
) -> Result<(Table, Sureness, String), String> {
    let name = file.sheet.as_deref().unwrap_or(&file.shown);
    let mut best: Option<(usize, Table, Sureness, String)> = None;
    for table in Table::ALL {
        let Ok(columns) = recognise::columns(&source(table, None), &file.header, &file.shown) else { continue };
        let told: Vec<&str> = telling(table)
            .iter()
            .copied()
            .filter(|column| columns.get(column).is_some_and(|c| c.position.is_some()))
            .collect();
        let named = is_hinted(table, name);
        let enough = match table {
            Table::Leads => !told.is_empty() || !columns.stage_dates.is_empty() || named,
            Table::StageHistory | Table::Activities => told.len() >= 2,
            Table::Deals => told.len() >= 2 || named && !told.is_empty(),
            Table::Spend => told.len() >= 2,
            Table::Merges => true,
            Table::DealContacts => file.header.len() <= 5,
        };
        if !enough
            || !holds_dates(&columns, file, table)
            || (table == Table::StageHistory && !holds_stages(&columns, file))
        {
            continue;
        }
        let known = columns.mapped.iter().filter(|column| column.basis == recognise::Basis::Alias).count();
        let points = 2 * (known + columns.stage_dates.len()) + told.len() + if named { 4 } else { 0 };
        let sureness = if named || told.len() >= 3 || !columns.stage_dates.is_empty() {
            Sureness::Likely
        } else {
            Sureness::Guess
        };
        let headers =
            columns.mapped.iter().filter(|column| column.basis == recognise::Basis::Alias && column.position.is_some());
        let mut headers: Vec<String> = headers.map(|column| format!("\"{}\"", masked(&column.header))).collect();
        let mut seen = BTreeSet::new();
        headers.retain(|header| seen.insert(header.clone()));
        headers.truncate(4);
        let why = format!("{}it has {}", if named { "its name says so, and " } else { "" }, headers.join(", "));
        if best.as_ref().is_none_or(|(most, ..)| points > *most) {
            best = Some((points, table, sureness, why));
        }
    }
    best.map(|(_, table, sureness, why)| (table, sureness, why)).ok_or_else(|| {
        if file.first_row == FirstRow::LooksLikeData {
            let words = "its first row looks like data, not like column names: if it has no header row, name it in a project file with `header = false` and its columns by number";
            return words.to_string();
        }
        let headers: Vec<String> = file.header.iter().take(20).map(|name| masked(name)).collect();
        format!("its columns are those of no table that leadgauge knows ({})", headers.join(", "))
    })
}

/// Whether the columns that must hold dates hold some.
fn holds_dates(columns: &Columns, file: &RawFile, table: Table) -> bool {
    let wanted = match table {
        Table::Leads => "created_at",
        Table::StageHistory => "entered_at",
        Table::Activities => "at",
        Table::Deals | Table::Spend | Table::Merges | Table::DealContacts => return true,
    };
    let Some(place) = columns.get(wanted).and_then(|column| column.position) else { return true };
    let (mut dates, mut others) = (0, 0);
    each(file, |_, record| {
        if dates + others < LOOK {
            let cell = record.get(place).map(read::text).unwrap_or_default();
            match coerce::present(&cell) {
                None => {}
                Some(cell) if looks_like_date(cell) => dates += 1,
                Some(_) => others += 1,
            }
        }
    });
    dates >= others
}

/// Whether the labels of a stage column mean stages.
fn holds_stages(columns: &Columns, file: &RawFile) -> bool {
    let Some(place) = columns.get("stage").and_then(|column| column.position) else { return true };
    let mut labels = BTreeSet::new();
    each(file, |_, record| {
        if labels.len() < MOST_WORDS {
            labels.insert(record.get(place).map(read::text).unwrap_or_default().into_owned());
        }
    });
    labels.iter().any(|label| recognise::stage(label).is_some())
}

pub(super) fn looks_like_date(cell: &str) -> bool {
    let clock = Clock { project: chrono_tz::UTC, source: chrono_tz::UTC, order: None };
    let is_number = cell.bytes().all(|byte| byte.is_ascii_digit()) && cell.len() >= 8;
    let is_serial = cell.parse::<f64>().is_ok_and(|number| (20_000.0..80_000.0).contains(&number));
    is_number || is_serial || clock.read(cell) != Err(NoDate::Impossible)
}

/// Every row; a file that breaks off is told when it is read.
fn each(file: &RawFile, rows: impl FnMut(u64, &csv::ByteRecord)) {
    let _ = file.for_each(rows);
}

impl Take {
    /// Looks at the rows: samples, stages, channels, currencies. The number of rows, and of those that are not set aside.
    fn fill(&mut self, columns: &Columns, file: &RawFile) -> (u64, u64) {
        let dates = columns.stage_dates.iter().map(|date| date.mapped(&file.header));
        let shown = columns.mapped.iter().cloned().chain(dates);
        self.columns = shown.map(|column| Shown { column, samples: Vec::new() }).collect();
        let place = |column: &str| columns.get(column).and_then(|mapped| mapped.position);
        let constant = |column: &str| columns.get(column).filter(|c| c.position.is_none()).map(|c| c.header.clone());
        let (stage, channel, currency) = (place("stage"), place("channel"), place("currency"));
        let amount = place("amount");
        let header = columns.get("amount").and_then(|column| coerce::header_currency(&column.header));
        let mut dated: BTreeSet<Stage> = BTreeSet::new();
        let (mut rows, mut used) = (0, 0);
        each(file, |_, record| {
            if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
                return;
            }
            rows += 1;
            let cell = |place: usize| {
                record.get(place).map(read::text).and_then(|cell| coerce::present(&cell).map(str::to_string))
            };
            if columns.sets_aside(record) {
                return;
            }
            used += 1;
            if rows as usize <= LOOK {
                self.columns.iter_mut().for_each(|column| column.sample(record));
            }
            for date in columns.stage_dates.iter().filter(|date| !dated.contains(&date.stage)).collect::<Vec<_>>() {
                if date.positions.iter().any(|place| cell(*place).is_some()) {
                    dated.insert(date.stage);
                }
            }
            if let Some(label) = stage.and_then(&cell) {
                let within = columns.get("stage").and_then(|column| column.within.as_deref());
                let label = within.map_or(Some(label.clone()), |key| super::rows::within(&label, key));
                let Some(label) = label else { return };
                let meaning = columns.export.and_then(|export| export.stage(&label));
                match (meaning, recognise::stage(&label)) {
                    (Some(Meaning::Aside), _) => {}
                    (Some(Meaning::Stage(stage)), _) | (None, Some(stage)) => {
                        dated.insert(stage);
                    }
                    (None, None) => note(&mut self.unknown_stages, masked(&label)),
                }
            }
            note(&mut self.channels, channel.and_then(&cell).map_or(BLANK.to_string(), |name| masked(&name)));
            if let Some(amount) = amount.and_then(&cell) {
                // The cell knows best; then the column of currencies; then the header.
                let told = coerce::AmountReader::alone().read(&amount).ok().and_then(|read| read.currency);
                let code = told.or_else(|| currency.and_then(&cell)).or_else(|| header.clone()).unwrap_or_default();
                note(&mut self.currencies, code.to_uppercase());
            }
        });
        if channel.is_none() {
            self.channels = constant("channel").map(|name| (name, rows)).into_iter().collect();
        }
        let header =
            columns.get("amount").filter(|_| currency.is_none()).and_then(|c| coerce::header_currency(&c.header));
        self.currencies.extend(header.map(|code| (code, used)));
        self.channels.remove(BLANK);
        self.stages = dated;
        (rows, used)
    }
}

/// The currency that most rows name; none where hardly any row names one.
fn most<'c>(counts: impl Iterator<Item = &'c BTreeMap<String, u64>>) -> Option<String> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for (code, n) in counts.flatten() {
        *all.entry(code).or_default() += n;
    }
    let rows: u64 = all.values().sum();
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let most = all.into_iter().filter(|(code, _)| is_code(code)).max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    most.filter(|(_, n)| n * 5 >= rows).map(|(code, _)| code.to_string())
}

fn note(words: &mut BTreeMap<String, u64>, word: String) {
    if words.len() < MOST_WORDS || words.contains_key(&word) {
        *words.entry(word).or_default() += 1;
    }
}

impl Folder {
    /// The sources that the files amount to, in the order of the tables.
    pub fn sources(&self) -> Vec<Source> {
        let mut sources: Vec<Source> = self.takes().map(|(_, take)| take.source.clone()).collect();
        sources.sort_by_key(|source| source.table);
        sources
    }

    /// Every take with its file.
    pub fn takes(&self) -> impl Iterator<Item = (&Seen, &Take)> {
        self.files.iter().flat_map(|seen| seen.takes.iter().map(move |take| (seen, take)))
    }

    /// The currency that most amounts are in, if any is told.
    pub fn currency(&self) -> Option<String> {
        most(self.takes().map(|(_, take)| &take.currencies))
    }

    /// Common names of channels, and the names in the files that they stand for.
    pub fn channels(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in self.takes().flat_map(|(_, take)| take.channels.keys()) {
            if let Some(common) = recognise::channel(name) {
                known.entry(common.to_string()).or_default().insert(name.clone());
            }
        }
        // One name alone may stay as it is.
        known.retain(|_, names| names.len() > 1);
        known
    }

    /// What the metrics need and the folder does not have: the metric, and what to export.
    pub fn missing(&self) -> Vec<String> {
        let has = |table: Table| self.takes().any(|(_, take)| take.table == table);
        let dates = |stage: Stage| self.takes().any(|(_, take)| take.stages.contains(&stage));
        let mut missing = Vec::new();
        let mut need = |is_there: bool, words: &str| {
            if !is_there {
                missing.push(words.to_string());
            }
        };
        need(
            has(Table::Leads) || has(Table::StageHistory),
            "everything: export the leads, one row a person, with an id and the day they came in",
        );
        need(
            dates(Stage::Mql),
            "MQL volume and every rate: export the day on which a lead became an MQL (a date column, or the stage history)",
        );
        need(
            dates(Stage::Sql) || dates(Stage::Opportunity),
            "MQL→SQL and the benchmark verdict: export the day on which sales accepted the lead as an SQL",
        );
        need(
            has(Table::Deals) || dates(Stage::Customer),
            "SQL→customer and MQL→customer: export the deals, with the day they were won and the lead they belong to",
        );
        need(has(Table::Spend), "cost per MQL: export what was spent, by month and channel");
        need(
            has(Table::Activities),
            "judging the MQL threshold: export what the leads did (opens, clicks, visits, forms), with the time of each",
        );
        missing
    }

    /// Fills in what a project file left out.
    pub fn apply(&self, plan: &mut Plan) {
        plan.sources = self.sources();
        if !plan.currency_is_given
            && let Some(currency) = self.currency()
        {
            plan.currency = currency;
        }
        if plan.channels.is_empty() {
            for (common, names) in self.channels() {
                for name in names {
                    plan.channels.insert(name.to_lowercase(), common.clone());
                }
            }
        }
        let named: Vec<String> = self
            .takes()
            .map(|(seen, take)| {
                let from = take.export.map_or(String::new(), |export| format!(", {}", export.system));
                format!("{} ({}{from})", masked(&seen.shown), take.table.name())
            })
            .collect();
        // Files that bear the tables' own names are no guess.
        let is_guess = self.takes().any(|(_, take)| take.sureness != Sureness::Named);
        let unused = |is_known: bool| {
            let files = self.files.iter().filter(|seen| seen.takes.is_empty() && seen.is_known == is_known);
            let told =
                files.filter_map(|seen| seen.why_not.as_ref().map(|why| format!("{} ({why})", masked(&seen.shown))));
            told.collect::<Vec<String>>()
        };
        plan.recognised = Some(Recognised {
            taken: if is_guess { named } else { Vec::new() },
            aside: unused(true),
            unread: unused(false),
        });
    }
}

/// Fills in the sources of a plan that names none.
///
/// # Errors
/// When the folder holds nothing that can be read.
pub fn settle(plan: &mut Plan) -> Result<Option<Folder>, IngestError> {
    if !plan.sources.is_empty() {
        if !plan.currency_is_given
            && let Some(currency) = currency_of_sources(plan)
        {
            plan.currency = currency;
        }
        return Ok(None);
    }
    let folder = look(&plan.root, &plan.stages);
    folder.apply(plan);
    if plan.sources.iter().any(|source| matches!(source.table, Table::Leads | Table::StageHistory)) {
        return Ok(Some(folder));
    }
    let seen = folder.files.iter().take(8).map(|seen| {
        let why = seen.why_not.clone().unwrap_or_else(|| {
            let tables: Vec<&str> = seen.takes.iter().map(|take| take.table.name()).collect();
            format!("looks like {}", tables.join(", "))
        });
        format!("\n  {}: {why}", seen.shown)
    });
    Err(IngestError::NoSources { folder: plan.root.display().to_string(), seen: seen.collect() })
}

/// The currency that most amounts of the plan's deals and spend are in. What cannot be read is told when it is read.
fn currency_of_sources(plan: &Plan) -> Option<String> {
    let mut counts = Vec::new();
    for source in plan.sources.iter().filter(|source| matches!(source.table, Table::Deals | Table::Spend)) {
        for path in read::paths(source, &plan.root).ok()? {
            let tables = read::tables(&path, &plan.root, source.header).ok()?;
            let file = super::chosen(tables, source, &path).ok()?;
            let columns = recognise::columns(source, &file.header, &file.shown).ok()?;
            let mut take = plain_take(source.table, &file.shown);
            take.fill(&columns, &file);
            counts.push(take.currencies);
        }
    }
    most(counts.iter())
}
