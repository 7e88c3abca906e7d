//! Keys of rows that the lake holds already, read back only where times overlap.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use gwcost_core::model::Window;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;

use super::columns::Column;
use super::error::LakeError;
use super::key_columns::KeyColumns;
use super::keys::{KeyStore, RowPlace};

/// A file opened for reading some columns of the row groups that overlap a window.
pub(super) fn open_groups(
    path: &Path,
    columns: &[Column],
    window: Window,
) -> Result<(ParquetRecordBatchReaderBuilder<File>, Vec<usize>), LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let groups = (0..builder.metadata().num_row_groups())
        .filter(|group| match group_times(builder.metadata(), *group) {
            Some((first, last)) => window.overlaps(first, last),
            None => true,
        })
        .collect();
    Ok((builder.with_projection(mask), groups))
}

/// The first and last time of a row group, where its statistics say it.
pub(super) fn group_times(metadata: &Arc<ParquetMetaData>, group: usize) -> Option<(i64, i64)> {
    group_range(metadata, group, Column::Time)
}

/// The least and the greatest integer of a column in a row group, where its statistics say it.
pub(super) fn group_range(
    metadata: &Arc<ParquetMetaData>,
    group: usize,
    column: Column,
) -> Option<(i64, i64)> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let index = columns.iter().position(|found| found.name() == column.name())?;
    match metadata.row_group(group).column(index).statistics()? {
        Statistics::Int64(statistics) => Some((*statistics.min_opt()?, *statistics.max_opt()?)),
        _ => None,
    }
}

/// Adds the keys of a file's rows inside a window.
///
/// # Errors
/// [`LakeError`] when the file cannot be read.
pub fn add_keys(
    path: &Path,
    window: Window,
    skip_units: &HashSet<i64>,
    keys: &mut KeyStore,
) -> Result<(), LakeError> {
    let (builder, groups) = open_groups(path, &KeyColumns::ALL, window)?;
    let reader = builder.with_row_groups(groups).build().map_err(LakeError::parquet(path))?;
    for batch in reader {
        let batch = batch.map_err(LakeError::arrow(path))?;
        let columns = KeyColumns::of(&batch);
        for row in 0..batch.num_rows() {
            let ids = columns.ids(row);
            let unit = columns.unit(row).unwrap_or(0);
            if !window.contains(ids.time_ms) || skip_units.contains(&unit) {
                continue;
            }
            let offset = columns.offset(row).unwrap_or(0);
            keys.push(&ids, RowPlace { new: false, unit, offset, file: u32::MAX })?;
        }
    }
    Ok(())
}
