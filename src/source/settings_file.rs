//! A saved snapshot of settings, read from its file: what API Gateway is configured as, without AWS.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gwcost_core::model::settings::{SettingsError, Snapshot};

/// The largest file that is read. A snapshot of ten thousand APIs is a tenth of it.
const LARGEST: u64 = 1 << 30;

/// A file that cannot be used as settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    /// The system does not give it.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// It is no text.
    #[error("{}: not UTF-8 at byte {at}: expected a snapshot of settings as JSON", .path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first byte that is not.
        at: usize,
    },
    /// It is far too large to be settings.
    #[error("{}: {bytes} bytes: too large for a snapshot of settings", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// It is no snapshot, or one with a mistake.
    #[error("{}: {source}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        source: Box<SettingsError>,
    },
}

/// Reads a snapshot of settings.
///
/// # Errors
/// [`SettingsFileError`] names the file, the place in it and what would be accepted.
pub fn read_settings(path: &Path) -> Result<Snapshot, SettingsFileError> {
    let io = |source| SettingsFileError::Io { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(io)?.len();
    if bytes > LARGEST {
        return Err(SettingsFileError::TooLarge { path: path.to_owned(), bytes });
    }
    let text = String::from_utf8(fs::read(path).map_err(io)?).map_err(|error| {
        SettingsFileError::NotText { path: path.to_owned(), at: error.utf8_error().valid_up_to() }
    })?;
    Snapshot::from_json(&text)
        .map_err(|source| SettingsFileError::Settings { path: path.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, text).unwrap();
        read_settings(&path).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_file_and_the_place() {
        let error = said(
            b"{\"schema\":\"gwcost/settings/1\",\n\"taken_at\":\"2026-10-31T06:00:00Z\",\"regoins\":[]}",
        );
        assert!(error.contains("settings.json: unknown key \"regoins\" in the document (line 2"), "{error}");
        assert!(error.contains("did you mean \"regions\"?"), "{error}");
        assert!(said(b"{\"a\":\"\xff\"}").contains("not UTF-8 at byte 6"));
        assert!(read_settings(Path::new("/nonexistent/x.json")).unwrap_err().to_string().contains("x.json"));
    }
}
