//! `gwcost pricing list`: the regions, and how much is known of each.

use std::collections::BTreeSet;

use gwcost_core::pricing::{Meter, RateCard};
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::terminal;
use super::{print_json, print_text};
use crate::cli::ListFormat;
use crate::exit::Exit;
use crate::report::{Listed, count, listing};

/// The list's shape for programs.
const SCHEMA: &str = "gwcost/pricing-list/1";

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    regions: Vec<Region<'a>>,
}

#[derive(Serialize)]
struct Region<'a> {
    region: &'a str,
    currency: &'a str,
    meters: Vec<&'static str>,
    rates: usize,
    first_effective: Option<String>,
    last_effective: Option<String>,
    card: &'a str,
}

/// Runs `gwcost pricing list`.
pub fn run(context: &Context, format: ListFormat) -> Result<Exit, CommandError> {
    let (catalog, _) = context.catalog(None)?;
    let regions: Vec<Region<'_>> = catalog.cards().map(|(file, card)| region(file, card)).collect();
    match format {
        ListFormat::Json => print_json(&List { schema: SCHEMA, regions })?,
        ListFormat::Table => print_text(&table(&regions))?,
    }
    Ok(Exit::Done)
}

fn region<'a>(file: &'a str, card: &'a RateCard) -> Region<'a> {
    let meters: BTreeSet<Meter> = card.rates().iter().map(|rate| rate.meter).collect();
    let days = || card.rates().iter().map(|rate| rate.effective);
    Region {
        region: &card.region,
        currency: &card.currency,
        meters: meters.into_iter().map(Meter::name).collect(),
        rates: card.rates().len(),
        first_effective: days().min().map(|day| day.to_string()),
        last_effective: days().max().map(|day| day.to_string()),
        card: file,
    }
}

fn table(regions: &[Region<'_>]) -> String {
    let text = |title, keep, cell: &dyn Fn(&Region<'_>) -> String| Listed {
        title,
        number: false,
        keep,
        cells: regions.iter().map(cell).collect(),
        total: String::new(),
    };
    let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "–".to_owned());
    let columns = vec![
        text("region", None, &|region| region.region.to_owned()),
        text("currency", Some(40), &|region| region.currency.to_owned()),
        Listed { number: true, ..text("meters", None, &|region| count(region.meters.len() as u64)) },
        Listed { number: true, ..text("rates", Some(50), &|region| count(region.rates as u64)) },
        Listed { number: true, ..text("first", Some(60), &|region| day(&region.first_effective)) },
        Listed { number: true, ..text("last", Some(70), &|region| day(&region.last_effective)) },
        text("card", Some(80), &|region| region.card.to_owned()),
    ];
    listing(columns, 1, &terminal())
}
