//! The most bytes that were live at once, under each of several TTLs.
//!
//! With one TTL entries expire in the order in which they were filled, so the fills in the order of time are a queue
//! for every lane: one list for all, and for each lane a place in it up to which everything has expired. Nothing has
//! to be taken out as long as what was ever put in would not make a new peak; then whole blocks go at once.

use std::array;

/// Fills that are added together, at most, and fills of a block whose bytes are summed up.
pub(super) const BLOCK: usize = 16;

/// Fills that are remembered before it is looked for those that no lane needs any more.
const FIRST_LIMIT: usize = 1024;

/// Fills in the order of time, as a block of arrivals made them.
#[derive(Clone, Copy)]
pub(super) struct Fills<const K: usize> {
    /// How many.
    pub(super) count: usize,
    pub(super) times: [i32; BLOCK],
    pub(super) bytes: [u32; BLOCK],
    /// Which lanes were filled: a bit each.
    pub(super) masks: [u16; BLOCK],
    /// The bytes that each lane was filled with.
    pub(super) sums: [u32; K],
}

impl<const K: usize> Fills<K> {
    /// None yet.
    pub(super) const NONE: Fills<K> =
        Fills { count: 0, times: [0; BLOCK], bytes: [0; BLOCK], masks: [0; BLOCK], sums: [0; K] };
}

/// Live bytes of each lane.
pub(super) struct LiveBytes<const K: usize> {
    ttl: [i32; K],
    times: Vec<i32>,
    bytes: Vec<u32>,
    masks: Vec<u16>,
    /// The bytes of each lane in each block of fills that is complete.
    sums: Vec<[u64; K]>,
    /// Those of the block that is not.
    open: [u64; K],
    /// Fills before this one have expired and are no longer counted.
    gone: [usize; K],
    peak: [u64; K],
    /// The peak less all bytes that are counted, expired ones included.
    slack: [i64; K],
    /// With as many fills it is looked for those that no lane needs.
    limit: usize,
}

impl<const K: usize> LiveBytes<K> {
    /// Bytes that a fill takes, at most: a key has as many as lanes if each lane was filled at another time, and
    /// half as many again wait to be dropped.
    pub(super) const BYTES_PER_FILL: usize =
        (size_of::<(i32, u32)>() + size_of::<u16>() + size_of::<[u64; K]>() / BLOCK) * 3 / 2;

    pub(super) fn new(ttl: [i32; K]) -> LiveBytes<K> {
        LiveBytes {
            ttl,
            times: Vec::new(),
            bytes: Vec::new(),
            masks: Vec::new(),
            sums: Vec::new(),
            open: [0; K],
            gone: [0; K],
            peak: [0; K],
            slack: [0; K],
            limit: FIRST_LIMIT,
        }
    }

    /// The peak of a lane so far.
    pub(super) fn peak(&self, lane: usize) -> u64 {
        self.peak[lane]
    }

    /// Bytes that are taken now.
    pub(super) fn bytes(&self) -> usize {
        let each = |length: usize, size: usize| length * size;
        each(self.times.capacity(), size_of::<i32>())
            + each(self.bytes.capacity(), size_of::<u32>())
            + each(self.masks.capacity(), size_of::<u16>())
            + each(self.sums.capacity(), size_of::<[u64; K]>())
    }

    /// Adds fills that are not earlier than those before.
    #[inline]
    pub(super) fn add(&mut self, fills: &Fills<K>) {
        let (times, bytes, masks) =
            (&fills.times[..fills.count], &fills.bytes[..fills.count], &fills.masks[..fills.count]);
        let Some(first) = times.first() else { return };
        if self.times.len() + BLOCK > self.limit {
            self.compact(*first);
        }
        let room = BLOCK - self.times.len() % BLOCK;
        self.times.extend_from_slice(times);
        self.bytes.extend_from_slice(bytes);
        self.masks.extend_from_slice(masks);
        if times.len() < room {
            self.open.iter_mut().zip(&fills.sums).for_each(|(open, sum)| *open += u64::from(*sum));
        } else {
            // What completes the block, and what begins the next one.
            let head = sums_of::<K>(&bytes[..room], &masks[..room]);
            let mut complete = self.open;
            complete.iter_mut().zip(&head).for_each(|(sum, head)| *sum += u64::from(*head));
            self.sums.push(complete);
            self.open = array::from_fn(|lane| u64::from(fills.sums[lane] - head[lane]));
        }
        let mut lowest = 0;
        for (slack, sum) in self.slack.iter_mut().zip(&fills.sums) {
            *slack -= i64::from(*sum);
            lowest |= *slack;
        }
        // The sign of one is the sign of all together.
        if lowest < 0 {
            self.settle(fills.count);
        }
    }

    /// Sums up all blocks anew.
    fn sum_up(&mut self) {
        self.sums.clear();
        self.open = [0; K];
        for (bytes, masks) in self.bytes.chunks(BLOCK).zip(self.masks.chunks(BLOCK)) {
            let mut sums = [0; K];
            for (bytes, mask) in bytes.iter().zip(masks) {
                let filled = sums_of::<K>(&[*bytes], &[*mask]);
                sums.iter_mut().zip(&filled).for_each(|(sum, bytes)| *sum += u64::from(*bytes));
            }
            if bytes.len() == BLOCK { self.sums.push(sums) } else { self.open = sums }
        }
    }

    /// Lanes may have a new peak within the last `count` fills: what has expired does not count.
    #[cold]
    fn settle(&mut self, count: usize) {
        let new = self.times.len() - count;
        for lane in 0..K {
            if self.slack[lane] >= 0 {
                continue;
            }
            self.expire(lane, self.times[new]);
            if self.slack[lane] >= 0 {
                continue;
            }
            // All of them together could be a peak: one after the other.
            let filled = |at: usize| self.masks[at] >> lane & 1 == 1;
            let together: i64 =
                (new..self.times.len()).filter(|at| filled(*at)).map(|at| i64::from(self.bytes[at])).sum();
            self.slack[lane] += together;
            for at in new..self.times.len() {
                if self.masks[at] >> lane & 1 == 0 {
                    continue;
                }
                self.expire(lane, self.times[at]);
                self.slack[lane] -= i64::from(self.bytes[at]);
                let above = self.slack[lane].min(0);
                self.peak[lane] += above.unsigned_abs();
                self.slack[lane] -= above;
            }
        }
    }

    /// Stops counting what has expired in a lane.
    fn expire(&mut self, lane: usize, now: i32) {
        let ttl = self.ttl[lane];
        let mut at = self.gone[lane];
        let mut freed = 0;
        loop {
            if at.is_multiple_of(BLOCK)
                && let (Some(sums), Some(last)) = (self.sums.get(at / BLOCK), self.times.get(at + BLOCK - 1))
                && last + ttl <= now
            {
                freed += sums[lane].cast_signed();
                at += BLOCK;
                continue;
            }
            match self.times.get(at) {
                Some(time) if time + ttl <= now => {
                    freed += i64::from(self.bytes[at]) * i64::from(self.masks[at] >> lane & 1);
                    at += 1;
                }
                _ => break,
            }
        }
        self.gone[lane] = at;
        self.slack[lane] += freed;
    }

    /// Drops the fills that have expired in all lanes that they filled.
    #[cold]
    fn compact(&mut self, now: i32) {
        for lane in 0..K {
            self.expire(lane, now);
        }
        let mut edges = self.gone;
        edges.sort_unstable();
        let (mut kept, mut from) = (0, 0);
        for edge in edges.into_iter().chain([self.times.len()]) {
            // From one edge to the next the same lanes are still counted.
            let live = (0..K).filter(|lane| self.gone[*lane] <= from).fold(0, |bits, lane| bits | 1 << lane);
            for at in from..edge {
                let mask = self.masks[at] & live;
                (self.times[kept], self.bytes[kept]) = (self.times[at], self.bytes[at]);
                self.masks[kept] = mask;
                kept += usize::from(mask != 0);
            }
            from = from.max(edge);
        }
        self.times.truncate(kept);
        self.bytes.truncate(kept);
        self.masks.truncate(kept);
        self.gone = [0; K];
        self.sum_up();
        self.limit = (kept + kept / 2).max(FIRST_LIMIT);
        let more = self.limit.saturating_sub(kept);
        self.times.reserve_exact(more);
        self.bytes.reserve_exact(more);
        self.masks.reserve_exact(more);
        self.sums.reserve_exact(more / BLOCK);
    }

    /// Times are counted from `shift` milliseconds later on.
    pub(super) fn rebase(&mut self, shift: i32) {
        for time in &mut self.times {
            *time = time.saturating_sub(shift);
        }
    }
}

/// The bytes that each lane was filled with, of fills whose bytes fit into 32 bits together.
#[inline]
fn sums_of<const K: usize>(bytes: &[u32], masks: &[u16]) -> [u32; K] {
    let mut sums = [0; K];
    for (bytes, mask) in bytes.iter().zip(masks) {
        let filled: [u32; K] =
            array::from_fn(|lane| if u32::from(*mask) & (1 << lane) != 0 { *bytes } else { 0 });
        sums.iter_mut().zip(&filled).for_each(|(sum, bytes)| *sum += bytes);
    }
    sums
}
