//! What can this report not tell? The questions that readers ask next, and why these data cannot answer them.

use super::super::format;
use super::super::page::{Block, Section, Unit};
use super::{Context, column, row, table, text};
use crate::calibration::threshold::Verdict as BarVerdict;
use crate::metrics::channels::Difference;
use crate::metrics::funnel::Status;

/// Months from which on a season can be told from a trend.
const MONTHS_OF_TWO_YEARS: usize = 24;

pub fn section(context: &Context) -> Section {
    let lines: Vec<(String, String)> = [
        why(context),
        young(context),
        not_recorded(context),
        worth(context),
        below_the_bar(context),
        channels(context),
        season(context),
        Some((
            "What a channel does for people whom another one brought".to_string(),
            "Every lead counts for the channel of its first touch, and for no other.".to_string(),
        )),
    ]
    .into_iter()
    .flatten()
    .collect();
    let columns = vec![column("Not to be told", Unit::Text), column("Because", Unit::Text)];
    let rows = lines.into_iter().map(|(what, why)| row(vec![text(what), text(why)])).collect();
    let blocks = vec![Block::Table(table("not-told", "Questions that these data leave open", columns, rows, ""))];
    Section { id: "limits".into(), title: "What this report cannot tell".into(), blocks }
}

fn why(context: &Context) -> Option<(String, String)> {
    let comparison = context.metrics.change.halves.as_ref()?;
    let is_news = comparison.total.news == crate::metrics::change::News::Change;
    is_news.then(|| {
        (
            format!("Why {} moved", context.goal.label()),
            "The report shows when it moved and in which channels. Causes (a new team, other rules of qualification, a competitor) are not in the data.".to_string(),
        )
    })
}

fn young(context: &Context) -> Option<(String, String)> {
    let is_young = |status: Status| matches!(status, Status::Maturing | Status::TooEarly);
    let months = &context.metrics.months;
    let first = months.iter().find(|row| is_young(context.goal.of_month(row).status))?;
    let count = months.iter().filter(|row| is_young(context.goal.of_month(row).status)).count();
    let since = match count {
        1 => format::month(first.month),
        _ => format!("{} and later", format::month(first.month)),
    };
    Some((
        format!("What the MQLs of {since} come to in the end"),
        "They have not had their whole window yet. Their rates allow for what usually comes later; if sales has become slower or faster since, they are wrong by that.".to_string(),
    ))
}

/// Tables that were not given, and what is missing without them.
fn not_recorded(context: &Context) -> Option<(String, String)> {
    let known = &context.metrics.known;
    let missing: Vec<(&str, &str)> = [
        ("how many MQLs become SQLs", known.sqls.why()),
        ("how many become customers", known.customers.why()),
        ("what an MQL costs", known.spend.why()),
        ("who waits for sales", context.metrics.handoff.why_unknown.as_deref()),
    ]
    .into_iter()
    .filter_map(|(what, why)| Some((what, why?)))
    .collect();
    let (_, because) = missing.first()?;
    let named: Vec<&str> = missing.iter().map(|(what, _)| *what).collect();
    let mut what = named.join(", ");
    if let Some(first) = what.get(..1).map(str::to_uppercase) {
        what.replace_range(..1, &first);
    }
    let rest = if missing.len() > 1 { "; the others are explained in their sections" } else { "" };
    Some((what, format!("{because}{rest}.").replace("..", ".")))
}

fn below_the_bar(context: &Context) -> Option<(String, String)> {
    let calibration = &context.analysis.calibration;
    let bar = calibration.criteria.as_ref()?.threshold;
    if matches!(calibration.verdict, BarVerdict::NotEnoughData) {
        return Some((
            "Whether the bar is right".to_string(),
            "Too few MQLs have had their whole window, or too few became SQLs.".to_string(),
        ));
    }
    let explored = calibration.support.as_ref().map_or(0, |support| support.all.explored);
    let because = match explored {
        0 => format!(
            "Nobody below {bar} was worked on purpose, so a lower bar rests on a line drawn on; leadgauge explore says how to find out."
        ),
        n => format!("Only {} below {bar} were worked on purpose so far.", format::counted(n, "random lead")),
    };
    Some((format!("How leads below {bar} would have fared"), because))
}

fn channels(context: &Context) -> Option<(String, String)> {
    let rest = |row: &crate::metrics::Totals| row.standing.as_ref().and_then(|standing| standing.rest);
    let compared = context.metrics.channels.iter().filter_map(rest).count();
    let same =
        context.metrics.channels.iter().filter_map(rest).filter(|rest| rest.says == Difference::CannotTell).count();
    if same < 2 {
        return None;
    }
    let which = if same == compared { format!("the {same} channels") } else { format!("the other {same} channels") };
    Some((
        format!("Which of {which} converts best"),
        "Their differences may be chance: a channel would need far more MQLs to stand apart.".to_string(),
    ))
}

/// The value that all advice on the criteria rests on.
fn worth(context: &Context) -> Option<(String, String)> {
    let value = context.plan.economics.value_per_sql?;
    let cost = context.plan.economics.sales_cost_per_mql?;
    let currency = &context.plan.currency;
    Some((
        format!("Whether an SQL is worth {}", format::money(value, currency)),
        format!(
            "That, and {} of sales' time for an MQL, are your settings ([economics]); another value means another bar, as Calibration shows.",
            format::money(cost, currency)
        ),
    ))
}

fn season(context: &Context) -> Option<(String, String)> {
    let volume = context.metrics.change.volume.as_ref()?;
    (volume.months < MONTHS_OF_TWO_YEARS && !matches!(volume.basis, crate::metrics::news::Basis::Season)).then(|| {
        (
            "What is season and what is trend".to_string(),
            format!("What is expected of a month rests on the {} months before it: too few to know which months are always weak or strong.", volume.months),
        )
    })
}
