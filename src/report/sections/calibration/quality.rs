//! How good is today's score, and is the score in the export the one that the criteria give?

use super::super::super::format;
use super::super::super::page::{Block, Tone, Unit};
use super::super::{Context, cells, column, number, row, table, text};
use super::Cell;
use crate::calibration::quality::{Moment, Quality};

pub fn blocks(context: &Context) -> Vec<Block> {
    let quality = &context.analysis.calibration.quality;
    // Where nothing can be replayed, the section says so once.
    if quality.n == 0 && quality.recorded.is_empty() {
        return Vec::new();
    }
    let mut blocks: Vec<Block> = quality.says.iter().map(|text| Block::Prose { text: text.clone() }).collect();
    let bar = context.analysis.calibration.criteria.as_ref().map(|criteria| criteria.threshold);
    let judged = quality.probabilities.as_ref().filter(|found| found.bands.len() > 1);
    blocks.extend(judged.map(|found| super::score_chart::chart(quality, found, bar)));
    blocks.push(figures(quality));
    if !quality.recorded.is_empty() {
        blocks.push(recorded(quality));
    }
    blocks.extend(quality.caveats.iter().map(|text| Block::Note { tone: Tone::Neutral, text: text.clone() }));
    blocks
}

fn figures(quality: &Quality) -> Block {
    let missing = |why: &str| Cell::Missing(why.to_string());
    let plain = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| missing("too few leads"), |value| text(format::grouped(value, decimals)))
    };
    let with_range = |estimate: &crate::metrics::Estimate| {
        let [value, range] = cells(estimate, "too few leads");
        let shown = |cell: Cell| match cell {
            Cell::Number(value) => text(format::grouped(value, 2)),
            Cell::Range(low, high) => text(format!("{} to {}", format::grouped(low, 2), format::grouped(high, 2))),
            other => other,
        };
        [shown(value), shown(range)]
    };
    let mut rows = Vec::new();
    let mut add = |name: &str, [value, range]: [Cell; 2], means: &str| {
        rows.push(row(vec![text(name), value, range, text(means)]));
    };
    let none = || missing("no interval");
    add("Right order among MQLs (AUC)", with_range(&quality.auc), "0.5 is a coin, 1 is always right");
    if let Some(auc) = &quality.auc_with_explored {
        let [value, range] = with_range(auc);
        add("With leads worked below the bar", [value, range], "the same, over a wider range of scores");
    }
    add(
        "Average precision",
        [plain(quality.average_precision, 2), none()],
        &match quality.base_rate {
            Some(rate) => {
                format!("a score that orders nothing would have {}, the share of SQLs", format::grouped(rate, 2))
            }
            None => "compare with the share of SQLs".to_string(),
        },
    );
    if let Some(found) = &quality.probabilities {
        let without = found.brier_without_score.map(|brier| format::grouped(brier, 4)).unwrap_or_default();
        add(
            "Distance of chance and outcome (Brier)",
            [plain(found.brier, 4), none()],
            &format!("0 is perfect; without the score {without}"),
        );
        let chance = found.reliability_by_chance.map(|chance| format::grouped(chance, 4)).unwrap_or_default();
        add(
            "of which chances that are off",
            [plain(found.reliability, 4), none()],
            &format!("right chances would have about {chance} by luck alone"),
        );
        let [value, range] = with_range(&found.slope);
        add(
            "Calibration slope",
            [value, range],
            "1 is right; below 1: high and low scores differ less than was expected",
        );
        add("Calibration intercept", [plain(found.intercept, 2), none()], "0 is right");
    }
    let columns = vec![
        column("Measure", Unit::Text),
        column("Value", Unit::Text),
        column("90 % interval", Unit::Text),
        column("How to read it", Unit::Text),
    ];
    Block::Table(table(
        "score-quality",
        "How good the score is",
        columns,
        rows,
        "The score is replayed up to the moment at which sales got the lead. Chances: fitted on the first two thirds of the leads by month, judged on the last third.",
    ))
}

fn recorded(quality: &Quality) -> Block {
    let columns = vec![
        column("Score in the export", Unit::Text),
        column("Leads with both", Unit::Count),
        column("The same", Unit::Share),
        column("Middle difference, points", Unit::Decimal),
        column("Rank correlation", Unit::Text),
        column("At or above the bar by the export only", Unit::Count),
        column("By the replay only", Unit::Count),
    ];
    let rows = quality.recorded.iter().map(|found| {
        let rank = found.rank_correlation;
        row(vec![
            text(match found.moment {
                Moment::Mql => "at the MQL",
                Moment::Today => "on the day of the export",
            }),
            number(found.n),
            Cell::Number(found.share_same),
            Cell::Number(found.median_difference),
            rank.map_or_else(|| Cell::Missing("all alike".into()), |rank| text(format::grouped(rank, 2))),
            number(found.n_recorded_only),
            number(found.n_replayed_only),
        ])
    });
    Block::Table(table(
        "recorded-scores",
        "The score in the export against the one that the criteria give",
        columns,
        rows.collect(),
        "The same: at most half a point apart. Difference: the export's score less the replayed one.",
    ))
}
