//! How does a chart of the page become a chart of the workbook, drawn by the program that opens it from cells?
//!
//! Each chart has its data as a table on a sheet of their own. What a chart of this format needs beside them (the length
//! of a whisker, the height of a band) stands in columns of their own, and only there.

use super::grid::{Field, Grid, Kind, Line, Value};
use super::look::{self, ink};
use super::names::{self, Taken};
use super::sheet::Place;
use crate::report::chart::theme::Token;
use crate::report::format;
use crate::report::page::{
    AreaPart, Axis, Basis, Chart, ChartData, Curve, Dot, Dumbbell, DumbbellEnd, HeatRow, Limits, Part, Point,
    PointState, ScatterPoint, ScoreBand, ThresholdStep, Tone, Unit, WaterfallEnd, WaterfallStep,
};
use rust_xlsxwriter::{
    Chart as Drawing, ChartAxis, ChartAxisLabelPosition, ChartEmptyCells, ChartErrorBars, ChartErrorBarsType,
    ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker, ChartMarkerType,
    ChartPoint, ChartRange, ChartSeries, ChartSolidFill, ChartType,
};

/// Pixels of a chart on the sheet.
pub const WIDTH: u32 = 640;
/// Pixels of a chart on the sheet.
pub const HEIGHT: u32 = 340;

/// Longest text that describes a chart to those who do not see it.
const LONGEST_ALT: usize = 250;

/// Draws a chart from where its data lie.
pub type Draw = Box<dyn Fn(&Place) -> Drawing>;

/// A value with its lower and its upper limit.
type Limited = (Option<f64>, Option<f64>, Option<f64>);

/// A chart with its data.
pub struct Planned {
    /// The data.
    pub grid: Grid,
    /// What to say under it.
    pub says: String,
    /// The drawings: one, or a panel each.
    pub draws: Vec<Draw>,
}

/// The data of a chart, column by column.
#[derive(Default)]
struct Data {
    headers: Taken,
    columns: Vec<Field>,
    values: Vec<Vec<Value>>,
}

impl Data {
    /// Adds a column; says where it stands.
    fn add(&mut self, header: &str, kind: Kind, values: impl Iterator<Item = Value>) -> u16 {
        self.columns.push(Field { header: self.headers.header(header), kind });
        self.values.push(values.collect());
        (self.columns.len() - 1) as u16
    }

    fn words<'a>(&mut self, header: &str, values: impl Iterator<Item = &'a str>) -> u16 {
        self.add(header, Kind::Words, values.map(Value::words))
    }

    fn numbers(&mut self, header: &str, unit: &Unit, values: impl Iterator<Item = Option<f64>>) -> u16 {
        self.add(header, Kind::Number(unit.clone()), values.map(|value| Value::maybe(value, unit)))
    }

    fn grid(self, chart: &Chart, taken: &mut Taken) -> Grid {
        let n = self.values.iter().map(Vec::len).max().unwrap_or(0);
        let row = |i: usize| Line {
            values: self.values.iter().map(|column| column.get(i).cloned().unwrap_or(Value::Empty)).collect(),
            tone: Tone::Neutral,
        };
        Grid {
            name: taken.table(&format!("chart-{}", chart.id)),
            title: names::one_line(&chart.title),
            rows: (0..n).map(row).collect(),
            columns: self.columns,
            note: String::new(),
        }
    }
}

/// The chart for this format. A shape that it cannot draw is left to the pictures.
pub fn plan(chart: &Chart, taken: &mut Taken) -> Option<Planned> {
    let alt = names::shortened(&names::one_line(&chart.description), LONGEST_ALT);
    let (data, draws) = match &chart.data {
        ChartData::Bars { months, parts, expected } => bars(months, parts, expected),
        ChartData::Line { counted, points, band, unit, limits, .. } => {
            line(counted, points, *band, unit, limits.as_ref())
        }
        ChartData::Curves { curves, x_label, .. } => stairs(curves, x_label),
        ChartData::Dots { rows, unit, .. } => dots(rows, unit),
        ChartData::Waterfall { start, end, steps, unit } => waterfall(start, end, steps, unit),
        ChartData::Areas { parts, x_label, .. } => areas(parts, x_label),
        ChartData::Threshold { steps, break_even, currency, .. } => thresholds(steps, *break_even, currency),
        ChartData::Scatter { points, x, y, .. } => scatter(points, x, y),
        ChartData::Heat { column_label, columns, rows, counted } => heat(column_label, columns, rows, counted),
        ChartData::Dumbbells { rows, from, to, interval_of, unit } => dumbbells(rows, from, to, *interval_of, unit),
        ChartData::Reliability { bands, counted, .. } => reliability(bands, counted),
    };
    let grid = data.grid(chart, taken);
    if grid.rows.is_empty() {
        return None;
    }
    let says = [&chart.subtitle, &chart.source].into_iter().filter(|text| !text.is_empty());
    let says = says.map(|text| names::one_line(text)).collect::<Vec<_>>().join(". ");
    let draws = draws.into_iter().map(|draw| {
        let alt = alt.clone();
        let described: Draw = Box::new(move |place| {
            let mut drawing = draw(place);
            drawing.set_alt_text(&alt);
            drawing
        });
        described
    });
    Some(Planned { grid, says, draws: draws.collect() })
}

// --- What all drawings share ---------------------------------------------------------------------------------------------

/// The values of a column.
fn column(place: &Place, at: u16) -> ChartRange {
    ChartRange::new_from_range(&place.sheet, place.header + 1, at, place.last, at)
}

/// Some values of a column, by their rows from 0.
fn rows(place: &Place, at: u16, from: usize, to: usize) -> ChartRange {
    let row = |i: usize| (place.header + 1).saturating_add(u32::try_from(i).unwrap_or(u32::MAX)).min(place.last);
    ChartRange::new_from_range(&place.sheet, row(from), at, row(to), at)
}

/// The header of a column. A name of the data is never given as a text: it could be read as a reference.
fn head(place: &Place, at: u16) -> ChartRange {
    ChartRange::new_from_range(&place.sheet, place.header, at, place.header, at)
}

fn font(size: f64, token: Token) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(size).set_color(ink(token)).unset_bold();
    font
}

fn stroke(token: Token, width: f64) -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(ink(token)).set_width(width);
    line
}

fn dashed(token: Token, width: f64) -> ChartLine {
    let mut line = stroke(token, width);
    line.set_dash_type(ChartLineDashType::Dash);
    line
}

fn fill(token: Token, transparency: u8) -> ChartSolidFill {
    let mut fill = ChartSolidFill::new();
    fill.set_color(ink(token)).set_transparency(transparency);
    fill
}

/// A drawing with our furniture: title from the cell above the data, quiet axes, the legend below.
fn drawing(kind: ChartType, place: &Place, unit: &Unit) -> Drawing {
    let mut chart = Drawing::new(kind);
    let title = ChartRange::new_from_range(&place.sheet, place.header - 1, 0, place.header - 1, 0);
    let mut bold = font(12.0, Token::Ink);
    bold.set_bold();
    chart.title().set_name(&title).set_font(&bold);
    chart.set_width(WIDTH).set_height(HEIGHT).show_empty_cells_as(ChartEmptyCells::Gaps);
    chart.chart_area().set_format(ChartFormat::new().set_no_border().set_solid_fill(&fill(Token::Paper, 0)));
    let small = font(9.0, Token::Muted);
    chart.x_axis().set_font(&small).set_format(ChartFormat::new().set_line(&stroke(Token::Axis, 0.75)));
    chart.x_axis().set_label_position(ChartAxisLabelPosition::Low).set_major_gridlines(false);
    chart
        .y_axis()
        .set_font(&small)
        .set_num_format(look::digits(0, unit))
        .set_format(ChartFormat::new().set_no_line())
        .set_major_gridlines(true)
        .set_major_gridlines_line(&stroke(Token::Grid, 0.75));
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(9.0, Token::Text));
    chart
}

/// The number format of an axis that reaches so far: decimals where whole numbers would say the same thing twice.
fn axis(unit: &Unit, reach: f64) -> String {
    let decimals = match unit {
        Unit::Share if reach <= 0.005 => 2,
        Unit::Share if reach <= 0.05 => 1,
        Unit::Share | Unit::Count => 0,
        _ if reach <= 0.5 => 2,
        _ if reach <= 5.0 => 1,
        _ => 0,
    };
    look::digits(decimals, unit)
}

/// How far an axis has to reach for values and whiskers. The programs themselves look at values only.
#[derive(Clone, Copy, Default)]
struct Reach {
    low: f64,
    high: f64,
}

impl Reach {
    fn of(values: impl Iterator<Item = Option<f64>>) -> Reach {
        let known = values.flatten().filter(|value| value.is_finite());
        let (low, high) = known.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        Reach { low: 0.0 - round(-low), high: round(high) }
    }

    /// Sets the ends of an axis and its labels.
    fn set(self, axis_of_values: &mut ChartAxis, unit: &Unit) {
        let high = if *unit == Unit::Share && self.high > 1.0 && self.high <= 1.5 { 1.0 } else { self.high };
        if self.low < high {
            axis_of_values.set_min(self.low).set_max(high);
        }
        axis_of_values.set_num_format(axis(unit, high.max(-self.low)));
    }
}

/// The next round number, for an end of an axis; 0 from nothing.
fn round(size: f64) -> f64 {
    if size <= 0.0 {
        return 0.0;
    }
    let magnitude = 10f64.powf(size.log10().floor());
    let steps = [1.0, 1.2, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = steps.iter().find(|step| **step * magnitude >= size);
    let next = fits.copied().unwrap_or(10.0) * magnitude;
    // Without the dust of powers.
    (next * 1e9 / magnitude).round() / 1e9 * magnitude
}

fn by_month(chart: &mut Drawing) {
    chart.x_axis().set_date_axis(true).set_num_format("mmm yy");
}

/// Whiskers from two columns that hold their lengths.
fn whiskers(place: &Place, down: u16, up: u16, token: Token) -> ChartErrorBars {
    let mut bars = ChartErrorBars::new();
    bars.set_type(ChartErrorBarsType::Custom(column(place, up), column(place, down)))
        .set_format(ChartFormat::new().set_line(&stroke(token, 1.0)));
    bars
}

/// A round marker, filled or hollow.
fn marker(token: Token, inside: Token) -> ChartMarker {
    let mut marker = ChartMarker::new();
    marker
        .set_type(ChartMarkerType::Circle)
        .set_size(7)
        .set_format(ChartFormat::new().set_line(&stroke(token, 1.5)).set_solid_fill(&fill(inside, 0)));
    marker
}

fn no_marker() -> ChartMarker {
    let mut marker = ChartMarker::new();
    marker.set_none();
    marker
}

fn series(place: &Place, categories: u16, values: u16) -> ChartSeries {
    let mut series = ChartSeries::new();
    series.set_categories(&column(place, categories)).set_values(&column(place, values)).set_name(&head(place, values));
    series
}

/// Adds a series as it is. The library's own way takes the markers off a line.
fn push(chart: &mut Drawing, series: ChartSeries) {
    *chart.add_series() = series;
}

fn months<'a>(data: &mut Data, months: impl Iterator<Item = &'a str>) -> u16 {
    data.add(
        "Month",
        Kind::Month,
        months.map(|month| month.parse().map_or_else(|()| Value::words(month), Value::Month)),
    )
}

/// The lengths of whiskers and their limits, as four columns: low, high, down, up.
fn limits(data: &mut Data, unit: &Unit, of: &[(Option<f64>, Option<f64>, Option<f64>)]) -> (u16, u16) {
    data.numbers("Low", unit, of.iter().map(|(_, low, _)| *low));
    data.numbers("High", unit, of.iter().map(|(.., high)| *high));
    let down = data.numbers(
        "Whisker down",
        unit,
        of.iter().map(|(value, low, _)| Some((value.as_ref()? - low.as_ref()?).max(0.0))),
    );
    let up = data.numbers(
        "Whisker up",
        unit,
        of.iter().map(|(value, _, high)| Some((high.as_ref()? - value.as_ref()?).max(0.0))),
    );
    (down, up)
}

// --- The shapes ------------------------------------------------------------------------------------------------------------

fn bars(month_names: &[String], parts: &[Part], expected: &[Option<(f64, f64)>]) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let month = months(&mut data, month_names.iter().map(String::as_str));
    let columns: Vec<u16> = parts
        .iter()
        .map(|part| data.numbers(&part.name, &Unit::Count, part.values.iter().map(|value| Some(*value))))
        .collect();
    let limits = expected.iter().any(Option::is_some).then(|| {
        let limit = |i: usize| expected.get(i).copied().flatten();
        let n = month_names.len();
        [
            data.numbers("Expected from", &Unit::Decimal, (0..n).map(|i| limit(i).map(|(low, _)| low))),
            data.numbers("Expected to", &Unit::Decimal, (0..n).map(|i| limit(i).map(|(_, high)| high))),
        ]
    });
    if columns.is_empty() {
        return (data, Vec::new());
    }
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::ColumnStacked, place, &Unit::Count);
        by_month(&mut chart);
        for (k, at) in columns.iter().enumerate() {
            let token = if k < Token::PARTS { Token::Part(k as u8) } else { Token::Rest };
            let mut bar = series(place, month, *at);
            bar.set_format(ChartFormat::new().set_solid_fill(&fill(token, 0))).set_gap(45).set_overlap(100);
            chart.push_series(&bar);
        }
        let Some(limits) = limits else { return chart };
        let mut lines = drawing(ChartType::Line, place, &Unit::Count);
        for at in limits {
            let mut line = series(place, month, at);
            line.set_format(ChartFormat::new().set_line(&dashed(Token::Muted, 1.25))).set_marker(&no_marker());
            push(&mut lines, line);
        }
        chart.combine(&lines);
        chart
    });
    (data, vec![draw])
}

fn line(
    counted: &str,
    points: &[Point],
    band: Option<(f64, f64)>,
    unit: &Unit,
    chance: Option<&Limits>,
) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let month = months(&mut data, points.iter().map(|point| point.month.as_str()));
    data.numbers(counted, &Unit::Count, points.iter().map(|point| Some(point.n as f64)));
    data.words(
        "State",
        points.iter().map(|point| match point.state {
            PointState::Mature | PointState::Plain => "complete",
            PointState::Maturing => "young",
            PointState::Truncated => "outcomes recorded only in part",
        }),
    );
    let of_state = |data: &mut Data, header: &str, state: PointState| {
        let has = points.iter().any(|point| point.state == state);
        let values = points.iter().map(|point| point.value.filter(|_| point.state == state));
        has.then(|| data.numbers(header, unit, values))
    };
    let complete = of_state(&mut data, "Complete", PointState::Mature);
    let plain = of_state(&mut data, "Value of the month", PointState::Plain);
    let young = of_state(&mut data, "Young, adjusted", PointState::Maturing);
    let partly = of_state(&mut data, "Recorded in part", PointState::Truncated);
    let has_limits = points.iter().any(|point| point.low.is_some() && point.high.is_some());
    let of: Vec<_> = points.iter().map(|point| (point.value, point.low, point.high)).collect();
    let whisker = has_limits.then(|| limits(&mut data, unit, &of));
    let band_high = band.map(|(_, high)| high);
    let band = band.map(|(low, high)| {
        let bottom = data.numbers("Range from", unit, points.iter().map(|_| Some(low)));
        data.numbers("Range to", unit, points.iter().map(|_| Some(high)));
        (bottom, data.numbers("Range", unit, points.iter().map(|_| Some(high - low))))
    });
    let chance_values = |n: usize| {
        let limits = chance.map(|chance| chance.by_month.iter().take(n).flatten().map(|(_, high)| Some(*high)));
        limits.into_iter().flatten()
    };
    let columns_of_chance = chance.map(|chance| {
        let limit = |i: usize| chance.by_month.get(i).copied().flatten();
        let n = points.len();
        [
            data.numbers("Usual level", unit, (0..n).map(|_| Some(chance.centre))),
            data.numbers("Lowest by chance", unit, (0..n).map(|i| limit(i).map(|(low, _)| low))),
            data.numbers("Highest by chance", unit, (0..n).map(|i| limit(i).map(|(_, high)| high))),
        ]
    });
    let highest =
        chance_values(points.len()).chain(points.iter().flat_map(|point| [point.value, point.low, point.high]));
    let reach = Reach::of(highest.chain([band_high]));
    let unit = unit.clone();
    let draw: Draw = Box::new(move |place| {
        let mut lines = drawing(ChartType::Line, place, &unit);
        by_month(&mut lines);
        reach.set(lines.y_axis(), &unit);
        let states = [
            (complete, Token::Accent, Token::Accent, stroke(Token::Accent, 2.25)),
            (plain, Token::Accent, Token::Accent, stroke(Token::Accent, 2.25)),
            (young, Token::Accent, Token::Paper, dashed(Token::Accent, 1.5)),
            (partly, Token::Muted, Token::Paper, dashed(Token::Muted, 1.0)),
        ];
        for (at, edge, inside, stroke) in states {
            let Some(at) = at else { continue };
            let mut line = series(place, month, at);
            line.set_format(ChartFormat::new().set_line(&stroke)).set_marker(&marker(edge, inside));
            if let Some((down, up)) = whisker {
                line.set_y_error_bars(&whiskers(place, down, up, edge));
            }
            push(&mut lines, line);
        }
        for (at, stroke) in columns_of_chance.iter().flatten().zip([
            dashed(Token::Axis, 1.0),
            stroke(Token::Muted, 1.0),
            stroke(Token::Muted, 1.0),
        ]) {
            let mut line = series(place, month, *at);
            line.set_format(ChartFormat::new().set_line(&stroke)).set_marker(&no_marker());
            push(&mut lines, line);
        }
        let Some((bottom, height)) = band else { return lines };
        let mut chart = drawing(ChartType::AreaStacked, place, &unit);
        by_month(&mut chart);
        reach.set(chart.y_axis(), &unit);
        let mut below = series(place, month, bottom);
        below.set_format(ChartFormat::new().set_no_fill().set_no_border()).delete_from_legend(true);
        let mut range = series(place, month, height);
        range.set_format(ChartFormat::new().set_solid_fill(&fill(Token::Band, 80)).set_no_border());
        chart.push_series(&below).push_series(&range);
        chart.combine(&lines);
        chart
    });
    (data, vec![draw])
}

fn stairs(curves: &[Curve], x_label: &str) -> (Data, Vec<Draw>) {
    let unit = Unit::Share;
    let mut data = Data::default();
    // A step needs its foot and its edge.
    let mut points: Vec<(&str, f64, f64)> = Vec::new();
    let mut spans = Vec::new();
    for curve in curves {
        let from = points.len();
        let mut before = None;
        for (day, share) in &curve.steps {
            if let Some(before) = before {
                points.push((&curve.name, f64::from(*day), before));
            }
            points.push((&curve.name, f64::from(*day), *share));
            before = Some(*share);
        }
        if points.len() > from {
            spans.push((from, points.len() - 1));
        }
    }
    let name = data.words("Curve", points.iter().map(|(name, ..)| *name));
    let label = if x_label.is_empty() { "Day" } else { x_label };
    let day = data.numbers(label, &Unit::Count, points.iter().map(|(_, day, _)| Some(*day)));
    let share = data.numbers("Share so far", &unit, points.iter().map(|(.., share)| Some(*share)));
    let n = spans.len();
    let highest = round(points.iter().map(|(.., share)| *share).fold(0.01, f64::max)).min(1.0);
    if spans.is_empty() {
        return (data, Vec::new());
    }
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::ScatterStraight, place, &unit);
        chart
            .x_axis()
            .set_num_format("0")
            .set_name(&head(place, day))
            .set_name_font(&font(9.0, Token::Muted))
            .set_min(0);
        chart.y_axis().set_min(0).set_max(highest);
        for (k, (from, to)) in spans.iter().enumerate() {
            // The last one matters most; those before it are history.
            let token = if k + 1 == n { Token::Accent } else { Token::Ghost((k + 3).saturating_sub(n.min(4)) as u8) };
            let mut line = ChartSeries::new();
            line.set_categories(&rows(place, day, *from, *to))
                .set_values(&rows(place, share, *from, *to))
                .set_name(&rows(place, name, *from, *from))
                .set_format(ChartFormat::new().set_line(&stroke(token, if k + 1 == n { 2.25 } else { 1.5 })))
                .set_marker(&no_marker());
            push(&mut chart, line);
        }
        chart
    });
    (data, vec![draw])
}

/// A drawing of bars that lie on their side, the first row on top. Its first axis is the one of the values.
fn lying(place: &Place, unit: &Unit, reach: Reach) -> Drawing {
    let mut chart = drawing(ChartType::Bar, place, unit);
    chart
        .x_axis()
        .set_font(&font(9.0, Token::Muted))
        .set_label_position(ChartAxisLabelPosition::High)
        .set_format(ChartFormat::new().set_no_line())
        .set_major_gridlines(true)
        .set_major_gridlines_line(&stroke(Token::Grid, 0.75));
    chart
        .y_axis()
        .set_reverse()
        .set_num_format("General")
        .set_font(&font(9.0, Token::Text))
        .set_major_gridlines(false)
        .set_format(ChartFormat::new().set_line(&stroke(Token::Axis, 0.75)));
    reach.set(chart.x_axis(), unit);
    chart
}

fn dots(entries: &[Dot], unit: &Unit) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let label = data.words("Row", entries.iter().map(|dot| dot.label.as_str()));
    let value = data.numbers("Value", unit, entries.iter().map(|dot| dot.value));
    let of: Vec<_> = entries.iter().map(|dot| (dot.value, dot.low, dot.high)).collect();
    let (down, up) = limits(&mut data, unit, &of);
    let reach = Reach::of(entries.iter().flat_map(|dot| [dot.value, dot.low, dot.high]));
    data.words("Remark", entries.iter().map(|dot| dot.note.as_str()));
    let colours: Vec<Token> = entries
        .iter()
        .map(|dot| match dot.tone {
            Tone::Good => Token::Good,
            Tone::Neutral => Token::Part(1),
            Tone::Warn => Token::Warn,
            Tone::Bad => Token::Bad,
        })
        .collect();
    let unit = unit.clone();
    let draw: Draw = Box::new(move |place| {
        let mut chart = lying(place, &unit, reach);
        chart.legend().set_hidden();
        let points: Vec<ChartPoint> = colours
            .iter()
            .map(|token| ChartPoint::new().set_format(ChartFormat::new().set_solid_fill(&fill(*token, 25))))
            .collect();
        let mut bar = series(place, label, value);
        bar.set_gap(70).set_points(&points).set_x_error_bars(&whiskers(place, down, up, Token::Text));
        chart.push_series(&bar);
        chart
    });
    (data, vec![draw])
}

fn waterfall(start: &WaterfallEnd, end: &WaterfallEnd, steps: &[WaterfallStep], unit: &Unit) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    // What the steps leave open is a step of its own.
    let open = end.value - start.value - steps.iter().map(|step| step.value).sum::<f64>();
    let is_open = open.abs() > 1e-9 * (start.value.abs() + end.value.abs());
    let mut labels = vec![start.label.as_str()];
    let mut changes = Vec::new();
    for step in steps {
        labels.push(&step.label);
        changes.push(step.value);
    }
    if is_open {
        labels.push("not told apart");
        changes.push(open);
    }
    labels.push(&end.label);
    let n = labels.len();
    let mut level = start.value;
    let mut levels = vec![(0.0, start.value)];
    for change in &changes {
        levels.push((level, level + change));
        level += change;
    }
    levels.push((0.0, end.value));
    let is_end = |i: usize| i == 0 || i + 1 == n;
    let label = data.words("Step", labels.iter().copied());
    data.numbers("Value", unit, (0..n).map(|i| Some(levels[i].1 - levels[i].0)));
    let limit = |i: usize| (0..steps.len()).contains(&i.wrapping_sub(1)).then(|| &steps[i - 1]);
    data.numbers("Low", unit, (0..n).map(|i| limit(i)?.low));
    data.numbers("High", unit, (0..n).map(|i| limit(i)?.high));
    let base = data.numbers("Base", unit, (0..n).map(|i| (!is_end(i)).then(|| levels[i].0.min(levels[i].1))));
    let height = |i: usize, wanted: bool| wanted.then(|| (levels[i].1 - levels[i].0).abs());
    let ends = data.numbers("Level", unit, (0..n).map(|i| height(i, is_end(i))));
    let rise = data.numbers("Rise", unit, (0..n).map(|i| height(i, !is_end(i) && levels[i].1 >= levels[i].0)));
    let fall = data.numbers("Fall", unit, (0..n).map(|i| height(i, !is_end(i) && levels[i].1 < levels[i].0)));
    // Stacked columns cannot cross zero.
    if levels.iter().any(|(from, to)| from.min(*to) < 0.0) {
        return (data, Vec::new());
    }
    let unit = unit.clone();
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::ColumnStacked, place, &unit);
        let mut hidden = series(place, label, base);
        hidden
            .set_format(ChartFormat::new().set_no_fill().set_no_border())
            .set_gap(60)
            .set_overlap(100)
            .delete_from_legend(true);
        chart.push_series(&hidden);
        for (at, token) in [(ends, Token::Accent), (rise, Token::Ghost(2)), (fall, Token::Ghost(1))] {
            let mut bar = series(place, label, at);
            bar.set_format(ChartFormat::new().set_solid_fill(&fill(token, 0))).set_gap(60).set_overlap(100);
            chart.push_series(&bar);
        }
        chart
    });
    (data, vec![draw])
}

fn areas(parts: &[AreaPart], x_label: &str) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let mut given: Vec<u32> = parts.iter().flat_map(|part| part.values.iter().map(|(day, _)| *day)).collect();
    given.sort_unstable();
    given.dedup();
    let label = if x_label.is_empty() { "Day" } else { x_label };
    let day = data.numbers(label, &Unit::Count, given.iter().map(|day| Some(f64::from(*day))));
    let columns: Vec<u16> = parts
        .iter()
        .map(|part| {
            // A share holds until the next day given.
            let by =
                |day: u32| part.values.iter().take_while(|(known, _)| *known <= day).last().map(|(_, share)| *share);
            data.numbers(&part.name, &Unit::Share, given.iter().map(|day| by(*day)))
        })
        .collect();
    if columns.is_empty() {
        return (data, Vec::new());
    }
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::AreaStacked, place, &Unit::Share);
        // As dates, days keep their distances.
        chart.x_axis().set_date_axis(true).set_num_format("0").set_major_unit(10);
        chart.x_axis().set_name(&head(place, day)).set_name_font(&font(9.0, Token::Muted));
        chart.y_axis().set_min(0).set_max(1);
        let last = columns.len().saturating_sub(1);
        for (k, at) in columns.iter().enumerate() {
            let token = match k {
                0 => Token::Accent,
                k if k == last => Token::Rest,
                k => Token::Part((k + 2) as u8),
            };
            let mut area = series(place, day, *at);
            area.set_format(ChartFormat::new().set_solid_fill(&fill(token, 0)).set_no_border());
            chart.push_series(&area);
        }
        chart
    });
    (data, vec![draw])
}

fn thresholds(steps: &[ThresholdStep], break_even: Option<f64>, currency: &str) -> (Data, Vec<Draw>) {
    let (share, money) = (Unit::Share, Unit::Money(currency.to_owned()));
    let mut data = Data::default();
    let bar = data.numbers("Threshold", &Unit::Count, steps.iter().map(|step| Some(step.threshold)));
    let mqls = data.numbers("MQLs a month", &Unit::Decimal, steps.iter().map(|step| Some(step.mqls_per_month)));
    let average = data.numbers("Average rate", &share, steps.iter().map(|step| step.average_rate));
    let marginal = data.numbers("Marginal rate", &share, steps.iter().map(|step| step.marginal_rate));
    let even = break_even.map(|rate| data.numbers("Break-even", &share, steps.iter().map(|_| Some(rate))));
    let has_gain = steps.iter().any(|step| step.gain_per_month.is_some());
    let gains = has_gain.then(|| {
        let gain =
            data.numbers("Gain a month", &money, steps.iter().map(|step| step.gain_per_month.map(|gain| gain.0)));
        let of: Vec<_> = steps
            .iter()
            .map(|step| match step.gain_per_month {
                Some((value, low, high)) => (Some(value), Some(low), Some(high)),
                None => (None, None, None),
            })
            .collect();
        let reach = Reach::of(of.iter().flat_map(|(value, low, high)| [*value, *low, *high]));
        (gain, limits(&mut data, &money, &of), reach)
    });
    data.words(
        "Basis",
        steps.iter().map(|step| match step.basis {
            Basis::Observed => "observed",
            Basis::Emulated => "emulated",
            Basis::Extrapolated => "extrapolated",
        }),
    );
    let rates: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::Line, place, &Unit::Share);
        chart.x_axis().set_name(&head(place, bar)).set_name_font(&font(9.0, Token::Muted));
        let lines = [
            (Some(average), stroke(Token::Ghost(2), 2.25), marker(Token::Ghost(2), Token::Ghost(2))),
            (Some(marginal), stroke(Token::Accent, 2.25), marker(Token::Accent, Token::Accent)),
            (even, dashed(Token::Band, 1.25), no_marker()),
        ];
        for (at, stroke, marker) in lines {
            let Some(at) = at else { continue };
            let mut line = series(place, bar, at);
            line.set_format(ChartFormat::new().set_line(&stroke)).set_marker(&marker);
            push(&mut chart, line);
        }
        chart
    });
    let volume: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::Column, place, &Unit::Count);
        chart.title().set_name(&head(place, mqls));
        chart.legend().set_hidden();
        chart.x_axis().set_name(&head(place, bar)).set_name_font(&font(9.0, Token::Muted));
        let mut column = series(place, bar, mqls);
        column.set_format(ChartFormat::new().set_solid_fill(&fill(Token::Part(1), 0))).set_gap(50);
        chart.push_series(&column);
        chart
    });
    let mut draws = vec![rates, volume];
    if let Some((gain, (down, up), reach)) = gains {
        draws.push(Box::new(move |place| {
            let mut chart = drawing(ChartType::Line, place, &money);
            chart.title().set_name(&head(place, gain));
            chart.legend().set_hidden();
            chart.x_axis().set_name(&head(place, bar)).set_name_font(&font(9.0, Token::Muted));
            reach.set(chart.y_axis(), &money);
            let mut line = series(place, bar, gain);
            line.set_format(ChartFormat::new().set_line(&stroke(Token::Accent, 2.25)))
                .set_marker(&marker(Token::Accent, Token::Accent))
                .set_y_error_bars(&whiskers(place, down, up, Token::Ghost(2)));
            push(&mut chart, line);
            chart
        }));
    }
    (data, draws)
}

fn scatter(points: &[ScatterPoint], x: &Axis, y: &Axis) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let length = |from: Option<f64>, to: Option<f64>| Some((to? - from?).max(0.0));
    let label = data.words("Row", points.iter().map(|point| point.label.as_str()));
    data.numbers("Rests on", &Unit::Count, points.iter().map(|point| Some(point.n as f64)));
    let mut axis = |name: &Axis, of: &dyn Fn(&ScatterPoint) -> Limited| {
        let value = data.numbers(&name.label, &name.unit, points.iter().map(|point| of(point).0));
        data.numbers(&format!("{}, low", name.label), &name.unit, points.iter().map(|point| of(point).1));
        data.numbers(&format!("{}, high", name.label), &name.unit, points.iter().map(|point| of(point).2));
        let down = points.iter().map(|point| length(of(point).1, of(point).0));
        let down = data.numbers(&format!("{}, whisker down", name.label), &name.unit, down);
        let up = points.iter().map(|point| length(of(point).0, of(point).2));
        let up = data.numbers(&format!("{}, whisker up", name.label), &name.unit, up);
        let reach = Reach::of(points.iter().flat_map(|point| [of(point).0, of(point).1, of(point).2]));
        (value, down, up, reach)
    };
    let across = axis(x, &|point| (point.x, point.x_low, point.x_high));
    let upwards = axis(y, &|point| (point.y, point.y_low, point.y_high));
    let drawn: Vec<usize> = (0..points.len()).filter(|i| points[*i].x.is_some() && points[*i].y.is_some()).collect();
    let (x_unit, y_unit) = (x.unit.clone(), y.unit.clone());
    if drawn.is_empty() {
        return (data, Vec::new());
    }
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::Scatter, place, &y_unit);
        chart.x_axis().set_name(&head(place, across.0)).set_name_font(&font(9.0, Token::Muted));
        chart.y_axis().set_name(&head(place, upwards.0)).set_name_font(&font(9.0, Token::Muted));
        across.3.set(chart.x_axis(), &x_unit);
        upwards.3.set(chart.y_axis(), &y_unit);
        // A series a dot, so that each has its name and colour in the legend.
        for (k, i) in drawn.iter().enumerate() {
            let token = if k < Token::PARTS { Token::Part(k as u8) } else { Token::Rest };
            let one = |at: u16| rows(place, at, *i, *i);
            let whisker = |(_, down, up, _): (u16, u16, u16, Reach)| {
                let mut bars = ChartErrorBars::new();
                bars.set_type(ChartErrorBarsType::Custom(one(up), one(down)))
                    .set_format(ChartFormat::new().set_line(&stroke(token, 0.75)));
                bars
            };
            let mut dot = ChartSeries::new();
            dot.set_categories(&one(across.0))
                .set_values(&one(upwards.0))
                .set_name(&one(label))
                .set_format(ChartFormat::new().set_no_line())
                .set_marker(&marker(token, token))
                .set_x_error_bars(&whisker(across))
                .set_y_error_bars(&whisker(upwards));
            push(&mut chart, dot);
        }
        chart
    });
    (data, vec![draw])
}

/// A heat map is a table already: no chart of this format shows it better.
fn heat(label: &str, ages: &[u32], cohorts: &[HeatRow], counted: &str) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    data.words("Row", cohorts.iter().map(|row| row.label.as_str()));
    data.numbers(counted, &Unit::Count, cohorts.iter().map(|row| Some(row.n as f64)));
    for (i, age) in ages.iter().enumerate() {
        let shares = cohorts.iter().map(|row| row.cells.get(i).and_then(|cell| cell.share));
        data.numbers(&format!("{age} {label}"), &Unit::Share, shares);
    }
    (data, Vec::new())
}

fn dumbbells(entries: &[Dumbbell], from: &str, to: &str, interval_of: DumbbellEnd, unit: &Unit) -> (Data, Vec<Draw>) {
    let mut data = Data::default();
    let label = data.words("Row", entries.iter().map(|row| row.label.as_str()));
    let before = data.numbers(from, unit, entries.iter().map(|row| row.from));
    let after = data.numbers(to, unit, entries.iter().map(|row| row.to));
    let end = |row: &Dumbbell| if interval_of == DumbbellEnd::From { row.from } else { row.to };
    let of: Vec<_> = entries.iter().map(|row| (end(row), row.low, row.high)).collect();
    let (down, up) = limits(&mut data, unit, &of);
    let certain = if interval_of == DumbbellEnd::From { before } else { after };
    let reach = Reach::of(entries.iter().flat_map(|row| [row.from, row.to, row.low, row.high]));
    let unit = unit.clone();
    let draw: Draw = Box::new(move |place| {
        let mut chart = lying(place, &unit, reach);
        for (at, token) in [(before, Token::Ghost(0)), (after, Token::Accent)] {
            let mut bar = series(place, label, at);
            bar.set_format(ChartFormat::new().set_solid_fill(&fill(token, 0))).set_gap(60).set_overlap(0);
            if at == certain {
                bar.set_x_error_bars(&whiskers(place, down, up, Token::Text));
            }
            chart.push_series(&bar);
        }
        chart
    });
    (data, vec![draw])
}

fn reliability(bands: &[ScoreBand], counted: &str) -> (Data, Vec<Draw>) {
    let unit = Unit::Share;
    let mut data = Data::default();
    let names: Vec<String> = bands
        .iter()
        .map(|band| {
            let number = |value| format::number(value, &Unit::Count);
            match band.to {
                Some(to) => format!("{} to under {}", number(band.from), number(to)),
                None => format!("{} and more", number(band.from)),
            }
        })
        .collect();
    let label = data.words("Score", names.iter().map(String::as_str));
    data.numbers(counted, &Unit::Count, bands.iter().map(|band| Some(band.n as f64)));
    let came = data.numbers("What came", &unit, bands.iter().map(|band| band.value));
    let of: Vec<_> = bands.iter().map(|band| (band.value, band.low, band.high)).collect();
    let (down, up) = limits(&mut data, &unit, &of);
    let has_expected = bands.iter().any(|band| band.expected.is_some());
    let expected = has_expected.then(|| data.numbers("Expected", &unit, bands.iter().map(|band| band.expected)));
    let reach = Reach::of(bands.iter().flat_map(|band| [band.value, band.low, band.high, band.expected]));
    let draw: Draw = Box::new(move |place| {
        let mut chart = drawing(ChartType::Column, place, &Unit::Share);
        reach.set(chart.y_axis(), &Unit::Share);
        chart.x_axis().set_name(&head(place, label)).set_name_font(&font(9.0, Token::Muted));
        let mut column = series(place, label, came);
        column
            .set_format(ChartFormat::new().set_solid_fill(&fill(Token::Part(1), 25)))
            .set_gap(70)
            .set_y_error_bars(&whiskers(place, down, up, Token::Text));
        chart.push_series(&column);
        let Some(expected) = expected else { return chart };
        let mut lines = drawing(ChartType::Line, place, &Unit::Share);
        let mut line = series(place, label, expected);
        line.set_format(ChartFormat::new().set_line(&dashed(Token::Muted, 1.25)))
            .set_marker(&marker(Token::Muted, Token::Paper));
        push(&mut lines, line);
        chart.combine(&lines);
        chart
    });
    (data, vec![draw])
}
