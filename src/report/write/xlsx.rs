//! How does a report read as a workbook?

use crate::report::Report;
use rust_xlsxwriter::Workbook;

/// The report as a workbook.
pub fn xlsx(report: &Report) -> Vec<u8> {
    let mut book = Workbook::new();
    // `write_string` never makes a formula of a text.
    let _ = book.add_worksheet().write_string(0, 0, &report.page.headline);
    book.save_to_buffer().unwrap_or_default()
}
