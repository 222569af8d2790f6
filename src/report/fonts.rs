//! Which letters do the report's own pictures and pages bring with them?
//!
//! Inter in four weights has Latin, Greek and Cyrillic; Noto lends Hebrew and Arabic. A browser has the system's fonts
//! besides, a picture or a PDF has only these. Where they come from stands in `reports/README.md`.

use std::borrow::Cow;
use std::sync::LazyLock;
use ttf_parser::Face;

/// Inter: regular, medium, semibold, bold.
pub static INTER: [&[u8]; 4] = [
    include_bytes!("../../reports/fonts/Inter-Regular.ttf"),
    include_bytes!("../../reports/fonts/Inter-Medium.ttf"),
    include_bytes!("../../reports/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../reports/fonts/Inter-Bold.ttf"),
];

/// What Inter lacks, each regular and semibold.
pub static BEYOND: [&[u8]; 4] = [
    include_bytes!("../../reports/fonts/NotoSansHebrew-Regular.ttf"),
    include_bytes!("../../reports/fonts/NotoSansHebrew-SemiBold.ttf"),
    include_bytes!("../../reports/fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../../reports/fonts/NotoSansArabic-SemiBold.ttf"),
];

/// The families, in the order in which a letter is looked for.
pub const FAMILIES: [&str; 3] = ["Inter", "Noto Sans Hebrew", "Noto Sans Arabic"];

/// Stands where a letter is missing.
pub const MISSING: char = '□';

struct Faces {
    inter: Vec<Face<'static>>,
    beyond: Vec<Face<'static>>,
}

static FACES: LazyLock<Faces> = LazyLock::new(|| {
    let faces = |files: &[&'static [u8]]| -> Vec<Face<'static>> {
        files.iter().map(|bytes| Face::parse(bytes, 0).expect("the embedded font is a font")).collect()
    };
    Faces { inter: faces(&INTER), beyond: faces(&BEYOND) }
});

/// How far a letter moves the pen, in em, in Inter's n-th weight; none if no font has it.
pub fn advance(c: char, weight: usize) -> Option<f64> {
    let of = |face: &Face| {
        let units = face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph))?;
        Some(f64::from(units) / f64::from(face.units_per_em()))
    };
    FACES.inter.get(weight).and_then(of).or_else(|| FACES.beyond.iter().find_map(of))
}

/// Height of a capital in em.
pub fn cap_height() -> f64 {
    let face = &FACES.inter[0];
    face.capital_height().map_or(0.73, |height| f64::from(height) / f64::from(face.units_per_em()))
}

/// Whether a letter can be shown. What is never seen by itself (joiners, marks of direction) counts as shown.
pub fn shows(c: char) -> bool {
    c.is_ascii_graphic() || c.is_whitespace() || is_unseen(c) || advance(c, 0).is_some()
}

/// Characters that only say something about their neighbours.
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text with [`MISSING`] for each letter that cannot be shown, and without marks that turn or hide their neighbours.
pub fn shown(text: &str) -> Cow<'_, str> {
    let stays = |c: char| !is_unseen(c) || matches!(c, '\u{200c}' | '\u{200d}');
    if text.chars().all(|c| shows(c) && stays(c)) {
        return Cow::Borrowed(text);
    }
    let letters = text.chars().filter(|c| stays(*c));
    Cow::Owned(letters.map(|c| if shows(c) { c } else { MISSING }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_many_languages_are_there() {
        let names = ["Ștefan Łódź ước", "Реклама Київ", "Αθήνα", "פרסום", "إعلان پارسی", "φ ⁴ ₴ ₹ → ≥ ✓"];
        for name in names {
            assert_eq!(shown(name), name);
        }
        for weight in 0..4 {
            assert!(advance(MISSING, weight).is_some());
            assert!(advance('Ж', weight).is_some_and(|width| width > 0.5));
        }
    }

    #[test]
    fn what_no_font_has_is_seen_to_be_missing() {
        assert_eq!(shown("広告 \u{1f600} ads"), "□□ □ ads");
        assert_eq!(shown("a\u{202e}b\u{feff}"), "ab");
    }
}
