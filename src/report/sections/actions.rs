//! What should be done about it on Monday?
//!
//! A few lines, the most important first: data that cannot be trusted, people who wait, the bar, what moved, channels, what
//! misleads. Each names its reason and where it is argued; nothing is asked for that its test does not support, and a month in which there is
//! nothing to do says so.

use super::super::format;
use super::super::page::{Block, Section, Unit};
use super::super::trust::{self, Trust, TrustLevel};
use super::{Context, change, channels, column, row, table, text};
use crate::calibration::support::Worth;
use crate::calibration::threshold::Verdict as BarVerdict;
use crate::calibration::traps::TrapLevel;
use crate::finding::{Finding, Level};
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
    let weight = |finding: &Finding| trust::weight(&context.analysis.inputs, finding);
    let loud = context.analysis.findings.iter().filter(|finding| matches!(finding.level, Level::Deny | Level::Warn));
    let mut heavy: Vec<(f64, &Finding)> = loud.filter_map(|finding| Some((weight(finding)?, finding))).collect();
    heavy.sort_by(|a, b| b.1.level.cmp(&a.1.level).then(b.0.total_cmp(&a.0)));
    let ask = |(_, finding): (f64, &Finding)| Action {
        what: sentence(&finding.help),
        why: sentence(&finding.says),
        under: "Data quality",
    };
    heavy.into_iter().filter(|(_, finding)| !finding.help.is_empty()).take(MOST_FINDINGS).map(ask).collect()
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
        "Have sales take up or turn down the {} that {are} longer than {days} (`leadgauge brief` lists all that wait, those that are MQL again included).",
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
                true => match calibration.first() {
                    Some(_) => format!(
                        "Deal with what misleads the score first (see Score); what speaks for {to} instead of {current} is judged again then."
                    ),
                    None => format!(
                        "Move the bar from {current} to {to} (the file criteria.suggested.toml, ready to paste)."
                    ),
                },
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
    let missing = context.metrics.costs.missing_spend.as_ref().filter(|missing| missing.mqls_left_out > 0)?;
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

#[cfg(test)]
mod tests {
    use super::super::made::{Made, rows};
    use super::*;
    use crate::calibration::traps::Trap;
    use crate::metrics::Availability;
    use crate::metrics::acquisition::{MissingMonth, MissingSpend};
    use crate::metrics::change::News;
    use crate::metrics::channels::Difference;
    use std::collections::BTreeMap;

    fn told(made: &Made) -> Vec<Vec<String>> {
        rows(&section(&made.context(), &made.trust))
    }

    /// The only line there is.
    #[track_caller]
    fn only(made: &Made) -> Vec<String> {
        let rows = told(made);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    }

    fn trap(code: &str, level: TrapLevel, advice: &str) -> Trap {
        Trap {
            code: code.into(),
            subject: String::new(),
            level,
            title: format!("{code} misleads"),
            says: String::new(),
            advice: advice.into(),
            numbers: BTreeMap::new(),
        }
    }

    #[test]
    fn where_nothing_is_to_do_it_says_so() {
        let made = Made::quiet();
        let section = section(&made.context(), &made.trust);
        assert_eq!(section.title, "Nothing in these data calls for a change");
        assert!(matches!(section.blocks.as_slice(), [Block::Prose { text }] if text.contains("Look again next month")));
    }

    #[test]
    fn without_mql_dates_it_asks_for_them_and_for_nothing_else() {
        let mut made = Made::quiet();
        made.found("leads::late", Level::Warn, "export again");
        made.analysis.metrics.known.mqls = Availability::Unknown("no stage is an MQL".into());
        let section = section(&made.context(), &made.trust);
        assert_eq!(section.title, "Nothing can be judged yet");
        assert!(matches!(section.blocks.as_slice(), [Block::Prose { text }] if text.contains("no stage is an MQL")));
    }

    #[test]
    fn loud_findings_are_to_be_put_right_where_the_data_are_not_trusted_and_two_at_most() {
        let mut made = Made::quiet();
        made.found("a", Level::Info, "ignore it");
        made.found("b", Level::Warn, "");
        made.found("c", Level::Warn, "export c again");
        assert_eq!(told(&made), Vec::<Vec<String>>::new(), "the data are trusted");
        made.trust.level = TrustLevel::WithCare;
        assert_eq!(only(&made), ["Export c again.", "C was found.", "Data quality"]);
        made.found("light", Level::Warn, "look at one row");
        made.analysis.findings.last_mut().expect("a finding").share = Some(0.001);
        assert_eq!(only(&made)[0], "Export c again.", "a row in a thousand made no verdict");
        made.found("heavy", Level::Warn, "export it all again");
        made.analysis.findings.last_mut().expect("a finding").share = Some(0.4);
        assert_eq!(told(&made)[0][0], "Export it all again.", "what weighs more comes first");
        made.found("d", Level::Deny, "export d again");
        made.found("e", Level::Deny, "export e again");
        assert_eq!(told(&made).len(), MOST_FINDINGS);
    }

    #[test]
    fn mqls_that_wait_are_asked_for_as_far_as_they_can_still_be_reached() {
        let mut made = Made::quiet();
        let waiting = |made: &mut Made, overdue, forgotten| {
            let touches = made.analysis.metrics.handoff.touches.as_mut().expect("touches");
            (touches.n_overdue, touches.n_forgotten) = (overdue, forgotten);
        };
        waiting(&mut made, 5, 5);
        assert!(told(&made).is_empty(), "nobody of them can be reached any more");
        waiting(&mut made, 5, 2);
        let row = only(&made);
        assert!(row[0].contains("the 3 MQLs that wait longer than") && row[2] == "Handoff", "{row:?}");
        assert!(row[1].starts_with("Sales touches "), "{row:?}");
        waiting(&mut made, 1, 0);
        assert!(only(&made)[0].contains("the 1 MQL that waits longer than"));
        made.analysis.metrics.handoff.touches.as_mut().expect("touches").in_time.value = None;
        assert_eq!(only(&made)[1], "They can still be reached.");
        made.analysis.metrics.handoff.touches = None;
        assert!(told(&made).is_empty(), "who waits is not known");
    }

    #[test]
    fn a_channel_is_named_only_where_its_test_says_that_it_is_worse() {
        let mut made = Made::quiet();
        let name = made.analysis.metrics.channels[1].channel.clone().expect("a name");
        for says in [Difference::CannotTell, Difference::Higher] {
            made.against_the_rest(1, says);
            assert!(told(&made).is_empty(), "{says:?}");
        }
        made.against_the_rest(1, Difference::Lower);
        let row = only(&made);
        assert_eq!(
            (row[0].as_str(), row[2].as_str()),
            (&*format!("Look into {name} before more is spent on it."), "Channels")
        );
        made.analysis.metrics.channels[1].channel = Some("Other".into());
        assert!(told(&made).is_empty(), "nobody runs it");
        // Surely below its range is enough, whatever the others do.
        let standing = made.analysis.metrics.channels[2].standing.as_mut().expect("a standing");
        standing.verdict = Verdict::Below;
        let name = made.analysis.metrics.channels[2].channel.clone().expect("a name");
        let row = only(&made);
        assert!(row[0].contains(&name) && row[1].contains("surely lies below"), "{row:?}");
    }

    #[test]
    fn whom_to_ask_is_said_of_a_change_that_is_more_than_chance_and_of_no_other() {
        let mut made = Made::quiet();
        for says in [News::Noise, News::Unknown] {
            made.compared(says);
            assert!(told(&made).is_empty(), "{says:?}");
        }
        made.compared(News::Change);
        let row = only(&made);
        assert!(row[1].contains("MQL→SQL has ") && row[2] == "Change", "{row:?}");
    }

    #[test]
    fn sales_is_asked_about_its_pace_where_the_alarm_rings_for_fewer() {
        let mut made = Made::quiet();
        let alarm = &mut made.analysis.metrics.lag_alarm;
        (alarm.months, alarm.day) = (Some(3), Some(14));
        for state in [AlarmState::Untested, AlarmState::Quiet, AlarmState::FasterOrMore] {
            made.analysis.metrics.lag_alarm.state = state;
            assert!(told(&made).is_empty(), "{state:?}");
        }
        made.analysis.metrics.lag_alarm.state = AlarmState::SlowerOrFewer;
        let row = only(&made);
        assert!(row[1].contains("the last 3 months had fewer SQLs by day 14") && row[2] == "Conversion", "{row:?}");
        made.analysis.metrics.lag_alarm.months = None;
        assert!(told(&made).is_empty(), "since when is not known");
    }

    #[test]
    fn missing_spend_is_asked_for_by_name_or_by_number() {
        let mut made = Made::quiet();
        let month = made.analysis.metrics.month;
        let missing = |n: usize, mqls_left_out: u64| {
            let months = vec![MissingMonth { month, channel: "webinar".into(), most: None }; n];
            let cost_per_mql = crate::metrics::Estimate::NONE;
            Some(MissingSpend { months, mqls_left_out, spend_low: 0.0, spend_high: None, cost_per_mql })
        };
        made.analysis.metrics.costs.missing_spend = missing(1, 1);
        let row = only(&made);
        assert_eq!(row[0], format!("Add the spend of webinar for {}, or a row with 0.", month.long()));
        assert_eq!(row[1..], ["Missing is not zero: 1 MQL is left out of cost.", "Cost"]);
        made.analysis.metrics.costs.missing_spend = missing(4, 17);
        let row = only(&made);
        assert_eq!(row[0], "Add the spend of 4 channel-months that have none, or rows with 0.");
        assert_eq!(row[1], "Missing is not zero: 17 MQLs are left out of cost.");
    }

    #[test]
    fn what_misleads_is_asked_about_where_it_matters_and_once() {
        let mut made = Made::quiet();
        let found = |made: &mut Made, traps: Vec<Trap>| made.analysis.calibration.traps.found = traps;
        found(&mut made, vec![trap("a", TrapLevel::Notice, "Look at a.")]);
        assert!(told(&made).is_empty(), "a notice is no call to act");
        found(&mut made, vec![trap("a", TrapLevel::Warn, "leave a out. It is an SQL in disguise.")]);
        assert_eq!(only(&made), ["Leave a out.", "A misleads.", "Score"]);
        found(&mut made, ["a", "b"].map(|code| trap(code, TrapLevel::Warn, "Ask sales.")).to_vec());
        assert_eq!(only(&made)[0], "Ask sales.", "the same is asked once");
        found(&mut made, ["a", "b", "c"].map(|code| trap(code, TrapLevel::Warn, &format!("Ask {code}."))).to_vec());
        assert_eq!(told(&made).len(), 2);
    }

    /// With advice on the threshold: from today's bar to another one of the sweep.
    fn advised(verdict: BarVerdict, chance: f64) -> (Made, f64, f64) {
        let mut made = Made::quiet();
        let calibration = &mut made.analysis.calibration;
        let current = calibration.criteria.as_ref().expect("criteria").threshold;
        let known = |row: &&crate::calibration::SweepRow| {
            let gain = row.gain_per_month;
            row.threshold > current && gain.value.is_some() && gain.low.is_some() && gain.high.is_some()
        };
        let to = calibration.sweep.iter().find(known).expect("a higher bar that was weighed").threshold;
        calibration.verdict = verdict;
        calibration.says = vec!["Keep it. It is as good as any.".into(), "What it is worth is not known.".into()];
        let bar = calibration.bar.as_mut().expect("advice");
        (bar.threshold, bar.probability_better) = (to, Some(chance));
        (made, current, to)
    }

    #[test]
    fn the_bar_is_spoken_of_only_with_a_verdict_on_it() {
        let (mut made, current, to) = advised(BarVerdict::NotEnoughData, 0.95);
        assert!(told(&made).is_empty(), "there is no verdict");
        made.analysis.calibration.verdict = BarVerdict::Tighten;
        let row = only(&made);
        assert!(
            row[0].starts_with(&format!("Move the bar from {current} to {to} ")) && row[2] == "Calibration",
            "{row:?}"
        );
        made.analysis.metrics.benchmark.verdict = Verdict::NotWorked;
        assert!(told(&made).is_empty(), "where sales works too few, the rate is none of the bar's");
        made.analysis.metrics.benchmark.verdict = Verdict::Inside;
        made.analysis.calibration.criteria = None;
        assert!(told(&made).is_empty(), "there is no bar");
    }

    #[test]
    fn a_move_that_is_not_likely_enough_is_put_off() {
        for (chance, begins) in [(0.79, "Leave the bar at "), (0.8, "Move the bar from ")] {
            let (made, ..) = advised(BarVerdict::LoosenOneNotch, chance);
            let row = only(&made);
            assert!(row[0].starts_with(begins), "{chance}: {row:?}");
            assert_eq!(row[0].contains("for now"), chance < 0.8, "{row:?}");
        }
        // A move to where the bar stands is none.
        let (mut made, current, _) = advised(BarVerdict::Tighten, 0.95);
        made.analysis.calibration.bar.as_mut().expect("advice").threshold = current;
        assert!(told(&made).is_empty());
    }

    #[test]
    fn keeping_the_bar_and_pricing_it_are_said_as_such() {
        let (mut made, current, _) = advised(BarVerdict::Keep, 0.5);
        made.analysis.calibration.bar.as_mut().expect("advice").threshold = current;
        let row = only(&made);
        assert_eq!(row[..2], [format!("Leave the bar at {current}."), "Keep it.".to_string()]);
        made.analysis.calibration.verdict = BarVerdict::NoEconomics;
        let row = only(&made);
        assert!(row[0].starts_with("Say what an SQL is worth") && row[1].contains("no threshold can be called best"));
    }

    #[test]
    fn random_leads_are_asked_for_only_where_working_them_is_worth_it() {
        let (mut made, current, _) = advised(BarVerdict::Explore, 0.5);
        made.analysis.calibration.bar.as_mut().expect("advice").threshold = current;
        let plan = &mut made.analysis.calibration.support.as_mut().expect("support").exploration;
        (plan.worth, plan.leads_to_go) = (Worth::Yes, Some(120));
        assert!(only(&made)[0].contains("work 120 random leads just below the bar"));
        made.analysis.calibration.support.as_mut().expect("support").exploration.worth = Worth::Settled;
        assert!(told(&made).is_empty());
    }

    #[test]
    fn the_most_important_comes_first_and_there_is_room_for_six() {
        let (mut made, ..) = advised(BarVerdict::Tighten, 0.95);
        made.trust.level = TrustLevel::NotReliable;
        made.found("c", Level::Warn, "export c again");
        made.analysis.metrics.handoff.touches.as_mut().expect("touches").n_overdue = 4;
        made.against_the_rest(1, Difference::Lower);
        made.compared(News::Change);
        made.analysis.metrics.lag_alarm.state = AlarmState::SlowerOrFewer;
        (made.analysis.metrics.lag_alarm.months, made.analysis.metrics.lag_alarm.day) = (Some(2), Some(10));
        made.analysis.calibration.traps.found = vec![trap("a", TrapLevel::Warn, "Leave a out.")];
        let section = section(&made.context(), &made.trust);
        let under: Vec<String> = rows(&section).into_iter().map(|row| row[2].clone()).collect();
        assert_eq!(under, ["Data quality", "Handoff", "Channels", "Calibration", "Change", "Conversion"]);
        assert_eq!(section.title, "Six things to do");
    }
}
