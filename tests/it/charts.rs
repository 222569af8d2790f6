//! Charts say what they must, in any data, and no text leaves its canvas, covers another, or is struck by a line.

use crate::demo_page;
use leadgauge::config;
use leadgauge::pipeline;
use leadgauge::report::chart::{self, Head, Height, Options, Palette, Width};
use leadgauge::report::page::{
    AreaPart, Axis, Basis, Block, Chart, ChartData, Curve, Dot, Dumbbell, DumbbellEnd, Event, HeatCell, HeatRow,
    Limits, Mark, Part, Point, PointState, ScatterLine, ScatterPoint, ScoreBand, ThresholdStep, Tone, Unit,
    WaterfallEnd, WaterfallStep,
};
use leadgauge::report::{self, Report};
use std::fs;
use std::path::Path;

const EVERY_WAY: [Options; 8] = [
    Options::FILE,
    Options::PAGE,
    Options { head: Head::Standalone, palette: Palette::Dark, width: Width::Wide },
    Options { head: Head::Embedded, palette: Palette::Light, width: Width::Narrow },
    Options { head: Head::Standalone, palette: Palette::Light, width: Width::Narrow },
    Options::paper(Height::Full),
    Options::paper(Height::Low),
    Options::paper(Height::Least),
];

const LONG: &str = "Wholesale partners & resellers in the DACH region, 2nd tier “Öst”";

fn assert_sound(case: &str, chart: &Chart) {
    for options in EVERY_WAY {
        let drawing = chart::draw(chart, &options);
        assert!(drawing.spilled.is_empty(), "{case}, {options:?}: spilled {:#?}", drawing.spilled);
        assert!(drawing.collided.is_empty(), "{case}, {options:?}: collided {:#?}", drawing.collided);
        assert!(drawing.struck.is_empty(), "{case}, {options:?}: struck {:#?}", drawing.struck);
        for nonsense in ["NaN", "inf", "\"-0\"", "undefined"] {
            assert!(!drawing.svg.contains(nonsense), "{case}, {options:?}: {nonsense} in the drawing");
        }
        assert_well_formed(case, &drawing.svg);
    }
}

/// Tags close in the order in which they open, and no `<` or `&` of a text is left bare.
fn assert_well_formed(case: &str, svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("{case}: a tag does not end: {piece}"));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{case}: </{name}> closes something else");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        for entity in text.split('&').skip(1) {
            assert!(entity.split_once(';').is_some_and(|(name, _)| name.len() < 6), "{case}: a bare & in {text}");
        }
    }
    assert!(open.is_empty(), "{case}: left open: {open:?}");
}

fn chart(data: ChartData) -> Chart {
    Chart {
        id: "case".into(),
        title: "A finding that is long enough to need more than a single line wherever there is little room".into(),
        subtitle: "What is measured, in which unit and over which time, with 90 % intervals around every value".into(),
        description: "In words.".into(),
        source: "Somewhere.".into(),
        data,
    }
}

fn month(i: usize) -> String {
    format!("{:04}-{:02}", 2022 + i / 12, i % 12 + 1)
}

fn point(i: usize, value: Option<f64>, half: f64, state: PointState) -> Point {
    Point {
        month: month(i),
        value,
        low: value.map(|value| (value - half).max(0.0)),
        high: value.map(|value| value + half),
        n: 1234,
        state,
        tip: format!("{}\nsomething", month(i)),
        signal: (i % 5 == 2).then(|| format!("more than chance, {LONG}")),
    }
}

fn line(points: Vec<Point>, band: Option<(f64, f64)>, unit: Unit) -> Chart {
    let event = |i: usize, label: &str| Event { month: month(i), label: label.into() };
    let events = vec![
        event(0, "Something on the very first month"),
        event(1, LONG),
        event(2, "Threshold raised"),
        event(2, "and the team doubled"),
        event(500, "far away"),
        Event { month: "no month".into(), label: "nowhere".into() },
    ];
    let limits = None;
    chart(ChartData::Line { counted: "marketing-qualified leads".into(), points, band, events, unit, limits })
}

fn with_limits(mut chart: Chart, centre: f64, by_month: Vec<Option<(f64, f64)>>) -> Chart {
    if let ChartData::Line { limits, .. } = &mut chart.data {
        *limits = Some(Limits { centre, by_month });
    }
    chart
}

fn months_of(n: usize, value: impl Fn(usize) -> Option<f64>, half: f64) -> Vec<Point> {
    let state = |i: usize| match i {
        0 if n > 3 => PointState::Truncated,
        i if n > 3 && i + 3 > n => PointState::Maturing,
        _ => PointState::Mature,
    };
    (0..n).map(|i| point(i, value(i), half, state(i))).collect()
}

#[test]
fn lines_keep_their_words_on_the_canvas_and_apart() {
    let wave = |i: usize| Some(0.2 + 0.05 * (i as f64).sin());
    let band = Some((0.13, 0.31));
    for n in [0, 1, 2, 3, 12, 18, 24, 36, 60] {
        assert_sound(&format!("{n} months"), &line(months_of(n, wave, 0.04), band, Unit::Share));
    }
    let cases: [(&str, Vec<Point>, Unit); 9] = [
        ("all missing", months_of(12, |_| None, 0.0), Unit::Share),
        ("all zero", months_of(12, |_| Some(0.0), 0.0), Unit::Share),
        ("gaps", months_of(12, |i| (i % 3 != 0).then_some(0.2), 0.05), Unit::Share),
        ("tiny", months_of(12, |i| Some(1e-9 * i as f64), 1e-10), Unit::Share),
        ("all of them", months_of(12, |_| Some(1.0), 0.0), Unit::Share),
        ("huge", months_of(12, |i| Some(3e20 * (1.0 + i as f64)), 1e20), Unit::Money("CHF".into())),
        ("beyond all bounds", months_of(12, |i| Some(10f64.powi(20 * i as i32)), 1.0), Unit::Count),
        ("negative", months_of(12, |i| Some(500.0 * (i as f64 - 6.0)), 300.0), Unit::Money("EUR".into())),
        ("not finite", months_of(12, |i| Some(if i == 5 { f64::NAN } else { f64::INFINITY }), 0.1), Unit::Days),
    ];
    for (case, points, unit) in cases {
        assert_sound(case, &line(points.clone(), None, unit.clone()));
        assert_sound(case, &line(points, band, unit));
    }
    let mut wild = months_of(12, wave, 0.04);
    wild[11].high = Some(1.0);
    wild.remove(6);
    assert_sound("a month left out, a wide interval", &line(wild, band, Unit::Share));
    let mut unnamed = months_of(4, wave, 0.04);
    unnamed[2].month = "a month of no calendar".into();
    assert_sound("labels that are no months", &line(unnamed, band, Unit::Share));
}

#[test]
fn lines_with_limits_keep_their_words_on_the_canvas_and_apart() {
    let wave = |i: usize| Some(0.2 + 0.05 * (i as f64).sin());
    let band = Some((0.13, 0.31));
    for n in [0, 1, 2, 3, 12, 24, 40, 60] {
        let line = || line(months_of(n, wave, 0.04), band, Unit::Share);
        let some = |i: usize| (i % 4 != 1).then_some((0.12 - 0.01 * (i % 3) as f64, 0.28 + 0.02 * (i % 2) as f64));
        assert_sound(&format!("{n} months"), &with_limits(line(), 0.2, (0..n).map(some).collect()));
        assert_sound(&format!("{n} months, no limits yet"), &with_limits(line(), 0.2, vec![None; n]));
        assert_sound(&format!("{n} months, limits of others"), &with_limits(line(), 0.2, vec![Some((0.1, 0.3)); 7]));
    }
    let counts = |scale: f64| line(months_of(24, |i| Some(scale * (40 + i * 3 % 11) as f64), 0.0), None, Unit::Count);
    for scale in [1.0_f64, 1e-9, 1e18, -20.0] {
        let limits = vec![Some((30.0 * scale.abs(), 60.0 * scale.abs())); 24];
        assert_sound(&format!("counts times {scale}"), &with_limits(counts(scale), 45.0 * scale, limits));
    }
    let nonsense = vec![Some((f64::NAN, f64::INFINITY)); 24];
    assert_sound("not finite", &with_limits(counts(1.0), f64::NAN, nonsense));
    assert_sound("far away", &with_limits(counts(1.0), 45.0, vec![Some((-1e30, 1e30)); 24]));
}

#[test]
fn a_point_beyond_chance_has_a_ring_and_says_why() {
    let svg = chart::draw(&demo_page::control(), &Options::PAGE).svg;
    let rings = svg.matches("class=\"s-warn\"").count();
    assert_eq!(rings, 2 + 1, "two points and the legend");
    assert!(svg.contains("541 MQLs\nabove the range that chance alone makes</title>"), "the tooltip says why");
    assert!(svg.contains(">Usual 420, and the range of chance<"));
    let plain = with_limits(demo_page::line(), 0.19, vec![None; 12]);
    let svg = chart::draw(&plain, &Options::PAGE).svg;
    assert!(!svg.contains("s-warn") && !svg.contains("range of chance"), "no limit, no signal, no key");
}

#[test]
fn limits_are_drawn_where_they_lie_or_not_at_all() {
    let drawn = |by_month: Vec<Option<(f64, f64)>>| {
        let chart = with_limits(demo_page::line(), 0.19, by_month);
        let svg = chart::draw(&chart, &Options::PAGE).svg;
        let (_, rest) = svg.split_once("<g class=\"limits\">").expect("the group of the limits");
        rest.split_once("</g>").expect("its end").0.matches('M').count()
    };
    // The dashed level is always there.
    assert_eq!(drawn(vec![None; 12]), 1);
    assert_eq!(drawn(vec![Some((0.12, 0.26)); 12]), 3);
    assert_eq!(drawn(vec![Some((0.0, 0.26)); 12]), 2, "a limit at nought says nothing");
    assert_eq!(drawn(vec![Some((0.12, 7.0)); 12]), 2, "a limit beyond the axis is not drawn on its edge");
    let mut gap = vec![Some((0.12, 0.26)); 12];
    gap[6] = None;
    assert_eq!(drawn(gap), 5, "stairs do not cross a month without limits");
}

fn step_of(label: &str, value: f64, half: Option<f64>, tone: Tone) -> WaterfallStep {
    let (low, high) = (half.map(|half| value - half), half.map(|half| value + half));
    WaterfallStep { label: label.into(), value, low, high, tone, tip: format!("of channels, {LONG}") }
}

fn waterfall(start: f64, end: f64, steps: Vec<WaterfallStep>, unit: Unit) -> Chart {
    let end_of = |label: &str, value: f64| WaterfallEnd { label: label.into(), value };
    chart(ChartData::Waterfall { start: end_of("Q2 2026", start), end: end_of(LONG, end), steps, unit })
}

#[test]
fn waterfalls_keep_their_words_on_the_canvas_and_apart() {
    let tones = [Tone::Good, Tone::Neutral, Tone::Warn, Tone::Bad];
    for n in [0, 1, 2, 5, 40] {
        for scale in [0.5_f64, 0.01, -0.01, 1e-7] {
            let value = |i: usize| scale * ((i * 7 + 3) % 5) as f64 / 5.0 - scale * 0.3;
            let steps: Vec<WaterfallStep> = (0..n)
                .map(|i| step_of(LONG, value(i), (i % 3 != 1).then_some(scale.abs() / 4.0), tones[i % 4]))
                .collect();
            let end = 0.2 + steps.iter().map(|step| step.value).sum::<f64>();
            assert_sound(&format!("{n} steps of {scale}"), &waterfall(0.2, end, steps.clone(), Unit::Share));
            let euro = Unit::Money("CHF".into());
            assert_sound(&format!("{n} steps of {scale}, of money"), &waterfall(-0.2e9, end * 1e9, steps, euro));
        }
    }
    let one = |value: f64, half: f64| vec![step_of("one", value, Some(half), Tone::Bad)];
    let cases: [(&str, f64, f64, Vec<WaterfallStep>); 9] = [
        ("nothing", 0.0, 0.0, vec![]),
        ("no difference", 0.2, 0.2, one(0.0, 0.0)),
        ("across nought", 0.2, -0.3, one(-0.5, 0.1)),
        ("losses", -500.0, -510.0, one(-10.0, 3.0)),
        ("steps that do not add up", 0.2, 0.4, one(0.1, 0.05)),
        ("wide intervals", 0.2, 0.21, one(0.01, 50.0)),
        ("huge", 1e300, -1e300, one(f64::MAX, f64::MAX)),
        ("not finite", 0.2, 0.3, one(f64::NAN, f64::INFINITY)),
        ("ends that are no numbers", f64::NAN, f64::INFINITY, one(0.1, 0.1)),
    ];
    for (case, start, end, steps) in cases {
        for unit in [Unit::Share, Unit::Count, Unit::Money("EUR".into()), Unit::Days] {
            assert_sound(case, &waterfall(start, end, steps.clone(), unit));
        }
    }
}

#[test]
fn differences_of_shares_are_points_and_a_broken_axis_says_so() {
    let svg = chart::draw(&demo_page::waterfall(), &Options::PAGE).svg;
    for text in ["−3.6\u{a0}pt", "+0.3\u{a0}pt", "21.2\u{a0}%", "16.8\u{a0}%", "Q2 2026"] {
        assert!(svg.contains(&format!(">{text}<")), "{text} is missing");
    }
    assert!(svg.contains("90\u{a0}% interval −4.2\u{a0}pt to −3.0\u{a0}pt"), "the tooltip has the interval");
    assert!(!svg.contains("not explained"), "the steps add up");
    let cost = chart::draw(&demo_page::cost_waterfall(), &Options::PAGE).svg;
    assert!(cost.contains(", not at 0<"));
    assert!(
        !cost.contains("class=\"f-accent\" x=") && !cost.contains("<rect class=\"f-accent\""),
        "no bars from nowhere"
    );
    let zero = waterfall(0.2, 0.1, vec![step_of("one", -0.1, None, Tone::Bad)], Unit::Share);
    assert!(!chart::draw(&zero, &Options::PAGE).svg.contains("not at 0"));
    let open = waterfall(0.2, 0.1, vec![step_of("one", -0.07, None, Tone::Bad)], Unit::Share);
    let open = chart::draw(&open, &Options::PAGE).svg;
    assert!(open.contains(">not explained by these<") && open.contains(">−3.0\u{a0}pt<"));
}

#[test]
fn areas_keep_their_words_on_the_canvas_and_apart() {
    let draw = |parts: Vec<AreaPart>, window: Option<u32>| {
        chart(ChartData::Areas { parts, x_label: "days since MQL".into(), window })
    };
    let part = |k: usize, n: usize, last: u32| {
        let share = |day: u32| {
            let done = f64::from(day) / f64::from(last.max(1));
            if k + 1 == n { 1.0 - done * (n - 1) as f64 / n as f64 } else { done / n as f64 }
        };
        let step = (last / 400).max(1) as usize;
        let values = (0..=last).step_by(step).map(|day| (day, share(day))).collect();
        AreaPart { name: format!("{LONG} {k}"), values }
    };
    for n in [0, 1, 2, 4, 7, 8, 40] {
        for last in [0, 1, 6, 30, 120, 1000, 100_000] {
            let parts: Vec<AreaPart> = (0..n).map(|k| part(k, n, last)).collect();
            for window in [None, Some(0), Some(1), Some(last / 2), Some(last), Some(u32::MAX)] {
                assert_sound(&format!("{n} parts, {last} days, window {window:?}"), &draw(parts.clone(), window));
            }
        }
    }
    let odd = |values: &[(u32, f64)]| AreaPart { name: LONG.into(), values: values.to_vec() };
    assert_sound("no days", &draw(vec![odd(&[]), odd(&[])], Some(90)));
    let nan = odd(&[(0, f64::NAN), (3, f64::INFINITY), (9, -4.0)]);
    assert_sound("not finite, negative", &draw(vec![nan, odd(&[(5, 0.3)])], Some(7)));
    assert_sound("huge", &draw(vec![odd(&[(0, 1e300), (9, 1e300)]), odd(&[(5, 1e20)])], Some(7)));
    assert_sound("tiny", &draw(vec![odd(&[(0, 1e-300), (90, 1e-9)]), odd(&[(90, 1e-12)])], Some(90)));
    assert_sound("days going back", &draw(vec![odd(&[(9, 0.1), (3, 0.2), (u32::MAX, 0.3)])], Some(7)));
}

#[test]
fn the_areas_say_what_has_become_of_everybody_and_mark_the_window() {
    let svg = chart::draw(&demo_page::areas(), &Options::PAGE).svg;
    for text in ["SQL", "Disqualified", "Recycled", "Still open", "20.4 %", "the window ends on day 90"] {
        assert!(svg.contains(&format!(">{text}<")), "{text} is missing");
    }
    assert!(svg.contains("class=\"f-accent\"") && svg.contains("class=\"f-rest\""), "what matters, and what is open");
    assert!(svg.contains("Day 3\nStill open: "), "every day has its shares in the tooltip");
    let ChartData::Areas { parts, x_label, .. } = demo_page::areas().data else { panic!("the demo has areas") };
    let unmarked = chart(ChartData::Areas { parts, x_label, window: Some(500) });
    assert!(!chart::draw(&unmarked, &Options::PAGE).svg.contains("window ends"), "beyond the axis there is no mark");
}

#[test]
fn bars_keep_their_words_on_the_canvas_and_apart() {
    let bars = |n_months: usize, n_parts: usize, name: &str, value: &dyn Fn(usize, usize) -> f64| {
        let part = |k: usize| Part { name: format!("{name}{k}"), values: (0..n_months).map(|i| value(i, k)).collect() };
        let months = (0..n_months).map(month).collect();
        let expected = (0..n_months).map(|i| (i % 4 != 1).then(|| (value(i, 0) * 0.5, value(i, 0) * 9.0))).collect();
        chart(ChartData::Bars { months, parts: (0..n_parts).map(part).collect(), expected })
    };
    let plain = |i: usize, k: usize| ((i * 13 + k * 7) % 50) as f64;
    for n_months in [0, 1, 2, 12, 24, 60] {
        for n_parts in [0, 1, 3, 7, 8, 40] {
            assert_sound(&format!("{n_months} months of {n_parts}"), &bars(n_months, n_parts, LONG, &plain));
        }
    }
    assert_sound("zero", &bars(12, 5, "Channel ", &|_, _| 0.0));
    assert_sound("tiny", &bars(12, 5, "Channel ", &|_, _| 1e-12));
    assert_sound("huge", &bars(12, 40, "Channel ", &|_, k| 10f64.powi(k as i32 * 8)));
    assert_sound("not finite", &bars(12, 5, "Channel ", &|i, _| if i % 2 == 0 { f64::NAN } else { f64::INFINITY }));
    assert_sound("negative", &bars(12, 5, "Channel ", &|_, _| -4.0));
    assert_sound("all at the bottom", &bars(12, 7, "Channel ", &|_, k| if k == 6 { 1000.0 } else { 1.0 }));
}

#[test]
fn bars_of_many_parts_show_the_largest_and_fold_the_rest() {
    let part = |k: usize| Part { name: format!("Channel {k}"), values: vec![k as f64; 3] };
    let parts = (0..40).map(part).collect();
    let data = ChartData::Bars { months: (0..3).map(month).collect(), parts, expected: vec![] };
    let svg = chart::draw(&chart(data), &Options::PAGE).svg;
    for shown in ["Channel 39", "Channel 34", "34 others"] {
        assert!(svg.contains(&format!(">{shown}<")), "{shown} is missing");
    }
    assert!(!svg.contains(">Channel 33<"));
    let total: usize = (0..40).sum();
    assert!(svg.contains(&format!(">{total}<")), "the total counts the folded ones too");
}

#[test]
fn the_range_of_volume_stands_behind_the_bars_and_says_where_it_goes_on() {
    let drawn = |expected: Vec<Option<(f64, f64)>>| {
        let parts = vec![Part { name: "all".into(), values: vec![40.0, 50.0, 60.0] }];
        let data = ChartData::Bars { months: (0..3).map(month).collect(), parts, expected };
        chart::draw(&chart(data), &Options::PAGE).svg
    };
    let whole = drawn(vec![Some((30.0, 70.0)); 3]);
    let (range, bars) =
        (whole.find("class=\"expected\"").expect("a range"), whole.find("class=\"bar\"").expect("bars"));
    assert!(range < bars, "what is drawn later lies above");
    assert_eq!(whole.matches("class=\"expected\"").count(), 1, "nothing of it is drawn over the bars");
    let lines = |svg: &str| {
        svg.split_once("class=\"expected\"")
            .map_or(0, |(_, rest)| rest.split_once("</g>").map_or(0, |(group, _)| group.matches("M").count()))
    };
    // Three months of surface and two edges; one month that goes on above the axis has an arrow and ends its edge.
    assert_eq!(
        (lines(&whole), lines(&drawn(vec![Some((30.0, 70.0)), Some((30.0, 70.0)), Some((30.0, 120.0))]))),
        (5, 6)
    );
}

#[test]
fn names_of_parts_point_at_nothing_where_the_last_month_is_empty() {
    let parts = |last: f64| {
        vec![Part { name: "a".into(), values: vec![40.0, last] }, Part { name: "b".into(), values: vec![4.0, 0.0] }]
    };
    let svg = |last: f64| {
        let data = ChartData::Bars { months: (0..2).map(month).collect(), parts: parts(last), expected: vec![] };
        chart::draw(&chart(data), &Options::PAGE).svg
    };
    assert!(svg(5.0).contains(">5 · 100.0 %<") && svg(5.0).contains(">0<"), "a part of none has no share");
    let empty = svg(0.0);
    assert!(!empty.contains("NaN") && empty.contains("stroke-width=\"4\""), "a swatch instead of a line to nowhere");
}

#[test]
fn curves_keep_their_words_on_the_canvas_and_apart() {
    let curve = |k: usize, last: u32, height: f64| {
        let share = |day: u32| height * (1.0 - (-f64::from(day) / 20.0).exp()) * (1.0 - 0.03 * k as f64);
        Curve {
            name: format!("{LONG} {k}"),
            steps: (0..=last).map(|day| (day, share(day))).collect(),
            ribbon: (0..=last).map(|day| (day, share(day) * 0.9, share(day) * 1.1)).collect(),
            open: (0..=last).step_by(7).map(|day| (day, 1_000_000 - u64::from(day))).collect(),
        }
    };
    let marks = vec![
        Mark { day: 14.0, value: 0.1, label: "half by day 14".into() },
        Mark { day: 15.0, value: 0.105, label: format!("nearly the same, {LONG}") },
        Mark { day: f64::NAN, value: 0.1, label: "nowhere".into() },
    ];
    let draw = |curves: Vec<Curve>, marks: &[Mark]| {
        chart(ChartData::Curves { curves, x_label: "days since MQL".into(), marks: marks.to_vec() })
    };
    assert_sound("none", &draw(vec![], &[]));
    assert_sound(
        "an empty one",
        &draw(vec![Curve { name: "x".into(), steps: vec![], ribbon: vec![], open: vec![(0, 3)] }], &marks),
    );
    for n in [1, 2, 4, 8, 12, 40] {
        let curves = (0..n).map(|k| curve(k, 120 - (k as u32 % 5) * 9, 0.22)).collect();
        assert_sound(&format!("{n} curves"), &draw(curves, &marks));
    }
    for last in [0, 1, 3, 6, 30, 92, 180, 1000, 100_000] {
        let steps = vec![(0, 0.0), (last / 2, 0.1), (last, 0.2)];
        let curve = Curve { name: "one".into(), steps, ribbon: vec![], open: vec![(0, u64::MAX), (last, 0)] };
        assert_sound(&format!("{last} days"), &draw(vec![curve], &[]));
    }
    assert_sound("flat", &draw(vec![curve(0, 90, 0.0)], &marks));
    assert_sound("tiny", &draw(vec![curve(0, 90, 1e-8)], &[]));
    assert_sound("not finite", &draw(vec![curve(0, 90, f64::NAN)], &[]));
}

#[test]
fn dots_keep_their_words_on_the_canvas_and_apart() {
    let dot = |value: Option<f64>, low: Option<f64>, high: Option<f64>| Dot {
        label: LONG.into(),
        value,
        low,
        high,
        note: format!("n = 118, {LONG}"),
        tone: Tone::Warn,
    };
    let draw = |rows: Vec<Dot>, unit: Unit, band: Option<(f64, f64)>, reference: Option<f64>| {
        let reference = reference.map(|value| (value, format!("the mean of all, {LONG}")));
        chart(ChartData::Dots { rows, band, reference, unit })
    };
    let band = Some((0.13, 0.31));
    for n in [0, 1, 2, 7, 40] {
        let rows = (0..n).map(|i| dot(Some(0.01 * i as f64), Some(0.005 * i as f64), Some(0.02 * i as f64 + 0.1)));
        assert_sound(&format!("{n} rows"), &draw(rows.collect(), Unit::Share, band, Some(0.194)));
    }
    let missing = || dot(None, None, None);
    let euro = || Unit::Money("EUR".into());
    assert_sound("all missing", &draw(vec![missing(), missing()], Unit::Share, band, None));
    assert_sound("all missing, no band", &draw(vec![missing(), missing()], Unit::Share, None, None));
    let open = vec![dot(Some(300.0), Some(200.0), None), dot(None, Some(900.0), None), dot(Some(0.0), Some(0.0), None)];
    assert_sound("no upper limit", &draw(open, euro(), None, Some(250.0)));
    let huge = vec![dot(Some(1e30), Some(1.0), Some(1e200)), dot(Some(1e-9), Some(0.0), Some(1e-8))];
    assert_sound("huge and tiny", &draw(huge, euro(), None, None));
    let odd = vec![dot(Some(f64::NAN), Some(f64::NEG_INFINITY), Some(f64::INFINITY)), dot(Some(-40.0), None, None)];
    assert_sound("not finite, negative", &draw(odd, Unit::Count, Some((0.0, 1.0)), Some(f64::NAN)));
    assert_sound("zero", &draw(vec![dot(Some(0.0), Some(0.0), Some(0.0))], Unit::Days, None, Some(0.0)));
    let edge = vec![dot(Some(0.2), Some(0.1), Some(0.4))];
    assert_sound("a reference on the edge", &draw(edge, Unit::Share, Some((0.0, 0.02)), Some(0.0)));
}

#[test]
fn an_interval_without_an_upper_limit_ends_in_an_arrow() {
    let arrows = |high: Option<f64>| {
        let row = Dot {
            label: "x".into(),
            value: Some(300.0),
            low: Some(200.0),
            high,
            note: String::new(),
            tone: Tone::Neutral,
        };
        let data = ChartData::Dots { rows: vec![row], band: None, reference: None, unit: Unit::Count };
        chart::draw(&chart(data), &Options::PAGE).svg.matches("s-accent").count()
    };
    assert_eq!(arrows(Some(320.0)), 0);
    assert_eq!(arrows(None), 1);
}

fn step(threshold: f64, rate: Option<f64>, gain: Option<(f64, f64, f64)>, basis: Basis) -> ThresholdStep {
    ThresholdStep {
        threshold,
        mqls_per_month: 50_000.0 / threshold.abs().max(1.0),
        average_rate: rate.map(|rate| rate * 2.0),
        marginal_rate: rate,
        gain_per_month: gain,
        basis,
    }
}

#[test]
fn thresholds_keep_their_words_on_the_canvas_and_apart() {
    let sweep = |from: i32, to: i32, current: f64, scale: f64| -> Vec<ThresholdStep> {
        (from..=to)
            .map(|i| {
                let threshold = f64::from(i) * 10.0;
                let basis = if threshold < current { Basis::Extrapolated } else { Basis::Emulated };
                let gain = scale * (400.0 - (threshold - 120.0).powi(2) / 10.0);
                let gain = (gain, gain - 300.0 * scale.abs(), gain + 300.0 * scale.abs());
                step(threshold, Some(threshold / 1000.0), Some(gain), basis)
            })
            .collect()
    };
    let draw = |steps: Vec<ThresholdStep>, current: f64, suggested: Option<f64>, plateau: Option<(f64, f64)>| {
        let break_even = Some(0.12);
        chart(ChartData::Threshold {
            steps,
            current,
            suggested,
            plateau,
            break_even,
            currency: "CHF".into(),
            what_if: None,
        })
    };
    for suggested in [None, Some(50.0), Some(90.0), Some(100.0), Some(110.0), Some(200.0), Some(500.0)] {
        for current in [50.0, 100.0, 200.0] {
            let case = format!("today {current}, suggested {suggested:?}");
            assert_sound(&case, &draw(sweep(5, 20, current, 1.0), current, suggested, Some((90.0, 120.0))));
        }
    }
    assert_sound("no step", &draw(vec![], 100.0, Some(110.0), None));
    assert_sound("one step", &draw(sweep(10, 10, 100.0, 1.0), 100.0, None, Some((100.0, 100.0))));
    assert_sound("a hundred steps", &draw(sweep(1, 100, 100.0, 1.0), 100.0, Some(110.0), None));
    assert_sound("huge", &draw(sweep(5, 20, 100.0, 1e18), 100.0, Some(120.0), None));
    assert_sound("tiny", &draw(sweep(5, 20, 100.0, 1e-9), 100.0, Some(120.0), None));
    let bare = (5..20).map(|i| step(f64::from(i) * 10.0, None, None, Basis::Emulated)).collect();
    assert_sound("no rates, no economics", &draw(bare, 100.0, None, None));
    let nan = Some((f64::NAN, f64::NEG_INFINITY, f64::INFINITY));
    let odd = (5..20).map(|i| step(f64::from(i), Some(f64::NAN), nan, Basis::Observed)).collect();
    assert_sound("not finite", &draw(odd, f64::NAN, Some(f64::INFINITY), None));
}

#[test]
fn the_gain_has_a_panel_only_where_economics_are_known() {
    let draw = |gain: Option<(f64, f64, f64)>| {
        let steps = (5..15).map(|i| step(f64::from(i) * 10.0, Some(0.1), gain, Basis::Emulated)).collect();
        let data = ChartData::Threshold {
            steps,
            current: 100.0,
            suggested: None,
            plateau: None,
            break_even: None,
            currency: "EUR".into(),
            what_if: None,
        };
        chart::draw(&chart(data), &Options::PAGE).svg
    };
    assert!(draw(Some((1.0, 0.0, 2.0))).contains("Gain per month"));
    assert!(!draw(None).contains("Gain per month"));
}

#[test]
fn the_demo_charts_are_sound() {
    for chart in demo_charts() {
        assert_sound(&chart.id, &chart);
    }
}

fn demo_charts() -> [Chart; 9] {
    [
        demo_page::line(),
        demo_page::bars(),
        demo_page::dots(),
        demo_page::curves(),
        demo_page::sweep(),
        demo_page::waterfall(),
        demo_page::cost_waterfall(),
        demo_page::areas(),
        demo_page::control(),
    ]
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    for chart in demo_charts() {
        for options in EVERY_WAY {
            assert_eq!(chart::draw(&chart, &options).svg, chart::draw(&chart, &options).svg);
        }
    }
}

#[test]
fn a_chart_says_in_words_what_it_shows() {
    for chart in demo_charts() {
        let svg = chart::draw(&chart, &Options::FILE).svg;
        assert!(svg.contains("role=\"img\""));
        assert!(
            svg.contains(&format!(
                "aria-labelledby=\"chart-{id}-drawing-title chart-{id}-drawing-desc\"",
                id = chart.id
            ))
        );
        assert!(svg.contains("<title id=") && svg.contains("<desc id="));
        assert!(svg.contains("prefers-color-scheme:dark"));
        let embedded = chart::draw(&chart, &Options::PAGE).svg;
        assert!(!embedded.contains("<style>"), "a page colours its charts itself");
        assert!(!embedded.contains("font-size=\"18\""), "a page has its own headings");
    }
}

#[test]
fn settled_and_unsettled_months_look_different() {
    let svg = chart::draw(&demo_page::line(), &Options::PAGE).svg;
    assert!(svg.contains("stroke-dasharray=\"0.5 5\""), "months that mature are dotted");
    assert!(svg.contains(">19.8\u{a0}%<"), "the last mature month is labelled");
    assert!(svg.contains(">Benchmark 13–31\u{a0}%<"));
    assert!(svg.contains("f-axis"), "a month with truncated outcomes is grey");
}

#[test]
fn texts_of_the_data_stay_texts() {
    let mut chart = demo_page::dots();
    chart.title = "<script>alert(1)</script>".into();
    chart.description = "\"' & <b>".into();
    if let ChartData::Dots { rows, .. } = &mut chart.data {
        rows[0].label = "<script>\u{0}".into();
        rows[0].note = "]]> & \"x\"".into();
    }
    assert_sound("markup in texts", &chart);
    let svg = chart::draw(&chart, &Options::FILE).svg;
    assert!(!svg.contains("<script"));
    assert!(!svg.contains('\u{0}'));
    let evil = || "<script>\u{0}&\"]]>".to_owned();
    let mut charts = [demo_page::waterfall(), demo_page::areas(), demo_page::control()];
    for chart in &mut charts {
        match &mut chart.data {
            ChartData::Waterfall { start, end, steps, .. } => {
                (start.label, end.label, steps[0].label, steps[1].tip) = (evil(), evil(), evil(), evil());
            }
            ChartData::Areas { parts, x_label, .. } => {
                (parts[0].name, parts[3].name, *x_label) = (evil(), evil(), evil())
            }
            ChartData::Line { points, counted, .. } => (points[3].signal, *counted) = (Some(evil()), evil()),
            _ => {}
        }
    }
    for chart in charts {
        assert_sound("markup in the texts of a chart", &chart);
        let svg = chart::draw(&chart, &Options::FILE).svg;
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script") && !svg.contains('\u{0}'));
    }
}

/// Names that come from data nobody has cleaned.
fn hostile_names() -> Vec<String> {
    vec![
        LONG.into(),
        "x".repeat(10_000),
        "word ".repeat(2_000),
        "שיווק באינטרנט — דפי נחיתה".into(),
        "تسويق\nعبر المحركات".into(),
        "電子郵件行銷活動二〇二六年第三季度".into(),
        "line\nbreak\r\nand\ttab".into(),
        String::new(),
        " ".into(),
        "🦀🦀🦀".into(),
        "<b>&\"'</b>".into(),
    ]
}

fn scatter_point(label: &str, x: Option<f64>, y: Option<f64>, n: u64) -> ScatterPoint {
    let limits = |value: Option<f64>| (value.map(|value| value * 0.7), value.map(|value| value * 1.4));
    let ((x_low, x_high), (y_low, y_high)) = (limits(x), limits(y));
    let tone = [Tone::Good, Tone::Neutral, Tone::Warn, Tone::Bad][n as usize % 4];
    ScatterPoint { label: label.into(), x, x_low, x_high, y, y_low, y_high, n, tone, tip: LONG.into() }
}

fn scatter(points: Vec<ScatterPoint>, lines: &[(f64, f64)], band: Option<(f64, f64)>) -> Chart {
    let axis = |label: &str, unit: Unit| Axis { label: label.into(), unit };
    let line = |(at_zero, slope): &(f64, f64)| ScatterLine {
        label: format!("pays above this line, {LONG}"),
        at_zero: *at_zero,
        slope: *slope,
        below: Tone::Bad,
    };
    chart(ChartData::Scatter {
        points,
        x: axis("cost per MQL", Unit::Money("CHF".into())),
        y: axis("MQL→SQL", Unit::Share),
        band,
        lines: lines.iter().map(line).collect(),
        sized_by: "MQLs".into(),
    })
}

#[test]
fn scatters_keep_their_words_on_the_canvas_and_apart() {
    let names = hostile_names();
    let band = Some((0.13, 0.31));
    for n in [0, 1, 2, 7, 40] {
        let point = |i: usize| {
            let (x, y) = (40.0 + ((i * 37) % 23) as f64 * 20.0, 0.02 + ((i * 17) % 13) as f64 * 0.02);
            scatter_point(&names[i % names.len()], Some(x), Some(y), (i as u64 * 77) % 900)
        };
        let points: Vec<ScatterPoint> = (0..n).map(point).collect();
        for lines in [&[][..], &[(0.1, 0.001)][..], &[(0.1, 0.001), (0.0, 0.0004), (5.0, 3.0), (0.3, -0.001)][..]] {
            assert_sound(&format!("{n} dots, {} lines", lines.len()), &scatter(points.clone(), lines, band));
            assert_sound(&format!("{n} dots, no band"), &scatter(points.clone(), lines, None));
        }
        let heap = |i: usize| scatter_point(&names[i % names.len()], Some(100.0), Some(0.2), 5);
        assert_sound(&format!("{n} dots in one place"), &scatter((0..n).map(heap).collect(), &[(0.1, 0.001)], band));
    }
    let odd = |x: f64, y: f64| scatter_point(LONG, Some(x), Some(y), u64::MAX);
    let cases = [
        vec![odd(f64::NAN, 0.2), odd(1.0, f64::INFINITY)],
        vec![odd(0.0, 0.0), odd(0.0, 0.0)],
        vec![odd(1e300, 0.3), odd(1e-300, 1e-12)],
        vec![odd(-40.0, 0.2), odd(-1.0, -0.2)],
        vec![scatter_point(LONG, None, Some(0.1), 0), scatter_point(LONG, Some(0.1), None, 0)],
    ];
    for (i, points) in cases.into_iter().enumerate() {
        assert_sound(&format!("odd {i}"), &scatter(points, &[(f64::NAN, 1.0), (0.1, f64::INFINITY), (0.1, 0.0)], band));
    }
}

#[test]
fn a_scatter_names_its_largest_and_tells_of_all_in_tooltips() {
    let point = |i: usize| scatter_point(&format!("ch{i}"), Some(50.0 + 30.0 * i as f64), Some(0.1), 500 - i as u64);
    let many = scatter((0..40).map(point).collect(), &[], None);
    let svg = chart::draw(&many, &Options::PAGE).svg;
    assert!(svg.contains(">ch0<") && !svg.contains(">ch30<"), "the first are named");
    assert!(svg.contains("<title>ch30\ncost per MQL: "), "all have a tooltip");
    assert!(svg.contains(">Smaller ones, without names<"));
    let missing = scatter(vec![scatter_point("gone", None, Some(0.1), 5), point(1)], &[], None);
    assert!(!chart::draw(&missing, &Options::PAGE).svg.contains("gone"), "what has no value is no dot at nought");
}

fn heat(columns: Vec<u32>, rows: Vec<HeatRow>) -> Chart {
    let (column_label, counted) = ("days since MQL".into(), "marketing-qualified leads".into());
    chart(ChartData::Heat { column_label, columns, rows, counted })
}

#[test]
fn heat_maps_keep_their_words_on_the_canvas_and_apart() {
    let names = hostile_names();
    for n in [0, 1, 2, 12, 24, 60] {
        for ages in [0, 1, 5, 9, 13, 52] {
            for scale in [1.0, 0.2, 0.001, 0.0] {
                let cell = |i: usize, k: usize| HeatCell {
                    share: (i + k < n + 4).then_some(scale * ((i * 5 + k) % 11) as f64 / 11.0),
                    n: 12,
                    state: if i + k > n { PointState::Maturing } else { PointState::Mature },
                };
                let row = |i: usize| HeatRow {
                    label: if i.is_multiple_of(7) { names[i % names.len()].clone() } else { month(i) },
                    n: 10u64.pow((i % 16) as u32),
                    cells: (0..ages).map(|k| cell(i, k)).collect(),
                };
                let columns = (1..=ages as u32).map(|k| k * 7).collect();
                assert_sound(&format!("{n} by {ages}, {scale}"), &heat(columns, (0..n).map(row).collect()));
            }
        }
    }
    let odd = |share: f64| HeatCell { share: Some(share), n: 0, state: PointState::Truncated };
    let cells = vec![odd(f64::NAN), odd(-3.0), odd(1e300), odd(f64::INFINITY)];
    let row = HeatRow { label: LONG.into(), n: u64::MAX, cells };
    assert_sound("not finite", &heat(vec![1, 2, u32::MAX, 0, 7, 9], vec![row]));
}

#[test]
fn a_young_cell_is_hatched_and_an_unknown_one_is_empty() {
    let draw = |state: PointState, share: Option<f64>| {
        let cells =
            vec![HeatCell { share: Some(0.2), n: 50, state: PointState::Mature }, HeatCell { share, n: 12, state }];
        let data = heat(vec![7, 30], vec![HeatRow { label: "2026-09".into(), n: 50, cells }]);
        chart::draw(&data, &Options::PAGE).svg
    };
    let (settled, young) = (draw(PointState::Mature, Some(0.37)), draw(PointState::Maturing, Some(0.37)));
    assert!(settled.contains(">37<") && young.contains(">37<"), "the number stands in its cell");
    assert!(!settled.contains("s-ghost-1") && young.contains("s-ghost-1"), "stripes");
    assert!(young.contains(">Young: not all followed so long<"));
    assert!(young.contains("day 30: 37.0\u{a0}% (12 followed so long)"));
    let unknown = draw(PointState::Maturing, None);
    assert!(!unknown.contains("day 30") && !unknown.contains(">0<"), "what nobody knows is not nought");
}

fn dumbbells(rows: Vec<Dumbbell>, unit: Unit) -> Chart {
    chart(ChartData::Dumbbells {
        rows,
        from: "today".into(),
        to: "suggested".into(),
        interval_of: DumbbellEnd::To,
        unit,
    })
}

#[test]
fn dumbbells_keep_their_words_on_the_canvas_and_apart() {
    let names = hostile_names();
    for n in [0, 1, 2, 11, 40] {
        for scale in [1.0, -1.0, 1e12, 1e-6] {
            let row = |i: usize| {
                let to = scale * (((i * 13) % 70) as f64 - 10.0);
                let label = names[i % names.len()].clone();
                let (low, high) = (Some(to - 9.0 * scale.abs()), Some(to + 9.0 * scale.abs()));
                Dumbbell { label, from: Some(scale * (i % 50) as f64), to: Some(to), low, high, tip: LONG.into() }
            };
            for unit in [Unit::Count, Unit::Share, Unit::Money("CHF".into())] {
                assert_sound(&format!("{n} rows times {scale}"), &dumbbells((0..n).map(row).collect(), unit));
            }
        }
    }
    let odd = |from: Option<f64>, to: Option<f64>, half: f64| Dumbbell {
        label: LONG.into(),
        from,
        to,
        low: to.map(|to| to - half),
        high: to.map(|to| to + half),
        tip: String::new(),
    };
    let rows = vec![
        odd(None, Some(3.0), 1.0),
        odd(Some(3.0), None, 1.0),
        odd(None, None, 0.0),
        odd(Some(f64::NAN), Some(f64::INFINITY), 2.0),
        odd(Some(0.0), Some(0.0), 1e300),
    ];
    assert_sound("holes", &dumbbells(rows, Unit::Count));
}

#[test]
fn a_dumbbell_says_from_where_to_where() {
    let row = |from: Option<f64>, to: Option<f64>| Dumbbell {
        label: "webinar".into(),
        from,
        to,
        low: Some(15.0),
        high: Some(45.0),
        tip: "webinar\n80 leads".into(),
    };
    let draw = |row: Dumbbell| chart::draw(&dumbbells(vec![row], Unit::Count), &Options::PAGE).svg;
    let svg = draw(row(Some(20.0), Some(35.0)));
    assert!(svg.contains(">20 → 35<") && svg.contains(">Today<") && svg.contains(">Suggested<"));
    assert!(svg.contains("<title>webinar\n80 leads</title>"));
    assert!(draw(row(None, Some(35.0))).contains(">– → 35<"), "what does not exist is no nought");
}

fn score_band(from: f64, to: Option<f64>, value: Option<f64>, half: f64) -> ScoreBand {
    let (low, high) = (value.map(|value| (value - half).max(0.0)), value.map(|value| value + half));
    ScoreBand { from, to, n: 1234, value, low, high, expected: value.map(|value| value * 0.8 + 0.02) }
}

fn reliability(bands: Vec<ScoreBand>, bar: Option<f64>, reference: Option<f64>) -> Chart {
    let reference = reference.map(|share| (share, format!("all of them, {LONG}")));
    chart(ChartData::Reliability { bands, bar, reference, counted: "marketing-qualified leads".into() })
}

#[test]
fn reliability_keeps_its_words_on_the_canvas_and_apart() {
    for n in [0, 1, 2, 4, 8, 20] {
        for width in [1e-3, 5.0, 1e6] {
            let band = |i: usize| {
                let to = (i + 1 < n).then_some((i + 1) as f64 * width);
                score_band(i as f64 * width, to, Some(0.03 * i as f64), 0.1)
            };
            for bar in [None, Some(0.0), Some(1.5 * width), Some(1e9), Some(-4.0), Some(f64::NAN)] {
                for reference in [None, Some(0.1), Some(0.0), Some(f64::NAN)] {
                    let bands = (0..n).map(band).collect();
                    assert_sound(&format!("{n} bands of {width}, bar {bar:?}"), &reliability(bands, bar, reference));
                }
            }
        }
    }
    let bands = vec![score_band(0.0, Some(1.0), None, 0.0), score_band(1.0, None, Some(f64::NAN), 0.1)];
    assert_sound("holes", &reliability(bands, Some(1.0), None));
    let bands = vec![score_band(0.0, Some(1.0), Some(1.0), 0.5), score_band(1.0, None, Some(1e-9), 1e-10)];
    assert_sound("all and none", &reliability(bands, Some(1.0), Some(1.0)));
}

#[test]
fn the_bar_is_marked_where_its_score_lies() {
    let bands =
        |first: f64| vec![score_band(first, Some(110.0), Some(0.1), 0.02), score_band(110.0, None, Some(0.2), 0.02)];
    let place = |first: f64, bar: f64| {
        let svg = chart::draw(&reliability(bands(first), Some(bar), None), &Options::PAGE).svg;
        let (_, rest) = svg
            .split_once("stroke-dasharray=\"4 3\"")
            .map(|(before, _)| before.rsplit_once("d=\"M").expect("a path"))
            .expect("a rule");
        rest.split(' ').next().expect("x").parse::<f64>().expect("a number")
    };
    assert!(place(90.0, 90.0) < place(90.0, 100.0) && place(90.0, 100.0) < place(90.0, 110.0));
    let svg = chart::draw(&reliability(bands(90.0), Some(100.0), None), &Options::PAGE).svg;
    assert!(svg.contains(">Today&#39;s bar 100<") && svg.contains(">90–110<") && svg.contains(">110+<"), "{svg}");
}

#[test]
fn names_from_dirty_data_fit_in_every_shape() {
    for name in hostile_names() {
        let part = |k: usize| Part { name: format!("{name}{k}"), values: vec![3.0; 4] };
        let months = (0..4).map(month).collect();
        let parts = (0..5).map(part).collect();
        assert_sound("bars", &chart(ChartData::Bars { months, parts, expected: vec![Some((5.0, 30.0)); 4] }));
        let rows = vec![
            Dot {
                label: name.clone(),
                value: Some(0.2),
                low: Some(0.1),
                high: Some(0.3),
                note: name.clone(),
                tone: Tone::Bad
            };
            3
        ];
        let reference = Some((0.2, name.clone()));
        assert_sound("dots", &chart(ChartData::Dots { rows, band: Some((0.1, 0.3)), reference, unit: Unit::Share }));
        let steps = vec![(0, 0.0), (30, 0.2)];
        let open = vec![(0, 40), (30, 7)];
        let curves = vec![Curve { name: name.clone(), steps, ribbon: vec![], open }; 3];
        let marks = vec![Mark { day: 30.0, value: 0.2, label: name.clone() }];
        assert_sound("curves", &chart(ChartData::Curves { curves, x_label: name.clone(), marks }));
        assert_sound("waterfall", &waterfall(0.2, 0.3, vec![step_of(&name, 0.1, Some(0.02), Tone::Good)], Unit::Share));
        let values = vec![(0, 0.4), (30, 0.5)];
        let parts = vec![AreaPart { name: name.clone(), values }; 2];
        assert_sound("areas", &chart(ChartData::Areas { parts, x_label: name.clone(), window: Some(20) }));
    }
}

#[test]
fn a_line_of_a_tooltip_is_no_longer_than_can_be_read() {
    let name = "x".repeat(10_000);
    let svg = chart::draw(&scatter(vec![scatter_point(&name, Some(1.0), Some(0.1), 5)], &[], None), &Options::PAGE).svg;
    assert!(svg.contains(&"x".repeat(150)) && svg.len() < 12_000, "{} bytes", svg.len());
}

#[test]
fn the_panels_of_a_sweep_say_where_its_values_lie() {
    for options in EVERY_WAY {
        let drawing = chart::draw(&demo_page::sweep(), &options);
        assert_eq!(drawing.panels.len(), 3);
        for pair in drawing.panels.windows(2) {
            assert_eq!(
                (pair[0].x0, pair[0].x1, pair[0].from, pair[0].to),
                (pair[1].x0, pair[1].x1, pair[1].from, pair[1].to)
            );
            assert!(pair[0].y1 < pair[1].y0, "one below the other");
        }
        // Today's rule is drawn where the panel's numbers say.
        let panel = &drawing.panels[0];
        let x = panel.x0 + (100.0 - panel.from) / (panel.to - panel.from) * (panel.x1 - panel.x0);
        let (before, _) = drawing.svg.split_once("stroke-dasharray=\"4 3\"").expect("today's rule");
        let (_, path) = before.rsplit_once("d=\"M").expect("its path");
        let drawn: f64 = path.split(' ').next().expect("x").parse().expect("a number");
        assert!((x - drawn).abs() < 0.2, "{options:?}: {x} and {drawn}");
    }
    assert!(chart::draw(&demo_page::line(), &Options::PAGE).panels.is_empty());
}

fn report_of(project: &Path) -> Report {
    let plan = config::load(project).unwrap_or_else(|problems| panic!("{problems}"));
    let analysis = pipeline::run(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    report::build(&plan, &analysis)
}

fn charts_of(report: &Report) -> impl Iterator<Item = &Chart> {
    report.page.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Chart(chart) => Some(chart),
        _ => None,
    })
}

fn sample() -> Report {
    report_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/leadgauge.toml"))
}

#[test]
fn every_chart_of_the_sample_keeps_its_words_on_the_canvas_and_apart() {
    let report = sample();
    let drawn: Vec<&str> = charts_of(&report).map(|chart| chart.id.as_str()).collect();
    for id in [
        "mqls",
        "rate",
        "cohort-curves",
        "cohorts",
        "outcomes",
        "cost-per-mql",
        "cost-quality",
        "thresholds",
        "points-chart",
        "score-reliability",
    ] {
        assert!(drawn.contains(&id), "{id} is missing among {drawn:?}");
    }
    for chart in charts_of(&report) {
        assert_sound(&chart.id, chart);
    }
}

#[test]
fn forty_channels_with_dirty_names_are_drawn_as_soundly() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["activities.csv", "deals.csv", "stage_history.csv"] {
        fs::copy(sample.join(file), folder.path().join(file)).expect("a copy");
    }
    let plan = fs::read_to_string(sample.join("leadgauge.toml")).expect("the project file");
    let (before, rest) = plan.split_once("[channels]").expect("the channels");
    let (_, after) = rest.split_once("[windows]").expect("what follows them");
    fs::write(folder.path().join("leadgauge.toml"), format!("{before}[windows]{after}")).expect("written");
    // More leads in the first channels than in the last.
    let names: Vec<String> = (0..40)
        .map(|k| {
            let dirty = hostile_names();
            let name = dirty[k % dirty.len()].replace(['"', '\n', '\r', '\t'], " ");
            format!("{} {k}", name.chars().take(if k == 1 { 10_000 } else { 300 }).collect::<String>())
        })
        .collect();
    let place = |lead: usize| (lead * lead / 7 % 40).min(lead % 40);
    let leads = fs::read_to_string(sample.join("leads.csv")).expect("the leads");
    let mut rows = leads.lines();
    let mut out = format!("{}\n", rows.next().expect("a header"));
    for (lead, row) in rows.enumerate() {
        let cells: Vec<&str> = row.splitn(5, ',').collect();
        let [id, mail, created, _, rest] = cells[..] else { panic!("{row}") };
        out.push_str(&format!("{id},{mail},{created},\"{}\",{rest}\n", names[place(lead)]));
    }
    fs::write(folder.path().join("leads.csv"), out).expect("written");
    let mut spend = String::from("month,channel,amount,currency\n");
    for month in (0..24).map(|i| format!("{}-{:02}", 2024 + (i + 10) / 12, (i + 10) % 12 + 1)) {
        for (k, name) in names.iter().enumerate() {
            spend.push_str(&format!("{month},\"{name}\",{},EUR\n", 100 + k * 37));
        }
    }
    fs::write(folder.path().join("spend.csv"), spend).expect("written");
    let report = report_of(&folder.path().join("leadgauge.toml"));
    assert!(report.channels.len() >= 38, "{} channels", report.channels.len());
    for chart in charts_of(&report) {
        assert_sound(&chart.id, chart);
    }
    let dots = charts_of(&report).find(|chart| chart.id == "channel-rates").expect("the channels");
    assert!(chart::draw(dots, &Options::PAGE).svg.contains("more, of which less is known, are not drawn<"));
}

#[test]
fn the_cells_of_a_month_end_in_its_rate() {
    let report = sample();
    let ageing = report.ageing.as_ref().expect("outcomes are recorded");
    assert_eq!(ageing.ages.last(), Some(&90), "the window");
    let mut compared = 0;
    for (month, row) in ageing.months.iter().zip(&report.months) {
        assert_eq!((month.month, month.n), (row.month, row.mql_to_sql.n));
        let known: Vec<f64> = month.cells.iter().filter_map(|cell| cell.share).collect();
        assert!(known.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}: a share that shrinks with age", month.month);
        for cell in month.cells.iter().filter(|cell| cell.is_complete) {
            let people = cell.share.expect("a complete cell has a share") * month.n as f64;
            assert!((people - people.round()).abs() < 1e-6, "{:?}: {people} of {} is no count", month.month, month.n);
        }
        if let Some(cell) = month.cells.last().filter(|cell| cell.is_complete) {
            let observed = row.mql_to_sql.observed.expect("a rate");
            assert!((cell.share.expect("a share") - observed).abs() < 1e-9, "{:?}", month.month);
            compared += 1;
        }
    }
    assert!(compared >= 8, "only {compared} months are complete");
}

#[test]
fn a_cohort_begins_with_all_and_loses_who_converts_or_is_too_young() {
    let report = sample();
    let ageing = report.ageing.as_ref().expect("outcomes are recorded");
    assert!(ageing.curves.len() >= 4, "{} cohorts", ageing.curves.len());
    let all: u64 = ageing.curves.iter().map(|curve| curve.n).sum();
    assert_eq!(all, ageing.months.iter().map(|month| month.n).sum::<u64>(), "every month is in one cohort");
    for curve in &ageing.curves {
        assert_eq!(curve.open.first(), Some(&(0, curve.n)), "on day 0 everybody is open");
        assert!(curve.open.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{:?}", curve.open);
        assert!(curve.steps.iter().all(|(day, share)| *day <= curve.followed_days && (0.0..=1.0).contains(share)));
        for (day, low, high) in &curve.ribbon {
            let (_, share) = curve.steps.iter().find(|(at, _)| at == day).expect("a step of that day");
            assert!(low <= share && share <= high, "day {day}: {share} outside {low}..{high}");
        }
    }
}

#[test]
fn the_last_expectation_is_that_of_the_report_month_and_knows_nothing_later() {
    let report = sample();
    assert_eq!(report.change.volumes.last(), report.change.volume.as_ref());
    for news in &report.change.volumes {
        let row = report.months.iter().find(|row| row.month == news.month).expect("a report month");
        assert_eq!(row.mqls, news.mqls);
    }
    // A report that ends earlier had the same expectation of its last month.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let text = fs::read_to_string(folder.join("leadgauge.toml")).expect("the project file");
    let text = text.replacen("2026-10-31", "2026-07-31", 1);
    let plan = config::parse(&text, "leadgauge.toml", &folder).unwrap_or_else(|problems| panic!("{problems}"));
    let analysis = pipeline::run(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    let earlier = report::build(&plan, &analysis).change.volume.expect("an expectation");
    let later = report.change.volumes.iter().find(|news| news.month == earlier.month).expect("July");
    assert_eq!(earlier.expected, later.expected);
}
