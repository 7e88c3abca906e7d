//! `gwcost check`, as typed.

use clap::{Args, ValueEnum};

use super::WindowArgs;

/// Hold figures to limits.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only the rules with these names (a glob)
    #[arg(long, value_name = "GLOB")]
    pub rule: Option<String>,
    /// A window or a scope without requests, or with few, is no failure
    #[arg(long)]
    pub allow_empty: bool,
    /// Also list what keeps to its limit
    #[arg(long)]
    pub all: bool,
    /// Bytes that an HTTP API's 512 KB increments are counted from, as for analyze
    #[arg(long, value_name = "WAY", env = "GWCOST_HTTP_METERING", hide_env_values = true)]
    pub http_metering: Option<String>,
    /// Price every month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Table)]
    pub format: CheckFormat,
}

/// How checks are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For a terminal.
    Table,
    /// The documented interface for programs.
    Json,
    /// For what shows tests: GitLab, Jenkins, GitHub actions.
    Junit,
    /// For what shows findings: GitHub code scanning and editors.
    Sarif,
}
