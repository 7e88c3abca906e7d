//! The inner loop of the TTL replay: one key's expiries under all TTLs stand side by side, a lane each, so that
//! the compiler compares, counts and adds them together.
//!
//! Times are 32-bit milliseconds from a base that moves, because twice as many of them fit into a register and
//! a cache line as of 64-bit ones.

use std::array;

use super::age::Ages;
use super::live_bytes::LiveBytes;
use super::ttl_cache::{Arrival, GroupHits, MAX_TTL_MS, TtlOutcome};

/// Times from the base reach this far before the base is moved.
const HORIZON: i32 = 1 << 30;

// An expiry must fit, whatever the TTL.
const _: () = assert!(HORIZON as u64 + MAX_TTL_MS < i32::MAX as u64);

/// Never filled.
const NEVER: i32 = i32::MIN;

/// One key: when its entry expires under each TTL, and until when the answer that filled it was on its way.
#[derive(Clone, Copy)]
struct Entry<const K: usize> {
    expiry: [i32; K],
    ready: [i32; K],
}

#[derive(Clone, Copy)]
struct Group<const K: usize> {
    requests: u64,
    hits: [u64; K],
    untimed: [u64; K],
    latency: [u64; K],
}

/// A replay of up to `K` TTLs; lanes beyond those are idle.
pub(super) struct Lanes<const K: usize> {
    ttls: Vec<u32>,
    ttl: [i32; K],
    base_ms: i64,
    entries: Vec<Entry<K>>,
    groups: Vec<Group<K>>,
    early: [u64; K],
    age_sum: [u64; K],
    ages: Vec<Ages>,
    live: Vec<LiveBytes>,
}

impl<const K: usize> Lanes<K> {
    /// Bytes of one key's state, without the queue of live entries.
    pub(super) const BYTES_PER_KEY: usize = size_of::<Entry<K>>();

    pub(super) fn new(ttls: &[u32]) -> Lanes<K> {
        let mut ttl = [0; K];
        for (lane, ttl_ms) in ttl.iter_mut().zip(ttls) {
            *lane = i32::try_from(*ttl_ms).unwrap_or(i32::MAX);
        }
        Lanes {
            ttls: ttls.to_vec(),
            ages: ttls.iter().map(|ttl_ms| Ages::new(u64::from(*ttl_ms))).collect(),
            live: vec![LiveBytes::default(); ttls.len()],
            ttl,
            base_ms: i64::MIN,
            entries: Vec::new(),
            groups: Vec::new(),
            early: [0; K],
            age_sum: [0; K],
        }
    }

    /// Arrivals in the order of time.
    pub(super) fn replay(&mut self, arrivals: &[Arrival]) {
        for arrival in arrivals {
            let offset = arrival.time_ms.saturating_sub(self.base_ms);
            let now = match i32::try_from(offset) {
                Ok(now) if now < HORIZON => now,
                _ => self.rebase(arrival.time_ms),
            };
            self.arrive(now, arrival);
        }
    }

    /// Counts times from `time_ms` on, and says what that time is now.
    #[cold]
    fn rebase(&mut self, time_ms: i64) -> i32 {
        let offset = time_ms.saturating_sub(self.base_ms);
        // What would fall off the lower end has expired long ago.
        let shift = i32::try_from(offset).unwrap_or(i32::MAX);
        for entry in &mut self.entries {
            for time in entry.expiry.iter_mut().chain(&mut entry.ready) {
                *time = time.saturating_sub(shift);
            }
        }
        for live in &mut self.live {
            live.rebase(shift);
        }
        self.base_ms = time_ms;
        0
    }

    #[inline]
    fn arrive(&mut self, now: i32, arrival: &Arrival) {
        let (key, group) = (arrival.key as usize, arrival.group as usize);
        if key >= self.entries.len() || group >= self.groups.len() {
            self.grow(key, group);
        }
        let (Some(entry), Some(group)) = (self.entries.get_mut(key), self.groups.get_mut(group)) else {
            return;
        };
        // All bits of a lane are set where it is a hit.
        let hit: [u32; K] = array::from_fn(|lane| if entry.expiry[lane] > now { u32::MAX } else { 0 });
        let one: [u32; K] = array::from_fn(|lane| hit[lane] & 1);
        let age: [u32; K] = array::from_fn(|lane| {
            // Only meant, and only kept, where it is a hit.
            let since = now.wrapping_sub(entry.expiry[lane]).wrapping_add(self.ttl[lane]);
            since.cast_unsigned() & hit[lane]
        });
        let early: [u32; K] = array::from_fn(|lane| if entry.ready[lane] > now { one[lane] } else { 0 });
        group.requests += 1;
        add(&mut group.hits, &one);
        add(&mut self.early, &early);
        add(&mut self.age_sum, &age);
        match arrival.latency_ms {
            Some(latency) => {
                let spared: [u32; K] = array::from_fn(|lane| hit[lane] & latency);
                add(&mut group.latency, &spared);
            }
            None => add(&mut group.untimed, &one),
        }
        for (lane, ages) in self.ages.iter_mut().enumerate() {
            ages.add(age[lane], u64::from(one[lane]));
        }
        for (lane, live) in self.live.iter_mut().enumerate() {
            if hit[lane] == 0 {
                let expiry = now + self.ttl[lane];
                let latency = i32::try_from(arrival.latency_ms.unwrap_or(0)).unwrap_or(i32::MAX);
                entry.expiry[lane] = expiry;
                entry.ready[lane] = now.saturating_add(latency);
                live.fill(now, expiry, arrival.bytes);
            }
        }
    }

    #[cold]
    fn grow(&mut self, key: usize, group: usize) {
        if key >= self.entries.len() {
            self.entries.resize(key + 1, Entry { expiry: [NEVER; K], ready: [NEVER; K] });
        }
        if group >= self.groups.len() {
            let empty = Group { requests: 0, hits: [0; K], untimed: [0; K], latency: [0; K] };
            self.groups.resize(group + 1, empty);
        }
    }

    pub(super) fn outcome(&self) -> Vec<TtlOutcome> {
        let of_lane = |(lane, (ttl_ms, (ages, live))): (usize, (&u32, (&Ages, &LiveBytes)))| {
            let groups: Vec<GroupHits> = self
                .groups
                .iter()
                .map(|group| GroupHits {
                    requests: group.requests,
                    hits: group.hits[lane],
                    untimed_hits: group.untimed[lane],
                    latency_ms: group.latency[lane],
                })
                .collect();
            TtlOutcome {
                ttl_ms: *ttl_ms,
                requests: groups.iter().map(|group| group.requests).sum(),
                hits: groups.iter().map(|group| group.hits).sum(),
                early_hits: self.early[lane],
                peak_live_bytes: live.peak(),
                age_sum_ms: self.age_sum[lane],
                p95_age_ms: ages.percentile(95),
                groups,
            }
        };
        self.ttls.iter().zip(self.ages.iter().zip(&self.live)).enumerate().map(of_lane).collect()
    }
}

/// Adds lane by lane.
#[inline]
fn add<const K: usize>(sums: &mut [u64; K], lanes: &[u32; K]) {
    for (sum, lane) in sums.iter_mut().zip(lanes) {
        *sum += u64::from(*lane);
    }
}
