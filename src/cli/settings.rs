//! What `gwcost ingest settings:` takes, as typed.

use std::path::PathBuf;

use clap::Args;

/// Where settings come from, and where else they go.
#[derive(Clone, Debug, Default, Args)]
pub struct SettingsArgs {
    /// With `settings:`, a saved snapshot to read instead of asking AWS
    #[arg(long, value_name = "FILE", conflicts_with = "save_settings")]
    pub settings: Option<PathBuf>,
    /// With `settings:`, also write what was read to this file (- for standard output), for use offline
    #[arg(long, value_name = "FILE")]
    pub save_settings: Option<PathBuf>,
}
