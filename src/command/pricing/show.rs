//! `gwcost pricing show`: every rate of a region, with where it was read.

use gwcost_core::pricing::{Meter, Rate, RateCard};
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::terminal;
use super::{check_region, meter, print_json, print_text};
use crate::cli::{ListFormat, PricingShowArgs};
use crate::exit::Exit;
use crate::report::{Listed, inert, listing, sentences};

/// The list's shape for programs.
const SCHEMA: &str = "gwcost/pricing-show/1";

#[derive(Serialize)]
struct Shown<'a> {
    schema: &'static str,
    region: &'a str,
    currency: &'a str,
    card: &'a str,
    rates: Vec<ShownRate<'a>>,
}

#[derive(Serialize)]
struct ShownRate<'a> {
    meter: &'static str,
    effective: String,
    confidence: String,
    source: &'a str,
    unit: &'static str,
    tiers: Vec<ShownTier>,
}

#[derive(Serialize)]
struct ShownTier {
    label: String,
    up_to: Option<u64>,
    rate: String,
}

/// Runs `gwcost pricing show`.
pub fn run(context: &Context, arguments: &PricingShowArgs) -> Result<Exit, CommandError> {
    let only = arguments.meter.as_deref().map(meter).transpose()?;
    let (catalog, _) = context.catalog(None)?;
    check_region(&catalog, &arguments.region)?;
    let Some((file, card)) = catalog.card(&arguments.region) else { return Ok(Exit::Done) };
    let rates: Vec<&Rate> =
        card.rates().iter().filter(|rate| only.is_none_or(|meter| rate.meter == meter)).collect();
    match arguments.format {
        ListFormat::Json => print_json(&Shown {
            schema: SCHEMA,
            region: &card.region,
            currency: &card.currency,
            card: file,
            rates: rates.iter().map(|rate| shown(rate)).collect(),
        })?,
        ListFormat::Table => print_text(&table(file, card, &rates, only))?,
    }
    Ok(Exit::Done)
}

fn shown(rate: &Rate) -> ShownRate<'_> {
    let tier = |(index, tier): (usize, &gwcost_core::pricing::Tier)| ShownTier {
        label: rate.meter.tier_label(&rate.tiers, index),
        up_to: tier.up_to,
        rate: tier.rate.normalize().to_string(),
    };
    ShownRate {
        meter: rate.meter.name(),
        effective: rate.effective.to_string(),
        confidence: rate.confidence.to_string(),
        source: &rate.source,
        unit: rate.meter.unit(),
        tiers: rate.tiers.steps().iter().enumerate().map(tier).collect(),
    }
}

fn table(file: &str, card: &RateCard, rates: &[&Rate], only: Option<Meter>) -> String {
    let mut text = format!("{}, in {} ({file})\n\n", inert(&card.region), inert(&card.currency));
    if rates.is_empty() {
        let what = only.map_or_else(|| "any meter".to_owned(), |meter| meter.to_string());
        text.push_str(&format!("no rate of {what} is known\n"));
        return text;
    }
    let lines: Vec<(usize, &Rate, ShownTier)> = rates
        .iter()
        .enumerate()
        .flat_map(|(at, rate)| shown(rate).tiers.into_iter().map(move |tier| (at + 1, *rate, tier)))
        .collect();
    let cells = |title, keep, cell: &dyn Fn(&(usize, &Rate, ShownTier)) -> String| Listed {
        title,
        number: false,
        keep,
        cells: lines.iter().map(cell).collect(),
        total: String::new(),
    };
    let columns = vec![
        cells("meter", None, &|(_, rate, _)| rate.meter.to_string()),
        cells("tier", None, &|(.., tier)| tier.label.clone()),
        Listed { number: true, ..cells("rate", None, &|(.., tier)| tier.rate.clone()) },
        Listed { number: true, ..cells("effective", Some(60), &|(_, rate, _)| rate.effective.to_string()) },
        cells("confidence", Some(50), &|(_, rate, _)| rate.confidence.to_string()),
        Listed { number: true, ..cells("source", Some(40), &|(at, ..)| format!("[{at}]")) },
    ];
    text.push_str(&listing(columns, 1, &terminal()));
    text.push('\n');
    let sources: Vec<String> =
        rates.iter().enumerate().map(|(at, rate)| format!("[{}] {}", at + 1, inert(&rate.source))).collect();
    text.push_str(&sentences(&sources, &terminal()));
    text
}
