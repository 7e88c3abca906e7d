//! Sharing a whole out so that the parts add up: largest remainder, for units and for cents.

use rust_decimal::{Decimal, RoundingStrategy};

/// Shares `total` out in proportion to `weights`; the parts add up to `total` and each is the
/// exact share rounded down or up. Ties go to the earlier part.
///
/// All parts are zero when all weights are.
pub fn largest_remainder(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts = Vec::with_capacity(weights.len());
    let mut left = total;
    for (index, weight) in weights.iter().enumerate() {
        let product = u128::from(total) * u128::from(*weight);
        // The quotient is at most `total`.
        let part = u64::try_from(product / sum).unwrap_or(u64::MAX);
        left -= part;
        parts.push(part);
        remainders.push((product % sum, index));
    }
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    if left > 0 {
        remainders.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        for (_, index) in remainders.into_iter().take(left) {
            parts[index] += 1;
        }
    }
    parts
}

/// Shares the units of each tier out to leaves: `answer[tier][leaf]`.
///
/// Every leaf gets as many units as it has, and every tier gives as many as it holds, because each
/// tier is shared out in proportion to what the leaves still lack. `tiers` must add up to `leaves`.
pub fn apportion(tiers: &[u64], leaves: &[u64]) -> Vec<Vec<u64>> {
    let mut lacking = leaves.to_vec();
    tiers
        .iter()
        .map(|units| {
            let shares = largest_remainder(*units, &lacking);
            for (lack, share) in lacking.iter_mut().zip(&shares) {
                *lack = lack.saturating_sub(*share);
            }
            shares
        })
        .collect()
}

/// Rounds parts to `decimals` so that they add up to their rounded sum; each part is rounded down
/// or up. Returns that sum and the parts. No part may be negative.
pub fn round_to_sum(parts: &[Decimal], decimals: u32) -> (Decimal, Vec<Decimal>) {
    let exact: Decimal = parts.iter().sum();
    let total = exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    (total.normalize(), round_to_total(parts, total, decimals))
}

/// Rounds parts to `decimals` so that they add up to `total`, which has no more decimals and is
/// their sum but for rounding. Parts that are zero stay zero; no part may be negative.
pub fn round_to_total(parts: &[Decimal], total: Decimal, decimals: u32) -> Vec<Decimal> {
    let mut rounded: Vec<Decimal> =
        parts.iter().map(|part| part.round_dp_with_strategy(decimals, RoundingStrategy::ToZero)).collect();
    let step = Decimal::new(1, decimals);
    let mut missing = total - rounded.iter().sum::<Decimal>();
    let mut order: Vec<usize> = (0..parts.len()).filter(|index| !parts[*index].is_zero()).collect();
    order.sort_by(|one, other| {
        let remainder = |index: usize| parts[index] - rounded[index];
        remainder(*other).cmp(&remainder(*one)).then(one.cmp(other))
    });
    for index in &order {
        if missing < step {
            break;
        }
        rounded[*index] += step;
        missing -= step;
    }
    // The total was rounded by itself: what is left, a step or so, goes where it shows least.
    if let Some(largest) = order.into_iter().max_by_key(|index| parts[*index]) {
        rounded[largest] += missing;
    }
    rounded.into_iter().map(|part| part.normalize()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remainders_decide_and_ties_go_first() {
        assert_eq!(largest_remainder(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(largest_remainder(100, &[1, 2, 0]), [33, 67, 0]);
        assert_eq!(largest_remainder(5, &[0, 0]), [0, 0]);
    }

    #[test]
    fn cents_add_up_to_the_rounded_sum() {
        let third = Decimal::ONE / Decimal::from(3);
        let (total, parts) = round_to_sum(&[third, third, third], 2);
        assert_eq!(total.to_string(), "1");
        assert_eq!(parts.iter().map(Decimal::to_string).collect::<Vec<_>>(), ["0.34", "0.33", "0.33"]);
    }

    proptest! {
        #[test]
        fn units_are_conserved_both_ways(
            leaves in prop::collection::vec(0u64..=u64::MAX / 64, 1..40),
            cuts in prop::collection::vec(0u32..1000, 0..5),
        ) {
            let total: u64 = leaves.iter().sum();
            let mut left = total;
            let mut tiers: Vec<u64> = cuts
                .iter()
                .map(|cut| {
                    let share = left / 1000 * u64::from(*cut);
                    left -= share;
                    share
                })
                .collect();
            tiers.push(left);
            let shares = apportion(&tiers, &leaves);
            for (tier, share) in tiers.iter().zip(&shares) {
                prop_assert_eq!(*tier, share.iter().sum::<u64>());
            }
            for (index, leaf) in leaves.iter().enumerate() {
                prop_assert_eq!(*leaf, shares.iter().map(|share| share[index]).sum::<u64>());
            }
        }

        #[test]
        fn rounded_parts_add_up(parts in prop::collection::vec(0u64..1_000_000_000_000, 1..50)) {
            let parts: Vec<Decimal> =
                parts.into_iter().map(|part| Decimal::from(part) / Decimal::from(1u64 << 30)).collect();
            let (total, rounded) = round_to_sum(&parts, 10);
            prop_assert_eq!(rounded.iter().sum::<Decimal>(), total);
            for (part, exact) in rounded.iter().zip(&parts) {
                prop_assert!((part - exact).abs() < Decimal::new(1, 10));
            }
        }
    }
}
