//! Which points would change, and by how much?

use super::super::super::format;
use super::super::super::page::{Block, Chart, ChartData, Dumbbell, DumbbellEnd, Unit};
use crate::calibration::CriterionEvidence;
use crate::calibration::points::PointsAdvice;

/// The most criteria that are drawn: those whose points would move most.
const MOST: usize = 20;

/// The chart; none with a single criterion.
pub fn chart(points: &PointsAdvice, evidence: &[CriterionEvidence]) -> Option<Block> {
    if evidence.len() < 2 {
        return None;
    }
    let off = |row: &&CriterionEvidence| row.points_now < row.low || row.points_now > row.high;
    let moved = |row: &CriterionEvidence| (row.points_suggested - row.points_now).abs();
    let mut shown: Vec<&CriterionEvidence> = evidence.iter().collect();
    shown.sort_by(|a, b| moved(b).total_cmp(&moved(a)).then_with(|| a.name.cmp(&b.name)));
    shown.truncate(MOST);
    shown.sort_by(|a, b| b.points_suggested.total_cmp(&a.points_suggested).then_with(|| a.name.cmp(&b.name)));
    let title = match evidence.iter().filter(off).count() {
        0 => "What became of the leads proves no action's points wrong".to_string(),
        n => format!("What became of the leads does not bear out the points of {n} of {} actions", evidence.len()),
    };
    let card = points.card.as_ref().map_or_else(String::new, |card| {
        format!("; the refitted points go with a bar of {}", format::grouped(card.threshold, 0))
    });
    let row = |row: &&CriterionEvidence| Dumbbell {
        label: row.name.clone(),
        from: Some(row.points_now),
        to: Some(row.points_suggested),
        low: Some(row.low),
        high: Some(row.high),
        tip: format!("{}\n{} leads did it\n{}", row.name, format::count(row.n as f64), row.says),
    };
    Some(Block::Chart(Chart {
        id: "points-chart".into(),
        subtitle: format!("Points per action, today and refitted from what became of the leads; 90 % interval{card}"),
        description: format!("{} actions, a row each. {title}.", shown.len()),
        title,
        source: format!(
            "{} worked leads, {} SQLs",
            format::count(points.worked as f64),
            format::count(points.sqls as f64)
        ),
        data: ChartData::Dumbbells {
            rows: shown.iter().map(row).collect(),
            from: "today".into(),
            to: "refitted".into(),
            interval_of: DumbbellEnd::To,
            unit: Unit::Count,
        },
    }))
}
