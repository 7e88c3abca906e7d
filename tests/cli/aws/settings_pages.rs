//! Settings over loopback, in AWS's shapes: every list page by page, faults on the way, parts that are denied.
//! moto knows neither pages nor denials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use gwcost::source::aws::{AwsError, settings};
use gwcost_core::model::settings::{RegionSettings, Snapshot};
use serde_json::{Value, json};

use super::client::{config, run};
use super::recorded::{ANY, Fault, Faults, Request, Response, Server};

const ACCOUNT: &str = "123456789012";
/// Items of a list, and of one page of it.
const ITEMS: usize = 7;
const PAGE: usize = 3;

/// One item of the list at a path. `None`: there is no such list.
fn item(path: &str, number: usize) -> Option<Value> {
    let id = format!("id{number}");
    Some(match path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["restapis"] => json!({"id": id, "name": format!("rest {number}"),
            "endpointConfiguration": {"types": ["EDGE"]}}),
        ["restapis", _, "resources"] => json!({"id": id, "path": format!("/{number}"), "resourceMethods":
            {"GET": {"httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "id0"}}}),
        ["restapis", _, "authorizers"] => json!({"id": id, "name": "a", "type": "TOKEN"}),
        ["restapis", _, "gatewayresponses"] => {
            let kinds = ["ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "QUOTA_EXCEEDED"];
            json!({"responseType": kinds.get(number).unwrap_or(&"UNAUTHORIZED"), "defaultResponse": number != 4})
        }
        ["usageplans"] => json!({"id": id, "name": "plan"}),
        ["usageplans", _, "keys"] => json!({"id": id, "type": "API_KEY", "value": "s3cret", "name": "k"}),
        ["apikeys"] => json!({"id": id, "name": "k", "enabled": number.is_multiple_of(2), "value": "s3cret"}),
        // The first four are in both control planes.
        ["domainnames"] => json!({"domainName": format!("d{number}.example.com"),
            "endpointConfiguration": {"types": ["EDGE"]}}),
        ["domainnames", _, "basepathmappings"] => {
            json!({"basePath": "(none)", "restApiId": id, "stage": "s"})
        }
        ["vpclinks"] => json!({"id": format!("one{number}"), "name": "l", "status": "AVAILABLE"}),
        ["v2", "apis"] => {
            json!({"apiId": format!("v2{id}"), "name": format!("http {number}"), "protocolType": "HTTP",
            "createdDate": "2020-04-07T20:21:59Z"})
        }
        ["v2", "apis", _, "stages"] => json!({"stageName": format!("s{number}"), "defaultRouteSettings": {}}),
        ["v2", "apis", _, "routes"] => json!({"routeId": id, "routeKey": format!("GET /{number}"),
            "authorizationType": "JWT", "authorizerId": "id0"}),
        ["v2", "apis", _, "integrations"] => json!({"integrationId": id, "integrationType": "HTTP_PROXY"}),
        ["v2", "apis", _, "authorizers"] => json!({"authorizerId": id, "name": "a", "authorizerType": "JWT"}),
        ["v2", "domainnames"] => json!({"domainName": format!("d{}.example.com", number + 3),
            "domainNameConfigurations": [{"endpointType": "REGIONAL"}]}),
        ["v2", "domainnames", _, "apimappings"] => {
            json!({"apiId": id, "stage": "s", "apiMappingKey": format!("p/{number}")})
        }
        ["v2", "vpclinks"] => {
            json!({"vpcLinkId": format!("two{number}"), "name": "l", "vpcLinkStatus": "AVAILABLE"})
        }
        _ => return None,
    })
}

/// The page that a request asks for.
pub fn answer(request: &Request) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if path == "/account" {
        let throttle = json!({"rateLimit": 500.5, "burstLimit": 1000});
        return Response::to(request, 200, &json!({"throttleSettings": throttle}));
    }
    if path.starts_with("/restapis/") && path.ends_with("/stages") {
        // As aws-cli's own example has it, and one of a server that fills nothing in.
        let stages = json!([
            {"stageName": "dev", "cacheClusterSize": "0.5", "cacheClusterEnabled": false,
             "cacheClusterStatus": "NOT_AVAILABLE", "createdDate": 1_460_682_074,
             "methodSettings": {"~1a~1{id}/GET": {"cacheTtlInSeconds": 300, "loggingLevel": "INFO",
                "throttlingRateLimit": 500.0, "throttlingBurstLimit": 1000, "cachingEnabled": false}}},
            {"stageName": "live", "cacheClusterSize": "6.1", "cacheClusterEnabled": true,
             "methodSettings": {"*/*": {"cachingEnabled": true}, "nonsense": {}}},
        ]);
        return Response::to(request, 200, &json!({"item": stages}));
    }
    assert_ne!(query("includeValues"), Some("true"), "{}", request.path);
    if path.ends_with("/resources") {
        assert_eq!(query("embed"), Some("methods"), "{}", request.path);
    }
    let v2 = path.starts_with("/v2/");
    let position = query(if v2 { "nextToken" } else { "position" }).unwrap_or("0");
    let first: usize = position.parse().unwrap();
    let items: Option<Vec<Value>> =
        (first..ITEMS.min(first + PAGE)).map(|number| item(path, number)).collect();
    let Some(items) = items else {
        return Response::error(request, 404, "NotFoundException", "no such list");
    };
    let next = (first + PAGE < ITEMS).then(|| (first + PAGE).to_string());
    let page = if v2 {
        json!({"items": items, "nextToken": next})
    } else {
        json!({"item": items, "position": next})
    };
    Response::to(request, 200, &page)
}

fn read(server: &Server) -> Result<RegionSettings, AwsError> {
    run(settings(&config(&server.url(), "eu-west-1"), ACCOUNT))
}

#[test]
fn every_page_of_every_list_is_read() {
    let settings = read(&Server::play(Faults::none(), answer)).unwrap();
    assert_eq!(settings.account_throttle.as_ref().unwrap().throttle.rate.unwrap().to_string(), "500.5");
    let rest = settings.rest_apis.as_ref().unwrap();
    assert_eq!(rest.len(), ITEMS);
    for api in rest {
        assert_eq!(api.resources.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.authorizers.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.custom_gateway_responses.as_deref(), Some(&["QUOTA_EXCEEDED".to_owned()][..]));
    }
    let v2 = settings.v2_apis.as_ref().unwrap();
    assert_eq!(v2.len(), ITEMS);
    for api in v2 {
        assert_eq!(api.stages.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.routes.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.integrations.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.authorizers.as_ref().unwrap().len(), ITEMS, "{}", api.id);
        assert_eq!(api.created_at_ms, Some(1_586_290_919_000));
    }
    let plans = settings.usage_plans.as_ref().unwrap();
    assert_eq!(plans.len(), ITEMS);
    assert!(plans.iter().all(|plan| plan.keys.as_ref().unwrap().len() == ITEMS));
    assert_eq!(settings.plans_of("id3").unwrap().len(), ITEMS);
    assert_eq!(settings.api_keys.as_ref().unwrap().len(), ITEMS);
    assert_eq!(settings.vpc_links.as_ref().unwrap().len(), 2 * ITEMS);
    // d0 to d9: three in one control plane, four in both, three in the other.
    let domains = settings.custom_domains.as_ref().unwrap();
    assert_eq!(domains.len(), 10);
    assert!(domains.iter().all(|domain| domain.mappings.as_ref().unwrap().len() == ITEMS));
    assert_eq!(domains[0].mappings.as_ref().unwrap()[0].path, "");
    assert_eq!(domains[3].mappings.as_ref().unwrap()[0].path, "p/0");
    // The key that is none, in each of the APIs, and nothing else.
    assert_eq!(settings.missing.len(), ITEMS, "{:?}", settings.missing);
    assert!(settings.missing[0].reason.contains("\"nonsense\""), "{:?}", settings.missing[0]);
}

#[test]
fn what_was_not_sent_is_not_zero_and_no_secret_stays() {
    let settings = read(&Server::play(Faults::none(), answer)).unwrap();
    let api = settings.rest_api("id0").unwrap();
    let dev = api.stage("dev").unwrap();
    assert_eq!((dev.cache_cluster_size.unwrap().to_string().as_str(), dev.cache_size()), ("0.5", None));
    let get = dev.method_settings_of("/a/{id}", "GET");
    assert_eq!(get.throttle.unwrap().limit().unwrap().burst, 1000);
    assert_eq!(get.caching_enabled, Some(false));
    let live = api.stage("live").unwrap();
    assert_eq!(live.cache_size().unwrap().to_string(), "6.1");
    let any = live.method_settings_of("/b", "GET");
    assert_eq!((any.caching_enabled, any.cache_ttl_seconds, any.throttle), (Some(true), None, None));
    let snapshot = Snapshot::new(1_793_426_400_000, vec![settings]);
    let text = snapshot.to_json().unwrap();
    assert!(!text.contains("s3cret"), "a value of a key was kept");
    assert_eq!(Snapshot::from_json(&text).unwrap(), snapshot);
}

#[test]
fn faults_on_the_way_change_nothing() {
    let calm = read(&Server::play(Faults::none(), answer)).unwrap();
    let kinds = [&ANY[..], &[Fault::Empty]].concat();
    let server = Server::play(Faults::of(7, 10, &kinds), answer);
    assert_eq!(read(&server).unwrap(), calm);
    assert!(server.faults() > 10, "{} faults", server.faults());
}

#[test]
fn what_is_denied_is_missing_and_the_rest_is_there() {
    let server = Server::play(Faults::none(), |request| {
        let denied = request.path.starts_with("/restapis/id2/resources")
            || request.path.starts_with("/apikeys")
            || request.path.starts_with("/v2/vpclinks");
        let message = "User: arn:aws:iam::123456789012:user/u is not authorized to perform: apigateway:GET";
        if denied { Response::error(request, 403, "AccessDeniedException", message) } else { answer(request) }
    });
    let settings = read(&server).unwrap();
    assert_eq!(settings.api_keys, None);
    assert_eq!(settings.vpc_links, None);
    assert_eq!(settings.rest_api("id2").unwrap().resources, None);
    assert_eq!(settings.rest_api("id3").unwrap().resources.as_ref().unwrap().len(), ITEMS);
    let missing = settings.missing.iter().find(|missing| missing.what.starts_with("resources of")).unwrap();
    assert_eq!(missing.what, "resources of REST API rest 2 (id2)");
    assert_eq!(missing.action, "apigateway:GET");
    assert_eq!(missing.resource, "arn:aws:apigateway:eu-west-1::/restapis/id2/resources");
    assert!(missing.reason.contains("not authorized"), "{}", missing.reason);
}

#[test]
fn what_fails_inside_of_aws_is_missing_too() {
    let server = Server::play(Faults::none(), |request| match request.path.starts_with("/usageplans/id1/") {
        true => Response::error(request, 500, "InternalFailure", "internal error"),
        false => answer(request),
    });
    let settings = read(&server).unwrap();
    let plans = settings.usage_plans.as_ref().unwrap();
    assert_eq!((plans[1].keys.as_ref(), plans[2].keys.as_ref().unwrap().len()), (None, ITEMS));
    assert_eq!(settings.plans_of("id3"), None, "whether plan 1 has the key is not known");
    assert!(settings.missing.iter().any(|missing| missing.what == "keys of usage plan plan (id1)"));
}

#[test]
fn few_calls_are_in_flight() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::play(Faults::none(), move |request| {
        highest.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        sleep(Duration::from_millis(3));
        counted.fetch_sub(1, Ordering::SeqCst);
        answer(request)
    });
    read(&server).unwrap();
    let most = most.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} calls at once");
}

#[test]
fn an_expired_token_ends_the_reading() {
    let server = Server::play(Faults::none().expiring_after(20), answer);
    assert!(matches!(read(&server), Err(AwsError::Expired { .. })));
    let refused = Server::play(Faults::none(), |request| {
        Response::error(request, 403, "UnrecognizedClientException", "The security token is invalid.")
    });
    assert!(matches!(read(&refused), Err(AwsError::NotAccepted { .. })));
}
