//! What does each number mean, and how many MQLs is it about?

use super::super::page::{Block, Section, Unit};
use super::{Context, column, number, row, table, text};
use crate::metrics::definitions;
use crate::report::format;

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
    let mut blocks = vec![Block::Table(table("definition-table", "What each number means", columns, rows, note))];
    blocks.extend(mqls(context));
    Section { id: "definitions".into(), title: "Definitions".into(), blocks }
}

/// The numbers of MQLs that stand in this report, each with what sets it apart from the first.
fn mqls(context: &Context) -> Option<Block> {
    let (metrics, calibration) = (context.metrics, &context.analysis.calibration);
    if metrics.known.mqls.why().is_some() {
        return None;
    }
    let (overall, handoff) = (&metrics.overall, &metrics.handoff);
    let days = |days: u32| format::counted(u64::from(days), "day");
    let months = format!("{} to {}", format::month(overall.from), format::month(overall.to));
    let mut lines = vec![("Volume", overall.mqls, format!("Every first MQL of {months}"))];
    if overall.mql_to_sql.n != overall.mqls {
        let which = match overall.mqls.checked_sub(overall.mql_to_sql.n) {
            Some(left_out) if left_out == overall.inferred_mqls => {
                format!("Of these, without the {left_out} inferred from a later stage")
            }
            _ => "Of these, those whose way can be followed".to_string(),
        };
        lines.push(("Conversion", overall.mql_to_sql.n, which));
    }
    if metrics.known.spend.why().is_none() && overall.cost_mqls != overall.mqls {
        lines.push(("Cost", overall.cost_mqls, "Of these, those of channels and months whose spend is known".into()));
    }
    if handoff.why_unknown.is_none() && handoff.n_past_sla > 0 {
        let had =
            format!("MQLs since {} that have had {}", format::month(handoff.since.month()), days(handoff.sla_days));
        lines.push(("Handoff", handoff.n_past_sla, had));
    }
    if calibration.mature_mqls > 0 {
        let since = calibration.criteria.as_ref().and_then(|criteria| criteria.effective_from);
        let since = since
            .map_or_else(String::new, |from| format!(" since {}, when the criteria took effect,", format::day(from)));
        let window = days(context.plan.windows.mql_to_sql_days);
        let old = format!("MQLs{since} that are {window} old; months before the report's count, too");
        lines.push(("Calibration", calibration.mature_mqls, old));
    }
    if lines.len() < 2 {
        return None;
    }
    let columns = vec![column("Under", Unit::Text), column("MQLs", Unit::Count), column("Which", Unit::Text)];
    let rows = lines.into_iter().map(|(under, n, which)| row(vec![text(under), number(n), text(which)])).collect();
    let note = "An MQL can lack a date, a price or the time to become an SQL; what lacks one of them is left out where that matters, and nowhere else.";
    Some(Block::Table(table("mql-counts", "How many MQLs each part is about", columns, rows, note)))
}
