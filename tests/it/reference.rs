//! Do the estimators give the numbers that R, scipy, lifelines and mpmath give?
//!
//! Every block of `tests/reference/stat_reference.json` that `leadgauge::stats` covers, at the block's own tolerance; and,
//! where no other program has the estimator, a seeded simulation of how often its interval holds the truth.

use leadgauge::stats::discrimination::{self, Scored};
use leadgauge::stats::isotonic::{self, Direction};
use leadgauge::stats::maturity::{Adjusted, Ending, Exposure, LagCurve, adjusted, time_quantiles};
use leadgauge::stats::random::SplitMix64;
use leadgauge::stats::regression::{self, Pattern, Sign};
use leadgauge::stats::reliability::{self, Predicted};
use leadgauge::stats::survival::{self, Exit, Outcomes};
use leadgauge::stats::{
    Interval, control_chart, counts, cure, decision, decomposition, drift, multiple, overdispersion, proportion,
    ranking, special,
};
use serde_json::Value;
use std::collections::BTreeSet;

const Z: f64 = 1.644_853_626_951_472_2;

/// The reference file.
fn all_blocks() -> serde_json::Map<String, Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/stat_reference.json");
    let text = std::fs::read_to_string(path).expect("the reference file is part of the repository");
    serde_json::from_str(&text).expect("the reference file is JSON")
}

/// A block of the reference file.
fn block(name: &str) -> Value {
    all_blocks().get(name).unwrap_or_else(|| panic!("no block {name}")).clone()
}

/// This file: what it reads is found in its text.
const THIS_FILE: &str = include_str!("reference.rs");

/// Names in the file that say something about a block in words, or restate an input, and are no result of anything.
const IN_WORDS: [&str; 8] =
    ["source", "note", "note_ci", "rule", "penalty", "likelihood", "null_expectation", "last_newton_step"];

#[test]
fn every_block_of_the_file_has_a_test() {
    let blocks = all_blocks();
    assert!(blocks.len() >= 34, "only {} blocks", blocks.len());
    let missing: Vec<&String> =
        blocks.keys().filter(|name| !THIS_FILE.contains(&format!("block(\"{name}\")"))).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}

#[test]
fn every_name_in_the_file_is_read_by_some_test() {
    let mut names = BTreeSet::new();
    for block in all_blocks().values() {
        collect_names(block, &mut names);
    }
    let is_number = |name: &str| name.parse::<f64>().is_ok();
    let read = |name: &&String| {
        IN_WORDS.contains(&name.as_str()) || is_number(name) || THIS_FILE.contains(&format!("\"{name}\""))
    };
    let missing: Vec<&String> = names.iter().filter(|name| !read(name)).collect();
    assert!(missing.is_empty(), "nothing reads {missing:?}");
}

fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                names.insert(name.clone());
                collect_names(inner, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("expected a number, found {value}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn whole_numbers(value: &Value) -> Vec<u64> {
    list(value).iter().map(|entry| entry.as_u64().expect("a whole number")).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("expected a list, found {value}"))
}

/// Holds numbers against the block's own tolerance.
struct Tolerance(f64);

impl Tolerance {
    fn of(block: &Value) -> Tolerance {
        Tolerance(number(&block["abs_tol"]))
    }

    fn number(&self, found: f64, expected: &Value, label: &str) {
        let expected = number(expected);
        assert!((found - expected).abs() <= self.0, "{label}: found {found}, expected {expected}");
    }

    fn interval(&self, found: Option<Interval>, expected: &Value, label: &str) {
        let found = found.unwrap_or_else(|| panic!("{label}: no interval"));
        self.number(found.low, &expected[0], label);
        self.number(found.high, &expected[1], label);
    }
}

#[test]
fn wilson_is_that_of_prop_test() {
    let block = block("wilson");
    for case in list(&block["cases"]) {
        let (x, n, tolerance) = (number(&case["x"]), number(&case["n"]), Tolerance::of(&block));
        tolerance.interval(proportion::wilson(x, n, 0.90), &case["ci90"], &format!("{case}"));
        tolerance.interval(proportion::wilson(x, n, 0.95), &case["ci95"], &format!("{case}"));
    }
}

#[test]
fn clopper_pearson_is_that_of_binom_test() {
    let block = block("clopper_pearson");
    for case in list(&block["cases"]) {
        let (x, n, tolerance) = (number(&case["x"]), number(&case["n"]), Tolerance::of(&block));
        tolerance.interval(proportion::clopper_pearson(x, n, 0.90), &case["ci90"], &format!("{case}"));
        tolerance.interval(proportion::clopper_pearson(x, n, 0.95), &case["ci95"], &format!("{case}"));
    }
}

#[test]
fn clopper_pearson_accepts_effective_counts() {
    let block = block("clopper_pearson_effective_counts");
    for case in list(&block["cases"]) {
        let found = proportion::clopper_pearson(number(&case["x_eff"]), number(&case["n_eff"]), 0.90);
        Tolerance::of(&block).interval(found, &case["cp90"], &format!("{case}"));
    }
}

#[test]
fn jeffreys_limits_are_beta_quantiles() {
    let block = block("jeffreys");
    for case in list(&block["cases"]) {
        let (x, n) = (number(&case["x"]), number(&case["n"]));
        for (name, tail) in [("ci90", 0.05), ("ci95", 0.025)] {
            let low = if x == 0.0 { 0.0 } else { special::beta_quantile(tail, x + 0.5, n - x + 0.5) };
            let high = if x == n { 1.0 } else { special::beta_quantile(1.0 - tail, x + 0.5, n - x + 0.5) };
            Tolerance::of(&block).interval(Some(Interval { low, high }), &case[name], &format!("{case}"));
        }
    }
}

#[test]
fn the_incomplete_beta_function_keeps_its_digits_at_large_and_tiny_shapes() {
    let block = block("regularized_incomplete_beta");
    for case in list(&block["cases"]) {
        let found = special::beta_cdf(number(&case["x"]), number(&case["a"]), number(&case["b"]));
        Tolerance::of(&block).number(found, &case["I"], &format!("{case}"));
        let (a, b) = (number(&case["a"]), number(&case["b"]));
        let ln_beta = special::ln_beta(a, b);
        assert!((ln_beta / number(&case["ln_beta"]) - 1.0).abs() < 1e-11, "{case}: {ln_beta}");
    }
}

#[test]
fn the_incomplete_gamma_function_is_that_of_mpmath() {
    let block = block("gamma_p");
    for case in list(&block["cases"]) {
        let found = special::gamma_cdf(number(&case["x"]), number(&case["a"]));
        Tolerance::of(&block).number(found, &case["P"], &format!("{case}"));
    }
}

#[test]
fn quantiles_are_those_of_r() {
    let block = block("quantiles");
    let tolerance = Tolerance::of(&block);
    for (p, q) in numbers(&block["qnorm"]["p"]).into_iter().zip(list(&block["qnorm"]["q"])) {
        tolerance.number(special::normal_quantile(p), q, &format!("normal {p}"));
    }
    for case in list(&block["qt"]) {
        let df = number(&case["df"]);
        tolerance.number(special::t_quantile(0.95, df), &case["t95"], &format!("{case}"));
        tolerance.number(special::t_quantile(0.975, df), &case["t975"], &format!("{case}"));
        tolerance.number(-special::t_quantile(0.025, df), &case["t975"], &format!("{case}"));
    }
    let (p, df, q) = (&block["qchisq"]["p"], &block["qchisq"]["df"], list(&block["qchisq"]["q"]));
    let pairs = numbers(df).into_iter().flat_map(|df| numbers(p).into_iter().map(move |p| (p, df)));
    for ((p, df), q) in pairs.zip(q) {
        tolerance.number(2.0 * special::gamma_quantile(p, df / 2.0), q, &format!("χ² {p} {df}"));
    }
    for case in list(&block["qbeta"]) {
        let found = special::beta_quantile(number(&case["p"]), number(&case["a"]), number(&case["b"]));
        tolerance.number(found, &case["q"], &format!("{case}"));
        let relative = found / number(&case["q"]) - 1.0;
        assert!(relative.abs() < 1e-9, "{case}: {relative} off");
    }
}

#[test]
fn the_square_of_the_two_proportion_z_is_chi_square() {
    let block = block("two_proportion");
    for case in list(&block["cases"]) {
        let [x1, n1, x2, n2] = ["x1", "n1", "x2", "n2"].map(|name| number(&case[name]));
        let z = proportion::two_proportion_z(x1, n1, x2, n2).expect("both groups have leads");
        Tolerance::of(&block).number(z * z, &case["chi2"], &format!("{case}"));
        Tolerance::of(&block).number(2.0 * special::normal_cdf(-z.abs()), &case["p"], &format!("{case}"));
        assert_eq!(z > 0.0, x2 / n2 > x1 / n1, "positive when the second share is larger");
        let whole = [x1, n1, x2, n2].map(|count| count as u64);
        let fisher = proportion::fisher_p(whole[0], whole[1], whole[2], whole[3]).expect("both groups have leads");
        Tolerance::of(&block).number(fisher, &case["fisher_p"], &format!("{case}"));
        // The file has first less second.
        let newcombe = proportion::newcombe(x2, n2, x1, n1, 0.95);
        Tolerance::of(&block).interval(newcombe, &case["newcombe95"], &format!("{case}"));
    }
}

/// The exposures of rows (time, status) with weights, where status 1 is the event.
fn exposures(times: &[u64], is_event: impl Fn(usize) -> bool, weights: impl Fn(usize) -> u64) -> Vec<Exposure> {
    let ending = |row| if is_event(row) { Ending::Converted } else { Ending::Open };
    let row =
        |(row, &time): (usize, &u64)| Exposure { entry: 0, exit: time as u32, ending: ending(row), n: weights(row) };
    times.iter().enumerate().map(row).collect()
}

#[test]
fn the_incidence_is_one_minus_kaplan_meier() {
    let block = block("km");
    let tolerance = Tolerance::of(&block);
    let status = whole_numbers(&block["status"]);
    let rows = exposures(&whole_numbers(&block["t"]), |row| status[row] == 1, |_| 1);
    let curve = LagCurve::fit(&rows, 30).expect("there are events");
    let expected = &block["loglog"];
    for (i, &time) in whole_numbers(&expected["time"]).iter().enumerate() {
        let (day, label) = (time as u32, format!("day {time}"));
        tolerance.number(1.0 - curve.incidence(day), &expected["surv"][i], &label);
        let interval = curve.interval(day, 0.95).expect("somebody is still open");
        tolerance.number(1.0 - interval.high, &expected["lower"][i], &label);
        tolerance.number(1.0 - interval.low, &expected["upper"][i], &label);
    }
}

/// One of R's three kinds of limits for the share S that is still open, which has the standard error `error`.
fn limits(kind: &str, curve: &LagCurve, day: u32, z: f64) -> Option<(f64, f64)> {
    let (open, error) = (1.0 - curve.incidence(day), curve.standard_error(day)?);
    match kind {
        "plain" => Some(((open - z * error).max(0.0), (open + z * error).min(1.0))),
        "log" => Some(((open.ln() - z * error / open).exp(), (open.ln() + z * error / open).exp().min(1.0))),
        _ => curve.interval(day, 0.95).map(|interval| (1.0 - interval.high, 1.0 - interval.low)),
    }
}

#[test]
fn the_curve_has_the_errors_limits_quantiles_and_mean_of_r() {
    let block = block("km");
    let tolerance = Tolerance::of(&block);
    let status = whole_numbers(&block["status"]);
    let rows = exposures(&whole_numbers(&block["t"]), |row| status[row] == 1, |_| 1);
    let curve = LagCurve::fit(&rows, 30).expect("there are events");
    let z = special::normal_quantile(0.975);
    for kind in ["plain", "log", "loglog"] {
        let expected = &block[kind];
        let (mut lower_median, mut upper_median) = (None, None);
        for (i, &day) in whole_numbers(&expected["time"]).iter().enumerate() {
            let (day, label) = (day as u32, format!("{kind} day {day}"));
            tolerance.number(
                curve.standard_error(day).expect("somebody is open"),
                &expected["std_err_surv"][i],
                &label,
            );
            assert_eq!(Value::from(survival::at_risk(&rows, day)), expected["n_risk"][i], "{label}");
            let events = rows.iter().filter(|row| row.ending == Ending::Converted && row.exit == day).count();
            assert_eq!(Value::from(events), expected["n_event"][i], "{label}");
            let (low, high) = limits(kind, &curve, day, z).expect("somebody is open");
            tolerance.number(low, &expected["lower"][i], &label);
            tolerance.number(high, &expected["upper"][i], &label);
            lower_median = lower_median.or((low <= 0.5).then_some(day));
            upper_median = upper_median.or((high <= 0.5).then_some(day));
        }
        assert_eq!(serde_json::json!(curve.day_reached(0.5)), expected["median"], "{kind}");
        assert_eq!(serde_json::json!(lower_median), expected["median_lcl"], "{kind}");
        assert_eq!(serde_json::json!(upper_median), expected["median_ucl"], "{kind}");
    }
    let quantiles = &block["quantiles_loglog"];
    for (i, p) in numbers(&quantiles["p"]).into_iter().enumerate() {
        let (low, high) = curve.day_reached_interval(p, 0.95);
        assert_eq!(serde_json::json!(curve.day_reached(p)), quantiles["q"][i], "{p}");
        assert_eq!(serde_json::json!(low), quantiles["lower"][i], "{p}");
        assert_eq!(serde_json::json!(high), quantiles["upper"][i], "{p}");
    }
    let (mean, error) = curve.restricted_mean(20);
    tolerance.number(mean, &block["rmean_tau20"], "mean of the first 20 days");
    tolerance.number(error.expect("somebody is open"), &block["se_rmean_tau20"], "its error");
}

#[test]
fn counts_are_weights_of_kaplan_meier() {
    let block = block("km_weighted");
    let (status, weight) = (whole_numbers(&block["status"]), whole_numbers(&block["weight"]));
    let rows = exposures(&whole_numbers(&block["t"]), |row| status[row] == 1, |row| weight[row]);
    let curve = LagCurve::fit(&rows, 30).expect("there are events");
    let tolerance = Tolerance::of(&block);
    for (i, &time) in whole_numbers(&block["time"]).iter().enumerate() {
        let label = format!("day {time}");
        tolerance.number(1.0 - curve.incidence(time as u32), &block["surv"][i], &label);
        let error = curve.standard_error(time as u32).expect("somebody is open");
        tolerance.number(error, &block["surv_replicated_se"][i], &label);
    }
}

#[test]
fn competing_outcomes_are_those_of_aalen_and_johansen() {
    let block = block("aalen_johansen");
    let tolerance = Tolerance::of(&block);
    let events = whole_numbers(&block["event"]);
    let exit = |(&exit, &event): (&u64, &u64)| {
        let outcome = (event as usize).checked_sub(1);
        Exit { entry: 0, exit: exit as u32, outcome, n: 1 }
    };
    let exits: Vec<Exit> = whole_numbers(&block["t"]).iter().zip(&events).map(exit).collect();
    let found = Outcomes::fit(&exits, 2, 30).expect("there are outcomes");
    for (i, &day) in whole_numbers(&block["time"]).iter().enumerate() {
        let (day, label) = (day as u32, format!("day {day}"));
        tolerance.number(found.share(0, day), &block["pstate_sql"][i], &label);
        tolerance.number(found.share(1, day), &block["pstate_dq"][i], &label);
        tolerance.number(found.open(day), &block["pstate_open"][i], &label);
        tolerance.number(found.standard_error(0, day).expect("few cells"), &block["se_sql"][i], &label);
        tolerance.number(found.standard_error(1, day).expect("few cells"), &block["se_dq"][i], &label);
        let at_risk = exits.iter().filter(|exit| exit.exit >= day).count();
        assert_eq!(Value::from(at_risk), block["n_risk"][i], "{label}");
    }
}

#[test]
fn the_pace_of_two_groups_is_compared_as_by_survdiff() {
    // The block names the groups of the rows of the block of Kaplan and Meier.
    let (rows, block) = (block("km"), block("logrank"));
    let tolerance = Tolerance::of(&block);
    let status = whole_numbers(&rows["status"]);
    let all = exposures(&whole_numbers(&rows["t"]), |row| status[row] == 1, |_| 1);
    let group = |name: &str| {
        let groups = list(&block["group"]).iter();
        all.iter().zip(groups).filter(|(_, group)| *group == name).map(|(row, _)| *row).collect::<Vec<_>>()
    };
    let found = survival::log_rank(&group("a"), &group("b")).expect("there are events");
    tolerance.number(found.chi_square, &block["chisq"], "χ²");
    tolerance.number(found.p, &block["p"], "p");
    for i in 0..2 {
        tolerance.number(found.observed[i], &block["observed"][i], "observed");
        tolerance.number(found.expected[i], &block["expected"][i], "expected");
    }
}

#[test]
fn cure_models_have_the_likeliest_parameters() {
    let block = block("cure_models");
    let tolerance = Tolerance::of(&block);
    let rows = |days: &str, counts: &str, ending: Ending| {
        let pairs = numbers(&block[days]).into_iter().zip(numbers(&block[counts]));
        pairs.map(|(day, n)| Exposure { entry: 0, exit: day as u32, ending, n: n as u64 }).collect::<Vec<_>>()
    };
    let mut seen = rows("event_day", "n_event", Ending::Converted);
    seen.extend(rows("censor_age", "n_censored", Ending::Open));
    for (name, lags) in [("weibull", cure::Shape::Weibull), ("gamma", cure::Shape::Gamma)] {
        let expected = &block[name];
        let found = cure::fit(&seen, lags).expect("the curve has levelled off");
        tolerance.number(found.logit_share, &expected["logit_c"], name);
        tolerance.number(found.share(), &expected["c"], name);
        tolerance.number(found.cost, &expected["nll"], name);
        // These two are tens of days: what the tolerance means is their logarithm.
        tolerance.number(found.scale.ln(), &Value::from(number(&expected["scale"]).ln()), name);
        tolerance.number(found.shape.ln(), &Value::from(number(&expected["shape"]).ln()), name);
        let errors = ["se_logit_c_1e-5", "se_log_scale_1e-5", "se_log_shape_1e-5"];
        for (found, error) in found.standard_errors.iter().zip(errors) {
            Tolerance(1e-5).number(*found, &expected[error], &format!("{name} {error}"));
        }
    }
}

/// The patterns of a block of grouped counts, each multiplied with its weight where there are weights.
fn patterns(block: &Value, weights: &Value) -> Vec<Pattern> {
    let (n, y) = (numbers(&block["n"]), numbers(&block["y"]));
    let weight = |i: usize| if weights.is_null() { 1.0 } else { number(&weights[i]) };
    let pattern = |(i, x): (usize, &Value)| Pattern { x: numbers(x), n: n[i] * weight(i), y: y[i] * weight(i) };
    list(&block["X"]).iter().enumerate().map(pattern).collect()
}

#[test]
fn grouped_logistic_regression_is_that_of_glm() {
    let block = block("logistic_grouped");
    let tolerance = Tolerance::of(&block);
    let found = regression::fit(&patterns(&block, &Value::Null), 0.0, &[Sign::Free; 4]).expect("a fit");
    for i in 0..5 {
        tolerance.number(found.coefficients[i], &block["coef"][i], "coefficient");
        tolerance.number(found.variances[i].sqrt(), &block["se"][i], "its error");
    }
    tolerance.number(found.deviance, &block["deviance"], "deviance");
    tolerance.number(found.log_likelihood, &block["loglik_binomial_no_const"], "log likelihood");
}

#[test]
fn ridge_regression_is_newton_s_to_the_last_digit() {
    let block = block("logistic_ridge");
    let tolerance = Tolerance::of(&block);
    for case in list(&block["cases"]) {
        let rows = patterns(&block, &case["weights"]);
        let found = regression::fit(&rows, number(&case["lambda"]), &[Sign::Free; 4]).expect("a fit");
        for i in 0..5 {
            let label = format!("λ {} coefficient {i}", case["lambda"]);
            tolerance.number(found.coefficients[i], &case["coef"][i], &label);
            tolerance.number(found.variances[i], &case["penalised_information_diag_inverse"][i], &label);
        }
    }
}

#[test]
fn ridge_regression_with_signs_ends_where_nothing_pulls_upwards() {
    let block = block("logistic_ridge_nonneg");
    let tolerance = Tolerance::of(&block);
    let rows = patterns(&block, &Value::Null);
    let found = regression::fit(&rows, number(&block["lambda"]), &[Sign::NotNegative; 4]).expect("a fit");
    for i in 0..5 {
        tolerance.number(found.coefficients[i], &block["coef"][i], "coefficient");
        tolerance.number(found.gradient[i], &block["gradient_at_solution"][i], "gradient");
    }
}

#[test]
fn points_are_scaled_to_the_bar_and_to_doubling_odds() {
    let block = block("points_scaling");
    let tolerance = Tolerance::of(&block);
    let coefficients = numbers(&block["coef"]);
    let scale = decision::points_per_logit(number(&block["break_even"]), coefficients[0]).expect("below break-even");
    tolerance.number(scale, &block["scale_to_threshold_100"], "scale");
    for (coefficient, points) in coefficients[1..].iter().zip(list(&block["points"])) {
        tolerance.number(decision::points(*coefficient, scale, number(&block["step"])), points, "points");
    }
    let example = &block["pdo_example"];
    let [pdo, odds, score] = ["pdo", "odds0", "score0"].map(|name| number(&example[name]));
    let (factor, offset) = decision::points_to_double_the_odds(pdo, odds, score).expect("odds above 0");
    tolerance.number(factor, &example["factor"], "factor");
    tolerance.number(offset, &example["offset"], "offset");
}

/// The rows of a block as leads of one score each.
fn scored(block: &Value) -> Vec<Scored> {
    let y = numbers(&block["y"]);
    let row = |(score, y): (f64, f64)| Scored { score, positive: y, negative: 1.0 - y };
    numbers(&block["score"]).into_iter().zip(y).map(row).collect()
}

#[test]
fn the_area_under_the_curve_is_that_of_proc() {
    let block = block("auc_delong");
    let tolerance = Tolerance::of(&block);
    let rows = scored(&block);
    let found = discrimination::auc(&rows).expect("both kinds");
    tolerance.number(found.value, &block["auc"], "area");
    tolerance.number(found.variance, &block["delong_var"], "variance");
    tolerance.interval(Some(found.interval(0.95)), &block["ci95"], "interval");
    let paired = discrimination::compare(&rows, &numbers(&block["score2"])).expect("two scores");
    tolerance.number(paired.second.value, &block["auc2"], "second area");
    tolerance.number(paired.z, &block["paired_z"], "z");
    tolerance.number(paired.p, &block["paired_p"], "p");
}

#[test]
fn average_precision_is_that_of_scikit_learn() {
    let block = block("average_precision");
    let found = discrimination::average_precision(&scored(&block)).expect("both kinds");
    Tolerance::of(&block).number(found, &block["ap"], "average precision");
}

#[test]
fn calibration_is_that_of_glm() {
    let block = block("calibration");
    let tolerance = Tolerance::of(&block);
    let pairs = numbers(&block["p"]).into_iter().zip(numbers(&block["y"]));
    let rows: Vec<Predicted> = pairs.map(|(p, y)| Predicted { p, n: 1.0, y }).collect();
    tolerance.number(reliability::brier(&rows).expect("rows"), &block["brier"], "Brier");
    tolerance.number(reliability::log_loss(&rows).expect("rows"), &block["logloss"], "log loss");
    let line = reliability::line(&rows).expect("a line");
    tolerance.number(line.slope, &block["slope"], "slope");
    tolerance.number(line.slope_standard_error, &block["slope_se"], "its error");
    tolerance.number(line.intercept, &block["intercept"], "intercept");
    tolerance.number(reliability::in_the_large(&rows).expect("both kinds"), &block["cal_in_the_large"], "in the large");
}

#[test]
fn isotonic_regression_is_that_of_scikit_learn() {
    let block = block("pav");
    let tolerance = Tolerance::of(&block);
    let (y, w) = (numbers(&block["y"]), numbers(&block["w"]));
    let weighted: Vec<(f64, f64)> = y.iter().copied().zip(w).collect();
    let plain: Vec<(f64, f64)> = y.iter().map(|&y| (y, 1.0)).collect();
    let fits = [
        ("fit_weighted", &weighted, Direction::Increasing),
        ("fit_unweighted", &plain, Direction::Increasing),
        ("fit_decreasing_weighted", &weighted, Direction::Decreasing),
    ];
    for (name, points, direction) in fits {
        let found = isotonic::fit(points, direction).expect("points");
        for (found, expected) in found.iter().zip(list(&block[name])) {
            tolerance.number(*found, expected, name);
        }
    }
}

#[test]
fn the_stability_index_is_its_definition() {
    let block = block("psi");
    let tolerance = Tolerance::of(&block);
    for case in [&block, &block["with_zero"]] {
        let found = drift::psi(&numbers(&case["expected"]), &numbers(&case["actual"])).expect("two samples");
        tolerance.number(found.psi, &case["psi"], "PSI");
    }
    let example = &block["null_example"];
    let found = drift::psi(&numbers(&block["expected"]), &numbers(&block["actual"])).expect("two samples");
    let [k, n_e, n_a] = ["k", "ne", "na"].map(|name| number(&example[name]));
    assert_eq!(k, list(&block["expected"]).len() as f64);
    assert_eq!([n_e, n_a], ["expected", "actual"].map(|name| numbers(&block[name]).iter().sum::<f64>()));
    tolerance.number(found.by_chance, &example["value"], "by chance");
}

#[test]
fn raising_the_bar_gains_what_it_saves_less_what_it_loses() {
    let block = block("threshold_gain");
    let tolerance = Tolerance::of(&block);
    let (lows, n, x) = (numbers(&block["bucket_low"]), numbers(&block["n"]), numbers(&block["x"]));
    let gains = block["gain"].as_object().expect("an object of thresholds");
    assert_eq!(gains.len(), 4);
    for (threshold, expected) in gains {
        let to: f64 = threshold.parse().expect("a threshold");
        let left_out = (0..lows.len()).filter(|&i| lows[i] >= 100.0 && lows[i] < to);
        let bands: Vec<decision::Band> = left_out.map(|i| decision::Band { n: n[i], x: x[i] }).collect();
        let found = decision::gain_of_leaving_out(&bands, number(&block["value"]), number(&block["cost"]));
        let found = found.expect("leads");
        tolerance.number(found.gain, &expected["gain"], threshold);
        tolerance.number(found.standard_error, &expected["se"], threshold);
        assert!((found.at_least - number(&expected["lcb95_cp_pooled_band"])).abs() < 1e-6, "{threshold}: {found:?}");
        tolerance.number(found.n, &expected["n_band"], threshold);
        tolerance.number(found.x, &expected["x_band"], threshold);
    }
    let points: Vec<(f64, f64)> = (0..n.len()).filter(|&i| n[i] > 0.0).map(|i| (x[i] / n[i], n[i])).collect();
    let monotone = isotonic::fit(&points, Direction::Increasing).expect("bands");
    for (found, expected) in monotone.iter().zip(list(&block["pav_rate_by_bucket_from_100"])) {
        tolerance.number(*found, expected, "monotone rate");
    }
}

#[test]
fn net_benefit_is_profit_over_the_break_even() {
    let block = block("net_benefit");
    let tolerance = Tolerance::of(&block);
    let [tp, fp, n, pt] = ["tp", "fp", "n", "pt"].map(|name| number(&block[name]));
    let found = decision::net_benefit(tp, fp, n, pt).expect("leads");
    tolerance.number(found, &block["net_benefit"], "net benefit");
    let profit = found * n * (1000.0 - 120.0);
    assert!((profit - number(&block["profit_V1000_c120"])).abs() < 1e-8, "{profit}");
    assert!((profit - number(&block["check"])).abs() < 1e-8, "{profit}");
}

#[test]
fn sizes_are_those_of_power_prop_test() {
    let block = block("power");
    let tolerance = Tolerance::of(&block);
    let two = &block["two"];
    let [p1, p2, power, sig] = ["p1", "p2", "power", "sig"].map(|name| number(&two[name]));
    let found = proportion::n_per_group(p1, p2, 1.0 - sig, power).expect("a difference");
    tolerance.number(found, &two["n_per_group"], "each of two groups");
    let one = &block["one_sample"];
    let [p0, p1, alpha, power] = ["p0", "p1", "alpha_one_sided", "power"].map(|name| number(&one[name]));
    let found = proportion::n_against(p0, p1, 1.0 - 2.0 * alpha, power).expect("a difference");
    tolerance.number(found, &one["n"], "one group");
}

#[test]
fn groups_are_shrunk_as_on_the_grid_of_the_file() {
    let block = block("beta_binomial");
    let groups: Vec<(f64, f64)> = numbers(&block["x"]).into_iter().zip(numbers(&block["n"])).collect();
    let (mean, strength, cost) = ranking::most_likely(&groups).expect("groups");
    let tolerance = Tolerance::of(&block);
    tolerance.number(mean, &block["mle_mu"], "μ");
    tolerance.number(cost, &block["mle_nll_no_const"], "negative log likelihood");
    // So flat that the tolerance is a relative one.
    assert!((strength / number(&block["mle_M"]) - 1.0).abs() < 1e-4, "M {strength}");

    let grid = &block["grid"];
    let said = ["mu", "M", "log_prior"].map(|name| grid[name].as_str().expect("words"));
    assert_eq!(said, ["0.01..0.69 step 0.01", "exp(linspace(0, ln 3000, 40))", "-2 ln(1+M/15) + ln M"]);
    let found = ranking::shrunk(&groups, 0.90).expect("groups");
    for (i, group) in found.iter().enumerate() {
        let label = format!("group {i}");
        Tolerance(1e-9).number(group.mean, &grid["posterior_mean"][i], &label);
        Tolerance(1e-9).interval(Some(Interval { low: group.low, high: group.high }), &grid["ci90"][i], &label);
    }
}

#[test]
fn the_chances_of_being_best_are_those_of_drawing_from_the_grid() {
    let block = block("beta_binomial");
    let groups: Vec<(f64, f64)> = numbers(&block["x"]).into_iter().zip(numbers(&block["n"])).collect();
    let found = ranking::chances_of_being_best(&groups).expect("groups");
    let drawn = drawn_best(&groups, 40_000);
    for (k, (found, drawn)) in found.iter().zip(&drawn).enumerate() {
        assert!((found - drawn).abs() < 0.012, "group {k}: {found} against {drawn} drawn");
    }
    assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

/// How often each group is the best in draws from the posterior: a point of the grid, then a rate for each group.
fn drawn_best(groups: &[(f64, f64)], draws: u32) -> Vec<f64> {
    let log_beta = |a: f64, b: f64| special::ln_beta(a, b);
    let mut grid = Vec::new();
    for i in 1..70 {
        for j in 0..40 {
            let strength = (3000.0_f64.ln() * f64::from(j) / 39.0).exp();
            let (a, b) = (f64::from(i) / 100.0 * strength, (1.0 - f64::from(i) / 100.0) * strength);
            let likelihood: f64 = groups.iter().map(|(x, n)| log_beta(a + x, b + n - x) - log_beta(a, b)).sum();
            grid.push((a, b, likelihood - 2.0 * (1.0 + strength / 15.0).ln() + strength.ln()));
        }
    }
    let largest = grid.iter().map(|point| point.2).fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    let cumulated: Vec<f64> = grid
        .iter()
        .map(|point| {
            sum += (point.2 - largest).exp();
            sum
        })
        .collect();
    let mut random = SplitMix64::new(99);
    let mut wins = vec![0.0; groups.len()];
    for _ in 0..draws {
        let goal = random.uniform() * sum;
        let (a, b, _) = grid[cumulated.partition_point(|&sum| sum < goal).min(grid.len() - 1)];
        let rates = groups.iter().map(|(x, n)| special::beta_quantile(random.uniform(), a + x, b + n - x));
        let rates: Vec<f64> = rates.collect();
        let best = (0..rates.len()).max_by(|&i, &j| rates[i].total_cmp(&rates[j])).expect("groups");
        wins[best] += 1.0 / f64::from(draws);
    }
    wins
}

#[test]
fn the_ratio_of_two_uncertain_totals_has_fieller_s_limits() {
    let block = block("fieller_ratio");
    let [a, se_a, b, se_b, z] = ["a", "se_a", "b", "se_b", "z"].map(|name| number(&block[name]));
    Tolerance::of(&block).interval(counts::fieller(a, se_a, b, se_b, z), &block["ci"], "ratio");
}

#[test]
fn the_incidence_with_open_leads_censored_by_the_calendar_is_that_of_lifelines() {
    let block = block("cif_administrative");
    let days = whole_numbers(&block["leave_day"]);
    let (converted, still) = (whole_numbers(&block["n_sql"]), whole_numbers(&block["n_still"]));
    let mut rows = exposures(&days, |_| true, |row| converted[row]);
    rows.extend(exposures(&days, |_| false, |row| still[row]));
    let curve = LagCurve::fit(&rows, 120).expect("there are events");
    assert_eq!(curve.n_events(), converted.iter().sum::<u64>());
    for (i, &day) in whole_numbers(&block["days"]).iter().enumerate() {
        let (day, label) = (day as u32, format!("day {day}"));
        Tolerance::of(&block).number(curve.incidence(day), &block["cif"][i], &label);
        Tolerance::of(&block).interval(curve.interval(day, 0.90), &block["ci90_loglog"][i], &label);
        let share = curve.incidence(day) / curve.incidence(120);
        assert!((curve.share_by(day) - share).abs() < 1e-15, "F is I over I at the horizon");
    }
}

#[test]
fn the_maturity_adjusted_interval_is_the_closed_form() {
    let block = block("maturity_adjusted");
    let tolerance = Tolerance::of(&block);
    let mut cases = list(&block["cases"]).to_vec();
    cases.push(block["reduces_to_wilson"].clone());
    for case in &cases {
        let [c, a, b, var_a, phi, z] = ["C", "A", "B", "var_A", "phi", "z"].map(|name| number(&case[name]));
        tolerance.interval(proportion::score_interval(c, a, b, var_a, phi, z), &case["ci"], &format!("{case}"));
        if case["rate"].is_number() {
            tolerance.number(c / a, &case["rate"], &format!("{case}"));
            let (n, f) = (numbers(&case["n_at_age"]), numbers(&case["F_at_age"]));
            assert_eq!(n.len(), list(&case["ages"]).len());
            let sum = |power: i32| n.iter().zip(&f).map(|(n, f)| n * f.powi(power)).sum::<f64>();
            tolerance.number(sum(1), &case["A"], "A");
            tolerance.number(sum(2), &case["B"], "B");
        }
    }
}

/// A curve with F of the reference example: 120 events on the days 0 to 4, everybody else older.
fn curve_of_the_example() -> LagCurve {
    let events = [24, 36, 30, 18, 12].into_iter().zip(0..);
    let converted = events.map(|(n, exit)| Exposure { entry: 0, exit, ending: Ending::Converted, n });
    let open = Exposure { entry: 0, exit: 30, ending: Ending::Open, n: 400 };
    LagCurve::fit(&converted.chain([open]).collect::<Vec<_>>(), 4).expect("there are events")
}

#[test]
fn the_maturity_of_a_cohort_has_the_variance_of_the_example() {
    let block = block("maturity_adjusted");
    let (example, tolerance) = (&block["var_A_example"], Tolerance::of(&block));
    let curve = curve_of_the_example();
    let mut before = 0.0;
    for (day, f) in (0..).zip(list(&example["f_d"])) {
        tolerance.number(curve.share_by(day) - before, f, &format!("day {day}"));
        before = curve.share_by(day);
    }
    // R falls 50, 41, 30, 22, 9: so many leads have each age.
    let ages = [(0, 9), (1, 11), (2, 8), (3, 13), (11, 9)];
    let found = adjusted(5, &ages, Some(&curve), 1.0, Z).expect("there is maturity");
    tolerance.number(found.maturity_sum, &example["A"], "A");
    tolerance.number(found.var_a, &example["var_A"], "V_A");
    assert_eq!((found.n, found.converted, Value::from(curve.n_events())), (50, 5, example["N_conversions"].clone()));
    for (day, at_least) in (0..).zip(list(&example["R_d"])) {
        let counted: u64 = ages.iter().filter(|(age, _)| *age >= day).map(|(_, n)| n).sum();
        assert_eq!(Value::from(counted), *at_least, "day {day}");
    }
}

#[test]
fn the_ends_of_the_adjusted_interval_and_the_effective_number_solve_their_equations() {
    let curve = curve_of_the_example();
    let ages = [(0, 9), (1, 11), (2, 8), (3, 13), (11, 9)];
    for (c, phi) in [(1, 1.0), (5, 1.0), (5, 1.7), (20, 2.4), (31, 1.0)] {
        let Adjusted { maturity_sum: a, b, var_a, estimate, low, high, n_effective, .. } =
            adjusted(c, &ages, Some(&curve), phi, Z).expect("there is maturity");
        let variance = |p: f64| phi * (p * a - p * p * b) + p * p * var_a;
        for p in [low, high].into_iter().filter(|&p| p < 1.0) {
            assert!(((c as f64 - p * a).powi(2) - Z * Z * variance(p)).abs() < 1e-9, "{c} {phi}: {p}");
        }
        let expected = estimate * (1.0 - estimate) / (variance(estimate) / (a * a));
        assert!((n_effective - expected).abs() < 1e-9 && n_effective <= a / phi, "{c} {phi}: {n_effective}");
    }
}

#[test]
fn the_interval_of_a_count_is_that_of_poisson_test() {
    let block = block("poisson_ci");
    for case in list(&block["cases"]) {
        let x = number(&case["x"]);
        for (name, level) in [("ci90", 0.90), ("ci95", 0.95)] {
            let found = counts::poisson_interval(x, 1.0, level);
            Tolerance::of(&block).interval(Some(found), &case[name], &format!("{case}"));
        }
    }
}

#[test]
fn months_are_overdispersed_as_in_a_quasi_binomial_fit() {
    let block = block("seasonal_phi");
    let tolerance = Tolerance::of(&block);
    let months: Vec<(f64, f64)> = numbers(&block["x"]).into_iter().zip(numbers(&block["n"])).collect();
    let found = overdispersion::pearson_phi(&months);
    // The file rounds φ to 15 digits, the effective number magnifies that.
    tolerance.number(found.phi, &block["phi"], "φ");
    assert_eq!(Value::from(found.degrees_of_freedom), block["df"]);
    assert_eq!(found.months, 12);
    tolerance.number(found.quantile(0.9), &block["t95"], "t");
    let n_effective = found.effective(months.iter().map(|month| month.1).sum());
    assert!((n_effective / number(&block["n_eff"]) - 1.0).abs() < 1e-12, "{n_effective}");
}

#[test]
fn the_control_chart_is_that_of_laney() {
    let block = block("laney_p");
    let tolerance = Tolerance::of(&block);
    let months: Vec<(f64, f64)> = numbers(&block["x"]).into_iter().zip(numbers(&block["n"])).collect();
    tolerance.number(overdispersion::pearson_phi(&months).phi, &block["phi_pearson"], "φ");
    let baseline = control_chart::Baseline::of(&months).expect("twelve months");
    tolerance.number(baseline.mean, &block["p_bar"], "p̄");
    tolerance.number(baseline.sigma_z, &block["sigma_z"], "σ_z");
    for (i, &(x, n)) in months.iter().enumerate() {
        let label = format!("month {i}");
        tolerance.number(baseline.z(x, n).expect("a month"), &block["z"][i], &label);
        let laney = baseline.limits_at(n, 3.0 * baseline.sigma_z).expect("a month");
        tolerance.number(laney.low, &block["lcl"][i], &label);
        tolerance.number(laney.high, &block["ucl"][i], &label);
        let plain = baseline.limits_at(n, 3.0).expect("a month");
        tolerance.number(plain.low, &block["lcl_p"][i], &label);
        tolerance.number(plain.high, &block["ucl_p"][i], &label);
        tolerance.number(baseline.limits(n).expect("a month").high, &block["laney_floor1_ucl"][i], &label);
    }
}

#[test]
fn adjusted_p_values_are_those_of_r() {
    let block = block("p_adjust");
    let p = numbers(&block["p"]);
    for (name, found) in [("bh", multiple::benjamini_hochberg(&p)), ("holm", multiple::holm(&p))] {
        assert_eq!(found.len(), p.len());
        for (i, found) in found.into_iter().enumerate() {
            Tolerance::of(&block).number(found, &block[name][i], &format!("{name} {i}"));
        }
    }
}

#[test]
fn a_change_splits_into_rate_and_mix_as_kitagawa_defined_it() {
    let block = block("kitagawa");
    let tolerance = Tolerance::of(&block);
    let side = |x: &str, n: &str| {
        let counts = numbers(&block[x]).into_iter().zip(numbers(&block[n]));
        counts.map(|(x, n)| decomposition::Side::of_counts(x, n)).collect::<Vec<_>>()
    };
    let groups: Vec<_> = side("x0", "n0").into_iter().zip(side("x1", "n1")).collect();
    let found = decomposition::kitagawa(&groups, 1.0).expect("both periods have leads");
    for (i, group) in found.groups.iter().enumerate() {
        let label = format!("group {i}");
        tolerance.number(group.rate.value, &block["rate_effect"][i], &label);
        tolerance.number(group.mix, &block["mix_effect"][i], &label);
        tolerance.number(group.mix_centred.value, &block["mix_effect_centred"][i], &label);
        // The log-mean decomposition is another program's answer to the same question: close, not equal.
        let lmdi = &block["lmdi"];
        assert!((group.rate.value - number(&lmdi["rate_effect"][i])).abs() < 2e-4, "{label}");
        assert!((group.mix - number(&lmdi["mix_effect"][i])).abs() < 2e-4, "{label}");
    }
    tolerance.number(found.change.value, &block["total_change"], "total");
    tolerance.number(found.rate.value, &block["rate_total"], "rate");
    tolerance.number(found.mix.value, &block["mix_total"], "mix");
    tolerance.number(found.rate_standard_error_fixed_mix, &block["se_rate_total_fixed_mix"], "fixed mix");
    tolerance.number(found.rate.standard_error, &block["se_rate_total"], "error of rate");
    tolerance.number(found.mix.standard_error, &block["se_mix_total"], "error of mix");
}

/// A world in which a share `rate` converts within `WINDOW` days, after Weibull-distributed lags: what its last day shows.
struct World {
    exposures: Vec<Exposure>,
    cohort: Vec<(u32, u64)>,
    converted: u64,
}

const WINDOW: u32 = 90;

/// A lag in whole days, within the window: Weibull with shape 0.9 and scale 25 days, median 16.
fn lag(random: &mut SplitMix64) -> u32 {
    loop {
        let days = 25.0 * (-(1.0 - random.uniform()).ln()).powf(1.0 / 0.9);
        if days < f64::from(WINDOW) {
            return days as u32;
        }
    }
}

fn world(random: &mut SplitMix64, a_day: f64, days: u32, cohort_days: u32, rate: f64) -> World {
    let mut world = World { exposures: Vec::new(), cohort: Vec::new(), converted: 0 };
    for age in 0..days {
        let n = random.poisson(a_day);
        for _ in 0..n {
            let lag = (random.uniform() < rate).then(|| lag(random)).filter(|&lag| lag <= age);
            let (exit, ending) = lag.map_or((age, Ending::Open), |lag| (lag, Ending::Converted));
            world.exposures.push(Exposure { entry: 0, exit, ending, n: 1 });
            world.converted += u64::from(age < cohort_days && lag.is_some());
        }
        if age < cohort_days {
            world.cohort.push((age, n));
        }
    }
    world
}

#[test]
fn the_adjusted_rate_of_a_young_cohort_is_unbiased_and_its_interval_holds_the_truth() {
    let (mut random, replications, rate) = (SplitMix64::new(20_261_031), 600, 0.2);
    let (mut covered, mut estimates, mut naive) = (0, 0.0, 0.0);
    for _ in 0..replications {
        let world = world(&mut random, 3.0, 365, 91, rate);
        let curve = LagCurve::fit(&world.exposures, WINDOW).expect("there are events");
        let found = adjusted(world.converted, &world.cohort, Some(&curve), 1.0, Z).expect("there is maturity");
        covered += u32::from(found.low <= rate && rate <= found.high);
        estimates += found.estimate;
        naive += found.converted as f64 / found.n as f64;
    }
    let n = f64::from(replications);
    let (covered, bias, naive) = (f64::from(covered) / n, estimates / n - rate, naive / n - rate);
    assert!(covered >= 0.86, "the 90 % interval holds the truth in {covered} of the worlds");
    assert!(bias.abs() < 0.005, "off by {bias} on average");
    assert!(naive < -0.03, "so far over all would be off by {naive}");
}

#[test]
fn time_quantiles_of_a_censored_world_are_those_of_its_lags() {
    let mut random = SplitMix64::new(7);
    let mut lags: Vec<u32> = (0..20_000).map(|_| lag(&mut random)).collect();
    lags.sort_unstable();
    let (mut covered, replications) = (0, 60);
    for seed in 0..replications {
        let world = world(&mut random, 3.0, 200, 0, 0.2);
        let found = time_quantiles(&world.exposures, WINDOW, &[0.5, 0.9], 200, seed, 0.9).expect("there are events");
        for (estimate, truth) in found.iter().zip([f64::from(lags[9_999]), f64::from(lags[17_999])]) {
            covered += u32::from(estimate.low <= truth && truth <= estimate.high);
            assert!((f64::from(estimate.value) - truth).abs() < 25.0);
        }
    }
    let covered = f64::from(covered) / (2.0 * replications as f64);
    assert!(covered >= 0.83, "the 90 % interval holds the truth in {covered} of the worlds");
}
