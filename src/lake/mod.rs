//! The lake: Parquet files and the records that say which of them count.
//!
//! Layout under the root:
//!
//! ```text
//! requests/dt=2026-10-31/<record>-<file>.parquet   rows, one UTC day each
//! rejects/<record>-<file>.parquet                  lines that could not be read
//! _units/<record>.json                             the truth: what was read, into which files
//! _staging/                                        files that are not committed yet
//! _locks/                                          one writer; readers while files go away
//! ```

mod address;
mod batch;
mod columns;
mod commit;
mod dedupe;
mod error;
mod existing;
mod failpoint;
mod finish;
mod group;
mod ids;
mod keys;
mod record;
mod rejects;
mod replay;
mod rewrite;
mod root;
mod row;
mod scan;
mod unchanging;
mod writer;

pub use columns::{Column, Kind, SCHEMA_VERSION, schema};
pub use commit::{Draft, Finished, Transaction};
pub use error::LakeError;
pub use record::{DataFile, FileKind, Reading, Record, State, UnitRecord};
pub use replay::{Replay, replay};
pub use root::{Known, Lake, Seen, WritableLake};
pub use row::{Origin, PendingRow, Place, RowError, UnitContext};
pub use scan::{Scan, scan};
pub use writer::{Staged, StagedWriter, UnitTally};
