//! What a folder of exports is taken for, and whose a deal is.

use super::layouts::{World, hubspot, marketo};
use super::project::{Project, Run};
use super::same_people::{histories, numbers, toml};
use leadgauge::ingest::folder;
use leadgauge::vocabulary::Stage;
use rust_xlsxwriter::{Format, Workbook};
use std::collections::BTreeMap;

/// The people of `lead,created,mql,sql` rows, in HubSpot's words.
fn contacts(rows: &[[&str; 5]]) -> String {
    let mut text = String::from(
        "Record ID,Email,Company Name,Create Date,Lifecycle Stage,Became a Marketing Qualified Lead Date,Became a Sales Qualified Lead Date\n",
    );
    for [id, email, company, mql, sql] in rows {
        text.push_str(&format!("{id},{email},{company},2026-01-02 10:00,Lead,{mql},{sql}\n"));
    }
    text
}

fn deals(rows: &[[&str; 6]]) -> String {
    let mut text = String::from(
        "Record ID,Deal Name,Deal Stage,Create Date,Close Date,Associated Contact IDs,Contact Email,Associated Company\n",
    );
    for [id, stage, closed, contacts, email, company] in rows {
        text.push_str(&format!("{id},Deal {id},{stage},2026-03-01,{closed},{contacts},{email},{company}\n"));
    }
    text
}

fn reported(project: &Project) -> (Run, serde_json::Value) {
    let run = project.run(&["report", ".", "--as-of", "2026-10-31"]).ended(0);
    let report = run.json("report.json");
    (run, report)
}

fn counts(report: &serde_json::Value) -> BTreeMap<String, u64> {
    let findings = report["findings"].as_array().expect("findings");
    let count = |finding: &serde_json::Value| {
        (finding["code"].as_str().unwrap_or_default().to_string(), finding["count"].as_u64().unwrap_or_default())
    };
    findings.iter().map(count).collect()
}

const PEOPLE: [[&str; 5]; 6] = [
    ["1", "a@north.example", "North", "2026-01-10", "2026-02-10"],
    ["2", "b@north.example", "North", "", ""],
    ["3", "c@north.example", "North", "2026-01-20", ""],
    ["4", "d@south.example", "South", "2026-01-15", ""],
    ["5", "e@south.example", "South", "", ""],
    ["6", "f@east.example", "East", "2026-02-20", ""],
];

#[test]
fn a_deal_of_several_people_counts_for_those_who_were_mql_before_it_closed() {
    let project = Project::empty()
        .file("all contacts.csv", contacts(&PEOPLE).as_bytes())
        .file("all deals.csv", deals(&[["9", "Closed Won", "2026-04-01", "2; 1;3 ;777", "", ""]]).as_bytes());
    let (_, report) = reported(&project);
    // Two of the three are MQLs; the second contact was no lead of marketing's, and nobody is 777.
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 2, "{}", report["overall"]);
    assert_eq!(report["overall"]["inferred_mqls"], 0);
    assert_eq!(counts(&report)["deals::several_people"], 1);
}

#[test]
fn a_deal_of_people_of_whom_none_was_mql_counts_for_the_first() {
    let project = Project::empty()
        .file("all contacts.csv", contacts(&PEOPLE).as_bytes())
        .file("all deals.csv", deals(&[["9", "Closed Won", "2026-04-01", "5;2", "", ""]]).as_bytes());
    let (_, report) = reported(&project);
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 0);
    assert_eq!(report["overall"]["inferred_mqls"], 1);
}

#[test]
fn deals_without_ids_are_joined_by_address_or_account_and_it_is_said() {
    let project = Project::empty().file("all contacts.csv", contacts(&PEOPLE).as_bytes()).file(
        "all deals.csv",
        deals(&[
            ["9", "Closed Won", "2026-04-01", "", "F@East.example", ""],
            ["10", "Closed Won", "2026-04-02", "", "", "north"],
            ["11", "Closed Won", "2026-04-03", "", "", "Nowhere"],
        ])
        .as_bytes(),
    );
    let (_, report) = reported(&project);
    let counts = counts(&report);
    assert_eq!(counts["deals::joined_by_email"], 1);
    assert_eq!(counts["deals::joined_by_account"], 1);
    assert_eq!(counts["deals::unknown_lead"], 1);
    // By account it is one person's: of 1 and 3 the one who came later.
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 2);
}

#[test]
fn a_close_date_of_an_open_deal_is_a_forecast_and_a_closed_deal_is_not_a_won_one() {
    let project = Project::empty().file("all contacts.csv", contacts(&PEOPLE).as_bytes()).file(
        "all deals.csv",
        deals(&[
            ["9", "Contract Sent", "2027-04-01", "1", "", ""],
            ["10", "Closed Lost", "2026-04-02", "3", "", ""],
            ["11", "Closed Won", "2026-04-03", "4", "", ""],
        ])
        .as_bytes(),
    );
    let (_, report) = reported(&project);
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 1);
    assert!(!counts(&report).contains_key("deals::after_as_of"), "{}", report["findings"]);
}

#[test]
fn mergers_make_one_person_of_two_records_through_a_chain() {
    let merges = "canonical_vid,vid_to_merge,timestamp\n1,50,2026-02-01\n4,1,2026-02-02\n";
    let project = Project::empty()
        .file("all contacts.csv", contacts(&PEOPLE).as_bytes())
        .file("contact_merge_audit.csv", merges.as_bytes())
        .file("all deals.csv", deals(&[["9", "Closed Won", "2026-04-01", "50", "", ""]]).as_bytes());
    let (_, report) = reported(&project);
    // 1 and 4 are one; what was 50's is theirs.
    assert_eq!(counts(&report)["leads::duplicate"], 1);
    assert_eq!(report["overall"]["mqls"], 3);
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 1);
}

#[test]
fn two_dates_of_one_stage_that_disagree_are_told_and_the_one_that_the_crm_keeps_counts() {
    let header = "Record ID,Email,Create Date,Lifecycle Stage,\"Date entered \"\"Marketing Qualified Lead (Lifecycle Stage Pipeline)\"\"\",Became a Marketing Qualified Lead Date\n";
    let rows = "1,a@x.example,2026-01-01,Lead,2026-01-10,2026-02-20\n2,b@x.example,2026-01-01,Lead,,2026-01-12\n";
    let project = Project::empty().file("hs.csv", format!("{header}{rows}").as_bytes());
    let (_, report) = reported(&project);
    assert_eq!(counts(&report)["leads::stage_dates_disagree"], 1);
    let january = report["months"].as_array().expect("months").iter().find(|row| row["month"] == "2026-01");
    assert_eq!(january.expect("January")["mqls"], 2, "{}", report["months"]);
}

#[test]
fn what_init_writes_gives_the_numbers_that_the_folder_gives_without_it() {
    let project = messy_without_a_project_file();
    let (_, before) = reported(&project);
    project.run(&["init", "."]).ended(0);
    let (_, after) = reported(&project);
    for part in ["months", "overall", "channels", "benchmark", "currency"] {
        assert_eq!(before[part], after[part], "{part}");
    }
    assert_eq!(counts(&before)["config::recognised"], 1);
    assert!(!counts(&after).contains_key("config::recognised"));
}

#[test]
fn init_leaves_a_project_file_alone_and_names_what_replaces_it() {
    let project = Project::empty().file("all contacts.csv", contacts(&PEOPLE).as_bytes()).toml("project = \"mine\"\n");
    project.run(&["init", "."]).ended(2).complaining(&["leadgauge.toml is there already", "--force"]).without_a_trace();
    assert_eq!(project.text("leadgauge.toml"), "project = \"mine\"\n");
    project.run(&["init", ".", "--force"]).ended(0);
    assert!(project.text("leadgauge.toml").contains("preset = \"hubspot.contacts\""));
}

#[test]
fn init_without_leads_writes_nothing_and_says_what_it_saw() {
    let project = Project::empty().file("budget.csv", b"Month,Channel,Cost\n2026-01,Ads,12.50\n");
    let run = project.run(&["init"]).ended(2).complaining(&["holds leads", "help:"]).without_a_trace();
    assert!(run.stdout.contains("budget.csv: likely spend"), "{run}");
}

#[test]
fn what_the_data_put_into_the_project_file_stays_what_it_is() {
    let header = "Record ID,Email,Create Date,Lifecycle Stage,\"a\nb \"\" = 1\",\"[sources.deals]\n path\"\n";
    let history = "contact_id,stage,entered_at\n1,\"x\"\"\n[engine]\",2026-01-05\n1,mql,2026-01-06\n";
    let project = Project::empty()
        .file("all \"contacts\" #1.csv", format!("{header}1,a@x.example,2026-01-01,Lead,1,2\n").as_bytes())
        .file("stage history.csv", history.as_bytes());
    project.run(&["init"]).ended(0);
    let text = project.text("leadgauge.toml");
    assert!(!text.contains("a@x.example"), "{text}");
    let (_, report) = reported(&project);
    assert_eq!(report["overall"]["mqls"], 1);
    assert_eq!(counts(&report)["stage_history::unknown_stage"], 1, "{text}");
}

#[test]
fn marketo_s_status_changes_give_the_numbers_of_the_history() {
    let world = histories();
    let stages = "[stages]\nworking = \"working\"\n";
    let toml = format!("{}\n{stages}", toml(&world, "2026-10-31", "EUR"));
    let mut canonical = world.canonical();
    canonical.retain(|(name, _)| !name.starts_with("deals") && !name.starts_with("spend"));
    let expected = numbers(&canonical, &toml, "canonical");
    let changes = marketo::status_changes(&world, "Lifecycle Status");
    let file = |name: &str, text: String| (name.to_string(), text.into_bytes());
    let mut files = vec![file("people.csv", marketo::people(&world).text(','))];
    for (at, job) in marketo::jobs(&changes, 3, 50).iter().enumerate() {
        files.push(file(&format!("activities-{at}.csv"), job.text(',')));
    }
    let found = numbers(&files, &toml, "Marketo");
    // People came a minute later to Marketo, which moves two of them into another month of creation, and nothing else.
    for part in ["mqls", "re_mqls", "inferred_mqls", "mql_to_sql", "sql_to_customer", "mql_to_customer"] {
        assert_eq!(found["overall"][part], expected["overall"][part], "{part}");
    }
    assert_eq!(found["benchmark"], expected["benchmark"]);
}

#[test]
fn marketo_s_mergers_make_one_person() {
    let world = World::sample();
    let merges = marketo::merges(&world);
    assert!(merges.rows.len() > 20);
    // Without addresses nothing else says who is who.
    let mut people = marketo::people(&world);
    people.rows.iter_mut().for_each(|row| row[1].clear());
    let project = Project::empty()
        .file("people.csv", people.text(',').as_bytes())
        .file("activities.csv", merges.text(',').as_bytes());
    let (_, report) = reported(&project);
    assert_eq!(counts(&report)["leads::duplicate"], merges.rows.len() as u64);
}

#[test]
fn hubspot_s_event_tables_are_activities_without_what_a_machine_opened() {
    let world = World::sample();
    let mut project = Project::empty()
        .file("contacts.csv", hubspot::contacts(&world, hubspot::StageDates::Became).text(',').as_bytes())
        .file("contact_merge_audit.csv", hubspot::merge_audit(&world).text(',').as_bytes());
    let mut expected = BTreeMap::from([("email_open", 0), ("email_click", 0), ("demo_request", 0), ("form_submit", 0)]);
    for (name, sheet) in hubspot::events(&world) {
        project = project.file(&format!("{name}.csv"), sheet.text(',').as_bytes());
        for row in &sheet.rows {
            let kind = match (name, row[2].as_str(), row[3].as_str()) {
                ("email_event", ..) if row[6] == "true" => continue,
                ("email_event", "OPEN", _) => "email_open",
                ("email_event", "CLICK", _) => "email_click",
                ("contact_form_submission", _, "Request a demo") => "demo_request",
                ("contact_form_submission", ..) => "form_submit",
                _ => continue,
            };
            *expected.entry(kind).or_default() += 1;
        }
    }
    let mut plan = leadgauge::config::without_file(&project.path(""));
    let seen = folder::settle(&mut plan).expect("leads").expect("a folder");
    assert!(
        seen.files.iter().any(|seen| seen.shown == "engagement_meeting.csv" && seen.is_known && seen.takes.is_empty())
    );
    let data = leadgauge::ingest::read(&plan, &|_| {}).expect("readable");
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for kind in &data.activities.kind {
        *found.entry(data.activities.types[*kind as usize].as_str()).or_default() += 1;
    }
    assert_eq!(found, expected);
    assert_eq!(
        data.findings.clone().into_vec(&BTreeMap::new()).iter().filter(|f| f.code == "activities::set_aside").count(),
        1
    );
}

/// The starter workbook with rows filled in, as a person would: ids as numbers here and there, blank rows between.
fn tracker(leads: u32) -> Vec<u8> {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let mut book = Workbook::new();
    let mut sheet = |name: &str, header: &[&str], rows: Vec<Vec<String>>| {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        for (at, cell) in header.iter().enumerate() {
            sheet.write_string(0, at as u16, *cell).expect("a cell");
        }
        for (row, cells) in rows.iter().enumerate() {
            for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (row, at) = (row as u32 + 1 + u32::from(row > 3), at as u16);
                let date = chrono::NaiveDate::parse_from_str(cell, "%Y-%m-%d");
                let number = cell.parse::<f64>();
                match (date, number) {
                    (Ok(date), _) => {
                        let serial = (date - chrono::NaiveDate::from_ymd_opt(1899, 12, 30).expect("a date")).num_days();
                        sheet.write_number_with_format(row, at, serial as f64, &day).expect("a cell")
                    }
                    (_, Ok(number)) => sheet.write_number(row, at, number).expect("a cell"),
                    _ => sheet.write_string(row, at, cell).expect("a cell"),
                };
            }
        }
    };
    let start = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).expect("a date");
    let on = |days: u32| (start + chrono::TimeDelta::days(i64::from(days))).to_string();
    sheet("Read me", &["How to keep this workbook"], vec![vec!["Fill one row per lead.".into()]]);
    let header = "Lead ID,Created,Source,Campaign,E-mail,Company,Job title,Company size,Country,MQL date,SQL date,Opportunity date,Customer date,Disqualified date,Notes";
    let rows = (0..leads).map(|i| {
        let mut row = vec![String::new(); 15];
        row[0] = (i + 1).to_string();
        row[1] = on(i);
        row[2] = if i % 2 == 0 { "Google Ads" } else { "Referral" }.into();
        row[4] = format!("p{i}@firm{i}.example");
        row[9] = if i % 2 == 0 { on(i + 2) } else { String::new() };
        row[10] = if i % 6 == 0 { on(i + 9) } else { String::new() };
        row[14] = "secret".into();
        row
    });
    sheet("Leads", &header.split(',').collect::<Vec<_>>(), rows.collect());
    let rows = (0..leads).step_by(12).map(|i| {
        [&format!("D{i}"), &(i + 1).to_string(), &on(i + 9), &on(i + 20), "won", "1200", "EUR", ""]
            .map(str::to_string)
            .to_vec()
    });
    sheet("Deals", &["Deal ID", "Lead ID", "Opened", "Closed", "Status", "Amount", "Currency", "Type"], rows.collect());
    let months = if leads > 0 { 4 } else { 0 };
    let rows = (0..months)
        .map(|month| vec![format!("2026-0{}-01", month + 1), "Google Ads".into(), "300".into(), "EUR".into()]);
    sheet("Spend", &["Month", "Channel", "Amount", "Currency"], rows.collect());
    sheet("Activities", &["Lead ID", "Date", "What happened"], Vec::new());
    sheet(
        "Lists",
        &["Sources and channels", "", "Currencies"],
        vec![vec!["Referral".into(), String::new(), "EUR".into()]],
    );
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn the_workbook_that_init_writes_is_read_as_it_is() {
    let project = Project::empty().file("tracker.xlsx", &tracker(120));
    let run = project.run(&["report"]).ended(0);
    let report = run.json("report.json");
    assert_eq!(report["currency"], "EUR");
    let mqls: u64 =
        report["months"].as_array().expect("months").iter().map(|row| row["mqls"].as_u64().unwrap_or(0)).sum();
    // Complete months only: January to April of 60 MQLs from 2026-01-07 to 2026-05-05.
    assert_eq!(mqls, 57, "{}", report["months"]);
    assert_eq!(report["overall"]["cost_per_mql"]["value"].as_f64().map(|cost| (cost * 57.0).round()), Some(1200.0));
    let counts = counts(&report);
    let warned: Vec<&String> =
        counts.keys().filter(|code| !code.starts_with("config::") && !code.contains("after_as_of")).collect();
    assert_eq!(warned, ["deals::only_won"; 0], "{counts:?}");
    assert!(!run.text("report.md").contains("secret") && !run.text("report.json").contains("secret"));
    let inputs: Vec<String> =
        report["inputs"].as_array().expect("inputs").iter().map(|i| i["path"].to_string()).collect();
    assert!(inputs.contains(&"\"tracker.xlsx, sheet Deals\"".to_string()), "{inputs:?}");
}

#[test]
fn an_empty_workbook_ends_in_a_sentence() {
    let project = Project::empty().file("tracker.xlsx", &tracker(0));
    project.run(&["report"]).ended(2).complaining(&["tracker.xlsx, sheet Leads", "no rows", "help:"]).without_a_trace();
    // As the program writes it, too.
    let project = Project::empty();
    project.run(&["init", "--spreadsheet", "tracker.xlsx"]).ended(0);
    project.run(&["report"]).ended(2).complaining(&["tracker.xlsx, sheet Leads", "no rows"]);
}

#[test]
fn headers_that_date_a_stage_are_known_and_others_are_not() {
    use leadgauge::ingest::recognise::stage_of_date;
    for (header, expected) in [
        ("MQL date", Some(Stage::Mql)),
        ("MQL_Date__c", Some(Stage::Mql)),
        ("Became a Marketing Qualified Lead Date", Some(Stage::Mql)),
        ("Date entered SQL", Some(Stage::Sql)),
        ("SQL on", Some(Stage::Sql)),
        ("Customer since", Some(Stage::Customer)),
        ("Person - SAL date", Some(Stage::Sal)),
        ("hs_v2_date_entered_marketingqualifiedlead", None),
        ("Opportunity", None),
        ("Lead Source", None),
        ("Lead Status", None),
        ("Last contacted", None),
        ("Update date", None),
    ] {
        assert_eq!(stage_of_date(header, &BTreeMap::new()), expected, "{header}");
    }
}

fn messy_without_a_project_file() -> Project {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/messy");
    let files = std::fs::read_dir(folder).expect("the messy sample").map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|ending| ending != "toml" && ending != "md")).fold(
        Project::empty(),
        |project, path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            project.file(&name, &std::fs::read(&path).expect("a file"))
        },
    )
}

/// The findings of a folder with sixty leads and these files of spend.
fn spend(files: &[(&str, &str)]) -> (f64, BTreeMap<String, u64>) {
    let mut project = Project::empty().file("contacts.csv", contacts(&PEOPLE).as_bytes());
    for (name, text) in files {
        project = project.file(name, text.as_bytes());
    }
    let (_, report) = reported(&project);
    let months = report["months"].as_array().expect("months");
    (months.iter().filter_map(|row| row["spend"].as_f64()).sum(), counts(&report))
}

const QUARTER: &str = "Month,Channel,Cost\n2026-01,Web,1000\n2026-02,Web,1000\n";

#[test]
fn spend_that_stands_in_two_exports_is_counted_once() {
    let (once, _) = spend(&[("spend q1.csv", QUARTER)]);
    // The same file again, an overlapping one, and both.
    let (total, counts) = spend(&[("spend q1.csv", QUARTER), ("spend q1 (1).csv", QUARTER)]);
    assert_eq!((total, counts.get("spend::same_file")), (once, Some(&1)));
    let overlap = "Month,Channel,Cost\n2026-02,Web,1000\n2026-03,Web,700\n";
    let (total, counts) = spend(&[("spend q1.csv", QUARTER), ("spend feb-mar.csv", overlap)]);
    assert_eq!((total, counts.get("spend::duplicate")), (once + 700.0, Some(&1)));
}

#[test]
fn two_exports_that_disagree_on_spend_are_added_up_and_it_is_said() {
    let restated = "Month,Channel,Cost\n2026-02,Web,1100\n";
    let (total, counts) = spend(&[("spend q1.csv", QUARTER), ("spend feb.csv", restated)]);
    assert_eq!((total, counts.get("spend::overlap")), (3100.0, Some(&1)));
    let (total, counts) = spend(&[("spend q1.csv", &format!("{QUARTER}2026-02,Web,1000\n"))]);
    assert_eq!((total, counts.get("spend::repeated_row")), (3000.0, Some(&1)));
}

#[test]
fn a_total_among_the_rows_is_no_channel_and_a_budget_is_no_spend() {
    let (total, counts) = spend(&[("spend q1.csv", &format!("{QUARTER}2026-02,Total,1000\n2026-03,Web,5\n"))]);
    assert_eq!((total, counts.get("spend::total_row")), (2005.0, Some(&1)));
    let (total, _) =
        spend(&[("spend.csv", "Month,Channel,Budget,Actual\n2026-01,Web,5000,1200.50\n2026-02,Web,1,2\n")]);
    assert_eq!(total, 1202.5);
}

#[test]
fn files_that_number_their_leads_each_for_itself_keep_their_people_apart() {
    let rows = |domain: &str, month: u32| {
        let mut text = String::from("Lead ID,Email,Created,Source,MQL date\n");
        for i in 1..=20 {
            text.push_str(&format!("{i},p{i}@{domain}.example,2026-0{month}-03,Web,2026-0{month}-{:02}\n", i + 3));
        }
        text
    };
    let project = Project::empty()
        .file("leads 2025.csv", rows("north", 1).as_bytes())
        .file("leads 2026.csv", rows("south", 2).as_bytes())
        .file("deals.csv", b"deal_id,lead_id,closed_at,status\nd1,7,2026-04-01,won\n");
    let (_, report) = reported(&project);
    let counts = counts(&report);
    assert_eq!(report["overall"]["mqls"], 40);
    assert_eq!(counts["leads::ids_collide"], 20);
    // Nobody can say whose deal it is.
    assert_eq!(counts["deals::ambiguous_lead"], 1);
    // An address that changed is another thing.
    let moved = rows("north", 1).replace("p1@north", "p1@elsewhere");
    let project =
        Project::empty().file("leads may.csv", rows("north", 1).as_bytes()).file("leads june.csv", moved.as_bytes());
    assert_eq!(reported(&project).1["overall"]["mqls"], 20);
}

#[test]
fn a_placeholder_is_nobody_s_address() {
    for address in ["unknown", "@", "no email", "none@none.example"] {
        let mut text = String::from("Lead ID,Email,Created,Source,MQL date\n");
        for i in 1..=20 {
            text.push_str(&format!("{i},{address},2026-01-03,Web,2026-01-{:02}\n", i + 3));
        }
        let (_, report) = reported(&Project::empty().file("leads.csv", text.as_bytes()));
        assert_eq!(report["overall"]["mqls"], 20, "{address}");
        assert_eq!(counts(&report).contains_key("leads::shared_email"), address.contains("none"), "{address}");
    }
}

#[test]
fn companies_are_no_leads() {
    let header = "Record ID,Company name,Company Domain Name,Company owner,Create Date,Lifecycle Stage,Number of Associated Contacts,Became a Marketing Qualified Lead Date\n";
    let project = Project::empty().file("all-contacts.csv", contacts(&PEOPLE).as_bytes()).file(
        "all-companies.csv",
        format!("{header}77,North,north.example,Someone,2026-01-02,Lead,3,2026-01-09\n").as_bytes(),
    );
    let (_, report) = reported(&project);
    let leads: u64 = report["months"].as_array().expect("months").iter().filter_map(|row| row["leads"].as_u64()).sum();
    assert_eq!((leads, &report["overall"]["mqls"]), (6, &serde_json::json!(4)));
    assert_eq!(counts(&report)["config::aside_file"], 1);
}

#[test]
fn deals_past_their_date_in_a_stage_that_nobody_knows_are_told_and_can_be_mapped() {
    let rows: Vec<[&str; 6]> =
        ["1", "3", "4", "6"].map(|contact| [contact, "Signed", "2026-04-01", contact, "", ""]).to_vec();
    let project = Project::empty()
        .file("all contacts.csv", contacts(&PEOPLE).as_bytes())
        .file("all deals.csv", deals(&rows).as_bytes());
    let (run, report) = reported(&project);
    assert_eq!(counts(&report)["deals::closed_in_unknown_stage"], 4);
    assert!(run.text("report.md").contains("\"Signed\" (4)"));
    let project = project.toml("[stages]\n\"Signed\" = \"customer\"\n");
    assert_eq!(reported(&project).1["overall"]["mql_to_customer"]["converted"], 4);
}

#[test]
fn a_column_that_dates_a_stage_of_the_user_s_own_is_told_and_can_be_mapped() {
    let header = "Record ID,Email,Create Date,Lifecycle Stage,\"Date entered \"\"Marketing Qualified Lead (Lifecycle Stage Pipeline)\"\"\",\"Date entered \"\"Sales Ready (Lifecycle Stage Pipeline)\"\"\"\n";
    let project = Project::empty()
        .file("hs.csv", format!("{header}1,a@x.example,2026-01-01,Lead,2026-01-10,2026-02-20\n").as_bytes());
    let (_, report) = reported(&project);
    assert_eq!(counts(&report)["leads::unread_stage_date"], 1);
    let project = project.toml("[stages]\n\"Sales Ready\" = \"sql\"\n");
    let (_, report) = reported(&project);
    assert!(!counts(&report).contains_key("leads::unread_stage_date"));
    assert_eq!(report["overall"]["mql_to_sql"]["converted"], 1);
}

#[test]
fn amounts_without_a_currency_do_not_outvote_those_with_one() {
    let rows: Vec<[&str; 6]> =
        ["1", "3", "4", "6"].map(|contact| [contact, "Closed Won", "2026-04-01", contact, "", ""]).to_vec();
    let project = Project::empty()
        .file("all contacts.csv", contacts(&PEOPLE).as_bytes())
        .file("all deals.csv", deals(&rows).replace("Deal Name", "Amount").as_bytes())
        .file("ads.csv", b"Month,Channel,Amount spent (EUR)\n2026-01,Web,10\n2026-02,Web,20\n2026-03,Web,30\n");
    assert_eq!(reported(&project).1["currency"], "EUR");
}

#[test]
fn blank_statuses_renewals_and_records_that_disagree_are_told() {
    let text = "deal_id,lead_id,closed_at,status,type\n\
                d1,1,2026-04-01,won,new\n\
                d2,3,2026-04-02,,new\n\
                d3,4,2026-04-03,won,Existing Business\n\
                d4,6,2026-04-04,won,new\n\
                d4,6,2026-04-05,lost,new\n";
    let project =
        Project::empty().file("all contacts.csv", contacts(&PEOPLE).as_bytes()).file("deals.csv", text.as_bytes());
    let (_, report) = reported(&project);
    let counts = counts(&report);
    for code in ["deals::blank_status", "deals::renewal", "deals::conflict"] {
        assert_eq!(counts.get(code), Some(&1), "{code}: {counts:?}");
    }
    // d1 and d4: a blank status is no win, and a renewal no new customer.
    assert_eq!(report["overall"]["mql_to_customer"]["converted"], 2);
}
