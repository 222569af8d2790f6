//! What does the text of a date say by itself, before anyone decides what is left open?

use crate::vocabulary::Month;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// What a cell says by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Written {
    /// A date that can be read in one way only.
    Date(NaiveDate, Tail),
    /// Three numbers whose order is open, the year last unless the order says otherwise.
    Triple(Triple, Tail),
    /// A plain number: whole part, and the fraction in billionths.
    Number(i64, u32),
}

/// Three numbers of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Triple {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) third: u32,
    /// The third number has two digits only.
    pub(super) short_year: bool,
}

/// What stands after a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tail {
    /// Seconds since midnight, up to and including 24:00; `None` without a time.
    pub(super) seconds: Option<u32>,
    /// The zone that the cell names.
    pub(super) zone: Zone,
}

/// The zone that a cell names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Zone {
    /// None.
    Unnamed,
    /// Seconds east of Greenwich.
    Offset(i32),
    /// A zone with its rules.
    Rules(Tz),
}

impl Tail {
    /// No time, no zone.
    const NONE: Tail = Tail { seconds: None, zone: Zone::Unnamed };
}

impl Triple {
    /// Day, month, year.
    pub(super) fn dmy(self) -> Option<NaiveDate> {
        date(self.long_year(self.third), self.second, self.first)
    }

    /// Month, day, year.
    pub(super) fn mdy(self) -> Option<NaiveDate> {
        date(self.long_year(self.third), self.first, self.second)
    }

    /// Year, month, day: a year of two digits in front.
    pub(super) fn ymd(self) -> Option<NaiveDate> {
        if !self.short_year {
            return None;
        }
        date(self.long_year(self.first), self.second, self.third)
    }

    fn long_year(self, year: u32) -> u32 {
        if self.short_year { long_year(year) } else { year }
    }
}

/// The century of a year of two digits: 69 to 99 are of the last one.
fn long_year(year: u32) -> u32 {
    match year {
        0..=68 => 2000 + year,
        69..=99 => 1900 + year,
        _ => year,
    }
}

/// A date whose year is plausible: years outside of 1900 to 2200 are how exports write that there is no date.
fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    if !(1900..=2200).contains(&year) {
        return None;
    }
    NaiveDate::from_ymd_opt(year as i32, month, day)
}

/// What a cell says by itself; `None` where it is no date at all.
pub(super) fn written(text: &str) -> Option<Written> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_digit() {
        return spelled(text).map(|(date, tail)| Written::Date(date, tail));
    }
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, ..] = *bytes
        && let (Some(century), Some(years), Some(month), Some(day)) =
            (pair(y1, y2), pair(y3, y4), pair(m1, m2), pair(d1, d2))
    {
        return Some(Written::Date(date(century * 100 + years, month, day)?, tail(text.get(10..)?)?));
    }
    let (first, rest) = leading(text)?;
    match rest.as_bytes().first() {
        None | Some(b'.') if bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.') => {
            if let Some(number) = number(text) {
                return Some(number);
            }
        }
        Some(b'T' | b't' | b' ') if first.len() == 8 => {
            return Some(Written::Date(compact(first)?, tail(rest)?));
        }
        _ => {}
    }
    match triple(first, rest) {
        Some(found) => Some(found),
        None => spelled(text).map(|(date, tail)| Written::Date(date, tail)),
    }
}

/// Two digits.
fn pair(tens: u8, ones: u8) -> Option<u32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// The digits that a text begins with, and the rest.
fn leading(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// "20261031".
fn compact(digits: &str) -> Option<NaiveDate> {
    let number: u32 = digits.parse().ok()?;
    date(number / 10_000, number / 100 % 100, number % 100)
}

/// A cell of digits, with at most one point: a date such as 20261031 or 20261031140500, or a plain number.
fn number(text: &str) -> Option<Written> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.contains('.') || whole.is_empty() || whole.len() > 18 {
        return None;
    }
    if fraction.is_empty() && !text.contains('.') {
        if whole.len() == 8
            && let Some(date) = compact(whole)
        {
            return Some(Written::Date(date, Tail::NONE));
        }
        if whole.len() == 14
            && let (Some(date), Some(seconds)) = (whole.get(..8).and_then(compact), whole.get(8..).and_then(packed))
        {
            return Some(Written::Date(date, Tail { seconds: Some(seconds), zone: Zone::Unnamed }));
        }
    }
    let mut billionths = 0;
    for place in 0..9 {
        let digit = fraction.as_bytes().get(place).map_or(0, |b| u32::from(b - b'0'));
        billionths = billionths * 10 + digit;
    }
    Some(Written::Number(whole.parse().ok()?, billionths))
}

/// Seconds of "1405" or "140500".
fn packed(digits: &str) -> Option<u32> {
    match *digits.as_bytes() {
        [a, b, c, d] => clock_time(pair(a, b)?, pair(c, d)?, 0),
        [a, b, c, d, e, f] => clock_time(pair(a, b)?, pair(c, d)?, pair(e, f)?),
        _ => None,
    }
}

/// Three numbers with one and the same separator.
fn triple(first: &str, rest: &str) -> Option<Written> {
    let separator = *rest.as_bytes().first().filter(|b| matches!(b, b'/' | b'.' | b'-'))?;
    // "31. 10. 2026" is how Germans and Czechs write it by hand.
    let after = |rest: &'_ str| -> Option<usize> {
        let spaced = separator == b'.' && rest.as_bytes().get(1) == Some(&b' ');
        (*rest.as_bytes().first()? == separator).then_some(if spaced { 2 } else { 1 })
    };
    let (second, rest) = leading(rest.get(after(rest)?..)?)?;
    let (third, rest) = leading(rest.get(after(rest)?..)?)?;
    if second.len() > 2 {
        return None;
    }
    let number = |digits: &str| digits.bytes().fold(0, |sum, b| sum * 10 + u32::from(b - b'0'));
    let numbers = |digits: [&str; 3]| digits.map(number);
    let [a, b, c] = match (first.len(), third.len()) {
        (4, 1 | 2) | (1 | 2, 2 | 4) => numbers([first, second, third]),
        _ => return None,
    };
    let tail = tail(rest)?;
    if first.len() == 4 {
        return Some(Written::Date(date(a, b, c)?, tail));
    }
    let triple = Triple { first: a, second: b, third: c, short_year: third.len() == 2 };
    // Nothing is open where all the orders mean the same day.
    if a == b && !triple.short_year {
        return Some(Written::Date(triple.dmy()?, tail));
    }
    Some(Written::Triple(triple, tail))
}

/// Seconds since midnight. A minute's 61st second is its last one; 24:00 is the next midnight.
fn clock_time(hours: u32, minutes: u32, seconds: u32) -> Option<u32> {
    let fits = (hours < 24 && minutes < 60 && seconds <= 60) || (hours, minutes, seconds) == (24, 0, 0);
    fits.then(|| hours * 3600 + minutes * 60 + seconds.min(59))
}

/// What stands after the date: nothing, or a time and perhaps a zone.
fn tail(rest: &str) -> Option<Tail> {
    if rest.is_empty() {
        return Some(Tail::NONE);
    }
    // The usual one first: "T14:05:00" or " 14:05:00".
    if let [b' ' | b'T', h1, h2, b':', m1, m2, ref more @ ..] = *rest.as_bytes()
        && let (Some(hours), Some(minutes)) = (pair(h1, h2), pair(m1, m2))
    {
        match *more {
            [] => return Some(Tail { seconds: Some(clock_time(hours, minutes, 0)?), zone: Zone::Unnamed }),
            [b':', s1, s2] => {
                let seconds = clock_time(hours, minutes, pair(s1, s2)?)?;
                return Some(Tail { seconds: Some(seconds), zone: Zone::Unnamed });
            }
            [b':', s1, s2, b'Z'] => {
                let seconds = clock_time(hours, minutes, pair(s1, s2)?)?;
                return Some(Tail { seconds: Some(seconds), zone: Zone::Offset(0) });
            }
            _ => {}
        }
    }
    let bare = rest.trim_start_matches([',', ' ', '\u{a0}', '\u{202f}']);
    let spaced = bare.len() < rest.len();
    let lower = |word: &str| bare.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let bare = match bare.as_bytes().first()? {
        b'T' | b't' if !spaced => bare.get(1..)?,
        _ if !spaced => return None,
        _ => match ["at ", "um "].into_iter().find(|word| lower(word)) {
            Some(word) => bare.get(word.len()..)?.trim_start(),
            None => bare,
        },
    };
    let (digits, rest) = leading(bare)?;
    if matches!(digits.len(), 4 | 6) && !spaced {
        let (fraction, rest) = without_fraction(rest);
        let seconds = packed(digits).filter(|_| !fraction || digits.len() == 6)?;
        return Some(Tail { seconds: Some(seconds), zone: zone(rest)? });
    }
    if digits.len() > 2 {
        return None;
    }
    let hours: u32 = digits.parse().ok()?;
    let (minutes, rest) = sixtieth(rest);
    let (seconds, rest) = if minutes.is_some() { sixtieth(rest) } else { (None, rest) };
    let rest = if seconds.is_some() { without_fraction(rest).1 } else { rest };
    let (half, rest) = half_of_day(rest);
    let hours = match half {
        // Without minutes, only "7 PM" is a time.
        None if minutes.is_none() => return None,
        None => hours,
        Some(_) if !(1..=12).contains(&hours) => return None,
        Some(half) => hours % 12 + half,
    };
    let seconds = clock_time(hours, minutes.unwrap_or(0), seconds.unwrap_or(0))?;
    Some(Tail { seconds: Some(seconds), zone: zone(rest)? })
}

/// ":05" and the rest.
fn sixtieth(text: &str) -> (Option<u32>, &str) {
    if let [b':', tens, ones, ..] = *text.as_bytes()
        && let (Some(number), Some(rest)) = (pair(tens, ones), text.get(3..))
        && !rest.starts_with(|c: char| c.is_ascii_digit())
    {
        return (Some(number), rest);
    }
    (None, text)
}

/// Whether there is a fraction of a second, and what stands after it.
fn without_fraction(text: &str) -> (bool, &str) {
    match text.strip_prefix(['.', ',']).and_then(leading) {
        Some((_, rest)) => (true, rest),
        None => (false, text),
    }
}

/// The hours that "AM" and "PM" add, and what stands after them.
fn half_of_day(text: &str) -> (Option<u32>, &str) {
    let bare = text.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    for (word, hours) in [("a.m.", 0), ("p.m.", 12), ("am", 0), ("pm", 12)] {
        if let (Some(start), Some(rest)) = (bare.get(..word.len()), bare.get(word.len()..))
            && start.eq_ignore_ascii_case(word)
            && !rest.starts_with(char::is_alphabetic)
        {
            return (Some(hours), rest);
        }
    }
    (None, text)
}

/// Abbreviations of zones that mean one offset wherever business is done; CST, IST and BST do not.
const ABBREVIATIONS: [(&str, i32); 13] = [
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("EST", -5),
    ("EDT", -4),
    ("PST", -8),
    ("PDT", -7),
];

/// The zone that stands after a time; `None` where what stands there is none.
fn zone(text: &str) -> Option<Zone> {
    let text = text.trim();
    if text.is_empty() || text == "Uhr" {
        return Some(Zone::Unnamed);
    }
    if text.starts_with(['+', '-'])
        && let Some(east) = offset(text)
    {
        return Some(Zone::Offset(east));
    }
    // "GMT+0100 (Central European Standard Time)": the words say again what the offset said.
    if let Some((before, inside)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let before = before.trim();
        return if before.is_empty() { named(inside) } else { zone(before).filter(|zone| *zone != Zone::Unnamed) };
    }
    if let Some((before, inside)) = text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        return if before.trim().is_empty() { named(inside) } else { zone(before) };
    }
    match named(text) {
        Some(zone) => Some(zone),
        None => offset(text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text)).map(Zone::Offset),
    }
}

/// A zone by its abbreviation or its name.
fn named(text: &str) -> Option<Zone> {
    if let Some((_, hours)) = ABBREVIATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some(Zone::Offset(hours * 3600));
    }
    text.contains('/').then(|| text.parse::<Tz>().ok()).flatten().map(Zone::Rules)
}

/// Seconds of "+02:00", "+0200", "+02" or "−2".
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, text.get(1..)?),
        '-' => (-1, text.get(1..)?),
        '−' => (-1, text.get('−'.len_utf8()..)?),
        _ => return None,
    };
    let (hours, minutes) = match *digits.as_bytes() {
        [ones] => (pair(b'0', ones)?, 0),
        [a, b] => (pair(a, b)?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (pair(a, b)?, pair(c, d)?),
        _ => return None,
    };
    (hours <= 15 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60) as i32)
}

/// A word or number of a spelled date.
enum Token<'a> {
    Number(&'a str),
    Word(&'a str),
}

/// The next word or number, over what may stand between them.
fn token(text: &str) -> Option<(Token<'_>, &str)> {
    let text = text.trim_start_matches([' ', ',', '.', '-', '/', '\u{a0}', '\u{202f}']);
    if let Some((digits, rest)) = leading(text) {
        let ordinal = ["st", "nd", "rd", "th", "er", "º", "ª", "°"].into_iter().find_map(|end| {
            let rest = rest.strip_prefix(end)?;
            (!rest.starts_with(char::is_alphanumeric)).then_some(rest)
        });
        return Some((Token::Number(digits), ordinal.unwrap_or(rest)));
    }
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end)).map(|(word, rest)| (Token::Word(word), rest))
}

/// The next word or number that is no "de" or "of".
fn part(text: &str) -> Option<(Token<'_>, &str)> {
    let (found, rest) = token(text)?;
    match found {
        Token::Word(word) if ["de", "del", "of", "di"].iter().any(|small| small.eq_ignore_ascii_case(word)) => {
            token(rest)
        }
        other => Some((other, rest)),
    }
}

/// A date with the name of its month: "Oct 31, 2026", "31-Oct-26", "Sat Oct 31 2026 14:05", "31. Oktober 2026".
fn spelled(text: &str) -> Option<(NaiveDate, Tail)> {
    let (mut first, mut rest) = token(text)?;
    if let Token::Word(word) = first
        && month_name(word).is_none()
        && is_weekday(word)
    {
        (first, rest) = token(rest)?;
    }
    let (second, rest) = part(rest)?;
    let (third, rest) = part(rest)?;
    let short = |digits: &str| (digits.len() <= 2).then(|| digits.parse::<u32>().ok()).flatten();
    let found = match (first, second, third) {
        (Token::Number(year), Token::Word(month), Token::Number(day)) if year.len() == 4 => {
            date(year.parse().ok()?, month_name(month)?, short(day)?)
        }
        (Token::Number(day), Token::Word(month), Token::Number(year))
        | (Token::Word(month), Token::Number(day), Token::Number(year)) => {
            date(spelled_year(year)?, month_name(month)?, short(day)?)
        }
        _ => None,
    };
    Some((found?, tail(rest)?))
}

/// A year of four digits or of two.
fn spelled_year(digits: &str) -> Option<u32> {
    matches!(digits.len(), 2 | 4).then(|| digits.parse().ok()).flatten().map(|year: u32| match digits.len() {
        2 => long_year(year),
        _ => year,
    })
}

/// Names of the months in English, German, French, Spanish, Dutch, Portuguese and Italian, whole and shortened.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan", "january", "januar", "jän", "jänner", "janv", "janvier", "ene", "enero", "januari", "janeiro", "gen",
        "gennaio",
    ],
    &[
        "feb",
        "february",
        "februar",
        "fév",
        "févr",
        "février",
        "fevrier",
        "febrero",
        "februari",
        "fev",
        "fevereiro",
        "febbraio",
    ],
    &["mar", "march", "mär", "märz", "mrz", "maerz", "mars", "marzo", "mrt", "maart", "março", "marco"],
    &["apr", "april", "avr", "avril", "abr", "abril", "aprile"],
    &["may", "mai", "mayo", "mei", "maio", "mag", "maggio"],
    &["jun", "june", "juni", "juin", "junio", "junho", "giu", "giugno"],
    &["jul", "july", "juli", "juil", "juillet", "julio", "julho", "lug", "luglio"],
    &["aug", "august", "août", "aout", "ago", "agosto", "augustus"],
    &["sep", "sept", "september", "septembre", "septiembre", "set", "setiembre", "setembro", "settembre"],
    &["oct", "october", "okt", "oktober", "octobre", "octubre", "out", "outubro", "ott", "ottobre"],
    &["nov", "november", "novembre", "noviembre", "novembro"],
    &["dec", "december", "dez", "dezember", "déc", "décembre", "decembre", "dic", "diciembre", "dezembro", "dicembre"],
];

/// The number of the month that a word names.
fn month_name(word: &str) -> Option<u32> {
    let lower = (!word.is_ascii()).then(|| word.to_lowercase());
    let word = lower.as_deref().unwrap_or(word);
    let found = MONTHS.iter().position(|names| names.iter().any(|name| name.eq_ignore_ascii_case(word)))?;
    Some(found as u32 + 1)
}

/// Names of the days of the week, which say nothing that the date does not.
const WEEKDAYS: [&str; 7] = [
    "mon monday mo montag lun lundi lunes ma maandag lunedì",
    "tue tues tuesday di dienstag mar mardi martes dinsdag martedì",
    "wed wednesday mi mittwoch mer mercredi mié miércoles wo woensdag mercoledì",
    "thu thur thurs thursday do donnerstag jeu jeudi jue jueves donderdag giovedì",
    "fri friday fr freitag ven vendredi vie viernes vr vrijdag venerdì",
    "sat saturday sa samstag sam samedi sáb sábado za zaterdag sabato",
    "sun sunday so sonntag dim dimanche dom domingo zo zondag domenica",
];

fn is_weekday(word: &str) -> bool {
    let lower = word.to_lowercase();
    WEEKDAYS.iter().any(|names| names.split(' ').any(|name| name == lower))
}

/// Reads a month: "2026-10", "2026/10", "10/2026", "202610", "Oct 2026", "Oct-26", "2026 October". A date in it is no
/// month: its column reads it.
pub fn month(text: &str) -> Option<Month> {
    let of = |year: u32, month: u32| date(year, month, 1).map(|date| Month(date.year() * 12 + date.month0() as i32));
    let separators = ['-', '/', '.', ' '];
    let text = super::unprotected(text);
    match leading(text) {
        Some((digits, "")) if digits.len() == 6 => {
            let number: u32 = digits.parse().ok()?;
            of(number / 100, number % 100)
        }
        Some((first, rest)) => {
            let rest = rest.strip_prefix(separators)?;
            match leading(rest) {
                Some((second, "")) => match (first.len(), second.len()) {
                    (4, 1 | 2) => of(first.parse().ok()?, second.parse().ok()?),
                    (1 | 2, 4) => of(second.parse().ok()?, first.parse().ok()?),
                    _ => None,
                },
                Some(_) => None,
                None if first.len() == 4 => of(first.parse().ok()?, month_name(rest)?),
                None => None,
            }
        }
        None => {
            let (Token::Word(word), rest) = token(text)? else { return None };
            let rest = rest.trim_start_matches([' ', '-', '/', '.', ',', '\'', '’']);
            let (year, after) = leading(rest)?;
            of(spelled_year(year).filter(|_| after.is_empty())?, month_name(word)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_of_every_kind_are_one_month() {
        let expected = "2026-10".parse::<Month>().ok();
        for text in [
            "2026-10",
            "10/2026",
            "Oct 2026",
            "Oct-26",
            "2026/10",
            "202610",
            "October 2026",
            "Okt. 2026",
            "2026 Oct",
            "octobre 2026",
            "Oct '26",
        ] {
            assert_eq!(month(text), expected, "{text}");
        }
        for text in ["", "2026", "26-Oct", "01-May", "2026-13", "Q3 2026", "13/2026", "2026-10-01", "Oct", "Oct-3000"] {
            assert_eq!(month(text), None, "{text}");
        }
    }

    #[test]
    fn no_name_stands_for_two_months() {
        let names: Vec<&str> = MONTHS.iter().flat_map(|names| names.iter().copied()).collect();
        for name in &names {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
            assert_eq!(*name, name.to_lowercase());
        }
    }
}
