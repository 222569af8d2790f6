//! What would the judgement have said at a past month-end? The same tables, with everything after that day hidden.
//!
//! The exports are read once. Queries and replay leave out what lies after `Ingested::as_of`, so a review only moves that
//! day back for as long as it counts. What a CRM has since overwritten (a company's size, a merged record) is seen as it
//! is today.

use super::{Past, why_no_evidence};
use crate::calibration::backtest::Review;
use crate::calibration::{self, Calibration};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::facts::Facts;
use crate::ingest::Ingested;
use crate::vocabulary::Day;

/// The review of the month-end before the last visible day; `None` where the data begin later.
///
/// Everything that the threshold asks of a lead is a first time, so what was to be seen then follows from what is seen now:
/// nothing has to be joined again.
pub(super) fn previous(plan: &Plan, data: &mut Ingested, past: &mut Past) -> Result<Option<Review>, EngineError> {
    let day = data.as_of.month().plus(-1).last_day();
    if plan.criteria.is_empty() || super::first_day(data).is_none_or(|first| first > day) {
        return Ok(None);
    }
    let created = data.leads.created.iter().map(|when| when.day);
    let then = past.journeys.iter().zip(created).map(|(journey, created)| journey.until(day, created)).collect();
    let today = std::mem::replace(&mut past.journeys, then);
    let evidence = as_seen(data, day, |data| past.evidence(plan, data, &plan.criteria));
    past.journeys = today;
    let missing = why_no_evidence(plan, data);
    let judged = calibration::judge(plan, day, &evidence?, &Facts::default(), missing);
    Ok(Some(Review::of(&judged, day)))
}

/// The judgement as of `day`, by the same rule. Bands of scores at the MQL are left out: no advice rests on them.
pub(super) fn judged(plan: &Plan, data: &mut Ingested, day: Day) -> Result<Calibration, EngineError> {
    as_seen(data, day, |data| {
        let mut past = Past::behind_the_threshold(plan, data)?;
        let evidence = past.evidence(plan, data, &plan.criteria)?;
        Ok(calibration::judge(plan, day, &evidence, &Facts::default(), why_no_evidence(plan, data)))
    })
}

/// Lets `look` see the data as they were on `day`.
fn as_seen<T>(data: &mut Ingested, day: Day, look: impl FnOnce(&Ingested) -> T) -> T {
    let today = std::mem::replace(&mut data.as_of, day);
    let seen = look(data);
    data.as_of = today;
    seen
}
