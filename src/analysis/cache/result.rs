//! What the question of caches is answered with: plain values. A figure that is not known is `None`.

use std::collections::HashMap;

use std::fmt;

use gwcost_core::model::Window;
use gwcost_core::pricing::CacheSize;
use rust_decimal::Decimal;

use crate::analysis::dimension::Dimension;

/// A stage of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StageId {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
}

impl fmt::Display for StageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StageId { account, region, api, stage } = self;
        write!(formatter, "{api}/{stage} of account {account} in {region}")
    }
}

/// What AWS counted of a stage's cache in the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// Of all methods together.
    pub all: CacheCounts,
    /// Of methods and routes, where detailed metrics are on.
    pub methods: HashMap<(Option<String>, Option<String>), CacheCounts>,
}

/// Hits and misses of a cache in the window, as AWS counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// `CacheHitCount`.
    pub hits: u64,
    /// `CacheMissCount`.
    pub misses: u64,
}

/// The whole answer.
#[derive(Clone, Debug)]
pub struct CacheAnalysis {
    /// The half-open UTC window.
    pub window: Window,
    /// The part of it that the lake covers, in whole hours: options are of this time. `None` without a log.
    pub replayed: Option<Window>,
    /// What was looked at.
    pub filters: Vec<(Dimension, String)>,
    /// Options are those of a shared cache of the user's own.
    pub shared: bool,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// The rates that were used.
    pub rates: Vec<CacheRateUse>,
    /// Not all keys were replayed.
    pub sample: Option<CacheSample>,
    /// Stages that can have a cache, by name.
    pub stages: Vec<StageCache>,
    /// Stages whose callers an authorizer knows, by name.
    pub authorizers: Vec<AuthorizerCache>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
    /// What was taken for granted, a sentence each.
    pub assumptions: Vec<String>,
}

/// A rate that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheRateUse {
    /// AWS region code.
    pub region: String,
    /// What it is for: `cache of 0.5 GB`, `Lambda request`.
    pub what: String,
    /// Of how much: `hour`, `request`, `GB-second`.
    pub unit: String,
    /// Dollars.
    pub rate: Decimal,
    /// Where it was read.
    pub source: String,
}

/// How many keys were replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSample {
    /// One of so many.
    pub one_in: u64,
}

/// A stage: what is there, and what other caches would do.
#[derive(Clone, Debug, Default)]
pub struct StageCache {
    /// Which one.
    pub id: StageId,
    /// The cache that it has; `None` where it has none or its settings are not known.
    pub observed: Option<Observed>,
    /// All of its requests.
    pub requests: u64,
    /// Those that a cache could have answered or kept.
    pub cacheable_requests: u64,
    /// Why the others could not.
    pub left_out: LeftOut,
    /// Of the cacheable ones, those whose size was not logged: peaks are then floors.
    pub unsized_requests: u64,
    /// Different keys among them; an estimate where keys were sampled.
    pub distinct_keys: u64,
    /// The fields of the key: `method`, `path` and further ones. Empty where the log holds no path.
    pub key_basis: Vec<String>,
    /// Fields that the real key may have and the log does not hold: hits are then an upper bound.
    pub key_lacks: Vec<String>,
    /// For each TTL: without a bound, then by size.
    pub options: Vec<CacheOption>,
    /// What pays best; `None` where it cannot be told.
    pub best: Option<Best>,
    /// Methods with cacheable requests, those with most of them first.
    pub methods: Vec<MethodCache>,
    /// What is odd about it, a sentence each.
    pub findings: Vec<String>,
}

/// Requests of a stage that no cache could have answered, each counted once, at the first reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Another method.
    pub method: u64,
    /// Another status than 200, or none logged.
    pub status: u64,
    /// The response was streamed.
    pub streamed: u64,
    /// The response was larger than 1 MiB.
    pub too_large: u64,
    /// The path was not logged.
    pub without_path: u64,
}

/// A cache that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// GB, as AWS gives it; of several the last one's.
    pub size_gb: Decimal,
    /// How long it was there in the window, as far as settings say.
    pub hours: Decimal,
    /// Each size that it had, one after the other.
    pub sizes: Vec<HeldSize>,
    /// Dollars for these hours.
    pub cache_cost: Option<Decimal>,
    /// Requests that it answered.
    pub hits: Option<u64>,
    /// Requests that it did not.
    pub misses: Option<u64>,
    /// The part of hits among both, 0 to 1, six decimals.
    pub hit_ratio: Option<Decimal>,
    /// Dollars that its hits spared the backend.
    pub backend_saved: Option<Decimal>,
    /// Milliseconds that its hits did not wait for the backend.
    pub time_saved_ms: Option<u64>,
    /// Dollars saved less dollars paid.
    pub net: Option<Decimal>,
    /// Hits an hour from which it pays.
    pub break_even_hits_per_hour: Option<Decimal>,
}

/// A size that a cache had for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSize {
    /// GB, as AWS gives it.
    pub size_gb: Decimal,
    /// For how long in the window.
    pub hours: Decimal,
    /// Dollars for these hours.
    pub cache_cost: Option<Decimal>,
}

/// Whose word an option's hits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Replayed, and everything fits: exact for this key however the cache evicts.
    Exact,
    /// There are at most so many: not everything fits, or the key lacks something.
    UpperBound,
    /// Replayed with least-recently-used eviction; AWS does not document its own.
    LruEstimate,
    /// Replayed for a sample of keys.
    Sample,
}

impl Basis {
    /// The name in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::Exact => "exact",
            Basis::UpperBound => "upper_bound",
            Basis::LruEstimate => "lru_estimate",
            Basis::Sample => "sample",
        }
    }
}

/// What one TTL and size would have done in the replayed time.
#[derive(Clone, Debug)]
pub struct CacheOption {
    /// The TTL.
    pub ttl_seconds: u32,
    /// The size; `None` is a cache without a bound and without a price.
    pub size: Option<CacheSize>,
    /// Requests that it answers.
    pub hits: u64,
    /// Of `hits`, those that came before the answer which fills the entry: the cache may have missed them.
    pub early_hits: u64,
    /// The part of the cacheable requests that it answers, 0 to 1, six decimals.
    pub hit_ratio: Option<Decimal>,
    /// Two standard errors of the ratio, where keys were sampled.
    pub hit_ratio_error: Option<Decimal>,
    /// Whose word that is.
    pub basis: Basis,
    /// The most bytes of responses at once.
    pub peak_live_bytes: u64,
    /// Dollars that the backend is spared.
    pub backend_saved: Option<Decimal>,
    /// Milliseconds of the backend that nobody waits for.
    pub time_saved_ms: Option<u64>,
    /// Dollars for the cache.
    pub cache_cost: Option<Decimal>,
    /// Dollars saved less dollars paid.
    pub net: Option<Decimal>,
    /// The same, scaled to 730 hours.
    pub net_per_month: Option<Decimal>,
    /// What a call of the backend has to cost for the cache to pay.
    pub break_even_cost_per_call: Option<Decimal>,
    /// The mean age of served answers.
    pub mean_age_ms: Option<u64>,
    /// The age that 95 % of them do not exceed.
    pub p95_age_ms: Option<u64>,
}

/// What pays best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Best {
    /// No cache: none saves more than it costs.
    Off,
    /// This one.
    Cache {
        /// Its TTL.
        ttl_seconds: u32,
        /// Its size.
        size: CacheSize,
        /// Dollars saved less dollars paid in the replayed time.
        net: Decimal,
        /// The same, scaled to 730 hours.
        net_per_month: Option<Decimal>,
    },
}

/// A method of a stage.
#[derive(Clone, Debug)]
pub struct MethodCache {
    /// `GET`.
    pub method: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// Its cacheable requests.
    pub cacheable_requests: u64,
    /// The TTL of the figures below: the best option's, else the longest.
    pub ttl_seconds: u32,
    /// Its requests that a cache without a bound answers.
    pub hits: u64,
    /// The part of its cacheable requests.
    pub hit_ratio: Option<Decimal>,
    /// Dollars that its backend is spared.
    pub backend_saved: Option<Decimal>,
    /// What the cache that is there answered of it; `None` without detailed metrics.
    pub observed: Option<CacheCounts>,
    /// Whether it is cached now; `None` where settings are not known.
    pub cached: Option<bool>,
    /// Its key holds who the caller is.
    pub per_caller: bool,
    /// Whether the best option should keep its answers; `None` where that cannot be told.
    pub worth_caching: Option<bool>,
}

/// A stage's authorizer: how often it is asked.
#[derive(Clone, Debug)]
pub struct AuthorizerCache {
    /// Whose.
    pub id: StageId,
    /// Authorizers that settings name, with their kind and TTL: `by-token (TOKEN), 300 s`. Empty where they
    /// are not known.
    pub configured: Vec<String>,
    /// Requests of known callers.
    pub requests: u64,
    /// Callers; an estimate where they were sampled.
    pub principals: u64,
    /// One for each result TTL.
    pub options: Vec<AuthorizerOption>,
}

/// What one result TTL would have done.
#[derive(Clone, Debug)]
pub struct AuthorizerOption {
    /// The TTL.
    pub ttl_seconds: u32,
    /// How often the authorizer is asked; at least, because a caller may have several tokens.
    pub invocations: u64,
    /// Dollars for that.
    pub cost: Option<Decimal>,
    /// The same, scaled to 730 hours.
    pub cost_per_month: Option<Decimal>,
}
