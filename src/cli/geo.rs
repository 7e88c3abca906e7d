//! `gwcost geo`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Put a country database in place, or say which one there is.
#[derive(Debug, Args)]
pub struct GeoArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: GeoCommand,
}

/// The verbs of `geo`.
#[derive(Debug, Subcommand)]
pub enum GeoCommand {
    /// Load DB-IP's country lite (CC BY 4.0), or take over a file
    Install(GeoInstallArgs),
    /// Say which database is used, and how old it is
    Show {
        /// A country database in MMDB format, to look at instead
        #[arg(long, value_name = "FILE")]
        geoip: Option<PathBuf>,
    },
}

/// Load DB-IP's country lite (CC BY 4.0), or take over a file.
#[derive(Debug, Args)]
pub struct GeoInstallArgs {
    /// Take over this file (MMDB, plain or gzip) instead of loading one
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Where to load from instead of the publisher
    #[arg(long, value_name = "URL", hide = true, conflicts_with = "from")]
    pub url: Option<String>,
}
