//! A lake as it lies there: every record, also those that cannot be read, and every data file.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::LakeError;
use super::record::Record;
use super::retire::effective;
use super::root::{record_paths, share};

/// What is in the folders, and what the records make of it.
pub(super) struct Inspected {
    /// The records as they count.
    pub records: Vec<Record>,
    /// Records that cannot be read, with the reason.
    pub damaged: Vec<(PathBuf, LakeError)>,
    /// Ids of records whose commit is not over.
    pub unfinished: Vec<String>,
    /// Files in `requests/`, `rejects/` and `metrics/` that no record names, below the root.
    pub strays: Vec<String>,
    /// Holds all files in place.
    _lock: Option<File>,
}

/// Looks at everything.
///
/// # Errors
/// [`LakeError`] when there is no lake, or a folder cannot be listed.
pub(super) fn inspect(root: &Path) -> Result<Inspected, LakeError> {
    let lock = share(root)?;
    // Files first: a record is written before its files are put into place, so none of them can seem to
    // be a stray because an ingest is committing now.
    let mut found = Vec::new();
    for folder in ["requests", "rejects", "metrics"] {
        list(root, &root.join(folder), &mut found)?;
    }
    let (mut records, mut damaged) = (Vec::new(), Vec::new());
    for path in record_paths(root)? {
        match Record::read(&path) {
            Ok(record) => records.push(record),
            Err(error) => damaged.push((path, error)),
        }
    }
    let named = |record: &Record| {
        let files = record.files.iter().map(|file| file.path.clone());
        files.chain(record.retires.files.iter().cloned()).collect::<Vec<_>>()
    };
    let known: HashSet<String> = records.iter().flat_map(named).collect();
    let mut strays: Vec<String> = found.into_iter().filter(|path| !known.contains(path)).collect();
    strays.sort();
    let unfinished = records.iter().filter(|record| record.is_unfinished());
    let unfinished = unfinished.map(|record| record.id.clone()).collect();
    Ok(Inspected { records: effective(records), damaged, unfinished, strays, _lock: lock })
}

/// Every file below a folder, by its path below the root.
fn list(root: &Path, folder: &Path, found: &mut Vec<String>) -> Result<(), LakeError> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in folder.read_dir().map_err(LakeError::reading(folder))? {
        let entry = entry.map_err(LakeError::reading(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(LakeError::reading(&path))?.is_dir() {
            list(root, &path, found)?;
        } else {
            let parts = path.strip_prefix(root).unwrap_or(&path).components();
            let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
            found.push(parts.join("/"));
        }
    }
    Ok(())
}
