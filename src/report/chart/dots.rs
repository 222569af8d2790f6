//! Which of several is better, and is the difference more than chance? A dot with its interval a row, against a range.
//!
//! Of very many rows those with a value and the narrowest intervals are drawn, in their order, and the chart says how many
//! more there are. On a narrow canvas the words of a row stand above its line instead of beside it. An interval without an upper limit,
//! or one that goes beyond the axis, ends in an arrow.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Anchor, DASHED, Frame, NAME, Plot, REMARK, Spot, Stroke, TICK, Ticks, Type, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options, Width};
use crate::report::format;
use crate::report::page::{Chart, Dot, Tone, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Dots`.
pub struct Dots<'a> {
    /// The rows, top first.
    pub rows: &'a [Dot],
    /// The benchmark range.
    pub band: Option<(f64, f64)>,
    /// A value to compare with and its label.
    pub reference: Option<&'a (f64, String)>,
    /// Unit of the values.
    pub unit: &'a Unit,
}

const ROW_NAME: Type = Type { weight: Weight::Medium, ..NAME };
const NUMBER: Type = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Ink };
const NOTE: Type = Type { size: 11.0, weight: Weight::Regular, ink: Token::Muted };

/// The most rows that can still be taken in.
const MOST_WIDE: usize = 24;
const MOST_NARROW: usize = 15;

/// Where the words of a row stand.
struct Layout {
    row_height: f64,
    /// From the top of a row to the middle of its words.
    words: f64,
    /// From the top of a row to its line.
    line: f64,
    /// Width of the names.
    names: f64,
    /// Right edge of the numbers.
    numbers: f64,
    /// Width of the notes, whose left edge is 12 right of the numbers.
    notes: f64,
    /// Left and right edge of the plot.
    plot: (f64, f64),
}

/// Draws the rows.
pub fn draw(chart: &Chart, options: &Options, dots: &Dots) -> Drawing {
    let width = frame::body_width(options);
    let rows = kept(dots.rows, if options.width.is_wide() { MOST_WIDE } else { MOST_NARROW });
    let more = dots.rows.len() - rows.len();
    let dots = &Dots { rows: &rows, ..*dots };
    let layout = layout(options, dots, width);
    let ticks = ticks(dots, if options.width.is_wide() { 6 } else { 4 });
    let top = if dots.band.is_some() || dots.reference.is_some() { 40.0 } else { 8.0 };
    let rows_height = layout.row_height * dots.rows.len().max(2) as f64;
    let mut frame = Frame::new(chart, options, top + rows_height + if more > 0 { 50.0 } else { 30.0 });
    let area = Area { x0: layout.plot.0, y0: top, x1: layout.plot.1, y1: top + rows_height };
    let plot = frame.plot(area, (ticks.low(), ticks.high()), (0.0, 1.0));

    let strips = strips(&layout, area, dots.rows.len());
    for (y0, y1) in &strips {
        background(&frame, &plot, &ticks, dots, (*y0, *y1));
    }
    axis_labels(&frame, &plot, &ticks, dots.unit);
    heads(&mut frame, &plot, dots);
    for (i, dot) in dots.rows.iter().enumerate() {
        let y = top + layout.row_height * i as f64;
        row(&frame, &plot, dots, &layout, dot, y);
    }
    if more > 0 {
        let text = format!("{} more, of which less is known, are not drawn", format::count(more as f64));
        frame.text(&NOTE.fitted(&text, width), (0.0, top + rows_height + 31.0), NOTE, (HPos::Left, VPos::Top));
    }
    if dots.rows.is_empty() {
        frame.nothing_to_draw(&plot, "Nothing to compare yet");
    }
    frame.finish()
}

/// The rows that are drawn, in their order.
fn kept(rows: &[Dot], most: usize) -> Vec<Dot> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    // What has no value tells least, then what has no limit, then the widest interval.
    let unknown = |dot: &Dot| match (finite(dot.value), finite(dot.low), finite(dot.high)) {
        (None, None, _) => (3, 0.0),
        (None, Some(_), _) => (2, 0.0),
        (Some(_), Some(low), Some(high)) => (0, high - low),
        (Some(_), _, _) => (1, 0.0),
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (unknown(&rows[*a]), unknown(&rows[*b]));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut kept = order[..most].to_vec();
    kept.sort_unstable();
    kept.into_iter().map(|i| rows[i].clone()).collect()
}

fn value_text(dot: &Dot, unit: &Unit) -> String {
    finite(dot.value).map_or_else(|| "–".to_owned(), |value| format::short(value, unit))
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn layout(options: &Options, dots: &Dots, width: f64) -> Layout {
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
    let numbers = widest(&mut dots.rows.iter().map(|dot| NUMBER.width(&value_text(dot, dots.unit))));
    let notes = widest(&mut dots.rows.iter().map(|dot| NOTE.width(&dot.note)));
    let names = widest(&mut dots.rows.iter().map(|dot| ROW_NAME.width(&dot.label)));
    if options.width == Width::Narrow {
        let notes = notes.min(width * 0.4);
        let room = width - numbers - 10.0 - if notes > 0.0 { notes + 12.0 } else { 0.0 };
        return Layout {
            row_height: 46.0,
            words: 12.0,
            line: 32.0,
            names: room,
            numbers: width - if notes > 0.0 { notes + 12.0 } else { 0.0 },
            notes,
            // Room for half a tick label at either end.
            plot: (14.0, width - 20.0),
        };
    }
    let (names, notes) = (names.min(190.0), notes.min(190.0));
    let numbers_at = width - if notes > 0.0 { notes + 12.0 } else { 0.0 };
    Layout {
        row_height: 32.0,
        words: 16.0,
        line: 16.0,
        names,
        numbers: numbers_at,
        notes,
        plot: (names + 20.0, numbers_at - numbers - 20.0),
    }
}

fn ticks(dots: &Dots, about: usize) -> Ticks {
    let reference = dots.reference.map(|(value, _)| *value);
    let values = || dots.rows.iter().filter_map(|dot| finite(dot.value));
    let limits = || dots.rows.iter().flat_map(|dot| [finite(dot.low), finite(dot.high)]).flatten();
    let must = values().chain(dots.band.map(|band| band.1)).chain(reference);
    // A row that has only a lower limit must show it.
    let floors = dots.rows.iter().filter(|dot| dot.value.is_none()).filter_map(|dot| finite(dot.low));
    let top = frame::reach(must.chain(floors), limits());
    let below = values().chain(reference).map(|value| -value);
    let bottom = frame::reach(below, limits().map(|limit| -limit));
    let top = if *dots.unit == Unit::Share && top <= 1.0 { (top * 1.04).min(1.0) } else { top * 1.04 };
    Ticks::covering(-bottom, if top + bottom > 0.0 { top } else { 1.0 }, about)
}

/// From where to where the grid and the range are drawn: behind everything, or, where words stand above the lines, only
/// behind the lines.
fn strips(layout: &Layout, area: Area, n_rows: usize) -> Vec<(f64, f64)> {
    if layout.words == layout.line || n_rows == 0 {
        return vec![(area.y0, area.y1)];
    }
    let middle = |row: usize| area.y0 + layout.row_height * row as f64 + layout.line;
    (0..n_rows).map(|row| (middle(row) - 9.0, middle(row) + 9.0)).collect()
}

fn background(frame: &Frame, plot: &Plot, ticks: &Ticks, dots: &Dots, (y0, y1): (f64, f64)) {
    if let Some((low, high)) = dots.band {
        let (x0, x1) = (plot.at(low, 0.0).0, plot.at(high, 0.0).0);
        frame.pen.class("band");
        frame.rectangle(Area { x0, y0, x1, y1 }, tint(Token::Band, 0.11));
    }
    frame.pen.open_texts("axis", TICK.ink);
    for value in &ticks.values {
        let x = plot.at(*value, 0.0).0;
        frame.line(&[(x, y0), (x, y1)], Stroke::solid(Token::Grid, 1.0));
    }
    frame.pen.close();
    if let Some((value, _)) = dots.reference.filter(|(value, _)| value.is_finite()) {
        let x = plot.at(*value, 0.0).0;
        frame.line(&[(x, y0), (x, y1)], Stroke::solid(Token::Muted, 1.2).dashed(DASHED));
    }
}

fn axis_labels(frame: &Frame, plot: &Plot, ticks: &Ticks, unit: &Unit) {
    frame.pen.open_texts("axis", TICK.ink);
    let room = (plot.area.x1 - plot.area.x0) / (ticks.values.len().max(2) - 1) as f64;
    // Every other label, if all of them would touch.
    let every = if ticks.width(unit) + 8.0 > room { 2 } else { 1 };
    for value in ticks.values.iter().step_by(every) {
        let text = ticks.label(*value, unit);
        let half = TICK.width(&text) / 2.0;
        let x = plot.at(*value, 0.0).0.clamp(half, (frame.width - half).max(half));
        frame.text(&text, (x, plot.area.y1 + 9.0), TICK, (HPos::Center, VPos::Top));
    }
    frame.pen.close();
}

/// The names of the band and of the reference line, above the rows.
fn heads(frame: &mut Frame, plot: &Plot, dots: &Dots) {
    let room = Area { x0: 0.0, y0: 0.0, x1: frame.width, y1: plot.area.y0 };
    let inside = |text: &str, style: Type, x: f64| {
        let half = style.width(text) / 2.0;
        x.clamp(half, (frame.width - half).max(half))
    };
    let mut labels: Vec<(String, Type, f64)> = Vec::new();
    if let Some((value, label)) = dots.reference.filter(|(value, _)| value.is_finite()) {
        let style = REMARK;
        let text = style.fitted(label, frame.width * 0.6);
        let x = inside(&text, style, plot.at(*value, 0.0).0);
        labels.push((text, style, x));
    }
    if let Some((low, high)) = dots.band {
        let text = format!("Benchmark {}", format::band(low, high, dots.unit));
        let style = REMARK.ink(Token::BandText);
        let middle = (plot.at(low, 0.0).0 + plot.at(high, 0.0).0) / 2.0;
        let x = inside(&text, style, middle);
        labels.push((text, style, x));
    }
    for (text, style, x) in labels {
        let places: [(Spot, Anchor); 2] = [
            ((x, plot.area.y0 - 10.0), (HPos::Center, VPos::Bottom)),
            ((x, plot.area.y0 - 27.0), (HPos::Center, VPos::Bottom)),
        ];
        frame.label(&text, style, &places, room);
    }
}

fn row(frame: &Frame, plot: &Plot, dots: &Dots, layout: &Layout, dot: &Dot, top: f64) {
    let (words, y) = (top + layout.words, top + layout.line);
    let ink = match dot.tone {
        Tone::Good | Tone::Neutral => Token::Accent,
        Tone::Warn => Token::Warn,
        Tone::Bad => Token::Bad,
    };
    frame.pen.open("row");
    frame.line(&[(plot.area.x0, y), (plot.area.x1, y)], Stroke::solid(Token::Grid, 1.0));
    frame.text(&ROW_NAME.fitted(&dot.label, layout.names), (0.0, words), ROW_NAME, (HPos::Left, VPos::Center));
    let (low, high) = (finite(dot.low), finite(dot.high));
    if let Some(low) = low {
        let from = plot.at(low, 0.0).0;
        let to = high.map_or(plot.area.x1, |high| plot.at(high, 0.0).0);
        let bar = Area { x0: from, y0: y - 3.0, x1: to, y1: y + 3.0 };
        frame.rectangle(bar, tint(ink, 0.32));
        if high.is_none_or(|high| high > plot.x.1) {
            let tip = to;
            frame.line(&[(tip - 6.0, y - 5.0), (tip, y), (tip - 6.0, y + 5.0)], Stroke::solid(ink, 1.7));
        }
    }
    let value = finite(dot.value);
    if let Some(value) = value {
        frame.dot((plot.at(value, 0.0).0, y), 4.6, ink);
    }
    let number = value_text(dot, dots.unit);
    let style = if value.is_some() { NUMBER } else { NUMBER.ink(Token::Muted) };
    frame.text(&number, (layout.numbers, words), style, (HPos::Right, VPos::Center));
    let note = NOTE.fitted(&dot.note, layout.notes);
    frame.text(&note, (layout.numbers + 12.0, words), NOTE, (HPos::Left, VPos::Center));
    let tip = [dot.label.clone(), interval_text(value, low, high, dots.unit), dot.note.clone()];
    let tip: Vec<String> = tip.into_iter().filter(|line| !line.is_empty()).collect();
    let whole = Area { x0: 0.0, y0: top, x1: frame.width, y1: top + layout.row_height };
    frame.hit(whole, &tip.join("\n"), &[]);
    frame.pen.close();
}

fn interval_text(value: Option<f64>, low: Option<f64>, high: Option<f64>, unit: &Unit) -> String {
    let interval = match (low, high) {
        (Some(low), Some(high)) => {
            format!("90\u{a0}% interval {} to {}", format::short(low, unit), format::short(high, unit))
        }
        (Some(low), None) => format!("at least {}", format::short(low, unit)),
        _ => String::new(),
    };
    let value = value.map_or(String::new(), |value| format::short(value, unit));
    if value.is_empty() || interval.is_empty() { format!("{value}{interval}") } else { format!("{value}, {interval}") }
}
