//! Leaves become rows: figures are added up exactly, then rounded so that rows add up to the total.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use gwcost_core::pricing::{AMOUNT_DECIMALS, Amount, Meter, round_to_sum, round_to_total, rounded};
use gwcost_core::text::did_you_mean;
use rust_decimal::{Decimal, RoundingStrategy};

use super::dimension::Dimension;
use super::percentile::GroupKey;
use super::pricing::{LeafCost, Priced};
use super::result::{CostRow, Measures, Percentiles};
use super::usage::{Leaf, LeafKey, Leaves, further_dimensions};

/// A group in the making.
#[derive(Default)]
struct Group {
    leaf: Leaf,
    calls: Amount,
    transfer: Amount,
    saving: Decimal,
    extra: Decimal,
    calls_unpriced: u64,
    transfer_unpriced: u64,
    unpriced: BTreeSet<Meter>,
}

/// Amounts of a group, rounded so that rows add up.
struct Amounts {
    calls: Decimal,
    transfer: Decimal,
    saving: Decimal,
    extra: Decimal,
}

/// Groups the selected leaves by `by`; the second answer is their total.
pub fn rows(
    leaves: &Leaves,
    priced: &Priced,
    by: &[Dimension],
    selected: impl Fn(&LeafKey) -> bool,
) -> (Vec<CostRow>, Measures) {
    let further = further_dimensions(by);
    let mut groups: BTreeMap<GroupKey, Group> = BTreeMap::new();
    for ((key, leaf), cost) in leaves.iter().zip(&priced.leaves) {
        if selected(key) {
            let values = by.iter().map(|dimension| value(key, *dimension, &further)).collect();
            groups.entry(values).or_default().add(key, leaf, cost);
        }
    }
    let column = |amount: fn(&Group) -> Amount| {
        let exact: Vec<Decimal> = groups.values().map(|group| amount(group).to_decimal()).collect();
        round_to_sum(&exact, AMOUNT_DECIMALS)
    };
    let (calls_total, calls) = column(|group| group.calls);
    let (transfer_total, transfer) = column(|group| group.transfer);
    let mut whole = Group::default();
    for group in groups.values() {
        whole.merge(group);
    }
    // The bounds of the total are exact; what they differ from the cost is shared out to the rows.
    let total_cost = calls_total + transfer_total;
    let exact = whole.calls.to_decimal() + whole.transfer.to_decimal();
    let saving_total = (total_cost - rounded((exact - whole.saving).max(Decimal::ZERO))).max(Decimal::ZERO);
    let extra_total = (rounded(exact + whole.extra) - total_cost).max(Decimal::ZERO);
    let shared = |part: fn(&Group) -> Decimal, total: Decimal| {
        let parts: Vec<Decimal> = groups.values().map(part).collect();
        round_to_total(&parts, total, AMOUNT_DECIMALS)
    };
    let savings = shared(|group| group.saving, saving_total);
    let extras = shared(|group| group.extra, extra_total);

    let mut rows = Vec::with_capacity(groups.len());
    for (index, (values, group)) in groups.into_iter().enumerate() {
        let amounts = Amounts {
            calls: calls[index],
            transfer: transfer[index],
            saving: savings[index],
            extra: extras[index],
        };
        let measures = group.measures(&amounts);
        let requests = group.leaf.requests;
        // A part of the price per call would pass for all of it.
        let whole_cost = measures.cost.filter(|_| group.unpriced.is_empty());
        let cost_per_1000 = whole_cost.map(|cost| {
            let per_1000 = cost * Decimal::ONE_THOUSAND / Decimal::from(requests.max(1));
            round(per_1000, AMOUNT_DECIMALS)
        });
        let with_status = group.leaf.with_status;
        rows.push(CostRow {
            values,
            measures,
            share: None,
            cost_per_1000,
            error_rate: (with_status > 0).then(|| ratio(group.leaf.errors, with_status)),
            latency: Percentiles::default(),
            integration_latency: Percentiles::default(),
            unpriced: group.unpriced.iter().map(|meter| meter.name().to_owned()).collect(),
            templated: group.leaf.templated > 0,
        });
    }
    let total = whole.measures(&Amounts {
        calls: calls_total,
        transfer: transfer_total,
        saving: saving_total,
        extra: extra_total,
    });
    for row in &mut rows {
        row.share = match (row.measures.cost, total.cost) {
            (Some(cost), Some(total)) if !total.is_zero() && row.unpriced.is_empty() => {
                Some(round(cost / total, 6))
            }
            _ => None,
        };
    }
    (rows, total)
}

/// The value of a dimension of a leaf.
pub(super) fn value(key: &LeafKey, dimension: Dimension, further: &[Dimension]) -> Option<String> {
    match further.iter().position(|of_leaf| *of_leaf == dimension) {
        Some(at) => key.further[at].clone(),
        None => key.endpoint.value(dimension).map(str::to_owned),
    }
}

fn round(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero).normalize()
}

fn ratio(part: u64, whole: u64) -> Decimal {
    round(Decimal::from(part) / Decimal::from(whole), 6)
}

impl Group {
    fn add(&mut self, key: &LeafKey, leaf: &Leaf, cost: &LeafCost) {
        self.leaf.merge(leaf);
        let transfer = if cost.private { Meter::PrivateTransfer } else { Meter::InternetTransfer };
        for (meter, bill) in [(Meter::of_calls(key.endpoint.kind), &cost.calls), (transfer, &cost.transfer)] {
            self.saving += bill.saving_low;
            self.extra += bill.extra_high;
            if bill.unpriced > 0 {
                self.unpriced.insert(meter);
            }
        }
        self.calls += cost.calls.amount;
        self.transfer += cost.transfer.amount;
        self.calls_unpriced += cost.calls.unpriced;
        self.transfer_unpriced += cost.transfer.unpriced;
    }

    fn merge(&mut self, other: &Group) {
        self.leaf.merge(&other.leaf);
        self.calls += other.calls;
        self.transfer += other.transfer;
        self.saving += other.saving;
        self.extra += other.extra;
        self.calls_unpriced += other.calls_unpriced;
        self.transfer_unpriced += other.transfer_unpriced;
        self.unpriced.extend(&other.unpriced);
    }

    /// The figures, given the amounts as they were rounded.
    fn measures(&self, amounts: &Amounts) -> Measures {
        let leaf = &self.leaf;
        // Where every unit lacks a rate there is no amount; zero dollars would be a lie.
        let all_unpriced = |units: u64, unpriced: u64| unpriced > 0 && unpriced >= units;
        let request_cost = (leaf.requests > 0 && !all_unpriced(leaf.calls.base, self.calls_unpriced))
            .then_some(amounts.calls);
        let transfer_cost = (leaf.sized > 0 && !all_unpriced(leaf.transfer.base, self.transfer_unpriced))
            .then_some(amounts.transfer);
        let cost = match (request_cost, transfer_cost) {
            // Nothing was logged: whether nothing was used is another question.
            _ if leaf.requests == 0 => None,
            (None, None) => None,
            // The free calls of an endpoint without sizes cost nothing, but unpriced calls are not free.
            (calls, transfer) => Some(calls.unwrap_or_default() + transfer.unwrap_or_default()),
        };
        Measures {
            requests: leaf.requests,
            billable_requests: leaf.billable,
            unbilled_requests: leaf.unbilled,
            undetermined_requests: leaf.undetermined,
            response_bytes: (leaf.sized > 0).then_some(leaf.transfer.base),
            request_cost,
            transfer_cost,
            cost,
            // A saving may pass a cost by its last decimal.
            cost_low: cost.map(|cost| (cost - amounts.saving).max(Decimal::ZERO).normalize()),
            cost_high: cost.map(|cost| (cost + amounts.extra).normalize()),
        }
    }
}

impl Leaf {
    /// Adds what another leaf used.
    pub(super) fn merge(&mut self, other: &Leaf) {
        self.requests += other.requests;
        self.billable += other.billable;
        self.unbilled += other.unbilled;
        self.undetermined += other.undetermined;
        self.with_status += other.with_status;
        self.errors += other.errors;
        self.sized += other.sized;
        self.templated += other.templated;
        self.calls.add(other.calls);
        self.transfer.add(other.transfer);
    }
}

/// Fills in percentiles, where a group has any.
pub fn add_percentiles(
    rows: &mut [CostRow],
    latency: &HashMap<GroupKey, Percentiles>,
    integration: &HashMap<GroupKey, Percentiles>,
) {
    for row in rows {
        row.latency = latency.get(&row.values).copied().unwrap_or_default();
        row.integration_latency = integration.get(&row.values).copied().unwrap_or_default();
    }
}

/// A column to sort by, largest first; dimensions sort by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey(&'static str);

const SORT_COLUMNS: [&str; 20] = [
    "cost",
    "cost_low",
    "cost_high",
    "request_cost",
    "transfer_cost",
    "requests",
    "billable_requests",
    "unbilled_requests",
    "undetermined_requests",
    "response_bytes",
    "cost_per_1000",
    "error_rate",
    "share",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "integration_p50_ms",
    "integration_p95_ms",
    "integration_p99_ms",
    "name",
];

/// A name that is no column to sort by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot sort by {typed:?}: expected {}{hint}", SORT_COLUMNS.join(", "))]
pub struct SortError {
    typed: String,
    hint: String,
}

impl Default for SortKey {
    fn default() -> Self {
        SortKey("cost")
    }
}

impl FromStr for SortKey {
    type Err = SortError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        SORT_COLUMNS
            .into_iter()
            .find(|column| *column == typed)
            .map(SortKey)
            .ok_or_else(|| SortError { typed: typed.to_owned(), hint: did_you_mean(typed, SORT_COLUMNS) })
    }
}

impl SortKey {
    /// Sorts rows; unknown figures come last, equal ones in the order of requests, then names.
    pub fn sort(self, rows: &mut [CostRow]) {
        rows.sort_by(|one, other| {
            let by_key =
                if self.0 == "name" { Ordering::Equal } else { self.figure(other).cmp(&self.figure(one)) };
            let by_requests = || {
                if self.0 == "name" {
                    return Ordering::Equal;
                }
                other.measures.requests.cmp(&one.measures.requests)
            };
            by_key.then_with(by_requests).then_with(|| one.values.cmp(&other.values))
        });
    }

    fn figure(self, row: &CostRow) -> Option<Decimal> {
        let measures = &row.measures;
        let count = |count: u64| Some(Decimal::from(count));
        match self.0 {
            "cost" => measures.cost,
            "cost_low" => measures.cost_low,
            "cost_high" => measures.cost_high,
            "request_cost" => measures.request_cost,
            "transfer_cost" => measures.transfer_cost,
            "billable_requests" => count(measures.billable_requests),
            "unbilled_requests" => count(measures.unbilled_requests),
            "undetermined_requests" => count(measures.undetermined_requests),
            "response_bytes" => measures.response_bytes.map(Decimal::from),
            "cost_per_1000" => row.cost_per_1000,
            "error_rate" => row.error_rate,
            "p50_ms" => row.latency.p50_ms.map(Decimal::from),
            "p95_ms" => row.latency.p95_ms.map(Decimal::from),
            "p99_ms" => row.latency.p99_ms.map(Decimal::from),
            "integration_p50_ms" => row.integration_latency.p50_ms.map(Decimal::from),
            "integration_p95_ms" => row.integration_latency.p95_ms.map(Decimal::from),
            "integration_p99_ms" => row.integration_latency.p99_ms.map(Decimal::from),
            "share" => row.share,
            _ => count(measures.requests),
        }
    }
}
