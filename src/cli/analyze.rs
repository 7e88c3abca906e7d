//! `gwcost analyze`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::WindowArgs;

/// Show what requests cost.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Group by these: endpoint, account, region, api, api_kind, stage, method, route, key, plan, principal,
    /// tag, custom_domain, user_agent_family, canary, deployment, status, month, day, hour, hour_of_day,
    /// weekday, country
    #[arg(long, default_value = "endpoint", value_name = "LIST")]
    pub by: String,
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// Show only the first N rows [a table shows 50; other formats all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// Sort by this column, largest first; `name` sorts by the dimensions
    #[arg(long, default_value = "cost", value_name = "COLUMN")]
    pub sort: String,
    /// Add what calls cost beside API Gateway: cache, log, Lambda, authorizer, WAF and X-Ray
    #[arg(long)]
    pub full: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Options that change figures, shared by everything that prices.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only accounts that match (a glob, as are the next five)
    #[arg(long, value_name = "GLOB")]
    pub account: Option<String>,
    /// Only regions that match
    #[arg(long, value_name = "GLOB")]
    pub region: Option<String>,
    /// Only API ids that match
    #[arg(long, value_name = "GLOB")]
    pub api: Option<String>,
    /// Only stages that match
    #[arg(long, value_name = "GLOB")]
    pub stage: Option<String>,
    /// Only methods that match
    #[arg(long, value_name = "GLOB")]
    pub method: Option<String>,
    /// Only routes that match; `{id}` stands for itself
    #[arg(long, value_name = "GLOB")]
    pub route: Option<String>,
    /// Only callers in countries that match, as DE; or private, reserved, unknown
    #[arg(long, value_name = "GLOB")]
    pub country: Option<String>,
    /// A country database in MMDB format [default: `geoip` in gwcost.toml, else what `gwcost geo install` put in
    /// place]
    #[arg(long, value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// Bytes that an HTTP API's 512 KB increments are counted from: response, max (of request and
    /// response) or sum [default: response]
    #[arg(long, value_name = "WAY", env = "GWCOST_HTTP_METERING", hide_env_values = true)]
    pub http_metering: Option<String>,
    /// How a part of a month is billed: at the month's average rate, or marginal, in the tiers that its
    /// usage really fell in [default: average]
    #[arg(long, value_name = "average|marginal")]
    pub allocation: Option<String>,
    /// Where the log holds less than CloudWatch counted, price what was counted, spread as the log spreads it
    #[arg(long)]
    pub scale_to_metrics: bool,
    /// Price every month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// Exit with code 4 when something has no price
    #[arg(long)]
    pub strict: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For a terminal.
    Table,
    /// The documented interface for programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// For issues and wikis.
    Markdown,
}
