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
    /// The first row does not look like one of names.
    #[error(
        "{path}: the first row looks like data, not like column names\n  help: if there is no header row, set `header = false` under [sources.{table}] and give the columns by number, for example columns = {{ lead_id = 1, created_at = 2 }}"
    )]
    NoHeader {
        /// The table.
        table: &'static str,
        /// The file.
        path: String,
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
