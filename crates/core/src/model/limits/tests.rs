//! What a snapshot means for a request, level by level.

use super::*;
use crate::model::ApiKind;
use crate::model::settings::Snapshot;

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-31T06:00:00Z","regions":[
  {"account":"111122223333","region":"us-east-1",
   "account_throttle":{"throttle":{"rate":"20000","burst":5000},"source":"get_account"},
   "rest_apis":[{"id":"a1","name":"orders","stages":[{"name":"prod","method_settings":{
       "*/*":{"throttle":{"rate":"500","burst":1000}},
       "/items/GET":{"throttle":{"rate":"0.5","burst":2}},
       "/off/GET":{"throttle":{"rate":"-1","burst":-1}}}},{"name":"dev"}],
     "resources":[{"path":"/any","methods":[{"http_method":"ANY"}]},
                  {"path":"/items","methods":[{"http_method":"GET"}]}]}],
   "v2_apis":[{"id":"h1","name":"shop","protocol":"HTTP","stages":[{"name":"$default",
       "default_route_settings":{"throttle":{"rate":"100","burst":50}},
       "route_settings":{"ANY /cart":{"throttle":{"rate":"10","burst":5}}}}]},
     {"id":"w1","name":"chat","protocol":"WEBSOCKET","stages":[{"name":"prod",
       "route_settings":{"send":{"throttle":{"rate":"3","burst":4}}}}]},
     {"id":"h2","name":"unread","protocol":"HTTP"}],
   "usage_plans":[{"id":"pl4n","throttle":{"rate":"200","burst":100},
      "quota":{"limit":5000,"period":"MONTH","offset":7},
      "stages":[{"api":"a1","stage":"prod","method_throttles":{"/items/GET":{"rate":"5","burst":10}}}],
      "keys":["k1"]}],
   "api_keys":[{"id":"k1","enabled":true,"created_at":"2026-10-02T00:00:00Z"}]}]}"#;

fn caller<'a>(api: &'a str, kind: ApiKind, stage: &'a str, method: &'a str, route: &'a str) -> Caller<'a> {
    Caller {
        account: "111122223333",
        region: "us-east-1",
        api,
        kind,
        stage,
        method: Some(method).filter(|method| !method.is_empty()),
        route: Some(route),
        templated: false,
        key: None,
    }
}

/// The limits of a request as lines: `scope name rate/burst source`.
fn said(caller: &Caller<'_>) -> Vec<String> {
    let snapshot = Snapshot::from_json(SETTINGS).unwrap();
    let applied = Limits::new(Some(&snapshot)).of(caller);
    let line = |applied: &AppliedLimit| {
        let limit = applied.limit.map_or("?".to_owned(), |limit| format!("{}/{}", limit.rate, limit.burst));
        format!("{} {} {limit} {}", applied.id.scope, applied.id.name(), applied.source.name())
    };
    let gaps = applied.gaps.iter().map(|gap| format!("{gap:?}"));
    applied.limits.iter().map(line).chain(gaps).collect()
}

const ACCOUNT: &str = "account 111122223333 us-east-1 20000/5000 get_account";

#[test]
fn a_client_meets_its_own_limits_first() {
    let caller = Caller { key: Some("k1"), ..caller("a1", ApiKind::Rest, "prod", "GET", "/items") };
    let expected = [
        "key_method plan pl4n key k1 a1/prod GET /items 5/10 usage_plan_method",
        "key plan pl4n key k1 200/100 usage_plan",
        "method a1/prod GET /items 0.5/2 method_settings",
        ACCOUNT,
    ];
    assert_eq!(said(&caller), expected);
    // The plan does not cover the other stage, which sets no limit either.
    assert_eq!(said(&Caller { stage: "dev", ..caller }), [ACCOUNT]);
}

#[test]
fn a_stages_default_holds_for_each_of_its_methods() {
    let other = caller("a1", ApiKind::Rest, "prod", "PUT", "/others");
    assert_eq!(said(&other), ["method a1/prod PUT /others 500/1000 stage_default", ACCOUNT]);
    let any = caller("a1", ApiKind::Rest, "prod", "PUT", "/any");
    assert_eq!(said(&any), ["method a1/prod ANY /any 500/1000 stage_default", ACCOUNT]);
    let off = caller("a1", ApiKind::Rest, "prod", "GET", "/off");
    assert_eq!(said(&off), [ACCOUNT]);
}

#[test]
fn routes_have_their_own_settings_or_the_stages() {
    let cart = caller("h1", ApiKind::Http, "$default", "POST", "/cart");
    assert_eq!(said(&cart), ["method h1/$default ANY /cart 10/5 method_settings", ACCOUNT]);
    let pets = caller("h1", ApiKind::Http, "$default", "GET", "/pets/{id}");
    assert_eq!(said(&pets), ["method h1/$default GET /pets/{id} 100/50 stage_default", ACCOUNT]);
    let send = caller("w1", ApiKind::WebSocket, "prod", "", "send");
    assert_eq!(said(&send), ["method w1/prod send 3/4 method_settings", ACCOUNT]);
    assert_eq!(said(&caller("w1", ApiKind::WebSocket, "prod", "", "join")), [ACCOUNT]);
}

#[test]
fn what_cannot_be_told_is_said() {
    let made = Caller { templated: true, ..caller("a1", ApiKind::Rest, "prod", "GET", "/items/{id}") };
    assert_eq!(said(&made), [ACCOUNT, "RouteNotLogged"]);
    assert_eq!(said(&caller("h2", ApiKind::Http, "$default", "GET", "/x")), [ACCOUNT, "StageNotRead"]);
    assert_eq!(said(&caller("a9", ApiKind::Rest, "prod", "GET", "/x")), [ACCOUNT]);
    let elsewhere = Caller { region: "ap-east-2", ..caller("a1", ApiKind::Rest, "prod", "GET", "/items") };
    assert_eq!(said(&elsewhere), ["account 111122223333 ap-east-2 ? unknown"]);
    let default = Caller { region: "ca-west-1", ..elsewhere };
    assert_eq!(said(&default), ["account 111122223333 ca-west-1 2500/1250 region_default"]);
    assert_eq!(Limits::new(None).of(&default).limits.len(), 1);
}

#[test]
fn a_quota_is_the_plans() {
    let snapshot = Snapshot::from_json(SETTINGS).unwrap();
    let limits = Limits::new(Some(&snapshot));
    let caller = caller("a1", ApiKind::Rest, "prod", "GET", "/items");
    assert_eq!(limits.quota(&caller), None);
    let quota = limits.quota(&Caller { key: Some("k1"), ..caller }).unwrap();
    assert_eq!((quota.plan.as_str(), quota.quota.limit, quota.quota.offset), ("pl4n", 5000, 7));
    assert_eq!(quota.key_created_ms, Some(1_790_899_200_000));
    assert_eq!(limits.quota(&Caller { key: Some("k2"), ..caller }), None);
}
