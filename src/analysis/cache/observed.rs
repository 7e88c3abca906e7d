//! The caches that are there, as settings and AWS's own counts have them.

use std::collections::BTreeSet;

use gwcost_core::model::Window;
use gwcost_core::model::settings::{History, RestApi, RestStage};
use gwcost_core::pricing::{CacheSize, break_even_hits_per_hour, cache_cost, rounded, whole_hits};
use rust_decimal::{Decimal, RoundingStrategy};

use super::pass::Pass;
use super::prices::Prices;
use super::result::{HeldSize, Observed, StageCache, StageId};
use super::sentences;
use super::stage::{Replayed, StageReplay};
use super::{CacheQuestion, HOUR_MS, options};
use crate::analysis::AnalysisError;
use crate::analysis::dimension::Dimension;

/// Decimals of hours: a millionth is 3.6 ms.
const HOUR_DECIMALS: u32 = 6;

/// A stage's cache, with what is odd about it.
#[derive(Default)]
pub(super) struct Found {
    observed: Option<Observed>,
    findings: Vec<String>,
}

impl Found {
    /// Puts what is there in front of what could be.
    pub(super) fn into_stage(self, mut stage: StageCache) -> StageCache {
        stage.observed = self.observed;
        stage.findings.splice(0..0, self.findings);
        stage
    }
}

/// The cache of a stage that has requests.
pub(super) fn observed(
    question: &CacheQuestion,
    prices: &Prices<'_>,
    stage: &StageReplay,
) -> Result<Found, AnalysisError> {
    of_settings(question, prices, &stage.id, Some(&stage.answers))
}

/// Stages with a cache that the log has no request of: they are billed all the same.
pub(super) fn without_requests(
    question: &CacheQuestion,
    prices: &Prices<'_>,
    pass: &Pass<'_>,
) -> Result<Vec<StageCache>, AnalysisError> {
    let mut ids = BTreeSet::new();
    for region in question.history.iter().flat_map(|snapshot| &snapshot.regions) {
        for api in region.rest_apis.iter().flatten() {
            ids.extend(api.stages.iter().flatten().map(|stage| StageId {
                account: region.account.clone(),
                region: region.region.clone(),
                api: api.id.clone(),
                stage: stage.name.clone(),
            }));
        }
    }
    let mut stages = Vec::new();
    for id in ids {
        let known = pass.stages.iter().any(|replayed| replayed.id == id);
        if known || !selected(question, &id) || question.filters.are_on(Dimension::Route) {
            continue;
        }
        let mut found = of_settings(question, prices, &id, None)?;
        if found.observed.is_some() {
            found.findings.push("the log holds no request of this stage in the window".to_owned());
            stages.push(found.into_stage(StageCache { id, ..StageCache::default() }));
        }
    }
    Ok(stages)
}

fn selected(question: &CacheQuestion, id: &StageId) -> bool {
    let matches = |dimension, text: &str| question.filters.matches(dimension, text);
    matches(Dimension::Account, &id.account)
        && matches(Dimension::Region, &id.region)
        && matches(Dimension::Api, &id.api)
        && matches(Dimension::Stage, &id.stage)
}

/// A time in which a stage had a cache of one size, with what settings said then.
struct Held<'q> {
    size_gb: Decimal,
    ms: u64,
    api: &'q RestApi,
    stage: &'q RestStage,
}

/// The caches that a stage had in the window up to now, one after the other. The end says whether one is there
/// still.
fn held<'q>(question: &'q CacheQuestion, id: &StageId) -> (Vec<Held<'q>>, bool) {
    let window =
        Window { from_ms: question.window.from_ms, to_ms: question.window.to_ms.min(question.now_ms) };
    let mut held: Vec<Held<'q>> = Vec::new();
    let mut is_there = false;
    for span in History::of(&question.history, &id.account, &id.region).spans(window) {
        is_there = false;
        let Some(api) = span.settings.rest_api(&id.api) else { continue };
        let Some(stage) = api.stage(&id.stage) else { continue };
        let Some(size_gb) = stage.cache_size() else { continue };
        let from_ms = stage.created_at_ms.unwrap_or(i64::MIN).max(span.from_ms);
        let ms = span.to_ms.saturating_sub(from_ms).max(0).unsigned_abs();
        is_there = true;
        match held.last_mut() {
            Some(last) if last.size_gb == size_gb => {
                *last = Held { size_gb, ms: last.ms + ms, api, stage };
            }
            _ => held.push(Held { size_gb, ms, api, stage }),
        }
    }
    (held, is_there)
}

fn hours(ms: u64) -> Decimal {
    let hours = Decimal::from(ms) / Decimal::from(HOUR_MS);
    hours.round_dp_with_strategy(HOUR_DECIMALS, RoundingStrategy::MidpointAwayFromZero).normalize()
}

fn of_settings(
    question: &CacheQuestion,
    prices: &Prices<'_>,
    id: &StageId,
    answers: Option<&Replayed>,
) -> Result<Found, AnalysisError> {
    let (held, is_there) = held(question, id);
    let Some(last) = held.last() else { return Ok(Found::default()) };
    let rate = |size_gb| CacheSize::of_gb(size_gb).and_then(|size| prices.per_hour(&id.region, size));
    let mut sizes = Vec::new();
    let mut cost = Some(Decimal::ZERO);
    for of in &held {
        let exact = rate(of.size_gb).map(|per_hour| cache_cost(per_hour, of.ms)).transpose()?;
        // A size without a rate makes the whole unknown.
        cost = cost.zip(exact).and_then(|(sum, exact)| sum.checked_add(exact));
        sizes.push(HeldSize { size_gb: of.size_gb, hours: hours(of.ms), cache_cost: exact.map(rounded) });
    }
    let cost = cost.map(rounded);
    let per_hour = rate(last.size_gb);
    let there_ms = held.iter().map(|of| of.ms).sum();
    let size_gb = last.size_gb;
    let counts = question.counts.get(id).map(|counts| counts.all);
    // A hit spares what a call of this stage costs on average.
    let timed = answers.filter(|answers| answers.timed > 0);
    let backend = prices.backend(&id.region);
    let per_call = match (&backend, timed) {
        (Some(backend), _) if !backend.is_timed() => Some(backend.cost(1, 0)?),
        (Some(backend), Some(answers)) => {
            let all = backend.cost(answers.timed, answers.latency_ms)?;
            all.checked_div(Decimal::from(answers.timed))
        }
        _ => None,
    };
    let backend_saved = match (per_call, counts) {
        (Some(per_call), Some(counts)) => per_call.checked_mul(Decimal::from(counts.hits)).map(rounded),
        _ => None,
    };
    let time_saved_ms = counts.zip(timed).and_then(|(counts, answers)| {
        let all = u128::from(counts.hits) * u128::from(answers.latency_ms);
        u64::try_from(all / u128::from(answers.timed)).ok()
    });
    let break_even = per_hour.zip(per_call).and_then(|(hour, call)| break_even_hits_per_hour(hour, call));
    let observed = Observed {
        size_gb,
        hours: hours(there_ms),
        sizes,
        cache_cost: cost,
        hits: counts.map(|counts| counts.hits),
        misses: counts.map(|counts| counts.misses),
        hit_ratio: counts.and_then(|counts| options::ratio(counts.hits, counts.hits + counts.misses)),
        backend_saved,
        time_saved_ms,
        net: backend_saved.zip(cost).map(|(saved, cost)| (saved - cost).normalize()),
        break_even_hits_per_hour: break_even.map(whole_hits),
    };
    let findings = sentences::of_settings(last.api, last.stage, &observed, is_there);
    Ok(Found { observed: Some(observed), findings })
}
