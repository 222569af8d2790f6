//! Are channels told apart only where they differ, and judged by their range with all of them looked at?

use crate::project::Project;
use leadgauge::config::{self, Plan};
use leadgauge::facts::{Outcome, Transition, TransitionCount};
use leadgauge::metrics::benchmark::Verdict;
use leadgauge::metrics::channels::{self, ChannelStanding, Difference, RangeOf};
use leadgauge::metrics::funnel::Cohorts;
use leadgauge::metrics::{Availability, Known};
use leadgauge::report::page::{Block, Cell, Section};
use leadgauge::stats::random::SplitMix64;
use leadgauge::vocabulary::{Day, Month};
use std::path::Path;

/// The report months: all of 2025.
const MONTHS: i32 = 12;

/// A channel of a world: MQLs a month, and the share of them that converts.
struct Channel {
    name: &'static str,
    a_month: f64,
    rate: f64,
}

fn channel(name: &'static str, a_month: f64, rate: f64) -> Channel {
    Channel { name, a_month, rate }
}

fn plan(text: &str) -> Plan {
    config::parse(text, "leadgauge.toml", Path::new("acme")).unwrap_or_else(|error| panic!("{error}"))
}

fn january() -> Month {
    "2025-01-01".parse::<Day>().expect("a day").month()
}

/// A year of these channels, seen at `as_of`; each month's logit moves by `swing` standard deviations for all of them.
fn standings(world: &[Channel], plan: &Plan, as_of: &str, swing: f64, random: &mut SplitMix64) -> Vec<ChannelStanding> {
    let as_of: Day = as_of.parse().expect("a day");
    let mut rows = Vec::new();
    for month in (0..MONTHS).map(|i| january().plus(i)) {
        let moved = swing * random.normal();
        for channel in world {
            let logit = (channel.rate / (1.0 - channel.rate)).ln() + moved;
            let rate = 1.0 / (1.0 + (-logit).exp());
            for _ in 0..random.poisson(channel.a_month) {
                let day = (random.uniform() * 28.0) as i32;
                let start = month.first_day().plus(day);
                let lag = (-20.0 * (1.0 - random.uniform()).ln()) as u32;
                let converts = random.uniform() < rate;
                let seen = converts && lag <= 90 && start.plus(lag as i32) <= as_of;
                let outcome = if seen { Outcome::Converted(lag) } else { Outcome::Open };
                let channel = channel.name.to_string();
                rows.push(TransitionCount { transition: Transition::MqlToSql, channel, start, outcome, n: 1 });
            }
        }
    }
    let all = Availability::Known;
    let known = Known { mqls: all.clone(), sqls: all.clone(), customers: all.clone(), spend: all };
    let cohorts = Cohorts::new(&rows, plan, as_of, january(), january().plus(MONTHS - 1), &known);
    let names: Vec<&str> = world.iter().map(|channel| channel.name).collect();
    channels::standings(&cohorts, &names, Transition::MqlToSql, plan)
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const MATURE: &str = "2026-06-30";
const YOUNG: &str = "2026-01-10";

fn alike(rate: f64) -> Vec<Channel> {
    // From 24 to 960 MQLs a year.
    let sizes = [2.0, 4.0, 8.0, 12.0, 20.0, 30.0, 50.0, 80.0];
    NAMES.iter().zip(sizes).map(|(name, a_month)| channel(name, a_month, rate)).collect()
}

fn says(standing: &ChannelStanding) -> Option<Difference> {
    standing.rest.map(|rest| rest.says)
}

#[test]
fn among_eight_channels_that_are_alike_hardly_one_ever_differs() {
    let (plan, replications) = (plan(""), 100);
    for (as_of, swing) in [(MATURE, 0.3), (YOUNG, 0.3)] {
        let mut random = SplitMix64::new(31);
        let (mut false_claims, mut unadjusted) = (0, 0);
        for _ in 0..replications {
            let found = standings(&alike(0.2), &plan, as_of, swing, &mut random);
            let differs = |s: &ChannelStanding| says(s).is_some_and(|says| says != Difference::CannotTell);
            false_claims += u32::from(found.iter().any(differs));
            unadjusted += u32::from(found.iter().any(|s| s.rest.is_some_and(|rest| rest.p < 0.05)));
            assert!(found.iter().all(|s| s.rest.is_none_or(|rest| rest.p <= rest.p_adjusted && rest.low <= rest.high)));
        }
        let share = |n: u32| f64::from(n) / f64::from(replications);
        assert!(share(false_claims) <= 0.08, "{as_of} {swing}: {} of the worlds", share(false_claims));
        // Looking at each alone would raise a false claim several times as often: the adjustment does something.
        assert!(unadjusted > 2 * false_claims, "{as_of} {swing}: {unadjusted} {false_claims}");
    }
}

#[test]
fn a_channel_that_truly_differs_is_found_and_the_others_stay_together() {
    let (plan, replications) = (plan(""), 40);
    let mut random = SplitMix64::new(8);
    let (mut found_it, mut others) = (0, 0);
    for _ in 0..replications {
        let mut world = alike(0.2);
        world[6].rate = 0.08;
        let found = standings(&world, &plan, YOUNG, 0.1, &mut random);
        found_it += u32::from(says(&found[6]) == Some(Difference::Lower));
        let wrong = |(i, s): (usize, &ChannelStanding)| i != 6 && says(s) == Some(Difference::Lower);
        others += u32::from(found.iter().enumerate().any(wrong));
    }
    assert!(found_it >= 38, "found in {found_it} of {replications} worlds");
    assert!(others <= 4, "another one was called worse in {others} of {replications} worlds");
}

#[test]
fn among_eight_channels_on_the_border_hardly_one_is_ever_called_outside() {
    let (plan, replications) = (plan(""), 100);
    for (border, wrong) in [(0.13, Verdict::Below), (0.31, Verdict::Above)] {
        let mut random = SplitMix64::new(77);
        let mut false_claims = 0;
        for _ in 0..replications {
            let found = standings(&alike(border), &plan, MATURE, 0.0, &mut random);
            false_claims += u32::from(found.iter().any(|standing| standing.verdict == wrong));
        }
        let share = f64::from(false_claims) / f64::from(replications);
        assert!(share <= 0.07, "{wrong:?} in {share} of the worlds");
    }
}

#[test]
fn the_surest_claim_makes_room_for_the_next() {
    // Alone, 3 of 60 lies below 13 % at a level that leaves room for two channels (5 % ÷ 2) but hardly for eight; once the
    // others are settled it does.
    let mut random = SplitMix64::new(5);
    let mut world: Vec<Channel> = NAMES[..7].iter().map(|name| channel(name, 80.0, 0.005)).collect();
    world.push(channel("last", 14.0, 0.075));
    let found = standings(&world, &plan(""), MATURE, 0.0, &mut random);
    assert!(found.iter().take(7).all(|standing| standing.verdict == Verdict::Below), "{found:?}");
    let (last, high) = (&found[7], found[7].decided_high.expect("large enough"));
    // The level that decided is that of one claim alone: the others no longer take part.
    let alone = standings(&world[7..], &plan(""), MATURE, 0.0, &mut SplitMix64::new(5));
    assert!(alone[0].decided_high.is_some() && high < 0.2, "{last:?}");
}

#[test]
fn a_channel_is_judged_by_its_own_range_and_says_whose_it_is() {
    let plan = plan(
        "[benchmark]\nmql_to_sql = [0.13, 0.31]\n[[benchmark.channel]]\nchannel = \"b\"\nmql_to_sql = [0.01, 0.09]\n\
         label = \"Outbound\"\nsource = \"own years\"\n",
    );
    let world = [channel("a", 60.0, 0.05), channel("b", 60.0, 0.05)];
    let found = standings(&world, &plan, MATURE, 0.0, &mut SplitMix64::new(2));
    assert_eq!((found[0].verdict, found[1].verdict), (Verdict::Below, Verdict::Inside));
    assert_eq!((found[0].range.of, found[1].range.of), (RangeOf::All, RangeOf::Channel));
    let own = &found[1].range;
    assert_eq!((own.low, own.high), (0.01, 0.09));
    assert_eq!((own.label.as_deref(), own.source.as_deref()), (Some("Outbound"), Some("own years")));
}

#[test]
fn what_is_not_settled_says_what_is_excluded_and_how_many_more_it_takes() {
    let world = [channel("a", 12.0, 0.16), channel("b", 90.0, 0.2), channel("c", 1.0, 0.2)];
    let found = standings(&world, &plan(""), MATURE, 0.0, &mut SplitMix64::new(12));
    assert_eq!(found[0].verdict, Verdict::NotSettled, "{:?}", found[0]);
    assert_eq!(found[0].excluded, "not above 31.0\u{a0}%");
    assert!(found[0].more_mqls.is_some_and(|more| more > 100), "{:?}", found[0]);
    assert_eq!((found[1].verdict, found[1].more_mqls), (Verdict::Inside, None));
    assert_eq!((found[2].verdict, found[2].more_mqls), (Verdict::TooFew, None));
}

#[test]
fn only_channels_with_ten_mqls_have_a_place_and_small_ones_move_further() {
    let world = [channel("a", 60.0, 0.2), channel("b", 1.5, 0.9), channel("c", 0.2, 0.5), channel("d", 40.0, 0.15)];
    let found = standings(&world, &plan(""), MATURE, 0.0, &mut SplitMix64::new(4));
    assert_eq!((found[2].shrunk, found[2].rest), (None, None));
    let mut ranks: Vec<u32> = found.iter().filter_map(|standing| standing.shrunk).map(|found| found.rank).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, [1, 2, 3]);
    let chances: f64 = found.iter().filter_map(|s| s.shrunk).map(|found| found.chance_of_being_best).sum();
    assert!((chances - 1.0).abs() < 1e-9);
    let small = found[1].shrunk.expect("more than ten MQLs");
    let raw = found[1].rest.map(|rest| rest.rest + rest.difference).expect("more than ten MQLs");
    assert!(small.value < raw - 0.02 && small.low < small.value && small.value < small.high, "{raw} {small:?}");
}

#[test]
fn one_channel_alone_is_judged_and_not_compared() {
    let found = standings(&[channel("a", 60.0, 0.05)], &plan(""), MATURE, 0.0, &mut SplitMix64::new(3));
    assert_eq!((found[0].verdict, found[0].shrunk, found[0].rest), (Verdict::Below, None, None));
    assert_eq!(standings(&[], &plan(""), MATURE, 0.0, &mut SplitMix64::new(3)), []);
}

fn section(project: &Project) -> Section {
    let report = project.report();
    report.page.sections.into_iter().find(|section| section.id == "channels").expect("channels are a section")
}

/// The cells of a table of the section, by row.
fn table(section: &Section, id: &str) -> Option<Vec<Vec<Cell>>> {
    section.blocks.iter().find_map(|block| match block {
        Block::Table(table) if table.id == id => Some(table.rows.iter().map(|row| row.cells.clone()).collect()),
        _ => None,
    })
}

#[test]
fn the_report_shows_the_verdict_under_each_alternate_range() {
    let ranges = "[[benchmark.alternate]]\nlabel = \"Northern study\"\nsource = \"survey of 2024\"\nmql_to_sql = [0.4, 0.9]\n\
                  [[benchmark.alternate]]\nlabel = \"Own years\"\nmql_to_sql = [0.05, 0.6]\n";
    let project = Project::sample().settings(ranges);
    let report = project.report();
    let found: Vec<(&str, Verdict)> =
        report.benchmark.alternates.iter().map(|range| (range.label.as_str(), range.verdict)).collect();
    assert_eq!(found, [("Northern study", Verdict::Below), ("Own years", Verdict::Inside)]);
    let rows = table(&section(&project), "benchmark-alternates").expect("a table");
    assert!(
        format!("{:?}", rows[1]).contains("survey of 2024") && format!("{:?}", rows[1]).contains("below"),
        "{rows:?}"
    );
    assert!(table(&section(&Project::sample()), "benchmark-alternates").is_none());
}

#[test]
fn alternate_ranges_need_a_label_of_their_own_and_a_range() {
    for (text, says) in [
        ("[[benchmark.alternate]]\nmql_to_sql = [0.1, 0.2]", "`benchmark.alternate` has no `label`"),
        ("[[benchmark.alternate]]\nlabel = \"x\"", "`benchmark.alternate` has no `mql_to_sql`"),
        ("[[benchmark.alternate]]\nlabel = \"x\"\nmql_to_sql = [0.3, 0.2]", "the lower end must be below"),
        (
            "[[benchmark.alternate]]\nlabel = \"x\"\nmql_to_sql = [0.1, 0.2]\n[[benchmark.alternate]]\nlabel = \"x\"\n\
             mql_to_sql = [0.2, 0.3]",
            "two alternate ranges are called",
        ),
    ] {
        let problem = config::parse(text, "leadgauge.toml", Path::new("acme")).expect_err("a problem").to_string();
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn channels_stand_in_the_order_of_their_shrunk_rates_and_in_report_json() {
    let project = Project::sample();
    let report = project.report();
    let mut ranked: Vec<(u32, String)> = report
        .channels
        .iter()
        .filter_map(|row| Some((row.standing.as_ref()?.shrunk?.rank, row.channel.clone()?)))
        .collect();
    ranked.sort();
    assert!(ranked.len() > 2, "{ranked:?}");
    let rows = table(&section(&project), "channel-table").expect("a table");
    let shown: Vec<String> = rows
        .iter()
        .take(ranked.len())
        .map(|row| match &row[0] {
            Cell::Text(name) => name.clone(),
            other => panic!("a name, not {other:?}"),
        })
        .collect();
    assert_eq!(shown, ranked.into_iter().map(|(_, name)| name).collect::<Vec<_>>());
    assert!(table(&section(&project), "channel-standing").is_some_and(|standing| standing.len() == rows.len()));
    let overall = serde_json::to_value(&report.overall).expect("JSON");
    assert!(overall.get("standing").is_none() && report.overall.standing.is_none());
}
