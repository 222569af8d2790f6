//! Are later leads like earlier ones, and does the bar still mean what it meant?
//!
//! All of it compares the first 30 days of leads created in the last three months that can be seen with those of leads
//! created earlier, so that age does not confound; the first three months of the data are left out.
//!
//! - `criterion_drift`, `mix_drift`, `fit_drift`: population stability index of the actions per lead, the channels, the
//!   values of an attribute, with the alarm that knows the sample size.
//! - `score_inflation`: more leads become MQLs while fewer of those MQLs become SQLs; the last three
//!   months of creation whose MQLs are all a window old against those before.
//! - `gamed_criterion`: after a criteria version took effect, a criterion's actions jump and its leads convert worse than
//!   before, while the others do not.

use super::counts::{Counts, Group, Habit, YoungCount};
use super::{ALPHA, Check, found_if};
use crate::stats::{drift, multiple, overdispersion, proportion, special};
use crate::vocabulary::Month;
use std::collections::{BTreeMap, BTreeSet};

/// Months at the beginning of the data, when every lead is fresh.
const START_UP_MONTHS: i32 = 3;
/// Months that are recent.
const RECENT_MONTHS: i32 = 3;
/// Least months before those.
const LEAST_EARLIER_MONTHS: i32 = 3;
/// Least leads of either period.
const LEAST_LEADS: f64 = 100.0;
/// Least MQLs of either side.
const LEAST_MQLS: f64 = 40.0;
/// Actions per lead after a version's date over those before: from here on it is a jump.
const GAMED: f64 = 1.3;
/// Bins of actions per lead: the first counts of each.
const BINS: [u32; 8] = [0, 1, 2, 3, 4, 6, 9, 13];

/// The months that are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Periods {
    from: Month,
    recent: Month,
    to: Month,
}

impl Periods {
    /// `None` when the data are too short.
    pub(super) fn of(counts: &Counts) -> Option<Periods> {
        let (first, as_of) = (counts.first_month?, counts.as_of?);
        // The last month whose leads are all 30 days old.
        let to = as_of.plus(1 - crate::replay::traces::EARLY_DAYS).month().plus(-1);
        let (from, recent) = (first.plus(START_UP_MONTHS), to.plus(1 - RECENT_MONTHS));
        (recent.0 - from.0 >= LEAST_EARLIER_MONTHS).then_some(Periods { from, recent, to })
    }

    /// Whether a month is recent, for months that count.
    fn is_recent(&self, month: Month) -> Option<bool> {
        (month >= self.from && month <= self.to).then_some(month >= self.recent)
    }

    fn leads(&self, counts: &Counts) -> [f64; 2] {
        self.sum(counts.young.iter().filter(|row| row.habit == Habit::All), |_| 1.0)
    }

    /// Sums over earlier and recent leads.
    fn sum<'a>(&self, rows: impl Iterator<Item = &'a YoungCount>, value: impl Fn(&YoungCount) -> f64) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for row in rows {
            if let Some(recent) = self.is_recent(row.month) {
                sums[usize::from(recent)] += row.n as f64 * value(row);
            }
        }
        sums
    }
}

/// Actions per lead in its first 30 days, earlier and recent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub before: f64,
    pub after: f64,
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
}

/// The change of some types together. `None` where they hardly occur.
pub(super) fn change(counts: &Counts, periods: &Periods, types: &[String], level: f64) -> Option<Change> {
    let rows = || counts.young.iter().filter(|row| row.habit == Habit::Type && types.contains(&row.name));
    let leads = periods.leads(counts);
    let sums = periods.sum(rows(), |row| f64::from(row.n_actions));
    let squares = periods.sum(rows(), |row| f64::from(row.n_actions).powi(2));
    ratio(leads, sums, squares, level)
}

/// The ratio of two means with the delta method's interval of its logarithm.
fn ratio(leads: [f64; 2], sums: [f64; 2], squares: [f64; 2], level: f64) -> Option<Change> {
    if leads[0] < LEAST_LEADS || leads[1] < LEAST_LEADS || sums[0] < 10.0 || sums[1] < 10.0 {
        return None;
    }
    let mean = [sums[0] / leads[0], sums[1] / leads[1]];
    let relative = |side: usize| {
        let variance = (squares[side] / leads[side] - mean[side] * mean[side]).max(mean[side]);
        variance / leads[side] / (mean[side] * mean[side])
    };
    let z = special::normal_quantile(0.5 + 0.5 * level);
    let (ratio, reach) = (mean[1] / mean[0], z * (relative(0) + relative(1)).sqrt());
    Some(Change { before: mean[0], after: mean[1], ratio, low: ratio * (-reach).exp(), high: ratio * reach.exp() })
}

pub(super) fn look(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    match Periods::of(counts) {
        Some(periods) if periods.leads(counts).iter().all(|n| *n >= LEAST_LEADS) => {
            stability(counts, &periods, level, checks)
        }
        _ => {
            let why = format!(
                "it takes {LEAST_LEADS} leads in three recent months and in three or more before, without the first three months of the data"
            );
            checks.push(Check::impossible("criterion_drift", why.clone()));
            checks.push(Check::impossible("mix_drift", why.clone()));
            checks.push(Check::impossible("fit_drift", why));
        }
    }
    inflation(counts, checks);
    gaming(counts, level, checks);
}

/// A check of one distribution, not judged yet: its index, its p value, and whether the index is large enough to matter.
struct Suspect {
    code: &'static str,
    subject: String,
    drift: drift::Drift,
    numbers: Vec<(&'static str, f64)>,
}

fn stability(counts: &Counts, periods: &Periods, level: f64, checks: &mut Vec<Check>) {
    let leads = periods.leads(counts);
    let mut suspects = Vec::new();
    suspects.extend(of_criteria(counts, periods, level));
    suspects.extend(of_mixes(counts, periods));
    // Over the sum of inverse sizes an index is χ² when nothing changed.
    let inverses = 1.0 / leads[0] + 1.0 / leads[1];
    let p: Vec<f64> = suspects
        .iter()
        .map(|suspect| {
            let (over, mean) = (suspect.drift.psi / inverses, suspect.drift.by_chance / inverses);
            1.0 - special::gamma_cdf(0.5 * over, 0.5 * mean)
        })
        .collect();
    for (mut suspect, p) in suspects.into_iter().zip(multiple::benjamini_hochberg(&p)) {
        suspect.numbers.extend([
            ("leads_before", leads[0]),
            ("leads_after", leads[1]),
            ("psi", suspect.drift.psi),
            ("psi_by_chance", suspect.drift.by_chance),
            ("psi_limit", suspect.drift.limit),
        ]);
        let result = found_if(&[suspect.drift.is_alarming(), p < ALPHA]);
        checks.push(Check::of(suspect.code, &suspect.subject, result, Some(p), &suspect.numbers));
    }
}

fn of_criteria(counts: &Counts, periods: &Periods, level: f64) -> Vec<Suspect> {
    let leads = periods.leads(counts);
    let mut suspects = Vec::new();
    let types: BTreeSet<&str> =
        counts.young.iter().filter(|row| row.habit == Habit::Type).map(|row| row.name.as_str()).collect();
    let scored: Vec<&str> =
        types.into_iter().filter(|name| counts.points.iter().any(|(known, _)| known == name)).collect();
    for name in scored {
        let mut bins = [[0.0; BINS.len()]; 2];
        for row in counts.young.iter().filter(|row| row.habit == Habit::Type && row.name == name) {
            let bin = BINS.iter().rposition(|first| *first <= row.n_actions).unwrap_or(0);
            if let Some(recent) = periods.is_recent(row.month) {
                bins[usize::from(recent)][bin] += row.n as f64;
            }
        }
        for side in 0..2 {
            bins[side][0] = (leads[side] - bins[side].iter().sum::<f64>()).max(0.0);
        }
        let Some(found) = drift::psi(&bins[0], &bins[1]) else { continue };
        let change = change(counts, periods, &[name.to_string()], level);
        let number = |read: fn(&Change) -> f64| change.as_ref().map_or(f64::NAN, read);
        let numbers = vec![
            ("before", number(|change| change.before)),
            ("after", number(|change| change.after)),
            ("ratio", number(|change| change.ratio)),
            ("ratio_low", number(|change| change.low)),
            ("ratio_high", number(|change| change.high)),
        ];
        suspects.push(Suspect { code: "criterion_drift", subject: name.to_string(), drift: found, numbers });
    }
    suspects
}

fn of_mixes(counts: &Counts, periods: &Periods) -> Vec<Suspect> {
    let leads = periods.leads(counts);
    let mut suspects = Vec::new();
    let mut mixes: BTreeMap<(Habit, &str), BTreeMap<&str, [f64; 2]>> = BTreeMap::new();
    for row in counts.young.iter().filter(|row| matches!(row.habit, Habit::Channel | Habit::Attribute)) {
        if let Some(recent) = periods.is_recent(row.month) {
            let values = mixes.entry((row.habit, row.name.as_str())).or_default();
            values.entry(row.value.as_str()).or_default()[usize::from(recent)] += row.n as f64;
        }
    }
    for ((habit, name), values) in mixes {
        let (before, after): (Vec<f64>, Vec<f64>) = values.values().map(|sides| (sides[0], sides[1])).unzip();
        let Some(found) = drift::psi(&before, &after) else { continue };
        let share = |sides: &[f64; 2], side: usize| sides[side] / leads[side];
        let moved = values.iter().max_by(|a, b| {
            let by = |sides: &[f64; 2]| (share(sides, 1) - share(sides, 0)).abs();
            by(a.1).total_cmp(&by(b.1)).then(b.0.cmp(a.0))
        });
        let Some((value, sides)) = moved else { continue };
        let numbers = vec![("share_before", share(sides, 0)), ("share_after", share(sides, 1))];
        let (code, subject) = match habit {
            Habit::Channel => ("mix_drift", (*value).to_string()),
            _ => ("fit_drift", format!("{name} {}", if value.is_empty() { "missing" } else { value })),
        };
        suspects.push(Suspect { code, subject, drift: found, numbers });
    }
    suspects
}

fn inflation(counts: &Counts, checks: &mut Vec<Check>) {
    const CODE: &str = "score_inflation";
    let months: BTreeSet<Month> =
        counts.worked.iter().filter(|row| row.group == Group::Early).map(|row| row.month).collect();
    // Cohorts of one month of creation, complete only where every MQL of 30 days is a window old.
    let last = counts
        .as_of
        .map(|day| day.plus(-(counts.window_days as i32) - crate::replay::traces::EARLY_DAYS).month().plus(-1));
    let complete: Vec<Month> = months.into_iter().filter(|month| last.is_some_and(|last| *month <= last)).collect();
    let n_earlier = complete.len().saturating_sub(RECENT_MONTHS as usize);
    let side =
        |month: Month| complete.iter().position(|known| *known == month).map(|place| usize::from(place >= n_earlier));
    let mut mqls = [[0.0; 2]; 2];
    let mut swings: [BTreeMap<Month, (f64, f64)>; 2] = Default::default();
    for row in counts.worked.iter().filter(|row| row.group == Group::Early) {
        if let Some(side) = side(row.month) {
            mqls[side][0] += row.n as f64;
            let sqls = if row.converted { row.n as f64 } else { 0.0 };
            mqls[side][1] += sqls;
            let month = swings[side].entry(row.month).or_default();
            month.0 += sqls;
            month.1 += row.n as f64;
        }
    }
    let mut leads = [[0.0; 2]; 2];
    for row in &counts.young {
        let place = match row.habit {
            Habit::All => 0,
            Habit::Mql => 1,
            _ => continue,
        };
        if let Some(side) = side(row.month) {
            leads[side][place] += row.n as f64;
        }
    }
    if n_earlier < 2 || mqls.iter().any(|side| side[0] < LEAST_MQLS) {
        let why = format!(
            "it takes five months of leads whose MQLs are all {} days old, and {LEAST_MQLS} such MQLs in the last three of them and before",
            counts.window_days
        );
        checks.push(Check::impossible(CODE, why));
        return;
    }
    // The swing within each side: the change between them is what is asked for.
    let swing = overdispersion::pooled_phi(&swings.map(|months| months.into_values().collect::<Vec<_>>()));
    let more = proportion::two_proportion_z(leads[0][1], leads[0][0], leads[1][1], leads[1][0]).unwrap_or(0.0);
    let fewer =
        proportion::two_proportion_z(mqls[0][1], mqls[0][0], mqls[1][1], mqls[1][0]).unwrap_or(0.0) / swing.phi.sqrt();
    let one_sided = |z: f64| if z > 0.0 { 0.5 * swing.two_sided_p(z) } else { 1.0 };
    // Both must hold, so the weaker one decides.
    let p = special::normal_cdf(-more).max(one_sided(-fewer));
    let numbers = [
        ("leads_before", leads[0][0]),
        ("leads_after", leads[1][0]),
        ("mql_share_before", leads[0][1] / leads[0][0]),
        ("mql_share_after", leads[1][1] / leads[1][0]),
        ("mqls_before", mqls[0][0]),
        ("mqls_after", mqls[1][0]),
        ("rate_before", mqls[0][1] / mqls[0][0]),
        ("rate_after", mqls[1][1] / mqls[1][0]),
        ("z_more", more),
        ("z_fewer", fewer),
    ];
    checks.push(Check::of(CODE, "", found_if(&[p < 0.025]), Some(p), &numbers));
}

fn gaming(counts: &Counts, level: f64, checks: &mut Vec<Check>) {
    const CODE: &str = "gamed_criterion";
    let n_eras = counts.eras.len() as i64;
    if n_eras < 2 {
        checks.push(Check::impossible(CODE, "there is one version of the criteria only".to_string()));
        return;
    }
    let last = counts.worked.iter().filter(|row| row.group == Group::All).map(|row| row.era).max().unwrap_or(0);
    if last == 0 {
        checks.push(Check::impossible(CODE, "no lead worked since the criteria changed is old enough".to_string()));
        return;
    }
    // The version before against the last one that has outcomes.
    let is_side = |era: i64| if era == last { Some(1) } else { (era == last - 1).then_some(0) };
    let by_side = |rows: &mut dyn Iterator<Item = (i64, f64)>| {
        let mut sums = [0.0; 2];
        for (era, value) in rows {
            if let Some(side) = is_side(era) {
                sums[side] += value;
            }
        }
        sums
    };
    let start_up = counts.first_month.map_or(Month(i32::MIN), |first| first.plus(START_UP_MONTHS));
    let young = |habit: Habit, name: &str, value: fn(&YoungCount) -> f64| {
        let rows = counts.young.iter().filter(|row| row.habit == habit && row.name == name && row.month >= start_up);
        by_side(&mut rows.map(|row| (row.era, row.n as f64 * value(row))))
    };
    let leads = young(Habit::All, "", |_| 1.0);
    let worked = |group: Group, name: &str, value: fn(bool) -> f64| {
        let rows = counts.worked.iter().filter(|row| row.group == group && row.name == name);
        by_side(&mut rows.map(|row| (row.era, row.n as f64 * value(row.converted))))
    };
    let one: fn(bool) -> f64 = |_| 1.0;
    let sqls: fn(bool) -> f64 = |converted| f64::from(u8::from(converted));
    let (all_n, all_y) = (worked(Group::All, "", one), worked(Group::All, "", sqls));
    let mut rows = Vec::new();
    for (name, points) in &counts.points {
        let sums = young(Habit::Type, name, |row| f64::from(row.n_actions));
        let squares = young(Habit::Type, name, |row| f64::from(row.n_actions).powi(2));
        let Some(change) = ratio(leads, sums, squares, level) else { continue };
        let (n, y) = (worked(Group::Type, name, one), worked(Group::Type, name, sqls));
        if n.iter().any(|n| *n < 20.0) {
            continue;
        }
        // The leads with it fell, and they fell against those without it.
        let fell = proportion::two_proportion_z(y[0], n[0], y[1], n[1]).unwrap_or(0.0);
        let without = [(all_n[0] - n[0], all_y[0] - y[0]), (all_n[1] - n[1], all_y[1] - y[1])];
        let log_odds = |y: f64, n: f64| ((y + 0.5) / (n - y + 0.5)).ln();
        let variance = |y: f64, n: f64| 1.0 / (y + 0.5) + 1.0 / (n - y + 0.5);
        let against = (log_odds(y[1], n[1]) - log_odds(y[0], n[0]))
            - (log_odds(without[1].1, without[1].0) - log_odds(without[0].1, without[0].0));
        let error: f64 = (variance(y[0], n[0])
            + variance(y[1], n[1])
            + variance(without[0].1, without[0].0)
            + variance(without[1].1, without[1].0))
        .sqrt();
        let p = special::normal_cdf(fell);
        rows.push((name, *points, change, n, y, against / error, p));
    }
    if rows.is_empty() {
        let why = format!(
            "no criterion has {LEAST_LEADS} young leads and 20 worked ones on either side of the change of the criteria"
        );
        checks.push(Check::impossible(CODE, why));
        return;
    }
    let p: Vec<f64> = rows.iter().map(|row| row.6).collect();
    for ((name, points, change, n, y, against, _), p) in rows.into_iter().zip(multiple::benjamini_hochberg(&p)) {
        let numbers = [
            ("points", points),
            ("before", change.before),
            ("after", change.after),
            ("ratio", change.ratio),
            ("ratio_low", change.low),
            ("leads_before", n[0]),
            ("leads_after", n[1]),
            ("rate_before", y[0] / n[0]),
            ("rate_after", y[1] / n[1]),
            ("z_against_others", against),
        ];
        let result = found_if(&[p < ALPHA, change.low > GAMED, against < 0.0 || !against.is_finite()]);
        checks.push(Check::of(CODE, name, result, Some(p), &numbers));
    }
}
