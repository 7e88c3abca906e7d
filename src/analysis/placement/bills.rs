//! Prices of alternatives: lines on top of what everybody else uses.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::Month;
use gwcost_core::pricing::{Amount, Meter, Units, on_top};
use rust_decimal::Decimal;

use super::usage::{Filled, Part, StageUse};
use crate::analysis::pricing::rate_use;
use crate::analysis::result::RateUse;
use crate::analysis::{AnalysisError, Catalog};

/// Usage of one meter.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The region, or a geography of CloudFront.
    pub(super) region: String,
    pub(super) meter: Meter,
    pub(super) part: Part,
    pub(super) units: Units,
}

impl Line {
    pub(super) fn new(region: &str, meter: Meter, part: Part, units: Units) -> Line {
        Line { region: region.to_owned(), meter, part, units }
    }

    /// A line whose usage is known.
    pub(super) fn exact(region: &str, meter: Meter, part: Part, units: u64) -> Line {
        Line::new(region, meter, part, Units { base: units, low: units, high: units })
    }
}

/// Dollars, with what they are at least and at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Money {
    pub(super) low: Decimal,
    pub(super) base: Decimal,
    pub(super) high: Decimal,
}

/// Dollars, or why there are none.
pub(super) type Price = Result<Money, String>;

/// Rates, and what fills the tiers below a stage.
pub(super) struct Pools<'c> {
    catalog: &'c Catalog,
    filled: Filled,
    used: RefCell<BTreeSet<RateUse>>,
}

impl<'c> Pools<'c> {
    pub(super) fn new(catalog: &'c Catalog, filled: Filled) -> Pools<'c> {
        Pools { catalog, filled, used: RefCell::default() }
    }

    /// The catalog.
    pub(super) fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// What lines cost on top of everything but the stage itself.
    pub(super) fn price(&self, stage: &StageUse, lines: &[Line]) -> Result<Price, AnalysisError> {
        let mut sums = [Amount::ZERO; 3];
        // The stage's own usage of earlier parts of a month is below that of later ones.
        let mut earlier: BTreeMap<(&str, Meter, Month), [u64; 3]> = BTreeMap::new();
        for line in lines {
            let (month, since) = line.part;
            let units =
                [line.units.low.min(line.units.base), line.units.base, line.units.high.max(line.units.base)];
            if units[2] == 0 {
                continue;
            }
            let quote = match self.catalog.quote(&line.region, line.meter, since) {
                Ok(quote) => quote,
                Err(reason) => return Ok(Err(reason)),
            };
            let below = self.others(stage, line);
            let before = earlier.entry((line.region.as_str(), line.meter, month)).or_default();
            for ((sum, units), before) in sums.iter_mut().zip(units).zip(before) {
                let end = on_top(line.meter, &quote.tiers, below.saturating_add(*before), units)?;
                if end.unpriced > 0 {
                    return Ok(Err(line.meter.beyond_last_tier()));
                }
                *sum += end.amount;
                *before = before.saturating_add(units);
            }
            self.used.borrow_mut().insert(rate_use(&line.region, line.meter, &quote));
        }
        let [low, base, high] = sums.map(Amount::to_decimal);
        Ok(Ok(Money { low, base, high }))
    }

    /// Units of everybody else in a line's pool.
    fn others(&self, stage: &StageUse, line: &Line) -> u64 {
        let month = line.part.0;
        let pool = (stage.family.clone(), line.region.clone(), line.meter, month);
        let all = self.filled.get(&pool).copied().unwrap_or(0);
        let own = stage.as_is(&line.region, line.meter, month);
        all.saturating_sub(own).saturating_add(self.catalog.terms().other_units(&line.region, line.meter))
    }

    /// The rates that were used.
    pub(super) fn into_used(self) -> BTreeSet<RateUse> {
        self.used.into_inner()
    }
}
