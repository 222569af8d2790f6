//! `leadgauge schema`

use super::{Exit, Failure};
use crate::calibration::Calibration;
use crate::calibration::backtest::Backtest;
use crate::calibration::simulation::Simulation;
use crate::{config, report};
use clap::{Args, ValueEnum};

/// Arguments of `schema`.
#[derive(Args)]
pub struct Schema {
    /// Which file's schema.
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Config,
    Report,
    Index,
    Brief,
    Calibration,
    Simulation,
    Backtest,
}

impl Schema {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let schema = match self.what {
            What::Config => config::schema(),
            What::Report => report::schema(),
            What::Index => report::index::schema(),
            What::Brief => report::brief::schema(),
            What::Backtest => schemars::schema_for!(Backtest).to_value(),
            What::Simulation => schemars::schema_for!(Simulation).to_value(),
            What::Calibration => schemars::schema_for!(Calibration).to_value(),
        };
        super::say(format_args!("{schema:#}"));
        Ok(Exit::Done)
    }
}
