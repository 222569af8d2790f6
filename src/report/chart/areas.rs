//! What has become of everybody by each day? Shares stacked to a whole, with the names at the right edge.
//!
//! The first part lies at the bottom and has the accent: a share is read best from a straight base. The last is what is
//! undecided, and grey. Of more than seven parts the largest between those two keep a colour; the rest becomes one.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, DASHED, Frame, NAME, Plot, REMARK, Spot, Stroke, TICK, Ticks, Type, dodge, half_cap, opaque,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{AreaPart, Chart, Unit};
use plotters::style::text_anchor::{HPos, VPos};
use std::collections::BTreeSet;

/// Colours of what lies between the first part and the last.
const BETWEEN: [Token; 5] = [Token::Part(4), Token::Part(3), Token::Part(5), Token::Part(2), Token::Part(6)];

/// A part as it is drawn: a share a day.
struct Layer {
    name: String,
    shares: Vec<f64>,
    ink: Token,
}

/// Draws the areas.
pub fn draw(chart: &Chart, options: &Options, parts: &[AreaPart], x_label: &str, window: Option<u32>) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let days = days(parts);
    let layers = layers(parts, &days);
    let total = |i: usize| layers.iter().map(|layer| layer.shares[i]).sum::<f64>();
    let highest = (0..days.len()).map(total).fold(1.0, f64::max);
    // Shares that were rounded one by one may add up to a little more than 1.
    let ticks = Ticks::covering(0.0, if highest < 1.001 { 1.0 } else { highest }, 5);
    let last_day = days.last().copied().unwrap_or(1).max(1);
    let window = window.filter(|day| *day > 0 && *day <= last_day && !days.is_empty());

    let (top, height) = (if window.is_some() { 24.0 } else { 8.0 }, if wide { 264.0 } else { 228.0 });
    let mut frame = Frame::new(chart, options, top + height + 44.0);
    let most = if wide { 160.0 } else { 108.0 };
    let names = layers.iter().map(|layer| NAME.width(&layer.name).max(64.0)).fold(0.0, f64::max).min(most);
    let area = Area {
        x0: ticks.width(&Unit::Share) + 10.0,
        y0: top,
        x1: width - if layers.is_empty() { 12.0 } else { names + 26.0 },
        y1: top + height,
    };
    let plot = frame.plot(area, (0.0, f64::from(last_day)), (0.0, ticks.high()));
    frame.value_axis(&plot, &ticks, &Unit::Share);

    let kept = distinct(&plot, &days);
    let mut below = vec![0.0; days.len()];
    let (mut middles, mut surfaces) = (Vec::new(), Vec::new());
    for layer in &layers {
        let above: Vec<f64> = below.iter().zip(&layer.shares).map(|(below, share)| below + share).collect();
        if let (Some(low), Some(high)) = (below.last(), above.last()) {
            middles.push((plot.at(0.0, *low).1 + plot.at(0.0, *high).1) / 2.0);
        }
        if layer.shares.iter().any(|share| *share > 0.0) {
            surfaces.push((stairs(&plot, &days, &above, &kept), layer.ink));
        }
        below = above;
    }
    // From the top down: each surface reaches the base and is covered by the next, so that every edge is written once.
    for (upper, ink) in surfaces.into_iter().rev() {
        let base = |spot: Option<&Spot>| spot.map(|(x, _)| (*x, area.y1));
        let outline: Vec<Spot> = upper.iter().copied().chain(base(upper.last())).chain(base(upper.first())).collect();
        frame.surface(&outline, opaque(ink));
        frame.line(&upper, Stroke::solid(Token::Paper, 1.2));
    }
    frame.line(&[(area.x0, area.y1), (area.x1, area.y1)], Stroke::solid(Token::Axis, 1.0));
    if let Some(day) = window {
        window_mark(&mut frame, &plot, day);
    }
    names_beside(&frame, &plot, &layers, &middles);
    if days.is_empty() {
        frame.nothing_to_draw(&plot, "Nothing is known of any day yet");
    }
    frame.day_axis(&plot, if wide { 9.0 } else { 5.0 }, x_label);
    hits(&frame, &plot, &days, &layers);
    frame.finish()
}

/// Every day that a part names, rising.
fn days(parts: &[AreaPart]) -> Vec<u32> {
    let named: BTreeSet<u32> = parts.iter().flat_map(|part| part.values.iter().map(|(day, _)| *day)).collect();
    named.into_iter().collect()
}

/// A part's share at each of the days: what was given last still holds. What is no share counts as none.
fn shares(part: &AreaPart, days: &[u32]) -> Vec<f64> {
    let mut given = part.values.iter().peekable();
    let mut share = 0.0;
    let mut at = |day: u32| {
        while let Some((_, value)) = given.next_if(|(other, _)| *other <= day) {
            share = if value.is_finite() { value.clamp(0.0, 1e250) } else { 0.0 };
        }
        share
    };
    days.iter().map(|day| at(*day)).collect()
}

fn layers(parts: &[AreaPart], days: &[u32]) -> Vec<Layer> {
    let last = parts.len().saturating_sub(1);
    let between: Vec<usize> = (1..last).collect();
    let every: Vec<Vec<f64>> = parts.iter().map(|part| shares(part, days)).collect();
    let mut kept = between.clone();
    if between.len() > BETWEEN.len() {
        let at_the_end = |i: usize| every[i].last().copied().unwrap_or(0.0);
        kept.sort_by(|a, b| at_the_end(*b).total_cmp(&at_the_end(*a)));
        kept.truncate(BETWEEN.len() - 1);
        kept.sort_unstable();
    }
    let layer = |i: usize, ink: Token| Layer { name: parts[i].name.clone(), shares: every[i].clone(), ink };
    let mut out: Vec<Layer> = Vec::new();
    if !parts.is_empty() {
        out.push(layer(0, Token::Accent));
    }
    out.extend(kept.iter().zip(BETWEEN).map(|(i, ink)| layer(*i, ink)));
    let folded: Vec<usize> = between.into_iter().filter(|i| !kept.contains(i)).collect();
    if !folded.is_empty() {
        let sum = |day: usize| folded.iter().map(|i| every[*i][day]).sum();
        let shares = (0..days.len()).map(sum).collect();
        out.push(Layer { name: format!("{} others", folded.len()), shares, ink: Token::Ghost(2) });
    }
    if last > 0 {
        out.push(layer(last, Token::Rest));
    }
    out
}

/// The days that can be told apart on the canvas; the last is always among them.
fn distinct(plot: &Plot, days: &[u32]) -> Vec<usize> {
    let x = |i: usize| plot.at(f64::from(days[i]), 0.0).0;
    let mut kept: Vec<usize> = Vec::new();
    for i in 0..days.len() {
        if i + 1 == days.len() || kept.last().is_none_or(|before| x(i) - x(*before) >= 0.4) {
            kept.push(i);
        }
    }
    kept
}

/// The upper edge of a layer: level from day to day, and as far as the axis goes.
fn stairs(plot: &Plot, days: &[u32], heights: &[f64], kept: &[usize]) -> Vec<Spot> {
    let mut path: Vec<Spot> = Vec::new();
    for i in kept {
        let at = plot.at(f64::from(days[*i]), heights[*i]);
        if let Some((_, before)) = path.last().copied().filter(|(_, before)| *before != at.1) {
            path.push((at.0, before));
        }
        path.push(at);
    }
    if let ([only], true) = (path.as_slice(), kept.len() == 1) {
        // A single day is a level all along the axis.
        path = vec![(plot.area.x0, only.1), (plot.area.x1, only.1)];
    }
    path
}

/// The end of the window, with its name above the plot, where it covers nothing.
fn window_mark(frame: &mut Frame, plot: &Plot, day: u32) {
    let x = plot.at(f64::from(day), 0.0).0;
    let (top, bottom) = (plot.area.y0, plot.area.y1);
    frame.line(&[(x, top - 4.0), (x, bottom)], Stroke::solid(Token::Ink, 1.2).dashed(DASHED));
    let text = format!("the window ends on day {}", format::count(f64::from(day)));
    let half = REMARK.width(&text) / 2.0;
    let middle = x.clamp(half, (frame.width - half).max(half));
    frame.text(&text, (middle, top - 9.0), REMARK, (HPos::Center, VPos::Bottom));
}

/// Names right of the last day, with the share that each part has by then.
fn names_beside(frame: &Frame, plot: &Plot, layers: &[Layer], middles: &[f64]) {
    if middles.len() != layers.len() {
        return;
    }
    frame.pen.open("names");
    // The last part is the topmost.
    let mut places: Vec<f64> = middles.iter().rev().map(|middle| middle - 5.0).collect();
    dodge(&mut places, 30.0, plot.area.y0 + 4.0, plot.area.y1 - 19.0);
    let x = plot.area.x1 + 24.0;
    for ((layer, y), middle) in layers.iter().rev().zip(&places).zip(middles.iter().rev()) {
        frame.line(&[(plot.area.x1 + 2.0, *middle), (x - 6.0, *y)], Stroke::solid(layer.ink, 1.4));
        let style = if layer.ink == Token::Accent { NAME.ink(Token::Accent) } else { NAME };
        frame.text(&style.fitted(&layer.name, frame.width - x), (x, *y), style, (HPos::Left, VPos::Center));
        let style = Type { weight: Weight::Regular, ..TICK };
        let text = format::short(layer.shares.last().copied().unwrap_or(0.0), &Unit::Share);
        let below = y + half_cap(NAME) + 6.0;
        frame.text(&style.fitted(&text, frame.width - x), (x, below), style, (HPos::Left, VPos::Top));
    }
    frame.pen.close();
}

fn hits(frame: &Frame, plot: &Plot, days: &[u32], layers: &[Layer]) {
    frame.pen.open("hits");
    let columns = (if frame.width > 500.0 { 18.0_f64 } else { 9.0 }).min(plot.x.1.max(1.0));
    let width = plot.x.1 / columns;
    for column in 0..columns as u32 {
        let (from, to) = (f64::from(column) * width, f64::from(column + 1) * width);
        let day = ((from + to) / 2.0).round();
        let Some(i) = days.iter().rposition(|other| f64::from(*other) <= day) else { continue };
        let lines: Vec<String> = layers
            .iter()
            .rev()
            .map(|layer| format!("{}: {}", layer.name, format::short(layer.shares[i], &Unit::Share)))
            .collect();
        let ((x0, _), (x1, _), (x, _)) = (plot.at(from, 0.0), plot.at(to, 0.0), plot.at(day, 0.0));
        let tip = format!("Day {}\n{}", format::count(day), lines.join("\n"));
        let area = Area { x0, y0: plot.area.y0, x1, y1: plot.area.y1 };
        frame.hit(area, &tip, &[(x, plot.area.y0), (x, plot.area.y1)]);
    }
    frame.pen.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_holds_until_the_next_day_given() {
        let part = AreaPart { name: "SQL".into(), values: vec![(2, 0.1), (5, 0.3), (6, f64::NAN)] };
        assert_eq!(shares(&part, &[0, 2, 3, 5, 6]), [0.0, 0.1, 0.1, 0.3, 0.0]);
    }

    #[test]
    fn the_first_and_the_last_part_are_never_folded() {
        let part = |k: usize| AreaPart { name: format!("part {k}"), values: vec![(0, k as f64 / 1000.0)] };
        let parts: Vec<AreaPart> = (0..40).map(part).collect();
        let layers = layers(&parts, &[0]);
        let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["part 0", "part 35", "part 36", "part 37", "part 38", "34 others", "part 39"]);
        let whole: f64 = layers.iter().map(|layer| layer.shares[0]).sum();
        assert!((whole - 0.78).abs() < 1e-12, "nothing is lost: {whole}");
    }
}
