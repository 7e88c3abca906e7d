//! Settings in the lake: what API Gateway was configured as, beside the requests that it answered.
//!
//! `settings/<taken_at>-<account>-<region>.json`, each a snapshot (`gwcost/settings/1`) of one account and region.
//! A file is written aside, synced and renamed, so it is there whole or not at all. Settings that did not change
//! are not written again: the file that is there then says until when they were seen.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use gwcost_core::model::settings::{Outcome, RegionSettings, Snapshot, record};

use super::error::LakeError;
use super::finding::{Finding, FindingKind};
use super::mirror::Mirror;
use super::place::LakePlace;
use super::record::sync_folder;
use super::root::{WritableLake, connect};

/// The folder's name.
const FOLDER: &str = "settings";

/// The ending of a file that is being written.
const ASIDE: &str = "tmp";

/// All snapshots of a lake, in the order of the time at which they were taken. None where there are no settings, or
/// no lake. Of a lake that is open, [`Lake::root`](super::Lake::root) is the place to look at: nothing is asked for
/// again.
///
/// # Errors
/// [`LakeError`] names the file that cannot be read or is damaged.
pub fn snapshots(place: impl Into<LakePlace>) -> Result<Vec<Snapshot>, LakeError> {
    match place.into() {
        LakePlace::Folder(root) => snapshots_in(&root),
        LakePlace::Bucket(at, cache) => {
            let mirror = Mirror::open(connect(&at)?, &at, &cache)?;
            mirror.copy_beside()?;
            snapshots_in(&mirror.folder)
        }
    }
}

fn snapshots_in(root: &Path) -> Result<Vec<Snapshot>, LakeError> {
    let mut snapshots = paths(root)?.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    snapshots.sort_by_key(|snapshot| snapshot.taken_at_ms);
    Ok(snapshots)
}

/// The settings of every account and region as they were seen last, as one snapshot with the time of the newest.
/// `None` where there are no settings.
///
/// # Errors
/// [`LakeError`] names the file that cannot be read or is damaged.
pub fn latest_settings(place: impl Into<LakePlace>) -> Result<Option<Snapshot>, LakeError> {
    let all = snapshots(place)?;
    let Some(newest) = all.last().map(|snapshot| snapshot.taken_at_ms) else { return Ok(None) };
    let mut latest: BTreeMap<(String, String), RegionSettings> = BTreeMap::new();
    for settings in all.into_iter().flat_map(|snapshot| snapshot.regions) {
        latest.insert((settings.account.clone(), settings.region.clone()), settings);
    }
    Ok(Some(Snapshot::new(newest, latest.into_values().collect())))
}

impl WritableLake {
    /// Keeps the settings of one account and region, as they were read at a time.
    ///
    /// # Errors
    /// [`LakeError`], also for settings that could not be read again. Stopped at any moment, the lake holds what
    /// it held, or that and a part of what is new; the same again completes it.
    pub fn record_settings(&self, taken_at_ms: i64, settings: RegionSettings) -> Result<Outcome, LakeError> {
        let folder = self.root.join(FOLDER);
        let ending = ending(&settings.account, &settings.region);
        let own: Vec<PathBuf> =
            paths(&self.root)?.into_iter().filter(|path| name(path).ends_with(&ending)).collect();
        let known = own.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        let change = record(&known, taken_at_ms, settings);
        for snapshot in &change.put {
            let (name, text) = written(&folder, snapshot)?;
            match &self.publisher {
                Some(publisher) => publisher.put_beside(&format!("{FOLDER}/{name}"), text.as_bytes())?,
                None => self.write(&folder, &name, &text)?,
            }
        }
        Ok(change.outcome)
    }

    /// Writes a file of a lake in a folder.
    fn write(&self, folder: &Path, name: &str, text: &str) -> Result<(), LakeError> {
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(LakeError::writing(folder))?;
            sync_folder(&self.root)?;
        }
        let path = folder.join(name);
        let aside = path.with_extension(ASIDE);
        let mut file = File::create(&aside).map_err(LakeError::writing(&aside))?;
        file.write_all(text.as_bytes()).map_err(LakeError::writing(&aside))?;
        file.sync_all().map_err(LakeError::writing(&aside))?;
        fs::rename(&aside, &path).map_err(LakeError::writing(&path))?;
        sync_folder(folder)
    }
}

/// How many snapshots there are, and what is wrong with them.
pub(super) fn verify(root: &Path) -> Result<(u64, Vec<Finding>), LakeError> {
    let paths = paths(root)?;
    let wrong = |path: &PathBuf| {
        let says = match read(path) {
            Ok(_) => return None,
            Err(LakeError::Settings { problem, .. }) => problem,
            Err(error) => error.to_string(),
        };
        Some(Finding::of_file(FindingKind::Settings, &format!("{FOLDER}/{}", name(path)), says))
    };
    Ok((paths.len() as u64, paths.iter().filter_map(wrong).collect()))
}

/// The files of all snapshots, by name and so by time.
fn paths(root: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let folder = root.join(FOLDER);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(LakeError::reading(&folder))? {
        let path = entry.map_err(LakeError::reading(&folder))?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `20261031T060000000Z-111122223333-us-east-1.json`: names sort by time.
fn file_name(snapshot: &Snapshot) -> Option<String> {
    let [settings] = snapshot.regions.as_slice() else { return None };
    let taken = jiff::Timestamp::from_millisecond(snapshot.taken_at_ms).ok()?;
    let taken = taken.strftime("%Y%m%dT%H%M%S%3fZ");
    Some(format!("{taken}{}", ending(&settings.account, &settings.region)))
}

fn ending(account: &str, region: &str) -> String {
    format!("-{account}-{region}.json")
}

fn read(path: &Path) -> Result<Snapshot, LakeError> {
    let text = fs::read(path).map_err(LakeError::reading(path))?;
    let damaged = |problem: String| LakeError::Settings { path: path.to_owned(), problem };
    let text = String::from_utf8(text)
        .map_err(|error| damaged(format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to())))?;
    let snapshot = Snapshot::from_json(&text).map_err(|error| damaged(error.to_string()))?;
    match file_name(&snapshot) {
        Some(own) if own == name(path) => Ok(snapshot),
        Some(own) => Err(damaged(format!("it holds what {own} should hold"))),
        None => {
            let regions = snapshot.regions.len();
            Err(damaged(format!("it holds {regions} accounts and regions where one was written")))
        }
    }
}

/// The name and the text of a snapshot's file.
fn written(folder: &Path, snapshot: &Snapshot) -> Result<(String, String), LakeError> {
    let unusable = |problem: String| LakeError::Settings { path: folder.to_owned(), problem };
    let name =
        file_name(snapshot).ok_or_else(|| unusable("a snapshot without a time or a region".to_owned()))?;
    let text = snapshot.to_json().map_err(|error| unusable(error.to_string()))?;
    // What cannot be read again must not get in: every later reader would stop there.
    Snapshot::from_json(&text).map_err(|error| unusable(error.to_string()))?;
    Ok((name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "111122223333";

    fn settings(region: &str, apis: bool) -> RegionSettings {
        RegionSettings {
            account: ACCOUNT.to_owned(),
            region: region.to_owned(),
            rest_apis: apis.then(Vec::new),
            ..RegionSettings::default()
        }
    }

    fn lake(root: &Path) -> WritableLake {
        WritableLake::open(root, || {}).unwrap()
    }

    #[test]
    fn snapshots_come_back_in_order_and_the_same_is_not_written_twice() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lake");
        assert_eq!(snapshots(&root).unwrap(), []);
        let lake = lake(&root);
        let keep = |ms, region, apis| lake.record_settings(ms, settings(region, apis)).unwrap();
        assert_eq!(keep(2_000, "us-east-1", true), Outcome::First);
        assert_eq!(keep(2_000, "eu-west-1", false), Outcome::First);
        assert_eq!(keep(5_000, "us-east-1", true), Outcome::Unchanged { since_ms: 2_000 });
        assert_eq!(keep(9_007, "us-east-1", false), Outcome::Changed { until_ms: 5_000 });
        let found: Vec<_> = snapshots(&root)
            .unwrap()
            .iter()
            .map(|snapshot| {
                (snapshot.taken_at_ms, snapshot.confirmed_at_ms, snapshot.regions[0].region.clone())
            })
            .collect();
        let expected = [
            (2_000, None, "eu-west-1".to_owned()),
            (2_000, Some(5_000), "us-east-1".to_owned()),
            (9_007, None, "us-east-1".to_owned()),
        ];
        assert_eq!(found, expected);
        let mut names: Vec<String> =
            fs::read_dir(root.join("settings")).unwrap().map(|entry| name(&entry.unwrap().path())).collect();
        names.sort();
        assert_eq!(names[2], "19700101T000009007Z-111122223333-us-east-1.json");
        assert_eq!(verify(&root).unwrap(), (3, Vec::new()));
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let lake = lake(folder.path());
        let hostile = settings("../../etc", true);
        let error = lake.record_settings(1_000, hostile).unwrap_err().to_string();
        assert!(error.contains("\"../../etc\" is no region"), "{error}");
        assert_eq!(snapshots(folder.path()).unwrap(), []);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        lake(folder.path()).record_settings(1_000, settings("eu-west-1", true)).unwrap();
        let path = folder.path().join("settings/19700101T000001000Z-111122223333-eu-west-1.json");
        let whole = fs::read_to_string(&path).unwrap();
        for (text, says) in [
            (whole[..whole.len() / 2].to_owned(), "line"),
            (whole.replace("1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"), "19700101T000002000Z"),
            (whole.replace("rest_apis", "rest_apps"), "did you mean \"rest_apis\"?"),
        ] {
            fs::write(&path, text).unwrap();
            let error = snapshots(folder.path()).unwrap_err().to_string();
            assert!(error.contains("eu-west-1.json") && error.contains(says), "{error}");
            let (files, findings) = verify(folder.path()).unwrap();
            assert_eq!((files, findings.len(), findings[0].kind), (1, 1, FindingKind::Settings));
            assert!(findings[0].says.contains(says), "{findings:?}");
        }
        // A file that a stop left behind is not looked at.
        fs::write(&path, whole).unwrap();
        fs::write(path.with_extension(ASIDE), "{").unwrap();
        assert_eq!(verify(folder.path()).unwrap(), (1, Vec::new()));
    }
}
