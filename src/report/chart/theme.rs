//! Which colours are there, and how does one drawing serve light, dark and print?
//!
//! Plotters knows RGB only. A [`Token`] therefore travels through it as a sentinel colour, which our backend turns into
//! a CSS class and a concrete colour: `class="f-accent" fill="#1d4ed8"`. A browser obeys the class, because a rule of a
//! style sheet beats a presentation attribute; whatever knows no CSS variables (word processors, rasterisers) takes
//! the attribute.

use crate::config::plan::Accent;
use plotters::style::RGBColor;
use std::borrow::Cow;
use std::cell::RefCell;
use std::marker::PhantomData;

thread_local! {
    /// The project's own accent. As with the locale of numbers, all of one report is drawn in one: it is set once for the
    /// thread that writes a report.
    static ACCENT: RefCell<Option<Accent>> = const { RefCell::new(None) };
}

/// Puts the accent back that was there before. It belongs to its thread.
#[must_use = "the accent is put back when this is dropped"]
pub struct Painted {
    before: Option<Accent>,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for Painted {
    fn drop(&mut self) {
        ACCENT.replace(self.before.take());
    }
}

/// Draws in this accent, or in our own, until what is returned is dropped: charts, style sheets and whatever else asks
/// [`Token::hex`].
pub fn paint(accent: Option<Accent>) -> Painted {
    Painted { before: ACCENT.replace(accent), of_this_thread: PhantomData }
}

/// Which of the two sets of colours is written as fallback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Dark ink on white paper.
    Light,
    /// Light ink on a dark screen.
    Dark,
}

/// What a colour is for. One accent; greys carry everything else; hues only where parts of a whole must be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// The paper.
    Paper,
    /// Titles and names.
    Ink,
    /// Running text.
    Text,
    /// Labels of axes and remarks; still 4.5 : 1 on the paper.
    Muted,
    /// Lines of the grid.
    Grid,
    /// The base line and things that are only context.
    Axis,
    /// What the chart is about.
    Accent,
    /// The benchmark range.
    Band,
    /// Text on the benchmark range.
    BandText,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Worth acting on.
    Bad,
    /// The n-th part of a whole, from 0; see [`Token::PARTS`].
    Part(u8),
    /// The parts too small to have their own colour.
    Rest,
    /// History: 0 is the oldest and palest of three.
    Ghost(u8),
}

impl Token {
    /// How many parts of a whole have a colour of their own.
    pub const PARTS: usize = 7;

    /// Every token, in the order of its number.
    pub const ALL: [Token; 23] = [
        Token::Paper,
        Token::Ink,
        Token::Text,
        Token::Muted,
        Token::Grid,
        Token::Axis,
        Token::Accent,
        Token::Band,
        Token::BandText,
        Token::Good,
        Token::Warn,
        Token::Bad,
        Token::Part(0),
        Token::Part(1),
        Token::Part(2),
        Token::Part(3),
        Token::Part(4),
        Token::Part(5),
        Token::Part(6),
        Token::Rest,
        Token::Ghost(0),
        Token::Ghost(1),
        Token::Ghost(2),
    ];

    /// The name in classes (`f-NAME` fills, `s-NAME` strokes) and variables (`--NAME`).
    pub fn name(self) -> &'static str {
        match self {
            Token::Paper => "paper",
            Token::Ink => "ink",
            Token::Text => "text",
            Token::Muted => "muted",
            Token::Grid => "grid",
            Token::Axis => "axis",
            Token::Accent => "accent",
            Token::Band => "band",
            Token::BandText => "band-text",
            Token::Good => "good",
            Token::Warn => "warn",
            Token::Bad => "bad",
            Token::Part(0) => "part-1",
            Token::Part(1) => "part-2",
            Token::Part(2) => "part-3",
            Token::Part(3) => "part-4",
            Token::Part(4) => "part-5",
            Token::Part(5) => "part-6",
            Token::Part(_) => "part-7",
            Token::Rest => "rest",
            Token::Ghost(0) => "ghost-1",
            Token::Ghost(1) => "ghost-2",
            Token::Ghost(_) => "ghost-3",
        }
    }

    /// The colour in a palette, `#rrggbb`; the accent is the project's own where it has one.
    pub fn hex(self, palette: Palette) -> Cow<'static, str> {
        let own = if self == Token::Accent { ACCENT.with_borrow(Clone::clone) } else { None };
        match (own, palette) {
            (Some(own), Palette::Light) => Cow::Owned(own.light),
            (Some(own), Palette::Dark) => Cow::Owned(own.dark),
            (None, _) => Cow::Borrowed(self.built_in(palette)),
        }
    }

    /// The colour that we chose.
    fn built_in(self, palette: Palette) -> &'static str {
        let (light, dark) = match self {
            Token::Paper => ("#ffffff", "#11161d"),
            Token::Ink => ("#131c28", "#eef2f6"),
            Token::Text => ("#3a4656", "#c3ccd6"),
            Token::Muted => ("#5f6b7a", "#95a1b0"),
            Token::Grid => ("#e7eaee", "#242c37"),
            Token::Axis => ("#a3adb9", "#556170"),
            Token::Accent => ("#1d4fc4", "#7ba7ff"),
            Token::Band => ("#3f8a78", "#5fb8a2"),
            Token::BandText => ("#2b6657", "#86cdbb"),
            Token::Good => ("#24754a", "#67c48f"),
            Token::Warn => ("#9a5b00", "#e3ac4d"),
            Token::Bad => ("#b42d25", "#f08a80"),
            Token::Part(0) => ("#27477a", "#4d76b8"),
            Token::Part(1) => ("#5a92d8", "#86afe8"),
            Token::Part(2) => ("#2b8277", "#459f94"),
            Token::Part(3) => ("#d9b365", "#c9a962"),
            Token::Part(4) => ("#c47d64", "#bd7f69"),
            Token::Part(5) => ("#7b6ba3", "#9486ba"),
            Token::Part(_) => ("#92a468", "#92a46e"),
            Token::Rest => ("#c3cad3", "#5f6a78"),
            Token::Ghost(0) => ("#c6ced8", "#445060"),
            Token::Ghost(1) => ("#a0abb9", "#5d6a7b"),
            Token::Ghost(_) => ("#76828f", "#8591a1"),
        };
        match palette {
            Palette::Light => light,
            Palette::Dark => dark,
        }
    }

    /// The sentinel that carries the token through plotters.
    pub fn sentinel(self) -> RGBColor {
        let number = Token::ALL.iter().position(|token| *token == self).unwrap_or(0);
        RGBColor(1, 254, number as u8)
    }

    /// The token that a colour from plotters stands for.
    pub fn from_sentinel(rgb: (u8, u8, u8)) -> Option<Token> {
        if rgb.0 == 1 && rgb.1 == 254 { Token::ALL.get(usize::from(rgb.2)).copied() } else { None }
    }
}

/// `--accent:#1d4fc4;…` for every token, to stand between the braces of a rule.
pub fn variables(palette: Palette) -> String {
    Token::ALL.iter().map(|token| format!("--{}:{};", token.name(), token.hex(palette))).collect()
}

/// The rules that let the variables colour a chart, and what happens under the pointer.
pub fn rules() -> String {
    let mut out: String = Token::ALL
        .iter()
        .map(|token| {
            let name = token.name();
            format!(".chart .f-{name}{{fill:var(--{name})}}.chart .s-{name}{{stroke:var(--{name})}}")
        })
        .collect();
    out.push_str(
        ".chart text{font-variant-numeric:tabular-nums}.chart .hit rect{pointer-events:all}\
         .chart .cursor{stroke:var(--text);opacity:0;pointer-events:none}.chart .hit:hover .cursor{opacity:.45}\
         .chart .part:hover{opacity:.82}",
    );
    out
}

/// The style sheet of a chart that stands alone. It sits in `@supports`, because some rasterisers apply class rules
/// but know no `var()`, and would draw nothing; they skip at-rules.
pub fn standalone_sheet() -> String {
    format!(
        "@supports (color:var(--x)){{.chart{{{}}}@media (prefers-color-scheme:dark){{.chart{{{}}}}}{}}}",
        variables(Palette::Light),
        variables(Palette::Dark),
        rules()
    )
}

/// Contrast ratio of WCAG 2.2.
pub fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(hex: &str) -> f64 {
    let [r, g, b] = linear(hex);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Red, green and blue as amounts of light.
fn linear(hex: &str) -> [f64; 3] {
    bytes(hex).map(|value| {
        let value = value / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn bytes(hex: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| f64::from(hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0)))
}

/// What is seen where a colour lies see-through on another.
pub fn mixed(colour: &str, under: &str, alpha: f64) -> String {
    let (colour, under) = (bytes(colour), bytes(under));
    let part = |i: usize| (colour[i] * alpha + under[i] * (1.0 - alpha)).round() as u8;
    format!("#{:02x}{:02x}{:02x}", part(0), part(1), part(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_survives_the_way_through_plotters() {
        for token in Token::ALL {
            let colour = token.sentinel();
            assert_eq!(Token::from_sentinel((colour.0, colour.1, colour.2)), Some(token));
        }
        assert_eq!(Token::from_sentinel((255, 255, 255)), None);
    }

    #[test]
    fn an_accent_of_the_projects_reaches_every_sheet_and_is_put_back() {
        let ours = Token::Accent.hex(Palette::Light);
        {
            let _painted = paint(Some(Accent { light: "#8a1c4f".into(), dark: "#e08ab2".into() }));
            assert!(variables(Palette::Light).contains("--accent:#8a1c4f;"));
            assert!(standalone_sheet().contains("--accent:#e08ab2;"));
            assert_eq!(Token::Ink.hex(Palette::Light), "#131c28");
        }
        assert_eq!(Token::Accent.hex(Palette::Light), ours);
    }

    #[test]
    fn the_papers_are_those_that_an_accent_is_held_against() {
        let papers = [Palette::Light, Palette::Dark].map(|palette| Token::Paper.hex(palette).into_owned());
        assert_eq!(papers, crate::config::PAPER.map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")));
    }

    #[test]
    fn text_stands_out_from_the_paper_by_at_least_four_and_a_half() {
        let words = [
            Token::Ink,
            Token::Text,
            Token::Muted,
            Token::Accent,
            Token::BandText,
            Token::Good,
            Token::Warn,
            Token::Bad,
        ];
        for palette in [Palette::Light, Palette::Dark] {
            for token in words {
                let ratio = contrast(&token.hex(palette), &Token::Paper.hex(palette));
                assert!(ratio >= 4.5, "{} in {palette:?}: {ratio:.2}", token.name());
            }
        }
    }

    /// What someone sees who lacks one kind of cones, whole: Viénot, Brettel and Mollon (1999) and, for the blue ones,
    /// the matrix of Machado, Oliveira and Fernandes (2009), all in linear light.
    const EYES: [(&str, [[f64; 3]; 3]); 4] = [
        ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        ("no red ones", [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
        ("no green ones", [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
        (
            "no blue ones",
            [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_9]],
        ),
    ];

    #[test]
    fn text_stands_out_from_every_tint_it_may_lie_on() {
        // The token of the text, that of the surface, and how much of it covers the paper at most.
        let lies_on = [
            (Token::BandText, Token::Band, 0.11),
            (Token::Text, Token::Bad, 0.05),
            (Token::Ink, Token::Accent, 0.26),
            (Token::Accent, Token::Accent, 0.16),
            (Token::Text, Token::Axis, 0.22),
            (Token::Ink, Token::Ghost(0), 1.0),
        ];
        for palette in [Palette::Light, Palette::Dark] {
            for (text, surface, alpha) in lies_on {
                let under = mixed(&surface.hex(palette), &Token::Paper.hex(palette), alpha);
                let ratio = contrast(&text.hex(palette), &under);
                assert!(ratio >= 4.5, "{} on {} in {palette:?}: {ratio:.2}", text.name(), surface.name());
            }
        }
    }

    /// CIE 1976 L*a*b* as such an eye sees a colour.
    fn seen(hex: &str, eye: &[[f64; 3]; 3]) -> [f64; 3] {
        let light = linear(hex);
        let [r, g, b] = [0, 1, 2].map(|i| (0..3).map(|k| eye[i][k] * light[k]).sum::<f64>().clamp(0.0, 1.0));
        let xyz = [
            (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
            0.2126 * r + 0.7152 * g + 0.0722 * b,
            (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
        ];
        let [x, y, z] = xyz.map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn distance(a: &str, b: &str, eye: &[[f64; 3]; 3]) -> f64 {
        let (a, b) = (seen(a, eye), seen(b, eye));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
    }

    fn assert_apart(pairs: &[(Token, Token)], least: f64) {
        for palette in [Palette::Light, Palette::Dark] {
            for (name, eye) in &EYES {
                for (a, b) in pairs {
                    let found = distance(&a.hex(palette), &b.hex(palette), eye);
                    assert!(
                        found >= least,
                        "{} and {} in {palette:?} with {name}: {found:.1}, at least {least}",
                        a.name(),
                        b.name()
                    );
                }
            }
        }
    }

    #[test]
    fn colours_that_touch_can_be_told_apart_by_every_eye() {
        // Bars are stacked in this order, and the rest comes on top of the sixth.
        let parts = [0, 1, 2, 3, 4, 5, 6].map(Token::Part);
        let mut pairs: Vec<(Token, Token)> = parts.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.push((Token::Part(5), Token::Rest));
        // What has become of everybody: the accent, two to five between, the rest.
        let between = [4, 3, 5, 2, 6].map(Token::Part);
        pairs.extend(between.windows(2).map(|pair| (pair[0], pair[1])));
        pairs.extend([(Token::Accent, Token::Part(4)), (Token::Part(3), Token::Rest), (Token::Ghost(2), Token::Rest)]);
        assert_apart(&pairs, 8.0);
    }

    #[test]
    fn what_is_good_and_what_is_bad_differ_for_every_eye() {
        assert_apart(&[(Token::Accent, Token::Bad), (Token::Accent, Token::Warn), (Token::Good, Token::Bad)], 10.0);
        assert_apart(
            &[(Token::Accent, Token::Ghost(1)), (Token::Accent, Token::Muted), (Token::Bad, Token::Muted)],
            12.0,
        );
    }

    #[test]
    fn on_grey_paper_the_accent_is_darker_than_history() {
        // A print without colour keeps only the lightness.
        let lightness = |token: Token| seen(&token.hex(Palette::Light), &EYES[0].1)[0];
        for ghost in [0, 1] {
            assert!(lightness(Token::Ghost(ghost)) - lightness(Token::Accent) > 15.0, "history {ghost}");
        }
        let parts = [0, 1, 2, 3, 4, 5].map(|k| lightness(Token::Part(k)));
        for pair in parts.windows(2) {
            assert!((pair[0] - pair[1]).abs() > 4.0, "neighbours of a stack: {parts:?}");
        }
    }
}
