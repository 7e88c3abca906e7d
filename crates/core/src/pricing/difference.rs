//! What changed between two bills, split into effects that add up to the difference exactly.
//!
//! A bill is `requests x share of an endpoint x units per request x price of a unit`. Going from the one bill to
//! the other, the factors are exchanged one after the other, in this order, and each step's difference is its
//! effect:
//!
//! 1. **volume**: all requests grow alike;
//! 2. **mix**: their shares among endpoints change;
//! 3. **size**: a request uses more or fewer units: bytes, increments, or the part that is billed;
//! 4. **tier**: the same units stand elsewhere in the tiers, at the old rates;
//! 5. **rate**: the rates themselves changed.
//!
//! Every step is rounded to [`AMOUNT_DECIMALS`](super::AMOUNT_DECIMALS) before differences are taken, so nothing is
//! lost between them. What did not exist before is priced at the old rates and counts as mix.

use rust_decimal::Decimal;

use super::amount::rounded;

/// What one endpoint used of one meter in one of two windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Requests, billed or not.
    pub requests: u64,
    /// Base units that are priced.
    pub units: u64,
    /// What they cost, ten decimals at most.
    pub amount: Decimal,
}

/// One endpoint and meter before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Before.
    pub before: Side,
    /// After.
    pub after: Side,
    /// What the units after would have cost at the rates before; `None` where those are not known.
    pub after_at_old_rates: Option<Decimal>,
}

/// A difference in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// More or fewer requests.
    pub volume: Decimal,
    /// Other shares among endpoints.
    pub mix: Decimal,
    /// More or fewer units for a request.
    pub size: Decimal,
    /// Another place in the tiers.
    pub tier: Decimal,
    /// Other rates.
    pub rate: Decimal,
}

impl Effects {
    /// The whole difference.
    pub fn total(&self) -> Decimal {
        self.volume + self.mix + self.size + self.tier + self.rate
    }

    /// Adds another cell's.
    pub fn add(&mut self, other: &Effects) {
        self.volume += other.volume;
        self.mix += other.mix;
        self.size += other.size;
        self.tier += other.tier;
        self.rate += other.rate;
    }
}

impl Cell {
    /// The effects, given all requests before and after. `None` past 28 digits.
    ///
    /// They add up to `after.amount - before.amount`.
    pub fn effects(&self, requests_before: u64, requests_after: u64) -> Option<Effects> {
        let start = self.before.amount;
        let at_old_rates = rounded(self.after_at_old_rates.unwrap_or(self.after.amount));
        // Without any request before there is nothing that could grow: all of it is volume.
        let [grown, mixed, sized] = match (requests_before, self.before.requests, self.before.units) {
            (0, ..) => [at_old_rates; 3],
            (_, 0, _) => [Decimal::ZERO, at_old_rates, at_old_rates],
            (_, requests, units) => {
                let grown = times(start, requests_after, requests_before)?;
                let mixed = times(start, self.after.requests, requests)?;
                let sized = if units == 0 { at_old_rates } else { times(start, self.after.units, units)? };
                [grown, mixed, sized]
            }
        };
        Some(Effects {
            volume: grown.checked_sub(start)?,
            mix: mixed.checked_sub(grown)?,
            size: sized.checked_sub(mixed)?,
            tier: at_old_rates.checked_sub(sized)?,
            rate: self.after.amount.checked_sub(at_old_rates)?,
        })
    }
}

fn times(amount: Decimal, by: u64, of: u64) -> Option<Decimal> {
    // What did not change stays as it is, without a quotient that does not end.
    if by == of {
        return Some(amount);
    }
    amount.checked_mul(Decimal::from(by))?.checked_div(Decimal::from(of)).map(rounded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pricing::{Meter, Pool, Tier, Tiers, Units};

    fn side(requests: u64, units: u64, amount: &str) -> Side {
        Side { requests, units, amount: amount.parse().unwrap() }
    }

    fn shown(effects: &Effects) -> [String; 5] {
        [effects.volume, effects.mix, effects.size, effects.tier, effects.rate]
            .map(|effect| effect.normalize().to_string())
    }

    #[test]
    fn each_effect_alone() {
        let before = side(100, 200, "2");
        let effects = |after: Side, old: &str, all: u64| {
            let cell = Cell { before, after, after_at_old_rates: Some(old.parse().unwrap()) };
            shown(&cell.effects(100, all).unwrap())
        };
        assert_eq!(effects(side(150, 300, "3"), "3", 150), ["1", "0", "0", "0", "0"]);
        assert_eq!(effects(side(50, 100, "1"), "1", 100), ["0", "-1", "0", "0", "0"]);
        assert_eq!(effects(side(100, 400, "4"), "4", 100), ["0", "0", "2", "0", "0"]);
        assert_eq!(effects(side(100, 200, "1.8"), "1.8", 100), ["0", "0", "0", "-0.2", "0"]);
        assert_eq!(effects(side(100, 200, "3"), "2", 100), ["0", "0", "0", "0", "1"]);
    }

    #[test]
    fn what_is_new_is_mix_and_what_is_gone_is_too() {
        let new = Cell { after: side(10, 10, "5"), after_at_old_rates: Some(4.into()), ..Cell::default() };
        assert_eq!(shown(&new.effects(100, 110).unwrap()), ["0", "4", "0", "0", "1"]);
        assert_eq!(shown(&new.effects(0, 110).unwrap()), ["4", "0", "0", "0", "1"]);
        let gone = Cell { before: side(10, 10, "5"), ..Cell::default() };
        assert_eq!(shown(&gone.effects(100, 100).unwrap()), ["0", "-5", "0", "0", "0"]);
        // Refused before, billed now: a request uses more units.
        let billed = Cell { before: side(10, 0, "0"), after: side(10, 10, "5"), after_at_old_rates: None };
        assert_eq!(shown(&billed.effects(10, 10).unwrap()), ["0", "0", "5", "0", "0"]);
    }

    fn priced(rates: &[(Option<u64>, u64)], units: &[u64]) -> Vec<Decimal> {
        let tiers = rates
            .iter()
            .map(|(up_to, rate)| Tier { up_to: *up_to, rate: Decimal::new(*rate as i64, 7) })
            .collect();
        let leaves: Vec<Units> =
            units.iter().map(|units| Units { base: *units, low: *units, high: *units }).collect();
        let pool = Pool { meter: Meter::RestRequests, before: 0, leaves: &leaves, groups: &[] };
        let bill = pool.price(&Tiers::new(tiers).unwrap()).unwrap();
        bill.leaves.iter().map(|leaf| rounded(leaf.amount.to_decimal())).collect()
    }

    proptest! {
        /// Two bills of tiered pools: effects add up to their difference, endpoint by endpoint and in all.
        #[test]
        fn effects_add_up(
            usage in prop::collection::vec((0u64..1_000_000, 0u64..4, 0u64..1_000_000, 0u64..4), 1..20),
            bound in 1u64..2_000_000,
            rates in (1u64..100, 1u64..100, 1u64..100, 1u64..100),
        ) {
            let before_units: Vec<u64> = usage.iter().map(|(requests, each, ..)| requests * each).collect();
            let after_units: Vec<u64> = usage.iter().map(|(.., requests, each)| requests * each).collect();
            let old = [(Some(bound), rates.0), (None, rates.1)];
            let new = [(Some(bound), rates.2), (None, rates.3)];
            let (before, after) = (priced(&old, &before_units), priced(&new, &after_units));
            let at_old = priced(&old, &after_units);
            let all = |side: fn(&(u64, u64, u64, u64)) -> u64| usage.iter().map(side).sum::<u64>();
            let (all_before, all_after) = (all(|of| of.0), all(|of| of.2));
            let mut sum = Effects::default();
            for (at, of) in usage.iter().enumerate() {
                let cell = Cell {
                    before: Side { requests: of.0, units: before_units[at], amount: before[at] },
                    after: Side { requests: of.2, units: after_units[at], amount: after[at] },
                    after_at_old_rates: Some(at_old[at]),
                };
                let effects = cell.effects(all_before, all_after).unwrap();
                prop_assert_eq!(effects.total(), after[at] - before[at]);
                sum.add(&effects);
            }
            let difference = after.iter().sum::<Decimal>() - before.iter().sum::<Decimal>();
            prop_assert_eq!(sum.total(), difference);
            // The same rates have no effect of their own.
            if rates.0 == rates.2 && rates.1 == rates.3 {
                prop_assert!(sum.rate.is_zero());
            }
        }
    }
}
