//! Do the estimators give the numbers that R, scipy, lifelines and mpmath give?
//!
//! Every block of `tests/reference/stat_reference.json` that `leadgauge::stats` covers, at the block's own tolerance; and,
//! where no other program has the estimator, a seeded simulation of how often its interval holds the truth.

use leadgauge::stats::maturity::{Adjusted, Ending, Exposure, LagCurve, adjusted, time_quantiles};
use leadgauge::stats::random::SplitMix64;
use leadgauge::stats::{Interval, control_chart, counts, decomposition, multiple, overdispersion, proportion, special};
use serde_json::Value;

const Z: f64 = 1.644_853_626_951_472_2;

/// A block of the reference file.
fn block(name: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/stat_reference.json");
    let text = std::fs::read_to_string(path).expect("the reference file is part of the repository");
    let blocks: Value = serde_json::from_str(&text).expect("the reference file is JSON");
    blocks[name].clone()
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

#[test]
fn counts_are_weights_of_kaplan_meier() {
    let block = block("km_weighted");
    let (status, weight) = (whole_numbers(&block["status"]), whole_numbers(&block["weight"]));
    let rows = exposures(&whole_numbers(&block["t"]), |row| status[row] == 1, |row| weight[row]);
    let curve = LagCurve::fit(&rows, 30).expect("there are events");
    for (&time, surv) in whole_numbers(&block["time"]).iter().zip(list(&block["surv"])) {
        Tolerance::of(&block).number(1.0 - curve.incidence(time as u32), surv, &format!("day {time}"));
    }
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
    assert_eq!((found.n, found.converted, curve.n_events()), (50, 5, 120));
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
