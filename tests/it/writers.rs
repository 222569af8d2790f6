//! Pages are whole, safe, the same every time, and a project's own templates win.

use crate::demo_page;
use base64::Engine as _;
use leadgauge::report::page::{Block, Brand, Cell, ChartData, Column, Page, Row, Section, Table, Tone, Unit};
use leadgauge::report::write;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const EVIL: &str = "<script>alert(\"1\")</script> & '<img src=x onerror=y>' | **b** [l](http://e.example) `c` $x$";

fn html(page: &Page) -> String {
    write::html(page, None).expect("the built-in templates render")
}

/// A page whose every text is hostile.
fn evil_page() -> Page {
    let mut page = demo_page::page();
    for text in [&mut page.eyebrow, &mut page.headline, &mut page.lede, &mut page.footer] {
        *text = EVIL.into();
    }
    for fact in &mut page.facts {
        (fact.label, fact.text) = (EVIL.into(), EVIL.into());
    }
    for section in &mut page.sections {
        section.title = EVIL.into();
        for block in &mut section.blocks {
            match block {
                Block::Prose { text } | Block::Note { text, .. } => *text = EVIL.into(),
                Block::Figure(figure) => {
                    for text in [&mut figure.label, &mut figure.unit, &mut figure.interval, &mut figure.basis] {
                        *text = EVIL.into();
                    }
                    figure.value = EVIL.into();
                }
                Block::Table(table) => {
                    (table.title, table.note) = (EVIL.into(), EVIL.into());
                    for column in &mut table.columns {
                        column.label = EVIL.into();
                    }
                    for row in &mut table.rows {
                        row.cells[0] = Cell::Text(EVIL.into());
                        row.cells[1] = Cell::Missing(EVIL.into());
                    }
                }
                Block::Chart(chart) => {
                    for text in [&mut chart.title, &mut chart.subtitle, &mut chart.description, &mut chart.source] {
                        *text = EVIL.into();
                    }
                    if let ChartData::Threshold { what_if: Some(what_if), .. } = &mut chart.data {
                        what_if.cards[0].name = EVIL.into();
                        what_if.cards[1].name = "</script><!--<script>".into();
                    }
                }
            }
        }
    }
    page
}

/// What stands between the first `from` and the next `to`.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).expect("its beginning");
    rest.split_once(to).expect("its end").0
}

fn hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The page's policy. Base64 may hold a plus or a slash, which the template escapes as any text.
fn policy(page: &str) -> String {
    let policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    policy.replace("&#x2f;", "/").replace("&#x2F;", "/").replace("&#x27;", "'").replace("&#39;", "'")
}

#[test]
fn the_page_asks_the_network_for_nothing() {
    let page = html(&demo_page::page());
    for request in
        ["src=\"", "href=\"http", "@import", "url(http", "<script src", "<link", "<iframe", "<img", " style=\""]
    {
        assert!(!page.contains(request), "{request} in the page");
    }
    for request in ["fetch(", "XMLHttpRequest", "import(", "WebSocket", "sendBeacon", "EventSource"] {
        assert!(!page.contains(request), "{request} in the script");
    }
    assert_eq!(page.matches("url(").count(), 1, "the font is the only resource, and it is inside");
    assert!(page.contains("url(data:font/woff2;base64,"));
}

#[test]
fn the_content_security_policy_allows_exactly_this_style_and_this_script() {
    let page = html(&demo_page::page());
    let (style, script) = (between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>"));
    assert_eq!((page.matches("<style").count(), page.matches("<script>").count()), (1, 1));
    assert_eq!(page.matches("<script").count(), 2, "the script and its numbers");
    let (style, script) = (hash(style), hash(script));
    let expected = format!("default-src 'none'; style-src '{style}'; script-src '{script}'; font-src data:");
    assert!(policy(&page).starts_with(&expected), "{}", policy(&page));
}

#[test]
fn what_can_be_tried_is_json_that_ends_no_element_and_loses_nothing() {
    let page = html(&evil_page());
    let text = between(&page, "<script type=\"application/json\" id=\"page-data\">", "</script>");
    assert!(!text.contains(['<', '>', '&']));
    let data: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let chart = &data["threshold"];
    assert_eq!(chart["what_if"]["cards"][0]["name"], EVIL);
    assert_eq!(chart["what_if"]["cards"][1]["name"], "</script><!--<script>");
    assert_eq!(chart["written"]["money"], serde_json::json!(["€11", "−€11"]));
    assert_eq!((&chart["written"]["thousands"], &chart["written"]["decimal"]), (&",".into(), &".".into()));
    assert_eq!(chart["panels"]["wide"].as_array().map(Vec::len), Some(3));
    // The same numbers stand in report.json, which holds the page as it is.
    let page = serde_json::to_string(&evil_page()).expect("a page is JSON");
    let page: serde_json::Value = serde_json::from_str(&page).expect("JSON");
    let blocks =
        page["sections"].as_array().expect("sections").iter().flat_map(|s| s["blocks"].as_array().expect("blocks"));
    let mut charts = blocks.filter(|block| block["data"]["shape"] == "threshold");
    assert_eq!(charts.next().expect("the chart")["data"]["what_if"], chart["what_if"]);
}

#[test]
fn a_page_with_nothing_to_try_has_no_form_and_no_numbers_for_it() {
    let mut page = demo_page::page();
    for block in page.sections.iter_mut().flat_map(|section| &mut section.blocks) {
        if let Block::Chart(chart) = block
            && let ChartData::Threshold { what_if, .. } = &mut chart.data
        {
            *what_if = None;
        }
    }
    let page = html(&page);
    assert!(!page.contains("application/json") && !page.contains("class=\"what-if\""));
}

#[test]
fn a_projects_own_script_wins_with_any_line_ends_and_cannot_end_its_element() {
    let own = folder(&[("page.js", "\u{feff}let a = '–1';\r\nlet b = \"−€2\";\r")]);
    let page = write::html(&demo_page::page(), Some(own.path())).expect("a page");
    let script = between(&page, "<script>", "</script>");
    // A browser hashes what it has parsed: one kind of line ends, no mark of byte order, and nothing joined.
    assert_eq!(script, "let a = '–1';\nlet b = \"−€2\";\n");
    assert!(policy(&page).contains(&hash(script)));
    for wrong in ["x = '</SCRIPT>'", "x = '<!--'"] {
        assert!(error(folder(&[("page.js", wrong)]).path()).contains("page.js"), "{wrong}");
    }
}

#[test]
fn tooltips_stand_once_and_colours_come_from_the_sheet() {
    let page = html(&demo_page::page());
    let wide = between(&page, "<div class=\"wide\">", "</div>");
    let narrow = between(&page, "<div class=\"narrow\">", "</div>");
    let hits = |drawing: &str| drawing.matches("class=\"hit\"").count();
    assert!(hits(wide) > 0 && hits(wide) == hits(narrow));
    assert_eq!(wide.matches("<title>").count(), narrow.matches("<title/>").count());
    assert!(!narrow.contains("<title>"));
    assert!(wide.contains("class=\"s-accent\"") && !wide.contains("stroke=\"#"), "colours stand in the sheet");
}

#[test]
fn ids_are_unique_and_every_reference_finds_its_target() {
    let page = html(&demo_page::page());
    let values = |name: &str| -> Vec<String> {
        let attribute = format!(" {name}=\"");
        let pieces = page.split(&attribute).skip(1);
        pieces.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value.to_owned()).collect()
    };
    let ids = values("id");
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "an id stands twice");
    for target in values("aria-labelledby").iter().flat_map(|list| list.split(' ')) {
        assert!(unique.contains(&target.to_owned()), "nothing is called {target}");
    }
    for target in values("href").iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(unique.contains(&target.to_owned()), "no anchor {target}");
    }
}

#[test]
fn texts_of_the_data_stay_texts_in_html() {
    let page = html(&evil_page());
    assert_eq!(page.matches("<script").count(), 2, "ours, and no other");
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;script&gt;"));
    assert!(!page.contains("&lt;svg"), "our own drawings are not escaped");
}

#[test]
fn texts_of_the_data_stay_texts_in_markdown() {
    let page = write::markdown(&evil_page());
    for (at, c) in page.char_indices().filter(|(_, c)| matches!(c, '<' | '`' | '$')) {
        assert!(page[..at].ends_with('\\'), "a bare {c} at {at}");
    }
    for (at, _) in page.match_indices("](").filter(|(at, _)| !page[at + 2..].starts_with("charts/")) {
        assert!(page[..at].ends_with('\\'), "a link from data at {at}");
    }
    let table: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
    assert!(!table.is_empty());
    for line in table {
        assert!(line.ends_with('|'), "a row is broken: {line}");
    }
}

#[test]
fn the_same_page_gives_the_same_bytes() {
    let page = demo_page::page();
    assert_eq!(html(&page), html(&page));
    assert_eq!(write::markdown(&page), write::markdown(&page));
    let names: Vec<String> = write::charts(&page).into_iter().map(|chart| chart.name).collect();
    let conversion = ["mql-to-sql.svg", "volume.svg", "channels.svg"];
    let difference = ["difference.svg", "cost-difference.svg", "fates.svg", "volume-control.svg"];
    assert_eq!(names, [&conversion[..], &difference, &["speed.svg", "threshold.svg"]].concat());
}

#[test]
fn tables_have_headers_and_say_why_a_cell_is_empty() {
    let page = html(&demo_page::page());
    assert!(page.contains("<th scope=\"col\" class=\"number\">MQLs</th>"));
    assert!(page.contains("<th scope=\"row\">Paid search</th>"));
    assert!(page.contains("<td class=\"number\" data-value=\"1457\">1,457</td>"));
    assert!(page.contains("title=\"no spend booked\""), "the reason is at the cell");
    assert!(page.contains("no spend booked</p>") || page.contains("–&nbsp;no spend booked"), "and under the table");
    assert!(page.contains("<span class=\"word\">worth acting on</span>"), "colour is not the only sign");
}

#[test]
fn reasons_are_told_apart_by_signs() {
    let rows = ["too few", "too early", "too few"]
        .map(|reason| Row { cells: vec![Cell::Text("x".into()), Cell::Missing(reason.into())], tone: Tone::Neutral });
    let table = Table {
        id: "t".into(),
        title: "T".into(),
        columns: [("A", Unit::Text), ("B", Unit::Share)]
            .map(|(label, unit)| Column { label: label.into(), unit })
            .to_vec(),
        rows: rows.to_vec(),
        note: String::new(),
    };
    let mut page = demo_page::page();
    page.sections = vec![Section { id: "s".into(), title: "S".into(), blocks: vec![Block::Table(table)] }];
    let markdown = write::markdown(&page);
    assert!(markdown.contains("| x | –¹ |\n| x | –² |\n| x | –¹ |"));
    assert!(markdown.contains("–¹ too few · –² too early"));
    assert!(html(&page).contains("–²&nbsp;too early"));
}

#[test]
fn markdown_shows_what_the_page_shows() {
    let page = write::markdown(&demo_page::page());
    assert!(page.starts_with("Marketing effectiveness · Harbour & Pine\n\n# One in five MQLs"));
    assert!(page.contains("](charts/speed.svg)") && page.contains("### Each quarter converts more, and sooner"));
    assert!(page.contains("| Channel | MQLs | MQL→SQL | 90 % interval | Cost per MQL | Cost per SQL |"));
    assert!(page.contains("| :-- | --: | --: | --: | --: | --: |"));
    assert!(page.contains("> **Worth acting on:** Paid social"));
    assert!(page.contains("| Median time to SQL | **15 days** |"));
}

#[test]
fn an_empty_page_is_a_page() {
    let page = Page {
        eyebrow: String::new(),
        headline: "Nothing to report".into(),
        lede: String::new(),
        facts: vec![],
        sections: vec![Section { id: "empty".into(), title: String::new(), blocks: vec![] }],
        footer: String::new(),
        links: Vec::new(),
        brand: Brand::default(),
    };
    assert!(html(&page).contains("<h1>Nothing to report</h1>"));
    assert!(write::markdown(&page).contains("# Nothing to report"));
    assert!(write::charts(&page).is_empty());
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn error(folder: &Path) -> String {
    write::html(&demo_page::page(), Some(folder)).expect_err("a wrong template").to_string()
}

#[test]
fn a_projects_own_template_wins_and_may_include_others() {
    let own = folder(&[
        ("page.html.j2", "{% include \"head.html.j2\" %}<p>{{ page.footer }}</p>"),
        ("head.html.j2", "<h1>{{ page.headline }}</h1>"),
    ]);
    let page = write::html(&evil_page(), Some(own.path())).expect("a page");
    assert!(page.starts_with("<h1>&lt;script&gt;"), "own templates are escaped too");
    let style_only = folder(&[("page.css", "h1{color:teal}")]);
    let page = write::html(&demo_page::page(), Some(style_only.path())).expect("a page");
    assert!(page.contains("h1{color:teal}") && page.contains("<main id=\"main\">"));
    let nothing = folder(&[]);
    assert_eq!(write::html(&demo_page::page(), Some(nothing.path())).expect("a page"), html(&demo_page::page()));
}

#[test]
fn a_wrong_template_is_a_sentence_with_file_and_line_and_no_data() {
    let typo = error(folder(&[("page.html.j2", "<p>\n{{ page.headlin }}</p>")]).path());
    assert!(typo.contains("page.html.j2, line 2") && typo.contains("undefined"), "{typo}");
    let syntax = error(folder(&[("page.html.j2", "{% if page %}\n<p>")]).path());
    assert!(syntax.contains("page.html.j2, line 2"), "{syntax}");
    let unknown = error(folder(&[("page.html.j2", "\n\n{{ page.lede | shout }}")]).path());
    assert!(unknown.contains("line 3") && unknown.contains("shout"), "{unknown}");
    let endless = error(
        folder(&[("page.html.j2", "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")])
            .path(),
    );
    assert!(endless.contains("page.html.j2"), "{endless}");
    let wrong_type = error(folder(&[("page.html.j2", "{{ page.headline + 1 }}")]).path());
    assert!(wrong_type.contains("line 1"), "{wrong_type}");
    let included = [("page.html.j2", "\n{% include \"a.html.j2\" %}"), ("a.html.j2", "\n\n\n{{ page.leed }}")];
    let included = error(folder(&included).path());
    assert!(included.contains("a.html.j2, line 4"), "{included}");
    for message in [included, typo, syntax, unknown, endless, wrong_type] {
        assert!(!message.contains("One in five"), "data in {message}");
        assert!(!message.contains('\n'), "one sentence: {message}");
    }
}

#[test]
fn a_template_cannot_lead_out_of_its_folder_or_out_of_the_style() {
    let outer = folder(&[("secret.html.j2", "secret")]);
    let inner = outer.path().join("templates");
    fs::create_dir(&inner).expect("a folder");
    fs::write(inner.join("page.html.j2"), "{% include \"../secret.html.j2\" %}").expect("a file");
    assert!(write::html(&demo_page::page(), Some(&inner)).is_err());
    let style = folder(&[("page.css", "</STYLE><script>")]);
    assert!(error(style.path()).contains("page.css"));
}
