//! Which score did the CRM record, at which moment, and does it agree with the replayed one?
//!
//! A column `score_at_mql` of leads is the score when the lead became MQL; a column `score` is the score on the day of the
//! export, with all that sales has logged since. What cannot be read as a number is no score.

use super::scores::score_band;
use crate::calibration::quality::{COARSE, FINE};
use crate::config::plan::{DateOrder, Plan};
use crate::ingest::Ingested;
use crate::ingest::coerce::Clock;
use crate::ingest::frames::{integers, optional_texts, texts};
use crate::replay::{self, Journey, Replayed, Settings};
use polars::prelude::{DataFrame, PolarsResult};

/// Points by which two scores may differ and still be the same: exports round.
const SAME_WITHIN: f64 = 0.5;
/// Share of the MQLs whose recorded score lies below what is taken for the bar where no criteria are named.
const BELOW_THE_BAR: f64 = 0.05;

/// A lead's recorded score.
struct Recorded {
    lead: usize,
    moment: &'static str,
    score: f64,
    replayed: Option<f64>,
}

/// The table `recorded_scores`, a row a lead and moment, and the bar that its bands are measured by.
pub(super) fn table(
    plan: &Plan,
    data: &Ingested,
    journeys: &[Journey],
    replayed: &Replayed,
    why_not_replayed: Option<&str>,
) -> PolarsResult<(DataFrame, f64)> {
    let numbers = |name: &str| -> Vec<(usize, f64)> {
        let values = data.leads.attributes.get(name).into_iter().flatten().enumerate();
        values
            .filter(|(lead, _)| journeys[*lead].counts)
            .filter_map(|(lead, text)| Some((lead, number(text)?)))
            .collect()
    };
    let at_mql: Vec<(usize, f64)> =
        numbers("score_at_mql").into_iter().filter(|(lead, _)| journeys[*lead].mql_day.is_some()).collect();
    let current = numbers("score");
    let bar = match replay::current(&plan.criteria, data.as_of) {
        Some(criteria) => replay::bar_of(Some(criteria.threshold)),
        None => replay::bar_of(lowest(&at_mql)),
    };
    let replayable = why_not_replayed.is_none();
    let today = if current.is_empty() || !replayable {
        vec![None; journeys.len()]
    } else {
        let clock = Clock { project: plan.timezone, source: plan.timezone, order: None::<DateOrder> };
        let window_days = plan.windows.mql_to_sql_days as i32;
        let settings = Settings { criteria: &plan.criteria, clock, as_of: data.as_of, window_days };
        replay::today(&data.leads, &data.activities, journeys, &settings)
    };
    let then = at_mql.into_iter().map(|(lead, score)| {
        let replayed = replayed.scores[lead].at_mql.filter(|_| replayable);
        Recorded { lead, moment: "mql", score, replayed }
    });
    let now = current.into_iter().map(|(lead, score)| Recorded { lead, moment: "today", score, replayed: today[lead] });
    let rows: Vec<Recorded> = then.chain(now).collect();
    let agreement = |row: &Recorded| {
        row.replayed.map(|replayed| match row.score - replayed {
            difference if difference.abs() <= SAME_WITHIN => "same",
            difference if difference > 0.0 => "higher",
            _ => "lower",
        })
    };
    let table = DataFrame::new_infer_height(vec![
        texts("lead_id", rows.iter().map(|row| &data.leads.id[row.lead])),
        texts("moment", rows.iter().map(|row| row.moment)),
        integers("recorded_band", rows.iter().map(|row| Some(score_band(row.score, bar, FINE)))),
        integers("recorded_step", rows.iter().map(|row| Some(score_band(row.score, bar, COARSE)))),
        integers("replayed_step", rows.iter().map(|row| row.replayed.map(|score| score_band(score, bar, COARSE)))),
        optional_texts("agreement", rows.iter().map(agreement)),
    ])?;
    Ok((table, bar))
}

/// The score that nearly all MQLs had: the bar as it was lived.
fn lowest(at_mql: &[(usize, f64)]) -> Option<f64> {
    let mut scores: Vec<f64> = at_mql.iter().map(|(_, score)| *score).collect();
    scores.sort_unstable_by(f64::total_cmp);
    scores.get((scores.len() as f64 * BELOW_THE_BAR) as usize).copied()
}

/// A cell as a number: "85", "85.5", "1,250", "85,5".
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let thousands = text.rsplit_once(',').is_some_and(|(_, tail)| tail.split('.').next().is_some_and(|t| t.len() == 3));
    let plain = if thousands { text.replace(',', "") } else { text.replace(',', ".") };
    plain.parse().ok().filter(|score: &f64| score.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_or_nothing() {
        assert_eq!(["85", " 85.5 ", "1,250", "-5"].map(number), [Some(85.0), Some(85.5), Some(1250.0), Some(-5.0)]);
        assert_eq!(["85,5", "1,250.5"].map(number), [Some(85.5), Some(1250.5)]);
        assert_eq!(["", "hot", "inf", "NaN", "A+"].map(number), [None; 5]);
    }
}
