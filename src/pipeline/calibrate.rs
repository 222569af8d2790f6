//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::{Counted, Past};
use crate::calibration::{self, Calibration, versions};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;
use crate::metrics::Metrics;

/// Judges the bar and the points. `past` can be counted again under other criteria.
pub(super) fn calibrate(
    plan: &Plan,
    data: &Ingested,
    _past: &mut Past,
    counted: &mut Counted,
    metrics: &Metrics,
) -> Result<Calibration, EngineError> {
    let missing = counted.why_no_evidence.take();
    let mut calibration = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing.clone());
    calibration.judge_score(plan, &counted.facts, missing.as_deref());
    calibration.versions = versions::judge(plan, &counted.facts, data.as_of, &metrics.known, &metrics.months);
    Ok(calibration)
}
