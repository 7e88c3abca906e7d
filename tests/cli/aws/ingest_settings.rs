//! `gwcost ingest settings:`, as typed: from a real server, from a file, from several accounts and regions, and
//! from one that refuses a part.

use std::process::Command;

use gwcost::lake::snapshots;
use serde_json::{Value, json};

use super::http::{Request, Response};
use super::moto::{ACCOUNT, Moto};
use super::recorded::{Faults, Server};
use super::settings_moto::{REGION, set_up};
use super::settings_pages;
use crate::support::{Place, Ran};

/// A key that must be found nowhere.
const SECRET: &str = "v3ryS3cretKeyOfNobody";

/// The binary with credentials, asking a server on loopback.
pub fn asking(place: &Place, url: &str, arguments: &[&str]) -> Command {
    let mut command = place.command(arguments);
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// Who the caller is, in the protocol of STS. `None` for another question.
pub fn identity(request: &Request) -> Option<Response> {
    let asked = String::from_utf8_lossy(&request.body).contains("Action=GetCallerIdentity");
    let answer = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/u</Arn>\
         <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    asked.then(|| Response::to(request, 200, &json!(answer)))
}

fn ran(mut command: Command) -> Ran {
    Ran::of(command.output().unwrap())
}

fn assert_nowhere(place: &Place, secret: &str) {
    for entry in walkdir::WalkDir::new(place.path("")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            let found = memchr::memmem::find(&bytes, secret.as_bytes());
            assert!(found.is_none(), "{secret} is in {}", entry.path().display());
        }
    }
}

#[test]
fn what_was_set_up_reaches_the_lake_once_and_goes_offline() {
    let moto = Moto::start();
    let ids = set_up(&moto);
    let place = Place::new();
    let first =
        ran(asking(&place, &moto.url(), &["ingest", "settings:", "--save-settings", "saved.json"])).ok();
    for says in [
        "account 123456789012 in eu-west-1 at ",
        ": not known before",
        "1 REST API, 1 HTTP API, 1 WebSocket API; 4 stages, 2 with an access log, 2 without",
        "log group /aws/apigateway/orders: orders/prod (rest, ",
        "gwcost ingest logs:arn:aws:logs:eu-west-1:123456789012:log-group:/aws/apigateway/shop",
        "no access log: orders/test (rest, ",
        "settings of 1 region into gwcost-lake",
    ] {
        assert!(first.stdout.contains(says), "{says:?} is not in {}", first.stdout);
    }
    let arguments = ["ingest", "settings:", "--format", "json"];
    let again = ran(asking(&place, &moto.url(), &arguments)).ok().json();
    assert_eq!(again["schema"], "gwcost/ingest-settings/1");
    let region = &again["regions"][0];
    assert_eq!((&region["outcome"], &region["stages"]), (&"unchanged".into(), &4.into()));
    assert_eq!(region["log_groups"][0]["formats"][0]["stages"][0]["api"], ids["rest"]);
    assert_eq!(again["failures"], json!([]));

    let kept = snapshots(&place.path("gwcost-lake")).unwrap();
    assert_eq!((kept.len(), kept[0].regions[0].stages().len()), (1, 4));
    assert!(kept[0].confirmed_at_ms > Some(kept[0].taken_at_ms));
    let verified = place.run(&["lake", "verify"]).ok().stdout;
    assert!(verified.contains("1 snapshot of settings read again\nnothing is wrong"), "{verified}");
    assert!(place.run(&["lake", "list"]).ok().stdout.contains("and 1 snapshot of settings in"));
    assert_nowhere(&place, SECRET);
    assert_nowhere(&place, "s3cret");

    // On a machine without AWS the saved file makes the same lake.
    let offline = Place::new();
    std::fs::copy(place.path("saved.json"), offline.path("saved.json")).unwrap();
    offline.run(&["ingest", "settings:", "--settings", "saved.json"]).ok();
    let there = snapshots(&offline.path("gwcost-lake")).unwrap();
    assert_eq!((there[0].taken_at_ms, &there[0].regions), (kept[0].taken_at_ms, &kept[0].regions));
    let once_more = offline.run(&["ingest", "settings:", "--settings", "saved.json"]).ok();
    assert!(once_more.stdout.contains("unchanged since"), "{}", once_more.stdout);
    assert_eq!(snapshots(&offline.path("gwcost-lake")).unwrap(), there);
}

#[test]
fn several_regions_are_read_and_another_account_is_not() {
    let moto = Moto::start();
    set_up(&moto);
    let place = Place::new();
    place.write(
        "gwcost.toml",
        format!(
            "[[account]]\nid = \"{ACCOUNT}\"\nregions = [\"us-east-1\", \"{REGION}\"]\n\
             [[account]]\nid = \"444455556666\"\nregions = [\"eu-central-1\"]\n"
        ),
    );
    let arguments = ["ingest", "settings:", "--format", "json"];
    let read = ran(asking(&place, &moto.url(), &arguments));
    let read = read.fails(2, "those of account 123456789012, and gwcost.toml says 444455556666").json();
    let regions: Vec<&str> =
        read["regions"].as_array().unwrap().iter().map(|region| region["region"].as_str().unwrap()).collect();
    assert_eq!(regions, ["us-east-1", REGION]);
    assert_eq!((&read["regions"][0]["stages"], &read["regions"][1]["stages"]), (&0.into(), &4.into()));
    assert!(read["failures"][0]["target"].as_str().unwrap().contains("eu-central-1"), "{read}");
    assert_eq!(snapshots(&place.path("gwcost-lake")).unwrap().len(), 2);
    // A flag comes before the file, in both of its parts.
    let typed = ["ingest", "settings:", "--aws-region", "eu-central-1", "--format", "json"];
    let typed = ran(asking(&place, &moto.url(), &typed)).fails(2, "444455556666").json();
    assert_eq!(typed["regions"][0]["region"], "eu-central-1");
}

#[test]
fn a_part_that_is_denied_is_named_and_the_rest_is_kept() {
    let server = Server::play(Faults::none(), |request| {
        let denied = request.path.starts_with("/apikeys") || request.path.starts_with("/restapis/id2/stages");
        let message = "User: arn:aws:iam::123456789012:user/u is not authorized to perform: apigateway:GET";
        match identity(request) {
            Some(identity) => identity,
            None if denied => Response::error(request, 403, "AccessDeniedException", message),
            None => settings_pages::answer(request),
        }
    });
    let place = Place::new();
    let read = ran(asking(&place, &server.url(), &["ingest", "settings:"])).ok();
    for says in [
        "missing: API keys: apigateway:GET on arn:aws:apigateway:eu-west-1::/apikeys: denied: AccessDeniedException",
        "missing: stages of REST API rest 2 (id2): apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/id2/stages",
        "the stages of API rest 2 (id2) of account 123456789012 in eu-west-1 are not known",
    ] {
        assert!(read.stdout.contains(says), "{says:?} is not in {}", read.stdout);
    }
    let kept = snapshots(&place.path("gwcost-lake")).unwrap();
    assert_eq!(kept[0].regions[0].api_keys, None);
    assert!(kept[0].regions[0].usage_plans.as_ref().is_some_and(|plans| !plans.is_empty()));
}

#[test]
fn settings_that_say_nothing_hide_none_that_are_known() {
    let server = Server::play(Faults::none(), |request| {
        let message = "not authorized";
        identity(request).unwrap_or_else(|| Response::error(request, 403, "AccessDeniedException", message))
    });
    let place = Place::new();
    let read = ran(asking(&place, &server.url(), &["ingest", "settings:"]));
    let read = read.fails(5, "AWS denies apigateway:GET on the APIs of account 123456789012 in eu-west-1");
    assert!(read.stderr.contains("\"Action\": \"apigateway:GET\""), "{}", read.stderr);
    assert!(!place.path("gwcost-lake").exists());
}

#[test]
fn nobody_is_told_how_to_become_somebody() {
    let place = Place::new();
    let mut nobody = place.command(&["ingest", "settings:"]);
    nobody.env("AWS_REGION", REGION).env("AWS_EC2_METADATA_DISABLED", "true");
    nobody.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    ran(nobody).fails(5, "no AWS credentials");
    let mut nowhere = place.command(&["ingest", "settings:"]);
    nowhere.env("AWS_EC2_METADATA_DISABLED", "true");
    ran(nowhere).fails(5, "no AWS region");
}

#[test]
fn a_saved_file_is_checked_before_anything_is_kept() {
    let place = Place::new();
    place.write(
        "bad.json",
        r#"{"schema":"gwcost/settings/1","taken_at":"2026-10-31T06:00:00Z","regoins":[]}"#,
    );
    place.run(&["ingest", "settings:", "--settings", "bad.json"]).fails(3, "did you mean \"regions\"?");
    place.run(&["ingest", "settings:", "--settings", "none.json"]).fails(3, "none.json");
    assert!(!place.path("gwcost-lake").exists());
    // Changed by hand: the same time, something else. The correction counts.
    let snapshot = |burst: u32| {
        json!({"schema": "gwcost/settings/1", "taken_at": "2026-10-31T06:00:00Z", "regions": [{
            "account": "111122223333", "region": "us-east-1",
            "account_throttle": {"throttle": {"rate": "100", "burst": burst}, "source": "stated"}}]})
    };
    for burst in [5, 7] {
        place.write("own.json", snapshot(burst).to_string());
        place.run(&["ingest", "settings:", "--settings", "own.json"]).ok();
    }
    let kept = snapshots(&place.path("gwcost-lake")).unwrap();
    let text: Value = serde_json::from_str(&kept[0].to_json().unwrap()).unwrap();
    assert_eq!((kept.len(), &text["regions"]), (1, &snapshot(7)["regions"]));
}
