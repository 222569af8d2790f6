//! What was spent, where and when?

use super::SpendRow;
use super::coerce;
use super::read::RawFile;
use super::reader::Reader;
use super::rows::{Refusal, RowView};

impl Reader<'_> {
    pub(super) fn spend_row(&mut self, view: &RowView, file: &RawFile, row: u64) -> Result<(), Refusal> {
        let channel = self.channel(&view.text("channel").unwrap_or_default());
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
}
