//! What has happened to each person, for lists of people?

use super::{Past, RunError, first_day, last_day, why_no_evidence};
use crate::config::plan::{People, Plan};
use crate::engine::{self, EngineError};
use crate::finding::{Finding, masked};
use crate::ingest::{self, Ingested, Input};
use crate::replay;
use crate::vocabulary::{Day, Stage};
use polars::prelude::PolarsResult;
use std::collections::HashMap;

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
    let joined = Past::new(plan, &data)?;
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

fn read_lives(plan: &Plan, data: &Ingested, joined: &Past, hand_raiser: Option<&str>) -> PolarsResult<Vec<Life>> {
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
        life.exits.sort_by_key(|exit| (exit.day, exit.until_s, exit.stage));
        life.requests.sort_unstable();
    }
    lives.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(lives)
}
