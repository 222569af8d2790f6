//! What of a lead's history could mislead whoever judges a score by it?
//!
//! A second pass over the actions of each lead, beside the scores: what came around its SQL, what its MQL rests on, what
//! its score would be without e-mails that machines open, what its first 30 days held, and what its score is today, when
//! nothing is cut off. Each trace is small, and queries count the traces. What happens on the day of an SQL or after it
//! is sales' work; it is kept apart wherever a question is about marketing's evidence.

use super::{Counts, DAY_S, Journey, Settings, Track, Version, by_lead, decision, version};
use crate::ingest::{Activities, Leads};
use crate::vocabulary::Day;

/// Days of a lead's life whose actions are compared between earlier and later leads.
pub const EARLY_DAYS: i32 = 30;
/// More actions of a type than these are counted as so many.
pub const MOST_ACTIONS: u32 = 20;
/// Bands of a score that the bar is wide.
pub const BANDS_TO_THE_BAR: f64 = 20.0;
/// Bands of scores; the last one is open-ended.
const MOST_BANDS: i64 = 200;
/// One type of action alone must give more than this share of the score at the MQL moment.
pub const LONE_SHARE: f64 = 0.5;
/// Seconds within which a click follows or precedes another action on an e-mail of the same lead: machines do that.
pub const INSTANT_S: i64 = 2;
/// Days whose actions are counted after an SQL, and for open MQLs of the same age.
pub const WATCHED_DAYS: i32 = 28;
/// Weeks of a lead's life in which such days begin: people act less and less, so that only leads of one age compare.
pub const WATCH_STARTS: [i32; 11] = [0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 22];
/// Spells of as many days as the days around an SQL, one before another, that these are compared with: at most so many.
pub const ORDINARY_SPELLS: i32 = 8;
/// Days around an SQL: the day before it, its own, and the day after it.
const AROUND_DAYS: i32 = 3;

/// How a type of action is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailAction {
    /// An e-mail was opened.
    Open,
    /// A link in an e-mail was clicked.
    Click,
}

/// Why a lead was worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// It was an MQL.
    Mql,
    /// On purpose, below the bar.
    Explored,
}

/// A worked lead at the moment at which it was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Why it was worked.
    pub worked: Worked,
    /// The day.
    pub day: Day,
    /// The criteria version in force then, from 0.
    pub era: u32,
    /// Score then, in bands of 1/[`BANDS_TO_THE_BAR`] of the bar.
    pub band: i64,
    /// Whether it became an SQL within the window; `None` as long as that cannot be known.
    pub converted: Option<bool>,
}

/// What an MQL would have been without e-mails that machines open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutEmail {
    /// Still at or above the bar.
    Stays,
    /// Below it.
    Vanishes,
}

/// Whether a lead asked for sales, and how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// It asked, and was an MQL.
    Reached,
    /// It asked, and never reached the bar.
    Missed,
    /// It never asked, and never reached the bar.
    Quiet,
}

/// The first 30 days of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Youth {
    /// The criteria version in force at its creation, from 0.
    pub era: u32,
    /// Whether it became an MQL in that time.
    pub mql: bool,
    /// Actions by type, at most [`MOST_ACTIONS`] of each, before the day of an SQL.
    pub actions: Vec<(u32, u32)>,
    /// Whether a machine seems to have read its e-mails: at least one instant click.
    pub instant: bool,
}

/// The days around an SQL, by type of action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AroundSql {
    /// Types seen from the day before the SQL to the day after it.
    pub near: Vec<u32>,
    /// Types seen in each of the spells of three days before them, the last one first; as many as the lead was known, at
    /// least one and at most [`ORDINARY_SPELLS`].
    pub ordinary: Vec<Vec<u32>>,
}

/// Scored actions in [`WATCHED_DAYS`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Whether these days follow an SQL; otherwise they are those of an open MQL of that age.
    pub after_sql: bool,
    /// Weeks since creation, of [`WATCH_STARTS`].
    pub week: i32,
    /// Actions, at most 3 × [`MOST_ACTIONS`].
    pub n_actions: u32,
}

/// The trace of one lead.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// When it was worked, if it was.
    pub decision: Option<Decision>,
    /// Types seen by then.
    pub seen: Vec<u32>,
    /// The type that its score at the MQL moment rests on, if it is one alone.
    pub lone: Option<u32>,
    /// What it would be without opens and instant clicks, for MQLs whose score reaches the bar on replay.
    pub without_email: Option<WithoutEmail>,
    /// Its first 30 days, if they have passed.
    pub youth: Option<Youth>,
    /// The days around its first SQL, if it was known a while before, and an MQL at least two days before.
    pub around_sql: Option<AroundSql>,
    /// Days after its SQL, or, for an open MQL, days at each age.
    pub watched: Vec<Watched>,
    /// Score today with nothing cut off and score at the MQL moment, both by the version now in force, in bands.
    pub ends: Option<(i64, i64)>,
    /// Whether it asked for sales, if it is old enough to have reached the bar.
    pub hand: Option<Hand>,
}

/// Leads in which traps are looked for: more show no more.
pub const MOST_LEADS: usize = 200_000;

/// Of 1,000 leads, how many are looked at: those with the lowest hashes of their ids.
pub fn drawn(leads: usize) -> u64 {
    ((1000.0 * MOST_LEADS as f64 / leads.max(1) as f64).ceil() as u64).min(1000)
}

/// Traces every lead that counts. `email` says how each type is read, `hand` is the type that asks for sales. The result
/// is in the order of `leads`; it is empty without criteria.
pub fn trace(
    leads: &Leads,
    activities: &Activities,
    journeys: &[Journey],
    settings: &Settings,
    email: &[Option<EmailAction>],
    hand: Option<u32>,
) -> Vec<Trace> {
    let all = settings.criteria.iter().enumerate();
    let versions: Vec<Version> = all
        .map(|(i, criteria)| version(criteria, i == 0, leads, activities, settings))
        .filter(|version| version.from_day <= settings.as_of || version.from_s == i64::MIN)
        .collect();
    let Some(current) = versions.last() else { return vec![Trace::default(); leads.id.len()] };
    let watch = Watch {
        versions: &versions,
        current,
        settings,
        email,
        hand,
        end_s: settings.clock.midnight(settings.as_of.plus(1)) - 1,
    };
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let mut counts = Counts::default();
    let mut events: Vec<(i64, u32)> = Vec::new();
    let mut traces = Vec::with_capacity(leads.id.len());
    let drawn = drawn(leads.id.len());
    for (lead, journey) in journeys.iter().enumerate() {
        if !journey.counts || decision::hash(&leads.id[lead]) % 1000 >= drawn {
            traces.push(Trace::default());
            continue;
        }
        by_lead.load(lead, &mut events);
        let track = Track { lead, created_s: leads.created[lead].from_s, events: &events };
        traces.push(watch.trace(&track, leads.created[lead].day, journey, &mut counts));
    }
    traces
}

/// What each lead is traced with.
struct Watch<'a> {
    versions: &'a [Version],
    current: &'a Version,
    settings: &'a Settings<'a>,
    email: &'a [Option<EmailAction>],
    hand: Option<u32>,
    /// The last second that can be seen.
    end_s: i64,
}

impl Watch<'_> {
    fn trace(&self, track: &Track, created: Day, journey: &Journey, counts: &mut Counts) -> Trace {
        let mut trace = Trace::default();
        let as_of = self.settings.as_of;
        let sql_s = journey.sql_day.map_or(i64::MAX, |day| self.settings.clock.midnight(day));
        let before_sql = track.events.partition_point(|(t, _)| *t < sql_s);
        self.youth(track, created, journey, before_sql, &mut trace);
        self.hand(track, created, journey, before_sql, &mut trace, counts);
        // What makes a lead an MQL may make it an SQL the next day: only days after the MQL are sales' alone.
        let after_mql = |sql: &Day| journey.mql_day.is_some_and(|mql| mql.plus(2) <= *sql);
        let known = |sql: &Day| created.plus(AROUND_DAYS + 1) <= *sql && sql.plus(1) <= as_of;
        if let Some(sql) = journey.sql_day.filter(after_mql).filter(known) {
            let spell = |from: Day| self.seen_between(track, from, from.plus(AROUND_DAYS));
            let starts = (1..=ORDINARY_SPELLS).map(|back| sql.plus(-1 - AROUND_DAYS * back));
            let ordinary = starts.take_while(|from| *from >= created).map(spell).collect();
            trace.around_sql = Some(AroundSql { near: spell(sql.plus(-1)), ordinary });
        }
        let worked = match (journey.mql_day, journey.mql_until_s, journey.explored_day, journey.explored_s) {
            (Some(day), Some(at), _, _) => Some((Worked::Mql, day, at)),
            (_, _, Some(day), Some(at)) => Some((Worked::Explored, day, at)),
            _ => None,
        };
        let Some((worked, day, at_s)) = worked else { return trace };
        let era = self.era(at_s);
        let then = &self.versions[era];
        let score = then.score(track, at_s, counts);
        let seen = counts.seen.iter().enumerate().filter(|(_, n)| **n > 0);
        trace.seen = seen.map(|(kind, _)| kind as u32).collect();
        trace.decision = Some(Decision {
            worked,
            day,
            era: era as u32,
            band: band(score, then.threshold),
            converted: self.converted(worked, day, journey),
        });
        if worked == Worked::Explored {
            return trace;
        }
        let parts = then.parts(track, at_s, &|_| true);
        trace.lone = parts
            .iter()
            .enumerate()
            .filter(|(_, points)| score > 0.0 && **points > LONE_SHARE * score + 1e-9)
            .map(|(kind, _)| kind as u32)
            .next();
        if score >= then.threshold - 1e-9 && self.email.iter().any(Option::is_some) {
            let kept = |place: usize| self.is_human(track, place);
            let human: f64 = then.parts(track, at_s, &kept).iter().sum::<f64>() + then.fit[track.lead];
            let stays = human >= then.threshold - 1e-9;
            trace.without_email = Some(if stays { WithoutEmail::Stays } else { WithoutEmail::Vanishes });
        }
        if day.plus(self.settings.window_days) <= as_of {
            let bands = |at_s| {
                band(
                    self.current.parts(track, at_s, &|_| true).iter().sum::<f64>() + self.current.fit[track.lead],
                    self.current.threshold,
                )
            };
            trace.ends = Some((bands(self.end_s), bands(at_s)));
        }
        self.watch(track, day, at_s, journey, &mut trace);
        trace
    }

    /// The place of the version in force at an instant.
    fn era(&self, at_s: i64) -> usize {
        self.versions.iter().rposition(|version| version.from_s <= at_s).unwrap_or(self.versions.len() - 1)
    }

    /// Whether a worked lead became an SQL within the window. An SQL dated before the MQL says nothing about it.
    fn converted(&self, worked: Worked, day: Day, journey: &Journey) -> Option<bool> {
        let window_days = self.settings.window_days;
        if day.plus(window_days) > self.settings.as_of || journey.sql_day.is_some_and(|sql| sql < day) {
            return None;
        }
        let sql = if worked == Worked::Mql { journey.pass_sql_day } else { journey.sql_day };
        Some(sql.is_some_and(|sql| sql.0 - day.0 <= window_days))
    }

    fn youth(&self, track: &Track, created: Day, journey: &Journey, before_sql: usize, trace: &mut Trace) {
        if created.plus(EARLY_DAYS) > self.settings.as_of {
            return;
        }
        let end_s = track.created_s + i64::from(EARLY_DAYS) * DAY_S;
        let first = track.events.partition_point(|(t, _)| *t < track.created_s);
        let end = track.events.partition_point(|(t, _)| *t < end_s).min(before_sql).max(first);
        let mut actions: Vec<(u32, u32)> = Vec::new();
        let mut instant = false;
        for (place, (_, kind)) in track.events.iter().enumerate().take(end).skip(first) {
            instant |= self.is_instant(track, place);
            match actions.iter_mut().find(|(known, _)| known == kind) {
                Some((_, n)) => *n = (*n + 1).min(MOST_ACTIONS),
                None => actions.push((*kind, 1)),
            }
        }
        let era = self.era(track.created_s) as u32;
        let mql = journey.mql_day.is_some_and(|day| day.0 - created.0 <= EARLY_DAYS);
        trace.youth = Some(Youth { era, mql, actions, instant });
    }

    fn hand(
        &self,
        track: &Track,
        created: Day,
        journey: &Journey,
        before_sql: usize,
        trace: &mut Trace,
        counts: &mut Counts,
    ) {
        let old_enough = created >= self.current.from_day && created.plus(super::REACH_DAYS) <= self.settings.as_of;
        let Some(hand) = self.hand.filter(|_| old_enough) else { return };
        let before = &track.events[..before_sql];
        let asked = before.iter().any(|(_, kind)| *kind == hand);
        let reached = journey.mql_day.is_some();
        let peak_s = before.last().map_or(track.created_s, |(t, _)| *t);
        // Without a recorded MQL, a score that reached the bar is no miss of the criteria.
        if !reached
            && super::Climb::of(self.current, track, counts)
                .until(peak_s)
                .is_some_and(|peak| peak >= self.current.threshold - 1e-9)
        {
            return;
        }
        trace.hand = match (asked, reached) {
            (true, true) => Some(Hand::Reached),
            (true, false) => Some(Hand::Missed),
            (false, false) => Some(Hand::Quiet),
            (false, true) => None,
        };
    }

    /// Types seen from the beginning of one day to the beginning of another one.
    fn seen_between(&self, track: &Track, from: Day, to: Day) -> Vec<u32> {
        let (from_s, to_s) = (self.settings.clock.midnight(from), self.settings.clock.midnight(to));
        let first = track.events.partition_point(|(t, _)| *t < from_s);
        let end = track.events.partition_point(|(t, _)| *t < to_s);
        let mut kinds: Vec<u32> = track.events[first..end].iter().map(|(_, kind)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn watch(&self, track: &Track, mql_day: Day, mql_s: i64, journey: &Journey, trace: &mut Trace) {
        let mut add = |after_sql: bool, week: i32, from_s: i64| {
            let to_s = from_s + i64::from(WATCHED_DAYS) * DAY_S;
            if to_s > self.end_s {
                return;
            }
            let first = track.events.partition_point(|(t, _)| *t < from_s);
            let end = track.events.partition_point(|(t, _)| *t < to_s);
            let scored = track.events[first..end].iter().filter(|(_, kind)| self.current.points[*kind as usize] > 0.0);
            let n_actions = (scored.count() as u32).min(3 * MOST_ACTIONS);
            trace.watched.push(Watched { after_sql, week, n_actions });
        };
        match (journey.sql_day, journey.pass_sql_day) {
            (Some(first_sql), Some(sql)) if first_sql >= mql_day => {
                let from_s = self.settings.clock.midnight(sql.plus(1));
                let weeks = (from_s - track.created_s) / (7 * DAY_S);
                let week = WATCH_STARTS.iter().rev().find(|start| i64::from(**start) <= weeks).copied().unwrap_or(0);
                add(true, week, from_s);
            }
            (None, _) if mql_day.plus(self.settings.window_days) <= self.settings.as_of => {
                for (place, week) in WATCH_STARTS.into_iter().enumerate() {
                    // The middle of the weeks that the class holds.
                    let next = WATCH_STARTS.get(place + 1).copied().unwrap_or(week + 4);
                    let from_s = track.created_s + i64::from(week + next) * 7 * DAY_S / 2;
                    if from_s > mql_s {
                        add(false, week, from_s);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether the action at that place is a click within [`INSTANT_S`] of another action on an e-mail.
    fn is_instant(&self, track: &Track, place: usize) -> bool {
        let (at, kind) = track.events[place];
        if self.email[kind as usize] != Some(EmailAction::Click) {
            return false;
        }
        let near = |other: &&(i64, u32)| (other.0 - at).abs() <= INSTANT_S;
        let is_email = |other: &(i64, u32)| self.email[other.1 as usize].is_some();
        track.events[..place].iter().rev().take_while(near).any(is_email)
            || track.events[place + 1..].iter().take_while(near).any(is_email)
    }

    /// Whether the action at that place would count if opens and instant clicks did not.
    fn is_human(&self, track: &Track, place: usize) -> bool {
        let (_, kind) = track.events[place];
        self.email[kind as usize] != Some(EmailAction::Open) && !self.is_instant(track, place)
    }
}

impl Version {
    /// Points at an instant by type, of those actions of the lead (by place) that count.
    fn parts(&self, track: &Track, at_s: i64, counts: &dyn Fn(usize) -> bool) -> Vec<f64> {
        let seen = track.events.partition_point(|(t, _)| *t <= at_s);
        let first = match self.lookback_s {
            Some(lookback) => track.events.partition_point(|(t, _)| *t < at_s - lookback),
            None => 0,
        };
        let mut parts = vec![0.0; self.points.len()];
        let mut scored = vec![0u32; self.points.len()];
        for place in (first..seen).filter(|place| counts(*place)) {
            let (t, kind) = track.events[place];
            let kind = kind as usize;
            if scored[kind] < self.caps[kind] {
                scored[kind] += 1;
                let weight = self.half_life_s.map_or(1.0, |half_life| 0.5f64.powf((at_s - t) as f64 / half_life));
                parts[kind] += self.points[kind] * weight;
            }
        }
        parts
    }
}

/// The band of a score, from 0.
fn band(score: f64, threshold: f64) -> i64 {
    let width = (threshold / BANDS_TO_THE_BAR).max(1e-6);
    let band = (score / width + 1e-9).floor();
    if band.is_finite() { (band as i64).clamp(0, MOST_BANDS) } else { 0 }
}

/// How a type of action is read, by its name, whatever its spelling: "email_open", "Opened Email", "Newsletter geöffnet";
/// "email_click", "Clicked Link in Email", "Klick". `None` for everything else, "opened_chat" and "ad_click" among it.
pub fn email_action(name: &str) -> Option<EmailAction> {
    const OPENS: [&str; 9] =
        ["open", "opens", "opened", "geöffnet", "öffnung", "ouverture", "ouvert", "apertura", "abierto"];
    const CLICKS: [&str; 9] =
        ["click", "clicks", "clicked", "clickthrough", "klick", "geklickt", "clic", "clics", "cliqué"];
    const EMAILS: [&str; 10] =
        ["email", "emails", "mail", "mails", "newsletter", "mailing", "message", "courriel", "correo", "edm"];
    const BESIDE: [&str; 12] =
        ["e", "a", "an", "in", "the", "link", "links", "marketing", "unique", "total", "hs", "event"];
    let words = words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let is_email = has(&EMAILS) || name.to_lowercase().contains("e-mail");
    // A bare "open" or "link click" can mean nothing else; "open day" and "ad click" can.
    let is_bare =
        words.iter().all(|word| [&OPENS[..], &CLICKS, &BESIDE].iter().any(|known| known.contains(&word.as_str())));
    if !(is_email || is_bare) {
        return None;
    }
    if has(&CLICKS) {
        return Some(EmailAction::Click);
    }
    has(&OPENS).then_some(EmailAction::Open)
}

/// The words of a name: cut at everything that is no letter and where a capital follows a small letter; in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for c in name.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && last.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        last = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_and_clicks_are_known_in_many_spellings_and_nothing_else_is() {
        for name in [
            "email_open",
            "Email Open",
            "Opened Email",
            "EMAIL_OPENED",
            "emailOpen",
            "E-Mail geöffnet",
            "opens",
            "Open Email",
        ] {
            assert_eq!(email_action(name), Some(EmailAction::Open), "{name}");
        }
        for name in
            ["email_click", "Clicked Link in Email", "Click Email", "EMAIL_CLICK", "Newsletter Klick", "link click"]
        {
            assert_eq!(email_action(name), Some(EmailAction::Click), "{name}");
        }
        for name in [
            "open_day",
            "Opened Chat",
            "ad_click",
            "opportunity",
            "email_sent",
            "site_visit",
            "",
            "demo_request",
            "email_bounce",
        ] {
            assert_eq!(email_action(name), None, "{name}");
        }
    }

    #[test]
    fn scores_have_bands_from_nought_on() {
        assert_eq!((band(-5.0, 100.0), band(0.0, 100.0), band(100.0, 100.0), band(104.9, 100.0)), (0, 0, 20, 20));
        assert_eq!((band(f64::NAN, 100.0), band(1e12, 100.0)), (0, MOST_BANDS));
    }
}
