//! In which order are points advised? Fit on what was known at the decision, follow the card through the history, judge.

use super::Past;
use crate::calibration::points::{self, PointsAdvice};
use crate::calibration::refit::{PatternCount, Patterns};
use crate::calibration::threshold::ChangePoint;
use crate::config::plan::Plan;
use crate::engine;
use crate::ingest::Ingested;
use crate::replay;
use crate::replay::decision::Decided;
use crate::vocabulary::Month;
use polars::prelude::{DataFrame, PolarsResult};

/// The counts behind the points.
pub(super) fn patterns(decided: &Decided, table: &DataFrame) -> PolarsResult<Patterns> {
    let whole = |name: &str| engine::integers(table, name);
    let (half_lives, months, folds, n) = (whole("half_life_days")?, whole("month")?, whole("fold")?, whole("n")?);
    let (texts, outcomes) = (engine::texts(table, "pattern")?, engine::texts(table, "outcome")?);
    let numbers = |text: &str| -> Vec<u32> { text.split_whitespace().filter_map(|n| n.parse().ok()).collect() };
    let mut rows: Vec<PatternCount> = texts
        .iter()
        .zip(&outcomes)
        .enumerate()
        .map(|(i, (text, outcome))| {
            let (counts, levels) = text.split_once(';').unwrap_or((text, ""));
            let n = n[i].unwrap_or_default() as u64;
            PatternCount {
                half_life_days: half_lives[i].unwrap_or_default() as u32,
                month: Month(months[i].unwrap_or_default() as i32),
                fold: folds[i].unwrap_or_default() as u32,
                quarters: numbers(counts),
                levels: numbers(levels).into_iter().map(|level| level as usize).collect(),
                n,
                sqls: if outcome == "sql" { n } else { 0 },
            }
        })
        .collect();
    // Groups come in no order; sums of floating-point numbers depend on it.
    rows.sort();
    Ok(Patterns { columns: decided.columns.clone(), rows, median_age_days: decided.median_age_days })
}

/// Advised points, or why there are none.
pub(super) fn advise(
    plan: &Plan,
    data: &Ingested,
    past: &Past,
    patterns: &Patterns,
    change: Option<&ChangePoint>,
) -> Option<PointsAdvice> {
    let now = replay::current(&plan.criteria, data.as_of)?;
    let follow = |card: &_| past.card_history(plan, data, card);
    Some(points::advise(plan, now, patterns, change, &follow))
}
