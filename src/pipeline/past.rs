//! What stands before the facts — a row a lead or less, and the scores — and the same history under other criteria.

use super::{evidence, scores};
use crate::calibration::evidence::Evidence;
use crate::config::plan::{Criteria, DateOrder, Plan};
use crate::engine::catalogue::{Layer, QUERIES};
use crate::engine::{Embedded, EngineError};
use crate::ingest::Ingested;
use crate::ingest::coerce::Clock;
use crate::ingest::frames;
use crate::replay::decision::{self, CardHistory, Decided};
use crate::replay::{self, Journey, Replayed, Settings};
use polars::prelude::DataFrame;
use std::collections::HashMap;

/// The fact tables that the evidence for the threshold is read from.
const BEHIND_THE_THRESHOLD: [&str; 4] = ["path_moves", "path_ends", "path_crossings", "below_bar"];

/// The history, joined and scored.
pub struct Past {
    pub(super) engine: Embedded,
    /// The canonical tables and the results of the queries of the model and the journeys.
    pub(super) tables: HashMap<&'static str, DataFrame>,
    /// The tables of settings that the queries read.
    pub(super) settings: HashMap<&'static str, DataFrame>,
    /// What the queries know about each lead, in the order of the leads.
    pub journeys: Vec<Journey>,
    /// The scores under the project's own criteria.
    pub replayed: Replayed,
    /// Worked leads at the moment of decision.
    pub decided: Decided,
}

/// The queries that those rest on.
const BEFORE_THE_THRESHOLD: [&str; 6] =
    ["visible_leads", "stage_entries", "won_deals", "arrivals", "mql_episodes", "journeys"];

impl Past {
    /// Runs the queries of the model and the journeys, and the score replay.
    pub fn new(plan: &Plan, data: &Ingested) -> Result<Past, EngineError> {
        let past = Past::joined(plan, data, |_| true)?;
        let replayed = past.replay(plan, data, &plan.criteria);
        let settings = settings(plan, data, &plan.criteria);
        let decided = decision::decisions(&data.leads, &data.activities, &past.journeys, &settings);
        Ok(Past { replayed, decided, ..past })
    }

    /// Joins no more than the evidence for the threshold rests on, and replays nothing yet.
    pub(super) fn behind_the_threshold(plan: &Plan, data: &Ingested) -> Result<Past, EngineError> {
        Past::joined(plan, data, |name| BEFORE_THE_THRESHOLD.contains(&name))
    }

    fn joined(plan: &Plan, data: &Ingested, wanted: impl Fn(&str) -> bool) -> Result<Past, EngineError> {
        let mut engine = Embedded::default();
        let mut tables: HashMap<&'static str, DataFrame> = HashMap::new();
        let mut settings: HashMap<&'static str, DataFrame> = HashMap::new();
        for (name, table) in frames::canonical(data).map_err(failed("canonical tables"))? {
            engine.register(name, table.clone());
            tables.insert(name, table);
        }
        for (name, table) in scores::settings_tables(plan, data).map_err(failed("settings"))? {
            engine.register(name, table.clone());
            settings.insert(name, table);
        }
        for query in QUERIES.iter().filter(|query| matches!(query.layer, Layer::Model | Layer::Journeys)) {
            if wanted(query.name) {
                tables.insert(query.name, engine.create(query)?);
            }
        }
        let journeys = scores::journeys(&tables["journeys"], data).map_err(failed("journeys"))?;
        Ok(Past { engine, tables, settings, journeys, replayed: Replayed::default(), decided: Decided::default() })
    }

    /// Makes the scores known to the queries.
    pub(super) fn register_scores(&mut self, data: &Ingested) -> Result<(), EngineError> {
        for (name, table) in scores::score_tables(data, &self.journeys, &self.replayed).map_err(failed("scores"))? {
            self.engine.register(name, table);
        }
        let decisions = scores::decisions_table(data, &self.decided).map_err(failed("decisions"))?;
        self.engine.register("decisions", decisions);
        Ok(())
    }

    /// What the scores would have been under another card.
    pub fn card_history(&self, plan: &Plan, data: &Ingested, card: &Criteria) -> CardHistory {
        let settings = settings(plan, data, &plan.criteria);
        decision::card_history(&data.leads, &data.activities, &self.journeys, &settings, card)
    }

    /// The scores of every lead under other criteria versions, oldest first.
    pub fn replay(&self, plan: &Plan, data: &Ingested, criteria: &[Criteria]) -> Replayed {
        replay(plan, data, &self.journeys, criteria)
    }

    /// The evidence for the threshold under other criteria versions, oldest first. The MQLs are those that were recorded.
    pub fn evidence(&mut self, plan: &Plan, data: &Ingested, criteria: &[Criteria]) -> Result<Evidence, EngineError> {
        let replayed = self.replay(plan, data, criteria);
        self.evidence_of(plan, data, criteria, &replayed)
    }

    /// The scores under other criteria versions, in bands that are `step` points wide.
    pub(super) fn replay_in_bands(&self, plan: &Plan, data: &Ingested, criteria: &[Criteria], step: f64) -> Replayed {
        let settings = settings(plan, data, criteria);
        replay::replay_in_bands(&data.leads, &data.activities, &self.journeys, &settings, step)
    }

    /// The score of every lead at the end of the last visible day.
    pub(super) fn scores_now(&self, plan: &Plan, data: &Ingested) -> Vec<f64> {
        replay::scores_now(&data.leads, &data.activities, &settings(plan, data, &plan.criteria))
    }

    /// The evidence for the threshold that scores under these criteria versions give.
    pub(super) fn evidence_of(
        &mut self,
        plan: &Plan,
        data: &Ingested,
        criteria: &[Criteria],
        replayed: &Replayed,
    ) -> Result<Evidence, EngineError> {
        for (name, table) in scores::score_tables(data, &self.journeys, replayed).map_err(failed("scores"))? {
            self.engine.register(name, table);
        }
        let mut tables = HashMap::new();
        for query in QUERIES.iter().filter(|query| BEHIND_THE_THRESHOLD.contains(&query.name)) {
            tables.insert(query.name, self.engine.create(query)?);
        }
        evidence::evidence(plan, criteria, data, &tables, replayed.step).map_err(failed("evidence"))
    }
}

/// What the replay needs to know besides the data.
pub(super) fn settings<'a>(plan: &Plan, data: &Ingested, criteria: &'a [Criteria]) -> Settings<'a> {
    let clock = Clock { project: plan.timezone, source: plan.timezone, order: None::<DateOrder> };
    let window_days = plan.windows.mql_to_sql_days as i32;
    Settings { criteria, clock, as_of: data.as_of, window_days }
}

fn replay(plan: &Plan, data: &Ingested, journeys: &[Journey], criteria: &[Criteria]) -> Replayed {
    replay::replay(&data.leads, &data.activities, journeys, &settings(plan, data, criteria))
}

/// Names what did not run.
pub(super) fn failed(query: &str) -> impl FnOnce(polars::prelude::PolarsError) -> EngineError {
    let query = query.to_string();
    move |why| EngineError { query, why }
}
