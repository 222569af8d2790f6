//! What does a board need to see of the report, so that it fits on two printed pages?
//!
//! The finding, the five measures, what to do, what has changed, the months against the range, what a channel's MQLs cost,
//! and what cannot be told. Nothing is said twice, tables show their first rows and say how many more there are, and names
//! without end are shortened. What a number needs to be read rightly stays beside it.

use super::page::{Block, Cell, ChartData, Edition, Page, Row, Section, Table, Tone};
use super::sections::tells_news;

/// What of the small print stays beside the headline.
const FACTS: [&str; 3] = ["Report month", "The data", "Data through"];
/// Most things to do.
const MOST_ACTIONS: usize = 5;
/// Most rows of the channels, with those of their sum.
const MOST_CHANNELS: usize = 8;
/// Columns of the channels: as far as the cost of an SQL.
const CHANNEL_COLUMNS: usize = 7;
/// Most questions that are left open.
const MOST_LIMITS: usize = 4;
/// Most remarks of a section.
const MOST_NOTES: usize = 2;
/// Most paragraphs on what has changed, and letters that all of them may have for there to be more than one.
const MOST_PARAGRAPHS: usize = 2;
const MOST_TOLD: usize = 460;
/// Under this title the bar is argued: what to do about it is always shown.
const THE_BAR: &str = "Calibration";
/// Where a question that is left open points to a section that is not shown.
const ELSEWHERE: (&str, &str) = ("as Calibration shows", "as the full report shows");
/// How often a page can be made tighter.
pub(crate) const TIGHTEST: usize = 4;

/// Arranges the page for a board. Its sections stand there already, in the order of the whole report.
pub(super) fn arrange(page: &mut Page) {
    let mut all: Vec<Section> = std::mem::take(&mut page.sections);
    let mut take = |id: &str| {
        let at = all.iter().position(|section| section.id == id)?;
        Some(all.remove(at))
    };
    let (first, to_do, change) = (take("scorecard"), take("to-do"), take("change"));
    let (conversion, cost, limits) = (take("conversion"), take("cost"), take("limits"));
    let measures = first.map(|section| Section { blocks: without_pictures(section.blocks), ..section });
    let to_do = to_do.map(|section| Section { blocks: actions(section.blocks), ..section });
    let change = change.map(|section| {
        let blocks = told(section.blocks).into_iter().chain(conversion.map_or_else(Vec::new, |c| months(c.blocks)));
        Section { blocks: blocks.collect(), ..section }
    });
    let cost = cost.map(|section| Section { blocks: channels(section.blocks), ..section });
    let limits = limits.map(|section| Section { blocks: open_questions(section.blocks), ..section });
    let kept = [measures, to_do, change, cost, limits].into_iter().flatten();
    page.sections = kept.filter(|section| !section.blocks.is_empty()).collect();
    page.facts.retain(|fact| FACTS.contains(&fact.label.as_str()));
    page.lede = without_reasons(&page.lede, &page.sections);
    page.brand.edition = Edition::TwoPages;
    shorten(page, 0);
}

/// The same page with less room for every text: what is printed where names or remarks are so long that they would take a
/// third page.
#[cfg(feature = "pdf")]
pub(crate) fn tighter(page: &Page, step: usize) -> Page {
    let mut page = page.clone();
    shorten(&mut page, step);
    page
}

fn without_pictures(blocks: Vec<Block>) -> Vec<Block> {
    blocks.into_iter().filter(|block| !matches!(block, Block::Table(_) | Block::Chart(_))).collect()
}

/// The most important things to do, and in any case what to do about the bar; without the title of the section that argues
/// it, which is not shown.
fn actions(blocks: Vec<Block>) -> Vec<Block> {
    let short = |mut table: Table| {
        let is_bar = |row: &Row| matches!(row.cells.last(), Some(Cell::Text(under)) if under == THE_BAR);
        let all = table.rows.len();
        if all > MOST_ACTIONS {
            let bar = table.rows.iter().skip(MOST_ACTIONS).find(|row| is_bar(row)).cloned();
            table.rows.truncate(MOST_ACTIONS - usize::from(bar.is_some()));
            table.rows.extend(bar);
            say_more(&mut table, all - MOST_ACTIONS, "more in the full report");
        }
        table.columns.truncate(2);
        for row in &mut table.rows {
            row.cells.truncate(2);
        }
        table
    };
    let blocks = blocks.into_iter().filter(|block| !matches!(block, Block::Chart(_)));
    blocks.map(|block| if let Block::Table(table) = block { Block::Table(short(table)) } else { block }).collect()
}

/// What has changed: the paragraphs whose causes are drawn, then others that tell of news; where nothing is news, the
/// first ones. And every warning.
fn told(blocks: Vec<Block>) -> Vec<Block> {
    let is_waterfall =
        |block: &Block| matches!(block, Block::Chart(chart) if matches!(chart.data, ChartData::Waterfall { .. }));
    let paragraphs: Vec<(usize, &str)> = blocks
        .iter()
        .enumerate()
        .filter_map(|(at, block)| if let Block::Prose { text } = block { Some((at, text.as_str())) } else { None })
        .collect();
    let weight = |at: usize, text: &str| match blocks.get(at + 1) {
        Some(next) if is_waterfall(next) => 0,
        _ if tells_news(text) => 1,
        _ => 2,
    };
    let mut chosen: Vec<(usize, usize)> = paragraphs.into_iter().map(|(at, text)| (weight(at, text), at)).collect();
    chosen.sort_unstable();
    // Beside what is news, what is none needs no words.
    let is_news = chosen.first().is_some_and(|(weight, _)| *weight < 2);
    chosen.retain(|(weight, _)| !is_news || *weight < 2);
    chosen.truncate(MOST_PARAGRAPHS);
    let letters = |at: usize| if let Some(Block::Prose { text }) = blocks.get(at) { text.chars().count() } else { 0 };
    if chosen.iter().map(|(_, at)| letters(*at)).sum::<usize>() > MOST_TOLD {
        chosen.truncate(1);
    }
    let mut notes = 0;
    let kept = blocks.into_iter().enumerate().filter(|(at, block)| match block {
        Block::Prose { .. } => chosen.iter().any(|(_, chosen)| chosen == at),
        _ => is_loud(block) && counted(&mut notes),
    });
    kept.map(|(_, block)| block).collect()
}

/// The months in a picture, with every warning; in words where there is no picture.
fn months(blocks: Vec<Block>) -> Vec<Block> {
    let (mut notes, mut prose, mut chart) = (Vec::new(), None, None);
    for block in blocks {
        match block {
            Block::Chart(_) if chart.is_none() => chart = Some(block),
            Block::Prose { .. } if prose.is_none() => prose = Some(block),
            block if is_loud(&block) => notes.push(block),
            _ => {}
        }
    }
    notes.truncate(MOST_NOTES);
    notes.into_iter().chain(chart.or(prose)).collect()
}

/// What a channel's MQLs and SQLs cost. The blended cost is said by its card and by the last row: it is told in words only
/// where there are no channels to be shown. Of the remarks those stay that say what the costs do not hold: they stand
/// before everything else or behind the tables; what is news of the spend stands between.
fn channels(blocks: Vec<Block>) -> Vec<Block> {
    let is_shown = |block: &Block| matches!(block, Block::Table(_) | Block::Chart(_));
    let front = blocks.iter().take_while(|block| matches!(block, Block::Note { .. })).count();
    let back = blocks.iter().rposition(is_shown).unwrap_or(0);
    let table =
        blocks.iter().find_map(|block| if let Block::Table(table) = block { Some(table.clone()) } else { None });
    let table = table.filter(|table| table.rows.len() > 1).map(|table| Block::Table(short_costs(table)));
    let mut notes = 0;
    let mut is_first = true;
    let mut kept: Vec<Block> = blocks
        .into_iter()
        .enumerate()
        .filter(|(at, block)| match block {
            Block::Prose { .. } => table.is_none() && std::mem::replace(&mut is_first, false),
            // Without a table a remark says why there is none.
            Block::Note { .. } => {
                let is_caveat = is_loud(block) && (*at < front || *at > back);
                (is_caveat || table.is_none()) && counted(&mut notes)
            }
            _ => false,
        })
        .map(|(_, block)| block)
        .collect();
    kept.extend(table);
    kept
}

fn short_costs(mut table: Table) -> Table {
    let columns = CHANNEL_COLUMNS.min(table.columns.len());
    table.columns.truncate(columns);
    for row in &mut table.rows {
        row.cells.truncate(columns);
    }
    // Below the channels stand what belongs to none of them, and the sum: rows without a cost, and the last one.
    let is_channel = |row: &Row| matches!(row.cells.get(1..3), Some([Cell::Number(_), Cell::Number(_)]));
    let sum = table.rows.len().saturating_sub(1);
    let below = table.rows[..sum].iter().rev().take_while(|row| !is_channel(row)).count() + 1;
    let all = table.rows.len().saturating_sub(below);
    let shown = MOST_CHANNELS.saturating_sub(below.min(3)).min(all);
    table.rows.drain(shown..all);
    if shown < all {
        say_more(
            &mut table,
            all - shown,
            if all - shown == 1 { "more channel in the full report" } else { "more channels in the full report" },
        );
    }
    table
}

fn open_questions(blocks: Vec<Block>) -> Vec<Block> {
    let short = |mut table: Table| {
        let all = table.rows.len();
        if all > MOST_LIMITS {
            table.rows.truncate(MOST_LIMITS);
            say_more(&mut table, all - MOST_LIMITS, "more in the full report");
        }
        for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
            if let Cell::Text(text) = cell {
                *text = text.replace(ELSEWHERE.0, ELSEWHERE.1);
            }
        }
        table
    };
    let blocks = blocks.into_iter().filter(|block| !matches!(block, Block::Chart(_)));
    blocks.map(|block| if let Block::Table(table) = block { Block::Table(short(table)) } else { block }).collect()
}

/// The line under a table begins with what it leaves out.
fn say_more(table: &mut Table, n: usize, what: &str) {
    table.note = format!("{n} {what}. {}", table.note).trim_end().to_string();
}

fn is_loud(block: &Block) -> bool {
    matches!(block, Block::Note { tone: Tone::Warn | Tone::Bad, .. })
}

/// Whether there is room for one more remark.
fn counted(notes: &mut usize) -> bool {
    *notes += 1;
    *notes <= MOST_NOTES
}

/// What stands beside a thing to do as its reason need not stand under the headline, too.
fn without_reasons(lede: &str, sections: &[Section]) -> String {
    let blocks = sections.iter().filter(|section| section.id == "to-do").flat_map(|section| &section.blocks);
    let rows =
        blocks.filter_map(|block| if let Block::Table(table) = block { Some(&table.rows) } else { None }).flatten();
    let mut short = lede.to_string();
    for row in rows {
        if let Some(Cell::Text(why)) = row.cells.get(1)
            && !why.is_empty()
        {
            short = short.replace(why.as_str(), "");
        }
    }
    let short: Vec<&str> = short.split(' ').filter(|word| !word.is_empty()).collect();
    if short.is_empty() { lede.to_string() } else { short.join(" ") }
}

/// Letters that texts may have, in a page that is not made tighter. What we write is shorter, unless names are long.
mod most {
    pub const EYEBROW: usize = 80;
    pub const HEADLINE: usize = 150;
    pub const LEDE: usize = 760;
    pub const FACT: usize = 60;
    pub const TITLE: usize = 130;
    pub const PROSE: usize = 560;
    pub const NOTE: usize = 360;
    pub const LABEL: usize = 60;
    pub const VALUE: usize = 20;
    pub const INTERVAL: usize = 70;
    pub const CHANGE: usize = 140;
    pub const BASIS: usize = 180;
    pub const SUBTITLE: usize = 200;
    pub const SOURCE: usize = 130;
    /// A name in a table of numbers.
    pub const NAME: usize = 52;
    /// A cell of a table of sentences.
    pub const CELL: usize = 260;
    pub const UNDER_TABLE: usize = 480;
    pub const REASON: usize = 100;
    /// Letters without a place to break.
    pub const WORD: usize = 44;
}

/// How much of its letters a text keeps as a page is made tighter, in percent.
const SHARE: [usize; TIGHTEST + 1] = [100, 75, 55, 40, 28];

fn shorten(page: &mut Page, step: usize) {
    let share = SHARE[step.min(TIGHTEST)];
    let cut = |text: &mut String, most: usize| {
        // What is short stays whole.
        if let Some(shorter) = shortened(text, (most * share / 100).max(18)) {
            *text = shorter;
        }
    };
    cut(&mut page.eyebrow, most::EYEBROW);
    cut(&mut page.headline, most::HEADLINE);
    cut(&mut page.lede, most::LEDE);
    for fact in &mut page.facts {
        cut(&mut fact.text, most::FACT);
    }
    for section in &mut page.sections {
        cut(&mut section.title, most::TITLE);
        for block in &mut section.blocks {
            match block {
                Block::Prose { text } => cut(text, most::PROSE),
                Block::Note { text, .. } => cut(text, most::NOTE),
                Block::Figure(figure) => {
                    cut(&mut figure.label, most::LABEL);
                    cut(&mut figure.value, most::VALUE);
                    cut(&mut figure.interval, most::INTERVAL);
                    cut(&mut figure.change, most::CHANGE);
                    cut(&mut figure.basis, most::BASIS);
                }
                Block::Chart(chart) => {
                    cut(&mut chart.title, most::TITLE);
                    cut(&mut chart.subtitle, most::SUBTITLE);
                    cut(&mut chart.source, most::SOURCE);
                }
                Block::Table(table) => {
                    let longest = if table.columns.len() > 2 { most::NAME } else { most::CELL };
                    for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
                        match cell {
                            Cell::Text(text) => cut(text, longest),
                            Cell::Missing(why) => cut(why, most::REASON),
                            Cell::Number(_) | Cell::Range(..) => {}
                        }
                    }
                    cut(&mut table.note, most::UNDER_TABLE);
                }
            }
        }
    }
}

/// The text with at most so many letters, cut between words and said to be cut; none where it may stay as it is.
fn shortened(text: &str, most: usize) -> Option<String> {
    let is_break = |c: char| matches!(c, ' ' | '\n' | '\r' | '\t');
    let is_short = text.chars().count() <= most;
    if is_short && text.split(is_break).all(|word| word.chars().count() <= most::WORD) {
        return None;
    }
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(is_break).filter(|word| !word.is_empty()) {
        let letters = word.chars().count();
        let longest = most::WORD.min(most);
        let word = match letters > longest {
            true => format!("{}…", word.chars().take(longest - 1).collect::<String>()),
            false => word.to_string(),
        };
        let more = word.chars().count() + usize::from(used > 0);
        if used + more > most {
            let whole = out.trim_end_matches([',', ';', ':', '(', '·', ' ', '…']).len();
            out.truncate(whole);
            out.push('…');
            return Some(out);
        }
        if used > 0 {
            out.push(' ');
        }
        out.push_str(&word);
        used += more;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words_and_says_so() {
        assert_eq!(shortened("one two, three", 14), None);
        assert_eq!(shortened("one two, three", 9).as_deref(), Some("one two…"));
        assert_eq!(shortened("one\ntwo", 9), None);
        let name = "x".repeat(10_000);
        let cut = shortened(&format!("Look into {name} before more is spent on it."), 260).unwrap_or_default();
        assert_eq!(cut, format!("Look into {}… before more is spent on it.", "x".repeat(most::WORD - 1)));
        let words = "word ".repeat(2_000);
        let cut = shortened(&words, 36).unwrap_or_default();
        assert!(cut.chars().count() <= 37 && cut.ends_with("word…"), "{cut}");
    }

    #[test]
    fn what_is_the_reason_of_a_thing_to_do_is_not_said_twice() {
        let table = Table {
            id: "to-do".into(),
            title: String::new(),
            columns: Vec::new(),
            rows: vec![Row {
                cells: vec![Cell::Text("Do.".into()), Cell::Text("It fell: 3.".into())],
                tone: Tone::Neutral,
            }],
            note: String::new(),
        };
        let sections = [Section { id: "to-do".into(), title: String::new(), blocks: vec![Block::Table(table)] }];
        assert_eq!(without_reasons("First. It fell: 3. Last.", &sections), "First. Last.");
        assert_eq!(without_reasons("It fell: 3.", &sections), "It fell: 3.");
    }
}
