//! The bill by endpoint, meter and tier: the finest lines at which quantity times rate is a cost.

use gwcost_core::model::{Month, Window, day_of_ms};
use gwcost_core::pricing::{AMOUNT_DECIMALS, Amount, Meter, Tiers, priced_quantity, round_to_total};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::AnalysisError;
use super::bill::{BillQuestion, lines};
use super::catalog::Catalog;
use super::cost::{count, count_around};
use super::pricing::{PricedPool, price};
use super::private_apis::private_apis;
use super::query::Queries;
use super::result::{Measures, RateUse, Unpriced};
use super::row::rows;
use super::usage::{Leaf, LeafKey};
use crate::lake::Lake;

/// Decimals of the part of a line.
const SHARE_DECIMALS: u32 = 12;

/// What one endpoint used of one meter in one tier.
#[derive(Clone, Debug)]
pub struct TierUse {
    /// Account, region, API, stage, method and route.
    pub endpoint: [Option<String>; 6],
    /// rest, http or websocket.
    pub api_kind: &'static str,
    /// Whose tiers they are: the account, or its family's accounts with `+` between them.
    pub family: String,
    /// The billing month.
    pub month: Month,
    /// The first day of this price in the window.
    pub since: Date,
    /// The first day after it.
    pub until: Date,
    /// What was counted.
    pub meter: Meter,
    /// As AWS's bill prints it, where that is known.
    pub usage_type: Option<String>,
    /// The tier in words.
    pub tier: String,
    /// Base units.
    pub units: u64,
    /// The same in the unit that is priced, rounded far below a base unit.
    pub quantity: Decimal,
    /// The part of the bill's line, 0 to 1; those of a line add up to 1.
    pub share: Decimal,
    /// What a unit costs by AWS's list.
    pub list_rate: Decimal,
    /// What a unit costs by the terms.
    pub rate: Decimal,
    /// The cost, ten decimals at most; those of a line of the bill add up to it.
    pub amount: Decimal,
    /// The first day on which the rate is known to hold.
    pub effective: String,
}

/// All of a window.
#[derive(Clone, Debug)]
pub struct TierUses {
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// By line of the bill, then by endpoint.
    pub uses: Vec<TierUse>,
    /// The total of the bill.
    pub total: Measures,
    /// Usage that no rate card prices.
    pub unpriced: Vec<Unpriced>,
    /// The rates that were used.
    pub rates: Vec<RateUse>,
}

/// The bill of a window by endpoint, meter and tier.
///
/// # Errors
/// [`AnalysisError`].
pub fn tier_uses(
    lake: &Lake,
    queries: &Queries,
    catalog: &Catalog,
    question: &BillQuestion,
) -> Result<TierUses, AnalysisError> {
    let catalog = &private_apis(lake, catalog)?;
    let usage = |window| count(lake, queries, catalog, question.metering, window, &[]);
    let around = count_around(lake, question.window, catalog.allocation(), usage)?;
    let counted = usage(question.window)?;
    let priced = price(catalog, &counted, &around, |_| true)?;
    let (_, total) = rows(&counted, &priced, &[], |_| true);
    let keyed: Vec<(&LeafKey, &Leaf)> = counted.iter().collect();
    let list = catalog.at_list();
    let mut billed = lines(&priced, total.request_cost, total.transfer_cost).into_iter();
    let mut uses = Vec::new();
    for pool in &priced.pools {
        let tiers = pool.members.first().map(|index| keyed[*index].0.since).and_then(|day| {
            let quotes = |catalog: &Catalog| catalog.quote(&pool.region, pool.meter, day).ok();
            Some((quotes(catalog)?.tiers, quotes(&list).map(|quote| quote.tiers)))
        });
        for (at, of) in pool.lines.iter().enumerate() {
            let (Some(line), Some((own, list))) = (billed.next(), &tiers) else { continue };
            let list_rate = list.as_ref().and_then(|list| list_rate(own, pool.tiers[at], list));
            let list_rate = list_rate.ok_or_else(|| AnalysisError::ListPrice {
                region: pool.region.clone(),
                meter: pool.meter.name().to_owned(),
                tier: of.tier.clone(),
            })?;
            let whole = Line { pool, at, list_rate, amount: line.amount, usage_type: line.usage_type };
            whole.share_out(catalog, &keyed, question.window, &mut uses)?;
        }
    }
    Ok(TierUses {
        currency: catalog.currency().to_owned(),
        uses,
        total,
        unpriced: priced.unpriced,
        rates: priced.rates.into_iter().collect(),
    })
}

/// The list's rate of everything in a tier of one's own; `None` where the tier crosses tiers of the list.
fn list_rate(own: &Tiers, index: usize, list: &Tiers) -> Option<Decimal> {
    let start = index.checked_sub(1).and_then(|before| own.steps()[before].up_to).unwrap_or(0);
    let end = own.steps().get(index)?.up_to.unwrap_or(u64::MAX);
    let mut from = 0;
    for step in list.steps() {
        let to = step.up_to.unwrap_or(u64::MAX);
        if from <= start && end <= to {
            return Some(step.rate);
        }
        from = to;
    }
    None
}

/// A line of the bill that is to be shared out.
struct Line<'a> {
    pool: &'a PricedPool,
    at: usize,
    list_rate: Decimal,
    amount: Decimal,
    usage_type: Option<String>,
}

impl Line<'_> {
    fn share_out(
        &self,
        catalog: &Catalog,
        keyed: &[(&LeafKey, &Leaf)],
        window: Window,
        uses: &mut Vec<TierUse>,
    ) -> Result<(), AnalysisError> {
        let Line { pool, at, list_rate, amount, usage_type } = self;
        let line = &pool.lines[*at];
        let users: Vec<(usize, u64)> = pool
            .members
            .iter()
            .zip(&pool.shares[*at])
            .map(|(index, units)| (*index, *units))
            .filter(|(_, units)| *units > 0)
            .collect();
        let exact = users
            .iter()
            .map(|(_, units)| Ok(Amount::of(pool.meter, *units, line.rate)?.to_decimal()))
            .collect::<Result<Vec<Decimal>, AnalysisError>>()?;
        let amounts = round_to_total(&exact, *amount, AMOUNT_DECIMALS);
        let whole = Decimal::from(line.units.max(1));
        let parts: Vec<Decimal> = users.iter().map(|(_, units)| Decimal::from(*units) / whole).collect();
        let shares = round_to_total(&parts, Decimal::ONE, SHARE_DECIMALS);
        for (((index, units), amount), share) in users.into_iter().zip(amounts).zip(shares) {
            let key = keyed[index].0;
            uses.push(TierUse {
                endpoint: key.endpoint.values.clone(),
                api_kind: key.endpoint.kind.name(),
                family: pool.account.clone(),
                month: pool.month,
                since: key.since,
                until: until(catalog, key, window),
                meter: pool.meter,
                usage_type: usage_type.clone(),
                tier: line.tier.clone(),
                units,
                quantity: priced_quantity(pool.meter, units),
                share,
                list_rate: *list_rate,
                rate: line.rate,
                amount,
                effective: pool.rate.as_ref().map(|rate| rate.effective.clone()).unwrap_or_default(),
            });
        }
        Ok(())
    }
}

/// The first day after the price of a leaf.
fn until(catalog: &Catalog, key: &LeafKey, window: Window) -> Date {
    let end = key
        .month
        .next()
        .first_day()
        .min(day_of_ms(window.to_ms.saturating_sub(1)).tomorrow().unwrap_or(Date::MAX));
    catalog.changes().into_iter().find(|day| *day > key.since).map_or(end, |day| day.min(end))
}

#[cfg(test)]
mod tests {
    use gwcost_core::pricing::Tier;

    use super::*;

    fn tiers(steps: &[(Option<u64>, i64)]) -> Tiers {
        let tier = |(up_to, rate): &(Option<u64>, i64)| Tier { up_to: *up_to, rate: Decimal::from(*rate) };
        Tiers::new(steps.iter().map(tier).collect()).unwrap()
    }

    #[test]
    fn a_list_price_is_one_or_none() {
        let list = tiers(&[(Some(100), 5), (None, 4)]);
        let rate = |own: &Tiers, index| list_rate(own, index, &list).map(|rate| rate.to_string());
        let free = tiers(&[(Some(10), 0), (Some(100), 5), (None, 4)]);
        assert_eq!([rate(&free, 0), rate(&free, 1), rate(&free, 2)].map(Option::unwrap), ["5", "5", "4"]);
        assert_eq!(rate(&tiers(&[(None, 3)]), 0), None);
        assert_eq!(rate(&list, 1).unwrap(), "4");
    }
}
