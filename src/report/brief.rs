//! What should the weekly meeting with sales talk about? Last week's MQLs against the usual, who was turned down and why,
//! who waits, and who became an SQL. A list of people, so it has ids (names only where they are asked for) and counts, and
//! no rates: a week is too short for one.
//!
//! A week is Monday to Sunday (ISO 8601). Usual is what all but the lowest and the highest of the twelve weeks before had.

use super::page::{Block, Cell, Column, Fact, Page, Row, Section, Table, Tone, Unit};
use super::trust::{self, Trust, TrustLevel};
use super::{Tool, format};
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
    let view = View { plan, lives, week };
    let touches_known = view.are_touches_known();
    let empty_page = Page {
        eyebrow: String::new(),
        headline: String::new(),
        lede: String::new(),
        facts: Vec::new(),
        sections: Vec::new(),
        footer: String::new(),
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
    brief.page = page(plan, lives, &brief);
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

// ---- Words ----

fn page(plan: &Plan, lives: &Lives, brief: &Brief) -> Page {
    let fact = |label: &str, text: String| Fact { label: label.to_string(), text };
    let mut sections = vec![mqls(brief), rejected(brief)];
    if brief.touches_known {
        sections.extend([hand_raisers(brief), overdue(brief)]);
    } else {
        let text = "Who waits for sales cannot be told: the data do not record when sales takes up an MQL (working, or accepted). Export that stage, or the date of the first sales activity, to see it.";
        let blocks = vec![Block::Prose { text: text.into() }];
        sections.push(Section { id: "waiting".into(), title: "Who waits cannot be told".into(), blocks });
    }
    sections.push(sqls(brief));
    let tone = match brief.trust.level {
        TrustLevel::Trusted => None,
        TrustLevel::WithCare => Some(Tone::Warn),
        TrustLevel::NotReliable => Some(Tone::Bad),
    };
    if let (Some(tone), Some(first)) = (tone, sections.first_mut()) {
        first.blocks.insert(0, Block::Note { tone, text: brief.trust.says.clone() });
    }
    Page {
        eyebrow: format!("Sales meeting brief · {}", plan.project),
        headline: headline(brief),
        lede: lede(brief),
        facts: vec![
            fact("Week", format!("{}, {} to {}", brief.week, brief.from, brief.to)),
            fact("Data through", format!("{} ({})", brief.as_of, brief.timezone)),
            fact("Waits counted up to", brief.as_of.to_string()),
        ],
        sections,
        footer: format!(
            "Made by leadgauge {} from {} files. A week of counts: what differs from the usual may still be chance.",
            env!("CARGO_PKG_VERSION"),
            lives.inputs.len()
        ),
    }
}

fn count(n: u64) -> String {
    format::count(n as f64)
}

fn headline(brief: &Brief) -> String {
    let some = |n: u64, noun: &str| if n == 0 { format!("no {noun}") } else { format::counted(n, noun) };
    let mut parts = vec![some(brief.mqls.n, "MQL"), some(brief.sqls.count.n, "new SQL")];
    if brief.touches_known && brief.hand_raisers.n > 0 {
        let wait = if brief.hand_raisers.n == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {wait} for an answer", format::counted(brief.hand_raisers.n, "hand-raiser")));
    } else if brief.overdue.n > 0 {
        let wait = if brief.overdue.n == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {wait} past {} days", format::counted(brief.overdue.n, "MQL"), brief.overdue.sla_days));
    }
    format!("Week {}: {}", brief.week, parts.join(", "))
}

/// "; usual is 25–40" and where the week lies.
fn usual(weekly: &Weekly) -> String {
    match weekly.usual {
        None => "; too few weeks before it to say what is usual".to_string(),
        Some(usual) => {
            let range = usual_range(usual);
            let place = match weekly.n {
                n if n < usual.low => ", so fewer than usual",
                n if n > usual.high => ", so more than usual",
                _ => "",
            };
            format!("; usual is {range}{place}")
        }
    }
}

fn usual_range(usual: Usual) -> String {
    if usual.low == usual.high { count(usual.low) } else { format!("{}–{}", count(usual.low), count(usual.high)) }
}

fn lede(brief: &Brief) -> String {
    let before = match brief.mqls.week_before {
        Some(n) => format!(" ({} the week before)", count(n)),
        None => String::new(),
    };
    let mut sentences = vec![format!("{}{before}{}.", format::counted(brief.mqls.n, "MQL"), usual(&brief.mqls))];
    sentences.push(match brief.rejected.n {
        0 => "No MQL was turned down or sent back.".to_string(),
        n => format!("{} turned down or sent back.", were(n)),
    });
    if brief.touches_known {
        sentences.push(match brief.overdue.n {
            0 => format!("No MQL waits past {} days.", brief.overdue.sla_days),
            n => format!("{} without a touch past {} days.", are(n), brief.overdue.sla_days),
        });
    }
    if let Some(end) = brief.data_end {
        sentences.push(format!("The data end on {end}, before the week does."));
    }
    sentences.join(" ")
}

/// "1 MQL was", "12 MQLs were".
fn were(n: u64) -> String {
    format!("{} {}", format::counted(n, "MQL"), if n == 1 { "was" } else { "were" })
}

/// "1 MQL is", "12 MQLs are".
fn are(n: u64) -> String {
    format!("{} {}", format::counted(n, "MQL"), if n == 1 { "is" } else { "are" })
}

fn column(label: &str, unit: Unit) -> Column {
    Column { label: label.to_string(), unit }
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

fn number(n: u64) -> Cell {
    Cell::Number(n as f64)
}

fn rows(lines: impl Iterator<Item = Vec<Cell>>) -> Vec<Row> {
    lines.map(|cells| Row { cells, tone: Tone::Neutral }).collect()
}

fn weekly_table(id: &str, title: &str, label: &str, weeklies: &[Weekly], note: &str) -> Block {
    let columns = vec![
        column(label, Unit::Text),
        column("This week", Unit::Count),
        column("Week before", Unit::Count),
        column("Usual", Unit::Text),
    ];
    let line = |weekly: &Weekly| {
        let before = weekly.week_before.map_or_else(|| Cell::Missing("before the data begin".into()), number);
        let usual =
            weekly.usual.map_or_else(|| Cell::Missing("too few weeks".into()), |usual| text(usual_range(usual)));
        vec![text(weekly.name.clone()), number(weekly.n), before, usual]
    };
    let rows = rows(weeklies.iter().map(line));
    Block::Table(Table { id: id.into(), title: title.into(), columns, rows, note: note.into() })
}

fn mqls(brief: &Brief) -> Section {
    let mut blocks = Vec::new();
    if brief.n_mqls_again > 0 {
        let again = match brief.n_mqls_again {
            1 => "1 person became an MQL again and is not in these counts.".to_string(),
            n => format!("{} people became an MQL again and are not in these counts.", count(n)),
        };
        blocks.push(Block::Prose { text: again });
    }
    let note = "First MQLs. Usual: what the twelve weeks before had, the lowest and the highest left out (of fewer weeks, all).";
    if !brief.by_channel.is_empty() {
        blocks.push(weekly_table("channels", "By source", "Source", &brief.by_channel, note));
    }
    if let Some(by_score) = &brief.by_score {
        let note = "Score at the MQL by the criteria in force; weeks before these are not compared.";
        blocks.push(weekly_table("scores", "By score", "Score", by_score, note));
    }
    if blocks.is_empty() {
        blocks.push(Block::Prose { text: "No MQL in this week or in the twelve before it.".into() });
    }
    Section {
        id: "mqls".into(),
        title: format!("{}{}", format::counted(brief.mqls.n, "MQL"), usual(&brief.mqls)),
        blocks,
    }
}

/// The columns that say who: the id, and names where they are asked for.
fn who_columns(people: &[&Person]) -> Vec<Column> {
    let mut columns = vec![column("Lead", Unit::Text)];
    let named = |part: fn(&Person) -> &Option<String>| people.iter().any(|person| part(person).is_some());
    if named(|person| &person.name) {
        columns.push(column("Name", Unit::Text));
    }
    if named(|person| &person.email) {
        columns.push(column("E-mail", Unit::Text));
    }
    if named(|person| &person.account) {
        columns.push(column("Account", Unit::Text));
    }
    columns.push(column("Source", Unit::Text));
    columns
}

fn who_cells(person: &Person, columns: &[Column]) -> Vec<Cell> {
    let known = |part: &Option<String>| match part {
        Some(words) => text(words.clone()),
        None => Cell::Missing("not in the data".into()),
    };
    columns
        .iter()
        .map(|column| match column.label.as_str() {
            "Lead" => text(person.lead_id.clone()),
            "Name" => known(&person.name),
            "E-mail" => known(&person.email),
            "Account" => known(&person.account),
            _ => text(person.channel.clone()),
        })
        .collect()
}

/// A list of people, cut with the count said.
fn people_table<T>(
    (id, title, note): (&str, &str, &str),
    all: u64,
    lines: &[T],
    person: fn(&T) -> &Person,
    more: (Vec<Column>, &dyn Fn(&T) -> Vec<Cell>),
) -> Block {
    let people: Vec<&Person> = lines.iter().map(person).collect();
    let who = who_columns(&people);
    let rows = rows(lines.iter().map(|line| {
        let mut cells = who_cells(person(line), &who);
        cells.extend(more.1(line));
        cells
    }));
    let cut = if all > lines.len() as u64 {
        format!("{} of {} are shown. ", count(lines.len() as u64), count(all))
    } else {
        String::new()
    };
    let columns = who.into_iter().chain(more.0).collect();
    let note = format!("{cut}{note}").trim().to_string();
    Block::Table(Table { id: id.into(), title: title.into(), columns, rows, note })
}

fn what(stage: Stage) -> &'static str {
    if stage == Stage::Recycled { "sent back" } else { "turned down" }
}

fn rejected(brief: &Brief) -> Section {
    let rejected = &brief.rejected;
    let id = "rejected".to_string();
    if rejected.n == 0 {
        let text = "No MQL was turned down (disqualified) or sent back to marketing (recycled) this week.".into();
        return Section { id, title: "No MQL was rejected".into(), blocks: vec![Block::Prose { text }] };
    }
    let said: Vec<String> = rejected
        .reasons
        .iter()
        .take(5)
        .map(|row| format!("{} {} for “{}”", count(row.n), what(row.stage), row.reason))
        .collect();
    let more = rejected.reasons.len().saturating_sub(5) as u64;
    let more = if more > 0 { format!(", and {}", format::counted(more, "more reason")) } else { String::new() };
    let mut blocks = vec![Block::Prose { text: format!("{}{more}.", said.join(", ")) }];
    let columns = vec![
        column("What was done", Unit::Text),
        column("Reason", Unit::Text),
        column("Day", Unit::Text),
        column("MQL since", Unit::Text),
    ];
    let cells = |line: &Rejection| {
        vec![
            text(what(line.stage)),
            text(line.reason.clone()),
            text(line.day.to_string()),
            text(line.mql_day.to_string()),
        ]
    };
    let note = "Before any SQL; reasons in the data's own words.";
    blocks.push(people_table(
        ("rejections", "Turned down or sent back", note),
        rejected.n,
        &rejected.people,
        |line| &line.person,
        (columns, &cells),
    ));
    Section { id, title: format!("{} rejected", were(rejected.n)), blocks }
}

fn waiting_columns(label: &str) -> Vec<Column> {
    vec![column(label, Unit::Text), column("Days", Unit::Count)]
}

fn waiting_cells(line: &Waiting) -> Vec<Cell> {
    vec![text(line.since.to_string()), number(u64::from(line.days))]
}

fn hand_raisers(brief: &Brief) -> Section {
    let found = &brief.hand_raisers;
    let id = "hand-raisers".to_string();
    let prose = |text: String| vec![Block::Prose { text }];
    let Some(action) = &found.action else {
        let text = "No type of action by which people ask for sales was found in the data. It is what [funnel] hand_raiser names in the project file, else the type with the most points in [[criteria]].";
        return Section { id, title: "Who asked for sales cannot be told".into(), blocks: prose(text.into()) };
    };
    if found.n == 0 {
        let text = format!(
            "Everybody with “{action}” in the last {REQUEST_DAYS} days is in the hands of sales, or has been turned down or sent back since."
        );
        return Section { id, title: "No hand-raiser waits".into(), blocks: prose(text) };
    }
    let note = format!(
        "Did “{action}” in the last {REQUEST_DAYS} days and are not in the hands of sales: neither taken up nor turned down since; longest wait first."
    );
    let mut columns = waiting_columns("Asked on");
    columns.push(column("Latest MQL", Unit::Text));
    let cells = |line: &Waiting| {
        let mut cells = waiting_cells(line);
        cells.push(line.mql_day.map_or_else(|| Cell::Missing("never an MQL".into()), |day| text(day.to_string())));
        cells
    };
    let blocks = vec![people_table(
        ("hand-raiser-list", "Waiting for an answer", &note),
        found.n,
        &found.people,
        |line| &line.person,
        (columns, &cells),
    )];
    let wait = if found.n == 1 { "waits" } else { "wait" };
    Section { id, title: format!("{} {wait}", format::counted(found.n, "hand-raiser")), blocks }
}

fn overdue(brief: &Brief) -> Section {
    let found = &brief.overdue;
    let days = format::counted(u64::from(found.sla_days), "day");
    let mut blocks = Vec::new();
    let mut sentences = Vec::new();
    if found.n_within > 0 {
        sentences.push(format!("{} still within the {days}.", are(found.n_within)));
    }
    if found.n_forgotten > 0 {
        sentences
            .push(format!("{} untouched for longer than MQL→SQL is followed, and not listed.", are(found.n_forgotten)));
    }
    if found.n == 0 && sentences.is_empty() {
        sentences.push("Every MQL has been touched, turned down or sent back.".into());
    }
    if !sentences.is_empty() {
        blocks.push(Block::Prose { text: sentences.join(" ") });
    }
    if found.n > 0 {
        let note = "Neither touched nor turned down since the MQL; longest wait first.";
        blocks.push(people_table(
            ("overdue-list", "MQLs that wait", note),
            found.n,
            &found.people,
            |line| &line.person,
            (waiting_columns("Since"), &waiting_cells),
        ));
    }
    let title = match found.n {
        0 => format!("No MQL waits past {days}"),
        n => format!("{} past the {days} that sales has", are(n)),
    };
    Section { id: "overdue".into(), title, blocks }
}

fn sqls(brief: &Brief) -> Section {
    let found = &brief.sqls;
    let id = "sqls".to_string();
    let title = format!("{}{}", format::counted(found.count.n, "new SQL"), usual(&found.count));
    if found.count.n == 0 {
        let text = "Nobody became an SQL this week.".into();
        return Section { id, title, blocks: vec![Block::Prose { text }] };
    }
    let columns = vec![column("SQL on", Unit::Text), column("MQL on", Unit::Text), column("Days between", Unit::Count)];
    let cells = |line: &NewSql| {
        let none = || Cell::Missing("never an MQL before".into());
        vec![
            text(line.day.to_string()),
            line.mql_day.map_or_else(none, |day| text(day.to_string())),
            line.days.map_or_else(none, |days| number(u64::from(days))),
        ]
    };
    let blocks = vec![people_table(
        ("sql-list", "Became an SQL", "The first SQL, or a later stage where there was none."),
        found.count.n,
        &found.people,
        |line| &line.person,
        (columns, &cells),
    )];
    Section { id, title, blocks }
}
