//! The bill of one pool of usage and its way down to the leaves that caused it.
//!
//! A pool is what shares tiers: one (account family, region, meter, month). Its units are split
//! over the tiers once, each tier's units are shared out to the leaves by largest remainder, and
//! only then does a rate make dollars of them. So leaves add up to the bill and a filter over
//! leaves never restarts at the first tier.

use rust_decimal::Decimal;

use super::allocation::apportion;
use super::amount::{Amount, AmountOverflow};
use super::{Meter, Placing, Tiers};

/// Units of a meter: what is priced, and the least and the most that the log allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// What `cost` is made of.
    pub base: u64,
    /// What `cost_low` is made of; at most `base`.
    pub low: u64,
    /// What `cost_high` is made of; at least `base`.
    pub high: u64,
}

impl Units {
    /// Adds another count, each bound by itself.
    pub fn add(&mut self, other: Units) {
        self.base = self.base.saturating_add(other.base);
        self.low = self.low.saturating_add(other.low);
        self.high = self.high.saturating_add(other.high);
    }
}

/// Usage that shares tiers.
#[derive(Clone, Debug)]
pub struct Pool<'a> {
    /// What was counted.
    pub meter: Meter,
    /// Base units of the same month before the window: where in the tiers the window starts.
    pub before: u64,
    /// The window's units, leaf by leaf.
    pub leaves: &'a [Units],
    /// How many consecutive leaves make up each group. A tier's units are shared out to groups
    /// first and inside each of them to its leaves, so that a group pays the same however finely
    /// it is divided. Empty: every leaf is a group of its own.
    pub groups: &'a [usize],
}

/// One tier's line of a pool's bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierLine {
    /// Index into the rate's tiers.
    pub tier: usize,
    /// Base units of the window in this tier.
    pub units: u64,
    /// Currency per rate unit.
    pub rate: Decimal,
    /// Units times rate.
    pub amount: Amount,
}

/// What one leaf pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeafBill {
    /// For its base units, as far as there is a rate.
    pub amount: Amount,
    /// What it would pay less at its low units, not rounded.
    pub saving_low: Decimal,
    /// What it would pay more at its high units, not rounded.
    pub extra_high: Decimal,
    /// Base units without a rate.
    pub unpriced: u64,
}

/// The bill of a pool inside the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolBill {
    /// The tiers in order, those without units left out.
    pub tiers: Vec<TierLine>,
    /// Base units of each leaf in each of `tiers`, `shares[tier][leaf]`.
    pub shares: Vec<Vec<u64>>,
    /// One for each leaf of the pool.
    pub leaves: Vec<LeafBill>,
    /// Base units beyond the last tier that has a rate.
    pub unpriced: u64,
}

impl Pool<'_> {
    /// Prices the pool: bill(month start .. window end) minus bill(month start .. window start).
    ///
    /// # Errors
    /// [`AmountOverflow`] when an amount does not fit 28 digits.
    pub fn price(&self, tiers: &Tiers) -> Result<PoolBill, AmountOverflow> {
        self.price_at(tiers, Placing::after(self.before))
    }

    /// Prices the pool at a place in its month that takes the place of `before`.
    ///
    /// The bounds `low` and `high` stand at the same place in the tiers; the difference that they
    /// make goes to the leaves in proportion to the units in question.
    ///
    /// # Errors
    /// [`AmountOverflow`] when an amount does not fit 28 digits.
    pub fn price_at(&self, tiers: &Tiers, placing: Placing) -> Result<PoolBill, AmountOverflow> {
        let scale = self.meter.scale().base_units();
        let base: Vec<u64> = self.leaves.iter().map(|units| units.base).collect();
        let (mut split, unpriced) = placing.split(tiers, sum(&base), scale);
        split.push(unpriced);
        let mut shares = self.apportion_grouped(&split, &base);

        let mut leaves = vec![LeafBill::default(); base.len()];
        let mut lines = Vec::new();
        for (index, step) in tiers.steps().iter().enumerate() {
            if split[index] == 0 {
                continue;
            }
            for (leaf, units) in leaves.iter_mut().zip(&shares[index]).filter(|(_, units)| **units > 0) {
                leaf.amount += Amount::of(self.meter, *units, step.rate)?;
            }
            let amount = Amount::of(self.meter, split[index], step.rate)?;
            lines.push(TierLine { tier: index, units: split[index], rate: step.rate, amount });
        }
        if let Some(beyond) = shares.last() {
            for (leaf, units) in leaves.iter_mut().zip(beyond) {
                leaf.unpriced = *units;
            }
        }

        let mut index = 0;
        shares.retain(|_| {
            index += 1;
            index <= tiers.steps().len() && split[index - 1] > 0
        });

        let total = |units: u64| self.total(tiers, placing, units);
        let base_total = total(sum(&base))?;
        let low: Vec<u64> = self.leaves.iter().map(|units| units.low.min(units.base)).collect();
        let saving = difference(base_total, total(sum(&low))?);
        let saved: Vec<u64> = base.iter().zip(&low).map(|(base, low)| base - low).collect();
        for (leaf, share) in leaves.iter_mut().zip(share_amount(saving, &saved)) {
            leaf.saving_low = share;
        }
        let high: Vec<u64> = self.leaves.iter().map(|units| units.high.max(units.base)).collect();
        let extra = difference(total(sum(&high))?, base_total);
        let added: Vec<u64> = high.iter().zip(&base).map(|(high, base)| high - base).collect();
        for (leaf, share) in leaves.iter_mut().zip(share_amount(extra, &added)) {
            leaf.extra_high = share;
        }
        Ok(PoolBill { tiers: lines, shares, leaves, unpriced })
    }

    /// The leaves of each group, as ranges.
    fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        let lengths: Vec<usize> =
            if self.groups.is_empty() { vec![1; self.leaves.len()] } else { self.groups.to_vec() };
        lengths
            .into_iter()
            .map(|length| {
                let end = (start + length).min(self.leaves.len());
                let range = start..end;
                start = end;
                range
            })
            .collect()
    }

    /// `answer[tier][leaf]`, by way of the groups.
    fn apportion_grouped(&self, tiers: &[u64], leaves: &[u64]) -> Vec<Vec<u64>> {
        if self.groups.is_empty() {
            return apportion(tiers, leaves);
        }
        let ranges = self.ranges();
        let groups: Vec<u64> = ranges.iter().map(|range| sum(&leaves[range.clone()])).collect();
        let by_group = apportion(tiers, &groups);
        let mut shares = vec![vec![0; leaves.len()]; tiers.len()];
        for (group, range) in ranges.iter().enumerate() {
            if range.len() == 1 {
                // Most endpoints are one leaf.
                for (tier, of_tier) in shares.iter_mut().zip(&by_group) {
                    tier[range.start] = of_tier[group];
                }
                continue;
            }
            let of_group: Vec<u64> = by_group.iter().map(|tier| tier[group]).collect();
            for (tier, inside) in apportion(&of_group, &leaves[range.clone()]).into_iter().enumerate() {
                shares[tier][range.clone()].copy_from_slice(&inside);
            }
        }
        shares
    }

    fn total(&self, tiers: &Tiers, placing: Placing, units: u64) -> Result<Amount, AmountOverflow> {
        let (split, _) = placing.split(tiers, units, self.meter.scale().base_units());
        let mut total = Amount::ZERO;
        for (units, step) in split.iter().zip(tiers.steps()) {
            total += Amount::of(self.meter, *units, step.rate)?;
        }
        Ok(total)
    }
}

fn sum(units: &[u64]) -> u64 {
    units.iter().fold(0, |sum, units| sum.saturating_add(*units))
}

/// Shares an amount out by weight, to 28 digits: shares add up to the amount for all that is shown.
fn share_amount(amount: Decimal, weights: &[u64]) -> Vec<Decimal> {
    let whole = Decimal::from(sum(weights).max(1));
    let share = |weight: &u64| match *weight {
        0 => Decimal::ZERO,
        weight => (amount * (Decimal::from(weight) / whole)).normalize(),
    };
    if amount.is_zero() { vec![Decimal::ZERO; weights.len()] } else { weights.iter().map(share).collect() }
}

fn difference(mut more: Amount, less: Amount) -> Decimal {
    more -= less;
    // At an average, a unit that is rounded into another tier can turn a difference of nothing below zero.
    more.to_decimal().max(Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pricing::{CacheSize, Tier};

    fn ladder(steps: &[(Option<u64>, &str)]) -> Tiers {
        Tiers::new(
            steps.iter().map(|(up_to, rate)| Tier { up_to: *up_to, rate: rate.parse().unwrap() }).collect(),
        )
        .unwrap()
    }

    fn rest() -> Tiers {
        ladder(&[
            (Some(333_000_000), "0.0000035"),
            (Some(1_000_000_000), "0.0000028"),
            (Some(20_000_000_000), "0.00000238"),
            (None, "0.00000151"),
        ])
    }

    fn http() -> Tiers {
        ladder(&[(Some(300_000_000), "0.000001"), (None, "0.0000009")])
    }

    fn exactly(units: u64) -> Units {
        Units { base: units, low: units, high: units }
    }

    fn cost(meter: Meter, tiers: &Tiers, units: u64) -> String {
        let leaves = [exactly(units)];
        let bill = Pool { meter, before: 0, leaves: &leaves, groups: &[] }.price(tiers).unwrap();
        assert_eq!(bill.unpriced, 0);
        bill.leaves[0].amount.to_decimal().to_string()
    }

    /// AWS's own example for REST, and figures that follow from the published tiers.
    #[test]
    fn known_answers() {
        assert_eq!(cost(Meter::RestRequests, &rest(), 5_000_000), "17.5");
        assert_eq!(cost(Meter::RestRequests, &rest(), 21_000_000_000), "49763.1");
        assert_eq!(cost(Meter::HttpRequests, &http(), 1_000_000_000), "930");
        assert_eq!(cost(Meter::HttpRequests, &http(), 216_000_000), "216");
        assert_eq!(cost(Meter::HttpRequests, &http(), 432_000_000), "418.8");
        let transfer = ladder(&[
            (Some(10_240), "0.09"),
            (Some(51_200), "0.085"),
            (Some(153_600), "0.07"),
            (None, "0.05"),
        ]);
        assert_eq!(cost(Meter::InternetTransfer, &transfer, 5_000_000 * 3072), "1.2874603271484375");
        assert_eq!(cost(Meter::InternetTransfer, &transfer, 57_000 << 30), "4809.2");
    }

    /// Caches: 730 hours as Infracost's goldens have them, and a real bill of 743.93 hours, $14.88.
    #[test]
    fn known_answers_of_fractions_of_hours() {
        let hourly = |rate| ladder(&[(None, rate)]);
        let cache = |size, rate, seconds| cost(Meter::CacheHours(size), &hourly(rate), seconds);
        assert_eq!(cache(CacheSize::Gb0_5, "0.02", 730 * 3600), "14.6");
        assert_eq!(cache(CacheSize::Gb237, "3.8", 730 * 3600), "2774");
        let billed: Decimal = cache(CacheSize::Gb0_5, "0.02", 743 * 3600 + 93 * 36).parse().unwrap();
        assert_eq!(billed.to_string(), "14.8786");
        assert_eq!(billed.round_dp(2).to_string(), "14.88");
        // A million calls of 512 MB for 200 ms: 100,000 GB-seconds.
        let lambda = cost(Meter::LambdaDurationX86, &hourly("0.0000166667"), 1_000_000 * 512 * 200);
        assert_eq!(lambda, "1.66667");
    }

    #[test]
    fn a_window_continues_in_the_tier_that_the_month_has_reached() {
        let leaves = [exactly(1_000_000)];
        let bill = Pool { meter: Meter::RestRequests, before: 332_500_000, leaves: &leaves, groups: &[] }
            .price(&rest())
            .unwrap();
        assert_eq!(bill.leaves[0].amount.to_decimal().to_string(), "3.15");
        assert_eq!(bill.tiers.iter().map(|line| line.units).collect::<Vec<_>>(), [500_000, 500_000]);
    }

    #[test]
    fn a_group_pays_the_same_however_it_is_divided() {
        let tiers = ladder(&[(Some(10), "1"), (None, "0.1")]);
        let price = |leaves: &[Units], groups: &[usize]| {
            Pool { meter: Meter::RestRequests, before: 0, leaves, groups }.price(&tiers).unwrap().leaves
        };
        let whole = price(&[exactly(7), exactly(7), exactly(7)], &[]);
        let parts =
            price(&[exactly(3), exactly(2), exactly(2), exactly(7), exactly(1), exactly(6)], &[3, 1, 2]);
        for (group, range) in whole.iter().zip([0..3, 3..4, 4..6]) {
            let mut sum = Amount::ZERO;
            for leaf in &parts[range] {
                sum += leaf.amount;
            }
            assert_eq!(sum.to_decimal(), group.amount.to_decimal());
        }
    }

    #[test]
    fn without_a_rate_there_is_a_quantity_and_no_dollars() {
        let leaves = [exactly(6), exactly(6)];
        let known = ladder(&[(Some(10), "1")]);
        let bill = Pool { meter: Meter::RestRequests, before: 0, leaves: &leaves, groups: &[] }
            .price(&known)
            .unwrap();
        assert_eq!(bill.unpriced, 2);
        assert_eq!(bill.leaves.iter().map(|leaf| leaf.unpriced).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn ranges_go_to_the_leaves_that_cause_them() {
        let leaves = [Units { base: 10, low: 4, high: 10 }, Units { base: 10, low: 10, high: 40 }];
        let bill = Pool { meter: Meter::RestRequests, before: 0, leaves: &leaves, groups: &[] }
            .price(&ladder(&[(None, "0.1")]))
            .unwrap();
        let low: Vec<String> = bill.leaves.iter().map(|leaf| leaf.saving_low.to_string()).collect();
        let high: Vec<String> = bill.leaves.iter().map(|leaf| leaf.extra_high.to_string()).collect();
        assert_eq!(low, ["0.6", "0"]);
        assert_eq!(high, ["0", "3"]);
    }

    proptest! {
        #[test]
        fn leaves_add_up_to_the_bill_and_windows_to_the_month(
            leaves in prop::collection::vec(0u64..3_000_000_000, 1..30),
            before in 0u64..25_000_000_000,
            cut in 0usize..30,
        ) {
            let units: Vec<Units> = leaves.iter().map(|units| exactly(*units)).collect();
            let price = |before, leaves: &[Units]| {
                Pool { meter: Meter::RestRequests, before, leaves, groups: &[] }.price(&rest()).unwrap()
            };
            let whole = price(before, &units);
            let mut sum = Amount::ZERO;
            for leaf in &whole.leaves {
                sum += leaf.amount;
            }
            let mut lines = Amount::ZERO;
            for line in &whole.tiers {
                lines += line.amount;
            }
            prop_assert_eq!(sum.to_decimal(), lines.to_decimal());
            for (line, shares) in whole.tiers.iter().zip(&whole.shares) {
                prop_assert_eq!(line.units, shares.iter().sum::<u64>());
            }
            prop_assert_eq!(whole.tiers.len(), whole.shares.len());

            let (first, second) = units.split_at(cut.min(units.len()));
            let middle = before + first.iter().map(|units| units.base).sum::<u64>();
            let mut parts = Amount::ZERO;
            for bill in [price(before, first), price(middle, second)] {
                for leaf in bill.leaves {
                    parts += leaf.amount;
                }
            }
            prop_assert_eq!(parts.to_decimal(), lines.to_decimal());
        }
    }
}
