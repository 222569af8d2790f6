//! Findings from queries: does each show where it is true, and only there?

use crate::project::{Project, date};
use leadgauge::finding::{Finding, Level};
use leadgauge::report::trust::TrustLevel;
use std::fmt::Write as _;

fn finding(project: &Project, code: &str) -> Option<Finding> {
    project.analysis().findings.into_iter().find(|finding| finding.code == code)
}

/// The finding of that code, which must be there.
#[track_caller]
fn found(project: &Project, code: &str) -> Finding {
    finding(project, code).unwrap_or_else(|| panic!("no {code}"))
}

#[track_caller]
fn silent(project: &Project, code: &str) {
    let found = finding(project, code);
    assert!(found.is_none(), "{found:?}");
}

/// Lines of text, the first of them a header.
fn lines(header: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{header}\n"), |mut text, row| {
        let _ = writeln!(text, "{row}");
        text
    })
}

#[test]
fn a_stage_after_a_later_one_goes_backwards_unless_the_lead_was_recycled() {
    let back = Project::sound().row("stage_history.csv", &format!("L00,MQL,{}T10:00:00,", date(100)));
    let finding = found(&back, "stage_history::went_backwards");
    assert_eq!((finding.count, finding.examples), (1, vec!["L00".to_string()]));
    assert_eq!(finding.level, Level::Info);
    let recycled = back.row("stage_history.csv", &format!("L00,Recycled,{}T10:00:00,", date(99)));
    silent(&recycled, "stage_history::went_backwards");
}

#[test]
fn a_level_of_the_project_file_reaches_a_finding_from_a_query() {
    let back = Project::sound().row("stage_history.csv", &format!("L00,MQL,{}T10:00:00,", date(100)));
    let denied = back.settings("[quality]\n\"stage_history::went_backwards\" = \"deny\"");
    assert_eq!(found(&denied, "stage_history::went_backwards").level, Level::Deny);
    assert_eq!(denied.report().trust.level, TrustLevel::NotReliable);
    let run = denied.run(&["check"]).ended(1);
    assert!(run.stdout.contains("Do not rely on this: 1 of "), "{run}");
}

#[test]
fn every_table_obeys_a_level_for_a_kind_of_all_tables() {
    let bad = Project::sound().row("deals.csv", "D98,L00,never,,open,1.00,EUR,new");
    assert_eq!(found(&bad, "deals::bad_date").level, Level::Warn);
    let denied = bad.settings("[quality]\n\"*::bad_date\" = \"deny\"");
    assert_eq!(found(&denied, "deals::bad_date").level, Level::Deny);
}

#[test]
fn an_sql_before_its_mql_is_named() {
    silent(&Project::sound(), "funnel::sql_before_mql");
    let before = Project::sound().row("stage_history.csv", &format!("L02,SQL,{}T10:00:00,", date(11)));
    let finding = found(&before, "funnel::sql_before_mql");
    assert_eq!((finding.count, finding.of, finding.examples), (1, 45, vec!["L02".to_string()]));
    assert_eq!(finding.share, Some(1.0 / 45.0));
}

#[test]
fn a_win_before_the_mql_is_named() {
    silent(&Project::sound(), "funnel::customer_before_mql");
    let before = Project::sound().row("deals.csv", &format!("D99,L02,{},{},won,1.00,EUR,new", date(10), date(11)));
    assert_eq!(found(&before, "funnel::customer_before_mql").examples, ["L02"]);
}

#[test]
fn a_deal_is_not_closed_before_it_is_opened() {
    let same_day = Project::sound().row("deals.csv", &format!("D99,L00,{0},{0},lost,1.00,EUR,new", date(200)));
    silent(&same_day, "deals::closed_before_opened");
    let before = Project::sound().row("deals.csv", &format!("D99,L00,{},{},lost,1.00,EUR,new", date(200), date(199)));
    let finding = found(&before, "deals::closed_before_opened");
    assert_eq!((finding.count, finding.examples), (1, vec!["D99".to_string()]));
}

#[test]
fn a_stage_before_the_creation_is_noticed_from_the_day_before_on() {
    let same_day = Project::sound().row("stage_history.csv", &format!("L03,MQL,{}T01:00:00,", date(15)));
    silent(&same_day, "leads::mql_before_created");
    let before = Project::sound().row("stage_history.csv", &format!("L03,MQL,{}T23:00:00,", date(14)));
    assert_eq!(found(&before, "leads::mql_before_created").examples, ["L03"]);
}

/// The sound project with twenty leads more, one a day, all MQL at the same time.
fn imported(at: impl Fn(usize) -> String) -> Project {
    let mut project = Project::sound();
    for i in 0..20 {
        project = project
            .row(
                "leads.csv",
                &format!("X{i:02},x{i}@other{i}.example,{}T07:00:00,webinar,Analyst", date(100 + i as i32)),
            )
            .row("stage_history.csv", &format!("X{i:02},MQL,{},", at(i)));
    }
    project
}

#[test]
fn twenty_leads_in_one_second_are_nobodys_decision() {
    let finding = found(&imported(|_| format!("{}T10:00:05", date(153))), "stage_history::bulk_change");
    assert_eq!((finding.count, finding.examples), (20, ["X00", "X01", "X02"].map(String::from).to_vec()));
    assert!(finding.says.ends_with("% of the MQL entries are among them"), "{}", finding.says);
}

#[test]
fn twenty_leads_in_twenty_seconds_or_on_a_date_are_no_bulk_change() {
    silent(&imported(|i| format!("{}T10:00:{i:02}", date(153))), "stage_history::bulk_change");
    silent(&imported(|_| date(153)), "stage_history::bulk_change");
}

/// Leads alone: how many on which day, of which channel.
fn leads(groups: &[(i32, usize, &str)]) -> Project {
    let all = groups.iter().flat_map(|(day, n, channel)| (0..*n).map(move |_| (*day, *channel)));
    let rows = all.enumerate().map(|(i, (day, channel))| format!("P{i:04},{}T09:00:00,{channel}", date(day)));
    let stages = "lead_id,stage,entered_at\nP0000,MQL,2025-07-02 10:00\n";
    Project::empty()
        .toml("project = \"Leads\"\ntimezone = \"UTC\"\n")
        .leads(&lines("lead_id,created_at,channel", rows))
        .stage_history(stages)
}

/// Two leads a day, for a hundred days.
fn steady() -> Vec<(i32, usize, &'static str)> {
    (0..100).map(|day| (day, 2, "event")).collect()
}

#[test]
fn a_day_with_ten_times_the_usual_leads_is_an_import() {
    let mut groups = steady();
    groups[50].1 = 30;
    let finding = found(&leads(&groups), "leads::import_day");
    assert_eq!((finding.count, finding.of, finding.examples), (30, 228, vec![date(50)]));
    groups[50].1 = 19;
    silent(&leads(&groups), "leads::import_day");
    // Twenty on one day are usual where every day has ten.
    let busy: Vec<_> = (0..20).map(|day| (day, if day == 7 { 60 } else { 10 }, "event")).collect();
    silent(&leads(&busy), "leads::import_day");
}

#[test]
fn channels_that_are_campaigns_are_noticed() {
    let names: Vec<String> = (0..41).map(|i| format!("campaign {i}")).collect();
    let many: Vec<_> = names.iter().enumerate().map(|(day, name)| (day as i32, 6, name.as_str())).collect();
    let finding = found(&leads(&many), "leads::exploding_channels");
    assert_eq!((finding.count, finding.of), (41, 246));
    assert_eq!(finding.examples.len(), 3);
    silent(&leads(&many[..40]), "leads::exploding_channels");
    // Fewer, but a quarter of the leads are in channels of one lead.
    let mut thin: Vec<_> = names[..30].iter().enumerate().map(|(day, name)| (day as i32, 1, name.as_str())).collect();
    thin.push((50, 90, "event"));
    assert_eq!(found(&leads(&thin), "leads::exploding_channels").count, 31);
    silent(&leads(&steady()), "leads::exploding_channels");
}

#[test]
fn an_address_in_place_of_a_channel_is_shown_nowhere() {
    let names: Vec<String> = (0..41).map(|i| format!("ann{i}@acme.example campaign {i}")).collect();
    let many: Vec<_> = names.iter().enumerate().map(|(day, name)| (day as i32, 6, name.as_str())).collect();
    let finding = found(&leads(&many), "leads::exploding_channels");
    assert!(finding.examples.iter().all(|example| !example.contains("acme")), "{finding:?}");
}

#[test]
fn spend_in_channels_of_no_lead_is_named() {
    silent(&Project::sound(), "spend::unmapped_channel");
    let tv = Project::sound().row("spend.csv", "2026-05,tv,100.00,EUR").row("spend.csv", "2026-06,tv,100.00,EUR");
    let finding = found(&tv, "spend::unmapped_channel");
    assert_eq!((finding.count, finding.of, finding.examples), (2, 26, vec!["tv".to_string()]));
    silent(&tv.settings("[channels]\nwebinar = [\"tv\"]"), "spend::unmapped_channel");
}

#[test]
fn mqls_without_spend_are_told_where_they_are_many() {
    let project = |share: i32| {
        let channel = |i: i32| if i % 10 < share { "organic" } else { "event" };
        let leads = (0..120).map(|i| format!("P{i:03},{}T09:00:00,{}", date(i), channel(i)));
        let stages = (0..120).map(|i| format!("P{i:03},MQL,{}T10:00:{:02}", date(i), i % 60));
        Project::empty()
            .toml("project = \"Spend\"\ntimezone = \"UTC\"\n")
            .leads(&lines("lead_id,created_at,channel", leads))
            .stage_history(&lines("lead_id,stage,entered_at", stages))
            .spend("month,channel,amount\n2025-07,event,100.00\n2025-08,event,100.00\n2025-09,event,100.00\n")
    };
    let finding = found(&project(4), "leads::channel_without_spend");
    assert_eq!((finding.count, finding.of, finding.level), (48, 120, Level::Info));
    assert_eq!(finding.examples, ["organic"]);
    silent(&project(3), "leads::channel_without_spend");
    silent(&project(4).without("spend.csv"), "leads::channel_without_spend");
}

#[test]
fn a_score_that_stands_still_is_noticed() {
    let project = |score: &dyn Fn(i32) -> i32| {
        let rows = (0..400).map(|day| format!("P{day:03},{}T09:00:00,{}", date(day), score(day)));
        Project::empty()
            .toml("project = \"Scores\"\ntimezone = \"UTC\"\n")
            .leads(&lines("lead_id,created_at,score", rows))
            .stage_history("lead_id,stage,entered_at\nP000,MQL,2025-07-02 10:00\n")
    };
    let frozen = found(&project(&|day| if day < 220 { day % 50 } else { 0 }), "leads::frozen_score");
    assert_eq!((frozen.count, frozen.of, frozen.level), (180, 400, Level::Warn));
    silent(&project(&|day| day % 50), "leads::frozen_score");
    silent(&project(&|_| 0), "leads::frozen_score");
    silent(&Project::sound(), "leads::frozen_score");
}

#[test]
fn a_history_that_begins_after_the_leads_is_noticed() {
    let project = |first: i32| {
        let leads = (0..200).map(|day| format!("P{day:03},{}T09:00:00", date(day)));
        let stages = (first..200).map(|day| format!("P{day:03},MQL,{}T10:00:00", date(day)));
        Project::empty()
            .toml("project = \"History\"\ntimezone = \"UTC\"\n")
            .leads(&lines("lead_id,created_at", leads))
            .stage_history(&lines("lead_id,stage,entered_at", stages))
    };
    let finding = found(&project(100), "stage_history::coverage");
    assert_eq!((finding.count, finding.of), (40, 200));
    assert_eq!(finding.examples, ["P000", "P001", "P002"]);
    silent(&project(60), "stage_history::coverage");
    silent(&project(0), "stage_history::coverage");
}

// ---- The verdict ----

#[test]
fn the_verdict_on_the_data_stands_in_the_report_and_on_the_page() {
    let sound = Project::sound().report();
    assert_eq!(sound.trust.level, TrustLevel::Trusted);
    assert!(sound.page.facts.iter().any(|fact| fact.text == "can be trusted"), "{:?}", sound.page.facts);
    let mut project = Project::sound();
    for i in 0..10 {
        project = project.row("stage_history.csv", &format!("L{i:02},Wombat,{}T10:00:00,", date(100)));
    }
    let run = project.run(&["report"]).ended(0);
    let report = run.json("report.json");
    assert_eq!(report["trust"]["level"], "with_care", "{}", report["trust"]);
    let says = report["trust"]["says"].as_str().expect("a sentence");
    assert!(says.starts_with("Read with care: ") && says.contains("of the stage entries could not be used"), "{says}");
    assert!(run.text("report.md").contains(says), "{says}");
    assert!(project.run(&["check"]).stdout.contains(says), "{says}");
}

// ---- Accounts ----

#[test]
fn the_rate_by_account_counts_an_account_once() {
    // Every two leads of the sound project are one company; the second of them never decides alone.
    let mut leads = String::new();
    for (i, line) in Project::sound().text("leads.csv").lines().enumerate() {
        let account = if i == 0 { "account_id".to_string() } else { format!(" Company {} ", (i - 1) / 2) };
        // With an address of a company's own, its domain would be the account.
        let line =
            (0..60).rev().fold(line.to_string(), |line, i| line.replace(&format!("@firm{i}.example"), "@gmail.com"));
        let _ = writeln!(leads, "{line},{account}");
    }
    let report = Project::sound().leads(&leads).report();
    let (people, accounts) = (&report.overall.mql_to_sql, report.overall.mql_to_sql_accounts.as_ref());
    let accounts = accounts.expect("accounts are known");
    // Of two leads numbered 4k and 4k+1 both are MQL; of 4k+2 and 4k+3 the first.
    assert_eq!((people.n, accounts.n), (45, 30));
    assert_eq!(people.converted, 18);
    assert!(accounts.converted <= people.converted, "{accounts:?}");
    assert!(report.channels.iter().all(|row| row.mql_to_sql_accounts.is_none()));
    let page = serde_json::to_string(&report.page).expect("JSON");
    assert!(page.contains("By account rather than by person: of 30 accounts with an MQL, "), "{page}");
}

#[test]
fn where_every_account_is_one_person_nothing_is_said_by_account() {
    assert_eq!(Project::sound().report().overall.mql_to_sql_accounts, None);
}

#[test]
fn free_mail_is_no_company() {
    let sound = Project::sound().text("leads.csv");
    let free = (0..60).fold(sound, |text, i| text.replace(&format!("@firm{i}.example"), "@gmail.com"));
    assert_eq!(Project::sound().leads(&free).report().overall.mql_to_sql_accounts, None);
    let company = (0..60).fold(Project::sound().text("leads.csv"), |text, i| {
        text.replace(&format!("@firm{i}.example"), &format!("@firm{}.example", i / 20))
    });
    let report = Project::sound().leads(&company).report();
    assert_eq!(report.overall.mql_to_sql_accounts.map(|rate| rate.n), Some(3));
}
