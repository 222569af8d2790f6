//! Which share converts within its window, and how sure is that?
//!
//! Maturity-adjusted rate C/A with its score interval: A = Σ F(age), F = the share of the window's conversions that
//! come by an age, from the incidence curve of recent starts. Cohorts that have had their window reduce to Wilson.

use super::{Availability, Known};
use crate::config::plan::Plan;
use crate::facts::{Outcome, Transition, TransitionCount};
use crate::stats::maturity::{self, Adjusted, Ending, Exposure, LagCurve};
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::proportion;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// Days of starts that a lag curve rests on, at least; twice the window where that is longer.
const CURVE_DAYS: i32 = 365;
/// Conversions from which on a channel has a lag curve of its own.
const OWN_CURVE_EVENTS: u64 = 30;
/// Conversions without which a young cohort is not adjusted.
const LEAST_CURVE_EVENTS: u64 = 5;
/// Months that overdispersion rests on, at least.
const PHI_MONTHS: i32 = 12;
/// Outcomes that must have been expected before the first one for records to have begun late.
const EXPECTED_BEFORE: f64 = 3.0;
/// Fewer leads than this are shown, and called too few.
const FEW: u64 = 10;

/// How far a rate can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every lead has had its window.
    Mature,
    /// Adjusted for what is still to come.
    Maturing,
    /// Too young to be adjusted.
    TooEarly,
    /// Fewer than ten leads.
    TooFew,
    /// Cannot be known: no dates, no leads, or outcomes were not yet recorded.
    Unavailable,
}

/// A rate: the share that converts within a window.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// Leads that started.
    pub n: u64,
    /// Of these, conversions so far within the window.
    pub converted: u64,
    /// Leads that the estimate rests on: `n` without those of months that began before outcomes were recorded.
    pub n_estimated: u64,
    /// Of these, conversions so far within the window.
    pub converted_estimated: u64,
    /// converted ÷ n: what has been seen, too low for young cohorts.
    pub observed: Option<f64>,
    /// Share of the window's conversions that such leads have had by now.
    pub maturity: Option<f64>,
    /// The rate that the cohort is heading for.
    pub estimate: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// Confidence level of the interval.
    pub level: f64,
    /// The window; `null` = ever so far.
    pub window_days: Option<u32>,
    /// How far it can be trusted.
    pub status: Status,
    /// Independent mature leads that the estimate is worth.
    #[serde(skip)]
    pub n_effective: Option<f64>,
}

/// A cohort's counts.
#[derive(Clone, Debug, Default)]
pub struct Cohort {
    /// Leads that started.
    pub n: u64,
    /// Conversions within the window.
    pub converted: u64,
    /// (age on the last visible day, leads).
    pub ages: Vec<(u32, u64)>,
}

impl Cohort {
    fn oldest(&self) -> u32 {
        self.ages.iter().map(|(age, _)| *age).max().unwrap_or(0)
    }

    fn youngest(&self) -> u32 {
        self.ages.iter().map(|(age, _)| *age).min().unwrap_or(0)
    }
}

/// Lag curves by transition and channel, once they are known.
type Curves = HashMap<(Transition, Option<String>), Option<Rc<LagCurve>>>;

/// The transitions' counts, and what all rates share: curves, coverage, overdispersion.
pub struct Cohorts<'a> {
    rows: BTreeMap<Transition, Vec<&'a TransitionCount>>,
    plan: &'a Plan,
    /// The last visible day.
    pub as_of: Day,
    /// First report month.
    pub from: Month,
    /// Last report month.
    pub to: Month,
    /// What can be known.
    pub known: &'a Known,
    coverage: BTreeMap<Transition, Day>,
    curves: RefCell<Curves>,
    phis: RefCell<HashMap<Transition, (Overdispersion, f64)>>,
}

impl<'a> Cohorts<'a> {
    /// Sorts the counts by transition.
    pub fn new(
        transitions: &'a [TransitionCount],
        plan: &'a Plan,
        as_of: Day,
        from: Month,
        to: Month,
        known: &'a Known,
    ) -> Cohorts<'a> {
        let mut rows: BTreeMap<Transition, Vec<&TransitionCount>> = BTreeMap::new();
        for row in transitions.iter().filter(|row| row.start <= as_of) {
            rows.entry(row.transition).or_default().push(row);
        }
        let coverage =
            rows.iter().filter_map(|(transition, rows)| Some((*transition, coverage_start(rows)?))).collect();
        let (curves, phis) = (RefCell::default(), RefCell::default());
        Cohorts { rows, plan, as_of, from, to, known, coverage, curves, phis }
    }

    /// The window of a transition in days; lead→MQL has none of its own and is followed for 180.
    pub fn window(&self, transition: Transition) -> u32 {
        let windows = &self.plan.windows;
        match transition {
            Transition::LeadToMql => crate::replay::REACH_DAYS as u32,
            Transition::MqlToSql => windows.mql_to_sql_days,
            Transition::MqlToCustomer => windows.mql_to_customer_days,
            Transition::SqlToCustomer => windows.sql_to_customer_days,
        }
    }

    /// Why a transition cannot be computed, if it cannot.
    pub fn unknown(&self, transition: Transition) -> Option<&str> {
        let needs = match transition {
            Transition::LeadToMql => return None,
            Transition::MqlToSql => &self.known.sqls,
            Transition::MqlToCustomer => &self.known.customers,
            Transition::SqlToCustomer if self.known.sqls != Availability::Known => &self.known.sqls,
            Transition::SqlToCustomer => &self.known.customers,
        };
        needs.why()
    }

    /// First day of recorded outcomes by transition, where that is later than the first starts.
    pub fn coverage(&self) -> BTreeMap<&'static str, Day> {
        self.coverage.iter().map(|(transition, day)| (transition.name(), *day)).collect()
    }

    /// Whether a month began before outcomes were recorded.
    pub fn is_truncated(&self, transition: Transition, month: Month) -> bool {
        self.coverage.get(&transition).is_some_and(|start| month.first_day() < *start)
    }

    /// The counts of the starts in some months.
    pub fn cohort(&self, transition: Transition, from: Month, to: Month, channel: Option<&str>) -> Cohort {
        self.collect(transition, from, to, channel, |_| true)
    }

    /// The same without months that began before outcomes were recorded.
    pub fn covered_cohort(&self, transition: Transition, from: Month, to: Month, channel: Option<&str>) -> Cohort {
        self.collect(transition, from, to, channel, |month| !self.is_truncated(transition, month))
    }

    fn collect(
        &self,
        transition: Transition,
        from: Month,
        to: Month,
        channel: Option<&str>,
        wanted: impl Fn(Month) -> bool,
    ) -> Cohort {
        let window = self.window(transition);
        let mut ages: BTreeMap<u32, u64> = BTreeMap::new();
        let mut cohort = Cohort::default();
        let (first, last) = (from.first_day(), to.last_day().min(self.as_of));
        for row in self.rows(transition, channel) {
            if row.start < first || row.start > last || !wanted(row.start.month()) {
                continue;
            }
            cohort.n += row.n;
            *ages.entry(self.age(row.start)).or_default() += row.n;
            if matches!(row.outcome, Outcome::Converted(lag) if lag <= window) {
                cohort.converted += row.n;
            }
        }
        cohort.ages = ages.into_iter().collect();
        cohort
    }

    fn rows<'b>(
        &'b self,
        transition: Transition,
        channel: Option<&'b str>,
    ) -> impl Iterator<Item = &'a TransitionCount> + 'b {
        let rows = self.rows.get(&transition).map(Vec::as_slice).unwrap_or_default();
        rows.iter().copied().filter(move |row| channel.is_none_or(|channel| row.channel == channel))
    }

    fn age(&self, start: Day) -> u32 {
        self.as_of.0.saturating_sub(start.0).max(0) as u32
    }

    /// The exposures of starts between two days, both included; `covered` = at risk only from the first recorded outcome on.
    pub fn exposures(
        &self,
        transition: Transition,
        channel: Option<&str>,
        (from, to): (Day, Day),
        covered: Covered,
    ) -> Vec<Exposure> {
        let start_of_records = match covered {
            Covered::FromFirstOutcome => self.coverage.get(&transition).copied(),
            Covered::Always => None,
        };
        self.rows(transition, channel)
            .filter(|row| row.start >= from && row.start <= to)
            .map(|row| {
                let (exit, ending) = match row.outcome {
                    Outcome::Converted(lag) => (lag, Ending::Converted),
                    Outcome::Before | Outcome::Open => (self.age(row.start), Ending::Open),
                };
                let entry = start_of_records.map_or(0, |first| (first.0 - row.start.0).max(0) as u32);
                Exposure { entry, exit, ending, n: row.n }
            })
            .collect()
    }

    /// First day of the starts that a lag curve rests on.
    pub fn curve_from(&self, transition: Transition) -> Day {
        self.as_of.plus(1 - CURVE_DAYS.max(2 * self.window(transition) as i32))
    }

    /// The lag curve of a transition: a channel's own where it has enough conversions, else the common one.
    pub fn curve(&self, transition: Transition, channel: Option<&str>) -> Option<Rc<LagCurve>> {
        let key = (transition, channel.map(str::to_string));
        if let Some(known) = self.curves.borrow().get(&key) {
            return known.clone();
        }
        let exposures =
            self.exposures(transition, channel, (self.curve_from(transition), self.as_of), Covered::FromFirstOutcome);
        let own = LagCurve::fit(&exposures, self.window(transition)).map(Rc::new);
        let curve = match channel {
            Some(_) => {
                own.filter(|curve| curve.n_events() >= OWN_CURVE_EVENTS).or_else(|| self.curve(transition, None))
            }
            None => own,
        };
        self.curves.borrow_mut().insert(key, curve.clone());
        curve
    }

    /// Overdispersion of the mature months' rates, and the average size of such a month.
    fn phi_and_size(&self, transition: Transition) -> (Overdispersion, f64) {
        if let Some(known) = self.phis.borrow().get(&transition) {
            return *known;
        }
        let last = self.as_of.plus(-(self.window(transition) as i32));
        let newest = super::last_complete_month(last);
        let months = PHI_MONTHS.max(self.plan.report.months as i32);
        let counts: Vec<(f64, f64)> = (newest.0 - months + 1..=newest.0)
            .map(Month)
            .filter(|month| !self.is_truncated(transition, *month))
            .map(|month| self.cohort(transition, month, month, None))
            .map(|cohort| (cohort.converted as f64, cohort.n as f64))
            .filter(|(_, n)| *n > 0.0)
            .collect();
        let size = counts.iter().map(|(_, n)| n).sum::<f64>() / counts.len().max(1) as f64;
        let found = (overdispersion::pearson_phi(&counts), size);
        self.phis.borrow_mut().insert(transition, found);
        found
    }

    /// Overdispersion of the mature months' rates.
    pub fn phi(&self, transition: Transition) -> Overdispersion {
        self.phi_and_size(transition).0
    }

    /// Overdispersion of a part with smaller months: a common month effect weighs less where there are fewer leads a
    /// month, φ = 1 + (φ_all − 1) (n̄ − 1) / (n̄_all − 1).
    fn phi_of_part(&self, transition: Transition, cohort: &Cohort, months: i32) -> Overdispersion {
        let (all, size) = self.phi_and_size(transition);
        let part = cohort.n as f64 / f64::from(months.max(1));
        let share = ((part - 1.0) / (size - 1.0)).clamp(0.0, 1.0);
        if share.is_finite() { Overdispersion { phi: 1.0 + (all.phi - 1.0) * share, ..all } } else { all }
    }

    /// The rate of one month's cohort: what this month itself is heading for, so without the months' own swing.
    pub fn month_rate(&self, transition: Transition, month: Month) -> Rate {
        let cohort = self.cohort(transition, month, month, None);
        if self.unknown(transition).is_none() && self.is_truncated(transition, month) {
            return Rate { status: Status::Unavailable, ..self.bare(transition, &cohort) };
        }
        self.estimate(transition, &cohort, &cohort, None, Overdispersion::NONE)
    }

    /// The rate of several months as one, with the months' swing in its interval. Months that began before outcomes
    /// were recorded count in n and converted, not in the estimate.
    pub fn rate(&self, transition: Transition, from: Month, to: Month, channel: Option<&str>) -> Rate {
        let all = self.cohort(transition, from, to, channel);
        let covered = self.covered_cohort(transition, from, to, channel);
        let phi = match channel {
            None => self.phi(transition),
            Some(_) => self.phi_of_part(transition, &covered, to.0 - from.0 + 1),
        };
        self.estimate(transition, &all, &covered, channel, phi)
    }

    /// The rate of the starts between two days (both included), of all channels or of some, as if months did not swing:
    /// its `n_effective` is that of chance alone, and whoever compares two of them multiplies the variance by φ. Months
    /// that began before outcomes were recorded are left out.
    pub fn part_rate(&self, transition: Transition, days: (Day, Day), channels: Option<&BTreeSet<String>>) -> Rate {
        let cohort = self.days_cohort(transition, days, channels);
        let own = channels.filter(|names| names.len() == 1).and_then(BTreeSet::first).map(String::as_str);
        self.estimate(transition, &cohort, &cohort, own, Overdispersion::NONE)
    }

    /// The counts of the starts between two days, both included, without months that began before outcomes were recorded.
    fn days_cohort(
        &self,
        transition: Transition,
        (first, last): (Day, Day),
        channels: Option<&BTreeSet<String>>,
    ) -> Cohort {
        let window = self.window(transition);
        let mut ages: BTreeMap<u32, u64> = BTreeMap::new();
        let mut cohort = Cohort::default();
        for row in self.rows(transition, None) {
            let inside = row.start >= first && row.start <= last.min(self.as_of);
            let wanted = channels.is_none_or(|names| names.contains(&row.channel));
            if !inside || !wanted || self.is_truncated(transition, row.start.month()) {
                continue;
            }
            cohort.n += row.n;
            *ages.entry(self.age(row.start)).or_default() += row.n;
            if matches!(row.outcome, Outcome::Converted(lag) if lag <= window) {
                cohort.converted += row.n;
            }
        }
        cohort.ages = ages.into_iter().collect();
        cohort
    }

    /// Starts by day between two days, both included: (day, channel, leads).
    pub fn starts(&self, transition: Transition, days: (Day, Day)) -> impl Iterator<Item = (Day, &'a str, u64)> + '_ {
        let inside = self.rows(transition, None).filter(move |row| row.start >= days.0 && row.start <= days.1);
        inside.map(|row| (row.start, row.channel.as_str(), row.n))
    }

    /// How much months differ from their own group's rate beyond chance, pooled over the groups: a step from one group to
    /// the next does not count as swing. φ is 1 with fewer than 5 months in all.
    pub fn phi_within(&self, transition: Transition, groups: &[Vec<Month>]) -> Overdispersion {
        let counts: Vec<Vec<(f64, f64)>> = groups
            .iter()
            .map(|months| {
                let rates = months.iter().map(|month| self.month_rate(transition, *month));
                rates.filter_map(|rate| Some((rate.estimate? * rate.n_effective?, rate.n_effective?))).collect()
            })
            .collect();
        overdispersion::pooled_phi(&counts)
    }

    /// The rate as it would be if months did not swing: φ = 1.
    pub fn rate_without_swing(&self, transition: Transition, from: Month, to: Month) -> Rate {
        let covered = self.covered_cohort(transition, from, to, None);
        self.estimate(transition, &self.cohort(transition, from, to, None), &covered, None, Overdispersion::NONE)
    }

    /// What has been seen, without an estimate.
    fn bare(&self, transition: Transition, cohort: &Cohort) -> Rate {
        Rate {
            n: cohort.n,
            converted: cohort.converted,
            n_estimated: 0,
            converted_estimated: 0,
            observed: (cohort.n > 0).then(|| cohort.converted as f64 / cohort.n as f64),
            maturity: None,
            estimate: None,
            low: None,
            high: None,
            level: self.plan.verdict.level,
            window_days: Some(self.window(transition)),
            status: Status::Unavailable,
            n_effective: None,
        }
    }

    fn estimate(
        &self,
        transition: Transition,
        all: &Cohort,
        covered: &Cohort,
        channel: Option<&str>,
        phi: Overdispersion,
    ) -> Rate {
        let bare = self.bare(transition, all);
        if self.unknown(transition).is_some() {
            return Rate { converted: 0, observed: None, ..bare };
        }
        if covered.n == 0 {
            return bare;
        }
        let z = phi.quantile(self.plan.verdict.level);
        let mature = covered.youngest() >= self.window(transition);
        let curve = if mature { None } else { self.curve(transition, channel) };
        if !mature {
            // How conversions come in cannot be told from a handful of them.
            let known = curve.as_ref().filter(|curve| curve.n_events() >= LEAST_CURVE_EVENTS);
            let Some(curve) = known else { return Rate { status: Status::TooEarly, ..bare } };
            let maturity_sum: f64 = covered.ages.iter().map(|(age, n)| curve.share_by(*age) * *n as f64).sum();
            let too_young = covered.oldest() < curve.quantile(0.5) || maturity_sum < self.plan.verdict.least_maturity;
            if too_young {
                let maturity = Some(maturity_sum / covered.n as f64);
                let status = if covered.n < FEW { Status::TooFew } else { Status::TooEarly };
                return Rate { status, maturity, ..bare };
            }
        }
        let Some(adjusted) = maturity::adjusted(covered.converted, &covered.ages, curve.as_deref(), phi.phi, z) else {
            return Rate { status: Status::TooEarly, ..bare };
        };
        let Adjusted { estimate, low, high, maturity_sum, n_effective, .. } = adjusted;
        let status = match (mature, covered.n < FEW) {
            (_, true) => Status::TooFew,
            (true, false) => Status::Mature,
            (false, false) => Status::Maturing,
        };
        Rate {
            n_estimated: covered.n,
            converted_estimated: covered.converted,
            maturity: Some((maturity_sum / covered.n as f64).min(1.0)),
            estimate: Some(estimate),
            low: Some(low),
            high: Some(high),
            status,
            n_effective: Some(n_effective),
            ..bare
        }
    }

    /// Conversions ever so far: a count with its Wilson interval, growing as time passes.
    pub fn so_far(&self, transition: Transition, from: Month, to: Month, channel: Option<&str>) -> Rate {
        let cohort = self.cohort(transition, from, to, channel);
        let bare = Rate { window_days: None, ..self.bare(transition, &cohort) };
        if self.unknown(transition).is_some() {
            return Rate { converted: 0, observed: None, ..bare };
        }
        let (first, last) = (from.first_day(), to.last_day().min(self.as_of));
        let inside = self.rows(transition, channel).filter(|row| row.start >= first && row.start <= last);
        let converted = inside.filter(|row| matches!(row.outcome, Outcome::Converted(_))).map(|row| row.n).sum::<u64>();
        let Some(interval) = proportion::wilson(converted as f64, cohort.n as f64, bare.level) else {
            return Rate { converted, ..bare };
        };
        let share = converted as f64 / cohort.n as f64;
        let status = if cohort.n < FEW { Status::TooFew } else { Status::Maturing };
        Rate {
            converted,
            n_estimated: cohort.n,
            converted_estimated: converted,
            observed: Some(share),
            estimate: Some(share),
            low: Some(interval.low),
            high: Some(interval.high),
            status,
            ..bare
        }
    }

    /// Days from start to arrival of everyone who arrived so far, by lag: (lag, leads).
    pub fn arrived(&self, transition: Transition, channel: Option<&str>, (from, to): (Day, Day)) -> Vec<(u32, u64)> {
        let mut lags: BTreeMap<u32, u64> = BTreeMap::new();
        for row in self.rows(transition, channel).filter(|row| row.start >= from && row.start <= to) {
            if let Outcome::Converted(lag) = row.outcome {
                *lags.entry(lag).or_default() += row.n;
            }
        }
        lags.into_iter().collect()
    }
}

/// From when on a lead counts as at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covered {
    /// From the first recorded outcome on.
    FromFirstOutcome,
    /// From its start on.
    Always,
}

/// The first recorded outcome, if it is later than the first start by more than three median lags, and later than chance
/// explains.
pub fn coverage_start(rows: &[&TransitionCount]) -> Option<Day> {
    let first_start = rows.iter().map(|row| row.start).min()?;
    let mut lags: BTreeMap<u32, u64> = BTreeMap::new();
    let mut first_outcome: Option<Day> = None;
    for row in rows {
        if let Outcome::Converted(lag) = row.outcome {
            *lags.entry(lag).or_default() += row.n;
            let day = row.start.plus(lag as i32);
            first_outcome = Some(first_outcome.map_or(day, |first| first.min(day)));
        }
    }
    let total: u64 = lags.values().sum();
    let mut seen = 0;
    let median = lags.iter().find_map(|(lag, n)| {
        seen += n;
        (2 * seen >= total).then_some(*lag)
    })?;
    let first_outcome = first_outcome.filter(|day| day.0 > first_start.0 + 3 * median as i32)?;
    // A late first outcome proves a gap in the records only where some were to be expected before it: half of those
    // who started a median lag earlier or more, at the rate of those who started since.
    let starts = |from: Day, to: Day| -> u64 {
        rows.iter().filter(|row| row.start >= from && row.start < to).map(|row| row.n).sum()
    };
    let since = starts(first_outcome, Day(i32::MAX));
    let arrived = rows.iter().filter(|row| row.start >= first_outcome && matches!(row.outcome, Outcome::Converted(_)));
    let rate = arrived.map(|row| row.n).sum::<u64>() as f64 / since.max(1) as f64;
    let old_enough = starts(first_start, first_outcome.plus(-(median as i32)));
    (0.5 * rate * old_enough as f64 >= EXPECTED_BEFORE).then_some(first_outcome)
}
