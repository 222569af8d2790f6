//! leadgauge: is marketing working, and is the bar for a marketing-qualified lead (MQL) right?
//!
//! # The flow
//!
//! ```text
//! exports ─ingest─▶ canonical tables ─queries─▶ journeys ─replay─▶ scores ─queries─▶ facts ─metrics, calibration─▶ report ─writers─▶ files
//! ```
//!
//! SQL counts, Rust infers, templates show: no ratio in SQL, no dataframe in the statistics, no arithmetic in a template.
//! Everything right of the facts is a pure function of counts whose size does not grow with the number of leads.
//!
//! # The modules, in reading order
//!
//! | module | the question it answers |
//! |---|---|
//! | [`vocabulary`] | which stages, days, months and amounts are there? |
//! | [`finding`] | what is wrong with the data, without being a reason to stop? |
//! | [`config`] | what does the project file say, and what is wrong with it? |
//! | [`model`] | which tables and columns does everything rest on? |
//! | [`ingest`] | how do files become canonical tables? |
//! | [`engine`] | where do the queries run? |
//! | [`replay`] | what was each lead's score, and when did it cross the bar? |
//! | [`facts`] | which counts are all numbers made of? |
//! | [`stats`] | how sure is a share, a curve, a count? (knows no leads) |
//! | [`metrics`] | what are the five measures, and is conversion in its range? |
//! | [`calibration`] | is the bar right, and what would another one bring? |
//! | [`pipeline`] | in which order does all this run? |
//! | [`report`] | what does the reader see? |
//! | [`sample`] | what does a realistic project look like? |
//! | [`starter`] | what does one start with: a project file for a folder, a workbook without a CRM? |
//! | [`cli`] | what did the user ask for? |
//!
//! # Invariants
//!
//! - Time and chance are arguments: the same input gives the same bytes. No clock, no thread generator, no hash order.
//! - No naked numbers: what is shown is an estimate with its interval, or a count. From nothing comes `None`.
//! - Time zones die at ingest; after it there are project-local day numbers.
//! - Errors stop; findings accumulate.
//! - `polars` is named in [`ingest`], [`engine`], [`facts`] and [`pipeline`] only.

#![warn(missing_docs)]

pub mod calibration;
pub mod cli;
pub mod config;
pub mod engine;
pub mod facts;
pub mod finding;
pub mod ingest;
pub mod metrics;
pub mod model;
pub mod pipeline;
pub mod replay;
pub mod report;
pub mod sample;
pub mod starter;
pub mod stats;
pub mod vocabulary;
