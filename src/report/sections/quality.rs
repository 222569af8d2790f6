//! What is wrong with the data, and what does it do to the numbers?

use super::super::page::{Block, Row, Section, Tone, Unit};
use super::super::trust::Trust;
use super::{Cell, Context, column, number, row, table, text};
use crate::finding::Level;

pub fn section(context: &Context, trust: &Trust) -> Section {
    let analysis = context.analysis;
    let mut blocks = vec![Block::Prose { text: trust.says.clone() }];
    if !analysis.findings.is_empty() {
        let columns = vec![
            column("Level", Unit::Text),
            column("What was found", Unit::Text),
            column("Rows", Unit::Count),
            column("Share", Unit::Share),
            column("For example", Unit::Text),
            column("What to do", Unit::Text),
        ];
        let rows = analysis
            .findings
            .iter()
            .map(|finding| {
                let (level, tone) = match finding.level {
                    Level::Deny => ("deny", Tone::Bad),
                    Level::Warn => ("warn", Tone::Warn),
                    Level::Info | Level::Allow => ("info", Tone::Neutral),
                };
                let cells = vec![
                    text(level),
                    text(format!("{} ({})", finding.says, finding.code)),
                    number(finding.count),
                    finding.share.map_or_else(|| Cell::Missing("no rows".to_string()), Cell::Number),
                    text(finding.examples.join(", ")),
                    text(finding.help.clone()),
                ];
                Row { cells, tone }
            })
            .collect();
        blocks.push(Block::Table(table(
            "findings",
            "Findings",
            columns,
            rows,
            "Every rejected cell stands in rejected/, with its file and row.",
        )));
    }
    let columns = vec![
        column("Table", Unit::Text),
        column("File", Unit::Text),
        column("Rows read", Unit::Count),
        column("Used", Unit::Count),
        column("Rejected", Unit::Count),
    ];
    let rows = analysis
        .inputs
        .iter()
        .map(|input| {
            row(vec![
                text(input.table.clone()),
                text(input.path.clone()),
                number(input.rows_read),
                number(input.rows_used),
                number(input.rows_rejected),
            ])
        })
        .collect();
    blocks.push(Block::Table(table("inputs", "What was read", columns, rows, "")));
    Section { id: "quality".into(), title: "Data quality".into(), blocks }
}
