//! What happens in the invented company? Leads arrive, act, cross the bar, are worked by sales, and buy or do not.
//!
//! ```text
//! channel c, day d (season x weekday x share of c in the month), company -> size, industry, country; job title -> fit f
//! latent intent  u = intent_c + N(0, 1)
//! logit p        = INTERCEPT + 1.4 u + f + 0.2 u [f > 0.5] - 1.2 jobseeker + junk_c + month effect   (p = P(SQL | worked fresh))
//! staleness      logit p(t) = logit p - min(1.5, 0.015 max(0, t - 30)),  t = days from creation to the MQL
//! action k       Poisson(base_k exp(load_k u) appetite_kc talk), talk ~ Gamma(4, 1/4); 80 % within Exp(15 d), 20 % uniform in 180 d
//! MQL            the first instant at which the score under the criteria in force reaches the threshold
//! worked         92 %, LogNormal(0.8 d) after the MQL, in business hours; an MQL that is not picked up keeps 0.3 p
//! SQL            [U < p(t)], 0.1 d + Weibull(scale_c, shape_c) after the pick-up, moved to business hours
//! ```
//! Nobody sees the intent; the score sees its traces. Times are seconds since 1970-01-01 on the project's own clock.

use super::Settings;
use super::random::{Purpose, Random, exp, logistic, power};
use crate::vocabulary::{Day, Month};

/// A day in seconds.
pub(super) const DAY: i64 = 86_400;
/// Days that a conversion to SQL may take.
pub(super) const WINDOW_DAYS: i64 = 90;
/// What an SQL is worth, in EUR.
pub(super) const VALUE_PER_SQL: f64 = 1_000.0;
/// Sales' time on one MQL, in EUR.
pub(super) const SALES_COST_PER_MQL: f64 = 130.0;

/// Samples of at least so many months have a spring in which twice as many syndicated leads were bought.
pub(super) const MONTHS_WITH_A_PUSH: u32 = 12;

const INTERCEPT: f64 = -3.15;
/// What an MQL that nobody picks up keeps of its chance.
const NOT_WORKED_FACTOR: f64 = 0.3;
/// Days after creation in which marketing's activities can happen.
const HORIZON_DAYS: f64 = 180.0;

/// A marketing channel and how its leads are.
pub(super) struct Channel {
    /// Name in the files.
    pub name: &'static str,
    /// What other tools call it; planted now and then.
    pub aliases: &'static [&'static str],
    /// Campaigns, drawn evenly.
    pub campaigns: &'static [&'static str],
    share: f64,
    intent: f64,
    /// Log-odds that the activity does not show: a report downloaded for its own sake.
    junk: f64,
    /// Spend per lead in EUR.
    pub cost_per_lead: f64,
    lag_scale_days: f64,
    lag_shape: f64,
}

/// The channels; content syndication is the dear one, referral the good one.
pub(super) const CHANNELS: [Channel; 7] = [
    Channel {
        name: "organic_search",
        aliases: &["SEO", "Organic"],
        campaigns: &[""],
        share: 0.21,
        intent: 0.20,
        junk: 0.0,
        cost_per_lead: 0.0,
        lag_scale_days: 22.0,
        lag_shape: 1.0,
    },
    Channel {
        name: "paid_search",
        aliases: &["Google Ads", "PPC"],
        campaigns: &["search-brand", "search-capacity-planning", "search-competitors"],
        share: 0.21,
        intent: 0.22,
        junk: 0.0,
        cost_per_lead: 82.0,
        lag_scale_days: 16.0,
        lag_shape: 1.0,
    },
    Channel {
        name: "paid_social",
        aliases: &["Facebook", "LinkedIn Ads", "Paid Social"],
        campaigns: &["social-leadgen-forms", "social-retargeting"],
        share: 0.18,
        intent: -0.30,
        junk: 0.0,
        cost_per_lead: 44.0,
        lag_scale_days: 26.0,
        lag_shape: 0.9,
    },
    Channel {
        name: "webinar",
        aliases: &["Webinars"],
        campaigns: &["webinar-shift-planning", "webinar-s-and-op-basics"],
        share: 0.11,
        intent: 0.0,
        junk: 0.0,
        cost_per_lead: 58.0,
        lag_scale_days: 20.0,
        lag_shape: 1.1,
    },
    Channel {
        name: "content_syndication",
        aliases: &["Content Synd."],
        campaigns: &["syndication-benchmark-report", "syndication-buyers-guide"],
        share: 0.13,
        intent: -0.45,
        junk: -0.85,
        cost_per_lead: 105.0,
        lag_scale_days: 32.0,
        lag_shape: 0.9,
    },
    Channel {
        name: "referral",
        aliases: &["Partner"],
        campaigns: &[""],
        share: 0.08,
        intent: 0.75,
        junk: 0.0,
        cost_per_lead: 18.0,
        lag_scale_days: 12.0,
        lag_shape: 1.1,
    },
    Channel {
        name: "event",
        aliases: &["Trade Show"],
        campaigns: &["fair-hannover", "fair-stuttgart", "user-day"],
        share: 0.08,
        intent: -0.05,
        junk: 0.0,
        cost_per_lead: 125.0,
        lag_scale_days: 30.0,
        lag_shape: 1.0,
    },
];
/// Position of content syndication in [`CHANNELS`].
pub(super) const SYNDICATION: usize = 4;
/// Position of events in [`CHANNELS`].
pub(super) const EVENT: usize = 6;

/// Types of action, as the marketing automation writes them.
pub(super) const ACTIONS: [&str; 8] = [
    "email_open",
    "email_click",
    "site_visit",
    "pricing_page",
    "webinar",
    "content_download",
    "demo_request",
    "careers_page",
];
const SITE_VISIT: usize = 2;
const WEBINAR: usize = 4;
const DOWNLOAD: usize = 5;
/// Position of `demo_request` in [`ACTIONS`].
pub(super) const DEMO: usize = 6;
const CAREERS: usize = 7;
const ACTION_BASE: [f64; 8] = [1.50, 0.46, 1.10, 0.26, 0.09, 0.20, 0.065, 0.02];
const ACTION_LOAD: [f64; 8] = [0.10, 0.75, 0.65, 1.05, 0.50, 0.03, 1.25, 0.0];

/// Job titles: text, group (0 leads the company … 5 student), weight.
pub(super) const TITLES: [(&str, usize, f64); 17] = [
    ("CEO", 0, 0.03),
    ("Managing Director", 0, 0.03),
    ("Chief Operating Officer", 0, 0.02),
    ("VP Operations", 1, 0.03),
    ("Head of Operations", 1, 0.05),
    ("Head of Planning", 1, 0.03),
    ("Director of Operations", 2, 0.06),
    ("Plant Director", 2, 0.05),
    ("IT Director", 2, 0.05),
    ("Operations Manager", 3, 0.12),
    ("Production Manager", 3, 0.10),
    ("IT Manager", 3, 0.08),
    ("Production Planner", 4, 0.12),
    ("Business Analyst", 4, 0.08),
    ("Supply Chain Specialist", 4, 0.07),
    ("Student", 5, 0.05),
    ("Intern", 5, 0.03),
];
const TITLE_FIT: [f64; 6] = [0.5, 0.6, 0.35, 0.0, -0.4, -1.6];
/// Company sizes: text, weight, effect on the log-odds.
pub(super) const SIZES: [(&str, f64, f64); 5] = [
    ("1-10", 0.20, -0.6),
    ("11-50", 0.27, -0.1),
    ("51-200", 0.22, 0.35),
    ("201-1000", 0.18, 0.45),
    ("1000+", 0.13, 0.1),
];
/// Industries: text, weight, effect on the log-odds.
pub(super) const INDUSTRIES: [(&str, f64, f64); 6] = [
    ("manufacturing", 0.33, 0.3),
    ("logistics", 0.18, 0.2),
    ("retail", 0.14, 0.0),
    ("software", 0.15, 0.0),
    ("finance", 0.09, -0.1),
    ("education", 0.11, -0.5),
];
/// Countries and their weights.
pub(super) const COUNTRIES: [(&str, f64); 9] = [
    ("DE", 0.42),
    ("AT", 0.10),
    ("CH", 0.10),
    ("NL", 0.10),
    ("FR", 0.08),
    ("PL", 0.06),
    ("BE", 0.05),
    ("SE", 0.05),
    ("DK", 0.04),
];

/// January … December.
const SEASON: [f64; 12] = [0.97, 1.0, 1.07, 1.02, 1.0, 0.96, 0.80, 0.74, 1.10, 1.18, 1.10, 0.70];
const EVENT_SEASON: [f64; 12] = [0.6, 0.6, 1.8, 1.0, 1.4, 0.8, 0.2, 0.1, 2.0, 1.6, 1.4, 0.2];
/// Monday … Sunday.
const WEEKDAY: [f64; 7] = [1.0, 1.12, 1.10, 1.05, 0.85, 0.28, 0.30];

/// A version of the MQL criteria.
pub(super) struct Criteria {
    /// Score that makes an MQL.
    pub threshold: i32,
    points: [i32; 8],
    /// Email opens that count at most.
    open_cap: u32,
    title: [i32; 6],
    size: [i32; 5],
    industry: [i32; 6],
}

/// The first version: downloads weigh much, job titles nothing, every open counts.
pub(super) const CRITERIA_BEFORE: Criteria = Criteria {
    threshold: 80,
    points: [5, 10, 10, 20, 30, 35, 40, 0],
    open_cap: u32::MAX,
    title: [0; 6],
    size: [10, 10, 15, 15, 15],
    industry: [10; 6],
};
/// The second version.
pub(super) const CRITERIA_AFTER: Criteria = Criteria {
    threshold: 100,
    points: [5, 10, 10, 25, 20, 15, 50, 0],
    open_cap: 10,
    title: [20, 20, 15, 10, 5, 0],
    size: [0, 5, 15, 15, 10],
    industry: [10, 10, 5, 5, 5, 0],
};

/// Something a lead did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Action {
    /// When.
    pub at: i64,
    /// Position in [`ACTIONS`].
    pub kind: u8,
}

/// A person, and what becomes of them; times may lie after `as_of` (the truth knows the future, the files do not).
#[derive(Clone, Debug, Default)]
pub(super) struct Lead {
    /// When the person became known.
    pub created: i64,
    /// Position in [`CHANNELS`].
    pub channel: usize,
    /// Position among the channel's campaigns.
    pub campaign: usize,
    /// Number of the company.
    pub account: usize,
    /// Position in [`TITLES`].
    pub title: usize,
    /// Position in [`SIZES`].
    pub size: usize,
    /// Whether the form's company size was left empty.
    pub size_left_empty: bool,
    /// Position in [`INDUSTRIES`].
    pub industry: usize,
    /// Position in [`COUNTRIES`].
    pub country: usize,
    /// In time order.
    pub actions: Vec<Action>,
    /// Log-odds of an SQL if worked on the first day.
    log_odds: f64,
    /// First MQL.
    pub mql: Option<i64>,
    /// Picked up by sales.
    pub worked: Option<i64>,
    /// Whether the pick-up was a trial below the bar.
    pub explored: bool,
    /// True chance that the first MQL ever becomes an SQL; 0 without an MQL.
    pub chance: f64,
    /// First SQL.
    pub sql: Option<i64>,
    /// Days after a weekend on which an SQL of that weekend is entered.
    slack: i64,
    /// Disqualified (0) or recycled (1), when, and why.
    pub side_exit: Option<(usize, i64, &'static str)>,
    /// MQL again, after the recycling.
    pub second_mql: Option<i64>,
    /// SQL of the second episode.
    pub second_sql: Option<i64>,
    /// Opportunity opened.
    pub opportunity: Option<i64>,
    /// Opportunity closed.
    pub closed: Option<i64>,
    /// Whether it was won.
    pub won: bool,
    /// Its amount in whole EUR.
    pub amount: i64,
}

/// All leads of a sample, and the calendar they live in.
pub(super) struct World {
    /// What was asked for.
    pub settings: Settings,
    /// First month.
    pub start: Month,
    /// Last visible day.
    pub as_of: Day,
    /// First instant after `as_of`.
    pub end: i64,
    /// First day of the second criteria version.
    pub changed_on: Day,
    /// First day on which leads below the bar are worked on purpose.
    pub explored_from: Day,
    /// In order of creation.
    pub leads: Vec<Lead>,
}

/// Midnight at the beginning of a day.
pub(super) fn midnight(day: Day) -> i64 {
    i64::from(day.0) * DAY
}

/// The day of an instant.
pub(super) fn day_of(at: i64) -> Day {
    Day(i32::try_from(at.div_euclid(DAY)).unwrap_or(i32::MAX))
}

/// Monday = 0.
fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// The last month of every sample.
fn last_month() -> Month {
    Month(2026 * 12 + 9)
}

impl World {
    /// The world of valid settings.
    pub(super) fn new(settings: &Settings) -> World {
        let months = settings.months as i32;
        let start = last_month().plus(1 - months);
        // With 24 months: 2024-11 … 2026-10, the bar is raised on 2025-09-01 and trials begin on 2026-02-01.
        let changed = start.plus(months * 10 / 24);
        let as_of = last_month().last_day();
        let mut world = World {
            settings: settings.clone(),
            start,
            as_of,
            end: midnight(as_of.plus(1)),
            changed_on: changed.first_day(),
            explored_from: last_month().plus(-8).max(changed).first_day(),
            leads: Vec::new(),
        };
        world.leads = world.people(settings.leads as usize, settings.seed);
        world
    }

    /// Other people of the same kind, to compute what is true of the process and not of one draw.
    pub(super) fn population(&self, n: usize) -> Vec<Lead> {
        let mut salt = Random::stream(self.settings.seed, Purpose::Population, 0);
        self.people(n, salt.between(0, i64::MAX) as u64)
    }

    fn channel_shares(&self, month: Month) -> [f64; 7] {
        let mut shares = CHANNELS.map(|channel| channel.share);
        shares[EVENT] *= EVENT_SEASON[month.0.rem_euclid(12) as usize];
        // The push: eight to five months before the end twice as many syndicated leads were bought.
        if self.settings.months >= MONTHS_WITH_A_PUSH
            && (last_month().plus(-7)..=last_month().plus(-4)).contains(&month)
        {
            shares[SYNDICATION] *= 2.0;
        }
        shares
    }

    fn people(&self, n: usize, seed: u64) -> Vec<Lead> {
        let (first, last) = (self.start.first_day(), self.as_of);
        let mut reached = 0.0;
        let upto: Vec<f64> = (first.0..=last.0)
            .map(|number| {
                let month = Day(number).month();
                let growth = 1.0 + 0.008 * f64::from(month.0 - self.start.0);
                let season = SEASON[month.0.rem_euclid(12) as usize];
                let shares: f64 = self.channel_shares(month).iter().sum();
                reached += season * growth * shares * WEEKDAY[weekday(i64::from(number))];
                reached
            })
            .collect();
        let mut arrivals = Random::stream(seed, Purpose::Arrivals, 0);
        let mut created: Vec<i64> = (0..n)
            .map(|_| {
                let target = arrivals.unit() * reached;
                let day = upto.partition_point(|sum| *sum <= target).min(upto.len() - 1) as i64 + i64::from(first.0);
                // 07:00–21:00, most of it around 14:00.
                let hour = 7.0 + 7.0 * (arrivals.unit() + arrivals.unit());
                day * DAY + (hour * 3_600.0) as i64
            })
            .collect();
        created.sort_unstable();
        let mut months = Random::stream(seed, Purpose::Months, 0);
        let effects: Vec<f64> = (0..self.settings.months).map(|_| 0.10 * months.normal()).collect();
        created.iter().enumerate().map(|(index, at)| self.lead(*at, index, n, seed, &effects)).collect()
    }

    fn lead(&self, created: i64, index: usize, n: usize, seed: u64, month_effects: &[f64]) -> Lead {
        let mut random = Random::stream(seed, Purpose::Lead, index as u64);
        let month = day_of(created).month();
        let channel = random.pick(&self.channel_shares(month));
        let account = random.below((n * 3 / 4).max(1));
        let mut company = Random::stream(seed, Purpose::Accounts, account as u64);
        let mut lead = Lead {
            created,
            channel,
            campaign: random.below(CHANNELS[channel].campaigns.len()),
            account,
            title: random.pick(&TITLES.map(|title| title.2)),
            size: company.pick(&SIZES.map(|size| size.1)),
            size_left_empty: random.happens(0.01),
            industry: company.pick(&INDUSTRIES.map(|industry| industry.1)),
            country: company.pick(&COUNTRIES.map(|country| country.1)),
            ..Lead::default()
        };
        let fit = TITLE_FIT[TITLES[lead.title].1] + SIZES[lead.size].2 + INDUSTRIES[lead.industry].2;
        let intent = CHANNELS[channel].intent + random.normal();
        let jobseeker = random.happens(0.05);
        let month_effect = month_effects.get((month.0 - self.start.0) as usize).copied().unwrap_or(0.0);
        lead.log_odds = INTERCEPT + 1.4 * intent + fit + CHANNELS[channel].junk + month_effect;
        if fit > 0.5 {
            lead.log_odds += 0.2 * intent;
        }
        if jobseeker {
            lead.log_odds -= 1.2;
        }
        lead.actions = actions(&mut random, &lead, intent, jobseeker);
        self.journey(&mut random, &mut lead, intent, fit);
        lead
    }

    /// What becomes of a lead whose attributes and actions are known.
    fn journey(&self, random: &mut Random, lead: &mut Lead, intent: f64, fit: f64) {
        // Luck is drawn whether it is needed or not, so that other criteria would meet the same people with the same luck.
        let luck = random.unit();
        let lag_days = random.weibull(CHANNELS[lead.channel].lag_scale_days, CHANNELS[lead.channel].lag_shape);
        let picked_up = random.happens(0.92);
        let pick_up_days = 0.8 * exp(0.7 * random.normal());
        let self_serve = random.happens(0.10 * logistic(lead.log_odds));
        let self_serve_days = 5.0 + random.exponential(40.0);
        let tried = random.happens(0.05);
        lead.slack = slack(random);
        let bar = self.first_crossing(lead);

        let self_served = self_serve.then(|| business(random, later(lead.created, self_serve_days)));
        let trial = tried.then(|| business(random, later(lead.created, 30.0)));
        let trial = trial.filter(|at| *at >= midnight(self.explored_from));
        let before = |at: i64, other: Option<i64>| other.is_none_or(|other| at < other);
        if let Some(at) = self_served.filter(|at| before(*at, bar) && before(*at, trial)) {
            lead.sql = Some(at);
        } else if let Some(at) = trial.filter(|at| before(*at, bar)) {
            // From here on sales has the lead, so the score no longer makes it an MQL.
            (lead.worked, lead.explored) = (Some(at), true);
            if luck < chance_at(lead, at) {
                lead.sql = Some(business(random, later(at, 0.1 + lag_days)));
            }
        } else if let Some(at) = bar {
            lead.mql = Some(at);
            lead.worked = picked_up.then(|| business_after(random, later(at, pick_up_days), 0));
            lead.chance = chance_at(lead, at) * if picked_up { 1.0 } else { NOT_WORKED_FACTOR };
            if luck < lead.chance {
                let raw = later(lag_origin(lead), 0.1 + lag_days);
                lead.sql = Some(business_after(random, raw, lead.slack));
            }
        }
        self.side_exit(random, lead);
        self.deal(random, lead, intent, fit);
    }

    fn side_exit(&self, random: &mut Random, lead: &mut Lead) {
        let fate = random.unit();
        let (short, long) = (1.0 + random.gamma(1.5, 12.0), 3.0 + random.gamma(2.0, 18.0));
        let again = random.happens(0.25);
        let again_days = 10.0 + random.exponential(60.0);
        let second_luck = random.unit();
        let second_days = 1.0 + random.weibull(CHANNELS[lead.channel].lag_scale_days, 1.0);
        let Some(worked) = lead.worked.filter(|_| lead.sql.is_none()) else { return };
        let student = TITLES[lead.title].1 == 5;
        if fate < 0.55 || student {
            let reasons: [&'static str; 4] = ["bad fit", "no budget", "no project", "not reached"];
            let reason = if student { "student" } else { reasons[random.below(4)] };
            lead.side_exit = Some((0, business(random, later(worked, short)), reason));
        } else if fate < 0.80 {
            let reasons: [&'static str; 3] = ["not now", "no reply", "other project first"];
            let at = business(random, later(worked, long));
            lead.side_exit = Some((1, at, reasons[random.below(3)]));
            if again && lead.mql.is_some() {
                let back = business(random, later(at, again_days));
                lead.second_mql = Some(back);
                if second_luck < 0.4 * lead.chance {
                    lead.second_sql = Some(business(random, later(back, second_days)));
                }
            }
        }
    }

    fn deal(&self, random: &mut Random, lead: &mut Lead, intent: f64, fit: f64) {
        let opens = random.happens(0.85);
        let wins = random.happens(logistic(-0.95 + 0.3 * intent + 0.4 * fit));
        let days = 4.0 + random.gamma(2.0, 25.0);
        let amount = [1_700.0, 2_500.0, 4_000.0, 6_000.0, 9_000.0][lead.size] * exp(0.45 * random.normal());
        let Some(sql) = lead.sql.or(lead.second_sql).filter(|_| opens) else { return };
        let opportunity = business(random, later(sql, 0.4 * days));
        lead.opportunity = Some(opportunity);
        lead.closed = Some(business(random, later(opportunity, 0.6 * days)));
        lead.won = wins;
        // Prices are lists of round numbers.
        lead.amount = ((amount / 60.0).round() as i64).max(10) * 60;
    }

    /// The first instant at which the criteria in force make the lead an MQL.
    fn first_crossing(&self, lead: &Lead) -> Option<i64> {
        let change = midnight(self.changed_on);
        let mut counts = [0_u32; 8];
        let mut instants: Vec<i64> = lead.actions.iter().map(|action| action.at).collect();
        instants.push(lead.created);
        if lead.created < change {
            instants.push(change);
        }
        instants.sort_unstable();
        instants.dedup();
        let mut next = 0;
        for at in instants {
            while let Some(action) = lead.actions.get(next).filter(|action| action.at <= at) {
                counts[usize::from(action.kind)] += 1;
                next += 1;
            }
            let criteria = if at < change { &CRITERIA_BEFORE } else { &CRITERIA_AFTER };
            if score(lead, &counts, criteria) >= criteria.threshold {
                return Some(at);
            }
        }
        None
    }
}

/// Fit and points under the criteria.
fn score(lead: &Lead, counts: &[u32; 8], criteria: &Criteria) -> i32 {
    let size = if lead.size_left_empty { 0 } else { criteria.size[lead.size] };
    let fit = size + criteria.title[TITLES[lead.title].1] + criteria.industry[lead.industry];
    let actions: i32 = counts
        .iter()
        .zip(criteria.points)
        .enumerate()
        .map(|(kind, (count, points))| {
            let counted = if kind == 0 { (*count).min(criteria.open_cap) } else { *count };
            points * i32::try_from(counted).unwrap_or(i32::MAX)
        })
        .sum();
    fit + actions
}

/// The chance of an SQL for each threshold of `grid` (ascending) under the second criteria's points: `None` where the lead never gets there.
pub(super) fn chances_by_threshold(lead: &Lead, grid: &[i32]) -> Vec<Option<f64>> {
    let mut counts = [0_u32; 8];
    let mut chances = Vec::with_capacity(grid.len());
    let mut reach = |counts: &[u32; 8], at: i64| {
        let reached = score(lead, counts, &CRITERIA_AFTER);
        while grid.get(chances.len()).is_some_and(|threshold| reached >= *threshold) {
            // Not every MQL is picked up; the rule must live with that.
            chances.push(Some(chance_at(lead, at) * (0.92 + 0.08 * NOT_WORKED_FACTOR)));
        }
    };
    reach(&counts, lead.created);
    for action in &lead.actions {
        counts[usize::from(action.kind)] += 1;
        reach(&counts, action.at);
    }
    chances.resize(grid.len(), None);
    chances
}

/// The chance of an SQL if sales gets the lead at this instant.
fn chance_at(lead: &Lead, at: i64) -> f64 {
    let days = (at - lead.created) as f64 / DAY as f64;
    logistic(lead.log_odds - (0.015 * (days - 30.0).max(0.0)).min(1.5))
}

/// Where the lag to the SQL begins: at the pick-up; a lead nobody picks up calls by itself, a day later.
fn lag_origin(lead: &Lead) -> i64 {
    lead.worked.unwrap_or(lead.mql.unwrap_or(lead.created) + DAY)
}

/// The chance that an MQL that converts does so within `days` calendar days of its MQL.
pub(super) fn converted_within(lead: &Lead, days: i64) -> f64 {
    let Some(mql) = lead.mql else { return 0.0 };
    let channel = &CHANNELS[lead.channel];
    let reached = |at: i64| {
        let lag_days = (at - lag_origin(lead)) as f64 / DAY as f64 - 0.1;
        if lag_days <= 0.0 { 0.0 } else { 1.0 - exp(-power(lag_days / channel.lag_scale_days, channel.lag_shape)) }
    };
    // Moved to business hours, an instant keeps its day unless that day has closed ...
    let mut last = mql.div_euclid(DAY) + days;
    last -= (weekday(last) as i64 - 4).max(0);
    let monday = last - weekday(last) as i64;
    let chance = reached(last * DAY + CLOSES);
    // ... or unless it fell on the weekend before and waits for a day after the last one.
    if lead.slack <= last - monday {
        return chance;
    }
    chance - (reached(monday * DAY) - reached((monday - 3) * DAY + CLOSES))
}

fn later(at: i64, days: f64) -> i64 {
    at + (days * DAY as f64) as i64
}

const OPENS: i64 = 8 * 3_600;
const CLOSES: i64 = 18 * 3_600;

/// The instant itself in business hours (Monday to Friday, 08:00 to 18:00); otherwise the morning of a business day.
fn business(random: &mut Random, at: i64) -> i64 {
    let slack = slack(random);
    business_after(random, at, slack)
}

/// What comes in over the weekend is not all seen to on Monday: days after it.
fn slack(random: &mut Random) -> i64 {
    random.pick(&[0.42, 0.33, 0.25]) as i64
}

fn business_after(random: &mut Random, at: i64, slack: i64) -> i64 {
    let spread = random.between(0, 12_600);
    let (mut day, second) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    if weekday(day) < 5 && (OPENS..CLOSES).contains(&second) {
        return at;
    }
    if second >= CLOSES {
        day += 1;
    }
    if weekday(day) >= 5 {
        day += 7 - weekday(day) as i64 + slack;
    }
    day * DAY + OPENS + spread
}

/// An instant of the day on which people read mail and visit pages; most of what would fall on a weekend comes in the week after.
fn daytime(random: &mut Random, at: i64, not_before: i64) -> i64 {
    let mut day = at.div_euclid(DAY);
    if weekday(day) >= 5 && random.happens(0.6) {
        day += 7 - weekday(day) as i64 + random.between(0, 5);
    }
    let second = (7.0 + 7.5 * (random.unit() + random.unit())) * 3_600.0;
    let at = day * DAY + second as i64;
    // On the day of creation: within the hours after it.
    if at > not_before { at } else { not_before + 60 + (random.exponential(2_400.0) as i64).min(5_400) }
}

fn actions(random: &mut Random, lead: &Lead, intent: f64, jobseeker: bool) -> Vec<Action> {
    let talk = random.gamma(4.0, 0.25);
    let mut actions = Vec::new();
    for kind in 0..ACTIONS.len() {
        let appetite = match (CHANNELS[lead.channel].name, kind) {
            // Syndicated readers collect reports and get the newsletter.
            ("content_syndication", 0 | DOWNLOAD) => 2.2,
            ("webinar", WEBINAR) => 2.5,
            ("referral", DEMO) => 1.3,
            _ => 1.0,
        };
        let base = if kind == CAREERS && jobseeker { 1.5 } else { ACTION_BASE[kind] * appetite };
        let mut n = random.poisson((base * exp(ACTION_LOAD[kind] * intent) * talk).min(40.0));
        if kind == DEMO {
            n = n.min(2);
        }
        for _ in 0..n {
            let days = if random.happens(0.8) { random.exponential(15.0) } else { HORIZON_DAYS * random.unit() };
            let at = daytime(random, later(lead.created, days.min(HORIZON_DAYS)), lead.created);
            actions.push(Action { at, kind: kind as u8 });
        }
    }
    // What brought the lead in.
    let (kind, p, days) = match CHANNELS[lead.channel].name {
        "content_syndication" => (DOWNLOAD, 1.0, 0.0),
        "paid_social" => (DOWNLOAD, 0.6, 0.0),
        "paid_search" | "organic_search" => (DOWNLOAD, 0.25, 0.0),
        "webinar" => (WEBINAR, 0.55, 7.0),
        _ => (SITE_VISIT, 0.3, 0.0),
    };
    if random.happens(p) {
        let at = if days > 0.0 { daytime(random, later(lead.created, days), lead.created) } else { lead.created + 20 };
        actions.push(Action { at, kind: kind as u8 });
    }
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// What the files show of a lead's activity after the journey began: sales' own traces, which no score should learn from.
pub(super) fn traces(random: &mut Random, lead: &Lead) -> Vec<Action> {
    let mut traces = Vec::new();
    let Some(sql) = lead.sql.filter(|_| lead.mql.is_some()) else { return traces };
    // The sales representative logs the meeting as a demo request a quarter of an hour before the stage is set.
    if random.happens(0.4) && lead.mql.is_some_and(|mql| mql < sql - 900) {
        traces.push(Action { at: sql - 900, kind: DEMO as u8 });
    }
    for _ in 0..random.poisson(2.0) {
        let days = random.exponential(10.0);
        let at = daytime(random, later(sql, days), sql);
        traces.push(Action { at, kind: [0, SITE_VISIT as u8, 3][random.below(3)] });
    }
    traces
}
