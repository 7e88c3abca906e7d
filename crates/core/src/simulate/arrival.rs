//! What a bucket is shown: how many requests arrived in a millisecond.
//!
//! A log has a row for each request; a bucket only needs to know when and how many, so that a second of
//! ten thousand requests is at most a thousand arrivals.

/// Requests that arrived in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// Milliseconds of Unix time.
    pub ms: i64,
    /// How many; at least one.
    pub count: u32,
}

impl Arrival {
    /// Arrivals in time order from the times of requests in any order.
    pub fn of_times(times: impl IntoIterator<Item = i64>) -> Vec<Arrival> {
        let mut times: Vec<i64> = times.into_iter().collect();
        times.sort_unstable();
        let mut arrivals = Vec::new();
        for ms in times {
            Arrival::push(&mut arrivals, ms, 1);
        }
        arrivals
    }

    /// Adds requests at the end; those of the last arrival's millisecond join it.
    pub fn push(arrivals: &mut Vec<Arrival>, ms: i64, count: u32) {
        match arrivals.last_mut() {
            Some(last) if last.ms == ms && last.count.checked_add(count).is_some() => last.count += count,
            _ => arrivals.push(Arrival { ms, count }),
        }
    }
}

/// Two lists of arrivals, each in time order, as one.
pub fn merge(one: &[Arrival], other: &[Arrival]) -> Vec<Arrival> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if b.ms < a.ms => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        let Some(arrival) = next else { return merged };
        Arrival::push(&mut merged, arrival.ms, arrival.count);
    }
}

/// Requests of which the log holds the second only, spread evenly within it: the kindest that they can have been.
///
/// `seconds` are in time order, each at its second's first millisecond.
pub fn spread_in_second(seconds: &[Arrival]) -> Vec<Arrival> {
    let mut spread = Vec::new();
    for second in seconds {
        let count = u64::from(second.count);
        if count >= 1000 {
            // The first `count % 1000` of a thousand equal shares have one more, evenly placed.
            for slot in 0..1000_u64 {
                let share = (slot + 1) * count / 1000 - slot * count / 1000;
                push(&mut spread, second.ms, slot, share);
            }
        } else {
            for index in 0..count {
                push(&mut spread, second.ms, index * 1000 / count, 1);
            }
        }
    }
    spread
}

fn push(arrivals: &mut Vec<Arrival>, second_ms: i64, slot: u64, count: u64) {
    if let (Ok(slot), Ok(count)) = (i64::try_from(slot), u32::try_from(count)) {
        Arrival::push(arrivals, second_ms.saturating_add(slot), count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(arrivals: &[Arrival]) -> u64 {
        arrivals.iter().map(|arrival| u64::from(arrival.count)).sum()
    }

    #[test]
    fn times_in_any_order_become_arrivals() {
        let arrivals = Arrival::of_times([7, 3, 7, -1]);
        let expected = [(-1, 1), (3, 1), (7, 2)].map(|(ms, count)| Arrival { ms, count });
        assert_eq!(arrivals, expected);
        let mut full = vec![Arrival { ms: 1, count: u32::MAX }];
        Arrival::push(&mut full, 1, 2);
        assert_eq!(total(&full), u64::from(u32::MAX) + 2);
    }

    #[test]
    fn two_lists_become_one_in_time_order() {
        let merged = merge(&Arrival::of_times([1, 5, 5]), &Arrival::of_times([0, 5, 9]));
        assert_eq!(merged, Arrival::of_times([0, 1, 5, 5, 5, 9]));
    }

    #[test]
    fn a_second_is_spread_evenly_and_completely() {
        for count in [1, 2, 3, 999, 1000, 1001, 2500, 123_457] {
            let spread = spread_in_second(&[Arrival { ms: 5000, count }]);
            assert_eq!(total(&spread), u64::from(count));
            assert!(spread.iter().all(|arrival| (5000..6000).contains(&arrival.ms)));
            assert!(spread.is_sorted());
            let counts = || spread.iter().map(|arrival| arrival.count);
            assert!(counts().max().unwrap() - counts().min().unwrap() <= 1, "{count}");
        }
        let two = spread_in_second(&[Arrival { ms: 0, count: 2 }]);
        assert_eq!(two, Arrival::of_times([0, 500]));
    }
}
