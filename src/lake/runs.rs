//! Sorted runs: row groups that follow each other in time, read as one stream by (time, unit, place in
//! the unit).
//!
//! Row groups are sorted by time alone, and equal times stand in the order in which they came. A run puts
//! them in order as it reads, and holds no more for it than the rows of its latest instant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use arrow::array::{RecordBatch, UInt32Array, new_null_array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::columns::Column;
use super::error::LakeError;
use super::key_columns::{integers, times};

/// Rows that are decoded at a time, in each of the runs that are merged.
const READ_ROWS: usize = 2_048;

/// Time, unit, place in the unit: the order of the lake.
pub(super) type Order = (i64, i64, i64);

/// Some row groups of a file, each later than the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub path: PathBuf,
    pub groups: Vec<usize>,
    pub first_ms: i64,
    pub last_ms: i64,
    /// The rows are in the order of the lake, equal times too.
    pub sorted: bool,
}

/// Segments that follow each other in time.
pub(super) type Run = Vec<Segment>;

/// Puts segments that do not overlap behind each other, into as few runs as can be.
pub(super) fn chain(mut segments: Vec<Segment>) -> Vec<Run> {
    segments.sort_by_key(|segment| (segment.first_ms, segment.last_ms));
    let mut runs: Vec<Run> = Vec::new();
    let mut ends: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for segment in segments {
        let ended = ends.peek().is_some_and(|Reverse((last, _))| *last < segment.first_ms);
        let run = match ended.then(|| ends.pop()).flatten() {
            Some(Reverse((_, run))) => run,
            None => {
                runs.push(Vec::new());
                runs.len() - 1
            }
        };
        ends.push(Reverse((segment.last_ms, run)));
        append(&mut runs[run], segment);
    }
    runs
}

/// Row groups that follow each other in one file are opened once.
fn append(run: &mut Run, segment: Segment) {
    if let Some(last) = run.last_mut()
        && last.path == segment.path
        && last.groups.last() < segment.groups.first()
    {
        last.groups.extend(segment.groups);
        last.last_ms = segment.last_ms;
        last.sorted &= segment.sorted;
        return;
    }
    run.push(segment);
}

/// Reads a run.
pub(super) struct RunReader {
    segments: IntoIter<Segment>,
    open: Option<(ParquetRecordBatchReader, Segment)>,
    /// Rows of the latest time: more of them may follow.
    tail: Option<RecordBatch>,
    schema: SchemaRef,
    last: Option<Order>,
}

impl RunReader {
    pub fn new(run: Run, schema: SchemaRef) -> RunReader {
        RunReader { segments: run.into_iter(), open: None, tail: None, schema, last: None }
    }

    /// The next rows, at least one, in order; `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        loop {
            let Some((reader, segment)) = &mut self.open else {
                let Some(segment) = self.segments.next() else { return Ok(None) };
                self.open = Some((open(&segment)?, segment));
                continue;
            };
            let path = segment.path.clone();
            let ready = match reader.next() {
                None => {
                    self.open = None;
                    self.tail.take()
                }
                Some(batch) => {
                    let batch = conform(&batch.map_err(LakeError::arrow(&path))?, &self.schema)
                        .map_err(LakeError::arrow(&path))?;
                    if segment.sorted { Some(batch) } else { self.complete(batch, &path)? }
                }
            };
            if let Some(batch) = ready.filter(|batch| batch.num_rows() > 0) {
                return self.in_order(batch, &path).map(Some);
            }
        }
    }

    /// The rows before the latest time; those of it wait for more.
    fn complete(&mut self, batch: RecordBatch, path: &Path) -> Result<Option<RecordBatch>, LakeError> {
        let whole = match self.tail.take() {
            Some(tail) => concat_batches(&self.schema, [&tail, &batch]).map_err(LakeError::arrow(path))?,
            None => batch,
        };
        let all = times(&whole).map_or(&[][..], |times| times.values());
        let cut = all.last().map_or(0, |last| all.partition_point(|time| time < last));
        self.tail = Some(whole.slice(cut, whole.num_rows() - cut));
        Ok(Some(whole.slice(0, cut)))
    }

    /// Sorts rows, if they are not, and holds the run to its promise.
    fn in_order(&mut self, batch: RecordBatch, path: &Path) -> Result<RecordBatch, LakeError> {
        let batch = sort(batch).map_err(LakeError::arrow(path))?;
        let keys = Keys::of(&batch).ok_or_else(|| LakeError::Unsorted { path: path.to_owned() })?;
        let (first, last) = (keys.at(0), keys.at(batch.num_rows() - 1));
        if self.last.is_some_and(|before| first < before) {
            return Err(LakeError::Unsorted { path: path.to_owned() });
        }
        self.last = Some(last);
        Ok(batch)
    }
}

fn open(segment: &Segment) -> Result<ParquetRecordBatchReader, LakeError> {
    let path = &segment.path;
    let file = File::open(path).map_err(LakeError::reading(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| {
            builder.with_row_groups(segment.groups.clone()).with_batch_size(READ_ROWS).build()
        })
        .map_err(LakeError::parquet(path))
}

/// A batch with the columns of `schema`; those that it lacks are null.
pub(super) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) => column.clone(),
        None => new_null_array(field.data_type(), batch.num_rows()),
    });
    RecordBatch::try_new(schema.clone(), columns.collect())
}

/// The rows in the order of the lake.
pub(super) fn sort(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let Some(keys) = Keys::of(&batch) else { return Ok(batch) };
    if (1..batch.num_rows()).all(|row| keys.at(row - 1) <= keys.at(row)) {
        return Ok(batch);
    }
    let mut order: Vec<u32> = (0..batch.num_rows()).filter_map(|row| u32::try_from(row).ok()).collect();
    order.sort_unstable_by_key(|row| keys.at(*row as usize));
    take_record_batch(&batch, &UInt32Array::from(order))
}

/// What rows of a batch are sorted by. The three columns are required, so no value is missing.
#[derive(Clone)]
pub(super) struct Keys<'a> {
    times: &'a [i64],
    units: &'a [i64],
    offsets: &'a [i64],
}

impl<'a> Keys<'a> {
    /// Those of a batch; `None` if it lacks a column.
    pub fn of(batch: &'a RecordBatch) -> Option<Keys<'a>> {
        Some(Keys {
            times: times(batch)?.values(),
            units: integers(batch, Column::Unit)?.values(),
            offsets: integers(batch, Column::UnitOffset)?.values(),
        })
    }

    /// That of a row.
    pub fn at(&self, row: usize) -> Order {
        (self.times[row], self.units[row], self.offsets[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(name: &str, group: usize, first_ms: i64, last_ms: i64) -> Segment {
        Segment { path: PathBuf::from(name), groups: vec![group], first_ms, last_ms, sorted: false }
    }

    #[test]
    fn segments_that_touch_need_runs_of_their_own_and_others_share_one() {
        let runs = chain(vec![
            segment("a", 1, 20, 30),
            segment("a", 0, 0, 10),
            segment("b", 0, 5, 20),
            segment("c", 0, 11, 19),
            segment("c", 1, 31, 40),
        ]);
        assert_eq!(runs.len(), 2);
        for run in &runs {
            assert!(run.windows(2).all(|pair| pair[0].last_ms < pair[1].first_ms), "{run:?}");
        }
        assert_eq!(runs.iter().flatten().map(|segment| segment.groups.len()).sum::<usize>(), 5);
        // Groups of one file that follow each other are one segment.
        let runs = chain(vec![segment("a", 0, 0, 10), segment("a", 1, 11, 20)]);
        assert_eq!(runs, [[Segment { groups: vec![0, 1], last_ms: 20, ..segment("a", 0, 0, 10) }]]);
    }
}
