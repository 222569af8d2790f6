//! What do the company's tools export, and which faults are in it? Rows of the five tables, with faults planted and counted.
//!
//! The rows are what a CRM, a marketing automation and a spend sheet would hand out on `as_of`: nothing later is in them, except
//! what was planted as a fault. Every fault is drawn from the leads or rows that can have it, so that its count is exact.

use super::random::{Purpose, Random};
use super::world::{self, ACTIONS, Action, CHANNELS, DAY, EVENT, Lead, World};
use crate::vocabulary::{Day, Month};
use serde::Serialize;

/// Domain of the invented company; leads from it are tests.
pub(super) const OWN_DOMAIN: &str = "pegelwerk.example";

/// How many faults of each kind are in the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Dirt {
    pub duplicate_leads: u32,
    pub blank_channels: u32,
    pub channel_aliases: u32,
    pub channels_not_set: u32,
    pub blank_company_sizes: u32,
    pub test_leads: u32,
    pub orphan_activities: u32,
    pub activities_after_as_of: u32,
    pub duplicate_activities: u32,
    pub sql_before_mql: u32,
    pub unparseable_dates: u32,
    pub unknown_stage_labels: u32,
    pub negative_spend_rows: u32,
    pub missing_spend_months: u32,
}

/// What a lead's row says about its channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Recorded {
    /// The channel's own name.
    #[default]
    Name,
    /// Nothing.
    Blank,
    /// "(not set)", which the project file calls unknown.
    NotSet,
    /// Another tool's name for it, by position in the channel's aliases.
    Alias(usize),
}

impl Recorded {
    /// The channel that a right reading of the row finds; `None` = blank.
    pub(super) fn channel(self, channel: usize) -> Option<&'static str> {
        match self {
            Recorded::Blank => None,
            Recorded::NotSet => Some("unknown"),
            Recorded::Name | Recorded::Alias(_) => Some(CHANNELS[channel].name),
        }
    }
}

/// A row of leads.csv.
pub(super) struct LeadRow {
    /// The number in the id.
    pub id: usize,
    /// Position in [`World::leads`].
    pub lead: usize,
    pub created: i64,
    pub recorded: Recorded,
    /// Whether the row is a second record of a person (address in capitals, no job title).
    pub second: bool,
}

/// A row of stage_history.csv.
pub(super) struct StageRow {
    pub id: usize,
    pub stage: &'static str,
    pub at: i64,
    pub reason: &'static str,
    /// Written instead of the instant.
    pub misprint: Option<&'static str>,
}

/// A row of activities.csv.
#[derive(Clone, Copy)]
pub(super) struct ActivityRow {
    pub id: usize,
    pub action: Action,
}

/// A row of deals.csv.
pub(super) struct DealRow {
    pub id: usize,
    pub opened: Day,
    pub closed: Option<Day>,
    pub status: &'static str,
    pub amount: i64,
    pub kind: &'static str,
}

/// A row of spend.csv.
#[derive(Clone, Copy)]
pub(super) struct SpendRow {
    pub month: Month,
    pub channel: usize,
    /// In cents.
    pub cents: i64,
}

/// The tables, and what was done to them.
pub(super) struct Export {
    pub leads: Vec<LeadRow>,
    pub stages: Vec<StageRow>,
    pub activities: Vec<ActivityRow>,
    pub deals: Vec<DealRow>,
    pub spend: Vec<SpendRow>,
    /// What was truly spent, missing month and correction included.
    pub spent_cents: Vec<SpendRow>,
    pub dirt: Dirt,
    /// Leads (positions) whose row carries the company's own domain.
    pub tests: Vec<bool>,
    /// Leads (positions) whose SQL is recorded before their MQL.
    pub sql_first: Vec<bool>,
    /// What the rows say about the leads' channels.
    pub recorded: Vec<Recorded>,
}

impl Export {
    /// The export of a world.
    pub(super) fn of(world: &World) -> Export {
        let mut random = Random::stream(world.settings.seed, Purpose::Dirt, 0);
        let n = world.leads.len();
        let mut export = Export {
            leads: Vec::new(),
            stages: Vec::new(),
            activities: Vec::new(),
            deals: Vec::new(),
            spend: Vec::new(),
            spent_cents: Vec::new(),
            dirt: Dirt::default(),
            tests: vec![false; n],
            sql_first: vec![false; n],
            recorded: vec![Recorded::Name; n],
        };
        let seconds = export.plant_in_leads(world, &mut random);
        for (index, lead) in world.leads.iter().enumerate() {
            export.stages_of(world, index, lead);
            export.activities_of(world, &mut random, index, lead, seconds[index]);
            export.deals_of(world, &mut random, index, lead);
        }
        export.plant_in_stages(world, &mut random);
        export.plant_in_activities(world, &mut random);
        export.spend(world);
        export.leads.sort_by_key(|row| (row.created, row.id));
        export.stages.sort_by_key(|row| row.at);
        export.activities.sort_by_key(|row| row.action.at);
        export.deals.sort_by_key(|row| (row.opened, row.id));
        export
    }

    /// Rows of leads.csv; returns each lead's second record, as (id, created).
    fn plant_in_leads(&mut self, world: &World, random: &mut Random) -> Vec<Option<(usize, i64)>> {
        let n = world.leads.len();
        // Disjoint sets, so that one fault does not hide another.
        let mut free: Vec<usize> = (0..n).collect();
        let mut take = |random: &mut Random, share: f64, fits: &dyn Fn(usize) -> bool| {
            let chosen = random.choose(free.iter().copied().filter(|at| fits(*at)).collect(), scaled(n, share));
            free.retain(|at| chosen.binary_search(at).is_err());
            chosen
        };
        let any = |_: usize| true;
        let tests = take(random, 0.0023, &any);
        let blank = take(random, 0.0080, &any);
        let not_set = take(random, 0.0065, &any);
        let aliases = take(random, 0.0300, &any);
        let twice = take(random, 0.0060, &|at| {
            let lead = &world.leads[at];
            let second = lead.created + 3 * DAY;
            second < world.end && [lead.mql, lead.worked, lead.sql].iter().flatten().all(|event| *event > second)
        });
        let mut seconds = vec![None; n];
        for (number, at) in twice.iter().enumerate() {
            let created = world.leads[*at].created + 2 * DAY + random.between(0, DAY / 4);
            seconds[*at] = Some((n + 1 + number, created));
        }
        tests.iter().for_each(|at| self.tests[*at] = true);
        blank.iter().for_each(|at| self.recorded[*at] = Recorded::Blank);
        not_set.iter().for_each(|at| self.recorded[*at] = Recorded::NotSet);
        for at in &aliases {
            let names = CHANNELS[world.leads[*at].channel].aliases.len();
            self.recorded[*at] = Recorded::Alias(random.below(names));
        }
        for (at, lead) in world.leads.iter().enumerate() {
            let row =
                LeadRow { id: at + 1, lead: at, created: lead.created, recorded: self.recorded[at], second: false };
            self.leads.push(row);
            if let Some((id, created)) = seconds[at] {
                self.leads.push(LeadRow { id, lead: at, created, recorded: Recorded::Name, second: true });
            }
        }
        self.dirt.duplicate_leads = count(twice.len());
        self.dirt.blank_channels = count(blank.len());
        self.dirt.channels_not_set = count(not_set.len());
        self.dirt.channel_aliases = count(aliases.len());
        self.dirt.test_leads = count(tests.len());
        self.dirt.blank_company_sizes = count(world.leads.iter().filter(|lead| lead.size_left_empty).count());
        seconds
    }

    fn stages_of(&mut self, world: &World, index: usize, lead: &Lead) {
        let trial = if lead.explored { "exploration" } else { "" };
        let self_serve =
            if lead.sql.is_some() && lead.worked.is_none() && lead.mql.is_none() { "self-serve" } else { "" };
        let exit = lead.side_exit.map(|(kind, at, reason)| (["Disqualified", "Recycled"][kind], Some(at), reason));
        let customer = lead.closed.filter(|_| lead.won);
        let entries = [
            ("Lead", Some(lead.created), ""),
            ("Marketing Qualified Lead", lead.mql, ""),
            ("Working", lead.worked, trial),
            ("Sales Qualified Lead", lead.sql, self_serve),
            exit.unwrap_or(("Recycled", None, "")),
            ("Marketing Qualified Lead", lead.second_mql, "re-scored"),
            ("Sales Qualified Lead", lead.second_sql, ""),
            ("Opportunity", lead.opportunity, ""),
            ("Customer", customer, ""),
        ];
        for (stage, at, reason) in entries {
            if let Some(at) = at.filter(|at| *at < world.end) {
                self.stages.push(StageRow { id: index + 1, stage, at, reason, misprint: None });
            }
        }
    }

    fn activities_of(
        &mut self,
        world: &World,
        random: &mut Random,
        index: usize,
        lead: &Lead,
        second: Option<(usize, i64)>,
    ) {
        let mut actions = lead.actions.clone();
        actions.extend(world::traces(random, lead));
        actions.sort_unstable();
        actions.dedup();
        for action in actions.into_iter().filter(|action| action.at < world.end) {
            // What a person with two records does lands on either.
            let id = match second {
                Some((id, created)) if action.at > created && random.happens(0.5) => id,
                _ => index + 1,
            };
            self.activities.push(ActivityRow { id, action });
        }
    }

    fn deals_of(&mut self, world: &World, random: &mut Random, index: usize, lead: &Lead) {
        let renews = random.happens(0.8);
        let (Some(opened), Some(closed)) = (lead.opportunity.filter(|at| *at < world.end), lead.closed) else { return };
        let done = closed < world.end;
        let status = if !done { "open" } else { ["lost", "won"][usize::from(lead.won)] };
        let (opened, closed) = (world::day_of(opened), world::day_of(closed));
        let id = index + 1;
        let closed_on = done.then_some(closed);
        self.deals.push(DealRow { id, opened, closed: closed_on, status, amount: lead.amount, kind: "new" });
        // A year later the contract is renewed at a slightly higher price: revenue, but no new customer.
        let renewed = closed.plus(360);
        if lead.won && renews && renewed <= world.as_of {
            let amount = lead.amount * 21 / 20 / 60 * 60;
            let opened = renewed.plus(-30);
            self.deals.push(DealRow { id, opened, closed: Some(renewed), status: "won", amount, kind: "renewal" });
        }
    }

    fn plant_in_stages(&mut self, world: &World, random: &mut Random) {
        let n = world.leads.len();
        let all = 0..n;
        let open = |at: &usize| !self.tests[*at];
        // The representative set the stage SQL by hand two days before the score caught up.
        let early = |at: &usize| {
            let lead = &world.leads[*at];
            let waited = lead.mql.is_some_and(|mql| mql - lead.created > 4 * DAY && mql < world.end);
            waited && lead.sql.is_some_and(|sql| sql < world.end)
        };
        let chosen = random.choose(all.clone().filter(open).filter(early).collect(), scaled(n, 0.0012));
        for at in &chosen {
            self.sql_first[*at] = true;
            let moved = world.leads[*at].mql.map_or(0, |mql| (mql - 2 * DAY).div_euclid(DAY) * DAY + 39_600);
            // Rows still stand in the order of the leads.
            let first = self.stages.partition_point(|row| row.id <= *at);
            let is_sql = |row: &&mut StageRow| row.stage == "Sales Qualified Lead";
            if let Some(row) = self.stages[first..].iter_mut().take_while(|row| row.id == at + 1).find(is_sql) {
                row.at = moved;
            }
        }
        self.dirt.sql_before_mql = count(chosen.len());

        let unmoved = |at: &usize| {
            let lead = &world.leads[*at];
            lead.mql.is_none() && lead.worked.is_none() && lead.sql.is_none() && lead.created + 11 * DAY < world.end
        };
        let open = |at: &usize| !self.tests[*at];
        let nurtured = random.choose(all.filter(open).filter(unmoved).collect(), scaled(n, 0.0015));
        self.dirt.unknown_stage_labels = count(nurtured.len());
        for at in nurtured {
            let at_noon = (world.leads[at].created + 10 * DAY).div_euclid(DAY) * DAY + 43_200;
            self.stages.push(StageRow { id: at + 1, stage: "Nurture", at: at_noon, reason: "", misprint: None });
        }

        let worked = |(_, row): &(usize, &StageRow)| row.stage == "Working" && row.reason.is_empty();
        let rows = self.stages.iter().enumerate().filter(worked).map(|(at, _)| at).collect();
        // What a spreadsheet saves when the column was too narrow.
        for at in random.choose(rows, 1) {
            self.stages[at].misprint = Some("########");
            self.dirt.unparseable_dates = 1;
        }
    }

    fn plant_in_activities(&mut self, world: &World, random: &mut Random) {
        let n = self.activities.len();
        let clean = n;
        for at in random.choose((0..clean).collect(), scaled(n, 0.0030)) {
            self.activities.push(self.activities[at]);
            self.dirt.duplicate_activities += 1;
        }
        // Ids of leads that were deleted in the CRM.
        let deleted = world.leads.len() + 900;
        for (number, at) in random.choose((0..clean).collect(), scaled(n, 0.0007)).into_iter().enumerate() {
            self.activities.push(ActivityRow { id: deleted + 7 * number, ..self.activities[at] });
            self.dirt.orphan_activities += 1;
        }
        // A computer whose clock is ahead.
        for at in random.choose((0..clean).collect(), scaled(n, 0.00035)) {
            let wrong =
                world.end + random.between(DAY, 40 * DAY).div_euclid(DAY) * DAY + 36_000 + random.between(0, 3_600);
            let row = self.activities[at];
            self.activities.push(ActivityRow { action: Action { at: wrong, ..row.action }, ..row });
            self.dirt.activities_after_as_of += 1;
        }
    }

    fn spend(&mut self, world: &World) {
        let months = world.settings.months as usize;
        let mut random = Random::stream(world.settings.seed, Purpose::Spend, 0);
        let mut leads = vec![[0_u32; 7]; months];
        for lead in &world.leads {
            let month = (world::day_of(lead.created).month().0 - world.start.0) as usize;
            leads[month][lead.channel] += 1;
        }
        for (channel, about) in CHANNELS.iter().enumerate().filter(|(_, about)| about.cost_per_lead > 0.0) {
            for at in 0..months {
                // Stands are paid half a month ahead on average; everything else in the month of the lead.
                let next = leads.get(at + 1).map_or(leads[at][channel], |next| next[channel]);
                let mut counted = f64::from(leads[at][channel]);
                if channel == EVENT {
                    counted = (counted + f64::from(next)) / 2.0;
                }
                let noise = 1.0 + 0.07 * random.normal();
                let cents = (about.cost_per_lead * counted * noise.max(0.5) * 100.0).round() as i64;
                self.spent_cents.push(SpendRow { month: world.start.plus(at as i32), channel, cents });
            }
        }
        self.spent_cents.sort_by_key(|row| (row.month, row.channel));
        let last = world.as_of.month();
        let (missing, corrected) = ((last.plus(-5), 2), (last.plus(-8), 1));
        for row in &self.spent_cents {
            if (row.month, row.channel) == missing && row.month >= world.start {
                self.dirt.missing_spend_months += 1;
                continue;
            }
            let wrong = (row.month, row.channel) == corrected && row.cents > 0;
            // Booked too high by a tenth, and taken back by a row of its own.
            let back = if wrong { -(row.cents / 10) } else { 0 };
            self.spend.push(SpendRow { cents: row.cents - back, ..*row });
            if back < 0 {
                self.spend.push(SpendRow { cents: back, ..*row });
                self.dirt.negative_spend_rows += 1;
            }
        }
    }
}

/// A share of `n`, rounded, but at least one.
fn scaled(n: usize, share: f64) -> usize {
    ((n as f64 * share).round() as usize).max(1)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The word of an action.
pub(super) fn action_name(action: Action) -> &'static str {
    ACTIONS[usize::from(action.kind)]
}
