//! The queries: are they all there, do they run on any engine, and do they say what the definitions say?

mod fixture;
mod portable;

use fixture::Table;
use leadgauge::config;
use leadgauge::engine::catalogue::{Layer, QUERIES, Query, find};
use leadgauge::finding::KINDS;
use leadgauge::ingest::{self, frames};
use leadgauge::metrics::definitions;
use leadgauge::model::CONTRACTS;
use leadgauge::vocabulary::Stage;
use polars::prelude::DataType;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Configuration as tables.
const CONFIG: [&str; 4] = ["run", "stages", "calendar", "weeks"];
/// What the score replay leaves behind.
const REPLAY: [&str; 10] = [
    "scores",
    "paths",
    "crossings",
    "criterion_counts",
    "decisions",
    "recorded_scores",
    "traces",
    "trace_types",
    "trace_attributes",
    "trace_windows",
];

fn folder(layer: Layer) -> &'static str {
    match layer {
        Layer::Model => "model",
        Layer::Journeys => "journeys",
        Layer::Facts => "facts",
        Layer::Quality => "quality",
    }
}

/// Every file of `queries/` that holds SQL.
fn sql_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("the queries are there");
        entries.map(|entry| entry.expect("readable").path()).collect()
    };
    let (folders, loose): (Vec<PathBuf>, Vec<PathBuf>) = list(&root).into_iter().partition(|path| path.is_dir());
    let files = folders.iter().flat_map(|folder| list(folder)).chain(loose);
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "sql")).collect();
    files.sort();
    files
}

// ---- Which queries there are ----

#[test]
fn the_catalogue_and_the_folders_hold_the_same_queries() {
    let of_files: BTreeMap<(String, String), String> = sql_files()
        .iter()
        .map(|path| {
            let folder = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy().into_owned();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            ((folder, name), std::fs::read_to_string(path).expect("readable"))
        })
        .collect();
    let of_catalogue: BTreeMap<(String, String), String> = QUERIES
        .iter()
        .map(|query| ((folder(query.layer).to_string(), query.name.to_string()), query.text.to_string()))
        .collect();
    assert_eq!(of_files.keys().collect::<Vec<_>>(), of_catalogue.keys().collect::<Vec<_>>());
    assert_eq!(of_files, of_catalogue);
    assert_eq!(of_catalogue.len(), QUERIES.len(), "a name twice");
}

#[test]
fn every_query_reads_only_what_is_there_before_it() {
    let canonical: BTreeSet<&str> = CONTRACTS.iter().map(|contract| contract.table.name()).collect();
    let mut known: BTreeSet<&str> = canonical.iter().chain(&CONFIG).copied().collect();
    let mut layer = Layer::Model;
    for query in QUERIES {
        assert!(layer as u8 <= query.layer as u8, "{} runs after a later layer", query.name);
        layer = query.layer;
        if query.layer == Layer::Facts {
            known.extend(REPLAY);
        }
        for table in portable::look(query.text).reads {
            assert!(known.contains(table.as_str()), "{} reads `{table}`, which is not there yet", query.name);
            assert!(
                matches!(query.layer, Layer::Model | Layer::Quality) || !canonical.contains(table.as_str()),
                "{} reads `{table}`, which only the model and quality may",
                query.name
            );
        }
        assert!(known.insert(query.name), "`{}` is the name of another table", query.name);
    }
}

#[test]
fn the_model_joins_nothing_but_configuration() {
    for query in QUERIES.iter().filter(|query| query.layer == Layer::Model) {
        let reads = portable::look(query.text).reads;
        let sources: Vec<&String> = reads.iter().filter(|table| !CONFIG.contains(&table.as_str())).collect();
        assert_eq!(sources.len(), 1, "{} joins {sources:?}", query.name);
    }
}

#[test]
fn facts_are_grouped_by_their_key() {
    for query in QUERIES.iter().filter(|query| query.layer == Layer::Facts) {
        let look = portable::look(query.text);
        assert!(look.grouped, "{} is not grouped", query.name);
        let counts = |name: &&String| ["n", "n_rows", "n_negative", "amount"].contains(&name.as_str());
        let key: Vec<&str> = look.columns.iter().filter(|name| !counts(name)).map(String::as_str).collect();
        assert_eq!(query.header("key"), Some(key.join(", ").as_str()), "{}", query.name);
    }
}

#[test]
fn a_query_on_quality_says_which_finding_it_makes_and_of_how_many() {
    let facts = fixture::read(
        &fixture::files("queries").into_iter().find(|path| path.ends_with("funnel_checks.txt")).expect("a fixture"),
    );
    let remarks: Vec<&str> = facts.results[0].rows.iter().filter_map(|row| row[0].as_deref()).collect();
    let mut codes = BTreeSet::new();
    for query in QUERIES.iter().filter(|query| query.layer == Layer::Quality) {
        let code = query.header("finding").unwrap_or_else(|| panic!("{} says no finding", query.name));
        assert!(KINDS.iter().any(|kind| kind.code == code), "{}: {code} is no kind of finding", query.name);
        assert!(codes.insert(code), "{code} is made twice");
        let of = query.header("of").unwrap_or_else(|| panic!("{} does not say of how many", query.name));
        let is_table = find(of).is_some() || CONTRACTS.iter().any(|contract| contract.table.name() == of);
        assert!(is_table || remarks.contains(&of), "{}: {of} is neither a table nor a remark", query.name);
        let columns = portable::look(query.text).columns;
        assert_eq!(columns.first().map(String::as_str), Some("example"), "{}", query.name);
    }
    for query in QUERIES.iter().filter(|query| query.layer != Layer::Quality) {
        assert_eq!((query.header("finding"), query.header("of")), (None, None), "{}", query.name);
    }
}

#[test]
fn every_metric_names_a_fact_query_and_says_what_it_is() {
    let folder = folder(Layer::Facts);
    assert!(definitions::all().len() > 5);
    for metric in definitions::all() {
        let name = &metric.name;
        let query = find(&metric.facts).unwrap_or_else(|| panic!("{name}: no query is called `{}`", metric.facts));
        assert_eq!(query.layer, Layer::Facts, "{name}: `{}` is not in {folder}/", metric.facts);
        for (what, says) in [("label", &metric.label), ("unit", &metric.unit), ("better", &metric.better)] {
            assert!(!says.trim().is_empty(), "{name}: no {what}");
        }
        let says = metric.definition.trim();
        assert!(says.ends_with('.') && says.len() > 20, "{name}: `{says}` is no definition");
    }
}

// ---- What they are written in ----

#[test]
fn every_query_is_written_in_the_portable_subset() {
    let faults: Vec<String> = sql_files()
        .iter()
        .flat_map(|path| {
            let look = portable::look(&std::fs::read_to_string(path).expect("readable"));
            look.faults.into_iter().map(move |fault| format!("{}: {fault}", path.display()))
        })
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

/// A query with a header, of which only what follows is in question.
fn with_header(body: &str) -> String {
    format!("-- grain: one row per lead\n-- key:   lead_id\n-- A sentence.\n{body}")
}

#[test]
fn the_portable_subset_allows_what_was_tried() {
    for body in [
        "SELECT leads.lead_id FROM leads",
        "SELECT lead_id, created_day + 1 - 2 AS next_day FROM leads WHERE created_day >= 3 OR channel = 'event'",
        "SELECT leads.lead_id FROM leads CROSS JOIN run WHERE leads.created_day <= run.as_of_day",
        "SELECT a.lead_id FROM leads AS a LEFT JOIN deals AS b ON a.lead_id = b.lead_id AND a.created_day = b.opened_day",
        "SELECT leads.lead_id FROM leads FULL JOIN deals ON leads.lead_id = deals.lead_id",
        "WITH firsts AS (SELECT lead_id FROM leads) SELECT firsts.lead_id FROM firsts",
        "SELECT channel, COUNT(*) AS n, COUNT(excluded) AS n_excluded, COUNT(CASE WHEN created_day > 3 THEN 1 END) AS n_late FROM leads GROUP BY channel",
        "SELECT channel, SUM(amount) AS amount, MIN(from_day) AS first_day, MAX(from_day) AS last_day FROM spend GROUP BY channel",
        "SELECT lead_id, COALESCE(channel, 'none') AS channel, CAST(created_on AS DATE) AS created_on FROM leads",
        "SELECT lead_id, ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY entered_s) AS episode FROM stage_history",
        "SELECT lead_id, LAG(stage) OVER (PARTITION BY lead_id ORDER BY entered_s, position) AS before FROM stage_entries",
        "SELECT lead_id, LEAD(stage) OVER (PARTITION BY lead_id ORDER BY entered_s) AS after FROM stage_entries",
        "SELECT lead_id, 6 AS position FROM leads UNION ALL SELECT lead_id, position FROM stage_entries",
    ] {
        assert_eq!(portable::look(&with_header(body)).faults, Vec::<String>::new(), "{body}");
    }
}

#[test]
fn the_portable_subset_leaves_out_what_failed_somewhere() {
    for (body, says) in [
        // Joins: polars gives wrong rows for anything but equal columns.
        ("SELECT a.k FROM a LEFT JOIN b ON a.k = b.k AND b.stage = 'mql'", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a LEFT JOIN b ON a.k = b.k AND a.day <= b.day", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a INNER JOIN b ON a.k = b.k OR a.m = b.m", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a INNER JOIN b ON a.k = b.k + 1", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a INNER JOIN b ON a.k = a.m", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a INNER JOIN b ON k = b.k", "is not `a.k = b.k`"),
        ("SELECT a.k FROM a INNER JOIN b USING (k)", "none of INNER, LEFT and FULL JOIN"),
        ("SELECT a.k FROM a NATURAL JOIN b", "none of INNER, LEFT and FULL JOIN"),
        ("SELECT a.k FROM a RIGHT JOIN b ON a.k = b.k", "none of INNER, LEFT and FULL JOIN"),
        ("SELECT a.k FROM a CROSS JOIN b", "CROSS JOIN of `b`"),
        ("SELECT a.k FROM a, b WHERE a.k = b.k", "FROM names 2 tables"),
        ("SELECT a.k FROM (SELECT b.k FROM b) AS a", "not a plain table"),
        ("SELECT a.k FROM warehouse.a", "names a schema"),
        // Arithmetic: 7/2 is 3.5 here and 3 there.
        ("SELECT a.k / 2 AS half FROM a", "the operator `/`"),
        ("SELECT a.k % 2 AS odd FROM a", "the operator `%`"),
        ("SELECT a.k * 2 AS twice FROM a", "the operator `*`"),
        ("SELECT a.k || 'x' AS long FROM a", "the operator `||`"),
        ("SELECT a.k + 0.5 AS more FROM a", "no whole number"),
        ("SELECT ROUND(a.k) AS whole FROM a", "ROUND(a.k) is not in the portable subset"),
        ("SELECT CAST(a.k AS DOUBLE) AS real FROM a", "is not in the portable subset"),
        ("SELECT a.k::DATE AS day FROM a", "is not in the portable subset"),
        // Dates: different everywhere.
        ("SELECT DATE_TRUNC('month', a.k) AS month FROM a", "DATE_TRUNC('month', a.k) is not in the portable subset"),
        ("SELECT DATE_DIFF('day', a.k, a.m) AS lag FROM a", "is not in the portable subset"),
        ("SELECT DATE_PART('year', a.k) AS year FROM a", "is not in the portable subset"),
        ("SELECT EXTRACT(MONTH FROM a.k) AS month FROM a", "is not in the portable subset"),
        ("SELECT a.k FROM a WHERE a.k < DATE '2026-01-01'", "is not in the portable subset"),
        ("SELECT a.k FROM a WHERE a.k < CURRENT_DATE", "CURRENT_DATE is not in the portable subset"),
        // Aggregates.
        ("SELECT SUM(a.k) AS n FROM a", "is not the sum of a column of 64 bits"),
        ("SELECT SUM(1) AS n FROM a", "is not the sum of a column of 64 bits"),
        ("SELECT SUM(CASE WHEN a.k > 1 THEN 1 END) AS n FROM a", "is not the sum of a column of 64 bits"),
        ("SELECT AVG(a.k) AS mean FROM a", "is not in the portable subset"),
        ("SELECT MAX(a.k - a.m) AS most FROM a", "is not in the portable subset"),
        ("SELECT COUNT(DISTINCT a.k) AS n FROM a", "DISTINCT in an aggregate"),
        ("SELECT COUNT(*) FILTER (WHERE a.k > 1) AS n FROM a", "FILTER"),
        ("SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a.k) AS median FROM a", "PERCENTILE_CONT"),
        ("SELECT a.k, COUNT(*) AS n FROM a GROUP BY a.k + 1", "is not a plain column"),
        ("SELECT a.k, COUNT(*) AS n FROM a GROUP BY 1", "is not a plain column"),
        ("SELECT a.k, COUNT(*) AS n FROM a GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT a.k, COUNT(*) AS n FROM a GROUP BY GROUPING SETS ((a.k), ())", "is not a plain column"),
        ("SELECT a.k, COUNT(*) AS n FROM a GROUP BY ROLLUP (a.k)", "is not a plain column"),
        ("SELECT a.k, a.m, COUNT(*) AS n FROM a GROUP BY a.k", "`a.m` is neither grouped by nor aggregated"),
        ("SELECT a.k, COUNT(*) AS n FROM a", "`a.k` is neither grouped by nor aggregated"),
        ("SELECT a.k FROM a GROUP BY a.k HAVING COUNT(*) > 1", "HAVING"),
        // Windows: NULLs sort first here and last there.
        ("SELECT LAG(a.k) OVER (PARTITION BY a.k ORDER BY a.mql_day) AS before FROM a", "not known to be never NULL"),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY a.k) AS place FROM a", "a window without ORDER BY"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a.entered_s NULLS LAST) AS place FROM a", "NULLS FIRST or LAST"),
        ("SELECT RANK() OVER (ORDER BY a.entered_s) AS place FROM a", "RANK OVER is not portable"),
        ("SELECT SUM(a.amount) OVER (ORDER BY a.entered_s) AS total FROM a", "SUM OVER is not portable"),
        ("SELECT LAG(a.k) OVER w AS before FROM a WINDOW w AS (ORDER BY a.entered_s)", "named"),
        (
            "SELECT LAG(a.k) OVER (ORDER BY a.entered_s ROWS UNBOUNDED PRECEDING) AS before FROM a",
            "a window frame is not portable",
        ),
        ("SELECT a.k FROM a QUALIFY ROW_NUMBER() OVER (ORDER BY a.entered_s) = 1", "QUALIFY"),
        // Shapes.
        ("WITH RECURSIVE b AS (SELECT a.k FROM a) SELECT b.k FROM b", "a recursive WITH"),
        ("WITH a AS (SELECT a.k FROM a) SELECT a.k FROM a", "`a` has two meanings"),
        ("SELECT DISTINCT a.k FROM a", "DISTINCT"),
        ("SELECT a.k FROM a ORDER BY a.k", "ORDER BY of a result"),
        ("SELECT a.k FROM a LIMIT 1", "LIMIT"),
        ("SELECT a.k FROM a UNION SELECT b.k FROM b", "only UNION ALL is"),
        ("SELECT a.k FROM a EXCEPT SELECT b.k FROM b", "only UNION ALL is"),
        ("SELECT a.k FROM a UNION ALL SELECT b.m FROM b", "UNION ALL of"),
        ("SELECT a.k FROM a WHERE a.k IN (SELECT b.k FROM b)", "is not in the portable subset"),
        ("SELECT a.k FROM a WHERE EXISTS (SELECT b.k FROM b)", "is not in the portable subset"),
        ("SELECT a.k FROM a WHERE a.k LIKE 'x%'", "is not in the portable subset"),
        ("SELECT a.k FROM a WHERE a.k = $1", "bind parameter"),
        ("SELECT a.k FROM a WHERE a.k = ?", "bind parameter"),
        ("SELECT a.k FROM a WHERE a.k = :day", "bind parameter"),
        ("SELECT * FROM a", "SELECT *"),
        ("SELECT a.* FROM a", "SELECT *"),
        // Names.
        ("SELECT \"a\".k FROM a", "`a` is a quoted identifier"),
        ("SELECT a.`k` FROM a", "`k` is a quoted identifier"),
        ("SELECT a.Lead_Id FROM a", "`Lead_Id` is not lower_snake"),
        ("SELECT a.LEAD_ID FROM a", "`LEAD_ID` is not lower_snake"),
        ("SELECT a.k AS leadId FROM a", "`leadId` is not lower_snake"),
        ("SELECT k FROM a INNER JOIN b ON a.k = b.k", "`k` does not say of which table it is"),
        ("SELECT c.k FROM a INNER JOIN b ON a.k = b.k", "`c.k` is of a table that is not in scope"),
        ("SELECT a.k + 1 FROM a", "`a.k + 1` has no name"),
        // Files.
        ("SELECT a.k FROM a; SELECT b.k FROM b", "holds 2 statements instead of one"),
        ("", "holds 0 statements instead of one"),
        ("DROP TABLE a", "is not a SELECT"),
        ("SELECT a.k FROM", "does not parse"),
    ] {
        let faults = portable::look(&with_header(body)).faults;
        assert!(faults.iter().any(|fault| fault.contains(says)), "{body}\n  should say: {says}\n  says: {faults:#?}");
    }
}

#[test]
fn a_query_without_grain_key_and_sentence_is_not_let_through() {
    let body = "SELECT a.k FROM a";
    for (text, says) in [
        (format!("-- key: k\n-- A sentence.\n{body}"), "`-- grain:`"),
        (format!("-- grain: one row per k\n-- A sentence.\n{body}"), "`-- key:`"),
        (format!("-- grain:\n-- key: k\n-- A sentence.\n{body}"), "`-- grain:`"),
        (format!("-- grain: one row per k\n-- key: k\n{body}"), "says nothing in words"),
    ] {
        let faults = portable::look(&text).faults;
        assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n  should say: {says}\n  says: {faults:#?}");
    }
}

// ---- What they say ----

#[test]
fn every_query_gives_the_rows_that_were_worked_out_by_hand() {
    let files = fixture::files("queries");
    let names: Vec<String> = files.iter().map(|path| fixture::read(path).file).collect();
    let mut queries: Vec<&str> = QUERIES.iter().map(|query| query.name).collect();
    queries.sort_unstable();
    assert_eq!(names, queries, "a fixture a query");
    for path in &files {
        let fixture = fixture::read(path);
        let results: Vec<&str> = fixture.results.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(results, [fixture.file.as_str()], "a fixture gives the result of its query");
        let rows: usize = fixture.tables.iter().map(|table| table.rows.len()).max().unwrap_or_default();
        assert!(rows >= 10, "{}: {rows} rows are too few to show anything", fixture.file);
        assert_eq!(fixture::differences(&fixture, find(&fixture.file).into_iter()), Vec::<String>::new());
    }
}

#[test]
fn from_canonical_tables_to_counts_every_definition_is_kept() {
    for path in fixture::files("stories") {
        let fixture = fixture::read(&path);
        let given: BTreeSet<&str> = fixture.tables.iter().map(|table| table.name.as_str()).collect();
        let mut known = given;
        let can_run = |query: &&Query| {
            let runs = portable::look(query.text).reads.iter().all(|table| known.contains(table.as_str()));
            if runs {
                known.insert(query.name);
            }
            runs
        };
        assert_eq!(fixture::differences(&fixture, QUERIES.iter().filter(can_run)), Vec::<String>::new());
    }
}

/// A query, a piece of it, and what would be wrong in its place.
const WRONG: [(&str, &str, &str); 149] = [
    ("visible_leads", "<= run.as_of_day", "< run.as_of_day"),
    ("visible_leads", " AND leads.excluded IS NULL", ""),
    ("stage_entries", "<= run.as_of_day", "< run.as_of_day"),
    ("stage_entries", "WHERE stage_history.entered_day <= run.as_of_day", ""),
    ("won_deals", "deals.status = 'won' AND ", ""),
    ("won_deals", "deals.status = 'won'", "deals.closed_day IS NOT NULL"),
    ("won_deals", "deals.kind = 'new' AND ", ""),
    ("won_deals", "deals.closed_day <= run", "deals.closed_day < run"),
    ("won_deals", "deals.closed_day <= run", "COALESCE(deals.closed_day, 0) <= run"),
    ("visible_spend", "<= run.as_of_day", "< run.as_of_day"),
    ("visible_spend", "WHERE spend.from_day <= run.as_of_day", "WHERE spend.amount >= 0"),
    ("arrivals", ">= 4", "> 4"),
    ("arrivals", ">= 4", ">= 3"),
    ("arrivals", "<= 6", "<= 8"),
    ("arrivals", "<= 6", "< 6"),
    ("arrivals", "6 AS position", "5 AS position"),
    ("mql_episodes", ">= run.re_mql_days", "> run.re_mql_days"),
    ("mql_episodes", "OR moves.previous_stage <> 'mql'", ""),
    ("mql_episodes", "OR moves.entered_day - moves.previous_day >= run.re_mql_days", ""),
    ("mql_episodes", " OR stage_entries.stage = 'disqualified'", ""),
    ("mql_episodes", " OR stage_entries.stage = 'recycled'", ""),
    (
        "mql_episodes",
        "WHERE stage_entries.stage = 'mql' OR",
        "WHERE stage_entries.position >= 4 OR stage_entries.stage = 'mql' OR",
    ),
    ("mql_episodes", "moves.previous_stage IS NULL", "moves.previous_stage = 'none'"),
    ("journeys", "arrivals.arrived_day >= first_mql.mql_day", "arrivals.arrived_day > first_mql.mql_day"),
    ("journeys", "arrivals.arrived_day >= first_mql.mql_day", "arrivals.arrived_day >= 0"),
    ("journeys", "arrived_day < second_mql", "arrived_day <= second_mql"),
    ("journeys", "mql_episodes.episode = 2", "mql_episodes.episode = 3"),
    ("journeys", "arrivals.position <= 5", "arrivals.position <= 6"),
    ("journeys", "arrivals.position <= 5", "arrivals.position <= 4"),
    ("journeys", "arrivals.position = 6", "arrivals.position >= 5"),
    ("journeys", " AND explored.explored_day IS NULL", ""),
    ("journeys", "first_mql.mql_day IS NULL AND ", ""),
    ("journeys", " AND stage_entries.reason = 'exploration'", ""),
    ("journeys", "MIN(arrivals.arrived_day) AS sql_day", "MAX(arrivals.arrived_day) AS sql_day"),
    ("journeys", "MIN(stage_entries.entered_day)", "MAX(stage_entries.entered_day)"),
    ("journeys", "THEN firsts.sql_day", "THEN firsts.recorded_sql_day"),
    ("journeys", "LEFT JOIN firsts", "INNER JOIN firsts"),
    ("volume", "mql_episodes.episode >= 2", "mql_episodes.episode >= 1"),
    ("volume", "mql_episodes.episode >= 2", "mql_episodes.episode = 2"),
    ("volume", "journeys.created_day AS event_day", "journeys.mql_day AS event_day"),
    (
        "transitions",
        "WHEN starts.first_end_day < starts.start_day THEN 'before'",
        "WHEN starts.first_end_day IS NULL THEN 'open'",
    ),
    ("transitions", "first_end_day < starts.start_day", "first_end_day <= starts.start_day"),
    ("transitions", "first_end_day >= starts.start_day", "first_end_day > starts.start_day"),
    ("transitions", "recorded_sql_day AS start_day", "sql_day AS start_day"),
    ("transitions", "journeys.pass_sql_day AS end_day", "journeys.sql_day AS end_day"),
    ("transitions", "journeys.pass_customer_day AS end_day", "journeys.customer_day AS end_day"),
    ("transitions", "journeys.mql_day AS end_day", "COALESCE(journeys.mql_day, journeys.inferred_mql_day) AS end_day"),
    ("acquisition", "SUM(visible_spend.amount)", "MAX(visible_spend.amount)"),
    ("acquisition", "visible_spend.amount < 0", "visible_spend.amount <= 0"),
    ("revenue", "won_deals.closed_day >= first_mqls", "won_deals.closed_day > first_mqls"),
    ("revenue", "won_deals.closed_day >= first_mqls.start_day AND ", ""),
    ("revenue", " AND won_deals.amount_band IS NOT NULL", ""),
    ("revenue", "first_mqls.customer_day >= first_mqls", "first_mqls.customer_day > first_mqls"),
    ("revenue", " AND first_mqls.customer_day >= first_mqls.start_day", ""),
    ("revenue", " OR journeys.inferred_mql_day IS NOT NULL", ""),
    ("revenue", "LEFT JOIN won_deals", "INNER JOIN won_deals"),
    ("revenue", "won_deals.closed_day IS NULL AND ", ""),
    ("funnel_checks", "journeys.sql_day < ", "journeys.sql_day <= "),
    ("funnel_checks", "journeys.customer_day < ", "journeys.customer_day <= "),
    (
        "funnel_checks",
        "FROM mql_episodes INNER JOIN journeys ON mql_episodes.lead_id = journeys.lead_id",
        "FROM mql_episodes",
    ),
    ("mql_scores", ">= run.criteria_from_day", "> run.criteria_from_day"),
    ("mql_scores", "<= run.as_of_day", "< run.as_of_day"),
    ("mql_scores", "<= run.mql_to_sql_days", "< run.mql_to_sql_days"),
    ("mql_scores", "WHEN journeys.sql_day < journeys.mql_day THEN 'open'", ""),
    ("path_ends", "WHERE scores.outcome IS NOT NULL", ""),
    ("below_bar", "WHERE scores.below_kind IS NOT NULL", ""),
    ("support", "WHERE scores.below_kind = 'peak'", ""),
    ("support", "stage_entries.position >= 2", "stage_entries.position >= 3"),
    ("support", "stage_entries.position <= 3", "stage_entries.position <= 2"),
    ("support", "stage_entries.position <= 3", "stage_entries.position <= 7"),
    ("support", " AND stage_entries.reason <> 'exploration'", ""),
    ("support", "LEFT JOIN touched", "INNER JOIN touched"),
    ("went_backwards", "moves.previous_position <= 6", "moves.previous_position <= 8"),
    ("went_backwards", "moves.entered_s > moves.previous_until_s", "moves.entered_s > 0"),
    ("went_backwards", "(moves.position <> 2 OR moves.previous_position <> 3)", "moves.position >= 0"),
    ("went_backwards", "AND moves.previous_reason <> 'exploration'", ""),
    ("sql_before_mql", "journeys.sql_day <", "journeys.sql_day <="),
    ("customer_before_mql", "journeys.customer_day <", "journeys.customer_day <="),
    ("closed_before_opened", "deals.closed_day < deals", "deals.closed_day <= deals"),
    ("closed_before_opened", "<= run.as_of_day", "< run.as_of_day"),
    ("closed_before_opened", " AND deals.closed_day <= run.as_of_day", ""),
    ("mql_before_created", "stage_entries.entered_day < ", "stage_entries.entered_day <= "),
    ("mql_before_created", "stage_entries.position >= 1 AND ", ""),
    ("bulk_change", "seconds.n_leads >= 20", "seconds.n_leads >= 19"),
    ("bulk_change", "seconds.n_leads >= 20", "seconds.n_leads > 20"),
    ("bulk_change", "stage_entries.entered_s = stage_entries.entered_until_s", "stage_entries.entered_s > 0"),
    ("bulk_change", "AND stage_entries.position >= 1", ""),
    ("bulk_change", "AND stage_entries.position <= 6", ""),
    ("bulk_change", "WHERE days.first_s < days.last_s", ""),
    ("bulk_change", "    INNER JOIN journeys ON stage_entries.lead_id = journeys.lead_id\n", ""),
    ("import_day", "days.n >= median.n", "days.n > median.n"),
    ("import_day", "= counted.n_days + 1", "= counted.n_days + 5"),
    ("import_day", "WHERE days.n >= 20", "WHERE days.n >= 21"),
    ("exploding_channels", "channels.n_leads < 5", "channels.n_leads < 4"),
    ("exploding_channels", "totals.n_leads >= 100", "totals.n_leads > 100"),
    ("exploding_channels", "WHERE visible_leads.channel <> '(blank)'", ""),
    ("unmapped_channel", " AND acquisition.amount > 0", ""),
    ("unmapped_channel", "acquisition.amount > 0", "acquisition.amount >= 0"),
    ("channel_without_spend", "totals.n >= 100", "totals.n > 100"),
    ("channel_without_spend", "WHERE paid.amount IS NULL", "WHERE mqls.n >= 1"),
    (
        "frozen_score",
        "fives.n >= 20\n        AND fives.five_others + fives.five_others + fives.five_others + fives.five_others <=",
        "fives.n >= 20\n        AND fives.five_others + fives.five_others + fives.five_others + fives.five_others <",
    ),
    ("frozen_score", "+ 180 > run", "+ 180 >= run"),
    ("frozen_score", "COALESCE(visible_leads.score, '')", "COALESCE(visible_leads.score, '0')"),
    ("coverage", "+ 60 <", "+ 60 <="),
    ("coverage", "fives.n_early >= 20", "fives.n_early > 20"),
    ("coverage", "stage_entries.position >= 1 AND ", ""),
    ("coverage", " AND stage_entries.position <= 6", ""),
    ("account_journeys", "MIN(members.mql_day) AS mql_day", "MAX(members.mql_day) AS mql_day"),
    ("account_journeys", "members.mql_day IS NULL OR ", ""),
    ("account_journeys", " OR members.sql_day < members.mql_day", ""),
    ("account_journeys", "members.sql_day >= firsts.mql_day", "members.sql_day >= 0"),
    ("account_transitions", "starts.first_end_day < starts.start_day", "starts.first_end_day <= starts.start_day"),
    ("account_transitions", "starts.first_end_day >= starts.start_day", "starts.first_end_day > starts.start_day"),
    ("account_transitions", "WHERE account_journeys.mql_day IS NOT NULL", ""),
    ("handoffs", "stage_entries.position >= 2", "stage_entries.position >= 3"),
    ("handoffs", "stage_entries.position <= 3", "stage_entries.position <= 2"),
    ("handoffs", "stage_entries.position <= 3", "stage_entries.position <= 8"),
    ("handoffs", "        AND stage_entries.reason <> 'exploration'\n", ""),
    ("handoffs", "stage_entries.entered_day >= mqls.mql_day", "stage_entries.entered_day > mqls.mql_day"),
    ("handoffs", "stage_entries.entered_day >= mqls.mql_day", "stage_entries.entered_day >= 0"),
    ("handoffs", "stage_entries.entered_day < mqls.next_mql_day", "stage_entries.entered_day <= mqls.next_mql_day"),
    ("handoffs", "stage_entries.entered_day <= mqls.pass_sql_day", "stage_entries.entered_day < mqls.pass_sql_day"),
    ("handoffs", "stage_entries.entered_day <= mqls.pass_sql_day", "stage_entries.entered_day >= 0"),
    ("handoffs", "stage_entries.entered_until_s >= mqls.mql_s", "stage_entries.entered_s >= mqls.mql_s"),
    ("handoffs", "stage_entries.entered_until_s >= mqls.mql_s", "stage_entries.entered_day >= mqls.mql_day"),
    ("handoffs", "stage_entries.entered_s < mqls.next_mql_s", "stage_entries.entered_s <= mqls.next_mql_s"),
    ("handoffs", "stage_entries.entered_s < mqls.next_mql_s", "stage_entries.entered_day < mqls.next_mql_day"),
    ("handoffs", "stage_entries.entered_until_s < mqls.pass_sql_s", "stage_entries.entered_s < mqls.pass_sql_s"),
    ("handoffs", "stage_entries.entered_until_s < mqls.pass_sql_s", "stage_entries.entered_day < mqls.pass_sql_day"),
    ("handoffs", "ORDER BY exits.entered_s, exits.position", "ORDER BY exits.position, exits.entered_s"),
    ("handoffs", "ORDER BY exits.entered_s, exits.position", "ORDER BY exits.entered_s"),
    (
        "handoffs",
        "WHEN recorded.touch_day <= mqls.pass_sql_day THEN recorded.touch_day",
        "WHEN mqls.mql_day < 0 THEN 0",
    ),
    ("handoffs", "COALESCE(mqls.pass_sql_day, recorded.touch_day)", "recorded.touch_day"),
    ("handoffs", ">= second_mql.next_mql_day", "> second_mql.next_mql_day"),
    ("handoffs", "WHERE journeys.mql_day IS NOT NULL", ""),
    ("touches", "handoffs.sql_day < handoffs.mql_day", "handoffs.sql_day <= handoffs.mql_day"),
    ("touches", "WHEN handoffs.exit_day IS NOT NULL THEN 'closed'", ""),
    ("responses", "handoffs.touch_day - handoffs.mql_day <= run", "handoffs.touch_day - handoffs.mql_day < run"),
    ("responses", "handoffs.exit_day - handoffs.mql_day <= run", "handoffs.exit_day - handoffs.mql_day < run"),
    ("responses", "WHEN handoffs.sql_day < handoffs.mql_day THEN 'before'", ""),
    ("responses", "handoffs.sql_day >= handoffs.mql_day", "handoffs.sql_day > handoffs.mql_day"),
    ("outcomes", "handoffs.sql_day < handoffs.mql_day", "handoffs.sql_day <= handoffs.mql_day"),
    ("outcomes", "WHEN handoffs.exit_day IS NOT NULL THEN handoffs.exit_stage", ""),
    ("dispositions", "<= 20", "<= 19"),
    ("dispositions", "<= 20", "<= 21"),
    ("dispositions", "counted.n DESC, counted.reason DESC", "counted.n, counted.reason"),
    ("dispositions", "handoffs.exit_reason = ''", "handoffs.exit_reason = ' '"),
    ("dispositions", "WHEN handoffs.pass_sql_day IS NOT NULL THEN 'sql'", ""),
    ("dispositions", "WHEN handoffs.returned_sql_day IS NOT NULL THEN 'back_sql'", ""),
];

#[test]
fn a_rule_that_is_left_out_or_moved_by_one_is_noticed() {
    for (name, piece, wrong) in WRONG {
        let query = find(name).unwrap_or_else(|| panic!("no query is called {name}"));
        assert!(query.text.contains(piece), "{name} no longer says `{piece}`");
        let text: &'static str = Box::leak(query.text.replace(piece, wrong).into_boxed_str());
        let path = fixture::files("queries").into_iter().find(|path| path.ends_with(format!("{name}.txt")));
        let fixture = fixture::read(&path.expect("every query has a fixture"));
        let noticed = fixture::differences(&fixture, std::iter::once(&Query { text, ..*query }));
        assert!(!noticed.is_empty(), "{name}: no row tells `{piece}` from `{wrong}`");
    }
}

#[test]
fn fixtures_hold_the_tables_that_there_are() {
    let fixtures: Vec<fixture::Fixture> = ["queries", "stories"]
        .iter()
        .flat_map(|folder| fixture::files(folder))
        .map(|path| fixture::read(&path))
        .collect();
    let results: Vec<&Table> = fixtures.iter().flat_map(|fixture| &fixture.results).collect();
    for fixture in &fixtures {
        for table in fixture.tables.iter().chain(&fixture.results) {
            let at = format!("{}: {}", fixture.file, table.name);
            for column in table.columns.iter().filter(|column| column.nullable) {
                assert!(!portable::NEVER_NULL.contains(&column.name.as_str()), "{at}: `{}` may be NULL", column.name);
                assert_ne!(column.name, "channel", "{at}: a channel is never NULL");
            }
        }
        for table in &fixture.tables {
            let at = format!("{}: {}", fixture.file, table.name);
            let columns: Vec<(&str, &str)> =
                table.columns.iter().map(|column| (column.name.as_str(), column.kind.as_str())).collect();
            if let Some(contract) = CONTRACTS.iter().find(|contract| contract.table.name() == table.name) {
                let kind = |kind: &'static str| if kind == "integer" { "int" } else { kind };
                let contracted: Vec<(&str, &str)> =
                    contract.columns.iter().map(|column| (column.name, kind(column.kind))).collect();
                assert_eq!(columns, contracted, "{at}");
            } else if let Some(result) = results.iter().find(|result| result.name == table.name) {
                // What one query gives is what another is given; columns that it does not read may be left out.
                for column in &table.columns {
                    assert!(result.columns.contains(column), "{at}: {column:?}");
                }
            } else {
                assert!(CONFIG.contains(&table.name.as_str()) || REPLAY.contains(&table.name.as_str()), "{at}");
            }
            if table.name == "stages" {
                let written: Vec<(Option<&str>, Option<&str>)> =
                    table.rows.iter().map(|row| (row[0].as_deref(), row[1].as_deref())).collect();
                let places: Vec<String> = (0..Stage::ALL.len()).map(|place| place.to_string()).collect();
                let stages = Stage::ALL.iter().zip(&places);
                let stages: Vec<_> = stages.map(|(stage, place)| (Some(stage.name()), Some(place.as_str()))).collect();
                assert_eq!(written, stages, "{at}");
            }
        }
    }
}

#[test]
fn what_ingest_hands_to_the_queries_is_as_the_contract_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writable");
    write("leads.csv", "lead_id,created_at,channel\n1,2026-01-05,\n2,2026-01-06,unknown\n3,2026-01-07,event\n");
    write(
        "stage_history.csv",
        "lead_id,stage,entered_at,reason\n1,mql,2026-02-01 09:00,\n3,working,2026-02-02,Exploration\n",
    );
    write("deals.csv", "deal_id,lead_id,closed_at,status\nd1,1,2026-03-01,won\nd2,2,,won\n");
    write("spend.csv", "month,channel,amount\n2026-01,event,100.50\n2026-01,event,-0.50\n");
    let plan = config::parse("project = \"Acme\"\ntimezone = \"Europe/Berlin\"\n", "leadgauge.toml", folder.path());
    let plan = plan.expect("a project file without a fault");
    let data = ingest::read(&plan, &|_| {}).expect("readable");
    let tables = frames::canonical(&data).expect("tables");
    for (name, table) in &tables {
        let contract = CONTRACTS.iter().find(|contract| contract.table.name() == *name).expect("a contract");
        let kind = |dtype: &DataType| match dtype {
            DataType::Int64 => "integer",
            DataType::String => "text",
            _ => "neither",
        };
        let found: Vec<(&str, &str)> =
            table.columns().iter().map(|column| (column.name().as_str(), kind(column.dtype()))).collect();
        let contracted: Vec<(&str, &str)> = contract.columns.iter().map(|column| (column.name, column.kind)).collect();
        assert_eq!(found, contracted, "{name}");
        for column in table.columns() {
            let never = portable::NEVER_NULL.contains(&column.name().as_str()) || column.name() == "channel";
            assert!(!never || column.null_count() == 0, "{name}: `{}` holds NULL", column.name());
        }
        assert!(table.height() >= 2, "{name} was not read");
    }
    // No channel and a channel called unknown are two values, and neither is NULL.
    assert_eq!(data.leads.channel, ["(blank)", "unknown", "event"]);
    // A reason is compared in lower case, a deal without a kind is new business.
    assert_eq!(data.stages.iter().map(|entry| entry.reason.as_str()).collect::<Vec<_>>(), ["", "exploration"]);
    assert!(data.deals.iter().all(|deal| deal.kind == "new"));
}
