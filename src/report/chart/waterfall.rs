//! What made the difference between two periods? From one value over signed steps to the other, a row each.
//!
//! A step's bar begins where the one above it ends, and its length is what it adds; its whisker is the interval of that.
//! Differences are often small against the level. If they would be too short to read on an axis from 0, the axis
//! starts near the values: then it says so, and the two ends are dots and no bars, since the length of a bar that
//! does not start at 0 means nothing.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{self, DOTTED, Frame, NAME, Plot, REMARK, Stroke, TICK, Ticks, Type, opaque, tint};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, Tone, Unit, WaterfallEnd, WaterfallStep};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Waterfall`.
pub struct Waterfall<'a> {
    /// Where it begins.
    pub start: &'a WaterfallEnd,
    /// Where it ends.
    pub end: &'a WaterfallEnd,
    /// What lies between.
    pub steps: &'a [WaterfallStep],
    /// Unit of the ends.
    pub unit: &'a Unit,
}

const STEP_NAME: Type = Type { weight: Weight::Medium, ..NAME };
const NUMBER: Type = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Ink };
/// Half the height of a bar.
const HALF: f64 = 7.0;
/// The axis starts at 0 if the differences then fill at least this share of it.
const READABLE: f64 = 1.0 / 3.0;

/// A row as it is drawn.
struct Row {
    label: String,
    number: String,
    tip: String,
    shape: Shape,
}

enum Shape {
    End(f64),
    Step {
        from: f64,
        to: f64,
        /// The ends of the whisker, on the axis.
        whisker: Option<(f64, f64)>,
        ink: Token,
    },
    /// A step whose size is not known.
    Unknown(f64),
}

/// Draws the rows.
pub fn draw(chart: &Chart, options: &Options, waterfall: &Waterfall) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let rows = rows(waterfall);
    let unit = waterfall.unit;
    let ticks = ticks(&rows, if wide { 6 } else { 4 });
    let says = break_says(&ticks, unit);

    let numbers = rows.iter().map(|row| NUMBER.width(&row.number)).fold(0.0, f64::max);
    let names = rows.iter().map(|row| NAME.width(&row.label)).fold(0.0, f64::max);
    // On a narrow canvas the words of a row stand above its bar instead of beside it.
    let (row_height, words, middle) = if wide { (32.0, 16.0, 16.0) } else { (46.0, 11.0, 32.0) };
    let names = if wide { names.min(200.0) } else { width - numbers - 12.0 };
    let (x0, x1) = if wide { (names + 20.0, width - numbers - 20.0) } else { (14.0, width - 20.0) };
    let height = row_height * rows.len().max(3) as f64;
    let top = 4.0;
    let mut frame = Frame::new(chart, options, top + height + if says.is_some() { 48.0 } else { 30.0 });
    let area = Area { x0, y0: top, x1, y1: top + height };
    let plot = frame.plot(area, (ticks.low(), ticks.high()), (0.0, 1.0));
    grid(&frame, &plot, &ticks, unit);
    if let Some(says) = &says {
        break_sign(&frame, &plot, says);
    }
    if rows.is_empty() {
        frame.nothing_to_draw(&plot, "There is no difference to take apart yet");
    }
    let y = |i: usize| top + row_height * i as f64 + middle;
    for (i, pair) in rows.windows(2).enumerate() {
        let x = plot.at(pair[0].shape.reaches(), 0.0).0;
        frame.line(&[(x, y(i) + HALF), (x, y(i + 1) - HALF)], Stroke::solid(Token::Axis, 1.0));
    }
    for (i, row) in rows.iter().enumerate() {
        let upper = top + row_height * i as f64;
        frame.pen.open("row");
        shape(&frame, &plot, &row.shape, y(i));
        let style = if matches!(row.shape, Shape::End(_)) { NAME } else { STEP_NAME };
        // The line from bar to bar may pass under the words.
        frame.pen.halo();
        frame.text(&style.fitted(&row.label, names), (0.0, upper + words), style, (HPos::Left, VPos::Center));
        frame.pen.halo();
        frame.text(&row.number, (width, upper + words), NUMBER, (HPos::Right, VPos::Center));
        frame.hit(Area { x0: 0.0, y0: upper, x1: width, y1: upper + row_height }, &row.tip, &[]);
        frame.pen.close();
    }
    frame.keep_clear(area);
    frame.finish()
}

impl Shape {
    /// Where the next row begins.
    fn reaches(&self) -> f64 {
        match self {
            Shape::End(at) | Shape::Unknown(at) => *at,
            Shape::Step { to, .. } => *to,
        }
    }
}

/// Start, steps, what they leave open, end; nothing at all if one of the ends is no number.
fn rows(waterfall: &Waterfall) -> Vec<Row> {
    let (start, end, unit) = (waterfall.start, waterfall.end, waterfall.unit);
    let (Some(first), Some(last)) = (bounded(start.value), bounded(end.value)) else {
        return Vec::new();
    };
    let mut out = vec![end_row(start, first, unit)];
    let mut at = first;
    let mut largest = first.abs().max(last.abs());
    for step in waterfall.steps {
        out.push(step_row(step, at, unit));
        at = out.last().map_or(at, |row| row.shape.reaches());
        largest = largest.max(at.abs());
    }
    if (last - at).abs() > largest * 1e-6 {
        let rest = WaterfallStep {
            label: "not explained by these".to_owned(),
            value: last - at,
            low: None,
            high: None,
            tone: Tone::Neutral,
            tip: String::new(),
        };
        out.push(step_row(&rest, at, unit));
    }
    out.push(end_row(end, last, unit));
    out
}

/// A number that can be added up and drawn.
fn bounded(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(-1e250, 1e250))
}

fn end_row(end: &WaterfallEnd, at: f64, unit: &Unit) -> Row {
    let number = format::short(at, unit);
    Row { label: end.label.clone(), tip: format!("{}\n{number}", end.label), number, shape: Shape::End(at) }
}

fn step_row(step: &WaterfallStep, at: f64, unit: &Unit) -> Row {
    let ink = match step.tone {
        Tone::Good => Token::Good,
        Tone::Neutral => Token::Muted,
        Tone::Warn => Token::Warn,
        Tone::Bad => Token::Bad,
    };
    let limits = step.low.and_then(bounded).zip(step.high.and_then(bounded));
    let (shape, number) = match bounded(step.value) {
        Some(value) => {
            let to = (at + value).clamp(-1e250, 1e250);
            let whisker = limits.map(|(low, high)| (at + low, at + high));
            (Shape::Step { from: at, to, whisker, ink }, format::change(value, unit))
        }
        None => (Shape::Unknown(at), "–".to_owned()),
    };
    let interval = limits.map_or_else(String::new, |(low, high)| {
        format!("90\u{a0}% interval {} to {}", format::change(low, unit), format::change(high, unit))
    });
    let tip = [step.label.as_str(), &number, &interval, &step.tip];
    let tip: Vec<&str> = tip.into_iter().filter(|line| !line.is_empty()).collect();
    Row { label: step.label.clone(), tip: tip.join("\n"), number, shape }
}

/// The axis: all values, the whiskers as long as they do not squeeze them, and 0 if the differences stay readable.
fn ticks(rows: &[Row], about: usize) -> Ticks {
    let mut must: Vec<f64> = Vec::new();
    let mut whiskers: Vec<f64> = Vec::new();
    for row in rows {
        must.push(row.shape.reaches());
        if let Shape::Step { whisker: Some((low, high)), .. } = row.shape {
            whiskers.extend([low, high]);
        }
    }
    let (Some(least), Some(most)) = (must.iter().copied().reduce(f64::min), must.iter().copied().reduce(f64::max))
    else {
        return Ticks::covering(0.0, 1.0, about);
    };
    let lowest = whiskers.iter().copied().fold(least, f64::min);
    let highest = whiskers.iter().copied().fold(most, f64::max);
    // Whiskers many times as long as the differences are cut, and end in an arrow.
    let span = most - least;
    let room = if span > 0.0 { 1.5 * span } else { f64::INFINITY };
    let (low, high) = (lowest.max(least - room), highest.min(most + room));
    let span = high - low;
    let reads = |far: f64| span <= 0.0 || span >= READABLE * far;
    let (low, high) = match (low, high) {
        (low, high) if low <= 0.0 && high >= 0.0 => (low, high),
        (low, high) if low > 0.0 && reads(high) => (0.0, high),
        (low, high) if high < 0.0 && reads(-low) => (low, 0.0),
        // Dots need a little room to the left and to the right.
        (low, high) => (low - 0.06 * span, high + 0.06 * span),
    };
    Ticks::covering(low, if high > low { high } else { low + 1.0 }, about)
}

/// What an axis without 0 says about itself.
fn break_says(ticks: &Ticks, unit: &Unit) -> Option<String> {
    let zero = ticks.step * 1e-6;
    if ticks.low() > zero {
        Some(format!("The axis starts at {}, not at 0", ticks.label(ticks.low(), unit)))
    } else if ticks.high() < -zero {
        Some(format!("The axis ends at {}, not at 0", ticks.label(ticks.high(), unit)))
    } else {
        None
    }
}

fn grid(frame: &Frame, plot: &Plot, ticks: &Ticks, unit: &Unit) {
    frame.pen.open_texts("axis", TICK.ink);
    let (y0, y1) = (plot.area.y0, plot.area.y1);
    let room = (plot.area.x1 - plot.area.x0) / (ticks.values.len().max(2) - 1) as f64;
    // Every other label, if all of them would touch.
    let every = if ticks.width(unit) + 8.0 > room { 2 } else { 1 };
    let mut free_from = f64::NEG_INFINITY;
    for value in &ticks.values {
        let x = plot.at(*value, 0.0).0;
        let ink = if value.abs() < ticks.step * 1e-6 { Token::Axis } else { Token::Grid };
        frame.line(&[(x, y0), (x, y1)], Stroke::solid(ink, 1.0));
    }
    for (i, value) in ticks.values.iter().enumerate() {
        let x = plot.at(*value, 0.0).0;
        let text = ticks.label(*value, unit);
        let half = TICK.width(&text) / 2.0;
        let x = x.clamp(half, (frame.width - half).max(half));
        // The first and the last may have been moved inward, towards their neighbours.
        if i % every == 0 && x - half > free_from {
            frame.text(&text, (x, y1 + 9.0), TICK, (HPos::Center, VPos::Top));
            free_from = x + half + 6.0;
        }
    }
    frame.pen.close();
}

/// Two strokes through the end of the axis that is not 0, and a sentence.
fn break_sign(frame: &Frame, plot: &Plot, says: &str) {
    let y = plot.area.y1;
    let x = if plot.x.0 > 0.0 { plot.area.x0 } else { plot.area.x1 };
    for aside in [-2.5, 2.5] {
        frame.line(&[(x + aside - 2.5, y + 5.0), (x + aside + 2.5, y - 5.0)], Stroke::solid(Token::Muted, 1.2));
    }
    let text = REMARK.fitted(says, frame.width);
    let needs = REMARK.width(&text);
    let (x, side) = if plot.x.0 > 0.0 { (x.min(frame.width - needs), HPos::Left) } else { (x.max(needs), HPos::Right) };
    frame.text(&text, (x, y + 27.0), REMARK, (side, VPos::Top));
}

fn shape(frame: &Frame, plot: &Plot, shape: &Shape, y: f64) {
    let x = |value: f64| plot.at(value, 0.0).0;
    match shape {
        Shape::End(at) if plot.x.0 <= 0.0 && plot.x.1 >= 0.0 => {
            let (x0, x1) = (x(at.min(0.0)), x(at.max(0.0)));
            frame.rectangle(Area { x0, y0: y - HALF, x1: x1.max(x0 + 1.5), y1: y + HALF }, opaque(Token::Accent));
        }
        Shape::End(at) => {
            // How far it is to 0 cannot be seen.
            let edge = if plot.x.0 > 0.0 { plot.area.x0 } else { plot.area.x1 };
            frame.line(&[(edge, y), (x(*at), y)], Stroke::solid(Token::Accent, 1.4).dashed(DOTTED));
            frame.dot((x(*at), y), 5.2, Token::Accent);
        }
        Shape::Step { from, to, whisker, ink } => {
            let (x0, x1) = (x(from.min(*to)), x(from.max(*to)));
            let bar = Area { x0, y0: y - HALF, x1: x1.max(x0 + 1.5), y1: y + HALF };
            frame.rectangle(bar, tint(*ink, 0.42));
            let tip = x(*to);
            frame.line(&[(tip, y - HALF), (tip, y + HALF)], Stroke::solid(*ink, 2.0));
            if let Some((low, high)) = whisker {
                whisker_line(frame, plot, (*low, *high), y, *ink);
            }
        }
        Shape::Unknown(_) => {}
    }
}

/// An interval; an end beyond the axis is an arrow, any other a short stroke.
fn whisker_line(frame: &Frame, plot: &Plot, (low, high): (f64, f64), y: f64, ink: Token) {
    let stroke = Stroke::solid(ink, 1.4);
    let (x0, x1) = (plot.at(low, 0.0).0, plot.at(high, 0.0).0);
    frame.line(&[(x0, y), (x1, y)], stroke);
    for (x, is_cut, back) in [(x0, low < plot.x.0, 5.0), (x1, high > plot.x.1, -5.0)] {
        if is_cut {
            frame.line(&[(x + back, y - 4.0), (x, y), (x + back, y + 4.0)], stroke);
        } else {
            frame.line(&[(x, y - 3.5), (x, y + 3.5)], stroke);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(start: f64, steps: &[f64]) -> Ticks {
        let step = |value: &f64| WaterfallStep {
            label: "a step".into(),
            value: *value,
            low: None,
            high: None,
            tone: Tone::Neutral,
            tip: String::new(),
        };
        let steps: Vec<WaterfallStep> = steps.iter().map(step).collect();
        let value = start + steps.iter().map(|step| step.value).sum::<f64>();
        let (start, end) =
            (WaterfallEnd { label: "a".into(), value: start }, WaterfallEnd { label: "b".into(), value });
        ticks(&rows(&Waterfall { start: &start, end: &end, steps: &steps, unit: &Unit::Share }), 6)
    }

    #[test]
    fn the_axis_starts_at_nought_unless_the_differences_would_be_too_short() {
        assert_eq!(axis(0.2, &[-0.1, 0.02]).low(), 0.0);
        let broken = axis(0.2, &[-0.01, 0.004]);
        assert!(broken.low() > 0.18, "{broken:?}");
        assert!(break_says(&broken, &Unit::Share).is_some());
        assert!(break_says(&axis(0.2, &[-0.1]), &Unit::Share).is_none());
        assert!(axis(-0.2, &[0.01]).high() < 0.0, "of losses, too");
        assert_eq!(axis(0.2, &[]).low(), 0.0, "without a difference there is nothing to enlarge");
        assert!(axis(0.05, &[-0.1]).low() <= -0.05, "below nought the axis has nought in it");
    }

    #[test]
    fn what_the_steps_leave_open_is_a_step_of_its_own() {
        let end = |value: f64| WaterfallEnd { label: "x".into(), value };
        let n_rows = |from: f64, to: f64| {
            rows(&Waterfall { start: &end(from), end: &end(to), steps: &[], unit: &Unit::Count }).len()
        };
        assert_eq!(n_rows(10.0, 10.0), 2);
        assert_eq!(n_rows(10.0, 12.0), 3);
        assert_eq!(n_rows(10.0, f64::NAN), 0);
    }
}
