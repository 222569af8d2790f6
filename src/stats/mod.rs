//! Which estimates, intervals and tests follow from counts? This module knows numbers, and no leads.
//!
//! | file | answers |
//! |---|---|
//! | [`proportion`] | How large is a share, how large may it be, and how many would settle a verdict? |
//! | [`maturity`] | What will a young cohort's rate be, and how long does a conversion take? |
//! | [`overdispersion`] | Do months differ by more than chance? |
//! | [`counts`] | How sure is a count, and a cost per piece? |
//! | [`revenue_sum`] | How sure is a sum over things of different size? |
//! | [`special`] | Quantiles and distribution functions. |
//! | [`random`] | Reproducible chance. |
//!
//! What holds everywhere: `level` is two-sided (0.9 leaves 5 % on either side); counts may be *effective* counts and
//! therefore real numbers; a result is finite and never `-0`; from nothing comes `None`. Each estimator is held against
//! values of R, scipy, lifelines or mpmath in `tests/reference/stat_reference.json`.

use schemars::JsonSchema;
use serde::Serialize;

pub mod counts;
pub mod maturity;
pub mod overdispersion;
pub mod proportion;
pub mod random;
pub mod revenue_sum;
pub mod special;

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
