//! The lake: Parquet files and the records that say which of them count.
//!
//! Layout under the root:
//!
//! ```text
//! requests/dt=2026-10-31/<record>-<file>.parquet   rows, one UTC day each
//! rejects/<record>-<file>.parquet                  lines that could not be read
//! settings/<time>-<account>-<region>.json          what API Gateway was configured as
//! metrics/dt=2026-10-31/<record>-<file>.parquet    what CloudWatch counted, one UTC day and place each
//! _units/<record>.json                             the truth: what was read, into which files
//! _staging/                                        files that are not committed yet
//! _locks/                                          one writer; readers while files go away
//! ```

mod address;
mod batch;
mod buffered;
mod columns;
mod commit;
mod compact;
mod compact_day;
mod dedupe;
mod error;
mod existing;
mod failpoint;
mod few;
mod finding;
mod finish;
mod forget;
mod group;
mod held_events;
mod ids;
mod inspect;
mod key_columns;
mod keys;
mod known;
mod lease;
mod merge;
mod metrics;
mod metrics_columns;
mod metrics_file;
mod metrics_look;
mod mirror;
mod mirror_state;
mod naming;
mod parts;
mod place;
mod publish;
mod record;
mod rejects;
mod repeats;
mod replay;
mod retire;
mod rewrite;
mod root;
mod row;
mod runs;
mod scan;
mod session;
mod settings;
mod table_file;
mod take_out;
mod unchanging;
mod unit_set;
mod upgrade;
mod verify;
mod verify_file;
mod verify_metrics;
mod ways;
mod writer;

pub use columns::{Column, Kind, SCHEMA_VERSION, schema};
pub use commit::{Draft, Finished, Transaction};
pub use compact::{Compacted, closed_before, compact, to_compact};
pub use error::LakeError;
pub(crate) use failpoint::hit as failpoint;
pub use finding::{Finding, FindingKind};
pub use forget::{Forget, Forgotten, Going, forget, to_forget};
pub use held_events::HeldEvents;
pub use known::Seen;
pub use metrics::{MetricsCommitted, MetricsDay, commit_metrics, visit_metrics};
pub use metrics_columns::{METRIC_COLUMNS, METRICS_SCHEMA_VERSION, MetricColumn, metrics_schema};
pub use metrics_file::MetricRow;
pub use metrics_look::{MetricsLook, metrics_looks};
pub use place::{Cache, LakePlace};
pub use record::{DataFile, FileKind, Look, Reading, Record, State, UnitRecord};
pub use replay::{Ahead, Replay, replay};
pub use retire::Retired;
pub use root::{Lake, WritableLake};
pub use row::{Origin, PendingRow, Place, RowError, UnitContext};
pub use scan::{Scan, scan};
pub use settings::{latest_settings, snapshots};
pub use table_file::TableFile;
pub use unit_set::UnitSet;
pub use upgrade::{Versions, versions};
pub use verify::{Verified, verify};
pub use ways::Way;
pub use writer::{Staged, StagedWriter, UnitTally};
