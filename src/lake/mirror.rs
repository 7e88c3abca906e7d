//! The mirror of a lake in a bucket: a folder of this machine, laid out as a lake, that holds copies.
//!
//! Everything that reads a lake reads paths. Records are brought up to date when the lake is opened. Data
//! files never change under their names, so each is fetched once, when it is needed, and compared with what its
//! record says before anybody sees it. A copy that was damaged since is seen by its size or the time it was
//! written, and fetched again. All of it can be deleted at any moment when no gwcost is running.

mod data;
mod small;

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::error::LakeError;
use super::mirror_state::{Known, MirrorState, modified_ns};
use super::place::Cache;
use super::root::{open_lock, readers_lock};
use crate::store::{Entry, Store, StoreError, StorePlace};

/// The folders of data files.
pub(super) const DATA: [&str; 3] = ["requests/", "rejects/", "metrics/"];

/// A mirror that is in use: no copy goes away.
pub(super) struct Mirror {
    pub store: Arc<dyn Store>,
    pub folder: PathBuf,
    _readers: File,
}

impl Mirror {
    /// Opens a mirror, and makes room in it if nobody else uses it.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn open(store: Arc<dyn Store>, place: &StorePlace, cache: &Cache) -> Result<Mirror, LakeError> {
        let folder = cache.folder_of(place);
        for part in ["_mirror", "_locks", "_staging"] {
            let part = folder.join(part);
            fs::create_dir_all(&part).map_err(LakeError::writing(&part))?;
        }
        let path = readers_lock(&folder);
        let readers = open_lock(&path)?;
        if readers.try_lock().is_ok() {
            make_room(&folder, cache.limit)?;
            readers.unlock().map_err(LakeError::writing(&path))?;
        }
        readers.lock_shared().map_err(LakeError::writing(&path))?;
        let mirror = Mirror { store, folder, _readers: readers };
        // So that a person who finds the folder knows what it is.
        let (path, name) = (mirror.folder.join("_mirror/of"), format!("{place}\n"));
        fs::write(&path, name).map_err(LakeError::writing(&path))?;
        Ok(mirror)
    }

    /// Puts a complete file into its place.
    fn keep(
        &self,
        state: &mut MirrorState,
        entry: &Entry,
        from: &Path,
        to: &Path,
        blake3: String,
    ) -> Result<(), LakeError> {
        fs::rename(from, to).map_err(LakeError::writing(to))?;
        let data = fs::metadata(to).map_err(LakeError::reading(to))?;
        let known = Known {
            bytes: data.len(),
            blake3,
            etag: entry.etag.clone(),
            modified_ns: modified_ns(&data),
            used: state.uses,
        };
        state.files.insert(entry.key.clone(), known);
        Ok(())
    }

    /// Where a file is completed before it gets its name; its folder is there.
    fn aside(&self, path: &Path) -> Result<PathBuf, LakeError> {
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(LakeError::writing(folder))?;
        Ok(self.own().join("arriving.part"))
    }

    fn failed(&self, key: &str) -> impl FnOnce(io::Error) -> LakeError + use<> {
        let name = self.store.name(key);
        move |error| LakeError::Store(StoreError::of_read(&name, error))
    }

    /// One process at a time brings the mirror up to date.
    fn lock(&self) -> Result<File, LakeError> {
        let path = self.own().join("lock");
        let lock = open_lock(&path)?;
        lock.lock().map_err(LakeError::writing(&path))?;
        Ok(lock)
    }

    fn own(&self) -> PathBuf {
        self.folder.join("_mirror")
    }

    fn state(&self) -> MirrorState {
        MirrorState::load(&self.own())
    }
}

/// Removes the least used data files beyond the limit. Nobody else may be using the mirror.
fn make_room(folder: &Path, limit: u64) -> Result<(), LakeError> {
    let own = folder.join("_mirror");
    let mut state = MirrorState::load(&own);
    let going = state.too_much(limit, |key| DATA.iter().any(|folder| key.starts_with(folder)));
    for key in &going {
        remove(&folder.join(key))?;
        state.files.remove(key);
    }
    if going.is_empty() { Ok(()) } else { state.save(&own) }
}

/// Whether a key, as a path, stays below the folder that it is joined to.
fn is_plain(key: &str) -> bool {
    let path = Path::new(key);
    !key.is_empty()
        && !key.ends_with('/')
        && !key.contains('\\')
        && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn remove(path: &Path) -> Result<(), LakeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LakeError::writing(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
