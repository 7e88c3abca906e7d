//! What can go wrong with a lake.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// A lake that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// There is none.
    #[error(
        "no lake at {}: fill one with `gwcost ingest`, name another with --lake, or try `gwcost demo`",
        .0
    )]
    Missing(String),
    /// The disk said no.
    #[error("{doing} {}: {source}", .path.display())]
    Io {
        /// "cannot read", "cannot write".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// A unit record that is no JSON of ours.
    #[error("unit record {} cannot be read: {source}", .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Written by a newer gwcost.
    #[error("{} has schema_version {found}; this gwcost reads up to {known}: use a newer gwcost", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
    /// Parquet that cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: parquet::errors::ParquetError,
    },
    /// Columns that do not fit each other.
    #[error("{}: {source}", .path.display())]
    Arrow {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: arrow::error::ArrowError,
    },
    /// A data file is not the one that was committed.
    #[error("{} has {found} bytes where {record} committed {committed}: restore it, or read its sources again into a new lake", .path.display())]
    FileChanged {
        /// The data file.
        path: PathBuf,
        /// The record's id.
        record: String,
        /// Its size.
        found: u64,
        /// The size that was committed.
        committed: u64,
    },
    /// Rows are not in the order that their file is said to have.
    #[error("{}: its rows are not sorted as its record says: `gwcost lake verify` tells what else is wrong", .path.display())]
    Unsorted {
        /// The data file.
        path: PathBuf,
    },
    /// Files hold other rows than were committed.
    #[error("{} holds {found} rows where {committed} were committed: `gwcost lake verify` tells which file is wrong", .path.display())]
    Recount {
        /// The data file or folder.
        path: PathBuf,
        /// Its rows.
        found: u64,
        /// The rows that were committed.
        committed: u64,
    },
    /// Written by a version before all that are known.
    #[error("{} has schema_version {found}, which no gwcost has written: restore it, or read its sources again into a new lake", .path.display())]
    NoUpgrade {
        /// The file.
        path: PathBuf,
        /// What it says, or `none`.
        found: String,
    },
    /// A snapshot of settings that is damaged, or that cannot be kept.
    #[error("{}: {problem}", .path.display())]
    Settings {
        /// The file, or the folder that it would be in.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A data file in a bucket is not the one that was committed.
    #[error("{} is not what was committed under that name: restore it, or read its sources again into a new lake", .path.display())]
    FileDiffers {
        /// Its name in the bucket.
        path: PathBuf,
    },
    /// A record names a file outside of the lake.
    #[error("{0} is no place for a data file of a lake: its record was not written by gwcost")]
    OutOfPlace(String),
    /// The bucket said no, or nobody answered.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another writer took a silent one for dead.
    #[error(
        "another gwcost took over writing to {0}, because this one was not heard of for too long: what it was \
         about to commit was left out, so run the same command again"
    )]
    Overtaken(String),
    /// A thread ended without a result.
    #[error("a thread that reads the lake stopped unexpectedly")]
    Thread,
    /// A committed record names a file that is gone.
    #[error("{} is missing, but {record} lists it: restore it, or read its sources again into a new lake", .path.display())]
    FileGone {
        /// The data file.
        path: PathBuf,
        /// The record's id.
        record: String,
    },
}

impl LakeError {
    pub(super) fn reading(path: &Path) -> impl FnOnce(io::Error) -> LakeError {
        let path = path.to_owned();
        move |source| LakeError::Io { doing: "cannot read", path, source }
    }

    pub(super) fn writing(path: &Path) -> impl FnOnce(io::Error) -> LakeError {
        let path = path.to_owned();
        move |source| LakeError::Io { doing: "cannot write", path, source }
    }

    pub(super) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> LakeError {
        let path = path.to_owned();
        move |source| LakeError::Parquet { path, source }
    }

    pub(super) fn arrow(path: &Path) -> impl FnOnce(arrow::error::ArrowError) -> LakeError {
        let path = path.to_owned();
        move |source| LakeError::Arrow { path, source }
    }
}
