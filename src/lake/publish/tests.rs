//! Whatever happens to a writer, and whoever comes in between: what was committed counts, once.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::lake::record::{DataFile, FileKind, Reading, UnitRecord};
use crate::lake::root::WritableLake;
use crate::lake::{Cache, Transaction};
use crate::store::memory::MemoryStore;

/// Nobody renews; a silent one is dead soon.
const SILENT: Terms = Terms {
    silent: Duration::from_millis(60),
    renew: Duration::from_secs(3600),
    look: Duration::from_millis(5),
};

struct Machine {
    memory: Arc<MemoryStore>,
    cache: TempDir,
}

impl Machine {
    fn of(memory: &Arc<MemoryStore>) -> Machine {
        Machine { memory: Arc::clone(memory), cache: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> WritableLake {
        let cache = Cache { folder: self.cache.path().to_owned(), limit: u64::MAX };
        let store = Arc::clone(&self.memory) as Arc<dyn Store>;
        WritableLake::over(store, &"s3://bucket/lake".parse().unwrap(), &cache, SILENT, || ()).unwrap()
    }
}

/// A change that brings one unit with one file, and takes others out.
fn change(lake: &WritableLake, folder: &Path, takes: &[i64]) -> Change {
    let number = lake.next_unit();
    let content = format!("rows of unit {number}");
    std::fs::write(folder.join("rows.parquet"), &content).unwrap();
    let id = lake.file_id(blake3::hash(content.as_bytes()).to_hex()[..20].to_owned());
    let mut retires = Retired::default();
    for record in lake.records().iter().filter(|it| it.units.iter().any(|unit| takes.contains(&unit.number)))
    {
        retires.concerns(&record.id);
        retires.files.extend(record.files.iter().map(|file| file.path.clone()));
        retires.units.extend(record.units.iter().map(|unit| unit.number));
    }
    let file = DataFile {
        path: format!("requests/dt=1970-01-01/{id}-rows.parquet"),
        staged: "rows.parquet".to_owned(),
        kind: FileKind::Requests,
        rows: 1,
        bytes: content.len() as u64,
        first_ms: Some(0),
        last_ms: Some(0),
        units: Default::default(),
        sorted: false,
        blake3: Some(blake3::hash(content.as_bytes()).to_hex().to_string()),
    };
    Change { id, units: vec![unit(number)], files: vec![file], retires }
}

fn unit(number: i64) -> UnitRecord {
    let reading = Reading {
        format: "rest-json".to_owned(),
        api_kind: "rest".to_owned(),
        account: None,
        region: None,
        api: None,
        stage: None,
        keep_ip: false,
        framing: None,
        route_patterns: None,
    };
    UnitRecord {
        number,
        source: format!("/{number}.log"),
        digest: number.to_string(),
        bytes: 1,
        reading,
        lines: 1,
        rows: 1,
        rejects: 0,
        reject_reasons: BTreeMap::new(),
        duplicates: 0,
        possible_duplicates: 0,
        tolerant: 0,
        line_bytes: 1,
        first_ms: Some(0),
        last_ms: Some(0),
        forgotten: 0,
    }
}

fn commit(lake: &mut WritableLake, takes: &[i64]) -> Result<(), LakeError> {
    let transaction = Transaction::begin(lake)?;
    let folder = transaction.folder.clone();
    let change = change(transaction.lake, &folder, takes);
    transaction.seal(change, "2026-10-01T00:00:00Z")
}

/// The units that a reader counts, and that there is exactly what their records name.
fn units(memory: &Arc<MemoryStore>) -> Vec<i64> {
    let all = memory.all();
    let parse = |(key, bytes): (&String, &Vec<u8>)| Record::parse(bytes, Path::new(key)).unwrap();
    let records: Vec<Record> =
        effective(all.iter().filter(|(key, _)| key.starts_with("_units/")).map(parse).collect());
    let mut named: Vec<&str> =
        records.iter().flat_map(|record| &record.files).map(|file| file.path.as_str()).collect();
    named.sort_unstable();
    let there: Vec<&str> =
        all.keys().map(String::as_str).filter(|key| key.starts_with("requests/")).collect();
    assert_eq!(named, there);
    let mut units: Vec<i64> =
        records.iter().flat_map(|record| &record.units).map(|unit| unit.number).collect();
    units.sort_unstable();
    units
}

#[test]
fn commits_are_numbered_and_seen_by_the_next() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let mut lake = here.open();
    commit(&mut lake, &[]).unwrap();
    commit(&mut lake, &[]).unwrap();
    drop(lake);
    let mut lake = there.open();
    assert_eq!(lake.units().map(|unit| unit.number).collect::<Vec<_>>(), [1, 2]);
    commit(&mut lake, &[1]).unwrap();
    drop(lake);
    assert_eq!(units(&memory), [2, 3]);
    let records: Vec<String> =
        memory.all().keys().filter(|key| key.starts_with("_units/")).cloned().collect();
    // The first says nothing any more, and keeps its number.
    assert_eq!(records, [1, 2, 3].map(|number| format!("_units/000000000{number}.json")));
}

#[test]
fn a_writer_that_wakes_up_too_late_commits_nothing() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let mut slow = here.open();
    commit(&mut slow, &[]).unwrap();
    // The other one takes over, and does not even commit anything.
    let quick = there.open();
    let late = commit(&mut slow, &[]);
    assert!(matches!(late, Err(LakeError::Overtaken(_))), "{late:?}");
    drop((slow, quick));
    assert_eq!(units(&memory), [1]);
    let mut again = here.open();
    commit(&mut again, &[]).unwrap();
    drop(again);
    assert_eq!(units(&memory), [1, 2]);
}

#[test]
fn one_number_is_for_one_writer_even_if_both_have_the_lease() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let mut slow = here.open();
    commit(&mut slow, &[]).unwrap();
    // As if it had just made sure of its lease, and then slept.
    let mut quick = there.open();
    commit(&mut quick, &[]).unwrap();
    // By now, nothing of what it did counts.
    commit(&mut quick, &[1, 2, 3]).unwrap();
    let publisher = slow.publisher.as_mut().unwrap();
    let record = publisher.new_record("late");
    assert!(!publisher.put_new(&record).unwrap());
    // And as if it woke up while it took something out of another record.
    let before = publisher.records["0000000001"].clone();
    let mut after = before.clone();
    after.files.clear();
    memory.all().remove("_units/0000000001.json");
    assert!(matches!(publisher.replace(&before, after), Err(LakeError::Overtaken(_))));
}

#[test]
fn an_interrupted_writer_is_brought_to_an_end() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let mut lake = here.open();
    commit(&mut lake, &[]).unwrap();
    commit(&mut lake, &[]).unwrap();
    // Everything up to the record, and nothing after it.
    let folder = here.cache.path().join("aside");
    std::fs::create_dir_all(&folder).unwrap();
    let change = change(&lake, &folder, &[1]);
    let uploads: Vec<(PathBuf, String)> =
        change.files.iter().map(|file| (folder.join(&file.staged), file.path.clone())).collect();
    memory.put_files(&uploads).unwrap();
    let publisher = lake.publisher.as_mut().unwrap();
    let mut record = publisher.new_record("now");
    (record.units, record.files, record.retires) = (change.units, change.files, change.retires);
    assert!(publisher.put_new(&record).unwrap());
    // And files of another commit, whose record was never put.
    memory.all().insert("requests/dt=1970-01-01/0123456789abcdef0123-w0.parquet".to_owned(), b"x".to_vec());
    std::mem::forget(lake);

    let next = there.open();
    assert_eq!(next.units().map(|unit| unit.number).collect::<Vec<_>>(), [2, 3]);
    drop(next);
    assert_eq!(units(&memory), [2, 3]);
}

#[test]
fn files_of_others_are_left_alone() {
    let memory: Arc<MemoryStore> = Arc::default();
    let foreign = ["requests/_SUCCESS", "requests/dt=1970-01-01/mine.parquet", "requests/readme.md"];
    for key in foreign {
        memory.all().insert(key.to_owned(), b"x".to_vec());
    }
    memory.all().insert("_locks/lease.json".to_owned(), b"{}".to_vec());
    drop(Machine::of(&memory).open());
    assert!(foreign.iter().all(|key| memory.all().contains_key(*key)));
}

#[test]
fn a_number_is_not_given_again_when_nothing_is_left() {
    let memory = Arc::default();
    let here = Machine::of(&memory);
    let mut lake = here.open();
    commit(&mut lake, &[]).unwrap();
    let transaction = Transaction::begin(&mut lake).unwrap();
    let mut retires = Retired::default();
    retires.concerns("0000000001");
    retires.files = transaction.lake.records()[0].files.iter().map(|file| file.path.clone()).collect();
    retires.units = vec![1];
    let nothing = Change { id: "forget".to_owned(), units: Vec::new(), files: Vec::new(), retires };
    transaction.seal(nothing, "2026-10-01T00:00:00Z").unwrap();
    drop(lake);
    assert_eq!(units(&memory), Vec::<i64>::new());
    let mut lake = here.open();
    commit(&mut lake, &[]).unwrap();
    drop(lake);
    assert_eq!(units(&memory), [1]);
    assert!((1..=3).all(|number| memory.all().contains_key(&format!("_units/000000000{number}.json"))));
}

#[test]
fn small_files_beside_the_records_reach_the_others() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    for text in ["one", "two"] {
        let lake = here.open();
        let path = lake.root().join("settings/a.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        lake.put_beside("settings/a.json").unwrap();
        drop(lake);
        let other = there.open();
        assert_eq!(std::fs::read_to_string(other.root().join("settings/a.json")).unwrap(), text);
    }
}
