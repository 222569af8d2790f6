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

use super::refit::{self, Carried, Design, PatternCount, Patterns, Weights};
use super::{CriteriaView, CriterionEvidence, view};
use crate::config::plan::{Criteria, FitMatch, FitRule, Plan};
use crate::replay::decision::{BAND_POINTS, CARD_BANDS, CardHistory, Fate, HALF_LIVES};
use crate::stats::discrimination::{self, Scored};
use crate::stats::regression::{self, Pattern, Sign};
use crate::stats::{decision, multiple, special};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Points are whole multiples of this.
pub const STEP: f64 = 5.0;
/// Thresholds whose profit falls short of the best by no more than this share are nearly as good.
const NEARLY: f64 = 0.05;
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

/// What a card and its threshold bring.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CardEffect {
    /// The threshold.
    pub threshold: f64,
    /// MQLs per 1,000 leads.
    pub mqls_per_1000: f64,
    /// Their SQLs within the window, as far as the worked leads tell.
    pub sqls_per_1000: f64,
    /// Value of the SQLs less sales' cost of the MQLs per 1,000 leads, in the project's currency; `null` without economics.
    pub profit_per_1000: Option<f64>,
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
    /// The half-lives that were compared.
    pub half_lives: Vec<HalfLifeRow>,
    /// What today's card brings.
    pub now: Option<CardEffect>,
    /// What the card brings.
    pub suggested: Option<CardEffect>,
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
    _as_of: Day,
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
        half_lives: Vec::new(),
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
            advice.says.push(format!(
                "Points can't be calibrated: {sqls} SQLs; at least {} (10 per criterion) are needed. Until then only the threshold is judged.",
                advice.sqls_needed
            ));
            return advice;
        }
    };
    advice.detail = detail;
    advice.coefficients = design.terms.len() as u64;
    let job = Job { plan, now, patterns, design, follow };
    let everything = |_: &PatternCount| true;
    advice.half_lives = job.half_lives(&everything);
    let half_life = chosen(&advice.half_lives, now);
    let Some((card, weights, scale)) = job.card(half_life, &everything) else {
        advice
            .says
            .push("Points can't be calibrated: what was done and who leads are does not settle their worth.".into());
        return advice;
    };
    advice.evidence = job.evidence(half_life, &weights, scale, &card);
    let history = follow(&card);
    let today = follow(now);
    let Some(curve) = Curve::of(&history) else { return advice };
    let threshold = job.threshold(&history, &curve, &today);
    let card = Criteria { threshold, ..card };
    advice.now = job.effect_now(&today);
    advice.suggested = Some(job.effect(&history, &curve, threshold));
    advice.card = Some(view(&card));
    advice.tested = job.tested();
    let is_better = advice.tested.as_ref().is_some_and(|tested| tested.gain > 0.0);
    advice.status = if is_better { PointsStatus::Advised } else { PointsStatus::Kept };
    advice
}

/// The half-life whose deviance is lowest, among those better than today's by more than a standard error; else today's.
fn chosen(rows: &[HalfLifeRow], now: &Criteria) -> u32 {
    let better = rows.iter().filter(|row| row.gain > row.standard_error && row.standard_error > 0.0);
    let best = better.max_by(|a, b| a.gain.total_cmp(&b.gain));
    best.map_or_else(|| half_life_now(now), |row| row.half_life_days.unwrap_or(0.0) as u32)
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

    fn half_lives(&self, holds: &dyn Fn(&PatternCount) -> bool) -> Vec<HalfLifeRow> {
        let of = |half_life| self.patterns.cross_validated(&self.design, half_life, holds);
        let Some(today) = of(half_life_now(self.now)) else { return Vec::new() };
        let row = |half_life: u32| {
            let gains: Vec<f64> = today.iter().zip(of(half_life)?).map(|(now, then)| now - then).collect();
            let n = gains.len() as f64;
            let mean = gains.iter().sum::<f64>() / n;
            let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n - 1.0);
            Some(HalfLifeRow {
                half_life_days: (half_life > 0).then_some(f64::from(half_life)),
                gain: mean * n,
                standard_error: (variance * n).sqrt(),
            })
        };
        HALF_LIVES.into_iter().filter_map(row).collect()
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
            let (wanted, _) = reached(today, band_at(self.now.threshold), &|_| 0.0);
            let distance = |band: &usize| (reached(history, *band, &|_| 0.0).0 - wanted).abs();
            let best = bands.min_by(|a, b| distance(a).total_cmp(&distance(b)));
            return best.unwrap_or(1) as f64 * BAND_POINTS;
        };
        let profit = |band: usize| {
            let (n, sqls) = reached(history, band, &|score| curve.rate(score));
            value * sqls - cost * n
        };
        let most = bands.clone().map(profit).fold(f64::NEG_INFINITY, f64::max);
        // Leads with a low score at their decision were old by then, which makes the line too steep and high thresholds
        // look better than they are: the lowest of those that are nearly as good is taken.
        let nearly = most - NEARLY * most.abs();
        let best = bands.find(|band| profit(*band) >= nearly).unwrap_or(1);
        best as f64 * BAND_POINTS
    }

    fn effect(&self, history: &CardHistory, curve: &Curve, threshold: f64) -> CardEffect {
        let (n, sqls) = reached(history, band_at(threshold), &|score| curve.rate(score));
        self.per_1000(threshold, n, sqls, history.n_leads)
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
        let (leads, sqls) = reached(today, bar, &|_| rate);
        Some(self.per_1000(self.now.threshold, leads, sqls, today.n_leads))
    }

    fn per_1000(&self, threshold: f64, n: f64, sqls: f64, leads: u64) -> CardEffect {
        let per = 1000.0 / leads.max(1) as f64;
        CardEffect {
            threshold,
            mqls_per_1000: n * per,
            sqls_per_1000: sqls * per,
            profit_per_1000: self.economics().map(|(value, cost)| (value * sqls - cost * n) * per),
        }
    }

    /// The card of the months before the last three, on these three.
    fn tested(&self) -> Option<OutOfTime> {
        let last = self.patterns.of(0).map(|row| row.month).max()?;
        let from = last.plus(1 - TEST_MONTHS);
        let early = |row: &PatternCount| row.month < from;
        let early_sqls: u64 = self.patterns.of(0).filter(|row| early(row)).map(|row| row.sqls).sum();
        if early_sqls < LEAST_EARLY_SQLS {
            return None;
        }
        let half_life = chosen(&self.half_lives(&early), self.now);
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
        let reach = special::normal_quantile(0.5 + self.plan.verdict.level / 2.0) * error;
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
    fn evidence(&self, half_life: u32, weights: &Weights, scale: f64, card: &Criteria) -> Vec<CriterionEvidence> {
        let free = Design { signs: vec![Sign::Free; self.design.signs.len()], ..self.design.clone() };
        let free = self.patterns.fit(&free, half_life, &|_| true);
        let z = special::normal_quantile(0.5 + self.plan.verdict.level / 2.0);
        let mut rows = Vec::new();
        let mut p = Vec::new();
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
                low: scale * (beta - z * error),
                high: scale * (beta + z * error),
                n: kind.map_or(0, |kind| self.patterns.leads_with(kind)),
                says: if fitted.is_some() { String::new() } else { "too rare to judge".into() },
            });
        }
        let adjusted = multiple::benjamini_hochberg(&p);
        for (row, p) in rows.iter_mut().zip(adjusted) {
            if !row.says.is_empty() {
                row.says = format!("{} worked leads: too few to judge; its points are left as they are.", row.n);
                continue;
            }
            let what = match (p <= 1.0 - self.plan.verdict.level, row.low + row.high > 0.0) {
                (true, true) => "worth points",
                (true, false) => "counts against",
                (false, _) => "no measurable effect",
            };
            row.says = format!("{what} ({:+.0} to {:+.0} points, {} worked leads did it)", row.low, row.high, row.n);
        }
        rows
    }
}

/// The first band whose leads are at or above a threshold.
fn band_at(threshold: f64) -> usize {
    ((threshold / BAND_POINTS - 1e-9).ceil().max(0.0) as usize).min(CARD_BANDS - 1)
}

/// Leads that reach a band, and their SQLs at the rate of the score with which they do.
fn reached(history: &CardHistory, band: usize, rate: &dyn Fn(f64) -> f64) -> (f64, f64) {
    let (mut leads, mut sqls) = (0.0, 0.0);
    for ((from, to), n) in &history.rises {
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

/// The rate of worked leads by their score at the decision: a line in logits.
struct Curve {
    intercept: f64,
    slope: f64,
}

impl Curve {
    fn of(history: &CardHistory) -> Option<Curve> {
        let mut bands: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for ((_, _, band, outcome), n) in &history.decided {
            let row = bands.entry(*band).or_default();
            row.0 += *n as f64;
            row.1 += if *outcome == Fate::Sql { *n as f64 } else { 0.0 };
        }
        let rows: Vec<Pattern> =
            bands.iter().map(|(band, (n, y))| Pattern { x: vec![middle(*band) / 100.0], n: *n, y: *y }).collect();
        let fitted = regression::fit(&rows, 0.01, &[Sign::NotNegative])?;
        Some(Curve { intercept: fitted.coefficients[0], slope: fitted.coefficients[1] / 100.0 })
    }

    fn rate(&self, score: f64) -> f64 {
        1.0 / (1.0 + (-(self.intercept + self.slope * score)).exp())
    }
}
