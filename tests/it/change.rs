//! What has changed is news only where it is more than noise; a change of mix is told from a change of rates; the verdict
//! ladder stops at the first rung that fails.

use crate::project::{Project, date};
use leadgauge::metrics::benchmark::Verdict;
use leadgauge::metrics::change::{News, OTHERS, Reversal};
use leadgauge::metrics::news::Signal;
use leadgauge::report::Report;
use leadgauge::report::page::{Block, ChartData};
use std::fmt::Write as _;

/// 2025-01-01, the first day of the data, in days after the one that [`date`] counts from.
const FIRST: i32 = -181;
/// The first days of the months of 2025 and 2026 and of the one after, counted from the first.
fn month_start(month: usize) -> i32 {
    const DAYS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    (0..month).map(|m| DAYS[m % 12]).sum()
}

/// MQLs of a channel in a month and how many of them become an SQL, ten days later.
#[derive(Clone, Copy)]
struct Cell {
    channel: &'static str,
    month: usize,
    mqls: usize,
    sqls: usize,
}

/// A project of these cells, whose MQLs lie evenly in the first 20 days of their months; everything through the last day
/// of the month after next is seen, so that all are mature under a window of 30 days.
fn project(cells: &[Cell], months: usize) -> Project {
    let mut leads = String::from("lead_id,created_at,channel\n");
    let mut stages = String::from("lead_id,stage,entered_at\n");
    for (at, cell) in cells.iter().enumerate() {
        for i in 0..cell.mqls {
            let day = FIRST + month_start(cell.month) + (i * 20 / cell.mqls.max(1)) as i32;
            let id = format!("L{at}-{i}");
            writeln!(leads, "{id},{},{}", date(day), cell.channel).expect("a text");
            writeln!(stages, "{id},mql,{}", date(day)).expect("a text");
            if i < cell.sqls {
                writeln!(stages, "{id},sql,{}", date(day + 10)).expect("a text");
            }
        }
    }
    let as_of = date(FIRST + month_start(months) - 1);
    Project::empty()
        .toml(&format!(
            "project = \"Change\"\ntimezone = \"UTC\"\ncurrency = \"EUR\"\nas_of = \"{as_of}\"\n[windows]\nmql_to_sql_days = 10\n"
        ))
        .leads(&leads)
        .stage_history(&stages)
}

fn cells(channel: &'static str, months: std::ops::Range<usize>, mqls: usize, sqls: usize) -> Vec<Cell> {
    months.map(|month| Cell { channel, month, mqls, sqls }).collect()
}

fn all_text(report: &Report) -> String {
    serde_json::to_string(&report.page).expect("a page is JSON")
}

fn waterfalls(report: &Report) -> usize {
    let blocks = report.page.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter(|block| matches!(block, Block::Chart(chart) if matches!(chart.data, ChartData::Waterfall { .. })))
        .count()
}

#[test]
fn a_shift_of_the_mix_is_told_from_a_change_of_the_rates() {
    // A good channel (30 %) gives way to a poor one (10 %): 20 % become 14 %, and neither channel's rate has moved.
    let mut all = cells("good", 0..6, 100, 30);
    all.extend(cells("poor", 0..6, 100, 10));
    all.extend(cells("good", 6..12, 40, 12));
    all.extend(cells("poor", 6..12, 160, 16));
    let report = project(&all, 12).report();
    let halves = report.change.halves.as_ref().expect("two halves of six months");
    assert_eq!((halves.before.n, halves.after.n), (1200, 1200));
    assert!((halves.total.value + 0.06).abs() < 1e-9 && halves.total.news == News::Change, "{halves:?}");
    assert!((halves.mix_effect.value + 0.06).abs() < 1e-9 && halves.mix_effect.news == News::Change);
    assert!(halves.rate_effect.value.abs() < 1e-9 && halves.rate_effect.news == News::Noise);
    assert!(halves.is_mix() && halves.reversal == Reversal::None);
    // By hand: ½(0.3 + 0.3) against ½(0.2 + 0.14), times a share that falls by 0.3.
    let good = halves.channels.iter().find(|row| row.channel == "good").expect("the channel");
    assert!((good.mix_effect - (0.30 - 0.17) * -0.3).abs() < 1e-9, "{good:?}");
    let text = all_text(&report);
    assert!(text.contains("The mix of channels accounts for −6.0\u{a0}points"), "{text}");
    assert!(text.contains("Within channels nothing measurable changed"));
    assert!(
        text.contains("went from 50.0\u{a0}% to 80.0\u{a0}% of them")
            || text.contains("went from 50.0\u{a0}% to 20.0\u{a0}% of them")
    );
    assert_eq!(waterfalls(&report), 1);
}

#[test]
fn nothing_is_claimed_where_nothing_changed() {
    let mut all = cells("good", 0..12, 100, 30);
    all.extend(cells("poor", 0..12, 100, 10));
    let report = project(&all, 12).report();
    let halves = report.change.halves.as_ref().expect("two halves");
    for effect in [&halves.total, &halves.mix_effect, &halves.rate_effect] {
        assert!(effect.news == News::Noise && effect.low <= 0.0 && effect.high >= 0.0);
    }
    assert_eq!(waterfalls(&report), 0);
    let section = report.page.sections.iter().find(|section| section.id == "change").expect("the section");
    assert_eq!(section.title, "What moved is within the usual swing");
    assert!(report.change.control.as_ref().expect("twelve months").months.iter().all(|m| m.signal == Signal::None));
    let volume = report.change.volume.as_ref().expect("eleven months before");
    assert!(volume.news == News::Noise && volume.mqls == 200);
}

#[test]
fn a_paradox_is_called_one_only_where_both_directions_are_beyond_chance() {
    // Both channels improve by five points, and the whole falls.
    let mut all = cells("good", 0..6, 400, 120);
    all.extend(cells("poor", 0..6, 100, 10));
    all.extend(cells("good", 6..12, 100, 35));
    all.extend(cells("poor", 6..12, 400, 60));
    let report = project(&all, 12).report();
    let halves = report.change.halves.as_ref().expect("two halves");
    assert!(halves.total.value < 0.0 && halves.rate_effect.value > 0.0 && halves.reversal == Reversal::Proven);
    assert!(all_text(&report).contains("The channels went one way and the whole the other"));
    // The same shares with a twentieth of the people prove nothing.
    let mut few = cells("good", 0..6, 20, 6);
    few.extend(cells("poor", 0..6, 5, 1));
    few.extend(cells("good", 6..12, 5, 2));
    few.extend(cells("poor", 6..12, 20, 3));
    let few = project(&few, 12).report();
    assert_ne!(few.change.halves.as_ref().expect("two halves").reversal, Reversal::Proven);
    assert!(!all_text(&few).contains("The channels went one way"));
}

#[test]
fn a_channel_that_begins_is_all_mix_and_small_ones_are_taken_together() {
    let mut all = cells("old", 0..12, 100, 20);
    all.extend(cells("new", 6..12, 50, 20));
    for channel in ["a", "b", "c"] {
        all.extend(cells(channel, 0..12, 1, 0));
    }
    let report = project(&all, 12).report();
    let halves = report.change.halves.as_ref().expect("two halves");
    let row = |name: &str| halves.channels.iter().find(|row| row.channel == name);
    let new = row("new").expect("the new channel stands alone");
    assert!(new.before.is_none() && new.rate_effect == 0.0 && new.mix_effect > 0.0);
    assert!(row("a").is_none() && row(OTHERS).expect("the small ones").share_before > 0.0);
    let sum: f64 = halves.channels.iter().map(|row| row.rate_effect + row.mix_effect).sum();
    assert!((sum - halves.total.value).abs() < 1e-9);
}

#[test]
fn a_month_is_compared_with_the_swing_of_months_here() {
    // Months of 100 that swing between 10 and 30 %: a fall from 30 to 10 % is nothing new; in steady months it is.
    let swing: Vec<Cell> = (0..14)
        .map(|month| Cell { channel: "c", month, mqls: 100, sqls: if month % 2 == 0 { 30 } else { 10 } })
        .collect();
    let news = project(&swing, 14).report().change.month.expect("two months");
    assert!(news.difference.value < -0.15 && news.difference.news == News::Noise, "{news:?}");
    let steady: Vec<Cell> =
        (0..14).map(|month| Cell { channel: "c", month, mqls: 100, sqls: if month == 13 { 5 } else { 25 } }).collect();
    let news = project(&steady, 14).report().change.month.expect("two months");
    assert!(news.difference.news == News::Change && news.difference.high < 0.0, "{news:?}");
    // With fewer than eight complete months nobody knows how much they swing.
    let short: Vec<Cell> =
        (0..6).map(|month| Cell { channel: "c", month, mqls: 100, sqls: if month == 5 { 5 } else { 25 } }).collect();
    let report = project(&short, 6).report();
    assert_eq!(report.change.month.expect("two months").difference.news, News::Unknown);
    assert!(all_text(&report).contains("this difference cannot be judged"));
}

#[test]
fn volume_outside_its_range_is_news_and_a_year_ago_needs_a_year() {
    let mut all = cells("c", 0..11, 40, 8);
    all.extend(cells("c", 11..12, 120, 24));
    let report = project(&all, 12).report();
    let volume = report.change.volume.as_ref().expect("ten months before");
    assert!(volume.news == News::Change && volume.expected.high.expect("a limit") < 70.0, "{volume:?}");
    assert!(report.page.lede.contains("more than"), "{}", report.page.lede);
    assert!(report.change.year_ago.is_none());
    let longer = project(&cells("c", 0..16, 40, 8), 16).report();
    let ago = longer.change.year_ago.expect("sixteen months");
    assert_eq!((ago.month.to_string().as_str(), ago.mqls), ("2025-04", 40));
    assert_eq!(ago.rate.expect("two quarters").difference.news, News::Noise);
}

#[test]
fn eight_months_on_one_side_are_a_moved_level() {
    let mut all = cells("c", 0..12, 200, 40);
    all.extend(cells("c", 12..22, 200, 46));
    let chart = project(&all, 22).report().change.control.expect("enough months");
    assert!(chart.months.iter().any(|month| month.signal == Signal::RunHigh), "{chart:?}");
    assert!(chart.months.iter().all(|month| month.signal != Signal::High), "{chart:?}");
}

// ---- The ladder ----

fn rungs(report: &Report) -> Vec<(&str, bool)> {
    report.benchmark.rungs.iter().map(|rung| (rung.rung.as_str(), rung.passed)).collect()
}

#[test]
fn a_moved_bar_makes_two_rates_where_the_parts_differ_and_a_note_where_not() {
    let criteria = "[[criteria]]\nthreshold = 50\npoints = { visit = 10 }\n[[criteria]]\neffective_from = \"2025-07-01\"\nthreshold = 100\npoints = { visit = 10 }\n";
    let mut apart = cells("c", 0..6, 100, 10);
    apart.extend(cells("c", 6..12, 100, 25));
    let report = project(&apart, 12).settings(criteria).report();
    assert_eq!(report.benchmark.verdict, Verdict::DefinitionChanged, "{:?}", rungs(&report));
    assert_eq!(rungs(&report).last(), Some(&("definition_changed", false)));
    let change = &report.benchmark.criteria_changes[0];
    assert_eq!(
        (change.n_before, change.n_after, change.rate_before, change.rate_after),
        (600, 600, Some(0.1), Some(0.25))
    );
    assert_eq!(change.position_after, Some(Verdict::Inside));
    assert!(
        report.page.headline.starts_with("25.0\u{a0}% of MQLs become SQLs since the criteria changed in July 2025")
    );
    let alike = project(&cells("c", 0..12, 100, 20), 12).settings(criteria).report();
    assert_eq!(alike.benchmark.verdict, Verdict::Inside);
    assert!(rungs(&alike).contains(&("definition_changed", true)));
    assert!(all_text(&alike).contains("is within chance"));
}

#[test]
fn a_first_new_verdict_is_said_as_pending_and_a_repeated_one_stands() {
    // A rate well inside for two years, then a collapse: the three-month rate leaves the range, and does so again.
    let mut all = cells("c", 0..20, 150, 30);
    all.extend(cells("c", 20..24, 150, 3));
    let reviewed = |months: usize| {
        let cells: Vec<Cell> = all.iter().copied().filter(|cell| cell.month < months).collect();
        project(&cells, months).settings("[report]\nmonths = 3\n").report()
    };
    let reports: Vec<Report> = (20..=24).map(reviewed).collect();
    let below: Vec<bool> = reports.iter().map(|report| report.benchmark.position == Some(Verdict::Below)).collect();
    let first = below.iter().position(|below| *below).expect("it falls below in the end");
    let standing = |at: usize| reports[at].benchmark.standing.expect("a verdict stands");
    assert_eq!(standing(first).pending, Some(Verdict::Below));
    assert_ne!(standing(first).verdict, Verdict::Below);
    assert!(reports[first].page.headline.contains("for the first time"), "{}", reports[first].page.headline);
    assert_eq!((standing(first + 1).verdict, standing(first + 1).pending), (Verdict::Below, None));
    assert!(!reports[first + 1].page.headline.contains("for the first time"));
}

#[test]
fn a_new_verdict_that_only_the_mix_makes_is_no_verdict() {
    let mut all = cells("good", 0..10, 150, 36);
    all.extend(cells("poor", 0..10, 150, 12));
    all.extend(cells("good", 10..12, 5, 1));
    all.extend(cells("poor", 10..12, 900, 72));
    let report = project(&all, 12).settings("[report]\nmonths = 4\n").report();
    let standing = report.benchmark.standing.expect("a verdict stands");
    assert!(standing.pending.is_some(), "{:?}", report.benchmark.reviews);
    assert_eq!(report.benchmark.verdict, Verdict::Mix, "{:?}", rungs(&report));
    assert!(
        report.page.headline.contains("no new verdict, as the mix of channels has moved"),
        "{}",
        report.page.headline
    );
}

#[test]
fn untouched_mqls_stop_the_verdict_where_touches_are_recorded() {
    let base = cells("c", 0..12, 40, 8);
    let touched = |share: usize| {
        let project = project(&base, 12);
        let text = project.text("stage_history.csv");
        let mut more = text.clone();
        for line in text.lines().filter(|line| line.contains(",mql,")) {
            let mut fields = line.split(',');
            let (id, day) = (fields.next().expect("an id"), fields.nth(1).expect("a day"));
            let number: usize = id.split('-').nth(1).and_then(|n| n.parse().ok()).expect("a number");
            if number < share {
                writeln!(more, "{id},working,{day}").expect("a text");
            }
        }
        project.stage_history(&more).report()
    };
    // 8 SQLs a month are touched in either case; 12 of 40 untouched are 30 %, 6 are 15 %.
    let idle = touched(28);
    assert_eq!(idle.benchmark.verdict, Verdict::NotWorked, "{:?}", rungs(&idle));
    assert!(
        idle.page.headline.starts_with("Sales has left 30.0\u{a0}% of the MQLs untouched"),
        "{}",
        idle.page.headline
    );
    assert_eq!(idle.benchmark.position, Some(Verdict::Inside));
    let busy = touched(34);
    assert_eq!(busy.benchmark.verdict, Verdict::Inside, "{:?}", rungs(&busy));
    assert!(rungs(&busy).contains(&("not_worked", true)));
    let silent = project(&base, 12).report();
    assert!(!rungs(&silent).iter().any(|(rung, _)| *rung == "not_worked"));
}

#[test]
fn cost_falls_apart_into_mix_and_the_channels_own_costs() {
    let mut all = cells("dear", 0..6, 50, 10);
    all.extend(cells("cheap", 0..6, 50, 10));
    all.extend(cells("dear", 6..12, 20, 4));
    all.extend(cells("cheap", 6..12, 80, 16));
    let mut spend = String::from("month,channel,amount\n");
    for month in 0..12 {
        let (dear, cheap) = if month < 6 { (50, 50) } else { (20, 80) };
        writeln!(spend, "2025-{:02},dear,{}", month + 1, dear * 300).expect("a text");
        writeln!(spend, "2025-{:02},cheap,{}", month + 1, cheap * 100).expect("a text");
    }
    let report = project(&all, 12).spend(&spend).report();
    let cost = report.change.cost_per_mql.as_ref().expect("two halves with spend");
    assert!((cost.before.value.value.expect("a cost") - 200.0).abs() < 1e-9);
    assert!((cost.total.value + 60.0).abs() < 1e-6 && (cost.mix_effect.value + 60.0).abs() < 1e-6, "{cost:?}");
    assert!(cost.rate_effect.value.abs() < 1e-6 && cost.mix_effect.news == News::Change);
}

#[test]
fn missing_spend_is_no_change_of_the_mix() {
    let mut all = cells("event", 0..12, 20, 4);
    all.extend(cells("search", 0..12, 45, 9));
    let mut spend = String::from("month,channel,amount\n");
    for month in 1..=12 {
        // The rows of five months of the first half are missing.
        if !(2..=6).contains(&month) {
            writeln!(spend, "2025-{month:02},event,9000").expect("a text");
        }
        writeln!(spend, "2025-{month:02},search,1800").expect("a text");
    }
    let report = project(&all, 12).spend(&spend).report();
    let cost = report.change.cost_per_mql.as_ref().expect("both halves have spend of each channel");
    assert!(cost.total.value.abs() < 1e-6 && cost.total.news == News::Noise, "{cost:?}");
    assert!(cost.channels.iter().all(|row| (row.share_before - row.share_after).abs() < 1e-9), "{cost:?}");
}

// ---- Young data and no conversions ----

#[test]
fn nobody_followed_for_a_whole_window_means_no_rate_however_many_came_early() {
    let report = project(&cells("c", 0..1, 120, 24), 1)
        .replaced("leadgauge.toml", "mql_to_sql_days = 10", "mql_to_sql_days = 90")
        .report();
    assert_eq!(report.overall.mql_to_sql.estimate, None);
    assert_eq!(report.benchmark.verdict, Verdict::Immature, "{:?}", rungs(&report));
    let says = &report.benchmark.rungs.last().expect("a rung").says;
    assert!(says.contains("30 days old: nothing is known yet of SQLs that come later"), "{says}");
}

#[test]
fn a_year_without_an_sql_is_below_the_range_and_not_too_early() {
    let mut all = cells("c", 0..1, 40, 1);
    all.extend(cells("c", 1..18, 40, 0));
    let report = project(&all, 18).report();
    let rate = &report.overall.mql_to_sql;
    assert_eq!((rate.estimate, rate.converted_estimated), (Some(0.0), 0));
    assert_eq!(report.benchmark.verdict, Verdict::Below, "{:?}", rungs(&report));
    assert!(report.page.headline.starts_with("Only 0.0\u{a0}% of MQLs become SQLs"), "{}", report.page.headline);
}

/// Two SQLs a month for a year: the first ones are won, the others are not.
fn won_early(won: usize) -> Report {
    let mut leads = String::from("lead_id,created_at\n");
    let mut stages = String::from("lead_id,stage,entered_at\n");
    let mut deals = String::from("deal_id,lead_id,opened_at,closed_at,status,amount,kind\n");
    for n in 0..24 {
        let month = 1 + n / 2;
        leads += &format!("L{n},2025-{month:02}-02\n");
        stages += &format!("L{n},mql,2025-{month:02}-03\nL{n},sql,2025-{month:02}-05\n");
        if n < won {
            deals += &format!("D{n},L{n},2025-{month:02}-06,2025-{month:02}-20,won,1000,new\n");
        }
    }
    // The export of deals reaches over all months: one of somebody else is won late.
    leads += "X,2024-11-02\n";
    stages += "X,mql,2024-11-03\nX,sql,2024-11-05\n";
    deals += "DX,X,2025-12-01,2026-01-20,won,1000,new\n";
    let toml = "project = \"Early\"\nas_of = \"2026-01-31\"\n[windows]\nsql_to_customer_days = 20\n";
    let project = Project::empty().toml(toml).leads(&leads).stage_history(&stages).deals(&deals);
    project.report()
}

#[test]
fn none_where_hardly_any_could_be_expected_is_no_fall() {
    let few = won_early(6).change.sql_to_customer.expect("two halves");
    assert_eq!((few.total.news, few.rate_effect.news), (News::Unknown, News::Unknown), "{:?}", few.total);
    assert!(few.total.high < 0.0, "by its interval alone it would be a fall: {:?}", few.total);
    let many = won_early(14).change.sql_to_customer.expect("two halves");
    assert_eq!(many.total.news, News::Change, "{:?}", many.total);
}
