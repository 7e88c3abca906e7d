//! Records and settings: small files that are all brought up to date whenever a lake is opened.
//!
//! A list of them is of one moment or is made again, so that nobody sees a commit without the one before it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Mirror, is_plain, remove};
use crate::lake::error::LakeError;
use crate::lake::mirror_state::MirrorState;
use crate::lake::record::Record;
use crate::store::Entry;

/// Small files beside the records, which name none of them: they are all copied when the lake is opened.
const BESIDE: &str = "settings/";

/// Lists that were overtaken by a writer before everything in them was read.
const MOST_LISTS: u32 = 10;

/// A page of a list; one page is of one moment.
const PAGE: usize = 1000;

/// The records of a bucket, in no order.
#[derive(Default)]
pub(in crate::lake) struct Records {
    pub whole: Vec<Record>,
    /// Those that cannot be read, by the name of their file.
    pub damaged: Vec<(PathBuf, LakeError)>,
}

impl Mirror {
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
