//! `gwcost log-format routes`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Show the routes that paths make, and patterns for gwcost.toml that keep them.
#[derive(Debug, Args)]
pub struct RoutesArgs {
    /// Files, folders, globs, or - for standard input; without any, what the lake holds
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// A format by name, as rest-json, http-clf or serverless-rest; a wrong name lists them all
    #[arg(long, value_name = "NAME", group = "log_format", requires = "inputs")]
    pub preset: Option<String>,
    /// The stage's access-log format, a string with $context variables
    #[arg(long, value_name = "STRING", group = "log_format", requires = "inputs")]
    pub format_string: Option<String>,
    /// A file that holds it
    #[arg(long, value_name = "FILE", group = "log_format", requires = "inputs")]
    pub format_file: Option<PathBuf>,
    /// The kind of API: rest or http; a preset knows its own
    #[arg(long, value_name = "KIND", requires = "inputs")]
    pub api_kind: Option<String>,
    /// The API's id, for lines that do not say it
    #[arg(long, value_name = "ID", requires = "inputs")]
    pub api: Option<String>,
    /// The stage, for lines that do not say it; a REST API's paths begin with it
    #[arg(long, value_name = "NAME", requires = "inputs")]
    pub stage: Option<String>,
    /// Show the N routes of each API that have most requests
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub most: u32,
    /// How to print them; toml prints only the patterns
    #[arg(long, value_enum, default_value_t = RoutesFormat::Table)]
    pub format: RoutesFormat,
}

/// How routes are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoutesFormat {
    /// For a terminal: routes, suggestions and patterns.
    Table,
    /// For programs.
    Json,
    /// Patterns for gwcost.toml.
    Toml,
}
