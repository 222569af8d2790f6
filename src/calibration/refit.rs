//! What is each action and each attribute worth, all others held fixed?
//!
//! A ridge logistic regression of outcomes on what was known at the moment of decision: columns scaled by their weighted
//! standard deviation, λ = 4 on the scaled coefficients, intercept free. Actions that score today may not count against a
//! lead (sign constraint): among leads that were all selected by a score, an action that helped a lead over the bar looks
//! harmful without reason. Actions without points today (careers page, unsubscribe) and attributes are free. Gate: at least
//! 100 SQLs and 10 per free coefficient; else actions are collapsed to three groups by today's points and attributes to
//! today's points for them; else nothing is fitted.

use crate::config::plan::Criteria;
use crate::replay::decision::{Columns, FOLDS};
use crate::stats::regression::{self, Pattern, Sign};
use crate::vocabulary::Month;

/// λ of the ridge penalty, on scaled coefficients.
pub const RIDGE: f64 = 4.0;
/// SQLs that any refit needs.
pub const LEAST_SQLS: u64 = 100;
/// SQLs that each free coefficient needs.
pub const LEAST_PER_COEFFICIENT: u64 = 10;
/// Worked leads with an action or a value that it needs for a coefficient of its own.
pub const LEAST_LEADS: u64 = 20;
/// Parts of the leads that the comparison of half-lives leaves out in turn.
const PARTS: u32 = 4;
/// Worked leads that are enough for this comparison, and folds that it needs.
const ENOUGH_TO_COMPARE: u64 = 4_000;
const LEAST_FOLDS: u64 = 8;

/// Worked leads with the same pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatternCount {
    /// Half-life that the counts are decayed with, in days; 0 = none.
    pub half_life_days: u32,
    /// Month of the decision.
    pub month: Month,
    /// Fold.
    pub fold: u32,
    /// Actions by type, in quarters.
    pub quarters: Vec<u32>,
    /// Place of the value, by attribute.
    pub levels: Vec<usize>,
    /// Leads.
    pub n: u64,
    /// Of these, SQLs within the window.
    pub sqls: u64,
}

/// The counts behind the points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patterns {
    /// What the patterns count.
    pub columns: Columns,
    /// The counts.
    pub rows: Vec<PatternCount>,
    /// Median days from creation to the decision.
    pub median_age_days: Option<i32>,
}

/// A column of the regression.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// Actions of a type.
    Action(usize),
    /// A value of an attribute: attribute, place.
    Level(usize, usize),
    /// Actions of several types, by today's points.
    Group(Vec<(usize, f64)>),
    /// Today's points for an attribute, by place.
    FitNow(usize, Vec<f64>),
}

impl Term {
    fn value(&self, row: &PatternCount) -> f64 {
        let actions = |kind: &usize| row.quarters.get(*kind).map_or(0.0, |quarters| f64::from(*quarters) / 4.0);
        let place = |attribute: &usize| row.levels.get(*attribute).copied().unwrap_or(0);
        match self {
            Term::Action(kind) => actions(kind),
            Term::Level(attribute, level) => f64::from(u8::from(place(attribute) == *level)),
            Term::Group(kinds) => kinds.iter().map(|(kind, points)| points * actions(kind)).sum(),
            Term::FitNow(attribute, points) => points.get(place(attribute)).copied().unwrap_or(0.0),
        }
    }
}

/// The columns of a regression and their signs.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The columns.
    pub terms: Vec<Term>,
    /// What their coefficients may be.
    pub signs: Vec<Sign>,
}

/// How much the data carry.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// A coefficient for each action and value.
    Each(Design),
    /// One for each of three groups of actions, one for each attribute.
    Groups(Design),
    /// None.
    Nothing,
}

/// Logits per action and per value.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The intercept.
    pub intercept: f64,
    /// By type of action; `None` = not fitted.
    pub actions: Vec<Option<f64>>,
    /// By attribute and place; `None` = the attribute is not fitted.
    pub levels: Vec<Option<Vec<f64>>>,
    /// Standard errors by type of action, where there are any.
    pub action_errors: Vec<Option<f64>>,
    /// Log likelihood.
    pub log_likelihood: f64,
}

impl Patterns {
    /// The rows of a half-life.
    pub fn of(&self, half_life_days: u32) -> impl Iterator<Item = &PatternCount> {
        self.rows.iter().filter(move |row| row.half_life_days == half_life_days)
    }

    /// Worked leads and their SQLs.
    pub fn totals(&self) -> (u64, u64) {
        self.of(0).fold((0, 0), |(n, sqls), row| (n + row.n, sqls + row.sqls))
    }

    /// Worked leads that did something of a type.
    pub fn leads_with(&self, kind: usize) -> u64 {
        self.of(0).filter(|row| row.quarters.get(kind).is_some_and(|quarters| *quarters > 0)).map(|row| row.n).sum()
    }

    /// Worked leads by place of an attribute's value.
    fn leads_at(&self, attribute: usize) -> Vec<u64> {
        let mut leads = vec![0; self.columns.attributes[attribute].1.len()];
        for row in self.of(0) {
            if let Some(n) = row.levels.get(attribute).and_then(|place| leads.get_mut(*place)) {
                *n += row.n;
            }
        }
        leads
    }

    /// Share of worked leads whose value of an attribute is none of those counted apart.
    fn share_without(&self, attribute: usize) -> f64 {
        let leads = self.leads_at(attribute);
        leads.first().copied().unwrap_or(0) as f64 / (leads.iter().sum::<u64>().max(1)) as f64
    }

    /// The logit of an attribute's value that gets 0 points: of leads without a value where they are 5 % or more, else the
    /// lowest.
    pub fn base_of(&self, attribute: usize, levels: &[f64]) -> f64 {
        if self.share_without(attribute) >= 0.05 {
            return levels.first().copied().unwrap_or(0.0);
        }
        levels.iter().skip(1).copied().fold(f64::INFINITY, f64::min).min(f64::MAX)
    }

    /// What the data carry.
    pub fn carried(&self, now: &Criteria) -> Carried {
        let (_, sqls) = self.totals();
        let enough = |terms: usize| sqls >= LEAST_SQLS && sqls >= LEAST_PER_COEFFICIENT * terms as u64;
        let each = self.each(now);
        if !each.terms.is_empty() && enough(each.terms.len()) {
            return Carried::Each(each);
        }
        let groups = self.groups(now);
        if !groups.terms.is_empty() && enough(groups.terms.len()) {
            return Carried::Groups(groups);
        }
        Carried::Nothing
    }

    /// A column for each action and each value but the most frequent one.
    pub fn each(&self, now: &Criteria) -> Design {
        let mut design = Design { terms: Vec::new(), signs: Vec::new() };
        let (n, _) = self.totals();
        for (kind, (name, _)) in self.columns.types.iter().enumerate() {
            if self.leads_with(kind) >= LEAST_LEADS {
                design.terms.push(Term::Action(kind));
                design.signs.push(if points_now(now, name) > 0.0 { Sign::NotNegative } else { Sign::Free });
            }
        }
        for attribute in 0..self.columns.attributes.len() {
            let leads = self.leads_at(attribute);
            let most = leads.iter().enumerate().max_by_key(|(i, n)| (**n, std::cmp::Reverse(*i))).map(|(i, _)| i);
            for (place, leads) in leads.iter().enumerate() {
                if Some(place) != most && *leads >= LEAST_LEADS && *leads < n {
                    design.terms.push(Term::Level(attribute, place));
                    design.signs.push(Sign::Free);
                }
            }
        }
        design
    }

    /// Three groups of actions by today's points, and today's points of each attribute.
    fn groups(&self, now: &Criteria) -> Design {
        let mut design = Design { terms: Vec::new(), signs: Vec::new() };
        let points: Vec<f64> = self.columns.types.iter().map(|(name, _)| points_now(now, name)).collect();
        let most = points.iter().copied().fold(0.0, f64::max);
        for (low, high) in [(0.5, 2.0), (0.2, 0.5), (0.0, 0.2)] {
            let within = |points: &f64| *points > 0.0 && *points >= low * most && *points < high * most;
            let kinds: Vec<(usize, f64)> =
                points.iter().copied().enumerate().filter(|(_, points)| within(points)).collect();
            if kinds.iter().map(|(kind, _)| self.leads_with(*kind)).sum::<u64>() >= LEAST_LEADS {
                design.terms.push(Term::Group(kinds));
                design.signs.push(Sign::NotNegative);
            }
        }
        for (attribute, (name, levels)) in self.columns.attributes.iter().enumerate() {
            let Some(rules) = now.fit.get(name) else { continue };
            let of = |level: &String| rules.iter().find(|rule| rule.text.trim().to_lowercase() == *level);
            let points: Vec<f64> = levels.iter().map(|level| of(level).map_or(0.0, |rule| rule.points)).collect();
            if points.iter().any(|one| *one != points[0]) {
                design.terms.push(Term::FitNow(attribute, points));
                design.signs.push(Sign::NotNegative);
            }
        }
        design
    }

    /// Fits the rows for which `holds`.
    pub fn fit(&self, design: &Design, half_life_days: u32, holds: &dyn Fn(&PatternCount) -> bool) -> Option<Weights> {
        let scaled = Scaled::of(design, self.of(half_life_days).filter(|row| holds(row)))?;
        let fitted = regression::fit(&scaled.patterns, RIDGE, &design.signs)?;
        let mut weights = Weights {
            intercept: fitted.coefficients[0],
            actions: vec![None; self.columns.types.len()],
            levels: vec![None; self.columns.attributes.len()],
            action_errors: vec![None; self.columns.types.len()],
            log_likelihood: fitted.log_likelihood,
        };
        for (i, term) in design.terms.iter().enumerate() {
            let (beta, error) =
                (fitted.coefficients[i + 1] / scaled.sd[i], fitted.variances[i + 1].sqrt() / scaled.sd[i]);
            match term {
                Term::Action(kind) => {
                    weights.actions[*kind] = Some(beta);
                    weights.action_errors[*kind] = Some(error);
                }
                Term::Level(attribute, place) => {
                    let n = self.columns.attributes[*attribute].1.len();
                    weights.levels[*attribute].get_or_insert_with(|| vec![0.0; n])[*place] = beta;
                }
                Term::Group(kinds) => {
                    for (kind, points) in kinds {
                        weights.actions[*kind] = Some(beta * points);
                        weights.action_errors[*kind] = Some(error * points);
                    }
                }
                Term::FitNow(attribute, points) => {
                    weights.levels[*attribute] = Some(points.iter().map(|points| beta * points).collect());
                }
            }
        }
        Some(weights)
    }

    /// The deviance of each fold when a part of the folds with it is left out of the fit. Where there are many leads, some
    /// of the folds.
    pub fn cross_validated(
        &self,
        design: &Design,
        half_life_days: u32,
        holds: &dyn Fn(&PatternCount) -> bool,
    ) -> Option<Vec<f64>> {
        let n = self.totals().0.max(1);
        let folds = (FOLDS * ENOUGH_TO_COMPARE / n).clamp(LEAST_FOLDS, FOLDS) as u32;
        let holds = |row: &PatternCount| row.fold < folds && holds(row);
        let mut deviance = vec![0.0; folds as usize];
        for part in 0..PARTS {
            let weights = self.fit(design, half_life_days, &|row| holds(row) && row.fold % PARTS != part)?;
            for row in self.of(half_life_days).filter(|row| holds(row) && row.fold % PARTS == part) {
                let eta = weights.logit(row);
                let log_one_plus = eta.max(0.0) + (-eta.abs()).exp().ln_1p();
                deviance[row.fold as usize] += 2.0 * (row.n as f64 * log_one_plus - row.sqls as f64 * eta);
            }
        }
        Some(deviance)
    }
}

impl Weights {
    /// The logit of a pattern.
    pub fn logit(&self, row: &PatternCount) -> f64 {
        self.intercept + self.engagement(row) + self.fit(row)
    }

    /// The part of the logit that actions make.
    pub fn engagement(&self, row: &PatternCount) -> f64 {
        let of = |(beta, quarters): (&Option<f64>, &u32)| beta.unwrap_or(0.0) * f64::from(*quarters) / 4.0;
        self.actions.iter().zip(&row.quarters).map(of).sum()
    }

    /// The part of the logit that attributes make.
    pub fn fit(&self, row: &PatternCount) -> f64 {
        let of = |(levels, place): (&Option<Vec<f64>>, &usize)| {
            levels.as_ref().and_then(|levels| levels.get(*place)).copied().unwrap_or(0.0)
        };
        self.levels.iter().zip(&row.levels).map(of).sum()
    }
}

/// Today's points of a type of action.
pub fn points_now(now: &Criteria, name: &str) -> f64 {
    now.points.get(name).copied().unwrap_or(0.0)
}

/// The columns of the rows, scaled.
struct Scaled {
    patterns: Vec<Pattern>,
    sd: Vec<f64>,
}

impl Scaled {
    fn of<'a>(design: &Design, rows: impl Iterator<Item = &'a PatternCount>) -> Option<Scaled> {
        let mut patterns: Vec<Pattern> = rows
            .map(|row| Pattern {
                x: design.terms.iter().map(|term| term.value(row)).collect(),
                n: row.n as f64,
                y: row.sqls as f64,
            })
            .collect();
        let n: f64 = patterns.iter().map(|row| row.n).sum();
        if n <= 0.0 {
            return None;
        }
        let mut sd = Vec::with_capacity(design.terms.len());
        for i in 0..design.terms.len() {
            let mean = patterns.iter().map(|row| row.n * row.x[i]).sum::<f64>() / n;
            let variance = patterns.iter().map(|row| row.n * (row.x[i] - mean).powi(2)).sum::<f64>() / n;
            sd.push(if variance > 1e-12 { variance.sqrt() } else { 1.0 });
        }
        for row in &mut patterns {
            for (x, sd) in row.x.iter_mut().zip(&sd) {
                *x /= sd;
            }
        }
        Some(Scaled { patterns, sd })
    }
}
