//! In which order does everything run? Plan → canonical tables → journeys → scores → facts → metrics and advice.

use crate::calibration::evidence::{
    BandCount, ConvertedCount, CrossedCount, Evidence, ExploredCount, OpenCount, WEEKS,
};
use crate::calibration::{self, Calibration};
use crate::config::plan::{DateOrder, People, Plan, Table};
use crate::engine::catalogue::{self, Layer, QUERIES};
use crate::engine::{self, Embedded, EngineError};
use crate::facts::{self, Event, Facts, Offences};
use crate::finding::{Finding, masked};
use crate::ingest::coerce::Clock;
use crate::ingest::frames::{self, integers, texts};
use crate::ingest::{self, IngestError, Ingested, Input, Mapping, Rejected};
use crate::metrics::{self, Availability, Known, Metrics};
use crate::replay::{self, Below, End, Explored, Journey, Replayed, Score, Settings};
use crate::vocabulary::{Day, Month, Stage};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::HashMap;

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
}

/// Everything that a report is made of.
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
    let mut counted = count(plan, &data)?;
    step("metrics");
    let known = known(&data, &counted.facts);
    let metrics = metrics::compute(&counted.facts, plan, as_of, known, &data.spend_missing);
    remark(&mut data, &counted, &metrics);
    step("calibration");
    let calibration =
        calibration::judge(plan, as_of, &counted.evidence, &counted.facts, counted.why_no_evidence.take());
    Ok(Analysis {
        as_of,
        inputs: data.inputs,
        mappings: data.mappings,
        rejected: data.rejected,
        findings: data.findings.into_vec(&plan.quality),
        facts: counted.facts,
        metrics,
        calibration,
    })
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
    let failed = |query: &str| {
        let query = query.to_string();
        move |why| EngineError { query, why }
    };
    let Joined { mut engine, tables: joined, journeys, replayed } = join(plan, data)?;
    let mut heights: HashMap<&str, u64> = joined.iter().map(|(name, table)| (*name, table.height() as u64)).collect();
    for (name, table) in score_tables(data, &journeys, &replayed).map_err(failed("scores"))? {
        engine.register(name, table);
    }
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
    let evidence = evidence(plan, data, &tables, replayed.step).map_err(failed("evidence"))?;
    let why_no_evidence = why_no_evidence(plan, data);
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
    Ok(Counted { facts, evidence, why_no_evidence, replayed: at_mql, offences, crossed_without_mql })
}

/// What stands before the facts: a row a lead or less, and the scores.
struct Joined {
    engine: Embedded,
    /// The canonical tables and the results of the queries of the model and the journeys.
    tables: HashMap<&'static str, DataFrame>,
    journeys: Vec<Journey>,
    replayed: Replayed,
}

/// Runs the queries of the model and the journeys, and the score replay.
fn join(plan: &Plan, data: &Ingested) -> Result<Joined, EngineError> {
    let failed = |query: &str| {
        let query = query.to_string();
        move |why| EngineError { query, why }
    };
    let mut engine = Embedded::default();
    let mut tables: HashMap<&'static str, DataFrame> = HashMap::new();
    for (name, table) in frames::canonical(data).map_err(failed("canonical tables"))? {
        engine.register(name, table.clone());
        tables.insert(name, table);
    }
    for (name, table) in settings_tables(plan, data).map_err(failed("settings"))? {
        engine.register(name, table);
    }
    for query in QUERIES.iter().filter(|query| matches!(query.layer, Layer::Model | Layer::Journeys)) {
        tables.insert(query.name, engine.create(query)?);
    }
    let journeys = journeys(&tables["journeys"], data).map_err(failed("journeys"))?;
    let clock = Clock { project: plan.timezone, source: plan.timezone, order: None::<DateOrder> };
    let window_days = plan.windows.mql_to_sql_days as i32;
    let settings = Settings { criteria: &plan.criteria, clock, as_of: data.as_of, window_days };
    let replayed = replay::replay(&data.leads, &data.activities, &journeys, &settings);
    Ok(Joined { engine, tables, journeys, replayed })
}

/// What has happened to one person, for lists of people. Rates are made of [`Facts`].
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// The id.
    pub id: String,
    /// First-touch channel.
    pub channel: String,
    /// Name, where names are asked for.
    pub name: String,
    /// Address, where addresses are asked for.
    pub address: String,
    /// Company, where names are asked for.
    pub account: String,
    /// Beginnings of MQL episodes, oldest first: day and instant.
    pub mqls: Vec<(Day, i64)>,
    /// Touches by sales (working, sal, what was explored included), oldest first.
    pub touches: Vec<(Day, TouchKind)>,
    /// Arrivals at SQL or beyond, oldest first.
    pub arrivals: Vec<Day>,
    /// Disqualifications and recyclings, oldest first.
    pub exits: Vec<LifeExit>,
    /// Days on which the person asked for sales, oldest first.
    pub requests: Vec<Day>,
    /// Score at the first MQL.
    pub score_at_mql: Option<f64>,
}

/// Whether a touch is one of an MQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchKind {
    /// As any.
    Usual,
    /// Worked on purpose below the bar.
    Explored,
}

/// A disqualification or a recycling.
#[derive(Clone, Debug)]
pub struct LifeExit {
    /// Which of the two.
    pub stage: Stage,
    /// The day.
    pub day: Day,
    /// The day's last second where only the day is known.
    pub until_s: i64,
    /// Why, masked.
    pub reason: String,
}

/// What lists of people are made of.
pub struct Lives {
    /// The last visible day.
    pub as_of: Day,
    /// The first day of the data.
    pub first: Option<Day>,
    /// The last day of the data, whatever can be seen of it.
    pub last: Option<Day>,
    /// The files.
    pub inputs: Vec<Input>,
    /// What is wrong with the data, as far as reading them shows.
    pub findings: Vec<Finding>,
    /// The people that count, by id.
    pub lives: Vec<Life>,
    /// The type of action that asks for sales, if one is known and occurs.
    pub hand_raiser: Option<String>,
    /// The bar in force, and since when, if there are criteria and scores.
    pub bar: Option<(f64, Option<Day>)>,
}

/// Reads what has happened to each person.
pub fn lives(plan: &Plan, step: &dyn Fn(&str)) -> Result<Lives, RunError> {
    let data = ingest::read(plan, step)?;
    step("journeys");
    let as_of = data.as_of;
    let first = first_day(&data);
    if let Some(first) = first.filter(|first| *first > as_of) {
        return Err(RunError::Nothing { as_of, first });
    }
    let joined = join(plan, &data)?;
    let failed = |why| EngineError { query: "lives".to_string(), why };
    let current = replay::current(&plan.criteria, as_of);
    let with_most_points = || {
        let points = current.map(|criteria| &criteria.points)?;
        let most = points.iter().filter(|(_, points)| **points > 0.0).max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(most.0.clone())
    };
    let hand_raiser = plan.funnel.hand_raiser.clone().or_else(with_most_points);
    let lives = read_lives(plan, &data, &joined, hand_raiser.as_deref()).map_err(failed)?;
    let is_there = |name: &String| data.activities.types.iter().any(|kind| kind.eq_ignore_ascii_case(name));
    let scored = why_no_evidence(plan, &data).is_none();
    Ok(Lives {
        as_of,
        first,
        last: last_day(&data),
        lives,
        hand_raiser: hand_raiser.filter(is_there),
        bar: current.filter(|_| scored).map(|criteria| (criteria.threshold, criteria.effective_from)),
        inputs: data.inputs,
        findings: data.findings.into_vec(&plan.quality),
    })
}

fn read_lives(plan: &Plan, data: &Ingested, joined: &Joined, hand_raiser: Option<&str>) -> PolarsResult<Vec<Life>> {
    let leads = &data.leads;
    let index: HashMap<&str, usize> = leads.id.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let mut lives: Vec<Option<Life>> = vec![None; leads.id.len()];
    let attribute = |name: &str, lead: usize| leads.attributes.get(name).and_then(|values| values.get(lead)).cloned();
    for (lead, _) in joined.journeys.iter().enumerate().filter(|(_, journey)| journey.counts) {
        let mut life = Life { id: leads.id[lead].clone(), channel: leads.channel[lead].clone(), ..Life::default() };
        life.score_at_mql = joined.replayed.scores.get(lead).and_then(|score| score.at_mql);
        if plan.people == People::ByName {
            let parts: Vec<String> = ingest::NAMES.iter().filter_map(|name| attribute(name, lead)).collect();
            life.name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            life.address = attribute(ingest::ADDRESS, lead).unwrap_or_default();
            life.account = leads.account[lead].clone();
        }
        lives[lead] = Some(life);
    }
    let day = |value: Option<i64>| Day(value.unwrap_or_default() as i32);
    let table = |name: &str| &joined.tables[name];
    let life_of = |lives: &mut Vec<Option<Life>>, id: &str, change: &mut dyn FnMut(&mut Life)| {
        if let Some(life) = index.get(id).and_then(|lead| lives.get_mut(*lead)).and_then(Option::as_mut) {
            change(life);
        }
    };
    let episodes = table("mql_episodes");
    let ids = engine::texts(episodes, "lead_id")?;
    let (days, seconds) = (engine::integers(episodes, "mql_day")?, engine::integers(episodes, "mql_s")?);
    for (row, id) in ids.iter().enumerate() {
        life_of(&mut lives, id, &mut |life| life.mqls.push((day(days[row]), seconds[row].unwrap_or_default())));
    }
    let entries = table("stage_entries");
    let (ids, stages) = (engine::texts(entries, "lead_id")?, engine::texts(entries, "stage")?);
    let (days, until) = (engine::integers(entries, "entered_day")?, engine::integers(entries, "entered_until_s")?);
    let reasons = engine::texts(entries, "reason")?;
    for (row, id) in ids.iter().enumerate() {
        let on = day(days[row]);
        life_of(&mut lives, id, &mut |life| match stages[row].parse() {
            Ok(Stage::Working | Stage::Sal) => {
                let kind = if reasons[row] == "exploration" { TouchKind::Explored } else { TouchKind::Usual };
                life.touches.push((on, kind));
            }
            Ok(stage @ (Stage::Disqualified | Stage::Recycled)) => life.exits.push(LifeExit {
                stage,
                day: on,
                until_s: until[row].unwrap_or_default(),
                reason: masked(&reasons[row]),
            }),
            _ => {}
        });
    }
    let arrivals = table("arrivals");
    let (ids, days) = (engine::texts(arrivals, "lead_id")?, engine::integers(arrivals, "arrived_day")?);
    for (row, id) in ids.iter().enumerate() {
        life_of(&mut lives, id, &mut |life| life.arrivals.push(day(days[row])));
    }
    let activities = &data.activities;
    let asks: Vec<bool> = activities
        .types
        .iter()
        .map(|kind| hand_raiser.is_some_and(|wanted| kind.eq_ignore_ascii_case(wanted)))
        .collect();
    for (row, kind) in activities.kind.iter().enumerate() {
        let on = Day(activities.day[row]);
        if asks[*kind as usize]
            && on <= data.as_of
            && let Some(life) = lives[activities.lead[row] as usize].as_mut()
        {
            life.requests.push(on);
        }
    }
    let mut lives: Vec<Life> = lives.into_iter().flatten().collect();
    for life in &mut lives {
        life.mqls.sort_unstable();
        life.touches.sort_by_key(|(on, _)| *on);
        life.arrivals.sort_unstable();
        life.exits.sort_by(|a, b| (a.day, a.until_s, a.stage).cmp(&(b.day, b.until_s, b.stage)));
        life.requests.sort_unstable();
    }
    lives.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(lives)
}

/// Why the bar cannot be judged from paths, if it cannot.
fn why_no_evidence(plan: &Plan, data: &Ingested) -> Option<String> {
    if plan.criteria.is_empty() {
        return Some("the project file names no [[criteria]]: points and threshold are needed to replay scores".into());
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

/// Configuration as tables: `run` (one row), `stages`, `calendar`, `weeks`.
fn settings_tables(plan: &Plan, data: &Ingested) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    let as_of = data.as_of;
    let criteria_from = replay::current_from(&plan.criteria, as_of).unwrap_or(Day(-100_000));
    let one = |name: &'static str, value: i64| integers(name, std::iter::once(Some(value)));
    let run = DataFrame::new_infer_height(vec![
        one("as_of_day", i64::from(as_of.0)),
        one("re_mql_days", RE_MQL_DAYS),
        one("mql_to_sql_days", i64::from(plan.windows.mql_to_sql_days)),
        one("sla_days", i64::from(plan.funnel.sla_days)),
        one("criteria_from_day", i64::from(criteria_from.0)),
    ])?;
    let stages = DataFrame::new_infer_height(vec![
        texts("stage", Stage::ALL.iter()),
        integers("position", Stage::ALL.iter().map(|stage| Some(*stage as i64))),
    ])?;
    let days = data.leads.created.iter().map(|when| when.day);
    let first = days.chain(data.stages.iter().map(|entry| entry.entered.day)).filter(|day| *day <= as_of);
    let first = first.chain(data.deals.iter().filter_map(|deal| deal.closed).map(|when| when.day)).min();
    let calendar = frames::calendar(first.unwrap_or(as_of).min(as_of), as_of)?;
    let weeks = DataFrame::new_infer_height(vec![
        integers("week", (0..WEEKS as i64).map(Some)),
        integers("block", (0..WEEKS).map(|week| Some(calibration::block(week) as i64))),
    ])?;
    Ok(vec![("run", run), ("stages", stages), ("calendar", calendar), ("weeks", weeks)])
}

/// The journeys in the order of the leads.
fn journeys(table: &DataFrame, data: &Ingested) -> PolarsResult<Vec<Journey>> {
    let index: HashMap<&str, usize> = data.leads.id.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let mut journeys = vec![Journey::default(); data.leads.id.len()];
    let day = |name: &str| -> PolarsResult<Vec<Option<Day>>> {
        Ok(engine::integers(table, name)?.into_iter().map(|day| day.map(|day| Day(day as i32))).collect())
    };
    let ids = engine::texts(table, "lead_id")?;
    let (mql_day, sql_day, pass_sql_day, explored_day) =
        (day("mql_day")?, day("sql_day")?, day("pass_sql_day")?, day("explored_day")?);
    let seconds = |name: &str| engine::integers(table, name);
    let (mql_s, until_s) = (seconds("mql_s")?, seconds("mql_until_s")?);
    let (pass_sql_s, explored_s) = (seconds("pass_sql_s")?, seconds("explored_s")?);
    for (row, id) in ids.iter().enumerate() {
        if let Some(lead) = index.get(id.as_str()) {
            journeys[*lead] = Journey {
                counts: true,
                mql_day: mql_day[row],
                mql_s: mql_s[row],
                mql_until_s: until_s[row],
                sql_day: sql_day[row],
                pass_sql_day: pass_sql_day[row],
                pass_sql_s: pass_sql_s[row],
                explored_day: explored_day[row],
                explored_s: explored_s[row],
            };
        }
    }
    Ok(journeys)
}

/// The replay's tables: `scores` (a row a lead), `paths`, `crossings`, `criterion_counts`.
fn score_tables(
    data: &Ingested,
    journeys: &[Journey],
    replayed: &Replayed,
) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    let step = replayed.step;
    let rows: Vec<(&String, &Journey, &Score)> = data
        .leads
        .id
        .iter()
        .zip(journeys)
        .zip(&replayed.scores)
        .map(|((id, journey), score)| (id, journey, score))
        .filter(|(_, journey, _)| journey.counts)
        .collect();
    let number = |name: &'static str, read: &dyn Fn(&Journey, &Score) -> Option<i64>| {
        integers(name, rows.iter().map(|(_, journey, score)| read(journey, score)))
    };
    let hundredths = |score: f64| (score * 100.0).round() as i64;
    let ended = |end: &End| match end {
        End::Open { band } => ("open", WEEKS as i64, *band as i64),
        End::Converted { week, band } => ("converted", *week as i64, *band as i64),
    };
    let words = |name: &'static str, read: &dyn Fn(&Score) -> Option<&'static str>| {
        frames::optional_texts(name, rows.iter().map(|(_, _, score)| read(score)))
    };
    let scores_table = DataFrame::new_infer_height(vec![
        texts("lead_id", rows.iter().map(|(id, _, _)| *id)),
        number("mql_day", &|journey, _| journey.mql_day.map(|day| i64::from(day.0))),
        number("peak_score", &|_, score| score.peak.map(hundredths)),
        number("first_crossing_day", &|_, score| score.first_crossing.map(|day| i64::from(day.0))),
        number("score_at_mql", &|_, score| score.at_mql.map(hundredths)),
        number("score_band", &|_, score| score.at_mql.map(|at| (at / step + 1e-9).floor() as i64)),
        number("age_class", &|_, score| score.age_class.map(i64::from)),
        words("outcome", &|score| score.end.as_ref().map(|end| ended(end).0)),
        number("end_week", &|_, score| score.end.as_ref().map(|end| ended(end).1)),
        number("end_band", &|_, score| score.end.as_ref().map(|end| ended(end).2)),
        words("below_kind", &|score| {
            score.below.map(|below| match below {
                Below::Peak(_) => "peak",
                Below::Mql => "mql",
            })
        }),
        number("below_band", &|_, score| {
            score.below.map(|below| match below {
                Below::Peak(band) => band as i64,
                Below::Mql => 0,
            })
        }),
        words("explored_kind", &|score| {
            score.explored.map(|(_, _, outcome)| match outcome {
                Explored::Sql => "explored_sql",
                Explored::Open => "explored_open",
            })
        }),
        number("explored_day", &|_, score| score.explored.map(|(day, _, _)| i64::from(day.0))),
        number("explored_band", &|_, score| score.explored.map(|(_, band, _)| band as i64)),
    ])?;
    let moves: Vec<(&String, usize, usize, usize)> = rows
        .iter()
        .flat_map(|(id, _, score)| {
            score.weeks.windows(2).enumerate().map(move |(week, bands)| (*id, week, bands[0], bands[1]))
        })
        .collect();
    let paths = DataFrame::new_infer_height(vec![
        texts("lead_id", moves.iter().map(|(id, ..)| id)),
        integers("week", moves.iter().map(|(_, week, ..)| Some(*week as i64))),
        integers("band", moves.iter().map(|(_, _, band, _)| Some(*band as i64))),
        integers("next_band", moves.iter().map(|(.., next)| Some(*next as i64))),
    ])?;
    let crossed: Vec<(&String, usize, u32)> = rows
        .iter()
        .flat_map(|(id, _, score)| score.crossings.iter().enumerate().map(move |(band, days)| (*id, band, *days)))
        .collect();
    let crossings = DataFrame::new_infer_height(vec![
        texts("lead_id", crossed.iter().map(|(id, ..)| id)),
        integers("band", crossed.iter().map(|(_, band, _)| Some(*band as i64))),
        integers("wait_days", crossed.iter().map(|(.., days)| Some(i64::from(*days)))),
    ])?;
    let counted: Vec<(&String, u32, u32)> = rows
        .iter()
        .flat_map(|(id, _, score)| score.counts_at_mql.iter().map(move |(kind, n)| (*id, *kind, *n)))
        .collect();
    let criterion_counts = DataFrame::new_infer_height(vec![
        texts("lead_id", counted.iter().map(|(id, ..)| id)),
        texts("type", counted.iter().map(|(_, kind, _)| &data.activities.types[*kind as usize])),
        integers("n", counted.iter().map(|(.., n)| Some(i64::from(*n)))),
    ])?;
    Ok(vec![
        ("scores", scores_table),
        ("paths", paths),
        ("crossings", crossings),
        ("criterion_counts", criterion_counts),
    ])
}

/// The counts behind the calibration, as the rule wants them.
fn evidence(plan: &Plan, data: &Ingested, tables: &HashMap<&str, DataFrame>, step: f64) -> PolarsResult<Evidence> {
    let Some(criteria) = replay::current(&plan.criteria, data.as_of) else { return Ok(Evidence::default()) };
    let first = data.leads.created.iter().map(|when| when.day).min();
    let mut evidence = Evidence {
        threshold: criteria.threshold,
        step,
        first_created: first,
        as_of: Some(data.as_of),
        window_days: plan.windows.mql_to_sql_days,
        ..Evidence::default()
    };
    let table = |name: &str| &tables[name];
    for [month, age_class, block, band, next_band, n] in
        rows(table("path_moves"), ["month", "age_class", "block", "band", "next_band", "n"])?
    {
        evidence.open.push(OpenCount {
            month: Month(month as i32),
            age_class: age_class as u32,
            block: block as usize,
            band: band as usize,
            next_band: next_band as usize,
            n: n as u64,
        });
    }
    let ends = rows(table("path_ends"), ["month", "age_class", "week", "band", "n"])?;
    for ([month, age_class, week, band, n], outcome) in
        ends.into_iter().zip(engine::texts(table("path_ends"), "outcome")?)
    {
        let (month, age_class) = (Month(month as i32), age_class as u32);
        let (week, band, n) = (week as usize, band as usize, n as u64);
        if outcome == "converted" {
            evidence.converted.push(ConvertedCount { month, age_class, week, band, n });
        } else {
            evidence.unconverted.push(BandCount { month, age_class, band, n });
        }
    }
    for [month, age_class, band, wait_days, n] in
        rows(table("path_crossings"), ["month", "age_class", "band", "wait_days", "n"])?
    {
        evidence.crossed.push(CrossedCount {
            month: Month(month as i32),
            age_class: age_class as u32,
            band: band as usize,
            wait_days: wait_days as u32,
            n: n as u64,
        });
    }
    let below = rows(table("below_bar"), ["month", "band", "n"])?;
    for ([month, band, n], kind) in below.into_iter().zip(engine::texts(table("below_bar"), "kind")?) {
        let (month, band, n) = (Month(month as i32), band as usize, n as u64);
        match kind.as_str() {
            "peak" => evidence.below.push((band, n)),
            "mql" => evidence.below_mqls += n,
            "explored_sql" => evidence.explored.push(ExploredCount { month, band, n, sqls: n }),
            _ => evidence.explored.push(ExploredCount { month, band, n, sqls: 0 }),
        }
    }
    // Groups come in no order; sums of floating-point numbers depend on it.
    evidence.open.sort_by_key(|row| (row.month, row.age_class, row.block, row.band, row.next_band));
    evidence.unconverted.sort_by_key(|row| (row.month, row.age_class, row.band));
    evidence.converted.sort_by_key(|row| (row.month, row.age_class, row.week, row.band));
    evidence.crossed.sort_by_key(|row| (row.month, row.age_class, row.band, row.wait_days));
    evidence.below.sort_unstable();
    evidence.explored.sort_by_key(|row| (row.month, row.band, row.sqls));
    Ok(evidence)
}

/// Whole-number columns of a table, row by row.
fn rows<const N: usize>(table: &DataFrame, columns: [&str; N]) -> PolarsResult<Vec<[i64; N]>> {
    let mut rows = vec![[0; N]; table.height()];
    for (place, column) in columns.into_iter().enumerate() {
        for (row, value) in rows.iter_mut().zip(engine::integers(table, column)?) {
            row[place] = value.unwrap_or_default();
        }
    }
    Ok(rows)
}

/// Findings that only the counts show.
fn remark(data: &mut Ingested, counted: &Counted, metrics: &Metrics) {
    let count = |remark: &str| counted.facts.remarks.get(remark).copied().unwrap_or(0);
    let findings = &mut data.findings;
    let mqls = count("mql");
    let truncated: Vec<&metrics::MonthRow> = metrics.months.iter().filter(|row| row.left_truncated).collect();
    for (code, of, found) in counted.offences.iter().filter(|(.., found)| found.n > 0) {
        let said = match *code {
            // Where no stage before the win is recorded, an SQL before the MQL is the win itself: said once.
            "funnel::sql_before_mql" => count("sql_entry") == 0,
            // Outcomes that begin late say so themselves.
            "stage_history::coverage" => !truncated.is_empty(),
            _ => false,
        };
        if !said {
            let detail = (*code == "stage_history::bulk_change" && found.mql_entries > 0).then(|| {
                let share = found.mql_entries as f64 / count("mql_entry").max(1) as f64;
                format!("{:.1} % of the MQL entries are among them", 100.0 * share)
            });
            findings.push(code, found.n, *of, found.examples.clone(), detail.as_deref());
        }
    }
    let inferred = count("inferred_mql");
    if inferred > 0 {
        findings.push("funnel::inferred_mql", inferred, mqls + inferred, Vec::new(), None);
    }
    // Entries that began no episode of a lead that counts; the rest of the entries.
    let repeats = count("mql_entry").saturating_sub(count("episode"));
    if repeats > 0 {
        findings.push("funnel::repeated_mql", repeats, count("mql_entry"), Vec::new(), None);
    }
    if let (Some(first), Some(last)) = (truncated.first(), truncated.last()) {
        let n = truncated.iter().map(|row| row.mqls).sum();
        let since = metrics.coverage.get("mql_to_sql").or_else(|| metrics.coverage.get("mql_to_customer"));
        let since = since.map(|day| format!(", the first outcome is of {day}")).unwrap_or_default();
        let detail = format!("{} to {}{since}", first.month, last.month);
        findings.push("funnel::left_truncated", n, metrics.overall.mqls, Vec::new(), Some(&detail));
    }
    if !metrics.missing_spend.is_empty() {
        let examples =
            metrics.missing_spend.iter().take(3).map(|(month, channel)| format!("{month} {channel}")).collect();
        let of = metrics.expected_spend;
        findings.push("spend::missing_month", metrics.missing_spend.len() as u64, of, examples, None);
    }
    let negative = &metrics.costs.negative_channels;
    if !negative.is_empty() {
        let of = metrics.channels.iter().filter(|row| row.spend.is_some()).count() as u64;
        let examples = negative.iter().take(3).map(|name| masked(name)).collect();
        findings.push("spend::negative_total", negative.len() as u64, of, examples, None);
    }
    let strangers: Vec<&String> = metrics
        .costs
        .lag_days
        .keys()
        .filter(|name| metrics.channels.iter().all(|row| row.channel.as_ref() != Some(name) || row.spend.is_none()))
        .collect();
    if !strangers.is_empty() && metrics.known.spend.why().is_none() {
        let examples = strangers.iter().take(3).map(|name| masked(name)).collect();
        let of = metrics.costs.lag_days.len() as u64;
        findings.push("spend::lag_without_spend", strangers.len() as u64, of, examples, None);
    }
    if counted.replayed.1 * 50 > counted.replayed.0 {
        findings.push("score::mql_below_bar", counted.replayed.1, counted.replayed.0, Vec::new(), None);
    }
    if counted.crossed_without_mql.0 > 0 {
        let (n, of) = counted.crossed_without_mql;
        findings.push("score::crossed_without_mql", n, of, Vec::new(), None);
    }
}
