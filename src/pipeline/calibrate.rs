//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::{Counted, Past, points};
use crate::calibration::backtest::Review;
use crate::calibration::{self, Calibration, support, traps, versions};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;
use crate::metrics::Metrics;

/// Judges the bar, the score and the points. `past` can be counted again under other criteria; `previous` is what the review
/// of the month-end before said.
pub(super) fn calibrate(
    plan: &Plan,
    data: &Ingested,
    past: &mut Past,
    counted: &mut Counted,
    metrics: &Metrics,
    previous: Option<Review>,
) -> Result<Calibration, EngineError> {
    let missing = counted.why_no_evidence.take();
    let mut calibration = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing.clone());
    calibration.judge_score(plan, &counted.facts, missing.as_deref());
    calibration.versions = versions::judge(plan, &counted.facts, data.as_of, &metrics.known, &metrics.months);
    calibration.compare(previous, data.as_of, &plan.currency);
    calibration.support = support::support(&calibration, &counted.evidence, &counted.support, plan);
    calibration.traps = traps::find(&counted.traps, plan.verdict.level);
    if missing.is_none()
        && let Some(points) = points::advise(plan, data, past, &counted.patterns, calibration.change.as_ref())
    {
        calibration.adopt(points, data.as_of);
    }
    Ok(calibration)
}
