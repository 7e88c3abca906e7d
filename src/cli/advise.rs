//! `gwcost waste`, `gwcost service` and `gwcost advise`, as typed.

use clap::{Args, ValueEnum};

use super::{OutputFormat, Selection, WindowArgs};

/// Show what need not have been paid.
#[derive(Debug, Args)]
pub struct WasteArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Show errors, availability and latency beside cost.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Group by these, as analyze does
    #[arg(long, default_value = "endpoint", value_name = "LIST")]
    pub by: String,
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Say what to do about the bill.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// What a call of the backend costs, in dollars: what a cache spares
    #[arg(long, value_name = "DOLLARS", conflicts_with = "lambda_memory")]
    pub backend_cost: Option<String>,
    /// The backend is a Lambda function with so much memory
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(128..=10_240))]
    pub lambda_memory: Option<u32>,
    /// Price every month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = AdviceFormat::Table)]
    pub format: AdviceFormat,
}

/// How advice is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AdviceFormat {
    /// For a terminal.
    Table,
    /// The documented interface for programs.
    Json,
    /// For issues and wikis.
    Markdown,
    /// For tools that show findings beside code.
    Sarif,
}
