//! What does sales do with the MQLs? Leads whose every number can be worked out by hand.

use crate::project::Project;
use leadgauge::facts::Touch;
use leadgauge::metrics::benchmark::Verdict;
use leadgauge::metrics::response::{ByResponse, Comparison, Handoff, ResponseName, Share};
use leadgauge::report::Report;
use leadgauge::vocabulary::{Day, Stage};
use std::collections::BTreeMap;

const PROJECT: &str = r#"project = "Hand-made"
timezone = "UTC"
as_of = "2026-06-30"

[report]
months = 4

[exclude]
email_domains = ["own.example"]
"#;

/// Stage entries: lead, stage, day, reason. June 2026 is the report month, March the first of the four.
const ENTRIES: [(&str, &str, &str, &str); 45] = [
    // Touched after 2 days, an SQL after 18.
    ("worked", "mql", "2026-03-02", ""),
    ("worked", "working", "2026-03-04", "call"),
    ("worked", "sql", "2026-03-20", ""),
    // Touched after 8 days.
    ("late", "mql", "2026-03-02", ""),
    ("late", "working", "2026-03-10", ""),
    // The fifth day is in time.
    ("day_five", "mql", "2026-03-03", ""),
    ("day_five", "sal", "2026-03-08", ""),
    // Nobody ever looked at it.
    ("never", "mql", "2026-03-03", ""),
    // The SQL is the first touch; what was worked after it is none before it.
    ("straight", "mql", "2026-03-04", ""),
    ("straight", "sql", "2026-03-06", ""),
    ("straight", "working", "2026-03-07", ""),
    // Worked on purpose, not because it was an MQL.
    ("explored", "mql", "2026-03-05", ""),
    ("explored", "working", "2026-03-06", "exploration"),
    // The touch is one of the second MQL.
    ("again", "mql", "2026-03-06", ""),
    ("again", "recycled", "2026-03-20", "Not now"),
    ("again", "mql", "2026-04-20", ""),
    ("again", "working", "2026-04-21", ""),
    // Turned down within the SLA.
    ("turned_down", "mql", "2026-03-09", ""),
    ("turned_down", "working", "2026-03-10", ""),
    ("turned_down", "disqualified", "2026-03-12", "Bad fit"),
    // Turned down, and an SQL after all.
    ("after_all", "mql", "2026-03-09", ""),
    ("after_all", "working", "2026-03-11", ""),
    ("after_all", "disqualified", "2026-03-30", "No budget"),
    ("after_all", "sql", "2026-04-10", ""),
    // With sales before it was an MQL.
    ("sql_first", "sql", "2026-03-01", ""),
    ("sql_first", "mql", "2026-03-10", ""),
    // Two days old.
    ("young", "mql", "2026-06-28", ""),
    // Ten days old.
    ("overdue", "mql", "2026-06-20", ""),
    // Own staff.
    ("own", "mql", "2026-03-02", ""),
    // Turned down without a touch and without a reason.
    ("closed", "mql", "2026-03-11", ""),
    ("closed", "disqualified", "2026-03-25", ""),
    // Its SQL cannot be seen yet.
    ("unseen", "mql", "2026-06-10", ""),
    ("unseen", "working", "2026-06-12", ""),
    ("unseen", "sql", "2026-07-05", ""),
    // Before the report months.
    ("earlier", "mql", "2026-02-10", ""),
    ("earlier", "working", "2026-02-11", ""),
    // Never an MQL: nothing of it is a handoff.
    ("no_mql", "working", "2026-03-10", ""),
    ("no_mql", "disqualified", "2026-03-12", "Bad fit"),
    ("sql_only", "sql", "2026-03-12", ""),
    ("sql_only", "disqualified", "2026-03-20", "Bad fit"),
    // Turned down after the SQL: no exit of the MQL. (Its MQL lies before the report months.)
    ("lost", "mql", "2026-02-12", ""),
    ("lost", "working", "2026-02-13", ""),
    ("lost", "sql", "2026-02-20", ""),
    ("lost", "disqualified", "2026-03-20", "Bad fit"),
    // A lead that is nothing yet.
    ("nothing", "lead", "2026-03-01", ""),
];

fn leads<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let row = |id: &&str| {
        let domain = if *id == "own" { "own.example" } else { "else.example" };
        format!("{id},{id}@{domain},2026-02-01,webinar\n")
    };
    format!("lead_id,email,created_at,channel\n{}", ids.iter().map(row).collect::<String>())
}

fn entries<'a>(rows: impl Iterator<Item = (&'a str, &'a str, &'a str, &'a str)>) -> String {
    let row = |(lead, stage, day, reason)| format!("{lead},{stage},{day},\"{reason}\"\n");
    format!("lead_id,stage,entered_at,reason\n{}", rows.map(row).collect::<String>())
}

fn hand_made(wanted: impl Fn(&str, &str) -> bool) -> Project {
    let rows = || ENTRIES.into_iter().filter(|(lead, stage, ..)| wanted(lead, stage));
    Project::empty().toml(PROJECT).leads(&leads(ENTRIES.iter().map(|(lead, ..)| *lead))).stage_history(&entries(rows()))
}

fn handoff(project: &Project) -> Handoff {
    project.report().handoff
}

fn counts(share: &Share) -> (u64, u64) {
    (share.n, share.of)
}

#[track_caller]
fn near(found: Option<f64>, expected: f64) {
    let found = found.unwrap_or_else(|| panic!("nothing, where {expected} was expected"));
    assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
}

#[test]
fn every_touch_is_where_the_definition_puts_it() {
    let found = handoff(&hand_made(|_, _| true));
    assert!(found.touches_known && found.why_unknown.is_none());
    // Of worked, straight and after_all only straight has no touch up to its SQL; unseen is none yet.
    assert_eq!(counts(&found.sqls_touched), (2, 3));
    assert_eq!((found.n, found.n_sql_first), (13, 1));
    // All but young have had five days; never, explored, overdue, again and closed have no touch, the last two were closed.
    assert_eq!(found.n_past_sla, 12);
    assert_eq!((found.n_untouched_past_sla, found.n_closed_untouched_past_sla), (Some(5), Some(2)));

    let touches = found.touches.expect("touches are recorded");
    // worked, day_five, straight, turned_down, after_all, unseen; late after them.
    assert_eq!(counts(&touches.in_time), (6, 12));
    assert_eq!(touches.n_late, 1);
    // never, explored, overdue and young wait; the first two for longer than 90 days.
    assert_eq!((touches.n_waiting, touches.n_overdue, touches.n_forgotten), (4, 3, 2));
    assert_eq!(touches.longest_wait_days, Some(10));
    // Touched after 1, 2, 2, 2, 2, 5 and 8 days of 13, of which young leaves after its second day: the share of those not
    // touched is 12/13 · 8/12 · 6/7 after five days and 5/6 of that after eight.
    assert_eq!(touches.median_days.value, Some(8.0));
    let by = |day: u32| touches.by_day.iter().find(|row| row.day == day).map(|row| row.share);
    near(by(1), 1.0 / 13.0);
    near(by(2), 5.0 / 13.0);
    near(by(5), 43.0 / 91.0);
    near(by(90), 51.0 / 91.0);
    assert_eq!(touches.follow_up_days, 90);

    let months: Vec<(String, (u64, u64), u64)> =
        touches.months.iter().map(|row| (row.month.to_string(), counts(&row.in_time), row.n_untouched)).collect();
    assert_eq!(months, [("2026-03".to_string(), (5, 10), 4), ("2026-06".to_string(), (1, 2), 1)]);
    assert_eq!(touches.channels.len(), 1);
    assert!(!touches.channels[0].differs && touches.months.iter().all(|row| !row.differs));
}

#[test]
fn the_comparison_begins_at_the_end_of_the_sla() {
    let found = handoff(&hand_made(|_, _| true)).by_response.expect("touches and SQLs are recorded");
    let classes: Vec<(ResponseName, u64, u64, u64)> =
        found.classes.iter().map(|class| (class.response, class.mqls.n, class.sqls, class.exits)).collect();
    assert_eq!(
        classes,
        [
            (ResponseName::InTime, 6, 3, 2),
            (ResponseName::Late, 1, 0, 0),
            (ResponseName::Closed, 2, 0, 2),
            (ResponseName::Untouched, 3, 0, 0)
        ]
    );
    // straight was an SQL by then, turned_down was out.
    assert_eq!((found.landmark_day, found.n_sql_by_landmark, found.n_exited_by_landmark), (5, 1, 1));
    // worked, day_five, after_all, unseen against late, never, explored, again, closed, overdue.
    assert_eq!((found.touched.n, found.touched.sqls), (4, 2));
    assert_eq!((found.not_touched.n, found.not_touched.sqls), (6, 0));
    assert_eq!(found.says, Comparison::TooFew);
    assert!(found.follow_up_gap.is_none());
}

#[test]
fn exits_are_counted_with_their_reasons_and_what_came_later() {
    let exits = handoff(&hand_made(|_, _| true)).exits.expect("both stages are recorded");
    assert_eq!((exits.n, exits.n_disqualified, exits.n_recycled), (4, Some(3), Some(1)));
    assert_eq!((exits.n_without_reason, exits.n_sql_after_all), (1, 1));
    assert_eq!(exits.recycled_again.map(|share| counts(&share)), Some((1, 1)));
    assert_eq!(exits.recycled_again_sql, Some(0));
    let mut reasons: Vec<(Stage, &str, u64)> =
        exits.reasons.iter().map(|row| (row.stage, row.reason.as_str(), row.share.n)).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            (Stage::Disqualified, "(no reason)", 1),
            (Stage::Disqualified, "bad fit", 1),
            (Stage::Disqualified, "no budget", 1),
            (Stage::Recycled, "not now", 1)
        ]
    );
}

#[test]
fn what_comes_first_competes() {
    let outcomes = handoff(&hand_made(|_, _| true)).outcomes.expect("SQLs and exits are recorded");
    assert_eq!(outcomes.n, 13);
    let followed: Vec<(u32, u64)> = outcomes.days.iter().map(|row| (row.day, row.n_followed)).collect();
    assert_eq!(followed, [(7, 12), (14, 11), (30, 10), (60, 10), (90, 10)]);
    // Day 2: straight of 13. Day 3: turned_down of 11. Day 14: closed and again of 9. Day 18: worked of 7. Day 21:
    // after_all of 5, since what came first was that it was turned down.
    let last = outcomes.days.last().expect("days");
    near(last.sql.value, 73.0 / 429.0);
    near(last.disqualified.value, 124.0 / 429.0);
    near(last.recycled.value, 40.0 / 429.0);
    near(last.open.value, 192.0 / 429.0);
    for step in &outcomes.steps {
        near(Some(step.sql + step.disqualified + step.recycled + step.open), 1.0);
    }
    assert_eq!(outcomes.steps.iter().map(|step| step.day).collect::<Vec<_>>(), [2, 3, 14, 18, 21]);
}

#[test]
fn the_sla_is_a_setting() {
    let found = handoff(&hand_made(|_, _| true).settings("[funnel]\nsla_days = 2"));
    // Now day_five is late and young, two days old, is due.
    let touches = found.touches.expect("touches");
    assert_eq!((found.sla_days, found.n_past_sla, counts(&touches.in_time), touches.n_late), (2, 13, (5, 13), 2));
    assert_eq!(touches.n_overdue, 4);
}

#[test]
fn without_touches_nobody_is_said_to_wait() {
    let project = hand_made(|_, stage| stage != "working" && stage != "sal");
    let report = project.report();
    let found = &report.handoff;
    assert!(!found.touches_known && found.touches.is_none() && found.by_response.is_none());
    assert_eq!((found.n_untouched_past_sla, found.n_closed_untouched_past_sla), (None, None));
    assert!(found.why_unknown.as_deref().is_some_and(|why| why.contains("no date")), "{:?}", found.why_unknown);
    // Reasons and outcomes do not need them.
    assert_eq!(found.exits.as_ref().map(|exits| exits.n), Some(4));
    assert!(found.outcomes.is_some());
    let words = words(&report);
    assert!(words.contains("name it as the stage `working`"), "{words}");
    assert!(!words.contains("Waiting now") && !words.contains("touched within"), "{words}");
}

#[test]
fn touches_that_most_sqls_lack_say_nothing() {
    // Of three SQLs only one keeps its touch.
    let found = handoff(&hand_made(|lead, stage| lead != "after_all" || stage != "working"));
    assert_eq!(counts(&found.sqls_touched), (1, 3));
    assert!(!found.touches_known && found.touches.is_none());
    assert!(found.why_unknown.as_deref().is_some_and(|why| why.contains("most SQLs")), "{:?}", found.why_unknown);
}

#[test]
fn stages_that_are_never_recorded_are_said_to_be_missing() {
    let report = hand_made(|_, stage| stage != "disqualified" && stage != "recycled").report();
    assert!(report.handoff.exits.is_none() && report.handoff.outcomes.is_none());
    assert!(words(&report).contains("nothing can be said about reasons"));

    let report = hand_made(|_, stage| stage != "recycled").report();
    let exits = report.handoff.exits.as_ref().expect("one is recorded");
    assert_eq!((exits.n_disqualified, exits.n_recycled, exits.recycled_again_sql), (Some(3), None, None));
    assert!(words(&report).contains("a stage that means recycled to marketing is not recorded"));
    let outcomes = report.handoff.outcomes.as_ref().expect("one is recorded");
    assert!(outcomes.has_disqualified && !outcomes.has_recycled);
}

#[test]
fn reasons_are_texts_from_data() {
    let hostile = r#"lead_id,stage,entered_at,reason
worked,mql,2026-03-02,
worked,disqualified,2026-03-04,"<script>alert(1)</script> ask Bob@Evil.example about | it and about a lot more that nobody needs"
"#;
    let run = Project::empty()
        .toml(PROJECT)
        .leads(&leads(["worked"].into_iter()))
        .stage_history(hostile)
        .run(&["report"])
        .ended(0);
    let report = run.json("report.json");
    let reason = report["handoff"]["exits"]["reasons"][0]["reason"].as_str().expect("a reason").to_string();
    assert!(reason.contains("***@***") && reason.chars().count() <= 41, "{reason}");
    for file in ["report.html", "report.md", "report.json"] {
        assert!(!run.text(file).to_lowercase().contains("bob@evil"), "{file}");
    }
    assert!(!run.text("report.html").contains("<script>alert"));
}

/// A hundred MQLs a group: (touched after so many days, turned down after, SQL after), a row for so many MQLs.
struct Group {
    n: u32,
    touch: Option<i32>,
    exit: Option<i32>,
    sql: Option<i32>,
}

fn group(n: u32, touch: Option<i32>, exit: Option<i32>, sql: Option<i32>) -> Group {
    Group { n, touch, exit, sql }
}

/// MQLs of January 2026, a day after the other, that have all had their window.
fn groups(groups: &[Group]) -> Project {
    let mut history = String::from("lead_id,stage,entered_at,reason\n");
    let mut people = String::from("lead_id,created_at,channel\n");
    let mut i = 0;
    for group in groups {
        for _ in 0..group.n {
            let day = Day(20_454).plus(i % 28);
            people += &format!("L{i},2026-01-01,webinar\n");
            history += &format!("L{i},mql,{day},\n");
            for (stage, after) in [("working", group.touch), ("disqualified", group.exit), ("sql", group.sql)] {
                history += &after.map_or_else(String::new, |days| format!("L{i},{stage},{},\n", day.plus(days)));
            }
            i += 1;
        }
    }
    Project::empty()
        .toml("project = \"Groups\"\ntimezone = \"UTC\"\nas_of = \"2026-06-30\"\n")
        .leads(&people)
        .stage_history(&history)
}

fn comparison(project: &Project) -> ByResponse {
    handoff(project).by_response.expect("touches and SQLs are recorded")
}

#[test]
fn a_difference_beyond_chance_is_worth_so_many_points_at_most() {
    // Forty of a hundred touched in time convert, eight of a hundred others.
    let project = groups(&[
        group(40, Some(1), None, Some(20)),
        group(60, Some(1), None, None),
        group(8, None, None, Some(20)),
        group(92, None, None, None),
    ]);
    let report = project.report();
    let found = report.handoff.by_response.as_ref().expect("known");
    near(found.touched.rate.value, 0.4);
    near(found.not_touched.rate.value, 0.08);
    // Pooled 24 %: 0.32 ÷ √(0.24 · 0.76 · 2/100).
    near(found.z, 0.32 / (0.24_f64 * 0.76 * 0.02).sqrt());
    assert_eq!((found.says, found.z), (Comparison::TouchedMore, found.z_with_exits));
    let gap = found.follow_up_gap.as_ref().expect("a difference beyond chance");
    // Half of the MQLs, 32 points each.
    near(gap.points.value, 0.16);
    assert!(gap.points.low > Some(0.0) && gap.points.low < Some(0.16) && gap.points.high > Some(0.16));
    // 24 % lies above the lower end of 13 %.
    assert_eq!(gap.to_benchmark, None);
    // 92 of 200 MQLs were never touched: the rate is one of follow-up.
    assert_eq!(report.handoff.n_untouched_past_sla, Some(92));
    assert_eq!(report.benchmark.verdict, Verdict::NotWorked);
    let words = words(&report);
    assert!(words.contains("at most 16.0\u{a0}points higher"), "{words}");
    assert!(words.contains("no proof"), "{words}");
}

#[test]
fn a_difference_that_may_be_chance_is_worth_nothing() {
    let found = comparison(&groups(&[
        group(14, Some(1), None, Some(20)),
        group(86, Some(1), None, None),
        group(10, Some(9), None, Some(20)),
        group(90, Some(9), None, None),
    ]));
    assert_eq!(found.says, Comparison::NotSettled);
    assert!(found.follow_up_gap.is_none());
}

#[test]
fn those_who_stay_after_the_worst_were_turned_down_prove_nothing() {
    // Sixty of the hundred that sales looked at were turned down at once; twelve of either hundred convert.
    let found = comparison(&groups(&[
        group(12, Some(1), None, Some(20)),
        group(28, Some(1), None, None),
        group(60, Some(1), Some(3), None),
        group(12, Some(9), None, Some(20)),
        group(88, Some(9), None, None),
    ]));
    near(found.touched.rate.value, 0.3);
    near(found.not_touched.rate.value, 0.12);
    assert!(found.z > Some(found.z_needed), "{found:?}");
    near(found.z_with_exits, 0.0);
    assert_eq!(found.says, Comparison::NotSettled);
    assert!(found.follow_up_gap.is_none());
}

#[test]
fn who_converts_early_never_waited_and_is_no_evidence() {
    // Everybody is alike: ten of a hundred convert on day 3, before sales gets to the others on day 8.
    let found = comparison(&groups(&[
        group(10, Some(2), None, Some(3)),
        group(90, Some(8), None, None),
        group(90, Some(4), None, None),
    ]));
    // Hindsight has 10 SQLs of 100 in time and none of 90 late; at the landmark nobody has any.
    assert_eq!((found.n_sql_by_landmark, found.touched.sqls, found.not_touched.sqls), (10, 0, 0));
    assert_ne!(found.says, Comparison::TouchedMore);
    assert!(found.follow_up_gap.is_none());
}

#[test]
fn who_was_turned_down_untouched_was_looked_at_by_somebody() {
    // Half of the MQLs are turned down without ever being called worked: that is no lack of follow-up.
    let project =
        groups(&[group(20, Some(1), None, Some(20)), group(80, Some(1), None, None), group(100, None, Some(4), None)]);
    let report = project.report();
    assert_eq!(report.handoff.n_untouched_past_sla, Some(100));
    assert_eq!(report.handoff.n_closed_untouched_past_sla, Some(100));
    assert_ne!(report.benchmark.verdict, Verdict::NotWorked);
}

// ---- Laws ----

#[test]
fn the_order_of_rows_and_what_lies_after_the_last_visible_day_change_nothing() {
    let plain = handoff(&hand_made(|_, _| true));
    let mut rows: Vec<_> = ENTRIES.into_iter().collect();
    rows.reverse();
    rows.push(("never", "working", "2026-07-01", ""));
    rows.push(("late", "disqualified", "2026-07-02", "Later"));
    let turned = hand_made(|_, _| true).stage_history(&entries(rows.into_iter()));
    assert_eq!(format!("{:?}", handoff(&turned)), format!("{plain:?}"));
}

#[test]
fn a_week_later_every_lag_is_the_same() {
    let shifted = |days: i32| {
        let rows = ENTRIES.map(|(lead, stage, day, reason)| {
            (lead, stage, day.parse::<Day>().expect("a day").plus(days).to_string(), reason)
        });
        let rows = rows.iter().map(|(lead, stage, day, reason)| (*lead, *stage, day.as_str(), *reason));
        let as_of = Day(20_634).plus(days).to_string();
        let project = hand_made(|_, _| true).stage_history(&entries(rows));
        let facts = project.replaced("leadgauge.toml", "2026-06-30", &as_of).analysis().facts;
        let touches: Vec<(i32, Touch, u64)> =
            facts.touches.iter().map(|row| (row.start.0 - days, row.touch, row.n)).collect();
        let outcomes: Vec<_> = facts.outcomes.iter().map(|row| (row.start.0 - days, row.fate, row.n)).collect();
        let responses: Vec<_> = facts
            .responses
            .iter()
            .map(|row| (row.start.0 - days, row.response, row.exited, row.recorded, row.outcome, row.n))
            .collect();
        (touches, outcomes, responses)
    };
    assert_eq!(shifted(7), shifted(0));
}

#[test]
fn every_mql_of_the_sample_is_counted_once_in_every_split() {
    let project = Project::sample();
    let (analysis, report) = (project.analysis(), project.report());
    let handoff = &report.handoff;
    let mqls = report.overall.mqls - report.overall.inferred_mqls;
    assert_eq!(handoff.n + handoff.n_sql_first, mqls);
    let touches = handoff.touches.as_ref().expect("the sample records touches");
    assert_eq!(touches.in_time.of, handoff.n_past_sla);
    let untouched = handoff.n_untouched_past_sla.expect("known");
    assert_eq!(touches.in_time.n + touches.n_late + untouched, handoff.n_past_sla);
    for parts in [
        touches.months.iter().map(|row| (row.in_time.n, row.in_time.of, row.n_untouched)).collect::<Vec<_>>(),
        touches.channels.iter().map(|row| (row.in_time.n, row.in_time.of, row.n_untouched)).collect(),
    ] {
        let sum = parts.iter().fold((0, 0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1, sum.2 + part.2));
        assert_eq!(sum, (touches.in_time.n, handoff.n_past_sla, untouched));
    }
    let by_response = handoff.by_response.as_ref().expect("known");
    assert_eq!(by_response.classes.iter().map(|class| class.mqls.n).sum::<u64>(), handoff.n_past_sla);
    let at_landmark = by_response.touched.n + by_response.not_touched.n;
    assert_eq!(at_landmark + by_response.n_sql_by_landmark + by_response.n_exited_by_landmark, handoff.n_past_sla);
    let exits = handoff.exits.as_ref().expect("recorded");
    assert_eq!(exits.reasons.iter().map(|row| row.share.n).sum::<u64>(), exits.n);
    // The three counts of first MQLs are of the same people, day by day.
    let mut days: BTreeMap<Day, [u64; 3]> = BTreeMap::new();
    for row in &analysis.facts.touches {
        days.entry(row.start).or_default()[0] += row.n;
    }
    for row in &analysis.facts.responses {
        days.entry(row.start).or_default()[1] += row.n;
    }
    for row in &analysis.facts.outcomes {
        days.entry(row.start).or_default()[2] += row.n;
    }
    assert!(days.len() > 100);
    for (day, n) in days {
        assert!(n[0] == n[1] && n[1] == n[2], "{day}: {n:?}");
    }
}

/// The words of the section.
fn words(report: &Report) -> String {
    let section = report.page.sections.iter().find(|section| section.id == "handoff").expect("a section");
    format!("{} {}", section.title, serde_json::to_string(&section.blocks).expect("JSON"))
}
