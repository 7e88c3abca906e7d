//! Rate cards: listed, compared, checked, and brought up to date from files and over loopback HTTP that fails in
//! every way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::{Place, Ran};

/// A list of one region in AWS's shape, with its tiers in no order.
fn list(region: &str, usage_prefix: &str, first_tier: &str) -> String {
    let dimension = |begin: &str, end: &str, price: &str| json!({"beginRange": begin, "endRange": end, "unit": "Requests", "pricePerUnit": {"USD": price}});
    json!({
        "formatVersion": "v1.0", "offerCode": "AmazonApiGateway", "publicationDate": "2026-11-02T00:00:00Z",
        "products": {
            "A": {"sku": "A", "productFamily": "API Calls", "attributes": {
                "usagetype": format!("{usage_prefix}-ApiGatewayRequest"), "operation": "ApiGatewayRequest",
                "regionCode": region}},
            "B": {"sku": "B", "productFamily": "Amazon API Gateway Portals", "attributes": {
                "usagetype": format!("{usage_prefix}-Portal"), "operation": "x", "regionCode": region}},
        },
        "terms": {"OnDemand": {
            "A": {"A.T": {"effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": {
                "A.T.2": dimension("333000000", "Inf", "0.0000020000"),
                "A.T.1": dimension("0", "333000000", first_tier),
            }}},
            "B": {"B.T": {"effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": {
                "B.T.1": dimension("0", "Inf", "0.1"),
            }}},
        }},
    })
    .to_string()
}

fn index(regions: &[&str]) -> String {
    let regions: BTreeMap<&str, Value> = regions
        .iter()
        .map(|region| {
            (
                *region,
                json!({"regionCode": region, "currentVersionUrl": format!("/offers/v/{region}/index.json")}),
            )
        })
        .collect();
    json!({"formatVersion": "v1.0", "regions": regions}).to_string()
}

/// What a server says to a path.
#[derive(Clone)]
enum Answer {
    Whole(String),
    /// The head promises all of it, and the connection ends in the middle.
    BrokenOff(String),
    Status(u16),
}

/// A path, and the answer to it.
type Served = (&'static str, Answer);

/// Serves paths on loopback until the test ends; returns the address and a count of requests.
fn serve(answers: Vec<Served>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            counter.fetch_add(1, Ordering::SeqCst);
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let found = answers.iter().find(|(of, _)| *of == path).map(|(_, answer)| answer.clone());
            let (status, body, sent) = match found {
                Some(Answer::Whole(body)) => (200, body.clone(), body.len()),
                Some(Answer::BrokenOff(body)) => (200, body.clone(), body.len() / 2),
                Some(Answer::Status(status)) => (status, "no".to_owned(), 2),
                None => (404, String::new(), 0),
            };
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body.as_bytes()[..sent])));
        }
    });
    (address, requests)
}

const INDEX: &str = "/offers/v1.0/aws/AmazonApiGateway/current/region_index.json";
const VIRGINIA: &str = "/offers/v/us-east-1/index.json";
const IRELAND: &str = "/offers/v/eu-west-1/index.json";

fn update(place: &Place, url: &str, more: &[&str]) -> Ran {
    // Neighbours have a test of their own.
    let of_files = more.contains(&"--from") || more.contains(&"--offer");
    let offer: &[&str] = if of_files { &[] } else { &["--offer", "AmazonApiGateway"] };
    update_all(place, url, &[offer, more].concat())
}

fn update_all(place: &Place, url: &str, more: &[&str]) -> Ran {
    let mut command = place.command(&[&["pricing", "update"][..], more].concat());
    Ran::of(
        command.env("GWCOST_HOME", place.path("home")).env("GWCOST_PRICE_LIST_URL", url).output().unwrap(),
    )
}

fn with_home(place: &Place, arguments: &[&str]) -> Ran {
    Ran::of(place.command(arguments).env("GWCOST_HOME", place.path("home")).output().unwrap())
}

/// The user's files, by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn an_update_prices_from_then_on_and_keeps_history() {
    let place = Place::new();
    let both = index(&["us-east-1", "eu-west-1"]);
    let (url, _) = serve(vec![
        (INDEX, Answer::Whole(both)),
        (VIRGINIA, Answer::Whole(list("us-east-1", "USE1", "0.0000030000"))),
        (IRELAND, Answer::Whole(list("eu-west-1", "EU", "0.0000035000"))),
    ]);
    let ran = update(&place, &url, &[]).ok();
    assert!(ran.stdout.contains("us-east-1: 1 rate new or changed, 0 known"), "{}", ran.stdout);
    assert!(ran.stdout.contains("not read: Amazon API Gateway Portals: Portal, 2 prices"), "{}", ran.stdout);
    assert!(ran.stdout.contains("2 cards written to"), "{}", ran.stdout);

    let estimate = |month: &str| {
        let arguments = ["estimate", "--region", "us-east-1", "--rest-requests", "1M", "--format", "json"];
        with_home(&place, &[&arguments[..], &["--rates-at", month]].concat()).ok().json()
    };
    assert_eq!(estimate("2026-11")["total"], "3.00");
    assert_eq!(estimate("2026-10")["total"], "3.50");
    let shown = with_home(&place, &["pricing", "show", "us-east-1", "--meter", "rest_requests"]).ok().stdout;
    assert!(shown.contains("AWS price list for AmazonApiGateway, published 2026-11-02T00:00:00Z"), "{shown}");
    // Other meters of the embedded card are still there.
    let transfer = with_home(&place, &["pricing", "show", "us-east-1", "--format", "json"]).ok().json();
    assert!(transfer["rates"].as_array().unwrap().iter().any(|rate| rate["meter"] == "internet_transfer"));

    let difference = with_home(&place, &["pricing", "diff", "us-east-1", "--format", "json"]).ok().json();
    assert_eq!(difference["differences"][0]["effective"], "2026-11-01");
    assert_eq!(difference["differences"][0]["one"], "0.000003");
    assert_eq!(difference["differences"][0]["other"], "0.0000035");

    // The same list again says nothing new.
    let again = update(&place, &url, &[]).ok();
    assert!(again.stdout.contains("us-east-1: 0 rates new or changed, 1 known"), "{}", again.stdout);
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);
}

#[test]
fn whatever_goes_wrong_changes_nothing() {
    let whole = || Answer::Whole(list("us-east-1", "USE1", "0.0000030000"));
    let both = || Answer::Whole(index(&["us-east-1", "eu-west-1"]));
    let ireland = || list("eu-west-1", "EU", "0.0000035000");
    let negative = list("eu-west-1", "EU", "-0.0000035000");
    let cases: Vec<(Vec<Served>, i32, &str)> = vec![
        (vec![], 1, "the server answered with status 404"),
        (vec![(INDEX, Answer::Status(500))], 1, "the server answered with status 500"),
        (vec![(INDEX, Answer::Whole("<html></html>".to_owned()))], 3, "no index of regions"),
        (
            vec![(INDEX, both()), (VIRGINIA, whole())],
            1,
            "eu-west-1/index.json: the server answered with status 404",
        ),
        (
            vec![(INDEX, both()), (VIRGINIA, whole()), (IRELAND, Answer::BrokenOff(ireland()))],
            1,
            "eu-west-1/index.json",
        ),
        (
            vec![(INDEX, both()), (VIRGINIA, whole()), (IRELAND, Answer::Whole(ireland()[..600].to_owned()))],
            3,
            "not a price list",
        ),
        (
            vec![(INDEX, both()), (VIRGINIA, whole()), (IRELAND, Answer::Whole(negative))],
            3,
            "A.T.1: the price is",
        ),
    ];
    for (answers, code, says) in cases {
        let place = Place::new();
        place.write(
            "home/pricing/us-east-1.toml",
            "schema_version = 1\nregion = \"us-east-1\"\ncurrency = \"USD\"\n",
        );
        let before = files(&place.path("home/pricing"));
        let (url, _) = serve(answers);
        update(&place, &url, &[]).fails(code, says);
        assert_eq!(files(&place.path("home/pricing")), before, "{says}");
    }
}

/// A list of a neighbour in Ireland with one price of each usage type.
fn neighbour(offer: &str, family: &str, usage_types: &[&str]) -> String {
    let mut products = serde_json::Map::new();
    let mut terms = serde_json::Map::new();
    for usage_type in usage_types {
        let attributes = json!({"usagetype": usage_type, "operation": "", "regionCode": "eu-west-1"});
        products.insert(
            (*usage_type).to_owned(),
            json!({"sku": usage_type, "productFamily": family, "attributes": attributes}),
        );
        let price = json!({"beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": "0.25"}});
        terms.insert(
            (*usage_type).to_owned(),
            json!({"T": {"effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": {"P": price}}}),
        );
    }
    json!({"offerCode": offer, "publicationDate": "2026-11-03T00:00:00Z", "products": products,
           "terms": {"OnDemand": terms}})
    .to_string()
}

/// The index of a neighbour whose only list is at `path`.
fn neighbours_index(path: &str) -> Answer {
    Answer::Whole(json!({"regions": {"eu-west-1": {"currentVersionUrl": path}, "mars-1": {"currentVersionUrl": "/offers/mars"}}}).to_string())
}

#[test]
fn neighbours_come_along_and_one_that_breaks_off_leaves_everything() {
    let waf = || {
        neighbour("awswaf", "Web Application Firewall", &["EU-RequestV2-Tier1", "EU-ShieldProtected-RuleV2"])
    };
    let served = |last: Answer| -> Vec<Served> {
        let lambda = ["EU-Request", "EU-Lambda-GB-Second", "EU-Lambda-GB-Second-ARM", "Global-Request"];
        let logs = neighbour("AmazonCloudWatch", "Alarms", &["EU-CW:AlarmMonitorUsage"]);
        vec![
            (INDEX, Answer::Whole(index(&["eu-west-1"]))),
            (IRELAND, Answer::Whole(list("eu-west-1", "EU", "0.0000035000"))),
            ("/offers/v1.0/aws/AWSLambda/current/region_index.json", neighbours_index("/offers/l")),
            ("/offers/l", Answer::Whole(neighbour("AWSLambda", "Serverless", &lambda))),
            ("/offers/v1.0/aws/AmazonCloudWatch/current/region_index.json", neighbours_index("/offers/c")),
            ("/offers/c", Answer::Whole(logs)),
            ("/offers/v1.0/aws/awswaf/current/region_index.json", neighbours_index("/offers/w")),
            ("/offers/w", Answer::Whole(waf())),
            ("/offers/v1.0/aws/AWSXRay/current/region_index.json", neighbours_index("/offers/x")),
            ("/offers/x", Answer::Whole(neighbour("AWSXRay", "", &["EU-XRay-TracesStored"]))),
            ("/offers/v1.0/aws/AWSDataTransfer/current/region_index.json", neighbours_index("/offers/t")),
            ("/offers/t", last),
        ]
    };
    let transfer = neighbour("AWSDataTransfer", "Data Transfer", &["EU-DataTransfer-Out-Bytes"]);
    let place = Place::new();
    let (url, _) = serve(served(Answer::BrokenOff(transfer.clone())));
    update_all(&place, &url, &[]).fails(1, "/offers/t");
    let (url, _) = serve(served(Answer::Whole(transfer[..200].to_owned())));
    update_all(&place, &url, &[]).fails(3, "/offers/t: not a price list");
    assert!(!place.path("home").exists());

    let (url, _) = serve(served(Answer::Whole(transfer)));
    let ran = update_all(&place, &url, &[]).ok();
    // Requests; three of Lambda; one of WAF, of X-Ray and of transfer.
    assert!(ran.stdout.contains("eu-west-1: 7 rates new or changed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("read: AWSLambda, published 2026-11-03T00:00:00Z"), "{}", ran.stdout);
    assert!(ran.stdout.contains("not read: AWSLambda: Serverless, 1 price\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("mars"), "{}", ran.stdout);
    let shown = with_home(&place, &["pricing", "show", "eu-west-1", "--meter", "waf_requests"]).ok().stdout;
    assert!(shown.contains("AWS price list for awswaf, published 2026-11-03"), "{shown}");
    update_all(&place, &url, &["--offer", "AWSLamda"]).fails(2, "did you mean \"AWSLambda\"?");
}

#[test]
fn a_server_that_fails_is_asked_again_and_nobody_else_is() {
    let place = Place::new();
    let (url, requests) = serve(vec![(INDEX, Answer::Status(503))]);
    update(&place, &url, &[]).fails(1, "status 503");
    assert_eq!(requests.load(Ordering::SeqCst), 3);
    update(&place, "http://192.0.2.1", &[]).fails(2, "expected https://");
    assert!(!place.path("home").exists());
}

#[test]
fn a_file_is_read_without_a_network_and_only_what_is_asked_for() {
    let place = Place::new();
    place.write("list.json", list("eu-west-1", "EU", "0.0000031000"));
    let dead = "http://127.0.0.1:1";
    let dry = update(&place, dead, &["--from", "list.json", "--dry-run"]).ok();
    assert!(dry.stdout.contains("1 card would be written"), "{}", dry.stdout);
    assert!(!place.path("home").exists());
    update(&place, dead, &["--from", "list.json", "--region", "eu-west-2"])
        .fails(2, "did you mean \"eu-west-1\"?");
    update(&place, dead, &["--from", "list.json"]).ok();
    assert_eq!(files(&place.path("home/pricing")).keys().collect::<Vec<_>>(), ["eu-west-1.toml"]);
    place.write("cut.json", &list("eu-west-1", "EU", "0.0000031000")[..600]);
    update(&place, dead, &["--from", "cut.json"]).fails(3, "cut.json: not a price list");
    update(&place, dead, &["--from", "nothing.json"]).fails(1, "nothing.json");
}

#[test]
fn cards_are_listed_shown_and_checked() {
    let place = Place::new();
    let list = place.run(&["pricing", "list", "--format", "json"]).ok().json();
    let regions = list["regions"].as_array().unwrap();
    assert!(regions.iter().any(|region| region["region"] == "eusc-de-east-1" && region["currency"] == "EUR"));
    assert!(regions.iter().any(|region| region["region"] == "cloudfront-eu"));
    assert!(place.run(&["pricing", "list"]).ok().stdout.contains("us-gov-west-1"));
    place.run(&["pricing", "show", "eu-west-9"]).fails(2, "did you mean \"eu-west-1\"?");
    place
        .run(&["pricing", "show", "eu-west-1", "--meter", "rest"])
        .fails(2, "--meter: unknown meter \"rest\"");
    let none = place.run(&["pricing", "show", "eu-west-1", "--meter", "xray_traces"]).ok().stdout;
    assert!(none.contains("no rate of xray_traces is known"), "{none}");
    let check = |as_of: &str, more: &[&str]| {
        let arguments = ["pricing", "check", "--region", "us-east-1", "--as-of", as_of];
        place.run(&[&arguments[..], more].concat())
    };
    // Its transfer rates were last seen in September 2024.
    let old = check("2026-05-01", &[]).ok().stdout;
    assert!(
        old.contains("the last rate is of 2024-09-01, 607 days ago") && !old.contains("rest_requests"),
        "{old}"
    );
    check("2026-05-01", &["--strict"]).fails(4, "--strict was given");
    let missing = place.run(&["pricing", "check", "--region", "eu-west-1"]).ok().stdout;
    assert!(missing.contains("websocket_minutes") && missing.contains("no rate is known"), "{missing}");
    let same = place.run(&["pricing", "diff", "us-east-1"]).ok().stdout;
    assert!(same.contains("say the same"), "{same}");
}
