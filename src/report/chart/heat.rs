//! What has become of each cohort by each age? A cell a cohort and age, the darker the more have converted; what is not
//! complete yet is hatched, what nobody knows is empty.
//!
//! The shares fall into classes of a round size, so that the legend says exactly what a colour means, and every number
//! keeps its contrast: no class is darker than ink can be read on.

use crate::report::chart::backend::Area;
use crate::report::chart::frame::{self, Frame, Key, Sign, Stroke, TICK, Ticks, Type, month_label, opaque, tint};
use crate::report::chart::theme::{Palette, Token, contrast, mixed};
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Chart, HeatCell, HeatRow, PointState, Unit};
use crate::vocabulary::Month;
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Heat`.
pub struct Heat<'a> {
    /// What the columns are.
    pub column_label: &'a str,
    /// Ages, one a column.
    pub columns: &'a [u32],
    /// The cohorts.
    pub rows: &'a [HeatRow],
    /// What the number right of a row counts.
    pub counted: &'a str,
}

const NUMBER: Type = Type { ink: Token::Ink, ..TICK };
/// How dark the palest class is.
const PALEST: f64 = 0.04;
/// How dark the darkest class is, where the accent lets ink be read on that.
const DARKEST: f64 = 0.5;
/// The contrast that a small text needs.
const READ: f64 = 4.5;
/// The most rows; of more the newest are drawn.
const MOST_ROWS: usize = 36;

/// A cell in pixels.
struct Box {
    area: Area,
    share: f64,
    class: usize,
    young: bool,
}

/// Draws the cells.
pub fn draw(chart: &Chart, options: &Options, heat: &Heat) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let rows = &heat.rows[heat.rows.len().saturating_sub(MOST_ROWS)..];
    let highest = rows.iter().flat_map(|row| &row.cells).filter_map(share).fold(0.0, f64::max);
    let classes = Ticks::covering(0.0, if highest > 0.0 { highest.min(1.0) } else { 0.1 }, 6);
    let keys = keys(&classes, rows);
    let legend = frame::legend_height(&keys, width);

    let labels: Vec<String> = rows.iter().map(|row| TICK.fitted(&name(&row.label), 110.0)).collect();
    let counts: Vec<String> = rows.iter().map(|row| format::short(row.n as f64, &Unit::Count)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| TICK.width(text)).fold(0.0, f64::max);
    let counted = TICK.fitted(heat.counted, 90.0);
    let right = widest(&counts).max(TICK.width(&counted));
    let (x0, x1) = (widest(&labels) + 10.0, width - right - 10.0);
    let columns = columns(heat.columns, x1 - x0, if wide { 38.0 } else { 36.0 });
    let row_height = if rows.len() > 24 { 16.0 } else { 22.0 };
    let (top, height) = (legend + 40.0, row_height * rows.len().max(3) as f64);
    let frame = Frame::new(chart, options, top + height + 4.0);
    frame.legend(&keys, 0.0);
    let slot = (x1 - x0) / columns.len().max(1) as f64;

    frame.pen.open_texts("axis", TICK.ink);
    frame.text(&counted, (width, top - 6.0), TICK, (HPos::Right, VPos::Bottom));
    let label = TICK.fitted(heat.column_label, x1 - x0);
    frame.text(&label, (x0, top - 21.0), TICK, (HPos::Left, VPos::Bottom));
    for (at, column) in columns.iter().enumerate() {
        let text = TICK.fitted(&format::count(f64::from(heat.columns[*column])), slot - 2.0);
        frame.text(&text, (x0 + slot * (at as f64 + 0.5), top - 6.0), TICK, (HPos::Center, VPos::Bottom));
    }
    for (i, (label, count)) in labels.iter().zip(&counts).enumerate() {
        let y = top + row_height * (i as f64 + 0.5);
        frame.text(label, (x0 - 10.0, y), TICK, (HPos::Right, VPos::Center));
        frame.text(count, (width, y), TICK, (HPos::Right, VPos::Center));
    }
    frame.pen.close();

    let boxes = boxes(rows, &columns, &classes, (x0, top), (slot, row_height));
    cells(&frame, &boxes, classes.values.len());
    numbers(&frame, &boxes, slot);
    if boxes.is_empty() {
        let plot = frame.plot(Area { x0, y0: top, x1: x1.max(x0 + 1.0), y1: top + height }, (0.0, 1.0), (0.0, 1.0));
        frame.nothing_to_draw(&plot, "No cohort is old enough yet");
    }
    frame.pen.open("hits");
    for (i, row) in rows.iter().enumerate() {
        let y0 = top + row_height * i as f64;
        frame.hit(Area { x0: 0.0, y0, x1: width, y1: y0 + row_height }, &tip(heat, row), &[]);
    }
    frame.pen.close();
    frame.finish()
}

/// A month in words, anything else as it is.
fn name(label: &str) -> String {
    label.parse::<Month>().map_or_else(|_| label.to_owned(), month_label)
}

fn share(cell: &HeatCell) -> Option<f64> {
    cell.share.filter(|share| share.is_finite()).map(|share| share.clamp(0.0, 1.0))
}

/// As many columns as have room for a number; the last is always among them.
fn columns(all: &[u32], room: f64, least: f64) -> Vec<usize> {
    let n = all.len();
    let fits = ((room / least).floor() as usize).max(1);
    let every = n.div_ceil(fits).max(1);
    (0..n).filter(|i| (n - 1 - i).is_multiple_of(every)).collect()
}

fn boxes(
    rows: &[HeatRow],
    columns: &[usize],
    classes: &Ticks,
    (x0, top): (f64, f64),
    (slot, height): (f64, f64),
) -> Vec<Box> {
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        for (at, column) in columns.iter().enumerate() {
            let Some((cell, share)) = row.cells.get(*column).and_then(|cell| Some((cell, share(cell)?))) else {
                continue;
            };
            let (x, y) = (x0 + slot * at as f64, top + height * i as f64);
            let area = Area { x0: x + 1.0, y0: y + 1.0, x1: x + slot - 1.0, y1: y + height - 1.0 };
            let class = ((share / classes.step + 1e-9).floor() as usize).min(classes.values.len().saturating_sub(2));
            out.push(Box { area, share, class, young: cell.state != PointState::Mature });
        }
    }
    out
}

/// How dark the darkest class may be: ink is read on it, by day and by night, in whatever accent the project has.
fn darkest() -> f64 {
    let is_read = |dark: &f64| {
        [Palette::Light, Palette::Dark].into_iter().all(|palette| {
            let cell = mixed(&Token::Accent.hex(palette), &Token::Paper.hex(palette), *dark);
            contrast(&Token::Ink.hex(palette), &cell) >= READ
        })
    };
    (0..16).map(|step| DARKEST - 0.02 * f64::from(step)).find(is_read).unwrap_or(DARKEST / 2.0)
}

/// How dark a class is.
fn darkness(class: usize, edges: usize) -> f64 {
    PALEST + (darkest() - PALEST) * class as f64 / (edges.saturating_sub(2)).max(1) as f64
}

fn cells(frame: &Frame, boxes: &[Box], edges: usize) {
    frame.pen.open("cells");
    for class in 0..edges {
        for cell in boxes.iter().filter(|cell| cell.class == class) {
            let Area { x0, y0, x1, y1 } = cell.area;
            frame.surface(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1)], tint(Token::Accent, darkness(class, edges)));
        }
    }
    for cell in boxes.iter().filter(|cell| cell.young) {
        hatch(frame, cell.area);
    }
    frame.pen.close();
}

/// Stripes of grey across a cell, from lower left to upper right.
fn hatch(frame: &Frame, area: Area) {
    let (width, height) = (area.x1 - area.x0, area.y1 - area.y0);
    let mut at = 5.0;
    while at < width + height {
        // From the left or the lower edge to the upper or the right one.
        let from = if at <= height { (area.x0, area.y0 + at) } else { (area.x0 + at - height, area.y1) };
        let to = if at <= width { (area.x0 + at, area.y0) } else { (area.x1, area.y0 + at - width) };
        frame.line(&[from, to], Stroke::solid(Token::Ghost(0), 1.4));
        at += 7.0;
    }
}

/// The shares in percent, in cells that are wide enough.
fn numbers(frame: &Frame, boxes: &[Box], slot: f64) {
    let small = boxes.iter().map(|cell| cell.share).fold(0.0, f64::max) < 0.05;
    frame.pen.open_texts("cells", NUMBER.ink);
    for cell in boxes {
        let text = format::grouped(cell.share * 100.0, usize::from(small));
        if NUMBER.width(&text) > slot - 6.0 {
            continue;
        }
        let middle = ((cell.area.x0 + cell.area.x1) / 2.0, (cell.area.y0 + cell.area.y1) / 2.0);
        frame.text(&text, middle, NUMBER, (HPos::Center, VPos::Center));
    }
    frame.pen.close();
}

fn tip(heat: &Heat, row: &HeatRow) -> String {
    let mut lines = vec![format!("{}: {} {}", name(&row.label), format::count(row.n as f64), heat.counted)];
    // A dozen lines at most.
    let every = heat.columns.len().div_ceil(12).max(1);
    for (column, cell) in heat.columns.iter().zip(&row.cells).step_by(every) {
        if let Some(share) = share(cell) {
            let young = if cell.state == PointState::Mature {
                String::new()
            } else {
                format!(" ({} followed so long)", format::count(cell.n as f64))
            };
            lines.push(format!("day {}: {}{young}", format::count(f64::from(*column)), format::share(share)));
        }
    }
    lines.join("\n")
}

fn keys(classes: &Ticks, rows: &[HeatRow]) -> Vec<Key> {
    let n = classes.values.len();
    let mut keys: Vec<Key> = classes
        .values
        .windows(2)
        .enumerate()
        .map(|(class, edges)| {
            let unit = Unit::Share;
            let low = classes.label(edges[0], &Unit::Share).replace("\u{a0}%", "");
            let text = format!("{low}–{}", classes.label(edges[1], &unit));
            Key { sign: Sign::Surface(tint(Token::Accent, darkness(class, n))), text }
        })
        .collect();
    let young = |cell: &HeatCell| share(cell).is_some() && cell.state != PointState::Mature;
    if rows.iter().flat_map(|row| &row.cells).any(young) {
        keys.push(Key {
            sign: Sign::Hatched(tint(Token::Accent, 0.3)),
            text: "Young: not all followed so long".into(),
        });
    }
    if rows.is_empty() {
        keys = vec![Key { sign: Sign::Surface(opaque(Token::Grid)), text: "No cohort yet".into() }];
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_is_always_drawn() {
        let ages: Vec<u32> = (1..=13).map(|week| week * 7).collect();
        assert_eq!(columns(&ages, 650.0, 38.0).len(), 13);
        let few = columns(&ages, 250.0, 36.0);
        assert_eq!(few, [0, 3, 6, 9, 12].map(|at| at), "{few:?}");
        assert!(columns(&[], 250.0, 36.0).is_empty());
        assert_eq!(columns(&ages, 1.0, 36.0), [12]);
    }

    #[test]
    fn ink_is_readable_on_the_darkest_class_in_any_accent() {
        use crate::config::plan::Accent;
        use crate::report::chart::theme::paint;
        let own = |light: &str, dark: &str| Some(Accent { light: light.into(), dark: dark.into() });
        let accents = [None, own("#000000", "#ffffff"), own("#7f1d1d", "#fca5a5"), own("#0f766e", "#fde047")];
        for accent in accents {
            let _painted = paint(accent.clone());
            for palette in [Palette::Light, Palette::Dark] {
                let cell = mixed(&Token::Accent.hex(palette), &Token::Paper.hex(palette), darkest());
                let ratio = contrast(&Token::Ink.hex(palette), &cell);
                assert!(ratio >= READ, "{accent:?} {palette:?}: {ratio:.2}");
            }
            assert!(darkest() > 0.2, "{accent:?}: classes must be told apart");
        }
        assert!((darkest() - DARKEST).abs() < 1e-12, "our own accent needs no less");
    }
}
