//! Who pays, and what changed: constructed customers whose parts are known, and their sum to the last decimal.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::{OCTOBER_MS, Place};

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength","key":"$context.identity.apiKeyId","ua":"$context.identity.userAgent","who":"$context.authorizer.principalId","tenant":"$context.authorizer.claims.tenant","host":"$context.domainName","canary":"$context.isCanaryRequest"}"#;

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-01T00:00:00Z","regions":[
  {"account":"111122223333","region":"us-east-1",
   "rest_apis":[{"id":"a1b2c3d4e5","name":"shop","tags":{"team":"shop"},"stages":[{"name":"prod"},
     {"name":"dev","tags":{"team":"platform"}}]}],
   "usage_plans":[{"id":"g0ld","name":"gold","quota":{"limit":10,"period":"DAY"},
     "stages":[{"api":"a1b2c3d4e5","stage":"prod"}],"keys":["k1","k2"]},
     {"id":"s1lver","name":"silver","stages":[{"api":"a1b2c3d4e5","stage":"prod"}],"keys":["k3"]}],
   "api_keys":[{"id":"k1","enabled":true},{"id":"k2","enabled":true},{"id":"k3","enabled":true}]}]}"#;

/// `count` requests of a key on a day, with a body of so many bytes.
struct Planted {
    day: i64,
    key: &'static str,
    stage: &'static str,
    route: &'static str,
    count: usize,
    bytes: u64,
    canary: bool,
}

fn log(planted: &[Planted]) -> String {
    let mut text = String::new();
    let mut id = 0;
    for of in planted {
        for at in 0..of.count {
            id += 1;
            let line = json!({
                "id": format!("id{id}="), "epoch": (OCTOBER_MS + of.day * 86_400_000 + at as i64 * 1000).to_string(),
                "account": "111122223333", "api": "a1b2c3d4e5", "stage": of.stage, "method": "GET",
                "route": of.route, "status": "200", "type": "-", "bytes": of.bytes.to_string(), "key": of.key,
                "ua": if of.canary { "curl/8.5.0" } else { "Mozilla/5.0 zgrab/0.x" },
                "who": "user-7", "tenant": format!("tenant-{}", of.key),
                "host": if of.stage == "prod" { "Shop.Example.com" } else { "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" },
                "canary": of.canary.to_string(),
            });
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

const fn planted(day: i64, key: &'static str, count: usize, bytes: u64) -> Planted {
    Planted { day, key, stage: "prod", route: "/orders", count, bytes, canary: false }
}

fn place_of(planted: &[Planted], config: &str) -> Place {
    let place = Place::new();
    place.write("gwcost.toml", config);
    place.write("settings.json", SETTINGS);
    place.write("a.log", log(planted));
    place.run(&["ingest", "settings:", "--settings", "settings.json"]).ok();
    let format = ["--format-string", FORMAT, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&[&["ingest", "a.log"][..], &format].concat()).ok();
    place
}

/// Billionths of tenths: what ten decimals are in integers.
fn units(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap_or_else(|| panic!("{amount} is no amount"));
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    sign * format!("{whole}{fraction:0<10}").parse::<i128>().unwrap()
}

fn shop() -> Place {
    let others = Planted { stage: "dev", key: "-", ..planted(3, "-", 7, 1_000_003) };
    let config = "[clients]\ntag = \"team\"\nprincipal = \"authorizer.claims.tenant\"\n\
                  [[plan]]\nplan = \"gold\"\nprice = \"10\"\nprice_per_key = \"1.50\"\nprice_per_1000 = \"2\"\n";
    let all = [
        planted(1, "k1", 12, 333_333),
        planted(2, "k1", 5, 777_777),
        planted(2, "k2", 3, 123_457),
        planted(5, "k3", 11, 999_983),
        planted(6, "k9", 2, 10_007),
        others,
    ];
    place_of(&all, config)
}

#[test]
fn every_dimension_of_clients_adds_up_to_the_bill() {
    let place = shop();
    let bill = place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    for (by, expected) in [
        ("plan", vec![("gold", 20), ("silver", 11), ("", 9)]),
        ("tag", vec![("shop", 33), ("platform", 7)]),
        ("principal", vec![("tenant-k1", 17), ("tenant-k3", 11), ("tenant--", 7)]),
        ("custom_domain", vec![("shop.example.com", 33), ("", 7)]),
        ("user_agent_family", vec![("zgrab", 40)]),
    ] {
        for command in ["analyze", "bill"] {
            let json =
                place.run(&[command, "--month", "2026-10", "--by", by, "--format", "json"]).ok().json();
            let rows = json["rows"].as_array().unwrap();
            for (name, requests) in &expected {
                let row = rows.iter().find(|row| row[by].as_str().unwrap_or_default() == *name);
                assert_eq!(
                    row.unwrap_or_else(|| panic!("{by} {name}: {json}"))["requests"],
                    *requests,
                    "{by} {name}"
                );
            }
            let sum: i128 = rows.iter().map(|row| units(&row["cost"])).sum();
            assert_eq!(sum, units(&bill["total"]), "{by}");
        }
    }
}

#[test]
fn a_chargeback_adds_up_to_the_last_decimal_and_knows_quota_and_margin() {
    let place = shop();
    let bill = place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    let arguments =
        ["chargeback", "--month", "2026-10", "--by", "plan", "--output", "out", "--format", "json"];
    let json = place.run(&arguments).ok().json();
    assert_eq!(json["schema"], "gwcost/chargeback/1");
    let customers = json["customers"].as_array().unwrap();
    let sum: i128 = customers.iter().map(|customer| units(&customer["measures"]["cost"])).sum();
    assert_eq!((sum, &json["total"]["cost"]), (units(&bill["total"]), &bill["total"]));
    let gold = customers.iter().find(|customer| customer["customer"]["plan"] == "gold").unwrap();
    // 10 for the plan, 1.50 for each of two keys, 2 for 1,000 requests of which there were 20.
    assert_eq!(gold["revenue"], "13.04");
    assert_eq!(units(&gold["margin"]), units(&json!("13.04")) - units(&gold["measures"]["cost"]));
    let k1 = gold["quotas"].as_array().unwrap().iter().find(|quota| quota["key"] == "k1").unwrap();
    assert_eq!((&k1["used"], &k1["allowed"], &k1["begins"]), (&12.into(), &10.into(), &"2026-10-02".into()));
    let last = customers.last().unwrap();
    assert_eq!((&last["attributed"], &last["measures"]["requests"]), (&false.into(), &9.into()));
    assert_eq!(last["revenue"], Value::Null);

    // The files hold the same, line by line.
    let mut cost = 0;
    for name in ["gold", "silver", "unattributed"] {
        let csv = std::fs::read_to_string(place.path(&format!("out/2026-10-{name}.csv"))).unwrap();
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let at = header.iter().position(|column| *column == "cost").unwrap();
        cost += csv.lines().skip(1).map(|line| units(&json!(line.split(',').nth(at).unwrap()))).sum::<i128>();
        let statement = std::fs::read_to_string(place.path(&format!("out/2026-10-{name}.md"))).unwrap();
        assert!(statement.starts_with(&format!("**{name}, October 2026")), "{statement}");
    }
    assert_eq!(cost, sum);
    let table = place.run(&["chargeback", "--month", "2026-10"]).ok().stdout;
    assert!(table.contains("unattributed") && table.contains("margin"), "{table}");
}

#[test]
fn effects_of_a_difference_add_up_and_say_what_was_planted() {
    // Twice the requests, the same shares and sizes: volume and nothing else.
    let place = place_of(&[planted(0, "k1", 10, 1000), planted(10, "k1", 20, 1000)], "");
    let diff = |place: &Place, by: &str| {
        let windows = ["2026-10-01..2026-10-08", "2026-10-08..2026-10-15"];
        place.run(&["diff", windows[0], windows[1], "--by", by, "--format", "json"]).ok().json()
    };
    let json = diff(&place, "endpoint");
    // Each step is rounded at the tenth decimal.
    let rest = units(&json["total"]["change"]) - units(&json["total"]["effects"]["volume"]);
    assert!(rest.abs() <= 2, "{json}");
    assert_eq!(json["rows"][0]["after"]["requests"], 20);

    // The same requests, larger ones, and an endpoint that is new.
    let new = Planted { route: "/new", ..planted(9, "k1", 4, 50_000) };
    let place = place_of(&[planted(0, "k1", 14, 1000), planted(9, "k1", 10, 9_000), new], "");
    let json = diff(&place, "route,key");
    let total = &json["total"];
    assert_eq!(units(&total["effects"]["volume"]), 0);
    assert!(units(&total["effects"]["size"]) > 0 && units(&total["effects"]["mix"]) > 0, "{total}");
    for row in json["rows"].as_array().unwrap().iter().chain([total]) {
        let effects: i128 = row["effects"].as_object().unwrap().values().map(units).sum();
        assert_eq!(effects, units(&row["change"]));
        assert_eq!(effects, units(&row["after"]["cost"]) - units(&row["before"]["cost"]));
    }
    for (side, days) in [("before", ["2026-10-01", "2026-10-08"]), ("after", ["2026-10-08", "2026-10-15"])] {
        let analysis = place.analyze(&["--from", days[0], "--to", days[1]]);
        assert_eq!(total[side]["cost"], analysis["total"]["cost"]);
    }
    place.run(&["diff", "2026-10", "2026-11", "--by", "day"]).fails(2, "day differs between any two windows");
    place.run(&["diff", "2026-10", "octobre"]).fails(2, "nothing to compare");
}

#[test]
fn a_canary_is_held_against_its_base() {
    let canary = Planted { canary: true, ..planted(1, "k1", 5, 2_000_000) };
    let place = place_of(&[planted(1, "k1", 15, 1_000_000), canary], "");
    let json = place.run(&["diff", "base", "canary", "--month", "2026-10", "--format", "json"]).ok().json();
    let total = &json["total"];
    assert_eq!((&total["before"]["requests"], &total["after"]["requests"]), (&15.into(), &5.into()));
    // A third of the requests, each twice as large.
    assert!(units(&total["effects"]["volume"]) < 0 && units(&total["effects"]["size"]) > 0, "{total}");
    assert_eq!(total["effects"]["rate"], "0");
    assert!(units(&total["effects"]["tier"]).abs() <= 2, "{total}");
    let analysis = place.analyze(&["--month", "2026-10"]);
    let sum = units(&total["before"]["cost"]) + units(&total["after"]["cost"]);
    assert!((sum - units(&analysis["total"]["cost"])).abs() <= 2, "{total}");
}
