//! What to do about each kind of waste.

use std::collections::BTreeMap;

use gwcost_core::model::{Effort, Place, Recommendation, Risk, Saving, Step, Tool};
use rust_decimal::Decimal;

use super::{Waste, WasteItem, WasteKind};

/// Items that stand as evidence.
const MOST_EVIDENCE: usize = 5;

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

/// A recommendation for each kind of waste at each stage.
pub fn of_waste(waste: &Waste) -> Vec<Recommendation> {
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
