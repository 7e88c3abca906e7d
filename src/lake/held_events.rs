//! The events of CloudWatch Logs that some units brought, as rows or as rejects: a later look at their hour
//! leaves these out, so that no line of it counts twice.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use arrow::array::Array;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use xxhash_rust::xxh3::xxh3_128;

use super::columns::Column;
use super::error::LakeError;
use super::existing::group_range;
use super::key_columns::{integers, texts};
use super::record::Record;
use super::take_out::affected;

/// Ids of events, 128 bits of each: chance collisions are out of reach at any volume.
#[derive(Debug, Default)]
pub struct HeldEvents(HashSet<u128>);

impl HeldEvents {
    /// Whether an event is among them.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains(&xxh3_128(id.as_bytes()))
    }

    fn add(&mut self, path: &Path, units: &HashSet<i64>) -> Result<(), LakeError> {
        let file = File::open(path).map_err(LakeError::reading(path))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))?;
        let names = [Column::Unit.name(), Column::EventId.name()];
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let may_hold = |group: &usize| match group_range(builder.metadata(), *group, Column::Unit) {
            Some((least, most)) => units.iter().any(|unit| (least..=most).contains(unit)),
            None => true,
        };
        let groups = (0..builder.metadata().num_row_groups()).filter(may_hold).collect();
        let reader = builder.with_projection(mask).with_row_groups(groups).build();
        for batch in reader.map_err(LakeError::parquet(path))? {
            let batch = batch.map_err(LakeError::arrow(path))?;
            let (Some(of), Some(ids)) = (integers(&batch, Column::Unit), texts(&batch, Column::EventId))
            else {
                continue;
            };
            let brought =
                (0..batch.num_rows()).filter(|row| ids.is_valid(*row) && units.contains(&of.value(*row)));
            self.0.extend(brought.map(|row| xxh3_128(ids.value(row).as_bytes())));
        }
        Ok(())
    }
}

/// The events that `units` brought.
///
/// # Errors
/// [`LakeError`] when a file of theirs cannot be read.
pub(super) fn held_events(
    root: &Path,
    records: &[Record],
    units: &HashSet<i64>,
) -> Result<HeldEvents, LakeError> {
    let mut held = HeldEvents::default();
    for found in affected(records, units) {
        held.add(&root.join(&found.file.path), units)?;
    }
    Ok(held)
}
