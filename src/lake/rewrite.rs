//! Copying a data file without some of its rows.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use super::columns::Column;
use super::error::LakeError;
use super::key_columns::{integers, times};
use super::rejects::close;
use super::unit_set::UnitSet;
use super::writer::writer_properties;

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Its rows; with none there is no file.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The earliest request; `None` for rejects.
    pub first_ms: Option<i64>,
    /// The latest request.
    pub last_ms: Option<i64>,
    /// The units that its rows are from.
    pub units: UnitSet,
    /// The rows are sorted by time, unit and place in the unit.
    pub sorted: bool,
    /// BLAKE3 of it, where it was taken.
    pub blake3: Option<String>,
}

/// Copies the rows for which `keep(unit, offset)` holds. Row groups stay what they are, because each of
/// them is sorted by itself.
///
/// # Errors
/// [`LakeError`] when a file cannot be read or written.
pub fn copy(from: &Path, to: &Path, keep: impl Fn(i64, i64) -> bool) -> Result<Copied, LakeError> {
    let file = File::open(from).map_err(LakeError::reading(from))?;
    let metadata =
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(LakeError::parquet(from))?;
    let mut copied = Copied::default();
    let mut units = BTreeSet::new();
    let mut writer: Option<ArrowWriter<File>> = None;
    for group in 0..metadata.metadata().num_row_groups() {
        let file = file.try_clone().map_err(LakeError::reading(from))?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_row_groups(vec![group])
            .build()
            .map_err(LakeError::parquet(from))?;
        for batch in reader {
            let batch = batch.map_err(LakeError::arrow(from))?;
            let kept = kept_rows(&batch, &keep);
            let batch = filter_record_batch(&batch, &kept).map_err(LakeError::arrow(from))?;
            if batch.num_rows() == 0 {
                continue;
            }
            let writer = match &mut writer {
                Some(writer) => writer,
                none => {
                    let file = File::create(to).map_err(LakeError::writing(to))?;
                    let schema = metadata.schema().clone();
                    let created = ArrowWriter::try_new(file, schema, Some(writer_properties()));
                    none.insert(created.map_err(LakeError::parquet(to))?)
                }
            };
            writer.write(&batch).map_err(LakeError::parquet(to))?;
            copied.note(&batch, &mut units);
        }
        if let Some(writer) = &mut writer {
            writer.flush().map_err(LakeError::parquet(to))?;
        }
    }
    if let Some(writer) = writer {
        copied.bytes = close(writer, to)?;
    }
    copied.units = UnitSet::from(&units);
    Ok(copied)
}

impl Copied {
    /// Counts the rows of a batch, and notes their units and times.
    pub(super) fn note(&mut self, batch: &RecordBatch, units: &mut BTreeSet<i64>) {
        self.rows += batch.num_rows() as u64;
        for unit in integers(batch, Column::Unit).map_or(&[][..], |column| column.values()) {
            // Rows of a unit follow each other.
            if units.last() != Some(unit) && !units.contains(unit) {
                units.insert(*unit);
            }
        }
        if let Some(times) = times(batch) {
            let (first, last) = (times.values().iter().min(), times.values().iter().max());
            self.first_ms = [self.first_ms, first.copied()].into_iter().flatten().min();
            self.last_ms = self.last_ms.max(last.copied());
        }
    }
}

/// BLAKE3 of a file, hexadecimal.
pub(super) fn file_digest(path: &Path) -> Result<String, LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    let mut hash = blake3::Hasher::new();
    hash.update_reader(file).map_err(LakeError::reading(path))?;
    Ok(hash.finalize().to_hex().to_string())
}

fn kept_rows(batch: &RecordBatch, keep: &impl Fn(i64, i64) -> bool) -> BooleanArray {
    let (units, offsets) = (integers(batch, Column::Unit), integers(batch, Column::UnitOffset));
    let value = |column: Option<&Int64Array>, row: usize| {
        column.filter(|column| column.is_valid(row)).map_or(0, |column| column.value(row))
    };
    (0..batch.num_rows()).map(|row| Some(keep(value(units, row), value(offsets, row)))).collect()
}
