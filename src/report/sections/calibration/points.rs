//! What is each criterion worth, and which points would be better?

use super::super::super::format;
use super::super::super::page::{Block, Row, Tone, Unit};
use super::super::{Cell, cells, column, row, table, text};
use crate::calibration::points::{Interaction, PointsAdvice, PointsStatus};
use crate::calibration::{Calibration, CriteriaView, CriterionEvidence};

/// The sentences, the points now and suggested, and fit by engagement where that matters.
pub fn blocks(calibration: &Calibration) -> Vec<Block> {
    let Some(points) = &calibration.points else { return Vec::new() };
    let mut blocks: Vec<Block> = points.says.iter().map(|sentence| Block::Prose { text: sentence.clone() }).collect();
    if !calibration.criteria_evidence.is_empty() {
        blocks.extend(super::points_chart::chart(points, &calibration.criteria_evidence));
        blocks.push(criteria(points, &calibration.criteria_evidence));
    }
    if let (Some(now), Some(then)) = (&calibration.criteria, &points.card)
        && points.status == PointsStatus::Advised
        && let Some(block) = fit(now, then)
    {
        blocks.push(block);
    }
    blocks.extend(points.interaction.as_ref().map(matrix));
    blocks
}

/// Points now and suggested, with the interval and the verdict.
fn criteria(points: &PointsAdvice, evidence: &[CriterionEvidence]) -> Block {
    let columns = vec![
        column("Criterion", Unit::Text),
        column("Points now", Unit::Count),
        column("Points refitted", Unit::Count),
        column("90 % interval", Unit::Text),
        column("Leads that did it", Unit::Count),
        column("What it means", Unit::Text),
    ];
    let rows = evidence
        .iter()
        .map(|row| Row {
            cells: vec![
                text(row.name.clone()),
                Cell::Number(row.points_now),
                Cell::Number(row.points_suggested),
                text(format!("{} to {}", format::grouped(row.low, 0), format::grouped(row.high, 0))),
                Cell::Number(row.n as f64),
                text(row.says.clone()),
            ],
            tone: Tone::Neutral,
        })
        .collect();
    let note = format!(
        "What each is worth with all others held fixed, from {} worked leads ({} SQLs), by what they had done when they were handed over and no later. A refitted score of 100 or so is not today's: the points go with their own threshold. Don't read the share of SQLs among MQLs that did something as its worth: MQLs were picked by the sum of points, so what helped a lead over the bar looks weak among them.",
        format::count(points.worked as f64),
        format::count(points.sqls as f64)
    );
    Block::Table(table("points", "What each action is worth", columns, rows, &note))
}

/// Points for who a lead is, now and suggested.
fn fit(now: &CriteriaView, then: &CriteriaView) -> Option<Block> {
    let columns = vec![
        column("Attribute", Unit::Text),
        column("Value", Unit::Text),
        column("Points now", Unit::Count),
        column("Points refitted", Unit::Count),
    ];
    let mut rows = Vec::new();
    for (attribute, values) in &then.fit {
        for (value, points) in values {
            let before = now.fit.get(attribute).and_then(|values| values.get(value));
            let before = before.map_or(Cell::Missing("no rule".into()), |points| Cell::Number(*points));
            rows.push(row(vec![text(attribute.clone()), text(value.clone()), before, Cell::Number(*points)]));
        }
    }
    let note = "Who a lead is, apart from what it did. The value that fits worst has 0 points.";
    (!rows.is_empty()).then(|| Block::Table(table("fit-points", "Points for fit", columns, rows, note)))
}

/// Rates by thirds of fit and engagement.
fn matrix(interaction: &Interaction) -> Block {
    let columns = vec![
        column("Fit", Unit::Text),
        column("Engagement", Unit::Text),
        column("Worked leads", Unit::Count),
        column("SQLs", Unit::Count),
        column("SQLs per lead", Unit::Share),
        column("90 % interval", Unit::Share),
    ];
    let third = |third: u32| match third {
        1 => "lowest third",
        2 => "middle third",
        _ => "highest third",
    };
    let rows = interaction
        .cells
        .iter()
        .map(|cell| {
            let [rate, range] = cells(&cell.rate, "no leads");
            row(vec![
                text(third(cell.fit)),
                text(third(cell.engagement)),
                Cell::Number(cell.n as f64),
                Cell::Number(cell.sqls as f64),
                rate,
                range,
            ])
        })
        .collect();
    let note = "Among leads that sales worked, by their fit and by what they had done when they were handed over.";
    Block::Table(table("fit-engagement", "Fit by engagement", columns, rows, note))
}
