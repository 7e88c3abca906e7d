//! `gwcost throttle`: limits replayed over the lake, printed, and held to a gate.

use std::path::Path;

use gwcost_core::model::limits::LimitScope;
use gwcost_core::model::settings::Limit;
use gwcost_core::simulate::TokenBucket;
use rust_decimal::Decimal;

use super::CommandError;
use super::context::Context;
use super::output::{say, terminal, to_file, to_stdout};
use crate::analysis::{Dimension, Filters, LimitHeadroom, ThrottleAnalysis, ThrottleQuestion, throttle};
use crate::assets::Folder;
use crate::cli::{OutputFormat, ThrottleArgs};
use crate::exit::Exit;
use crate::lake::snapshots;
use crate::report;
use crate::source::read_settings;

/// The template of the picture.
const CHART: &str = "line-chart.svg";

/// Runs `gwcost throttle`.
pub fn run(context: &Context, arguments: &ThrottleArgs) -> Result<Exit, CommandError> {
    let fail_below = arguments.fail_below.as_deref().map(factor).transpose()?;
    let typed = typed(arguments)?;
    let window = context.window(&arguments.window)?;
    let filters = filters(arguments)?;
    let given = arguments.settings.as_deref().map(read_settings).transpose()?;
    let analysis = context.ask_lake(|lake| {
        let settings = match &given {
            Some(file) => vec![file.clone()],
            None => snapshots(lake.root())?,
        };
        let question = ThrottleQuestion { window, filters: filters.clone(), settings: &settings, typed };
        Ok(throttle(lake, &question)?)
    })?;
    if let Some(path) = &arguments.chart {
        draw(context, &analysis, path)?;
    }
    to_stdout(|out| match arguments.format {
        OutputFormat::Table => out.write_all(report::throttle::table(&analysis, &terminal()).as_bytes()),
        OutputFormat::Json => report::throttle::json(&analysis, out),
        OutputFormat::Csv => report::throttle::csv(&analysis, out),
        OutputFormat::Markdown => out.write_all(report::throttle::markdown(&analysis).as_bytes()),
    })?;
    Ok(fail_below.map_or(Exit::Done, |least| verdict(&analysis, least)))
}

/// Draws the limit that leaves least room.
fn draw(context: &Context, analysis: &ThrottleAnalysis, path: &Path) -> Result<(), CommandError> {
    let Some(closest) = &analysis.closest else {
        let problem = "no limit is known that any request met: there is nothing to draw".to_owned();
        return Err(CommandError::flag("--chart")(problem));
    };
    let assets = context.assets.all(Folder::Templates)?;
    let templates: Vec<(String, String)> = assets.into_iter().map(|asset| (asset.name, asset.text)).collect();
    let picture = report::throttle::picture(analysis, closest);
    let svg = report::page::render(&picture, CHART, &templates)
        .map_err(|source| CommandError::Template { name: CHART.to_owned(), source: Box::new(source) })?;
    to_file(path, |out| out.write_all(svg.as_bytes()))
}

/// Exit code 10 where a limit leaves less room than was asked for.
fn verdict(analysis: &ThrottleAnalysis, least: Decimal) -> Exit {
    let room = |limit: &LimitHeadroom| limit.growth.map(|growth| growth.to_first_refusal);
    let tight: Vec<(&LimitHeadroom, Decimal)> = analysis
        .limits
        .iter()
        .filter_map(|limit| Some((limit, room(limit)?)))
        .filter(|(_, room)| *room < least)
        .collect();
    let unknown = analysis.limits.iter().filter(|limit| room(limit).is_none()).count();
    if unknown > 0 {
        say(&format!("--fail-below: {unknown} limits are not known and were not held to it"));
    }
    for (limit, room) in tight.iter().take(5) {
        let name = report::inert(&limit.id.name());
        say(&format!(
            "error: {} {name}: growth to the first refusal is {room}x, below {least}x",
            limit.id.scope
        ));
    }
    if tight.len() > 5 {
        say(&format!("error: and {} limits more", tight.len() - 5));
    }
    if tight.is_empty() { Exit::Done } else { Exit::Gate }
}

fn filters(arguments: &ThrottleArgs) -> Result<Filters, CommandError> {
    let mut filters = Filters::default();
    for (dimension, pattern) in [
        (Dimension::Api, &arguments.api),
        (Dimension::Stage, &arguments.stage),
        (Dimension::Key, &arguments.key),
    ] {
        if let Some(pattern) = pattern {
            filters.add(dimension, pattern)?;
        }
    }
    Ok(filters)
}

/// The limit that was typed.
fn typed(arguments: &ThrottleArgs) -> Result<Option<(LimitScope, Limit)>, CommandError> {
    let (Some(rate), Some(burst), Some(scope)) = (&arguments.rate, arguments.burst, &arguments.scope) else {
        return Ok(None);
    };
    let problem = || {
        let text = format!("{rate:?} is no rate: expected requests a second, zero or more, as in 100 or 0.5");
        CommandError::flag("--rate")(text)
    };
    let limit = Limit { rate: decimal(rate).ok_or_else(problem)?, burst };
    TokenBucket::new(&limit).map_err(|error| CommandError::flag("--rate")(error.to_string()))?;
    Ok(Some((scope.parse()?, limit)))
}

/// `2x`, `2` or `1.5x`.
fn factor(typed: &str) -> Result<Decimal, CommandError> {
    let problem = || {
        let text = format!("{typed:?} is no factor: expected one above zero, as in 2x or 1.5x");
        CommandError::flag("--fail-below")(text)
    };
    let digits = typed.strip_suffix(['x', 'X']).unwrap_or(typed);
    decimal(digits).filter(|factor| !factor.is_zero()).ok_or_else(problem)
}

/// A decimal of digits and at most one point.
fn decimal(typed: &str) -> Option<Decimal> {
    let plain = typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let whole = typed.starts_with(|first: char| first.is_ascii_digit());
    if plain && whole { Decimal::from_str_exact(typed).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_read_as_people_write_them() {
        let said = |typed: &str| factor(typed).map(|factor| factor.to_string()).ok();
        assert_eq!(said("2x").as_deref(), Some("2"));
        assert_eq!(said("1.5").as_deref(), Some("1.5"));
        for typed in ["", "x", "0x", "-1", "2xx", "1e3", ".5", "two"] {
            assert_eq!(said(typed), None, "{typed}");
        }
    }
}
