//! What CloudFront's cache would have answered: the log replayed with one cache for all callers, which is the most,
//! and with one for each price geography, which is the least that is left when every edge keeps its own.

use std::collections::HashMap;
use std::sync::Arc;

use gwcost_core::model::day_of_ms;

use super::PlacementQuestion;
use crate::analysis::cache::{CacheQuestion, CallPrice, CardRates, StageId, cache};
use crate::analysis::{AnalysisError, Catalog};
use crate::lake::Lake;

/// Methods whose answers CloudFront keeps unless told otherwise.
const METHODS: [&str; 2] = ["GET", "HEAD"];

/// Hits of one TTL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hits {
    pub(super) ttl_seconds: u32,
    /// With one cache for each geography.
    pub(super) low: u64,
    /// With one cache.
    pub(super) high: u64,
}

/// Hits of the stages of which the log holds paths; the others are missing.
pub(super) type StageHits = HashMap<StageId, Vec<Hits>>;

/// Replays the TTLs of a question. `geographies` says which cache a network's callers ask.
pub(super) fn hits(
    lake: &Lake,
    catalog: &Catalog,
    question: &PlacementQuestion,
    geographies: HashMap<String, &'static str>,
) -> Result<StageHits, AnalysisError> {
    let ttls: Vec<u32> = question.ttls.iter().copied().filter(|ttl| *ttl > 0).collect();
    if ttls.is_empty() {
        return Ok(StageHits::new());
    }
    let rates = CardRates::new(catalog, day_of_ms(question.window.from_ms));
    let mut asked = CacheQuestion {
        window: question.window,
        now_ms: question.now_ms,
        filters: question.filters.clone(),
        ttls,
        sizes: Vec::new(),
        methods: METHODS.map(str::to_owned).to_vec(),
        key: Vec::new(),
        divided: None,
        shared: true,
        backend: CallPrice::Unknown,
        authorizer: CallPrice::Unknown,
        authorizer_ttls: Vec::new(),
        memory: question.memory,
        currency: String::new(),
        settings: None,
        history: Vec::new(),
        counts: HashMap::new(),
    };
    let one = cache(lake, &rates, &asked)?;
    // Without places there is one geography, and one cache.
    let many = match geographies.is_empty() {
        true => one.clone(),
        false => {
            asked.divided = Some(Arc::new(geographies));
            cache(lake, &rates, &asked)?
        }
    };
    let mut found = StageHits::new();
    for (one, many) in one.stages.into_iter().zip(many.stages) {
        if one.left_out.without_path > 0 && one.cacheable_requests == 0 {
            continue;
        }
        let options = one.options.iter().zip(&many.options).filter(|(one, _)| one.size.is_none());
        let hits = options
            .map(|(one, many)| Hits {
                ttl_seconds: one.ttl_seconds,
                low: many.hits.min(one.hits),
                high: one.hits,
            })
            .collect();
        found.insert(one.id, hits);
    }
    Ok(found)
}
