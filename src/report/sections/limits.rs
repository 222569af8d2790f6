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
    // Later months are younger still, those with too few MQLs for a rate included.
    let count = months.iter().filter(|row| row.month >= first.month).count();
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
        1 => format!("Only 1 random lead below {bar} was worked on purpose so far."),
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

#[cfg(test)]
mod tests {
    use super::super::made::{Made, rows};
    use super::*;
    use crate::metrics::Availability;
    use crate::metrics::change::News;
    use crate::metrics::news::{Basis, VolumeNews};

    const OF_A_CHANNEL: &str = "What a channel does for people whom another one brought";

    /// Where everything can be told but for what no data of this kind can tell.
    fn clear() -> Made {
        let mut made = Made::quiet();
        made.analysis.calibration.criteria = None;
        made.plan.economics.value_per_sql = None;
        let known = &mut made.analysis.metrics.known;
        (known.mqls, known.sqls) = (Availability::Known, Availability::Known);
        (known.customers, known.spend) = (Availability::Known, Availability::Known);
        made.analysis.metrics.handoff.why_unknown = None;
        made
    }

    /// What stands there besides what always does: the question and why it is open.
    fn told(made: &Made) -> Vec<Vec<String>> {
        let mut rows = rows(&section(&made.context()));
        let last = rows.pop().expect("a line at least");
        assert_eq!(last[0], OF_A_CHANNEL);
        rows
    }

    #[track_caller]
    fn only(made: &Made) -> Vec<String> {
        let rows = told(made);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    }

    #[test]
    fn where_everything_else_can_be_told_one_limit_is_left() {
        assert_eq!(told(&clear()), Vec::<Vec<String>>::new());
    }

    #[test]
    fn why_something_moved_is_open_once_something_has() {
        let mut made = clear();
        for says in [News::Noise, News::Unknown] {
            made.compared(says);
            assert!(told(&made).is_empty(), "{says:?}");
        }
        made.compared(News::Change);
        assert_eq!(only(&made)[0], "Why MQL→SQL moved");
    }

    #[test]
    fn what_young_months_come_to_is_open_from_the_first_of_them() {
        let mut made = clear();
        let n = made.analysis.metrics.months.len();
        let month = |made: &Made, at: usize| made.analysis.metrics.months[at].month.long();
        made.analysis.metrics.months[n - 1].mql_to_sql.status = Status::TooEarly;
        let last = month(&made, n - 1);
        assert_eq!(only(&made)[0], format!("What the MQLs of {last} come to in the end"));
        made.analysis.metrics.months[n - 2].mql_to_sql.status = Status::Maturing;
        let first = month(&made, n - 2);
        assert_eq!(only(&made)[0], format!("What the MQLs of {first} and later come to in the end"));
    }

    #[test]
    fn what_was_not_recorded_is_named_with_the_reason() {
        type Hide = fn(&mut Made, &str);
        let hidden: [(Hide, &str); 4] = [
            (
                |made, why| made.analysis.metrics.known.sqls = Availability::Unknown(why.into()),
                "How many MQLs become SQLs",
            ),
            (
                |made, why| made.analysis.metrics.known.customers = Availability::Unknown(why.into()),
                "How many become customers",
            ),
            (|made, why| made.analysis.metrics.known.spend = Availability::Unknown(why.into()), "What an MQL costs"),
            (|made, why| made.analysis.metrics.handoff.why_unknown = Some(why.into()), "Who waits for sales"),
        ];
        for (hide, question) in hidden {
            let mut made = clear();
            hide(&mut made, "nothing of that was exported.");
            assert_eq!(only(&made), [question, "nothing of that was exported."]);
        }
        let mut made = clear();
        made.analysis.metrics.known.customers = Availability::Unknown("there are no deals".into());
        made.analysis.metrics.known.spend = Availability::Unknown("there is no spend".into());
        assert_eq!(
            only(&made),
            [
                "How many become customers, what an MQL costs",
                "there are no deals; the others are explained in their sections."
            ]
        );
    }

    #[test]
    fn what_lies_below_the_bar_is_open_as_far_as_nobody_worked_there() {
        let mut made = clear();
        made.analysis.calibration.criteria = Made::quiet().analysis.calibration.criteria;
        assert_eq!(only(&made)[0], "Whether the bar is right", "there are not enough data");
        made.analysis.calibration.verdict = BarVerdict::Keep;
        let explored = |made: &mut Made, n: u64| {
            made.analysis.calibration.support.as_mut().expect("support").all.explored = n;
        };
        explored(&mut made, 0);
        let row = only(&made);
        let bar = made.analysis.calibration.criteria.as_ref().expect("criteria").threshold;
        assert_eq!(row[0], format!("How leads below {bar} would have fared"));
        assert!(row[1].starts_with(&format!("Nobody below {bar} was worked on purpose")), "{row:?}");
        explored(&mut made, 1);
        assert_eq!(only(&made)[1], format!("Only 1 random lead below {bar} was worked on purpose so far."));
        explored(&mut made, 40);
        assert!(only(&made)[1].starts_with("Only 40 random leads below"));
        made.analysis.calibration.support = None;
        assert!(only(&made)[1].starts_with("Nobody below"));
    }

    #[test]
    fn which_channel_is_best_is_open_between_two_that_cannot_be_told_apart() {
        let mut made = clear();
        made.against_the_rest(0, Difference::CannotTell);
        assert!(told(&made).is_empty(), "one channel is no choice");
        made.against_the_rest(1, Difference::CannotTell);
        assert_eq!(only(&made)[0], "Which of the 2 channels converts best");
        made.against_the_rest(2, Difference::Lower);
        assert_eq!(only(&made)[0], "Which of the other 2 channels converts best");
        made.against_the_rest(1, Difference::Higher);
        assert!(told(&made).is_empty());
    }

    #[test]
    fn a_season_is_open_below_two_years_unless_it_was_allowed_for() {
        let mut made = clear();
        let month = made.analysis.metrics.month;
        let volume = |months: usize, basis: Basis| {
            let expected = crate::metrics::Estimate::NONE;
            Some(VolumeNews { month, mqls: 50, expected, basis, months, news: News::Noise })
        };
        for (months, basis, is_told) in [
            (23, Basis::Level, true),
            (24, Basis::Level, false),
            (23, Basis::Season, false),
            (40, Basis::Season, false),
        ] {
            made.analysis.metrics.change.volume = volume(months, basis);
            let rows = told(&made);
            assert_eq!(rows.len(), usize::from(is_told), "{months} {basis:?}: {rows:?}");
            assert!(rows.iter().all(|row| row[1].contains("the 23 months before it")), "{rows:?}");
        }
    }

    #[test]
    fn what_an_sql_is_worth_is_open_where_advice_rests_on_it() {
        let mut made = clear();
        (made.plan.economics.value_per_sql, made.plan.economics.sales_cost_per_mql) = (Some(900.0), Some(70.0));
        let row = only(&made);
        assert_eq!(row[0], "Whether an SQL is worth €900");
        assert!(row[1].starts_with("That, and €70 of sales' time for an MQL, are your settings"), "{row:?}");
        made.plan.economics.sales_cost_per_mql = None;
        assert!(told(&made).is_empty(), "nothing rests on one of the two");
    }
}
