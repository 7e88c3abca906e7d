//! What a reader must know of caches, in sentences: what is odd, what was taken for granted.

use gwcost_core::model::settings::{RestApi, RestStage};
use gwcost_core::pricing::Backend;
use gwcost_core::text::grouped;

use super::pass::Skipped;
use super::prices::CallPrice;
use super::result::{CacheAnalysis, Observed, StageCache};
use super::stage::StageReplay;
use super::{CacheQuestion, LARGEST_RESPONSE};

/// Methods that a finding names, at most.
const NAMED: usize = 5;

/// What is odd about a cache, going by its settings.
pub(super) fn of_settings(
    api: &RestApi,
    stage: &RestStage,
    observed: &Observed,
    is_there: bool,
) -> Vec<String> {
    let mut findings = Vec::new();
    if observed.sizes.len() > 1 {
        let sizes = observed
            .sizes
            .iter()
            .map(|of| format!("{} GB for {} h", of.size_gb, of.hours.round_dp(2).normalize()));
        findings.push(format!(
            "the cache changed inside the window: {}",
            sizes.collect::<Vec<_>>().join(", then ")
        ));
    }
    if !is_there {
        findings.push("the cache is there no longer".to_owned());
    }
    let cached: Vec<_> =
        stage.method_settings.iter().filter(|(_, own)| own.caching_enabled == Some(true)).collect();
    if cached.is_empty() {
        findings.push(format!(
            "a cache of {} GB is billed, but no method is cached: set caching_enabled on a method, or remove the cache",
            observed.size_gb
        ));
    }
    let without_time: Vec<String> = cached
        .iter()
        .filter(|(_, own)| own.cache_ttl_seconds == Some(0))
        .map(|(key, _)| key.to_string())
        .collect();
    if !without_time.is_empty() {
        findings.push(format!("cached with a TTL of 0 s, so nothing is kept: {}", named(without_time)));
    }
    if observed.hits == Some(0) {
        findings.push("the cache was billed and never hit".to_owned());
    }
    if observed.cache_cost.is_none() {
        findings.push(format!("no rate of a cache of {} GB is known for this region", observed.size_gb));
    }
    let open = cached.iter().any(|(_, own)| own.require_authorization_for_cache_control == Some(false));
    if open {
        findings.push(
            "any client can empty its entries with Cache-Control: max-age=0: no permission is required"
                .to_owned(),
        );
    }
    if api.resources.is_none() && !cached.is_empty() {
        findings
            .push("the API's methods are not in the settings, so the cache's key is not known".to_owned());
    }
    findings
}

/// What is odd about a stage, going by the replay.
pub(super) fn of_replay(
    question: &CacheQuestion,
    stage: &StageReplay,
    answer: &StageCache,
    backend: Option<&Backend>,
) -> Vec<String> {
    let mut findings = Vec::new();
    let per_caller: Vec<String> = stage
        .groups
        .iter()
        .filter(|group| group.cacheable > 0 && !group.configured.per_caller.is_empty())
        .map(|group| {
            let method = group.method.as_deref().unwrap_or("?");
            let route = group.route.as_deref().unwrap_or("?");
            format!("{method} {route} by {}", group.configured.per_caller.join(", "))
        })
        .collect();
    if !per_caller.is_empty() {
        findings.push(format!("cached for each caller apart: {}", named(per_caller)));
    }
    if stage.left_out.without_path > 0 && answer.cacheable_requests == 0 {
        findings.push(format!(
            "cannot tell: {} requests could be cached, but the log holds no path: add $context.path to the access \
             log's format",
            grouped(stage.left_out.without_path)
        ));
    } else if stage.left_out.without_path > 0 {
        findings.push(format!(
            "{} requests have no path in the log and are left out",
            grouped(stage.left_out.without_path)
        ));
    }
    if answer.cacheable_requests == 0 {
        return findings;
    }
    if !answer.key_lacks.is_empty() {
        findings.push(format!(
            "hits are an upper bound: the log does not hold what may be part of the key: {}",
            answer.key_lacks.join(", ")
        ));
    }
    for (column, missing) in question.key.iter().zip(&stage.key_missing).filter(|(_, missing)| **missing > 0)
    {
        findings.push(format!(
            "{} of {} requests have no {}: they share one value of it",
            grouped(*missing),
            grouped(answer.cacheable_requests),
            column.name()
        ));
    }
    if answer.unsized_requests > 0 {
        findings.push(format!(
            "{} of {} responses have no size in the log: peaks of bytes are floors",
            grouped(answer.unsized_requests),
            grouped(answer.cacheable_requests)
        ));
    }
    let needs_time = backend.is_some_and(Backend::is_timed);
    match (stage.answers.timed, answer.cacheable_requests) {
        (0, _) if needs_time => findings.push(
            "what hits save is not known: the log holds no integration latency; --backend-cost says what a call costs"
                .to_owned(),
        ),
        (0, _) => findings.push("the log holds no integration latency: time saved is not known".to_owned()),
        (timed, all) if timed < all => findings.push(format!(
            "{} of {} requests have no integration latency in the log, as answers of a cache have none: they count \
             with the mean of the others",
            grouped(all - timed),
            grouped(all)
        )),
        _ => {}
    }
    if backend.is_none() && question.backend != CallPrice::Unknown {
        findings.push(
            "no Lambda rate is known for this region: --backend-cost says what a call costs".to_owned(),
        );
    }
    let unpriced = answer.options.iter().any(|option| option.size.is_some() && option.cache_cost.is_none());
    if unpriced {
        findings.push("sizes without a known rate in this region have no cost".to_owned());
    }
    findings
}

fn named(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let rest = if more > 0 { format!(" and {} more", grouped(more as u64)) } else { String::new() };
    format!("{}{rest}", names.join(", "))
}

/// What holds for the whole answer.
pub(super) fn notes(question: &CacheQuestion, answer: &CacheAnalysis, skipped: &Skipped) -> Vec<String> {
    let mut notes = Vec::new();
    match answer.replayed {
        None => notes.push("the lake holds no requests in this window".to_owned()),
        Some(period) if period != question.window => notes.push(format!(
            "the log covers {} to {} of the window: options are of that time, in whole hours",
            period.from_rfc3339(),
            period.to_rfc3339()
        )),
        Some(_) => {}
    }
    if let Some(sample) = answer.sample {
        notes.push(format!(
            "there are more keys than --memory has room for: one of {} was replayed; errors are two standard errors, \
             measured on the sample",
            grouped(sample.one_in)
        ));
    }
    if question.settings.is_none() {
        notes.push(
            "which stages have a cache is not known: `gwcost ingest settings:` or --settings FILE says it"
                .to_owned(),
        );
    }
    if answer.stages.iter().any(|stage| stage.observed.as_ref().is_some_and(|own| own.hits.is_none())) {
        notes.push(
            "hits and misses of the caches that are there are not known: the lake holds no metrics"
                .to_owned(),
        );
    }
    if question.backend == CallPrice::Unknown && answer.stages.iter().any(|stage| !stage.options.is_empty()) {
        notes.push(
            "what a hit saves is not known: --lambda-memory MB or --backend-cost DOLLARS says what a call costs"
                .to_owned(),
        );
    }
    if question.authorizer == CallPrice::Unknown && !answer.authorizers.is_empty() {
        notes.push("what an authorizer costs is not known: --authorizer-memory MB says it".to_owned());
    }
    if skipped.http > 0 {
        notes.push(format!(
            "{} requests to HTTP APIs, which have no cache: --shared-cache replays one in front of them",
            grouped(skipped.http)
        ));
    }
    if skipped.websocket > 0 {
        notes.push(format!("{} events of WebSocket APIs, which have no cache", grouped(skipped.websocket)));
    }
    notes
}

/// What was taken for granted.
pub(super) fn assumptions(question: &CacheQuestion) -> Vec<String> {
    let mut assumptions = vec![
        format!(
            "An answer can be kept when the method is {}, the status 200, the response not streamed and at most {} \
             bytes.",
            question.methods.join(" or "),
            grouped(LARGEST_RESPONSE)
        ),
        "An entry answers its key from its fill until the TTL has passed; a request after that fills it anew."
            .to_owned(),
        "A hit spares the backend's call and its time; the request itself is billed all the same.".to_owned(),
        "Early hits came before the answer that fills their entry; the cache may have missed them.".to_owned(),
        "Peaks are bytes of responses; what a cache keeps beside them, and how it evicts, AWS does not say."
            .to_owned(),
        "A month is 730 hours.".to_owned(),
    ];
    if question.shared {
        assumptions.push(
            "A shared cache is one in front, such as CloudFront; its own price, and the requests that it spares, are \
             not in these figures."
                .to_owned(),
        );
    } else {
        assumptions.push(
            "A cache costs its hourly rate as long as settings show it, from the stage's creation on at the earliest; \
             before they were read first they are taken to have been the same; parts of an hour count as parts."
                .to_owned(),
        );
    }
    if let CallPrice::Lambda { memory_mb } = question.backend {
        assumptions.push(format!(
            "The backend is a Lambda function of {} MB on x86 that runs as long as the integration takes, in the \
             first price tier, without the free tier.",
            grouped(u64::from(memory_mb))
        ));
    }
    assumptions.push(
        "An authorizer keeps its answer for each caller; callers with several tokens ask more often."
            .to_owned(),
    );
    assumptions
}
