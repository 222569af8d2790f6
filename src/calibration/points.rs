//! Which points would be better, from which score on, and does that hold in months that were not used to find out?
//!
//! Points = whole multiples of 5 near k · β, k = 100 / (logit b − base): a lead with the worst fit and no action has 0
//! points, break-even b has 100 (without economics b is the rate of the worked leads and today's threshold stands for 100).
//! The level is the weakly identified part, so the threshold is chosen anew: every lead that is known long enough is followed
//! under the new card, the score with which it first reaches each threshold is counted, and
//!
//! ```text
//! profit(θ) = Σ over leads that reach θ of V r(score when it does) − c        logit r(score) = a + d · score
//! ```
//!
//! where r is fitted on the worked leads at their decision. So what a lead is expected to bring is read at the moment at which
//! the new card would have handed it over, not at its peak, which a lead only shows later.
//! Before anything is advised, the same is done with the months before the last three, and those three must bear it out.

mod words;

use super::refit::{self, Carried, Design, PatternCount, Patterns, Weights};
use super::threshold::ChangePoint;
use super::{CriteriaView, CriterionEvidence, view};
use crate::config::plan::{Criteria, FitMatch, FitRule, Plan};
use crate::metrics::Estimate;
use crate::replay::decision::{BAND_POINTS, CARD_BANDS, CardHistory, Fate, HALF_LIVES};
use crate::stats::discrimination::{self, Scored};
use crate::stats::regression::{self, Pattern, Sign};
use crate::stats::{decision, multiple, proportion, special};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use words::Effect;

/// Points are whole multiples of this.
pub const STEP: f64 = 5.0;
/// Thresholds whose profit falls short of the best by no more than this share are nearly as good.
const NEARLY: f64 = 0.05;
/// Probability of a change of level from which on the months since then are looked at alone.
const PROBABLE_CHANGE: f64 = 0.8;
/// Worked leads whose median age at the decision is below this many days tell nothing about how fast actions age.
const YOUNG_DAYS: i32 = 7;
/// The half-life that is assumed then, in days: among those that simulated worlds bear out (14 to 90), a middle one.
const ASSUMED_HALF_LIFE: u32 = 30;
/// Mature months that the card is tested on.
const TEST_MONTHS: i32 = 3;
/// SQLs that the months of the test need, and the months before them.
const LEAST_TEST_SQLS: u64 = 10;
const LEAST_EARLY_SQLS: u64 = 60;

/// What is advised about the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointsStatus {
    /// A card is advised.
    Advised,
    /// A card was found, but not proved better.
    Kept,
    /// Too few SQLs to find one.
    TooFew,
}

/// How finely the points could be refitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Each action and each attribute value.
    Each,
    /// Groups of actions by today's points, and attributes as a whole.
    Groups,
    /// Not at all.
    Nothing,
}

/// What the half-life of the card rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HalfLifeBasis {
    /// Today's: none predicts better by more than chance.
    Today,
    /// It predicts better than today's by more than a standard error.
    Fitted,
    /// Worked leads were so young at the decision that nothing tells how fast actions age; 30 days.
    Assumed,
}

/// What a card and its threshold bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CardEffect {
    /// The threshold.
    pub threshold: f64,
    /// MQLs per 1,000 leads.
    pub mqls_per_1000: f64,
    /// Share of these MQLs that were never handed to sales: what they bring is extrapolated.
    pub never_worked_share: f64,
    /// Their SQLs within the window, at the rates that worked leads show: 90 % interval of these rates.
    pub sqls_per_1000: Estimate,
    /// Value of the SQLs less sales' cost of the MQLs per 1,000 leads, in the project's currency; empty without economics.
    pub profit_per_1000: Estimate,
    /// MQLs per month, at the number of new leads per month that were followed.
    pub mqls_per_month: Option<f64>,
    /// SQLs per month.
    pub sqls_per_month: Estimate,
    /// Profit per month.
    pub profit_per_month: Estimate,
}

/// Months since a probable change of level.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SinceChange {
    /// The first month of the new level.
    pub from: Month,
    /// SQLs of worked leads since then.
    pub sqls: u64,
    /// SQLs that points of their own would need.
    pub needed: u64,
    /// Whether the points rest on these months only.
    pub is_used: bool,
}

/// Whether the same actions are worth more, or less, from leads that fit better.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interaction {
    /// Coefficient of the product of the two parts of the logit, each in standard deviations.
    pub coefficient: f64,
    /// p of the likelihood-ratio test of the product, one degree of freedom.
    pub p: f64,
    /// Worked leads by thirds of fit and of engagement, lowest first.
    pub cells: Vec<InteractionCell>,
}

/// Worked leads of one third by fit and one by engagement.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InteractionCell {
    /// Third by fit, 1 = lowest.
    pub fit: u32,
    /// Third by engagement, 1 = lowest.
    pub engagement: u32,
    /// Worked leads.
    pub n: u64,
    /// Their SQLs.
    pub sqls: u64,
    /// SQLs per lead, with Wilson's 90 % interval.
    pub rate: Estimate,
}

/// A half-life that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HalfLifeRow {
    /// In days; `null` = points don't fade.
    pub half_life_days: Option<f64>,
    /// How much lower the cross-validated deviance is than with today's half-life; higher is better.
    pub gain: f64,
    /// Standard error of it, from paired parts of the leads.
    pub standard_error: f64,
}

/// The test on months that were not used to fit.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct OutOfTime {
    /// First month of the test.
    pub from: Month,
    /// Worked leads of these months.
    pub n: u64,
    /// Their SQLs.
    pub sqls: u64,
    /// The chance that of one lead that became an SQL and one that didn't, the first had the higher score at the decision:
    /// with the points now.
    pub auc_now: f64,
    /// The same with points fitted on the months before.
    pub auc_suggested: f64,
    /// The difference.
    pub gain: f64,
    /// Lower end of its 90 % interval.
    pub low: f64,
    /// Upper end of its 90 % interval.
    pub high: f64,
}

/// The refit of the points.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PointsAdvice {
    /// What is advised.
    pub status: PointsStatus,
    /// How finely the points were refitted.
    pub detail: Detail,
    /// Worked leads with a whole window: recorded MQLs and explored leads.
    pub worked: u64,
    /// Their SQLs within the window.
    pub sqls: u64,
    /// SQLs that a coefficient for each action and value would need.
    pub sqls_needed: u64,
    /// Free coefficients of the refit.
    pub coefficients: u64,
    /// The card, exactly as it can be pasted; `null` when none could be fitted. It is advised only if `status` says so.
    pub card: Option<CriteriaView>,
    /// What its half-life rests on.
    pub half_life_basis: HalfLifeBasis,
    /// The half-lives that were compared.
    pub half_lives: Vec<HalfLifeRow>,
    /// Months since a probable change of level, if there is one.
    pub since_change: Option<SinceChange>,
    /// Set when actions are worth more or less from leads that fit better (5 %).
    pub interaction: Option<Interaction>,
    /// The criteria in force.
    #[serde(skip)]
    pub criteria_now: Option<CriteriaView>,
    /// What today's card brings.
    pub now: Option<CardEffect>,
    /// What the card brings.
    pub suggested: Option<CardEffect>,
    /// Profit per month of the card less that of today's card; its interval takes the two as independent, which is careful.
    pub gain_per_month: Estimate,
    /// The same per year: twelve such months.
    pub gain_per_year: Estimate,
    /// The test.
    pub tested: Option<OutOfTime>,
    /// In sentences.
    pub says: Vec<String>,
    /// Evidence per action.
    #[serde(skip)]
    pub evidence: Vec<CriterionEvidence>,
}

/// Refits the points. `follow` tells what a card's scores would have been.
pub fn advise(
    plan: &Plan,
    now: &Criteria,
    patterns: &Patterns,
    change: Option<&ChangePoint>,
    follow: &dyn Fn(&Criteria) -> CardHistory,
) -> PointsAdvice {
    let (worked, sqls) = patterns.totals();
    let each = patterns.each(now);
    let mut advice = PointsAdvice {
        status: PointsStatus::TooFew,
        detail: Detail::Nothing,
        worked,
        sqls,
        sqls_needed: refit::LEAST_SQLS.max(refit::LEAST_PER_COEFFICIENT * each.terms.len() as u64),
        coefficients: 0,
        card: None,
        half_life_basis: HalfLifeBasis::Today,
        half_lives: Vec::new(),
        since_change: None,
        interaction: None,
        criteria_now: Some(view(now)),
        gain_per_month: Estimate::NONE,
        gain_per_year: Estimate::NONE,
        now: None,
        suggested: None,
        tested: None,
        says: Vec::new(),
        evidence: Vec::new(),
    };
    let (detail, design) = match patterns.carried(now) {
        Carried::Each(design) => (Detail::Each, design),
        Carried::Groups(design) => (Detail::Groups, design),
        Carried::Nothing => {
            advice.says.push(words::too_few(sqls, advice.sqls_needed));
            return advice;
        }
    };
    advice.detail = detail;
    advice.coefficients = design.terms.len() as u64;
    let job = Job { plan, now, patterns, design, follow };
    // After a probable change the months since then count alone, if they carry the points.
    let change = change.filter(|change| change.probability >= PROBABLE_CHANGE);
    advice.since_change = change.map(|change| {
        let since: u64 = patterns.of(0).filter(|row| row.month >= change.month).map(|row| row.sqls).sum();
        let needed = refit::LEAST_SQLS.max(refit::LEAST_PER_COEFFICIENT * advice.coefficients);
        SinceChange { from: change.month, sqls: since, needed, is_used: since >= needed }
    });
    let begin = advice.since_change.as_ref().filter(|change| change.is_used).map(|change| change.from);
    let counts = |row: &PatternCount| begin.is_none_or(|begin| row.month >= begin);
    advice.half_lives = job.half_lives(&HALF_LIVES, &counts);
    let (half_life, basis) = job.chosen(&advice.half_lives);
    advice.half_life_basis = basis;
    let fitted = job.card(half_life, &counts);
    let Some((card, weights, scale)) = fitted else {
        advice.says.push(words::NOT_SETTLED.to_string());
        return advice;
    };
    let history = follow(&card);
    let today = follow(now);
    let Some(curve) = Curve::of(&history) else {
        advice.says.push(words::NOT_SETTLED.to_string());
        return advice;
    };
    let threshold = job.threshold(&history, &curve, &today);
    let card = Criteria { threshold, ..card };
    advice.evidence = job.evidence(half_life, &weights, scale, &card, &counts);
    let effect_now = job.effect_now(&today);
    let effect = job.effect(&history, &curve, threshold);
    if let Some(now) = &effect_now {
        advice.gain_per_month = difference(&effect.profit_per_month, &now.profit_per_month);
        advice.gain_per_year = advice.gain_per_month.times(12.0);
    }
    (advice.now, advice.suggested) = (effect_now, Some(effect));
    advice.card = Some(view(&card));
    advice.interaction = job.interaction(half_life, &weights, &counts);
    advice.tested = job.tested(half_life);
    let may_gain = advice.gain_per_month.high.is_none_or(|high| high > 0.0);
    let is_better = may_gain && advice.tested.as_ref().is_some_and(|tested| tested.gain > 0.0);
    advice.status = if is_better { PointsStatus::Advised } else { PointsStatus::Kept };
    advice.says = words::sentences(&advice, &plan.currency);
    advice
}

/// One estimate less another one, taken as independent.
fn difference(one: &Estimate, other: &Estimate) -> Estimate {
    let half = |estimate: &Estimate| Some((estimate.high? - estimate.low?) / 2.0);
    let (Some(one_value), Some(other_value)) = (one.value, other.value) else { return Estimate::NONE };
    let value = one_value - other_value;
    let reach = half(one).zip(half(other)).map(|(a, b)| a.hypot(b));
    Estimate { value: Some(value), low: reach.map(|reach| value - reach), high: reach.map(|reach| value + reach) }
}

/// Today's half-life, or the nearest one that is compared.
fn half_life_now(now: &Criteria) -> u32 {
    let Some(days) = now.half_life_days.filter(|days| *days > 0.0) else { return 0 };
    let distance = |candidate: u32| (f64::from(candidate).ln() - days.ln()).abs();
    HALF_LIVES[1..].iter().copied().min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0)
}

/// The refit of one card.
struct Job<'a> {
    plan: &'a Plan,
    now: &'a Criteria,
    patterns: &'a Patterns,
    design: Design,
    follow: &'a dyn Fn(&Criteria) -> CardHistory,
}

impl Job<'_> {
    fn economics(&self) -> Option<(f64, f64)> {
        super::priced(&self.plan.economics).filter(|(value, cost)| cost < value)
    }

    /// How much better each of these half-lives predicts than today's.
    fn half_lives(&self, candidates: &[u32], holds: &dyn Fn(&PatternCount) -> bool) -> Vec<HalfLifeRow> {
        let of = |half_life| self.patterns.cross_validated(&self.design, half_life, holds);
        let Some(today) = of(half_life_now(self.now)) else { return Vec::new() };
        let row = |half_life: u32| {
            let then = if half_life == half_life_now(self.now) { today.clone() } else { of(half_life)? };
            let gains: Vec<f64> = today.iter().zip(then).map(|(now, then)| now - then).collect();
            let n = gains.len() as f64;
            let mean = gains.iter().sum::<f64>() / n;
            let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n - 1.0);
            Some(HalfLifeRow {
                half_life_days: (half_life > 0).then_some(f64::from(half_life)),
                gain: mean * n,
                standard_error: (variance * n).sqrt(),
            })
        };
        candidates.iter().copied().filter_map(row).collect()
    }

    /// The half-life whose deviance is lowest, among those better than today's by more than a standard error; else today's.
    /// Where leads are decided on as soon as they are known, no half-life can be told from another, and points that never
    /// fade would hand over leads far older than any that was worked.
    fn chosen(&self, rows: &[HalfLifeRow]) -> (u32, HalfLifeBasis) {
        let better = rows.iter().filter(|row| row.gain > row.standard_error && row.standard_error > 0.0);
        if let Some(best) = better.max_by(|a, b| a.gain.total_cmp(&b.gain)) {
            return (best.half_life_days.unwrap_or(0.0) as u32, HalfLifeBasis::Fitted);
        }
        let today = half_life_now(self.now);
        let is_young = self.patterns.median_age_days.is_some_and(|age| age < YOUNG_DAYS);
        if today == 0 && is_young && self.now.lookback_days.is_none() {
            return (ASSUMED_HALF_LIFE, HalfLifeBasis::Assumed);
        }
        (today, HalfLifeBasis::Today)
    }

    /// A card without its own threshold yet, the logits behind it, and points per logit.
    fn card(&self, half_life: u32, holds: &dyn Fn(&PatternCount) -> bool) -> Option<(Criteria, Weights, f64)> {
        let weights = self.patterns.fit(&self.design, half_life, holds)?;
        let bases: Vec<f64> = weights
            .levels
            .iter()
            .enumerate()
            .map(|(attribute, levels)| levels.as_ref().map_or(0.0, |levels| self.patterns.base_of(attribute, levels)))
            .collect();
        let base = weights.intercept + bases.iter().sum::<f64>();
        let (n, sqls) = self.patterns.totals();
        let (rate, hundred) = match self.economics() {
            Some((value, cost)) => (cost / value, 100.0),
            None => (sqls as f64 / n.max(1) as f64, self.now.threshold),
        };
        let scale = decision::points_per_logit(rate, base)? * hundred / 100.0;
        let kept = |points: f64| STEP * (points * hundred / self.now.threshold / STEP).round() + 0.0;
        let columns = &self.patterns.columns;
        let mut points: BTreeMap<String, f64> =
            self.now.points.iter().map(|(name, points)| (name.clone(), kept(*points))).collect();
        let mut caps = self.now.caps.clone();
        for ((name, cap), beta) in columns.types.iter().zip(&weights.actions) {
            if let Some(beta) = beta {
                points.insert(name.clone(), decision::points(*beta, scale, STEP));
                caps.insert(name.clone(), *cap);
            }
        }
        let mut fit: BTreeMap<String, Vec<FitRule>> = self.now.fit.clone();
        for rule in fit.values_mut().flatten() {
            rule.points = kept(rule.points);
        }
        for (((name, levels), logits), base) in columns.attributes.iter().zip(&weights.levels).zip(&bases) {
            let Some(logits) = logits else { continue };
            let rules = fit.entry(name.clone()).or_default();
            for (level, logit) in levels.iter().zip(logits).skip(1) {
                let points = decision::points(logit - base, scale, STEP);
                match rules.iter_mut().find(|rule| rule.text.trim().to_lowercase() == *level) {
                    Some(rule) => rule.points = points,
                    None => {
                        rules.push(FitRule { text: level.clone(), matches: FitMatch::Value(level.clone()), points })
                    }
                }
            }
        }
        let card = Criteria {
            effective_from: None,
            threshold: hundred,
            lookback_days: self.now.lookback_days,
            half_life_days: (half_life > 0).then_some(f64::from(half_life)),
            points,
            caps,
            fit,
        };
        Some((card, weights, scale))
    }

    /// The threshold of the card: where the profit is highest; without economics, where there are as many MQLs as now.
    fn threshold(&self, history: &CardHistory, curve: &Curve, today: &CardHistory) -> f64 {
        let mut bands = 1..CARD_BANDS - 1;
        let Some((value, cost)) = self.economics() else {
            let (wanted, _) = reached(&today.rises, band_at(self.now.threshold), &|_| 0.0);
            let distance = |band: &usize| (reached(&history.rises, *band, &|_| 0.0).0 - wanted).abs();
            let best = bands.min_by(|a, b| distance(a).total_cmp(&distance(b)));
            return best.unwrap_or(1) as f64 * BAND_POINTS;
        };
        let profit = |band: usize| {
            let (n, sqls) = reached(&history.rises, band, &|score| curve.rate(score));
            value * sqls - cost * n
        };
        let most = bands.clone().map(profit).fold(f64::NEG_INFINITY, f64::max);
        // Leads with a low score at their decision were old by then, which makes the line too steep and high thresholds
        // look better than they are: the lowest of those that are nearly as good is taken.
        let nearly = most - NEARLY * most.abs();
        let best = bands.find(|band| profit(*band) >= nearly).unwrap_or(1);
        best as f64 * BAND_POINTS
    }

    /// A card: leads that were worked anyway bring what such leads brought, the others what the line says.
    fn effect(&self, history: &CardHistory, curve: &Curve, threshold: f64) -> CardEffect {
        let bar = band_at(threshold);
        let (n, _) = reached(&history.rises, bar, &|_| 0.0);
        let never_worked = |rate: &dyn Fn(f64) -> f64| reached(&history.rises_never_worked, bar, rate);
        let (n_new, sqls_new) = never_worked(&|score| curve.rate(score));
        let (_, by_level) = never_worked(&|score| curve.spread(score));
        let (_, by_slope) = never_worked(&|score| curve.spread(score) * (score - curve.centre));
        let (worked, sqls) = worked_above(history, bar);
        let rate = if worked > 0.0 { sqls / worked } else { 0.0 };
        let worked_error = (n - n_new) * (rate * (1.0 - rate) / worked.max(1.0)).sqrt();
        let error = worked_error.hypot((by_level * curve.level_error).hypot(by_slope * curve.slope_error));
        let share = if n > 0.0 { n_new / n } else { 0.0 };
        let effect = self.effect_of(threshold, n, (n - n_new) * rate + sqls_new, error, history);
        CardEffect { never_worked_share: share, ..effect }
    }

    /// Today's card: leads that reach its bar, at the rate of the recorded MQLs.
    fn effect_now(&self, today: &CardHistory) -> Option<CardEffect> {
        let bar = band_at(self.now.threshold);
        let (mut n, mut sqls) = (0, 0);
        for ((_, band, _, outcome), count) in &today.decided {
            if *band >= bar {
                n += count;
                sqls += if *outcome == Fate::Sql { *count } else { 0 };
            }
        }
        let rate = (n > 0).then(|| sqls as f64 / n as f64)?;
        let (leads, sqls) = reached(&today.rises, bar, &|_| rate);
        let error = leads * (rate * (1.0 - rate) / n as f64).sqrt();
        Some(self.effect_of(self.now.threshold, leads, sqls, error, today))
    }

    fn effect_of(&self, threshold: f64, n: f64, sqls: f64, error: f64, history: &CardHistory) -> CardEffect {
        let reach = self.z() * error;
        let per_1000 = 1000.0 / history.n_leads.max(1) as f64;
        let per_month = history.leads_per_month.map(|leads| leads / history.n_leads.max(1) as f64);
        let scaled = |value: f64, reach: f64, by: f64| Estimate {
            value: Some(value * by),
            low: Some((value - reach) * by),
            high: Some((value + reach) * by),
        };
        let profit = |by: f64| match self.economics() {
            Some((value, cost)) => scaled(value * sqls - cost * n, value * reach, by),
            None => Estimate::NONE,
        };
        CardEffect {
            threshold,
            never_worked_share: 0.0,
            mqls_per_1000: n * per_1000,
            sqls_per_1000: scaled(sqls, reach.min(sqls), per_1000),
            profit_per_1000: profit(per_1000),
            mqls_per_month: per_month.map(|by| n * by),
            sqls_per_month: per_month.map_or(Estimate::NONE, |by| scaled(sqls, reach.min(sqls), by)),
            profit_per_month: per_month.map_or(Estimate::NONE, profit),
        }
    }

    /// Standard errors in half an interval.
    fn z(&self) -> f64 {
        special::normal_quantile(0.5 + self.plan.verdict.level / 2.0)
    }

    /// Whether the product of fit and engagement adds to the two of them.
    fn interaction(
        &self,
        half_life: u32,
        weights: &Weights,
        holds: &dyn Fn(&PatternCount) -> bool,
    ) -> Option<Interaction> {
        let rows: Vec<&PatternCount> = self.patterns.of(half_life).filter(|row| holds(row)).collect();
        let n: f64 = rows.iter().map(|row| row.n as f64).sum();
        let standard = |part: &dyn Fn(&PatternCount) -> f64| -> Option<Vec<f64>> {
            let mean = rows.iter().map(|row| row.n as f64 * part(row)).sum::<f64>() / n;
            let variance = rows.iter().map(|row| row.n as f64 * (part(row) - mean).powi(2)).sum::<f64>() / n;
            (variance > 1e-12).then(|| rows.iter().map(|row| (part(row) - mean) / variance.sqrt()).collect())
        };
        let (fit, engagement) = (standard(&|row| weights.fit(row))?, standard(&|row| weights.engagement(row))?);
        let with = |columns: usize| -> Vec<Pattern> {
            rows.iter()
                .zip(fit.iter().zip(&engagement))
                .map(|(row, (fit, engagement))| Pattern {
                    x: [*fit, *engagement, fit * engagement][..columns].to_vec(),
                    n: row.n as f64,
                    y: row.sqls as f64,
                })
                .collect()
        };
        let without = regression::fit(&with(2), 0.0, &[Sign::Free; 2])?;
        let product = regression::fit(&with(3), 0.0, &[Sign::Free; 3])?;
        let ratio = 2.0 * (product.log_likelihood - without.log_likelihood);
        // A χ² with one degree of freedom is the square of a normal.
        let p = 2.0 * (1.0 - special::normal_cdf(ratio.max(0.0).sqrt()));
        if p >= 0.05 {
            return None;
        }
        let (by_fit, by_engagement) = (thirds(&rows, &fit), thirds(&rows, &engagement));
        let mut cells: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
        for ((row, fit), engagement) in rows.iter().zip(by_fit).zip(by_engagement) {
            let cell = cells.entry((fit, engagement)).or_default();
            cell.0 += row.n;
            cell.1 += row.sqls;
        }
        let cells = cells.into_iter().map(|((fit, engagement), (n, sqls))| {
            let limits = proportion::wilson(sqls as f64, n as f64, self.plan.verdict.level);
            let rate = limits.map_or(Estimate::NONE, |limits| Estimate {
                value: Some(sqls as f64 / n as f64),
                low: Some(limits.low),
                high: Some(limits.high),
            });
            InteractionCell { fit, engagement, n, sqls, rate }
        });
        Some(Interaction { coefficient: product.coefficients[3], p, cells: cells.collect() })
    }

    /// The card of the months before the last three, on these three.
    fn tested(&self, half_life: u32) -> Option<OutOfTime> {
        let last = self.patterns.of(0).map(|row| row.month).max()?;
        let from = last.plus(1 - TEST_MONTHS);
        let early = |row: &PatternCount| row.month < from;
        let early_sqls: u64 = self.patterns.of(0).filter(|row| early(row)).map(|row| row.sqls).sum();
        if early_sqls < LEAST_EARLY_SQLS {
            return None;
        }
        let (half_life, _) = self.chosen(&self.half_lives(&[half_life], &early));
        let (card, ..) = self.card(half_life, &early)?;
        let history = (self.follow)(&card);
        let mut rows: BTreeMap<(usize, usize), (u64, u64)> = BTreeMap::new();
        for ((month, now, then, outcome), n) in &history.decided {
            if *month >= from {
                let row = rows.entry((*now, *then)).or_default();
                match outcome {
                    Fate::Sql => row.0 += n,
                    Fate::Open => row.1 += n,
                }
            }
        }
        let (sqls, open) = rows.values().fold((0, 0), |(sqls, open), row| (sqls + row.0, open + row.1));
        if sqls < LEAST_TEST_SQLS {
            return None;
        }
        let scored = |place: &dyn Fn(&(usize, usize)) -> usize| -> Vec<Scored> {
            let of = |(bands, (sqls, open)): (&(usize, usize), &(u64, u64))| Scored {
                score: place(bands) as f64,
                positive: *sqls as f64,
                negative: *open as f64,
            };
            rows.iter().map(of).collect()
        };
        let suggested = scored(&|bands| bands.1);
        let now: Vec<f64> = rows.keys().map(|bands| bands.0 as f64).collect();
        let compared = discrimination::compare(&suggested, &now)?;
        let gain = compared.first.value - compared.second.value;
        let error = if compared.z == 0.0 { 0.0 } else { gain / compared.z };
        let reach = self.z() * error;
        Some(OutOfTime {
            from,
            n: sqls + open,
            sqls,
            auc_now: compared.second.value,
            auc_suggested: compared.first.value,
            gain,
            low: gain - reach,
            high: gain + reach,
        })
    }

    /// What each action is worth, in points, with an interval from a fit in which any may count against.
    fn evidence(
        &self,
        half_life: u32,
        weights: &Weights,
        scale: f64,
        card: &Criteria,
        holds: &dyn Fn(&PatternCount) -> bool,
    ) -> Vec<CriterionEvidence> {
        let free = Design { signs: vec![Sign::Free; self.design.signs.len()], ..self.design.clone() };
        let free = self.patterns.fit(&free, half_life, holds);
        let z = self.z();
        let mut rows = Vec::new();
        let (mut p, mut is_fitted) = (Vec::new(), Vec::new());
        let names: BTreeSet<&String> =
            self.now.points.keys().chain(self.patterns.columns.types.iter().map(|(name, _)| name)).collect();
        for name in names {
            let kind = self.patterns.columns.types.iter().position(|(known, _)| known == name);
            let fitted = kind.and_then(|kind| {
                weights.actions[kind]?;
                let free = free.as_ref()?;
                Some((free.actions[kind]?, free.action_errors[kind]?))
            });
            let points_suggested = card.points.get(name).copied().unwrap_or(0.0);
            let (beta, error) = fitted.unwrap_or((0.0, 0.0));
            p.push(match fitted {
                Some(_) if error > 0.0 => 2.0 * (1.0 - special::normal_cdf((beta / error).abs())),
                _ => 1.0,
            });
            rows.push(CriterionEvidence {
                name: name.clone(),
                points_now: refit::points_now(self.now, name),
                points_suggested,
                // Points are rounded to whole steps; the interval holds what is advised where it is no more than that.
                low: rounded_in(scale * (beta - z * error), points_suggested, f64::min),
                high: rounded_in(scale * (beta + z * error), points_suggested, f64::max),
                n: kind.map_or(0, |kind| self.patterns.leads_with(kind)),
                says: String::new(),
            });
            is_fitted.push(fitted.is_some());
        }
        let adjusted = multiple::benjamini_hochberg(&p);
        for ((row, p), is_fitted) in rows.iter_mut().zip(adjusted).zip(is_fitted) {
            let effect = match (is_fitted, p <= 1.0 - self.plan.verdict.level, row.low + row.high > 0.0) {
                (false, ..) => Effect::TooRare,
                (_, false, _) => Effect::NotMeasurable,
                (.., true) => Effect::Worth,
                (.., false) => Effect::Against,
            };
            row.says = words::criterion(&row.name, row.points_suggested, row.low, row.high, row.n, effect);
        }
        rows
    }
}

/// A limit, moved out to the advised points where only rounding to a step put them outside.
fn rounded_in(limit: f64, points: f64, outer: fn(f64, f64) -> f64) -> f64 {
    if (points - limit).abs() < STEP { outer(limit, points) } else { limit }
}

/// The first band whose leads are at or above a threshold.
fn band_at(threshold: f64) -> usize {
    ((threshold / BAND_POINTS - 1e-9).ceil().max(0.0) as usize).min(CARD_BANDS - 1)
}

/// Rises of the highest score so far: from band, to band → leads.
type Rises = BTreeMap<(Option<usize>, usize), u64>;

/// Worked leads that reach a band, and their SQLs. Of those that were an SQL before they did, as many as of the open leads
/// that got as far as they had.
fn worked_above(history: &CardHistory, bar: usize) -> (f64, f64) {
    let open_from = |band: usize| -> f64 {
        let open = history.peaks.iter().filter(|((peak, fate), _)| *peak >= band && *fate == Fate::Open);
        open.map(|(_, n)| *n as f64).sum()
    };
    let open = open_from(bar);
    let mut sqls = 0.0;
    for ((peak, _), n) in history.peaks.iter().filter(|((_, fate), _)| *fate == Fate::Sql) {
        let all = open_from(*peak);
        let chance = if *peak >= bar {
            1.0
        } else if all > 0.0 {
            open / all
        } else {
            0.0
        };
        sqls += *n as f64 * chance;
    }
    (open + sqls, sqls)
}

/// Leads that reach a band, and their SQLs at the rate of the score with which they do.
fn reached(rises: &Rises, band: usize, rate: &dyn Fn(f64) -> f64) -> (f64, f64) {
    let (mut leads, mut sqls) = (0.0, 0.0);
    for ((from, to), n) in rises {
        if *to >= band && from.is_none_or(|from| from < band) {
            leads += *n as f64;
            sqls += *n as f64 * rate(middle(*to));
        }
    }
    (leads, sqls)
}

/// The score that stands for a band.
fn middle(band: usize) -> f64 {
    (band as f64 + 0.5) * BAND_POINTS
}

/// The third, 1 to 3, that each row's value lies in, by leads.
fn thirds(rows: &[&PatternCount], values: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let total: u64 = rows.iter().map(|row| row.n).sum();
    let mut limits = [f64::INFINITY; 2];
    let mut seen = 0;
    for &i in &order {
        seen += rows[i].n;
        for (third, limit) in limits.iter_mut().enumerate() {
            if *limit == f64::INFINITY && seen * 3 >= total * (third as u64 + 1) {
                *limit = values[i];
            }
        }
    }
    values.iter().map(|value| 1 + limits.iter().map(|limit| u32::from(value > limit)).sum::<u32>()).collect()
}

/// The rate of worked leads by their score at the decision: a line in logits.
struct Curve {
    /// The logit at the centre.
    level: f64,
    /// Logits per point.
    slope: f64,
    /// The mean score of the worked leads, by what they tell about the rate.
    centre: f64,
    /// Standard error of the level.
    level_error: f64,
    /// Standard error of the slope.
    slope_error: f64,
}

impl Curve {
    fn of(history: &CardHistory) -> Option<Curve> {
        let mut bands: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for ((_, _, band, outcome), n) in &history.decided {
            let row = bands.entry(*band).or_default();
            row.0 += *n as f64;
            row.1 += if *outcome == Fate::Sql { *n as f64 } else { 0.0 };
        }
        let fit = |centre: f64| {
            let x = |band: &usize| vec![(middle(*band) - centre) / 100.0];
            let rows: Vec<Pattern> = bands.iter().map(|(band, (n, y))| Pattern { x: x(band), n: *n, y: *y }).collect();
            regression::fit(&rows, 0.01, &[Sign::NotNegative])
        };
        // Around the mean by information, level and slope are independent.
        let first = fit(100.0)?;
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (band, (n, _)) in &bands {
            let p = first.probability(&[(middle(*band) - 100.0) / 100.0]);
            sum += n * p * (1.0 - p);
            weighted += n * p * (1.0 - p) * middle(*band);
        }
        let centre = weighted / sum;
        let fitted = fit(centre)?;
        Some(Curve {
            level: fitted.coefficients[0],
            slope: fitted.coefficients[1] / 100.0,
            centre,
            level_error: fitted.variances[0].sqrt(),
            slope_error: fitted.variances[1].sqrt() / 100.0,
        })
    }

    fn rate(&self, score: f64) -> f64 {
        1.0 / (1.0 + (-(self.level + self.slope * (score - self.centre))).exp())
    }

    /// How much the rate moves with the logit.
    fn spread(&self, score: f64) -> f64 {
        self.rate(score) * (1.0 - self.rate(score))
    }
}
