//! A lake in S3 behind a bad network, and writers that are stopped at any moment: the same command goes on, and
//! the lake is the one that an undisturbed run makes.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::lake_s3::{LAKE, assert_no_leftovers, by_way_of, command, folder, server};
use super::recorded::{ANY, Faults, Server};
use crate::support::{Place, REST, Ran, lines, rows_of};

const INGEST: [&str; 8] =
    ["ingest", "logs", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];

/// Three files over two days, with a duplicate and a bad line, so that every step has work to do.
fn place_with_logs() -> Place {
    let place = Place::new();
    place.write("logs/a.log", format!("{}{}", lines(0, 500), lines(490, 20)));
    place.write("logs/b.log", lines(86_300, 200));
    place.write("logs/c.log", format!("{}broken\n", lines(1_000, 10)));
    place
}

const STEPS: [&str; 11] = [
    "before-duplicates",
    "after-files",
    "before-upload",
    "after-upload",
    "before-committed",
    "after-committed",
    "before-superseded-record",
    "after-superseded-record",
    "before-superseded-file",
    "after-superseded-file",
    "after-superseded",
];

#[test]
fn aborted_at_every_step_of_a_replacement() {
    let undisturbed = place_with_logs();
    let replace = [&INGEST[..], &["--keep-ip", "--replace"]].concat();
    undisturbed.run(&INGEST).ok();
    undisturbed.run(&replace).ok();
    let expected = undisturbed.rows();
    assert_eq!(expected.len(), 500 + 10 + 200 + 10);
    let server = server();
    let environment = server.environment();
    for step in STEPS {
        if folder(&server).exists() {
            fs::remove_dir_all(folder(&server)).unwrap();
        }
        let place = place_with_logs();
        let run = |arguments: &[&str]| Ran::of(command(&place, &environment, arguments).output().unwrap());
        run(&INGEST).ok();
        let mut aborted = command(&place, &environment, &replace);
        aborted.env("GWCOST_FAILPOINT", step).stdout(Stdio::null()).stderr(Stdio::null());
        assert_eq!(aborted.status().unwrap().code(), None, "{step}");
        // A reader in between sees the old rows or the new ones, never both and never none.
        let total = |place: &Place| {
            let arguments = ["analyze", "--month", "2026-10", "--format", "json"];
            let ran = Ran::of(command(place, &environment, &arguments).output().unwrap()).ok();
            ran.json()["total"]["requests"].clone()
        };
        assert_eq!(total(&Place::new()), total_of(&undisturbed), "{step}");
        run(&replace).ok();
        assert_eq!(rows_of(&folder(&server)), expected, "{step}");
        assert_no_leftovers(&folder(&server), step);
    }
}

fn total_of(place: &Place) -> serde_json::Value {
    place.analyze(&["--month", "2026-10"])["total"]["requests"].clone()
}

#[test]
fn credentials_that_expire_at_any_request_lose_nothing() {
    let undisturbed = place_with_logs();
    undisturbed.run(&INGEST).ok();
    let expected = undisturbed.rows();
    let server = server();
    let mut finished = 0;
    for after in 0..60 {
        if folder(&server).exists() {
            fs::remove_dir_all(folder(&server)).unwrap();
        }
        let place = place_with_logs();
        let proxy = Server::in_front_of(server.address(), Faults::none().expiring_after(after));
        let ran = Ran::of(command(&place, &by_way_of(&server, &proxy), &INGEST).output().unwrap());
        if ran.code == Some(0) {
            finished += 1;
        } else {
            let ran = ran.fails(5, "the AWS credentials have expired");
            assert!(ran.stderr.contains("it goes on where it stopped"), "{}", ran.stderr);
        }
        Ran::of(command(&place, &server.environment(), &INGEST).output().unwrap()).ok();
        assert_eq!(rows_of(&folder(&server)), expected, "after {after}");
        assert_no_leftovers(&folder(&server), "expired");
        if finished > 1 {
            return;
        }
    }
    panic!("it never had enough requests");
}

/// Inputs and lake are both in S3, and everything between is bad. `kills` times the run is killed.
fn ingest_through_faults(seed: u64, kills: u32) {
    let local = Place::new();
    let server = server();
    for number in 0..40 {
        let text = lines(number * 400, 450);
        local.write(&format!("logs/2026/10/01/{number:02}.log"), &text);
        server.put("logs", &format!("orders/2026/10/01/{number:02}.log"), text.as_bytes());
    }
    local.run(&INGEST).ok();
    let expected = local.rows();
    let proxy = Server::in_front_of(server.address(), Faults::of(seed, 30, &ANY));
    let environment = by_way_of(&server, &proxy);
    let place = Place::new();
    let mut arguments = INGEST.to_vec();
    arguments[1] = "s3://logs/orders/";
    let started = Instant::now();
    let mut typical = Duration::from_secs(4);
    for kill in 1..=kills {
        let mut child = command(&place, &environment, &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over a run by a step that shares no factor with the kills.
        std::thread::sleep(
            typical * (kill * 7 % kills) / kills + Duration::from_millis(20 * u64::from(kill)),
        );
        if child.try_wait().unwrap().is_some() {
            typical /= 2;
        }
        child.kill().ok();
        child.wait().unwrap();
    }
    let ran = Ran::of(command(&place, &environment, &arguments).output().unwrap()).ok();
    let rows = rows_of(&folder(&server));
    assert_eq!(rows.len(), expected.len(), "seed {seed} after {:?}: {}", started.elapsed(), ran.stderr);
    assert_no_leftovers(&folder(&server), "faults");
    assert!(proxy.faults() > 10 && proxy.kinds() > 5, "{} of {} kinds", proxy.faults(), proxy.kinds());

    // The figures are those of the local lake, also by way of a cold cache and the same bad network.
    let cold = Place::new();
    let analyze = ["analyze", "--month", "2026-10", "--by", "route,day,hour", "--format", "json"];
    let ran = Ran::of(command(&cold, &environment, &analyze).output().unwrap()).ok();
    let expected = local.analyze(&["--month", "2026-10", "--by", "route,day,hour"]);
    assert_eq!((&ran.json()["rows"], &ran.json()["total"]), (&expected["rows"], &expected["total"]));
    let verified = Ran::of(command(&cold, &environment, &["lake", "verify"]).output().unwrap()).ok();
    assert!(verified.stdout.contains("nothing is wrong"), "{}", verified.stdout);
}

#[test]
fn faults_on_the_way_change_nothing() {
    ingest_through_faults(3, 0);
}

#[test]
fn killed_at_random_moments_behind_a_bad_network() {
    ingest_through_faults(11, 9);
}

#[test]
fn a_cache_for_each_lake() {
    let server = server();
    let place = place_with_logs();
    Ran::of(command(&place, &server.environment(), &INGEST).output().unwrap()).ok();
    let of = |lake: &str| {
        let named: Vec<PathBuf> = walkdir::WalkDir::new(place.path(".cache/gwcost/lakes"))
            .max_depth(3)
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.ends_with("_mirror/of"))
            .collect();
        named.iter().filter(|path| fs::read_to_string(path).unwrap().trim() == lake).count()
    };
    assert_eq!((of(LAKE), of("s3://bucket/other")), (1, 0));
    let other = [&INGEST[..], &["--lake", "s3://bucket/other"]].concat();
    Ran::of(command(&place, &server.environment(), &other).output().unwrap()).ok();
    assert_eq!((of(LAKE), of("s3://bucket/other")), (1, 1));
    assert_eq!(rows_of(&server.root().join("bucket/other")), rows_of(&folder(&server)));
}
