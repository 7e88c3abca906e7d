//! Transactions: rows and rejects of some units become part of the lake together, or not at all.
//!
//! Files are completed in `_staging/<record>/`; the record is written PREPARED; files are renamed
//! into place; the record is written COMMITTED; what it supersedes goes away. A crash before
//! PREPARED leaves nothing, a crash after it is finished by the next writer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use gwcost_core::model::{DAY_MS, Window};

use super::columns::SCHEMA_VERSION;
use super::dedupe::{self, Duplicates, RowSet};
use super::error::LakeError;
use super::existing::add_keys;
use super::failpoint::hit;
use super::finish::finish;
use super::keys::KeyStore;
use super::record::{DataFile, FileKind, Reading, Record, State, UnitRecord, sync_folder};
use super::rewrite::copy;
use super::root::{Known, Seen, WritableLake, seen, sizes_to_compare};
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
}

/// What one thread wrote.
pub struct Finished {
    pub(super) files: Vec<Staged>,
    pub(super) keys: KeyStore,
    pub(super) tallies: HashMap<i64, UnitTally>,
}

/// What of replaced records stays.
#[derive(Default)]
struct CarriedOver {
    units: Vec<UnitRecord>,
    files: Vec<DataFile>,
    /// The replaced records.
    supersedes: Vec<String>,
}

/// Units on their way into the lake.
pub struct Transaction<'lake> {
    lake: &'lake mut WritableLake,
    folder: PathBuf,
    drafts: Vec<Draft>,
    /// Units of this transaction that turned out to be known: their rows are dropped.
    abandoned: HashSet<i64>,
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
        Ok(Transaction { lake, folder, drafts: Vec::new(), abandoned: HashSet::new() })
    }

    /// Where workers write.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything that was read: what the lake holds, and what this transaction brings.
    fn known(&self) -> impl Iterator<Item = Known<'_>> {
        let drafts = self.drafts.iter().map(|draft| Known {
            number: draft.number,
            source: &draft.source,
            bytes: draft.bytes,
            digest: &draft.digest,
            reading: &draft.reading,
        });
        self.lake.units().map(Known::from).chain(drafts)
    }

    /// The lengths at which content of this place and size must be compared with what is known;
    /// with none it is new, and need not be read twice.
    pub fn sizes_to_compare(&self, source: &str, bytes: u64) -> Vec<u64> {
        sizes_to_compare(self.known(), source, bytes)
    }

    /// What is known of content, given the digests of its beginnings by length (its own included).
    pub fn seen(&self, source: &str, bytes: u64, digests: &HashMap<u64, String>, reading: &Reading) -> Seen {
        seen(self.known(), source, bytes, digests, reading)
    }

    /// Whether a unit is this transaction's own.
    pub fn brings(&self, unit: i64) -> bool {
        self.drafts.iter().any(|draft| draft.number == unit)
    }

    /// Takes a unit out of the transaction that was already added.
    pub fn withdraw(&mut self, unit: i64) {
        self.drafts.retain(|draft| draft.number != unit);
        self.abandoned.insert(unit);
    }

    /// Whether nothing would be committed.
    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Adds a unit that was read completely.
    pub fn add(&mut self, draft: Draft) {
        self.drafts.push(draft);
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
        if self.drafts.is_empty() {
            fs::remove_dir_all(&self.folder).map_err(LakeError::writing(&self.folder))?;
            return Ok(Vec::new());
        }
        hit("before-duplicates");
        let duplicates = self.find_duplicates(&files, stores)?;
        let units = self.unit_records(&tallies, &duplicates);
        let id = record_id(&units);
        let mut data = self.place_files(&id, files, &duplicates)?;
        let carried = self.carry_over(&id)?;
        data.extend(carried.files);
        hit("after-files");

        let root = self.lake.root.clone();
        let staging = Record::staging(&root, &id);
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::writing(&staging))?;
        }
        fs::rename(&self.folder, &staging).map_err(LakeError::writing(&staging))?;
        sync_folder(&staging)?;
        hit("before-prepared");
        let record = Record {
            schema_version: SCHEMA_VERSION,
            id,
            state: State::Prepared,
            written_by: concat!("gwcost ", env!("CARGO_PKG_VERSION")).to_owned(),
            written_at: written_at.to_owned(),
            units: units.iter().cloned().chain(carried.units).collect(),
            files: data,
            supersedes: carried.supersedes,
        };
        record.write(&root)?;
        hit("after-prepared");
        let superseded: HashSet<String> = record.supersedes.iter().cloned().collect();
        let record = finish(&root, record)?;
        self.lake.records.retain(|known| !superseded.contains(&known.id));
        self.lake.records.push(record);
        Ok(units)
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
            let skip: Vec<i64> = self.replaced().into_iter().collect();
            let mut keys = KeyStore::new(&self.folder, "lake".to_owned());
            for (path, _) in self.lake.request_files(window) {
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
            let (mut rows, mut bytes) = (file.rows, file.bytes);
            let mut times = file.day.map(|_| (file.first_ms, file.last_ms));
            let mut path = file.path;
            if !drop.is_empty() || !self.abandoned.is_empty() {
                let aside = path.with_extension("kept.parquet");
                let copied = copy(&path, &aside, |unit, offset| {
                    !self.abandoned.contains(&unit) && !drop.contains(unit, offset)
                })?;
                fs::remove_file(&path).map_err(LakeError::writing(&path))?;
                (rows, bytes) = (copied.rows, copied.bytes);
                times = copied.first_ms.zip(copied.last_ms);
                path = aside;
            }
            if rows > 0 {
                data.push(name_file(id, &path, file.day, rows, bytes, times));
            }
        }
        Ok(data)
    }

    /// What of the replaced units' records stays: their other units, with files rewritten.
    fn carry_over(&self, id: &str) -> Result<CarriedOver, LakeError> {
        let mut carried = CarriedOver::default();
        let replaced = self.replaced();
        if replaced.is_empty() {
            return Ok(carried);
        }
        for record in &self.lake.records {
            if !record.units.iter().any(|unit| replaced.contains(&unit.number)) {
                continue;
            }
            carried.supersedes.push(record.id.clone());
            let stays = |unit: i64| !replaced.contains(&unit);
            carried.units.extend(record.units.iter().filter(|unit| stays(unit.number)).cloned());
            if record.units.iter().all(|unit| !stays(unit.number)) {
                continue;
            }
            for (index, file) in record.files.iter().enumerate() {
                let from = self.lake.root.join(&file.path);
                let to = self.folder.join(format!("kept-{}-{index}.parquet", record.id));
                let copied = copy(&from, &to, |unit, _| stays(unit))?;
                if copied.rows > 0 {
                    let times = copied.first_ms.zip(copied.last_ms);
                    let day = times.map(|(first, _)| first.div_euclid(DAY_MS));
                    carried.files.push(name_file(id, &to, day, copied.rows, copied.bytes, times));
                }
            }
        }
        Ok(carried)
    }
}

fn name_file(
    id: &str,
    path: &Path,
    day: Option<i64>,
    rows: u64,
    bytes: u64,
    times: Option<(i64, i64)>,
) -> DataFile {
    let staged = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = staged.split('.').next().unwrap_or("rows").to_owned();
    let (kind, folder) = match day {
        Some(day) => (FileKind::Requests, format!("requests/dt={}", date(day))),
        None => (FileKind::Rejects, "rejects".to_owned()),
    };
    DataFile {
        path: format!("{folder}/{id}-{name}.parquet"),
        staged,
        kind,
        rows,
        bytes,
        first_ms: times.map(|(first, _)| first),
        last_ms: times.map(|(_, last)| last),
    }
}

/// `2026-10-31` of a day counted from 1970-01-01.
fn date(day: i64) -> String {
    jiff::Timestamp::from_millisecond(day * DAY_MS)
        .map_or_else(|_| day.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// A name made from what was read, so that the same units make the same record.
fn record_id(units: &[UnitRecord]) -> String {
    let mut parts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for unit in units {
        parts.insert((&unit.source, &unit.digest), unit.number);
    }
    let mut hash = blake3::Hasher::new();
    for ((source, digest), number) in parts {
        hash.update(source.as_bytes());
        hash.update(&[0]);
        hash.update(digest.as_bytes());
        hash.update(&number.to_le_bytes());
    }
    hash.finalize().to_hex()[..20].to_owned()
}
