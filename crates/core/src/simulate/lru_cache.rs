//! A cache of a size that throws out what was not used for longest, with a TTL: an estimate of what a cache does
//! in which not everything fits. AWS does not say how its own evicts.
//!
//! Expired entries take no room. What is larger than the whole cache is not stored. Only the bytes of responses
//! count: what a real cache keeps beside them is not known.

use super::age::Ages;
use super::ttl_cache::{CacheArrival, GroupHits, TtlOutcome};

/// No slot.
const NONE: u32 = u32::MAX;

/// An entry, in two lists: by last use, and by fill, which with one TTL is the order of expiry.
#[derive(Clone, Copy)]
struct Slot {
    key: u32,
    bytes: u32,
    expiry_ms: i64,
    ready_ms: i64,
    by_use: Links,
    by_fill: Links,
}

#[derive(Clone, Copy)]
struct Links {
    before: u32,
    after: u32,
}

const UNLINKED: Links = Links { before: NONE, after: NONE };

/// The ends of a list through the slots.
#[derive(Clone, Copy)]
struct Ends {
    first: u32,
    last: u32,
}

/// A replay of one size and one TTL. Arrivals come in the order of time, as for
/// [`TtlCache`](super::TtlCache).
pub struct LruCache {
    capacity: u64,
    ttl_ms: u32,
    used: u64,
    peak: u64,
    slots: Vec<Slot>,
    free: Vec<u32>,
    slot_of: Vec<u32>,
    /// The least recently used first.
    use_order: Ends,
    /// The first to expire first.
    fill_order: Ends,
    latest_ms: i64,
    early_hits: u64,
    age_sum_ms: u64,
    ages: Ages,
    evictions: u64,
    groups: Vec<GroupHits>,
}

impl LruCache {
    /// Bytes that each key takes: its slot, while it is live, and its place in the index.
    pub const BYTES_PER_KEY: usize = size_of::<Slot>() + size_of::<u32>();

    /// An empty cache of `capacity` bytes. A TTL of 0 never hits.
    pub fn new(capacity: u64, ttl_ms: u32) -> LruCache {
        LruCache {
            capacity,
            ttl_ms,
            used: 0,
            peak: 0,
            slots: Vec::new(),
            free: Vec::new(),
            slot_of: Vec::new(),
            use_order: Ends { first: NONE, last: NONE },
            fill_order: Ends { first: NONE, last: NONE },
            latest_ms: i64::MIN,
            early_hits: 0,
            age_sum_ms: 0,
            ages: Ages::new(u64::from(ttl_ms)),
            evictions: 0,
            groups: Vec::new(),
        }
    }

    /// Replays one arrival.
    pub fn arrive(&mut self, arrival: &CacheArrival) {
        let now = arrival.time_ms.max(self.latest_ms);
        self.latest_ms = now;
        let (key, group) = (arrival.key as usize, arrival.group as usize);
        if key >= self.slot_of.len() {
            self.slot_of.resize(key + 1, NONE);
        }
        if group >= self.groups.len() {
            self.groups.resize(group + 1, GroupHits::default());
        }
        self.groups[group].requests += 1;
        let slot = self.slot_of[key];
        let live = (slot != NONE).then(|| self.slots[slot as usize]).filter(|slot| slot.expiry_ms > now);
        let Some(entry) = live else {
            self.fill(now, arrival);
            return;
        };
        let counted = &mut self.groups[group];
        counted.hits += 1;
        match arrival.latency_ms {
            Some(latency) => counted.latency_ms += u64::from(latency),
            None => counted.untimed_hits += 1,
        }
        self.early_hits += u64::from(entry.ready_ms > now);
        // Below the TTL, which fits.
        let age = u32::try_from(now - (entry.expiry_ms - i64::from(self.ttl_ms))).unwrap_or(0);
        self.age_sum_ms += u64::from(age);
        self.ages.add(age);
        unlink(&mut self.slots, &mut self.use_order, slot, |slot| &mut slot.by_use);
        append(&mut self.slots, &mut self.use_order, slot, |slot| &mut slot.by_use);
    }

    fn fill(&mut self, now: i64, arrival: &CacheArrival) {
        let bytes = u64::from(arrival.bytes);
        if self.ttl_ms == 0 {
            return;
        }
        while self.fill_order.first != NONE && self.slots[self.fill_order.first as usize].expiry_ms <= now {
            self.remove(self.fill_order.first);
        }
        if bytes > self.capacity {
            return;
        }
        while self.used + bytes > self.capacity {
            self.remove(self.use_order.first);
            self.evictions += 1;
        }
        let slot = Slot {
            key: arrival.key,
            bytes: arrival.bytes,
            expiry_ms: now.saturating_add(i64::from(self.ttl_ms)),
            ready_ms: now.saturating_add(i64::from(arrival.latency_ms.unwrap_or(0))),
            by_use: UNLINKED,
            by_fill: UNLINKED,
        };
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                // One for each key at most, and keys are 32 bits.
                u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
            }
        };
        append(&mut self.slots, &mut self.use_order, at, |slot| &mut slot.by_use);
        append(&mut self.slots, &mut self.fill_order, at, |slot| &mut slot.by_fill);
        self.slot_of[arrival.key as usize] = at;
        self.used += bytes;
        self.peak = self.peak.max(self.used);
    }

    fn remove(&mut self, at: u32) {
        unlink(&mut self.slots, &mut self.use_order, at, |slot| &mut slot.by_use);
        unlink(&mut self.slots, &mut self.fill_order, at, |slot| &mut slot.by_fill);
        let slot = self.slots[at as usize];
        self.used -= u64::from(slot.bytes);
        self.slot_of[slot.key as usize] = NONE;
        self.free.push(at);
    }

    /// Entries that had to go before they expired.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// What it did so far; `peak_live_bytes` is the most that it held.
    pub fn outcome(&self) -> TtlOutcome {
        TtlOutcome {
            ttl_ms: self.ttl_ms,
            requests: self.groups.iter().map(|group| group.requests).sum(),
            hits: self.groups.iter().map(|group| group.hits).sum(),
            early_hits: self.early_hits,
            peak_live_bytes: self.peak,
            age_sum_ms: self.age_sum_ms,
            p95_age_ms: self.ages.percentile(95),
            groups: self.groups.clone(),
        }
    }
}

fn append(slots: &mut [Slot], ends: &mut Ends, at: u32, links: fn(&mut Slot) -> &mut Links) {
    *links(&mut slots[at as usize]) = Links { before: ends.last, after: NONE };
    match ends.last {
        NONE => ends.first = at,
        last => links(&mut slots[last as usize]).after = at,
    }
    ends.last = at;
}

fn unlink(slots: &mut [Slot], ends: &mut Ends, at: u32, links: fn(&mut Slot) -> &mut Links) {
    let Links { before, after } = *links(&mut slots[at as usize]);
    match before {
        NONE => ends.first = after,
        before => links(&mut slots[before as usize]).after = after,
    }
    match after {
        NONE => ends.last = before,
        after => links(&mut slots[after as usize]).before = before,
    }
}
