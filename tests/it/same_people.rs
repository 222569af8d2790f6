//! The same people in HubSpot, Salesforce and Pipedrive give the same numbers, once the project file says which column is
//! which. `same_people_recognised.rs` asks for the same without any mapping.

use super::layouts::hubspot::{self, StageDates};
use super::layouts::{Files, World, active_campaign, channels_toml, pipedrive, salesforce, spend, utf8_with_bom, zoho};
use super::messy::project;
use serde_json::Value;

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
    let mut world = World::sample().common();
    let toml = toml(&world, "2026-10-31", "EUR");
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
