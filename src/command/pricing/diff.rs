//! `gwcost pricing diff`: what two rate cards say differently, meter by meter.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gwcost_core::pricing::{Meter, Rate, RateCard};
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::terminal;
use super::{check_region, print_json, print_text};
use crate::assets::{Assets, Folder};
use crate::cli::{ListFormat, PricingDiffArgs};
use crate::exit::Exit;
use crate::report::{Listed, inert, listing};

/// The list's shape for programs.
const SCHEMA: &str = "gwcost/pricing-diff/1";

#[derive(Serialize)]
struct Differences {
    schema: &'static str,
    one: String,
    other: String,
    differences: Vec<Difference>,
}

/// A day from which a meter costs something else in the two cards. `None` where one of them does not know.
#[derive(Serialize)]
struct Difference {
    meter: &'static str,
    effective: String,
    tier: String,
    one: Option<String>,
    other: Option<String>,
}

/// Runs `gwcost pricing diff`.
pub fn run(context: &Context, arguments: &PricingDiffArgs) -> Result<Exit, CommandError> {
    let (one_name, one) = card(context, &arguments.one)?;
    let (other_name, other) = match &arguments.other {
        Some(other) => card(context, other)?,
        None => embedded(&one.region)?,
    };
    if one.currency != other.currency {
        return Err(CommandError::Usage(format!(
            "{one_name} is in {}, {other_name} in {}: there is nothing to compare",
            one.currency, other.currency
        )));
    }
    let differences = differences(&one, &other);
    match arguments.format {
        ListFormat::Json => {
            print_json(&Differences { schema: SCHEMA, one: one_name, other: other_name, differences })?;
        }
        ListFormat::Table if differences.is_empty() => {
            print_text(&format!("{} and {} say the same\n", inert(&one_name), inert(&other_name)))?;
        }
        ListFormat::Table => print_text(&table(&one_name, &other_name, &differences))?,
    }
    Ok(Exit::Done)
}

/// A card by its file, or by its region.
fn card(context: &Context, typed: &str) -> Result<(String, RateCard), CommandError> {
    let path = Path::new(typed);
    if path.is_file() {
        let text = fs::read_to_string(path).map_err(CommandError::file(path))?;
        return Ok((typed.to_owned(), RateCard::parse(typed, &text)?));
    }
    let (catalog, _) = context.catalog(None)?;
    check_region(&catalog, typed)?;
    let found = catalog.card(typed).map(|(file, card)| (file.to_owned(), card.clone()));
    found.ok_or_else(|| CommandError::Usage(format!("no rate card for region {typed:?}")))
}

/// The card that gwcost came with.
fn embedded(region: &str) -> Result<(String, RateCard), CommandError> {
    let name = format!("{region}.toml");
    let found = Assets::default().all(Folder::Pricing)?.into_iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(|| {
        CommandError::Usage(format!("gwcost came with no rate card for {region}: name another card"))
    })?;
    Ok((format!("{name} (embedded)"), RateCard::parse(&name, &asset.text)?))
}

fn differences(one: &RateCard, other: &RateCard) -> Vec<Difference> {
    let rates = || one.rates().iter().chain(other.rates());
    let days: BTreeSet<_> = rates().map(|rate| (rate.meter, rate.effective)).collect();
    let mut found = Vec::new();
    for (meter, day) in days {
        let (of_one, of_other) = (one.rate_on(meter, day), other.rate_on(meter, day));
        let bounds: BTreeSet<u64> = [of_one, of_other].into_iter().flatten().flat_map(starts).collect();
        for start in bounds {
            let (price_of_one, price_of_other) = (price(of_one, start), price(of_other, start));
            if price_of_one != price_of_other {
                found.push(Difference {
                    meter: meter.name(),
                    effective: day.to_string(),
                    tier: above(meter, start),
                    one: price_of_one,
                    other: price_of_other,
                });
            }
        }
    }
    found
}

/// Where the tiers of a rate begin.
fn starts(rate: &Rate) -> Vec<u64> {
    std::iter::once(0).chain(rate.tiers.steps().iter().filter_map(|tier| tier.up_to)).collect()
}

/// The price of what comes after `start` units.
fn price(rate: Option<&Rate>, start: u64) -> Option<String> {
    let tier = rate?.tiers.steps().iter().find(|tier| tier.up_to.is_none_or(|up_to| start < up_to))?;
    Some(tier.rate.normalize().to_string())
}

fn above(meter: Meter, start: u64) -> String {
    let from = gwcost_core::text::grouped(start);
    if start == 0 { "from the first".to_owned() } else { format!("over {from} {}", meter.unit()) }
}

fn table(one: &str, other: &str, differences: &[Difference]) -> String {
    let cells = |title, keep, cell: &dyn Fn(&Difference) -> String| Listed {
        title,
        number: false,
        keep,
        cells: differences.iter().map(cell).collect(),
        total: String::new(),
    };
    let known = |rate: &Option<String>| rate.clone().unwrap_or_else(|| "–".to_owned());
    let columns = vec![
        cells("meter", None, &|difference| difference.meter.to_owned()),
        Listed { number: true, ..cells("effective", Some(60), &|difference| difference.effective.clone()) },
        cells("tier", Some(70), &|difference| difference.tier.clone()),
        Listed { number: true, ..cells("one", None, &|difference| known(&difference.one)) },
        Listed { number: true, ..cells("other", None, &|difference| known(&difference.other)) },
    ];
    format!("one: {}\nother: {}\n\n{}", inert(one), inert(other), listing(columns, 1, &terminal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(rates: &str) -> RateCard {
        let head = "schema_version = 1\nregion = \"us-east-1\"\ncurrency = \"USD\"\n";
        RateCard::parse("x.toml", &format!("{head}{rates}")).unwrap()
    }

    fn rate(effective: &str, tiers: &str) -> String {
        format!(
            "[[rate]]\nmeter = \"rest_requests\"\neffective = \"{effective}\"\nconfidence = \"secondary\"\n\
             source = \"a test\"\ntiers = [{tiers}]\n"
        )
    }

    #[test]
    fn a_tier_cut_in_two_is_no_difference_and_a_new_price_is_one() {
        let one = card(&rate("2026-01-01", "{ up_to = 10, rate = \"2\" }, { rate = \"1\" }"));
        let cut = card(&rate(
            "2026-01-01",
            "{ up_to = 5, rate = \"2\" }, { up_to = 10, rate = \"2.0\" }, { rate = \"1\" }",
        ));
        assert!(differences(&one, &cut).is_empty());
        let later = card(
            &(rate("2026-01-01", "{ up_to = 10, rate = \"2\" }") + &rate("2026-06-01", "{ rate = \"1\" }")),
        );
        let found: Vec<(String, String, Option<String>, Option<String>)> = differences(&one, &later)
            .into_iter()
            .map(|difference| (difference.effective, difference.tier, difference.one, difference.other))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("2026-01-01".to_owned(), "over 10 requests".to_owned(), text("1"), None),
                ("2026-06-01".to_owned(), "from the first".to_owned(), text("2"), text("1")),
            ]
        );
    }
}
