//! The caches as one would write them down: dictionaries, one replay for each setting. Slow, and plainly right.

use std::collections::HashMap;

use gwcost_core::simulate::CacheArrival;

/// What a naive replay counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub hits: u64,
    pub early_hits: u64,
    pub age_sum_ms: u64,
    pub peak_live_bytes: u64,
    pub ages: Vec<u64>,
    /// Requests, hits, hits without a backend time, and the backend time of the others, by group.
    pub groups: HashMap<u32, (u64, u64, u64, u64)>,
}

struct Filled {
    at_ms: i64,
    ready_ms: i64,
    bytes: u64,
    used: usize,
}

/// Replays one TTL, with a bound on the bytes or without one.
pub fn replay(arrivals: &[CacheArrival], ttl_ms: u32, capacity: Option<u64>) -> Counted {
    let mut counted = Counted::default();
    let mut cache: HashMap<u32, Filled> = HashMap::new();
    let mut now = i64::MIN;
    for (number, arrival) in arrivals.iter().enumerate() {
        now = now.max(arrival.time_ms);
        cache.retain(|_, filled| now < filled.at_ms + i64::from(ttl_ms));
        let group = counted.groups.entry(arrival.group).or_default();
        group.0 += 1;
        if let Some(filled) = cache.get_mut(&arrival.key) {
            filled.used = number;
            let age = (now - filled.at_ms) as u64;
            counted.hits += 1;
            counted.early_hits += u64::from(now < filled.ready_ms);
            counted.age_sum_ms += age;
            counted.ages.push(age);
            group.1 += 1;
            match arrival.latency_ms {
                Some(latency) => group.3 += u64::from(latency),
                None => group.2 += 1,
            }
            continue;
        }
        let bytes = u64::from(arrival.bytes);
        if ttl_ms == 0 || capacity.is_some_and(|capacity| bytes > capacity) {
            continue;
        }
        let used = |cache: &HashMap<u32, Filled>| cache.values().map(|filled| filled.bytes).sum::<u64>();
        while capacity.is_some_and(|capacity| used(&cache) + bytes > capacity) {
            let oldest = *cache.iter().min_by_key(|(_, filled)| filled.used).unwrap().0;
            cache.remove(&oldest);
        }
        let ready_ms = now + i64::from(arrival.latency_ms.unwrap_or(0));
        cache.insert(arrival.key, Filled { at_ms: now, ready_ms, bytes, used: number });
        counted.peak_live_bytes = counted.peak_live_bytes.max(used(&cache));
    }
    counted
}
