//! The same figures from the raw lines by a program that shares no code with gwcost.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Place, python};

const REST: &str = r#"{"extendedRequestId":"$context.extendedRequestId","requestTimeEpoch":"$context.requestTimeEpoch","accountId":"$context.accountId","apiId":"$context.apiId","stage":"$context.stage","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency","integrationStatus":"$context.integration.status","responseType":"$context.error.responseType"}"#;

/// The names of the log's keys for the independent program.
fn keys(format: &str) -> Value {
    let all = json!({
        "time_epoch": "requestTimeEpoch", "account": "accountId", "api": "apiId", "stage": "stage",
        "method": "httpMethod", "route": "resourcePath", "route_key": "routeKey", "status": "status",
        "bytes": "responseLength", "latency": "responseLatency", "integration_latency": "integrationLatency",
        "integration_status": "integrationStatus", "response_type": "responseType",
        "event_type": "eventType", "id": "extendedRequestId",
    });
    let logged = |key: &Value| format.contains(&format!("{key}:"));
    all.as_object()
        .unwrap()
        .iter()
        .filter(|(_, key)| logged(key))
        .map(|(name, key)| (name.clone(), key.clone()))
        .collect()
}

fn check(kind: &str, format: &str, seed: &str, from: &str, to: &str) {
    let place = Place::new();
    place.write("format", format);
    let demo = ["demo", "--requests", "40k", "--seed", seed, "--output", "a.log.gz", "--api-kind", kind];
    place.run(&[&demo[..], &["--format-file", "format"]].concat()).ok();
    let ingest =
        ["ingest", "a.log.gz", "--format-file", "format", "--api-kind", kind, "--region", "us-east-1"];
    place.run(&[&ingest[..], &["--account", "111122223333"]].concat()).ok();
    let analysis = place.analyze(&["--from", from, "--to", to]);
    assert!(analysis["total"]["requests"].as_u64().unwrap() > 5_000);
    place.write("analysis.json", analysis.to_string());
    let bill = place.run(&["bill", "--format", "json", "--from", from, "--to", to]).ok().stdout;
    place.write("bill.json", bill);
    place.write("keys.json", keys(format).to_string());
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/check.py"))
        .current_dir(place.path(""))
        .args(["--log", "a.log.gz", "--format-keys", "keys.json", "--analyze", "analysis.json"])
        .args(["--bill", "bill.json"])
        .args([
            "--from",
            from,
            "--to",
            to,
            "--kind",
            kind,
            "--region",
            "us-east-1",
            "--account",
            "111122223333",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn rest_apis() {
    check("rest", REST, "1", "2026-10-01", "2026-11-01");
    check("rest", REST, "2", "2026-10-07T05:00:00Z", "2026-10-19");
    let without_type = REST.replace(r#","responseType":"$context.error.responseType""#, "");
    check("rest", &without_type, "3", "2026-10-01", "2026-11-01");
    let without_sizes = REST.replace(r#","responseLength":"$context.responseLength""#, "");
    check("rest", &without_sizes, "4", "2026-10-01", "2026-11-01");
}

#[test]
fn http_apis() {
    let format = REST.replace("resourcePath", "routeKey");
    check("http", &format, "1", "2026-10-01", "2026-11-01");
    check("http", &format, "2", "2026-10-11", "2026-10-31T12:00:00Z");
}

#[test]
fn websocket_apis() {
    let format = REST
        .replace(r#","accountId":"$context.accountId""#, "")
        .replace(r#","httpMethod":"$context.httpMethod""#, r#","eventType":"$context.eventType""#)
        .replace("resourcePath", "routeKey")
        .replace(
            r#","responseLength":"$context.responseLength","responseLatency":"$context.responseLatency""#,
            "",
        );
    check("websocket", &format, "1", "2026-10-01", "2026-11-01");
}
