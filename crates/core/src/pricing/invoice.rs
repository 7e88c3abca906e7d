//! Lines of an invoice: a meter's units in one tier, with the rate and what they cost.

use rust_decimal::Decimal;

use super::{Amount, AmountOverflow, Meter, Pool, TierLine, Tiers, Units};

/// Units of one meter in one tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    /// What was counted.
    pub meter: Meter,
    /// The tier in words, computed from its bounds: `first 333,000,000 requests`.
    pub tier: String,
    /// Base units of the meter in this tier.
    pub units: u64,
    /// Currency per rate unit.
    pub rate: Decimal,
    /// Units times rate, exact.
    pub amount: Amount,
}

impl InvoiceLine {
    /// A line of a pool's bill, in words.
    pub fn of(meter: Meter, tiers: &Tiers, line: &TierLine) -> InvoiceLine {
        let TierLine { tier, units, rate, amount } = line;
        let tier = meter.tier_label(tiers, *tier);
        InvoiceLine { meter, tier, units: *units, rate: *rate, amount: *amount }
    }
}

impl Meter {
    /// Base units as a quantity of the unit that is priced.
    pub fn quantity(self, units: u64) -> Decimal {
        (Decimal::from(units) / Decimal::from(self.scale().base_units())).normalize()
    }

    /// A quantity of the unit that is priced, in base units; what is less than one of them is one.
    ///
    /// `None` below zero, and beyond what can be counted.
    pub fn base_units(self, quantity: Decimal) -> Option<u64> {
        use rust_decimal::prelude::ToPrimitive;
        let units = quantity.checked_mul(Decimal::from(self.scale().base_units()))?.ceil();
        if units.is_sign_negative() && !units.is_zero() { None } else { units.to_u64() }
    }

    /// A tier with its unit, as price lists say it: `next 667,000,000 requests`.
    pub fn tier_label(self, tiers: &Tiers, index: usize) -> String {
        format!("{} {}", tiers.label(index), self.unit())
    }
}

/// What is to be paid for usage of several meters, each from its first tier on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// One for each tier that is reached, by meter.
    pub lines: Vec<InvoiceLine>,
    /// Base units without a rate, and why there is none.
    pub unpriced: Vec<(Meter, u64, String)>,
}

impl Estimate {
    /// The sum of the lines, exact.
    pub fn total(&self) -> Amount {
        let mut total = Amount::ZERO;
        for line in &self.lines {
            total += line.amount;
        }
        total
    }
}

/// Prices usage in base units. `tiers` gives a meter's price, or why there is none.
///
/// # Errors
/// [`AmountOverflow`] when an amount does not fit 28 digits.
pub fn estimate(
    usage: &[(Meter, u64)],
    tiers: impl Fn(Meter) -> Result<Tiers, String>,
) -> Result<Estimate, AmountOverflow> {
    let mut estimate = Estimate::default();
    for (meter, units) in usage {
        let tiers = match tiers(*meter) {
            Ok(tiers) => tiers,
            Err(reason) => {
                estimate.unpriced.push((*meter, *units, reason));
                continue;
            }
        };
        let leaves = [Units { base: *units, low: *units, high: *units }];
        let bill = Pool { meter: *meter, before: 0, leaves: &leaves, groups: &[] }.price(&tiers)?;
        estimate.lines.extend(bill.tiers.iter().map(|line| InvoiceLine::of(*meter, &tiers, line)));
        if bill.unpriced > 0 {
            estimate.unpriced.push((*meter, bill.unpriced, meter.beyond_last_tier()));
        }
    }
    Ok(estimate)
}

impl Meter {
    /// Why usage above the last known tier has no price, a sentence fragment.
    pub fn beyond_last_tier(self) -> String {
        format!("no rate above the last known tier of {self} is known")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pricing::{CacheSize, Tier};

    fn ladder(steps: &[(Option<u64>, &str)]) -> Tiers {
        let tier = |(up_to, rate): &(Option<u64>, &str)| Tier { up_to: *up_to, rate: rate.parse().unwrap() };
        Tiers::new(steps.iter().map(tier).collect()).unwrap()
    }

    /// The rates of us-east-1, written down here once more.
    fn virginia(meter: Meter) -> Result<Tiers, String> {
        Ok(ladder(match meter {
            Meter::RestRequests => &[
                (Some(333_000_000), "0.0000035"),
                (Some(1_000_000_000), "0.0000028"),
                (Some(20_000_000_000), "0.00000238"),
                (None, "0.00000151"),
            ],
            Meter::HttpRequests => &[(Some(300_000_000), "0.000001"), (None, "0.0000009")],
            Meter::WebsocketMessages => &[(Some(1_000_000_000), "0.000001"), (None, "0.0000008")],
            Meter::WebsocketMinutes => &[(None, "0.00000025")],
            Meter::CacheHours(CacheSize::Gb0_5) => &[(None, "0.02")],
            Meter::CacheHours(CacheSize::Gb237) => &[(None, "3.8")],
            Meter::InternetTransfer => {
                &[(Some(10_240), "0.09"), (Some(51_200), "0.085"), (Some(153_600), "0.07"), (None, "0.05")]
            }
            Meter::FirehoseIngestion => &[(Some(10), "1")],
            other => return Err(format!("no rate of {other} is known")),
        }))
    }

    fn cents(usage: &[(Meter, &str)]) -> String {
        let usage: Vec<(Meter, u64)> = usage
            .iter()
            .map(|(meter, quantity)| (*meter, meter.base_units(quantity.parse().unwrap()).unwrap()))
            .collect();
        let estimate = estimate(&usage, virginia).unwrap();
        assert!(estimate.unpriced.is_empty());
        format!("{:.2}", estimate.total().to_decimal().round_dp(2))
    }

    /// AWS's example, Infracost's goldens, a real bill.
    #[test]
    fn known_answers() {
        assert_eq!(cents(&[(Meter::RestRequests, "21000000000")]), "49763.10");
        assert_eq!(cents(&[(Meter::HttpRequests, "1000000000")]), "930.00");
        let websocket = [(Meter::WebsocketMessages, "1500000000"), (Meter::WebsocketMinutes, "10000000")];
        assert_eq!(cents(&websocket), "1402.50");
        assert_eq!(cents(&[(Meter::CacheHours(CacheSize::Gb0_5), "743.93")]), "14.88");
        assert_eq!(cents(&[(Meter::CacheHours(CacheSize::Gb0_5), "730")]), "14.60");
        assert_eq!(cents(&[(Meter::CacheHours(CacheSize::Gb237), "730")]), "2774.00");
        assert_eq!(cents(&[(Meter::InternetTransfer, "57000")]), "4809.20");
    }

    #[test]
    fn what_has_no_rate_has_no_line() {
        let estimate =
            estimate(&[(Meter::XrayTraces, 7), (Meter::FirehoseIngestion, 11 << 30)], virginia).unwrap();
        assert_eq!(estimate.lines.len(), 1);
        assert_eq!(estimate.lines[0].tier, "first 10 GB");
        let unpriced: Vec<(Meter, u64)> =
            estimate.unpriced.iter().map(|(meter, units, _)| (*meter, *units)).collect();
        assert_eq!(unpriced, [(Meter::XrayTraces, 7), (Meter::FirehoseIngestion, 1 << 30)]);
    }

    #[test]
    fn quantities_are_read_and_written_exactly() {
        let cache = Meter::CacheHours(CacheSize::Gb0_5);
        let units = cache.base_units("743.93".parse().unwrap()).unwrap();
        assert_eq!((units, cache.quantity(units).to_string().as_str()), (2_678_148, "743.93"));
        assert_eq!(Meter::InternetTransfer.base_units("0.0000000001".parse().unwrap()), Some(1));
        assert_eq!(Meter::RestRequests.base_units("-1".parse().unwrap()), None);
        assert_eq!(Meter::InternetTransfer.base_units(Decimal::MAX), None);
    }

    proptest! {
        #[test]
        fn cost_never_falls_and_split_tiers_cost_the_same(
            units in 0u64..40_000_000_000,
            more in 0u64..40_000_000_000,
            cut in 1u64..19_000_000_000,
        ) {
            let rest = virginia(Meter::RestRequests).unwrap();
            let cost = |units, tiers: &Tiers| {
                estimate(&[(Meter::RestRequests, units)], |_| Ok(tiers.clone())).unwrap().total().to_decimal()
            };
            prop_assert!(cost(units, &rest) <= cost(units + more, &rest));
            // A tier cut in two, at a bound that is none, makes another invoice and the same sum.
            let mut steps = rest.steps().to_vec();
            let at = steps.iter().position(|tier| tier.up_to.is_none_or(|up_to| cut < up_to)).unwrap();
            if at == 0 || steps[at - 1].up_to != Some(cut) {
                steps.insert(at, Tier { up_to: Some(cut), rate: steps[at].rate });
            }
            prop_assert_eq!(cost(units, &Tiers::new(steps).unwrap()), cost(units, &rest));
        }

        #[test]
        fn the_order_of_meters_never_matters(requests in 0u64..1 << 40, bytes in 0u64..1 << 50, seconds in 0u64..1 << 30) {
            let mut usage = vec![
                (Meter::RestRequests, requests),
                (Meter::InternetTransfer, bytes),
                (Meter::CacheHours(CacheSize::Gb0_5), seconds),
            ];
            let forward = estimate(&usage, virginia).unwrap().total();
            usage.reverse();
            prop_assert_eq!(estimate(&usage, virginia).unwrap().total(), forward);
        }
    }
}
