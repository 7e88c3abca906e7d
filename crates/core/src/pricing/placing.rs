//! Where in its month's tiers a window stands: two ways to bill a part of a month, both of which add up.
//!
//! *Average* gives every part of a month the month's tiers in proportion, so that a request costs the same on the
//! first day as on the last. *Marginal* gives a part the tiers that its units really fell in: the month up to its
//! end, minus the month up to its start. A whole month is the same either way.

use std::fmt;
use std::str::FromStr;

use super::Tiers;
use crate::text::did_you_mean;

/// How a part of a month is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allocation {
    /// At the month's average rate.
    #[default]
    Average,
    /// In the tiers that its units really fell in.
    Marginal,
}

impl Allocation {
    /// Every way, in the order of the documentation.
    pub const ALL: [Allocation; 2] = [Allocation::Average, Allocation::Marginal];

    /// The name used in flags and output.
    pub const fn name(self) -> &'static str {
        match self {
            Allocation::Average => "average",
            Allocation::Marginal => "marginal",
        }
    }
}

impl fmt::Display for Allocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no allocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown allocation {typed:?}: expected average or marginal{hint}")]
pub struct UnknownAllocation {
    typed: String,
    hint: String,
}

impl FromStr for Allocation {
    type Err = UnknownAllocation;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Allocation::ALL.into_iter().find(|way| way.name() == typed).ok_or_else(|| UnknownAllocation {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, Allocation::ALL.map(Allocation::name)),
        })
    }
}

/// The usage of a month around a window, in base units of its meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    /// What fills the tiers before anything that is averaged: of others, or at an earlier rate of the month. For
    /// [`Allocation::Marginal`], all of the month before the window.
    pub start: u64,
    /// Between the start and the window; [`Allocation::Average`] only.
    pub earlier: u64,
    /// After the window; [`Allocation::Average`] only.
    pub later: u64,
}

impl Placing {
    /// A window that begins after so many units, in the tiers that it really falls in.
    pub const fn after(start: u64) -> Placing {
        Placing { start, earlier: 0, later: 0 }
    }

    /// How many of the window's units are in each tier, and how many beyond the last known one.
    ///
    /// Windows that touch add up, tier by tier and exactly: each is the difference of two counts from the start.
    pub fn split(&self, tiers: &Tiers, units: u64, scale: u64) -> (Vec<u64>, u64) {
        if self.earlier == 0 && self.later == 0 {
            return tiers.split(self.start, units, scale);
        }
        let until_end = self.earlier.saturating_add(units);
        let (mut month, beyond) = tiers.split(self.start, until_end.saturating_add(self.later), scale);
        month.push(beyond);
        let (first, until) = (in_proportion(&month, self.earlier), in_proportion(&month, until_end));
        let mut split: Vec<u64> =
            until.iter().zip(&first).map(|(until, first)| until.saturating_sub(*first)).collect();
        let beyond = split.pop().unwrap_or(0);
        (split, beyond)
    }
}

/// The first `units` of a month as every tier's part of them, whole numbers that add up to `units`.
///
/// Each part is rounded of what the parts before it left, and grows by one unit or none when `units` does.
fn in_proportion(month: &[u64], units: u64) -> Vec<u64> {
    let mut lacking = u128::from(units);
    let mut left: u128 = month.iter().map(|tier| u128::from(*tier)).sum();
    month
        .iter()
        .map(|tier| {
            let tier = u128::from(*tier);
            let part = (2 * tier * lacking + left).checked_div(2 * left).unwrap_or(0);
            lacking -= part.min(lacking);
            left -= tier;
            // Never more than the tier has.
            u64::try_from(part).unwrap_or(u64::MAX)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pricing::{Amount, Meter, Pool, Tier, Units};

    fn tiers() -> Tiers {
        let tier = |up_to, rate: &str| Tier { up_to, rate: rate.parse().unwrap() };
        Tiers::new(vec![
            tier(Some(333_000_000), "0.0000035"),
            tier(Some(1_000_000_000), "0.0000028"),
            tier(Some(20_000_000_000), "0.00000238"),
            tier(None, "0.00000151"),
        ])
        .unwrap()
    }

    fn cost(placing: Placing, units: u64) -> Amount {
        let leaves = [Units { base: units, low: units, high: units }];
        let pool = Pool { meter: Meter::RestRequests, before: 0, leaves: &leaves, groups: &[] };
        pool.price_at(&tiers(), placing).unwrap().leaves[0].amount
    }

    #[test]
    fn the_average_of_a_month_holds_on_each_of_its_days() {
        // A month of 666 million: half at 3.50, half at 2.80 a million.
        let third = 222_000_000;
        let day = |earlier, later| cost(Placing { start: 0, earlier, later }, third).to_decimal().to_string();
        assert_eq!(day(0, 2 * third), "699.3");
        assert_eq!([day(third, third), day(2 * third, 0)], ["699.3", "699.3"]);
        // The last third really fell into the second tier.
        assert_eq!(cost(Placing::after(2 * third), third).to_decimal().to_string(), "621.6");
        assert_eq!(
            "avarage".parse::<Allocation>().unwrap_err().to_string(),
            "unknown allocation \"avarage\": expected average or marginal; did you mean \"average\"?"
        );
    }

    proptest! {
        #[test]
        fn bills_of_windows_that_touch_add_up(
            start in 0u64..2_000_000_000,
            earlier in 0u64..3_000_000_000,
            first in 0u64..30_000_000_000,
            second in 0u64..30_000_000_000,
            later in 0u64..3_000_000_000,
        ) {
            for allocation in Allocation::ALL {
                let placing = |earlier: u64, later: u64| match allocation {
                    Allocation::Average => Placing { start, earlier, later },
                    Allocation::Marginal => Placing::after(start + earlier),
                };
                let mut parts = cost(placing(earlier, second + later), first);
                parts += cost(placing(earlier + first, later), second);
                prop_assert_eq!(parts.to_decimal(), cost(placing(earlier, later), first + second).to_decimal());
            }
        }

        #[test]
        fn cost_never_falls_as_the_window_grows(
            earlier in 0u64..3_000_000_000,
            units in 0u64..3_000_000_000,
            later in 0u64..3_000_000_000,
        ) {
            let placing = Placing { start: 0, earlier, later };
            let (less, more) = (cost(placing, units).to_decimal(), cost(placing, units + 1_000).to_decimal());
            prop_assert!(less <= more);
        }
    }
}
