//! Where a lake is: a folder, or a bucket with a cache in a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::store::{StorePlace, StorePlaceError};

/// Where copies of what is in buckets are kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The folder for all lakes.
    pub folder: PathBuf,
    /// Bytes of data files that are kept of one lake between runs.
    pub limit: u64,
}

/// A place that holds a lake, or could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LakePlace {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket.
    Bucket(StorePlace, Cache),
}

impl LakePlace {
    /// Whether a text names a bucket.
    pub fn is_bucket(typed: &Path) -> bool {
        typed.to_str().is_some_and(|text| text.starts_with("s3://"))
    }

    /// A bucket by its name, `s3://bucket/lake`.
    ///
    /// # Errors
    /// [`StorePlaceError`] when it is none.
    pub fn bucket(typed: &Path, cache: Cache) -> Result<LakePlace, StorePlaceError> {
        Ok(LakePlace::Bucket(typed.to_string_lossy().parse()?, cache))
    }

    /// Whether other machines may write to it.
    pub fn is_shared(&self) -> bool {
        matches!(self, LakePlace::Bucket(..))
    }

    /// For people.
    pub fn display(&self) -> impl fmt::Display {
        match self {
            LakePlace::Folder(folder) => folder.display().to_string(),
            LakePlace::Bucket(place, _) => place.to_string(),
        }
    }
}

impl Cache {
    /// The folder for one lake.
    pub(super) fn folder_of(&self, place: &StorePlace) -> PathBuf {
        let digest = blake3::hash(place.to_string().as_bytes()).to_hex();
        self.folder.join("lakes").join(&digest[..20])
    }
}

impl From<&PathBuf> for LakePlace {
    fn from(folder: &PathBuf) -> LakePlace {
        LakePlace::Folder(folder.clone())
    }
}

impl From<&Path> for LakePlace {
    fn from(folder: &Path) -> LakePlace {
        LakePlace::Folder(folder.to_owned())
    }
}

impl From<&LakePlace> for LakePlace {
    fn from(place: &LakePlace) -> LakePlace {
        place.clone()
    }
}
