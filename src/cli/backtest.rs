//! `leadgauge backtest`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::calibration::backtest::{Backtest, Held, Repeated, Reviewed};
use crate::calibration::threshold::Verdict;
use crate::metrics::Estimate;
use crate::pipeline;
use crate::report::{below, format, output};
use crate::vocabulary::Day;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `backtest`.
#[derive(Args)]
pub struct BacktestArguments {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// How many month-ends to go back.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Print JSON instead of a table; `leadgauge schema backtest` describes it.
    #[arg(long)]
    json: bool,
}

impl BacktestArguments {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        let tested = pipeline::backtest(&plan, self.months, &|step| progress.step(step))?;
        progress.clear();
        if self.json {
            super::say(String::from_utf8_lossy(&output::json(&tested.backtest)).trim_end());
        } else {
            print(&tested.backtest, &plan.currency);
        }
        Ok(super::verdict(&tested.findings))
    }
}

fn print(backtest: &Backtest, currency: &str) {
    super::say(format_args!(
        "{:<11} {:>5}  {:<18} {:>6}  {:>7} {:>15} {:>7}  {:<5}  {:>20} {:>9}  {:<5}",
        "as of", "bar", "advice", "later", "rate at", "90 % range", "came", "held?", "gain a month", "came", "held?"
    ));
    super::say(format_args!("{:<11} {:>5}  {:<18} {:>6}  {:>7}", "", "", "", "MQLs", "the bar"));
    for row in &backtest.reviews {
        line(row, currency);
    }
    super::say("");
    tally(backtest).into_iter().for_each(super::say);
    super::say(
        "Later MQLs: those of the months after a review in which all are old enough to know, under the same criteria. Held: what came lies within the stated range, its own chance allowed for. Successive reviews share most of their later MQLs, so these are not as many independent tests.",
    );
}

fn line(row: &Reviewed, currency: &str) {
    let (said, came) = (&row.said, &row.came);
    let bar = said.bar.map_or("–".into(), below::points);
    let to = said.suggested.map_or(String::new(), below::points);
    let advice = match said.verdict {
        Verdict::Tighten => format!("raise to {to}"),
        Verdict::LoosenOneNotch => format!("lower to {to}"),
        Verdict::Keep => "keep".into(),
        Verdict::Explore => "keep, explore".into(),
        Verdict::NotEnoughData => "not enough data".into(),
        Verdict::NoEconomics => "no economics".into(),
    };
    let is_move = matches!(said.verdict, Verdict::Tighten | Verdict::LoosenOneNotch);
    let again = if is_move && row.repeated == Repeated::Yes { " ✓" } else { "" };
    let share = |value: Option<f64>| value.map_or("–".into(), format::share);
    let shares = |estimate: &Estimate| match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format::share_range(low, high),
        _ => String::new(),
    };
    let money = |value: f64| format::money(value.round(), currency);
    let gain = match (said.gain_per_month.low, said.gain_per_month.high) {
        (Some(low), Some(high)) => format!("{} to {}", money(low), money(high)),
        _ => String::new(),
    };
    let held = |held: Held| match held {
        Held::Yes => "yes",
        Held::No => "no",
        Held::Unknown => "–",
    };
    super::say(format_args!(
        "{:<11} {bar:>5}  {:<18} {:>6}  {:>7} {:>15} {:>7}  {:<5}  {gain:>20} {:>9}  {:<5}",
        said.as_of.to_string(),
        format!("{advice}{again}"),
        format::count(came.mqls as f64),
        share(said.marginal_at_bar.value),
        shares(&said.marginal_at_bar),
        share(came.marginal_at_bar.value),
        held(came.rate_held),
        came.gain_per_month.value.map_or("–".into(), money),
        held(came.gain_held),
    ));
}

fn tally(backtest: &Backtest) -> Vec<String> {
    let tally = &backtest.tally;
    let mut says = Vec::new();
    if tally.judged == 0 {
        says.push("No past month-end had enough mature MQLs and SQLs for a verdict.".to_string());
        return says;
    }
    let moves = match tally.moves {
        0 => "none advised to move the bar".to_string(),
        n => format!(
            "{n} advised to move the bar, {} of them for the second time in a row (marked ✓: only those would have been announced)",
            tally.announced
        ),
    };
    says.push(format!(
        "{} of {} month-ends had enough data for a verdict; {moves}.",
        tally.judged,
        backtest.reviews.len()
    ));
    if tally.pairs > 0 {
        says.push(format!("Two reviews in a row said the same direction {} of {} times.", tally.repeated, tally.pairs));
    }
    match tally.rates {
        0 => says.push(format!(
            "Nothing can be compared yet: no review has {} later MQLs that are old enough to know.",
            backtest.least_later_mqls
        )),
        n => {
            let little = if n < 3 { " That is too little to judge by." } else { "" };
            says.push(format!("The range of the rate at the bar held {} of {n} times.{little}", tally.rates_held));
        }
    }
    if tally.gains > 0 {
        let little = if tally.gains < 3 { " That is too little to judge by." } else { "" };
        says.push(format!("The range of the stated gain held {} of {} times.{little}", tally.gains_held, tally.gains));
    }
    says
}
