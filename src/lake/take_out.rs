//! Taking units out: the files that hold rows of them are written anew without these rows.
//!
//! A replacement and `forget` do the same here. Files of other units are not touched, and neither are
//! files of a record's other units: after a compaction rows of one file can be from many records.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use gwcost_core::model::DAY_MS;

use super::error::LakeError;
use super::naming::name_file;
use super::record::{DataFile, FileKind, Record, UnitRecord};
use super::retire::Retired;
use super::rewrite::{copy, file_digest};

/// A file that holds, or may hold, rows of units that go.
pub(super) struct Affected<'a> {
    pub record: &'a Record,
    pub file: &'a DataFile,
    /// Every unit of it goes, so there is nothing to keep.
    pub whole: bool,
}

/// Files that were written anew, and what they stand for.
#[derive(Default)]
pub(super) struct TakenOut {
    pub files: Vec<DataFile>,
    pub retires: Retired,
}

/// The files that hold, or may hold, rows or rejects of `units`.
pub(super) fn affected<'a>(records: &'a [Record], units: &HashSet<i64>) -> Vec<Affected<'a>> {
    let mut found = Vec::new();
    if units.is_empty() {
        return found;
    }
    for record in records {
        let going: Vec<&UnitRecord> =
            record.units.iter().filter(|unit| units.contains(&unit.number)).collect();
        let all_go = going.len() == record.units.len();
        for file in &record.files {
            let (may_hold, whole) = if file.units.is_empty() {
                (going.iter().any(|unit| may_hold(file, unit)), all_go)
            } else {
                let of_file = || file.units.iter();
                let any = of_file().any(|unit| units.contains(&unit));
                (any, any && of_file().all(|unit| units.contains(&unit)))
            };
            if may_hold {
                found.push(Affected { record, file, whole });
            }
        }
    }
    found
}

/// Whether a file of a unit's own record can hold something of it.
pub(super) fn may_hold(file: &DataFile, unit: &UnitRecord) -> bool {
    if file.kind == FileKind::Rejects {
        return unit.rejects > 0;
    }
    match (file.first_ms, file.last_ms, unit.first_ms, unit.last_ms) {
        (Some(first), Some(last), Some(begins), Some(ends)) => first <= ends && begins <= last,
        _ => unit.rows > 0,
    }
}

/// Writes the files of `found` anew into `folder`, without rows of `units`; the copies belong to record `id`.
pub(super) fn rewrite(
    root: &Path,
    folder: &Path,
    id: &str,
    found: &[Affected<'_>],
    units: &HashSet<i64>,
) -> Result<TakenOut, LakeError> {
    let mut taken = TakenOut::default();
    for (index, Affected { record, file, whole }) in found.iter().enumerate() {
        if !whole {
            let to = folder.join(format!("kept-{index:05}.parquet"));
            let mut copied = copy(&root.join(&file.path), &to, |unit, _| !units.contains(&unit))?;
            if copied.rows == file.rows {
                // Nothing of the units was in it.
                fs::remove_file(&to).map_err(LakeError::writing(&to))?;
                continue;
            }
            if copied.rows > 0 {
                copied.sorted = file.sorted;
                copied.blake3 = Some(file_digest(&to)?);
                let day = copied.first_ms.map(|first| first.div_euclid(DAY_MS));
                taken.files.push(name_file(id, &to, day, copied));
            }
        }
        taken.retires.concerns(&record.id);
        taken.retires.files.push(file.path.clone());
    }
    Ok(taken)
}

/// Notes that the units themselves go from their records.
pub(super) fn retire_units(records: &[Record], units: &HashSet<i64>, retires: &mut Retired) {
    for record in records {
        for unit in record.units.iter().filter(|unit| units.contains(&unit.number)) {
            retires.concerns(&record.id);
            retires.units.push(unit.number);
        }
    }
}
