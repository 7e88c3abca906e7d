//! A rate and a burst as integers: how fine a token has to be divided so that a millisecond's gain is whole.
//!
//! A rate of 0.5 a second gains a two-thousandth of a token in a millisecond. So a token is 2,000 units, a
//! millisecond gains one, and nothing is ever rounded.

use std::ops::{Add, Div, Mul, Sub};

use rust_decimal::Decimal;

use crate::model::settings::Limit;

/// A rate and a burst that cannot be replayed exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketError {
    /// A negative rate is no rate: AWS says -1 where a throttle is off.
    #[error("a rate of {rate} a second is none: expected zero or more")]
    Negative {
        /// The rate.
        rate: Decimal,
    },
    /// The integers would not fit.
    #[error(
        "a rate of {rate} a second with a burst of {burst} is too fine to be replayed exactly: expected fewer digits"
    )]
    TooFine {
        /// The rate.
        rate: Decimal,
        /// The burst.
        burst: u64,
    },
}

/// A bucket in integer units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scaled {
    /// Units that a millisecond gains.
    pub(super) gain: i128,
    /// Units that an arrival takes.
    pub(super) cost: i128,
    /// Units that the bucket holds.
    pub(super) capacity: i128,
}

impl Scaled {
    /// The bucket of a limit, where each arrival counts as `weight` out of `unit` tokens: `(1, 1)` is one token,
    /// `(150, 100)` what one and a half times the traffic would take.
    pub(super) fn new(limit: &Limit, weight: u64, unit: u64) -> Result<Scaled, BucketError> {
        let too_fine = || BucketError::TooFine { rate: limit.rate, burst: limit.burst };
        let rate = limit.rate.normalize();
        if rate.is_sign_negative() && !rate.is_zero() {
            return Err(BucketError::Negative { rate: limit.rate });
        }
        // A token in units of the rate's last digit in a millisecond.
        let token = 10_i128.checked_pow(rate.scale() + 3).ok_or_else(too_fine)?;
        let divisor = gcd(rate.mantissa(), token);
        let (gain, token) = (rate.mantissa() / divisor, token / divisor);
        let times = |one: i128, other: u64| one.checked_mul(i128::from(other)).ok_or_else(too_fine);
        let gain = times(gain, unit)?;
        let cost = times(token, weight)?;
        let capacity = times(times(token, unit)?, limit.burst)?;
        let scaled = Scaled { gain, cost, capacity };
        if scaled.fits(i128::MAX) { Ok(scaled) } else { Err(too_fine()) }
    }

    /// Whether no sum that a replay makes goes beyond `most`: a full bucket, a millisecond's gain and the
    /// arrivals of a millisecond.
    pub(super) fn fits(&self, most: i128) -> bool {
        let most_at_once = self.cost.checked_mul(i128::from(u32::MAX));
        let sum = most_at_once.and_then(|cost| cost.checked_add(self.capacity)?.checked_add(self.gain));
        sum.is_some_and(|sum| sum <= most / 2)
    }

    /// Milliseconds after which a bucket of these units is full again, whatever was taken.
    pub(super) fn full_after_ms(&self) -> i64 {
        if self.gain == 0 {
            return i64::MAX;
        }
        // Above the calendar's length it does not matter.
        i64::try_from(self.capacity / self.gain).map_or(i64::MAX / 2, |ms| ms.saturating_add(1))
    }

    /// How many arrivals' worth of tokens some units are; exact unless that needs more than 28 digits.
    pub(super) fn tokens(&self, units: i128) -> Decimal {
        let cost = self.cost.max(1);
        let whole = Decimal::try_from_i128_with_scale(units / cost, 0).unwrap_or(Decimal::MAX);
        match (Decimal::try_from_i128_with_scale(units % cost, 0), Decimal::try_from_i128_with_scale(cost, 0))
        {
            (Ok(part), Ok(cost)) => (whole + part / cost).normalize(),
            // A part of a token that is finer than 28 digits.
            _ => whole,
        }
    }
}

/// The greatest common divisor; that of zero and a number is the number.
fn gcd(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one, other);
    while one != 0 {
        (one, other) = (other % one, one);
    }
    other
}

/// The integers that a replay is done in: 64 bits where all sums fit, for they are faster, else 128.
pub(super) trait Units:
    Copy + Ord + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Nothing.
    const ZERO: Self;
    /// Less than nothing: before the first arrival.
    const BEFORE: Self;
    /// The largest value.
    const MOST: i128;

    /// From a number that is known to fit.
    fn of(number: i128) -> Self;
    /// From milliseconds or a count.
    fn of_i64(number: i64) -> Self;
    /// Back.
    fn wide(self) -> i128;
}

impl Units for i64 {
    const ZERO: i64 = 0;
    const BEFORE: i64 = -1;
    const MOST: i128 = i64::MAX as i128;

    fn of(number: i128) -> i64 {
        i64::try_from(number).unwrap_or(i64::MAX)
    }

    #[inline(always)]
    fn of_i64(number: i64) -> i64 {
        number
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Units for i128 {
    const ZERO: i128 = 0;
    const BEFORE: i128 = -1;
    const MOST: i128 = i128::MAX;

    fn of(number: i128) -> i128 {
        number
    }

    #[inline(always)]
    fn of_i64(number: i64) -> i128 {
        i128::from(number)
    }

    fn wide(self) -> i128 {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(rate: &str, burst: u64) -> Result<Scaled, BucketError> {
        Scaled::new(&Limit { rate: rate.parse().unwrap(), burst }, 1, 1)
    }

    #[test]
    fn a_token_is_as_fine_as_its_rate_needs() {
        assert_eq!(scaled("10000", 5000), Ok(Scaled { gain: 10, cost: 1, capacity: 5000 }));
        assert_eq!(scaled("0.5", 2), Ok(Scaled { gain: 1, cost: 2000, capacity: 4000 }));
        assert_eq!(scaled("0.500", 2), scaled("0.5", 2));
        assert_eq!(scaled("0", 7), Ok(Scaled { gain: 0, cost: 1, capacity: 7 }));
        assert_eq!(scaled("333.3", 1), Ok(Scaled { gain: 3333, cost: 10_000, capacity: 10_000 }));
    }

    #[test]
    fn what_cannot_be_exact_is_said() {
        assert!(matches!(scaled("-1", 1), Err(BucketError::Negative { .. })));
        let error = scaled("0.0000000000000000000000000001", u64::MAX).unwrap_err();
        assert!(error.to_string().contains("fewer digits"), "{error}");
        assert!(scaled("0.30000000000000004", 5000).is_ok());
        assert!(scaled("79228162514264337593543950335", 1).is_ok());
    }

    #[test]
    fn units_are_tokens_again() {
        let half = scaled("0.5", 2).unwrap();
        assert_eq!(half.tokens(3000).to_string(), "1.5");
        assert_eq!(half.tokens(1).to_string(), "0.0005");
        assert_eq!(half.full_after_ms(), 4001);
        assert_eq!(scaled("0", 7).unwrap().full_after_ms(), i64::MAX);
    }
}
