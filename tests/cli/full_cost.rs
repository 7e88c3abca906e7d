//! What a call costs all told: parts that add up, and parts that are not known.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{Line, Place, REST, lines};

const PARTS: [&str; 6] =
    ["cache_cost", "logging_cost", "lambda_cost", "authorizer_cost", "waf_cost", "xray_cost"];

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-09-30T00:00:00Z","regions":[
    {"account":"111122223333","region":"us-east-1","v2_apis":[],"rest_apis":[{"id":"a1b2c3d4e5","name":"pets",
     "authorizers":[],
     "stages":[{"name":"prod","cache_cluster_enabled":true,"cache_cluster_size":"0.5",
        "method_settings":{"*/*":{"caching_enabled":true}},
        "access_log":{"destination_arn":"arn:aws:firehose:us-east-1:111122223333:deliverystream/amazon-apigateway-x"},
        "web_acl_arn":"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1"}],
     "resources":[{"path":"/pets","methods":[{"http_method":"GET","integration":{"type":"AWS_PROXY","target":
        {"service":"lambda","function":"arn:aws:lambda:us-east-1:111122223333:function:pets"}}}]}]}]}]}"#;

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// A thousand requests a second apart, each with 40 ms of its integration, and one that no method answered.
fn place() -> Place {
    let place = Place::new();
    let format = REST.replace('}', r#","backend":"$context.integration.latency"}"#);
    let refused = Line { id: 5_000, status: 403, route: "/none", ..Line::default() };
    let refused = Line { response_type: "MISSING_AUTHENTICATION_TOKEN", ..refused }.text();
    let log = lines(0, 1_000).replace('}', r#","backend":"40"}"#);
    place.write("a.log", log + &refused.replace('}', r#","backend":"-"}"#));
    let ingest =
        ["ingest", "a.log", "--format-string", &format, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&ingest).ok();
    place
}

#[test]
fn every_part_is_priced_by_what_settings_and_the_file_say() {
    let place = place();
    place.write("settings.json", SETTINGS);
    place.run(&["ingest", "settings:", "--settings", "settings.json"]).ok();
    place.write("gwcost.toml", "[[full.lambda]]\nfunction = \"*:pets\"\nmemory_mb = 512\n");
    let question = ["--month", "2026-10", "--full", "--as-of", "2026-10-01T10:00:00Z"];
    let analysis = place.analyze(&question);
    let total = &analysis["total"];
    // Ten hours of a cache at $0.02.
    assert_eq!(total["cache_cost"], "0.2");
    // A thousand requests at $0.20 a million, and 0.5 GB for 40 seconds.
    assert_eq!(decimal(&total["lambda_cost"]), "0.0005333340".parse().unwrap());
    assert_eq!(total["waf_cost"], "0.0006006");
    let nobody = analysis["rows"].as_array().unwrap().iter().find(|row| row["route"] == "/none").unwrap();
    assert_eq!((&nobody["lambda_cost"], &nobody["cache_cost"]), (&"0".into(), &"0".into()));
    assert_eq!((&total["authorizer_cost"], &total["xray_cost"]), (&"0".into(), &"0".into()));
    // No card has a rate of Firehose in us-east-1.
    assert_eq!((&total["logging_cost"], &total["full_cost"]), (&Value::Null, &Value::Null));
    let unpriced = analysis["unpriced"].as_array().unwrap();
    assert!(unpriced.iter().any(|usage| usage["meter"] == "firehose_ingestion"), "{analysis}");

    place.write(
        "gwcost.toml",
        "[full]\nlog = \"cloudwatch\"\n[[full.lambda]]\nroute = \"/pets\"\nmemory_mb = 512\n",
    );
    let analysis = place.analyze(&question);
    let total = &analysis["total"];
    let sum: Decimal = PARTS.iter().map(|part| decimal(&total[part])).sum();
    assert_eq!(decimal(&total["full_cost"]), sum + decimal(&total["cost"]));
    let rows = analysis["rows"].as_array().unwrap();
    let full: Decimal = rows.iter().map(|row| decimal(&row["full_cost"])).sum();
    assert_eq!(full, decimal(&total["full_cost"]));
    let table = place.run(&[&["analyze"][..], &question].concat()).ok().stdout;
    assert!(table.contains("full cost") && table.contains("Lambda cost"), "{table}");
    let csv = place.run(&[&["analyze", "--format", "csv"][..], &question].concat()).ok().stdout;
    assert!(csv.lines().next().unwrap().ends_with(",waf_cost,xray_cost,full_cost"), "{csv}");
    let bill = [&["bill", "--format", "json"][..], &question].concat();
    let bill = place.run(&bill).ok().json();
    let lines = bill["neighbours"].as_array().unwrap();
    assert_eq!(lines.iter().map(|line| decimal(&line["amount"])).sum::<Decimal>(), sum);
    assert_eq!(bill["total"], total["cost"]);
    let by_hour = place.analyze(&[&question[..], &["--by", "hour"]].concat());
    for part in PARTS {
        let rows = by_hour["rows"].as_array().unwrap();
        let sum: Decimal = rows.iter().map(|row| decimal(&row[part])).sum();
        assert_eq!(sum, decimal(&total[part]), "{part}");
    }
}

#[test]
fn without_settings_parts_are_not_known_and_say_why() {
    let place = place();
    let analysis = place.analyze(&["--month", "2026-10", "--full"]);
    for part in PARTS {
        assert_eq!(analysis["rows"][0][part], Value::Null, "{part}");
        assert_eq!(analysis["total"][part], Value::Null, "{part}");
    }
    let notes = analysis["quality"]["notes"].to_string();
    assert!(notes.contains("cache_cost, logging_cost, authorizer_cost, waf_cost, xray_cost are not known of 2 endpoints: the lake has no settings"), "{notes}");
    let plain = place.analyze(&["--month", "2026-10"]);
    assert!(plain["total"].get("full_cost").is_none());
    place.write("gwcost.toml", "[[full.lambda]]\nroute = \"/toys\"\nmemory_mb = 128\n");
    let analysis = place.analyze(&["--month", "2026-10", "--full"]);
    assert_eq!(analysis["total"]["lambda_cost"], Value::Null);
}
