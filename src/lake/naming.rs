//! What records and data files are called.

use std::collections::BTreeMap;
use std::path::Path;

use gwcost_core::model::{DAY_MS, parse_instant};

use super::record::{DataFile, FileKind, Record, UnitRecord};
use super::rewrite::Copied;

/// A staged file as a record lists it: its name there, and its place in the lake.
pub(super) fn name_file(id: &str, staged: &Path, day: Option<i64>, holds: Copied) -> DataFile {
    let staged = staged.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = staged.split('.').next().unwrap_or("rows").to_owned();
    let (kind, folder) = match day {
        Some(day) => (FileKind::Requests, format!("requests/dt={}", date(day))),
        None => (FileKind::Rejects, "rejects".to_owned()),
    };
    DataFile {
        path: format!("{folder}/{id}-{name}.parquet"),
        staged,
        kind,
        rows: holds.rows,
        bytes: holds.bytes,
        first_ms: holds.first_ms,
        last_ms: holds.last_ms,
        units: holds.units,
        sorted: holds.sorted,
        blake3: holds.blake3,
        looks: Vec::new(),
    }
}

/// `2026-10-31` of a day counted from 1970-01-01.
pub(super) fn date(day: i64) -> String {
    jiff::Timestamp::from_millisecond(day.saturating_mul(DAY_MS))
        .map_or_else(|_| day.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}

/// The day of a path in `requests/` or `metrics/`, counted from 1970-01-01.
pub(super) fn day_of_path(path: &str) -> Option<i64> {
    let (room, rest) = path.split_once("/dt=")?;
    let folder = rest.split('/').next().filter(|_| matches!(room, "requests" | "metrics"))?;
    parse_instant(folder).ok().map(|ms| ms.div_euclid(DAY_MS))
}

/// A name made from what was read, so that the same units make the same record.
pub(super) fn of_units(root: &Path, units: &[UnitRecord]) -> String {
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
    free(root, &hash)
}

/// A name for a record that brings no unit, made from what it is for and what it takes out.
pub(super) fn of_change<'a>(root: &Path, what: &str, takes: impl Iterator<Item = &'a str>) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(what.as_bytes());
    for part in takes {
        hash.update(&[0]);
        hash.update(part.as_bytes());
    }
    free(root, &hash)
}

/// The name of a hash, or the next that no record has: a record of the same units can be there, with
/// some of them taken out since.
fn free(root: &Path, hash: &blake3::Hasher) -> String {
    let mut hash = hash.clone();
    loop {
        let id = hash.finalize().to_hex()[..20].to_owned();
        if !Record::path(root, &id).exists() {
            return id;
        }
        hash.update(id.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_survive_their_folder() {
        for day in [0, 20_726, 30_000] {
            assert_eq!(day_of_path(&format!("requests/dt={}/a-b.parquet", date(day))), Some(day));
        }
        assert_eq!(day_of_path("metrics/dt=1970-01-02/a.parquet"), Some(1));
        assert_eq!(day_of_path("rejects/a.parquet"), None);
        assert_eq!(day_of_path("requests/dt=yesterday/a.parquet"), None);
    }

    #[test]
    fn a_name_that_is_taken_is_not_given_again() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("_units")).unwrap();
        let first = of_change(root.path(), "compact", ["a", "b"].into_iter());
        assert_eq!(first, of_change(root.path(), "compact", ["a", "b"].into_iter()));
        std::fs::write(Record::path(root.path(), &first), "{}").unwrap();
        assert_ne!(first, of_change(root.path(), "compact", ["a", "b"].into_iter()));
    }
}
