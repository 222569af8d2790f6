//! What does the judgement say, in a marketer's words? Every number with what it rests on, every gain with its range.

use crate::calibration::SweepRow;
use crate::calibration::threshold::{Basis, Candidate, Judgement, Verdict};
use crate::report::format;

/// What to say when an MQL costs sales as much as an SQL is worth, so that no bar can pay.
pub fn cannot_pay(value_per_sql: f64, cost_per_mql: f64, currency: &str) -> String {
    format!(
        "With an SQL worth {} and an MQL costing sales {}, no MQL can pay, whatever the bar: check [economics] in the project file.",
        format::money(value_per_sql, currency),
        format::money(cost_per_mql, currency)
    )
}

/// What to say without economics: no best bar, but what an SQL must be worth for today's.
pub fn without_economics(at_bar: Option<&SweepRow>) -> Vec<String> {
    let mut says = vec![
        "What an SQL is worth and what an MQL costs sales is not known (both must be above 0), so no threshold can be called best: a lower bar brings more SQLs, a higher one better MQLs, and the table shows how many of each.".to_string(),
    ];
    let told = |row: &SweepRow| {
        let (rate, ratio) = (&row.marginal_rate, &row.pays_from_ratio);
        Some(format!(
            "The leads that only just reach today's bar of {} become SQLs at {} (90 % range {}): the bar is right or too high where an SQL is worth more than about {} times what an MQL costs sales ({} to {}), and too low where it is worth less.",
            threshold(row.threshold),
            format::share(rate.estimate?),
            format::share_range(rate.low?, rate.high?),
            format::grouped(ratio.value?, 1),
            format::grouped(ratio.low?, 1),
            format::grouped(ratio.high?, 1),
        ))
    };
    says.extend(at_bar.and_then(told));
    says.push("Set value_per_sql and sales_cost_per_mql under [economics] to get advice.".to_string());
    says
}

/// Probability of a change of level from which on it is mentioned.
const MENTIONED_CHANGE: f64 = 0.5;
/// Ratio of the assumed to the break-even rate that an exploration is sized for.
pub(super) const EXPLORED_RATIO: f64 = 5.0 / 3.0;

/// The sentences, most important first. `currency` is an ISO code; `mqls_per_month` scales gains to a year and may be 0
/// when unknown.
pub fn sentence(judgement: &Judgement, currency: &str, mqls_per_month: f64) -> Vec<String> {
    let words = Words { judgement, currency, mqls_per_month };
    let mut sentences = match judgement.verdict {
        Verdict::NotEnoughData | Verdict::NoEconomics => vec![words.too_little()],
        Verdict::Keep => words.keep(),
        Verdict::Explore => words.explore(),
        Verdict::Tighten => words.tighten(),
        Verdict::LoosenOneNotch => words.loosen(),
    };
    sentences.extend(words.change());
    sentences
}

/// Random leads to work below the bar to show (one-sided 5 %, power 80 %, exact binomial) that they convert above
/// `break_even` if they truly convert at `true_rate`: the smallest multiple of 5. `None` from about 5,000 up.
pub fn exploration_size(break_even: f64, true_rate: f64) -> Option<u64> {
    let sensible = break_even > 0.0 && true_rate > break_even && true_rate < 1.0;
    if !sensible {
        return None;
    }
    let sd = |rate: f64| (rate * (1.0 - rate)).sqrt();
    let normal = ((1.645 * sd(break_even) + 0.842 * sd(true_rate)) / (true_rate - break_even)).powi(2);
    if normal > 5_000.0 {
        return None;
    }
    // The normal approximation is within a third of the exact size from 15 leads up.
    let first = ((normal * 0.6) as u64 / 5 * 5).max(5);
    (first..=6_000).step_by(5).find(|&n| {
        let needed = critical_count(n, break_even);
        upper_tail(n, true_rate, needed) >= 0.8
    })
}

/// The smallest count with `P(X >= count) <= 5 %` under `rate`.
pub(super) fn critical_count(n: u64, rate: f64) -> u64 {
    let mut tail = 0.0;
    let masses = binomial(n, rate);
    for (count, mass) in masses.iter().enumerate().rev() {
        tail += mass;
        if tail > 0.05 {
            return count as u64 + 1;
        }
    }
    0
}

/// P(X >= count) for n draws at `rate`.
pub(super) fn upper_tail(n: u64, rate: f64, count: u64) -> f64 {
    binomial(n, rate).iter().skip(count as usize).sum()
}

/// Binomial probabilities of 0 ..= n, in logs so that a large n does not underflow at 0.
fn binomial(n: u64, rate: f64) -> Vec<f64> {
    let n = n as f64;
    let odds = (rate / (1.0 - rate)).ln();
    let mut log_mass = n * (1.0 - rate).ln();
    (0..=n as u64)
        .map(|count| {
            let mass = log_mass.exp();
            log_mass += ((n - count as f64) / (count as f64 + 1.0)).ln() + odds;
            mass
        })
        .collect()
}

struct Words<'a> {
    judgement: &'a Judgement,
    currency: &'a str,
    mqls_per_month: f64,
}

impl Words<'_> {
    fn too_little(&self) -> String {
        let j = self.judgement;
        let bar = threshold(j.current);
        if j.mature_mqls >= j.least_mqls && j.mature_sqls >= j.least_sqls {
            return format!("The bar can't be judged without what an SQL is worth and what an MQL costs. Keep {bar}.");
        }
        format!(
            "Not enough data: {} mature MQLs, {} SQLs ({} and {} are needed). Keep {bar}.",
            format::count(j.mature_mqls as f64),
            format::count(j.mature_sqls as f64),
            format::count(j.least_mqls as f64),
            format::count(j.least_sqls as f64),
        )
    }

    fn keep(&self) -> Vec<String> {
        let j = self.judgement;
        let mut sentences = vec![format!("Keep {}. {}", threshold(j.current), self.marginal())];
        sentences.extend(self.equally_good());
        sentences.extend(self.unproven());
        sentences
    }

    fn explore(&self) -> Vec<String> {
        let j = self.judgement;
        let bar = threshold(j.current);
        let lowest = j.candidates.first().map_or(j.current, |candidate| candidate.threshold);
        let mut sentences = vec![format!(
            "Keep {bar} for now. {} Whether leads below it would pay too can't be seen: of those between {} and {bar}, {} \
             worked long enough ago to know.",
            self.marginal(),
            threshold(lowest),
            worked(j.explored_in_notch),
        )];
        sentences.extend(self.equally_good());
        sentences.extend(self.unproven());
        let rate = (j.break_even * EXPLORED_RATIO).min((1.0 + j.break_even) / 2.0);
        sentences.push(match exploration_size(j.break_even, rate) {
            Some(n) => format!(
                "To find out, work about {} random leads between {} and {bar} (sales time worth about {}): enough to show \
                 in 4 of 5 cases that they pay, if they convert at {}.",
                format::count(n as f64),
                threshold(lowest),
                format::money(two_digits(n as f64 * j.cost_per_mql), self.currency),
                format::share(rate),
            ),
            None => format!(
                "At a break-even rate this low, an exploration of less than 5,000 leads between {} and {bar} would not \
                 settle it.",
                threshold(lowest)
            ),
        });
        sentences
    }

    fn tighten(&self) -> Vec<String> {
        let j = self.judgement;
        let Some(chosen) = self.at(j.suggested) else { return Vec::new() };
        let mut sentences = vec![format!(
            "Raise the bar from {} to {}. It avoids about {} of 100 MQLs and loses about {} of 100 SQLs (emulated from the \
             paths of {} mature MQLs): {}.",
            threshold(j.current),
            threshold(j.suggested),
            format::count(100.0 * (1.0 - chosen.mqls_share)),
            format::count(100.0 * (1.0 - chosen.sqls_share)),
            format::count(j.mature_mqls as f64),
            self.gain(chosen),
        )];
        sentences.push(self.marginal());
        sentences.extend(self.equally_good());
        sentences
    }

    fn loosen(&self) -> Vec<String> {
        let j = self.judgement;
        let Some(chosen) = self.at(j.suggested) else { return Vec::new() };
        let (from, to) = (threshold(j.current), threshold(j.suggested));
        let chance = chance(chosen.probability_better.unwrap_or(0.0));
        let lowest = j.candidates.first().map_or(j.suggested, |candidate| candidate.threshold);
        let added = chosen.moved_rate.map_or_else(String::new, |rate| {
            format!(
                " The line through them puts {to} to {from} at {} (chance that this pays: {chance}).",
                format::share(rate)
            )
        });
        let basis = match j.explored_in_notch {
            0 => "We can't see below the bar".to_string(),
            n => format!(
                "Of the leads between {} and {from}, only {} worked long enough ago to know",
                threshold(lowest),
                worked(n)
            ),
        };
        // A smaller step than the largest one is advised when the larger one is not sure enough, or not better.
        let first = if j.suggested > lowest + 1e-9 {
            let percent = 100.0 * (1.0 - j.suggested / j.current);
            format!(
                "Lower the bar by {}\u{a0}% only, from {from} to {to}, and look again.",
                format::grouped(percent, 0)
            )
        } else {
            format!("Lower the bar one step, from {from} to {to}.")
        };
        vec![
            format!("{first} {}{added}", self.marginal()),
            format!("Expected: {}.", self.gain(chosen)),
            format!("{basis}, so this is a step, not the target: review again in 3 months."),
        ]
    }

    fn change(&self) -> Option<String> {
        let change = self.judgement.change.filter(|change| change.probability >= MENTIONED_CHANGE)?;
        if self.judgement.verdict == Verdict::NotEnoughData {
            return None;
        }
        let direction = if change.rate_after < change.rate_before { "less" } else { "more" };
        let seem = if change.probability < 0.8 { "may " } else { "" };
        Some(format!(
            "Since {} the leads above the bar {seem}convert {direction} ({} instead of {} at the bar; probability of a real \
             change {}). The advice weighs the months since then accordingly.",
            format::month(change.month),
            format::share(change.rate_after),
            format::share(change.rate_before),
            chance(change.probability),
        ))
    }

    /// "Leads that just reach 100 convert at 12.1 % …, break-even is 12.0 %."
    fn marginal(&self) -> String {
        let j = self.judgement;
        let Some((value, low, high)) = j.marginal_at_bar else {
            return format!("Break-even is {}.", format::share(j.break_even));
        };
        format!(
            "Leads that just reach {} convert at {} (90\u{a0}% range {}, from {} mature MQLs, waiting included); \
             break-even is {}.",
            threshold(j.current),
            format::share(value),
            format::share_range(low, high),
            format::count(j.mature_mqls as f64),
            format::share(j.break_even),
        )
    }

    /// The plateau, and what its best other bar would gain.
    fn equally_good(&self) -> Option<String> {
        let j = self.judgement;
        let (low, high) = j.plateau.filter(|(low, high)| high > low)?;
        let start = format!(
            "Anything from {} to {} is worth the same within {} per MQL",
            threshold(low),
            threshold(high),
            self.amount(j.switching_cost)
        );
        let others = j.candidates.iter().filter(|candidate| {
            candidate.basis != Basis::Observed
                && (candidate.threshold - j.suggested).abs() > 1e-9
                && candidate.threshold >= low - 1e-9
                && candidate.threshold <= high + 1e-9
        });
        let best = others.reduce(|best, next| if next.gain_per_mql > best.gain_per_mql { next } else { best });
        let moving = best.and_then(|other| {
            let (low, high) = (other.low?, other.high?);
            Some(format!(
                "; moving to {} would gain {} to {} per current MQL (90\u{a0}% range)",
                threshold(other.threshold),
                self.signed(low),
                self.signed(high)
            ))
        });
        Some(start + &moving.unwrap_or_default() + ".")
    }

    /// A loosening that looks better but is not probable enough.
    fn unproven(&self) -> Option<String> {
        let j = self.judgement;
        let held_back = j.candidates.iter().filter(|c| c.threshold < j.current - 1e-9);
        let best = held_back.reduce(|best, next| if next.gain_per_mql > best.gain_per_mql { next } else { best })?;
        let (gain, low, high) = (best.gain_per_mql?, best.low?, best.high?);
        let probability = best.probability_better?;
        let gate = j.gate_for(best.threshold);
        if gain <= j.switching_cost || probability >= gate {
            return None;
        }
        let start = format!(
            "A bar of {} may be better ({} per current MQL), but the range goes from {} to {} (90\u{a0}% range) and the \
             chance that it helps is {}, where {} is asked for below the bar.",
            threshold(best.threshold),
            self.signed(gain),
            self.signed(low),
            self.signed(high),
            chance(probability),
            chance(gate),
        );
        let hint = more_mqls(j.mature_mqls as f64, gain, (high - low) / (2.0 * 1.645), gate).map(|more| {
            format!(" About {} more mature MQLs would settle it if the picture stays.", format::count(more))
        });
        Some(start + &hint.unwrap_or_default())
    }

    /// "+$16 per current MQL, that is +$39,000 a year (90 % range …)".
    fn gain(&self, candidate: &Candidate) -> String {
        let (Some(gain), Some(low), Some(high)) = (candidate.gain_per_mql, candidate.low, candidate.high) else {
            return "no gain is known".into();
        };
        let (least, most) = self.judgement.delay_per_week;
        let chance =
            candidate.probability_better.map_or_else(String::new, |p| format!("; chance that it helps: {}", chance(p)));
        let waiting = format!(
            "waiting included: {} to {}\u{a0}% of SQLs lost per week",
            format::grouped(100.0 * least, 0),
            format::grouped(100.0 * most, if (100.0 * most).fract() > 0.05 { 1 } else { 0 })
        );
        let yearly = 12.0 * self.mqls_per_month;
        if yearly.is_finite() && yearly > 0.0 {
            let year = |value: f64| self.signed(two_digits(value * yearly));
            format!(
                "{} per current MQL, that is {} a year (90\u{a0}% range {} to {}, {waiting}{chance})",
                self.signed(gain),
                year(gain),
                year(low),
                year(high)
            )
        } else {
            format!(
                "{} per current MQL (90\u{a0}% range {} to {}, {waiting}{chance})",
                self.signed(gain),
                self.signed(low),
                self.signed(high)
            )
        }
    }

    fn at(&self, threshold: f64) -> Option<&Candidate> {
        self.judgement.candidates.iter().find(|candidate| (candidate.threshold - threshold).abs() < 1e-9)
    }

    /// Whole units from 10 up, tenths below.
    fn amount(&self, value: f64) -> String {
        let rounded = if value.abs() >= 10.0 { value.round() } else { (value * 10.0).round() / 10.0 };
        format::money(rounded, self.currency)
    }

    fn signed(&self, value: f64) -> String {
        let text = self.amount(value);
        let is_gain = value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
        if is_gain { format!("+{text}") } else { text }
    }
}

/// A threshold, with a decimal only where it has one.
fn threshold(value: f64) -> String {
    format::grouped(value, if value.fract().abs() > 1e-9 { 1 } else { 0 })
}

/// "none was", "1 was", "12 were".
fn worked(leads: u64) -> String {
    match leads {
        0 => "none was".into(),
        1 => "1 was".into(),
        n => format!("{} were", format::count(n as f64)),
    }
}

/// A probability in whole percent, never "0 %" or "100 %".
fn chance(probability: f64) -> String {
    if probability > 0.99 {
        "over 99\u{a0}%".into()
    } else if probability < 0.01 {
        "under 1\u{a0}%".into()
    } else {
        format!("{}\u{a0}%", format::grouped(100.0 * probability, 0))
    }
}

/// Rounded to two significant digits, where that is 10 or more.
fn two_digits(value: f64) -> f64 {
    if value.abs() < 100.0 {
        return value;
    }
    let unit = 10f64.powi(value.abs().log10().floor() as i32 - 1);
    (value / unit).round() * unit
}

/// Mature MQLs to come until `gain` reaches the gate's quantile, if gain and spread per √MQL stay; to two digits, and
/// `None` when that is more than 20 times what there is.
fn more_mqls(mqls: f64, gain: f64, sd: f64, gate: f64) -> Option<f64> {
    // Normal quantiles of the gates that are in use; a gate in between is read off the line.
    let quantile = 0.524 + (gate - 0.7) * (1.282 - 0.524) / 0.2;
    let factor = (quantile * sd / gain).powi(2);
    let more = two_digits(mqls * (factor - 1.0));
    (more.is_finite() && more >= 10.0 && factor <= 20.0).then_some(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explorations_are_sized_as_the_exact_binomial_says() {
        // Checked against scipy.stats.binom: smallest multiple of 5 with power 80 % against 12 %.
        let size = |rate| exploration_size(0.12, rate);
        assert_eq!([0.15, 0.18, 0.2, 0.25, 0.3].map(size), [Some(815), Some(225), Some(140), Some(65), Some(40)]);
        assert_eq!(exploration_size(0.12, 0.12), None);
        assert_eq!(exploration_size(0.0001, 0.000_11), None);
    }

    #[test]
    fn amounts_are_rounded_to_what_they_can_bear() {
        assert_eq!(two_digits(38_765.0), 39_000.0);
        assert_eq!(two_digits(-4_321.0), -4_300.0);
        assert_eq!(two_digits(12.3), 12.3);
        assert_eq!(chance(0.998), "over 99\u{a0}%");
    }
}
