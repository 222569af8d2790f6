//! What changes, from which value to which? A hollow dot for what is, a filled one with its interval for what is advised,
//! a row each.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{self, Frame, Key, NAME, Plot, Sign, Stroke, TICK, Ticks, Type, tint};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, Dumbbell, DumbbellEnd, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Dumbbells`.
pub struct Dumbbells<'a> {
    /// The rows, top first.
    pub rows: &'a [Dumbbell],
    /// What the hollow dot is.
    pub from: &'a str,
    /// What the filled dot is.
    pub to: &'a str,
    /// Which of the two has the interval.
    pub interval_of: DumbbellEnd,
    /// Unit of the values.
    pub unit: &'a Unit,
}

const ROW_NAME: Type = Type { weight: Weight::Medium, ..NAME };
const NUMBER: Type = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Ink };

/// Draws the rows.
pub fn draw(chart: &Chart, options: &Options, dumbbells: &Dumbbells) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let (rows, unit) = (dumbbells.rows, dumbbells.unit);
    let keys = keys(dumbbells);
    let legend = frame::legend_height(&keys, width);
    let ticks = ticks(dumbbells, if wide { 7 } else { 4 });
    let numbers = rows.iter().map(|row| NUMBER.width(&number(row, unit))).fold(0.0, f64::max);
    let names = rows.iter().map(|row| ROW_NAME.width(&row.label)).fold(0.0, f64::max);
    // On a narrow canvas the words of a row stand above its line instead of beside it.
    let (row_height, words, middle) = if wide { (30.0, 15.0, 15.0) } else { (44.0, 11.0, 30.0) };
    let names = if wide { names.min(190.0) } else { width - numbers - 12.0 };
    let (x0, x1) = if wide { (names + 20.0, width - numbers - 24.0) } else { (14.0, width - 20.0) };
    let (top, height) = (legend + 14.0, row_height * rows.len().max(2) as f64);
    let frame = Frame::new(chart, options, top + height + 46.0);
    frame.legend(&keys, 0.0);
    let area = Area { x0, y0: top, x1, y1: top + height };
    let plot = frame.plot(area, (ticks.low(), ticks.high()), (0.0, 1.0));

    // Behind everything, or, where words stand above the lines, only behind the lines.
    let strips: Vec<(f64, f64)> = if wide || rows.is_empty() {
        vec![(area.y0, area.y1)]
    } else {
        (0..rows.len()).map(|i| top + row_height * i as f64 + middle).map(|y| (y - 9.0, y + 9.0)).collect()
    };
    for (is_zero, ink) in [(false, Token::Grid), (true, Token::Axis)] {
        for (y0, y1) in &strips {
            for value in ticks.values.iter().filter(|value| (value.abs() < ticks.step * 1e-6) == is_zero) {
                let x = plot.at(*value, 0.0).0;
                frame.line(&[(x, *y0), (x, *y1)], Stroke::solid(ink, 1.0));
            }
        }
    }
    axis(&frame, &plot, &ticks, unit);
    for (i, row) in rows.iter().enumerate() {
        let upper = top + row_height * i as f64;
        frame.pen.open("row");
        marks(&frame, &plot, row, upper + middle);
        frame.text(&ROW_NAME.fitted(&row.label, names), (0.0, upper + words), ROW_NAME, (HPos::Left, VPos::Center));
        frame.text(&number(row, unit), (width, upper + words), NUMBER, (HPos::Right, VPos::Center));
        frame.hit(Area { x0: 0.0, y0: upper, x1: width, y1: upper + row_height }, &row.tip, &[]);
        frame.pen.close();
    }
    if rows.is_empty() {
        frame.nothing_to_draw(&plot, "Nothing to compare yet");
    }
    frame.finish()
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// "20 → 35".
fn number(row: &Dumbbell, unit: &Unit) -> String {
    let text = |value: Option<f64>| finite(value).map_or_else(|| "–".to_owned(), |value| format::short(value, unit));
    format!("{} → {}", text(row.from), text(row.to))
}

fn ticks(dumbbells: &Dumbbells, about: usize) -> Ticks {
    let values = || dumbbells.rows.iter().flat_map(|row| [finite(row.from), finite(row.to)]).flatten();
    let limits = || dumbbells.rows.iter().flat_map(|row| [finite(row.low), finite(row.high)]).flatten();
    let top = frame::reach(values(), limits());
    let bottom = frame::reach(values().map(|value| -value), limits().map(|limit| -limit));
    // An interval that reaches below nought is shown as far as one above it would be.
    let bottom = if bottom > 0.0 && !values().any(|value| value < 0.0) { bottom.min(top) } else { bottom };
    Ticks::covering(-bottom, if top + bottom > 0.0 { top } else { 1.0 }, about)
}

fn marks(frame: &Frame, plot: &Plot, row: &Dumbbell, y: f64) {
    frame.line(&[(plot.area.x0, y), (plot.area.x1, y)], Stroke::solid(Token::Grid, 1.0));
    let x = |value: f64| plot.at(value, 0.0).0;
    if let (Some(low), Some(high)) = (finite(row.low), finite(row.high)) {
        let bar = Area { x0: x(low), y0: y - 4.0, x1: x(high).max(x(low) + 1.0), y1: y + 4.0 };
        frame.rectangle(bar, tint(Token::Accent, 0.26));
        for (value, back, is_cut) in [(low, 5.0, low < plot.x.0), (high, -5.0, high > plot.x.1)] {
            if is_cut {
                let tip = x(value);
                frame
                    .line(&[(tip + back, y - 4.0), (tip, y), (tip + back, y + 4.0)], Stroke::solid(Token::Accent, 1.4));
            }
        }
    }
    let (from, to) = (finite(row.from), finite(row.to));
    if let (Some(from), Some(to)) = (from, to) {
        frame.line(&[(x(from), y), (x(to), y)], Stroke::solid(Token::Muted, 1.6));
    }
    if let Some(from) = from {
        frame.ring((x(from), y), 4.2, Token::Muted);
    }
    if let Some(to) = to {
        frame.dot((x(to), y), 4.8, Token::Accent);
    }
}

fn axis(frame: &Frame, plot: &Plot, ticks: &Ticks, unit: &Unit) {
    frame.pen.open_texts("axis", TICK.ink);
    let mut free_from = f64::NEG_INFINITY;
    for value in &ticks.values {
        let text = ticks.label(*value, unit);
        let half = TICK.width(&text) / 2.0;
        let x = plot.at(*value, 0.0).0.clamp(half, (frame.width - half).max(half));
        if x - half > free_from {
            frame.text(&text, (x, plot.area.y1 + 9.0), TICK, (HPos::Center, VPos::Top));
            free_from = x + half + 6.0;
        }
    }
    if matches!(unit, Unit::Count | Unit::Decimal) {
        frame.text("points", (plot.area.x1, plot.area.y1 + 27.0), TICK, (HPos::Right, VPos::Top));
    }
    frame.pen.close();
}

fn keys(dumbbells: &Dumbbells) -> Vec<Key> {
    let named = |text: &str| {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
    };
    let mut keys = vec![
        Key { sign: Sign::Ring(Token::Muted), text: named(dumbbells.from) },
        Key { sign: Sign::Dot(Token::Accent), text: named(dumbbells.to) },
    ];
    if dumbbells.rows.iter().any(|row| row.low.is_some() && row.high.is_some()) {
        let text = match dumbbells.interval_of {
            DumbbellEnd::To => "90\u{a0}% interval".to_owned(),
            DumbbellEnd::From => format!("90\u{a0}% interval of the {}", dumbbells.from),
        };
        keys.push(Key { sign: Sign::Surface(tint(Token::Accent, 0.26)), text });
    }
    keys
}
