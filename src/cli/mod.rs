//! What can be typed. What it means is decided in `command`.

mod advise;
mod analyze;
mod assets;
mod aws;
mod bill;
mod cache;
mod chargeback;
mod check;
mod demo;
mod diff;
mod doctor;
mod estimate;
mod export;
mod forecast;
mod geo;
mod ingest;
mod lake;
mod log_format;
mod log_format_routes;
mod placement;
mod pricing;
mod query;
mod report;
mod settings;
mod shell;
mod throttle;
mod window;

pub use advise::{AdviceFormat, AdviseArgs, ServiceArgs, WasteArgs};
pub use analyze::{AnalyzeArgs, OutputFormat, Selection};
pub use assets::{AssetsArgs, AssetsCommand};
pub use aws::AwsArgs;
pub use bill::BillArgs;
pub use cache::CacheArgs;
pub use chargeback::ChargebackArgs;
pub use check::{CheckArgs, CheckFormat};
pub use demo::DemoArgs;
pub use diff::DiffArgs;
pub use doctor::DoctorArgs;
pub use estimate::EstimateArgs;
pub use export::{DialectArg, ExportArgs, FocusArg};
pub use forecast::{AnomaliesArgs, ForecastArgs};
pub use geo::{GeoArgs, GeoCommand, GeoInstallArgs};
pub use ingest::{IngestArgs, SummaryFormat};
pub use lake::{LakeArgs, LakeCommand, LakeCompactArgs, LakeForgetArgs, LakeListArgs, ListFormat};
pub use log_format::{LogFormatArgs, LogFormatCommand, SnippetForm};
pub use log_format_routes::{RoutesArgs, RoutesFormat};
pub use placement::PlacementArgs;
pub use pricing::{
    PricingArgs, PricingCheckArgs, PricingCommand, PricingDiffArgs, PricingShowArgs, PricingUpdateArgs,
};
pub use query::{QueryArgs, QueryFormat};
pub use report::{ReportArgs, ReportForm};
pub use settings::SettingsArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use throttle::ThrottleArgs;
pub use window::WindowArgs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// What every endpoint behind Amazon API Gateway costs, from its own access logs.
#[derive(Debug, Parser)]
#[command(name = "gwcost", version, max_term_width = 100)]
pub struct Cli {
    /// What to do; without any, what there is is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Folder of the lake, or s3://bucket/lake [default: `lake` in gwcost.toml, else ./gwcost-lake]
    #[arg(long, global = true, env = "GWCOST_LAKE", value_name = "PLACE", hide_env_values = true)]
    pub lake: Option<PathBuf>,
    /// Configuration file to use instead of ./gwcost.toml and the user's own
    #[arg(long, global = true, env = "GWCOST_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Folder whose pricing/, queries/ and templates/ replace embedded files of the same name
    #[arg(long, global = true, value_name = "DIR")]
    pub assets: Option<PathBuf>,
    /// Time that counts as now, so that a run can be repeated (a date or an RFC 3339 time)
    #[arg(long, global = true, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Show every column of a table, whatever the width of the terminal
    #[arg(long, global = true)]
    pub wide: bool,
    /// Say more (-v, -vv, -vvv); GWCOST_LOG does the same in more detail
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole job on a generated example; no set-up needed
    Demo(DemoArgs),
    /// Read access logs into the lake
    Ingest(IngestArgs),
    /// Show what requests cost
    Analyze(AnalyzeArgs),
    /// Hold figures to limits: exit code 10 names what failed
    Check(CheckArgs),
    /// Show whether caches pay, and what others would do
    Cache(CacheArgs),
    /// Show a bill as AWS lays it out: by account, region, meter and tier
    Bill(BillArgs),
    /// Share a month's bill out to customers: usage plans, keys, tenants, teams
    Chargeback(ChargebackArgs),
    /// Show what changed between two months, windows or deployments, and why
    Diff(DiffArgs),
    /// Say what this month and the next will cost
    Forecast(ForecastArgs),
    /// Find hours that leave their own season, with cause and cost
    Anomalies(AnomaliesArgs),
    /// Show what need not have been paid: errors, retries, robots, idle caches, ...
    Waste(WasteArgs),
    /// Show errors, availability and latency beside cost
    Service(ServiceArgs),
    /// Say what to do about the bill, ranked by dollars a month
    Advise(AdviseArgs),
    /// Price an API that is not built yet
    Estimate(EstimateArgs),
    /// Write tables for dashboards, or FOCUS
    Export(ExportArgs),
    /// Run SQL over the lake
    Query(QueryArgs),
    /// Write a report as HTML, Markdown, JSON, CSV or text
    Report(ReportArgs),
    /// Show how far requests are from the first 429
    Throttle(ThrottleArgs),
    /// Compare edge, regional, private, CloudFront in front, HTTP APIs and other regions
    Placement(PlacementArgs),
    /// Put a country database in place, or say which one there is
    Geo(GeoArgs),
    /// Check, suggest, guess or list access-log formats
    LogFormat(LogFormatArgs),
    /// List, verify, compact, forget or upgrade what the lake holds
    Lake(LakeArgs),
    /// Say what is missing, and how to get it
    Doctor(DoctorArgs),
    /// Look at rate cards, compare them, bring them up to date
    Pricing(PricingArgs),
    /// Show or export rate cards, queries and templates
    Assets(AssetsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}
