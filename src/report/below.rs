//! What is known below the bar, and what an exploration would take, in sentences.

use super::format;
use crate::calibration::support::{Exploration, Shown, Support, Worth};

/// What the explored leads show; `None` where none was explored.
pub fn shown(support: &Support) -> Option<String> {
    let notch = &support.notch;
    let (rate, low, high) = (notch.explored_rate?, notch.explored_low?, notch.explored_high?);
    let against = match (support.shown, support.break_even) {
        (Shown::Pays, Some(b)) => format!(", break-even is {}: they pay", format::share(b)),
        (Shown::DoesNotPay, Some(b)) => format!(", break-even is {}: they do not pay", format::share(b)),
        (_, Some(b)) => format!(", break-even is {}: that settles nothing yet", format::share(b)),
        (_, None) => String::new(),
    };
    let verb = if notch.explored_sqls == 1 { "became an SQL" } else { "became SQLs" };
    Some(format!(
        "Of {} between {} and {}, {} {verb} within {} days: {} (90\u{a0}% range {}){against}.",
        format::counted(notch.explored, "explored lead"),
        points(notch.from),
        points(support.bar),
        format::count(notch.explored_sqls as f64),
        support.window_days,
        format::share(rate),
        format::share_range(low, high),
    ))
}

/// What can be said without exploring: the bounds.
pub fn bounds(support: &Support) -> Option<String> {
    let notch = &support.notch;
    let lower = notch.lower?;
    let unexplored = format!(
        "Of the {} that stopped between {} and {}, {} became SQLs although they never reached the bar",
        format::counted(notch.leads, "lead"),
        points(notch.from),
        points(support.bar),
        format::count((notch.self_serve_sqls + notch.worked_anyway_sqls) as f64),
    );
    Some(match notch.upper {
        Some(upper) => format!(
            "{unexplored}. If all were worked, between {} of them (those come anyway) and {} (what leads at the bar bring) would convert: more cannot be said without working some.",
            format::share(lower),
            format::share(upper),
        ),
        None => format!("{unexplored}. How many would if they were worked cannot be said."),
    })
}

/// Whether and how to explore.
pub fn plan(support: &Support, currency: &str) -> String {
    let plan = &support.exploration;
    let (from, bar) = (points(support.notch.from), points(support.bar));
    match plan.worth {
        Worth::Yes => worth_it(support, plan, currency),
        Worth::NoEconomics => {
            "Whether exploring pays depends on what an SQL is worth and an MQL costs sales: set value_per_sql and sales_cost_per_mql under [economics].".into()
        }
        Worth::NoRateAtTheBar => {
            "There are too few MQLs to say what the leads just above the bar bring, so an exploration cannot be sized.".into()
        }
        Worth::Settled => "The leads explored so far settle it: no more need to be worked on purpose.".into(),
        Worth::Lowering => format!(
            "The bar is advised to be lowered, so leads below {bar} will be worked without exploring."
        ),
        Worth::NothingToFind => {
            format!("Exploring below {bar} would find nothing: the leads that just reach it do not pay, and those below it hardly do better.")
        }
        Worth::TooLarge => format!(
            "Exploring between {from} and {bar} is not worth it: leads there can convert so little above break-even that not even 5,000 of them would show it. Little is at stake."
        ),
        Worth::TooSlow => {
            let size = plan.leads_to_go.map_or_else(String::new, |n| format!("{} leads are needed", format::count(n as f64)));
            match plan.weeks_to_result {
                Some(weeks) => format!(
                    "Exploring between {from} and {bar} would take {} at the present inflow ({size}): too long to be worth it.",
                    years(weeks)
                ),
                None => format!("Exploring between {from} and {bar} is not possible at present: no leads come there ({size})."),
            }
        }
        Worth::TooDear => format!(
            "Exploring between {from} and {bar} is not worth it: it would cost up to {}, and a lower bar would bring {} a year at best.",
            format::money(plan.net_cost_high.unwrap_or(0.0), currency),
            format::money(plan.gain_per_year_if_so.unwrap_or(0.0).max(0.0), currency),
        ),
    }
}

fn worth_it(support: &Support, plan: &Exploration, currency: &str) -> String {
    let so_far = match support.notch.explored {
        0 => String::new(),
        n => format!(" {} of them are explored already,", format::count(n as f64)),
    };
    let so_far = match support.notch.explored_waiting {
        0 => so_far,
        n => format!("{so_far} {} more wait for their {} days to pass,", format::count(n as f64), support.window_days),
    };
    let cost = match (plan.net_cost_low, plan.net_cost_high) {
        (Some(low), Some(high)) if low < 0.0 => format!(
            "on balance between a gain of {} and a cost of {}",
            format::money(-low, currency),
            format::money(high, currency)
        ),
        (Some(low), Some(high)) => format!("on balance a cost of {}", format::money_range(low, high, currency)),
        _ => "on balance not known".into(),
    };
    format!(
        "Explore: work {} random leads between {} and {} on purpose;{so_far} so {} are to go, about {} at the present inflow, and the answer is there after {}. Sales' time: {}; {cost}. If at least {} of the {} become SQLs, leads there pay; if they truly convert at {}, 4 of 5 such explorations show it, and a bar one step lower would bring about {} a year.",
        format::count(plan.leads.unwrap_or(0) as f64),
        points(support.notch.from),
        points(support.bar),
        format::count(plan.leads_to_go.unwrap_or(0) as f64),
        weeks(plan.weeks_to_hand_over.unwrap_or(0.0)),
        weeks(plan.weeks_to_result.unwrap_or(0.0)),
        format::money(plan.sales_cost.unwrap_or(0.0), currency),
        format::count(plan.sqls_that_show_it.unwrap_or(0) as f64),
        format::count(plan.leads.unwrap_or(0) as f64),
        format::share(plan.assumed_rate.unwrap_or(0.0)),
        format::money(two_digits(plan.gain_per_year_if_so.unwrap_or(0.0)), currency),
    )
}

fn weeks(weeks: f64) -> String {
    if (weeks - 1.0).abs() < 0.5 { "1 week".into() } else { format!("{} weeks", format::count(weeks)) }
}

fn years(weeks: f64) -> String {
    if weeks < 104.0 * 25.0 { format!("{} years", format::grouped(weeks / 52.18, 1)) } else { "decades".into() }
}

/// A score, with a decimal only where it has one.
pub fn points(value: f64) -> String {
    format::grouped(value, if value.fract().abs() > 1e-9 { 1 } else { 0 })
}

fn two_digits(value: f64) -> f64 {
    if value.abs() < 100.0 {
        return value.round();
    }
    let unit = 10f64.powi(value.abs().log10().floor() as i32 - 1);
    (value / unit).round() * unit
}
