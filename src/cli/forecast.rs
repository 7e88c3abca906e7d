//! `gwcost forecast` and `gwcost anomalies`, as typed.

use clap::Args;

use super::{OutputFormat, Selection};

/// Say what this month and the next will cost.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Find hours that leave their own season.
#[derive(Debug, Args)]
pub struct AnomaliesArgs {
    /// Report what happened since then: 24h, 7d
    #[arg(long, value_name = "LENGTH", default_value = "7d")]
    pub since: String,
    /// Exit with code 10 when there is any
    #[arg(long)]
    pub fail: bool,
    /// Leave out what cost or spared less than this
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub least: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
