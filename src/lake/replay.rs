//! The lake in time order: rows by (time, unit, place in the unit), an hour at a time.
//!
//! Row groups are sorted by time, so at any hour only those that overlap it are in memory: a month
//! is never sorted as a whole.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

use arrow::array::{AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use crossbeam_channel::{Receiver, bounded};
use gwcost_core::model::Window;

use super::columns::Column;
use super::error::LakeError;
use super::existing::{group_times, open_groups};
use super::root::Lake;

const HOUR_MS: i64 = 3_600_000;

/// A row group that waits for its hour.
struct Group {
    path: PathBuf,
    group: usize,
    first_ms: i64,
}

/// Batches in time order; each is one hour of the window.
pub struct Replay {
    window: Window,
    columns: Vec<Column>,
    /// Sorted by first time.
    groups: VecDeque<Group>,
    /// Rows read but not yet due.
    pending: Vec<RecordBatch>,
    next_ms: i64,
}

/// Replays the requests of a window. The columns `time`, `unit` and `unit_offset` are always there.
///
/// # Errors
/// [`LakeError`] when a file cannot be opened.
pub fn replay(lake: &Lake, window: Window, columns: &[Column]) -> Result<Replay, LakeError> {
    let mut wanted = vec![Column::Time, Column::Unit, Column::UnitOffset];
    wanted.extend(columns.iter().filter(|column| !wanted.contains(column)).copied().collect::<Vec<_>>());
    lake.check_files(window)?;
    let mut groups = Vec::new();
    for (path, file) in lake.request_files(window) {
        let (builder, overlapping) = open_groups(&path, &wanted, window)?;
        for group in overlapping {
            let first_ms = group_times(builder.metadata(), group)
                .map_or(file.first_ms.unwrap_or(window.from_ms), |(first, _)| first);
            groups.push(Group { path: path.clone(), group, first_ms });
        }
    }
    groups.sort_by_key(|group| group.first_ms);
    let next_ms = window.from_ms;
    Ok(Replay { window, columns: wanted, groups: groups.into(), pending: Vec::new(), next_ms })
}

impl Replay {
    /// The next hour that has rows, or `None` at the end.
    fn next_hour(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        while self.next_ms < self.window.to_ms {
            if self.pending.is_empty() {
                // Skips the hours in which nothing happened.
                let Some(group) = self.groups.front() else { return Ok(None) };
                self.next_ms = self.next_ms.max(group.first_ms);
            }
            let end = ((self.next_ms.div_euclid(HOUR_MS) + 1) * HOUR_MS).min(self.window.to_ms);
            while let Some(group) = self.groups.pop_front_if(|group| group.first_ms < end) {
                self.read(&group)?;
            }
            let due = self.take_until(end)?;
            self.next_ms = end;
            if let Some(batch) = due {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    fn read(&mut self, group: &Group) -> Result<(), LakeError> {
        let (builder, _) = open_groups(&group.path, &self.columns, self.window)?;
        let reader =
            builder.with_row_groups(vec![group.group]).build().map_err(LakeError::parquet(&group.path))?;
        for batch in reader {
            let batch = batch.map_err(LakeError::arrow(&group.path))?;
            let times = times(&batch);
            let inside: BooleanArray = times.iter().map(|time| Some(self.window.contains(*time))).collect();
            let batch = filter_record_batch(&batch, &inside).map_err(LakeError::arrow(&group.path))?;
            if batch.num_rows() > 0 {
                self.pending.push(batch);
            }
        }
        Ok(())
    }

    /// Takes the pending rows before `end`, sorted.
    fn take_until(&mut self, end: i64) -> Result<Option<RecordBatch>, LakeError> {
        let in_memory = std::path::Path::new("rows in memory");
        let mut due = Vec::new();
        let mut later = Vec::new();
        for batch in self.pending.drain(..) {
            // Inside a batch of one row group rows are sorted by time.
            let cut = times(&batch).partition_point(|time| *time < end);
            if cut > 0 {
                due.push(batch.slice(0, cut));
            }
            if cut < batch.num_rows() {
                later.push(batch.slice(cut, batch.num_rows() - cut));
            }
        }
        self.pending = later;
        let Some(first) = due.first() else { return Ok(None) };
        let whole = concat_batches(&first.schema(), &due).map_err(LakeError::arrow(in_memory))?;
        let (time, unit, offset) =
            (times(&whole), integers(&whole, Column::Unit), integers(&whole, Column::UnitOffset));
        let key = |row: usize| (time[row], unit.get(row).copied(), offset.get(row).copied());
        // One worker's rows are in order already.
        if (1..whole.num_rows()).all(|row| key(row - 1) <= key(row)) {
            return Ok(Some(whole));
        }
        let mut order: Vec<u32> = (0..whole.num_rows()).filter_map(|row| u32::try_from(row).ok()).collect();
        order.sort_unstable_by_key(|row| key(*row as usize));
        take_record_batch(&whole, &UInt32Array::from(order)).map(Some).map_err(LakeError::arrow(in_memory))
    }
}

impl Replay {
    /// The same hours, of which the next one is read while one is looked at: at most three are in memory.
    pub fn ahead(self) -> Ahead {
        let (send, hours) = bounded(1);
        let reader = thread::spawn(move || {
            for hour in self {
                // Nobody waits for more.
                if send.send(hour).is_err() {
                    break;
                }
            }
        });
        Ahead { hours, reader: Some(reader) }
    }
}

/// Batches in time order, read ahead.
pub struct Ahead {
    hours: Receiver<Result<RecordBatch, LakeError>>,
    reader: Option<JoinHandle<()>>,
}

impl Iterator for Ahead {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(hour) = self.hours.recv() {
            return Some(hour);
        }
        // A reader that broke off must not look like the end of the log.
        match self.reader.take().map(JoinHandle::join) {
            Some(Err(panic)) => resume_unwind(panic),
            _ => None,
        }
    }
}

impl Iterator for Replay {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_hour().transpose()
    }
}

fn times(batch: &RecordBatch) -> &[i64] {
    batch
        .column_by_name(Column::Time.name())
        .and_then(|column| column.as_primitive_opt::<TimestampMillisecondType>())
        .map_or(&[], |column| column.values())
}

fn integers(batch: &RecordBatch, column: Column) -> &[i64] {
    batch
        .column_by_name(column.name())
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .map_or(&[], |column| column.values())
}
