//! The only place where a number becomes text: tabular, true minus, en dash in ranges, thousands separators.
//!
//! How a number is written depends on the reader's country. The locale is not an argument of each function: words are
//! made in a hundred places, from the findings to the ticks of an axis, and all of one report are written alike. It is
//! therefore set once for the thread that makes a report, by [`speak`], and put back when what that returns is dropped.
//! Without it numbers are written as in English, whatever the machine's own settings are.

use crate::config::plan::Locale;
use crate::report::page::{Cell, Unit};
use crate::vocabulary::{Day, Month};
use chrono::Datelike;
use std::cell::Cell as Slot;
use std::marker::PhantomData;

thread_local! {
    static LOCALE: Slot<Locale> = const { Slot::new(Locale::En) };
}

/// Puts the locale back that was there before. It belongs to its thread.
#[must_use = "the locale is put back when this is dropped"]
pub struct Spoken {
    before: Locale,
    of_this_thread: PhantomData<*const ()>,
}

impl Drop for Spoken {
    fn drop(&mut self) {
        LOCALE.set(self.before);
    }
}

/// Writes numbers in this locale until what is returned is dropped.
pub fn speak(locale: Locale) -> Spoken {
    Spoken { before: LOCALE.replace(locale), of_this_thread: PhantomData }
}

fn locale() -> Locale {
    LOCALE.get()
}

/// What stands between thousands, and before decimals. A no-break space, not a thin one: every font has it.
fn marks() -> (char, char) {
    match locale() {
        Locale::En | Locale::EnGb => (',', '.'),
        Locale::De | Locale::Es | Locale::Nl => ('.', ','),
        Locale::Fr => ('\u{a0}', ','),
    }
}

/// The percent sign with the space before it.
fn percent_sign() -> &'static str {
    match locale() {
        Locale::EnGb | Locale::Nl => "%",
        _ => "\u{a0}%",
    }
}

/// Digits with their currency and sign where the locale has them.
fn with_currency(minus: &str, digits: &str, currency: &str) -> String {
    let sign = currency_sign(currency);
    match locale() {
        Locale::En | Locale::EnGb => format!("{minus}{sign}{digits}"),
        Locale::Nl => format!("{}\u{a0}{minus}{digits}", sign.trim_end()),
        Locale::De | Locale::Fr | Locale::Es => format!("{minus}{digits}\u{a0}{}", sign.trim_end()),
    }
}

/// A day, in a table as in a sentence: "2026-10-31", "31.10.2026".
pub fn day(day: Day) -> String {
    let date = day.date();
    let (y, m, d) = (date.year(), date.month(), date.day());
    match locale() {
        Locale::En => day.to_string(),
        Locale::EnGb | Locale::Fr | Locale::Es => format!("{d:02}/{m:02}/{y:04}"),
        Locale::De => format!("{d:02}.{m:02}.{y:04}"),
        Locale::Nl => format!("{d:02}-{m:02}-{y:04}"),
    }
}

const MONTHS: [(Locale, [&str; 12], [&str; 12]); 4] = [
    (
        Locale::De,
        [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
    ),
    (
        Locale::Fr,
        [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"],
    ),
    (
        Locale::Es,
        [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
    ),
    (
        Locale::Nl,
        [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    ),
];

/// A month, in a heading as in a sentence: "October 2026", "Oktober 2026".
pub fn month(month: Month) -> String {
    format!("{} {:04}", month_name(month), month.year())
}

/// The same where a sentence begins: "Octobre 2026".
pub fn month_first(month: Month) -> String {
    let text = self::month(month);
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A month without its year: "October", "Oktober".
fn month_name(month: Month) -> String {
    let at = month.0.rem_euclid(12) as usize;
    let own = MONTHS.iter().find(|(of, ..)| *of == locale());
    own.map_or_else(|| month.name(), |(_, names, _)| names[at].to_string())
}

/// A month where space is short, as in a table and in a span of months: "2026-10", "Okt 2026".
pub fn month_compact(month: Month) -> String {
    match locale() {
        Locale::En => month.to_string(),
        _ => format!("{} {:04}", month_short(month), month.year()),
    }
}

/// The month that [`month_compact`] wrote.
pub fn read_month(text: &str) -> Option<Month> {
    if locale() == Locale::En {
        return text.parse().ok();
    }
    let (name, year) = text.rsplit_once(' ')?;
    let january = digits(year, 4)?.checked_mul(12)?;
    (january..january + 12).map(Month).find(|month| month_short(*month) == name)
}

/// What a text that [`day`] or [`month_compact`] wrote is sorted by, where that is not the text itself: 20261031, 20261000.
pub fn calendar_order(text: &str) -> Option<String> {
    if locale() == Locale::En {
        return None;
    }
    if let Some(month) = read_month(text) {
        return Some(format!("{}00", month.to_string().replace('-', "")));
    }
    let mut parts = text.split(['.', '/', '-']);
    let (d, m, y) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 4)?);
    parts.next().is_none().then(|| format!("{y:04}{m:02}{d:02}"))
}

/// A number of exactly so many digits.
fn digits(text: &str, many: usize) -> Option<i32> {
    let is_number = text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A month on an axis: "Oct", "Okt".
pub fn month_short(month: Month) -> String {
    let at = month.0.rem_euclid(12) as usize;
    let own = MONTHS.iter().find(|(of, ..)| *of == locale());
    own.map_or_else(|| month.short(), |(_, _, names)| names[at].to_string())
}

/// A share with no more decimals than it needs: "90 %", "12.5 %".
pub fn round_share(value: f64) -> String {
    without_zeros(&share(value))
}

/// A range of shares with no more decimals than it needs: "13–31 %".
pub fn round_share_range(low: f64, high: f64) -> String {
    without_zeros(&share_range(low, high))
}

fn without_zeros(text: &str) -> String {
    let (_, decimal) = marks();
    let zero = format!("{decimal}0");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&zero) {
        let (before, after) = (&rest[..at], &rest[at + zero.len()..]);
        out.push_str(before);
        // "0.05" has a decimal after its zero, and needs it.
        if after.starts_with(|c: char| c.is_ascii_digit()) {
            out.push_str(&zero);
        }
        rest = after;
    }
    out + rest
}

/// A whole number with thousands separators: "12,345".
pub fn count(value: f64) -> String {
    grouped(value, 0)
}

/// A whole number to its last digit: "9,007,199,254,740,993".
pub fn whole(value: i128) -> String {
    parted(if value < 0 { "−" } else { "" }, &value.unsigned_abs().to_string(), None)
}

/// A count with its noun: "1 MQL", "2 MQLs".
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(n as f64)) }
}

/// A number with `decimals` decimals and thousands separators; true minus; never "−0".
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let is_below = value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
    parted(if is_below { "−" } else { "" }, whole, fraction)
}

/// Digits with their sign, thousands and decimals.
fn parted(minus: &str, whole: &str, fraction: Option<&str>) -> String {
    let (thousands, decimal) = marks();
    // In Spanish a number of four digits stands without its mark.
    let groups = locale() != Locale::Es || whole.len() > 4;
    let mut out = minus.to_string();
    for (i, digit) in whole.chars().enumerate() {
        if groups && i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(thousands);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(decimal);
        out.push_str(fraction);
    }
    out
}

/// A share in percent: one decimal, two below 1 %: "19.8 %".
pub fn share(value: f64) -> String {
    format!("{}{}", percent_digits(value, decimals_for(value)), percent_sign())
}

/// A range of shares: "16.6–23.4 %".
pub fn share_range(low: f64, high: f64) -> String {
    let decimals = decimals_for(high);
    format!("{}–{}{}", percent_digits(low, decimals), percent_digits(high, decimals), percent_sign())
}

/// A difference of shares in points: "+1.6 points".
pub fn points(value: f64) -> String {
    let digits = grouped(value * 100.0, 1);
    let sign = if value > 0.0 && digits.chars().any(|c| c.is_ascii_digit() && c != '0') { "+" } else { "" };
    format!("{sign}{digits}\u{a0}points")
}

/// A difference with its sign, where space is short: "−4.4 pt" for shares, "+$12", "0.0 pt".
pub fn change(value: f64, unit: &Unit) -> String {
    let text = match unit {
        Unit::Share => {
            let points = value * 100.0;
            // Below a tenth of a point one decimal would say nothing.
            let decimals = if points != 0.0 && points.abs() < 0.1 { 2 } else { 1 };
            let digits = if points.abs() < 1e6 { grouped(points, decimals) } else { short(points, &Unit::Decimal) };
            format!("{digits}\u{a0}pt")
        }
        other => short(value, other),
    };
    let is_more = value > 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0');
    if is_more { format!("+{text}") } else { text }
}

fn decimals_for(value: f64) -> usize {
    if value != 0.0 && value.abs() < 0.01 { 2 } else { 1 }
}

fn percent_digits(value: f64, decimals: usize) -> String {
    grouped(value * 100.0, decimals)
}

/// An amount: "$1,234" (no cents from 10 up), "AUD 1,234" for currencies whose sign is not unambiguous.
pub fn money(value: f64, currency: &str) -> String {
    let decimals = if value.abs() < 10.0 && value.fract().abs() > 0.004 { 2 } else { 0 };
    let digits = grouped(value.abs(), decimals);
    let minus = if value < 0.0 && digits.chars().any(|c| c.is_ascii_digit() && c != '0') { "−" } else { "" };
    with_currency(minus, &digits, currency)
}

/// A range of amounts: "$120–$190", "120–190 €", "−$30 to $25".
pub fn money_range(low: f64, high: f64, currency: &str) -> String {
    let is_below = low < 0.0 || high < 0.0;
    let (low, high) = (money(low, currency), money(high, currency));
    let behind = format!("\u{a0}{}", currency_sign(currency).trim_end());
    match low.strip_suffix(&behind) {
        _ if is_below => format!("{low} to {high}"),
        // A sign behind the digits stands once: "120–190 €".
        Some(digits) if high.ends_with(&behind) => format!("{digits}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

/// A probability in whole percent, never 0 or 100: "80 %".
pub fn chance(value: f64) -> String {
    format!("{}{}", grouped((value * 100.0).clamp(1.0, 99.0), 0), percent_sign())
}

/// The sign in front of an amount, with the gap that belongs to it: "€", "CHF ".
pub fn currency_sign(currency: &str) -> String {
    match currency {
        "USD" => "$".into(),
        "EUR" => "€".into(),
        "GBP" => "£".into(),
        "AUD" => "A$".into(),
        other => format!("{other}\u{a0}"),
    }
}

/// Days: "15" or "15.5".
pub fn days(value: f64) -> String {
    grouped(value, if value.fract().abs() > 0.04 { 1 } else { 0 })
}

/// A table cell in its column's unit.
pub fn cell(cell: &Cell, unit: &Unit) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Missing(_) => "–".into(),
        Cell::Number(value) => number(*value, unit),
        Cell::Range(low, high) => match unit {
            Unit::Share => share_range(*low, *high),
            Unit::Money(currency) => money_range(*low, *high, currency),
            _ => format!("{}–{}", number(*low, unit), number(*high, unit)),
        },
    }
}

/// A number in a unit.
pub fn number(value: f64, unit: &Unit) -> String {
    match unit {
        Unit::Share => share(value),
        Unit::Money(currency) => money(value, currency),
        Unit::Days => days(value),
        Unit::Decimal => grouped(value, 1),
        Unit::Count | Unit::Text => grouped(value, if value.fract().abs() > 1e-9 { 1 } else { 0 }),
    }
}

/// A number where space is short: as [`number`] below a million, then "1.2M", and "3e20" where the words end.
pub fn short(value: f64, unit: &Unit) -> String {
    let size = value.abs();
    if size < 1e6 && !(*unit == Unit::Share && size >= 1e4) {
        return number(value, unit);
    }
    let (divisor, suffix) = magnitude(size);
    scaled(value, divisor, suffix, usize::from(size / divisor < 100.0), unit)
}

/// The label of an axis tick: all ticks of an axis have the decimals that their `step` needs and the magnitude of the
/// `largest`: "15 %", "2,000", "€150k".
pub fn tick(value: f64, step: f64, largest: f64, unit: &Unit) -> String {
    let percent = if *unit == Unit::Share { 100.0 } else { 1.0 };
    if step * percent < 1e-6 {
        return scaled(value, 1.0, "e", 0, unit);
    }
    let (divisor, suffix) = if largest * percent >= 20_000.0 { magnitude(largest) } else { (1.0, "") };
    let decimals = (-(step * percent / divisor).log10() - 1e-9).ceil().clamp(0.0, 6.0);
    scaled(value, divisor, suffix, decimals as usize, unit)
}

/// A benchmark range with no more decimals than it has: "13–31 %".
pub fn band(low: f64, high: f64, unit: &Unit) -> String {
    let whole = |value: f64| (value * 100.0 - (value * 100.0).round()).abs() < 1e-9;
    match unit {
        Unit::Share if whole(low) && whole(high) => {
            format!("{}–{}{}", grouped(low * 100.0, 0), grouped(high * 100.0, 0), percent_sign())
        }
        other => cell(&Cell::Range(low, high), other),
    }
}

fn magnitude(size: f64) -> (f64, &'static str) {
    match size {
        s if s >= 1e15 => (1.0, "e"),
        s if s >= 1e12 => (1e12, "T"),
        s if s >= 1e9 => (1e9, "B"),
        s if s >= 1e6 => (1e6, "M"),
        s if s >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

fn scaled(value: f64, divisor: f64, suffix: &str, decimals: usize, unit: &Unit) -> String {
    let percent = if *unit == Unit::Share { 100.0 } else { 1.0 };
    let size = value.abs() * percent / divisor;
    let digits = if suffix == "e" { format!("{size:.0e}") } else { format!("{}{suffix}", grouped(size, decimals)) };
    let digits = if size == 0.0 { "0".to_owned() } else { digits };
    let minus = if value < 0.0 && digits.chars().any(|c| c.is_ascii_digit() && c != '0') { "−" } else { "" };
    match unit {
        Unit::Share => format!("{minus}{digits}{}", percent_sign()),
        Unit::Money(currency) => with_currency(minus, &digits, currency),
        _ => format!("{minus}{digits}"),
    }
}

/// Months from the first to the last: "November 2025 to April 2026", "May to October 2026", "May 2026".
pub fn months(from: Month, to: Month) -> String {
    match (from == to, from.year() == to.year()) {
        (true, _) => month(from),
        (false, true) => format!("{} to {}", month_name(from), month(to)),
        (false, false) => format!("{} to {}", month(from), month(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_the_way_a_reader_expects() {
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(grouped(-0.04, 1), "0.0");
        assert_eq!(share(0.1984), "19.8\u{a0}%");
        assert_eq!(share(0.0042), "0.42\u{a0}%");
        assert_eq!([0.9, 0.0005, 0.125].map(round_share).join(" "), "90\u{a0}% 0.05\u{a0}% 12.5\u{a0}%");
        assert_eq!(share_range(0.166, 0.234), "16.6–23.4\u{a0}%");
        assert_eq!(
            [0.0004, -0.0004, 0.016, -0.016].map(points).join(" ").replace("\u{a0}points", ""),
            "0.0 0.0 +1.6 −1.6"
        );
        assert_eq!(money(-1234.4, "USD"), "−$1,234");
        assert_eq!(money(2.5, "CHF"), "CHF\u{a0}2.50");
    }

    #[test]
    fn each_locale_has_its_own_marks_signs_and_months() {
        let written = |locale| {
            let _spoken = speak(locale);
            let eur = Unit::Money("EUR".into());
            [
                count(1_234_567.0),
                count(1234.0),
                share(0.1984),
                share_range(0.166, 0.234),
                money(-1234.4, "EUR"),
                money(2.5, "CHF"),
                money_range(180.0, 206.0, "EUR"),
                money_range(-30.0, 25.0, "EUR"),
                tick(150_000.0, 50_000.0, 150_000.0, &eur),
                day("2026-03-09".parse().unwrap_or(Day(0))),
                month(Month(2026 * 12 + 2)),
                month_short(Month(2026 * 12 + 9)),
                round_share_range(0.13, 0.31),
                points(0.016),
            ]
            .map(|text| text.replace('\u{a0}', "_"))
            .join(" | ")
        };
        assert_eq!(
            written(Locale::En),
            "1,234,567 | 1,234 | 19.8_% | 16.6–23.4_% | −€1,234 | CHF_2.50 | €180–€206 | −€30 to €25 | €150k | 2026-03-09 | March 2026 | Oct | 13–31_% | +1.6_points"
        );
        assert_eq!(
            written(Locale::EnGb),
            "1,234,567 | 1,234 | 19.8% | 16.6–23.4% | −€1,234 | CHF_2.50 | €180–€206 | −€30 to €25 | €150k | 09/03/2026 | March 2026 | Oct | 13–31% | +1.6_points"
        );
        assert_eq!(
            written(Locale::De),
            "1.234.567 | 1.234 | 19,8_% | 16,6–23,4_% | −1.234_€ | 2,50_CHF | 180–206_€ | −30_€ to 25_€ | 150k_€ | 09.03.2026 | März 2026 | Okt | 13–31_% | +1,6_points"
        );
        assert_eq!(
            written(Locale::Fr),
            "1_234_567 | 1_234 | 19,8_% | 16,6–23,4_% | −1_234_€ | 2,50_CHF | 180–206_€ | −30_€ to 25_€ | 150k_€ | 09/03/2026 | mars 2026 | oct | 13–31_% | +1,6_points"
        );
        assert_eq!(
            written(Locale::Es),
            "1.234.567 | 1234 | 19,8_% | 16,6–23,4_% | −1234_€ | 2,50_CHF | 180–206_€ | −30_€ to 25_€ | 150k_€ | 09/03/2026 | marzo 2026 | oct | 13–31_% | +1,6_points"
        );
        assert_eq!(
            written(Locale::Nl),
            "1.234.567 | 1.234 | 19,8% | 16,6–23,4% | €_−1.234 | CHF_2,50 | €_180–€_206 | €_−30 to €_25 | €_150k | 09-03-2026 | maart 2026 | okt | 13–31% | +1,6_points"
        );
    }

    #[test]
    fn a_locale_is_put_back_and_does_not_leak_into_other_threads() {
        let outer = speak(Locale::De);
        {
            let _inner = speak(Locale::Nl);
            assert_eq!(share(0.5), "50,0%");
        }
        assert_eq!(share(0.5), "50,0\u{a0}%");
        let elsewhere = std::thread::spawn(|| share(0.5)).join().unwrap_or_default();
        assert_eq!(elsewhere, "50.0\u{a0}%");
        drop(outer);
        assert_eq!(share(0.5), "50.0\u{a0}%");
    }

    #[test]
    fn a_difference_has_its_sign_and_differences_of_shares_are_points() {
        assert_eq!(change(-0.044, &Unit::Share), "−4.4\u{a0}pt");
        assert_eq!(change(0.016, &Unit::Share), "+1.6\u{a0}pt");
        assert_eq!(change(0.0004, &Unit::Share), "+0.04\u{a0}pt");
        assert_eq!(change(-0.000_001, &Unit::Share), "0.00\u{a0}pt");
        assert_eq!(change(0.0, &Unit::Share), "0.0\u{a0}pt");
        assert_eq!(change(12.0, &Unit::Money("USD".into())), "+$12");
        assert_eq!(change(-1200.0, &Unit::Money("EUR".into())), "−€1,200");
        assert_eq!(change(2.0, &Unit::Count), "+2");
        assert_eq!(change(0.001, &Unit::Days), "0");
    }

    #[test]
    fn axis_labels_share_decimals_and_magnitude() {
        assert_eq!(tick(0.15, 0.05, 0.3, &Unit::Share), "15\u{a0}%");
        assert_eq!(tick(0.005, 0.005, 0.02, &Unit::Share), "0.5\u{a0}%");
        assert_eq!(tick(0.0, 0.005, 0.02, &Unit::Share), "0\u{a0}%");
        assert_eq!(tick(2000.0, 1000.0, 4000.0, &Unit::Count), "2,000");
        assert_eq!(tick(-150_000.0, 50_000.0, 150_000.0, &Unit::Money("EUR".into())), "−€150k");
        assert_eq!(short(1_234_567.0, &Unit::Count), "1.2M");
        assert_eq!(short(3e20, &Unit::Count), "3e20");
        assert_eq!(short(0.198, &Unit::Share), "19.8\u{a0}%");
        assert_eq!(band(0.13, 0.31, &Unit::Share), "13–31\u{a0}%");
        assert_eq!(band(0.135, 0.31, &Unit::Share), "13.5–31.0\u{a0}%");
    }
}
