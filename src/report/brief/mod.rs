//! What should the weekly meeting with sales talk about? Last week's MQLs against the usual, who was turned down and why,
//! who waits, and who became an SQL. A list of people, so it has ids (names only where they are asked for) and counts, and
//! no rates: a week is too short for one.
//!
//! A week is Monday to Sunday (ISO 8601). Usual is what all but the lowest and the highest of the twelve weeks before had.

mod words;

use super::page::{Brand, Page};
use super::trust::{self, Trust};
use super::{Tool, format, look};
use crate::config::plan::{People, Plan};
use crate::finding::masked;
use crate::metrics::response::NO_REASON;
use crate::pipeline::{Life, LifeExit, Lives, TouchKind};
use crate::vocabulary::{Day, Stage};
use chrono::{Datelike, NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Version of the brief's JSON.
pub const SCHEMA_VERSION: u32 = 1;
/// Weeks that the usual range rests on, and the fewest from which there is one.
const USUAL_WEEKS: i32 = 12;
const LEAST_WEEKS: usize = 6;
/// Lines of a list; the rest is counted.
const MOST_LINES: usize = 20;
/// Days for which somebody who asked for sales is listed.
const REQUEST_DAYS: i32 = 90;
/// Days of MQLs by which it is judged whether touches are recorded.
const TOUCH_DAYS: i32 = 365;

/// A week, Monday to Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week {
    monday: Day,
}

impl Week {
    /// The week that holds a day.
    pub fn of(day: Day) -> Week {
        // 1970-01-05 was a Monday.
        Week { monday: Day(day.0 - (day.0 - 4).rem_euclid(7)) }
    }

    /// The last week whose Sunday can be seen on `as_of`.
    pub fn last_complete(as_of: Day) -> Week {
        Week::of(as_of.plus(-6))
    }

    /// Its Monday.
    pub fn first_day(self) -> Day {
        self.monday
    }

    /// Its Sunday.
    pub fn last_day(self) -> Day {
        self.monday.plus(6)
    }

    /// So many weeks before.
    fn before(self, weeks: i32) -> Week {
        Week { monday: self.monday.plus(-7 * weeks) }
    }

    fn holds(self, day: Day) -> bool {
        day >= self.first_day() && day <= self.last_day()
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.monday.date().iso_week();
        write!(f, "{:04}-W{:02}", week.year(), week.week())
    }
}

impl FromStr for Week {
    type Err = ();

    fn from_str(text: &str) -> Result<Week, ()> {
        let (year, week) = text.split_once("-W").ok_or(())?;
        let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(week, 2) {
            return Err(());
        }
        let (year, week) = (year.parse().map_err(|_| ())?, week.parse().map_err(|_| ())?);
        let monday = NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).ok_or(())?;
        if year < 1 { Err(()) } else { Ok(Week { monday: Day::of(monday) }) }
    }
}

/// The brief, as written in JSON.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Brief {
    /// Version of this format.
    pub schema_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// Name of the project.
    pub project: String,
    /// The week, for example "2026-W44".
    pub week: String,
    /// Its Monday.
    pub from: Day,
    /// Its Sunday.
    pub to: Day,
    /// The last visible day: waits are counted up to it.
    pub as_of: Day,
    /// The project's time zone, in which weeks begin.
    pub timezone: String,
    /// First MQLs of the week.
    pub mqls: Weekly,
    /// MQLs again, after a recycling, a disqualification or 90 days.
    pub n_mqls_again: u64,
    /// First MQLs by first-touch channel, most first.
    pub by_channel: Vec<Weekly>,
    /// First MQLs by their score then; `null` = no scores can be replayed.
    pub by_score: Option<Vec<Weekly>>,
    /// MQLs that were turned down or sent back in the week, before any SQL.
    pub rejected: Rejected,
    /// Whether touches are recorded: if not, nobody can be said to wait.
    pub touches_known: bool,
    /// People who asked for sales and are not in its hands.
    pub hand_raisers: HandRaisers,
    /// MQLs without touch past the SLA.
    pub overdue: Overdue,
    /// People who first became an SQL (or more) in the week.
    pub sqls: Sqls,
    /// The last day of the data, where that is before the Sunday: the week is not whole.
    pub data_end: Option<Day>,
    /// How far the data can be trusted, as far as reading them shows.
    pub trust: Trust,
    /// The page as it is shown.
    pub page: Page,
}

/// A count of the week, with the week before and the usual range.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Weekly {
    /// What is counted: all, a channel, a score band.
    pub name: String,
    /// This week.
    pub n: u64,
    /// The week before; `null` = before the data begin.
    pub week_before: Option<u64>,
    /// What weeks usually have; `null` = too few weeks before it.
    pub usual: Option<Usual>,
}

/// What weeks usually have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Usual {
    /// Lower end.
    pub low: u64,
    /// Upper end.
    pub high: u64,
    /// Weeks that it rests on: of twelve the lowest and the highest are left out, of fewer none.
    pub weeks: u64,
}

/// A person: the id, and names only where they are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    /// The id; an address in it is masked unless names are asked for.
    pub lead_id: String,
    /// First-touch channel.
    pub channel: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Who was turned down or sent back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rejected {
    /// MQLs.
    pub n: u64,
    /// By what was done and why, most first.
    pub reasons: Vec<RejectedFor>,
    /// The first of them, by day.
    pub people: Vec<Rejection>,
}

/// A reason and how often it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RejectedFor {
    /// Disqualified or recycled.
    pub stage: Stage,
    /// The reason, in the data's words.
    pub reason: String,
    /// MQLs.
    pub n: u64,
}

/// Somebody who was turned down or sent back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rejection {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// Disqualified or recycled.
    pub stage: Stage,
    /// The reason, in the data's words.
    pub reason: String,
    /// The day.
    pub day: Day,
    /// The day of the MQL.
    pub mql_day: Day,
}

/// Who asked for sales and waits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HandRaisers {
    /// The type of action; `null` = none is known, or nobody did it.
    pub action: Option<String>,
    /// People who wait.
    pub n: u64,
    /// The first of them, longest wait first.
    pub people: Vec<Waiting>,
}

/// Somebody who waits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Waiting {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// Since when.
    pub since: Day,
    /// Days from then to the last visible day.
    pub days: u32,
    /// The day of the latest MQL; `null` = never an MQL.
    pub mql_day: Option<Day>,
}

/// MQLs without touch past the SLA.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Overdue {
    /// Calendar days that sales has for a first touch.
    pub sla_days: u32,
    /// MQLs past it, not older than the window of MQL→SQL.
    pub n: u64,
    /// MQLs older than that window.
    pub n_forgotten: u64,
    /// MQLs that wait and are not past it.
    pub n_within: u64,
    /// The first of those past it, longest wait first.
    pub people: Vec<Waiting>,
}

/// Who became an SQL.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sqls {
    /// People, against other weeks.
    pub count: Weekly,
    /// The first of them, by day.
    pub people: Vec<NewSql>,
}

/// Somebody who became an SQL.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NewSql {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// The day.
    pub day: Day,
    /// The day of the latest MQL on or before it; `null` = none.
    pub mql_day: Option<Day>,
    /// Days from one to the other.
    pub days: Option<u32>,
}

/// The JSON schema of the brief.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Brief).to_value()
}

/// Makes the brief of a week.
pub fn build(plan: &Plan, lives: &Lives, week: Week) -> Brief {
    let _worn = look::wear(&plan.report);
    let view = View { plan, lives, week };
    let touches_known = view.are_touches_known();
    let empty_page = Page {
        eyebrow: String::new(),
        headline: String::new(),
        lede: String::new(),
        facts: Vec::new(),
        sections: Vec::new(),
        footer: String::new(),
        links: Vec::new(),
        brand: Brand::default(),
    };
    let mut brief = Brief {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        project: plan.project.clone(),
        week: week.to_string(),
        from: week.first_day(),
        to: week.last_day(),
        as_of: lives.as_of,
        timezone: plan.timezone.name().to_string(),
        mqls: view.weekly("all", &|life| first_mql(life)),
        n_mqls_again: view.again(),
        by_channel: view.by_channel(),
        by_score: view.by_score(),
        rejected: view.rejected(),
        touches_known,
        hand_raisers: view.hand_raisers(touches_known),
        overdue: view.overdue(touches_known),
        sqls: view.sqls(),
        data_end: lives.last.filter(|last| *last < week.last_day()),
        trust: trust::judge(&lives.inputs, &lives.findings),
        page: empty_page,
    };
    brief.page = words::page(plan, lives, &brief);
    brief
}

/// The first MQL, of those who were no SQL before.
fn first_mql(life: &Life) -> Option<Day> {
    life.mqls.first().map(|(day, _)| *day)
}

fn first_sql(life: &Life) -> Option<Day> {
    life.arrivals.first().copied()
}

/// The latest MQL, if nobody in sales has had it: no touch, no SQL and no exit since.
fn untouched_mql(life: &Life) -> Option<Day> {
    let (day, at) = *life.mqls.last()?;
    let is_touched = life.touches.iter().any(|(on, kind)| *on >= day && *kind == TouchKind::Usual);
    let is_out = life.exits.iter().any(|exit| exit.until_s >= at);
    (!is_touched && !is_out && life.arrivals.is_empty()).then_some(day)
}

struct View<'a> {
    plan: &'a Plan,
    lives: &'a Lives,
    week: Week,
}

impl View<'_> {
    fn person(&self, life: &Life) -> Person {
        let by_name = self.plan.people == People::ByName;
        let known = |text: &str| Some(text.to_string()).filter(|text| by_name && !text.is_empty());
        Person {
            lead_id: if by_name { life.id.clone() } else { masked(&life.id) },
            channel: life.channel.clone(),
            name: known(&life.name),
            email: known(&life.address),
            account: known(&life.account),
        }
    }

    fn count(&self, week: Week, day: &dyn Fn(&Life) -> Option<Day>) -> u64 {
        self.lives.lives.iter().filter(|life| day(life).is_some_and(|day| week.holds(day))).count() as u64
    }

    /// Whether a week lies wholly in the data.
    fn is_covered(&self, week: Week) -> bool {
        self.lives.first.is_some_and(|first| week.first_day() >= first)
    }

    fn weekly(&self, name: &str, day: &dyn Fn(&Life) -> Option<Day>) -> Weekly {
        self.weekly_since(name, Day(i32::MIN / 2), day)
    }

    /// The same, with weeks that begin before `since` left out of the comparison.
    fn weekly_since(&self, name: &str, since: Day, day: &dyn Fn(&Life) -> Option<Day>) -> Weekly {
        let compared = |weeks: i32| {
            let week = self.week.before(weeks);
            (self.is_covered(week) && week.first_day() >= since).then(|| self.count(week, day))
        };
        let mut earlier: Vec<u64> = (1..=USUAL_WEEKS).map_while(compared).collect();
        earlier.sort_unstable();
        let cut = usize::from(earlier.len() == USUAL_WEEKS as usize);
        let usual = (earlier.len() >= LEAST_WEEKS).then(|| Usual {
            low: earlier[cut],
            high: earlier[earlier.len() - 1 - cut],
            weeks: earlier.len() as u64,
        });
        Weekly { name: name.to_string(), n: self.count(self.week, day), week_before: compared(1), usual }
    }

    fn again(&self) -> u64 {
        let later = self.lives.lives.iter().flat_map(|life| life.mqls.iter().skip(1));
        later.filter(|(day, _)| self.week.holds(*day)).count() as u64
    }

    fn by_channel(&self) -> Vec<Weekly> {
        let since = self.week.before(USUAL_WEEKS).first_day();
        let recent = |life: &&Life| first_mql(life).is_some_and(|day| day >= since && day <= self.week.last_day());
        let mut channels: Vec<&str> =
            self.lives.lives.iter().filter(recent).map(|life| life.channel.as_str()).collect();
        channels.sort_unstable();
        channels.dedup();
        let of_channel = |channel: &str| {
            self.weekly(channel, &|life: &Life| if life.channel == channel { first_mql(life) } else { None })
        };
        let mut rows: Vec<Weekly> = channels.into_iter().map(of_channel).collect();
        rows.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.name.cmp(&b.name)));
        rows
    }

    /// By how far the score at the MQL was above the bar in force.
    fn by_score(&self) -> Option<Vec<Weekly>> {
        let (bar, since) = self.lives.bar?;
        let edges = [0.0, bar, 1.2 * bar, 1.5 * bar, f64::INFINITY];
        let names = [
            format!("below {}", format::grouped(bar, 0)),
            format!("{} to {}", format::grouped(bar, 0), format::grouped(1.2 * bar, 0)),
            format!("{} to {}", format::grouped(1.2 * bar, 0), format::grouped(1.5 * bar, 0)),
            format!("{} and more", format::grouped(1.5 * bar, 0)),
        ];
        let since = since.unwrap_or(Day(i32::MIN / 2));
        let mut rows: Vec<Weekly> = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let inside = |score: f64| (place == 0 || score >= edges[place] - 1e-6) && score < edges[place + 1] - 1e-6;
            let day = |life: &Life| first_mql(life).filter(|_| life.score_at_mql.is_some_and(inside));
            rows.push(self.weekly_since(name, since, &day));
        }
        // An export in which nobody is below the bar needs no row for it.
        let says = |row: &Weekly| row.n > 0 || row.usual.is_some_and(|usual| usual.high > 0);
        if !rows.first().is_some_and(says) {
            rows.remove(0);
        }
        rows.iter().any(|row| row.n > 0 || row.usual.is_some()).then_some(rows)
    }

    /// The exit in this week, and the day of its MQL: the last of the week, before any SQL of the MQL.
    fn rejection<'a>(&self, life: &'a Life) -> Option<(&'a LifeExit, Day)> {
        let exit = life.exits.iter().rev().find(|exit| self.week.holds(exit.day))?;
        let (mql_day, _) = *life.mqls.iter().rev().find(|(day, at)| *day <= exit.day && *at <= exit.until_s)?;
        let is_sql = life.arrivals.iter().any(|day| *day >= mql_day && *day <= exit.day);
        (!is_sql).then_some((exit, mql_day))
    }

    fn rejected(&self) -> Rejected {
        let reason = |exit: &LifeExit| {
            if exit.reason.is_empty() { NO_REASON.to_string() } else { exit.reason.clone() }
        };
        let found: Vec<(&Life, &LifeExit, Day)> = self
            .lives
            .lives
            .iter()
            .filter_map(|life| self.rejection(life).map(|(exit, mql_day)| (life, exit, mql_day)))
            .collect();
        let mut reasons: BTreeMap<(Stage, String), u64> = BTreeMap::new();
        for (_, exit, _) in &found {
            *reasons.entry((exit.stage, reason(exit))).or_default() += 1;
        }
        let mut reasons: Vec<RejectedFor> =
            reasons.into_iter().map(|((stage, reason), n)| RejectedFor { stage, reason, n }).collect();
        reasons.sort_by_key(|row| std::cmp::Reverse(row.n));
        let mut people: Vec<Rejection> = found
            .iter()
            .map(|(life, exit, mql_day)| Rejection {
                person: self.person(life),
                stage: exit.stage,
                reason: reason(exit),
                day: exit.day,
                mql_day: *mql_day,
            })
            .collect();
        people.sort_by(|a, b| (a.day, &a.person.lead_id).cmp(&(b.day, &b.person.lead_id)));
        people.truncate(MOST_LINES);
        Rejected { n: found.len() as u64, reasons, people }
    }

    /// At least half of the SQLs of the last year's MQLs have a touch at or before them; without SQLs, any touch will do.
    fn are_touches_known(&self) -> bool {
        let (mut touched, mut sqls, mut any) = (0_u64, 0_u64, false);
        for life in &self.lives.lives {
            let Some((mql, _)) = life.mqls.first().filter(|(day, _)| day.0 > self.lives.as_of.0 - TOUCH_DAYS) else {
                continue;
            };
            let usual = |until: Day| {
                let inside =
                    |(day, kind): &(Day, TouchKind)| *kind == TouchKind::Usual && *day >= *mql && *day <= until;
                life.touches.iter().any(inside)
            };
            any |= usual(self.lives.as_of);
            if let Some(sql) = life.arrivals.iter().find(|day| *day >= mql) {
                sqls += 1;
                touched += u64::from(usual(*sql));
            }
        }
        any && 2 * touched >= sqls
    }

    fn waiting(&self, life: &Life, since: Day) -> Waiting {
        Waiting {
            person: self.person(life),
            since,
            days: self.lives.as_of.0.saturating_sub(since.0).max(0) as u32,
            mql_day: life.mqls.last().map(|(day, _)| *day),
        }
    }

    fn hand_raisers(&self, touches_known: bool) -> HandRaisers {
        let action = self.lives.hand_raiser.clone().map(|action| masked(&action));
        let earliest = self.lives.as_of.plus(-REQUEST_DAYS);
        let mut people: Vec<Waiting> = Vec::new();
        for life in self.lives.lives.iter().filter(|life| touches_known && life.arrivals.is_empty()) {
            let exits = || life.exits.iter().map(|exit| exit.day);
            // Whom sales has taken up and not turned down is in its hands, for as long as an MQL normally takes.
            let in_hands = |asked: Day| {
                let is_held = |touch: Day| {
                    touch > asked.plus(-REQUEST_DAYS) && !exits().any(|exit| exit >= touch && exit < asked)
                };
                life.touches.iter().any(|(touch, _)| is_held(*touch))
            };
            let is_open =
                |asked: &&Day| **asked > earliest && !exits().any(|exit| exit >= **asked) && !in_hands(**asked);
            if let Some(since) = life.requests.iter().find(is_open) {
                people.push(self.waiting(life, *since));
            }
        }
        let n = people.len() as u64;
        HandRaisers { action, n, people: longest_first(people) }
    }

    fn overdue(&self, touches_known: bool) -> Overdue {
        let sla_days = self.plan.funnel.sla_days;
        let window = self.plan.windows.mql_to_sql_days;
        let mut found = Overdue { sla_days, n: 0, n_forgotten: 0, n_within: 0, people: Vec::new() };
        let mut people = Vec::new();
        for life in self.lives.lives.iter().filter(|_| touches_known) {
            let Some(since) = untouched_mql(life) else { continue };
            let waiting = self.waiting(life, since);
            if waiting.days < sla_days {
                found.n_within += 1;
            } else if waiting.days > window {
                found.n_forgotten += 1;
            } else {
                found.n += 1;
                people.push(waiting);
            }
        }
        found.people = longest_first(people);
        found
    }

    fn sqls(&self) -> Sqls {
        let mut people: Vec<NewSql> = self
            .lives
            .lives
            .iter()
            .filter_map(|life| {
                let day = first_sql(life).filter(|day| self.week.holds(*day))?;
                let mql_day = life.mqls.iter().rev().map(|(mql, _)| *mql).find(|mql| *mql <= day);
                let days = mql_day.map(|mql| (day.0 - mql.0).max(0) as u32);
                Some(NewSql { person: self.person(life), day, mql_day, days })
            })
            .collect();
        people.sort_by(|a, b| (a.day, &a.person.lead_id).cmp(&(b.day, &b.person.lead_id)));
        people.truncate(MOST_LINES);
        Sqls { count: self.weekly("all", &|life| first_sql(life)), people }
    }
}

fn longest_first(mut people: Vec<Waiting>) -> Vec<Waiting> {
    people.sort_by(|a, b| (a.since, &a.person.lead_id).cmp(&(b.since, &b.person.lead_id)));
    people.truncate(MOST_LINES);
    people
}
