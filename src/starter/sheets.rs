//! Which sheets and columns does the starter workbook have, and what does it say about them?
//!
//! Written for somebody who runs a shop. The headers are names that recognition reads: change one here, and it has to
//! be known there.

/// A sheet to fill in.
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// What a row of it is, and when to write one.
    pub says: &'static str,
    /// Its columns, from the left.
    pub columns: &'static [Column],
}

/// A column of a sheet.
pub struct Column {
    /// Its header.
    pub header: &'static str,
    /// What belongs into it; also shown beside the cell, where there is room for 255 characters.
    pub says: &'static str,
    /// The same row of an invented business, on the page of instructions only.
    pub example: &'static str,
    /// What its cells are.
    pub kind: Kind,
    /// When a cell has to be filled in.
    pub needed: Needed,
    /// Its width in characters.
    pub width: f64,
}

/// What the cells of a column are, and so how they are checked.
pub enum Kind {
    /// Any text.
    Text,
    /// A name for the row that no other row has.
    Id,
    /// The id of a row of the sheet `Leads`.
    LeadId,
    /// A day.
    Date {
        /// The column whose day it cannot be before: refused when typed.
        not_before: Option<&'static str>,
        /// Columns whose days usually come first: coloured when they do not.
        usually_after: &'static [&'static str],
    },
    /// Any day of a month.
    Month,
    /// A value of the list of that header on the sheet `Lists`.
    Choice(&'static str),
    /// An amount of money.
    Amount,
}

/// When a cell has to be filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// In every row.
    Always,
    /// In rows for which this condition holds (a formula about row 2).
    When(&'static str),
    /// Where it is known.
    Sometimes,
}

/// A list of values for a drop-down.
pub struct List {
    /// Its header on the sheet `Lists`.
    pub header: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
    /// Whether the owner may add values.
    pub open: Open,
}

/// Whether a list may grow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// The owner adds values: another value is questioned, not refused.
    ToMore,
    /// The report knows these values only: another value is refused.
    ToNone,
}

/// The sheet of the lists.
pub const LISTS_SHEET: &str = "Lists";
/// The page of instructions.
pub const README_SHEET: &str = "Read me";
/// What the sheet of the lists says above them.
pub const LISTS_SAY: &str = "The drop-down values of the other sheets. You may add sources, currencies and things that happened: write them \
directly below the last one. Leave the two lists of deals as they are; the report knows just these words.";

const SOURCES: &str = "Sources and channels";
const CURRENCIES: &str = "Currencies";
const HAPPENINGS: &str = "What can happen";
const STATUSES: &str = "Deal: status";
const TYPES: &str = "Deal: type";

/// The lists, from the left.
pub const LISTS: [List; 5] = [
    List {
        header: SOURCES,
        values: &[
            "Search (unpaid)",
            "Search ads",
            "Social media (unpaid)",
            "Social media ads",
            "Newsletter",
            "Referral",
            "Event or fair",
            "Print or radio",
            "Walk-in",
            "Phone",
            "Partner",
            "Other",
        ],
        open: Open::ToMore,
    },
    List {
        header: CURRENCIES,
        values: &["EUR", "USD", "GBP", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "INR", "ZAR"],
        open: Open::ToMore,
    },
    List {
        header: HAPPENINGS,
        values: &[
            "Form sent",
            "Price asked",
            "Brochure downloaded",
            "Newsletter clicked",
            "Event visited",
            "Shop visited",
            "Phone call",
            "Meeting",
        ],
        open: Open::ToMore,
    },
    List { header: STATUSES, values: &["open", "won", "lost"], open: Open::ToNone },
    List { header: TYPES, values: &["new", "renewal"], open: Open::ToNone },
];

/// The sheets to fill in, in their order.
pub const SHEETS: [Sheet; 4] = [
    Sheet {
        name: "Leads",
        says: "One row for each person or company that might buy. Write the row when you first hear from them; add \
               the dates later, each on the day when it happens.",
        columns: &[
            Column {
                header: "Lead ID",
                says: "Your own short name for this lead. No two leads have the same, and it never changes.",
                example: "L-001",
                kind: Kind::Id,
                needed: Needed::Always,
                width: 12.0,
            },
            Column {
                header: "Created",
                says: "The day when you first heard from them.",
                example: "2026-01-12",
                kind: Kind::Date { not_before: None, usually_after: &[] },
                needed: Needed::Always,
                width: 13.0,
            },
            Column {
                header: "Source",
                says: "How they first found you. Pick it from the list. Leave it empty if you do not know.",
                example: "Search ads",
                kind: Kind::Choice(SOURCES),
                needed: Needed::Sometimes,
                width: 22.0,
            },
            Column {
                header: "Campaign",
                says: "The advertisement, mailing or event, if there was one.",
                example: "Weddings 2026",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 20.0,
            },
            Column {
                header: "E-mail",
                says: "Rows with the same address count as one person.",
                example: "kim@cafe-lindner.example",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 28.0,
            },
            Column {
                header: "Company",
                says: "Empty for private customers.",
                example: "Café Lindner (example)",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 24.0,
            },
            Column {
                header: "Job title",
                says: "What they do there.",
                example: "Owner",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 18.0,
            },
            Column {
                header: "Company size",
                says: "People who work there, roughly. Always use the same groups, such as 1-10, 11-50, 51-200.",
                example: "1-10",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 15.0,
            },
            Column {
                header: "Country",
                says: "Always spelled in the same way.",
                example: "Germany",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 14.0,
            },
            Column {
                header: "MQL date",
                says: "The day when this lead became an MQL: interested, and the kind of customer you want. Empty \
                       until then.",
                example: "2026-01-14",
                kind: Kind::Date { not_before: Some("Created"), usually_after: &["Created"] },
                needed: Needed::Sometimes,
                width: 13.0,
            },
            Column {
                header: "SQL date",
                says: "The day when this lead became an SQL: you talked, and the need is real. Empty until then.",
                example: "2026-01-20",
                kind: Kind::Date { not_before: Some("Created"), usually_after: &["Created", "MQL date"] },
                needed: Needed::Sometimes,
                width: 13.0,
            },
            Column {
                header: "Opportunity date",
                says: "The day when you made an offer. Empty until then.",
                example: "2026-01-27",
                kind: Kind::Date { not_before: Some("Created"), usually_after: &["Created", "MQL date", "SQL date"] },
                needed: Needed::Sometimes,
                width: 19.0,
            },
            Column {
                header: "Customer date",
                says: "The day of the first order. Empty until then.",
                example: "2026-02-09",
                kind: Kind::Date {
                    not_before: Some("Created"),
                    usually_after: &["Created", "MQL date", "SQL date", "Opportunity date"],
                },
                needed: Needed::Sometimes,
                width: 16.0,
            },
            Column {
                header: "Disqualified date",
                says: "The day when you gave this lead up: no need, no money, no answer. Keep the row!",
                example: "",
                kind: Kind::Date { not_before: Some("Created"), usually_after: &["Created"] },
                needed: Needed::Sometimes,
                width: 19.0,
            },
            Column {
                header: "Notes",
                says: "Whatever you want to remember. The report does not use it.",
                example: "Wants table flowers weekly",
                kind: Kind::Text,
                needed: Needed::Sometimes,
                width: 40.0,
            },
        ],
    },
    Sheet {
        name: "Deals",
        says: "One row for each offer you make. A second order of the same customer is a row of its own. If you do \
               not keep this sheet, the customer dates on Leads are enough.",
        columns: &[
            Column {
                header: "Deal ID",
                says: "Your own short name for this deal, such as the number of the offer. No two deals have the same.",
                example: "D-001",
                kind: Kind::Id,
                needed: Needed::Always,
                width: 12.0,
            },
            Column {
                header: "Lead ID",
                says: "Who it is for: the Lead ID on the sheet Leads, spelled in the same way.",
                example: "L-001",
                kind: Kind::LeadId,
                needed: Needed::Always,
                width: 12.0,
            },
            Column {
                header: "Opened",
                says: "The day when you made the offer.",
                example: "2026-01-27",
                kind: Kind::Date { not_before: None, usually_after: &[] },
                needed: Needed::Always,
                width: 13.0,
            },
            Column {
                header: "Closed",
                says: "The day when they said yes or no. Empty while you wait for the answer.",
                example: "2026-02-09",
                kind: Kind::Date { not_before: Some("Opened"), usually_after: &["Opened"] },
                needed: Needed::When("OR($E2=\"won\",$E2=\"lost\")"),
                width: 13.0,
            },
            Column {
                header: "Status",
                says: "open while you wait, won when they order, lost when they say no.",
                example: "won",
                kind: Kind::Choice(STATUSES),
                needed: Needed::Always,
                width: 11.0,
            },
            Column {
                header: "Amount",
                says: "What it is worth, without tax. Just the number.",
                example: "1800",
                kind: Kind::Amount,
                needed: Needed::Sometimes,
                width: 14.0,
            },
            Column {
                header: "Currency",
                says: "The three letters of the currency. Pick it from the list. Needed beside an amount.",
                example: "EUR",
                kind: Kind::Choice(CURRENCIES),
                needed: Needed::When("$F2<>\"\""),
                width: 12.0,
            },
            Column {
                header: "Type",
                says: "new for the first order of a customer, renewal for any later one.",
                example: "new",
                kind: Kind::Choice(TYPES),
                needed: Needed::Sometimes,
                width: 12.0,
            },
        ],
    },
    Sheet {
        name: "Spend",
        says: "One row for each month and channel: what you paid for marketing. A month without a row means “not \
               known”; write 0 if you spent nothing.",
        columns: &[
            Column {
                header: "Month",
                says: "The first day of the month, such as 2026-01-01; the cell then shows 2026-01.",
                example: "2026-01",
                kind: Kind::Month,
                needed: Needed::Always,
                width: 12.0,
            },
            Column {
                header: "Channel",
                says: "Where the money went. The same list as Source on Leads: that is how cost and leads meet.",
                example: "Search ads",
                kind: Kind::Choice(SOURCES),
                needed: Needed::Always,
                width: 22.0,
            },
            Column {
                header: "Amount",
                says: "What you paid in that month, without tax. Just the number.",
                example: "240",
                kind: Kind::Amount,
                needed: Needed::Always,
                width: 14.0,
            },
            Column {
                header: "Currency",
                says: "The three letters of the currency. Pick it from the list.",
                example: "EUR",
                kind: Kind::Choice(CURRENCIES),
                needed: Needed::Always,
                width: 12.0,
            },
        ],
    },
    Sheet {
        name: "Activities",
        says: "Optional. One row for each thing a lead did. With these rows the report can later tell which signs of \
               interest lead to a sale.",
        columns: &[
            Column {
                header: "Lead ID",
                says: "Who did it: the Lead ID on the sheet Leads, spelled in the same way.",
                example: "L-001",
                kind: Kind::LeadId,
                needed: Needed::Always,
                width: 12.0,
            },
            Column {
                header: "Date",
                says: "The day when it happened.",
                example: "2026-01-14",
                kind: Kind::Date { not_before: None, usually_after: &[] },
                needed: Needed::Always,
                width: 13.0,
            },
            Column {
                header: "What happened",
                says: "Pick it from the list.",
                example: "Price asked",
                kind: Kind::Choice(HAPPENINGS),
                needed: Needed::Always,
                width: 24.0,
            },
        ],
    },
];

/// A line of the page of instructions.
pub enum Line {
    /// The heading of a part.
    Heading(&'static str),
    /// A name and what there is to say about it.
    Entry(&'static str, &'static str),
    /// A command to type.
    Command(&'static str),
    /// A coloured cell and what it means.
    Colour(Colour, &'static str, &'static str),
    /// The columns of every sheet.
    Sheets,
}

/// How a cell is coloured when something is the matter with it.
#[derive(Clone, Copy)]
pub enum Colour {
    /// Something cannot be right.
    Wrong,
    /// Something is missing.
    Missing,
}

/// The title of the page of instructions.
pub const TITLE: &str = "Lead tracker";
/// What it says below the title.
pub const SUBTITLE: &str = "Keep this workbook by hand; leadgauge makes a monthly report of it.";

/// The page of instructions.
pub const README: &[Line] = &[
    Line::Heading("How it works"),
    Line::Entry(
        "1  Somebody asks",
        "Fill one row per lead on the sheet Leads, on the day when you first hear from them.",
    ),
    Line::Entry(
        "2  Something happens",
        "Go back to that row and write the date when it happened. Leave empty what has not happened, or what you do \
         not know.",
    ),
    Line::Entry("3  You make an offer", "Fill one row on the sheet Deals. When they answer, write down when and what."),
    Line::Entry("4  The month ends", "Write on the sheet Spend what you paid for marketing. Then make the report."),
    Line::Heading("Two words you need"),
    Line::Entry(
        "MQL",
        "Marketing-qualified lead: they want something that you sell, and they are the kind of customer you want. \
         Worth a call. For example, a café asks for your prices; somebody who only reads your newsletter is not there \
         yet.",
    ),
    Line::Entry(
        "SQL",
        "Sales-qualified lead: you have talked, and need, money and time are real. You are going to make an offer.",
    ),
    Line::Entry(
        "Your own rule",
        "Write down in one sentence what makes an MQL for you, and use the same sentence all year. The report shows \
         whether it is too easy or too strict.",
    ),
    Line::Heading("The sheets and their columns"),
    Line::Sheets,
    Line::Heading("While you type"),
    Line::Entry(
        "Dates",
        "Year, month, day: 2026-01-31. Your program may take your usual way of writing dates as well; the cell then \
         shows year, month, day.",
    ),
    Line::Entry(
        "Lists",
        "Some cells offer a list: click the small arrow. Your own sources go on the sheet Lists, below the last one.",
    ),
    Line::Entry(
        "More rows",
        "500 rows are prepared on each sheet. If you need more, just go on writing below the last one.",
    ),
    Line::Entry(
        "Somebody comes back",
        "Did you give up a lead that asks again much later? Fill a new row with a new Lead ID and the same e-mail \
         address; the report sees that it is the same person.",
    ),
    Line::Colour(
        Colour::Wrong,
        "2026-01-05",
        "Please look again: a date in the future, a date before that of an earlier step, a date or number that is \
         just text, an ID that stands there twice, or a Lead ID that is not on Leads. If it did happen like this (an \
         SQL before the MQL), leave it.",
    ),
    Line::Colour(Colour::Missing, "", "Something is missing here that the report needs."),
    Line::Heading("How to make the report"),
    Line::Entry(
        "1  Save",
        "Save this workbook, and close it. Keep it in a folder of its own, without copies beside it.",
    ),
    Line::Entry("2  Run", "Open a terminal in that folder and type:"),
    Line::Command("leadgauge report"),
    Line::Entry(
        "3  Read",
        "It says where the report is: a page for your browser. With few leads it says “not yet” more often than a \
         number. That is honest, and it gets better every month.",
    ),
    Line::Entry("Private", "Everything stays on your computer. leadgauge sends nothing anywhere."),
    Line::Heading("Please do not …"),
    Line::Entry(
        "… rename",
        "Keep the names of the sheets and the headers as they are. Columns of your own go to the right of the last one.",
    ),
    Line::Entry(
        "… delete",
        "Keep leads that came to nothing: write the disqualified date. Without them every rate looks too good.",
    ),
    Line::Entry("… overwrite", "A date stays once it is written, also when the lead moves on."),
    Line::Entry("… guess", "An empty cell is better than an invented date."),
    Line::Entry(
        "… decorate",
        "No totals below the rows, no merged cells, no notes between the rows. Use a sheet of your own for those.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn columns() -> impl Iterator<Item = (&'static Sheet, &'static Column)> {
        SHEETS.iter().flat_map(|sheet| sheet.columns.iter().map(move |column| (sheet, column)))
    }

    #[test]
    fn columns_and_lists_that_are_named_exist() {
        for (sheet, column) in columns() {
            let exists = |name: &str| sheet.columns.iter().any(|other| other.header == name);
            match &column.kind {
                Kind::Date { not_before, usually_after } => {
                    assert!(
                        not_before.iter().chain(usually_after.iter()).all(|name| exists(name)),
                        "{}",
                        column.header
                    );
                }
                Kind::Choice(list) => assert!(LISTS.iter().any(|known| known.header == *list), "{list}"),
                Kind::LeadId => assert_eq!(column.header, "Lead ID"),
                _ => {}
            }
        }
        assert_eq!(SHEETS[0].columns[0].header, "Lead ID", "lead ids are looked up in the first column of Leads");
    }

    #[test]
    fn examples_pick_from_the_lists() {
        for (_, column) in columns() {
            if let Kind::Choice(list) = column.kind {
                let list = LISTS.iter().find(|known| known.header == list).expect("a list");
                assert!(list.values.contains(&column.example), "{}", column.header);
            }
        }
    }

    #[test]
    fn no_header_stands_twice_on_a_sheet() {
        for sheet in &SHEETS {
            let headers: BTreeSet<&str> = sheet.columns.iter().map(|column| column.header).collect();
            assert_eq!(headers.len(), sheet.columns.len(), "{}", sheet.name);
        }
    }
}
