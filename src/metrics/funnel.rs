//! Which share converts within its window, and how sure is that?
//!
//! Maturity-adjusted rate C/A with its score interval: A = Σ F(age), F = the share of the window's conversions that
//! come by an age, from the incidence curve of recent starts. Cohorts that have had their window reduce to Wilson.
//!
//! Where the [alarm](super::maturity_alarm) rings, starts since then are adjusted by the curve of their own group, all
//! others by that of those before: C/A with the group's own curve keeps bias and coverage as its own incidence does, with
//! the months' swing in the interval and one formula for all.

use super::maturity_alarm::{LagAlarm, MonthCount};
use super::{Availability, Known};
use crate::config::plan::Plan;
use crate::facts::{Outcome, Transition, TransitionCount};
use crate::stats::maturity::{self, Adjusted, Ending, Exposure, LagCurve, Part};
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::proportion;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::cell::{OnceCell, RefCell};
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

/// Whose pace a lag curve shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// That of recent starts, whenever.
    Usual,
    /// That of the starts from a day on; past their oldest age that of those before, if the window is longer.
    Since(Day),
    /// That of the starts before a day.
    Before(Day),
}

/// Lag curves by transition, channel and pace, once they are known.
type Curves = HashMap<(Transition, Option<String>, Pace), Option<Rc<LagCurve>>>;

/// Leads of one pace by age, and its curve; without one where all are mature.
type Paced = (Vec<(u32, u64)>, Option<Rc<LagCurve>>);

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
    alarm: OnceCell<LagAlarm>,
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
        let (curves, phis, alarm) = (RefCell::default(), RefCell::default(), OnceCell::new());
        Cohorts { rows, plan, as_of, from, to, known, coverage, curves, phis, alarm }
    }

    /// The same with the alarm of others: what counts the same leads in another way has no alarm of its own.
    pub fn at_the_pace_of(self, others: &Cohorts) -> Self {
        Cohorts { alarm: OnceCell::from(others.lag_alarm().clone()), ..self }
    }

    /// The conversion that the report is about: MQL→SQL, or MQL→customer where no SQLs are recorded.
    pub fn goal(&self) -> Transition {
        match self.known.sqls {
            Availability::Known => Transition::MqlToSql,
            Availability::Unknown(_) => Transition::MqlToCustomer,
        }
    }

    /// Whether recent starts convert at another pace than those before.
    pub fn lag_alarm(&self) -> &LagAlarm {
        self.alarm.get_or_init(|| LagAlarm::judge(self, self.goal()))
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
        self.collect(transition, (from, to), channel, self.window(transition), |_| true)
    }

    /// The same without months that began before outcomes were recorded.
    pub fn covered_cohort(&self, transition: Transition, from: Month, to: Month, channel: Option<&str>) -> Cohort {
        let window = self.window(transition);
        self.collect(transition, (from, to), channel, window, |month| !self.is_truncated(transition, month))
    }

    fn collect(
        &self,
        transition: Transition,
        (from, to): (Month, Month),
        channel: Option<&str>,
        window: u32,
        wanted: impl Fn(Month) -> bool,
    ) -> Cohort {
        let (first, last) = (from.first_day(), to.last_day().min(self.as_of));
        self.gather(transition, window, |row| {
            let inside = row.start >= first && row.start <= last && wanted(row.start.month());
            inside && channel.is_none_or(|channel| row.channel == channel)
        })
    }

    fn gather(&self, transition: Transition, window: u32, wanted: impl Fn(&TransitionCount) -> bool) -> Cohort {
        let mut ages: BTreeMap<u32, u64> = BTreeMap::new();
        let mut cohort = Cohort::default();
        for row in self.rows(transition, None).filter(|row| wanted(row)) {
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

    /// The lag curve of a transition at its usual pace: a channel's own where it has enough conversions, else the common
    /// one.
    pub fn curve(&self, transition: Transition, channel: Option<&str>) -> Option<Rc<LagCurve>> {
        self.curve_at(transition, channel, Pace::Usual)
    }

    /// The same at a pace; `None` where too few converted to show one.
    pub fn curve_at(&self, transition: Transition, channel: Option<&str>, pace: Pace) -> Option<Rc<LagCurve>> {
        let key = (transition, channel.map(str::to_string), pace);
        if let Some(known) = self.curves.borrow().get(&key) {
            return known.clone();
        }
        let exposures = self.exposures_at(transition, channel, pace);
        let own = LagCurve::fit(&exposures, self.window(transition)).map(Rc::new);
        let curve = match (channel, pace) {
            (Some(_), _) => {
                let own = own.filter(|curve| curve.n_events() >= OWN_CURVE_EVENTS);
                own.or_else(|| self.curve_at(transition, None, pace))
            }
            (None, Pace::Usual) => own,
            (None, _) => own.filter(|curve| curve.n_events() >= LEAST_CURVE_EVENTS),
        };
        self.curves.borrow_mut().insert(key, curve.clone());
        curve
    }

    /// The exposures that the curve of a pace rests on.
    pub fn exposures_at(&self, transition: Transition, channel: Option<&str>, pace: Pace) -> Vec<Exposure> {
        let days = self.as_of.0 - self.curve_from(transition).0;
        let of = |from: Day, to: Day| self.exposures(transition, channel, (from, to), Covered::FromFirstOutcome);
        let since = match pace {
            Pace::Usual => return of(self.curve_from(transition), self.as_of),
            Pace::Before(day) => return of(day.plus(-1 - days), day.plus(-1)),
            Pace::Since(day) => day,
        };
        let mut exposures = of(since, self.as_of);
        let followed = self.age(since);
        if followed < self.window(transition) {
            // Leads from before enter where those since have not come yet: each day's risk is of the newest who reach it.
            let earlier = of(since.plus(-1 - days), since.plus(-1));
            exposures.extend(earlier.into_iter().map(|row| Exposure { entry: row.entry.max(followed + 1), ..row }));
        }
        exposures
    }

    /// The longest lag for which at least `n` starts since a day could be followed.
    pub fn followed_by(&self, transition: Transition, from: Day, n: u64) -> Option<u32> {
        let mut ages: BTreeMap<u32, u64> = BTreeMap::new();
        for row in self.rows(transition, None).filter(|row| row.start >= from) {
            *ages.entry(self.age(row.start)).or_default() += row.n;
        }
        let mut followed = 0;
        ages.into_iter().rev().find_map(|(age, leads)| {
            followed += leads;
            (followed >= n).then_some(age)
        })
    }

    /// Starts by month that are old enough to have had `day` days, and of these the ones that had converted by then;
    /// months that began before outcomes were recorded left out.
    pub fn by_day(&self, transition: Transition, day: u32) -> Vec<MonthCount> {
        let mut months: BTreeMap<Month, (u64, u64)> = BTreeMap::new();
        for row in self.rows(transition, None).filter(|row| self.age(row.start) >= day) {
            let month = row.start.month();
            if self.is_truncated(transition, month) {
                continue;
            }
            let (n, converted) = months.entry(month).or_default();
            *n += row.n;
            if matches!(row.outcome, Outcome::Converted(lag) if lag <= day) {
                *converted += row.n;
            }
        }
        months.into_iter().map(|(month, (n, converted))| MonthCount { month, n, converted }).collect()
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
        self.estimate(transition, &cohort, &cohort, None, Overdispersion::NONE, self.window(transition))
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
        let window = self.window(transition);
        let rate = self.estimate(transition, &all, &covered, channel, phi, window);
        if rate.status != Status::TooEarly {
            return rate;
        }
        // Where too few converted to show how conversions come in, those who have had their whole window still count.
        let shows = self.curve(transition, None).is_some_and(|curve| curve.n_events() >= LEAST_CURVE_EVENTS);
        let (first, last) = (from.first_day(), to.last_day().min(self.as_of.plus(-(window as i32))));
        let mature = self.gather(transition, window, |row| {
            let inside = row.start >= first && row.start <= last;
            let wanted = channel.is_none_or(|channel| row.channel == channel);
            inside && wanted && !self.is_truncated(transition, row.start.month())
        });
        if shows || mature.n < FEW {
            return rate;
        }
        self.estimate(transition, &all, &mature, channel, phi, window)
    }

    /// The rate of one month's cohort within the first `days`, which are no more than the window.
    pub fn month_rate_within(&self, transition: Transition, month: Month, days: u32) -> Rate {
        let cohort = self.collect(transition, (month, month), None, days, |_| true);
        if self.unknown(transition).is_none() && self.is_truncated(transition, month) {
            return Rate { window_days: Some(days), ..self.bare(transition, &cohort) };
        }
        self.estimate(transition, &cohort, &cohort, None, Overdispersion::NONE, days)
    }

    /// The rate of the report months within the first `days`, which are no more than the window.
    pub fn rate_within(&self, transition: Transition, days: u32) -> Rate {
        let months = (self.from, self.to);
        let all = self.collect(transition, months, None, days, |_| true);
        let covered = self.collect(transition, months, None, days, |month| !self.is_truncated(transition, month));
        self.estimate(transition, &all, &covered, None, self.phi(transition), days)
    }

    /// The rate of the starts between two days (both included), of all channels or of some, as if months did not swing:
    /// its `n_effective` is that of chance alone, and whoever compares two of them multiplies the variance by φ. Months
    /// that began before outcomes were recorded are left out.
    pub fn part_rate(
        &self,
        transition: Transition,
        (first, last): (Day, Day),
        channels: Option<&BTreeSet<String>>,
    ) -> Rate {
        let window = self.window(transition);
        let cohort = self.gather(transition, window, |row| {
            let inside = row.start >= first && row.start <= last.min(self.as_of);
            let wanted = channels.is_none_or(|names| names.contains(&row.channel));
            inside && wanted && !self.is_truncated(transition, row.start.month())
        });
        let own = channels.filter(|names| names.len() == 1).and_then(BTreeSet::first).map(String::as_str);
        self.estimate(transition, &cohort, &cohort, own, Overdispersion::NONE, window)
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
        let all = self.cohort(transition, from, to, None);
        self.estimate(transition, &all, &covered, None, Overdispersion::NONE, self.window(transition))
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
        window: u32,
    ) -> Rate {
        let bare = Rate { window_days: Some(window), ..self.bare(transition, all) };
        if self.unknown(transition).is_some() {
            return Rate { converted: 0, observed: None, ..bare };
        }
        if covered.n == 0 {
            return bare;
        }
        let z = phi.quantile(self.plan.verdict.level);
        let mature = covered.youngest() >= window;
        // Where nobody could be followed for a whole window, nothing is known of what comes late in it.
        if !mature && self.followed(transition) < window {
            return Rate { status: Status::TooEarly, ..bare };
        }
        // How conversions come in cannot be told from a handful of them.
        let Some(paced) = self.paced(transition, covered, channel, window) else {
            return Rate { status: Status::TooEarly, ..bare };
        };
        if !mature {
            let maturity_of = |(ages, curve): &Paced| -> f64 {
                let share = |age: u32| curve.as_ref().map_or(1.0, |curve| curve.share_by(age));
                ages.iter().map(|(age, n)| share(*age) * *n as f64).sum()
            };
            let maturity_sum: f64 = paced.iter().map(maturity_of).sum();
            // The oldest leads come first: are there any who have had half of their conversions?
            let median = paced.first().and_then(|(_, curve)| curve.as_ref()).map_or(0, |curve| curve.quantile(0.5));
            let too_young = covered.oldest() < median || maturity_sum < self.plan.verdict.least_maturity;
            if too_young {
                let maturity = Some(maturity_sum / covered.n as f64);
                let status = if covered.n < FEW { Status::TooFew } else { Status::TooEarly };
                return Rate { status, maturity, ..bare };
            }
        }
        let parts: Vec<Part> = paced.iter().map(|(ages, curve)| (ages.as_slice(), curve.as_deref())).collect();
        let Some(adjusted) = maturity::adjusted_parts(covered.converted, &parts, phi.phi, z) else {
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

    /// By whose pace the starts of an age are adjusted.
    fn pace_at(&self, transition: Transition, age: u32) -> Pace {
        match self.lag_alarm().own_pace_since() {
            Some(since) if transition == self.goal() && age <= self.age(since) => Pace::Since(since),
            Some(since) if transition == self.goal() => Pace::Before(since),
            _ => Pace::Usual,
        }
    }

    /// The day by which half of the conversions come at the pace of a cohort's oldest leads: it must be that old.
    pub fn median_lag(&self, transition: Transition, cohort: &Cohort) -> Option<u32> {
        let own = self.curve_at(transition, None, self.pace_at(transition, cohort.oldest()));
        own.or_else(|| self.curve(transition, None)).map(|curve| curve.quantile(0.5))
    }

    /// How long the first start of a transition could be followed, in days.
    pub fn followed(&self, transition: Transition) -> u32 {
        self.rows(transition, None).map(|row| self.age(row.start)).max().unwrap_or(0)
    }

    /// A cohort's leads by pace, the oldest first: one part, or two where the alarm rings and the cohort began before.
    /// `None` where a curve is needed and there is none.
    fn paced(&self, transition: Transition, cohort: &Cohort, channel: Option<&str>, window: u32) -> Option<Vec<Paced>> {
        let mut parts: Vec<(Pace, Vec<(u32, u64)>)> = Vec::new();
        for &(age, n) in cohort.ages.iter().rev() {
            let pace = self.pace_at(transition, age);
            match parts.last_mut() {
                Some((same, ages)) if *same == pace => ages.push((age, n)),
                _ => parts.push((pace, vec![(age, n)])),
            }
        }
        let mut paced = Vec::new();
        for (pace, ages) in parts {
            let curve = if ages.iter().all(|(age, _)| *age >= window) {
                None
            } else {
                let known = |pace| {
                    let curve = self.curve_at(transition, channel, pace);
                    curve.filter(|curve| curve.n_events() >= LEAST_CURVE_EVENTS)
                };
                let curve = known(pace).or_else(|| known(Pace::Usual))?;
                if window == self.window(transition) { Some(curve) } else { Some(Rc::new(curve.within(window)?)) }
            };
            paced.push((ages, curve));
        }
        Some(paced)
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
