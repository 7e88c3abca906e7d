//! A look: that CloudWatch was asked about a stage and a day, also where it answered nothing.
//!
//! Without it, nobody could tell a day without requests from a day that was never asked about.

use serde::{Deserialize, Serialize};

use super::record::{FileKind, Record};

/// That a stage's metrics of a day, or of as much of it as was over, were asked for. Kept in the record, with
/// the file that holds what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsLook {
    /// Twelve digits.
    pub account: String,
    /// AWS region code.
    pub region: String,
    /// `rest`, `http` or `websocket`.
    pub api_kind: String,
    /// The API's id.
    pub api: String,
    /// The API's name, a REST API's as CloudWatch has it.
    pub api_name: String,
    /// The stage's name.
    pub stage: String,
    /// The first instant that was asked for, milliseconds of Unix time.
    pub from_ms: i64,
    /// The first instant after it; whole periods.
    pub to_ms: i64,
    /// The length of the periods.
    pub period_seconds: u32,
    /// A time before CloudWatch was asked.
    pub fetched_at_ms: i64,
    /// Methods or routes were asked for, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detailed: bool,
    /// Values that were not taken, because they are no counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejects: u64,
    /// Other APIs with the same series. Nothing was asked then, because nobody could attribute the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl MetricsLook {
    /// The UTC day, counted from 1970-01-01.
    pub fn day(&self) -> i64 {
        self.from_ms.div_euclid(gwcost_core::model::DAY_MS)
    }

    /// Whether it is of the same stage as another one.
    pub(super) fn is_of(&self, api: &str, stage: &str) -> bool {
        self.api == api && self.stage == stage
    }
}

/// All looks of some records, one for each stage and day.
pub fn metrics_looks(records: &[Record]) -> impl Iterator<Item = &MetricsLook> {
    records
        .iter()
        .flat_map(|record| &record.files)
        .filter(|file| file.kind == FileKind::Metrics)
        .flat_map(|file| &file.looks)
}
