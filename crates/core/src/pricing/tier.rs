//! Volume tiers: absolute monthly bounds, stated once; labels are computed from them.

use rust_decimal::Decimal;

use crate::text::grouped;

/// One step of a price: the units from the step before it up to `up_to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The last unit of the tier, counted from the month's first; `None` is the open end.
    pub up_to: Option<u64>,
    /// Currency per rate unit.
    pub rate: Decimal,
}

/// The steps of one rate in ascending order.
///
/// A last tier that has a bound means that the rate above it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers(Vec<Tier>);

/// Tiers that make no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TierError {
    /// There is none.
    #[error("a rate needs at least one tier")]
    Empty,
    /// Bounds that do not rise.
    #[error("tier {number} ends at {up_to}, which is not above the tier before it")]
    Order {
        /// Counted from 1.
        number: usize,
        /// Its bound.
        up_to: u64,
    },
    /// An open tier that is not the last.
    #[error("tier {number} has no `up_to` but is not the last one")]
    OpenEnd {
        /// Counted from 1.
        number: usize,
    },
    /// A price below zero.
    #[error("tier {number} has the negative rate {rate}")]
    Negative {
        /// Counted from 1.
        number: usize,
        /// Its rate.
        rate: Decimal,
    },
}

impl Tiers {
    /// Checks that the bounds rise and that only the last tier is open.
    ///
    /// # Errors
    /// [`TierError`] names the tier that is wrong.
    pub fn new(tiers: Vec<Tier>) -> Result<Tiers, TierError> {
        let mut before = 0;
        let count = tiers.len();
        for (index, tier) in tiers.iter().enumerate() {
            let number = index + 1;
            match tier.up_to {
                Some(up_to) if up_to <= before => return Err(TierError::Order { number, up_to }),
                Some(up_to) => before = up_to,
                None if number < count => return Err(TierError::OpenEnd { number }),
                None => {}
            }
            if tier.rate.is_sign_negative() && !tier.rate.is_zero() {
                return Err(TierError::Negative { number, rate: tier.rate });
            }
        }
        if tiers.is_empty() { Err(TierError::Empty) } else { Ok(Tiers(tiers)) }
    }

    /// The steps in order.
    pub fn steps(&self) -> &[Tier] {
        &self.0
    }

    /// How many of the units `before..before + units` fall into each tier, and how many beyond the
    /// last known one. Bounds are multiplied by `scale` (base units of a rate unit).
    pub fn split(&self, before: u64, units: u64, scale: u64) -> (Vec<u64>, u64) {
        let end = u128::from(before) + u128::from(units);
        let mut position = u128::from(before);
        let shares = self
            .0
            .iter()
            .map(|tier| {
                let bound = tier.up_to.map_or(u128::MAX, |up_to| u128::from(up_to) * u128::from(scale));
                let until = end.min(bound).max(position);
                let share = until - position;
                position = until;
                // Never more than `units`, so it fits.
                u64::try_from(share).unwrap_or(u64::MAX)
            })
            .collect();
        (shares, u64::try_from(end - position).unwrap_or(u64::MAX))
    }

    /// A tier as a person reads it: `first 333,000,000`, `next 667,000,000`, `over 20,000,000,000`.
    pub fn label(&self, index: usize) -> String {
        let start = index.checked_sub(1).and_then(|before| self.0[before].up_to).unwrap_or(0);
        match self.0[index].up_to {
            Some(up_to) if start == 0 => format!("first {}", grouped(up_to)),
            Some(up_to) => format!("next {}", grouped(up_to - start)),
            None if start == 0 => "all".to_owned(),
            None => format!("over {}", grouped(start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiers(bounds: &[Option<u64>]) -> Tiers {
        Tiers::new(bounds.iter().map(|up_to| Tier { up_to: *up_to, rate: Decimal::ONE }).collect()).unwrap()
    }

    #[test]
    fn units_fall_into_the_tiers_that_they_reach() {
        let tiers = tiers(&[Some(333_000_000), Some(1_000_000_000), None]);
        assert_eq!(tiers.split(0, 1_200_000_000, 1), (vec![333_000_000, 667_000_000, 200_000_000], 0));
        assert_eq!(tiers.split(332_999_999, 2, 1), (vec![1, 1, 0], 0));
        assert_eq!(tiers.split(5_000_000_000, 7, 1), (vec![0, 0, 7], 0));
        assert_eq!(tiers.split(0, u64::MAX, 1 << 30).1, 0);
    }

    #[test]
    fn beyond_the_last_known_bound_there_is_no_rate() {
        let tiers = tiers(&[Some(10)]);
        assert_eq!(tiers.split(8, 5, 1), (vec![2], 3));
        assert_eq!(tiers.split(11, 5, 1), (vec![0], 5));
    }

    #[test]
    fn labels_come_from_the_bounds() {
        let tiers = tiers(&[Some(333_000_000), Some(1_000_000_000), None]);
        assert_eq!(tiers.label(0), "first 333,000,000");
        assert_eq!(tiers.label(1), "next 667,000,000");
        assert_eq!(tiers.label(2), "over 1,000,000,000");
    }

    #[test]
    fn wrong_tiers_are_named() {
        let tier = |up_to| Tier { up_to, rate: Decimal::ONE };
        assert_eq!(Tiers::new(vec![]), Err(TierError::Empty));
        assert_eq!(
            Tiers::new(vec![tier(Some(5)), tier(Some(5))]),
            Err(TierError::Order { number: 2, up_to: 5 })
        );
        assert_eq!(Tiers::new(vec![tier(None), tier(None)]), Err(TierError::OpenEnd { number: 1 }));
    }
}
