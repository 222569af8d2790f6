//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::{Counted, Past};
use crate::calibration::backtest::Review;
use crate::calibration::{self, Calibration, support};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;

/// Judges the bar and the points. `past` can be counted again under other criteria.
pub(super) fn calibrate(
    plan: &Plan,
    data: &Ingested,
    _past: &mut Past,
    counted: &mut Counted,
    previous: Option<Review>,
) -> Result<Calibration, EngineError> {
    let missing = counted.why_no_evidence.take();
    let mut calibration = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing);
    calibration.previous = previous;
    calibration.support = support::support(&calibration, &counted.evidence, &counted.support, plan);
    Ok(calibration)
}
