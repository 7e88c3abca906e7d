//! `gwcost assets`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Show or export rate cards, queries and templates.
#[derive(Debug, Args)]
pub struct AssetsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: AssetsCommand,
}

/// The verbs of `assets`.
#[derive(Debug, Subcommand)]
pub enum AssetsCommand {
    /// List all files and where they come from
    List,
    /// Print one file
    Show {
        /// queries/usage.sql, or usage.sql
        name: String,
    },
    /// Copy the embedded files into a folder, to be changed and given with --assets
    Export {
        /// The folder; files that exist are left alone
        dir: PathBuf,
    },
}
