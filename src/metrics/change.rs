//! Does a change come from the mix of channels or from their rates, and is it more than noise?
//!
//! Two periods are compared channel by channel (Kitagawa 1955): the part of the change that comes from the rates, at the
//! average mix, and the part that comes from the mix, at the average rates; they add up to the change exactly. A part is
//! called a change only where it exceeds its t quantile at 5 %, with the standard error multiplied by √φ; φ is pooled
//! over the months within each period, so that the change itself does not count as swing.

use super::Estimate;
use super::acquisition::CostPer;
use super::funnel::{Cohorts, Rate};
use crate::facts::Transition;
use crate::stats::decomposition::{self, Decomposition, Side};
use crate::stats::overdispersion::Overdispersion;
use crate::stats::special;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// Effective MQLs in each period from which on a channel is compared by itself.
const LEAST_OF_A_CHANNEL: f64 = 10.0;
/// Level of the interval of a difference, and of the claim that it is one: by chance it is made one time in twenty.
pub const LEVEL_OF_NEWS: f64 = 0.95;
/// Conversions that each period must let one expect before a period with none tells anything.
const LEAST_EXPECTED: f64 = 5.0;
/// Months that each period needs.
const LEAST_MONTHS: usize = 2;
/// The channels that are too small to be compared by themselves, together.
pub const OTHERS: &str = "(other channels)";
/// Standard errors beyond which an effect is taken for its sign, one-sided 5 %: the flag of a reversed direction.
const ONE_SIDED: f64 = 1.645;

/// Whether a difference is more than noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It is: by chance it would be seen in fewer than one of twenty such comparisons.
    Change,
    /// It is not.
    Noise,
    /// Cannot be told: too few months to know how much they swing, or too few conversions to be expected.
    Unknown,
}

/// A difference with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Effect {
    /// After less before, in the measure's unit.
    pub value: f64,
    /// Lower limit at 95 %: a change is what does not hold 0.
    pub low: f64,
    /// Upper limit at 95 %.
    pub high: f64,
    /// Its standard error, the months' swing included.
    pub standard_error: f64,
    /// Whether it is more than noise.
    pub news: News,
}

impl Effect {
    /// An effect of which `standard_error` knows chance alone, with the months' swing put in.
    pub fn new(value: f64, standard_error: f64, phi: &Overdispersion) -> Effect {
        let standard_error = standard_error * phi.phi.sqrt();
        let reach = phi.quantile(LEVEL_OF_NEWS) * standard_error;
        let news = if value.abs() > reach { News::Change } else { News::Noise };
        Effect { value, low: value - reach, high: value + reach, standard_error, news }
    }
}

/// Some months and what was measured in them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Period {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
    /// People (MQLs, SQLs) it rests on.
    pub n: u64,
    /// The rate or the cost, with its interval.
    pub value: Estimate,
}

/// A channel's part in a change.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ChannelEffect {
    /// The channel, or `(other channels)`.
    pub channel: String,
    /// Its share of the people before.
    pub share_before: f64,
    /// Its share of the people after.
    pub share_after: f64,
    /// Its rate or cost before; `null` = it had nobody.
    pub before: Option<f64>,
    /// Its rate or cost after; `null` = it had nobody.
    pub after: Option<f64>,
    /// What its rate or cost adds to the change.
    pub rate_effect: f64,
    /// What its share adds, against the average of all channels: a channel that grows and is better adds.
    pub mix_effect: f64,
}

/// Whether the direction of the whole differs from that of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reversal {
    /// It does not.
    None,
    /// It does, as far as one can see.
    Seen,
    /// It does, and both directions are beyond chance (Simpson's paradox).
    Proven,
}

/// Two periods, channel by channel.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// What is compared: `mql_to_sql`, `mql_to_customer`, `sql_to_customer` or `cost_per_mql`.
    pub measure: String,
    /// The earlier period.
    pub before: Period,
    /// The later period.
    pub after: Period,
    /// The whole change.
    pub total: Effect,
    /// The part that comes from the channels' rates (costs).
    pub rate_effect: Effect,
    /// The part that comes from the mix of channels.
    pub mix_effect: Effect,
    /// Whether the channels went one way and the whole the other.
    pub reversal: Reversal,
    /// The change of the rates that such data show eight times in ten; smaller ones stay unseen more often.
    pub visible: f64,
    /// How much more months differ than chance makes them, within the periods.
    pub phi: f64,
    /// The channels, the largest effect first.
    pub channels: Vec<ChannelEffect>,
}

impl Comparison {
    /// Whether the mix is beyond chance and the rates are not (1.645 standard errors each).
    pub fn is_mix(&self) -> bool {
        let beyond = |effect: &Effect| effect.value.abs() > ONE_SIDED * effect.standard_error;
        beyond(&self.mix_effect) && !beyond(&self.rate_effect)
    }
}

/// The first half of some months and the second, without a middle one; `None` where either is too short.
pub fn halves(months: &[Month]) -> Option<(Vec<Month>, Vec<Month>)> {
    let half = months.len() / 2;
    let (first, second) = (&months[months.len() % 2..][..half], &months[months.len() - half..]);
    (half >= LEAST_MONTHS).then(|| (first.to_vec(), second.to_vec()))
}

/// The first and the second half of the report months, those before outcomes were recorded left out.
pub fn compare_rates(cohorts: &Cohorts, transition: Transition, level: f64) -> Option<Comparison> {
    let covered: Vec<Month> =
        (cohorts.from.0..=cohorts.to.0).map(Month).filter(|month| !cohorts.is_truncated(transition, *month)).collect();
    let (first, second) = halves(&covered)?;
    let days = |months: &[Month]| Some((months.first()?.first_day(), months.last()?.last_day()));
    let (before, after) = (days(&first)?, days(&second)?);
    compare_days(cohorts, transition, (before, after), &[first, second], level)
}

/// Two spans of days, both ends included. `months` are the groups within which months are alike but for their swing.
pub fn compare_days(
    cohorts: &Cohorts,
    transition: Transition,
    (before, after): ((Day, Day), (Day, Day)),
    months: &[Vec<Month>],
    level: f64,
) -> Option<Comparison> {
    if cohorts.unknown(transition).is_some() {
        return None;
    }
    let groups = channel_groups(cohorts, transition, before, after);
    let sides: Vec<(Rate, Rate)> = groups
        .iter()
        .map(|(_, names)| {
            let rate = |days| cohorts.part_rate(transition, days, Some(names));
            (rate(before), rate(after))
        })
        .collect();
    // A part that cannot be told in one period would be told by the other one's rate: then there is no comparison.
    if sides.iter().any(|(a, b)| [a, b].iter().any(|rate| rate.n > 0 && rate.estimate.is_none())) {
        return None;
    }
    let phi = cohorts.phi_within(transition, months);
    let parts: Vec<(Side, Side)> = sides.iter().map(|(a, b)| (side(a), side(b))).collect();
    let found = decomposition::kitagawa(&parts, 1.0)?;
    let period = |days: (Day, Day), total: f64| {
        let whole = cohorts.part_rate(transition, days, None);
        let reach = phi.quantile(level) * (phi.phi * variance_of(total, whole.n_effective.unwrap_or(0.0))).sqrt();
        let value =
            Estimate { value: Some(total), low: Some((total - reach).max(0.0)), high: Some((total + reach).min(1.0)) };
        Period { from: days.0.month(), to: days.1.month(), n: whole.n, value }
    };
    let share = |at: usize| sides.iter().map(|(a, b)| if at == 0 { a.n } else { b.n }).sum::<u64>();
    let (n_before, n_after) = (share(0), share(1));
    let total_of = |at: usize, n: u64| -> f64 {
        let parts = sides.iter().map(|(a, b)| if at == 0 { a } else { b });
        parts.map(|rate| rate.n as f64 * rate.estimate.unwrap_or(0.0)).sum::<f64>() / n.max(1) as f64
    };
    let before_period = period(before, total_of(0, n_before));
    let after_period = period(after, total_of(1, n_after));
    let labels = groups.into_iter().zip(&sides).map(|((channel, _), (a, b))| Labelled {
        channel,
        share: (a.n as f64 / n_before.max(1) as f64, b.n as f64 / n_after.max(1) as f64),
        value: (a.estimate, b.estimate),
    });
    let mut comparison = assemble(transition.name(), (before_period, after_period), &found, labels.collect(), phi);
    let wholes = [before, after].map(|days| cohorts.part_rate(transition, days, None));
    if wholes.iter().any(|whole| whole.converted == 0) && is_too_few(&wholes) {
        // Nothing came so far where hardly anything could have: that is no fall.
        for effect in [&mut comparison.total, &mut comparison.rate_effect, &mut comparison.mix_effect] {
            effect.news = News::Unknown;
        }
    }
    Some(comparison)
}

/// Whether both periods together would let one expect fewer conversions than [`LEAST_EXPECTED`] in one of them.
fn is_too_few(wholes: &[Rate; 2]) -> bool {
    let n = |rate: &Rate| rate.n_effective.unwrap_or(0.0);
    let all: f64 = wholes.iter().map(n).sum();
    let pooled = wholes.iter().map(|rate| n(rate) * rate.estimate.unwrap_or(0.0)).sum::<f64>() / all.max(1.0);
    wholes.iter().any(|rate| n(rate) * pooled < LEAST_EXPECTED)
}

/// The channels to be compared by themselves, and the rest together; each with its members.
fn channel_groups(
    cohorts: &Cohorts,
    transition: Transition,
    before: (Day, Day),
    after: (Day, Day),
) -> Vec<(String, BTreeSet<String>)> {
    let names: BTreeSet<&str> =
        cohorts.starts(transition, (before.0, after.1)).map(|(_, channel, _)| channel).collect();
    // Worth in the poorer period, a period without anybody aside: then the channel is new, or gone.
    let worth = |members: &BTreeSet<String>| {
        let of = |days| {
            let rate = cohorts.part_rate(transition, days, Some(members));
            if rate.n == 0 { f64::INFINITY } else { rate.n_effective.unwrap_or(0.0) }
        };
        of(before).min(of(after))
    };
    let mut groups: Vec<(f64, BTreeSet<String>)> =
        names.into_iter().map(|name| BTreeSet::from([name.to_string()])).map(|alone| (worth(&alone), alone)).collect();
    groups.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    // Channels too small to be told join the rest, and the next larger ones too until the rest itself can be told.
    let mut rest = BTreeSet::new();
    while let Some((size, members)) = groups.pop() {
        if size >= LEAST_OF_A_CHANNEL && (rest.is_empty() || worth(&rest) >= LEAST_OF_A_CHANNEL) {
            groups.push((size, members));
            break;
        }
        rest.extend(members);
    }
    let name = |members: &BTreeSet<String>| match members.len() {
        1 => members.first().cloned().unwrap_or_default(),
        _ => OTHERS.to_string(),
    };
    let rest = (!rest.is_empty()).then_some(rest);
    groups.into_iter().map(|(_, members)| members).chain(rest).map(|members| (name(&members), members)).collect()
}

fn side(rate: &Rate) -> Side {
    let n_effective = rate.n_effective.unwrap_or(0.0);
    Side {
        n: rate.n as f64,
        rate: rate.estimate,
        variance: rate.estimate.map_or(0.0, |share| variance_of(share, n_effective)),
    }
}

/// Variance of a share; half a conversion and half a failure more keep it above 0 where all or none converted.
fn variance_of(share: f64, n_effective: f64) -> f64 {
    let careful = (share * n_effective + 0.5) / (n_effective + 1.0);
    careful * (1.0 - careful) / n_effective.max(1.0)
}

/// What a channel is called, its shares of the people and its values, before and after.
struct Labelled {
    channel: String,
    share: (f64, f64),
    value: (Option<f64>, Option<f64>),
}

fn assemble(
    measure: &str,
    (before, after): (Period, Period),
    found: &Decomposition,
    labels: Vec<Labelled>,
    phi: Overdispersion,
) -> Comparison {
    let effect = |value: f64, standard_error: f64| Effect::new(value, standard_error, &phi);
    let total = effect(found.change.value, found.change.standard_error);
    let rate_effect = effect(found.rate.value, found.rate.standard_error);
    let mix_effect = effect(found.mix.value, found.mix.standard_error);
    let mut channels: Vec<ChannelEffect> = labels
        .into_iter()
        .zip(&found.groups)
        .map(|(label, group)| ChannelEffect {
            channel: label.channel,
            share_before: label.share.0,
            share_after: label.share.1,
            before: label.value.0,
            after: label.value.1,
            rate_effect: group.rate.value,
            mix_effect: group.mix_centred.value,
        })
        .collect();
    let size = |row: &ChannelEffect| row.rate_effect.abs() + row.mix_effect.abs();
    channels.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.channel.cmp(&b.channel)));
    let beyond = |effect: &Effect| effect.value.abs() > ONE_SIDED * effect.standard_error;
    let reversal = match found.directions_differ() {
        false => Reversal::None,
        true if beyond(&rate_effect) && beyond(&total) => Reversal::Proven,
        true => Reversal::Seen,
    };
    let visible = (phi.quantile(LEVEL_OF_NEWS) + special::normal_quantile(0.8)) * rate_effect.standard_error;
    Comparison {
        measure: measure.to_string(),
        before,
        after,
        total,
        rate_effect,
        mix_effect,
        reversal,
        visible,
        phi: phi.phi,
        channels,
    }
}

/// A channel's spend and MQLs before and after.
pub struct CostSides {
    /// The channel.
    pub channel: String,
    /// Before.
    pub before: CostPer,
    /// After.
    pub after: CostPer,
}

/// A channel, or several: MQLs and spend, before and after.
struct CostGroup {
    name: String,
    n: [f64; 2],
    spend: [f64; 2],
}

/// Cost per MQL of two periods, channel by channel. Spend is known; the MQLs of each channel and period vary φ times as
/// much as chance, and the standard errors follow from them by the delta method. Channels without spend count with a
/// cost of 0; channels that have fewer than ten MQLs in a period are taken together. `None` where nobody came or nothing
/// was spent in one of the periods.
pub fn compare_costs(
    channels: Vec<CostSides>,
    (first, second): ((Month, Month), (Month, Month)),
    phi: Overdispersion,
    level: f64,
) -> Option<Comparison> {
    let mut groups: Vec<CostGroup> = Vec::new();
    let mut rest: Vec<CostGroup> = Vec::new();
    for sides in &channels {
        let group = CostGroup {
            name: sides.channel.clone(),
            n: [sides.before.mqls as f64, sides.after.mqls as f64],
            spend: [sides.before.spend.unwrap_or(0.0).max(0.0), sides.after.spend.unwrap_or(0.0).max(0.0)],
        };
        // Nobody and nothing is an absent channel; spend without anybody has no cost per MQL of its own.
        let is_large = |at: usize| group.n[at] >= LEAST_OF_A_CHANNEL || (group.n[at] == 0.0 && group.spend[at] == 0.0);
        let large = is_large(0) && is_large(1);
        if large { &mut groups } else { &mut rest }.push(group);
    }
    if let Some(first) = rest.first() {
        let name = if rest.len() == 1 { first.name.clone() } else { OTHERS.to_string() };
        let sum = |pick: fn(&CostGroup) -> [f64; 2], at: usize| rest.iter().map(|group| pick(group)[at]).sum::<f64>();
        let both = |pick: fn(&CostGroup) -> [f64; 2]| [sum(pick, 0), sum(pick, 1)];
        groups.push(CostGroup { name, n: both(|group| group.n), spend: both(|group| group.spend) });
    }
    let total = |pick: fn(&CostGroup) -> [f64; 2], at: usize| groups.iter().map(|group| pick(group)[at]).sum::<f64>();
    let n = [0, 1].map(|at| total(|group| group.n, at));
    let spend = [0, 1].map(|at| total(|group| group.spend, at));
    if (0..2).any(|at| n[at] <= 0.0 || spend[at] <= 0.0) {
        return None;
    }
    // A part with spend and nobody has no cost per MQL; the whole then cannot be taken apart.
    if groups.iter().any(|group| (0..2).any(|at| group.n[at] <= 0.0 && group.spend[at] > 0.0)) {
        return None;
    }
    let counts: Vec<[f64; 2]> = groups.iter().map(|group| group.n).collect();
    let decompose = |counts: &[[f64; 2]]| {
        let parts: Vec<(Side, Side)> = counts
            .iter()
            .zip(&groups)
            .map(|(n, CostGroup { spend, .. })| {
                let side = |at: usize| Side { n: n[at], rate: (n[at] > 0.0).then(|| spend[at] / n[at]), variance: 0.0 };
                (side(0), side(1))
            })
            .collect();
        decomposition::kitagawa(&parts, 1.0)
    };
    let mut found = decompose(&counts)?;
    let (mut rate, mut mix, mut whole) = (0.0, 0.0, 0.0);
    for at in 0..counts.len() {
        for side in 0..2 {
            let n = counts[at][side];
            if n <= 0.0 {
                continue;
            }
            let step = 1e-4 * n;
            let mut moved = counts.clone();
            moved[at][side] = n + step;
            let up = decompose(&moved)?;
            rate += ((up.rate.value - found.rate.value) / step).powi(2) * n;
            mix += ((up.mix.value - found.mix.value) / step).powi(2) * n;
            whole += ((up.change.value - found.change.value) / step).powi(2) * n;
        }
    }
    // The two parts hang together here, since both rest on the same counts.
    found.rate.standard_error = rate.sqrt();
    found.mix.standard_error = mix.sqrt();
    found.change.standard_error = whole.sqrt();
    let period = |(from, to): (Month, Month), at: usize| {
        let value = spend[at] / n[at];
        let reach = phi.quantile(level) * value * (phi.phi / n[at]).sqrt();
        let value = Estimate { value: Some(value), low: Some((value - reach).max(0.0)), high: Some(value + reach) };
        Period { from, to, n: n[at] as u64, value }
    };
    let labels = groups.iter().map(|group| {
        let share = |at: usize| group.n[at] / n[at];
        let cost = |at: usize| (group.n[at] > 0.0).then(|| group.spend[at] / group.n[at]);
        Labelled { channel: group.name.clone(), share: (share(0), share(1)), value: (cost(0), cost(1)) }
    });
    let periods = (period(first, 0), period(second, 1));
    Some(assemble("cost_per_mql", periods, &found, labels.collect(), phi))
}
