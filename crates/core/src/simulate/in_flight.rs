//! Answers on their way: hits before the answer that fills their entry was there.
//!
//! A key has one fill at a time as a rule, which is remembered beside it. Where it is filled again, under another TTL,
//! before the first answer has come, the earlier one goes to a table of its own.

use std::collections::HashMap;

/// Answers that are remembered before it is looked for those that have come.
const FIRST_LIMIT: usize = 1024;

/// The answers of a key.
#[derive(Clone, Copy)]
pub(super) struct Flight {
    /// When the latest fill was.
    pub(super) fill: i32,
    /// When its answer came.
    ready: i32,
    /// Until when answers of fills before that one are on their way.
    older_until: i32,
}

impl Flight {
    /// Never filled.
    pub(super) const NEVER: Flight = Flight { fill: i32::MIN, ready: i32::MIN, older_until: i32::MIN };

    /// Whether any answer is on its way.
    #[inline]
    pub(super) fn is_open(&self, now: i32) -> bool {
        self.ready.max(self.older_until) > now
    }

    /// A fill whose answer comes at `ready`.
    #[inline]
    pub(super) fn fill(&mut self, now: i32, ready: i32, key: u32, earlier: &mut Earlier) {
        if self.ready > now {
            self.older_until = self.older_until.max(self.ready);
            earlier.put(now, (key, self.fill), self.ready);
        }
        self.fill = now;
        self.ready = ready;
    }

    /// Whether the answer of a fill of this key is on its way.
    pub(super) fn is_early(&self, now: i32, fill: i32, key: u32, earlier: &Earlier) -> bool {
        if fill == self.fill {
            return self.ready > now;
        }
        self.older_until > now && earlier.ready.get(&(key, fill)).is_some_and(|ready| *ready > now)
    }

    /// Times are counted from `shift` milliseconds later on.
    pub(super) fn rebase(&mut self, shift: i32) {
        for time in [&mut self.fill, &mut self.ready, &mut self.older_until] {
            *time = time.saturating_sub(shift);
        }
    }
}

/// Answers of fills that another one has followed already, by key and time of the fill: a key is filled once in a
/// millisecond, for whatever was filled is a hit for the rest of it.
pub(super) struct Earlier {
    ready: HashMap<(u32, i32), i32>,
    limit: usize,
}

impl Earlier {
    pub(super) fn new() -> Earlier {
        Earlier { ready: HashMap::new(), limit: FIRST_LIMIT }
    }

    #[cold]
    fn put(&mut self, now: i32, fill: (u32, i32), ready: i32) {
        if self.ready.len() >= self.limit {
            self.ready.retain(|_, ready| *ready > now);
            self.limit = (self.ready.len() * 2).max(FIRST_LIMIT);
        }
        self.ready.insert(fill, ready);
    }

    /// Times are counted from `shift` milliseconds later on.
    pub(super) fn rebase(&mut self, shift: i32) {
        let old = std::mem::take(&mut self.ready);
        self.ready = old
            .into_iter()
            .map(|((key, fill), ready)| ((key, fill.saturating_sub(shift)), ready.saturating_sub(shift)))
            .filter(|(_, ready)| *ready > 0)
            .collect();
    }
}
