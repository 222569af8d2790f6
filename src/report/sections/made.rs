//! What does a section say of made inputs? The sample project with everything silenced that a section could speak of, so
//! that a test lets one thing speak at a time.

use super::{Context, Goal};
use crate::calibration::threshold;
use crate::config::{self, plan::Plan};
use crate::finding::{Finding, Level};
use crate::metrics::benchmark::Verdict;
use crate::metrics::change::{Comparison, News};
use crate::metrics::channels::{AgainstRest, Difference};
use crate::metrics::funnel::Status;
use crate::metrics::maturity_alarm::AlarmState;
use crate::pipeline::{self, Analysis};
use crate::report::page::{Block, Cell, Section};
use crate::report::trust::{Trust, TrustLevel};
use std::path::Path;
use std::sync::LazyLock;

static SAMPLE: LazyLock<(Plan, Analysis)> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let plan = config::find(Some(&folder)).expect("the sample").plan().expect("a plan");
    let analysis = pipeline::run(&plan, &|_| {}).expect("an analysis");
    (plan, analysis)
});

/// Inputs of a section, to be changed by a test.
pub struct Made {
    pub plan: Plan,
    pub analysis: Analysis,
    pub trust: Trust,
    /// The comparison of halves that the sample has.
    pub halves: Comparison,
}

impl Made {
    /// Nothing is wrong, nothing has moved, nobody waits, nothing is advised.
    pub fn quiet() -> Made {
        let (plan, mut analysis) = LazyLock::force(&SAMPLE).clone();
        let trust = Trust { level: TrustLevel::Trusted, says: String::new() };
        analysis.findings.clear();
        let metrics = &mut analysis.metrics;
        let halves = metrics.change.halves.take().expect("the sample has two halves");
        (metrics.change.volume, metrics.change.month) = (None, None);
        (metrics.change.year_ago, metrics.change.control) = (None, None);
        let touches = metrics.handoff.touches.as_mut().expect("the sample has touches");
        (touches.n_overdue, touches.n_forgotten) = (0, 0);
        metrics.benchmark.verdict = Verdict::Inside;
        metrics.lag_alarm.state = AlarmState::Quiet;
        metrics.costs.missing_spend = None;
        for standing in metrics.channels.iter_mut().filter_map(|row| row.standing.as_mut()) {
            (standing.verdict, standing.rest) = (Verdict::Inside, None);
        }
        for row in &mut metrics.months {
            row.mql_to_sql.status = Status::Mature;
        }
        let calibration = &mut analysis.calibration;
        calibration.verdict = threshold::Verdict::NotEnoughData;
        (calibration.points, calibration.recorded) = (None, None);
        calibration.traps.found.clear();
        Made { plan, analysis, trust, halves }
    }

    pub fn context(&self) -> Context<'_> {
        Context { plan: &self.plan, analysis: &self.analysis, metrics: &self.analysis.metrics, goal: Goal::Sql }
    }

    /// The sample's comparison of halves, with this to be said of it and of its parts.
    pub fn compared(&mut self, says: News) {
        let mut halves = self.halves.clone();
        for effect in [&mut halves.total, &mut halves.rate_effect, &mut halves.mix_effect] {
            effect.news = says;
        }
        self.analysis.metrics.change.halves = Some(halves);
    }

    /// What is to be said of the channel at that place against the rest.
    pub fn against_the_rest(&mut self, at: usize, says: Difference) {
        let against =
            AgainstRest { rest: 0.2, difference: -0.1, low: -0.15, high: -0.05, p: 0.001, p_adjusted: 0.004, says };
        let standing = self.analysis.metrics.channels[at].standing.as_mut().expect("a channel has a standing");
        standing.rest = Some(against);
    }

    /// A finding about the data.
    pub fn found(&mut self, code: &str, level: Level, help: &str) {
        self.analysis.findings.push(Finding {
            code: code.into(),
            level,
            table: "leads".into(),
            count: 20,
            of: 100,
            share: Some(0.2),
            examples: Vec::new(),
            says: format!("{code} was found"),
            help: help.into(),
        });
    }
}

/// The rows of a section's tables, as text.
pub fn rows(section: &Section) -> Vec<Vec<String>> {
    let tables =
        section.blocks.iter().filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    let text = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        other => format!("{other:?}"),
    };
    tables.flat_map(|table| &table.rows).map(|row| row.cells.iter().map(text).collect()).collect()
}
