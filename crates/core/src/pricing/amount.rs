//! Exact dollars: what is counted in smaller units than it is priced in keeps its numerator, and is divided
//! last.
//!
//! `bytes x rate / 2^30` rarely ends within a decimal's 28 digits once such amounts are added up one by one,
//! and `seconds x rate / 3600` need not end at all, so additions happen before the division, scale by scale.

use std::ops::{AddAssign, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Meter, Scale};

/// Decimals that amounts carry in JSON and Parquet.
pub const AMOUNT_DECIMALS: u32 = 10;

/// An amount of the rate card's currency, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Base units times rate, by the index of their scale: still to be divided by it.
    numerators: [Decimal; Scale::ALL.len()],
}

/// A product or sum that does not fit a decimal of 96 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount of {units} units at {rate} is beyond what can be computed exactly")]
pub struct AmountOverflow {
    /// Base units.
    pub units: u64,
    /// Rate per rate unit.
    pub rate: Decimal,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount { numerators: [Decimal::ZERO; Scale::ALL.len()] };

    /// What `units` base units of a meter cost at a rate per rate unit.
    ///
    /// # Errors
    /// [`AmountOverflow`] past 28 significant digits.
    pub fn of(meter: Meter, units: u64, rate: Decimal) -> Result<Amount, AmountOverflow> {
        let product = Decimal::from(units)
            .checked_mul(rate)
            // A product that had to drop digits is not exact, and exactness is the promise.
            .filter(|product| rate.is_zero() || product.scale() == rate.scale() || product.is_zero())
            .ok_or(AmountOverflow { units, rate })?;
        let mut amount = Amount::ZERO;
        amount.numerators[meter.scale().index()] = product;
        Ok(amount)
    }

    /// The amount to 28 significant digits.
    pub fn to_decimal(self) -> Decimal {
        let mut sum = Decimal::ZERO;
        for (scale, numerator) in Scale::ALL.into_iter().zip(self.numerators) {
            if !numerator.is_zero() {
                sum += numerator / Decimal::from(scale.base_units());
            }
        }
        sum.normalize()
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        for (sum, numerator) in self.numerators.iter_mut().zip(other.numerators) {
            // Most amounts are of one scale, and adding nothing takes as long as adding something.
            if !numerator.is_zero() {
                *sum += numerator;
            }
        }
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        for (sum, numerator) in self.numerators.iter_mut().zip(other.numerators) {
            *sum -= numerator;
        }
    }
}

/// An amount rounded to [`AMOUNT_DECIMALS`], halves away from zero.
pub fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(AMOUNT_DECIMALS, RoundingStrategy::MidpointAwayFromZero).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::{CacheSize, GIB};

    #[test]
    fn thirds_of_an_hour_add_up_to_it() {
        let rate = "0.02".parse().unwrap();
        let mut sum = Amount::ZERO;
        for _ in 0..3 {
            sum += Amount::of(Meter::CacheHours(CacheSize::Gb0_5), 1_200, rate).unwrap();
        }
        assert_eq!(sum.to_decimal().to_string(), "0.02");
        sum += Amount::of(Meter::RestRequests, 1, rate).unwrap();
        sum += Amount::of(Meter::InternetTransfer, GIB, rate).unwrap();
        sum += Amount::of(Meter::LambdaDurationX86, 128 * 8_000, rate).unwrap();
        assert_eq!(sum.to_decimal().to_string(), "0.08");
    }

    #[test]
    fn bytes_are_divided_last() {
        let rate = "0.09".parse().unwrap();
        let amount = Amount::of(Meter::InternetTransfer, 5_000_000 * 3072, rate).unwrap();
        assert_eq!(amount.to_decimal().to_string(), "1.2874603271484375");
        let mut sum = Amount::ZERO;
        for _ in 0..3 {
            sum += Amount::of(Meter::InternetTransfer, GIB / 3, rate).unwrap();
        }
        sum += Amount::of(Meter::InternetTransfer, 1, rate).unwrap();
        assert_eq!(sum.to_decimal().to_string(), "0.09");
    }

    #[test]
    fn what_cannot_be_exact_is_an_error() {
        let rate = "0.0000000000000000000000000001".parse().unwrap();
        assert!(Amount::of(Meter::RestRequests, u64::MAX, rate).is_ok());
        let long = "1.234567890123456789012345678".parse().unwrap();
        assert!(Amount::of(Meter::RestRequests, u64::MAX, long).is_err());
    }
}
