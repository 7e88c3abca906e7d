//! From rows to rate cards: tiers are put in order, held to each other, and given their source.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::classify::meter;
use super::region_code::{region_of_prefix, split_prefix};
use super::{Heading, PriceList, PriceListError, Row};
use crate::pricing::{Confidence, Meter, Rate, RateCard, Tier, Tiers};

/// The region of usage types without a prefix, as other services write them.
const REGION_WITHOUT_PREFIX: &str = "us-east-1";

/// What a rate is of.
type RateKey = (String, String, Meter, Date);

/// A tier on its way.
struct Step {
    begin: u64,
    end: Option<u64>,
    price: Decimal,
    place: String,
    usage_type: String,
}

pub(super) fn assemble(heading: &Heading, rows: Vec<Row>) -> Result<PriceList, PriceListError> {
    let mut unread: BTreeMap<String, usize> = BTreeMap::new();
    let mut rates: BTreeMap<RateKey, Vec<Step>> = BTreeMap::new();
    for row in rows {
        let found = meter(&row.family, &row.operation, &row.usage_type);
        let (Some(meter), Some(region)) = (found, region(&row)) else {
            *unread.entry(describe(&row)).or_default() += 1;
            continue;
        };
        let step = Step {
            begin: whole(&row, "the beginning of a tier", &row.begin)?,
            end: match row.end.as_str() {
                "Inf" => None,
                end => Some(whole(&row, "the end of a tier", end)?),
            },
            price: price(&row)?,
            place: row.place.clone(),
            usage_type: row.usage_type.clone(),
        };
        let effective = effective(&row)?;
        if row.currency.len() != 3 || !row.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(value(&row, "the currency", &row.currency, "three capital letters, as in USD"));
        }
        rates.entry((region, row.currency, meter, effective)).or_default().push(step);
    }
    if rates.is_empty() {
        return Err(PriceListError::Nothing { offer: heading.offer.clone() });
    }
    let source = source(heading);
    let mut cards: BTreeMap<(String, String), RateCard> = BTreeMap::new();
    for ((region, currency, meter, effective), steps) in rates {
        let prefix = steps.first().and_then(|step| split_prefix(&step.usage_type).0).map(str::to_owned);
        let tiers = tiers(meter, &region, steps)?;
        let card = cards
            .entry((region.clone(), currency.clone()))
            .or_insert_with(|| RateCard::empty(&region, &currency, prefix));
        card.add(Rate { meter, effective, confidence: Confidence::Published, source: source.clone(), tiers });
    }
    Ok(PriceList {
        offer: heading.offer.clone(),
        published: heading.published.clone(),
        cards: cards.into_values().collect(),
        unread: unread.into_iter().collect(),
    })
}

/// Where these rates are read.
fn source(heading: &Heading) -> String {
    match heading.published.as_str() {
        "" => format!("AWS price list for {}", heading.offer),
        published => format!("AWS price list for {}, published {published}", heading.offer),
    }
}

/// The row's region: its code, else that of the usage type's prefix. `None` for a prefix that is not known.
fn region(row: &Row) -> Option<String> {
    if !row.region.is_empty() {
        // It becomes the name of a file.
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        return (row.region.len() <= 40 && row.region.bytes().all(is_code)).then(|| row.region.clone());
    }
    match split_prefix(&row.usage_type).0 {
        Some(prefix) => region_of_prefix(prefix).map(str::to_owned),
        None => Some(REGION_WITHOUT_PREFIX.to_owned()),
    }
}

fn describe(row: &Row) -> String {
    let (_, suffix) = split_prefix(&row.usage_type);
    match (row.family.as_str(), suffix) {
        ("", "") => "prices without a product".to_owned(),
        (family, suffix) => format!("{family}: {suffix}"),
    }
}

fn value(row: &Row, field: &'static str, value: &str, expected: &'static str) -> PriceListError {
    PriceListError::Value { place: row.place.clone(), field, value: value.to_owned(), expected }
}

/// A bound. Lists write it with and without decimals.
fn whole(row: &Row, field: &'static str, text: &str) -> Result<u64, PriceListError> {
    let number = Decimal::from_str_exact(text).ok().filter(|number| number.fract().is_zero());
    // TOML, in which cards are written, has no larger numbers than those with a sign.
    let number = number.and_then(|number| number.to_i64()).and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| value(row, field, text, "a whole number, not below zero"))
}

fn price(row: &Row) -> Result<Decimal, PriceListError> {
    Decimal::from_str_exact(&row.price)
        .or_else(|_| Decimal::from_scientific(&row.price))
        .ok()
        .filter(|price| !price.is_sign_negative())
        .map(|price| price.normalize())
        .ok_or_else(|| value(row, "the price", &row.price, "a decimal, not below zero, as in 0.0000035000"))
}

fn effective(row: &Row) -> Result<Date, PriceListError> {
    let date = row.effective.get(.."2026-09-01".len()).and_then(|date| date.parse().ok());
    date.ok_or_else(|| value(row, "the effective date", &row.effective, "a date, as in 2026-09-01T00:00:00Z"))
}

fn tiers(meter: Meter, region: &str, mut steps: Vec<Step>) -> Result<Tiers, PriceListError> {
    // Of two that begin at the same unit, the one that stands first in the file stays first.
    steps.sort_by_key(|step| step.begin);
    for pair in steps.windows(2) {
        if pair[0].begin == pair[1].begin {
            return Err(PriceListError::Twice {
                place: pair[1].place.clone(),
                meter,
                region: region.to_owned(),
                other: pair[0].place.clone(),
            });
        }
    }
    let gap = |step: &Step, problem: String| PriceListError::Gap {
        place: step.place.clone(),
        meter,
        region: region.to_owned(),
        problem,
    };
    let mut reached = Some(0);
    for step in &steps {
        match reached {
            Some(end) if end == step.begin => reached = step.end,
            Some(end) => return Err(gap(step, format!("begins at {} and not at {end}", step.begin))),
            None => return Err(gap(step, format!("begins at {}, above one without an end", step.begin))),
        }
    }
    if let (Some(end), Some(last)) = (reached, steps.last()) {
        return Err(gap(last, format!("ends at {end}, and nothing is above it")));
    }
    let place = steps.first().map(|step| step.place.clone()).unwrap_or_default();
    let tiers = steps.into_iter().map(|step| Tier { up_to: step.end, rate: step.price }).collect();
    Tiers::new(tiers).map_err(|source| PriceListError::Tiers {
        place,
        meter,
        region: region.to_owned(),
        source,
    })
}
