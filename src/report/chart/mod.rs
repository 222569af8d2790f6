//! How does a [`Chart`] look? Data in, SVG out; nothing here knows a metric.
//!
//! Eleven shapes, a file each. They draw through plotters on our own backend ([`backend`]), in colours of [`theme`], with
//! what they share in [`frame`]. The same chart gives the same bytes.

mod areas;
pub mod backend;
mod bars;
mod curves;
mod dots;
mod dumbbells;
mod frame;
mod heat;
mod line;
mod reliability;
mod scatter;
pub mod theme;
mod threshold;
mod waterfall;

pub use theme::Palette;

use crate::report::page::{Chart, ChartData};
use serde::Serialize;

/// Whether the drawing carries its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A file of its own: title, subtitle, source, a background, and colours that follow the reader's screen.
    Standalone,
    /// Part of a page that says all that around it, and colours it.
    Embedded,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A page or a slide: 760 pixels of chart.
    Wide,
    /// A telephone: 358 pixels.
    Narrow,
    /// A printed page: 660 pixels, so that a chart's letters are about as large as those of the text around it.
    Paper(Height),
}

impl Width {
    /// Whether rows have their names beside them, and months all their labels.
    pub fn is_wide(self) -> bool {
        self != Width::Narrow
    }
}

/// How much of a printed page a chart may take. Only lines by month can do with less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Height {
    /// As much as it wants.
    Full,
    /// The page has other things to show.
    Low,
    /// The page is full.
    Least,
}

/// How a chart is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether it carries its own words.
    pub head: Head,
    /// The colours where the page's own are unknown.
    pub palette: Palette,
    /// How much room there is.
    pub width: Width,
}

impl Options {
    /// A file of its own, wide, in light colours that follow the reader's screen where it can.
    pub const FILE: Options = Options { head: Head::Standalone, palette: Palette::Light, width: Width::Wide };
    /// A part of a page.
    pub const PAGE: Options = Options { head: Head::Embedded, palette: Palette::Light, width: Width::Wide };

    /// A part of a printed page.
    pub const fn paper(height: Height) -> Options {
        Options { head: Head::Embedded, palette: Palette::Light, width: Width::Paper(height) }
    }
}

/// A drawn chart.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The SVG.
    pub svg: String,
    /// Texts that leave the canvas, with their place. Empty, or the chart has a fault.
    pub spilled: Vec<String>,
    /// Pairs of texts that overlap. Empty, or the chart has a fault.
    pub collided: Vec<String>,
    /// Texts that a line goes through, or passes under without a halo. Empty, or the chart has a fault.
    pub struck: Vec<String>,
    /// The coordinate systems, top first, of a chart into which a page draws more (panels over the threshold).
    pub panels: Vec<Panel>,
}

/// Where a coordinate system lies in a drawing: pixels of its view box, and the values at their edges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// Left edge, in pixels.
    pub x0: f64,
    /// Right edge, in pixels.
    pub x1: f64,
    /// Upper edge, in pixels.
    pub y0: f64,
    /// Lower edge, in pixels.
    pub y1: f64,
    /// Value at the left edge.
    pub from: f64,
    /// Value at the right edge.
    pub to: f64,
    /// Value at the lower edge.
    pub lo: f64,
    /// Value at the upper edge.
    pub hi: f64,
}

/// Draws a chart. Values that are not finite count as missing.
pub fn draw(chart: &Chart, options: &Options) -> Drawing {
    match &chart.data {
        ChartData::Bars { months, parts, expected } => bars::draw(chart, options, months, parts, expected),
        ChartData::Line { counted, points, band, events, unit, limits } => {
            let line = line::Line { counted, points, band: *band, events, unit, limits: limits.as_ref() };
            line::draw(chart, options, &line)
        }
        ChartData::Curves { curves, x_label, marks } => curves::draw(chart, options, curves, x_label, marks),
        ChartData::Dots { rows, band, reference, unit } => {
            let dots = dots::Dots { rows, band: *band, reference: reference.as_ref(), unit };
            dots::draw(chart, options, &dots)
        }
        ChartData::Waterfall { start, end, steps, unit } => {
            waterfall::draw(chart, options, &waterfall::Waterfall { start, end, steps, unit })
        }
        ChartData::Scatter { points, x, y, band, lines, sized_by } => {
            let scatter = scatter::Scatter { points, x, y, band: *band, lines, sized_by };
            scatter::draw(chart, options, &scatter)
        }
        ChartData::Heat { column_label, columns, rows, counted } => {
            heat::draw(chart, options, &heat::Heat { column_label, columns, rows, counted })
        }
        ChartData::Dumbbells { rows, from, to, interval_of, unit } => {
            dumbbells::draw(chart, options, &dumbbells::Dumbbells { rows, from, to, interval_of: *interval_of, unit })
        }
        ChartData::Reliability { bands, bar, reference, counted } => {
            let bar = bar.filter(|bar| bar.is_finite());
            let reference = reference.as_ref();
            reliability::draw(chart, options, &reliability::Reliability { bands, bar, reference, counted })
        }
        ChartData::Areas { parts, x_label, window } => areas::draw(chart, options, parts, x_label, *window),
        ChartData::Threshold { steps, current, suggested, plateau, break_even, currency, .. } => {
            let sweep = threshold::Sweep {
                steps,
                current: *current,
                suggested: *suggested,
                plateau: *plateau,
                break_even: *break_even,
                currency,
            };
            threshold::draw(chart, options, &sweep)
        }
    }
}
