//! The most bytes that were live at once under one TTL.
//!
//! With one TTL for all, entries expire in the order in which they were filled, so a queue is enough: no heap,
//! no search.

use std::collections::VecDeque;

/// Entries that are live, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct LiveBytes {
    /// When each expires, and its bytes.
    queue: VecDeque<(i32, u32)>,
    live: u64,
    peak: u64,
}

impl LiveBytes {
    /// An entry is filled at `now`; whatever has expired by then makes room first.
    #[inline]
    pub(super) fn fill(&mut self, now: i32, expiry: i32, bytes: u32) {
        if expiry <= now {
            // It answers nothing, so it is never live.
            return;
        }
        while let Some((_, gone)) = self.queue.pop_front_if(|(expiry, _)| *expiry <= now) {
            self.live -= u64::from(gone);
        }
        self.queue.push_back((expiry, bytes));
        self.live += u64::from(bytes);
        self.peak = self.peak.max(self.live);
    }

    /// The peak so far.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }

    /// Times are counted from `shift` milliseconds later on.
    pub(super) fn rebase(&mut self, shift: i32) {
        for (expiry, _) in &mut self.queue {
            *expiry = expiry.saturating_sub(shift);
        }
    }
}
