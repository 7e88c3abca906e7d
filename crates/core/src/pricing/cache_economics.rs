//! What a cache costs and what its hits save, in exact dollars.
//!
//! A cache is billed by the hour, whether anything hits it or not. A hit is still a billed request: what it saves
//! is the backend, so whether a cache pays depends on what a call of the backend costs.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use super::amount::AmountOverflow;
use super::cache_rates::LambdaRates;
use super::meter::GIB;
use crate::text::did_you_mean;

/// Hours of a month as AWS's own examples count them.
pub const HOURS_PER_MONTH: u32 = 730;

/// Milliseconds of an hour.
const HOUR_MS: u64 = 3_600_000;

/// MB of a GB, as Lambda counts memory, times milliseconds of a second.
const MB_MS_PER_GB_SECOND: u64 = 1024 * 1000;

/// A size that API Gateway offers for a stage's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheSize(usize);

/// THE list of sizes in GB, as AWS writes them.
const SIZES: [&str; 8] = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];

impl CacheSize {
    /// Every size, the smallest first.
    pub fn all() -> impl Iterator<Item = CacheSize> {
        (0..SIZES.len()).map(CacheSize)
    }

    /// The size in GB.
    pub fn gb(self) -> Decimal {
        self.name().parse().unwrap_or_default()
    }

    /// The size as AWS writes it: `0.5`.
    pub fn name(self) -> &'static str {
        SIZES.get(self.0).copied().unwrap_or_default()
    }

    /// The size in whole bytes, a GB taken as 2^30. How many of them hold responses is not known.
    pub fn bytes(self) -> u64 {
        u64::try_from((self.gb() * Decimal::from(GIB)).trunc()).unwrap_or(u64::MAX)
    }

    /// The size of so many GB, if there is one.
    pub fn of_gb(gb: Decimal) -> Option<CacheSize> {
        CacheSize::all().find(|size| size.gb() == gb)
    }
}

impl fmt::Display for CacheSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A size that API Gateway does not offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{typed:?} is no size of a cache: expected {}{hint}", SIZES.join(", "))]
pub struct UnknownCacheSize {
    typed: String,
    hint: String,
}

impl FromStr for CacheSize {
    type Err = UnknownCacheSize;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let gb = Decimal::from_str_exact(typed.trim()).ok();
        gb.and_then(CacheSize::of_gb)
            .ok_or_else(|| UnknownCacheSize { typed: typed.to_owned(), hint: did_you_mean(typed, SIZES) })
    }
}

/// What a call of the backend costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The same for each, in dollars.
    PerCall(Decimal),
    /// A Lambda function: a price for each call and one for its memory as long as it runs.
    Lambda {
        /// Its memory in MB.
        memory_mb: u32,
        /// What Lambda charges.
        rates: LambdaRates,
    },
}

impl Backend {
    /// What `calls` calls cost that took `total_ms` milliseconds together.
    ///
    /// # Errors
    /// [`AmountOverflow`] past 28 significant digits.
    pub fn cost(&self, calls: u64, total_ms: u64) -> Result<Decimal, AmountOverflow> {
        match self {
            Backend::PerCall(price) => product(calls, *price),
            Backend::Lambda { memory_mb, rates } => {
                let overflow = AmountOverflow { units: total_ms, rate: rates.per_gb_second };
                let mb_ms = total_ms.checked_mul(u64::from(*memory_mb)).ok_or(overflow)?;
                let duration = product(mb_ms, rates.per_gb_second)? / Decimal::from(MB_MS_PER_GB_SECOND);
                let requests = product(calls, rates.per_request)?;
                Ok(requests.checked_add(duration).ok_or(overflow)?.normalize())
            }
        }
    }

    /// What the time of a call has to be known for.
    pub fn is_timed(&self) -> bool {
        matches!(self, Backend::Lambda { .. })
    }
}

fn product(units: u64, rate: Decimal) -> Result<Decimal, AmountOverflow> {
    let product = Decimal::from(units)
        .checked_mul(rate)
        // A product that had to drop digits is not exact.
        .filter(|product| product.is_zero() || product.scale() == rate.scale())
        .ok_or(AmountOverflow { units, rate })?;
    Ok(product.normalize())
}

/// What a cache costs that is there for so many milliseconds, at a rate for the hour. AWS does not say how it
/// rounds parts of an hour; here they count as parts.
///
/// # Errors
/// [`AmountOverflow`] past 28 significant digits.
pub fn cache_cost(per_hour: Decimal, milliseconds: u64) -> Result<Decimal, AmountOverflow> {
    Ok((product(milliseconds, per_hour)? / Decimal::from(HOUR_MS)).normalize())
}

/// How many hits an hour save as much as the cache costs, given what a call of the backend costs. `None` where a
/// call costs nothing: no number of hits pays then.
pub fn break_even_hits_per_hour(per_hour: Decimal, per_call: Decimal) -> Option<Decimal> {
    per_hour.checked_div(per_call).map(|hits| hits.normalize())
}

/// What a call of the backend has to cost for these hits to pay for the cache. `None` without hits.
pub fn break_even_cost_per_call(cache_cost: Decimal, hits: u64) -> Option<Decimal> {
    cache_cost.checked_div(Decimal::from(hits)).map(|cost| cost.normalize())
}

/// An amount of `milliseconds`, scaled to a month of [`HOURS_PER_MONTH`]. `None` for no time at all.
pub fn per_month(amount: Decimal, milliseconds: u64) -> Option<Decimal> {
    let month = Decimal::from(u64::from(HOURS_PER_MONTH) * HOUR_MS);
    amount.checked_mul(month)?.checked_div(Decimal::from(milliseconds)).map(|amount| amount.normalize())
}

/// A number of hits as it is shown: the nearest whole one.
pub fn whole_hits(hits: Decimal) -> Decimal {
    hits.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::{CacheRates, ListedCacheRates};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn lambda(memory_mb: u32) -> Backend {
        Backend::Lambda { memory_mb, rates: ListedCacheRates.lambda("us-east-1").unwrap() }
    }

    fn hourly(size: &str) -> Decimal {
        ListedCacheRates.cache("us-east-1", size.parse().unwrap()).unwrap().per_hour
    }

    fn hours(text: &str) -> u64 {
        (decimal(text) * Decimal::from(HOUR_MS)).normalize().to_string().parse().unwrap()
    }

    #[test]
    fn caches_cost_what_bills_say() {
        assert_eq!(cache_cost(hourly("0.5"), hours("730")).unwrap(), decimal("14.60"));
        assert_eq!(cache_cost(hourly("237"), hours("730")).unwrap(), decimal("2774"));
        // A bill of 743.93 hours said $14.88.
        assert_eq!(cache_cost(hourly("0.5"), hours("743.93")).unwrap(), decimal("14.8786"));
    }

    #[test]
    fn hits_pay_from_the_known_numbers_on() {
        let at = |size: &str, memory_mb, ms| {
            let per_call = lambda(memory_mb).cost(1, ms).unwrap();
            whole_hits(break_even_hits_per_hour(hourly(size), per_call).unwrap()).to_string()
        };
        assert_eq!(lambda(128).cost(1, 100).unwrap(), decimal("0.00000040833375"));
        assert_eq!(at("0.5", 128, 100), "48980");
        assert_eq!(at("0.5", 512, 200), "10714");
        assert_eq!(at("0.5", 1024, 500), "2344");
        assert_eq!(at("237", 128, 100), "9306113");
        assert_eq!(at("237", 512, 200), "2035711");
        assert_eq!(at("237", 1024, 500), "445312");
    }

    #[test]
    fn calls_are_added_up_exactly() {
        let one = lambda(128).cost(1, 100).unwrap();
        assert_eq!(lambda(128).cost(1_000_000, 100_000_000).unwrap(), one * decimal("1000000"));
        assert_eq!(Backend::PerCall(decimal("0.0000005")).cost(3, 0).unwrap(), decimal("0.0000015"));
        assert_eq!(lambda(1769).cost(0, 0).unwrap(), Decimal::ZERO);
        assert!(lambda(10_240).cost(1, u64::MAX).is_err());
        // A price so fine that a product would lose digits is no exact price.
        let fine = Backend::PerCall(decimal("1.234567890123456789012345678"));
        assert!(fine.cost(u64::MAX, 0).is_err());
    }

    #[test]
    fn nothing_pays_where_a_call_costs_nothing() {
        assert_eq!(break_even_hits_per_hour(hourly("0.5"), Decimal::ZERO), None);
        assert_eq!(break_even_cost_per_call(decimal("14.6"), 0), None);
        assert_eq!(break_even_cost_per_call(decimal("14.6"), 1_000_000), Some(decimal("0.0000146")));
        assert_eq!(per_month(decimal("0.48"), hours("24")), Some(decimal("14.6")));
        assert_eq!(per_month(decimal("0.48"), 0), None);
    }

    #[test]
    fn sizes_are_those_that_aws_offers() {
        let names: Vec<&str> = CacheSize::all().map(CacheSize::name).collect();
        assert_eq!(names, ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"]);
        let bytes: Vec<u64> = CacheSize::all().map(CacheSize::bytes).collect();
        assert_eq!(bytes[0], 536_870_912);
        assert_eq!(bytes[1], 1_717_986_918);
        assert_eq!(bytes[7], 237 << 30);
        assert!(bytes.is_sorted());
        assert_eq!("118.0".parse::<CacheSize>().unwrap().name(), "118");
        let error = "0,5".parse::<CacheSize>().unwrap_err().to_string();
        assert_eq!(
            error,
            "\"0,5\" is no size of a cache: expected 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237; did you mean \"0.5\"?"
        );
    }
}
