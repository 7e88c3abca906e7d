//! How far from the first 429: constructed bursts, limits of a file of settings, seconds instead of milliseconds,
//! and the same figures from programs that share no code.

use std::fmt::Write;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{OCTOBER_MS, Place, Ran, python};
use crate::venv;

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","status":"$context.status","type":"$context.error.responseType","key":"$context.identity.apiKeyId","ip":"$context.identity.sourceIp"}"#;

/// A request; milliseconds count from 2026-10-01.
#[derive(Clone, Copy)]
struct Request {
    ms: i64,
    route: &'static str,
    key: &'static str,
    status: u16,
    response_type: &'static str,
}

const REQUEST: Request = Request { ms: 0, route: "/pets", key: "-", status: 200, response_type: "-" };

fn log(requests: &[Request]) -> String {
    let mut text = String::new();
    for (id, request) in requests.iter().enumerate() {
        let line = json!({
            "id": format!("id{id}="), "epoch": (OCTOBER_MS + request.ms).to_string(), "account": "111122223333",
            "api": "a1b2c3d4e5", "stage": "prod", "method": "GET", "route": request.route,
            "status": request.status.to_string(), "type": request.response_type, "key": request.key,
            "ip": "192.0.2.7",
        });
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn ingest(place: &Place, file: &str, format: &str) {
    let arguments =
        ["ingest", file, "--format-string", format, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&arguments).ok();
}

fn place_with(requests: &[Request]) -> Place {
    let place = Place::new();
    place.write("a.log", log(requests));
    ingest(&place, "a.log", FORMAT);
    place
}

fn throttle(place: &Place, arguments: &[&str]) -> Ran {
    let all = [&["throttle", "--month", "2026-10", "--format", "json"], arguments].concat();
    place.run(&all)
}

fn limit<'a>(json: &'a Value, scope: &str, source: &str) -> &'a Value {
    let limits = json["limits"].as_array().unwrap();
    let found = limits.iter().find(|limit| limit["scope"] == scope && limit["source"] == source);
    found.unwrap_or_else(|| panic!("no {scope} of {source} in {json}"))
}

/// Two requests a second for ten minutes, and 120 at once in the middle of them.
fn a_burst() -> Vec<Request> {
    let mut requests: Vec<Request> = (0..1200).map(|at| Request { ms: at * 500, ..REQUEST }).collect();
    requests.extend((0..120).map(|_| Request { ms: 300_250, ..REQUEST }));
    requests
}

#[test]
fn a_constructed_burst_is_the_frontier() {
    let place = place_with(&a_burst());
    let json = throttle(&place, &["--rate", "2", "--burst", "121", "--scope", "stage"]).ok().json();
    assert_eq!(json["schema"], "gwcost/throttle/1");
    let stage = limit(&json, "stage", "typed");
    // At the burst the bucket lacks half a token of the request a quarter of a second before.
    assert_eq!((&stage["arrivals"], &stage["refused"]), (&1320.into(), &0.into()));
    assert_eq!(
        (&stage["lowest_tokens"], &stage["lowest_at"]),
        (&"0".into(), &"2026-10-01T00:05:00.5Z".into())
    );
    assert_eq!((&stage["rate"], &stage["burst"]), (&"2".into(), &121.into()));
    assert_eq!((&stage["peak_1s"], &stage["peak_60s"]), (&122.into(), &240.into()));
    assert_eq!(stage["growth_to_first_refusal"], "1");
    let points = json["frontier"].as_array().unwrap();
    let at =
        |rate: &str| points.iter().find(|point| point["scope"] == "stage" && point["rate"] == rate).unwrap();
    assert_eq!(at("2")["burst"], 121);
    // One token less refuses one request.
    let less = throttle(&place, &["--rate", "2", "--burst", "120", "--scope", "stage"]).ok().json();
    assert_eq!(limit(&less, "stage", "typed")["refused"], 1);
    for one in json["suggested"].as_array().unwrap() {
        let (rate, burst) = (one["rate"].as_str().unwrap(), one["burst"].as_u64().unwrap());
        let replay = |burst: u64| {
            let burst = burst.to_string();
            let json = throttle(&place, &["--rate", rate, "--burst", &burst, "--scope", "stage"]).ok().json();
            limit(&json, "stage", "typed")["refused"].as_u64().unwrap()
        };
        let allowed = match one["passes_percent"].as_str().unwrap() {
            "100" | "99.99" => 0,
            "99.9" => 1,
            other => panic!("{other}"),
        };
        assert!(replay(burst) <= allowed && replay(burst - 1) > allowed, "{one}");
    }
}

#[test]
fn what_nobody_set_is_the_accounts_default_and_a_gate_has_its_own_exit_code() {
    let place = place_with(&a_burst());
    let json = throttle(&place, &[]).ok().json();
    let account = limit(&json, "account", "region_default");
    assert_eq!((&account["rate"], &account["burst"]), (&"10000".into(), &5000.into()));
    // 122 requests at most in little time: 5,000 of them would be 41 times as much.
    assert_eq!(account["growth_to_first_refusal"], "41.6");
    // The first second that holds the burst and the two requests before it.
    assert_eq!(account["peak_1s_at"], "2026-10-01T00:04:59.5Z");
    let by = &json["contributors"][0]["by"][0];
    assert_eq!((&by["route"], &by["arrivals"]), (&"/pets".into(), &140.into()));
    throttle(&place, &["--fail-below", "41x"]).ok();
    let failed = throttle(&place, &["--fail-below", "42x"]).fails(10, "growth to the first refusal is 41.6x");
    assert_eq!(failed.json()["limits"].as_array().unwrap().len(), 1);
    throttle(&place, &["--fail-below", "twice"]).fails(2, "--fail-below: \"twice\" is no factor");
    throttle(&place, &["--rate", "1", "--burst", "1", "--scope", "stge"]).fails(2, "did you mean \"stage\"?");
    throttle(&place, &["--rate", "-1", "--burst", "1", "--scope", "stage"]).fails(2, "");
    // A region in neither list of defaults has an unknown limit, not a guessed one.
    let elsewhere = Place::new();
    elsewhere.write("a.log", log(&a_burst()));
    let arguments =
        ["ingest", "a.log", "--format-string", FORMAT, "--region", "ap-east-2", "--api-kind", "rest"];
    elsewhere.run(&arguments).ok();
    let json = throttle(&elsewhere, &[]).ok().json();
    let account = limit(&json, "account", "unknown");
    assert!(
        account["rate"].is_null() && account["refused"].is_null() && account["growth_to_1_percent"].is_null()
    );
    assert_eq!(account["peak_1s"], 122);
}

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-31T06:00:00Z","regions":[
  {"account":"111122223333","region":"us-east-1",
   "account_throttle":{"throttle":{"rate":"1000","burst":500},"source":"get_account"},
   "rest_apis":[{"id":"a1b2c3d4e5","name":"orders","stages":[{"name":"prod","method_settings":{
       "*/*":{"throttle":{"rate":"100","burst":50}},
       "/slow/GET":{"throttle":{"rate":"0.5","burst":1}},
       "/forgotten/PUT":{"throttle":{"rate":"1","burst":1}}}}]}],
   "v2_apis":[],
   "usage_plans":[{"id":"pl4n","name":"gold","throttle":{"rate":"1","burst":3},
      "quota":{"limit":10,"period":"DAY"},"stages":[{"api":"a1b2c3d4e5","stage":"prod"}],"keys":["k1","k2"]},
      {"id":"0ld","name":"silver","throttle":{"rate":"1","burst":3},
      "stages":[{"api":"a1b2c3d4e5","stage":"prod"}],"keys":["k9"]}],
   "api_keys":[{"id":"k1","enabled":true}]}]}"#;

#[test]
fn limits_of_the_settings_are_replayed_alone_and_together() {
    // k1 sends 8 at once: its plan lets 3 through. /slow takes one of them in 2 s.
    let mut requests = vec![Request { route: "/slow", key: "k1", ..REQUEST }; 8];
    for request in &mut requests[3..6] {
        (request.status, request.response_type) = (429, "THROTTLED");
    }
    requests.push(Request { ms: 60_000, route: "/slow", key: "k2", ..REQUEST });
    requests.push(Request {
        ms: 60_100,
        route: "/pets",
        key: "-",
        status: 429,
        response_type: "QUOTA_EXCEEDED",
    });
    let place = place_with(&requests);
    place.write("settings.json", SETTINGS);
    let json = throttle(&place, &["--settings", "settings.json"]).ok().json();
    let limits: Vec<String> = json["limits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|limit| {
            let text = |name: &str| limit[name].to_string().replace('"', "");
            ["scope", "name", "rate", "burst", "source", "arrivals", "refused", "observed_throttled"]
                .map(text)
                .join(" ")
        })
        .collect();
    let expected = [
        "key plan pl4n key k1 1 3 usage_plan 8 5 3",
        "key plan pl4n key k2 1 3 usage_plan 1 0 0",
        "method a1b2c3d4e5/prod GET /pets 100 50 stage_default 1 0 0",
        "method a1b2c3d4e5/prod GET /slow 0.5 1 method_settings 9 7 3",
        "account 111122223333 us-east-1 1000 500 get_account 10 0 3",
    ];
    assert_eq!(limits, expected);
    let chains = json["chains"].as_array().unwrap();
    let refused: Vec<&Value> =
        chains[0]["limits"].as_array().unwrap().iter().map(|of| &of["refused"]).collect();
    // Five by the plan; of the three that it let through two by the method, and none by the account.
    assert_eq!(refused, [5, 2, 0]);
    assert_eq!((&chains[0]["refused"], &chains[0]["refused_in_both"]), (&7.into(), &3.into()));
    assert_eq!(
        (&chains[0]["refused_only_in_replay"], &chains[0]["refused_only_in_log"]),
        (&4.into(), &0.into())
    );
    assert_eq!(chains[0]["disagreements"][0]["at"], "2026-10-01T00:00:00Z");
    let quota = &json["quotas"][0];
    assert_eq!((&quota["key"], &quota["used"], &quota["allowed"]), (&"k1".into(), &8.into(), &10.into()));
    let unused: Vec<&Value> = json["unused"].as_array().unwrap().iter().map(|of| &of["name"]).collect();
    assert_eq!(unused, ["silver", "a1b2c3d4e5/prod /forgotten/PUT"]);
    assert_eq!(
        (&json["hammering"][0]["client"], &json["hammering"][0]["refused"]),
        (&"k1".into(), &3.into())
    );
    // A filter selects limits, and changes no figure of theirs.
    let only = throttle(&place, &["--settings", "settings.json", "--key", "k2"]).ok().json();
    assert_eq!(limit(&only, "account", "get_account"), limit(&json, "account", "get_account"));
    assert_eq!(limit(&only, "method", "method_settings"), limit(&json, "method", "method_settings"));
    assert_eq!(only["limits"].as_array().unwrap().len(), 3);
}

#[test]
fn seconds_instead_of_milliseconds_give_an_interval() {
    let format = FORMAT.replace(r#""epoch":"$context.requestTimeEpoch""#, r#""time":"$context.requestTime""#);
    let mut text = String::new();
    // 15 requests a second; 10 a second with a burst of 10 lets 10 to 15 of the first second through.
    for id in 0..30 {
        let time = format!("01/Oct/2026:00:00:{:02} +0000", id / 15);
        let line = json!({"id": format!("id{id}="), "time": time, "account": "111122223333", "api": "a1b2c3d4e5",
            "stage": "prod", "method": "GET", "route": "/pets", "status": "200", "type": "-", "key": "-", "ip": "-"});
        writeln!(text, "{line}").unwrap();
    }
    let place = Place::new();
    place.write("a.log", text);
    ingest(&place, "a.log", &format);
    let json = throttle(&place, &["--rate", "10", "--burst", "10", "--scope", "stage"]).ok().json();
    let stage = limit(&json, "stage", "typed");
    assert_eq!(stage["resolution_ms"], 1000);
    assert_eq!(
        (&stage["refused_low"], &stage["refused_high"], &stage["refused"]),
        (&1.into(), &10.into(), &10.into())
    );
    assert!(json["notes"].to_string().contains("requestTimeEpoch"));
}

#[test]
fn tables_markdown_and_csv_are_inert() {
    let place = place_with(&[Request { route: "/a|b\u{202e}c", ..REQUEST }]);
    place.write("settings.json", SETTINGS.replace("/slow/GET", "/other/GET"));
    for (format, says) in
        [("table", "GET /a|b\\u{202e}c"), ("markdown", "| method |"), ("csv", "scope,name,account")]
    {
        let arguments = ["throttle", "--month", "2026-10", "--settings", "settings.json", "--format", format];
        let ran = place.run(&arguments).ok();
        assert!(ran.stdout.contains(says), "{format}: {}", ran.stdout);
        assert!(format == "csv" || !ran.stdout.contains('\u{202e}'), "{format}: {}", ran.stdout);
    }
    let none = place.run(&["throttle", "--month", "2026-09"]).ok();
    assert!(none.stdout.contains("no requests"), "{}", none.stdout);
}

#[test]
fn peaks_are_those_that_duckdb_counts() {
    let place = Place::new();
    place.run(&["demo", "--requests", "30k", "--seed", "5"]).ok();
    let lake = ["--lake", "gwcost-demo/lake"];
    let json = throttle(&place, &lake).ok().json();
    place.write(
        "peaks.py",
        r#"
import duckdb, json
for seconds in (1, 10, 60):
    rows = duckdb.sql(f"""
        SELECT account, region, max(n) FROM (
            SELECT account, region, count(*) OVER (PARTITION BY account, region ORDER BY epoch_ms(time)
                RANGE BETWEEN {seconds * 1000 - 1} PRECEDING AND CURRENT ROW) AS n
            FROM 'gwcost-demo/lake/requests/**/*.parquet'
            WHERE epoch_ms(time) >= 1790812800000 AND epoch_ms(time) < 1793491200000)
        GROUP BY ALL""").fetchall()
    print(json.dumps([seconds, {f"{account} {region}": n for account, region, n in rows}]))
"#,
    );
    let output = Command::new(python()).arg("peaks.py").current_dir(place.path("")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut compared = 0;
    for line in said.lines() {
        let of: Value = serde_json::from_str(line).unwrap();
        let column = format!("peak_{}s", of[0]);
        for account in json["limits"].as_array().unwrap().iter().filter(|limit| limit["scope"] == "account") {
            let name = account["name"].as_str().unwrap();
            assert_eq!(account[&column], of[1][name], "{name} {column}");
            compared += 1;
        }
    }
    assert!(compared >= 9, "{compared}");
}

#[test]
fn a_bucket_of_another_library_refuses_as_many() {
    let python = venv::python("tests/throttle/requirements.txt", "the check of replays needs");
    // Eighths of a second, where that library's floats are exact: a congruential walk with bursts and lulls.
    let (mut state, mut ms) = (11_u64, 0);
    let mut requests = Vec::new();
    for _ in 0..4000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ms += [0, 0, 0, 125, 125, 250, 1000][(state >> 33) as usize % 7];
        if (state >> 40).is_multiple_of(200) {
            ms += 86_400_000 / 64;
        }
        requests.push(Request { ms, ..REQUEST });
    }
    let place = place_with(&requests);
    for (rate, burst) in [("1", 1), ("3", 5), ("5", 40), ("7", 2), ("9", 400)] {
        let burst = burst.to_string();
        let json = throttle(&place, &["--rate", rate, "--burst", &burst, "--scope", "stage"]).ok().json();
        let ours = &limit(&json, "stage", "typed")["refused"];
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/throttle/replay.py");
        let output = Command::new(&python)
            .args([script, place.path("a.log").to_str().unwrap(), rate, &burst])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let theirs: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(*ours, theirs["refused"], "{rate} {burst}");
        assert_eq!(theirs["arrivals"], 4000);
    }
}

#[test]
fn two_weeks_of_rising_peaks_are_followed_and_thirteen_days_are_not() {
    // Day by day 20, 22, 24, ... at once; the account's burst is 5,000.
    let days = |count: i64| -> Vec<Request> {
        let of_day =
            |day: i64| (0..20 + 2 * day).map(move |_| Request { ms: day * 86_400_000 + 60_000, ..REQUEST });
        let mut all: Vec<Request> = (0..count).flat_map(of_day).collect();
        all.push(Request { ms: count * 86_400_000 - 1000, ..REQUEST });
        all
    };
    let typed = ["--rate", "1", "--burst", "100", "--scope", "account"];
    let json = throttle(&place_with(&days(20)), &typed).ok().json();
    let account = limit(&json, "account", "typed");
    assert_eq!(account["days_of_data"], 20);
    // 58 on the last day, with room for 1.72 times that: 99.76 is reached 20.9 days later, on a line without scatter.
    assert_eq!(account["growth_to_first_refusal"], "1.72");
    assert_eq!(account["days_to_first_refusal"], "20.9");
    assert_eq!(account["days_to_first_refusal_low"], account["days_to_first_refusal_high"]);
    let json = throttle(&place_with(&days(13)), &typed).ok().json();
    assert!(limit(&json, "account", "typed")["days_to_first_refusal"].is_null());
}
