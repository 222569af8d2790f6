//! Traps: is each one found where it was laid, and nothing where it was not?

use crate::project::Project;
use leadgauge::calibration::traps::{Result, Trap, TrapLevel, Traps};
use leadgauge::vocabulary::Day;

/// 2025-01-01; the last visible day is the last of that year.
const FIRST: i32 = 20_089;

const TOML: &str = r#"
project = "traps"
timezone = "UTC"
currency = "EUR"
as_of = "2025-12-31"

[[criteria]]
threshold = 100
points = { email_open = 5, email_click = 10, site_visit = 20, webinar = 20, demo_request = 50 }
fit.company_size = { "51-1000" = 20 }
"#;

/// A funnel lead by lead, and what its files say.
struct Funnel {
    toml: String,
    n: usize,
    leads: String,
    stages: String,
    actions: String,
}

impl Funnel {
    fn new() -> Funnel {
        Funnel {
            toml: TOML.to_string(),
            n: 0,
            leads: "lead_id,created_at,channel,company_size\n".into(),
            stages: "lead_id,stage,entered_at\n".into(),
            actions: "lead_id,type,at\n".into(),
        }
    }

    /// A lead created at noon of a day of the year, from 0.
    fn lead(&mut self, day: i32, channel: &str, size: &str) -> usize {
        self.n += 1;
        self.leads += &format!("L{},{},{channel},{size}\n", self.n, instant(day, 43_200));
        self.n
    }

    fn stage(&mut self, lead: usize, stage: &str, day: i32, second: i32) {
        self.stages += &format!("L{lead},{stage},{}\n", instant(day, second));
    }

    fn action(&mut self, lead: usize, name: &str, day: i32, second: i32) {
        self.actions += &format!("L{lead},{name},{}\n", instant(day, second));
    }

    /// A lead that acts an hour apart from 13:00 on, is an MQL with the last action, and an SQL 20 days later or never.
    fn mql(&mut self, day: i32, channel: &str, actions: &[(&str, i32)], becomes_sql: bool) -> usize {
        let lead = self.lead(day, channel, "1-10");
        let mut at = 46_800;
        for (name, times) in actions {
            for _ in 0..*times {
                self.action(lead, name, day, at);
                at += 600;
            }
        }
        self.stage(lead, "MQL", day, at - 600);
        if becomes_sql {
            self.stage(lead, "SQL", day + 20, 40_000);
        }
        lead
    }

    fn traps(&self) -> Traps {
        let project = Project::empty().toml(&self.toml).leads(&self.leads).stage_history(&self.stages);
        project.activities(&self.actions).analysis().calibration.traps
    }
}

fn instant(day: i32, second: i32) -> String {
    let (day, second) = (day + second.div_euclid(86_400), second.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}Z", Day(FIRST + day), second / 3600, second / 60 % 60, second % 60)
}

/// The trap of that kind, if it was found.
fn found<'a>(traps: &'a Traps, code: &str) -> Option<&'a Trap> {
    traps.found.iter().find(|trap| trap.code == code)
}

/// What the checks of that kind came to, without repeats.
fn results(traps: &Traps, code: &str) -> Vec<Result> {
    let mut results: Vec<Result> =
        traps.checks.iter().filter(|check| check.code == code).map(|check| check.result).collect();
    results.dedup();
    results
}

fn assert_not_found(traps: &Traps, code: &str) {
    assert_eq!(results(traps, code), [Result::NotFound], "{code}: {:#?}", traps.checks);
}

/// One in `of`.
fn every(i: i32, of: i32) -> bool {
    i % of == 0
}

/// MQLs of five visits that convert one in three, through the first eight months.
fn sound() -> Funnel {
    let mut funnel = Funnel::new();
    for i in 0..120 {
        funnel.mql(i * 2, ["event", "organic"][i as usize % 2], &[("site_visit", 5)], every(i, 3));
    }
    funnel
}

#[test]
fn a_funnel_in_which_nothing_is_wrong_has_no_traps() {
    let traps = sound().traps();
    assert!(traps.found.is_empty(), "{:#?}", traps.found);
    assert!(!traps.none_of.is_empty());
}

#[test]
fn an_action_that_sales_logs_minutes_before_the_sql_is_the_sql_itself() {
    let mut funnel = sound();
    for i in (0..120).filter(|i| every(*i, 3) && !every(*i, 9)) {
        funnel.action(i as usize + 1, "demo_request", i * 2 + 20, 39_000);
    }
    let traps = funnel.traps();
    let trap = found(&traps, "sql_in_disguise").expect("found");
    assert_eq!((trap.subject.as_str(), trap.level), ("demo_request", TrapLevel::Warn));
    assert_eq!((trap.numbers["near"], trap.numbers["sqls"], trap.numbers["ordinary"]), (26.0, 40.0, 0.0));
    assert!(trap.says.contains("26 of 40 SQLs"), "{}", trap.says);
    // Each lead is known for six spells of three days before; one request a fortnight before does not make a habit.
    assert_eq!(trap.numbers["spells"], 240.0);
    for days_before in [15, 10, 5] {
        for i in (0..120).filter(|i| every(*i, 3) && !every(*i, 9)) {
            funnel.action(i as usize + 1, "demo_request", i * 2 + 20 - days_before, 39_000);
        }
        if days_before == 15 {
            let traps = funnel.traps();
            assert_eq!(found(&traps, "sql_in_disguise").expect("still found").numbers["ordinary"], 26.0);
        }
    }
    // A request every five days is one, and no sign of the SQL.
    assert_not_found(&funnel.traps(), "sql_in_disguise");
}

#[test]
fn a_request_that_makes_an_mql_and_the_next_day_an_sql_is_no_leak() {
    let mut funnel = Funnel::new();
    for i in 0..120 {
        let lead = funnel.lead(i * 2, "organic", "1-10");
        funnel.action(lead, "demo_request", i * 2 + 12, 40_000);
        funnel.action(lead, "demo_request", i * 2 + 12, 40_600);
        funnel.stage(lead, "MQL", i * 2 + 12, 40_600);
        if every(i, 2) {
            funnel.stage(lead, "SQL", i * 2 + 13, 40_000);
        }
    }
    let traps = funnel.traps();
    assert!(found(&traps, "sql_in_disguise").is_none(), "{:#?}", traps.found);
}

#[test]
fn what_is_logged_after_the_sql_inflates_todays_score() {
    let mut funnel = sound();
    let later = |funnel: &mut Funnel, becomes: bool| {
        for i in (0..120).filter(|i| every(*i, 3) == becomes) {
            for visit in 0..5 {
                funnel.action(i as usize + 1, "site_visit", i * 2 + 22 + visit, 50_000);
            }
        }
    };
    later(&mut funnel, true);
    let traps = funnel.traps();
    let trap = found(&traps, "sales_fills_score").expect("found");
    assert_eq!((trap.numbers["after_sql"], trap.numbers["open_mqls"]), (5.0, 0.0));
    assert_eq!((trap.numbers["area_today"], trap.numbers["area_at_mql"]), (1.0, 0.5));
    assert!(found(&traps, "score_knows_outcome").is_none(), "one trap is told once");
    assert_eq!(results(&traps, "score_knows_outcome"), [Result::Found]);
    // Leads that go on by themselves, SQL or not.
    later(&mut funnel, false);
    let traps = funnel.traps();
    assert_not_found(&traps, "sales_fills_score");
    assert_not_found(&traps, "score_knows_outcome");
}

#[test]
fn an_attribute_that_is_missing_unless_the_lead_became_an_sql_is_filled_by_sales() {
    let mut funnel = sound();
    let sold = |line: &str| {
        let id: i32 = line.split(',').next().and_then(|id| id[1..].parse().ok()).expect("an id");
        every(id - 1, 3)
    };
    let blank = |lines: &str, keep: &dyn Fn(&str) -> bool| -> String {
        let line = |(i, line): (usize, &str)| {
            if i == 0 || keep(line) { format!("{line}\n") } else { format!("{}\n", line.replace("1-10", "")) }
        };
        lines.lines().enumerate().map(line).collect()
    };
    let full = funnel.leads.clone();
    funnel.leads = blank(&full, &sold);
    let traps = funnel.traps();
    let trap = found(&traps, "filled_by_sales").expect("found");
    assert_eq!((trap.subject.as_str(), trap.numbers["area"]), ("company_size", 1.0));
    assert_eq!((trap.numbers["missing_share_sqls"], trap.numbers["missing_share_others"]), (0.0, 1.0));
    // Missing as often for both.
    let half = |line: &str| line.split(',').next().is_some_and(|id| id.ends_with(['1', '2', '3', '4', '5']));
    funnel.leads = blank(&full, &half);
    assert!(funnel.leads.lines().filter(|line| line.ends_with(',')).count() > 50);
    assert_not_found(&funnel.traps(), "filled_by_sales");
}

#[test]
fn mqls_of_twenty_opens_alone_are_named_where_they_convert_worse() {
    let with = |opens_convert: i32| {
        let mut funnel = sound();
        for i in 0..60 {
            funnel.mql(i * 4, "organic", &[("email_open", 20)], every(i, opens_convert));
        }
        for i in 0..60 {
            funnel.mql(i * 4 + 1, "organic", &[("site_visit", 2), ("webinar", 2), ("email_click", 2)], every(i, 3));
        }
        funnel
    };
    let traps = with(30).traps();
    let trap = found(&traps, "single_signal").expect("found");
    assert_eq!((trap.subject.as_str(), trap.numbers["leads"], trap.numbers["sqls"]), ("email_open", 60.0, 2.0));
    assert!(trap.says.contains("60 of 240 mature MQLs"), "{}", trap.says);
    let traps = with(3).traps();
    assert!(found(&traps, "single_signal").is_none_or(|trap| trap.subject != "email_open"), "{:#?}", traps.found);
}

#[test]
fn people_who_asked_for_sales_and_missed_the_bar_are_counted() {
    let with = |requests: i32| {
        let mut funnel = sound();
        for i in 0..40 {
            // 50 points, or 100: an MQL.
            let lead = funnel.lead(i * 3, "organic", "1-10");
            (0..requests).for_each(|n| funnel.action(lead, "demo_request", i * 3, 50_000 + 60 * n));
            if requests > 1 {
                funnel.stage(lead, "MQL", i * 3, 50_060);
            }
        }
        // Sales logs a request on the day of an SQL: nobody asked here.
        for i in 0..20 {
            let lead = funnel.lead(i * 3, "organic", "1-10");
            funnel.stage(lead, "SQL", i * 3 + 30, 60_000);
            funnel.action(lead, "demo_request", i * 3 + 30, 59_000);
        }
        funnel.traps()
    };
    let traps = with(1);
    let trap = found(&traps, "hand_raiser_missed").expect("found");
    assert_eq!((trap.numbers["asked"], trap.numbers["missed"], trap.numbers["quiet_sqls"]), (40.0, 40.0, 20.0));
    assert_eq!(trap.level, TrapLevel::Notice);
    assert_not_found(&with(2), "hand_raiser_missed");
}

#[test]
fn clicks_in_the_second_of_the_open_are_a_machines() {
    let with = |delay_s: i32| {
        let mut funnel = sound();
        for i in 0..80 {
            let day = i * 3;
            let lead = funnel.lead(day, "organic", "1-10");
            for mail in 0..10 {
                funnel.action(lead, "Opened Email", day, 50_000 + 900 * mail);
                funnel.action(lead, "email_click", day, 50_000 + 900 * mail + delay_s);
            }
            funnel.stage(lead, "MQL", day, 50_000 + 900 * 9 + delay_s);
            if every(i, 3) {
                funnel.stage(lead, "SQL", day + 20, 40_000);
            }
        }
        funnel.traps()
    };
    let traps = with(1);
    let trap = found(&traps, "machine_opens").expect("found");
    assert_eq!((trap.numbers["vanishing"], trap.numbers["mqls"], trap.numbers["instant_share"]), (80.0, 200.0, 0.4));
    assert_eq!((traps.opens.clone(), traps.clicks.clone()), (vec!["Opened Email".into()], vec!["email_click".into()]));
    assert!(trap.says.contains("opens: Opened Email; clicks: email_click"), "{}", trap.says);
    // Half a minute later a person clicks: ten clicks of 10 points are an MQL without any open.
    let traps = with(30);
    assert_not_found(&traps, "machine_opens");
    assert!(traps.checks.iter().any(|check| check.code == "machine_opens" && check.numbers["vanishing"] == 0.0));
}

#[test]
fn a_criterion_that_jumps_when_it_is_published_and_converts_worse_is_gamed() {
    let with = |visits_after: i32, converts_after: i32| {
        let mut funnel = Funnel::new();
        funnel.toml = TOML.replace("[[criteria]]", "[[criteria]]\neffective_from = \"2025-01-01\"")
            + "\n[[criteria]]\neffective_from = \"2025-06-01\"\nthreshold = 100\npoints = { email_open = 5, site_visit = 20, webinar = 20, demo_request = 50 }\nfit.company_size = { \"51-1000\" = 20 }\n";
        for i in 0..260 {
            let (after, convert) = if i >= 151 { (visits_after, converts_after) } else { (2, 2) };
            funnel.mql(
                i,
                "organic",
                &[("demo_request", 2), ("site_visit", after)],
                every(i / 2, convert) && every(i, 2),
            );
            funnel.mql(i, "event", &[("webinar", 5)], every(i, 3));
        }
        funnel.traps()
    };
    let traps = with(6, 12);
    let trap = found(&traps, "gamed_criterion").expect("found");
    assert_eq!((trap.subject.as_str(), trap.numbers["ratio"]), ("site_visit", 3.0));
    assert!(trap.numbers["rate_after"] < trap.numbers["rate_before"]);
    assert_not_found(&with(2, 12), "gamed_criterion");
    assert_not_found(&with(6, 2), "gamed_criterion");
    assert_eq!(results(&sound().traps(), "gamed_criterion"), [Result::CannotTell]);
}

#[test]
fn leads_that_look_for_a_job_are_told_from_the_rest_at_the_same_score() {
    let with = |converts: i32| {
        let mut funnel = sound();
        for i in 0..60 {
            funnel.mql(i * 4, "organic", &[("Careers page", 2), ("site_visit", 5)], every(i, converts));
        }
        funnel.traps()
    };
    let traps = with(60);
    let trap = found(&traps, "wrong_crowd").expect("found");
    assert_eq!((trap.subject.as_str(), trap.numbers["leads"], trap.numbers["sqls"]), ("Careers page", 60.0, 1.0));
    assert_not_found(&with(3), "wrong_crowd");
}

#[test]
fn a_channel_whose_mqls_are_worth_far_less_at_the_same_score_is_junk() {
    let with = |converts: i32| {
        let mut funnel = sound();
        for i in 0..100 {
            funnel.mql(i * 2, "content", &[("site_visit", 5)], every(i, converts));
        }
        funnel.traps()
    };
    let traps = with(50);
    let trap = found(&traps, "junk_channel").expect("found");
    assert_eq!((trap.subject.as_str(), trap.numbers["leads"], trap.numbers["sqls"]), ("content", 100.0, 2.0));
    // Somewhat worse is no trap: channels differ.
    assert_not_found(&with(5), "junk_channel");
}

#[test]
fn more_mqls_of_which_fewer_become_sqls_are_score_inflation_and_a_moved_criterion() {
    let with = |opens: i32, converts: i32| {
        let mut funnel = Funnel::new();
        for i in 0..310 {
            let later = i >= 150;
            for n in 0..4 {
                if n == 0 || (later && opens > 1 && n == 1) {
                    let of = if later { converts } else { 2 };
                    let extra = if later { opens } else { 1 };
                    funnel.mql(i, "event", &[("site_visit", 5), ("email_open", extra)], every(i, of) && n == 0);
                } else {
                    let lead = funnel.lead(i, "event", "1-10");
                    let times = if later { opens } else { 1 };
                    (0..times).for_each(|t| funnel.action(lead, "email_open", i, 60_000 + t * 60));
                }
            }
        }
        funnel.traps()
    };
    let traps = with(6, 6);
    assert!(found(&traps, "score_inflation").is_some(), "{:#?}", traps.checks);
    let drift = found(&traps, "criterion_drift").expect("found");
    assert_eq!(drift.subject, "email_open");
    let still = with(1, 2);
    assert_not_found(&still, "score_inflation");
    assert!(found(&still, "criterion_drift").is_none(), "{:#?}", still.found);
}

#[test]
fn what_cannot_be_looked_for_says_so_and_is_not_called_none() {
    // No activities.
    let mut funnel = sound();
    funnel.actions = "lead_id,type,at\n".into();
    let traps = funnel.traps();
    assert!(traps.found.is_empty() && traps.none_of.is_empty());
    assert_eq!(traps.not_looked_for.len(), 1, "{:?}", traps.not_looked_for);
    assert!(traps.not_looked_for[0].contains("no activities"), "{:?}", traps.not_looked_for);
    // No criteria.
    let mut funnel = sound();
    funnel.toml = TOML.split("[[criteria]]").next().expect("a beginning").to_string();
    assert_eq!(funnel.traps().not_looked_for.len(), 1);
    // No SQLs.
    let mut funnel = sound();
    funnel.stages =
        funnel.stages.lines().filter(|line| !line.contains("SQL")).map(|line| format!("{line}\n")).collect();
    let traps = funnel.traps();
    for code in
        ["sql_in_disguise", "sales_fills_score", "score_knows_outcome", "single_signal", "wrong_crowd", "junk_channel"]
    {
        assert_eq!(results(&traps, code), [Result::CannotTell], "{code}");
    }
    assert!(traps.found.is_empty());
    // No e-mails.
    assert_eq!(results(&sound().traps(), "machine_opens"), [Result::CannotTell]);
}

#[test]
fn mqls_known_by_their_date_alone_lay_no_traps() {
    let mut funnel = sound();
    let only_dates = |line: &str| match line.split_once('T') {
        Some((day, _)) if line.contains("QL,") => format!("{day}\n"),
        _ => format!("{line}\n"),
    };
    funnel.stages = funnel.stages.lines().map(only_dates).collect();
    assert!(!funnel.stages.contains('T'), "{}", &funnel.stages[..80]);
    let traps = funnel.traps();
    assert!(traps.found.is_empty(), "{:#?}", traps.found);
}

#[test]
fn what_is_known_by_its_name_is_named_where_none_was_handed_over() {
    let careers = |n: i32| {
        let mut funnel = sound();
        for i in 0..n {
            let lead = funnel.lead(i * 5, "organic", "1-10");
            funnel.action(lead, "careers_page", i * 5 + 1, 40_000);
        }
        funnel.traps()
    };
    let traps = careers(8);
    let trap = found(&traps, "other_purpose").expect("found");
    assert_eq!((trap.subject.as_str(), trap.level), ("careers_page", TrapLevel::Notice));
    assert!(trap.says.starts_with("8 of 128 leads had a careers_page in their first 30 days"), "{}", trap.says);
    assert!(trap.says.contains("None of them was handed over"), "{}", trap.says);
    // A handful says nothing about a funnel.
    assert!(found(&careers(4), "other_purpose").is_none());
}

#[test]
fn names_from_the_data_are_masked_in_what_is_said() {
    let mut funnel = sound();
    for i in 0..60 {
        funnel.mql(i * 4, "organic", &[("mailed ann@example.com", 2), ("site_visit", 5)], every(i, 60));
    }
    let traps = funnel.traps();
    assert!(found(&traps, "wrong_crowd").is_some());
    let all = serde_json::to_string(&traps).expect("JSON");
    assert!(!all.contains("ann@example.com"), "{all}");
}
