//! `gwcost forecast`: what the running month and the next will cost, printed.

use super::CommandError;
use super::context::{Context, filters};
use super::output::{say, terminal, to_stdout};
use crate::analysis::forecast::{ForecastQuestion, forecast};
use crate::cli::{ForecastArgs, OutputFormat};
use crate::exit::Exit;
use crate::report;

/// Runs `gwcost forecast`.
pub fn run(context: &Context, arguments: &ForecastArgs) -> Result<Exit, CommandError> {
    let question = ForecastQuestion {
        now_ms: context.now_ms,
        filters: filters(&arguments.selection)?,
        metering: context.metering(&arguments.selection)?,
        limits: context.config.route_limits(),
    };
    let pricing = context.pricing(&arguments.selection)?;
    let answer =
        context.ask_lake(|lake| Ok(forecast(lake, &pricing.queries, &pricing.catalog, &question)?))?;
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => {
            out.write_all(report::forecast::document(&answer).text(&terminal()).as_bytes())
        }
        OutputFormat::Json => report::forecast::json(&answer, out),
        OutputFormat::Csv => report::forecast::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::forecast::document(&answer).markdown().as_bytes()),
    })?;
    if arguments.selection.strict && !answer.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}
