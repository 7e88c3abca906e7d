//! A store in memory, for tests of those who use one: it is atomic, and forgets nothing.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Condition, Content, Entry, Put, Reading, Store, StoreError};

/// Contents by key.
#[derive(Default)]
pub(crate) struct MemoryStore {
    contents: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Keys that were read, in order.
    reads: Mutex<Vec<String>>,
}

impl MemoryStore {
    pub(crate) fn all(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read since the last time this was asked.
    pub(crate) fn reads(&self) -> Vec<String> {
        std::mem::take(&mut self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, key: &str) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).push(key.to_owned());
    }
}

fn tag(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Store for MemoryStore {
    fn name(&self, key: &str) -> String {
        format!("memory:{key}")
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>, StoreError> {
        let all = self.all();
        let listed = all.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(listed
            .map(|(key, bytes)| Entry { key: key.clone(), bytes: bytes.len() as u64, etag: Some(tag(bytes)) })
            .collect())
    }

    fn read(&self, key: &str) -> Result<Option<Content>, StoreError> {
        self.note(key);
        Ok(self.all().get(key).map(|bytes| Content { bytes: bytes.clone(), etag: tag(bytes) }))
    }

    fn read_each<'a>(&'a self, entries: Vec<Entry>) -> Box<dyn Iterator<Item = Reading<'a>> + 'a> {
        Box::new(entries.into_iter().map(|entry| {
            self.note(&entry.key);
            let found = self.all().get(&entry.key).cloned();
            let reader: Box<dyn Read> = match found {
                Some(bytes) => Box::new(io::Cursor::new(bytes)),
                None => Box::new(Gone),
            };
            (entry, reader)
        }))
    }

    fn put(&self, key: &str, bytes: &[u8], condition: &Condition) -> Result<Put, StoreError> {
        let mut all = self.all();
        let fits = match (condition, all.get(key)) {
            (Condition::Absent, there) => there.is_none(),
            (Condition::Matches(etag), there) => there.is_some_and(|there| tag(there) == *etag),
        };
        if !fits && all.get(key).is_none_or(|there| there != bytes) {
            return Ok(Put::Refused);
        }
        all.insert(key.to_owned(), bytes.to_vec());
        Ok(Put::Done(tag(bytes)))
    }

    fn put_files(&self, files: &[(PathBuf, String)]) -> Result<(), StoreError> {
        for (path, key) in files {
            let bytes = std::fs::read(path);
            let bytes = bytes.map_err(|source| StoreError::Io { name: key.clone(), source })?;
            self.all().entry(key.clone()).or_insert(bytes);
        }
        Ok(())
    }

    fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut all = self.all();
        keys.iter().for_each(|key| drop(all.remove(key)));
        Ok(())
    }
}

/// A key that is not there.
struct Gone;

impl Read for Gone {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::NotFound.into())
    }
}
