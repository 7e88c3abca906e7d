//! Estimates: known answers, exact; and what has no price is never free.

use serde_json::Value;

use crate::support::{Place, Ran, lines};

fn run(arguments: &[&str]) -> Ran {
    let place = Place::new();
    let all = ["estimate", "--format", "json", "--rates-at", "2026-10"];
    place.run(&[&all[..], arguments].concat())
}

fn total(arguments: &[&str]) -> Value {
    run(&[&["--region", "us-east-1"][..], arguments].concat()).ok().json()["total"].clone()
}

/// AWS's own example; Infracost's goldens, which come from AWS's list; a bill that its owner published.
#[test]
fn known_answers() {
    assert_eq!(total(&["--rest-requests", "5000000", "--response-kb", "3"]), "18.79");
    assert_eq!(total(&["--rest-requests", "21000000000"]), "49763.10");
    assert_eq!(total(&["--http-requests", "216000000"]), "216.00");
    assert_eq!(total(&["--http-requests", "216000000", "--http-kb", "513"]), "418.80");
    assert_eq!(total(&["--http-requests", "1B"]), "930.00");
    assert_eq!(total(&["--ws-messages", "1.5B", "--ws-minutes", "10M"]), "1402.50");
    assert_eq!(total(&["--ws-messages", "1M", "--ws-kb", "33"]), "2.00");
    assert_eq!(total(&["--cache", "0.5"]), "14.60");
    assert_eq!(total(&["--cache", "237", "--cache-hours", "730"]), "2774.00");
    assert_eq!(total(&["--cache", "0.5", "--cache-hours", "743.93"]), "14.88");
    assert_eq!(total(&["--transfer-gb", "57000"]), "4809.20");
}

#[test]
fn lines_say_what_was_priced_and_with_which_rate() {
    let estimate = run(&["--region", "us-east-1", "--rest-requests", "400M"]).ok().json();
    assert_eq!(estimate["schema"], "gwcost/estimate/1");
    let lines = estimate["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["meter"], "rest_requests");
    assert_eq!(lines[0]["tier"], "first 333,000,000 requests");
    assert_eq!((&lines[1]["quantity"], &lines[1]["unit"]), (&"67000000".into(), &"requests".into()));
    assert_eq!((&lines[1]["rate"], &lines[1]["amount"]), (&"0.0000028".into(), &"187.6".into()));
    assert_eq!(estimate["rates"][0]["effective"], "2026-04-01");
    assert!(estimate["unpriced"].as_array().unwrap().is_empty());
}

#[test]
fn what_has_no_price_is_named_and_never_free() {
    let unknown_region = ["--region", "eu-west-9", "--rest-requests", "1M"];
    let estimate = run(&unknown_region).ok().json();
    assert!(estimate["total"].is_null());
    assert_eq!(estimate["unpriced"][0]["reason"], "no rate card for region eu-west-9");
    run(&[&unknown_region[..], &["--strict"]].concat()).fails(4, "--strict was given");
    // A meter that the card lacks, beside one that it has.
    let partly = run(&["--region", "eu-west-1", "--rest-requests", "1M", "--ws-messages", "1M"]).ok().json();
    assert_eq!(partly["lines"].as_array().unwrap().len(), 1);
    assert!(partly["total"].is_null());
    // A tier above the last known one.
    let beyond = run(&["--region", "ap-northeast-1", "--rest-requests", "400M"]).ok().json();
    assert_eq!(beyond["unpriced"][0]["quantity"], "67000000");
    // A month before the first rate.
    let place = Place::new();
    let reason = |region: &str, month: &str| {
        let arguments = ["estimate", "--region", region, "--rest-requests", "1M", "--rates-at", month];
        let estimate = place.run(&[&arguments[..], &["--format", "json"]].concat()).ok().json();
        assert!(estimate["total"].is_null());
        estimate["unpriced"][0]["reason"].as_str().unwrap().to_owned()
    };
    let early = reason("us-east-1", "2020-01");
    assert!(early.contains("the first known rate of rest_requests in us-east-1 is effective"), "{early}");
    // A currency that nothing converts.
    let euro = reason("eusc-de-east-1", "2026-11");
    assert!(euro.contains("is in EUR, the report in USD"), "{euro}");
}

#[test]
fn flags_are_held_to_what_they_mean() {
    run(&["--region", "us-east-1"]).fails(2, "nothing to price");
    run(&["--region", "us-east-1", "--rest-requests", "many"])
        .fails(2, "--rest-requests: \"many\" is no count");
    run(&["--region", "us-east-1", "--cache", "1.5"]).fails(2, "is no size of a cache");
    run(&["--region", "us-east-1", "--cache", "0.5", "--response-kb", "1"]).fails(2, "how many responses");
    run(&["--region", "us-east-1", "--http-kb", "1"]).fails(2, "--http-requests");
}

#[test]
fn terms_of_ones_own_are_applied_and_said() {
    let place = Place::new();
    place.write(
        "gwcost.toml",
        "[terms]\ncurrency = \"EUR\"\n[terms.free]\ntwelve_months = \"us-east-1\"\n\
         [[terms.conversion]]\nfrom = \"USD\"\nto = \"EUR\"\nrate = \"0.9\"\n\
         [[terms.discount]]\nservice = \"api_gateway\"\npercent = \"10\"\n",
    );
    let arguments = ["estimate", "--region", "us-east-1", "--rest-requests", "11M", "--rates-at", "2026-10"];
    let estimate = place.run(&[&arguments[..], &["--format", "json"]].concat()).ok().json();
    // Ten million are paid: 35 dollars, less a tenth, at 0.9 euro.
    assert_eq!((&estimate["currency"], &estimate["total"]), (&"EUR".into(), &"28.35".into()));
    let source = estimate["rates"][0]["source"].as_str().unwrap();
    assert!(
        source.contains("less 10 %; 0.9 EUR for one USD; 1000000 requests free (twelve_months)"),
        "{source}"
    );
    place.write("gwcost.toml", "[terms.free]\ntwelve_moths = \"us-east-1\"\n");
    place.run(&arguments).fails(2, "did you mean \"twelve_months\"?");
}

#[test]
fn measured_usage_grows() {
    let place = Place::new();
    place.write("a.log", lines(0, 1_000));
    place.ingest("a.log");
    let arguments =
        ["estimate", "--region", "us-east-1", "--from-lake", "--month", "2026-10", "--format", "json"];
    let run = |more: &[&str]| place.run(&[&arguments[..], more].concat()).ok().json();
    let quantity = |estimate: &Value| estimate["lines"][0]["quantity"].clone();
    assert_eq!(quantity(&run(&[])), "1000");
    assert_eq!(quantity(&run(&["--growth", "20%"])), "1200");
    assert_eq!(quantity(&run(&["--growth", "-10%", "--rest-requests", "100"])), "1000");
    assert_eq!(
        run(&[])["total_exact"],
        place.run(&["bill", "--month", "2026-10", "--format", "json"]).ok().json()["total"]
    );
    place.run(&[&arguments[..], &["--growth", "a lot"]].concat()).fails(2, "is no growth");
    place
        .run(&["estimate", "--region", "eu-west-1", "--from-lake", "--month", "2026-10"])
        .fails(2, "no usage of eu-west-1");
}
