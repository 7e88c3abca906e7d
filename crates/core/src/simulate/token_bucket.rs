//! The token bucket, replayed exactly.
//!
//! The rule: the bucket starts full, holds at most as many tokens as its burst, and gains its rate of tokens a
//! second, continuously. An arrival that finds a whole token takes it; else it is refused and takes none.
//!
//! What is kept is what is *missing* from a full bucket, so that waiting is one subtraction and a maximum with
//! zero. AWS says of its own buckets that they are targets and not ceilings: what is exact here is the arithmetic.

use rust_decimal::Decimal;

use super::arrival::Arrival;
use super::scale::{BucketError, Scaled, Units};
use crate::model::settings::Limit;

/// A bucket's lowest level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lowest {
    /// Tokens that were left, after an arrival took its own.
    pub tokens: Decimal,
    /// The first moment at which it was so low, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// A token bucket at a moment.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    scaled: Scaled,
    kernel: Kernel,
}

#[derive(Clone, Debug)]
enum Kernel {
    Narrow(State<i64>),
    Wide(State<i128>),
}

impl TokenBucket {
    /// A full bucket.
    ///
    /// # Errors
    /// [`BucketError`] where the limit cannot be replayed in integers.
    pub fn new(limit: &Limit) -> Result<TokenBucket, BucketError> {
        TokenBucket::weighted(limit, 1, 1)
    }

    /// A full bucket for traffic that is `weight / unit` times as much: every arrival counts as that many tokens.
    /// That is the bucket of (rate x unit / weight, burst x unit / weight) for the traffic as it is.
    pub(super) fn weighted(limit: &Limit, weight: u64, unit: u64) -> Result<TokenBucket, BucketError> {
        let scaled = Scaled::new(limit, weight, unit)?;
        let kernel = if scaled.fits(<i64 as Units>::MOST) {
            Kernel::Narrow(State::new(&scaled))
        } else {
            Kernel::Wide(State::new(&scaled))
        };
        Ok(TokenBucket { scaled, kernel })
    }

    /// Its numbers in integers.
    pub(super) fn scaled(&self) -> &Scaled {
        &self.scaled
    }

    /// Shows it arrivals in time order. One that is earlier than the last counts at the last one's time.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        match &mut self.kernel {
            Kernel::Narrow(state) => state.replay(arrivals),
            Kernel::Wide(state) => state.replay(arrivals),
        }
    }

    /// Whether one request finds a token, which it then takes.
    pub fn take(&mut self, ms: i64) -> bool {
        let refused = self.refused();
        self.replay(&[Arrival { ms, count: 1 }]);
        self.refused() == refused
    }

    /// Requests that were refused so far.
    pub fn refused(&self) -> u64 {
        match &self.kernel {
            Kernel::Narrow(state) => state.refused,
            Kernel::Wide(state) => state.refused,
        }
    }

    /// The lowest level so far. `None` before the first arrival.
    pub fn lowest(&self) -> Option<Lowest> {
        let (missing, at_ms) = match &self.kernel {
            Kernel::Narrow(state) => (state.most_missing.wide(), state.most_missing_ms),
            Kernel::Wide(state) => (state.most_missing, state.most_missing_ms),
        };
        let tokens = || self.scaled.tokens(self.scaled.capacity - missing);
        (missing >= 0).then(|| Lowest { tokens: tokens(), at_ms })
    }
}

impl TokenBucket {
    /// The lowest level since the last time that it was taken; the bucket itself goes on.
    pub fn take_lowest(&mut self) -> Option<Lowest> {
        let lowest = self.lowest();
        match &mut self.kernel {
            Kernel::Narrow(state) => state.most_missing = <i64 as Units>::BEFORE,
            Kernel::Wide(state) => state.most_missing = <i128 as Units>::BEFORE,
        }
        lowest
    }
}

impl TokenBucket {
    /// Tokens that are there at a time that is not before the last arrival.
    pub fn level(&self, ms: i64) -> Decimal {
        let (missing, last_ms) = match &self.kernel {
            Kernel::Narrow(state) => (state.missing.wide(), state.last_ms),
            Kernel::Wide(state) => (state.missing, state.last_ms),
        };
        let waited = i128::from(ms).saturating_sub(i128::from(last_ms)).max(0);
        let missing = (missing - self.scaled.gain.saturating_mul(waited)).max(0);
        self.scaled.tokens(self.scaled.capacity - missing)
    }
}

impl Lowest {
    /// The lower of two; of equal ones the first.
    pub fn lower(one: Option<Lowest>, other: Option<Lowest>) -> Option<Lowest> {
        match (one, other) {
            (Some(one), Some(other)) if other.tokens < one.tokens => Some(other),
            (Some(one), _) => Some(one),
            (None, other) => other,
        }
    }
}

/// The state of a bucket in integers of one width.
#[derive(Clone, Debug)]
struct State<N> {
    gain: N,
    cost: N,
    capacity: N,
    full_after_ms: i64,
    /// Units that are missing from a full bucket at `last_ms`.
    missing: N,
    last_ms: i64,
    refused: u64,
    most_missing: N,
    most_missing_ms: i64,
}

impl<N: Units> State<N> {
    fn new(scaled: &Scaled) -> State<N> {
        State {
            gain: N::of(scaled.gain),
            cost: N::of(scaled.cost),
            capacity: N::of(scaled.capacity),
            full_after_ms: scaled.full_after_ms(),
            missing: N::ZERO,
            last_ms: i64::MIN,
            refused: 0,
            most_missing: N::BEFORE,
            most_missing_ms: 0,
        }
    }

    fn replay(&mut self, arrivals: &[Arrival]) {
        // In locals, so that they stay in registers.
        let State { gain, cost, capacity, full_after_ms, mut missing, mut last_ms, .. } = *self;
        let (mut most_missing, mut most_missing_ms) = (self.most_missing, self.most_missing_ms);
        let mut refused = 0_u64;
        let full_after_ms = full_after_ms.unsigned_abs();
        for &Arrival { ms, count } in arrivals {
            let now = ms.max(last_ms);
            // Beyond the time that fills it, waiting changes nothing; the product stays small.
            let waited = now.wrapping_sub(last_ms).cast_unsigned().min(full_after_ms);
            last_ms = now;
            missing = (missing - gain * N::of_i64(waited.cast_signed())).max(N::ZERO);
            let wanted = missing + cost * N::of_i64(i64::from(count));
            let fits = wanted <= capacity;
            if !fits && count > 1 {
                let granted = granted(capacity - missing, cost, count);
                missing = missing + cost * N::of_i64(i64::from(granted));
                refused += u64::from(count - granted);
            } else {
                // One that does not fit is as likely as one that does where a limit is reached: no branch.
                missing = if fits { wanted } else { missing };
                refused += u64::from(!fits);
            }
            if missing > most_missing {
                (most_missing, most_missing_ms) = (missing, ms);
            }
        }
        (self.missing, self.last_ms) = (missing, last_ms);
        (self.most_missing, self.most_missing_ms) = (most_missing, most_missing_ms);
        self.refused += refused;
    }
}

/// How many of `count` arrivals find a token in what is left, which is not enough for all of them.
#[cold]
fn granted<N: Units>(left: N, cost: N, count: u32) -> u32 {
    if left < cost {
        return 0;
    }
    u32::try_from((left / cost).wide()).unwrap_or(u32::MAX).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(rate: &str, burst: u64) -> TokenBucket {
        TokenBucket::new(&Limit { rate: rate.parse().unwrap(), burst }).unwrap()
    }

    #[test]
    fn a_full_bucket_lets_its_burst_through_and_then_its_rate() {
        let mut bucket = bucket("10", 5);
        bucket.replay(&[Arrival { ms: 0, count: 7 }]);
        assert_eq!(bucket.refused(), 2);
        assert!(!bucket.take(99));
        assert!(bucket.take(100));
        assert!(!bucket.take(199));
        assert!(bucket.take(200));
    }

    #[test]
    fn half_a_token_a_second_is_exact() {
        let mut bucket = bucket("0.5", 1);
        assert!(bucket.take(1_790_812_800_000));
        assert!(!bucket.take(1_790_812_801_999));
        assert!(bucket.take(1_790_812_802_000));
    }

    #[test]
    fn the_lowest_level_is_the_first_of_its_kind() {
        let mut bucket = bucket("1", 10);
        assert_eq!(bucket.lowest(), None);
        for (ms, count) in [(0, 4), (500, 4), (60_000, 8)] {
            bucket.replay(&[Arrival { ms, count }]);
        }
        assert_eq!(bucket.lowest(), Some(Lowest { tokens: Decimal::new(2, 0), at_ms: 60_000 }));
        bucket.replay(&[Arrival { ms: 1_000_000, count: 8 }]);
        assert_eq!(bucket.lowest().unwrap().at_ms, 60_000);
        let level = |ms| bucket.level(ms).to_string();
        assert_eq!([1_000_000, 1_000_500, 1_003_000, i64::MAX].map(level), ["2", "2.5", "5", "10"]);
        let first = bucket.take_lowest();
        assert_eq!(bucket.lowest(), None);
        bucket.replay(&[Arrival { ms: 1_000_001, count: 1 }]);
        let lower = Lowest::lower(first, bucket.take_lowest());
        assert_eq!(lower.unwrap().at_ms, 1_000_001);
    }

    #[test]
    fn nothing_passes_a_bucket_without_room() {
        let mut closed = bucket("100", 0);
        closed.replay(&[Arrival { ms: 5, count: 3 }, Arrival { ms: 1_000_000, count: 1 }]);
        assert_eq!(closed.refused(), 4);
        assert_eq!(closed.lowest(), Some(Lowest { tokens: Decimal::ZERO, at_ms: 5 }));
        let mut once = bucket("0", 3);
        once.replay(&[Arrival { ms: 0, count: 2 }, Arrival { ms: i64::MAX, count: 5 }]);
        assert_eq!(once.refused(), 4);
    }
}
