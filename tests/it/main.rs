//! One binary, an annotated table of contents.

// The shape of the program, and the definitions
mod architecture;
mod queries;

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
