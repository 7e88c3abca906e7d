//! One cache for all, beside one for each part of the arrivals: what is shared, and what is not.
//!
//! A content delivery network keeps its answers in many places. How much these share nobody outside knows: all of
//! them together as one cache are the most that it can hit, a cache for each part of the world alone is what it
//! hits if nothing is shared between them.

use std::collections::HashMap;

use super::ttl_cache::{CacheArrival, TtlCache, TtlError, TtlOutcome};

/// The two replays side by side. The part of an arrival is its [`group`](CacheArrival::group), so that hits are
/// counted by part in both.
pub struct SplitCache {
    shared: TtlCache,
    apart: TtlCache,
    /// The number of a key in a part.
    numbers: HashMap<(u32, u32), u32>,
    renumbered: Vec<CacheArrival>,
}

impl SplitCache {
    /// Replays that have seen nothing.
    ///
    /// # Errors
    /// [`TtlError`] for too many TTLs, or one that is too long.
    pub fn new(ttls_ms: &[u32]) -> Result<SplitCache, TtlError> {
        Ok(SplitCache {
            shared: TtlCache::new(ttls_ms)?,
            apart: TtlCache::new(ttls_ms)?,
            numbers: HashMap::new(),
            renumbered: Vec::new(),
        })
    }

    /// Replays arrivals, in the order that [`TtlCache`] asks for; those of several calls follow each other.
    pub fn replay(&mut self, arrivals: &[CacheArrival]) {
        self.shared.replay(arrivals);
        self.renumbered.clear();
        for arrival in arrivals {
            // Keys are numbered with 32 bits, so there are not more of them in any part.
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            let key = *self.numbers.entry((arrival.key, arrival.group)).or_insert(next);
            self.renumbered.push(CacheArrival { key, ..*arrival });
        }
        self.apart.replay(&self.renumbered);
    }

    /// What one cache for all did, by TTL; its groups are the parts.
    pub fn shared(&self) -> Vec<TtlOutcome> {
        self.shared.outcome()
    }

    /// What a cache for each part did, all together, by TTL; its groups are the parts.
    pub fn apart(&self) -> Vec<TtlOutcome> {
        self.apart.outcome()
    }
}
