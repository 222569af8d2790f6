//! Which estimates, intervals and tests follow from counts? This module knows numbers, and no leads.
//!
//! | file | answers |
//! |---|---|
//! | [`proportion`] | How large is a share, do two differ, and how many leads would settle it? |
//! | [`maturity`] | What will a young cohort's rate be, and how long does a conversion take? |
//! | [`cure`] | Which share will have converted in the end? |
//! | [`survival`] | What becomes of leads when outcomes compete, and do two groups keep the same pace? |
//! | [`overdispersion`] | Do months differ by more than chance? |
//! | [`control_chart`] | Is a month out of the ordinary? |
//! | [`decomposition`] | Did the rate change, or the mix? |
//! | [`ranking`] | Which of many groups is the best, small ones among them? |
//! | [`multiple`] | Which of many claims hold when all were looked for? |
//! | [`counts`] | How sure is a count, a cost per piece, a ratio? |
//! | [`revenue_sum`] | How sure is a sum over things of different size? |
//! | [`expectation`] | How large a count was to be expected? |
//! | [`regression`] | What is each criterion worth, all others held fixed? |
//! | [`discrimination`] | How well does a score tell those who convert from those who don't? |
//! | [`reliability`] | Do probabilities come true as often as they say? |
//! | [`decision`] | What does another bar bring, and what are points worth? |
//! | [`rank_correlation`] | Do two scores put the same leads in the same order? |
//! | [`isotonic`] | What are the rates if a higher score never means a lower one? |
//! | [`drift`] | Has a distribution drifted? |
//! | [`special`] | Quantiles and distribution functions. |
//! | [`random`] | Reproducible chance. |
//!
//! What holds everywhere: `level` is two-sided (0.9 leaves 5 % on either side); counts may be *effective* counts and
//! therefore real numbers; a result is finite and never `-0`; from nothing comes `None`. Each estimator is held against
//! values of R, scipy, lifelines or mpmath in `tests/reference/stat_reference.json`.

use schemars::JsonSchema;
use serde::Serialize;

pub mod control_chart;
pub mod counts;
pub mod cure;
pub mod decision;
pub mod decomposition;
pub mod discrimination;
pub mod drift;
pub mod expectation;
pub mod isotonic;
pub mod maturity;
pub mod multiple;
pub mod overdispersion;
pub mod proportion;
pub mod random;
pub mod rank_correlation;
pub mod ranking;
pub mod regression;
pub mod reliability;
pub mod revenue_sum;
pub mod special;
pub mod survival;

/// The two ends of an interval, `low <= high`, in the unit of what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of a share: both ends moved into `[0, 1]`.
    fn of_share(low: f64, high: f64) -> Interval {
        // Adding 0 turns the −0 that a product may leave behind into 0.
        Interval { low: low.clamp(0.0, 1.0) + 0.0, high: high.clamp(0.0, 1.0) + 0.0 }
    }
}
