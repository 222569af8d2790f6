//! What would each month's review have said, and which verdict stands?
//!
//! Every month-end of the report months is judged again with what could be seen then. Judging every month makes errors pile
//! up: twelve looks at a rate on the border give a false verdict a fifth of the time (METHODS: 17–26 %). A changed verdict
//! therefore stands only when it repeats in the next review, or when the MQLs it rests on have doubled since.

use super::Known;
use super::benchmark::{self, Verdict};
use super::funnel::Cohorts;
use crate::config::plan::Plan;
use crate::facts::{Outcome, Transition, TransitionCount};
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// The reviews that are looked back on, this month's included.
const REVIEWS: i32 = 12;

/// One month's review.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    /// The last month that it covers.
    pub month: Month,
    /// Where the rate of its months lay: `immature`, `too_few`, `below`, `inside`, `above` or `not_settled`.
    pub verdict: Verdict,
    /// The rate.
    pub estimate: Option<f64>,
    /// Lower limit of what decided.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// MQLs.
    pub n: u64,
}

/// The verdict that stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// The review since which it stands.
    pub since: Month,
    /// What this month's review says, where that is not yet what stands.
    pub pending: Option<Verdict>,
}

/// The counts as they could be seen at the end of a day.
pub fn as_seen(transitions: &[TransitionCount], as_of: Day) -> Vec<TransitionCount> {
    let seen = transitions.iter().filter(|row| row.start <= as_of).map(|row| match row.outcome {
        Outcome::Converted(lag) if row.start.plus(lag.min(i32::MAX as u32) as i32) > as_of => {
            TransitionCount { outcome: Outcome::Open, ..row.clone() }
        }
        _ => row.clone(),
    });
    seen.collect()
}

/// The reviews of the last twelve month-ends, oldest first, as far back as there was anything to review.
pub fn reviews(transitions: &[TransitionCount], cohorts: &Cohorts, plan: &Plan, known: &Known) -> Vec<Review> {
    let goal: Vec<TransitionCount> =
        transitions.iter().filter(|row| row.transition == Transition::MqlToSql).cloned().collect();
    let Some(first) = goal.iter().map(|row| row.start.month()).min() else { return Vec::new() };
    let span = plan.report.months.max(1) as i32;
    (0..REVIEWS)
        .rev()
        .map(|ago| cohorts.to.plus(-ago))
        .filter(|month| *month >= first)
        .map(|month| {
            let as_of = month.last_day().min(cohorts.as_of);
            let from = month.plus(1 - span).max(first);
            let seen;
            // This month's review sees all there is, in whatever month the last visible day lies.
            let then = if month == cohorts.to {
                Cohorts::new(&goal, plan, cohorts.as_of, from, month, known)
            } else {
                seen = as_seen(&goal, as_of);
                Cohorts::new(&seen, plan, as_of, from, month, known)
            };
            let position = benchmark::place(&then, plan);
            Review {
                month,
                verdict: position.verdict,
                estimate: position.estimate,
                low: position.low,
                high: position.high,
                n: position.n,
            }
        })
        .collect()
}

/// The verdict that stands after these reviews, oldest first; `None` where there was none.
pub fn standing(reviews: &[Review]) -> Option<Standing> {
    let mut stands: Option<(Verdict, Month, u64)> = None;
    let mut previous: Option<Verdict> = None;
    let mut pending = None;
    for review in reviews.iter().filter(|review| review.verdict.is_about_the_rate()) {
        let changes = match stands {
            None => true,
            Some((verdict, _, n)) => {
                verdict != review.verdict && (previous == Some(review.verdict) || review.n >= 2 * n.max(1))
            }
        };
        if changes {
            stands = Some((review.verdict, review.month, review.n));
        }
        pending = stands.filter(|(verdict, ..)| *verdict != review.verdict).map(|_| review.verdict);
        previous = Some(review.verdict);
    }
    stands.map(|(verdict, since, _)| Standing { verdict, since, pending })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed(verdicts: &[(Verdict, u64)]) -> Option<Standing> {
        let reviews: Vec<Review> = verdicts
            .iter()
            .enumerate()
            .map(|(at, (verdict, n))| Review {
                month: Month(24_000 + at as i32),
                verdict: *verdict,
                estimate: None,
                low: None,
                high: None,
                n: *n,
            })
            .collect();
        standing(&reviews)
    }

    #[test]
    fn a_changed_verdict_stands_when_it_repeats() {
        use Verdict::{Below, Inside, NotSettled};
        let once = reviewed(&[(Inside, 100), (Inside, 110), (Below, 120)]).unwrap();
        assert_eq!((once.verdict, once.since, once.pending), (Inside, Month(24_000), Some(Below)));
        let twice = reviewed(&[(Inside, 100), (Inside, 110), (Below, 120), (Below, 125)]).unwrap();
        assert_eq!((twice.verdict, twice.since, twice.pending), (Below, Month(24_003), None));
        let flicker = reviewed(&[(Inside, 100), (Below, 110), (NotSettled, 120), (Below, 125)]).unwrap();
        assert_eq!((flicker.verdict, flicker.pending), (Inside, Some(Below)));
    }

    #[test]
    fn a_changed_verdict_stands_at_once_when_its_mqls_have_doubled() {
        let found = reviewed(&[(Verdict::NotSettled, 50), (Verdict::NotSettled, 70), (Verdict::Inside, 100)]).unwrap();
        assert_eq!((found.verdict, found.since, found.pending), (Verdict::Inside, Month(24_002), None));
    }

    #[test]
    fn reviews_without_a_rate_change_nothing() {
        assert_eq!(reviewed(&[(Verdict::Immature, 5), (Verdict::TooFew, 9)]), None);
        let found = reviewed(&[(Verdict::Inside, 90), (Verdict::Immature, 9), (Verdict::Inside, 90)]).unwrap();
        assert_eq!((found.verdict, found.since, found.pending), (Verdict::Inside, Month(24_000), None));
    }

    #[test]
    fn what_came_later_could_not_be_seen() {
        let row = |start: i32, outcome| TransitionCount {
            transition: Transition::MqlToSql,
            channel: "a".into(),
            start: Day(start),
            outcome,
            n: 1,
        };
        let rows = [row(0, Outcome::Converted(10)), row(1, Outcome::Converted(10)), row(11, Outcome::Open)];
        assert_eq!(as_seen(&rows, Day(10)), [row(0, Outcome::Converted(10)), row(1, Outcome::Open)]);
    }
}
