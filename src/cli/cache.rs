//! `gwcost cache`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{OutputFormat, WindowArgs};

const TTLS: &str = "10,30,60,120,300,600,1200,1800,3600";
const METHODS: &str = "GET";
const AUTHORIZER_TTLS: &str = "0,60,300,900,3600";
const MEMORY: &str = "1GiB";

/// Show whether caches pay, and what others would do.
#[derive(Debug, Args)]
pub struct CacheArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only accounts that match (a glob, as are the next four)
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
    /// Only routes that match; `{id}` stands for itself
    #[arg(long, value_name = "GLOB")]
    pub route: Option<String>,
    /// TTLs to replay, in seconds
    #[arg(long, value_name = "LIST", default_value = TTLS)]
    pub ttl: String,
    /// Sizes to price, in GB; names all of them in the table [default: all eight, the best shown]
    #[arg(long, value_name = "LIST")]
    pub cache_size: Option<String>,
    /// Methods whose answers can be kept
    #[arg(long, value_name = "LIST", default_value = METHODS)]
    pub cache_methods: String,
    /// Fields of the cache key beside method and path: principal, key, client_network, user_agent,
    /// domain_name, base_path, vpc_endpoint
    #[arg(long, value_name = "LIST")]
    pub cache_key: Option<String>,
    /// What a call of the backend costs, in dollars
    #[arg(long, value_name = "DOLLARS", conflicts_with = "lambda_memory")]
    pub backend_cost: Option<String>,
    /// The backend is a Lambda function with so much memory
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(128..=10_240))]
    pub lambda_memory: Option<u32>,
    /// Result TTLs of authorizers to replay, in seconds
    #[arg(long, value_name = "LIST", default_value = AUTHORIZER_TTLS)]
    pub authorizer_ttl: String,
    /// The authorizer is a Lambda function with so much memory
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(128..=10_240))]
    pub authorizer_memory: Option<u32>,
    /// Replay a cache of your own in front of all kinds of API, such as CloudFront: any TTL, any size
    #[arg(long, conflicts_with = "cache_size")]
    pub shared_cache: bool,
    /// Price every month with the rates of this one
    #[arg(long, value_name = "YYYY-MM")]
    pub rates_at: Option<String>,
    /// What is configured: a snapshot of settings as JSON [default: the settings that the lake holds]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Memory for keys and entries; beyond it a sample of the keys is replayed
    #[arg(long, value_name = "SIZE", default_value = MEMORY)]
    pub memory: String,
    /// Also draw hit ratio and net dollars against the TTL, as SVG; for one stage
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

impl CacheArgs {
    /// What is asked when nothing is typed but a window.
    pub fn of(from: String, to: String) -> CacheArgs {
        CacheArgs {
            window: WindowArgs { from: Some(from), to: Some(to), ..WindowArgs::default() },
            account: None,
            region: None,
            api: None,
            stage: None,
            route: None,
            ttl: TTLS.to_owned(),
            cache_size: None,
            cache_methods: METHODS.to_owned(),
            cache_key: None,
            backend_cost: None,
            lambda_memory: None,
            authorizer_ttl: AUTHORIZER_TTLS.to_owned(),
            authorizer_memory: None,
            shared_cache: false,
            rates_at: None,
            settings: None,
            memory: MEMORY.to_owned(),
            chart: None,
            format: OutputFormat::Json,
        }
    }
}
