//! A log group of a real server of the protocol: what was put in is what is counted, and again when more came.

use std::process::Command;

use super::logs_service::{HOUR, NAME, command, rfc3339};
use super::moto::Moto;
use crate::support::{Place, REST, Ran};
use crate::venv;

const REGION: &str = "eu-west-1";

fn put(moto: &Moto, more: &[String]) -> String {
    let python = venv::python("tests/aws/requirements.txt", "the tests against moto need");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/logs.py");
    let output = Command::new(python).args([script, &moto.url(), REGION, NAME]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_was_put_in_is_counted_and_late_events_once() {
    let moto = Moto::start();
    let base_ms: i64 = put(&moto, &[]).trim().parse().unwrap();
    let place = Place::new();
    let ingest = |now_ms: i64| {
        let (input, from, now) = (format!("logs:{NAME}"), rfc3339(base_ms), rfc3339(now_ms));
        let arguments = ["ingest", &input, "--format-string", REST, "--api-kind", "rest", "--from", &from];
        let all: Vec<&str> = arguments.into_iter().chain(["--as-of", &now, "--format", "json"]).collect();
        Ran::of(command(&place, &moto.url(), &all).output().unwrap()).ok().json()
    };
    // Half of the third hour.
    let first = ingest(base_ms + 5 * HOUR / 2);
    assert_eq!((&first["rows"], &first["hours_fetched"]), (&250.into(), &3.into()));
    put(&moto, &[base_ms.to_string()]);
    let second = ingest(base_ms + 7 * HOUR / 2);
    assert_eq!(
        (&second["rows"], &second["lines"], &second["duplicates"]),
        (&105.into(), &105.into(), &0.into())
    );
    let third = ingest(base_ms + 4 * HOUR);
    assert_eq!(&third["rows"], &50);

    let (from, to) = (rfc3339(base_ms), rfc3339(base_ms + 4 * HOUR));
    let found = place.analyze(&["--from", &from, "--to", &to, "--by", "account,region,api,stage,hour"]);
    let hours: Vec<u64> =
        found["rows"].as_array().unwrap().iter().map(|row| row["requests"].as_u64().unwrap()).collect();
    assert_eq!(found["total"]["requests"], 405);
    assert_eq!(hours.iter().sum::<u64>(), 405);
    assert!(hours.contains(&105) && hours.iter().filter(|count| **count == 100).count() == 3, "{hours:?}");
    assert_eq!(found["rows"][0]["account"], "123456789012");
    assert_eq!(found["quality"]["rejects"], 0);
}
