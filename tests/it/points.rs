//! The refit of the points, on a small world whose truth is known: what means nothing gets nothing, and nothing that was
//! logged after the decision counts.

use crate::project::{Project, date};
use leadgauge::calibration::CriteriaView;
use leadgauge::calibration::points::{PointsAdvice, PointsStatus};
use leadgauge::stats::random::SplitMix64;

const TOML: &str = r#"
project = "Points"
as_of = "2025-12-31"

[[criteria]]
threshold = 50
points = { open = 5, visit = 10, demo = 30, careers = 0 }
[criteria.fit.company_size]
small = 0
large = 10

[economics]
value_per_sql = 1000
sales_cost_per_mql = 120
"#;

/// The first day of the world, 1 January 2025, in days after 1 July.
const BEGIN: i32 = -181;

/// A world of people whose interest shows in visits and demos; opens come to everybody alike, and job seekers read about
/// careers. `after` is logged for everyone who became an SQL, the day after.
fn world(n: usize, after: &str) -> Project {
    let mut random = SplitMix64::new(11);
    let (mut leads, mut stages, mut actions) = (
        String::from("lead_id,created_at,company_size\n"),
        String::from("lead_id,stage,entered_at\n"),
        String::from("lead_id,type,at\n"),
    );
    for i in 0..n {
        let created = BEGIN + (random.uniform() * 360.0) as i32;
        let interest = random.normal();
        let is_large = random.uniform() < 0.5;
        let seeks_a_job = random.uniform() < 0.15;
        leads.push_str(&format!("L{i},{},{}\n", date(created), if is_large { "large" } else { "small" }));
        let mut mine: Vec<(i32, &str, f64)> = Vec::new();
        let mut often = |name: &'static str, mean: f64, points: f64| {
            for _ in 0..random.poisson(mean) {
                mine.push((created + 1 + (random.uniform() * 40.0) as i32, name, points));
            }
        };
        often("open", 4.0, 5.0);
        often("visit", 1.2 * (0.7 * interest).exp(), 10.0);
        often("demo", 0.25 * (0.9 * interest).exp(), 30.0);
        often("careers", if seeks_a_job { 2.0 } else { 0.02 }, 0.0);
        mine.sort_by_key(|(day, ..)| *day);
        stages.push_str(&format!("L{i},lead,{}\n", date(created)));
        let mut score = if is_large { 10.0 } else { 0.0 };
        let mut mql = None;
        for (day, name, points) in &mine {
            actions.push_str(&format!("L{i},{name},{}\n", date(*day)));
            score += points;
            if score >= 50.0 && mql.is_none() {
                mql = Some(*day);
            }
        }
        let Some(mql) = mql.filter(|day| *day < BEGIN + 365) else { continue };
        stages.push_str(&format!("L{i},mql,{}\n", date(mql)));
        let fit = if is_large { 0.5 } else { -0.5 };
        let logit = -1.3 + 1.3 * interest + fit - if seeks_a_job { 1.5 } else { 0.0 };
        let sql = mql + 2 + (random.uniform() * 20.0) as i32;
        if random.uniform() < 1.0 / (1.0 + (-logit).exp()) && sql < BEGIN + 365 {
            stages.push_str(&format!("L{i},sql,{}\n", date(sql)));
            for _ in 0..3 {
                actions.push_str(&after.replace("ID", &format!("L{i}")).replace("DAY", &date(sql + 1)));
            }
        }
    }
    Project::empty().toml(TOML).leads(&leads).stage_history(&stages).activities(&actions)
}

fn advice(project: &Project) -> PointsAdvice {
    project.analysis().calibration.points.expect("scores can be replayed")
}

fn card(advice: &PointsAdvice) -> &CriteriaView {
    advice.card.as_ref().expect("points could be fitted")
}

#[test]
fn opens_that_mean_nothing_get_no_points_and_what_means_something_does() {
    let project = world(5_000, "");
    let analysis = project.analysis();
    let advice = analysis.calibration.points.as_ref().expect("scores can be replayed");
    assert_eq!(advice.status, PointsStatus::Advised, "{:?}", advice.says);
    let points = &card(advice).points;
    assert_eq!(points["open"], 0.0, "{points:?}");
    assert!(points["demo"] > points["visit"] && points["visit"] > 0.0, "{points:?}");
    assert!(points["careers"] < 0.0, "{points:?}");
    let says = |name: &str| {
        let row = analysis.calibration.criteria_evidence.iter().find(|row| row.name == name).expect("a row each");
        assert!(row.low <= row.high && row.n > 0, "{row:?}");
        row.says.clone()
    };
    assert!(says("open").contains("no measurable difference"), "{}", says("open"));
    assert!(says("careers").contains("counts against"), "{}", says("careers"));
    assert!(says("demo").contains("is worth about"), "{}", says("demo"));
    let tested = advice.tested.as_ref().expect("there are months to test on");
    assert!(tested.gain > 0.0 && tested.low <= tested.gain && tested.gain <= tested.high, "{tested:?}");
    assert!(advice.says.iter().any(|says| says.contains("weren't used to fit")), "{:?}", advice.says);
}

#[test]
fn points_are_whole_fives_and_fit_stays_apart_from_what_leads_do() {
    let advice = advice(&world(5_000, ""));
    let card = card(&advice);
    let fit = &card.fit["company_size"];
    let is_five = |points: &f64| (points / 5.0).fract() == 0.0;
    assert!(card.points.values().chain(fit.values()).chain([&card.threshold]).all(is_five), "{card:?}");
    assert!(fit["large"] > 0.0 && fit["small"] == 0.0, "{fit:?}");
    assert_eq!(card.points.keys().collect::<Vec<_>>(), ["careers", "demo", "open", "visit"]);
}

#[test]
fn nothing_that_is_logged_after_the_decision_counts() {
    let plain = advice(&world(5_000, ""));
    let leaking = advice(&world(5_000, "ID,demo,DAY\n"));
    assert_eq!(card(&plain).points, card(&leaking).points);
    assert_eq!(card(&plain).fit, card(&leaking).fit);
    assert_eq!(card(&plain).threshold, card(&leaking).threshold);
}

#[test]
fn too_few_sqls_leave_the_points_alone_and_say_how_many_are_needed() {
    let advice = advice(&world(300, ""));
    assert_eq!((advice.status, advice.card.is_none()), (PointsStatus::TooFew, true));
    assert!(advice.sqls < 100 && advice.sqls_needed == 100, "{} {}", advice.sqls, advice.sqls_needed);
    assert!(advice.says[0].contains("only the threshold is judged"), "{:?}", advice.says);
}

#[test]
fn without_economics_there_are_as_many_mqls_as_today() {
    let project = world(5_000, "");
    let bare = TOML.split("[economics]").next().expect("the part before");
    let advice = advice(&project.toml(bare));
    let (now, then) = (advice.now.as_ref().expect("today's card"), advice.suggested.as_ref().expect("a card"));
    let share = then.mqls_per_1000 / now.mqls_per_1000;
    assert!((0.8..1.25).contains(&share), "{share}");
    assert_eq!((now.profit_per_1000.value, advice.gain_per_month.value), (None, None));
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let project = world(3_000, "");
    let before = advice(&project);
    let text = project.text("activities.csv");
    let (head, rows) = text.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let turned = format!("{head}\n{}\n", rows.join("\n"));
    let after = advice(&project.activities(&turned));
    assert_eq!(before.card, after.card);
    assert_eq!((before.suggested, before.tested), (after.suggested, after.tested));
}
