//! The smallest burst, and the largest growth, at which few enough requests are refused.
//!
//! How many a bucket refuses only falls with its burst and only rises with the traffic, so both are found by
//! bisection. Each probe needs a pass over the arrivals, which can be too many to keep: a search says that it wants to
//! be shown them, and the caller shows them. Once the arrivals that matter are few, it keeps those and finishes.

use rust_decimal::Decimal;

use super::arrival::Arrival;
use super::busy::Busy;
use super::scale::BucketError;
use super::token_bucket::TokenBucket;
use crate::model::settings::Limit;

/// How many of the requests may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tolerance {
    per_ten_thousand: u32,
}

impl Tolerance {
    /// None of them.
    pub const NONE: Tolerance = Tolerance::per_ten_thousand(0);

    /// That many of ten thousand: 10 is 0.1 %.
    pub const fn per_ten_thousand(per_ten_thousand: u32) -> Tolerance {
        Tolerance { per_ten_thousand }
    }

    /// How many of `total` requests that is, rounded down.
    pub fn of(self, total: u64) -> u64 {
        let allowed = u128::from(total) * u128::from(self.per_ten_thousand) / 10_000;
        u64::try_from(allowed).unwrap_or(u64::MAX)
    }
}

/// Probes of one pass: they cut what is left into quarters.
const PROBES: u64 = 3;

/// Numbers between one that is fine and one that is not; which of the two is smaller does not matter.
#[derive(Clone, Debug)]
pub(super) struct Bisection {
    fine: u64,
    not: u64,
    allowed: u64,
    probes: Vec<(u64, TokenBucket)>,
    /// What matters between the two, for the pass that goes on.
    busy: Option<Busy>,
}

impl Bisection {
    /// `fine` is known to be fine, and `not` not to be.
    pub(super) fn new(fine: u64, not: u64, allowed: u64) -> Bisection {
        Bisection { fine, not, allowed, probes: Vec::new(), busy: None }
    }

    /// Makes the buckets of the next pass. False: it is found.
    pub(super) fn begin(
        &mut self,
        bucket: impl Fn(u64) -> Result<TokenBucket, BucketError>,
    ) -> Result<bool, BucketError> {
        let more = self.probe(&bucket)?;
        // Every bucket that is tried from here on is kinder than the one that is known not to be fine.
        self.busy = bucket(self.not).ok().filter(|_| more).map(|worst| Busy::new(worst.scaled()));
        Ok(more)
    }

    fn probe(
        &mut self,
        bucket: impl Fn(u64) -> Result<TokenBucket, BucketError>,
    ) -> Result<bool, BucketError> {
        let (low, high) = (self.fine.min(self.not), self.fine.max(self.not));
        self.probes.clear();
        let between = high - low;
        for part in 1..=PROBES {
            let offset = u128::from(between) * u128::from(part) / u128::from(PROBES + 1);
            let probe = low + u64::try_from(offset).unwrap_or_default();
            if probe > low && probe < high && self.probes.last().is_none_or(|(last, _)| *last < probe) {
                self.probes.push((probe, bucket(probe)?));
            }
        }
        Ok(!self.probes.is_empty())
    }

    pub(super) fn replay(&mut self, arrivals: &[Arrival]) {
        for (_, bucket) in &mut self.probes {
            bucket.replay(arrivals);
        }
        if let Some(busy) = &mut self.busy {
            busy.replay(arrivals);
        }
    }

    /// Learns from the pass, and finishes if what matters could be kept.
    pub(super) fn end(
        &mut self,
        bucket: impl Fn(u64) -> Result<TokenBucket, BucketError>,
    ) -> Result<(), BucketError> {
        self.learn();
        let Some(kept) = self.busy.take().and_then(Busy::kept) else { return Ok(()) };
        while self.probe(&bucket)? {
            self.replay(&kept);
            self.learn();
        }
        Ok(())
    }

    fn learn(&mut self) {
        let upwards = self.fine < self.not;
        for (probe, bucket) in self.probes.drain(..) {
            let fine = bucket.refused() <= self.allowed;
            let nearer = |old: u64, up: bool| if up { old.max(probe) } else { old.min(probe) };
            if fine {
                self.fine = nearer(self.fine, upwards);
            } else {
                self.not = nearer(self.not, !upwards);
            }
        }
    }

    pub(super) fn found(&self) -> u64 {
        self.fine
    }
}

/// Finds the smallest burst with which a rate refuses few enough.
#[derive(Clone, Debug)]
pub struct BurstSearch {
    rate: Decimal,
    bisection: Bisection,
}

impl BurstSearch {
    /// Of `total` requests as many as `tolerance` says may be refused. `enough` is a burst that refuses none of
    /// them: [`Frontier`](super::Frontier) knows it.
    pub fn new(rate: Decimal, enough: u64, total: u64, tolerance: Tolerance) -> BurstSearch {
        // Without any room everything is refused, which is too much of anything.
        BurstSearch { rate, bisection: Bisection::new(enough, 0, tolerance.of(total)) }
    }

    /// Begins a pass over all arrivals. False: it is found.
    ///
    /// # Errors
    /// [`BucketError`] where the rate cannot be replayed.
    pub fn begin_pass(&mut self) -> Result<bool, BucketError> {
        let rate = self.rate;
        self.bisection.begin(|burst| TokenBucket::new(&Limit { rate, burst }))
    }

    /// Shows it arrivals in time order.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        self.bisection.replay(arrivals);
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// [`BucketError`] where the rate cannot be replayed.
    pub fn end_pass(&mut self) -> Result<(), BucketError> {
        let rate = self.rate;
        self.bisection.end(|burst| TokenBucket::new(&Limit { rate, burst }))
    }

    /// The burst, once no pass is left.
    pub fn found(&self) -> u64 {
        self.bisection.found()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest(rate: u64, arrivals: &[Arrival], enough: u64, tolerance: Tolerance) -> u64 {
        let total = arrivals.iter().map(|arrival| u64::from(arrival.count)).sum();
        let mut search = BurstSearch::new(rate.into(), enough, total, tolerance);
        while search.begin_pass().unwrap() {
            search.replay(arrivals);
            search.end_pass().unwrap();
        }
        search.found()
    }

    #[test]
    fn a_burst_that_loses_a_thousandth_is_smaller() {
        // 9,000 requests one by one, and once 1,000 in a millisecond.
        let mut arrivals: Vec<Arrival> = (0..9000).map(|at| Arrival { ms: at * 1000, count: 1 }).collect();
        arrivals.push(Arrival { ms: 10_000_000, count: 1000 });
        assert_eq!(smallest(1, &arrivals, 1000, Tolerance::NONE), 1000);
        assert_eq!(smallest(1, &arrivals, 1000, Tolerance::per_ten_thousand(1)), 999);
        assert_eq!(smallest(1, &arrivals, 1_000_000, Tolerance::per_ten_thousand(10)), 990);
        assert_eq!(smallest(1, &[], 0, Tolerance::NONE), 0);
    }

    #[test]
    fn tolerances_are_rounded_down() {
        assert_eq!(Tolerance::per_ten_thousand(10).of(999), 0);
        assert_eq!(Tolerance::per_ten_thousand(10).of(1999), 1);
        assert_eq!(Tolerance::NONE.of(u64::MAX), 0);
    }

    #[test]
    fn more_arrivals_than_are_kept_need_more_passes_and_are_as_exact() {
        // A request each 10 ms, and once 800 at once.
        let mut arrivals: Vec<Arrival> = (0..600_000).map(|at| Arrival { ms: at * 10, count: 1 }).collect();
        arrivals[300_000].count = 800;
        let total = 600_799;
        for (per_ten_thousand, expected) in [(0, (800, 2)), (1, (800 - 60, 2)), (10, (800 - 600, 3))] {
            let tolerance = Tolerance::per_ten_thousand(per_ten_thousand);
            let mut search = BurstSearch::new(200.into(), 800, total, tolerance);
            let mut passes = 0;
            while search.begin_pass().unwrap() {
                search.replay(&arrivals);
                search.end_pass().unwrap();
                passes += 1;
            }
            assert_eq!((search.found(), passes), expected);
        }
    }
}
