//! ActiveCampaign: contacts. No source documents the header of its export, so this one is plain and plausible.

use super::{Sheet, World};

/// Contacts with custom date fields.
pub fn contacts(world: &World) -> Sheet {
    let entries = world.first_entries();
    let mut sheet = Sheet::of(&[
        "ID",
        "Email",
        "First Name",
        "Last Name",
        "Phone",
        "Date Created",
        "Date Updated",
        "Tags",
        "Account Name",
        "Job Title",
        "Source",
        "Lead Score",
        "MQL Date",
        "SQL Date",
        "Customer Date",
    ]);
    for lead in &world.leads {
        let date = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.date(world.zone)).unwrap_or_default()
        };
        let created = lead.created().local(world.zone, "%Y-%m-%d %H:%M:%S");
        let number = lead.number.to_string();
        sheet.row([
            number.as_str(),
            &lead.email,
            "Contact",
            &number,
            "",
            &created,
            &created,
            "newsletter, customer-day",
            &lead.account,
            &lead.job_title,
            &lead.channel,
            "12",
            &date("mql"),
            &date("sql"),
            &date("customer"),
        ]);
    }
    sheet
}
