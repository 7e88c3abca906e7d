//! `gwcost diff`: two windows or deployments compared, printed.

use gwcost_core::model::{Month, Window, parse_instant};

use super::CommandError;
use super::context::{Context, filters};
use super::output::{say, terminal, to_stdout};
use crate::analysis::diff::{CALENDAR, Compared, DiffQuestion, diff};
use crate::analysis::{Dimension, parse_dimensions};
use crate::cli::{DiffArgs, OutputFormat};
use crate::exit::Exit;
use crate::report;

/// Rows of a table, unless `--top` says otherwise.
const TABLE_ROWS: usize = 20;

/// Runs `gwcost diff`.
pub fn run(context: &Context, arguments: &DiffArgs) -> Result<Exit, CommandError> {
    let by = parse_dimensions(&arguments.by)?;
    if let Some(calendar) = by.iter().find(|dimension| CALENDAR.contains(dimension)) {
        let problem =
            format!("{calendar} differs between any two windows: group by something that both have");
        return Err(CommandError::flag("--by")(problem));
    }
    let question = DiffQuestion {
        before: compared(context, arguments, &arguments.before)?,
        after: compared(context, arguments, &arguments.after)?,
        by,
        filters: filters(&arguments.selection)?,
        metering: context.metering(&arguments.selection)?,
    };
    let pricing = context.pricing(&arguments.selection)?;
    let answer = context.ask_lake(|lake| {
        let queries = context.named(&pricing.queries, lake)?;
        Ok(diff(lake, &queries, &pricing.catalog, &question)?)
    })?;
    let top = arguments.top.map_or(TABLE_ROWS, |top| top as usize);
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => {
            out.write_all(report::diff::document(&answer, top).text(&terminal()).as_bytes())
        }
        OutputFormat::Json => report::diff::json(&answer, out),
        OutputFormat::Csv => report::diff::csv(&answer, out),
        OutputFormat::Markdown => out.write_all(report::diff::document(&answer, top).markdown().as_bytes()),
    })?;
    if arguments.selection.strict && !answer.unpriced.is_empty() {
        say("error: some usage has no price, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}

/// What a word stands for.
fn compared(context: &Context, arguments: &DiffArgs, typed: &str) -> Result<Compared, CommandError> {
    let deployment = |only| Ok(Compared { window: context.window(&arguments.window)?, only: Some(only) });
    match typed {
        "base" | "canary" => return deployment((Dimension::Canary, typed.to_owned())),
        _ => {}
    }
    if let Some(id) = typed.strip_prefix("deployment:") {
        return deployment((Dimension::Deployment, id.to_owned()));
    }
    if let Some((from, to)) = typed.split_once("..") {
        let window = Window::new(parse_instant(from)?, parse_instant(to)?)?;
        return Ok(Compared { window, only: None });
    }
    let month: Month = typed.parse().map_err(|_| {
        let problem = format!(
            "{typed:?} is nothing to compare: expected a month as in 2026-10, days as in 2026-10-01..2026-10-08, \
             base, canary, or deployment:ID"
        );
        CommandError::Usage(problem)
    })?;
    Ok(Compared { window: month.window(), only: None })
}
