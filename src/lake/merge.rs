//! Merging sorted runs into one: as a stream, with a small batch of each run in memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::SchemaRef;

use super::error::LakeError;
use super::runs::{Keys, Order, Run, RunReader};

/// Runs that are read at the same time. Decoding needs some megabytes for each.
pub(super) const FAN_IN: usize = 32;
/// Rows that are handed on together.
const BATCH_ROWS: usize = 8_192;

/// Takes batches of merged rows.
pub(super) type Sink<'a> = dyn FnMut(RecordBatch) -> Result<(), LakeError> + 'a;

/// A run that is being merged.
struct Source {
    reader: RunReader,
    /// Its batch among those that are held.
    batch: usize,
    /// Its next row.
    row: usize,
}

/// Merges runs into `sink`, in the order of the lake.
///
/// # Errors
/// [`LakeError`] when a run cannot be read, or what `sink` returns.
pub(super) fn merge(runs: Vec<Run>, schema: &SchemaRef, sink: &mut Sink<'_>) -> Result<(), LakeError> {
    let mut merging = Merging { held: Vec::new(), taken: Vec::with_capacity(BATCH_ROWS), sink };
    let mut sources = Vec::new();
    let mut heap: BinaryHeap<Reverse<(Order, usize)>> = BinaryHeap::new();
    for run in runs {
        let mut reader = RunReader::new(run, schema.clone());
        if let Some(batch) = reader.next_batch()? {
            heap.push(Reverse((first_of(&batch)?, sources.len())));
            sources.push(Source { reader, batch: merging.held.len(), row: 0 });
            merging.held.push(batch);
        }
    }
    while let Some(Reverse((_, index))) = heap.pop() {
        let until = heap.peek().map(|Reverse((order, _))| *order);
        if let Some(order) = merging.take(&mut sources, index, until)? {
            heap.push(Reverse((order, index)));
        }
    }
    merging.hand_on(&mut sources)
}

struct Merging<'a> {
    held: Vec<RecordBatch>,
    /// Rows in their order: the held batch, and the place in it.
    taken: Vec<(usize, usize)>,
    sink: &'a mut Sink<'a>,
}

impl Merging<'_> {
    /// Takes the rows of a source that come before all others; the answer is where it stands then.
    fn take(
        &mut self,
        sources: &mut [Source],
        index: usize,
        until: Option<Order>,
    ) -> Result<Option<Order>, LakeError> {
        loop {
            let Source { batch, row, .. } = sources[index];
            let keys = keys_of(&self.held[batch])?;
            let rows = self.held[batch].num_rows();
            let room = BATCH_ROWS - self.taken.len();
            let end = (row..rows.min(row + room))
                .find(|row| until.is_some_and(|until| keys.at(*row) > until))
                .unwrap_or(rows.min(row + room));
            self.taken.extend((row..end).map(|row| (batch, row)));
            sources[index].row = end;
            if end == rows {
                match sources[index].reader.next_batch()? {
                    Some(next) => {
                        sources[index].batch = self.held.len();
                        sources[index].row = 0;
                        self.held.push(next);
                    }
                    None => {
                        // Nothing of it is wanted any more when the rows have been handed on.
                        sources[index].batch = usize::MAX;
                        return Ok(None);
                    }
                }
            }
            if self.taken.len() == BATCH_ROWS {
                self.hand_on(sources)?;
            }
            let Source { batch, row, .. } = sources[index];
            let order = keys_of(&self.held[batch])?.at(row);
            if until.is_some_and(|until| order > until) {
                return Ok(Some(order));
            }
        }
    }

    /// Hands on what was taken, and lets go of batches that no source needs.
    fn hand_on(&mut self, sources: &mut [Source]) -> Result<(), LakeError> {
        if !self.taken.is_empty() {
            let held: Vec<&RecordBatch> = self.held.iter().collect();
            let batch = interleave_record_batch(&held, &self.taken).map_err(LakeError::arrow(in_memory()))?;
            (self.sink)(batch)?;
            self.taken.clear();
        }
        let mut kept = Vec::new();
        for source in sources.iter_mut().filter(|source| source.batch != usize::MAX) {
            kept.push(self.held[source.batch].clone());
            source.batch = kept.len() - 1;
        }
        self.held = kept;
        Ok(())
    }
}

fn keys_of(batch: &RecordBatch) -> Result<Keys<'_>, LakeError> {
    Keys::of(batch).ok_or_else(|| LakeError::Unsorted { path: in_memory().to_owned() })
}

fn first_of(batch: &RecordBatch) -> Result<Order, LakeError> {
    keys_of(batch).map(|keys| keys.at(0))
}

fn in_memory() -> &'static Path {
    Path::new("rows in memory")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray, TimestampMillisecondArray};
    use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
    use parquet::arrow::ArrowWriter;

    use super::super::runs::{Segment, chain};
    use super::*;

    fn schema() -> SchemaRef {
        let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        Arc::new(Schema::new(vec![
            Field::new("time", time, false),
            Field::new("unit", DataType::Int64, false),
            Field::new("unit_offset", DataType::Int64, false),
            Field::new("route", DataType::Utf8, true),
        ]))
    }

    fn batch(rows: &[Order]) -> RecordBatch {
        let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.0));
        let route = |row: &Order| (row.2 % 3 > 0).then(|| format!("/{}/{}", row.1, row.2));
        RecordBatch::try_new(
            schema(),
            vec![
                Arc::new(times.with_timezone("UTC")),
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1))),
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.2))),
                Arc::new(rows.iter().map(route).collect::<StringArray>()),
            ],
        )
        .unwrap()
    }

    /// Random rows in random row groups sorted by time alone: what comes out is sorted by everything.
    #[test]
    fn whatever_goes_in_comes_out_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut state: u64 = 11;
        let mut random = |below: i64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(state >> 33).unwrap() % below
        };
        for round in 0..12 {
            // From all rows at one instant to hardly two.
            let instants = [1, 3, 50, 100_000][round % 4];
            let mut all: Vec<Order> = Vec::new();
            let mut segments = Vec::new();
            for file in 0..=round {
                let path = folder.path().join(format!("{round}-{file}"));
                let target = std::fs::File::create(&path).unwrap();
                let mut writer = ArrowWriter::try_new(target, schema(), None).unwrap();
                for group in 0..3 {
                    let count = 1 + random(4_000);
                    let unit = random(3);
                    let offset = all.len() as i64;
                    let mut rows: Vec<Order> =
                        (0..count).map(|row| (random(instants), unit, offset + row)).collect();
                    // Equal times in any order.
                    rows.sort_by_key(|row| (row.0, row.2.wrapping_mul(7_919) % 101));
                    writer.write(&batch(&rows)).unwrap();
                    writer.flush().unwrap();
                    let (first_ms, last_ms) = (rows[0].0, rows[rows.len() - 1].0);
                    let path = path.clone();
                    segments.push(Segment { path, groups: vec![group], first_ms, last_ms, sorted: false });
                    all.extend(rows);
                }
                writer.close().unwrap();
            }
            all.sort_unstable();
            let mut merged: Vec<RecordBatch> = Vec::new();
            merge(chain(segments), &schema(), &mut |batch| {
                merged.push(batch);
                Ok(())
            })
            .unwrap();
            assert!(merged.iter().all(|batch| batch.num_rows() <= BATCH_ROWS));
            let merged = arrow::compute::concat_batches(&schema(), &merged).unwrap();
            assert_eq!(merged, batch(&all), "round {round}");
        }
    }
}
