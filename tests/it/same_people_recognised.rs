//! The same people in HubSpot, Salesforce and Pipedrive give the same numbers without any mapping.
//!
//! The project file names a zone, a currency, a day and how channels are called: no file, no column, no stage.

use super::layouts::hubspot::{self, StageDates};
use super::layouts::salesforce::{self, Length};
use super::layouts::{Files, Sheet, World, active_campaign, spreadsheet, windows_1252, zoho};
use super::same_people::{budget, histories, in_hubspot, in_pipedrive, in_salesforce, numbers, same, simulated, toml};

#[track_caller]
fn agree(world: &World, as_of: &str, currency: &str) {
    let common = world.common();
    let toml = toml(&common, as_of, currency);
    let expected = numbers(&common.canonical(), &toml, "canonical");
    for (system, files) in [
        ("HubSpot, became", in_hubspot(&common, StageDates::Became)),
        ("HubSpot, entered", in_hubspot(&common, StageDates::Entered)),
        ("HubSpot, entered, curly", in_hubspot(&common, StageDates::EnteredCurly)),
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
    if let Some(world) = simulated() {
        agree(&world, "2025-06-30", "USD");
    }
}

#[test]
fn lists_without_deals_give_the_same_numbers_from_four_more_layouts() {
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
fn hubspot_s_names_for_programs_give_the_same_numbers_as_its_labels() {
    let mut common = World::sample().common();
    (common.deals, common.spend) = (Vec::new(), Vec::new());
    let toml = toml(&common, "2026-10-31", "EUR");
    let mut canonical = common.canonical();
    canonical.retain(|(name, _)| name != "deals.csv" && name != "spend.csv");
    let expected = numbers(&canonical, &toml, "canonical");
    let contacts = hubspot::contacts_by_api_names(&common).text(',').into_bytes();
    let found = numbers(&vec![("contact.csv".to_string(), contacts)], &toml, "HubSpot by API names");
    // Channels are compared elsewhere: here they may be spelt in capitals.
    for part in ["months", "overall", "benchmark"] {
        assert_eq!(found[part], expected[part], "{part}");
    }
}

#[test]
fn a_history_gives_the_same_numbers_from_hubspot_and_salesforce() {
    let world = histories();
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
