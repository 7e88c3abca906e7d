//! Opening a lake: its records, its locks, and what a crash left behind.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::commit::finish;
use super::error::LakeError;
use super::record::{DataFile, FileKind, Reading, Record, State, UnitRecord};
use gwcost_core::model::Window;

/// A lake as a reader sees it: what was committed when it was opened.
pub struct Lake {
    root: PathBuf,
    records: Vec<Record>,
    /// Held so that no file goes away under a reader.
    _lock: Option<File>,
}

/// A lake with the right to write; only one at a time.
pub struct WritableLake {
    pub(super) root: PathBuf,
    pub(super) records: Vec<Record>,
    _lock: File,
}

/// What the lake knows of some content.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    New,
    /// It was read the same way from the same place.
    Same,
    /// It was read another way; the unit says how.
    Otherwise(Box<UnitRecord>),
    /// The same place held the beginning of this content: the unit that was read then.
    Grown(i64),
}

impl Lake {
    /// Opens what is there.
    ///
    /// # Errors
    /// [`LakeError::Missing`] when there is no lake.
    pub fn open(root: &Path) -> Result<Lake, LakeError> {
        if !root.join("_units").is_dir() {
            return Err(LakeError::Missing(root.to_owned()));
        }
        // A lake on a read-only disk has no writer that could delete anything.
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(readers_lock(root))
            .ok();
        if let Some(lock) = &lock {
            lock.lock_shared().map_err(LakeError::reading(&readers_lock(root)))?;
        }
        let records = committed(read_records(root)?);
        Ok(Lake { root: root.to_owned(), records, _lock: lock })
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The committed records.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The units of all committed records.
    pub fn units(&self) -> impl Iterator<Item = &UnitRecord> {
        self.records.iter().flat_map(|record| &record.units)
    }

    /// The files that may hold requests of a window, with their absolute paths.
    pub fn request_files(&self, window: Window) -> Vec<(PathBuf, &DataFile)> {
        request_files(&self.root, &self.records, window)
    }

    /// The first and the last request in the lake, milliseconds of Unix time.
    pub fn covered(&self) -> Option<(i64, i64)> {
        let first = self.units().filter_map(|unit| unit.first_ms).min()?;
        let last = self.units().filter_map(|unit| unit.last_ms).max()?;
        Some((first, last))
    }
}

impl WritableLake {
    /// Makes the folders, waits for other writers, and finishes or removes what a crash left.
    ///
    /// `waiting` is called once if another process is writing.
    ///
    /// # Errors
    /// [`LakeError`].
    pub fn open(root: &Path, waiting: impl FnOnce()) -> Result<WritableLake, LakeError> {
        for folder in ["_units", "_staging", "_locks", "requests", "rejects"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(LakeError::writing(&folder))?;
        }
        let path = root.join("_locks").join("writer");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(LakeError::writing(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waiting();
                lock.lock().map_err(LakeError::writing(&path))?;
            }
            Err(TryLockError::Error(error)) => return Err(LakeError::writing(&path)(error)),
        }
        let mut lake = WritableLake { root: root.to_owned(), records: Vec::new(), _lock: lock };
        lake.recover()?;
        Ok(lake)
    }

    /// The lake's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finishes prepared commits and removes everything else that is not committed.
    fn recover(&mut self) -> Result<(), LakeError> {
        for record in read_records(&self.root)? {
            if record.state == State::Prepared || !record.supersedes.is_empty() {
                finish(&self.root, record)?;
            }
        }
        let staging = self.root.join("_staging");
        for entry in fs::read_dir(&staging).map_err(LakeError::reading(&staging))? {
            let path = entry.map_err(LakeError::reading(&staging))?.path();
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(LakeError::writing(&path))?;
        }
        let units = self.root.join("_units");
        for entry in fs::read_dir(&units).map_err(LakeError::reading(&units))? {
            let path = entry.map_err(LakeError::reading(&units))?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(&path).map_err(LakeError::writing(&path))?;
            }
        }
        self.records = committed(read_records(&self.root)?);
        Ok(())
    }

    /// The number of the next unit.
    pub fn next_unit(&self) -> i64 {
        self.units().map(|unit| unit.number).max().map_or(1, |number| number + 1)
    }

    /// The units of all committed records.
    pub fn units(&self) -> impl Iterator<Item = &UnitRecord> {
        self.records.iter().flat_map(|record| &record.units)
    }

    /// Sizes at which content of this place, or equal content of any place, was read before: only
    /// then must a file be read twice.
    pub fn sizes_to_compare(&self, source: &str, bytes: u64) -> Vec<u64> {
        let mut sizes: Vec<u64> = self
            .units()
            .filter(|unit| unit.bytes == bytes || (unit.source == source && unit.bytes < bytes))
            .map(|unit| unit.bytes)
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// What is known of content, given the digests of its beginnings by length (its own included).
    pub fn seen(&self, source: &str, bytes: u64, digests: &HashMap<u64, String>, reading: &Reading) -> Seen {
        let known = |unit: &&UnitRecord| unit.bytes > 0 && digests.get(&unit.bytes) == Some(&unit.digest);
        let mut grown = None;
        for unit in self.units().filter(known) {
            if unit.bytes == bytes {
                if unit.reading != *reading {
                    return Seen::Otherwise(Box::new(unit.clone()));
                }
                if unit.source == source {
                    return Seen::Same;
                }
            } else if unit.source == source && unit.reading == *reading {
                grown = Some(unit.number);
            }
        }
        grown.map_or(Seen::New, Seen::Grown)
    }

    /// The units that hold this very content, whatever way they were read.
    pub fn units_with(&self, bytes: u64, digest: &str) -> Vec<i64> {
        self.units()
            .filter(|unit| unit.bytes == bytes && unit.digest == digest)
            .map(|unit| unit.number)
            .collect()
    }

    pub(super) fn request_files(&self, window: Window) -> Vec<(PathBuf, &DataFile)> {
        request_files(&self.root, &self.records, window)
    }
}

fn request_files<'r>(root: &Path, records: &'r [Record], window: Window) -> Vec<(PathBuf, &'r DataFile)> {
    records
        .iter()
        .flat_map(|record| &record.files)
        .filter(|file| file.kind == FileKind::Requests)
        .filter(|file| match (file.first_ms, file.last_ms) {
            (Some(first), Some(last)) => window.overlaps(first, last),
            _ => false,
        })
        .map(|file| (root.join(&file.path), file))
        .collect()
}

pub(super) fn readers_lock(root: &Path) -> PathBuf {
    root.join("_locks").join("readers")
}

fn read_records(root: &Path) -> Result<Vec<Record>, LakeError> {
    let folder = root.join("_units");
    let mut records = Vec::new();
    for entry in fs::read_dir(&folder).map_err(LakeError::reading(&folder))? {
        let path = entry.map_err(LakeError::reading(&folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            records.push(Record::read(&path)?);
        }
    }
    records.sort_by_key(|record| record.units.iter().map(|unit| unit.number).min());
    Ok(records)
}

fn committed(mut records: Vec<Record>) -> Vec<Record> {
    records.retain(|record| record.state == State::Committed);
    let superseded: HashSet<String> = records.iter().flat_map(|record| record.supersedes.clone()).collect();
    records.retain(|record| !superseded.contains(&record.id));
    records
}
