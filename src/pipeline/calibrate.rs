//! In which order is the bar judged? What is counted under the criteria in force, and under others where that is needed.

use super::tried::tried;
use super::{Counted, Past, points};
use crate::calibration::backtest::Review;
use crate::calibration::{self, Calibration, support, traps, versions};
use crate::config::plan::Plan;
use crate::engine::EngineError;
use crate::ingest::Ingested;
use crate::metrics::Metrics;

/// Share of the MQLs that may stand below the bar on replay. Beyond it the criteria are not those that made them MQLs.
const MOST_UNEXPLAINED: f64 = 0.3;

/// Why the criteria cannot be judged by MQLs that they do not explain.
fn unexplained((mqls, below): (u64, u64)) -> Option<String> {
    (below as f64 > MOST_UNEXPLAINED * mqls as f64).then(|| {
        format!(
            "{below} of {mqls} MQLs stand below the bar when their scores are replayed, so these criteria are not what made them MQLs (check points, fit and the date of the criteria, and whether all actions are exported)"
        )
    })
}

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
    let absent = counted.why_no_evidence.take();
    let missing = absent.clone().or_else(|| unexplained(counted.replayed));
    let mut calibration = calibration::judge(plan, data.as_of, &counted.evidence, &counted.facts, missing.clone());
    calibration.judge_score(plan, &counted.facts, absent.as_deref());
    calibration.versions = versions::judge(plan, &counted.facts, data.as_of, &metrics.known, &metrics.months);
    calibration.compare(previous, data.as_of, &plan.currency);
    calibration.support = support::support(&calibration, &counted.evidence, &counted.support, plan);
    calibration.heed(traps::find(&counted.traps, plan.verdict.level));
    if missing.is_none()
        && let Some(points) = points::advise(plan, data, past, &counted.patterns, calibration.change.as_ref())
    {
        calibration.adopt(points, data.as_of, &plan.currency);
    }
    if missing.is_none() {
        calibration.tried = tried(plan, data, &past.journeys, &calibration, &counted.evidence, &counted.patterns);
    }
    Ok(calibration)
}
