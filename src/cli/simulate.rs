//! `leadgauge simulate`

use super::progress::Progress;
use super::report::day;
use super::{Exit, Failure};
use crate::calibration::asked::{Asked, Setting};
use crate::calibration::simulation::{Figure, Simulation};
use crate::calibration::threshold::Basis;
use crate::config::plan::{Criteria, Plan};
use crate::pipeline::{self, Change};
use crate::report::{below, format, output};
use crate::vocabulary::Day;
use clap::Args;
use std::path::{Path, PathBuf};

/// Arguments of `simulate`.
#[derive(Args)]
pub struct Simulate {
    /// A project file, or a folder that holds one. Default: ./leadgauge.toml, else the sample project.
    project: Option<PathBuf>,
    /// The score at which a lead is an MQL.
    #[arg(long, value_name = "POINTS", allow_negative_numbers = true)]
    threshold: Option<f64>,
    /// Points of an action, for example demo_request=40; may be given several times.
    #[arg(long, value_name = "ACTION=POINTS", value_parser = pair)]
    points: Vec<(String, String)>,
    /// How many actions of a type count at most, for example email_open=10, or email_open=none.
    #[arg(long, value_name = "ACTION=N", value_parser = pair)]
    cap: Vec<(String, String)>,
    /// Points of an attribute's value, range or pattern, for example company_size.51-1000=15.
    #[arg(long, value_name = "ATTRIBUTE.VALUE=POINTS", value_parser = pair)]
    fit: Vec<(String, String)>,
    /// Days in which the points of an action halve, or none.
    #[arg(long, value_name = "DAYS")]
    half_life: Option<String>,
    /// Only actions at most this many days old count, or none.
    #[arg(long, value_name = "DAYS")]
    lookback: Option<String>,
    /// A file with [[criteria]], such as criteria.suggested.toml, in place of today's; its last version counts.
    #[arg(long, value_name = "FILE")]
    criteria: Option<PathBuf>,
    /// Hide everything after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<Day>,
    /// Write the ids of the leads that would enter, leave, come earlier or later into this CSV file.
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// Print JSON instead of a table; `leadgauge schema simulation` describes it.
    #[arg(long)]
    json: bool,
}

/// `name=value`; the last equals sign counts.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.rsplit_once('=').ok_or("expected a name and a value, such as demo_request=40")?;
    if name.trim().is_empty() {
        return Err("the name in front of `=` is missing".to_string());
    }
    Ok((name.trim().to_string(), value.trim().to_string()))
}

fn number<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure(format!("error: {what} must be a number, found `{text}`")))
}

/// A number, or `none`.
fn setting<T: std::str::FromStr>(what: &str, text: &str) -> Result<Setting<T>, Failure> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Setting::Off);
    }
    text.parse()
        .map(Setting::Of)
        .map_err(|_| Failure(format!("error: {what} must be a number that makes sense, or `none`, found `{text}`")))
}

impl Simulate {
    pub(super) fn run(self, progress: &Progress) -> Result<Exit, Failure> {
        let mut plan = super::plan(self.project.as_deref())?;
        plan.as_of = self.as_of.or(plan.as_of);
        let asked = self.asked()?;
        let found = pipeline::simulate(&plan, &asked, &|step| progress.step(step))?;
        progress.clear();
        if let Some(path) = &self.ids {
            let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
            let rows = found.moved.iter().map(|lead| {
                let change = match lead.change {
                    Change::Enters => "enters",
                    Change::Leaves => "leaves",
                    Change::Earlier => "earlier",
                    Change::Later => "later",
                };
                vec![lead.id.clone(), change.to_string(), day(lead.today), day(lead.simulated)]
            });
            let bytes = output::csv(&["lead_id", "change", "mql_today", "mql_simulated"], rows);
            output::place_file(path, &bytes, &plan, &found.inputs)?;
        }
        if self.json {
            super::say(String::from_utf8_lossy(&output::json(&found.simulation)).trim_end());
            return Ok(super::verdict(&found.findings));
        }
        print(&found.simulation, &plan);
        if let Some(path) = &self.ids {
            super::say(format_args!(
                "\nThe ids of {} are in {}",
                format::counted(found.moved.len() as u64, "lead"),
                path.display()
            ));
        }
        Ok(super::verdict(&found.findings))
    }

    fn asked(&self) -> Result<Asked, Failure> {
        let mut asked = Asked { threshold: self.threshold, ..Asked::default() };
        asked.criteria = self.criteria.as_deref().map(criteria).transpose()?;
        for (name, points) in &self.points {
            asked.points.push((name.clone(), number(&format!("the points of `{name}`"), points)?));
        }
        for (name, cap) in &self.cap {
            asked.caps.push((name.clone(), setting(&format!("the cap of `{name}`"), cap)?));
        }
        for (name, points) in &self.fit {
            let Some((attribute, value)) = name.split_once('.') else {
                return Err(Failure(format!(
                    "error: `{name}` names no value of an attribute\n  help: write the attribute, a dot and the value, such as company_size.51-1000=15"
                )));
            };
            asked.fit.push((
                attribute.to_string(),
                value.to_string(),
                number(&format!("the points of `{name}`"), points)?,
            ));
        }
        asked.half_life_days = self.half_life.as_deref().map(|text| setting("the half-life", text)).transpose()?;
        asked.lookback_days = self.lookback.as_deref().map(|text| setting("the look-back", text)).transpose()?;
        let says_nothing = asked.criteria.is_none()
            && asked.threshold.is_none()
            && asked.points.is_empty()
            && asked.caps.is_empty()
            && asked.fit.is_empty()
            && asked.half_life_days.is_none()
            && asked.lookback_days.is_none();
        if says_nothing {
            return Err(Failure(
                "error: nothing is to be different from today's criteria\n  help: say what, for example --threshold 120, --points demo_request=40 or --criteria criteria.suggested.toml"
                    .to_string(),
            ));
        }
        Ok(asked)
    }
}

/// The last version of the criteria in a file.
fn criteria(path: &Path) -> Result<Criteria, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|why| Failure(format!("error: cannot read {shown}: {why}")))?;
    let root = path.parent().unwrap_or(Path::new("."));
    let plan = crate::config::parse(&text, &shown.to_string(), root)
        .map_err(|problems| Failure(problems.render(crate::config::Look::Plain)))?;
    let none = || Failure(format!("error: {shown} has no [[criteria]]"));
    plan.criteria.into_iter().next_back().ok_or_else(none)
}

fn print(simulation: &Simulation, plan: &Plan) {
    let moves = &simulation.moves;
    super::say(format_args!(
        "Over the {} months of MQLs whose outcome is known:\n",
        format::grouped(simulation.months, 1)
    ));
    super::say(format_args!("{:<24} {:>12} {:>12} {:>22}  basis", "", "today", "simulated", "90 % range or bounds"));
    let line = |name: &str, figure: &Figure, text: &dyn Fn(f64) -> String| {
        let shown = |value: Option<f64>| value.map_or("–".to_string(), text);
        let range = match (figure.simulated.low, figure.simulated.high) {
            (Some(low), Some(high)) => format!("{} to {}", text(low), text(high)),
            _ => String::new(),
        };
        super::say(format_args!(
            "{name:<24} {:>12} {:>12} {range:>22}  {}",
            shown(figure.today),
            shown(figure.simulated.value),
            basis(figure.basis)
        ));
    };
    let money = |value: f64| format::money(if value.abs() >= 10.0 { value.round() } else { value }, &plan.currency);
    let decimal = |value: f64| format::grouped(value, 1);
    line("MQLs a month", &simulation.mqls_per_month, &decimal);
    line("SQLs a month", &simulation.sqls_per_month, &decimal);
    line("MQL→SQL", &simulation.mql_to_sql, &format::share);
    line("Sales' cost a month", &simulation.sales_cost_per_month, &money);
    line("Profit a month", &simulation.profit_per_month, &money);
    line("Gain a month", &simulation.gain_per_month, &money);
    super::say("");
    let mqls = |n: u64| format::counted(n, "MQL");
    let sqls = |n: u64| format::counted(n, "SQL");
    if moves.leave + moves.earlier + moves.later + moves.enter == 0 {
        super::say("Every MQL stays, none comes earlier or later, and no other lead enters.");
    } else {
        let leave = match moves.leave {
            0 => "none leaves".to_string(),
            n => format!("{} would not have reached the new bar in time, with {}", mqls(n), sqls(moves.leave_sqls)),
        };
        super::say(format_args!("{} stay, with {}; {leave} (observed).", mqls(moves.stay), sqls(moves.stay_sqls)));
    }
    let lost = &simulation.sqls_lost.simulated;
    if let (Some(value), Some(low), Some(high)) = (lost.value, lost.low, lost.high)
        && moves.leave + moves.later > 0
    {
        super::say(format_args!(
            "About {} SQLs would be lost (90 % range {} to {}; emulated): some of those MQLs would have reached the bar later, and waiting costs some SQLs of those that stay.",
            format::count(value),
            format::count(low),
            format::count(high)
        ));
    }
    let days = |days: Option<f64>| {
        days.map_or(String::new(), |days| format!(" (by {} days in the middle)", format::days(days)))
    };
    if moves.earlier + moves.later > 0 {
        super::say(format_args!(
            "Of those that stay, {} would have come earlier{} and {} later{}.",
            format::count(moves.earlier as f64),
            days(moves.earlier_days),
            format::count(moves.later as f64),
            days(moves.later_days)
        ));
    }
    if moves.enter > 0 {
        let explored = match moves.enter_explored {
            0 => "nobody worked them, so no outcome is known".to_string(),
            n => format!(
                "only {} of them were worked on purpose, with {}",
                format::count(n as f64),
                sqls(moves.enter_explored_sqls)
            ),
        };
        super::say(format_args!(
            "{} that were never MQL would enter: {explored}. Their gain can only be bounded: by none of them converting, and by all of them converting like the MQLs that just reach the new bar.",
            format::counted(moves.enter, "lead")
        ));
    }
    if moves.unexplained > 0 {
        super::say(format_args!(
            "{} did not reach today's bar on replay, and are left as they are.",
            mqls(moves.unexplained)
        ));
    }
    if let Some(chance) = simulation.probability_better {
        super::say(format_args!(
            "Chance that a bar of {} is better: {}.",
            below::points(simulation.simulated.threshold),
            format::chance(chance)
        ));
    }
    if simulation.gain_per_month.today.is_none() {
        super::say("What it gains is not known: set value_per_sql and sales_cost_per_mql under [economics].");
    } else if simulation.gain_per_month.simulated.low.is_none() {
        super::say("Too few MQLs and SQLs to put a gain on it.");
    }
    super::say(
        "\nObserved: counted. Emulated: from the score paths of MQLs. Extrapolated: rests on leads that were never worked.",
    );
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Observed => "observed",
        Basis::Emulated => "emulated",
        Basis::Extrapolated => "extrapolated",
    }
}
