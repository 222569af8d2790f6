//! Which counts do the traps rest on? Integer counts whose number does not grow with the leads.

use crate::vocabulary::{Day, Month};

/// What sets a group of worked leads apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Nothing: all of them.
    All,
    /// MQLs within 30 days of creation, by the month of creation.
    Early,
    /// The first-touch channel.
    Channel,
    /// One type of action gives more than half of the score at the MQL.
    Lone,
    /// "vanishes" or "stays" without opens and instant clicks.
    Email,
    /// A type of action was seen before the hand-over.
    Type,
    /// An attribute: band 1 = filled, 0 = missing.
    Attribute,
}

/// Worked, mature leads of one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkedCount {
    /// What sets it apart.
    pub group: Group,
    /// Its name.
    pub name: String,
    /// Score band at the hand-over, or what [`Group`] says.
    pub band: i64,
    /// Month of the hand-over, or what [`Group`] says; 0 where it does not matter.
    pub month: Month,
    /// Criteria version then, from 0.
    pub era: i64,
    /// Whether they became SQLs within the window.
    pub converted: bool,
    /// Leads.
    pub n: u64,
}

/// What a lead is or does in its first 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// Exists.
    All,
    /// Becomes an MQL.
    Mql,
    /// Clicks within two seconds of another action on an e-mail.
    Instant,
    /// Acts: actions of a type.
    Type,
    /// Comes from a channel.
    Channel,
    /// Has a value of an attribute.
    Attribute,
}

/// Leads that are at least 30 days old.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YoungCount {
    /// What they are or do.
    pub habit: Habit,
    /// Name of the type or the attribute.
    pub name: String,
    /// Channel, or value of the attribute.
    pub value: String,
    /// Actions of the type, from 1 to 20.
    pub n_actions: u32,
    /// Month of creation.
    pub month: Month,
    /// Criteria version then, from 0.
    pub era: i64,
    /// Leads.
    pub n: u64,
}

/// SQLs by whether a type of action was seen around them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AroundCount {
    /// The type; "" = every SQL.
    pub name: String,
    /// Seen from the day before the SQL to the day after it.
    pub near: bool,
    /// In how many spells of three days before that it was seen.
    pub ordinary: u32,
    /// How many such spells there are.
    pub spells: u32,
    /// SQLs.
    pub n: u64,
}

/// MQLs by their scored actions in 28 days.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchedCount {
    /// Whether the days follow an SQL; otherwise the MQL never became one.
    pub after_sql: bool,
    /// Weeks since creation.
    pub week: i64,
    /// Scored actions.
    pub n_actions: u32,
    /// MQLs.
    pub n: u64,
}

/// Mature MQLs by their score today and at the MQL moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndCount {
    /// Band of the score of the whole history.
    pub uncut_band: i64,
    /// Band of the score at the MQL moment.
    pub mql_band: i64,
    /// Whether they became SQLs.
    pub converted: bool,
    /// MQLs.
    pub n: u64,
}

/// Leads old enough to have reached the bar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HandCount {
    /// "missed", "quiet" or "reached".
    pub hand: String,
    /// Peak score band below the bar; −1 = an MQL.
    pub band: i64,
    /// Whether they became SQLs all the same.
    pub became_sql: bool,
    /// Leads.
    pub n: u64,
}

/// Everything that the search for traps counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Worked leads by group.
    pub worked: Vec<WorkedCount>,
    /// Leads by their first 30 days.
    pub young: Vec<YoungCount>,
    /// SQLs by what was seen around them.
    pub around: Vec<AroundCount>,
    /// MQLs by their actions in 28 days.
    pub watched: Vec<WatchedCount>,
    /// MQLs by their score today.
    pub ends: Vec<EndCount>,
    /// Leads that asked for sales.
    pub hands: Vec<HandCount>,
    /// Types read as opens of an e-mail.
    pub opens: Vec<String>,
    /// Types read as clicks in an e-mail.
    pub clicks: Vec<String>,
    /// The type by which a person asks for sales.
    pub hand_raiser: Option<String>,
    /// Types of action with points above 0 in the criteria in force, and their points.
    pub points: Vec<(String, f64)>,
    /// The bar in force.
    pub threshold: f64,
    /// Points a band of [`HandCount`] is wide.
    pub step: f64,
    /// First days of the criteria versions, oldest first; the first one rules before its own date, too.
    pub eras: Vec<Option<Day>>,
    /// The first month of leads with all their actions: of the first lead, or of the first action if that is later.
    pub first_month: Option<Month>,
    /// The last visible day.
    pub as_of: Option<Day>,
    /// Days that an MQL may take to become an SQL.
    pub window_days: u32,
    /// Why nothing could be counted, if so.
    pub missing: Option<String>,
    /// Of 1,000 leads, how many were looked at; 1,000 = all.
    pub drawn_of_1000: u64,
    /// Why there are no outcomes, if so.
    pub no_outcomes: Option<String>,
}
