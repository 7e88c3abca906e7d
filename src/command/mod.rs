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
mod check;
mod context;
mod demo;
mod diff;
mod doctor;
mod error;
mod estimate;
mod export;
mod forecast;
mod geo;
pub mod ingest;
mod lake;
mod log_format;
mod log_format_routes;
mod log_format_routes_output;
mod output;
mod overview;
mod placement;
mod pricing;
mod progress;
mod query;
mod report;
mod service;
mod shell;
mod targets;
mod throttle;
mod timezone;
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
    if cli.global.wide {
        output::widen();
    }
    match &cli.command {
        // It looks at what the others take for granted.
        Some(Command::Doctor(arguments)) => return doctor::run(&cli.global, arguments),
        // These need nothing but what can be typed.
        Some(Command::Completions(arguments)) => return shell::completions(arguments),
        Some(Command::Man(arguments)) => return shell::man(arguments),
        _ => {}
    }
    let context = Context::new(&cli.global)?;
    let Some(command) = cli.command else { return overview::run(&context) };
    match command {
        Command::Demo(arguments) => demo::run(&context, &arguments),
        Command::Ingest(arguments) => ingest::run(&context, &arguments),
        Command::Analyze(arguments) => analyze::run(&context, &arguments),
        Command::Check(arguments) => check::run(&context, &arguments),
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
        Command::Export(arguments) => export::run(&context, &arguments),
        Command::Query(arguments) => query::run(&context, &arguments),
        Command::Report(arguments) => report::run(&context, &arguments),
        Command::Throttle(arguments) => throttle::run(&context, &arguments),
        Command::Placement(arguments) => placement::run(&context, &arguments),
        Command::Geo(arguments) => geo::run(&context, &arguments),
        Command::LogFormat(arguments) => log_format::run(&context, &arguments),
        Command::Lake(arguments) => lake::run(&context, &arguments),
        Command::Pricing(arguments) => pricing::run(&context, &arguments),
        Command::Assets(arguments) => assets::run(&context, &arguments),
        Command::Doctor(arguments) => doctor::run(&cli.global, &arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    }
}
