//! Dates and amounts as people write them: each column is read in one way, or refused with the key to set.

use crate::project::Project;
use chrono::{Datelike, NaiveDate};
use leadgauge::config;
use leadgauge::config::plan::{DateOrder, DecimalMark};
use leadgauge::finding::Finding;
use leadgauge::ingest::coerce::{
    AmountEvidence, AmountReader, Clock, DateEvidence, DateReader, Mark, Midnights, Plain, month,
};
use leadgauge::ingest::{self, IngestError, Ingested};
use leadgauge::vocabulary::{Day, Money};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::path::{Path, PathBuf};

const SETTINGS: &str =
    "project = \"Values\"\ntimezone = \"Europe/Berlin\"\ncurrency = \"EUR\"\nas_of = \"2026-06-30\"\n";

/// A project of leads whose creation is written in these ways.
fn created(cells: &[&str]) -> Project {
    let rows = cells.iter().enumerate().map(|(i, cell)| format!("L{i:02},\"{cell}\"\n"));
    Project::empty().toml(SETTINGS).leads(&rows.fold("lead_id,created_at\n".to_string(), |text, row| text + &row))
}

/// A project with one lead and rows of spend, whose amounts stand under this header.
fn spent(header: &str, cells: &[&str]) -> Project {
    let rows = cells.iter().map(|cell| format!("2026-06,webinar,\"{cell}\"\n"));
    let spend = rows.fold(format!("month,channel,\"{header}\"\n"), |text, row| text + &row);
    let sources = format!(
        "[sources.leads]\npath = \"leads.csv\"\n[sources.spend]\npath = \"spend.csv\"\ncolumns = {{ amount = '{header}' }}"
    );
    created(&["2026-06-01"]).spend(&spend).settings(&sources)
}

fn try_read(folder: &Path) -> Result<Ingested, IngestError> {
    let located = config::find(Some(folder)).expect("the folder is there");
    ingest::read(&located.plan().unwrap_or_else(|problems| panic!("{problems}")), &|_| {})
}

fn read(project: &Project) -> Ingested {
    try_read(&project.path("")).unwrap_or_else(|error| panic!("{error}"))
}

/// The days on which leads were created, in the order of their ids.
fn days(data: &Ingested) -> Vec<String> {
    let mut days: Vec<_> = data.leads.id.iter().zip(&data.leads.created).collect();
    days.sort_by_key(|(id, _)| *id);
    days.into_iter().map(|(_, when)| when.day.to_string()).collect()
}

/// The amounts of the rows of spend that were used, in 1/10 000.
fn amounts(data: &Ingested) -> Vec<i64> {
    data.spend.iter().map(|row| row.amount.0).collect()
}

/// The notes on how a table was read.
fn notes(data: &Ingested, table: &str) -> Vec<String> {
    data.mappings.iter().filter(|mapping| mapping.table == table).flat_map(|mapping| mapping.notes.clone()).collect()
}

/// The one finding, whose count, sentence and help are then looked at.
#[track_caller]
fn finding(data: &Ingested, code: &str) -> Finding {
    let all = data.findings.clone().into_vec(&Default::default());
    all.iter().find(|finding| finding.code == code).cloned().unwrap_or_else(|| panic!("no {code} in {all:?}"))
}

#[track_caller]
fn finds_nothing(data: &Ingested) {
    assert_eq!(data.findings.clone().into_vec(&Default::default()), []);
}

// --- Dates by column ---------------------------------------------------------------------------------------------------

#[test]
fn one_cell_settles_the_order_of_its_column_and_is_named() {
    let data = read(&created(&["03/04/2026", "26/02/2026", "1/12/25 7:58 PM"]));
    assert_eq!(days(&data), ["2026-04-03", "2026-02-26", "2025-12-01"]);
    assert_eq!(notes(&data, "leads"), ["dates in `created_at` are day/month/year: 26/02/2026 settles it"]);
    finds_nothing(&data);
    let data = read(&created(&["03/04/2026", "2/26/2026 19:58"]));
    assert_eq!(days(&data), ["2026-03-04", "2026-02-26"]);
}

#[test]
fn a_header_that_says_thousands_or_cents_scales_its_amounts() {
    for (header, cell, expected, note) in [
        ("Spend (k€)", "1.5", 15_000_000, "thousands"),
        ("Kosten (Tsd. €)", "1,5", 15_000_000, "thousands"),
        ("Amount (in thousands)", "1.5", 15_000_000, "thousands"),
        ("amount_cents", "12345", 1_234_500, "cents"),
    ] {
        let data = read(&spent(header, &[cell]));
        assert_eq!(amounts(&data), [expected], "{header}");
        let said = format!("amounts in `{header}` are {note}, as its name says");
        assert!(notes(&data, "spend").contains(&said), "{:?}", notes(&data, "spend"));
    }
}

#[test]
fn cells_that_are_kept_from_being_numbers_are_numbers() {
    let data =
        read(&spent("amount", &["'1000.50", "=\"\"2000.50\"\"", "3000,-"]).replaced("spend.csv", "3000,-", "3000.-"));
    assert_eq!(amounts(&data).iter().sum::<i64>(), 60_010_000);
    assert_eq!(days(&read(&created(&["'2026-01-05", "=\"\"2026-01-06\"\""]))), ["2026-01-05", "2026-01-06"]);
}

#[test]
fn a_column_that_nothing_settles_is_refused_with_the_key_to_set() {
    let data = read(&created(&["2026-01-01", "03/04/2026", "05/06/2026"]));
    assert_eq!(days(&data), ["2026-01-01"]);
    let found = finding(&data, "leads::ambiguous_date");
    assert_eq!((found.count, found.of), (2, 3));
    assert!(found.help.contains("`dates = \"dmy\"`") && found.help.contains("[sources.leads]"), "{}", found.help);
    let note = notes(&data, "leads").remove(0);
    assert!(note.contains("03/04/2026") && note.contains("[sources.leads]"), "{note}");
}

#[test]
fn a_run_that_refuses_every_date_names_the_key_to_set() {
    let run = created(&["03/04/2026", "05/06/2026"]).run(&["report"]).ended(2).without_a_trace();
    run.complaining(&["leads::ambiguous_date", "`dates = \"dmy\"`", "[sources.leads]"]);
}

#[test]
fn check_shows_what_was_decided_for_a_column() {
    let run = created(&["03/04/2026", "26/02/2026"]).run(&["check"]).ended(0);
    assert!(run.stdout.contains("note: dates in `created_at` are day/month/year: 26/02/2026 settles it"), "{run}");
}

#[test]
fn another_column_of_the_file_settles_the_order_where_a_column_does_not() {
    let project = Project::sound().deals(
        "deal_id,lead_id,opened_at,closed_at,status,amount\nD1,L01,03/04/2026,28/05/2026,won,5\nD2,L02,05/06/2026,,open,5\n",
    );
    let data = read(&project);
    let opened: Vec<String> = data.deals.iter().flat_map(|deal| deal.opened).map(|when| when.day.to_string()).collect();
    assert_eq!(opened, ["2026-04-03", "2026-06-05"]);
    let notes = notes(&data, "deals");
    assert!(notes.contains(&"dates in `opened_at` are day/month/year, as they are in `closed_at`".into()), "{notes:?}");
}

#[test]
fn cells_against_the_most_of_their_column_are_rejected_and_told() {
    let data = read(&created(&["26/02/2026", "27/02/2026", "2/26/2026", "03/04/2026"]));
    assert_eq!(days(&data), ["2026-02-26", "2026-02-27", "2026-04-03"]);
    let found = finding(&data, "leads::bad_date");
    assert_eq!(found.count, 1);
    let says = "`created_at` holds dates with the day first (2, such as 26/02/2026) and with the month first (1, such as \
                2/26/2026); it is read as day/month/year, and the others are rejected";
    assert!(found.says.ends_with(says), "{}", found.says);
}

#[test]
fn a_column_with_as_many_of_both_orders_is_refused() {
    let data = read(&created(&["2026-01-01", "26/02/2026", "2/27/2026", "03/04/2026"]));
    assert_eq!(days(&data), ["2026-01-01"]);
    let found = finding(&data, "leads::ambiguous_date");
    assert_eq!(found.count, 3);
    assert!(found.says.ends_with("as many say one as say the other, so none of them is used"), "{}", found.says);
}

#[test]
fn the_order_of_the_project_file_beats_what_cells_say() {
    let project = created(&["26/02/2026", "03/04/2026", "2/26/2026"])
        .settings("[sources.leads]\npath = \"leads.csv\"\ndates = \"mdy\"");
    let data = read(&project);
    assert_eq!(days(&data), ["2026-03-04", "2026-02-26"]);
    assert_eq!(finding(&data, "leads::bad_date").count, 1);
}

#[test]
fn one_rejected_cell_never_changes_a_column() {
    for (cells, expected) in [
        (["31/02/2026", "26/02/2026", "03/04/2026"], ["2026-02-26", "2026-04-03"]),
        (["2/30/2026", "26/02/2026", "03/04/2026"], ["2026-02-26", "2026-04-03"]),
        (["01-May", "26/02/2026", "03/04/2026"], ["2026-02-26", "2026-04-03"]),
        (["45231", "2026-02-26", "2026-04-03"], ["2026-02-26", "2026-04-03"]),
        (["1772000000", "2026-02-26", "2026-04-03"], ["2026-02-26", "2026-04-03"]),
        (["2026-13-01 08:00", "2026-02-26 00:00:00", "2026-04-03 00:00:00"], ["2026-02-26", "2026-04-03"]),
    ] {
        let all = read(&created(&cells));
        assert_eq!(days(&all), expected, "{cells:?}");
        assert_eq!(finding(&all, "leads::bad_date").count, 1);
        let without = read(&created(&cells[1..]));
        assert_eq!(all.leads.created, without.leads.created, "{cells:?}");
    }
    // One that cannot be read among many numbers leaves them numbers.
    let mut cells = vec!["46113"; 9];
    cells.push("Total");
    let data = read(&created(&cells));
    assert_eq!(days(&data), ["2026-04-01"; 9]);
    assert_eq!(finding(&data, "leads::bad_date").count, 1);
}

#[test]
fn numbers_are_dates_where_the_whole_column_is_numbers() {
    for (cells, expected, note) in [
        (["1772000000", "1775200000"], ["2026-02-25", "2026-04-03"], "seconds since 1970"),
        (["1772000000123", "1775200000000"], ["2026-02-25", "2026-04-03"], "milliseconds since 1970"),
        (["1772000000123456", "1775200000000000"], ["2026-02-25", "2026-04-03"], "microseconds since 1970"),
        (["46078.25", "46115"], ["2026-02-25", "2026-04-03"], "day numbers of a spreadsheet"),
    ] {
        let data = read(&created(&cells));
        assert_eq!(days(&data), expected);
        let notes = notes(&data, "leads");
        assert_eq!(notes[0], format!("dates in `created_at` are {note}, such as {}", cells[0]));
        finds_nothing(&data);
    }
    let data = read(&created(&["2026-02-25", "20260403"]));
    assert_eq!(days(&data), ["2026-02-25", "2026-04-03"], "eight digits are a date anywhere");
}

#[test]
fn dates_and_numbers_in_one_column_leave_the_numbers_unread() {
    let data = read(&created(&["2026-02-25", "1772000000", "1775200000000", "46115"]));
    assert_eq!(days(&data), ["2026-02-25"]);
    let found = finding(&data, "leads::bad_date");
    assert_eq!(found.count, 3);
    assert!(found.says.contains("have a date that cannot be read"), "{}", found.says);
}

#[test]
fn a_column_of_midnights_holds_days_and_moves_none() {
    let midnights = created(&["2026-02-25T00:00:00Z", "2026-04-03T00:00:00Z"]).replaced(
        "leadgauge.toml",
        "Europe/Berlin",
        "America/New_York",
    );
    let data = read(&midnights);
    assert_eq!(days(&data), ["2026-02-25", "2026-04-03"]);
    assert_eq!(notes(&data, "leads"), ["`created_at` holds days: every time in it is midnight"]);
    let instants = midnights.row("leads.csv", "L99,2026-05-01T08:00:00Z");
    assert_eq!(days(&read(&instants)), ["2026-02-24", "2026-04-02", "2026-05-01"]);
}

#[test]
fn months_are_read_as_people_write_them() {
    let rows =
        ["2026-06", "6/2026", "Jun 2026", "Jun-26", "2026/06", "202606", "June 2026", "2026-06-01", "28/06/2026"]
            .map(|month| format!("\"{month}\",webinar,1\n"))
            .concat();
    let data = read(&created(&["2026-06-01"]).spend(&format!("month,channel,amount\n{rows}")));
    assert_eq!(data.spend.iter().filter(|row| row.month.to_string() == "2026-06").count(), 9);
    finds_nothing(&data);
}

// --- Amounts by column -------------------------------------------------------------------------------------------------

#[test]
fn a_decimal_comma_is_found_and_told() {
    let data = read(&spent("Kosten", &["1.250", "1.234,56 €", "12,5"]));
    assert_eq!(amounts(&data), [125_000, 12_345_600, 12_500_000]);
    assert_eq!(notes(&data, "spend"), ["amounts in `Kosten` have a decimal comma: 1.234,56 € settles it"]);
    finds_nothing(&data);
    assert_eq!(amounts(&read(&spent("Cost", &["1,250", "12.50"]))), [125_000, 12_500_000]);
}

#[test]
fn an_amount_that_may_be_a_thousand_or_not_is_refused_with_the_key_to_set() {
    let project = spent("Cost", &["1.250", "7"]);
    let data = read(&project);
    assert_eq!(amounts(&data), [70_000]);
    let found = finding(&data, "spend::ambiguous_amount");
    assert_eq!(found.count, 1);
    assert!(found.help.contains("`decimal = \",\"`") && found.help.contains("[sources.spend]"), "{}", found.help);
    assert!(notes(&data, "spend")[0].contains("`decimal = \",\"` under [sources.spend]"));
    for (mark, expected) in [(".", 12_500), (",", 12_500_000)] {
        assert_eq!(amounts(&read(&project_with(&project, mark))).iter().max(), Some(&expected.max(70_000)), "{mark}");
    }
}

/// The same project, told its decimal mark.
fn project_with(project: &Project, mark: &str) -> Project {
    Project::empty()
        .leads(&project.text("leads.csv"))
        .spend(&project.text("spend.csv"))
        .toml(&format!("{}decimal = \"{mark}\"\n", project.text("leadgauge.toml")))
}

#[test]
fn amounts_against_the_most_of_their_column_are_rejected_and_told() {
    let data = read(&spent("Cost", &["12.50", "13.50", "14,50"]));
    assert_eq!(amounts(&data), [125_000, 135_000]);
    let found = finding(&data, "spend::bad_amount");
    let says = "`Cost` holds amounts with a decimal point (2, such as 12.50) and with a decimal comma (1, such as 14,50); \
                the decimal mark is taken to be the point";
    assert!(found.says.ends_with(says), "{}", found.says);
    let data = read(&spent("Cost", &["12.50", "14,50", "7"]));
    assert_eq!(amounts(&data), [70_000]);
    let found = finding(&data, "spend::ambiguous_amount");
    assert_eq!(found.count, 2);
    assert!(found.says.ends_with("as many say one as say the other"), "{}", found.says);
}

#[test]
fn a_percentage_is_no_amount_and_changes_no_column() {
    let data = read(&spent("Cost", &["12,5 %", "1,250", "12.50"]));
    assert_eq!(amounts(&data), [125_000, 12_500_000]);
    assert_eq!(finding(&data, "spend::bad_amount").count, 1);
}

#[test]
fn a_currency_in_the_cell_beats_the_one_of_the_header_and_that_the_project() {
    let rates = |project: Project| read(&project.settings("[currency_rates]\nUSD = 0.5\nGBP = 2"));
    assert_eq!(amounts(&rates(spent("Amount spent (USD)", &["10", "£10", "€10"]))), [50_000, 100_000, 200_000]);
    let data = read(&spent("Amount spent (USD)", &["10"]));
    assert_eq!(finding(&data, "spend::currency_mix").count, 1);
    assert_eq!(notes(&data, "spend"), ["amounts in `Amount spent (USD)` are in USD where no cell says otherwise"]);
}

#[test]
fn millionths_are_divided_exactly() {
    let data = read(&spent("cost_micros", &["12345600", "1"]));
    assert_eq!(amounts(&data), [0, 123_456]);
    assert_eq!(notes(&data, "spend"), ["amounts in `cost_micros` are millionths, as its name says"]);
}

#[test]
fn a_missing_amount_stays_missing() {
    let project = Project::sound().replaced("deals.csv", "won,5000.00,EUR,new", "won,N/A,EUR,new");
    let data = read(&project);
    assert!(data.deals.iter().any(|deal| deal.amount.is_none()));
    assert!(data.deals.iter().all(|deal| deal.amount != Some(Money(0))));
    finds_nothing(&data);
}

// --- What holds for any value ------------------------------------------------------------------------------------------

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() }
}

/// Ways to write a day, by chrono's words for them; those that start so need their order.
const FORMS: [(&str, Option<DateOrder>); 26] = [
    ("%Y-%m-%d", None),
    ("%Y%m%d", None),
    ("%Y/%m/%d", None),
    ("%Y-%m-%d 14:05", None),
    ("%Y-%m-%dT14:05:00.123", None),
    ("%Y%m%dT140500", None),
    ("%Y%m%d140500", None),
    ("%b %-d, %Y", None),
    ("%-d %b %Y", None),
    ("%d-%b-%Y", None),
    ("%B %-d, %Y 12:00 AM", None),
    ("%a %b %d %Y", None),
    ("%A, %d %B %Y at 7:58 pm", None),
    ("%d/%m/%Y", Some(DateOrder::Dmy)),
    ("%-d.%-m.%Y", Some(DateOrder::Dmy)),
    ("%d. %m. %Y, 14:05 Uhr", Some(DateOrder::Dmy)),
    ("%d-%m-%Y 19:58", Some(DateOrder::Dmy)),
    ("%d-%m-%Y 7:58 PM", Some(DateOrder::Dmy)),
    ("%-m/%-d/%Y", Some(DateOrder::Mdy)),
    ("%m-%d-%Y 07:58:01 am", Some(DateOrder::Mdy)),
    ("%-m/%-d/%Y, 7:58PM", Some(DateOrder::Mdy)),
    ("%Y.%m.%d", None),
    ("%Y-%-m-%-d", None),
    ("%Y %b %d", None),
    ("%d %B, %Y 00:00:00", None),
    ("%Y-%m-%d 24:00", None),
];

fn reader(order: Option<DateOrder>, plain: Plain) -> DateReader {
    let clock = Clock { project: chrono_tz::Europe::Berlin, source: chrono_tz::Europe::Berlin, order };
    DateReader { clock, plain, midnights: Midnights::Instants }
}

/// Six ways to write an amount, with the decimal mark that they have.
fn styles(units: u64, parts: u64) -> [(String, Option<DecimalMark>); 6] {
    let grouped = |by: &str| {
        let digits = units.to_string();
        let mut out = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push_str(by);
            }
            out.push(c);
        }
        out
    };
    let (point, comma) = (Some(DecimalMark::Point), Some(DecimalMark::Comma));
    [
        (format!("{units}.{parts:04}"), point),
        (format!("{units},{parts:04} €"), comma),
        (format!("$ {}.{parts:04}", grouped(",")), point),
        (format!("{},{parts:04} EUR", grouped(".")), comma),
        (format!("{},{parts:04}", grouped("\u{202f}")), comma),
        (format!("CHF {}.{parts:04}", grouped("'")), point),
    ]
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_day_is_the_same_day_in_every_form(number in 0_i32..110_000, form in 0..FORMS.len()) {
        // From 1900-01-01 to 2200-12-31 or so.
        let date = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a date") + chrono::Days::new(number as u64 % 109_900);
        let (format, order) = FORMS[form];
        let text = date.format(format).to_string();
        let expected = Day::of(date).plus(i32::from(format.ends_with("24:00")));
        prop_assert_eq!(reader(order, Plain::NoDates).read(&text).map(|when| when.day), Ok(expected), "{}", text);
        if date.day() > 12 && order.is_some() {
            let mut evidence = DateEvidence::default();
            evidence.see(&text);
            let settled = matches!(evidence.order(), leadgauge::ingest::coerce::OrderFound::Settled(found, _) if Some(found) == order);
            prop_assert!(settled, "{} gives {:?}", text, evidence.order());
        }
    }

    #[test]
    fn a_year_of_two_digits_is_within_a_century(number in 0_u64..36_500) {
        let date = NaiveDate::from_ymd_opt(1969, 1, 1).expect("a date") + chrono::Days::new(number);
        let text = date.format("%d/%m/%y").to_string();
        prop_assert_eq!(reader(Some(DateOrder::Dmy), Plain::NoDates).read(&text).map(|when| when.day), Ok(Day::of(date)));
    }

    #[test]
    fn no_text_panics_or_leaves_the_years(text in "\\PC{0,40}", likely in "[0-9/. :TZ+-]{1,30}", spelled in "[0-9]{0,4}[ ,.-]{0,2}(Oct|mai|März|May)?[ ,.-]{0,2}[0-9]{0,4} ?[0-9:]{0,8} ?(AM|PM|UTC|[(]X)?") {
        for text in [text, likely, spelled] {
            let mut evidence = DateEvidence::default();
            evidence.see(&text);
            for order in [None, Some(DateOrder::Dmy), Some(DateOrder::Mdy), Some(DateOrder::Ymd)] {
                for plain in [Plain::NoDates, Plain::Seconds, Plain::Microseconds, Plain::Serials] {
                    if let Ok(when) = reader(order, plain).read(&text) {
                        prop_assert!((1900..=2200).contains(&when.day.date().year()), "{} is {}", text, when.day);
                    }
                }
            }
            if let Some(month) = month(&text) {
                prop_assert!((1900..=2200).contains(&month.year()), "{} is {}", text, month);
            }
            let mut evidence = AmountEvidence::default();
            evidence.see(&text);
            let _ = AmountReader { mark: evidence.mark(), scale: 0, currency: None }.read(&text);
        }
    }

    #[test]
    fn an_amount_is_the_same_amount_in_every_style(value in 0_i64..9_000_000_000_000, negative in any::<bool>()) {
        let money = Money(if negative { -value } else { value });
        for (text, mark) in styles(value as u64 / 10_000, value as u64 % 10_000) {
            let text = if negative { format!("({text})") } else { text };
            for mark in [mark, None] {
                let mark = mark.map_or(Mark::Open(String::new()), |mark| Mark::Settled(mark, String::new()));
                let read = AmountReader { mark, scale: 0, currency: None }.read(&text).map(|amount| amount.money);
                prop_assert_eq!(read, Ok(money), "{}", text);
            }
        }
    }
}

// --- Real data ---------------------------------------------------------------------------------------------------------

/// The folder of the Olist data as other people's spreadsheets left it, or a skip with its name.
fn variants() -> Option<PathBuf> {
    match std::env::var_os("LEADGAUGE_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join("olist_variants")),
        None if std::env::var_os("CI").is_some() => {
            panic!("LEADGAUGE_DATA must name the folder of the real data in CI")
        }
        None => {
            println!("skipped: LEADGAUGE_DATA does not name the folder of the real data");
            None
        }
    }
}

#[test]
fn spreadsheets_that_turned_the_dates_of_olist_around_are_read_right() {
    let Some(folder) = variants() else { return };
    let leads = "olist_marketing_qualified_leads_dataset.csv";
    let deals = "olist_closed_deals_dataset.csv";
    for (variant, order, won, last_win) in [
        ("v4_dmy_dash_crlf", "day/month/year", 842, "2018-11-14"),
        ("v6_mdy_trimmed", "month/day/year", 380, "2018-08-07"),
        // Of this one there are only the deals.
        ("v7_mdy_excel", "month/day/year", 842, "2018-11-14"),
    ] {
        let root = folder.join(variant);
        let lies_here = root.join(leads).is_file();
        let text = include_str!("../fixtures/olist/leadgauge.toml");
        let other = format!("../v6_mdy_trimmed/{leads}");
        let text = if lies_here { text.to_string() } else { text.replace(leads, &other) };
        let plan = config::parse(&text, "leadgauge.toml", &root).unwrap_or_else(|problems| panic!("{problems}"));
        let data = ingest::read(&plan, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((data.leads.id.len(), data.deals.len(), data.rejected.len()), (8000, won, 0), "{variant}");
        let days = || data.leads.created.iter().map(|when| when.day.to_string());
        assert_eq!((days().min(), days().max()), (Some("2017-06-14".into()), Some("2018-05-31".into())), "{variant}");
        let last = data.deals.iter().flat_map(|deal| deal.closed).map(|when| when.day.to_string()).max();
        assert_eq!(last.as_deref(), Some(last_win), "{variant}");
        let january = days().filter(|day| day.starts_with("2018-01")).count();
        assert_eq!(january, 1141, "{variant}: the month of the published file");
        for mapping in &data.mappings {
            assert!(mapping.path.ends_with(leads) || mapping.path.ends_with(deals));
            assert!(mapping.notes[0].contains(order), "{variant}: {:?}", mapping.notes);
        }
    }
}
