//! How much GetMetricData answers at once.

/// Queries that one call may hold.
pub const MOST_QUERIES: usize = 500;
/// Data points that one call answers before it asks to be called again for the rest.
pub const MOST_POINTS: u64 = 100_800;
/// Values that are held at once while they are on their way into the lake: about 200 MB.
const MOST_HELD: u64 = 4_000_000;

/// Queries of one call whose answers, of so many periods each, fit into it.
pub fn queries_per_call(periods: u64) -> usize {
    let fit = usize::try_from(MOST_POINTS / periods.max(1)).unwrap_or(MOST_QUERIES);
    fit.clamp(1, MOST_QUERIES)
}

/// Days whose values of so many queries can be held at once. More days at once are cheaper: CloudWatch charges
/// by the query, whatever its length.
pub fn days_at_once(queries: u64, period_seconds: u32) -> usize {
    let of_a_day = queries.max(1).saturating_mul(86_400 / u64::from(period_seconds.max(1)));
    usize::try_from(MOST_HELD / of_a_day.max(1)).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_holds_no_more_than_cloudwatch_takes() {
        assert_eq!(queries_per_call(24), 500);
        assert_eq!(queries_per_call(720), 140);
        assert_eq!(queries_per_call(455 * 24), 9);
        assert_eq!(queries_per_call(200_000), 1);
        assert_eq!(queries_per_call(0), 500);
        for periods in [1, 24, 201, 720, 10_920] {
            assert!(queries_per_call(periods) as u64 * periods <= MOST_POINTS);
        }
    }

    #[test]
    fn few_queries_take_a_year_at_once_and_many_a_day() {
        assert!(days_at_once(100, 3600) > 365);
        assert_eq!(days_at_once(1_000_000, 3600), 1);
        assert_eq!(days_at_once(0, 3600), 166_666);
    }
}
