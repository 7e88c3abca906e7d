//! The bill: it adds up to what `analyze` says, explains itself, and splits a month where a rate changes.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{Line, OCTOBER_MS, Place, REST, lines};

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn sum(lines: &Value, of: impl Fn(&Value) -> bool) -> Decimal {
    lines.as_array().unwrap().iter().filter(|line| of(line)).map(|line| decimal(&line["amount"])).sum()
}

#[test]
fn lines_add_up_to_the_analysis_of_the_same_window() {
    let place = Place::new();
    place.run(&["demo", "--requests", "30k", "--seed", "3"]).ok();
    let lake = ["--lake", "gwcost-demo/lake", "--format", "json"];
    for window in [&["--month", "2026-10"][..], &["--from", "2026-10-07T05:00:00Z", "--to", "2026-10-19"]] {
        let run = |command: &str, more: &[&str]| {
            place.run(&[&[command][..], window, &lake, more].concat()).ok().json()
        };
        let (bill, analysis) = (run("bill", &[]), run("analyze", &["--by", "api"]));
        let of =
            |transfer: bool| sum(&bill["lines"], |line| (line["meter"] == "internet_transfer") == transfer);
        assert_eq!(of(false), decimal(&analysis["total"]["request_cost"]));
        assert_eq!(of(true), decimal(&analysis["total"]["transfer_cost"]));
        assert_eq!(bill["total"], analysis["total"]["cost"]);
        // Account by account and region by region as well.
        let mut parts: BTreeMap<(String, String), Decimal> = BTreeMap::new();
        for line in bill["lines"].as_array().unwrap() {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            *parts.entry((text("account"), text("region"))).or_default() += decimal(&line["amount"]);
        }
        let rows = run("analyze", &["--by", "account,region"]);
        for row in rows["rows"].as_array().unwrap() {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let part = parts[&(text("account"), text("region"))];
            let difference = (part - decimal(&row["cost"])).abs();
            assert!(difference <= "0.000000001".parse().unwrap(), "{row} {part}");
        }
        let one = run("bill", &["--account", "444455556666"]);
        assert!(one["lines"].as_array().unwrap().iter().all(|line| line["account"] == "444455556666"));
    }
    let table = place.run(&["bill", "--month", "2026-10", "--lake", "gwcost-demo/lake"]).ok().stdout;
    assert!(table.starts_with("October 2026: $") && table.contains("USE1-ApiGatewayRequest"), "{table}");
    let csv = place
        .run(&["bill", "--month", "2026-10", "--lake", "gwcost-demo/lake", "--format", "csv"])
        .ok()
        .stdout;
    assert!(
        csv.starts_with("account,region,month,meter,usage_type,tier,quantity,unit,rate,amount\n"),
        "{csv}"
    );
    let markdown = place
        .run(&["bill", "--month", "2026-10", "--lake", "gwcost-demo/lake", "--format", "markdown"])
        .ok()
        .stdout;
    assert!(markdown.contains("| line |") && markdown.contains("**total**"), "{markdown}");
}

#[test]
fn one_number_is_explained() {
    let place = Place::new();
    let refused = Line { id: 5_000, status: 429, response_type: "THROTTLED", ..Line::default() }.text();
    place.write("a.log", lines(0, 1_000) + &refused);
    place.ingest("a.log");
    let text = place.run(&["bill", "--month", "2026-10", "--explain", "1"]).ok().stdout;
    assert!(text.starts_with("$0.0035 = 1,000 requests x 0.0000035 USD: rest_requests,"), "{text}");
    assert!(text.contains("1,001 in the log, of which 1,000 are billed, 1 are not"), "{text}");
    assert!(text.contains("tier: first 333,000,000 requests; 0 requests of the month"), "{text}");
    assert!(text.contains("rate: effective 2026-04-01, transcribed: AWS price list"), "{text}");
    assert!(text.contains("from a1b2c3d4e5 prod GET /pets: 1,001 requests, 1,000 requests"), "{text}");
    place
        .run(&["bill", "--month", "2026-10", "--explain", "9"])
        .fails(2, "there is no line 9: the bill has 2");
}

/// 2,000 requests, the second thousand from 15 October on.
fn two_halves(place: &Place) {
    const HALF: i64 = 14 * 86_400;
    let second: String = (0..1_000usize)
        .map(|at| {
            Line { id: 10_000 + at, second: HALF + at as i64, route: "/toys", ..Line::default() }.text()
        })
        .collect();
    place.write("a.log", lines(0, 1_000) + &second);
    place.ingest("a.log");
}

fn card(place: &Place, rates: &[(&str, &str)]) {
    let rates: String = rates
        .iter()
        .map(|(effective, tiers)| {
            format!(
                "[[rate]]\nmeter = \"rest_requests\"\neffective = \"{effective}\"\nconfidence = \"published\"\n\
                 source = \"a test\"\ntiers = [{tiers}]\n"
            )
        })
        .collect();
    let head =
        "schema_version = 1\nregion = \"us-east-1\"\ncurrency = \"USD\"\nusage_type_prefix = \"USE1\"\n";
    place.write("mine/pricing/us-east-1.toml", format!("{head}{rates}"));
}

#[test]
fn a_change_inside_a_month_splits_it() {
    let place = Place::new();
    two_halves(&place);
    card(
        &place,
        &[
            ("2026-10-01", "{ up_to = 500, rate = \"2\" }, { rate = \"1\" }"),
            ("2026-10-15", "{ up_to = 1500, rate = \"0.5\" }, { rate = \"0.25\" }"),
        ],
    );
    let run = |arguments: &[&str]| {
        place.run(&[arguments, &["--assets", "mine", "--format", "json"]].concat()).ok().json()
    };
    let bill = run(&["bill", "--month", "2026-10"]);
    let amounts: Vec<(&str, &str, &str)> = bill["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| ["effective", "quantity", "amount"].map(|key| line[key].as_str().unwrap()).into())
        .collect();
    // The tiers go on across the change: the second thousand begins at 1,000.
    assert_eq!(
        amounts,
        [
            ("2026-10-01", "500", "1000"),
            ("2026-10-01", "500", "500"),
            ("2026-10-15", "500", "250"),
            ("2026-10-15", "500", "125"),
        ]
    );
    let analysis = run(&["analyze", "--month", "2026-10"]);
    assert_eq!(analysis["total"]["request_cost"], "1875");
    let cost = |route: &str| {
        let rows = analysis["rows"].as_array().unwrap();
        rows.iter().find(|row| row["route"] == route).unwrap()["request_cost"].clone()
    };
    assert_eq!((cost("/pets"), cost("/toys")), ("1500".into(), "375".into()));
    // The second half of what pays the later rate: in the tier that the month has reached, or at its average.
    let late = ["--from", "2026-10-15T00:08:20Z", "--to", "2026-11-01"];
    let marginal = run(&[&["analyze", "--allocation", "marginal"][..], &late].concat());
    assert_eq!(marginal["total"]["request_cost"], "125");
    let average = run(&[&["bill"][..], &late].concat());
    assert_eq!(sum(&average["lines"], |line| line["meter"] == "rest_requests").to_string(), "187.5");
    let explained =
        place.run(&[&["bill", "--assets", "mine", "--explain", "1"][..], &late].concat()).ok().stdout;
    assert!(explained.contains("the month's 1,000 requests are split over the tiers"), "{explained}");
    let across = run(&["analyze", "--from", "2026-10-02", "--to", "2026-11-01"]);
    assert_eq!(across["total"]["request_cost"], "375");
    let days = run(&["analyze", "--month", "2026-10", "--by", "day"]);
    assert_eq!(days["total"]["request_cost"], "1875");
    // Before the first rate there is none, and the rest of the month has one.
    card(&place, &[("2026-10-15", "{ rate = \"0.5\" }")]);
    let partly = run(&["bill", "--month", "2026-10"]);
    assert_eq!(partly["lines"][0]["amount"], "500");
    assert_eq!(partly["unpriced"][0]["quantity"], "1000");
    place.run(&["bill", "--month", "2026-10", "--assets", "mine", "--strict"]).fails(4, "--strict was given");
}

#[test]
fn terms_change_bill_and_analysis_alike() {
    let place = Place::new();
    two_halves(&place);
    let with = |terms: &str| {
        place.write("gwcost.toml", terms);
        let run = |command: &str| place.run(&[command, "--month", "2026-10", "--format", "json"]).ok().json();
        let (bill, analysis) = (run("bill"), run("analyze"));
        assert_eq!(bill["total"], analysis["total"]["cost"]);
        (sum(&bill["lines"], |line| line["meter"] == "rest_requests").normalize().to_string(), bill, analysis)
    };
    let cost = |terms: &str| with(terms).0;
    assert_eq!(cost(""), "0.007");
    assert_eq!(cost("[[terms.discount]]\nmeter = \"rest_requests\"\npercent = \"50\"\n"), "0.0035");
    assert_eq!(cost("[[terms.discount]]\nregion = \"eu-west-1\"\npercent = \"50\"\n"), "0.007");
    let own = "[[terms.rate]]\nregion = \"us-east-1\"\nmeter = \"rest_requests\"\neffective = \"2026-10-15\"\n\
               tiers = [{ rate = \"0.000001\" }]\n";
    assert_eq!(cost(own), "0.0045");
    let others =
        "[[terms.other]]\nregion = \"us-east-1\"\nmeter = \"rest_requests\"\nquantity = \"332999000\"\n";
    assert_eq!(cost(others), "0.0063");
    let (free, bill, analysis) = with("[terms.free]\ntwelve_months = \"us-east-1\"\n");
    assert_eq!((free.as_str(), &bill["lines"][0]["rate"]), ("0", &"0".into()));
    let said = analysis["assumptions"].to_string();
    assert!(said.contains("1,000,000 requests of rest_requests a month are free in us-east-1"), "{said}");
    let (_, bill, _) =
        with("[[terms.credit]]\nname = \"a promise\"\namount = \"0.002\"\nmonth = \"2026-10\"\n");
    assert_eq!(decimal(&bill["total"]) - decimal(&bill["due"]), "0.002".parse().unwrap());
    assert_eq!(bill["credits"][0]["name"], "a promise, 2026-10");
}

#[test]
fn connection_minutes_stand_beside_the_total() {
    let place = Place::new();
    let line = |id: u32, connection: &str, event: &str, time: i64| {
        format!(
            "{{\"id\":\"id{id}=\",\"epoch\":\"{}\",\"api\":\"w4t9f3a6nk\",\"stage\":\"prod\",\"route\":\"$x\",\
             \"event\":\"{event}\",\"connection\":\"{connection}\",\"message\":\"m{id}\"}}\n",
            OCTOBER_MS + time
        )
    };
    let format = r#"{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","api":"$context.apiId","stage":"$context.stage","route":"$context.routeKey","event":"$context.eventType","connection":"$context.connectionId","message":"$context.messageId"}"#;
    let log = [
        line(1, "a=", "CONNECT", 0),
        line(2, "a=", "MESSAGE", 30_000),
        line(3, "a=", "DISCONNECT", 90_001),
        line(4, "b=", "CONNECT", 0),
        line(5, "b=", "MESSAGE", 600_000),
    ];
    place.write("w.log", log.concat());
    let ingest = ["ingest", "w.log", "--format-string", format, "--api-kind", "websocket"];
    place.run(&[&ingest[..], &["--region", "us-east-1", "--account", "111122223333"]].concat()).ok();
    let bill = place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    let minutes = &bill["connection_minutes"][0];
    // Two begun minutes, and two hours of a connection that was last seen after ten minutes.
    assert_eq!((&minutes["minutes"], &minutes["minutes_seen"]), (&122.into(), &12.into()));
    assert_eq!(minutes["amount"], "0.0000305");
    assert_eq!(bill["total"], "0.000002");
    let table = place.run(&["bill", "--month", "2026-10"]).ok().stdout;
    assert!(table.contains("beside the total: 122 WebSocket connection minutes"), "{table}");
}

#[test]
fn a_streamed_response_is_a_request_for_every_ten_megabytes() {
    let place = Place::new();
    let line = |id: usize, mode: &str, bytes: u64| {
        let line = Line { id, second: id as i64, ..Line::default() }.text();
        let line = line.replace("\"bytes\":\"1024\"", &format!("\"bytes\":\"{bytes}\""));
        line.replace('}', &format!(",\"mode\":\"{mode}\"}}"))
    };
    const MB: u64 = 1024 * 1024;
    let log = [
        line(1, "STREAMED", 25 * MB),
        line(2, "STREAMED", 10 * MB),
        line(3, "STREAMED", 10 * MB + 1),
        line(4, "BUFFERED", 25 * MB),
    ];
    place.write("a.log", log.concat());
    let format = REST.replace('}', r#","mode":"$context.integration.responseTransferMode"}"#);
    let ingest =
        ["ingest", "a.log", "--format-string", &format, "--region", "us-east-1", "--api-kind", "rest"];
    place.run(&ingest).ok();
    let bill = place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    // 3 + 1 + 2 + 1.
    assert_eq!(bill["lines"][0]["quantity"], "7");
}

#[test]
fn private_apis_pay_their_endpoints_and_not_the_internet() {
    let place = Place::new();
    place.write("a.log", lines(0, 1_024));
    place.ingest("a.log");
    let total = || place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json();
    assert_eq!(total()["lines"][1]["meter"], "internet_transfer");
    place.write(
        "settings.json",
        r#"{"schema":"gwcost/settings/1","taken_at":"2026-09-30T00:00:00Z","regions":[{"account":"111122223333",
            "region":"us-east-1","v2_apis":[],"rest_apis":[{"id":"a1b2c3d4e5","name":"pets",
            "endpoint_types":["PRIVATE"]}]}]}"#,
    );
    place.run(&["ingest", "settings:", "--settings", "settings.json"]).ok();
    let bill = total();
    let line = &bill["lines"][1];
    assert_eq!((&line["meter"], &line["rate"]), (&"private_transfer".into(), &"0.01".into()));
    // A MB at $0.01 a GB.
    assert_eq!(line["amount"], "0.0000097656");
    assert!(bill["assumptions"].to_string().contains("by the GB of their endpoints"), "{bill}");
    let analysis = place.analyze(&["--month", "2026-10"]);
    assert_eq!(analysis["total"]["cost"], bill["total"]);
    let hours = ["estimate", "--region", "us-east-1", "--private-hours", "1460", "--private-gb", "100"];
    let hours = place.run(&[&hours[..], &["--rates-at", "2026-10", "--format", "json"]].concat()).ok().json();
    assert_eq!(hours["total"], "15.60");
}
