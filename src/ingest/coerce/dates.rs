//! How does the text of a cell become a day or an instant, and what does its column settle?

use super::written::{Tail, Triple, Written, Zone, written};
use crate::config::plan::DateOrder;
use crate::vocabulary::Day;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
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

/// What plain numbers in a column of dates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// No dates.
    NoDates,
    /// Seconds since 1970, UTC.
    Seconds,
    /// Thousandths of a second since 1970, UTC.
    Milliseconds,
    /// Millionths of a second since 1970, UTC.
    Microseconds,
    /// Days since the end of 1899, as spreadsheets count them, with the time as a fraction.
    Serials,
}

/// What midnight means in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Midnights {
    /// An instant like any other.
    Instants,
    /// Every time in the column is midnight: it holds dates, and whatever wrote it added the time.
    Days,
}

/// How the cells of one column are read.
#[derive(Clone, Copy, Debug)]
pub struct DateReader {
    /// Zones, and the order that the column (or the project file) settles.
    pub clock: Clock,
    /// What plain numbers are.
    pub plain: Plain,
    /// What midnight means.
    pub midnights: Midnights,
}

impl Clock {
    /// Reads a moment without the help of a column: numbers are no dates, and numeric dates need the clock's order.
    pub fn read(&self, text: &str) -> Result<When, NoDate> {
        DateReader { clock: *self, plain: Plain::NoDates, midnights: Midnights::Instants }.read(text)
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
            Some(utc) => {
                let east = self.project.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc();
                Day((at + i64::from(east)).div_euclid(SECONDS_A_DAY) as i32)
            }
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

impl DateReader {
    /// Reads a moment.
    pub fn read(&self, text: &str) -> Result<When, NoDate> {
        let when = match written(text).ok_or(NoDate::Impossible)? {
            Written::Date(date, tail) => self.moment(date, tail),
            Written::Triple(triple, tail) => self.moment(self.ordered(triple)?, tail),
            Written::Number(whole, billionths) => self.number(whole, billionths)?,
        };
        // A zone may have moved a plausible date over the border.
        if (FIRST_DAY..=LAST_DAY).contains(&when.day) { Ok(when) } else { Err(NoDate::Impossible) }
    }

    fn ordered(&self, triple: Triple) -> Result<NaiveDate, NoDate> {
        let found = match self.clock.order {
            Some(DateOrder::Dmy) => triple.dmy(),
            Some(DateOrder::Mdy) => triple.mdy(),
            Some(DateOrder::Ymd) => triple.ymd(),
            None => match (triple.dmy(), triple.mdy()) {
                (Some(one), Some(other)) if one == other => Some(one),
                (None, None) => None,
                _ => return Err(NoDate::Ambiguous),
            },
        };
        found.ok_or(NoDate::Impossible)
    }

    fn moment(&self, date: NaiveDate, tail: Tail) -> When {
        let Some(seconds) = tail.seconds else { return self.clock.whole_day(date) };
        if seconds == 0 && self.midnights == Midnights::Days {
            return self.clock.whole_day(date);
        }
        let local = || date.and_time(NaiveTime::MIN) + TimeDelta::seconds(i64::from(seconds));
        match tail.zone {
            Zone::Unnamed => self.clock.local(local()),
            Zone::Offset(east) => {
                let at = i64::from(Day::of(date).0) * SECONDS_A_DAY + i64::from(seconds) - i64::from(east);
                self.clock.instant(at)
            }
            Zone::Rules(zone) => self.clock.instant(in_zone(zone, local())),
        }
    }

    fn number(&self, whole: i64, billionths: u32) -> Result<When, NoDate> {
        if self.plain == Plain::NoDates || Plain::of(whole) != self.plain {
            return Err(NoDate::Impossible);
        }
        let days = self.midnights == Midnights::Days;
        match self.plain.per_second() {
            Some(per_second) => {
                let at = whole.div_euclid(per_second);
                let utc = DateTime::from_timestamp(at, 0).ok_or(NoDate::Impossible)?;
                let midnight = days && at % SECONDS_A_DAY == 0;
                Ok(if midnight { self.clock.whole_day(utc.date_naive()) } else { self.clock.instant(at) })
            }
            None => {
                let seconds = (i64::from(billionths) * SECONDS_A_DAY + 500_000_000) / 1_000_000_000;
                let date = Day(whole as i32 - SERIAL_OF_1970).date();
                if days && seconds == 0 {
                    return Ok(self.clock.whole_day(date));
                }
                Ok(self.clock.local(date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds)))
            }
        }
    }
}

/// 1900-01-01 and 2200-12-31: years outside are how exports write that there is no date.
const FIRST_DAY: Day = Day(-25_567);
const LAST_DAY: Day = Day(84_370);

const SECONDS_A_DAY: i64 = 86_400;

/// The day number that spreadsheets give to 1970-01-01.
const SERIAL_OF_1970: i32 = 25_569;

impl Plain {
    /// What a number would be: an instant between 1990 and 2100, or a day number of a spreadsheet.
    fn of(number: i64) -> Plain {
        const FROM: i64 = 631_152_000;
        const UNTIL: i64 = 4_102_444_799;
        match number {
            20_000..=80_000 => Plain::Serials,
            FROM..=UNTIL => Plain::Seconds,
            _ if (FROM..=UNTIL).contains(&number.div_euclid(1_000)) => Plain::Milliseconds,
            _ if (FROM..=UNTIL).contains(&number.div_euclid(1_000_000)) => Plain::Microseconds,
            _ => Plain::NoDates,
        }
    }

    /// How many make a second; `None` where they count days.
    fn per_second(self) -> Option<i64> {
        match self {
            Plain::Seconds => Some(1),
            Plain::Milliseconds => Some(1_000),
            Plain::Microseconds => Some(1_000_000),
            Plain::Serials | Plain::NoDates => None,
        }
    }
}

/// What the cells of one column say about how it is written, gathered cell by cell.
#[derive(Clone, Debug, Default)]
pub struct DateEvidence {
    /// Dates that need no order.
    settled: u64,
    /// Cells that are no dates and no numbers that could be.
    unreadable: u64,
    day_first: Votes,
    month_first: Votes,
    open: Votes,
    /// Numbers by what they would be: seconds, milliseconds, microseconds, serials.
    numbers: [Votes; 4],
    /// Numbers among them that are at midnight.
    midnights_of_numbers: [u64; 4],
    at_midnight: u64,
    at_other_times: u64,
    short_years: ShortYears,
}

/// Cells that say one thing, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Votes {
    count: u64,
    first: String,
}

impl Votes {
    fn add(&mut self, cell: &str) {
        if self.count == 0 {
            self.first = cell.to_string();
        }
        self.count += 1;
    }
}

/// Dates such as 26-10-31: the year has few values where the day has many.
#[derive(Clone, Copy, Debug, Default)]
struct ShortYears {
    firsts: u128,
    thirds: u128,
    /// Cells that cannot be year, month, day.
    not_year_first: u64,
}

impl ShortYears {
    fn see(&mut self, triple: Triple) {
        self.firsts |= 1 << triple.first.min(127);
        self.thirds |= 1 << triple.third.min(127);
        self.not_year_first += u64::from(triple.ymd().is_none());
    }

    /// Whether the first number looks more like the year than the last one.
    fn may_be_year_first(self) -> bool {
        self.not_year_first == 0 && self.thirds.count_ones() > self.firsts.count_ones()
    }
}

/// What a column says about the order of day and month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderFound {
    /// No cell needs an order.
    NotNeeded,
    /// Every cell that settles it says the same; the first of them.
    Settled(DateOrder, String),
    /// Cells contradict each other.
    Contested {
        /// What most cells say, `None` where as many say the other.
        most: Option<DateOrder>,
        /// How many are day first, and the first of them.
        day_first: (u64, String),
        /// How many are month first, and the first of them.
        month_first: (u64, String),
    },
    /// No cell settles it; the first that would need it.
    Open(String),
}

impl DateEvidence {
    /// Takes in one cell that has a value.
    pub fn see(&mut self, cell: &str) {
        let (tail, triple) = match written(cell) {
            None => {
                self.unreadable += 1;
                return;
            }
            Some(Written::Number(whole, billionths)) => return self.see_number(cell, whole, billionths),
            Some(Written::Date(_, tail)) => (tail, None),
            Some(Written::Triple(triple, tail)) => (tail, Some(triple)),
        };
        if let Some(triple) = triple {
            match (triple.dmy(), triple.mdy()) {
                // What is no date in any order settles nothing.
                (None, None) => {
                    self.unreadable += 1;
                    return;
                }
                (Some(_), None) => self.day_first.add(cell),
                (None, Some(_)) => self.month_first.add(cell),
                (Some(one), Some(other)) if one != other => self.open.add(cell),
                _ => {}
            }
            if triple.short_year {
                self.short_years.see(triple);
            } else {
                self.short_years.not_year_first += 1;
            }
        }
        self.settled += 1;
        match tail.seconds {
            Some(0) => self.at_midnight += 1,
            Some(_) => self.at_other_times += 1,
            None => {}
        }
    }

    fn see_number(&mut self, cell: &str, whole: i64, billionths: u32) {
        let place = match Plain::of(whole) {
            Plain::NoDates => {
                self.unreadable += 1;
                return;
            }
            Plain::Seconds => 0,
            Plain::Milliseconds => 1,
            Plain::Microseconds => 2,
            Plain::Serials => 3,
        };
        let at_midnight = match Plain::of(whole).per_second() {
            Some(per_second) => whole % (per_second * SECONDS_A_DAY) == 0,
            None => billionths == 0,
        };
        self.numbers[place].add(cell);
        self.midnights_of_numbers[place] += u64::from(at_midnight);
    }

    /// What plain numbers in the column are, and the first of them. They are dates where the column holds no other
    /// dates, all of them are of one kind, and what cannot be read is one cell in ten at most.
    pub fn plain(&self) -> (Plain, &str) {
        const KINDS: [Plain; 4] = [Plain::Seconds, Plain::Milliseconds, Plain::Microseconds, Plain::Serials];
        let mut found = KINDS.into_iter().zip(&self.numbers).filter(|(_, votes)| votes.count > 0);
        match (found.next(), found.next()) {
            (Some((kind, votes)), None) if self.settled == 0 && self.unreadable * 9 <= votes.count => {
                (kind, &votes.first)
            }
            _ => (Plain::NoDates, ""),
        }
    }

    /// What midnight means in the column.
    pub fn midnights(&self) -> Midnights {
        let only_midnights = match self.plain().0 {
            Plain::NoDates => self.at_midnight > 0 && self.at_other_times == 0,
            _ => self.numbers.iter().map(|votes| votes.count).eq(self.midnights_of_numbers),
        };
        if only_midnights { Midnights::Days } else { Midnights::Instants }
    }

    /// What the column says about the order of day and month.
    pub fn order(&self) -> OrderFound {
        let pair = |votes: &Votes| (votes.count, votes.first.clone());
        match (self.day_first.count, self.month_first.count) {
            (0, 0) if self.open.count == 0 => OrderFound::NotNeeded,
            (0, 0) => OrderFound::Open(self.open.first.clone()),
            (_, 0) if self.short_years.may_be_year_first() => OrderFound::Open(self.day_first.first.clone()),
            (_, 0) => OrderFound::Settled(DateOrder::Dmy, self.day_first.first.clone()),
            (0, _) => OrderFound::Settled(DateOrder::Mdy, self.month_first.first.clone()),
            (day, month) => OrderFound::Contested {
                most: match day.cmp(&month) {
                    std::cmp::Ordering::Greater => Some(DateOrder::Dmy),
                    std::cmp::Ordering::Less => Some(DateOrder::Mdy),
                    std::cmp::Ordering::Equal => None,
                },
                day_first: pair(&self.day_first),
                month_first: pair(&self.month_first),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(order: Option<DateOrder>) -> Clock {
        Clock { project: chrono_tz::Europe::Berlin, source: chrono_tz::Europe::Berlin, order }
    }

    fn evidence(cells: &[&str]) -> DateEvidence {
        let mut evidence = DateEvidence::default();
        cells.iter().for_each(|cell| evidence.see(cell));
        evidence
    }

    fn day(order: Option<DateOrder>, text: &str) -> String {
        clock(order).read(text).map_or_else(|why| format!("{why:?}"), |when| when.day.to_string())
    }

    #[test]
    fn instants_are_moved_into_the_project_zone_once() {
        for (text, expected) in [
            ("2026-03-31T23:30:00Z", "2026-04-01"),
            ("2026-03-31T23:30:00.123Z", "2026-04-01"),
            ("2026-03-31 23:30:00", "2026-03-31"),
            ("2026-03-31T23:30:00+02:00", "2026-03-31"),
            ("2026-03-31 23:30:00.5 +0200", "2026-03-31"),
            ("2026-03-31 23:30:00+02", "2026-03-31"),
            ("2026-03-31 23:30:00 UTC", "2026-04-01"),
            ("2026-03-31 23:30 GMT", "2026-04-01"),
            ("2026-03-31 19:30 EDT", "2026-04-01"),
            ("2026-03-31 23:30 CEST", "2026-03-31"),
            ("2026-03-31 19:30 (America/New_York)", "2026-04-01"),
            ("2026-03-31T19:30-04:00[America/New_York]", "2026-04-01"),
            ("Tue Mar 31 2026 23:30:00 GMT+0000 (Coordinated Universal Time)", "2026-04-01"),
            ("20260331T233000Z", "2026-04-01"),
        ] {
            assert_eq!(day(None, text), expected, "{text}");
        }
        for text in ["2026-03-31 23:30 CST", "2026-03-31 23:30 IST", "2026-03-31 23:30 BST", "2026-03-31 23:30 X/Y"] {
            assert_eq!(day(None, text), "Impossible", "{text}: the zone may be one or another");
        }
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
        let fold = clock(None).read("2026-10-25 02:30:00").expect("twice");
        assert_eq!(fold.from_s, clock(None).read("2026-10-25T02:30:00+02:00").expect("the earlier one").from_s);
    }

    #[test]
    fn twenty_four_hours_are_the_next_midnight() {
        let next = clock(None).read("2026-11-01 00:00:00").expect("midnight");
        assert_eq!(clock(None).read("2026-10-31 24:00").expect("midnight"), next);
        assert!(clock(None).read("2026-10-31 24:01").is_err());
    }

    #[test]
    fn one_day_is_read_in_every_way_to_write_it() {
        for text in [
            "2026-10-31",
            "20261031",
            "2026/10/31",
            "2026.10.31",
            "2026-10-31T14:05:00.123Z",
            "2026-10-31 14:05",
            "20261031140500",
            "Oct 31, 2026",
            "31 Oct 2026",
            "31-Oct-26",
            "31-Oct-2026 14:05:00",
            "October 31, 2026 12:00 AM",
            "Oct 31st, 2026 at 2:05 pm",
            "Saturday, October 31, 2026",
            "Sat Oct 31 2026",
            "Sat, 31 Oct 2026 14:05:00 +0100",
            "31. Oktober 2026",
            "31. Okt. 2026, 14:05 Uhr",
            "31 octobre 2026",
            "31 de octubre de 2026",
            "31 oktober 2026",
            "31 de outubro de 2026",
            "31 ottobre 2026",
            "2026 Oct 31",
        ] {
            assert_eq!(day(None, text), "2026-10-31", "{text}");
        }
        for text in ["31.10.2026", "31/10/2026", "31-10-2026 19:58", "31. 10. 2026", "31/10/26", "31.10.2026, 14:05:10"]
        {
            assert_eq!(day(Some(DateOrder::Dmy), text), "2026-10-31", "{text}");
        }
        for text in ["10/31/2026", "10-31-26", "10/31/2026 7:58 PM", "10/31/2026 7:58:01 pm", "10/31/2026, 7:58PM"] {
            assert_eq!(day(Some(DateOrder::Mdy), text), "2026-10-31", "{text}");
        }
        assert_eq!(day(Some(DateOrder::Ymd), "26-10-31"), "2026-10-31");
        let evening = clock(Some(DateOrder::Mdy)).read("2/26/2018 7:58 PM").expect("a time");
        assert_eq!(evening, clock(None).read("2018-02-26 19:58:00").expect("the same"));
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
            "01-May",
            "May-20",
            "May 20 14:05",
            "45231",
            "1700000000",
            "2026-10-31 25:00",
            "2026-10-31 14",
            "2026-10-31 13:00 PM",
            "2026-10-31 UTC",
            "2026-10-31x",
            "31/10-2026",
            "31//2026",
            "2201-01-01",
            "1899-12-31",
            "12.5.",
            "é",
            "2026-10-3é",
            "Mai é 2026",
            "1900-01-01T00:00:00+15:00",
        ] {
            assert!(clock(Some(DateOrder::Dmy)).read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn years_of_two_digits_turn_over_at_69() {
        assert_eq!(day(Some(DateOrder::Dmy), "1/2/68"), "2068-02-01");
        assert_eq!(day(Some(DateOrder::Dmy), "1/2/69"), "1969-02-01");
    }

    #[test]
    fn a_day_above_twelve_settles_the_order() {
        let dmy = OrderFound::Settled(DateOrder::Dmy, "26/2/2018".into());
        assert_eq!(evidence(&["1/2/2018", "26/2/2018"]).order(), dmy);
        assert_eq!(evidence(&["1/2/2018", "26/2/2018", "2/30/2018", "31.02.2018"]).order(), dmy, "no dates, no say");
        let mdy = OrderFound::Settled(DateOrder::Mdy, "2/26/2018 19:58".into());
        assert_eq!(evidence(&["1/2/2018", "2/26/2018 19:58"]).order(), mdy);
        assert_eq!(evidence(&["1/2/2018"]).order(), OrderFound::Open("1/2/2018".into()));
        assert_eq!(evidence(&["2/2/2018", "2018-02-26"]).order(), OrderFound::NotNeeded);
        assert_eq!(clock(None).read("1/2/2018"), Err(NoDate::Ambiguous));
        assert_eq!(day(None, "2/2/2018"), "2018-02-02", "both orders say the same");
    }

    #[test]
    fn a_year_of_two_digits_in_front_is_no_day() {
        assert_eq!(evidence(&["26-10-31", "26-11-02", "26-11-05"]).order(), OrderFound::Open("26-10-31".into()));
        let found = evidence(&["26-10-31", "02-11-31", "05-11-31"]).order();
        assert_eq!(found, OrderFound::Settled(DateOrder::Dmy, "26-10-31".into()));
    }

    #[test]
    fn what_contradicts_the_most_cells_is_told() {
        let found = evidence(&["26/2/2018", "27/2/2018", "2/26/2018"]).order();
        let OrderFound::Contested { most, day_first, month_first } = found else { panic!("{found:?}") };
        assert_eq!(most, Some(DateOrder::Dmy));
        assert_eq!((day_first.0, month_first), (2, (1, "2/26/2018".to_string())));
        let even = evidence(&["26/2/2018", "2/26/2018"]).order();
        assert!(matches!(even, OrderFound::Contested { most: None, .. }), "{even:?}");
    }

    #[test]
    fn numbers_are_dates_only_where_the_whole_column_is() {
        for (cells, expected) in [
            (["1700000000", "1700086400"].as_slice(), Plain::Seconds),
            (&["1700000000123", "1700086400000"], Plain::Milliseconds),
            (&["1700000000123456"], Plain::Microseconds),
            (&["45231", "45231.604"], Plain::Serials),
            (&["45231", "2026-10-31"], Plain::NoDates),
            (&["1700000000", "2026-10-31"], Plain::NoDates),
            (&["1700000000", "45231"], Plain::NoDates),
            (&["45231", "Total"], Plain::NoDates),
            (&["12", "15"], Plain::NoDates),
        ] {
            assert_eq!(evidence(cells).plain().0, expected, "{cells:?}");
        }
        let mut many = vec!["45231"; 9];
        many.push("Total");
        assert_eq!(evidence(&many).plain().0, Plain::Serials, "one cell in ten that is no date changes no column");
        let reader = |plain, midnights| DateReader { clock: clock(None), plain, midnights };
        let read = |reader: DateReader, text: &str| reader.read(text).map(|when| (when.day.to_string(), when.from_s));
        let serial = read(reader(Plain::Serials, Midnights::Instants), "45231.5");
        assert_eq!(serial, Ok(("2023-11-01".to_string(), 1_698_836_400)), "noon in Berlin");
        let at = read(reader(Plain::Milliseconds, Midnights::Instants), "1700000000123");
        assert_eq!(at, Ok(("2023-11-14".to_string(), 1_700_000_000)));
        assert!(reader(Plain::Seconds, Midnights::Instants).read("1700000000123").is_err());
    }

    #[test]
    fn a_column_of_midnights_holds_dates() {
        let midnights = evidence(&["2026-10-31 00:00:00", "2026-11-01T00:00:00Z", "2026-11-02"]);
        assert_eq!(midnights.midnights(), Midnights::Days);
        assert_eq!(evidence(&["2026-10-31 00:00:00", "2026-11-01 08:00"]).midnights(), Midnights::Instants);
        assert_eq!(evidence(&["1699920000000", "1700006400000"]).midnights(), Midnights::Days);
        assert_eq!(evidence(&["1699920000000", "1700006400001"]).midnights(), Midnights::Instants);
        let clock = Clock { project: chrono_tz::America::Sao_Paulo, source: chrono_tz::UTC, order: None };
        let reader = DateReader { clock, plain: Plain::NoDates, midnights: Midnights::Days };
        assert_eq!(reader.read("2026-10-31T00:00:00Z"), clock.read("2026-10-31"), "the date is not moved");
    }
}
