//! A cache with a TTL, replayed over arrivals: what each of several TTLs would have answered, in one pass.
//!
//! The rule: an entry that an arrival fills at `t` answers the arrivals of its key in `[t, t + TTL)`; one that
//! comes later fills it anew. The TTL counts from the fill, whatever was served in between, so nothing but each
//! key's expiry has to be remembered. A longer TTL fills at other times than a shorter one, and so does not hit
//! wherever the shorter one does, but it never hits less often.

use super::ttl_lanes::Lanes;

/// The most TTLs of one pass.
pub const MAX_TTLS: usize = 16;

/// The longest TTL: ten days. API Gateway's own is an hour; a shared cache may keep answers longer.
pub const MAX_TTL_MS: u64 = 864_000_000;

/// One request that a cache could answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheArrival {
    /// When, in milliseconds of Unix time.
    pub time_ms: i64,
    /// What was asked for: a number from 0 on. Memory is used for every number up to the largest.
    pub key: u32,
    /// Whose hits are counted together, such as a route's: a number from 0 on.
    pub group: u32,
    /// Bytes of the response.
    pub bytes: u32,
    /// How long the backend took, in milliseconds; `None` where it is not known.
    pub latency_ms: Option<u32>,
}

/// What one TTL did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TtlOutcome {
    /// The TTL in milliseconds.
    pub ttl_ms: u32,
    /// All arrivals.
    pub requests: u64,
    /// Arrivals that an entry answers.
    pub hits: u64,
    /// Of `hits`, those before the answer that fills the entry was there: the real cache may have missed them.
    pub early_hits: u64,
    /// The most bytes that were live at once. A cache of this size or larger has these hits, however it evicts.
    pub peak_live_bytes: u64,
    /// The ages of all served answers together, counted from their fill.
    pub age_sum_ms: u64,
    /// The age that 95 % of the served answers do not exceed; at most a 256th of the TTL more than the exact
    /// one, and below the TTL. `None` without hits.
    pub p95_age_ms: Option<u64>,
    /// The groups, by number.
    pub groups: Vec<GroupHits>,
}

/// What one TTL did for one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupHits {
    /// The group's arrivals.
    pub requests: u64,
    /// Those that an entry answers.
    pub hits: u64,
    /// Of `hits`, those whose own backend time is not known.
    pub untimed_hits: u64,
    /// The backend time of all other hits: what they would not have waited for.
    pub latency_ms: u64,
}

impl TtlOutcome {
    /// The mean age of a served answer in whole milliseconds, rounded down; `None` without hits.
    pub fn mean_age_ms(&self) -> Option<u64> {
        self.age_sum_ms.checked_div(self.hits)
    }
}

/// TTLs that cannot be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TtlError {
    /// There are too many.
    #[error("{count} TTLs: expected at most {MAX_TTLS} at once")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// One is too long.
    #[error("a TTL of {ttl_ms} ms: expected at most {MAX_TTL_MS} ms")]
    TooLong {
        /// Its length.
        ttl_ms: u32,
    },
}

/// As many lanes as the TTLs need: fewer lanes are less memory and less work.
enum Width {
    Four(Box<Lanes<4>>),
    Eight(Box<Lanes<8>>),
    Twelve(Box<Lanes<12>>),
    Sixteen(Box<Lanes<16>>),
}

macro_rules! lanes {
    ($width:expr, $lanes:ident => $then:expr) => {
        match $width {
            Width::Four($lanes) => $then,
            Width::Eight($lanes) => $then,
            Width::Twelve($lanes) => $then,
            Width::Sixteen($lanes) => $then,
        }
    };
}

/// A replay of several TTLs at once.
///
/// Arrivals are given in the order of time and, at the same time, in the order of the log. One that is earlier
/// than one before it is taken to come with the latest so far, and is counted as [`late`](TtlCache::late).
pub struct TtlCache {
    width: Width,
    latest_ms: i64,
    late: u64,
}

impl TtlCache {
    /// A replay that has seen nothing. A TTL of 0 never hits.
    ///
    /// # Errors
    /// [`TtlError`] when there are more than [`MAX_TTLS`], or one is longer than [`MAX_TTL_MS`].
    pub fn new(ttls_ms: &[u32]) -> Result<TtlCache, TtlError> {
        if let Some(&ttl_ms) = ttls_ms.iter().find(|ttl_ms| u64::from(**ttl_ms) > MAX_TTL_MS) {
            return Err(TtlError::TooLong { ttl_ms });
        }
        let width = match ttls_ms.len() {
            0..=4 => Width::Four(Box::new(Lanes::new(ttls_ms))),
            5..=8 => Width::Eight(Box::new(Lanes::new(ttls_ms))),
            9..=12 => Width::Twelve(Box::new(Lanes::new(ttls_ms))),
            13..=MAX_TTLS => Width::Sixteen(Box::new(Lanes::new(ttls_ms))),
            count => return Err(TtlError::TooMany { count }),
        };
        Ok(TtlCache { width, latest_ms: i64::MIN, late: 0 })
    }

    /// Bytes that each key takes with this many TTLs, at most: its own state, and its places in the list of fills
    /// if each TTL filled it at another time.
    pub fn bytes_per_key(ttls: usize) -> usize {
        match ttls {
            0..=4 => Lanes::<4>::bytes_per_key(ttls),
            5..=8 => Lanes::<8>::bytes_per_key(ttls),
            9..=12 => Lanes::<12>::bytes_per_key(ttls),
            _ => Lanes::<16>::bytes_per_key(ttls),
        }
    }

    /// Bytes that keys and the list of fills take now.
    pub fn bytes(&self) -> usize {
        lanes!(&self.width, lanes => lanes.bytes())
    }

    /// Replays arrivals; those of several calls follow each other.
    pub fn replay(&mut self, arrivals: &[CacheArrival]) {
        let mut rest = arrivals;
        // Stretches in order go to the lanes as they are; only a late one is changed.
        while let Some(first) = rest.first() {
            if first.time_ms < self.latest_ms {
                let clamped = CacheArrival { time_ms: self.latest_ms, ..*first };
                self.late += 1;
                lanes!(&mut self.width, lanes => lanes.replay(&[clamped]));
                rest = &rest[1..];
                continue;
            }
            let ordered = 1 + rest.windows(2).take_while(|pair| pair[0].time_ms <= pair[1].time_ms).count();
            let (now, later) = rest.split_at(ordered);
            lanes!(&mut self.width, lanes => lanes.replay(now));
            self.latest_ms = now.last().map_or(self.latest_ms, |last| last.time_ms);
            rest = later;
        }
    }

    /// How many arrivals came before one that had been given earlier.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// What each TTL did so far, in the order in which they were given.
    pub fn outcome(&self) -> Vec<TtlOutcome> {
        lanes!(&self.width, lanes => lanes.outcome())
    }
}
