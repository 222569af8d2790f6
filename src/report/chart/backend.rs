//! How does a plotters drawing become our SVG? A `DrawingBackend` that writes sub-pixel geometry, CSS classes, font
//! weights, dashes, halos, rounded bars and tooltips, and that measures every text.
//!
//! Plotters counts whole pixels; the canvas it sees is [`SUBPIXELS`] times larger than the one written. Weights travel
//! in the family name ("w600"). What plotters has no word for is said to the [`Pen`] before the primitive it concerns.
//! The pen keeps the box of every text it writes and the course of every line: a text that leaves the canvas on either
//! axis has spilled, two texts that overlap have collided, and one that a line goes through without a halo between them
//! is struck; all three are faults of a chart, and tests say so.

use crate::report::chart::theme::{Palette, Token};
use crate::report::fonts;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::rc::Rc;

/// Steps of plotters' whole-number grid in one CSS pixel.
pub const SUBPIXELS: f64 = 10.0;

/// Size of a text that has none of its own: that of labels of axes, which are the most.
const USUAL_SIZE: f64 = 11.0;
/// Characters of a line of a tooltip; more would cover the chart.
const TIP_LINE: usize = 160;

/// CSS pixels in plotters' whole-number grid.
pub fn grid(pixels: f64) -> i32 {
    (pixels * SUBPIXELS).round() as i32
}

/// The weights of Inter that the report uses, and their numbers in CSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 500.
    Medium,
    /// 600.
    Semibold,
    /// 700.
    Bold,
}

impl Weight {
    /// The family name that carries the weight through plotters.
    pub fn family(self) -> &'static str {
        match self {
            Weight::Regular => "w400",
            Weight::Medium => "w500",
            Weight::Semibold => "w600",
            Weight::Bold => "w700",
        }
    }

    fn of_family(family: &str) -> Weight {
        match family {
            "w500" => Weight::Medium,
            "w600" => Weight::Semibold,
            "w700" => Weight::Bold,
            _ => Weight::Regular,
        }
    }

    fn number(self) -> u16 {
        400 + 100 * self as u16
    }
}

/// Width of a text in CSS pixels. Digits count as wide as a nought, since tables set them so; characters that the font
/// lacks count as a full em, so that a fallback font has room.
pub fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    let advance = |c: char| fonts::advance(if c.is_ascii_digit() { '0' } else { c }, weight as usize).unwrap_or(1.0);
    text.chars().map(advance).sum::<f64>() * size
}

/// Height of a capital in CSS pixels.
pub fn cap_height(size: f64) -> f64 {
    fonts::cap_height() * size
}

/// A rectangle in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x0: f64,
    /// Upper edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Lower edge.
    pub y1: f64,
}

impl Area {
    /// How much of it another rectangle covers, in square pixels.
    pub fn overlap(&self, other: &Area) -> f64 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        if width > 0.0 && height > 0.0 { width * height } else { 0.0 }
    }

    /// Whether a straight line goes through its inside; to graze a pixel of its edge is not to cross it.
    fn is_crossed(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        let (mut enters, mut leaves): (f64, f64) = (0.0, 1.0);
        let sides = [(from.0, to.0 - from.0, self.x0, self.x1), (from.1, to.1 - from.1, self.y0, self.y1)];
        for (start, way, low, high) in sides {
            let (low, high) = (low + 1.0, high - 1.0);
            if way.abs() < 1e-9 {
                if start <= low || start >= high {
                    return false;
                }
                continue;
            }
            let (a, b) = ((low - start) / way, (high - start) / way);
            enters = enters.max(a.min(b));
            leaves = leaves.min(a.max(b));
        }
        enters < leaves
    }

    /// The rectangle that a text covers when it is put at a point.
    pub fn of_text(text: &str, at: (f64, f64), size: f64, weight: Weight, anchor: (HPos, VPos)) -> Area {
        let (width, cap) = (text_width(text, size, weight), cap_height(size));
        let x0 = match anchor.0 {
            HPos::Left => at.0,
            HPos::Center => at.0 - width / 2.0,
            HPos::Right => at.0 - width,
        };
        let baseline = at.1 + to_baseline(cap, anchor.1);
        // Descenders and commas reach about a fifth of the size below the baseline.
        Area { x0, y0: baseline - cap, x1: x0 + width, y1: baseline + size * 0.2 }
    }
}

/// From the anchor down to the baseline.
fn to_baseline(cap: f64, anchor: VPos) -> f64 {
    match anchor {
        VPos::Top => cap,
        VPos::Center => cap / 2.0,
        VPos::Bottom => 0.0,
    }
}

/// What a canvas needs to know before the first stroke.
pub struct Canvas<'a> {
    /// Id of the `<svg>`, unique on the page.
    pub id: &'a str,
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// Fallback colours.
    pub palette: Palette,
    /// The finding.
    pub title: &'a str,
    /// The finding in words.
    pub description: &'a str,
    /// A style sheet of its own; may be empty.
    pub sheet: &'a str,
}

#[derive(Default)]
struct Next {
    class: &'static str,
    attributes: String,
    tip: Option<String>,
    top_radius: f64,
    halo: bool,
}

struct Sheet {
    svg: String,
    width: f64,
    height: f64,
    palette: Palette,
    next: Next,
    texts: Vec<Written>,
    strokes: Vec<Struck>,
    /// The ink that texts of each open group inherit.
    groups: Vec<Option<Token>>,
    /// What the last element ends with, if it is a plain stroke: the next one of the same look goes on in its path.
    stroke: Option<String>,
}

/// A text and where it stands.
struct Written {
    text: String,
    area: Area,
    halo: bool,
}

/// A line that a text can be struck by, and how many texts were written before it: it lies over those.
struct Struck {
    path: Vec<(f64, f64)>,
    texts_below: usize,
}

/// The faults of a drawing, in words.
pub struct Faults {
    /// Texts that left the canvas.
    pub spilled: Vec<String>,
    /// Pairs of texts that overlap.
    pub collided: Vec<String>,
    /// Texts that a line goes through.
    pub struck: Vec<String>,
}

/// A handle on the drawing: plotters owns one as its backend, the chart keeps another to say what plotters cannot.
#[derive(Clone)]
pub struct Pen(Rc<RefCell<Sheet>>);

impl Pen {
    /// An empty canvas.
    pub fn new(canvas: &Canvas) -> Pen {
        let Canvas { id, width, height, palette, title, description, sheet } = canvas;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" id=\"{id}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
             height=\"{h}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
             font-family=\"Inter, 'Helvetica Neue', Arial, sans-serif\" font-size=\"{USUAL_SIZE}\" fill=\"none\" \
             stroke-linejoin=\"round\" stroke-linecap=\"round\">\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>\n",
            escaped(title),
            escaped(description),
            id = escaped(id),
            w = decimal(*width),
            h = decimal(*height),
        );
        if !sheet.is_empty() {
            let _ = writeln!(svg, "<style>{sheet}</style>");
            let _ = writeln!(
                svg,
                "<rect class=\"f-paper\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                decimal(*width),
                decimal(*height),
                Token::Paper.hex(*palette)
            );
        }
        let (width, height, palette) = (*width, *height, *palette);
        let (next, texts, strokes, groups) = (Next::default(), Vec::new(), Vec::new(), Vec::new());
        Pen(Rc::new(RefCell::new(Sheet { svg, width, height, palette, next, texts, strokes, groups, stroke: None })))
    }

    /// Opens a group.
    pub fn open(&self, class: &str) {
        let mut sheet = self.0.borrow_mut();
        let _ = writeln!(sheet.svg, "<g class=\"{class}\">");
        sheet.groups.push(None);
        sheet.stroke = None;
    }

    /// Opens a group for texts of one colour, which is written once.
    pub fn open_texts(&self, class: &str, ink: Token) {
        let mut sheet = self.0.borrow_mut();
        let hex = ink.hex(sheet.palette);
        let _ = writeln!(sheet.svg, "<g class=\"{class} f-{}\" fill=\"{hex}\">", ink.name());
        sheet.groups.push(Some(ink));
        sheet.stroke = None;
    }

    /// Closes a group.
    pub fn close(&self) {
        let mut sheet = self.0.borrow_mut();
        sheet.svg.push_str("</g>\n");
        sheet.groups.pop();
        sheet.stroke = None;
    }

    /// The next primitive carries a class.
    pub fn class(&self, class: &'static str) -> &Pen {
        self.0.borrow_mut().next.class = class;
        self
    }

    /// The next stroke is dashed: lengths of strokes and gaps.
    pub fn dash(&self, pattern: &str) -> &Pen {
        let _ = write!(self.0.borrow_mut().next.attributes, " stroke-dasharray=\"{pattern}\"");
        self
    }

    /// A line that is seen only when the pointer is over its group. It has no colour of its own: only a browser shows it.
    pub fn cursor(&self, from: BackendCoord, to: BackendCoord) {
        let mut sheet = self.0.borrow_mut();
        let _ = writeln!(sheet.svg, "<path class=\"cursor\" d=\"{}\"/>", path_data(&[from, to]));
        sheet.stroke = None;
    }

    /// The next rectangle has rounded upper corners.
    pub fn round_top(&self, radius: f64) -> &Pen {
        self.0.borrow_mut().next.top_radius = radius;
        self
    }

    /// The next text stands out from what lies under it.
    pub fn halo(&self) -> &Pen {
        self.0.borrow_mut().next.halo = true;
        self
    }

    /// The next primitive shows a text under the pointer.
    pub fn tip(&self, text: &str) -> &Pen {
        let line = |line: &str| match line.char_indices().nth(TIP_LINE) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line.to_owned(),
        };
        self.0.borrow_mut().next.tip = Some(text.lines().map(line).collect::<Vec<_>>().join("\n"));
        self
    }

    /// How much of an area is already covered by texts, in square pixels.
    pub fn text_overlap(&self, area: &Area) -> f64 {
        self.0.borrow().texts.iter().map(|other| area.overlap(&other.area)).sum()
    }

    /// The finished SVG, and what is wrong with it.
    pub fn finish(&self) -> (String, Faults) {
        let mut sheet = self.0.borrow_mut();
        let mut svg = std::mem::take(&mut sheet.svg);
        svg.push_str("</svg>\n");
        let beyond = |area: &Area| {
            area.x0 < -0.5 || area.y0 < -0.5 || area.x1 > sheet.width + 0.5 || area.y1 > sheet.height + 0.5
        };
        let place = |Written { text, area, .. }: &Written| {
            format!("{text:?} at {:.0}..{:.0} × {:.0}..{:.0}", area.x0, area.x1, area.y0, area.y1)
        };
        let canvas = format!("{:.0} × {:.0}", sheet.width, sheet.height);
        let spilled = sheet.texts.iter().filter(|written| beyond(&written.area));
        let spilled = spilled.map(|written| format!("{} of {canvas}", place(written))).collect();
        let mut collided = Vec::new();
        for (i, written) in sheet.texts.iter().enumerate() {
            for other in &sheet.texts[i + 1..] {
                if written.area.overlap(&other.area) > 2.0 {
                    collided.push(format!("{} and {}", place(written), place(other)));
                }
            }
        }
        let is_struck = |(i, written): &(usize, &Written)| {
            let near = sheet.strokes.iter().filter(|stroke| !written.halo || stroke.texts_below > *i);
            near.flat_map(|stroke| stroke.path.windows(2)).any(|ends| written.area.is_crossed(ends[0], ends[1]))
        };
        let struck = sheet.texts.iter().enumerate().filter(is_struck).map(|(_, written)| place(written)).collect();
        (svg, Faults { spilled, collided, struck })
    }
}

impl Sheet {
    fn paint(&self, kind: &str, colour: BackendColor) -> (String, String) {
        let opacity =
            if colour.alpha < 1.0 { format!(" {kind}-opacity=\"{:.3}\"", colour.alpha) } else { String::new() };
        let initial = &kind[..1];
        match Token::from_sentinel(colour.rgb) {
            Some(token) => {
                (format!("{initial}-{}", token.name()), format!(" {kind}=\"{}\"{opacity}", token.hex(self.palette)))
            }
            None => {
                let (r, g, b) = colour.rgb;
                (String::new(), format!(" {kind}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}"))
            }
        }
    }

    fn shape<S: BackendStyle>(&mut self, tag: &str, geometry: &str, style: &S, filled: bool) {
        let next = std::mem::take(&mut self.next);
        let colour = style.color();
        let (token_class, paint) = if colour.alpha == 0.0 {
            // A transparent shape is there only to be pointed at, which the style sheet allows.
            (String::new(), String::new())
        } else if filled {
            self.paint("fill", colour)
        } else {
            let (class, paint) = self.paint("stroke", colour);
            let width = decimal(f64::from(style.stroke_width()) / SUBPIXELS);
            (class, if width == "1" { paint } else { format!("{paint} stroke-width=\"{width}\"") })
        };
        // A colour that a group gives its texts is not meant for its lines.
        let none = if filled || self.inherited().is_none() { "" } else { " fill=\"none\"" };
        let classes = class_attribute(&[&token_class, next.class]);
        let look = format!("{classes}{paint}{none}{}", next.attributes);
        let end = match &next.tip {
            Some(tip) => format!("><title>{}</title></{tag}>\n", escaped(tip)),
            None => "/>\n".to_owned(),
        };
        let plain = !filled && tag == "path" && next.tip.is_none() && colour.alpha == 1.0;
        let ending = format!("\"{look}{end}");
        if plain && self.stroke.as_ref() == Some(&ending) {
            // Strokes of one look that follow each other are one path.
            self.svg.truncate(self.svg.len() - ending.len());
            let data = geometry.trim_start_matches("d=\"");
            self.svg.push_str(data.trim_end_matches('"'));
            self.svg.push_str(&ending);
            return;
        }
        let _ = write!(self.svg, "<{tag} {geometry}{look}{end}");
        self.stroke = plain.then_some(ending);
    }

    fn inherited(&self) -> Option<Token> {
        self.groups.iter().rev().find_map(|ink| *ink)
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Pen {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let sheet = self.0.borrow();
        (grid(sheet.width).max(0) as u32, grid(sheet.height).max(0) as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, filled: bool) -> Drawn {
        let mut sheet = self.0.borrow_mut();
        let (x0, x1) = (pixels(a.0.min(b.0)), pixels(a.0.max(b.0)));
        let (y0, y1) = (pixels(a.1.min(b.1)), pixels(a.1.max(b.1)));
        let radius = sheet.next.top_radius.min((x1 - x0) / 2.0).min(y1 - y0);
        if radius > 0.0 {
            let geometry = format!(
                "d=\"M{l} {b}V{s}Q{l} {t} {i} {t}H{o}Q{r} {t} {r} {s}V{b}Z\"",
                l = decimal(x0),
                r = decimal(x1),
                t = decimal(y0),
                b = decimal(y1),
                s = decimal(y0 + radius),
                i = decimal(x0 + radius),
                o = decimal(x1 - radius)
            );
            sheet.shape("path", &geometry, style, filled);
        } else {
            let geometry = format!(
                "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                decimal(x0),
                decimal(y0),
                decimal(x1 - x0),
                decimal(y1 - y0)
            );
            sheet.shape("rect", &geometry, style, filled);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        let geometry = format!("d=\"{}\"", path_data(&path));
        let mut sheet = self.0.borrow_mut();
        // Lines of the grid and stripes are background.
        let is_background = matches!(Token::from_sentinel(style.color().rgb), Some(Token::Grid | Token::Ghost(0)));
        if !is_background {
            let path = path.iter().map(|point| (pixels(point.0), pixels(point.1))).collect();
            let texts_below = sheet.texts.len();
            sheet.strokes.push(Struck { path, texts_below });
        }
        sheet.shape("path", &geometry, style, false);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, filled: bool) -> Drawn {
        let geometry = format!(
            "cx=\"{}\" cy=\"{}\" r=\"{}\"",
            decimal(pixels(centre.0)),
            decimal(pixels(centre.1)),
            decimal(f64::from(radius) / SUBPIXELS)
        );
        self.0.borrow_mut().shape("circle", &geometry, style, filled);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        let geometry = format!("d=\"{}z\"", path_data(&path));
        self.0.borrow_mut().shape("path", &geometry, style, true);
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let mut sheet = self.0.borrow_mut();
        let next = std::mem::take(&mut sheet.next);
        let (size, weight) = (style.size() / SUBPIXELS, Weight::of_family(style.family().as_str()));
        let anchor = (style.anchor().h_pos, style.anchor().v_pos);
        let (x, y) = (pixels(at.0), pixels(at.1));
        sheet.stroke = None;
        let is_inherited = sheet.inherited().is_some_and(|ink| Token::from_sentinel(style.color().rgb) == Some(ink));
        let (class, paint) = if is_inherited { Default::default() } else { sheet.paint("fill", style.color()) };
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {} {})\"", decimal(x), decimal(y)),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {} {})\"", decimal(x), decimal(y)),
            FontTransform::Rotate270 => format!(" transform=\"rotate(270 {} {})\"", decimal(x), decimal(y)),
        };
        let start = match anchor.0 {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let sized = if size == USUAL_SIZE { String::new() } else { format!(" font-size=\"{}\"", decimal(size)) };
        let heavy = match weight {
            Weight::Regular => String::new(),
            other => format!(" font-weight=\"{}\"", other.number()),
        };
        let halo = if next.halo {
            let paper = Token::Paper.hex(sheet.palette);
            format!(" paint-order=\"stroke\" stroke=\"{paper}\" stroke-width=\"3.5\"")
        } else {
            String::new()
        };
        let classes = class_attribute(&[&class, if next.halo { "s-paper" } else { "" }, next.class]);
        let _ = writeln!(
            sheet.svg,
            "<text x=\"{}\" y=\"{}\"{turn}{start}{sized}{heavy}{classes}{paint}{halo}{}>{}</text>",
            decimal(x),
            decimal(y + to_baseline(cap_height(size), anchor.1)),
            next.attributes,
            escaped(text)
        );
        let area = Area::of_text(text, (x, y), size, weight, anchor);
        sheet.texts.push(Written { text: text.to_owned(), area, halo: next.halo });
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let (size, weight) = (style.size() / SUBPIXELS, Weight::of_family(style.family().as_str()));
        Ok((grid(text_width(text, size, weight)).max(0) as u32, grid(cap_height(size)).max(0) as u32))
    }
}

fn pixels(grid: i32) -> f64 {
    f64::from(grid) / SUBPIXELS
}

/// A path in tenths of a pixel from point to point: only what changes is written.
fn path_data(path: &[BackendCoord]) -> String {
    let Some(first) = path.first() else { return String::new() };
    let mut out = format!("M{} {}", decimal(pixels(first.0)), decimal(pixels(first.1)));
    let mut moves: Vec<BackendCoord> = Vec::new();
    for pair in path.windows(2) {
        let (dx, dy) = (pair[1].0.saturating_sub(pair[0].0), pair[1].1.saturating_sub(pair[0].1));
        match moves.last_mut() {
            _ if (dx, dy) == (0, 0) => {}
            // Level pieces in one direction are one piece.
            Some(last) if last.1 == 0 && dy == 0 && (last.0 > 0) == (dx > 0) => last.0 += dx,
            _ => moves.push((dx, dy)),
        }
    }
    let mut before = ' ';
    for (dx, dy) in moves {
        let (command, numbers) = match (dx, dy) {
            (dx, 0) => ('h', tenths(dx)),
            (0, dy) => ('v', tenths(dy)),
            (dx, dy) => ('l', join(&tenths(dx), &tenths(dy))),
        };
        if command == before {
            out = join(&out, &numbers);
        } else {
            out.push(command);
            out.push_str(&numbers);
        }
        before = command;
    }
    // A path of one point is a dot of its stroke.
    if before == ' ' {
        out.push_str("h0")
    }
    out
}

/// Two numbers of a path: a minus parts them as well as a blank.
fn join(a: &str, b: &str) -> String {
    if b.starts_with('-') { format!("{a}{b}") } else { format!("{a} {b}") }
}

/// A whole number of tenths, without the nought before the point.
fn tenths(grid: i32) -> String {
    let text = decimal(pixels(grid));
    match text.strip_prefix('-') {
        Some(text) => format!("-{}", text.strip_prefix("0").filter(|rest| !rest.is_empty()).unwrap_or(text)),
        None => text.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(&text).to_owned(),
    }
}

/// At most one decimal, no trailing nought, never "-0".
fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn class_attribute(classes: &[&str]) -> String {
    let named: Vec<&str> = classes.iter().copied().filter(|class| !class.is_empty()).collect();
    if named.is_empty() { String::new() } else { format!(" class=\"{}\"", named.join(" ")) }
}

/// Text as XML: markup escaped, and the control characters that XML 1.0 cannot hold left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_come_from_the_font_and_not_from_bytes() {
        let arrow = text_width("→", 12.0, Weight::Regular);
        assert!(arrow > 5.0 && arrow < 20.0, "{arrow}");
        assert!((text_width("111", 12.0, Weight::Bold) - text_width("888", 12.0, Weight::Bold)).abs() < 1e-9);
        assert!(text_width("MQL", 12.0, Weight::Bold) > text_width("MQL", 12.0, Weight::Regular));
    }

    #[test]
    fn a_line_through_a_box_crosses_it_and_one_along_its_edge_does_not() {
        let area = Area { x0: 10.0, y0: 10.0, x1: 50.0, y1: 20.0 };
        assert!(area.is_crossed((0.0, 15.0), (60.0, 15.0)) && area.is_crossed((30.0, 0.0), (30.0, 40.0)));
        assert!(area.is_crossed((20.0, 12.0), (25.0, 14.0)), "inside");
        assert!(area.is_crossed((0.0, 0.0), (60.0, 30.0)), "aslant");
        for (from, to) in [((0.0, 10.5), (60.0, 10.5)), ((0.0, 0.0), (9.0, 30.0)), ((51.0, 0.0), (51.0, 30.0))] {
            assert!(!area.is_crossed(from, to), "{from:?} {to:?}");
        }
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(decimal(12.0), "12");
        assert_eq!(decimal(-0.04), "0");
        assert_eq!(decimal(1.25), "1.2");
    }

    #[test]
    fn a_path_says_only_what_changes() {
        assert_eq!(
            path_data(&[(10, 20), (60, 20), (110, 20), (110, 15), (115, 11), (120, 14)]),
            "M1 2h10v-.5l.5-.4 .5 .3"
        );
        assert_eq!(path_data(&[(10, 20), (10, 20)]), "M1 2h0");
        assert_eq!(path_data(&[]), "");
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(escaped("a\u{0}<b>\u{1b}&'\""), "a&lt;b&gt;&amp;&#39;&quot;");
    }
}
