//! `gwcost placement`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{OutputFormat, WindowArgs};

/// Compare edge, regional, private, CloudFront in front, HTTP APIs and other regions.
#[derive(Debug, Args)]
pub struct PlacementArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only accounts that match (a glob, as are the next three)
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
    /// A country database in MMDB format [default: `geoip` in gwcost.toml, else what `gwcost geo install` put in
    /// place]
    #[arg(long, value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// TTLs to replay for a cache of CloudFront's, in seconds
    #[arg(long, value_name = "LIST", default_value = "60,3600")]
    pub ttl: String,
    /// Zones of a private API's endpoint
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=6))]
    pub zones: u32,
    /// How many times smaller text becomes by compression
    #[arg(long, value_name = "RATIO", default_value = "3")]
    pub compression_ratio: String,
    /// Bytes that an HTTP API's 512 KB increments are counted from: response, max (of request and
    /// response) or sum [default: response]
    #[arg(long, value_name = "WAY", env = "GWCOST_HTTP_METERING", hide_env_values = true)]
    pub http_metering: Option<String>,
    /// Price every month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// What is configured: a snapshot of settings as JSON [default: the settings that the lake holds]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Memory for the keys of replays; beyond it a sample of them is replayed
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    pub memory: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
