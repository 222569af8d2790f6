//! The resolved plan: total, valid, and all that the rest of the program is told.

use super::file::SectionName;
use crate::finding::Level;
use crate::vocabulary::{Day, Month, Stage};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything a run needs to know, with every default filled in.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the project, for titles.
    pub project: String,
    /// Folder that the sources' paths are relative to.
    pub root: PathBuf,
    /// The one time zone that instants are moved into at ingest.
    pub timezone: Tz,
    /// ISO code of the currency that amounts are reported in.
    pub currency: String,
    /// Whether the project file names the currency; if not, the exports may.
    pub currency_is_given: bool,
    /// What the files of the folder were taken for, where the project names no sources.
    pub recognised: Option<Recognised>,
    /// Last visible day; `None` = found in the data.
    pub as_of: Option<Day>,
    /// The report month; `None` = the last month complete on `as_of`.
    pub month: Option<Month>,
    /// Where the canonical tables come from, in the order of [`Table`].
    pub sources: Vec<Source>,
    /// The user's stage labels (trimmed, lower case) and what they mean.
    pub stages: BTreeMap<String, Stage>,
    /// Channel aliases (trimmed, lower case) and the channel's own name.
    pub channels: BTreeMap<String, String>,
    /// How long each conversion may take.
    pub windows: Windows,
    /// The range that MQL→SQL is judged against.
    pub benchmark: Benchmark,
    /// Criteria versions, oldest first; empty when the project names none.
    pub criteria: Vec<Criteria>,
    /// Money values that the threshold is judged by.
    pub economics: Economics,
    /// Leads that are not prospects.
    pub exclude: Exclude,
    /// What is shown and written.
    pub report: ReportPlan,
    /// Levels of findings that the user changed, by code.
    pub quality: BTreeMap<String, Level>,
    /// How the funnel is read.
    pub funnel: Funnel,
    /// Whether names and addresses of people are kept for what is written.
    pub people: People,
    /// Limits of the verdict ladder.
    pub verdict: VerdictLimits,
    /// Value of one unit of a foreign currency in the project's own, by ISO code.
    pub currency_rates: BTreeMap<String, f64>,
    /// How spend is set against MQLs.
    pub spend: SpendSettings,
    /// Settings of the threshold rule.
    pub calibration: CalibrationSettings,
    /// Formats asked for that this version does not write, and other remarks that are no errors.
    pub remarks: Vec<String>,
    /// SHA-256 of the project file, hexadecimal; of nothing when there is none.
    pub config_sha256: String,
}

/// What the files of a folder were taken for.
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// "contacts.csv (leads, HubSpot)", a file each; none where every file bears its table's own name.
    pub taken: Vec<String>,
    /// Files that are known and hold nothing for us, with the reason.
    pub aside: Vec<String>,
    /// Files that could not be used, with the reason.
    pub unread: Vec<String>,
}

/// A canonical table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// A person a row.
    Leads,
    /// A stage entry a row.
    StageHistory,
    /// An action a row.
    Activities,
    /// An opportunity a row.
    Deals,
    /// A period × channel a row.
    Spend,
    /// A record that was merged into another one a row; read with the leads, no query sees it.
    Merges,
    /// A deal and a person it belongs to a row; read with the deals, no query sees it.
    DealContacts,
}

impl Table {
    /// Every table that may be read, in the order in which they are.
    pub const ALL: [Table; 7] = [
        Table::Merges,
        Table::Leads,
        Table::StageHistory,
        Table::Activities,
        Table::DealContacts,
        Table::Deals,
        Table::Spend,
    ];

    /// The table's name in configuration, queries and reports.
    pub fn name(self) -> &'static str {
        match self {
            Table::Leads => "leads",
            Table::StageHistory => "stage_history",
            Table::Activities => "activities",
            Table::Deals => "deals",
            Table::Spend => "spend",
            Table::Merges => "merges",
            Table::DealContacts => "deal_contacts",
        }
    }
}

/// Where a canonical table comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// Which table.
    pub table: Table,
    /// Paths or globs, relative to [`Plan::root`], in the order given.
    pub paths: Vec<String>,
    /// The preset or system that the project file names; `None` = recognised from the headers.
    pub preset: Option<String>,
    /// The sheet of a workbook; `None` = the one that looks like the table.
    pub sheet: Option<String>,
    /// Our column → the header in the file (or the 1-based column number when there is no header). Beats recognition.
    pub columns: BTreeMap<String, String>,
    /// Wide exports: stage → the header of its date column.
    pub stage_dates: BTreeMap<Stage, String>,
    /// The project's own stage labels, by which headers of stage dates are known, too.
    pub stages: BTreeMap<String, Stage>,
    /// Our column → the value that every row has.
    pub constants: BTreeMap<String, String>,
    /// Order of day, month and year where the file does not settle it.
    pub dates: Option<DateOrder>,
    /// The decimal mark where the file does not settle it.
    pub decimal: Option<DecimalMark>,
    /// Zone of timestamps without one; `None` = the project's.
    pub zone: Option<Tz>,
    /// Whether the first row names the columns.
    pub header: Header,
}

impl Source {
    /// A table read from one file, everything recognised.
    pub fn of(table: Table, path: String) -> Source {
        Source {
            table,
            paths: vec![path],
            preset: None,
            sheet: None,
            columns: BTreeMap::new(),
            stage_dates: BTreeMap::new(),
            stages: BTreeMap::new(),
            constants: BTreeMap::new(),
            dates: None,
            decimal: None,
            zone: None,
            header: Header::Present,
        }
    }
}

/// Whether the first row of a file names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The first row names the columns.
    Present,
    /// There is no such row; columns are addressed by number, from 1.
    Absent,
}

/// Order of day, month and year in dates with slashes, dots or dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// What stands before the decimals of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// Days that a conversion may take and still count.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// MQL→SQL, 90 by default.
    pub mql_to_sql_days: u32,
    /// SQL→customer, 180 by default.
    pub sql_to_customer_days: u32,
    /// MQL→customer, 270 by default.
    pub mql_to_customer_days: u32,
}

/// The range that MQL→SQL is judged against, as shares.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// Lower end, 0.13 by default.
    pub low: f64,
    /// Upper end, 0.31 by default.
    pub high: f64,
    /// Ranges of single channels, by canonical channel name.
    pub channels: BTreeMap<String, ChannelBenchmark>,
    /// Other ranges that the whole funnel is held against, in the order of the project file.
    pub alternates: Vec<AlternateBenchmark>,
}

/// Another range for the whole funnel.
#[derive(Clone, Debug)]
pub struct AlternateBenchmark {
    /// What the range is called.
    pub label: String,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where it comes from.
    pub source: Option<String>,
}

/// The range of one channel.
#[derive(Clone, Debug)]
pub struct ChannelBenchmark {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What the range is called.
    pub label: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// One version of the MQL criteria.
#[derive(Clone, Debug, PartialEq)]
pub struct Criteria {
    /// First day it is in force; `None` = since ever.
    pub effective_from: Option<Day>,
    /// Score at which a lead is an MQL.
    pub threshold: f64,
    /// Only actions at most this old count.
    pub lookback_days: Option<u32>,
    /// Points of an action halve every so many days.
    pub half_life_days: Option<f64>,
    /// Action type → points.
    pub points: BTreeMap<String, f64>,
    /// Action type → how many actions count at most.
    pub caps: BTreeMap<String, u32>,
    /// Attribute → its rules.
    pub fit: BTreeMap<String, Vec<FitRule>>,
}

/// Points for an attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRule {
    /// As written in the project file.
    pub text: String,
    /// What it matches.
    pub matches: FitMatch,
    /// Points when it does.
    pub points: f64,
}

/// What a fit rule matches: an exact value beats a range, a range beats a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum FitMatch {
    /// The value itself, trimmed and lower case.
    Value(String),
    /// A number, both ends included.
    Range {
        /// Lower end, if any.
        low: Option<f64>,
        /// Upper end, if any.
        high: Option<f64>,
    },
    /// A text with `*` for anything, trimmed and lower case.
    Pattern(String),
}

/// Money values that the threshold is judged by; each may be unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Economics {
    /// What an SQL is worth (win rate × margin).
    pub value_per_sql: Option<f64>,
    /// Sales' time on one MQL.
    pub sales_cost_per_mql: Option<f64>,
    /// MQLs that sales can work in a month.
    pub capacity_per_month: Option<f64>,
}

/// Leads that are not prospects.
#[derive(Clone, Debug, Default)]
pub struct Exclude {
    /// Domains (lower case), for example the company's own.
    pub email_domains: Vec<String>,
    /// Patterns with `*` over the whole address or its local part (lower case).
    pub email_patterns: Vec<String>,
}

/// What is shown and written.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// Complete months in trends and in the overall rates, 12 by default.
    pub months: u32,
    /// What is written.
    pub formats: Vec<Format>,
    /// The line above the headline; `None` = our own.
    pub title: Option<String>,
    /// A picture beside it.
    pub logo: Option<Logo>,
    /// The one colour of charts and figures; `None` = our own.
    pub accent: Option<Accent>,
    /// How numbers, amounts and dates are written.
    pub locale: Locale,
    /// Ids of the sections that are shown, in this order; `None` = all.
    pub sections: Option<Vec<SectionName>>,
    /// What is shown, by purpose.
    pub preset: Preset,
}

/// A choice of what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Everything.
    #[default]
    Monthly,
    /// Two printed pages for a board.
    Board,
    /// The bar, the points, the traps and the score.
    Calibration,
    /// The brief for the weekly meeting with sales.
    Brief,
}

/// How numbers, amounts and dates are written. Words stay English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// 1,234.5, 19.8 %, $1,234, 2026-10-31.
    #[default]
    En,
    /// As `En`, with 19.8% and 31/10/2026.
    EnGb,
    /// 1.234,5, 19,8 %, 1.234 €, 31.10.2026.
    De,
    /// 1 234,5, 19,8 %, 1 234 €, 31/10/2026.
    Fr,
    /// 12.345,5 but 1234,5; 19,8 %, 12.345 €, 31/10/2026.
    Es,
    /// 1.234,5, 19,8%, € 1.234, 31-10-2026.
    Nl,
}

/// The one colour of charts and figures, `#rrggbb`: at least 4.5 : 1 against the paper of either palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accent {
    /// On white paper.
    pub light: String,
    /// On a dark screen.
    pub dark: String,
}

/// A picture for the head of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// What the bytes are.
    pub kind: LogoKind,
    /// The file as it is.
    pub bytes: Vec<u8>,
}

/// What kind of picture a logo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoKind {
    /// Pixels, with transparency.
    Png,
    /// Pixels.
    Jpeg,
    /// Lines; shown as a picture only, so that nothing in it runs.
    Svg,
}

impl LogoKind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            LogoKind::Png => "image/png",
            LogoKind::Jpeg => "image/jpeg",
            LogoKind::Svg => "image/svg+xml",
        }
    }
}

/// A file format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One self-contained page.
    Html,
    /// A document to print or to send.
    Pdf,
    /// A workbook.
    Xlsx,
    /// Plain text for a code host or a chat.
    Markdown,
    /// Every number, with a schema.
    Json,
    /// Every chart as a picture of pixels.
    Png,
}

impl Format {
    /// What is written where nobody says otherwise.
    pub const USUAL: &[Format] = if cfg!(feature = "pdf") {
        &[Format::Html, Format::Pdf, Format::Xlsx, Format::Markdown, Format::Json]
    } else {
        &[Format::Html, Format::Xlsx, Format::Markdown, Format::Json]
    };
}

/// How the funnel is read.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// Whether leads that skipped the MQL stage count in volume and cost.
    pub infer_skipped: InferSkipped,
    /// Calendar days that sales has for the first touch of an MQL.
    pub sla_days: u32,
    /// The type of action by which a person asks for sales; `None` = the type with the most points.
    pub hand_raiser: Option<String>,
}

/// Whether names and addresses of people are kept for what is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum People {
    /// Only ids.
    #[default]
    ById,
    /// Names, addresses and accounts, because somebody asked for them.
    ByName,
}

/// Whether leads that skipped the MQL stage count in volume and cost (never in rates).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InferSkipped {
    /// Counted, and shown as "of which inferred".
    Yes,
    /// Left out.
    No,
}

/// Limits of the verdict ladder.
#[derive(Clone, Copy, Debug)]
pub struct VerdictLimits {
    /// Least sum of maturities (A) at which a young cohort is judged, 10 by default.
    pub least_maturity: f64,
    /// Confidence level of two-sided intervals, 0.9 by default.
    pub level: f64,
    /// Largest share of MQLs past the SLA that may be untouched, 0.2 by default.
    pub most_untouched: f64,
}

/// How spend is set against MQLs.
#[derive(Clone, Debug, Default)]
pub struct SpendSettings {
    /// Days between the spend of a channel and its MQLs, by the channel's own name; 0 where none is given.
    pub lag_days: BTreeMap<String, u32>,
}

/// Settings of the threshold rule.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationSettings {
    /// Share of SQLs lost per week that an MQL waits, 0.02 by default.
    pub delay_per_week: f64,
    /// Odds factor of the careful variant, 0.7 by default.
    pub odds_factor: f64,
    /// Largest loosening in one step, as a share of the threshold, 0.2 by default.
    pub notch: f64,
    /// Seed of the random numbers (bootstrap intervals), 1 by default.
    pub seed: u64,
}
