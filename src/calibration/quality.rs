//! Does a higher score really mean a better lead?
//!
//! The score when sales got the lead, replayed from what was known then, never today's: what sales logs after the SQL would
//! make every converted lead look hot. AUC with ties and DeLong's interval over the MQLs; average precision beside the base
//! rate. For probabilities the outcomes are fitted on the score (logistic) in the first two thirds of the leads by month and
//! judged in the last third: Brier score and its reliability part (Murphy 1973), slope and intercept of the outcomes on the
//! logit (Cox 1958), and what came of each band with its Wilson interval.
//!
//! Leads become MQL the moment they reach the bar, so their scores hardly differ (restriction of range): an AUC near one half
//! among MQLs does not condemn the score, and says nothing about leads below the bar.

pub use crate::facts::Moment;
use crate::facts::{Agreement, AgreementCount, Worked, WorkedCount};
use crate::metrics::Estimate;
use crate::report::format;
use crate::stats::discrimination::{self, Scored};
use crate::stats::regression::{self, Pattern, Sign};
use crate::stats::reliability::{self, Predicted};
use crate::stats::special;
use crate::stats::{proportion, rank_correlation};
use crate::vocabulary::Month;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Bands of the score from 0 to the bar.
pub const FINE: f64 = 100.0;
/// Steps of the score from 0 to the bar where two scores are compared.
pub const COARSE: f64 = 20.0;
/// Bars up to which bands and steps go.
pub const FURTHEST: f64 = 10.0;

/// Mature MQLs, and SQLs and others among them, without which nothing is said.
const LEAST_MQLS: u64 = 30;
const LEAST_OF_EACH: u64 = 8;
/// Explored leads from which on worked leads are ordered with them.
const LEAST_EXPLORED: u64 = 20;
/// Leads in the last third without which the probabilities are not judged.
const LEAST_JUDGED: u64 = 50;
/// Bands of the reliability table, at most, and leads in each, at least.
const MOST_BANDS: u64 = 8;
const LEAST_OF_A_BAND: u64 = 20;
/// So many worked below the bar are a band of their own: whom the bar would have kept out is another question.
const LEAST_BELOW: f64 = 10.0;
/// A score up to this share above the bar is just above it.
const JUST_ABOVE: f64 = 1.2;
/// Leads with two scores without which they are not compared.
const LEAST_COMPARED: u64 = 20;
/// Share of scores that must agree for the project file to describe the CRM's score.
const AGREES: f64 = 0.9;

/// How good the score is, by what became of the leads.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Quality {
    /// Whether the score orders the MQLs.
    pub verdict: Order,
    /// Mature MQLs under the criteria in force whose score could be replayed.
    pub n: u64,
    /// Of these, SQLs within the window.
    pub sqls: u64,
    /// Of two MQLs, one that became an SQL and one that did not: how often the score puts the right one first. 0.5 is a
    /// coin.
    pub auc: Estimate,
    /// The same with the leads that were worked below the bar on purpose; `null` = fewer than 20 of them.
    pub auc_with_explored: Option<Estimate>,
    /// Leads worked below the bar on purpose.
    pub n_explored: u64,
    /// Mean share of SQLs among the MQLs from the top score down to each SQL; compare with `base_rate`.
    pub average_precision: Option<f64>,
    /// Share of SQLs among the MQLs.
    pub base_rate: Option<f64>,
    /// Score that one in ten of the MQLs lies below when sales got it, the middle one, and that one in ten lies above.
    pub spread: Option<[f64; 3]>,
    /// Share of the MQLs whose score lay less than a fifth above the bar when sales got it.
    pub share_just_above: Option<f64>,
    /// How far the probabilities by score hold later on; `null` = too few leads.
    pub probabilities: Option<Probabilities>,
    /// The score in the export against the replayed one, a row a moment.
    pub recorded: Vec<RecordedScore>,
    /// In sentences, the most important first.
    pub says: Vec<String>,
    /// What to keep in mind with it.
    pub caveats: Vec<String>,
}

/// Whether a score orders leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Higher scores become SQLs more often.
    Right,
    /// No order can be measured.
    None,
    /// Higher scores become SQLs less often.
    Reversed,
    /// Too few MQLs, or no score could be replayed.
    #[default]
    NotEnoughData,
}

/// Probabilities of an SQL by score: fitted on earlier leads, judged on later ones.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Probabilities {
    /// Last month whose leads were fitted.
    pub fitted_to: Month,
    /// Leads fitted.
    pub n_fitted: u64,
    /// First month whose leads judge.
    pub judged_from: Month,
    /// Last month whose leads judge.
    pub judged_to: Month,
    /// Leads that judge.
    pub n: u64,
    /// Their SQLs.
    pub sqls: u64,
    /// SQLs that the earlier leads let one expect of them.
    pub sqls_expected: f64,
    /// Mean squared distance between probability and outcome.
    pub brier: Option<f64>,
    /// The same if each lead got the share of SQLs among the earlier leads.
    pub brier_without_score: Option<f64>,
    /// The part of it that comes from probabilities that are off, over the bands below.
    pub reliability: Option<f64>,
    /// What that part would be by chance alone if the probabilities were right.
    pub reliability_by_chance: Option<f64>,
    /// Slope of the outcomes on the logit of the probability: 1 if the spread is right, below 1 if it is too wide.
    pub slope: Estimate,
    /// The logit at probability one half: 0 if right.
    pub intercept: Option<f64>,
    /// What was expected of each band of scores and what came, lowest first.
    pub bands: Vec<ReliabilityBand>,
}

/// A band of scores.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReliabilityBand {
    /// Lowest score.
    pub from: f64,
    /// Scores below this one; `null` = open-ended.
    pub to: Option<f64>,
    /// Leads.
    pub n: u64,
    /// Their SQLs.
    pub sqls: u64,
    /// Share of SQLs that was expected.
    pub expected: f64,
    /// Share that came, with its Wilson interval.
    pub observed: Estimate,
}

/// The score that the export gives against the replayed one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RecordedScore {
    /// The moment of both.
    pub moment: Moment,
    /// Leads that have both.
    pub n: u64,
    /// Of these, at most half a point apart.
    pub n_same: u64,
    /// Share of them.
    pub share_same: f64,
    /// The export's score less the replayed one, in the middle case, in points; in steps of a twentieth of the bar.
    pub median_difference: f64,
    /// Rank correlation (Spearman); `null` = one of them is the same for all.
    pub rank_correlation: Option<f64>,
    /// Leads at or above the bar by the export's score only.
    pub n_recorded_only: u64,
    /// Leads at or above the bar by the replayed score only.
    pub n_replayed_only: u64,
}

/// Judges the score. `bar` is the one in force, `recorded_bar` that by which bands of recorded scores are measured.
pub fn judge(
    worked: &[WorkedCount],
    agreement: &[AgreementCount],
    (bar, recorded_bar): (f64, f64),
    missing: Option<&str>,
    level: f64,
) -> Quality {
    let worked = if missing.is_some() { &[] } else { worked };
    let width = bar / FINE;
    let mqls = by_score(worked, width, |row| row.kind == Worked::Mql);
    let all = by_score(worked, width, |_| true);
    let (n, sqls) = total(worked, |row| row.kind == Worked::Mql);
    let (n_explored, _) = total(worked, |row| row.kind == Worked::Explored);
    let enough = n >= LEAST_MQLS && sqls >= LEAST_OF_EACH && n - sqls >= LEAST_OF_EACH;
    let area = |rows: &[Scored]| {
        discrimination::auc(rows).map(|auc| {
            let limits = auc.interval(level);
            Estimate { value: Some(auc.value), low: Some(limits.low), high: Some(limits.high) }
        })
    };
    let auc = area(&mqls).filter(|_| enough).unwrap_or(Estimate::NONE);
    let verdict = match (auc.low, auc.high) {
        (Some(low), _) if low > 0.5 => Order::Right,
        (_, Some(high)) if high < 0.5 => Order::Reversed,
        (Some(_), Some(_)) => Order::None,
        _ => Order::NotEnoughData,
    };
    let quantile = |share: f64| {
        let mut left = share * n as f64;
        let reached = mqls.iter().find(|row| {
            left -= row.positive + row.negative;
            left <= 0.0
        });
        reached.map(|row| row.score)
    };
    let spread = if n > 0 { quantile(0.1).zip(quantile(0.5)).zip(quantile(0.9)) } else { None };
    let near = |row: &&Scored| row.score < bar * JUST_ABOVE - 1e-9;
    let n_near = mqls.iter().filter(near).fold(0.0, |n, row| n + row.positive + row.negative);
    let mut quality = Quality {
        verdict,
        n,
        sqls,
        auc,
        auc_with_explored: if n_explored >= LEAST_EXPLORED && enough { area(&all) } else { None },
        n_explored,
        average_precision: if enough { discrimination::average_precision(&mqls) } else { None },
        base_rate: (n > 0).then(|| sqls as f64 / n as f64),
        spread: spread.map(|((low, middle), high)| [low, middle, high]),
        share_just_above: (n > 0).then(|| n_near / n as f64),
        probabilities: probabilities(worked, (bar, width), level),
        recorded: [Moment::Mql, Moment::Today]
            .into_iter()
            .filter_map(|moment| compared(agreement, moment, recorded_bar))
            .collect(),
        says: Vec::new(),
        caveats: Vec::new(),
    };
    quality.says = says(&quality, missing, level);
    quality.caveats = caveats(&quality, bar);
    quality
}

fn total(worked: &[WorkedCount], wanted: impl Fn(&WorkedCount) -> bool) -> (u64, u64) {
    worked.iter().filter(|row| wanted(row)).fold((0, 0), |sum, row| (sum.0 + row.n, sum.1 + row.sqls))
}

/// Leads by score, lowest first.
fn by_score(worked: &[WorkedCount], width: f64, wanted: impl Fn(&WorkedCount) -> bool) -> Vec<Scored> {
    let mut bands: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for row in worked.iter().filter(|row| wanted(row)) {
        let entry = bands.entry(row.band).or_default();
        entry.0 += row.n;
        entry.1 += row.sqls;
    }
    let scored = |(band, (n, sqls)): (i64, (u64, u64))| Scored {
        score: band as f64 * width,
        positive: sqls as f64,
        negative: (n - sqls) as f64,
    };
    bands.into_iter().map(scored).collect()
}

/// Fits the outcomes on the score in the first two thirds of the leads, by month, and judges that in the last third.
fn probabilities(worked: &[WorkedCount], (bar, width): (f64, f64), level: f64) -> Option<Probabilities> {
    let mut months: BTreeMap<Month, u64> = BTreeMap::new();
    for row in worked {
        *months.entry(row.month).or_default() += row.n;
    }
    let n: u64 = months.values().sum();
    let mut before = 0;
    let judged_from = *months
        .iter()
        .find(|(_, of_month)| {
            let is_late = 3 * before >= 2 * n;
            before += **of_month;
            is_late
        })?
        .0;
    let (fitted_to, judged_to) = (*months.range(..judged_from).next_back()?.0, *months.keys().next_back()?);
    let early = by_score(worked, width, |row| row.month < judged_from);
    let late = by_score(worked, width, |row| row.month >= judged_from);
    let (n_fitted, sqls_fitted) = total(worked, |row| row.month < judged_from);
    let (n, sqls) = total(worked, |row| row.month >= judged_from);
    let settled = |n: u64, sqls: u64| sqls >= LEAST_OF_EACH && n - sqls >= LEAST_OF_EACH;
    if n < LEAST_JUDGED || !settled(n_fitted, sqls_fitted) || !settled(n, sqls) {
        return None;
    }
    // In units of a fifth of the bar: the fit does not depend on the unit, its arithmetic does.
    let x = |row: &Scored| vec![row.score / (width * FINE / 5.0)];
    let pattern = |row: &Scored| Pattern { x: x(row), n: row.positive + row.negative, y: row.positive };
    let fit = regression::fit(&early.iter().map(pattern).collect::<Vec<_>>(), 0.0, &[Sign::Free])?;
    let predicted: Vec<Predicted> = late
        .iter()
        .map(|row| Predicted { p: fit.probability(&x(row)), n: row.positive + row.negative, y: row.positive })
        .collect();
    let share = sqls_fitted as f64 / n_fitted as f64;
    let flat = [Predicted { p: share, n: n as f64, y: sqls as f64 }];
    let scores: Vec<f64> = late.iter().map(|row| row.score).collect();
    let bands = bands(&predicted, &scores, bar, level);
    let over_bands = |term: &dyn Fn(&ReliabilityBand) -> f64| bands.iter().map(term).sum::<f64>() / n as f64;
    let several = (bands.len() > 1).then_some(());
    let line = reliability::line(&predicted);
    let z = special::normal_quantile(0.5 + level / 2.0);
    Some(Probabilities {
        fitted_to,
        n_fitted,
        judged_from,
        judged_to,
        n,
        sqls,
        sqls_expected: predicted.iter().map(|row| row.n * row.p).sum(),
        brier: reliability::brier(&predicted),
        brier_without_score: reliability::brier(&flat),
        reliability: several
            .map(|()| over_bands(&|band| band.n as f64 * (band.expected - band.sqls as f64 / band.n as f64).powi(2))),
        reliability_by_chance: several.map(|()| over_bands(&|band| band.expected * (1.0 - band.expected))),
        slope: line.map_or(Estimate::NONE, |line| Estimate {
            value: Some(line.slope),
            low: Some(line.slope - z * line.slope_standard_error),
            high: Some(line.slope + z * line.slope_standard_error),
        }),
        intercept: line.map(|line| line.intercept),
        bands,
    })
}

/// Neighbouring scores together until each band has enough leads; none reaches across the bar, unless hardly anybody
/// was worked below it.
fn bands(predicted: &[Predicted], scores: &[f64], bar: f64, level: f64) -> Vec<ReliabilityBand> {
    let n: f64 = predicted.iter().map(|row| row.n).sum();
    let size = (n / MOST_BANDS as f64).max(LEAST_OF_A_BAND as f64);
    let mut groups: Vec<Group> = Vec::new();
    let is_below = |score: f64| score < bar - 1e-9;
    let mut before = f64::INFINITY;
    for (row, score) in predicted.iter().zip(scores) {
        let crosses = is_below(before) && !is_below(*score);
        before = *score;
        let is_few = groups.last().is_some_and(|(_, n, ..)| *n < LEAST_BELOW);
        if crosses && is_few && groups.len() > 1 {
            join_last(&mut groups);
        }
        let enough = if crosses { LEAST_BELOW } else { size };
        match groups.last_mut() {
            Some((_, n, y, p)) if *n < enough => {
                *n += row.n;
                *y += row.y;
                *p += row.n * row.p;
            }
            _ => groups.push((*score, row.n, row.y, row.n * row.p)),
        }
    }
    if let [.., before, last] = groups.as_slice()
        && last.1 < size / 2.0
        && is_below(before.0) == is_below(last.0)
    {
        join_last(&mut groups);
    }
    let edges: Vec<f64> = groups.iter().skip(1).map(|group| group.0).collect();
    let band = |(place, (from, n, y, p)): (usize, Group)| {
        let limits = proportion::wilson(y, n, level);
        ReliabilityBand {
            from,
            to: edges.get(place).copied(),
            n: n as u64,
            sqls: y as u64,
            expected: p / n,
            observed: Estimate {
                value: Some(y / n),
                low: limits.map(|limits| limits.low),
                high: limits.map(|limits| limits.high),
            },
        }
    };
    groups.into_iter().enumerate().map(band).collect()
}

/// Scores of a band: the lowest, its leads, their SQLs, and how many of these were to be expected.
type Group = (f64, f64, f64, f64);

/// The highest band becomes part of the one below it.
fn join_last(groups: &mut Vec<Group>) {
    let Some((_, n, y, p)) = groups.pop() else { return };
    if let Some(before) = groups.last_mut() {
        *before = (before.0, before.1 + n, before.2 + y, before.3 + p);
    }
}

/// The export's score of a moment against the replayed one; `None` where too few leads have both.
fn compared(agreement: &[AgreementCount], moment: Moment, bar: f64) -> Option<RecordedScore> {
    let rows: Vec<&AgreementCount> = agreement.iter().filter(|row| row.moment == moment).collect();
    let sum = |wanted: &dyn Fn(&AgreementCount) -> bool| -> u64 {
        rows.iter().filter(|row| wanted(row)).map(|row| row.n).sum()
    };
    let n = sum(&|_| true);
    if n < LEAST_COMPARED {
        return None;
    }
    let n_same = sum(&|row| row.agreement == Agreement::Same);
    // Scores that are the same may lie on two sides of a step's edge.
    let steps = |row: &AgreementCount| match row.agreement {
        Agreement::Same => 0,
        _ => row.recorded_step - row.replayed_step,
    };
    let mut differences: Vec<(i64, u64)> = rows.iter().map(|row| (steps(row), row.n)).collect();
    differences.sort_unstable();
    let mut seen = 0;
    let middle = differences.into_iter().find_map(|(steps, n)| {
        seen += n;
        (2 * seen >= sum(&|_| true)).then_some(steps)
    })?;
    let is_above = |step: i64| step >= COARSE as i64;
    let disagree = |row: &AgreementCount| row.agreement != Agreement::Same;
    let pairs: Vec<(f64, f64, f64)> =
        rows.iter().map(|row| (row.recorded_step as f64, row.replayed_step as f64, row.n as f64)).collect();
    Some(RecordedScore {
        moment,
        n,
        n_same,
        share_same: n_same as f64 / n as f64,
        median_difference: middle as f64 * bar / COARSE,
        rank_correlation: rank_correlation::spearman(&pairs),
        n_recorded_only: sum(&|row| disagree(row) && is_above(row.recorded_step) && !is_above(row.replayed_step)),
        n_replayed_only: sum(&|row| disagree(row) && is_above(row.replayed_step) && !is_above(row.recorded_step)),
    })
}

fn says(quality: &Quality, missing: Option<&str>, level: f64) -> Vec<String> {
    let mut says = Vec::new();
    if let Some(why) = missing {
        says.push(format!("How good the score is cannot be told: {why}."));
    } else if quality.verdict == Order::NotEnoughData {
        says.push(format!(
            "Too few to tell how good the score is: {} old enough, {} among them (at least {LEAST_MQLS} and {LEAST_OF_EACH} are needed).",
            format::counted(quality.n, "MQL"),
            format::counted(quality.sqls, "SQL"),
        ));
    } else if let (Some(value), Some(low), Some(high)) = (quality.auc.value, quality.auc.low, quality.auc.high) {
        let times = |share: f64| format::grouped(100.0 * share, 0);
        let verdict = match quality.verdict {
            Order::Right => "so a higher score does mean a better MQL",
            Order::Reversed => "so among these MQLs the higher scores are the worse ones",
            _ => "so among these MQLs a higher score makes no measurable difference",
        };
        says.push(format!(
            "Of two MQLs, one that became an SQL and one that did not, the score puts the right one first {} times in 100 ({} interval {} to {}; 50 is a coin), {verdict}. It rests on {} and {} among them.",
            times(value),
            format::round_share(level),
            times(low),
            times(high),
            format::counted(quality.n, "MQL"),
            format::counted(quality.sqls, "SQL"),
        ));
    }
    says.extend(quality.probabilities.as_ref().map(|found| {
        let expected = found.sqls_expected;
        format!(
            "Read as a chance of an SQL, the score of the leads up to {} would have expected {} SQLs of the {} leads of {} to {}; there were {}.",
            format::month_compact(found.fitted_to),
            format::grouped(expected, 0),
            format::count(found.n as f64),
            format::month_compact(found.judged_from),
            format::month_compact(found.judged_to),
            format::count(found.sqls as f64),
        )
    }));
    says.extend(quality.recorded.iter().map(recorded_says));
    says
}

fn recorded_says(found: &RecordedScore) -> String {
    let (whose, replay) = match found.moment {
        Moment::Mql => ("The score that the export gives for the MQL moment", "replayed for that moment"),
        Moment::Today => ("The score in the export", "replayed for the same day"),
    };
    let share = format::share(found.share_same);
    let n = format::count(found.n as f64);
    if found.share_same >= AGREES {
        return format!("{whose} is the one that the criteria give, {replay}, for {share} of {n} leads.");
    }
    let rank = match found.rank_correlation {
        Some(rank) => format!("; their order agrees with a rank correlation of {}", format::grouped(rank, 2)),
        None => String::new(),
    };
    let middle = match found.median_difference {
        difference if difference > 0.0 => format!("about {} points higher", format::grouped(difference, 0)),
        difference if difference < 0.0 => format!("about {} points lower", format::grouped(-difference, 0)),
        _ => "about the same".to_string(),
    };
    format!(
        "{whose} is the one that the criteria give, {replay}, for only {share} of {n} leads; in the middle case it is {middle}{rank}. By the export alone {} at or above the bar, by the replay alone {}: the criteria in the project file are not quite those of the CRM, or the export lacks actions.",
        stands(found.n_recorded_only),
        format::count(found.n_replayed_only as f64),
    )
}

fn stands(n: u64) -> String {
    if n == 1 { "1 lead stands".to_string() } else { format!("{} leads stand", format::count(n as f64)) }
}

fn caveats(quality: &Quality, bar: f64) -> Vec<String> {
    let mut caveats = Vec::new();
    if let (Some([low, middle, high]), Some(near)) = (quality.spread, quality.share_just_above)
        && quality.verdict != Order::NotEnoughData
    {
        caveats.push(format!(
            "Leads become MQL the moment they reach the bar of {}, so their scores hardly differ: {} of them had less than {} points, the middle one {}, eight in ten from {} to {}. Among leads so alike even a good score looks weak: a value near 50 does not condemn it, and says nothing about leads below the bar.",
            format::grouped(bar, 0),
            format::share(near),
            format::grouped(bar * JUST_ABOVE, 0),
            format::grouped(middle, 0),
            format::grouped(low, 0),
            format::grouped(high, 0),
        ));
        caveats.push(
            "If the points were chosen by looking at these same months, the score looks better here than it will on new leads."
                .to_string(),
        );
    }
    if quality.recorded.iter().any(|found| found.moment == Moment::Today) {
        caveats.push(
            "The score in the export is that of the day of the export: after an SQL sales logs calls and meetings, and the score of a converted lead goes on rising. It is compared here and used for nothing else; a threshold chosen by it would be wrong."
                .to_string(),
        );
    }
    caveats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(month: i32, band: i64, n: u64, sqls: u64) -> WorkedCount {
        WorkedCount { kind: Worked::Mql, month: Month(24_300 + month), band, n, sqls }
    }

    fn judged(rows: &[WorkedCount]) -> Quality {
        judge(rows, &[], (100.0, 100.0), None, 0.9)
    }

    #[test]
    fn the_area_of_counts_worked_out_by_hand() {
        // 10 of 40 at 100, 20 of 40 at 120: of 30 × 50 pairs 20·30 + ½ (10·30 + 20·20) … in order = 950.
        let found = judged(&[row(0, 100, 40, 10), row(0, 120, 40, 20)]);
        let pairs = 20.0 * 30.0 + 0.5 * (10.0 * 30.0 + 20.0 * 20.0);
        assert!((found.auc.value.unwrap() - pairs / 1500.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found.verdict, found.base_rate, found.share_just_above), (Order::Right, Some(0.375), Some(0.5)));
        assert_eq!(found.spread, Some([100.0, 100.0, 120.0]));
    }

    #[test]
    fn too_few_leads_have_no_area_and_say_so() {
        let found = judged(&[row(0, 100, 20, 9), row(0, 120, 9, 9)]);
        assert_eq!((found.verdict, found.auc.value, found.caveats.len()), (Order::NotEnoughData, None, 0));
        assert!(found.says[0].contains("Too few"), "{:?}", found.says);
    }

    #[test]
    fn the_last_third_by_month_judges_what_the_first_two_thirds_say() {
        let months = (0..9).flat_map(|month| [row(month, 100, 40, 8), row(month, 120, 40, 16)]);
        let found = judged(&months.collect::<Vec<_>>()).probabilities.unwrap();
        assert_eq!((found.n_fitted, found.n, found.judged_from), (480, 240, Month(24_306)));
        assert!((found.sqls_expected - 72.0).abs() < 1e-6 && found.sqls == 72, "{found:?}");
        assert!((found.slope.value.unwrap() - 1.0).abs() < 1e-6);
        assert!(found.reliability.unwrap() < 1e-12 && found.brier < found.brier_without_score);
        assert_eq!(
            found.bands.iter().map(|band| (band.from, band.n)).collect::<Vec<_>>(),
            [(100.0, 120), (120.0, 120)]
        );
    }

    #[test]
    fn no_band_of_scores_reaches_across_the_bar() {
        let edges = |below: u64| {
            let months =
                (0..9).flat_map(|month| [row(month, 90, below, 1), row(month, 100, 40, 8), row(month, 105, 40, 9)]);
            let found = judged(&months.collect::<Vec<_>>()).probabilities.unwrap();
            found.bands.iter().map(|band| (band.from, band.n)).collect::<Vec<_>>()
        };
        assert_eq!(edges(4), [(90.0, 12), (100.0, 120), (105.0, 120)]);
        assert_eq!(edges(2), [(90.0, 126), (105.0, 120)], "six leads are no band");
        let months = (0..9).flat_map(|month| [row(month, 80, 9, 1), row(month, 90, 3, 1), row(month, 100, 40, 8)]);
        let found = judged(&months.collect::<Vec<_>>()).probabilities.unwrap();
        let found: Vec<_> = found.bands.iter().map(|band| (band.from, band.n)).collect();
        assert_eq!(found, [(80.0, 36), (100.0, 120)], "the last few below the bar go with those below them");
    }
}
