//! What can go wrong with an export.

use std::io;
use std::path::{Path, PathBuf};

use crate::lake::LakeError;

/// Tables that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// Another export writes there.
    #[error("{}: another gwcost export is writing there: wait for it, or choose another folder", .0.display())]
    Busy(PathBuf),
    /// What an interrupted export left cannot be read.
    #[error("{}: {problem}: remove it, and export again", .path.display())]
    Prepared {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A figure with more decimals than its column has.
    #[error("{table}.{column}: {value} does not fit DECIMAL(38,{scale})")]
    Inexact {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The figure.
        value: String,
        /// Decimals of the column.
        scale: u32,
    },
    /// A value of another kind than its column, or none where one is required: a bug.
    #[error("{table}.{column}: a value that does not belong there")]
    Misplaced {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The writer.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Columns that do not fit each other.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// An amount that cannot be computed exactly.
    #[error(transparent)]
    Overflow(#[from] gwcost_core::pricing::AmountOverflow),
}

impl ExportError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> ExportError {
        let path = path.to_owned();
        move |source| ExportError::Io { path, source }
    }
}
