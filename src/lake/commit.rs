//! Transactions: rows and rejects of some units become part of the lake together, or not at all.
//!
//! Files are completed in `_staging/<record>/`; the record is written PREPARED; files are renamed
//! into place; the record is written COMMITTED; what it retires goes away. A crash before PREPARED
//! leaves nothing, a crash after it is finished by the next writer. What ingest brings, what a
//! compaction writes anew and what `forget` takes out all come this way.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use gwcost_core::model::Window;

use super::columns::SCHEMA_VERSION;
use super::dedupe::{self, Duplicates, RowSet};
use super::error::LakeError;
use super::existing::add_keys;
use super::failpoint::hit;
use super::finish::finish;
use super::held_events::{HeldEvents, held_events};
use super::keys::KeyStore;
use super::known::{AllKnown, KnownIndex, Seen};
use super::naming::{name_file, of_change, of_units};
use super::record::{DataFile, Look, Reading, Record, State, UnitRecord, sync_folder};
use super::retire::{Retired, apply};
use super::rewrite::{Copied, copy, file_digest};
use super::root::WritableLake;
use super::take_out::{affected, retire_units, rewrite};
use super::unit_set::UnitSet;
use super::writer::{Staged, UnitTally};

/// A unit of a transaction, before its rows are counted.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its number.
    pub number: i64,
    /// Where it came from.
    pub source: String,
    /// BLAKE3 of its bytes as stored.
    pub digest: String,
    /// Its bytes as stored.
    pub bytes: u64,
    /// How it was read.
    pub reading: Reading,
    /// Units of the lake that give way to it.
    pub replaces: Vec<i64>,
    /// The entity tag of the object that it is.
    pub etag: Option<String>,
    /// Which look at its hour of a log group it is.
    pub look: Option<Look>,
}

/// What one thread wrote.
pub struct Finished {
    pub(super) files: Vec<Staged>,
    pub(super) keys: KeyStore,
    pub(super) tallies: HashMap<i64, UnitTally>,
}

/// What a commit brings and takes out, when all its files are complete.
pub(super) struct Change {
    /// The record's id.
    pub id: String,
    /// Units that are new.
    pub units: Vec<UnitRecord>,
    /// Files in the transaction's folder.
    pub files: Vec<DataFile>,
    /// What of other records counts no longer.
    pub retires: Retired,
}

/// Units on their way into the lake.
pub struct Transaction<'lake> {
    pub(super) lake: &'lake mut WritableLake,
    pub(super) folder: PathBuf,
    drafts: Vec<Draft>,
    /// Units of this transaction that turned out to be known: their rows are dropped.
    abandoned: HashSet<i64>,
    /// Units of the lake of which more is known now.
    amended: Vec<UnitRecord>,
    /// Of the lake's units and the drafts, once somebody looks one up.
    index: OnceCell<KnownIndex>,
}

impl Finished {
    /// What the thread saw of each unit.
    pub fn tallies(&self) -> &HashMap<i64, UnitTally> {
        &self.tallies
    }
}

impl<'lake> Transaction<'lake> {
    /// Starts one; its files wait in a folder of their own.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn begin(lake: &'lake mut WritableLake) -> Result<Transaction<'lake>, LakeError> {
        let folder = lake.root.join("_staging").join("open");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(LakeError::writing(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(LakeError::writing(&folder))?;
        Ok(Transaction {
            lake,
            folder,
            drafts: Vec::new(),
            abandoned: HashSet::new(),
            amended: Vec::new(),
            index: OnceCell::new(),
        })
    }

    /// Where workers write.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything that was read: what the lake holds, and what this transaction brings.
    fn known(&self) -> AllKnown<'_> {
        let (records, drafts) = (self.lake.records.as_slice(), self.drafts.as_slice());
        AllKnown { records, drafts, index: self.index.get_or_init(|| KnownIndex::of(records, drafts)) }
    }

    /// The lengths at which content of this place and size must be compared with what is known;
    /// with none it is new, and need not be read twice.
    pub fn sizes_to_compare(&self, source: &str, bytes: u64) -> Vec<u64> {
        self.known().sizes_to_compare(source, bytes)
    }

    /// What is known of content, given the digests of its beginnings by length (its own included).
    pub fn seen(&self, source: &str, bytes: u64, digests: &HashMap<u64, String>, reading: &Reading) -> Seen {
        self.known().seen(source, bytes, digests, reading)
    }

    /// Whether a unit is this transaction's own.
    pub fn brings(&self, unit: i64) -> bool {
        self.drafts.iter().any(|draft| draft.number == unit)
    }

    /// Takes a unit out of the transaction that was already added.
    pub fn withdraw(&mut self, unit: i64) {
        self.drafts.retain(|draft| draft.number != unit);
        // The places of those after it are others now.
        self.index.take();
        self.abandoned.insert(unit);
    }

    /// What the lake holds and this transaction does not replace.
    pub fn lake_units(&self) -> impl Iterator<Item = &UnitRecord> {
        self.lake.units()
    }

    /// The events that some units of the lake brought.
    ///
    /// # Errors
    /// [`LakeError`] when a file of theirs cannot be read.
    pub fn held_events(&self, units: &HashSet<i64>) -> Result<HeldEvents, LakeError> {
        self.lake.fetch(affected(&self.lake.records, units).iter().map(|found| found.file))?;
        held_events(&self.lake.root, &self.lake.records, units)
    }

    /// Whether nothing would be committed.
    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty() && self.amended.is_empty()
    }

    /// Adds a unit that was read completely.
    pub fn add(&mut self, draft: Draft) {
        if let Some(index) = self.index.get_mut() {
            index.add(self.drafts.len(), &draft);
        }
        self.drafts.push(draft);
    }

    /// Notes the entity tag of an object that turned out to be a unit of the lake, so that the next run need
    /// not read it to see that.
    pub fn tag(&mut self, source: &str, digest: &str, reading: &Reading, etag: &str) {
        let is_it =
            |unit: &&UnitRecord| unit.source == source && unit.digest == digest && unit.reading == *reading;
        let known = self.known().held(digest).find(is_it).filter(|unit| unit.etag.as_deref() != Some(etag));
        let tagged = known.map(|unit| UnitRecord { etag: Some(etag.to_owned()), ..unit.clone() });
        self.amended.extend(tagged);
    }

    /// Forgets the rows of a unit that was read but is not wanted.
    pub fn abandon(&mut self, unit: i64) {
        self.abandoned.insert(unit);
    }

    /// Commits everything. `written_at` is RFC 3339.
    ///
    /// # Errors
    /// [`LakeError`]; then the lake is as it was, or the next writer finishes the commit.
    pub fn commit(self, workers: Vec<Finished>, written_at: &str) -> Result<Vec<UnitRecord>, LakeError> {
        let mut files = Vec::new();
        let mut stores = Vec::new();
        let mut tallies: HashMap<i64, UnitTally> = HashMap::new();
        for worker in workers {
            files.extend(worker.files);
            stores.push(worker.keys);
            for (unit, tally) in worker.tallies {
                tallies.entry(unit).or_default().add(&tally);
            }
        }
        if self.is_empty() {
            fs::remove_dir_all(&self.folder).map_err(LakeError::writing(&self.folder))?;
            return Ok(Vec::new());
        }
        hit("before-duplicates");
        let duplicates = self.find_duplicates(&files, stores)?;
        let units = self.unit_records(&tallies, &duplicates);
        let id = self.lake.file_id(if units.is_empty() {
            of_change(&self.lake.root, "tag", self.amended.iter().map(|unit| unit.source.as_str()))
        } else {
            of_units(&self.lake.root, &units)
        });
        let mut data = self.place_files(&id, files, &duplicates)?;
        let replaced = self.replaced();
        let found = affected(&self.lake.records, &replaced);
        self.lake.fetch(found.iter().filter(|found| !found.whole).map(|found| found.file))?;
        let mut taken = rewrite(&self.lake.root, &self.folder, &id, &found, &replaced)?;
        retire_units(&self.lake.records, &replaced, &mut taken.retires);
        data.extend(taken.files);
        self.amend(&replaced, &mut taken.retires);
        self.seal(Change { id, units: units.clone(), files: data, retires: taken.retires }, written_at)?;
        Ok(units)
    }

    /// Notes what more is known of units that stay.
    fn amend(&self, replaced: &HashSet<i64>, retires: &mut Retired) {
        let amended: HashMap<i64, &UnitRecord> = self
            .amended
            .iter()
            .filter(|unit| !replaced.contains(&unit.number))
            .map(|unit| (unit.number, unit))
            .collect();
        for record in &self.lake.records {
            for unit in record.units.iter().filter_map(|unit| amended.get(&unit.number)) {
                retires.concerns(&record.id);
                retires.amended.push((*unit).clone());
            }
        }
    }

    /// Takes a change whose files are complete to its end.
    pub(super) fn seal(self, change: Change, written_at: &str) -> Result<(), LakeError> {
        let retires = change.retires.clone();
        let record = match &mut self.lake.publisher {
            Some(publisher) => publisher.publish(&self.folder, change, written_at)?,
            None => self.put_into_place(change, written_at)?,
        };
        // What is left of it is of no use, and the next transaction removes it in any case.
        drop(fs::remove_dir_all(&self.folder));
        let records = &mut self.lake.records;
        records.iter_mut().for_each(|known| apply(&retires, known));
        records.push(record);
        records.retain(|known| !known.is_empty());
        Ok(())
    }

    /// Commits to a folder: PREPARED, renamed, COMMITTED.
    fn put_into_place(&self, change: Change, written_at: &str) -> Result<Record, LakeError> {
        hit("after-files");
        let root = self.lake.root.clone();
        let staging = Record::staging(&root, &change.id);
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::writing(&staging))?;
        }
        fs::rename(&self.folder, &staging).map_err(LakeError::writing(&staging))?;
        sync_folder(&staging)?;
        hit("before-prepared");
        let record = Record {
            schema_version: SCHEMA_VERSION,
            id: change.id,
            state: State::Prepared,
            written_by: concat!("gwcost ", env!("CARGO_PKG_VERSION")).to_owned(),
            written_at: written_at.to_owned(),
            units: change.units,
            files: change.files,
            supersedes: Vec::new(),
            retires: change.retires,
            session: None,
        };
        record.write(&root)?;
        hit("after-prepared");
        finish(&root, record)
    }

    /// The units on their way.
    pub fn drafts(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.iter()
    }

    /// The units of the lake that give way.
    pub fn replaced(&self) -> HashSet<i64> {
        self.drafts.iter().flat_map(|draft| &draft.replaces).copied().collect()
    }

    fn find_duplicates(&self, files: &[Staged], mut stores: Vec<KeyStore>) -> Result<Duplicates, LakeError> {
        let requests = || files.iter().filter(|file| file.day.is_some());
        let first = requests().map(|file| file.first_ms).min();
        let last = requests().map(|file| file.last_ms).max();
        if let (Some(first), Some(last)) = (first, last) {
            let window = Window { from_ms: first, to_ms: last + 1 };
            let skip = self.replaced();
            let mut keys = KeyStore::new(&self.folder, "lake".to_owned());
            for (path, _) in self.lake.request_files(window)? {
                add_keys(&path, window, &skip, &mut keys)?;
            }
            stores.push(keys);
        }
        dedupe::find(&stores, &self.abandoned)
    }

    fn unit_records(&self, tallies: &HashMap<i64, UnitTally>, duplicates: &Duplicates) -> Vec<UnitRecord> {
        self.drafts
            .iter()
            .map(|draft| {
                let tally = tallies.get(&draft.number).cloned().unwrap_or_default();
                let dropped = duplicates.dropped.get(&draft.number).copied().unwrap_or(0);
                UnitRecord {
                    number: draft.number,
                    source: draft.source.clone(),
                    digest: draft.digest.clone(),
                    bytes: draft.bytes,
                    reading: draft.reading.clone(),
                    lines: tally.lines,
                    rows: tally.rows - dropped,
                    rejects: tally.rejects,
                    reject_reasons: tally.reject_reasons,
                    duplicates: dropped,
                    possible_duplicates: duplicates.possible.get(&draft.number).copied().unwrap_or(0),
                    tolerant: tally.tolerant,
                    line_bytes: tally.line_bytes,
                    first_ms: tally.first_ms,
                    last_ms: tally.last_ms,
                    etag: draft.etag.clone(),
                    look: draft.look,
                    forgotten: 0,
                }
            })
            .collect()
    }

    /// Removes what must not be committed from the staged files, and gives all of them their names.
    fn place_files(
        &self,
        id: &str,
        files: Vec<Staged>,
        duplicates: &Duplicates,
    ) -> Result<Vec<DataFile>, LakeError> {
        let nothing = RowSet::default();
        let mut data = Vec::new();
        for file in files {
            let drop = duplicates.drop.get(&file.number).filter(|_| file.day.is_some()).unwrap_or(&nothing);
            let mut path = file.path;
            let holds = if drop.is_empty() && self.abandoned.is_empty() {
                let times = file.day.map(|_| (file.first_ms, file.last_ms)).unzip();
                let (rows, bytes, (first_ms, last_ms)) = (file.rows, file.bytes, times);
                Copied { rows, bytes, first_ms, last_ms, ..Copied::default() }
            } else {
                let aside = path.with_extension("kept.parquet");
                let copied = copy(&path, &aside, |unit, offset| {
                    !self.abandoned.contains(&unit) && !drop.contains(unit, offset)
                })?;
                fs::remove_file(&path).map_err(LakeError::writing(&path))?;
                path = aside;
                // Its units are those of the record.
                Copied { units: UnitSet::default(), ..copied }
            };
            if holds.rows > 0 {
                let holds = Copied { blake3: Some(file_digest(&path)?), ..holds };
                data.push(name_file(id, &path, file.day, holds));
            }
        }
        Ok(data)
    }
}
