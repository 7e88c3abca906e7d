//! Opening a lake: its records, its locks, and what a crash left behind.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::LakeError;
use super::finish::finish;
use super::lease::Terms;
use super::mirror::Mirror;
use super::place::{Cache, LakePlace};
use super::publish::Publisher;
use super::record::{DataFile, FileKind, Record, UnitRecord};
use super::retire::effective;
use super::session::lock_name;
use crate::store::{S3Store, Store, StorePlace};
use gwcost_core::model::Window;

/// A lake as a reader sees it: what was committed when it was opened.
pub struct Lake {
    place: LakePlace,
    root: PathBuf,
    records: Vec<Record>,
    /// Copies of what is in a bucket, in the folder `root`.
    pub(super) mirror: Option<Mirror>,
    /// Held so that no file goes away under a reader.
    _lock: Option<File>,
}

/// A lake with the right to write; only one at a time.
pub struct WritableLake {
    pub(super) root: PathBuf,
    pub(super) records: Vec<Record>,
    /// Writes to the bucket; `root` is the folder of its mirror.
    pub(super) publisher: Option<Publisher>,
    _lock: File,
}

impl Lake {
    /// Opens what is there.
    ///
    /// # Errors
    /// [`LakeError::Missing`] when there is no lake.
    pub fn open(place: impl Into<LakePlace>) -> Result<Lake, LakeError> {
        let place = place.into();
        match &place {
            LakePlace::Folder(root) => {
                let lock = share(root)?;
                let (root, records) = (root.clone(), effective(read_records(root)?));
                Ok(Lake { place, root, records, mirror: None, _lock: lock })
            }
            LakePlace::Bucket(at, cache) => {
                let mirror = Mirror::open(connect(at)?, at, cache)?;
                let found = mirror.records()?;
                if let Some((_, error)) = found.damaged.into_iter().next() {
                    return Err(error);
                }
                if !mirror.copy_beside()? && found.whole.is_empty() {
                    return Err(LakeError::Missing(at.to_string()));
                }
                let (root, records) = (mirror.folder.clone(), by_unit(effective(found.whole)));
                Ok(Lake { place, root, records, mirror: Some(mirror), _lock: None })
            }
        }
    }

    /// Where it is.
    pub fn place(&self) -> &LakePlace {
        &self.place
    }

    /// The folder that its paths begin with: its own, or the one of its mirror.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Sees to it that data files of a lake in a bucket are in the folder.
    ///
    /// # Errors
    /// [`LakeError`] when one of them is not what was committed, or cannot be had.
    pub fn fetch<'f>(&self, files: impl IntoIterator<Item = &'f DataFile>) -> Result<(), LakeError> {
        self.mirror.as_ref().map_or(Ok(()), |mirror| mirror.fetch(files))
    }

    /// The committed records.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The units of all committed records.
    pub fn units(&self) -> impl Iterator<Item = &UnitRecord> {
        self.records.iter().flat_map(|record| &record.units)
    }

    /// The files that may hold requests of a window, with their absolute paths. Those of a lake in a bucket are
    /// there after [`Lake::check_files`].
    pub fn request_files(&self, window: Window) -> Vec<(PathBuf, &DataFile)> {
        request_files(&self.root, &self.records, window)
    }

    /// Looks whether the files that may hold requests of a window are there and whole, and fetches those of a
    /// lake in a bucket.
    ///
    /// # Errors
    /// [`LakeError`] names the first that is not.
    pub fn check_files(&self, window: Window) -> Result<(), LakeError> {
        self.fetch(self.request_files(window).into_iter().map(|(_, file)| file))?;
        for record in &self.records {
            for (path, file) in request_files(&self.root, std::slice::from_ref(record), window) {
                let id = record.id.clone();
                match fs::metadata(&path) {
                    Ok(data) if data.len() == file.bytes => {}
                    Ok(data) => {
                        let (found, committed) = (data.len(), file.bytes);
                        return Err(LakeError::FileChanged { path, record: id, found, committed });
                    }
                    Err(_) => return Err(LakeError::FileGone { path, record: id }),
                }
            }
        }
        Ok(())
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
    pub fn open(place: impl Into<LakePlace>, waiting: impl FnOnce()) -> Result<WritableLake, LakeError> {
        match place.into() {
            LakePlace::Folder(root) => WritableLake::open_folder(&root, waiting),
            LakePlace::Bucket(place, cache) => {
                WritableLake::over(connect(&place)?, &place, &cache, Terms::USUAL, waiting)
            }
        }
    }

    fn open_folder(root: &Path, waiting: impl FnOnce()) -> Result<WritableLake, LakeError> {
        for folder in ["_units", "_staging", "_locks", "requests", "rejects"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(LakeError::writing(&folder))?;
        }
        let lock = lock_writer(root, waiting)?;
        let mut lake =
            WritableLake { root: root.to_owned(), records: Vec::new(), publisher: None, _lock: lock };
        lake.recover()?;
        Ok(lake)
    }

    /// Opens a lake in a store that is connected.
    pub(super) fn over(
        store: Arc<dyn Store>,
        place: &StorePlace,
        cache: &Cache,
        terms: Terms,
        waiting: impl FnOnce(),
    ) -> Result<WritableLake, LakeError> {
        let mut waiting = Some(waiting);
        let mut wait = || {
            if let Some(waiting) = waiting.take() {
                waiting();
            }
        };
        let mirror = Mirror::open(store, place, cache)?;
        let root = mirror.folder.clone();
        let lock = lock_writer(&root, &mut wait)?;
        let publisher = Publisher::open(mirror, lock_name(&lock), terms, &mut wait)?;
        publisher.mirror.copy_beside()?;
        clear(&root.join("_staging"))?;
        let records = by_unit(publisher.effective());
        Ok(WritableLake { root, records, publisher: Some(publisher), _lock: lock })
    }

    /// Sees to it that data files of a lake in a bucket are in the folder.
    pub(super) fn fetch<'f>(&self, files: impl IntoIterator<Item = &'f DataFile>) -> Result<(), LakeError> {
        self.publisher.as_ref().map_or(Ok(()), |publisher| publisher.mirror.fetch(files))
    }

    /// A name for the files of a commit.
    pub(super) fn file_id(&self, id: String) -> String {
        self.publisher.as_ref().map_or(id.clone(), |publisher| publisher.file_id(&id))
    }

    /// The lake's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finishes prepared commits and removes everything else that is not committed.
    fn recover(&mut self) -> Result<(), LakeError> {
        for record in read_records(&self.root)? {
            if record.is_unfinished() {
                finish(&self.root, record)?;
            }
        }
        clear(&self.root.join("_staging"))?;
        let units = self.root.join("_units");
        for entry in fs::read_dir(&units).map_err(LakeError::reading(&units))? {
            let path = entry.map_err(LakeError::reading(&units))?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(&path).map_err(LakeError::writing(&path))?;
            }
        }
        self.records = effective(read_records(&self.root)?);
        Ok(())
    }

    /// The committed records.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The number of the next unit.
    pub fn next_unit(&self) -> i64 {
        self.units().map(|unit| unit.number).max().map_or(1, |number| number + 1)
    }

    /// The units of all committed records.
    pub fn units(&self) -> impl Iterator<Item = &UnitRecord> {
        self.records.iter().flat_map(|record| &record.units)
    }

    /// The files that may hold requests of a window; they are in the folder.
    pub(super) fn request_files(&self, window: Window) -> Result<Vec<(PathBuf, &DataFile)>, LakeError> {
        let files = request_files(&self.root, &self.records, window);
        self.fetch(files.iter().map(|(_, file)| *file))?;
        Ok(files)
    }
}

pub(super) fn connect(place: &StorePlace) -> Result<Arc<dyn Store>, LakeError> {
    Ok(Arc::new(S3Store::connect(place)?))
}

/// Takes the lock for writers on this machine; `waiting` is called if another process has it.
fn lock_writer(root: &Path, waiting: impl FnOnce()) -> Result<File, LakeError> {
    let path = root.join("_locks").join("writer");
    let lock = open_lock(&path)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            lock.lock().map_err(LakeError::writing(&path))?;
        }
        Err(TryLockError::Error(error)) => return Err(LakeError::writing(&path)(error)),
    }
    Ok(lock)
}

/// Empties a folder.
fn clear(folder: &Path) -> Result<(), LakeError> {
    for entry in fs::read_dir(folder).map_err(LakeError::reading(folder))? {
        let path = entry.map_err(LakeError::reading(folder))?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(LakeError::writing(&path))?;
    }
    Ok(())
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

/// Looks whether there is a lake, and holds its files in place while the answer lives.
pub(super) fn share(root: &Path) -> Result<Option<File>, LakeError> {
    if !root.join("_units").is_dir() {
        return Err(LakeError::Missing(root.display().to_string()));
    }
    // A lake on a read-only disk has no writer that could delete anything.
    let lock =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(readers_lock(root)).ok();
    if let Some(lock) = &lock {
        lock.lock_shared().map_err(LakeError::reading(&readers_lock(root)))?;
    }
    Ok(lock)
}

/// The paths of all records.
pub(super) fn record_paths(root: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let folder = root.join("_units");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(LakeError::reading(&folder))? {
        let path = entry.map_err(LakeError::reading(&folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A lock's file, made if it is not there.
pub(super) fn open_lock(path: &Path) -> Result<File, LakeError> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(LakeError::writing(path))
}

pub(super) fn readers_lock(root: &Path) -> PathBuf {
    root.join("_locks").join("readers")
}

fn read_records(root: &Path) -> Result<Vec<Record>, LakeError> {
    let mut records = Vec::new();
    for path in record_paths(root)? {
        records.push(Record::read(&path)?);
    }
    Ok(by_unit(records))
}

fn by_unit(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| record.units.iter().map(|unit| unit.number).min());
    records
}
