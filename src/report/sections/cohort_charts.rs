//! How do cohorts convert as they age? Their curves with the numbers still open, and every month by age.

use super::super::format;
use super::super::page::{Chart, ChartData, Curve, HeatCell, HeatRow, PointState};
use super::{Context, Goal};
use crate::metrics::ageing::{Ageing, AgeingMonth, CohortCurve};

/// A curve over less than this share of the window says hardly more than that it has begun.
const LEAST_FOLLOWED: f64 = 1.0 / 3.0;

/// A month of fewer swings too much to be called the lowest or the highest.
const LARGE: u64 = 30;

/// The quarters' curves; none where not even two can be compared.
pub fn curves(context: &Context) -> Option<Chart> {
    let ageing = context.metrics.ageing.as_ref()?;
    let window = *ageing.ages.last()?;
    let shown: Vec<&CohortCurve> = ageing
        .curves
        .iter()
        .filter(|curve| f64::from(curve.followed_days) >= LEAST_FOLLOWED * f64::from(window) && !curve.steps.is_empty())
        .collect();
    let (newest, before) = (shown.last()?, shown.iter().rev().nth(1)?);
    let goal = context.goal.plural();
    let day = *ageing.ages.iter().rev().find(|age| **age <= newest.followed_days && **age <= before.followed_days)?;
    let told = |cohort: &CohortCurve| {
        let limits = cohort.ribbon.iter().take_while(|(at, ..)| *at <= day).last();
        let limits =
            limits.map_or_else(String::new, |(_, low, high)| format!(" ({})", format::share_range(*low, *high)));
        format!("{}{limits} of the MQLs of {}", format::share(by(cohort, day)), name(cohort))
    };
    let title = format!("By day {day}, {} were {goal}, and {}", told(newest), told(before));
    let curve = |(i, cohort): (usize, &&CohortCurve)| {
        let mut steps: Vec<(u32, f64)> = std::iter::once((0, 0.0)).chain(cohort.steps.iter().copied()).collect();
        if steps.last().is_some_and(|(day, _)| *day < cohort.followed_days) {
            steps.push((cohort.followed_days, by(cohort, cohort.followed_days)));
        }
        // Only the newest has its interval: five ribbons would hide each other.
        let ribbon = if i + 1 == shown.len() { ribbon(cohort) } else { Vec::new() };
        Curve { name: name(cohort), steps, ribbon, open: cohort.open.clone() }
    };
    Some(Chart {
        id: "cohort-curves".into(),
        subtitle: format!(
            "Share of MQLs that became {goal} within so many days, by when they became MQLs; {} interval of the newest",
            format::round_share(context.plan.verdict.level)
        ),
        description: format!("Rising curves of {} cohorts over {window} days. {title}.", shown.len()),
        title,
        source: format!(
            "Stage history through {}; Kaplan–Meier, a curve ends where fewer than ten have been followed",
            format::day(context.analysis.as_of)
        ),
        data: ChartData::Curves {
            curves: shown.iter().enumerate().map(curve).collect(),
            x_label: "days since MQL".into(),
            marks: Vec::new(),
        },
    })
}

/// The share of a cohort that has converted by a day.
fn by(cohort: &CohortCurve, day: u32) -> f64 {
    cohort.steps.iter().take_while(|(at, _)| *at <= day).last().map_or(0.0, |(_, share)| *share)
}

fn ribbon(cohort: &CohortCurve) -> Vec<(u32, f64, f64)> {
    let mut ribbon = cohort.ribbon.clone();
    if let Some((_, low, high)) = ribbon.last().copied().filter(|(day, ..)| *day < cohort.followed_days) {
        ribbon.push((cohort.followed_days, low, high));
    }
    ribbon
}

/// "Q3 2026", "Nov–Dec 2025", "Oct 2026".
fn name(cohort: &CohortCurve) -> String {
    let (from, to) = (cohort.from, cohort.to);
    let is_quarter = to.0 - from.0 == 2 && from.0.rem_euclid(3) == 0;
    match () {
        _ if is_quarter => format!("Q{} {}", from.0.rem_euclid(12) / 3 + 1, from.year()),
        _ if from == to => format!("{} {}", format::month_short(from), from.year()),
        _ => format!("{}–{} {}", format::month_short(from), format::month_short(to), to.year()),
    }
}

/// Every month by age; none where fewer than three months have a cell.
pub fn heat(context: &Context) -> Option<Chart> {
    let ageing = context.metrics.ageing.as_ref()?;
    let told = |month: &&AgeingMonth| month.cells.iter().any(|cell| cell.share.is_some());
    if ageing.months.iter().filter(told).count() < 3 {
        return None;
    }
    let goal = context.goal.plural();
    let title =
        heat_title(ageing, context.goal).unwrap_or_else(|| format!("How many of each month's MQLs became {goal}"));
    let row = |month: &AgeingMonth| HeatRow {
        label: month.month.to_string(),
        n: month.n,
        cells: (0..ageing.ages.len()).map(|i| cell(month, i)).collect(),
    };
    Some(Chart {
        id: "cohorts".into(),
        subtitle: format!("Percent of each month's MQLs that were {goal} by so many days after the MQL"),
        description: format!("A table of {} months by {} ages. {title}.", ageing.months.len(), ageing.ages.len()),
        title,
        source: format!(
            "Stage history through {}; empty: fewer than ten are that old, or outcomes were not recorded yet",
            format::day(context.analysis.as_of)
        ),
        data: ChartData::Heat {
            column_label: "days since MQL".into(),
            columns: ageing.ages.clone(),
            rows: ageing.months.iter().map(row).collect(),
            counted: "MQLs".into(),
        },
    })
}

fn cell(month: &AgeingMonth, i: usize) -> HeatCell {
    match month.cells.get(i) {
        None => HeatCell { share: None, n: 0, state: PointState::Truncated },
        Some(cell) => HeatCell {
            share: cell.share,
            n: cell.n_followed,
            state: if cell.is_complete { PointState::Mature } else { PointState::Maturing },
        },
    }
}

/// The lowest and the highest month, at the age about halfway at which at least three months are complete; nothing where
/// most months are too small to be compared.
fn heat_title(ageing: &Ageing, goal: Goal) -> Option<String> {
    let window = f64::from(*ageing.ages.last()?);
    let is_large = |month: &&AgeingMonth| month.n >= LARGE;
    let told = ageing.months.iter().filter(|month| month.n > 0 && !month.cells.is_empty()).count();
    if 2 * ageing.months.iter().filter(is_large).count() < told {
        return None;
    }
    let complete = |i: usize| {
        let cells = ageing.months.iter().filter(is_large).filter_map(move |month| month.cells.get(i));
        cells.filter(|cell| cell.is_complete).filter_map(|cell| cell.share)
    };
    let far = |i: &usize| (f64::from(ageing.ages[*i]) - window / 2.0).abs();
    let at = (0..ageing.ages.len()).filter(|i| complete(*i).count() >= 3).min_by(|a, b| far(a).total_cmp(&far(b)))?;
    let (low, high) = (complete(at).fold(1.0, f64::min), complete(at).fold(0.0, f64::max));
    let days = ageing.ages[at];
    Some(format!("By day {days}, {} of a month's MQLs were {}", format::share_range(low, high), goal.plural()))
}
