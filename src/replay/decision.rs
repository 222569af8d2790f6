//! What was known of a lead at the moment it was handed to sales, and what became of it? And how would the scores of all
//! leads have risen under another card?
//!
//! Worked leads are the recorded MQLs under the criteria in force (at their MQL) and the leads explored below the bar (when
//! they were handed over), both with their whole window behind them. Counts are those of the first actions of each type up to
//! its cap and up to that moment: nothing that was logged after it. Actions that decay are counted in quarters. Every lead
//! falls into one of [`FOLDS`] folds by a hash of its id; where there are more leads than are needed, the first by a hash
//! are taken, so that the work does not grow with the number of leads.

use super::{Climb, Counts, DAY_S, Journey, Settings, Track, by_lead, current, version};
use crate::config::plan::{Criteria, FitMatch, FitRule};
use crate::ingest::{Activities, Leads, matches, recognise};
use crate::vocabulary::{Day, Month};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Half-lives that are compared; 0 = actions don't decay.
pub const HALF_LIVES: [u32; 6] = [0, 90, 60, 30, 14, 7];
/// Folds that leads fall into.
pub const FOLDS: u64 = 20;
/// No more worked leads than these are counted.
pub const MOST_WORKED: usize = 12_000;
/// No more leads than these are followed under another card.
pub const MOST_FOLLOWED: usize = 40_000;
/// Points that a band of a card's score is wide.
pub const BAND_POINTS: f64 = 5.0;
/// Bands of a card's score, from 0 points; the last one is open-ended.
pub const CARD_BANDS: usize = 81;
/// Types of action and values of an attribute that are counted apart, at most.
const MOST_TYPES: usize = 24;
const MOST_LEVELS: usize = 12;
/// Worked leads that a value without a rule needs to be counted apart.
const LEAST_OF_A_LEVEL: usize = 40;
/// Days that a lead must have been known to be followed.
const FOLLOWED_DAYS: i32 = 90;

/// What the counts of a pattern are counts of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Types of action, with the most actions that are counted.
    pub types: Vec<(String, u32)>,
    /// Attributes, with the values that are counted apart; the first is "none of them".
    pub attributes: Vec<(String, Vec<String>)>,
}

/// A worked lead at the moment of decision, its actions decayed by one half-life.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Index of the lead.
    pub lead: usize,
    /// The day of the decision.
    pub day: Day,
    /// Fold.
    pub fold: u64,
    /// Half-life in days; 0 = no decay.
    pub half_life_days: u32,
    /// Counts in quarters in the order of the types, then places of the values: "4 0 8;1 3".
    pub pattern: String,
    /// Whether it became an SQL within the window.
    pub outcome: Fate,
}

/// What became of a worked lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// No SQL within the window.
    Open,
    /// An SQL within it.
    Sql,
}

/// A worked lead: when it was handed over, and what became of it.
#[derive(Clone, Copy)]
struct Worked {
    lead: usize,
    at_s: i64,
    day: Day,
    outcome: Fate,
}

/// The decisions, and what their patterns count.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// What is counted.
    pub columns: Columns,
    /// A row a worked lead and half-life.
    pub rows: Vec<Decision>,
    /// Median days from creation to the decision.
    pub median_age_days: Option<i32>,
}

/// A hash of an id that is the same everywhere (FNV-1a, its bits mixed).
pub fn hash(id: &str) -> u64 {
    let mut hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// Of so many leads, those by a hash of their id that are about `most`.
fn is_taken(id: &str, of: usize, most: usize) -> bool {
    of <= most || (hash(id) >> 32) % (of as u64) < most as u64
}

fn worked(leads: &Leads, journeys: &[Journey], settings: &Settings) -> Vec<Worked> {
    let Some(criteria) = current(settings.criteria, settings.as_of) else { return Vec::new() };
    let from = criteria.effective_from.unwrap_or(Day(i32::MIN));
    let window = settings.window_days;
    let counts = |day: Day| day >= from && day.plus(window) <= settings.as_of;
    let mut all = Vec::new();
    for (lead, journey) in journeys.iter().enumerate().take(leads.id.len()).filter(|(_, journey)| journey.counts) {
        let within = |day: Day, sql: Option<Day>| match sql {
            Some(sql) if sql >= day && sql.0 - day.0 <= window => Fate::Sql,
            _ => Fate::Open,
        };
        let explored = journey.explored_day.zip(journey.explored_s);
        if let Some((day, at_s)) = explored.filter(|(day, _)| journey.mql_day.is_none_or(|mql| mql > *day)) {
            if counts(day) && journey.sql_day.is_none_or(|sql| sql >= day) {
                all.push(Worked { lead, at_s, day, outcome: within(day, journey.sql_day) });
            }
            continue;
        }
        let (Some(day), Some(from_s), Some(until_s)) = (journey.mql_day, journey.mql_s, journey.mql_until_s) else {
            continue;
        };
        if !counts(day) || journey.sql_day.is_some_and(|sql| sql < day) {
            continue;
        }
        // Where only the day of the MQL is known and the SQL came on it, sales' own entries of that day lie before its end.
        let on_the_day = until_s > from_s && journey.pass_sql_day == Some(day);
        let at_s = if on_the_day { settings.clock.midnight(day) - 1 } else { until_s };
        all.push(Worked { lead, at_s, day, outcome: within(day, journey.pass_sql_day) });
    }
    let n = all.len();
    all.retain(|one| is_taken(&leads.id[one.lead], n, MOST_WORKED));
    all
}

/// The leads at the moment of decision, for every half-life.
pub fn decisions(leads: &Leads, activities: &Activities, journeys: &[Journey], settings: &Settings) -> Decided {
    let Some(criteria) = current(settings.criteria, settings.as_of) else { return Decided::default() };
    let worked = worked(leads, journeys, settings);
    if worked.is_empty() {
        return Decided::default();
    }
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let lookback_s = criteria.lookback_days.map(|days| i64::from(days) * DAY_S);
    let events = |one: &Worked| {
        let mut events = Vec::new();
        by_lead.load(one.lead, &mut events);
        events.retain(|(t, _)| *t <= one.at_s && lookback_s.is_none_or(|lookback| *t >= one.at_s - lookback));
        events
    };
    // What worked leads had done by the decision, for the types.
    let mut n_with = vec![0usize; activities.types.len()];
    for one in &worked {
        let kinds: BTreeSet<u32> = events(one).into_iter().map(|(_, kind)| kind).collect();
        kinds.into_iter().for_each(|kind| n_with[kind as usize] += 1);
    }
    let leads_with = |kind: usize| n_with[kind];
    // What leads do at all before they are an SQL, for the caps: at a low bar a lead is decided on after very few actions.
    let mut how_often: Vec<BTreeMap<u32, usize>> = vec![BTreeMap::new(); activities.types.len()];
    let counted: Vec<usize> = (0..leads.id.len()).filter(|lead| journeys[*lead].counts).collect();
    for &lead in counted.iter().filter(|lead| is_taken(&leads.id[**lead], counted.len(), MOST_WORKED)) {
        let until = journeys[lead].sql_day.map_or(i64::MAX, |day| settings.clock.midnight(day));
        let mut n: BTreeMap<u32, u32> = BTreeMap::new();
        for i in by_lead.places(lead).iter().map(|i| *i as usize).filter(|i| activities.at_s[*i] < until) {
            *n.entry(activities.kind[i]).or_default() += 1;
        }
        for (kind, n) in n {
            *how_often[kind as usize].entry(n).or_default() += 1;
        }
    }
    let mut kinds: Vec<usize> = (0..activities.types.len()).filter(|kind| leads_with(*kind) > 0).collect();
    kinds.sort_by(|a, b| leads_with(*b).cmp(&leads_with(*a)).then(activities.types[*a].cmp(&activities.types[*b])));
    kinds.truncate(MOST_TYPES);
    kinds.sort_by(|a, b| activities.types[*a].cmp(&activities.types[*b]));
    let cap = |kind: usize| {
        let name = &activities.types[kind];
        criteria.caps.get(name).copied().unwrap_or_else(|| usual_most(&how_often[kind]))
    };
    let types: Vec<(String, u32)> = kinds.iter().map(|kind| (activities.types[*kind].clone(), cap(*kind))).collect();
    let mut place: Vec<Option<usize>> = vec![None; activities.types.len()];
    for (i, kind) in kinds.iter().enumerate() {
        place[*kind] = Some(i);
    }
    let attributes = attributes(criteria, leads, &worked);
    let mut rows = Vec::with_capacity(worked.len() * HALF_LIVES.len());
    for (i, one) in worked.iter().enumerate() {
        let events = events(one);
        let levels: Vec<String> = attributes.iter().map(|attribute| attribute.of_worked[i].to_string()).collect();
        let levels = levels.join(" ");
        let fold = hash(&leads.id[one.lead]) % FOLDS;
        for half_life_days in HALF_LIVES {
            let half_life_s = f64::from(half_life_days) * DAY_S as f64;
            let mut seen = vec![0u32; types.len()];
            let mut sums = vec![0f64; types.len()];
            for (t, kind) in &events {
                let Some(column) = place[*kind as usize] else { continue };
                if seen[column] < types[column].1 {
                    seen[column] += 1;
                    let age_s = (one.at_s - t) as f64;
                    sums[column] += if half_life_days == 0 { 1.0 } else { 0.5f64.powf(age_s / half_life_s) };
                }
            }
            let counts: Vec<String> = sums.iter().map(|sum| ((sum * 4.0).round() as u32).to_string()).collect();
            rows.push(Decision {
                lead: one.lead,
                day: one.day,
                fold,
                half_life_days,
                pattern: format!("{};{levels}", counts.join(" ")),
                outcome: one.outcome,
            });
        }
    }
    let mut ages: Vec<i32> = worked.iter().map(|one| one.day.0 - leads.created[one.lead].day.0).collect();
    ages.sort_unstable();
    let attributes = attributes.into_iter().map(|attribute| (attribute.name, attribute.levels)).collect();
    Decided { columns: Columns { types, attributes }, rows, median_age_days: ages.get(ages.len() / 2).copied() }
}

/// The number of actions that 98 of 100 leads who did it at all stay at or below; 10 at most.
fn usual_most(how_often: &BTreeMap<u32, usize>) -> u32 {
    let all: usize = how_often.values().sum();
    let mut seen = 0;
    for (n, leads) in how_often {
        seen += leads;
        if seen * 50 >= all * 49 {
            return (*n).clamp(1, 10);
        }
    }
    10
}

struct Attribute {
    name: String,
    levels: Vec<String>,
    /// The value's place, a worked lead each.
    of_worked: Vec<usize>,
}

/// Values of the attributes that the fit rules name: a rule each, and frequent values that no rule matches.
fn attributes(criteria: &Criteria, leads: &Leads, worked: &[Worked]) -> Vec<Attribute> {
    let mut all = Vec::new();
    for (name, rules) in &criteria.fit {
        let normal = recognise::normal(name);
        let values = if normal == "channel" { Some(&leads.channel) } else { leads.attributes.get(&normal) };
        let Some(values) = values else { continue };
        let mut known: HashMap<&str, String> = HashMap::new();
        let texts: Vec<String> = worked
            .iter()
            .map(|one| {
                let value = values[one.lead].as_str();
                known.entry(value).or_insert_with(|| level(rules, value)).clone()
            })
            .collect();
        let mut n: BTreeMap<&str, usize> = BTreeMap::new();
        for text in &texts {
            *n.entry(text).or_default() += 1;
        }
        let has_rule = |text: &str| rules.iter().any(|rule| rule.text.trim().to_lowercase() == text);
        let is_plain = |text: &str| !text.contains(['*', '@']) && !text.contains("..") && text != "(blank)";
        let mut kept: Vec<(&str, usize)> = n
            .into_iter()
            .filter(|(text, n)| !text.is_empty() && (has_rule(text) || (*n >= LEAST_OF_A_LEVEL && is_plain(text))))
            .collect();
        kept.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        kept.truncate(MOST_LEVELS);
        let mut levels = vec![String::new()];
        levels.extend(kept.iter().map(|(text, _)| (*text).to_string()));
        let of_worked = texts.iter().map(|text| levels.iter().position(|level| level == text).unwrap_or(0)).collect();
        all.push(Attribute { name: name.clone(), levels, of_worked });
    }
    all
}

/// The text of the rule that matches, else the value itself.
fn level(rules: &[FitRule], value: &str) -> String {
    let text = value.trim().to_lowercase();
    let number: Option<f64> = text.replace(',', "").parse().ok();
    let rank = |rule: &FitRule| match &rule.matches {
        FitMatch::Value(wanted) => (*wanted == text).then_some(3),
        FitMatch::Range { low, high } => number
            .filter(|number| low.is_none_or(|low| *number >= low) && high.is_none_or(|high| *number <= high))
            .map(|_| 2),
        FitMatch::Pattern(pattern) => matches(pattern, &text).then_some(1),
    };
    let best = rules.iter().filter_map(|rule| rank(rule).map(|rank| (rank, rule)));
    let best = best.max_by(|a, b| a.0.cmp(&b.0).then(a.1.points.total_cmp(&b.1.points)));
    match best {
        Some((_, rule)) if !text.is_empty() => rule.text.trim().to_lowercase(),
        _ => text,
    }
}

/// What the scores of a card would have been.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CardHistory {
    /// Leads followed: known long enough.
    pub n_leads: u64,
    /// New leads per month, over all that are known long enough.
    pub leads_per_month: Option<f64>,
    /// Those of them whose score at creation lay in each band (fit alone), and each later rise of the highest score so
    /// far: from band, to band → leads. Thresholds above the first up to the second are crossed with a score of the second.
    /// Creation is a rise from no band.
    pub rises: BTreeMap<(Option<usize>, usize), u64>,
    /// The rises of those of them that were never handed to sales.
    pub rises_never_worked: BTreeMap<(Option<usize>, usize), u64>,
    /// Worked leads by the highest band that they reached before the day of their SQL, if any, and outcome.
    pub peaks: BTreeMap<(usize, Fate), u64>,
    /// Worked leads by month, band of the score by the points now, band by the card's points, outcome.
    pub decided: BTreeMap<(Month, usize, usize, Fate), u64>,
}

/// The band of a card's score.
pub fn card_band(score: f64) -> usize {
    ((score / BAND_POINTS + 1e-9).floor().max(0.0) as usize).min(CARD_BANDS - 1)
}

/// What the scores of all leads would have been under `card`: how they would have risen, and where worked leads would have
/// stood at the moment of decision.
pub fn card_history(
    leads: &Leads,
    activities: &Activities,
    journeys: &[Journey],
    settings: &Settings,
    card: &Criteria,
) -> CardHistory {
    let mut history = CardHistory::default();
    let Some(now) = current(settings.criteria, settings.as_of) else { return history };
    let of_card = version(card, true, leads, activities, settings);
    let of_now = version(now, true, leads, activities, settings);
    let by_lead = by_lead(leads.id.len(), activities, settings.as_of);
    let mut events: Vec<(i64, u32)> = Vec::new();
    let mut counts = Counts::default();
    for one in worked(leads, journeys, settings) {
        by_lead.load(one.lead, &mut events);
        let track = Track { lead: one.lead, created_s: leads.created[one.lead].from_s, events: &events };
        let band_now = card_band(of_now.score(&track, one.at_s, &mut counts));
        let band = card_band(of_card.score(&track, one.at_s, &mut counts));
        *history.decided.entry((one.day.month(), band_now, band, one.outcome)).or_default() += 1;
        let sql_day = journeys[one.lead].sql_day.filter(|_| one.outcome == Fate::Sql);
        let until = sql_day.map_or(i64::MAX, |day| (settings.clock.midnight(day) - 1).max(one.at_s));
        let peak = Climb::of(&of_card, &track, &mut counts).until(until).unwrap_or(0.0);
        *history.peaks.entry((card_band(peak), one.outcome)).or_default() += 1;
    }
    let since = now.effective_from.unwrap_or(Day(i32::MIN));
    let is_old = |lead: usize| {
        let created = leads.created[lead].day;
        journeys[lead].counts && created >= since && created.plus(FOLLOWED_DAYS) <= settings.as_of
    };
    let old: Vec<usize> = (0..leads.id.len()).filter(|lead| is_old(*lead)).collect();
    let days = old.iter().map(|lead| leads.created[*lead].day);
    if let (Some(first), Some(last)) = (days.clone().min(), days.max()) {
        history.leads_per_month = Some(old.len() as f64 / (f64::from(last.0 - first.0 + 1) / (365.25 / 12.0)));
    }
    for &lead in old.iter().filter(|lead| is_taken(&leads.id[**lead], old.len(), MOST_FOLLOWED)) {
        by_lead.load(lead, &mut events);
        // What sales logs on the day of the SQL and after it is no path of marketing's.
        if let Some(sql) = journeys[lead].sql_day {
            let until = settings.clock.midnight(sql);
            events.retain(|(t, _)| *t < until);
        }
        let track = Track { lead, created_s: leads.created[lead].from_s, events: &events };
        history.n_leads += 1;
        let mut last = None;
        for (_, score) in &Climb::of(&of_card, &track, &mut counts).0 {
            let band = card_band(*score);
            if last.is_none_or(|last| band > last) {
                *history.rises.entry((last, band)).or_default() += 1;
                if journeys[lead].mql_day.is_none() && journeys[lead].explored_day.is_none() {
                    *history.rises_never_worked.entry((last, band)).or_default() += 1;
                }
                last = Some(band);
            }
        }
    }
    history
}
