//! The report on paper says what the page says, page by page, in letters that are there; the pictures of its charts, too.
//!
//! Text and pages are read back with poppler's tools. Where they are not installed these tests say that they are skipped,
//! except in CI, where that is a failure.

use crate::demo_page;
use crate::project::Project;
use leadgauge::report::Report;
use leadgauge::report::page::{Block, Cell, ChartData, Page, Row, Table, Tone};
use leadgauge::report::write::{self, RenderError};
use leadgauge::report::{fonts, format};
use resvg::tiny_skia::Pixmap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

static SAMPLE: LazyLock<(Report, Vec<u8>)> = LazyLock::new(|| {
    let report = Project::sample().report();
    let bytes = printed(&report);
    (report, bytes)
});

fn printed(report: &Report) -> Vec<u8> {
    write::pdf(report, None).unwrap_or_else(|error| panic!("{error}"))
}

/// What a tool of poppler's writes about a PDF, or a skip with its name.
fn poppler(tool: &str, arguments: &[&str], pdf: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("report.pdf");
    fs::write(&path, pdf).expect("a writable folder");
    let (before, after) = arguments.split_at(arguments.iter().position(|a| *a == "-").unwrap_or(arguments.len()));
    match Command::new(tool).args(before).arg(&path).args(after).output() {
        Ok(output) => {
            assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{tool} cannot be run in CI: {error}");
            println!("skipped: {tool} is not installed");
            None
        }
    }
}

/// The text in the order in which it was set, without white space and without marks that only guide line breaks.
fn text(pdf: &[u8]) -> Option<String> {
    Some(squeezed(&String::from_utf8_lossy(&poppler("pdftotext", &["-raw", "-enc", "UTF-8", "-"], pdf)?)))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{2060}')).collect()
}

/// A row as it is set: its cells, the tone behind the first, signs of reasons behind dashes.
fn row_text(table: &Table, row: &Row) -> Vec<String> {
    row.cells.iter().zip(&table.columns).map(|(cell, column)| squeezed(&format::cell(cell, &column.unit))).collect()
}

/// Whether the parts stand in the text one behind the other, with no more than a little between them.
fn stands(text: &str, parts: &[String]) -> bool {
    let Some(first) = parts.first() else { return true };
    text.match_indices(first.as_str()).any(|(at, _)| {
        let mut rest = &text[at + first.len()..];
        parts[1..].iter().all(|part| {
            let Some(found) = rest.find(part.as_str()) else { return false };
            // A sign of a reason, or the tone's words.
            let is_near = rest[..found].chars().count() <= 16;
            rest = &rest[found + part.len()..];
            is_near
        })
    })
}

#[test]
fn the_pdf_says_everything_that_the_page_says() {
    let (report, bytes) = &*SAMPLE;
    let Some(text) = text(bytes) else { return };
    // A paragraph may go on over the page: the running line at the foot is none of its words.
    let running = squeezed(&format!("{} · {}", report.page.eyebrow, report.month.long()));
    let n_pages = text.matches(&running).count();
    let text = (1..=n_pages).fold(text, |text, n| {
        let foot = (1..=n_pages).rev().map(|of| format!("{running}{n}/{of}")).find(|foot| text.contains(foot.as_str()));
        foot.map_or(text.clone(), |foot| text.replace(&foot, ""))
    });
    let mut said: Vec<String> = Vec::new();
    let page = &report.page;
    said.extend([&page.eyebrow, &page.headline, &page.lede, &page.footer].map(|text| squeezed(text)));
    said.extend(page.facts.iter().flat_map(|fact| [squeezed(&fact.label), squeezed(&fact.text)]));
    let mut rows = 0;
    for section in &page.sections {
        said.push(squeezed(&section.title));
        for block in &section.blocks {
            match block {
                Block::Prose { text } | Block::Note { text, .. } => said.push(squeezed(text)),
                Block::Figure(figure) => said.extend(
                    [&figure.label, &figure.value, &figure.interval, &figure.change, &figure.basis]
                        .map(|text| squeezed(text)),
                ),
                Block::Chart(chart) => {
                    said.extend([&chart.title, &chart.subtitle, &chart.source].map(|text| squeezed(text)));
                }
                Block::Table(table) => {
                    said.extend([&table.title, &table.note].map(|text| squeezed(text)));
                    let heads: Vec<String> = table.columns.iter().map(|column| squeezed(&column.label)).collect();
                    assert!(stands(&text, &heads), "the heads of {}: {heads:?}", table.title);
                    for row in &table.rows {
                        let cells = row_text(table, row);
                        assert!(stands(&text, &cells), "a row of {}: {cells:?}", table.title);
                        rows += 1;
                    }
                }
            }
        }
    }
    for words in &said {
        assert!(text.contains(words.as_str()), "not in the PDF: {words}");
    }
    assert!(said.len() > 100 && rows > 100, "only {} texts and {rows} rows were looked for", said.len());
}

/// Of each page, the row of the lowest ink above the footer, as a share of its height.
fn lowest_ink(pdf: &[u8]) -> Option<Vec<f64>> {
    let pictures = poppler("pdftoppm", &["-r", "20", "-gray"], pdf)?;
    let mut rest = pictures.as_slice();
    let mut pages = Vec::new();
    while !rest.is_empty() {
        // "P5", width, height, the largest value, then a byte a pixel.
        let mut words = Vec::new();
        while words.len() < 4 {
            let end = rest.iter().position(u8::is_ascii_whitespace).expect("a picture has a head");
            words.push(String::from_utf8_lossy(&rest[..end]).into_owned());
            rest = &rest[end + 1..];
        }
        let (width, height): (usize, usize) = (words[1].parse().expect("a width"), words[2].parse().expect("a height"));
        let rows: Vec<&[u8]> = rest[..width * height].chunks(width).collect();
        rest = &rest[width * height..];
        let body = height * 93 / 100;
        let lowest = rows[..body].iter().rposition(|row| row.iter().any(|grey| *grey < 245));
        pages.push(lowest.unwrap_or(0) as f64 / height as f64);
    }
    Some(pages)
}

#[test]
fn no_page_but_the_last_is_half_empty() {
    let (_, bytes) = &*SAMPLE;
    let Some(pages) = lowest_ink(bytes) else { return };
    assert!((8..=40).contains(&pages.len()), "{} pages", pages.len());
    for (n, lowest) in pages[..pages.len() - 1].iter().enumerate() {
        assert!(*lowest > 0.5, "page {} of {} ends at {lowest:.2}", n + 1, pages.len());
    }
}

#[test]
fn the_same_report_gives_the_same_pdf() {
    let (report, bytes) = &*SAMPLE;
    assert!(printed(report) == *bytes, "another PDF of the same report");
}

/// Whether the file claims to be readable aloud by the standard, which typst checks before it writes the claim.
fn is_accessible(pdf: &[u8]) -> bool {
    pdf.windows(b"pdfuaid:part".len()).any(|window| window == b"pdfuaid:part")
}

#[test]
fn the_pdf_has_a_title_a_language_and_what_a_screen_reader_needs() {
    let (report, bytes) = &*SAMPLE;
    assert!(is_accessible(bytes));
    let Some(about) = poppler("pdfinfo", &[], bytes) else { return };
    let about = String::from_utf8_lossy(&about).into_owned();
    for line in ["Tagged:          yes", "Page size:       595.276 x 841.89 pts (A4)"] {
        assert!(about.contains(line), "{about}");
    }
    assert!(about.contains(&report.page.eyebrow) && about.contains("October 2026"), "{about}");
    assert!(about.contains("Creator:         leadgauge"), "{about}");
}

/// A small report with a page of its own.
fn with_page(change: impl FnOnce(&mut Page)) -> Report {
    let mut report = Project::sound().report();
    report.page = demo_page::page();
    change(&mut report.page);
    report
}

fn first_table(page: &mut Page) -> &mut Table {
    let blocks = page.sections.iter_mut().flat_map(|section| &mut section.blocks);
    blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None }).next().expect("a table")
}

#[test]
fn names_that_look_like_commands_are_printed_as_they_are() {
    let names = [
        "#panic(\"no\")",
        "#import \"@preview/x:1.0.0\": *",
        "*bold* _it_ $x^2$ `raw` = heading",
        "<script>alert(1)</script>",
        "\\ // /* ] } ) [",
        "first\nsecond\r\nthird",
        "- a list @label <label> ~ --- ...",
    ];
    let report = with_page(|page| {
        page.headline = names.join(" ");
        for section in &mut page.sections {
            section.title = names[0].into();
        }
        let table = first_table(page);
        let row = table.rows[0].clone();
        for name in names {
            let mut row = row.clone();
            row.cells[0] = Cell::Text(name.into());
            table.rows.push(row);
        }
        table.note = names.join(" · ");
        table.columns[0].label = names[3].into();
    });
    let bytes = printed(&report);
    assert!(is_accessible(&bytes));
    let Some(text) = text(&bytes) else { return };
    for name in names {
        assert!(text.matches(&squeezed(name)).count() >= 3, "{name}");
    }
}

#[test]
fn a_name_without_end_is_cut_and_says_so() {
    let report = with_page(|page| {
        let table = first_table(page);
        table.rows[0].cells[0] = Cell::Text("x".repeat(10_000));
        table.rows[0].cells[1] = Cell::Text(format!("{}\u{202e}", "wörter ".repeat(2_000)));
    });
    let bytes = printed(&report);
    assert!(is_accessible(&bytes));
    let Some(text) = text(&bytes) else { return };
    assert!(text.contains(&"x".repeat(40)) && text.contains("[and8,500morecharacters]"));
    let pages = lowest_ink(&bytes).expect("poppler is there");
    assert!(pages.len() < 20, "{} pages", pages.len());
}

#[test]
fn letters_of_other_scripts_are_printed_and_what_no_font_has_is_seen_to_be_missing() {
    let shown = ["Реклама", "Διαφήμιση", "פרסום", "إعلان", "Ștefan"];
    let names = [shown.as_slice(), &["広告", "ads \u{1f600}"]].concat();
    let report = with_page(|page| {
        let table = first_table(page);
        let row = table.rows[0].clone();
        for name in &names {
            let mut row = row.clone();
            row.cells[0] = Cell::Text((*name).into());
            table.rows.push(row);
        }
        let blocks = page.sections.iter_mut().flat_map(|section| &mut section.blocks);
        for chart in blocks.filter_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None }) {
            if let ChartData::Dots { rows, .. } = &mut chart.data {
                // Joined letters in a drawing are shown, but the standard wants more of them than typst can say.
                for (dot, name) in rows.iter_mut().zip(names.iter().filter(|name| **name != "إعلان")) {
                    dot.label = (*name).into();
                }
            }
        }
    });
    let bytes = printed(&report);
    assert!(is_accessible(&bytes), "a letter is missing, and the standard forbids that");
    let Some(text) = text(&bytes) else { return };
    for name in ["Реклама", "Διαφήμιση", "Ștefan", "□□", "ads□"] {
        assert!(text.contains(name), "{name}");
    }
    assert!(text.contains(&squeezed("2 texts have letters that the fonts of this file lack")), "{text}");
    // Poppler writes what is read from right to left in one order or the other.
    for name in ["פרסום", "إعلان"] {
        let turned: String = name.chars().rev().collect();
        assert!(text.contains(name) || text.contains(&turned), "{name}");
    }
}

#[test]
fn nothing_is_said_of_missing_letters_where_none_is_missing() {
    let (_, bytes) = &*SAMPLE;
    let Some(text) = text(bytes) else { return };
    assert!(!text.contains(fonts::MISSING) && !text.contains("fontsofthisfilelack"));
}

fn with_template(files: &[(&str, &str)]) -> Result<Vec<u8>, RenderError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a writable folder");
    }
    let report = with_page(|_| {});
    write::pdf(&report, Some(folder.path()))
}

#[test]
fn a_template_of_the_projects_own_wins_and_may_have_files_beside_it() {
    let own =
        "#import \"words.typ\": greeting\n#set document(title: \"Mine\")\n#greeting #json(\"data.json\").headline";
    let bytes = with_template(&[("page.typ", own), ("words.typ", "#let greeting = [Good morning.]")])
        .unwrap_or_else(|error| panic!("{error}"));
    let Some(text) = text(&bytes) else { return };
    assert!(text.contains("Goodmorning.OneinfiveMQLs"), "{text}");
}

#[test]
fn an_error_in_a_template_is_a_sentence_with_file_and_line() {
    let place = |files: &[(&str, &str)]| match with_template(files) {
        Err(RenderError::Template { file, line, says }) => (file, line, says),
        other => panic!("{files:?} gives {:?}", other.map(|bytes| bytes.len())),
    };
    let (file, line, says) = place(&[("page.typ", "Hello\n\n#nothing")]);
    assert_eq!((file.as_str(), line, says.as_str()), ("page.typ", Some(3), "unknown variable: nothing"));
    let (file, line, _) = place(&[("page.typ", "#import \"part.typ\": a"), ("part.typ", "#let b = 1\n#let a = (")]);
    assert_eq!((file.as_str(), line), ("part.typ", Some(2)));
    let (_, line, says) = place(&[("page.typ", "#let x = 0\n#while x >= 0 { x += 1 }")]);
    assert!(line == Some(2) && says.contains("infinite"), "{line:?} {says}");
    let (_, line, says) = place(&[("page.typ", "#let f(x) = f(x)\n#f(1)")]);
    assert!(line.is_some() && says.contains("depth"), "{line:?} {says}");
}

#[test]
fn a_template_sees_nothing_but_its_folder() {
    let outside = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(outside.path(), "secret").expect("a writable file");
    let absolute = outside.path().to_string_lossy().into_owned();
    for path in [absolute.as_str(), "../../../../../../etc/passwd", "/etc/passwd", "nothing.txt", "."] {
        let template = format!("#read({path:?})");
        let error = with_template(&[("page.typ", &template)]).expect_err("nothing else can be read");
        assert!(!error.to_string().contains("secret") && error.to_string().contains("page.typ"), "{error}");
    }
    let error = with_template(&[("page.typ", "#import \"@preview/cetz:0.3.0\": *")]).expect_err("no packages");
    assert!(error.to_string().contains("line 1"), "{error}");
}

/// Pixels of a picture that are not paper.
fn ink(picture: &Pixmap) -> usize {
    picture.pixels().iter().filter(|p| p.red() < 200 || p.green() < 200 || p.blue() < 200).count()
}

fn picture_of(page: &Page) -> Vec<(String, Pixmap)> {
    let pictures = write::pictures(page).into_iter();
    pictures.map(|(name, bytes)| (name, Pixmap::decode_png(&bytes).expect("a PNG"))).collect()
}

#[test]
fn every_chart_is_a_picture_twice_as_large_with_lines_and_letters_on_white() {
    let page = demo_page::page();
    let pictures = picture_of(&page);
    let drawings = write::charts(&page);
    assert_eq!(pictures.len(), drawings.len());
    assert!(pictures.len() >= 5);
    for ((name, picture), drawing) in pictures.iter().zip(&drawings) {
        assert_eq!(Path::new(name).file_stem(), Path::new(&drawing.name).file_stem());
        let size = format!("width=\"{}\" height=\"{}\"", picture.width() / 2, picture.height() / 2);
        assert!(drawing.svg.contains(&size), "{name} is not twice as large as {size}");
        let share = ink(picture) as f64 / f64::from(picture.width() * picture.height());
        assert!(share > 0.005 && share < 0.6, "{name}: {share:.3} of it is ink");
        let corner = picture.pixel(1, 1).expect("a pixel");
        assert_eq!((corner.red(), corner.green(), corner.blue(), corner.alpha()), (255, 255, 255, 255), "{name}");
    }
}

#[test]
fn the_letters_of_a_picture_are_the_letters_of_its_words() {
    let titled = |title: &str| {
        let mut page = demo_page::page();
        page.sections.retain(|section| section.blocks.iter().any(|block| matches!(block, Block::Chart(_))));
        page.sections.truncate(1);
        for block in &mut page.sections[0].blocks {
            if let Block::Chart(chart) = block {
                chart.title = title.into();
            }
        }
        picture_of(&page).remove(0).1
    };
    let (none, short, long) = (titled(""), titled("i"), titled("MMMMMM"));
    assert!(ink(&none) < ink(&short) && ink(&short) + 1000 < ink(&long));
    // Each script has letters of its own, and a letter that no font has is a box.
    let scripts: Vec<Vec<u8>> =
        ["Реклама", "Διαφήμιση", "פרסום", "إعلان", "□□"].iter().map(|t| titled(t).data().to_vec()).collect();
    for (i, one) in scripts.iter().enumerate() {
        assert!(scripts[i + 1..].iter().all(|other| one != other));
    }
    assert!(titled("広告").data() == scripts[4].as_slice());
}

/// Rows of all tones, to be told apart without colours.
#[test]
fn a_tone_is_said_in_words() {
    let report = with_page(|page| {
        let table = first_table(page);
        table.rows.truncate(2);
        table.rows[0].tone = Tone::Warn;
        table.rows[1].tone = Tone::Bad;
    });
    let Some(text) = text(&printed(&report)) else { return };
    let said = |words: &str| text.contains(words);
    assert!(said("worthalook") && said("worthactingon"), "{text}");
}

/// The sample with other channels, each of which costs something in every month.
fn with_channels(names: &[String]) -> Project {
    let sample = Project::sample();
    let leads = sample.text("leads.csv");
    let mut lines = leads.lines();
    let head = lines.next().expect("a head");
    assert!(head.starts_with("lead_id,email,created_at,channel,"), "{head}");
    let leads = lines.enumerate().map(|(n, line)| {
        let mut cells: Vec<&str> = line.splitn(5, ',').collect();
        cells[3] = &names[n % names.len()];
        cells.join(",") + "\n"
    });
    let months = (2024..=2026).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
    let months: Vec<String> = months.filter(|month| ("2024-11".."2026-11").contains(&month.as_str())).collect();
    let spend = names
        .iter()
        .enumerate()
        .flat_map(|(n, name)| months.iter().map(move |month| format!("{month},{name},{}.50,EUR\n", 100 + 37 * n)));
    let leads = format!("{head}\n{}", leads.collect::<String>());
    let spend = format!("month,channel,amount,currency\n{}", spend.collect::<String>());
    sample.leads(&leads).spend(&spend)
}

/// The real data set, where it lies.
fn olist() -> Option<Project> {
    let Some(folder) = std::env::var_os("LEADGAUGE_DATA") else {
        assert!(std::env::var_os("CI").is_none(), "LEADGAUGE_DATA must name the folder of the real data in CI");
        println!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
        return None;
    };
    let folder = Path::new(&folder).join("olist");
    let names = ["olist_marketing_qualified_leads_dataset.csv", "olist_closed_deals_dataset.csv"];
    let project = Project::empty().toml(include_str!("../fixtures/olist/leadgauge.toml"));
    let read = |name: &str| fs::read(folder.join(name)).expect("a file of the data set");
    Some(names.iter().fold(project, |project, name| project.file(name, &read(name))))
}

/// The board's edition: its pages, its text and where the ink of each page ends.
fn board_of(project: Project) -> Option<(String, Vec<f64>)> {
    let preset = "[report]\npreset = \"board\"";
    let project = match project.text("leadgauge.toml").contains("[report]") {
        true => project.replaced("leadgauge.toml", "[report]", preset),
        false => project.settings(preset),
    };
    let report = project.report();
    let bytes = printed(&report);
    assert!(is_accessible(&bytes));
    Some((text(&bytes)?, lowest_ink(&bytes)?))
}

#[test]
fn the_edition_for_the_board_has_two_pages_whatever_the_project() {
    let long = |n: usize| format!("Regional partner programme number {n:02} for mid-sized manufacturers");
    let endless = ["x".repeat(10_000), "y".repeat(9_000), "word ".repeat(2_000).trim_end().to_string()];
    let projects = [
        ("the sample", Some(Project::sample())),
        ("the real data set", olist()),
        ("sixty leads", Some(Project::sound())),
        ("one channel", Some(with_channels(&["webinar".to_string()]))),
        ("forty channels", Some(with_channels(&(0..40).map(long).collect::<Vec<_>>()))),
        ("names without end", Some(with_channels(&endless))),
        ("two months without leads", Some(Project::sample().replaced("leadgauge.toml", "2026-10-31", "2026-12-31"))),
    ];
    for (what, project) in projects {
        let Some(project) = project else { continue };
        let Some((text, pages)) = board_of(project) else { return };
        assert_eq!(pages.len(), 2, "{what}");
        assert!(pages.iter().all(|lowest| *lowest > 0.5), "{what}: a page ends at {pages:?}");
        assert!(text.contains("Whatthisreportcannottell"), "{what}: {text}");
        // Names that are too long are cut, and nothing else.
        let is_cut = text.replace("Regionalpartnerprogramme", "").contains('…');
        assert_eq!(is_cut, what == "names without end" || what == "forty channels", "{what}: {text}");
    }
}

#[test]
fn texts_that_ask_for_a_third_page_are_shortened_in_print_and_say_so() {
    let project = Project::sound().settings("[report]\npreset = \"board\"");
    let mut report = project.report();
    assert_eq!(lowest_ink(&printed(&report)).map_or(2, |pages| pages.len()), 2);
    let words = "all of this is meant to be read ".repeat(9);
    for section in &mut report.page.sections {
        for block in &mut section.blocks {
            match block {
                Block::Prose { text } | Block::Note { text, .. } => text.push_str(&words),
                Block::Figure(figure) => figure.basis.push_str(&words),
                Block::Chart(chart) => chart.subtitle.push_str(&words),
                Block::Table(table) => {
                    table.note.push_str(&words);
                    for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
                        if let Cell::Text(text) = cell {
                            text.push_str(&words);
                        }
                    }
                }
            }
        }
    }
    let bytes = printed(&report);
    let Some(pages) = lowest_ink(&bytes) else { return };
    assert_eq!(pages.len(), 2);
    let Some(text) = text(&bytes) else { return };
    assert!(text.contains("allofthisismeant") && text.matches('…').count() > 10, "{text}");
    // Where it need not be two pages, nothing is cut.
    report.page.brand = Default::default();
    let whole = printed(&report);
    let Some(text) = self::text(&whole) else { return };
    assert!(!text.contains('…') && lowest_ink(&whole).is_some_and(|pages| pages.len() > 2), "{text}");
}

#[test]
fn the_key_of_the_scales_names_their_own_interval() {
    let report = with_page(|page| {
        for block in page.sections.iter_mut().flat_map(|section| &mut section.blocks) {
            if let Block::Figure(figure) = block
                && let Some(scale) = &mut figure.scale
            {
                scale.level = 0.8;
            }
        }
    });
    let page = write::html(&report.page, None).unwrap_or_else(|error| panic!("{error}"));
    let page = page.replace("&nbsp;", "\u{a0}");
    assert!(page.contains("the strip its 80\u{a0}% interval"), "the page says another");
    let Some(text) = text(&printed(&report)) else { return };
    assert!(text.contains("thestripits80%interval"), "{text}");
}
