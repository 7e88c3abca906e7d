//! Usage meets rates: pools are priced once, and every leaf learns what it pays.

use std::collections::{BTreeMap, BTreeSet};

use gwcost_core::model::Month;
use gwcost_core::pricing::{Allocation, InvoiceLine, LeafBill, Meter, Placing, Pool, Units};
use jiff::civil::Date;

use super::AnalysisError;
use super::catalog::{Catalog, Quote};
use super::dimension::Dimension;
use super::result::{RateUse, Unpriced};
use super::usage::{Leaf, LeafKey, Leaves};

/// What shares tiers: an account, or accounts that are billed together, count their usage by region, meter and
/// month. Where a rate changes inside the month, its day divides the pool; the tiers go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PoolKey {
    account: String,
    region: String,
    meter: Meter,
    month: Month,
    /// From when the rate holds; `None` without one.
    effective: Option<Date>,
}

/// What the lake holds of the window's months outside of it.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Of the first month, before the window.
    pub before: Leaves,
    /// Of the last month, after the window; counted only where a month's average needs it.
    pub after: Leaves,
}

/// Base units of a pool's month.
#[derive(Clone, Copy, Debug, Default)]
struct MonthUse {
    before: u64,
    inside: u64,
    after: u64,
}

/// What a leaf pays for its calls and for its transfer.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeafCost {
    /// Requests or messages.
    pub calls: LeafBill,
    /// Bytes to the internet, or to endpoints of a private API.
    pub transfer: LeafBill,
    /// The bytes went to endpoints of a private API.
    pub private: bool,
}

/// A pool with its bill.
#[derive(Clone, Debug)]
pub struct PricedPool {
    /// The account, or those that are billed together.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// What was counted.
    pub meter: Meter,
    /// The billing month.
    pub month: Month,
    /// Where in its month the window stands.
    pub placing: Placing,
    /// Its bill, a line for each tier.
    pub lines: Vec<InvoiceLine>,
    /// The place of each line's tier in the rate.
    pub tiers: Vec<usize>,
    /// Base units of each member in each line, `shares[line][member]`.
    pub shares: Vec<Vec<u64>>,
    /// The rate; `None` where nothing has one.
    pub rate: Option<RateUse>,
    /// Its leaves, by their place in the leaves' order.
    pub members: Vec<usize>,
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
    /// The pools with a selected leaf.
    pub pools: Vec<PricedPool>,
}

/// Prices all leaves. What the lake holds `around` the window fills tiers; so does what `selected` leaves out,
/// which is not reported as unpriced.
///
/// # Errors
/// [`AnalysisError::Overflow`] past 28 digits.
pub fn price(
    catalog: &Catalog,
    leaves: &Leaves,
    around: &Around,
    selected: impl Fn(&LeafKey) -> bool,
) -> Result<Priced, AnalysisError> {
    let quotes = Quotes::of(catalog, [leaves, &around.before, &around.after]);
    let mut pools: BTreeMap<PoolKey, Vec<usize>> = BTreeMap::new();
    let keyed: Vec<(&LeafKey, &Leaf)> = leaves.iter().collect();
    for (index, (key, leaf)) in keyed.iter().enumerate() {
        for meter in meters(catalog, key, leaf) {
            let effective = quotes.get(key, meter).map(|quote| quote.effective).ok();
            pools.entry(pool_key(catalog, key, meter, effective)).or_default().push(index);
        }
    }
    let months = month_uses(catalog, &quotes, leaves, around);
    let mut priced = Priced { leaves: vec![LeafCost::default(); keyed.len()], ..Priced::default() };
    for (pool_key, members) in pools {
        let placing = placing(catalog, &months, &pool_key);
        let PoolKey { account, region, meter, month, .. } = pool_key;
        let usage: Vec<Units> = members.iter().map(|index| units(keyed[*index].1, meter)).collect();
        let is_selected: Vec<bool> = members.iter().map(|index| selected(keyed[*index].0)).collect();
        let any_selected = is_selected.contains(&true);
        let quote = members.first().map(|index| quotes.get(keyed[*index].0, meter));
        let (bills, reason, lines, tiers, shares, rate) = match quote {
            Some(Ok(quote)) => {
                let rate = rate_use(&region, meter, quote);
                if any_selected {
                    priced.rates.insert(rate.clone());
                }
                let groups = groups(&keyed, &members);
                let pool = Pool { meter, before: placing.start, leaves: &usage, groups: &groups };
                let bill = pool.price_at(&quote.tiers, placing)?;
                let line = |line| InvoiceLine::of(meter, &quote.tiers, line);
                let lines = bill.tiers.iter().map(line).collect();
                let tiers = bill.tiers.iter().map(|line| line.tier).collect();
                (bill.leaves, meter.beyond_last_tier(), lines, tiers, bill.shares, Some(rate))
            }
            without => {
                let unpriced = |units: &Units| LeafBill { unpriced: units.base, ..LeafBill::default() };
                let reason = without.and_then(Result::err).cloned().unwrap_or_default();
                (usage.iter().map(unpriced).collect(), reason, Vec::new(), Vec::new(), Vec::new(), None)
            }
        };
        let mut unpriced = 0u64;
        for ((index, bill), selected) in members.iter().zip(bills).zip(is_selected) {
            let cost = &mut priced.leaves[*index];
            match meter {
                Meter::InternetTransfer | Meter::PrivateTransfer => {
                    cost.transfer = bill;
                    cost.private = meter == Meter::PrivateTransfer;
                }
                _ => cost.calls = bill,
            }
            unpriced += if selected { bill.unpriced } else { 0 };
        }
        if unpriced > 0 {
            priced.unpriced.push(Unpriced {
                account: account.clone(),
                region: region.clone(),
                meter: meter.name().to_owned(),
                month: month.to_string(),
                quantity: meter.quantity(unpriced).to_string(),
                unit: meter.unit().to_owned(),
                reason,
            });
        }
        if any_selected {
            let pool =
                PricedPool { account, region, meter, month, placing, lines, tiers, shares, rate, members };
            priced.pools.push(pool);
        }
    }
    Ok(priced)
}

/// Base units by pool, before the window, in it and after it.
fn month_uses(
    catalog: &Catalog,
    quotes: &Quotes,
    leaves: &Leaves,
    around: &Around,
) -> BTreeMap<PoolKey, MonthUse> {
    let mut months: BTreeMap<PoolKey, MonthUse> = BTreeMap::new();
    let mut add = |leaves: &Leaves, part: fn(&mut MonthUse) -> &mut u64| {
        for (key, leaf) in leaves {
            for meter in meters(catalog, key, leaf) {
                let effective = quotes.get(key, meter).map(|quote| quote.effective).ok();
                let sum = part(months.entry(pool_key(catalog, key, meter, effective)).or_default());
                *sum = sum.saturating_add(units(leaf, meter).base);
            }
        }
    };
    add(&around.before, |month| &mut month.before);
    add(leaves, |month| &mut month.inside);
    add(&around.after, |month| &mut month.after);
    months
}

/// Where in its month a pool's window stands. Usage of others comes first, then what pays an earlier rate.
fn placing(catalog: &Catalog, months: &BTreeMap<PoolKey, MonthUse>, key: &PoolKey) -> Placing {
    let others = catalog.terms().other_units(&key.region, key.meter);
    let first = PoolKey { effective: None, ..key.clone() };
    let at_earlier_rates = months.range(first..key.clone()).fold(others, |sum, (_, month)| {
        [month.before, month.inside, month.after].iter().fold(sum, |sum, part| sum.saturating_add(*part))
    });
    let own = months.get(key).copied().unwrap_or_default();
    match catalog.allocation() {
        Allocation::Average => Placing { start: at_earlier_rates, earlier: own.before, later: own.after },
        Allocation::Marginal => Placing::after(at_earlier_rates.saturating_add(own.before)),
    }
}

/// Prices of everything that leaves use, each looked up once.
struct Quotes(BTreeMap<(String, Meter, Date), Result<Quote, String>>);

impl Quotes {
    fn of(catalog: &Catalog, leaves: [&Leaves; 3]) -> Quotes {
        let mut quotes = BTreeMap::new();
        for (key, leaf) in leaves.into_iter().flatten() {
            for meter in meters(catalog, key, leaf) {
                let region = key.endpoint.region();
                quotes
                    .entry((region.to_owned(), meter, key.since))
                    .or_insert_with(|| catalog.quote(region, meter, key.since));
            }
        }
        Quotes(quotes)
    }

    fn get(&self, key: &LeafKey, meter: Meter) -> Result<&Quote, &String> {
        // `of` looked up every one of them.
        static UNKNOWN: String = String::new();
        let found = self.0.get(&(key.endpoint.region().to_owned(), meter, key.since));
        found.map_or(Err(&UNKNOWN), Result::as_ref)
    }
}

/// The meters that a leaf counts on.
fn meters(catalog: &Catalog, key: &LeafKey, leaf: &Leaf) -> Vec<Meter> {
    let mut meters = vec![Meter::of_calls(key.endpoint.kind)];
    if leaf.transfer.base > 0 {
        let endpoint = &key.endpoint;
        let api = endpoint.value(Dimension::Api).unwrap_or_default();
        meters.push(catalog.transfer_meter(endpoint.account(), endpoint.region(), api));
    }
    meters
}

/// Units of a leaf on a meter.
pub(super) fn units(leaf: &Leaf, meter: Meter) -> Units {
    match meter {
        Meter::InternetTransfer | Meter::PrivateTransfer => leaf.transfer,
        _ => leaf.calls,
    }
}

fn pool_key(catalog: &Catalog, key: &LeafKey, meter: Meter, effective: Option<Date>) -> PoolKey {
    PoolKey {
        account: catalog.terms().family(key.endpoint.account()),
        region: key.endpoint.region().to_owned(),
        meter,
        month: key.month,
        effective,
    }
}

/// How many consecutive leaves belong to one endpoint.
fn groups(keyed: &[(&LeafKey, &Leaf)], members: &[usize]) -> Vec<usize> {
    members
        .chunk_by(|one, other| keyed[*one].0.endpoint == keyed[*other].0.endpoint)
        .map(<[usize]>::len)
        .collect()
}

/// The rate of a quote, as reports name it.
pub(super) fn rate_use(region: &str, meter: Meter, quote: &Quote) -> RateUse {
    let tiers = quote
        .tiers
        .steps()
        .iter()
        .enumerate()
        .map(|(index, tier)| (meter.tier_label(&quote.tiers, index), tier.rate.normalize().to_string()))
        .collect();
    RateUse {
        region: region.to_owned(),
        meter: meter.name().to_owned(),
        effective: quote.effective.to_string(),
        confidence: quote.confidence.to_string(),
        source: quote.source.clone(),
        card: quote.card.clone(),
        tiers,
    }
}
