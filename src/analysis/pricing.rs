//! Usage meets rates: pools are priced once, and every leaf learns what it pays.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::Month;
use gwcost_core::pricing::{GIB, LeafBill, Meter, Pool, Units};
use rust_decimal::Decimal;

use super::AnalysisError;
use super::catalog::Catalog;
use super::result::{RateUse, Unpriced};
use super::usage::{Leaf, LeafKey, Leaves};

/// What shares tiers: an account counts its usage by region, meter and month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PoolKey {
    account: String,
    region: String,
    meter: Meter,
    month: Month,
}

/// What a leaf pays for its calls and for its transfer.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeafCost {
    /// Requests or messages.
    pub calls: LeafBill,
    /// Bytes to the internet.
    pub transfer: LeafBill,
}

/// A window's prices.
#[derive(Clone, Debug, Default)]
pub struct Priced {
    /// One for each leaf, in the leaves' order.
    pub leaves: Vec<LeafCost>,
    /// Usage of selected leaves without a rate.
    pub unpriced: Vec<Unpriced>,
    /// The rates that selected leaves were priced with.
    pub rates: BTreeSet<RateUse>,
}

/// Prices all leaves. `before` is the usage of the first month before the window; what `selected`
/// leaves out fills tiers but is not reported as unpriced.
///
/// # Errors
/// [`AnalysisError::Overflow`] past 28 digits.
pub fn price(
    catalog: &Catalog,
    currency: &str,
    leaves: &Leaves,
    before: &Leaves,
    selected: impl Fn(&LeafKey) -> bool,
) -> Result<Priced, AnalysisError> {
    let mut pools: BTreeMap<PoolKey, Vec<usize>> = BTreeMap::new();
    let keyed: Vec<(&LeafKey, &Leaf)> = leaves.iter().collect();
    for (index, (key, leaf)) in keyed.iter().enumerate() {
        for meter in meters(key, leaf) {
            pools.entry(pool_key(key, meter)).or_default().push(index);
        }
    }
    let mut used_before: BTreeMap<PoolKey, u64> = BTreeMap::new();
    for (key, leaf) in before {
        for meter in meters(key, leaf) {
            *used_before.entry(pool_key(key, meter)).or_default() += units(leaf, meter).base;
        }
    }

    let mut priced = Priced { leaves: vec![LeafCost::default(); keyed.len()], ..Priced::default() };
    for (pool_key, members) in pools {
        let usage: Vec<Units> = members.iter().map(|index| units(keyed[*index].1, pool_key.meter)).collect();
        let is_selected: Vec<bool> = members.iter().map(|index| selected(keyed[*index].0)).collect();
        let (bills, reason) = match catalog.rate(&pool_key.region, pool_key.meter, pool_key.month, currency) {
            Ok((rate, card)) => {
                if is_selected.contains(&true) {
                    priced.rates.insert(rate_use(&pool_key, rate, card));
                }
                let pool = Pool {
                    meter: pool_key.meter,
                    before: used_before.get(&pool_key).copied().unwrap_or(0),
                    leaves: &usage,
                    groups: &groups(&keyed, &members),
                };
                let beyond = format!("no rate above the last known tier of {} is known", pool_key.meter);
                (pool.price(&rate.tiers)?.leaves, beyond)
            }
            Err(reason) => {
                let without = |units: &Units| LeafBill { unpriced: units.base, ..LeafBill::default() };
                (usage.iter().map(without).collect(), reason)
            }
        };
        let mut unpriced = 0u64;
        for ((index, bill), selected) in members.into_iter().zip(bills).zip(is_selected) {
            let cost = &mut priced.leaves[index];
            match pool_key.meter {
                Meter::InternetTransfer => cost.transfer = bill,
                _ => cost.calls = bill,
            }
            unpriced += if selected { bill.unpriced } else { 0 };
        }
        if unpriced > 0 {
            priced.unpriced.push(Unpriced {
                account: pool_key.account.clone(),
                region: pool_key.region.clone(),
                meter: pool_key.meter.name().to_owned(),
                month: pool_key.month.to_string(),
                quantity: quantity(unpriced, pool_key.meter),
                unit: pool_key.meter.unit().to_owned(),
                reason,
            });
        }
    }
    Ok(priced)
}

/// The meters that a leaf counts on.
fn meters(key: &LeafKey, leaf: &Leaf) -> Vec<Meter> {
    let mut meters = vec![Meter::of_calls(key.endpoint.kind)];
    if leaf.transfer.base > 0 {
        meters.push(Meter::InternetTransfer);
    }
    meters
}

fn units(leaf: &Leaf, meter: Meter) -> Units {
    match meter {
        Meter::InternetTransfer => leaf.transfer,
        _ => leaf.calls,
    }
}

fn pool_key(key: &LeafKey, meter: Meter) -> PoolKey {
    PoolKey {
        account: key.endpoint.account().to_owned(),
        region: key.endpoint.region().to_owned(),
        meter,
        month: key.month,
    }
}

/// How many consecutive leaves belong to one endpoint.
fn groups(keyed: &[(&LeafKey, &Leaf)], members: &[usize]) -> Vec<usize> {
    members
        .chunk_by(|one, other| keyed[*one].0.endpoint == keyed[*other].0.endpoint)
        .map(<[usize]>::len)
        .collect()
}

fn rate_use(pool: &PoolKey, rate: &gwcost_core::pricing::Rate, card: &str) -> RateUse {
    let tiers = rate
        .tiers
        .steps()
        .iter()
        .enumerate()
        .map(|(index, tier)| {
            let label = format!("{} {}", rate.tiers.label(index), pool.meter.unit());
            (label, tier.rate.normalize().to_string())
        })
        .collect();
    RateUse {
        region: pool.region.clone(),
        meter: pool.meter.name().to_owned(),
        effective: rate.effective.to_string(),
        confidence: rate.confidence.to_string(),
        source: rate.source.clone(),
        card: card.to_owned(),
        tiers,
    }
}

/// A quantity in rate units, exact.
fn quantity(units: u64, meter: Meter) -> String {
    if meter.scale() == 1 {
        return units.to_string();
    }
    (Decimal::from(units) / Decimal::from(GIB)).normalize().to_string()
}
