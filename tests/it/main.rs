//! One binary, an annotated table of contents.

// The shape of the program, and the definitions
mod architecture;
mod queries;

// The pieces
mod change;
mod channels;
mod charts;
mod config;
mod cost;
#[cfg(feature = "pdf")]
mod pdf;
mod points;
mod reference;
mod same_numbers;
mod threshold_rule;
mod traps;
mod workbook;
mod writers;
mod young;

// The whole
mod handoff;
mod mql_counts;
mod own_faults;
mod own_report;
mod recorded_scores;
mod sample_report;
mod score_quality;
mod since_last;
mod starter;
mod versions;

// Real data
mod awkward;
mod formats;
mod olist;
mod olist_recognised;
mod olist_variants;

// The same data as different systems export them
mod messy;
mod messy_agrees;
mod messy_by_hand;
mod recognised;
mod same_people;
mod same_people_recognised;

// What holds for any data, and what happens to bad data
mod bad_input;
mod laws;
mod quality;
mod values;

// The program
mod backfill;
mod backtest;
mod brief;
mod commands;
mod explore;
mod readme;
mod simulate;

// Worlds with known truth
mod worlds;

// What the tests share
mod demo_page;
mod json_schema;
mod layouts;
mod project;
