//! What do all charts share? The head and foot of a chart that stands alone, axes, the month axis, legends, and places
//! for labels where nothing else is.
//!
//! Everything is in CSS pixels of the chart's body: (0, 0) is the upper left corner below the head. Only a [`Plot`]
//! knows data coordinates.

use crate::report::chart::backend::{Area, Canvas, Faults, Pen, SUBPIXELS, Weight, cap_height, grid, text_width};
use crate::report::chart::theme::{self, Token};
use crate::report::chart::{Drawing, Head, Options, Panel, Width};
use crate::report::format;
use crate::report::page::{Chart, Unit};
use crate::vocabulary::Month;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle};

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Type {
    /// Size in CSS pixels.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Colour.
    pub ink: Token,
}

/// Labels of axes.
pub const TICK: Type = Type { size: 11.0, weight: Weight::Regular, ink: Token::Muted };
/// Years under months, and other labels that group.
pub const GROUP: Type = Type { size: 11.0, weight: Weight::Semibold, ink: Token::Text };
/// Remarks inside a chart.
pub const REMARK: Type = Type { size: 11.0, weight: Weight::Medium, ink: Token::Text };
/// Names of rows, parts and panels.
pub const NAME: Type = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Ink };
/// The value that the chart is about.
pub const VALUE: Type = Type { size: 14.0, weight: Weight::Bold, ink: Token::Accent };

impl Type {
    /// The same in another colour.
    pub const fn ink(self, ink: Token) -> Type {
        Type { ink, ..self }
    }

    /// Width of a text in CSS pixels.
    pub fn width(self, text: &str) -> f64 {
        text_width(text, self.size, self.weight)
    }

    /// The text, shortened with "…" until it fits.
    pub fn fitted(self, text: &str, width: f64) -> String {
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.width(&flat) <= width {
            return flat;
        }
        let room = width - self.width("…");
        let (mut used, mut kept) = (0.0, 0);
        for (at, c) in flat.char_indices() {
            used += self.width(c.encode_utf8(&mut [0; 4]));
            if used > room {
                break;
            }
            kept = at + c.len_utf8();
        }
        if kept == 0 { String::new() } else { format!("{}…", flat[..kept].trim_end()) }
    }

    /// The text in at most `lines` lines of at most `width`; the last one is shortened.
    pub fn wrapped(self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut line = String::new();
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer) <= width {
                line = longer;
            } else if out.len() + 1 == lines {
                let rest: Vec<&str> = words.by_ref().collect();
                line = self.fitted(&format!("{longer} {}", rest.join(" ")), width);
            } else {
                if !line.is_empty() {
                    out.push(line);
                }
                line = self.fitted(word, width);
            }
        }
        if !line.is_empty() {
            out.push(line);
        }
        out
    }
}

/// How a line looks.
#[derive(Clone, Copy)]
pub struct Stroke {
    /// Colour.
    pub ink: Token,
    /// Width in CSS pixels.
    pub width: f64,
    /// Lengths of strokes and gaps; empty for a solid line.
    pub dash: &'static str,
}

impl Stroke {
    /// A solid line.
    pub const fn solid(ink: Token, width: f64) -> Stroke {
        Stroke { ink, width, dash: "" }
    }

    /// The same line, broken up.
    pub const fn dashed(self, dash: &'static str) -> Stroke {
        Stroke { dash, ..self }
    }
}

/// A dotted line: what is not settled.
pub const DOTTED: &str = "0.5 5";
/// A dashed line: what is only for comparison.
pub const DASHED: &str = "3 3";

/// The colour of a surface, and how much of what lies under it shows through.
#[derive(Clone, Copy)]
pub struct Fill {
    /// Colour.
    pub ink: Token,
    /// 1 = opaque.
    pub alpha: f64,
}

/// Opaque.
pub const fn opaque(ink: Token) -> Fill {
    Fill { ink, alpha: 1.0 }
}

/// See-through.
pub const fn tint(ink: Token, alpha: f64) -> Fill {
    Fill { ink, alpha }
}

/// Where a text stands in relation to its point.
pub type Anchor = (HPos, VPos);

/// A chart in the making.
pub struct Frame {
    /// What says to the backend what plotters cannot.
    pub pen: Pen,
    /// Width of the body.
    pub width: f64,
    root: DrawingArea<Pen, Shift>,
    origin: (f64, f64),
    obstacles: Vec<Area>,
}

/// A point or a path in CSS pixels.
pub type Spot = (f64, f64);

const MARGIN: f64 = 24.0;
const TITLE: Type = Type { size: 18.0, weight: Weight::Bold, ink: Token::Ink };
const SUBTITLE: Type = Type { size: 12.5, weight: Weight::Regular, ink: Token::Muted };
const SOURCE: Type = Type { size: 10.5, weight: Weight::Regular, ink: Token::Muted };

/// Width of the body of a chart.
pub fn body_width(options: &Options) -> f64 {
    match options.width {
        Width::Wide => 760.0,
        Width::Narrow => 358.0,
        Width::Paper(_) => 660.0,
    }
}

impl Frame {
    /// A canvas with a body of a given height, and head and foot if the chart stands alone.
    pub fn new(chart: &Chart, options: &Options, body_height: f64) -> Frame {
        let width = body_width(options);
        let mut heads: Vec<(String, Type, f64)> = Vec::new();
        let mut feet: Vec<String> = Vec::new();
        let (mut margin, mut top, mut bottom, mut sheet) = (0.0, 0.0, 0.0, String::new());
        if options.head == Head::Standalone {
            margin = MARGIN;
            top = MARGIN;
            for (text, style, leading) in [(&chart.title, TITLE, 24.0), (&chart.subtitle, SUBTITLE, 18.0)] {
                for line in style.wrapped(text, width, 3) {
                    heads.push((line, style, top));
                    top += leading;
                }
            }
            top += 12.0;
            feet = SOURCE.wrapped(&chart.source, width, 2);
            bottom = if feet.is_empty() { MARGIN - 8.0 } else { 12.0 + 15.0 * feet.len() as f64 + MARGIN - 8.0 };
            sheet = theme::standalone_sheet();
        }
        let narrow = if options.width == Width::Narrow { "-narrow" } else { "" };
        let pen = Pen::new(&Canvas {
            id: &format!("chart-{}{narrow}-drawing", chart.id),
            width: width + 2.0 * margin,
            height: top + body_height + bottom,
            palette: options.palette,
            title: &chart.title,
            description: &chart.description,
            sheet: &sheet,
        });
        let root = pen.clone().into_drawing_area();
        let mut frame = Frame { pen, width, root, origin: (margin, 0.0), obstacles: Vec::new() };
        let left: Anchor = (HPos::Left, VPos::Top);
        for (line, style, y) in &heads {
            frame.text(line, (0.0, *y), *style, left);
        }
        for (i, line) in feet.iter().enumerate() {
            frame.text(line, (0.0, top + body_height + 12.0 + 15.0 * i as f64), SOURCE, left);
        }
        frame.origin = (margin, top);
        frame
    }

    /// The drawing.
    pub fn finish(self) -> Drawing {
        let (svg, Faults { spilled, collided, struck }) = self.pen.finish();
        Drawing { svg, spilled, collided, struck, panels: Vec::new() }
    }

    /// A text at a point.
    pub fn text(&self, text: &str, at: Spot, style: Type, anchor: Anchor) {
        if text.is_empty() {
            return;
        }
        let font = FontDesc::new(FontFamily::Name(style.weight.family()), style.size * SUBPIXELS, FontStyle::Normal);
        let style: TextStyle = font.color(&style.ink.sentinel()).pos(Pos::new(anchor.0, anchor.1));
        drawn(self.root.draw(&Text::new(text.to_owned(), self.on_grid(at), style)));
    }

    /// A line through points.
    pub fn line(&self, path: &[Spot], stroke: Stroke) {
        if path.len() < 2 {
            return;
        }
        if !stroke.dash.is_empty() {
            self.pen.dash(stroke.dash);
        }
        let path: Vec<(i32, i32)> = path.iter().map(|spot| self.on_grid(*spot)).collect();
        drawn(self.root.draw(&PathElement::new(path, line_style(stroke))));
    }

    /// A surface with corners.
    pub fn surface(&self, path: &[Spot], fill: Fill) {
        let path: Vec<(i32, i32)> = path.iter().map(|spot| self.on_grid(*spot)).collect();
        drawn(self.root.draw(&Polygon::new(path, fill_style(fill))));
    }

    /// A rectangle.
    pub fn rectangle(&self, area: Area, fill: Fill) {
        let corners = [self.on_grid((area.x0, area.y0)), self.on_grid((area.x1, area.y1))];
        drawn(self.root.draw(&Rectangle::new(corners, fill_style(fill))));
    }

    /// A filled dot with a rim of paper, so that it stands out from lines.
    pub fn dot(&self, at: Spot, radius: f64, ink: Token) {
        self.disc(at, radius + 1.4, opaque(Token::Paper));
        self.disc(at, radius, opaque(ink));
    }

    /// A hollow dot: what is not settled.
    pub fn ring(&self, at: Spot, radius: f64, ink: Token) {
        self.disc(at, radius + 1.0, opaque(Token::Paper));
        let style = line_style(Stroke::solid(ink, 1.7));
        drawn(self.root.draw(&Circle::new(self.on_grid(at), grid(radius), style)));
    }

    /// A dot whose size says something: see-through, so that what lies under it is still seen.
    pub fn bubble(&self, at: Spot, radius: f64, ink: Token) {
        self.disc(at, radius, tint(ink, 0.55));
        drawn(self.root.draw(&Circle::new(self.on_grid(at), grid(radius), line_style(Stroke::solid(ink, 1.4)))));
    }

    fn disc(&self, at: Spot, radius: f64, fill: Fill) {
        drawn(self.root.draw(&Circle::new(self.on_grid(at), grid(radius), fill_style(fill))));
    }

    /// An invisible area that shows `tip` under the pointer, and a line that is seen only then.
    pub fn hit(&self, area: Area, tip: &str, cursor: &[Spot]) {
        self.pen.open("hit");
        if !tip.is_empty() {
            self.pen.tip(tip);
        }
        self.rectangle(area, tint(Token::Ink, 0.0));
        if let [from, to] = cursor {
            self.pen.cursor(self.on_grid(*from), self.on_grid(*to));
        }
        self.pen.close();
    }

    /// Labels keep away from this area.
    pub fn keep_clear(&mut self, area: Area) {
        self.obstacles.push(area);
    }

    /// Labels keep away from this path.
    pub fn keep_clear_of_path(&mut self, path: &[Spot]) {
        for pair in path.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let pieces = (length / 5.0).ceil().clamp(1.0, 400.0) as usize;
            for piece in 0..=pieces {
                let t = piece as f64 / pieces as f64;
                let (x, y) = (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1));
                self.obstacles.push(Area { x0: x - 2.5, y0: y - 2.5, x1: x + 2.5, y1: y + 2.5 });
            }
        }
    }

    /// Draws a label at the first of the places where it covers the least, with a halo if it covers
    /// anything, and keeps later labels away from it. A label that would cover another text, or leave `within`, is not drawn.
    pub fn label(&mut self, text: &str, style: Type, places: &[(Spot, Anchor)], within: Area) -> Placed {
        let mut best: Option<(f64, Spot, Anchor, Area)> = None;
        for (at, anchor) in places {
            let area = Area::of_text(text, *at, style.size, style.weight, *anchor);
            let inside = area.x0 >= within.x0 && area.x1 <= within.x1 && area.y0 >= within.y0 && area.y1 <= within.y1;
            let grown = Area { x0: area.x0 - 3.0, y0: area.y0 - 2.0, x1: area.x1 + 3.0, y1: area.y1 + 2.0 };
            if !inside || self.pen.text_overlap(&self.on_canvas(&grown)) > 0.0 {
                continue;
            }
            let covered: f64 = self.obstacles.iter().map(|obstacle| obstacle.overlap(&grown)).sum();
            // To graze a line is no reason to go elsewhere.
            let cost = (covered / 16.0).floor();
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, *at, *anchor, grown));
            }
        }
        let Some((covered, at, anchor, area)) = best else {
            return Placed::NoRoom;
        };
        if covered > 0.0 {
            self.pen.halo();
        }
        self.text(text, at, style, anchor);
        self.obstacles.push(area);
        Placed::Drawn
    }

    /// A coordinate system inside the body.
    pub fn plot(&self, area: Area, x: (f64, f64), y: (f64, f64)) -> Plot {
        let root = self
            .root
            .clone()
            .shrink(self.on_grid((area.x0, area.y0)), (grid(area.x1 - area.x0).max(1), grid(area.y1 - area.y0).max(1)));
        let chart = ChartBuilder::on(&root)
            .build_cartesian_2d(x.0..x.1, y.0..y.1)
            .expect("a chart without label areas always fits its drawing area");
        Plot { inner: chart.plotting_area().clone(), origin: self.origin, area, x, y }
    }

    /// Lines of the grid with their labels left of the plot.
    pub fn value_axis(&self, plot: &Plot, ticks: &Ticks, unit: &Unit) {
        self.pen.open_texts("axis", TICK.ink);
        let height = |value: f64| plot.at(plot.x.0, value).1;
        for y in ticks.values.iter().map(|value| height(*value)) {
            self.line(&[(plot.area.x0, y), (plot.area.x1, y)], Stroke::solid(Token::Grid, 1.0));
        }
        for value in &ticks.values {
            let y = height(*value);
            self.text(&ticks.label(*value, unit), (plot.area.x0 - 10.0, y), TICK, (HPos::Right, VPos::Center));
        }
        self.pen.close();
    }

    /// Months under the plot, as many as have room, with the year under the first of each.
    pub fn month_axis(&self, plot: &Plot, months: &Months, y: f64) {
        self.pen.open_texts("axis", TICK.ink);
        let slot = (plot.area.x1 - plot.area.x0) / (plot.x.1 - plot.x.0);
        let every = months.every(slot);
        let mut last_year = None;
        let mut free_from = f64::NEG_INFINITY;
        for (i, entry) in months.entries.iter().enumerate() {
            let x = plot.at(entry.position, plot.y.0).0;
            let Some(month) = entry.month else {
                if every == 1 || i == 0 {
                    let text = TICK.fitted(&entry.text, slot.max(60.0));
                    self.text(&text, (x, y), TICK, (HPos::Center, VPos::Top));
                }
                continue;
            };
            if month.0.rem_euclid(every) != 0 {
                continue;
            }
            let year = month.year().to_string();
            let (label, style) = if every == 12 { (year.clone(), GROUP) } else { (format::month_short(month), TICK) };
            self.text(&label, (x, y), style, (HPos::Center, VPos::Top));
            let half = GROUP.width(&year) / 2.0;
            if every != 12 && last_year != Some(month.year()) && x - half > free_from {
                self.text(&year, (x, y + 16.0), GROUP, (HPos::Center, VPos::Top));
                free_from = x + half + 6.0;
                last_year = Some(month.year());
            }
        }
        self.pen.close();
    }

    /// Days under the plot, at most `most` of them, and since what they are counted.
    pub fn day_axis(&self, plot: &Plot, most: f64, label: &str) {
        let area = plot.area;
        self.pen.open_texts("axis", TICK.ink);
        let mut free_from = f64::NEG_INFINITY;
        for day in day_ticks(plot.x.1, most) {
            let (x, text) = (plot.at(day, plot.y.0).0, format::count(day));
            let half = TICK.width(&text) / 2.0;
            if x - half > free_from {
                self.text(&text, (x, area.y1 + 9.0), TICK, (HPos::Center, VPos::Top));
                free_from = x + half + 6.0;
            }
        }
        let label = TICK.fitted(label, area.x1 - area.x0);
        self.text(&label, (area.x1, area.y1 + 27.0), TICK, (HPos::Right, VPos::Top));
        self.pen.close();
    }

    /// A strip of drawn keys and what they mean; wraps. Its height is [`legend_height`].
    pub fn legend(&self, keys: &[Key], y: f64) {
        self.pen.open_texts("legend", LEGEND.ink);
        for (row, line) in legend_rows(keys, self.width).into_iter().enumerate() {
            let y = y + LEGEND_ROW * row as f64 + LEGEND_ROW / 2.0;
            for (key, x, text) in line {
                self.key(key.sign, (x, y));
                self.text(&text, (x + KEY_WIDTH + 7.0, y), LEGEND, (HPos::Left, VPos::Center));
            }
        }
        self.pen.close();
    }

    fn key(&self, sign: Sign, (x, y): Spot) {
        let middle = (x + KEY_WIDTH / 2.0, y);
        let swatch = Area { x0: x, y0: y - 5.0, x1: x + KEY_WIDTH, y1: y + 5.0 };
        match sign {
            Sign::Line(stroke) => self.line(&[(x, y), (x + KEY_WIDTH, y)], stroke),
            Sign::LineWithDot(stroke) => {
                self.line(&[(x, y), (x + KEY_WIDTH, y)], stroke);
                self.dot(middle, 3.0, stroke.ink);
            }
            Sign::LineWithRing(stroke) => {
                self.line(&[(x, y), (x + KEY_WIDTH, y)], stroke);
                self.ring(middle, 3.4, stroke.ink);
            }
            Sign::Dot(ink) => self.dot(middle, 3.0, ink),
            Sign::Ringed(ink, ring) => {
                self.ring(middle, 7.0, ring);
                self.dot(middle, 3.0, ink);
            }
            Sign::Ring(ink) => self.ring(middle, 4.2, ink),
            Sign::Bubble(ink) => self.bubble(middle, 6.0, ink),
            Sign::Cross(ink) => {
                let stroke = Stroke::solid(ink, 1.2);
                self.line(&[(x + 2.0, y), (x + KEY_WIDTH - 2.0, y)], stroke);
                self.line(&[(middle.0, y - 6.0), (middle.0, y + 6.0)], stroke);
            }
            Sign::Surface(fill) => self.rectangle(swatch, fill),
            Sign::Range(fill, stroke) => {
                self.rectangle(swatch, fill);
                for edge in [y - 5.0, y + 5.0] {
                    self.line(&[(x, edge), (x + KEY_WIDTH, edge)], stroke);
                }
            }
            Sign::Hatched(fill) => {
                self.rectangle(swatch, fill);
                for left in [0.0, 6.0, 12.0] {
                    let path = [(x + left, y + 5.0), (x + left + 8.0, y - 5.0)];
                    self.line(&path, Stroke::solid(Token::Ghost(0), 1.4));
                }
            }
        }
    }

    /// What a chart says when there is nothing to draw.
    pub fn nothing_to_draw(&self, plot: &Plot, says: &str) {
        let area = plot.area;
        let style = Type { size: 13.0, weight: Weight::Medium, ink: Token::Muted };
        let middle = ((area.x0 + area.x1) / 2.0, (area.y0 + area.y1) / 2.0);
        self.pen.halo();
        self.text(&style.fitted(says, area.x1 - area.x0), middle, style, (HPos::Center, VPos::Center));
    }

    fn on_grid(&self, at: Spot) -> (i32, i32) {
        (grid(at.0 + self.origin.0), grid(at.1 + self.origin.1))
    }

    fn on_canvas(&self, area: &Area) -> Area {
        let (x, y) = self.origin;
        Area { x0: area.x0 + x, y0: area.y0 + y, x1: area.x1 + x, y1: area.y1 + y }
    }
}

/// Whether a label found a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is there.
    Drawn,
    /// Every place would have covered another text.
    NoRoom,
}

fn drawn<E: std::fmt::Debug>(result: Result<(), E>) {
    result.expect("our backend writes to a string, which cannot fail");
}

fn line_style(stroke: Stroke) -> ShapeStyle {
    ShapeStyle { color: stroke.ink.sentinel().to_rgba(), filled: false, stroke_width: grid(stroke.width).max(0) as u32 }
}

fn fill_style(fill: Fill) -> ShapeStyle {
    ShapeStyle { color: fill.ink.sentinel().mix(fill.alpha), filled: true, stroke_width: 0 }
}

/// A coordinate system: data to CSS pixels of the body.
pub struct Plot {
    inner: DrawingArea<Pen, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    origin: (f64, f64),
    /// Where it lies.
    pub area: Area,
    /// Range of x.
    pub x: (f64, f64),
    /// Range of y.
    pub y: (f64, f64),
}

impl Plot {
    /// Where it lies in the whole drawing.
    pub fn panel(&self) -> Panel {
        let ((left, top), area) = (self.origin, self.area);
        let ((from, to), (lo, hi)) = (self.x, self.y);
        Panel { x0: area.x0 + left, x1: area.x1 + left, y0: area.y0 + top, y1: area.y1 + top, from, to, lo, hi }
    }

    /// Where a value lies; what is out of range lies on the edge.
    pub fn at(&self, x: f64, y: f64) -> Spot {
        let inside = (x.clamp(self.x.0, self.x.1), y.clamp(self.y.0, self.y.1));
        let (x, y) = self.inner.map_coordinate(&inside);
        (f64::from(x) / SUBPIXELS - self.origin.0, f64::from(y) / SUBPIXELS - self.origin.1)
    }
}

/// Round numbers along an axis; the first and the last are its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// The numbers, rising.
    pub values: Vec<f64>,
    /// Distance from one to the next.
    pub step: f64,
}

impl Ticks {
    /// About `about` steps of 1, 2 or 5 times a power of ten that cover a range.
    pub fn covering(low: f64, high: f64, about: usize) -> Ticks {
        let (low, high) = (low.clamp(-1e280, 1e280), high.clamp(-1e280, 1e280));
        let span = high - low;
        if span.is_nan() || span < 1e-280 {
            return Ticks { values: vec![low, low + 1.0], step: 1.0 };
        }
        let raw = span / about.max(1) as f64;
        let power = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= raw * 0.999).unwrap_or(10.0) * power;
        let first = (low / step + 1e-9).floor();
        let last = (high / step - 1e-9).ceil().max(first + 1.0);
        let n = (last - first).min(50.0) as usize;
        Ticks { values: (0..=n).map(|i| (first + i as f64) * step).collect(), step }
    }

    /// First tick.
    pub fn low(&self) -> f64 {
        self.values.first().copied().unwrap_or(0.0)
    }

    /// Last tick.
    pub fn high(&self) -> f64 {
        self.values.last().copied().unwrap_or(1.0)
    }

    /// How a tick reads.
    pub fn label(&self, value: f64, unit: &Unit) -> String {
        format::tick(value, self.step, self.low().abs().max(self.high().abs()), unit)
    }

    /// Room that the widest label needs.
    pub fn width(&self, unit: &Unit) -> f64 {
        self.values.iter().map(|value| TICK.width(&self.label(*value, unit))).fold(0.0, f64::max)
    }
}

/// The end of an axis: everything that must be seen, and the intervals as long as they do not squeeze the values into
/// a corner. What is longer is cut at the edge.
pub fn reach(must: impl Iterator<Item = f64>, intervals: impl Iterator<Item = f64>) -> f64 {
    let must = must.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let wanted = intervals.filter(|value| value.is_finite()).fold(must, f64::max);
    if must > 0.0 { wanted.min(must * 2.2) } else { wanted }
}

/// At most `most` steps of the lengths people think in; a length that ends on the last day is preferred.
pub fn day_ticks(last: f64, most: f64) -> Vec<f64> {
    let lengths = [1.0, 2.0, 5.0, 7.0, 10.0, 14.0, 15.0, 20.0, 30.0, 60.0, 90.0, 180.0, 365.0, 730.0, 3650.0];
    let few: Vec<f64> = lengths.into_iter().filter(|length| last / length <= most).collect();
    let even = few.iter().take(4).find(|length| (last / *length).fract() < 1e-9);
    let length = even.or(few.first()).copied().unwrap_or(last / most);
    (0..).map(|i| f64::from(i) * length).take_while(|day| *day <= last + 1e-9).collect()
}

/// "Nov 2025".
pub fn month_label(month: Month) -> String {
    format!("{} {}", format::month_short(month), month.year())
}

/// Months along an axis.
pub struct Months {
    /// One a label, in the order given.
    pub entries: Vec<MonthEntry>,
}

/// A month along an axis.
pub struct MonthEntry {
    /// Its place: months since the first.
    pub position: f64,
    /// The month, if the label is one.
    pub month: Option<Month>,
    /// The label.
    pub text: String,
}

impl Months {
    /// Months at their distance in time; labels that are no months, or go back, stand one after the other.
    pub fn of<'a>(labels: impl Iterator<Item = &'a str>) -> Months {
        let labels: Vec<&str> = labels.collect();
        let parsed: Option<Vec<Month>> = labels.iter().map(|label| label.parse::<Month>().ok()).collect();
        let rising = parsed.filter(|months| months.windows(2).all(|pair| pair[0] < pair[1]));
        let rising = rising.filter(|months| match (months.first(), months.last()) {
            (Some(first), Some(last)) => last.0 - first.0 < 1200,
            _ => true,
        });
        let entry = |i: usize, label: &&str| {
            let month = rising.as_ref().map(|months| months[i]);
            let first = rising.as_ref().map(|months| months[0].0);
            let position = month.zip(first).map_or(i as f64, |(month, first)| f64::from(month.0 - first));
            MonthEntry { position, month, text: (*label).to_owned() }
        };
        Months { entries: labels.iter().enumerate().map(|(i, label)| entry(i, label)).collect() }
    }

    /// Range of the axis, half a month beyond the first and the last.
    pub fn range(&self) -> (f64, f64) {
        (-0.5, self.entries.last().map_or(0.5, |entry| entry.position + 0.5))
    }

    /// Position of a month that need not be among the entries.
    pub fn position(&self, label: &str) -> Option<f64> {
        let month = label.parse::<Month>().ok()?;
        let first = self.entries.first()?.month?;
        let position = f64::from(month.0 - first.0);
        let (low, high) = self.range();
        (position >= low && position <= high + 0.01).then_some(position)
    }

    /// Every how many months a label has room.
    pub fn every(&self, slot: f64) -> i32 {
        let widest = self
            .entries
            .iter()
            .map(|entry| entry.month.map_or(0.0, |month| TICK.width(&format::month_short(month))))
            .fold(0.0, f64::max);
        [1, 2, 3, 6].into_iter().find(|every| slot * f64::from(*every) >= widest + 4.0).unwrap_or(12)
    }
}

/// Runs of neighbours that are joined: first, last, and whether both ends of every piece are settled.
pub struct Run {
    /// Index of the first.
    pub first: usize,
    /// Index of the last.
    pub last: usize,
    /// Whether the run is settled; a piece with one unsettled end is not.
    pub settled: bool,
}

/// Splits a sequence of `n` into runs of pieces that are all settled or all not; `joined` says whether the piece from
/// one to the next is drawn.
pub fn runs(n: usize, joined: impl Fn(usize, usize) -> bool, settled: impl Fn(usize) -> bool) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for i in 1..n {
        if !joined(i - 1, i) {
            continue;
        }
        let piece = settled(i - 1) && settled(i);
        match out.last_mut() {
            Some(run) if run.last == i - 1 && run.settled == piece => run.last = i,
            _ => out.push(Run { first: i - 1, last: i, settled: piece }),
        }
    }
    out
}

/// Pushes labels apart: each keeps its order and at least `gap` to the next, all between `low` and `high`.
pub fn dodge(places: &mut [f64], gap: f64, low: f64, high: f64) {
    for i in 0..places.len() {
        let least = if i == 0 { low } else { places[i - 1] + gap };
        places[i] = places[i].max(least);
    }
    for i in (0..places.len()).rev() {
        let most = if i + 1 == places.len() { high } else { places[i + 1] - gap };
        places[i] = places[i].min(most);
    }
}

/// A key of a legend.
#[derive(Clone, Copy)]
pub enum Sign {
    /// A line.
    Line(Stroke),
    /// A line with a filled dot.
    LineWithDot(Stroke),
    /// A line with a hollow dot.
    LineWithRing(Stroke),
    /// A dot alone.
    Dot(Token),
    /// A dot, and the ring around it.
    Ringed(Token, Token),
    /// A hollow dot alone.
    Ring(Token),
    /// A dot whose size says something.
    Bubble(Token),
    /// Two intervals that cross.
    Cross(Token),
    /// A surface.
    Surface(Fill),
    /// A surface with stripes.
    Hatched(Fill),
    /// A range: a surface and the lines of its edges.
    Range(Fill, Stroke),
}

/// A key and what it means.
#[derive(Clone)]
pub struct Key {
    /// What is drawn.
    pub sign: Sign,
    /// What it means.
    pub text: String,
}

const LEGEND: Type = Type { size: 11.0, weight: Weight::Regular, ink: Token::Text };
const KEY_WIDTH: f64 = 20.0;
const LEGEND_ROW: f64 = 19.0;

/// Height of a legend.
pub fn legend_height(keys: &[Key], width: f64) -> f64 {
    LEGEND_ROW * legend_rows(keys, width).len() as f64
}

fn legend_rows(keys: &[Key], width: f64) -> Vec<Vec<(&Key, f64, String)>> {
    let mut rows: Vec<Vec<(&Key, f64, String)>> = Vec::new();
    let mut x = f64::INFINITY;
    for key in keys {
        let text = LEGEND.fitted(&key.text, width - KEY_WIDTH - 7.0);
        let end = x + KEY_WIDTH + 7.0 + LEGEND.width(&text);
        if end > width {
            rows.push(Vec::new());
            x = 0.0;
        }
        let next = x + KEY_WIDTH + 7.0 + LEGEND.width(&text) + 22.0;
        if let Some(row) = rows.last_mut() {
            row.push((key, x, text));
        }
        x = next;
    }
    rows
}

/// Half the height of a capital, to centre what is not text on text.
pub fn half_cap(style: Type) -> f64 {
    cap_height(style.size) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        assert_eq!(Ticks::covering(0.0, 0.33, 6).values.len(), 5);
        assert!((Ticks::covering(0.0, 0.33, 6).high() - 0.4).abs() < 1e-12);
        assert_eq!(Ticks::covering(0.0, 0.0, 5).values, vec![0.0, 1.0]);
        for (low, high) in [(0.0, 1e-9), (0.0, 1e279), (-3.0, 8.0), (-1e-200, 1e-200), (0.0, f64::MAX)] {
            let ticks = Ticks::covering(low, high, 5);
            assert!(ticks.low() <= low.max(-1e280) && ticks.high() >= high.min(1e280) * 0.999, "{low} {high}");
            assert!(ticks.values.len() <= 9 && ticks.values.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn labels_keep_their_distance_and_their_order() {
        let mut places = [10.0, 11.0, 12.0, 100.0];
        dodge(&mut places, 20.0, 0.0, 105.0);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 20.0 - 1e-9));
        assert!(places[3] <= 105.0);
    }

    #[test]
    fn a_piece_with_one_unsettled_end_is_not_settled() {
        let settled = [true, true, false, false];
        let found = runs(4, |_, _| true, |i| settled[i]);
        assert_eq!(
            found.iter().map(|run| (run.first, run.last, run.settled)).collect::<Vec<_>>(),
            [(0, 1, true), (1, 3, false)]
        );
        assert!(runs(1, |_, _| true, |_| true).is_empty());
    }

    #[test]
    fn a_long_text_is_cut_to_its_width() {
        let cut = NAME.fitted("A channel whose name goes on and on and on", 100.0);
        assert!(cut.ends_with('…') && NAME.width(&cut) <= 100.0);
        assert_eq!(NAME.fitted("Paid\n search", 400.0), "Paid search");
        assert_eq!(TICK.wrapped("one two three", 40.0, 2).len(), 2);
    }
}
