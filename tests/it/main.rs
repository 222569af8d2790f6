//! One binary, an annotated table of contents.

// The pieces
mod charts;
mod config;
mod reference;
mod threshold_rule;
mod writers;

// Worlds with known truth
mod worlds;

// What the tests share
mod demo_page;
mod json_schema;
