//! Which arrivals matter to a search: those of the times in which a bucket could have refused at all.
//!
//! A bucket that is full again has forgotten what was before. So its life falls into busy periods, and one in which
//! never more was missing than it holds refuses nothing; nor does any bucket that is kinder. What is left of a month
//! is often a few minutes, which fit into memory.

use super::arrival::Arrival;
use super::scale::{Scaled, Units};

/// Arrivals that are kept; with more, a search goes over all of them once more.
const MOST_KEPT: usize = 500_000;

/// Keeps the arrivals of busy periods in which more was missing than a bucket holds.
#[derive(Clone, Debug)]
pub(super) struct Busy {
    kept: Vec<Arrival>,
    /// Where the period that goes on begins.
    start: usize,
    period: Period,
    given_up: bool,
}

#[derive(Clone, Debug)]
enum Period {
    Narrow(Missing<i64>),
    Wide(Missing<i128>),
}

/// What is missing from a bucket that refuses nothing.
#[derive(Clone, Copy, Debug)]
struct Missing<N> {
    gain: N,
    cost: N,
    capacity: N,
    most: N,
    full_after_ms: i64,
    missing: N,
    last_ms: i64,
    over: bool,
}

impl Busy {
    /// For searches among buckets that are kinder than this one.
    pub(super) fn new(scaled: &Scaled) -> Busy {
        let period = if scaled.fits(<i64 as Units>::MOST) {
            Period::Narrow(Missing::new(scaled))
        } else {
            Period::Wide(Missing::new(scaled))
        };
        Busy { kept: Vec::new(), start: 0, period, given_up: false }
    }

    /// Shows it arrivals in time order.
    pub(super) fn replay(&mut self, arrivals: &[Arrival]) {
        if self.given_up {
            return;
        }
        let whole = match &mut self.period {
            Period::Narrow(missing) => missing.replay(arrivals, &mut self.kept, &mut self.start),
            Period::Wide(missing) => missing.replay(arrivals, &mut self.kept, &mut self.start),
        };
        if !whole {
            self.given_up = true;
            self.kept = Vec::new();
        }
    }

    /// The arrivals that matter. `None`: they are too many.
    pub(super) fn kept(self) -> Option<Vec<Arrival>> {
        (!self.given_up).then_some(self.kept)
    }
}

impl<N: Units> Missing<N> {
    fn new(scaled: &Scaled) -> Missing<N> {
        Missing {
            gain: N::of(scaled.gain),
            cost: N::of(scaled.cost),
            capacity: N::of(scaled.capacity),
            most: N::of(N::MOST / 2),
            full_after_ms: scaled.full_after_ms(),
            missing: N::ZERO,
            last_ms: i64::MIN,
            over: false,
        }
    }

    /// False: there are too many to keep.
    fn replay(&mut self, arrivals: &[Arrival], kept: &mut Vec<Arrival>, start: &mut usize) -> bool {
        for arrival in arrivals {
            let waited = arrival.ms.saturating_sub(self.last_ms).max(0);
            self.last_ms = self.last_ms.max(arrival.ms);
            self.missing = if waited <= self.full_after_ms {
                (self.missing - self.gain * N::of_i64(waited)).max(N::ZERO)
            } else {
                // More can be missing than a bucket holds, so that it takes longer.
                let regained = self.gain.wide().saturating_mul(i128::from(waited));
                N::of((self.missing.wide() - regained).max(0))
            };
            if self.missing == N::ZERO {
                if !self.over {
                    kept.truncate(*start);
                }
                *start = kept.len();
                self.over = false;
            }
            kept.push(*arrival);
            self.missing = self.missing + self.cost * N::of_i64(i64::from(arrival.count));
            self.over |= self.missing > self.capacity;
            // The next arrival's tokens are in the other half.
            if kept.len() > MOST_KEPT || self.missing > self.most {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::model::settings::Limit;

    fn kept(rate: i64, burst: u64, arrivals: &[Arrival]) -> Option<Vec<Arrival>> {
        let mut busy = Busy::new(&Scaled::new(&Limit { rate: Decimal::from(rate), burst }, 1, 1).unwrap());
        let (one, other) = arrivals.split_at(arrivals.len() / 2);
        busy.replay(one);
        busy.replay(other);
        busy.kept()
    }

    #[test]
    fn only_periods_that_could_refuse_are_kept() {
        let quiet = |ms| Arrival { ms, count: 2 };
        let loud = [Arrival { ms: 50_000, count: 3 }, Arrival { ms: 50_500, count: 2 }];
        let after = Arrival { ms: 52_000, count: 1 };
        let mut all = vec![quiet(0), quiet(10_000)];
        all.extend(loud);
        all.extend([after, quiet(900_000), quiet(910_000)]);
        // At 52 s one and a half of 4.5 are regained: it is the same period. The last quiet one is not over yet.
        let expected = [loud[0], loud[1], after, quiet(910_000)];
        assert_eq!(kept(1, 4, &all), Some(expected.to_vec()));
    }

    #[test]
    fn too_many_are_not_kept() {
        let all: Vec<Arrival> = (0..600_000).map(|ms| Arrival { ms, count: 1 }).collect();
        assert_eq!(kept(1, 5, &all), None);
        assert_eq!(kept(1001, 5, &all).map(|kept| kept.len()), Some(1));
    }
}
