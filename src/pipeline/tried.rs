//! What would other points have brought, one action at a time? The same replay as a simulation's, for many cards at once.
//!
//! A card takes two passes over the actions of the leads that are looked at; the paths are counted here and not by queries,
//! which count the same (a test holds the two against each other). Of many leads a part is taken, by a hash of their id.

use super::evidence::counted;
use super::simulate::{lowered, reaches};
use crate::calibration::evidence::Evidence;
use crate::calibration::refit::Patterns;
use crate::calibration::simulation::{self, AtBar, BANDS_BELOW, Grounds, Moves};
use crate::calibration::tried::{self, ActionTried, PointsTried};
use crate::calibration::{Calibration, view};
use crate::config::plan::{Criteria, DateOrder, Plan};
use crate::ingest::coerce::Clock;
use crate::ingest::{Activities, Ingested, Leads};
use crate::replay::{self, Journey, Replayed, Settings, decision};
use crate::vocabulary::Day;
use std::panic::resume_unwind;
use std::thread;

/// Leads that are enough to try points on.
const ENOUGH: usize = 20_000;
/// Actions that are tried, those of most worked leads first.
const MOST_ACTIONS: usize = 12;

/// Tries other points for one action at a time. `months` is the evidence of today's criteria.
pub(super) fn tried(
    plan: &Plan,
    data: &Ingested,
    journeys: &[Journey],
    calibration: &Calibration,
    months: &Evidence,
    patterns: &Patterns,
) -> Vec<ActionTried> {
    let Some(today) = replay::current(&plan.criteria, data.as_of) else { return Vec::new() };
    if calibration.sweep.is_empty() {
        return Vec::new();
    }
    let card = calibration.points.as_ref().and_then(|points| points.card.as_ref());
    let now = view(today);
    let mut kinds: Vec<usize> = (0..patterns.columns.types.len()).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(patterns.leads_with(*kind)));
    let actions = kinds.into_iter().map(|kind| &patterns.columns.types[kind].0);
    let actions = actions.map(|name| (name, tried::points_to_try(name, &now, card)));
    let actions: Vec<_> = actions.filter(|(_, points)| !points.is_empty()).take(MOST_ACTIONS).collect();
    let mut part = Part::of(plan, data, journeys, today);
    let paths_now = part.settle(today);
    let evidence_now = part.evidence(plan, today, &paths_now);
    let part = &part;
    let of_points = |name: &str, points: f64| {
        let mut card = today.clone();
        card.points.insert(name.to_string(), points);
        let evidence = part.evidence(plan, &card, &part.paths(&card));
        let grounds =
            Grounds { calibration, months, today: &evidence_now, simulated: &evidence, moves: Moves::default() };
        let bars = simulation::at_bars(plan, &grounds, part.share, &part.entering(&card))?;
        Some(PointsTried { points, bars })
    };
    let of_action = |(name, points): &(&String, Vec<f64>)| {
        let points_now = today.points.get(*name).copied().unwrap_or(0.0);
        let each = points.iter().map(|points| of_points(name, *points));
        Some(ActionTried { name: (*name).clone(), points_now, points: each.collect::<Option<_>>()? })
    };
    // No card needs to know of another: every core takes its share of the actions.
    let workers = thread::available_parallelism().map_or(1, usize::from).min(actions.len().max(1));
    let mut tried: Vec<ActionTried> = thread::scope(|scope| {
        let share = |worker| actions.iter().skip(worker).step_by(workers).filter_map(of_action).collect::<Vec<_>>();
        let jobs: Vec<_> = (0..workers).map(|worker| scope.spawn(move || share(worker))).collect();
        let joined = |job: thread::ScopedJoinHandle<'_, _>| job.join().unwrap_or_else(|panic| resume_unwind(panic));
        jobs.into_iter().flat_map(joined).collect()
    });
    tried.sort_by(|a, b| b.points_now.total_cmp(&a.points_now).then(a.name.cmp(&b.name)));
    tried
}

/// The leads that are looked at.
struct Part<'a> {
    leads: Leads,
    activities: Activities,
    journeys: Vec<Journey>,
    settings: Settings<'a>,
    /// Those of them that today's criteria would never have handed over, and that nobody did.
    outside: Vec<bool>,
    /// How many of all that count these are.
    share: f64,
    /// Leads created before this day are of other criteria.
    from: Option<Day>,
}

impl<'a> Part<'a> {
    fn of(plan: &'a Plan, data: &Ingested, journeys: &[Journey], today: &Criteria) -> Part<'a> {
        let n = journeys.iter().filter(|journey| journey.counts).count();
        let is_taken = |lead: &usize| {
            let taken = n <= ENOUGH || (decision::hash(&data.leads.id[*lead]) >> 32) % (n as u64) < ENOUGH as u64;
            taken && journeys[*lead].counts
        };
        let taken: Vec<usize> = (0..journeys.len()).filter(is_taken).collect();
        let mut place: Vec<Option<u32>> = vec![None; journeys.len()];
        for (i, lead) in taken.iter().enumerate() {
            place[*lead] = Some(i as u32);
        }
        let clock = Clock { project: plan.timezone, source: plan.timezone, order: None::<DateOrder> };
        let window_days = plan.windows.mql_to_sql_days as i32;
        Part {
            leads: data.leads.only(&taken),
            activities: data.activities.only(&place),
            journeys: taken.iter().map(|lead| journeys[*lead]).collect(),
            settings: Settings { criteria: &plan.criteria, clock, as_of: data.as_of, window_days },
            outside: Vec::new(),
            share: taken.len() as f64 / n.max(1) as f64,
            from: today.effective_from,
        }
    }

    /// Takes today's paths. What today's criteria do not explain, they do not lose either; and what is too young has no
    /// outcome.
    fn settle(&mut self, today: &Criteria) -> Replayed {
        let paths = self.paths(today);
        let own = replay::first_days(&self.leads, &self.activities, &self.settings, today, &[today.threshold]);
        let last_mature = self.last_mature();
        self.outside = self
            .journeys
            .iter()
            .zip(own)
            .map(|(journey, reached)| journey.counts && journey.mql_day.is_none() && reached[0].is_none())
            .collect();
        for (journey, score) in self.journeys.iter_mut().zip(&paths.scores) {
            let is_known = journey.mql_day.is_none_or(|day| day <= last_mature);
            journey.counts &= is_known && score.end.as_ref().is_none_or(reaches);
        }
        paths
    }

    fn last_mature(&self) -> Day {
        self.settings.as_of.plus(-self.settings.window_days)
    }

    /// Paths in bands of a tenth of the bar, the bar being the lower edge of band [`BANDS_BELOW`].
    fn paths(&self, card: &Criteria) -> Replayed {
        let low = lowered(card);
        let settings = Settings { criteria: std::slice::from_ref(&low), ..self.settings };
        replay::replay_in_bands(&self.leads, &self.activities, &self.journeys, &settings, low.threshold)
    }

    fn evidence(&self, plan: &Plan, card: &Criteria, paths: &Replayed) -> Evidence {
        counted(plan, &lowered(card), self.settings.as_of, &self.journeys, paths)
    }

    /// The bars, and the leads that would enter at each.
    fn entering(&self, card: &Criteria) -> Vec<AtBar> {
        let mut bars: Vec<AtBar> = tried::TENTHS
            .map(|tenths| AtBar {
                threshold: card.threshold * tenths as f64 / 10.0,
                band: tenths - 10 + BANDS_BELOW,
                moves: Moves::default(),
            })
            .collect();
        let thresholds: Vec<f64> = bars.iter().map(|bar| bar.threshold).collect();
        let days = replay::first_days(&self.leads, &self.activities, &self.settings, card, &thresholds);
        for (lead, days) in days.iter().enumerate().filter(|(lead, _)| self.outside[*lead]) {
            for (bar, day) in bars.iter_mut().zip(days) {
                let (Some(day), created) = (*day, self.leads.created[lead].day) else { continue };
                super::simulate::enter(&self.journeys[lead], created, day, self.from, &self.settings, &mut bar.moves);
            }
        }
        bars
    }
}
