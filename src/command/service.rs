//! `gwcost service`: quality of service beside cost, printed.

use super::CommandError;
use super::context::{Context, filters};
use super::output::{terminal, to_stdout};
use crate::analysis::parse_dimensions;
use crate::analysis::service::{ServiceQuestion, Thresholds, service};
use crate::cli::{OutputFormat, ServiceArgs};
use crate::exit::Exit;
use crate::report;

/// Runs `gwcost service`.
pub fn run(context: &Context, arguments: &ServiceArgs) -> Result<Exit, CommandError> {
    let question = ServiceQuestion {
        window: context.window(&arguments.window)?,
        by: parse_dimensions(&arguments.by)?,
        filters: filters(&arguments.selection)?,
        metering: context.metering(&arguments.selection)?,
        thresholds: Thresholds::default(),
    };
    let pricing = context.pricing(&arguments.selection)?;
    let answer = context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        Ok(service(lake, &queries, &pricing.catalog, &question)?)
    })?;
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(report::service::document(&answer).text(&terminal()).as_bytes()),
        OutputFormat::Json => report::service::json(&answer, out),
        OutputFormat::Csv => report::service::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::service::document(&answer).markdown().as_bytes()),
    })?;
    Ok(Exit::Done)
}
