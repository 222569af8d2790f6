//! HubSpot: contacts and deals as the user interface exports them, and the event tables of a connector.
//!
//! Times are shown in the account's zone to the minute; here that is the world's zone.

use super::{Deal, Lead, Moment, Sheet, World, channel_label, decimal, stage_label};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};
use std::collections::HashMap;

/// Which of the two families of stage dates an export has, and how the second one is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageDates {
    /// `Became a Marketing Qualified Lead Date`.
    Became,
    /// `Date entered "Marketing Qualified Lead (Lifecycle Stage Pipeline)"`.
    Entered,
    /// The same with “curly” quotes.
    EnteredCurly,
}

/// The lifecycle stages that have a date, by our names; "" = one that we have no name for.
const LIFECYCLE: [(&str, &str, &str); 8] = [
    ("", "Subscriber", "a"),
    ("lead", "Lead", "a"),
    ("mql", "Marketing Qualified Lead", "a"),
    ("sql", "Sales Qualified Lead", "a"),
    ("opportunity", "Opportunity", "an"),
    ("customer", "Customer", "a"),
    ("", "Evangelist", "an"),
    ("", "Other", "an"),
];

const MINUTE: &str = "%Y-%m-%d %H:%M";

/// The record's id: eleven digits.
pub fn record_id(lead: &Lead) -> String {
    format!("{}", 51_200_000_000_u64 + 37 * lead.number as u64)
}

/// The deal's id, eleven digits, by its position.
pub fn deal_id(at: usize) -> String {
    format!("{}", 18_400_000_000_u64 + 11 * at as u64)
}

impl StageDates {
    fn header(self, label: &str, article: &str) -> String {
        match self {
            StageDates::Became if label == "Other" => "Became an Other Lifecycle Date".to_string(),
            StageDates::Became => format!("Became {article} {label} Date"),
            StageDates::Entered => format!("Date entered \"{label} (Lifecycle Stage Pipeline)\""),
            StageDates::EnteredCurly => format!("Date entered “{label} (Lifecycle Stage Pipeline)”"),
        }
    }
}

/// Contacts, in the order of the world. Lifecycle stages other than HubSpot's own, second entries and reasons are not in it.
pub fn contacts(world: &World, dates: StageDates) -> Sheet {
    let (entries, deals) = (world.first_entries(), world.deals_of());
    let mut header: Vec<String> = [
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
        "Lead Status",
        "Contact owner",
    ]
    .map(str::to_string)
    .to_vec();
    header.extend(LIFECYCLE.iter().map(|(_, label, article)| dates.header(label, article)));
    header.extend(
        [
            "Original Traffic Source",
            "Original Traffic Source Drill-Down 1",
            "Original Traffic Source Drill-Down 2",
            "HubSpot Score",
            "Number of Associated Deals",
            "Associated Company ID",
            "Merged object IDs",
        ]
        .map(str::to_string),
    );
    let mut sheet = Sheet { header, ..Sheet::default() };
    for lead in &world.leads {
        let entered: Vec<Option<Moment>> =
            LIFECYCLE.iter().map(|(stage, ..)| entries.get(&(lead.id.as_str(), *stage)).copied()).collect();
        let stage = LIFECYCLE.iter().zip(&entered).rev().find(|(_, entered)| entered.is_some());
        let [drill_1, drill_2] = drill_downs(lead);
        let mut cells = vec![
            record_id(lead),
            "Contact".to_string(),
            lead.number.to_string(),
            lead.email.clone(),
            lead.job_title.clone(),
            lead.account.clone(),
            lead.industry.clone(),
            lead.company_size.clone(),
            lead.country.clone(),
            lead.created().local(world.zone, MINUTE),
            stage.map_or("Lead", |((_, label, _), _)| label).to_string(),
            if entries.contains_key(&(lead.id.as_str(), "disqualified")) { "Unqualified" } else { "New" }.to_string(),
            String::new(),
        ];
        cells.extend(entered.iter().map(|at| at.map(|at| at.local(world.zone, MINUTE)).unwrap_or_default()));
        cells.extend([
            channel_label(&lead.channel, 1),
            drill_1,
            drill_2,
            (lead.number % 90).to_string(),
            deals.get(lead.id.as_str()).map_or_else(String::new, |deals| deals.len().to_string()),
            String::new(),
            String::new(),
        ]);
        sheet.row(cells);
    }
    sheet
}

/// What stands beside the source: the term for searches, the network for social media, the way in for offline sources.
fn drill_downs(lead: &Lead) -> [String; 2] {
    let (one, two) = match lead.channel.as_str() {
        "organic_search" => ("Unknown keywords (SSL)", "google"),
        "paid_search" | "paid_social" => (lead.campaign.as_str(), "paid"),
        "referral" => ("partner.example", "/"),
        "offline" => ("IMPORT", "CONTACTS"),
        _ => ("", ""),
    };
    [one.to_string(), two.to_string()]
}

/// Deals. `contacts` says which contact ids stand in a deal's cell.
pub fn deals(world: &World, contacts: impl Fn(&Deal, &Lead) -> Vec<String>) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Record ID",
        "Deal Name",
        "Pipeline",
        "Deal Stage",
        "Amount",
        "Currency",
        "Create Date",
        "Close Date",
        "Deal owner",
        "Deal Type",
        "Associated Contact IDs",
        "Associated Company IDs",
    ]);
    for (at, deal) in world.deals.iter().enumerate() {
        let lead = leads[deal.lead.as_str()];
        sheet.row([
            deal_id(at),
            format!("Deal {}", at + 1),
            "Sales Pipeline".to_string(),
            match deal.status.as_str() {
                "won" => "Closed Won",
                "lost" => "Closed Lost",
                _ => "Presentation Scheduled",
            }
            .to_string(),
            decimal(deal.cents),
            deal.currency.clone(),
            local(deal.opened, world),
            // A deal that is open has a date, too: when somebody thinks that it will close.
            if deal.status == "open" { "2027-01-31 18:00".to_string() } else { local(deal.closed, world) },
            String::new(),
            if deal.kind == "renewal" { "existingbusiness" } else { "newbusiness" }.to_string(),
            contacts(deal, lead).join(";"),
            String::new(),
        ]);
    }
    sheet
}

fn local(moment: Option<Moment>, world: &World) -> String {
    moment.map(|moment| moment.local(world.zone, MINUTE)).unwrap_or_default()
}

/// A sheet as a workbook: ids as text, dates as Excel's numbers, amounts as numbers.
pub fn xlsx(sheet: &Sheet, name: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 11, 2).expect("a date");
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let page = book.add_worksheet();
    page.set_name(name).expect("a name");
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (row, cells) in std::iter::once(&sheet.header).chain(&sheet.rows).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (at, column) = (row as u32, column as u16);
            let header = sheet.header[usize::from(column)].as_str();
            let written = match (row, header) {
                (1.., "Amount") => page.write_number(at, column, cell.parse::<f64>().expect("an amount")),
                (1.., _) if header.ends_with("Date") && !cell.is_empty() => {
                    let moment = ExcelDateTime::parse_from_str(&format!("{cell}:00")).expect("a time");
                    page.write_datetime_with_format(at, column, &moment, &time)
                }
                _ => page.write_string(at, column, cell),
            };
            written.expect("a cell");
        }
    }
    book.save_to_buffer().expect("in memory")
}

/// `contact_property_history`: the lifecycle stage with every change, and other properties between.
pub fn property_history(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&["contact_id", "name", "value", "timestamp", "source", "source_id"]);
    for entry in &world.stages {
        let id = record_id(leads[entry.lead.as_str()]);
        let at = entry.at.iso(world.zone);
        let value = stage_label(&entry.stage).to_lowercase().replace(' ', "");
        sheet.row([&id, "lifecyclestage", &value, &at, "AUTOMATION_PLATFORM", "enrollmentId:1"]);
        if entry.stage == "mql" {
            sheet.row([&id, "hs_lead_status", "NEW", &at, "AUTOMATION_PLATFORM", "enrollmentId:1"]);
        }
    }
    sheet
}

/// The event tables for activities: `email_event`, `contact_form_submission`, `engagement_meeting`.
pub fn events(world: &World) -> [(&'static str, Sheet); 3] {
    let leads = world.by_id();
    let mut mails =
        Sheet::of(&["id", "created", "type", "recipient", "email_campaign_id", "sent_by_id", "filtered_event"]);
    let mut forms = Sheet::of(&["timestamp", "contact_id", "form_id", "title", "page_url"]);
    let mut meetings = Sheet::of(&["id", "contact_id", "start_time", "meeting_outcome"]);
    for (at, action) in world.actions.iter().enumerate() {
        let (Some(lead), moment) = (leads.get(action.lead.as_str()), action.at.iso(world.zone)) else { continue };
        let id = format!("e{at:06}");
        match action.kind.as_str() {
            "email_open" => mails.row([&id, &moment, "OPEN", &lead.email, "77001", "", "false"]),
            "email_click" => mails.row([&id, &moment, "CLICK", &lead.email, "77001", "", "false"]),
            "content_download" => {
                forms.row([
                    &moment,
                    &record_id(lead),
                    "f-guide",
                    "Download the guide",
                    "https://www.example.com/guide",
                ]);
            }
            "demo_request" => {
                forms.row([&moment, &record_id(lead), "f-demo", "Request a demo", "https://www.example.com/demo"]);
            }
            "webinar" => meetings.row([&id, &record_id(lead), &moment, "COMPLETED"]),
            _ => {}
        }
    }
    // What a mail gateway opened, no person.
    if let Some(lead) = world.leads.first() {
        let at = lead.created().iso(world.zone);
        mails.row(["e-bot", &at, "OPEN", &lead.email, "77001", "", "true"]);
    }
    [("email_event", mails), ("contact_form_submission", forms), ("engagement_meeting", meetings)]
}

/// `contact_merge_audit`: second records of an address, merged into the first one.
pub fn merge_audit(world: &World) -> Sheet {
    let mut sheet = Sheet::of(&["canonical_vid", "vid_to_merge", "timestamp"]);
    let mut first: HashMap<String, &Lead> = HashMap::new();
    for lead in &world.leads {
        let kept = first.entry(lead.email.to_lowercase()).or_insert(lead);
        if kept.id != lead.id {
            sheet.row([record_id(kept), record_id(lead), lead.created().iso(world.zone)]);
        }
    }
    sheet
}

/// Contacts under the names of the interface for programs: milliseconds since 1970 for creation, ISO for stages, sources in
/// capitals.
pub fn contacts_by_api_names(world: &World) -> Sheet {
    let entries = world.first_entries();
    let mut sheet = Sheet::of(&[
        "hs_object_id",
        "firstname",
        "lastname",
        "email",
        "jobtitle",
        "company",
        "createdate",
        "lifecyclestage",
        "hs_lead_status",
        "hs_analytics_source",
        "hs_lifecyclestage_marketingqualifiedlead_date",
        "hs_lifecyclestage_salesqualifiedlead_date",
        "hs_lifecyclestage_customer_date",
        "hubspotscore",
        "hs_merged_object_ids",
    ]);
    for lead in &world.leads {
        let at = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.iso(world.zone).replace('Z', ".000Z")).unwrap_or_default()
        };
        let created = lead.created().instant(world.zone).map(|at| at.timestamp_millis().to_string());
        let source = match lead.channel.as_str() {
            "" => "",
            "organic_search" => "ORGANIC_SEARCH",
            "paid_search" => "PAID_SEARCH",
            "paid_social" => "PAID_SOCIAL",
            "referral" => "REFERRALS",
            "email" => "EMAIL_MARKETING",
            "offline" => "OFFLINE",
            _ => "OTHER_CAMPAIGNS",
        };
        let stages =
            ["customer", "salesqualifiedlead", "marketingqualifiedlead"].into_iter().zip(["customer", "sql", "mql"]);
        let reached = stages.into_iter().find(|(_, stage)| entries.contains_key(&(lead.id.as_str(), *stage)));
        sheet.row([
            record_id(lead).as_str(),
            "Contact",
            &lead.number.to_string(),
            &lead.email,
            &lead.job_title,
            &lead.account,
            &created.unwrap_or_default(),
            reached.map_or("lead", |(name, _)| name),
            "",
            source,
            &at("mql"),
            &at("sql"),
            &at("customer"),
            "",
            "",
        ]);
    }
    sheet
}
