//! Copies are what is in the store, however they came to be something else.

use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;
use crate::lake::record::{DataFile, FileKind};
use crate::store::memory::MemoryStore;

struct Place {
    memory: Arc<MemoryStore>,
    cache: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { memory: Arc::default(), cache: tempfile::tempdir().unwrap() }
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        self.memory.all().insert(key.to_owned(), bytes.to_vec());
    }

    fn open(&self) -> Mirror {
        self.open_with(u64::MAX)
    }

    fn open_with(&self, limit: u64) -> Mirror {
        let cache = Cache { folder: self.cache.path().to_owned(), limit };
        Mirror::open(Arc::clone(&self.memory) as Arc<dyn Store>, &"s3://bucket/lake".parse().unwrap(), &cache)
            .unwrap()
    }
}

fn file(path: &str, content: &[u8]) -> DataFile {
    DataFile {
        path: path.to_owned(),
        staged: "a.parquet".to_owned(),
        kind: FileKind::Requests,
        rows: 1,
        bytes: content.len() as u64,
        first_ms: Some(0),
        last_ms: Some(0),
        units: Default::default(),
        sorted: false,
        blake3: Some(blake3::hash(content).to_hex().to_string()),
        looks: Vec::new(),
    }
}

#[test]
fn a_data_file_is_fetched_once() {
    let place = Place::new();
    place.put("requests/dt=1970-01-01/a.parquet", b"rows");
    let file = file("requests/dt=1970-01-01/a.parquet", b"rows");
    let mirror = place.open();
    mirror.fetch([&file, &file]).unwrap();
    assert_eq!(fs::read(mirror.folder.join(&file.path)).unwrap(), b"rows");
    mirror.fetch([&file]).unwrap();
    place.open().fetch([&file]).unwrap();
    assert_eq!(place.memory.reads(), [file.path.as_str()]);
}

#[test]
fn a_damaged_copy_is_fetched_again() {
    let place = Place::new();
    place.put("requests/a.parquet", b"rows");
    let file = file("requests/a.parquet", b"rows");
    let mirror = place.open();
    mirror.fetch([&file]).unwrap();
    let copy = mirror.folder.join(&file.path);
    let heal = |what: &str| {
        mirror.fetch([&file]).unwrap();
        assert_eq!(fs::read(&copy).unwrap(), b"rows", "{what}");
    };
    fs::write(&copy, b"ro").unwrap();
    heal("cut off");
    fs::write(&copy, b"cows").unwrap();
    heal("of the same size");
    fs::remove_file(&copy).unwrap();
    heal("gone");
    place.memory.reads();
    fs::remove_file(mirror.folder.join("_mirror/state.json")).unwrap();
    heal("all is well, but nothing is known");
    assert_eq!(place.memory.reads(), Vec::<String>::new());
}

#[test]
fn what_is_not_what_was_committed_is_never_seen() {
    let place = Place::new();
    place.put("requests/a.parquet", b"cows");
    let mirror = place.open();
    let wrong = file("requests/a.parquet", b"rows");
    assert!(matches!(mirror.fetch([&wrong]), Err(LakeError::FileDiffers { .. })));
    assert!(!mirror.folder.join(&wrong.path).exists());
    let gone = file("requests/b.parquet", b"rows");
    assert!(matches!(mirror.fetch([&gone]), Err(LakeError::FileGone { .. })));
    for path in ["../out", "/etc/passwd", "requests/../../out", "requests/"] {
        let outside = mirror.fetch([&file(path, b"rows")]);
        assert!(matches!(outside, Err(LakeError::OutOfPlace(_))), "{path}");
    }
}

#[test]
fn small_files_are_brought_up_to_date() {
    let place = Place::new();
    place.put("settings/a.json", b"1");
    place.put("settings/b/c.json", b"2");
    place.put("settings/../d.json", b"3");
    let mirror = place.open();
    let copies = || {
        mirror.copy_beside().unwrap();
        let entries = walkdir::WalkDir::new(mirror.folder.join("settings")).into_iter();
        let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| {
                let name = entry.path().strip_prefix(&mirror.folder).unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect::<BTreeMap<_, _>>()
    };
    let expected = |files: &[(&str, &str)]| {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(copies(), expected(&[("settings/a.json", "1"), ("settings/b/c.json", "2")]));
    place.memory.reads();
    place.put("settings/a.json", b"9");
    place.memory.all().remove("settings/b/c.json");
    assert_eq!(copies(), expected(&[("settings/a.json", "9")]));
    assert_eq!(place.memory.reads(), ["settings/a.json"]);
    // A copy that somebody changed is none, and neither is what was never there.
    fs::write(mirror.folder.join("settings/a.json"), "7").unwrap();
    fs::write(mirror.folder.join("settings/e.json"), "8").unwrap();
    assert_eq!(copies(), expected(&[("settings/a.json", "9")]));
}

#[test]
fn room_is_made_when_nobody_looks() {
    let place = Place::new();
    let files: Vec<DataFile> =
        (0..4).map(|number| file(&format!("requests/{number}.parquet"), b"12345678")).collect();
    files.iter().for_each(|file| place.put(&file.path, b"12345678"));
    let there = |mirror: &Mirror| {
        files.iter().map(|file| mirror.folder.join(&file.path).exists()).collect::<Vec<_>>()
    };
    let mirror = place.open_with(16);
    mirror.fetch(&files).unwrap();
    mirror.fetch([&files[0]]).unwrap();
    // What is in use stays, whatever it takes up.
    let other = place.open_with(16);
    assert_eq!(there(&other), [true; 4]);
    drop((mirror, other));
    let mirror = place.open_with(16);
    let left = there(&mirror);
    assert_eq!((left[0], left.iter().filter(|there| **there).count()), (true, 2));
}
