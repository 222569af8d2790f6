//! What does the page's script read? The rows, prices and panels of what can be tried, as JSON that ends no element.
//!
//! Every number stands in `report.json`; what the script does with them is multiplication by the reader's own prices.

use super::drawing;
use crate::report::chart::Panel;
use crate::report::format;
use crate::report::page::{Block, Chart, ChartData, Page, WhatIf, WhatIfAction, WhatIfTried};
use crate::report::write::anchor;
use serde::Serialize;
use serde_json::json;

/// What the template needs to lay out the form.
#[derive(Serialize)]
pub struct View {
    /// The currency's sign, for labels.
    sign: String,
    /// Whether two sets of points can be compared.
    has_cards: bool,
    /// Actions whose points can be tried: name, points today.
    actions: Vec<(String, String)>,
}

/// The form's view of a chart; none if there is nothing to try.
pub fn view(chart: &Chart) -> Option<View> {
    let (what_if, currency) = of(chart)?;
    let actions = what_if.actions.iter().map(|action| (action.name.clone(), format::grouped(action.points_now, 0)));
    Some(View {
        sign: format::currency_sign(currency).trim().to_owned(),
        has_cards: !what_if.cards.is_empty(),
        actions: actions.collect(),
    })
}

fn of(chart: &Chart) -> Option<(&WhatIf, &str)> {
    match &chart.data {
        ChartData::Threshold { what_if: Some(what_if), currency, .. } => Some((what_if, currency)),
        _ => None,
    }
}

/// Everything that can be tried on the page, by the id of its chart; empty if there is nothing.
pub fn data(page: &Page) -> String {
    let blocks = page.sections.iter().flat_map(|section| &section.blocks);
    let mut charts = serde_json::Map::new();
    for block in blocks {
        let Block::Chart(chart) = block else { continue };
        let Some((what_if, currency)) = of(chart) else { continue };
        let ChartData::Threshold { current, suggested, plateau, .. } = &chart.data else { continue };
        let [wide, narrow] = drawing::panels(chart).map(|panels| panels.iter().map(edges).collect::<Vec<_>>());
        let entry = json!({
            "current": current,
            "suggested": suggested,
            "plateau": plateau,
            "written": written(currency),
            "what_if": what_if,
            "actions": what_if.actions.iter().map(action).collect::<Vec<_>>(),
            "panels": { "wide": wide, "narrow": narrow },
        });
        charts.insert(anchor(&chart.id), entry);
    }
    if charts.is_empty() {
        return String::new();
    }
    // Inside JSON these stand in strings only, where the escape means the same and ends nothing.
    let text = serde_json::Value::Object(charts).to_string();
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// An action's points and, for each bar, a list of numbers in this order: the bar; MQLs; SQLs, low and high; MQLs and SQLs that
/// leave; MQLs that enter and the most SQLs that these add; the gain at the project's prices, low and high.
fn action(action: &WhatIfAction) -> serde_json::Value {
    // Enough digits for whatever is shown, and no more: these are most of the block.
    let short = |number: f64| (number * 1e6).round() / 1e6;
    let bar = |bar: &WhatIfTried| {
        json!([
            bar.threshold,
            short(bar.mqls),
            short(bar.sqls.0),
            short(bar.sqls.1),
            short(bar.leaving.0),
            short(bar.leaving.1),
            short(bar.entering.0),
            short(bar.entering.1),
            bar.gain.map(|gain| short(gain.0)),
            bar.gain.map(|gain| short(gain.1)),
        ])
    };
    let points = |(points, bars): &(f64, Vec<WhatIfTried>)| json!({"points": points, "bars": bars.iter().map(bar).collect::<Vec<_>>()});
    json!({"name": action.name, "now": action.points_now, "points": action.points.iter().map(points).collect::<Vec<_>>()})
}

/// How numbers are written here, by example, so that the script writes them as the rest of the page does.
fn written(currency: &str) -> serde_json::Value {
    let marks: Vec<char> = format::grouped(12_345.5, 1).chars().filter(|c| !c.is_ascii_digit()).collect();
    json!({
        "thousands": marks.first().map(char::to_string),
        "decimal": marks.last().map(char::to_string),
        "groups_four": format::grouped(1234.0, 0).chars().count() > 4,
        "percent": format::share(0.11).trim_start_matches(|c: char| !c.is_whitespace() && c != '%'),
        "money": [format::money(11.0, currency), format::money(-11.0, currency)],
    })
}

/// A panel's edges, to a tenth of a pixel.
fn edges(panel: &Panel) -> serde_json::Value {
    let short = |pixels: f64| (pixels * 10.0).round() / 10.0;
    json!({
        "x": [short(panel.x0), short(panel.x1)],
        "y": [short(panel.y0), short(panel.y1)],
        "from": panel.from,
        "to": panel.to,
        "lo": panel.lo,
        "hi": panel.hi,
    })
}
