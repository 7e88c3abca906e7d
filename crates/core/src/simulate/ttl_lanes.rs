//! The inner loop of the TTL replay: one key's expiries under all TTLs stand side by side, a lane each, so that
//! the compiler compares, counts and adds them together. Whether a lane hits is as good as random, so nothing in
//! the loop branches on it: masks of all bits or none select what is counted and kept.
//!
//! What it costs is memory: so a key is one cache line (times are 32-bit milliseconds from a base that moves, and
//! only the latest answer on its way is beside them), the keys of a block are asked for together, and counts are
//! 32 bits or less until they are folded into larger ones.

use std::array;
use std::hint::black_box;

use super::age::{AGE_STEPS, Ages};
use super::in_flight::{Earlier, Flight};
use super::live_bytes::{BLOCK, Fills, LiveBytes};
use super::ttl_cache::{CacheArrival, GroupHits, MAX_TTL_MS, TtlOutcome};

/// Times from the base reach this far before the base is moved.
const HORIZON: i64 = 1 << 30;

// An expiry must fit, whatever the TTL.
const _: () = assert!(HORIZON as u64 + MAX_TTL_MS < i32::MAX as u64);

/// Never filled.
const NEVER: i32 = i32::MIN;

/// One key: when its entry expires under each TTL, and the answers that are on their way.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Entry<const K: usize> {
    expiry: [i32; K],
    flight: Flight,
}

/// Counts of a group that are not in its totals yet.
#[derive(Clone, Copy)]
struct Recent<const K: usize> {
    hits: [u32; K],
    untimed: [u32; K],
    latency: [u32; K],
    requests: u32,
    /// The backend time of all arrivals, which that of no lane exceeds.
    all_latency: u32,
}

/// Counts of a group.
#[derive(Clone, Copy)]
struct Total<const K: usize> {
    requests: u64,
    hits: [u64; K],
    untimed: [u64; K],
    latency: [u64; K],
}

/// A replay of up to `K` TTLs; lanes beyond those are idle.
pub(super) struct Lanes<const K: usize> {
    ttls: Vec<u32>,
    ttl: [i32; K],
    /// All bits of lanes with a TTL above 0.
    keeps: [u32; K],
    shift: [u32; K],
    base_ms: i64,
    entries: Vec<Entry<K>>,
    recent: Vec<Recent<K>>,
    totals: Vec<Total<K>>,
    early: [u64; K],
    age_sum: [u64; K],
    ages: Vec<Ages>,
    /// Ages by step that are not in `ages` yet, in 16 bits to stay in the nearest cache. A miss counts as an age
    /// of 0.
    steps: Box<[[u16; AGE_STEPS]; K]>,
    /// How many arrivals are in `steps`, and how many of them were hits.
    stepped: u32,
    stepped_hits: [u32; K],
    live: LiveBytes<K>,
    earlier: Earlier,
}

impl<const K: usize> Lanes<K> {
    /// Bytes that each key takes at most: its own state, and its places in the list of fills.
    pub(super) fn bytes_per_key(ttls: usize) -> usize {
        size_of::<Entry<K>>() + ttls * LiveBytes::<K>::BYTES_PER_FILL
    }

    pub(super) fn new(ttls: &[u32]) -> Lanes<K> {
        let ages: Vec<Ages> = ttls.iter().map(|ttl_ms| Ages::new(u64::from(*ttl_ms))).collect();
        let ttl_of = |lane: usize| ttls.get(lane).copied().unwrap_or(0);
        let ttl = array::from_fn(|lane| i32::try_from(ttl_of(lane)).unwrap_or(0));
        Lanes {
            ttls: ttls.to_vec(),
            ttl,
            keeps: array::from_fn(|lane| if ttl_of(lane) > 0 { u32::MAX } else { 0 }),
            shift: array::from_fn(|lane| ages.get(lane).map_or(0, Ages::shift)),
            ages,
            base_ms: i64::MIN,
            entries: Vec::new(),
            recent: Vec::new(),
            totals: Vec::new(),
            early: [0; K],
            age_sum: [0; K],
            steps: Box::new([[0; AGE_STEPS]; K]),
            stepped: 0,
            stepped_hits: [0; K],
            live: LiveBytes::new(ttl),
            earlier: Earlier::new(),
        }
    }

    /// Bytes of keys and fills that are taken now.
    pub(super) fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<K>>() + self.live.bytes()
    }

    /// Arrivals in the order of time.
    pub(super) fn replay(&mut self, arrivals: &[CacheArrival]) {
        for block in arrivals.chunks(BLOCK) {
            self.divide(block);
        }
    }

    /// Divides a block until its times and its bytes fit into 32 bits.
    fn divide(&mut self, block: &[CacheArrival]) {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { return };
        if first.time_ms.saturating_sub(self.base_ms) >= HORIZON {
            self.rebase(first.time_ms);
        }
        let bytes: u64 = block.iter().map(|arrival| u64::from(arrival.bytes)).sum();
        let fits = bytes <= u64::from(u32::MAX) && last.time_ms.saturating_sub(self.base_ms) < HORIZON;
        if fits || block.len() == 1 {
            self.prepare(block);
            self.block(block);
        } else {
            let (one, other) = block.split_at(block.len() / 2);
            self.divide(one);
            self.divide(other);
        }
    }

    /// Makes room for a block, and asks for the memory of its keys all at once instead of waiting for each.
    #[inline]
    fn prepare(&mut self, block: &[CacheArrival]) {
        let (mut key, mut group) = (0, 0);
        for arrival in block {
            (key, group) = (key.max(arrival.key), group.max(arrival.group));
        }
        if key as usize >= self.entries.len() || group as usize >= self.recent.len() {
            self.grow(key as usize, group as usize);
        }
        let mut seen = 0;
        for arrival in block {
            if let Some(entry) = self.entries.get(arrival.key as usize) {
                seen ^= entry.flight.fill;
            }
        }
        black_box(seen);
        if self.stepped > u32::from(u16::MAX) - BLOCK as u32 {
            self.fold();
        }
        self.stepped += block.len() as u32;
    }

    /// Counts times from `time_ms` on.
    #[cold]
    fn rebase(&mut self, time_ms: i64) {
        // What would fall off the lower end has expired long ago.
        let shift = i32::try_from(time_ms.saturating_sub(self.base_ms)).unwrap_or(i32::MAX);
        for entry in &mut self.entries {
            entry.expiry.iter_mut().for_each(|time| *time = time.saturating_sub(shift));
            entry.flight.rebase(shift);
        }
        self.live.rebase(shift);
        self.earlier.rebase(shift);
        self.base_ms = time_ms;
    }

    #[inline]
    fn block(&mut self, block: &[CacheArrival]) {
        let Lanes { ttl, keeps, shift, base_ms, entries, recent, totals, earlier, steps, .. } = self;
        let mut fills = Fills::NONE;
        let mut block_hits = [0_u32; K];
        for arrival in block {
            let entry = entries.get_mut(arrival.key as usize);
            let (Some(entry), Some(group)) = (entry, recent.get_mut(arrival.group as usize)) else {
                continue;
            };
            // It fits: the block was divided until it does.
            let now = arrival.time_ms.wrapping_sub(*base_ms) as i32;
            // All bits of a lane are set where it is a hit.
            let hit: [u32; K] = array::from_fn(|lane| if entry.expiry[lane] > now { u32::MAX } else { 0 });
            let age: [u32; K] = array::from_fn(|lane| {
                // Only meant, and only kept, where it is a hit.
                let since = now.wrapping_sub(entry.expiry[lane]).wrapping_add(ttl[lane]);
                since.cast_unsigned() & hit[lane]
            });
            if entry.flight.is_open(now) {
                count_early(&mut self.early, entry, ttl, now, arrival.key, earlier);
            }
            let latency = arrival.latency_ms.unwrap_or(0);
            match group.all_latency.checked_add(latency) {
                Some(sum) if group.requests < u32::MAX => group.all_latency = sum,
                _ => {
                    if let Some(total) = totals.get_mut(arrival.group as usize) {
                        total.add(group);
                    }
                    *group = Recent::NOTHING;
                    group.all_latency = latency;
                }
            }
            group.requests += 1;
            // All bits are minus one.
            for lane in 0..K {
                group.hits[lane] = group.hits[lane].wrapping_sub(hit[lane]);
                group.latency[lane] += hit[lane] & latency;
                block_hits[lane] = block_hits[lane].wrapping_sub(hit[lane]);
            }
            if arrival.latency_ms.is_none() {
                for (untimed, hit) in group.untimed.iter_mut().zip(&hit) {
                    *untimed = untimed.wrapping_sub(*hit);
                }
            }
            for (sum, age) in self.age_sum.iter_mut().zip(&age) {
                *sum += u64::from(*age);
            }
            for lane in 0..K {
                let step = &mut steps[lane][Ages::step(shift[lane], age[lane])];
                *step = step.wrapping_add(1);
            }
            let filled: [u32; K] = array::from_fn(|lane| !hit[lane] & keeps[lane]);
            // Each in a loop of its own, which the compiler does for four lanes at a time.
            let bits: [u32; K] = array::from_fn(|lane| filled[lane] & (1 << lane));
            let mask = bits.iter().fold(0, |mask, bit| mask | bit);
            for (sum, filled) in fills.sums.iter_mut().zip(&filled) {
                *sum += filled & arrival.bytes;
            }
            entry.expiry = array::from_fn(|lane| {
                let (kept, new) =
                    (entry.expiry[lane].cast_unsigned(), now.wrapping_add(ttl[lane]).cast_unsigned());
                ((kept & hit[lane]) | (new & !hit[lane])).cast_signed()
            });
            // Always written, and kept if some lane was filled.
            if let Some(time) = fills.times.get_mut(fills.count) {
                *time = now;
                fills.bytes[fills.count] = arrival.bytes;
                fills.masks[fills.count] = mask as u16;
            }
            fills.count += usize::from(mask != 0);
            if mask != 0 {
                let ready = now.saturating_add(i32::try_from(latency).unwrap_or(i32::MAX));
                entry.flight.fill(now, ready, arrival.key, earlier);
            }
        }
        for (sum, hits) in self.stepped_hits.iter_mut().zip(&block_hits) {
            *sum += hits;
        }
        self.live.add(&fills);
    }

    #[cold]
    fn grow(&mut self, key: usize, group: usize) {
        if key >= self.entries.len() {
            self.entries.resize(key + 1, Entry { expiry: [NEVER; K], flight: Flight::NEVER });
        }
        if group >= self.recent.len() {
            self.recent.resize(group + 1, Recent::NOTHING);
            self.totals.resize(group + 1, Total::NOTHING);
        }
    }

    /// Moves the counts of `steps` to where they cannot overflow.
    #[cold]
    fn fold(&mut self) {
        for (lane, ages) in self.ages.iter_mut().enumerate() {
            ages.add_steps(&self.steps[lane], self.stepped - self.stepped_hits[lane]);
        }
        *self.steps = [[0; AGE_STEPS]; K];
        self.stepped = 0;
        self.stepped_hits = [0; K];
    }

    pub(super) fn outcome(&self) -> Vec<TtlOutcome> {
        let whole = |(total, recent): (&Total<K>, &Recent<K>)| {
            let mut total = *total;
            total.add(recent);
            total
        };
        let totals: Vec<Total<K>> = self.totals.iter().zip(&self.recent).map(whole).collect();
        let of_lane = |(lane, (ttl_ms, ages)): (usize, (&u32, &Ages))| {
            let mut ages = ages.clone();
            ages.add_steps(&self.steps[lane], self.stepped - self.stepped_hits[lane]);
            let groups: Vec<GroupHits> = totals
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
                peak_live_bytes: self.live.peak(lane),
                age_sum_ms: self.age_sum[lane],
                p95_age_ms: ages.percentile(95),
                groups,
            }
        };
        self.ttls.iter().zip(&self.ages).enumerate().map(of_lane).collect()
    }
}

impl<const K: usize> Recent<K> {
    const NOTHING: Recent<K> =
        Recent { hits: [0; K], untimed: [0; K], latency: [0; K], requests: 0, all_latency: 0 };
}

impl<const K: usize> Total<K> {
    const NOTHING: Total<K> = Total { requests: 0, hits: [0; K], untimed: [0; K], latency: [0; K] };

    fn add(&mut self, recent: &Recent<K>) {
        self.requests += u64::from(recent.requests);
        for lane in 0..K {
            self.hits[lane] += u64::from(recent.hits[lane]);
            self.untimed[lane] += u64::from(recent.untimed[lane]);
            self.latency[lane] += u64::from(recent.latency[lane]);
        }
    }
}

/// Counts the lanes that hit before the answer of their fill was there. Most keys have none on its way.
#[inline(never)]
fn count_early<const K: usize>(
    early: &mut [u64; K],
    entry: &Entry<K>,
    ttl: &[i32; K],
    now: i32,
    key: u32,
    earlier: &Earlier,
) {
    for lane in 0..K {
        let expiry = entry.expiry[lane];
        let is_early = expiry > now && entry.flight.is_early(now, expiry - ttl[lane], key, earlier);
        early[lane] += u64::from(is_early);
    }
}
