//! Do machines open the e-mails that make MQLs?
//!
//! `machine_opens`: the score at the MQL without opens and without clicks within two seconds of another action on an e-mail.
//! MQLs that vanish are a trap when they are a material share of all and either a mark of machines is there (opens per
//! young lead jumped while clicks did not; instant clicks), or they convert far worse than those that stay.

use super::counts::{Counts, Group, Habit};
use super::drift::{self, Periods};
use super::groups::{self, Strata};
use super::{Check, found_if};

/// Least MQLs.
const LEAST_MQLS: f64 = 50.0;
/// Least share of the MQLs that vanishes.
const LEAST_SHARE: f64 = 0.1;
/// Opens per young lead, later against earlier, in relation to the same of clicks: from here on it is a jump.
const JUMP: f64 = 1.5;
/// Share of young leads with an instant click that is a mark of machines.
pub(super) const LEAST_INSTANT: f64 = 0.1;
/// Upper end of the rate ratio of those that vanish: worth less than a third. (Opens say little in any funnel: MQLs that need
/// them convert at 0.5 to 0.6 of the others' rate in a simulated one where nothing is wrong.)
const FAR_WORSE: f64 = 1.0 / 3.0;

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "machine_opens";
    if counts.opens.is_empty() {
        checks.push(Check::impossible(CODE, "no type of action is known as the opening of an e-mail".to_string()));
        return;
    }
    let rows = |name: &str| {
        Strata::of(
            counts.worked.iter().filter(|row| row.group == Group::Email && row.name == name),
            groups::within_month,
        )
    };
    let (vanishing, staying) = (rows("vanishes"), rows("stays"));
    let all = Strata::of(counts.worked.iter().filter(|row| row.group == Group::Email), groups::within_month);
    if all.n() < LEAST_MQLS {
        let why = format!("{} mature MQLs whose score can be replayed, at least {LEAST_MQLS} are needed", all.n());
        checks.push(Check::impossible(CODE, why));
        return;
    }
    let mut numbers =
        vec![("mqls", all.n()), ("vanishing", vanishing.n()), ("vanishing_share", vanishing.n() / all.n())];
    numbers.push(("staying", staying.n()));
    let mut far_worse = false;
    if let Some(found) = groups::compare(&vanishing, &all, level) {
        far_worse = found.p_worse < 0.01 && found.ratio_high < FAR_WORSE;
        numbers.extend(found.numbers());
        numbers.push(("p_worse", found.p_worse));
    }
    let mut jumped = false;
    if let Some(periods) = Periods::of(counts) {
        let opens = drift::change(counts, &periods, &counts.opens, level);
        let clicks = drift::change(counts, &periods, &counts.clicks, level);
        if let Some(opens) = &opens {
            numbers.extend([
                ("opens_before", opens.before),
                ("opens_after", opens.after),
                ("opens_ratio", opens.ratio),
                ("opens_ratio_low", opens.low),
            ]);
            let beside = clicks.as_ref().map_or(1.0, |clicks| clicks.high.max(1.0));
            numbers.push(("clicks_ratio", clicks.as_ref().map_or(f64::NAN, |clicks| clicks.ratio)));
            jumped = opens.low > JUMP && opens.low > beside;
        }
    }
    let of_habit =
        |habit: Habit| -> f64 { counts.young.iter().filter(|row| row.habit == habit).map(|row| row.n as f64).sum() };
    let instant = of_habit(Habit::Instant) / of_habit(Habit::All).max(1.0);
    numbers.push(("instant_share", instant));
    let marked = jumped || instant >= LEAST_INSTANT || far_worse;
    numbers.push(("jumped", f64::from(u8::from(jumped))));
    let result = found_if(&[marked, vanishing.n() / all.n() >= LEAST_SHARE]);
    checks.push(Check::of(CODE, "", result, None, &numbers));
}
