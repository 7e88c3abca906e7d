//! What CloudWatch counted of the caches that are there, where it was asked for all of a window.
//!
//! Hits of a part of the window beside the cost of all of it would make a cache look worse than it is.

use std::collections::{BTreeMap, HashMap};

use gwcost_core::model::Window;

use super::{CacheCounts, StageCounts, StageId};
use crate::analysis::{AnalysisError, MethodKey, StageKey, metric_sums};
use crate::lake::{Lake, metrics_looks};

/// Hits and misses by stage, and by method where there are detailed metrics, of the hours that lie wholly in the
/// window; stages of which CloudWatch was not asked for every day of it are left out. `now_ms` ends a window that goes on.
///
/// # Errors
/// [`AnalysisError::Lake`] when a file cannot be read.
pub fn counted(
    lake: &Lake,
    window: Window,
    now_ms: i64,
) -> Result<HashMap<StageId, StageCounts>, AnalysisError> {
    let mut asked: BTreeMap<StageKey, Vec<(i64, i64)>> = BTreeMap::new();
    for look in metrics_looks(lake.records()) {
        let key = StageKey {
            account: look.account.clone(),
            region: look.region.clone(),
            api: look.api.clone(),
            stage: look.stage.clone(),
        };
        asked.entry(key).or_default().push((look.from_ms, look.to_ms));
    }
    let sums = metric_sums(lake, window, &["CacheHitCount", "CacheMissCount"])?;
    let mut counts = HashMap::new();
    for (key, mut spans) in asked {
        spans.sort_unstable();
        if !covers(&spans, window.from_ms, window.to_ms.min(now_ms)) {
            continue;
        }
        let found = sums.cache(&key);
        if found.hits.is_none() && found.misses.is_none() {
            continue;
        }
        // There is no value for an hour without one: what was asked for and is not there is none.
        let counted = |found: crate::analysis::CacheCounts| CacheCounts {
            hits: found.hits.unwrap_or(0),
            misses: found.misses.unwrap_or(0),
        };
        let of_method = |method: &&MethodKey| {
            let found = sums.method_cache(method);
            found.hits.is_some() || found.misses.is_some()
        };
        let methods = sums.methods(&key).into_iter().filter(of_method);
        let methods = methods
            .map(|method| ((method.method.clone(), method.route.clone()), counted(sums.method_cache(method))))
            .collect();
        let counted = StageCounts { all: counted(found), methods };
        let StageKey { account, region, api, stage } = key;
        counts.insert(StageId { account, region, api, stage }, counted);
    }
    Ok(counts)
}

/// Whether spans in the order of their beginnings leave no gap between two times.
fn covers(spans: &[(i64, i64)], from_ms: i64, to_ms: i64) -> bool {
    let mut until_ms = from_ms;
    for (begin, end) in spans {
        if *begin <= until_ms {
            until_ms = until_ms.max(*end);
        }
    }
    until_ms >= to_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_was_not_asked_for_leaves_a_gap() {
        assert!(covers(&[(0, 10), (10, 20)], 5, 20));
        assert!(covers(&[(0, 15), (10, 20)], 0, 18));
        assert!(!covers(&[(0, 10), (11, 20)], 0, 20));
        assert!(!covers(&[(0, 10)], 0, 11));
        assert!(!covers(&[(5, 10)], 0, 10));
        assert!(covers(&[], 7, 7));
    }
}
