//! `gwcost demo`, as typed.

use std::path::PathBuf;

use clap::Args;

/// Run the whole job on a generated example.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder for logs, lake and report
    #[arg(long, value_name = "DIR", default_value = "gwcost-demo")]
    pub dir: PathBuf,
    /// Requests to generate: 200000, 200k, 10M
    #[arg(long, value_name = "COUNT", default_value = "200k")]
    pub requests: String,
    /// The same seed makes the same bytes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// The month that the traffic is from
    #[arg(long, value_name = "YYYY-MM", default_value = "2026-10")]
    pub month: String,
    /// Write only an access log of one API to this file (- for standard output; .gz compresses)
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format of that log
    #[arg(long, value_name = "STRING", requires = "output", conflicts_with = "format_file")]
    pub format_string: Option<String>,
    /// A file that holds the format of that log
    #[arg(long, value_name = "FILE", requires = "output")]
    pub format_file: Option<PathBuf>,
    /// The kind of API of that log: rest, http or websocket
    #[arg(long, value_name = "KIND", requires = "output", default_value = "rest")]
    pub api_kind: String,
}
