//! What CloudWatch counted, spread as the log spreads it: for logs that hold less than there was.
//!
//! A stage's day of which the log holds 40 of 100 requests is made into 100, shared out in proportion to what is
//! logged; everything else of it grows with the requests. Only whole days count, only where the log holds less,
//! and only REST and HTTP APIs: messages are counted in two directions and logged in one. A log is never made
//! smaller.

use std::collections::{BTreeMap, HashMap};

use gwcost_core::pricing::{Units, largest_remainder};
use gwcost_core::text::grouped;
use rust_decimal::Decimal;

use super::catalog::Catalog;
use super::coverage::{Coverage, StageKey};
use super::dimension::Dimension;
use super::result::{ByMetrics, Measures};
use super::usage::{Endpoint, Leaf, LeafKey, Leaves, further_dimensions};

/// A stage, and a day as `YYYY-MM-DD`.
type StageDay = (StageKey, String);

/// Of each stage and day that the log holds less of: what it holds, and what was counted.
#[derive(Clone, Debug, Default)]
pub struct MetricScale(HashMap<StageDay, (u64, u64)>);

impl MetricScale {
    /// The factors of a coverage; `None` where the log lacks nothing that it could be scaled to.
    pub fn of(coverage: &Coverage) -> Option<MetricScale> {
        let lacking = coverage.factors().filter(|(_, _, logged, counted)| counted > logged);
        let factors: HashMap<_, _> = lacking
            .map(|(stage, day, logged, counted)| ((stage.clone(), day.to_owned()), (logged, counted)))
            .collect();
        (!factors.is_empty()).then_some(MetricScale(factors))
    }

    /// The dimensions to count by: those that are asked for, and the day.
    pub fn dimensions(by: &[Dimension]) -> Vec<Dimension> {
        let mut dimensions = by.to_vec();
        if !dimensions.contains(&Dimension::Day) {
            dimensions.push(Dimension::Day);
        }
        dimensions
    }

    /// Scales leaves that were counted by [`MetricScale::dimensions`] of `by`; the answer is by `by`.
    pub fn apply(&self, by: &[Dimension], leaves: Leaves) -> Leaves {
        let counted_by = MetricScale::dimensions(by);
        let Some(at) =
            further_dimensions(&counted_by).iter().position(|dimension| *dimension == Dimension::Day)
        else {
            return leaves;
        };
        let mut days: BTreeMap<Option<StageDay>, Vec<(LeafKey, Leaf)>> = BTreeMap::new();
        for (key, leaf) in leaves {
            let day = key.further.get(at).cloned().flatten();
            let place = stage(&key.endpoint).zip(day).filter(|place| self.0.contains_key(place));
            days.entry(place).or_default().push((key, leaf));
        }
        let keep_day = by.contains(&Dimension::Day);
        let mut scaled = Leaves::new();
        for (place, mut leaves) in days {
            if let Some((logged, counted)) = place.and_then(|place| self.0.get(&place).copied()) {
                scale(&mut leaves, logged, counted);
            }
            for (mut key, leaf) in leaves {
                if !keep_day {
                    key.further.remove(at);
                }
                scaled.entry(key).or_default().merge(&leaf);
            }
        }
        scaled
    }
}

fn stage(endpoint: &Endpoint) -> Option<StageKey> {
    let value = |dimension| endpoint.value(dimension).map(str::to_owned);
    Some(StageKey {
        account: value(Dimension::Account)?,
        region: value(Dimension::Region)?,
        api: value(Dimension::Api)?,
        stage: value(Dimension::Stage)?,
    })
}

/// Scales the leaves of one stage and day. Requests and bytes add up to what the factor makes of their sums.
fn scale(leaves: &mut [(LeafKey, Leaf)], logged: u64, counted: u64) {
    let share_out = |weights: Vec<u64>| {
        let sum = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(*weight));
        largest_remainder(times(sum, counted, logged), &weights)
    };
    let requests = share_out(leaves.iter().map(|(_, leaf)| leaf.requests).collect());
    let bytes = share_out(leaves.iter().map(|(_, leaf)| leaf.transfer.base).collect());
    for (((_, leaf), requests), bytes) in leaves.iter_mut().zip(requests).zip(bytes) {
        leaf.scale(requests, bytes);
    }
}

impl Leaf {
    /// Makes so many requests of it, with so many bytes; what is billed of them stays the same part.
    fn scale(&mut self, requests: u64, bytes: u64) {
        let of_requests = |part: u64, whole: u64| times(part, requests, whole);
        let kinds = largest_remainder(requests, &[self.billable, self.unbilled, self.undetermined]);
        let (whole, whole_bytes) = (self.requests, self.transfer.base);
        if let [billable, unbilled, undetermined] = kinds.as_slice() {
            (self.billable, self.unbilled, self.undetermined) = (*billable, *unbilled, *undetermined);
        }
        for count in [&mut self.with_status, &mut self.errors, &mut self.sized, &mut self.templated] {
            *count = of_requests(*count, whole);
        }
        let Units { base, low, high } = self.calls;
        self.calls = Units {
            base: of_requests(base, whole),
            low: of_requests(low, whole),
            high: of_requests(high, whole),
        };
        self.transfer = Units {
            base: bytes,
            low: times(self.transfer.low, bytes, whole_bytes),
            high: times(self.transfer.high, bytes, whole_bytes),
        };
        self.requests = requests;
    }
}

/// `part * factor / divisor`, rounded to the nearest; nothing of nothing.
fn times(part: u64, factor: u64, divisor: u64) -> u64 {
    let divisor = u128::from(divisor);
    let product = 2 * u128::from(part) * u128::from(factor) + divisor;
    product.checked_div(2 * divisor).map_or(0, |quotient| u64::try_from(quotient).unwrap_or(u64::MAX))
}

/// The totals of a window, of which one was asked for.
pub(super) fn two_totals(applied: bool, total: &Measures, other: &Measures) -> ByMetrics {
    let (logged, counted) = if applied { (other, total) } else { (total, other) };
    ByMetrics {
        applied,
        requests_logged: logged.requests,
        requests_counted: counted.requests,
        cost_logged: logged.cost,
        cost_counted: counted.cost,
    }
}

/// What `--scale-to-metrics` did, where only one total is at hand.
pub(super) fn scaled_or_not(scaled: bool) -> String {
    match scaled {
        true => "where CloudWatch counted more requests on a whole day than the log holds, those are priced, spread as \
                 the log spreads its own (--scale-to-metrics)",
        false => "--scale-to-metrics changes nothing: the lake has no metrics of what is shown, or the log lacks \
                  nothing of the whole days that they count",
    }
    .to_owned()
}

/// Both totals in a sentence, or that there is only one though two were asked for.
pub(super) fn scale_note(catalog: &Catalog, totals: Option<&ByMetrics>) -> Option<String> {
    let shown = |cost: Option<Decimal>| match cost {
        Some(cost) if cost >= Decimal::ONE => format!("{:.2} {}", cost.round_dp(2), catalog.currency()),
        Some(cost) => format!("{} {}", cost.normalize(), catalog.currency()),
        None => "what is not known".to_owned(),
    };
    let Some(totals) = totals.filter(|totals| totals.requests_logged != totals.requests_counted) else {
        return catalog.scale_to_metrics().then(|| scaled_or_not(false));
    };
    let (logged, counted) = (grouped(totals.requests_logged), grouped(totals.requests_counted));
    Some(match totals.applied {
        true => format!(
            "figures are of the {counted} requests that CloudWatch counted, spread as the log spreads its {logged}, \
             which alone cost {}; percentiles are of the log",
            shown(totals.cost_logged)
        ),
        false => format!(
            "figures are of the {logged} requests in the log; the {counted} that CloudWatch counted would cost {} \
             (--scale-to-metrics)",
            shown(totals.cost_counted)
        ),
    })
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::{ApiKind, Month};

    use super::*;

    fn key(route: &str, day: &str) -> LeafKey {
        let values = ["111122223333", "us-east-1", "a1", "prod", "GET", route];
        let month: Month = "2026-10".parse().unwrap();
        LeafKey {
            month,
            endpoint: Endpoint { values: values.map(|value| Some(value.to_owned())), kind: ApiKind::Rest },
            since: month.first_day(),
            further: vec![Some(day.to_owned())],
        }
    }

    fn leaf(requests: u64, unbilled: u64, bytes: u64) -> Leaf {
        let calls = requests - unbilled;
        Leaf {
            requests,
            billable: calls,
            unbilled,
            with_status: requests,
            errors: unbilled,
            sized: requests,
            calls: Units { base: calls, low: calls, high: calls },
            transfer: Units { base: bytes, low: bytes, high: bytes },
            ..Leaf::default()
        }
    }

    fn scale_of(logged: u64, counted: u64) -> MetricScale {
        let text = str::to_owned;
        let stage = StageKey {
            account: text("111122223333"),
            region: text("us-east-1"),
            api: text("a1"),
            stage: text("prod"),
        };
        MetricScale(HashMap::from([((stage, text("2026-10-02")), (logged, counted))]))
    }

    #[test]
    fn a_day_becomes_what_was_counted_and_others_stay() {
        let leaves = Leaves::from([
            (key("/a", "2026-10-01"), leaf(10, 0, 100)),
            (key("/a", "2026-10-02"), leaf(3, 0, 1)),
            (key("/b", "2026-10-02"), leaf(1, 1, 1)),
        ]);
        let scaled = scale_of(4, 10).apply(&[Dimension::Route], leaves);
        let of = |route: &str| {
            let leaf = &scaled[&LeafKey { further: Vec::new(), ..key(route, "") }];
            (leaf.requests, leaf.billable, leaf.unbilled, leaf.calls.base, leaf.transfer.base)
        };
        // 3 : 1 of ten, by largest remainder, with the ten of the day before.
        assert_eq!(of("/a"), (10 + 8, 18, 0, 18, 100 + 3));
        assert_eq!(of("/b"), (2, 0, 2, 0, 2));
    }

    #[test]
    fn by_day_the_days_stay_apart_and_nothing_of_nothing_is_nothing() {
        let leaves = Leaves::from([(key("/a", "2026-10-02"), leaf(4, 0, 0))]);
        let scaled = scale_of(4, 6).apply(&[Dimension::Day], leaves);
        assert_eq!(scaled[&key("/a", "2026-10-02")], leaf(6, 0, 0));
        assert_eq!(times(7, 3, 0), 0);
    }
}
