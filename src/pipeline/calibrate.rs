//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::{Counted, Past};
use crate::calibration::{self, Calibration};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;

/// Judges the bar and the points. `past` can be counted again under other criteria.
pub(super) fn calibrate(
    plan: &Plan,
    data: &Ingested,
    _past: &mut Past,
    counted: &mut Counted,
) -> Result<Calibration, EngineError> {
    let missing = counted.why_no_evidence.take();
    let mut calibration = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing);
    calibration.traps = calibration::traps::find(&counted.traps, plan.verdict.level);
    Ok(calibration)
}
