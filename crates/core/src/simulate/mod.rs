//! Replays of traffic against what API Gateway would do with it: exact, in integers, without a clock.
//!
//! Kernels know neither logs nor settings: they are given arrivals in time order and numbers.

mod arrival;
mod busy;
mod chain;
mod frontier;
mod growth;
mod peaks;
mod scale;
mod search;
mod seconds;
#[cfg(test)]
mod throttle_tests;
mod token_bucket;

pub use arrival::{Arrival, merge, spread_in_second};
pub use chain::{Chain, Turned};
pub use frontier::{Frontier, MOST_RATES};
pub use growth::{Factor, GrowthSearch};
pub use peaks::{Peak, SlidingPeak};
pub use scale::BucketError;
pub use search::{BurstSearch, Tolerance};
pub use seconds::SecondCounts;
pub use token_bucket::{Lowest, TokenBucket};
