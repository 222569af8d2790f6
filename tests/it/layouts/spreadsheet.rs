//! A list that somebody keeps by hand, as a workbook: a title across all columns, a blank row, the header, dates as Excel has
//! them.

use super::{Moment, World};
use chrono::Datelike;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

/// The header, in row 3.
pub const HEADER: [&str; 8] = ["Lead no", "Name", "E-mail", "Came in on", "Source", "MQL on", "SQL on", "Customer on"];

/// The workbook: dates only, one row a person.
pub fn workbook(world: &World) -> Vec<u8> {
    let entries = world.first_entries();
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 11, 2).expect("a date");
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let page = book.add_worksheet();
    let bold = Format::new().set_bold();
    let date = Format::new().set_num_format("dd.mm.yyyy");
    page.set_name("Leads").expect("a name");
    page.merge_range(0, 0, 0, HEADER.len() as u16 - 1, "Our leads, state of 31 October 2026", &bold).expect("a title");
    page.write_row(2, 0, HEADER).expect("a header");
    for (at, lead) in world.leads.iter().enumerate() {
        let row = at as u32 + 3;
        let mut day = |column: u16, moment: Option<Moment>| {
            let Some(day) = moment.and_then(|moment| moment.day(world.zone)) else { return };
            let cell = ExcelDateTime::from_ymd(day.year() as u16, day.month() as u8, day.day() as u8).expect("a date");
            page.write_datetime_with_format(row, column, &cell, &date).expect("a cell");
        };
        day(3, lead.created);
        for (column, stage) in [(5, "mql"), (6, "sql"), (7, "customer")] {
            day(column, entries.get(&(lead.id.as_str(), stage)).copied());
        }
        page.write_number(row, 0, lead.number as f64).expect("a cell");
        page.write_string(row, 1, format!("Contact {}", lead.number)).expect("a cell");
        page.write_string(row, 2, &lead.email).expect("a cell");
        page.write_string(row, 4, &lead.channel).expect("a cell");
    }
    book.save_to_buffer().expect("in memory")
}
