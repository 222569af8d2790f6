//! What does the refit of the points say, in a marketer's words? Every sentence with what it rests on.

use super::{CardEffect, HalfLifeBasis, Interaction, OutOfTime, PointsAdvice, PointsStatus, SinceChange};
use crate::finding::masked;
use crate::metrics::Estimate;
use crate::report::format;

/// Why nothing could be fitted.
pub fn too_few(sqls: u64, needed: u64) -> String {
    format!(
        "Points can't be calibrated: {} among worked leads with a whole window; at least {needed} (100, and 10 per criterion) are needed. Until then only the threshold is judged.",
        format::counted(sqls, "SQL")
    )
}

/// When every lead looks the same to the regression, or a bare lead already pays.
pub const NOT_SETTLED: &str = "Points can't be calibrated: what leads had done by the decision, and who they are, does not settle what it is worth.";

/// When points rank better, and yet no threshold makes that pay.
const NO_GAIN: &str = "The points are left as they are: refitted points rank leads better than today's, but at the threshold that they would need they bring less.";

/// The sentences, most important first.
pub fn sentences(advice: &PointsAdvice, currency: &str) -> Vec<String> {
    let mut says = Vec::new();
    match advice.status {
        PointsStatus::Advised => {
            if let (Some(now), Some(then)) = (&advice.now, &advice.suggested) {
                says.push(effect(now, then, &advice.gain_per_month, currency));
            }
            says.extend(advice.tested.as_ref().map(passed));
            if let (Some(now), Some(then)) = (&advice.criteria_now, &advice.card)
                && now.half_life_days != then.half_life_days
                && let Some(days) = then.half_life_days
            {
                says.push(half_life(days, advice.half_life_basis));
            }
        }
        PointsStatus::Kept => says.push(match &advice.tested {
            Some(tested) if tested.gain > 0.0 => NO_GAIN.to_string(),
            Some(tested) => failed(tested),
            None => {
                "The points are left as they are: the months are too few to fit points on some and test them on others."
                    .to_string()
            }
        }),
        PointsStatus::TooFew => {}
    }
    let caps = advice.card.as_ref().filter(|card| advice.status == PointsStatus::Advised && !card.caps.is_empty());
    says.extend(caps.map(|card| {
        let caps = card.caps.iter().map(|(name, cap)| format!("{} {cap}", masked(name)));
        format!("Actions count at most: {}.", caps.collect::<Vec<_>>().join(", "))
    }));
    says.extend(advice.since_change.as_ref().map(since));
    says.extend(advice.interaction.as_ref().map(interaction));
    says
}

fn half_life(days: f64, basis: HalfLifeBasis) -> String {
    if basis == HalfLifeBasis::Assumed {
        return format!(
            "The points of an action halve every {days:.0} days. That is an assumption: leads were handed over so young that nothing tells how fast actions age, and points that never fade would hand over leads older than any that was worked."
        );
    }
    format!(
        "The points of an action should halve every {days:.0} days: recent actions told more than old ones, by more than chance explains."
    )
}

fn effect(now: &CardEffect, then: &CardEffect, gain: &Estimate, currency: &str) -> String {
    let count = |value: f64| format::count(value.round());
    let money = match (gain.value, gain.low, gain.high) {
        (Some(value), Some(low), Some(high)) => {
            let money = |value: f64| format::money(value.round(), currency);
            format!(
                ": {} a month more once sales' time is paid (90 % range {} to {})",
                money(value),
                money(low),
                money(high)
            )
        }
        _ => String::new(),
    };
    let sqls = |effect: &CardEffect| count(effect.sqls_per_1000.value.unwrap_or(0.0));
    let never_worked = match (100.0 * then.never_worked_share).round() {
        0.0 => String::new(),
        share => format!(
            " Of these MQLs {} in 100 were never worked: what they bring is a line drawn through those that were.",
            count(share)
        ),
    };
    format!(
        "With points refitted from your own leads and a threshold of {}, the same 1,000 leads would give about {} SQLs from {} MQLs instead of {} from {}{money}. The difference counts, the levels are rough.{never_worked}",
        then.threshold,
        sqls(then),
        count(then.mqls_per_1000),
        sqls(now),
        count(now.mqls_per_1000),
    )
}

fn times(value: f64) -> String {
    format!("{:.0}", 100.0 * value)
}

fn passed(tested: &OutOfTime) -> String {
    let proof = if tested.low > 0.0 { "" } else { ", which by itself is no proof" };
    format!(
        "Tested on the {} worked leads since {}, which weren't used to fit: given one lead that became an SQL and one that didn't, points fitted on the months before rank them rightly {} times in 100, today's points {} times (90 % range of the difference {} to {}){proof}.",
        format::count(tested.n as f64),
        format::month_compact(tested.from),
        times(tested.auc_suggested),
        times(tested.auc_now),
        signed(100.0 * tested.low),
        signed(100.0 * tested.high),
    )
}

fn failed(tested: &OutOfTime) -> String {
    format!(
        "The points are left as they are: on the {} worked leads since {} points fitted on the months before rank leads rightly {} times in 100, today's points {} times (90 % range of the difference {} to {}), which proves no gain.",
        format::count(tested.n as f64),
        format::month_compact(tested.from),
        times(tested.auc_suggested),
        times(tested.auc_now),
        signed(100.0 * tested.low),
        signed(100.0 * tested.high),
    )
}

/// A whole number with its sign.
pub(super) fn signed(value: f64) -> String {
    let value = value.round();
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", format::grouped(value, 0))
}

fn since(change: &SinceChange) -> String {
    if change.is_used {
        return format!(
            "Since {} leads convert at another level than before, so the points rest on the months since then only ({} SQLs).",
            format::month_compact(change.from),
            change.sqls
        );
    }
    format!(
        "Since {} leads convert at another level than before, but the months since then hold {} SQLs, fewer than the {} that points of their own would need: the points rest on all months.",
        format::month_compact(change.from),
        change.sqls,
        change.needed
    )
}

fn interaction(found: &Interaction) -> String {
    let what = if found.coefficient > 0.0 { "more" } else { "less" };
    format!(
        "The same actions are worth {what} from leads that fit better (p {:.3}). Points cannot say that; the table by fit and engagement does.",
        found.p
    )
}

/// The verdict on an action. `holds` tells whether it stands among all that were looked at.
pub(super) fn criterion(name: &str, points: f64, low: f64, high: f64, n: u64, effect: Effect) -> String {
    let name = masked(name);
    let leads = format!(
        "{} did it",
        if n == 1 { "1 worked lead".into() } else { format!("{} worked leads", format::count(n as f64)) }
    );
    let range = format!("{} to {} points", signed(low), signed(high));
    match effect {
        Effect::Worth => format!("{name} is worth about {points:.0} points ({range}; {leads})."),
        Effect::Against => {
            format!("{name} counts against a lead ({range}; {leads}); points that reward an action do not go below 0.")
        }
        Effect::NotMeasurable if low > 0.0 || high < 0.0 => {
            format!("{name} cannot be told from chance with all criteria looked at ({range}; {leads}).")
        }
        Effect::NotMeasurable => format!("{name} made no measurable difference ({range}; {leads})."),
        Effect::TooRare => format!("{name}: too rare to judge ({leads}); its points only move to the new scale."),
    }
}

/// What an action was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Its interval lies above 0.
    Worth,
    /// Its interval lies below 0.
    Against,
    /// It does neither, or only by the chance that comes with looking at many.
    NotMeasurable,
    /// Too few leads did it.
    TooRare,
}
