//! Whatever happens to a writer, and whoever comes in between: what was committed counts, once.

use std::path::PathBuf;
use std::time::Duration;

use gwcost_core::model::DAY_MS;
use gwcost_core::model::settings::{Outcome, RegionSettings};
use tempfile::TempDir;

use super::*;
use crate::lake::record::{DataFile, FileKind, Reading, UnitRecord};
use crate::lake::root::WritableLake;
use crate::lake::{Cache, MetricRow, MetricsDay, MetricsLook, Transaction, commit_metrics, snapshots};
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
        looks: Vec::new(),
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
        others: Vec::new(),
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
        etag: None,
        look: None,
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

fn settings(apis: bool) -> RegionSettings {
    RegionSettings {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        rest_apis: apis.then(Vec::new),
        ..RegionSettings::default()
    }
}

#[test]
fn settings_reach_the_others_and_move_the_time_they_were_seen() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    assert_eq!(here.open().record_settings(2_000, settings(true)).unwrap(), Outcome::First);
    let lake = there.open();
    let same = lake.record_settings(5_000, settings(true)).unwrap();
    assert_eq!(same, Outcome::Unchanged { since_ms: 2_000 });
    assert_eq!(memory.all().keys().filter(|key| key.starts_with("settings/")).count(), 1);
    drop(lake);
    let lake = here.open();
    let changed = lake.record_settings(9_000, settings(false)).unwrap();
    assert_eq!(changed, Outcome::Changed { until_ms: 5_000 });
    let times = |lake: &WritableLake| {
        let snapshots = snapshots(lake.root()).unwrap();
        snapshots.iter().map(|it| (it.taken_at_ms, it.confirmed_at_ms)).collect::<Vec<_>>()
    };
    let expected = [(2_000, Some(5_000)), (9_000, None)];
    assert_eq!(times(&lake), expected);
    drop(lake);
    assert_eq!(times(&there.open()), expected);
}

#[test]
fn settings_of_a_writer_that_lost_its_lease_are_nowhere() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let silent = here.open();
    let other = there.open();
    let lost = silent.record_settings(2_000, settings(true));
    assert!(matches!(lost, Err(LakeError::Overtaken(_))), "{lost:?}");
    assert!(memory.all().keys().all(|key| !key.starts_with("settings/")));
    assert_eq!(snapshots(silent.root()).unwrap(), []);
    drop(other);
}

/// A look at one stage on 1970-01-02, with a request in each of some hours.
fn metrics_day(hours: &[i64]) -> MetricsDay {
    let text = str::to_owned;
    let look = MetricsLook {
        account: text("111122223333"),
        region: text("us-east-1"),
        api_kind: text("rest"),
        api: text("a1"),
        api_name: text("orders"),
        stage: text("prod"),
        from_ms: DAY_MS,
        to_ms: 2 * DAY_MS,
        period_seconds: 3600,
        fetched_at_ms: 3 * DAY_MS,
        detailed: false,
        rejects: 0,
        shared_with: Vec::new(),
    };
    let row = |hour: &i64| MetricRow {
        account: text("111122223333"),
        region: text("us-east-1"),
        api: text("a1"),
        stage: text("prod"),
        level: text("stage"),
        dimensions: text("ApiName,Stage"),
        route: None,
        method: None,
        metric: text("Count"),
        statistic: text("Sum"),
        start_ms: DAY_MS + hour * 3_600_000,
        period_seconds: 3600,
        value: 1,
        api_kind: text("rest"),
        api_name: text("orders"),
        fetched_at_ms: 3 * DAY_MS,
        settled: true,
    };
    let (account, region) = (look.account.clone(), look.region.clone());
    MetricsDay { account, region, day: 1, rows: hours.iter().map(row).collect(), looks: vec![look] }
}

#[test]
fn metrics_are_merged_on_another_machine_and_their_old_file_goes() {
    let memory = Arc::default();
    let (here, there) = (Machine::of(&memory), Machine::of(&memory));
    let kept = |memory: &Arc<MemoryStore>| {
        memory.all().keys().filter(|key| key.starts_with("metrics/")).cloned().collect::<Vec<_>>()
    };
    commit_metrics(&mut here.open(), vec![metrics_day(&[0, 1])], "1970-01-04T00:00:00Z").unwrap();
    let first = kept(&memory);
    assert!(first.len() == 1 && first[0].starts_with("metrics/dt=1970-01-02/"), "{first:?}");
    // The file must come from the bucket before it can be merged.
    let mut lake = there.open();
    commit_metrics(&mut lake, vec![metrics_day(&[1, 2])], "1970-01-04T01:00:00Z").unwrap();
    let files: Vec<&DataFile> = lake.records().iter().flat_map(|record| &record.files).collect();
    assert_eq!(files.iter().map(|file| (file.kind, file.rows)).collect::<Vec<_>>(), [(FileKind::Metrics, 3)]);
    let second = kept(&memory);
    assert!(second.len() == 1 && second != first, "{second:?}");
}

#[test]
fn metrics_that_never_came_about_are_swept() {
    let memory: Arc<MemoryStore> = Arc::default();
    let here = Machine::of(&memory);
    let silent = here.open();
    silent.publisher.as_ref().unwrap().lease.set_dirty(true);
    let stray = format!("metrics/dt=1970-01-02/{}-00000.parquet", "a".repeat(20));
    memory.all().insert(stray.clone(), b"rows".to_vec());
    drop(silent);
    drop(here.open());
    assert!(!memory.all().contains_key(&stray));
}
