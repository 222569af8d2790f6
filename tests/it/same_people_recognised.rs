//! The same people in HubSpot, Salesforce and Pipedrive give the same numbers without any mapping.
//!
//! The project file names a zone, a currency, a day and how channels are called: no file, no column, no stage.

use super::layouts::hubspot::{self, StageDates};
use super::layouts::salesforce::{self, Length};
use super::layouts::{Files, Moment, Sheet, World, active_campaign, spreadsheet, windows_1252, zoho};
use super::same_people::{budget, in_hubspot, in_pipedrive, in_salesforce, numbers, same, toml};
use std::path::PathBuf;

#[track_caller]
fn agree(world: &World, as_of: &str, currency: &str) {
    let common = world.common();
    let toml = toml(&common, as_of, currency);
    let expected = numbers(&common.canonical(), &toml, "canonical");
    for (system, files) in [
        ("HubSpot, became", in_hubspot(&common, StageDates::Became)),
        ("HubSpot, entered", in_hubspot(&common, StageDates::Entered)),
        ("Salesforce", in_salesforce(&common)),
        ("Pipedrive", in_pipedrive(&common)),
    ] {
        let found = numbers(&files, &toml, system);
        same(&found, &expected, system);
    }
}

#[test]
fn the_sample_s_people_give_the_same_numbers_in_hubspot_salesforce_and_pipedrive() {
    agree(&World::sample(), "2026-10-31", "EUR");
}

#[test]
fn a_simulated_world_s_people_give_the_same_numbers_in_hubspot_salesforce_and_pipedrive() {
    let Some(folder) = std::env::var_os("LEADGAUGE_WORLDS") else {
        assert!(std::env::var_os("CI").is_none(), "LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        println!("skipped: same people: LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        return;
    };
    let world = World::read(&PathBuf::from(folder).join("healthy/01"), chrono_tz::UTC);
    agree(&world, "2025-06-30", "USD");
}

#[test]
fn lists_without_deals_give_the_same_numbers_from_five_more_layouts() {
    let mut common = World::sample().common();
    common.deals.clear();
    let toml = toml(&common, "2026-10-31", "EUR");
    let mut canonical = common.canonical();
    canonical.retain(|(name, _)| name != "deals.csv");
    let expected = numbers(&canonical, &toml, "canonical");
    let text = |name: &str, text: String| vec![(name.to_string(), text.into_bytes()), budget(&common)];
    let report = windows_1252(&salesforce::lead_report(&common).text(','));
    for (system, files) in [
        ("Salesforce report", vec![("report1730.csv".to_string(), report), budget(&common)]),
        ("Zoho", text("Leads.csv", zoho::leads(&common).text(','))),
        ("ActiveCampaign", text("contacts.csv", active_campaign::contacts(&common).text(','))),
        ("spreadsheet", vec![("our leads.xlsx".to_string(), spreadsheet::workbook(&common)), budget(&common)]),
    ] {
        let found = numbers(&files, &toml, system);
        same(&found, &expected, system);
    }
}

#[test]
fn a_history_gives_the_same_numbers_from_hubspot_and_salesforce() {
    // Everything that a history carries: second MQLs, side exits, seconds.
    let mut world = World::sample().people();
    world.stages.retain(|entry| entry.stage != "Nurture" && entry.at != Moment::Misprint);
    world.stages.iter_mut().for_each(|entry| entry.reason.clear());
    world.actions.clear();
    world.leads.iter_mut().for_each(|lead| lead.channel.clear());
    world.spend.clear();
    world.deals.clear();
    let stages = "[stages]\nworking = \"working\"\n";
    let toml = format!("{}\n{stages}", toml(&world, "2026-10-31", "EUR"));
    let without = |mut files: Files| {
        files.retain(|(name, _)| !name.starts_with("deals") && !name.starts_with("spend"));
        files
    };
    let expected = numbers(&without(world.canonical()), &toml, "canonical");
    let file = |name: &str, text: String| (name.to_string(), text.into_bytes());
    let people = |sheet: Sheet, dated: &[&str]| {
        // The people's own dates say less than the history, and nothing else.
        let kept: Vec<usize> =
            (0..sheet.header.len()).filter(|at| !dated.iter().any(|word| sheet.header[*at].contains(word))).collect();
        let row = |row: &Vec<String>| kept.iter().map(|at| row[*at].clone()).collect();
        Sheet { header: row(&sheet.header), rows: sheet.rows.iter().map(row).collect(), ..sheet }
    };
    let contacts = people(hubspot::contacts(&world, StageDates::Became), &["Became"]);
    let leads = people(salesforce::leads(&world), &["_Date__c", "Converted"]);
    for (system, files) in [
        (
            "HubSpot",
            vec![
                file("contacts.csv", contacts.text(',')),
                file("contact_property_history.csv", hubspot::property_history(&world).text(',')),
            ],
        ),
        (
            "Salesforce, ids of 15",
            vec![
                file("Lead.csv", leads.text(',')),
                file("LeadHistory.csv", salesforce::lead_history(&world, Length::Fifteen).text(',')),
            ],
        ),
        (
            "Salesforce, ids of 18",
            vec![
                file("Lead.csv", leads.text(',')),
                file("LeadHistory.csv", salesforce::lead_history(&world, Length::Eighteen).text(',')),
            ],
        ),
    ] {
        let found = numbers(&files, &toml, system);
        same(&found, &expected, system);
    }
}
