//! One file for each verb: it opens inputs, calls the rooms and chooses the output.
//!
//! The clock is read here, once, and handed down; nothing below knows what time it is.

mod advise;
mod analyze;
mod anomalies;
mod assets;
mod bill;
mod cache;
mod chargeback;
mod context;
mod demo;
mod diff;
mod doctor;
mod error;
mod estimate;
mod forecast;
pub mod ingest;
mod lake;
mod log_format;
mod log_format_routes;
mod log_format_routes_output;
mod output;
mod pricing;
mod progress;
mod report;
mod service;
mod targets;
mod throttle;
mod waste;

pub use error::CommandError;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use context::Context;

/// Runs what was typed.
///
/// # Errors
/// [`CommandError`]; its [`exit`](CommandError::exit) is the exit code.
pub fn run(cli: Cli) -> Result<Exit, CommandError> {
    if let Command::Doctor(arguments) = &cli.command {
        // It looks at what the others take for granted.
        return doctor::run(&cli.global, arguments);
    }
    let context = Context::new(&cli.global)?;
    match cli.command {
        Command::Demo(arguments) => demo::run(&context, &arguments),
        Command::Ingest(arguments) => ingest::run(&context, &arguments),
        Command::Analyze(arguments) => analyze::run(&context, &arguments),
        Command::Cache(arguments) => cache::run(&context, &arguments),
        Command::Bill(arguments) => bill::run(&context, &arguments),
        Command::Chargeback(arguments) => chargeback::run(&context, &arguments),
        Command::Diff(arguments) => diff::run(&context, &arguments),
        Command::Forecast(arguments) => forecast::run(&context, &arguments),
        Command::Anomalies(arguments) => anomalies::run(&context, &arguments),
        Command::Waste(arguments) => waste::run(&context, &arguments),
        Command::Service(arguments) => service::run(&context, &arguments),
        Command::Advise(arguments) => advise::run(&context, &arguments),
        Command::Estimate(arguments) => estimate::run(&context, &arguments),
        Command::Report(arguments) => report::run(&context, &arguments),
        Command::Throttle(arguments) => throttle::run(&context, &arguments),
        Command::LogFormat(arguments) => log_format::run(&context, &arguments),
        Command::Lake(arguments) => lake::run(&context, &arguments),
        Command::Pricing(arguments) => pricing::run(&context, &arguments),
        Command::Assets(arguments) => assets::run(&context, &arguments),
        Command::Doctor(arguments) => doctor::run(&cli.global, &arguments),
    }
}
