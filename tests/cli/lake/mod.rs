//! What the lake holds, whether it is whole, and that neither a compaction nor forgetting changes more
//! than it says.

mod compact;
mod forget;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Place, lines};

/// All days of the logs are closed by then.
const LATER: [&str; 2] = ["--as-of", "2026-10-10"];

/// Four inputs, read one after another, over two days; requests that two of them hold, and a bad line.
fn place_with_days() -> Place {
    let place = Place::new();
    place.write("logs/a.log", format!("{}{}broken\n", lines(0, 500), lines(490, 20)));
    place.write("logs/b.log", lines(86_300, 200));
    place.write("logs/c.log", lines(250, 20) + &lines(5_000, 40));
    place.write("logs/d.log", lines(86_450, 30) + &lines(90_000, 100) + &lines(10, 5));
    for file in ["a", "b", "c", "d"] {
        place.ingest(&format!("logs/{file}.log"));
    }
    place
}

/// Another place with the same lake, and without the logs.
fn copy_of(place: &Place) -> Place {
    let copy = Place::new();
    let from = place.path("gwcost-lake");
    for entry in walkdir::WalkDir::new(&from) {
        let entry = entry.unwrap();
        let to = copy.path("gwcost-lake").join(entry.path().strip_prefix(&from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    copy
}

fn lake(place: &Place, arguments: &[&str]) -> Value {
    let arguments = [&["lake"], arguments, &["--format", "json"], &LATER].concat();
    place.run(&arguments).ok().json()
}

fn compact(place: &Place) -> Value {
    lake(place, &["compact"])
}

#[track_caller]
fn assert_whole(place: &Place) {
    let ran = place.run(&["lake", "verify"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("nothing is wrong"), "{}", ran.stdout);
}

/// The findings of `lake verify`, which must be some.
#[track_caller]
fn findings(place: &Place) -> Vec<(String, String)> {
    let ran = place.run(&["lake", "verify", "--format", "json"]).fails(3, "");
    let json = ran.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = json["findings"].as_array().unwrap().iter();
    all.map(|finding| (text(&finding["kind"]), text(&finding["says"]))).collect()
}

fn kinds(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(kind, _)| kind.as_str()).collect()
}

fn analysis(place: &Place) -> String {
    let by = "account,region,api,stage,method,route,status,day,hour";
    place.run(&["analyze", "--month", "2026-10", "--by", by, "--format", "json"]).ok().stdout
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    all.filter(|entry| entry.file_type().is_file()).map(|entry| entry.into_path()).collect()
}

fn data_files(place: &Place) -> Vec<PathBuf> {
    files_below(place.path("gwcost-lake/requests"))
}

fn records(place: &Place) -> Vec<PathBuf> {
    files_below(place.path("gwcost-lake/_units"))
}

/// The record of an input, and one of its files with rows.
fn record_and_file(place: &Place, input: &str) -> (PathBuf, PathBuf) {
    let of_input = |path: &PathBuf| fs::read_to_string(path).unwrap().contains(input);
    let record = records(place).into_iter().find(of_input).unwrap();
    let json: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    let mut files = json["files"].as_array().unwrap().iter();
    let file = files.find(|file| file["kind"] == "requests").unwrap();
    (record, place.path("gwcost-lake").join(file["path"].as_str().unwrap()))
}

/// Changes what a record says of one of its files.
fn edit_file(record: &Path, file: &Path, name: &str, value: Value) {
    let ends = file.file_name().unwrap().to_str().unwrap();
    edit(record, |record| {
        let mut files = record["files"].as_array_mut().unwrap().iter_mut();
        let of_name = files.find(|file| file["path"].as_str().unwrap().ends_with(ends));
        of_name.unwrap()[name] = value;
    });
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

/// Everything that must be the same after a crash: rows, rejects, units, and nothing left over.
fn state(place: &Place) -> (Vec<String>, Value) {
    let mut list = lake(place, &["list"]);
    for unit in list["units"].as_array_mut().unwrap() {
        unit["source"] = unit["source"].as_str().unwrap().rsplit('/').next().unwrap().into();
        unit["read_at"] = Value::Null;
    }
    (place.rows(), list)
}

#[track_caller]
fn assert_no_leftovers(place: &Place, step: &str) {
    let lake = gwcost::lake::Lake::open(&place.path("gwcost-lake")).unwrap();
    let listed: usize = lake.records().iter().map(|record| record.files.len()).sum();
    let found = data_files(place).len() + files_below(place.path("gwcost-lake/rejects")).len();
    assert_eq!(found, listed, "{step}");
    assert_eq!(records(place).len(), lake.records().len(), "{step}");
    assert_eq!(fs::read_dir(place.path("gwcost-lake/_staging")).unwrap().count(), 0, "{step}");
}

const STEPS: [&str; 12] = [
    "after-files",
    "before-prepared",
    "after-prepared",
    "before-rename",
    "after-rename",
    "before-committed",
    "after-committed",
    "before-superseded-record",
    "after-superseded-record",
    "before-superseded-file",
    "after-superseded-file",
    "after-superseded",
];

/// Stops a command at a step, as a power cut would; the answer is whether it got there.
fn stop_at(place: &Place, step: &str, arguments: &[&str]) -> bool {
    let arguments = [arguments, &LATER].concat();
    let mut command = place.command(&arguments);
    command.env("GWCOST_FAILPOINT", step).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().code().is_none()
}

#[test]
fn units_are_listed_with_what_came_of_them() {
    let place = place_with_days();
    let list = lake(&place, &["list"]);
    assert_eq!(list["schema"], "gwcost/lake-list/1");
    let figures = |unit: usize| {
        let unit = &list["units"][unit];
        ["unit", "rows", "rejects", "duplicates"].map(|name| unit[name].as_u64().unwrap())
    };
    assert_eq!([0, 1, 2, 3].map(figures), [[1, 510, 1, 10], [2, 200, 0, 0], [3, 40, 0, 20], [4, 100, 0, 35]]);
    let first = &list["units"][0];
    assert!(first["source"].as_str().unwrap().ends_with("/logs/a.log"));
    assert_eq!(
        (&first["first"], &first["last"]),
        (&"2026-10-01T00:00:00Z".into(), &"2026-10-01T00:08:29Z".into())
    );
    assert_eq!(
        (&first["reading"]["api_kind"], &first["reading"]["region"]),
        (&"rest".into(), &"us-east-1".into())
    );
    assert_eq!((&list["total"]["rows"], &list["total"]["units"]), (&850.into(), &4.into()));
    assert_eq!(list["lake"]["files"].as_u64().unwrap() as usize, data_files(&place).len() + 1);

    let window = ["list", "--from", "2026-10-01T01:00:00Z", "--to", "2026-10-01T02:00:00Z"];
    let shown = lake(&place, &window);
    // The last unit begins before and ends after that hour.
    let numbers: Vec<&Value> = shown["units"].as_array().unwrap().iter().map(|unit| &unit["unit"]).collect();
    assert_eq!(numbers, [3, 4]);
}

#[test]
fn the_list_fits_a_narrow_terminal() {
    let place = place_with_days();
    let wide = place.run(&["lake", "list"]).ok().stdout;
    for shown in ["a.log", "own string", "rest", "(log)", "us-east-1", "2026-10-01 00:08", "850", "4 units"] {
        assert!(wide.contains(shown), "{shown} is not in\n{wide}");
    }
    for width in ["40", "60", "80", "120"] {
        let output = place.command(&["lake", "list"]).env("COLUMNS", width).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let table: Vec<&str> = text.lines().take_while(|line| !line.contains("units; the lake")).collect();
        let widest = table.iter().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{text}");
        assert!(text.contains("850") && text.contains("rows") && text.contains("source"), "{text}");
    }
}

#[test]
fn a_lake_that_is_not_there_is_not_made() {
    let place = Place::new();
    for verb in [&["list"][..], &["verify"], &["compact"], &["forget", "--unit", "1", "--yes"], &["upgrade"]]
    {
        place.run(&[&["lake"], verb].concat()).fails(3, "no lake at gwcost-lake");
    }
    assert!(!place.path("gwcost-lake").exists());
}

#[test]
fn a_current_lake_needs_no_upgrade_and_a_newer_one_is_refused() {
    let place = place_with_days();
    let looked = lake(&place, &["upgrade"]);
    assert_eq!((&looked["records"], &looked["upgraded"]), (&4.into(), &0.into()));
    assert_eq!(looked["files"].as_u64().unwrap() as usize, data_files(&place).len());
    let text = place.run(&["lake", "upgrade"]).ok().stdout;
    assert!(text.starts_with("nothing to do: 4 records and"), "{text}");
    let record = records(&place).remove(0);
    edit(&record, |record| record["schema_version"] = 2.into());
    place
        .run(&["lake", "upgrade"])
        .fails(3, "schema_version 2; this gwcost reads up to 1: use a newer gwcost");
    assert!(kinds(&findings(&place)).contains(&"record"));
}
