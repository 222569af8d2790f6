//! A page with everything on it: seven shapes of charts, seven channels, twelve months, cards, tables and notes. Its
//! numbers are made up, but hold together the way real ones do.

use leadgauge::report::format;
use leadgauge::report::page::{
    AreaPart, Basis, Block, Brand, Cell, Chart, ChartData, Column, Curve, Dot, Event, Fact, Figure, Limits, Mark, Page,
    Part, Point, PointState, Row, Scale, Section, Table, ThresholdStep, Tone, Unit, WaterfallEnd, WaterfallStep,
    WhatIf, WhatIfAdvice, WhatIfCard, WhatIfRow,
};

const MONTHS: [&str; 12] = [
    "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08",
    "2026-09", "2026-10",
];
const MQLS: [u64; 12] = [402, 361, 418, 437, 466, 451, 472, 489, 431, 446, 503, 521];
const RATES: [f64; 12] = [0.158, 0.151, 0.147, 0.163, 0.186, 0.212, 0.193, 0.204, 0.209, 0.198, 0.216, 0.213];
/// Channel, share of the MQLs in the first and the last month, MQL→SQL, cost per MQL.
const CHANNELS: [(&str, f64, f64, f64, Option<f64>); 7] = [
    ("Paid search", 0.34, 0.27, 0.128, Some(212.0)),
    ("Organic & content", 0.22, 0.28, 0.221, Some(74.0)),
    ("Webinars & events", 0.13, 0.17, 0.262, Some(188.0)),
    ("Partners", 0.10, 0.10, 0.247, Some(121.0)),
    ("Paid social", 0.10, 0.09, 0.094, Some(171.0)),
    ("Outbound", 0.07, 0.05, 0.117, Some(240.0)),
    ("Referrals", 0.04, 0.04, 0.31, None),
];

/// Wilson's interval at 90 %.
fn wilson(rate: f64, n: f64) -> (f64, f64) {
    let z2 = 1.644_853_6f64.powi(2);
    let middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (z2 / n * (rate * (1.0 - rate) + z2 / (4.0 * n))).sqrt() / (1.0 + z2 / n);
    (middle - half, middle + half)
}

/// The whole page.
pub fn page() -> Page {
    Page {
        eyebrow: "Marketing effectiveness · Harbour & Pine".into(),
        headline: "One in five MQLs becomes an SQL, inside the benchmark; a bar of 110 would be as good as today's 100"
            .into(),
        lede: "Of the MQLs of the last twelve months 19.4 % became SQLs within 90 days (90 % interval 18.5–20.4 %), \
               which lies inside the 13–31 % that the benchmark gives. Paid search and paid social convert below it. \
               Nothing argues for moving the threshold: everything from 90 to 120 is equally good."
            .into(),
        facts: [
            ("Report month", "October 2026"),
            ("Data as of", "31 October 2026"),
            ("Leads", "21,408"),
            ("Time zone", "Europe/Vienna"),
        ]
        .map(|(label, text)| Fact { label: label.into(), text: text.into() })
        .to_vec(),
        sections: vec![summary(), conversion(), channels(), difference(), speed(), threshold(), quality()],
        footer: "Made by leadgauge 0.1.0 from five exports. This file asks the network for nothing.".into(),
        links: Vec::new(),
        brand: Brand::default(),
    }
}

fn figure(label: &str, value: &str, unit: &str, interval: &str, basis: &str, tone: Tone) -> Block {
    Block::Figure(Figure {
        label: label.into(),
        value: value.into(),
        unit: unit.into(),
        interval: interval.into(),
        change: String::new(),
        basis: basis.into(),
        tone,
        scale: None,
        number: None,
    })
}

fn with_scale(block: Block, scale: Scale) -> Block {
    match block {
        Block::Figure(figure) => Block::Figure(Figure { scale: Some(scale), ..figure }),
        other => other,
    }
}

fn summary() -> Section {
    let rate = figure(
        "MQL→SQL",
        "19.4\u{a0}%",
        "",
        "90\u{a0}% interval 18.5–20.4\u{a0}%",
        "5,397 MQLs of twelve months, adjusted for what is still to come",
        Tone::Good,
    );
    let customer = figure(
        "SQL→customer",
        "23.8\u{a0}%",
        "",
        "90\u{a0}% interval 20.9–27.0\u{a0}%",
        "1,012 SQLs of twelve months",
        Tone::Neutral,
    );
    Section {
        id: "summary".into(),
        title: "The benchmark is met, and the cost of an MQL is rising".into(),
        blocks: vec![
            figure("MQLs", "521", "", "", "October 2026; 402 in November 2025", Tone::Neutral),
            with_scale(
                rate,
                Scale { max: 0.4, band_low: 0.13, band_high: 0.31, value: 0.194, low: 0.185, high: 0.204, level: 0.9 },
            ),
            with_scale(
                customer,
                Scale { max: 0.5, band_low: 0.2, band_high: 0.3, value: 0.238, low: 0.209, high: 0.27, level: 0.9 },
            ),
            figure(
                "Median time to SQL",
                "15",
                "days",
                "90\u{a0}% interval 14–16",
                "of those who convert",
                Tone::Neutral,
            ),
            figure("Cost per MQL", "€142", "", "", "+9 % against the twelve-month mean", Tone::Warn),
            figure("Cost per customer", "–", "", "", "too few customers in October (4) to give a cost", Tone::Neutral),
            Block::Note {
                tone: Tone::Warn,
                text:
                    "September and October are still maturing: 63 % and 21 % of their conversions are expected to be \
                       in. Their values are adjusted and drawn hollow."
                        .into(),
            },
        ],
    }
}

/// Conversion by month.
pub fn line() -> Chart {
    let points = MONTHS
        .iter()
        .zip(MQLS)
        .zip(RATES)
        .enumerate()
        .map(|(i, ((month, n), rate))| {
            let state = match i {
                0 => PointState::Truncated,
                10 | 11 => PointState::Maturing,
                _ => PointState::Mature,
            };
            let effective = n as f64 * [1.0, 0.55, 0.2][usize::from(i >= 10) + usize::from(i == 11)];
            let (low, high) = wilson(rate, effective);
            Point {
                month: (*month).into(),
                value: Some(rate),
                low: Some(low),
                high: Some(high),
                n,
                state,
                tip: format!("{month}\nMQL→SQL {:.1}\u{a0}%\n{n} MQLs", rate * 100.0),
                signal: None,
            }
        })
        .collect();
    Chart {
        id: "mql-to-sql".into(),
        title: "MQL→SQL has stayed inside the benchmark since February".into(),
        subtitle: "Share of MQLs that became SQL within 90 days, by month of qualification; 90\u{a0}% intervals".into(),
        description: "Twelve months. The rate rose from 14.7 percent in January to 21.2 percent in April and was 19.8 \
                      percent in August, the last mature month. The benchmark is 13 to 31 percent."
            .into(),
        source: "CRM export of 31 October 2026. September and October are adjusted for conversions still to come."
            .into(),
        data: ChartData::Line {
            counted: "MQLs".into(),
            points,
            band: Some((0.13, 0.31)),
            events: vec![Event { month: "2026-03".into(), label: "Threshold raised 80 → 100".into() }],
            unit: Unit::Share,
            limits: None,
        },
    }
}

/// MQLs by month against what chance makes of a usual month.
pub fn control() -> Chart {
    let centre = 420.0;
    let values = [402, 361, 418, 437, 466, 451, 472, 489, 431, 446, 503, 541];
    let limits = |i: usize| if i < 3 { None } else { Some((centre - 66.0 - i as f64, centre + 66.0 + 2.0 * i as f64)) };
    let point = |(i, n): (usize, u64)| Point {
        month: MONTHS[i].into(),
        value: Some(n as f64),
        low: None,
        high: None,
        n,
        state: if i == 11 { PointState::Maturing } else { PointState::Mature },
        tip: format!("{}\n{n} MQLs", MONTHS[i]),
        signal: match i {
            10 => Some("the eighth month in a row above the usual level".into()),
            11 => Some("above the range that chance alone makes".into()),
            _ => None,
        },
    };
    Chart {
        id: "volume-control".into(),
        title: "October's 541 MQLs are more than chance".into(),
        subtitle: "MQLs per month, and the range that chance alone makes of a usual month".into(),
        description: "Twelve months. October lies above its range; September is the eighth in a row above the level."
            .into(),
        source: "CRM export of 31 October 2026.".into(),
        data: ChartData::Line {
            counted: "MQLs".into(),
            points: values.into_iter().enumerate().map(point).collect(),
            band: None,
            events: vec![],
            unit: Unit::Count,
            limits: Some(Limits { centre, by_month: (0..12).map(limits).collect() }),
        },
    }
}

fn waterfall_step(label: &str, value: f64, half: f64, tone: Tone) -> WaterfallStep {
    let (low, high) = (Some(value - half), Some(value + half));
    WaterfallStep { label: label.into(), value, low, high, tone, tip: "of two complete quarters".into() }
}

/// From one quarter's rate to the other's.
pub fn waterfall() -> Chart {
    let end = |label: &str, value: f64| WaterfallEnd { label: label.into(), value };
    Chart {
        id: "difference".into(),
        title: "The rate fell 4.4 points, and all of it is mix".into(),
        subtitle: "MQL→SQL of two quarters, and what made the difference; 90\u{a0}% intervals".into(),
        description: "From 21.2 percent over five steps to 16.8 percent. Mix of paid social takes 3.6 points.".into(),
        source: "CRM export of 31 October 2026.".into(),
        data: ChartData::Waterfall {
            start: end("Q2 2026", 0.212),
            end: end("Q3 2026", 0.168),
            steps: vec![
                waterfall_step("Mix: paid social grew", -0.036, 0.006, Tone::Bad),
                waterfall_step("Mix: webinars shrank", -0.011, 0.004, Tone::Bad),
                waterfall_step("Mix: the other five channels", 0.003, 0.003, Tone::Neutral),
                waterfall_step("Rate within channels", -0.004, 0.019, Tone::Neutral),
                waterfall_step("Partners convert better", 0.004, 0.002, Tone::Good),
            ],
            unit: Unit::Share,
        },
    }
}

/// The same of a cost, whose differences are small against its level.
pub fn cost_waterfall() -> Chart {
    let end = |label: &str, value: f64| WaterfallEnd { label: label.into(), value };
    Chart {
        id: "cost-difference".into(),
        title: "An MQL costs €12 more".into(),
        subtitle: "Cost per MQL of two quarters, and what made the difference; 90\u{a0}% intervals".into(),
        description: "From 142 euros over three steps to 154 euros.".into(),
        source: "CRM export and spend of 31 October 2026.".into(),
        data: ChartData::Waterfall {
            start: end("Q2 2026", 142.0),
            end: end("Q3 2026", 154.0),
            steps: vec![
                waterfall_step("More paid search", 9.0, 3.0, Tone::Bad),
                waterfall_step("Dearer clicks", 7.0, 5.0, Tone::Warn),
                waterfall_step("Cheaper webinars", -4.0, 2.0, Tone::Good),
            ],
            unit: Unit::Money("EUR".into()),
        },
    }
}

/// A part, from the shares that are SQL, disqualified and recycled.
type Fate = fn(f64, f64, f64) -> f64;

/// What has become of the MQLs by each day.
pub fn areas() -> Chart {
    let share = |day: u32, height: f64, speed: f64| height * (1.0 - (-f64::from(day) / speed).exp());
    let parts: [(&str, Fate); 4] = [
        ("SQL", |sql, _, _| sql),
        ("Disqualified", |_, disqualified, _| disqualified),
        ("Recycled", |_, _, recycled| recycled),
        ("Still open", |sql, disqualified, recycled| 1.0 - sql - disqualified - recycled),
    ];
    let value = |day: u32, of: Fate| of(share(day, 0.205, 22.0), share(day, 0.44, 30.0), share(day, 0.16, 55.0));
    Chart {
        id: "fates".into(),
        title: "By day 90 one in five is an SQL, and a quarter is still undecided".into(),
        subtitle: "What has become of the MQLs, by days since MQL".into(),
        description: "Stacked shares: 20 percent SQL, 43 percent disqualified, 14 percent recycled.".into(),
        source: "Aalen–Johansen, MQLs of the last twelve months.".into(),
        data: ChartData::Areas {
            parts: parts
                .map(|(name, of)| AreaPart {
                    name: name.into(),
                    values: (0..=120).map(|d| (d, value(d, of))).collect(),
                })
                .to_vec(),
            x_label: "days since MQL".into(),
            window: Some(90),
        },
    }
}

fn difference() -> Section {
    Section {
        id: "difference".into(),
        title: "What made the difference".into(),
        blocks: vec![
            Block::Chart(waterfall()),
            Block::Chart(cost_waterfall()),
            Block::Chart(areas()),
            Block::Chart(control()),
        ],
    }
}

fn conversion() -> Section {
    let rows = MONTHS
        .iter()
        .zip(MQLS)
        .zip(RATES)
        .enumerate()
        .rev()
        .take(6)
        .map(|(i, ((month, n), rate))| {
            let (low, high) = wilson(rate, n as f64);
            Row {
                cells: vec![
                    Cell::Text((*month).into()),
                    Cell::Number(n as f64),
                    if i == 11 { Cell::Missing("too early: 21 % mature".into()) } else { Cell::Number(rate) },
                    if i == 11 { Cell::Missing("too early: 21 % mature".into()) } else { Cell::Range(low, high) },
                    Cell::Number(n as f64 * 142.0),
                ],
                tone: if i == 10 { Tone::Warn } else { Tone::Neutral },
            }
        })
        .collect();
    Section {
        id: "mql-to-sql".into(),
        title: "Conversion rose in spring and has held since".into(),
        blocks: vec![
            Block::Prose {
                text: "A month counts as mature when every one of its MQLs has had 90 days. The intervals say where \
                       the rate lies with 90 % confidence; they are wider for months that are still maturing."
                    .into(),
            },
            Block::Chart(line()),
            Block::Table(Table {
                id: "months".into(),
                title: "The last six months".into(),
                columns: [
                    ("Month", Unit::Text),
                    ("MQLs", Unit::Count),
                    ("MQL→SQL", Unit::Share),
                    ("90 % interval", Unit::Share),
                    ("Spend", Unit::Money("EUR".into())),
                ]
                .map(|(label, unit)| Column { label: label.into(), unit })
                .to_vec(),
                rows,
                note: "Spend is what was booked in the month.".into(),
            }),
        ],
    }
}

/// MQLs by month and channel.
pub fn bars() -> Chart {
    let part = |(k, (name, from, to, ..)): (usize, &(&str, f64, f64, f64, Option<f64>))| Part {
        name: (*name).into(),
        values: MQLS
            .iter()
            .enumerate()
            .map(|(i, n)| {
                let share = from + (to - from) * i as f64 / 11.0;
                (*n as f64 * share * (1.0 + 0.08 * ((i * 7 + k * 5) as f64).sin())).round()
            })
            .collect(),
    };
    Chart {
        id: "volume".into(),
        title: "Growth came from organic, content and webinars; paid search is flat".into(),
        subtitle: "MQLs per month by first touch".into(),
        description: "Stacked bars of seven channels over twelve months.".into(),
        source: "CRM export of 31 October 2026; first-touch attribution.".into(),
        data: ChartData::Bars {
            months: MONTHS.map(String::from).to_vec(),
            parts: CHANNELS.iter().enumerate().map(part).collect(),
            expected: (0..12).map(|i| (i > 5).then_some((400.0, 520.0 + 4.0 * i as f64))).collect(),
        },
    }
}

/// Conversion by channel.
pub fn dots() -> Chart {
    let mut rows: Vec<Dot> = CHANNELS
        .iter()
        .map(|(name, _, share, rate, _)| {
            let n = (share * 5397.0).round();
            let (low, high) = wilson(*rate, n);
            Dot {
                label: (*name).into(),
                value: Some(*rate),
                low: Some(low),
                high: Some(high),
                note: format!("n = {}", format::count(n)),
                tone: if high < 0.13 {
                    Tone::Bad
                } else if *rate < 0.13 {
                    Tone::Warn
                } else {
                    Tone::Good
                },
            }
        })
        .collect();
    rows.push(Dot {
        label: "Trade fairs".into(),
        value: None,
        low: None,
        high: None,
        note: "too few (n = 9)".into(),
        tone: Tone::Neutral,
    });
    Chart {
        id: "channels".into(),
        title: "Paid social converts below the benchmark; paid search may".into(),
        subtitle: "MQL→SQL by channel, twelve months; 90\u{a0}% intervals".into(),
        description: "Seven channels. Referrals convert best, paid social worst.".into(),
        source: "CRM export of 31 October 2026.".into(),
        data: ChartData::Dots {
            rows,
            band: Some((0.13, 0.31)),
            reference: Some((0.194, "all 19.4 %".into())),
            unit: Unit::Share,
        },
    }
}

fn channels() -> Section {
    let rows = CHANNELS
        .iter()
        .map(|(name, _, share, rate, cost)| {
            let n = (share * 5397.0).round();
            let (low, high) = wilson(*rate, n);
            Row {
                cells: vec![
                    Cell::Text((*name).into()),
                    Cell::Number(n),
                    Cell::Number(*rate),
                    Cell::Range(low, high),
                    cost.map_or(Cell::Missing("no spend booked".into()), Cell::Number),
                    cost.map_or(Cell::Missing("no spend booked".into()), |cost| Cell::Number(cost / rate)),
                ],
                tone: if high < 0.13 { Tone::Bad } else { Tone::Neutral },
            }
        })
        .collect();
    Section {
        id: "channels".into(),
        title: "Two paid channels carry the cost".into(),
        blocks: vec![
            Block::Chart(bars()),
            Block::Chart(dots()),
            Block::Table(Table {
                id: "channels".into(),
                title: "Channels, November 2025 to October 2026".into(),
                columns: [
                    ("Channel", Unit::Text),
                    ("MQLs", Unit::Count),
                    ("MQL→SQL", Unit::Share),
                    ("90 % interval", Unit::Share),
                    ("Cost per MQL", Unit::Money("EUR".into())),
                    ("Cost per SQL", Unit::Money("EUR".into())),
                ]
                .map(|(label, unit)| Column { label: label.into(), unit })
                .to_vec(),
                rows,
                note: String::new(),
            }),
            Block::Note {
                tone: Tone::Bad,
                text: "Paid social: the whole interval lies below the benchmark. Before cutting it, look at the \
                       campaigns behind it: two of them bring 81 % of its MQLs."
                    .into(),
            },
        ],
    }
}

/// Conversion by days.
pub fn curves() -> Chart {
    let curve = |name: &str, height: f64, speed: f64, last: u32, ribbon: f64| {
        let share = |day: u32| {
            let wobble = 1.0 + 0.01 * (f64::from(day) * 1.7 + height * 90.0).sin();
            height * (1.0 - (-f64::from(day) / speed).exp()) * wobble
        };
        let mut highest = 0.0f64;
        let steps: Vec<(u32, f64)> = (0..=last)
            .map(|day| {
                highest = highest.max(share(day));
                (day, highest)
            })
            .collect();
        let limits = steps.iter().map(|(day, at)| (*day, at - ribbon * at.sqrt(), at + ribbon * at.sqrt()));
        let ribbon = if ribbon > 0.0 { limits.map(|(d, low, high)| (d, low.max(0.0), high)).collect() } else { vec![] };
        let open = (0..=last).step_by(10).map(|day| (day, 900 - u64::from(day) * 3)).collect();
        Curve { name: name.into(), steps, ribbon, open }
    };
    Chart {
        id: "speed".into(),
        title: "Each quarter converts more, and sooner".into(),
        subtitle: "Share of MQLs that became SQL, by days since MQL".into(),
        description: "Rising curves of four quarters; the latest reaches half of its conversions by day 15.".into(),
        source: "1 − Kaplan–Meier; the ribbon is the 90\u{a0}% interval of the latest quarter.".into(),
        data: ChartData::Curves {
            curves: vec![
                curve("Q4 2025", 0.154, 34.0, 120, 0.0),
                curve("Q1 2026", 0.168, 29.0, 120, 0.0),
                curve("Q2 2026", 0.208, 24.0, 120, 0.0),
                curve("Q3 2026", 0.213, 21.0, 92, 0.026),
            ],
            x_label: "days since MQL".into(),
            marks: vec![
                Mark { day: 15.0, value: 0.1092, label: "half by day 15".into() },
                Mark { day: 48.0, value: 0.1916, label: "nine in ten by day 48".into() },
            ],
        },
    }
}

fn speed() -> Section {
    Section {
        id: "speed".into(),
        title: "Half of those who convert do so within 15 days".into(),
        blocks: vec![
            Block::Chart(curves()),
            Block::Note { tone: Tone::Good, text: "Sales answered 92 % of MQLs within two working days.".into() },
        ],
    }
}

/// The sweep over thresholds.
pub fn sweep() -> Chart {
    let steps: Vec<ThresholdStep> = (7..=20)
        .map(|i| {
            let threshold = f64::from(i) * 10.0;
            let marginal = 0.02 + 0.0011 * (threshold - 40.0) + 0.004 * threshold.sin();
            let offset = threshold - 108.0;
            let gain = 900.0 - 1.35 * offset * offset + 86.4;
            let spread = 300.0 + 22.0 * (threshold - 100.0f64).abs();
            let extrapolated = threshold < 100.0;
            let wide = if extrapolated { 1.8 } else { 1.0 };
            let gain = (gain, gain - spread * wide, gain + spread * wide);
            ThresholdStep {
                threshold,
                mqls_per_month: 521.0 * (-(threshold - 100.0) / 62.0).exp(),
                average_rate: Some(0.15 + 0.00092 * (threshold - 55.0)),
                marginal_rate: Some(marginal),
                gain_per_month: Some(if i == 10 { (0.0, 0.0, 0.0) } else { gain }),
                basis: match i {
                    10 => Basis::Observed,
                    i if i < 10 => Basis::Extrapolated,
                    _ => Basis::Emulated,
                },
            }
        })
        .collect();
    let rows = steps.iter().map(|step: &ThresholdStep| WhatIfRow {
        threshold: step.threshold,
        mqls_per_month: step.mqls_per_month,
        sqls_per_month: step.average_rate.map_or(0.0, |rate| rate * step.mqls_per_month),
        rate: step.average_rate,
        marginal_rate: step.marginal_rate,
        moved_rate: step.marginal_rate.filter(|_| step.basis != Basis::Observed),
        gain_per_month: step.gain_per_month,
        probability_better: None,
        basis: step.basis,
    });
    let card = |name: &str, threshold, mqls| WhatIfCard {
        name: name.into(),
        threshold,
        mqls_per_month: mqls,
        sqls_per_month: (80.0, 70.0, 90.0),
        never_worked_share: 0.02,
    };
    let what_if = WhatIf {
        rows: rows.collect(),
        value_per_sql: Some(1000.0),
        sales_cost_per_mql: Some(80.0),
        moving_costs_mqls: 5.21,
        asked: vec![WhatIfAdvice { value_per_sql: 500.0, threshold: 130.0 }],
        cards: vec![card("Today's points", 100.0, 521.0), card("Suggested points", 90.0, 300.0)],
        actions: Vec::new(),
    };
    Chart {
        id: "threshold".into(),
        title: "A bar between 90 and 120 pays equally well".into(),
        subtitle: "What each threshold would have brought over the last twelve months, per month".into(),
        description: "Three panels over thresholds from 70 to 200. The marginal lead pays from 100 on.".into(),
        source: "€1,000 per SQL and €80 of sales' time per MQL, from leadgauge.toml.".into(),
        data: ChartData::Threshold {
            steps,
            current: 100.0,
            suggested: Some(110.0),
            plateau: Some((90.0, 120.0)),
            break_even: Some(0.08),
            currency: "EUR".into(),
            what_if: Some(Box::new(what_if)),
        },
    }
}

fn threshold() -> Section {
    Section {
        id: "threshold".into(),
        title: "Keep 100; a bar of 110 would be as good".into(),
        blocks: vec![
            Block::Prose {
                text: "The marginal MQL, one that only just passes the bar, becomes an SQL in about 8 % of cases. \
                       At €1,000 per SQL and €80 of sales' time per MQL that is where it starts to pay."
                    .into(),
            },
            Block::Chart(sweep()),
            figure("Threshold", "100", "points", "equally good: 90–120", "today's bar", Tone::Good),
            figure("MQLs at 110", "443", "per month", "", "521 today", Tone::Neutral),
        ],
    }
}

fn quality() -> Section {
    let rows = [
        (
            "activities::unknown_lead",
            "1,204 of 88,310 activities belong to no lead; they score nothing.",
            1204.0,
            Tone::Warn,
        ),
        ("leads::duplicate_email", "37 leads share an e-mail | address <b>with</b> another one.", 37.0, Tone::Neutral),
        (
            "stage_history::went_backwards",
            "5 leads went from SQL back to MQL; the first SQL counts.",
            5.0,
            Tone::Neutral,
        ),
    ];
    Section {
        id: "data-quality".into(),
        title: "Three remarks about the data, none of which changes a verdict".into(),
        blocks: vec![
            Block::Table(Table {
                id: "findings".into(),
                title: "Findings".into(),
                columns: [("Code", Unit::Text), ("What it means", Unit::Text), ("Rows", Unit::Count)]
                    .map(|(label, unit)| Column { label: label.into(), unit })
                    .to_vec(),
                rows: rows
                    .map(|(code, says, n, tone)| Row {
                        cells: vec![Cell::Text(code.into()), Cell::Text(says.into()), Cell::Number(n)],
                        tone,
                    })
                    .to_vec(),
                note: String::new(),
            }),
            Block::Note { tone: Tone::Neutral, text: "Every number on this page is in report.json.".into() },
        ],
    }
}
