//! What was spent, where and when?

use super::SpendRow;
use super::coerce;
use super::read::RawFile;
use super::reader::Reader;
use super::rows::{Refusal, RowView};
use crate::vocabulary::{Day, Money};

impl Reader<'_> {
    pub(super) fn spend_row(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let channel = self.channel(&view.text("channel").unwrap_or_default());
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
                    self.spend.push(SpendRow { month, day, channel, amount });
                    return Ok(());
                }
            },
        };
        self.spend_missing.insert((month, channel));
        Err(refusal)
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
                    self.spend.push(row);
                }
                Err(_) => {
                    self.spend_missing.insert((month, channel.clone()));
                }
            }
            month = month.plus(1);
        }
        let amount = amount?;
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
