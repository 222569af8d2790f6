//! What did the advice of past month-ends say, and what came of it? Read once; hidden and seen again for each month-end.

use super::{Past, RunError, first_day, reviews, why_no_evidence};
use crate::calibration::backtest::{self, Backtest, Reckoning, Review, Since};
use crate::config::plan::{Criteria, Plan};
use crate::finding::Finding;
use crate::ingest;
use crate::metrics;

/// A backtest, and what is wrong with its data.
pub struct Tested {
    /// The reviews and what came of them.
    pub backtest: Backtest,
    /// What is wrong with the data, as far as reading them shows.
    pub findings: Vec<Finding>,
}

/// Judges again as of each of the last `months` month-ends, and compares with what came since.
pub fn backtest(plan: &Plan, months: u32, step: &dyn Fn(&str)) -> Result<Tested, RunError> {
    let mut data = ingest::read(plan, step)?;
    let as_of = data.as_of;
    let first = first_day(&data).unwrap_or(as_of);
    if first > as_of {
        return Err(RunError::Nothing { as_of, first });
    }
    let impossible = |why: String| RunError::Impossible { what: "no review can be repeated".into(), why };
    if let Some(why) = why_no_evidence(plan, &data) {
        return Err(impossible(why));
    }
    let last = metrics::last_complete_month(as_of);
    if first.month() > last {
        return Err(impossible(format!("the data from {first} to {as_of} hold no complete month")));
    }
    let from = last.plus(1 - months.max(1) as i32).max(first.month());
    let earlier = from.plus(-1).last_day();
    let before = match first <= earlier {
        true => Some(Review::of(&reviews::judged(plan, &mut data, earlier)?, earlier)),
        false => None,
    };
    let mut said: Vec<(Review, f64)> = Vec::new();
    let mut month = from;
    while month <= last {
        step(&format!("review of {month}"));
        let day = month.last_day();
        let calibration = reviews::judged(plan, &mut data, day)?;
        let width = match calibration.sweep.as_slice() {
            [low, high, ..] => high.threshold - low.threshold,
            _ => 0.0,
        };
        said.push((Review::of(&calibration, day), width));
        month = month.plus(1);
    }
    step("what came of them");
    let reckoning = Reckoning {
        economics: crate::calibration::priced(&plan.economics),
        delay_per_week: plan.calibration.delay_per_week,
    };
    let mut past = Past::behind_the_threshold(plan, &data)?;
    let mut rows = Vec::with_capacity(said.len());
    let mut known = None;
    for (review, width) in said {
        let seen = plan.criteria.iter().filter(|version| is_in_force(version, &review)).count().max(1);
        let (then, later) = plan.criteria.split_at(seen.min(plan.criteria.len()));
        // Successive reviews mostly rest on the same criteria and bands.
        let (_, _, evidence) = match known.take() {
            Some((n, w, evidence)) if (n, w) == (seen, width) => known.insert((n, w, evidence)),
            _ => {
                let replayed = match width > 0.0 {
                    true => past.replay_in_bands(plan, &data, then, width),
                    false => past.replay(plan, &data, then),
                };
                known.insert((seen, width, past.evidence_of(plan, &data, then, &replayed)?))
            }
        };
        let until = later.iter().filter_map(|version| version.effective_from).find(|day| *day <= as_of);
        let since = Since { review: review.as_of.month(), until };
        let came = backtest::came_true(&review, evidence, since, reckoning);
        rows.push((review, came));
    }
    Ok(Tested { backtest: Backtest::of(as_of, before.as_ref(), rows), findings: data.findings.into_vec(&plan.quality) })
}

/// Whether a version was in force, or past, at a review.
fn is_in_force(version: &Criteria, review: &Review) -> bool {
    version.effective_from.is_none_or(|day| day <= review.as_of)
}
