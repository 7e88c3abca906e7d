//! Milliseconds from kilometres: an estimate, and how far off it usually is.
//!
//! Fitted on the round trips that are published for 90 pairs of regions: 13.7 ms and 0.0159 ms for each kilometre
//! along the earth's surface. Half of the pairs are within 22 % of that, nine tenths within 35 %. The fixed part
//! is counted once for a way, however many legs it has.

/// What a way costs without any distance.
const FIXED_MS: f64 = 13.7;
/// A kilometre, there and back.
const MS_PER_KM: f64 = 0.0159;
/// Nine tenths of the pairs that were measured are within this part of the estimate.
const ERROR: f64 = 0.35;

/// A range of milliseconds in which the truth probably is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Milliseconds {
    /// At least.
    pub low: u32,
    /// At most.
    pub high: u32,
}

impl Milliseconds {
    /// A round trip over so many kilometres.
    pub fn of_km(km: f64) -> Milliseconds {
        Milliseconds::around(middle(km))
    }

    fn around(estimate: f64) -> Milliseconds {
        // Both are between 0 and some hundred.
        Milliseconds {
            low: (estimate * (1.0 - ERROR)).round() as u32,
            high: (estimate * (1.0 + ERROR)).round() as u32,
        }
    }

    /// The estimate itself, in the middle of the range.
    pub const fn middle(self) -> u32 {
        self.low.midpoint(self.high)
    }
}

fn middle(km: f64) -> f64 {
    FIXED_MS + MS_PER_KM * km
}

/// How round trips are spread over callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Of half of the callers' requests.
    pub p50: Milliseconds,
    /// Of 95 % of them.
    pub p95: Milliseconds,
}

impl Spread {
    /// As many round trips in a row.
    pub fn times(self, trips: f64) -> Spread {
        let times = |of: Milliseconds| Milliseconds {
            low: (f64::from(of.low) * trips).round() as u32,
            high: (f64::from(of.high) * trips).round() as u32,
        };
        Spread { p50: times(self.p50), p95: times(self.p95) }
    }
}

/// The spread of ways in kilometres, each with the requests that take it, which need not be whole; nearest rank.
/// `None` without requests.
pub fn spread(ways: &mut [(f64, f64)]) -> Option<Spread> {
    ways.sort_by(|one, other| one.0.total_cmp(&other.0));
    let total: f64 = ways.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let at = |part: f64| {
        let mut passed = 0.0;
        let reached = ways.iter().find(|(_, weight)| {
            passed += weight;
            // A sum of parts may miss the whole by its last bit.
            passed >= part * total * (1.0 - 1e-12)
        });
        reached.or(ways.last()).map(|(km, _)| Milliseconds::of_km(*km))
    };
    Some(Spread { p50: at(0.5)?, p95: at(0.95)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_makes_a_range() {
        assert_eq!(Milliseconds::of_km(0.0), Milliseconds { low: 9, high: 18 });
        // 13.7 + 0.0159 x 5,570 = 102.263
        assert_eq!(Milliseconds::of_km(5570.0), Milliseconds { low: 66, high: 138 });
        assert_eq!(Milliseconds::of_km(5570.0).middle(), 102);
    }

    #[test]
    fn percentiles_are_of_requests() {
        assert_eq!(spread(&mut []), None);
        let near = Milliseconds::of_km(0.0);
        let far = Milliseconds::of_km(9000.0);
        assert_eq!(spread(&mut [(9000.0, 6.0), (0.0, 94.0)]), Some(Spread { p50: near, p95: far }));
        assert_eq!(spread(&mut [(9000.0, 5.0), (0.0, 95.0)]), Some(Spread { p50: near, p95: near }));
        assert_eq!(spread(&mut [(9000.0, 51.0), (0.0, 49.0)]), Some(Spread { p50: far, p95: far }));
    }
}
