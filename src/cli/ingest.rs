//! `gwcost ingest`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AwsArgs, SettingsArgs, WindowArgs};

/// Read access logs into the lake.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Files, folders, globs, s3://bucket/prefix, or - for standard input, plain, gzip, zstd, bzip2, snappy
    /// or zip; logs:GROUP (a name or an ARN) for a log group of CloudWatch Logs; settings: for what API
    /// Gateway is configured as; metrics: for what CloudWatch counted
    #[arg(required_unless_present = "discover", value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// Read the settings of every account and region, the log groups that their stages name, in the formats
    /// that they name, and the metrics
    #[arg(long, conflicts_with_all = ["preset", "format_string", "format_file", "api_kind", "account", "region", "api", "stage"])]
    pub discover: bool,
    /// A format by name, as rest-json, http-clf or serverless-rest; a wrong name lists them all
    #[arg(long, value_name = "NAME", group = "log_format")]
    pub preset: Option<String>,
    /// The stage's access-log format, a string with $context variables
    #[arg(long, value_name = "STRING", group = "log_format")]
    pub format_string: Option<String>,
    /// A file that holds it
    #[arg(long, value_name = "FILE", group = "log_format")]
    pub format_file: Option<PathBuf>,
    /// The account that owns the API, for lines that do not say it
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The API's region, for lines that do not say it
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The API's id, for lines that do not say it
    #[arg(long, value_name = "ID")]
    pub api: Option<String>,
    /// The stage, for lines that do not say it
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    /// The kind of API: rest, http or websocket; a preset knows its own
    #[arg(long, value_name = "KIND")]
    pub api_kind: Option<String>,
    /// How events stand in the inputs, where their beginning does not say it: lines, objects,
    /// envelopes, export, tail, insights-csv, insights-json, table
    #[arg(long, value_name = "NAME")]
    pub framing: Option<String>,
    /// Keep client addresses whole instead of their /24 or /48
    #[arg(long)]
    pub keep_ip: bool,
    /// Read content again that the lake holds in another reading, and take that reading out
    #[arg(long)]
    pub replace: bool,
    /// Of log groups the hours of this window (default: the last 30 days), of s3:// only objects that may
    /// hold requests of it; files are read whole.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Say what fetching log groups and metrics will take (bytes, calls, time, what AWS charges), and fetch
    /// neither
    #[arg(long, conflicts_with = "replace")]
    pub estimate: bool,
    /// Who asks AWS, and where.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub format: SummaryFormat,
}

/// How the summary is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SummaryFormat {
    /// A few lines.
    Text,
    /// For programs.
    Json,
}
