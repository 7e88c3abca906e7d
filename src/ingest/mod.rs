//! From inputs to committed units: joins `source`, `log_format` and `lake`, and owns the threads.
//!
//! One thread reads, decompresses and hashes; the others read lines and write Parquet. Small
//! inputs share a transaction, so that ten thousand of them do not make ten thousand files.

mod feeder;
mod files;
mod hour_digest;
mod hour_plan;
mod hours;
mod job;
mod pipeline;
mod worker;

pub use files::{held_objects, run};
pub use hour_plan::{LogJob, Otherwise, known_hours};
pub use hours::run_logs;
pub use job::{Job, LogFormat, Manner};
pub use pipeline::{Failure, HourCounts, Options, Progress, Summary};

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
