//! The advised criteria as TOML, ready to paste, with the reasons as comments.

use super::threshold::Verdict;
use super::{Calibration, CriteriaView};
use crate::finding::masked;
use crate::vocabulary::Day;
use toml::Value;

/// `criteria.suggested.toml`: the whole `[[criteria]]` version, in force from the month after the last visible day.
/// `None` when the project names no criteria.
pub fn toml(calibration: &Calibration, as_of: Day) -> Option<String> {
    let suggested = calibration.suggested.as_ref()?;
    let current = calibration.criteria.as_ref()?;
    let refitted = calibration.refitted();
    let moved = suggested.threshold != current.threshold;
    let headline = match (calibration.verdict, refitted) {
        (_, Some(_)) => format!(
            "Other points, with a threshold of their own: {}. The advice on today's points follows below.",
            suggested.threshold
        ),
        (Verdict::NotEnoughData, None) => "The bar could not be judged; these are the criteria in force.".to_string(),
        (Verdict::NoEconomics, None) => {
            "No threshold can be called best without economics; these are the criteria in force.".to_string()
        }
        _ if moved => format!("The threshold changes from {} to {}.", current.threshold, suggested.threshold),
        _ => format!("Nothing changes: keep {}. Pasting this is not needed.", current.threshold),
    };
    let mut lines = vec!["Advised criteria, written by leadgauge.".to_string(), headline];
    if let Some(points) = refitted {
        lines.push("Points:".to_string());
        lines.extend(points.says.iter().cloned());
        lines.extend(points.evidence.iter().map(|row| {
            format!("{}: {} now, {} advised. {}", masked(&row.name), row.points_now, row.points_suggested, row.says)
        }));
        lines.push(format!("The bar, if today's points stay ({} now):", current.threshold));
    }
    lines.extend(calibration.says.iter().chain(&calibration.warnings).cloned());
    let mut text = String::new();
    for line in lines.iter().flat_map(|line| line.lines()) {
        // A comment ends at the end of its line, whatever a name in it holds.
        text.push_str("# ");
        text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&version(suggested, super::next_month(as_of).first_day()));
    Some(text)
}

/// One `[[criteria]]` version; keys and values are written by the TOML writer, so no text from data can break out.
pub(super) fn version(criteria: &CriteriaView, from: Day) -> String {
    let number = |value: f64| if value.fract() == 0.0 { Value::Integer(value as i64) } else { Value::Float(value) };
    let mut table = toml::Table::new();
    table.insert("effective_from".into(), Value::String(from.to_string()));
    table.insert("threshold".into(), number(criteria.threshold));
    if let Some(days) = criteria.lookback_days {
        table.insert("lookback_days".into(), Value::Integer(i64::from(days)));
    }
    if let Some(days) = criteria.half_life_days {
        table.insert("half_life_days".into(), number(days));
    }
    let points = criteria.points.iter().map(|(name, points)| (name.clone(), number(*points))).collect();
    table.insert("points".into(), Value::Table(points));
    if !criteria.caps.is_empty() {
        let caps = criteria.caps.iter().map(|(name, cap)| (name.clone(), Value::Integer(i64::from(*cap)))).collect();
        table.insert("caps".into(), Value::Table(caps));
    }
    if !criteria.fit.is_empty() {
        let fit = criteria.fit.iter().map(|(attribute, rules)| {
            let rules = rules.iter().map(|(value, points)| (value.clone(), number(*points))).collect();
            (attribute.clone(), Value::Table(rules))
        });
        table.insert("fit".into(), Value::Table(fit.collect()));
    }
    let mut root = toml::Table::new();
    root.insert("criteria".into(), Value::Array(vec![Value::Table(table)]));
    toml::to_string(&root).expect("tables of text and numbers can always be written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn what_is_pasted_is_what_was_advised() {
        let criteria = CriteriaView {
            effective_from: None,
            threshold: 112.5,
            lookback_days: Some(180),
            half_life_days: Some(60.5),
            points: BTreeMap::from([("demo \"x\"".to_string(), 50.0), ("open".to_string(), 5.0)]),
            caps: BTreeMap::from([("open".to_string(), 10)]),
            fit: BTreeMap::from([("size".to_string(), BTreeMap::from([("200..".to_string(), 15.0)]))]),
        };
        let text = version(&criteria, Day(20_000));
        let plan = config::parse(&text, "pasted", Path::new(".")).unwrap_or_else(|problems| panic!("{problems}"));
        let read = super::super::view(&plan.criteria[0]);
        assert_eq!(read, CriteriaView { effective_from: Some(Day(20_000)), ..criteria });
    }
}
