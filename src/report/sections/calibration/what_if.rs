//! What may a reader try on the thresholds: which rows, at which prices, against which other points?

use super::super::super::page::{WhatIf, WhatIfAction, WhatIfAdvice, WhatIfCard, WhatIfRow, WhatIfTried};
use super::{Context, basis};
use crate::calibration::points::CardEffect;
use crate::calibration::threshold::{Basis, Rule};
use crate::calibration::tried::{ActionTried, BarTried};
use crate::calibration::{Calibration, SweepRow};
use crate::finding::masked;
use crate::metrics::Estimate;

/// A bar that leaves less than this share of today's MQLs is no longer a bar anyone would try.
const LEAST_MQLS: f64 = 0.1;

/// The rows that are drawn (the first `drawn`) and those above that still leave some MQLs. None without a row to compare
/// with.
pub fn of(context: &Context, drawn: usize) -> Option<Box<WhatIf>> {
    let calibration = &context.analysis.calibration;
    let today = calibration.sweep.iter().find(|row| row.basis == Basis::Observed)?;
    let least = LEAST_MQLS * today.mqls_per_month;
    let sweep = calibration.sweep.iter().enumerate();
    let rows: Vec<WhatIfRow> =
        sweep.filter(|(i, row)| *i < drawn || row.mqls_per_month >= least).map(|(_, found)| row(found)).collect();
    if rows.len() < 2 {
        return None;
    }
    let economics = &context.plan.economics;
    let asked = calibration.bar.iter().flat_map(|bar| &bar.sensitivity);
    Some(Box::new(WhatIf {
        rows,
        value_per_sql: economics.value_per_sql,
        sales_cost_per_mql: economics.sales_cost_per_mql,
        moving_costs_mqls: Rule::default().switching_cost * today.mqls_per_month,
        asked: asked
            .map(|tried| WhatIfAdvice { value_per_sql: tried.value_per_sql, threshold: tried.threshold })
            .collect(),
        cards: cards(calibration).unwrap_or_default(),
        actions: calibration.tried.iter().map(action).collect(),
    }))
}

/// What can be tried with an action's points.
fn action(tried: &ActionTried) -> WhatIfAction {
    WhatIfAction {
        name: masked(&tried.name),
        points_now: tried.points_now,
        points: tried.points.iter().map(|points| (points.points, points.bars.iter().map(at_bar).collect())).collect(),
    }
}

fn at_bar(tried: &BarTried) -> WhatIfTried {
    let (sqls, gain) = (&tried.sqls_per_month, &tried.gain_per_month);
    let either = |end: Option<f64>| sqls.value.or(end).unwrap_or(0.0);
    WhatIfTried {
        threshold: tried.threshold,
        mqls: tried.mqls_per_month,
        sqls: (either(sqls.low), either(sqls.high)),
        leaving: (tried.mqls_leaving, tried.sqls_leaving),
        entering: (tried.mqls_entering, tried.most_sqls_entering),
        gain: gain.low.zip(gain.high),
    }
}

fn row(row: &SweepRow) -> WhatIfRow {
    WhatIfRow {
        threshold: row.threshold,
        mqls_per_month: row.mqls_per_month,
        sqls_per_month: row.sqls_per_month,
        rate: row.rate.estimate,
        marginal_rate: row.marginal_rate.estimate,
        moved_rate: row.moved_rate,
        gain_per_month: triple(&row.gain_per_month),
        probability_better: row.probability_better,
        basis: basis(row.basis),
    }
}

/// The two cards, where other points are advised.
fn cards(calibration: &Calibration) -> Option<Vec<WhatIfCard>> {
    let points = calibration.refitted()?;
    let card = |name: &str, effect: &CardEffect| {
        Some(WhatIfCard {
            name: name.to_string(),
            threshold: effect.threshold,
            mqls_per_month: effect.mqls_per_month?,
            sqls_per_month: triple(&effect.sqls_per_month)?,
            never_worked_share: effect.never_worked_share,
        })
    };
    Some(vec![card("Today's points", points.now.as_ref()?)?, card("Suggested points", points.suggested.as_ref()?)?])
}

fn triple(estimate: &Estimate) -> Option<(f64, f64, f64)> {
    Some((estimate.value?, estimate.low?, estimate.high?))
}
