//! Compaction: the files of a closed day become few large ones, sorted as a whole.
//!
//! Every hour of a scheduled ingest leaves small files. Reading them costs more than reading large ones,
//! and each of them is looked at whenever new keys are compared. Units are not touched: only files move
//! from their records into one of the compaction, which says whose rows they hold.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;

use gwcost_core::model::DAY_MS;

use super::commit::{Change, Transaction};
use super::compact_day::merge_day;
use super::error::LakeError;
use super::naming::{date, name_file, of_change};
use super::record::{DataFile, FileKind, Record};
use super::retire::Retired;
use super::root::WritableLake;

/// Files of a compacted day that are smaller on average are merged again.
const SMALL_BYTES: u64 = 64 * 1024 * 1024;
/// Days are committed together until so much was read: a commit needs as much room again on the disk.
const COMMIT_BYTES: u64 = 1024 * 1024 * 1024;

/// What a compaction did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Days that were written anew.
    pub days: u64,
    /// Their files before.
    pub files_before: u64,
    /// Their files now.
    pub files_after: u64,
    /// Bytes of those before.
    pub bytes_before: u64,
    /// Bytes of those now.
    pub bytes_after: u64,
    /// Rows.
    pub rows: u64,
    /// Rows left out because they repeated a request; there should be none.
    pub duplicates: u64,
}

/// A file of a day, with its record.
type Member<'a> = (&'a Record, &'a DataFile);

/// The day after the last closed one: a day is closed when it ended at least 24 hours before `now_ms`.
pub fn closed_before(now_ms: i64) -> i64 {
    now_ms.div_euclid(DAY_MS) - 1
}

/// What compacting the days before `before` would read. `before` counts days from 1970-01-01.
pub fn to_compact(records: &[Record], before: i64) -> Compacted {
    let mut plan = Compacted::default();
    for files in candidates(records, before).values() {
        plan.days += 1;
        plan.files_before += files.len() as u64;
        plan.bytes_before += files.iter().map(|(_, file)| file.bytes).sum::<u64>();
        plan.rows += files.iter().map(|(_, file)| file.rows).sum::<u64>();
    }
    plan
}

/// Compacts the days before `before`, which must be closed; `written_at` is RFC 3339.
///
/// # Errors
/// [`LakeError`]; what was committed until then stays, and the rest is as it was.
pub fn compact(lake: &mut WritableLake, before: i64, written_at: &str) -> Result<Compacted, LakeError> {
    let mut done = Compacted::default();
    let size = |files: &[Member<'_>]| files.iter().map(|(_, file)| file.bytes).sum::<u64>();
    let mut days: VecDeque<(i64, u64)> =
        candidates(lake.records(), before).iter().map(|(day, files)| (*day, size(files))).collect();
    while let Some((first, mut bytes)) = days.pop_front() {
        let mut together = vec![first];
        while let Some((day, more)) = days.pop_front_if(|(_, more)| bytes + *more <= COMMIT_BYTES) {
            together.push(day);
            bytes += more;
        }
        let transaction = Transaction::begin(lake)?;
        let folder = transaction.folder.clone();
        if let Err(error) = commit_days(transaction, before, &together, written_at, &mut done) {
            // Half of a day is of no use, and may be what filled the disk.
            drop(fs::remove_dir_all(&folder));
            return Err(error);
        }
    }
    Ok(done)
}

/// The files of each day that is to be compacted.
fn candidates(records: &[Record], before: i64) -> BTreeMap<i64, Vec<Member<'_>>> {
    let mut days: BTreeMap<i64, Vec<Member<'_>>> = BTreeMap::new();
    for record in records {
        for file in record.files.iter().filter(|file| file.kind == FileKind::Requests) {
            if let Some(day) = file.day().filter(|day| *day < before) {
                days.entry(day).or_default().push((record, file));
            }
        }
    }
    days.retain(|_, files| !is_compact(files));
    days
}

/// Whether a day is as a compaction leaves it.
fn is_compact(files: &[Member<'_>]) -> bool {
    if files.len() < 2 {
        return true;
    }
    let mut spans: Vec<(Option<i64>, Option<i64>)> =
        files.iter().map(|(_, file)| (file.first_ms, file.last_ms)).collect();
    spans.sort_unstable();
    let bytes: u64 = files.iter().map(|(_, file)| file.bytes).sum();
    files.iter().all(|(_, file)| file.sorted)
        // The last instant of a file may go on in the next.
        && spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
        && bytes / files.len() as u64 >= SMALL_BYTES
}

fn commit_days(
    transaction: Transaction<'_>,
    before: i64,
    days: &[i64],
    written_at: &str,
    done: &mut Compacted,
) -> Result<(), LakeError> {
    let root = transaction.lake.root.clone();
    let all = candidates(&transaction.lake.records, before);
    let members: Vec<(i64, &Vec<Member<'_>>)> =
        days.iter().filter_map(|day| Some((*day, all.get(day)?))).collect();
    let paths = || members.iter().flat_map(|(_, files)| files.iter().map(|(_, file)| file.path.as_str()));
    let id = transaction.lake.file_id(of_change(&root, "compact", paths()));
    let (mut files, mut retires) = (Vec::new(), Retired::default());
    let mut dropped: HashMap<i64, u64> = HashMap::new();
    for (day, members) in &members {
        let of_day: Vec<&DataFile> = members.iter().map(|(_, file)| *file).collect();
        transaction.lake.fetch(of_day.iter().copied())?;
        let merged = merge_day(&root, &transaction.folder, *day, &of_day)?;
        done.days += 1;
        done.files_before += members.len() as u64;
        done.bytes_before += members.iter().map(|(_, file)| file.bytes).sum::<u64>();
        for (path, holds) in merged.parts {
            done.files_after += 1;
            done.bytes_after += holds.bytes;
            done.rows += holds.rows;
            files.push(name_file(&id, &path, Some(*day), holds));
        }
        for (unit, count) in merged.dropped {
            done.duplicates += count;
            *dropped.entry(unit).or_default() += count;
        }
        for (record, file) in members.iter() {
            retires.concerns(&record.id);
            retires.files.push(file.path.clone());
        }
        tracing::info!(day = date(*day), files = members.len(), "compacted");
    }
    for record in &transaction.lake.records {
        for unit in &record.units {
            if let Some(count) = dropped.get(&unit.number) {
                let mut unit = unit.clone();
                unit.rows = unit.rows.saturating_sub(*count);
                unit.duplicates += count;
                retires.concerns(&record.id);
                retires.amended.push(unit);
            }
        }
    }
    transaction.seal(Change { id, units: Vec::new(), files, retires }, written_at)
}
