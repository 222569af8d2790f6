//! Which volume was to be expected, month by month?

use super::super::super::format;
use crate::metrics::Metrics;
use crate::metrics::change::News;

/// The range of each report month; `None` where the months before are too few.
pub fn ranges(metrics: &Metrics) -> Vec<Option<(f64, f64)>> {
    let of = |month| metrics.change.volumes.iter().find(|news| news.month == month);
    metrics.months.iter().map(|row| of(row.month).and_then(|news| news.expected.low.zip(news.expected.high))).collect()
}

/// What the report month's volume says, where something was to be expected.
pub fn finding(metrics: &Metrics) -> Option<String> {
    let news = metrics.change.volume.as_ref()?;
    let (low, high) = news.expected.low.zip(news.expected.high)?;
    let place = match news.news {
        News::Change if (news.mqls as f64) > high => "above",
        News::Change => "below",
        _ => "within",
    };
    // Whole MQLs that lie inside, as the text says it.
    let range = format!("{}–{}", format::count(low.ceil()), format::count(high.floor()));
    Some(format!(
        "{}: {}, {place} the expected {range}",
        format::month_first(news.month),
        format::counted(news.mqls, "MQL")
    ))
}
