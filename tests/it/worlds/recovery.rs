//! Are the numbers of the last quarter and the last month the true ones, and their intervals honest and narrow?
//!
//! MQL→SQL, SQL→customer and cost per MQL, each world once. The truth is `rate90_expected` of truth.json and, where that
//! says nothing, the simulator's own probabilities (`expected.json`, see make.py). "The formula" is the interval that
//! METHODS gives for the same cohort at the true rate and the true lag curve: what the program prints may be wider by a
//! little, because it has to estimate both.

use super::{WORLDS, World, mean, n_with, worlds};
use leadgauge::config::plan::Plan;
use leadgauge::facts::Transition;
use leadgauge::metrics::funnel::{Cohorts, Rate};
use leadgauge::metrics::maturity_alarm::AlarmState;
use leadgauge::metrics::{self, Estimate, Metrics};
use leadgauge::pipeline::Analysis;
use leadgauge::stats::overdispersion::Overdispersion;
use leadgauge::vocabulary::Month;
use serde_json::Value;
use statrs::distribution::{ContinuousCDF, Gamma, Normal, StudentsT};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Share of the rows that the simulator spoils, of each kind of dirt.
const DIRT: f64 = 0.01;
/// Share of the leads that are test leads, which are excluded.
const TEST_LEADS: f64 = DIRT / 5.0;

/// Worlds of different sizes and rates, in which the sales team is as fast as ever: what is pooled.
const STEADY: [&str; 7] = ["healthy", "too_loose", "too_strict", "drift", "mix_shift", "junk_channel", "tiny"];

/// The same without the smallest.
const LARGE: [&str; 6] = ["healthy", "too_loose", "too_strict", "drift", "mix_shift", "junk_channel"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    MqlToSql,
    SqlToCustomer,
    CostPerMql,
}

impl Measure {
    const ALL: [Measure; 3] = [Measure::MqlToSql, Measure::SqlToCustomer, Measure::CostPerMql];

    fn name(self) -> &'static str {
        match self {
            Measure::MqlToSql => "MQL→SQL",
            Measure::SqlToCustomer => "SQL→customer",
            Measure::CostPerMql => "cost per MQL",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Quarter,
    Month,
}

impl Span {
    const ALL: [Span; 2] = [Span::Quarter, Span::Month];

    /// Its first and last month, in a report on three months.
    fn of(self, metrics: &Metrics) -> (Month, Month) {
        match self {
            Span::Quarter => (metrics.overall.from, metrics.overall.to),
            Span::Month => (metrics.overall.to, metrics.overall.to),
        }
    }

    /// As expected.json and the tables call it.
    fn name(self) -> &'static str {
        match self {
            Span::Quarter => "quarter",
            Span::Month => "month",
        }
    }
}

/// What the program says: a rate, or a cost in units of the true cost.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    value: f64,
    low: f64,
    high: f64,
}

/// A number of a world beside its truth. Costs are in units of the true cost.
#[derive(Clone, Debug)]
pub struct Number {
    measure: Measure,
    span: Span,
    truth: f64,
    /// As it is printed; `None` where the program says that it is too early or that there is nothing.
    said: Option<Said>,
    /// With the other treatment of the months' swing: left out of a quarter, added to a month.
    other: Option<Said>,
    /// What the estimate is off because of the draws of this world; known of rates.
    luck: Option<f64>,
    /// The width of the formula's interval as if months did not swing.
    formula: f64,
    /// The same with the swing (φ and its quantile) that the program used in `said`.
    formula_with_swing: f64,
}

/// The numbers of a world, from a report on three months.
pub fn numbers(plan: &Plan, analysis: &Analysis, truth: &Value, expected: &Value) -> Vec<Number> {
    let mut plan = plan.clone();
    plan.report.months = 3;
    let (as_of, facts) = (analysis.as_of, &analysis.facts);
    let metrics = metrics::compute(facts, &plan, as_of, analysis.metrics.known.clone(), &BTreeSet::new());
    let cohorts =
        Cohorts::new(&facts.transitions, &plan, as_of, metrics.overall.from, metrics.overall.to, &metrics.known);
    let mut all = Vec::new();
    for span in Span::ALL {
        all.push(rate(Measure::MqlToSql, span, &cohorts, expected, true_rate(truth, span.of(&metrics))));
        if let Some(truth) = true_share_won(expected, span.of(&metrics)) {
            all.push(rate(Measure::SqlToCustomer, span, &cohorts, expected, truth));
        }
        all.push(cost(span, &metrics, expected));
    }
    all
}

/// A rate of a quarter as the whole of a report, with the swing of months in its interval; of a month as its row in the
/// trend, which says what this month itself is heading for, without the swing.
fn rate(measure: Measure, span: Span, cohorts: &Cohorts, expected: &Value, truth: f64) -> Number {
    let (transition, name) = match measure {
        Measure::SqlToCustomer => (Transition::SqlToCustomer, "sql_to_customer"),
        _ => (Transition::MqlToSql, "mql_to_sql"),
    };
    let (from, to) = (cohorts.from, cohorts.to);
    let (shown, other, phi) = match span {
        Span::Quarter => (
            cohorts.rate(transition, from, to, None),
            cohorts.rate_without_swing(transition, from, to),
            cohorts.phi(transition),
        ),
        Span::Month => {
            (cohorts.month_rate(transition, to), cohorts.rate(transition, to, to, None), Overdispersion::NONE)
        }
    };
    let cell = &expected[name][span.name()];
    Number {
        measure,
        span,
        truth,
        said: said(&shown),
        other: said(&other),
        luck: cell["luck"].as_f64(),
        formula: rate_width(cell, 1.0, normal_quantile()),
        formula_with_swing: rate_width(cell, phi.phi, quantile(&phi)),
    }
}

/// `rate90_expected`, weighted by MQLs.
fn true_rate(truth: &Value, (from, to): (Month, Month)) -> f64 {
    weighted(&truth["by_mql_month"], "n_mql", "rate90_expected", from, to).unwrap_or(f64::NAN)
}

/// The expected share of wins within 180 days, weighted by first SQLs; `None` = there are none.
fn true_share_won(expected: &Value, (from, to): (Month, Month)) -> Option<f64> {
    weighted(&expected["sqls"], "n", "won180_expected", from, to)
}

fn weighted(months: &Value, weight: &str, value: &str, from: Month, to: Month) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for month in (from.0..=to.0).map(|month| &months[Month(month).to_string()]) {
        let n = month[weight].as_f64().unwrap_or(0.0);
        if n > 0.0 {
            sum += n * month[value].as_f64().expect("a month with starts has a rate");
            total += n;
        }
    }
    (total > 0.0).then(|| sum / total)
}

fn said(rate: &Rate) -> Option<Said> {
    Some(Said { value: rate.estimate?, low: rate.low?, high: rate.high? })
}

/// Cost per MQL: what was spent in the channel-months whose spend is known, on the MQLs expected in them and in the
/// channels that cost nothing.
fn cost(span: Span, metrics: &Metrics, expected: &Value) -> Number {
    let (mut spend, mut mqls) = (0.0, 0.0);
    let (from, to) = span.of(metrics);
    for month in (from.0..=to.0).map(|month| Month(month).to_string()) {
        for (channel, n) in expected["mqls"][&month].as_object().expect("every month has its MQLs") {
            let n = n.as_f64().expect("a number") * (1.0 - TEST_LEADS);
            mqls += n;
            match &expected["spend"][&month][channel] {
                // Leads whose channel is blank are counted all the same.
                Value::Null if is_paid(expected, channel) => mqls -= n * (1.0 - DIRT),
                Value::Null => (),
                amount => spend += amount.as_f64().expect("an amount"),
            }
        }
    }
    let truth = spend / mqls;
    let relative = |cost: &Estimate| {
        let (value, low) = (cost.value.map_or(f64::NAN, |value| value / truth), cost.low? / truth);
        Some(Said { value, low, high: cost.high.map_or(f64::INFINITY, |high| high / truth) })
    };
    let row = metrics.months.last().expect("there are months");
    // The quarter stands in a report twice: as the whole, and in the row of its last month.
    let (shown, other) = match span {
        Span::Quarter => (&metrics.overall.cost_per_mql, Some(&row.cost_per_mql_3_months)),
        Span::Month => (&row.cost_per_mql, None),
    };
    let (said, other, formula) = (relative(shown), other.and_then(relative), count_width(mqls));
    Number {
        measure: Measure::CostPerMql,
        span,
        truth: 1.0,
        said,
        other,
        luck: None,
        formula,
        formula_with_swing: formula,
    }
}

fn is_paid(expected: &Value, channel: &str) -> bool {
    let months = expected["spend"].as_object().expect("make.py writes the spend");
    months.values().any(|month| month.get(channel).is_some())
}

/// The width of the maturity-adjusted interval at C = pA, from its defining equation (C − xA)² = z²[φ(xA − x²B) + x²V].
fn rate_width(cell: &Value, phi: f64, z: f64) -> f64 {
    let number = |name: &str| cell[name].as_f64().unwrap_or(f64::NAN);
    let (a, b, v, c) = (number("a"), number("b"), number("v_a"), number("rate") * number("a"));
    let k = z * z;
    let (square, linear) = (a * a + k * (phi * b - v), 2.0 * c * a + k * phi * a);
    let root = (linear * linear - 4.0 * square * c * c).sqrt();
    ((linear + root) / (2.0 * square)).min(1.0) - ((linear - root) / (2.0 * square)).max(0.0)
}

/// The width of the interval of a cost per piece, in units of the cost, when as many pieces come as are expected.
fn count_width(pieces: f64) -> f64 {
    let limit = |shape: f64, p: f64| Gamma::new(shape, 1.0).expect("a shape above 0").inverse_cdf(p);
    pieces / limit(pieces, 0.05) - pieces / limit(pieces + 1.0, 0.95)
}

fn normal_quantile() -> f64 {
    Normal::new(0.0, 1.0).expect("the standard normal").inverse_cdf(0.95)
}

fn quantile(phi: &Overdispersion) -> f64 {
    if phi.phi > 1.0 {
        let degrees = f64::from(phi.degrees_of_freedom);
        return StudentsT::new(0.0, 1.0, degrees).expect("months less one").inverse_cdf(0.95);
    }
    normal_quantile()
}

/// A cell of the table.
struct Summary {
    /// Worlds that have a truth, and those of them in which a number is given.
    n: usize,
    given: usize,
    /// Shares of the given that hold the truth: as printed, and with the other treatment of the months' swing.
    covers: f64,
    covers_other: f64,
    bias: f64,
    /// The error of the bias that comes from the number of worlds.
    bias_error: f64,
    /// How much of the bias is the luck of these seeds.
    luck: Option<f64>,
    width: f64,
    width_other: f64,
    ratio: f64,
    ratio_with_swing: f64,
    /// Given without an upper limit.
    n_at_least: usize,
}

impl Summary {
    fn of(numbers: &[&Number]) -> Summary {
        let given: Vec<(&Number, Said)> = numbers.iter().filter_map(|number| Some((*number, number.said?))).collect();
        let holds = |said: &Said, truth: f64| said.low <= truth && truth <= said.high;
        let share = |holding: usize, of: usize| holding as f64 / of as f64;
        let others: Vec<(&Number, Said)> =
            given.iter().filter_map(|(number, _)| Some((*number, number.other?))).collect();
        let bounded: Vec<&(&Number, Said)> = given.iter().filter(|(_, said)| said.high.is_finite()).collect();
        let width = mean(bounded.iter().map(|(_, said)| said.high - said.low));
        let errors: Vec<f64> =
            given.iter().map(|(number, said)| said.value - number.truth).filter(|e| e.is_finite()).collect();
        let bias = mean(errors.iter().copied());
        let spread = mean(errors.iter().map(|error| (error - bias).powi(2)));
        Summary {
            n: numbers.len(),
            given: given.len(),
            covers: share(given.iter().filter(|(number, said)| holds(said, number.truth)).count(), given.len()),
            covers_other: share(others.iter().filter(|(number, said)| holds(said, number.truth)).count(), others.len()),
            bias,
            bias_error: (spread / errors.len() as f64).sqrt(),
            luck: Some(mean(given.iter().filter_map(|(number, _)| number.luck))).filter(|luck| luck.is_finite()),
            width,
            width_other: mean(others.iter().map(|(_, said)| said.high - said.low).filter(|width| width.is_finite())),
            ratio: width / mean(bounded.iter().map(|(number, _)| number.formula)),
            ratio_with_swing: width / mean(bounded.iter().map(|(number, _)| number.formula_with_swing)),
            n_at_least: given.len() - bounded.len(),
        }
    }
}

fn cell(batches: &[&str], measure: Measure, span: Span) -> Option<Summary> {
    let mut numbers = Vec::new();
    for batch in batches {
        let wanted = |number: &&Number| number.measure == measure && number.span == span;
        numbers.extend(worlds(batch)?.iter().flat_map(|world| world.numbers.iter().filter(wanted)));
    }
    Some(Summary::of(&numbers))
}

fn assert_recovered(
    batches: &[&str],
    measure: Measure,
    span: Span,
    (least_covering, most_bias, widest): (f64, f64, f64),
) {
    let Some(cell) = cell(batches, measure, span) else { return };
    let name = format!("{} of the last {}", measure.name(), span.name());
    assert!(cell.given >= 200, "{name}: given in {} worlds only", cell.given);
    assert!(cell.covers >= least_covering, "{name}: {} of {} intervals hold the truth", cell.covers, cell.given);
    assert!(cell.bias.abs() <= most_bias, "{name}: bias {}", cell.bias);
    assert!(cell.ratio <= widest, "{name}: {} times as wide as the formula's", cell.ratio);
}

#[test]
fn mql_to_sql_of_the_last_quarter_is_recovered() {
    assert_recovered(&STEADY, Measure::MqlToSql, Span::Quarter, (0.86, 0.005, 1.15));
}

#[test]
fn mql_to_sql_of_the_last_month_is_recovered() {
    assert_recovered(&STEADY, Measure::MqlToSql, Span::Month, (0.86, 0.005, 1.15));
}

#[test]
fn sql_to_customer_of_the_last_quarter_is_recovered() {
    assert_recovered(&STEADY, Measure::SqlToCustomer, Span::Quarter, (0.86, 0.005, 1.15));
}

/// The oldest SQL is 30 days old, and half of the wins come later than that.
#[test]
fn sql_to_customer_of_the_last_month_is_too_early_to_be_told() {
    let Some(cell) = cell(&STEADY, Measure::SqlToCustomer, Span::Month) else { return };
    assert!(cell.n >= 200 && cell.given == 0, "given in {} of {} worlds", cell.given, cell.n);
}

#[test]
fn cost_per_mql_of_the_last_quarter_is_recovered() {
    assert_recovered(&STEADY, Measure::CostPerMql, Span::Quarter, (0.86, 0.02, 1.15));
}

/// Without tiny worlds, whose five MQLs a month have no width worth a word.
#[test]
fn cost_per_mql_of_the_last_month_is_recovered() {
    assert_recovered(&LARGE, Measure::CostPerMql, Span::Month, (0.86, 0.02, 1.15));
}

/// Everything takes 1.8 times as long for leads of the second half: the curve of the last year fits no month any more.
#[test]
fn a_backlog_in_sales_is_said_aloud_and_the_last_quarter_is_covered_all_the_same() {
    let Some(backlog) = worlds("sales_backlog") else { return };
    let Some(cell) = cell(&["sales_backlog"], Measure::MqlToSql, Span::Quarter) else { return };
    assert!(cell.covers >= 0.85, "{} of {} intervals hold the truth", cell.covers, cell.given);
    assert!(cell.bias.abs() <= 0.01, "bias {}", cell.bias);
    let ringing = n_with(&backlog, |world| world.alarm == AlarmState::SlowerOrFewer);
    assert!(ringing >= 48, "the alarm rings in {ringing} of 60");
    for world in backlog {
        assert_eq!(world.said_slower, Some(world.alarm == AlarmState::SlowerOrFewer), "{}", world.name());
        assert_ne!(world.alarm, AlarmState::FasterOrMore, "{}", world.name());
    }
}

#[test]
fn sales_teams_as_fast_as_ever_are_seldom_said_to_have_changed_their_pace() {
    let Some(healthy) = worlds("healthy") else { return };
    let ringing = n_with(&healthy, rings);
    // 5 % are allowed: 7 or more of 60 happen one time in 20.
    assert!(ringing <= 6, "{ringing} of 60");
}

fn rings(world: &World) -> bool {
    matches!(world.alarm, AlarmState::SlowerOrFewer | AlarmState::FasterOrMore)
}

const ALARM_HEAD: &str = "\
| worlds | n | slower or fewer | faster or more | quiet | untested |
|---|---|---|---|---|---|
";

fn alarm_table() -> Option<String> {
    let mut text = format!("Recent MQLs convert at another pace (worlds)\n\n{ALARM_HEAD}");
    for batch in STEADY.into_iter().chain(["sales_backlog"]) {
        let worlds = worlds(batch)?;
        let states = [AlarmState::SlowerOrFewer, AlarmState::FasterOrMore, AlarmState::Quiet, AlarmState::Untested];
        let counts = states.map(|state| n_with(&worlds, |world| world.alarm == state).to_string());
        writeln!(text, "| {batch} | {} | {} |", worlds.len(), counts.join(" | ")).expect("a text can be written");
    }
    text.push('\n');
    Some(text)
}

const HEAD: &str = "\
| worlds | n | given | covers | covers (other φ) | bias | ± | of it luck | width | width (other φ) | ÷ formula | ÷ formula with φ | no upper limit |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// The tables of this module; `None` without worlds.
pub fn table() -> Option<String> {
    WORLDS.as_ref()?;
    let mut text = String::new();
    for (measure, span) in Measure::ALL.into_iter().flat_map(|measure| Span::ALL.map(|span| (measure, span))) {
        writeln!(text, "{} of the last {}\n", measure.name(), span.name()).expect("a text can be written");
        text.push_str(HEAD);
        for batch in STEADY {
            text.push_str(&line(batch, &cell(&[batch], measure, span)?));
        }
        text.push_str(&line("**pooled**", &cell(&STEADY, measure, span)?));
        text.push_str(&line("pooled without tiny", &cell(&LARGE, measure, span)?));
        text.push_str(&line("sales_backlog", &cell(&["sales_backlog"], measure, span)?));
        text.push('\n');
    }
    text.push_str(&alarm_table()?);
    Some(text)
}

fn line(name: &str, cell: &Summary) -> String {
    let points = |share: f64| 100.0 * share;
    if cell.given == 0 {
        return format!("| {name} | {} | 0 | – | – | – | – | – | – | – | – | – | – |\n", cell.n);
    }
    let or_dash = |text: String| if text.contains("NaN") { "–".to_string() } else { text };
    format!(
        "| {name} | {} | {} | {:.1} | {} | {:+.2} | {:.2} | {} | {:.2} | {} | {:.3} | {:.3} | {} |\n",
        cell.n,
        cell.given,
        points(cell.covers),
        or_dash(format!("{:.1}", points(cell.covers_other))),
        points(cell.bias),
        points(cell.bias_error),
        cell.luck.map_or("–".to_string(), |luck| format!("{:+.2}", points(luck))),
        points(cell.width),
        or_dash(format!("{:.2}", points(cell.width_other))),
        cell.ratio,
        cell.ratio_with_swing,
        cell.n_at_least
    )
}
