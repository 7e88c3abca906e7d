//! `gwcost anomalies`: hours that left their season, printed, and held to a gate.

use gwcost_core::model::{Window, parse_duration};
use rust_decimal::Decimal;

use super::CommandError;
use super::context::Context;
use super::output::{say, terminal, to_stdout};
use crate::analysis::anomalies::{AnomalyQuestion, anomalies};
use crate::cli::{AnomaliesArgs, OutputFormat, Selection};
use crate::exit::Exit;
use crate::report;

/// Runs `gwcost anomalies`.
pub fn run(context: &Context, arguments: &AnomaliesArgs) -> Result<Exit, CommandError> {
    let selection = Selection::default();
    let length =
        parse_duration(&arguments.since).map_err(|error| CommandError::flag("--since")(error.to_string()))?;
    let least = Decimal::from_str_exact(&arguments.least).ok().filter(|least| *least >= Decimal::ZERO);
    let least = least.ok_or_else(|| {
        let problem = format!("{:?} is no amount: expected one as in 0.50", arguments.least);
        CommandError::flag("--least")(problem)
    })?;
    let question = AnomalyQuestion {
        window: Window::new(context.now_ms.saturating_sub(length), context.now_ms)?,
        metering: context.metering(&selection)?,
        limits: context.config.route_limits(),
        least,
    };
    let pricing = context.pricing(&selection)?;
    let answer = context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        Ok(anomalies(lake, &queries, &pricing.catalog, &question)?)
    })?;
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => {
            out.write_all(report::anomalies::document(&answer).text(&terminal()).as_bytes())
        }
        OutputFormat::Json => report::anomalies::json(&answer, out),
        OutputFormat::Csv => report::anomalies::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::anomalies::document(&answer).markdown().as_bytes()),
    })?;
    if arguments.fail && !answer.found.is_empty() {
        let noun = if answer.found.len() == 1 { "anomaly" } else { "anomalies" };
        say(&format!("error: {} {noun}, and --fail was given", answer.found.len()));
        return Ok(Exit::Gate);
    }
    Ok(Exit::Done)
}
