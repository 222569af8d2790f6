//! How does a project file become a plan, and what in it cannot be?
//!
//! Everything that takes more than one key, a calendar or a list of names to judge is judged here; what concerns a
//! single key stands in the schema of [`super::file`]. A plan comes out only when no problem was found.

use super::file::{
    self, ColumnName, ConfigFile, Constant, CriteriaFile, FormatName, LocaleName, Paths, Placed, PresetName,
    ReportFile, SectionName, SourceFile,
};
use super::plan::{
    AlternateBenchmark, Benchmark, CalibrationSettings, ChannelBenchmark, Criteria, DateOrder, DecimalMark, Economics,
    Exclude, FitMatch, FitRule, Format, Funnel, Header, InferSkipped, Locale, People, Plan, Preset, ReportPlan, Source,
    SpendSettings, Table, VerdictLimits, Windows,
};
use super::problem::{ConfigError, Problem};
use super::shape::{self, closest, key, quoted, slips};
use crate::finding;
use crate::vocabulary::{Day, Stage};
use chrono_tz::Tz;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use toml::de::DeTable;

/// Reads a project file; its folder is what the sources' paths are relative to.
///
/// # Errors
/// Everything that is wrong with the file, or why it cannot be read.
pub fn load(path: &Path) -> Result<Plan, ConfigError> {
    let name = path.display().to_string();
    let unreadable =
        |says: String| ConfigError::new(&name, "", vec![Problem { span: None, message: says, help: None }]);
    let bytes = std::fs::read(path).map_err(|error| unreadable(format!("the project file cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let mut error = unreadable(format!("the project file is not UTF-8 text (line {line})"));
        error.problems[0].help = Some("save it with the encoding UTF-8".to_string());
        error
    })?;
    parse(&text, &name, path.parent().unwrap_or(Path::new("")))
}

/// Reads the text of a project file. `name` is what the file is called in messages, `root` the folder that the
/// sources' paths are relative to.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse(text: &str, name: &str, root: &Path) -> Result<Plan, ConfigError> {
    let (mut table, broken) = DeTable::parse_recoverable(text);
    if !broken.is_empty() {
        return Err(broken_syntax(text, name, &broken));
    }
    let mut problems = shape::check(table.get_mut(), &super::schema());
    let plan = match ConfigFile::deserialize(toml::Deserializer::from(table)) {
        Ok(file) => {
            let mut resolver = Resolver { problems };
            let plan = resolver.plan(&file, root, text);
            problems = resolver.problems;
            Some(plan)
        }
        Err(error) => {
            problems.push(Problem { span: error.span(), message: error.message().to_string(), help: None });
            None
        }
    };
    match plan {
        Some(plan) if problems.is_empty() => Ok(plan),
        _ => Err(ConfigError::new(name, text, problems)),
    }
}

/// What is not TOML: the first fault of each line, since the others mostly follow from it.
fn broken_syntax(text: &str, name: &str, faults: &[toml::de::Error]) -> ConfigError {
    let mut lines = BTreeSet::new();
    let mut problems = Vec::new();
    for fault in faults {
        let start = text.floor_char_boundary(fault.span().map_or(0, |span| span.start));
        let before = &text[..start];
        if !lines.insert(before.matches('\n').count()) {
            continue;
        }
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let help = line.contains('\\').then(|| "write paths with /, or in single quotation marks".to_string());
        problems.push(Problem { span: fault.span(), message: format!("not TOML: {}", fault.message()), help });
    }
    ConfigError::new(name, text, problems)
}

/// The plan of a folder of exports without a project file: defaults throughout, named after the folder.
pub fn without_file(root: &Path) -> Plan {
    Resolver { problems: Vec::new() }.plan(&ConfigFile::default(), root, "")
}

/// Gathers problems while the plan is put together; where one is found, the default stands in.
struct Resolver {
    problems: Vec<Problem>,
}

impl Resolver {
    fn plan(&mut self, file: &ConfigFile, root: &Path, text: &str) -> Plan {
        let zone = file.timezone.as_ref().and_then(|zone| self.zone(zone));
        let currency = file.currency.as_ref().and_then(|currency| self.currency(currency.value(), currency.span()));
        let currency = currency.unwrap_or_else(|| file::CURRENCY.to_string());
        let channels = self.channels(file);
        let report = file.report.clone().unwrap_or_default();
        let (formats, remarks) = self.formats(report.formats.as_ref());
        let quality = self.quality(file);
        let windows = file.windows.clone().unwrap_or_default();
        let economics = file.economics.clone().unwrap_or_default();
        let funnel = file.funnel.clone().unwrap_or_default();
        let verdict = file.verdict.clone().unwrap_or_default();
        let calibration = file.calibration.clone().unwrap_or_default();
        self.engine(file);
        let stages = self.stages(file);
        let mut sources = self.sources(file);
        sources.iter_mut().for_each(|source| source.stages.clone_from(&stages));
        Plan {
            project: file.project.as_ref().map_or_else(|| folder_name(root), |name| name.value().trim().to_string()),
            root: root.to_path_buf(),
            timezone: zone.unwrap_or(Tz::UTC),
            currency_rates: self.currency_rates(file, &currency),
            currency,
            currency_is_given: file.currency.is_some(),
            recognised: None,
            as_of: file.as_of.as_ref().and_then(|day| day.value().parse().ok()),
            month: None,
            sources,
            stages,
            windows: Windows {
                mql_to_sql_days: windows.mql_to_sql_days.unwrap_or(file::MQL_TO_SQL_DAYS),
                sql_to_customer_days: windows.sql_to_customer_days.unwrap_or(file::SQL_TO_CUSTOMER_DAYS),
                mql_to_customer_days: windows.mql_to_customer_days.unwrap_or(file::MQL_TO_CUSTOMER_DAYS),
            },
            benchmark: self.benchmark(file, &channels),
            spend: SpendSettings { lag_days: self.lag_days(file, &channels) },
            channels,
            criteria: self.criteria(file),
            economics: Economics {
                value_per_sql: economics.value_per_sql,
                sales_cost_per_mql: economics.sales_cost_per_mql,
                capacity_per_month: economics.capacity_per_month,
            },
            exclude: self.exclude(file),
            report: self.report(&report, root, formats),
            quality,
            funnel: Funnel {
                infer_skipped: match funnel.infer_skipped.unwrap_or(file::INFER_SKIPPED) {
                    true => InferSkipped::Yes,
                    false => InferSkipped::No,
                },
                sla_days: funnel.sla_days.unwrap_or(file::SLA_DAYS),
                hand_raiser: funnel
                    .hand_raiser
                    .as_deref()
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(str::to_string),
            },
            people: People::default(),
            verdict: VerdictLimits {
                least_maturity: verdict.least_maturity.unwrap_or(file::LEAST_MATURITY),
                level: verdict.level.unwrap_or(file::LEVEL),
                most_untouched: verdict.most_untouched.unwrap_or(file::MOST_UNTOUCHED),
            },
            calibration: CalibrationSettings {
                delay_per_week: calibration.delay_per_week.unwrap_or(file::DELAY_PER_WEEK),
                odds_factor: calibration.odds_factor.unwrap_or(file::ODDS_FACTOR),
                notch: calibration.notch.unwrap_or(file::NOTCH),
                seed: calibration.seed.unwrap_or(file::SEED),
            },
            remarks,
            config_sha256: Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn wrong(&mut self, span: Range<usize>, says: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::at(span, says).help(help));
    }

    fn zone(&mut self, zone: &Placed<String>) -> Option<Tz> {
        let name = zone.value().trim();
        let known = name.parse().ok();
        if known.is_none() {
            let help = match nearest_zone(name) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write a name of the IANA list, for example \"Australia/Sydney\" or \"UTC\"".to_string(),
            };
            self.wrong(zone.span(), format!("unknown time zone {}", quoted(name)), help);
        }
        known
    }

    fn currency(&mut self, code: &str, span: Range<usize>) -> Option<String> {
        let code = code.trim();
        if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some(code.to_ascii_uppercase());
        }
        let says = format!("a currency has three letters, found {}", quoted(code));
        self.wrong(span, says, "write its ISO code, for example \"AUD\"");
        None
    }

    fn currency_rates(&mut self, file: &ConfigFile, own: &str) -> BTreeMap<String, f64> {
        let mut rates = BTreeMap::new();
        for (code, rate) in file.currency_rates.iter().flatten() {
            let Some(name) = self.currency(code.value(), code.span()) else { continue };
            let rate_value = rate.value().0;
            if name == own && rate_value != 1.0 {
                let says = format!("{own} is the project's own currency: one {own} is worth 1 {own}, not {rate_value}");
                self.wrong(
                    rate.span(),
                    says,
                    "a rate says what one unit of the other currency is worth in the project's own",
                );
            }
            if rates.insert(name.clone(), rate_value).is_some() {
                self.wrong(code.span(), format!("{name} has two rates"), "keep one of them");
            }
        }
        rates
    }

    fn sources(&mut self, file: &ConfigFile) -> Vec<Source> {
        let mut sources = Vec::new();
        for (name, files) in file.sources.iter().flatten() {
            // Other names have been told by the schema.
            if let Some(table) = Table::ALL.into_iter().find(|table| table.name() == name.value()) {
                sources.extend(files.0.iter().map(|source| self.source(table, source)));
            }
        }
        sources.sort_by_key(|source| source.table);
        sources
    }

    fn source(&mut self, table: Table, source: &SourceFile) -> Source {
        let header = if source.header.unwrap_or(true) { Header::Present } else { Header::Absent };
        let mut columns = BTreeMap::new();
        for (name, at) in source.columns.iter().flatten() {
            self.column_name(table, name);
            columns.insert(name.value().clone(), self.column_place(at, header));
        }
        let mut constants = BTreeMap::new();
        for (name, constant) in source.constants.iter().flatten() {
            self.column_name(table, name);
            if columns.contains_key(name.value()) {
                let says = format!("`{}` stands under both `columns` and `constants`", key(name.value()));
                self.wrong(name.span(), says, "keep the one that is meant");
            }
            constants.insert(
                name.value().clone(),
                match constant {
                    Constant::Text(text) => text.clone(),
                    Constant::Whole(number) => number.to_string(),
                    Constant::Number(number) => number.to_string(),
                },
            );
        }
        let mut stage_dates = BTreeMap::new();
        for (name, at) in source.stage_dates.iter().flatten() {
            if !matches!(table, Table::Leads | Table::StageHistory) {
                let says = format!("`stage_dates` has no meaning for {}", table.name());
                self.wrong(name.span(), says, "it belongs under [sources.leads.stage_dates]");
                break;
            }
            let place = self.column_place(at, header);
            if let Ok(stage) = name.value().parse::<Stage>() {
                stage_dates.insert(stage, place);
            }
        }
        Source {
            table,
            paths: match source.path.as_ref().map(Placed::value) {
                Some(Paths::One(path)) => vec![path.clone()],
                Some(Paths::Many(paths)) => paths.clone(),
                None => Vec::new(),
            },
            preset: source.preset.as_ref().map(|name| name.value().trim().to_lowercase()),
            sheet: source.sheet.clone(),
            columns,
            stage_dates,
            stages: BTreeMap::new(),
            constants,
            decimal: source.decimal.map(|mark| match mark {
                file::DecimalMark::Point => DecimalMark::Point,
                file::DecimalMark::Comma => DecimalMark::Comma,
            }),
            dates: source.dates.map(|order| match order {
                file::DateOrder::Dmy => DateOrder::Dmy,
                file::DateOrder::Mdy => DateOrder::Mdy,
                file::DateOrder::Ymd => DateOrder::Ymd,
            }),
            zone: source.zone.as_ref().and_then(|zone| self.zone(zone)),
            header,
        }
    }

    /// Leads keep every column as an attribute; the other tables have a fixed set.
    fn column_name(&mut self, table: Table, name: &Placed<String>) {
        let known = columns_of(table);
        if table == Table::Leads {
            // Any column may become an attribute, but a slip of the pen is no attribute.
            let near = closest(name.value(), known.iter().copied(), 1);
            if let Some(near) = near.filter(|near| *near != name.value().as_str()) {
                let says = format!("leads: `{}` would become an attribute of its own", key(name.value()));
                self.wrong(name.span(), says, format!("did you mean `{near}`?"));
            }
            return;
        }
        if known.contains(&name.value().as_str()) {
            return;
        }
        let help = match closest(name.value(), known.iter().copied(), slips(name.value())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("its columns are {}; the header in the export stands on the right", known.join(", ")),
        };
        self.wrong(name.span(), format!("{} has no column `{}`", table.name(), key(name.value())), help);
    }

    fn column_place(&mut self, at: &Placed<ColumnName>, header: Header) -> String {
        match (at.value(), header) {
            (ColumnName::Header(text), Header::Present) => text.clone(),
            (ColumnName::Number(number), Header::Absent) => number.to_string(),
            (ColumnName::Number(number), Header::Present) => {
                let says = format!("column {number}: columns have numbers only with `header = false`");
                self.wrong(at.span(), says, "write the header in quotation marks, or add `header = false`");
                String::new()
            }
            (ColumnName::Header(text), Header::Absent) => match text.trim().parse::<u32>() {
                Ok(number) if number > 0 => number.to_string(),
                _ => {
                    let says = format!("column {}: with `header = false` columns have numbers", quoted(text));
                    self.wrong(at.span(), says, "write the column's number, from 1");
                    String::new()
                }
            },
        }
    }

    fn stages(&mut self, file: &ConfigFile) -> BTreeMap<String, Stage> {
        let mut stages = BTreeMap::new();
        for (label, stage) in file.stages.iter().flatten() {
            let before = stages.insert(normal(label.value()), *stage);
            if let Some(before) = before.filter(|before| before != stage) {
                let says = format!("{} means both {before} and {stage}", quoted(label.value()));
                self.wrong(label.span(), says, "case and outer space do not matter in labels: keep one of them");
            }
        }
        stages
    }

    fn channels(&mut self, file: &ConfigFile) -> BTreeMap<String, String> {
        let mut channels: BTreeMap<String, String> = BTreeMap::new();
        let named = file.channels.iter().flatten();
        for (channel, _) in named.clone() {
            let name = channel.value().trim().to_string();
            if let Some(other) = channels.insert(normal(&name), name.clone()) {
                let says = format!("`{}` and `{}` are the same channel", key(&other), key(&name));
                self.wrong(channel.span(), says, "case and outer space do not matter in channels: keep one of them");
            }
        }
        for (channel, aliases) in named {
            let name = channel.value().trim();
            for alias in aliases {
                if alias.value().trim().is_empty() {
                    // Blank and the literal "unknown" are values of their own.
                    self.wrong(
                        alias.span(),
                        "a channel's alias must not be blank",
                        "leads without a channel are shown as such",
                    );
                    continue;
                }
                let before = channels.insert(normal(alias.value()), name.to_string());
                if let Some(before) = before.filter(|before| before != name) {
                    let alias_text = quoted(alias.value());
                    let says = format!("{alias_text} stands for both `{}` and `{}`", key(&before), key(name));
                    self.wrong(alias.span(), says, "give every alias to one channel only");
                }
            }
        }
        channels
    }

    fn benchmark(&mut self, file: &ConfigFile, aliases: &BTreeMap<String, String>) -> Benchmark {
        let given = file.benchmark.clone().unwrap_or_default();
        if let Some(range) = &given.mql_to_sql {
            self.range(range);
        }
        let [low, high] = given.mql_to_sql.as_ref().map_or(file::BENCHMARK, |range| *range.value());
        let mut channels = BTreeMap::new();
        for entry in given.channel.iter().flatten() {
            if let Some(range) = &entry.mql_to_sql {
                self.range(range);
            }
            let (Some(channel), Some(range)) = (&entry.channel, &entry.mql_to_sql) else { continue };
            let written = channel.value().trim();
            let name = aliases.get(&normal(written)).map_or(written, String::as_str);
            let [low, high] = *range.value();
            let range = ChannelBenchmark { low, high, label: entry.label.clone(), source: entry.source.clone() };
            if channels.insert(name.to_string(), range).is_some() {
                self.wrong(channel.span(), format!("`{}` has two benchmarks", key(name)), "keep one of them");
            }
        }
        let mut alternates: Vec<AlternateBenchmark> = Vec::new();
        for entry in given.alternate.iter().flatten() {
            if let Some(range) = &entry.mql_to_sql {
                self.range(range);
            }
            let (Some(label), Some(range)) = (&entry.label, &entry.mql_to_sql) else { continue };
            let name = label.value().trim();
            if alternates.iter().any(|known| known.label == name) {
                self.wrong(
                    label.span(),
                    format!("two alternate ranges are called {}", quoted(name)),
                    "rename one of them",
                );
            }
            let ([low, high], source) = (*range.value(), entry.source.clone());
            alternates.push(AlternateBenchmark { label: name.to_string(), low, high, source });
        }
        Benchmark { low, high, channels, alternates }
    }

    /// The lags by the channels' own names.
    fn lag_days(&mut self, file: &ConfigFile, aliases: &BTreeMap<String, String>) -> BTreeMap<String, u32> {
        let mut lags = BTreeMap::new();
        for (channel, days) in file.spend.iter().flat_map(|spend| &spend.lag_days).flatten() {
            let written = channel.value().trim();
            let name = aliases.get(&normal(written)).map_or(written, String::as_str);
            if lags.insert(name.to_string(), days.0).is_some() {
                self.wrong(channel.span(), format!("`{}` has two lags", key(name)), "keep one of them");
            }
        }
        lags
    }

    fn range(&mut self, range: &Placed<[f64; 2]>) {
        let [low, high] = *range.value();
        if low >= high {
            let says = format!("the lower end must be below the upper one, found {low} and {high}");
            let help = if low > high {
                format!("write [{high}, {low}]")
            } else {
                "write for example [0.13, 0.31]".to_string()
            };
            self.wrong(range.span(), says, help);
        }
    }

    fn criteria(&mut self, file: &ConfigFile) -> Vec<Criteria> {
        let mut versions = Vec::new();
        let mut days = BTreeSet::new();
        for placed in file.criteria.iter().flatten() {
            let version = placed.value();
            let day: Option<Day> = version.effective_from.as_ref().and_then(|day| day.value().parse().ok());
            let is_known = day.is_some() || version.effective_from.is_none();
            if is_known && !days.insert(day) {
                let says = match day {
                    Some(day) => format!("two versions of the criteria are in force from {day}"),
                    None => "two versions of the criteria are in force since ever".to_string(),
                };
                let span = version.effective_from.as_ref().map_or(placed.span(), Placed::span);
                self.wrong(span, says, "give each version its own `effective_from`");
            }
            versions.push(self.version(day, version));
        }
        versions.sort_by_key(|version| version.effective_from);
        versions
    }

    fn version(&mut self, effective_from: Option<Day>, version: &CriteriaFile) -> Criteria {
        let points: BTreeMap<String, f64> =
            version.points.iter().flatten().map(|(action, points)| (action.value().clone(), points.0)).collect();
        let mut caps = BTreeMap::new();
        for (action, cap) in version.caps.iter().flatten() {
            if !points.contains_key(action.value()) {
                let help = match closest(action.value(), points.keys().map(String::as_str), slips(action.value())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "add it under `points`, or take the cap out".to_string(),
                };
                self.wrong(action.span(), format!("a cap for `{}`, which has no points", key(action.value())), help);
            }
            caps.insert(action.value().clone(), *cap);
        }
        let mut fit = BTreeMap::new();
        for (attribute, rules) in version.fit.iter().flatten() {
            let mut seen: BTreeSet<String> = BTreeSet::new();
            let mut resolved = Vec::new();
            for (text, points) in &rules.0 {
                if !seen.insert(normal(text.value())) {
                    let says = format!("{} stands twice under `{}`", quoted(text.value()), key(attribute.value()));
                    self.wrong(text.span(), says, "case and outer space do not matter in values: keep one of them");
                }
                match fit_match(text.value()) {
                    Ok(matches) => resolved.push(FitRule { text: text.value().clone(), matches, points: points.0 }),
                    Err(says) => self.wrong(
                        text.span(),
                        says,
                        "write a value, a number range (\"200..\", \"50..199\", \"..49\") or a pattern (\"*director*\")",
                    ),
                }
            }
            fit.insert(attribute.value().clone(), resolved);
        }
        Criteria {
            effective_from,
            // Without one, the schema has already told.
            threshold: version.threshold.unwrap_or(f64::MAX),
            lookback_days: version.lookback_days,
            half_life_days: version.half_life_days,
            points,
            caps,
            fit,
        }
    }

    fn exclude(&mut self, file: &ConfigFile) -> Exclude {
        let given = file.exclude.clone().unwrap_or_default();
        let mut exclude = Exclude::default();
        for domain in given.email_domains.iter().flatten() {
            let name = normal(domain.value());
            let name = name.strip_prefix('@').unwrap_or(&name);
            if name.is_empty() || name.contains(['@', '*']) || name.contains(char::is_whitespace) {
                let says = format!("must be a domain, found {}", quoted(domain.value()));
                self.wrong(
                    domain.span(),
                    says,
                    "write for example \"our-company.example\"; patterns go under `email_patterns`",
                );
            } else {
                exclude.email_domains.push(name.to_string());
            }
        }
        for pattern in given.email_patterns.iter().flatten() {
            let text = normal(pattern.value());
            if text.chars().all(|c| c == '*') {
                let says = match text.is_empty() {
                    true => "a pattern must not be blank".to_string(),
                    false => format!("{} would leave out every lead", quoted(pattern.value())),
                };
                self.wrong(pattern.span(), says, "write for example \"test+*\"");
            } else {
                exclude.email_patterns.push(text);
            }
        }
        exclude
    }

    /// What the report shows, and how it is dressed.
    fn report(&mut self, given: &ReportFile, root: &Path, formats: Vec<Format>) -> ReportPlan {
        let preset = match given.preset.as_ref().map(|preset| *preset.value()) {
            None | Some(PresetName::Monthly) => Preset::Monthly,
            Some(PresetName::Board) => Preset::Board,
            Some(PresetName::Calibration) => Preset::Calibration,
            Some(PresetName::Brief) => Preset::Brief,
        };
        let named = given.sections.as_deref().unwrap_or_default();
        if let (Some(first), Some(last), true) = (named.first(), named.last(), preset != Preset::Monthly) {
            let says = "a preset chooses the sections itself";
            self.wrong(first.span().start..last.span().end, says, "leave out either `sections` or `preset`");
        }
        let mut sections: Vec<SectionName> = Vec::new();
        for name in named {
            if sections.contains(name.value()) {
                let says = "this section is named twice, and it is shown once";
                self.wrong(
                    name.span(),
                    says,
                    "leave one of them out: sections come in the order in which they are named",
                );
            } else {
                sections.push(*name.value());
            }
        }
        let mut judged = |text: &Placed<String>, fault: super::look::Fault| {
            self.wrong(text.span(), fault.says, fault.help);
        };
        let logo = given
            .logo
            .as_ref()
            .and_then(|text| super::look::logo(root, text.value()).map_err(|fault| judged(text, fault)).ok());
        let accent = given
            .accent
            .as_ref()
            .and_then(|text| super::look::accent(text.value()).map_err(|fault| judged(text, fault)).ok());
        let title = given
            .title
            .as_ref()
            .and_then(|text| super::look::title(text.value()).map_err(|fault| judged(text, fault)).ok());
        ReportPlan {
            months: given.months.unwrap_or(file::MONTHS),
            formats,
            title,
            logo,
            accent,
            locale: match given.locale {
                None | Some(LocaleName::En) => Locale::En,
                Some(LocaleName::EnGb) => Locale::EnGb,
                Some(LocaleName::De) => Locale::De,
                Some(LocaleName::Fr) => Locale::Fr,
                Some(LocaleName::Es) => Locale::Es,
                Some(LocaleName::Nl) => Locale::Nl,
            },
            sections: (!sections.is_empty()).then_some(sections),
            preset,
        }
    }

    fn formats(&mut self, given: Option<&Placed<Vec<FormatName>>>) -> (Vec<Format>, Vec<String>) {
        let Some(given) = given else { return (Format::USUAL.to_vec(), Vec::new()) };
        let mut formats = Vec::new();
        let mut remarks = Vec::new();
        for name in given.value() {
            let format = match name {
                FormatName::Html => Ok(Format::Html),
                FormatName::Md => Ok(Format::Markdown),
                FormatName::Json => Ok(Format::Json),
                FormatName::Pdf if cfg!(feature = "pdf") => Ok(Format::Pdf),
                FormatName::Pdf => Err("this program was built without PDF: no report.pdf is written"),
                FormatName::Xlsx => Ok(Format::Xlsx),
                FormatName::Png => Ok(Format::Png),
            };
            match format {
                Ok(format) if !formats.contains(&format) => formats.push(format),
                Err(says) if !remarks.iter().any(|remark| remark == says) => remarks.push(says.to_string()),
                _ => {}
            }
        }
        if formats.is_empty() {
            self.wrong(given.span(), "none of these formats is written by this program", "add html, xlsx, md or json");
        }
        (formats, remarks)
    }

    /// The levels of findings.
    fn quality(&mut self, file: &ConfigFile) -> BTreeMap<String, finding::Level> {
        let mut levels = BTreeMap::new();
        for (code, level) in file.quality.iter().flatten() {
            let name = code.value().trim();
            let parts = name.split_once("::").filter(|(table, what)| !table.is_empty() && !what.is_empty());
            match parts {
                None => {
                    let says = format!("{} is not the code of a finding", quoted(name));
                    self.wrong(
                        code.span(),
                        says,
                        "a code is written \"table::what\", for example \"leads::duplicate\"",
                    );
                }
                Some((table, _)) if !is_finding(name, table) => {
                    let says = format!("no finding has the code {}", quoted(name));
                    let help = match nearest_finding(name) {
                        Some(near) => format!("did you mean \"{near}\"?"),
                        None => "`leadgauge explain` lists every code".to_string(),
                    };
                    self.wrong(code.span(), says, help);
                }
                Some(_) => {}
            }
            levels.insert(name.to_string(), *level);
        }
        levels
    }

    fn engine(&mut self, file: &ConfigFile) {
        let Some(kind) = file.engine.as_ref().and_then(|engine| engine.kind.as_ref()) else { return };
        if kind.value() != "embedded" {
            let says = format!("no engine {} in this version", quoted(kind.value()));
            self.wrong(kind.span(), says, "write kind = \"embedded\": the facts are counted on this machine");
        }
    }
}

/// What a fit rule matches: a text with `*` is a pattern, one with `..` a number range, anything else a value.
fn fit_match(text: &str) -> Result<FitMatch, String> {
    let text = normal(text);
    if text.contains('*') {
        return Ok(FitMatch::Pattern(text));
    }
    let Some((low, high)) = text.split_once("..") else { return Ok(FitMatch::Value(text)) };
    let end = |end: &str| -> Result<Option<f64>, String> {
        let end = end.trim();
        if end.is_empty() {
            return Ok(None);
        }
        let starts_well = end.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        match end.parse::<f64>() {
            Ok(number) if starts_well && number.is_finite() => Ok(Some(number)),
            _ => Err(format!("{} is no number range: {} is not a number", quoted(&text), quoted(end))),
        }
    };
    match (end(low)?, end(high)?) {
        (None, None) => Err(format!("{} is no number range: it has no end", quoted(&text))),
        (Some(low), Some(high)) if low > high => {
            Err(format!("{} is no number range: {low} is above {high}", quoted(&text)))
        }
        (low, high) => Ok(FitMatch::Range { low, high }),
    }
}

/// The columns of a table; leads may have more.
fn columns_of(table: Table) -> &'static [&'static str] {
    match table {
        Table::Leads => &[
            "lead_id",
            "created_at",
            "channel",
            "campaign",
            "email",
            "account",
            "account_id",
            "job_title",
            "company_size",
            "industry",
            "country",
            "owner",
            "score",
            "score_at_mql",
            "other_ids",
            "deal_id",
        ],
        Table::StageHistory => &["lead_id", "email", "stage", "entered_at", "reason"],
        Table::Activities => &["lead_id", "email", "type", "at", "activity_id", "campaign"],
        Table::Deals => &[
            "deal_id",
            "lead_id",
            "email",
            "account",
            "account_id",
            "opened_at",
            "closed_at",
            "won_at",
            "lost_at",
            "status",
            "is_won",
            "is_closed",
            "amount",
            "currency",
            "kind",
        ],
        Table::Spend => &["month", "day", "from_day", "until_day", "channel", "amount", "campaign", "currency"],
        Table::Merges => &["lead_id", "merged_id"],
        Table::DealContacts => &["deal_id", "lead_id"],
    }
}

/// Texts are compared without case and outer space.
fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The zone that was probably meant: the name in other case, the last part of a name alone, or a slip of the pen.
fn nearest_zone(name: &str) -> Option<&'static str> {
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
    // The signs of Etc/GMT+10 and its like are turned round, so that they are never what is meant; nor is any other zone
    // near to an offset.
    let places = || names().filter(|zone| !zone.starts_with("Etc/"));
    let edits = if name.contains(|c: char| c.is_ascii_digit()) { 0 } else { name.chars().count() / 5 };
    let plain = name.replace(' ', "_");
    names()
        .find(|zone| zone.eq_ignore_ascii_case(&plain))
        .or_else(|| places().find(|zone| city(zone).eq_ignore_ascii_case(&plain)))
        .or_else(|| closest(name, places(), edits))
        .or_else(|| closest(name, places().map(city), edits).and_then(|near| places().find(|zone| city(zone) == near)))
}

/// Whether findings of this code are made: of a kind of its own, or of a table of ours for a kind that every table has.
fn is_finding(code: &str, table: &str) -> bool {
    let is_table = table == "*" || Table::ALL.into_iter().any(|known| known.name() == table);
    finding::kind(code).is_some_and(|kind| kind.code == code || is_table)
}

/// The code of the finding that was probably meant; `*::what` stands for every table's own.
fn nearest_finding(code: &str) -> Option<String> {
    let tables = || Table::ALL.into_iter().map(Table::name);
    let codes: Vec<String> = finding::KINDS
        .iter()
        .flat_map(|kind| match kind.code.strip_prefix("*::") {
            Some(what) => tables().map(|table| format!("{table}::{what}")).collect(),
            None => vec![kind.code.to_string()],
        })
        .collect();
    closest(code, codes.iter().map(String::as_str), 3).map(str::to_string)
}

/// The name of a folder, for projects that have none.
fn folder_name(root: &Path) -> String {
    let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let here = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    named(root)
        .or_else(|| here.canonicalize().ok().and_then(|path| named(&path)))
        .unwrap_or_else(|| "project".to_string())
}
