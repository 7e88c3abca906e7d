//! Typed access to the columns of a result.

use polars::prelude::{BooleanChunked, DataFrame, Int64Chunked, StringChunked};

use super::AnalysisError;
use super::query::QueryFile;

/// A result of a query, read by column name.
pub struct Table<'a> {
    frame: &'a DataFrame,
    query: QueryFile,
}

impl<'a> Table<'a> {
    /// Wraps a result.
    pub fn new(frame: &'a DataFrame, query: QueryFile) -> Table<'a> {
        Table { frame, query }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.frame.height()
    }

    fn missing(&self, column: &str) -> AnalysisError {
        AnalysisError::Column { query: self.query.file.to_owned(), column: column.to_owned() }
    }

    /// A text column.
    pub fn text(&self, name: &str) -> Result<&'a StringChunked, AnalysisError> {
        self.frame
            .column(name)
            .and_then(|column| column.as_materialized_series().str())
            .map_err(|_| self.missing(name))
    }

    /// A boolean column.
    pub fn boolean(&self, name: &str) -> Result<&'a BooleanChunked, AnalysisError> {
        self.frame
            .column(name)
            .and_then(|column| column.as_materialized_series().bool())
            .map_err(|_| self.missing(name))
    }

    /// An integer column.
    pub fn integer(&self, name: &str) -> Result<&'a Int64Chunked, AnalysisError> {
        self.frame
            .column(name)
            .and_then(|column| column.as_materialized_series().i64())
            .map_err(|_| self.missing(name))
    }

    /// A column as text whatever its type, for dimensions.
    pub fn dimension(&self, name: &str) -> Result<Vec<Option<String>>, AnalysisError> {
        if let Ok(text) = self.text(name) {
            return Ok(text.iter().map(|value| value.map(str::to_owned)).collect());
        }
        Ok(self.integer(name)?.iter().map(|value| value.map(|value| value.to_string())).collect())
    }
}
