//! Young cohorts: does the alarm ring when recent leads go at another pace and only then, are the rates right when it
//! does, and are 30, 60 and 90 days, the suggested window and the forecast what they are said to be?

use crate::project::Project;
use leadgauge::config::{self, Plan};
use leadgauge::facts::{Outcome, Transition, TransitionCount};
use leadgauge::metrics::funnel::{Cohorts, Rate, Status};
use leadgauge::metrics::maturity_alarm::{AlarmState, MonthCount, PaceUsed, compare};
use leadgauge::metrics::windows::{self, WindowFit};
use leadgauge::metrics::{Availability, Known};
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
        let lag = if ago >= 6 { 10 } else { 40 };
        let seen = start.plus(lag as i32) <= as_of();
        starts(start, 100, if seen { &[(lag, 20)] } else { &[] }.map_lag(lag).as_slice())
    };
    (0..12).flat_map(of).collect()
}
