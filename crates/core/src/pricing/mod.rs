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
mod cloudfront_plans;
mod connection_minutes;
mod difference;
mod free_allowances;
mod invoice;
mod meter;
mod metering;
mod placement;
mod placing;
mod pool;
pub mod price_list;
mod rate_card;
mod rate_card_text;
mod scale;
mod terms;
mod tier;
mod unit_price;

pub use allocation::{apportion, largest_remainder, round_to_sum, round_to_total};
pub use amount::{AMOUNT_DECIMALS, Amount, AmountOverflow, rounded};
pub use billing_rules::{Billed, BillingRules, Evidence};
pub use cache_economics::{
    Backend, HOURS_PER_MONTH, break_even_cost_per_call, break_even_hits_per_hour, cache_bytes, cache_cost,
    part_of_month, per_month, whole_hits,
};
pub use cache_rates::{CacheRate, CacheRates, LambdaRates};
pub use cache_size::{CacheSize, UnknownCacheSize};
pub use cloudfront_plans::{CloudfrontPlan, CloudfrontPlans, CloudfrontUse, PlanCost};
pub use connection_minutes::{Connection, ConnectionEvent, LONGEST_CONNECTION_MS, Pairing};
pub use difference::{Cell, Effects, Side};
pub use free_allowances::FreeAllowances;
pub use invoice::{Estimate, InvoiceLine, estimate};
pub use meter::{GIB, Meter, UnknownMeter};
pub use metering::{
    FIREHOSE_INCREMENT_BYTES, HTTP_INCREMENT_BYTES, HttpMetering, STREAM_INCREMENT_BYTES,
    UnknownHttpMetering, WEBSOCKET_INCREMENT_BYTES, firehose_bytes, http_units, lambda_mb_milliseconds,
    rest_streamed_units, websocket_message_units, websocket_sized_units,
};
pub use placement::{OnTop, break_even_hit_ratio, break_even_response_bytes, on_top};
pub use placing::{Allocation, Placing, UnknownAllocation};
pub use pool::{LeafBill, Pool, PoolBill, TierLine, Units};
pub use rate_card::{CardError, Confidence, Rate, RateCard};
pub use scale::Scale;
pub use terms::{Discount, FreeAllowance, OtherUsage, PrivateRate, Service, Steps, Terms};
pub use tier::{Tier, TierError, Tiers};
pub use unit_price::{QUANTITY_DECIMALS, cost_at, priced_quantity};
