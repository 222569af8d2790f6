//! How does a rate move from month to month, and how sure is that? A line with a ribbon of intervals against a range.
//!
//! Mature months are filled and joined by a solid line; months still maturing are hollow and dotted; months whose
//! outcomes were not recorded from the start are grey and joined to nothing. Limits of chance are thin stairs; a point
//! that is more than chance has a ring.

use crate::report::chart::backend::Area;
use crate::report::chart::frame::{
    self, Anchor, DASHED, DOTTED, Frame, Key, Months, Plot, REMARK, Sign, Spot, Stroke, TICK, Ticks, VALUE, opaque,
    tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Height, Options, Width};
use crate::report::format;
use crate::report::page::{Chart, Event, Limits, Point, PointState, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Line`.
pub struct Line<'a> {
    /// What a count is called.
    pub counted: &'a str,
    /// The points.
    pub points: &'a [Point],
    /// The benchmark range.
    pub band: Option<(f64, f64)>,
    /// Things that happened.
    pub events: &'a [Event],
    /// Unit of the values.
    pub unit: &'a Unit,
    /// Where the points lie if nothing but chance moves them.
    pub limits: Option<&'a Limits>,
}

const SERIES: Stroke = Stroke::solid(Token::Accent, 2.2);
const LIMIT: Stroke = Stroke::solid(Token::Muted, 1.0);
const CENTRE: Stroke = Stroke::solid(Token::Axis, 1.0).dashed(DASHED);
const RIBBON: f64 = 0.17;
const RIBBON_UNSETTLED: f64 = 0.08;

/// Draws the line.
pub fn draw(chart: &Chart, options: &Options, line: &Line) -> Drawing {
    let width = frame::body_width(options);
    let keys = keys(line);
    let legend = frame::legend_height(&keys, width);
    let top = legend + 16.0;
    let (height, most_ticks) = match options.width {
        Width::Wide => (252.0, 6),
        Width::Narrow => (216.0, 6),
        Width::Paper(Height::Full) => (220.0, 6),
        Width::Paper(Height::Low) => (160.0, 5),
        Width::Paper(Height::Least) => (112.0, 4),
    };
    let ticks = value_ticks(line, most_ticks);
    let months = Months::of(line.points.iter().map(|point| point.month.as_str()));

    let left = ticks.width(line.unit) + 10.0;
    let counts = count_texts(line, &months, left, width);
    let mut frame = Frame::new(chart, options, top + height + if counts.is_empty() { 40.0 } else { 62.0 });
    let area = Area { x0: left, y0: top, x1: width, y1: top + height };
    let plot = frame.plot(area, months.range(), (ticks.low(), ticks.high()));
    frame.legend(&keys, 0.0);
    band(&frame, &plot, line);
    frame.value_axis(&plot, &ticks, line.unit);

    let marks = marks(line, &months, &plot);
    limits(&mut frame, &plot, line, &marks);
    intervals(&mut frame, line.points, &marks);
    let rules = events(&mut frame, &plot, line, &months);
    series(&mut frame, line.points, &marks);
    value_label(&mut frame, line, &marks, area);
    band_label(&mut frame, &plot, line);
    event_labels(&mut frame, &plot, &rules);
    if marks.iter().all(|mark| mark.value.is_none()) {
        frame.nothing_to_draw(&plot, "No month has a value yet");
    }

    frame.month_axis(&plot, &months, top + height + 9.0);
    counts_row(&frame, line.counted, &counts, &marks, top + height + 46.0);
    frame.pen.open("hits");
    let half = (area.x1 - area.x0) / (plot.x.1 - plot.x.0) / 2.0;
    for (point, mark) in line.points.iter().zip(&marks) {
        let column = Area { x0: mark.x - half, y0: area.y0, x1: mark.x + half, y1: area.y1 };
        let happened = line.events.iter().filter(|event| event.month == point.month).map(|event| event.label.as_str());
        let own = [Some(point.tip.as_str()), point.signal.as_deref()].into_iter().flatten();
        let tip: Vec<&str> = own.filter(|tip| !tip.is_empty()).chain(happened).collect();
        frame.hit(column, &tip.join("\n"), &[(mark.x, area.y0), (mark.x, area.y1)]);
    }
    frame.pen.close();
    frame.finish()
}

/// A month's point in pixels.
struct Mark {
    /// Months since the first.
    position: f64,
    x: f64,
    value: Option<Spot>,
    /// Lower and upper limit.
    interval: Option<(Spot, Spot)>,
}

fn marks(line: &Line, months: &Months, plot: &Plot) -> Vec<Mark> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    line.points
        .iter()
        .zip(&months.entries)
        .map(|(point, entry)| {
            let at = |value: f64| plot.at(entry.position, value);
            let interval = finite(point.low).zip(finite(point.high)).map(|(low, high)| (at(low), at(high)));
            Mark { position: entry.position, x: at(plot.y.0).0, value: finite(point.value).map(at), interval }
        })
        .collect()
}

fn value_ticks(line: &Line, most: usize) -> Ticks {
    let values = || line.points.iter().filter_map(|point| point.value);
    let of_chance = line.limits.iter().flat_map(|limits| limits.by_month.iter().flatten());
    let of_chance = of_chance.flat_map(|(low, high)| [*low, *high]);
    let limits = line.points.iter().flat_map(|point| [point.low, point.high]).flatten().chain(of_chance);
    let centre = || line.limits.map(|limits| limits.centre);
    let top = frame::reach(values().chain(line.band.map(|band| band.1)).chain(centre()), limits.clone());
    let bottom = frame::reach(values().chain(centre()).map(|value| -value), limits.map(|limit| -limit));
    let top = if *line.unit == Unit::Share && top <= 1.0 { (top * 1.04).min(1.0) } else { top * 1.04 };
    Ticks::covering(-bottom, if top + bottom > 0.0 { top } else { default_top(line.unit) }, most)
}

/// Where the axis ends when there is nothing to go by.
fn default_top(unit: &Unit) -> f64 {
    if *unit == Unit::Share { 0.5 } else { 1.0 }
}

fn band(frame: &Frame, plot: &Plot, line: &Line) {
    let Some((low, high)) = line.band else { return };
    let (from, to) = (plot.at(plot.x.0, high), plot.at(plot.x.1, low));
    frame.pen.class("band");
    frame.rectangle(Area { x0: from.0, y0: from.1, x1: to.0, y1: to.1 }, tint(Token::Band, 0.11));
}

fn band_label(frame: &mut Frame, plot: &Plot, line: &Line) {
    let Some((low, high)) = line.band else { return };
    let text = format!("Benchmark {}", format::band(low, high, line.unit));
    let ((x0, y0), (x1, y1)) = (plot.at(plot.x.0, high), plot.at(plot.x.1, low));
    let (left, right) = (HPos::Left, HPos::Right);
    let places: [(Spot, Anchor); 6] = [
        ((x0 + 8.0, y0 + 7.0), (left, VPos::Top)),
        ((x1 - 8.0, y0 + 7.0), (right, VPos::Top)),
        ((x0 + 8.0, y1 - 7.0), (left, VPos::Bottom)),
        ((x1 - 8.0, y1 - 7.0), (right, VPos::Bottom)),
        ((x0 + 8.0, y0 - 6.0), (left, VPos::Bottom)),
        ((x0 + 8.0, y1 + 6.0), (left, VPos::Top)),
    ];
    frame.label(&text, REMARK.ink(Token::BandText), &places, plot.area);
}

/// One of the two limits of a month.
type Side = fn(&(f64, f64)) -> f64;

/// The usual level, and stairs at the limits of chance. A limit that the axis does not reach, or that lies on its base,
/// is not drawn: on the edge it would be in a wrong place.
fn limits(frame: &mut Frame, plot: &Plot, line: &Line, marks: &[Mark]) {
    let Some(limits) = line.limits else { return };
    frame.pen.open("limits");
    if limits.centre.is_finite() && !marks.is_empty() {
        let path = [plot.at(plot.x.0, limits.centre), plot.at(plot.x.1, limits.centre)];
        frame.line(&path, CENTRE);
        frame.keep_clear_of_path(&path);
    }
    let sides: [Side; 2] = [|limit| limit.0, |limit| limit.1];
    for side in sides {
        let mut stairs: Vec<Spot> = Vec::new();
        for (mark, limit) in marks.iter().zip(&limits.by_month) {
            let height = limit.as_ref().map(side);
            let height = height.filter(|height| height.is_finite() && *height > plot.y.0 && *height <= plot.y.1);
            let from = plot.at(mark.position - 0.5, plot.y.0).0;
            // Months that do not follow each other share no stairs.
            if height.is_none() || stairs.last().is_some_and(|(x, _)| (x - from).abs() > 0.3) {
                frame.line(&stairs, LIMIT);
                frame.keep_clear_of_path(&stairs);
                stairs.clear();
            }
            if let Some(height) = height {
                stairs.extend([plot.at(mark.position - 0.5, height), plot.at(mark.position + 0.5, height)]);
            }
        }
        frame.line(&stairs, LIMIT);
        frame.keep_clear_of_path(&stairs);
    }
    frame.pen.close();
}

fn intervals(frame: &mut Frame, points: &[Point], marks: &[Mark]) {
    let has_interval =
        |i: usize| points[i].state != PointState::Truncated && marks[i].value.is_some() && marks[i].interval.is_some();
    let mut in_a_ribbon = vec![false; points.len()];
    for run in joined_runs(points, marks, &has_interval) {
        let part = &marks[run.first..=run.last];
        let upper = part.iter().filter_map(|mark| mark.interval.map(|(_, high)| high));
        let lower = part.iter().rev().filter_map(|mark| mark.interval.map(|(low, _)| low));
        let outline: Vec<Spot> = upper.chain(lower).collect();
        frame.surface(&outline, tint(Token::Accent, if run.settled { RIBBON } else { RIBBON_UNSETTLED }));
        in_a_ribbon[run.first..=run.last].fill(true);
    }
    for (i, mark) in marks.iter().enumerate() {
        if let (false, Some((low, high))) = (in_a_ribbon[i], mark.interval) {
            let ink = if points[i].state == PointState::Truncated { Token::Axis } else { Token::Accent };
            frame.line(&[low, high], Stroke::solid(ink, 1.4));
            frame.keep_clear_of_path(&[low, high]);
        }
    }
}

/// Runs of months that follow each other and are drawn.
fn joined_runs(points: &[Point], marks: &[Mark], drawn: &dyn Fn(usize) -> bool) -> Vec<frame::Run> {
    let next_month = |i: usize, j: usize| (marks[j].position - marks[i].position - 1.0).abs() < 0.01;
    let joined = |i: usize, j: usize| drawn(i) && drawn(j) && next_month(i, j);
    frame::runs(points.len(), joined, |i| is_settled(points[i].state))
}

/// Whether nothing is still to come for such a point.
fn is_settled(state: PointState) -> bool {
    matches!(state, PointState::Mature | PointState::Plain)
}

fn series(frame: &mut Frame, points: &[Point], marks: &[Mark]) {
    let joined = |i: usize| points[i].state != PointState::Truncated && marks[i].value.is_some();
    for run in joined_runs(points, marks, &joined) {
        let path: Vec<Spot> = marks[run.first..=run.last].iter().filter_map(|mark| mark.value).collect();
        frame.line(&path, if run.settled { SERIES } else { SERIES.dashed(DOTTED) });
        frame.keep_clear_of_path(&path);
    }
    let crowded = points.len() > 30;
    let last = last_settled(points, marks);
    for (i, (point, mark)) in points.iter().zip(marks).enumerate() {
        let Some(at) = mark.value else { continue };
        if point.signal.is_some() {
            frame.ring(at, 7.6, Token::Warn);
        }
        match point.state {
            PointState::Mature | PointState::Plain if Some(i) == last => frame.dot(at, 4.6, Token::Accent),
            PointState::Mature | PointState::Plain => frame.dot(at, if crowded { 2.0 } else { 3.0 }, Token::Accent),
            PointState::Maturing => frame.ring(at, if crowded { 2.6 } else { 3.6 }, Token::Accent),
            PointState::Truncated => frame.dot(at, if crowded { 2.0 } else { 3.0 }, Token::Axis),
        }
        let half = if point.signal.is_some() { 9.0 } else { 5.0 };
        frame.keep_clear(Area { x0: at.0 - half, y0: at.1 - half, x1: at.0 + half, y1: at.1 + half });
    }
}

fn last_settled(points: &[Point], marks: &[Mark]) -> Option<usize> {
    (0..points.len()).rev().find(|i| is_settled(points[*i].state) && marks[*i].value.is_some())
}

fn value_label(frame: &mut Frame, line: &Line, marks: &[Mark], area: Area) {
    let Some(last) = last_settled(line.points, marks) else { return };
    if let (Some((x, y)), Some(value)) = (marks[last].value, line.points[last].value) {
        let text = format::short(value, line.unit);
        let places: [(Spot, Anchor); 7] = [
            ((x, y - 12.0), (HPos::Center, VPos::Bottom)),
            ((x, y + 12.0), (HPos::Center, VPos::Top)),
            ((x + 4.0, y - 12.0), (HPos::Right, VPos::Bottom)),
            ((x + 4.0, y + 12.0), (HPos::Right, VPos::Top)),
            ((x - 4.0, y - 12.0), (HPos::Left, VPos::Bottom)),
            ((x - 10.0, y), (HPos::Right, VPos::Center)),
            ((x, y - 26.0), (HPos::Center, VPos::Bottom)),
        ];
        frame.label(&text, VALUE, &places, area);
    }
}

/// The line of an event: its place and what happened.
type Rule<'a> = (f64, &'a str);

fn events<'a>(frame: &mut Frame, plot: &Plot, line: &Line<'a>, months: &Months) -> Vec<Rule<'a>> {
    let mut rules = Vec::new();
    for event in line.events {
        let Some(position) = months.position(&event.month) else { continue };
        let (x, y) = plot.at(position - 0.5, plot.y.0);
        frame.line(&[(x, y), (x, plot.area.y0)], Stroke::solid(Token::Axis, 1.0).dashed(DASHED));
        frame.keep_clear_of_path(&[(x, plot.area.y0), (x, y)]);
        rules.push((x, event.label.as_str()));
    }
    rules
}

fn event_labels(frame: &mut Frame, plot: &Plot, rules: &[Rule]) {
    for (x, label) in rules {
        let text = REMARK.fitted(label, ((plot.area.x1 - plot.area.x0) * 0.55).min(240.0));
        let heights = [-8.0, -24.0, -40.0, -56.0].map(|up| (plot.area.y1 + up, VPos::Bottom));
        let below_top = [8.0, 24.0, 40.0].map(|down| (plot.area.y0 + down, VPos::Top));
        let places: Vec<(Spot, Anchor)> = heights
            .into_iter()
            .chain(below_top)
            .flat_map(|(y, v)| [((x + 6.0, y), (HPos::Left, v)), ((x - 6.0, y), (HPos::Right, v))])
            .collect();
        frame.label(&text, REMARK, &places, plot.area);
    }
}

/// What each point rests on; nothing if not every number has room under its month.
fn count_texts(line: &Line, months: &Months, left: f64, width: f64) -> Vec<String> {
    let (low, high) = months.range();
    let slot = (width - left) / (high - low);
    // Where the values are the counts, a row of them would say everything twice.
    if line.points.iter().all(|point| point.value == Some(point.n as f64)) {
        return Vec::new();
    }
    let texts: Vec<String> = line.points.iter().map(|point| format::short(point.n as f64, &Unit::Count)).collect();
    let fits = months.every(slot) == 1 && texts.iter().all(|text| TICK.width(text) <= slot - 6.0);
    if fits { texts } else { Vec::new() }
}

fn counts_row(frame: &Frame, counted: &str, texts: &[String], marks: &[Mark], y: f64) {
    let (Some(first), Some(mark)) = (texts.first(), marks.first()) else { return };
    let name = TICK.fitted(counted, mark.x - TICK.width(first) / 2.0 - 6.0);
    frame.pen.open_texts("axis", TICK.ink);
    frame.text(&name, (0.0, y), TICK, (HPos::Left, VPos::Top));
    for (text, mark) in texts.iter().zip(marks) {
        frame.text(text, (mark.x, y), TICK, (HPos::Center, VPos::Top));
    }
    frame.pen.close();
}

fn keys(line: &Line) -> Vec<Key> {
    let has = |state: PointState| line.points.iter().any(|point| point.state == state);
    let mut keys = Vec::new();
    let mut key = |sign: Sign, text: &str| keys.push(Key { sign, text: text.to_owned() });
    let counts = *line.unit == Unit::Count;
    if has(PointState::Mature) {
        key(Sign::LineWithDot(SERIES), if counts { line.counted } else { "Fully matured" });
    }
    if has(PointState::Maturing) {
        let says = if counts { "Not complete yet" } else { "Still maturing, adjusted" };
        key(Sign::LineWithRing(SERIES.dashed(DOTTED)), says);
    }
    if has(PointState::Truncated) {
        key(Sign::Dot(Token::Axis), "Outcomes not recorded from the start");
    }
    if line.points.iter().any(|point| point.low.is_some() && point.high.is_some()) {
        key(Sign::Surface(tint(Token::Accent, RIBBON)), "90\u{a0}% interval");
    }
    if let Some(limits) = line.limits.filter(|limits| limits.by_month.iter().any(Option::is_some)) {
        let usual = format::short(limits.centre, line.unit);
        let says = if limits.centre.is_finite() {
            format!("Usual {usual}, and the range of chance")
        } else {
            "Range of chance".to_owned()
        };
        key(Sign::Line(LIMIT), &says);
    }
    if line.points.iter().any(|point| point.signal.is_some() && point.value.is_some()) {
        key(Sign::Ringed(Token::Accent, Token::Warn), "More than chance");
    }
    // What the only line is, the title says.
    if keys.is_empty() && !line.points.iter().any(|point| point.value.is_some()) {
        keys.push(Key { sign: Sign::Surface(opaque(Token::Grid)), text: "No value yet".to_owned() });
    }
    keys
}
