//! Where the facts are counted: polars' SQL over dataframes in this process.

pub mod bounded;
pub mod catalogue;
mod words;

use crate::vocabulary::Day;
use catalogue::Query;
use polars::prelude::{DataFrame, DataType, IntoLazy, PolarsError, PolarsResult};
use polars::sql::SQLContext;

/// A query that did not run.
#[derive(Debug, thiserror::Error)]
#[error("the query `{query}` did not run: {why}")]
pub struct EngineError {
    /// Its name.
    pub query: String,
    /// The engine's own words.
    pub why: PolarsError,
}

/// The embedded engine: named tables, and queries that make more of them.
pub struct Embedded {
    context: SQLContext,
}

impl Default for Embedded {
    fn default() -> Self {
        Embedded { context: SQLContext::new() }
    }
}

impl Embedded {
    /// Makes a dataframe known under a name.
    pub fn register(&mut self, name: &str, table: DataFrame) {
        self.context.register(name, table.lazy());
    }

    /// Runs a query, keeps its result under the query's name and returns it.
    pub fn create(&mut self, query: &Query) -> Result<DataFrame, EngineError> {
        let result = self.run(query.text).map_err(|why| EngineError { query: query.name.to_string(), why })?;
        self.register(query.name, result.clone());
        Ok(result)
    }

    fn run(&mut self, text: &str) -> PolarsResult<DataFrame> {
        self.context.execute(text)?.collect()
    }
}

/// A column of whole numbers, `None` where there is none.
pub fn integers(table: &DataFrame, column: &str) -> PolarsResult<Vec<Option<i64>>> {
    let column = table.column(column)?.cast(&DataType::Int64)?;
    Ok(column.i64()?.iter().collect())
}

/// A column that names rows in words: whole numbers are days.
pub fn labels(table: &DataFrame, column: &str) -> PolarsResult<Vec<String>> {
    if table.column(column)?.dtype() == &DataType::Int64 {
        let days = integers(table, column)?;
        return Ok(days.into_iter().flatten().map(|day| Day(day as i32).to_string()).collect());
    }
    texts(table, column)
}

/// A column of text, "" where there is none.
pub fn texts(table: &DataFrame, column: &str) -> PolarsResult<Vec<String>> {
    let column = table.column(column)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|text| text.unwrap_or_default().to_string()).collect())
}
