//! How does the text of a cell become a day, an instant, an amount or nothing?
//!
//! Time zones die here: an instant with an offset is moved into the project's zone; one without is local in the
//! source's zone; a date stays a date. After this there are project-local day numbers, and UTC seconds for order.
//!
//! What a cell cannot say on its own (26/02 or 02/26, 1.250 or 1,250, 45231 or 1700000000) its column says: evidence
//! is gathered over all its cells first ([`DateEvidence`], [`AmountEvidence`]), and every cell is then read by what
//! the column has settled ([`DateReader`], [`AmountReader`]). Nothing is guessed cell by cell.

mod dates;
mod numbers;
mod written;

pub use dates::{Clock, DateEvidence, DateReader, Midnights, NoDate, OrderFound, Plain, When};
pub use numbers::{Amount, AmountEvidence, AmountReader, Mark, NoAmount, Unit, header_currency, header_unit};
pub use written::month;

/// Words that stand for "no value", in lower case. "(not set)" and "unknown" are none of them: channels are called so.
const MISSING: [&str; 32] = [
    "--",
    "—",
    "–",
    "na",
    "nan",
    "n/a",
    "nil",
    "tbd",
    "#n/a",
    "n.a.",
    "none",
    "null",
    "n. a.",
    "<na>",
    "#num!",
    "#ref!",
    "#calc!",
    "#null!",
    "<null>",
    "(null)",
    "-none-",
    "select",
    "#n/a n/a",
    "#value!",
    "#spill!",
    "#name?",
    "#div/0!",
    "--none--",
    "- select -",
    "(no value)",
    "-- none --",
    "please select",
];

/// The length of the longest of them, in bytes.
const LONGEST_MISSING: usize = 13;

/// The cell without outer space, or `None` where it stands for "no value".
pub fn present(cell: &str) -> Option<&str> {
    let text = cell.trim();
    let first = *text.as_bytes().first()?;
    // Called for every cell: most are told apart by their first letter or their length.
    if text.len() > LONGEST_MISSING || first.is_ascii_digit() {
        return Some(text);
    }
    let missing = text == "-" || MISSING.iter().any(|word| word.eq_ignore_ascii_case(text));
    (!missing).then_some(text)
}

/// What a spreadsheet writes where a formula failed. "#N/A" is none of them: it is written for "no value", too.
const FAILED: [&str; 8] = ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"];

/// The cell of a day or an amount without outer space, or `None` where it stands for "no value". A formula that failed
/// stood for one: such a cell is refused, not missing.
pub fn stated(cell: &str) -> Option<&str> {
    let text = cell.trim();
    if text.starts_with('#') && FAILED.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Some(text);
    }
    present(text)
}

/// The cell without the apostrophe with which spreadsheets keep a number or day from being changed: '1000.
pub fn unprotected(cell: &str) -> &str {
    let rest =
        cell.strip_prefix('\'').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || "-(+$€£".contains(c)));
    rest.unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apostrophe_before_a_number_is_no_part_of_it() {
        for (text, expected) in [
            ("'1000", "1000"),
            ("'2026-01-05", "2026-01-05"),
            ("'-5", "-5"),
            ("'€5", "€5"),
            ("'t Hof", "'t Hof"),
            ("5", "5"),
        ] {
            assert_eq!(unprotected(text), expected);
        }
        assert_eq!(AmountReader::alone().read("'1000.50").map(|amount| amount.money.0), Ok(10_005_000));
        assert_eq!(month("'2026-10"), month("2026-10"));
    }

    #[test]
    fn a_formula_that_failed_is_no_day_and_no_amount_but_not_missing_either() {
        for text in FAILED {
            assert_eq!((present(text), stated(&format!(" {text} "))), (None, Some(text)));
            assert_eq!(AmountReader::alone().read(text), Err(NoAmount::Impossible), "{text}");
        }
        for text in ["#N/A", "N/A", "#n/a n/a", "-", "", "  "] {
            assert_eq!(stated(text), None, "{text:?}");
        }
    }

    #[test]
    fn words_for_nothing_are_missing_and_words_of_channels_are_not() {
        for text in [
            "",
            "  ",
            "null",
            "NULL",
            "NaN",
            "N/A",
            "#N/A",
            "na",
            "None",
            "nil",
            "--",
            "-",
            "—",
            "(No value)",
            "TBD",
            "Select",
            "- Select -",
            "-None-",
            "--None--",
            "Please select",
            "#VALUE!",
            "#REF!",
            "n.a.",
        ] {
            assert_eq!(present(text), None, "{text:?}");
        }
        for text in ["(not set)", "unknown", "(blank)", "0", "Nancy", "n", "selected", "Nina", "-5"] {
            assert_eq!(present(&format!(" {text} ")), Some(text));
        }
        assert!(MISSING.iter().all(|word| word.len() <= LONGEST_MISSING && *word == word.to_lowercase()));
    }
}
