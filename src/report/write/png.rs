//! How does a chart become a picture of pixels? In light colours, twice as large as it is drawn, with our own fonts only.

use crate::report::chart::{self, Options};
use crate::report::fonts;
use crate::report::page::{Block, Page};
use crate::report::write::anchor;
use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

/// Pixels of the picture for one of the drawing.
const SCALE: f32 = 2.0;

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    for bytes in fonts::INTER.iter().chain(&fonts::BEYOND) {
        fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(*bytes)));
    }
    fonts.set_sans_serif_family(fonts::FAMILIES[0]);
    Arc::new(fonts)
});

/// Every chart of a page as name and PNG, in reading order.
pub fn pictures(page: &Page) -> Vec<(String, Vec<u8>)> {
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Chart(chart) => {
                Some((format!("{}.png", anchor(&chart.id)), png(&chart::draw(chart, &Options::FILE).svg)?))
            }
            _ => None,
        })
        .collect()
}

/// A drawing of ours as PNG; none if it cannot be read.
fn png(svg: &str) -> Option<Vec<u8>> {
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        font_family: fonts::FAMILIES[0].into(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&fonts::shown(svg), &options).ok()?;
    let size = tree.size();
    let (width, height) = ((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().ok()
}
