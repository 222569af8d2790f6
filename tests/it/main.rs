//! One binary, an annotated table of contents.

// The pieces
mod charts;
mod config;
mod reference;
mod threshold_rule;
mod writers;

// The whole
mod sample_report;

// Real data
mod olist;

// What the tests share
mod demo_page;
mod json_schema;
