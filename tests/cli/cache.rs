//! What caches would do, on logs whose re-reads were planted, and against caches that others wrote.

use std::process::Command;

use serde_json::Value;

use crate::support::{OCTOBER_MS, Place};
use crate::venv;

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","path":"$context.path","route":"$context.resourcePath","status":"$context.status","bytes":"$context.responseLength","integration":"$context.integrationLatency","authorizer":"$context.authorizer.latency","principal":"$context.authorizer.principalId","mode":"$context.integration.responseTransferMode"}"#;

/// One request of a log.
#[derive(Clone)]
struct Request {
    ms: i64,
    method: &'static str,
    path: String,
    route: &'static str,
    status: &'static str,
    bytes: String,
    integration: String,
    authorizer: &'static str,
    principal: String,
    mode: &'static str,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            ms: 0,
            method: "GET",
            path: "/prod/items/1".to_owned(),
            route: "/items/{id}",
            status: "200",
            bytes: "1000".to_owned(),
            integration: "100".to_owned(),
            authorizer: "-",
            principal: "-".to_owned(),
            mode: "-",
        }
    }
}

/// The requests as a log in the order of time.
fn log(mut requests: Vec<Request>) -> String {
    requests.sort_by_key(|request| request.ms);
    let line = |(id, request): (usize, &Request)| {
        let Request { ms, method, path, route, status, bytes, integration, authorizer, principal, mode } =
            request;
        format!(
            "{{\"id\":\"id{id}=\",\"epoch\":\"{}\",\"account\":\"111122223333\",\"api\":\"a1b2c3d4e5\",\
             \"stage\":\"prod\",\"method\":\"{method}\",\"path\":\"{path}\",\"route\":\"{route}\",\
             \"status\":\"{status}\",\"bytes\":\"{bytes}\",\"integration\":\"{integration}\",\
             \"authorizer\":\"{authorizer}\",\"principal\":\"{principal}\",\"mode\":\"{mode}\"}}\n",
            OCTOBER_MS + ms
        )
    };
    requests.iter().enumerate().map(line).collect()
}

fn place_with(log: &str, format: &str, kind: &str) -> Place {
    let place = Place::new();
    place.write("a.log", log);
    let ingest = ["ingest", "a.log", "--format-string", format, "--region", "us-east-1", "--api-kind", kind];
    place.run(&ingest).ok();
    place
}

fn cache(place: &Place, arguments: &[&str]) -> Value {
    let all = [&["cache", "--format", "json", "--month", "2026-10"], arguments].concat();
    place.run(&all).ok().json()
}

fn option(stage: &Value, ttl: u64, size: Option<&str>) -> Value {
    let found = stage["options"].as_array().unwrap().iter().find(|option| {
        option["ttl_seconds"] == ttl
            && option["size_gb"].as_str() == size
            && option["basis"] != "lru_estimate"
    });
    found.unwrap_or_else(|| panic!("no {ttl} s with {size:?} in {stage}")).clone()
}

/// Seconds at which each path is read after its first time.
const READS: [i64; 7] = [0, 30, 59, 60, 119, 121, 400];
const PATHS: i64 = 500;

/// A month in which 500 paths are read seven times each, an hour and more apart from the next one, and requests
/// that no cache can answer.
fn planted() -> Vec<Request> {
    let mut requests = Vec::new();
    for path in 0..PATHS {
        for read in READS {
            let ms = (path * 5_300 + read) * 1000;
            requests.push(Request { ms, path: format!("/prod/items/{path}"), ..Request::default() });
        }
        let ms = path * 5_300_000 + 31_000;
        let path = format!("/prod/items/{path}");
        let other = Request { ms, path, ..Request::default() };
        requests.push(Request { method: "POST", ..other.clone() });
        requests.push(Request { status: "404", ..other.clone() });
        requests.push(Request { bytes: "1048577".to_owned(), ..other.clone() });
        requests.push(Request { mode: "STREAMED", ..other });
    }
    requests
}

#[test]
fn planted_reads_are_found_at_every_ttl() {
    let place = place_with(&log(planted()), FORMAT, "rest");
    let json = cache(&place, &["--ttl", "0,60,300,3600", "--lambda-memory", "1024"]);
    assert_eq!(json["schema"], "gwcost/cache/1");
    let stage = &json["stages"][0];
    assert_eq!((&stage["api"], &stage["stage"]), (&"a1b2c3d4e5".into(), &"prod".into()));
    assert_eq!(stage["requests"], PATHS * 11);
    assert_eq!(stage["cacheable_requests"], PATHS * 7);
    assert_eq!(stage["distinct_keys"], PATHS);
    let left_out = &stage["left_out"];
    for reason in ["method", "status", "too_large", "streamed"] {
        assert_eq!(left_out[reason], PATHS, "{reason}");
    }
    // TTL 60: filled at 0, 60, 121 and 400. TTL 300: at 0 and 400. TTL 3600: at 0.
    for (ttl, hits, ages) in [
        (0, 0, 0),
        (60, 3, 30 + 59 + 59),
        (300, 5, 30 + 59 + 60 + 119 + 121),
        (3600, 6, 30 + 59 + 60 + 119 + 121 + 400),
    ] {
        let option = option(stage, ttl, None);
        assert_eq!(option["hits"], PATHS * hits, "{ttl}");
        assert_eq!(option["early_hits"], 0);
        assert_eq!(option["peak_live_bytes"], if ttl == 0 { 0 } else { 1000 }, "{ttl}");
        assert_eq!(option["time_saved_ms"], PATHS * hits * 100);
        let mean = (hits > 0).then(|| ages * 1000 / hits);
        assert_eq!(option["mean_age_ms"].as_i64(), mean, "{ttl}");
        // 100 ms of 1 GB: $0.00000166667 and $0.0000002 for each call.
        let saved = rust_decimal::Decimal::from(PATHS * hits)
            * "0.00000186667".parse::<rust_decimal::Decimal>().unwrap();
        assert_eq!(option["backend_saved"], saved.normalize().to_string(), "{ttl}");
        // Query strings are not in any log.
        assert_eq!(option["basis"], "upper_bound");
    }
    assert_eq!(stage["key_basis"], serde_json::json!(["method", "path"]));
    assert_eq!(stage["key_lacks"], serde_json::json!(["query string"]));
    // From the first hour to the last: 500 x 5,300 s less the last pause.
    assert_eq!(json["replayed"]["from"], "2026-10-01T00:00:00Z");
    let small = option(stage, 3600, Some("0.5"));
    assert_eq!(small["cache_cost"], "14.7");
    assert_eq!(stage["best"]["cache"], false, "{}", stage["best"]);
    let method = &stage["methods"][0];
    assert_eq!((&method["method"], &method["route"]), (&"GET".into(), &"/items/{id}".into()));
    assert_eq!(method["hits"], PATHS * 6);
    assert_eq!(method["worth_caching"], false);
    // Whoever names the key's fields knows the key.
    let json = cache(&place, &["--ttl", "60", "--cache-key", "principal"]);
    let stage = &json["stages"][0];
    assert_eq!(option(stage, 60, None)["basis"], "exact");
    assert_eq!(stage["key_lacks"], serde_json::json!([]));
    assert!(stage["findings"][0].as_str().unwrap().contains("3,500 of 3,500 requests have no principal"));
}

#[test]
fn a_dear_backend_makes_a_cache_pay_and_an_unknown_one_makes_no_figure() {
    let place = place_with(&log(planted()), FORMAT, "rest");
    let dear = cache(&place, &["--ttl", "60,300", "--backend-cost", "0.01", "--cache-size", "0.5,237"]);
    let stage = &dear["stages"][0];
    // 2,500 hits spare $25 in 735 hours; the cache costs $14.70.
    assert_eq!(
        stage["best"],
        serde_json::json!({"cache": true, "ttl_seconds": 300, "size_gb": "0.5", "net": "10.3",
            "net_per_month": "10.2299319728"})
    );
    assert_eq!(stage["methods"][0]["worth_caching"], true);
    assert_eq!(option(stage, 300, Some("237"))["net"], "-2768");
    assert_eq!(option(stage, 300, Some("0.5"))["break_even_cost_per_call"], "0.00588");
    let unknown = cache(&place, &["--ttl", "60"]);
    let stage = &unknown["stages"][0];
    let unpriced = option(stage, 60, Some("0.5"));
    assert!(unpriced["net"].is_null() && unpriced["backend_saved"].is_null() && stage["best"].is_null());
    assert_eq!(unpriced["cache_cost"], "14.7");
    let notes = unknown["notes"].to_string();
    assert!(notes.contains("--lambda-memory MB or --backend-cost"), "{notes}");
}

#[test]
fn without_a_path_it_says_that_it_cannot() {
    let format = FORMAT.replace(r#""path":"$context.path","#, "");
    let log: String = log(planted())
        .lines()
        .map(|line| {
            let (before, rest) = line.split_once("\"path\":").unwrap();
            format!("{before}{}\n", rest.split_once(',').unwrap().1)
        })
        .collect();
    let place = place_with(&log, &format, "rest");
    let json = cache(&place, &[]);
    let stage = &json["stages"][0];
    assert_eq!(stage["cacheable_requests"], 0);
    assert_eq!(stage["left_out"]["without_path"], PATHS * 7);
    assert_eq!(stage["options"], serde_json::json!([]));
    assert_eq!(stage["key_basis"], serde_json::json!([]));
    assert!(
        stage["findings"][0].as_str().unwrap().starts_with("cannot tell: 3,500 requests could be cached")
    );
}

/// Requests within an hour, of many paths with large responses; popular ones come often.
fn crowded() -> Vec<Request> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    };
    let paths: u64 = 1_900;
    let mut requests = Vec::new();
    for number in 0..12_000i64 {
        // The lower half of a path's numbers is asked for three times as often, and so on.
        let path = (random() % paths) * (random() % paths) / paths;
        requests.push(Request {
            // Several requests in the same millisecond, and hits before the answer is there.
            ms: number / 3 * 790,
            path: format!("/prod/items/{path}"),
            bytes: if path % 97 == 3 { "-".to_owned() } else { (400_000 + path * 331 % 640_000).to_string() },
            integration: if random() % 20 == 0 { "900".to_owned() } else { (random() % 400).to_string() },
            status: if random() % 50 == 0 { "500" } else { "200" },
            ..Request::default()
        });
    }
    requests
}

#[test]
fn caches_that_others_wrote_hit_as_often() {
    let text = log(crowded());
    let place = place_with(&text, FORMAT, "rest");
    let json = cache(&place, &["--ttl", "1,5,30,60,300,900,1800,3600"]);
    place.write("answer.json", json.to_string());
    let python = venv::python("tests/independent/cache-requirements.txt", "the check of caches needs");
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/cache_check.py"))
        .current_dir(place.path(""))
        .args(["a.log", "answer.json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("compared"), "{said}");
}

#[test]
fn with_little_memory_a_sample_says_so_and_is_near() {
    let mut requests = Vec::new();
    // 6,000 paths: each read once, and again within a minute if its number is even.
    for path in 0..6_000i64 {
        for read in 0..=i64::from(path % 2 == 0) {
            let ms = path * 100 + read * 20_000;
            requests.push(Request { ms, path: format!("/prod/items/{path}"), ..Request::default() });
        }
    }
    let place = place_with(&log(requests), FORMAT, "rest");
    let all = cache(&place, &["--ttl", "60", "--lambda-memory", "512"]);
    assert!(all["sample"].is_null());
    let some = cache(&place, &["--ttl", "60", "--lambda-memory", "512", "--memory", "150KiB"]);
    let (all, stage) = (option(&all["stages"][0], 60, None), &some["stages"][0]);
    let sampled = option(stage, 60, None);
    assert!(some["sample"]["one_in"].as_u64().unwrap() >= 4, "{}", some["sample"]);
    assert_eq!(sampled["basis"], "sample");
    assert_eq!(stage["cacheable_requests"], 9_000);
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let (exact, found, error) =
        (number(&all["hit_ratio"]), number(&sampled["hit_ratio"]), number(&sampled["hit_ratio_error"]));
    assert!(error > 0.0 && error < 0.1, "{error}");
    assert!((exact - found).abs() < 2.0 * error, "{exact} {found} {error}");
    let near = |one: f64, other: f64| (one - other).abs() < 0.1 * one.max(other);
    assert!(near(all["hits"].as_f64().unwrap(), sampled["hits"].as_f64().unwrap()));
    assert!(near(6_000.0, stage["distinct_keys"].as_f64().unwrap()) || error > 0.01, "{stage}");
}

const SETTINGS: &str = r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-31T06:00:00Z","regions":[
    {"account":"111122223333","region":"us-east-1","rest_apis":[{"id":"a1b2c3d4e5","name":"items",
    "authorizers":[{"id":"au1","name":"by-token","type":"TOKEN","result_ttl_seconds":300,
        "identity_sources":["method.request.header.X-Token"]}],
    "stages":[
        {"name":"prod","cache_cluster_enabled":true,"cache_cluster_size":"0.5","method_settings":{
            "/items/{id}/GET":{"caching_enabled":true,"cache_ttl_seconds":300}}},
        {"name":"dev","cache_cluster_enabled":true,"cache_cluster_size":"6.1","method_settings":{}},
        {"name":"old","cache_cluster_enabled":false,"cache_cluster_size":"0.5"},
        {"name":"idle","cache_cluster_enabled":true,"cache_cluster_size":"1.6","method_settings":{
            "*/*":{"caching_enabled":true,"cache_ttl_seconds":0}}}],
    "resources":[{"path":"/items/{id}","methods":[{"http_method":"GET","authorization_type":"CUSTOM",
        "authorizer_id":"au1","integration":{"type":"AWS_PROXY","cache_key_parameters":
            ["method.request.path.id","method.request.header.X-Token"]}}]}]}]}]}"#;

#[test]
fn settings_say_what_is_there() {
    let mut requests = Vec::new();
    // Two callers read the same path by turns: kept for each apart, every first read of a minute is a miss.
    for number in 0..20i64 {
        let principal = format!("user{}", number % 2);
        requests.push(Request { ms: number * 10_000, principal, authorizer: "40", ..Request::default() });
    }
    let place = place_with(&log(requests), FORMAT, "rest");
    place.write("settings.json", SETTINGS);
    let arguments = [
        "--ttl",
        "60",
        "--settings",
        "settings.json",
        "--lambda-memory",
        "128",
        "--authorizer-memory",
        "256",
        "--authorizer-ttl",
        "0,60,3600",
        "--as-of",
        "2026-10-31T10:00:00Z",
    ];
    let json = cache(&place, &arguments);
    let stages = json["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(names, ["dev", "idle", "prod"]);
    let finding = |at: usize, says: &str| {
        let findings = stages[at]["findings"].to_string();
        assert!(findings.contains(says), "{says} is not in {findings}");
    };
    // 730 hours up to now, at $0.20, $0.038 and $0.02.
    for (at, size, cost) in [(0, "6.1", "146"), (1, "1.6", "27.74"), (2, "0.5", "14.6")] {
        let observed = &stages[at]["observed"];
        assert_eq!((&observed["size_gb"], &observed["hours"]), (&size.into(), &"730".into()));
        assert_eq!(observed["cache_cost"], cost);
        assert!(observed["hits"].is_null() && observed["net"].is_null());
    }
    finding(0, "no method is cached");
    finding(0, "the log holds no request");
    finding(1, "TTL of 0 s");
    finding(2, "cached for each caller apart: GET /items/{id} by method.request.header.X-Token");
    let prod = &stages[2];
    assert_eq!(prod["observed"]["break_even_hits_per_hour"], "48980");
    // Filled for each caller at 0, 60 and 120 and 180 s or ten seconds later.
    assert_eq!((&prod["cacheable_requests"], &prod["distinct_keys"]), (&20.into(), &2.into()));
    assert_eq!(option(prod, 60, None)["hits"], 12);
    assert_eq!(option(prod, 60, None)["basis"], "exact");
    assert_eq!(prod["methods"][0]["cached"], true);
    assert_eq!(prod["methods"][0]["per_caller"], true);
    let authorizer = &json["authorizers"][0];
    assert_eq!((&authorizer["requests"], &authorizer["principals"]), (&20.into(), &2.into()));
    assert_eq!(authorizer["configured"], serde_json::json!(["by-token (TOKEN), 300 s"]));
    let invocations: Vec<u64> = authorizer["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["invocations"].as_u64().unwrap())
        .collect();
    assert_eq!(invocations, [20, 8, 2]);
    // 40 ms of a quarter GB: 0.01 GB-s.
    assert_eq!(authorizer["options"][2]["cost"], "0.0000007333");
    place.write("broken.json", SETTINGS.replace("cache_cluster_size", "cache_size"));
    place.run(&["cache", "--settings", "broken.json"]).fails(3, "unknown key \"cache_size\"");
}

#[test]
fn a_shared_cache_is_replayed_before_http_apis_too() {
    let format = FORMAT.replace("resourcePath", "routeKey");
    let requests = (0..5i64)
        .map(|number| Request { ms: number * 4_000_000, route: "GET /items/{id}", ..Request::default() })
        .collect();
    let place = place_with(&log(requests), &format, "http");
    let alone = cache(&place, &[]);
    assert_eq!(alone["stages"], serde_json::json!([]));
    assert!(alone["notes"].to_string().contains("5 requests to HTTP APIs"), "{}", alone["notes"]);
    let shared = cache(&place, &["--shared-cache", "--ttl", "3600,86400"]);
    let stage = &shared["stages"][0];
    assert_eq!(option(stage, 3600, None)["hits"], 0);
    assert_eq!(option(stage, 86_400, None)["hits"], 4);
    assert_eq!(stage["options"].as_array().unwrap().len(), 2);
    place.run(&["cache", "--ttl", "86400"]).fails(2, "--shared-cache");
}

#[test]
fn people_and_spreadsheets_see_the_same_figures() {
    let mut requests = planted();
    for request in requests.iter_mut().filter(|request| request.path.ends_with("/7")) {
        request.route = "/x|`<b>\u{202e}gpj";
    }
    let place = place_with(&log(requests), FORMAT, "rest");
    let arguments = ["cache", "--month", "2026-10", "--ttl", "60,300", "--backend-cost", "0.01"];
    let table = place.run(&arguments).ok().stdout;
    for said in
        ["a1b2c3d4e5/prod", "3,500 of which", "best: 0.5 GB with a TTL of 300 s", "42.9%", "71.4%", "▄▆"]
    {
        assert!(table.contains(said), "{said} is not in {table}");
    }
    place.run(&[&arguments[..], &["--chart", "cache.svg"]].concat()).ok();
    let chart = std::fs::read_to_string(place.path("cache.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.contains("any size, 300 s: 71.4%"), "{chart}");
    assert!(chart.contains("0.5 GB, 300 s: $10.23") && !chart.contains("href"), "{chart}");
    place.run(&["cache", "--month", "2026-09", "--chart", "none.svg"]).fails(2, "0 stages to draw");
    let narrow = place.command(&arguments).env("COLUMNS", "80").output().unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    let markdown = place.run(&[&arguments[..], &["--format", "markdown"]].concat()).ok().stdout;
    assert!(markdown.contains("| TTL s | size GB | hit ratio |"), "{markdown}");
    assert!(markdown.contains("<b>") && !markdown.contains('\u{202e}') && !table.contains('\u{202e}'));
    assert!(markdown.contains("``/x\\|`<b>\\u{202e}gpj``"), "{markdown}");
    let csv = place.run(&[&arguments[..], &["--format", "csv"]].concat()).ok().stdout;
    // A header, and for each TTL one without a bound and the eight sizes.
    assert_eq!(csv.lines().count(), 1 + 2 * 9);
    assert!(csv.contains("111122223333,us-east-1,a1b2c3d4e5,prod,300,0.5,2500,0,0.714286,,upper_bound,1000,25,250000,14.7,10.3,"), "{csv}");
}
