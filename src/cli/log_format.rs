//! `gwcost log-format`, as typed.

use clap::{Args, Subcommand, ValueEnum};

use super::{RoutesArgs, SummaryFormat};

/// Check, suggest, guess or list access-log formats, and the routes that paths make.
#[derive(Debug, Args)]
pub struct LogFormatArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LogFormatCommand,
}

/// The verbs of `log-format`.
#[derive(Debug, Subcommand)]
pub enum LogFormatCommand {
    /// Say what the analyses can and cannot do with a format
    Check {
        /// A string with $context variables, a file that holds one, a preset, or - for standard input
        #[arg(value_name = "STRING|FILE|PRESET", default_value = "-")]
        format: String,
        /// The kind of API: rest, http or websocket; a preset knows its own
        #[arg(long, value_name = "KIND")]
        api_kind: Option<String>,
        /// How to print the findings
        #[arg(long = "format", id = "output", value_enum, default_value_t = SummaryFormat::Text)]
        output: SummaryFormat,
    },
    /// Print the recommended format: valid JSON in every case, with every field that is kept
    Suggest {
        /// The kind of API: rest, http or websocket
        kind: String,
        /// What to print it for
        #[arg(long = "as", value_enum, default_value_t = SnippetForm::Text)]
        form: SnippetForm,
    },
    /// Propose a format from the lines of a log; exits with 3 if they leave it open
    Guess {
        /// A file, folder or glob, or - for standard input
        file: String,
        /// How many lines to look at
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
        lines: u32,
        /// How to print the proposal
        #[arg(long = "format", id = "output", value_enum, default_value_t = SummaryFormat::Text)]
        output: SummaryFormat,
    },
    /// Show the routes that paths make, and patterns for gwcost.toml that keep them
    Routes(RoutesArgs),
    /// List all presets: name, kind of API and each string that the name stands for
    List,
}

/// What a recommended format is printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SnippetForm {
    /// The string alone.
    Text,
    /// HCL.
    Terraform,
    /// YAML.
    #[value(name = "cloudformation")]
    CloudFormation,
    /// TypeScript.
    Cdk,
    /// YAML with SAM's resources.
    Sam,
}
