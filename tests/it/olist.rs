//! Real data: the public Olist marketing funnel, 8,000 MQLs and 842 wins, read as it was published.
//!
//! The data are not ours and not in the repository. `LEADGAUGE_DATA` names the folder that holds `olist/`; without it
//! these tests say that they are skipped, except in CI, where that is a failure.

use leadgauge::config::{self, Plan};
use leadgauge::facts::Event;
use leadgauge::metrics::funnel::{Rate, Status};
use leadgauge::metrics::{Metrics, MonthRow, Totals};
use leadgauge::pipeline::{self, Analysis};
use leadgauge::report::{self, Report};
use leadgauge::stats::proportion;
use std::path::PathBuf;

/// MQL month, MQLs, wins ever, wins within 30, 90 and 180 days; the one win before its contact counts nowhere.
const MONTHS: [(&str, u64, u64, u64, u64, u64); 12] = [
    ("2017-06", 4, 0, 0, 0, 0),
    ("2017-07", 239, 2, 0, 0, 0),
    ("2017-08", 386, 9, 0, 0, 1),
    ("2017-09", 312, 7, 0, 0, 1),
    ("2017-10", 416, 14, 0, 0, 2),
    ("2017-11", 445, 18, 2, 8, 13),
    ("2017-12", 200, 11, 1, 6, 8),
    ("2018-01", 1141, 152, 96, 129, 143),
    ("2018-02", 1028, 149, 101, 128, 139),
    ("2018-03", 1174, 166, 114, 140, 159),
    ("2018-04", 1352, 183, 148, 171, 178),
    ("2018-05", 1303, 130, 92, 109, 130),
];

/// Wins by the month in which they were won.
const WON: [(&str, u64); 12] = [
    ("2017-12", 3),
    ("2018-01", 73),
    ("2018-02", 113),
    ("2018-03", 147),
    ("2018-04", 207),
    ("2018-05", 122),
    ("2018-06", 57),
    ("2018-07", 37),
    ("2018-08", 33),
    ("2018-09", 23),
    ("2018-10", 21),
    ("2018-11", 6),
];

/// An interval, where it is known.
type Limits = Option<(f64, f64)>;

/// Origin, MQLs, wins ever, and Wilson's 90 % interval where it is known.
const ORIGINS: [(&str, u64, u64, Limits); 11] = [
    ("organic_search", 2296, 270, Some((0.1070, 0.1291))),
    ("paid_search", 1586, 195, Some((0.1100, 0.1372))),
    ("social", 1350, 75, Some((0.0462, 0.0667))),
    ("unknown", 1099, 179, Some((0.1454, 0.1820))),
    ("direct_traffic", 499, 56, Some((0.0910, 0.1376))),
    ("email", 493, 15, Some((0.0200, 0.0459))),
    ("referral", 284, 24, Some((0.0611, 0.1157))),
    ("other", 150, 4, None),
    ("display", 118, 6, None),
    ("other_publicities", 65, 3, None),
    ("(blank)", 60, 14, Some((0.1562, 0.3334))),
];

/// The folder of the data, or a skip with its name.
fn folder() -> Option<PathBuf> {
    match std::env::var_os("LEADGAUGE_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join("olist")),
        None if std::env::var_os("CI").is_some() => {
            panic!("LEADGAUGE_DATA must name the folder of the real data in CI")
        }
        None => {
            println!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
            None
        }
    }
}

fn plan(folder: &std::path::Path, as_of: &str, customer_window: u32) -> Plan {
    let text = include_str!("../fixtures/olist/leadgauge.toml").replace("2018-11-14", as_of);
    let text = format!("{text}\n[windows]\nmql_to_customer_days = {customer_window}\n");
    config::parse(&text, "leadgauge.toml", folder).unwrap_or_else(|problems| panic!("{problems}"))
}

fn analyse(as_of: &str, customer_window: u32) -> Option<(Plan, Analysis)> {
    let plan = plan(&folder()?, as_of, customer_window);
    let analysis = pipeline::run(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    Some((plan, analysis))
}

fn report_of((plan, analysis): (Plan, Analysis)) -> Report {
    report::build(&plan, &analysis)
}

fn month<'a>(metrics: &'a Metrics, name: &str) -> &'a MonthRow {
    let found = metrics.months.iter().find(|row| row.month.to_string() == name);
    found.unwrap_or_else(|| panic!("no month {name}"))
}

fn channel<'a>(metrics: &'a Metrics, name: &str) -> &'a Totals {
    metrics.channels.iter().find(|row| row.channel.as_deref() == Some(name)).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_published_files_give_8000_mqls_842_customers_and_841_conversions() {
    let Some((plan, analysis)) = analyse("2018-11-14", 270) else { return };
    let customers = analysis.facts.volume.iter().filter(|row| row.event == Event::Customer).map(|row| row.n);
    assert_eq!(customers.sum::<u64>(), 842);
    let report = report_of((plan, analysis));
    assert_eq!(report.overall.mqls, 8000);
    let so_far = &report.overall.mql_to_customer_so_far;
    assert_eq!((so_far.n, so_far.converted), (8000, 841));
    let read: Vec<(u64, u64)> = report.inputs.iter().map(|input| (input.rows_read, input.rows_used)).collect();
    assert_eq!(read, [(8000, 8000), (842, 842)]);
    // 836 were won by the end of October, 6 in the half month that is in no trend.
    assert_eq!(report.overall.customers_same_period, Some(836));
    let before = report.findings.iter().find(|finding| finding.code == "funnel::customer_before_mql");
    assert_eq!(before.map(|finding| (finding.count, finding.of)), Some((1, 8000)));
}

#[test]
fn monthly_counts_and_wins_are_those_of_the_data() {
    let Some((_, analysis)) = analyse("2018-11-14", 270) else { return };
    for (name, mqls, ever, ..) in MONTHS {
        let row = month(&analysis.metrics, name);
        assert_eq!((row.leads, row.mqls), (mqls, mqls), "{name}");
        assert_eq!(row.mql_to_customer_so_far.converted, ever, "{name}");
    }
    for (name, wins) in WON.iter().filter(|(name, _)| *name != "2018-11") {
        assert_eq!(month(&analysis.metrics, name).customers_same_period, Some(*wins), "{name}");
    }
}

#[test]
fn conversions_within_30_90_and_180_days_are_those_of_the_data() {
    for (window, pick) in [(30, 0), (90, 1), (180, 2)] {
        let Some((_, analysis)) = analyse("2018-11-14", window) else { return };
        for (name, mqls, _, within_30, within_90, within_180) in MONTHS {
            let rate = &month(&analysis.metrics, name).mql_to_customer;
            assert_eq!((rate.n, rate.converted), (mqls, [within_30, within_90, within_180][pick]), "{name} {window}");
        }
        let may = &month(&analysis.metrics, "2018-05").mql_to_customer;
        let expected = if window == 180 { Status::Maturing } else { Status::Mature };
        assert_eq!(may.status, expected, "{window}: contacts after 2018-05-18 have not had 180 days");
    }
}

#[test]
fn rates_by_origin_carry_wilson_intervals_and_blank_is_not_unknown() {
    let Some((_, analysis)) = analyse("2018-11-14", 270) else { return };
    assert_eq!(analysis.metrics.channels.len(), ORIGINS.len());
    for (name, mqls, won, interval) in ORIGINS {
        let rate = &channel(&analysis.metrics, name).mql_to_customer_so_far;
        assert_eq!((rate.n, rate.converted), (mqls, won), "{name}");
        if let Some((low, high)) = interval {
            assert!((rate.low.expect("an interval") - low).abs() < 5e-5, "{name}: {rate:?}");
            assert!((rate.high.expect("an interval") - high).abs() < 5e-5, "{name}: {rate:?}");
        }
    }
}

#[test]
fn time_to_close_is_corrected_for_follow_up() {
    for (window, expected) in [(270, [5.0, 14.0, 50.0, 148.0]), (180, [5.0, 12.0, 37.0, 96.0])] {
        let Some((_, analysis)) = analyse("2018-11-14", window) else { return };
        let time = &analysis.metrics.overall.time_to.mql_to_customer;
        let found = [&time.p25, &time.p50, &time.p75, &time.p90].map(|quantile| quantile.value.expect("a quantile"));
        assert_eq!(found, expected, "{window}");
        assert_eq!(time.so_far, Some([5, 14, 55, 162]), "{window}");
    }
}

#[test]
fn the_2017_cohorts_are_marked_as_left_truncated_and_not_narrated() {
    let Some((plan, analysis)) = analyse("2018-11-14", 270) else { return };
    for row in &analysis.metrics.months {
        assert_eq!(row.left_truncated, row.month.year() == 2017, "{}", row.month);
        let estimated = row.mql_to_customer.estimate.is_some();
        assert_eq!(estimated, row.month.year() == 2018 && row.mqls > 0, "{}", row.month);
    }
    assert_eq!(analysis.metrics.overall.mql_to_customer.n_estimated, 5998);
    let report = report_of((plan, analysis));
    assert!(report.findings.iter().any(|finding| finding.code == "funnel::left_truncated"));
    let words = report::write::markdown(&report.page);
    assert!(words.contains("first win is recorded on 2017-12-05"), "{words}");
    assert!(words.contains("is no improvement"), "{words}");
}

#[test]
fn without_sqls_their_rate_and_verdict_are_unavailable() {
    let Some((plan, analysis)) = analyse("2018-11-14", 270) else { return };
    let unavailable =
        |rate: &Rate| rate.status == Status::Unavailable && rate.estimate.is_none() && rate.observed.is_none();
    assert!(analysis.metrics.months.iter().all(|row| unavailable(&row.mql_to_sql) && row.sqls_same_period.is_none()));
    let report = report_of((plan, analysis));
    assert!(unavailable(&report.overall.mql_to_sql) && unavailable(&report.overall.sql_to_customer));
    let json = serde_json::to_value(&report).expect("a report is JSON");
    assert_eq!(json["benchmark"]["verdict"], "unavailable");
    assert_eq!(json["overall"]["cost_per_mql"]["value"], serde_json::Value::Null);
}

#[test]
fn adjusted_rates_of_young_months_cover_what_later_came_true_where_naive_ones_do_not() {
    for (window, pick, naive_misses) in [(90, 0, ["2018-05"].as_slice()), (180, 1, &["2018-03", "2018-04", "2018-05"])]
    {
        let Some((_, analysis)) = analyse("2018-05-31", window) else { return };
        for (name, mqls, _, _, within_90, within_180) in MONTHS.iter().skip(9) {
            let truth = [*within_90, *within_180][pick] as f64 / *mqls as f64;
            let rate = &month(&analysis.metrics, name).mql_to_customer;
            let (low, high) = (rate.low.expect("an interval"), rate.high.expect("an interval"));
            assert!(low <= truth && truth <= high, "{name} {window}: {truth} not in {low}..{high}");
            let naive = proportion::wilson(rate.converted as f64, rate.n as f64, 0.9).expect("MQLs");
            let missed = truth < naive.low || truth > naive.high;
            assert_eq!(missed, naive_misses.contains(name), "{name} {window}: {truth}, {naive:?}");
        }
    }
}
