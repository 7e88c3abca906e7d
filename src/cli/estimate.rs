//! `gwcost estimate`, as typed.

use clap::Args;

use super::ListFormat;

/// Price an API that is not built yet.
///
/// Each flag meters only what it names. Counts can be written as 5M or 1.5B.
#[derive(Debug, Args)]
pub struct EstimateArgs {
    /// The region, as us-east-1
    #[arg(long, value_name = "REGION")]
    pub region: String,
    /// Requests to REST APIs in the month
    #[arg(long, value_name = "N")]
    pub rest_requests: Option<String>,
    /// Requests to HTTP APIs in the month
    #[arg(long, value_name = "N")]
    pub http_requests: Option<String>,
    /// Size of each HTTP API request: each started 512 KB counts as one
    #[arg(long, value_name = "KB", requires = "http_requests")]
    pub http_kb: Option<String>,
    /// WebSocket messages in the month, in both directions
    #[arg(long, value_name = "N")]
    pub ws_messages: Option<String>,
    /// Size of each message: each started 32 KB counts as one
    #[arg(long, value_name = "KB", requires = "ws_messages")]
    pub ws_kb: Option<String>,
    /// Minutes of WebSocket connections in the month
    #[arg(long, value_name = "N")]
    pub ws_minutes: Option<String>,
    /// Size of a REST stage's cache in GB: 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237
    #[arg(long, value_name = "GB")]
    pub cache: Option<String>,
    /// Hours that the cache is there [default: 730, a month]
    #[arg(long, value_name = "H", requires = "cache")]
    pub cache_hours: Option<String>,
    /// Transfer to the internet in the month, in GB of 2^30 bytes
    #[arg(long, value_name = "G", conflicts_with = "response_kb")]
    pub transfer_gb: Option<String>,
    /// Transfer to the internet as the size of each REST and HTTP response
    #[arg(long, value_name = "KB")]
    pub response_kb: Option<String>,
    /// Hours of a private API's endpoints in the month: an endpoint counts in each of its zones
    #[arg(long, value_name = "H")]
    pub private_hours: Option<String>,
    /// Transfer through a private API's endpoints in the month, in GB of 2^30 bytes
    #[arg(long, value_name = "G")]
    pub private_gb: Option<String>,
    /// Users whom Cognito counts as active in the month
    #[arg(long, value_name = "N")]
    pub cognito_users: Option<String>,
    /// Add what the lake holds of the region in a month
    #[arg(long)]
    pub from_lake: bool,
    /// The month of the lake that is taken [default: the last one]
    #[arg(long, value_name = "YYYY-MM", requires = "from_lake")]
    pub month: Option<String>,
    /// Only accounts of the lake that match (a glob)
    #[arg(long, value_name = "GLOB", requires = "from_lake")]
    pub account: Option<String>,
    /// How much more than the lake holds, as 20%; less with a minus
    #[arg(long, value_name = "PERCENT", requires = "from_lake", allow_hyphen_values = true)]
    pub growth: Option<String>,
    /// Price with the rates of this month [default: those of today]
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// Exit with code 4 when something has no price
    #[arg(long)]
    pub strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
}
