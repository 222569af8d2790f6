//! Is a change called one where something has changed, and nowhere else, and is its cause told?
//!
//! Months 4 to 9 against months 10 to 15 of each world: in the first three there are only fresh leads, whose rate falls from
//! 28 to 20 % while nothing changes; those after have not had their window. The truth is `rate90_expected` by month and
//! channel, split as the program splits it.

use super::{WORLDS, World, mean, n_with, worlds};
use leadgauge::config::plan::Plan;
use leadgauge::facts::Transition;
use leadgauge::metrics::change::{self, Comparison, Effect, News, Reversal};
use leadgauge::metrics::funnel::Cohorts;
use leadgauge::pipeline::Analysis;
use leadgauge::vocabulary::Month;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Worlds in which nothing changes after the start-up.
const UNCHANGED: [&str; 5] = ["healthy", "too_loose", "too_strict", "junk_channel", "tiny"];
/// Worlds in which something does.
const CHANGED: [&str; 2] = ["mix_shift", "drift"];

/// What the program says of the two halves of a year, and what is true, in shares.
#[derive(Clone, Debug)]
pub struct Halves {
    said: Option<Comparison>,
    total: f64,
    rate_effect: f64,
    mix_effect: f64,
}

/// Months 4 to 9 of a world against months 10 to 15.
pub fn halves(plan: &Plan, analysis: &Analysis, truth: &Value) -> Halves {
    let first: Month = truth["by_mql_month"]
        .as_object()
        .and_then(|months| months.keys().next())
        .and_then(|name| name.parse().ok())
        .expect("truth.json begins with the first month");
    let (from, to) = (first.plus(3), first.plus(14));
    let known = &analysis.metrics.known;
    let cohorts = Cohorts::new(&analysis.facts.transitions, plan, analysis.as_of, from, to, known);
    let (before, after) = (period(truth, from, from.plus(5)), period(truth, to.plus(-5), to));
    let all = |side: &BTreeMap<String, (f64, f64)>| {
        let n: f64 = side.values().map(|(n, _)| n).sum();
        (n, side.values().map(|(_, sum)| sum).sum::<f64>() / n)
    };
    let ((n_before, rate_before), (n_after, rate_after)) = (all(&before), all(&after));
    let (mut rate_effect, mut mix_effect) = (0.0, 0.0);
    for channel in before.keys() {
        let (n, sum) = before[channel];
        let (m, other_sum) = after[channel];
        // A channel without anybody in one period: its rate is that of the other one.
        let rate = if n > 0.0 { sum / n } else { other_sum / m.max(1.0) };
        let other = if m > 0.0 { other_sum / m } else { rate };
        let (share, other_share) = (n / n_before, m / n_after);
        rate_effect += 0.5 * (share + other_share) * (other - rate);
        mix_effect += 0.5 * (rate + other) * (other_share - share);
    }
    Halves {
        said: change::compare_rates(&cohorts, Transition::MqlToSql, plan.verdict.level),
        total: rate_after - rate_before,
        rate_effect,
        mix_effect,
    }
}

/// MQLs and expected SQLs within 90 days of some months, by channel.
fn period(truth: &Value, from: Month, to: Month) -> BTreeMap<String, (f64, f64)> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for month in (from.0..=to.0).map(|month| Month(month).to_string()) {
        for (channel, row) in truth["by_mql_month_channel"][&month].as_object().expect("every month has its channels") {
            let n = row["n_mql"].as_f64().expect("a number");
            let entry = sums.entry(channel.clone()).or_default();
            entry.0 += n;
            entry.1 += n * row["rate90_expected"].as_f64().unwrap_or(0.0);
        }
    }
    sums
}

fn pooled(batches: &[&str]) -> Option<Vec<&'static World>> {
    let mut all = Vec::new();
    for batch in batches {
        all.extend(worlds(batch)?);
    }
    Some(all)
}

fn said(world: &World) -> Option<&Comparison> {
    world.halves.said.as_ref()
}

fn claims(worlds: &[&World], effect: impl Fn(&Comparison) -> &Effect) -> usize {
    n_with(worlds, |world| said(world).is_some_and(|said| effect(said).news == News::Change))
}

#[test]
fn worlds_in_which_nothing_changed_are_seldom_said_to_have_changed() {
    let Some(worlds) = pooled(&UNCHANGED) else { return };
    let compared = n_with(&worlds, |world| said(world).is_some());
    assert!(compared >= 200, "{compared} comparisons");
    let changed = claims(&worlds, |said| &said.total);
    assert!(changed as f64 <= 0.08 * compared as f64, "{changed} of {compared} are said to have changed");
}

#[test]
fn a_mix_that_shifts_is_found_and_one_that_does_not_is_not() {
    let (Some(shifting), Some(healthy)) = (worlds("mix_shift"), worlds("healthy")) else { return };
    let found = claims(&shifting, |said| &said.mix_effect);
    assert!(found >= 38, "found in {found} of 40");
    let false_ones = claims(&healthy, |said| &said.mix_effect);
    assert!(false_ones <= 4, "found in {false_ones} of 60 healthy worlds");
    for world in &shifting {
        // Worse channels grow: no world may be told that its mix has become better.
        let mix = said(world).map_or(0.0, |said| said.mix_effect.value);
        assert!(mix < 0.0, "{}: {mix}", world.name());
    }
}

#[test]
fn the_parts_of_a_change_are_unbiased_and_add_up_to_it() {
    for batch in UNCHANGED.into_iter().chain(CHANGED) {
        let Some(worlds) = worlds(batch) else { return };
        for comparison in worlds.iter().filter_map(|world| said(world)) {
            let Comparison { total, rate_effect, mix_effect, .. } = comparison;
            assert!((rate_effect.value + mix_effect.value - total.value).abs() < 1e-9, "{batch}: {comparison:?}");
        }
        if batch != "tiny" {
            let mix = bias(&worlds, |said| &said.mix_effect, |halves| halves.mix_effect);
            assert!(mix.abs() <= 0.005, "{batch}: bias of the mix effect {mix}");
            let rate = bias(&worlds, |said| &said.rate_effect, |halves| halves.rate_effect);
            assert!(rate.abs() <= 0.01, "{batch}: bias of the rate effect {rate}");
        }
    }
}

fn bias(worlds: &[&World], effect: impl Fn(&Comparison) -> &Effect, truth: impl Fn(&Halves) -> f64) -> f64 {
    mean(worlds.iter().filter_map(|world| Some(effect(said(world)?).value - truth(&world.halves))))
}

const HEAD: &str = "\
Months 4–9 against 10–15 (points; truth → said, mean; news = worlds in which it is called a change; covers = 95 % intervals that hold the truth)

| worlds | n | compared | total | news | covers | of it rate | news | covers | of it mix | news | covers | direction differs: seen, proven | φ |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// The table of this module; `None` without worlds.
pub fn table() -> Option<String> {
    WORLDS.as_ref()?;
    let mut text = String::from(HEAD);
    for batch in UNCHANGED {
        text.push_str(&line(batch, &worlds(batch)?));
    }
    text.push_str(&line("**unchanged**", &pooled(&UNCHANGED)?));
    for batch in CHANGED {
        text.push_str(&line(batch, &worlds(batch)?));
    }
    text.push('\n');
    Some(text)
}

fn line(name: &str, worlds: &[&World]) -> String {
    let compared: Vec<(&Halves, &Comparison)> =
        worlds.iter().filter_map(|world| Some((&world.halves, said(world)?))).collect();
    let mut line = format!("| {name} | {} | {} |", worlds.len(), compared.len());
    type Part = (fn(&Halves) -> f64, fn(&Comparison) -> &Effect);
    let parts: [Part; 3] = [
        (|halves| halves.total, |said| &said.total),
        (|halves| halves.rate_effect, |said| &said.rate_effect),
        (|halves| halves.mix_effect, |said| &said.mix_effect),
    ];
    for (truth, effect) in parts {
        let covering = compared.iter().filter(|(halves, said)| {
            let effect = effect(said);
            (effect.low..=effect.high).contains(&truth(halves))
        });
        write!(
            line,
            " {:+.2} → {:+.2} | {} | {} |",
            100.0 * mean(compared.iter().map(|(halves, _)| truth(halves))),
            100.0 * mean(compared.iter().map(|(_, said)| effect(said).value)),
            compared.iter().filter(|(_, said)| effect(said).news == News::Change).count(),
            covering.count()
        )
        .expect("a text can be written");
    }
    let reversed = |wanted: Reversal| compared.iter().filter(|(_, said)| said.reversal == wanted).count();
    let phi = mean(compared.iter().map(|(_, said)| said.phi));
    writeln!(line, " {}, {} | {phi:.2} |", reversed(Reversal::Seen), reversed(Reversal::Proven))
        .expect("a text can be written");
    line
}
