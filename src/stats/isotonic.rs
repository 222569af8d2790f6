//! What are the rates if a higher score never means a lower rate?
//!
//! Isotonic regression by pooling adjacent violators (Ayer and others 1955): neighbours in the wrong order share their
//! weighted mean, until none are.

/// Which way the fitted values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Never down.
    Increasing,
    /// Never up.
    Decreasing,
}

/// The monotone values nearest to `points` = (value, weight) in weighted squares, in their order. A point that is no number
/// or has no weight takes the value of its pool, or of the pool before it; `None` when no point has a value.
pub fn fit(points: &[(f64, f64)], direction: Direction) -> Option<Vec<f64>> {
    let turn = if direction == Direction::Increasing { 1.0 } else { -1.0 };
    // (mean, weight, how many points).
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    let mut leading = 0;
    for &(value, weight) in points {
        if !(value.is_finite() && weight.is_finite() && weight > 0.0) {
            match pools.last_mut() {
                Some(pool) => pool.2 += 1,
                None => leading += 1,
            }
            continue;
        }
        let mut pool = (turn * value, weight, 1);
        while let Some(&before) = pools.last().filter(|before| before.0 >= pool.0) {
            let sum = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / sum, sum, before.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let first = pools.first()?.0;
    let mut fitted = vec![turn * first + 0.0; leading];
    for (mean, _, n) in pools {
        fitted.extend(std::iter::repeat_n(turn * mean + 0.0, n));
    }
    Some(fitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_order_stay_as_they_are() {
        let fitted = fit(&[(0.1, 5.0), (0.2, 1.0), (0.2, 9.0), (0.7, 2.0)], Direction::Increasing);
        assert_eq!(fitted.unwrap(), [0.1, 0.2, 0.2, 0.7]);
    }

    #[test]
    fn what_goes_the_wrong_way_becomes_its_weighted_mean() {
        assert_eq!(fit(&[(0.5, 1.0), (0.25, 3.0)], Direction::Increasing).unwrap(), [0.3125; 2]);
        assert_eq!(fit(&[(0.4, 1.0), (0.1, 3.0)], Direction::Decreasing).unwrap(), [0.4, 0.1]);
    }

    #[test]
    fn points_without_weight_take_part_in_nothing() {
        let fitted = fit(&[(9.0, 0.0), (0.1, 1.0), (f64::NAN, 3.0), (0.2, 1.0)], Direction::Increasing).unwrap();
        assert_eq!(fitted, [0.1, 0.1, 0.1, 0.2]);
        assert_eq!((fit(&[], Direction::Increasing), fit(&[(0.1, 0.0)], Direction::Increasing)), (None, None));
    }
}
