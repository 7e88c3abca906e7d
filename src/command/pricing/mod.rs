//! `gwcost pricing`: what is known of prices, from where, and how to know more.

mod check;
mod diff;
mod list;
mod show;
mod update;

use gwcost_core::pricing::{Meter, UnknownMeter};
use gwcost_core::text::did_you_mean;
use serde::Serialize;

use super::CommandError;
use super::context::Context;
use super::output::to_stdout;
use crate::analysis::Catalog;
use crate::cli::{PricingArgs, PricingCommand};
use crate::exit::Exit;

/// Runs `gwcost pricing`.
pub fn run(context: &Context, arguments: &PricingArgs) -> Result<Exit, CommandError> {
    match &arguments.command {
        PricingCommand::List { format } => list::run(context, *format),
        PricingCommand::Show(arguments) => show::run(context, arguments),
        PricingCommand::Update(arguments) => update::run(context, arguments),
        PricingCommand::Diff(arguments) => diff::run(context, arguments),
        PricingCommand::Check(arguments) => check::run(context, arguments),
    }
}

/// Refuses a region without a card, with the nearest one that has one.
fn check_region(catalog: &Catalog, region: &str) -> Result<(), CommandError> {
    if catalog.card(region).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = catalog.cards().map(|(_, card)| card.region.as_str()).collect();
    let hint = did_you_mean(region, known);
    Err(CommandError::Usage(format!(
        "no rate card for region {region:?}: `gwcost pricing list` shows what there is{hint}"
    )))
}

fn meter(typed: &str) -> Result<Meter, CommandError> {
    typed.parse().map_err(|error: UnknownMeter| CommandError::flag("--meter")(error.to_string()))
}

fn print_text(text: &str) -> Result<(), CommandError> {
    to_stdout(|out| out.write_all(text.as_bytes()))
}

fn print_json(figures: &impl Serialize) -> Result<(), CommandError> {
    to_stdout(|out| {
        serde_json::to_writer(&mut *out, figures)?;
        out.write_all(b"\n")
    })
}
