//! `gwcost diff`, as typed.

use clap::Args;

use super::{OutputFormat, Selection, WindowArgs};

/// Show what changed between two windows or deployments, and why.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Before: a month (2026-09), days (2026-09-01..2026-09-08), `base`, or `deployment:ID`
    #[arg(value_name = "A")]
    pub before: String,
    /// After: the same, or `canary`
    #[arg(value_name = "B")]
    pub after: String,
    /// The window of deployments; months and days have their own.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Group by these, as analyze does
    #[arg(long, default_value = "endpoint", value_name = "LIST")]
    pub by: String,
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// Show only the first N rows of a table [20]; the total covers all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
