//! SQL that somebody typed, over the requests of a window.
//!
//! It streams, and what it returns is bounded by a limit, so a question about a large lake costs no more memory
//! than its answer. Nothing of it is priced: money is the model's.

use std::path::Path;
use std::sync::Arc;

use gwcost_core::model::Window;
use gwcost_core::text::did_you_mean;
use jiff::Timestamp;
use jiff::civil::Date;
use polars::error::PolarsError;
use polars::prelude::{
    AnyValue, DataFrame, Engine, FileWriteFormat, LazyFrame, ParquetWriteOptions, PlRefPath, SinkDestination,
    SinkTarget, TimeUnit, UnifiedSinkArgs,
};
use polars::sql::SQLContext;
use serde_json::Number;

use super::AnalysisError;
use super::dimension::Dimension;
use super::frame::requests;
use crate::lake::{Column, Kind, Lake};

/// A column that SQL can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type, as documentation says it: text, integer, boolean, time.
    pub kind: &'static str,
    /// What it holds, with its unit.
    pub description: String,
}

/// A table that SQL can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlTable {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub description: &'static str,
}

/// Every table.
pub const TABLES: [SqlTable; 1] =
    [SqlTable { name: "requests", description: "One row for each request of the window." }];

/// Columns that are cut from the time, beside those of [`Column`].
const FROM_TIME: [Dimension; 5] =
    [Dimension::Month, Dimension::Day, Dimension::Hour, Dimension::HourOfDay, Dimension::Weekday];

impl SqlTable {
    /// Its columns in order.
    pub fn columns(&self) -> Vec<SqlColumn> {
        let stored = Column::ALL.iter().map(|column| SqlColumn {
            name: column.name(),
            kind: match column.kind() {
                Kind::Text => "text",
                Kind::Integer => "integer",
                Kind::Boolean => "boolean",
                Kind::Time => "time",
            },
            description: column.description().to_owned(),
        });
        let cut = FROM_TIME.iter().map(|dimension| SqlColumn {
            name: dimension.name(),
            kind: "text",
            description: format!("UTC, {} of the time.", dimension.time_format().unwrap_or_default()),
        });
        stored.chain(cut).collect()
    }
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A number, whole or not.
    Number(Number),
    /// Text, also of times (RFC 3339), dates, and numbers that are none.
    Text(String),
}

/// What SQL answered.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlAnswer {
    /// The half-open UTC window that was read.
    pub window: Window,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// There were more rows than the limit.
    pub truncated: bool,
}

/// Runs one statement over a window and keeps at most `limit` rows.
///
/// # Errors
/// [`AnalysisError::Sql`] says what is wrong with the statement; others are the lake's.
pub fn sql(lake: &Lake, text: &str, window: Window, limit: u32) -> Result<SqlAnswer, AnalysisError> {
    let lazy = plan(lake, text, window)?;
    let frame = collect(lazy.limit(limit.saturating_add(1)))?;
    let limit = limit as usize;
    let columns = frame.get_column_names().into_iter().map(|name| name.to_string()).collect();
    let mut rows = Vec::with_capacity(frame.height().min(limit));
    for row in 0..frame.height().min(limit) {
        let values = frame.columns().iter().map(|column| column.get(row).map(cell));
        rows.push(values.collect::<Result<Vec<Cell>, _>>().map_err(AnalysisError::engine("query"))?);
    }
    Ok(SqlAnswer { window, columns, rows, truncated: frame.height() > limit })
}

/// Runs one statement over a window into a Parquet file, all of its rows.
///
/// # Errors
/// As [`sql`].
pub fn sql_to_parquet(lake: &Lake, text: &str, window: Window, path: &Path) -> Result<(), AnalysisError> {
    let lazy = plan(lake, text, window)?;
    let target = PlRefPath::try_from_path(path).map_err(AnalysisError::engine("query"))?;
    let target = SinkDestination::File { target: SinkTarget::Path(target) };
    let format = FileWriteFormat::Parquet(Arc::new(ParquetWriteOptions::default()));
    collect(lazy.sink(target, format, UnifiedSinkArgs::default()).map_err(wrong)?).map(drop)
}

fn plan(lake: &Lake, text: &str, window: Window) -> Result<LazyFrame, AnalysisError> {
    let frame = requests(lake, window, &FROM_TIME, None)?;
    let mut context = SQLContext::new();
    context.register("requests", frame);
    let mut lazy = context.execute(text).map_err(wrong)?;
    // Names are only looked up when the schema is.
    lazy.collect_schema().map_err(wrong)?;
    Ok(lazy)
}

fn collect(lazy: LazyFrame) -> Result<DataFrame, AnalysisError> {
    lazy.collect_with_engine(Engine::Streaming).map(|result| result.unwrap_single()).map_err(wrong)
}

fn cell(value: AnyValue<'_>) -> Cell {
    match value {
        AnyValue::Null => Cell::Null,
        AnyValue::Boolean(value) => Cell::Boolean(value),
        AnyValue::String(text) => Cell::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Cell::Text(text.to_string()),
        AnyValue::Int8(value) => Cell::Number(value.into()),
        AnyValue::Int16(value) => Cell::Number(value.into()),
        AnyValue::Int32(value) => Cell::Number(value.into()),
        AnyValue::Int64(value) => Cell::Number(value.into()),
        AnyValue::UInt8(value) => Cell::Number(value.into()),
        AnyValue::UInt16(value) => Cell::Number(value.into()),
        AnyValue::UInt32(value) => Cell::Number(value.into()),
        AnyValue::UInt64(value) => Cell::Number(value.into()),
        AnyValue::Float32(value) => float(f64::from(value)),
        AnyValue::Float64(value) => float(value),
        AnyValue::Date(days) => Date::new(1970, 1, 1)
            .and_then(|epoch| epoch.checked_add(jiff::Span::new().try_days(days)?))
            .map_or_else(|_| Cell::Text(days.to_string()), |date| Cell::Text(date.to_string())),
        AnyValue::Datetime(value, unit, _) => time(value, unit),
        other => Cell::Text(other.to_string()),
    }
}

/// What is no number in JSON is text.
fn float(value: f64) -> Cell {
    Number::from_f64(value).map_or_else(|| Cell::Text(value.to_string()), Cell::Number)
}

fn time(value: i64, unit: TimeUnit) -> Cell {
    let instant = match unit {
        TimeUnit::Nanoseconds => Timestamp::from_nanosecond(i128::from(value)),
        TimeUnit::Microseconds => Timestamp::from_microsecond(value),
        TimeUnit::Milliseconds => Timestamp::from_millisecond(value),
    };
    Cell::Text(instant.map_or_else(|_| value.to_string(), |instant| instant.to_string()))
}

/// What is wrong with a statement, with the nearest name where one is not known.
fn wrong(error: PolarsError) -> AnalysisError {
    let said = error.to_string();
    let (is_column, is_of_statement) = match root(&error) {
        PolarsError::ColumnNotFound(_) | PolarsError::SchemaFieldNotFound(_) => (true, true),
        PolarsError::IO { .. } => (false, false),
        _ => (false, true),
    };
    if !is_of_statement {
        return AnalysisError::engine("query")(error);
    }
    let line = said.lines().next().unwrap_or_default();
    let problem = line.split("; valid columns").next().unwrap_or(line).trim_end_matches(['\'', ' ']);
    let is_table = problem.contains("relation");
    let Some(name) = quoted(problem).filter(|_| is_column || is_table) else {
        return AnalysisError::Sql { problem: format!("the statement cannot be run: {problem}") };
    };
    let columns: Vec<SqlColumn> = TABLES.iter().flat_map(SqlTable::columns).collect();
    let (what, hint) = match is_column {
        true => ("column", did_you_mean(name, columns.iter().map(|column| column.name))),
        false => ("table", did_you_mean(name, TABLES.iter().map(|table| table.name))),
    };
    let list = "`gwcost query --list` shows tables and columns";
    AnalysisError::Sql { problem: format!("unknown {what} {name:?}: {list}{hint}") }
}

fn root(error: &PolarsError) -> &PolarsError {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => root(error),
        other => other,
    }
}

/// The first name in quotes; without any, the first word.
fn quoted(text: &str) -> Option<&str> {
    let inside = |quote: char| {
        let start = text.find(quote)? + 1;
        let length = text[start..].find(quote)?;
        Some(&text[start..start + length])
    };
    inside('"').or_else(|| inside('\'')).or_else(|| inside('`')).or_else(|| text.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: AnalysisError) -> String {
        error.to_string()
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let column = said(wrong(PolarsError::ColumnNotFound("unable to find column \"rotue\"".into())));
        assert!(column.starts_with("unknown column \"rotue\": "), "{column}");
        assert!(column.ends_with("did you mean \"route\"?"), "{column}");
        let table = said(wrong(PolarsError::SQLInterface("relation 'request' was not found".into())));
        assert!(table.ends_with("did you mean \"requests\"?"), "{table}");
        let other = said(wrong(PolarsError::SQLInterface("sql parser error: Expected: x".into())));
        assert!(other.contains("sql parser error: Expected: x"), "{other}");
    }

    #[test]
    fn values_are_whole_in_their_own_kind() {
        assert_eq!(cell(AnyValue::Int64(i64::MAX)), Cell::Number(i64::MAX.into()));
        assert_eq!(cell(AnyValue::Float64(f64::NAN)), Cell::Text("NaN".to_owned()));
        assert_eq!(cell(AnyValue::Date(20_727)), Cell::Text("2026-10-01".to_owned()));
        let time = AnyValue::Datetime(1_790_812_800_001, TimeUnit::Milliseconds, None);
        assert_eq!(cell(time), Cell::Text("2026-10-01T00:00:00.001Z".to_owned()));
    }
}
