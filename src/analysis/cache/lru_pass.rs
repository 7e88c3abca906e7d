//! A second pass for the TTLs whose entries do not all fit a size: each with least-recently-used eviction.

use std::collections::HashMap;

use gwcost_core::model::Window;
use gwcost_core::pricing::{CacheSize, cache_bytes};
use gwcost_core::simulate::{LruCache, SAMPLE_PARTS, TtlOutcome};

use super::pass::Pass;
use crate::analysis::AnalysisError;
use crate::lake::{Lake, replay};

/// A stage by its place, a TTL in seconds, a size.
type Place = (usize, u32, CacheSize);

/// What caches did in which not everything fits.
#[derive(Default)]
pub(super) struct Evicting(HashMap<Place, TtlOutcome>);

impl Evicting {
    /// Replays all that do not fit, as many at a time as there is memory for.
    pub(super) fn run(lake: &Lake, period: Window, pass: &mut Pass<'_>) -> Result<Evicting, AnalysisError> {
        let mut found = HashMap::new();
        let halvings = pass.halvings();
        let mut waiting = too_large(pass);
        while !waiting.is_empty() {
            let now = as_many_as_fit(pass, &mut waiting);
            let mut caches: Vec<Vec<(Place, LruCache)>> = pass.stages.iter().map(|_| Vec::new()).collect();
            for place in now {
                let (stage, ttl, size) = place;
                // A sample of the keys gets the same part of the room.
                let cache = LruCache::new(cache_bytes(size) >> halvings, ttl.saturating_mul(1000));
                caches[stage].push((place, cache));
            }
            for batch in replay(lake, period, &pass.columns())?.ahead() {
                pass.arrivals(&batch?, |taken| {
                    let mut arrival = taken.arrival;
                    arrival.group = if halvings == 0 { 0 } else { taken.part };
                    for (_, cache) in &mut caches[taken.stage] {
                        cache.arrive(&arrival);
                    }
                });
            }
            found.extend(caches.into_iter().flatten().map(|(place, cache)| (place, cache.outcome())));
        }
        Ok(Evicting(found))
    }

    /// What a cache did in which not everything fits.
    pub(super) fn get(&self, stage: usize, ttl: u32, size: CacheSize) -> Option<&TtlOutcome> {
        self.0.get(&(stage, ttl, size))
    }
}

/// Every option whose peak is above its size.
fn too_large(pass: &Pass<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for (stage, replayed) in pass.stages.iter().enumerate() {
        if !replayed.kind_can_cache(pass.question) {
            continue;
        }
        for (ttl, outcome) in pass.question.ttls.iter().zip(replayed.answers.outcome()) {
            let peak = outcome.peak_live_bytes << pass.halvings();
            let small = pass.question.sizes.iter().filter(|size| cache_bytes(**size) < peak);
            places.extend(small.map(|size| (stage, *ttl, *size)));
        }
    }
    places
}

/// Takes from the end what there is memory for, one at least.
fn as_many_as_fit(pass: &Pass<'_>, waiting: &mut Vec<Place>) -> Vec<Place> {
    let mut left = pass.question.memory;
    let mut now = Vec::new();
    while let Some((stage, ..)) = waiting.last() {
        let keys = u64::from(pass.stages[*stage].answers.keys);
        let needed = keys * LruCache::BYTES_PER_KEY as u64 + SAMPLE_PARTS as u64;
        if needed > left && !now.is_empty() {
            break;
        }
        left = left.saturating_sub(needed);
        now.extend(waiting.pop());
    }
    now
}
