//! Stopped at any moment, the same command again makes the lake that an undisturbed run makes.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Place, REST, lines};

fn ingest(place: &Place, more: &[&str]) -> Command {
    let mut arguments =
        vec!["ingest", "logs", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    arguments.extend(more);
    let mut command = place.command(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Three files over two days, with a duplicate, so that every step of a commit has work to do.
fn place_with_logs() -> Place {
    let place = Place::new();
    place.write("logs/a.log", format!("{}{}", lines(0, 500), lines(490, 20)));
    place.write("logs/b.log", lines(86_300, 200));
    place.write("logs/c.log", format!("{}broken\n", lines(1_000, 10)));
    place
}

const STEPS: [&str; 9] = [
    "before-duplicates",
    "after-files",
    "before-prepared",
    "after-prepared",
    "before-rename",
    "after-rename",
    "before-committed",
    "after-committed",
    "never",
];

#[test]
fn aborted_before_and_after_every_step_of_a_commit() {
    let undisturbed = place_with_logs();
    assert!(ingest(&undisturbed, &[]).status().unwrap().success());
    let expected = undisturbed.rows();
    assert_eq!(expected.len(), 500 + 10 + 200 + 10);
    for step in STEPS {
        let place = place_with_logs();
        let aborted = !ingest(&place, &[]).env("GWCOST_FAILPOINT", step).status().unwrap().success();
        assert_eq!(aborted, step != "never", "{step}");
        assert!(ingest(&place, &[]).status().unwrap().success(), "{step}");
        assert_eq!(place.rows(), expected, "{step}");
        assert_no_leftovers(&place, step);
    }
}

#[test]
fn aborted_in_the_middle_of_a_replacement() {
    let undisturbed = place_with_logs();
    assert!(ingest(&undisturbed, &[]).status().unwrap().success());
    assert!(ingest(&undisturbed, &["--keep-ip", "--replace"]).status().unwrap().success());
    let expected = undisturbed.rows();
    for step in STEPS.into_iter().chain(["before-superseded-record", "after-superseded"]) {
        let place = place_with_logs();
        assert!(ingest(&place, &[]).status().unwrap().success());
        let _ = ingest(&place, &["--keep-ip", "--replace"]).env("GWCOST_FAILPOINT", step).status().unwrap();
        // A reader in between sees the old rows or the new ones, never both and never none.
        let between = place.rows().len();
        assert_eq!(between, expected.len(), "{step}");
        assert!(ingest(&place, &["--keep-ip", "--replace"]).status().unwrap().success(), "{step}");
        assert_eq!(place.rows(), expected, "{step}");
        assert_no_leftovers(&place, step);
    }
}

/// A plain glob is right between commits: nothing lies about that no record lists.
fn assert_no_leftovers(place: &Place, step: &str) {
    let lake = gwcost::lake::Lake::open(&place.path("gwcost-lake")).unwrap();
    let listed: usize = lake.records().iter().map(|record| record.files.len()).sum();
    let found = ["requests", "rejects"]
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(place.path("gwcost-lake").join(folder)))
        .filter(|entry| entry.as_ref().unwrap().file_type().is_file())
        .count();
    assert_eq!(found, listed, "{step}");
    let staged = std::fs::read_dir(place.path("gwcost-lake/_staging")).unwrap().count();
    assert_eq!(staged, 0, "{step}");
}

#[test]
fn killed_at_random_moments() {
    let undisturbed = Place::new();
    undisturbed.write("logs/a.log", lines(0, 120_000));
    let started = std::time::Instant::now();
    assert!(ingest(&undisturbed, &[]).status().unwrap().success());
    let whole = started.elapsed();
    let expected = undisturbed.rows();

    let place = Place::new();
    place.write("logs/a.log", lines(0, 120_000));
    for attempt in 1..=12u32 {
        let mut child = ingest(&place, &[]).spawn().unwrap();
        // Spread over the run by a step that shares no factor with it.
        std::thread::sleep(whole * (attempt * 7 % 12) / 12 + Duration::from_millis(u64::from(attempt)));
        // It may have finished; then it stays as it is.
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(ingest(&place, &[]).status().unwrap().success());
    assert_eq!(place.rows(), expected);
    assert_no_leftovers(&place, "killed");
}
