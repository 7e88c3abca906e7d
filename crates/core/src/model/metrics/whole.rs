//! CloudWatch answers in floats. Counts, bytes and milliseconds are whole, and are kept as integers: a value
//! that is not is refused, because nobody could say what it counts.

/// Up to here every whole number has a float of its own, and no other number has it.
const MOST: f64 = 9_007_199_254_740_992.0;

/// A value that is no count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotWhole {
    /// It has a fraction.
    #[error("{0} is no whole number")]
    Fraction(f64),
    /// It is negative.
    #[error("{0} is negative")]
    Negative(f64),
    /// It is none, or so large that a float cannot hold it exactly.
    #[error("{0} is too large to be exact")]
    Inexact(f64),
}

/// A count that CloudWatch answered as a float.
///
/// # Errors
/// [`NotWhole`] for what is no count, or may have been rounded.
pub fn whole(value: f64) -> Result<i64, NotWhole> {
    if !value.is_finite() || value.abs() >= MOST {
        return Err(NotWhole::Inexact(value));
    }
    if value < 0.0 {
        return Err(NotWhole::Negative(value));
    }
    if value.trunc() != value {
        return Err(NotWhole::Fraction(value));
    }
    // Whole and below 2^53, so the conversion is exact.
    Ok(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_counts_are_counts() {
        assert_eq!(whole(0.0), Ok(0));
        assert_eq!(whole(-0.0), Ok(0));
        assert_eq!(whole(9_007_199_254_740_991.0), Ok(9_007_199_254_740_991));
        assert_eq!(whole(2.5), Err(NotWhole::Fraction(2.5)));
        assert_eq!(whole(-1.0), Err(NotWhole::Negative(-1.0)));
        for value in [9_007_199_254_740_992.0, f64::INFINITY, 1e300, -1e300] {
            assert!(matches!(whole(value), Err(NotWhole::Inexact(_))), "{value}");
        }
        assert!(whole(f64::NAN).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whole_numbers_survive_the_float(count in 0_u64..9_007_199_254_740_992) {
            proptest::prop_assert_eq!(whole(count as f64), Ok(count as i64));
        }
    }
}
