//! The words of the field as types: which stages, days, months and amounts are there, and how are they written?
//!
//! Days are project-local day numbers since 1970-01-01; months are `year * 12 + month - 1`; money is counted in
//! 1/10 000 of the currency, so that sums are exact and do not depend on the order of rows.

use chrono::{Datelike, NaiveDate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A place in the funnel. The order is the funnel's; the two side exits stand last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Known to marketing.
    Lead,
    /// Marketing-qualified: handed to sales.
    Mql,
    /// Picked up by sales (a touch).
    Working,
    /// Accepted by sales.
    Sal,
    /// Sales-qualified.
    Sql,
    /// An open opportunity.
    Opportunity,
    /// A won new-business deal.
    Customer,
    /// Turned down.
    Disqualified,
    /// Sent back to marketing.
    Recycled,
}

impl Stage {
    /// Every stage, in the order of the funnel.
    pub const ALL: [Stage; 9] = [
        Stage::Lead,
        Stage::Mql,
        Stage::Working,
        Stage::Sal,
        Stage::Sql,
        Stage::Opportunity,
        Stage::Customer,
        Stage::Disqualified,
        Stage::Recycled,
    ];

    /// The name used in tables, queries and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Lead => "lead",
            Stage::Mql => "mql",
            Stage::Working => "working",
            Stage::Sal => "sal",
            Stage::Sql => "sql",
            Stage::Opportunity => "opportunity",
            Stage::Customer => "customer",
            Stage::Disqualified => "disqualified",
            Stage::Recycled => "recycled",
        }
    }

    /// Position in the funnel, 0 for lead; side exits have none.
    pub fn position(self) -> Option<u8> {
        match self {
            Stage::Disqualified | Stage::Recycled => None,
            other => Some(other as u8),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Stage::ALL.into_iter().find(|stage| stage.name() == text).ok_or(())
    }
}

/// A project-local day: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day number of a calendar date.
    pub fn of(date: NaiveDate) -> Day {
        Day(date.num_days_from_ce() - 719_163)
    }

    /// The calendar date; days outside chrono's range end at its borders.
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(719_163)).unwrap_or(if self.0 < 0 {
            NaiveDate::MIN
        } else {
            NaiveDate::MAX
        })
    }

    /// The month that holds this day.
    pub fn month(self) -> Month {
        let date = self.date();
        Month(date.year() * 12 + date.month0() as i32)
    }

    /// This day moved by a whole number of days.
    pub fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

impl FromStr for Day {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| ())?;
        if (1..=9999).contains(&date.year()) { Ok(Day::of(date)) } else { Err(()) }
    }
}

/// A calendar month: `year * 12 + month - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The first day of the month.
    pub fn first_day(self) -> Day {
        let date = NaiveDate::from_ymd_opt(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1);
        date.map_or(Day(i32::MIN / 2), Day::of)
    }

    /// The last day of the month.
    pub fn last_day(self) -> Day {
        self.plus(1).first_day().plus(-1)
    }

    /// This month moved by a whole number of months.
    pub fn plus(self, months: i32) -> Month {
        Month(self.0.saturating_add(months))
    }

    /// "October 2026".
    pub fn long(self) -> String {
        self.first_day().date().format("%B %Y").to_string()
    }

    /// "October".
    pub fn name(self) -> String {
        self.first_day().date().format("%B").to_string()
    }

    /// "Oct".
    pub fn short(self) -> String {
        self.first_day().date().format("%b").to_string()
    }

    /// The calendar year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The number of days in the month.
    pub fn days(self) -> i32 {
        self.plus(1).first_day().0 - self.first_day().0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.0.rem_euclid(12) + 1)
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        format!("{text}-01").parse::<Day>().map(Day::month)
    }
}

/// An amount in 1/10 000 of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

impl Money {
    /// Units of the currency.
    pub fn units(self) -> f64 {
        self.0 as f64 / 10_000.0
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom(format!("expected a text like 2026-10-31, found `{text}`")))
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["2026-10-31"] })
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom(format!("expected a text like 2026-10, found `{text}`")))
    }
}

impl JsonSchema for Month {
    fn schema_name() -> Cow<'static, str> {
        "Month".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["2026-10"] })
    }
}
