//! Does a higher score mean a better lead, and was that to be expected?

use super::super::super::format;
use super::super::super::page::{Block, Chart, ChartData, ScoreBand};
use crate::calibration::quality::{Order, Probabilities, Quality, ReliabilityBand};

/// What came of each band of scores, with today's bar.
pub fn chart(quality: &Quality, found: &Probabilities, bar: Option<f64>) -> Block {
    let title = title(quality, found, bar);
    let band = |band: &ReliabilityBand| ScoreBand {
        from: band.from,
        to: band.to,
        n: band.n,
        value: band.observed.value,
        low: band.observed.low,
        high: band.observed.high,
        expected: Some(band.expected),
    };
    Block::Chart(Chart {
        id: "score-reliability".into(),
        description: format!("A column a band of scores, with its interval. {title}."),
        title,
        subtitle: "Share that became SQLs by score when sales got the lead, 90 % interval, against what earlier leads with such scores let expect".into(),
        source: format!(
            "Expected from {} leads up to {}; counted in {} leads of {} to {}",
            format::count(found.n_fitted as f64),
            format::month_compact(found.fitted_to),
            format::count(found.n as f64),
            format::month_compact(found.judged_from),
            format::month_compact(found.judged_to)
        ),
        data: ChartData::Reliability {
            bands: found.bands.iter().map(band).collect(),
            bar,
            reference: (found.n > 0).then(|| (found.sqls as f64 / found.n as f64, "all of them".to_string())),
            counted: "leads".into(),
        },
    })
}

fn title(quality: &Quality, found: &Probabilities, bar: Option<f64>) -> String {
    // The few that were worked below the bar are no end of the range to compare with.
    let is_above = |band: &&ReliabilityBand| bar.is_none_or(|bar| band.to.is_none_or(|to| to > bar + 1e-9));
    let above: Vec<&ReliabilityBand> = found.bands.iter().filter(is_above).collect();
    let share = |band: &ReliabilityBand| band.observed.value.map(format::share);
    let ends = match above.as_slice() {
        [first, .., last] => share(first).zip(share(last)),
        _ => None,
    };
    let lowest = if above.len() < found.bands.len() { "just above the bar" } else { "in the lowest band of scores" };
    let band = if above.len() < found.bands.len() { " band" } else { "" };
    let ends = ends.map_or_else(String::new, |(low, high)| format!(": {low} {lowest}, {high} in the highest{band}"));
    match quality.verdict {
        // What ranks hardly better than a coin is no finding about a few bands.
        Order::Right if quality.auc.value.is_none_or(|area| area < super::HARDLY) => {
            "Higher scores bring hardly more SQLs than lower ones".to_string()
        }
        Order::Right => format!("Higher scores bring more SQLs{ends}"),
        Order::Reversed => format!("Higher scores bring fewer SQLs{ends}"),
        _ => format!("Whether higher scores bring more SQLs is not settled{ends}"),
    }
}
