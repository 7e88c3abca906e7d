//! Data files: each is fetched once, when somebody needs it, and held to its record before anybody reads it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use super::{Mirror, is_plain, remove};
use crate::lake::error::LakeError;
use crate::lake::mirror_state::{Known, MirrorState, modified_ns};
use crate::lake::record::DataFile;
use crate::lake::rewrite::file_digest;
use crate::store::Entry;

impl Mirror {
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
