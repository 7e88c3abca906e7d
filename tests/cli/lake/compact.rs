//! Compaction: fewer files, the same figures, at whatever step it is stopped.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use super::{
    LATER, STEPS, analysis, assert_no_leftovers, assert_whole, compact, copy_of, data_files, edit_file,
    findings, kinds, lake, place_with_days, record_and_file, state, stop_at,
};
use crate::support::{Line, Place, lines};

#[test]
fn compaction_leaves_one_sorted_file_a_day_and_every_figure_as_it_was() {
    let place = place_with_days();
    assert_whole(&place);
    let (rows, list, figures) = (place.rows(), lake(&place, &["list"]), analysis(&place));
    let before = data_files(&place).len();
    assert!(before >= 5, "{before}");

    let dry = lake(&place, &["compact", "--dry-run"]);
    assert_eq!((&dry["days"], &dry["rows"], &dry["files_after"]), (&2.into(), &850.into(), &Value::Null));
    assert_eq!(data_files(&place).len(), before);

    let done = compact(&place);
    assert_eq!((&done["days"], &done["files_before"]), (&2.into(), &before.into()));
    assert_eq!(
        (&done["files_after"], &done["rows"], &done["duplicates"]),
        (&2.into(), &850.into(), &0.into())
    );
    let days: Vec<String> = data_files(&place)
        .iter()
        .map(|path| path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(days, ["dt=2026-10-01", "dt=2026-10-02"]);
    assert_eq!(place.rows(), rows);
    assert_eq!(analysis(&place), figures, "byte for byte");
    let after = lake(&place, &["list"]);
    assert_eq!((&after["units"], &after["total"]), (&list["units"], &list["total"]));
    assert_whole(&place);
    assert_no_leftovers(&place, "compact");

    let again = compact(&place);
    assert_eq!((&again["days"], &again["files_after"]), (&0.into(), &0.into()));
}

#[test]
fn a_day_is_left_alone_until_it_has_been_over_for_a_day() {
    let place = place_with_days();
    let at = |time: &str| {
        let arguments = ["lake", "compact", "--dry-run", "--format", "json", "--as-of", time];
        place.run(&arguments).ok().json()["days"].clone()
    };
    assert_eq!(at("2026-10-02T23:59:59Z"), 0);
    assert_eq!(at("2026-10-03"), 1);
    assert_eq!(at("2026-10-04"), 2);
    assert_eq!(lake(&place, &["compact", "--dry-run", "--before", "2026-10-02"])["days"], 1);
    place
        .run(&["lake", "compact", "--before", "2026-10-02T12:00:00Z"])
        .fails(2, "--before: \"2026-10-02T12:00:00Z\" is no day: expected a date");
}

#[test]
fn after_a_compaction_units_are_still_known_replaced_and_forgotten_one_by_one() {
    let place = place_with_days();
    compact(&place);
    // Known: read again, nothing comes.
    assert_eq!(place.ingest("logs")["units_skipped"], 4);
    // Late requests of a compacted day join it, and what it holds is not taken twice.
    place.write("logs/e.log", lines(505, 10));
    let late = place.ingest("logs/e.log");
    assert_eq!((&late["rows"], &late["duplicates"]), (&5.into(), &5.into()));
    assert_eq!(compact(&place)["days"], 1);
    assert_whole(&place);
    assert_eq!(place.rows().len(), 855);
    // Replaced: the rows of that unit in the common file, and no others.
    let replaced = place.ingest_with("logs/b.log", &["--replace", "--keep-ip"]);
    assert_eq!((&replaced["units_replaced"], &replaced["rows"]), (&1.into(), &200.into()));
    assert_whole(&place);
    assert_eq!(place.rows().len(), 855);
    // Forgotten.
    let gone = lake(&place, &["forget", "logs/c.log", "--yes"]);
    assert_eq!((&gone["rows"], &gone["taken_out"]), (&40.into(), &true.into()));
    assert_eq!(place.rows().len(), 815);
    assert_whole(&place);
    assert_no_leftovers(&place, "forget");
}

#[test]
fn many_overlapping_files_are_merged_in_several_passes() {
    let place = Place::new();
    // Every file has requests of every minute, and each second two requests: equal times abound.
    for file in 0..45 {
        let text: String = (0..60)
            .map(|row| {
                let id = row * 45 + file;
                Line { id, second: (id / 2) as i64, ..Line::default() }.text()
            })
            .collect();
        place.write(&format!("{file}.log"), text);
        place.ingest(&format!("{file}.log"));
    }
    let rows = place.rows();
    assert_eq!(rows.len(), 2_700);
    let done = compact(&place);
    assert_eq!((&done["files_after"], &done["rows"]), (&1.into(), &2_700.into()));
    assert_eq!(place.rows(), rows);
    assert_whole(&place);
    assert_eq!(lake(&place, &["list"])["total"]["units"], 45);
}

#[test]
fn a_row_group_that_is_not_sorted_is_found_and_mended() {
    use arrow::array::UInt32Array;
    use arrow::compute::{concat_batches, take_record_batch};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    let place = place_with_days();
    let rows = place.rows();
    let (record, file) = record_and_file(&place, "a.log");
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&file).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    let whole = concat_batches(&schema, &batches).unwrap();
    let backwards = UInt32Array::from_iter_values((0..whole.num_rows() as u32).rev());
    let mut writer = ArrowWriter::try_new(fs::File::create(&file).unwrap(), schema, None).unwrap();
    writer.write(&take_record_batch(&whole, &backwards).unwrap()).unwrap();
    writer.close().unwrap();
    let bytes = fs::metadata(&file).unwrap().len();
    edit_file(&record, &file, "bytes", bytes.into());
    edit_file(&record, &file, "blake3", Value::Null);
    assert_eq!(kinds(&findings(&place)), ["order"]);
    compact(&place);
    assert_whole(&place);
    assert_eq!(place.rows(), rows);
}

#[test]
fn a_compaction_stopped_at_any_step_changes_nothing_and_goes_on() {
    let prepared = place_with_days();
    let undisturbed = copy_of(&prepared);
    let (rows, figures) = (undisturbed.rows(), analysis(&undisturbed));
    compact(&undisturbed);
    let expected = state(&undisturbed);
    for step in STEPS {
        let place = copy_of(&prepared);
        assert!(stop_at(&place, step, &["lake", "compact"]), "{step} was not reached");
        // In between, readers see every row once.
        assert_eq!(place.rows(), rows, "{step}");
        assert_eq!(analysis(&place), figures, "{step}");
        assert_whole(&place);
        assert!(stop_at(&place, "after-superseded", &["lake", "compact"]) || step == "after-superseded");
        compact(&place);
        let after = state(&place);
        assert_eq!(after.0, expected.0, "{step}");
        assert_eq!(after.1["units"], expected.1["units"], "{step}");
        assert_eq!(after.1["lake"]["files"], expected.1["lake"]["files"], "{step}");
        assert_whole(&place);
        assert_no_leftovers(&place, step);
    }
}

#[test]
fn a_compaction_killed_at_random_moments_goes_on() {
    let place = Place::new();
    for file in 0..3 {
        place.write("a.log", lines(file * 30_000, 40_000));
        place.ingest("a.log");
    }
    let rows = place.rows();
    let started = Instant::now();
    let undisturbed = copy_of(&place);
    compact(&undisturbed);
    let whole = started.elapsed();
    for attempt in 1..=12u32 {
        let place = copy_of(&place);
        let arguments = [&["lake", "compact"][..], &LATER].concat();
        let mut child = place.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * attempt / 12);
        // It may have finished.
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(place.rows(), rows, "{attempt}");
        compact(&place);
        assert_eq!(place.rows(), rows, "{attempt}");
        assert_eq!(data_files(&place).len(), data_files(&undisturbed).len(), "{attempt}");
        assert_whole(&place);
        assert_no_leftovers(&place, "killed");
    }
}
