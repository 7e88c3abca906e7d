//! How often a stage's authorizer is asked at each result TTL: the same replay, keyed by the caller.

use gwcost_core::model::Window;
use gwcost_core::model::settings::AuthorizerType;
use gwcost_core::pricing::{per_month, rounded};

use super::CacheQuestion;
use super::options::{Scale, length_ms};
use super::prices::Prices;
use super::result::{AuthorizerCache, AuthorizerOption};
use super::stage::{StageReplay, rest_stage};
use crate::analysis::AnalysisError;

/// The authorizer of a stage; `None` where the log knows no caller.
pub(super) fn authorizer(
    question: &CacheQuestion,
    prices: &Prices<'_>,
    stage: &StageReplay,
    halvings: u32,
    period: Option<Window>,
) -> Result<Option<AuthorizerCache>, AnalysisError> {
    let replayed = &stage.authorizer;
    if replayed.requests == 0 {
        return Ok(None);
    }
    let outcomes = replayed.outcome();
    let sampled = outcomes.first().map_or(0, |outcome| outcome.requests);
    let scale = Scale { requests: replayed.requests, replayed: sampled };
    let backend = prices.authorizer(&stage.id.region);
    let mut options = Vec::new();
    for (ttl, outcome) in question.authorizer_ttls.iter().zip(&outcomes) {
        let invocations = replayed.requests - scale.up(outcome.hits).min(replayed.requests);
        // Each takes as long as it takes on average: the log does not say which requests asked.
        let time = u128::from(invocations) * u128::from(replayed.latency_ms);
        let time_ms = time.checked_div(u128::from(replayed.timed)).and_then(|time| u64::try_from(time).ok());
        let cost = match &backend {
            Some(backend) if !backend.is_timed() => Some(backend.cost(invocations, 0)?),
            Some(backend) => time_ms.map(|time_ms| backend.cost(invocations, time_ms)).transpose()?,
            None => None,
        };
        options.push(AuthorizerOption {
            ttl_seconds: *ttl,
            invocations,
            cost: cost.map(rounded),
            cost_per_month: cost.and_then(|cost| per_month(cost, length_ms(period))).map(rounded),
        });
    }
    Ok(Some(AuthorizerCache {
        id: stage.id.clone(),
        configured: configured(question, stage),
        requests: replayed.requests,
        principals: u64::from(replayed.keys) << halvings,
        options,
    }))
}

/// The Lambda authorizers of the stage's API.
fn configured(question: &CacheQuestion, stage: &StageReplay) -> Vec<String> {
    let Some((api, _)) = rest_stage(question.settings.as_ref(), &stage.id) else { return Vec::new() };
    let asked = api.authorizers.iter().flatten().filter_map(|authorizer| {
        let kind = authorizer.kind.as_ref()?;
        if !matches!(kind, AuthorizerType::Token | AuthorizerType::Request) {
            return None;
        }
        let name = authorizer.name.as_deref().unwrap_or(&authorizer.id);
        let ttl = authorizer.result_ttl_seconds.map_or_else(String::new, |ttl| format!(", {ttl} s"));
        Some(format!("{name} ({kind}){ttl}"))
    });
    asked.collect()
}
