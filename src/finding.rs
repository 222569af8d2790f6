//! What is wrong with the data, without being a reason to stop: which row, how many, and what it does to the numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding matters: `allow` is not shown, `deny` makes the run end with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not shown.
    Allow,
    /// Shown; changes no number worth a warning.
    Info,
    /// Shown; may change a number.
    Warn,
    /// Shown, and the run ends with exit code 1.
    Deny,
}

/// Something that is wrong with the data: a code, how many of how many rows, and up to three examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `table::what`, for example `activities::unknown_lead`.
    pub code: String,
    /// How much it matters.
    pub level: Level,
    /// The table it was found in.
    pub table: String,
    /// Rows (or leads) concerned.
    pub count: u64,
    /// Rows (or leads) looked at.
    pub of: u64,
    /// count ÷ of; `null` where nothing was looked at.
    pub share: Option<f64>,
    /// Row numbers and ids, never free text; at most three.
    pub examples: Vec<String>,
    /// One sentence: what was found and what it does to which metric.
    pub says: String,
    /// What to do about it.
    pub help: String,
}

/// A kind of finding: what its code means, how loud it is by default, and what to do.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `table::what`, or `*::what` for a kind that every table has.
    pub code: &'static str,
    /// Level unless the project's `[quality]` says otherwise.
    pub level: Level,
    /// Sentence with `{count}` and `{of}`: what was found and what it does to which metric.
    pub says: &'static str,
    /// What to do about it; `{table}` is the finding's table.
    pub help: &'static str,
}

impl Kind {
    /// What to do about it where it is a finding of this table.
    pub fn help_for(&self, table: &str) -> String {
        self.help.replace("{table}", if table == "*" { "…" } else { table })
    }
}

/// Every kind of finding.
pub const KINDS: &[Kind] = &[
    Kind {
        code: "*::bad_date",
        level: Level::Warn,
        says: "{count} of {of} rows have a date that cannot be read; they are rejected and count in no metric",
        help: "correct the cells listed in rejected/, or say how dates are written with `dates = \"dmy\"` (or \"mdy\") under [sources.{table}]",
    },
    Kind {
        code: "*::ambiguous_date",
        level: Level::Warn,
        says: "{count} of {of} rows have a date whose day and month cannot be told apart; they are rejected and count in no metric",
        help: "set `dates = \"dmy\"` or `dates = \"mdy\"` under [sources.{table}] in the project file",
    },
    Kind {
        code: "*::missing_value",
        level: Level::Warn,
        says: "{count} of {of} rows lack a value that the table needs; they are rejected and count in no metric",
        help: "fill the cells listed in rejected/ and export again",
    },
    Kind {
        code: "*::ragged_row",
        level: Level::Warn,
        says: "{count} of {of} rows have more cells than the header has columns; they are rejected, because their cells may have shifted",
        help: "quote cells that contain the delimiter",
    },
    Kind {
        code: "*::unknown_lead",
        level: Level::Warn,
        says: "{count} of {of} rows name a lead that is not among the leads; they are rejected and count in no metric",
        help: "export the missing leads too, or check that both exports use the same kind of id",
    },
    Kind {
        code: "*::duplicate",
        level: Level::Info,
        says: "{count} of {of} rows repeat another row; each is counted once",
        help: "nothing to do; overlapping exports look like this",
    },
    Kind {
        code: "*::after_as_of",
        level: Level::Info,
        says: "{count} of {of} rows lie after the last visible day; they change no number",
        help: "if these dates are real, set `as_of` to a later day",
    },
    Kind {
        code: "*::not_utf8",
        level: Level::Warn,
        says: "{count} of {of} rows hold bytes that are not UTF-8; what they stand for is shown as \u{fffd}, and names that differ only there are taken for one",
        help: "export the file again as CSV (UTF-8)",
    },
    Kind {
        code: "*::no_rows",
        level: Level::Warn,
        says: "the file has a header and no rows; what rests on this table is unavailable",
        help: "export {table} again, or remove the source from the project file",
    },
    Kind {
        code: "*::set_aside",
        level: Level::Info,
        says: "{count} of {of} rows are of a kind that this table does not hold (other fields, other events, deleted records); they are set aside and change no number",
        help: "nothing to do; `leadgauge check` shows what the file was taken for",
    },
    Kind {
        code: "leads::bad_stage_date",
        level: Level::Warn,
        says: "{count} of {of} leads have a stage date that cannot be read; the lead counts, that stage of it is lost",
        help: "correct the cells listed in rejected/, or say how dates are written with `dates = \"dmy\"` (or \"mdy\") under [sources.leads]",
    },
    Kind {
        code: "leads::ambiguous_stage_date",
        level: Level::Warn,
        says: "{count} of {of} leads have a stage date whose day and month cannot be told apart; the lead counts, that stage of it is lost",
        help: "set `dates = \"dmy\"` or `dates = \"mdy\"` under [sources.leads] in the project file",
    },
    Kind {
        code: "leads::stage_dates_disagree",
        level: Level::Info,
        says: "{count} of {of} leads have two columns for the date of one stage that do not agree; the one that the CRM keeps itself counts",
        help: "see `leadgauge check` for which column that is",
    },
    Kind {
        code: "*::ambiguous_lead",
        level: Level::Warn,
        says: "{count} of {of} rows name a lead by an id that several people have in different files; they are rejected and count in no metric",
        help: "add the e-mail address to this export, or give the leads ids that are theirs alone",
    },
    Kind {
        code: "leads::ids_collide",
        level: Level::Warn,
        says: "{count} of {of} lead rows have an id that is another person's in another file (the e-mail addresses differ), so these files are taken to number their leads each for itself",
        help: "nothing to do if they do; otherwise correct the e-mail addresses",
    },
    Kind {
        code: "leads::shared_email",
        level: Level::Warn,
        says: "{count} of {of} lead rows have an e-mail address that stands on more than five records of one file; it is taken for a placeholder or a shared mailbox, and the records for different people",
        help: "leave the address empty where it is not known",
    },
    Kind {
        code: "leads::unread_stage_date",
        level: Level::Warn,
        says: "columns of the leads' export that hold dates and seem to date a stage are not read: {count}",
        help: "say which stage each one dates, for example stage_dates = { sql = \"…\" } under [sources.leads], or map your label under [stages]",
    },
    Kind {
        code: "leads::duplicate",
        level: Level::Info,
        says: "{count} of {of} lead rows are second records of a person already known (same id or same e-mail); they are merged, first touch wins",
        help: "nothing to do; merge them in the CRM if they should not come again",
    },
    Kind {
        code: "leads::blank_channel",
        level: Level::Info,
        says: "{count} of {of} leads have no channel; they are shown as \"(blank)\", apart from \"unknown\"",
        help: "see which form or import leaves the source empty",
    },
    Kind {
        code: "leads::excluded",
        level: Level::Info,
        says: "{count} of {of} leads are excluded as tests or own staff; they count in no metric",
        help: "the rules stand under [exclude] in the project file",
    },
    Kind {
        code: "leads::mql_before_created",
        level: Level::Warn,
        says: "{count} of {of} leads entered a stage on a day before the one on which they were created; they are no conversion from lead to MQL, and the creation dates may be those of an import",
        help: "export the date on which the person was first known, not the one on which the record was made",
    },
    Kind {
        code: "leads::import_day",
        level: Level::Warn,
        says: "{count} of {of} leads were created on a day of mass creation, with at least ten times the leads of the median day: these are the dates of an import, so the leads of that month and the time from lead to MQL are wrong",
        help: "export an original creation date if the CRM keeps one; MQL→SQL and everything after it stand",
    },
    Kind {
        code: "leads::exploding_channels",
        level: Level::Warn,
        says: "{count} different channels were found among {of} leads: the column holds campaigns, pages or free text rather than channels, so what is said by channel rests on few leads each",
        help: "name another column as channel under [sources.leads], or gather its values under [channels]",
    },
    Kind {
        code: "leads::channel_without_spend",
        level: Level::Info,
        says: "{count} of {of} MQLs are in channels without any spend, while other channels have some; cost per MQL over all channels divides by them, too",
        help: "nothing to do where these channels are free; otherwise export their spend, or map its channel names under [channels]",
    },
    Kind {
        code: "leads::frozen_score",
        level: Level::Warn,
        says: "{count} of {of} leads were created in the last 180 days and have one and the same score (or none), while older ones vary: the score seems to be no longer computed, so a bar on it lets nobody new become MQL",
        help: "export the score that is in use today; the legacy score of HubSpot is frozen since 2025-08-31",
    },
    Kind {
        code: "leads::none_given",
        level: Level::Info,
        says: "there is no table of leads: {count} leads were taken from the stage history, created at their first entry",
        help: "add [sources.leads] to see channels",
    },
    Kind {
        code: "stage_history::unknown_stage",
        level: Level::Warn,
        says: "{count} of {of} stage entries carry a label that means none of our stages; they are rejected, and conversions behind them are missed",
        help: "map the label under [stages] in the project file, for example \"Sales Ready\" = \"mql\"",
    },
    Kind {
        code: "stage_history::went_backwards",
        level: Level::Info,
        says: "{count} of {of} stage entries go back to an earlier stage without a recycling or a disqualification between; only the first entry into a stage counts, so conversions may be dated too early",
        help: "see who sets stages back; if the stage means that a lead is recycled, map it so under [stages]",
    },
    Kind {
        code: "stage_history::bulk_change",
        level: Level::Warn,
        says: "{count} of {of} stage entries were made in the very second in which at least 20 leads entered the same stage: an import, a changed rule or a stage copied from the company, not somebody's decision; MQLs and conversions on those days are not what they seem",
        help: "leave imported entries out of the export, or read the months concerned with care",
    },
    Kind {
        code: "stage_history::coverage",
        level: Level::Warn,
        says: "{count} of {of} leads were created more than 60 days before the first stage entry of all: the history begins later than the leads, so their early MQLs are missing and the time from lead to MQL is wrong",
        help: "if older stage history exists, export it too; CRMs often keep field history for 18 to 24 months only",
    },
    Kind {
        code: "deals::closed_before_opened",
        level: Level::Warn,
        says: "{count} of {of} deals were closed on a day before they were opened; wins count from the closing day, so times to customer may be wrong",
        help: "check which date column is read as closing date: an expected close date is no closing date",
    },
    Kind {
        code: "spend::unmapped_channel",
        level: Level::Warn,
        says: "{count} of {of} channel-months with spend are in channels that no lead has; that spend counts over all channels, but has no MQLs by channel",
        help: "map these names to the channels of your leads under [channels] in the project file",
    },
    Kind {
        code: "activities::unscored_type",
        level: Level::Info,
        says: "{count} of {of} activities are of a type that no criteria version gives points to; they add nothing to a score",
        help: "if they should count, add them under `points`",
    },
    Kind {
        code: "deals::unknown_status",
        level: Level::Warn,
        says: "{count} of {of} deals have a status that is neither open, won nor lost; they are read as open",
        help: "write open, won or lost, or set `constants = { status = \"won\" }` for a file of won deals",
    },
    Kind {
        code: "deals::joined_by_email",
        level: Level::Info,
        says: "{count} of {of} deals name no lead's id and were joined by their e-mail address",
        help: "nothing to do; export the contact ids of the deals to be sure",
    },
    Kind {
        code: "deals::joined_by_account",
        level: Level::Warn,
        says: "{count} of {of} deals name no person and were joined by their account; each counts for one person there, the last one who had become an MQL before it closed, which may be the wrong one",
        help: "export the deals with the ids or e-mail addresses of their contacts",
    },
    Kind {
        code: "deals::several_people",
        level: Level::Info,
        says: "{count} of {of} deals belong to several people; each counts for those of them who were MQL or further before it closed, so a rate by person may count one win more than once",
        help: "compare with the rate by account",
    },
    Kind {
        code: "deals::none_won",
        level: Level::Warn,
        says: "none of {count} deals is won: no stage or status among them is known to mean that; SQL→customer counts customers of the stage history only",
        help: "map the label of won deals under [stages], for example \"Signed\" = \"customer\"",
    },
    Kind {
        code: "deals::conflict",
        level: Level::Warn,
        says: "{count} of {of} deal rows repeat a deal and say something else of its outcome, day or amount; the closed one counts, and of two the earlier",
        help: "use the newest export only, or export the deals again",
    },
    Kind {
        code: "deals::renewal",
        level: Level::Info,
        says: "{count} of {of} deals were won from existing customers (renewals, existing business) and make no new customer",
        help: "nothing to do if that is what their type means",
    },
    Kind {
        code: "deals::blank_status",
        level: Level::Warn,
        says: "{count} of {of} deals have a closing date and no status; they are read as open",
        help: "fill in won or lost, or set `constants = { status = \"won\" }` for a file of won deals",
    },
    Kind {
        code: "deals::closed_in_unknown_stage",
        level: Level::Warn,
        says: "{count} of {of} deals are past their close date in a stage that is known neither as won nor as lost; they are read as open, and wins among them are missed",
        help: "say what the stages mean under [stages], for example \"Signed\" = \"customer\" and \"Dead\" = \"disqualified\"",
    },
    Kind {
        code: "deals::only_won",
        level: Level::Info,
        says: "all {count} deals are won: without the lost and the open ones nothing shows whether every win is among them, and a win that is missing reads as a lead that was not won",
        help: "export all deals, or compare the number of wins with the CRM's",
    },
    Kind {
        code: "deals::won_without_date",
        level: Level::Warn,
        says: "{count} of {of} deals are won and have no closing date; they are no wins in any rate",
        help: "export the date on which the deal was won",
    },
    Kind {
        code: "deals::negative_amount",
        level: Level::Warn,
        says: "{count} of {of} deals have a negative amount; the amount is left out, the deal still counts",
        help: "check the sign of the amounts listed in rejected/",
    },
    Kind {
        code: "deals::bad_amount",
        level: Level::Warn,
        says: "{count} of {of} deals have an amount that cannot be read; the amount is left out, the deal still counts",
        help: "correct the amounts listed in rejected/, or say how amounts are written with `decimal = \".\"` (or \",\") under [sources.{table}]",
    },
    Kind {
        code: "deals::ambiguous_amount",
        level: Level::Warn,
        says: "{count} of {of} deals have an amount that may be thousands or not (1.250); the amount is left out, the deal still counts",
        help: "set `decimal = \".\"` or `decimal = \",\"` under [sources.{table}] in the project file",
    },
    Kind {
        code: "deals::currency_mix",
        level: Level::Warn,
        says: "{count} of {of} deals are in a currency without a rate; their amounts are left out, the deals still count",
        help: "add the rate under [currency_rates], for example EUR = 1.08",
    },
    Kind {
        code: "spend::currency_mix",
        level: Level::Warn,
        says: "{count} of {of} spend rows are in a currency without a rate; they are rejected, and their channel-months are treated as missing, not as zero",
        help: "add the rate under [currency_rates], for example EUR = 1.08",
    },
    Kind {
        code: "spend::bad_amount",
        level: Level::Warn,
        says: "{count} of {of} spend rows have an amount that cannot be read; they are rejected, and their channel-months are treated as missing, not as zero",
        help: "correct the amounts listed in rejected/, or say how amounts are written with `decimal = \".\"` (or \",\") under [sources.{table}]",
    },
    Kind {
        code: "spend::ambiguous_amount",
        level: Level::Warn,
        says: "{count} of {of} spend rows have an amount that may be thousands or not (1.250); they are rejected, and their channel-months are treated as missing, not as zero",
        help: "set `decimal = \".\"` or `decimal = \",\"` under [sources.{table}] in the project file",
    },
    Kind {
        code: "*::uncalculated",
        level: Level::Warn,
        says: "{count} cells in {of} rows hold formulas without a stored result and are read as empty",
        help: "open the workbook in a spreadsheet program and save it",
    },
    Kind {
        code: "*::same_file",
        level: Level::Info,
        says: "files that are byte for byte another one that was read, and were not read again: {count}",
        help: "nothing to do; delete the copies if they should not come again",
    },
    Kind {
        code: "spend::duplicate",
        level: Level::Info,
        says: "{count} of {of} spend rows stand in two overlapping exports with the same amount; they are counted once",
        help: "nothing to do; overlapping exports look like this",
    },
    Kind {
        code: "spend::overlap",
        level: Level::Warn,
        says: "{count} of {of} spend rows stand in two exports of one kind for the same days, channel and campaign with different amounts; they were added up, and cost is too high if the exports overlap",
        help: "keep one export of each period, or give the exports different campaigns or channels",
    },
    Kind {
        code: "spend::repeated_row",
        level: Level::Warn,
        says: "{count} of {of} spend rows are the same as another row of their file in every cell; they were added up, and cost is too high if they are one",
        help: "check whether the export holds rows twice",
    },
    Kind {
        code: "spend::total_row",
        level: Level::Warn,
        says: "{count} of {of} spend rows are totals of other rows; they are set aside",
        help: "nothing to do; call a channel something else than total",
    },
    Kind {
        code: "spend::spread",
        level: Level::Info,
        says: "{count} of {of} spend rows cover days of several months; their amounts are spread evenly over the days, which is not quite how they were spent",
        help: "export the report by day or by month",
    },
    Kind {
        code: "spend::negative_amount",
        level: Level::Info,
        says: "{count} of {of} spend rows are negative; they are read as corrections and netted within their channel-month, or within the quarter where they leave less than nothing of it",
        help: "check that they are corrections and not a wrong sign",
    },
    Kind {
        code: "spend::negative_total",
        level: Level::Warn,
        says: "{count} of {of} channels with spend have less than nothing over all report months, since more was taken back than booked; they have no cost, and the cost over all channels is too low",
        help: "see whether the amounts have the wrong sign, or whether what was taken back was booked earlier",
    },
    Kind {
        code: "spend::lag_without_spend",
        level: Level::Info,
        says: "{count} of {of} channels under [spend.lag_days] have no spend; their lag changes nothing",
        help: "write the channel as it is called in the spend or under [channels]",
    },
    Kind {
        code: "spend::missing_month",
        level: Level::Warn,
        says: "{count} of {of} channel-months since a channel's first spend have no row, although the channel went on or no channel has one; their MQLs are left out of cost, since missing is not zero",
        help: "export the missing months, or write a row with 0 where nothing was spent",
    },
    Kind {
        code: "funnel::sql_before_mql",
        level: Level::Info,
        says: "{count} of {of} MQLs had an SQL before their MQL; they stay in the rate's base and are no conversion of that MQL",
        help: "see whether sales or an import set the MQL stage afterwards",
    },
    Kind {
        code: "funnel::customer_before_mql",
        level: Level::Info,
        says: "{count} of {of} MQLs were won before their MQL; they stay in the rate's base and are no conversion of that MQL",
        help: "see whether existing customers come back as leads",
    },
    Kind {
        code: "funnel::inferred_mql",
        level: Level::Info,
        says: "{count} of {of} MQLs were never recorded as MQL but reached a later stage; they count in volume and cost, never in a rate",
        help: "set `infer_skipped = false` under [funnel] to leave them out",
    },
    Kind {
        code: "funnel::repeated_mql",
        level: Level::Info,
        says: "{count} of {of} MQL entries repeat the stage without a recycling, a disqualification or 90 days between; they are ignored",
        help: "nothing to do",
    },
    Kind {
        code: "funnel::left_truncated",
        level: Level::Warn,
        says: "{count} of {of} MQLs came in months before outcomes were recorded; those months are marked, left out of trend and verdict, and no rise after them is news",
        help: "if older outcomes exist, export them too",
    },
    Kind {
        code: "score::mql_below_bar",
        level: Level::Warn,
        says: "{count} of {of} MQLs stood below the bar when the points in the project file are replayed: the file's points are not quite those the CRM used, and calibration rests on the replay",
        help: "compare [[criteria]] with the scoring rules in the CRM",
    },
    Kind {
        code: "score::crossed_without_mql",
        level: Level::Info,
        says: "{count} of {of} leads reached the bar on replay and were never recorded as MQL",
        help: "compare [[criteria]] with the scoring rules in the CRM",
    },
    Kind {
        code: "config::unread_file",
        level: Level::Warn,
        says: "some files of the project's folder were not read: {count}",
        help: "name them under [sources] in leadgauge.toml if they belong to the project",
    },
    Kind {
        code: "config::aside_file",
        level: Level::Info,
        says: "some files of the folder hold neither leads nor what became of them nor spend, and are left aside: {count}",
        help: "nothing to do",
    },
    Kind {
        code: "config::month_left_out",
        level: Level::Info,
        says: "the month in which the data end is not reported",
        help: "if the export was made after the month had ended, set `as_of` to that day, or use --as-of",
    },
    Kind {
        code: "config::recognised",
        level: Level::Info,
        says: "the project names no files, so every file of the folder was taken for what it looks like",
        help: "`leadgauge init` writes this down in leadgauge.toml, where it can be corrected",
    },
    Kind {
        code: "config::as_of_after_data",
        level: Level::Warn,
        says: "the last visible day lies more than 90 days after the last event in the data: leads without an outcome are read as having none, though the export may simply end earlier",
        help: "set `as_of` to the day of the export",
    },
    Kind {
        code: "queries::no_table",
        level: Level::Warn,
        says: "{count} of {of} files in queries/ gave no table; no number of the report changes by that",
        help: "what is wrong with each stands under “Your own tables”, with its line",
    },
    Kind {
        code: "config::remark",
        level: Level::Info,
        says: "the project file asks for something that this version does not do",
        help: "see `leadgauge schema config`",
    },
];

/// The kind that a code belongs to.
pub fn kind(code: &str) -> Option<&'static Kind> {
    let what = code.split_once("::").map_or(code, |(_, what)| what);
    KINDS
        .iter()
        .find(|kind| kind.code == code)
        .or_else(|| KINDS.iter().find(|kind| kind.code.strip_prefix("*::") == Some(what)))
}

/// Collects findings: counts by code, with the first three examples.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    counts: std::collections::BTreeMap<String, (u64, Vec<String>)>,
    details: std::collections::BTreeMap<String, String>,
    finished: Vec<Finding>,
}

impl Findings {
    /// Counts one more of `code`, with an example: a row number or an id, never free text.
    pub fn add(&mut self, code: &str, example: impl FnOnce() -> String) {
        if !self.counts.contains_key(code) {
            self.counts.insert(code.to_string(), (0, Vec::new()));
        }
        if let Some((count, examples)) = self.counts.get_mut(code) {
            *count += 1;
            if examples.len() < 3 {
                examples.push(example());
            }
        }
    }

    /// Counts one more of `code`; the examples are distinct words.
    pub fn add_distinct(&mut self, code: &str, example: &str) {
        let known = self.counts.get(code).is_some_and(|(_, examples)| examples.iter().any(|e| e == example));
        self.add(code, || example.to_string());
        if known && let Some((_, examples)) = self.counts.get_mut(code) {
            let mut seen = std::collections::BTreeSet::new();
            examples.retain(|example| seen.insert(example.clone()));
        }
    }

    /// Adds words to the sentence that `code` will have.
    pub fn detail(&mut self, code: &str, words: &str) {
        self.details.insert(code.to_string(), words.to_string());
    }

    /// How often `code` was counted.
    pub fn count(&self, code: &str) -> u64 {
        self.counts.get(code).map_or(0, |(count, _)| *count)
    }

    /// Turns what was counted for a table into findings, out of `of` rows or leads.
    pub fn close(&mut self, table: &str, of: u64) {
        let mine: Vec<String> =
            self.counts.keys().filter(|code| code.split("::").next() == Some(table)).cloned().collect();
        for code in mine {
            if let Some((count, examples)) = self.counts.remove(&code) {
                let detail = self.details.remove(&code);
                self.push(&code, count, of, examples, detail.as_deref());
            }
        }
    }

    /// Adds a finding; `detail` is appended to its sentence.
    pub fn push(&mut self, code: &str, count: u64, of: u64, examples: Vec<String>, detail: Option<&str>) {
        let kind = kind(code).unwrap_or_else(|| unreachable!("every code has a kind: {code}"));
        let number = |value: u64| crate::report::format::count(value as f64);
        let mut says = kind.says.replace("{count}", &number(count)).replace("{of}", &number(of));
        if let Some(detail) = detail {
            says.push_str(": ");
            says.push_str(detail);
        }
        let table = code.split("::").next().unwrap_or_default();
        self.finished.push(Finding {
            code: code.to_string(),
            level: kind.level,
            table: table.to_string(),
            count,
            of,
            share: (of > 0).then(|| count as f64 / of as f64),
            examples,
            says,
            help: kind.help_for(table),
        });
    }

    /// All findings with the project's levels, loudest first; what is allowed is left out.
    pub fn into_vec(self, levels: &std::collections::BTreeMap<String, Level>) -> Vec<Finding> {
        let mut all = self.finished;
        for finding in &mut all {
            let every_table = || levels.get(&format!("*::{}", finding.code.split_once("::")?.1));
            finding.level = levels.get(&finding.code).or_else(every_table).copied().unwrap_or(finding.level);
        }
        all.retain(|finding| finding.level != Level::Allow);
        all.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.code.cmp(&b.code)));
        all
    }
}

/// Whether a word holds an e-mail address: something, an at sign, and a domain with a dot in it.
fn is_address(word: &str) -> bool {
    let plain = word.replace('\u{ff20}', "@").replace("%40", "@").replace(['\u{ff0e}', '\u{3002}'], ".");
    plain.match_indices('@').any(|(at, _)| {
        let domain = plain[at + 1..].split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_')).next();
        let parts = domain.unwrap_or_default().split('.').filter(|part| !part.is_empty()).count();
        at > 0 && parts > 1
    })
}

/// A text from the data as it may be shown in a sentence: no e-mail address, at most 40 characters.
pub fn masked(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(if is_address(word) { "***@***" } else { word });
    }
    match out.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}
