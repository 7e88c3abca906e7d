//! Growth: by how much traffic may rise, as it is shaped, until a limit refuses too much of it.
//!
//! For traffic that is `f` times as much, a bucket of (rate, burst) is one of (rate / f, burst / f) for the
//! traffic as it is. No division is done: each arrival takes `f` tokens of the bucket as it stands, in hundredths.

use rust_decimal::Decimal;

use super::arrival::Arrival;
use super::scale::BucketError;
use super::search::{Bisection, Tolerance};
use super::token_bucket::TokenBucket;
use crate::model::settings::Limit;

/// A factor in the steps that people read: 0.01 up to 10, 0.1 up to 100, then 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(u64);

/// The steps up to 10 and up to 100.
const TO_TEN: u64 = 1000;
const TO_HUNDRED: u64 = TO_TEN + 900;

impl Factor {
    /// The factor as a decimal: `2.37`, `45.2`, `118`.
    pub fn decimal(self) -> Decimal {
        Decimal::new(i64::try_from(self.hundredths()).unwrap_or(i64::MAX), 2).normalize()
    }

    /// The next larger factor.
    #[must_use]
    pub fn next(self) -> Factor {
        Factor(self.0.saturating_add(1))
    }

    fn hundredths(self) -> u64 {
        match self.0 {
            step if step <= TO_TEN => step,
            step if step <= TO_HUNDRED => TO_TEN + (step - TO_TEN) * 10,
            step => 10_000_u64.saturating_add((step - TO_HUNDRED).saturating_mul(100)),
        }
    }

    /// A bucket of the limit for traffic that is this much more.
    ///
    /// # Errors
    /// [`BucketError`] where it cannot be replayed.
    pub fn bucket(self, limit: &Limit) -> Result<TokenBucket, BucketError> {
        TokenBucket::weighted(limit, self.hundredths(), 100)
    }

    /// The first factor that is more than a whole number.
    fn above(whole: u64) -> Factor {
        match whole {
            0..10 => Factor(whole * 100 + 1),
            10..100 => Factor(TO_TEN + (whole - 10) * 10 + 1),
            _ => Factor(TO_HUNDRED.saturating_add(whole - 100).saturating_add(1)),
        }
    }
}

/// Finds the largest factor at which a limit refuses few enough.
#[derive(Clone, Debug)]
pub struct GrowthSearch {
    limit: Limit,
    bisection: Bisection,
}

impl GrowthSearch {
    /// Of `total` requests, at least one, as many as `tolerance` says may be refused.
    pub fn new(limit: Limit, total: u64, tolerance: Tolerance) -> GrowthSearch {
        // At more than the burst, a single arrival takes more than a full bucket holds: all are refused.
        let not = Factor::above(limit.burst);
        GrowthSearch { limit, bisection: Bisection::new(0, not.0, tolerance.of(total)) }
    }

    /// Begins a pass over all arrivals. False: it is found.
    ///
    /// # Errors
    /// [`BucketError`] where the limit cannot be replayed.
    pub fn begin_pass(&mut self) -> Result<bool, BucketError> {
        let limit = self.limit;
        self.bisection.begin(|step| Factor(step).bucket(&limit))
    }

    /// Shows it arrivals in time order.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        self.bisection.replay(arrivals);
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// [`BucketError`] where the limit cannot be replayed.
    pub fn end_pass(&mut self) -> Result<(), BucketError> {
        let limit = self.limit;
        self.bisection.end(|step| Factor(step).bucket(&limit))
    }

    /// The factor, once no pass is left; below 1 where the limit refuses too much already.
    pub fn found(&self) -> Factor {
        Factor(self.bisection.found())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(rate: u64, burst: u64, arrivals: &[Arrival], tolerance: Tolerance) -> String {
        let total = arrivals.iter().map(|arrival| u64::from(arrival.count)).sum();
        let mut search = GrowthSearch::new(Limit { rate: rate.into(), burst }, total, tolerance);
        while search.begin_pass().unwrap() {
            search.replay(arrivals);
            search.end_pass().unwrap();
        }
        search.found().decimal().to_string()
    }

    #[test]
    fn factors_are_read_in_three_digits() {
        let said = |step: u64| Factor(step).decimal().to_string();
        assert_eq!(
            [0, 1, 237, 1000, 1001, 1352, 1900, 1901].map(said),
            ["0", "0.01", "2.37", "10", "10.1", "45.2", "100", "101"]
        );
        for whole in [0, 1, 9, 10, 11, 99, 100, 101, 5000] {
            let first = Factor::above(whole);
            assert!(
                first.decimal() > Decimal::from(whole)
                    && Factor(first.0 - 1).decimal() <= Decimal::from(whole)
            );
        }
    }

    #[test]
    fn growth_is_what_the_tightest_burst_leaves() {
        let at_once = |count| [Arrival { ms: 0, count }];
        assert_eq!(growth(10, 500, &at_once(100), Tolerance::NONE), "5");
        assert_eq!(growth(10, 500, &at_once(3), Tolerance::NONE), "166");
        assert_eq!(growth(10, 500, &at_once(1000), Tolerance::NONE), "0.5");
        assert_eq!(growth(0, 0, &at_once(1), Tolerance::NONE), "0");
        // 10 a second for an hour: f x 36,000 within 3,600 s and 500 at once.
        let steady: Vec<Arrival> = (0..36_000).map(|tenth| Arrival { ms: tenth * 100, count: 1 }).collect();
        assert_eq!(growth(25, 500, &steady, Tolerance::NONE), "2.51");
        assert_eq!(growth(25, 500, &steady, Tolerance::per_ten_thousand(100)), "2.53");
    }
}
