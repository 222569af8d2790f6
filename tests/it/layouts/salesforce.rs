//! Salesforce: what the Data Loader extracts, and reports as a user exports them.
//!
//! There is no MQL field of its own, so the world's dates stand in custom ones. A lead that has deals was converted: its
//! deals hang on its contact by way of `OpportunityContactRole`.

use super::{Lead, Moment, Sheet, World, channel_label, decimal, grouped, stage_label};

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Which of its two lengths an id has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Case tells ids apart.
    Fifteen,
    /// Three more letters say which of the fifteen are capitals.
    Eighteen,
}

/// The id of the `number`th record of a kind ("00Q" = lead, "003" = contact, "001" = account, "006" = opportunity).
pub fn id(kind: &str, number: usize, length: Length) -> String {
    let mut digits = [b'0'; 5];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = LETTERS[rest % 62];
        rest /= 62;
    }
    let fifteen = format!("{kind}Mi00000{}", String::from_utf8_lossy(&digits));
    match length {
        Length::Fifteen => fifteen,
        Length::Eighteen => format!("{fifteen}{}", checksum(&fifteen)),
    }
}

/// Five letters give one: bit i is set where the i-th is a capital.
pub fn checksum(fifteen: &str) -> String {
    let part = |five: &[u8]| {
        let bits = five.iter().enumerate().filter(|(_, letter)| letter.is_ascii_uppercase()).map(|(i, _)| 1 << i);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits.sum::<usize>()])
    };
    fifteen.as_bytes().chunks(5).map(part).collect()
}

/// "2024-11-01T10:24:47.000Z".
fn instant(moment: Moment, world: &World) -> String {
    let utc = moment.instant(world.zone).map(|at| at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string());
    utc.unwrap_or_else(|| "########".to_string())
}

/// `Lead`. A lead is converted on the day of its SQL (or of its first deal) where there is one.
pub fn leads(world: &World) -> Sheet {
    let (entries, deals) = (world.first_entries(), world.deals_of());
    let numbers = opportunity_numbers(world);
    let mut sheet = Sheet::of(&[
        "Id",
        "IsDeleted",
        "MasterRecordId",
        "LastName",
        "FirstName",
        "Title",
        "Company",
        "Country",
        "Email",
        "LeadSource",
        "Status",
        "Industry",
        "Rating",
        "AnnualRevenue",
        "NumberOfEmployees",
        "OwnerId",
        "HasOptedOutOfEmail",
        "IsConverted",
        "ConvertedDate",
        "ConvertedAccountId",
        "ConvertedContactId",
        "ConvertedOpportunityId",
        "IsUnreadByOwner",
        "CreatedDate",
        "LastModifiedDate",
        "SystemModstamp",
        "LastActivityDate",
        "EmailBouncedReason",
        "EmailBouncedDate",
        "MQL_Date__c",
        "SQL_Date__c",
        "Customer_Date__c",
    ]);
    for lead in &world.leads {
        let date = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.date(world.zone)).unwrap_or_default()
        };
        let first_deal = deals.get(lead.id.as_str()).and_then(|deals| deals.first());
        let sql = entries.get(&(lead.id.as_str(), "sql")).copied();
        let converted = sql.or_else(|| first_deal.and_then(|deal| deal.opened));
        let of = |kind: &str| converted.map(|_| id(kind, lead.number, Length::Eighteen)).unwrap_or_default();
        let opportunity = first_deal.map(|deal| id("006", numbers(&deal.id), Length::Eighteen)).unwrap_or_default();
        let status = match converted {
            Some(_) => "Closed - Converted",
            None if entries.contains_key(&(lead.id.as_str(), "disqualified")) => "Closed - Not Converted",
            None if entries.contains_key(&(lead.id.as_str(), "working")) => "Working - Contacted",
            None => "Open - Not Contacted",
        };
        let created = instant(lead.created(), world);
        let is_converted = if converted.is_some() { "true" } else { "false" };
        sheet.row([
            &id("00Q", lead.number, Length::Eighteen),
            "false",
            "",
            &lead.number.to_string(),
            "Contact",
            &lead.job_title,
            &lead.account,
            &lead.country,
            &lead.email,
            &channel_label(&lead.channel, 2),
            status,
            &lead.industry,
            "",
            "",
            &lead.company_size,
            "005Mi00000000AAIAZ",
            "false",
            is_converted,
            &converted.map(|moment| moment.date(world.zone)).unwrap_or_default(),
            &of("001"),
            &of("003"),
            &opportunity,
            "false",
            &created,
            &created,
            &created,
            "",
            "",
            "",
            &date("mql"),
            &date("sql"),
            &date("customer"),
        ]);
    }
    sheet
}

fn opportunity_numbers(world: &World) -> impl Fn(&str) -> usize + '_ {
    |wanted| 1 + world.deals.iter().position(|deal| deal.id == wanted).expect("a deal of the world")
}

/// `LeadHistory`: the status with every change; a new owner stands between.
pub fn lead_history(world: &World, length: Length) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Id",
        "IsDeleted",
        "LeadId",
        "CreatedById",
        "CreatedDate",
        "Field",
        "DataType",
        "OldValue",
        "NewValue",
    ]);
    let mut before: std::collections::HashMap<&str, &str> = std::collections::HashMap::new();
    for (at, entry) in world.stages.iter().enumerate() {
        let lead = id("00Q", leads[entry.lead.as_str()].number, length);
        let (when, key) = (instant(entry.at, world), id("017", 2 * at, Length::Eighteen));
        let old = before.insert(&entry.lead, stage_label(&entry.stage)).unwrap_or_default();
        let user = "005Mi00000000AAIAZ";
        sheet.row([&key, "false", &lead, user, &when, "Status", "DynamicEnum", old, stage_label(&entry.stage)]);
        if entry.stage == "working" {
            let key = id("017", 2 * at + 1, Length::Eighteen);
            sheet.row([&key, "false", &lead, user, &when, "Owner", "Text", "Marketing Queue", "Jürgen Groß"]);
        }
    }
    sheet
}

/// `Opportunity`.
pub fn opportunities(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Id",
        "IsDeleted",
        "AccountId",
        "Name",
        "StageName",
        "Amount",
        "CurrencyIsoCode",
        "Probability",
        "CloseDate",
        "Type",
        "LeadSource",
        "IsClosed",
        "IsWon",
        "ForecastCategory",
        "CampaignId",
        "OwnerId",
        "CreatedDate",
    ]);
    for (at, deal) in world.deals.iter().enumerate() {
        let lead = leads[deal.lead.as_str()];
        // The names of stages are the user's own; what counts is IsWon and IsClosed.
        let (stage, probability, closed, won, forecast) = match deal.status.as_str() {
            "won" => ("Signed", "100", "true", "true", "Closed"),
            "lost" => ("Went elsewhere", "0", "true", "false", "Omitted"),
            _ => ("Proposal/Price Quote", "60", "false", "false", "Pipeline"),
        };
        let close = deal.closed.map_or_else(|| "2027-01-31".to_string(), |moment| moment.date(world.zone));
        let opened = deal.opened.map(|moment| instant(moment, world)).unwrap_or_default();
        let kind = if deal.kind == "renewal" { "Existing Business" } else { "New Business" };
        sheet.row([
            &id("006", at + 1, Length::Eighteen),
            "false",
            &id("001", lead.number, Length::Eighteen),
            &format!("Opportunity {}", at + 1),
            stage,
            &decimal(deal.cents),
            &deal.currency,
            probability,
            &close,
            kind,
            &channel_label(&lead.channel, 2),
            closed,
            won,
            forecast,
            "",
            "005Mi00000000AAIAZ",
            &opened,
        ]);
    }
    sheet
}

/// `OpportunityContactRole`: the lead's contact is the primary one; every third deal has a second, of nobody we know.
pub fn contact_roles(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&["Id", "OpportunityId", "ContactId", "Role", "IsPrimary", "CreatedDate", "IsDeleted"]);
    for (at, deal) in world.deals.iter().enumerate() {
        let lead: &Lead = leads[deal.lead.as_str()];
        let opened = deal.opened.map(|moment| instant(moment, world)).unwrap_or_default();
        let opportunity = id("006", at + 1, Length::Eighteen);
        if at % 3 == 0 {
            let stranger = id("003", 900_000 + at, Length::Eighteen);
            sheet.row([
                &id("00K", 2 * at, Length::Eighteen),
                &opportunity,
                &stranger,
                "Evaluator",
                "false",
                &opened,
                "false",
            ]);
        }
        let contact = id("003", lead.number, Length::Eighteen);
        let key = id("00K", 2 * at + 1, Length::Eighteen);
        sheet.row([&key, &opportunity, &contact, "Decision Maker", "true", &opened, "false"]);
    }
    sheet
}

/// `Task` for mails and calls, `CampaignMember` for webinars and downloads.
pub fn activities(world: &World) -> [(&'static str, Sheet); 2] {
    let leads = world.by_id();
    let mut tasks = Sheet::of(&[
        "Id",
        "WhoId",
        "Subject",
        "Type",
        "TaskSubtype",
        "Status",
        "ActivityDate",
        "CreatedDate",
        "IsDeleted",
    ]);
    let mut members = Sheet::of(&[
        "Id",
        "CampaignId",
        "LeadId",
        "ContactId",
        "LeadOrContactId",
        "Status",
        "HasResponded",
        "FirstRespondedDate",
        "CreatedDate",
        "IsDeleted",
    ]);
    for (at, action) in world.actions.iter().enumerate() {
        let Some(lead) = leads.get(action.lead.as_str()) else { continue };
        let person = id("00Q", lead.number, Length::Eighteen);
        let (when, day) = (instant(action.at, world), action.at.date(world.zone));
        match action.kind.as_str() {
            "demo_request" => {
                let key = id("00T", at, Length::Eighteen);
                tasks.row([&key, &person, "Demo request", "Call", "Call", "Completed", &day, &when, "false"]);
            }
            "webinar" | "content_download" => {
                let (campaign, status) = match action.kind.as_str() {
                    "webinar" => (1, "Attended"),
                    _ => (2, "Downloaded"),
                };
                members.row([
                    &id("00v", at, Length::Eighteen),
                    &id("701", campaign, Length::Eighteen),
                    &person,
                    "",
                    &person,
                    status,
                    "true",
                    &day,
                    &when,
                    "false",
                ]);
            }
            _ => {}
        }
    }
    [("Task", tasks), ("CampaignMember", members)]
}

/// What every report ends with.
pub fn footers(rows: usize) -> Vec<String> {
    vec![
        String::new(),
        format!("\"Grand Totals ({} records)\"", grouped(rows as i64 * 100, ',', '.').trim_end_matches(".00")),
        "\"Confidential Information - Do Not Distribute\"".to_string(),
        "\"Copyright © 2000-2026 salesforce.com, inc. All rights reserved.\"".to_string(),
    ]
}

/// A report of leads as an American user exports it: labels, ids of fifteen letters, M/D/Y, totals at the end.
pub fn lead_report(world: &World) -> Sheet {
    let entries = world.first_entries();
    let mut sheet = Sheet::of(&[
        "Lead ID",
        "First Name",
        "Last Name",
        "Title",
        "Company / Account",
        "Email",
        "Lead Source",
        "Lead Status",
        "Country",
        "Industry",
        "Create Date",
        "MQL Date",
        "SQL Date",
        "Customer Date",
        "Lead Owner",
    ]);
    for lead in &world.leads {
        let date = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.local(world.zone, "%-m/%-d/%Y")).unwrap_or_default()
        };
        sheet.row([
            &id("00Q", lead.number, Length::Fifteen),
            "Contact",
            &lead.number.to_string(),
            &lead.job_title,
            &lead.account,
            &lead.email,
            &channel_label(&lead.channel, 2),
            "Open - Not Contacted",
            &lead.country,
            &lead.industry,
            &lead.created().local(world.zone, "%-m/%-d/%Y"),
            &date("mql"),
            &date("sql"),
            &date("customer"),
            "Jürgen Groß",
        ]);
    }
    sheet.below = footers(sheet.rows.len());
    sheet
}

/// The report "Lead History" with the e-mail address and a field `Reason` added: local M/D/Y times, here with seconds, a new
/// owner between the changes of status, totals at the end.
pub fn history_report(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet =
        Sheet::of(&["Lead ID", "Email", "Field / Event", "Old Value", "New Value", "Edit Date", "Edited By", "Reason"]);
    let mut before: std::collections::HashMap<&str, &str> = std::collections::HashMap::new();
    for entry in &world.stages {
        let lead = leads[entry.lead.as_str()];
        let key = id("00Q", lead.number, Length::Fifteen);
        let at = entry.at.local(world.zone, "%-m/%-d/%Y %-I:%M:%S %p");
        let old = before.insert(&entry.lead, stage_label(&entry.stage)).unwrap_or_default();
        let new = stage_label(&entry.stage);
        sheet.row([&key, &lead.email, "Lead Status", old, new, &at, "Automation", &entry.reason]);
        if entry.stage == "working" && lead.number.is_multiple_of(3) {
            sheet.row([&key, &lead.email, "Lead Owner", "Queue", "Jürgen Groß", &at, "Jürgen Groß", ""]);
        }
    }
    sheet.below = footers(sheet.rows.len());
    sheet
}
