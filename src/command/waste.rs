//! `gwcost waste`: what need not have been paid, printed.

use super::CommandError;
use super::context::{Context, filters};
use super::output::{say, terminal, to_stdout};
use crate::analysis::waste::{WasteQuestion, waste};
use crate::cli::{OutputFormat, WasteArgs};
use crate::exit::Exit;
use crate::lake::latest_settings;
use crate::report;

/// Runs `gwcost waste`.
pub fn run(context: &Context, arguments: &WasteArgs) -> Result<Exit, CommandError> {
    let question = WasteQuestion {
        window: context.window(&arguments.window)?,
        filters: filters(&arguments.selection)?,
        metering: context.metering(&arguments.selection)?,
        settings: None,
    };
    let pricing = context.pricing(&arguments.selection)?;
    let answer = context.ask_lake(|lake| {
        let settings = latest_settings(lake.root())?;
        let question = WasteQuestion { settings: settings.as_ref(), ..question.clone() };
        Ok(waste(lake, &pricing.queries, &pricing.catalog, &question)?)
    })?;
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(report::waste::document(&answer).text(&terminal()).as_bytes()),
        OutputFormat::Json => report::waste::json(&answer, out),
        OutputFormat::Csv => report::waste::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::waste::document(&answer).markdown().as_bytes()),
    })?;
    if arguments.selection.strict && !answer.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}
