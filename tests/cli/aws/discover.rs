//! `gwcost ingest --discover` against a real server of the protocols: an API with two stages and its logs go in,
//! and the analysis and the report say what was put in; an hour later with late events they do again.

use std::process::Command;

use serde_json::{Value, json};

use super::cloudwatch::CloudWatch;
use super::ingest_settings::asking;
use super::logs_service::{HOUR, rfc3339};
use super::moto::Moto;
use super::recorded::{Faults, Response, Server};
use crate::support::{Place, Ran};
use crate::venv;

/// Runs a step of the script that puts an API and its logs into the server; the answer is what it printed.
pub fn put(moto: &Moto, step: &[&str]) -> Value {
    let python = venv::python("tests/aws/requirements.txt", "the tests against moto need");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws/discover.py");
    let output = Command::new(python).args([script, &moto.url()]).args(step).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An API with its logs and metrics, and a place where they are read.
pub struct World {
    pub moto: Moto,
    /// CloudWatch's metrics, which the other server does not have.
    cloudwatch: CloudWatch,
    metrics: Server,
    pub place: Place,
    pub base_ms: i64,
}

impl World {
    /// Metrics are still to be counted.
    pub fn new(moto: Moto, base_ms: i64) -> World {
        let cloudwatch = CloudWatch::default();
        let answers = cloudwatch.clone();
        let metrics = Server::play(Faults::none(), move |request| {
            let of_logs =
                request.input()["MetricDataQueries"][0]["MetricStat"]["Metric"]["Namespace"] == "AWS/Logs";
            if of_logs {
                return Response::to(request, 200, &json!({"MetricDataResults": [], "Messages": []}));
            }
            answers.answer(request)
        });
        World { moto, cloudwatch, metrics, place: Place::new(), base_ms }
    }

    /// Counts requests of a stage in an hour.
    pub fn count(&self, stage: &str, hour: i64, requests: u32) {
        let dimensions = [("ApiName", "orders"), ("Stage", stage)];
        let at = (self.base_ms + hour * HOUR) / 1000;
        self.cloudwatch.put("Count", "Sum", &dimensions, at, f64::from(requests));
    }

    /// The binary, asking these servers at an instant.
    pub fn command(&self, place: &Place, now_ms: i64, arguments: &[&str]) -> Command {
        let now = rfc3339(now_ms);
        let all: Vec<&str> = arguments.iter().copied().chain(["--as-of", &now]).collect();
        let mut command = asking(place, &self.moto.url(), &all);
        command.env("AWS_ENDPOINT_URL_CLOUDWATCH", self.metrics.url());
        command
    }

    /// The same, in the world's own place.
    pub fn run(&self, now_ms: i64, arguments: &[&str]) -> Ran {
        Ran::of(self.command(&self.place, now_ms, arguments).output().unwrap())
    }

    /// Requests and bytes by stage and endpoint, as the analysis says.
    fn analyzed(&self, hours: i64) -> Vec<(String, String, u64, u64)> {
        let (from, to) = (rfc3339(self.base_ms), rfc3339(self.base_ms + hours * HOUR));
        let found =
            self.place.analyze(&["--from", &from, "--to", &to, "--by", "stage,route", "--sort", "name"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = found["rows"].as_array().unwrap().iter();
        rows.map(|row| {
            let count = |key: &str| row[key].as_u64().unwrap();
            (text(&row["stage"]), text(&row["route"]), count("requests"), count("response_bytes"))
        })
        .collect()
    }
}

fn expected(put: &Value) -> Vec<(String, String, u64, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = put["endpoints"].as_array().unwrap().iter();
    rows.map(|row| (text(&row[0]), text(&row[1]), row[2].as_u64().unwrap(), row[3].as_u64().unwrap()))
        .collect()
}

#[test]
fn an_api_and_its_logs_are_found_and_counted_and_late_events_once() {
    let moto = Moto::start();
    let first = put(&moto, &["first"]);
    let base_ms = first["base_ms"].as_i64().unwrap();
    let world = World::new(moto, base_ms);
    // All three hours in the end, and one request more than were logged in the second.
    for (stage, requests) in [("prod", 40), ("test", 50), ("beta", 60)] {
        for hour in 0..4 {
            let late = if hour < 3 { 3 } else { 0 };
            world.count(stage, hour, requests + late + u32::from(stage == "prod" && hour == 1));
        }
    }
    let since = ["ingest", "--discover", "--since", "3h", "--format", "json"];

    let said = world.run(base_ms + 5 * HOUR / 2, &since).ok().json();
    assert_eq!(said["rows"], first["events"]);
    assert_eq!((&said["rejects"], &said["duplicates"]), (&0.into(), &0.into()));
    let settings = &said["settings"][0];
    assert_eq!((&settings["rest_apis"], &settings["stages"]), (&1.into(), &4.into()));
    assert_eq!(settings["stages_without_access_log"][0]["stage"], "silent");
    assert_eq!(world.analyzed(3), expected(&first));

    // An hour later there are new events, and late ones of hours that were read.
    let late = put(&world.moto, &["late", &base_ms.to_string(), first["api"].as_str().unwrap()]);
    let since = ["ingest", "--discover", "--since", "5h", "--format", "json"];
    let said = world.run(base_ms + 4 * HOUR, &since).ok().json();
    assert_eq!((&said["rows"], &said["duplicates"]), (&late["new_events"], &0.into()));
    assert_eq!(said["settings"][0]["outcome"], "unchanged");
    assert_eq!(world.analyzed(4), expected(&late));

    let report = world.place.path("report.json");
    let (from, to) = (rfc3339(base_ms), rfc3339(base_ms + 4 * HOUR));
    let arguments = ["report", "--from", &from, "--to", &to, "--output", report.to_str().unwrap()];
    world.place.run(&arguments).ok();
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["analysis"]["total"]["requests"], late["events"]);

    // And once more nothing.
    let again = world.run(base_ms + 4 * HOUR + 60_000, &since).ok().json();
    assert_eq!(again["rows"], 0);
}

#[test]
fn what_it_would_take_is_said_before() {
    let moto = Moto::start();
    let first = put(&moto, &["first"]);
    let base_ms = first["base_ms"].as_i64().unwrap();
    let world = World::new(moto, base_ms);
    let arguments = ["ingest", "--discover", "--estimate", "--since", "3h", "--format", "json"];
    let said = world.run(base_ms + 3 * HOUR, &arguments).ok().json();
    assert_eq!(said["groups"].as_array().unwrap().len(), 2, "{said}");
    assert_eq!(said["groups"][0]["hours"], 3);
    assert!(said["metrics"][0]["metrics_requested"].as_u64().unwrap() > 0);
    assert_eq!(world.cloudwatch.queries.load(std::sync::atomic::Ordering::SeqCst), 0);
    assert!(world.place.rows().is_empty());
}
