//! What does sales do with the MQLs, how soon, and what is it worth?
//!
//! A touch is the first working or sal entry, or a later funnel stage, on or after the MQL's day and before the next MQL;
//! in time = within `[funnel] sla_days` calendar days, so an MQL is due once it has had these days. Exits stay at risk of a
//! touch, and of an SQL, as everywhere else.
//!
//! Conversion by response is compared at a landmark (Anderson, Cain and Gelber 1983), the end of the SLA: an SQL needs a
//! touch, so whoever converts early was touched early, and classes made with hindsight say nothing. Among the MQLs without
//! SQL and exit by then, those touched by then face those not touched, each with the rate C/A of `stats::maturity` from its
//! own lag curve (they differ in how fast they convert), z at effective counts, and Newcombe's interval (1998) of the
//! difference d. If those not touched converted like the others, MQL→SQL would rise by d × their share of all MQLs: at most,
//! since sales may have picked the better ones first.
//!
//! What first becomes of MQLs (SQL, disqualified, recycled, still open by day d) is the estimate of Aalen and Johansen in
//! `stats::survival`, with log–log intervals.

use super::Estimate;
use super::benchmark::FollowUp;
use super::funnel::{self, Cohorts};
use crate::config::plan::Plan;
use crate::facts::{
    DispositionCount, Exited, Facts, Fate, FateCount, Later, Outcome, Recorded, Response, ResponseCount, Touch,
    TouchCount, Transition, TransitionCount,
};
use crate::stats::maturity::{self, Ending, Exposure, LagCurve};
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::proportion;
use crate::stats::special;
use crate::stats::survival;
use crate::vocabulary::{Day, Month, Stage};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// SQLs without which a group of young MQLs is not adjusted for those still to come.
const LEAST_CURVE_EVENTS: u64 = 5;
/// Fewer MQLs than this in a group: nothing is claimed about it.
const FEW: u64 = 10;
/// SQLs that must be expected in either group for z to hold what it promises (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// The days for which it is told what has become of MQLs, beside the window.
const OUTCOME_DAYS: [u32; 5] = [7, 14, 30, 60, 90];

/// Part of a whole, as a share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// The part.
    pub n: u64,
    /// The whole.
    pub of: u64,
    /// n ÷ of; `null` of nothing.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
}

impl Share {
    /// Wilson's interval at the effective counts.
    fn of(n: u64, of: u64, phi: Overdispersion, level: f64) -> Share {
        let (x, whole) = (phi.effective(n as f64), phi.effective(of as f64));
        let interval = proportion::wilson_with(x, whole, phi.quantile(level));
        let value = (of > 0).then(|| n as f64 / of as f64);
        Share { n, of, value, low: interval.map(|i| i.low), high: interval.map(|i| i.high) }
    }
}

/// What sales did with the first MQLs of the report months.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Handoff {
    /// Calendar days that sales has for a first touch.
    pub sla_days: u32,
    /// Whether touches are recorded: at least half of the SQLs have a working or sal entry at or before them.
    pub touches_known: bool,
    /// Why nothing can be said about touches, if so.
    pub why_unknown: Option<String>,
    /// SQLs of these months' MQLs that have a working or sal entry at or before them, of all.
    pub sqls_touched: Share,
    /// First day of the MQLs that are looked at: the report months, or later where touches were first recorded in them.
    pub since: Day,
    /// MQLs of these months without those that were an SQL before; these are with sales already.
    pub n: u64,
    /// Left out: an SQL before the MQL.
    pub n_sql_first: u64,
    /// MQLs that have had the days of the SLA.
    pub n_past_sla: u64,
    /// Of these without any touch: neither working nor sal, nor an SQL or later; `null` = touches are not recorded.
    pub n_untouched_past_sla: Option<u64>,
    /// Of those without any touch, turned down or sent back all the same.
    pub n_closed_untouched_past_sla: Option<u64>,
    /// Touches, where they are recorded.
    pub touches: Option<Touches>,
    /// Conversion by response, where touches are recorded.
    pub by_response: Option<ByResponse>,
    /// Turned down and sent back; `null` = neither stage was ever recorded.
    pub exits: Option<Exits>,
    /// What has become of MQLs by each day; `null` = neither stage was ever recorded, or no SQL.
    pub outcomes: Option<Outcomes>,
}

/// How soon MQLs are touched.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Touches {
    /// Touched within the SLA, of those that have had its days.
    pub in_time: Share,
    /// Touched after it.
    pub n_late: u64,
    /// Days until half of all MQLs have been touched, those never touched included; `null` = fewer than half within
    /// `follow_up_days`.
    pub median_days: Estimate,
    /// The window in which touches count for it.
    pub follow_up_days: u32,
    /// Share of all MQLs that have been touched by a day.
    pub by_day: Vec<TouchedBy>,
    /// MQLs without touch and without exit on the last visible day, those of the month under way included.
    pub n_waiting: u64,
    /// Of these past the SLA.
    pub n_overdue: u64,
    /// Of these older than the window of MQL→SQL: hardly anyone will look at them any more.
    pub n_forgotten: u64,
    /// How long the oldest of those that are not forgotten waits, in days.
    pub longest_wait_days: Option<u32>,
    /// By month of the MQL.
    pub months: Vec<MonthTouches>,
    /// By first-touch channel, most MQLs first.
    pub channels: Vec<ChannelTouches>,
}

/// How many have been touched by a day.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct TouchedBy {
    /// Days since the MQL.
    pub day: u32,
    /// Share of all MQLs.
    pub share: f64,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
}

/// Touches of a month's MQLs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MonthTouches {
    /// The month.
    pub month: Month,
    /// Touched within the SLA, of those that have had its days.
    pub in_time: Share,
    /// Not touched so far, of those.
    pub n_untouched: u64,
    /// Whether its share in time differs from that of the other months together, all months judged at once.
    pub differs: bool,
}

/// Touches of a channel's MQLs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChannelTouches {
    /// The channel.
    pub channel: String,
    /// Touched within the SLA, of those that have had its days.
    pub in_time: Share,
    /// Not touched so far, of those.
    pub n_untouched: u64,
    /// Whether its share in time differs from that of the other channels together, all channels judged at once.
    pub differs: bool,
}

/// Conversion by how sales responded.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ByResponse {
    /// What became of MQLs past the SLA, by response. With hindsight: not to be compared, since an SQL needs a touch.
    pub classes: Vec<ResponseClass>,
    /// The day of the fair comparison: the end of the SLA.
    pub landmark_day: u32,
    /// MQLs that were SQL by then.
    pub n_sql_by_landmark: u64,
    /// MQLs that had been turned down or sent back by then.
    pub n_exited_by_landmark: u64,
    /// Touched by then.
    pub touched: LandmarkGroup,
    /// Not touched by then.
    pub not_touched: LandmarkGroup,
    /// Touched less not touched, as a difference of shares.
    pub difference: Estimate,
    /// The test statistic; beyond `z_needed` on either side it is no chance.
    pub z: Option<f64>,
    /// What z must exceed.
    pub z_needed: f64,
    /// The same with those who had been turned down by then left in: the claim must hold either way.
    pub z_with_exits: Option<f64>,
    /// What the comparison says.
    pub says: Comparison,
    /// How much MQL→SQL would rise at most if those not touched in time converted like the others; only where they convert
    /// less, beyond chance.
    pub follow_up_gap: Option<FollowUpGap>,
}

/// What the comparison at the landmark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Those touched in time convert more.
    TouchedMore,
    /// Those touched in time convert less.
    TouchedLess,
    /// The difference may be chance.
    NotSettled,
    /// One of the groups has too few MQLs, or they are too young.
    TooFew,
}

/// What became of the MQLs of a response.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResponseClass {
    /// Touched in time, late, never; or turned down untouched.
    pub response: ResponseName,
    /// MQLs, as part of all past the SLA.
    pub mqls: Share,
    /// SQLs so far within the window.
    pub sqls: u64,
    /// Of these MQLs turned down or sent back.
    pub exits: u64,
}

/// How sales responded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseName {
    /// Touched within the SLA.
    InTime,
    /// Touched after it.
    Late,
    /// Turned down or sent back without a touch.
    Closed,
    /// Neither so far.
    Untouched,
}

/// A group at the landmark.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LandmarkGroup {
    /// MQLs in it.
    pub n: u64,
    /// SQLs so far, after the landmark and within the window.
    pub sqls: u64,
    /// MQLs that the rate rests on: all, or where there are too few SQLs to tell how they come in, those that have had the
    /// whole window.
    pub n_rated: u64,
    /// SQLs of these.
    pub sqls_rated: u64,
    /// The share that becomes an SQL within the window, adjusted for those still to come.
    pub rate: Estimate,
    /// Independent mature MQLs that it is worth.
    #[serde(skip)]
    pub n_effective: Option<f64>,
}

/// What follow-up could bring at most.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct FollowUpGap {
    /// MQLs not touched in time at the landmark, of all past the SLA.
    pub not_touched: Share,
    /// Points of MQL→SQL (0.01 = one point), at most.
    pub points: Estimate,
    /// What MQL→SQL lacks to the lower end of the benchmark; `null` = nothing, or not known.
    pub to_benchmark: Option<f64>,
}

/// Turned down and sent back, in the report months.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Exits {
    /// First exits before any SQL.
    pub n: u64,
    /// Turned down; `null` = the stage was never recorded.
    pub n_disqualified: Option<u64>,
    /// Sent back; `null` = the stage was never recorded.
    pub n_recycled: Option<u64>,
    /// Without a reason.
    pub n_without_reason: u64,
    /// The same as a share of all exits; `null` of nothing.
    pub share_without_reason: Option<f64>,
    /// An SQL after all, without another MQL.
    pub n_sql_after_all: u64,
    /// Sent back and MQL again by now.
    pub recycled_again: Option<Share>,
    /// Of those an SQL by now.
    pub recycled_again_sql: Option<u64>,
    /// Reasons, most frequent first.
    pub reasons: Vec<Disposition>,
}

/// What has first become of MQLs by each day since the MQL, those younger than that allowed for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Outcomes {
    /// MQLs that it rests on.
    pub n: u64,
    /// First day of these MQLs: the report months, or later where exits or SQLs were first recorded in them.
    pub since: Day,
    /// Whether a stage that means disqualified is recorded; if not, its share is no share.
    pub has_disqualified: bool,
    /// Whether a stage that means recycled is recorded.
    pub has_recycled: bool,
    /// A few days with their intervals.
    pub days: Vec<OutcomeDay>,
    /// Every day on which a share changes.
    pub steps: Vec<OutcomeStep>,
}

/// What has first become of MQLs by a day.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct OutcomeDay {
    /// Days since the MQL.
    pub day: u32,
    /// MQLs that have been followed as long.
    pub n_followed: u64,
    /// An SQL.
    pub sql: Estimate,
    /// Turned down before any SQL.
    pub disqualified: Estimate,
    /// Sent back before any SQL.
    pub recycled: Estimate,
    /// Neither.
    pub open: Estimate,
}

/// The shares from a day on.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct OutcomeStep {
    /// Days since the MQL.
    pub day: u32,
    /// An SQL.
    pub sql: f64,
    /// Turned down before any SQL.
    pub disqualified: f64,
    /// Sent back before any SQL.
    pub recycled: f64,
    /// Neither.
    pub open: f64,
}

/// A reason for turning down or sending back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Disposition {
    /// Disqualified or recycled.
    pub stage: Stage,
    /// The reason, in the data's words.
    pub reason: String,
    /// MQLs, as part of all exits.
    pub share: Share,
}

impl Handoff {
    /// For the verdict on the benchmark: MQLs that sales should have looked at by now, and those that nobody has. Who was
    /// turned down without a touch was looked at by somebody.
    pub fn follow_up(&self) -> Option<FollowUp> {
        let n_untouched = self.n_untouched_past_sla?.saturating_sub(self.n_closed_untouched_past_sla?);
        Some(FollowUp { n_past_sla: self.n_past_sla, n_untouched })
    }
}

/// Looks at what sales did with the MQLs of the report months.
pub fn handoff(facts: &Facts, cohorts: &Cohorts, plan: &Plan) -> Handoff {
    Looked::new(facts, cohorts, plan).handoff()
}

/// The counts of the report months, and what all numbers about them share.
struct Looked<'a> {
    facts: &'a Facts,
    cohorts: &'a Cohorts<'a>,
    plan: &'a Plan,
    /// First day from which MQLs are looked at.
    since: Day,
    /// Last day of the report months.
    until: Day,
    sla: u32,
}

impl<'a> Looked<'a> {
    fn new(facts: &'a Facts, cohorts: &'a Cohorts<'a>, plan: &'a Plan) -> Looked<'a> {
        let first = cohorts.from.first_day();
        // Where touches were first recorded later than chance explains, MQLs before were not untouched: nobody wrote it down.
        let since = coverage(facts.touches.iter().map(|row| {
            let outcome = match row.touch {
                Touch::After(days) => Outcome::Converted(days),
                _ => Outcome::Open,
            };
            (row.start, outcome, row.n)
        }));
        let since = whole_month_from(since, first);
        let until = cohorts.to.last_day().min(cohorts.as_of);
        Looked { facts, cohorts, plan, since, until, sla: plan.funnel.sla_days }
    }

    fn handoff(&self) -> Handoff {
        let known = self.sqls_touched();
        let recorded = self.responses().any(|row| row.recorded == Recorded::Yes);
        let touches_known = recorded && 2 * known.n >= known.of;
        let (mut n, mut n_sql_first) = (0, 0);
        let (mut due, mut untouched, mut closed) = (0, 0, 0);
        for row in self.touches() {
            if row.touch == Touch::Before {
                n_sql_first += row.n;
                continue;
            }
            n += row.n;
            if self.is_due(row.start) {
                due += row.n;
                untouched += if matches!(row.touch, Touch::Waiting | Touch::Closed) { row.n } else { 0 };
                closed += if row.touch == Touch::Closed { row.n } else { 0 };
            }
        }
        Handoff {
            sla_days: self.sla,
            touches_known,
            why_unknown: (!touches_known).then(|| why_unknown(&known).to_string()),
            sqls_touched: known,
            since: self.since,
            n,
            n_sql_first,
            n_past_sla: due,
            n_untouched_past_sla: touches_known.then_some(untouched),
            n_closed_untouched_past_sla: touches_known.then_some(closed),
            touches: touches_known.then(|| self.how_soon()),
            by_response: (touches_known && self.cohorts.unknown(Transition::MqlToSql).is_none())
                .then(|| self.by_response()),
            exits: self.exits(),
            outcomes: self.outcomes(),
        }
    }

    fn level(&self) -> f64 {
        self.plan.verdict.level
    }

    fn age(&self, start: Day) -> u32 {
        self.cohorts.as_of.0.saturating_sub(start.0).max(0) as u32
    }

    /// Whether an MQL of this day has had the days of the SLA, their last one included.
    fn is_due(&self, start: Day) -> bool {
        self.age(start) >= self.sla
    }

    fn touches(&self) -> impl Iterator<Item = &'a TouchCount> + '_ {
        self.facts.touches.iter().filter(|row| row.start >= self.since && row.start <= self.until)
    }

    fn responses(&self) -> impl Iterator<Item = &'a ResponseCount> + '_ {
        self.facts.responses.iter().filter(|row| row.start >= self.since && row.start <= self.until)
    }

    /// SQLs with a working or sal entry at or before them.
    fn sqls_touched(&self) -> Share {
        let sqls = || self.responses().filter(|row| matches!(row.outcome, Outcome::Converted(_)));
        let touched = sqls().filter(|row| row.recorded == Recorded::Yes).map(|row| row.n).sum();
        Share::of(touched, sqls().map(|row| row.n).sum(), Overdispersion::NONE, self.level())
    }

    fn how_soon(&self) -> Touches {
        let window = self.cohorts.window(Transition::MqlToSql);
        let mut exposures = Vec::new();
        let mut months: BTreeMap<Month, Tally> = BTreeMap::new();
        let mut channels: BTreeMap<&str, Tally> = BTreeMap::new();
        let mut all = Tally::default();
        for row in self.touches().filter(|row| row.touch != Touch::Before) {
            let (exit, ending) = match row.touch {
                Touch::After(days) => (days, Ending::Converted),
                _ => (self.age(row.start), Ending::Open),
            };
            exposures.push(Exposure { entry: 0, exit, ending, n: row.n });
            let month = months.entry(row.start.month()).or_default();
            let channel = channels.entry(&row.channel).or_default();
            if self.is_due(row.start) {
                for tally in [&mut all, month, channel] {
                    tally.count(row, self.sla);
                }
            }
        }
        let per_month: Vec<(f64, f64)> = months.values().map(|tally| (tally.in_time as f64, tally.n as f64)).collect();
        let phi = overdispersion::pearson_phi(&per_month);
        let curve = LagCurve::fit(&exposures, window);
        let by_day = self.days(window).into_iter().filter_map(|day| {
            let curve = curve.as_ref()?;
            let interval = curve.interval(day, self.level());
            let (low, high) = (interval.map(|i| i.low), interval.map(|i| i.high));
            Some(TouchedBy { day, share: curve.incidence(day), low, high })
        });
        let (n_waiting, n_overdue, n_forgotten, longest_wait_days) = self.waiting(window);
        Touches {
            in_time: all.share(phi, self.level()),
            n_late: all.late,
            median_days: curve.as_ref().map_or(Estimate::NONE, |curve| median(curve, self.level())),
            follow_up_days: window,
            by_day: by_day.collect(),
            n_waiting,
            n_overdue,
            n_forgotten,
            longest_wait_days,
            months: self.months(&months, &all),
            channels: self.channels(&channels, &all, phi),
        }
    }

    /// The days whose share touched is told: the first ones, the SLA, a month.
    fn days(&self, window: u32) -> BTreeSet<u32> {
        [0, 1, 2, self.sla, 10, 30, window].into_iter().filter(|day| *day <= window).collect()
    }

    /// MQLs without touch and exit on the last visible day: all, past the SLA, past the window; the longest wait of the rest.
    fn waiting(&self, window: u32) -> (u64, u64, u64, Option<u32>) {
        let waiting: Vec<(u32, u64)> = self
            .facts
            .touches
            .iter()
            .filter(|row| row.start >= self.since && row.touch == Touch::Waiting)
            .map(|row| (self.age(row.start), row.n))
            .collect();
        let from = |least: u32| waiting.iter().filter(|(age, _)| *age >= least).map(|(_, n)| n).sum::<u64>();
        let longest = waiting.iter().map(|(age, _)| *age).filter(|age| *age <= window).max();
        (from(0), from(self.sla), from(window.saturating_add(1)), longest)
    }

    fn months(&self, months: &BTreeMap<Month, Tally>, all: &Tally) -> Vec<MonthTouches> {
        let row = |(month, tally): (&Month, &Tally)| MonthTouches {
            month: *month,
            in_time: tally.share(Overdispersion::NONE, self.level()),
            n_untouched: tally.untouched,
            differs: tally.differs(all, months.len(), Overdispersion::NONE, self.level()),
        };
        months.iter().map(row).collect()
    }

    fn channels(&self, channels: &BTreeMap<&str, Tally>, all: &Tally, phi: Overdispersion) -> Vec<ChannelTouches> {
        let row = |(channel, tally): (&&str, &Tally)| ChannelTouches {
            channel: channel.to_string(),
            in_time: tally.share(phi, self.level()),
            n_untouched: tally.untouched,
            differs: tally.differs(all, channels.len(), phi, self.level()),
        };
        let mut rows: Vec<ChannelTouches> = channels.iter().map(row).collect();
        rows.sort_by(|a, b| b.in_time.of.cmp(&a.in_time.of).then_with(|| a.channel.cmp(&b.channel)));
        rows
    }

    fn by_response(&self) -> ByResponse {
        let window = self.cohorts.window(Transition::MqlToSql);
        // Months that began before SQLs were recorded have no outcome to compare.
        let rows: Vec<&ResponseCount> = self
            .responses()
            .filter(|row| row.outcome != Outcome::Before && self.is_due(row.start))
            .filter(|row| !self.cohorts.is_truncated(Transition::MqlToSql, row.start.month()))
            .collect();
        let n_due: u64 = rows.iter().map(|row| row.n).sum();
        let was_sql = |row: &ResponseCount| matches!(row.outcome, Outcome::Converted(lag) if lag <= self.sla);
        let sum = |wanted: &dyn Fn(&ResponseCount) -> bool| -> u64 {
            rows.iter().filter(|row| wanted(row)).map(|row| row.n).sum()
        };
        let phi = self.cohorts.phi(Transition::MqlToSql);
        let group = |wanted: &dyn Fn(&ResponseCount) -> bool| {
            let members: Vec<&ResponseCount> =
                rows.iter().copied().filter(|row| !was_sql(row) && wanted(row)).collect();
            self.landmark_group(&members, window, phi)
        };
        let in_time = |row: &ResponseCount| row.response == Response::InTime;
        let stayed = |row: &ResponseCount| row.exited != Exited::Early;
        let touched = group(&|row| in_time(row) && stayed(row));
        let not_touched = group(&|row| !in_time(row) && stayed(row));
        // Sales turns the worst down at once, and only those that it has looked at: among those who stayed the touched ones
        // are a better choice for that reason alone. Left in, they count against the touch.
        let z_with_exits = z(&group(&in_time), &group(&|row| !in_time(row)));
        let (found, z_needed) = (z(&touched, &not_touched), phi.quantile(self.level()));
        let says = match (found, z_with_exits) {
            (Some(z), Some(with)) if are_enough(&touched, &not_touched) => {
                if z.min(with) > z_needed {
                    Comparison::TouchedMore
                } else if z.max(with) < -z_needed {
                    Comparison::TouchedLess
                } else {
                    Comparison::NotSettled
                }
            }
            _ => Comparison::TooFew,
        };
        let difference = difference(&touched.rate, &not_touched.rate);
        let follow_up_gap = (says == Comparison::TouchedMore).then(|| {
            let share = Share::of(not_touched.n, n_due, Overdispersion::NONE, self.level());
            let part = share.value.unwrap_or(0.0);
            let points = |value: Option<f64>| value.map(|value| part * value);
            FollowUpGap {
                not_touched: share,
                points: Estimate {
                    value: points(difference.value),
                    low: points(difference.low.map(|low| low.max(0.0))),
                    high: points(difference.high),
                },
                to_benchmark: self.to_benchmark(),
            }
        });
        ByResponse {
            classes: self.classes(&rows, n_due, window),
            landmark_day: self.sla,
            n_sql_by_landmark: sum(&was_sql),
            n_exited_by_landmark: sum(&|row| !was_sql(row) && !stayed(row)),
            touched,
            not_touched,
            difference,
            z: found,
            z_needed,
            z_with_exits,
            says,
            follow_up_gap,
        }
    }

    fn classes(&self, rows: &[&ResponseCount], n_due: u64, window: u32) -> Vec<ResponseClass> {
        let name = |row: &ResponseCount| match (row.response, row.exited) {
            (Response::InTime, _) => ResponseName::InTime,
            (Response::Late, _) => ResponseName::Late,
            (Response::Untouched, Exited::No) => ResponseName::Untouched,
            (Response::Untouched, _) => ResponseName::Closed,
        };
        let mut classes: BTreeMap<ResponseName, (u64, u64, u64)> = BTreeMap::new();
        for row in rows {
            let class = classes.entry(name(row)).or_default();
            class.0 += row.n;
            class.1 += if matches!(row.outcome, Outcome::Converted(lag) if lag <= window) { row.n } else { 0 };
            class.2 += if row.exited == Exited::No { 0 } else { row.n };
        }
        let class = |(response, (n, sqls, exits))| ResponseClass {
            response,
            mqls: Share::of(n, n_due, Overdispersion::NONE, self.level()),
            sqls,
            exits,
        };
        classes.into_iter().map(class).collect()
    }

    /// The rate of MQLs that are at risk from the day after the landmark on.
    fn landmark_group(&self, members: &[&ResponseCount], window: u32, phi: Overdispersion) -> LandmarkGroup {
        let is_sql = |row: &ResponseCount| matches!(row.outcome, Outcome::Converted(lag) if lag <= window);
        let n = members.iter().map(|row| row.n).sum();
        let sqls = members.iter().filter(|row| is_sql(row)).map(|row| row.n).sum();
        let exposures: Vec<Exposure> = members
            .iter()
            .map(|row| {
                let (exit, ending) = match row.outcome {
                    Outcome::Converted(lag) => (lag, Ending::Converted),
                    _ => (self.age(row.start), Ending::Open),
                };
                Exposure { entry: self.sla + 1, exit, ending, n: row.n }
            })
            .collect();
        let curve = LagCurve::fit(&exposures, window).filter(|curve| curve.n_events() >= LEAST_CURVE_EVENTS);
        // How few SQLs come in cannot be told: then only MQLs that have had their window speak.
        let used: Vec<&&ResponseCount> =
            members.iter().filter(|row| curve.is_some() || self.age(row.start) >= window).collect();
        let ages: Vec<(u32, u64)> = used.iter().map(|row| (self.age(row.start), row.n)).collect();
        let converted = used.iter().filter(|row| is_sql(row)).map(|row| row.n).sum();
        let adjusted = maturity::adjusted(converted, &ages, curve.as_ref(), phi.phi, phi.quantile(self.level()));
        let rate = adjusted.map_or(Estimate::NONE, |found| Estimate {
            value: Some(found.estimate),
            low: Some(found.low),
            high: Some(found.high),
        });
        let n_rated = ages.iter().map(|(_, n)| n).sum();
        let n_effective = adjusted.map(|found| found.n_effective);
        LandmarkGroup { n, sqls, n_rated, sqls_rated: converted, rate, n_effective }
    }

    /// What MQL→SQL of the report months lacks to the lower end of the benchmark.
    fn to_benchmark(&self) -> Option<f64> {
        let rate = self.cohorts.rate(Transition::MqlToSql, self.cohorts.from, self.cohorts.to, None);
        rate.estimate.map(|rate| self.plan.benchmark.low - rate).filter(|gap| *gap > 0.0)
    }

    /// The competing outcomes of the MQLs of the report months; leads that have been followed for less leave the risk set.
    fn outcomes(&self) -> Option<Outcomes> {
        let all = &self.facts.outcomes;
        let is_recorded = |wanted: fn(&Fate) -> bool| all.iter().any(|row| wanted(&row.fate));
        let has_disqualified = is_recorded(|fate| matches!(fate, Fate::Disqualified(_)));
        let has_recycled = is_recorded(|fate| matches!(fate, Fate::Recycled(_)));
        if !(has_disqualified || has_recycled) || self.cohorts.unknown(Transition::MqlToSql).is_some() {
            return None;
        }
        let exits_since = coverage(all.iter().map(|row| {
            let outcome = match row.fate {
                Fate::Disqualified(days) | Fate::Recycled(days) => Outcome::Converted(days),
                _ => Outcome::Open,
            };
            (row.start, outcome, row.n)
        }));
        let first = self.cohorts.from.first_day();
        let since = whole_month_from(exits_since, first);
        let window = self.cohorts.window(Transition::MqlToSql);
        let rows: Vec<&FateCount> = all
            .iter()
            .filter(|row| row.start >= since && row.start <= self.until && row.fate != Fate::Before)
            .filter(|row| !self.cohorts.is_truncated(Transition::MqlToSql, row.start.month()))
            .collect();
        let since = rows.iter().map(|row| row.start.month().first_day()).min()?;
        let exits: Vec<survival::Exit> = rows
            .iter()
            .map(|row| {
                let (exit, outcome) = match row.fate {
                    Fate::Sql(days) => (days, Some(0)),
                    Fate::Disqualified(days) => (days, Some(1)),
                    Fate::Recycled(days) => (days, Some(2)),
                    Fate::Open | Fate::Before => (self.age(row.start), None),
                };
                survival::Exit { entry: 0, exit, outcome, n: row.n }
            })
            .collect();
        let fitted = survival::Outcomes::fit(&exits, 3, window)?;
        let followed = |day: u32| rows.iter().filter(|row| self.age(row.start) >= day).map(|row| row.n).sum::<u64>();
        let share = |outcome: usize, day: u32| {
            log_log(fitted.share(outcome, day), fitted.standard_error(outcome, day), self.level())
        };
        let days: BTreeSet<u32> = OUTCOME_DAYS.into_iter().chain([window]).filter(|day| *day <= window).collect();
        let days = days.into_iter().filter(|day| followed(*day) >= FEW).map(|day| OutcomeDay {
            day,
            n_followed: followed(day),
            sql: share(0, day),
            disqualified: share(1, day),
            recycled: share(2, day),
            open: log_log(fitted.open(day), fitted.standard_error_of_open(day), self.level()),
        });
        let step = |day: u32| OutcomeStep {
            day,
            sql: fitted.share(0, day),
            disqualified: fitted.share(1, day),
            recycled: fitted.share(2, day),
            open: fitted.open(day),
        };
        Some(Outcomes {
            n: rows.iter().map(|row| row.n).sum(),
            since,
            has_disqualified,
            has_recycled,
            days: days.collect(),
            // Beyond what anybody has been followed for there is nothing to draw.
            steps: fitted.days().iter().filter(|day| followed(**day) >= FEW).map(|day| step(*day)).collect(),
        })
    }

    fn exits(&self) -> Option<Exits> {
        let all = &self.facts.dispositions;
        let is_recorded = |stage: Stage| all.iter().any(|row| row.stage == stage);
        let rows: Vec<&DispositionCount> =
            all.iter().filter(|row| (self.cohorts.from..=self.cohorts.to).contains(&row.month)).collect();
        if all.is_empty() {
            return None;
        }
        let sum = |wanted: &dyn Fn(&DispositionCount) -> bool| -> u64 {
            rows.iter().filter(|row| wanted(row)).map(|row| row.n).sum()
        };
        let n = sum(&|_| true);
        let of_stage = |stage: Stage| is_recorded(stage).then(|| sum(&|row| row.stage == stage));
        let came_back = |row: &DispositionCount| matches!(row.later, Later::Back | Later::BackSql);
        let n_recycled = of_stage(Stage::Recycled);
        let again = sum(&|row| row.stage == Stage::Recycled && came_back(row));
        let mut reasons: BTreeMap<(Stage, &str), u64> = BTreeMap::new();
        for row in &rows {
            *reasons.entry((row.stage, &row.reason)).or_default() += row.n;
        }
        let mut reasons: Vec<Disposition> = reasons
            .into_iter()
            .map(|((stage, reason), part)| Disposition {
                stage,
                reason: reason.to_string(),
                share: Share::of(part, n, Overdispersion::NONE, self.level()),
            })
            .collect();
        reasons.sort_by_key(|row| std::cmp::Reverse(row.share.n));
        let n_without_reason = sum(&|row| row.reason == NO_REASON);
        Some(Exits {
            n,
            n_disqualified: of_stage(Stage::Disqualified),
            n_recycled,
            n_without_reason,
            share_without_reason: (n > 0).then(|| n_without_reason as f64 / n as f64),
            n_sql_after_all: sum(&|row| row.later == Later::Sql),
            recycled_again: n_recycled.map(|of| Share::of(again, of, Overdispersion::NONE, self.level())),
            recycled_again_sql: n_recycled
                .map(|_| sum(&|row| row.stage == Stage::Recycled && row.later == Later::BackSql)),
            reasons,
        })
    }
}

/// The interval of a share with this standard error, on the scale −ln(−ln(1 − share)), which keeps it inside 0 and 1
/// (Kalbfleisch and Prentice 1980). Without a standard error, or at 0 and 1, the share alone.
fn log_log(share: f64, error: Option<f64>, level: f64) -> Estimate {
    let alone = Estimate { value: Some(share), low: None, high: None };
    let open = 1.0 - share;
    let Some(error) = error.filter(|error| error.is_finite() && *error > 0.0 && open > 0.0 && open < 1.0) else {
        return alone;
    };
    let step = special::normal_quantile(0.5 + level / 2.0) * error / (open * open.ln()).abs();
    let limit = |factor: f64| (1.0 - open.powf(factor)).clamp(0.0, 1.0);
    Estimate { value: Some(share), low: Some(limit((-step).exp())), high: Some(limit(step.exp())) }
}

/// What the query calls an exit without a reason.
pub const NO_REASON: &str = "(no reason)";
/// What the query calls the rare reasons together.
pub const OTHER_REASONS: &str = "(other reasons)";

fn why_unknown(sqls_touched: &Share) -> &'static str {
    match (sqls_touched.n, sqls_touched.of) {
        (0, _) => "no date on which sales took up an MQL was found",
        _ => "most SQLs have no date before them on which sales took up the MQL, so its absence says nothing",
    }
}

/// The first day of the first month that lies wholly behind the beginning of records, if they begin late.
fn whole_month_from(since: Option<Day>, first: Day) -> Day {
    match since {
        Some(day) if day > first && day == day.month().first_day() => day,
        Some(day) if day > first => day.month().plus(1).first_day(),
        _ => first,
    }
}

/// First day of records, if they begin later than chance explains.
fn coverage(rows: impl Iterator<Item = (Day, Outcome, u64)>) -> Option<Day> {
    let rows: Vec<TransitionCount> = rows
        .map(|(start, outcome, n)| TransitionCount {
            transition: Transition::MqlToSql,
            channel: String::new(),
            start,
            outcome,
            n,
        })
        .collect();
    funnel::coverage_start(&rows.iter().collect::<Vec<_>>())
}

/// MQLs past the SLA, by when they were touched.
#[derive(Default)]
struct Tally {
    n: u64,
    in_time: u64,
    late: u64,
    untouched: u64,
}

impl Tally {
    fn count(&mut self, row: &TouchCount, sla: u32) {
        self.n += row.n;
        match row.touch {
            Touch::After(days) if days <= sla => self.in_time += row.n,
            Touch::After(_) => self.late += row.n,
            _ => self.untouched += row.n,
        }
    }

    fn share(&self, phi: Overdispersion, level: f64) -> Share {
        Share::of(self.in_time, self.n, phi, level)
    }

    /// Whether this part's share in time differs from that of the rest of `all`, the chance of a false claim shared among
    /// so many parts (Bonferroni).
    fn differs(&self, all: &Tally, parts: usize, phi: Overdispersion, level: f64) -> bool {
        let level = 1.0 - (1.0 - level) / parts.max(1) as f64;
        let (rest, rest_in_time) = (all.n - self.n, all.in_time - self.in_time);
        let late = 1.0 - all.in_time as f64 / all.n.max(1) as f64;
        let expected = late.min(1.0 - late) * self.n.min(rest) as f64;
        let [x0, n0, x1, n1] = [rest_in_time, rest, self.in_time, self.n].map(|count| phi.effective(count as f64));
        let z = proportion::two_proportion_z(x0, n0, x1, n1);
        expected >= LEAST_EXPECTED && z.is_some_and(|z| z.abs() > phi.quantile(level))
    }
}

/// The first day by which half of all have been touched, with the days whose own interval holds one half (Brookmeyer and
/// Crowley 1982).
fn median(curve: &LagCurve, level: f64) -> Estimate {
    let steps = curve.steps();
    let first = |reaches: &dyn Fn(u32, f64) -> bool| {
        steps.iter().find(|(day, share)| reaches(*day, *share)).map(|(day, _)| f64::from(*day))
    };
    let limit = |day: u32| curve.interval(day, level);
    Estimate {
        value: first(&|_, share| share >= 0.5),
        low: first(&|day, share| limit(day).map_or(share, |limit| limit.high) >= 0.5),
        high: first(&|day, share| limit(day).map_or(share, |limit| limit.low) >= 0.5),
    }
}

/// Whether enough SQLs would be expected in either group if there were no difference.
fn are_enough(touched: &LandmarkGroup, not_touched: &LandmarkGroup) -> bool {
    let smaller = touched.n_rated.min(not_touched.n_rated) as f64;
    let pooled =
        (touched.sqls_rated + not_touched.sqls_rated) as f64 / (touched.n_rated + not_touched.n_rated).max(1) as f64;
    smaller >= FEW as f64 && smaller * pooled >= LEAST_EXPECTED
}

fn z(touched: &LandmarkGroup, not_touched: &LandmarkGroup) -> Option<f64> {
    let counts = |group: &LandmarkGroup| Some((group.rate.value? * group.n_effective?, group.n_effective?));
    let ((x1, n1), (x0, n0)) = (counts(touched)?, counts(not_touched)?);
    proportion::two_proportion_z(x0, n0, x1, n1)
}

/// The difference of two shares: Newcombe's square and add of their own intervals.
fn difference(a: &Estimate, b: &Estimate) -> Estimate {
    let all = |e: &Estimate| Some((e.value?, e.low?, e.high?));
    let (Some((a, a_low, a_high)), Some((b, b_low, b_high))) = (all(a), all(b)) else { return Estimate::NONE };
    let d = a - b;
    Estimate {
        value: Some(d),
        low: Some(d - (a - a_low).hypot(b_high - b)),
        high: Some(d + (a_high - a).hypot(b - b_low)),
    }
}
