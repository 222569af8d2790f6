//! Is what the program says of a rate and advises on the bar supported by the data, and right?

use super::BATCHES;
use super::{Advice, Benchmark, Verdict, World, covers, error, mean, n_with, width, worlds};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The number of independent mature leads behind a verdict, from the rate as it is shown: its two limits solve
/// (C − pA)² = X p A + Y p² for X = z²φ and Y = z² (V_A − φB), and these give the variance of C at the estimate.
fn effective_n(world: &World) -> f64 {
    let (rate, phi, (n, c)) = (&world.rate, world.phi, world.counted);
    let a = rate.maturity.expect("a judged rate has one") * n;
    let (low, high) = (rate.low.expect("a judged rate has limits"), rate.high.expect("a judged rate has limits"));
    let p = rate.estimate.expect("a judged rate has an estimate");
    let left = |p: f64| (c - p * a).powi(2) / p;
    let y = (left(high) - left(low)) / (high - low);
    let x = (left(low) - y * low) / a;
    let variance = (x * p * a + y * p * p) * phi / x;
    let largest = a / phi;
    let n = p * (1.0 - p) * a * a / variance;
    if c > 0.0 && n.is_finite() { n.min(largest) } else { largest }
}

/// Whether Clopper–Pearson at x of n supports a verdict, each limit wrong at most (1 − level)/2 of the time: asked of the
/// binomial tails at the borders, without the limits themselves.
fn is_supported(verdict: Verdict, share: f64, n: f64, low: f64, high: f64, level: f64) -> bool {
    let (x, tail) = (share * n, (1.0 - level) / 2.0);
    // P(X ≤ x) at a share of p, and P(X ≥ x), for real x and n.
    let at_most = |p: f64| if x < n { 1.0 - statrs::function::beta::beta_reg(x + 1.0, n - x, p) } else { 1.0 };
    let at_least = |p: f64| if x > 0.0 { statrs::function::beta::beta_reg(x, n - x + 1.0, p) } else { 1.0 };
    match verdict {
        Verdict::Below => at_most(low) < tail,
        Verdict::Above => at_least(high) < tail,
        Verdict::Inside => at_least(low) <= tail && at_most(high) <= tail,
        _ => true,
    }
}

#[test]
fn the_rate_of_the_last_three_months_covers_the_truth_of_healthy_worlds() {
    let Some(worlds) = worlds("healthy") else { return };
    let covering = n_with(&worlds, |world| covers(&world.rate, world.truth));
    assert!(covering >= 51, "{covering} of 60 intervals hold the truth");
    for world in &worlds {
        assert!(world.rate.n > 100 && world.rate.window_days == Some(90), "{}: {:?}", world.name(), world.rate);
    }
}

#[test]
fn the_rate_of_young_months_is_unbiased_and_its_interval_narrow() {
    let Some(worlds) = worlds("healthy") else { return };
    let bias = mean(worlds.iter().filter_map(|world| error(world)));
    assert!(bias.abs() <= 0.005, "bias {bias}");
    let observed = mean(worlds.iter().filter_map(|world| Some(world.rate.observed? - world.truth)));
    assert!(observed < -0.03, "what is seen so far is not too low ({observed}): the months are not young");
    let with_swing = mean(worlds.iter().map(|world| width(&world.rate).expect("every world has an interval")));
    assert!(with_swing <= 0.080, "mean width {with_swing}");
    let without = mean(worlds.iter().map(|world| width(&world.rate_without_swing).expect("an interval")));
    assert!(without <= 0.063 && without <= with_swing, "mean width without swing {without}");
}

#[test]
fn worlds_with_too_low_a_bar_are_judged_below_the_range() {
    let Some(worlds) = worlds("too_loose") else { return };
    let below = n_with(&worlds, |world| world.benchmark.verdict == Verdict::Below);
    assert!(below >= 57, "{below} of 60");
    assert_eq!(n_with(&worlds, |world| world.benchmark.verdict == Verdict::Above), 0);
}

#[test]
fn worlds_with_too_high_a_bar_are_judged_above_the_range() {
    let Some(worlds) = worlds("too_strict") else { return };
    let above = n_with(&worlds, |world| world.benchmark.verdict == Verdict::Above);
    assert!(above >= 48, "{above} of 60");
    assert_eq!(n_with(&worlds, |world| world.benchmark.verdict == Verdict::Below), 0);
}

#[test]
fn every_verdict_is_supported_by_clopper_pearson_at_the_effective_counts_of_the_shown_rate() {
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        for world in worlds {
            let Benchmark { verdict, low, high, .. } = world.benchmark;
            if !matches!(verdict, Verdict::Below | Verdict::Inside | Verdict::Above) {
                continue;
            }
            assert_eq!((low, high), (0.13, 0.31));
            let n = effective_n(world);
            let said = world.rate.n_effective.expect("a judged rate has one");
            assert!((n / said - 1.0).abs() < 1e-6, "{}: effective n {said}, recomputed {n}", world.name());
            let share = world.rate.estimate.expect("a judged rate has an estimate");
            let supported = is_supported(verdict, share, n, low, high, world.rate.level);
            assert!(supported, "{}: {verdict:?} at {share} of {n}", world.name());
        }
    }
}

/// Where the ladder may end in each scenario, by the truth: what else it may say than the right thing is that it cannot
/// be told, and how often it must be told. The truth of drift is 13.5 % and that of junk_channel 12.0 %, both close to
/// the border at 13 %.
#[test]
fn the_ladder_ends_where_the_truth_of_the_scenario_allows() {
    for (batch, right, least) in [
        ("healthy", Verdict::Inside, 48),
        ("too_loose", Verdict::Below, 57),
        ("too_strict", Verdict::Above, 48),
        ("drift", Verdict::Inside, 0),
        ("mix_shift", Verdict::Inside, 36),
        ("junk_channel", Verdict::Below, 8),
        ("sales_backlog", Verdict::Inside, 20),
    ] {
        let Some(worlds) = worlds(batch) else { return };
        for world in &worlds {
            let position = world.benchmark.position.unwrap_or(world.benchmark.verdict);
            assert!([right, Verdict::NotSettled].contains(&position), "{}: {position:?}", world.name());
        }
        let told = n_with(&worlds, |world| world.benchmark.position == Some(right));
        assert!(told >= least, "{batch}: {told} are {right:?}");
    }
}

/// Against the truth of the very months that are judged: each false claim has a chance of at most 5 % in a world.
#[test]
fn verdicts_are_seldom_wrong_about_the_months_they_judge() {
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        for world in worlds {
            let Benchmark { position, low, high, .. } = world.benchmark;
            let right = match position {
                Some(Verdict::Below) => world.truth < low,
                Some(Verdict::Above) => world.truth > high,
                Some(Verdict::Inside) => (low..=high).contains(&world.truth),
                _ => true,
            };
            judged += 1;
            if !right {
                wrong.push(world.name());
            }
        }
    }
    assert!(wrong.len() * 20 <= judged, "{} of {judged}: {wrong:?}", wrong.len());
}

#[test]
fn the_mix_decides_only_where_a_verdict_would_change() {
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        for world in worlds {
            let Benchmark { verdict, position, rungs, standing, .. } = &world.benchmark;
            let pending = standing.and_then(|standing| standing.pending);
            if *verdict == Verdict::Mix || rungs.iter().any(|rung| rung.rung == "mix") {
                assert!(pending.is_some() && pending == *position, "{}: {standing:?}, {rungs:?}", world.name());
            }
        }
    }
}

#[test]
fn tiny_worlds_are_seldom_judged_on_the_wrong_side_or_told_to_move() {
    let Some(worlds) = worlds("tiny") else { return };
    assert!(worlds.iter().all(|world| world.mqls < 150));
    // The truth is 19 %. A wrong claim has a chance of at most 5 % in a world: 8 or more of 60 happen one time in 100.
    let wrong = n_with(&worlds, |world| matches!(world.benchmark.verdict, Verdict::Below | Verdict::Above));
    assert!(wrong < 8, "{wrong} of 60");
    let settled = n_with(&worlds, |world| world.benchmark.verdict == Verdict::Inside);
    assert!((6..=42).contains(&settled), "{settled} of 60 inside");
    // 12 were measured, and as many on the same worlds without any action logged by sales: this is the rule's own share.
    let moving = n_with(&worlds, World::moves);
    assert!(moving <= 15, "{moving} of 60 are told to move the bar");
}

#[test]
fn advice_points_the_right_way_and_to_a_bar_that_was_weighed() {
    for (batch, _) in BATCHES {
        let Some(worlds) = worlds(batch) else { return };
        for world in worlds {
            let (name, bar, suggested) = (world.name(), world.bar, world.suggested);
            match world.advice {
                Advice::Tighten => assert!(suggested > bar, "{name}: {bar} to {suggested}"),
                Advice::LoosenOneNotch => {
                    assert!(suggested < bar && suggested >= 0.8 * bar - 1e-9, "{name}: {suggested}")
                }
                _ => assert_eq!(suggested, bar, "{name}"),
            }
            let weighed = world.thresholds.iter().any(|threshold| (threshold - suggested).abs() < 1e-9);
            assert!(weighed || world.advice == Advice::NotEnoughData, "{name}: {suggested} of {:?}", world.thresholds);
            match batch {
                "too_loose" | "junk_channel" => assert_eq!(world.advice, Advice::Tighten, "{name}"),
                "too_strict" => assert_ne!(world.advice, Advice::Tighten, "{name}"),
                _ => {}
            }
        }
    }
}

/// What sales logs on the day of an SQL once counted as marketing's evidence: then all 60 were told to tighten.
#[test]
fn a_right_bar_is_not_moved_off_its_plateau() {
    let Some(worlds) = worlds("healthy") else { return };
    // The truth of healthy worlds: 110 is best, and 100 to 120 are within 2 % of it.
    let off = n_with(&worlds, |world| !(100.0..=120.0).contains(&world.suggested));
    assert!(off <= 2, "{off} of {} worlds are told to leave the plateau", worlds.len());
    let keeping = n_with(&worlds, |world| !world.moves());
    assert!(keeping >= 30, "only {keeping} of {} worlds are told to keep it", worlds.len());
}

pub const RATES_HEAD: &str = "\
MQL→SQL of the report months, all as one rate (points and shares in %; +φ = with the months' swing)

| worlds | n | MQLs | truth | seen | bias | rmse | covers | covers +φ | width | width +φ | φ | below | inside | above | not settled | too few, immature | months left out in |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

pub fn rates_line(batch: &str, worlds: &[&World]) -> String {
    let points = |share: f64| 100.0 * share;
    let n_verdict = |wanted: &[Verdict]| n_with(worlds, |world| wanted.contains(&world.benchmark.verdict));
    let rmse = mean(worlds.iter().filter_map(|world| error(world)).map(|error| error * error)).sqrt();
    let mut line = String::new();
    writeln!(
        line,
        "| {batch} | {} | {:.0} | {:.2} | {:.2} | {:+.2} | {:.2} | {} | {} | {:.2} | {:.2} | {:.2} | {} | {} | {} | {} | {} | {} |",
        worlds.len(),
        mean(worlds.iter().map(|world| world.mqls as f64)),
        points(mean(worlds.iter().map(|world| world.truth))),
        points(mean(worlds.iter().filter_map(|world| world.rate.observed))),
        points(mean(worlds.iter().filter_map(|world| error(world)))),
        points(rmse),
        n_with(worlds, |world| covers(&world.rate_without_swing, world.truth)),
        n_with(worlds, |world| covers(&world.rate, world.truth)),
        points(mean(worlds.iter().filter_map(|world| width(&world.rate_without_swing)))),
        points(mean(worlds.iter().filter_map(|world| width(&world.rate)))),
        mean(worlds.iter().map(|world| world.phi)),
        n_verdict(&[Verdict::Below]),
        n_verdict(&[Verdict::Inside]),
        n_verdict(&[Verdict::Above]),
        n_verdict(&[Verdict::NotSettled]),
        n_verdict(&[Verdict::TooFew, Verdict::Immature, Verdict::Unavailable]),
        n_with(worlds, |world| world.months_left_out > 0),
    )
    .expect("a text can be written");
    line
}

pub const ADVICE_HEAD: &str = "
Advice on the bar (worlds)

| worlds | n | bar | tighten | loosen | keep | explore | not enough | suggested (worlds) |
|---|---|---|---|---|---|---|---|---|
";

pub fn advice_line(batch: &str, worlds: &[&World]) -> String {
    let n_advice = |wanted: Advice| n_with(worlds, |world| world.advice == wanted);
    let mut bars: BTreeMap<i64, u32> = BTreeMap::new();
    for world in worlds {
        *bars.entry(world.suggested.round() as i64).or_default() += 1;
    }
    let bars: Vec<String> = bars.iter().map(|(bar, n)| format!("{bar} ({n})")).collect();
    format!(
        "| {batch} | {} | {:.0} | {} | {} | {} | {} | {} | {} |\n",
        worlds.len(),
        mean(worlds.iter().map(|world| world.bar)),
        n_advice(Advice::Tighten),
        n_advice(Advice::LoosenOneNotch),
        n_advice(Advice::Keep),
        n_advice(Advice::Explore),
        n_advice(Advice::NotEnoughData),
        bars.join(", "),
    )
}
