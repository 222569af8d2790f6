//! In which order does everything run? Plan → canonical tables → journeys → scores → facts → metrics and advice.

mod backtest;
mod calibrate;
mod evidence;
mod explore;
mod lives;
mod own;
mod past;
mod points;
mod recorded;
mod remarks;
mod reviews;
mod scores;
mod simulate;
mod traps;
mod tried;

use crate::calibration::evidence::Evidence;
use crate::calibration::refit::Patterns;
use crate::calibration::traps::counts::Counts as TrapCounts;
use crate::calibration::{Calibration, support};
use crate::config::plan::{Plan, Table};
use crate::engine::EngineError;
use crate::engine::catalogue::{self, Layer, QUERIES};
use crate::facts::{self, Event, Facts, Offences};
use crate::finding::Finding;
use crate::ingest::{self, IngestError, Ingested, Input, Mapping, Rejected};
use crate::metrics::{self, Availability, Known, Metrics};
use crate::replay::Journey;
use crate::vocabulary::{Day, Month};
use polars::prelude::DataFrame;
use std::collections::HashMap;

pub use backtest::{Tested, backtest};
pub use explore::{Candidate, Exploring, explore};
pub use lives::{Life, LifeExit, Lives, TouchKind, lives};
pub use own::{ChartWish, OwnCell, OwnColumn, OwnQuery, OwnTable, OwnUnit, RELATIONS, Relation};
pub use past::Past;
use past::failed;
pub use simulate::{Change, Moved, Simulated, simulate};

/// Days without an MQL entry after which another one is a new episode.
const RE_MQL_DAYS: i64 = 90;

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Reading failed.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Counting failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Everything lies after the last visible day.
    #[error(
        "nothing is to be seen through {as_of}: the data begin on {first}\n  help: choose a later day with --as-of, or as_of in the project file"
    )]
    Nothing {
        /// The last visible day.
        as_of: Day,
        /// The first day of the data.
        first: Day,
    },
    /// The month asked for is not complete, or lies before the data.
    #[error("{month} cannot be reported: the data go from {first} to {as_of}, so the last complete month is {last}\n  help: choose a month from {} to {last} with --month, or leave it out", first.month())]
    Month {
        /// The month.
        month: Month,
        /// The first day of the data.
        first: Day,
        /// The last visible day.
        as_of: Day,
        /// The last month that is complete.
        last: Month,
    },
    /// What was asked for cannot be done with these data.
    #[error("{what}: {why}")]
    Impossible {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}

/// Everything that a report is made of.
#[derive(Clone)]
pub struct Analysis {
    /// The last visible day.
    pub as_of: Day,
    /// The files.
    pub inputs: Vec<Input>,
    /// How columns were read.
    pub mappings: Vec<Mapping>,
    /// What was not used.
    pub rejected: Vec<Rejected>,
    /// What is wrong with the data.
    pub findings: Vec<Finding>,
    /// The counts.
    pub facts: Facts,
    /// The measures.
    pub metrics: Metrics,
    /// The judgement of the bar.
    pub calibration: Calibration,
    /// What the project's own SQL says, by file.
    pub own: Vec<OwnQuery>,
}

/// Reads, counts and judges. `step` is told what is going on, for a progress line.
pub fn run(plan: &Plan, step: &dyn Fn(&str)) -> Result<Analysis, RunError> {
    let mut data = ingest::read(plan, step)?;
    step("journeys");
    let as_of = data.as_of;
    if let Some(first) = first_day(&data).filter(|first| *first > as_of) {
        return Err(RunError::Nothing { as_of, first });
    }
    if let (Some(month), Some(first)) = (plan.month, first_day(&data)) {
        let last = metrics::last_complete_month(as_of);
        if month > last || month < first.month() {
            return Err(RunError::Month { month, first, as_of, last });
        }
    }
    let mut past = Past::new(plan, &data)?;
    let previous = reviews::previous(plan, &mut data, &mut past)?;
    let mut counted = count_in(&mut past, plan, &data)?;
    step("metrics");
    let known = known(&data, &counted.facts);
    let metrics = metrics::compute(&counted.facts, plan, as_of, known, &data.spend_missing);
    remarks::remark(&mut data, &counted, &metrics);
    step("calibration");
    let calibration = calibrate::calibrate(plan, &data, &mut past, &mut counted, &metrics, previous)?;
    let own = own::run(plan, &past, step);
    own::remark(&mut data.findings, &own);
    Ok(Analysis {
        as_of,
        inputs: data.inputs,
        mappings: data.mappings,
        rejected: data.rejected,
        findings: data.findings.into_vec(&plan.quality),
        facts: counted.facts,
        metrics,
        calibration,
        own,
    })
}

/// From which day to which the data go, as far as the project lets them be seen.
pub fn span(plan: &Plan, step: &dyn Fn(&str)) -> Result<(Day, Day), RunError> {
    let data = ingest::read(plan, step)?;
    let as_of = data.as_of;
    match first_day(&data) {
        Some(first) if first > as_of => Err(RunError::Nothing { as_of, first }),
        first => Ok((first.unwrap_or(as_of), as_of)),
    }
}

/// The first day of a lead or stage entry.
fn first_day(data: &Ingested) -> Option<Day> {
    let created = data.leads.created.iter().map(|when| when.day);
    created.chain(data.stages.iter().map(|entry| entry.entered.day)).min()
}

/// The last day of a lead, stage entry or action.
fn last_day(data: &Ingested) -> Option<Day> {
    let created = data.leads.created.iter().map(|when| when.day);
    let entered = data.stages.iter().map(|entry| entry.entered.day);
    created.chain(entered).chain(data.activities.day.iter().map(|day| Day(*day))).max()
}

/// The facts and the evidence of the bar.
pub struct Counted {
    /// The counts behind the metrics.
    pub facts: Facts,
    /// The counts behind the calibration.
    pub evidence: Evidence,
    /// The counts behind what is known below the bar.
    pub support: support::Counts,
    /// The counts behind the search for traps.
    pub traps: TrapCounts,
    /// The counts behind the points.
    pub patterns: Patterns,
    /// Why there is no evidence, if there is none.
    pub why_no_evidence: Option<String>,
    /// MQLs whose score could be replayed, and those of them below the bar.
    pub replayed: (u64, u64),
    /// What the queries on quality found, by code of the finding: of how many, and what.
    pub offences: Vec<(&'static str, u64, Offences)>,
    /// Leads that crossed the bar on replay and were never MQL, of all leads that count.
    pub crossed_without_mql: (u64, u64),
}

/// Runs every query, with the score replay between journeys and facts.
pub fn count(plan: &Plan, data: &Ingested) -> Result<Counted, EngineError> {
    count_in(&mut Past::new(plan, data)?, plan, data)
}

/// Counts what has been joined and scored.
fn count_in(past: &mut Past, plan: &Plan, data: &Ingested) -> Result<Counted, EngineError> {
    past.register_scores(data)?;
    past.register_traces(plan, data)?;
    let Past { engine, tables: joined, journeys, replayed, decided, .. } = past;
    let why_no_evidence = why_no_evidence(plan, data);
    let (recorded, recorded_bar) = recorded::table(plan, data, journeys, replayed, why_no_evidence.as_deref())
        .map_err(failed("recorded scores"))?;
    engine.register("recorded_scores", recorded);
    let mut heights: HashMap<&str, u64> = joined.iter().map(|(name, table)| (*name, table.height() as u64)).collect();
    let mut tables: HashMap<&str, DataFrame> = HashMap::new();
    for query in QUERIES.iter().filter(|query| query.layer == Layer::Facts) {
        let table = engine.create(query)?;
        heights.insert(query.name, table.height() as u64);
        tables.insert(query.name, table);
    }
    let table = |name: &str| &tables[catalogue::find(name).map_or("", |query| query.name)];
    let facts = Facts {
        transitions: facts::transitions(table("transitions"))?,
        volume: facts::volume(table("volume"))?,
        spend: facts::spend(table("acquisition"))?,
        revenue: facts::revenue(table("revenue"))?,
        scores: facts::scores(table("mql_scores"))?,
        worked_scores: facts::worked_scores(table("worked_scores"))?,
        recorded_agreement: facts::recorded_agreement(table("recorded_agreement"))?,
        recorded_outcomes: facts::recorded_outcomes(table("recorded_outcomes"))?,
        recorded_bar,
        remarks: facts::remarks(table("funnel_checks"))?,
        account_transitions: facts::transitions(table("account_transitions"))?,
        touches: facts::touches(table("touches"))?,
        responses: facts::responses(table("responses"))?,
        outcomes: facts::outcomes(table("outcomes"))?,
        dispositions: facts::dispositions(table("dispositions"))?,
        mqls_with_account: journeys
            .iter()
            .zip(&data.leads.account)
            .filter(|(journey, account)| journey.counts && journey.mql_day.is_some() && !account.is_empty())
            .count() as u64,
        table_rows: tables.iter().map(|(name, table)| (*name, table.height() as u64)).collect(),
    };
    let mut offences = Vec::new();
    for query in QUERIES.iter().filter(|query| query.layer == Layer::Quality) {
        let (Some(code), Some(of)) = (query.header("finding"), query.header("of")) else { continue };
        let of = facts.remarks.get(of).or_else(|| heights.get(of)).copied().unwrap_or(0);
        offences.push((code, of, facts::offences(query.name, &engine.create(query)?)?));
    }
    let evidence =
        evidence::evidence(plan, &plan.criteria, data, &tables, replayed.step).map_err(failed("evidence"))?;
    let support = evidence::support(journeys, &replayed.scores, table("support")).map_err(failed("support"))?;
    let traps = traps::counts(plan, data, &tables, replayed.step).map_err(failed("traps"))?;
    let bar = |journey: &Journey| {
        let version = plan.criteria.iter().rev().find(|version| match (version.effective_from, journey.mql_day) {
            (Some(from), Some(day)) => from <= day,
            _ => true,
        });
        version.or(plan.criteria.first()).map_or(f64::INFINITY, |version| version.threshold)
    };
    let mut at_mql = (0, 0);
    let mut crossed_without_mql = (0, 0);
    if why_no_evidence.is_none() {
        for (journey, score) in journeys.iter().zip(&replayed.scores).filter(|(journey, _)| journey.counts) {
            if let Some(score_then) = score.at_mql {
                at_mql.0 += 1;
                at_mql.1 += u64::from(score_then < bar(journey) - 1e-6);
            }
            crossed_without_mql.1 += 1;
            crossed_without_mql.0 += u64::from(score.first_crossing.is_some() && journey.mql_day.is_none());
        }
    }
    let patterns = points::patterns(decided, table("criterion_patterns")).map_err(failed("patterns"))?;
    Ok(Counted {
        facts,
        evidence,
        support,
        traps,
        patterns,
        why_no_evidence,
        replayed: at_mql,
        offences,
        crossed_without_mql,
    })
}

/// Why the bar cannot be judged from paths, if it cannot.
fn why_no_evidence(plan: &Plan, data: &Ingested) -> Option<String> {
    if plan.criteria.is_empty() {
        return Some("the project file names no [[criteria]]: points and threshold are needed to replay scores".into());
    }
    if plan.criteria.iter().all(|criteria| criteria.points.is_empty() && criteria.fit.is_empty()) {
        return Some("the [[criteria]] name a threshold and no points: without points no score can be replayed".into());
    }
    if data.activities.day.iter().all(|day| Day(*day) > data.as_of) {
        return Some("there are no activities: without them no score can be replayed".into());
    }
    None
}

/// What the project's tables allow to be known.
fn known(data: &Ingested, facts: &Facts) -> Known {
    let any = |remark: &str| facts.remarks.get(remark).copied().unwrap_or(0) > 0;
    let unknown = |why: &str| Availability::Unknown(why.to_string());
    let no_mqls = "no MQL dates were found: map your MQL stage under [stages] or give its date column under [sources.leads.stage_dates]";
    let mqls = if any("mql") { Availability::Known } else { unknown(no_mqls) };
    let sqls = if !any("mql") {
        unknown(no_mqls)
    } else if !any("sql_entry") {
        unknown("no SQL dates were found: the data have no stage between MQL and win")
    } else {
        Availability::Known
    };
    let won = facts.volume.iter().any(|row| row.event == Event::Customer);
    let customers = if won || data.present.contains(&Table::Deals) {
        Availability::Known
    } else {
        unknown("neither deals nor a customer stage were found")
    };
    let spend = if facts.spend.is_empty() { unknown("no spend was found") } else { Availability::Known };
    Known { mqls, sqls, customers, spend }
}
