//! Why can a file not be read?

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file that cannot be read.
    #[error("cannot read {path}: {why}\n  help: check that the file exists and may be read, and is whole")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's own words.
        why: String,
    },
    /// A file without content.
    #[error("{path} is empty\n  help: export it again, or remove it from the project file")]
    Empty {
        /// The file.
        path: String,
    },
    /// A quotation mark that is never closed.
    #[error(
        "{path}, row {row}: a quotation mark opens a cell and is never closed, so the rest of the file would be one cell\n  help: close it, or double it (\"\") if it belongs to the text"
    )]
    OpenQuote {
        /// The file.
        path: String,
        /// The row that it opens in.
        row: u64,
    },
    /// A file of a kind that holds no table we can read.
    #[error("{path} is {kind}, not a table that can be read\n  help: {help}")]
    Kind {
        /// The file.
        path: String,
        /// What it is.
        kind: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// A text in which nothing divides the lines into columns.
    #[error("{path} is a text, not a table: no separator divides its lines evenly\n  help: export it as CSV or XLSX")]
    NoTable {
        /// The file.
        path: String,
    },
    /// An archive that does not hold exactly one file.
    #[error("{path} holds {count} files: {members}\n  help: unpack it and name the file that you mean")]
    Members {
        /// The archive.
        path: String,
        /// How many.
        count: usize,
        /// The first of them.
        members: String,
    },
    /// A file behind a password.
    #[error("{path} is encrypted\n  help: save it without a password, or export it as CSV")]
    Encrypted {
        /// The file.
        path: String,
    },
    /// A compressed file that does not end.
    #[error(
        "{path} holds more than {limit} when unpacked, which no export of this size does\n  help: unpack it yourself if it is meant, and name the file inside"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// A workbook, a Parquet file or a JSON text that breaks its own format.
    #[error("cannot read {path} as {kind}: {why}\n  help: export it again, or as CSV")]
    Broken {
        /// The file.
        path: String,
        /// What it should be.
        kind: &'static str,
        /// The library's own words.
        why: String,
    },
    /// JSON that is no table.
    #[error("{path} is JSON, but no list of records: {why}\n  help: export one object a row, as a list or one a line")]
    NoRecords {
        /// The file.
        path: String,
        /// What was found instead.
        why: String,
    },
}
