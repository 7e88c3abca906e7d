//! A lake as it lies there: every record, also those that cannot be read, and every data file.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use gwcost_core::model::Window;

use super::error::LakeError;
use super::lease::is_free;
use super::mirror::{DATA, Mirror};
use super::place::LakePlace;
use super::record::{FileKind, Record};
use super::retire::effective;
use super::root::{Lake, connect, record_paths, share};
use crate::store::Entry;

/// What is in the folders, and what the records make of it.
pub(super) struct Inspected {
    /// The folder that the paths of files begin with.
    pub root: PathBuf,
    /// The records as they count.
    pub records: Vec<Record>,
    /// Records that cannot be read, with the reason.
    pub damaged: Vec<(PathBuf, LakeError)>,
    /// Ids of records whose commit is not over.
    pub unfinished: Vec<String>,
    /// Files in `requests/`, `rejects/` and `metrics/` that no record names, below the root.
    pub strays: Vec<String>,
    /// Of a lake in a bucket: its mirror, and the data files that are there.
    pub bucket: Option<(Mirror, HashMap<String, Entry>)>,
    /// Holds all files in place.
    _lock: Option<File>,
}

/// Looks at everything.
///
/// # Errors
/// [`LakeError`] when there is no lake, or a folder cannot be listed.
pub(super) fn inspect(place: &LakePlace) -> Result<Inspected, LakeError> {
    let mut inspected = match place {
        LakePlace::Folder(root) => inspect_folder(root)?,
        LakePlace::Bucket(at, cache) => inspect_bucket(Mirror::open(connect(at)?, at, cache)?, place)?,
    };
    let records = &inspected.records;
    let unfinished = records.iter().filter(|record| record.is_unfinished());
    inspected.unfinished.extend(unfinished.map(|record| record.id.clone()));
    inspected.records = effective(inspected.records);
    Ok(inspected)
}

fn inspect_folder(root: &Path) -> Result<Inspected, LakeError> {
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
    let strays = strays(found, &records);
    let (root, unfinished) = (root.to_owned(), Vec::new());
    Ok(Inspected { root, records, damaged, unfinished, strays, bucket: None, _lock: lock })
}

fn inspect_bucket(mirror: Mirror, place: &LakePlace) -> Result<Inspected, LakeError> {
    let mut listed = HashMap::new();
    for prefix in DATA {
        let entries = mirror.store.list(prefix)?;
        listed.extend(entries.into_iter().map(|entry| (entry.key.clone(), entry)));
    }
    let found = mirror.records()?;
    let settings = mirror.copy_beside()?;
    if found.whole.is_empty() && found.damaged.is_empty() && !settings {
        return Err(LakeError::Missing(place.display().to_string()));
    }
    let mut strays = strays(listed.keys().cloned().collect(), &found.whole);
    let mut unfinished = Vec::new();
    if !strays.is_empty() && !is_free(&mirror.store)? {
        // In a bucket files come before their record. So they may be of a commit that goes on right now, or
        // that was interrupted, and the next writer deletes them.
        let ids = strays.iter().map(|path| path.rsplit('/').next().unwrap_or(path));
        let ids: BTreeSet<&str> = ids.map(|name| name.split('-').next().unwrap_or(name)).collect();
        unfinished = ids.into_iter().map(str::to_owned).collect();
        strays.clear();
    }
    let (root, records, damaged) = (mirror.folder.clone(), found.whole, found.damaged);
    let bucket = Some((mirror, listed));
    Ok(Inspected { root, records, damaged, unfinished, strays, bucket, _lock: None })
}

impl Lake {
    /// Looks whether the files of requests are there with their sizes. Of a lake in a bucket, none is fetched.
    ///
    /// # Errors
    /// [`LakeError`] names the first that is not.
    pub fn check_sizes(&self) -> Result<(), LakeError> {
        let Some(mirror) = &self.mirror else {
            let all = self.covered().map(|(from_ms, last)| Window { from_ms, to_ms: last + 1 });
            return all.map_or(Ok(()), |window| self.check_files(window));
        };
        let listed = mirror.store.list("requests/")?;
        let listed: HashMap<&str, u64> =
            listed.iter().map(|entry| (entry.key.as_str(), entry.bytes)).collect();
        for record in self.records() {
            for file in record.files.iter().filter(|file| file.kind == FileKind::Requests) {
                let (path, id) = (PathBuf::from(mirror.store.name(&file.path)), record.id.clone());
                match listed.get(file.path.as_str()) {
                    Some(found) if *found == file.bytes => {}
                    Some(found) => {
                        let (found, committed) = (*found, file.bytes);
                        return Err(LakeError::FileChanged { path, record: id, found, committed });
                    }
                    None => return Err(LakeError::FileGone { path, record: id }),
                }
            }
        }
        Ok(())
    }
}

/// The files that no record names.
fn strays(found: Vec<String>, records: &[Record]) -> Vec<String> {
    let named = |record: &Record| {
        let files = record.files.iter().map(|file| file.path.clone());
        files.chain(record.retires.files.iter().cloned()).collect::<Vec<_>>()
    };
    let known: HashSet<String> = records.iter().flat_map(named).collect();
    let mut strays: Vec<String> = found.into_iter().filter(|path| !known.contains(path)).collect();
    strays.sort();
    strays
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
