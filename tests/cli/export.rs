//! Tables for dashboards: read by DuckDB by way of the printed statements, held to the bill, and whole whenever the
//! export is stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Place, lines, python};

const LAKE: [&str; 2] = ["--lake", "gwcost-demo/lake"];

fn demo() -> Place {
    let place = Place::new();
    place.run(&["demo", "--requests", "20k", "--seed", "5"]).ok();
    place
}

#[track_caller]
fn holds(place: &Place, what: &str, more: &[&str]) {
    let output = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/export_check.py"))
        .args([what, "--ddl", "ddl.sql", "--bill", "bill.json"])
        .args(more)
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Every file below a folder with its bytes, but those that begin with an underscore.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| !entry.file_name().to_string_lossy().starts_with('_'))
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_star_adds_up_to_the_bill() {
    let place = demo();
    let export = [&["export", "--to", "star", "--month", "2026-10"][..], &LAKE].concat();
    let said = place.run(&export).ok().stderr;
    assert!(said.contains("11 files in star"), "{said}");
    let ddl = place.run(&["export", "--ddl", "duckdb", "--to", "star"]).ok().stdout;
    place.write("ddl.sql", ddl);
    let bill = [&["bill", "--month", "2026-10", "--format", "json"][..], &LAKE].concat();
    place.write("bill.json", place.run(&bill).ok().stdout);
    holds(&place, "star", &[]);
    // Again: the same bytes.
    let first = files(&place.path("star"));
    assert_eq!(first.len(), 11);
    place.run(&export).ok();
    assert_eq!(files(&place.path("star")), first);
    assert!(!place.path("star/_staging").exists());
}

#[test]
fn focus_is_exact_row_by_row() {
    let place = demo();
    let bill = ["bill", "--month", "2026-10", "--format", "json"];
    for terms in ["", "[[terms.discount]]\nregion = \"us-east-1\"\npercent = \"12.5\"\n"] {
        place.write("gwcost.toml", terms);
        place.write("bill.json", place.run(&[&bill[..], &LAKE].concat()).ok().stdout);
        for (version, table) in [("1.2", "focus_1_2"), ("1.3", "focus_1_3")] {
            let focus = format!("--focus={version}");
            place.run(&[&["export", "--to", "out", &focus, "--month", "2026-10"][..], &LAKE].concat()).ok();
            place.write(
                "ddl.sql",
                place.run(&["export", "--ddl", "duckdb", "--to", "out", &focus]).ok().stdout,
            );
            holds(&place, "focus", &["--table", table]);
        }
    }
}

#[test]
fn an_export_that_is_stopped_leaves_whole_files() {
    let place = Place::new();
    place.write("a.log", lines(0, 50));
    place.ingest("a.log");
    let export = ["export", "--to", "star", "--month", "2026-10"];
    place.run(&export).ok();
    let old = files(&place.path("star"));
    place.write("b.log", lines(1_000, 70));
    place.ingest("b.log");
    place.run(&["export", "--to", "wanted", "--month", "2026-10"]).ok();
    let new = files(&place.path("wanted"));
    assert_ne!(old, new);
    for point in
        ["export-file", "export-before-prepared", "export-prepared", "export-renamed", "export-swapped"]
    {
        // Back to what was there before.
        fs::remove_dir_all(place.path("star")).unwrap();
        for (name, bytes) in &old {
            place.write(&format!("star/{name}"), bytes);
        }
        let stopped = place.command(&export).env("GWCOST_FAILPOINT", point).output().unwrap();
        assert!(!stopped.status.success(), "{point} was not reached");
        let found = files(&place.path("star"));
        assert_eq!(found.len(), old.len(), "{point}");
        for (name, bytes) in &found {
            assert!(*bytes == old[name] || *bytes == new[name], "{point}: {name} is neither");
        }
        place.run(&export).ok();
        assert_eq!(files(&place.path("star")), new, "{point}");
    }
}

#[test]
fn odd_places_and_empty_months() {
    let place = Place::new();
    place.write("a.log", lines(0, 5));
    place.ingest("a.log");
    place.run(&["export", "--month", "2026-10"]).fails(2, "--to is missing");
    place.run(&["export", "--to", "s3://bucket/x", "--month", "2026-10"]).fails(2, "aws s3 sync");
    place.run(&["export", "--to", "star", "--month", "2026-08"]).ok();
    assert_eq!(files(&place.path("star")).len(), 11);
    for engine in ["athena", "spark", "trino"] {
        let ddl = place.run(&["export", "--ddl", engine, "--to", "s3://bucket/star"]).ok().stdout;
        assert!(ddl.contains("s3://bucket/star/endpoint_cost_daily"), "{ddl}");
    }
}
