//! What holds for any data: the order of rows does not matter, facts add up, nothing shows after `as_of`, every number
//! is a number, and the same input gives the same bytes.

use crate::json_schema;
use crate::project::Project;
use leadgauge::calibration::Calibration;
use leadgauge::facts::{Event, Facts, Outcome, Transition};
use leadgauge::ingest::{Activities, Ingested, Leads};
use leadgauge::pipeline;
use leadgauge::report::page::{Block, Cell};
use leadgauge::report::{Report, format, write};
use leadgauge::stats::random::SplitMix64;
use leadgauge::vocabulary::{Day, Month};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Day 0 of every world: 2025-01-01.
const START: Day = Day(20_089);
/// The last visible day of every world, counted from [`START`]: 2026-08-04.
const AS_OF: i32 = 580;

const CHANNELS: [&str; 5] = ["webinar", "paid_search", "Paid Search", "unknown", ""];
const TITLES: [&str; 4] = ["IT Director", "Analyst", "", "Managing director of sales"];
const STAGES: [&str; 8] = ["Lead", "MQL", "Working", "SQL", "Opportunity", "Customer", "Disqualified", "Recycled"];
const ACTIONS: [&str; 4] = ["email_click", "demo_request", "site_visit", "careers_page"];
const STATUSES: [&str; 3] = ["open", "won", "lost"];

/// A moment: days after something else, and an hour where not only the date is known.
type Moment = (i32, Option<u32>);

#[derive(Clone, Debug)]
struct Lead {
    created: Moment,
    channel: usize,
    /// One of few addresses, so that some leads are one person.
    address: Option<usize>,
    title: usize,
    stages: Vec<(usize, Moment)>,
    actions: Vec<(usize, Moment, Option<usize>)>,
    deals: Vec<Deal>,
}

#[derive(Clone, Debug)]
struct Deal {
    /// One of few ids, so that some deals stand there twice.
    again: Option<usize>,
    opened: i32,
    closed_after: Option<i32>,
    status: usize,
    amount: u32,
    renewal: bool,
}

#[derive(Clone)]
struct World {
    leads: Vec<Lead>,
    /// Month after January 2025, channel, cents.
    spend: Vec<(i32, usize, i32)>,
}

/// As rows, so that a world that fails can be read.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tables = Tables::of(self, "a", 0);
        TABLES.iter().zip(&tables.rows).try_for_each(|((name, _), rows)| write!(f, "\n{name}\n{}", rows.join("\n")))
    }
}

fn moment(days: std::ops::Range<i32>) -> impl Strategy<Value = Moment> {
    (days, option::weighted(0.7, 4u32..22))
}

fn lead(created: std::ops::Range<i32>) -> impl Strategy<Value = Lead> {
    let deal = (option::weighted(0.1, 0..4usize), 0..60, option::of(0..120), 0..3usize, 0u32..10_000, any::<bool>());
    let deal = deal.prop_map(|(again, opened, closed_after, status, amount, renewal)| Deal {
        again,
        opened,
        closed_after,
        status,
        amount,
        renewal,
    });
    (
        moment(created),
        0..CHANNELS.len(),
        option::weighted(0.3, 0..12usize),
        0..TITLES.len(),
        // MQL and SQL are what matters, so they come more often.
        vec((prop_oneof![3 => Just(1usize), 3 => Just(3usize), 2 => 0..STAGES.len()], moment(0..100)), 0..5),
        vec((0..ACTIONS.len(), moment(0..60), option::weighted(0.1, 0..5usize)), 0..6),
        vec(deal, 0..2),
    )
        .prop_map(|(created, channel, address, title, stages, actions, deals)| Lead {
            created,
            channel,
            address,
            title,
            stages,
            actions,
            deals,
        })
}

fn world(leads: std::ops::Range<usize>) -> impl Strategy<Value = World> {
    (vec(lead(0..AS_OF), leads), vec((0..20, 0..4usize, -1_000..100_000), 0..40))
        .prop_map(|(leads, spend)| World { leads, spend })
}

/// The rows of a world's tables, without headers.
#[derive(Clone, Debug, Default)]
struct Tables {
    rows: [Vec<String>; 5],
}

const TABLES: [(&str, &str); 5] = [
    ("leads.csv", "lead_id,created_at,channel,email,job_title"),
    ("stage_history.csv", "lead_id,stage,entered_at"),
    ("activities.csv", "lead_id,type,at,activity_id"),
    ("deals.csv", "deal_id,lead_id,opened_at,closed_at,status,amount,kind"),
    ("spend.csv", "month,channel,amount"),
];

impl Tables {
    /// The world's rows; ids begin with `name`, and every date is moved by `shift` days.
    fn of(world: &World, name: &str, shift: i32) -> Tables {
        let day = |days: i32| START.plus(days + shift).to_string();
        let moment = |from: i32, (days, hour): Moment| match hour {
            Some(hour) => format!("{}T{hour:02}:30:00", day(from + days)),
            None => day(from + days),
        };
        let mut tables = Tables::default();
        let [leads, stages, actions, deals, spend] = &mut tables.rows;
        for (i, lead) in world.leads.iter().enumerate() {
            let id = format!("{name}{i}");
            let from = lead.created.0;
            let address = lead.address.map_or_else(String::new, |k| format!("p{k}@{name}.example"));
            leads.push(format!(
                "{id},{},{},{address},{}",
                moment(0, lead.created),
                CHANNELS[lead.channel],
                TITLES[lead.title]
            ));
            for (stage, at) in &lead.stages {
                stages.push(format!("{id},{},{}", STAGES[*stage], moment(from, *at)));
            }
            for (kind, at, again) in &lead.actions {
                let activity_id = again.map_or_else(String::new, |k| format!("{name}-a{k}"));
                actions.push(format!("{id},{},{},{activity_id}", ACTIONS[*kind], moment(from, *at)));
            }
            for (k, deal) in lead.deals.iter().enumerate() {
                let deal_id = deal.again.map_or_else(|| format!("{id}-d{k}"), |again| format!("{name}-d{again}"));
                let opened = from + deal.opened;
                let closed = deal.closed_after.map_or_else(String::new, |days| day(opened + days));
                let kind = if deal.renewal { "renewal" } else { "new" };
                let status = STATUSES[deal.status];
                deals.push(format!("{deal_id},{id},{},{closed},{status},{},{kind}", day(opened), deal.amount));
            }
        }
        for (month, channel, cents) in &world.spend {
            let month = START.month().plus(*month);
            spend.push(format!("{month},{},{}", CHANNELS[*channel], f64::from(*cents) / 100.0));
        }
        tables
    }

    /// The rows of both.
    fn and(mut self, other: Tables) -> Tables {
        for (mine, theirs) in self.rows.iter_mut().zip(other.rows) {
            mine.extend(theirs);
        }
        self
    }

    /// The rows in another order.
    fn shuffled(mut self, seed: u64) -> Tables {
        let mut random = SplitMix64::new(seed);
        self.rows.iter_mut().for_each(|rows| shuffle(rows, &mut random));
        self
    }

    /// A project of these rows that sees the first `as_of` days.
    fn project(&self, as_of: i32) -> Project {
        let settings = format!(
            r#"project = "World"
timezone = "Europe/Berlin"
as_of = "{}"
channels = {{ paid_search = ["Paid Search"] }}
[[criteria]]
threshold = 40
points = {{ email_click = 10, demo_request = 30, site_visit = 5 }}
caps = {{ site_visit = 2 }}
fit.job_title = {{ "*director*" = 10 }}
[economics]
value_per_sql = 1000
sales_cost_per_mql = 100
[exclude]
email_patterns = ["p11"]
"#,
            START.plus(as_of)
        );
        TABLES.iter().zip(&self.rows).fold(Project::empty().toml(&settings), |project, ((name, header), rows)| {
            let text = rows.iter().fold(format!("{header}\n"), |text, row| text + row + "\n");
            project.file(name, text.as_bytes())
        })
    }
}

fn shuffle<T>(rows: &mut [T], random: &mut SplitMix64) {
    for last in (1..rows.len()).rev() {
        rows.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// Few cases unless more are asked for (`PROPTEST_CASES`): each is a whole report. One that fails is printed.
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { ProptestConfig::default().cases } else { few };
    // The same worlds on each run, so that a failure is news; others with PROPTEST_CASES.
    let rng_seed = if asked { RngSeed::Random } else { RngSeed::Fixed(20_261_031) };
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() }
}

/// `report.json` without what names rows of the files: their hashes, and the findings' examples.
fn without_places(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).expect("a report is JSON");
    for input in value["inputs"].as_array_mut().expect("inputs") {
        input["sha256"] = Value::Null;
    }
    for finding in value["findings"].as_array_mut().expect("findings") {
        finding["examples"] = Value::Null;
    }
    for section in value["page"]["sections"].as_array_mut().expect("sections") {
        for block in
            section["blocks"].as_array_mut().expect("blocks").iter_mut().filter(|block| block["id"] == "findings")
        {
            for row in block["rows"].as_array_mut().expect("rows") {
                row["cells"][4] = Value::Null;
            }
        }
    }
    value
}

/// What a report measures and shows, without what it says about the files and the rows in them.
fn measured(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).expect("a report is JSON");
    let fields = value.as_object_mut().expect("an object");
    for about_the_files in ["inputs", "findings", "trust"] {
        fields.remove(about_the_files).expect("is there");
    }
    let facts = value["page"]["facts"].as_array_mut().expect("facts");
    facts.retain(|fact| fact["label"] != "The data");
    let sections = value["page"]["sections"].as_array_mut().expect("sections");
    sections.retain(|section| section["id"] != "quality");
    let to_do = sections.iter_mut().find(|section| section["id"] == "to-do").expect("what to do");
    to_do["title"] = Value::Null;
    for rows in
        to_do["blocks"].as_array_mut().expect("blocks").iter_mut().filter_map(|block| block["rows"].as_array_mut())
    {
        rows.retain(|row| row["cells"][2]["text"] != "Data quality");
    }
    for section in sections {
        // The verdict on the data stands above the first figures, too.
        section["blocks"].as_array_mut().expect("blocks").retain(|block| block["text"] != report.trust.says.as_str());
    }
    value
}

/// Where two values differ, for a message that can be read.
fn differences(a: &Value, b: &Value, at: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) if x.keys().eq(y.keys()) => {
            x.iter().for_each(|(key, value)| differences(value, &y[key], &format!("{at}.{key}"), found));
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            for (i, (value, other)) in x.iter().zip(y).enumerate() {
                differences(value, other, &format!("{at}[{i}]"), found);
            }
        }
        _ if a != b => found.push(format!("{at}: {a} and {b}")),
        _ => {}
    }
}

#[track_caller]
fn assert_same(a: &Value, b: &Value) {
    let mut found = Vec::new();
    differences(a, b, "$", &mut found);
    found.truncate(10);
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(a.to_string(), b.to_string(), "the order of keys differs");
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_order_of_rows_does_not_matter(world in world(1..60), seed in any::<u64>()) {
        let tables = Tables::of(&world, "a", 0);
        let once = tables.project(AS_OF).report();
        let again = tables.shuffled(seed).project(AS_OF).report();
        assert_same(&without_places(&once), &without_places(&again));
    }

    #[test]
    fn facts_add_up_over_disjoint_leads(a in world(1..40), b in world(1..40)) {
        let (a, b) = (Tables::of(&a, "a", 0), Tables::of(&b, "b", 0));
        let facts = |tables: &Tables| tables.project(AS_OF).analysis().facts;
        let both = facts(&a.clone().and(b.clone()));
        prop_assert_eq!(sums(&[&both]), sums(&[&facts(&a), &facts(&b)]));
    }

    #[test]
    fn rows_after_the_last_visible_day_change_nothing(
        world in world(2..40),
        later in vec(lead(AS_OF + 1..AS_OF + 200), 0..20),
        more in vec((any::<prop::sample::Index>(), 0..4, 1..200), 0..30),
    ) {
        let tables = Tables::of(&world, "a", 0);
        let known = tables.project(AS_OF).report();
        // The later leads share the addresses of the earlier ones, so some are later records of the same people.
        let later = World { leads: later, spend: vec![(20, 0, 500), (21, 1, 500), (25, 2, 500)] };
        let mut with = Tables::of(&later, "a", 0);
        for (i, row) in with.rows[0].iter_mut().enumerate() {
            *row = row.replacen(&format!("a{i},"), &format!("later{i},"), 1);
        }
        for rows in &mut with.rows[1..3] {
            rows.iter_mut().for_each(|row| *row = row.replacen('a', "later", 1));
        }
        with.rows[3].clear();
        for (i, (lead, what, days)) in more.into_iter().enumerate() {
            let lead = lead.index(world.leads.len());
            let day = START.plus(AS_OF + days);
            match what {
                0 => with.rows[1].push(format!("a{lead},{},{day}", STAGES[i % STAGES.len()])),
                1 => with.rows[2].push(format!("a{lead},{},{day}T00:00:01,", ACTIONS[i % ACTIONS.len()])),
                2 => with.rows[3].push(format!("late{i},a{lead},{},{day},won,100,new", START.plus(AS_OF - 5))),
                _ => with.rows[0].push(format!("a{lead},{day},referral,p11@a.example,IT Director")),
            }
        }
        assert_same(&measured(&known), &measured(&tables.and(with).project(AS_OF).report()));
    }

    #[test]
    fn a_week_later_every_lag_is_the_same(world in world(1..60)) {
        let facts = |shift| Tables::of(&world, "a", shift).project(AS_OF + shift).analysis().facts;
        let (now, later) = (facts(0), facts(7));
        let moved = |facts: &Facts, days| -> Vec<_> {
            let rows = facts.transitions.iter();
            rows.map(|row| (row.transition, row.channel.clone(), row.start.plus(days), row.outcome, row.n)).collect()
        };
        prop_assert_eq!(moved(&now, 7), moved(&later, 0));
        prop_assert_eq!(&now.remarks, &later.remarks);
        let by_band = |facts: &Facts| {
            let mut bands: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
            for row in &facts.scores {
                let band = bands.entry(row.score_band).or_default();
                *band = (band.0 + row.n, band.1 + row.sqls);
            }
            bands
        };
        prop_assert_eq!(by_band(&now), by_band(&later));
    }

    #[test]
    fn whoever_starts_has_arrived_before_or_since_or_not_yet(world in world(1..60)) {
        let facts = Tables::of(&world, "a", 0).project(AS_OF).analysis().facts;
        let mut starts: BTreeMap<(Transition, Month, &str), u64> = BTreeMap::new();
        for row in &facts.transitions {
            *starts.entry((row.transition, row.start.month(), &row.channel)).or_default() += row.n;
            if let Outcome::Converted(lag) = row.outcome {
                prop_assert!(row.start.plus(lag as i32) <= START.plus(AS_OF), "{row:?}");
            }
        }
        let mut volume: BTreeMap<(Transition, Month, &str), u64> = BTreeMap::new();
        for row in &facts.volume {
            let started: &[Transition] = match row.event {
                Event::Lead => &[Transition::LeadToMql],
                Event::Mql => &[Transition::MqlToSql, Transition::MqlToCustomer],
                _ => &[],
            };
            for transition in started {
                *volume.entry((*transition, row.month, &row.channel)).or_default() += row.n;
            }
        }
        starts.retain(|(transition, ..), _| *transition != Transition::SqlToCustomer);
        prop_assert_eq!(starts, volume);
    }

    #[test]
    fn rates_are_shares_and_the_funnel_never_widens(world in world(1..80)) {
        let report = Tables::of(&world, "a", 0).project(AS_OF).report();
        let value = serde_json::to_value(&report).expect("a report is JSON");
        let mut rates = 0;
        each_object(&value, &mut |object| {
            if object.contains_key("converted") {
                rates += 1;
                check_rate(object);
            }
        });
        assert!(rates >= 8, "only {rates} rates were looked at");
        for row in value["months"].as_array().into_iter().flatten().chain([&value["overall"]]).chain(value["channels"].as_array().into_iter().flatten()) {
            let count = |path: &str| row.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} of {row}"));
            assert!(count("/mql_to_sql/n") + count("/inferred_mqls") == count("/mqls"), "{row}");
            assert_eq!(count("/mql_to_customer/n"), count("/mql_to_sql/n"), "{row}");
            assert!(count("/mql_to_customer/converted") <= count("/mql_to_customer_so_far/converted"), "{row}");
        }
    }

    #[test]
    fn no_number_is_nan_or_infinite_or_minus_zero(world in world(1..60)) {
        let report = Tables::of(&world, "a", 0).project(AS_OF).report();
        // serde writes NaN as null, so the value itself is looked at.
        prop_assert_eq!(no_numbers(&format!("{report:?}")), Vec::<String>::new());
        let json = serde_json::to_string(&report).expect("a report is JSON");
        prop_assert_eq!(no_numbers(&json), Vec::<String>::new());
    }

    #[test]
    fn any_number_in_the_markdown_is_in_the_json(world in world(1..60)) {
        let report = Tables::of(&world, "a", 0).project(AS_OF).report();
        prop_assert_eq!(unknown_numbers(&report), Vec::<String>::new());
    }

    #[test]
    fn a_report_fits_its_schema(world in world(1..60)) {
        let report = Tables::of(&world, "a", 0).project(AS_OF).report();
        let value = serde_json::to_value(&report).expect("a report is JSON");
        prop_assert_eq!(json_schema::problems(&leadgauge::report::schema(), &value), Vec::<String>::new());
        let schema = schemars::schema_for!(Calibration).to_value();
        prop_assert_eq!(json_schema::problems(&schema, &value["calibration"]), Vec::<String>::new());
    }
}

/// Every fact as a sum by its key.
fn sums(all: &[&Facts]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for facts in all {
        let transitions = facts
            .transitions
            .iter()
            .map(|row| (format!("{:?} {} {} {:?}", row.transition, row.channel, row.start, row.outcome), row.n as i64));
        let volume =
            facts.volume.iter().map(|row| (format!("{:?} {} {}", row.event, row.month, row.channel), row.n as i64));
        let spend = facts.spend.iter().map(|row| (format!("spend {} {}", row.month, row.channel), row.amount.0));
        let scores = facts.scores.iter().flat_map(|row| {
            let band = format!("{} band {}", row.month, row.score_band);
            [(format!("{band} MQLs"), row.n as i64), (format!("{band} SQLs"), row.sqls as i64)]
        });
        let revenue = facts.revenue.iter().flat_map(|row| {
            let key = format!("{:?} {} {} band {}", row.event, row.month, row.channel, row.amount_band);
            [(format!("{key} wins"), row.n as i64), (format!("{key} revenue"), row.amount.0)]
        });
        let remarks = facts.remarks.iter().map(|(remark, n)| (format!("remark {remark}"), *n as i64));
        for (key, n) in transitions.chain(volume).chain(spend).chain(scores).chain(revenue).chain(remarks) {
            *sums.entry(key).or_default() += n;
        }
    }
    sums
}

#[test]
fn from_nothing_come_no_facts() {
    let project = Project::sound();
    let plan =
        leadgauge::config::parse(&project.text("leadgauge.toml"), "leadgauge.toml", &project.path("")).expect("valid");
    let read = leadgauge::ingest::read(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
    let nothing = Ingested {
        leads: Leads::default(),
        stages: Vec::new(),
        activities: Activities::default(),
        deals: Vec::new(),
        spend: Vec::new(),
        ..read
    };
    let counted = pipeline::count(&plan, &nothing).expect("empty tables can be counted");
    assert_eq!(sums(&[&counted.facts]), BTreeMap::new());
    assert!(counted.evidence.open.is_empty() && counted.evidence.below.is_empty());
}

fn each_object(value: &Value, then: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            then(object);
            object.values().for_each(|value| each_object(value, then));
        }
        Value::Array(values) => values.iter().for_each(|value| each_object(value, then)),
        _ => {}
    }
}

/// converted ≤ n; low ≤ estimate ≤ high, all of them shares; all three or none of them.
fn check_rate(rate: &serde_json::Map<String, Value>) {
    let number = |name: &str| rate[name].as_f64();
    let (n, converted) = (number("n").expect("a count"), number("converted").expect("a count"));
    assert!(converted <= n, "{rate:?}");
    for share in ["observed", "maturity", "estimate", "low", "high"].into_iter().filter_map(number) {
        assert!((0.0..=1.0).contains(&share), "{rate:?}");
    }
    match (number("low"), number("estimate"), number("high")) {
        (Some(low), Some(estimate), Some(high)) => assert!(low <= estimate && estimate <= high, "{rate:?}"),
        (None, None, None) => {}
        _ => panic!("half an estimate: {rate:?}"),
    }
    match rate["status"].as_str().expect("a status") {
        "mature" | "maturing" => assert!(rate["estimate"].is_number(), "{rate:?}"),
        "too_early" | "unavailable" => assert!(rate["estimate"].is_null(), "{rate:?}"),
        status => assert_eq!(status, "too_few", "{rate:?}"),
    }
    let (n_estimated, converted_estimated) = (number("n_estimated"), number("converted_estimated"));
    assert!(converted_estimated <= n_estimated && n_estimated <= Some(n), "{rate:?}");
}

/// Words outside of quotation marks that stand for what is no number.
fn no_numbers(text: &str) -> Vec<String> {
    let mut bare = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            '"' if !escaped => {
                quoted = !quoted;
                bare.push(' ');
            }
            _ if !quoted => bare.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    let words = bare.split(|c: char| !c.is_ascii_alphanumeric() && !"_.+-".contains(c));
    words.filter(|word| ["NaN", "-NaN", "inf", "-inf", "-0.0", "-0"].contains(word)).map(str::to_string).collect()
}

#[test]
fn what_is_no_number_is_found() {
    assert_eq!(
        no_numbers(r#"Rate { low: NaN, high: Some(-inf), says: "no inf \" NaN", x: [-0.0, 0.0, 1e-0] }"#),
        ["NaN", "-inf", "-0.0"]
    );
}

/// The numbers in a text: runs of digits, with points and commas between digits.
fn numbers(text: &str) -> BTreeSet<String> {
    let runs = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let runs = runs.map(|run| run.trim_matches(['.', ',']));
    runs.filter(|run| !run.is_empty()).map(str::to_string).collect()
}

/// Numbers of `report.md` that `report.json` has neither in its texts nor as a formatted value.
fn unknown_numbers(report: &Report) -> Vec<String> {
    let markdown = write::markdown(&report.page);
    assert!(numbers(&markdown).len() > 20, "hardly any number was looked at");
    let mut known = BTreeSet::new();
    each_text(&serde_json::to_value(report).expect("a report is JSON"), &mut |text| known.extend(numbers(text)));
    for block in report.page.sections.iter().flat_map(|section| &section.blocks) {
        let Block::Table(table) = block else { continue };
        for (cell, column) in table.rows.iter().flat_map(|row| row.cells.iter().zip(&table.columns)) {
            if let Cell::Number(_) | Cell::Range(..) = cell {
                known.extend(numbers(&format::cell(cell, &column.unit)));
            }
        }
    }
    numbers(&markdown).difference(&known).cloned().collect()
}

fn each_text(value: &Value, then: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => then(text),
        Value::Object(object) => object.values().for_each(|value| each_text(value, then)),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, then)),
        _ => {}
    }
}

#[test]
fn the_sample_in_any_order_gives_the_same_report() {
    let project = Project::sample();
    let once = project.report();
    let mut random = SplitMix64::new(5);
    let mut shuffled = project;
    for (name, _) in TABLES {
        let text = shuffled.text(name);
        let (header, rows) = text.split_once('\n').expect("a header");
        let mut rows: Vec<&str> = rows.lines().collect();
        shuffle(&mut rows, &mut random);
        shuffled = shuffled.file(name, format!("{header}\n{}\n", rows.join("\n")).as_bytes());
    }
    assert_same(&without_places(&once), &without_places(&shuffled.report()));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let once = Project::sample().run(&["report", "--out", "r"]).ended(0);
    let again = Project::sample().run(&["report", "--out", "r"]).ended(0);
    assert!(once.files.len() > 10, "{:?}", once.files.keys());
    assert_eq!(once.files.keys().collect::<Vec<_>>(), again.files.keys().collect::<Vec<_>>());
    for (name, bytes) in &once.files {
        assert!(bytes == &again.files[name], "{name} differs");
    }
    assert_eq!(once.stdout, again.stdout);
}

#[test]
fn the_samples_report_keeps_the_laws_of_numbers() {
    let report = Project::sample().report();
    assert_eq!(no_numbers(&format!("{report:?}")), Vec::<String>::new());
    assert_eq!(unknown_numbers(&report), Vec::<String>::new());
    each_object(&serde_json::to_value(&report).expect("a report is JSON"), &mut |object| {
        if object.contains_key("converted") {
            check_rate(object);
        }
    });
}

#[test]
fn what_the_program_writes_fits_what_it_says_about_it() {
    let project = Project::sample();
    let schema = |what: &str| -> Value {
        serde_json::from_str(&project.run(&["schema", what]).ended(0).stdout).expect("a schema is JSON")
    };
    let (report, calibration) = (schema("report"), schema("calibration"));
    let run = project.run(&["report", "--out", "r"]).ended(0);
    assert_eq!(json_schema::problems(&report, &run.json("report.json")), Vec::<String>::new());
    assert_eq!(json_schema::problems(&calibration, &run.json("calibration.json")), Vec::<String>::new());
    let mut broken = run.json("report.json");
    broken["months"][0]["mqls"] = Value::from("many");
    assert_eq!(json_schema::problems(&report, &broken).len(), 1, "the check can fail");
}
