//! The queries, in the order in which they run, embedded in the program.

/// Which folder of `queries/` a query lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Mirrors a source; joins nothing but configuration.
    Model,
    /// Joins: one row per lead.
    Journeys,
    /// Groups: integer counts.
    Facts,
    /// Rows that speak against the data, with an example each.
    Quality,
}

/// A query: its result is a table of the same name.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// File name without ending, and name of the resulting table.
    pub name: &'static str,
    /// Its folder.
    pub layer: Layer,
    /// The SQL, with its header.
    pub text: &'static str,
}

impl Query {
    /// The header's value for `grain` or `key`, for `finding` and `of` in the layer on quality.
    pub fn header(&self, what: &str) -> Option<&'static str> {
        let prefix = format!("-- {what}:");
        self.text.lines().find_map(|line| line.strip_prefix(prefix.as_str())).map(str::trim)
    }
}

/// Every query. `model` and `journeys` run before the score replay, `facts` and `quality` after it.
pub const QUERIES: &[Query] = &[
    Query { name: "visible_leads", layer: Layer::Model, text: include_str!("../../queries/model/visible_leads.sql") },
    Query { name: "stage_entries", layer: Layer::Model, text: include_str!("../../queries/model/stage_entries.sql") },
    Query { name: "won_deals", layer: Layer::Model, text: include_str!("../../queries/model/won_deals.sql") },
    Query { name: "visible_spend", layer: Layer::Model, text: include_str!("../../queries/model/visible_spend.sql") },
    Query { name: "arrivals", layer: Layer::Journeys, text: include_str!("../../queries/journeys/arrivals.sql") },
    Query {
        name: "mql_episodes",
        layer: Layer::Journeys,
        text: include_str!("../../queries/journeys/mql_episodes.sql"),
    },
    Query { name: "journeys", layer: Layer::Journeys, text: include_str!("../../queries/journeys/journeys.sql") },
    Query {
        name: "account_journeys",
        layer: Layer::Journeys,
        text: include_str!("../../queries/journeys/account_journeys.sql"),
    },
    Query { name: "handoffs", layer: Layer::Journeys, text: include_str!("../../queries/journeys/handoffs.sql") },
    Query { name: "volume", layer: Layer::Facts, text: include_str!("../../queries/facts/volume.sql") },
    Query { name: "transitions", layer: Layer::Facts, text: include_str!("../../queries/facts/transitions.sql") },
    Query {
        name: "account_transitions",
        layer: Layer::Facts,
        text: include_str!("../../queries/facts/account_transitions.sql"),
    },
    Query { name: "acquisition", layer: Layer::Facts, text: include_str!("../../queries/facts/acquisition.sql") },
    Query { name: "revenue", layer: Layer::Facts, text: include_str!("../../queries/facts/revenue.sql") },
    Query { name: "funnel_checks", layer: Layer::Facts, text: include_str!("../../queries/facts/funnel_checks.sql") },
    Query { name: "touches", layer: Layer::Facts, text: include_str!("../../queries/facts/touches.sql") },
    Query { name: "responses", layer: Layer::Facts, text: include_str!("../../queries/facts/responses.sql") },
    Query { name: "outcomes", layer: Layer::Facts, text: include_str!("../../queries/facts/outcomes.sql") },
    Query { name: "dispositions", layer: Layer::Facts, text: include_str!("../../queries/facts/dispositions.sql") },
    Query { name: "mql_scores", layer: Layer::Facts, text: include_str!("../../queries/facts/mql_scores.sql") },
    Query { name: "worked_scores", layer: Layer::Facts, text: include_str!("../../queries/facts/worked_scores.sql") },
    Query {
        name: "recorded_agreement",
        layer: Layer::Facts,
        text: include_str!("../../queries/facts/recorded_agreement.sql"),
    },
    Query {
        name: "recorded_outcomes",
        layer: Layer::Facts,
        text: include_str!("../../queries/facts/recorded_outcomes.sql"),
    },
    Query { name: "path_moves", layer: Layer::Facts, text: include_str!("../../queries/facts/path_moves.sql") },
    Query { name: "path_ends", layer: Layer::Facts, text: include_str!("../../queries/facts/path_ends.sql") },
    Query { name: "path_crossings", layer: Layer::Facts, text: include_str!("../../queries/facts/path_crossings.sql") },
    Query { name: "below_bar", layer: Layer::Facts, text: include_str!("../../queries/facts/below_bar.sql") },
    Query { name: "support", layer: Layer::Facts, text: include_str!("../../queries/facts/support.sql") },
    Query { name: "worked_leads", layer: Layer::Facts, text: include_str!("../../queries/facts/worked_leads.sql") },
    Query { name: "young_leads", layer: Layer::Facts, text: include_str!("../../queries/facts/young_leads.sql") },
    Query { name: "around_sqls", layer: Layer::Facts, text: include_str!("../../queries/facts/around_sqls.sql") },
    Query { name: "watched_days", layer: Layer::Facts, text: include_str!("../../queries/facts/watched_days.sql") },
    Query { name: "score_ends", layer: Layer::Facts, text: include_str!("../../queries/facts/score_ends.sql") },
    Query { name: "hand_raisers", layer: Layer::Facts, text: include_str!("../../queries/facts/hand_raisers.sql") },
    Query {
        name: "criterion_patterns",
        layer: Layer::Facts,
        text: include_str!("../../queries/facts/criterion_patterns.sql"),
    },
    Query {
        name: "went_backwards",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/went_backwards.sql"),
    },
    Query {
        name: "sql_before_mql",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/sql_before_mql.sql"),
    },
    Query {
        name: "customer_before_mql",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/customer_before_mql.sql"),
    },
    Query {
        name: "closed_before_opened",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/closed_before_opened.sql"),
    },
    Query {
        name: "mql_before_created",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/mql_before_created.sql"),
    },
    Query { name: "bulk_change", layer: Layer::Quality, text: include_str!("../../queries/quality/bulk_change.sql") },
    Query { name: "import_day", layer: Layer::Quality, text: include_str!("../../queries/quality/import_day.sql") },
    Query {
        name: "exploding_channels",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/exploding_channels.sql"),
    },
    Query {
        name: "unmapped_channel",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/unmapped_channel.sql"),
    },
    Query {
        name: "channel_without_spend",
        layer: Layer::Quality,
        text: include_str!("../../queries/quality/channel_without_spend.sql"),
    },
    Query { name: "frozen_score", layer: Layer::Quality, text: include_str!("../../queries/quality/frozen_score.sql") },
    Query { name: "coverage", layer: Layer::Quality, text: include_str!("../../queries/quality/coverage.sql") },
];

/// The query of that name.
pub fn find(name: &str) -> Option<&'static Query> {
    QUERIES.iter().find(|query| query.name == name)
}
