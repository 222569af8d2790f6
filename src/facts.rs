//! The counts that all numbers are made of, as typed rows; checked on arrival. Their number does not grow with leads.

use crate::engine::{self, EngineError};
use crate::finding::masked;
use crate::vocabulary::{Day, Money, Month, Stage};
use polars::prelude::{DataFrame, PolarsResult};

/// What a lead goes through from a start to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transition {
    /// From creation to the first MQL.
    LeadToMql,
    /// From the first MQL to its SQL.
    MqlToSql,
    /// From the first MQL to its win.
    MqlToCustomer,
    /// From the first SQL to the first win.
    SqlToCustomer,
}

impl Transition {
    /// Every transition.
    pub const ALL: [Transition; 4] =
        [Transition::LeadToMql, Transition::MqlToSql, Transition::MqlToCustomer, Transition::SqlToCustomer];

    /// Its name in the queries and in `metrics.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Transition::LeadToMql => "lead_to_mql",
            Transition::MqlToSql => "mql_to_sql",
            Transition::MqlToCustomer => "mql_to_customer",
            Transition::SqlToCustomer => "sql_to_customer",
        }
    }
}

/// What became of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Arrived before the start: stays in the base, never converts.
    Before,
    /// Arrived after this many days.
    Converted(u32),
    /// Not arrived by the last visible day.
    Open,
}

/// A row of `transitions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransitionCount {
    /// Which transition.
    pub transition: Transition,
    /// First-touch channel.
    pub channel: String,
    /// The day of the start.
    pub start: Day,
    /// What became of it.
    pub outcome: Outcome,
    /// Leads.
    pub n: u64,
}

/// Something that happens to a lead in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Created.
    Lead,
    /// First MQL, recorded.
    Mql,
    /// First MQL, inferred from a later stage.
    InferredMql,
    /// A later MQL episode.
    ReMql,
    /// First SQL (or a later stage).
    Sql,
    /// First won.
    Customer,
}

/// A row of `volume`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VolumeCount {
    /// What happened.
    pub event: Event,
    /// In which month.
    pub month: Month,
    /// First-touch channel.
    pub channel: String,
    /// Leads.
    pub n: u64,
}

/// A row of `acquisition`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpendCount {
    /// The month.
    pub month: Month,
    /// The channel.
    pub channel: String,
    /// What was spent.
    pub amount: Money,
    /// Rows that take something back.
    pub n_negative: u64,
}

/// A row of `revenue`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RevenueCount {
    /// [`Event::Mql`], or [`Event::InferredMql`] where the person skipped the stage.
    pub event: Event,
    /// MQL month.
    pub month: Month,
    /// First-touch channel.
    pub channel: String,
    /// Band of the amount, 3 % wide; 0 = no amount, or 0.
    pub amount_band: i64,
    /// Won new-business deals, and customers without a deal.
    pub n: u64,
    /// Their amounts together.
    pub amount: Money,
}

/// A row of `mql_scores`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScoreCount {
    /// MQL month.
    pub month: Month,
    /// `floor(score / band width)` at the MQL moment.
    pub score_band: i64,
    /// Mature MQLs.
    pub n: u64,
    /// Of these, SQLs within the window.
    pub sqls: u64,
}

/// Who was worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worked {
    /// A recorded MQL.
    Mql,
    /// A lead below the bar, on purpose.
    Explored,
}

/// A row of `worked_scores`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkedCount {
    /// Who.
    pub kind: Worked,
    /// Month in which sales got the lead.
    pub month: Month,
    /// Band of its score then, from 0 points.
    pub band: i64,
    /// Leads whose window has passed.
    pub n: u64,
    /// Of these, SQLs within the window.
    pub sqls: u64,
}

/// The moment that a score in an export is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// When the lead became MQL.
    Mql,
    /// The day of the export.
    Today,
}

/// How a score in the export compares with the replayed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// Less than a point apart.
    Same,
    /// The export's is higher.
    Higher,
    /// The export's is lower.
    Lower,
}

/// A row of `recorded_agreement`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgreementCount {
    /// The moment of both.
    pub moment: Moment,
    /// Step of the score in the export.
    pub recorded_step: i64,
    /// Step of the replayed score.
    pub replayed_step: i64,
    /// How they compare.
    pub agreement: Agreement,
    /// Leads.
    pub n: u64,
}

/// Whether and when sales touched a first MQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    /// Touched first after this many days.
    After(u32),
    /// Disqualified or recycled without a touch.
    Closed,
    /// Neither so far.
    Waiting,
    /// Was an SQL before it was an MQL: with sales already.
    Before,
}

/// A row of `touches`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TouchCount {
    /// Day of the MQL.
    pub start: Day,
    /// First-touch channel.
    pub channel: String,
    /// Whether and when it was touched.
    pub touch: Touch,
    /// Leads.
    pub n: u64,
}

/// How sales responded to a first MQL, by the SLA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Response {
    /// A first touch within the SLA.
    InTime,
    /// A first touch after it.
    Late,
    /// No touch so far.
    Untouched,
}

/// When a first MQL was disqualified or recycled, before any SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exited {
    /// Within the SLA.
    Early,
    /// After it.
    Later,
    /// Not so far.
    No,
}

/// A row of `responses`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResponseCount {
    /// Day of the MQL.
    pub start: Day,
    /// How sales responded.
    pub response: Response,
    /// Whether it was turned down or sent back.
    pub exited: Exited,
    /// Whether a working or sal entry stands at or before the SQL, rather than later stages only.
    pub recorded: Recorded,
    /// What became of it.
    pub outcome: Outcome,
    /// Leads.
    pub n: u64,
}

/// Whether a touch proper stands in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorded {
    /// A working or sal entry, not later than the SQL.
    Yes,
    /// None.
    No,
}

/// What came first after a first MQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// An SQL after this many days.
    Sql(u32),
    /// Turned down after this many days.
    Disqualified(u32),
    /// Sent back after this many days.
    Recycled(u32),
    /// None of these so far.
    Open,
    /// Was an SQL before it was an MQL.
    Before,
}

/// A row of `outcomes`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FateCount {
    /// Day of the MQL.
    pub start: Day,
    /// What came first.
    pub fate: Fate,
    /// Leads.
    pub n: u64,
}

/// What came after a disqualification or a recycling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Later {
    /// Nothing so far.
    Nothing,
    /// An SQL after all, without another MQL.
    Sql,
    /// An MQL again.
    Back,
    /// An MQL again, and then an SQL.
    BackSql,
}

/// A row of `dispositions`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DispositionCount {
    /// Month of the exit.
    pub month: Month,
    /// Disqualified or recycled.
    pub stage: Stage,
    /// Why, in the export's words; addresses in it are masked, long ones cut.
    pub reason: String,
    /// What came after it.
    pub later: Later,
    /// Leads.
    pub n: u64,
}

/// Counts by remark on the funnel (`funnel_checks`).
pub type Remarks = std::collections::BTreeMap<String, u64>;

/// Everything that metrics are made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who started when, and who arrived after how many days.
    pub transitions: Vec<TransitionCount>,
    /// Who entered what in which month.
    pub volume: Vec<VolumeCount>,
    /// What was spent.
    pub spend: Vec<SpendCount>,
    /// What the MQLs' deals brought.
    pub revenue: Vec<RevenueCount>,
    /// Scores at the MQL moment and what became of them.
    pub scores: Vec<ScoreCount>,
    /// Scores of worked leads when sales got them, and what became of them.
    pub worked_scores: Vec<WorkedCount>,
    /// Scores in the export against replayed ones.
    pub recorded_agreement: Vec<AgreementCount>,
    /// Scores in the export at the MQL moment, and what became of the MQLs.
    pub recorded_outcomes: Vec<WorkedCount>,
    /// The bar that bands of recorded scores are measured by.
    pub recorded_bar: f64,
    /// Remarks on the funnel.
    pub remarks: Remarks,
    /// MQL→SQL as `transitions`, with accounts in place of leads.
    pub account_transitions: Vec<TransitionCount>,
    /// How soon first MQLs were touched.
    pub touches: Vec<TouchCount>,
    /// What became of them by how soon they were touched.
    pub responses: Vec<ResponseCount>,
    /// What came first: SQL, disqualification or recycling.
    pub outcomes: Vec<FateCount>,
    /// Why they were turned down or sent back.
    pub dispositions: Vec<DispositionCount>,
    /// First MQLs of leads whose account is known.
    pub mqls_with_account: u64,
    /// Rows of every fact table, those behind the calibration included, by its name.
    pub table_rows: std::collections::BTreeMap<&'static str, u64>,
}

/// What a query on quality found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offences {
    /// Rows, or what they stand for (`n`).
    pub n: u64,
    /// Of these, entries into the MQL stage, where rows are stage entries.
    pub mql_entries: u64,
    /// The first three by name.
    pub examples: Vec<String>,
}

/// Reads the rows of a fact table; what is not as the contract says is an error that names the query.
fn rows<T>(
    query: &str,
    table: &DataFrame,
    read: impl Fn(&DataFrame) -> PolarsResult<Vec<T>>,
) -> Result<Vec<T>, EngineError> {
    read(table).map_err(|why| EngineError { query: query.to_string(), why })
}

/// Reads `transitions`, or `account_transitions`, which has its form.
pub fn transitions(table: &DataFrame) -> Result<Vec<TransitionCount>, EngineError> {
    let mut all = rows("transitions", table, |table| {
        let names = engine::texts(table, "transition")?;
        let channels = engine::texts(table, "channel")?;
        let starts = engine::integers(table, "start_day")?;
        let outcomes = engine::texts(table, "outcome")?;
        let lags = engine::integers(table, "lag_days")?;
        let counts = engine::integers(table, "n")?;
        let mut all = Vec::new();
        for i in 0..table.height() {
            let Some(transition) = Transition::ALL.into_iter().find(|transition| transition.name() == names[i]) else {
                continue;
            };
            let outcome = match (outcomes[i].as_str(), lags[i]) {
                ("converted", Some(lag)) => Outcome::Converted(lag.max(0) as u32),
                ("before", _) => Outcome::Before,
                _ => Outcome::Open,
            };
            all.push(TransitionCount {
                transition,
                channel: channels[i].clone(),
                start: Day(starts[i].unwrap_or_default() as i32),
                outcome,
                n: counts[i].unwrap_or_default() as u64,
            });
        }
        Ok(all)
    })?;
    all.sort();
    Ok(all)
}

/// Reads `touches`.
pub fn touches(table: &DataFrame) -> Result<Vec<TouchCount>, EngineError> {
    let mut all = rows("touches", table, |table| {
        let starts = engine::integers(table, "mql_day")?;
        let channels = engine::texts(table, "channel")?;
        let states = engine::texts(table, "state")?;
        let lags = engine::integers(table, "lag_days")?;
        let counts = engine::integers(table, "n")?;
        let touch = |i: usize| match (states[i].as_str(), lags[i]) {
            ("before", _) => Touch::Before,
            ("touched", Some(lag)) => Touch::After(lag.max(0) as u32),
            ("closed", _) => Touch::Closed,
            _ => Touch::Waiting,
        };
        let row = |i: usize| TouchCount {
            start: Day(starts[i].unwrap_or_default() as i32),
            channel: channels[i].clone(),
            touch: touch(i),
            n: counts[i].unwrap_or_default() as u64,
        };
        Ok((0..table.height()).map(row).collect())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `responses`.
pub fn responses(table: &DataFrame) -> Result<Vec<ResponseCount>, EngineError> {
    let mut all = rows("responses", table, |table| {
        let starts = engine::integers(table, "mql_day")?;
        let responses = engine::texts(table, "response")?;
        let exits = engine::texts(table, "exited")?;
        let recorded = engine::texts(table, "recorded")?;
        let outcomes = engine::texts(table, "outcome")?;
        let lags = engine::integers(table, "lag_days")?;
        let counts = engine::integers(table, "n")?;
        let row = |i: usize| ResponseCount {
            start: Day(starts[i].unwrap_or_default() as i32),
            response: match responses[i].as_str() {
                "in_time" => Response::InTime,
                "late" => Response::Late,
                _ => Response::Untouched,
            },
            exited: match exits[i].as_str() {
                "early" => Exited::Early,
                "later" => Exited::Later,
                _ => Exited::No,
            },
            recorded: if recorded[i] == "yes" { Recorded::Yes } else { Recorded::No },
            outcome: match (outcomes[i].as_str(), lags[i]) {
                ("converted", Some(lag)) => Outcome::Converted(lag.max(0) as u32),
                ("before", _) => Outcome::Before,
                _ => Outcome::Open,
            },
            n: counts[i].unwrap_or_default() as u64,
        };
        Ok((0..table.height()).map(row).collect())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `outcomes`.
pub fn outcomes(table: &DataFrame) -> Result<Vec<FateCount>, EngineError> {
    let mut all = rows("outcomes", table, |table| {
        let starts = engine::integers(table, "mql_day")?;
        let outcomes = engine::texts(table, "outcome")?;
        let lags = engine::integers(table, "lag_days")?;
        let counts = engine::integers(table, "n")?;
        // An exit on the MQL's own day whose hour is not known can lie hours before it: the same day is day 0.
        let fate = |i: usize| match (outcomes[i].as_str(), lags[i].map(|lag| lag.max(0) as u32)) {
            ("sql", Some(lag)) => Fate::Sql(lag),
            ("disqualified", Some(lag)) => Fate::Disqualified(lag),
            ("recycled", Some(lag)) => Fate::Recycled(lag),
            ("before", _) => Fate::Before,
            _ => Fate::Open,
        };
        let row = |i: usize| FateCount {
            start: Day(starts[i].unwrap_or_default() as i32),
            fate: fate(i),
            n: counts[i].unwrap_or_default() as u64,
        };
        Ok((0..table.height()).map(row).collect())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `dispositions`: reasons are free text, so addresses in them are masked and long ones cut; what is then alike is one.
pub fn dispositions(table: &DataFrame) -> Result<Vec<DispositionCount>, EngineError> {
    let all = rows("dispositions", table, |table| {
        let months = engine::integers(table, "month")?;
        let stages = engine::texts(table, "stage")?;
        let reasons = engine::texts(table, "reason")?;
        let later = engine::texts(table, "later")?;
        let counts = engine::integers(table, "n")?;
        let row = |i: usize| DispositionCount {
            month: Month(months[i].unwrap_or_default() as i32),
            stage: if stages[i] == Stage::Recycled.name() { Stage::Recycled } else { Stage::Disqualified },
            reason: masked(&reasons[i]),
            later: match later[i].as_str() {
                "sql" => Later::Sql,
                "back" => Later::Back,
                "back_sql" => Later::BackSql,
                _ => Later::Nothing,
            },
            n: counts[i].unwrap_or_default() as u64,
        };
        Ok((0..table.height()).map(row).collect::<Vec<_>>())
    })?;
    let mut alike = std::collections::BTreeMap::new();
    for row in all {
        *alike.entry((row.month, row.stage, row.reason, row.later)).or_insert(0) += row.n;
    }
    let count = |((month, stage, reason, later), n)| DispositionCount { month, stage, reason, later, n };
    Ok(alike.into_iter().map(count).collect())
}

/// Reads the result of a query on quality.
pub fn offences(query: &str, table: &DataFrame) -> Result<Offences, EngineError> {
    let is_there = |column: &str| table.get_column_names().iter().any(|name| name.as_str() == column);
    let mut all = rows(query, table, |table| {
        let mut found = Offences { n: table.height() as u64, ..Offences::default() };
        if is_there("n") {
            found.n = engine::integers(table, "n")?.into_iter().flatten().sum::<i64>() as u64;
        }
        if is_there("stage") {
            found.mql_entries = engine::texts(table, "stage")?.iter().filter(|stage| *stage == "mql").count() as u64;
        }
        found.examples = engine::labels(table, "example")?;
        Ok(vec![found])
    })?;
    let mut found = all.pop().unwrap_or_default();
    found.examples.sort();
    found.examples.dedup();
    found.examples.truncate(3);
    found.examples = found.examples.iter().map(|example| masked(example)).collect();
    Ok(found)
}

/// Reads `volume`.
pub fn volume(table: &DataFrame) -> Result<Vec<VolumeCount>, EngineError> {
    let mut all = rows("volume", table, |table| {
        let events = engine::texts(table, "event")?;
        let months = engine::integers(table, "month")?;
        let channels = engine::texts(table, "channel")?;
        let counts = engine::integers(table, "n")?;
        let mut all = Vec::new();
        for i in 0..table.height() {
            let event = match events[i].as_str() {
                "lead" => Event::Lead,
                "mql" => Event::Mql,
                "inferred_mql" => Event::InferredMql,
                "re_mql" => Event::ReMql,
                "sql" => Event::Sql,
                _ => Event::Customer,
            };
            all.push(VolumeCount {
                event,
                month: Month(months[i].unwrap_or_default() as i32),
                channel: channels[i].clone(),
                n: counts[i].unwrap_or_default() as u64,
            });
        }
        Ok(all)
    })?;
    all.sort();
    Ok(all)
}

/// Reads `acquisition`.
pub fn spend(table: &DataFrame) -> Result<Vec<SpendCount>, EngineError> {
    let mut all = rows("acquisition", table, |table| {
        let months = engine::integers(table, "month")?;
        let channels = engine::texts(table, "channel")?;
        let amounts = engine::integers(table, "amount")?;
        let negative = engine::integers(table, "n_negative")?;
        Ok((0..table.height())
            .map(|i| SpendCount {
                month: Month(months[i].unwrap_or_default() as i32),
                channel: channels[i].clone(),
                amount: Money(amounts[i].unwrap_or_default()),
                n_negative: negative[i].unwrap_or_default() as u64,
            })
            .collect::<Vec<_>>())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `revenue`.
pub fn revenue(table: &DataFrame) -> Result<Vec<RevenueCount>, EngineError> {
    let mut all = rows("revenue", table, |table| {
        let events = engine::texts(table, "event")?;
        let months = engine::integers(table, "month")?;
        let channels = engine::texts(table, "channel")?;
        let bands = engine::integers(table, "amount_band")?;
        let amounts = engine::integers(table, "amount")?;
        let counts = engine::integers(table, "n")?;
        Ok((0..table.height())
            .map(|i| RevenueCount {
                event: if events[i] == "mql" { Event::Mql } else { Event::InferredMql },
                month: Month(months[i].unwrap_or_default() as i32),
                channel: channels[i].clone(),
                amount_band: bands[i].unwrap_or_default(),
                n: counts[i].unwrap_or_default() as u64,
                amount: Money(amounts[i].unwrap_or_default()),
            })
            .collect::<Vec<_>>())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `mql_scores`.
pub fn scores(table: &DataFrame) -> Result<Vec<ScoreCount>, EngineError> {
    let cells = rows("mql_scores", table, |table| {
        let months = engine::integers(table, "month")?;
        let bands = engine::integers(table, "score_band")?;
        let outcomes = engine::texts(table, "outcome")?;
        let counts = engine::integers(table, "n")?;
        Ok((0..table.height())
            .map(|i| (months[i].unwrap_or_default(), bands[i].unwrap_or_default(), outcomes[i].clone(), counts[i]))
            .collect::<Vec<_>>())
    })?;
    let mut by_band = std::collections::BTreeMap::new();
    for (month, band, outcome, n) in cells {
        let entry = by_band.entry((month, band)).or_insert((0, 0));
        let n = n.unwrap_or_default() as u64;
        entry.0 += n;
        entry.1 += if outcome == "converted" { n } else { 0 };
    }
    let count = |((month, score_band), (n, sqls))| ScoreCount { month: Month(month as i32), score_band, n, sqls };
    Ok(by_band.into_iter().map(count).collect())
}

/// Reads `worked_scores`.
pub fn worked_scores(table: &DataFrame) -> Result<Vec<WorkedCount>, EngineError> {
    let kinds = rows("worked_scores", table, |table| engine::texts(table, "kind"))?;
    let kinds = kinds.iter().map(|kind| if kind == "mql" { Worked::Mql } else { Worked::Explored });
    by_band("worked_scores", table, kinds.collect())
}

/// Reads `recorded_outcomes`.
pub fn recorded_outcomes(table: &DataFrame) -> Result<Vec<WorkedCount>, EngineError> {
    by_band("recorded_outcomes", table, vec![Worked::Mql; table.height()])
}

/// Rows by month, band and outcome, the outcomes side by side.
fn by_band(query: &str, table: &DataFrame, kinds: Vec<Worked>) -> Result<Vec<WorkedCount>, EngineError> {
    let mut cells = std::collections::BTreeMap::new();
    rows(query, table, |table| {
        let months = engine::integers(table, "month")?;
        let bands = engine::integers(table, "band")?;
        let counts = engine::integers(table, "n")?;
        let outcomes = engine::texts(table, "outcome")?;
        Ok((0..table.height())
            .map(|i| {
                let key = (kinds[i], Month(months[i].unwrap_or_default() as i32), bands[i].unwrap_or_default());
                (key, outcomes[i] == "converted", counts[i].unwrap_or_default() as u64)
            })
            .collect::<Vec<_>>())
    })?
    .into_iter()
    .for_each(|(key, is_sql, n)| {
        let entry: &mut (u64, u64) = cells.entry(key).or_default();
        entry.0 += n;
        entry.1 += if is_sql { n } else { 0 };
    });
    let count = |((kind, month, band), (n, sqls))| WorkedCount { kind, month, band, n, sqls };
    Ok(cells.into_iter().map(count).collect())
}

/// Reads `recorded_agreement`.
pub fn recorded_agreement(table: &DataFrame) -> Result<Vec<AgreementCount>, EngineError> {
    let mut all = rows("recorded_agreement", table, |table| {
        let moments = engine::texts(table, "moment")?;
        let recorded = engine::integers(table, "recorded_step")?;
        let replayed = engine::integers(table, "replayed_step")?;
        let agreements = engine::texts(table, "agreement")?;
        let counts = engine::integers(table, "n")?;
        let row = |i: usize| AgreementCount {
            moment: if moments[i] == "mql" { Moment::Mql } else { Moment::Today },
            recorded_step: recorded[i].unwrap_or_default(),
            replayed_step: replayed[i].unwrap_or_default(),
            agreement: match agreements[i].as_str() {
                "same" => Agreement::Same,
                "higher" => Agreement::Higher,
                _ => Agreement::Lower,
            },
            n: counts[i].unwrap_or_default() as u64,
        };
        Ok((0..table.height()).map(row).collect::<Vec<_>>())
    })?;
    all.sort();
    Ok(all)
}

/// Reads `funnel_checks`.
pub fn remarks(table: &DataFrame) -> Result<Remarks, EngineError> {
    let all = rows("funnel_checks", table, |table| {
        let names = engine::texts(table, "remark")?;
        let counts = engine::integers(table, "n")?;
        Ok(names.into_iter().zip(counts).map(|(name, n)| (name, n.unwrap_or_default() as u64)).collect::<Vec<_>>())
    })?;
    Ok(all.into_iter().collect())
}
