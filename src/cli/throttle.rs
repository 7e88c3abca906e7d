//! `gwcost throttle`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{OutputFormat, WindowArgs};

/// Show how far requests are from the first 429.
#[derive(Debug, Args)]
pub struct ThrottleArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only limits that requests of matching APIs meet (a glob, as are the next two)
    #[arg(long, value_name = "GLOB")]
    pub api: Option<String>,
    /// Only limits that requests of matching stages meet
    #[arg(long, value_name = "GLOB")]
    pub stage: Option<String>,
    /// Only limits that requests with matching API keys (ids) meet
    #[arg(long, value_name = "GLOB")]
    pub key: Option<String>,
    /// A snapshot of settings, with the limits that are set [default: those that the lake holds]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Replay a limit that nobody has set yet: requests a second, as 100 or 0.5
    #[arg(long, value_name = "RATE", requires = "burst", requires = "scope")]
    pub rate: Option<String>,
    /// Its burst: requests at once
    #[arg(long, value_name = "BURST", requires = "rate")]
    pub burst: Option<u64>,
    /// What it is for: account, stage, method or key
    #[arg(long, value_name = "SCOPE", requires = "rate")]
    pub scope: Option<String>,
    /// Exit with code 10 when traffic may grow less than this, as 2x, until a limit refuses
    #[arg(long, value_name = "FACTOR")]
    pub fail_below: Option<String>,
    /// Also draw the tightest limit, as SVG: tokens left around its lowest moment, the frontier, the week's rhythm
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
