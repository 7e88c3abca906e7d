//! `gwcost query`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::WindowArgs;

/// Run SQL over the lake.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// A SELECT statement over `requests`, the name of a query, or `-` for a statement on standard input
    #[arg(value_name = "SQL|NAME", required_unless_present = "list")]
    pub query: Option<String>,
    /// A value for a placeholder of a named query, as dimensions=api,stage (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// List the named queries, and the tables with their columns
    #[arg(long, conflicts_with_all = ["query", "params"])]
    pub list: bool,
    /// The window; only its requests are read.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Keep at most N rows; --format parquet keeps all
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// How to print
    #[arg(long, value_enum, default_value_t = QueryFormat::Table)]
    pub format: QueryFormat,
    /// File to write instead of standard output; --format parquet needs one
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    /// For a terminal.
    Table,
    /// The documented interface for programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// For issues and wikis.
    Markdown,
    /// For dashboards.
    Parquet,
}
