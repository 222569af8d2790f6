//! Do the layouts carry what the world says? Read back here by hand, not by the program.

use super::hubspot::StageDates;
use super::salesforce::Length;
use super::*;
use calamine::{Data, Reader as _, Xlsx};
use chrono::TimeDelta;
use std::collections::BTreeSet;
use std::io::Cursor;

/// What one stage column of a layout says: e-mail address → text of the date.
fn dates<'a>(sheet: &'a Sheet, email: &str, column: &str) -> BTreeMap<String, &'a str> {
    let pairs = sheet.column(email).into_iter().map(str::to_lowercase).zip(sheet.column(column));
    pairs.filter(|(_, date)| !date.is_empty()).collect()
}

/// The same from the world.
fn expected(world: &World, stage: &str) -> BTreeMap<String, NaiveDate> {
    let leads = world.by_id();
    let entries = world.first_entries();
    let of_stage = entries.iter().filter(|((_, name), _)| *name == stage);
    of_stage.map(|((lead, _), at)| (leads[lead].email.to_lowercase(), at.day(world.zone).expect("a day"))).collect()
}

fn read(dates: BTreeMap<String, &str>, format: &str) -> BTreeMap<String, NaiveDate> {
    let day = |text: &str| {
        let date = text.split_once([' ', 'T']).map_or(text, |(date, _)| date);
        NaiveDate::parse_from_str(date, format).unwrap_or_else(|_| panic!("{text:?} is no date"))
    };
    dates.into_iter().map(|(email, text)| (email, day(text))).collect()
}

#[test]
fn every_layout_of_people_carries_the_same_days() {
    let world = World::sample().common();
    let became = |label: &str| format!("Became a {label} Date");
    let entered = |label: &str| format!("Date entered \"{label} (Lifecycle Stage Pipeline)\"");
    let salesforce = salesforce::leads(&world);
    let curly = |label: &str| format!("Date entered “{label} (Lifecycle Stage Pipeline)”");
    let named = |label: &str| format!("hs_lifecyclestage_{label}_date");
    let layouts: [(Sheet, &str, [String; 3], &str); 9] = [
        (
            hubspot::contacts(&world, StageDates::EnteredCurly),
            "Email",
            ["Marketing Qualified Lead", "Sales Qualified Lead", "Customer"].map(curly),
            "%Y-%m-%d",
        ),
        (
            hubspot::contacts_by_api_names(&world),
            "email",
            ["marketingqualifiedlead", "salesqualifiedlead", "customer"].map(named),
            "%Y-%m-%d",
        ),
        (
            hubspot::contacts(&world, StageDates::Became),
            "Email",
            ["Marketing Qualified Lead", "Sales Qualified Lead", "Customer"].map(became),
            "%Y-%m-%d",
        ),
        (
            hubspot::contacts(&world, StageDates::Entered),
            "Email",
            ["Marketing Qualified Lead", "Sales Qualified Lead", "Customer"].map(entered),
            "%Y-%m-%d",
        ),
        (salesforce, "Email", ["MQL_Date__c", "SQL_Date__c", "Customer_Date__c"].map(str::to_string), "%Y-%m-%d"),
        (
            salesforce::lead_report(&world),
            "Email",
            ["MQL Date", "SQL Date", "Customer Date"].map(str::to_string),
            "%m/%d/%Y",
        ),
        (
            pipedrive::people(&world),
            "Person - Email - Work",
            ["MQL", "SQL", "Customer"].map(|stage| format!("Person - {stage} date")),
            "%Y-%m-%d",
        ),
        (zoho::leads(&world), "Email", ["MQL Date", "SQL Date", "Customer Date"].map(str::to_string), "%Y-%m-%d"),
        (
            active_campaign::contacts(&world),
            "Email",
            ["MQL Date", "SQL Date", "Customer Date"].map(str::to_string),
            "%Y-%m-%d",
        ),
    ];
    for (sheet, email, columns, format) in layouts {
        assert_eq!(sheet.rows.len(), 4000, "one row a person under {:?}", sheet.header);
        for (column, stage) in columns.iter().zip(["mql", "sql", "customer"]) {
            assert_eq!(read(dates(&sheet, email, column), format), expected(&world, stage), "{column}");
        }
    }
}

#[test]
fn a_reduction_to_what_all_carry_keeps_the_first_entry_of_three_stages() {
    let (sample, common) = (World::sample(), World::sample().common());
    let mqls = common.stages.iter().filter(|entry| entry.stage == "mql").count();
    assert_eq!((common.leads.len(), mqls, common.deals.len()), (4000, 1352, 185));
    assert!(common.stages.iter().all(|entry| matches!(entry.at, Moment::Day(_)) && entry.reason.is_empty()));
    assert_eq!(common.people(), common, "nobody is in it twice");
    assert_eq!(common.dated(), common);
    let money = |world: &World| world.spend.iter().map(|row| row.cents).sum::<i64>();
    assert_eq!(money(&common), money(&sample));
    let names: BTreeSet<&str> = common.leads.iter().map(|lead| lead.channel.as_str()).collect();
    assert!(names.iter().all(|name| name.is_empty() || CHANNELS.iter().any(|known| known[0] == *name)), "{names:?}");
}

#[test]
fn the_canonical_tables_are_read_back_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::sample();
    for (name, bytes) in world.canonical() {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    assert_eq!(World::read(folder.path(), world.zone), world);
}

#[test]
fn deals_hang_on_people_in_each_crm_s_own_way() {
    let world = World::sample().common();
    let leads = world.by_id();
    let emails: Vec<&str> = world.deals.iter().map(|deal| leads[deal.lead.as_str()].email.as_str()).collect();

    let contacts = hubspot::contacts(&world, StageDates::Became);
    let of_record: HashMap<&str, &str> =
        contacts.column("Record ID").into_iter().zip(contacts.column("Email")).collect();
    let deals = hubspot::deals(&world, |_, lead| vec!["51999".to_string(), hubspot::record_id(lead)]);
    let linked =
        deals.column("Associated Contact IDs").into_iter().map(|ids| ids.split(';').find_map(|id| of_record.get(id)));
    assert!(linked.eq(emails.iter().map(Some)), "HubSpot: a list of ids in the deal's cell");

    let people = salesforce::leads(&world);
    let of_contact: HashMap<&str, &str> =
        people.column("ConvertedContactId").into_iter().zip(people.column("Email")).collect();
    let roles = salesforce::contact_roles(&world);
    let pairs = roles.column("OpportunityId").into_iter().zip(roles.column("ContactId"));
    let of_deal: HashMap<&str, &str> =
        pairs.filter_map(|(deal, contact)| Some((deal, *of_contact.get(contact)?))).collect();
    let opportunities = salesforce::opportunities(&world);
    let linked = opportunities.column("Id").into_iter().map(|id| of_deal[id]);
    assert!(linked.eq(emails.iter().copied()), "Salesforce: by contact role and converted contact");

    let people = pipedrive::people(&world);
    let of_person: HashMap<&str, &str> =
        people.column("Person - ID").into_iter().zip(people.column("Person - Email - Work")).collect();
    let deals = pipedrive::deals(&world);
    let real = deals.rows.iter().filter(|row| !row.contains(&"Duplicate".to_string())).count();
    assert!(real == world.deals.len() && deals.rows.len() > real, "a few are in it twice");
    let linked = deals.column("Deal - Contact person ID").into_iter().zip(deals.column("Deal - Lost reason"));
    let linked = linked.filter(|(_, reason)| *reason != "Duplicate").map(|(id, _)| of_person[id]);
    assert!(linked.eq(emails.iter().copied()), "Pipedrive: by the person's id");

    let deals = zoho::deals(&world);
    let people = zoho::leads(&world);
    let of_record: HashMap<&str, &str> = people.column("Record Id").into_iter().zip(people.column("Email")).collect();
    let linked = deals.column("Contact Name.id").into_iter().map(|id| of_record[id]);
    assert!(linked.eq(emails.iter().copied()), "Zoho: by the record's id");
}

#[test]
fn won_lost_and_open_deals_are_told_apart_in_each_crm_s_own_way() {
    let world = World::sample();
    let of = |status: &str| world.deals.iter().filter(|deal| deal.status == status).count();
    let (won, lost, open) = (of("won"), of("lost"), of("open"));
    let count =
        |sheet: &Sheet, column: &str, value: &str| sheet.column(column).iter().filter(|cell| **cell == value).count();
    let deals = hubspot::deals(&world, |_, lead| vec![hubspot::record_id(lead)]);
    assert_eq!((count(&deals, "Deal Stage", "Closed Won"), count(&deals, "Deal Stage", "Closed Lost")), (won, lost));
    assert_eq!(count(&deals, "Deal Type", "existingbusiness"), 30);
    assert!(deals.column("Close Date").iter().all(|date| !date.is_empty()), "open deals have a forecast");
    let deals = salesforce::opportunities(&world);
    assert_eq!((count(&deals, "IsWon", "true"), count(&deals, "IsClosed", "true")), (won, won + lost));
    let deals = pipedrive::deals(&world);
    assert_eq!((count(&deals, "Deal - Status", "Won"), count(&deals, "Deal - Status", "Open")), (won, open));
    assert_eq!(count(&deals, "Deal - Won time", ""), deals.rows.len() - won);
}

#[test]
fn ids_of_salesforce_differ_in_case_alone_and_carry_their_checksum() {
    // The pair that Salesforce itself documents.
    assert_eq!(checksummed("001A0000006Vm9r"), "001A0000006Vm9rIAC");
    let (a, b) = (salesforce::id("00Q", 10, Length::Fifteen), salesforce::id("00Q", 36, Length::Fifteen));
    assert!(a != b && a.eq_ignore_ascii_case(&b), "{a} {b}");
    let long = salesforce::id("00Q", 10, Length::Eighteen);
    assert!(long.starts_with(&a) && long.len() == 18);
    let ids: BTreeSet<String> = (0..5000).map(|n| salesforce::id("00Q", n, Length::Fifteen)).collect();
    assert_eq!(ids.len(), 5000);
    let folded: BTreeSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
    assert!(folded.len() < ids.len());
}

fn checksummed(fifteen: &str) -> String {
    format!("{fifteen}{}", salesforce::checksum(fifteen))
}

#[test]
fn histories_carry_every_stage_entry_and_rows_of_other_fields_between() {
    let world = World::sample();
    let n = world.stages.len();
    let of =
        |sheet: &Sheet, column: &str, value: &str| sheet.column(column).iter().filter(|cell| **cell == value).count();
    for length in [Length::Fifteen, Length::Eighteen] {
        let history = salesforce::lead_history(&world, length);
        assert_eq!(of(&history, "Field", "Status"), n);
        assert_eq!(of(&history, "NewValue", "Marketing Qualified Lead"), 1411);
        assert!(of(&history, "Field", "Owner") > 1000);
        let width = history.column("LeadId")[0].len();
        assert_eq!(width, if length == Length::Fifteen { 15 } else { 18 });
    }
    let report = salesforce::history_report(&world);
    assert_eq!(of(&report, "Field / Event", "Lead Status"), n);
    assert_eq!(of(&report, "Reason", "exploration"), 62);
    let text = report.text(',');
    assert!(text.contains("Grand Totals (") && text.trim_end().ends_with("All rights reserved.\""));
    let properties = hubspot::property_history(&world);
    assert_eq!(of(&properties, "name", "lifecyclestage"), n);
    assert_eq!(of(&properties, "value", "marketingqualifiedlead"), 1411);
    let changes = marketo::status_changes(&world, "Lifecycle Status");
    assert_eq!(of(&changes, "primaryAttributeValue", "Lifecycle Status"), n);
    let first: serde_json::Value = serde_json::from_str(changes.column("attributes")[0]).expect("JSON");
    assert_eq!(first["New Value"], "Lead");
}

#[test]
fn second_records_are_named_by_each_system_s_list_of_merges() {
    let world = World::sample();
    let audit = hubspot::merge_audit(&world);
    assert_eq!(audit.rows.len(), 24);
    let merges = marketo::merges(&world);
    assert_eq!(merges.rows.len(), 24);
    assert!(merges.column("activityTypeId").iter().all(|kind| *kind == "32"));
    for (attributes, gone) in merges.column("attributes").iter().zip(audit.column("vid_to_merge")) {
        let json: serde_json::Value = serde_json::from_str(attributes).expect("JSON");
        assert!(json["Merge IDs"].as_str().is_some_and(|id| id.len() == 7) && gone.len() == 11);
    }
}

#[test]
fn overlapping_jobs_of_marketo_hold_every_activity_and_some_twice() {
    let world = World::sample();
    let kinds = ["email_open", "email_click", "site_visit", "pricing_page", "careers_page", "content_download"];
    let all = marketo::activities(&world, &[kinds.as_slice(), &["webinar", "demo_request"]].concat());
    assert_eq!(all.rows.len(), world.actions.len());
    let jobs = marketo::jobs(&all, 3, 100);
    assert_eq!(jobs.iter().map(|job| job.rows.len()).sum::<usize>(), all.rows.len() + 200);
    let guids: BTreeSet<&str> = jobs.iter().flat_map(|job| job.column("marketoGUID")).collect();
    assert_eq!(guids.len(), all.rows.len());
    assert_eq!(
        all.text(',').lines().next(),
        Some(
            "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,primaryAttributeValue,attributes"
        )
    );
    let people = marketo::people(&world);
    let known: BTreeSet<&str> = people.column("id").into_iter().collect();
    let strangers = all.column("leadId").into_iter().filter(|id| !known.contains(id)).count();
    assert_eq!(strangers, 15, "of people who are gone");
}

#[test]
fn what_crms_call_activities_is_a_part_of_the_world_s() {
    let world = World::sample();
    let of = |kinds: &[&str]| {
        let known = world.by_id();
        world.actions.iter().filter(|a| kinds.contains(&a.kind.as_str()) && known.contains_key(a.lead.as_str())).count()
    };
    let [(_, mails), (_, forms), (_, meetings)] = hubspot::events(&world);
    assert_eq!(mails.rows.len(), of(&["email_open", "email_click"]) + 1, "and one that no person opened");
    assert_eq!(forms.rows.len(), of(&["content_download", "demo_request"]));
    assert_eq!(meetings.rows.len(), of(&["webinar"]));
    let [(_, tasks), (_, members)] = salesforce::activities(&world);
    assert_eq!((tasks.rows.len(), members.rows.len()), (of(&["demo_request"]), of(&["webinar", "content_download"])));
    let touches = world.stages.iter().filter(|e| e.stage == "working" && e.at != Moment::Misprint).count();
    assert_eq!(pipedrive::activities(&world).rows.len(), touches);
    assert_eq!(pipedrive::leads(&world).rows.len(), world.leads.len());
}

#[test]
fn the_spreadsheet_has_its_header_in_row_three_and_dates_as_excel_has_them() {
    let world = World::sample().common();
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(spreadsheet::workbook(&world))).expect("a workbook");
    let page = book.worksheet_range("Leads").expect("a page");
    assert_eq!(page.get_value((0, 0)), Some(&Data::String("Our leads, state of 31 October 2026".to_string())));
    assert_eq!(page.rows().nth(2).expect("a row").iter().map(Data::to_string).collect::<Vec<_>>(), spreadsheet::HEADER);
    assert_eq!(page.rows().count(), 3 + world.leads.len());
    let customers = page.rows().skip(3).filter(|row| matches!(row[7], Data::DateTime(_))).count();
    assert_eq!(customers, 78);
}

#[test]
fn the_deals_workbook_keeps_ids_as_text_and_dates_as_dates() {
    let world = World::sample();
    let sheet = hubspot::deals(&world, |_, lead| vec![hubspot::record_id(lead)]);
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(hubspot::xlsx(&sheet, "Deals"))).expect("a workbook");
    let page = book.worksheet_range("Deals").expect("a page");
    let row = page.rows().nth(1).expect("a deal");
    assert_eq!(row[0], Data::String(sheet.rows[0][0].clone()));
    let Data::DateTime(opened) = row[6] else { panic!("{:?}", row[6]) };
    let opened = (opened.as_f64() * 1440.0).round() as i64;
    let origin = first_of("1899-12").and_time(NaiveTime::MIN) + TimeDelta::days(29);
    let opened = (origin + TimeDelta::minutes(opened)).format("%Y-%m-%d %H:%M").to_string();
    assert_eq!(opened, sheet.rows[0][6]);
    assert_eq!(page.rows().count(), 1 + world.deals.len());
}

#[test]
fn each_layout_of_spend_adds_up_to_the_same_months() {
    let world = World::sample();
    let spend: Vec<Spend> = world.spend.iter().filter(|row| row.channel == "paid_search").cloned().collect();
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    spend.iter().for_each(|row| *expected.entry(row.month.clone()).or_default() += row.cents);
    let sum = |sheet: &Sheet, when: &str, amount: &str, month: &dyn Fn(&str) -> String| {
        let mut months: BTreeMap<String, i64> = BTreeMap::new();
        for (day, text) in sheet.column(when).into_iter().zip(sheet.column(amount)) {
            if !day.is_empty() && text != "--" {
                *months.entry(month(day)).or_default() += cents(&text.replace(',', ""));
            }
        }
        months
    };
    let iso = |day: &str| day[..7].to_string();
    let american = |day: &str| NaiveDate::parse_from_str(day, "%m/%d/%Y").expect("a date").format("%Y-%m").to_string();
    assert_eq!(sum(&spend::google_ads(&spend, "EUR"), "Day", "Cost", &iso), expected);
    assert_eq!(sum(&spend::meta(&spend, "EUR"), "Reporting starts", "Amount spent (EUR)", &iso), expected);
    assert_eq!(sum(&spend::linkedin(&spend, "EUR"), "Start Date (in UTC)", "Total Spent", &american), expected);
    assert_eq!(sum(&spend::microsoft_ads(&spend), "date", "spend", &iso), expected);
    let budget = spend::budget(&spend, str::to_string);
    let total: i64 = budget
        .column("Betrag")
        .iter()
        .map(|text| cents(&text.trim_end_matches(" €").replace('.', "").replace(',', ".")))
        .sum();
    assert_eq!(total, expected.values().sum::<i64>());
    assert_eq!(budget.column("Monat").last(), Some(&"Okt 2026"));
}

#[test]
fn encodings_are_those_of_the_vendors() {
    assert_eq!(utf16_le("a\t€"), [0xff, 0xfe, b'a', 0, b'\t', 0, 0xac, 0x20]);
    assert_eq!(windows_1252("©€"), [0xa9, 0x80]);
    assert_eq!(utf8_with_bom("a"), [0xef, 0xbb, 0xbf, b'a']);
    let mut text = String::new();
    let zipped = gzipped(b"twice");
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(zipped.as_slice()), &mut text).expect("gzip");
    assert_eq!(text, "twice");
    assert_eq!(
        (grouped(123_456_789, ',', '.'), grouped(-99, '.', ',')),
        ("1,234,567.89".to_string(), "-0,99".to_string())
    );
    assert_eq!(last_of("2026-02") - first_of("2026-02"), TimeDelta::days(27));
}
