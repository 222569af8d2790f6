//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::{Counted, Past, points};
use crate::calibration::{self, Calibration};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;

/// Judges the bar and the points. `past` can be counted again under other criteria.
pub(super) fn calibrate(
    plan: &Plan,
    data: &Ingested,
    past: &mut Past,
    counted: &mut Counted,
) -> Result<Calibration, EngineError> {
    let missing = counted.why_no_evidence.take();
    let can_replay = missing.is_none();
    let mut judged = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing);
    if can_replay {
        judged.points = points::advise(plan, data, past, &counted.patterns, judged.change.as_ref());
    }
    judged.criteria_evidence = judged.points.as_ref().map(|points| points.evidence.clone()).unwrap_or_default();
    Ok(judged)
}
