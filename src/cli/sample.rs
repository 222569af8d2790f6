//! `leadgauge sample`

use super::progress::Progress;
use super::{Exit, Failure};
use crate::report::output;
use crate::sample::{self, Settings};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `sample`.
#[derive(Args)]
pub struct Sample {
    /// Where to write the project.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many leads.
    #[arg(long, default_value_t = Settings::default().leads)]
    leads: u32,
    /// How many months of history.
    #[arg(long, default_value_t = Settings::default().months)]
    months: u32,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
}

impl Sample {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let settings = Settings { leads: self.leads, months: self.months, seed: self.seed };
        let files = sample::files(&settings)?;
        output::place(&self.out, output::Kind::Sample, &files)?;
        if !progress.is_quiet() {
            super::say(format_args!(
                "A sample project is in {}; try: leadgauge report {}",
                self.out.display(),
                self.out.display()
            ));
        }
        Ok(Exit::Done)
    }
}
