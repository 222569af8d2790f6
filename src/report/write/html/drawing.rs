//! How do the charts of a page weigh little? Each is drawn twice, wide and narrow. What the page's own sheet says is left
//! out of both, and the texts of the tooltips stand in the wide one only: the script shares them out.
//!
//! Attributes of our drawings never stand inside a text of the data, whose quotation marks are escaped.

use crate::report::chart::{self, Head, Options, Palette, Panel, Width};
use crate::report::page::Chart;

/// What is said here need not be said at every line of every chart.
pub const RULES: &str = ".chart :is(polyline,polygon,path){stroke-linejoin:round;stroke-linecap:round}\
                         .chart polyline{fill:none}.chart .hit>rect{fill:none;pointer-events:all}\
                         .chart .cursor{pointer-events:none}";

/// Both drawings of a chart.
pub struct Pair {
    /// For 760 pixels.
    pub wide: String,
    /// For a telephone.
    pub narrow: String,
}

/// Draws a chart for a page.
pub fn pair(chart: &Chart) -> Pair {
    let (wide, narrow) = (drawn(chart, Width::Wide).svg, drawn(chart, Width::Narrow).svg);
    let (wide, narrow) = (lean(&wide), lean(&narrow));
    let shared = tips(&wide) == tips(&narrow);
    Pair { narrow: if shared { without_tips(&narrow) } else { narrow }, wide }
}

/// Where the coordinate systems lie in the wide and in the narrow drawing.
pub fn panels(chart: &Chart) -> [Vec<Panel>; 2] {
    [Width::Wide, Width::Narrow].map(|width| drawn(chart, width).panels)
}

fn drawn(chart: &Chart, width: Width) -> chart::Drawing {
    chart::draw(chart, &Options { head: Head::Embedded, palette: Palette::Light, width })
}

/// The drawing without what the sheet of the page says: colours of elements that have a class for them, joins and caps.
fn lean(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len());
    for (i, piece) in svg.split('<').enumerate() {
        if i > 0 {
            out.push('<');
        }
        let (tag, text) = piece.split_at(piece.find('>').unwrap_or(piece.len()));
        let mut tag = tag.to_owned();
        let mut drop = |attribute: &str| {
            if let Some(at) = tag.find(attribute) {
                let value = at + attribute.len();
                let end = tag[value..].find('"').map_or(tag.len(), |end| value + end + 1);
                tag.replace_range(at..end, "");
            }
        };
        if piece.contains("class=\"f-") || piece.contains(" f-") {
            drop(" fill=\"#");
        }
        if piece.contains("class=\"s-") || piece.contains(" s-") {
            drop(" stroke=\"#");
        }
        drop(" stroke-linejoin=\"");
        drop(" stroke-linecap=\"");
        drop(" xmlns=\"");
        if piece.starts_with("polyline ") {
            drop(" fill=\"none");
        }
        if piece.contains(" pointer-events=\"all\"") && !piece.contains("class=") {
            drop(" fill=\"none");
            drop(" pointer-events=\"");
        }
        if piece.contains(" opacity=\"0\" pointer-events=\"none\"") {
            drop(" opacity=\"");
            drop(" pointer-events=\"");
        }
        out.push_str(&tag);
        // Lines between elements; never inside a text, whose lines the tooltip keeps.
        out.push_str(if text == ">\n" { ">" } else { text });
    }
    out
}

const TIP: &str = "<title>";
const END: &str = "</title>";

/// The texts of the tooltips. The drawing's own title has an id and is none of them.
fn tips(svg: &str) -> Vec<&str> {
    svg.split(TIP).skip(1).filter_map(|rest| Some(rest.split_once(END)?.0)).collect()
}

/// The drawing with empty tooltips: the script finds the text at the same place of the other drawing.
fn without_tips(svg: &str) -> String {
    let mut pieces = svg.split(TIP);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("<title/>");
        out.push_str(piece.split_once(END).map_or(piece, |(_, rest)| rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_goes_only_where_a_class_gives_it() {
        let svg = "<path class=\"f-band\" fill=\"#123456\" d=\"M0 0\"/>\n<path fill=\"#123456\" d=\"M0 0\"/>\n";
        assert_eq!(lean(svg), "<path class=\"f-band\" d=\"M0 0\"/><path fill=\"#123456\" d=\"M0 0\"/>");
    }

    #[test]
    fn texts_keep_what_looks_like_an_attribute() {
        let svg = "<text class=\"f-ink\" fill=\"#123456\"> stroke-linejoin=&quot;round&quot; fill=&quot;#fff&quot;\n</text>\n";
        let lean = lean(svg);
        assert_eq!(lean, "<text class=\"f-ink\"> stroke-linejoin=&quot;round&quot; fill=&quot;#fff&quot;\n</text>");
    }

    #[test]
    fn tooltips_stand_in_one_of_two_drawings() {
        let svg = "<title id=\"a-title\">A</title><g class=\"hit\"><rect x=\"1\"><title>Nov\n12</title></rect></g>";
        assert_eq!(tips(svg), ["Nov\n12"]);
        assert_eq!(
            without_tips(svg),
            "<title id=\"a-title\">A</title><g class=\"hit\"><rect x=\"1\"><title/></rect></g>"
        );
    }
}
