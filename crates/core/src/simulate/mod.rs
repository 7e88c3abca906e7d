//! Exact kernels that replay arrivals: what would have happened with another setting.
//!
//! They know times, keys and sizes as integers. They know neither files nor money.

mod age;
mod keys;
mod live_bytes;
mod lru_cache;
mod ttl_cache;
mod ttl_lanes;

pub use age::AGE_STEPS;
pub use keys::{KeySample, SAMPLE_PARTS, sample_error_ppm};
pub use lru_cache::LruCache;
pub use ttl_cache::{Arrival, GroupHits, MAX_TTL_MS, MAX_TTLS, TtlCache, TtlError, TtlOutcome};
