//! Settings that changed inside the window: limits and caches are each of their own time.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

use crate::support::{OCTOBER_MS, Place};

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","path":"$context.path","status":"$context.status"}"#;

/// Requests at these milliseconds of October, and settings as they were read at these times: the burst of all
/// methods, and the stage's cache.
fn place_with(times: &[i64], settings: &[(&str, u64, Option<&str>)]) -> Place {
    let place = Place::new();
    let mut log = String::new();
    for (id, ms) in times.iter().enumerate() {
        let line = json!({
            "id": format!("id{id}="), "epoch": (OCTOBER_MS + ms).to_string(), "account": "111122223333",
            "api": "a1b2c3d4e5", "stage": "prod", "method": "GET", "route": "/pets", "path": "/prod/pets",
            "status": "200",
        });
        writeln!(log, "{line}").unwrap();
    }
    place.write("a.log", log);
    let arguments =
        ["ingest", "a.log", "--format-string", FORMAT, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).ok();
    for (taken_at, burst, cache) in settings {
        let stage = json!({
            "name": "prod", "cache_cluster_enabled": cache.is_some(), "cache_cluster_size": cache,
            "method_settings": {
                "*/*": {"throttle": {"rate": "100", "burst": burst}, "caching_enabled": true}
            },
        });
        let snapshot = json!({"schema": "gwcost/settings/1", "taken_at": taken_at, "regions": [{
            "account": "111122223333", "region": "us-east-1",
            "account_throttle": {"throttle": {"rate": "1000", "burst": 500}, "source": "get_account"},
            "rest_apis": [{"id": "a1b2c3d4e5", "stages": [stage]}],
        }]});
        place.write("settings.json", snapshot.to_string());
        place.run(&["ingest", "settings:", "--settings", "settings.json"]).ok();
    }
    place
}

/// 120 requests at once, five minutes after each of two hours has begun.
fn two_bursts() -> Vec<i64> {
    (0..240).map(|number| 300_000 + number / 120 * 3_600_000).collect()
}

fn throttle(place: &Place, arguments: &[&str]) -> Value {
    place.run(&[&["throttle", "--month", "2026-10", "--format", "json"], arguments].concat()).ok().json()
}

#[test]
fn a_limit_that_was_raised_is_replayed_before_and_after() {
    let settings = [("2026-09-30T00:00:00Z", 50, None), ("2026-10-01T01:00:00Z", 200, None)];
    let place = place_with(&two_bursts(), &settings);
    let json = throttle(&place, &[]);
    let limits: Vec<String> = json["limits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| {
            let text = |name: &str| limit[name].to_string().replace('"', "");
            ["scope", "burst", "arrivals", "refused", "held_from", "held_to"].map(text).join(" ")
        })
        .collect();
    let expected = [
        "method 50 120 70 2026-10-01T00:00:00Z 2026-10-01T01:00:00Z",
        "method 200 120 0 2026-10-01T01:00:00Z 2026-11-01T00:00:00Z",
        "account 500 240 0 null null",
    ];
    assert_eq!(limits, expected);
    assert_eq!(json["settings_changed_at"], json!(["2026-10-01T01:00:00Z"]));
    assert!(json["settings_assumed_until"].is_null());
    assert!(json["notes"].to_string().contains("changed at 2026-10-01T01:00:00Z"));
    // What could be set is found from all requests of the bucket.
    let points = json["frontier"].as_array().unwrap();
    let point = points.iter().find(|point| point["scope"] == "method").unwrap();
    assert_eq!(point["burst"], 120);
    // The tightest limit is the one before; the hour around its lowest moment ends as full as it began.
    let closest = &json["closest"];
    assert_eq!((&closest["scope"], &closest["burst"]), (&"method".into(), &50.into()));
    let tokens: Vec<&str> =
        closest["lowest_tokens"].as_array().unwrap().iter().map(|tokens| tokens.as_str().unwrap()).collect();
    assert_eq!((tokens.len(), closest["from"].as_str()), (120, Some("2026-09-30T23:35:00Z")));
    assert!(tokens.iter().enumerate().all(|(step, tokens)| *tokens == if step == 60 { "0" } else { "50" }));
    let text = place.run(&["throttle", "--month", "2026-10"]).ok().stdout;
    assert!(text.contains("(10-01 00:00 to 10-01 01:00)") && text.contains('▁'), "{text}");
}

#[test]
fn before_the_first_look_settings_are_taken_to_have_been_the_same() {
    let place = place_with(&two_bursts(), &[("2026-10-01T01:00:00Z", 50, None)]);
    let json = throttle(&place, &[]);
    let limit = &json["limits"][0];
    assert_eq!((&limit["arrivals"], &limit["refused"]), (&240.into(), &140.into()));
    assert!(limit["held_from"].is_null());
    assert_eq!(json["settings_assumed_until"], "2026-10-01T01:00:00Z");
    assert!(json["notes"].to_string().contains("settings were first read at 2026-10-01T01:00:00Z"));
}

#[test]
fn the_tightest_limit_is_drawn() {
    let place = place_with(&two_bursts(), &[("2026-09-30T00:00:00Z", 50, None)]);
    throttle(&place, &["--chart", "limits.svg"]);
    let svg = fs::read_to_string(place.path("limits.svg")).unwrap();
    for says in
        ["<title", "tokens left, 2026-09-30 UTC", "smallest burst", "by hour (UTC) and weekday", ">Thu<"]
    {
        assert!(svg.contains(says), "{says} is not in {svg}");
    }
    assert!(!svg.contains(">Mon<"), "no Monday is in the log");
    let arguments = ["throttle", "--month", "2026-08", "--chart", "limits.svg"];
    place.run(&arguments).fails(2, "there is nothing to draw");
}

#[test]
fn a_cache_that_grew_and_went_is_billed_by_its_sizes() {
    let settings = [
        ("2026-09-30T00:00:00Z", 50, Some("0.5")),
        ("2026-10-11T00:00:00Z", 50, Some("6.1")),
        ("2026-10-21T00:00:00Z", 50, None),
    ];
    let place = place_with(&two_bursts(), &settings);
    let arguments = ["cache", "--month", "2026-10", "--format", "json", "--as-of", "2026-11-05T00:00:00Z"];
    let json = place.run(&arguments).ok().json();
    let stage = &json["stages"][0];
    let sizes = json!([
        {"size_gb": "0.5", "hours": "240", "cache_cost": "4.8"},
        {"size_gb": "6.1", "hours": "240", "cache_cost": "48"},
    ]);
    assert_eq!(stage["observed"]["sizes"], sizes);
    let observed = &stage["observed"];
    assert_eq!(
        (&observed["size_gb"], &observed["hours"], &observed["cache_cost"]),
        (&"6.1".into(), &"480".into(), &"52.8".into())
    );
    let findings = stage["findings"].to_string();
    assert!(findings.contains("0.5 GB for 240 h, then 6.1 GB for 240 h"), "{findings}");
    assert!(findings.contains("there no longer"), "{findings}");
}
