//! What does each number mean?

use super::super::page::{Block, Section, Unit};
use super::{Context, column, row, table, text};
use crate::metrics::definitions;

pub fn section(context: &Context) -> Section {
    let columns = vec![column("Measure", Unit::Text), column("Definition", Unit::Text)];
    let windows = &context.plan.windows;
    let own = |definition: &str| {
        // The list names the default windows; the project's own are what was used.
        definition
            .replace("within 90 days", &format!("within {} days", windows.mql_to_sql_days))
            .replace("within 180 days", &format!("within {} days", windows.sql_to_customer_days))
            .replace("within 270 days", &format!("within {} days", windows.mql_to_customer_days))
    };
    let rows = definitions::all()
        .iter()
        .map(|definition| row(vec![text(definition.label.clone()), text(own(&definition.definition))]))
        .collect();
    let note = "`leadgauge explain NAME` prints a definition with the query behind it.";
    let blocks = vec![Block::Table(table("definition-table", "What each number means", columns, rows, note))];
    Section { id: "definitions".into(), title: "Definitions".into(), blocks }
}
