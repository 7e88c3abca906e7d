//! A commit to a lake in a bucket: data files first, then the record, which counts from then on.
//!
//! There is no PREPARED: a record is put when all its files are there, as COMMITTED. Records of a bucket are
//! numbered, and a record is put only where none is. So of two writers who think that they may write, one is
//! refused: whoever puts number N has seen every record before it. No record is ever deleted, so that a number
//! is given once. Names of data files hold the writer's
//! session, so nobody writes over another's. Whatever changes a record puts it only where it is still the one
//! that was read. Time decides nothing.
//!
//! What a record retires is taken out of the others after it is there, and each of these steps can be done
//! twice: the next writer takes an interrupted one to its end. Files of a commit that never came about are
//! swept by the next writer, once no earlier one can put a record any more.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::columns::SCHEMA_VERSION;
use super::commit::Change;
use super::error::LakeError;
use super::failpoint::hit;
use super::lease::{Before, Lease, Terms};
use super::mirror::{DATA, Mirror};
use super::record::{Record, State};
use super::retire::{Retired, apply, effective};
use crate::store::{Condition, Put, Store};

/// Digits of a record's number, with zeros in front, so that their order is that of the names.
const DIGITS: usize = 10;

/// What writes to a bucket, while it holds the lease.
pub(super) struct Publisher {
    pub mirror: Mirror,
    store: Arc<dyn Store>,
    lease: Lease,
    /// Records as they are in the bucket, by id.
    records: BTreeMap<String, Record>,
}

impl Publisher {
    /// Takes the lease, and brings to an end what others began.
    ///
    /// # Errors
    /// [`LakeError`].
    pub fn open(
        mirror: Mirror,
        machine_lock: Option<String>,
        terms: Terms,
        waiting: &mut dyn FnMut(),
    ) -> Result<Publisher, LakeError> {
        let store = Arc::clone(&mirror.store);
        let lease = Lease::take(&store, machine_lock, terms, waiting)?;
        let before = lease.before;
        let mut publisher = Publisher { mirror, store, lease, records: BTreeMap::new() };
        // Until all of it is done, the next one must look again.
        publisher.lease.set_dirty(before != Before::Released);
        publisher.read()?;
        if before != Before::Released {
            // Also of one that gave up: its last put may still be on its way.
            publisher.fence()?;
        }
        publisher.end_what_was_begun()?;
        if before != Before::Released {
            publisher.sweep()?;
        }
        publisher.lease.set_dirty(false);
        Ok(publisher)
    }

    /// The records as they count.
    pub fn effective(&self) -> Vec<Record> {
        effective(self.records.values().cloned().collect())
    }

    /// A name for files of a commit that nobody else gives.
    pub fn file_id(&self, id: &str) -> String {
        let name = format!("{} {id}", self.lease.session());
        blake3::hash(name.as_bytes()).to_hex()[..20].to_owned()
    }

    /// Takes a change whose files are complete in `folder` to its end. `written_at` is RFC 3339.
    ///
    /// # Errors
    /// [`LakeError`]. If the record is not there by then, the lake is as it was; else the next writer ends it.
    pub fn publish(&mut self, folder: &Path, change: Change, written_at: &str) -> Result<Record, LakeError> {
        hit("after-files");
        self.lease.confirm()?;
        self.lease.set_dirty(true);
        let uploads: Vec<(PathBuf, String)> =
            change.files.iter().map(|file| (folder.join(&file.staged), file.path.clone())).collect();
        hit("before-upload");
        self.store.put_files(&uploads)?;
        hit("after-upload");
        let mut record = self.new_record(written_at);
        (record.units, record.files, record.retires) = (change.units, change.files, change.retires);
        self.lease.confirm()?;
        hit("before-committed");
        if !self.put_new(&record)? {
            // The files are in nobody's way, but other engines would count them.
            let keys: Vec<String> = uploads.into_iter().map(|(_, key)| key).collect();
            drop(self.store.delete(&keys));
            return Err(LakeError::Overtaken(self.store.name("")));
        }
        hit("after-committed");
        self.mirror.adopt(folder, &record.files)?;
        let id = record.id.clone();
        self.complete(&id)?;
        self.lease.set_dirty(false);
        Ok(self.records.get(&id).cloned().unwrap_or(record))
    }

    /// Puts or replaces a small file beside the records. It gets into the mirror when it is in the bucket, so
    /// that nobody sees there what did not come about.
    ///
    /// # Errors
    /// [`LakeError`].
    pub fn put_beside(&self, key: &str, bytes: &[u8]) -> Result<(), LakeError> {
        self.lease.confirm()?;
        let condition = match self.store.read(key)? {
            Some(there) if there.bytes == bytes => {
                return self.mirror.adopt_beside(key, bytes, there.etag);
            }
            Some(there) => Condition::Matches(there.etag),
            None => Condition::Absent,
        };
        match self.store.put(key, bytes, &condition)? {
            Put::Done(etag) => self.mirror.adopt_beside(key, bytes, etag),
            Put::Refused => Err(LakeError::Overtaken(self.store.name(""))),
        }
    }

    fn read(&mut self) -> Result<(), LakeError> {
        let records = self.mirror.records()?;
        if let Some((_, error)) = records.damaged.into_iter().next() {
            return Err(error);
        }
        self.records = records.whole.into_iter().map(|record| (record.id.clone(), record)).collect();
        Ok(())
    }

    /// A record that says nothing yet, under the next number.
    fn new_record(&self, written_at: &str) -> Record {
        let last = self.records.keys().filter_map(|id| number(id)).max().unwrap_or(0);
        Record {
            schema_version: SCHEMA_VERSION,
            id: format!("{:0DIGITS$}", last + 1),
            state: State::Committed,
            written_by: concat!("gwcost ", env!("CARGO_PKG_VERSION")).to_owned(),
            written_at: written_at.to_owned(),
            units: Vec::new(),
            files: Vec::new(),
            supersedes: Vec::new(),
            retires: Retired::default(),
            session: Some(self.lease.session()),
        }
    }

    /// Puts a record under a number that nobody has; false if somebody has it.
    fn put_new(&mut self, record: &Record) -> Result<bool, LakeError> {
        let key = key_of(&record.id);
        let text = record.text(Path::new(&self.store.name(&key)))?;
        if self.store.put(&key, &text, &Condition::Absent)? == Put::Refused {
            return Ok(false);
        }
        self.records.insert(record.id.clone(), record.clone());
        Ok(true)
    }

    /// Takes the next number, so that a writer who was silent and wakes up cannot have it.
    fn fence(&mut self) -> Result<(), LakeError> {
        loop {
            let fence = self.new_record("");
            if self.put_new(&fence)? {
                return Ok(());
            }
            // What it was about to put came through after all.
            self.read()?;
        }
    }

    fn end_what_was_begun(&mut self) -> Result<(), LakeError> {
        let begun =
            self.records.values().filter(|record| record.state == State::Committed && record.is_unfinished());
        let begun: Vec<String> = begun.map(|record| record.id.clone()).collect();
        begun.iter().try_for_each(|id| self.complete(id))
    }

    /// Takes out of other records what a committed one retires, deletes the files, and notes that it is done.
    fn complete(&mut self, id: &str) -> Result<(), LakeError> {
        let Some(record) = self.records.get(id).cloned() else { return Ok(()) };
        if record.is_unfinished() {
            hit("before-superseded-record");
            let mut files = record.retires.files.clone();
            for old in &record.supersedes {
                if let Some(before) = self.records.get(old).cloned() {
                    files.extend(before.files.iter().map(|file| file.path.clone()));
                    let after = Record { units: Vec::new(), files: Vec::new(), ..before.clone() };
                    self.replace(&before, after)?;
                }
            }
            for other in &record.retires.records {
                let Some(before) = self.records.get(other).cloned() else { continue };
                let mut after = before.clone();
                apply(&record.retires, &mut after);
                if after != before {
                    self.replace(&before, after)?;
                }
                hit("after-superseded-record");
            }
            hit("before-superseded-file");
            self.store.delete(&files)?;
            hit("after-superseded-file");
            let mut done = record.clone();
            done.supersedes.clear();
            done.retires = Retired::default();
            self.replace(&record, done)?;
            hit("after-superseded");
        }
        Ok(())
    }

    /// Puts a record in the place of itself, also one that says nothing any more: deleted, its number could be
    /// given again, to a writer who was about to take it before it was first given.
    fn replace(&mut self, before: &Record, after: Record) -> Result<(), LakeError> {
        let key = key_of(&before.id);
        let path = PathBuf::from(self.store.name(&key));
        let overtaken = || LakeError::Overtaken(self.store.name(""));
        let there = self.store.read(&key)?.ok_or_else(overtaken)?;
        if Record::parse(&there.bytes, &path)? != *before {
            return Err(overtaken());
        }
        match self.store.put(&key, &after.text(&path)?, &Condition::Matches(there.etag))? {
            Put::Refused => Err(overtaken()),
            Put::Done(_) => {
                self.records.insert(after.id.clone(), after);
                Ok(())
            }
        }
    }

    /// Deletes data files that no record names: those of commits that never came about.
    fn sweep(&self) -> Result<(), LakeError> {
        let named: HashSet<&str> = self
            .records
            .values()
            .flat_map(|record| record.files.iter().map(|file| file.path.as_str()))
            .collect();
        let mut strays = Vec::new();
        for prefix in DATA {
            let listed = self.store.list(prefix)?.into_iter().map(|entry| entry.key);
            strays.extend(listed.filter(|key| is_data_file(key) && !named.contains(key.as_str())));
        }
        if !strays.is_empty() {
            tracing::info!(files = strays.len(), "deleting what a writer left that was interrupted");
        }
        Ok(self.store.delete(&strays)?)
    }
}

fn key_of(id: &str) -> String {
    format!("_units/{id}.json")
}

/// The number of a record. Records that came here as files have none.
fn number(id: &str) -> Option<u64> {
    (id.len() == DIGITS).then(|| id.parse().ok()).flatten()
}

/// Whether a name is one that gwcost gives to data files. Nothing else is deleted.
fn is_data_file(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some((id, _)) = name.strip_suffix(".parquet").and_then(|name| name.split_once('-')) else {
        return false;
    };
    id.len() == 20 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
