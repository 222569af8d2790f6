//! How does the text of a cell become a day, an instant, an amount or nothing?
//!
//! Time zones die here: an instant with an offset is moved into the project's zone; one without is local in the
//! source's zone; a date stays a date. After this there are project-local day numbers, and UTC seconds for order.

use crate::config::plan::DateOrder;
use crate::vocabulary::{Day, Money, Month};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// A moment of the project: its local day, and the span of seconds (UTC) that it may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The project-local day.
    pub day: Day,
    /// The instant; for a date without a time, the first second of that day.
    pub from_s: i64,
    /// The instant again; for a date without a time, the last second of that day.
    pub until_s: i64,
}

/// Why a cell could not be read as a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDate {
    /// No such date, or no date at all.
    Impossible,
    /// Day and month cannot be told apart.
    Ambiguous,
}

/// How moments are read: the project's zone, the source's zone, and the order of numeric dates.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The project's zone.
    pub project: Tz,
    /// The zone of timestamps that name none.
    pub source: Tz,
    /// The order of day, month and year where the text leaves it open.
    pub order: Option<DateOrder>,
}

/// Words that stand for "no value".
const MISSING: [&str; 9] = ["null", "nan", "n/a", "na", "none", "(no value)", "--", "-", "#n/a"];

/// The cell without outer space, or `None` where it stands for "no value".
pub fn present(cell: &str) -> Option<&str> {
    let text = cell.trim();
    let missing = text.is_empty() || (text.len() <= 10 && MISSING.contains(&text.to_ascii_lowercase().as_str()));
    (!missing).then_some(text)
}

impl Clock {
    /// Reads a moment: ISO dates and timestamps with or without offset, and numeric dates in the clock's order.
    pub fn read(&self, text: &str) -> Result<When, NoDate> {
        if let Some(date) = iso_date(text) {
            return Ok(self.whole_day(date));
        }
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return plausible(instant.date_naive()).map(|_| self.instant(instant.timestamp()));
        }
        for format in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M:%S%.f%#z"] {
            if let Ok(instant) = DateTime::parse_from_str(text, format) {
                return plausible(instant.date_naive()).map(|_| self.instant(instant.timestamp()));
            }
        }
        let bare = text.strip_suffix(" UTC").or_else(|| text.strip_suffix('Z'));
        for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
            if let Ok(local) = NaiveDateTime::parse_from_str(bare.unwrap_or(text), format) {
                plausible(local.date())?;
                return Ok(match bare {
                    Some(_) => self.instant(local.and_utc().timestamp()),
                    None => self.local(local),
                });
            }
        }
        self.numeric(text)
    }

    /// Reads dates such as 26-02-2018 or 2/26/2018 19:58 in the clock's order.
    fn numeric(&self, text: &str) -> Result<When, NoDate> {
        let (date_text, time_text) = match text.split_once(' ') {
            Some((date, time)) => (date, Some(time.trim())),
            None => (text, None),
        };
        let parts = numeric_parts(date_text).ok_or(NoDate::Impossible)?;
        let (year, month, day) = match self.order {
            _ if parts[0] > 31 => (parts[0], parts[1], parts[2]),
            Some(DateOrder::Dmy) => (parts[2], parts[1], parts[0]),
            Some(DateOrder::Mdy) => (parts[2], parts[0], parts[1]),
            Some(DateOrder::Ymd) => (parts[0], parts[1], parts[2]),
            None => return Err(NoDate::Ambiguous),
        };
        let date = NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(NoDate::Impossible).and_then(plausible)?;
        match time_text {
            None => Ok(self.whole_day(date)),
            Some(time) => ["%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p"]
                .iter()
                .find_map(|format| NaiveTime::parse_from_str(time, format).ok())
                .map(|time| self.local(date.and_time(time)))
                .ok_or(NoDate::Impossible),
        }
    }

    /// A date without a time.
    fn whole_day(&self, date: NaiveDate) -> When {
        let from_s = in_zone(self.project, date.and_time(NaiveTime::MIN));
        let next = date.succ_opt().unwrap_or(date);
        let until_s = in_zone(self.project, next.and_time(NaiveTime::MIN)) - 1;
        When { day: Day::of(date), from_s, until_s: until_s.max(from_s) }
    }

    /// A timestamp without a zone.
    fn local(&self, local: NaiveDateTime) -> When {
        if self.source == self.project {
            let at = in_zone(self.project, local);
            return When { day: Day::of(local.date()), from_s: at, until_s: at };
        }
        self.instant(in_zone(self.source, local))
    }

    /// An instant in UTC seconds.
    fn instant(&self, at: i64) -> When {
        When { day: self.day(at), from_s: at, until_s: at }
    }

    /// The project-local day of an instant in UTC seconds.
    pub fn day(&self, at: i64) -> Day {
        match DateTime::from_timestamp(at, 0) {
            Some(utc) => Day::of(utc.with_timezone(&self.project).date_naive()),
            None => Day((at.div_euclid(86_400)).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32),
        }
    }

    /// The first second of a local day.
    pub fn midnight(&self, day: Day) -> i64 {
        in_zone(self.project, day.date().and_time(NaiveTime::MIN))
    }
}

/// UTC seconds of a local time. Where clocks go back the earlier instant is taken; where they go forward, the time
/// that does not exist is read as that much later.
fn in_zone(zone: Tz, local: NaiveDateTime) -> i64 {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return found.timestamp();
    }
    let before = zone.offset_from_utc_datetime(&(local - TimeDelta::hours(12))).fix().local_minus_utc();
    local.and_utc().timestamp() - i64::from(before)
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| plausible(*date).is_ok())
}

/// Years outside of 1900 to 2200 are how exports write that there is no date.
fn plausible(date: NaiveDate) -> Result<NaiveDate, NoDate> {
    if (1900..=2200).contains(&date.year()) { Ok(date) } else { Err(NoDate::Impossible) }
}

/// The three numbers of a date with slashes, dots or dashes.
fn numeric_parts(text: &str) -> Option<[u32; 3]> {
    let mut parts = [0; 3];
    let mut found = 0;
    for part in text.split(['/', '.', '-']) {
        if found == 3 || part.is_empty() || part.len() > 4 {
            return None;
        }
        parts[found] = part.parse().ok()?;
        found += 1;
    }
    let year_is_full = parts[0] > 31 || (1900..=2200).contains(&parts[2]);
    (found == 3 && year_is_full).then_some(parts)
}

/// The order of day and month that a column's values settle: a first number above 12 means day first, a second one
/// means month first. `None` where nothing settles it, or where both occur.
pub fn settle_order<'a>(cells: impl Iterator<Item = &'a str>) -> Option<DateOrder> {
    let (mut day_first, mut month_first) = (false, false);
    for cell in cells {
        let date = cell.trim().split([' ', 'T']).next().unwrap_or("");
        if let Some(parts) = numeric_parts(date)
            && parts[0] <= 31
        {
            day_first |= parts[0] > 12;
            month_first |= parts[1] > 12;
        }
    }
    match (day_first, month_first) {
        (true, false) => Some(DateOrder::Dmy),
        (false, true) => Some(DateOrder::Mdy),
        _ => None,
    }
}

/// Reads an amount: digits with an optional sign, currency sign and thousands separators ("1,234.56", "$1234").
pub fn amount(text: &str) -> Option<Money> {
    let mut digits = String::new();
    let mut negative = false;
    let inner = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => {
            negative = true;
            inner
        }
        None => text,
    };
    for c in inner.chars() {
        match c {
            '0'..='9' | '.' => digits.push(c),
            '-' | '−' if digits.is_empty() && !negative => negative = true,
            '$' | '€' | '£' | ' ' | '\u{a0}' | '+' => {}
            ',' => digits.push(','),
            _ => return None,
        }
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    // "1.250" is a thousand in one country and one and a quarter in another: a wrong guess is wrong by a factor of 1,000.
    if fraction.len() == 3 && !whole.contains(',') && (1..=3).contains(&whole.len()) && whole != "0" {
        return None;
    }
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = groups.len() == 1 || (groups[1..].iter().all(|group| group.len() == 3) && !groups[0].is_empty());
    if !grouped || fraction.contains([',', '.']) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let units: i64 = if whole.is_empty() { 0 } else { groups.concat().parse().ok()? };
    let mut padded = fraction.to_string();
    while padded.len() < 5 {
        padded.push('0');
    }
    // The fifth decimal rounds the fourth, half away from zero.
    let parts: i64 = (padded[..5].parse::<i64>().ok()? + 5) / 10;
    let value = units.checked_mul(10_000)?.checked_add(parts)?;
    (value <= i64::MAX / 1_000_000).then_some(Money(if negative { -value } else { value }))
}

/// Reads a month: "2026-10", "10/2026", "Oct 2026", "October 2026", or any date in it.
pub fn month(text: &str, clock: &Clock) -> Option<Month> {
    if let Ok(month) = text.parse::<Month>() {
        return Some(month);
    }
    if let Some((month, year)) = text.split_once('/')
        && let (Ok(month @ 1..=12), Ok(year @ 1900..=2200)) = (month.parse::<i32>(), year.parse::<i32>())
    {
        return Some(Month(year * 12 + month - 1));
    }
    for format in ["%d %b %Y", "%d %B %Y"] {
        if let Ok(date) = NaiveDate::parse_from_str(&format!("1 {text}"), format) {
            return Some(Day::of(date).month());
        }
    }
    clock.read(text).ok().map(|when| when.day.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(order: Option<DateOrder>) -> Clock {
        Clock { project: chrono_tz::Europe::Berlin, source: chrono_tz::Europe::Berlin, order }
    }

    #[test]
    fn instants_are_moved_into_the_project_zone_once() {
        let when = clock(None).read("2026-03-31T23:30:00Z").expect("a timestamp");
        assert_eq!(when.day.to_string(), "2026-04-01");
        assert_eq!(clock(None).read("2026-03-31 23:30:00").expect("local").day.to_string(), "2026-03-31");
        assert_eq!(clock(None).read("2026-03-31T23:30:00+02:00").expect("offset").day.to_string(), "2026-03-31");
    }

    #[test]
    fn a_date_covers_its_whole_day() {
        let when = clock(None).read("2026-03-29").expect("a date");
        assert_eq!(when.until_s - when.from_s + 1, 23 * 3600, "the clocks go forward on that day");
    }

    #[test]
    fn a_time_that_does_not_exist_is_read_as_that_much_later() {
        let when = clock(None).read("2026-03-29 02:30:00").expect("in the gap");
        assert_eq!(when.from_s, clock(None).read("2026-03-29 03:30:00").expect("after the gap").from_s);
    }

    #[test]
    fn dates_that_cannot_be_are_refused() {
        for text in [
            "2026-02-30",
            "31/02/2026",
            "soon",
            "2026-13-01",
            "1/2/3",
            "",
            "99999999999999999999",
            "0001-01-01T00:00:00Z",
            "+262142-12-31 23:59:59+00:00",
            "+262142-12-31 23:59:59",
            "45-03-01",
        ] {
            assert!(clock(Some(DateOrder::Dmy)).read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_above_twelve_settles_the_order() {
        assert_eq!(settle_order(["1/2/2018", "26/2/2018"].into_iter()), Some(DateOrder::Dmy));
        assert_eq!(settle_order(["1/2/2018", "2/26/2018 19:58"].into_iter()), Some(DateOrder::Mdy));
        assert_eq!(settle_order(["1/2/2018"].into_iter()), None);
        assert_eq!(clock(None).read("1/2/2018"), Err(NoDate::Ambiguous));
    }

    #[test]
    fn amounts_are_exact_to_a_ten_thousandth() {
        for (text, expected) in [
            ("1234.56", 12_345_600),
            ("$1,234.5", 12_345_000),
            ("-3.00", -30_000),
            ("(12)", -120_000),
            ("0.00005", 1),
            ("0.125", 1_250),
        ] {
            assert_eq!(amount(text), Some(Money(expected)), "{text}");
        }
        for text in ["", "1.2.3", "12,34.5", "abc", "1e9", "--5", "1.250"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
