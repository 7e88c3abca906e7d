//! What changed between two windows of the same length, endpoint by endpoint, and why.
//!
//! A cost is requests times what each costs, so its change has three parts that add up to it exactly: more or fewer
//! requests at the old price, another size of the responses, and whatever else changed what a request costs.

use std::collections::BTreeMap;

use gwcost_core::pricing::rounded;
use rust_decimal::Decimal;

use super::result::{CostAnalysis, CostRow};

/// An endpoint in two windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The values of the analyses' dimensions.
    pub values: Vec<Option<String>>,
    /// The route is a pattern made from paths.
    pub templated: bool,
    /// What it cost before; zero where it had no requests.
    pub before: Decimal,
    /// What it costs now; zero where it has no requests.
    pub now: Decimal,
    /// Requests before.
    pub requests_before: u64,
    /// Requests now.
    pub requests_now: u64,
    /// Of the change: more or fewer requests, at what each cost before.
    pub traffic: Decimal,
    /// Of the change: larger or smaller responses.
    pub size: Decimal,
    /// Of the change: what else a request costs.
    pub price: Decimal,
}

impl Mover {
    /// The change.
    pub fn change(&self) -> Decimal {
        self.now - self.before
    }
}

/// Endpoints whose cost is known in both windows and changed, the largest change first. Both analyses are by the
/// same dimensions.
pub fn movers(before: &CostAnalysis, now: &CostAnalysis) -> Vec<Mover> {
    let mut pairs: BTreeMap<&[Option<String>], [Option<&CostRow>; 2]> = BTreeMap::new();
    for (at, analysis) in [before, now].into_iter().enumerate() {
        for row in &analysis.rows {
            pairs.entry(&row.values).or_default()[at] = Some(row);
        }
    }
    let mut movers: Vec<Mover> =
        pairs.into_iter().filter_map(|(values, [before, now])| mover(values, before, now)).collect();
    movers.sort_by_key(|mover| std::cmp::Reverse(mover.change().abs()));
    movers
}

fn mover(values: &[Option<String>], before: Option<&CostRow>, now: Option<&CostRow>) -> Option<Mover> {
    let known = |row: Option<&CostRow>| match row {
        None => Some((0, Decimal::ZERO, Decimal::ZERO)),
        Some(row) if !row.unpriced.is_empty() => None,
        Some(row) => {
            let measures = &row.measures;
            Some((measures.requests, measures.cost?, measures.transfer_cost.unwrap_or_default()))
        }
    };
    let (old_requests, old_cost, old_transfer) = known(before)?;
    let (requests, cost, transfer) = known(now)?;
    let change = cost - old_cost;
    if change.is_zero() {
        return None;
    }
    let each = |cost: Decimal, requests: u64| match requests {
        0 => None,
        requests => Some(cost / Decimal::from(requests)),
    };
    let more = Decimal::from(requests) - Decimal::from(old_requests);
    let (traffic, size) =
        match (each(old_cost, old_requests), each(old_transfer, old_requests), each(transfer, requests)) {
            (Some(old), Some(old_size), Some(new_size)) => {
                (rounded(old * more), rounded((new_size - old_size) * Decimal::from(requests)))
            }
            // It is new or gone: all of it is traffic.
            _ => (change, Decimal::ZERO),
        };
    let templated = [before, now].into_iter().flatten().any(|row| row.templated);
    Some(Mover {
        values: values.to_vec(),
        templated,
        before: old_cost,
        now: cost,
        requests_before: old_requests,
        requests_now: requests,
        traffic,
        size,
        price: change - traffic - size,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::{Measures, Percentiles};

    fn row(requests: u64, calls: i64, transfer: i64) -> CostRow {
        let (calls, transfer) = (Decimal::new(calls, 10), Decimal::new(transfer, 10));
        CostRow {
            values: vec![Some("/a".to_owned())],
            measures: Measures {
                requests,
                cost: Some(calls + transfer),
                transfer_cost: Some(transfer),
                ..Measures::default()
            },
            share: None,
            cost_per_1000: None,
            error_rate: None,
            latency: Percentiles::default(),
            integration_latency: Percentiles::default(),
            unpriced: Vec::new(),
            templated: false,
        }
    }

    fn of(before: Option<CostRow>, now: Option<CostRow>) -> Option<Mover> {
        mover(&[Some("/a".to_owned())], before.as_ref(), now.as_ref())
    }

    #[test]
    fn each_cause_alone_is_all_of_the_change() {
        let twice = of(Some(row(100, 350, 900)), Some(row(200, 700, 1800))).unwrap();
        assert_eq!(
            (twice.traffic, twice.size, twice.price),
            (Decimal::new(1250, 10), Decimal::ZERO, Decimal::ZERO)
        );
        let larger = of(Some(row(100, 350, 900)), Some(row(100, 350, 2700))).unwrap();
        assert_eq!((larger.traffic, larger.size), (Decimal::ZERO, Decimal::new(1800, 10)));
        let dearer = of(Some(row(100, 350, 900)), Some(row(100, 400, 900))).unwrap();
        assert_eq!(
            (dearer.traffic, dearer.size, dearer.price),
            (Decimal::ZERO, Decimal::ZERO, Decimal::new(50, 10))
        );
        let new = of(None, Some(row(100, 350, 900))).unwrap();
        assert_eq!((new.before, new.traffic), (Decimal::ZERO, new.change()));
        assert!(of(Some(row(1, 2, 3)), Some(row(1, 2, 3))).is_none());
        let mut unpriced = row(5, 5, 5);
        unpriced.unpriced.push("rest_requests".to_owned());
        assert!(of(None, Some(unpriced)).is_none());
    }

    proptest! {
        #[test]
        fn the_causes_add_up_to_the_change(
            before in (1u64..1_000_000, 0i64..1_000_000_000, 0i64..1_000_000_000),
            now in (1u64..1_000_000, 0i64..1_000_000_000, 0i64..1_000_000_000),
        ) {
            let found = of(Some(row(before.0, before.1, before.2)), Some(row(now.0, now.1, now.2)));
            if let Some(found) = found {
                prop_assert_eq!(found.traffic + found.size + found.price, found.change());
            }
        }
    }
}
