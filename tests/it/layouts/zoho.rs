//! Zoho CRM: leads and deals under their labels.

use super::{Moment, Sheet, World, channel_label, decimal};

const SECOND: &str = "%Y-%m-%d %H:%M:%S";

fn local(moment: Option<Moment>, world: &World) -> String {
    moment.map(|moment| moment.local(world.zone, SECOND)).unwrap_or_default()
}

/// The id of a record: nineteen digits, which no floating-point number holds.
fn record_id(kind: u64, number: usize) -> String {
    format!("zcrm_{}", 5_123_456_000_000_000_000_u64 + kind * 1_000_000_000 + number as u64)
}

/// Leads, with custom dates for MQL, SQL and customer.
pub fn leads(world: &World) -> Sheet {
    let entries = world.first_entries();
    let mut sheet = Sheet::of(&[
        "Record Id",
        "Lead Owner",
        "First Name",
        "Last Name",
        "Email",
        "Company",
        "Title",
        "Lead Source",
        "Lead Status",
        "Industry",
        "Annual Revenue",
        "No. of Employees",
        "Rating",
        "Created Time",
        "Modified Time",
        "Last Activity Time",
        "Email Opt Out",
        "Score",
        "MQL Date",
        "SQL Date",
        "Customer Date",
    ]);
    for lead in &world.leads {
        let date = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.date(world.zone)).unwrap_or_default()
        };
        let created = local(lead.created, world);
        sheet.row([
            &record_id(1, lead.number),
            "Owner 1",
            "Contact",
            &lead.number.to_string(),
            &lead.email,
            &lead.account,
            &lead.job_title,
            &channel_label(&lead.channel, 2),
            "Contacted",
            &lead.industry,
            "",
            &lead.company_size,
            "",
            &created,
            &created,
            "",
            "false",
            "12",
            &date("mql"),
            &date("sql"),
            &date("customer"),
        ]);
    }
    sheet
}

/// Deals; the person by its id in `Contact Name.id`, as exports with lookups have it.
pub fn deals(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Record Id",
        "Deal Owner",
        "Deal Name",
        "Amount",
        "Closing Date",
        "Stage",
        "Probability",
        "Expected Revenue",
        "Type",
        "Campaign",
        "Contact Name.id",
        "Contact Name",
        "Created Time",
        "Lead Conversion Time",
        "Sales Cycle Duration",
        "Overall Sales Duration",
    ]);
    for (at, deal) in world.deals.iter().enumerate() {
        let lead = leads[deal.lead.as_str()];
        let (stage, probability) = match deal.status.as_str() {
            "won" => ("Closed Won", "100"),
            "lost" => ("Closed Lost", "0"),
            _ => ("Negotiation/Review", "60"),
        };
        let closing = deal.closed.map_or_else(|| "2027-01-31".to_string(), |moment| moment.date(world.zone));
        let kind = if deal.kind == "renewal" { "Existing Business" } else { "New Business" };
        sheet.row([
            &record_id(2, at + 1),
            "Owner 1",
            &format!("Deal {}", at + 1),
            &decimal(deal.cents),
            &closing,
            stage,
            probability,
            "",
            kind,
            "",
            &record_id(1, lead.number),
            &format!("Contact {}", lead.number),
            &local(deal.opened, world),
            "0",
            "0",
            "0",
        ]);
    }
    sheet
}
