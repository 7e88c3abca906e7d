//! Log-linear buckets of latency, as HdrHistogram has them: 32 equal steps for each power of two.
//!
//! Counts of the same bucket add up over hours, endpoints and exports, so percentiles of anything can be read from
//! them. Up to 63 ms a bucket is one millisecond; above, its width is at most a 32nd of its lower bound.

/// Steps of a power of two, and so the inverse of the largest relative error of a bucket's lower bound.
pub const STEPS: i64 = 32;

/// The lower bound of the bucket that a latency falls into, and the first value above it.
pub fn bucket(latency_ms: i64) -> (i64, i64) {
    if latency_ms < 2 * STEPS {
        return (latency_ms, latency_ms.saturating_add(1));
    }
    // The highest bits: 2^exponent steps are the width.
    let exponent = 63 - latency_ms.leading_zeros() - STEPS.trailing_zeros();
    let low = (latency_ms >> exponent) << exponent;
    (low, low.saturating_add(1 << exponent))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_are_those_of_the_steps() {
        assert_eq!(bucket(0), (0, 1));
        assert_eq!(bucket(63), (63, 64));
        assert_eq!(bucket(64), (64, 66));
        assert_eq!(bucket(65), (64, 66));
        assert_eq!(bucket(127), (126, 128));
        assert_eq!(bucket(128), (128, 132));
        assert_eq!(bucket(29_000), (28_672, 29_184));
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_bucket_and_buckets_do_not_overlap(latency in 0i64..1 << 40) {
            let (low, high) = bucket(latency);
            prop_assert!(low <= latency && latency < high);
            prop_assert_eq!(bucket(low), (low, high));
            prop_assert_eq!(bucket(high - 1), (low, high));
            prop_assert!((high - low - 1) * STEPS <= low);
        }
    }
}
