//! `gwcost chargeback`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::OutputFormat;

/// Share a month's bill out to customers.
#[derive(Debug, Args)]
pub struct ChargebackArgs {
    /// A UTC calendar month, as 2026-10 [default: the one before this]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<String>,
    /// What makes a customer: plan, key, principal, tag, custom_domain, user_agent_family, account, api, ...
    #[arg(long, default_value = "plan", value_name = "LIST")]
    pub by: String,
    /// Write a CSV and a statement for each customer into this folder
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Bytes that an HTTP API's 512 KB increments are counted from: response, max (of request and
    /// response) or sum [default: response]
    #[arg(long, value_name = "WAY", env = "GWCOST_HTTP_METERING", hide_env_values = true)]
    pub http_metering: Option<String>,
    /// Price the month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// Exit with code 4 when something has no price
    #[arg(long)]
    pub strict: bool,
    /// How to print the overview
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
