//! The second half of a commit, from PREPARED to COMMITTED: the process that prepared it does it, or
//! the next writer after a crash.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::error::LakeError;
use super::failpoint::hit;
use super::record::{Record, State, sync_folder};
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
    sync_folder(&root.join("requests"))?;
    hit("before-committed");
    record.state = State::Committed;
    record.write(root)?;
    hit("after-committed");
    if !record.supersedes.is_empty() {
        remove_superseded(root, &record)?;
        record.supersedes.clear();
        record.write(root)?;
        hit("after-superseded");
    }
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(LakeError::writing(&staging))?;
    }
    Ok(record)
}

/// Deletes the files of replaced records, then the records, while no reader has the lake open.
fn remove_superseded(root: &Path, record: &Record) -> Result<(), LakeError> {
    let path = readers_lock(root);
    let lock = open_lock(&path)?;
    lock.lock().map_err(LakeError::writing(&path))?;
    for id in &record.supersedes {
        let path = Record::path(root, id);
        if !path.exists() {
            continue;
        }
        for file in Record::read(&path)?.files {
            let path = root.join(&file.path);
            if path.exists() {
                fs::remove_file(&path).map_err(LakeError::writing(&path))?;
            }
        }
        hit("before-superseded-record");
        fs::remove_file(&path).map_err(LakeError::writing(&path))?;
    }
    Ok(())
}
