//! What came of each version of the criteria: does the judgement of the last change claim what is so, nothing when nothing
//! changed, and nothing before it can be told?

use crate::project::Project;
use leadgauge::calibration::versions::{self, LastChange, Season, Versions, Worked};
use leadgauge::config::{self, Plan};
use leadgauge::facts::{Facts, Outcome, Transition, TransitionCount};
use leadgauge::metrics::change::News;
use leadgauge::metrics::{Availability, Known};
use leadgauge::stats::random::SplitMix64;
use leadgauge::vocabulary::Day;
use std::collections::BTreeMap;

const ECONOMICS: &str = "[economics]\nvalue_per_sql = 1000\nsales_cost_per_mql = 120\n";

/// A project whose bar moved from 60 to 100 on a day.
fn plan(changed: &str, more: &str) -> Plan {
    let criteria = format!(
        "[[criteria]]\nthreshold = 60\npoints = {{ demo = 60 }}\n[[criteria]]\neffective_from = \"{changed}\"\nthreshold = 100\npoints = {{ demo = 60 }}\n"
    );
    let project = Project::empty().toml(&format!("project = \"Versions\"\n{criteria}{more}"));
    config::load(&project.path(config::FILE_NAME)).expect("a valid project file")
}

fn day(text: &str) -> Day {
    text.parse().expect("a date")
}

fn everything_known() -> Known {
    let known = || Availability::Known;
    Known { mqls: known(), sqls: known(), customers: known(), spend: known() }
}

/// A history by day and channel.
#[derive(Default)]
struct History {
    rows: BTreeMap<(Transition, String, Day, Outcome), u64>,
}

impl History {
    /// `leads` of a channel come on a day, `mqls` of them are MQL at once, and `sqls` of these become SQLs after `lag` days.
    fn add(&mut self, channel: &str, on: Day, (leads, mqls, sqls): (u64, u64, u64), lag: u32) {
        let mut row = |transition, outcome, n: u64| {
            if n > 0 {
                *self.rows.entry((transition, channel.to_string(), on, outcome)).or_default() += n;
            }
        };
        row(Transition::LeadToMql, Outcome::Converted(0), mqls);
        row(Transition::LeadToMql, Outcome::Open, leads - mqls);
        row(Transition::MqlToSql, Outcome::Converted(lag), sqls);
        row(Transition::MqlToSql, Outcome::Open, mqls - sqls);
    }

    /// What can be seen at the end of a day.
    fn judged(&self, plan: &Plan, as_of: Day) -> Versions {
        let transitions = self
            .rows
            .iter()
            .filter(|((_, _, start, _), _)| *start <= as_of)
            .map(|((transition, channel, start, outcome), n)| {
                let seen = match outcome {
                    Outcome::Converted(lag) if start.plus(*lag as i32) <= as_of => *outcome,
                    _ => Outcome::Open,
                };
                TransitionCount {
                    transition: *transition,
                    channel: channel.clone(),
                    start: *start,
                    outcome: seen,
                    n: *n,
                }
            })
            .collect();
        let facts = Facts { transitions, ..Facts::default() };
        versions::judge(plan, &facts, as_of, &everything_known(), &[])
    }
}

/// Days from one date to another, both included.
fn days(from: &str, to: &str) -> impl Iterator<Item = Day> {
    (day(from).0..=day(to).0).map(Day)
}

/// Each day the counts that `of` says, from July 2023 to the end of 2025, SQLs after 10 days: enough for a year to compare
/// with.
fn two_years(of: impl Fn(Day) -> Vec<(&'static str, (u64, u64, u64))>) -> History {
    let mut history = History::default();
    for on in days("2023-07-01", "2025-12-31") {
        for (channel, counts) in of(on) {
            history.add(channel, on, counts, 10);
        }
    }
    history
}

#[track_caller]
fn last_change(found: &Versions) -> &LastChange {
    found.last_change.as_ref().expect("the criteria changed")
}

/// A bar that moved on 1 July 2025 and left out 6 of 10 MQLs a day with none of their SQLs.
fn left_out_duds(on: Day) -> Vec<(&'static str, (u64, u64, u64))> {
    let tenth = on.0 % 2 == 0;
    let mqls = if on < day("2025-07-01") { 10 } else { 4 };
    vec![("web", (40, mqls, if tenth { 2 } else { 1 }))]
}

#[test]
fn a_bar_that_leaves_out_only_duds_worked_and_the_gain_is_what_was_saved() {
    let found = two_years(left_out_duds).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let change = last_change(&found);
    assert_eq!(change.verdict, Worked::Better, "{:?}", change.says);
    // Six MQLs a day less at 120 each, and as many SQLs: 6 × 30.4375 × 120 = 21 915 a month.
    let profit = change.profit_per_month.unwrap();
    assert!((profit.value - 21_915.0).abs() < 250.0, "{profit:?}");
    let (mqls, sqls) = (change.mqls_per_month.unwrap(), change.sqls_per_month.unwrap());
    assert!((mqls.value + 6.0 * 30.4375).abs() < 1.0 && mqls.news == News::Change, "{mqls:?}");
    assert!(sqls.value.abs() < 1.0 && sqls.news == News::Noise, "{sqls:?}");
    assert!(change.says[1].contains("fewer MQLs") && change.says[1].contains("no measurable change in SQLs"));
    // Without economics the higher rate with as many SQLs says the same.
    let found = two_years(left_out_duds).judged(&plan("2025-07-01", ""), day("2025-12-31"));
    assert_eq!(last_change(&found).verdict, Worked::Better);
    assert_eq!(last_change(&found).profit_per_month, None);
}

#[test]
fn a_bar_that_costs_most_of_the_sqls_did_harm_with_economics_and_is_a_trade_without() {
    let of = |on: Day| {
        let after = on >= day("2025-07-01");
        // 30 % of 20 before, 40 % of 5 after.
        vec![("web", if after { (40, 5, 2) } else { (40, 20, 6) })]
    };
    let priced = two_years(of).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    assert_eq!(last_change(&priced).verdict, Worked::Worse, "{:?}", last_change(&priced).says);
    let unpriced = two_years(of).judged(&plan("2025-07-01", ""), day("2025-12-31"));
    assert_eq!(last_change(&unpriced).verdict, Worked::Trade, "{:?}", last_change(&unpriced).says);
}

#[test]
fn a_change_is_not_judged_before_half_of_its_sqls_can_have_come_and_then_from_the_day_that_was_said() {
    let history = two_years(left_out_duds);
    let early = history.judged(&plan("2025-07-01", ECONOMICS), day("2025-08-15"));
    let change = last_change(&early);
    assert_eq!((change.verdict, change.profit_per_month), (Worked::TooEarly, None));
    // 30 days of settling and 60 days to compare.
    let from = change.tellable_from.expect("the day is known");
    assert_eq!(from, day("2025-09-28"));
    assert!(change.says[0].contains("2025-09-28"), "{:?}", change.says);
    let eve = history.judged(&plan("2025-07-01", ECONOMICS), from.plus(-1));
    assert_eq!((last_change(&eve).verdict, last_change(&eve).tellable_from), (Worked::TooEarly, Some(from)));
    let then = history.judged(&plan("2025-07-01", ECONOMICS), from);
    assert_eq!(last_change(&then).verdict, Worked::Better, "{:?}", last_change(&then).says);
}

#[test]
fn slow_sqls_make_it_take_longer() {
    let mut history = History::default();
    for on in days("2023-07-01", "2025-12-31") {
        let counts = left_out_duds(on)[0].1;
        history.add("web", on, counts, 70);
    }
    let found = history.judged(&plan("2025-07-01", ECONOMICS), day("2025-09-28"));
    let change = last_change(&found);
    assert_eq!(change.verdict, Worked::TooEarly);
    // Half of the SQLs of n days have come when n − 70 of them are 70 days old: after 140 days.
    assert_eq!(change.tellable_from, Some(day("2025-07-31").plus(139)));
}

#[test]
fn more_leads_or_another_mix_of_channels_are_no_effect_of_the_bar() {
    // From July on there are twice as many leads, and most of them come from the poorer channel.
    let of = |on: Day| {
        let (web, paid): (u64, u64) = if on < day("2025-07-01") { (4, 2) } else { (3, 9) };
        vec![("web", (10 * web, 2 * web, web)), ("paid", (10 * paid, 5 * paid, paid))]
    };
    let found = two_years(of).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let change = last_change(&found);
    assert_eq!(change.verdict, Worked::NoMeasurableDifference, "{:?}", change.says);
    for effect in [change.mqls_per_month, change.sqls_per_month, change.rate_effect] {
        let effect = effect.unwrap();
        assert!(effect.value.abs() < 1e-6 && effect.news == News::Noise, "{effect:?}");
    }
    let rates = change.mql_to_sql.as_ref().unwrap();
    assert_eq!(rates.total.news, News::Change, "the rate of all channels together did fall");
}

#[test]
fn what_happens_every_july_is_season_where_there_are_two_years_and_is_said_not_to_be_known_where_there_are_not() {
    let of = |on: Day| {
        let is_second_half = on.month().0 % 12 >= 6;
        vec![("web", if is_second_half { (40, 10, 1) } else { (40, 10, 3) })]
    };
    let found = two_years(of).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let change = last_change(&found);
    assert_eq!(
        (change.verdict, change.season),
        (Worked::NoMeasurableDifference, Season::AccountedFor),
        "{:?}",
        change.says
    );
    let mut one_year = History::default();
    for on in days("2025-01-01", "2025-12-31") {
        one_year.add("web", on, of(on)[0].1, 10);
    }
    let found = one_year.judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let change = last_change(&found);
    assert_eq!((change.verdict, change.season), (Worked::Worse, Season::NotAccountedFor));
    assert!(change.caveats[0].contains("Season is not accounted for"), "{:?}", change.caveats);
}

#[test]
fn without_days_before_the_change_nothing_is_compared() {
    let mut history = History::default();
    for on in days("2025-04-15", "2025-12-31") {
        history.add("web", on, (40, 10, 2), 10);
    }
    let found = history.judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let change = last_change(&found);
    assert_eq!((change.verdict, change.before.is_none()), (Worked::CannotBeTold, true));
    assert!(change.says[0].contains("cannot be judged"), "{:?}", change.says);
    let before_all = history.judged(&plan("2025-01-01", ECONOMICS), day("2025-12-31"));
    assert!(before_all.last_change.is_none() && before_all.rows.len() == 1);
    let after_all = history.judged(&plan("2026-03-01", ECONOMICS), day("2025-12-31"));
    assert!(after_all.last_change.is_none() && after_all.rows.len() == 1);
    assert_eq!(after_all.rows[0].threshold, 60.0);
}

#[test]
fn each_version_has_the_mqls_of_its_own_days() {
    let found = two_years(left_out_duds).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let rows: Vec<(Day, Day, u64)> = found.rows.iter().map(|row| (row.from, row.to, row.mqls)).collect();
    let (first, change, last) = (day("2023-07-01"), day("2025-07-01"), day("2025-12-31"));
    let before = (change.0 - first.0) as u64 * 10;
    let after = (last.0 - change.0 + 1) as u64 * 4;
    assert_eq!(rows, [(first, change.plus(-1), before), (change, last, after)]);
    assert!((found.rows[1].mqls_per_month.unwrap() - 4.0 * 30.4375).abs() < 1e-9);
    for row in &found.rows {
        let (estimate, low, high) = (row.mql_to_sql.estimate, row.mql_to_sql.low, row.mql_to_sql.high);
        assert!(low < estimate && estimate < high, "{row:?}");
    }
}

#[test]
fn where_the_export_holds_only_mqls_they_are_counted_by_day() {
    let of = |on: Day| {
        let mqls = if on < day("2025-07-01") { 10 } else { 4 };
        vec![("web", (mqls, mqls, 1))]
    };
    let found = two_years(of).judged(&plan("2025-07-01", ECONOMICS), day("2025-12-31"));
    let mqls = last_change(&found).mqls_per_month.unwrap();
    assert!((mqls.value + 6.0 * 30.4375).abs() < 1e-6 && mqls.news == News::Change, "{mqls:?}");
}

/// Of `n` histories in which only chance and the months' swing are at work, those in which the change is said to have worked
/// or done harm.
fn false_claims(n: usize, swing: f64, more: &str, seed: u64) -> usize {
    let plan = plan("2025-07-01", more);
    let claims = |i: &usize| {
        let mut random = SplitMix64::new(seed + *i as u64);
        let mut of_month = BTreeMap::new();
        let mut history = History::default();
        for on in days("2024-10-01", "2025-12-31") {
            let effect: &mut f64 = of_month.entry(on.month()).or_insert_with(|| swing * random.normal());
            let odds = (0.2_f64 / 0.8).ln() + *effect;
            let share = 1.0 / (1.0 + (-odds).exp());
            let leads = random.poisson(14.0);
            let mqls = (0..leads).filter(|_| random.uniform() < 0.3).count() as u64;
            history.add("web", on, (leads - mqls, 0, 0), 0);
            for _ in 0..mqls {
                let sqls = u64::from(random.uniform() < share);
                let lag = (-20.0 * (1.0 - random.uniform()).ln()) as u32;
                history.add("web", on, (1, 1, sqls), lag.min(89));
            }
        }
        let found = history.judged(&plan, day("2025-12-31"));
        let verdict = last_change(&found).verdict;
        assert!(!matches!(verdict, Worked::TooEarly | Worked::CannotBeTold), "{:?}", last_change(&found).says);
        verdict != Worked::NoMeasurableDifference
    };
    (0..n).filter(claims).count()
}

#[test]
fn when_nothing_changed_a_change_is_claimed_at_most_one_time_in_ten() {
    // At a true rate of 10 %, more than 31 of 200 would be seen one time in a hundred.
    for (swing, more) in [(0.0, ECONOMICS), (0.2, ECONOMICS), (0.2, "")] {
        let claims = false_claims(200, swing, more, 7);
        assert!(claims <= 31, "{claims} of 200 at a swing of {swing}");
    }
}
