//! What did the advice of past month-ends say, and what came of it?
//!
//! A review is the judgement with everything after a month-end hidden. What came true of it is counted among the MQLs of
//! the months after that month-end, with today's knowledge:
//!
//! ```text
//! rate at the bar      by_0 / bn_0                           (first band above the bar, emulated: κ = 1, δ as set)
//! gain of a raise      Σ_{i<j} (c bn_i − V by_i) / n         per MQL of those months, × the review's MQLs per month
//! held                 |said − came| ≤ √(h² + (1.645 s)²)    h: half of the stated 90 % range, s: sd of what came
//! ```
//!
//! The stated range is one of what is to be expected; what comes of a few dozen MQLs varies around it by chance, so that
//! both are allowed for. What a lower bar would have brought cannot be counted: nobody worked those leads.

use super::Calibration;
use super::emulation::Emulation;
use super::evidence::Evidence;
use super::threshold::{self, Verdict, Z90};
use crate::metrics::Estimate;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// Mature MQLs of the months after a review from which on what came of it is told.
const LEAST_LATER_MQLS: u64 = 30;

/// The judgement of one month-end.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Review {
    /// The last day that could be seen.
    pub as_of: Day,
    /// What to do.
    pub verdict: Verdict,
    /// The bar in force.
    pub bar: Option<f64>,
    /// The advised bar; the same as `bar` unless the verdict is to move.
    pub suggested: Option<f64>,
    /// Mature MQLs that it rests on.
    pub mature_mqls: u64,
    /// Their SQLs within the window.
    pub mature_sqls: u64,
    /// MQLs per month under the criteria in force.
    pub mqls_per_month: Option<f64>,
    /// MQL→SQL of the leads that only just reach the bar, with its 90 % range.
    pub marginal_at_bar: Estimate,
    /// Gain of the advised bar per month in units of the currency, with its 90 % range; empty unless the verdict is to
    /// move.
    pub gain_per_month: Estimate,
    /// Probability that the advised bar is better.
    pub chance: Option<f64>,
}

/// Which way a review would move the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Not at all, exploring included.
    Stay,
    /// There was too little to say.
    Unknown,
}

impl Review {
    /// What a judgement of `as_of` said.
    pub fn of(calibration: &Calibration, as_of: Day) -> Review {
        let bar = calibration.criteria.as_ref().map(|criteria| criteria.threshold);
        let suggested = calibration.bar.as_ref().map(|bar| bar.threshold);
        let moved = suggested.filter(|suggested| Some(*suggested) != bar);
        let row = moved.and_then(|bar| calibration.sweep.iter().find(|row| row.threshold == bar));
        Review {
            as_of,
            verdict: calibration.verdict,
            bar,
            suggested,
            mature_mqls: calibration.mature_mqls,
            mature_sqls: calibration.mature_sqls,
            mqls_per_month: calibration.mqls_per_month,
            marginal_at_bar: calibration.marginal_at_bar,
            gain_per_month: row.map_or(Estimate::NONE, |row| row.gain_per_month),
            chance: row.and_then(|row| row.probability_better),
        }
    }

    /// Which way it would move the bar.
    pub fn direction(&self) -> Direction {
        match self.verdict {
            Verdict::Tighten => Direction::Up,
            Verdict::LoosenOneNotch => Direction::Down,
            Verdict::Keep | Verdict::Explore => Direction::Stay,
            Verdict::NotEnoughData | Verdict::NoEconomics => Direction::Unknown,
        }
    }

    /// Whether the review before it said to move the bar the same way: advice to move is announced when it repeats.
    pub fn repeats(&self, before: &Review) -> Repeated {
        match (self.direction(), before.direction()) {
            (Direction::Unknown, _) | (_, Direction::Unknown) => Repeated::Unknown,
            (now, then) if now == then => Repeated::Yes,
            _ => Repeated::No,
        }
    }
}

/// Whether two reviews say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeated {
    /// The same direction.
    Yes,
    /// Another one.
    No,
    /// One of them had too little to say.
    Unknown,
}

/// Whether a stated range held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// What came lies within what was to be expected.
    Yes,
    /// It does not.
    No,
    /// Nothing was stated, or too little has come since.
    Unknown,
}

/// What came of a review among the MQLs of the months after it, with today's knowledge.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CameTrue {
    /// MQLs of the months after the review in which everybody's window has passed by now.
    pub mqls: u64,
    /// Their SQLs within the window.
    pub sqls: u64,
    /// MQL→SQL of those that only just reached the bar, waiting included, with the 90 % range of its chance.
    pub marginal_at_bar: Estimate,
    /// Whether what the review said of that rate held.
    pub rate_held: Held,
    /// What the advised bar would have gained per month among them, in units of the currency, at the review's MQLs per
    /// month; empty unless the advice was to raise it.
    pub gain_per_month: Estimate,
    /// Whether what the review said of the gain held.
    pub gain_held: Held,
    /// Why there is nothing to compare, where that is so.
    pub why_not: Option<String>,
}

/// The months that came after a review under the same criteria.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// The month of the review.
    pub review: Month,
    /// First day of the criteria that took over since, if any did.
    pub until: Option<Day>,
}

/// What a review's advice is reckoned with.
#[derive(Clone, Copy, Debug)]
pub struct Reckoning {
    /// V and c, if both are known.
    pub economics: Option<(f64, f64)>,
    /// δ: share of SQLs lost per week of waiting.
    pub delay_per_week: f64,
}

/// What came of `review`. `evidence` is today's, of the criteria that were in force then.
pub fn came_true(review: &Review, evidence: &Evidence, since: Since, reckoning: Reckoning) -> CameTrue {
    // Whole months only, in which every MQL has had its window.
    let window_days = evidence.window_days as i32;
    let is_known = |month: Month| evidence.as_of.is_none_or(|as_of| month.last_day().plus(window_days) <= as_of);
    let is_since = |month: Month| month > since.review && since.until.is_none_or(|day| month < day.month());
    let counts = |month: Month| is_since(month) && is_known(month);
    let sqls: u64 = evidence.converted.iter().filter(|row| counts(row.month)).map(|row| row.n).sum();
    let mqls = sqls + evidence.unconverted.iter().filter(|row| counts(row.month)).map(|row| row.n).sum::<u64>();
    let mut came = CameTrue {
        mqls,
        sqls,
        marginal_at_bar: Estimate::NONE,
        rate_held: Held::Unknown,
        gain_per_month: Estimate::NONE,
        gain_held: Held::Unknown,
        why_not: None,
    };
    if mqls < LEAST_LATER_MQLS {
        came.why_not = Some(format!(
            "only {mqls} MQLs of the months after it are all old enough to know, {LEAST_LATER_MQLS} are needed"
        ));
        return came;
    }
    let phi = threshold::overdispersion_of(evidence);
    let emulation = Emulation::new(evidence, |month, _| if counts(month) { 1.0 } else { 0.0 });
    let emulated = emulation.at(1.0, reckoning.delay_per_week);
    let (n, y) = (emulated.mqls_by_band(), emulated.sqls_by_band());
    if let (Some(&n), Some(&y)) = (n.first(), y.first())
        && n >= 1.0
    {
        let rate = y / n;
        // By the rate that was stated: none of a few converting does not make the next one impossible.
        let p = review.marginal_at_bar.value.unwrap_or(rate);
        let sd = (phi * p * (1.0 - p) / n).sqrt();
        let (low, high) = ((rate - Z90 * sd).max(0.0), (rate + Z90 * sd).min(1.0));
        came.marginal_at_bar = Estimate { value: Some(rate), low: Some(low), high: Some(high) };
        came.rate_held = held(&review.marginal_at_bar, rate, sd);
    }
    match review.direction() {
        Direction::Up => {}
        Direction::Down => {
            came.why_not = Some("what a lower bar would have brought was never worked, so it cannot be counted".into());
            return came;
        }
        Direction::Stay | Direction::Unknown => return came,
    }
    let (Some((value, cost)), Some(bar), Some(suggested), Some(per_month)) =
        (reckoning.economics, review.bar, review.suggested, review.mqls_per_month)
    else {
        return came;
    };
    let bands = ((suggested - bar) / evidence.step).round().max(0.0) as usize;
    let (mut gain, mut square) = (0.0, 0.0);
    for (n, y) in n.iter().zip(&y).take(bands) {
        gain += cost * n - value * y;
        square += (n - y) * cost.powi(2) + y * (cost - value).powi(2);
    }
    let total = emulation.weight_sum;
    let mean = gain / total;
    let sd = (phi * (square / total - mean * mean).max(0.0) / total).sqrt();
    let (gain, sd) = (mean * per_month, sd * per_month);
    came.gain_per_month = Estimate { value: Some(gain), low: Some(gain - Z90 * sd), high: Some(gain + Z90 * sd) };
    came.gain_held = held(&review.gain_per_month, gain, sd);
    came
}

/// Whether what came lies within the stated range, its own chance allowed for.
fn held(said: &Estimate, came: f64, sd: f64) -> Held {
    let (Some(value), Some(low), Some(high)) = (said.value, said.low, said.high) else { return Held::Unknown };
    // The range of a rate is not symmetric: the side counts on which it came.
    let half = if came > value { high - value } else { value - low };
    let allowed = (half * half + (Z90 * sd).powi(2)).sqrt();
    if (came - value).abs() <= allowed + 1e-12 { Held::Yes } else { Held::No }
}

/// The advice of past month-ends and what came of it, as `leadgauge backtest --json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Backtest {
    /// Version of this format.
    pub schema_version: u32,
    /// The last visible day.
    pub as_of: Day,
    /// Mature MQLs of later months that a comparison needs.
    pub least_later_mqls: u64,
    /// The reviews, oldest first.
    pub reviews: Vec<Reviewed>,
    /// How often what.
    pub tally: Tally,
}

/// A review and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reviewed {
    /// What it said.
    pub said: Review,
    /// Whether the review before it said the same direction.
    pub repeated: Repeated,
    /// What came of it, as far as can be seen now.
    pub came: CameTrue,
}

/// How often what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Tally {
    /// Reviews with enough data for a verdict.
    pub judged: u64,
    /// Of these, reviews that advised to move the bar.
    pub moves: u64,
    /// Advice to move that the review before had given, too: what is announced.
    pub announced: u64,
    /// Pairs of successive reviews with a verdict each.
    pub pairs: u64,
    /// Of these, those that said the same direction.
    pub repeated: u64,
    /// Reviews whose rate at the bar can be compared with what came.
    pub rates: u64,
    /// Of these, those whose stated range held.
    pub rates_held: u64,
    /// Reviews whose stated gain can be compared with what came.
    pub gains: u64,
    /// Of these, those whose stated range held.
    pub gains_held: u64,
}

impl Backtest {
    /// Puts reviews and what came of them together, oldest first.
    /// `before` is the review of the month before the first row.
    pub fn of(as_of: Day, before: Option<&Review>, rows: Vec<(Review, CameTrue)>) -> Backtest {
        let mut tally = Tally::default();
        let mut reviews: Vec<Reviewed> = Vec::with_capacity(rows.len());
        for (said, came) in rows {
            let before = reviews.last().map(|row: &Reviewed| &row.said).or(before);
            let repeated = before.map_or(Repeated::Unknown, |before| said.repeats(before));
            let moves = matches!(said.direction(), Direction::Up | Direction::Down);
            tally.judged += u64::from(said.direction() != Direction::Unknown);
            tally.moves += u64::from(moves);
            tally.announced += u64::from(moves && repeated == Repeated::Yes);
            tally.pairs += u64::from(repeated != Repeated::Unknown);
            tally.repeated += u64::from(repeated == Repeated::Yes);
            tally.rates += u64::from(came.rate_held != Held::Unknown);
            tally.rates_held += u64::from(came.rate_held == Held::Yes);
            tally.gains += u64::from(came.gain_held != Held::Unknown);
            tally.gains_held += u64::from(came.gain_held == Held::Yes);
            reviews.push(Reviewed { said, repeated, came });
        }
        Backtest { schema_version: 1, as_of, least_later_mqls: LEAST_LATER_MQLS, reviews, tally }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::evidence::{BandCount, ConvertedCount, CrossedCount};

    fn review(verdict: Verdict) -> Review {
        Review {
            as_of: Day(19_000),
            verdict,
            bar: Some(100.0),
            suggested: Some(if verdict == Verdict::Tighten { 110.0 } else { 100.0 }),
            mature_mqls: 100,
            mature_sqls: 20,
            mqls_per_month: Some(10.0),
            marginal_at_bar: Estimate { value: Some(0.05), low: Some(0.02), high: Some(0.10) },
            gain_per_month: Estimate { value: Some(200.0), low: Some(100.0), high: Some(300.0) },
            chance: Some(0.9),
        }
    }

    /// A hundred MQLs of a month: `stopped` in the first band, with `sqls` of them, the rest in the second, none SQL.
    fn evidence(month: Month, stopped: u64, sqls: u64) -> Evidence {
        let band = |band, n| BandCount { month, age_class: 0, weeks_seen: 26, band, n };
        Evidence {
            threshold: 100.0,
            step: 10.0,
            unconverted: vec![band(0, stopped - sqls), band(1, 100 - stopped)],
            converted: vec![ConvertedCount { month, age_class: 0, weeks_seen: 26, week: 3, band: 0, n: sqls }],
            crossed: vec![CrossedCount { month, age_class: 0, band: 0, wait_days: 0, n: sqls }],
            ..Evidence::default()
        }
    }

    const RECKONING: Reckoning = Reckoning { economics: Some((1000.0, 120.0)), delay_per_week: 0.0 };

    #[test]
    fn a_gain_that_came_is_that_of_the_mqls_of_later_months() {
        let since = Since { review: Month(24_000), until: None };
        let came = came_true(&review(Verdict::Tighten), &evidence(Month(24_001), 40, 2), since, RECKONING);
        // 40 MQLs of 100 avoided at 120 each, 2 SQLs of 1,000 lost: 28 an MQL, at 10 MQLs a month.
        assert!((came.gain_per_month.value.expect("a gain") - 280.0).abs() < 1e-6, "{came:?}");
        assert_eq!((came.mqls, came.sqls, came.gain_held, came.rate_held), (100, 2, Held::Yes, Held::Yes));
        let bad = came_true(&review(Verdict::Tighten), &evidence(Month(24_001), 40, 20), since, RECKONING);
        assert_eq!((bad.gain_held, bad.rate_held), (Held::No, Held::No));
    }

    #[test]
    fn what_came_before_a_review_or_after_the_next_criteria_is_none_of_its() {
        let evidence = evidence(Month(24_001), 40, 2);
        let mqls = |review_month, until| {
            let since = Since { review: Month(review_month), until };
            came_true(&review(Verdict::Tighten), &evidence, since, RECKONING).mqls
        };
        assert_eq!(mqls(24_000, None), 100);
        assert_eq!(mqls(24_001, None), 0);
        assert_eq!(mqls(24_000, Some(Month(24_001).first_day())), 0);
        assert_eq!(mqls(24_000, Some(Month(24_002).first_day())), 100);
    }

    #[test]
    fn nothing_is_compared_where_nothing_can_be() {
        let since = Since { review: Month(24_000), until: None };
        let lower = came_true(&review(Verdict::LoosenOneNotch), &evidence(Month(24_001), 40, 2), since, RECKONING);
        assert_eq!((lower.gain_held, lower.gain_per_month), (Held::Unknown, Estimate::NONE));
        assert!(lower.why_not.is_some_and(|why| why.contains("lower bar")));
        let few = came_true(&review(Verdict::Tighten), &evidence(Month(23_990), 40, 2), since, RECKONING);
        assert_eq!((few.rate_held, few.mqls), (Held::Unknown, 0));
        assert!(few.why_not.is_some_and(|why| why.contains("only 0 MQLs")));
    }

    #[test]
    fn advice_to_move_is_announced_when_it_repeats() {
        let nothing = |review: &Review| {
            came_true(review, &Evidence::default(), Since { review: Month(0), until: None }, RECKONING)
        };
        let row = |verdict| {
            let review = review(verdict);
            let came = nothing(&review);
            (review, came)
        };
        let verdicts = [
            Verdict::NotEnoughData,
            Verdict::Keep,
            Verdict::Tighten,
            Verdict::Tighten,
            Verdict::LoosenOneNotch,
            Verdict::Explore,
            Verdict::Keep,
        ];
        let backtest = Backtest::of(Day(0), None, verdicts.map(row).into());
        let repeated: Vec<Repeated> = backtest.reviews.iter().map(|row| row.repeated).collect();
        use Repeated::{No, Unknown, Yes};
        assert_eq!(repeated, [Unknown, Unknown, No, Yes, No, No, Yes]);
        let tally = backtest.tally;
        assert_eq!((tally.judged, tally.moves, tally.announced), (6, 3, 1));
        assert_eq!((tally.pairs, tally.repeated, tally.rates, tally.gains), (5, 2, 0, 0));
    }
}
