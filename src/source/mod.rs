//! Where bytes come from: files, folders, globs, archives, S3, standard input; and decompression.
//!
//! How they hold events is `framing`'s business, what those mean `log_format`'s.

mod archive;
pub mod aws;
mod compression;
mod download;
mod inputs;
mod object;
mod sample;
mod settings_file;
mod stored;

pub use compression::unpacked;
pub use download::{DownloadError, Downloader};
pub use inputs::{Input, expand};
pub use object::{Ahead, Object, Remote};
pub use sample::first_events;
pub use settings_file::{SettingsFileError, read_settings};
pub use stored::{Opened, Tally, digests_at, open, open_read};

use std::io;
use std::path::PathBuf;

/// An input that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No file, folder or match.
    #[error("{name}: no such file, folder or match{hint}")]
    NotFound {
        /// What was typed.
        name: String,
        /// A near name in the same folder.
        hint: String,
    },
    /// A pattern that is none.
    #[error("{name}: not a glob pattern: {problem}")]
    Pattern {
        /// What was typed.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A scheme that this version does not read.
    #[error(
        "{name}: cannot read from {scheme}: expected a file, a folder, a glob, s3://bucket/prefix, logs:GROUP or `-`"
    )]
    Scheme {
        /// What was typed.
        name: String,
        /// Its scheme.
        scheme: String,
    },
    /// A text that names no place in S3.
    #[error(transparent)]
    Place(aws::S3LocationError),
    /// Nothing under a prefix, or nothing of the window.
    #[error("{name}: no objects there that could hold requests of the window")]
    NoObjects {
        /// What was typed.
        name: String,
    },
    /// AWS said no.
    #[error(transparent)]
    Aws(Box<aws::AwsError>),
    /// The system or the decompressor said no.
    #[error("{name}: {doing}: {source}")]
    Io {
        /// The input.
        name: String,
        /// What was tried, with its place.
        doing: String,
        /// The word of the system or the decompressor.
        source: io::Error,
    },
}

impl SourceError {
    /// What AWS said.
    pub fn aws(error: aws::AwsError) -> SourceError {
        SourceError::Aws(Box::new(error))
    }

    /// What AWS said, if it was AWS that said no.
    pub fn of_aws(&self) -> Option<&aws::AwsError> {
        match self {
            SourceError::Aws(error) => Some(error),
            SourceError::Io { source, .. } => aws_error(source),
            _ => None,
        }
    }

    pub(crate) fn io(name: &str, doing: impl Into<String>) -> impl FnOnce(io::Error) -> SourceError {
        let (name, doing) = (name.to_owned(), doing.into());
        move |source| SourceError::Io { name, doing, source }
    }
}

/// What AWS said, if that is why reading failed.
pub fn aws_error(error: &io::Error) -> Option<&aws::AwsError> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| aws_error(inner.downcast_ref()?))
}

/// A path as text for records and messages.
fn shown(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The absolute form of a path, by which a file is known.
fn absolute(path: &std::path::Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
