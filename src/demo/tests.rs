//! What `gwcost demo` promises: exact counts, order, repeatability, and something of everything.

use std::collections::{BTreeMap, BTreeSet};

use super::variable::VARIABLES;
use super::{Api, Kind, Request, Traffic, Variable, example_apis, share_requests};

/// October 2026, UTC epoch ms.
const FROM: i64 = 1_790_812_800_000;
const TO: i64 = 1_793_491_200_000;

/// Every gateway response type with its default status.
const RESPONSE_TYPES: [(&str, &str); 21] = [
    ("ACCESS_DENIED", "403"),
    ("API_CONFIGURATION_ERROR", "500"),
    ("AUTHORIZER_CONFIGURATION_ERROR", "500"),
    ("AUTHORIZER_FAILURE", "500"),
    ("BAD_REQUEST_BODY", "400"),
    ("BAD_REQUEST_PARAMETERS", "400"),
    ("DEFAULT_4XX", "400"),
    ("DEFAULT_5XX", "500"),
    ("EXPIRED_TOKEN", "403"),
    ("INTEGRATION_FAILURE", "504"),
    ("INTEGRATION_TIMEOUT", "504"),
    ("INVALID_API_KEY", "403"),
    ("INVALID_SIGNATURE", "403"),
    ("MISSING_AUTHENTICATION_TOKEN", "403"),
    ("QUOTA_EXCEEDED", "429"),
    ("REQUEST_TOO_LARGE", "413"),
    ("RESOURCE_NOT_FOUND", "404"),
    ("THROTTLED", "429"),
    ("UNAUTHORIZED", "401"),
    ("UNSUPPORTED_MEDIA_TYPE", "415"),
    ("WAF_FILTERED", "403"),
];

fn value(request: &Request<'_>, name: &str) -> Option<String> {
    let mut out = Vec::new();
    let set = request.write(Variable::resolve(name).unwrap(), &mut out);
    assert_eq!(set, !out.is_empty(), "{name}");
    set.then(|| String::from_utf8(out).unwrap())
}

fn number(request: &Request<'_>, name: &str) -> Option<u64> {
    value(request, name).map(|text| text.parse().unwrap())
}

fn lines(api: &Api, seed: u64, requests: u64) -> Vec<u8> {
    let variables: Vec<Variable> =
        VARIABLES.iter().map(|(name, ..)| Variable::resolve(name).unwrap()).collect();
    let mut out = Vec::new();
    for request in Traffic::new(api, seed, requests, FROM, TO) {
        for &variable in &variables {
            if !request.write(variable, &mut out) {
                out.push(b'-');
            }
            out.push(b' ');
        }
    }
    out
}

/// Runs a check on every request of the whole example.
fn for_all(total: u64, mut check: impl FnMut(&Api, &Request<'_>)) {
    let apis = example_apis();
    for (api, requests) in apis.iter().zip(share_requests(&apis, total)) {
        for request in Traffic::new(api, 1, requests, FROM, TO) {
            check(api, &request);
        }
    }
}

#[test]
fn counts_are_exact_times_ordered_and_inside() {
    for api in &example_apis() {
        for (requests, from, to) in [
            (0, FROM, TO),
            (1, FROM, TO),
            (9_999, FROM, TO),
            (500, FROM + 59_999, FROM + 60_001),
            (77, FROM + 1, FROM + 2),
            (3_000, -90_000, 5_000_000),
        ] {
            let times: Vec<i64> =
                Traffic::new(api, 7, requests, from, to).map(|request| request.time_ms()).collect();
            assert_eq!(times.len() as u64, requests, "{}", api.name);
            assert!(times.is_sorted());
            assert!(times.iter().all(|time| (from..to).contains(time)));
        }
        assert_eq!(Traffic::new(api, 7, 10, TO, TO).count(), 0);
        assert_eq!(Traffic::new(api, 7, 10, TO, FROM).count(), 0);
    }
}

#[test]
fn a_seed_determines_the_bytes() {
    for api in &example_apis() {
        assert_eq!(lines(api, 3, 2_000), lines(api, 3, 2_000));
        assert_ne!(lines(api, 3, 2_000), lines(api, 4, 2_000));
    }
}

/// Fails when a change moves the demo's bytes: then its documented figures move as well.
#[test]
fn the_bytes_have_not_changed() {
    let digest = example_apis().iter().fold(0, |digest, api| {
        super::rng::mix(digest ^ super::rng::hash(&String::from_utf8(lines(api, 1, 500)).unwrap()))
    });
    assert_eq!(digest, 0x0239_ceb2_cc13_508d);
}

#[test]
fn shares_add_up() {
    let apis = example_apis();
    for total in [0, 1, 2, 7, 999, 200_000, 10_000_019, u64::MAX] {
        let shares = share_requests(&apis, total);
        assert_eq!(shares.iter().map(|&share| u128::from(share)).sum::<u128>(), u128::from(total));
    }
    assert_eq!(share_requests(&apis, 1_000), [480, 15, 120, 240, 65, 80]);
    assert_eq!(share_requests(&[], 5), [0; 0]);
    let idle: Vec<Api> = apis.into_iter().map(|api| Api { weight: 0, ..api }).collect();
    assert_eq!(share_requests(&idle, 8), [2, 2, 1, 1, 1, 1]);
}

#[test]
fn every_gateway_response_appears_with_its_status() {
    let mut seen = BTreeSet::new();
    for_all(200_000, |_, request| {
        let status = value(request, "status").unwrap();
        seen.extend(value(request, "error.responseType").map(|name| (name, status)));
    });
    let seen: Vec<(&str, &str)> =
        seen.iter().map(|(name, status)| (name.as_str(), status.as_str())).collect();
    assert_eq!(seen, RESPONSE_TYPES);
}

#[test]
fn refusals_call_no_integration_and_failures_do() {
    const FAILURES: [&str; 3] = ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "API_CONFIGURATION_ERROR"];
    for_all(50_000, |api, request| {
        let response = value(request, "error.responseType");
        let failed = response.as_deref().is_some_and(|name| FAILURES.contains(&name));
        let latency = number(request, "integration.latency");
        let function = number(request, "integration.status");
        let mock = value(request, "httpMethod").as_deref() == Some("OPTIONS");
        assert_eq!(latency.is_some(), failed || response.is_none() && !mock, "{response:?}");
        assert_eq!(latency, number(request, "integrationLatency"));
        assert_eq!(function.is_some(), response.is_none() && !mock);
        assert_eq!(value(request, "integration.error").is_some(), failed);
        assert_eq!(value(request, "error.message").is_some(), response.is_some());
        if function.is_some() {
            assert_eq!(function, number(request, "status"));
            assert_eq!(number(request, "integration.integrationStatus"), Some(200));
        }
        if response.is_some() && !failed {
            for name in ["integrationStatus", "integration.requestId", "awsEndpointRequestId"] {
                assert_eq!(value(request, name), None, "{name}");
            }
        }
        if api.kind != Kind::WebSocket {
            let overhead = number(request, "responseLatency").unwrap() - latency.unwrap_or(0);
            assert!((2..=40).contains(&overhead), "{overhead}");
        }
        if response.as_deref() == Some("MISSING_AUTHENTICATION_TOKEN") {
            assert_eq!(value(request, "resourcePath"), None);
            assert_eq!(value(request, "routeKey"), None);
        }
    });
}

#[test]
fn values_look_as_in_a_log() {
    for_all(20_000, |api, request| {
        for (name, ..) in VARIABLES {
            let Some(text) = value(request, name) else {
                continue;
            };
            let inner = match *name {
                "error.messageString" => text.trim_matches('"'),
                _ => &text,
            };
            assert!(
                !inner.contains(['"', '\\', '\n', '{']) || *name == "routeKey" || *name == "resourcePath",
                "{name} {text}"
            );
        }
        match api.kind {
            Kind::Rest => {
                let path = value(request, "path").unwrap();
                assert!(path.starts_with(&format!("/{}/", api.stage)), "{path}");
                assert_eq!(value(request, "routeKey"), None);
            }
            Kind::Http => {
                let processed = number(request, "dataProcessed").unwrap();
                assert!(processed > number(request, "responseLength").unwrap());
                assert_eq!(value(request, "resourcePath"), None);
            }
            Kind::WebSocket => assert_eq!(value(request, "accountId"), None),
        }
    });
    assert_eq!(Variable::resolve("identity.apiKey"), None);
    assert_eq!(Variable::resolve("requestLength"), None);
}

#[test]
fn ids_are_unique_and_endpoints_many() {
    let mut ids = BTreeSet::new();
    let mut endpoints = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut large = 0;
    for_all(100_000, |api, request| {
        assert!(ids.insert(value(request, "extendedRequestId").unwrap()));
        let name = value(request, "resourcePath").or_else(|| value(request, "routeKey"));
        endpoints.extend(name.map(|name| (api.name, value(request, "httpMethod"), name)));
        keys.extend(value(request, "identity.apiKeyId"));
        large += u64::from(number(request, "responseLength") > Some(512 * 1_024));
    });
    assert_eq!(endpoints.len(), 70);
    assert_eq!(keys.len(), 12);
    assert!(large > 500, "{large}");
}

#[test]
fn connections_open_before_they_speak() {
    let apis = example_apis();
    let chat = apis.iter().find(|api| api.kind == Kind::WebSocket).unwrap();
    let mut open = BTreeMap::new();
    let (mut connects, mut closes) = (0, 0);
    for request in Traffic::new(chat, 2, 60_000, FROM, TO) {
        let Some(id) = value(&request, "connectionId") else {
            assert_eq!(value(&request, "eventType"), None);
            continue;
        };
        let connected = number(&request, "connectedAt").unwrap();
        let event = value(&request, "eventType").unwrap();
        assert_eq!(value(&request, "messageId").is_some(), event == "MESSAGE");
        match event.as_str() {
            "CONNECT" => {
                assert_eq!(connected, request.time_ms().unsigned_abs());
                if value(&request, "status").as_deref() == Some("200") {
                    connects += 1;
                    assert_eq!(open.insert(id, connected), None);
                }
            }
            "MESSAGE" => assert_eq!(open.get(&id), Some(&connected)),
            _ => {
                closes += 1;
                assert_eq!(open.remove(&id), Some(connected));
            }
        }
        assert!(request.time_ms().unsigned_abs() - connected < 2 * 3_600_000);
    }
    assert!(connects > 4_000, "{connects}");
    assert!(closes < connects && closes > connects * 8 / 10, "{closes} of {connects}");
}

#[test]
fn bursts_fill_a_second_or_two() {
    let apis = example_apis();
    let mut seconds: BTreeMap<i64, u64> = BTreeMap::new();
    for request in Traffic::new(&apis[0], 1, 96_000, FROM, TO) {
        *seconds.entry(request.time_ms() / 1_000).or_default() += 1;
    }
    // 96,000 in a month is one in 28 seconds.
    assert!(seconds.values().filter(|&&count| count >= 15).count() >= 10);
}
