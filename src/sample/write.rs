//! How do the tables look as files? CSV with the words, ids and time stamps that each tool would use, and the pages that explain them.
//!
//! The CRM (leads, stage history) writes project-local times with an offset, the marketing automation (activities) writes UTC with
//! a `Z`, deals have dates, spend has months.

use super::export::{self, Export, LeadRow, OWN_DOMAIN, Recorded};
use super::truth::{Rates, Truth};
use super::world::{self, CHANNELS, COUNTRIES, INDUSTRIES, SIZES, TITLES, World};
use chrono::{DateTime, FixedOffset, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use std::fmt::Write;

const PREFIXES: [&str; 60] = [
    "nord", "sued", "ost", "west", "berg", "tal", "see", "fluss", "eichen", "holz", "metall", "feld", "wald", "hafen",
    "brueck", "kron", "adler", "falk", "luchs", "birk", "ahorn", "lind", "rot", "blau", "gruen", "silber", "gold",
    "kupfer", "eisen", "stahl", "alpen", "rhone", "elb", "mosel", "isar", "delta", "nova", "terra", "vela", "orbis",
    "luma", "vexa", "kora", "mira", "sola", "arda", "tavo", "rivo", "zeno", "quanta", "helio", "polar", "boreal",
    "astra", "cobalt", "onyx", "ember", "harbor", "summit", "meridian",
];
const SUFFIXES: [&str; 50] = [
    "werk", "tech", "bau", "log", "fracht", "druck", "form", "guss", "pack", "plast", "chem", "optik", "sensor",
    "motor", "getriebe", "mobil", "energie", "solar", "wind", "wasser", "lab", "med", "pharma", "food", "back", "brau",
    "textil", "mode", "handel", "markt", "daten", "soft", "netz", "system", "plan", "consult", "finanz", "kasse",
    "invest", "bank", "schule", "verlag", "medien", "studio", "haus", "rohr", "glas", "papier", "kabel", "kraft",
];

/// An invented company's domain.
fn domain(account: usize) -> String {
    let all = PREFIXES.len() * SUFFIXES.len();
    // A step without a common factor with the number of names visits every name once.
    let name = account.wrapping_mul(7_919) % all;
    let (prefix, suffix) = (PREFIXES[name / SUFFIXES.len()], SUFFIXES[name % SUFFIXES.len()]);
    match account / all {
        0 => format!("{prefix}{suffix}.example"),
        round => format!("{prefix}{suffix}{}.example", round + 1),
    }
}

fn id(number: usize) -> String {
    format!("L{number:05}")
}

/// The instant of a second on the project's clock.
fn instant(at: i64) -> DateTime<FixedOffset> {
    let clock = DateTime::<Utc>::from_timestamp(at, 0).unwrap_or_default().naive_utc();
    // In the hour that the clock skips in spring: an hour later.
    let skipped = || Berlin.from_local_datetime(&(clock + TimeDelta::hours(1))).earliest();
    let found = Berlin.from_local_datetime(&clock).earliest().or_else(skipped);
    found.map_or_else(|| clock.and_utc().fixed_offset(), |at| at.with_timezone(&at.offset().fix()))
}

fn with_offset(at: i64) -> String {
    instant(at).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn in_utc(at: i64) -> String {
    instant(at).with_timezone(&Utc).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A table as text: the header, then a row each. No cell holds a comma, a quote or a line break.
fn table<'a, Row: 'a>(header: &str, rows: &'a [Row], cells: impl Fn(&'a Row) -> Vec<String>) -> Vec<u8> {
    let mut text = format!("{header}\n");
    for row in rows {
        let line = cells(row).join(",");
        text.push_str(&line);
        text.push('\n');
    }
    text.into_bytes()
}

/// leads.csv
pub(super) fn leads(world: &World, export: &Export) -> Vec<u8> {
    let header = "lead_id,email,created_at,channel,campaign,account,job_title,company_size,industry,country";
    table(header, &export.leads, |row| lead_cells(world, export, row))
}

fn lead_cells(world: &World, export: &Export, row: &LeadRow) -> Vec<String> {
    let lead = &world.leads[row.lead];
    let channel = &CHANNELS[lead.channel];
    let test = export.tests[row.lead];
    let account = if test { OWN_DOMAIN.to_owned() } else { domain(lead.account) };
    let address = format!("{}{}@{account}", if test { "test" } else { "p" }, row.lead + 1);
    let named = match row.recorded {
        Recorded::Name => channel.name,
        Recorded::Blank => "",
        Recorded::NotSet => "(not set)",
        Recorded::Alias(alias) => channel.aliases[alias],
    };
    vec![
        id(row.id),
        if row.second { address.to_uppercase() } else { address },
        with_offset(row.created),
        named.to_owned(),
        channel.campaigns[lead.campaign].to_owned(),
        account,
        if row.second { String::new() } else { TITLES[lead.title].0.to_owned() },
        if lead.size_left_empty { String::new() } else { SIZES[lead.size].0.to_owned() },
        INDUSTRIES[lead.industry].0.to_owned(),
        COUNTRIES[lead.country].0.to_owned(),
    ]
}

/// stage_history.csv
pub(super) fn stage_history(export: &Export) -> Vec<u8> {
    table("lead_id,stage,entered_at,reason", &export.stages, |row| {
        let at = row.misprint.map_or_else(|| with_offset(row.at), str::to_owned);
        vec![id(row.id), row.stage.to_owned(), at, row.reason.to_owned()]
    })
}

/// activities.csv
pub(super) fn activities(export: &Export) -> Vec<u8> {
    table("lead_id,type,at", &export.activities, |row| {
        vec![id(row.id), export::action_name(row.action).to_owned(), in_utc(row.action.at)]
    })
}

/// deals.csv
pub(super) fn deals(export: &Export) -> Vec<u8> {
    table("deal_id,lead_id,opened_at,closed_at,status,amount,currency,kind", &export.deals, |row| {
        let suffix = if row.kind == "renewal" { "-R" } else { "" };
        vec![
            format!("D{:05}{suffix}", row.id),
            id(row.id),
            row.opened.to_string(),
            row.closed.map_or_else(String::new, |day| day.to_string()),
            row.status.to_owned(),
            format!("{}.00", row.amount),
            "EUR".to_owned(),
            row.kind.to_owned(),
        ]
    })
}

/// spend.csv
pub(super) fn spend(export: &Export) -> Vec<u8> {
    table("month,channel,amount,currency", &export.spend, |row| {
        let (sign, cents) = (if row.cents < 0 { "-" } else { "" }, row.cents.abs());
        let amount = format!("{sign}{}.{:02}", cents / 100, cents % 100);
        vec![row.month.to_string(), CHANNELS[row.channel].name.to_owned(), amount, "EUR".to_owned()]
    })
}

/// truth.json
pub(super) fn truth(truth: &Truth) -> Vec<u8> {
    let text = serde_json::to_string_pretty(truth).expect("the truth has only text keys and finite numbers");
    (text + "\n").into_bytes()
}

/// leadgauge.toml
pub(super) fn project(world: &World) -> Vec<u8> {
    include_str!("leadgauge.template.toml")
        .replace("{{as_of}}", &world.as_of.to_string())
        .replace("{{first_day}}", &world.start.first_day().to_string())
        .replace("{{changed_on}}", &world.changed_on.to_string())
        .replace("{{own_domain}}", OWN_DOMAIN)
        .into_bytes()
}

/// README.md
pub(super) fn readme(world: &World, export: &Export, truth: &Truth) -> Vec<u8> {
    let settings = &truth.settings;
    let change = &truth.criteria_change;
    let decision = &truth.decision;
    let dirt = &truth.dirt;
    let lag = |days: Option<i64>| days.map_or_else(|| "–".to_owned(), |days| days.to_string());
    let won = (truth.deals.new_won_amount.checked_div(i64::from(truth.deals.new_won))).unwrap_or(0);
    let good = &decision.equally_good;
    let push = match world.settings.months {
        ..world::MONTHS_WITH_A_PUSH => "",
        _ => " In spring 2026 Pegelwerk bought twice as much of it: MQLs rose, the rate did not.",
    };
    let values: Vec<(&str, String)> = vec![
        ("leads", settings.leads.to_string()),
        ("months", settings.months.to_string()),
        ("seed", settings.seed.to_string()),
        ("as_of", settings.as_of.to_string()),
        ("first_month", settings.first_month.long()),
        ("last_month", settings.report_to.long()),
        ("report_from", settings.report_from.to_string()),
        ("report_to", settings.report_to.to_string()),
        ("explored_from", world.explored_from.to_string()),
        ("own_domain", OWN_DOMAIN.to_owned()),
        ("push", push.to_owned()),
        ("rows_leads", export.leads.len().to_string()),
        ("rows_stages", export.stages.len().to_string()),
        ("rows_activities", export.activities.len().to_string()),
        ("rows_deals", export.deals.len().to_string()),
        ("rows_spend", export.spend.len().to_string()),
        ("people", truth.people.leads.to_string()),
        ("mqls", truth.people.mqls.to_string()),
        ("re_mqls", truth.people.re_mqls.to_string()),
        ("sqls", truth.people.sqls.to_string()),
        ("customers", truth.people.customers.to_string()),
        ("renewals", truth.deals.renewals.to_string()),
        ("average_deal", won.to_string()),
        ("skipped", truth.people.skipped_mqls.to_string()),
        ("explored", truth.people.explored_below_the_bar.to_string()),
        ("explored_sqls", truth.people.explored_that_became_sqls.to_string()),
        ("not_picked_up", truth.people.mqls_never_picked_up.to_string()),
        ("changed_on", change.effective_from.to_string()),
        ("threshold_before", change.threshold_before.to_string()),
        ("threshold_after", change.threshold_after.to_string()),
        ("rate_before", percent(change.before.expected_rate_90)),
        ("rate_after", percent(change.after.expected_rate_90)),
        ("per_month_before", format!("{:.0}", change.mqls_per_month_before)),
        ("per_month_after", format!("{:.0}", change.mqls_per_month_after)),
        ("rate_report", percent(truth.report_period.expected_rate_90)),
        ("mqls_report", truth.report_period.mqls.to_string()),
        ("lag_p50", lag(truth.lag_days.p50)),
        ("lag_p90", lag(truth.lag_days.p90)),
        ("break_even", percent(Some(decision.break_even_rate))),
        ("marginal", percent(decision.marginal_rate_at_the_bar)),
        ("best", decision.best_threshold.to_string()),
        ("good_from", good.first().map_or_else(String::new, i32::to_string)),
        ("good_to", good.last().map_or_else(String::new, i32::to_string)),
        ("value_per_sql", format!("{:.0}", decision.value_per_sql)),
        ("sales_cost", format!("{:.0}", decision.sales_cost_per_mql)),
        ("duplicate_leads", dirt.duplicate_leads.to_string()),
        ("blank_channels", dirt.blank_channels.to_string()),
        ("channel_aliases", dirt.channel_aliases.to_string()),
        ("channels_not_set", dirt.channels_not_set.to_string()),
        ("blank_company_sizes", dirt.blank_company_sizes.to_string()),
        ("test_leads", dirt.test_leads.to_string()),
        ("orphan_activities", dirt.orphan_activities.to_string()),
        ("activities_after_as_of", dirt.activities_after_as_of.to_string()),
        ("duplicate_activities", dirt.duplicate_activities.to_string()),
        ("sql_before_mql", dirt.sql_before_mql.to_string()),
        ("unparseable_dates", dirt.unparseable_dates.to_string()),
        ("unknown_stage_labels", dirt.unknown_stage_labels.to_string()),
        ("negative_spend_rows", dirt.negative_spend_rows.to_string()),
        ("missing_spend_months", dirt.missing_spend_months.to_string()),
        ("channel_table", channel_table(truth)),
        ("month_table", month_table(truth)),
    ];
    let mut text = include_str!("README.template.md").to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), &value);
    }
    text.into_bytes()
}

fn channel_table(truth: &Truth) -> String {
    let mut text = String::new();
    for row in &truth.by_channel {
        let Rates { mqls, expected_rate_90, .. } = row.report_period;
        let money = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
        let (cost, per_sql) = (money(row.cost_per_mql), money(row.expected_cost_per_sql));
        let rate = percent(expected_rate_90);
        let _ = writeln!(text, "| {} | {mqls} | {rate} | {cost} | {per_sql} |", row.channel);
    }
    text.trim_end().to_owned()
}

fn month_table(truth: &Truth) -> String {
    let mut text = String::new();
    for row in &truth.by_mql_month {
        let Rates { mqls, expected_rate_90, sqls_within_90_days_by_as_of: sqls, .. } = row.rates;
        let (month, leads, rate) = (row.month, row.leads_created, percent(expected_rate_90));
        let _ = writeln!(text, "| {month} | {leads} | {mqls} | {rate} | {sqls} |");
    }
    text.trim_end().to_owned()
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}
