//! Rules that take a replay: headroom below limits, and what caches bring.

use gwcost_core::model::{GateMeasure, day_of_ms};

use super::GateQuestion;
use super::hold::{Held, subject};
use super::result::GateResult;
use crate::analysis::cache::{CacheQuestion, CallPrice, CardRates, Observed, StageId, cache, counted};
use crate::analysis::catalog::Catalog;
use crate::analysis::{AnalysisError, LimitHeadroom, ThrottleQuestion, throttle};
use crate::lake::Lake;

/// Memory for the keys of a replay that only what is there is asked of.
const MEMORY: u64 = 1 << 28;

/// Whether a measure is one of these.
pub(super) fn is_about_limits(measure: GateMeasure) -> bool {
    matches!(measure, GateMeasure::Headroom | GateMeasure::CacheNet)
}

/// Holds each limit, or each cache, that the scope selects.
pub(super) fn hold(
    lake: &Lake,
    catalog: &Catalog,
    question: &GateQuestion<'_>,
    held: &Held<'_>,
) -> Result<Vec<GateResult>, AnalysisError> {
    if held.rule.tag.is_some() {
        return Ok(vec![held.nothing("a tag cannot select limits or caches: name the api instead")]);
    }
    let results = match held.measure {
        GateMeasure::Headroom => headroom(lake, question, held)?,
        _ => caches(lake, catalog, question, held)?,
    };
    Ok(if results.is_empty() { vec![held.empty("nothing of it is in the scope")] } else { results })
}

fn headroom(
    lake: &Lake,
    question: &GateQuestion<'_>,
    held: &Held<'_>,
) -> Result<Vec<GateResult>, AnalysisError> {
    let filters = held.scope.clone();
    let asked =
        ThrottleQuestion { window: question.window, filters, settings: question.history, typed: None };
    let answer = throttle(lake, &asked)?;
    let limits = answer.limits.iter().filter(|limit| limit.arrivals >= held.rule.min_requests);
    let result = |limit: &LimitHeadroom| {
        let growth = limit.growth.map(|growth| growth.to_first_refusal);
        let found = growth.ok_or_else(|| "the limit is not known, or cannot be replayed".to_owned());
        held.result(format!("{} {}", limit.id.scope, limit.id.name()), found, held.limit)
    };
    Ok(limits.map(result).collect())
}

fn caches(
    lake: &Lake,
    catalog: &Catalog,
    question: &GateQuestion<'_>,
    held: &Held<'_>,
) -> Result<Vec<GateResult>, AnalysisError> {
    if question.settings.is_none() {
        let reason =
            "which caches there are is not known: the lake holds no settings (gwcost ingest settings:)";
        return Ok(vec![held.nothing(reason)]);
    }
    let asked = CacheQuestion {
        window: question.window,
        now_ms: question.now_ms,
        filters: held.scope.clone(),
        ttls: vec![300],
        sizes: Vec::new(),
        methods: vec!["GET".to_owned()],
        key: Vec::new(),
        divided: None,
        shared: false,
        backend: held.rule.backend_cost.map_or(CallPrice::Unknown, CallPrice::Each),
        authorizer: CallPrice::Unknown,
        authorizer_ttls: vec![300],
        memory: MEMORY,
        currency: catalog.currency().to_owned(),
        settings: question.settings.cloned(),
        history: question.history.to_vec(),
        counts: counted(lake, question.window, question.now_ms)?,
    };
    let rates = CardRates::new(catalog, day_of_ms(question.window.from_ms));
    let answer = cache(lake, &rates, &asked)?;
    let with_cache = answer.stages.into_iter().filter_map(|stage| Some((stage.id, stage.observed?)));
    let unknown = match held.rule.backend_cost {
        Some(_) => "its hits or its price are not known",
        None => "what a call of the backend costs is not known: add backend_cost to the rule",
    };
    let result = |(id, observed): (StageId, Observed)| {
        let key = [id.account, id.region, id.api, id.stage].map(Some);
        held.result(subject(&key), observed.net.ok_or_else(|| unknown.to_owned()), held.limit)
    };
    Ok(with_cache.map(result).collect())
}
