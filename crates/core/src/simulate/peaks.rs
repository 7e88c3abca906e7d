//! The busiest stretch of time: most arrivals in any window of a length, not in slices of the clock.

use std::collections::VecDeque;

use super::arrival::Arrival;

/// Most arrivals in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// How many.
    pub arrivals: u64,
    /// When the first of them arrived, in milliseconds of Unix time.
    pub at_ms: i64,
}

/// Watches all windows of one length, each of which ends with an arrival.
#[derive(Clone, Debug)]
pub struct SlidingPeak {
    width_ms: i64,
    inside: VecDeque<Arrival>,
    sum: u64,
    peak: Option<Peak>,
}

impl SlidingPeak {
    /// Windows of `width_ms` milliseconds: two arrivals that far apart are not in one.
    pub fn new(width_ms: i64) -> SlidingPeak {
        SlidingPeak { width_ms, inside: VecDeque::new(), sum: 0, peak: None }
    }

    /// The length of its windows.
    pub fn width_ms(&self) -> i64 {
        self.width_ms
    }

    /// Shows it arrivals in time order.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        for &arrival in arrivals {
            self.sum += u64::from(arrival.count);
            self.inside.push_back(arrival);
            while let Some(first) = self.inside.front()
                && arrival.ms - first.ms >= self.width_ms
            {
                self.sum -= u64::from(first.count);
                self.inside.pop_front();
            }
            if self.peak.is_none_or(|peak| self.sum > peak.arrivals) {
                let at_ms = self.inside.front().map_or(arrival.ms, |first| first.ms);
                self.peak = Some(Peak { arrivals: self.sum, at_ms });
            }
        }
    }

    /// The peak since the last time that it was taken; windows go on.
    pub fn take(&mut self) -> Option<Peak> {
        self.peak.take()
    }
}

impl Peak {
    /// The higher of two; of equal ones the first.
    pub fn higher(one: Option<Peak>, other: Option<Peak>) -> Option<Peak> {
        match (one, other) {
            (Some(one), Some(other)) if other.arrivals > one.arrivals => Some(other),
            (Some(one), _) => Some(one),
            (None, other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_across_a_clocks_second_is_found() {
        let mut second = SlidingPeak::new(1000);
        second.replay(&Arrival::of_times([0, 900, 950, 1100, 1899, 1900, 5000]));
        // 900 and 1900 are a whole second apart.
        assert_eq!(second.take(), Some(Peak { arrivals: 4, at_ms: 900 }));
        assert_eq!(second.take(), None);
        second.replay(&Arrival::of_times([5999, 6000]));
        assert_eq!(second.take(), Some(Peak { arrivals: 2, at_ms: 5000 }));
    }

    proptest::proptest! {
        #[test]
        fn peaks_are_those_of_a_plain_count(
            times in proptest::collection::vec(0_i64..5000, 1..200),
            width in 1_i64..3000,
            cut in 0_usize..200,
        ) {
            let arrivals = Arrival::of_times(times.iter().copied());
            let (one, other) = arrivals.split_at(cut.min(arrivals.len()));
            let mut sliding = SlidingPeak::new(width);
            sliding.replay(one);
            let first = sliding.take();
            sliding.replay(other);
            let found = Peak::higher(first, sliding.take()).unwrap();
            let count = |from: i64| times.iter().filter(|time| (from..from + width).contains(*time)).count() as u64;
            let most = times.iter().map(|time| count(*time)).max().unwrap();
            proptest::prop_assert_eq!(found.arrivals, most);
            proptest::prop_assert_eq!(count(found.at_ms), most);
        }
    }
}
