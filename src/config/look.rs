//! How does the user want the report to look: is the title one, can the colour be read, is the logo a picture?

use super::picture;
use super::plan::{Accent, Logo};
use super::shape::quoted;
use std::fs;
use std::path::Path;

/// The paper that text stands on, light and dark. The charts' theme has the same, and a test of its own says so.
pub(crate) const PAPER: [[u8; 3]; 2] = [[0xff, 0xff, 0xff], [0x11, 0x16, 0x1d]];
/// Least contrast of text that WCAG 2.2 asks for.
const READABLE: f64 = 4.5;
/// Largest logo, in bytes: it stands in the page itself.
const LARGEST_LOGO: u64 = 512 * 1024;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// What is wrong, and what to do.
pub(super) struct Fault {
    pub says: String,
    pub help: String,
}

fn fault<T>(says: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { says: says.into(), help: help.into() })
}

/// A title: one line of words.
pub(super) fn title(text: &str) -> Result<String, Fault> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => fault("the title is blank", "write a few words, or leave `title` out"),
        n if n > LONGEST_TITLE => {
            fault(format!("the title has {n} characters"), format!("write at most {LONGEST_TITLE}"))
        }
        _ => Ok(line),
    }
}

/// An accent colour that can be read on white; its light twin for dark screens.
pub(super) fn accent(text: &str) -> Result<Accent, Fault> {
    let Some(rgb) = parsed(text) else {
        return fault(format!("{} is no colour", quoted(text)), "write it as \"#rrggbb\", for example \"#1d4fc4\"");
    };
    let [white, night] = PAPER;
    let ratio = contrast(rgb, white);
    if ratio < READABLE {
        let near = until_readable(rgb, [0, 0, 0], white);
        return fault(
            format!("{} cannot be read on white: its contrast is {ratio:.1} : 1, and text needs 4.5 : 1", quoted(text)),
            format!("the nearest of this hue that can is \"{}\"", hex(near)),
        );
    }
    Ok(Accent { light: hex(rgb), dark: hex(until_readable(rgb, [255, 255, 255], night)) })
}

fn parsed(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits: String = match digits.len() {
        3 => digits.chars().flat_map(|c| [c, c]).collect(),
        6 => digits.to_string(),
        _ => return None,
    };
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The colour mixed with `towards` just far enough to be read on `paper`.
fn until_readable(rgb: [u8; 3], towards: [u8; 3], paper: [u8; 3]) -> [u8; 3] {
    let mixed = |step: u16| {
        let part = |at: usize| {
            let (from, to) = (u16::from(rgb[at]), u16::from(towards[at]));
            ((from * (100 - step) + to * step) / 100) as u8
        };
        [part(0), part(1), part(2)]
    };
    (0..=100).map(mixed).find(|colour| contrast(*colour, paper) >= READABLE).unwrap_or(towards)
}

/// Contrast ratio of WCAG 2.2.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |rgb: [u8; 3]| {
        let [r, g, b] = rgb.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// A logo from its file.
pub(super) fn logo(root: &Path, name: &str) -> Result<Logo, Fault> {
    const HELP: &str = "name a PNG, JPEG or SVG file, relative to the project file";
    let path = root.join(name.trim());
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(error) => return fault(format!("the logo {} cannot be read: {error}", quoted(name)), HELP),
    };
    if !meta.is_file() {
        return fault(format!("the logo {} is no file", quoted(name)), HELP);
    }
    if meta.len() > LARGEST_LOGO {
        let says = format!("the logo {} has {} kB", quoted(name), meta.len() / 1024);
        return fault(says, format!("it stands in every page: save it with at most {} kB", LARGEST_LOGO / 1024));
    }
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return fault(format!("the logo {} cannot be read: {error}", quoted(name)), HELP),
    };
    match picture::kind(&bytes) {
        Ok(kind) => Ok(Logo { kind, bytes }),
        Err(says) => fault(
            format!("the logo {} {says}", quoted(name)),
            "export it again, as a PNG or as a plain SVG that holds all it needs",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_can_be_read_on_either_paper_or_is_refused() {
        for text in ["#1d4fc4", "#8a1c4f", "#000", "#0f5132", "#4b0082"] {
            let accent = accent(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.says));
            for (colour, paper) in [(&accent.light, PAPER[0]), (&accent.dark, PAPER[1])] {
                let rgb = parsed(colour).expect("a colour");
                assert!(contrast(rgb, paper) >= 4.5, "{text} as {colour}");
            }
        }
        for text in ["#ff6600", "#ffff00", "#fff"] {
            let fault = accent(text).expect_err("too pale");
            let near = fault.help.split('"').nth(1).expect("a colour in quotation marks");
            assert!(accent(near).is_ok(), "{text}: {near} is advised and refused");
        }
        for text in ["", "red", "#12345", "#12345g", "rgb(1,2,3)", "#1d4fc4;}body{"] {
            assert!(accent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(title(" a\n\tb ").map_err(|fault| fault.says), Ok("a b".to_string()));
        assert!(title(" \n").is_err() && title(&"x".repeat(121)).is_err());
    }
}
