//! The project file: what it may say, what the plan makes of it, and how it is told what is wrong.

use crate::json_schema;
use leadgauge::config::plan::{DateOrder, FitMatch, Format, Header, InferSkipped, Plan, Table};
use leadgauge::config::{self, ConfigError, FindError, Located, Look};
use leadgauge::finding::Level;
use leadgauge::vocabulary::Stage;
use std::path::Path;

/// The example of the manual, with every kind of key.
const EXAMPLE: &str = r##"
project  = "Acme"
timezone = "Australia/Sydney"
currency = "AUD"
as_of    = "2026-10-31"

[sources.leads]
path    = "exports/contacts*.csv"
columns = { channel = "Original Traffic Source" }
[sources.leads.stage_dates]
mql = "Became a Marketing Qualified Lead Date"
[sources.deals]
path      = ["exports/deals-1.csv", "exports/deals-2.csv"]
constants = { status = "won" }
dates     = "dmy"
zone      = "UTC"
[sources.spend]
path      = "spend.csv"
header    = false
columns   = { month = 1, channel = 2, amount = "3" }

[stages]
" Marketing Qualified Lead" = "mql"

[channels]
paid_social = ["Facebook", "Paid Social", "paid-social"]
Events      = []

[windows]
mql_to_sql_days = 90
sql_to_customer_days = 180
mql_to_customer_days = 270

[benchmark]
mql_to_sql = [0.13, 0.31]
[[benchmark.channel]]
channel = "facebook"
mql_to_sql = [0.05, 0.12]
label = "Social"
source = "our own years 2023 to 2025"

[[criteria]]
effective_from = 2026-03-01
threshold      = 120
[[criteria]]
effective_from = "2025-01-01"
threshold      = 100
lookback_days  = 180
half_life_days = 60
points = { email_open = 5, email_click = 10, site_visit = 10, pricing_page = 25, demo_request = 50, unsubscribe = -20 }
caps   = { email_open = 10 }
[criteria.fit.company_size]
"51-1000" = 15
"200.."   = 10
"50..199" = 5
"..49"    = -5
[criteria.fit.job_title]
"*Director*" = 15
director     = 20

[economics]
value_per_sql    = 1000
sales_cost_per_mql = 120
capacity_per_month = 300

[exclude]
email_domains = ["@Our-Own-Company.example"]
email_patterns = ["test+*"]

[report]
months  = 6
formats = ["html", "pdf", "xlsx", "md", "html"]

[quality]
"stage_history::went_backwards" = "warn"
"leads::duplicate" = "deny"

[engine]
kind = "embedded"

[funnel]
infer_skipped = false
sla_days = 3

[verdict]
least_maturity = 20
level = 0.95

[currency_rates]
EUR = 1.08

[calibration]
delay_per_week = 0.05
odds_factor = 0.8
notch = 0.1
seed = 7
"##;

fn parsed(text: &str) -> Result<Plan, ConfigError> {
    config::parse(text, "leadgauge.toml", Path::new("acme"))
}

fn plan(text: &str) -> Plan {
    parsed(text).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str) -> ConfigError {
    match parsed(text) {
        Ok(_) => panic!("no problem was found in\n{text}"),
        Err(error) => error,
    }
}

/// The message of the only problem of a text, with its line and column.
fn only_problem(text: &str) -> String {
    let error = error(text);
    assert_eq!(error.problems.len(), 1, "{text}\n{error}");
    error.to_string().trim_start_matches("leadgauge.toml:").to_string()
}

#[track_caller]
fn says(text: &str, expected: &str) {
    assert_eq!(only_problem(text), expected, "{text}");
}

#[test]
fn the_example_of_the_manual_gives_the_plan_that_it_describes() {
    let plan = plan(EXAMPLE);
    assert_eq!(plan.project, "Acme");
    assert_eq!(plan.root, Path::new("acme"));
    assert_eq!(plan.timezone.name(), "Australia/Sydney");
    assert_eq!(plan.currency, "AUD");
    assert_eq!(plan.as_of.map(|day| day.to_string()).as_deref(), Some("2026-10-31"));
    assert_eq!(plan.month, None);

    let tables: Vec<Table> = plan.sources.iter().map(|source| source.table).collect();
    assert_eq!(tables, [Table::Leads, Table::Deals, Table::Spend]);
    let [leads, deals, spend] = &plan.sources[..] else { panic!("three sources") };
    assert_eq!(leads.paths, ["exports/contacts*.csv"]);
    assert_eq!(leads.columns["channel"], "Original Traffic Source");
    assert_eq!(leads.stage_dates[&Stage::Mql], "Became a Marketing Qualified Lead Date");
    assert_eq!((leads.header, leads.dates, leads.zone), (Header::Present, None, None));
    assert_eq!(deals.paths, ["exports/deals-1.csv", "exports/deals-2.csv"]);
    assert_eq!(deals.constants["status"], "won");
    assert_eq!((deals.dates, deals.zone), (Some(DateOrder::Dmy), Some(chrono_tz::UTC)));
    assert_eq!(spend.header, Header::Absent);
    assert_eq!(spend.columns.values().collect::<Vec<_>>(), ["3", "2", "1"]);

    assert_eq!(plan.stages["marketing qualified lead"], Stage::Mql);
    for (alias, channel) in [("facebook", "paid_social"), ("paid_social", "paid_social"), ("events", "Events")] {
        assert_eq!(plan.channels[alias], channel);
    }
    let windows = plan.windows;
    assert_eq!((windows.mql_to_sql_days, windows.sql_to_customer_days, windows.mql_to_customer_days), (90, 180, 270));
    assert_eq!((plan.benchmark.low, plan.benchmark.high), (0.13, 0.31));
    let social = &plan.benchmark.channels["paid_social"];
    assert_eq!((social.low, social.high, social.label.as_deref()), (0.05, 0.12, Some("Social")));

    assert_eq!(plan.economics.value_per_sql, Some(1000.0));
    assert_eq!(plan.economics.sales_cost_per_mql, Some(120.0));
    assert_eq!(plan.economics.capacity_per_month, Some(300.0));
    assert_eq!(plan.exclude.email_domains, ["our-own-company.example"]);
    assert_eq!(plan.exclude.email_patterns, ["test+*"]);
    assert_eq!(plan.report.months, 6);
    assert_eq!(plan.report.formats, [Format::Html, Format::Pdf, Format::Xlsx, Format::Markdown]);
    assert_eq!(plan.quality["leads::duplicate"], Level::Deny);
    assert_eq!((plan.funnel.infer_skipped, plan.funnel.sla_days), (InferSkipped::No, 3));
    assert_eq!((plan.verdict.least_maturity, plan.verdict.level), (20.0, 0.95));
    assert_eq!(plan.currency_rates["EUR"], 1.08);
    let calibration = plan.calibration;
    assert_eq!((calibration.delay_per_week, calibration.odds_factor, calibration.notch), (0.05, 0.8, 0.1));
    assert_eq!(calibration.seed, 7);
    assert_eq!(plan.config_sha256.len(), 64);
}

#[test]
fn versions_of_the_criteria_stand_oldest_first_with_their_fit_rules() {
    let plan = plan(EXAMPLE);
    let from: Vec<String> = plan.criteria.iter().filter_map(|c| c.effective_from).map(|day| day.to_string()).collect();
    assert_eq!(from, ["2025-01-01", "2026-03-01"]);
    let first = &plan.criteria[0];
    assert_eq!((first.threshold, first.lookback_days, first.half_life_days), (100.0, Some(180), Some(60.0)));
    assert_eq!(first.points["unsubscribe"], -20.0);
    assert_eq!(first.caps["email_open"], 10);
    let matched = |attribute: &str, text: &str| {
        let rule = first.fit[attribute].iter().find(|rule| rule.text == text).expect("the rule stands in the example");
        (rule.matches.clone(), rule.points)
    };
    assert_eq!(matched("company_size", "51-1000"), (FitMatch::Value("51-1000".to_string()), 15.0));
    assert_eq!(matched("company_size", "200.."), (FitMatch::Range { low: Some(200.0), high: None }, 10.0));
    assert_eq!(matched("company_size", "50..199"), (FitMatch::Range { low: Some(50.0), high: Some(199.0) }, 5.0));
    assert_eq!(matched("company_size", "..49"), (FitMatch::Range { low: None, high: Some(49.0) }, -5.0));
    assert_eq!(matched("job_title", "*Director*"), (FitMatch::Pattern("*director*".to_string()), 15.0));
    assert_eq!(matched("job_title", "director"), (FitMatch::Value("director".to_string()), 20.0));
}

#[test]
fn what_this_version_does_not_do_is_an_error_or_a_remark_but_never_silent() {
    let remarks = plan(EXAMPLE).remarks;
    assert!(remarks.iter().all(|remark| !remark.contains("pdf")), "{remarks:?}");
    says(
        "[engine]\nkind = \"adbc\"",
        "2:8: no engine \"adbc\" in this version\n  help: write kind = \"embedded\": the facts are counted on this machine",
    );
    assert!(only_problem("engine.profile = \"NAME\"").contains("in this version"));
}

#[test]
fn an_empty_file_and_no_file_give_the_defaults() {
    let empty = plan("");
    let windows = empty.windows;
    assert_eq!(empty.project, "acme");
    assert_eq!((empty.timezone.name(), empty.currency.as_str()), ("UTC", "USD"));
    assert_eq!((windows.mql_to_sql_days, windows.sql_to_customer_days, windows.mql_to_customer_days), (90, 180, 270));
    assert_eq!((empty.benchmark.low, empty.benchmark.high), (0.13, 0.31));
    assert_eq!(empty.report.months, 12);
    assert_eq!(empty.report.formats, [Format::Html, Format::Pdf, Format::Xlsx, Format::Markdown, Format::Json]);
    assert_eq!((empty.funnel.infer_skipped, empty.funnel.sla_days), (InferSkipped::Yes, 5));
    assert_eq!((empty.verdict.least_maturity, empty.verdict.level), (10.0, 0.9));
    let calibration = empty.calibration;
    assert_eq!((calibration.delay_per_week, calibration.odds_factor, calibration.notch), (0.02, 0.7, 0.2));
    assert_eq!(calibration.seed, 1);
    assert!(empty.sources.is_empty() && empty.criteria.is_empty() && empty.remarks.is_empty());
    assert_eq!(empty.config_sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(format!("{empty:?}"), format!("{:?}", config::without_file(Path::new("acme"))));
}

/// Writes every default of a schema down as TOML, as `table.key = value` lines.
fn defaults(schema: &serde_json::Value) -> String {
    let mut lines = String::new();
    let tables = schema["properties"].as_object().expect("the file is a table");
    for (name, property) in tables {
        if let Some(default) = property.get("default") {
            lines.push_str(&format!("{name} = {default}\n"));
        }
        let Some(pointer) = property["$ref"].as_str() else { continue };
        let table = schema.pointer(pointer.trim_start_matches('#')).expect("every reference is defined");
        for (key, property) in table["properties"].as_object().into_iter().flatten() {
            if let Some(default) = property.get("default") {
                lines.push_str(&format!("{name}.{key} = {default}\n"));
            }
        }
    }
    lines
}

#[test]
fn the_defaults_that_the_schema_promises_are_the_ones_that_rule() {
    let written = defaults(&config::schema());
    assert!(written.lines().count() >= 16, "{written}");
    let mut plan = plan(&written);
    // That a value was written is known, though it is the default.
    plan.config_sha256 = config::without_file(Path::new("acme")).config_sha256;
    plan.currency_is_given = false;
    assert_eq!(format!("{plan:?}"), format!("{:?}", config::without_file(Path::new("acme"))));
}

#[test]
fn every_kind_of_problem_has_its_sentence_and_its_line() {
    says("\ncolour = 1\n", &format!("2:1: unknown key `colour`\n  help: known here: {TOP_LEVEL}"));
    says("project = 3", "1:11: `project` must be a text in quotation marks, found the number 3");
    says("project = \" \"", "1:11: `project` must not be blank");
    says("[windows]\nmql_to_sql_days = -90", "2:19: `windows.mql_to_sql_days` must be from 1 to 3650, found -90");
    says(
        "[windows]\nmql_to_sql_days = 90.5",
        "2:19: `windows.mql_to_sql_days` must be a whole number, found the number 90.5",
    );
    says("windows = 90", "1:11: `windows` must be a table, found the number 90");
    says("as_of = \"2026-02-30\"", "1:9: `as_of` is no date: there is no 2026-02-30");
    says("as_of = \"31/10/2026\"", "1:9: `as_of` must be a date like \"2026-10-31\", found \"31/10/2026\"");
    says("as_of = true", "1:9: `as_of` must be a date like \"2026-10-31\", found true");
    says("as_of = \"20261-10-31\"", "1:9: `as_of` must be a date like \"2026-10-31\", found \"20261-10-31\"");
    says("as_of = \"0026-10-31\"", "1:9: `as_of` must be a date from 1970 to 2199, found 0026-10-31");
    says(
        "currency = \"dollars\"",
        "1:12: a currency has three letters, found \"dollars\"\n  help: write its ISO code, for example \"AUD\"",
    );
    says(
        "benchmark.mql_to_sql = [0.31, 0.13]",
        "1:24: the lower end must be below the upper one, found 0.31 and 0.13\n  help: write [0.13, 0.31]",
    );
    says(
        "benchmark.mql_to_sql = [0.13, 31]",
        "1:31: `benchmark.mql_to_sql` must be from 0 to 1, found 31\n  help: a share is a part of one: 31 % is 0.31",
    );
    says("benchmark.mql_to_sql = [0.13]", "1:24: `benchmark.mql_to_sql` must have exactly 2 values, found 1");
    says(
        "[[benchmark.channel]]\nmql_to_sql = [0.1, 0.2]",
        "1:1: `benchmark.channel` has no `channel`\n  help: add `channel = \"…\"`",
    );
    says("[[criteria]]\nthreshold = 0", "2:13: `criteria.threshold` must be more than 0 and at most 1000000, found 0");
    says("[[criteria]]\nlookback_days = 30", "1:1: `criteria` has no `threshold`\n  help: add `threshold = 100`");
    says(
        "[[criteria]]\nthreshold = 100\npoints = { open = nan }",
        "3:19: `criteria.points.open` must be a finite number, found nan",
    );
    says(
        "[[criteria]]\nthreshold = 100\npoints = { open = 5 }\ncaps = { opens = 2 }",
        "4:10: a cap for `opens`, which has no points\n  help: did you mean `open`?",
    );
    says(
        "[[criteria]]\nthreshold = 100\n[[criteria]]\nthreshold = 120",
        "3:1: two versions of the criteria are in force since ever\n  help: give each version its own `effective_from`",
    );
    says(
        "[[criteria]]\nthreshold = 1\neffective_from = 2025-01-01\n[[criteria]]\nthreshold = 2\neffective_from = \"2025-01-01\"",
        "6:18: two versions of the criteria are in force from 2025-01-01\n  help: give each version its own `effective_from`",
    );
    says("[report]\nmonths = 61", "2:10: `report.months` must be from 1 to 60, found 61");
    says("[report]\nmonths = 0", "2:10: `report.months` must be from 1 to 60, found 0");
    says("[report]\nformats = []", "2:11: `report.formats` must have at least one value, found 0");
    says(
        "[report]\nformats = [\"htm\"]",
        "2:12: `report.formats` must be one of html, pdf, xlsx, md, json, png, found \"htm\"\n  help: did you mean \"html\"?",
    );
    says("[verdict]\nlevel = 1.0", "2:9: `verdict.level` must be from 0.5 to 0.999, found 1");
    says("[verdict]\nlevel = 0.4", "2:9: `verdict.level` must be from 0.5 to 0.999, found 0.4");
    says("[calibration]\nseed = -1", "2:8: `calibration.seed` must be from 0 to 9007199254740991, found -1");
    says(
        "[quality]\n\"leads::duplicate\" = \"fatal\"",
        "2:22: `quality.\"leads::duplicate\"` must be one of allow, info, warn, deny, found \"fatal\"",
    );
    says(
        "[quality]\n\"leads::duplicates\" = \"deny\"",
        "2:1: no finding has the code \"leads::duplicates\"\n  help: did you mean \"leads::duplicate\"?",
    );
    says(
        "[quality]\n\"wombats::counted\" = \"deny\"",
        "2:1: no finding has the code \"wombats::counted\"\n  help: `leadgauge explain` lists every code",
    );
    assert!(only_problem("[quality]\n\"wombats::bad_date\" = \"deny\"").contains("no finding has the code"));
    assert_eq!(plan("[quality]\n\"*::bad_date\" = \"deny\"\n\"deals::bad_date\" = \"allow\"").quality.len(), 2);
    says(
        "[stages]\nMQL = \"qualified\"",
        "2:7: `stages.MQL` must be one of lead, mql, working, sal, sql, opportunity, customer, disqualified, recycled, found \"qualified\"\n  help: did you mean \"disqualified\"?",
    );
    says(
        "[stages]\nMQL = \"mql\"\n\"mql \" = \"sql\"",
        "3:1: \"mql \" means both mql and sql\n  help: case and outer space do not matter in labels: keep one of them",
    );
    says(
        "[channels]\npaid = [\"Facebook\"]\nsocial = [\"facebook\"]",
        "3:11: \"facebook\" stands for both `paid` and `social`\n  help: give every alias to one channel only",
    );
    says(
        "[sources.contacts]\npath = \"a.csv\"",
        "1:10: unknown table `contacts` under `sources`\n  help: known here: leads, stage_history, activities, deals, spend, merges, deal_contacts",
    );
    says("[sources.leads]\nheader = true", "1:1: `sources.leads` has no `path`\n  help: add `path = \"leads.csv\"`");
    says(
        "[sources.leads]\npath = [\"a.csv\", 3]",
        "2:18: `sources.leads.path` must be a text in quotation marks, found the number 3",
    );
    says(
        "[sources.leads]\npath = 3",
        "2:8: `sources.leads.path` must be a text in quotation marks or a list of texts, found the number 3",
    );
    says(
        "[sources.deals]\npath = \"a.csv\"\ncolumns = { close_at = \"Close Date\" }",
        "3:13: deals has no column `close_at`\n  help: did you mean `closed_at`?",
    );
    says(
        "[sources.leads]\npath = \"a.csv\"\ncolumns = { lead_id = 1 }",
        "3:23: column 1: columns have numbers only with `header = false`\n  help: write the header in quotation marks, or add `header = false`",
    );
    says(
        "[sources.leads]\npath = \"a.csv\"\nheader = false\ncolumns = { lead_id = \"Id\" }",
        "4:23: column \"Id\": with `header = false` columns have numbers\n  help: write the column's number, from 1",
    );
    says(
        "[sources.deals]\npath = \"a.csv\"\n[sources.deals.stage_dates]\nmql = \"x\"",
        "4:1: `stage_dates` has no meaning for deals\n  help: it belongs under [sources.leads.stage_dates]",
    );
    says("[currency_rates]\nEUR = 0", "2:7: `currency_rates.EUR` must be more than 0 and at most 1000000, found 0");
    says(
        "[exclude]\nemail_patterns = [\"*\"]",
        "2:19: \"*\" would leave out every lead\n  help: write for example \"test+*\"",
    );
    says("windows.mql_to_sql_days = 99999999999999999999", "1:27: `windows.mql_to_sql_days` is too large a number");
}

const TOP_LEVEL: &str = "project, timezone, currency, as_of, sources, stages, channels, windows, benchmark, criteria, \
                         economics, exclude, report, quality, engine, funnel, verdict, currency_rates, spend, \
                         calibration";

#[test]
fn fit_ranges_that_are_none_are_told() {
    let fit = |text: &str| format!("[[criteria]]\nthreshold = 100\n[criteria.fit.company_size]\n\"{text}\" = 5");
    for (text, what) in [
        ("1..x", "\"x\" is not a number"),
        ("few..many", "\"few\" is not a number"),
        ("200..100", "200 is above 100"),
        ("..", "it has no end"),
        ("1...5", "\".5\" is not a number"),
        ("1..inf", "\"inf\" is not a number"),
    ] {
        let problem = only_problem(&fit(text));
        assert!(problem.starts_with(&format!("4:1: \"{text}\" is no number range: {what}\n  help: ")), "{problem}");
    }
    assert_eq!(only_problem(&fit(" ")), "4:1: blank value under `criteria.fit.company_size`");
    assert!(only_problem(&format!("{}\n\" 7\" = 1\n\"7 \" = 2", fit("x"))).contains("stands twice"));
}

#[test]
fn keys_and_names_that_are_nearly_right_are_suggested() {
    for (text, near) in [
        ("[[criteria]]\nthreshold = 1\nlook_back_days = 3", "`lookback_days`"),
        ("[windows]\nmql_to_customer_day = 3", "`mql_to_customer_days`"),
        ("time-zone = \"UTC\"", "`timezone`"),
        ("thresold = 100", "`criteria.threshold`"),
        ("sla_days = 5", "`funnel.sla_days`"),
        ("[sources.lead]\npath = \"a.csv\"", "`leads`"),
        ("[sources.leads]\npath = \"a.csv\"\nstage_dates = { mqll = \"x\" }", "`mql`"),
        ("timezone = \"Australia/Sidney\"", "\"Australia/Sydney\""),
        ("timezone = \"sydney\"", "\"Australia/Sydney\""),
        ("timezone = \"europe/BERLIN\"", "\"Europe/Berlin\""),
        ("timezone = \"New York\"", "\"America/New_York\""),
    ] {
        assert!(only_problem(text).ends_with(&format!("help: did you mean {near}?")), "{}", only_problem(text));
    }
    // Etc/GMT+10 lies ten hours *behind* UTC: nobody who writes GMT+10 means it.
    assert!(only_problem("timezone = \"GMT+10\"").contains("a name of the IANA list"));
}

#[test]
fn all_problems_of_a_file_are_told_at_once_in_the_order_of_the_file() {
    let error = error(
        "timezone = \"Mars/Olympus\"\n\
         currency = \"dollars\"\n\
         as_of = \"2026-02-30\"\n\
         colour = \"red\"\n\
         flavour = \"sour\"\n\
         [windows]\n\
         mql_to_sql_days = -90\n\
         mql_to_sql_hours = 7\n\
         [benchmark]\n\
         mql_to_sql = [0.31, 0.13]\n\
         [sources.contacts]\n\
         path = \"a.csv\"\n\
         [stages]\n\
         MQL = \"qualified\"\n\
         [[criteria]]\n\
         threshold = 0\n\
         points = { open = \"five\" }\n\
         caps = { open = 2, click = 1 }\n\
         [report]\n\
         months = 99\n",
    );
    let lines: Vec<usize> =
        error.problems.iter().filter_map(|p| p.span.as_ref()).map(|span| error.position(span.start).0).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 7, 8, 10, 11, 14, 16, 17, 18, 20]);
}

#[test]
fn broken_syntax_is_told_with_its_place_and_one_fault_a_line() {
    says("project = \"Acme\"\n[windows\nmql_to_sql_days = 90\n", "2:9: not TOML: unclosed table, expected `]`");
    says("project = \"a\"\nproject = \"b\"", "2:1: not TOML: duplicate key");
    let path = only_problem("[sources.leads]\npath = \"C:\\Users\\me\\leads.csv\"");
    assert!(path.starts_with("2:13: not TOML: "), "{path}");
    assert!(path.ends_with("help: write paths with /, or in single quotation marks"), "{path}");
    assert!(only_problem("as_of = 2026-02-30").starts_with("1:9: not TOML: invalid date"));
    assert_eq!(error("project = \nwindows = {\n").problems.len(), 2);
    assert!(error(&format!("a = {}", "[".repeat(100_000))).problems.len() < 3);
}

#[test]
fn problems_are_shown_with_their_lines_in_the_manner_of_rustc() {
    let error = error("project = \"Acme\"\ntimezone = \"Australia/Sidney\"\n");
    let expected = "\
error: unknown time zone \"Australia/Sidney\"
 --> leadgauge.toml:2:12
  |
2 | timezone = \"Australia/Sidney\"
  |            ^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean \"Australia/Sydney\"?";
    assert_eq!(error.render(Look::Plain), expected);
    assert!(error.render(Look::Coloured).contains("\u{1b}["));
}

#[test]
fn odd_bytes_neither_move_the_place_nor_reach_the_terminal() {
    // A byte order mark, Windows line ends and wide characters: columns count characters.
    assert!(
        only_problem("\u{feff}project = \"é\"\r\nstages.\"é\" = 3\r\n").starts_with("2:14: `stages.\"é\"` must be")
    );
    assert!(only_problem("\u{feff}project = 3").starts_with("1:11: "));
    let escape = error("\"a\\u001b[31mb\" = 1\ncurrency = \"\\u001b[2J\"\nas_of = \"\\u001b\"");
    assert_eq!(escape.problems.len(), 3);
    assert!(!escape.to_string().contains('\u{1b}') && !escape.render(Look::Plain).contains('\u{1b}'));
}

#[test]
fn a_file_is_read_from_its_folder_and_told_when_it_cannot_be() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("leadgauge.toml");
    std::fs::write(&file, "currency = \"aud\"")?;
    let plan = config::load(&file).expect("the file is valid");
    assert_eq!((plan.root.as_path(), plan.currency.as_str()), (folder.path(), "AUD"));
    assert_eq!(Some(plan.project.as_str()), folder.path().file_name().and_then(|name| name.to_str()));

    std::fs::write(&file, b"a = 1\nproject = \"\xff\"")?;
    let error = config::load(&file).expect_err("the file is not UTF-8");
    assert!(error.to_string().ends_with("not UTF-8 text (line 2)\n  help: save it with the encoding UTF-8"), "{error}");
    let missing = config::load(&folder.path().join("none.toml")).expect_err("there is no such file");
    assert!(missing.to_string().contains("none.toml: the project file cannot be read: "), "{missing}");
    assert!(missing.render(Look::Plain).starts_with("error: the project file cannot be read: "));
    Ok(())
}

#[test]
fn the_project_is_what_is_named_else_the_file_here_else_the_sample() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let here = folder.path();
    let find = |argument: Option<&str>| config::find_from(here, argument.map(Path::new));
    let none = find(None).expect_err("the folder is empty");
    assert_eq!(none, FindError::NoDefault);
    assert!(none.help().contains("leadgauge sample"));

    std::fs::create_dir(here.join("sample-data"))?;
    std::fs::write(here.join("sample-data/leadgauge.toml"), "")?;
    assert_eq!(find(None), Ok(Located::File(here.join("sample-data/leadgauge.toml"))));
    std::fs::write(here.join("leadgauge.toml"), "")?;
    assert_eq!(find(None), Ok(Located::File(here.join("leadgauge.toml"))));

    std::fs::create_dir(here.join("exports"))?;
    std::fs::write(here.join("exports/leads.csv"), "id\n")?;
    std::fs::write(here.join("other.toml"), "")?;
    assert_eq!(find(Some("other.toml")), Ok(Located::File(here.join("other.toml"))));
    assert_eq!(find(Some("sample-data")), Ok(Located::File(here.join("sample-data/leadgauge.toml"))));
    assert_eq!(find(Some("exports")), Ok(Located::Folder(here.join("exports"))));
    assert_eq!(find(Some("nowhere")), Err(FindError::Missing(here.join("nowhere"))));
    let csv = find(Some("exports/leads.csv")).expect_err("a table is no project");
    assert!(csv.to_string().ends_with("leads.csv` is not a project: expected a `.toml` file or a folder"), "{csv}");
    assert_eq!(csv.help(), format!("name the folder that holds it: `{}`", here.join("exports").display()));

    let plan = find(Some("exports")).expect("it was found").plan().expect("defaults are valid");
    assert_eq!((plan.project.as_str(), plan.root), ("exports", here.join("exports")));
    Ok(())
}

#[test]
fn the_schema_accepts_the_example_and_refuses_what_it_should() {
    let schema = config::schema();
    let json = |text: &str| {
        let value: toml::Value = toml::from_str(&text.replace("2026-03-01", "\"2026-03-01\"")).expect("TOML");
        serde_json::to_value(value).expect("TOML without dates is JSON")
    };
    assert_eq!(json_schema::problems(&schema, &json(EXAMPLE)), [] as [String; 0]);
    for wrong in [
        "colour = 1",
        "[windows]\nmql_to_sql_days = -1",
        "[[criteria]]\nlookback_days = 3",
        "[report]\nmonths = 61",
        "[benchmark]\nmql_to_sql = [0.1, 31]",
        "[engine]\nkind = \"adbc\"",
        "[sources.contacts]\npath = \"a.csv\"",
        "[stages]\nx = \"y\"",
        "[[criteria]]\nthreshold = 1\npoints = { a = 10000000 }",
    ] {
        assert!(!json_schema::problems(&schema, &json(wrong)).is_empty(), "{wrong}");
        assert!(parsed(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_key_is_explained_in_one_line() {
    let keys = config::keys();
    for path in [
        "project",
        "sources.<table>.path",
        "sources.<table>.stage_dates",
        "stages",
        "channels",
        "windows.mql_to_sql_days",
        "benchmark.channel.label",
        "benchmark.alternate.label",
        "criteria.threshold",
        "criteria.fit",
        "economics.value_per_sql",
        "exclude.email_domains",
        "report.formats",
        "quality",
        "engine.kind",
        "funnel.infer_skipped",
        "verdict.level",
        "currency_rates",
        "calibration.notch",
    ] {
        assert!(keys.iter().any(|key| key.path == path), "{path}");
    }
    for key in &keys {
        assert!(!key.doc.is_empty() && !key.doc.contains('\n') && key.doc.ends_with('.'), "{key:?}");
    }
    let mut paths: Vec<&str> = keys.iter().map(|key| key.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), keys.len());
}
