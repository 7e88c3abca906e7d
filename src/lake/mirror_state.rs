//! What is known of the files in a mirror: enough to see that one was damaged, and which was used least.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::error::LakeError;

/// The file that it is kept in.
const NAME: &str = "state.json";

/// Files by key.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct MirrorState {
    /// Counts what was done with the mirror; there is no clock here.
    pub uses: u64,
    pub files: BTreeMap<String, Known>,
}

/// A file as it was when its bytes were last looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub bytes: u64,
    pub blake3: String,
    /// The tag of the content in the bucket, where the server has tags.
    pub etag: Option<String>,
    /// When the file here was written. Whoever changes it changes this.
    pub modified_ns: u64,
    /// When it was last used, as `uses` counts.
    pub used: u64,
}

impl MirrorState {
    /// Reads it. What cannot be read is as good as nothing: files are then looked at again.
    pub fn load(folder: &Path) -> MirrorState {
        let text = fs::read(folder.join(NAME)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes it so that it is there whole or not at all.
    ///
    /// # Errors
    /// [`LakeError::Io`].
    pub fn save(&self, folder: &Path) -> Result<(), LakeError> {
        let (path, aside) = (folder.join(NAME), folder.join("state.json.part"));
        let text =
            serde_json::to_vec(self).map_err(|source| LakeError::Record { path: path.clone(), source })?;
        fs::write(&aside, text).map_err(LakeError::writing(&aside))?;
        fs::rename(&aside, &path).map_err(LakeError::writing(&path))
    }

    /// The keys that must go so that no more than `limit` bytes are left of those that `counts` says, the least
    /// used first.
    pub fn too_much(&self, limit: u64, counts: impl Fn(&str) -> bool) -> Vec<String> {
        let mut files: Vec<(&String, &Known)> = self.files.iter().filter(|(key, _)| counts(key)).collect();
        files.sort_by_key(|(_, known)| known.used);
        let mut bytes: u64 = files.iter().map(|(_, known)| known.bytes).sum();
        let mut going = Vec::new();
        for (key, known) in files {
            if bytes <= limit {
                break;
            }
            bytes -= known.bytes;
            going.push(key.clone());
        }
        going
    }
}

/// When a file was last written, in nanoseconds of Unix time; zero where the system does not tell.
pub(super) fn modified_ns(data: &Metadata) -> u64 {
    let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_used_go_first_and_no_more_than_must() {
        let known = |used| Known { bytes: 10, blake3: String::new(), etag: None, modified_ns: 0, used };
        let files = [("requests/a", 3), ("requests/b", 1), ("requests/c", 2), ("_units/d", 0)];
        let files = files.map(|(key, used)| (key.to_owned(), known(used)));
        let state = MirrorState { uses: 3, files: BTreeMap::from(files) };
        let data = |key: &str| key.starts_with("requests/");
        assert_eq!(state.too_much(30, data), Vec::<String>::new());
        assert_eq!(state.too_much(29, data), ["requests/b"]);
        assert_eq!(state.too_much(0, data), ["requests/b", "requests/c", "requests/a"]);
    }

    #[test]
    fn a_damaged_state_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let state = MirrorState { uses: 7, files: BTreeMap::new() };
        state.save(folder.path()).unwrap();
        assert_eq!(MirrorState::load(folder.path()).uses, 7);
        fs::write(folder.path().join(NAME), "{\"uses\": 7,").unwrap();
        assert_eq!(MirrorState::load(folder.path()).uses, 0);
    }
}
