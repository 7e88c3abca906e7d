//! Copying a data file without some of its rows.

use std::fs::File;
use std::path::Path;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::Column;
use super::error::LakeError;
use super::existing::{integer, time};
use super::rejects::close;
use super::writer::writer_properties;

/// What a copy holds.
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
}

/// Copies the rows for which `keep(unit, offset)` holds.
///
/// # Errors
/// [`LakeError`] when a file cannot be read or written.
pub fn copy(from: &Path, to: &Path, keep: impl Fn(i64, i64) -> bool) -> Result<Copied, LakeError> {
    let file = File::open(from).map_err(LakeError::reading(from))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(from))?;
    let schema = builder.schema().clone();
    let reader = builder.build().map_err(LakeError::parquet(from))?;
    let mut copied = Copied::default();
    let mut writer: Option<ArrowWriter<File>> = None;
    for batch in reader {
        let batch = batch.map_err(LakeError::arrow(from))?;
        let kept = kept_rows(&batch, &keep);
        let batch = filter_record_batch(&batch, &kept).map_err(LakeError::arrow(from))?;
        if batch.num_rows() == 0 {
            continue;
        }
        if writer.is_none() {
            let file = File::create(to).map_err(LakeError::writing(to))?;
            let created = ArrowWriter::try_new(file, schema.clone(), Some(writer_properties()))
                .map_err(LakeError::parquet(to))?;
            writer = Some(created);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch).map_err(LakeError::parquet(to))?;
        }
        copied.rows += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let at = time(&batch, Column::Time, row);
            copied.first_ms = [copied.first_ms, at].into_iter().flatten().min();
            copied.last_ms = copied.last_ms.max(at);
        }
    }
    if let Some(writer) = writer {
        copied.bytes = close(writer, to)?;
    }
    Ok(copied)
}

fn kept_rows(batch: &RecordBatch, keep: &impl Fn(i64, i64) -> bool) -> BooleanArray {
    (0..batch.num_rows())
        .map(|row| {
            let unit = integer(batch, Column::Unit, row).unwrap_or(0);
            let offset = integer(batch, Column::UnitOffset, row).unwrap_or(0);
            Some(keep(unit, offset))
        })
        .collect()
}
