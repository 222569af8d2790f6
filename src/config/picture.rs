//! Can a file be shown as a picture, wherever the report is opened? Its bytes are read to the end before anything is made
//! of them, so that a broken logo is a fault of the project file and not of a page hours later.
//!
//! An SVG may hold nothing that runs, and nothing that leads out of the file: as a picture it would be shown without it,
//! and not look as it was drawn.

use super::plan::LogoKind;
use resvg::tiny_skia::Pixmap;
use resvg::usvg::roxmltree::{Document, Node, NodeType, ParsingOptions};
use resvg::usvg::{Options, Tree};

/// Most pixels of a side. A small file may hold a picture of any size, and all of it is unpacked when it is shown.
const LONGEST_SIDE: u32 = 4096;
/// Most elements of a drawing.
const MOST_ELEMENTS: u32 = 50_000;
/// What does something by itself, or holds what is no drawing.
const ACTIVE: [&str; 9] =
    ["script", "foreignobject", "handler", "listener", "iframe", "embed", "object", "audio", "video"];
/// Pictures that may stand inside a drawing.
const INSIDE: [&str; 4] = ["data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp"];
/// Longest piece of a file that is quoted.
const LONGEST_QUOTE: usize = 60;

/// What the bytes are, if they are a whole picture; else what is wrong with them: "… is cut short".
pub(super) fn kind(bytes: &[u8]) -> Result<LogoKind, String> {
    match bytes {
        [] => Err("is empty".to_string()),
        [0x89, b'P', b'N', b'G', ..] => png(bytes).map(|()| LogoKind::Png),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes).map(|()| LogoKind::Jpeg),
        other => match std::str::from_utf8(other) {
            Ok(text) if text.to_ascii_lowercase().contains("<svg") => svg(text).map(|()| LogoKind::Svg),
            _ => Err("is neither PNG, JPEG nor SVG".to_string()),
        },
    }
}

fn sized(width: u32, height: u32) -> Result<(), String> {
    match () {
        () if width == 0 || height == 0 => Err("has no pixels".to_string()),
        () if width.max(height) > LONGEST_SIDE => {
            Err(format!("is {width} × {height} pixels, and a side has at most {LONGEST_SIDE}"))
        }
        () => Ok(()),
    }
}

fn png(bytes: &[u8]) -> Result<(), String> {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let (Some(width), Some(height)) = (number(16), number(20)) else { return Err("is a PNG that is cut short".into()) };
    sized(width, height)?;
    let is_whole = bytes.windows(4).any(|four| four == b"IEND");
    match Pixmap::decode_png(bytes) {
        Ok(_) if is_whole => Ok(()),
        Err(_) if is_whole => Err("is a PNG whose pixels cannot be read".to_string()),
        _ => Err("is a PNG that is cut short".to_string()),
    }
}

/// Walks the parts of a JPEG to its end; its pixels are left to who shows it.
fn jpeg(bytes: &[u8]) -> Result<(), String> {
    let cut_short = || "is a JPEG that is cut short".to_string();
    let byte = |at: usize| bytes.get(at).copied().ok_or_else(cut_short);
    let pair = |at: usize| Ok::<u32, String>(u32::from(byte(at)?) << 8 | u32::from(byte(at + 1)?));
    let mut at = 2;
    let mut is_sized = false;
    loop {
        if byte(at)? != 0xff {
            return Err("is a JPEG whose parts do not fit together".to_string());
        }
        match byte(at + 1)? {
            0xff => at += 1,
            // The end: what was there before it decides.
            0xd9 if is_sized => return Ok(()),
            0xd9 => return Err("is a JPEG without a picture".to_string()),
            0x01 | 0xd0..=0xd7 => at += 2,
            marker => {
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    sized(pair(at + 7)?, pair(at + 5)?)?;
                    is_sized = true;
                }
                at += 2 + pair(at + 2)? as usize;
                if marker == 0xda {
                    // Pixels: a 0xff among them is followed by 0 or a restart mark.
                    while byte(at)? != 0xff || matches!(byte(at + 1)?, 0 | 0xd0..=0xd7) {
                        at += 1;
                    }
                }
            }
        }
    }
}

fn svg(text: &str) -> Result<(), String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.to_ascii_lowercase().contains("<!entity") {
        return Err("is an SVG with `<!ENTITY`, which a picture does not need".to_string());
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_ELEMENTS, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let line = error.pos().row;
        let line = if line > 1 { format!(" (line {line})") } else { String::new() };
        format!("is an SVG that is not well-formed{line}: a tag is not closed, or text is cut off")
    })?;
    document.root().descendants().try_for_each(harmless)?;
    if !document.root_element().tag_name().name().eq_ignore_ascii_case("svg") {
        return Err("is no SVG, although it holds one".to_string());
    }
    let tree = Tree::from_str(text, &Options::default())
        .map_err(|_| "is an SVG that cannot be drawn: it has no size".to_string())?;
    // Words are drawn by letters that are not known here.
    let has_words = document.descendants().any(|node| node.has_tag_name((SVG, "text")));
    if !tree.root().has_children() && !has_words {
        return Err("is an SVG that draws nothing".to_string());
    }
    Ok(())
}

/// The namespace of drawings.
const SVG: &str = "http://www.w3.org/2000/svg";

/// Whether a part of a drawing neither runs nor leads out of the file.
fn harmless(node: Node) -> Result<(), String> {
    let needless = |what: &str| Err(format!("is an SVG with `{}`, which a picture does not need", short(what)));
    let outside = |what: &str| Err(format!("is an SVG that asks for `{}`, which is not in the file", short(what)));
    match node.node_type() {
        NodeType::PI if node.pi().is_some_and(|pi| pi.target == "xml-stylesheet") => {
            return outside("<?xml-stylesheet");
        }
        NodeType::Element => {}
        NodeType::Text => {
            let is_style = node.parent().is_some_and(|parent| parent.tag_name().name().eq_ignore_ascii_case("style"));
            return match node.text().filter(|_| is_style).and_then(asks_outside) {
                Some(found) => outside(&found),
                None => Ok(()),
            };
        }
        _ => return Ok(()),
    }
    let name = node.tag_name().name().to_ascii_lowercase();
    if ACTIVE.contains(&name.as_str()) {
        return needless(&format!("<{name}"));
    }
    for attribute in node.attributes() {
        let (key, value) = (attribute.name().to_ascii_lowercase(), attribute.value().trim());
        let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let small = plain.to_ascii_lowercase();
        if key.starts_with("on") && attribute.namespace().is_none() {
            return needless(&key);
        }
        if small.contains("javascript:") {
            return needless("javascript:");
        }
        let is_inside = small.is_empty() || small.starts_with('#') || INSIDE.iter().any(|kind| small.starts_with(kind));
        if matches!(key.as_str(), "href" | "src") && !is_inside {
            return outside(value);
        }
        if let Some(found) = asks_outside(value) {
            return outside(&found);
        }
    }
    Ok(())
}

/// The first place at which a style sheet, or an attribute, asks for another file.
pub(crate) fn asks_outside(style: &str) -> Option<String> {
    let small = style.to_ascii_lowercase();
    if small.contains("@import") {
        return Some("@import".to_string());
    }
    for (at, _) in small.match_indices("url(") {
        let inner = small[at + 4..].trim_start().trim_start_matches(['"', '\'']).trim_start();
        if !inner.starts_with('#') && !inner.starts_with("data:") {
            let end = style[at..].find(')').map_or(style.len(), |end| at + end + 1);
            return Some(style[at..end].to_string());
        }
    }
    None
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(inside: &str) -> String {
        format!(
            r##"<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inside}<rect width="9" height="9" fill="#123"/></svg>"##
        )
    }

    fn told(bytes: &[u8]) -> String {
        kind(bytes).expect_err("a fault")
    }

    #[test]
    fn a_drawing_that_neither_runs_nor_asks_for_files_is_a_picture() {
        for inside in [
            "",
            "<title>on http://x.example</title>",
            r##"<defs><linearGradient id="g"/></defs><rect width="4" height="4" fill="url(#g)"/><use xlink:href="#g"/>"##,
            r##"<style>.a { fill: url( "#g" ) }</style>"##,
            r#"<metadata xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:li rdf:resource="http://purl.org/dc/"/></metadata>"#,
        ] {
            assert_eq!(kind(drawn(inside).as_bytes()), Ok(LogoKind::Svg), "{inside}");
        }
    }

    #[test]
    fn a_drawing_that_runs_or_asks_for_files_is_told_apart() {
        for (inside, expected) in [
            ("<script>1</script>", "`<script`"),
            ("<rect onload=\"x()\"/>", "`onload`"),
            ("<foreignObject/>", "`<foreignobject`"),
            ("<a xlink:href=\"java&#10;script:x\"><rect/></a>", "javascript:"),
            ("<image href=\"http://x.example/a.png\"/>", "`http://x.example/a.png`"),
            ("<image xlink:href=\"file:///etc/passwd\"/>", "file:///etc/passwd"),
            ("<image href=\"//x.example/a\"/>", "//x.example/a"),
            ("<image href=\"data:image/svg+xml,x\"/>", "data:image/svg"),
            ("<use href=\"other.svg#a\"/>", "other.svg"),
            ("<style>@import 'a.css';</style>", "@import"),
            ("<style>@font-face { src: url(https://x.example/f) }</style>", "url(https://x.example/f)"),
            ("<rect fill=\"url('http://x.example/#g')\"/>", "x.example"),
            ("<rect style=\"fill: URL( other.svg#g )\"/>", "other.svg"),
        ] {
            let says = told(drawn(inside).as_bytes());
            assert!(says.contains(expected), "{inside}: {says}");
        }
        let sheet = "<?xml-stylesheet href='a.css'?><svg xmlns='http://www.w3.org/2000/svg'/>";
        assert!(told(sheet.as_bytes()).contains("xml-stylesheet"));
        let entity = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>";
        assert!(told(entity.as_bytes()).contains("<!ENTITY"));
    }

    #[test]
    fn what_is_broken_or_empty_is_told_whatever_it_begins_with() {
        for (bytes, expected) in [
            (&b""[..], "is empty"),
            (b"\x89PNG\r\n\x1a\n", "cut short"),
            (b"\xff\xd8\xff", "cut short"),
            (b"\xff\xd8\xff\xe0\x00\x04ab", "cut short"),
            (b"\xff\xd8\xff\xd9", "without a picture"),
            (b"\xff\xd8\xff\xe0\x00\x04abcdef", "do not fit"),
            (b"GIF89a", "neither"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><rect", "not well-formed"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>\n\n</b></svg>", "line 3"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "draws nothing"),
            (b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>", "is no SVG"),
        ] {
            let says = told(bytes);
            assert!(says.contains(expected), "{}: {says}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_picture_of_pixels_is_whole_and_of_a_bearable_size() {
        let whole = Pixmap::new(3, 2).expect("a size").encode_png().expect("a PNG");
        assert_eq!(kind(&whole), Ok(LogoKind::Png));
        for end in [20, 40, whole.len() - 20] {
            assert!(told(&whole[..end]).contains("cut short"), "{end} of {}", whole.len());
        }
        let mut large = whole.clone();
        large[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        assert!(told(&large).contains("100000 × 2 pixels"));
        let mut spoiled = whole;
        let middle = spoiled.iter().position(|byte| *byte == b'T').expect("IDAT") + 5;
        spoiled[middle] ^= 0xff;
        assert!(told(&spoiled).contains("cannot be read"));
    }
}
