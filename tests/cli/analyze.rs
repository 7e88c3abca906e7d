//! What the figures are, to the last decimal, and what is said where there is none.

use serde_json::Value;

use crate::support::{Line, Place, REST, lines};

fn place_with(log: &str) -> Place {
    let place = Place::new();
    place.write("a.log", log);
    place.ingest("a.log");
    place
}

#[test]
fn requests_and_transfer_have_their_published_price() {
    // 1,000 requests of 3 KB: a five-thousandth of AWS's own example of $17.50 and $1.2874603271484375.
    let log: String =
        (0..1000).map(|id| Line { id, second: id as i64, bytes: "3072", ..Line::default() }.text()).collect();
    let json = place_with(&log).analyze(&["--month", "2026-10"]);
    let total = &json["total"];
    assert_eq!(json["schema"], "gwcost/analyze/1");
    assert_eq!(json["currency"], "USD");
    assert_eq!(total["request_cost"], "0.0035");
    assert_eq!(total["transfer_cost"], "0.0002574921");
    assert_eq!(total["cost"], "0.0037574921");
    assert_eq!(total["response_bytes"], 3_072_000);
    let row = &json["rows"][0];
    assert_eq!(
        (&row["account"], &row["route"], &row["share"]),
        (&"111122223333".into(), &"/pets".into(), &"1".into())
    );
    assert_eq!(row["cost_per_1000"], "0.0037574921");
    assert_eq!(json["window"]["from"], "2026-10-01T00:00:00Z");
}

#[test]
fn an_analysis_of_one_day_reads_one_day() {
    let day = 86_400;
    let log: String = (0..3)
        .flat_map(|of| (0..40 * (of + 1)).map(move |id| (of, id)))
        .map(|(of, id)| Line { id: 1000 * of + id, second: of as i64 * day + id as i64, ..Line::default() })
        .map(|line| line.text())
        .collect();
    let place = place_with(&log);
    // The average of a month takes all of the month, so that days are billed alike.
    let first = ["--from", "2026-10-01", "--to", "2026-10-02", "--allocation", "marginal"];
    let before = place.analyze(&first);
    assert_eq!(before["total"]["requests"], 40);
    // No byte of the other days is what it was, only their sizes are.
    for other in ["dt=2026-10-02", "dt=2026-10-03"] {
        for file in std::fs::read_dir(place.path("gwcost-lake/requests").join(other)).unwrap() {
            let file = file.unwrap();
            let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
            std::fs::write(file.path(), vec![0; size]).unwrap();
        }
    }
    assert_eq!(place.analyze(&first), before);
    let second = ["analyze", "--from", "2026-10-02", "--to", "2026-10-03"];
    assert_ne!(place.run(&second).code, Some(0));
}

#[test]
fn rows_add_up_to_the_total_whatever_they_are_grouped_by() {
    let place = Place::new();
    place.run(&["demo", "--requests", "30k"]).ok();
    let lake = ["--lake", "gwcost-demo/lake", "--from", "2026-10-05T07:30:00Z", "--to", "2026-10-21"];
    let decimal = |value: &Value| -> rust_decimal::Decimal {
        value.as_str().map_or(rust_decimal::Decimal::ZERO, |text| text.parse().unwrap())
    };
    let mut totals = Vec::new();
    for by in [
        "endpoint",
        "account",
        "api,stage",
        "api_kind",
        "key",
        "status",
        "day",
        "hour_of_day",
        "weekday,method",
    ] {
        let json = place.analyze(&[&lake[..], &["--by", by]].concat());
        for column in ["request_cost", "transfer_cost", "cost"] {
            let sum: rust_decimal::Decimal =
                json["rows"].as_array().unwrap().iter().map(|row| decimal(&row[column])).sum();
            assert_eq!(sum, decimal(&json["total"][column]), "{by} {column}");
        }
        for row in json["rows"].as_array().unwrap() {
            assert!(decimal(&row["cost_low"]) <= decimal(&row["cost"]), "{row}");
            assert!(decimal(&row["cost"]) <= decimal(&row["cost_high"]), "{row}");
        }
        totals.push(json["total"].clone());
    }
    assert!(totals.iter().all(|total| *total == totals[0]), "{totals:#?}");
}

#[test]
fn filters_select_and_change_no_figure() {
    let place = Place::new();
    place.run(&["demo", "--requests", "20k"]).ok();
    let lake = ["--lake", "gwcost-demo/lake", "--month", "2026-10"];
    let all = place.analyze(&lake);
    let some = place.analyze(
        &[&lake[..], &["--api", "o7*", "--stage", "prod", "--route", "/orders/{orderId}*"]].concat(),
    );
    let wanted: Vec<&Value> = all["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| {
            row["stage"] == "prod"
                && row["route"].as_str().is_some_and(|route| route.starts_with("/orders/{orderId}"))
        })
        .collect();
    let found: Vec<&Value> = some["rows"].as_array().unwrap().iter().collect();
    assert!(!wanted.is_empty());
    for (wanted, found) in wanted.iter().zip(&found) {
        for column in
            ["route", "requests", "request_cost", "p50_ms", "p99_ms", "error_rate", "integration_p95_ms"]
        {
            assert_eq!(wanted[column], found[column], "{column}");
        }
    }
    assert_eq!(wanted.len(), found.len());
}

#[test]
fn what_is_not_billed_costs_nothing_and_what_is_open_is_a_range() {
    let line = |id, status, response_type| {
        Line { id, second: id as i64, status, response_type, ..Line::default() }.text()
    };
    let log = [
        line(0, 200, "-"),
        line(1, 429, "THROTTLED"),
        line(2, 403, "MISSING_AUTHENTICATION_TOKEN"),
        line(3, 429, "-"),
        line(4, 504, "INTEGRATION_TIMEOUT"),
    ];
    let json = place_with(&log.concat()).analyze(&["--month", "2026-10", "--by", "status", "--sort", "name"]);
    let total = &json["total"];
    let counts = ["requests", "billable_requests", "unbilled_requests", "undetermined_requests"]
        .map(|name| total[name].clone());
    assert_eq!(counts, [5, 3, 1, 1].map(Value::from));
    assert_eq!(total["request_cost"], "0.000014");
    // Two requests of 1,024 bytes are not, or not surely, billed: one $0.0000035 and their transfer.
    assert_eq!(total["cost"], "0.0000144292");
    assert_eq!(total["cost_low"], "0.0000107575");
    assert_eq!(total["cost_high"], total["cost"]);
    assert_eq!(total["requests"].as_u64().unwrap(), json["rows"].as_array().unwrap().len() as u64 + 1);
}

#[test]
fn without_a_rate_there_is_a_quantity_and_never_zero_dollars() {
    let place = Place::new();
    place.write("a.log", lines(0, 10));
    let arguments = ["ingest", "a.log", "--format-string", REST, "--api-kind", "rest", "--region"];
    place.run(&[&arguments[..], &["xx-nowhere-1"]].concat()).ok();
    let json = place.analyze(&["--month", "2026-10"]);
    assert_eq!(json["total"]["cost"], Value::Null);
    assert_eq!(json["rows"][0]["request_cost"], Value::Null);
    assert_eq!(json["rows"][0]["unpriced"], serde_json::json!(["rest_requests", "internet_transfer"]));
    let unpriced = json["unpriced"].as_array().unwrap();
    assert_eq!((&unpriced[0]["meter"], &unpriced[0]["quantity"]), (&"rest_requests".into(), &"10".into()));
    assert_eq!(
        (&unpriced[1]["unit"], &unpriced[1]["quantity"]),
        (&"GB".into(), &"0.0000095367431640625".into())
    );
    place.run(&["analyze", "--month", "2026-10", "--strict"]).fails(4, "no price");
    let table = place.run(&["analyze", "--month", "2026-10"]).ok().stdout;
    assert!(table.contains("cost unknown") && !table.contains("$0"), "{table}");
}

#[test]
fn a_month_before_the_first_rate_is_unpriced_unless_another_months_rates_are_asked_for() {
    let place = Place::new();
    let year_before = lines(0, 10).replace("\"17908", "\"17592").replace("\"1790", "\"1759");
    place.write("a.log", year_before);
    place.ingest("a.log");
    let window = ["--from", "2025-09-01", "--to", "2025-11-01"];
    let json = place.analyze(&window);
    assert_eq!(json["total"]["requests"], 10);
    assert_eq!(json["total"]["request_cost"], Value::Null);
    assert!(json["unpriced"][0]["reason"].as_str().unwrap().contains("effective 2026-04-01"));
    let json = place.analyze(&[&window[..], &["--rates-at", "2026-10"]].concat());
    assert_eq!(json["total"]["request_cost"], "0.000035");
    assert_eq!(json["rate_card"]["rates_at"], "2026-10");
}

#[test]
fn a_window_inside_a_month_continues_in_its_tiers() {
    let place = place_with(&lines(0, 100));
    // A card of ten dear requests a month, then cheap ones.
    place.write(
        "mine/pricing/us-east-1.toml",
        "schema_version = 1\nregion = \"us-east-1\"\ncurrency = \"USD\"\n[[rate]]\nmeter = \"rest_requests\"\n\
         effective = \"2026-01-01\"\nconfidence = \"secondary\"\nsource = \"a test\"\n\
         tiers = [{ up_to = 10, rate = \"1\" }, { rate = \"0.01\" }]\n",
    );
    let request_cost = |way: &str, from: &str, to: &str| {
        let json = place.analyze(&["--assets", "mine", "--from", from, "--to", to, "--allocation", way]);
        assert_eq!(json["allocation"], way);
        assert!(json["rate_card"]["overrides"][0].as_str().unwrap().contains("mine/pricing/us-east-1.toml"));
        json["total"]["request_cost"].as_str().unwrap().to_owned()
    };
    let parts = [
        ("2026-10-01", "2026-11-01"),
        ("2026-10-01", "2026-10-01T00:00:05Z"),
        ("2026-10-01T00:00:05Z", "2026-10-01T00:00:15Z"),
        ("2026-10-01T00:00:15Z", "2026-11-01"),
    ];
    let costs = |way: &str| parts.map(|(from, to)| request_cost(way, from, to));
    // The first ten requests are the dear ones, or a tenth of each part of the month is.
    assert_eq!(costs("marginal"), ["10.9", "5", "5.05", "0.85"]);
    assert_eq!(costs("average"), ["10.9", "1.04", "1.09", "8.77"]);
    let part = ["analyze", "--assets", "mine", "--to", "2026-10-01T00:00:15Z", "--from", "2026-10-01"];
    let said = place.analyze(&part[1..])["assumptions"].to_string();
    assert!(said.contains("billed at the average rate of what the lake holds of that month"), "{said}");
    place.run(&[&part[..], &["--allocation", "avrage"]].concat()).fails(2, "did you mean \"average\"?");
}

#[test]
fn http_apis_are_metered_request_by_request() {
    let place = Place::new();
    let line = |id: u32, bytes: &str| {
        format!("10.0.0.1 - - [17/Oct/2026:10:05:03 +0000] \"GET GET /x HTTP/1.1\" 200 {bytes} r{id}\n")
    };
    place.write(
        "a.log",
        [line(1, "10"), line(2, "524288"), line(3, "524289"), line(4, "1048577"), line(5, "-")].concat(),
    );
    let arguments =
        ["ingest", "a.log", "--preset", "http-clf", "--account", "111122223333", "--region", "us-east-1"];
    place.run(&[&arguments[..], &["--api", "a1", "--stage", "prod"]].concat()).ok();
    let total = place.analyze(&["--month", "2026-10"])["total"].clone();
    // 1 + 1 + 2 + 3 units, and one of unknown size: at least 1, at most 20.
    assert_eq!(total["request_cost"], "0.000008");
    let transfer: rust_decimal::Decimal = total["transfer_cost"].as_str().unwrap().parse().unwrap();
    let high: rust_decimal::Decimal = total["cost_high"].as_str().unwrap().parse().unwrap();
    assert_eq!((high - transfer).normalize().to_string(), "0.000027");
}

#[test]
fn an_empty_window_says_what_the_lake_covers() {
    let place = place_with(&lines(0, 10));
    let table = place.run(&["analyze", "--month", "2026-09"]).ok().stdout;
    assert!(table.contains("2026-10-01T00:00:00Z"), "{table}");
    let json = place.analyze(&["--month", "2026-09"]);
    assert_eq!(json["rows"].as_array().unwrap().len(), 0);
    place.run(&["analyze", "--lake", "none"]).fails(3, "no lake at none");
}

#[test]
fn windows_are_rolling_or_of_the_calendar() {
    let place = place_with(&lines(0, 100));
    let requests = |arguments: &[&str]| place.analyze(arguments)["total"]["requests"].clone();
    assert_eq!(
        requests(&["--since", "30s".replace("30s", "1m").as_str(), "--as-of", "2026-10-01T00:01:30Z"]),
        60
    );
    assert_eq!(requests(&["--last-month", "--as-of", "2026-11-15"]), 100);
    assert_eq!(requests(&["--as-of", "2026-10-30"]), 100);
    assert_eq!(requests(&["--from", "2026-10-01T00:00:10Z", "--to", "2026-10-01T00:00:20Z"]), 10);
    place.run(&["analyze", "--from", "2026-10-02", "--to", "2026-10-01"]).fails(2, "the window is empty");
    place.run(&["analyze", "--since", "30x"]).fails(2, "30d or 12h");
}

#[test]
fn a_closed_pipe_is_no_error_and_csv_holds_no_formulas() {
    let log: String = (0..3000)
        .map(|id| Line { id, second: id as i64, route: "=cmd|'/C calc'!A0", ..Line::default() }.text())
        .collect();
    let place = place_with(&log);
    let csv = place.run(&["analyze", "--month", "2026-10", "--format", "csv"]).ok().stdout;
    assert!(csv.contains("'=cmd|"), "{csv}");
    let mut child = place
        .command(&["analyze", "--month", "2026-10", "--format", "json", "--by", "endpoint,hour"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn filters_are_named_and_a_report_says_how_to_make_it_again() {
    let place = place_with(&lines(0, 10));
    let json = place.analyze(&["--month", "2026-10", "--api", "a1*"]);
    assert_eq!((&json["filters"]["api"], &json["http_metering"]), (&"a1*".into(), &"response".into()));
    let nothing = place.analyze(&["--month", "2026-10", "--api", "zzz"]);
    assert_eq!(nothing["total"]["cost"], Value::Null);
    assert!(
        nothing["quality"]["notes"][0]
            .as_str()
            .unwrap()
            .contains("none of the 10 requests in this window matches")
    );
    place.run(&["report", "--month", "2026-10", "--api", "a1*", "--output", "r.md"]).ok();
    let page = std::fs::read_to_string(place.path("r.md")).unwrap();
    assert!(page.contains("--api 'a1*'") && page.contains("only api"), "{page}");
}
