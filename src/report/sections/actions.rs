//! What should be done about it on Monday?
//!
//! A few lines, the most important first: data that cannot be trusted, people who wait, the bar, what moved, channels, what
//! misleads. Each names its reason and where it is argued; nothing is asked for that its test does not support, and a month in which there is
//! nothing to do says so.

use super::super::format;
use super::super::page::{Block, Section, Unit};
use super::super::trust::{Trust, TrustLevel};
use super::{Context, change, channels, column, row, table, text};
use crate::calibration::support::Worth;
use crate::calibration::threshold::Verdict as BarVerdict;
use crate::calibration::traps::TrapLevel;
use crate::finding::Level;
use crate::metrics::benchmark::Verdict;
use crate::metrics::maturity_alarm::AlarmState;

/// Lines that a week has room for.
const MOST: usize = 6;
/// Findings about the data that are asked to be put right at once.
const MOST_FINDINGS: usize = 2;

/// One thing to do.
struct Action {
    what: String,
    why: String,
    /// Title word of the section that argues it.
    under: &'static str,
}

pub fn section(context: &Context, trust: &Trust) -> Section {
    let id = || "to-do".to_string();
    if let Some(why) = context.metrics.known.mqls.why() {
        let text = format!("Give the dates on which leads became MQLs: {why}. Nothing can be judged without them.");
        return Section { id: id(), title: "Nothing can be judged yet".into(), blocks: vec![Block::Prose { text }] };
    }
    let mut actions = data(context, trust);
    actions.extend(follow_up(context));
    actions.extend(channel(context));
    actions.extend(bar(context));
    actions.extend(moved(context));
    actions.extend(alarm(context));
    actions.extend(missing(context));
    for trap in traps(context) {
        // Two types of action can ask for the same.
        if !actions.iter().any(|action| action.what == trap.what) {
            actions.push(trap);
        }
    }
    actions.truncate(MOST);
    let title = match actions.len() {
        0 => "Nothing in these data calls for a change".to_string(),
        1 => "One thing to do".to_string(),
        n => format!("{} things to do", in_words(n)),
    };
    let blocks = if actions.is_empty() {
        let text = "No measure is known to have moved by more than chance, no channel to convert worse than the rest, and nothing speaks for another bar. Look again next month.";
        vec![Block::Prose { text: text.into() }]
    } else {
        let columns =
            vec![column("What to do", Unit::Text), column("Why", Unit::Text), column("More under", Unit::Text)];
        let rows = actions.iter().map(|action| row(vec![text(&action.what), text(&action.why), text(action.under)]));
        vec![Block::Table(table("to-do", "What to do, the most important first", columns, rows.collect(), ""))]
    };
    Section { id: id(), title, blocks }
}

fn in_words(n: usize) -> &'static str {
    const WORDS: [&str; MOST + 1] = ["No", "One", "Two", "Three", "Four", "Five", "Six"];
    WORDS.get(n).copied().unwrap_or("Some")
}

/// A sentence ends with a full stop, and begins with a capital.
fn sentence(words: &str) -> String {
    let words = words.trim().trim_end_matches('.');
    // Names from the data keep their letters.
    if words.split(' ').next().is_some_and(|first| first.contains(['_', '@', '.'])) {
        return format!("{words}.");
    }
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Data that cannot be trusted as they are come first: everything else rests on them.
fn data(context: &Context, trust: &Trust) -> Vec<Action> {
    if trust.level == TrustLevel::Trusted {
        return Vec::new();
    }
    let loud = context.analysis.findings.iter().filter(|finding| matches!(finding.level, Level::Deny | Level::Warn));
    let ask = |finding: &crate::finding::Finding| Action {
        what: sentence(&finding.help),
        why: sentence(&finding.says),
        under: "Data quality",
    };
    loud.filter(|finding| !finding.help.is_empty()).take(MOST_FINDINGS).map(ask).collect()
}

/// MQLs that wait, where it is known.
fn follow_up(context: &Context) -> Option<Action> {
    let handoff = &context.metrics.handoff;
    let touches = handoff.touches.as_ref()?;
    // Those untouched for longer than they are followed are past helping.
    let waiting = touches.n_overdue.saturating_sub(touches.n_forgotten);
    let days = format::counted(u64::from(handoff.sla_days), "day");
    if waiting == 0 {
        return None;
    }
    let why = match touches.in_time.value {
        Some(share) => format!(
            "Sales touches {} of the MQLs within {days}; these are the rest that can still be reached.",
            format::share(share)
        ),
        None => "They can still be reached.".to_string(),
    };
    let are = if waiting == 1 { "waits" } else { "wait" };
    let what = format!(
        "Have sales take up or turn down the {} that {are} longer than {days}; the brief lists them.",
        format::counted(waiting, "MQL")
    );
    Some(Action { what, why, under: "Handoff" })
}

/// What falsifies scores, rates or advice.
fn traps(context: &Context) -> Vec<Action> {
    let found = context.analysis.calibration.traps.found.iter().filter(|trap| trap.level == TrapLevel::Warn);
    let ask = |trap: &crate::calibration::traps::Trap| Action {
        what: first(&trap.advice),
        why: sentence(&trap.title),
        under: "Score",
    };
    found.take(2).map(ask).collect()
}

/// The first sentence of a text.
fn first(words: &str) -> String {
    sentence(words.split_once(". ").map_or(words, |(first, _)| first))
}

fn bar(context: &Context) -> Option<Action> {
    const UNDER: &str = "Calibration";
    let calibration = &context.analysis.calibration;
    if context.metrics.benchmark.verdict == Verdict::NotWorked {
        return None;
    }
    let current = calibration.criteria.as_ref()?.threshold;
    if let Some(points) = calibration.refitted() {
        let bar = calibration.suggested.as_ref()?.threshold;
        return Some(Action {
            what: format!(
                "Try other points, with a bar of {bar}: the file criteria.suggested.toml holds both, ready to paste."
            ),
            why: super::calibration::other_points(context).unwrap_or(first(points.says.first()?)),
            under: UNDER,
        });
    }
    // Where the bar may stay, the first words say just that.
    let summary = super::calibration::summary(context);
    let why = summary.map(|says| first(says.strip_prefix(&format!("Keep {current}. ")).unwrap_or(&says)));
    let to = calibration.bar.as_ref().map_or(current, |bar| bar.threshold);
    let what = match calibration.verdict {
        BarVerdict::Tighten | BarVerdict::LoosenOneNotch if to != current => {
            let chance = super::calibration::chance(context).unwrap_or(0.0);
            match chance >= 0.8 {
                true => {
                    format!("Move the bar from {current} to {to} (the file criteria.suggested.toml, ready to paste).")
                }
                false => {
                    format!("Leave the bar at {current} for now; where the next review says {to} again, try that.")
                }
            }
        }
        BarVerdict::Keep => format!("Leave the bar at {current}."),
        BarVerdict::NoEconomics => {
            "Say what an SQL is worth and what an MQL costs sales ([economics] in the project file).".into()
        }
        BarVerdict::Explore => explore(context)?,
        _ => return None,
    };
    let why = match calibration.verdict {
        BarVerdict::NoEconomics => "Without it no threshold can be called best.".to_string(),
        _ => why?,
    };
    Some(Action { what, why, under: UNDER })
}

fn explore(context: &Context) -> Option<String> {
    let support = context.analysis.calibration.support.as_ref()?;
    let plan = &support.exploration;
    let leads = plan.leads_to_go.filter(|_| plan.worth == Worth::Yes)?;
    Some(format!(
        "Have sales work {} random leads just below the bar (leadgauge explore --leads {leads}).",
        format::count(leads as f64)
    ))
}

/// A change that is more than chance: the report shows where, people know why.
fn moved(context: &Context) -> Option<Action> {
    let why = change::short(context)?;
    let what = change::where_to_ask(context)?;
    Some(Action { what, why, under: "Change" })
}

fn channel(context: &Context) -> Option<Action> {
    let (name, why) = channels::surely_worse(context)?;
    Some(Action { what: format!("Look into {name} before more is spent on it."), why, under: "Channels" })
}

/// Recent MQLs that convert at another pace.
fn alarm(context: &Context) -> Option<Action> {
    let alarm = &context.metrics.lag_alarm;
    let (months, day) = (alarm.months?, alarm.day?);
    if alarm.state != AlarmState::SlowerOrFewer {
        return None;
    }
    Some(Action {
        what: "Ask sales whether it has become slower, or turns more down.".to_string(),
        why: format!(
            "The MQLs of the last {months} months had fewer {} by day {day} than those before, by more than chance.",
            context.goal.plural()
        ),
        under: "Conversion",
    })
}

fn missing(context: &Context) -> Option<Action> {
    let missing = context.metrics.costs.missing_spend.as_ref()?;
    let n = missing.months.len() as u64;
    let what = match missing.months.as_slice() {
        [only] => format!("Add the spend of {} for {}, or a row with 0.", only.channel, format::month(only.month)),
        _ => format!("Add the spend of {} that have none, or rows with 0.", format::counted(n, "channel-month")),
    };
    let why = match missing.mqls_left_out {
        1 => "Missing is not zero: 1 MQL is left out of cost.".to_string(),
        n => format!("Missing is not zero: {} MQLs are left out of cost.", format::count(n as f64)),
    };
    Some(Action { what, why, under: "Cost" })
}
