//! `gwcost report`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::{Selection, WindowArgs};

/// Write a report.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// What to show.
    #[command(flatten)]
    pub selection: Selection,
    /// Files to write, by ending: .html, .md, .json, .csv, .txt; repeat for several
    /// [default: gwcost-report-FROM-TO.html]
    #[arg(long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
}
