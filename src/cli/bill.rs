//! `gwcost bill`, as typed.

use clap::Args;

use super::{OutputFormat, WindowArgs};

/// Show a bill as AWS lays it out: by account, region, meter and tier.
#[derive(Debug, Args)]
pub struct BillArgs {
    /// The window; without one it is the current month.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only accounts that match (a glob)
    #[arg(long, value_name = "GLOB")]
    pub account: Option<String>,
    /// Only regions that match (a glob)
    #[arg(long, value_name = "GLOB")]
    pub region: Option<String>,
    /// Add lines of what calls cost beside API Gateway: cache, log, Lambda, authorizer, WAF and X-Ray
    #[arg(long, conflicts_with_all = ["explain", "by"])]
    pub full: bool,
    /// Who the bill is for: the same total by plan, key, principal, tag, custom_domain, user_agent_family or
    /// whatever analyze groups by
    #[arg(long, value_name = "LIST", conflicts_with = "explain")]
    pub by: Option<String>,
    /// Explain one line by its number in the table: which requests, which tier, which rate, which rule
    #[arg(long, value_name = "LINE", value_parser = clap::value_parser!(u32).range(1..))]
    pub explain: Option<u32>,
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
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
