//! What an API would lose elsewhere, from its settings.

use std::collections::BTreeMap;

use gwcost_core::model::settings::{
    AuthorizationType, EndpointType, IntegrationType, Method, ResponseTransferMode, RestApi, RestStage,
};

use super::result::{Blocker, Verdict};

/// The longest that an HTTP API waits for a backend, in milliseconds.
const LONGEST_HTTP_TIMEOUT_MS: u32 = 30_000;

/// Methods that are named; the others are counted.
const MOST_METHODS: usize = 20;

/// What a stage of a REST API uses that an HTTP API does not have, and whether it can move.
pub(super) fn to_http(
    api: &RestApi,
    stage: &RestStage,
    has_plan: bool,
    methods_throttled: bool,
) -> (Verdict, Vec<Blocker>) {
    let mut found: BTreeMap<usize, Blocker> = BTreeMap::new();
    for (at, (name, what, hard, uses)) in OF_METHODS.iter().enumerate() {
        let mut methods: Vec<String> = Vec::new();
        for resource in api.resources.iter().flatten() {
            for method in resource.methods.iter().filter(|method| uses(method)) {
                methods.push(format!("{} {}", method.http_method, resource.path));
            }
        }
        if !methods.is_empty() {
            if methods.len() > MOST_METHODS {
                let more = methods.len() - MOST_METHODS;
                methods.truncate(MOST_METHODS);
                methods.push(format!("and {more} more"));
            }
            found.insert(at, Blocker { name, what, hard: *hard, methods });
        }
    }
    let mut blockers: Vec<Blocker> = found.into_values().collect();
    let mut whole = |holds: bool, name, what, hard| {
        if holds {
            blockers.push(Blocker { name, what, hard, methods: Vec::new() });
        }
    };
    let is = |kind: EndpointType| api.endpoint_types.contains(&kind);
    let caches = stage.cache_size().is_some();
    let responses = api.custom_gateway_responses.as_ref().is_some_and(|types| !types.is_empty());
    whole(is(EndpointType::Private), "private_endpoint", "an HTTP API has no private endpoint", true);
    whole(
        is(EndpointType::Edge),
        "edge_endpoint",
        "an HTTP API is regional: put a CloudFront distribution of your own in front",
        false,
    );
    whole(
        has_plan,
        "usage_plans",
        "an HTTP API has no usage plans: quotas and throttles for each client have to be counted elsewhere",
        false,
    );
    whole(methods_throttled, "per_client_throttles", "an HTTP API throttles routes, not clients", false);
    whole(caches, "cache", "an HTTP API has no cache: CloudFront in front can keep answers", false);
    whole(
        stage.web_acl_arn.is_some(),
        "waf",
        "an HTTP API takes no web ACL: attach it to a CloudFront distribution in front",
        false,
    );
    whole(
        api.resource_policy,
        "resource_policy",
        "an HTTP API has no resource policy: check addresses and accounts in an authorizer or in WAF on CloudFront",
        false,
    );
    whole(stage.tracing_enabled, "xray", "an HTTP API does not trace: instrument the backend", false);
    whole(
        stage.canary.is_some(),
        "canary",
        "an HTTP API has no canaries: shift a weighted alias of the function instead",
        false,
    );
    whole(responses, "gateway_responses", "an HTTP API's own errors cannot be rewritten", false);
    whole(
        api.minimum_compression_size.is_some(),
        "compression",
        "an HTTP API does not compress: let the backend or CloudFront do it",
        false,
    );
    (verdict(api, &blockers), blockers)
}

fn verdict(api: &RestApi, blockers: &[Blocker]) -> Verdict {
    if blockers.iter().any(|blocker| blocker.hard) {
        Verdict::Cannot
    } else if api.resources.is_none() {
        // What its methods use is not known.
        Verdict::Unknown
    } else if blockers.is_empty() {
        Verdict::MovesAsIs
    } else {
        Verdict::MovesWithWork
    }
}

/// A name, what it is, whether it cannot be rebuilt, and which methods use it.
type OfMethods = (&'static str, &'static str, bool, fn(&Method) -> bool);

const OF_METHODS: [OfMethods; 9] = [
    ("streaming", "an HTTP API does not stream responses", true, |method| {
        let mode = method.integration.as_ref().and_then(|of| of.response_transfer_mode.as_ref());
        mode == Some(&ResponseTransferMode::Stream)
    }),
    ("timeout", "an HTTP API waits 30 seconds at most", true, |method| {
        let timeout = method.integration.as_ref().and_then(|of| of.timeout_ms);
        timeout.is_some_and(|timeout| timeout > LONGEST_HTTP_TIMEOUT_MS)
    }),
    ("api_keys", "an HTTP API knows no API keys: check them in an authorizer", false, |method| {
        method.api_key_required
    }),
    ("request_validation", "an HTTP API validates no requests: validate in the backend", false, |method| {
        method.request_validator_id.is_some()
    }),
    ("mapping_templates", "an HTTP API has no mapping templates: map in the backend", false, |method| {
        let templates = |of: &gwcost_core::model::settings::RestIntegration| {
            of.request_templates || of.response_templates
        };
        !is_mock(method) && method.integration.as_ref().is_some_and(templates)
    }),
    ("mock", "an HTTP API has no mock integrations; its own CORS setting answers preflights", false, is_mock),
    (
        "custom_integration",
        "an HTTP API passes requests on whole: functions get an event of another shape",
        false,
        |method| {
            let kind = method.integration.as_ref().and_then(|of| of.kind.as_ref());
            matches!(kind, Some(IntegrationType::Aws | IntegrationType::Http))
        },
    ),
    (
        "cognito_authorizer",
        "an HTTP API checks the tokens of user pools with a JWT authorizer",
        false,
        |method| method.authorization_type == Some(AuthorizationType::CognitoUserPools),
    ),
    (
        "lambda_authorizer",
        "an HTTP API's Lambda authorizers get an event of another shape",
        false,
        |method| method.authorization_type == Some(AuthorizationType::Custom),
    ),
];

pub(super) fn is_mock(method: &Method) -> bool {
    let kind = method.integration.as_ref().and_then(|of| of.kind.as_ref());
    kind == Some(&IntegrationType::Mock)
}

#[cfg(test)]
mod tests {
    use gwcost_core::model::settings::{Resource, RestIntegration};

    use super::*;

    fn stage() -> RestStage {
        serde_json::from_str(r#"{"name": "prod"}"#).unwrap()
    }

    fn api(json: &str) -> RestApi {
        serde_json::from_str(json).unwrap()
    }

    fn method(integration: RestIntegration) -> Resource {
        let method = Method {
            integration: Some(integration),
            ..serde_json::from_str(r#"{"http_method": "GET"}"#).unwrap()
        };
        Resource { path: "/items".to_owned(), methods: vec![method] }
    }

    #[test]
    fn a_plain_proxy_moves_as_it_is() {
        let mut plain = api(r#"{"id": "a", "name": "a", "endpoint_types": ["REGIONAL"]}"#);
        assert_eq!(to_http(&plain, &stage(), false, false), (Verdict::Unknown, Vec::new()));
        let proxy = RestIntegration { kind: Some(IntegrationType::AwsProxy), ..RestIntegration::default() };
        plain.resources = Some(vec![method(proxy)]);
        assert_eq!(to_http(&plain, &stage(), false, false), (Verdict::MovesAsIs, Vec::new()));
    }

    #[test]
    fn what_would_be_lost_is_named_with_its_methods() {
        let mut keyed =
            api(r#"{"id": "a", "name": "a", "endpoint_types": ["EDGE"], "resource_policy": true}"#);
        let mut items = method(RestIntegration { request_templates: true, ..RestIntegration::default() });
        items.methods[0].api_key_required = true;
        keyed.resources = Some(vec![items.clone()]);
        let (verdict, blockers) = to_http(&keyed, &stage(), true, false);
        assert_eq!(verdict, Verdict::MovesWithWork);
        let names: Vec<&str> = blockers.iter().map(|blocker| blocker.name).collect();
        assert_eq!(
            names,
            ["api_keys", "mapping_templates", "edge_endpoint", "usage_plans", "resource_policy"]
        );
        assert_eq!(blockers[0].methods, ["GET /items"]);
        items.methods[0].integration =
            Some(RestIntegration { timeout_ms: Some(60_000), ..RestIntegration::default() });
        keyed.resources = Some(vec![items]);
        assert_eq!(to_http(&keyed, &stage(), true, false).0, Verdict::Cannot);
    }
}
