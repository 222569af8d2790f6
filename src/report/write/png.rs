//! How does a chart become a picture of pixels?

use crate::report::chart::{self, Options};
use crate::report::page::{Block, Page};
use crate::report::write::anchor;
use resvg::{tiny_skia, usvg};
use std::sync::Arc;

/// Pixels of the picture for one of the drawing.
const SCALE: f32 = 2.0;

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
    let mut fonts = usvg::fontdb::Database::new();
    for font in [
        include_bytes!("../../../reports/fonts/Inter-Regular.ttf").as_slice(),
        include_bytes!("../../../reports/fonts/Inter-Medium.ttf"),
        include_bytes!("../../../reports/fonts/Inter-SemiBold.ttf"),
        include_bytes!("../../../reports/fonts/Inter-Bold.ttf"),
    ] {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("Inter");
    let options = usvg::Options { fontdb: Arc::new(fonts), font_family: "Inter".into(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).ok()?;
    let size = tree.size();
    let mut pixels =
        tiny_skia::Pixmap::new((size.width() * SCALE).ceil() as u32, (size.height() * SCALE).ceil() as u32)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().ok()
}
