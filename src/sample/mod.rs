//! How does a project look that has everything? A seeded, invented one: the files of `leadgauge sample`.
//!
//! An invented software firm, Pegelwerk, with leads, stages, activities, deals and spend, a project file, a page that
//! explains them, and the truth behind them. Same settings, same bytes, on every machine: chance comes from named
//! SplitMix64 streams (`random`), what happens from `world`, what the tools export and its faults from `export`, what
//! is true from `truth`, the bytes from `write`.

mod export;
mod random;
mod truth;
mod world;
mod write;

use std::ops::RangeInclusive;
use thiserror::Error;

/// How large a sample is wanted, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// People, 1 to 2 000 000.
    pub leads: u32,
    /// Months up to October 2026, 4 to 60.
    pub months: u32,
    /// Another seed, another draw of the same story.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { leads: 4_000, months: 24, seed: 7 }
    }
}

/// Leads that can be asked for.
pub const LEADS: RangeInclusive<u32> = 1..=2_000_000;
/// Months that can be asked for.
pub const MONTHS: RangeInclusive<u32> = 4..=60;

/// A sample that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// No leads, or more than fit into memory.
    #[error("a sample has 1 to 2 000 000 leads, not {0}")]
    Leads(u32),
    /// Too short for a story, or longer than any report.
    #[error("a sample has 4 to 60 months, not {0}")]
    Months(u32),
}

/// The files of a sample project, as (name, bytes), in the order in which they are best read.
///
/// # Errors
/// When the settings are outside [`LEADS`] or [`MONTHS`].
pub fn files(settings: &Settings) -> Result<Vec<(String, Vec<u8>)>, Error> {
    if !LEADS.contains(&settings.leads) {
        return Err(Error::Leads(settings.leads));
    }
    if !MONTHS.contains(&settings.months) {
        return Err(Error::Months(settings.months));
    }
    let world = world::World::new(settings);
    let export = export::Export::of(&world);
    let truth = truth::of(&world, &export);
    let files = [
        ("README.md", write::readme(&world, &export, &truth)),
        ("leadgauge.toml", write::project(&world)),
        ("leads.csv", write::leads(&world, &export)),
        ("stage_history.csv", write::stage_history(&export)),
        ("activities.csv", write::activities(&export)),
        ("deals.csv", write::deals(&export)),
        ("spend.csv", write::spend(&export)),
        ("truth.json", write::truth(&truth)),
    ];
    Ok(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
    use chrono_tz::Europe::Berlin;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::LazyLock;

    /// The default sample, by file name.
    static SAMPLE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| texts(&Settings::default()));

    fn texts(settings: &Settings) -> BTreeMap<String, String> {
        let text = |bytes| String::from_utf8(bytes).expect("files are UTF-8");
        files(settings).expect("valid settings").into_iter().map(|(name, bytes)| (name, text(bytes))).collect()
    }

    /// The rows of a CSV of the sample, without the header.
    fn rows(name: &str) -> Vec<Vec<&'static str>> {
        let sample: &'static BTreeMap<String, String> = &SAMPLE;
        sample[name].lines().skip(1).map(|line| line.split(',').collect()).collect()
    }

    fn truth() -> Value {
        serde_json::from_str(&SAMPLE["truth.json"]).expect("truth.json is JSON")
    }

    fn project() -> toml::Table {
        SAMPLE["leadgauge.toml"].parse().expect("leadgauge.toml is TOML")
    }

    /// The time on the clock of Berlin; `None` for what is no instant.
    fn local(text: &str) -> Option<NaiveDateTime> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Berlin).naive_local())
    }

    fn as_of() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, 31).expect("a date")
    }

    /// A person after merging: lower-case address, earliest creation, job title, company size, industry, ids.
    struct Person {
        created: NaiveDateTime,
        attributes: [&'static str; 3],
        channel: &'static str,
        test: bool,
    }

    /// People, and the person of each id.
    fn people() -> (Vec<Person>, BTreeMap<&'static str, usize>) {
        let (mut people, mut of_id, mut of_address) = (Vec::<Person>::new(), BTreeMap::new(), BTreeMap::new());
        for row in rows("leads.csv") {
            let address = row[1].to_lowercase();
            let next = people.len();
            let at = *of_address.entry(address.clone()).or_insert(next);
            of_id.insert(row[0], at);
            let created = local(row[2]).expect("an instant");
            if at == next {
                let test = address.ends_with("@pegelwerk.example");
                people.push(Person { created, attributes: [row[6], row[7], row[8]], channel: row[3], test });
            } else {
                assert!(created > people[at].created, "rows are sorted by creation");
            }
        }
        (people, of_id)
    }

    /// First entry of a stage by person.
    fn first_entries(stage: &str, of_id: &BTreeMap<&'static str, usize>) -> BTreeMap<usize, NaiveDateTime> {
        let mut first = BTreeMap::new();
        for row in rows("stage_history.csv").into_iter().filter(|row| row[1] == stage) {
            if let Some(at) = local(row[2]) {
                let entry = first.entry(of_id[row[0]]).or_insert(at);
                *entry = (*entry).min(at);
            }
        }
        first
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        let small = |seed| texts(&Settings { leads: 300, months: 12, seed });
        assert_eq!(small(1), small(1));
        let (one, two) = (small(1), small(2));
        for name in ["leads.csv", "stage_history.csv", "activities.csv", "spend.csv", "truth.json"] {
            assert_ne!(one[name], two[name], "{name}");
        }
    }

    #[test]
    fn the_folder_in_the_repository_is_what_the_command_writes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        for (name, text) in SAMPLE.iter() {
            let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(written == *text, "{name} differs: run `leadgauge sample --out sample-data`");
            assert!(text.len() < 900_000, "{name} has {} bytes", text.len());
        }
    }

    #[test]
    fn settings_outside_the_limits_are_refused_in_a_sentence() {
        let refused =
            |leads, months| files(&Settings { leads, months, seed: 1 }).map_err(|error| error.to_string()).err();
        assert_eq!(refused(0, 24).as_deref(), Some("a sample has 1 to 2 000 000 leads, not 0"));
        assert_eq!(refused(2_000_001, 24).as_deref(), Some("a sample has 1 to 2 000 000 leads, not 2000001"));
        assert_eq!(refused(10, 3).as_deref(), Some("a sample has 4 to 60 months, not 3"));
        assert_eq!(refused(10, 61).as_deref(), Some("a sample has 4 to 60 months, not 61"));
    }

    #[test]
    fn the_smallest_and_the_longest_samples_can_be_written() {
        for (leads, months) in [(1, 4), (40, 60)] {
            let files = texts(&Settings { leads, months, seed: 3 });
            assert_eq!(files.len(), 8);
            assert!(
                files.values().all(|text| !text.contains("{{") && !text.contains("NaN") && !text.contains("-0.0,"))
            );
            files["leadgauge.toml"].parse::<toml::Table>().expect("TOML");
        }
    }

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        for name in ["leads.csv", "stage_history.csv", "activities.csv", "deals.csv", "spend.csv"] {
            let columns = SAMPLE[name].lines().next().map(|line| line.split(',').count());
            assert!(rows(name).iter().all(|row| Some(row.len()) == columns), "{name}");
            assert!(!SAMPLE[name].contains('"'), "{name}");
        }
    }

    #[test]
    fn the_faults_in_the_files_are_those_of_the_truth() {
        let leads = rows("leads.csv");
        let stages = rows("stage_history.csv");
        let activities = rows("activities.csv");
        let project = project();
        let ids: BTreeSet<&str> = leads.iter().map(|row| row[0]).collect();
        let (people, of_id) = people();
        let names = |table: &str| project[table].as_table().expect("a table").keys().cloned().collect::<BTreeSet<_>>();
        let (channels, labels) = (names("channels"), names("stages"));
        let mut unlike = BTreeSet::new();
        let (mqls, sqls) =
            (first_entries("Marketing Qualified Lead", &of_id), first_entries("Sales Qualified Lead", &of_id));
        let spend = rows("spend.csv");
        let paid: BTreeSet<(&str, &str)> = spend.iter().map(|row| (row[0], row[1])).collect();
        let spenders = paid.iter().map(|(_, channel)| channel).collect::<BTreeSet<_>>().len();
        let found = [
            ("duplicate_leads", leads.len() - people.len()),
            ("blank_channels", leads.iter().filter(|row| row[3].is_empty()).count()),
            ("channels_not_set", leads.iter().filter(|row| row[3] == "(not set)").count()),
            (
                "channel_aliases",
                leads.iter().filter(|row| !["", "(not set)"].contains(&row[3]) && !channels.contains(row[3])).count(),
            ),
            ("blank_company_sizes", people.iter().filter(|person| person.attributes[1].is_empty()).count()),
            ("test_leads", people.iter().filter(|person| person.test).count()),
            ("orphan_activities", activities.iter().filter(|row| !ids.contains(row[0])).count()),
            (
                "activities_after_as_of",
                activities.iter().filter(|row| local(row[2]).is_some_and(|at| at.date() > as_of())).count(),
            ),
            ("duplicate_activities", activities.iter().filter(|row| !unlike.insert((*row).clone())).count()),
            ("sql_before_mql", mqls.iter().filter(|(at, mql)| sqls.get(at).is_some_and(|sql| sql < mql)).count()),
            ("unparseable_dates", stages.iter().filter(|row| local(row[2]).is_none()).count()),
            ("unknown_stage_labels", stages.iter().filter(|row| !labels.contains(row[1])).count()),
            ("negative_spend_rows", spend.iter().filter(|row| row[2].starts_with('-')).count()),
            ("missing_spend_months", spenders * 24 - paid.len()),
        ];
        let dirt = truth()["dirt"].as_object().expect("an object").clone();
        assert_eq!(dirt.len(), found.len());
        for (kind, n) in found {
            assert_eq!(dirt[kind], Value::from(n), "{kind}");
            assert!(n > 0, "{kind}");
        }
    }

    #[test]
    fn nothing_but_the_planted_activities_is_later_than_as_of() {
        let late = |name: &str, column: usize| {
            let date = |text: &str| local(text).map(|at| at.date()).or_else(|| text.parse().ok());
            rows(name).iter().filter(|row| date(row[column]).is_some_and(|on| on > as_of())).count()
        };
        assert_eq!(
            late("leads.csv", 2) + late("stage_history.csv", 2) + late("deals.csv", 2) + late("deals.csv", 3),
            0
        );
        let mut last = BTreeMap::new();
        for row in rows("deals.csv") {
            assert_eq!(row[3].is_empty(), row[4] == "open");
            assert!(last.insert(row[0], row[2]).is_none(), "deal ids are unique");
        }
    }

    #[test]
    fn every_alias_in_the_files_is_mapped_by_the_project() {
        let project = project();
        let mut known = BTreeSet::from([String::new()]);
        for (channel, aliases) in project["channels"].as_table().expect("a table") {
            known.insert(channel.clone());
            known.extend(aliases.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)));
        }
        assert!(rows("leads.csv").iter().all(|row| known.contains(row[3])));
        assert!(rows("spend.csv").iter().all(|row| known.contains(row[1])));
    }

    #[test]
    fn the_counts_of_the_truth_are_those_of_the_files() {
        let (people, of_id) = people();
        let (mqls, sqls) =
            (first_entries("Marketing Qualified Lead", &of_id), first_entries("Sales Qualified Lead", &of_id));
        for month in truth()["by_mql_month"].as_array().expect("an array") {
            let name = month["month"].as_str().expect("a month");
            let of_month: Vec<_> =
                mqls.iter().filter(|(at, mql)| !people[**at].test && mql.format("%Y-%m").to_string() == name).collect();
            assert_eq!(month["mqls"], Value::from(of_month.len()), "{name}");
            let lag = |at: &usize, mql: &NaiveDateTime| sqls.get(at).map(|sql| (sql.date() - mql.date()).num_days());
            let converted =
                of_month.iter().filter(|(at, mql)| lag(at, mql).is_some_and(|days| (0..=90).contains(&days)));
            // An SQL of a second episode within 90 days of the first MQL is not in the truth's count; there are few.
            let (converted, told) = (converted.count() as u64, month["sqls_within_90_days_by_as_of"].as_u64());
            assert!(
                told.is_some_and(|told| told <= converted && converted - told <= 1),
                "{name}: {converted} {told:?}"
            );
        }
        let blank = people.iter().filter(|person| person.channel.is_empty() && !person.test).count();
        let truth = truth();
        let of_channel =
            truth["by_channel"].as_array().and_then(|rows| rows.iter().find(|row| row["channel"] == "(blank)"));
        assert_eq!(of_channel.map(|row| row["leads_created"].clone()), Some(Value::from(blank)));
    }

    /// Points for a text under rules of the project file: an exact value beats a pattern, then most points.
    fn fit_points(rules: &toml::Table, text: &str) -> i64 {
        let text = text.trim().to_lowercase();
        let matches = |pattern: &str| {
            let parts: Vec<&str> = pattern.split('*').collect();
            let (first, last) = (parts[0], parts[parts.len() - 1]);
            text.starts_with(first) && text.ends_with(last) && parts.iter().all(|part| text.contains(part))
        };
        let exact =
            rules.iter().find(|(rule, _)| rule.to_lowercase() == text).and_then(|(_, points)| points.as_integer());
        let pattern = rules
            .iter()
            .filter(|(rule, _)| rule.contains('*') && !text.is_empty() && matches(&rule.to_lowercase()))
            .filter_map(|(_, points)| points.as_integer())
            .max();
        exact.or(pattern).unwrap_or(0)
    }

    #[test]
    fn replaying_the_project_files_points_gives_the_recorded_mql_moments() {
        let (people, of_id) = people();
        let project = project();
        let versions: Vec<&toml::Table> =
            project["criteria"].as_array().expect("versions").iter().filter_map(toml::Value::as_table).collect();
        let from = versions[1]["effective_from"].as_str().and_then(|day| day.parse::<NaiveDate>().ok()).expect("a day");
        let change = from.and_time(NaiveTime::MIN);
        let mut actions: Vec<BTreeSet<(NaiveDateTime, &str)>> = vec![BTreeSet::new(); people.len()];
        for row in rows("activities.csv") {
            let at = local(row[2]).expect("an instant");
            if let Some(person) = of_id.get(row[0]).filter(|_| at.date() <= as_of()) {
                actions[*person].insert((at, row[1]));
            }
        }
        let score =
            |person: &Person, actions: &BTreeSet<(NaiveDateTime, &str)>, at: NaiveDateTime, version: &toml::Table| {
                let fit: i64 = ["job_title", "company_size", "industry"]
                    .iter()
                    .zip(person.attributes)
                    .filter_map(|(name, text)| Some(fit_points(version["fit"].get(name)?.as_table()?, text)))
                    .sum();
                let points = version["points"].as_table().expect("points");
                let behaviour: i64 = points
                    .iter()
                    .map(|(kind, points)| {
                        let n = actions.iter().filter(|(when, what)| *when <= at && what == kind).count() as i64;
                        let cap = version.get("caps").and_then(|caps| caps.get(kind)).and_then(toml::Value::as_integer);
                        points.as_integer().unwrap_or(0) * n.min(cap.unwrap_or(i64::MAX))
                    })
                    .sum();
                fit + behaviour
            };
        let recorded = first_entries("Marketing Qualified Lead", &of_id);
        let (mut alike, mut alike_mqls) = (0, 0);
        for (number, person) in people.iter().enumerate() {
            let mut instants: BTreeSet<NaiveDateTime> = actions[number].iter().map(|(at, _)| *at).collect();
            instants.insert(person.created);
            instants.insert(change.max(person.created));
            let crossed = instants.into_iter().find(|at| {
                let version = versions[usize::from(*at >= change)];
                score(person, &actions[number], *at, version) >= version["threshold"].as_integer().unwrap_or(i64::MAX)
            });
            alike += usize::from(crossed == recorded.get(&number).copied());
            alike_mqls += usize::from(crossed.is_some() && crossed == recorded.get(&number).copied());
        }
        assert!(alike * 1_000 >= people.len() * 990, "{alike} of {} leads", people.len());
        assert!(alike_mqls * 1_000 >= recorded.len() * 995, "{alike_mqls} of {} MQLs", recorded.len());
    }

    #[test]
    fn the_story_is_in_the_numbers() {
        let truth = truth();
        let rate = |value: &Value| value["expected_rate_90"].as_f64().expect("a rate");
        let change = &truth["criteria_change"];
        assert!(rate(&change["before"]) < 0.13 && (0.15..0.20).contains(&rate(&change["after"])));
        assert!(change["mqls_per_month_before"].as_f64() > change["mqls_per_month_after"].as_f64());
        let channels = truth["by_channel"].as_array().expect("an array");
        let of = |name: &str| {
            let row = channels.iter().find(|row| row["channel"] == name).expect("a channel");
            (rate(&row["report_period"]), row["cost_per_mql"].as_f64())
        };
        let (dear, good) = (of("content_syndication"), of("referral"));
        assert!(dear.0 < 0.07 && dear.1 > of("paid_search").1 && dear.1 > of("webinar").1);
        for name in ["organic_search", "paid_search", "paid_social", "webinar", "event"] {
            assert!((dear.0..good.0).contains(&of(name).0), "{name}");
        }
        let decision = &truth["decision"];
        assert!(decision["best_threshold"].as_i64() > decision["current_threshold"].as_i64());
        assert!(decision["marginal_rate_at_the_bar"].as_f64() < decision["break_even_rate"].as_f64());
        assert!(truth["people"]["mqls"].as_u64() >= Some(1_000) && truth["people"]["sqls"].as_u64() >= Some(150));
    }
}
