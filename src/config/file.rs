//! What may stand in `leadgauge.toml`, key by key.
//!
//! The types below are exactly the TOML. Their doc comments are the manual and the JSON schema
//! ([`super::schema`], [`super::keys`]), and the schema is what [`super::shape`] holds a file against, so that a key is
//! described in one place only. What needs more than one key to judge is left to [`super::resolve`].

use crate::finding::Level;
use crate::vocabulary::Stage;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::plan;

/// Time zone of a project that names none.
pub const TIMEZONE: &str = "UTC";
/// Currency of a project that names none.
pub const CURRENCY: &str = "USD";
/// Days from MQL to SQL that still count.
pub const MQL_TO_SQL_DAYS: u32 = 90;
/// Days from SQL to customer that still count.
pub const SQL_TO_CUSTOMER_DAYS: u32 = 180;
/// Days from MQL to customer that still count.
pub const MQL_TO_CUSTOMER_DAYS: u32 = 270;
/// The usual range of MQL→SQL, as shares.
pub const BENCHMARK: [f64; 2] = [0.13, 0.31];
/// Complete months in trends.
pub const MONTHS: u32 = 12;
/// Days in which sales should touch an MQL.
pub const SLA_DAYS: u32 = 5;
/// Whether leads that skipped the MQL stage count in volume and cost.
pub const INFER_SKIPPED: bool = true;
/// Least sum of maturities at which a young cohort is judged.
pub const LEAST_MATURITY: f64 = 10.0;
/// Confidence level of two-sided intervals.
pub const LEVEL: f64 = 0.9;
/// Largest share of MQLs past the SLA that may be untouched.
pub const MOST_UNTOUCHED: f64 = 0.2;
/// Share of SQLs lost per week that an MQL waits.
pub const DELAY_PER_WEEK: f64 = 0.02;
/// Odds factor of the careful variant of the threshold rule.
pub const ODDS_FACTOR: f64 = 0.7;
/// Largest loosening in one step, as a share of the threshold.
pub const NOTCH: f64 = 0.2;
/// Seed of the random numbers.
pub const SEED: u64 = 1;

/// A value and where it stands in the file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent, bound = "T: serde::de::DeserializeOwned")]
pub struct Placed<T>(toml::Spanned<T>);

impl<T> Placed<T> {
    /// The value.
    pub fn value(&self) -> &T {
        self.0.get_ref()
    }

    /// Where it stands, in bytes.
    pub fn span(&self) -> Range<usize> {
        self.0.span()
    }
}

impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// A leadgauge project: where the exports lie, what their words mean, and how the funnel is judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "leadgauge.toml")]
pub struct ConfigFile {
    /// Name of the project, for titles. The name of its folder by default.
    #[schemars(length(min = 1))]
    pub project: Option<Placed<String>>,
    /// The one time zone that all instants are moved into, by its IANA name. UTC by default.
    #[schemars(extend("default" = TIMEZONE, "examples" = ["Australia/Sydney"]))]
    pub timezone: Option<Placed<String>>,
    /// Currency of the report, by its three-letter ISO code. The one that most amounts of the exports name by default, USD
    /// where they name none.
    #[schemars(extend("default" = CURRENCY, "examples" = ["AUD"]))]
    pub currency: Option<Placed<String>>,
    /// Last day that is looked at, through its end. By default it is found in the data, and always printed.
    #[schemars(extend("format" = "date", "examples" = ["2026-10-31"]))]
    pub as_of: Option<Placed<String>>,
    /// Where each table comes from: `[sources.leads]`, `[sources.stage_history]`, `[sources.activities]`,
    /// `[sources.deals]`, `[sources.spend]`, and where a CRM keeps them apart `[sources.merges]` (which record was merged
    /// into which) and `[sources.deal_contacts]` (whom a deal belongs to). Several exports of one table are a list:
    /// `[[sources.spend]]` once for each. Without any, every file of the project's folder is looked at and taken for what
    /// it looks like, as `leadgauge init` does.
    #[schemars(extend("x-key" = "table", "propertyNames" = { "enum": table_names() }))]
    pub sources: Option<BTreeMap<Placed<String>, SourceFiles>>,
    /// Your stage labels and the stage each one means, for example `"Handed to sales" = "mql"`; the stages are lead, mql,
    /// working, sal, sql, opportunity, customer, disqualified and recycled. Case and outer space do not matter.
    #[schemars(extend("x-key" = "label"))]
    pub stages: Option<BTreeMap<Placed<String>, Stage>>,
    /// Channels and the names that they go by in the exports, for example `paid_social = ["Facebook", "Paid Social"]`.
    /// Case and outer space do not matter.
    #[schemars(extend("x-key" = "channel"))]
    pub channels: Option<BTreeMap<Placed<String>, Vec<Placed<String>>>>,
    /// Days that a conversion may take and still count.
    pub windows: Option<WindowsFile>,
    /// The range that MQL→SQL is judged against.
    pub benchmark: Option<BenchmarkFile>,
    /// Versions of the MQL criteria, by date: history is judged by the bar that was in force then.
    pub criteria: Option<Vec<Placed<CriteriaFile>>>,
    /// Money values that the threshold is judged by.
    pub economics: Option<EconomicsFile>,
    /// Leads that are not prospects: they are listed with counts and left out of every number.
    pub exclude: Option<ExcludeFile>,
    /// What is shown and written.
    pub report: Option<ReportFile>,
    /// How much a finding matters, by its code, for example `"leads::duplicate" = "deny"`: `allow` (not shown), `info`,
    /// `warn`, or `deny` (the run ends with exit code 1).
    #[schemars(extend("x-key" = "finding"))]
    pub quality: Option<BTreeMap<Placed<String>, Level>>,
    /// Where the facts are counted.
    pub engine: Option<EngineFile>,
    /// How the funnel is read.
    pub funnel: Option<FunnelFile>,
    /// Limits of the benchmark verdict.
    pub verdict: Option<VerdictFile>,
    /// What one unit of a foreign currency is worth in the project's own, for example `EUR = 1.08`.
    #[schemars(extend("x-key" = "currency"))]
    pub currency_rates: Option<BTreeMap<Placed<String>, Placed<ExchangeRate>>>,
    /// How spend is set against MQLs.
    pub spend: Option<SpendFile>,
    /// Settings of the threshold rule.
    pub calibration: Option<CalibrationFile>,
}

/// One export of a table, or several.
#[derive(Clone, Debug)]
pub struct SourceFiles(pub Vec<SourceFile>);

impl<'de> Deserialize<'de> for SourceFiles {
    // Not an untagged enum: that would lose the places in the file.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SourceFiles, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = SourceFiles;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a table, or a list of tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SourceFiles, A::Error> {
                SourceFile::deserialize(MapAccessDeserializer::new(map)).map(|source| SourceFiles(vec![source]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<SourceFiles, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(SourceFiles)
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

impl JsonSchema for SourceFiles {
    fn schema_name() -> Cow<'static, str> {
        "SourceFiles".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<SourceFile>();
        let many = generator.subschema_for::<Vec<SourceFile>>();
        schemars::json_schema!({ "description": "One export of this table, or a list of them.", "anyOf": [one, many] })
    }
}

/// Where a table comes from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// File, list of files or glob, relative to this file.
    #[schemars(required, extend("examples" = ["exports/contacts*.csv"]))]
    pub path: Option<Placed<Paths>>,
    /// What wrote the export, for example `hubspot`; recognised from the headers by default. `leadgauge explain presets`
    /// lists them.
    pub preset: Option<Placed<String>>,
    /// The sheet of a workbook. The one that looks like this table by default.
    #[schemars(length(min = 1))]
    pub sheet: Option<String>,
    /// Our column and the header that it has in the export (or its number, from 1, with `header = false`), for example
    /// `{ channel = "Original Traffic Source" }`. Beats recognition.
    #[schemars(extend("x-key" = "column"))]
    pub columns: Option<BTreeMap<Placed<String>, Placed<ColumnName>>>,
    /// For exports with one date column a stage: the stage and the header of its column.
    #[schemars(extend("x-key" = "stage", "propertyNames" = { "enum": stage_names() }))]
    pub stage_dates: Option<BTreeMap<Placed<String>, Placed<ColumnName>>>,
    /// Our column and the value that all rows have in it, for what a file does not say because all its rows are alike,
    /// for example `{ status = "won" }`.
    #[schemars(extend("x-key" = "column"))]
    pub constants: Option<BTreeMap<Placed<String>, Constant>>,
    /// Order of day, month and year in dates such as 03/04/2026, where the file itself does not settle it: `dmy`, `mdy`
    /// or `ymd`.
    pub dates: Option<DateOrder>,
    /// The decimal mark of amounts such as 1.250, where the file itself does not settle it: `.` or `,`.
    pub decimal: Option<DecimalMark>,
    /// Time zone of timestamps without one, by its IANA name. The project's by default.
    pub zone: Option<Placed<String>>,
    /// Whether the first row names the columns. With `false`, columns are addressed by number, from 1. True by default.
    #[schemars(extend("default" = true))]
    pub header: Option<bool>,
}

/// One path or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Paths {
    /// A file or a glob.
    One(#[schemars(length(min = 1))] String),
    /// Several files or globs.
    Many(#[schemars(length(min = 1), inner(length(min = 1)))] Vec<String>),
}

/// A column of an export: its header, or its number where there is none.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ColumnName {
    /// Number from 1, with `header = false`.
    Number(#[schemars(range(min = 1, max = 16384))] u32),
    /// Header as it stands in the export.
    Header(#[schemars(length(min = 1))] String),
}

/// A value that all rows have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Constant {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Any number.
    Number(f64),
}

/// Order of day, month and year.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// What stands before the decimals of an amount.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum DecimalMark {
    /// 1,234.56
    #[serde(rename = ".")]
    Point,
    /// 1.234,56
    #[serde(rename = ",")]
    Comma,
}

/// Days that a conversion may take and still count.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowsFile {
    /// Days from MQL to SQL. 90 by default.
    #[schemars(range(min = 1, max = 3650), extend("default" = MQL_TO_SQL_DAYS))]
    pub mql_to_sql_days: Option<u32>,
    /// Days from SQL to customer. 180 by default.
    #[schemars(range(min = 1, max = 3650), extend("default" = SQL_TO_CUSTOMER_DAYS))]
    pub sql_to_customer_days: Option<u32>,
    /// Days from MQL to customer. 270 by default.
    #[schemars(range(min = 1, max = 3650), extend("default" = MQL_TO_CUSTOMER_DAYS))]
    pub mql_to_customer_days: Option<u32>,
}

/// The range that MQL→SQL is judged against.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkFile {
    /// Lower and upper end as shares. `[0.13, 0.31]` by default.
    #[schemars(inner(range(min = 0, max = 1)), extend("default" = BENCHMARK))]
    pub mql_to_sql: Option<Placed<[f64; 2]>>,
    /// Ranges of single channels, each under its own `[[benchmark.channel]]`.
    pub channel: Option<Vec<ChannelBenchmarkFile>>,
    /// Other ranges to hold the whole funnel against, each under its own `[[benchmark.alternate]]`.
    pub alternate: Option<Vec<AlternateBenchmarkFile>>,
}

/// Another range for the whole funnel: the report shows the verdict under it beside the one that counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlternateBenchmarkFile {
    /// What the range is called in the report.
    #[schemars(required, length(min = 1))]
    pub label: Option<Placed<String>>,
    /// Lower and upper end as shares, for example `[0.10, 0.20]`.
    #[schemars(required, inner(range(min = 0, max = 1)))]
    pub mql_to_sql: Option<Placed<[f64; 2]>>,
    /// Where the range comes from.
    pub source: Option<String>,
}

/// The range of one channel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBenchmarkFile {
    /// The channel, or one of its names under `[channels]`.
    #[schemars(required, length(min = 1))]
    pub channel: Option<Placed<String>>,
    /// Lower and upper end as shares, for example `[0.05, 0.12]`.
    #[schemars(required, inner(range(min = 0, max = 1)))]
    pub mql_to_sql: Option<Placed<[f64; 2]>>,
    /// What the range is called in the report.
    pub label: Option<String>,
    /// Where the range comes from.
    pub source: Option<String>,
}

/// One version of the MQL criteria: the score is fit plus the points of the actions, and a lead whose score reaches the
/// threshold is an MQL.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriteriaFile {
    /// First day on which this version is in force. Since ever when left out; before the first version the first rules.
    #[schemars(extend("format" = "date", "examples" = ["2025-01-01"]))]
    pub effective_from: Option<Placed<String>>,
    /// Score at which a lead is an MQL.
    #[schemars(required, range(max = 1_000_000), extend("exclusiveMinimum" = 0))]
    pub threshold: Option<f64>,
    /// Only actions at most this many days old count. All actions count by default.
    #[schemars(range(min = 1, max = 3650))]
    pub lookback_days: Option<u32>,
    /// Days in which the points of an action halve. Points do not fade by default.
    #[schemars(range(max = 36500), extend("exclusiveMinimum" = 0))]
    pub half_life_days: Option<f64>,
    /// Points of each action type, for example `{ email_click = 10, demo_request = 50 }`.
    #[schemars(extend("x-key" = "action"))]
    pub points: Option<BTreeMap<Placed<String>, Points>>,
    /// How many actions of a type count at most, for example `{ email_open = 10 }`.
    #[schemars(extend("x-key" = "action"))]
    pub caps: Option<BTreeMap<Placed<String>, u32>>,
    /// Points for what a lead is: under each attribute a value (`"51-1000" = 15`), a number range (`"200.." = 10`,
    /// `"50..199" = 5`, both ends included) or a pattern (`"*director*" = 15`). A value beats a range, a range beats a
    /// pattern, and among equals the most points count.
    #[schemars(extend("x-key" = "attribute"))]
    pub fit: Option<BTreeMap<Placed<String>, FitFile>>,
}

/// Points for the values of one attribute.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FitFile(
    /// A value, a number range or a pattern, and its points.
    #[schemars(extend("x-key" = "value"))]
    pub BTreeMap<Placed<String>, Points>,
);

/// Points of an action or an attribute; negative ones take away.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Points(#[schemars(range(min = -1_000_000, max = 1_000_000))] pub f64);

/// What one unit of a foreign currency is worth in the project's own.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ExchangeRate(#[schemars(range(max = 1_000_000), extend("exclusiveMinimum" = 0))] pub f64);

/// Money values that the threshold is judged by.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EconomicsFile {
    /// What an SQL is worth: win rate × margin of a deal.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub value_per_sql: Option<f64>,
    /// What sales' time on one MQL costs; not what marketing spent to get it, which is the metric `cost_per_mql`.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub sales_cost_per_mql: Option<f64>,
    /// MQLs that sales can work in a month.
    #[schemars(range(max = 1_000_000_000), extend("exclusiveMinimum" = 0))]
    pub capacity_per_month: Option<f64>,
}

/// Leads that are not prospects.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcludeFile {
    /// E-mail domains, for example the company's own.
    #[schemars(extend("examples" = [["our-own-company.example"]]))]
    pub email_domains: Option<Vec<Placed<String>>>,
    /// Patterns with `*` for anything, over the whole address or the part before the @.
    #[schemars(extend("examples" = [["test+*"]]))]
    pub email_patterns: Option<Vec<Placed<String>>>,
}

/// What is shown and written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportFile {
    /// Complete months in trends and in the overall rates. 12 by default.
    #[schemars(range(min = 1, max = 60), extend("default" = MONTHS))]
    pub months: Option<u32>,
    /// File formats that are written. `["html", "pdf", "xlsx", "md", "json"]` by default; a program that was built without
    /// its feature `pdf` writes no PDF. `png` adds every chart as a picture.
    #[schemars(length(min = 1), extend("default" = ["html", "pdf", "xlsx", "md", "json"]))]
    pub formats: Option<Placed<Vec<FormatName>>>,
    /// The line above the headline, for example `"Acme Marketing, monthly review"`. "Marketing effectiveness" and the
    /// project's name by default.
    #[schemars(length(min = 1))]
    pub title: Option<Placed<String>>,
    /// A picture beside that line: a PNG, JPEG or SVG file of at most 512 kB, relative to this file. None by default.
    #[schemars(length(min = 1), extend("examples" = ["brand/logo.svg"]))]
    pub logo: Option<Placed<String>>,
    /// The one colour that charts and figures are drawn in, as `"#rrggbb"`; it must be dark enough to be read as text on
    /// white. On a dark screen it is made lighter until it can be read there.
    #[schemars(extend("examples" = ["#1d4fc4"]))]
    pub accent: Option<Placed<String>>,
    /// How numbers, amounts and dates are written; sentences stay English, and so do JSON, CSV and the cells of the
    /// workbook. `en` by default.
    #[schemars(extend("default" = "en"))]
    pub locale: Option<LocaleName>,
    /// Which sections are shown, in this order and each once, for example `["change", "cost", "own-tables"]`; the headline
    /// and the key figures always stand first. All by default.
    #[schemars(length(min = 1))]
    pub sections: Option<Vec<Placed<SectionName>>>,
    /// A choice of what is shown, for a purpose. `monthly` by default. `report.json` has every number in any case.
    pub preset: Option<Placed<PresetName>>,
}

/// How numbers, amounts and dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum LocaleName {
    /// 1,234.5, 19.8 %, $1,234, 2026-10-31.
    #[serde(rename = "en")]
    En,
    /// 1,234.5, 19.8%, £1,234, 31/10/2026.
    #[serde(rename = "en-GB")]
    EnGb,
    /// 1.234,5, 19,8 %, 1.234 €, 31.10.2026.
    #[serde(rename = "de")]
    De,
    /// 1 234,5, 19,8 %, 1 234 €, 31/10/2026.
    #[serde(rename = "fr")]
    Fr,
    /// 12.345,5, 19,8 %, 12.345 €, 31/10/2026.
    #[serde(rename = "es")]
    Es,
    /// 1.234,5, 19,8%, € 1.234, 31-10-2026.
    #[serde(rename = "nl")]
    Nl,
}

/// A section of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SectionName {
    /// The five measures; always the first.
    Scorecard,
    /// What should be done about it.
    ToDo,
    /// What has changed, and whether it is news.
    Change,
    /// What became of what the last report said.
    SinceLastTime,
    /// MQLs by month and channel.
    Volume,
    /// MQL→SQL by month.
    Conversion,
    /// Time to conversion.
    Time,
    /// What an MQL costs.
    Cost,
    /// The channels side by side.
    Channels,
    /// What sales did with the MQLs.
    Handoff,
    /// The MQL bar.
    Calibration,
    /// What the score is worth.
    Score,
    /// Your own tables, from `queries/`.
    OwnTables,
    /// What is wrong with the data.
    Quality,
    /// What the report cannot tell.
    Limits,
    /// What the words mean.
    Definitions,
}

/// A choice of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresetName {
    /// Everything.
    Monthly,
    /// Two printed pages for a board: the measures, what to do, what changed, cost.
    Board,
    /// The bar, the points, the traps and the score.
    Calibration,
    /// The brief for the weekly meeting with sales, as `leadgauge brief` writes it.
    Brief,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// One self-contained page.
    Html,
    /// A document to print or to send.
    Pdf,
    /// A workbook.
    Xlsx,
    /// Plain text for a code host or a chat.
    Md,
    /// Every number, with a schema.
    Json,
    /// Every chart as a picture of pixels.
    Png,
}

/// Where the facts are counted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EngineFile {
    /// `embedded`, the only one in this version: on this machine, inside the program.
    #[schemars(extend("const" = "embedded", "default" = "embedded"))]
    pub kind: Option<Placed<String>>,
}

/// How the funnel is read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelFile {
    /// Whether leads that skipped the MQL stage count in volume and cost, shown as "of which inferred"; they never
    /// count in rates. True by default.
    #[schemars(extend("default" = INFER_SKIPPED))]
    pub infer_skipped: Option<bool>,
    /// Calendar days that sales has for the first touch of an MQL (a working or accepted stage, or a later one): touched on
    /// the day of the MQL plus these days is in time. 5 by default.
    #[schemars(range(min = 1, max = 365), extend("default" = SLA_DAYS))]
    pub sla_days: Option<u32>,
    /// The type of action by which a person asks for sales, for example `demo_request`: `leadgauge brief` lists those who
    /// wait for an answer. By default the type with the most points in the criteria in force.
    pub hand_raiser: Option<String>,
}

/// Limits of the benchmark verdict.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictFile {
    /// Least sum of maturities at which a young cohort is judged. 10 by default.
    #[schemars(range(max = 1_000_000), extend("exclusiveMinimum" = 0, "default" = LEAST_MATURITY))]
    pub least_maturity: Option<f64>,
    /// Confidence level of two-sided intervals. 0.9 by default.
    #[schemars(range(min = 0.5, max = 0.999), extend("default" = LEVEL))]
    pub level: Option<f64>,
    /// Largest share of MQLs older than `sla_days` that sales may leave untouched before the rate is said to speak of
    /// follow-up rather than of the criteria. 0.2 by default.
    #[schemars(range(min = 0, max = 1), extend("default" = MOST_UNTOUCHED))]
    pub most_untouched: Option<f64>,
}

/// How spend is set against MQLs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendFile {
    /// Days between the spend of a channel and its MQLs, for example `event = 35`: the spend of each day then counts so
    /// many days later. 0 by default.
    #[schemars(extend("x-key" = "channel"))]
    pub lag_days: Option<BTreeMap<Placed<String>, LagDays>>,
}

/// Days between spend and the MQLs that it brings.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct LagDays(#[schemars(range(min = 0, max = 365))] pub u32);

/// Settings of the threshold rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// Share of SQLs lost per week that an MQL waits for sales. 0.02 by default.
    #[schemars(range(min = 0), extend("exclusiveMaximum" = 1, "default" = DELAY_PER_WEEK))]
    pub delay_per_week: Option<f64>,
    /// Factor on the odds of an SQL in the careful variant of the rule. 0.7 by default.
    #[schemars(range(max = 1), extend("exclusiveMinimum" = 0, "default" = ODDS_FACTOR))]
    pub odds_factor: Option<f64>,
    /// Largest loosening in one step, as a share of the threshold. 0.2 by default.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "default" = NOTCH))]
    pub notch: Option<f64>,
    /// Seed of the random numbers: the same seed gives the same report. 1 by default.
    #[schemars(range(max = 9_007_199_254_740_991_u64), extend("default" = SEED))]
    pub seed: Option<u64>,
}

/// The names that may stand under `[sources]`.
fn table_names() -> Value {
    let mut tables = plan::Table::ALL;
    tables.sort();
    json!(tables.map(plan::Table::name))
}

/// The names that may stand under `stage_dates`.
fn stage_names() -> Value {
    json!(Stage::ALL.map(Stage::name))
}
