//! Replays of traffic against what API Gateway would do with it: exact, in integers, without a clock.
//!
//! Kernels know neither logs nor settings: they are given arrivals in time order and numbers.

mod age;
mod arrival;
mod busy;
mod chain;
mod frontier;
mod growth;
mod in_flight;
mod keys;
mod live_bytes;
mod lru_cache;
mod peaks;
mod scale;
mod search;
mod seconds;
mod split_cache;
#[cfg(test)]
mod throttle_tests;
mod token_bucket;
mod ttl_cache;
mod ttl_lanes;

pub use age::AGE_STEPS;
pub use arrival::{Arrival, merge, spread_in_second};
pub use chain::{Chain, Turned};
pub use frontier::{Frontier, MOST_RATES};
pub use growth::{Factor, GrowthSearch};
pub use keys::{KeySample, SAMPLE_PARTS, sample_error_ppm};
pub use lru_cache::LruCache;
pub use peaks::{Peak, SlidingPeak};
pub use scale::BucketError;
pub use search::{BurstSearch, Tolerance};
pub use seconds::SecondCounts;
pub use split_cache::SplitCache;
pub use token_bucket::{Lowest, TokenBucket};
pub use ttl_cache::{CacheArrival, GroupHits, MAX_TTL_MS, MAX_TTLS, TtlCache, TtlError, TtlOutcome};
