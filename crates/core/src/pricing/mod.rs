//! Meters, tiers, rates and the sharing of a bill. It knows nothing of how usage was counted.
//!
//! Money is decimal from string to string. A quantity that has no rate is reported as such; there
//! is no path on which it becomes zero dollars.

mod allocation;
mod amount;
mod billing_rules;
mod cache_economics;
mod cache_rates;
mod cache_size;
mod meter;
mod metering;
mod pool;
mod rate_card;
mod tier;

pub use allocation::{apportion, largest_remainder, round_to_sum, round_to_total};
pub use amount::{AMOUNT_DECIMALS, Amount, AmountOverflow, rounded};
pub use billing_rules::{Billed, BillingRules, Evidence};
pub use cache_economics::{
    Backend, HOURS_PER_MONTH, break_even_cost_per_call, break_even_hits_per_hour, cache_bytes, cache_cost,
    per_month, whole_hits,
};
pub use cache_rates::{CacheRate, CacheRates, LambdaRates, ListedCacheRates};
pub use cache_size::{CacheSize, UnknownCacheSize};
pub use meter::{GIB, Meter, UnknownMeter};
pub use metering::{
    HTTP_INCREMENT_BYTES, HttpMetering, UnknownHttpMetering, http_units, websocket_message_units,
};
pub use pool::{LeafBill, Pool, PoolBill, TierLine, Units};
pub use rate_card::{CardError, Confidence, Rate, RateCard};
pub use tier::{Tier, TierError, Tiers};
