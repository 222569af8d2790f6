//! What a reader sees, as a value: sections of blocks. Writers know these five blocks and no metric.

use crate::config::plan::Logo;
use schemars::JsonSchema;
use serde::Serialize;

/// The page: a finding as headline, then sections.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Page {
    /// What kind of report, for example "Marketing effectiveness · Acme".
    pub eyebrow: String,
    /// The finding, in one sentence.
    pub headline: String,
    /// Two or three sentences that carry the finding and what to do about it.
    pub lede: String,
    /// Small print beside the headline: label and text (period, data as of, time zone …).
    pub facts: Vec<Fact>,
    /// The sections, in reading order.
    pub sections: Vec<Section>,
    /// The line under the last section.
    pub footer: String,
    /// Other pages that lie beside this one, to be led to.
    pub links: Vec<Link>,
    /// What it is dressed in; no content, and so not in JSON.
    #[serde(skip)]
    #[schemars(skip)]
    pub brand: Brand,
}

/// The user's own dress of a page. The accent colour is asked of `chart::theme`, where every colour is.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// A picture for the head of the page.
    pub logo: Option<Logo>,
    /// How it is printed.
    pub edition: Edition,
}

/// How a page is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// On as many sheets as it takes.
    #[default]
    Whole,
    /// On two.
    TwoPages,
}

/// A page beside this one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Link {
    /// What it is called.
    pub label: String,
    /// Where it lies, relative to this page: letters, digits, `-`, `.` and `/` only.
    pub path: String,
}

/// A label and its text.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// How it reads.
    pub text: String,
}

/// A part of the page with a title.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Section {
    /// Anchor, unique on the page, `[a-z0-9-]+`.
    pub id: String,
    /// The finding of this section where there is one, else its subject.
    pub title: String,
    /// What the section holds, in reading order.
    pub blocks: Vec<Block>,
}

/// One of the five things a page is made of.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Prose {
        /// Plain text.
        text: String,
    },
    /// A key figure; neighbours stand side by side as cards.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// A remark set apart from the text.
    Note {
        /// How loud.
        tone: Tone,
        /// Plain text.
        text: String,
    },
}

/// How a figure, row or note is to be felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither.
    Neutral,
    /// Worth a look.
    Warn,
    /// Worth acting on.
    Bad,
}

/// A key figure.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Figure {
    /// What it is, for example "MQL→SQL".
    pub label: String,
    /// How it reads, for example "19.8 %"; "–" when it does not exist.
    pub value: String,
    /// Unit behind the value, for example "days"; may be empty.
    pub unit: String,
    /// The interval in words, for example "90 % interval 16.6–23.4 %"; may be empty.
    pub interval: String,
    /// Whether it has changed by more than chance, for example "No news: 34.9 % before, 40.4 % now"; may be empty.
    pub change: String,
    /// What it rests on, or why it does not exist.
    pub basis: String,
    /// Tone of the card.
    pub tone: Tone,
    /// The interval against the benchmark range, where there is one.
    pub scale: Option<Scale>,
    /// The number behind the text, for writers that keep numbers; `null` where there is none.
    pub number: Option<Quantity>,
}

/// The number and the interval that a figure says in words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Quantity {
    /// The estimate.
    pub value: Option<f64>,
    /// Lower limit of its interval.
    pub low: Option<f64>,
    /// Upper limit of its interval.
    pub high: Option<f64>,
    /// Unit of all three.
    pub unit: Unit,
}

/// An interval against a range on a common axis from 0 to `max`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Scale {
    /// Right end of the axis.
    pub max: f64,
    /// Lower end of the benchmark range.
    pub band_low: f64,
    /// Upper end of the benchmark range.
    pub band_high: f64,
    /// The estimate.
    pub value: f64,
    /// Lower limit of the interval.
    pub low: f64,
    /// Upper limit of the interval.
    pub high: f64,
    /// Confidence of the interval, for example 0.9.
    pub level: f64,
}

/// A table: typed columns, so that each writer can align and format them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Table {
    /// Anchor, unique on the page.
    pub id: String,
    /// What the rows are.
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// As many cells a row as columns.
    pub rows: Vec<Row>,
    /// Line under the table; may be empty.
    pub note: String,
}

/// A column of a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Column {
    /// Header.
    pub label: String,
    /// What its cells hold.
    pub unit: Unit,
}

/// What a number is, and so how it is written.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Words.
    Text,
    /// A whole number.
    Count,
    /// A number with one decimal.
    Decimal,
    /// A share, written in percent.
    Share,
    /// An amount, with the currency's ISO code.
    Money(String),
    /// Days.
    Days,
}

/// A row of a table.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Cell>,
    /// How the row is to be felt.
    pub tone: Tone,
}

/// A cell. What does not exist has a reason, never a zero.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number in the column's unit.
    Number(f64),
    /// An interval in the column's unit.
    Range(f64, f64),
    /// No number ("–"), and why.
    Missing(String),
}

/// A chart: what it shows, in words and in data. Drawing happens in `report::chart` only.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Chart {
    /// Anchor and file name, unique on the page, `[a-z0-9-]+`.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What is measured, unit and interval.
    pub subtitle: String,
    /// The finding in words, for those who cannot see it.
    pub description: String,
    /// Where the data come from; may be empty.
    pub source: String,
    /// What is drawn.
    pub data: ChartData,
}

/// The data of a chart.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum ChartData {
    /// Stacked bars, a bar a month (volume by channel).
    Bars {
        /// Labels of the bars, `YYYY-MM`, oldest first, without gaps.
        months: Vec<String>,
        /// The parts, bottom first; each has a value a month.
        parts: Vec<Part>,
        /// The range in which each month's sum was to be expected, as many as months; empty or `None` where nothing is.
        expected: Vec<Option<(f64, f64)>>,
    },
    /// A line by month with a ribbon, against a range (conversion by cohort).
    Line {
        /// What a count is called, for example "MQLs".
        counted: String,
        /// The points, oldest first; one a month.
        points: Vec<Point>,
        /// The benchmark range, if the line is judged by one.
        band: Option<(f64, f64)>,
        /// Things that happened, by month.
        events: Vec<Event>,
        /// Unit of the values.
        unit: Unit,
        /// Where the points lie if nothing but chance moves them (a control chart), if that is known.
        limits: Option<Limits>,
    },
    /// Rising step curves: share converted by days since the start.
    Curves {
        /// The curves; the last one is the one that matters most.
        curves: Vec<Curve>,
        /// Days since what, for example "days since MQL".
        x_label: String,
        /// Days to mark with the last curve's value, for example p50 and p90.
        marks: Vec<Mark>,
    },
    /// A dot with an interval a row, against a range (channels).
    Dots {
        /// The rows, top first.
        rows: Vec<Dot>,
        /// The benchmark range, if the rows are judged by one.
        band: Option<(f64, f64)>,
        /// A value to compare with (drawn as a line) and its label.
        reference: Option<(f64, String)>,
        /// Unit of the values.
        unit: Unit,
    },
    /// From one period's value over signed steps to another's (mix or rate, by channel). What the steps leave open
    /// between the two ends is drawn as a step of its own.
    Waterfall {
        /// Where it begins, for example the earlier period's rate.
        start: WaterfallEnd,
        /// Where it ends.
        end: WaterfallEnd,
        /// What lies between, in the order in which it is added up.
        steps: Vec<WaterfallStep>,
        /// Unit of the two ends; differences of shares are written in points.
        unit: Unit,
    },
    /// What has become of everybody by each day since the start: shares, stacked (SQL, disqualified, recycled, open).
    Areas {
        /// The parts, bottom first, with the same days each; at every day they add up to 1. The first is what the
        /// chart is about and has the accent; the last is what is undecided and is grey.
        parts: Vec<AreaPart>,
        /// Days since what, for example "days since MQL".
        x_label: String,
        /// The day on which the conversion window ends, to be marked.
        window: Option<u32>,
    },
    /// Two measures against each other, with both intervals (cost against quality, by channel). The size of a dot is what
    /// it rests on.
    Scatter {
        /// The dots, the most important first: those keep their names where there is no room for all.
        points: Vec<ScatterPoint>,
        /// What lies to the right.
        x: Axis,
        /// What lies upwards.
        y: Axis,
        /// The benchmark range of y, if the dots are judged by one.
        band: Option<(f64, f64)>,
        /// Lines to compare with.
        lines: Vec<ScatterLine>,
        /// What a size is called, for example "MQLs".
        sized_by: String,
    },
    /// A table of shares as colours: what has become of each cohort by each age.
    Heat {
        /// What the columns are, for example "days since MQL".
        column_label: String,
        /// Ages, one a column.
        columns: Vec<u32>,
        /// The cohorts, in reading order.
        rows: Vec<HeatRow>,
        /// What the number right of a row counts, for example "MQLs".
        counted: String,
    },
    /// From a value to another, a row each (points now and suggested).
    Dumbbells {
        /// The rows, top first.
        rows: Vec<Dumbbell>,
        /// What the hollow dot is, for example "today".
        from: String,
        /// What the filled dot is, for example "suggested".
        to: String,
        /// Which of the two has the interval.
        interval_of: DumbbellEnd,
        /// Unit of the values.
        unit: Unit,
    },
    /// What came of each band of scores, against what was to be expected, a column each.
    Reliability {
        /// The bands, lowest first.
        bands: Vec<ScoreBand>,
        /// Today's bar, on the scale of the bands.
        bar: Option<f64>,
        /// A share to compare with (drawn as a line) and its label.
        reference: Option<(f64, String)>,
        /// What a count is called, for example "MQLs".
        counted: String,
    },
    /// Panels over the threshold with a shared axis (calibration).
    Threshold {
        /// The candidates, lowest first.
        steps: Vec<ThresholdStep>,
        /// Today's threshold.
        current: f64,
        /// The advised threshold, if it differs.
        suggested: Option<f64>,
        /// Thresholds that are equally good.
        plateau: Option<(f64, f64)>,
        /// The rate at which the marginal lead pays, if economics are known.
        break_even: Option<f64>,
        /// Currency of the profit panel.
        currency: String,
        /// What a reader can try on it: another threshold, other prices. `None` = nothing.
        what_if: Option<Box<WhatIf>>,
    },
}

/// A part of stacked bars.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Part {
    /// For example a channel.
    pub name: String,
    /// A value a month.
    pub values: Vec<f64>,
}

/// A month's point.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Point {
    /// `YYYY-MM`.
    pub month: String,
    /// The estimate; `None` leaves a gap.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// What it rests on.
    pub n: u64,
    /// How far it can be trusted.
    pub state: PointState,
    /// Text of the tooltip, lines separated by `\n`.
    pub tip: String,
    /// Why the point is more than chance, where it is: it gets a ring, and the words stand in its tooltip.
    pub signal: Option<String>,
}

/// Where the points of a line lie if nothing but chance moves them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Limits {
    /// The usual level, in the line's unit.
    pub centre: f64,
    /// Lower and upper limit of each month, as many as points; `None` where there is none.
    pub by_month: Vec<Option<(f64, f64)>>,
}

/// How far a month's point can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PointState {
    /// Every lead has had its window: a filled dot.
    Mature,
    /// Adjusted for what is still to come: a hollow dot, dotted line.
    Maturing,
    /// Began before outcomes were recorded: grey, not joined to the line.
    Truncated,
    /// Nothing is still to come for it, so there is nothing to say about that: a filled dot.
    Plain,
}

/// Something that happened in a month.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// `YYYY-MM`; drawn at the month's beginning.
    pub month: String,
    /// What happened.
    pub label: String,
}

/// A rising step curve.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Curve {
    /// For example a cohort.
    pub name: String,
    /// (day, share converted by that day), days rising, from day 0.
    pub steps: Vec<(u32, f64)>,
    /// (day, low, high); may be empty.
    pub ribbon: Vec<(u32, f64, f64)>,
    /// (day, how many are still open and have been followed for as long), days rising; may be empty.
    pub open: Vec<(u32, u64)>,
}

/// A day to mark on the last curve.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mark {
    /// The day.
    pub day: f64,
    /// The curve's value there.
    pub value: f64,
    /// For example "half by day 15".
    pub label: String,
}

/// A row of a dot chart.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Dot {
    /// For example a channel.
    pub label: String,
    /// The estimate; `None` draws no dot.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit; `None` with a `low` means no upper limit (an arrow).
    pub high: Option<f64>,
    /// Text right of the row, for example "n = 118".
    pub note: String,
    /// How it is to be felt.
    pub tone: Tone,
}

/// One of the two ends of a waterfall.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WaterfallEnd {
    /// For example "Q2 2026".
    pub label: String,
    /// The value, in the chart's unit.
    pub value: f64,
}

/// A step of a waterfall.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WaterfallStep {
    /// What it is, for example "mix: more paid social".
    pub label: String,
    /// What it adds; negative if it takes away.
    pub value: f64,
    /// Lower limit of what it adds.
    pub low: Option<f64>,
    /// Upper limit of what it adds.
    pub high: Option<f64>,
    /// How it is to be felt.
    pub tone: Tone,
    /// Further lines of the tooltip, separated by `\n`; may be empty.
    pub tip: String,
}

/// A part of stacked areas.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AreaPart {
    /// For example "disqualified".
    pub name: String,
    /// (day, share by that day), days rising from day 0; a share holds until the next day given.
    pub values: Vec<(u32, f64)>,
}

/// An axis of a scatter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Axis {
    /// What it measures, for example "cost per MQL".
    pub label: String,
    /// Its unit.
    pub unit: Unit,
}

/// A dot of a scatter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScatterPoint {
    /// For example a channel.
    pub label: String,
    /// To the right; without a value there is no dot.
    pub x: Option<f64>,
    /// Lower limit of `x`.
    pub x_low: Option<f64>,
    /// Upper limit of `x`.
    pub x_high: Option<f64>,
    /// Upwards; without a value there is no dot.
    pub y: Option<f64>,
    /// Lower limit of `y`.
    pub y_low: Option<f64>,
    /// Upper limit of `y`.
    pub y_high: Option<f64>,
    /// What it rests on.
    pub n: u64,
    /// How it is to be felt.
    pub tone: Tone,
    /// Further lines of the tooltip, separated by `\n`; may be empty.
    pub tip: String,
}

/// A straight line through a scatter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScatterLine {
    /// What it means, for example "pays for itself above this line".
    pub label: String,
    /// Height at x = 0.
    pub at_zero: f64,
    /// How much it rises per unit of x.
    pub slope: f64,
    /// Whether what lies below it is worth a warning (tinted).
    pub below: Tone,
}

/// A cohort of a heat map.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HeatRow {
    /// `YYYY-MM`, or another name.
    pub label: String,
    /// How many there are.
    pub n: u64,
    /// As many as columns.
    pub cells: Vec<HeatCell>,
}

/// What has become of a cohort by an age.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct HeatCell {
    /// The share; `None` leaves the cell empty.
    pub share: Option<f64>,
    /// How many it rests on.
    pub n: u64,
    /// How far it can be trusted: what is not mature is hatched.
    pub state: PointState,
}

/// A row of dumbbells.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Dumbbell {
    /// For example a criterion.
    pub label: String,
    /// The value it has; `None` draws no hollow dot.
    pub from: Option<f64>,
    /// The value it gets; `None` draws no filled dot.
    pub to: Option<f64>,
    /// Lower limit of the end that has the interval.
    pub low: Option<f64>,
    /// Upper limit of it.
    pub high: Option<f64>,
    /// Text of the tooltip, lines separated by `\n`; may be empty.
    pub tip: String,
}

/// One of the two ends of a dumbbell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DumbbellEnd {
    /// The hollow dot.
    From,
    /// The filled one.
    To,
}

/// A band of scores.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScoreBand {
    /// Lowest score.
    pub from: f64,
    /// Scores below this one; `None` = open-ended.
    pub to: Option<f64>,
    /// How many there are.
    pub n: u64,
    /// The share that came.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// The share that was to be expected.
    pub expected: Option<f64>,
}

/// A candidate threshold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ThresholdStep {
    /// The threshold.
    pub threshold: f64,
    /// MQLs per month.
    pub mqls_per_month: f64,
    /// MQL→SQL of all leads at or above the threshold.
    pub average_rate: Option<f64>,
    /// MQL→SQL of the leads that only just reach it.
    pub marginal_rate: Option<f64>,
    /// Gain per month against today's threshold, with its interval, if economics are known: (value, low, high).
    pub gain_per_month: Option<(f64, f64, f64)>,
    /// Whether the step lies below today's bar, where nothing was worked (drawn hollow).
    pub basis: Basis,
}

/// What a row of the threshold sweep rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Counted.
    Observed,
    /// From the paths of MQLs above the bar.
    Emulated,
    /// A line drawn to where no lead was worked.
    Extrapolated,
}

/// What a reader can try where pages are interactive: another threshold, other prices. Every number is a result; with
/// prices V (of an SQL) and c (of an MQL) the gain of a row is its change in MQLs × (V × `moved_rate` − c).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhatIf {
    /// The thresholds that can be tried, lowest first.
    pub rows: Vec<WhatIfRow>,
    /// What an SQL is worth; `None` = the project does not say.
    pub value_per_sql: Option<f64>,
    /// What an MQL costs sales; `None` = the project does not say.
    pub sales_cost_per_mql: Option<f64>,
    /// What a move must gain a month to be worth the trouble, in sales' costs of an MQL.
    pub moving_costs_mqls: f64,
    /// What is advised at other values of an SQL.
    pub asked: Vec<WhatIfAdvice>,
    /// Today's points and other points, each with a bar of its own; empty where no other points are advised.
    pub cards: Vec<WhatIfCard>,
    /// Other points for one action at a time; in `report.json` they stand under `calibration.tried`.
    #[serde(skip)]
    pub actions: Vec<WhatIfAction>,
}

/// Other points for one action, all others as they are.
#[derive(Clone, Debug)]
pub struct WhatIfAction {
    /// The action.
    pub name: String,
    /// Its points today.
    pub points_now: f64,
    /// Points, and what they would have brought at each bar, lowest first.
    pub points: Vec<(f64, Vec<WhatIfTried>)>,
}

/// What other points would have brought at a bar, per month.
#[derive(Clone, Debug)]
pub struct WhatIfTried {
    /// The bar.
    pub threshold: f64,
    /// MQLs.
    pub mqls: f64,
    /// SQLs: the same number twice, or bounds where leads enter that were never worked.
    pub sqls: (f64, f64),
    /// MQLs and SQLs that leave, of today's.
    pub leaving: (f64, f64),
    /// MQLs that enter, and the most SQLs that these add.
    pub entering: (f64, f64),
    /// Range, or bounds, of the gain at the project's prices.
    pub gain: Option<(f64, f64)>,
}

/// A threshold that can be tried.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhatIfRow {
    /// The threshold.
    pub threshold: f64,
    /// MQLs per month.
    pub mqls_per_month: f64,
    /// SQLs per month.
    pub sqls_per_month: f64,
    /// MQL→SQL of all leads at or above the threshold.
    pub rate: Option<f64>,
    /// MQL→SQL of the leads that only just reach it.
    pub marginal_rate: Option<f64>,
    /// MQL→SQL, as expected from now on, of the leads that a move from today's bar takes out or in; `None` for today's bar.
    pub moved_rate: Option<f64>,
    /// Gain per month against today's bar at the project's prices, if it names any: (value, low, high).
    pub gain_per_month: Option<(f64, f64, f64)>,
    /// Probability that it is better than today's bar at the project's prices.
    pub probability_better: Option<f64>,
    /// What it rests on.
    pub basis: Basis,
}

/// What is advised if an SQL were worth something else.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhatIfAdvice {
    /// What an SQL would be worth.
    pub value_per_sql: f64,
    /// The threshold advised then.
    pub threshold: f64,
}

/// A set of points with its own bar.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhatIfCard {
    /// Which points, for example "Today's points".
    pub name: String,
    /// The bar that belongs to them.
    pub threshold: f64,
    /// MQLs per month.
    pub mqls_per_month: f64,
    /// SQLs per month: value, low, high.
    pub sqls_per_month: (f64, f64, f64),
    /// Share of the MQLs that were never handed to sales, so that what they bring is extrapolated.
    pub never_worked_share: f64,
}
