//! What in the data would mislead whoever judges the score by them?
//!
//! Each family of traps looks at counts, tests what it suspects, and says what it found, what it did not find and what it
//! could not look for. A check compares groups by an exact or a score test, and asks for a material size besides; within a
//! family p values are adjusted (Benjamini and Hochberg), so that a funnel in which nothing is wrong shows nothing.

mod channels;
pub mod counts;
mod drift;
mod email;
mod groups;
mod hands;
mod leaks;
mod words;

use counts::Counts;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much a trap matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrapLevel {
    /// It falsifies scores, rates or advice: act before reading them.
    Warn,
    /// It is worth a look.
    Notice,
}

/// A trap that was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Trap {
    /// What kind: "sql_in_disguise", "sales_fills_score", …
    pub code: String,
    /// What it is about: a type of action, a channel, an attribute; "" = the whole.
    pub subject: String,
    /// How much it matters.
    pub level: TrapLevel,
    /// The finding in a few words.
    pub title: String,
    /// What, how many of how many, and what it does to the score.
    pub says: String,
    /// What to do about it.
    pub advice: String,
    /// The numbers behind it, by name; shares from 0 to 1.
    pub numbers: BTreeMap<String, f64>,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Result {
    /// The trap is there.
    Found,
    /// It was looked for and not found.
    NotFound,
    /// It could not be looked for.
    CannotTell,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Check {
    /// What kind of trap was looked for.
    pub code: String,
    /// A type of action, a channel, an attribute; "" = the whole.
    pub subject: String,
    /// What came of it.
    pub result: Result,
    /// Why it could not be looked for.
    pub why: Option<String>,
    /// p value after adjusting for the family's other checks; `null` where a search needs none.
    pub p: Option<f64>,
    /// The numbers, by name; shares from 0 to 1.
    pub numbers: BTreeMap<String, f64>,
}

/// The search for traps.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Traps {
    /// What was found, what matters most first.
    pub found: Vec<Trap>,
    /// Kinds that could not be looked for: a line a reason.
    pub not_looked_for: Vec<String>,
    /// Kinds that were looked for and not found, in words.
    pub none_of: Vec<String>,
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// Types of action read as opens of an e-mail.
    pub opens: Vec<String>,
    /// Types of action read as clicks in an e-mail.
    pub clicks: Vec<String>,
}

/// Largest adjusted p value of a claim.
const ALPHA: f64 = 0.05;

/// Searches for traps. `level` is that of the intervals.
pub fn find(counts: &Counts, level: f64) -> Traps {
    let mut traps = Traps { opens: counts.opens.clone(), clicks: counts.clicks.clone(), ..Traps::default() };
    let mut checks = Vec::new();
    if let Some(why) = &counts.missing {
        checks.push(Check::impossible(words::ANY, why.clone()));
    } else {
        leaks::look(counts, level, &mut checks);
        groups::look(counts, level, &mut checks);
        hands::look(counts, level, &mut checks);
        email::look(counts, level, &mut checks);
        drift::look(counts, level, &mut checks);
        channels::look(counts, level, &mut checks);
    }
    let is_found =
        |checks: &[Check], code: &str| checks.iter().any(|check| check.code == code && check.result == Result::Found);
    if is_found(&checks, "sales_fills_score") {
        // One trap seen twice: what sales logs is why the score knows the outcome.
        let area = checks.iter().find(|check| check.code == "score_knows_outcome").map(|check| check.numbers.clone());
        if let Some(cause) = checks.iter_mut().find(|check| check.code == "sales_fills_score") {
            let numbers =
                area.into_iter().flatten().filter(|(name, _)| name.starts_with("area") || name.starts_with("score"));
            cause.numbers.extend(numbers);
        }
    }
    let is_told = |check: &&Check| {
        check.result == Result::Found
            && !(check.code == "score_knows_outcome" && is_found(&checks, "sales_fills_score"))
    };
    for check in checks.iter().filter(is_told) {
        traps.found.extend(words::trap(check, counts));
    }
    traps.found.sort_by_key(|trap| trap.level);
    let mut codes: Vec<&str> = checks.iter().map(|check| check.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for code in codes {
        let of_code = || checks.iter().filter(|check| check.code == code);
        // What a name tells is found, whether it could be proved or not.
        let is_named = code == "wrong_crowd" && is_found(&checks, "other_purpose");
        if is_named || of_code().any(|check| check.result == Result::Found) {
            continue;
        }
        if of_code().any(|check| check.result == Result::NotFound) {
            traps.none_of.push(words::name(code).to_string());
            continue;
        }
        let why = of_code().find_map(|check| check.why.clone()).unwrap_or_default();
        reasons.entry(why).or_default().push(code);
    }
    traps.not_looked_for = reasons.iter().map(|(why, codes)| words::not_looked_for(codes, why)).collect();
    if (1..1000).contains(&counts.drawn_of_1000) {
        traps.not_looked_for.push(format!(
            "Traps are looked for in {} of 1,000 leads, drawn by a hash of their ids: all counts here are theirs.",
            counts.drawn_of_1000
        ));
    }
    traps.checks = checks;
    traps
}

impl Check {
    /// A check that could not be made.
    fn impossible(code: &str, why: String) -> Check {
        Check {
            code: code.to_string(),
            subject: String::new(),
            result: Result::CannotTell,
            why: Some(why),
            p: None,
            numbers: BTreeMap::new(),
        }
    }

    /// A check with its numbers; those that are no numbers are left out.
    fn of(code: &str, subject: &str, result: Result, p: Option<f64>, numbers: &[(&str, f64)]) -> Check {
        let known = numbers.iter().filter(|(_, value)| value.is_finite());
        Check {
            code: code.to_string(),
            subject: subject.to_string(),
            result,
            why: None,
            p,
            numbers: known.map(|(name, value)| ((*name).to_string(), *value + 0.0)).collect(),
        }
    }
}

/// `Found` where every condition holds.
fn found_if(conditions: &[bool]) -> Result {
    if conditions.iter().all(|holds| *holds) { Result::Found } else { Result::NotFound }
}
