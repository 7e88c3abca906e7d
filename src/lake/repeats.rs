//! Rows of a stream in time order that repeat a request.
//!
//! Every key holds the time, so a repetition stands among the rows of the same instant, and only the keys
//! of one instant are in memory.

use std::collections::{HashMap, HashSet};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;

use super::key_columns::KeyColumns;
use super::keys::{Key, RowPlace};

/// Leaves out rows whose request came before; those without an id that would tell stay.
#[derive(Default)]
pub(super) struct Repeats {
    time_ms: Option<i64>,
    seen: HashSet<u128>,
    scratch: Vec<u8>,
    /// How many were left out, by unit.
    pub dropped: HashMap<i64, u64>,
}

impl Repeats {
    /// The rows of the next batch that repeat none before them.
    pub fn without(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = KeyColumns::of(&batch);
        let last = batch.num_rows().saturating_sub(1);
        let mut drop = Vec::new();
        for row in 0..batch.num_rows() {
            let time = columns.time(row);
            let alone = row < last && columns.time(row + 1) != time;
            if time != self.time_ms {
                self.time_ms = time;
                self.seen.clear();
                // Nothing has the same time, so nothing can be the same.
                if alone {
                    continue;
                }
            }
            let unit = columns.unit(row).unwrap_or(0);
            let at = RowPlace { new: true, unit, offset: columns.offset(row).unwrap_or(0), file: 0 };
            let key = Key::of(&columns.ids(row), at, &mut self.scratch);
            if key.strong && !self.seen.insert(key.hash) {
                *self.dropped.entry(unit).or_default() += 1;
                drop.push(row);
            }
        }
        if drop.is_empty() {
            return Ok(batch);
        }
        let mut kept = vec![true; batch.num_rows()];
        for row in drop {
            kept[row] = false;
        }
        filter_record_batch(&batch, &BooleanArray::from(kept))
    }
}
