//! Where should the bar be, in money? Rule M: the posterior of the marginal rate, and the gain of each threshold.
//!
//! The rate of the leads that a move of the bar gains or loses is a line in logits through today's bar,
//!
//! ```text
//! logit r(s) = logit b + α + β ln(s / θ₀)        s: middle of a band, b = cost per MQL / value per SQL
//! α ~ .4 N(0, .15²) + .6 N(0, 1²)                "the bar is about right" or "it may be far off"
//! β ~ N(1, .5²), ≥ 0                             the odds of an SQL rise with the score
//! log-likelihood = f / (1.15 φ) Σ_j [by_j η_j − bn_j ln(1 + e^η_j)] + explored leads / φ
//! ```
//!
//! where `bn`, `by` are the emulated MQLs and SQLs by band ([`crate::calibration::emulation`]). Months count with age
//! weights `w(a) = min(3, L / max(1, min(L, TW − T₀ − a)))`: slow leads are under-represented where the history begins.
//! φ is the months' moving-range overdispersion and `f = Σw / Σw²`. A change of level at any month is weighed against
//! none by its evidence; the odds factor κ and the cost of waiting δ, which no data show, are averaged over. The gain per
//! current MQL of a higher threshold is `Σ bn (c − V r) / Σw`, of a lower one `Σ nl (V r − c)`; the best one is taken if
//! it beats the cost of moving.
//! Source: the project's own derivation; constants chosen and regret measured on simulated worlds.

use crate::calibration::emulation::{Emulated, Emulation};
use crate::calibration::evidence::{AGE_CLASS_DAYS, BANDS, Evidence, WEEKS, bands_below};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

/// Threads that a posterior is made on.
const THREADS: usize = 4;
/// Half-width of a 90 % interval in standard deviations.
pub const Z90: f64 = 1.645;

/// Settings of the rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// τ₀: sd of α (logits) if the bar is about right.
    pub near_sd: f64,
    /// τ₁: sd of α (logits) if it may be far off.
    pub far_sd: f64,
    /// w₀: prior share of "about right".
    pub near_share: f64,
    /// b₀: prior mean of the slope β.
    pub slope_mean: f64,
    /// bs: prior sd of the slope β.
    pub slope_sd: f64,
    /// What the likelihood is divided by besides φ, for the imputed part of the emulation.
    pub imputation_spare: f64,
    /// Prior probability that the level changed within the period.
    pub change_prior: f64,
    /// S: what a move must gain per current MQL, as a share of the cost per MQL.
    pub switching_cost: f64,
    /// Odds factors and delays that are averaged over; their weights need not add up to 1.
    pub nuisances: Vec<Nuisance>,
    /// Largest loosening, as a share of the threshold (at least one band).
    pub notch: f64,
    /// Mature MQLs needed on both sides of a change.
    pub least_segment_mqls: u64,
    /// SQLs needed on both sides of a change.
    pub least_segment_sqls: u64,
    /// Probability of a gain that a loosening of up to half a notch needs.
    pub gate_half_notch: f64,
    /// Probability of a gain that a larger loosening needs.
    pub gate_notch: f64,
    /// Mature MQLs needed for a judgement.
    pub least_mqls: u64,
    /// SQLs needed for a judgement.
    pub least_sqls: u64,
    /// Explored leads in the notch from which on more exploration is not asked for.
    pub enough_explored: u64,
    /// When a bar that is kept should be explored below.
    pub explore_when: ExploreWhen,
}

/// When a bar that is kept, with too few explored leads below it, should be explored below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExploreWhen {
    /// The leads of the two bands above the bar pay. A bar that is right fulfils this about as a rule: the marginal lead
    /// breaks even there, and the bands lie above it.
    LeadsAboveTheBarPay,
    /// Besides, a loosening is expected to gain more than the cost of moving, and only its gate holds it back.
    LooseningMayPay,
}

/// An assumption on what no data show, and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nuisance {
    /// κ: odds that an early converter would still have reached the higher bar, against an open lead in its place.
    pub odds: f64,
    /// δ: share of SQLs lost per week that an MQL waits.
    pub delay_per_week: f64,
    /// Weight in the average.
    pub weight: f64,
}

impl Default for Rule {
    fn default() -> Rule {
        Rule::with(0.02, 0.7, 0.2)
    }
}

impl Rule {
    /// The recommended rule with the user's share of SQLs lost per week of waiting, odds factor of the careful variant
    /// and largest loosening. The hopeful odds factor is the careful one's inverse, to a tenth (.7 → 1.4).
    pub fn with(delay_per_week: f64, odds_factor: f64, notch: f64) -> Rule {
        let careful = if odds_factor.is_finite() { odds_factor.clamp(0.05, 20.0) } else { 1.0 };
        let hopeful = ((10.0 / careful).round() / 10.0).max(0.05);
        let delay = if delay_per_week.is_finite() { delay_per_week.clamp(0.0, 1.0) } else { 0.0 };
        let nuisance = |odds, delay_per_week, weight| Nuisance { odds, delay_per_week, weight };
        Rule {
            near_sd: 0.15,
            far_sd: 1.0,
            near_share: 0.4,
            slope_mean: 1.0,
            slope_sd: 0.5,
            imputation_spare: 1.15,
            change_prior: 0.4,
            switching_cost: 0.01,
            nuisances: vec![
                nuisance(1.0, delay, 0.4),
                nuisance(careful, delay, 0.15),
                nuisance(hopeful, delay, 0.15),
                nuisance(1.0, 0.0, 0.15),
                nuisance(1.0, 2.0 * delay, 0.15),
            ],
            notch: if notch.is_finite() { notch.clamp(0.0, 0.9) } else { 0.2 },
            least_segment_mqls: 60,
            least_segment_sqls: 8,
            gate_half_notch: 0.85,
            gate_notch: 0.92,
            least_mqls: 30,
            least_sqls: 12,
            enough_explored: 20,
            explore_when: ExploreWhen::LeadsAboveTheBarPay,
        }
    }

    /// Smallest and largest share of SQLs lost per week that is averaged over.
    fn delay_range(&self) -> (f64, f64) {
        let delays = self.nuisances.iter().map(|nuisance| nuisance.delay_per_week);
        (delays.clone().reduce(f64::min).unwrap_or(0.0), delays.reduce(f64::max).unwrap_or(0.0))
    }
}

/// What to do with the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Raise it.
    Tighten,
    /// Leave it.
    Keep,
    /// Lower it, by a notch at most.
    LoosenOneNotch,
    /// Leave it, and work random leads below it to learn whether it is too high.
    Explore,
    /// Too few mature MQLs or SQLs to say.
    NotEnoughData,
    /// What each threshold brings is known; what that is worth is not, so that none can be called best.
    NoEconomics,
}

/// What a candidate's numbers rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Counted: the threshold in force.
    Observed,
    /// From the paths of MQLs above the bar.
    Emulated,
    /// A line drawn to below the bar, where no lead (or few explored ones) were worked.
    Extrapolated,
}

/// A threshold that could be set.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// The threshold.
    pub threshold: f64,
    /// Expected gain per current MQL in units of the currency; `None` when no economics are known.
    pub gain_per_mql: Option<f64>,
    /// Lower end of the gain's 90 % range.
    pub low: Option<f64>,
    /// Upper end of the gain's 90 % range.
    pub high: Option<f64>,
    /// Probability that the gain is above 0; `None` for the threshold in force and when no economics are known.
    pub probability_better: Option<f64>,
    /// MQLs at this threshold per current MQL.
    pub mqls_share: f64,
    /// SQLs at this threshold per current SQL, waiting included.
    pub sqls_share: f64,
    /// SQLs per MQL at or above this threshold.
    pub average_rate: Option<f64>,
    /// SQLs per MQL in the band just above this threshold, waiting included: value and 90 % range.
    pub marginal_rate: Option<(f64, f64, f64)>,
    /// SQLs per MQL among the leads that a move from the bar to this threshold takes out (or in).
    pub moved_rate: Option<f64>,
    /// What the numbers rest on.
    pub basis: Basis,
}

/// A month from which on the level of the marginal rate may differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChangePoint {
    /// The most probable first month of the new level.
    pub month: Month,
    /// Probability of any change within the period.
    pub probability: f64,
    /// Marginal rate at the bar before this month.
    pub rate_before: f64,
    /// Marginal rate at the bar from this month on.
    pub rate_after: f64,
}

/// The judgement of the bar.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Judgement {
    /// What to do.
    pub verdict: Verdict,
    /// The threshold in force.
    pub current: f64,
    /// The advised threshold; the current one unless the verdict is to move.
    pub suggested: f64,
    /// Every threshold that was weighed, lowest first; empty when there are not enough data.
    pub candidates: Vec<Candidate>,
    /// Lowest and highest of the neighbouring thresholds that are as good as the best within the cost of moving.
    pub plateau: Option<(f64, f64)>,
    /// Overdispersion of the months (≥ 1).
    pub phi: f64,
    /// A change of level, where the period could be split at all.
    pub change: Option<ChangePoint>,
    /// Mature MQLs.
    pub mature_mqls: u64,
    /// Their SQLs within the window.
    pub mature_sqls: u64,
    /// Mature MQLs that a judgement needs.
    pub least_mqls: u64,
    /// SQLs that a judgement needs.
    pub least_sqls: u64,
    /// V: what an SQL is worth, in units of the currency.
    pub value_per_sql: f64,
    /// c: what an MQL costs, in units of the currency.
    pub cost_per_mql: f64,
    /// c / V: the rate at which the marginal lead pays.
    pub break_even: f64,
    /// Marginal rate in the band just above the bar, waiting included: value and 90 % range.
    pub marginal_at_bar: Option<(f64, f64, f64)>,
    /// What a move must gain per current MQL, in units of the currency.
    pub switching_cost: f64,
    /// Smallest and largest share of SQLs lost per week of waiting that the ranges include.
    pub delay_per_week: (f64, f64),
    /// Points of a loosening by half a notch.
    pub half_notch: f64,
    /// Probability of a gain that a loosening of up to half a notch needs.
    pub gate_half_notch: f64,
    /// Probability of a gain that a larger loosening needs.
    pub gate_notch: f64,
    /// Leads worked on purpose within a notch below the bar, long enough ago.
    pub explored_in_notch: u64,
}

impl Judgement {
    /// Probability of a gain that a loosening to `threshold` needs.
    pub fn gate_for(&self, threshold: f64) -> f64 {
        let is_large = self.current - threshold > self.half_notch + 1e-9;
        if is_large { self.gate_notch } else { self.gate_half_notch }
    }

    /// A loosening must be probable enough: there are no data below the bar. Tightening needs no gate.
    fn admits(&self, candidate: &Candidate) -> bool {
        candidate.threshold >= self.current
            || candidate.probability_better.is_some_and(|probability| probability >= self.gate_for(candidate.threshold))
    }
}

/// Judges the bar by what an SQL is worth and an MQL costs (units of the currency, both above 0).
pub fn judge(evidence: &Evidence, value_per_sql: f64, cost_per_mql: f64, rule: &Rule) -> Judgement {
    let months = months_of(evidence);
    let (mature_mqls, mature_sqls) = totals(&months);
    let economics = Economics { value: value_per_sql, cost: cost_per_mql };
    let mut judgement = Judgement {
        verdict: Verdict::NotEnoughData,
        current: finite(evidence.threshold),
        suggested: finite(evidence.threshold),
        candidates: Vec::new(),
        plateau: None,
        phi: overdispersion(&months),
        change: None,
        mature_mqls,
        mature_sqls,
        least_mqls: rule.least_mqls,
        least_sqls: rule.least_sqls,
        value_per_sql: finite(value_per_sql),
        cost_per_mql: finite(cost_per_mql),
        break_even: finite(cost_per_mql / value_per_sql),
        marginal_at_bar: None,
        switching_cost: finite(rule.switching_cost * cost_per_mql),
        delay_per_week: rule.delay_range(),
        half_notch: finite(0.5 * rule.notch * evidence.threshold),
        gate_half_notch: rule.gate_half_notch,
        gate_notch: rule.gate_notch,
        explored_in_notch: explored_in_notch(evidence, rule),
    };
    let known = value_per_sql.is_finite() && cost_per_mql.is_finite() && value_per_sql > 0.0 && cost_per_mql >= 0.0;
    if !known || !is_enough(evidence, &months, rule) {
        return judgement;
    }

    let prior = Prior { centre: cost_per_mql / value_per_sql, near_share: rule.near_share };
    let posterior = Posterior::new(evidence, &months, rule, prior);
    let candidates = posterior.candidates(evidence, Some(economics));
    let bar = posterior.grid.notch_bands;
    let decision = decide(&judgement, &candidates, bar);
    judgement.plateau = Some(plateau(&judgement, &candidates, decision));
    judgement.suggested = candidates[decision].threshold;
    judgement.marginal_at_bar = candidates[bar].marginal_rate;
    judgement.change = posterior.change;
    judgement.verdict = match decision.cmp(&bar) {
        std::cmp::Ordering::Greater => Verdict::Tighten,
        std::cmp::Ordering::Less => Verdict::LoosenOneNotch,
        std::cmp::Ordering::Equal if asks_for_exploration(&judgement, &candidates, bar, rule) => Verdict::Explore,
        std::cmp::Ordering::Equal => Verdict::Keep,
    };
    judgement.candidates = candidates;
    judgement
}

/// Volume and rates by threshold when no economics are known: the same emulation and line, with a wide prior around the
/// overall rate, and no gains. Only the threshold in force (or nothing) when there are not enough data.
pub fn frontier(evidence: &Evidence, rule: &Rule) -> Vec<Candidate> {
    let months = months_of(evidence);
    let (mqls, sqls) = totals(&months);
    if mqls == 0 {
        return Vec::new();
    }
    if !is_enough(evidence, &months, rule) {
        return vec![Candidate {
            threshold: finite(evidence.threshold),
            gain_per_mql: None,
            low: None,
            high: None,
            probability_better: None,
            mqls_share: 1.0,
            sqls_share: 1.0,
            average_rate: Some(sqls as f64 / mqls as f64),
            marginal_rate: None,
            moved_rate: None,
            basis: Basis::Observed,
        }];
    }
    let prior = Prior { centre: sqls as f64 / mqls as f64, near_share: 0.0 };
    Posterior::new(evidence, &months, rule, prior).candidates(evidence, None)
}

#[derive(Clone, Copy)]
struct Economics {
    value: f64,
    cost: f64,
}

/// MQLs and SQLs of a month.
#[derive(Clone, Copy, Default)]
struct MonthCount {
    /// Mature MQLs and their SQLs.
    mqls: u64,
    sqls: u64,
    /// All MQLs as far as their SQLs could have come, and the SQLs so far.
    exposed: f64,
    seen_sqls: u64,
}

fn months_of(evidence: &Evidence) -> BTreeMap<Month, MonthCount> {
    let exposure = evidence.exposure();
    let mut months: BTreeMap<Month, MonthCount> = BTreeMap::new();
    let mut count = |month, weeks_seen: u32, n: u64, sqls: u64| {
        let month: &mut MonthCount = months.entry(month).or_default();
        if evidence.is_mature(weeks_seen) {
            month.mqls += n;
            month.sqls += sqls;
        }
        month.exposed += n as f64 * exposure[(weeks_seen as usize).min(WEEKS)];
        month.seen_sqls += sqls;
    };
    for row in evidence.unconverted.iter().filter(|row| row.n > 0) {
        count(row.month, row.weeks_seen, row.n, 0);
    }
    for row in evidence.converted.iter().filter(|row| row.n > 0) {
        count(row.month, row.weeks_seen, row.n, row.n);
    }
    months
}

/// Mature MQLs and their SQLs.
fn totals(months: &BTreeMap<Month, MonthCount>) -> (u64, u64) {
    months.values().fold((0, 0), |(mqls, sqls), month| (mqls + month.mqls, sqls + month.sqls))
}

/// All MQLs as far as their SQLs could have come, and the SQLs so far.
fn seen(months: &BTreeMap<Month, MonthCount>) -> (f64, u64) {
    months.values().fold((0.0, 0), |(exposed, sqls), month| (exposed + month.exposed, sqls + month.seen_sqls))
}

fn is_enough(evidence: &Evidence, months: &BTreeMap<Month, MonthCount>, rule: &Rule) -> bool {
    let (mqls, sqls) = totals(months);
    let has_scale = evidence.threshold.is_finite()
        && evidence.threshold > 0.0
        && evidence.step.is_finite()
        && evidence.step > 0.0
        && !rule.nuisances.is_empty();
    has_scale && mqls > 0 && mqls >= rule.least_mqls && sqls >= rule.least_sqls
}

/// φ of the months of the evidence.
pub fn overdispersion_of(evidence: &Evidence) -> f64 {
    overdispersion(&months_of(evidence))
}

/// φ by the moving range of successive months, which one shift of level hardly touches; 1 with fewer than 4 months of at
/// least 10 MQLs.
fn overdispersion(months: &BTreeMap<Month, MonthCount>) -> f64 {
    let kept: Vec<(f64, f64)> =
        months.values().filter(|month| month.mqls >= 10).map(|month| (month.mqls as f64, month.sqls as f64)).collect();
    if kept.len() < 4 {
        return 1.0;
    }
    let (mqls, sqls) = kept.iter().fold((0.0, 0.0), |(n, x), month| (n + month.0, x + month.1));
    let rate = sqls / mqls;
    let variance = rate * (1.0 - rate);
    if variance <= 0.0 {
        return 1.0;
    }
    let ranges = kept.windows(2).map(|pair| {
        let ((n0, x0), (n1, x1)) = (pair[0], pair[1]);
        (x1 / n1 - x0 / n0).powi(2) / (variance * (1.0 / n1 + 1.0 / n0))
    });
    (ranges.sum::<f64>() / (kept.len() - 1) as f64).max(1.0)
}

/// Bands that the bar may be lowered by.
pub fn notch_bands(evidence: &Evidence, rule: &Rule) -> usize {
    let bands = (rule.notch * evidence.threshold / evidence.step).round_ties_even().max(1.0) as usize;
    let above_zero = ((evidence.threshold / evidence.step - 1e-9).floor()).max(0.0) as usize;
    bands.min(above_zero).min(bands_below(evidence.threshold, evidence.step))
}

fn explored_in_notch(evidence: &Evidence, rule: &Rule) -> u64 {
    let below = bands_below(evidence.threshold, evidence.step);
    let lowest = below.saturating_sub(notch_bands(evidence, rule));
    evidence.explored.iter().filter(|row| (lowest..below).contains(&row.band)).map(|row| row.n).sum()
}

/// Weights against the length bias of a history with a beginning, from the segment's first day on.
pub fn age_weight(evidence: &Evidence, first_month: Option<Month>, age_class: u32) -> f64 {
    let (Some(first_created), Some(as_of), Some(month)) = (evidence.first_created, evidence.as_of, first_month) else {
        return 1.0;
    };
    let begin = f64::from(first_created.0);
    let last_used = f64::from(as_of.0) + 1.0 - f64::from(evidence.least_age_days);
    let length = last_used - f64::from(month.first_day().0).max(begin);
    if length <= 0.0 {
        return 1.0;
    }
    let age = f64::from(AGE_CLASS_DAYS) * (f64::from(age_class) + 0.5);
    (length / length.min(last_used - begin - age).max(1.0)).min(3.0)
}

// ---------------------------------------------------------------------------------------------------------------------
// The grid of lines.

const ALPHA_LIMIT: f64 = 4.0;
const ALPHA_STEP: f64 = 0.08;
const ALPHAS: usize = 101;
const BETA_STEP: f64 = 0.1;
const BETAS: usize = 31;

/// Where the line is centred and how much of the prior sits at the centre.
#[derive(Clone, Copy)]
struct Prior {
    /// The rate that α = 0 stands for.
    centre: f64,
    near_share: f64,
}

/// A line: level and slope, in logits.
#[derive(Clone, Copy)]
struct Line {
    alpha: f64,
    beta: f64,
}

/// α from −4 to 4 and β from 0 to 3; where the overall rate lies near or beyond an end of α, that end is moved out.
fn lines(centre: f64, overall_rate: f64) -> Vec<Line> {
    let distance = logit(overall_rate.clamp(0.001, 0.999)) - centre;
    let added = ((distance.abs() + 2.0 - ALPHA_LIMIT) / ALPHA_STEP).ceil().max(0.0) as usize;
    let first = if distance < 0.0 { added as f64 } else { 0.0 };
    (0..(ALPHAS + added) * BETAS)
        .map(|point| Line {
            alpha: -ALPHA_LIMIT + ALPHA_STEP * ((point / BETAS) as f64 - first),
            beta: BETA_STEP * (point % BETAS) as f64,
        })
        .collect()
}

/// Tables over the grid that every likelihood and every gain shares.
struct Grid {
    /// Logit of the rate at α = 0.
    centre: f64,
    /// The lines, α outermost.
    lines: Vec<Line>,
    /// ln(middle / θ₀) of the bands above the bar.
    above: Vec<f64>,
    /// ln(middle / θ₀) of the bands below the bar, lowest first.
    below: Vec<f64>,
    /// Bands that the bar may be lowered by.
    notch_bands: usize,
    /// Log prior by line.
    log_prior: Vec<f64>,
    /// ln(1 + e^η) by line and band above.
    log_one_plus: Vec<f64>,
    /// Rate by line and band, from the lowest band of the notch up to the highest above.
    rates: Vec<f64>,
}

impl Grid {
    fn new(evidence: &Evidence, overall_rate: f64, rule: &Rule, prior: Prior) -> Grid {
        let centre = logit(prior.centre.clamp(1e-6, 0.95));
        let lines = lines(centre, overall_rate);
        let (bar, step) = (evidence.threshold, evidence.step);
        let n_below = bands_below(bar, step);
        let above: Vec<f64> = (0..BANDS).map(|j| ((bar + step * (j as f64 + 0.5)) / bar).ln()).collect();
        // The lowest band's middle stays above 0 because the bands below are whole steps.
        let below: Vec<f64> =
            (0..n_below).map(|i| ((bar - step * ((n_below - i) as f64 - 0.5)).max(step * 0.25) / bar).ln()).collect();
        let notch_bands = if evidence.below_mqls > 0 { notch_bands(evidence, rule) } else { 0 };
        let log_prior = log_prior(&lines, rule, prior);
        let mut log_one_plus = Vec::with_capacity(lines.len() * BANDS);
        let mut rates = Vec::with_capacity(lines.len() * (notch_bands + BANDS));
        for line in &lines {
            let eta = |x: &f64| centre + line.alpha + line.beta * x;
            rates.extend(below[n_below - notch_bands..].iter().chain(&above).map(|x| logistic(eta(x))));
            log_one_plus.extend(above.iter().map(|x| log_one_plus_exp(eta(x))));
        }
        Grid { centre, lines, above, below, notch_bands, log_prior, log_one_plus, rates }
    }

    /// ln(middle / θ₀) of the bands that a candidate rests on, lowest first.
    fn places(&self) -> impl Iterator<Item = f64> {
        self.below[self.below.len() - self.notch_bands..].iter().chain(&self.above).copied()
    }

    /// Rates of a line by band, lowest band of the notch first.
    fn rates_of(&self, line: usize) -> &[f64] {
        let width = self.notch_bands + BANDS;
        &self.rates[line * width..(line + 1) * width]
    }

    /// Log prior plus log likelihood of the bands above the bar, by line. `share` tempers the counts.
    fn log_joint(&self, bands: &Bands, share: f64) -> Vec<f64> {
        let n: Vec<f64> = bands.exposed.iter().map(|n| n * share).collect();
        let sqls: f64 = bands.sqls.iter().sum::<f64>() * share;
        let sqls_by_place: f64 = bands.sqls.iter().zip(&self.above).map(|(y, x)| y * x).sum::<f64>() * share;
        self.lines
            .iter()
            .zip(self.log_one_plus.chunks_exact(BANDS))
            .zip(&self.log_prior)
            .map(|((line, table), log_prior)| {
                let normal: f64 = n.iter().zip(table).map(|(n, value)| n * value).sum();
                sqls * (self.centre + line.alpha) + sqls_by_place * line.beta - normal + log_prior
            })
            .collect()
    }

    /// Adds the log likelihood of explored leads, which carry no waiting: their logits lie `offset` lower.
    fn add_explored(&self, log_joint: &mut [f64], explored: &[(f64, f64)], offset: f64, share: f64) {
        for (x, &(n, sqls)) in self.below.iter().zip(explored).filter(|(_, (n, _))| *n > 0.0) {
            for (line, value) in self.lines.iter().zip(log_joint.iter_mut()) {
                let eta = self.centre - offset + line.alpha + line.beta * x;
                *value += (sqls * eta - n * log_one_plus_exp(eta)) * share;
            }
        }
    }

    /// Mean rate in the first band above the bar under a log joint.
    fn rate_at_bar(&self, log_joint: &[f64]) -> f64 {
        let total = log_sum_exp(log_joint);
        let mean = log_joint
            .iter()
            .enumerate()
            .map(|(line, value)| (value - total).exp() * self.rates_of(line)[self.notch_bands])
            .sum();
        finite(mean)
    }
}

fn log_prior(lines: &[Line], rule: &Rule, prior: Prior) -> Vec<f64> {
    let bell = |x: f64, sd: f64| (-0.5 * (x / sd).powi(2)).exp() / sd;
    let weights: Vec<f64> = lines
        .iter()
        .map(|line| {
            let level = prior.near_share * bell(line.alpha, rule.near_sd)
                + (1.0 - prior.near_share) * bell(line.alpha, rule.far_sd);
            level * bell(line.beta - rule.slope_mean, rule.slope_sd)
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum).ln()).collect()
}

/// Emulated MQLs and SQLs by band above the bar.
struct Bands {
    mqls: Vec<f64>,
    exposed: Vec<f64>,
    sqls: Vec<f64>,
}

impl Bands {
    fn of(emulated: &Emulated) -> Bands {
        Bands { mqls: emulated.mqls_by_band(), exposed: emulated.exposed_by_band(), sqls: emulated.sqls_by_band() }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The posterior: a mixture over segments, nuisances and lines.

/// One segment under one nuisance: lines and their weights.
struct Component {
    weight: f64,
    /// MQLs by band above the bar per current MQL.
    mqls: Vec<f64>,
    /// Lines that matter and their probability.
    lines: Vec<(usize, f64)>,
}

struct Posterior {
    grid: Grid,
    components: Vec<Component>,
    /// Leads below the bar per current MQL, by band of the notch, lowest first.
    leads_below: Vec<f64>,
    change: Option<ChangePoint>,
    average_rate: f64,
}

/// Segments less probable than this are dropped.
const LEAST_SEGMENT: f64 = 0.01;
/// Lines less probable than this, against the most probable one, are dropped.
const LEAST_LINE: f64 = 1e-6;

impl Posterior {
    fn new(evidence: &Evidence, months: &BTreeMap<Month, MonthCount>, rule: &Rule, prior: Prior) -> Posterior {
        let (exposed, sqls) = seen(months);
        let average_rate = sqls as f64 / exposed;
        let grid = Grid::new(evidence, average_rate, rule, prior);
        let share = 1.0 / (rule.imputation_spare * overdispersion(months));
        let (segments, change) = segments(evidence, months, rule, &grid, share);
        let first_month = months.keys().next().copied();
        let mut components = Vec::new();
        let kept: f64 = segments.iter().map(|segment| segment.probability).filter(|p| *p >= LEAST_SEGMENT).sum();
        let nuisance_sum: f64 = rule.nuisances.iter().map(|nuisance| nuisance.weight).sum();
        for segment in segments.iter().filter(|segment| segment.probability >= LEAST_SEGMENT) {
            let begin = segment.from.or(first_month);
            let emulation = Emulation::new(evidence, |month, age_class| {
                if segment.from.is_some_and(|from| month < from) { 0.0 } else { age_weight(evidence, begin, age_class) }
            });
            let effective = emulation.weight_sum / emulation.weight_square_sum;
            let explored = explored_by_band(evidence, segment.from, grid.below.len());
            let component = |nuisance: &Nuisance| {
                let bands = Bands::of(&emulation.at(nuisance.odds, nuisance.delay_per_week));
                let unhurried = Bands::of(&emulation.at(nuisance.odds, 0.0));
                let mut log_joint = grid.log_joint(&bands, share * effective);
                grid.add_explored(
                    &mut log_joint,
                    &explored,
                    waiting_offset(&bands, &unhurried),
                    share * rule.imputation_spare,
                );
                Component {
                    weight: segment.probability / kept * nuisance.weight / nuisance_sum,
                    mqls: bands.mqls.iter().map(|n| n / emulation.weight_sum).collect(),
                    lines: likely_lines(&log_joint),
                }
            };
            let component = &component;
            // They know nothing of each other, and come back in their order.
            let found: Vec<Vec<Component>> = thread::scope(|scope| {
                let chunks = rule.nuisances.chunks(rule.nuisances.len().div_ceil(THREADS).max(1));
                let begun: Vec<_> =
                    chunks.map(|chunk| scope.spawn(move || chunk.iter().map(component).collect())).collect();
                let joined = |job: thread::ScopedJoinHandle<'_, _>| job.join().unwrap_or_else(|p| resume_unwind(p));
                begun.into_iter().map(joined).collect()
            });
            components.extend(found.into_iter().flatten());
        }
        let leads_below = leads_below(evidence, grid.below.len(), grid.notch_bands);
        // What is shown at the bar is what was counted there: MQLs that have had their window.
        let (mature_mqls, mature_sqls) = totals(months);
        let average_rate = mature_sqls as f64 / mature_mqls.max(1) as f64;
        Posterior { grid, components, leads_below, change, average_rate }
    }

    /// Calls `each` with every weighted line: the component, the weight, the line and its rates by band.
    fn for_each_line(&self, mut each: impl FnMut(&Component, f64, Line, &[f64])) {
        for component in &self.components {
            for &(line, probability) in &component.lines {
                each(component, component.weight * probability, self.grid.lines[line], self.grid.rates_of(line));
            }
        }
    }

    fn candidates(&self, evidence: &Evidence, economics: Option<Economics>) -> Vec<Candidate> {
        let bar = self.grid.notch_bands;
        let n = bar + BANDS;
        let mut moved = Moved::new(n);
        let mut mean = vec![Mean::default(); n];
        let mut total_sqls = 0.0;
        let mut mean_line = Line { alpha: 0.0, beta: 0.0 };
        self.for_each_line(|component, weight, line, rates| {
            moved.at(component, &self.leads_below, rates);
            total_sqls += weight * component.mqls.iter().zip(&rates[bar..]).map(|(n, r)| n * r).sum::<f64>();
            for (c, mean) in mean.iter_mut().enumerate() {
                mean.mqls += weight * moved.mqls[c];
                mean.sqls += weight * moved.sqls[c];
                mean.gain += weight * moved.gain(c, economics);
                mean.rate += weight * rates[c];
            }
            mean_line.alpha += weight * line.alpha;
            mean_line.beta += weight * line.beta;
        });
        let mut spread = vec![Spread::default(); n];
        // The flat line through break-even gains exactly nothing; rounding must not decide which side it is on.
        let tie = economics.map_or(0.0, |money| 1e-9 * money.cost);
        let (mut alpha_variance, mut beta_variance, mut covariance) = (0.0, 0.0, 0.0);
        self.for_each_line(|component, weight, line, rates| {
            let (alpha, beta) = (line.alpha - mean_line.alpha, line.beta - mean_line.beta);
            alpha_variance += weight * alpha * alpha;
            beta_variance += weight * beta * beta;
            covariance += weight * alpha * beta;
            moved.at(component, &self.leads_below, rates);
            for (c, spread) in spread.iter_mut().enumerate() {
                let gain = moved.gain(c, economics);
                spread.gain += weight * (gain - mean[c].gain).powi(2);
                spread.better += if gain > tie { weight } else { 0.0 };
            }
        });
        let step = evidence.step;
        (0..n)
            .zip(self.grid.places())
            .map(|(c, place)| {
                let (mean, spread) = (mean[c], spread[c]);
                let mqls_share = finite((1.0 + mean.mqls).max(0.0));
                let sqls_share = if total_sqls > 0.0 { finite((1.0 + mean.sqls / total_sqls).max(0.0)) } else { 0.0 };
                let margin = Z90 * spread.gain.sqrt();
                let known = economics.is_some();
                // Bands where (next to) no lead stops carry nothing but the line.
                let reached = mqls_share > 1e-6;
                Candidate {
                    threshold: evidence.threshold + step * (c as f64 - bar as f64),
                    gain_per_mql: known.then_some(finite(mean.gain)),
                    low: known.then_some(finite(mean.gain - margin)),
                    high: known.then_some(finite(mean.gain + margin)),
                    probability_better: (known && c != bar).then_some(finite(spread.better.clamp(0.0, 1.0))),
                    mqls_share,
                    sqls_share,
                    average_rate: reached.then_some(finite((self.average_rate * sqls_share / mqls_share).min(1.0))),
                    marginal_rate: reached.then(|| {
                        let eta = self.grid.centre + mean_line.alpha + mean_line.beta * place;
                        let variance = alpha_variance + place * (2.0 * covariance + place * beta_variance);
                        let margin = Z90 * variance.max(0.0).sqrt();
                        let (low, high) = (logistic(eta - margin), logistic(eta + margin));
                        (mean.rate, low.min(mean.rate), high.max(mean.rate))
                    }),
                    moved_rate: (mean.mqls.abs() > 1e-9).then_some(finite((mean.sqls / mean.mqls).clamp(0.0, 1.0))),
                    basis: match c.cmp(&bar) {
                        std::cmp::Ordering::Less => Basis::Extrapolated,
                        std::cmp::Ordering::Equal => Basis::Observed,
                        std::cmp::Ordering::Greater => Basis::Emulated,
                    },
                }
            })
            .collect()
    }
}

/// MQLs and SQLs that a move from the bar to each candidate adds (negative: takes out), per current MQL.
struct Moved {
    mqls: Vec<f64>,
    sqls: Vec<f64>,
}

impl Moved {
    fn new(candidates: usize) -> Moved {
        Moved { mqls: vec![0.0; candidates], sqls: vec![0.0; candidates] }
    }

    fn at(&mut self, component: &Component, leads_below: &[f64], rates: &[f64]) {
        let bar = leads_below.len();
        let (mut mqls, mut sqls) = (0.0, 0.0);
        for i in (0..bar).rev() {
            mqls += leads_below[i];
            sqls += leads_below[i] * rates[i];
            (self.mqls[i], self.sqls[i]) = (mqls, sqls);
        }
        (mqls, sqls) = (0.0, 0.0);
        for j in 0..BANDS {
            (self.mqls[bar + j], self.sqls[bar + j]) = (mqls, sqls);
            mqls -= component.mqls[j];
            sqls -= component.mqls[j] * rates[bar + j];
        }
    }

    fn gain(&self, candidate: usize, economics: Option<Economics>) -> f64 {
        economics.map_or(0.0, |money| money.value * self.sqls[candidate] - money.cost * self.mqls[candidate])
    }
}

#[derive(Clone, Copy, Default)]
struct Mean {
    mqls: f64,
    sqls: f64,
    gain: f64,
    rate: f64,
}

#[derive(Clone, Copy, Default)]
struct Spread {
    gain: f64,
    better: f64,
}

/// Months that are taken together, and how probable it is that they are what counts.
struct Segment {
    /// `None`: all months.
    from: Option<Month>,
    probability: f64,
}

/// No change, or a change at each month that leaves enough on both sides and two full months after it.
fn segments(
    evidence: &Evidence,
    months: &BTreeMap<Month, MonthCount>,
    rule: &Rule,
    grid: &Grid,
    share: f64,
) -> (Vec<Segment>, Option<ChangePoint>) {
    // Changes are weighed under the most trusted nuisance, unweighted.
    let mut nuisance = rule.nuisances[0];
    for other in &rule.nuisances {
        if other.weight > nuisance.weight {
            nuisance = *other;
        }
    }
    let log_joint = |holds: &dyn Fn(Month) -> bool| {
        let emulation = Emulation::new(evidence, |month, _| if holds(month) { 1.0 } else { 0.0 });
        grid.log_joint(&Bands::of(&emulation.at(nuisance.odds, nuisance.delay_per_week)), share)
    };
    let (exposed, sqls) = seen(months);
    let last_used = evidence.as_of.map(|day| day.plus(1).plus(-(evidence.least_age_days as i32)));
    let (mut before, mut sqls_before) = (0.0, 0);
    let mut splits: Vec<(Month, f64, f64, f64)> = Vec::new();
    for (&month, count) in months {
        let enough = f64::min(before, exposed - before) >= rule.least_segment_mqls.max(1) as f64
            && sqls_before.min(sqls - sqls_before) >= rule.least_segment_sqls;
        let two_full_months = last_used.is_some_and(|day| month.plus(2).first_day() <= day);
        if enough && two_full_months {
            let before = log_joint(&|other| other < month);
            let after = log_joint(&|other| other >= month);
            let evidence = log_sum_exp(&before) + log_sum_exp(&after);
            splits.push((month, evidence, grid.rate_at_bar(&before), grid.rate_at_bar(&after)));
        }
        before += count.exposed;
        sqls_before += count.seen_sqls;
    }
    let whole = Segment { from: None, probability: 1.0 };
    if splits.is_empty() || rule.change_prior <= 0.0 {
        return (vec![whole], None);
    }
    let mut logs = vec![(1.0 - rule.change_prior).ln() + log_sum_exp(&log_joint(&|_| true))];
    logs.extend(splits.iter().map(|split| (rule.change_prior / splits.len() as f64).ln() + split.1));
    let total = log_sum_exp(&logs);
    let mut segments = vec![Segment { probability: (logs[0] - total).exp(), ..whole }];
    segments.extend(
        splits
            .iter()
            .zip(&logs[1..])
            .map(|(split, log)| Segment { from: Some(split.0), probability: (log - total).exp() }),
    );
    let mut likeliest = 0;
    for (i, log) in logs[1..].iter().enumerate() {
        if *log > logs[1 + likeliest] {
            likeliest = i;
        }
    }
    let (month, _, rate_before, rate_after) = splits[likeliest];
    let probability = finite(segments[1..].iter().map(|segment| segment.probability).sum::<f64>().min(1.0));
    (segments, Some(ChangePoint { month, probability, rate_before, rate_after }))
}

/// Explored leads and their SQLs by band below the bar, handed over in `from` or later.
fn explored_by_band(evidence: &Evidence, from: Option<Month>, bands: usize) -> Vec<(f64, f64)> {
    let mut explored = vec![(0.0, 0.0); bands];
    for row in evidence.explored.iter().filter(|row| from.is_none_or(|from| row.month >= from)) {
        let cell = &mut explored[row.band.min(bands - 1)];
        cell.0 += row.n as f64;
        cell.1 += row.sqls.min(row.n) as f64;
    }
    explored
}

/// How much lower (log) the rate at the bar is called when the SQLs that waiting loses are not held against it.
fn waiting_offset(bands: &Bands, unhurried: &Bands) -> f64 {
    let at_bar = |bands: &Bands| bands.sqls[..3].iter().sum::<f64>().max(0.5);
    (at_bar(bands) / at_bar(unhurried)).ln()
}

/// Leads per current MQL in each band of the notch, lowest first.
fn leads_below(evidence: &Evidence, bands: usize, notch_bands: usize) -> Vec<f64> {
    let mut leads = vec![0.0; notch_bands];
    for &(band, n) in &evidence.below {
        if let Some(i) = band.min(bands - 1).checked_sub(bands - notch_bands) {
            leads[i] += n as f64 / evidence.below_mqls.max(1) as f64;
        }
    }
    leads
}

fn likely_lines(log_joint: &[f64]) -> Vec<(usize, f64)> {
    let most = log_joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut lines: Vec<(usize, f64)> = log_joint
        .iter()
        .enumerate()
        .map(|(line, value)| (line, (value - most).exp()))
        .filter(|(_, weight)| *weight > LEAST_LINE)
        .collect();
    let sum: f64 = lines.iter().map(|(_, weight)| weight).sum();
    lines.iter_mut().for_each(|(_, weight)| *weight /= sum);
    lines
}

// ---------------------------------------------------------------------------------------------------------------------
// The decision.

fn gain(candidates: &[Candidate], candidate: usize) -> f64 {
    candidates[candidate].gain_per_mql.unwrap_or(0.0)
}

/// The best admissible candidate, if it gains more than the cost of moving; else the bar.
fn decide(judgement: &Judgement, candidates: &[Candidate], bar: usize) -> usize {
    let mut best = bar;
    for candidate in 0..candidates.len() {
        if judgement.admits(&candidates[candidate]) && gain(candidates, candidate) > gain(candidates, best) {
            best = candidate;
        }
    }
    if gain(candidates, best) > judgement.switching_cost { best } else { bar }
}

/// The run of neighbours around the decision that fall short of the best by the cost of moving at most. A loosening
/// that is not probable enough belongs to it when it is as good, not when it looks better.
fn plateau(judgement: &Judgement, candidates: &[Candidate], decision: usize) -> (f64, f64) {
    let best = (0..candidates.len())
        .filter(|&candidate| judgement.admits(&candidates[candidate]))
        .map(|candidate| gain(candidates, candidate))
        .fold(0.0, f64::max);
    let belongs = |candidate: usize| {
        let gain = gain(candidates, candidate);
        gain >= best - judgement.switching_cost
            && (gain <= best + judgement.switching_cost || judgement.admits(&candidates[candidate]))
    };
    let (mut low, mut high) = (decision, decision);
    while low > 0 && belongs(low - 1) {
        low -= 1;
    }
    while high + 1 < candidates.len() && belongs(high + 1) {
        high += 1;
    }
    (candidates[low].threshold, candidates[high].threshold)
}

/// Kept, but the leads just above the bar (two bands) pay, and too few below it were worked to tell.
fn asks_for_exploration(judgement: &Judgement, candidates: &[Candidate], bar: usize, rule: &Rule) -> bool {
    if judgement.explored_in_notch >= rule.enough_explored || bar == 0 {
        return false;
    }
    let pays =
        candidates.get(bar + 2).and_then(|candidate| candidate.moved_rate).is_some_and(|r| r > judgement.break_even);
    match rule.explore_when {
        ExploreWhen::LeadsAboveTheBarPay => pays,
        ExploreWhen::LooseningMayPay => pays && (0..bar).any(|c| gain(candidates, c) > judgement.switching_cost),
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Numbers.

/// A finite number that is not −0; what is not finite (which no valid input leads to) becomes 0.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value + 0.0 } else { 0.0 }
}

/// ln(p / (1 − p)), with p kept away from 0 and 1.
fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-9, 1.0 - 1e-9);
    (p / (1.0 - p)).ln()
}

fn logistic(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

fn log_one_plus_exp(eta: f64) -> f64 {
    eta.max(0.0) + (-eta.abs()).exp().ln_1p()
}

fn log_sum_exp(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + values.iter().map(|value| (value - most).exp()).sum::<f64>().ln()
}
