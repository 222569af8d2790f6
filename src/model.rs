//! The contract: every canonical table's name, grain, key and columns.

use crate::config::plan::Table;

/// A column of a canonical table as the queries see it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// `text` or `integer`; integers have 64 bits.
    pub kind: &'static str,
    /// What it holds.
    pub holds: &'static str,
}

/// A canonical table.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// Which table.
    pub table: Table,
    /// What one row is.
    pub grain: &'static str,
    /// What identifies a row.
    pub key: &'static str,
    /// What it is read from: our column names, required ones first.
    pub reads: &'static str,
    /// Its columns after ingest.
    pub columns: &'static [Column],
}

const fn text(name: &'static str, holds: &'static str) -> Column {
    Column { name, kind: "text", holds }
}

const fn integer(name: &'static str, holds: &'static str) -> Column {
    Column { name, kind: "integer", holds }
}

/// Every canonical table.
pub const CONTRACTS: &[Contract] = &[
    Contract {
        table: Table::Leads,
        grain: "one row per person",
        key: "lead_id",
        reads: "lead_id, created_at; channel, campaign, email, account, job_title, company_size, industry, country, owner, score, score_at_mql (the score when the lead became MQL), account_id, other_ids (ids of records merged into this one), deal_id and any other attribute; `[sources.merges]` (lead_id, merged_id) tells of mergers",
        columns: &[
            text("lead_id", "the id of the person's earliest record"),
            text("channel", "first-touch channel; \"(blank)\" where there is none"),
            integer("created_day", "project-local day on which the person was first known, since 1970-01-01"),
            integer("created_s", "the same instant in seconds since 1970-01-01 UTC"),
            text("excluded", "why the lead does not count, if so"),
            text(
                "account",
                "the company: its id, else its name, else the e-mail's domain unless anyone can have an address there",
            ),
            text("score", "the score in the export, as it is written there"),
        ],
    },
    Contract {
        table: Table::StageHistory,
        grain: "one row per stage entry",
        key: "lead_id, stage, entered_s",
        reads: "lead_id (or email), stage, entered_at; reason (or one date column a stage in the leads' export)",
        columns: &[
            text("lead_id", "the lead"),
            text("stage", "the stage, in our words"),
            integer("entered_day", "project-local day of the entry"),
            integer("entered_s", "its instant in seconds; the day's first second where only a date is known"),
            integer("entered_until_s", "its instant; the day's last second where only a date is known"),
            text("reason", "why, in the export's words, lower case"),
        ],
    },
    Contract {
        table: Table::Activities,
        grain: "one row per action",
        key: "lead_id, type, at",
        reads: "lead_id (or email), type, at; activity_id, campaign",
        columns: &[
            text("lead_id", "the lead"),
            text("type", "the kind of action, as in `points`"),
            integer("at_day", "project-local day"),
            integer("at_s", "its instant in seconds"),
        ],
    },
    Contract {
        table: Table::Deals,
        grain: "one row per opportunity and person that it counts for",
        key: "deal_id, lead_id",
        reads: "deal_id, lead_id (one or several), email, account or account_id; opened_at, closed_at, won_at, lost_at, status, is_won, is_closed, amount, currency, kind; `[sources.deal_contacts]` (deal_id, lead_id) tells whose a deal is",
        columns: &[
            text("deal_id", "the deal"),
            text("lead_id", "its lead"),
            integer("opened_day", "project-local day on which it was opened"),
            integer("closed_day", "project-local day on which it was won or lost"),
            integer("closed_s", "the same instant in seconds"),
            text("status", "open, won or lost"),
            integer("amount", "in 1/10 000 of the project's currency"),
            integer(
                "amount_band",
                "⌊ln(amount) ÷ ln(1.03)⌋ + 1, 0 without an amount or for 0; nothing for further people of a deal, since the money is there once",
            ),
            text("kind", "new or renewal"),
        ],
    },
    Contract {
        table: Table::Spend,
        grain: "one row per period and channel",
        key: "none: rows of one month and channel add up",
        reads: "month or day (or from_day and until_day), channel, amount; campaign, currency",
        columns: &[
            integer("month", "year * 12 + month - 1"),
            integer("from_day", "first day of the period"),
            text("channel", "the channel"),
            integer("amount", "in 1/10 000 of the project's currency"),
        ],
    },
];
