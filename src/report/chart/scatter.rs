//! Which are cheap and good, and which are dear and bad? Two measures against each other, with both intervals and direct
//! labels; the area of a dot is what it rests on.
//!
//! Of many dots the first keep their colour, their intervals and their names; the rest are small and grey, and have a
//! tooltip.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Anchor, DASHED, Frame, Key, NAME, Plot, REMARK, Sign, Spot, Stroke, TICK, Ticks, Type, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Axis, Chart, ScatterLine, ScatterPoint, Tone, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Scatter`.
pub struct Scatter<'a> {
    /// The dots, the most important first.
    pub points: &'a [ScatterPoint],
    /// What lies to the right.
    pub x: &'a Axis,
    /// What lies upwards.
    pub y: &'a Axis,
    /// The benchmark range of y.
    pub band: Option<(f64, f64)>,
    /// Lines to compare with.
    pub lines: &'a [ScatterLine],
    /// What a size is called.
    pub sized_by: &'a str,
}

const POINT_NAME: Type = Type { weight: Weight::Semibold, ..NAME };
/// Radius of the largest dot, and of the smallest.
const LARGEST: f64 = 13.0;
const SMALLEST: f64 = 3.4;

/// A dot that can be drawn.
struct Mark<'a> {
    point: &'a ScatterPoint,
    value: (f64, f64),
    at: Spot,
    radius: f64,
    ink: Token,
    named: bool,
}

/// Draws the dots.
pub fn draw(chart: &Chart, options: &Options, scatter: &Scatter) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let keys = keys(scatter, wide);
    let legend = frame::legend_height(&keys, width);
    let (named, about) = if wide { (10, 7) } else { (6, 4) };
    let y_ticks = ticks(
        scatter,
        (named, 5),
        &|point| [point.y, point.y_low, point.y_high],
        scatter.band.map(|band| band.1),
        scatter.y,
    );
    let x_ticks = ticks(scatter, (named, about), &|point| [point.x, point.x_low, point.x_high], None, scatter.x);

    let (top, height) = (legend + 32.0, if wide { 320.0 } else { 268.0 });
    let mut frame = Frame::new(chart, options, top + height + 44.0);
    frame.legend(&keys, 0.0);
    let last = TICK.width(&x_ticks.label(x_ticks.high(), &scatter.x.unit)) / 2.0;
    let area = Area { x0: y_ticks.width(&scatter.y.unit) + 10.0, y0: top, x1: width - last.max(8.0), y1: top + height };
    let plot = frame.plot(area, (x_ticks.low(), x_ticks.high()), (y_ticks.low(), y_ticks.high()));

    band(&frame, &plot, scatter);
    frame.value_axis(&plot, &y_ticks, &scatter.y.unit);
    frame.text(&TICK.fitted(&scatter.y.label, width), (0.0, top - 9.0), TICK, (HPos::Left, VPos::Bottom));
    frame.line(&[(area.x0, area.y1), (area.x1, area.y1)], Stroke::solid(Token::Axis, 1.0));
    let lines: Vec<Vec<Spot>> = scatter.lines.iter().map(|line| straight(&frame, &plot, line)).collect();
    for path in &lines {
        frame.keep_clear_of_path(path);
    }

    let marks = marks(scatter, &plot, named);
    for mark in marks.iter().rev().filter(|mark| mark.named) {
        intervals(&mut frame, &plot, mark);
    }
    // The largest lie below the smaller ones.
    let mut order: Vec<&Mark> = marks.iter().collect();
    order.sort_by(|a, b| b.radius.total_cmp(&a.radius));
    for mark in order {
        let (x, y) = mark.at;
        if mark.value.0 > plot.x.1 {
            frame.line(&[(x - 5.0, y - 3.5), (x, y), (x - 5.0, y + 3.5)], Stroke::solid(Token::Ghost(1), 1.4));
        } else if mark.value.1 > plot.y.1 {
            frame.line(&[(x - 3.5, y + 5.0), (x, y), (x + 3.5, y + 5.0)], Stroke::solid(Token::Ghost(1), 1.4));
        } else if mark.named {
            frame.bubble(mark.at, mark.radius, mark.ink);
        } else {
            frame.dot(mark.at, 2.4, Token::Ghost(1));
        }
        let r = if mark.named { mark.radius + 1.0 } else { 3.0 };
        frame.keep_clear(Area { x0: mark.at.0 - r, y0: mark.at.1 - r, x1: mark.at.0 + r, y1: mark.at.1 + r });
    }
    for mark in marks.iter().filter(|mark| mark.named) {
        name(&mut frame, mark, area, if wide { 170.0 } else { 110.0 });
    }
    line_names(&mut frame, scatter, &lines, area);
    band_name(&mut frame, &plot, scatter);
    if marks.is_empty() {
        frame.nothing_to_draw(&plot, "Nothing has both values yet");
    }
    x_axis(&frame, &plot, &x_ticks, scatter.x);
    hits(&frame, &marks, scatter);
    frame.finish()
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// An axis from 0 over all values; intervals as long as they do not squeeze them.
fn ticks(
    scatter: &Scatter,
    (named, about): (usize, usize),
    of: &dyn Fn(&ScatterPoint) -> [Option<f64>; 3],
    band: Option<f64>,
    axis: &Axis,
) -> Ticks {
    let drawn = || scatter.points.iter().filter(|point| finite(point.x).and(finite(point.y)).is_some());
    let values = drawn().take(named).filter_map(|point| finite(of(point)[0])).chain(band);
    // The small ones must not squeeze those that matter into a corner; what lies farther out is an arrow at the edge.
    let limits = drawn().take(named).flat_map(of).flatten();
    let limits = limits.chain(drawn().skip(named).filter_map(|point| of(point)[0]));
    let least = drawn().take(named).filter_map(|point| finite(of(point)[0])).map(|value| -value);
    let (top, bottom) = (frame::reach(values, limits), frame::reach(least, std::iter::empty()));
    let top = if axis.unit == Unit::Share && top <= 1.0 { (top * 1.06).min(1.0) } else { top * 1.06 };
    Ticks::covering(-bottom, if top + bottom > 0.0 { top } else { 1.0 }, about)
}

fn marks<'a>(scatter: &Scatter<'a>, plot: &Plot, most: usize) -> Vec<Mark<'a>> {
    let largest = scatter.points.iter().map(|point| point.n).max().unwrap_or(1).max(1) as f64;
    let drawn = scatter.points.iter().filter_map(|point| Some((point, (finite(point.x)?, finite(point.y)?))));
    let mark = |(i, (point, value)): (usize, (&'a ScatterPoint, (f64, f64)))| Mark {
        point,
        value,
        at: plot.at(value.0, value.1),
        radius: (LARGEST * (point.n as f64 / largest).sqrt()).max(SMALLEST),
        ink: match point.tone {
            Tone::Good | Tone::Neutral => Token::Accent,
            Tone::Warn => Token::Warn,
            Tone::Bad => Token::Bad,
        },
        named: i < most,
    };
    drawn.enumerate().map(mark).collect()
}

fn band(frame: &Frame, plot: &Plot, scatter: &Scatter) {
    let Some((low, high)) = scatter.band else { return };
    let (from, to) = (plot.at(plot.x.0, high), plot.at(plot.x.1, low));
    frame.pen.class("band");
    frame.rectangle(Area { x0: from.0, y0: from.1, x1: to.0, y1: to.1 }, tint(Token::Band, 0.11));
}

fn band_name(frame: &mut Frame, plot: &Plot, scatter: &Scatter) {
    let Some((low, high)) = scatter.band else { return };
    let text = format!("Benchmark {}", format::band(low, high, &scatter.y.unit));
    let ((x0, y0), (x1, y1)) = (plot.at(plot.x.0, high), plot.at(plot.x.1, low));
    let places: [(Spot, Anchor); 4] = [
        ((x1 - 8.0, y0 + 7.0), (HPos::Right, VPos::Top)),
        ((x0 + 8.0, y0 + 7.0), (HPos::Left, VPos::Top)),
        ((x1 - 8.0, y1 - 7.0), (HPos::Right, VPos::Bottom)),
        ((x0 + 8.0, y1 - 7.0), (HPos::Left, VPos::Bottom)),
    ];
    frame.label(&text, REMARK.ink(Token::BandText), &places, plot.area);
}

/// A line as far as it lies inside the plot, and the tint below it.
fn straight(frame: &Frame, plot: &Plot, line: &ScatterLine) -> Vec<Spot> {
    let height = |x: f64| line.at_zero + line.slope * x;
    let ((x0, x1), (y0, y1)) = (plot.x, plot.y);
    if !height(x0).is_finite() || !height(x1).is_finite() {
        return Vec::new();
    }
    // Where it enters and leaves the plot.
    let mut ends: Vec<f64> = vec![x0, x1];
    if line.slope != 0.0 {
        ends.extend([y0, y1].map(|y| (y - line.at_zero) / line.slope));
    }
    let slack = (y1 - y0) * 1e-9;
    let inside = |x: &f64| *x >= x0 && *x <= x1 && height(*x) >= y0 - slack && height(*x) <= y1 + slack;
    let mut ends: Vec<f64> = ends.into_iter().filter(inside).collect();
    ends.sort_by(f64::total_cmp);
    let (Some(from), Some(to)) = (ends.first(), ends.last()) else { return Vec::new() };
    let path = vec![plot.at(*from, height(*from)), plot.at(*to, height(*to))];
    if line.below == Tone::Bad || line.below == Tone::Warn {
        let ink = if line.below == Tone::Bad { Token::Bad } else { Token::Warn };
        let corner = plot.at(x1, y0);
        let mut outline = path.clone();
        if path[1].0 < corner.0 - 0.2 {
            outline.push((corner.0, path[1].1));
        }
        outline.extend([corner, (path[0].0, corner.1)]);
        frame.surface(&outline, tint(ink, 0.05));
    }
    frame.line(&path, Stroke::solid(Token::Text, 1.2).dashed(DASHED));
    path
}

fn line_names(frame: &mut Frame, scatter: &Scatter, lines: &[Vec<Spot>], area: Area) {
    for (line, path) in scatter.lines.iter().zip(lines) {
        let [from, to] = path.as_slice() else { continue };
        let text = REMARK.fitted(&line.label, (area.x1 - area.x0) * 0.7);
        let along = |t: f64| (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
        let places: Vec<(Spot, Anchor)> = [0.98, 0.85, 0.7, 0.55, 0.4, 0.25]
            .into_iter()
            .flat_map(|t| {
                let (x, y) = along(t);
                [
                    ((x - 4.0, y - 6.0), (HPos::Right, VPos::Bottom)),
                    ((x + 6.0, y + 6.0), (HPos::Left, VPos::Top)),
                    ((x - 4.0, y + 8.0), (HPos::Right, VPos::Top)),
                ]
            })
            .collect();
        frame.label(&text, REMARK, &places, area);
    }
}

/// Both intervals; one that goes beyond the axis is cut there.
fn intervals(frame: &mut Frame, plot: &Plot, mark: &Mark) {
    let (point, (x, y)) = (mark.point, mark.value);
    let across = finite(point.x_low).map(|low| {
        let high = finite(point.x_high).unwrap_or(plot.x.1);
        [plot.at(low, y), plot.at(high, y)]
    });
    let upright = finite(point.y_low).zip(finite(point.y_high)).map(|(low, high)| [plot.at(x, low), plot.at(x, high)]);
    for path in [across, upright].into_iter().flatten() {
        frame.line(&path, Stroke::solid(mark.ink, 1.2));
        frame.keep_clear_of_path(&path);
    }
}

fn name(frame: &mut Frame, mark: &Mark, area: Area, most: f64) {
    let ((x, y), r) = (mark.at, mark.radius);
    let text = POINT_NAME.fitted(&mark.point.label, most);
    let places: Vec<(Spot, Anchor)> = [4.0, 12.0, 22.0]
        .into_iter()
        .flat_map(|off| {
            let near = r * 0.75 + off;
            [
                ((x + near, y - near), (HPos::Left, VPos::Bottom)),
                ((x + near, y + near), (HPos::Left, VPos::Top)),
                ((x - near, y - near), (HPos::Right, VPos::Bottom)),
                ((x - near, y + near), (HPos::Right, VPos::Top)),
                ((x, y - r - off), (HPos::Center, VPos::Bottom)),
                ((x, y + r + off), (HPos::Center, VPos::Top)),
            ]
        })
        .collect();
    frame.label(&text, POINT_NAME, &places, area);
}

fn x_axis(frame: &Frame, plot: &Plot, ticks: &Ticks, axis: &Axis) {
    let area = plot.area;
    frame.pen.open_texts("axis", TICK.ink);
    let mut free_from = f64::NEG_INFINITY;
    for value in &ticks.values {
        let text = ticks.label(*value, &axis.unit);
        let half = TICK.width(&text) / 2.0;
        let x = plot.at(*value, plot.y.0).0.clamp(half, (frame.width - half).max(half));
        if x - half > free_from {
            frame.text(&text, (x, area.y1 + 9.0), TICK, (HPos::Center, VPos::Top));
            free_from = x + half + 8.0;
        }
    }
    let label = TICK.fitted(&axis.label, area.x1 - area.x0);
    frame.text(&label, (area.x1, area.y1 + 27.0), TICK, (HPos::Right, VPos::Top));
    frame.pen.close();
}

fn hits(frame: &Frame, marks: &[Mark], scatter: &Scatter) {
    frame.pen.open("hits");
    // Who comes later lies above: the smallest are still found under the largest.
    let mut order: Vec<&Mark> = marks.iter().collect();
    order.sort_by(|a, b| b.radius.total_cmp(&a.radius));
    for mark in order {
        let r = mark.radius.max(9.0);
        let (x, y) = mark.at;
        frame.hit(Area { x0: x - r, y0: y - r, x1: x + r, y1: y + r }, &tip(mark, scatter), &[]);
    }
    frame.pen.close();
}

fn tip(mark: &Mark, scatter: &Scatter) -> String {
    let point = mark.point;
    let measure = |axis: &Axis, value: f64, low: Option<f64>, high: Option<f64>| {
        let value = format::short(value, &axis.unit);
        let interval = match (finite(low), finite(high)) {
            (Some(low), Some(high)) => format!(
                " (90\u{a0}% interval {} to {})",
                format::short(low, &axis.unit),
                format::short(high, &axis.unit)
            ),
            (Some(low), None) => format!(" (at least {})", format::short(low, &axis.unit)),
            _ => String::new(),
        };
        format!("{}: {value}{interval}", axis.label)
    };
    let lines = [
        point.label.clone(),
        measure(scatter.x, mark.value.0, point.x_low, point.x_high),
        measure(scatter.y, mark.value.1, point.y_low, point.y_high),
        format!("{} {}", format::count(point.n as f64), scatter.sized_by),
        point.tip.clone(),
    ];
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn keys(scatter: &Scatter, wide: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut key = |sign: Sign, text: String| keys.push(Key { sign, text });
    key(Sign::Bubble(Token::Accent), format!("Area: {}", scatter.sized_by));
    key(Sign::Cross(Token::Accent), "90\u{a0}% intervals".to_owned());
    let has =
        |tone: Tone| scatter.points.iter().any(|point| point.tone == tone && point.x.is_some() && point.y.is_some());
    if has(Tone::Bad) {
        key(Sign::Bubble(Token::Bad), "Surely below the line".to_owned());
    }
    let drawn = scatter.points.iter().filter(|point| finite(point.x).and(finite(point.y)).is_some()).count();
    if drawn > if wide { 10 } else { 6 } {
        key(Sign::Dot(Token::Ghost(1)), "Smaller ones, without names".to_owned());
    }
    keys
}
