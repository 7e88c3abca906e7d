//! `gwcost lake`, as typed.

use clap::{Args, Subcommand, ValueEnum};

use super::{SummaryFormat, WindowArgs};

/// List, verify, compact, forget or upgrade what the lake holds.
#[derive(Debug, Args)]
pub struct LakeArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: LakeCommand,
}

/// The verbs of `lake`.
#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// List the units: what was read, how, and what came of it
    ///
    /// Without a window all units are listed, with one those that have requests in it. Times are UTC.
    List(LakeListArgs),
    /// Read every committed file again and compare it with its record; exits with 3 if something is wrong
    ///
    /// Looks at records, footers, sizes, counts, times, order and days, at files that are missing or that no
    /// record lists, and for requests that are there twice. Nothing is changed. Keys of the day at hand are
    /// kept in the folder for temporary files.
    Verify {
        /// How to print the findings
        #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
        format: SummaryFormat,
    },
    /// Write the files of closed days anew: few, large and sorted
    ///
    /// A UTC day is closed when it ended at least 24 hours ago. A closed day with several files is written
    /// into files of 64 to 256 MB (one, where there is less), sorted by time, unit and place in the unit.
    /// Figures stay what they are. The old files go when the new ones are committed, so a day needs as much
    /// room again while it is written. Stopped at any moment, the same command goes on.
    Compact(LakeCompactArgs),
    /// Take units, or all days before one, out of the lake
    ///
    /// This cannot be undone, so without --yes nothing is taken out: what would be is shown, and the exit
    /// code is 2. With --dry-run it is 0.
    ///
    /// What was read from a SOURCE, or a --unit, goes with its rows and rejects and is forgotten: the next
    /// ingest of it reads it again. --before DAY is for data that is too old to keep: its rows go, with the
    /// rejects of units that lie before DAY as a whole, but the lake remembers having read them, so that the
    /// next ingest of the same folder does not bring them back. (A file that has grown since is read again as
    /// a whole.)
    ///
    /// A request that two inputs hold is kept once, from the input that was read first. If that one is
    /// forgotten, the request is gone; units that may have left out such requests are named.
    Forget(LakeForgetArgs),
    /// Bring a lake of an older gwcost up to date
    Upgrade {
        /// How to print what was done
        #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
        format: SummaryFormat,
    },
}

/// List the units.
#[derive(Debug, Args)]
pub struct LakeListArgs {
    /// The window.
    #[command(flatten)]
    pub window: WindowArgs,
    /// How to print the list
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a terminal.
    Table,
    /// For programs.
    Json,
}

/// Write the files of closed days anew: few, large and sorted.
#[derive(Debug, Args)]
pub struct LakeCompactArgs {
    /// Only days before this one (a date); days that are not closed are left alone in any case
    #[arg(long, value_name = "DAY")]
    pub before: Option<String>,
    /// Only say what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub format: SummaryFormat,
}

/// Take units, or all days before one, out of the lake.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["sources", "before", "units"]))]
pub struct LakeForgetArgs {
    /// Sources as `lake list` shows them: a file, a folder for everything below it, a glob, or - for
    /// standard input
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// All rows of the UTC days before this one (a date)
    #[arg(long, value_name = "DAY")]
    pub before: Option<String>,
    /// A unit by its number, as `lake list` shows it; repeat for several
    #[arg(long = "unit", id = "units", value_name = "NUMBER")]
    pub units: Vec<i64>,
    /// Only say what would be taken out
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Take it out
    #[arg(long)]
    pub yes: bool,
    /// How to print what goes
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub format: SummaryFormat,
}
