//! Which criteria does somebody mean who says what is to be different from today's?

use super::{suggested, view};
use crate::config;
use crate::config::plan::{Criteria, FitRule};
use crate::replay;
use crate::vocabulary::Day;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A setting that may be taken away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting<T> {
    /// This value.
    Of(T),
    /// None.
    Off,
}

/// What is to be different.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Whole criteria in place of today's; the rest is changed on top of them.
    pub criteria: Option<Criteria>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// Points by action type.
    pub points: Vec<(String, f64)>,
    /// How many actions of a type count at most.
    pub caps: Vec<(String, Setting<u32>)>,
    /// Points by attribute and value, range or pattern.
    pub fit: Vec<(String, String, f64)>,
    /// Half-life of points in days.
    pub half_life_days: Option<Setting<f64>>,
    /// Days that an action counts.
    pub lookback_days: Option<Setting<u32>>,
}

/// What occurs in the data.
pub struct Occurring<'a> {
    /// Types of actions.
    pub types: &'a [String],
    /// Attributes and their values, those that are asked for.
    pub values: BTreeMap<String, BTreeSet<&'a str>>,
    /// Every attribute.
    pub attributes: Vec<&'a str>,
}

impl Asked {
    /// The criteria that are meant, in force as long as today's.
    ///
    /// # Errors
    /// Everything that does not make sense, a sentence each.
    pub fn apply(&self, today: &Criteria, occurring: &Occurring) -> Result<Criteria, Vec<String>> {
        let mut problems = Vec::new();
        let mut new = self.criteria.clone().unwrap_or_else(|| today.clone());
        new.effective_from = today.effective_from;
        if let Some(threshold) = self.threshold {
            if threshold.is_finite() && threshold > 0.0 {
                new.threshold = threshold;
            } else {
                problems
                    .push(format!("a threshold of {threshold} is none: every lead would reach it; say one above 0"));
            }
        }
        let given = self.criteria.iter().flat_map(|criteria| criteria.points.keys());
        let asked = self.points.iter().map(|(name, _)| name).chain(self.caps.iter().map(|(name, _)| name));
        for name in given.chain(asked).collect::<BTreeSet<_>>() {
            if !occurring.types.contains(name) && !today.points.contains_key(name) {
                let known = occurring.types.iter().chain(today.points.keys()).map(String::as_str);
                problems.push(format!("no activity is of the type `{name}`{}", hint(name, known)));
            }
        }
        new.points.extend(self.points.iter().cloned());
        for (name, cap) in &self.caps {
            match cap {
                Setting::Of(cap) => new.caps.insert(name.clone(), *cap),
                Setting::Off => new.caps.remove(name),
            };
        }
        match self.half_life_days {
            Some(Setting::Of(days)) => new.half_life_days = Some(days),
            Some(Setting::Off) => new.half_life_days = None,
            None => {}
        }
        match self.lookback_days {
            Some(Setting::Of(days)) => new.lookback_days = Some(days),
            Some(Setting::Off) => new.lookback_days = None,
            None => {}
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut shown = view(&new);
        for (attribute, value, points) in &self.fit {
            if !occurring.values.contains_key(attribute) {
                let known = occurring.attributes.iter().copied();
                problems.push(format!("the leads have no attribute `{attribute}`{}", hint(attribute, known)));
                continue;
            }
            let rules = shown.fit.entry(attribute.clone()).or_default();
            let same = rules.keys().find(|text| text.trim().eq_ignore_ascii_case(value.trim())).cloned();
            rules.insert(same.unwrap_or_else(|| value.clone()), *points);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        // Written and read as in a project file, so that what is refused there is refused here.
        let text = suggested::version(&shown, Day(0));
        let read =
            config::parse(&text, "the simulated criteria", Path::new(".")).map_err(|wrong| vec![wrong.to_string()])?;
        let Some(read) = read.criteria.into_iter().next() else { return Err(vec!["they cannot be read".into()]) };
        let new = Criteria { effective_from: today.effective_from, ..read };
        for (attribute, value, _) in &self.fit {
            let rules = new.fit.get(attribute).map(Vec::as_slice).unwrap_or_default();
            let Some(rule) = rules.iter().find(|rule| rule.text.trim().eq_ignore_ascii_case(value.trim())) else {
                continue;
            };
            let one = [FitRule { points: 1.0, ..rule.clone() }];
            let values = occurring.values.get(attribute);
            let fits = values.is_some_and(|values| values.iter().any(|value| replay::fit_points(&one, value) > 0.0));
            let was_there =
                today.fit.get(attribute).is_some_and(|rules| rules.iter().any(|old| old.matches == rule.matches));
            if !fits && !was_there {
                let known = values.into_iter().flatten().copied();
                problems.push(format!("no lead's `{attribute}` is `{value}`{}", hint(value, known)));
            }
        }
        if problems.is_empty() { Ok(new) } else { Err(problems) }
    }
}

/// The nearest name that is known, or a few of them.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: BTreeSet<&str> = known.filter(|known| !known.trim().is_empty()).collect();
    let near = known.iter().map(|known| (strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase()), known));
    match near.filter(|(nearness, _)| *nearness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, near)) => format!(": did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let some: Vec<String> = known.iter().take(8).map(|known| format!("`{known}`")).collect();
            let more = if known.len() > some.len() { ", …" } else { "" };
            format!("; there are {}{more}", some.join(", "))
        }
    }
}
