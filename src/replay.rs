//! What was a lead's score, when did it cross the bar, and what had it done by then?
//!
//! Score = fit + Σ points. It is evaluated at creation, after each instant of activity (rows of one instant count
//! together) and at the beginning of the day on which a criteria version takes effect; at or above the threshold
//! crosses. A cap scores the first N actions of a type, a look-back leaves out older actions (age ≤ days counts), a
//! half-life decays the points of actions continuously, never those of fit. Rows identical in lead, type and instant
//! count once. Before the first version's date the first version rules.
//!
//! Two tables come out of it: `scores` (a row a lead) and `paths` (a row a week of an open MQL), and `crossings` (a row
//! a band that a converter reached before its SQL). They feed the policy emulation of `calibration`.

use crate::calibration::evidence::{self, AGE_CLASS_DAYS, BANDS, LEAST_AGE_DAYS, WEEKS, weeks_seen};
use crate::config::plan::{Criteria, FitMatch, FitRule};
use crate::ingest::coerce::Clock;
use crate::ingest::{Activities, Leads, matches, recognise};
use crate::vocabulary::Day;
use std::collections::{BTreeMap, HashMap};

pub mod decision;
pub mod traces;

const DAY_S: i64 = 86_400;
/// Days after creation within which a lead that will reach the bar has done so.
pub const REACH_DAYS: i32 = 180;

/// What the queries know about a lead, in the order of [`Leads`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Journey {
    /// Whether the lead counts (visible and not excluded).
    pub counts: bool,
    /// Day of the first recorded MQL.
    pub mql_day: Option<Day>,
    /// Its instant.
    pub mql_s: Option<i64>,
    /// Its last possible instant (the end of the day where only a date is known).
    pub mql_until_s: Option<i64>,
    /// Day of the first SQL or later stage.
    pub sql_day: Option<Day>,
    /// Day of the SQL of the first MQL episode.
    pub pass_sql_day: Option<Day>,
    /// Its instant.
    pub pass_sql_s: Option<i64>,
    /// Day on which the lead was worked on purpose below the bar.
    pub explored_day: Option<Day>,
    /// Its instant.
    pub explored_s: Option<i64>,
}

impl Journey {
    /// What was to be seen of a lead created on `created` at the end of an earlier day.
    pub fn until(&self, day: Day, created: Day) -> Journey {
        let seen = |on: Option<Day>| on.is_some_and(|on| on <= day);
        let (mql, pass, explored) = (seen(self.mql_day), seen(self.pass_sql_day), seen(self.explored_day));
        Journey {
            counts: self.counts && created <= day,
            mql_day: self.mql_day.filter(|_| mql),
            mql_s: self.mql_s.filter(|_| mql),
            mql_until_s: self.mql_until_s.filter(|_| mql),
            sql_day: self.sql_day.filter(|on| *on <= day),
            pass_sql_day: self.pass_sql_day.filter(|_| pass),
            pass_sql_s: self.pass_sql_s.filter(|_| pass),
            explored_day: self.explored_day.filter(|_| explored),
            explored_s: self.explored_s.filter(|_| explored),
        }
    }
}

/// What became of an MQL, as far as can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No SQL within the window so far; the band last reached.
    Open {
        /// The band.
        band: usize,
    },
    /// An SQL within the window.
    Converted {
        /// Whole weeks from MQL to SQL, at most [`WEEKS`].
        week: usize,
        /// The band reached before the day of the SQL, at least that at the MQL.
        band: usize,
    },
}

/// What a lead old enough to have reached the bar has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// Not reached it: its peak band below the bar.
    Peak(usize),
    /// Reached it: an MQL.
    Mql,
}

/// What became of an explored lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explored {
    /// An SQL within the window.
    Sql,
    /// None.
    Open,
}

/// The scores of a lead.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Highest score at any evaluation, by the version then in force.
    pub peak: Option<f64>,
    /// Day of the first evaluation at or above the bar then in force.
    pub first_crossing: Option<Day>,
    /// Score at the MQL moment, by the version then in force.
    pub at_mql: Option<f64>,
    /// Actions by type (index into [`Activities::types`]) that scored at the MQL moment, after caps.
    pub counts_at_mql: Vec<(u32, u32)>,
    /// Weeks from creation to the MQL in classes of 4, for MQLs under the current version that are old enough to tell.
    pub age_class: Option<u32>,
    /// Weeks seen of those ([`weeks_seen`]).
    pub weeks_seen: Option<u32>,
    /// What became of it, for those.
    pub end: Option<End>,
    /// Bands at the beginning of weeks 0…, as long as the MQL was open and could be seen, for those.
    pub weeks: Vec<usize>,
    /// For converters: days waited until the lower edge of band 0, 1, … was reached, before the day of the SQL.
    pub crossings: Vec<u32>,
    /// For leads old enough to have reached the bar.
    pub below: Option<Below>,
    /// For leads worked on purpose below the bar: day, band then, and whether they became an SQL within the window.
    pub explored: Option<(Day, usize, Explored)>,
    /// The band then of a lead worked on purpose below the bar whose window has not passed.
    pub explored_waiting: Option<usize>,
    /// For those: the score when they were handed over, by the version now in force.
    pub at_handover: Option<f64>,
}

/// What the replay needs to know besides the data.
pub struct Settings<'a> {
    /// Criteria versions, oldest first; at least one.
    pub criteria: &'a [Criteria],
    /// The project's clock.
    pub clock: Clock,
    /// The last visible day.
    pub as_of: Day,
    /// Window of MQL→SQL.
    pub window_days: i32,
}

/// A criteria version over the types and leads of the data.
struct Version {
    from_s: i64,
    from_day: Day,
    threshold: f64,
    lookback_s: Option<i64>,
    half_life_s: Option<f64>,
    points: Vec<f64>,
    caps: Vec<u32>,
    fit: Vec<f64>,
}

/// Points a band is wide: a tenth of the threshold, in whole points. Where the bar is so low that such bands would end far
/// below the scores that MQLs reach (a bar of 30 and scores of 300), a wider, round number, because the last band pools
/// all the rest.
pub fn band_width(threshold: f64, high_score: f64) -> f64 {
    let tenth = (threshold / 10.0).round().max(1.0);
    let reach = (high_score - threshold) / (BANDS as f64 - 1.0);
    if tenth * 1.5 >= reach {
        return tenth;
    }
    let scale = 10f64.powf(reach.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * scale).find(|round| *round >= reach).unwrap_or(tenth).max(1.0)
}

/// First day of the criteria version now in force.
pub fn current_from(criteria: &[Criteria], as_of: Day) -> Option<Day> {
    current(criteria, as_of).and_then(|version| version.effective_from)
}

/// The criteria version in force on `as_of`.
pub fn current(criteria: &[Criteria], as_of: Day) -> Option<&Criteria> {
    criteria.iter().rev().find(|version| version.effective_from.is_none_or(|day| day <= as_of)).or(criteria.first())
}

/// A bar that scores can be measured by: 1 where there is none above 0.
pub fn bar_of(threshold: Option<f64>) -> f64 {
    threshold.filter(|bar| bar.is_finite() && *bar > 0.0).unwrap_or(1.0)
}

/// The scores of all leads.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// A score a lead, in the order of [`Leads`].
    pub scores: Vec<Score>,
    /// Points that a band is wide.
    pub step: f64,
    /// The bar now in force; 1 without criteria.
    pub bar: f64,
}

/// Share of MQLs whose highest score the bands reach.
const REACHED: f64 = 0.99;

/// Replays every lead. `journeys` and the result are in the order of `leads`.
pub fn replay(leads: &Leads, activities: &Activities, journeys: &[Journey], settings: &Settings) -> Replayed {
    replay_with(leads, activities, journeys, settings, None)
}

/// As [`replay`], in bands that are `step` points wide.
pub fn replay_in_bands(
    leads: &Leads,
    activities: &Activities,
    journeys: &[Journey],
    settings: &Settings,
    step: f64,
) -> Replayed {
    replay_with(leads, activities, journeys, settings, Some(step))
}

/// The first days on which leads reached each of these bars, under one version of the criteria: a row a lead.
pub fn first_days(
    leads: &Leads,
    activities: &Activities,
    settings: &Settings,
    criteria: &Criteria,
    bars: &[f64],
) -> Vec<Vec<Option<Day>>> {
    let version = version(criteria, true, leads, activities, settings);
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let mut counts = Counts::default();
    let mut events: Vec<(i64, u32)> = Vec::new();
    let days = |lead: usize| {
        by_lead.load(lead, &mut events);
        let track = Track { lead, created_s: leads.created[lead].from_s, events: &events };
        let climb = Climb::of(&version, &track, &mut counts);
        bars.iter().map(|bar| climb.reached(*bar).map(|at| settings.clock.day(at))).collect()
    };
    (0..leads.id.len()).map(days).collect()
}

/// The score of every lead at the end of the last visible day, by the version then in force; 0 without criteria.
pub fn scores_now(leads: &Leads, activities: &Activities, settings: &Settings) -> Vec<f64> {
    let versions = versions(leads, activities, settings);
    let Some(current) = versions.last() else { return vec![0.0; leads.id.len()] };
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let at_s = settings.clock.midnight(settings.as_of.plus(1)) - 1;
    let mut counts = Counts::default();
    let mut events: Vec<(i64, u32)> = Vec::new();
    let score = |lead: usize| {
        by_lead.load(lead, &mut events);
        let track = Track { lead, created_s: leads.created[lead].from_s, events: &events };
        current.score(&track, at_s, &mut counts)
    };
    (0..leads.id.len()).map(score).collect()
}

/// The versions that can be seen, over the types and leads of the data.
fn versions(leads: &Leads, activities: &Activities, settings: &Settings) -> Vec<Version> {
    settings
        .criteria
        .iter()
        .enumerate()
        .map(|(i, criteria)| version(criteria, i == 0, leads, activities, settings))
        .filter(|version| version.from_day <= settings.as_of || version.from_s == i64::MIN)
        .collect()
}

fn replay_with(
    leads: &Leads,
    activities: &Activities,
    journeys: &[Journey],
    settings: &Settings,
    width: Option<f64>,
) -> Replayed {
    let versions = versions(leads, activities, settings);
    let Some(current) = versions.last() else {
        return Replayed { scores: vec![Score::default(); leads.id.len()], step: 1.0, bar: 1.0 };
    };
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let mut events: Vec<(i64, u32)> = Vec::new();
    let mut counts = Counts::default();
    let mut each = |lead: usize, then: &mut dyn FnMut(&Track, &mut Counts)| {
        by_lead.load(lead, &mut events);
        then(&Track { lead, created_s: leads.created[lead].from_s, events: &events }, &mut counts);
    };
    let step = width.unwrap_or_else(|| {
        let mut highest: Vec<f64> = Vec::new();
        for (lead, journey) in journeys.iter().enumerate().filter(|(_, journey)| journey.mql_day.is_some()) {
            // Up to the SQL: what sales logs after it is no path of marketing's.
            let until = journey.pass_sql_s.unwrap_or(i64::MAX);
            each(lead, &mut |track, counts| highest.extend(Climb::of(current, track, counts).until(until)));
        }
        highest.sort_unstable_by(f64::total_cmp);
        let high_score = highest.get((highest.len() as f64 * REACHED) as usize).copied().unwrap_or(current.threshold);
        band_width(current.threshold, high_score)
    });
    let mut scores = Vec::with_capacity(leads.id.len());
    for (lead, journey) in journeys.iter().enumerate() {
        each(lead, &mut |track, counts| {
            scores.push(score(track, leads.created[lead].day, journey, &versions, settings, step, counts));
        });
    }
    Replayed { scores, step, bar: bar_of(Some(current.threshold)) }
}

/// The score of every lead at the end of the last visible day, by the version then in force: what a CRM shows today, with
/// all that sales has logged since. Nothing for leads that do not count, or without criteria.
pub fn today(leads: &Leads, activities: &Activities, journeys: &[Journey], settings: &Settings) -> Vec<Option<f64>> {
    let criteria = current(settings.criteria, settings.as_of);
    let version = criteria.map(|criteria| version(criteria, true, leads, activities, settings));
    let Some(version) = version else { return vec![None; journeys.len()] };
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let end = settings.clock.midnight(settings.as_of.plus(1)) - 1;
    let mut counts = Counts::default();
    let mut events: Vec<(i64, u32)> = Vec::new();
    let score = |(lead, journey): (usize, &Journey)| {
        by_lead.load(lead, &mut events);
        let track = Track { lead, created_s: leads.created[lead].from_s, events: &events };
        journey.counts.then(|| version.score(&track, end, &mut counts))
    };
    journeys.iter().enumerate().map(score).collect()
}

/// A lead's actions in time order.
struct Track<'a> {
    lead: usize,
    created_s: i64,
    events: &'a [(i64, u32)],
}

/// Activities grouped by lead (counting sort), only those that can be seen.
struct ByLead<'a> {
    activities: &'a Activities,
    /// Where each lead's begin in `order`, and the end.
    starts: Vec<u32>,
    /// Places of activities.
    order: Vec<u32>,
}

impl ByLead<'_> {
    /// The places of a lead's activities, as the files have them.
    fn places(&self, lead: usize) -> &[u32] {
        &self.order[self.starts[lead] as usize..self.starts[lead + 1] as usize]
    }

    /// What a lead did, as (instant, type) in time order, into `events`; what stands there twice counts once.
    fn load(&self, lead: usize, events: &mut Vec<(i64, u32)>) {
        events.clear();
        events.extend(
            self.places(lead).iter().map(|i| (self.activities.at_s[*i as usize], self.activities.kind[*i as usize])),
        );
        events.sort_unstable();
        events.dedup();
    }
}

fn by_lead(n_leads: usize, activities: &Activities, as_of: Day) -> ByLead<'_> {
    let seen = |i: usize| activities.day[i] <= as_of.0;
    let mut starts = vec![0u32; n_leads + 1];
    for (i, lead) in activities.lead.iter().enumerate() {
        starts[*lead as usize + 1] += u32::from(seen(i));
    }
    for lead in 0..n_leads {
        starts[lead + 1] += starts[lead];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; starts[n_leads] as usize];
    for (i, lead) in activities.lead.iter().enumerate() {
        if seen(i) {
            let place = &mut next[*lead as usize];
            order[*place as usize] = i as u32;
            *place += 1;
        }
    }
    ByLead { activities, starts, order }
}

fn version(criteria: &Criteria, first: bool, leads: &Leads, activities: &Activities, settings: &Settings) -> Version {
    let from_day = criteria.effective_from.unwrap_or(Day(i32::MIN));
    let of_type = |name: &String| criteria.points.get(name).copied().unwrap_or(0.0);
    let cap = |name: &String| criteria.caps.get(name).copied().unwrap_or(u32::MAX);
    Version {
        from_s: if first { i64::MIN } else { settings.clock.midnight(from_day) },
        from_day,
        threshold: criteria.threshold,
        lookback_s: criteria.lookback_days.map(|days| i64::from(days) * DAY_S),
        half_life_s: criteria.half_life_days.map(|days| days * DAY_S as f64),
        points: activities.types.iter().map(of_type).collect(),
        caps: activities.types.iter().map(cap).collect(),
        fit: fit(&criteria.fit, leads),
    }
}

/// Fit points of every lead. An attribute's values repeat, so each distinct value is judged once.
fn fit(rules: &BTreeMap<String, Vec<FitRule>>, leads: &Leads) -> Vec<f64> {
    let mut points = vec![0.0; leads.id.len()];
    for (attribute, rules) in rules {
        let name = recognise::normal(attribute);
        let values = if name == "channel" { Some(&leads.channel) } else { leads.attributes.get(&name) };
        let mut known: HashMap<&str, f64> = HashMap::new();
        for (lead, value) in values.into_iter().flatten().enumerate() {
            points[lead] += *known.entry(value).or_insert_with(|| fit_points(rules, value));
        }
    }
    points
}

/// Points of one value: an exact value beats a range, a range beats a pattern; among equals the most points.
pub fn fit_points(rules: &[FitRule], value: &str) -> f64 {
    let text = value.trim().to_lowercase();
    if text.is_empty() {
        return 0.0;
    }
    let number: Option<f64> = text.replace(',', "").parse().ok();
    let rank = |rule: &FitRule| match &rule.matches {
        FitMatch::Value(wanted) => (*wanted == text).then_some(3),
        FitMatch::Range { low, high } => number
            .filter(|number| low.is_none_or(|low| *number >= low) && high.is_none_or(|high| *number <= high))
            .map(|_| 2),
        FitMatch::Pattern(pattern) => matches(pattern, &text).then_some(1),
    };
    let best = rules.iter().filter_map(|rule| rank(rule).map(|rank| (rank, rule.points)));
    best.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map_or(0.0, |(_, points)| points)
}

impl Version {
    /// The score at an instant from the actions up to it.
    fn score(&self, track: &Track, at_s: i64, counts: &mut Counts) -> f64 {
        let seen = track.events.partition_point(|(t, _)| *t <= at_s);
        let first = match self.lookback_s {
            Some(lookback) => track.events.partition_point(|(t, _)| *t < at_s - lookback),
            None => 0,
        };
        counts.clear(self.points.len());
        let mut score = self.fit[track.lead];
        for (t, kind) in &track.events[first..seen] {
            let kind = *kind as usize;
            if counts.seen[kind] < self.caps[kind] {
                counts.seen[kind] += 1;
                score += self.points[kind]
                    * self.half_life_s.map_or(1.0, |half_life| 0.5f64.powf((at_s - t) as f64 / half_life));
            }
        }
        score
    }

    /// Calls `each` with every instant at which the score is evaluated, and the score there.
    fn evaluate(&self, track: &Track, counts: &mut Counts, mut each: impl FnMut(i64, f64)) {
        if self.lookback_s.is_some() || self.half_life_s.is_some() {
            for at in instants(track) {
                each(at, self.score(track, at, counts));
            }
            return;
        }
        // Without look-back and decay the score only gathers points: one pass.
        counts.clear(self.points.len());
        let mut score = self.fit[track.lead];
        let mut next = 0;
        for at in instants(track) {
            while let Some((t, kind)) = track.events.get(next)
                && *t <= at
            {
                let kind = *kind as usize;
                if counts.seen[kind] < self.caps[kind] {
                    counts.seen[kind] += 1;
                    score += self.points[kind];
                }
                next += 1;
            }
            each(at, score);
        }
    }
}

/// Actions of each type that scored so far.
#[derive(Default)]
struct Counts {
    seen: Vec<u32>,
}

impl Counts {
    fn clear(&mut self, types: usize) {
        self.seen.clear();
        self.seen.resize(types, 0);
    }
}

/// Creation, and each later instant of activity.
fn instants<'a>(track: &'a Track) -> impl Iterator<Item = i64> + 'a {
    let mut last = track.created_s;
    let later = track.events.iter().filter_map(move |(t, _)| {
        let new = *t > last;
        last = last.max(*t);
        new.then_some(*t)
    });
    std::iter::once(track.created_s).chain(later)
}

/// The running maximum of a score: instants at which it rose.
struct Climb(Vec<(i64, f64)>);

impl Climb {
    fn of(version: &Version, track: &Track, counts: &mut Counts) -> Climb {
        let mut climb: Vec<(i64, f64)> = Vec::new();
        version.evaluate(track, counts, |at, score| {
            if climb.last().is_none_or(|(_, highest)| score > *highest) {
                climb.push((at, score));
            }
        });
        Climb(climb)
    }

    /// The highest score up to and including an instant.
    fn until(&self, at_s: i64) -> Option<f64> {
        let seen = self.0.partition_point(|(t, _)| *t <= at_s);
        seen.checked_sub(1).map(|last| self.0[last].1)
    }

    /// The first instant at which the score was at least this high.
    fn reached(&self, score: f64) -> Option<i64> {
        let at = self.0.partition_point(|(_, highest)| *highest < score - 1e-9);
        self.0.get(at).map(|(t, _)| *t)
    }
}

fn score(
    track: &Track,
    created: Day,
    journey: &Journey,
    versions: &[Version],
    settings: &Settings,
    step: f64,
    counts: &mut Counts,
) -> Score {
    let mut result = Score::default();
    let Some(current) = versions.last() else { return result };
    let in_force = |at: i64| versions.iter().rev().find(|version| version.from_s <= at).unwrap_or(current);
    // The score of each instant by the version then in force, and at each version's first instant.
    let mut seen = |at: i64, score: f64, threshold: f64| {
        result.peak = Some(result.peak.map_or(score, |peak| peak.max(score)));
        if score >= threshold - 1e-9 && result.first_crossing.is_none_or(|day| settings.clock.day(at) < day) {
            result.first_crossing = Some(settings.clock.day(at));
        }
    };
    for (i, version) in versions.iter().enumerate() {
        let until = versions.get(i + 1).map_or(i64::MAX, |next| next.from_s);
        let threshold = version.threshold;
        version.evaluate(track, counts, |at, score| {
            if at >= version.from_s && at < until {
                seen(at, score, threshold);
            }
        });
        if version.from_s > track.created_s && version.from_s != i64::MIN {
            let score = version.score(track, version.from_s, counts);
            seen(version.from_s, score, threshold);
        }
    }
    if let Some(until_s) = journey.mql_until_s {
        result.at_mql = Some(in_force(until_s).score(track, until_s, counts));
        let scored = counts.seen.iter().enumerate().filter(|(_, n)| **n > 0);
        result.counts_at_mql = scored.map(|(kind, n)| (kind as u32, *n)).collect();
    }
    if journey.counts {
        let climb = Climb::of(current, track, counts);
        follow(&climb, created, journey, current, settings, step, &mut result);
    }
    if let (Some(_), Some(at)) = (&result.explored, journey.explored_s) {
        result.at_handover = Some(current.score(track, at, counts));
    }
    result
}

/// The part of the evidence for the threshold that this lead gives, under the version now in force.
fn follow(
    climb: &Climb,
    created: Day,
    journey: &Journey,
    version: &Version,
    settings: &Settings,
    step: f64,
    result: &mut Score,
) {
    let band = |score: f64| (((score - version.threshold) / step + 1e-9).floor().max(0.0) as usize).min(BANDS - 1);
    let below = |score: f64| evidence::band_below(score, version.threshold, step);
    let old_enough = created >= version.from_day && created.plus(REACH_DAYS) <= settings.as_of;
    if let (Some(mql_day), Some(mql_s), Some(until_s)) = (journey.mql_day, journey.mql_s, journey.mql_until_s) {
        if old_enough {
            result.below = Some(Below::Mql);
        }
        if mql_day < version.from_day || mql_day.plus(LEAST_AGE_DAYS) > settings.as_of {
            return;
        }
        result.weeks_seen = Some(weeks_seen(settings.as_of.0 - mql_day.0, settings.window_days.max(0) as u32));
        let end_s = settings.clock.midnight(settings.as_of.plus(1));
        result.age_class = Some((mql_day.0.saturating_sub(created.0).max(0) / AGE_CLASS_DAYS) as u32);
        let sql_first = journey.sql_day.is_some_and(|day| day < mql_day);
        let converted = journey.pass_sql_day.filter(|day| !sql_first && day.0 - mql_day.0 <= settings.window_days);
        let sql_s = converted.and(journey.pass_sql_s);
        let lag_s = sql_s.map(|sql_s| (sql_s - mql_s).max(0));
        // Sales logs the meeting as a request on the day of the SQL, often minutes before it: that day is not marketing's
        // evidence, or every SQL would seem to have scored higher than the leads that it is compared with.
        let before_sql_day = converted.map_or(i64::MAX, |day| settings.clock.midnight(day) - 1);
        let highest = |at: i64| climb.until(at).map_or(0, band);
        for week in 0..=WEEKS {
            let weeks_s = week as i64 * 7 * DAY_S;
            if week > 0 && (lag_s.is_some_and(|lag| lag <= weeks_s) || until_s + weeks_s > end_s) {
                break;
            }
            result.weeks.push(highest(until_s + weeks_s));
        }
        result.end = Some(match (sql_s, lag_s) {
            (Some(sql_s), Some(lag_s)) => {
                let band = highest(before_sql_day.max(until_s.min(sql_s)));
                for edge in 0..=band {
                    let reached = climb.reached(version.threshold + edge as f64 * step).unwrap_or(mql_s);
                    result.crossings.push(((reached - mql_s).max(0) as f64 / DAY_S as f64).round() as u32);
                }
                End::Converted { week: ((lag_s / (7 * DAY_S)) as usize).min(WEEKS), band }
            }
            _ => End::Open { band: highest(i64::MAX) },
        });
        return;
    }
    if let (Some(day), Some(at)) = (journey.explored_day, journey.explored_s)
        && day >= version.from_day
    {
        let then = below(climb.until(at).unwrap_or(0.0));
        if day.plus(settings.window_days) > settings.as_of {
            result.explored_waiting = Some(then);
        } else {
            let sql = journey.sql_day.is_some_and(|sql| sql >= day && sql.0 - day.0 <= settings.window_days);
            result.explored = Some((day, then, if sql { Explored::Sql } else { Explored::Open }));
        }
    }
    // A lead that became an SQL without the bar has scores from sales too: cut them off as for MQLs.
    let until = journey.sql_day.map_or(i64::MAX, |day| settings.clock.midnight(day) - 1);
    let peak = climb.until(until).unwrap_or(0.0);
    if old_enough && peak < version.threshold {
        result.below = Some(Below::Peak(below(peak)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::coerce::When;

    /// A project of one lead created at second 0 in UTC, with actions `(second, type)`.
    fn one(criteria: &[Criteria], actions: &[(i64, &str)], journey: Journey) -> Score {
        let mut activities = Activities::default();
        for (at, name) in actions {
            let kind = activities.types.iter().position(|known| known == name).unwrap_or_else(|| {
                activities.types.push((*name).to_string());
                activities.types.len() - 1
            });
            activities.lead.push(0);
            activities.kind.push(kind as u32);
            activities.day.push(at.div_euclid(DAY_S) as i32);
            activities.at_s.push(*at);
        }
        let leads = Leads {
            id: vec!["a".into()],
            created: vec![When { day: Day(0), from_s: 0, until_s: 0 }],
            channel: vec!["web".into()],
            excluded: vec![None],
            account: vec![String::new()],
            attributes: BTreeMap::from([("company_size".to_string(), vec![" 51-1000 ".to_string()])]),
        };
        let clock = Clock { project: chrono_tz::UTC, source: chrono_tz::UTC, order: None };
        let settings = Settings { criteria, clock, as_of: Day(400), window_days: 90 };
        replay(&leads, &activities, &[journey], &settings).scores.remove(0)
    }

    fn criteria(threshold: f64) -> Criteria {
        Criteria {
            effective_from: None,
            threshold,
            lookback_days: None,
            half_life_days: None,
            points: BTreeMap::from([("open".to_string(), 5.0), ("demo".to_string(), 50.0)]),
            caps: BTreeMap::from([("open".to_string(), 2)]),
            fit: BTreeMap::new(),
        }
    }

    #[test]
    fn bands_are_a_tenth_of_the_bar_unless_scores_go_far_beyond_them() {
        assert_eq!(band_width(100.0, 400.0), 10.0);
        assert_eq!(band_width(100.0, 500.0), 10.0);
        assert_eq!(band_width(30.0, 300.0), 10.0);
        assert_eq!(band_width(5.0, 9.0), 1.0);
        assert_eq!(band_width(1.0, f64::NAN), 1.0);
    }

    #[test]
    fn a_cap_scores_the_first_actions_only_and_repeated_rows_count_once() {
        let actions = [(10, "open"), (10, "open"), (20, "open"), (30, "open"), (40, "demo")];
        let score = one(&[criteria(60.0)], &actions, Journey::default());
        assert_eq!(score.peak, Some(60.0));
        assert_eq!(score.first_crossing, Some(Day(0)));
    }

    #[test]
    fn an_action_leaves_the_look_back_the_second_after_its_last_day() {
        let version = Criteria { lookback_days: Some(10), ..criteria(60.0) };
        let kept = one(std::slice::from_ref(&version), &[(0, "demo"), (10 * DAY_S, "demo")], Journey::default());
        assert_eq!(kept.peak, Some(100.0));
        let left = one(&[version], &[(0, "demo"), (10 * DAY_S + 1, "demo")], Journey::default());
        assert_eq!(left.peak, Some(50.0));
    }

    #[test]
    fn half_life_decays_actions_and_never_fit() {
        let rule = FitRule { text: "51-1000".into(), matches: FitMatch::Value("51-1000".into()), points: 20.0 };
        let fit = BTreeMap::from([("company_size".to_string(), vec![rule])]);
        let version = Criteria { half_life_days: Some(10.0), fit, ..criteria(1000.0) };
        let journey = Journey { mql_until_s: Some(10 * DAY_S), ..Journey::default() };
        let score = one(&[version], &[(0, "demo")], journey);
        assert_eq!(score.at_mql, Some(45.0));
        assert_eq!(score.peak, Some(70.0));
    }

    #[test]
    fn a_version_is_evaluated_at_the_beginning_of_its_first_day() {
        let later = Criteria { effective_from: Some(Day(5)), ..criteria(40.0) };
        let score = one(&[criteria(60.0), later], &[(10, "demo")], Journey::default());
        assert_eq!(score.first_crossing, Some(Day(5)));
    }

    #[test]
    fn an_action_at_the_instant_of_the_mql_counts() {
        let journey = Journey { mql_until_s: Some(40), ..Journey::default() };
        let score = one(&[criteria(50.0)], &[(40, "demo"), (41, "demo")], journey);
        assert_eq!(score.at_mql, Some(50.0));
        assert_eq!(score.counts_at_mql.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn exact_values_beat_ranges_and_ranges_beat_patterns() {
        let rule = |matches, points| FitRule { text: String::new(), matches, points };
        let rules = [
            rule(FitMatch::Pattern("*director*".into()), 50.0),
            rule(FitMatch::Value("art director".into()), 5.0),
            rule(FitMatch::Range { low: Some(200.0), high: None }, 30.0),
            rule(FitMatch::Pattern("2*".into()), 99.0),
        ];
        assert_eq!(fit_points(&rules, " Art Director "), 5.0);
        assert_eq!(fit_points(&rules, "Managing Director"), 50.0);
        assert_eq!(fit_points(&rules, "250"), 30.0);
        assert_eq!(fit_points(&rules, ""), 0.0);
        assert_eq!(fit_points(&rules, "intern"), 0.0);
    }

    #[test]
    fn what_happens_on_the_day_of_the_sql_or_after_it_moves_no_band() {
        let mql = Journey {
            counts: true,
            mql_day: Some(Day(0)),
            mql_s: Some(0),
            mql_until_s: Some(0),
            sql_day: Some(Day(20)),
            pass_sql_day: Some(Day(20)),
            pass_sql_s: Some(20 * DAY_S),
            ..Journey::default()
        };
        let before = one(&[criteria(50.0)], &[(0, "demo")], mql);
        let after = one(&[criteria(50.0)], &[(0, "demo"), (20 * DAY_S, "demo"), (30 * DAY_S, "demo")], mql);
        assert_eq!(before.end, Some(End::Converted { week: 2, band: 0 }));
        assert_eq!(after.end, before.end);
        assert_eq!(after.weeks, [0, 0, 0]);
        let minutes_before = Journey { pass_sql_s: Some(20 * DAY_S + 36_000), ..mql };
        let logged = one(&[criteria(50.0)], &[(0, "demo"), (20 * DAY_S + 35_000, "demo")], minutes_before);
        assert_eq!((logged.end, logged.crossings), (before.end, vec![0]));
        let on_the_day_of_the_mql = Journey { pass_sql_day: Some(Day(0)), pass_sql_s: Some(36_000), ..mql };
        let at_once = one(&[criteria(50.0)], &[(0, "demo"), (35_000, "demo")], on_the_day_of_the_mql);
        assert_eq!(at_once.end, Some(End::Converted { week: 0, band: 0 }));
        let higher = one(&[criteria(50.0)], &[(0, "demo"), (8 * DAY_S, "demo")], mql);
        assert_eq!(higher.end, Some(End::Converted { week: 2, band: 10 }));
        assert_eq!((higher.crossings[0], higher.crossings[10]), (0, 8));
    }
}
