//! Which random numbers follow from a seed, the same on every run?
//!
//! SplitMix64 (Steele, Lea and Flood 2014): a counter and a mixing function, 64 bits of state, good enough for a
//! bootstrap and short enough to be read. Poisson numbers from 10 on are drawn by Hörmann's PTRS (1993).

use crate::stats::special;
use statrs::function::gamma::ln_gamma;

/// A stream of random numbers that its seed settles.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of this seed.
    pub fn new(seed: u64) -> SplitMix64 {
        SplitMix64 { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number in `[0, 1)`, one of 2⁵³ equally likely ones.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        // Half a step off keeps 0 out, whose quantile is no number.
        special::normal_quantile(self.uniform() + 0.5 / (1u64 << 53) as f64)
    }

    /// A Poisson number; 0 for a mean that is not above 0. Means above 1e15 are returned as they are.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            return 0;
        }
        if mean > 1e15 {
            return mean as u64;
        }
        if mean < 10.0 { self.small_poisson(mean) } else { self.large_poisson(mean) }
    }

    /// Counts how many uniform numbers can be multiplied before the product falls to e^−mean (Knuth).
    fn small_poisson(&mut self, mean: f64) -> u64 {
        let end = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0;
        while product > end {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// Transformed rejection with a squeeze.
    fn large_poisson(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.024_83 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let squeeze = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let edge = 0.5 - u.abs();
            let k = ((2.0 * a / edge + b) * u + mean + 0.43).floor();
            if edge >= 0.07 && v <= squeeze {
                return k as u64;
            }
            if k < 0.0 || (edge < 0.013 && v > edge) {
                continue;
            }
            let accepted = (v * inverse_alpha / (a / (edge * edge) + b)).ln();
            if accepted <= k * mean.ln() - mean - ln_gamma(k + 1.0) {
                return k as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The first outputs of the reference implementation for the seed 1234567.
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn uniform_and_normal_numbers_have_their_moments() {
        let mut random = SplitMix64::new(5);
        let n = 20_000;
        let uniform = (0..n).map(|_| random.uniform()).sum::<f64>() / f64::from(n);
        let squares = (0..n).map(|_| random.normal().powi(2)).sum::<f64>() / f64::from(n);
        assert!((uniform - 0.5).abs() < 0.01 && (squares - 1.0).abs() < 0.05, "{uniform} {squares}");
    }

    #[test]
    fn poisson_numbers_have_mean_and_variance_alike() {
        let mut random = SplitMix64::new(1);
        for mean in [0.3, 4.0, 9.99, 10.0, 37.0, 5000.0] {
            let draws: Vec<f64> = (0..20_000).map(|_| random.poisson(mean) as f64).collect();
            let average = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / (draws.len() - 1) as f64;
            assert!((average - mean).abs() < 4.0 * (mean / 20_000.0).sqrt(), "{mean}: {average}");
            assert!((variance / mean - 1.0).abs() < 0.06, "{mean}: {variance}");
        }
        assert_eq!([random.poisson(f64::NAN), random.poisson(-1.0), random.poisson(0.0)], [0, 0, 0]);
    }
}
