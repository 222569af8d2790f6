//! Where does chance come from in the sample? From SplitMix64 streams, so that the same seed gives the same bytes.
//!
//! A stream is named by (seed, purpose, index): a lead draws from its own stream, so one lead's history does not shift
//! another's. State advances by the golden gamma 0x9E3779B97F4A7C15 and is mixed as in Steele, Lea & Flood (2014).
//! `exp` and `ln` are written with the four basic operations only: these are exact to the bit everywhere, while the
//! maths library of a platform may differ in the last bit and, once in a while, in a byte of the sample.
//! Normal: polar method (Marsaglia). Gamma: Marsaglia & Tsang (2000). Poisson: product of uniforms (Knuth).

/// A stream of random numbers.
pub(super) struct Random {
    state: u64,
}

/// What a stream is for; streams of different purposes are independent.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Creation days of all leads.
    Arrivals = 1,
    /// Companies.
    Accounts = 2,
    /// The attributes, actions and journey of one lead.
    Lead = 3,
    /// Month effects common to all leads.
    Months = 4,
    /// Spend.
    Spend = 5,
    /// Faults planted in the files.
    Dirt = 6,
    /// The larger population that the best threshold is computed on.
    Population = 7,
}

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// The stream of a seed, a purpose and an index.
    pub(super) fn stream(seed: u64, purpose: Purpose, index: u64) -> Random {
        let named = mix(seed.wrapping_add(GAMMA)) ^ mix((purpose as u64).wrapping_mul(GAMMA));
        Random { state: mix(named.wrapping_add(index.wrapping_mul(0xD134_2543_DE82_EF95))) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// Uniform in (0, 1), both ends excluded.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// Whether something of probability `p` happens.
    pub(super) fn happens(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Uniform in `low..high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(usize::try_from(high - low).unwrap_or(0)) as i64
    }

    /// An index, in proportion to the weights.
    pub(super) fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Normal with mean 0 and standard deviation 1.
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * ln(square) / square).sqrt();
            }
        }
    }

    /// Exponential with the given mean.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * ln(self.unit())
    }

    /// Weibull with the given scale and shape.
    pub(super) fn weibull(&mut self, scale: f64, shape: f64) -> f64 {
        scale * power(-ln(self.unit()), 1.0 / shape)
    }

    /// Gamma with the given shape (at least 1) and scale.
    pub(super) fn gamma(&mut self, shape: f64, scale: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if ln(self.unit()) < 0.5 * x * x + d - d * v + d * ln(v) {
                return d * v * scale;
            }
        }
    }

    /// Poisson with the given mean (meant for means below about 100).
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = exp(-mean);
        let (mut n, mut product) = (0, self.unit());
        while product > floor && n < 1_000 {
            n += 1;
            product *= self.unit();
        }
        n
    }

    /// Up to `n` of the candidates, drawn without replacement, in their old order.
    pub(super) fn choose(&mut self, mut candidates: Vec<usize>, n: usize) -> Vec<usize> {
        let n = n.min(candidates.len());
        for at in 0..n {
            let other = at + self.below(candidates.len() - at);
            candidates.swap(at, other);
        }
        candidates.truncate(n);
        candidates.sort_unstable();
        candidates
    }
}

const LN_2: f64 = std::f64::consts::LN_2;
/// ln 2 in two parts; the high one has few enough bits that its product with an exponent is exact (fdlibm).
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x; beyond ±700 the value at ±700.
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let k = (x / LN_2).round();
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    // Horner's scheme of the Taylor series; |r| <= 0.35, so the first term left out is below 1e-17.
    let mut sum = 1.0;
    for n in (1..=14).rev() {
        sum = 1.0 + r / f64::from(n) * sum;
    }
    sum * f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

/// Natural logarithm of a positive, normal number.
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)); |s| <= 0.172, so the first term left out is below 1e-18.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let mut sum = 0.0;
    for n in (0..12).rev() {
        sum = sum * s * s + 1.0 / f64::from(2 * n + 1);
    }
    exponent as f64 * LN_2_HIGH + (2.0 * s * sum + exponent as f64 * LN_2_LOW)
}

/// x^y for positive x.
pub(super) fn power(x: f64, y: f64) -> f64 {
    exp(y * ln(x))
}

/// 1 / (1 + e^-x).
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_agree_with_the_maths_library() {
        for step in -2_000..2_000 {
            let x = f64::from(step) / 37.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 4e-16, "exp({x})");
            let y = x.exp();
            assert!((ln(y) - y.ln()).abs() <= 4e-16 * y.ln().abs().max(1.0), "ln({y})");
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::stream(1, Purpose::Lead, 0);
        let n = 40_000;
        let mut mean =
            |draw: &mut dyn FnMut(&mut Random) -> f64| (0..n).map(|_| draw(&mut random)).sum::<f64>() / f64::from(n);
        assert!(mean(&mut |r| r.unit() - 0.5).abs() < 0.01);
        assert!(mean(&mut |r| r.normal()).abs() < 0.03);
        assert!((mean(&mut |r| r.normal() * r.normal().abs() + 1.0) - 1.0).abs() < 0.03);
        assert!((mean(&mut |r| r.exponential(3.0)) - 3.0).abs() < 0.1);
        assert!((mean(&mut |r| r.gamma(2.0, 4.0)) - 8.0).abs() < 0.2);
        assert!((mean(&mut |r| f64::from(r.poisson(2.5))) - 2.5).abs() < 0.05);
        assert!((mean(&mut |r| r.weibull(5.0, 1.0)) - 5.0).abs() < 0.15);
        assert!((mean(&mut |r| f64::from(u8::from(r.happens(0.2)))) - 0.2).abs() < 0.01);
    }

    #[test]
    fn a_choice_is_a_subset_without_repeats() {
        let mut random = Random::stream(3, Purpose::Dirt, 0);
        let chosen = random.choose((10..60).collect(), 20);
        assert_eq!(chosen.len(), 20);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen.iter().all(|x| (10..60).contains(x)));
        assert_eq!(random.choose(vec![4], 9), vec![4]);
        assert!(random.choose(Vec::new(), 9).is_empty());
    }
}
