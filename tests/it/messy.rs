//! `sample-data/messy/`: the sample project as bad exports of eight systems, which nobody has tidied up.
//!
//! The folder is written by this module: `LEADGAUGE_BLESS=1 cargo test --release the_messy_folder` writes it anew. Nothing
//! but names of stages and channels, the zone, the currency and the criteria stands in its project file: which file is what
//! must be found out.

use super::layouts::{Files, Lead, Moment, Sheet, Spend, World, crlf, gzipped, hubspot, marketo, salesforce, spend};
use super::layouts::{utf8_with_bom, utf16_le, windows_1252};
use super::project::Project;
use leadgauge::pipeline::Analysis;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What the marketing automation logs; everything else is in the log of the website.
const MARKETO: [&str; 3] = ["email_open", "email_click", "site_visit"];

/// Where the folder lies.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/messy")
}

/// Every file of the folder but its README.
pub fn files() -> Files {
    let world = World::sample();
    let bytes = |name: &str, bytes: Vec<u8>| (name.to_string(), bytes);
    let mut files = vec![bytes("leadgauge.toml", project_file().into_bytes())];
    let contacts = contacts(&world);
    let (old, new) = (contacts.part(0..2300), contacts.part(2200..contacts.rows.len()));
    files.push(bytes("hubspot-contacts-until-jan-2026.csv", utf8_with_bom(&old.newest_first().text(','))));
    files.push(bytes("hubspot-contacts-since-dec-2025.csv", utf8_with_bom(&new.newest_first().text(','))));
    files.push(bytes("hubspot-deals.xlsx", hubspot::xlsx(&deals(&world), "Deals")));
    files.push(bytes(
        "salesforce-lead-history-report.csv",
        windows_1252(&crlf(&salesforce::history_report(&world).text(','))),
    ));
    files.push(bytes("marketo-leads.csv", marketo::people(&world).text(',').into_bytes()));
    let jobs = marketo::jobs(&marketo::activities(&world, &MARKETO), 3, 400);
    files.push(bytes("marketo-activities-1.csv.gz", gzipped(jobs[0].text(',').as_bytes())));
    files.push(bytes("marketo-activities-2.csv.gz", gzipped(jobs[1].text(',').as_bytes())));
    files.push(bytes("marketo-activities-3.csv", jobs[2].text(',').into_bytes()));
    files.push(bytes("website-events.jsonl.gz", gzipped(website(&world).as_bytes())));
    let of = |channels: &[&str]| -> Vec<Spend> {
        world.spend.iter().filter(|row| channels.contains(&row.channel.as_str())).cloned().collect()
    };
    let (meta, linkedin) =
        (share(&of(&["paid_social"]), 60, Part::First), share(&of(&["paid_social"]), 60, Part::Rest));
    files
        .push(bytes("google-ads-campaigns.csv", utf16_le(&spend::google_ads(&of(&["paid_search"]), "EUR").text('\t'))));
    files.push(bytes("meta-ads.csv", utf8_with_bom(&spend::meta(&meta, "EUR").text(','))));
    files.push(bytes("linkedin-campaigns.csv", utf16_le(&spend::linkedin(&linkedin, "EUR").text('\t'))));
    let rest = of(&["webinar", "content_syndication", "referral", "event"]);
    files.push(bytes("budget.csv", windows_1252(&crlf(&spend::budget(&rest, budget_name).text(';')))));
    files.push(bytes("ga4-traffic.csv", spend::ga4(&["2026-09", "2026-10"]).text(',').into_bytes()));
    files
}

/// What finance calls a channel.
fn budget_name(channel: &str) -> String {
    match channel {
        "webinar" => "Webinare",
        "content_syndication" => "Content Synd.",
        "referral" => "Partner",
        "event" => "Messen",
        other => other,
    }
    .to_string()
}

/// The sample's project file without `[sources]`, with the names that this folder's systems have for the channels.
fn project_file() -> String {
    let sample = include_str!("../../sample-data/leadgauge.toml");
    let mut kept = String::new();
    let mut section = "";
    for line in sample.lines().skip_while(|line| line.starts_with('#')) {
        if line.starts_with('[') {
            section = line.split(']').next().unwrap_or_default().trim_start_matches('[');
        }
        match section {
            "sources" => {}
            "channels" if line.starts_with("[channels]") => kept += CHANNELS,
            "channels" if !line.is_empty() => {}
            _ => kept += &format!("{line}\n"),
        }
    }
    let top = "# The sample project as bad exports of eight systems. Everything here is invented; README.md says what is wrong with it.\n\
               # There are no [sources]: which file is what is found out from the files.\n";
    format!("{top}{kept}")
}

const CHANNELS: &str = r#"[channels]                             # ours = what the systems call it
organic_search      = ["SEO", "Organic"]
paid_search         = ["Google Ads", "PPC"]
paid_social         = ["Facebook", "LinkedIn Ads", "Paid Social", "Meta Ads", "Meta", "LinkedIn"]
webinar             = ["Webinars", "Webinare"]
content_syndication = ["Content Synd."]
referral            = ["Partner"]
event               = ["Trade Show", "Messen"]
unknown             = ["(not set)"]
"#;

/// Second records of an address, by the id of the first.
fn seconds(world: &World) -> HashMap<&str, &Lead> {
    let mut first: HashMap<String, &Lead> = HashMap::new();
    let mut found = HashMap::new();
    for lead in &world.leads {
        let kept = *first.entry(lead.email.to_lowercase()).or_insert(lead);
        if kept.id != lead.id {
            found.insert(kept.id.as_str(), lead);
        }
    }
    found
}

/// Whether HubSpot merged a second record into its first, so that only an id is left of it.
fn is_merged(second: &Lead) -> bool {
    second.number.is_multiple_of(2)
}

/// The contacts, oldest first: some rows twice, every other second record merged into its first, the stage of today, no
/// stage dates. Where a person came from stands in a field of the company's own.
fn contacts(world: &World) -> Sheet {
    let entries = world.first_entries();
    let seconds = seconds(world);
    let gone: Vec<&str> =
        seconds.values().filter(|second| is_merged(second)).map(|second| second.id.as_str()).collect();
    let mut sheet = Sheet::of(&[
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Job Title",
        "Company Name",
        "Industry",
        "Number of Employees",
        "Country/Region",
        "Create Date",
        "Lifecycle Stage",
        "Lead Source",
        "Campaign",
        "Merged object IDs",
    ]);
    let mut leads: Vec<&Lead> = world.leads.iter().filter(|lead| !gone.contains(&lead.id.as_str())).collect();
    leads.sort_by_key(|lead| (lead.created, lead.number));
    for lead in leads {
        let stage = ["customer", "opportunity", "sql", "mql"].into_iter();
        let stage = stage.into_iter().find(|stage| entries.contains_key(&(lead.id.as_str(), *stage))).unwrap_or("lead");
        let merged =
            seconds.get(lead.id.as_str()).filter(|second| is_merged(second)).map(|second| hubspot::record_id(second));
        // Addresses are typed by people.
        let email = if lead.number % 50 == 7 { format!(" {} ", lead.email) } else { lead.email.clone() };
        let created = lead.created().local(world.zone, "%Y-%m-%d %H:%M");
        let cells = [
            hubspot::record_id(lead),
            "Contact".to_string(),
            lead.number.to_string(),
            email,
            lead.job_title.clone(),
            lead.account.clone(),
            lead.industry.clone(),
            lead.company_size.clone(),
            lead.country.clone(),
            created,
            super::layouts::stage_label(stage).to_string(),
            lead.channel.clone(),
            lead.campaign.clone(),
            merged.unwrap_or_default(),
        ];
        for _ in 0..if lead.number % 211 == 0 { 2 } else { 1 } {
            sheet.row(cells.clone());
        }
    }
    sheet
}

/// The deals: of a merged contact both ids; beside every fifth contact one that is in no export, sometimes before it.
fn deals(world: &World) -> Sheet {
    let seconds = seconds(world);
    hubspot::deals(world, |_, lead| {
        let mut ids = vec![hubspot::record_id(lead)];
        ids.extend(
            seconds.get(lead.id.as_str()).filter(|second| is_merged(second)).map(|second| hubspot::record_id(second)),
        );
        let stranger = format!("{}", 51_900_000_000_u64 + lead.number as u64);
        match lead.number % 10 {
            3 => ids.insert(0, stranger),
            8 => ids.push(stranger),
            _ => {}
        }
        ids
    })
}

/// What the website and the webinar tool logged, one JSON object a line, under HubSpot's ids.
fn website(world: &World) -> String {
    let leads = world.by_id();
    let mut text = String::new();
    for (at, action) in world.actions.iter().enumerate().filter(|(_, action)| !MARKETO.contains(&action.kind.as_str()))
    {
        let gone = || format!("{}", 51_800_000_000_u64 + at as u64);
        let id = leads.get(action.lead.as_str()).map_or_else(gone, |lead| hubspot::record_id(lead));
        let at = action.at.iso(world.zone);
        text += &format!("{{\"contact_id\":\"{id}\",\"event\":\"{}\",\"timestamp\":\"{at}\"}}\n", action.kind);
    }
    text
}

/// Which of two parts of an amount.
#[derive(Clone, Copy)]
enum Part {
    First,
    Rest,
}

fn share(rows: &[Spend], percent: i64, part: Part) -> Vec<Spend> {
    let of = |cents: i64| match part {
        Part::First => cents * percent / 100,
        Part::Rest => cents - cents * percent / 100,
    };
    rows.iter().map(|row| Spend { cents: of(row.cents), ..row.clone() }).collect()
}

/// A project of these files.
pub fn project(files: &Files) -> Project {
    files.iter().fold(Project::empty(), |project, (name, bytes)| project.file(name, bytes))
}

/// The counts and the measures as text: what must not differ.
pub fn numbers(analysis: &Analysis) -> String {
    format!("{:#?}\n{:#?}", analysis.facts, analysis.metrics)
}

#[test]
fn the_messy_folder_is_what_this_module_writes() {
    let files = files();
    if std::env::var_os("LEADGAUGE_BLESS").is_some() {
        for (name, bytes) in &files {
            std::fs::create_dir_all(folder()).expect("a writable folder");
            std::fs::write(folder().join(name), bytes).expect("a writable folder");
        }
    }
    let entries = std::fs::read_dir(folder()).expect("the folder is in the repository");
    let mut found: Vec<String> =
        entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    let mut written: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).chain(["README.md"]).collect();
    written.sort_unstable();
    assert_eq!(found, written);
    for (name, bytes) in &files {
        assert!(std::fs::read(folder().join(name)).expect("a file") == *bytes, "{name} is not what this module writes");
    }
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(total < 3_000_000, "{total} bytes are too many for a repository");
}

#[test]
fn its_readme_speaks_of_every_file() {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("a README");
    for (name, _) in files() {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn its_addresses_are_invented() {
    for (name, bytes) in files() {
        let text = String::from_utf8_lossy(&bytes);
        for address in
            text.split([',', '"', ';', '\n', '\t', ' ']).filter(|word| word.contains('@') && word.contains('.'))
        {
            let domain = address.to_lowercase();
            assert!(
                domain.ends_with(".example") || name.ends_with(".gz") || name.ends_with(".xlsx"),
                "{name}: {address}"
            );
        }
    }
}

#[test]
fn minutes_of_creation_and_local_times_of_stages_change_no_number() {
    let sample = World::sample();
    for entry in sample.stages.iter().filter(|entry| entry.at != Moment::Misprint) {
        let shown = entry.at.local(sample.zone, "%Y-%m-%dT%H:%M:%S");
        assert_eq!(Moment::parse(&shown, sample.zone), Some(entry.at), "an hour that comes twice: {shown}");
    }
    let mut world = sample.clone();
    let minutes = sample.to_the_minute();
    for (lead, minute) in world.leads.iter_mut().zip(&minutes.leads) {
        lead.created = minute.created;
    }
    let toml = include_str!("../../sample-data/leadgauge.toml");
    let reduced = project(&world.canonical()).toml(toml).analysis();
    assert_eq!(numbers(&reduced), numbers(&Project::sample().analysis()));
}
