//! How do the traces of leads meet the queries that count them, and the counts the search for traps?

use super::{Past, failed, why_no_evidence};
use crate::calibration::traps::counts::{
    AroundCount, Counts, EndCount, Group, Habit, HandCount, WatchedCount, WorkedCount, YoungCount,
};
use crate::config::plan::Plan;
use crate::engine::{self, EngineError};
use crate::finding::masked;
use crate::ingest::coerce::Clock;
use crate::ingest::frames::{self, integers, texts};
use crate::ingest::{Ingested, recognise};
use crate::replay::traces::{self, EmailAction, Hand, Trace, WithoutEmail};
use crate::replay::{self, Settings};
use crate::vocabulary::{Day, Month};
use polars::prelude::{Column, DataFrame, PolarsResult};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An attribute with more values than these has the rarer ones pooled.
const MOST_VALUES: usize = 30;

/// The type of action by which a person asks for sales: the one that the project names, else the one with the most points.
fn hand_raiser(plan: &Plan, data: &Ingested) -> Option<u32> {
    let types = &data.activities.types;
    let place = |name: &str| types.iter().position(|kind| kind.eq_ignore_ascii_case(name)).map(|kind| kind as u32);
    if let Some(name) = &plan.funnel.hand_raiser {
        return place(name);
    }
    let points = &replay::current(&plan.criteria, data.as_of)?.points;
    let asks = points.iter().filter(|(name, points)| **points > 0.0 && speaks_of_a_request(name));
    place(asks.max_by(|a, b| a.1.total_cmp(b.1))?.0)
}

/// Whether the name of an action says that somebody asks for sales.
fn speaks_of_a_request(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "demo",
        "request",
        "contact",
        "trial",
        "quote",
        "meeting",
        "call",
        "anfrage",
        "angefragt",
        "kontakt",
        "termin",
        "angebot",
    ];
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

impl Past {
    /// Makes the traces known to the queries.
    pub(super) fn register_traces(&mut self, plan: &Plan, data: &Ingested) -> Result<(), EngineError> {
        for (name, table) in trace_tables(plan, data, self).map_err(failed("traces"))? {
            self.engine.register(name, table);
        }
        Ok(())
    }
}

/// The traces' tables: `traces`, `trace_types`, `trace_attributes`, `trace_windows`. Empty where no score can be replayed.
fn trace_tables(plan: &Plan, data: &Ingested, past: &Past) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
    let clock = Clock { project: plan.timezone, source: plan.timezone, order: None };
    let window_days = plan.windows.mql_to_sql_days as i32;
    let settings = Settings { criteria: &plan.criteria, clock, as_of: data.as_of, window_days };
    let email: Vec<Option<EmailAction>> = data.activities.types.iter().map(|name| traces::email_action(name)).collect();
    let hand = hand_raiser(plan, data);
    let all = match why_no_evidence(plan, data) {
        None => traces::trace(&data.leads, &data.activities, &past.journeys, &settings, &email, hand),
        Some(_) => Vec::new(),
    };
    let rows: Vec<(usize, &String, &Trace)> = data
        .leads
        .id
        .iter()
        .zip(&all)
        .enumerate()
        .map(|(lead, (id, trace))| (lead, id, trace))
        .filter(|(lead, ..)| past.journeys[*lead].counts)
        .collect();
    let types = &data.activities.types;
    Ok(vec![
        ("traces", a_row_a_lead(&rows, types)?),
        ("trace_types", a_row_a_type(&rows, types)?),
        ("trace_attributes", a_row_an_attribute(&rows, plan, data)?),
        ("trace_windows", a_row_a_window(&rows)?),
    ])
}

type Row<'a> = (usize, &'a String, &'a Trace);

fn a_row_a_lead(rows: &[Row], types: &[String]) -> PolarsResult<DataFrame> {
    let number = |name: &'static str, read: &dyn Fn(&Trace) -> Option<i64>| -> Column {
        integers(name, rows.iter().map(|(_, _, trace)| read(trace)))
    };
    let word = |name: &'static str, read: &dyn for<'t> Fn(&'t Trace) -> Option<&'t str>| -> Column {
        frames::optional_texts(name, rows.iter().map(|(_, _, trace)| read(trace)))
    };
    let decided = |trace: &Trace| trace.decision;
    DataFrame::new_infer_height(vec![
        texts("lead_id", rows.iter().map(|(_, id, _)| *id)),
        number("decided_day", &|trace| Some(i64::from(decided(trace)?.day.0))),
        number("decided_era", &|trace| Some(i64::from(decided(trace)?.era))),
        number("band", &|trace| Some(decided(trace)?.band)),
        word("outcome", &|trace| Some(if trace.decision?.converted? { "converted" } else { "open" })),
        frames::optional_texts("lone", rows.iter().map(|(_, _, trace)| Some(types[trace.lone? as usize].as_str()))),
        word("without_email", &|trace| {
            Some(match trace.without_email? {
                WithoutEmail::Stays => "stays",
                WithoutEmail::Vanishes => "vanishes",
            })
        }),
        number("era", &|trace| Some(i64::from(trace.youth.as_ref()?.era))),
        word("early_mql", &|trace| Some(if trace.youth.as_ref()?.mql { "mql" } else { "none" })),
        number("instant", &|trace| Some(i64::from(trace.youth.as_ref()?.instant))),
        number("spells", &|trace| Some(trace.around_sql.as_ref()?.ordinary.len() as i64)),
        number("uncut_band", &|trace| Some(trace.ends?.0)),
        number("mql_band", &|trace| Some(trace.ends?.1)),
        word("hand", &|trace| {
            Some(match trace.hand? {
                Hand::Reached => "reached",
                Hand::Missed => "missed",
                Hand::Quiet => "quiet",
            })
        }),
    ])
}

fn a_row_a_type(rows: &[Row], types: &[String]) -> PolarsResult<DataFrame> {
    #[derive(Clone, Copy, Default)]
    struct OfType {
        seen: i64,
        n_actions: i64,
        near: i64,
        ordinary: i64,
    }
    let mut found: Vec<(&String, u32, OfType)> = Vec::new();
    let mut of_lead: BTreeMap<u32, OfType> = BTreeMap::new();
    for (_, id, trace) in rows {
        of_lead.clear();
        for kind in &trace.seen {
            of_lead.entry(*kind).or_default().seen = 1;
        }
        for (kind, n) in trace.youth.iter().flat_map(|youth| &youth.actions) {
            of_lead.entry(*kind).or_default().n_actions = i64::from(*n);
        }
        if let Some(around) = &trace.around_sql {
            around.near.iter().for_each(|kind| of_lead.entry(*kind).or_default().near = 1);
            around.ordinary.iter().flatten().for_each(|kind| of_lead.entry(*kind).or_default().ordinary += 1);
        }
        found.extend(of_lead.iter().map(|(kind, row)| (*id, *kind, *row)));
    }
    let number = |name: &'static str, read: fn(&OfType) -> i64| -> Column {
        integers(name, found.iter().map(|(.., row)| Some(read(row))))
    };
    DataFrame::new_infer_height(vec![
        texts("lead_id", found.iter().map(|(id, ..)| *id)),
        texts("type", found.iter().map(|(_, kind, _)| &types[*kind as usize])),
        number("seen", |row| row.seen),
        number("n_actions", |row| row.n_actions),
        number("near", |row| row.near),
        number("ordinary", |row| row.ordinary),
    ])
}

/// Only attributes that a rule of fit asks for: others give no points that could mislead.
fn a_row_an_attribute(rows: &[Row], plan: &Plan, data: &Ingested) -> PolarsResult<DataFrame> {
    let asked: BTreeSet<String> =
        plan.criteria.iter().flat_map(|version| version.fit.keys()).map(|name| recognise::normal(name)).collect();
    let mut found: Vec<(&String, &str, &str)> = Vec::new();
    let mut lower: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, values) in data.leads.attributes.iter().filter(|(name, _)| asked.contains(*name)) {
        lower.push((name, values.iter().map(|value| value.trim().to_lowercase()).collect()));
    }
    for (name, values) in &lower {
        let mut n_of: HashMap<&str, u64> = HashMap::new();
        rows.iter().for_each(|(lead, ..)| *n_of.entry(values[*lead].as_str()).or_default() += 1);
        let mut common: Vec<(&str, u64)> = n_of.into_iter().filter(|(value, _)| !value.is_empty()).collect();
        common.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let common: BTreeSet<&str> = common.into_iter().take(MOST_VALUES).map(|(value, _)| value).collect();
        found.extend(rows.iter().map(|(lead, id, _)| {
            let value = values[*lead].as_str();
            (*id, *name, if value.is_empty() || common.contains(value) { value } else { "(other)" })
        }));
    }
    DataFrame::new_infer_height(vec![
        texts("lead_id", found.iter().map(|(id, ..)| *id)),
        texts("attribute", found.iter().map(|(_, name, _)| *name)),
        texts("value", found.iter().map(|(.., value)| *value)),
        integers("filled", found.iter().map(|(.., value)| Some(i64::from(!value.is_empty())))),
    ])
}

fn a_row_a_window(rows: &[Row]) -> PolarsResult<DataFrame> {
    let windows: Vec<_> =
        rows.iter().flat_map(|(_, id, trace)| trace.watched.iter().map(move |window| (*id, window))).collect();
    DataFrame::new_infer_height(vec![
        texts("lead_id", windows.iter().map(|(id, _)| *id)),
        texts("kind", windows.iter().map(|(_, window)| if window.after_sql { "after_sql" } else { "open" })),
        integers("week", windows.iter().map(|(_, window)| Some(i64::from(window.week)))),
        integers("n_actions", windows.iter().map(|(_, window)| Some(i64::from(window.n_actions)))),
    ])
}

/// The counts, read from the fact tables.
pub(super) fn counts(
    plan: &Plan,
    data: &Ingested,
    tables: &HashMap<&str, DataFrame>,
    step: f64,
) -> PolarsResult<Counts> {
    let types = &data.activities.types;
    let read_as = |wanted: EmailAction| {
        let mut names: Vec<String> =
            types.iter().filter(|name| traces::email_action(name) == Some(wanted)).map(|name| masked(name)).collect();
        names.sort();
        names
    };
    let first_action = data.activities.day.iter().min().map(|day| Day(*day));
    let current = replay::current(&plan.criteria, data.as_of);
    let points = current.into_iter().flat_map(|criteria| &criteria.points).filter(|(_, points)| **points > 0.0);
    let mut counts = Counts {
        opens: read_as(EmailAction::Open),
        clicks: read_as(EmailAction::Click),
        hand_raiser: hand_raiser(plan, data).map(|kind| masked(&types[kind as usize])),
        points: points.map(|(name, points)| (masked(name), *points)).collect(),
        threshold: current.map_or(0.0, |criteria| criteria.threshold),
        step,
        eras: plan.criteria.iter().map(|version| version.effective_from).collect(),
        // Leads older than the first action have lost theirs.
        first_month: data.leads.created.iter().map(|when| when.day).min().max(first_action).map(Day::month),
        as_of: Some(data.as_of),
        window_days: plan.windows.mql_to_sql_days,
        missing: why_no_evidence(plan, data),
        drawn_of_1000: traces::drawn(data.leads.id.len()),
        ..Counts::default()
    };
    let table = |name: &str| &tables[name];
    let numbers = |name: &str, column: &str| -> PolarsResult<Vec<i64>> {
        Ok(engine::integers(table(name), column)?.into_iter().map(Option::unwrap_or_default).collect())
    };
    // Names come from the data and go into the report.
    let words = |name: &str, column: &str| -> PolarsResult<Vec<String>> {
        Ok(engine::texts(table(name), column)?.iter().map(|text| masked(text)).collect())
    };

    let (kinds, names) = (words("worked_leads", "kind")?, words("worked_leads", "name")?);
    let outcomes = words("worked_leads", "outcome")?;
    let (bands, months) = (numbers("worked_leads", "band")?, numbers("worked_leads", "month")?);
    let (eras, n) = (numbers("worked_leads", "era")?, numbers("worked_leads", "n")?);
    for (row, name) in names.into_iter().enumerate() {
        let group = match kinds[row].as_str() {
            "early" => Group::Early,
            "channel" => Group::Channel,
            "lone" => Group::Lone,
            "email" => Group::Email,
            "type" => Group::Type,
            "attribute" => Group::Attribute,
            _ => Group::All,
        };
        counts.worked.push(WorkedCount {
            group,
            name,
            band: bands[row],
            month: Month(months[row] as i32),
            era: eras[row],
            converted: outcomes[row] == "converted",
            n: n[row] as u64,
        });
    }

    let (kinds, names) = (words("young_leads", "kind")?, words("young_leads", "name")?);
    let (values, actions) = (words("young_leads", "value")?, numbers("young_leads", "n_actions")?);
    let (months, eras) = (numbers("young_leads", "month")?, numbers("young_leads", "era")?);
    let n = numbers("young_leads", "n")?;
    for (row, (name, value)) in names.into_iter().zip(values).enumerate() {
        let habit = match kinds[row].as_str() {
            "mql" => Habit::Mql,
            "instant" => Habit::Instant,
            "type" => Habit::Type,
            "channel" => Habit::Channel,
            "attribute" => Habit::Attribute,
            _ => Habit::All,
        };
        counts.young.push(YoungCount {
            habit,
            name,
            value,
            n_actions: actions[row] as u32,
            month: Month(months[row] as i32),
            era: eras[row],
            n: n[row] as u64,
        });
    }

    let (near, ordinary) = (numbers("around_sqls", "near")?, numbers("around_sqls", "ordinary")?);
    let (spells, n) = (numbers("around_sqls", "spells")?, numbers("around_sqls", "n")?);
    for (row, name) in words("around_sqls", "type")?.into_iter().enumerate() {
        counts.around.push(AroundCount {
            name,
            near: near[row] == 1,
            ordinary: ordinary[row] as u32,
            spells: spells[row] as u32,
            n: n[row] as u64,
        });
    }

    let (weeks, actions) = (numbers("watched_days", "week")?, numbers("watched_days", "n_actions")?);
    let n = numbers("watched_days", "n")?;
    for (row, kind) in words("watched_days", "kind")?.into_iter().enumerate() {
        counts.watched.push(WatchedCount {
            after_sql: kind == "after_sql",
            week: weeks[row],
            n_actions: actions[row] as u32,
            n: n[row] as u64,
        });
    }

    let (uncut, at_mql) = (numbers("score_ends", "uncut_band")?, numbers("score_ends", "mql_band")?);
    let n = numbers("score_ends", "n")?;
    for (row, outcome) in words("score_ends", "outcome")?.into_iter().enumerate() {
        counts.ends.push(EndCount {
            uncut_band: uncut[row],
            mql_band: at_mql[row],
            converted: outcome == "converted",
            n: n[row] as u64,
        });
    }

    let (bands, n) = (numbers("hand_raisers", "band")?, numbers("hand_raisers", "n")?);
    let later = words("hand_raisers", "later")?;
    for (row, hand) in words("hand_raisers", "hand")?.into_iter().enumerate() {
        counts.hands.push(HandCount { hand, band: bands[row], became_sql: later[row] == "sql", n: n[row] as u64 });
    }

    // Groups come in no order; sums of floating-point numbers depend on it.
    counts.worked.sort_unstable();
    counts.young.sort_unstable();
    counts.around.sort_unstable();
    counts.watched.sort_unstable();
    counts.ends.sort_unstable();
    counts.hands.sort_unstable();
    Ok(counts)
}
