//! Verification: whatever is wrong is found, and what is not is not.

use std::fs;

use serde_json::Value;

use super::{
    assert_whole, compact, data_files, edit, edit_file, findings, kinds, place_with_days, record_and_file,
    records, stop_at,
};
use crate::support::{Place, lines};

#[test]
fn an_interrupted_commit_is_no_fault_of_the_lake() {
    let place = place_with_days();
    assert!(stop_at(&place, "after-rename", &["lake", "compact"]));
    let ran = place.run(&["lake", "verify"]).ok();
    assert!(ran.stdout.contains("was interrupted or goes on"), "{}", ran.stdout);
    assert!(ran.stdout.contains("nothing is wrong"), "{}", ran.stdout);
}

#[test]
fn whatever_is_wrong_is_found_and_named() {
    let place = place_with_days();
    let (record, file) = record_and_file(&place, "a.log");
    let whole = fs::read(&file).unwrap();
    let says = |found: &[(String, String)], part: &str| found.iter().any(|(_, says)| says.contains(part));

    fs::remove_file(&file).unwrap();
    assert_eq!(kinds(&findings(&place)), ["missing_file"]);
    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(kinds(&findings(&place)), ["size"]);
    fs::write(&file, &whole).unwrap();
    assert_whole(&place);

    fs::write(file.with_file_name("stray.parquet"), &whole).unwrap();
    let found = findings(&place);
    assert_eq!(kinds(&found), ["stray_file"]);
    assert!(says(&found, "no record lists it"), "{found:?}");
    fs::remove_file(file.with_file_name("stray.parquet")).unwrap();

    // A file in the folder of another day.
    let as_it_was = fs::read(&record).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let elsewhere = place.path("gwcost-lake/requests/dt=2026-10-07").join(name);
    fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
    fs::rename(&file, &elsewhere).unwrap();
    edit_file(&record, &file, "path", format!("requests/dt=2026-10-07/{name}").into());
    let found = findings(&place);
    assert_eq!(kinds(&found), ["day"]);
    assert!(says(&found, "of another day than its folder's, the first from unit 1"), "{found:?}");
    fs::rename(&elsewhere, &file).unwrap();
    fs::write(&record, &as_it_was).unwrap();

    // Records that say other things than the files.
    edit(&record, |record| {
        record["units"][0]["rows"] = 7.into();
        record["units"][0]["rejects"] = 3.into();
        record["units"][0]["first_ms"] = record["units"][0]["last_ms"].clone();
    });
    let found = findings(&place);
    assert_eq!(kinds(&found), ["unit_rows", "unit_rejects", "times"]);
    assert!(says(&found, "where its record says 7"), "{found:?}");
    edit(&record, |record| record["units"][0]["number"] = 99.into());
    assert!(kinds(&findings(&place)).contains(&"unit"));
    fs::write(&record, b"{").unwrap();
    let found = findings(&place);
    assert!(kinds(&found).contains(&"record") && kinds(&found).contains(&"stray_file"), "{found:?}");
    fs::write(&record, &as_it_was).unwrap();
    assert_whole(&place);
}

#[test]
fn changed_bytes_are_found_wherever_they_are() {
    let place = place_with_days();
    for compacted in [false, true] {
        if compacted {
            compact(&place);
        }
        let file = data_files(&place).remove(0);
        let whole = fs::read(&file).unwrap();
        for part in 1..10 {
            let mut changed = whole.clone();
            changed[whole.len() * part / 10] ^= 0x10;
            fs::write(&file, &changed).unwrap();
            assert_eq!(kinds(&findings(&place)), ["digest"], "{part}");
        }
        fs::write(&file, &whole).unwrap();
        assert_whole(&place);
    }
}

#[test]
fn a_file_without_a_digest_is_read_all_the_same() {
    let place = place_with_days();
    let (record, file) = record_and_file(&place, "a.log");
    edit_file(&record, &file, "blake3", Value::Null);
    assert_whole(&place);
    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() - 20..].fill(7);
    fs::write(&file, &changed).unwrap();
    let found = findings(&place);
    assert_eq!(kinds(&found), ["unreadable"]);
    fs::write(&file, &whole).unwrap();
    edit_file(&record, &file, "rows", 3.into());
    assert_eq!(kinds(&findings(&place)), ["file_rows"]);
}

#[test]
fn requests_that_are_there_twice_are_found_across_files_and_units() {
    let place = place_with_days();
    // The same requests, read into another lake as another unit, and put here by hand.
    let other = Place::new();
    other.write("x.log", lines(500_000, 1));
    for unit in 0..9 {
        other.write("x.log", lines(500_000 + unit * 10, 1));
        other.ingest("x.log");
    }
    other.write("y.log", lines(100, 7));
    other.ingest("y.log");
    let from = other.path("gwcost-lake");
    let record =
        records(&other).into_iter().find(|path| fs::read_to_string(path).unwrap().contains("y.log")).unwrap();
    let json: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    let to = place.path("gwcost-lake");
    for file in json["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        fs::copy(from.join(path), to.join(path)).unwrap();
    }
    fs::copy(&record, to.join("_units").join(record.file_name().unwrap())).unwrap();
    let found = findings(&place);
    assert!(kinds(&found).iter().all(|kind| *kind == "duplicates"), "{found:?}");
    assert!(
        found.iter().any(|(_, says)| says.contains("7 rows repeat requests of unit 1 in requests/")),
        "{found:?}"
    );
    // A compaction leaves them out, and says so.
    assert_eq!(compact(&place)["duplicates"], 7);
    assert_whole(&place);
    assert_eq!(place.rows().len(), 850);
}

#[test]
fn a_lake_that_is_written_to_meanwhile_is_whole_at_every_moment() {
    let place = place_with_days();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for round in 0..6 {
                place.write("more.log", lines(1_000_000 + round * 500, 400));
                place.ingest("more.log");
                let arguments = ["lake", "compact", "--as-of", "2026-11-10"];
                place.run(&arguments).ok();
                place.run(&["lake", "forget", "more.log", "--yes"]).ok();
            }
        });
        while !writing.is_finished() {
            assert_whole(&place);
        }
    });
    assert_eq!(place.rows().len(), 850);
}
