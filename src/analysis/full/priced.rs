//! Uses of other services meet rates: the same pools, tiers and terms that requests have.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::Month;
use gwcost_core::pricing::{AMOUNT_DECIMALS, Amount, InvoiceLine, Meter, Pool, Units, round_to_sum};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{LeafUse, Part, endpoint_name};
use crate::analysis::AnalysisError;
use crate::analysis::catalog::{Catalog, Quote};
use crate::analysis::result::{BillLine, Unpriced};
use crate::analysis::usage::LeafKey;

/// What the uses cost.
#[derive(Default)]
pub(super) struct PricedUses {
    /// One for each use, in their order; `None` is "not known".
    pub amounts: Vec<Option<Amount>>,
    /// Lines of all that has a rate.
    pub lines: Vec<BillLine>,
    /// Usage without a rate.
    pub unpriced: Vec<Unpriced>,
    /// The endpoints of which a part is not known, by part and reason.
    pub reasons: BTreeMap<(Part, &'static str), BTreeSet<String>>,
}

/// What shares tiers.
type PoolKey = (String, String, Meter, Month, Option<Date>);

/// Prices all uses; only those of `selected` leaves are reported as unpriced or unknown.
pub(super) fn price_uses(
    catalog: &Catalog,
    leaves: &[LeafUse],
    selected: impl Fn(&LeafKey) -> bool,
) -> Result<PricedUses, AnalysisError> {
    let mut priced = PricedUses { amounts: vec![Some(Amount::ZERO); leaves.len()], ..PricedUses::default() };
    let mut pools: BTreeMap<PoolKey, Vec<(usize, u64)>> = BTreeMap::new();
    let mut quotes: BTreeMap<(String, Meter, Date), Result<Quote, String>> = BTreeMap::new();
    for (at, leaf) in leaves.iter().enumerate() {
        let used = match &leaf.used {
            Ok(used) => used,
            Err(reason) => {
                priced.amounts[at] = None;
                if selected(&leaf.key) {
                    let named = endpoint_name(&leaf.key);
                    priced.reasons.entry((leaf.part, *reason)).or_default().insert(named);
                }
                continue;
            }
        };
        let (account, region) = (leaf.key.endpoint.account(), leaf.key.endpoint.region());
        for (meter, units) in used.iter().filter(|(_, units)| *units > 0) {
            let quote = quotes
                .entry((region.to_owned(), *meter, leaf.key.since))
                .or_insert_with(|| catalog.quote(region, *meter, leaf.key.since));
            let effective = quote.as_ref().ok().map(|quote| quote.effective);
            let key = (catalog.terms().family(account), region.to_owned(), *meter, leaf.key.month, effective);
            pools.entry(key).or_default().push((at, *units));
        }
    }
    let mut exact: Vec<Decimal> = Vec::new();
    let mut filled: BTreeMap<(String, String, Meter, Month), u64> = BTreeMap::new();
    for ((account, region, meter, month, _), members) in pools {
        let others = catalog.terms().other_units(&region, meter);
        let before = filled.entry((account.clone(), region.clone(), meter, month)).or_insert(others);
        let units: Vec<Units> = members.iter().map(|(_, units)| exactly(*units)).collect();
        let start = *before;
        *before = units.iter().fold(start, |sum, units| sum.saturating_add(units.base));
        let since = members.first().map(|(at, _)| leaves[*at].key.since);
        let quote = since.and_then(|since| quotes.get(&(region.clone(), meter, since)));
        let mut missing = 0u64;
        let mut reason = String::new();
        match quote {
            Some(Ok(quote)) => {
                let bill = Pool { meter, before: start, leaves: &units, groups: &[] }.price(&quote.tiers)?;
                for ((at, _), leaf) in members.iter().zip(&bill.leaves) {
                    match (&mut priced.amounts[*at], leaf.unpriced) {
                        (Some(sum), 0) => *sum += leaf.amount,
                        (amount, unpriced) => {
                            *amount = None;
                            missing = missing.saturating_add(unpriced);
                        }
                    }
                }
                reason = meter.beyond_last_tier();
                for line in &bill.tiers {
                    let line = InvoiceLine::of(meter, &quote.tiers, line);
                    exact.push(line.amount.to_decimal());
                    priced.lines.push(BillLine {
                        account: account.clone(),
                        region: region.clone(),
                        month: month.to_string(),
                        meter: meter.name().to_owned(),
                        usage_type: None,
                        tier: line.tier.clone(),
                        quantity: meter.quantity(line.units),
                        unit: meter.unit().to_owned(),
                        rate: line.rate,
                        amount: Decimal::ZERO,
                        effective: quote.effective.to_string(),
                        pool: 0,
                    });
                }
            }
            without => {
                for (at, units) in &members {
                    priced.amounts[*at] = None;
                    if selected(&leaves[*at].key) {
                        missing = missing.saturating_add(*units);
                    }
                }
                if let Some(Err(why)) = without {
                    reason.clone_from(why);
                }
            }
        }
        if missing > 0 {
            priced.unpriced.push(Unpriced {
                account,
                region,
                meter: meter.name().to_owned(),
                month: month.to_string(),
                quantity: meter.quantity(missing).to_string(),
                unit: meter.unit().to_owned(),
                reason,
            });
        }
    }
    let (_, rounded) = round_to_sum(&exact, AMOUNT_DECIMALS);
    for (line, amount) in priced.lines.iter_mut().zip(rounded) {
        line.amount = amount.normalize();
    }
    Ok(priced)
}

fn exactly(units: u64) -> Units {
    Units { base: units, low: units, high: units }
}
