//! A generated month in which everything that gwcost looks for was planted with a known size: customers, retries,
//! robots, preflights, polling, an idle cache, a spike on one key, a slow drift.

use std::fmt::Write;
use std::fs::File;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{OCTOBER_MS, Place, python};

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","path":"$context.path","status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength","latency":"$context.responseLatency","key":"$context.identity.apiKeyId","ip":"$context.identity.sourceIp","ua":"$context.identity.userAgent"}"#;

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-01T00:00:00Z","regions":[
  {"account":"111122223333","region":"us-east-1",
   "rest_apis":[{"id":"a1b2c3d4e5","name":"shop","stages":[{"name":"prod"},
     {"name":"old","cache_cluster_enabled":true,"cache_cluster_size":0.5,"cache_cluster_status":"AVAILABLE"}]}],
   "usage_plans":[{"id":"g0ld","name":"gold","stages":[{"api":"a1b2c3d4e5","stage":"prod"}],"keys":["k0","k1"]}],
   "api_keys":[]}]}"#;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Integers from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) * bound) >> 31
    }
}

struct Request {
    ms: i64,
    method: &'static str,
    route: &'static str,
    status: u16,
    bytes: u64,
    key: String,
    ip: String,
    ua: &'static str,
}

#[derive(Default)]
struct Log {
    text: String,
    lines: u64,
}

impl Log {
    fn add(&mut self, of: &Request) {
        self.lines += 1;
        let backend = of.status < 400 || of.status >= 500;
        let line = json!({
            "id": format!("id{}=", self.lines), "epoch": (OCTOBER_MS + of.ms).to_string(), "account": "111122223333",
            "api": "a1b2c3d4e5", "stage": "prod", "method": of.method, "route": of.route, "path": of.route,
            "status": of.status.to_string(), "type": if backend { "-" } else { "MISSING_AUTHENTICATION_TOKEN" },
            "bytes": of.bytes.to_string(), "latency": "20", "key": of.key, "ip": of.ip, "ua": of.ua,
        });
        writeln!(self.text, "{line}").unwrap();
    }
}

const BROWSER: &str = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36";

fn request(ms: i64, route: &'static str, ip: String) -> Request {
    Request { ms, method: "GET", route, status: 200, bytes: 900, key: "-".to_owned(), ip, ua: BROWSER }
}

/// Some 16,000 requests of customers with a rhythm of hours and weekdays, and a drift of one percent a day.
fn calm(log: &mut Log, chance: &mut Chance) {
    for hour in 0..31 * 24 {
        let (day, of_day) = (hour / 24, hour % 24);
        // 2026-10-01 was a Thursday.
        let weekend = matches!((day + 3) % 7, 5 | 6);
        let busy = if (7..20).contains(&of_day) { 30 } else { 8 };
        let mean = busy * (100 + day) / 100 * if weekend { 5 } else { 10 } / 10;
        let count = mean + chance.below(5) as i64;
        for _ in 0..count {
            let ms = hour * HOUR_MS + chance.below(HOUR_MS as u64) as i64;
            let customer = chance.below(4);
            // A client of its own for each, so that no chance makes a retry or a poll.
            let ip = format!("10.{}.{}.1", log.lines / 250 % 250, log.lines % 250);
            log.add(&Request {
                key: format!("k{customer}"),
                bytes: 500 + chance.below(1000),
                ..request(ms, "/orders", ip)
            });
        }
    }
}

fn planted() -> Log {
    let (mut log, mut chance) = (Log::default(), Chance(7));
    calm(&mut log, &mut chance);
    // 40 failures, each tried three times again within seconds: 120 retries, all failing.
    for at in 0..40 {
        for again in 0..4 {
            let ms = 2 * DAY_MS + at * 60_000 + again * 2_000;
            log.add(&Request {
                status: 502,
                method: "POST",
                ..request(ms, "/pay", format!("172.16.{at}.9"))
            });
        }
    }
    for at in 0..300 {
        let ms = 3 * DAY_MS + at * 70_000;
        log.add(&Request { method: "OPTIONS", bytes: 0, ..request(ms, "/orders", "192.0.2.1".to_owned()) });
    }
    for at in 0..200 {
        let ms = 4 * DAY_MS + at * 100_000;
        let robot = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)";
        log.add(&Request { ua: robot, ..request(ms, "/orders", "198.51.100.1".to_owned()) });
    }
    // Something that says it is a browser, and asks for 150 things that are not there in a few minutes.
    for at in 0..150 {
        let ms = 5 * DAY_MS + at * 1_500;
        log.add(&Request {
            status: 403,
            bytes: 42,
            ..request(ms, "/wp-login.php", "203.0.113.9".to_owned())
        });
    }
    // Every 20 seconds for four hours, with an answer that never changes.
    for at in 0..720 {
        let ms = 6 * DAY_MS + 8 * HOUR_MS + at * 20_000;
        log.add(&Request { bytes: 64, ..request(ms, "/jobs/{id}", "203.0.113.77".to_owned()) });
    }
    for at in 0..10 {
        let ms = 8 * DAY_MS + at * HOUR_MS;
        log.add(&Request { bytes: 5 << 20, ..request(ms, "/export", format!("203.0.{at}.5")) });
    }
    // A spike on one key, three hours in the third week.
    for at in 0..1_500 {
        let ms = 19 * DAY_MS + 12 * HOUR_MS + at * 7_200;
        let ip = format!("100.64.{}.1", at % 250);
        log.add(&Request { key: "k1".to_owned(), ..request(ms, "/orders", ip) });
    }
    log
}

fn place(log: &Log) -> Place {
    let place = Place::new();
    place.write("settings.json", SETTINGS);
    place.write("a.log", &log.text);
    place.run(&["ingest", "settings:", "--settings", "settings.json"]).ok();
    let format = ["--format-string", FORMAT, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&[&["ingest", "a.log"][..], &format].concat()).ok();
    place
}

fn requests_of(json: &Value, kind: &str) -> u64 {
    let items = json["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind);
    items.map(|item| item["requests"].as_u64().unwrap_or(0)).sum()
}

fn cost_of(json: &Value, kind: &str) -> String {
    let mut items = json["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind);
    items.next().unwrap_or_else(|| panic!("no {kind} in {json}"))["cost"].as_str().unwrap().to_owned()
}

#[test]
fn everything_planted_is_found_with_its_size() {
    let log = planted();
    let place = place(&log);
    let json = place.run(&["waste", "--month", "2026-10", "--format", "json"]).ok().json();
    assert_eq!(json["requests"], log.lines);
    assert_eq!(requests_of(&json, "preflights"), 300);
    assert_eq!(requests_of(&json, "robots"), 200);
    assert_eq!(requests_of(&json, "scans"), 150);
    assert_eq!(requests_of(&json, "retries"), 120);
    // The first of each four failures is no retry: it is an error, and its cause the backend.
    assert_eq!(requests_of(&json, "billed_errors"), 40);
    let error =
        json["items"].as_array().unwrap().iter().find(|item| item["kind"] == "billed_errors").unwrap();
    assert_eq!((&error["detail"], &error["route"]), (&"502 backend".into(), &"/pay".into()));
    // After thirty times it is polling.
    assert_eq!(requests_of(&json, "polling"), 720 - 30);
    assert_eq!(requests_of(&json, "large_responses"), 10);
    // 744 hours of 0.5 GB at $0.02.
    assert_eq!(cost_of(&json, "idle_cache"), "14.88");
    // 300 requests at $0.0000035, without a byte of transfer.
    assert_eq!(cost_of(&json, "preflights"), "0.00105");

    // The same from the raw lines, by a program that shares no code.
    place.write("waste.json", json.to_string());
    let check = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/waste_check.py");
    let output = Command::new(python())
        .args([check, "--log", "a.log", "--robots", "GPTBot"])
        .current_dir(place.path(""))
        .stdin(File::open(place.path("waste.json")).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    // The spike: its hours, its key, its size within a tenth.
    let arguments = ["anomalies", "--since", "31d", "--as-of", "2026-11-01T00:00:00Z", "--format", "json"];
    let json = place.run(&arguments).ok().json();
    let found = json["anomalies"].as_array().unwrap();
    let spike = found.iter().find(|of| of["from"] == "2026-10-20T12:00:00Z");
    let spike = spike.unwrap_or_else(|| panic!("no spike in {json}"));
    assert_eq!((&spike["to"], &spike["measure"]), (&"2026-10-20T15:00:00Z".into(), &"requests".into()));
    assert_eq!((&spike["cause"]["dimension"], &spike["cause"]["value"]), (&"key".into(), &"k1".into()));
    let size = spike["actual"].as_i64().unwrap() - spike["expected"].as_i64().unwrap();
    assert!((1_350..=1_650).contains(&size), "{spike}");
    place.run(&[&arguments[..], &["--fail"]].concat()).fails(10, "--fail was given");

    // The dearest thing to do is the cache, and it counts once.
    let json = place.run(&["advise", "--month", "2026-10", "--format", "json"]).ok().json();
    let first = &json["recommendations"][0];
    assert_eq!((&first["name"], &first["stage"]), (&"idle_cache".into(), &"old".into()));
    assert_eq!((&first["saving_per_month_low"], &first["behind"]), (&"14.88".into(), &Value::Null));
    let refuted = json["refuted"].to_string();
    assert!(refuted.contains("A cache cuts what requests cost"), "{refuted}");
    for (format, says) in
        [("markdown", "### 1\\. Switch off"), ("table", "Switch off a cache"), ("sarif", "\"2.1.0\"")]
    {
        let ran = place.run(&["advise", "--month", "2026-10", "--format", format]).ok();
        assert!(ran.stdout.contains(says) || ran.stdout.contains("Switch off"), "{format}: {}", ran.stdout);
    }
    let sarif = place.run(&["advise", "--month", "2026-10", "--format", "sarif"]).ok().json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), json["recommendations"].as_array().unwrap().len());
}

#[test]
fn a_calm_month_is_quiet_and_is_forecast() {
    let (mut log, mut chance) = (Log::default(), Chance(11));
    calm(&mut log, &mut chance);
    let place = place(&log);
    let as_of = ["--as-of", "2026-11-01T00:00:00Z"];
    let arguments = [&["anomalies", "--since", "31d", "--fail"][..], &as_of].concat();
    let ran = place.run(&arguments).ok();
    assert!(ran.stdout.contains("nothing left its season"), "{}", ran.stdout);

    // Seen from the 22nd, the month is what it became, within the interval.
    let arguments = ["forecast", "--as-of", "2026-10-22T00:00:00Z", "--format", "json"];
    let json = place.run(&arguments).ok().json();
    let came =
        place.analyze(&["--month", "2026-10"])["total"]["cost"].as_str().unwrap().parse::<f64>().unwrap();
    let figure = |name: &str| json["total"]["this_month"][name].as_str().unwrap().parse::<f64>().unwrap();
    assert!(figure("low") <= came && came <= figure("high"), "{json} {came}");
    assert!((figure("likely") - came).abs() < 0.03 * came, "{json} {came}");
    // Two weeks are needed.
    let early = place.run(&["forecast", "--as-of", "2026-10-13T00:00:00Z", "--format", "json"]).ok().json();
    assert_eq!(early["total"]["this_month"], Value::Null);
}
