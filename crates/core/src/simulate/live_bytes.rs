//! The most bytes that were live at once, under each of several TTLs.
//!
//! With one TTL entries expire in the order in which they were filled, so a queue for each is enough: no heap, no
//! search. And nothing has to be taken out as long as what was ever put in would not make a new peak.

/// Entries that are put in between two calls of [`LiveBytes::make_room`], at most.
pub(super) const BLOCK: usize = 32;

/// Entries that a queue has room for at first; a quarter of it is more than a block.
const FIRST_ROOM: usize = 256;

/// An entry: when it expires, and its bytes.
type Filled = (i32, u32);

/// Bytes that an entry takes in a queue, at most: queues double when they are three quarters full.
pub(super) const BYTES_PER_ENTRY: usize = (size_of::<Filled>() * 8).div_ceil(3);

/// A queue of entries for each lane.
pub(super) struct LiveBytes<const K: usize> {
    /// Rings whose lengths are powers of two.
    rings: [Vec<Filled>; K],
    /// Where the oldest entry is, and where the next one goes: both only grow.
    head: [u32; K],
    tail: [u32; K],
    peak: [u64; K],
    /// The peak less all bytes in the queue, expired ones included.
    slack: [i64; K],
}

impl<const K: usize> LiveBytes<K> {
    pub(super) fn new() -> LiveBytes<K> {
        LiveBytes {
            rings: std::array::from_fn(|_| vec![(0, 0); FIRST_ROOM]),
            head: [0; K],
            tail: [0; K],
            peak: [0; K],
            slack: [0; K],
        }
    }

    /// The peak of a lane so far.
    pub(super) fn peak(&self, lane: usize) -> u64 {
        self.peak[lane]
    }

    /// Makes room for a block of entries.
    #[inline]
    pub(super) fn make_room(&mut self, now: i32) {
        for lane in 0..K {
            let used = self.tail[lane].wrapping_sub(self.head[lane]) as usize;
            if used + BLOCK > self.rings[lane].len() {
                self.grow(lane, now);
            }
        }
    }

    /// Entries of all lanes whose bits are set in `filled`.
    #[inline]
    pub(super) fn fill(&mut self, now: i32, filled: &[u32; K], expiry: &[i32; K], bytes: u32) {
        let mut lowest = 0i64;
        let lanes = self.rings.iter_mut().zip(&mut self.tail).zip(&mut self.slack);
        for (((ring, tail), slack), (filled, expiry)) in lanes.zip(filled.iter().zip(expiry)) {
            // Always written, and kept if the end moves: a branch would be as often wrong as right.
            let at = *tail as usize & (ring.len() - 1);
            if let Some(slot) = ring.get_mut(at) {
                *slot = (*expiry, bytes);
            }
            *tail = tail.wrapping_add(filled & 1);
            *slack -= i64::from(filled & bytes);
            lowest |= *slack;
        }
        // The sign of one is the sign of all together.
        if lowest < 0 {
            self.settle(now);
        }
    }

    /// A lane may have a new peak: what has expired does not count.
    #[cold]
    fn settle(&mut self, now: i32) {
        for lane in 0..K {
            if self.slack[lane] < 0 {
                self.expire(lane, now);
                let above = self.slack[lane].min(0);
                self.peak[lane] += above.unsigned_abs();
                self.slack[lane] -= above;
            }
        }
    }

    fn expire(&mut self, lane: usize, now: i32) {
        let ring = &self.rings[lane];
        while self.head[lane] != self.tail[lane] {
            let (expiry, bytes) = ring[self.head[lane] as usize & (ring.len() - 1)];
            if expiry > now {
                break;
            }
            self.slack[lane] += i64::from(bytes);
            self.head[lane] = self.head[lane].wrapping_add(1);
        }
    }

    /// Drops what has expired; doubles the ring if that is too little.
    #[cold]
    fn grow(&mut self, lane: usize, now: i32) {
        self.expire(lane, now);
        let used = self.tail[lane].wrapping_sub(self.head[lane]) as usize;
        let ring = &mut self.rings[lane];
        let length = ring.len();
        if used <= length / 4 * 3 {
            return;
        }
        let mut larger = Vec::with_capacity(length * 2);
        larger.extend((0..used).map(|at| ring[(self.head[lane] as usize + at) & (length - 1)]));
        larger.resize(length * 2, (0, 0));
        *ring = larger;
        self.head[lane] = 0;
        // Entries are fewer than keys, whose numbers have 32 bits.
        self.tail[lane] = u32::try_from(used).unwrap_or(u32::MAX);
    }

    /// Times are counted from `shift` milliseconds later on.
    pub(super) fn rebase(&mut self, shift: i32) {
        for (expiry, _) in self.rings.iter_mut().flatten() {
            *expiry = expiry.saturating_sub(shift);
        }
    }
}
