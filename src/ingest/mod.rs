//! From inputs to committed units: joins `source`, `log_format` and `lake`, and owns the threads.
//!
//! One thread reads, decompresses and hashes; the others read lines and write Parquet. Small
//! inputs share a transaction, so that ten thousand of them do not make ten thousand files.

mod job;
mod pipeline;
mod worker;

pub use job::{Job, LogFormat};
pub use pipeline::{Failure, Options, Progress, Summary, run};

use crate::lake::LakeError;

/// Ingest that had to stop; the lake is as its last commit left it.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The lake said no.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A thread ended without a result.
    #[error("a worker thread stopped unexpectedly")]
    Worker,
}
