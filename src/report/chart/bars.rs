//! How many, month by month, and from where? Stacked bars with the names beside the last one.
//!
//! Up to seven parts have a colour; of more, the six largest over all months keep theirs and the rest becomes one.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Frame, Key, Months, NAME, REMARK, Sign, Spot, Stroke, TICK, Ticks, Type, dodge, half_cap, opaque, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, Part, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// Where sums were to be expected.
const RANGE: Token = Token::Axis;
/// How many times as high as the highest bar a range may reach.
const FARTHEST: f64 = 2.2;
/// How many times as high as the highest bar one may reach and still be seen whole; a higher one is cut, with an arrow.
const HIGHEST: f64 = 1.7;
const BEHIND: f64 = 0.22;
const EDGE: Stroke = Stroke::solid(Token::Muted, 1.1);

const TOTAL: Type = Type { size: 12.0, weight: Weight::Bold, ink: Token::Ink };

/// Half the width of a bar, in months: most of the month, with room beside it for the range behind, but never a wall.
fn half_bar(slot: f64) -> f64 {
    0.32f64.min(30.0 / slot)
}

/// A part as it is drawn.
struct Layer {
    name: String,
    values: Vec<f64>,
    ink: Token,
}

/// Draws the bars.
pub fn draw(
    chart: &Chart,
    options: &Options,
    months: &[String],
    parts: &[Part],
    expected: &[Option<(f64, f64)>],
) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let layers = layers(parts, months.len());
    let totals: Vec<f64> = (0..months.len()).map(|i| layers.iter().map(|layer| layer.values[i]).sum()).collect();
    let highest = totals.iter().copied().fold(0.0, f64::max);
    // A range that reaches far beyond the chart says that nothing was to be expected.
    let is_telling = |(_, high): &(f64, f64)| *high <= FARTHEST * highest;
    let of_month = |i: usize| range(expected.get(i).copied().flatten()).filter(is_telling);
    let expected: Vec<Option<(f64, f64)>> = (0..months.len()).map(of_month).collect();
    // A range far above the bars is cut: they are what the chart is about.
    let highs = expected.iter().flatten().map(|(_, high)| *high).filter(|high| *high <= HIGHEST * highest);
    let ticks = Ticks::covering(0.0, if highest > 0.0 { highs.fold(highest, f64::max) } else { 0.0 }, 5);
    let keys = keys(&expected);
    let legend = if keys.is_empty() { 0.0 } else { frame::legend_height(&keys, width) + 4.0 };
    let months = Months::of(months.iter().map(String::as_str));

    // The topmost total stands above its bar, which may reach the top of the axis.
    let (top, height) = (legend + 22.0, if wide { 252.0 } else { 236.0 });
    let mut frame = Frame::new(chart, options, top + height + 44.0);
    let most = if wide { 176.0 } else { 104.0 };
    let names = layers.iter().map(|layer| NAME.width(&layer.name).max(82.0)).fold(0.0, f64::max).min(most);
    let area = Area {
        x0: ticks.width(&Unit::Count) + 10.0,
        y0: top,
        x1: width - if layers.is_empty() { 0.0 } else { names + 26.0 },
        y1: top + height,
    };
    let plot = frame.plot(area, months.range(), (0.0, ticks.high()));
    if !keys.is_empty() {
        frame.legend(&keys, 0.0);
    }
    frame.value_axis(&plot, &ticks, &Unit::Count);
    behind(&mut frame, &plot, &months, &expected);
    frame.line(&[(area.x0, area.y1), (area.x1, area.y1)], Stroke::solid(Token::Axis, 1.0));

    let slot = (area.x1 - area.x0) / (plot.x.1 - plot.x.0);
    // Thin bars touch; a gap would eat them.
    let gap = if slot > 6.0 { 1.2 } else { 0.0 };
    let half = half_bar(slot);
    let mut last_middles = Vec::new();
    for (i, entry) in months.entries.iter().enumerate() {
        frame.pen.open("bar");
        let mut below = 0.0;
        let topmost = layers.iter().rposition(|layer| layer.values[i] > 0.0);
        for (k, layer) in layers.iter().enumerate() {
            let value = layer.values[i];
            let (x0, y0) = plot.at(entry.position - half, below + value);
            let (x1, y1) = plot.at(entry.position + half, below);
            if i + 1 == months.entries.len() {
                last_middles.push((y0 + y1) / 2.0);
            }
            if value > 0.0 {
                if Some(k) == topmost {
                    frame.pen.round_top(slot.min(10.0) * 0.25);
                }
                let lower = if below > 0.0 && y1 - y0 > 2.0 * gap { y1 - gap } else { y1 };
                let count = format::short(value, &Unit::Count);
                let of_all = match layers.len() {
                    1 => String::new(),
                    _ => {
                        format!(" of {} ({})", format::short(totals[i], &Unit::Count), format::share(value / totals[i]))
                    }
                };
                let tip = format!("{} · {}\n{count}{of_all}", month_name(entry), layer.name);
                frame.pen.class("part").tip(&tip);
                frame.rectangle(Area { x0, y0, x1, y1: lower }, opaque(layer.ink));
            }
            below += value;
        }
        frame.pen.close();
    }
    names_beside(&mut frame, &plot, &layers, &last_middles, totals.last().copied().unwrap_or(0.0));
    totals_labels(&mut frame, &plot, &months, &totals);
    if !totals.iter().any(|total| *total > 0.0) {
        frame.nothing_to_draw(&plot, "Nothing was counted in these months");
    }
    frame.month_axis(&plot, &months, area.y1 + 9.0);
    frame.finish()
}

/// A range that can be drawn.
fn range(limits: Option<(f64, f64)>) -> Option<(f64, f64)> {
    limits
        .filter(|(low, high)| low.is_finite() && high.is_finite() && high >= low)
        .map(|(low, high)| (low.max(0.0), high))
}

fn keys(expected: &[Option<(f64, f64)>]) -> Vec<Key> {
    let text = "Range expected from the months before".to_owned();
    let has = expected.iter().any(Option::is_some);
    if has { vec![Key { sign: Sign::Range(tint(RANGE, BEHIND), EDGE), text }] } else { Vec::new() }
}

/// Behind the bars, and seen between them: where each month's sum was to be expected.
fn behind(frame: &mut Frame, plot: &frame::Plot, months: &Months, expected: &[Option<(f64, f64)>]) {
    let ranges = || months.entries.iter().zip(expected).filter_map(|(entry, range)| Some((entry, (*range)?)));
    frame.pen.open("expected");
    for (entry, (low, high)) in ranges() {
        let ((x0, y0), (x1, y1)) = (plot.at(entry.position - 0.5, high), plot.at(entry.position + 0.5, low));
        frame.surface(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], tint(RANGE, BEHIND));
    }
    let stairs = edges(plot, months, expected);
    for path in &stairs {
        frame.line(path, EDGE);
    }
    // What goes on above the axis says so.
    for (entry, _) in ranges().filter(|(_, (_, high))| *high > plot.y.1) {
        let (x, y) = plot.at(entry.position, plot.y.1);
        frame.line(&[(x - 4.0, y + 6.0), (x, y + 2.0), (x + 4.0, y + 6.0)], EDGE);
    }
    frame.pen.close();
    for path in &stairs {
        frame.keep_clear_of_path(path);
    }
}

/// The edges of the ranges. One that the axis does not reach is none: it would be in a wrong place.
fn edges(plot: &frame::Plot, months: &Months, expected: &[Option<(f64, f64)>]) -> Vec<Vec<Spot>> {
    type Side = fn(&(f64, f64)) -> f64;
    let sides: [Side; 2] = [|range| range.0, |range| range.1];
    let mut stairs: Vec<Vec<Spot>> = Vec::new();
    for side in sides {
        let mut path: Vec<Spot> = Vec::new();
        for (entry, range) in months.entries.iter().zip(expected) {
            let height = range.as_ref().map(side).filter(|height| *height > 0.0 && *height <= plot.y.1);
            let from = plot.at(entry.position - 0.5, 0.0).0;
            if height.is_none() || path.last().is_some_and(|(x, _)| (x - from).abs() > 0.3) {
                stairs.push(std::mem::take(&mut path));
            }
            if let Some(height) = height {
                path.extend([plot.at(entry.position - 0.5, height), plot.at(entry.position + 0.5, height)]);
            }
        }
        stairs.push(path);
    }
    stairs
}

fn month_name(entry: &frame::MonthEntry) -> String {
    entry.month.map_or_else(|| entry.text.clone(), |month| format!("{} {}", format::month_short(month), month.year()))
}

/// The first and the last total, above their bars.
fn totals_labels(frame: &mut Frame, plot: &frame::Plot, months: &Months, totals: &[f64]) {
    let last = totals.len().saturating_sub(1);
    let room = Area { x0: 0.0, y0: 0.0, x1: frame.width, y1: plot.area.y1 };
    for i in if last > 0 { vec![last, 0] } else { vec![0] } {
        let (Some(entry), Some(total)) = (months.entries.get(i), totals.get(i)) else { continue };
        let (x, y) = plot.at(entry.position, *total);
        let style = if i == last { TOTAL } else { Type { weight: Weight::Medium, ..TOTAL }.ink(Token::Muted) };
        let text = format::short(*total, &Unit::Count);
        let half = style.width(&text) / 2.0;
        let x = x.clamp(half, (frame.width - half).max(half));
        frame.label(&text, style, &[((x, y - 6.0), (HPos::Center, VPos::Bottom))], room);
    }
}

/// Names right of the last bar, with last month's value and share.
fn names_beside(frame: &mut Frame, plot: &frame::Plot, layers: &[Layer], middles: &[f64], total: f64) {
    if layers.is_empty() || middles.len() != layers.len() {
        return;
    }
    frame.pen.open("names");
    let (bottom, gap) = (plot.area.y1 - 6.0, 30.0);
    // The last part is the topmost.
    let mut places: Vec<f64> = middles.iter().rev().copied().collect();
    dodge(&mut places, gap, plot.area.y0 + 4.0, bottom - 8.0);
    let slot = (plot.area.x1 - plot.area.x0) / (plot.x.1 - plot.x.0);
    let bar_end = plot.area.x1 - (0.5 - half_bar(slot)) * slot;
    let x = plot.area.x1 + 24.0;
    for ((layer, place), middle) in layers.iter().rev().zip(&places).zip(middles.iter().rev()) {
        let y = place - 5.0;
        // Nothing came last month: there is no part of a bar to point at, only a colour to name.
        let from = if total > 0.0 { (bar_end + 4.0, *middle) } else { (x - 16.0, y) };
        frame.keep_clear_of_path(&[from, (x - 6.0, y)]);
        frame.line(&[from, (x - 6.0, y)], Stroke::solid(layer.ink, if total > 0.0 { 1.4 } else { 4.0 }));
        let name = NAME.fitted(&layer.name, frame.width - x);
        frame.text(&name, (x, y), NAME, (HPos::Left, VPos::Center));
        let value = layer.values.last().copied().unwrap_or(0.0);
        let count = format::short(value, &Unit::Count);
        // The share of an only part says nothing, and its count stands above the bar.
        let text = match layers.len() {
            1 => String::new(),
            _ if value > 0.0 => format!("{count} · {}", format::share(value / total)),
            _ => count,
        };
        let style = REMARK.ink(Token::Muted);
        let style = Type { weight: TICK.weight, ..style };
        let below = y + half_cap(NAME) + 6.0;
        frame.text(&style.fitted(&text, frame.width - x), (x, below), style, (HPos::Left, VPos::Top));
    }
    frame.pen.close();
}

/// The parts with their colours, bottom first, every one with a value a month; what is no count counts as none.
fn layers(parts: &[Part], n_months: usize) -> Vec<Layer> {
    let value = |part: &Part, i: usize| {
        part.values.get(i).copied().filter(|value| value.is_finite()).map_or(0.0, |value| value.clamp(0.0, 1e250))
    };
    let whole = |part: &Part| (0..n_months).map(|i| value(part, i)).collect::<Vec<f64>>();
    if parts.len() <= Token::PARTS {
        let layer = |(k, part): (usize, &Part)| Layer {
            name: part.name.clone(),
            values: whole(part),
            ink: Token::Part(k as u8),
        };
        return parts.iter().enumerate().map(layer).collect();
    }
    let sums: Vec<f64> = parts.iter().map(|part| whole(part).iter().sum()).collect();
    let mut by_size: Vec<usize> = (0..parts.len()).collect();
    by_size.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
    let mut kept: Vec<usize> = by_size[..Token::PARTS - 1].to_vec();
    kept.sort_unstable();
    let folded: Vec<usize> = (0..parts.len()).filter(|i| !kept.contains(i)).collect();
    let mut out: Vec<Layer> = kept
        .iter()
        .enumerate()
        .map(|(k, i)| Layer { name: parts[*i].name.clone(), values: whole(&parts[*i]), ink: Token::Part(k as u8) })
        .collect();
    out.push(Layer {
        name: format!("{} others", folded.len()),
        values: (0..n_months).map(|month| folded.iter().map(|i| value(&parts[*i], month)).sum()).collect(),
        ink: Token::Rest,
    });
    out
}
