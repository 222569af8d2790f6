//! What was spent, where and when?

use super::SpendRow;
use super::coerce;
use super::read::{self, RawFile};
use super::reader::Reader;
use super::recognise::normal;
use super::rows::{Refusal, RowView};
use crate::vocabulary::{Day, Money};
use std::collections::{BTreeMap, HashMap, HashSet};

impl Reader<'_> {
    pub(super) fn spend_row(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let named = view.text("channel").unwrap_or_default();
        if is_total(&named) || view.text("campaign").is_some_and(|name| is_total(&name)) {
            self.findings.add("spend::total_row", || format!("{} row {row}", file.shown));
            return Ok(());
        }
        let channel = self.channel(&named);
        if let Some((from, until)) = range(view)? {
            return self.spend_range(view, file, row, channel, from, until);
        }
        let day = view.when("day").ok().flatten().map(|when| when.day);
        let column = if view.columns.get("month").is_some() { "month" } else { "day" };
        let month = match (day, view.text(column)) {
            (Some(day), _) => day.month(),
            (None, Some(text)) => match coerce::month(&text) {
                Some(month) => month,
                // A date whose order the column settles, or the reason why it is none.
                None => view
                    .when(column)?
                    .map(|when| when.day.month())
                    .ok_or_else(|| Refusal::of(column, "bad_date", &text))?,
            },
            (None, None) => return Err(Refusal::of(column, "missing_value", "")),
        };
        let refusal = match view.amount("amount") {
            Ok(None) => Refusal::of("amount", "missing_value", ""),
            Err(refusal) => refusal,
            Ok(Some(amount)) => match self.in_project_currency(&amount) {
                None => Refusal::of("currency", "currency_mix", &amount.currency.unwrap_or_default()),
                Some(amount) => {
                    if amount.0 < 0 {
                        self.findings.add("spend::negative_amount", || format!("{} row {row}", file.shown));
                    }
                    let place = format!("{} row {row}", file.shown);
                    let rows = vec![SpendRow { month, day, channel, amount }];
                    self.spend_entries.push(SpendEntry::of(view, &file.header, self.spend_files, place, rows));
                    return Ok(());
                }
            },
        };
        self.spend_missing.insert((month, channel));
        Err(refusal)
    }

    /// Takes rows of overlapping exports once, and says where they disagree or repeat.
    pub(super) fn settle_spend(&mut self) {
        let mut entries = std::mem::take(&mut self.spend_entries);
        // Overlaps: the same days, channel and words in two files of one kind.
        let mut sums: BTreeMap<&str, BTreeMap<u32, i64>> = BTreeMap::new();
        for entry in &entries {
            *sums.entry(&entry.key).or_default().entry(entry.file).or_default() += entry.amount();
        }
        let overlapping = sums.into_iter().filter(|(_, files)| files.len() > 1);
        let overlapping: HashMap<String, (u32, bool)> = overlapping
            .filter_map(|(key, files)| {
                let mut amounts = files.values();
                let first = amounts.next()?;
                let is_same = amounts.all(|amount| amount == first);
                Some((key.to_string(), (*files.keys().next()?, is_same)))
            })
            .collect();
        let mut seen: HashSet<(u32, String, i64)> = HashSet::new();
        entries.retain(|entry| match overlapping.get(&entry.key) {
            Some((file, true)) if *file != entry.file => {
                self.findings.add("spend::duplicate", || entry.place.clone());
                false
            }
            Some((file, false)) if *file != entry.file => {
                self.findings.add("spend::overlap", || entry.place.clone());
                true
            }
            _ => {
                // Every cell the same, within one file.
                if !seen.insert((entry.file, entry.whole.clone(), entry.amount())) {
                    self.findings.add("spend::repeated_row", || entry.place.clone());
                }
                true
            }
        });
        self.spend.extend(entries.into_iter().flat_map(|entry| entry.rows));
    }

    /// A row for a range of days: its amount is spread evenly over them, to the last ten-thousandth.
    fn spend_range(
        &mut self,
        view: &RowView,
        file: &RawFile,
        row: u64,
        channel: String,
        from: Day,
        until: Day,
    ) -> Result<(), Refusal> {
        let read = view.amount("amount")?.ok_or_else(|| Refusal::of("amount", "missing_value", ""))?;
        let currency = read.currency.clone().unwrap_or_default();
        let amount = self.in_project_currency(&read).ok_or_else(|| Refusal::of("currency", "currency_mix", &currency));
        let n = i64::from(until.0 - from.0) + 1;
        if from.month() != until.month() {
            self.findings.add("spend::spread", || format!("{} row {row}", file.shown));
        }
        let mut month = from.month();
        let mut rows = Vec::new();
        while month <= until.month() {
            let first = from.max(month.first_day());
            let days = i64::from(until.min(month.last_day()).0 - first.0) + 1;
            match &amount {
                Ok(amount) => {
                    // What is due up to the end of this month, less what went before: no fraction is lost.
                    let done = i64::from(first.0 - from.0);
                    let due = |days: i64| (i128::from(amount.0) * i128::from(days) / i128::from(n)) as i64;
                    let part = due(done + days) - due(done);
                    let row = SpendRow { month, day: Some(first), channel: channel.clone(), amount: Money(part) };
                    rows.push(row);
                }
                Err(_) => {
                    self.spend_missing.insert((month, channel.clone()));
                }
            }
            month = month.plus(1);
        }
        let amount = amount?;
        let place = format!("{} row {row}", file.shown);
        self.spend_entries.push(SpendEntry::of(view, &file.header, self.spend_files, place, rows));
        if amount.0 < 0 {
            self.findings.add("spend::negative_amount", || format!("{} row {row}", file.shown));
        }
        Ok(())
    }
}

/// First and last day of a row for a range of days; nothing where the row has a day or month of its own.
fn range(view: &RowView) -> Result<Option<(Day, Day)>, Refusal> {
    if view.text("day").or_else(|| view.text("month")).is_some() {
        return Ok(None);
    }
    let (Some(from), Some(until)) = (view.when("from_day")?, view.when("until_day")?) else { return Ok(None) };
    // Nothing is bought for ten years at once.
    if until.day < from.day || until.day.0 - from.day.0 > 3660 {
        return Err(Refusal::of("until_day", "bad_date", &view.text("until_day").unwrap_or_default()));
    }
    Ok(Some((from.day, until.day)))
}

/// A row of an export of spend, until it is known whether another export has it, too.
pub(super) struct SpendEntry {
    /// Number of the file.
    file: u32,
    /// What tells rows apart but for their amounts: the header, the days, the channel and every word.
    key: String,
    /// Every cell.
    whole: String,
    /// File and row, for examples.
    place: String,
    rows: Vec<SpendRow>,
}

impl SpendEntry {
    fn of(view: &RowView, header: &[String], file: u32, place: String, rows: Vec<SpendRow>) -> SpendEntry {
        let cells: Vec<_> = view.record.iter().map(read::text).collect();
        let is_word = |cell: &&str| cell.parse::<f64>().is_err() && !looks_like_amount(cell);
        let words: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(is_word).collect();
        let days: Vec<String> =
            rows.iter().map(|row| format!("{:?}", row.day.unwrap_or(row.month.first_day()))).collect();
        let channel = rows.first().map(|row| row.channel.as_str()).unwrap_or_default();
        let key = format!("{}|{}|{channel}|{}", header.join(","), days.join(","), words.join("|"));
        SpendEntry { file, key, whole: cells.join("\u{1f}"), place, rows }
    }

    fn amount(&self) -> i64 {
        self.rows.iter().map(|row| row.amount.0).sum()
    }
}

fn looks_like_amount(cell: &str) -> bool {
    coerce::AmountReader::alone().read(cell).is_ok()
        || cell.bytes().all(|byte| byte.is_ascii_digit() || b".,- %".contains(&byte)) && !cell.contains('-')
}

/// Whether a channel or campaign is a sum of others.
fn is_total(name: &str) -> bool {
    const WORDS: [&str; 8] = ["total", "totals", "grand_total", "sum", "summe", "gesamt", "gesamtsumme", "subtotal"];
    WORDS.contains(&normal(name).as_str())
}
