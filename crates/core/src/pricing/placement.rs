//! What usage costs on top of everybody else's, and where another placement breaks even.
//!
//! If one API moves, the others stay: their units keep their place in the tiers, and what moves was the last of
//! its pool, and will be the last of another. So what a move changes on the bill is a difference of two such ends.

use rust_decimal::Decimal;

use super::meter::GIB;
use super::{Amount, AmountOverflow, Meter, Tiers};

/// The price of the last units of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnTop {
    /// What they cost, as far as there are rates.
    pub amount: Amount,
    /// Base units beyond the last tier that has a rate.
    pub unpriced: u64,
}

/// Prices `units` base units of a meter on top of `below`, which others or earlier days used in the same month.
///
/// # Errors
/// [`AmountOverflow`] when an amount does not fit 28 digits.
pub fn on_top(meter: Meter, tiers: &Tiers, below: u64, units: u64) -> Result<OnTop, AmountOverflow> {
    let (shares, unpriced) = tiers.split(below, units, meter.scale().base_units());
    let mut amount = Amount::ZERO;
    for (step, share) in tiers.steps().iter().zip(shares) {
        if share > 0 {
            amount += Amount::of(meter, share, step.rate)?;
        }
    }
    Ok(OnTop { amount, unpriced })
}

/// The hit ratio from which a cache in front pays that costs `front` for each request and spares `origin` for each
/// hit, bytes aside. `None` where a hit spares nothing; above one it never pays.
pub fn break_even_hit_ratio(front: Decimal, origin: Decimal) -> Option<Decimal> {
    front.checked_div(origin).map(|ratio| ratio.normalize())
}

/// The mean response in bytes from which the cheaper transfer of what stands in front pays for what it charges for
/// each request, without any cache. Rates of transfer are for the GB. `None` where its transfer is not cheaper: no
/// size pays then.
pub fn break_even_response_bytes(front: Decimal, direct_gb: Decimal, front_gb: Decimal) -> Option<Decimal> {
    let cheaper = direct_gb.checked_sub(front_gb).filter(|cheaper| *cheaper > Decimal::ZERO)?;
    front.checked_mul(Decimal::from(GIB))?.checked_div(cheaper).map(|bytes| bytes.normalize())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pricing::{Pool, Tier, Units};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn rest() -> Tiers {
        let tier = |up_to, rate: &str| Tier { up_to, rate: decimal(rate) };
        Tiers::new(vec![
            tier(Some(333_000_000), "0.0000035"),
            tier(Some(1_000_000_000), "0.0000028"),
            tier(None, "0.00000238"),
        ])
        .unwrap()
    }

    #[test]
    fn a_cache_in_front_breaks_even_at_the_known_ratios() {
        // 1.00 for each million requests of CloudFront; 3.50 of a REST API, 1.00 of an HTTP API.
        let front = decimal("0.000001");
        let of_rest = break_even_hit_ratio(front, decimal("0.0000035")).unwrap();
        assert_eq!(of_rest.round_dp(10), decimal("0.2857142857"));
        assert_eq!(of_rest * decimal("3.5"), decimal("1.00").round_dp(4));
        assert_eq!(break_even_hit_ratio(front, decimal("0.000001")), Some(Decimal::ONE));
        assert_eq!(break_even_hit_ratio(front, Decimal::ZERO), None);
    }

    #[test]
    fn transfer_alone_breaks_even_at_the_known_sizes() {
        let us = break_even_response_bytes(decimal("0.000001"), decimal("0.09"), decimal("0.085")).unwrap();
        assert_eq!(us, decimal("214748.3648"));
        let japan = break_even_response_bytes(decimal("0.0000012"), decimal("0.114"), decimal("0.114"));
        assert_eq!(japan, None);
    }

    #[test]
    fn the_last_units_pay_the_last_tiers() {
        let price =
            |below, units| on_top(Meter::RestRequests, &rest(), below, units).unwrap().amount.to_decimal();
        assert_eq!(price(0, 1_000_000), decimal("3.5"));
        assert_eq!(price(333_000_000, 1_000_000), decimal("2.8"));
        assert_eq!(price(332_500_000, 1_000_000), decimal("3.15"));
        assert_eq!(price(5, 0), Decimal::ZERO);
        let short = Tiers::new(vec![Tier { up_to: Some(10), rate: decimal("1") }]).unwrap();
        let beyond = on_top(Meter::RestRequests, &short, 8, 5).unwrap();
        assert_eq!((beyond.amount.to_decimal(), beyond.unpriced), (decimal("2"), 3));
    }

    proptest! {
        /// What is on top is what the whole pool costs more.
        #[test]
        fn ends_of_a_pool_are_differences(below in 0u64..2_000_000_000, units in 0u64..2_000_000_000) {
            let whole = |units: u64| {
                let leaves = [Units { base: units, low: units, high: units }];
                let pool = Pool { meter: Meter::RestRequests, before: 0, leaves: &leaves, groups: &[] };
                pool.price(&rest()).unwrap().leaves[0].amount.to_decimal()
            };
            let end = on_top(Meter::RestRequests, &rest(), below, units).unwrap().amount.to_decimal();
            prop_assert_eq!(end, whole(below + units) - whole(below));
        }
    }
}
