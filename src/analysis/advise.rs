//! What to do about the bill: recommendations of all analyses beside each other, each dollar counted once.
//!
//! Recommendations are ranked by what they certainly save in a month, less a part for effort and risk, then by what
//! they may save. Of those that exclude each other at the same place only the better one counts.

use std::collections::BTreeMap;

use gwcost_core::model::{Effort, Place, Recommendation, Risk, Saving, Step, Tool, Window};
use rust_decimal::Decimal;

use super::cache::{Best, CacheAnalysis, StageCache};
use super::throttle::ThrottleAnalysis;
use super::waste::{Waste, WasteItem, WasteKind, a_month};

/// Items of waste that stand as evidence.
const MOST_EVIDENCE: usize = 5;

/// Growth below which a limit is named.
const LEAST_GROWTH: Decimal = Decimal::from_parts(15, 0, 0, false, 1);

/// Advice, the best first.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The half-open UTC window.
    pub window: Window,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// What all requests of the window cost.
    pub cost: Option<Decimal>,
    /// The recommendations in their order.
    pub ranked: Vec<Ranked>,
    /// What those that count save a month.
    pub saving: Saving,
    /// What is often said and the figures refute here, a sentence each.
    pub refuted: Vec<String>,
    /// What a reader must know, a sentence each.
    pub notes: Vec<String>,
}

/// A recommendation in its place.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// What is recommended.
    pub recommendation: Recommendation,
    /// The name of a better one that excludes it; its dollars do not count.
    pub behind: Option<String>,
}

/// Ranks what the analyses recommend; `more` are recommendations that are ready.
pub fn advise(
    waste: &Waste,
    cache: &CacheAnalysis,
    throttle: &ThrottleAnalysis,
    more: Vec<Recommendation>,
) -> Advice {
    let mut all = of_waste(waste);
    all.extend(cache.stages.iter().flat_map(of_stage));
    all.extend(of_limits(throttle));
    all.extend(more);
    let ranked = rank(all);
    let mut saving = Saving::exactly(Decimal::ZERO);
    for ranked in ranked.iter().filter(|ranked| ranked.behind.is_none()) {
        if let Some(of) = ranked.recommendation.saving {
            saving.low += of.low;
            saving.high += of.high;
        }
    }
    let mut notes = waste.notes.clone();
    notes.extend(cache.notes.iter().filter(|note| !waste.notes.contains(note)).cloned());
    Advice {
        window: waste.window,
        currency: waste.currency.clone(),
        cost: waste.cost,
        ranked,
        saving,
        refuted: refuted(waste, cache),
        notes,
    }
}

/// What is left of a certain saving after effort and risk: each takes nothing, a fifth or a half.
pub fn worth(recommendation: &Recommendation) -> Option<Decimal> {
    let effort = match recommendation.effort {
        Effort::Low => 10,
        Effort::Medium => 8,
        Effort::High => 5,
    };
    let risk = match recommendation.risk {
        Risk::Low => 10,
        Risk::Medium => 8,
        Risk::High => 5,
    };
    Some(recommendation.saving?.low * Decimal::new(effort * risk, 2))
}

/// Puts recommendations into their order, and says which of them exclude each other.
pub fn rank(mut all: Vec<Recommendation>) -> Vec<Ranked> {
    Recommendation::rank(&mut all);
    all.sort_by(|one, other| {
        let key = |of: &Recommendation| (worth(of), of.saving.map(|saving| saving.high));
        key(other).cmp(&key(one))
    });
    let mut ranked: Vec<Ranked> = Vec::new();
    for recommendation in all {
        let behind = ranked
            .iter()
            .filter(|better| better.behind.is_none())
            .map(|better| &better.recommendation)
            .find(|better| exclude(better, &recommendation))
            .map(|better| better.name.clone());
        ranked.push(Ranked { recommendation, behind });
    }
    ranked
}

fn exclude(one: &Recommendation, other: &Recommendation) -> bool {
    let named = one.excludes.contains(&other.name) || other.excludes.contains(&one.name);
    named && overlap(&one.place, &other.place)
}

/// Whether two places have something in common: what is `None` is meant as a whole.
fn overlap(one: &Place, other: &Place) -> bool {
    let meets = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    one.account == other.account
        && one.region == other.region
        && meets(&one.api, &other.api)
        && meets(&one.stage, &other.stage)
        && meets(&one.method, &other.method)
        && meets(&one.route, &other.route)
}

/// What is said of a kind of waste.
struct Said {
    title: &'static str,
    /// The tenths of the cost that are certainly saved.
    least: i64,
    effort: Effort,
    risk: Risk,
    assumption: &'static str,
    apply: &'static str,
    check: &'static str,
    excludes: &'static [&'static str],
}

fn said(kind: WasteKind) -> Option<Said> {
    let (title, least, effort, risk, assumption, apply, check) = match kind {
        WasteKind::Errors => (
            "Mend what makes billed errors",
            0,
            Effort::Medium,
            Risk::Low,
            "some errors are right answers, so nothing is certain to go away",
            "Look at each endpoint and cause below; validate requests before the backend, and mend callers that \
             send what is refused.",
            "gwcost diff: the error rate of these endpoints falls",
        ),
        WasteKind::Retries => (
            "Let callers wait longer before they try again",
            0,
            Effort::Medium,
            Risk::Low,
            "a retry that succeeds is needed once; what fails again is not",
            "Use exponential backoff with jitter in callers, and mend the 5xx and 429 that come before.",
            "gwcost waste: fewer retries",
        ),
        WasteKind::Preflights => (
            "Let browsers keep the answers to preflights",
            0,
            Effort::Low,
            Risk::Low,
            "how long a browser keeps an answer is its own choice, some hours at most",
            "Send Access-Control-Max-Age: 7200 with the answer to OPTIONS; for HTTP APIs it is MaxAge of the CORS \
             configuration.",
            "gwcost analyze --method OPTIONS: fewer requests",
        ),
        WasteKind::Robots => (
            "Keep robots and scanners out",
            0,
            Effort::Medium,
            Risk::Medium,
            "user agents are claims, and whatever keeps robots out costs something itself",
            "Put an API key or an authorizer before what is not public, disable the execute-api endpoint where a \
             custom domain is used, or block user agents with WAF.",
            "gwcost analyze --by user_agent_family: these families are gone",
        ),
        WasteKind::Scans => (
            "Keep clients out that look for what is not there",
            0,
            Effort::Medium,
            Risk::Low,
            "a client with a hundred 403 or 404 in an hour, nine tenths of all it sent, means no good",
            "Disable the execute-api endpoint where a custom domain is used, or limit rates by address with WAF.",
            "gwcost waste: fewer scans",
        ),
        WasteKind::Polling => (
            "Ask half as often, or let the server say what is new",
            5,
            Effort::Medium,
            Risk::Medium,
            "an answer of the same size is no news; half as many requests are certain, all of them possible",
            "Double the interval of these clients, or push changes through a WebSocket API.",
            "gwcost analyze --route: fewer requests",
        ),
        WasteKind::IdleCache => (
            "Switch off a cache that nobody asks",
            10,
            Effort::Low,
            Risk::Low,
            "the log of the stage is in the lake; a stage whose log was not ingested looks idle too",
            "aws apigateway update-stage --rest-api-id API --stage-name STAGE --patch-operations \
             op=replace,path=/cacheClusterEnabled,value=false",
            "gwcost ingest settings:, then gwcost cache: the stage has no cache",
        ),
        WasteKind::LargeResponses => (
            "Make large responses smaller",
            0,
            Effort::Medium,
            Risk::Low,
            "at most the bytes above a MiB of each response are spared; pages, compression or S3 do that",
            "Set minimumCompressionSize, answer in pages, or answer with a presigned URL of S3.",
            "gwcost waste: fewer bytes",
        ),
        WasteKind::Logging => return None,
    };
    let excludes: &[&str] = match kind {
        WasteKind::IdleCache => &["cache_off", "cache_on"],
        WasteKind::Polling => &["cache_on"],
        _ => &[],
    };
    Some(Said { title, least, effort, risk, assumption, apply, check, excludes })
}

fn of_waste(waste: &Waste) -> Vec<Recommendation> {
    let mut groups: BTreeMap<(WasteKind, Place), Vec<&WasteItem>> = BTreeMap::new();
    for item in &waste.items {
        let [account, region, api, stage, ..] = item.endpoint.clone();
        let place = Place {
            account: account.unwrap_or_default(),
            region: region.unwrap_or_default(),
            api,
            stage,
            method: None,
            route: None,
        };
        groups.entry((item.kind, place)).or_default().push(item);
    }
    groups.into_iter().filter_map(|((kind, place), items)| of_items(kind, place, &items)).collect()
}

fn of_items(kind: WasteKind, place: Place, items: &[&WasteItem]) -> Option<Recommendation> {
    let said = said(kind)?;
    let requests: u64 = items.iter().filter_map(|item| item.requests).sum();
    let all: Option<Decimal> = items.iter().map(|item| item.a_month).sum();
    if all.is_some_and(|all| all.is_zero()) {
        return None;
    }
    let saving = all.map(|all| Saving { low: (all * Decimal::new(said.least, 1)).normalize(), high: all });
    let where_to = match (&place.api, &place.stage) {
        (Some(api), Some(stage)) => format!("{api}/{stage}"),
        (Some(api), None) => api.clone(),
        _ => place.region.clone(),
    };
    let figure = if requests > 0 { format!(": {requests} requests") } else { String::new() };
    let evidence = items.iter().take(MOST_EVIDENCE).map(|item| {
        let [.., method, route] = &item.endpoint;
        let parts = [method.as_deref(), route.as_deref(), Some(item.detail.as_str())];
        let what: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let count = item.requests.map(|requests| format!("{requests} requests"));
        let cost = item.a_month.map_or("no price".to_owned(), |cost| format!("{cost} a month"));
        let figures: Vec<String> = count.into_iter().chain([cost]).collect();
        let what = if what.is_empty() { kind.name().to_owned() } else { what.join(" ") };
        format!("{what}: {}", figures.join(", "))
    });
    let tool = if said.apply.starts_with("aws ") { Tool::AwsCli } else { Tool::Words };
    let text = said
        .apply
        .replace(" API ", &format!(" {} ", place.api.as_deref().unwrap_or("API")))
        .replace(" STAGE ", &format!(" {} ", place.stage.as_deref().unwrap_or("STAGE")));
    let text = if tool == Tool::AwsCli { text } else { said.apply.to_owned() };
    Some(Recommendation {
        name: kind.name().to_owned(),
        title: format!("{} at {where_to}{figure}", said.title),
        saving,
        effort: said.effort,
        risk: said.risk,
        evidence: evidence.collect(),
        assumptions: vec![said.assumption.to_owned()],
        apply: vec![Step { tool, text }],
        check: vec![said.check.to_owned()],
        excludes: said.excludes.iter().map(|name| (*name).to_owned()).collect(),
        place,
    })
}

fn of_stage(stage: &StageCache) -> Option<Recommendation> {
    let place = Place {
        account: stage.id.account.clone(),
        region: stage.id.region.clone(),
        api: Some(stage.id.api.clone()),
        stage: Some(stage.id.stage.clone()),
        method: None,
        route: None,
    };
    let at = format!("{}/{}", stage.id.api, stage.id.stage);
    let per_month = |amount: Decimal, hours: Decimal| {
        (!hours.is_zero()).then(|| (amount * Decimal::from(730) / hours).round_dp(10).normalize())
    };
    let recommendation = |name: &str,
                          title: String,
                          saving,
                          effort,
                          risk,
                          evidence,
                          apply: String,
                          other: &str| {
        Recommendation {
            name: name.to_owned(),
            place: place.clone(),
            title,
            saving,
            effort,
            risk,
            evidence,
            assumptions: vec![
                "what a cache spares is the backend; API Gateway bills a request whether a cache answers it or not"
                    .to_owned(),
            ],
            apply: vec![Step { tool: Tool::AwsCli, text: apply }],
            check: vec!["gwcost cache after a week: hits and net".to_owned()],
            excludes: vec![other.to_owned(), "idle_cache".to_owned()],
        }
    };
    let update = format!(
        "aws apigateway update-stage --rest-api-id {} --stage-name {} --patch-operations",
        stage.id.api, stage.id.stage
    );
    match (&stage.best, &stage.observed) {
        (Some(Best::Off), Some(observed)) => {
            let loss = observed.net.map(|net| -net).filter(|loss| *loss > Decimal::ZERO)?;
            let saving = per_month(loss, observed.hours).map(Saving::exactly);
            let hits = observed.hits.map_or("unknown".to_owned(), |hits| hits.to_string());
            Some(recommendation(
                "cache_off",
                format!("Switch off the cache of {at}: no cache pays there"),
                saving,
                Effort::Low,
                Risk::Medium,
                vec![format!("{} GB, {hits} hits in {} hours", observed.size_gb, observed.hours)],
                format!("{update} op=replace,path=/cacheClusterEnabled,value=false"),
                "cache_on",
            ))
        }
        (Some(Best::Cache { ttl_seconds, size, net_per_month, .. }), None) => {
            let option = stage
                .options
                .iter()
                .find(|option| option.ttl_seconds == *ttl_seconds && option.size == Some(*size))?;
            Some(recommendation(
                "cache_on",
                format!("A cache of {size} GB and {ttl_seconds} s pays at {at}"),
                net_per_month.map(Saving::exactly),
                Effort::Low,
                Risk::Medium,
                vec![format!(
                    "{} of {} cacheable requests would have been hits ({})",
                    option.hits,
                    stage.cacheable_requests,
                    option.basis.name()
                )],
                format!(
                    "{update} op=replace,path=/cacheClusterEnabled,value=true \
                     op=replace,path=/cacheClusterSize,value={size}"
                ),
                "cache_off",
            ))
        }
        _ => None,
    }
}

/// Limits that refuse soon: no dollars, but requests that fail.
fn of_limits(throttle: &ThrottleAnalysis) -> Vec<Recommendation> {
    throttle
        .limits
        .iter()
        .filter_map(|limit| {
            let growth = limit.growth.filter(|growth| growth.to_first_refusal < LEAST_GROWTH)?;
            Some(Recommendation {
                name: "throttle_headroom".to_owned(),
                place: Place::default(),
                title: format!(
                    "Look at the limit of {} {}: it refuses when traffic grows {} times",
                    limit.id.scope,
                    limit.id.name(),
                    growth.to_first_refusal
                ),
                saving: None,
                effort: Effort::Low,
                risk: Risk::Medium,
                evidence: vec![format!(
                    "{} requests met it; {} would have been refused",
                    limit.arrivals,
                    limit.refused.map_or("unknown".to_owned(), |refused| refused.high.to_string())
                )],
                assumptions: Vec::new(),
                apply: vec![Step {
                    tool: Tool::Words,
                    text: "Raise the limit, or ask AWS for a higher one of the account; gwcost throttle says which \
                           rate and burst would do."
                        .to_owned(),
                }],
                check: vec!["gwcost throttle --fail-below 1.5x".to_owned()],
                excludes: Vec::new(),
            })
        })
        .collect()
}

/// What guides say and the figures do not.
fn refuted(waste: &Waste, cache: &CacheAnalysis) -> Vec<String> {
    let mut refuted = Vec::new();
    let (Some(cost), true) = (waste.cost, waste.requests > 0) else { return refuted };
    let month = a_month(cost, waste.window);
    let hits: u64 = cache.stages.iter().filter_map(|stage| stage.observed.as_ref()?.hits).sum();
    let said = if hits > 0 {
        format!("{hits} hits of the caches here were billed like any other request")
    } else {
        let cacheable: u64 = cache.stages.iter().map(|stage| stage.cacheable_requests).sum();
        format!("the {cacheable} requests that a cache could answer here would be billed all the same")
    };
    refuted.push(format!(
        "\"A cache cuts what requests cost\": it does not; {said}. A cache spares the backend, and costs by the hour."
    ));
    refuted.push(format!(
        "\"Regional is cheaper than edge-optimized\": requests and transfer are billed at the same rates; the {month} a \
         month here would be the same."
    ));
    refuted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, low: i64, effort: Effort, excludes: &[&str]) -> Recommendation {
        Recommendation {
            name: name.to_owned(),
            place: Place { api: Some("a".to_owned()), ..Place::default() },
            title: String::new(),
            saving: Some(Saving::exactly(Decimal::from(low))),
            effort,
            risk: Risk::Low,
            evidence: Vec::new(),
            assumptions: Vec::new(),
            apply: Vec::new(),
            check: Vec::new(),
            excludes: excludes.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn effort_takes_a_part_and_what_is_excluded_does_not_count() {
        let ranked = rank(vec![
            named("migrate", 100, Effort::High, &["cache_on"]),
            named("cache_on", 60, Effort::Low, &[]),
            named("other", 1, Effort::Low, &[]),
        ]);
        let shown: Vec<(&str, Option<&str>)> =
            ranked.iter().map(|of| (of.recommendation.name.as_str(), of.behind.as_deref())).collect();
        // 60 at once is more than half of 100.
        assert_eq!(shown, [("cache_on", None), ("migrate", Some("cache_on")), ("other", None)]);
        let mut elsewhere = named("migrate", 100, Effort::High, &["cache_on"]);
        elsewhere.place.api = Some("b".to_owned());
        let ranked = rank(vec![elsewhere, named("cache_on", 60, Effort::Low, &[])]);
        assert!(ranked.iter().all(|of| of.behind.is_none()));
    }
}
