//! Does a higher score mean a better lead? What came of each band of scores with its interval, a column each, against
//! what was to be expected; today's bar is marked.
//!
//! Bands are as wide as they hold enough leads, so their columns are not drawn to scale: the edges stand under them.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Anchor, DASHED, Frame, Key, Plot, REMARK, Sign, Spot, Stroke, TICK, Ticks, Type, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, ScoreBand, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Reliability`.
pub struct Reliability<'a> {
    /// The bands, lowest first.
    pub bands: &'a [ScoreBand],
    /// Today's bar.
    pub bar: Option<f64>,
    /// A share to compare with and its label.
    pub reference: Option<&'a (f64, String)>,
    /// What a count is called.
    pub counted: &'a str,
}

const VALUE: Type = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Ink };
const EXPECTED: Stroke = Stroke::solid(Token::Warn, 2.0);
const INTERVAL: f64 = 0.22;

/// Draws the columns.
pub fn draw(chart: &Chart, options: &Options, what: &Reliability) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let bands = what.bands;
    let keys = keys(what);
    let legend = frame::legend_height(&keys, width);
    let ticks = ticks(what);
    let (top, height) = (legend + 30.0, if wide { 240.0 } else { 210.0 });
    let counted = TICK.fitted(what.counted, 80.0);
    let x0 = (ticks.width(&Unit::Share) + 10.0).max(TICK.width(&counted).max(TICK.width("score")) + 8.0);
    let mut frame = Frame::new(chart, options, top + height + 50.0);
    frame.legend(&keys, 0.0);
    let area = Area { x0, y0: top, x1: width, y1: top + height };
    let plot = frame.plot(area, (0.0, bands.len().max(1) as f64), (0.0, ticks.high()));
    frame.value_axis(&plot, &ticks, &Unit::Share);
    frame.line(&[(area.x0, area.y1), (area.x1, area.y1)], Stroke::solid(Token::Axis, 1.0));
    let reference = what.reference.filter(|(share, _)| share.is_finite());
    if let Some((share, _)) = reference {
        let path = [plot.at(0.0, *share), plot.at(plot.x.1, *share)];
        frame.line(&path, Stroke::solid(Token::Muted, 1.2).dashed(DASHED));
        frame.keep_clear_of_path(&path);
    }
    for (i, band) in bands.iter().enumerate() {
        column(&mut frame, &plot, i, band);
    }
    bar(&mut frame, &plot, what);
    for (i, band) in bands.iter().enumerate() {
        value(&mut frame, &plot, i, band);
    }
    if let Some((share, label)) = reference {
        let text = REMARK.fitted(label, (area.x1 - area.x0) * 0.5);
        let (x, y) = plot.at(plot.x.1, *share);
        // At the ends, else between two columns.
        let between = (1..bands.len()).rev().map(|i| (plot.at(i as f64, 0.0).0, HPos::Center));
        let places: Vec<(Spot, Anchor)> = [(x, HPos::Right), (area.x0 + 4.0, HPos::Left)]
            .into_iter()
            .chain(between)
            .flat_map(|(x, h)| [((x, y - 5.0), (h, VPos::Bottom)), ((x, y + 5.0), (h, VPos::Top))])
            .collect();
        frame.label(&text, REMARK, &places, area);
    }
    if bands.is_empty() {
        frame.nothing_to_draw(&plot, "Too few leads to judge the score by");
    }
    below(&frame, &plot, what, &counted);
    hits(&frame, &plot, what);
    frame.finish()
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn ticks(what: &Reliability) -> Ticks {
    let values = what.bands.iter().flat_map(|band| [finite(band.value), finite(band.expected)]).flatten();
    let limits = what.bands.iter().filter_map(|band| finite(band.high));
    let top = frame::reach(values.chain(what.reference.map(|(share, _)| *share)), limits);
    let top = if top <= 1.0 { (top * 1.05).min(1.0) } else { top * 1.05 };
    Ticks::covering(0.0, if top > 0.0 { top } else { 0.5 }, 5)
}

/// Half the width of a column, in columns.
fn half(plot: &Plot) -> f64 {
    let slot = (plot.area.x1 - plot.area.x0) / plot.x.1;
    0.34f64.min(36.0 / slot)
}

fn column(frame: &mut Frame, plot: &Plot, i: usize, band: &ScoreBand) {
    let (middle, half) = (i as f64 + 0.5, half(plot));
    if let (Some(low), Some(high)) = (finite(band.low), finite(band.high)) {
        let ((x0, y0), (x1, y1)) = (plot.at(middle - half, high), plot.at(middle + half, low));
        frame.rectangle(Area { x0, y0, x1, y1: y1.max(y0 + 1.0) }, tint(Token::Accent, INTERVAL));
        // A text may stand in the interval or beside it, not on its edge.
        frame.keep_clear_of_path(&[(x0, y1), (x0, y0), (x1, y0), (x1, y1), (x0, y1)]);
    }
    if let Some(expected) = finite(band.expected) {
        let path = [plot.at(middle - half, expected), plot.at(middle + half, expected)];
        frame.line(&path, EXPECTED);
        frame.keep_clear_of_path(&path);
    }
    if let Some(value) = finite(band.value) {
        let at = plot.at(middle, value);
        frame.dot(at, 4.8, Token::Accent);
        frame.keep_clear(Area { x0: at.0 - 6.0, y0: at.1 - 6.0, x1: at.0 + 6.0, y1: at.1 + 6.0 });
    }
}

fn value(frame: &mut Frame, plot: &Plot, i: usize, band: &ScoreBand) {
    let Some(value) = finite(band.value) else { return };
    let (x, y) = plot.at(i as f64 + 0.5, value);
    let text = format::short(value, &Unit::Share);
    let side = half(plot) * (plot.area.x1 - plot.area.x0) / plot.x.1 + 7.0;
    let places: [(Spot, Anchor); 8] = [
        ((x + side, y), (HPos::Left, VPos::Center)),
        ((x, y - 9.0), (HPos::Center, VPos::Bottom)),
        ((x, y + 9.0), (HPos::Center, VPos::Top)),
        ((x + side, y - 5.0), (HPos::Left, VPos::Bottom)),
        ((x + side, y + 5.0), (HPos::Left, VPos::Top)),
        ((x - side, y), (HPos::Right, VPos::Center)),
        ((x, y - 22.0), (HPos::Center, VPos::Bottom)),
        ((x, y + 22.0), (HPos::Center, VPos::Top)),
    ];
    frame.label(&text, VALUE, &places, plot.area);
}

/// Where the bar lies among the columns: between two of them, or inside one, as far along as its scores.
fn bar(frame: &mut Frame, plot: &Plot, what: &Reliability) {
    let (Some(bar), false) = (what.bar, what.bands.is_empty()) else { return };
    let at = what.bands.iter().enumerate().find_map(|(i, band)| match band.to {
        _ if bar <= band.from => Some(i as f64),
        Some(to) if bar < to => Some(i as f64 + (bar - band.from) / (to - band.from)),
        Some(_) => None,
        None => Some(i as f64 + 0.5),
    });
    let (x, y) = plot.at(at.unwrap_or(what.bands.len() as f64), 0.0);
    let path = [(x, plot.area.y0 - 6.0), (x, y)];
    frame.line(&path, Stroke::solid(Token::Text, 1.4).dashed("4 3"));
    frame.keep_clear_of_path(&path);
    let style = Type { weight: Weight::Semibold, ..REMARK };
    let text = format!("Today's bar {}", format::short(bar, &Unit::Count));
    let half = style.width(&text) / 2.0;
    let x = x.clamp(half, (frame.width - half).max(half));
    frame.text(&text, (x, plot.area.y0 - 11.0), style, (HPos::Center, VPos::Bottom));
}

/// The scores of a band: "20–105", "from 120".
fn scores(band: &ScoreBand) -> String {
    let score = |score: f64| format::grouped(score, 0);
    match band.to {
        Some(to) => format!("{}–{}", score(band.from), score(to)),
        None => format!("{}+", score(band.from)),
    }
}

/// Scores and counts under the columns.
fn below(frame: &Frame, plot: &Plot, what: &Reliability, counted: &str) {
    let y = plot.area.y1;
    let slot = (plot.area.x1 - plot.area.x0) / plot.x.1;
    frame.pen.open_texts("axis", TICK.ink);
    if !what.bands.is_empty() {
        frame.text("score", (0.0, y + 10.0), TICK, (HPos::Left, VPos::Top));
        frame.text(counted, (0.0, y + 29.0), TICK, (HPos::Left, VPos::Top));
    }
    for (i, band) in what.bands.iter().enumerate() {
        let x = plot.at(i as f64 + 0.5, 0.0).0;
        let texts = [(scores(band), 10.0), (format::short(band.n as f64, &Unit::Count), 29.0)];
        for (text, down) in texts {
            frame.text(&TICK.fitted(&text, slot - 4.0), (x, y + down), TICK, (HPos::Center, VPos::Top));
        }
    }
    frame.pen.close();
}

fn hits(frame: &Frame, plot: &Plot, what: &Reliability) {
    frame.pen.open("hits");
    for (i, band) in what.bands.iter().enumerate() {
        let share = |value: Option<f64>| {
            finite(value).map_or_else(|| "–".to_owned(), |value| format::short(value, &Unit::Share))
        };
        let tip = format!(
            "Score {}\n{} of {} {}\n90\u{a0}% interval {} to {}\nexpected {}",
            scores(band),
            share(band.value),
            format::count(band.n as f64),
            what.counted,
            share(band.low),
            share(band.high),
            share(band.expected)
        );
        let (x0, x1) = (plot.at(i as f64, 0.0).0, plot.at(i as f64 + 1.0, 0.0).0);
        frame.hit(Area { x0, y0: plot.area.y0, x1, y1: plot.area.y1 }, &tip, &[]);
    }
    frame.pen.close();
}

fn keys(what: &Reliability) -> Vec<Key> {
    let mut keys = vec![
        Key { sign: Sign::Dot(Token::Accent), text: "What came".to_owned() },
        Key { sign: Sign::Surface(tint(Token::Accent, INTERVAL)), text: "90\u{a0}% interval".to_owned() },
    ];
    if what.bands.iter().any(|band| band.expected.is_some()) {
        keys.push(Key {
            sign: Sign::Line(EXPECTED),
            text: "What earlier leads with such scores let expect".to_owned(),
        });
    }
    keys
}
