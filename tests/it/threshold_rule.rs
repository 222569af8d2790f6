//! The threshold rule: its numbers against a reference implementation on simulated worlds, its laws, and its words.

use leadgauge::calibration::advice;
use leadgauge::calibration::checks;
use leadgauge::calibration::emulation::emulate;
use leadgauge::calibration::evidence::{
    BANDS, BandCount, ConvertedCount, CrossedCount, Evidence, ExploredCount, OpenCount, WEEKS, band_below, bands_below,
};
use leadgauge::calibration::threshold::{
    Basis, Candidate, ExploreWhen, Judgement, Rule, Verdict, Z90, frontier, judge,
};
use leadgauge::vocabulary::{Day, Month};
use serde_json::Value;

/// The settings of the reference implementation, which counts MQLs only when their whole window has passed.
fn reference() -> Rule {
    Rule { near_share: 0.5, gate_half_notch: 0.7, gate_notch: 0.9, least_sqls: 8, ..Rule::with(0.03, 0.7, 0.2) }
}

struct Case {
    name: String,
    value_per_sql: f64,
    cost_per_mql: f64,
    evidence: Evidence,
    expected: Value,
}

impl Case {
    fn judge(&self, rule: &Rule) -> Judgement {
        judge(&self.evidence, self.value_per_sql, self.cost_per_mql, rule)
    }
}

fn cases() -> Vec<Case> {
    let golden: Value = serde_json::from_str(include_str!("../golden/threshold_rule.json")).expect("golden is JSON");
    let cases = golden["cases"].as_array().expect("a list of cases");
    cases
        .iter()
        .map(|case| Case {
            name: case["name"].as_str().expect("a name").to_string(),
            value_per_sql: number(&case["value_per_sql"]),
            cost_per_mql: number(&case["cost_per_mql"]),
            evidence: evidence(&case["evidence"]),
            expected: case["expected"].clone(),
        })
        .collect()
}

fn case(start: &str) -> Case {
    cases().into_iter().find(|case| case.name.starts_with(start)).expect("a case of that name")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

fn evidence(value: &Value) -> Evidence {
    let rows = |table: &str, width: usize| -> Vec<Vec<u64>> {
        let flat: Vec<u64> =
            value[table].as_array().expect("a table").iter().map(|cell| cell.as_u64().expect("a count")).collect();
        flat.chunks_exact(width).map(<[u64]>::to_vec).collect()
    };
    let first_month = number(&value["month0"]) as i32;
    let month = |row: &[u64]| Month(first_month + row[0] as i32);
    let day = |name: &str| Some(Day(number(&value[name]) as i32));
    Evidence {
        threshold: number(&value["threshold"]),
        step: number(&value["step"]),
        first_created: day("first_created"),
        as_of: day("as_of"),
        window_days: number(&value["window_days"]) as u32,
        least_age_days: number(&value["window_days"]) as u32,
        open: rows("open", 6)
            .iter()
            .map(|row| OpenCount {
                month: month(row),
                age_class: row[1] as u32,
                block: row[2] as usize,
                band: row[3] as usize,
                next_band: row[4] as usize,
                n: row[5],
            })
            .collect(),
        unconverted: rows("unconverted", 4)
            .iter()
            .map(|row| BandCount {
                month: month(row),
                age_class: row[1] as u32,
                weeks_seen: WEEKS as u32,
                band: row[2] as usize,
                n: row[3],
            })
            .collect(),
        converted: rows("converted", 5)
            .iter()
            .map(|row| ConvertedCount {
                month: month(row),
                age_class: row[1] as u32,
                weeks_seen: WEEKS as u32,
                week: row[2] as usize,
                band: row[3] as usize,
                n: row[4],
            })
            .collect(),
        crossed: rows("crossed", 5)
            .iter()
            .map(|row| CrossedCount {
                month: month(row),
                age_class: row[1] as u32,
                band: row[2] as usize,
                wait_days: row[3] as u32,
                n: row[4],
            })
            .collect(),
        below: rows("below", 1).iter().enumerate().map(|(band, row)| (band, row[0])).collect(),
        below_mqls: number(&value["below_mqls"]) as u64,
        explored: rows("explored", 4)
            .iter()
            .map(|row| ExploredCount { month: month(row), band: row[1] as usize, n: row[2], sqls: row[3] })
            .collect(),
    }
}

fn assert_close(got: f64, wanted: f64, what: &str) {
    let distance = (got - wanted).abs() / wanted.abs().max(1e-6);
    assert!(distance <= 1e-6, "{what}: got {got}, wanted {wanted}");
}

fn assert_finite(judgement: &Judgement) {
    let text = serde_json::to_string(judgement).expect("a judgement is JSON");
    assert!(!text.contains("-0.0,") && !text.contains("-0.0}"), "{text}");
    let scalars = [judgement.current, judgement.suggested, judgement.phi, judgement.break_even];
    assert!(scalars.iter().all(|x| x.is_finite()));
    judgement.candidates.iter().for_each(assert_finite_candidate);
}

fn assert_finite_candidate(candidate: &Candidate) {
    let shares = [candidate.threshold, candidate.mqls_share, candidate.sqls_share];
    let gains = [candidate.gain_per_mql, candidate.low, candidate.high].into_iter().flatten();
    assert!(shares.into_iter().chain(gains).all(f64::is_finite), "{candidate:?}");
    let rates = [candidate.average_rate, candidate.moved_rate, candidate.probability_better];
    let interval = candidate.marginal_rate.map(|(value, low, high)| [low, value, high]);
    let rates = rates.into_iter().flatten().chain(interval.into_iter().flatten());
    assert!(rates.clone().all(|rate| (0.0..=1.0).contains(&rate)), "{candidate:?}");
    assert!(interval.is_none_or(|limits| limits.is_sorted()), "{candidate:?}");
}

#[test]
fn gains_ranges_and_changes_equal_the_reference_implementation() {
    for case in cases() {
        let judgement = case.judge(&reference());
        let wanted = |key: &str| numbers(&case.expected[key]);
        let thresholds: Vec<f64> = judgement.candidates.iter().map(|candidate| candidate.threshold).collect();
        assert_eq!(thresholds, wanted("thresholds"), "{}", case.name);
        let (gain, sd, better) = (wanted("gain"), wanted("sd"), wanted("probability_better"));
        for (i, candidate) in judgement.candidates.iter().enumerate() {
            let at = format!("{} at {}", case.name, candidate.threshold);
            let [mean, low, high] =
                [candidate.gain_per_mql, candidate.low, candidate.high].map(|x| x.expect("economics are known"));
            assert_close(mean, gain[i], &format!("{at}: gain"));
            assert_close((high - low) / (2.0 * Z90), sd[i], &format!("{at}: sd"));
            match candidate.probability_better {
                Some(probability) => assert_close(probability, better[i], &format!("{at}: probability")),
                None => assert_eq!(candidate.threshold, judgement.current),
            }
        }
        assert_close(judgement.phi, number(&case.expected["phi"]), &format!("{}: phi", case.name));
        match judgement.change {
            Some(change) => {
                assert_close(change.probability, number(&case.expected["change_probability"]), &case.name);
                assert_eq!(f64::from(change.month.0), number(&case.expected["change_month"]), "{}", case.name);
            }
            None => assert!(case.expected["change_probability"].is_null(), "{}", case.name),
        }
        assert_eq!(judgement.suggested, number(&case.expected["suggested"]), "{}", case.name);
        assert_finite(&judgement);
    }
}

#[test]
fn a_bar_that_is_too_low_is_raised_and_one_that_is_too_high_is_lowered_by_a_notch_at_most() {
    let raised = case("too_loose").judge(&reference());
    assert_eq!(raised.verdict, Verdict::Tighten);
    assert!(raised.suggested > raised.current);
    let lowered = case("too_strict").judge(&reference());
    assert_eq!(lowered.verdict, Verdict::LoosenOneNotch);
    assert!(lowered.suggested < lowered.current && lowered.suggested >= 0.8 * lowered.current - 1e-9);
}

#[test]
fn the_threshold_in_force_is_emulated_as_it_was_counted() {
    for case in cases() {
        let judgement = case.judge(&reference());
        for (odds, delay) in [(1.0, 0.0), (0.7, 0.03), (1.4, 0.06)] {
            let emulated = emulate(&case.evidence, |_, _| 1.0, odds, delay);
            assert_close(emulated.mqls[0], judgement.mature_mqls as f64, &case.name);
            assert_close(emulated.sqls[0], judgement.mature_sqls as f64, &case.name);
            assert_eq!((emulated.mqls.len(), emulated.sqls.len()), (BANDS, BANDS));
            assert!(emulated.mqls.is_sorted_by(|a, b| a >= &(b - 1e-9)), "{}", case.name);
        }
    }
}

#[test]
fn waiting_costs_sqls_and_small_odds_take_them_away_above_the_bar() {
    let case = case("healthy");
    let sqls = |odds, delay| emulate(&case.evidence, |_, _| 1.0, odds, delay).sqls;
    let (free, dear, careful) = (sqls(1.0, 0.0), sqls(1.0, 0.03), sqls(0.7, 0.0));
    assert!((1..BANDS).all(|j| dear[j] <= free[j] && careful[j] <= free[j]));
    assert!(dear[4] < free[4] && careful[4] < free[4]);
}

#[test]
fn the_order_of_rows_and_how_they_are_split_change_nothing() {
    let case = case("drift");
    let mut shuffled = case.evidence.clone();
    shuffled.open.reverse();
    shuffled.unconverted.reverse();
    shuffled.crossed.reverse();
    shuffled.explored.reverse();
    shuffled.converted =
        shuffled.converted.iter().flat_map(|row| (0..row.n).map(|_| ConvertedCount { n: 1, ..row.clone() })).collect();
    let (one, other) = (case.judge(&reference()), judge(&shuffled, 1000.0, 120.0, &reference()));
    assert_eq!((one.verdict, one.suggested, one.mature_sqls), (other.verdict, other.suggested, other.mature_sqls));
    for (a, b) in one.candidates.iter().zip(&other.candidates) {
        assert_close(a.gain_per_mql.unwrap_or(0.0), b.gain_per_mql.unwrap_or(0.0), "gain");
    }
}

#[test]
fn money_in_another_unit_changes_amounts_and_nothing_else() {
    let case = case("junk_channel");
    let (one, hundred) = (case.judge(&reference()), judge(&case.evidence, 100_000.0, 12_000.0, &reference()));
    assert_eq!((one.verdict, one.suggested, one.plateau), (hundred.verdict, hundred.suggested, hundred.plateau));
    for (a, b) in one.candidates.iter().zip(&hundred.candidates) {
        assert_close(100.0 * a.gain_per_mql.unwrap_or(0.0), b.gain_per_mql.unwrap_or(0.0), "gain");
        assert_close(a.probability_better.unwrap_or(0.0), b.probability_better.unwrap_or(0.0), "probability");
    }
}

#[test]
fn a_gain_is_the_money_saved_on_mqls_less_the_sqls_lost() {
    for case in cases() {
        let judgement = case.judge(&reference());
        for candidate in &judgement.candidates {
            let moved = candidate.mqls_share - 1.0;
            let rate = candidate.moved_rate.unwrap_or(0.0);
            let gain = moved * (case.value_per_sql * rate - case.cost_per_mql);
            assert!((gain - candidate.gain_per_mql.unwrap_or(0.0)).abs() < 1e-6, "{}: {candidate:?}", case.name);
        }
    }
}

#[test]
fn without_economics_there_are_volumes_and_rates_but_no_gains() {
    for case in cases() {
        let candidates = frontier(&case.evidence, &reference());
        let judgement = case.judge(&reference());
        assert_eq!(candidates.len(), judgement.candidates.len());
        let mut previous = (f64::INFINITY, f64::INFINITY);
        for candidate in &candidates {
            assert_finite_candidate(candidate);
            assert!(candidate.gain_per_mql.is_none() && candidate.probability_better.is_none());
            assert!(candidate.mqls_share <= previous.0 && candidate.sqls_share <= previous.1, "{}", case.name);
            previous = (candidate.mqls_share, candidate.sqls_share);
        }
        let current = candidates.iter().find(|c| c.basis == Basis::Observed).expect("the threshold in force");
        assert_eq!((current.mqls_share, current.sqls_share), (1.0, 1.0));
        assert_close(
            current.average_rate.unwrap_or(0.0),
            judgement.mature_sqls as f64 / judgement.mature_mqls as f64,
            "average rate",
        );
        assert!(candidates.iter().all(|c| (c.basis == Basis::Extrapolated) == (c.threshold < judgement.current)));
    }
}

#[test]
fn nothing_comes_from_nothing() {
    let empty = judge(&Evidence::default(), 1000.0, 120.0, &reference());
    assert_eq!((empty.verdict, empty.mature_mqls, empty.candidates.len()), (Verdict::NotEnoughData, 0, 0));
    assert_finite(&empty);
    assert!(frontier(&Evidence::default(), &reference()).is_empty());

    let case = case("healthy");
    let rule = Rule { least_sqls: 10_000, ..reference() };
    let few = case.judge(&rule);
    assert_eq!((few.verdict, few.suggested), (Verdict::NotEnoughData, few.current));
    assert_eq!(frontier(&case.evidence, &rule).len(), 1);
    assert!(advice::sentence(&few, "USD", 50.0)[0].starts_with("Not enough data: 572 mature MQLs, 116 SQLs"));
}

#[test]
fn odd_economics_and_odd_counts_leave_every_number_finite() {
    let case = case("healthy");
    for (value, cost) in [(1.0, 2.0), (1e9, 1.0), (1000.0, 0.0), (1000.0, 999.999), (0.0, 0.0), (f64::NAN, 1.0)] {
        assert_finite(&judge(&case.evidence, value, cost, &reference()));
    }
    let mut odd = case.evidence.clone();
    odd.first_created = None;
    odd.below_mqls = 0;
    odd.unconverted.iter_mut().for_each(|row| row.band += 1_000);
    odd.explored.iter_mut().for_each(|row| (row.band, row.sqls) = (row.band + 1_000, row.n + 1));
    let judgement = judge(&odd, 1000.0, 120.0, &reference());
    assert_finite(&judgement);
    assert_eq!(judgement.candidates.len(), BANDS, "nothing is known of leads below the bar");
    odd.unconverted.clear();
    assert_finite(&judge(&odd, 1000.0, 120.0, &reference()));
    for (threshold, step) in [(0.0, 10.0), (100.0, 0.0), (-5.0, 1.0), (75.0, 8.0), (3.0, 10.0)] {
        assert_finite(&judge(&Evidence { threshold, step, ..case.evidence.clone() }, 1000.0, 120.0, &reference()));
    }
}

#[test]
fn a_lead_that_pays_far_above_break_even_is_not_held_back_by_the_edge_of_the_grid() {
    let case = case("healthy");
    let judgement = judge(&case.evidence, 100_000.0, 100.0, &reference());
    let (value, low, high) = judgement.marginal_at_bar.expect("a rate at the bar");
    assert!(low > 0.05 && value < 0.2 && high < 0.25, "{value} {low} {high}");
    assert_eq!(judgement.verdict, Verdict::LoosenOneNotch);
}

#[test]
fn a_loosening_needs_its_gate_and_else_exploration_until_enough_leads_were_explored() {
    let case = case("too_strict");
    let closed = Rule { gate_half_notch: 1.1, gate_notch: 1.1, ..reference() };
    for explore_when in [ExploreWhen::LeadsAboveTheBarPay, ExploreWhen::LooseningMayPay] {
        let judgement = case.judge(&Rule { explore_when, ..closed.clone() });
        assert_eq!((judgement.verdict, judgement.suggested), (Verdict::Explore, judgement.current));
    }
    let judgement = case.judge(&Rule { enough_explored: 0, ..closed });
    assert_eq!(judgement.verdict, Verdict::Keep);
    let healthy = self::case("healthy");
    let asked = |explore_when| healthy.judge(&Rule { explore_when, ..reference() }).verdict;
    assert_eq!(asked(ExploreWhen::LeadsAboveTheBarPay), Verdict::Explore);
    assert_eq!(asked(ExploreWhen::LooseningMayPay), Verdict::Keep);
}

#[test]
fn a_change_needs_two_full_mature_months_after_it() {
    let case = case("drift");
    let latest = |evidence: &Evidence| {
        let rule = Rule { change_prior: 0.999_999, ..reference() };
        judge(evidence, 1000.0, 120.0, &rule).change.expect("the period can be split").month
    };
    let change = latest(&case.evidence);
    let as_of = case.evidence.as_of.expect("a last day");
    let last_mature = as_of.plus(1 - case.evidence.window_days as i32);
    assert!(change.plus(2).first_day() <= last_mature);
    // Seen from two months earlier, the same counts leave fewer months to choose from.
    let earlier = Evidence { as_of: Some(as_of.plus(-61)), ..case.evidence.clone() };
    assert!(latest(&earlier).plus(2).first_day() <= last_mature.plus(-61));
}

#[test]
fn bands_below_the_bar_are_counted_from_the_bar_down() {
    assert_eq!((bands_below(100.0, 10.0), bands_below(75.0, 8.0), bands_below(5.0, 10.0)), (10, 9, 1));
    assert_eq!([0.0, 9.0, 10.0, 89.9, 90.0, 99.9].map(|score| band_below(score, 100.0, 10.0)), [0, 0, 1, 8, 9, 9]);
    assert_eq!([-3.0, 10.9, 11.0, 67.0, 74.9].map(|score| band_below(score, 75.0, 8.0)), [0, 0, 1, 8, 8]);
}

#[test]
fn every_verdict_is_said_with_its_numbers_and_their_range() {
    for case in cases() {
        let said = advice::sentence(&case.judge(&reference()), "USD", 60.0).join(" ");
        assert!(said.contains("90\u{a0}% range") && said.contains("break-even is 12.0\u{a0}%"), "{said}");
        assert!(said.contains("mature MQLs") && !said.contains("NaN") && !said.contains("inf"), "{said}");
    }
    let raised = advice::sentence(&case("too_loose").judge(&reference()), "USD", 60.0);
    assert!(raised[0].starts_with("Raise the bar from 30 to 100. It avoids about 70 of 100 MQLs"), "{}", raised[0]);
    assert!(
        raised[0].contains("a year (90\u{a0}% range +$") && raised[0].contains("waiting included"),
        "{}",
        raised[0]
    );
    let lowered = advice::sentence(&case("too_strict").judge(&reference()), "EUR", 0.0).join(" ");
    assert!(lowered.starts_with("Lower the bar") && lowered.contains("review again in 3 months"), "{lowered}");
    assert!(!lowered.contains("a year"), "{lowered}");
    let changed = case("drift").judge(&Rule { change_prior: 0.8, ..reference() });
    let said = advice::sentence(&changed, "USD", 60.0).join(" ");
    assert!(said.contains("probability of a real change") && said.contains("convert less"), "{said}");
}

#[test]
fn a_higher_bar_is_tried_on_the_last_months_and_refused_where_it_loses_there() {
    let case = case("too_loose");
    let judgement = case.judge(&reference());
    assert_eq!(judgement.verdict, Verdict::Tighten);
    let test = checks::out_of_time(&case.evidence, &judgement, &reference()).expect("three months of MQLs");
    assert_eq!((test.to.0 - test.from.0, test.threshold), (2, judgement.suggested));
    assert!(!test.refuses() && test.gain_per_mql.low.is_some_and(|low| low > 0.0), "{test:?}");
    // The same months, but all the leads that stop below the advised bar become SQLs at once.
    let mut turned = case.evidence.clone();
    let (late, early): (Vec<_>, Vec<_>) = turned.unconverted.drain(..).partition(|row| row.month >= test.from);
    turned.unconverted = early;
    turned.converted.extend(late.into_iter().map(|row| ConvertedCount {
        month: row.month,
        age_class: row.age_class,
        weeks_seen: row.weeks_seen,
        week: 1,
        band: row.band,
        n: row.n,
    }));
    let crossed = turned.converted.clone();
    turned.crossed.extend(crossed.into_iter().filter(|row| row.month >= test.from).flat_map(|row| {
        (0..=row.band).map(move |band| CrossedCount {
            month: row.month,
            age_class: row.age_class,
            band,
            wait_days: 0,
            n: row.n,
        })
    }));
    let refused = checks::out_of_time(&turned, &judgement, &reference()).expect("the same months");
    assert!(refused.refuses(), "{refused:?}");
}

#[test]
fn an_sql_that_is_worth_more_asks_for_no_higher_bar() {
    for case in cases() {
        let judgement = case.judge(&reference());
        let tried = checks::sensitivity(&case.evidence, case.value_per_sql, case.cost_per_mql, &reference());
        if judgement.verdict == Verdict::NotEnoughData {
            continue;
        }
        let [half, more] = tried.as_slice() else { panic!("{}: two values are tried", case.name) };
        assert!(half.value_per_sql < case.value_per_sql && more.value_per_sql > case.value_per_sql);
        assert!(
            half.threshold >= judgement.suggested && judgement.suggested >= more.threshold,
            "{}: {tried:?}",
            case.name
        );
    }
}
