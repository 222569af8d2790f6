//! Young cohorts: does the alarm ring when recent leads go at another pace and only then, are the rates right when it
//! does, and are 30, 60 and 90 days, the suggested window and the forecast what they are said to be?

use crate::project::Project;
use leadgauge::config::{self, Plan};
use leadgauge::facts::{Outcome, Transition, TransitionCount};
use leadgauge::metrics::funnel::{Cohorts, Rate, Status};
use leadgauge::metrics::maturity_alarm::{AlarmState, MonthCount, PaceUsed, compare};
use leadgauge::metrics::windows::{self, WindowFit};
use leadgauge::metrics::{Availability, Known, benchmark, forecast};
use leadgauge::report::page::Block;
use leadgauge::stats::random::SplitMix64;
use leadgauge::vocabulary::{Day, Month};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The last visible day of every history here: 31 December 2025, so that months are whole.
fn as_of() -> Day {
    Month(2026 * 12).first_day().plus(-1)
}

/// The month `ago` months before December 2025, which is 0.
fn month(ago: i32) -> Month {
    as_of().month().plus(-ago)
}

/// The plan of a project without one word about windows, and these lines in it.
fn plan(lines: &str) -> Plan {
    let project = Project::empty().toml(&format!("project = \"Young\"\n{lines}"));
    config::load(&project.path(config::FILE_NAME)).expect("a valid project file")
}

fn everything_known() -> Known {
    let known = || Availability::Known;
    Known { mqls: known(), sqls: known(), customers: known(), spend: known() }
}

/// `n` MQLs of a day, of which some became SQLs: (lag, number).
fn starts(start: Day, n: u64, converted: &[(u32, u64)]) -> Vec<TransitionCount> {
    let row = |outcome, n| TransitionCount {
        transition: Transition::MqlToSql,
        channel: "webinar".to_string(),
        start,
        outcome,
        n,
    };
    let open = n - converted.iter().map(|(_, n)| n).sum::<u64>();
    let mut rows: Vec<TransitionCount> =
        converted.iter().map(|(lag, n)| row(Outcome::Converted(*lag), *n)).filter(|row| row.n > 0).collect();
    rows.extend((open > 0).then(|| row(Outcome::Open, open)));
    rows
}

/// A year of 100 MQLs on the first of each month, 20 of which become SQLs: on day 10 if they are of the first half of the
/// year, on day 40 if they are of the second.
fn slower_since_july() -> Vec<TransitionCount> {
    let of = |ago: i32| {
        let start = month(ago).first_day();
        let lag: u32 = if ago >= 6 { 10 } else { 40 };
        let n = if start.plus(lag as i32) <= as_of() { 20 } else { 0 };
        starts(start, 100, &[(lag, n)])
    };
    (0..12).flat_map(of).collect()
}

/// What the report says of these MQLs, over the last `months` months.
fn judged<T>(rows: &[TransitionCount], plan: &Plan, months: i32, see: impl FnOnce(&Cohorts) -> T) -> T {
    let known = everything_known();
    see(&Cohorts::new(rows, plan, as_of(), month(months - 1), month(0), &known))
}

fn close(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-12)
}

#[track_caller]
fn assert_estimate(rate: &Rate, expected: f64) {
    assert!(close(rate.estimate, expected), "{expected}: {rate:?}");
}

fn counts(shares: &[(u64, u64)]) -> Vec<MonthCount> {
    let last = shares.len() as i32 - 1;
    let months = shares.iter().enumerate();
    months.map(|(i, &(converted, n))| MonthCount { month: month(last - i as i32), n, converted }).collect()
}

#[test]
fn two_spans_of_months_are_compared_as_worked_out_by_hand() {
    // 30 of 300 and 12 of 300: pooled 0.07, z = −0.06 / √(0.07 · 0.93 · 2/300) = −2.8801, months alike: φ = 1.
    let alike = compare(&counts(&[(10, 100), (10, 100), (10, 100), (4, 100), (4, 100), (4, 100)]), month(0));
    let [three] = alike.as_slice() else { panic!("six months allow one comparison: {alike:?}") };
    assert_eq!((three.months, three.before.n, three.recent.converted, three.phi), (3, 300, 12, 1.0));
    assert!((three.p - 0.003_975_589_352).abs() < 1e-9 && three.p_adjusted == three.p, "{three:?}");

    // The same sums: φ = ((25 + 25)/9 + (4 + 4)/3.84) / 4 = 1.9097, t = −2.0841 with 4 degrees of freedom.
    let swinging = compare(&counts(&[(5, 100), (15, 100), (10, 100), (2, 100), (6, 100), (4, 100)]), month(0));
    assert!((swinging[0].phi - 1.909_722_222_222).abs() < 1e-9, "{swinging:?}");
    assert!((swinging[0].p - 0.105_530_764_881).abs() < 1e-9, "{swinging:?}");
}

#[test]
fn a_span_needs_as_many_months_before_it_and_all_p_values_are_adjusted_together() {
    let months =
        |n: usize| compare(&counts(&vec![(10, 100); n]), month(0)).iter().map(|c| c.months).collect::<Vec<_>>();
    assert_eq!(months(5), Vec::<u32>::new());
    assert_eq!(months(6), [3]);
    assert_eq!(months(12), [3, 6]);
    assert_eq!(months(18), [3, 6, 9]);

    let found = compare(&counts(&[[(10, 100); 6], [(5, 100); 6]].concat()), month(0));
    let p: Vec<f64> = found.iter().map(|c| c.p).collect();
    let (least, most) = (p[0].min(p[1]), p[0].max(p[1]));
    for comparison in &found {
        let adjusted = if comparison.p == least { 2.0 * least } else { most.max(2.0 * least) };
        assert!((comparison.p_adjusted - adjusted).abs() < 1e-12, "{found:?}");
    }
    // Months further back than a year before the span are another time.
    let old = compare(&counts(&[vec![(90, 100); 10], vec![(10, 100); 15]].concat()), month(0));
    assert_eq!(old[0].before.share, 0.1, "{old:?}");
}

#[test]
fn too_few_conversions_are_not_compared() {
    assert_eq!(compare(&counts(&[(1, 100), (1, 100), (2, 100), (0, 100), (0, 100), (1, 100)]), month(0)), []);
    assert_eq!(compare(&[], month(0)), []);
}

proptest! {
    #[test]
    fn the_alarm_never_rings_when_all_months_are_alike(n in 1_u64..5_000, share in 0.0..1.0_f64, months in 1_usize..30) {
        let converted = (share * n as f64) as u64;
        for comparison in compare(&counts(&vec![(converted, n); months]), month(0)) {
            prop_assert!(comparison.p_adjusted > 0.99, "{comparison:?}");
        }
    }
}

/// Of 1000 histories in which nothing but chance and the months' swing is at work, those in which the alarm rings.
fn false_alarms(n: u64, n_months: usize, swing: f64, seed: u64) -> usize {
    let mut random = SplitMix64::new(seed);
    let rings = |_: &usize| {
        let mut shares = Vec::new();
        for _ in 0..n_months {
            let odds = (0.1_f64 / 0.9).ln() + swing * random.normal();
            let share = 1.0 / (1.0 + (-odds).exp());
            let n = random.poisson(n as f64).max(1);
            shares.push(((0..n).filter(|_| random.uniform() < share).count() as u64, n));
        }
        compare(&counts(&shares), month(0)).iter().any(|comparison| comparison.p_adjusted < 0.05)
    };
    (0..1000).filter(rings).count()
}

#[test]
fn the_alarm_rings_falsely_at_most_one_time_in_twenty() {
    let mut all = 0;
    for (i, n_months) in [6, 12, 18, 30].into_iter().enumerate() {
        for (j, n) in [40, 150, 400].into_iter().enumerate() {
            for (k, swing) in [0.0, 0.1, 0.2].into_iter().enumerate() {
                let n_false = false_alarms(n, n_months, swing, (100 * i + 10 * j + k) as u64);
                // At 5 % more than 71 of 1000 happen one time in 1000.
                assert!(n_false <= 71, "{n_false} of 1000: {n} a month, {n_months} months, swing {swing}");
                all += n_false;
            }
        }
    }
    println!("{all} false alarms in 36000 histories");
    assert!((600..=1800).contains(&all), "{all} of 36000");
}

#[test]
fn months_that_are_slower_are_told_and_judged_by_their_own_pace() {
    let (plan, rows) = (plan(""), slower_since_july());
    judged(&rows, &plan, 12, |cohorts| {
        let alarm = cohorts.lag_alarm();
        // By day 10 half of the 220 SQLs have come. Six months of 20 in 100 against six of 0: z = −0.2 / √(0.09 · 2/600).
        // The last three against the nine before do not ring, as those nine swing between 20 and 0.
        assert_eq!((alarm.transition, alarm.day, alarm.months), ("mql_to_sql", Some(10), Some(6)));
        assert_eq!((alarm.state, alarm.pace), (AlarmState::SlowerOrFewer, PaceUsed::Own));
        assert_eq!((alarm.since, alarm.own_pace_through_day), (Some(month(5)), Some(183)));
        let rung = alarm.rung().expect("it rang");
        assert_eq!((rung.before.n, rung.before.converted, rung.recent.n, rung.recent.converted), (600, 120, 600, 0));
        assert!(rung.phi == 1.0 && rung.p_adjusted < 1e-20, "{rung:?}");
        // φ of the nine: (6 · 6.667² + 3 · 13.333²) / 11.556 / 8.
        let three = &alarm.comparisons[0];
        assert!((three.phi - 800.0 / 11.555_555_555_555_6 / 8.0).abs() < 1e-9, "{three:?}");

        // October and November have had all of their SQLs at their own pace, December none of them: A = 1100, C = 220.
        let all = cohorts.rate(Transition::MqlToSql, month(11), month(0), None);
        assert_estimate(&all, 0.2);
        assert!(close(all.maturity, 1100.0 / 1200.0), "{all:?}");
        assert_estimate(&cohorts.month_rate(Transition::MqlToSql, month(1)), 0.2);
        assert_eq!(cohorts.month_rate(Transition::MqlToSql, month(0)).status, Status::TooEarly);
        // At the usual pace December would have had half of its SQLs, and none of them seen.
        let usual = cohorts.curve(Transition::MqlToSql, None).expect("a curve");
        assert!(usual.share_by(30) > 0.5);
    });
}

#[test]
fn a_window_longer_than_recent_months_are_old_goes_on_at_the_earlier_pace() {
    let plan = plan("windows.mql_to_sql_days = 200");
    // One more of each of the first four months converts on day 190; none of the last six months is that old.
    let mut rows = slower_since_july();
    for row in rows.iter_mut().filter(|row| row.start < month(7).first_day() && row.outcome == Outcome::Open) {
        row.n -= 1;
    }
    rows.extend((8..12).flat_map(|ago| starts(month(ago).first_day(), 1, &[(190, 1)])));
    judged(&rows, &plan, 12, |cohorts| {
        let alarm = cohorts.lag_alarm();
        assert_eq!((alarm.months, alarm.pace), (Some(6), PaceUsed::OwnThenEarlier));
        assert_eq!(alarm.own_pace_through_day, Some(183));
        // Own: 100 of 500 on day 40. Then those from before July, 80 of each of six months still open: 4 of 480.
        let quarter = cohorts.rate(Transition::MqlToSql, month(2), month(0), None);
        let incidence = 1.0 - 0.8 * (1.0 - 4.0 / 480.0);
        // 40 SQLs; October and November are at F(91) = F(60) = 0.2 / I(120), December at 0.
        assert_estimate(&quarter, 40.0 / (200.0 * 0.2 / incidence));
    });
}

#[test]
fn months_alike_are_judged_as_ever() {
    let rows: Vec<TransitionCount> =
        (1..12).flat_map(|ago| starts(month(ago).first_day(), 100, &[(10, 12), (25, 8)])).collect();
    judged(&rows, &plan(""), 12, |cohorts| {
        let alarm = cohorts.lag_alarm();
        assert_eq!((alarm.state, alarm.months, alarm.pace), (AlarmState::Quiet, None, PaceUsed::Usual));
        assert!(alarm.comparisons.iter().all(|c| c.before.share == c.recent.share && c.p > 0.99), "{alarm:?}");
        assert_estimate(&cohorts.rate(Transition::MqlToSql, month(11), month(0), None), 0.2);
    });
}

#[test]
fn without_sqls_the_alarm_watches_customers() {
    let mut rows = slower_since_july();
    rows.iter_mut().for_each(|row| row.transition = Transition::MqlToCustomer);
    let known = Known { sqls: Availability::Unknown("no SQL stage".to_string()), ..everything_known() };
    let plan = plan("");
    let cohorts = Cohorts::new(&rows, &plan, as_of(), month(11), month(0), &known);
    let alarm = cohorts.lag_alarm();
    assert_eq!((alarm.transition, alarm.state), ("mql_to_customer", AlarmState::SlowerOrFewer));
    assert_eq!(alarm.pace, PaceUsed::OwnThenEarlier, "270 days are longer than six months");
}

#[test]
fn shorter_windows_are_what_was_worked_out_by_hand() {
    judged(&slower_since_july(), &plan(""), 12, |cohorts| {
        let windows = windows::of(cohorts, Transition::MqlToSql, &plan("")).expect("SQLs are known");
        assert_eq!(windows.days, [30, 60, 90]);
        // Within 30 days: the 120 of the first half, of 1200 that all have had 30 days. Within 60 and 90: the 100 of July
        // to November as well, and December has had nothing of it at its own pace.
        for (rate, expected) in windows.overall.iter().zip([0.1, 0.2, 0.2]) {
            assert_estimate(rate, expected);
        }
        let shares = |ago: i32| -> Vec<Option<f64>> {
            let row = windows.months.iter().find(|row| row.month == month(ago)).expect("a report month");
            row.rates.iter().map(|rate| rate.estimate).collect()
        };
        assert_eq!(shares(11), [Some(0.2), Some(0.2), Some(0.2)]);
        assert_eq!(shares(2), [Some(0.0), Some(0.2), Some(0.2)]);
        assert_eq!(shares(0), [Some(0.0), None, None]);
    });
}

#[test]
fn a_short_window_is_its_own_only_one() {
    let plan = plan("windows.mql_to_sql_days = 30");
    judged(&slower_since_july(), &plan, 12, |cohorts| {
        assert_eq!(windows::of(cohorts, Transition::MqlToSql, &plan).expect("SQLs are known").days, [30]);
    });
}

/// A year of 100 MQLs on the first of each month, 10 of which become SQLs: nine tenths on day 20, the rest on `late`.
fn late_ones(late: u32) -> Vec<TransitionCount> {
    let seen = |start: Day, lag: u32, n: u64| (lag, if start.plus(lag as i32) <= as_of() { n } else { 0 });
    let of = |ago: i32| {
        let start = month(ago).first_day();
        starts(start, 100, &[seen(start, 20, 9), seen(start, late, 1)])
    };
    (0..24).flat_map(of).collect()
}

#[test]
fn a_window_that_is_long_enough_or_too_short_is_told_and_nothing_is_moved() {
    let plan = plan("");
    for (late, fit) in [(50, WindowFit::LongEnough), (150, WindowFit::TooShort)] {
        let rows = late_ones(late);
        let found = judged(&rows, &plan, 12, |cohorts| windows::of(cohorts, Transition::MqlToSql, &plan));
        let windows = found.expect("SQLs are known");
        let suggested = windows.suggested.expect("enough SQLs");
        assert_eq!((suggested.fit, suggested.follow_up_days, suggested.window_days), (fit, 180, 90));
        assert_eq!(suggested.days.value, Some(f64::from(late)), "a tenth comes on day {late}");
        let catches = if late > 90 { 0.9 } else { 1.0 };
        assert!((suggested.window_catches - catches).abs() < 0.02, "{suggested:?}");
        assert!(windows.overall.iter().all(|rate| rate.window_days.is_some_and(|days| days <= 90)));
    }
}

#[test]
fn no_window_is_suggested_from_a_handful_of_sqls_or_a_history_shorter_than_it() {
    let plan = plan("");
    let few: Vec<TransitionCount> = (3..12).flat_map(|ago| starts(month(ago).first_day(), 100, &[(10, 5)])).collect();
    let short: Vec<TransitionCount> =
        (0..3).flat_map(|ago| starts(month(ago).last_day().plus(-25), 100, &[(3, 30)])).collect();
    for rows in [few, short] {
        let found = judged(&rows, &plan, 12, |cohorts| windows::of(cohorts, Transition::MqlToSql, &plan));
        assert!(found.expect("SQLs are known").suggested.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_longer_window_never_has_the_lower_rate(
        leads in vec((0..400_i32, prop_oneof![2 => Just(None), 1 => (0..130_u32).prop_map(Some)], 1..30_u64), 1..80),
    ) {
        let rows: Vec<TransitionCount> = leads.iter().flat_map(|&(age, lag, n)| {
            let lag = lag.filter(|lag| *lag as i32 <= age);
            starts(as_of().plus(-age), n, &lag.map_or_else(Vec::new, |lag| vec![(lag, n)]))
        }).collect();
        let plan = plan("");
        let windows = judged(&rows, &plan, 12, |cohorts| windows::of(cohorts, Transition::MqlToSql, &plan));
        let windows = windows.expect("SQLs are known");
        let all = windows.months.iter().map(|month| &month.rates).chain([&windows.overall]);
        for rates in all {
            let known: Vec<f64> = rates.iter().filter_map(|rate| rate.estimate).collect();
            prop_assert!(known.is_sorted_by(|a, b| *a <= b + 1e-12), "{known:?}");
        }
    }
}

/// A history of 18 months with `n` MQLs a month, a fifth of which become SQLs after 22 days on average, and `pace` times
/// as many since `slow` months; and the true rate within 90 days.
fn history(n: f64, slow: i32, pace: f64, seed: u64) -> (Vec<TransitionCount>, f64) {
    let mut random = SplitMix64::new(seed);
    let mut cells: BTreeMap<(Day, Option<u32>), u64> = BTreeMap::new();
    let mut quarter = (0.0, 0.0);
    for ago in 0..18 {
        let (first, n_days) = (month(ago).first_day(), month(ago).days());
        let odds = (0.2_f64 / 0.8).ln() + 0.1 * random.normal();
        let share = 1.0 / (1.0 + (-odds).exp());
        let mean = if ago < slow { 22.0 * pace } else { 22.0 };
        let mqls = random.poisson(n);
        for _ in 0..mqls {
            let start = first.plus((random.uniform() * f64::from(n_days)) as i32);
            let lag = (0.5 - mean * (1.0 - random.uniform()).ln()).floor() as u32;
            let converts = random.uniform() < share && start.plus(lag as i32) <= as_of();
            *cells.entry((start, converts.then_some(lag))).or_default() += 1;
        }
        if ago < 3 {
            quarter.0 += mqls as f64 * share * (1.0 - (-90.5 / mean).exp());
            quarter.1 += mqls as f64;
        }
    }
    let rows = cells
        .into_iter()
        .flat_map(|((start, lag), n)| starts(start, n, &lag.map_or_else(Vec::new, |lag| vec![(lag, n)])));
    (rows.collect(), quarter.0 / quarter.1)
}

/// Mean error in points, intervals that hold the truth, alarms; of 200 histories.
fn measured(slow: i32, pace: f64) -> (f64, usize, usize) {
    let plan = plan("");
    let (mut error, mut n_covering, mut n_alarms) = (0.0, 0, 0);
    for seed in 0..200 {
        let (rows, truth) = history(180.0, slow, pace, seed);
        let (rate, state) = judged(&rows, &plan, 3, |cohorts| {
            (cohorts.rate(Transition::MqlToSql, month(2), month(0), None), cohorts.lag_alarm().state)
        });
        let (estimate, low, high) = (rate.estimate.expect("one"), rate.low.expect("one"), rate.high.expect("one"));
        error += 100.0 * (estimate - truth) / 200.0;
        n_covering += usize::from(low <= truth && truth <= high);
        n_alarms += usize::from(!matches!(state, AlarmState::Quiet));
    }
    println!(
        "slow since {slow} months, {pace} times: bias {error:+.2} points, {n_covering} of 200 cover, {n_alarms} alarms"
    );
    (error, n_covering, n_alarms)
}

#[test]
fn where_nothing_changed_the_last_quarter_is_unbiased_and_covered_and_alarms_are_rare() {
    let (bias, n_covering, n_alarms) = measured(0, 1.0);
    assert!(bias.abs() < 0.5, "{bias}");
    assert!(n_covering >= 172, "{n_covering} of 200");
    assert!(n_alarms <= 14, "{n_alarms} of 200");
}

#[test]
fn where_sales_became_slower_the_last_quarter_is_unbiased_and_covered_and_it_is_said_aloud() {
    for (slow, least_alarms) in [(9, 150), (6, 110)] {
        let (bias, n_covering, n_alarms) = measured(slow, 1.8);
        assert!(bias.abs() < 1.0, "{bias} since {slow} months");
        assert!(n_covering >= 170, "{n_covering} of 200 since {slow} months");
        assert!(n_alarms >= least_alarms, "{n_alarms} of 200 since {slow} months");
    }
}

/// A project of MQLs and SQLs of 2025 as [`slower_since_july`] has them.
fn slower_project() -> Project {
    let (mut leads, mut stages) =
        (String::from("lead_id,created_at,channel\n"), String::from("lead_id,stage,entered_at\n"));
    for ago in 0..12 {
        let start = month(ago).first_day();
        let lag = if ago >= 6 { 10 } else { 40 };
        for i in 0..100 {
            let id = format!("L{ago:02}-{i:02}");
            leads.push_str(&format!("{id},{start},webinar\n"));
            stages.push_str(&format!("{id},MQL,{start}\n"));
            if i < 20 && start.plus(lag) <= as_of() {
                stages.push_str(&format!("{id},SQL,{}\n", start.plus(lag)));
            }
        }
    }
    Project::empty().toml("project = \"Slower\"\nas_of = \"2025-12-31\"\n").leads(&leads).stage_history(&stages)
}

#[test]
fn the_report_says_that_recent_months_are_slower_and_what_was_done_about_it() {
    let report = slower_project().report();
    let conversion = report.page.sections.iter().find(|section| section.id == "conversion").expect("the section");
    let notes: Vec<&String> = conversion
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Note { text, .. } if text.contains("by day") => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            "MQLs of the last 6 months (since July 2025) have had fewer SQLs by day 10 (0.0\u{a0}%, 600 MQLs) than those before (20.0\u{a0}%, 600 MQLs): sales is slower, or fewer will convert; these numbers cannot tell which. The rates of these months therefore use their own pace."
        ]
    );
    let json = serde_json::to_value(&report).expect("a report is JSON");
    let alarm = &json["lag_alarm"];
    assert_eq!(
        (&alarm["state"], &alarm["months"], &alarm["pace"]),
        (&"slower_or_fewer".into(), &6.into(), &"own".into())
    );
    assert_eq!((&alarm["day"], &alarm["since"]), (&10.into(), &"2025-07".into()));
    assert_eq!(json["windows"][0]["days"], serde_json::json!([30, 60, 90]));
    assert_eq!(json["benchmark"]["verdict"], "inside", "{}", json["benchmark"]);
}

#[test]
fn a_forecast_is_right_about_as_often_as_it_says() {
    let plan = plan("");
    let (mut n_covering, mut n_forecasts, mut error) = (0, 0, 0.0);
    for seed in 0..60 {
        let (rows, _) = history(180.0, 0, 1.0, 1000 + seed);
        let found = judged(&rows, &plan, 12, |cohorts| forecast::of(cohorts, Transition::MqlToSql, 0.9));
        let Some(found) = found else { continue };
        let (value, low) = (found.eventual.value.expect("one"), found.eventual.low.expect("one"));
        assert!(value >= found.within_window && found.n >= 50, "{found:?}");
        n_forecasts += 1;
        error += 100.0 * (value - 0.2);
        n_covering += usize::from(low <= 0.2 && found.eventual.high.is_some_and(|high| 0.2 <= high));
    }
    println!("{n_forecasts} forecasts, {n_covering} hold the truth, bias {:+.2} points", error / n_forecasts as f64);
    assert!(n_forecasts >= 30, "{n_forecasts} of 60");
    assert!(n_covering * 100 >= n_forecasts * 80, "{n_covering} of {n_forecasts}");
}

#[test]
fn no_forecast_is_made_from_few_sqls_a_short_history_or_a_pace_that_has_just_changed() {
    let plan = plan("");
    let few: Vec<TransitionCount> =
        history(20.0, 0, 1.0, 3).0.into_iter().filter(|row| row.start > month(5).first_day()).collect();
    let short: Vec<TransitionCount> =
        history(900.0, 0, 1.0, 4).0.into_iter().filter(|row| row.start > month(0).first_day()).collect();
    for rows in [few, short, slower_since_july()] {
        assert_eq!(judged(&rows, &plan, 12, |cohorts| forecast::of(cohorts, Transition::MqlToSql, 0.9)), None);
    }
}

#[test]
fn what_comes_after_the_window_moves_the_forecast_and_no_verdict_and_no_rate() {
    let plan = plan("");
    let (rows, _) = history(300.0, 0, 1.0, 11);
    // The same within 90 days; later a tenth of the rest of each old day's MQLs converts.
    let mut later = Vec::new();
    for row in &rows {
        let old = as_of().0 - row.start.0 > 200 && row.outcome == Outcome::Open;
        let n = if old { row.n / 10 } else { 0 };
        later.push(TransitionCount { n: row.n - n, ..row.clone() });
        later.extend((n > 0).then(|| TransitionCount {
            outcome: Outcome::Converted(100 + (row.start.0 % 90) as u32),
            n,
            ..row.clone()
        }));
    }
    let said = |rows: &[TransitionCount]| {
        judged(rows, &plan, 12, |cohorts| {
            let rates: Vec<Rate> = (0..12).map(|ago| cohorts.month_rate(Transition::MqlToSql, month(ago))).collect();
            (format!("{:?}", benchmark::place(cohorts, &plan)), rates, forecast::of(cohorts, Transition::MqlToSql, 0.9))
        })
    };
    let ((verdict, rates, forecast), (later_verdict, later_rates, later_forecast)) = (said(&rows), said(&later));
    assert_eq!((verdict, rates), (later_verdict, later_rates));
    assert!(forecast.is_some() && forecast != later_forecast, "{forecast:?}");
}
