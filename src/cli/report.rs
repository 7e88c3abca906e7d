//! `gwcost report`, as typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Compare with the period before (previous), with a month as 2026-08, or with nothing (none); equal
    /// numbers of days are compared
    #[arg(long, value_name = "PERIOD", default_value = "previous")]
    pub compare: String,
    /// Files to write, by ending: .html, .md, .json, .csv, .txt; a folder for all of them; - for standard
    /// output; repeat for several [default: gwcost-report-FROM-TO.html]
    #[arg(long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// What is written to standard output or into a folder
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<ReportForm>,
    /// What a page looks like: monthly, executive, pull-request, slack, email, or a file of your own
    #[arg(long, value_name = "NAME|FILE", default_value = "monthly")]
    pub template: String,
    /// The time zone in which days and hours are shown: UTC, an offset as +02:00, or a name as Europe/Berlin;
    /// billing months stay UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub timezone: String,
    /// Print the JSON Schema of what templates see
    #[arg(long)]
    pub explain_view: bool,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportForm {
    /// A page.
    Html,
    /// For issues and wikis.
    Md,
    /// For programs.
    Json,
    /// For spreadsheets: the endpoints.
    Csv,
    /// For a terminal or a mail.
    Txt,
}
