//! What would other criteria have done to the same history?
//!
//! The MQLs that today's criteria explain are replayed under both versions. Of those that would not have reached the new
//! bar before their SQL, some would have reached it later; the policy emulation ([`super::emulation`]) says how many:
//!
//! ```text
//! n, y          MQLs and SQLs that a version brings among them, waiting taken off, averaged over the nuisances (κ, δ)
//! avoided       L = n(today) − n(new),   lost  Y = y(today) − y(new)
//! gain          (c L − V Y) / months,    sd² = φ V² L r (1 − r) + spread over (κ, δ),  r = (Y + ½) / (L + 1)
//! entering      E leads never worked: their gain lies between −c E and E (V u − c), u = rate at the new bar, upper limit
//! ```
//!
//! Both versions go through the same emulation and only the difference is added to today's counts, so that today's own
//! criteria give today's numbers exactly. Where nothing but the threshold changes, volume, rate and gain are those of the
//! sweep ([`super::SweepRow`]): one definition. What would enter was never worked: no outcome is known, and none is made up.

use super::emulation::{Emulated, Emulation};
use super::evidence::Evidence;
use super::threshold::{self, Basis, Rule, Z90};
use super::tried::BarTried;
use super::{Calibration, CriteriaView, SweepRow, priced, view};
use crate::config::plan::{Criteria, Plan};
use crate::metrics::Estimate;
use crate::stats::proportion;
use crate::vocabulary::Day;
use schemars::JsonSchema;
use serde::Serialize;

/// Bands between the lowest score that is told apart and the new bar.
pub const BANDS_BELOW: usize = 9;

/// A simulation, as `leadgauge simulate --json` prints it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Simulation {
    /// Version of this format.
    pub schema_version: u32,
    /// The last visible day.
    pub as_of: Day,
    /// Today's criteria.
    pub today: CriteriaView,
    /// The simulated criteria.
    pub simulated: CriteriaView,
    /// Months of MQLs whose outcome is known.
    pub months: f64,
    /// MQLs per month.
    pub mqls_per_month: Figure,
    /// SQLs per month, those lost by waiting taken off.
    pub sqls_per_month: Figure,
    /// MQL→SQL.
    pub mql_to_sql: Figure,
    /// What sales' work on the MQLs costs per month, in units of the currency.
    pub sales_cost_per_month: Figure,
    /// Value of the SQLs less sales' cost, per month.
    pub profit_per_month: Figure,
    /// The same against today's criteria.
    pub gain_per_month: Figure,
    /// Probability that the new criteria are better; known where nothing but the threshold changes.
    pub probability_better: Option<f64>,
    /// The MQLs with a known outcome, one by one.
    pub moves: Moves,
    /// SQLs that would be lost: those of the MQLs that leave, less those that would have come later all the same.
    pub sqls_lost: Figure,
    /// Gain per month of the MQLs that leave or wait, in units of the currency.
    pub gain_of_leaving: Figure,
    /// Gain per month of the leads that enter: bounds, no value.
    pub gain_of_entering: Figure,
}

/// A number under today's criteria and under the simulated ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Figure {
    /// Under today's criteria; `null` where it is not known.
    pub today: Option<f64>,
    /// Under the simulated ones, with a 90 % range, or with bounds and no value where no outcome is known.
    pub simulated: Estimate,
    /// What the simulated number rests on.
    pub basis: Basis,
}

/// What would have happened to the leads, one by one, in the months whose outcomes are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Moves {
    /// MQLs that stay MQLs (observed).
    pub stay: u64,
    /// Their SQLs (observed).
    pub stay_sqls: u64,
    /// MQLs that would not have reached the new bar before their SQL, or at all (observed).
    pub leave: u64,
    /// Their SQLs (observed): lost unless they would have reached it later.
    pub leave_sqls: u64,
    /// MQLs that stay and would have been MQLs earlier.
    pub earlier: u64,
    /// By how many days, in the middle.
    pub earlier_days: Option<f64>,
    /// MQLs that stay and would have been MQLs later.
    pub later: u64,
    /// By how many days, in the middle.
    pub later_days: Option<f64>,
    /// Leads that were never MQL and would have been (extrapolated: nobody worked them).
    pub enter: u64,
    /// Of these, SQLs that came without the bar.
    pub enter_sqls: u64,
    /// Of these, leads worked on purpose whose window has passed.
    pub enter_explored: u64,
    /// SQLs of those.
    pub enter_explored_sqls: u64,
    /// Recorded MQLs that today's criteria do not explain; they are left as they are.
    pub unexplained: u64,
}

/// What a simulation is made of.
pub struct Grounds<'a> {
    /// Today's judgement.
    pub calibration: &'a Calibration,
    /// Evidence of today's criteria, for the spread of months.
    pub months: &'a Evidence,
    /// Paths under today's criteria; today's bar is the lower edge of band `BANDS_BELOW`.
    pub today: &'a Evidence,
    /// Paths under the simulated criteria; the new bar is the lower edge of band `BANDS_BELOW`.
    pub simulated: &'a Evidence,
    /// The leads, one by one.
    pub moves: Moves,
}

/// Simulates. `None` where today's criteria have no MQL with a known outcome.
pub fn simulate(plan: &Plan, as_of: Day, today: &Criteria, new: &Criteria, grounds: &Grounds) -> Option<Simulation> {
    let calibration = grounds.calibration;
    let per_month = calibration.mqls_per_month.filter(|n| *n > 0.0)?;
    let months = calibration.mature_mqls as f64 / per_month;
    let economics = priced(&plan.economics);
    let row = only_threshold(today, new).and_then(|bar| at(&calibration.sweep, bar));
    let variants = Variants::of(plan, grounds.today, grounds.simulated);
    let months_phi = threshold::overdispersion_of(grounds.months);
    let moves = grounds.moves;
    let mut parts = Parts::of(&variants, BANDS_BELOW, &moves, &Scale { plan, calibration, months, phi: months_phi });
    let (mqls, sqls) = (per_month, calibration.mature_sqls as f64 / months);
    if let Some(row) = row.as_ref().filter(|row| row.basis == Basis::Emulated) {
        parts.lost = (sqls - row.sqls_per_month) * months;
        parts.leaving = row.gain_per_month;
    }
    let entering = moves.enter as f64 / months;
    let estimate = |value: Option<f64>, low: Option<f64>, high: Option<f64>| Estimate { value, low, high };
    let point = |value: f64| estimate(Some(value), None, None);
    let changed = match (moves.leave + moves.later > 0, moves.enter > 0) {
        (_, true) => Basis::Extrapolated,
        (true, _) => Basis::Emulated,
        _ => Basis::Observed,
    };
    let basis = row.as_ref().map_or(changed, |row| row.basis);
    let figure = |today: Option<f64>, simulated: Estimate| Figure { today, simulated, basis };
    let new_mqls = row.as_ref().map_or(parts.mqls(mqls, entering, months), |row| row.mqls_per_month);
    let new_sqls = match &row {
        Some(row) => point(row.sqls_per_month),
        None => parts.sqls(sqls, entering, months),
    };
    let over = |value: Option<f64>| value.filter(|_| new_mqls > 0.0).map(|sqls| (sqls / new_mqls).min(1.0));
    let rate = estimate(over(new_sqls.value), over(new_sqls.low), over(new_sqls.high));
    let cost = economics.map(|(_, cost)| cost);
    let profit = economics.map(|(value, cost)| value * sqls - cost * mqls);
    let gain = match &row {
        Some(row) => row.gain_per_month,
        None => plus(parts.leaving, parts.entering, moves.enter == 0),
    };
    let and_profit = |gain: Option<f64>| Some(profit? + gain?);
    let money = |estimate: Estimate, basis: Basis| Figure { today: economics.map(|_| 0.0), simulated: estimate, basis };
    let emulated = if moves.leave + moves.later > 0 { Basis::Emulated } else { Basis::Observed };
    Some(Simulation {
        schema_version: 1,
        as_of,
        today: view(today),
        simulated: view(new),
        months,
        mqls_per_month: figure(Some(mqls), point(new_mqls)),
        sqls_per_month: figure(Some(sqls), new_sqls),
        mql_to_sql: figure(Some(sqls / mqls), rate),
        sales_cost_per_month: figure(
            cost.map(|cost| cost * mqls),
            cost.map_or(Estimate::NONE, |cost| point(cost * new_mqls)),
        ),
        profit_per_month: figure(profit, estimate(and_profit(gain.value), and_profit(gain.low), and_profit(gain.high))),
        gain_per_month: money(gain, basis),
        probability_better: row.as_ref().and_then(|row| row.probability_better),
        moves,
        sqls_lost: Figure {
            today: Some(0.0),
            simulated: estimate(
                Some(parts.lost),
                Some((parts.lost - parts.lost_margin).max(0.0).min(parts.lost)),
                Some(parts.lost + parts.lost_margin),
            ),
            basis: emulated,
        },
        gain_of_leaving: money(parts.leaving, emulated),
        gain_of_entering: money(parts.entering, if moves.enter > 0 { Basis::Extrapolated } else { Basis::Observed }),
    })
}

/// The new threshold, if nothing else changes.
pub fn only_threshold(today: &Criteria, new: &Criteria) -> Option<f64> {
    let alike = Criteria { threshold: today.threshold, effective_from: today.effective_from, ..new.clone() };
    (alike == *today).then_some(new.threshold)
}

/// A threshold's numbers in the sweep.
struct Row {
    mqls_per_month: f64,
    sqls_per_month: f64,
    gain_per_month: Estimate,
    probability_better: Option<f64>,
    basis: Basis,
}

/// The sweep at a threshold, drawn straight between its neighbours; `None` outside of it.
fn at(sweep: &[SweepRow], bar: f64) -> Option<Row> {
    let above = sweep.iter().position(|row| row.threshold >= bar - 1e-9)?;
    let high = &sweep[above];
    let low = if (high.threshold - bar).abs() < 1e-9 { high } else { sweep.get(above.checked_sub(1)?)? };
    let share =
        if high.threshold > low.threshold { (bar - low.threshold) / (high.threshold - low.threshold) } else { 0.0 };
    let mix = |low: f64, high: f64| low + share * (high - low);
    let maybe = |low: Option<f64>, high: Option<f64>| Some(mix(low?, high?));
    let gain = |read: fn(&Estimate) -> Option<f64>| maybe(read(&low.gain_per_month), read(&high.gain_per_month));
    let basis = if low.basis == Basis::Observed { high.basis } else { low.basis };
    Some(Row {
        mqls_per_month: mix(low.mqls_per_month, high.mqls_per_month),
        sqls_per_month: mix(low.sqls_per_month, high.sqls_per_month),
        gain_per_month: Estimate {
            value: gain(|gain| gain.value),
            low: gain(|gain| gain.low),
            high: gain(|gain| gain.high),
        },
        // Today's own row has none, and a chance next to it is no line between the two.
        probability_better: if std::ptr::eq(low, high) {
            high.probability_better
        } else {
            maybe(low.probability_better, high.probability_better)
        },
        basis,
    })
}

/// Both versions' paths under each assumption about waiting and about coming later.
struct Variants {
    /// Weight, today's version, the new one.
    each: Vec<(f64, Emulated, Emulated)>,
    /// The new version as counted, nothing lost by waiting.
    plain: Emulated,
}

impl Variants {
    fn of(plan: &Plan, today: &Evidence, new: &Evidence) -> Variants {
        let rule = rule(plan);
        let (today, new) = (Emulation::new(today, |_, _| 1.0), Emulation::new(new, |_, _| 1.0));
        let sum: f64 = rule.nuisances.iter().map(|nuisance| nuisance.weight).sum();
        let variant = |nuisance: &threshold::Nuisance| {
            let (odds, delay) = (nuisance.odds, nuisance.delay_per_week);
            (nuisance.weight / sum, today.at(odds, delay), new.at(odds, delay))
        };
        Variants { each: rule.nuisances.iter().map(variant).collect(), plain: new.at(1.0, 0.0) }
    }
}

/// The rule with the project's settings.
fn rule(plan: &Plan) -> Rule {
    let settings = &plan.calibration;
    Rule::with(settings.delay_per_week, settings.odds_factor, settings.notch)
}

/// What the counts are held against.
struct Scale<'a> {
    plan: &'a Plan,
    /// Today's judgement.
    calibration: &'a Calibration,
    /// Months of MQLs whose outcome is known, as far as they are in the counts.
    months: f64,
    /// Overdispersion φ of the months.
    phi: f64,
}

/// What leaves, waits and enters, in the whole history.
struct Parts {
    /// MQLs avoided.
    avoided: f64,
    /// SQLs lost, waiting included; with a 90 % range.
    lost: f64,
    lost_margin: f64,
    /// Gain per month of what leaves or waits.
    leaving: Estimate,
    /// Gain per month of what enters: bounds.
    entering: Estimate,
    /// Upper bound of the rate of what enters.
    upper: f64,
}

impl Parts {
    /// Of the new version with its bar at the lower edge of a band.
    fn of(variants: &Variants, band: usize, moves: &Moves, scale: &Scale) -> Parts {
        let (months, calibration) = (scale.months, scale.calibration);
        let economics = priced(&scale.plan.economics);
        let rule = rule(scale.plan);
        let swap = |(weight, now, then): &(f64, Emulated, Emulated)| {
            (*weight, now.mqls[BANDS_BELOW] - then.mqls[band], now.sqls[BANDS_BELOW] - then.sqls[band])
        };
        let swaps: Vec<(f64, f64, f64)> = variants.each.iter().map(swap).collect();
        let mean = |read: &dyn Fn(f64, f64) -> f64| -> f64 { swaps.iter().map(|(w, l, y)| w * read(*l, *y)).sum() };
        let (avoided, lost) = (mean(&|l, _| l), mean(&|_, y| y));
        let chance = {
            let n = avoided.max(lost).max(0.0);
            let rate = ((lost.max(0.0) + 0.5) / (n + 1.0)).min(1.0);
            scale.phi * n * rate * (1.0 - rate)
        };
        let spread = mean(&|_, y| (y - lost).powi(2));
        let lost_margin = Z90 * (chance + spread).sqrt();
        let gain = |(value, cost): (f64, f64)| {
            let gain = |l: f64, y: f64| (cost * l - value * y) / months;
            let middle = gain(avoided, lost);
            let spread = mean(&|l, y| (gain(l, y) - middle).powi(2));
            let margin = Z90 * (value * value * chance / months.powi(2) + spread).sqrt();
            Estimate { value: Some(middle), low: Some(middle - margin), high: Some(middle + margin) }
        };
        let is_enough = calibration.mature_mqls >= rule.least_mqls && calibration.mature_sqls >= rule.least_sqls;
        let upper = match moves.enter {
            0 => 0.0,
            _ => upper_rate(&variants.plain, band, moves, scale.plan.verdict.level),
        };
        let entering = economics.map_or(Estimate::NONE, |(value, cost)| {
            let n = moves.enter as f64;
            if moves.enter == 0 {
                return Estimate { value: Some(0.0), low: Some(0.0), high: Some(0.0) };
            }
            // SQLs that came without the bar are no gain of the bar.
            let most = most_gained(moves, upper);
            Estimate { value: None, low: Some(-cost * n / months), high: Some((value * most - cost * n) / months) }
        });
        Parts {
            avoided,
            lost,
            lost_margin,
            leaving: economics.filter(|_| is_enough).map_or(Estimate::NONE, gain),
            entering,
            upper,
        }
    }

    /// MQLs per month: of today's, less those that leave, and those that enter.
    fn mqls(&self, today: f64, entering: f64, months: f64) -> f64 {
        (today - self.avoided / months + entering).max(0.0)
    }

    /// SQLs per month. Those of leads that enter lie between none beyond what came anyway and all that the new bar's rate
    /// allows.
    fn sqls(&self, today: f64, entering: f64, months: f64) -> Estimate {
        let known = (today - self.lost / months).max(0.0);
        if entering == 0.0 {
            return Estimate { value: Some(known), low: None, high: None };
        }
        Estimate { value: None, low: Some(known), high: Some(known + entering * self.upper) }
    }
}

/// The most SQLs that those that enter could add to those that came anyway.
fn most_gained(moves: &Moves, upper: f64) -> f64 {
    (moves.enter as f64 * upper - moves.enter_sqls as f64).max(0.0)
}

/// Upper limit of the rate of the MQLs that only just reach the new bar; leads that enter hardly do better.
fn upper_rate(emulated: &Emulated, bar: usize, moves: &Moves, level: f64) -> f64 {
    if moves.enter_explored >= 20
        && let Some(limits) =
            proportion::clopper_pearson(moves.enter_explored_sqls as f64, moves.enter_explored as f64, level)
    {
        return limits.high;
    }
    let (n, y) = (emulated.mqls_by_band(), emulated.sqls_by_band());
    // As few bands above the new bar as hold enough MQLs.
    let (mut mqls, mut sqls) = (0.0, 0.0);
    for band in bar..n.len() {
        mqls += n[band];
        sqls += y[band];
        if mqls >= 40.0 && band > bar {
            break;
        }
    }
    proportion::clopper_pearson(sqls.min(mqls), mqls, level).map_or(1.0, |limits| limits.high)
}

/// Other criteria at one bar of several: the lower edge of a band, and how leads move.
#[derive(Clone, Copy, Debug)]
pub struct AtBar {
    /// The bar.
    pub threshold: f64,
    /// The band of which it is the lower edge.
    pub band: usize,
    /// Leads that would enter; the others are not looked at.
    pub moves: Moves,
}

/// What other criteria would have brought at several bars, per month, as [`simulate`] says it of one. `share` is the part of
/// the leads that the paths and moves are counted from. `None` where today's criteria have no MQL with a known outcome.
pub fn at_bars(plan: &Plan, grounds: &Grounds, share: f64, bars: &[AtBar]) -> Option<Vec<BarTried>> {
    let calibration = grounds.calibration;
    let mqls = calibration.mqls_per_month.filter(|n| *n > 0.0)?;
    let whole = calibration.mature_mqls as f64 / mqls;
    let sqls = calibration.mature_sqls as f64 / whole;
    let months = whole * share;
    let variants = Variants::of(plan, grounds.today, grounds.simulated);
    let scale = Scale { plan, calibration, months, phi: threshold::overdispersion_of(grounds.months) };
    let tried = |bar: &AtBar| {
        let parts = Parts::of(&variants, bar.band, &bar.moves, &scale);
        let entering = bar.moves.enter as f64 / months;
        BarTried {
            threshold: bar.threshold,
            mqls_per_month: parts.mqls(mqls, entering, months),
            sqls_per_month: parts.sqls(sqls, entering, months),
            mqls_leaving: parts.avoided / months,
            sqls_leaving: parts.lost / months,
            mqls_entering: entering,
            most_sqls_entering: most_gained(&bar.moves, parts.upper) / months,
            gain_per_month: plus(parts.leaving, parts.entering, bar.moves.enter == 0),
        }
    };
    Some(bars.iter().map(tried).collect())
}

/// The sum of a gain and of another one's bounds; a value only where there is nothing to bound.
fn plus(known: Estimate, bounded: Estimate, is_known: bool) -> Estimate {
    let sum = |a: Option<f64>, b: Option<f64>| Some(a? + b?);
    Estimate {
        value: if is_known { known.value } else { None },
        low: sum(known.low, bounded.low),
        high: sum(known.high, bounded.high),
    }
}
