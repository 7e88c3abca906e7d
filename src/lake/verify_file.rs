//! One file, read again: is it the one that was committed, and is everything in it where it belongs.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow::array::{Array, RecordBatch};
use gwcost_core::model::DAY_MS;
use gwcost_core::text::grouped;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::columns::{Column, SCHEMA_VERSION_KEY, schema};
use super::error::LakeError;
use super::existing::group_times;
use super::finding::{Finding, FindingKind};
use super::key_columns::{KeyColumns, integers};
use super::keys::{KeyStore, RowPlace};
use super::record::{DataFile, Record};
use super::rewrite::file_digest;
use super::runs::Order;

/// What was counted of a unit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UnitSeen {
    pub rows: u64,
    pub rejects: u64,
    pub first_ms: Option<i64>,
    pub last_ms: Option<i64>,
}

impl UnitSeen {
    pub fn add(&mut self, other: &UnitSeen) {
        self.rows += other.rows;
        self.rejects += other.rejects;
        self.first_ms = [self.first_ms, other.first_ms].into_iter().flatten().min();
        self.last_ms = self.last_ms.max(other.last_ms);
    }
}

/// What one thread saw.
#[derive(Default)]
pub(super) struct Seen {
    pub units: HashMap<i64, UnitSeen>,
    pub findings: Vec<Finding>,
    /// Files that could not be read to their end.
    pub unread: HashSet<String>,
}

impl Seen {
    pub(super) fn wrong(&mut self, kind: FindingKind, file: &DataFile, says: impl Into<String>) {
        self.findings.push(Finding::of_file(kind, &file.path, says));
    }

    pub(super) fn unreadable(&mut self, file: &DataFile, says: String) {
        self.unread.insert(file.path.clone());
        self.wrong(FindingKind::Unreadable, file, format!("cannot be read: {says}"));
    }
}

/// Looks at a file from outside; false when there is nothing to read, or nothing that would tell more.
pub(super) fn check_stored(path: &Path, file: &DataFile, seen: &mut Seen) -> bool {
    let (kind, says) = match fs::metadata(path) {
        Err(error) => (FindingKind::MissingFile, format!("is committed and not there: {error}")),
        Ok(data) if data.len() != file.bytes => {
            let (found, committed) = (grouped(data.len()), grouped(file.bytes));
            (FindingKind::Size, format!("has {found} bytes where {committed} were committed"))
        }
        Ok(_) => match file.blake3.as_ref().map(|digest| Ok(file_digest(path)? == *digest)) {
            None | Some(Ok(true)) => return true,
            Some(Ok(false)) => {
                (FindingKind::Digest, "its bytes are not those that were committed".to_owned())
            }
            Some(Err(error)) => {
                let error: LakeError = error;
                (FindingKind::Unreadable, format!("cannot be read: {error}"))
            }
        },
    };
    seen.unread.insert(file.path.clone());
    seen.wrong(kind, file, says);
    false
}

/// Reads every batch of a file, group by group. Damaged bytes can make a decoder panic: that is a finding
/// as well.
pub(super) fn read(
    path: &Path,
    file: &DataFile,
    seen: &mut Seen,
    begin: impl FnOnce(&ArrowReaderMetadata, &mut Seen),
    mut each: impl FnMut(usize, &RecordBatch, &mut Seen) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let mut failed: Option<LakeError> = None;
    let outcome = catch_unwind(AssertUnwindSafe(|| -> Result<(), String> {
        let opened = File::open(path).map_err(|error| error.to_string())?;
        let metadata = ArrowReaderMetadata::load(&opened, ArrowReaderOptions::default())
            .map_err(|error| error.to_string())?;
        begin(&metadata, seen);
        for group in 0..metadata.metadata().num_row_groups() {
            let opened = opened.try_clone().map_err(|error| error.to_string())?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata.clone())
                .with_row_groups(vec![group])
                .build()
                .map_err(|error| error.to_string())?;
            for batch in reader {
                let batch = batch.map_err(|error| error.to_string())?;
                if let Err(error) = each(group, &batch, seen) {
                    failed = Some(error);
                    return Ok(());
                }
            }
        }
        Ok(())
    }));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(says)) => seen.unreadable(file, says),
        Err(_) => seen.unreadable(file, "its bytes are damaged".to_owned()),
    }
    failed.map_or(Ok(()), Err)
}

/// Counts the rejects of a file.
pub(super) fn check_rejects(path: &Path, record: &Record, file: &DataFile, seen: &mut Seen) {
    let mut rows = 0;
    let expected = expected_units(record, file);
    let mut foreign = Odd::default();
    let outcome = read(
        path,
        file,
        seen,
        |_, _| {},
        |_, batch, seen| {
            rows += batch.num_rows() as u64;
            let offsets = integers(batch, Column::UnitOffset);
            for (row, unit) in
                integers(batch, Column::Unit).map_or(&[][..], |units| units.values()).iter().enumerate()
            {
                seen.units.entry(*unit).or_default().rejects += 1;
                if !expected.contains(unit) {
                    foreign.note(*unit, offsets.map_or(0, |offsets| offsets.value(row)));
                }
            }
            Ok(())
        },
    );
    if let Err(error) = outcome {
        seen.unreadable(file, error.to_string());
    }
    finish(file, rows, seen);
    foreign.report(FindingKind::Unit, "of a unit that it should not hold", file, seen);
}

/// Reads a file of requests, and adds the keys of its rows.
///
/// # Errors
/// [`LakeError`] when there is no room for keys.
pub(super) fn check_requests(
    path: &Path,
    record: &Record,
    file: &DataFile,
    number: u32,
    keys: &mut KeyStore,
    seen: &mut Seen,
) -> Result<(), LakeError> {
    let mut rows = Rows { expected: expected_units(record, file), day: file.day(), ..Rows::default() };
    let mut spans: Vec<Option<(i64, i64)>> = Vec::new();
    read(
        path,
        file,
        seen,
        |metadata, seen| {
            check_footer(metadata, record, file, seen);
            let groups = 0..metadata.metadata().num_row_groups();
            spans.extend(groups.map(|group| group_times(metadata.metadata(), group)));
        },
        |group, batch, seen| {
            for column in Column::ALL.iter().filter(|column| column.required()) {
                let nulls = batch.column_by_name(column.name()).map_or(0, |column| column.null_count());
                if nulls > 0 && rows.nulls.insert(*column) {
                    let says = format!("{} is missing in some rows, and must not be", column.name());
                    seen.wrong(FindingKind::Columns, file, says);
                }
            }
            rows.check(group, batch, number, file, keys, seen)
        },
    )?;
    finish(file, rows.count, seen);
    let Rows { foreign, misplaced, unsorted, outside, spans: found, .. } = rows;
    foreign.report(FindingKind::Unit, "of a unit that it should not hold", file, seen);
    misplaced.report(FindingKind::Day, "of another day than its folder's", file, seen);
    unsorted.report(FindingKind::Order, "out of order", file, seen);
    outside.report(FindingKind::Times, "outside the times that its record says", file, seen);
    for (group, (first, last)) in found {
        if spans.get(group).copied().flatten().is_some_and(|span| span != (first, last)) {
            let says = format!("the statistics of row group {group} say other times than its rows");
            seen.wrong(FindingKind::Times, file, says);
        }
    }
    Ok(())
}

/// The units that may have rows in a file.
fn expected_units(record: &Record, file: &DataFile) -> HashSet<i64> {
    if file.units.is_empty() {
        record.units.iter().map(|unit| unit.number).collect()
    } else {
        file.units.iter().collect()
    }
}

pub(super) fn finish(file: &DataFile, rows: u64, seen: &mut Seen) {
    if rows != file.rows && !seen.unread.contains(&file.path) {
        let says = format!("holds {} rows where {} were committed", grouped(rows), grouped(file.rows));
        seen.wrong(FindingKind::FileRows, file, says);
    }
}

fn check_footer(metadata: &ArrowReaderMetadata, record: &Record, file: &DataFile, seen: &mut Seen) {
    let found = metadata.schema().metadata().get(SCHEMA_VERSION_KEY).map(String::as_str);
    if found.and_then(|text| text.parse().ok()) != Some(record.schema_version) {
        let says = format!(
            "its footer has schema_version {} where its record has {}",
            found.unwrap_or("none"),
            record.schema_version
        );
        seen.wrong(FindingKind::SchemaVersion, file, says);
    }
    for column in Column::ALL {
        let ours = schema();
        let Ok(ours) = ours.field_with_name(column.name()) else { continue };
        match metadata.schema().field_with_name(column.name()) {
            Ok(field) if field.data_type() == ours.data_type() => {}
            Ok(field) => {
                let (found, expected) = (field.data_type(), ours.data_type());
                let says = format!("column {} is {found} where it should be {expected}", column.name());
                seen.wrong(FindingKind::Columns, file, says);
            }
            Err(_) if column.required() => {
                seen.wrong(FindingKind::Columns, file, format!("column {} is missing", column.name()));
            }
            // A column that was added later reads as null.
            Err(_) => {}
        }
    }
}

/// Rows of which something is wrong: how many, and the first of them.
#[derive(Default)]
struct Odd {
    count: u64,
    first: Option<(i64, i64)>,
}

impl Odd {
    fn note(&mut self, unit: i64, offset: i64) {
        self.count += 1;
        self.first.get_or_insert((unit, offset));
    }

    fn report(&self, kind: FindingKind, what: &str, file: &DataFile, seen: &mut Seen) {
        let Some((unit, offset)) = self.first else { return };
        let rows = if self.count == 1 { "row is" } else { "rows are" };
        let says =
            format!("{} {rows} {what}, the first from unit {unit} at place {offset}", grouped(self.count));
        seen.wrong(kind, file, says);
    }
}

/// What is seen of the rows of one file.
#[derive(Default)]
struct Rows {
    expected: HashSet<i64>,
    day: Option<i64>,
    count: u64,
    foreign: Odd,
    misplaced: Odd,
    unsorted: Odd,
    outside: Odd,
    nulls: HashSet<Column>,
    /// The row before, with its row group.
    before: Option<(usize, Order)>,
    /// First and last time of each row group.
    spans: HashMap<usize, (i64, i64)>,
}

impl Rows {
    fn check(
        &mut self,
        group: usize,
        batch: &RecordBatch,
        number: u32,
        file: &DataFile,
        keys: &mut KeyStore,
        seen: &mut Seen,
    ) -> Result<(), LakeError> {
        let columns = KeyColumns::of(batch);
        self.count += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let ids = columns.ids(row);
            let time = ids.time_ms;
            let (unit, offset) = (columns.unit(row).unwrap_or(0), columns.offset(row).unwrap_or(0));
            let counted = seen.units.entry(unit).or_default();
            counted.add(&UnitSeen { rows: 1, rejects: 0, first_ms: Some(time), last_ms: Some(time) });
            if !self.expected.contains(&unit) {
                self.foreign.note(unit, offset);
            }
            if self.day.is_some_and(|day| time.div_euclid(DAY_MS) != day) {
                self.misplaced.note(unit, offset);
            }
            if file.first_ms.is_some_and(|first| time < first) || file.last_ms.is_some_and(|last| last < time)
            {
                self.outside.note(unit, offset);
            }
            let order = (time, unit, offset);
            if let Some((of_group, before)) = self.before {
                let sorted =
                    if file.sorted { before <= order } else { of_group != group || before.0 <= time };
                if !sorted {
                    self.unsorted.note(unit, offset);
                }
            }
            self.before = Some((group, order));
            let span = self.spans.entry(group).or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
            keys.push(&ids, RowPlace { new: false, unit, offset, file: number })?;
        }
        Ok(())
    }
}
