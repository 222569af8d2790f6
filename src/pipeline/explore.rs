//! Which leads below the bar should be worked on purpose? A random sample of those in the notch, by a hash of the id.
//!
//! The leads whose SHA-256 of the id comes first are chosen. A hash is as good as a draw: it has nothing to do with
//! what a lead is or does. Anybody can check it (`printf %s ID | sha256sum`), it gives the same leads each time, and a
//! larger number only adds to them.

use super::{Past, RunError, evidence, first_day, why_no_evidence};
use crate::calibration::support::Support;
use crate::calibration::{self, support};
use crate::config::plan::Plan;
use crate::engine::{EngineError, catalogue};
use crate::facts::Facts;
use crate::finding::Finding;
use crate::ingest::{self, Ingested, Input};
use crate::replay::{self, REACH_DAYS};
use crate::vocabulary::{Day, Stage};
use sha2::{Digest, Sha256};

/// A lead that may be worked on purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The id.
    pub id: String,
    /// The score at the end of the last visible day.
    pub score: f64,
    /// Lowest score of its band.
    pub from: f64,
    /// Scores of its band lie below this one.
    pub to: f64,
}

/// Whom to explore.
pub struct Exploring {
    /// The last visible day.
    pub as_of: Day,
    /// The files.
    pub inputs: Vec<Input>,
    /// What is wrong with the data, as far as reading them shows.
    pub findings: Vec<Finding>,
    /// What is known below the bar, and the plan.
    pub support: Support,
    /// Every lead that may be worked, those to choose first by the hash of their ids.
    pub candidates: Vec<Candidate>,
    /// Days since creation within which a lead is fresh enough.
    pub fresh_days: u32,
}

/// Finds the leads in the notch that may be worked on purpose.
pub fn explore(plan: &Plan, step: &dyn Fn(&str)) -> Result<Exploring, RunError> {
    let data = ingest::read(plan, step)?;
    step("journeys");
    let as_of = data.as_of;
    if let Some(first) = first_day(&data).filter(|first| *first > as_of) {
        return Err(RunError::Nothing { as_of, first });
    }
    if let Some(why) = why_no_evidence(plan, &data) {
        return Err(RunError::Impossible { what: "nobody can be chosen".into(), why });
    }
    let mut past = Past::new(plan, &data)?;
    step("calibration");
    let support = known_below(plan, &data, &mut past)?;
    let Some(support) = support else {
        let why = "there is no bar to choose leads below".to_string();
        return Err(RunError::Impossible { what: "nobody can be chosen".into(), why });
    };
    let current = replay::current(&plan.criteria, as_of);
    let fresh_days = current.and_then(|criteria| criteria.lookback_days).unwrap_or(REACH_DAYS as u32);
    let candidates = candidates(plan, &data, &past, &support, fresh_days);
    let findings = data.findings.into_vec(&plan.quality);
    Ok(Exploring { as_of, inputs: data.inputs, findings, support, candidates, fresh_days })
}

fn known_below(plan: &Plan, data: &Ingested, past: &mut Past) -> Result<Option<Support>, EngineError> {
    let replayed = std::mem::take(&mut past.replayed);
    let evidence = past.evidence_of(plan, data, &plan.criteria, &replayed)?;
    past.replayed = replayed;
    let mut counts = support::Counts::default();
    if let Some(query) = catalogue::find("support") {
        let table = past.engine.create(query)?;
        counts = evidence::support(&past.journeys, &past.replayed.scores, &table).map_err(super::failed("support"))?;
    }
    let judged = calibration::judge(plan, data.as_of, &evidence, &Facts::default(), None);
    Ok(support::support(&judged, &evidence, &counts, plan))
}

/// Leads whose score lies in the notch today, that never crossed the bar, that nobody has had yet, and that are fresh.
fn candidates(plan: &Plan, data: &Ingested, past: &Past, support: &Support, fresh_days: u32) -> Vec<Candidate> {
    let mut is_taken = vec![false; data.leads.id.len()];
    let visible = data.stages.iter().filter(|entry| entry.entered.day <= data.as_of);
    for entry in visible.filter(|entry| entry.stage != Stage::Lead) {
        is_taken[entry.lead as usize] = true;
    }
    let scores = past.scores_now(plan, data);
    let is_fresh = |day: Day| day.plus(fresh_days as i32) > data.as_of;
    let mut candidates: Vec<([u8; 32], Candidate)> = Vec::new();
    for (lead, journey) in past.journeys.iter().enumerate().filter(|(lead, journey)| journey.counts && !is_taken[*lead])
    {
        // A won deal without any stage is no lead to work, and one that crossed the bar belongs to sales already.
        let is_open = journey.mql_day.is_none() && journey.sql_day.is_none() && journey.explored_day.is_none();
        let crossed = past.replayed.scores[lead].first_crossing.is_some();
        let score = scores[lead];
        let in_notch = score >= support.notch.from - 1e-9 && score < support.bar - 1e-9;
        if !is_open || crossed || !in_notch || !is_fresh(data.leads.created[lead].day) {
            continue;
        }
        let Some(band) = support.bands.iter().find(|band| score >= band.from - 1e-9) else { continue };
        let id = data.leads.id[lead].clone();
        let hash: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        candidates.push((hash, Candidate { id, score, from: band.from, to: band.to }));
    }
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    candidates.into_iter().map(|(_, candidate)| candidate).collect()
}
