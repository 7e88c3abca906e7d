//! The schema versions of a lake: which there are, and whether something must be brought up to date.

use std::fs::File;
use std::path::Path;

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::columns::{SCHEMA_VERSION, SCHEMA_VERSION_KEY};
use super::error::LakeError;
use super::record::{FileKind, Record};
use super::root::Lake;

/// What was looked at. There is one version today, so there is nothing that could be upgraded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Records that were looked at.
    pub records: u64,
    /// Footers of data files that were looked at.
    pub files: u64,
}

/// Looks at the version of every record, and at that in every footer of `requests/`.
///
/// # Errors
/// [`LakeError::Version`] names the first that is newer than this gwcost, [`LakeError::NoUpgrade`] one
/// that no version can have written.
pub fn versions(lake: &Lake) -> Result<Versions, LakeError> {
    let mut looked = Versions::default();
    for record in lake.records() {
        // Opening the lake has refused newer records.
        if record.schema_version < SCHEMA_VERSION {
            let path = Record::path(lake.root(), &record.id);
            return Err(LakeError::NoUpgrade { path, found: record.schema_version.to_string() });
        }
        looked.records += 1;
        let files = || record.files.iter().filter(|file| file.kind == FileKind::Requests);
        lake.fetch(files())?;
        for file in files() {
            look_at_footer(&lake.root().join(&file.path))?;
            looked.files += 1;
        }
    }
    Ok(looked)
}

fn look_at_footer(path: &Path) -> Result<(), LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    let metadata =
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(LakeError::parquet(path))?;
    let text = metadata.schema().metadata().get(SCHEMA_VERSION_KEY).cloned();
    match text.as_deref().and_then(|text| text.parse::<u32>().ok()) {
        Some(SCHEMA_VERSION) => Ok(()),
        Some(found) if found > SCHEMA_VERSION => {
            Err(LakeError::Version { path: path.to_owned(), found, known: SCHEMA_VERSION })
        }
        _ => {
            let found = text.unwrap_or_else(|| "none".to_owned());
            Err(LakeError::NoUpgrade { path: path.to_owned(), found })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use arrow::datatypes::Schema;
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn file_of_version(folder: &Path, version: Option<&str>) -> std::path::PathBuf {
        let metadata = version.map(|version| (SCHEMA_VERSION_KEY.to_owned(), version.to_owned()));
        let schema = Schema::empty().with_metadata(metadata.into_iter().collect::<HashMap<_, _>>());
        let path = folder.join("a.parquet");
        let file = File::create(&path).unwrap();
        ArrowWriter::try_new(file, Arc::new(schema), None).unwrap().close().unwrap();
        path
    }

    #[test]
    fn a_footer_of_another_version_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let says = |version| {
            let path = file_of_version(folder.path(), version);
            look_at_footer(&path).map_err(|error| error.to_string())
        };
        assert_eq!(says(Some("1")), Ok(()));
        let newer = says(Some("2")).unwrap_err();
        assert!(newer.contains("a.parquet has schema_version 2; this gwcost reads up to 1"), "{newer}");
        for none in [None, Some("0"), Some("one")] {
            assert!(says(none).unwrap_err().contains("which no gwcost has written"), "{none:?}");
        }
    }
}
