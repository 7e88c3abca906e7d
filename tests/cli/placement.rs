//! Placement: bills that add up and known answers, callers of one country, of two continents, behind a proxy, over
//! IPv6 and without addresses; and the country database that says where they are.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use gwcost::geo::country_database;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{OCTOBER_MS, Place, Ran};

const FORMAT: &str = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","account":"$context.accountId","api":"$context.apiId","stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath","path":"$context.path","status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength","ip":"$context.identity.sourceIp"}"#;

const NETWORKS: [(&str, &str); 4] =
    [("8.8.0.0/16", "US"), ("9.9.0.0/16", "JP"), ("2a00::/16", "DE"), ("130.176.0.0/16", "US")];

/// A place with a database and a log of `count` requests, a second apart, from these addresses in turn.
fn place_of(addresses: &[&str], count: u64, bytes: u64) -> Place {
    let place = Place::new();
    place.write("countries.mmdb", country_database(&NETWORKS, 1_793_491_200).unwrap());
    let mut log = String::new();
    for at in 0..count {
        let ip = addresses[usize::try_from(at).unwrap() % addresses.len()];
        let epoch = OCTOBER_MS + i64::try_from(at).unwrap() * 1000;
        writeln!(
            log,
            r#"{{"id":"e{at}=","epoch":"{epoch}","account":"123456789012","api":"a1b2c3d4e5","stage":"prod","method":"GET","route":"/pets","path":"/prod/pets","status":"200","type":"-","bytes":"{bytes}","ip":"{ip}"}}"#
        )
        .unwrap();
    }
    place.write("a.log", log);
    let ingest =
        ["ingest", "a.log", "--format-string", FORMAT, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&ingest).ok();
    place
}

fn placement(place: &Place, more: &[&str]) -> Value {
    let all = ["placement", "--month", "2026-10", "--geoip", "countries.mmdb", "--format", "json"];
    place.run(&[&all[..], more].concat()).ok().json()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

fn alternative<'v>(answer: &'v Value, name: &str, ttl: Option<u64>) -> &'v Value {
    let all = answer["apis"][0]["alternatives"].as_array().unwrap();
    let is = |one: &&Value| one["name"] == name && one["ttl_seconds"].as_u64() == ttl;
    all.iter().find(is).unwrap_or_else(|| panic!("no {name} in {answer}"))
}

fn notes(answer: &Value) -> String {
    format!("{} {}", answer["notes"], answer["apis"][0]["notes"])
}

#[test]
fn one_country_has_the_bills_that_one_works_out_by_hand() {
    let place = place_of(&["8.8.8.8"], 1_000, 1_048_576);
    let answer = placement(&place, &[]);
    let api = &answer["apis"][0];
    assert_eq!(
        api["callers"].to_string(),
        r#"[{"country":"US","requests":1000,"response_bytes":1048576000,"share":"1"}]"#
    );
    assert_eq!((&api["unknown_share"], &api["proxied"]), (&Value::from("0"), &Value::from(false)));
    // 1,000 x 3.50 a million, and 1,000 MiB at $0.09 the GB.
    let gb = Decimal::from(1_000) / Decimal::from(1024);
    let amount = |text: &str| text.parse::<Decimal>().unwrap();
    let as_is = (amount("0.0035") + gb * amount("0.09")).round_dp(10);
    for name in ["rest_edge", "rest_regional"] {
        let one = alternative(&answer, name, None);
        assert_eq!(decimal(&one["cost"]), as_is, "{name}");
        assert_eq!(decimal(&one["delta"]), Decimal::ZERO, "{name}");
    }
    let bill = place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    assert_eq!(decimal(&bill["total"]), as_is);
    // Each MiB is two increments of 512 KB.
    let http = alternative(&answer, "http_regional", None);
    assert_eq!(decimal(&http["cost"]), (amount("0.002") + gb * amount("0.09")).round_dp(10));
    // CloudFront adds 1.00 a million and sends at $0.085 the GB.
    let front = alternative(&answer, "rest_regional_cloudfront", Some(0));
    assert_eq!(
        decimal(&front["cost"]),
        (amount("0.0035") + amount("0.001") + gb * amount("0.085")).round_dp(10)
    );
    // One path, asked every second of 1,000: with a TTL of a minute a miss each 60 s or a little more.
    let kept = alternative(&answer, "rest_regional_cloudfront", Some(3600));
    assert_eq!(
        (&kept["hit_ratio_low"], &kept["hit_ratio_high"]),
        (&Value::from("0.999"), &Value::from("0.999"))
    );
    let origin = amount("0.0000035");
    assert_eq!(decimal(&kept["cost"]), (origin + amount("0.001") + gb * amount("0.085")).round_dp(10));
    let minute = alternative(&answer, "rest_regional_cloudfront", Some(60));
    assert!(decimal(&minute["hit_ratio_low"]) > amount("0.98"), "{minute}");
    assert!(front["latency_p50_ms"][0].as_u64().unwrap() < front["latency_p50_ms"][1].as_u64().unwrap());
    assert_eq!(alternative(&answer, "rest_private", None)["verdict"], "cannot");
    assert!(answer["apis"][0]["recommendations"][0]["name"].is_string(), "{answer}");
    let table = place.run(&["placement", "--month", "2026-10", "--geoip", "countries.mmdb"]).ok().stdout;
    assert!(
        table.contains("rest_regional_cloudfront, 3600 s") && table.contains("callers in: US 100.0%"),
        "{table}"
    );
    for format in ["csv", "markdown"] {
        let text = place.run(&["placement", "--month", "2026-10", "--format", format]).ok().stdout;
        assert!(text.contains("rest_regional"), "{text}");
    }
}

#[test]
fn two_continents_are_told_apart_and_each_has_its_cache() {
    let place = place_of(&["8.8.8.8", "9.9.9.9"], 2_000, 100);
    let answer = placement(&place, &["--ttl", "3600"]);
    let countries: Vec<&str> = answer["apis"][0]["callers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["country"].as_str().unwrap())
        .collect();
    assert_eq!(countries, ["JP", "US"]);
    let kept = alternative(&answer, "rest_regional_cloudfront", Some(3600));
    // One cache misses once, two caches miss once each.
    assert_eq!(
        (&kept["hit_ratio_low"], &kept["hit_ratio_high"]),
        (&Value::from("0.999"), &Value::from("0.9995"))
    );
    assert!(decimal(&kept["cost_low"]) < decimal(&kept["cost"]), "{kept}");
    let two = alternative(&answer, "multi_region", None);
    assert_eq!(two["regions"][0], "us-east-1");
    assert!(two["regions"][1].as_str().unwrap().starts_with("ap-northeast-"), "{two}");
    let now = alternative(&answer, "rest_regional", None);
    assert!(two["latency_p95_ms"][1].as_u64() < now["latency_p95_ms"][1].as_u64(), "{two} {now}");
    assert!(two["changes"].as_array().unwrap().iter().all(|change| change["country"] == "JP"), "{two}");
}

#[test]
fn a_proxy_is_said_and_nothing_is_concluded_from_it() {
    let place = place_of(&["130.176.1.1", "130.176.2.1"], 100, 1_000);
    let answer = placement(&place, &["--ttl", "0"]);
    assert_eq!(answer["apis"][0]["proxied"], true);
    assert_eq!(answer["apis"][0]["unknown_share"], "1");
    assert!(notes(&answer).contains("100 of 100 requests came from CloudFront"), "{}", notes(&answer));
    let front = alternative(&answer, "rest_regional_cloudfront", Some(0));
    assert_eq!(front["latency_p50_ms"], Value::Null);
    assert!(decimal(&front["cost_low"]) < decimal(&front["cost_high"]), "{front}");
}

#[test]
fn ipv6_and_missing_addresses_say_what_is_known() {
    let place = place_of(&["2a00:1450:4001::8"], 10, 1);
    let answer = placement(&place, &["--ttl", "0"]);
    assert_eq!(answer["apis"][0]["callers"][0]["country"], "DE");
    assert!(alternative(&answer, "rest_regional", None)["latency_p50_ms"].is_array());

    let place = place_of(&["-"], 10, 1);
    let answer = placement(&place, &["--ttl", "0"]);
    assert_eq!(answer["apis"][0]["callers"][0]["country"], Value::Null);
    assert_eq!(answer["apis"][0]["unknown_share"], "1");
    assert!(notes(&answer).contains("holds no addresses"), "{}", notes(&answer));
    assert!(decimal(&alternative(&answer, "rest_regional", None)["cost"]) > Decimal::ZERO);

    // Without a database.
    let answer = place.run(&["placement", "--month", "2026-10", "--format", "json"]).ok().json();
    assert_eq!(answer["countries"], Value::Null);
    assert!(notes(&answer).contains("without a country database"), "{}", notes(&answer));
    place.run(&["analyze", "--by", "country"]).fails(2, "`gwcost geo install` loads DB-IP's country lite");
}

#[test]
fn what_is_there_now_is_what_the_analysis_says() {
    let place = Place::new();
    place.run(&["demo", "--requests", "20k", "--seed", "5"]).ok();
    let in_demo = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        Ran::of(command.current_dir(place.path("gwcost-demo")).output().unwrap()).ok().json()
    };
    let window = ["--month", "2026-10", "--format", "json"];
    let answer = in_demo(&[&["placement"][..], &window].concat());
    let by_stage = in_demo(&[&["analyze", "--by", "account,region,api,stage"][..], &window].concat());
    let mut compared = 0;
    for api in answer["apis"].as_array().unwrap() {
        let as_is = &api["alternatives"][0];
        assert_eq!(as_is["as_is"], true);
        let mut rows = by_stage["rows"].as_array().unwrap().iter();
        let row = rows
            .find(|row| ["account", "region", "api", "stage"].iter().all(|key| row[key] == api[key]))
            .unwrap();
        assert_eq!(
            (&as_is["cost"], &as_is["cost_low"], &as_is["cost_high"]),
            (&row["cost"], &row["cost_low"], &row["cost_high"])
        );
        assert_eq!(api["requests"], row["requests"]);
        for one in api["alternatives"].as_array().unwrap().iter().filter(|one| one["cost"].is_string()) {
            let [low, cost, high] = ["cost_low", "cost", "cost_high"].map(|key| decimal(&one[key]));
            assert!(low <= cost && cost <= high, "{one}");
        }
        compared += 1;
    }
    assert!(compared > 3);

    let by_country = in_demo(&[&["analyze", "--by", "country"][..], &window].concat());
    assert_eq!(by_country["total"], by_stage["total"]);
    let rows = by_country["rows"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["country"].is_string()).count(), 9, "{by_country}");
    let german = rows.iter().find(|row| row["country"] == "DE").unwrap();
    let filtered = in_demo(&[&["analyze", "--by", "api", "--country", "D*"][..], &window].concat());
    for key in ["requests", "response_bytes"] {
        assert_eq!(filtered["total"][key], german[key], "{key}");
    }
    // What is filtered out still fills tiers, so a country pays the same alone.
    assert_eq!(filtered["total"]["cost"], german["cost"]);
    let alone = in_demo(&[&["analyze", "--by", "country", "--country", "DE"][..], &window].concat());
    assert_eq!(alone["rows"][0]["p95_ms"], german["p95_ms"]);
}

#[test]
fn an_empty_lake_is_no_error_and_wrong_input_is() {
    let place = Place::new();
    place.write("x.mmdb", "no database");
    place.run(&["placement"]).fails(3, "");
    let place = place_of(&["8.8.8.8"], 1, 1);
    place.write("x.mmdb", "no database");
    place.run(&["placement", "--geoip", "x.mmdb"]).fails(3, "x.mmdb: no country database in MMDB format");
    place.run(&["placement", "--geoip", "gone.mmdb"]).fails(3, "gone.mmdb");
    place.run(&["placement", "--compression-ratio", "0.5"]).fails(2, "expected a number of 1 and more");
    let other = place.run(&["placement", "--month", "2025-01"]).ok().stdout;
    assert!(other.contains("no requests in this window match"), "{other}");
}

/// Serves one body under a path that ends with `ending`, and 404 for everything else.
fn serve(ending: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let found = head.split(' ').nth(1).is_some_and(|path| path.ends_with(ending));
            let (status, body): (u16, &[u8]) = if found { (200, &body) } else { (404, b"") };
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)));
        }
    });
    address
}

#[test]
fn a_country_database_is_installed_whole_or_not_at_all() {
    let place = place_of(&["8.8.8.8"], 1, 1);
    let with_home = |arguments: &[&str]| {
        Ran::of(place.command(arguments).env("GWCOST_HOME", place.path("home")).output().unwrap())
    };
    let none = with_home(&["geo", "show"]).ok().stdout;
    assert!(none.starts_with("there is no country database"), "{none}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&fs::read(place.path("countries.mmdb")).unwrap()).unwrap();
    let packed = packed.finish().unwrap();

    // November's file is not there yet, October's is.
    let url = serve("/dbip-country-lite-2026-10.mmdb.gz", packed.clone());
    let said = with_home(&["geo", "install", "--url", &url, "--as-of", "2026-11-02"]).ok().stdout;
    assert!(said.contains("dbip-country-lite-2026-10.mmdb.gz") && said.contains("made 2026-11-01"), "{said}");
    let installed = fs::read(place.path("home/geo/country.mmdb")).unwrap();
    assert_eq!(installed, fs::read(place.path("countries.mmdb")).unwrap());

    // What is none, and what is not there, changes nothing.
    place.write("page.html", "<html>");
    with_home(&["geo", "install", "--from", "page.html"]).fails(3, "page.html: no country database");
    with_home(&["geo", "install", "--url", &serve("/nothing", packed), "--as-of", "2026-11-02"])
        .fails(1, "404");
    with_home(&["geo", "install", "--url", "http://198.51.100.1/"]).fails(2, "expected https://");
    assert_eq!(fs::read(place.path("home/geo/country.mmdb")).unwrap(), installed);

    let by_country =
        with_home(&["analyze", "--month", "2026-10", "--by", "country", "--format", "json"]).ok().json();
    assert_eq!(by_country["rows"][0]["country"], "US");
    with_home(&["geo", "install", "--from", "countries.mmdb"]).ok();
    assert!(with_home(&["geo", "show"]).ok().stdout.contains("gwcost-country"));
}
