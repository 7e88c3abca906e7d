//! The second half of a commit, from PREPARED to COMMITTED: the process that prepared it does it, or
//! the next writer after a crash.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::LakeError;
use super::failpoint::hit;
use super::record::{Record, State, sync_folder};
use super::retire::{Retired, apply};
use super::root::{open_lock, readers_lock};

/// Takes a prepared record to its end; each step may have been done before.
pub(super) fn finish(root: &Path, mut record: Record) -> Result<Record, LakeError> {
    let staging = Record::staging(root, &record.id);
    let mut folders = HashSet::new();
    for file in &record.files {
        let (from, to) = (staging.join(&file.staged), root.join(&file.path));
        if !from.exists() {
            if to.exists() {
                continue;
            }
            return Err(LakeError::FileGone { path: to, record: record.id.clone() });
        }
        let folder = to.parent().unwrap_or(root);
        if folders.insert(folder.to_owned()) {
            fs::create_dir_all(folder).map_err(LakeError::writing(folder))?;
        }
        hit("before-rename");
        fs::rename(&from, &to).map_err(LakeError::writing(&to))?;
        hit("after-rename");
    }
    for folder in &folders {
        sync_folder(folder)?;
    }
    for room in ["requests", "metrics"].map(|room| root.join(room)) {
        // Metrics are not in every lake.
        if room.exists() {
            sync_folder(&room)?;
        }
    }
    sync_folder(root)?;
    hit("before-committed");
    record.state = State::Committed;
    record.write(root)?;
    hit("after-committed");
    if record.is_unfinished() {
        remove_retired(root, &record)?;
        record.supersedes.clear();
        record.retires = Retired::default();
        if record.is_empty() {
            // It only took something out, and that is done.
            remove_if_there(&Record::path(root, &record.id))?;
            sync_folder(&root.join("_units"))?;
        } else {
            record.write(root)?;
        }
        hit("after-superseded");
    }
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(LakeError::writing(&staging))?;
    }
    Ok(record)
}

/// Takes out of other records what a committed one retires, then deletes the files, while no reader has
/// the lake open.
fn remove_retired(root: &Path, record: &Record) -> Result<(), LakeError> {
    let path = readers_lock(root);
    let lock = open_lock(&path)?;
    lock.lock().map_err(LakeError::writing(&path))?;
    hit("before-superseded-record");
    for id in &record.supersedes {
        let path = Record::path(root, id);
        if path.exists() {
            for file in Record::read(&path)?.files {
                remove_if_there(&root.join(&file.path))?;
            }
            remove_if_there(&path)?;
        }
    }
    for id in &record.retires.records {
        let path = Record::path(root, id);
        if !path.exists() {
            continue;
        }
        let before = Record::read(&path)?;
        let mut after = before.clone();
        apply(&record.retires, &mut after);
        if after.is_empty() {
            remove_if_there(&path)?;
        } else if after != before {
            after.write(root)?;
        }
        hit("after-superseded-record");
    }
    let mut folders = BTreeSet::new();
    for file in &record.retires.files {
        let path = root.join(file);
        hit("before-superseded-file");
        remove_if_there(&path)?;
        hit("after-superseded-file");
        folders.extend(path.parent().map(Path::to_owned));
    }
    // The record must not forget a file whose deletion a power cut could still undo.
    for folder in folders.iter().filter(|folder| folder.exists()) {
        sync_folder(folder)?;
        if fs::read_dir(folder).is_ok_and(|mut left| left.next().is_none()) && *folder != root.join("rejects")
        {
            // A day without a file needs no folder; if it cannot be removed it does no harm.
            drop(fs::remove_dir(folder));
        }
    }
    sync_folder(&root.join("_units"))
}

fn remove_if_there(path: &Path) -> Result<(), LakeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(LakeError::writing(path)(error)),
        _ => Ok(()),
    }
}
