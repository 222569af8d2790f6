//! What would another threshold bring? Three panels over the threshold with a shared axis: how good the marginal lead
//! is, how many there are, and what it is worth. No second axis, no slider: what was not observed is hollow and dotted.

use crate::report::chart::backend::{Area, Weight};
use crate::report::chart::frame::{
    self, Anchor, DASHED, DOTTED, Frame, Key, NAME, Plot, REMARK, Sign, Spot, Stroke, TICK, Ticks, Type, tint,
};
use crate::report::chart::theme::Token;
use crate::report::chart::{Drawing, Options};
use crate::report::format;
use crate::report::page::{Basis, Chart, ThresholdStep, Unit};
use plotters::style::text_anchor::{HPos, VPos};

/// What is drawn; see `ChartData::Threshold`.
pub struct Sweep<'a> {
    /// The candidates, lowest first.
    pub steps: &'a [ThresholdStep],
    /// Today's threshold.
    pub current: f64,
    /// The advised threshold, if it differs.
    pub suggested: Option<f64>,
    /// Thresholds that are equally good.
    pub plateau: Option<(f64, f64)>,
    /// The rate at which the marginal lead pays.
    pub break_even: Option<f64>,
    /// Currency of the profit panel.
    pub currency: &'a str,
}

const MARGINAL: Stroke = Stroke::solid(Token::Accent, 2.2);
const AVERAGE: Stroke = Stroke::solid(Token::Ghost(1), 1.8);
const PLATEAU: f64 = 0.13;
/// Height of the row that names the rules.
const NAMES_OF_RULES: f64 = 24.0;

/// A line of a panel: a value a step, if it exists.
struct Series {
    values: Vec<Option<f64>>,
    limits: Vec<Option<(f64, f64)>>,
    stroke: Stroke,
}

/// A panel.
struct Panel {
    title: String,
    unit: Unit,
    height: f64,
    /// The first is drawn first; the last one's values are labelled.
    series: Vec<Series>,
    level: Option<(f64, String)>,
}

/// Draws the panels.
pub fn draw(chart: &Chart, options: &Options, sweep: &Sweep) -> Drawing {
    let wide = options.width.is_wide();
    let width = frame::body_width(options);
    let panels = panels(sweep, wide);
    let keys = keys(sweep);
    let legend = frame::legend_height(&keys, width);
    // The names of the rules stand between the first title and its plot, where no line crosses a title.
    let first = legend + 14.0;
    let (title_height, gap) = (26.0, 16.0);
    let heights: f64 = panels.iter().map(|panel| panel.height + title_height + gap).sum();
    let mut frame = Frame::new(chart, options, first + NAMES_OF_RULES + heights - gap + 42.0);
    frame.legend(&keys, 0.0);

    let scales: Vec<Ticks> = panels.iter().map(panel_ticks).collect();
    let label_width = scales.iter().zip(&panels).map(|(ticks, panel)| ticks.width(&panel.unit)).fold(0.0, f64::max);
    let (x0, x1) = (label_width + 10.0, width - 12.0);
    let range = threshold_range(sweep);
    let (mut plots, mut titles) = (Vec::new(), Vec::new());
    let mut y = first;
    for (panel, ticks) in panels.iter().zip(&scales) {
        let above = title_height + if plots.is_empty() { NAMES_OF_RULES } else { 0.0 };
        let area = Area { x0, y0: y + above, x1, y1: y + above + panel.height };
        plots.push(frame.plot(area, range, (ticks.low(), ticks.high())));
        titles.push(y + title_height - 12.0);
        y += above + panel.height + gap;
    }
    let (top, bottom) = (plots[0].area.y0, y - gap);

    plateau(&frame, &plots, sweep);
    for ((panel, plot), ticks) in panels.iter().zip(&plots).zip(&scales) {
        frame.value_axis(plot, ticks, &panel.unit);
    }
    rules(&mut frame, &plots, sweep);
    for ((panel, plot), title) in panels.iter().zip(&plots).zip(titles) {
        frame.text(&panel.title, (0.0, title), NAME, (HPos::Left, VPos::Bottom));
        level(&mut frame, plot, panel);
        for series in &panel.series {
            line(&mut frame, plot, sweep.steps, series);
        }
    }
    for (panel, plot) in panels.iter().zip(&plots) {
        values(&mut frame, plot, panel, sweep);
    }
    level_labels(&mut frame, &panels, &plots);
    if sweep.steps.is_empty() {
        frame.nothing_to_draw(&plots[0], "No threshold could be tried");
    }
    threshold_axis(&frame, &plots[0], bottom, if wide { 12 } else { 6 });
    hits(&frame, &plots[0], sweep, (top, bottom));
    Drawing { panels: plots.iter().map(Plot::panel).collect(), ..frame.finish() }
}

fn panels(sweep: &Sweep, wide: bool) -> Vec<Panel> {
    let steps = sweep.steps;
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let bare = |values: Vec<Option<f64>>, stroke: Stroke| Series { limits: vec![None; values.len()], values, stroke };
    let average = bare(steps.iter().map(|step| finite(step.average_rate)).collect(), AVERAGE);
    let marginal = bare(steps.iter().map(|step| finite(step.marginal_rate)).collect(), MARGINAL);
    // Tenths of a lead are noise, unless there are hardly any leads.
    let whole = |value: f64| if value.abs() >= 10.0 { value.round() } else { value };
    let mqls = bare(steps.iter().map(|step| finite(Some(step.mqls_per_month)).map(whole)).collect(), MARGINAL);
    let break_even = sweep.break_even.filter(|rate| rate.is_finite());
    let tall = if wide { 1.0 } else { 0.86 };
    let mut out = vec![
        Panel {
            title: "MQL→SQL".to_owned(),
            unit: Unit::Share,
            height: 128.0 * tall,
            series: vec![average, marginal],
            level: break_even.map(|rate| (rate, format!("pays from {}", format::share(rate)))),
        },
        Panel {
            title: "MQLs per month".to_owned(),
            unit: Unit::Count,
            height: 84.0 * tall,
            series: vec![mqls],
            level: None,
        },
    ];
    let gains: Vec<Option<(f64, f64, f64)>> = steps.iter().map(|step| step.gain_per_month).collect();
    if gains.iter().flatten().any(known) {
        let values = gains.iter().map(|gain| gain.filter(known).map(|gain| gain.0)).collect();
        let limits = gains.iter().map(|gain| gain.filter(known).map(|gain| (gain.1, gain.2))).collect();
        out.push(Panel {
            title: "Gain per month against today".to_owned(),
            unit: Unit::Money(sweep.currency.to_owned()),
            height: 116.0 * tall,
            series: vec![Series { values, limits, stroke: MARGINAL }],
            level: Some((0.0, String::new())),
        });
    }
    out
}

/// Whether a gain and its limits are numbers.
fn known(gain: &(f64, f64, f64)) -> bool {
    gain.0.is_finite() && gain.1.is_finite() && gain.2.is_finite()
}

fn panel_ticks(panel: &Panel) -> Ticks {
    let values = || panel.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let limits = || panel.series.iter().flat_map(|series| series.limits.iter().flatten().copied());
    let level = panel.level.as_ref().map(|(level, _)| *level);
    // Losses and gains share a scale: the longer side decides how much of the other side's intervals is shown.
    let sizes = || values().chain(level).map(f64::abs).filter(|size| size.is_finite());
    let end = |side: f64, limit: &dyn Fn((f64, f64)) -> f64| {
        let must = values().chain(level).map(|value| side * value).filter(|end| end.is_finite()).fold(0.0, f64::max);
        must.max(frame::reach(sizes(), limits().map(limit)).min(limits().map(limit).fold(0.0, f64::max)))
    };
    let (top, bottom) = (end(1.0, &|limit| limit.1), end(-1.0, &|limit| -limit.0));
    let top = if panel.unit == Unit::Share { top.min(1.0) } else { top };
    let about = if panel.height > 90.0 { 4 } else { 3 };
    Ticks::covering(-bottom, if top + bottom > 0.0 { top } else { 1.0 }, about)
}

/// Everything that must be on the axis, with a little air.
fn threshold_range(sweep: &Sweep) -> (f64, f64) {
    let plateau = sweep.plateau.map(|(low, high)| [low, high]);
    let all = sweep.steps.iter().map(|step| step.threshold);
    let all = all.chain([sweep.current]).chain(sweep.suggested).chain(plateau.into_iter().flatten());
    let all = all.filter(|value| value.is_finite()).map(|value| value.clamp(-1e250, 1e250));
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let air = ((high - low) * 0.02).max(low.abs() * 1e-6).max(if high > low { 0.0 } else { 1.0 });
    (low - air, high + air)
}

/// Thresholds that are equally good.
fn plateau(frame: &Frame, plots: &[Plot], sweep: &Sweep) {
    let Some((low, high)) = sweep.plateau else { return };
    for plot in plots {
        let (from, to) = (plot.at(low, plot.y.0).0, plot.at(high, plot.y.0).0);
        // A plateau of one candidate still has to be seen.
        let (from, to) = if to - from < 8.0 { ((from + to) / 2.0 - 4.0, (from + to) / 2.0 + 4.0) } else { (from, to) };
        let area = Area { x0: from, y0: plot.area.y0, x1: to, y1: plot.area.y1 };
        frame.rectangle(area, tint(Token::Band, PLATEAU));
    }
}

/// A line through all panels that leaves their titles alone.
fn rule(frame: &mut Frame, plots: &[Plot], x: f64, stroke: Stroke) {
    for (i, plot) in plots.iter().enumerate() {
        let from = plot.area.y0 - if i == 0 { 6.0 } else { 0.0 };
        frame.line(&[(x, from), (x, plot.area.y1)], stroke);
        frame.keep_clear_of_path(&[(x, from), (x, plot.area.y1)]);
    }
}

/// Today's and the advised threshold: lines through all panels with their names above, never on top of each other.
fn rules(frame: &mut Frame, plots: &[Plot], sweep: &Sweep) {
    let Some(plot) = plots.first() else { return };
    let top = plot.area.y0;
    let today = Type { weight: Weight::Semibold, ..NAME }.ink(Token::Text);
    let advised = Type { weight: Weight::Bold, ..NAME }.ink(Token::Accent);
    let mut names: Vec<(f64, String, Type)> = Vec::new();
    if sweep.current.is_finite() {
        let x = plot.at(sweep.current, plot.y.0).0;
        rule(frame, plots, x, Stroke::solid(Token::Muted, 1.4).dashed("4 3"));
        names.push((x, format!("Today {}", format::short(sweep.current, &Unit::Count)), today));
    }
    if let Some(suggested) = sweep.suggested.filter(|value| value.is_finite()) {
        let x = plot.at(suggested, plot.y.0).0;
        rule(frame, plots, x, Stroke::solid(Token::Accent, 1.6));
        names.push((x, format!("Suggested {}", format::short(suggested, &Unit::Count)), advised));
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let gap = 14.0;
    let widths: Vec<f64> = names.iter().map(|(_, text, style)| style.width(text)).collect();
    let mut starts: Vec<f64> = names.iter().zip(&widths).map(|((x, ..), width)| x - width / 2.0).collect();
    if let [first, second] = starts.as_mut_slice() {
        let overlap = *first + widths[0] + gap - *second;
        if overlap > 0.0 {
            *first -= overlap / 2.0;
            *second += overlap / 2.0;
        }
        // Back onto the canvas, one pushing the other.
        let beyond = (*second + widths[1] - frame.width).max(0.0);
        *second -= beyond;
        *first = first.min(*second - gap - widths[0]).max(0.0);
        *second = second.max(*first + widths[0] + gap);
    } else if let [only] = starts.as_mut_slice() {
        *only = only.min(frame.width - widths[0]).max(0.0);
    }
    for ((_, text, style), start) in names.iter().zip(&starts) {
        frame.text(text, (*start, top - 10.0), *style, (HPos::Left, VPos::Bottom));
    }
}

fn level(frame: &mut Frame, plot: &Plot, panel: &Panel) {
    let Some((level, label)) = &panel.level else { return };
    let (from, to) = (plot.at(plot.x.0, *level), plot.at(plot.x.1, *level));
    let stroke =
        if label.is_empty() { Stroke::solid(Token::Axis, 1.0) } else { Stroke::solid(Token::Text, 1.2).dashed(DASHED) };
    frame.line(&[from, to], stroke);
    frame.keep_clear_of_path(&[from, to]);
}

fn level_labels(frame: &mut Frame, panels: &[Panel], plots: &[Plot]) {
    for (panel, plot) in panels.iter().zip(plots) {
        let Some((level, label)) = panel.level.as_ref().filter(|(_, label)| !label.is_empty()) else { continue };
        let y = plot.at(plot.x.0, *level).1;
        let (left, right) = (plot.area.x0 + 6.0, plot.area.x1 - 6.0);
        let middle = (left + right) / 2.0;
        let places: [(Spot, Anchor); 6] = [
            ((right, y + 6.0), (HPos::Right, VPos::Top)),
            ((right, y - 6.0), (HPos::Right, VPos::Bottom)),
            ((left, y - 6.0), (HPos::Left, VPos::Bottom)),
            ((left, y + 6.0), (HPos::Left, VPos::Top)),
            ((middle, y + 6.0), (HPos::Center, VPos::Top)),
            ((middle, y - 6.0), (HPos::Center, VPos::Bottom)),
        ];
        frame.label(label, REMARK, &places, plot.area);
    }
}

fn line(frame: &mut Frame, plot: &Plot, steps: &[ThresholdStep], series: &Series) {
    let at = |i: usize, value: f64| plot.at(steps[i].threshold, value);
    let worked = |i: usize| steps[i].basis != Basis::Extrapolated;
    let both = |i: usize, j: usize| series.values[i].is_some() && series.values[j].is_some();
    for run in frame::runs(steps.len(), |i, j| both(i, j) && series.limits[i].and(series.limits[j]).is_some(), worked) {
        let part = run.first..=run.last;
        let upper = part.clone().filter_map(|i| series.limits[i].map(|(_, high)| at(i, high)));
        let lower = part.rev().filter_map(|i| series.limits[i].map(|(low, _)| at(i, low)));
        let outline: Vec<Spot> = upper.chain(lower).collect();
        frame.surface(&outline, tint(series.stroke.ink, if run.settled { 0.16 } else { 0.08 }));
    }
    for run in frame::runs(steps.len(), both, worked) {
        let path: Vec<Spot> =
            (run.first..=run.last).filter_map(|i| series.values[i].map(|value| at(i, value))).collect();
        frame.line(&path, if run.settled { series.stroke } else { series.stroke.dashed(DOTTED) });
        frame.keep_clear_of_path(&path);
    }
    let alone = steps.iter().filter(|step| step.basis == Basis::Extrapolated).count() <= 40;
    for (i, value) in series.values.iter().enumerate() {
        let Some(value) = value else { continue };
        let joined = (i > 0 && both(i - 1, i)) || (i + 1 < steps.len() && both(i, i + 1));
        match steps[i].basis {
            Basis::Extrapolated if alone || !joined => frame.ring(at(i, *value), 2.6, series.stroke.ink),
            _ if !joined => frame.dot(at(i, *value), 3.0, series.stroke.ink),
            _ => {}
        }
    }
}

/// The values at today's and at the advised threshold, on the outer side of each.
fn values(frame: &mut Frame, plot: &Plot, panel: &Panel, sweep: &Sweep) {
    let Some(series) = panel.series.last() else { return };
    let at = |threshold: f64| {
        let i = sweep.steps.iter().position(|step| (step.threshold - threshold).abs() < 1e-9)?;
        series.values[i].map(|value| (plot.at(threshold, value), value))
    };
    let semibold = Type { size: 12.0, weight: Weight::Semibold, ink: Token::Text };
    let advised = sweep.suggested.filter(|suggested| (suggested - sweep.current).abs() > 1e-9);
    let today_is_left = advised.is_none_or(|suggested| sweep.current < suggested);
    let accent = Type { weight: Weight::Bold, ..semibold }.ink(Token::Accent);
    let marks = [
        (Some(sweep.current), semibold, Token::Muted, today_is_left),
        (advised, accent, Token::Accent, !today_is_left),
    ];
    let marks: Vec<(Spot, f64, Type, Token, bool)> = marks
        .into_iter()
        .filter_map(|(threshold, style, ink, left)| {
            threshold.and_then(at).map(|(spot, value)| (spot, value, style, ink, left))
        })
        .collect();
    for (spot, _, _, ink, _) in &marks {
        frame.dot(*spot, 3.8, *ink);
        frame.keep_clear(Area { x0: spot.0 - 5.0, y0: spot.1 - 5.0, x1: spot.0 + 5.0, y1: spot.1 + 5.0 });
    }
    // Words may stand in the gap above the panel, not on its title.
    let room = Area { x0: plot.area.x0, y0: plot.area.y0 - 14.0, x1: frame.width, y1: plot.area.y1 + 2.0 };
    for ((x, y), value, style, _, left) in &marks {
        // Today's gain against today is zero by definition; saying so is noise.
        if *value == 0.0 && matches!(panel.unit, Unit::Money(_)) {
            continue;
        }
        let text = format::short(*value, &panel.unit);
        let side = |left: bool| if left { (x - 8.0, HPos::Right) } else { (x + 8.0, HPos::Left) };
        let (near, far) = (side(*left), side(!*left));
        let places: Vec<(Spot, Anchor)> = [near, far]
            .into_iter()
            .flat_map(|(x, h)| {
                [
                    ((x, y - 8.0), (h, VPos::Bottom)),
                    ((x, y + 8.0), (h, VPos::Top)),
                    ((x, y - 20.0), (h, VPos::Bottom)),
                    ((x, y + 20.0), (h, VPos::Top)),
                ]
            })
            .collect();
        frame.label(&text, *style, &places, room);
    }
}

fn threshold_axis(frame: &Frame, plot: &Plot, bottom: f64, about: usize) {
    let ticks = Ticks::covering(plot.x.0, plot.x.1, about);
    frame.pen.open_texts("axis", TICK.ink);
    let mut free_from = f64::NEG_INFINITY;
    for value in ticks.values.iter().filter(|value| **value >= plot.x.0 && **value <= plot.x.1) {
        let x = plot.at(*value, plot.y.0).0;
        let text = ticks.label(*value, &Unit::Count);
        let half = TICK.width(&text) / 2.0;
        let x = x.clamp(half, (frame.width - half).max(half));
        if x - half > free_from {
            frame.text(&text, (x, bottom + 9.0), TICK, (HPos::Center, VPos::Top));
            free_from = x + half + 8.0;
        }
    }
    frame.text("score at which a lead becomes an MQL", (plot.area.x1, bottom + 27.0), TICK, (HPos::Right, VPos::Top));
    frame.pen.close();
}

fn hits(frame: &Frame, plot: &Plot, sweep: &Sweep, (top, bottom): (f64, f64)) {
    frame.pen.open("hits");
    let xs: Vec<f64> = sweep.steps.iter().map(|step| plot.at(step.threshold, plot.y.0).0).collect();
    for (i, step) in sweep.steps.iter().enumerate().filter(|(_, step)| step.threshold.is_finite()) {
        let from = if i == 0 { plot.area.x0 } else { (xs[i - 1] + xs[i]) / 2.0 };
        let to = xs.get(i + 1).map_or(plot.area.x1, |next| (xs[i] + next) / 2.0);
        let area = Area { x0: from, y0: top, x1: to, y1: bottom };
        frame.hit(area, &tip(step, sweep.currency), &[(xs[i], top), (xs[i], bottom)]);
    }
    frame.pen.close();
}

fn tip(step: &ThresholdStep, currency: &str) -> String {
    let share = |rate: Option<f64>| {
        rate.filter(|rate| rate.is_finite()).map_or_else(|| "–".to_owned(), |rate| format::short(rate, &Unit::Share))
    };
    let unit = Unit::Money(currency.to_owned());
    let mqls = Some(step.mqls_per_month).filter(|mqls| mqls.is_finite());
    let mqls = mqls.map_or_else(|| "–".to_owned(), |mqls| format::short(mqls.round(), &Unit::Count));
    let mut lines = vec![
        format!("Threshold {}", format::short(step.threshold, &Unit::Count)),
        format!("{mqls} MQLs per month"),
        format!("MQL→SQL at the margin {}, of all {}", share(step.marginal_rate), share(step.average_rate)),
    ];
    if let Some((value, low, high)) = step.gain_per_month.filter(known) {
        let [value, low, high] = [value, low, high].map(|amount| format::short(amount, &unit));
        lines.push(format!("Gain per month {value} (90\u{a0}% interval {low} to {high})"));
    }
    if step.basis == Basis::Extrapolated {
        lines.push("Below today's bar no lead was worked: an extrapolation".to_owned());
    }
    lines.join("\n")
}

fn keys(sweep: &Sweep) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut key = |sign: Sign, text: &str| keys.push(Key { sign, text: text.to_owned() });
    key(Sign::Line(MARGINAL), "Leads that only just pass");
    key(Sign::Line(AVERAGE), "All that pass");
    if sweep.steps.iter().any(|step| step.basis == Basis::Extrapolated) {
        key(Sign::LineWithRing(MARGINAL.dashed(DOTTED)), "Extrapolated");
    }
    if sweep.plateau.is_some() {
        key(Sign::Surface(tint(Token::Band, 0.2)), "Equally good");
    }
    if sweep.steps.iter().any(|step| step.gain_per_month.is_some()) {
        key(Sign::Surface(tint(Token::Accent, 0.16)), "90\u{a0}% interval");
    }
    keys
}
