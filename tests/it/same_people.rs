//! The same people in HubSpot, Salesforce and Pipedrive give the same numbers, once the project file says which column is
//! which. `same_people_recognised.rs` asks for the same without any mapping.

use super::layouts::hubspot::{self, StageDates};
use super::layouts::salesforce::Length;
use super::layouts::{
    Files, Moment, World, active_campaign, channels_toml, pipedrive, salesforce, spend, utf8_with_bom, zoho,
};
use super::messy::project;
use serde_json::Value;
use std::path::Path;

/// What finance hands out to each of them.
pub fn budget(world: &World) -> (String, Vec<u8>) {
    ("spend.csv".to_string(), spend::canonical(&world.spend).text(',').into_bytes())
}

pub fn in_hubspot(world: &World, dates: StageDates) -> Files {
    let deals = hubspot::deals(world, |_, lead| vec![hubspot::record_id(lead)]);
    vec![
        ("all-contacts.csv".to_string(), utf8_with_bom(&hubspot::contacts(world, dates).newest_first().text(','))),
        ("all-deals.csv".to_string(), utf8_with_bom(&deals.newest_first().text(','))),
        budget(world),
    ]
}

pub fn in_salesforce(world: &World) -> Files {
    let file = |name: &str, text: String| (format!("{name}.csv"), text.into_bytes());
    vec![
        file("Lead", salesforce::leads(world).newest_first().text(',')),
        file("Opportunity", salesforce::opportunities(world).text(',')),
        file("OpportunityContactRole", salesforce::contact_roles(world).text(',')),
        budget(world),
    ]
}

pub fn in_pipedrive(world: &World) -> Files {
    let file = |name: &str, text: String| (format!("{name}.csv"), text.into_bytes());
    vec![
        file("people-1001", pipedrive::people(world).newest_first().text(',')),
        file("deals-1001", pipedrive::deals(world).newest_first().text(',')),
        budget(world),
    ]
}

/// The parts of a report that must not depend on the system.
#[track_caller]
pub fn numbers(files: &Files, toml: &str, system: &str) -> Value {
    let run = project(files).toml(toml).run(&["report"]);
    assert_eq!(run.code, 0, "{system}: {run}");
    let report = run.json("report.json");
    ["months", "overall", "channels", "benchmark"].iter().map(|part| (part.to_string(), report[part].clone())).collect()
}

pub fn toml(world: &World, as_of: &str, currency: &str) -> String {
    format!(
        "timezone = \"{}\"\ncurrency = \"{currency}\"\nas_of = \"{as_of}\"\n\n{}",
        world.zone.name(),
        channels_toml()
    )
}

/// Compares what is found in these files with what the canonical tables say.
#[track_caller]
pub fn same(found: &Value, expected: &Value, system: &str) {
    for part in ["months", "overall", "channels", "benchmark"] {
        assert_eq!(found[part], expected[part], "{system}: {part}");
    }
}

/// `[sources.leads]` with a column of ours a header.
fn mapped(path: &str, columns: [&str; 4], stages: [&str; 3]) -> String {
    let [id, email, created, channel] = columns;
    let [mql, sql, customer] = stages;
    format!(
        "[sources.leads]\npath = \"{path}\"\n\
         columns = {{ lead_id = '{id}', email = '{email}', created_at = '{created}', channel = '{channel}' }}\n\
         stage_dates = {{ mql = '{mql}', sql = '{sql}', customer = '{customer}' }}\n\
         [sources.spend]\npath = \"spend.csv\"\n"
    )
}

const NO_DEALS: [&str; 2] = ["deals.csv", "Opportunity.csv"];

#[test]
fn mapped_by_hand_the_sample_s_people_give_the_same_numbers_in_every_layout() {
    mapped_by_hand(World::sample().common(), "2026-10-31", "EUR");
}

#[test]
fn mapped_by_hand_a_simulated_world_s_people_give_the_same_numbers_in_every_layout() {
    if let Some(world) = simulated() {
        mapped_by_hand(world.common(), "2025-06-30", "USD");
    }
}

/// A world that `tests/worlds/make.py` wrote, or a skip with its name.
pub fn simulated() -> Option<World> {
    let Some(folder) = std::env::var_os("LEADGAUGE_WORLDS") else {
        assert!(std::env::var_os("CI").is_none(), "LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        println!("skipped: same people: LEADGAUGE_WORLDS names no folder written by tests/worlds/make.py");
        return None;
    };
    Some(World::read(&Path::new(&folder).join("healthy/01"), chrono_tz::UTC))
}

#[test]
fn mapped_by_hand_a_history_with_other_fields_between_gives_the_same_numbers() {
    let world = histories();
    let toml = toml(&world, "2026-10-31", "EUR");
    let canonical = world.canonical().into_iter().filter(|(name, _)| name != "deals.csv" && name != "spend.csv");
    let expected = numbers(&canonical.collect(), &toml, "canonical");
    let files = vec![
        ("Lead.csv".to_string(), salesforce::leads(&world).text(',').into_bytes()),
        ("LeadHistory.csv".to_string(), salesforce::lead_history(&world, Length::Eighteen).text(',').into_bytes()),
    ];
    let sources = "[sources.leads]\npath = \"Lead.csv\"\n\
                   columns = { lead_id = \"Id\", created_at = \"CreatedDate\", channel = \"LeadSource\" }\n\
                   [sources.stage_history]\npath = \"LeadHistory.csv\"\n\
                   columns = { lead_id = \"LeadId\", stage = \"NewValue\", entered_at = \"CreatedDate\" }\n";
    same(&numbers(&files, &format!("{toml}{sources}"), "Salesforce"), &expected, "Salesforce");
}

/// Everything that a history carries: second MQLs, side exits, seconds.
pub fn histories() -> World {
    let mut world = World::sample().people();
    world.stages.retain(|entry| entry.stage != "Nurture" && entry.at != Moment::Misprint);
    world.stages.iter_mut().for_each(|entry| entry.reason.clear());
    world.leads.iter_mut().for_each(|lead| lead.channel.clear());
    World { actions: Vec::new(), deals: Vec::new(), spend: Vec::new(), ..world }
}

fn mapped_by_hand(mut world: World, as_of: &str, currency: &str) {
    let toml = toml(&world, as_of, currency);
    let expected = numbers(&world.canonical(), &toml, "canonical");
    let became = |label: &str| format!("Became a {label} Date");
    let entered = |label: &str| format!("Date entered \"{label} (Lifecycle Stage Pipeline)\"");
    let lifecycle = ["Marketing Qualified Lead", "Sales Qualified Lead", "Customer"];
    let hubspot = ["Record ID", "Email", "Create Date", "Original Traffic Source"];
    let deals = "[sources.deals]\npath = \"all-deals.csv\"\n\
                 columns = { deal_id = \"Record ID\", lead_id = \"Associated Contact IDs\", opened_at = \"Create Date\", \
                 closed_at = \"Close Date\", status = \"Deal Stage\", kind = \"Deal Type\" }\n";
    for (dates, labels) in [(StageDates::Became, lifecycle.map(became)), (StageDates::Entered, lifecycle.map(entered))]
    {
        let sources = mapped("all-contacts.csv", hubspot, [&labels[0], &labels[1], &labels[2]]);
        let found = numbers(&in_hubspot(&world, dates), &format!("{toml}{sources}{deals}"), "HubSpot");
        same(&found, &expected, &labels[0]);
    }
    let person = ["Person - ID", "Person - Email - Work", "Person - Person created", "Person - Source"];
    let stages = ["Person - MQL date", "Person - SQL date", "Person - Customer date"];
    let deals = "[sources.deals]\npath = \"deals-1001.csv\"\n\
                 columns = { deal_id = \"Deal - ID\", lead_id = \"Deal - Contact person ID\", opened_at = \"Deal - Deal created\", \
                 closed_at = \"Deal - Deal closed on\", status = \"Deal - Status\", amount = \"Deal - Value\", \
                 currency = \"Deal - Currency of Value\" }\n";
    let sources = mapped("people-1001.csv", person, stages);
    same(&numbers(&in_pipedrive(&world), &format!("{toml}{sources}{deals}"), "Pipedrive"), &expected, "Pipedrive");

    // The others need more than columns for their deals.
    world.deals.clear();
    let without = |mut files: Files| {
        files.retain(|(name, _)| !NO_DEALS.contains(&name.as_str()) && name != "OpportunityContactRole.csv");
        files
    };
    let expected = numbers(&without(world.canonical()), &toml, "canonical without deals");
    let text = |name: &str, text: String| vec![(name.to_string(), text.into_bytes()), budget(&world)];
    let custom = ["MQL_Date__c", "SQL_Date__c", "Customer_Date__c"];
    let labelled = ["MQL Date", "SQL Date", "Customer Date"];
    for (system, path, files, columns, stages) in [
        (
            "Salesforce",
            "Lead.csv",
            without(in_salesforce(&world)),
            ["Id", "Email", "CreatedDate", "LeadSource"],
            custom,
        ),
        (
            "Zoho",
            "Leads.csv",
            text("Leads.csv", zoho::leads(&world).text(',')),
            ["Record Id", "Email", "Created Time", "Lead Source"],
            labelled,
        ),
        (
            "ActiveCampaign",
            "contacts.csv",
            text("contacts.csv", active_campaign::contacts(&world).text(',')),
            ["ID", "Email", "Date Created", "Source"],
            labelled,
        ),
    ] {
        let sources = mapped(path, columns, stages);
        same(&numbers(&files, &format!("{toml}{sources}"), system), &expected, system);
    }
}
