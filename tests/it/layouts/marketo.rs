//! Marketo: the bulk extracts of activities and people.
//!
//! A job covers at most 31 days, so that users hand over many files, and neighbours overlap. `attributes` is JSON in one
//! cell; what is missing is the word `null`.

use super::{Lead, Sheet, World, stage_label};

/// The lead's id in Marketo.
pub fn lead_id(lead: &Lead) -> String {
    (1_000_000 + 3 * lead.number).to_string()
}

const HEADER: [&str; 8] = [
    "marketoGUID",
    "leadId",
    "activityDate",
    "activityTypeId",
    "campaignId",
    "primaryAttributeValueId",
    "primaryAttributeValue",
    "attributes",
];

/// What an action is in Marketo: type, primary attribute, attributes.
fn kind(action: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match action {
        "site_visit" => ("1", "www.example.com/", r#"{"Query Parameters":"","Referrer URL":""}"#),
        "pricing_page" => ("1", "www.example.com/pricing", r#"{"Query Parameters":"","Referrer URL":""}"#),
        "careers_page" => ("1", "www.example.com/careers", r#"{"Query Parameters":"","Referrer URL":""}"#),
        "content_download" => ("2", "Guide download", r#"{"Form Fields":"a:1:{s:5:\"Email\";}"}"#),
        "demo_request" => ("2", "Demo request", r#"{"Form Fields":"a:1:{s:5:\"Email\";}"}"#),
        "email_open" => ("10", "Newsletter", r#"{"Is Bot Activity":false}"#),
        "email_click" => ("11", "Newsletter", r#"{"Link":"https://www.example.com/"}"#),
        "webinar" => ("104", "Webinar", r#"{"Old Status":"Registered","New Status":"Attended"}"#),
        _ => return None,
    })
}

/// Activities of these kinds, in the order of the world; rows of people who are gone keep an id that nobody has.
pub fn activities(world: &World, kinds: &[&str]) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&HEADER);
    for (at, action) in world.actions.iter().enumerate().filter(|(_, action)| kinds.contains(&action.kind.as_str())) {
        let Some((number, primary, attributes)) = kind(&action.kind) else { continue };
        let lead = leads.get(action.lead.as_str()).map_or_else(|| (9_000_000 + at).to_string(), |lead| lead_id(lead));
        let when = action.at.iso(world.zone);
        sheet.row([&(70_000_000 + at).to_string(), &lead, &when, number, "null", "null", primary, attributes]);
    }
    sheet
}

/// Type 13, `Change Data Value` of a status field: the stage history; a changed phone number stands between.
pub fn status_changes(world: &World, field: &str) -> Sheet {
    let leads = world.by_id();
    let mut sheet = Sheet::of(&HEADER);
    let mut before: std::collections::HashMap<&str, &str> = std::collections::HashMap::new();
    for (at, entry) in world.stages.iter().enumerate() {
        let (lead, when) = (lead_id(leads[entry.lead.as_str()]), entry.at.iso(world.zone));
        let new = stage_label(&entry.stage);
        let old = before.insert(&entry.lead, new).unwrap_or_default();
        let attributes = format!(
            r#"{{"New Value":"{new}","Old Value":"{old}","Reason":"Changed by Smart Campaign","Source":"Marketo Flow Action"}}"#
        );
        sheet.row([&(80_000_000 + 2 * at).to_string(), &lead, &when, "13", "1042", "641", field, &attributes]);
        if entry.stage == "working" {
            let attributes = r#"{"New Value":"555","Old Value":"null","Reason":"Form","Source":"Web form fillout"}"#;
            sheet.row([
                &(80_000_001 + 2 * at).to_string(),
                &lead,
                &when,
                "13",
                "null",
                "15",
                "Phone Number",
                attributes,
            ]);
        }
    }
    sheet
}

/// Type 32, `Merge Leads`: second records of an address went into the first.
pub fn merges(world: &World) -> Sheet {
    let mut sheet = Sheet::of(&HEADER);
    let mut first: std::collections::HashMap<String, &Lead> = std::collections::HashMap::new();
    for lead in &world.leads {
        let kept = *first.entry(lead.email.to_lowercase()).or_insert(lead);
        if kept.id != lead.id {
            let gone = lead_id(lead);
            let attributes =
                format!(r#"{{"Master Updated":true,"Merge IDs":"{gone}","Merge Source":"Lead Database"}}"#);
            let (guid, kept_id) = ((90_000_000 + lead.number).to_string(), lead_id(kept));
            sheet.row([
                &guid,
                &kept_id,
                &lead.created().iso(world.zone),
                "32",
                "null",
                &kept_id,
                "Contact",
                &attributes,
            ]);
        }
    }
    sheet
}

/// The sheet cut into `n` jobs of which each begins with the last `overlap` rows of the one before.
pub fn jobs(sheet: &Sheet, n: usize, overlap: usize) -> Vec<Sheet> {
    let length = sheet.rows.len().div_ceil(n);
    let part = |at: usize| sheet.part((at * length).saturating_sub(overlap)..((at + 1) * length).min(sheet.rows.len()));
    (0..n).map(part).collect()
}

/// People by the names of the REST interface, with no more than mail needs: sources and titles are the CRM's.
pub fn people(world: &World) -> Sheet {
    let mut sheet = Sheet::of(&[
        "id",
        "email",
        "firstName",
        "lastName",
        "company",
        "createdAt",
        "updatedAt",
        "leadScore",
        "leadSource",
        "leadStatus",
    ]);
    for lead in &world.leads {
        // The synchronisation takes a minute.
        let created = lead.created().instant(world.zone).map(|at| at + chrono::TimeDelta::seconds(60));
        let created = created.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
        let number = lead.number.to_string();
        sheet.row([
            &lead_id(lead),
            &lead.email,
            "Contact",
            &number,
            "null",
            &created,
            &created,
            "null",
            "null",
            "null",
        ]);
    }
    sheet
}
