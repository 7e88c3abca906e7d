//! Unit records: the only word on what the lake holds.
//!
//! One record commits one or more units together, with the files that hold their rows. It is
//! written PREPARED when all its files are complete, and becomes COMMITTED when they are in place.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::columns::SCHEMA_VERSION;
use super::error::LakeError;
use super::metrics_look::MetricsLook;
use super::naming::day_of_path;
use super::retire::Retired;
use super::unit_set::UnitSet;

/// How far a commit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// All files are complete in `_staging/`; from here on the commit is finished, never undone.
    Prepared,
    /// All files are in place.
    Committed,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the rows' and the record's shape.
    pub schema_version: u32,
    /// The record's name, made from what its units are.
    pub id: String,
    /// How far it has come.
    pub state: State,
    /// The program that wrote it.
    pub written_by: String,
    /// RFC 3339.
    pub written_at: String,
    /// What was read.
    pub units: Vec<UnitRecord>,
    /// Where the rows are.
    pub files: Vec<DataFile>,
    /// Records that this one replaces; they count no longer once it is committed.
    #[serde(default)]
    pub supersedes: Vec<String>,
    /// What of other records counts no longer once this one is committed; forgotten when it is gone.
    #[serde(default, skip_serializing_if = "Retired::is_empty")]
    pub retires: Retired,
    /// Who committed it to a bucket: no two writers have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// One unit of input: what it was, how it was read, what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// Its number, the rows' `unit` column; later units have higher ones.
    pub number: i64,
    /// Where it came from: an absolute path, or `-`.
    pub source: String,
    /// BLAKE3 of its bytes as stored, hexadecimal.
    pub digest: String,
    /// Its bytes as stored.
    pub bytes: u64,
    /// How it was read.
    pub reading: Reading,
    /// Lines, empty ones left out.
    pub lines: u64,
    /// Rows in the lake.
    pub rows: u64,
    /// Lines that could not be read.
    pub rejects: u64,
    /// How often each reason refused a line.
    #[serde(default)]
    pub reject_reasons: BTreeMap<String, u64>,
    /// Rows left out because the lake or the unit held the request already.
    pub duplicates: u64,
    /// Rows equal to another one without an id that would tell.
    pub possible_duplicates: u64,
    /// Lines that needed the tolerant path.
    pub tolerant: u64,
    /// Bytes of all lines.
    pub line_bytes: u64,
    /// The earliest request, milliseconds of Unix time.
    pub first_ms: Option<i64>,
    /// The latest request.
    pub last_ms: Option<i64>,
    /// The entity tag of the object that it was, with the quotes, where it was one of S3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Which look at its hour it was, where it is an hour of a log group. Its digest is that of all events of
    /// the hour, its lines are those that no look before had brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// Rows that were taken out since because of their age: `rows` does not count them. A unit that
    /// lost all of them stays as a name and a digest, so that its content is not read again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forgotten: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One look at an hour of a log group. Events come late, so an hour can be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which look it was, counted from 0.
    pub generation: u32,
    /// A time before the first request for it, milliseconds of Unix time.
    pub fetched_at_ms: i64,
    /// Nothing can be added to the hour any more.
    pub settled: bool,
}

/// How the lines of a unit were understood. The same content read otherwise is another reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The preset's name or the format string.
    pub format: String,
    /// `rest`, `http` or `websocket`.
    pub api_kind: String,
    /// Given for lines that do not say it.
    pub account: Option<String>,
    /// The same.
    pub region: Option<String>,
    /// The same.
    pub api: Option<String>,
    /// The same.
    pub stage: Option<String>,
    /// Client addresses were kept whole.
    #[serde(default)]
    pub keep_ip: bool,
    /// The framing, where it was given and not recognised.
    #[serde(default)]
    pub framing: Option<String>,
    /// A digest of the route patterns that its paths could match, where there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_patterns: Option<String>,
    /// Further ways in which a line could be read, where a log group holds lines of several stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Reading>,
}

impl Reading {
    /// Whether whatever `other` reads is read the same way: it is the same, or has fewer ways.
    pub fn covers(&self, other: &Reading) -> bool {
        let own: Vec<Reading> = self.ways().collect();
        other.ways().all(|way| own.contains(&way))
    }

    /// Each way by itself.
    fn ways(&self) -> impl Iterator<Item = Reading> {
        let first = Reading { others: Vec::new(), ..self.clone() };
        std::iter::once(first).chain(self.others.iter().cloned())
    }

    /// What differs from another reading, as `account 1 instead of 2`.
    pub fn difference(&self, other: &Reading) -> String {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let pairs = [
            ("format", self.format.clone(), other.format.clone()),
            ("API kind", self.api_kind.clone(), other.api_kind.clone()),
            ("account", shown(&self.account), shown(&other.account)),
            ("region", shown(&self.region), shown(&other.region)),
            ("API", shown(&self.api), shown(&other.api)),
            ("stage", shown(&self.stage), shown(&other.stage)),
            ("framing", shown(&self.framing), shown(&other.framing)),
            ("keep-ip", self.keep_ip.to_string(), other.keep_ip.to_string()),
        ];
        let mut changed: Vec<String> = pairs
            .into_iter()
            .filter(|(_, one, two)| one != two)
            .map(|(name, one, two)| format!("{name} {one} instead of {two}"))
            .collect();
        if self.route_patterns != other.route_patterns {
            changed.push("other route patterns".to_owned());
        }
        if self.others != other.others {
            let count = |reading: &Reading| reading.others.len() + 1;
            changed.push(format!("{} ways to read a line instead of {}", count(self), count(other)));
        }
        changed.join(", ")
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// Rows of `requests/`.
    Requests,
    /// Lines of `rejects/`.
    Rejects,
    /// Values of `metrics/`.
    Metrics,
}

/// One Parquet file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Relative to the lake's root, with `/`.
    pub path: String,
    /// Its name in the record's staging folder until it is in place.
    pub staged: String,
    /// What it holds.
    pub kind: FileKind,
    /// Its rows.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// The earliest request.
    pub first_ms: Option<i64>,
    /// The latest request.
    pub last_ms: Option<i64>,
    /// The units that have rows in it, where they are not those of its record.
    #[serde(default, skip_serializing_if = "UnitSet::is_empty")]
    pub units: UnitSet,
    /// The whole file is sorted by time, unit and place in the unit, not only each row group by time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sorted: bool,
    /// BLAKE3 of the file, hexadecimal, where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// What was asked of CloudWatch for it, where it holds metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<MetricsLook>,
}

impl DataFile {
    /// The UTC day of its folder, counted from 1970-01-01; `None` for rejects.
    pub fn day(&self) -> Option<i64> {
        day_of_path(&self.path)
    }
}

impl Record {
    /// Whether it says nothing: no unit, and no file.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.files.is_empty()
    }

    /// Whether its commit is not over: what it replaces may still be there.
    pub fn is_unfinished(&self) -> bool {
        self.state == State::Prepared || !self.supersedes.is_empty() || !self.retires.is_empty()
    }

    /// Where a record of that id is kept.
    pub fn path(root: &Path, id: &str) -> PathBuf {
        root.join("_units").join(format!("{id}.json"))
    }

    /// Where its files wait.
    pub fn staging(root: &Path, id: &str) -> PathBuf {
        root.join("_staging").join(id)
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`LakeError`] when it is unreadable, damaged or of a newer version.
    pub fn read(path: &Path) -> Result<Record, LakeError> {
        Record::parse(&fs::read(path).map_err(LakeError::reading(path))?, path)
    }

    /// Reads the text of a record; `path` is only for messages.
    pub(super) fn parse(text: &[u8], path: &Path) -> Result<Record, LakeError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let damaged = |source| LakeError::Record { path: path.to_owned(), source };
        let version: Version = serde_json::from_slice(text).map_err(damaged)?;
        if version.schema_version > SCHEMA_VERSION {
            return Err(LakeError::Version {
                path: path.to_owned(),
                found: version.schema_version,
                known: SCHEMA_VERSION,
            });
        }
        serde_json::from_slice(text).map_err(|source| LakeError::Record { path: path.to_owned(), source })
    }

    /// The text of the record; `path` is only for messages.
    pub(super) fn text(&self, path: &Path) -> Result<Vec<u8>, LakeError> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|source| LakeError::Record { path: path.to_owned(), source })?;
        text.push(b'\n');
        Ok(text)
    }

    /// Writes the record so that it is there whole or not at all.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn write(&self, root: &Path) -> Result<(), LakeError> {
        let path = Record::path(root, &self.id);
        let aside = path.with_extension("json.tmp");
        let text = self.text(&path)?;
        let mut file = File::create(&aside).map_err(LakeError::writing(&aside))?;
        file.write_all(&text).map_err(LakeError::writing(&aside))?;
        file.sync_all().map_err(LakeError::writing(&aside))?;
        fs::rename(&aside, &path).map_err(LakeError::writing(&path))?;
        sync_folder(path.parent().unwrap_or(root))
    }
}

/// Makes renames inside a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), LakeError> {
    let file = File::open(folder).map_err(LakeError::reading(folder))?;
    // Some file systems cannot sync a folder; renames there are as durable as they get.
    match file.sync_all() {
        Err(error) if error.kind() != std::io::ErrorKind::InvalidInput => {
            Err(LakeError::writing(folder)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first version wrote. It stays readable, and is written the same again.
    #[test]
    fn records_of_the_first_version_are_read() {
        let text = r#"{
            "schema_version": 1, "id": "ab", "state": "COMMITTED", "written_by": "gwcost 0.1.0",
            "written_at": "2026-10-01T00:00:00Z",
            "units": [{
                "number": 1, "source": "/a.log", "digest": "00", "bytes": 3,
                "reading": { "format": "rest-json", "api_kind": "rest", "account": null, "region": null,
                    "api": null, "stage": null, "keep_ip": false, "framing": null },
                "lines": 2, "rows": 1, "rejects": 1, "reject_reasons": { "is not UTF-8": 1 },
                "duplicates": 0, "possible_duplicates": 0, "tolerant": 0, "line_bytes": 3,
                "first_ms": 5, "last_ms": 5
            }],
            "files": [{
                "path": "requests/dt=1970-01-01/ab-0.parquet", "staged": "0.parquet", "kind": "requests",
                "rows": 1, "bytes": 9, "first_ms": 5, "last_ms": 5
            }],
            "supersedes": []
        }"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert!(!record.is_unfinished() && record.files[0].units.is_empty() && !record.files[0].sorted);
        assert_eq!(record.files[0].day(), Some(0));
        let before: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), before);
    }
}
