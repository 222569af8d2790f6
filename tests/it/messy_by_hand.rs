//! Is everything that the clean sample says in the messy folder, too? Read here by somebody who knows what each file is.
//!
//! What this reader knows is what recognition has to find out: it shows that the files suffice, not that the program can
//! read them.

use super::layouts::{Action, Deal, Entry, Lead, Moment, Sheet, Spend, World};
use super::messy::{folder, numbers, project};
use super::project::Project;
use calamine::{Data, Reader as _, Xlsx};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::{Europe::Berlin, Tz};
use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const ZONE: Tz = Berlin;

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The table in a file: from the row that begins with this header, rows as wide as it.
fn sheet(text: &str, delimiter: char, header: &str) -> Sheet {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter as u8).flexible(true).has_headers(false);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in reader.from_reader(text.as_bytes()).records() {
        let row: Vec<String> = row.expect("a row").iter().map(str::to_string).collect();
        if !rows.is_empty() || row[0] == header {
            rows.push(row);
        }
    }
    let header = rows.remove(0);
    rows.retain(|row| row.len() == header.len());
    Sheet { header, rows, ..Sheet::default() }
}

fn utf8(name: &str) -> String {
    UTF_8.decode(&bytes(name)).0.into_owned()
}

fn unzipped(name: &str) -> String {
    let (mut text, bytes) = (String::new(), bytes(name));
    let mut reader = flate2::read::GzDecoder::new(bytes.as_slice());
    std::io::Read::read_to_string(&mut reader, &mut text).expect("gzip");
    text
}

fn moment(text: &str, format: &str) -> Moment {
    let local = NaiveDateTime::parse_from_str(text, format).ok();
    let at = local.and_then(|local| ZONE.from_local_datetime(&local).earliest());
    at.map_or(Moment::Misprint, |at| Moment::At(at.to_utc()))
}

/// Who is who: every id and address of every system → the id of the record in HubSpot.
struct People {
    known: HashMap<String, String>,
}

impl People {
    fn get(&self, key: &str) -> String {
        self.known.get(&key.trim().to_lowercase()).cloned().unwrap_or_else(|| format!("nobody {key}"))
    }
}

fn leads() -> (Vec<Lead>, People) {
    let (mut leads, mut known, mut seen) = (Vec::new(), HashMap::new(), BTreeSet::new());
    let files = ["hubspot-contacts-until-jan-2026.csv", "hubspot-contacts-since-dec-2025.csv"];
    let mut rows: Vec<Vec<String>> = files.iter().flat_map(|name| sheet(&utf8(name), ',', "Record ID").rows).collect();
    rows.sort_by(|a, b| (&a[9], &a[0]).cmp(&(&b[9], &b[0])));
    for row in rows.into_iter().filter(|row| seen.insert(row.clone())) {
        let email = row[3].trim().to_lowercase();
        let id = known.entry(email.clone()).or_insert_with(|| row[0].clone()).clone();
        known.insert(row[0].clone(), id.clone());
        if !row[13].is_empty() {
            known.insert(row[13].clone(), id);
        }
        leads.push(Lead {
            id: row[0].clone(),
            number: leads.len() + 1,
            email,
            created: Some(moment(&format!("{}:00", row[9]), "%Y-%m-%d %H:%M:%S")),
            channel: row[11].clone(),
            campaign: row[12].clone(),
            account: row[5].clone(),
            job_title: row[4].clone(),
            company_size: row[7].clone(),
            industry: row[6].clone(),
            country: row[8].clone(),
        });
    }
    for row in sheet(&utf8("marketo-leads.csv"), ',', "id").rows {
        let id = known[&row[1].trim().to_lowercase()].clone();
        known.insert(row[0].clone(), id);
    }
    (leads, People { known })
}

fn stages(people: &People) -> Vec<Entry> {
    let report = bytes("salesforce-lead-history-report.csv");
    let sheet = sheet(&WINDOWS_1252.decode(&report).0, ',', "Lead ID");
    let rows = sheet.rows.iter().filter(|row| row[2] == "Lead Status");
    let entry = |row: &Vec<String>| Entry {
        lead: people.get(&row[1]),
        stage: row[4].clone(),
        at: moment(&row[5], "%m/%d/%Y %I:%M:%S %p"),
        reason: row[7].clone(),
    };
    rows.map(entry).collect()
}

fn actions(people: &People) -> Vec<Action> {
    let mut text = unzipped("marketo-activities-1.csv.gz");
    text += &unzipped("marketo-activities-2.csv.gz");
    text += &utf8("marketo-activities-3.csv");
    let mut seen = BTreeSet::new();
    let rows = sheet(&text, ',', "marketoGUID").rows;
    let rows = rows.into_iter().filter(|row| row[0] != "marketoGUID" && seen.insert(row[0].clone()));
    let kind = |number: &str| match number {
        "1" => "site_visit",
        "10" => "email_open",
        "11" => "email_click",
        other => panic!("type {other}"),
    };
    let when = |text: &str| Moment::parse(text, ZONE).expect("a moment");
    let mut actions: Vec<Action> = rows
        .map(|row| Action { lead: people.get(&row[1]), kind: kind(&row[3]).to_string(), at: when(&row[2]) })
        .collect();
    for line in unzipped("website-events.jsonl.gz").lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| event[key].as_str().expect("text").to_string();
        actions.push(Action {
            lead: people.get(&text("contact_id")),
            kind: text("event"),
            at: when(&text("timestamp")),
        });
    }
    actions
}

fn deals(people: &People) -> Vec<Deal> {
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes("hubspot-deals.xlsx"))).expect("a workbook");
    let page = book.worksheet_range("Deals").expect("a page");
    let at = |header: &str| {
        page.rows().next().and_then(|row| row.iter().position(|cell| *cell == header)).expect("a column")
    };
    let day = |cell: &Data| {
        let Data::DateTime(serial) = cell else { panic!("{cell:?}") };
        let origin: NaiveDate = "1899-12-30".parse().expect("a date");
        Some(Moment::Day(origin + TimeDelta::days(serial.as_f64().floor() as i64)))
    };
    let deal = |row: &[Data]| {
        let ids = row[at("Associated Contact IDs")].to_string();
        let status = match row[at("Deal Stage")].to_string().as_str() {
            "Closed Won" => "won",
            "Closed Lost" => "lost",
            _ => "open",
        };
        let Data::Float(amount) = row[at("Amount")] else { panic!("an amount") };
        Deal {
            id: row[0].to_string(),
            lead: ids.split(';').find_map(|id| people.known.get(id)).expect("somebody we know").clone(),
            opened: day(&row[at("Create Date")]),
            closed: day(&row[at("Close Date")]).filter(|_| status != "open"),
            status: status.to_string(),
            cents: (amount * 100.0).round() as i64,
            currency: row[at("Currency")].to_string(),
            kind: if row[at("Deal Type")] == "existingbusiness" { "renewal" } else { "new" }.to_string(),
        }
    };
    page.rows().skip(1).map(deal).collect()
}

fn spend() -> Vec<Spend> {
    let mut sums: BTreeMap<(String, String, bool), i64> = BTreeMap::new();
    let mut add = |month: String, channel: &str, amount: &str| {
        if amount != "--" {
            let cents = (amount.parse::<f64>().expect("an amount") * 100.0).round() as i64;
            *sums.entry((month, channel.to_string(), cents < 0)).or_default() += cents;
        }
    };
    let google = sheet(&UTF_16LE.decode(&bytes("google-ads-campaigns.csv")).0, '\t', "Day");
    for row in google.rows.iter().filter(|row| !row[0].starts_with("Total")) {
        add(row[0][..7].to_string(), "paid_search", &row[4].replace(',', ""));
    }
    for row in sheet(&utf8("meta-ads.csv"), ',', "Reporting starts").rows.iter().filter(|row| !row[0].is_empty()) {
        add(row[0][..7].to_string(), "paid_social", &row[5]);
    }
    let linkedin = sheet(&UTF_16LE.decode(&bytes("linkedin-campaigns.csv")).0, '\t', "Start Date (in UTC)");
    for row in linkedin.rows.iter().filter(|row| row[0] != "Total") {
        let day = NaiveDate::parse_from_str(&row[0], "%m/%d/%Y").expect("a date");
        add(day.format("%Y-%m").to_string(), "paid_social", &row[8]);
    }
    let budget = sheet(&WINDOWS_1252.decode(&bytes("budget.csv")).0, ';', "Monat");
    for row in &budget.rows {
        let (month, year) = row[0].split_once(' ').expect("a month and a year");
        let names = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
        let number = 1 + names.iter().position(|name| *name == month).expect("a month");
        let channel = match row[1].as_str() {
            "Webinare" => "webinar",
            "Content Synd." => "content_syndication",
            "Partner" => "referral",
            "Messen" => "event",
            other => panic!("channel {other}"),
        };
        let amount = row[2].trim_end_matches(" €").replace('.', "").replace(',', ".");
        add(format!("{year}-{number:02}"), channel, &amount);
    }
    let row = |((month, channel, _), cents)| Spend { month, channel, cents, currency: "EUR".to_string() };
    sums.into_iter().map(row).collect()
}

#[test]
fn read_by_hand_the_messy_folder_gives_the_numbers_of_the_sample() {
    let (leads, people) = leads();
    let (stages, actions, deals) = (stages(&people), actions(&people), deals(&people));
    let world = World { zone: ZONE, leads, stages, actions, deals, spend: spend() };
    let toml = include_str!("../../sample-data/leadgauge.toml");
    let (found, expected) =
        (numbers(&project(&world.canonical()).toml(toml).analysis()), numbers(&Project::sample().analysis()));
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert_eq!(differ, None, "the first line of the numbers that differs: clean, messy");
    assert_eq!(expected.lines().count(), found.lines().count());
}
