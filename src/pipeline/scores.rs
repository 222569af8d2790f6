//! How does the score replay meet the queries? Settings and scores as tables, journeys as the replay wants them.

use super::RE_MQL_DAYS;
use crate::calibration::quality::{self, FINE};
use crate::calibration::{self, evidence::WEEKS};
use crate::config::plan::Plan;
use crate::engine;
use crate::ingest::Ingested;
use crate::ingest::frames::{self, integers, texts};
use crate::replay::decision::{Decided, Fate};
use crate::replay::{self, Below, End, Explored, Journey, Replayed, Score};
use crate::vocabulary::{Day, Stage};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::HashMap;

/// Configuration as tables: `run` (one row), `stages`, `calendar`, `weeks`.
pub(super) fn settings_tables(plan: &Plan, data: &Ingested) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
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
pub(super) fn journeys(table: &DataFrame, data: &Ingested) -> PolarsResult<Vec<Journey>> {
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

/// The band of a score, the bar being so many bands wide; what lies far off is pooled, so that bands are few.
pub(super) fn score_band(score: f64, bar: f64, bands_to_the_bar: f64) -> i64 {
    let band = (score / bar * bands_to_the_bar + 1e-6).floor();
    band.clamp(-bands_to_the_bar, quality::FURTHEST * bands_to_the_bar) as i64
}

/// The table `decisions`: worked leads at the moment of decision, a row a lead and half-life.
pub(super) fn decisions_table(data: &Ingested, decided: &Decided) -> PolarsResult<DataFrame> {
    let rows = &decided.rows;
    DataFrame::new_infer_height(vec![
        texts("lead_id", rows.iter().map(|row| &data.leads.id[row.lead])),
        integers("decided_day", rows.iter().map(|row| Some(i64::from(row.day.0)))),
        integers("fold", rows.iter().map(|row| Some(row.fold as i64))),
        integers("half_life_days", rows.iter().map(|row| Some(i64::from(row.half_life_days)))),
        texts("pattern", rows.iter().map(|row| &row.pattern)),
        texts(
            "outcome",
            rows.iter().map(|row| match row.outcome {
                Fate::Sql => "sql",
                Fate::Open => "open",
            }),
        ),
    ])
}

/// The replay's tables: `scores` (a row a lead), `paths`, `crossings`, `criterion_counts`.
pub(super) fn score_tables(
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
        number("weeks_seen", &|_, score| score.weeks_seen.map(i64::from)),
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
        number("handover_band", &|_, score| {
            let at_handover = score.at_mql.or(score.at_handover);
            at_handover.map(|at| score_band(at, replayed.bar, FINE))
        }),
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
