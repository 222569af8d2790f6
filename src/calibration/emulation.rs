//! How many MQLs and SQLs would a higher threshold have brought? A policy emulation from counts.
//!
//! A lead that reached the band of `θ_j` before its SQL counts with its outcome. A lead that converted in week `k` from
//! a lower band `i` counts with the chance that an open lead in `(k, i)` still reaches `θ_j`:
//!
//! ```text
//! P_block = row-normalised (weighted T + 1e-9 I)     H_26 = I,  H_k = P_block(k) H_{k+1}
//! h_k[i,j] = Σ_{j' ≥ j} H_k[i,j']                    h' = κh / (κh + 1 − h)            (κ: odds factor)
//! n_j = Σ_{k, i} F[k,i] h_k[i,j] + Cv(·, ≥ j) + Σ_{k, i<j} Cv[k,i] h'_k[i,j]     (k of F: weeks that were seen)
//! y_j = Σ X[j, wait] e^{−δ wait} + Σ_{k, i<j} Cv[k,i] h'_k[i,j] e^{−δ (k + 2.5)}        (δ per week of waiting)
//! ```
//!
//! Source: the project's own derivation, proved by simulation; a Markov chain on (week, band) of the running maximum.

use crate::calibration::evidence::{BANDS, BLOCK_STARTS, Evidence, WEEKS};
use crate::vocabulary::Month;

/// What the thresholds `θ_j = θ₀ + j · step` would have brought, in (weighted) leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulated {
    /// n_j: MQLs at or above `θ_j`; `BANDS` values, falling.
    pub mqls: Vec<f64>,
    /// The same, an MQL counted as the share of its SQLs that could have come by its age.
    pub exposed: Vec<f64>,
    /// y_j: their SQLs within the window, less what waiting costs; `BANDS` values.
    pub sqls: Vec<f64>,
}

impl Emulated {
    /// MQLs that stop in each band: avoided when the bar moves over it (the last band: all that is left).
    pub fn mqls_by_band(&self) -> Vec<f64> {
        differences(&self.mqls).into_iter().map(|n| n.max(0.0)).collect()
    }

    /// The same by exposure: what the SQLs are to be held against.
    pub fn exposed_by_band(&self) -> Vec<f64> {
        differences(&self.exposed).into_iter().map(|n| n.max(0.0)).collect()
    }

    /// SQLs lost when the bar moves over a band, between 0 and the band's exposure.
    pub fn sqls_by_band(&self) -> Vec<f64> {
        differences(&self.sqls).into_iter().zip(self.exposed_by_band()).map(|(y, n)| y.max(0.0).min(n)).collect()
    }
}

fn differences(cumulative: &[f64]) -> Vec<f64> {
    (0..cumulative.len()).map(|j| cumulative[j] - cumulative.get(j + 1).copied().unwrap_or(0.0)).collect()
}

/// Emulates once. Weights are per MQL month and age class; `odds` is κ, `delay_per_week` is δ.
pub fn emulate(evidence: &Evidence, weights: impl Fn(Month, u32) -> f64, odds: f64, delay_per_week: f64) -> Emulated {
    Emulation::new(evidence, weights).at(odds, delay_per_week)
}

/// The part of an emulation that depends on the weights only, shared by all odds factors and delays.
#[derive(Clone, Debug)]
pub struct Emulation {
    /// Σw over the MQLs.
    pub weight_sum: f64,
    /// Σw² over the MQLs.
    pub weight_square_sum: f64,
    /// MQLs that get to each band or end above it, by count and by exposure, but for converters that are still to come.
    reached: [Pair; BANDS],
    /// Cv by week and band.
    converted: Vec<[Pair; BANDS]>,
    /// h_k[i][j] before the odds factor.
    reach: Vec<[[f64; BANDS]; BANDS]>,
    /// X: band, weeks waited, weight.
    crossed: Vec<(usize, f64, f64)>,
}

/// MQLs, and MQLs as far as their SQLs could have come.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    n: f64,
    exposed: f64,
}

impl Pair {
    fn add(&mut self, n: f64, exposure: f64) {
        self.n += n;
        self.exposed += n * exposure;
    }
}

impl Emulation {
    /// Weights the counts and runs the chain backwards. Rows of weight 0 are left out.
    pub fn new(evidence: &Evidence, weights: impl Fn(Month, u32) -> f64) -> Emulation {
        let top = BANDS - 1;
        let exposure = evidence.exposure();
        let reach = chances_to_reach(&transitions(evidence, &weights));
        let (mut weight_sum, mut weight_square_sum) = (0.0, 0.0);
        // Open MQLs may still climb from where they were last seen; of those who converted it is asked below.
        let mut last_seen = vec![[Pair::default(); BANDS]; WEEKS + 1];
        let mut converted = vec![[Pair::default(); BANDS]; WEEKS + 1];
        let mut count = |month, age_class, n: u64, weeks_seen: u32, cell: &mut Pair| {
            let weight = weights(month, age_class);
            let weighted = weight * n as f64;
            weight_sum += weighted;
            weight_square_sum += weight * weighted;
            cell.add(weighted, exposure[(weeks_seen as usize).min(WEEKS)]);
        };
        for row in &evidence.unconverted {
            let cell = &mut last_seen[(row.weeks_seen as usize).min(WEEKS)][row.band.min(top)];
            count(row.month, row.age_class, row.n, row.weeks_seen, cell);
        }
        for row in &evidence.converted {
            let cell = &mut converted[row.week.min(WEEKS)][row.band.min(top)];
            count(row.month, row.age_class, row.n, row.weeks_seen, cell);
        }
        let mut reached = [Pair::default(); BANDS];
        for (week, bands) in last_seen.iter().enumerate() {
            for (i, open) in bands.iter().enumerate().filter(|(_, open)| open.n != 0.0) {
                for (j, cell) in reached.iter_mut().enumerate() {
                    let chance = if j <= i { 1.0 } else { reach[week][i][j] };
                    cell.n += open.n * chance;
                    cell.exposed += open.exposed * chance;
                }
            }
        }
        for bands in &converted {
            for (i, ended) in bands.iter().enumerate().filter(|(_, ended)| ended.n != 0.0) {
                for cell in &mut reached[..=i] {
                    cell.n += ended.n;
                    cell.exposed += ended.exposed;
                }
            }
        }
        let mut crossed = Vec::new();
        for row in &evidence.crossed {
            let weighted = weights(row.month, row.age_class) * row.n as f64;
            if weighted > 0.0 {
                crossed.push((row.band.min(top), f64::from(row.wait_days) / 7.0, weighted));
            }
        }
        Emulation { weight_sum, weight_square_sum, reached, converted, reach, crossed }
    }

    /// The emulation at an odds factor κ and a share δ of SQLs lost per week of waiting.
    pub fn at(&self, odds: f64, delay_per_week: f64) -> Emulated {
        let mut mqls: Vec<f64> = self.reached.iter().map(|cell| cell.n).collect();
        let mut exposed: Vec<f64> = self.reached.iter().map(|cell| cell.exposed).collect();
        let mut sqls = vec![0.0; BANDS];
        for &(band, weeks, weight) in &self.crossed {
            sqls[band] += weight * (-delay_per_week * weeks).exp();
        }
        for (week, converted) in self.converted.iter().enumerate() {
            let kept = (-delay_per_week * (week as f64 + 2.5)).exp();
            for (i, ended) in converted.iter().enumerate().filter(|(_, ended)| ended.n != 0.0) {
                for j in i + 1..BANDS {
                    let chance = tilted(self.reach[week][i][j], odds);
                    mqls[j] += ended.n * chance;
                    exposed[j] += ended.exposed * chance;
                    sqls[j] += ended.n * chance * kept;
                }
            }
        }
        Emulated { mqls, exposed, sqls }
    }
}

/// κh / (κh + 1 − h); the chain leaves h a rounding error above 1 at most.
fn tilted(chance: f64, odds: f64) -> f64 {
    let below = 1.0 - chance;
    let total = chance * odds + below;
    if total > 0.0 { chance * odds / total } else { chance }
}

/// Row-normalised weighted transitions of each block of weeks. A running maximum never falls, so only `j ≥ i` is used.
fn transitions(evidence: &Evidence, weights: &impl Fn(Month, u32) -> f64) -> Vec<[[f64; BANDS]; BANDS]> {
    let top = BANDS - 1;
    let mut blocks = vec![[[0.0; BANDS]; BANDS]; BLOCK_STARTS.len()];
    for row in &evidence.open {
        let from = row.band.min(top);
        let to = row.next_band.min(top).max(from);
        blocks[row.block.min(BLOCK_STARTS.len() - 1)][from][to] += weights(row.month, row.age_class) * row.n as f64;
    }
    for block in &mut blocks {
        for (i, row) in block.iter_mut().enumerate() {
            // A band that was never seen open stays where it is.
            row[i] += 1e-9;
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|cell| *cell /= sum);
        }
    }
    blocks
}

/// h_k[i][j] for every week, from the last one backwards.
fn chances_to_reach(blocks: &[[[f64; BANDS]; BANDS]]) -> Vec<[[f64; BANDS]; BANDS]> {
    let mut ends = vec![[[0.0; BANDS]; BANDS]; WEEKS + 1];
    for (i, row) in ends[WEEKS].iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for week in (0..WEEKS).rev() {
        let block = BLOCK_STARTS.iter().filter(|&&start| start <= week).count() - 1;
        let later = ends[week + 1];
        for i in 0..BANDS {
            for middle in i..BANDS {
                let step = blocks[block][i][middle];
                if step == 0.0 {
                    continue;
                }
                for j in middle..BANDS {
                    ends[week][i][j] += step * later[middle][j];
                }
            }
        }
    }
    for week in &mut ends {
        for row in week.iter_mut() {
            for j in (0..BANDS - 1).rev() {
                row[j] += row[j + 1];
            }
        }
    }
    ends
}
