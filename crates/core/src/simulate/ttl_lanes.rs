//! The inner loop of the TTL replay: one key's expiries under all TTLs stand side by side, a lane each, so that
//! the compiler compares, counts and adds them together. Whether a lane hits is as good as random, so nothing in
//! the loop branches on it: masks of all bits or none select what is counted and kept.
//!
//! Times are 32-bit milliseconds from a base that moves, because twice as many of them fit into a register and
//! a cache line as of 64-bit ones.

use std::array;
use std::hint::black_box;

use super::age::{AGE_STEPS, Ages};
use super::live_bytes::{BLOCK, LiveBytes};
use super::ttl_cache::{CacheArrival, GroupHits, MAX_TTL_MS, TtlOutcome};

/// Times from the base reach this far before the base is moved.
const HORIZON: i32 = 1 << 30;

// An expiry must fit, whatever the TTL.
const _: () = assert!(HORIZON as u64 + MAX_TTL_MS < i32::MAX as u64);

/// Never filled.
const NEVER: i32 = i32::MIN;

/// One key: when its entry expires under each TTL, and until when the answer that filled it was on its way.
#[derive(Clone, Copy)]
#[repr(align(32))]
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
    /// All bits of lanes with a TTL above 0.
    keeps: [u32; K],
    shift: [u32; K],
    base_ms: i64,
    entries: Vec<Entry<K>>,
    groups: Vec<Group<K>>,
    early: [u64; K],
    age_sum: [u64; K],
    ages: Vec<Ages>,
    /// Ages by step that are not in `ages` yet, in 32 bits to stay in the nearest cache.
    recent: Box<[[u32; AGE_STEPS]; K]>,
    /// How many arrivals `recent` can hold at most.
    recent_arrivals: u32,
    live: LiveBytes<K>,
}

impl<const K: usize> Lanes<K> {
    /// Bytes of one key's state, without the queues of live entries.
    pub(super) const BYTES_PER_KEY: usize = size_of::<Entry<K>>();

    pub(super) fn new(ttls: &[u32]) -> Lanes<K> {
        let ages: Vec<Ages> = ttls.iter().map(|ttl_ms| Ages::new(u64::from(*ttl_ms))).collect();
        let ttl_of = |lane: usize| ttls.get(lane).copied().unwrap_or(0);
        Lanes {
            ttls: ttls.to_vec(),
            ttl: array::from_fn(|lane| i32::try_from(ttl_of(lane)).unwrap_or(0)),
            keeps: array::from_fn(|lane| if ttl_of(lane) > 0 { u32::MAX } else { 0 }),
            shift: array::from_fn(|lane| ages.get(lane).map_or(0, Ages::shift)),
            ages,
            base_ms: i64::MIN,
            entries: Vec::new(),
            groups: Vec::new(),
            early: [0; K],
            age_sum: [0; K],
            recent: Box::new([[0; AGE_STEPS]; K]),
            recent_arrivals: 0,
            live: LiveBytes::new(),
        }
    }

    /// Arrivals in the order of time.
    pub(super) fn replay(&mut self, arrivals: &[CacheArrival]) {
        for block in arrivals.chunks(BLOCK) {
            self.prepare(block);
            for arrival in block {
                let now = self.now(arrival.time_ms);
                self.arrive(now, arrival);
            }
        }
    }

    /// Makes room for a block, and asks for the memory of its keys all at once instead of waiting for each.
    #[inline]
    fn prepare(&mut self, block: &[CacheArrival]) {
        let largest = |of: fn(&CacheArrival) -> u32| block.iter().map(of).max().unwrap_or(0) as usize;
        let (key, group) = (largest(|arrival| arrival.key), largest(|arrival| arrival.group));
        if key >= self.entries.len() || group >= self.groups.len() {
            self.grow(key, group);
        }
        let mut seen = 0;
        for arrival in block {
            if let Some(entry) = self.entries.get(arrival.key as usize) {
                seen ^= entry.expiry[0] ^ entry.ready[K - 1];
            }
        }
        black_box(seen);
        if self.recent_arrivals > u32::MAX - BLOCK as u32 {
            self.fold();
        }
        self.recent_arrivals += block.len() as u32;
        if let Some(first) = block.first() {
            let now = self.now(first.time_ms);
            self.live.make_room(now);
        }
    }

    /// A time from the base.
    #[inline]
    fn now(&mut self, time_ms: i64) -> i32 {
        match i32::try_from(time_ms.saturating_sub(self.base_ms)) {
            Ok(now) if now < HORIZON => now,
            _ => self.rebase(time_ms),
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
        self.live.rebase(shift);
        self.base_ms = time_ms;
        0
    }

    #[inline]
    fn arrive(&mut self, now: i32, arrival: &CacheArrival) {
        let entry = self.entries.get_mut(arrival.key as usize);
        let (Some(entry), Some(group)) = (entry, self.groups.get_mut(arrival.group as usize)) else {
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
            Some(latency) => add(&mut group.latency, &array::from_fn(|lane| hit[lane] & latency)),
            None => add(&mut group.untimed, &one),
        }
        let counted = self.recent.iter_mut().zip(&self.shift).zip(age.iter().zip(&one));
        for ((steps, shift), (age, one)) in counted {
            steps[Ages::step(*shift, *age)] += one;
        }
        let latency = i32::try_from(arrival.latency_ms.unwrap_or(0)).unwrap_or(i32::MAX);
        let ready = now.saturating_add(latency);
        let select = |hit: u32, kept: i32, new: i32| (kept & hit.cast_signed()) | (new & !hit.cast_signed());
        entry.expiry = array::from_fn(|lane| select(hit[lane], entry.expiry[lane], now + self.ttl[lane]));
        entry.ready = array::from_fn(|lane| select(hit[lane], entry.ready[lane], ready));
        let filled: [u32; K] = array::from_fn(|lane| !hit[lane] & self.keeps[lane]);
        self.live.fill(now, &filled, &entry.expiry, arrival.bytes);
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

    /// Moves the counts of `recent` to where they cannot overflow.
    #[cold]
    fn fold(&mut self) {
        for (ages, recent) in self.ages.iter_mut().zip(self.recent.iter_mut()) {
            ages.add_steps(recent);
        }
        *self.recent = [[0; AGE_STEPS]; K];
        self.recent_arrivals = 0;
    }

    pub(super) fn outcome(&self) -> Vec<TtlOutcome> {
        let of_lane = |(lane, (ttl_ms, ages)): (usize, (&u32, &Ages))| {
            let mut ages = ages.clone();
            ages.add_steps(&self.recent[lane]);
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
                peak_live_bytes: self.live.peak(lane),
                age_sum_ms: self.age_sum[lane],
                p95_age_ms: ages.percentile(95),
                groups,
            }
        };
        self.ttls.iter().zip(&self.ages).enumerate().map(of_lane).collect()
    }
}

/// Adds lane by lane.
#[inline]
fn add<const K: usize>(sums: &mut [u64; K], lanes: &[u32; K]) {
    for (sum, lane) in sums.iter_mut().zip(lanes) {
        *sum += u64::from(*lane);
    }
}
