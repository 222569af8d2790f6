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
    let is_noted = analysis.inputs.iter().any(|input| !input.notes.is_empty());
    let mut columns = vec![
        column("Table", Unit::Text),
        column("File", Unit::Text),
        column("Rows read", Unit::Count),
        column("Used", Unit::Count),
        column("Rejected", Unit::Count),
    ];
    if is_noted {
        columns.push(column("How it was read", Unit::Text));
    }
    let rows = analysis
        .inputs
        .iter()
        .map(|input| {
            let mut cells = vec![
                text(input.table.clone()),
                text(input.path.clone()),
                number(input.rows_read),
                number(input.rows_used),
                number(input.rows_rejected),
            ];
            if is_noted {
                cells.push(text(in_short(&input.notes)));
            }
            row(cells)
        })
        .collect();
    blocks.push(Block::Table(table("inputs", "What was read", columns, rows, "")));
    Section { id: "quality".into(), title: "Data quality".into(), blocks }
}

/// Letters that a cell of notes may have; whatever is cut off stands in report.json.
const LONGEST_NOTES: usize = 400;

/// The notes of a file in one cell, in their order, as many as there is room for.
fn in_short(notes: &[String]) -> String {
    let mut cell = String::new();
    for (at, note) in notes.iter().enumerate() {
        if at > 0 && cell.chars().count() + note.chars().count() > LONGEST_NOTES {
            return format!("{cell}; and {} more (report.json has them)", notes.len() - at);
        }
        if at > 0 {
            cell.push_str("; ");
        }
        cell.push_str(note);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_notes_are_cut_between_two_of_them() {
        assert_eq!(in_short(&[]), "");
        assert_eq!(in_short(&["a".into(), "b".into()]), "a; b");
        let long = "x".repeat(300);
        let said = in_short(&[long.clone(), long.clone(), "c".into()]);
        assert_eq!(said, format!("{long}; and 2 more (report.json has them)"));
    }
}
