//! `gwcost export`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::WindowArgs;

/// Write tables for dashboards.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder to write into; with --ddl the place that the statements name, s3://bucket/prefix as well
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// The window; each month that it touches is exported as a whole.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Write FOCUS instead of the star, in this version
    #[arg(long, value_name = "VERSION", num_args = 0..=1, default_missing_value = "1.2", require_equals = true)]
    pub focus: Option<FocusArg>,
    /// Print the statements that make the tables known to an engine, and write nothing
    #[arg(long, value_enum, value_name = "ENGINE", conflicts_with_all = ["month", "since", "from", "last_month"])]
    pub ddl: Option<DialectArg>,
    /// Bytes that an HTTP API's 512 KB increments are counted from: response, max (of request and
    /// response) or sum [default: response]
    #[arg(long, value_name = "WAY", env = "GWCOST_HTTP_METERING", hide_env_values = true)]
    pub http_metering: Option<String>,
    /// Exit with code 4 when something has no price
    #[arg(long)]
    pub strict: bool,
}

/// A version of FOCUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FocusArg {
    /// Of May 2025.
    #[value(name = "1.2")]
    V1_2,
    /// Of December 2025, with Allocated* columns.
    #[value(name = "1.3")]
    V1_3,
}

/// An engine that reads Parquet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DialectArg {
    /// Amazon Athena.
    Athena,
    /// DuckDB.
    Duckdb,
    /// Spark SQL.
    Spark,
    /// Trino.
    Trino,
}
