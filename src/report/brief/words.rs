//! How is a week told? Few numbers as few: counts beside what is usual, and lists that say how much of them is shown.

use super::{Brief, NewSql, Person, REQUEST_DAYS, Rejection, Usual, Waiting, Weekly};
use crate::config::plan::Plan;
use crate::pipeline::Lives;
use crate::report::format;
use crate::report::page::{Block, Brand, Cell, Column, Fact, Page, Row, Section, Table, Tone, Unit};
use crate::report::trust::TrustLevel;
use crate::vocabulary::Stage;

/// The page of a brief.
pub fn page(plan: &Plan, lives: &Lives, brief: &Brief) -> Page {
    let fact = |label: &str, text: String| Fact { label: label.to_string(), text };
    let mut sections = vec![mqls(brief), rejected(brief)];
    if brief.touches_known {
        sections.extend([hand_raisers(brief), overdue(brief)]);
    } else {
        let text = "Who waits for sales cannot be told: the data do not record when sales takes up an MQL (working, or accepted). Export that stage, or the date of the first sales activity, to see it.";
        let blocks = vec![Block::Prose { text: text.into() }];
        sections.push(Section { id: "waiting".into(), title: "Who waits cannot be told".into(), blocks });
    }
    sections.push(sqls(brief));
    let tone = match brief.trust.level {
        TrustLevel::Trusted => None,
        TrustLevel::WithCare => Some(Tone::Warn),
        TrustLevel::NotReliable => Some(Tone::Bad),
    };
    if let (Some(tone), Some(first)) = (tone, sections.first_mut()) {
        first.blocks.insert(0, Block::Note { tone, text: brief.trust.says.clone() });
    }
    Page {
        eyebrow: format!("Sales meeting brief · {}", plan.project),
        headline: headline(brief),
        lede: lede(brief),
        facts: vec![
            fact("Week", format!("{}, {} to {}", brief.week, format::day(brief.from), format::day(brief.to))),
            fact("Data through", format!("{} ({})", format::day(brief.as_of), brief.timezone)),
            fact("Waits counted up to", format::day(brief.as_of)),
        ],
        sections,
        footer: format!(
            "Made by leadgauge {} from {} files. A week of counts: what differs from the usual may still be chance.",
            env!("CARGO_PKG_VERSION"),
            lives.inputs.len()
        ),
        links: Vec::new(),
        brand: Brand { logo: plan.report.logo.clone(), ..Brand::default() },
    }
}

fn count(n: u64) -> String {
    format::count(n as f64)
}

fn headline(brief: &Brief) -> String {
    let some = |n: u64, noun: &str| if n == 0 { format!("no {noun}") } else { format::counted(n, noun) };
    let mut parts = vec![some(brief.mqls.n, "MQL"), some(brief.sqls.count.n, "new SQL")];
    if brief.touches_known && brief.hand_raisers.n > 0 {
        let wait = if brief.hand_raisers.n == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {wait} for an answer", format::counted(brief.hand_raisers.n, "hand-raiser")));
    } else if brief.overdue.n > 0 {
        let wait = if brief.overdue.n == 1 { "waits" } else { "wait" };
        parts.push(format!("{} {wait} past {} days", format::counted(brief.overdue.n, "MQL"), brief.overdue.sla_days));
    }
    format!("Week {}: {}", brief.week, parts.join(", "))
}

/// "; usual is 25–40" and where the week lies.
fn usual(weekly: &Weekly) -> String {
    match weekly.usual {
        None => "; too few weeks before it to say what is usual".to_string(),
        Some(usual) => {
            let range = usual_range(usual);
            let place = match weekly.n {
                n if n < usual.low => ", so fewer than usual",
                n if n > usual.high => ", so more than usual",
                _ => "",
            };
            format!("; usual is {range}{place}")
        }
    }
}

fn usual_range(usual: Usual) -> String {
    if usual.low == usual.high { count(usual.low) } else { format!("{}–{}", count(usual.low), count(usual.high)) }
}

fn lede(brief: &Brief) -> String {
    let before = match brief.mqls.week_before {
        Some(n) => format!(" ({} the week before)", count(n)),
        None => String::new(),
    };
    let mut sentences = vec![format!("{}{before}{}.", format::counted(brief.mqls.n, "MQL"), usual(&brief.mqls))];
    sentences.push(match brief.rejected.n {
        0 => "No MQL was turned down or sent back.".to_string(),
        n => format!("{} turned down or sent back.", were(n)),
    });
    if brief.touches_known {
        sentences.push(match brief.overdue.n {
            0 => format!("No MQL waits past {} days.", brief.overdue.sla_days),
            n => format!("{} without a touch past {} days.", are(n), brief.overdue.sla_days),
        });
    }
    if let Some(end) = brief.data_end {
        sentences.push(format!("The data end on {}, before the week does.", format::day(end)));
    }
    sentences.join(" ")
}

/// "1 MQL was", "12 MQLs were".
fn were(n: u64) -> String {
    format!("{} {}", format::counted(n, "MQL"), if n == 1 { "was" } else { "were" })
}

/// "1 MQL is", "12 MQLs are".
fn are(n: u64) -> String {
    format!("{} {}", format::counted(n, "MQL"), if n == 1 { "is" } else { "are" })
}

fn column(label: &str, unit: Unit) -> Column {
    Column { label: label.to_string(), unit }
}

fn text(words: impl Into<String>) -> Cell {
    Cell::Text(words.into())
}

fn number(n: u64) -> Cell {
    Cell::Number(n as f64)
}

fn rows(lines: impl Iterator<Item = Vec<Cell>>) -> Vec<Row> {
    lines.map(|cells| Row { cells, tone: Tone::Neutral }).collect()
}

fn weekly_table(id: &str, title: &str, label: &str, weeklies: &[Weekly], note: &str) -> Block {
    let columns = vec![
        column(label, Unit::Text),
        column("This week", Unit::Count),
        column("Week before", Unit::Count),
        column("Usual", Unit::Text),
    ];
    let line = |weekly: &Weekly| {
        let before = weekly.week_before.map_or_else(|| Cell::Missing("before the data begin".into()), number);
        let usual =
            weekly.usual.map_or_else(|| Cell::Missing("too few weeks".into()), |usual| text(usual_range(usual)));
        vec![text(weekly.name.clone()), number(weekly.n), before, usual]
    };
    let rows = rows(weeklies.iter().map(line));
    Block::Table(Table { id: id.into(), title: title.into(), columns, rows, note: note.into() })
}

fn mqls(brief: &Brief) -> Section {
    let mut blocks = Vec::new();
    if brief.n_mqls_again > 0 {
        let again = match brief.n_mqls_again {
            1 => "1 person became an MQL again and is not in these counts.".to_string(),
            n => format!("{} people became an MQL again and are not in these counts.", count(n)),
        };
        blocks.push(Block::Prose { text: again });
    }
    let note = "First MQLs. Usual: what the twelve weeks before had, the lowest and the highest left out (of fewer weeks, all).";
    if !brief.by_channel.is_empty() {
        blocks.push(weekly_table("channels", "By source", "Source", &brief.by_channel, note));
    }
    if let Some(by_score) = &brief.by_score {
        let note = "Score at the MQL by the criteria in force; weeks before these are not compared.";
        blocks.push(weekly_table("scores", "By score", "Score", by_score, note));
    }
    if blocks.is_empty() {
        blocks.push(Block::Prose { text: "No MQL in this week or in the twelve before it.".into() });
    }
    Section {
        id: "mql".into(),
        title: format!("{}{}", format::counted(brief.mqls.n, "MQL"), usual(&brief.mqls)),
        blocks,
    }
}

/// The columns that say who: the id, and names where they are asked for.
fn who_columns(people: &[&Person]) -> Vec<Column> {
    let mut columns = vec![column("Lead", Unit::Text)];
    let named = |part: fn(&Person) -> &Option<String>| people.iter().any(|person| part(person).is_some());
    if named(|person| &person.name) {
        columns.push(column("Name", Unit::Text));
    }
    if named(|person| &person.email) {
        columns.push(column("E-mail", Unit::Text));
    }
    if named(|person| &person.account) {
        columns.push(column("Account", Unit::Text));
    }
    columns.push(column("Source", Unit::Text));
    columns
}

fn who_cells(person: &Person, columns: &[Column]) -> Vec<Cell> {
    let known = |part: &Option<String>| match part {
        Some(words) => text(words.clone()),
        None => Cell::Missing("not in the data".into()),
    };
    columns
        .iter()
        .map(|column| match column.label.as_str() {
            "Lead" => text(person.lead_id.clone()),
            "Name" => known(&person.name),
            "E-mail" => known(&person.email),
            "Account" => known(&person.account),
            _ => text(person.channel.clone()),
        })
        .collect()
}

/// A list of people, cut with the count said.
fn people_table<T>(
    (id, title, note): (&str, &str, &str),
    all: u64,
    lines: &[T],
    person: fn(&T) -> &Person,
    columns: Vec<Column>,
    cells: &dyn Fn(&T) -> Vec<Cell>,
) -> Block {
    let people: Vec<&Person> = lines.iter().map(person).collect();
    let who = who_columns(&people);
    let rows = rows(lines.iter().map(|line| {
        let mut whole = who_cells(person(line), &who);
        whole.extend(cells(line));
        whole
    }));
    let cut = if all > lines.len() as u64 {
        format!("{} of {} are shown. ", count(lines.len() as u64), count(all))
    } else {
        String::new()
    };
    let columns = who.into_iter().chain(columns).collect();
    let note = format!("{cut}{note}").trim().to_string();
    Block::Table(Table { id: id.into(), title: title.into(), columns, rows, note })
}

fn what(stage: Stage) -> &'static str {
    if stage == Stage::Recycled { "sent back" } else { "turned down" }
}

fn rejected(brief: &Brief) -> Section {
    let rejected = &brief.rejected;
    let id = "rejected".to_string();
    if rejected.n == 0 {
        let text = "No MQL was turned down (disqualified) or sent back to marketing (recycled) this week.".into();
        return Section { id, title: "No MQL was rejected".into(), blocks: vec![Block::Prose { text }] };
    }
    let said: Vec<String> = rejected
        .reasons
        .iter()
        .take(5)
        .map(|row| format!("{} {} for “{}”", count(row.n), what(row.stage), row.reason))
        .collect();
    let more = rejected.reasons.len().saturating_sub(5) as u64;
    let more = if more > 0 { format!(", and {}", format::counted(more, "more reason")) } else { String::new() };
    let mut blocks = vec![Block::Prose { text: format!("{}{more}.", said.join(", ")) }];
    let columns = vec![
        column("What was done", Unit::Text),
        column("Reason", Unit::Text),
        column("Day", Unit::Text),
        column("MQL since", Unit::Text),
    ];
    let cells = |line: &Rejection| {
        vec![
            text(what(line.stage)),
            text(line.reason.clone()),
            text(format::day(line.day)),
            text(format::day(line.mql_day)),
        ]
    };
    let note = "Before any SQL; reasons in the data's own words.";
    blocks.push(people_table(
        ("rejections", "Turned down or sent back", note),
        rejected.n,
        &rejected.people,
        |line| &line.person,
        columns,
        &cells,
    ));
    Section { id, title: format!("{} rejected", were(rejected.n)), blocks }
}

fn waiting_columns(label: &str) -> Vec<Column> {
    vec![column(label, Unit::Text), column("Days", Unit::Count)]
}

fn waiting_cells(line: &Waiting) -> Vec<Cell> {
    vec![text(format::day(line.since)), number(u64::from(line.days))]
}

fn hand_raisers(brief: &Brief) -> Section {
    let found = &brief.hand_raisers;
    let id = "hand-raisers".to_string();
    let prose = |text: String| vec![Block::Prose { text }];
    let Some(action) = &found.action else {
        let text = "No type of action by which people ask for sales was found in the data. It is what [funnel] hand_raiser names in the project file, else the type with the most points in [[criteria]].";
        return Section { id, title: "Who asked for sales cannot be told".into(), blocks: prose(text.into()) };
    };
    if found.n == 0 {
        let text = format!(
            "Everybody with “{action}” in the last {REQUEST_DAYS} days is in the hands of sales, or has been turned down or sent back since."
        );
        return Section { id, title: "No hand-raiser waits".into(), blocks: prose(text) };
    }
    let note = format!(
        "Did “{action}” in the last {REQUEST_DAYS} days and are not in the hands of sales: neither taken up nor turned down since; longest wait first."
    );
    let mut columns = waiting_columns("Asked on");
    columns.push(column("Latest MQL", Unit::Text));
    let cells = |line: &Waiting| {
        let mut cells = waiting_cells(line);
        cells.push(line.mql_day.map_or_else(|| Cell::Missing("never an MQL".into()), |day| text(format::day(day))));
        cells
    };
    let blocks = vec![people_table(
        ("hand-raiser-list", "Waiting for an answer", &note),
        found.n,
        &found.people,
        |line| &line.person,
        columns,
        &cells,
    )];
    let wait = if found.n == 1 { "waits" } else { "wait" };
    Section { id, title: format!("{} {wait}", format::counted(found.n, "hand-raiser")), blocks }
}

fn overdue(brief: &Brief) -> Section {
    let found = &brief.overdue;
    let days = format::counted(u64::from(found.sla_days), "day");
    let mut blocks = Vec::new();
    let mut sentences = Vec::new();
    if found.n_within > 0 {
        sentences.push(format!("{} still within the {days}.", are(found.n_within)));
    }
    if found.n_forgotten > 0 {
        sentences
            .push(format!("{} untouched for longer than MQL→SQL is followed, and not listed.", are(found.n_forgotten)));
    }
    if found.n == 0 && sentences.is_empty() {
        sentences.push("Every MQL has been touched, turned down or sent back.".into());
    }
    if !sentences.is_empty() {
        blocks.push(Block::Prose { text: sentences.join(" ") });
    }
    if found.n > 0 {
        let note = "Neither touched nor turned down since the MQL; longest wait first.";
        blocks.push(people_table(
            ("overdue-list", "MQLs that wait", note),
            found.n,
            &found.people,
            |line| &line.person,
            waiting_columns("Since"),
            &waiting_cells,
        ));
    }
    let title = match found.n {
        0 => format!("No MQL waits past {days}"),
        n => format!("{} past the {days} that sales has", are(n)),
    };
    Section { id: "overdue".into(), title, blocks }
}

fn sqls(brief: &Brief) -> Section {
    let found = &brief.sqls;
    let id = "sql".to_string();
    let title = format!("{}{}", format::counted(found.count.n, "new SQL"), usual(&found.count));
    if found.count.n == 0 {
        let text = "Nobody became an SQL this week.".into();
        return Section { id, title, blocks: vec![Block::Prose { text }] };
    }
    let columns = vec![column("SQL on", Unit::Text), column("MQL on", Unit::Text), column("Days between", Unit::Count)];
    let cells = |line: &NewSql| {
        let none = || Cell::Missing("never an MQL before".into());
        vec![
            text(format::day(line.day)),
            line.mql_day.map_or_else(none, |day| text(format::day(day))),
            line.days.map_or_else(none, |days| number(u64::from(days))),
        ]
    };
    let blocks = vec![people_table(
        ("sql-list", "Became an SQL", "The first SQL, or a later stage where there was none."),
        found.count.n,
        &found.people,
        |line| &line.person,
        columns,
        &cells,
    )];
    Section { id, title, blocks }
}
