//! The mirror of a lake in a bucket: a folder of this machine, laid out as a lake, that holds copies.
//!
//! Everything that reads a lake reads paths. Records are brought up to date when the lake is opened. Data
//! files never change under their names, so each is fetched once, when it is needed, and compared with what its
//! record says before anybody sees it. A copy that was damaged since is seen by its size or the time it was
//! written, and fetched again. All of it can be deleted at any moment when no gwcost is running.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::error::LakeError;
use super::mirror_state::{Known, MirrorState, modified_ns};
use super::place::Cache;
use super::record::{DataFile, Record};
use super::rewrite::file_digest;
use super::root::{open_lock, readers_lock};
use crate::store::{Entry, Store, StoreError, StorePlace};

/// Small files beside the records, which name none of them: they are all copied when the lake is opened.
const BESIDE: &str = "settings/";

/// The folders of data files.
pub(super) const DATA: [&str; 3] = ["requests/", "rejects/", "metrics/"];

/// Lists that were overtaken by a writer before everything in them was read.
const MOST_LISTS: u32 = 10;

/// A page of a list; one page is of one moment.
const PAGE: usize = 1000;

/// A mirror that is in use: no copy goes away.
pub(super) struct Mirror {
    pub store: Arc<dyn Store>,
    pub folder: PathBuf,
    _readers: File,
}

/// The records of a bucket, in no order.
#[derive(Default)]
pub(super) struct Records {
    pub whole: Vec<Record>,
    /// Those that cannot be read, by the name of their file.
    pub damaged: Vec<(PathBuf, LakeError)>,
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

    /// The records as they are in the bucket.
    ///
    /// # Errors
    /// [`LakeError`]; a record that cannot be read is none.
    pub fn records(&self) -> Result<Records, LakeError> {
        let mut records = Records::default();
        for (key, bytes) in self.copy_all("_units/")? {
            if !key.ends_with(".json") {
                continue;
            }
            let path = PathBuf::from(self.store.name(&key));
            match Record::parse(&bytes, &path) {
                Ok(record) => records.whole.push(record),
                Err(error) => records.damaged.push((path, error)),
            }
        }
        Ok(records)
    }

    /// Brings the small files beside the records up to date. Whether there are any.
    ///
    /// # Errors
    /// [`LakeError`].
    pub fn copy_beside(&self) -> Result<bool, LakeError> {
        Ok(!self.copy_all(BESIDE)?.is_empty())
    }

    /// Takes in a small file that was put into the bucket.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn adopt_beside(&self, key: &str, bytes: &[u8], etag: String) -> Result<(), LakeError> {
        let _lock = self.lock()?;
        let mut state = self.state();
        let path = self.folder.join(key);
        let aside = self.aside(&path)?;
        fs::write(&aside, bytes).map_err(LakeError::writing(&aside))?;
        let entry = Entry { key: key.to_owned(), bytes: bytes.len() as u64, etag: Some(etag) };
        self.keep(&mut state, &entry, &aside, &path, blake3::hash(bytes).to_hex().to_string())?;
        state.save(&self.own())
    }

    /// Copies every file below a prefix, and removes copies of what is gone. The answer is of one moment.
    fn copy_all(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, LakeError> {
        let _lock = self.lock()?;
        let mut state = self.state();
        let mut lists = 0;
        let copied = loop {
            lists += 1;
            let listed = self.store.list(prefix)?;
            let all = match self.copy_listed(&mut state, &listed) {
                Err(LakeError::Store(error))
                    if (error.is_changed() || error.is_not_found()) && lists < MOST_LISTS =>
                {
                    continue;
                }
                all => all?,
            };
            // A longer list has pages of several moments: it is of one if it is still the same.
            if listed.len() < PAGE || lists >= MOST_LISTS || self.store.list(prefix)? == listed {
                break all;
            }
        };
        let there: HashSet<&str> = copied.iter().map(|(key, _)| key.as_str()).collect();
        let gone = |key: &String| key.starts_with(prefix) && !there.contains(key.as_str());
        for key in state.files.keys().filter(|key| gone(key)) {
            remove(&self.folder.join(key))?;
        }
        // Also what came here otherwise, or before the state was lost.
        for path in files_in(&self.folder.join(prefix))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !there.contains(format!("{prefix}{name}").as_str()) {
                remove(&path)?;
            }
        }
        state.files.retain(|key, _| !gone(key));
        state.save(&self.own())?;
        Ok(copied)
    }

    fn copy_listed(
        &self,
        state: &mut MirrorState,
        listed: &[Entry],
    ) -> Result<Vec<(String, Vec<u8>)>, LakeError> {
        let mut copied: HashMap<&str, Vec<u8>> = HashMap::new();
        let mut wanted = Vec::new();
        for entry in listed.iter().filter(|entry| is_plain(&entry.key)) {
            let known = state.files.get(&entry.key).filter(|_| entry.etag.is_some());
            let own = known
                .filter(|known| known.etag == entry.etag)
                .and_then(|known| Some((known, fs::read(self.folder.join(&entry.key)).ok()?)))
                .filter(|(known, bytes)| blake3::hash(bytes).to_hex().as_str() == known.blake3);
            match own {
                Some((_, bytes)) => drop(copied.insert(&entry.key, bytes)),
                None => wanted.push(entry.clone()),
            }
        }
        let mut fetched = HashMap::new();
        for (entry, mut reader) in self.store.read_each(wanted) {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(self.failed(&entry.key))?;
            let path = self.folder.join(&entry.key);
            let aside = self.aside(&path)?;
            fs::write(&aside, &bytes).map_err(LakeError::writing(&aside))?;
            let blake3 = blake3::hash(&bytes).to_hex().to_string();
            self.keep(state, &entry, &aside, &path, blake3)?;
            fetched.insert(entry.key, bytes);
        }
        Ok(listed
            .iter()
            .filter_map(|entry| {
                let bytes = copied.remove(entry.key.as_str()).or_else(|| fetched.remove(&entry.key))?;
                Some((entry.key.clone(), bytes))
            })
            .collect())
    }

    /// Sees to it that data files are here and are those that were committed. Several are on their way at a
    /// time.
    ///
    /// # Errors
    /// [`LakeError::FileGone`] or [`LakeError::FileChanged`] when the bucket does not hold what was committed.
    pub fn fetch<'f>(&self, files: impl IntoIterator<Item = &'f DataFile>) -> Result<(), LakeError> {
        let _lock = self.lock()?;
        let mut state = self.state();
        state.uses += 1;
        let mut wanted: HashMap<&str, &DataFile> = HashMap::new();
        let mut entries = Vec::new();
        for file in files {
            if !self.holds(&mut state, file)? && wanted.insert(&file.path, file).is_none() {
                entries.push(Entry { key: file.path.clone(), bytes: file.bytes, etag: None });
            }
        }
        let fetched = self.store.read_each(entries).try_for_each(|(entry, reader)| {
            let committed = wanted.get(entry.key.as_str()).and_then(|file| file.blake3.as_deref());
            self.fetch_one(&mut state, &entry, reader, committed)
        });
        // What came before an error need not come again.
        state.save(&self.own())?;
        fetched
    }

    fn fetch_one(
        &self,
        state: &mut MirrorState,
        entry: &Entry,
        mut reader: impl Read,
        committed: Option<&str>,
    ) -> Result<(), LakeError> {
        let path = self.folder.join(&entry.key);
        let aside = self.aside(&path)?;
        let digest = match copy(&mut reader, &aside)? {
            Ok(digest) => digest,
            Err(error) => {
                remove(&aside)?;
                let error = self.failed(&entry.key)(error);
                let LakeError::Store(store) = &error else { return Err(error) };
                let (path, record) = (self.store.name(&entry.key).into(), "a committed record".to_owned());
                return Err(match store {
                    store if store.is_not_found() => LakeError::FileGone { path, record },
                    store if store.is_changed() => LakeError::FileDiffers { path },
                    _ => error,
                });
            }
        };
        if committed.is_some_and(|committed| committed != digest) {
            remove(&aside)?;
            return Err(LakeError::FileDiffers { path: self.store.name(&entry.key).into() });
        }
        self.keep(state, entry, &aside, &path, digest)
    }

    /// Copies data files as they are in the bucket, right or wrong: what a verification looks at. `listed` is
    /// everything that is there.
    ///
    /// # Errors
    /// [`LakeError`].
    pub fn fetch_as_they_are<'f>(
        &self,
        files: impl IntoIterator<Item = &'f DataFile>,
        listed: &HashMap<String, Entry>,
    ) -> Result<(), LakeError> {
        let _lock = self.lock()?;
        let mut state = self.state();
        state.uses += 1;
        let mut entries = Vec::new();
        for file in files {
            let Some(entry) = listed.get(&file.path) else {
                state.files.remove(&file.path);
                remove(&self.folder.join(&file.path))?;
                continue;
            };
            let unchanged = |known: &Known| known.etag.is_some() && known.etag == entry.etag;
            let known = state.files.get(&file.path).is_some_and(unchanged);
            if !(known && entry.bytes == file.bytes && self.holds(&mut state, file)?) {
                entries.push(entry.clone());
            }
        }
        let fetched = self
            .store
            .read_each(entries)
            .try_for_each(|(entry, reader)| self.fetch_one(&mut state, &entry, reader, None));
        state.save(&self.own())?;
        fetched
    }

    /// Takes in data files that were put into the bucket from `folder`.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn adopt(&self, folder: &Path, files: &[DataFile]) -> Result<(), LakeError> {
        let _lock = self.lock()?;
        let mut state = self.state();
        state.uses += 1;
        for file in files {
            let Some(digest) = &file.blake3 else { continue };
            let to = self.folder.join(&file.path);
            self.aside(&to)?;
            let entry = Entry { key: file.path.clone(), bytes: file.bytes, etag: None };
            self.keep(&mut state, &entry, &folder.join(&file.staged), &to, digest.clone())?;
        }
        state.save(&self.own())
    }

    /// Whether a copy is here and is what was committed; it counts as used then.
    fn holds(&self, state: &mut MirrorState, file: &DataFile) -> Result<bool, LakeError> {
        if !is_plain(&file.path) {
            return Err(LakeError::OutOfPlace(self.store.name(&file.path)));
        }
        let path = self.folder.join(&file.path);
        let Ok(data) = fs::metadata(&path) else { return Ok(false) };
        if data.len() != file.bytes {
            return Ok(false);
        }
        let modified_ns = modified_ns(&data);
        let known = state
            .files
            .get(&file.path)
            .filter(|known| known.bytes == file.bytes && known.modified_ns == modified_ns && modified_ns > 0);
        let (digest, etag) = match known {
            Some(known) => (known.blake3.clone(), known.etag.clone()),
            // Without a digest in the record, only what came from the bucket just so is known to be right.
            None if file.blake3.is_none() => return Ok(false),
            None => (file_digest(&path)?, None),
        };
        if file.blake3.as_ref().is_some_and(|committed| *committed != digest) {
            return Ok(false);
        }
        let known = Known { bytes: file.bytes, blake3: digest, etag, modified_ns, used: state.uses };
        state.files.insert(file.path.clone(), known);
        Ok(true)
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

/// Copies what a reader holds into a file; the answer is its BLAKE3, or why the reader failed.
fn copy(reader: &mut impl Read, to: &Path) -> Result<io::Result<String>, LakeError> {
    let mut file = BufWriter::new(File::create(to).map_err(LakeError::writing(to))?);
    let mut hash = blake3::Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        hash.update(&buffer[..count]);
        file.write_all(&buffer[..count]).map_err(LakeError::writing(to))?;
    }
    file.flush().map_err(LakeError::writing(to))?;
    Ok(Ok(hash.finalize().to_hex().to_string()))
}

/// The files right in a folder, if there is one.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).map_err(LakeError::reading(folder))? {
            let path = entry.map_err(LakeError::reading(folder))?.path();
            if path.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
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
