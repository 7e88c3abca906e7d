//! Forgetting: units, or all rows of days that are too old, leave the lake with their rejects.
//!
//! A unit that is forgotten by name is gone, and can be read again. Days that are forgotten because of
//! their age stay gone: units that lost all of their rows are remembered by name and digest, so that the
//! next ingest of the same folder does not bring them back.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::path::Path;

use gwcost_core::model::DAY_MS;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::Column;
use super::commit::{Change, Transaction};
use super::error::LakeError;
use super::key_columns::integers;
use super::naming::{date, of_change};
use super::record::{DataFile, FileKind, Record, UnitRecord};
use super::retire::Retired;
use super::root::{Lake, WritableLake};
use super::take_out::{Affected, TakenOut, affected, retire_units, rewrite};

/// What is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forget {
    /// Units, by number.
    Units(HashSet<i64>),
    /// All rows of days before this one, counted from 1970-01-01.
    Before(i64),
}

/// What goes of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going {
    /// The unit as it is.
    pub unit: UnitRecord,
    /// Rows that go.
    pub rows: u64,
    /// Rejects that go: all of them or none, because a reject has no time.
    pub rejects: u64,
}

/// What forgetting takes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The units that lose something, by number.
    pub units: Vec<Going>,
    /// Data files that are deleted.
    pub files_deleted: u64,
    /// Data files that are written anew without what goes.
    pub files_rewritten: u64,
    /// Other units that overlap in time and left out duplicates when they were read: what they left out
    /// may have been what goes.
    pub leaning: Vec<i64>,
}

impl Forgotten {
    /// Whether there is nothing to take out.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.files_deleted == 0
    }
}

/// What forgetting would take out.
///
/// # Errors
/// [`LakeError`] when a file whose rows must be counted cannot be read.
pub fn to_forget(lake: &Lake, what: &Forget) -> Result<Forgotten, LakeError> {
    let plan = Plan::of(lake.root(), lake.records(), what, |files| lake.fetch(files.iter().copied()))?;
    Ok(plan.summary(lake.records()))
}

/// Forgets; `written_at` is RFC 3339. The answer is what went.
///
/// # Errors
/// [`LakeError`]; then the lake is as it was, or the next writer finishes the commit.
pub fn forget(lake: &mut WritableLake, what: &Forget, written_at: &str) -> Result<Forgotten, LakeError> {
    let transaction = Transaction::begin(lake)?;
    let folder = transaction.folder.clone();
    let forgotten = commit(transaction, what, written_at);
    if forgotten.as_ref().map_or(true, Forgotten::is_empty) {
        // Nothing was sealed: the folder is of no use.
        drop(fs::remove_dir_all(&folder));
    }
    forgotten
}

fn commit(transaction: Transaction<'_>, what: &Forget, written_at: &str) -> Result<Forgotten, LakeError> {
    let (root, records) = (transaction.lake.root.clone(), &transaction.lake.records);
    let fetch = |files: &[&DataFile]| transaction.lake.fetch(files.iter().copied());
    let plan = Plan::of(&root, records, what, fetch)?;
    let summary = plan.summary(records);
    if summary.is_empty() {
        return Ok(summary);
    }
    let named: Vec<String> = plan.names(what);
    let id = transaction.lake.file_id(of_change(&root, "forget", named.iter().map(String::as_str)));
    let kept = plan.affected.iter().filter(|found| !found.whole);
    transaction.lake.fetch(kept.map(|found| found.file))?;
    let TakenOut { files, mut retires } =
        rewrite(&root, &transaction.folder, &id, &plan.affected, &plan.units)?;
    for (record, file) in &plan.days {
        retires.concerns(&record.id);
        retires.files.push(file.path.clone());
    }
    match what {
        Forget::Units(units) => retire_units(records, units, &mut retires),
        Forget::Before(day) => plan.amend(records, day.saturating_mul(DAY_MS), &mut retires),
    }
    transaction.seal(Change { id, units: Vec::new(), files, retires }, written_at)?;
    Ok(summary)
}

struct Plan<'a> {
    /// Files that are written anew without the rows, or the rejects, of `units`.
    affected: Vec<Affected<'a>>,
    units: HashSet<i64>,
    /// Files that go with their day.
    days: Vec<(&'a Record, &'a DataFile)>,
    going: BTreeMap<i64, Going>,
}

impl<'a> Plan<'a> {
    /// `fetch` sees to it that files are below `root`.
    fn of(
        root: &Path,
        records: &'a [Record],
        what: &Forget,
        fetch: impl Fn(&[&DataFile]) -> Result<(), LakeError>,
    ) -> Result<Plan<'a>, LakeError> {
        let all = || records.iter().flat_map(|record| &record.units);
        match what {
            Forget::Units(units) => {
                let going = all().filter(|unit| units.contains(&unit.number));
                let going = going.map(|unit| {
                    (unit.number, Going { unit: unit.clone(), rows: unit.rows, rejects: unit.rejects })
                });
                let affected = affected(records, units);
                Ok(Plan { affected, units: units.clone(), days: Vec::new(), going: going.collect() })
            }
            Forget::Before(day) => {
                let start_ms = day.saturating_mul(DAY_MS);
                let days: Vec<(&Record, &DataFile)> = records
                    .iter()
                    .flat_map(|record| record.files.iter().map(move |file| (record, file)))
                    .filter(|(_, file)| file.day().is_some_and(|of_file| of_file < *day))
                    .collect();
                fetch(&days.iter().map(|(_, file)| *file).collect::<Vec<_>>())?;
                let mut rows: BTreeMap<i64, u64> = BTreeMap::new();
                for (_, file) in &days {
                    count_units(&root.join(&file.path), &mut rows)?;
                }
                let over: HashSet<i64> =
                    all().filter(|unit| is_over(unit, start_ms)).map(|unit| unit.number).collect();
                let going = all().filter_map(|unit| {
                    let rows = rows.get(&unit.number).copied().unwrap_or(0);
                    let rejects = if over.contains(&unit.number) { unit.rejects } else { 0 };
                    let loses = rows > 0 || rejects > 0;
                    loses.then(|| (unit.number, Going { unit: unit.clone(), rows, rejects }))
                });
                let going = going.collect();
                let mut affected = affected(records, &over);
                affected.retain(|found| found.file.kind == FileKind::Rejects);
                Ok(Plan { affected, units: over, days, going })
            }
        }
    }

    fn summary(&self, records: &[Record]) -> Forgotten {
        let whole = self.affected.iter().filter(|found| found.whole).count();
        let spans = spans(self.going.values().filter_map(|going| times(&going.unit)).collect());
        let overlaps = |unit: &UnitRecord| {
            let Some((begins, ends)) = times(unit) else { return false };
            let after = spans.partition_point(|(first, _)| *first <= ends);
            after > 0 && begins <= spans[after - 1].1
        };
        let stays = |unit: &&UnitRecord| !self.going.contains_key(&unit.number);
        // What is forgotten because of its age is not wanted from another unit either.
        let by_age = !self.days.is_empty();
        let leaning = records
            .iter()
            .flat_map(|record| &record.units)
            .filter(stays)
            .filter(|unit| !by_age && unit.duplicates > 0 && overlaps(unit));
        Forgotten {
            units: self.going.values().cloned().collect(),
            files_deleted: (whole + self.days.len()) as u64,
            files_rewritten: (self.affected.len() - whole) as u64,
            leaning: leaning.map(|unit| unit.number).collect(),
        }
    }

    /// What the record's name is made from.
    fn names(&self, what: &Forget) -> Vec<String> {
        let mut names: Vec<String> = self.days.iter().map(|(_, file)| file.path.clone()).collect();
        names.extend(self.going.keys().map(i64::to_string));
        if let Forget::Before(day) = what {
            names.push(date(*day));
        }
        names
    }

    /// Units as they are without the rows before `start_ms`.
    fn amend(&self, records: &[Record], start_ms: i64, retires: &mut Retired) {
        for record in records {
            for unit in record.units.iter().filter(|unit| unit.first_ms.is_some_and(|first| first < start_ms))
            {
                let rows = self.going.get(&unit.number).map_or(0, |going| going.rows);
                retires.concerns(&record.id);
                retires.amended.push(without_rows(unit, rows, start_ms));
            }
        }
    }
}

/// Whether all of a unit's requests were before an instant.
fn is_over(unit: &UnitRecord, start_ms: i64) -> bool {
    unit.last_ms.is_some_and(|last| last < start_ms)
}

fn times(unit: &UnitRecord) -> Option<(i64, i64)> {
    unit.first_ms.zip(unit.last_ms)
}

/// Spans of time, those that overlap as one, in order.
fn spans(mut all: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    all.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (first, last) in all {
        match joined.last_mut() {
            Some((_, end)) if first <= *end => *end = last.max(*end),
            _ => joined.push((first, last)),
        }
    }
    joined
}

fn without_rows(unit: &UnitRecord, rows: u64, start_ms: i64) -> UnitRecord {
    let mut unit = unit.clone();
    unit.forgotten += rows;
    unit.rows = unit.rows.saturating_sub(rows);
    if is_over(&unit, start_ms) {
        // Nothing is left to count but that it was read.
        (unit.lines, unit.rejects, unit.duplicates, unit.possible_duplicates) = (0, 0, 0, 0);
        (unit.tolerant, unit.line_bytes, unit.first_ms, unit.last_ms) = (0, 0, None, None);
        unit.reject_reasons.clear();
    } else {
        unit.first_ms = unit.first_ms.map(|first| first.max(start_ms));
    }
    unit
}

/// Counts the rows of a file by unit.
fn count_units(path: &Path, rows: &mut BTreeMap<i64, u64>) -> Result<(), LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [Column::Unit.name()]);
    for batch in builder.with_projection(mask).build().map_err(LakeError::parquet(path))? {
        let batch = batch.map_err(LakeError::arrow(path))?;
        for unit in integers(&batch, Column::Unit).map_or(&[][..], |units| units.values()) {
            *rows.entry(*unit).or_default() += 1;
        }
    }
    Ok(())
}
