//! What a cache costs and what its hits save, in exact dollars.
//!
//! A cache is billed by the hour, whether anything hits it or not. A hit is still a billed request: what it saves
//! is the backend, so whether a cache pays depends on what a call of the backend costs.

use rust_decimal::{Decimal, RoundingStrategy};

use super::amount::AmountOverflow;
use super::cache_rates::LambdaRates;
use super::cache_size::CacheSize;
use super::meter::GIB;

/// Hours of a month as AWS's own examples count them.
pub const HOURS_PER_MONTH: u32 = 730;

/// Milliseconds of an hour.
const HOUR_MS: u64 = 3_600_000;

/// MB of a GB, as Lambda counts memory, times milliseconds of a second.
const MB_MS_PER_GB_SECOND: u64 = 1024 * 1000;

/// The whole bytes of a cache's size, a GB taken as 2^30. How many of them hold responses is not known.
pub fn cache_bytes(size: CacheSize) -> u64 {
    let gb: Decimal = size.gb().parse().unwrap_or_default();
    u64::try_from((gb * Decimal::from(GIB)).trunc()).unwrap_or(u64::MAX)
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

/// The part of a month's price that so many milliseconds of [`HOURS_PER_MONTH`] have.
pub fn part_of_month(monthly: Decimal, milliseconds: u64) -> Decimal {
    let month = Decimal::from(u64::from(HOURS_PER_MONTH) * HOUR_MS);
    (monthly * (Decimal::from(milliseconds) / month)).normalize()
}

/// A number of hits as it is shown: the nearest whole one.
pub fn whole_hits(hits: Decimal) -> Decimal {
    hits.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::LambdaRates;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn lambda(memory_mb: u32) -> Backend {
        let rates = LambdaRates {
            per_request: decimal("0.0000002"),
            per_gb_second: decimal("0.0000166667"),
            source: "a test".to_owned(),
        };
        Backend::Lambda { memory_mb, rates }
    }

    fn hourly(size: &str) -> Decimal {
        match size {
            "0.5" => decimal("0.02"),
            _ => decimal("3.8"),
        }
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
        assert_eq!(part_of_month(decimal("14.6"), hours("365")), decimal("7.3"));
    }

    #[test]
    fn sizes_are_binary() {
        let bytes: Vec<u64> = CacheSize::ALL.map(cache_bytes).to_vec();
        assert_eq!(bytes[0], 536_870_912);
        assert_eq!(bytes[1], 1_717_986_918);
        assert_eq!(bytes[7], 237 << 30);
        assert!(bytes.is_sorted());
    }
}
