//! Quantity times unit price, exactly: what FOCUS asks of every row.
//!
//! Bytes in GB have up to 30 decimals, more than a product with a rate can keep. A quantity is therefore rounded
//! first, far below one byte, and the product of that quantity loses nothing.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{AmountOverflow, Meter};

/// Decimals of a quantity: a ten-millionth of a byte, in GB.
pub const QUANTITY_DECIMALS: u32 = 16;

/// Base units as a quantity of the unit that is priced, with [`QUANTITY_DECIMALS`] at most.
pub fn priced_quantity(meter: Meter, units: u64) -> Decimal {
    meter
        .quantity(units)
        .round_dp_with_strategy(QUANTITY_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

/// What a quantity costs at a price per unit, without rounding.
///
/// # Errors
/// [`AmountOverflow`] where the product does not fit 28 digits.
pub fn cost_at(quantity: Decimal, price: Decimal) -> Result<Decimal, AmountOverflow> {
    let (quantity, price) = (quantity.normalize(), price.normalize());
    let overflow = AmountOverflow { units: quantity.to_u64().unwrap_or(u64::MAX), rate: price };
    let product = quantity.checked_mul(price).ok_or(overflow)?;
    // Where digits had to go, the scale is smaller than that of an exact product.
    let exact = product.is_zero() || product.scale() == quantity.scale() + price.scale();
    if exact { Ok(product.normalize()) } else { Err(overflow) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn requests_are_whole_and_bytes_keep_sixteen_decimals() {
        assert_eq!(priced_quantity(Meter::RestRequests, 7).to_string(), "7");
        assert_eq!(priced_quantity(Meter::InternetTransfer, 1).to_string(), "0.0000000009313226");
        let cost = cost_at("0.0000000009313226".parse().unwrap(), "0.09".parse().unwrap()).unwrap();
        assert_eq!(cost.to_string(), "0.000000000083819034");
        let long: Decimal = "1.234567890123456789".parse().unwrap();
        assert!(cost_at(long, long).is_err());
    }

    proptest! {
        /// In integers: mantissa times mantissa, ten to the sum of the scales below it.
        #[test]
        fn the_product_is_exact(units in 0u64..1 << 50, rate in 0u32..10_000_000) {
            let quantity = priced_quantity(Meter::InternetTransfer, units);
            let price = Decimal::new(i64::from(rate), 8);
            if let Ok(cost) = cost_at(quantity, price) {
                let scale = quantity.scale() + 8;
                let product = quantity.mantissa() * i128::from(rate);
                prop_assert_eq!(cost, Decimal::from_i128_with_scale(product, scale));
            }
        }
    }
}
