//! How fast do leads convert, and is it getting faster? Rising step curves: share converted by days since the start.
//!
//! The last curve is the one that matters most; the others are history, in greys from old to new.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Anchor, DOTTED, Frame, NAME, Plot, REMARK, Spot, Stroke, TICK, Ticks, Type, dodge, half_cap, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, Curve, Mark, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// Height of a row of numbers below.
const COUNT_ROW: f64 = 16.0;

/// Draws the curves.
pub fn draw(chart: &Chart, options: &Options, curves: &[Curve], x_label: &str, marks: &[Mark]) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let last_day = last_day(curves, marks);
    let ticks = share_ticks(curves, marks);
    let height = if wide { 264.0 } else { 228.0 };
    let counted = counted(curves, if wide { 4 } else { 2 });
    let counts = if counted.is_empty() { 0.0 } else { 10.0 + COUNT_ROW * (counted.len() + 1) as f64 };
    let mut frame = Frame::new(chart, options, 8.0 + height + 44.0 + counts);

    let most = if wide { 160.0 } else { 108.0 };
    let needs = |curve: &Curve| NAME.width(&curve.name).max(TICK.width(&end_text(curve)));
    let names = curves.iter().map(needs).fold(0.0, f64::max).min(most);
    // The first day's label is centred on the left edge and must not meet the axis labels.
    let area = Area {
        x0: ticks.width(&Unit::Share) + 10.0,
        y0: 8.0,
        x1: width - if curves.is_empty() { 12.0 } else { names + 26.0 },
        y1: 8.0 + height,
    };
    let plot = frame.plot(area, (0.0, last_day), (0.0, ticks.high()));
    frame.value_axis(&plot, &ticks, &Unit::Share);
    frame.line(&[(area.x0, area.y1), (area.x1, area.y1)], Stroke::solid(Token::Axis, 1.0));

    for (i, curve) in curves.iter().enumerate() {
        ribbon(&frame, &plot, curve, i + 1 == curves.len());
    }
    let mut ends = Vec::new();
    for (i, curve) in curves.iter().enumerate() {
        let latest = i + 1 == curves.len();
        let ink = ink(i, curves.len());
        let path = steps(&plot, curve);
        frame.pen.class("series");
        frame.line(&path, Stroke::solid(ink, if latest { 2.4 } else { 1.7 }));
        frame.keep_clear_of_path(&path);
        if let Some(end) = path.last() {
            ends.push((i, *end));
        }
    }
    mark_days(&mut frame, &plot, marks);
    names_beside(&frame, &plot, curves, &ends);
    if ends.is_empty() {
        frame.nothing_to_draw(&plot, "No conversion has been seen yet");
    }

    frame.day_axis(&plot, if wide { 9.0 } else { 5.0 }, x_label);
    still_open(&frame, &plot, curves, &counted, if wide { 9.0 } else { 5.0 });
    hits(&frame, &plot, curves, last_day);
    frame.finish()
}

fn finite_steps(curve: &Curve) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
    curve.steps.iter().filter(|(_, share)| share.is_finite()).map(|(day, share)| (f64::from(*day), *share))
}

/// What a curve has reached, and when.
fn end_text(curve: &Curve) -> String {
    finite_steps(curve).last().map_or_else(String::new, |(day, share)| {
        format!("{} by day {}", format::short(share, &Unit::Share), format::count(day))
    })
}

fn last_day(curves: &[Curve], marks: &[Mark]) -> f64 {
    let days = curves.iter().flat_map(finite_steps).map(|(day, _)| day).chain(marks.iter().map(|mark| mark.day));
    days.filter(|day| day.is_finite()).fold(0.0, f64::max).clamp(1.0, 1e6)
}

fn share_ticks(curves: &[Curve], marks: &[Mark]) -> Ticks {
    let values = curves.iter().flat_map(finite_steps).map(|(_, share)| share);
    let limits = curves.iter().flat_map(|curve| curve.ribbon.iter().map(|(_, _, high)| *high));
    let top = frame::reach(values.chain(marks.iter().map(|mark| mark.value)), limits);
    let top = if top <= 1.0 { (top * 1.04).min(1.0) } else { top * 1.04 };
    Ticks::covering(0.0, if top > 0.0 { top } else { 0.5 }, 6)
}

fn ink(i: usize, n: usize) -> Token {
    if i + 1 == n {
        return Token::Accent;
    }
    // The newest of the history is the darkest.
    let back = n - 2 - i;
    Token::Ghost(2u8.saturating_sub(u8::try_from(back).unwrap_or(u8::MAX)))
}

fn steps(plot: &Plot, curve: &Curve) -> Vec<Spot> {
    let mut path = Vec::new();
    let mut before: Option<f64> = None;
    for (day, share) in finite_steps(curve) {
        if day > plot.x.1 {
            break;
        }
        if let Some(before) = before {
            path.push(plot.at(day, before));
        }
        path.push(plot.at(day, share));
        before = Some(share);
    }
    path
}

fn ribbon(frame: &Frame, plot: &Plot, curve: &Curve, latest: bool) {
    let limits: Vec<(f64, f64, f64)> = curve
        .ribbon
        .iter()
        .filter(|(day, low, high)| low.is_finite() && high.is_finite() && f64::from(*day) <= plot.x.1)
        .map(|(day, low, high)| (f64::from(*day), *low, *high))
        .collect();
    if limits.len() < 2 {
        return;
    }
    let edge = |value: fn(&(f64, f64, f64)) -> f64| -> Vec<Spot> {
        let mut path = vec![plot.at(limits[0].0, value(&limits[0]))];
        for pair in limits.windows(2) {
            path.push(plot.at(pair[1].0, value(&pair[0])));
            path.push(plot.at(pair[1].0, value(&pair[1])));
        }
        path
    };
    let mut outline = edge(|limit| limit.2);
    let mut lower = edge(|limit| limit.1);
    lower.reverse();
    outline.extend(lower);
    frame.surface(&outline, if latest { tint(Token::Accent, 0.14) } else { tint(Token::Axis, 0.14) });
}

fn mark_days(frame: &mut Frame, plot: &Plot, marks: &[Mark]) {
    let known = marks.iter().filter(|mark| mark.day.is_finite() && mark.value.is_finite() && mark.day >= 0.0);
    let known: Vec<(&Mark, Spot)> = known.map(|mark| (mark, plot.at(mark.day, mark.value))).collect();
    for (_, at) in &known {
        frame.dot(*at, 4.2, Token::Accent);
        frame.keep_clear(Area { x0: at.0 - 5.0, y0: at.1 - 5.0, x1: at.0 + 5.0, y1: at.1 + 5.0 });
    }
    let style = Type { weight: Weight::Semibold, ..REMARK }.ink(Token::Accent);
    for (mark, (x, y)) in &known {
        let text = style.fitted(&mark.label, (plot.area.x1 - plot.area.x0) * 0.6);
        // Above and to the left of a rising curve there is nothing, if there is room before the axis.
        let left = (x - 5.0 - style.width(&text)).max(plot.area.x0 + 4.0);
        let above = [10.0, 14.0, 20.0, 26.0, 34.0].map(|up| ((left, y - up), (HPos::Left, VPos::Bottom)));
        let below = [11.0, 18.0, 30.0, 46.0].map(|down| ((x + 8.0, y + down), (HPos::Left, VPos::Top)));
        let beside: (Spot, Anchor) = ((x - 9.0, y - 3.0), (HPos::Right, VPos::Center));
        let places: Vec<(Spot, Anchor)> = [beside].into_iter().chain(above).chain(below).collect();
        frame.label(&text, style, &places, plot.area);
    }
}

/// Name and last value beside the end of each curve. If they have no room for two lines each, they get one; if that is
/// too much, the latest keep theirs.
fn names_beside(frame: &Frame, plot: &Plot, curves: &[Curve], ends: &[(usize, Spot)]) {
    let (top, bottom) = (plot.area.y0 + 4.0, plot.area.y1 - 2.0);
    let two_lines = ends.len() as f64 * 31.0 <= bottom - top;
    let gap = if two_lines { 31.0 } else { 16.0 };
    let room = ((bottom - top) / gap).floor().max(1.0) as usize;
    let mut shown: Vec<(usize, Spot)> = ends[ends.len().saturating_sub(room)..].to_vec();
    shown.sort_by(|a, b| a.1.1.total_cmp(&b.1.1).then(b.0.cmp(&a.0)));
    let mut places: Vec<f64> = shown.iter().map(|(_, end)| end.1).collect();
    dodge(&mut places, gap, top, bottom - if two_lines { 18.0 } else { 4.0 });
    let x = plot.area.x1 + 24.0;
    frame.pen.open("names");
    for ((i, end), y) in shown.iter().zip(&places) {
        let (curve, latest) = (&curves[*i], i + 1 == curves.len());
        let ink = ink(*i, curves.len());
        let open = end.0 < plot.area.x1 - 1.0;
        if open {
            // The curve ends before the axis does: nobody knows yet how it goes on.
            frame.line(&[*end, (plot.area.x1, end.1)], Stroke::solid(ink, 1.2).dashed(DOTTED));
            frame.ring(*end, 3.2, ink);
        }
        frame.line(&[(plot.area.x1 + 3.0, end.1), (x - 6.0, *y)], Stroke::solid(ink, 1.2));
        let weight = if latest { Weight::Bold } else { Weight::Semibold };
        let style = Type { weight, ..NAME }.ink(if latest { Token::Accent } else { Token::Text });
        frame.text(&style.fitted(&curve.name, frame.width - x), (x, *y), style, (HPos::Left, VPos::Center));
        if two_lines {
            let below = y + half_cap(NAME) + 6.0;
            frame.text(&TICK.fitted(&end_text(curve), frame.width - x), (x, below), TICK, (HPos::Left, VPos::Top));
        }
    }
    frame.pen.close();
}

/// The curves whose numbers are written below, newest first: where there is no room for all, the newest.
fn counted(curves: &[Curve], most: usize) -> Vec<usize> {
    (0..curves.len()).rev().filter(|i| !curves[*i].open.is_empty()).take(most).collect()
}

/// How many of each curve are still open, under the days of the axis.
fn still_open(frame: &Frame, plot: &Plot, curves: &[Curve], counted: &[usize], most: f64) {
    if counted.is_empty() {
        return;
    }
    let area = plot.area;
    let top = area.y1 + 50.0;
    let head = Type { weight: Weight::Medium, ..TICK };
    let text = head.fitted("Still open by that day", area.x1);
    frame.text(&text, (0.0, top), head, (HPos::Left, VPos::Top));
    for (row, i) in counted.iter().enumerate() {
        let (curve, y) = (&curves[*i], top + COUNT_ROW * (row + 1) as f64);
        let ink = if i + 1 == curves.len() { Token::Accent } else { Token::Text };
        frame.pen.open_texts("open", ink);
        let style = TICK.ink(ink);
        let mut free_from = f64::NEG_INFINITY;
        for day in frame::day_ticks(plot.x.1, most) {
            let known = curve.open.iter().rev().find(|(at, _)| f64::from(*at) <= day + 0.5);
            let reaches = finite_steps(curve).last().is_some_and(|(end, _)| end >= day - 0.5);
            let (Some((_, n)), true) = (known, reaches) else { continue };
            let text = format::short(*n as f64, &Unit::Count);
            let half = style.width(&text) / 2.0;
            let x = plot.at(day, 0.0).0.max(half);
            if x - half > free_from {
                frame.text(&text, (x, y), style, (HPos::Center, VPos::Top));
                free_from = x + half + 4.0;
            }
        }
        let x = (area.x1 + 24.0).max(free_from + 4.0);
        let style = Type { weight: Weight::Semibold, ..style };
        frame.text(&style.fitted(&curve.name, frame.width - x), (x, y), style, (HPos::Left, VPos::Top));
        frame.pen.close();
    }
}

fn hits(frame: &Frame, plot: &Plot, curves: &[Curve], last_day: f64) {
    frame.pen.open("hits");
    let columns = (if frame.width > 500.0 { 18.0_f64 } else { 9.0 }).min(last_day.max(1.0));
    let width = last_day / columns;
    for i in 0..columns as u32 {
        let (from, to) = (f64::from(i) * width, f64::from(i + 1) * width);
        let day = ((from + to) / 2.0).round();
        let reached = |curve: &Curve| {
            let ends = finite_steps(curve).last().is_some_and(|(end, _)| end >= day);
            finite_steps(curve).take_while(|(at, _)| *at <= day).last().filter(|_| ends)
        };
        let lines: Vec<String> = curves
            .iter()
            .rev()
            .filter_map(|curve| reached(curve).map(|(_, share)| format!("{}: {}", curve.name, format::share(share))))
            .collect();
        if lines.is_empty() {
            continue;
        }
        let ((x0, _), (x1, _), (x, _)) = (plot.at(from, 0.0), plot.at(to, 0.0), plot.at(day, 0.0));
        let tip = format!("Day {}\n{}", format::count(day), lines.join("\n"));
        let area = Area { x0, y0: plot.area.y0, x1, y1: plot.area.y1 };
        frame.hit(area, &tip, &[(x, plot.area.y0), (x, plot.area.y1)]);
    }
    frame.pen.close();
}
