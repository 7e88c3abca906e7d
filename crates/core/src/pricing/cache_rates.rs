//! What a cache's hours and a Lambda function's calls cost: as whoever prices them hands it in.

use rust_decimal::Decimal;

use super::CacheSize;

/// A cache's price for an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheRate {
    /// Dollars an hour, from the cache's creation to its deletion.
    pub per_hour: Decimal,
    /// Where the rate was read.
    pub source: String,
}

/// Lambda's prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaRates {
    /// Dollars for one request.
    pub per_request: Decimal,
    /// Dollars for a GB of memory during a second, in the first tier.
    pub per_gb_second: Decimal,
    /// Where the rates were read.
    pub source: String,
}

/// Where rates of caches and of what they spare come from. `None` is "not known", never "free".
pub trait CacheRates {
    /// The rate of a cache of a size in a region.
    fn cache(&self, region: &str, size: CacheSize) -> Option<CacheRate>;

    /// Lambda's rates in a region.
    fn lambda(&self, region: &str) -> Option<LambdaRates>;
}
