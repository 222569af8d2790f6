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
    /// MQLs younger than this are left out. One that has not had its window yet counts as the share of the SQLs that have
    /// come by its age ([`Evidence::exposure`]).
    pub least_age_days: u32,
    /// T: MQLs in `band` at a week of `block` and in `next_band` a week later, both seen, without an SQL until then (later
    /// converters and disqualified leads included).
    pub open: Vec<OpenCount>,
    /// F: MQLs without an SQL within W, by the weeks seen of them and the band last reached.
    pub unconverted: Vec<BandCount>,
    /// Cv: MQLs with an SQL within W, by week of the SQL and band just before it.
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

/// Days after which an MQL is counted: younger ones have hardly had time for an SQL.
pub const LEAST_AGE_DAYS: i32 = 28;

/// Weeks in which an MQL has had its window, within those that a path is followed.
pub fn weeks_of_window(window_days: u32) -> u32 {
    window_days.div_ceil(7).clamp(1, WEEKS as u32)
}

/// Whole weeks that were seen of an MQL of an age, at most [`WEEKS`]; the weeks of the window from the day on that it has
/// had its window, and fewer before.
pub fn weeks_seen(age_days: i32, window_days: u32) -> u32 {
    let weeks = (age_days.max(0) / 7) as u32;
    let of_window = weeks_of_window(window_days);
    let seen = if age_days >= window_days as i32 { weeks.max(of_window) } else { weeks.min(of_window - 1) };
    seen.min(WEEKS as u32)
}

impl Evidence {
    /// Whether an MQL of which so many weeks were seen has had its window.
    pub fn is_mature(&self, weeks_seen: u32) -> bool {
        weeks_seen >= weeks_of_window(self.window_days)
    }

    /// The share of the SQLs of the window that have come when so many weeks were seen, for 0 to [`WEEKS`] weeks: from the
    /// incidence by weeks since the MQL, everybody at risk until the SQL, half-way through the week after the last seen.
    pub fn exposure(&self) -> Vec<f64> {
        let of_window = weeks_of_window(self.window_days) as usize;
        let (mut events, mut ended) = (vec![0.0; of_window], vec![0.0; of_window]);
        let mut at_risk = 0.0;
        let mut leave = |seen: usize, n: f64, week: Option<usize>| {
            at_risk += n;
            match week {
                // Only whole weeks tell; an SQL in one that was not seen whole is an end like any other.
                Some(week) if week < seen.min(of_window) => {
                    events[week] += n;
                }
                _ if seen < of_window => ended[seen] += n,
                _ => {}
            }
        };
        for row in &self.unconverted {
            leave(row.weeks_seen as usize, row.n as f64, None);
        }
        for row in &self.converted {
            leave(row.weeks_seen as usize, row.n as f64, Some(row.week.min(of_window - 1)));
        }
        let mut open = 1.0;
        let mut arrived = vec![0.0];
        for week in 0..of_window {
            at_risk -= ended[week];
            if at_risk > 0.0 {
                open *= 1.0 - (events[week] / at_risk).min(1.0);
            }
            at_risk -= events[week];
            arrived.push(1.0 - open);
        }
        let all = arrived[of_window];
        (0..=WEEKS)
            .map(|seen| match arrived.get(seen + 1) {
                Some(next) if seen < of_window && all > 0.0 => ((arrived[seen] + next) / 2.0 / all).clamp(0.0, 1.0),
                _ => 1.0,
            })
            .collect()
    }
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
    /// Weeks seen ([`weeks_seen`]).
    pub weeks_seen: u32,
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
    /// Weeks seen ([`weeks_seen`]).
    pub weeks_seen: u32,
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
