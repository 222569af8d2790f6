//! Is MQL→SQL in its range? A verdict only when the data allow one: the first rung that fails wins and is printed with
//! its number; then Clopper–Pearson at effective counts, by which each claim is wrong at most one time in twenty.

use super::Known;
use super::change::{Comparison, Effect, News};
use super::channels::Alternate;
use super::funnel::{Cohort, Cohorts, Rate};
use super::review::{Review, Standing};
use crate::config::plan::Plan;
use crate::facts::Transition;
use crate::report::format;
use crate::stats::proportion;
use crate::vocabulary::{Day, Month};
use schemars::JsonSchema;
use serde::Serialize;

/// The verdict on the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There are no MQLs, or no SQL dates.
    Unavailable,
    /// The MQLs are too young.
    Immature,
    /// There are too few MQLs for any verdict.
    TooFew,
    /// Sales has not followed up too many of the MQLs: the rate speaks of follow-up, not of the criteria.
    NotWorked,
    /// The bar moved within these months and the two parts differ: they are two rates.
    DefinitionChanged,
    /// The verdict would be another one than before, and only because of the mix of channels.
    Mix,
    /// Below the range: criteria too loose?
    Below,
    /// Inside the range.
    Inside,
    /// Above the range: criteria too strict? Needs evidence from leads below the bar.
    Above,
    /// The interval crosses a border of the range.
    NotSettled,
}

impl Verdict {
    /// Whether it says where the rate lies, rather than why that cannot be said.
    pub fn is_about_the_rate(self) -> bool {
        matches!(self, Verdict::Below | Verdict::Inside | Verdict::Above | Verdict::NotSettled)
    }

    /// Its name in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Unavailable => "unavailable",
            Verdict::Immature => "immature",
            Verdict::TooFew => "too_few",
            Verdict::NotWorked => "not_worked",
            Verdict::DefinitionChanged => "definition_changed",
            Verdict::Mix => "mix",
            Verdict::Below => "below",
            Verdict::Inside => "inside",
            Verdict::Above => "above",
            Verdict::NotSettled => "not_settled",
        }
    }
}

/// A rung of the ladder.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Rung {
    /// Its name.
    pub rung: String,
    /// Whether it holds.
    pub passed: bool,
    /// Its number, in words.
    pub says: String,
}

/// The verdict with its ladder.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Benchmark {
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// The verdict.
    pub verdict: Verdict,
    /// The rungs that were climbed, in order; the last one decided.
    pub rungs: Vec<Rung>,
    /// What an unsettled interval rules out, in words; empty when nothing.
    pub excluded: String,
    /// MQLs that an observed share like this one would need to settle, if it can be said.
    pub n_needed: Option<u64>,
    /// Lower limit of the interval that decided (Clopper–Pearson at effective counts).
    pub decided_low: Option<f64>,
    /// Upper limit of the interval that decided.
    pub decided_high: Option<f64>,
    /// Where the rate lies, whatever rung decided: `below`, `inside`, `above` or `not_settled`; `null` = not enough to say.
    pub position: Option<Verdict>,
    /// Share of the MQLs past the SLA that sales has left alone; `null` = touches are not recorded.
    pub untouched_share: Option<f64>,
    /// The verdict that stands after the monthly reviews: a changed one is announced when it repeats.
    pub standing: Option<Standing>,
    /// What each month's review said, with what could be seen then; oldest first.
    pub reviews: Vec<Review>,
    /// Changes of the criteria within the report months, oldest first, and the rate before and after each.
    pub criteria_changes: Vec<CriteriaChange>,
    /// The verdict under each other range that the project file names.
    pub alternates: Vec<Alternate>,
}

/// The rate before and after a change of the criteria.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CriteriaChange {
    /// First day of the new criteria.
    pub effective_from: Day,
    /// The bar before.
    pub threshold_before: f64,
    /// The bar after.
    pub threshold_after: f64,
    /// MQLs of the report months before the change, back to the change before that.
    pub n_before: u64,
    /// MQLs since, up to the next change.
    pub n_after: u64,
    /// Their rate before; `null` = too few or too young.
    pub rate_before: Option<f64>,
    /// Their rate after.
    pub rate_after: Option<f64>,
    /// After less before; `null` where one of them cannot be told.
    pub difference: Option<Effect>,
    /// Where the rate after lies; `null` where that cannot be told.
    pub position_after: Option<Verdict>,
}

/// Where a rate lies in the range, and what decides that.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// `unavailable`, `immature`, `too_few`, or where it lies.
    pub verdict: Verdict,
    /// The rate.
    pub estimate: Option<f64>,
    /// Lower limit of what decides: Clopper–Pearson at effective counts.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// MQLs.
    pub n: u64,
}

/// How many MQLs sales should have touched by now, and how many it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// MQLs of the report months that are older than the SLA.
    pub n_past_sla: u64,
    /// Of these, MQLs that nobody has touched.
    pub n_untouched: u64,
}

impl FollowUp {
    /// The share that nobody has touched; `None` of nothing.
    fn share(self) -> Option<f64> {
        (self.n_past_sla > 0).then(|| self.n_untouched as f64 / self.n_past_sla as f64)
    }
}

/// What else a verdict depends on.
pub struct Circumstances<'a> {
    /// What sales does with the MQLs; `None` = touches are not recorded.
    pub follow_up: Option<FollowUp>,
    /// The two halves of the report months.
    pub halves: Option<&'a Comparison>,
    /// The monthly reviews, oldest first.
    pub reviews: Vec<Review>,
    /// The verdict that stands.
    pub standing: Option<Standing>,
}

/// Judges the report months' MQL→SQL, months before outcomes were recorded left out.
pub fn judge(cohorts: &Cohorts, plan: &Plan, known: &Known, circumstances: Circumstances) -> Benchmark {
    let range = (plan.benchmark.low, plan.benchmark.high);
    let rate = cohorts.rate(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let covered = cohorts.covered_cohort(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let median = cohorts.median_lag(Transition::MqlToSql, &covered);
    let mut ladder = Benchmark {
        low: range.0,
        high: range.1,
        verdict: Verdict::Unavailable,
        rungs: Vec::new(),
        excluded: String::new(),
        n_needed: None,
        decided_low: None,
        decided_high: None,
        position: None,
        untouched_share: circumstances.follow_up.and_then(FollowUp::share),
        standing: circumstances.standing,
        reviews: circumstances.reviews,
        criteria_changes: criteria_changes(cohorts, plan),
        alternates: Vec::new(),
    };
    let missing = match (known.sqls.why(), covered.n) {
        (Some(why), _) => Some(why.to_string()),
        (None, 0) => Some("there are no MQLs in these months".to_string()),
        _ => None,
    };
    let says = missing.clone().unwrap_or_else(|| format!("{} MQLs with SQL dates", format::count(covered.n as f64)));
    if !ladder.climb(Verdict::Unavailable, missing.is_none(), says) {
        return ladder;
    }
    let (old_enough, says) = maturity(&rate, &covered, (median, cohorts.followed(Transition::MqlToSql)), plan);
    if !ladder.climb(Verdict::Immature, old_enough, says) {
        return ladder;
    }
    let (enough, says) = number(&rate, plan);
    if !ladder.climb(Verdict::TooFew, enough, says) {
        return ladder;
    }
    // Where the rate lies is said even where another rung decides, so that a reader can see both.
    let position = locate(&rate, range, plan.verdict.level);
    ladder.position = Some(position.verdict);
    (ladder.decided_low, ladder.decided_high) = (position.low, position.high);
    if let Some((worked, says)) = circumstances.follow_up.and_then(|counts| follow_up(counts, plan))
        && !ladder.climb(Verdict::NotWorked, worked, says)
    {
        return ladder;
    }
    if let Some((one_rate, says)) = definitions(&ladder.criteria_changes)
        && !ladder.climb(Verdict::DefinitionChanged, one_rate, says)
    {
        return ladder;
    }
    if let Some((not_mix, says)) = mix(&ladder, circumstances.halves)
        && !ladder.climb(Verdict::Mix, not_mix, says)
    {
        return ladder;
    }
    ladder.conclude(&rate, &position, plan.verdict.level);
    ladder
}

/// Where the rate of these months lies, without regard to follow-up, definitions and mix.
pub fn place(cohorts: &Cohorts, plan: &Plan) -> Position {
    let rate = cohorts.rate(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let covered = cohorts.covered_cohort(Transition::MqlToSql, cohorts.from, cohorts.to, None);
    let median = cohorts.median_lag(Transition::MqlToSql, &covered);
    let nowhere = |verdict| Position { verdict, estimate: rate.estimate, low: None, high: None, n: covered.n };
    match () {
        _ if covered.n == 0 || cohorts.unknown(Transition::MqlToSql).is_some() => nowhere(Verdict::Unavailable),
        _ if !maturity(&rate, &covered, (median, cohorts.followed(Transition::MqlToSql)), plan).0 => {
            nowhere(Verdict::Immature)
        }
        _ if !number(&rate, plan).0 => nowhere(Verdict::TooFew),
        _ => locate(&rate, (plan.benchmark.low, plan.benchmark.high), plan.verdict.level),
    }
}

/// Whether the MQLs are old enough for a verdict, and why.
fn maturity(rate: &Rate, covered: &Cohort, (median_lag, followed): (Option<u32>, u32), plan: &Plan) -> (bool, String) {
    let n = format::count(covered.n as f64);
    let oldest = covered.ages.iter().map(|(age, _)| *age).max().unwrap_or(0);
    let worth = rate.maturity.unwrap_or(0.0) * covered.n as f64;
    if let (None, true) = (median_lag, rate.estimate.is_some()) {
        let says = format!("{} of the {n} MQLs have had their whole window", format::count(rate.n_estimated as f64));
        return (rate.n_estimated as f64 >= plan.verdict.least_maturity, says);
    }
    let Some(median) = median_lag else {
        let says = format!("none of the {n} MQLs has become an SQL yet, so nothing is known about how long it takes");
        return (false, says);
    };
    let says = format!(
        "the {n} MQLs are worth {} mature ones (at least {} are needed); the oldest is {} days old, half of the SQLs come within {} days",
        format::grouped(worth, 0),
        format::grouped(plan.verdict.least_maturity, 0),
        format::count(f64::from(oldest)),
        format::count(f64::from(median)),
    );
    if rate.estimate.is_none() && followed < plan.windows.mql_to_sql_days {
        let says = format!(
            "the first MQL of the data is {} days old: nothing is known yet of SQLs that come later than that, up to day {}",
            format::count(f64::from(followed)),
            plan.windows.mql_to_sql_days
        );
        return (false, says);
    }
    (worth >= plan.verdict.least_maturity && oldest >= median.min(i32::MAX as u32), says)
}

/// Whether the MQLs are enough for any verdict, and why.
fn number(rate: &Rate, plan: &Plan) -> (bool, String) {
    let (range, level) = ((plan.benchmark.low, plan.benchmark.high), plan.verdict.level);
    let n_effective = rate.n_effective.unwrap_or(0.0);
    let least = [
        proportion::least_n_below(range.0, level),
        proportion::least_n_inside(range.0, range.1, level),
        proportion::least_n_above(range.1, level),
    ];
    let words = least.map(|n| n.map_or("no number".to_string(), |n| format::count(n as f64)));
    let fewest = least.into_iter().flatten().min().unwrap_or(u64::MAX);
    let says = format!(
        "they count as {} independent ones; to say below takes at least {}, inside {}, above {}",
        format::grouped(n_effective, 0),
        words[0],
        words[1],
        words[2]
    );
    (n_effective >= fewest as f64, says)
}

/// Whether sales has followed up enough of the MQLs for the rate to speak of the criteria; `None` without such MQLs.
fn follow_up(counts: FollowUp, plan: &Plan) -> Option<(bool, String)> {
    let share = counts.share()?;
    let says = format!(
        "{} of the {} MQLs older than {} days were never touched ({}; more than {} would make the rate one of follow-up)",
        format::count(counts.n_untouched as f64),
        format::count(counts.n_past_sla as f64),
        plan.funnel.sla_days,
        format::share(share),
        format::round_share(plan.verdict.most_untouched)
    );
    Some((share <= plan.verdict.most_untouched, says))
}

/// Whether the months are of one definition, as far as their rates show; `None` where the bar did not move.
fn definitions(changes: &[CriteriaChange]) -> Option<(bool, String)> {
    let says = |change: &CriteriaChange, more: &str| {
        let part = |rate: Option<f64>, n: u64| match rate {
            Some(rate) => format!("{} of {}", format::share(rate), format::counted(n, "MQL")),
            None => format!("{}, too few or too young to tell", format::counted(n, "MQL")),
        };
        format!(
            "the criteria changed on {} (bar {} → {}): {} before, {} since{more}",
            format::day(change.effective_from),
            format::grouped(change.threshold_before, 0),
            format::grouped(change.threshold_after, 0),
            part(change.rate_before, change.n_before),
            part(change.rate_after, change.n_after),
        )
    };
    let differs = |change: &&CriteriaChange| change.difference.is_some_and(|effect| effect.news == News::Change);
    if let Some(change) = changes.iter().rev().find(differs) {
        let effect = change.difference?;
        let limits = format!("{} to {}", format::points(effect.low), format::points(effect.high));
        let more =
            format!("; that is {} ({limits}), more than chance, so these are two rates", format::points(effect.value));
        return Some((false, says(change, &more)));
    }
    let last = changes.last()?;
    let more = if last.difference.is_some() { "; the two do not measurably differ" } else { "" };
    Some((true, says(last, more)))
}

/// Whether a changed verdict comes from more than the mix of channels; `None` where the verdict has not changed.
fn mix(ladder: &Benchmark, halves: Option<&Comparison>) -> Option<(bool, String)> {
    let standing = ladder.standing.as_ref()?;
    let pending = standing.pending.filter(|pending| Some(*pending) == ladder.position)?;
    let halves = halves?;
    let part = |effect: &Effect| {
        format!("{} ({} to {})", format::points(effect.value), format::points(effect.low), format::points(effect.high))
    };
    let says = format!(
        "the verdict would change from {} to {}; between {}–{} and {}–{} the mix of channels moved the rate by {}, the channels' own rates by {}",
        words(standing.verdict),
        words(pending),
        format::month_compact(halves.before.from),
        format::month_compact(halves.before.to),
        format::month_compact(halves.after.from),
        format::month_compact(halves.after.to),
        part(&halves.mix_effect),
        part(&halves.rate_effect),
    );
    Some((!halves.is_mix(), says))
}

/// A verdict in words.
pub fn words(verdict: Verdict) -> String {
    verdict.name().replace('_', " ")
}

/// Where a rate lies: Clopper–Pearson at effective counts, by which each claim is wrong at most one time in twenty.
pub fn locate(rate: &Rate, range: (f64, f64), level: f64) -> Position {
    let share = rate.estimate.unwrap_or(0.0);
    let n_effective = rate.n_effective.unwrap_or(0.0);
    let interval = proportion::clopper_pearson(share * n_effective, n_effective, level);
    let (low, high) = interval.map_or((0.0, 1.0), |interval| (interval.low, interval.high));
    let verdict = match () {
        _ if high < range.0 => Verdict::Below,
        _ if low > range.1 => Verdict::Above,
        _ if low >= range.0 && high <= range.1 => Verdict::Inside,
        _ => Verdict::NotSettled,
    };
    Position { verdict, estimate: rate.estimate, low: Some(low), high: Some(high), n: rate.n_estimated }
}

/// What an unsettled interval rules out, in words; empty when nothing.
pub fn excluded(low: f64, high: f64, range: (f64, f64)) -> String {
    match (high <= range.1, low >= range.0) {
        (true, _) => format!("not above {}", format::share(range.1)),
        (_, true) => format!("not below {}", format::share(range.0)),
        _ => String::new(),
    }
}

/// The rate before and after each change of the criteria within the report months. A part ends where the next begins.
fn criteria_changes(cohorts: &Cohorts, plan: &Plan) -> Vec<CriteriaChange> {
    let transition = Transition::MqlToSql;
    let (first, last) = (cohorts.from.first_day(), cohorts.to.last_day().min(cohorts.as_of));
    let starts: Vec<(Day, f64)> = plan
        .criteria
        .iter()
        .map(|version| (version.effective_from.unwrap_or(first).max(first), version.threshold))
        .filter(|(from, _)| *from <= last)
        .collect();
    let mut parts: Vec<((Day, Day), f64)> = Vec::new();
    for (at, (from, threshold)) in starts.iter().enumerate() {
        let until = starts.get(at + 1).map_or(last, |(next, _)| next.plus(-1));
        if *from <= until {
            parts.push(((*from, until), *threshold));
        }
    }
    let whole_months = |(from, until): (Day, Day)| -> Vec<Month> {
        let months = (from.month().0..=until.month().0).map(Month);
        months.filter(|month| month.first_day() >= from && month.last_day() <= until).collect()
    };
    let mut changes: Vec<CriteriaChange> = Vec::new();
    let n_changes = parts.len().saturating_sub(1);
    for pair in parts.windows(2) {
        let [(before_days, threshold_before), (after_days, threshold_after)] = pair else { continue };
        let before = cohorts.part_rate(transition, *before_days, None);
        let after = cohorts.part_rate(transition, *after_days, None);
        // The month of the change belongs to neither part.
        let phi = cohorts.phi_within(transition, &[whole_months(*before_days), whole_months(*after_days)]);
        // With several changes each is tested more strictly, so that any false one stays at 5 % (Bonferroni).
        let level = 1.0 - 0.05 / n_changes as f64;
        let difference = before.estimate.zip(after.estimate).zip(before.n_effective.zip(after.n_effective)).map(
            |((share, other), (n, m))| {
                let pooled = (share * n + other * m) / (n + m);
                let chance = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
                let effect = Effect::new(other - share, chance, &phi);
                let is_change = effect.value.abs() > phi.quantile(level) * effect.standard_error;
                Effect { news: if is_change { News::Change } else { News::Noise }, ..effect }
            },
        );
        let position_after = after.n_effective.filter(|n| *n > 0.0).map(|n| {
            let swung = Rate { n_effective: Some(n / phi.phi), ..after.clone() };
            locate(&swung, (plan.benchmark.low, plan.benchmark.high), plan.verdict.level).verdict
        });
        changes.push(CriteriaChange {
            effective_from: after_days.0,
            threshold_before: *threshold_before,
            threshold_after: *threshold_after,
            n_before: before.n,
            n_after: after.n,
            rate_before: before.estimate,
            rate_after: after.estimate,
            difference,
            position_after,
        });
    }
    changes
}

impl Benchmark {
    /// Records a rung; whether it holds. A rung that does not decides the verdict.
    fn climb(&mut self, rung: Verdict, passed: bool, says: String) -> bool {
        self.rungs.push(Rung { rung: rung.name().to_string(), passed, says });
        if !passed {
            self.verdict = rung;
        }
        passed
    }

    /// The last rung: where the rate lies.
    fn conclude(&mut self, rate: &Rate, position: &Position, level: f64) {
        let range = (self.low, self.high);
        let share = rate.estimate.unwrap_or(0.0);
        let (low, high) = (position.low.unwrap_or(0.0), position.high.unwrap_or(1.0));
        let shown = format!("{} ({})", format::share(share), format::share_range(low, high));
        let band = format::share_range(range.0, range.1);
        let says = match position.verdict {
            Verdict::Below => format!("{shown} lies below {band}"),
            Verdict::Above => format!("{shown} lies above {band}"),
            Verdict::Inside => format!("{shown} lies inside {band}"),
            _ => {
                self.excluded = excluded(low, high, range);
                self.n_needed = proportion::n_needed(share, range.0, range.1, level);
                let rest = if self.excluded.is_empty() { "rules nothing out" } else { &self.excluded };
                format!("{shown} crosses a border of {band}; {rest}")
            }
        };
        self.verdict = position.verdict;
        self.climb(position.verdict, true, says);
    }
}
