//! `gwcost doctor` on a machine alone: the lake, the configuration, rates, settings; and the policy.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Place, lines};

/// What findings of that level and subject say, all in one.
pub fn found(answer: &Value, level: &str, about: &str) -> String {
    let findings = answer["findings"].as_array().unwrap();
    let wanted = findings.iter().filter(|finding| finding["level"] == level && finding["about"] == about);
    wanted.map(|finding| finding["what"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The levels of all findings of a subject.
pub fn levels<'a>(answer: &'a Value, about: &str) -> Vec<&'a str> {
    let findings = answer["findings"].as_array().unwrap();
    findings
        .iter()
        .filter(|finding| finding["about"] == about)
        .map(|finding| finding["level"].as_str().unwrap())
        .collect()
}

fn offline(place: &Place) -> Value {
    place.run(&["doctor", "--offline", "--format", "json"]).ok().json()
}

#[test]
fn a_fresh_machine_is_told_what_to_get_and_is_not_changed() {
    let place = Place::new();
    let ran = place.run(&["doctor", "--offline"]).ok();
    for says in [
        "missing  lake      no lake at gwcost-lake",
        "gwcost ingest settings:",
        "ok       rates     every rate card can be read",
        "0 wrong",
    ] {
        assert!(ran.stdout.contains(says), "{says:?} is not in {}", ran.stdout);
    }
    assert_eq!(ran.stderr, "");
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 0);
    let answer = offline(&place);
    assert_eq!(answer["schema"], "gwcost/doctor/1");
    assert_eq!(
        (levels(&answer, "lake"), levels(&answer, "settings")),
        (vec!["missing", "ok"], vec!["missing"])
    );
    let counts = ["ok", "missing", "wrong"].map(|level| answer[level].as_u64().unwrap());
    assert_eq!(counts.iter().sum::<u64>(), answer["findings"].as_array().unwrap().len() as u64);
}

#[test]
fn rates_are_looked_up_for_what_the_lake_holds() {
    let place = Place::new();
    place.write("a.log", lines(0, 20));
    place.ingest("a.log");
    let answer = offline(&place);
    assert!(found(&answer, "ok", "lake").contains("20 requests of 1 unit, from 2026-10-01"), "{answer}");
    let rates = found(&answer, "ok", "rates");
    assert!(rates.contains("rest_requests in us-east-1: transcribed from"), "{rates}");
    assert!(rates.contains("internet_transfer in us-east-1"), "{rates}");

    let elsewhere = Place::new();
    elsewhere.write("a.log", lines(0, 20));
    let arguments = ["ingest", "a.log", "--format-string", crate::support::REST, "--region", "mars-north-1"];
    elsewhere.run(&[&arguments[..], &["--api-kind", "rest"]].concat()).ok();
    let answer = offline(&elsewhere);
    let missing = found(&answer, "missing", "rates");
    assert!(missing.contains("2026-10-01: no rate card for region mars-north-1"), "{missing}");
}

#[test]
fn what_cannot_be_right_is_wrong_and_the_rest_is_looked_at() {
    let place = Place::new();
    place.write("gwcost.toml", "lkae = \"x\"\n");
    let ran = place.run(&["doctor", "--offline", "--format", "json"]).fails(3, "").json();
    assert!(found(&ran, "wrong", "config").contains("did you mean \"lake\"?"), "{ran}");
    assert_eq!(levels(&ran, "settings"), ["missing"]);

    place.write("gwcost.toml", "lake = \"own\"\n");
    let snapshot = json!({"schema": "gwcost/settings/1", "taken_at": "2026-10-31T06:00:00Z",
        "regions": [{"account": "111122223333", "region": "us-east-1"}]});
    place.write("own.json", snapshot.to_string());
    place.run(&["ingest", "settings:", "--settings", "own.json"]).ok();
    let old = ["doctor", "--offline", "--format", "json", "--as-of", "2026-12-31"];
    let answer = place.run(&old).ok().json();
    assert!(found(&answer, "missing", "settings").contains("60 days ago"), "{answer}");
    assert!(found(&answer, "ok", "config").contains("gwcost.toml"), "{answer}");
    let file = fs::read_dir(place.path("own/settings")).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, "{").unwrap();
    let answer = place.run(&["doctor", "--offline", "--format", "json"]).fails(3, "").json();
    assert!(found(&answer, "wrong", "settings").contains("111122223333-us-east-1.json"), "{answer}");
    let verified = place.run(&["lake", "verify"]).fails(3, "");
    assert!(verified.stdout.contains("wrong: settings/"), "{}", verified.stdout);
}

/// Every `service:Action` in double quotes in the code of `folder`, tests and comments left out.
fn actions(folder: &Path, but: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with(but) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for quoted in line.split('"').skip(1).step_by(2) {
                let Some((service, action)) = quoted.split_once(':') else { continue };
                let service_like = !service.is_empty()
                    && service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
                let action_like = action.starts_with(|letter: char| letter.is_ascii_uppercase())
                    && action.bytes().all(|byte| byte.is_ascii_alphanumeric());
                if service_like && action_like {
                    found.insert(quoted.to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn the_policy_allows_all_that_is_called_and_nothing_else() {
    let place = Place::new();
    place.write(
        "gwcost.toml",
        "[[account]]\nrole_arn = \"arn:aws:iam::444455556666:role/gwcost\"\nregions = [\"eu-west-1\"]\n",
    );
    let ran = place.run(&["doctor", "--iam-policy", "--bucket", "logs/orders/"]).ok();
    let policy: Value = ran.json();
    assert_eq!(policy["Version"], "2012-10-17");
    let mut allowed = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        assert!(ids.insert(statement["Sid"].as_str().unwrap().to_owned()), "{statement}");
        assert!(!statement["Resource"].as_array().unwrap().is_empty(), "{statement}");
        for action in statement["Action"].as_array().unwrap() {
            allowed.insert(action.as_str().unwrap().to_owned());
        }
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source");
    assert_eq!(allowed, actions(&sources, "policy.rs"));
    // A lake in a bucket is written to, and nothing else anywhere.
    let ran = place.run(&["doctor", "--iam-policy", "--bucket", "logs", "--lake", "s3://own/team/lake"]).ok();
    let with_lake: Value = ran.json();
    let statements = with_lake["Statement"].as_array().unwrap();
    let every = |of: &Value| of["Action"].as_array().unwrap().clone();
    let allowed: BTreeSet<String> =
        statements.iter().flat_map(every).map(|action| action.as_str().unwrap().to_owned()).collect();
    let of_lake = actions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store"), "policy.rs");
    assert!(of_lake.contains("s3:PutObject") && of_lake.contains("s3:DeleteObject"), "{of_lake:?}");
    assert_eq!(allowed, actions(&sources, "policy.rs").union(&of_lake).cloned().collect());
    let writing = statements.iter().filter(|statement| statement.to_string().contains("s3:PutObject"));
    let places: Vec<&Value> = writing.map(|statement| &statement["Resource"]).collect();
    assert_eq!(places, [&serde_json::json!(["arn:aws:s3:::own/team/lake/*"])]);
    assert!(
        ran.stderr.contains("ListLake and KeepLake are for whoever takes on the roles"),
        "{}",
        ran.stderr
    );
    // Narrowed to the account and the region of the role.
    let text = policy.to_string();
    assert!(text.contains("arn:aws:apigateway:eu-west-1::/restapis/*/stages"), "{text}");
    assert!(text.contains("arn:aws:logs:eu-west-1:444455556666:log-group:*"), "{text}");
    assert!(text.contains("arn:aws:s3:::logs/orders/*"), "{text}");
    assert!(!text.contains("apigateway:*"), "{text}");
}

#[test]
fn a_policy_without_buckets_says_so() {
    let place = Place::new();
    let arguments = ["doctor", "--iam-policy", "--log-group", "/aws/apigateway/orders"];
    let ran = place.run(&arguments).ok();
    assert!(ran.stderr.contains("no logs in S3 are in it"), "{}", ran.stderr);
    let text = ran.json().to_string();
    assert!(text.contains("arn:aws:logs:*:*:log-group:/aws/apigateway/orders:*"), "{text}");
    assert!(!text.contains("s3:") && !text.contains("AssumeRole"), "{text}");
    place.run(&["doctor", "--iam-policy", "--bucket", "a b"]).fails(2, "--bucket: ");
    place.run(&["doctor", "--iam-policy", "--log-group", "/aws/*"]).fails(2, "patterns are not taken");
}
