//! Everything that AWS is asked for goes into a lake in S3 as into a folder: settings, log groups, metrics, late
//! events. Every command then says of the one what it says of the other, on a machine that never saw it too.

use std::fs;
use std::path::Path;

use super::discover::{World, put};
use super::lake_s3::{LAKE, assert_no_leftovers, folder, server};
use super::logs_service::{HOUR, rfc3339};
use super::moto::Moto;
use super::s3_server::{ACCESS_KEY, S3Server, SECRET_KEY};
use crate::support::{Place, Ran, rows_of};

/// Runs a command with the lake in the bucket.
fn run(world: &World, bucket: &S3Server, place: &Place, now_ms: i64, arguments: &[&str]) -> Ran {
    let mut command = world.command(place, now_ms, &[arguments, &["--lake", LAKE]].concat());
    command
        .env("AWS_ENDPOINT_URL_S3", &bucket.endpoint)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    Ran::of(command.output().unwrap())
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn settings_logs_and_metrics_come_into_a_bucket_as_into_a_folder() {
    let moto = Moto::start();
    let first = put(&moto, &["first"]);
    let base_ms = first["base_ms"].as_i64().unwrap();
    let world = World::new(moto, base_ms);
    for (stage, requests) in [("prod", 40), ("test", 50), ("beta", 60)] {
        for hour in 0..4 {
            world.count(stage, hour, requests + if hour < 3 { 3 } else { 0 });
        }
    }
    let bucket = server();
    let there = Place::new();
    let ingest = |now_ms: i64, since: &str| {
        let arguments = ["ingest", "--discover", "--since", since, "--format", "json"];
        let one = world.run(now_ms, &arguments).ok().json();
        let other = run(&world, &bucket, &there, now_ms, &arguments).ok().json();
        for figure in ["units", "rows", "lines", "rejects", "duplicates", "hours_fetched", "hours_settled"] {
            assert_eq!(one[figure], other[figure], "{figure}");
        }
        for figure in ["outcome", "stages", "log_groups", "stages_without_access_log"] {
            assert_eq!(one["settings"][0][figure], other["settings"][0][figure], "{figure}");
        }
        other
    };
    assert_eq!(ingest(base_ms + 5 * HOUR / 2, "3h")["rows"], first["events"]);
    let late = put(&world.moto, &["late", &base_ms.to_string(), first["api"].as_str().unwrap()]);
    let now_ms = base_ms + 4 * HOUR;
    assert_eq!(ingest(now_ms, "5h")["rows"], late["new_events"]);

    assert!(!there.path("gwcost-lake").exists());
    assert_eq!(rows_of(&folder(&bucket)), world.place.rows());
    assert_no_leftovers(&folder(&bucket), "discover");

    // The objects are the files of a lake. Copied into a folder, it is asked the same.
    let copied = Place::new();
    copy(&folder(&bucket), &copied.path("gwcost-lake"));
    let (from, to) = (rfc3339(base_ms), rfc3339(base_ms + 4 * HOUR));
    let window = ["--from", &from, "--to", &to];
    let cold = Place::new();
    for question in [
        &["analyze", "--format", "json"][..],
        &["analyze", "--by", "stage,hour", "--format", "csv"],
        &["throttle", "--format", "json"],
        &["cache", "--format", "json"],
        &["bill", "--format", "json"],
        &["report", "--output", "report.md"],
    ] {
        let question = [question, &window].concat();
        let expected = Ran::of(world.command(&copied, now_ms, &question).output().unwrap()).ok();
        for place in [&there, &cold] {
            let ran = run(&world, &bucket, place, now_ms, &question).ok();
            assert_eq!(ran.stdout.replace(LAKE, "./gwcost-lake"), expected.stdout, "{question:?}");
            if question[0] == "report" {
                let page = |place: &Place| fs::read_to_string(place.path("report.md")).unwrap();
                assert_eq!(page(place).replace(LAKE, "gwcost-lake"), page(&copied));
            }
        }
    }
    let coverage = [&["analyze", "--format", "json"][..], &window].concat();
    let quality = run(&world, &bucket, &cold, now_ms, &coverage).ok().json()["quality"].clone();
    assert!(quality["coverage_by_stage"].as_array().is_some_and(|stages| !stages.is_empty()), "{quality}");

    let doctor = run(&world, &bucket, &cold, now_ms, &["doctor"]).ok().stdout;
    assert!(doctor.contains(LAKE) && doctor.contains("read last at"), "{doctor}");
    let verified = run(&world, &bucket, &cold, now_ms, &["lake", "verify"]).ok().stdout;
    assert!(verified.contains("nothing is wrong"), "{verified}");
    // Nothing is new, neither for the one that wrote it nor for another.
    for place in [&there, &cold] {
        let again = ["ingest", "--discover", "--since", "5h", "--format", "json"];
        let again = run(&world, &bucket, place, now_ms + 60_000, &again).ok().json();
        assert_eq!((&again["rows"], &again["settings"][0]["outcome"]), (&0.into(), &"unchanged".into()));
    }
}

#[test]
fn paths_of_a_lake_in_a_bucket_make_routes() {
    let (bucket, place) = (server(), Place::new());
    let line = |id: u32| {
        format!(
            "{{\"id\":\"i{id}\",\"t\":\"{}\",\"m\":\"GET\",\"p\":\"/pets/{id}\",\"s\":\"200\"}}\n",
            1_790_812_800_000_u64 + u64::from(id)
        )
    };
    place.write("a.log", (0..50).map(line).collect::<String>());
    let format = r#"{"id":"$context.extendedRequestId","t":"$context.requestTimeEpoch","m":"$context.httpMethod","p":"$context.path","s":"$context.status"}"#;
    let run = |place: &Place, arguments: &[&str]| {
        let mut command = place.command(arguments);
        Ran::of(command.envs(bucket.environment()).env("GWCOST_LAKE", LAKE).output().unwrap())
    };
    let origin = ["--account", "111122223333", "--region", "us-east-1", "--api", "a1", "--stage", "prod"];
    let ingest = ["ingest", "a.log", "--format-string", format, "--api-kind", "rest"];
    run(&place, &[&ingest[..], &origin].concat()).ok();
    let routes = run(&Place::new(), &["log-format", "routes"]).ok().stdout;
    assert!(routes.contains("/pets/{"), "{routes}");
}
