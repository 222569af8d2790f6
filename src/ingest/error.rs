//! What stops a run before any number is computed?

/// What stops a run before any number is computed.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A source names a file that is not there.
    #[error(
        "{table}: no file `{path}` in {folder}\n  help: correct `path` under [sources.{table}]; it is relative to the project file"
    )]
    NotFound {
        /// The table.
        table: &'static str,
        /// As written.
        path: String,
        /// Where it was looked for.
        folder: String,
    },
    /// A glob that cannot be read.
    #[error("cannot read the pattern `{pattern}`: {why}\n  help: use * and ? only, for example exports/contacts*.csv")]
    Pattern {
        /// As written.
        pattern: String,
        /// The glob's own words.
        why: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}: {why}\n  help: check that the file exists and may be read")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's own words.
        why: String,
    },
    /// A file without content.
    #[error("{path} is empty\n  help: export it again, or remove [sources.{table}] from the project file")]
    Empty {
        /// The file.
        path: String,
        /// The table.
        table: &'static str,
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
    /// A file that is no text.
    #[error("{path} is not a UTF-8 text file\n  help: export it as CSV (UTF-8)")]
    NotText {
        /// The file.
        path: String,
    },
    /// A column that the table needs is not there.
    #[error(
        "{path}, row 1: no column for `{lacking}` of {table}; the header is: {headers}\n  help: say which column it is: columns = {{ {first} = \"…\" }} under [sources.{table}]"
    )]
    MissingColumns {
        /// The table.
        table: &'static str,
        /// The file.
        path: String,
        /// Our names of the columns.
        lacking: String,
        /// The first of them.
        first: String,
        /// The file's header.
        headers: String,
    },
    /// The project file names a header that the file does not have.
    #[error(
        "{path}, row 1: no column named `{wanted}` (for `{column}` of {table}); the header is: {headers}\n  help: correct it under [sources.{table}]"
    )]
    NoSuchHeader {
        /// The table.
        table: &'static str,
        /// The file.
        path: String,
        /// Our name of the column.
        column: String,
        /// The header that was asked for.
        wanted: String,
        /// The file's header.
        headers: String,
    },
    /// The project file names a preset that there is not.
    #[error(
        "{table}: there is no preset `{preset}` for this table\n  help: leave `preset` out under [sources.{table}], or write one of: {known}"
    )]
    NoSuchPreset {
        /// As written.
        preset: String,
        /// The table.
        table: &'static str,
        /// The presets of the table.
        known: String,
    },
    /// There is not a single lead.
    #[error(
        "{path} has no usable lead: {why}\n  help: export the leads again; leadgauge needs at least lead_id and created_at, one row a lead"
    )]
    NoLeads {
        /// The file.
        path: String,
        /// What was found instead.
        why: String,
    },
    /// Nothing to read at all.
    #[error(
        "no data: no leads among the files in {folder}{seen}\n  help: export the leads (one row a person, with an id and the day they came in), or say which file they are in: path = \"…\" under [sources.leads] in leadgauge.toml; `leadgauge sample --out DIR` writes a sample project"
    )]
    NoSources {
        /// Where it was looked for.
        folder: String,
        /// The files that are there, a line each.
        seen: String,
    },
}
