//! `gwcost pricing`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ListFormat;

/// Look at rate cards, compare them, bring them up to date.
#[derive(Debug, Args)]
pub struct PricingArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: PricingCommand,
}

/// The verbs of `pricing`.
#[derive(Debug, Subcommand)]
pub enum PricingCommand {
    /// List the regions with what is known of each
    List {
        /// How to print the list
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Show the rates of a region with their sources
    Show(PricingShowArgs),
    /// Read AWS's public price list into rate cards of your own
    Update(PricingUpdateArgs),
    /// Show what two rate cards say differently
    Diff(PricingDiffArgs),
    /// Name what has no rate, and rates that are old
    Check(PricingCheckArgs),
}

/// Show the rates of a region with their sources.
#[derive(Debug, Args)]
pub struct PricingShowArgs {
    /// The region, as eu-west-1; cloudfront-eu and the like are CloudFront's geographies
    pub region: String,
    /// Only this meter
    #[arg(long, value_name = "METER")]
    pub meter: Option<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
}

/// Read AWS's public price list into rate cards of your own.
#[derive(Debug, Args)]
pub struct PricingUpdateArgs {
    /// Read these files (JSON or CSV) instead of the network
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub from: Vec<PathBuf>,
    /// Only this region; may be given several times
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Only this service's list from the network; may be given several times: AmazonApiGateway, AWSLambda,
    /// AmazonCloudWatch, awswaf, AWSXRay, AWSDataTransfer [default: all of them]
    #[arg(long, value_name = "OFFER", conflicts_with = "from")]
    pub offer: Vec<String>,
    /// Say what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the list is, instead of AWS
    #[arg(long, env = "GWCOST_PRICE_LIST_URL", value_name = "URL", hide = true)]
    pub url: Option<String>,
}

/// Show what two rate cards say differently.
#[derive(Debug, Args)]
pub struct PricingDiffArgs {
    /// A rate card's file, or a region for the card in use
    pub one: String,
    /// Another one [default: the card that gwcost came with]
    pub other: Option<String>,
    /// How to print the differences
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
}

/// Name what has no rate, and rates that are old.
#[derive(Debug, Args)]
pub struct PricingCheckArgs {
    /// Only this region; may be given several times
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// A rate is old when it was seen longer ago: 180d, 26w
    #[arg(long, value_name = "LENGTH", default_value = "180d")]
    pub older_than: String,
    /// Exit with code 4 when something is named
    #[arg(long)]
    pub strict: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
}
