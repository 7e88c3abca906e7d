//! Rate cards: what one region charges, as a TOML file in which every rate names its source.

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Meter, Tier, TierError, Tiers};
use crate::model::Month;

/// The version of the file's shape.
const SCHEMA_VERSION: u32 = 1;

/// How near a rate's source is to AWS's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Read from a page or file of AWS.
    Published,
    /// Copied from AWS's price list by a third party that names the list.
    Transcribed,
    /// Stated by a third party without the list.
    Secondary,
    /// The user's own contract.
    Private,
}

impl fmt::Display for Confidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Confidence::Published => "published",
            Confidence::Transcribed => "transcribed",
            Confidence::Secondary => "secondary",
            Confidence::Private => "private",
        })
    }
}

/// The price of one meter from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What it prices.
    pub meter: Meter,
    /// The first day on which it is known to hold.
    pub effective: Date,
    /// How near its source is to AWS.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: String,
    /// Bounds in rate units, rates per rate unit.
    pub tiers: Tiers,
}

/// What one region charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateCard {
    /// AWS region code.
    pub region: String,
    /// ISO 4217 code of every rate.
    pub currency: String,
    /// Prefix of the region's usage types (`USE1`), where it is known.
    pub usage_type_prefix: Option<String>,
    rates: Vec<Rate>,
}

/// A pricing file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// It is not the TOML that is expected.
    #[error("pricing file {name}: {problem}")]
    Syntax {
        /// The file.
        name: String,
        /// What is wrong, with its place.
        problem: String,
    },
    /// Written for another version of gwcost.
    #[error("pricing file {name} has schema_version {found}: this gwcost reads version {SCHEMA_VERSION}")]
    Version {
        /// The file.
        name: String,
        /// Its version.
        found: u32,
    },
    /// Tiers that make no price.
    #[error("pricing file {name}, {meter} effective {effective}: {source}")]
    Tiers {
        /// The file.
        name: String,
        /// The rate's meter.
        meter: Meter,
        /// The rate's first day.
        effective: String,
        /// What is wrong with them.
        source: TierError,
    },
}

impl CardError {
    pub(super) fn syntax(name: &str, problem: &str) -> CardError {
        CardError::Syntax { name: name.to_owned(), problem: problem.trim_end().to_owned() }
    }

    pub(super) fn check_version(name: &str, found: u32) -> Result<(), CardError> {
        if found == SCHEMA_VERSION {
            Ok(())
        } else {
            Err(CardError::Version { name: name.to_owned(), found })
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    schema_version: u32,
    region: String,
    currency: String,
    usage_type_prefix: Option<String>,
    #[serde(default)]
    rate: Vec<RateEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateEntry {
    meter: String,
    effective: String,
    confidence: Confidence,
    source: String,
    tiers: Vec<TierEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierEntry {
    up_to: Option<u64>,
    rate: String,
}

impl RateCard {
    /// Reads a card; `name` is the file's, for errors.
    ///
    /// # Errors
    /// [`CardError`] names the file, the rate and what would be accepted.
    pub fn parse(name: &str, text: &str) -> Result<RateCard, CardError> {
        let file: CardFile =
            toml::from_str(text).map_err(|error| CardError::syntax(name, &error.to_string()))?;
        CardError::check_version(name, file.schema_version)?;
        let mut rates = Vec::with_capacity(file.rate.len());
        for entry in file.rate {
            rates.push(entry.check(name)?);
        }
        rates.sort_by_key(|rate| (rate.meter, rate.effective));
        for pair in rates.windows(2) {
            if pair[0].meter == pair[1].meter && pair[0].effective == pair[1].effective {
                let problem = format!("{} has two rates effective {}", pair[0].meter, pair[0].effective);
                return Err(CardError::syntax(name, &problem));
            }
        }
        Ok(RateCard {
            region: file.region,
            currency: file.currency,
            usage_type_prefix: file.usage_type_prefix,
            rates,
        })
    }

    /// Every rate, by meter and day.
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// The rate that a month begins with: the last one effective on its first day.
    pub fn rate(&self, meter: Meter, month: Month) -> Option<&Rate> {
        self.rate_on(meter, month.first_day())
    }

    /// The rate that holds on a day: the last one effective on it.
    pub fn rate_on(&self, meter: Meter, day: Date) -> Option<&Rate> {
        self.rates.iter().rev().find(|rate| rate.meter == meter && rate.effective <= day)
    }

    /// The card with a rate added. One of the same meter and day is replaced, since the later look knows better.
    pub fn add(&mut self, rate: Rate) {
        self.rates.retain(|known| (known.meter, known.effective) != (rate.meter, rate.effective));
        self.rates.push(rate);
        self.rates.sort_by_key(|rate| (rate.meter, rate.effective));
    }

    /// A card without rates.
    pub fn empty(region: &str, currency: &str, usage_type_prefix: Option<String>) -> RateCard {
        let (region, currency) = (region.to_owned(), currency.to_owned());
        RateCard { region, currency, usage_type_prefix, rates: Vec::new() }
    }

    /// The first day on which the card knows any rate of a meter.
    pub fn first_effective(&self, meter: Meter) -> Option<Date> {
        self.rates.iter().find(|rate| rate.meter == meter).map(|rate| rate.effective)
    }
}

impl RateEntry {
    fn check(self, name: &str) -> Result<Rate, CardError> {
        let meter: Meter = self
            .meter
            .parse()
            .map_err(|error: super::UnknownMeter| CardError::syntax(name, &error.to_string()))?;
        let effective: Date = self.effective.parse().map_err(|_| {
            CardError::syntax(
                name,
                &format!("{meter}: {:?} is not a date: expected YYYY-MM-DD", self.effective),
            )
        })?;
        let mut tiers = Vec::with_capacity(self.tiers.len());
        for tier in self.tiers {
            let rate = Decimal::from_str_exact(&tier.rate).map_err(|_| {
                CardError::syntax(
                    name,
                    &format!("{meter}: {:?} is not a rate: expected a decimal as \"0.0000035\"", tier.rate),
                )
            })?;
            tiers.push(Tier { up_to: tier.up_to, rate });
        }
        let tiers = Tiers::new(tiers).map_err(|source| CardError::Tiers {
            name: name.to_owned(),
            meter,
            effective: self.effective.clone(),
            source,
        })?;
        Ok(Rate { meter, effective, confidence: self.confidence, source: self.source, tiers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = r#"
        schema_version = 1
        region = "us-east-1"
        currency = "USD"

        [[rate]]
        meter = "rest_requests"
        effective = "2026-04-01"
        confidence = "transcribed"
        source = "a test"
        tiers = [{ up_to = 10, rate = "0.5" }, { rate = "0.25" }]

        [[rate]]
        meter = "rest_requests"
        effective = "2026-06-15"
        confidence = "transcribed"
        source = "a test"
        tiers = [{ rate = "0.4" }]
    "#;

    #[test]
    fn a_month_has_the_rate_of_its_first_day() {
        let card = RateCard::parse("test.toml", CARD).unwrap();
        let rate = |month: &str| {
            card.rate(Meter::RestRequests, month.parse().unwrap())
                .map(|rate| rate.tiers.steps()[0].rate.to_string())
        };
        assert_eq!(rate("2026-03"), None);
        assert_eq!(rate("2026-04"), Some("0.5".to_owned()));
        assert_eq!(rate("2026-06"), Some("0.5".to_owned()));
        assert_eq!(rate("2026-07"), Some("0.4".to_owned()));
        assert!(card.rate(Meter::HttpRequests, "2026-07".parse().unwrap()).is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |from: &str, to: &str| {
            RateCard::parse("test.toml", &CARD.replace(from, to)).unwrap_err().to_string()
        };
        assert!(error("\"rest_requests\"", "\"rest_request\"").contains("did you mean \"rest_requests\"?"));
        assert!(error("\"0.4\"", "\"0,4\"").contains("\"0,4\" is not a rate"));
        assert!(error("up_to = 10, rate", "rate").contains("tier 1 has no `up_to` but is not the last one"));
        assert!(error("schema_version = 1", "schema_version = 9").contains("schema_version 9"));
        assert!(error("2026-06-15", "2026-04-01").contains("two rates effective 2026-04-01"));
        assert!(error("currency", "currencie").contains("currencie"));
    }
}
