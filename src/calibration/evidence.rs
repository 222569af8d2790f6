//! The counts that the threshold rule needs, and no more: integer counts whose number does not grow with the leads.
//!
//! Bands are `floor((running maximum of the score - threshold) / step)`, clipped to `0..BANDS`; weeks are 7 days since
//! the MQL, pooled to blocks 0, 1, 2–3, 4–7, 8–25; age classes are 4 weeks from creation to the MQL.

use crate::vocabulary::{Day, Month};

/// Bands above the threshold; the last one is open-ended.
pub const BANDS: usize = 32;
/// Weeks that a path is followed after the MQL.
pub const WEEKS: usize = 26;
/// First week of each block of pooled weeks.
pub const BLOCK_STARTS: [usize; 5] = [0, 1, 2, 4, 8];
/// Days in an age class.
pub const AGE_CLASS_DAYS: i32 = 28;

/// The counts of one criteria version.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The threshold in force (θ₀).
    pub threshold: f64,
    /// Points a band is wide.
    pub step: f64,
    /// Earliest `created_at` of any lead (T₀).
    pub first_created: Option<Day>,
    /// The last day that can be seen.
    pub as_of: Option<Day>,
    /// Days an MQL may take to become an SQL (W).
    pub window_days: u32,
    /// T: mature MQLs in `band` at a week of `block` and in `next_band` a week later, without an SQL until then (later
    /// converters and disqualified leads included).
    pub open: Vec<OpenCount>,
    /// F: mature MQLs without an SQL within W, by the band of the last score reached.
    pub unconverted: Vec<BandCount>,
    /// Cv: mature MQLs with an SQL within W, by week of the SQL and band just before it.
    pub converted: Vec<ConvertedCount>,
    /// X: of those, the ones that reached the lower edge of `band` before their SQL, by days waited.
    pub crossed: Vec<CrossedCount>,
    /// nl: leads that never reached the bar, old enough to have done so, by peak score band below it, explored leads
    /// included ([`band_below`]: 0 = the lowest, `[0, step)` where the bar is a whole number of steps).
    pub below: Vec<(usize, u64)>,
    /// MQLs among the leads of the same age as those of `below`.
    pub below_mqls: u64,
    /// ex: leads worked on purpose below the bar, at least W days ago, by month and score band below it.
    pub explored: Vec<ExploredCount>,
}

/// Bands below the bar: the whole steps from 0 to it, at least 1.
pub fn bands_below(threshold: f64, step: f64) -> usize {
    let steps = (threshold / step + 1e-9).floor();
    if steps.is_finite() { (steps as usize).clamp(1, MOST_BANDS_BELOW) } else { 1 }
}

/// More bands than this below the bar are pooled into the lowest.
const MOST_BANDS_BELOW: usize = 1_000;

/// Band of a score below the bar. The highest band is `[threshold - step, threshold)`; what is left under the last
/// whole step belongs to band 0.
pub fn band_below(score: f64, threshold: f64, step: f64) -> usize {
    let bands = bands_below(threshold, step);
    let steps_down = ((threshold - score) / step - 1e-9).floor().max(0.0);
    (bands - 1).saturating_sub(steps_down as usize)
}

/// A count of `T`.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenCount {
    /// MQL month.
    pub month: Month,
    /// Age class at the MQL.
    pub age_class: u32,
    /// Block of pooled weeks.
    pub block: usize,
    /// Band at the week's beginning.
    pub band: usize,
    /// Band at the next week's beginning.
    pub next_band: usize,
    /// MQL-weeks.
    pub n: u64,
}

/// A count of `F`.
#[derive(Clone, Debug, PartialEq)]
pub struct BandCount {
    /// MQL month.
    pub month: Month,
    /// Age class at the MQL.
    pub age_class: u32,
    /// Band.
    pub band: usize,
    /// MQLs.
    pub n: u64,
}

/// A count of `Cv`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertedCount {
    /// MQL month.
    pub month: Month,
    /// Age class at the MQL.
    pub age_class: u32,
    /// Whole weeks from MQL to SQL, at most `WEEKS`.
    pub week: usize,
    /// Band just before the SQL.
    pub band: usize,
    /// MQLs.
    pub n: u64,
}

/// A count of `X`.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossedCount {
    /// MQL month.
    pub month: Month,
    /// Age class at the MQL.
    pub age_class: u32,
    /// Band whose lower edge was reached before the SQL.
    pub band: usize,
    /// Days from the MQL to the crossing.
    pub wait_days: u32,
    /// MQLs.
    pub n: u64,
}

/// A count of explored leads.
#[derive(Clone, Debug, PartialEq)]
pub struct ExploredCount {
    /// Month in which the lead was handed over.
    pub month: Month,
    /// Band below the bar (0 = the lowest).
    pub band: usize,
    /// Leads.
    pub n: u64,
    /// Of these, SQLs within W.
    pub sqls: u64,
}
