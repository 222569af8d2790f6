//! Pipedrive: people, deals, leads and activities, with headers of the form `Entity - Field`.
//!
//! There is no history of stages: MQL, SQL and customer are custom date fields of the person.

use super::{Moment, Sheet, World, channel_label, decimal};

const SECOND: &str = "%Y-%m-%d %H:%M:%S";

fn local(moment: Option<Moment>, world: &World) -> String {
    moment.map(|moment| moment.local(world.zone, SECOND)).unwrap_or_default()
}

/// People.
pub fn people(world: &World) -> Sheet {
    let entries = world.first_entries();
    let mut sheet = Sheet::of(&[
        "Person - ID",
        "Person - Name",
        "Person - Label",
        "Person - Organization",
        "Person - Email - Work",
        "Person - Email - Home",
        "Person - Email - Other",
        "Person - Phone - Work",
        "Person - Job title",
        "Person - Country",
        "Person - Industry",
        "Person - Person created",
        "Person - Update time",
        "Person - Source",
        "Person - MQL date",
        "Person - SQL date",
        "Person - Customer date",
        "Person - Owner",
        "Person - Open deals",
        "Person - Won deals",
        "Person - Lost deals",
        "Person - Total activities",
    ]);
    for lead in &world.leads {
        let date = |stage: &str| {
            let entered = entries.get(&(lead.id.as_str(), stage));
            entered.map(|moment| moment.date(world.zone)).unwrap_or_default()
        };
        let created = local(lead.created, world);
        let number = lead.number.to_string();
        sheet.row([
            number.as_str(),
            &format!("Contact {number}"),
            "",
            &lead.account,
            &lead.email,
            "",
            "",
            "",
            &lead.job_title,
            &lead.country,
            &lead.industry,
            &created,
            &created,
            &channel_label(&lead.channel, 3),
            &date("mql"),
            &date("sql"),
            &date("customer"),
            "Owner 1",
            "0",
            "0",
            "0",
            "0",
        ]);
    }
    sheet
}

/// Deals. One in ten positions that holds a lost deal has it a second time, lost as a duplicate: that is no deal.
pub fn deals(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Deal - ID",
        "Deal - Title",
        "Deal - Creator",
        "Deal - Owner",
        "Deal - Value",
        "Deal - Currency of Value",
        "Deal - Weighted value",
        "Deal - Probability",
        "Deal - Organization",
        "Deal - Organization ID",
        "Deal - Pipeline",
        "Deal - Contact person",
        "Deal - Contact person ID",
        "Deal - Stage",
        "Deal - Label",
        "Deal - Status",
        "Deal - Deal created",
        "Deal - Update time",
        "Deal - Last stage change",
        "Deal - Won time",
        "Deal - Lost time",
        "Deal - Deal closed on",
        "Deal - Lost reason",
        "Deal - Total activities",
        "Deal - Done activities",
        "Deal - Email messages count",
        "Deal - Expected close date",
        "Deal - Source channel",
        "Deal - Archive status",
    ]);
    for (at, deal) in world.deals.iter().enumerate() {
        let lead = leads[deal.lead.as_str()];
        let (opened, closed) = (local(deal.opened, world), local(deal.closed, world));
        let (status, won, lost, reason) = match deal.status.as_str() {
            "won" => ("Won", closed.as_str(), "", ""),
            "lost" => ("Lost", "", closed.as_str(), "Price too high"),
            _ => ("Open", "", "", ""),
        };
        let person = lead.number.to_string();
        let expected = if status == "Open" { "2027-01-31" } else { "" };
        let row = |id: usize, status: &str, won: &str, lost: &str, reason: &str| {
            [
                id.to_string().as_str(),
                &format!("Deal {id}"),
                "Owner 1",
                "Owner 1",
                &decimal(deal.cents),
                &deal.currency,
                &decimal(deal.cents),
                "",
                &lead.account,
                &person,
                "Sales",
                &format!("Contact {person}"),
                &person,
                "Negotiations started",
                "",
                status,
                &opened,
                &closed,
                &opened,
                won,
                lost,
                &closed,
                reason,
                "0",
                "0",
                "0",
                expected,
                "",
                "Not archived",
            ]
            .map(str::to_string)
        };
        sheet.row(row(at + 1, status, won, lost, reason));
        if status == "Lost" && at % 10 == 0 {
            sheet.row(row(500_000 + at, "Lost", "", &closed, "Duplicate"));
        }
    }
    sheet
}

/// Leads: what is not a deal yet.
pub fn leads(world: &World) -> Sheet {
    let mut sheet = Sheet::of(&[
        "Lead - ID",
        "Lead - Title",
        "Lead - Contact person",
        "Lead - Contact person ID",
        "Lead - Organization",
        "Lead - Source",
        "Lead - Label",
        "Lead - Value",
        "Lead - Owner",
        "Lead - Lead created",
        "Lead - Archive status",
    ]);
    for lead in &world.leads {
        let number = lead.number.to_string();
        sheet.row([
            &format!("{:08x}-0000-4000-8000-{:012x}", lead.number * 7919, lead.number),
            &format!("Contact {number} lead"),
            &format!("Contact {number}"),
            &number,
            &lead.account,
            &channel_label(&lead.channel, 3),
            "Warm",
            "",
            "Owner 1",
            &local(lead.created, world),
            "Not archived",
        ]);
    }
    sheet
}

/// Activities: what sales did, so calls and meetings only.
pub fn activities(world: &World) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&[
        "Activity - ID",
        "Activity - Type",
        "Activity - Subject",
        "Activity - Contact person",
        "Activity - Contact person ID",
        "Activity - Deal",
        "Activity - Due date",
        "Activity - Due time",
        "Activity - Done",
        "Activity - Marked as done time",
        "Activity - Add time",
    ]);
    let touches = world.stages.iter().filter(|entry| entry.stage == "working" && entry.at != Moment::Misprint);
    for (at, entry) in touches.enumerate() {
        let lead = leads[entry.lead.as_str()];
        let kind = if at % 4 == 0 { "Meeting" } else { "Call" };
        let (number, when) = (lead.number.to_string(), entry.at.local(world.zone, SECOND));
        sheet.row([
            &(at + 1).to_string(),
            kind,
            "First contact",
            &format!("Contact {number}"),
            &number,
            "",
            &entry.at.date(world.zone),
            "",
            "Done",
            &when,
            &when,
        ]);
    }
    sheet
}
