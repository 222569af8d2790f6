//! Which channels surely bring more than they cost, or less, with all of them looked at?
//!
//! An MQL pays where its chance of becoming an SQL × the value of one covers what it and sales' work on it cost. Cost and
//! chance are two estimates, so a channel's limit towards that line lies as far off as both of theirs together (root of
//! the squares); the chance of any false claim is shared among all channels (Holm).

use super::Estimate;
use crate::stats::{multiple, special};

/// The chance that any of the channels is said to pay, or not to, and does the opposite.
const ANY_WRONG: f64 = 0.05;

/// How a channel stands against the line on which an MQL brings what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It surely brings more.
    Pays,
    /// It surely brings less.
    Loses,
    /// Neither is sure.
    Open,
}

/// The side of each channel, from its cost per MQL and its rate; sales' cost of an MQL and the value of an SQL draw the
/// line, and `level` is that of the intervals.
pub fn sides(channels: &[(Estimate, Estimate)], line: (f64, f64), level: f64) -> Vec<Side> {
    let found: Vec<(Side, f64)> = channels.iter().map(|(cost, rate)| place(cost, rate, line, level)).collect();
    let adjusted = multiple::holm(&found.iter().map(|(_, p)| *p).collect::<Vec<f64>>());
    found.iter().zip(adjusted).map(|((side, _), p)| if p < ANY_WRONG { *side } else { Side::Open }).collect()
}

/// On which side a channel lies, and how often one that lies on the other would look like this.
fn place(cost: &Estimate, rate: &Estimate, (sales, value): (f64, f64), level: f64) -> (Side, f64) {
    let open = (Side::Open, 1.0);
    let (Some(at), Some(share)) = (cost.value, rate.value) else { return open };
    let above = share - (at + sales) / value;
    let (side, across, upright) = if above < 0.0 {
        (Side::Loses, cost.low.map(|low| at - low), rate.high.map(|high| high - share))
    } else {
        (Side::Pays, cost.high.map(|high| high - at), rate.low.map(|low| share - low))
    };
    let (Some(across), Some(upright)) = (across, upright) else { return open };
    let limit = (across / value).hypot(upright);
    if limit.is_nan() || limit <= 0.0 {
        return open;
    }
    let z = special::normal_quantile(0.5 + level / 2.0) * above.abs() / limit;
    (side, special::normal_cdf(-z))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(value: f64, half: f64) -> Estimate {
        Estimate { value: Some(value), low: Some(value - half), high: Some(value + half) }
    }

    fn of(channels: &[(Estimate, Estimate)]) -> Vec<Side> {
        sides(channels, (100.0, 1000.0), 0.9)
    }

    #[test]
    fn a_channel_pays_or_loses_where_the_two_intervals_together_end_on_one_side() {
        // The line lies at 30 % for a cost of 200; the limits of both together are 5 points: √(3² + 4²).
        let beside = |share: f64| of(&[(around(200.0, 30.0), around(share, 0.04))])[0];
        assert_eq!(
            [beside(0.36), beside(0.34), beside(0.26), beside(0.24)],
            [Side::Pays, Side::Open, Side::Open, Side::Loses]
        );
        assert_eq!(of(&[(Estimate::NONE, around(0.9, 0.01))]), [Side::Open]);
    }

    #[test]
    fn what_one_channel_alone_would_prove_twenty_looked_at_do_not() {
        let near = || (around(200.0, 30.0), around(0.24, 0.04));
        let usual = || (around(200.0, 30.0), around(0.30, 0.04));
        assert_eq!(of(&[near()]), [Side::Loses]);
        let twenty: Vec<_> = std::iter::once(near()).chain((0..19).map(|_| usual())).collect();
        assert!(of(&twenty).iter().all(|side| *side == Side::Open));
        let mut sure = twenty;
        sure.push((around(200.0, 30.0), around(0.10, 0.04)));
        assert_eq!(of(&sure).iter().filter(|side| **side == Side::Loses).count(), 1);
    }
}
