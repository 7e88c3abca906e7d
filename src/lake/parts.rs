//! One sorted stream of rows, cut into files of a size that engines like to read.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;

use super::error::LakeError;
use super::rejects::close;
use super::rewrite::Copied;
use super::unit_set::UnitSet;
use super::writer::writer_properties;

/// A part ends before it is larger, whatever was planned.
const MOST_BYTES: usize = 240 * 1024 * 1024;

/// A file in the making.
struct Part {
    path: PathBuf,
    writer: ArrowWriter<File>,
    holds: Copied,
    units: BTreeSet<i64>,
}

/// Writes rows that come in the order of the lake.
pub(super) struct PartWriter {
    folder: PathBuf,
    name: String,
    schema: SchemaRef,
    /// Rows after which the next part begins.
    rows: u64,
    part: Option<Part>,
    finished: Vec<(PathBuf, Copied)>,
}

impl PartWriter {
    /// A writer of `<name>-<part>.parquet` in `folder`.
    pub fn new(folder: &Path, name: String, schema: SchemaRef, rows: u64) -> PartWriter {
        let folder = folder.to_owned();
        PartWriter { folder, name, schema, rows: rows.max(1), part: None, finished: Vec::new() }
    }

    /// Writes the next rows.
    pub fn write(&mut self, mut batch: RecordBatch) -> Result<(), LakeError> {
        while batch.num_rows() > 0 {
            let part = match &mut self.part {
                Some(part) => part,
                none => {
                    let number = self.finished.len();
                    let path = self.folder.join(format!("{}-{number:03}.parquet", self.name));
                    let file = File::create(&path).map_err(LakeError::writing(&path))?;
                    let writer = ArrowWriter::try_new(file, self.schema.clone(), Some(writer_properties()))
                        .map_err(LakeError::parquet(&path))?;
                    let holds = Copied { sorted: true, ..Copied::default() };
                    none.insert(Part { path, writer, holds, units: BTreeSet::new() })
                }
            };
            let room = usize::try_from(self.rows - part.holds.rows).unwrap_or(usize::MAX);
            let now = batch.slice(0, room.min(batch.num_rows()));
            part.writer.write(&now).map_err(LakeError::parquet(&part.path))?;
            part.holds.note(&now, &mut part.units);
            batch = batch.slice(now.num_rows(), batch.num_rows() - now.num_rows());
            if part.holds.rows >= self.rows || part.writer.bytes_written() >= MOST_BYTES {
                self.end_part()?;
            }
        }
        Ok(())
    }

    fn end_part(&mut self) -> Result<(), LakeError> {
        let Some(Part { path, writer, mut holds, units }) = self.part.take() else { return Ok(()) };
        holds.bytes = close(writer, &path)?;
        holds.units = UnitSet::from(&units);
        self.finished.push((path, holds));
        Ok(())
    }

    /// Completes the last part; the answer is every part with what it holds.
    pub fn finish(mut self) -> Result<Vec<(PathBuf, Copied)>, LakeError> {
        self.end_part()?;
        Ok(self.finished)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, TimestampMillisecondArray};
    use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

    use super::*;

    #[test]
    fn a_stream_is_cut_where_it_was_planned() {
        let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let schema = Arc::new(Schema::new(vec![
            Field::new("time", time, false),
            Field::new("unit", DataType::Int64, false),
        ]));
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PartWriter::new(folder.path(), "day".to_owned(), schema.clone(), 300);
        for batch in 0..7 {
            let rows = batch * 100..(batch + 1) * 100;
            let times = TimestampMillisecondArray::from_iter_values(rows.clone()).with_timezone("UTC");
            let units = Int64Array::from_iter_values(rows.map(|row| row / 250));
            let columns: Vec<arrow::array::ArrayRef> = vec![Arc::new(times), Arc::new(units)];
            writer.write(RecordBatch::try_new(schema.clone(), columns).unwrap()).unwrap();
        }
        let parts = writer.finish().unwrap();
        let holds: Vec<_> = parts
            .iter()
            .map(|(_, holds)| (holds.rows, holds.first_ms, holds.last_ms, holds.units.iter().collect()))
            .collect::<Vec<(u64, Option<i64>, Option<i64>, Vec<i64>)>>();
        assert_eq!(
            holds,
            [
                (300, Some(0), Some(299), vec![0, 1]),
                (300, Some(300), Some(599), vec![1, 2]),
                (100, Some(600), Some(699), vec![2]),
            ]
        );
        for (path, holds) in parts {
            assert_eq!(std::fs::metadata(path).unwrap().len(), holds.bytes);
        }
    }
}
