//! Keys of events, kept small: packed in memory while they are few, on disk when not.
//!
//! A duplicate has the same key, so it falls into the same bucket, and one bucket at a time is
//! looked at, which fits into memory however large the input is.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use super::error::LakeError;
use super::ids::EventIds;

const BUCKETS: usize = 64;
const KEYS_IN_MEMORY: usize = 600_000;
const STORED_BYTES: usize = 16 + 8 + 8 + 4 + 1;

/// The key of one event and where its row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// 128 bits of the ids: chance collisions are out of reach at any volume.
    pub hash: u128,
    /// False sorts first: a row that the lake holds stays, the new one goes.
    pub new: bool,
    /// The row's unit.
    pub unit: i64,
    /// The row's place in the unit.
    pub offset: i64,
    /// The staged file that holds it.
    pub file: u32,
    /// The ids tell events apart, so equal keys are one event.
    pub strong: bool,
}

/// Where a row is.
#[derive(Clone, Copy, Debug)]
pub struct RowPlace {
    /// It is on its way into the lake, not in it.
    pub new: bool,
    /// Its unit.
    pub unit: i64,
    /// Its place in the unit.
    pub offset: i64,
    /// The staged file that holds it.
    pub file: u32,
}

impl Key {
    /// The key of a row. `scratch` is room that is used again from row to row.
    pub fn of(ids: &EventIds<'_>, at: RowPlace, scratch: &mut Vec<u8>) -> Key {
        scratch.clear();
        let mut part = |tag: u8, bytes: &[u8]| {
            scratch.push(tag);
            scratch.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            scratch.extend_from_slice(bytes);
        };
        let time = ids.time_ms.to_le_bytes();
        let line = ids.line_hash.unwrap_or(0).to_le_bytes();
        let mut strong = true;
        if let Some((connection, event, message)) = ids.websocket() {
            part(b'w', connection.as_bytes());
            part(b'e', event.as_bytes());
            part(b'm', message.as_bytes());
            part(b't', &time);
            part(b'r', ids.extended_request_id.or(ids.request_id).unwrap_or_default().as_bytes());
        } else if let Some(id) = ids.extended_request_id {
            part(b'x', id.as_bytes());
            part(b't', &time);
        } else if let Some(id) = ids.request_id {
            part(b'r', id.as_bytes());
            part(b't', &time);
            part(b'l', &line);
        } else if let Some(id) = ids.event_id {
            part(b'c', id.as_bytes());
            part(b't', &time);
        } else {
            strong = false;
            part(b't', &time);
            part(b'l', &line);
        }
        let RowPlace { new, unit, offset, file } = at;
        Key { hash: xxh3_128(scratch), new, unit, offset, file, strong }
    }

    fn store(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.unit.to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.file.to_le_bytes());
        out.push(u8::from(self.new) | u8::from(self.strong) << 1);
    }

    fn load(bytes: &[u8; STORED_BYTES]) -> Key {
        let integer = |at: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[at..at + 8]);
            i64::from_le_bytes(part)
        };
        let mut hash = [0; 16];
        hash.copy_from_slice(&bytes[..16]);
        let mut file = [0; 4];
        file.copy_from_slice(&bytes[32..36]);
        Key {
            hash: u128::from_le_bytes(hash),
            unit: integer(16),
            offset: integer(24),
            file: u32::from_le_bytes(file),
            new: bytes[36] & 1 == 1,
            strong: bytes[36] & 2 == 2,
        }
    }
}

/// A set of keys of any size.
pub struct KeyStore {
    path: PathBuf,
    /// Keys as they are stored, by bucket.
    buckets: Vec<Vec<u8>>,
    count: usize,
    /// For each time that memory was emptied, where each bucket's keys are in the file.
    spills: Vec<Vec<(u64, usize)>>,
    stored: u64,
    scratch: Vec<u8>,
}

impl KeyStore {
    /// An empty one that spills into a file of that name in `folder`.
    pub fn new(folder: &Path, name: String) -> KeyStore {
        KeyStore {
            path: folder.join(format!("{name}.keys")),
            buckets: vec![Vec::new(); BUCKETS],
            count: 0,
            spills: Vec::new(),
            stored: 0,
            scratch: Vec::new(),
        }
    }

    /// Adds the key of a row.
    ///
    /// # Errors
    /// [`LakeError::Io`] when the disk is full.
    pub fn push(&mut self, ids: &EventIds<'_>, at: RowPlace) -> Result<(), LakeError> {
        let key = Key::of(ids, at, &mut self.scratch);
        key.store(&mut self.buckets[bucket_of(key.hash)]);
        self.count += 1;
        if self.count >= KEYS_IN_MEMORY { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<(), LakeError> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .map_err(LakeError::writing(&self.path))?;
        let mut places = Vec::with_capacity(BUCKETS);
        for bucket in &mut self.buckets {
            file.write_all(bucket).map_err(LakeError::writing(&self.path))?;
            places.push((self.stored, bucket.len()));
            self.stored += bucket.len() as u64;
            bucket.clear();
        }
        self.spills.push(places);
        self.count = 0;
        Ok(())
    }

    /// Hands out the stored keys of a bucket, part by part.
    fn load(&self, bucket: usize, mut each: impl FnMut(&[[u8; STORED_BYTES]])) -> Result<(), LakeError> {
        each(self.buckets[bucket].as_chunks().0);
        if self.spills.is_empty() {
            return Ok(());
        }
        let file = File::open(&self.path).map_err(LakeError::reading(&self.path))?;
        let mut bytes = Vec::new();
        for (at, length) in self.spills.iter().map(|places| places[bucket]) {
            bytes.resize(length, 0);
            file.read_exact_at(&mut bytes, at).map_err(LakeError::reading(&self.path))?;
            each(bytes.as_chunks().0);
        }
        Ok(())
    }
}

fn bucket_of(hash: u128) -> usize {
    (hash >> 122) as usize % BUCKETS
}

/// Visits the keys of several stores that may occur more than once, in groups that hold every key of an event,
/// each sorted. Groups in which no key is like another are passed over: mostly all of them are.
///
/// # Errors
/// [`LakeError::Io`], or what `visit` returns.
pub fn visit_repeated(
    stores: &[KeyStore],
    mut visit: impl FnMut(&[Key]) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let mut keys = Vec::new();
    for bucket in suspects(stores)? {
        keys.clear();
        for store in stores {
            store.load(bucket, |stored| keys.extend(stored.iter().map(Key::load)))?;
        }
        keys.sort_unstable();
        visit(&keys)?;
    }
    Ok(())
}

/// The buckets in which two keys share 64 bits of their hashes, in order. One in some billions of pairs
/// shares them by chance, which costs a closer look.
fn suspects(stores: &[KeyStore]) -> Result<Vec<usize>, LakeError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(BUCKETS);
    let look = |first: usize| -> Result<Vec<usize>, LakeError> {
        let (mut found, mut halves) = (Vec::new(), Vec::new());
        for bucket in (first..BUCKETS).step_by(threads) {
            halves.clear();
            for store in stores {
                store.load(bucket, |stored| halves.extend(stored.iter().map(half_of_hash)))?;
            }
            halves.sort_unstable();
            if halves.windows(2).any(|pair| pair[0] == pair[1]) {
                found.push(bucket);
            }
        }
        Ok(found)
    };
    let look = &look;
    let mut found = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|first| scope.spawn(move || look(first))).collect();
        let looked = handles.into_iter().map(|handle| handle.join().unwrap_or_else(|_| Ok(all_buckets())));
        looked.collect::<Result<Vec<Vec<usize>>, LakeError>>()
    })?
    .concat();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What a thread that could not look has to say.
fn all_buckets() -> Vec<usize> {
    (0..BUCKETS).collect()
}

/// The lower half: the upper one has the bucket's number in it.
fn half_of_hash(stored: &[u8; STORED_BYTES]) -> u64 {
    let mut half = [0; 8];
    half.copy_from_slice(&stored[..8]);
    u64::from_le_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(id: &str) -> EventIds<'_> {
        EventIds { time_ms: 1, extended_request_id: Some(id), ..EventIds::default() }
    }

    fn at(offset: i64) -> RowPlace {
        RowPlace { new: true, unit: 7, offset, file: 3 }
    }

    #[test]
    fn keys_survive_storage() {
        let stored = Key::of(&ids("abc="), at(99), &mut Vec::new());
        let mut bytes = Vec::new();
        stored.store(&mut bytes);
        assert_eq!(Key::load(bytes.as_slice().try_into().unwrap()), stored);
    }

    #[test]
    fn spilled_and_unspilled_stores_meet() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = KeyStore::new(folder.path(), "one".to_owned());
        for number in 0..KEYS_IN_MEMORY + 10 {
            one.push(&ids(&number.to_string()), at(number as i64)).unwrap();
        }
        assert!(!one.spills.is_empty());
        let mut two = KeyStore::new(folder.path(), "two".to_owned());
        two.push(&ids("5"), at(-1)).unwrap();
        let (mut groups, mut equal) = (0, 0);
        visit_repeated(&[one, two], |keys| {
            groups += 1;
            assert!(keys.is_sorted());
            equal += keys.windows(2).filter(|pair| pair[0].hash == pair[1].hash).count();
            Ok(())
        })
        .unwrap();
        // All the others hold no key twice.
        assert_eq!((groups, equal), (1, 1));
    }
}
