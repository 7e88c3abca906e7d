//! Settings of a real server: what was set up is what is read.

use std::process::Command;

use gwcost::source::aws::settings;
use gwcost_core::model::ApiKind;
use gwcost_core::model::settings::{LogDestination, Snapshot, ThrottleSource};
use serde_json::{Value, json};

use super::client::{config, run};
use super::moto::{ACCOUNT, Moto};
use crate::venv;

/// Where they are set up.
pub const REGION: &str = "eu-west-1";

/// Sets up the APIs of `tests/aws/gateway.py` and returns their ids.
pub fn set_up(moto: &Moto) -> Value {
    let python = venv::python("tests/aws/requirements.txt", "the tests against moto need");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/gateway.py");
    let output = Command::new(python).args([script, &moto.url(), REGION]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_was_set_up_is_read() {
    let moto = Moto::start();
    let ids = set_up(&moto);
    let id = |name: &str| ids[name].as_str().unwrap();
    let settings = run(settings(&config(&moto.url(), REGION), ACCOUNT)).unwrap();
    assert_eq!(settings.missing, []);
    let account = settings.account_throttle.as_ref().unwrap();
    assert_eq!((account.throttle.burst, account.source), (Some(5000), ThrottleSource::GetAccount));

    let found: Vec<_> =
        settings.stages().iter().map(|stage| (stage.kind, stage.api_name, stage.stage)).collect();
    let mut expected = vec![
        (ApiKind::Rest, "orders", "prod"),
        (ApiKind::Rest, "orders", "test"),
        (ApiKind::Http, "shop", "$default"),
        (ApiKind::WebSocket, "chat", "live"),
    ];
    if id("websocket") < id("http") {
        expected.swap(2, 3);
    }
    assert_eq!(found, expected);
    let groups: Vec<_> = settings
        .stages()
        .iter()
        .filter_map(|stage| match stage.access_log?.destination()? {
            LogDestination::LogGroup { region, account, name } => {
                assert_eq!((region, account), (REGION, ACCOUNT));
                Some(name.to_owned())
            }
            LogDestination::Firehose { .. } => None,
        })
        .collect();
    assert_eq!(groups, ["/aws/apigateway/orders", "/aws/apigateway/shop"]);

    let api = settings.rest_api(id("rest")).unwrap();
    assert_eq!(api.minimum_compression_size, Some(1024));
    assert_eq!(api.custom_gateway_responses.as_deref(), Some(&["DEFAULT_4XX".to_owned()][..]));
    let (prod, test) = (api.stage("prod").unwrap(), api.stage("test").unwrap());
    assert_eq!((prod.cache_size().unwrap().to_string().as_str(), test.cache_size()), ("1.6", None));
    assert_eq!((prod.tracing_enabled, test.tracing_enabled), (true, false));
    let get = prod.method_settings_of("/items/{id}", "GET");
    assert_eq!((get.caching_enabled, get.cache_ttl_seconds), (Some(true), Some(60)));
    assert_eq!(get.throttle.unwrap().limit().unwrap().rate.to_string(), "0.5");
    assert_eq!(prod.method_settings_of("/items", "POST").metrics_enabled, Some(true));
    let method = api.method("/items/{id}", "GET").unwrap();
    assert!(method.api_key_required);
    assert_eq!(method.request_parameters, ["method.request.querystring.page"]);
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:item");
    assert_eq!(method.integration.as_ref().unwrap().target.function.as_ref(), Some(&function));
    let post = api.method("/items", "POST").unwrap().integration.as_ref().unwrap();
    assert_eq!((post.target.host.as_deref(), post.request_templates), (Some("example.com"), true));
    let authorizer = &api.authorizers.as_ref().unwrap()[0];
    assert_eq!((authorizer.id.as_str(), authorizer.result_ttl_seconds), (id("authorizer"), Some(120)));
    assert_eq!(authorizer.function.as_ref(), Some(&function));

    let plan = &settings.plans_of(id("key")).unwrap()[0];
    assert_eq!((plan.id.as_str(), plan.quota.as_ref().unwrap().offset), (id("plan"), 10));
    let throttles = &plan.stages[0].method_throttles;
    assert_eq!(throttles[&"/items/{id}/GET".parse().unwrap()].rate.unwrap().to_string(), "2.5");
    let key = &settings.api_keys.as_ref().unwrap()[0];
    assert_eq!((key.id.as_str(), key.name.as_deref(), key.enabled), (id("key"), Some("a customer"), true));

    let shop = settings.v2_api(id("http")).unwrap();
    assert_eq!(shop.routes.as_ref().unwrap().len(), 30);
    assert_eq!(shop.cors.as_ref().unwrap().max_age_seconds, Some(600));
    let route = shop.stage("$default").unwrap().route_settings_of("GET /items/00");
    let throttle = serde_json::to_value(route.throttle).unwrap();
    assert_eq!((throttle, route.detailed_metrics_enabled), (json!({"rate": "0.5", "burst": 50}), Some(true)));
    let integration = &shop.integrations.as_ref().unwrap()[0];
    assert_eq!(shop.routes.as_ref().unwrap()[0].integration_id.as_ref(), Some(&integration.id));
    assert_eq!(integration.target.function.as_ref(), Some(&function));
    let chat = settings.v2_api(id("websocket")).unwrap();
    assert!(chat.routes.as_ref().unwrap()[0].api_key_required);

    // Saved and read again it is the same, and no secret is in it.
    let snapshot = Snapshot::new(1_793_426_400_000, vec![settings]);
    let text = snapshot.to_json().unwrap();
    assert_eq!(Snapshot::from_json(&text).unwrap(), snapshot);
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn an_empty_account_has_empty_lists() {
    let moto = Moto::start();
    let settings = run(settings(&config(&moto.url(), "us-east-1"), ACCOUNT)).unwrap();
    assert_eq!((settings.rest_apis, settings.v2_apis), (Some(Vec::new()), Some(Vec::new())));
    assert_eq!((settings.usage_plans, settings.api_keys), (Some(Vec::new()), Some(Vec::new())));
    assert_eq!((settings.custom_domains, settings.missing), (Some(Vec::new()), Vec::new()));
}
