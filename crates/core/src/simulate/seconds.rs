//! How busy seconds are: percentiles of arrivals in a second of the clock, exactly.

use std::collections::BTreeMap;

use super::arrival::Arrival;

/// Counts seconds by how many requests arrived in them. Seconds without any are not counted: a log does not tell
/// a quiet second from one that was not logged.
#[derive(Clone, Debug, Default)]
pub struct SecondCounts {
    seconds: BTreeMap<u64, u64>,
    current: Option<(i64, u64)>,
}

impl SecondCounts {
    /// Shows it arrivals in time order.
    pub fn replay(&mut self, arrivals: &[Arrival]) {
        for arrival in arrivals {
            let second = arrival.ms.div_euclid(1000);
            let count = u64::from(arrival.count);
            match &mut self.current {
                Some((current, so_far)) if *current == second => *so_far += count,
                _ => {
                    self.close();
                    self.current = Some((second, count));
                }
            }
        }
    }

    /// The nearest-rank percentile of the seconds that had arrivals. `None` without any.
    pub fn percentile(&mut self, percent: u64) -> Option<u64> {
        self.close();
        let all: u64 = self.seconds.values().sum();
        let rank = (u128::from(all) * u128::from(percent)).div_ceil(100).max(1);
        let mut so_far = 0_u128;
        for (count, seconds) in &self.seconds {
            so_far += u128::from(*seconds);
            if so_far >= rank {
                return Some(*count);
            }
        }
        None
    }

    fn close(&mut self) {
        if let Some((_, count)) = self.current.take() {
            *self.seconds.entry(count).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_busy_seconds() {
        let mut counts = SecondCounts::default();
        assert_eq!(counts.percentile(99), None);
        for second in 0..100 {
            // Two quiet hours between any two seconds change nothing.
            counts.replay(&[Arrival { ms: second * 7_200_000, count: u32::try_from(second).unwrap() + 1 }]);
        }
        assert_eq!([50, 99, 100].map(|percent| counts.percentile(percent)), [Some(50), Some(99), Some(100)]);
        let mut one = SecondCounts::default();
        one.replay(&Arrival::of_times([1000, 1500, 1999, 2000]));
        assert_eq!((one.percentile(1), one.percentile(100)), (Some(1), Some(3)));
    }
}
