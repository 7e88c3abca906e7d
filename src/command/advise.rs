//! `gwcost advise`: what all analyses recommend, ranked, printed.

use super::CommandError;
use super::cache::found;
use super::context::Context;
use super::output::{terminal, to_stdout};
use crate::analysis::advise::advise;
use crate::analysis::waste::{WasteQuestion, waste};
use crate::analysis::{Filters, ThrottleQuestion, throttle};
use crate::cli::{AdviceFormat, AdviseArgs, CacheArgs, Selection};
use crate::exit::Exit;
use crate::lake::{latest_settings, snapshots};
use crate::report;

/// Runs `gwcost advise`.
pub fn run(context: &Context, arguments: &AdviseArgs) -> Result<Exit, CommandError> {
    let window = context.window(&arguments.window)?;
    let selection = Selection { rates_at: arguments.rates_at.clone(), ..Selection::default() };
    let question = WasteQuestion {
        window,
        filters: Filters::default(),
        metering: context.metering(&selection)?,
        settings: None,
    };
    let pricing = context.pricing(&selection)?;
    let caches = CacheArgs {
        backend_cost: arguments.backend_cost.clone(),
        lambda_memory: arguments.lambda_memory,
        rates_at: arguments.rates_at.clone(),
        ..CacheArgs::of(window.from_rfc3339(), window.to_rfc3339())
    };
    let cached = found(context, &caches)?;
    let answer = context.ask_lake(|lake| {
        let settings = latest_settings(lake.root())?;
        let history = snapshots(lake.root())?;
        let question = WasteQuestion { settings: settings.as_ref(), ..question.clone() };
        let wasted = waste(lake, &pricing.queries, &pricing.catalog, &question)?;
        let limits =
            ThrottleQuestion { window, filters: Filters::default(), settings: &history, typed: None };
        let limits = throttle(lake, &limits)?;
        Ok(advise(&wasted, &cached, &limits, Vec::new()))
    })?;
    to_stdout(|out| match arguments.format {
        AdviceFormat::Table => out.write_all(report::advise::document(&answer).text(&terminal()).as_bytes()),
        AdviceFormat::Json => report::advise::json(&answer, out),
        AdviceFormat::Markdown => out.write_all(report::advise::markdown(&answer).as_bytes()),
        AdviceFormat::Sarif => report::advise::sarif(&answer, out),
    })?;
    Ok(Exit::Done)
}
