//! What came of each version of the criteria, and did the last change work?
//!
//! Each version is judged by the MQLs of its own days. The last change is judged by two spans of equal length around it,
//! without its first 30 days: when a bar moves, the leads between the old one and the new one all become MQL at once, or
//! for a while none do. Everything is counted per lead created in the same days, channel by channel (Kitagawa 1955), so
//! that neither more leads nor another mix of channels is taken for an effect; SQLs are adjusted for those still to come
//! (C/A); variances are multiplied by φ, the months' swing within the versions; and where the same months of the
//! year before lie under one version, what changed then is taken off as season.
//!
//! By value where economics are known: one test at 5 %. Otherwise by SQLs and by MQL→SQL, at 2.5 % each; when the one
//! rises and the other falls, that is a trade and no verdict.

use crate::config::plan::Plan;
use crate::facts::{Facts, Transition};
use crate::metrics::acquisition::CostPer;
use crate::metrics::change::{self, Comparison, Effect, News};
use crate::metrics::funnel::{Cohorts, Rate};
use crate::metrics::{self, Estimate, Known, MonthRow};
use crate::report::format;
use crate::stats::decomposition::{self, Side};
use crate::stats::maturity::LagCurve;
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::proportion;
use crate::stats::special;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Days in an average month.
const MONTH_DAYS: f64 = 365.25 / 12.0;
/// Days after a change that belong to neither side.
const SETTLING_DAYS: i32 = 30;
/// Days after the first lead in which there are only fresh leads, which convert better than the later mixture.
const START_UP_DAYS: i32 = 90;
/// Days that each side must have at least, and has at most.
const LEAST_DAYS: i32 = 60;
const MOST_DAYS: i32 = 365;
/// Share of the SQLs of the MQLs since the change that must normally have come.
const LEAST_MATURITY: f64 = 0.5;
/// A year in whole weeks.
const YEAR_DAYS: i32 = 364;
/// Leads of a channel on each side from which on it is compared by itself.
const LEAST_OF_A_CHANNEL: u64 = 50;
/// Level of each of two tests of which none may be wrong more often than one time in twenty together.
const LEVEL_OF_TWO: f64 = 0.975;
/// MQLs per lead from which on the leads are no more than the MQLs.
const ALL_MQLS: f64 = 0.95;
/// Leads for each lead, where MQLs are taken for a Poisson count.
const MANY: f64 = 1e3;

/// The versions of the criteria and the last change.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Versions {
    /// A row a version that has been in force, oldest first.
    pub rows: Vec<VersionRow>,
    /// The last change; `null` = there was none within the data.
    pub last_change: Option<LastChange>,
}

/// What came of a version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionRow {
    /// First day in force within the data.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// The bar.
    pub threshold: f64,
    /// Recorded first MQLs.
    pub mqls: u64,
    /// A month.
    pub mqls_per_month: Option<f64>,
    /// MQL→SQL, adjusted for SQLs still to come, with the months' swing in its interval.
    pub mql_to_sql: Rate,
    /// Spend ÷ MQLs over the report months that lie wholly within; empty where there are none, or spend is not known.
    pub cost_per_mql: Estimate,
}

/// Whether the last change worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worked {
    /// More came of the same leads, beyond chance.
    Better,
    /// Less came of the same leads, beyond chance.
    Worse,
    /// SQLs and MQL→SQL moved in opposite directions, and without economics neither outweighs the other.
    Trade,
    /// No difference can be measured.
    NoMeasurableDifference,
    /// It cannot be told yet.
    TooEarly,
    /// It cannot be told: there is too little before the change.
    CannotBeTold,
}

/// The last change of the criteria.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LastChange {
    /// First day of the criteria now in force.
    pub effective_from: Day,
    /// The bar before.
    pub threshold_before: f64,
    /// The bar since.
    pub threshold_after: f64,
    /// Whether it worked.
    pub verdict: Worked,
    /// From which day's data on it can be told, if it is too early.
    pub tellable_from: Option<Day>,
    /// The days before that are compared.
    pub before: Option<Span>,
    /// The days after that are compared, as many.
    pub after: Option<Span>,
    /// MQLs a month: after less before, at the same inflow and mix of leads.
    pub mqls_per_month: Option<Effect>,
    /// SQLs a month, those still to come included, at the same inflow and mix of leads.
    pub sqls_per_month: Option<Effect>,
    /// Value of the SQLs less sales' cost of the MQLs, a month, at the same inflow and mix of leads; `null` = no economics.
    pub profit_per_month: Option<Effect>,
    /// MQL→SQL of the same spans: whole change, at the same mix of channels, and what the mix did.
    pub mql_to_sql: Option<Comparison>,
    /// MQL→SQL at the same mix of channels, the season taken off where that is possible: what the verdict rests on without
    /// economics.
    pub rate_effect: Option<Effect>,
    /// The change in what the verdict rests on (value a month, without economics MQL→SQL) that such data show eight times in
    /// ten; smaller ones stay unseen more often.
    pub visible: Option<f64>,
    /// What is compared with.
    pub season: Season,
    /// How much more than chance months differ in MQLs per lead.
    pub phi_of_volume: f64,
    /// How much more than chance months differ in MQL→SQL.
    pub phi_of_rate: f64,
    /// In sentences, the verdict first.
    pub says: Vec<String>,
    /// What to keep in mind with it.
    pub caveats: Vec<String>,
}

/// Days that are compared.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Span {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Leads created.
    pub leads: u64,
    /// Recorded first MQLs.
    pub mqls: u64,
    /// Their SQLs within the window, those still to come included.
    pub sqls: Option<f64>,
    /// MQL→SQL.
    pub mql_to_sql: Option<f64>,
}

/// Whether season is accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// What changed between the same days a year earlier is taken off.
    AccountedFor,
    /// The data do not hold the same days a year earlier under one version.
    NotAccountedFor,
}

/// Judges the versions. `months` are the report's, for the cost.
pub fn judge(plan: &Plan, facts: &Facts, as_of: Day, known: &Known, months: &[MonthRow]) -> Versions {
    let starts = |wanted: Transition| facts.transitions.iter().filter(move |row| row.transition == wanted);
    let first_mql = starts(Transition::MqlToSql).map(|row| row.start).min();
    let (Some(first_mql), false) = (first_mql, plan.criteria.is_empty()) else { return Versions::default() };
    let first_lead =
        starts(Transition::LeadToMql).map(|row| row.start).min().map_or(first_mql, |day| day.min(first_mql));
    let cohorts = Cohorts::new(&facts.transitions, plan, as_of, first_lead.month(), as_of.month(), known);
    let mut eras: Vec<Era> = Vec::new();
    for criteria in &plan.criteria {
        let from = criteria.effective_from.filter(|_| !eras.is_empty()).unwrap_or(first_mql).max(first_mql);
        if from > as_of {
            continue;
        }
        if let Some(last) = eras.last_mut() {
            last.to = from.plus(-1);
        }
        // A version before the first MQL has ruled over nothing.
        eras.retain(|era| era.from <= era.to);
        eras.push(Era { from, to: as_of, threshold: criteria.threshold });
    }
    let judge = Judge { plan, cohorts: &cohorts, eras: &eras, first_lead, known };
    let rows = eras.iter().map(|era| judge.row(era, months)).collect();
    let last_change = match eras.as_slice() {
        [.., before, after] => Some(judge.last_change(*before, *after)),
        _ => None,
    };
    Versions { rows, last_change }
}

/// The days of a version.
#[derive(Clone, Copy)]
struct Era {
    from: Day,
    to: Day,
    threshold: f64,
}

/// What came of the leads of a channel, or of several, on one side.
#[derive(Clone, Copy)]
struct Yield {
    leads: f64,
    mqls: f64,
    share: f64,
    n_effective: f64,
}

/// What is counted per lead.
#[derive(Clone, Copy)]
enum Measure {
    Mqls,
    Sqls,
    Profit(f64, f64),
}

impl Yield {
    /// What a lead brings, as a side of a comparison. MQLs are a Poisson count, SQLs a share of them, and months swing in
    /// both.
    fn per_lead(&self, measure: Measure, swing: &Swing) -> Side {
        let (of_mql, of_share) = match measure {
            Measure::Mqls => (1.0, 0.0),
            Measure::Sqls => (self.share, 1.0),
            Measure::Profit(value, cost) => (value * self.share - cost, value),
        };
        let chance = self.share * (1.0 - self.share) / self.n_effective.max(1.0);
        let of_volume = swing.volume.phi * self.mqls.max(1.0) * of_mql.powi(2);
        let variance = of_volume + swing.rate.phi * (self.mqls * of_share).powi(2) * chance;
        let leads = self.leads.max(1.0);
        Side { n: self.leads, rate: Some(self.mqls * of_mql / leads), variance: variance / leads.powi(2) }
    }
}

/// How much more than chance months differ within the versions.
struct Swing {
    /// In MQLs per lead.
    volume: Overdispersion,
    /// In MQL→SQL.
    rate: Overdispersion,
}

impl Swing {
    /// How many standard errors are needed, by the less well known of the two.
    fn quantile(&self, level: f64) -> f64 {
        self.volume.quantile(level).max(self.rate.quantile(level))
    }

    fn effect(&self, value: f64, standard_error: f64) -> Effect {
        let reach = self.quantile(change::LEVEL_OF_NEWS) * standard_error;
        let news = if value.abs() > reach { News::Change } else { News::Noise };
        Effect { value, low: value - reach, high: value + reach, standard_error, news }
    }
}

/// The effects of two spans.
struct Effects {
    mqls: Effect,
    sqls: Effect,
    profit: Option<Effect>,
    rates: Comparison,
}

struct Judge<'a> {
    plan: &'a Plan,
    cohorts: &'a Cohorts<'a>,
    eras: &'a [Era],
    first_lead: Day,
    known: &'a Known,
}

impl Judge<'_> {
    fn row(&self, era: &Era, months: &[MonthRow]) -> VersionRow {
        let rate = self.cohorts.part_rate(Transition::MqlToSql, (era.from, era.to), None);
        let inside: Vec<&MonthRow> =
            months.iter().filter(|row| row.month.first_day() >= era.from && row.month.last_day() <= era.to).collect();
        let spend = inside.iter().try_fold(0.0, |sum, row| Some(sum + row.cost_spend?));
        let counts: Vec<f64> = inside.iter().map(|row| row.cost_mqls as f64).collect();
        let mqls: u64 = inside.iter().map(|row| row.cost_mqls).sum();
        let swing = Overdispersion {
            phi: metrics::swing_of_counts(&counts),
            degrees_of_freedom: (2 * counts.len().saturating_sub(1) / 3) as u32,
            months: counts.len(),
        };
        let cost = CostPer { spend: spend.filter(|_| !inside.is_empty()), mqls };
        let days = f64::from(era.to.0 - era.from.0 + 1);
        VersionRow {
            from: era.from,
            to: era.to,
            threshold: era.threshold,
            mqls: rate.n,
            mqls_per_month: Some(rate.n as f64 / days * MONTH_DAYS),
            mql_to_sql: self.swung(rate),
            cost_per_mql: cost.per_count(swing, self.plan.verdict.level),
        }
    }

    /// A rate with the months' swing in its interval.
    fn swung(&self, rate: Rate) -> Rate {
        let phi = self.cohorts.phi_within(Transition::MqlToSql, &self.months());
        let (Some(share), Some(n)) = (rate.estimate, rate.n_effective) else { return rate };
        let n = phi.effective(n);
        let limits = proportion::wilson_with(share.min(1.0) * n, n, phi.quantile(self.plan.verdict.level));
        Rate { low: limits.map(|limits| limits.low), high: limits.map(|limits| limits.high), ..rate }
    }

    /// The whole months of each version, those of the start-up left out.
    fn months(&self) -> Vec<Vec<Month>> {
        let usual = self.usual_from();
        let whole = |era: &Era| {
            let months = (era.from.month().0..=era.to.month().0).map(Month);
            let inside = |month: &Month| month.first_day() >= era.from.max(usual) && month.last_day() <= era.to;
            months.filter(inside).collect()
        };
        self.eras.iter().map(whole).collect()
    }

    /// First day that is no start-up and has outcomes recorded.
    fn usual_from(&self) -> Day {
        let covered = self.cohorts.coverage().get(Transition::MqlToSql.name()).copied();
        let usual = self.first_lead.plus(START_UP_DAYS);
        covered.map_or(usual, |day| usual.max(day))
    }

    fn last_change(&self, before: Era, after: Era) -> LastChange {
        let as_of = self.cohorts.as_of;
        let mut found = LastChange {
            effective_from: after.from,
            threshold_before: before.threshold,
            threshold_after: after.threshold,
            verdict: Worked::CannotBeTold,
            tellable_from: None,
            before: None,
            after: None,
            mqls_per_month: None,
            sqls_per_month: None,
            profit_per_month: None,
            mql_to_sql: None,
            rate_effect: None,
            visible: None,
            season: Season::NotAccountedFor,
            phi_of_volume: 1.0,
            phi_of_rate: 1.0,
            says: Vec::new(),
            caveats: Vec::new(),
        };
        let change = format!(
            "The change of {} (bar {} → {})",
            format::day(after.from),
            format::grouped(before.threshold, 0),
            format::grouped(after.threshold, 0)
        );
        if let Some(why) = self.known.sqls.why() {
            found.says.push(format!("{change} cannot be judged: {why}."));
            return found;
        }
        let first = before.from.max(self.usual_from());
        let days_before = after.from.0 - first.0;
        if days_before < LEAST_DAYS {
            found.says.push(format!(
                "{change} cannot be judged: the data hold {} usable days before it under the criteria of that time, and {LEAST_DAYS} are needed. The first {START_UP_DAYS} days after the first lead do not count: all leads are fresh then.",
                days_before.max(0)
            ));
            return found;
        }
        let settled = after.from.plus(SETTLING_DAYS);
        let needed = self.days_needed((first, after.from.plus(-1)));
        found.tellable_from = needed.map(|days| settled.plus(days - 1)).filter(|day| *day > as_of);
        let too_early = |found: &mut LastChange| {
            found.verdict = Worked::TooEarly;
            let from = match found.tellable_from {
                Some(day) => format!("with data through {} or later", format::day(day)),
                None => "once more of the MQLs since then have had time to become SQLs".to_string(),
            };
            found.says.push(format!(
                "Whether the change of {} (bar {} → {}) worked is too early to tell; it can be told {from}.",
                format::day(found.effective_from),
                format::grouped(found.threshold_before, 0),
                format::grouped(found.threshold_after, 0)
            ));
        };
        if needed.is_none() || found.tellable_from.is_some() {
            too_early(&mut found);
            return found;
        }
        let length = (as_of.0 - settled.0 + 1).min(days_before).min(MOST_DAYS);
        let spans = ((after.from.plus(-length), after.from.plus(-1)), (settled, settled.plus(length - 1)));
        let swing = self.swing(spans);
        let Some(effects) = self.effects(spans, &swing) else {
            too_early(&mut found);
            return found;
        };
        let back = |(from, to): (Day, Day)| (from.plus(-YEAR_DAYS), to.plus(-YEAR_DAYS));
        let year_ago = (back(spans.0), back(spans.1));
        let is_one_era = self.eras.iter().any(|era| era.from <= year_ago.0.0 && era.to >= year_ago.1.1);
        let usual = year_ago.0.0 >= self.usual_from();
        let season = if is_one_era && usual { self.effects(year_ago, &swing) } else { None };
        found.before = Some(self.span(spans.0));
        found.after = Some(self.span(spans.1));
        (found.phi_of_volume, found.phi_of_rate) = (swing.volume.phi, swing.rate.phi);
        let net = |pick: &dyn Fn(&Effects) -> Option<Effect>| -> Option<Effect> {
            let effect = pick(&effects)?;
            Some(match season.as_ref().and_then(pick) {
                Some(season) => without(&effect, &season),
                None => effect,
            })
        };
        found.mqls_per_month = net(&|effects| Some(effects.mqls));
        found.sqls_per_month = net(&|effects| Some(effects.sqls));
        found.profit_per_month = net(&|effects| effects.profit);
        found.rate_effect = net(&|effects| Some(effects.rates.rate_effect));
        found.mql_to_sql = Some(effects.rates.clone());
        found.season = if season.is_some() { Season::AccountedFor } else { Season::NotAccountedFor };
        let level = if found.profit_per_month.is_some() { change::LEVEL_OF_NEWS } else { LEVEL_OF_TWO };
        let errors = swing.quantile(level) + special::normal_quantile(0.8);
        found.visible = found.profit_per_month.or(found.rate_effect).map(|effect| errors * effect.standard_error);
        found.verdict = verdict(&found, &swing);
        found.says = says(&found, &self.plan.currency);
        found.caveats = caveats(&found, &swing);
        found
    }

    /// Days after the settling that are needed for half of the SQLs to have come, and for ten mature MQLs' worth of them;
    /// `None` where nothing is known of how SQLs come in.
    fn days_needed(&self, before: (Day, Day)) -> Option<i32> {
        let curve = self.cohorts.curve(Transition::MqlToSql, None)?;
        let rate = self.cohorts.part_rate(Transition::MqlToSql, before, None);
        let per_day = rate.n as f64 / f64::from(before.1.0 - before.0.0 + 1);
        let mut arrived = 0.0;
        for days in 1..=MOST_DAYS {
            arrived += curve.share_by(days as u32 - 1);
            let is_enough =
                arrived / f64::from(days) >= LEAST_MATURITY && arrived * per_day >= self.plan.verdict.least_maturity;
            if days >= LEAST_DAYS && is_enough {
                return Some(days);
            }
        }
        None
    }

    fn leads(&self, days: (Day, Day), wanted: Option<&BTreeSet<String>>) -> u64 {
        let starts = self.cohorts.starts(Transition::LeadToMql, days);
        starts.filter(|(_, channel, _)| wanted.is_none_or(|names| names.contains(*channel))).map(|(.., n)| n).sum()
    }

    fn span(&self, days: (Day, Day)) -> Span {
        let rate = self.cohorts.part_rate(Transition::MqlToSql, days, None);
        Span {
            from: days.0,
            to: days.1,
            leads: self.leads(days, None),
            mqls: rate.n,
            sqls: rate.estimate.map(|share| share * rate.n as f64),
            mql_to_sql: rate.estimate,
        }
    }

    /// Whether the leads are no more than the MQLs: MQLs per lead would be 1 whatever the bar.
    fn basis(&self, (before, after): ((Day, Day), (Day, Day))) -> Basis {
        let days = [before, after];
        let leads: u64 = days.iter().map(|days| self.leads(*days, None)).sum();
        let mqls: u64 = days.iter().map(|days| self.cohorts.part_rate(Transition::MqlToSql, *days, None).n).sum();
        match self.cohorts.curve(Transition::LeadToMql, None) {
            Some(curve) if mqls as f64 <= ALL_MQLS * leads as f64 => Basis::Leads(curve),
            _ => Basis::Days,
        }
    }

    /// The leads whose time it is to become MQL in some days: each counts by the share of the MQLs that come by its age. So a
    /// month after a strong one is not taken for a better one. Days where there are no leads to count by.
    fn inflow(&self, basis: &Basis, days: (Day, Day), wanted: Option<&BTreeSet<String>>) -> f64 {
        let Basis::Leads(curve) = basis else { return f64::from(days.1.0 - days.0.0 + 1) };
        let share = |from: Day, to: Day| if to < from { 0.0 } else { curve.share_by((to.0 - from.0) as u32) };
        let first = days.0.plus(-(self.cohorts.window(Transition::LeadToMql) as i32));
        let starts = self.cohorts.starts(Transition::LeadToMql, (first, days.1));
        let wanted = starts.filter(|(_, channel, _)| wanted.is_none_or(|names| names.contains(*channel)));
        wanted.map(|(day, _, n)| n as f64 * (share(day, days.1) - share(day, days.0.plus(-1)))).sum()
    }

    /// What changed from one span to the other, per lead and channel by channel, as so much a month; `None` where a rate
    /// cannot be told.
    fn effects(&self, (before, after): ((Day, Day), (Day, Day)), swing: &Swing) -> Option<Effects> {
        let level = self.plan.verdict.level;
        let rates = change::compare_days(self.cohorts, Transition::MqlToSql, (before, after), &self.months(), level)?;
        // None in a span in which hardly any could be expected tells nothing about the criteria.
        if rates.total.news == News::Unknown {
            return None;
        }
        let basis = self.basis((before, after));
        let groups = match basis {
            Basis::Leads(_) => self.groups(before, after),
            Basis::Days => vec![None],
        };
        let yields = |days: (Day, Day), group: &Option<BTreeSet<String>>| -> Option<Yield> {
            let rate = self.cohorts.part_rate(Transition::MqlToSql, days, group.as_ref());
            let (share, n_effective) = match rate.n {
                0 => (0.0, 0.0),
                _ => (rate.estimate?.min(1.0), rate.n_effective?),
            };
            let leads = self.inflow(&basis, days, group.as_ref());
            Some(Yield { leads, mqls: rate.n as f64, share, n_effective })
        };
        let sides: Vec<(Yield, Yield)> =
            groups.iter().map(|group| Some((yields(before, group)?, yields(after, group)?))).collect::<Option<_>>()?;
        let days = f64::from(after.1.0 - after.0.0 + before.1.0 - before.0.0 + 2);
        let per_month = sides.iter().map(|(a, b)| a.leads + b.leads).sum::<f64>() / days * MONTH_DAYS;
        let effect = |measure: Measure| -> Option<Effect> {
            let sides: Vec<(Side, Side)> =
                sides.iter().map(|(a, b)| (a.per_lead(measure, swing), b.per_lead(measure, swing))).collect();
            let found = decomposition::kitagawa(&sides, 1.0)?.rate;
            Some(swing.effect(found.value * per_month, found.standard_error * per_month))
        };
        let economics = &self.plan.economics;
        let priced = economics.value_per_sql.zip(economics.sales_cost_per_mql);
        let priced = priced.filter(|(value, cost)| *value > 0.0 && *cost > 0.0);
        Some(Effects {
            mqls: effect(Measure::Mqls)?,
            sqls: effect(Measure::Sqls)?,
            profit: priced.and_then(|(value, cost)| effect(Measure::Profit(value, cost))),
            rates,
        })
    }

    /// The channels with enough leads on both sides and a rate of their own, and the rest together.
    fn groups(&self, before: (Day, Day), after: (Day, Day)) -> Vec<Option<BTreeSet<String>>> {
        let all = (before.0, after.1);
        let names: BTreeSet<&str> = self.cohorts.starts(Transition::LeadToMql, all).map(|(_, name, _)| name).collect();
        let stands_alone = |alone: &BTreeSet<String>| {
            [before, after].into_iter().all(|days| {
                let rate = self.cohorts.part_rate(Transition::MqlToSql, days, Some(alone));
                let is_told = rate.n == 0 || rate.estimate.is_some() && rate.n_effective.is_some_and(|n| n >= 10.0);
                self.leads(days, Some(alone)) >= LEAST_OF_A_CHANNEL && is_told
            })
        };
        let (alone, rest): (Vec<BTreeSet<String>>, Vec<BTreeSet<String>>) =
            names.into_iter().map(|name| BTreeSet::from([name.to_string()])).partition(stands_alone);
        let rest: BTreeSet<String> = rest.into_iter().flatten().collect();
        let mut groups: Vec<BTreeSet<String>> = alone;
        let rest_is_told = |rest: &BTreeSet<String>| {
            [before, after].into_iter().all(|days| {
                let rate = self.cohorts.part_rate(Transition::MqlToSql, days, Some(rest));
                rate.n == 0 || rate.estimate.is_some()
            })
        };
        if !rest.is_empty() && !rest_is_told(&rest) {
            // A rest that cannot be told by itself: then all channels as one.
            return vec![None];
        }
        groups.extend((!rest.is_empty()).then_some(rest));
        if groups.is_empty() { vec![None] } else { groups.into_iter().map(Some).collect() }
    }

    /// How much more than chance months differ within the versions.
    fn swing(&self, spans: ((Day, Day), (Day, Day))) -> Swing {
        let basis = self.basis(spans);
        let months = self.months();
        let of_month = |month: &Month| {
            let days = (month.first_day(), month.last_day());
            let n = self.cohorts.part_rate(Transition::MqlToSql, days, None).n;
            // Of very many possible ones: a Poisson count.
            (n as f64, self.inflow(&basis, days, None) * MANY)
        };
        let counts: Vec<Vec<(f64, f64)>> = months.iter().map(|months| months.iter().map(of_month).collect()).collect();
        Swing {
            volume: overdispersion::pooled_phi(&counts),
            rate: self.cohorts.phi_within(Transition::MqlToSql, &months),
        }
    }
}

/// What MQLs are counted by.
enum Basis {
    /// The leads created, and how long they take to become MQL.
    Leads(Rc<LagCurve>),
    /// Days.
    Days,
}

/// An effect less what changed in the same days a year earlier.
fn without(effect: &Effect, season: &Effect) -> Effect {
    let value = effect.value - season.value;
    let standard_error = effect.standard_error.hypot(season.standard_error);
    // Both reaches are the same multiple of their errors.
    let reach = (effect.high - effect.value) / effect.standard_error.max(f64::MIN_POSITIVE) * standard_error;
    let news = if value.abs() > reach { News::Change } else { News::Noise };
    Effect { value, low: value - reach, high: value + reach, standard_error, news }
}

fn verdict(found: &LastChange, swing: &Swing) -> Worked {
    if let Some(profit) = found.profit_per_month {
        return match profit.news {
            News::Change if profit.value > 0.0 => Worked::Better,
            News::Change => Worked::Worse,
            _ => Worked::NoMeasurableDifference,
        };
    }
    // Two tests: each is made more strictly.
    let reach = swing.quantile(LEVEL_OF_TWO);
    let sign = |effect: Option<Effect>| match effect {
        Some(effect) if effect.value > reach * effect.standard_error => 1,
        Some(effect) if effect.value < -reach * effect.standard_error => -1,
        _ => 0,
    };
    match (sign(found.sqls_per_month), sign(found.rate_effect)) {
        (0, 0) => Worked::NoMeasurableDifference,
        (1, -1) | (-1, 1) => Worked::Trade,
        (1, _) | (_, 1) => Worked::Better,
        _ => Worked::Worse,
    }
}

fn says(found: &LastChange, currency: &str) -> Vec<String> {
    let (Some(before), Some(after)) = (found.before, found.after) else { return Vec::new() };
    let (Some(mqls), Some(sqls)) = (found.mqls_per_month, found.sqls_per_month) else { return Vec::new() };
    let signed = |value: f64, text: String| if value > 0.0 { format!("+{text}") } else { text };
    let number = |value: f64| signed(value, format::grouped(value, 1));
    let range = |effect: &Effect| format!("{} to {}", number(effect.low), number(effect.high));
    let change = format!(
        "The change of {} (bar {} → {})",
        format::day(found.effective_from),
        format::grouped(found.threshold_before, 0),
        format::grouped(found.threshold_after, 0)
    );
    let money = |value: f64| signed(value, format::money(value, currency));
    let worth = found.profit_per_month.map(|profit| {
        format!("{} a month (95\u{a0}% range {} to {})", money(profit.value), money(profit.low), money(profit.high))
    });
    let rate = found.rate_effect.map(|effect| {
        format!(
            "MQL→SQL {} ({} to {})",
            format::points(effect.value),
            format::points(effect.low),
            format::points(effect.high)
        )
    });
    let verdict = match found.verdict {
        Worked::Better => "worked",
        Worked::Worse => "did harm",
        Worked::Trade => {
            "traded SQLs for a better rate, or a rate for more SQLs; which of them is worth more cannot be said without value_per_sql and sales_cost_per_mql"
        }
        _ => "made no measurable difference",
    };
    let basis = worth.or_else(|| rate.clone()).map(|basis| format!(": {basis}")).unwrap_or_default();
    let mut says = vec![format!("{change} {verdict}{basis}, at the same number and mix of leads.")];
    let moved = |effect: &Effect, noun: &str| match effect.news {
        News::Change if effect.value < 0.0 => format!("fewer {noun}"),
        News::Change => format!("more {noun}"),
        _ => format!("no measurable change in {noun}"),
    };
    if found.verdict == Worked::NoMeasurableDifference
        && let Some(visible) = found.visible
    {
        let least = match found.profit_per_month {
            Some(_) => format!("{} a month", format::money(visible, currency)),
            None => format::points(visible).replace('+', ""),
        };
        says.push(format!("That does not mean that there is none: in such data only a change of about {least} or more would be seen eight times in ten."));
    }
    says.push(format!(
        "From the same leads came {}: {} a month ({}), and {}: {} a month ({}).",
        moved(&mqls, "MQLs"),
        number(mqls.value),
        range(&mqls),
        moved(&sqls, "SQLs"),
        number(sqls.value),
        range(&sqls),
    ));
    if let (Some(was), Some(is)) = (before.mql_to_sql, after.mql_to_sql) {
        let told = found.profit_per_month.and(rate).map(|rate| format!(" At the same mix of channels: {rate}."));
        says.push(format!(
            "MQL→SQL was {} of {} from {} to {}, and {} of {} from {} to {}, SQLs still to come included.{} The two spans are equally long, so this looks no further than {}.",
            format::share(was),
            format::counted(before.mqls, "MQL"),
            format::day(before.from),
            format::day(before.to),
            format::share(is),
            format::counted(after.mqls, "MQL"),
            format::day(after.from),
            format::day(after.to),
            told.unwrap_or_default(),
            format::day(after.to)
        ));
    }
    says
}

fn caveats(found: &LastChange, swing: &Swing) -> Vec<String> {
    let mut caveats = vec![match found.season {
        Season::AccountedFor => "What changed between the same days a year earlier is taken off as season.".to_string(),
        Season::NotAccountedFor => {
            "Season is not accounted for: the data do not hold the same days a year earlier under one version of the criteria.".to_string()
        }
    }];
    if swing.rate.months < 5 || swing.rate.degrees_of_freedom == 0 {
        caveats
            .push("How much months swing is not known from so few of them: the ranges hold chance alone.".to_string());
    }
    caveats.push(format!(
        "The first {SETTLING_DAYS} days after the change are left out: leads between the two bars all become MQL at once then, or none do. Before and after is no experiment: whatever else changed at that time is in the difference."
    ));
    caveats
}
