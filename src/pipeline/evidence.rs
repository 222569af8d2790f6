//! The counts behind the threshold, read from the fact tables as the rule wants them.

use crate::calibration;
use crate::calibration::evidence::{
    BandCount, ConvertedCount, CrossedCount, Evidence, ExploredCount, LEAST_AGE_DAYS, OpenCount,
};
use crate::calibration::support::{self, SupportCount, Treatment};
use crate::config::plan::{Criteria, Plan};
use crate::engine;
use crate::ingest::Ingested;
use crate::replay::{self, End, Journey, Replayed, Score};
use crate::vocabulary::{Day, Month};
use polars::prelude::{DataFrame, PolarsResult};
use std::collections::{BTreeMap, HashMap};

/// The counts behind the calibration, as the rule wants them.
pub(super) fn evidence(
    plan: &Plan,
    criteria: &[Criteria],
    data: &Ingested,
    tables: &HashMap<&str, DataFrame>,
    step: f64,
) -> PolarsResult<Evidence> {
    let Some(criteria) = replay::current(criteria, data.as_of) else { return Ok(Evidence::default()) };
    let first = data.leads.created.iter().map(|when| when.day).min();
    let mut evidence = Evidence {
        threshold: criteria.threshold,
        step,
        first_created: first,
        as_of: Some(data.as_of),
        window_days: plan.windows.mql_to_sql_days,
        least_age_days: LEAST_AGE_DAYS as u32,
        ..Evidence::default()
    };
    let table = |name: &str| &tables[name];
    for [month, age_class, block, band, next_band, n] in
        rows(table("path_moves"), ["month", "age_class", "block", "band", "next_band", "n"])?
    {
        evidence.open.push(OpenCount {
            month: Month(month as i32),
            age_class: age_class as u32,
            block: block as usize,
            band: band as usize,
            next_band: next_band as usize,
            n: n as u64,
        });
    }
    let ends = rows(table("path_ends"), ["month", "age_class", "weeks_seen", "week", "band", "n"])?;
    for ([month, age_class, weeks_seen, week, band, n], outcome) in
        ends.into_iter().zip(engine::texts(table("path_ends"), "outcome")?)
    {
        let (month, age_class, weeks_seen) = (Month(month as i32), age_class as u32, weeks_seen as u32);
        let (week, band, n) = (week as usize, band as usize, n as u64);
        if outcome == "converted" {
            evidence.converted.push(ConvertedCount { month, age_class, weeks_seen, week, band, n });
        } else {
            evidence.unconverted.push(BandCount { month, age_class, weeks_seen, band, n });
        }
    }
    for [month, age_class, band, wait_days, n] in
        rows(table("path_crossings"), ["month", "age_class", "band", "wait_days", "n"])?
    {
        evidence.crossed.push(CrossedCount {
            month: Month(month as i32),
            age_class: age_class as u32,
            band: band as usize,
            wait_days: wait_days as u32,
            n: n as u64,
        });
    }
    let below = rows(table("below_bar"), ["month", "band", "n"])?;
    for ([month, band, n], kind) in below.into_iter().zip(engine::texts(table("below_bar"), "kind")?) {
        let (month, band, n) = (Month(month as i32), band as usize, n as u64);
        match kind.as_str() {
            "peak" => evidence.below.push((band, n)),
            "mql" => evidence.below_mqls += n,
            "explored_sql" => evidence.explored.push(ExploredCount { month, band, n, sqls: n }),
            _ => evidence.explored.push(ExploredCount { month, band, n, sqls: 0 }),
        }
    }
    // Groups come in no order; sums of floating-point numbers depend on it.
    evidence.open.sort_by_key(|row| (row.month, row.age_class, row.block, row.band, row.next_band));
    evidence.unconverted.sort_by_key(|row| (row.month, row.age_class, row.weeks_seen, row.band));
    evidence.converted.sort_by_key(|row| (row.month, row.age_class, row.weeks_seen, row.week, row.band));
    evidence.crossed.sort_by_key(|row| (row.month, row.age_class, row.band, row.wait_days));
    evidence.below.sort_unstable();
    evidence.explored.sort_by_key(|row| (row.month, row.band, row.sqls));
    Ok(evidence)
}

/// The paths of the evidence, counted lead by lead: what the queries count, for the replay of one version. What lies below the
/// bar is not counted.
pub(super) fn counted(
    plan: &Plan,
    criteria: &Criteria,
    as_of: Day,
    journeys: &[Journey],
    replayed: &Replayed,
) -> Evidence {
    let (mut open, mut unconverted) = (BTreeMap::new(), BTreeMap::new());
    let (mut converted, mut crossed) = (BTreeMap::new(), BTreeMap::new());
    for (journey, score) in journeys.iter().zip(&replayed.scores).filter(|(journey, _)| journey.counts) {
        let (Some(month), Some(age_class)) = (journey.mql_day.map(Day::month), score.age_class) else { continue };
        for (week, bands) in score.weeks.windows(2).enumerate() {
            *open.entry((month, age_class, calibration::block(week), bands[0], bands[1])).or_insert(0) += 1;
        }
        for (band, wait_days) in score.crossings.iter().enumerate() {
            *crossed.entry((month, age_class, band, *wait_days)).or_insert(0) += 1;
        }
        let weeks_seen = score.weeks_seen.unwrap_or(0);
        match score.end {
            Some(End::Open { band }) => *unconverted.entry((month, age_class, weeks_seen, band)).or_insert(0) += 1,
            Some(End::Converted { week, band }) => {
                *converted.entry((month, age_class, weeks_seen, week, band)).or_insert(0) += 1;
            }
            None => {}
        }
    }
    let of_open =
        |((month, age_class, block, band, next_band), n)| OpenCount { month, age_class, block, band, next_band, n };
    let of_end = |((month, age_class, weeks_seen, band), n)| BandCount { month, age_class, weeks_seen, band, n };
    let of_sql = |((month, age_class, weeks_seen, week, band), n)| ConvertedCount {
        month,
        age_class,
        weeks_seen,
        week,
        band,
        n,
    };
    let of_wait = |((month, age_class, band, wait_days), n)| CrossedCount { month, age_class, band, wait_days, n };
    Evidence {
        threshold: criteria.threshold,
        step: replayed.step,
        as_of: Some(as_of),
        window_days: plan.windows.mql_to_sql_days,
        least_age_days: LEAST_AGE_DAYS as u32,
        open: open.into_iter().map(of_open).collect(),
        unconverted: unconverted.into_iter().map(of_end).collect(),
        converted: converted.into_iter().map(of_sql).collect(),
        crossed: crossed.into_iter().map(of_wait).collect(),
        ..Evidence::default()
    }
}

/// The counts behind what is known below the bar.
pub(super) fn support(journeys: &[Journey], scores: &[Score], table: &DataFrame) -> PolarsResult<support::Counts> {
    let mut bands: BTreeMap<(usize, Treatment), (u64, u64)> = BTreeMap::new();
    let treatments = engine::texts(table, "treatment")?;
    let outcomes = engine::texts(table, "outcome")?;
    for (([band, n], treatment), outcome) in rows(table, ["band", "n"])?.into_iter().zip(treatments).zip(outcomes) {
        let treatment = match treatment.as_str() {
            "explored" => Treatment::Explored,
            "worked" => Treatment::Worked,
            _ => Treatment::Untouched,
        };
        let entry = bands.entry((band as usize, treatment)).or_default();
        entry.0 += n as u64;
        entry.1 += if outcome == "sql" { n as u64 } else { 0 };
    }
    let bands = bands.into_iter().map(|((band, treatment), (n, sqls))| SupportCount { band, treatment, n, sqls });
    let mut waiting: BTreeMap<usize, u64> = BTreeMap::new();
    for band in
        journeys.iter().zip(scores).filter(|(journey, _)| journey.counts).filter_map(|(_, s)| s.explored_waiting)
    {
        *waiting.entry(band).or_default() += 1;
    }
    Ok(support::Counts { bands: bands.collect(), waiting: waiting.into_iter().collect() })
}

/// Whole-number columns of a table, row by row.
fn rows<const N: usize>(table: &DataFrame, columns: [&str; N]) -> PolarsResult<Vec<[i64; N]>> {
    let mut rows = vec![[0; N]; table.height()];
    for (place, column) in columns.into_iter().enumerate() {
        for (row, value) in rows.iter_mut().zip(engine::integers(table, column)?) {
            row[place] = value.unwrap_or_default();
        }
    }
    Ok(rows)
}
