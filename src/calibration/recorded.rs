//! What can be said of the bar from the scores that the export gives for the MQL moment, where none can be replayed?
//!
//! MQLs and SQLs at or above each threshold: counted, not emulated. There are no paths, so a lead that would have stopped
//! below a higher bar cannot be told from one that would have passed it later: what a threshold leaves is the least that it
//! would have left. Raising the bar is advised by one notch at most, and only where the MQLs below it convert below
//! break-even with 95 % confidence (Clopper–Pearson at effective counts): those that would stop are hardly better than those
//! that would pass. Nothing is known below the bar.

use crate::calibration::quality::FINE;
use crate::calibration::threshold::Verdict;
use crate::config::plan::Plan;
use crate::facts::{Facts, WorkedCount};
use crate::metrics::Estimate;
use crate::report::format;
use crate::stats::overdispersion::{self, Overdispersion};
use crate::stats::proportion;
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What would let the bar be judged, for those who have neither.
pub const WHAT_TO_EXPORT: &str = "To judge it, export either the list of actions with their dates (lead, type, date) and name their points under [[criteria]], or the score as it was when the lead became MQL: a column score_at_mql, or any column named by columns = { score_at_mql = \"…\" } under [sources.leads]. Today's score will not do: sales has added to it since.";

/// MQLs and SQLs without which the bar is not judged.
const LEAST_MQLS: u64 = 30;
const LEAST_SQLS: u64 = 8;
/// Fine bands that a row is wide: a tenth of the bar.
const ROW_BANDS: i64 = (FINE / 10.0) as i64;
/// Rows, at most, and MQLs left at the last one, at least.
const MOST_ROWS: i64 = 20;
const LEAST_LEFT: u64 = 10;

/// The bar by the scores in the export.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Recorded {
    /// What to do.
    pub verdict: Verdict,
    /// The bar that thresholds begin at: the one in force, or the score that 95 in 100 of the MQLs had.
    pub bar: f64,
    /// The advised threshold; `null` = none is.
    pub advised: Option<f64>,
    /// Mature MQLs whose score is known.
    pub mature_mqls: u64,
    /// Their SQLs.
    pub mature_sqls: u64,
    /// Mature MQLs below the bar by their recorded score.
    pub n_below_bar: u64,
    /// A row a threshold, lowest first.
    pub rows: Vec<RecordedRow>,
    /// How much more than chance months differ.
    pub phi: f64,
    /// In sentences.
    pub says: Vec<String>,
    /// What the data cannot tell.
    pub caveats: Vec<String>,
}

/// A threshold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RecordedRow {
    /// The threshold.
    pub threshold: f64,
    /// Mature MQLs whose score was at or above it.
    pub mqls: u64,
    /// Their SQLs within the window.
    pub sqls: u64,
    /// MQL→SQL of these.
    pub rate: Estimate,
    /// Mature MQLs between this threshold and the next.
    pub n_marginal: u64,
    /// MQL→SQL of those: what the threshold's next step would take away.
    pub marginal_rate: Estimate,
}

/// Judges the bar; `None` without scores of the MQL moment. `bar` is the one in force, if one is named.
pub fn judge(plan: &Plan, facts: &Facts, bar: Option<f64>) -> Option<Recorded> {
    let counts = &facts.recorded_outcomes;
    let (mqls, sqls) = total(counts, |_| true);
    if mqls == 0 {
        return None;
    }
    let width = facts.recorded_bar / FINE;
    let at_bar = FINE as i64;
    let phi = swing(counts);
    let level = plan.verdict.level;
    let share = |n: u64, x: u64| {
        let limits = proportion::wilson_with(x as f64 / phi.phi, n as f64 / phi.phi, phi.quantile(level));
        Estimate {
            value: (n > 0).then(|| x as f64 / n as f64),
            low: limits.map(|limits| limits.low),
            high: limits.map(|limits| limits.high),
        }
    };
    let mut rows = Vec::new();
    for step in 0..MOST_ROWS {
        let (from, to) = (at_bar + step * ROW_BANDS, at_bar + (step + 1) * ROW_BANDS);
        let (n, x) = total(counts, |band| band >= from);
        let (n_marginal, x_marginal) = total(counts, |band| band >= from && band < to);
        if step > 0 && n < LEAST_LEFT {
            break;
        }
        rows.push(RecordedRow {
            threshold: from as f64 * width,
            mqls: n,
            sqls: x,
            rate: share(n, x),
            n_marginal,
            marginal_rate: share(n_marginal, x_marginal),
        });
    }
    let mut found = Recorded {
        verdict: Verdict::NotEnoughData,
        bar: facts.recorded_bar,
        advised: None,
        mature_mqls: mqls,
        mature_sqls: sqls,
        n_below_bar: total(counts, |band| band < at_bar).0,
        rows,
        phi: phi.phi,
        says: Vec::new(),
        caveats: Vec::new(),
    };
    found.decide(plan, counts, bar, &phi);
    found.caveats.push(
        "These are counts by the score at the MQL moment. Without the actions there are no paths: a lead that would have stopped below a higher bar cannot be told from one that would have reached it a week later, so a higher bar would have left at least the MQLs and SQLs of its row, and perhaps more.".to_string(),
    );
    let first = found.rows.first().map_or(0, |row| row.n_marginal);
    if 2 * first > mqls {
        found.caveats.push(format!(
            "{} of the {} MQLs had a score less than a tenth above the bar when they became MQL: scores at that moment hardly differ, and higher rows rest on few leads.",
            format::count(first as f64),
            format::count(mqls as f64)
        ));
    }
    if 10 * found.n_below_bar > mqls {
        found.caveats.push(format!(
            "{} of the {} MQLs had a recorded score below the bar: the column may not be the score of the MQL moment, or the bar was another one.",
            format::count(found.n_below_bar as f64),
            format::count(mqls as f64)
        ));
    }
    Some(found)
}

impl Recorded {
    fn decide(&mut self, plan: &Plan, counts: &[WorkedCount], named: Option<f64>, phi: &Overdispersion) {
        let bar = format::grouped(self.bar, 0);
        let basis = format!(
            "By the score that the export gives for the MQL moment, {} and {} among them",
            format::counted(self.mature_mqls, "MQL"),
            format::counted(self.mature_sqls, "SQL")
        );
        if self.mature_mqls < LEAST_MQLS || self.mature_sqls < LEAST_SQLS {
            self.says.push(format!(
                "The bar cannot be judged: {basis} are old enough; {LEAST_MQLS} and {LEAST_SQLS} are needed."
            ));
            return;
        }
        if named.is_none() {
            self.says.push(format!(
                "{basis}: the table shows what each threshold would have left. The bar itself is not named, so nothing is advised: give its threshold under [[criteria]]. Nearly all MQLs had {bar} points or more."
            ));
            return;
        }
        let economics = plan.economics.value_per_sql.zip(plan.economics.sales_cost_per_mql);
        let Some((value, cost)) = economics.filter(|(value, cost)| *value > 0.0 && *cost > 0.0) else {
            self.verdict = Verdict::NoEconomics;
            self.says.push(format!(
                "{basis}: the table shows how many each threshold would have left. What an SQL is worth and what an MQL costs sales is not known, so no threshold can be called best: set value_per_sql and sales_cost_per_mql under [economics]."
            ));
            return;
        };
        let break_even = cost / value;
        let at_bar = FINE as i64;
        let limits = |rows: i64| {
            let (n, x) = total(counts, |band| band >= at_bar && band < at_bar + rows * ROW_BANDS);
            let found = proportion::clopper_pearson(x as f64 / phi.phi, n as f64 / phi.phi, plan.verdict.level)?;
            (n > 0).then_some((n, x, found.low, found.high))
        };
        let notch = (plan.calibration.notch * 10.0).round().max(1.0) as i64;
        let pays_to_leave = |rows: &i64| limits(*rows).is_some_and(|(.., high)| high < break_even);
        let tests = |(n, x, low, high): (u64, u64, f64, f64), above: f64| {
            format!(
                "the {} with {bar} to under {} points became SQLs at {} ({} range {}); an MQL pays for itself from {} on",
                format::counted(n, "MQL"),
                format::grouped(above, 0),
                format::share(x as f64 / n as f64),
                format::round_share(plan.verdict.level),
                format::share_range(low, high),
                format::share(break_even),
            )
        };
        let above = |rows: i64| self.bar * (1.0 + rows as f64 / 10.0);
        if let Some(rows) = (1..=notch).rev().find(pays_to_leave)
            && let Some(found) = limits(rows)
        {
            self.verdict = Verdict::Tighten;
            self.advised = Some(above(rows));
            self.says.push(format!(
                "Raise the bar from {bar} to {}: {}. {basis}.",
                format::grouped(above(rows), 0),
                tests(found, above(rows))
            ));
            return;
        }
        self.verdict = Verdict::Keep;
        let why = limits(notch).map(|found| format!(": {}", tests(found, above(notch)))).unwrap_or_default();
        self.says.push(format!(
            "Keep the bar at {bar}: it is not shown that the MQLs just above it cost more than they bring{why}. {basis}. Whether a lower bar would pay cannot be seen: nothing below it was worked."
        ));
    }
}

fn total(counts: &[WorkedCount], wanted: impl Fn(i64) -> bool) -> (u64, u64) {
    counts.iter().filter(|row| wanted(row.band)).fold((0, 0), |sum, row| (sum.0 + row.n, sum.1 + row.sqls))
}

/// How much more than chance the months' rates differ.
fn swing(counts: &[WorkedCount]) -> Overdispersion {
    let mut months: BTreeMap<Month, (f64, f64)> = BTreeMap::new();
    for row in counts {
        let entry = months.entry(row.month).or_default();
        entry.0 += row.sqls as f64;
        entry.1 += row.n as f64;
    }
    overdispersion::pearson_phi(&months.into_values().collect::<Vec<_>>())
}
