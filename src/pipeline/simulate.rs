//! What would other criteria have done to the same history? Read once, replay under both.

use super::{Past, RunError, first_day, past, why_no_evidence};
use crate::calibration;
use crate::calibration::asked::{Asked, Occurring};
use crate::calibration::simulation::{self, BANDS_BELOW, Grounds, Moves, Simulation};
use crate::config::plan::{Criteria, Plan};
use crate::facts::Facts;
use crate::finding::Finding;
use crate::ingest::recognise;
use crate::ingest::{self, Ingested, Input};
use crate::replay::{self, End, Journey, Replayed, Settings};
use crate::vocabulary::Day;
use std::collections::{BTreeMap, BTreeSet};

/// A simulation, and whom it moves.
pub struct Simulated {
    /// The files.
    pub inputs: Vec<Input>,
    /// What is wrong with the data, as far as reading them shows.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub simulation: Simulation,
    /// Leads that would enter, leave, come earlier or later, in the order of the data.
    pub moved: Vec<Moved>,
}

/// A lead that the simulated criteria would move.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The id.
    pub id: String,
    /// How.
    pub change: Change,
    /// The day on which today's criteria made it an MQL, if they did.
    pub today: Option<Day>,
    /// The day on which the simulated criteria would have.
    pub simulated: Option<Day>,
}

/// What the simulated criteria change for a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was never MQL and would have been.
    Enters,
    /// It was MQL and would not have been before its SQL, or at all.
    Leaves,
    /// It would have been MQL earlier.
    Earlier,
    /// It would have been MQL later.
    Later,
}

/// Simulates what is asked for.
pub fn simulate(plan: &Plan, asked: &Asked, step: &dyn Fn(&str)) -> Result<Simulated, RunError> {
    let data = ingest::read(plan, step)?;
    step("journeys");
    let as_of = data.as_of;
    if let Some(first) = first_day(&data).filter(|first| *first > as_of) {
        return Err(RunError::Nothing { as_of, first });
    }
    let impossible = |why: String| RunError::Impossible { what: "nothing can be simulated".into(), why };
    if let Some(why) = why_no_evidence(plan, &data) {
        return Err(impossible(why));
    }
    let current = replay::current(&plan.criteria, as_of).cloned();
    let today = current.ok_or_else(|| impossible("the project file names no [[criteria]]".into()))?;
    let new =
        asked.apply(&today, &occurring(asked, &data)).map_err(|problems| impossible(problems.join("\n       ")))?;
    let mut past = Past::new(plan, &data)?;
    step("calibration");
    let own = std::mem::take(&mut past.replayed);
    let months = past.evidence_of(plan, &data, &plan.criteria, &own)?;
    let calibration = calibration::judge(plan, as_of, &months, &Facts::default(), None);
    step("simulation");
    let (now, then) = (past.paths(plan, &data, &today), past.paths(plan, &data, &new));
    let mut moves = Moves::default();
    let mut moved = Vec::new();
    {
        let crossings = |criteria: &Criteria| past.replay(plan, &data, std::slice::from_ref(criteria));
        let (before, after) = (crossings(&today), crossings(&new));
        let lives =
            Lives { data: &data, journeys: &past.journeys, settings: past::settings(plan, &data, &plan.criteria) };
        lives.compare((&now, &before), (&then, &after), today.effective_from, &mut moves, &mut moved);
    }
    // What today's criteria do not explain, they do not lose either; and what is too young has no outcome.
    let last_mature = as_of.plus(-(plan.windows.mql_to_sql_days as i32));
    for (journey, score) in past.journeys.iter_mut().zip(&now.scores) {
        let is_known = journey.mql_day.is_none_or(|day| day <= last_mature);
        journey.counts &= is_known && score.end.as_ref().is_none_or(reaches);
    }
    let evidence_now = past.evidence_of(plan, &data, &[lowered(&today)], &now)?;
    let evidence_then = past.evidence_of(plan, &data, &[lowered(&new)], &then)?;
    let grounds =
        Grounds { calibration: &calibration, months: &months, today: &evidence_now, simulated: &evidence_then, moves };
    let simulation = simulation::simulate(plan, as_of, &today, &new, &grounds);
    let simulation = simulation.ok_or_else(|| {
        let days = plan.windows.mql_to_sql_days;
        impossible(format!("no MQL of today's criteria is {days} days old yet, so no outcome is known"))
    })?;
    let findings = data.findings.into_vec(&plan.quality);
    Ok(Simulated { inputs: data.inputs, findings, simulation, moved })
}

/// The criteria with a bar so low that the scores on the way to their own are told apart, too.
pub(super) fn lowered(criteria: &Criteria) -> Criteria {
    Criteria { threshold: criteria.threshold / (BANDS_BELOW + 1) as f64, ..criteria.clone() }
}

impl Past {
    /// Paths in bands of a tenth of the bar, the bar being the lower edge of band [`BANDS_BELOW`].
    fn paths(&self, plan: &Plan, data: &Ingested, criteria: &Criteria) -> Replayed {
        let low = lowered(criteria);
        self.replay_in_bands(plan, data, std::slice::from_ref(&low), low.threshold)
    }
}

/// Whether a mature MQL reached the bar before its SQL.
pub(super) fn reaches(end: &End) -> bool {
    let (End::Open { band } | End::Converted { band, .. }) = end;
    *band >= BANDS_BELOW
}

/// Counts a lead that was never MQL, and that the simulated criteria would have made one on a day, if it counts.
pub(super) fn enter(
    journey: &Journey,
    created: Day,
    on: Day,
    from: Option<Day>,
    settings: &Settings,
    moves: &mut Moves,
) -> bool {
    let last_mature = settings.as_of.plus(-settings.window_days);
    let is_of_these_criteria = from.is_none_or(|from| created >= from);
    // What sales logs at the SQL makes no lead enter.
    let is_late = journey.sql_day.is_some_and(|sql| sql <= on);
    if !is_of_these_criteria || is_late || on > last_mature {
        return false;
    }
    moves.enter += 1;
    match journey.explored_day {
        Some(day) if day <= last_mature => {
            moves.enter_explored += 1;
            let sql = journey.sql_day.filter(|sql| *sql >= day && sql.0 - day.0 <= settings.window_days);
            moves.enter_explored_sqls += u64::from(sql.is_some());
        }
        Some(_) => {}
        None => moves.enter_sqls += u64::from(journey.sql_day.is_some()),
    }
    true
}

struct Lives<'a> {
    data: &'a Ingested,
    journeys: &'a [Journey],
    settings: Settings<'a>,
}

impl Lives<'_> {
    /// Compares paths and first crossings under today's criteria and the simulated ones, lead by lead.
    fn compare(
        &self,
        (now, before): (&Replayed, &Replayed),
        (then, after): (&Replayed, &Replayed),
        from: Option<Day>,
        moves: &mut Moves,
        moved: &mut Vec<Moved>,
    ) {
        let last_mature = self.settings.as_of.plus(-self.settings.window_days);
        let (mut earlier, mut later) = (Vec::new(), Vec::new());
        for (lead, journey) in self.journeys.iter().enumerate().filter(|(_, journey)| journey.counts) {
            let (first, second) = (before.scores[lead].first_crossing, after.scores[lead].first_crossing);
            let mut note = |change: Change, today: Option<Day>, simulated: Option<Day>| {
                moved.push(Moved { id: self.data.leads.id[lead].clone(), change, today, simulated });
            };
            let is_known = journey.mql_day.is_some_and(|day| day <= last_mature);
            if let (Some(end), Some(new_end), true) = (&now.scores[lead].end, &then.scores[lead].end, is_known) {
                let is_sql = u64::from(matches!(end, End::Converted { .. }));
                if !reaches(end) {
                    moves.unexplained += 1;
                    continue;
                }
                if !reaches(new_end) {
                    moves.leave += 1;
                    moves.leave_sqls += is_sql;
                    note(Change::Leaves, journey.mql_day, None);
                    continue;
                }
                moves.stay += 1;
                moves.stay_sqls += is_sql;
                let (Some(first), Some(second)) = (first, second) else { continue };
                match second.cmp(&first) {
                    std::cmp::Ordering::Less => {
                        earlier.push(f64::from(first.0 - second.0));
                        note(Change::Earlier, Some(first), Some(second));
                    }
                    std::cmp::Ordering::Greater => {
                        later.push(f64::from(second.0 - first.0));
                        note(Change::Later, Some(first), Some(second));
                    }
                    std::cmp::Ordering::Equal => {}
                }
                continue;
            }
            let (None, None, Some(second)) = (journey.mql_day, first, second) else { continue };
            let created = self.data.leads.created[lead].day;
            if enter(journey, created, second, from, &self.settings, moves) {
                note(Change::Enters, None, Some(second));
            }
        }
        (moves.earlier, moves.later) = (earlier.len() as u64, later.len() as u64);
        (moves.earlier_days, moves.later_days) = (middle(&mut earlier), middle(&mut later));
    }
}

/// The middle of some values.
fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() % 2 {
        1 => values.get(half).copied(),
        _ => Some((values.get(half.checked_sub(1)?)? + values.get(half)?) / 2.0),
    }
}

/// What occurs in the data of what is asked about.
fn occurring<'a>(asked: &Asked, data: &'a Ingested) -> Occurring<'a> {
    let mut values: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (attribute, ..) in &asked.fit {
        let name = recognise::normal(attribute);
        let known = if name == "channel" { Some(&data.leads.channel) } else { data.leads.attributes.get(&name) };
        if let Some(known) = known {
            values.insert(attribute.clone(), known.iter().map(String::as_str).collect());
        }
    }
    // Names of people are attributes, too, and nobody's points.
    let private = |name: &&str| ingest::NAMES.contains(name) || *name == ingest::ADDRESS;
    let attributes = data.leads.attributes.keys().map(String::as_str).chain(["channel"]);
    Occurring { types: &data.activities.types, values, attributes: attributes.filter(|name| !private(name)).collect() }
}
