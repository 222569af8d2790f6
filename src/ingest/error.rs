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
    #[error(transparent)]
    Read(#[from] super::read::ReadError),
    /// The project file names a sheet that the workbook does not have.
    #[error("{path}: no sheet named `{wanted}`; the sheets are: {sheets}\n  help: correct `sheet` in the project file")]
    NoSuchSheet {
        /// The file.
        path: String,
        /// As written.
        wanted: String,
        /// The names of those that hold a table.
        sheets: String,
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
        "no data: neither [sources.leads] nor leads.csv in {folder}\n  help: name your exports under [sources.leads] in leadgauge.toml, or write a sample project with `leadgauge sample --out DIR`"
    )]
    NoSources {
        /// Where it was looked for.
        folder: String,
    },
}
