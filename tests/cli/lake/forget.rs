//! Forgetting: what was named goes, whole, and nothing else does.

use std::fs;

use super::{
    STEPS, assert_no_leftovers, assert_whole, compact, copy_of, files_below, lake, place_with_days, state,
    stop_at,
};
use crate::support::{Place, REST, lines};

#[test]
fn forgetting_stopped_at_any_step_takes_out_all_or_nothing() {
    let plain = place_with_days();
    let compacted = copy_of(&plain);
    compact(&compacted);
    for what in [&["--unit", "2"][..], &["--before", "2026-10-02"], &["--unit", "1", "--unit", "4"]] {
        for prepared in [&plain, &compacted] {
            let command = [&["lake", "forget", "--yes"], what].concat();
            let undisturbed = copy_of(prepared);
            let before = undisturbed.rows();
            undisturbed.run(&command).ok();
            let expected = state(&undisturbed);
            assert_ne!(expected.0, before);
            let mut reached = 0;
            for step in STEPS {
                let place = copy_of(prepared);
                let stopped = stop_at(&place, step, &command);
                reached += usize::from(stopped);
                let between = place.rows();
                assert!(between == before || between == expected.0, "{what:?} {step}: {}", between.len());
                assert_whole(&place);
                // What is gone by now cannot be named again; any other writer ends it just as well.
                let again = place.run(&command);
                assert!(matches!(again.code, Some(0 | 2)), "{what:?} {step}: {}", again.stderr);
                let after = state(&place);
                assert_eq!(after.0, expected.0, "{what:?} {step}");
                assert_eq!(after.1["units"], expected.1["units"], "{what:?} {step}");
                assert_whole(&place);
                assert_no_leftovers(&place, step);
            }
            assert!(reached >= 9, "{what:?}: only {reached} steps were reached");
        }
    }
}

#[test]
fn nothing_is_forgotten_without_being_told_twice() {
    let place = place_with_days();
    let rows = place.rows();
    let shown = place.run(&["lake", "forget", "logs/a.log"]).fails(2, "nothing was taken out: add --yes");
    assert!(
        shown.stdout.contains("would be taken out of") && shown.stdout.contains("510"),
        "{}",
        shown.stdout
    );
    let dry = place.run(&["lake", "forget", "--unit", "1", "--dry-run"]).ok().stdout;
    assert!(dry.contains("a.log") && dry.contains("note: 2 other units left out duplicates"), "{dry}");
    place.run(&["lake", "forget", "--unit", "1", "--dry-run", "--yes"]).fails(2, "--yes");
    place.run(&["lake", "forget"]).fails(2, "SOURCE");
    place.run(&["lake", "forget", "--unit", "1", "--before", "2026-10-02"]).fails(2, "--before");
    assert_eq!(place.rows(), rows);
}

#[test]
fn what_is_forgotten_by_name_can_be_read_again() {
    let place = place_with_days();
    let rows = place.rows();
    let gone = lake(&place, &["forget", "logs/d.log", "--yes"]);
    assert_eq!((&gone["rows"], &gone["units"][0]["unit"]), (&100.into(), &4.into()));
    assert_eq!(place.rows().len(), 750);
    assert_eq!(lake(&place, &["list"])["total"]["units"], 3);
    assert_eq!(place.ingest("logs/d.log")["rows"], 100);
    assert_eq!(place.rows(), rows);
    // The rejects go as well.
    lake(&place, &["forget", "logs/a.log", "--yes"]);
    assert!(files_below(place.path("gwcost-lake/rejects")).is_empty());
    assert_whole(&place);
}

#[test]
fn days_that_are_forgotten_do_not_come_back() {
    let place = place_with_days();
    let figures = |place: &Place| {
        let json = place.analyze(&["--from", "2026-10-02", "--to", "2026-11-01"]);
        (json["total"]["requests"].clone(), json["quality"]["rejects"].clone())
    };
    let before = figures(&place);
    let gone = lake(&place, &["forget", "--before", "2026-10-02", "--yes"]);
    // Of unit 1 and 3 everything, of unit 2 the hundred seconds before midnight.
    assert_eq!((&gone["rows"], &gone["rejects"]), (&650.into(), &1.into()));
    assert_eq!(place.rows().len(), 200);
    assert_eq!(figures(&place), before);
    assert_whole(&place);
    assert!(!place.path("gwcost-lake/requests/dt=2026-10-01").exists());
    let list = lake(&place, &["list"]);
    let of = |name: &str| -> Vec<u64> {
        list["units"].as_array().unwrap().iter().map(|unit| unit[name].as_u64().unwrap()).collect()
    };
    assert_eq!((of("rows"), of("forgotten")), (vec![0, 100, 0, 100], vec![510, 100, 40, 0]));
    assert!(place.run(&["lake", "list"]).ok().stdout.contains("forgotten"));
    // The same folder again, as a scheduled run does: nothing returns.
    assert_eq!(place.ingest("logs")["units_skipped"], 4);
    assert_eq!(place.rows().len(), 200);
    let again = place.run(&["lake", "forget", "--before", "2026-10-02", "--yes"]).ok().stdout;
    assert!(again.contains("nothing to take out"), "{again}");
    // By name, what is remembered of it goes too.
    lake(&place, &["forget", "logs/c.log", "--yes"]);
    assert_eq!(place.ingest("logs/c.log")["rows"], 60, "unit 1 holds none of them any more");
}

#[test]
fn sources_are_meant_by_path_folder_or_glob_and_a_wrong_one_names_the_nearest() {
    let place = place_with_days();
    place.run(&["lake", "forget", "logs/e.log"]).fails(2, "did you mean");
    place.run(&["lake", "forget", "--unit", "9"]).fails(2, "its units are among 1 to 4");
    let meant = |typed: &str| -> usize {
        let json = lake(&place, &["forget", typed, "--dry-run"]);
        json["units"].as_array().unwrap().len()
    };
    assert_eq!(meant("logs"), 4);
    assert_eq!(meant("logs/[ab].log"), 2);
    assert_eq!(meant(place.path("logs/b.log").canonicalize().unwrap().to_str().unwrap()), 1);
    // A file that is gone from the disk is known by its path all the same.
    fs::remove_file(place.path("logs/b.log")).unwrap();
    assert_eq!(meant("logs/b.log"), 1);
    assert_eq!(meant("./logs/b.log"), 1);
    let two = lake(&place, &["forget", "--unit", "1", "--unit", "3", "--dry-run"]);
    assert_eq!((&two["rows"], &two["taken_out"]), (&550.into(), &false.into()));
}

#[test]
fn standard_input_is_a_source_named_by_a_dash() {
    let place = Place::new();
    let arguments = ["ingest", "-", "--format-string", REST, "--region", "us-east-1", "--api-kind", "rest"];
    place.run_with_input(&arguments, lines(0, 10).as_bytes()).ok();
    place.run_with_input(&arguments, lines(100, 10).as_bytes()).ok();
    assert_eq!(lake(&place, &["forget", "-", "--yes"])["rows"], 20);
    assert_eq!(lake(&place, &["list"])["total"]["units"], 0);
    assert!(place.rows().is_empty());
    assert_whole(&place);
    assert!(place.run(&["lake", "list"]).ok().stdout.starts_with("0 units"));
}
