//! Exact dollars: what is priced by the byte keeps its numerator and is divided by 2^30 last.
//!
//! `bytes x rate / 2^30` rarely ends within a decimal's 28 digits once such amounts are added up
//! one by one, so additions happen before the division.

use std::ops::{AddAssign, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};

use super::Meter;
use super::meter::GIB;

/// Decimals that amounts carry in JSON and Parquet.
pub const AMOUNT_DECIMALS: u32 = 10;

/// An amount of the rate card's currency, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// From meters whose base unit is the rate unit.
    whole: Decimal,
    /// From meters counted in bytes and priced by the GB: still to be divided by 2^30.
    per_gib: Decimal,
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
    pub const ZERO: Amount = Amount { whole: Decimal::ZERO, per_gib: Decimal::ZERO };

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
        Ok(if meter.scale() == 1 {
            Amount { whole: product, per_gib: Decimal::ZERO }
        } else {
            Amount { whole: Decimal::ZERO, per_gib: product }
        })
    }

    /// The amount to 28 significant digits.
    pub fn to_decimal(self) -> Decimal {
        (self.whole + self.per_gib / Decimal::from(GIB)).normalize()
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.whole += other.whole;
        self.per_gib += other.per_gib;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        self.whole -= other.whole;
        self.per_gib -= other.per_gib;
    }
}

/// An amount rounded to [`AMOUNT_DECIMALS`], halves away from zero.
pub fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(AMOUNT_DECIMALS, RoundingStrategy::MidpointAwayFromZero).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

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
