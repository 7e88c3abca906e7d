//! `gwcost placement`: where an API could stand, what that would cost, and how far it would be from its callers.

use rust_decimal::Decimal;

use super::CommandError;
use super::cache::{bytes, longest_shared, ttls};
use super::context::{Context, filters};
use super::geo::countries;
use super::output::{terminal, to_stdout};
use crate::analysis::placement::{PlacementQuestion, placement};
use crate::cli::{OutputFormat, PlacementArgs, Selection};
use crate::exit::Exit;
use crate::lake::latest_settings;
use crate::report::placement::{csv, json, markdown, text};
use crate::source::read_settings;

/// Runs `gwcost placement`.
pub fn run(context: &Context, arguments: &PlacementArgs) -> Result<Exit, CommandError> {
    let selection = Selection {
        account: arguments.account.clone(),
        region: arguments.region.clone(),
        api: arguments.api.clone(),
        stage: arguments.stage.clone(),
        http_metering: arguments.http_metering.clone(),
        rates_at: arguments.rates_at.clone(),
        ..Selection::default()
    };
    let mut question = PlacementQuestion {
        window: context.window(&arguments.window)?,
        now_ms: context.now_ms,
        filters: filters(&selection)?,
        metering: context.metering(&selection)?,
        ttls: ttls("--ttl", &arguments.ttl, longest_shared())?,
        memory: bytes("--memory", &arguments.memory)?,
        zones: arguments.zones,
        compression_ratio: ratio(&arguments.compression_ratio)?,
        settings: arguments.settings.as_deref().map(read_settings).transpose()?,
    };
    let mut pricing = context.pricing(&selection)?;
    pricing.queries.know(countries(context, arguments.geoip.as_deref())?);
    let given = question.settings.is_some();
    let mut answer = context.ask_lake(|lake| {
        if !given {
            question.settings = latest_settings(lake.root())?;
        }
        Ok(placement(lake, &pricing.queries, &pricing.catalog, &question)?)
    })?;
    answer.overrides = pricing.overrides;
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(text(&answer, &terminal()).as_bytes()),
        OutputFormat::Json => json(&answer, out),
        OutputFormat::Csv => csv(&answer, out),
        OutputFormat::Markdown => out.write_all(markdown(&answer).as_bytes()),
    })?;
    Ok(Exit::Done)
}

fn ratio(typed: &str) -> Result<Decimal, CommandError> {
    let wrong = || {
        let problem = format!("{typed:?} is no ratio: expected a number of 1 and more, as in 3 or 2.5");
        CommandError::flag("--compression-ratio")(problem)
    };
    let ratio: Decimal = typed.trim().parse().map_err(|_| wrong())?;
    (ratio >= Decimal::ONE).then_some(ratio).ok_or_else(wrong)
}
