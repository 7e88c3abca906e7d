//! The files of one day, merged: sorted as a whole, in files of a size that engines like to read.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::{Column, schema};
use super::error::LakeError;
use super::key_columns::times;
use super::merge::{FAN_IN, merge};
use super::naming::date;
use super::parts::PartWriter;
use super::record::DataFile;
use super::repeats::Repeats;
use super::rewrite::{Copied, file_digest};
use super::runs::{Run, Segment, chain, conform, sort};

/// The size that files are planned with. What comes out differs a little, and stays between 64 and 256 MB.
const FILE_BYTES: u64 = 160 * 1024 * 1024;
/// Rows of a row group, so that parts end where a group does.
const GROUP_ROWS: u64 = 131_072;

/// A day in its new files.
pub(super) struct Merged {
    pub parts: Vec<(PathBuf, Copied)>,
    /// Rows left out, by unit.
    pub dropped: HashMap<i64, u64>,
}

/// Writes the rows of a day's files into new ones in `folder`, sorted as a whole.
///
/// # Errors
/// [`LakeError`] when a file cannot be read or written, or holds other rows than its record says.
pub(super) fn merge_day(
    root: &Path,
    folder: &Path,
    day: i64,
    files: &[&DataFile],
) -> Result<Merged, LakeError> {
    let in_memory = Path::new("rows in memory");
    let schema = common_schema(root, files)?;
    let scratch = folder.join("runs");
    fs::create_dir_all(&scratch).map_err(LakeError::writing(&scratch))?;
    let mut segments = Vec::new();
    for file in files {
        segments.extend(segments_of(root, &scratch, file, &schema)?);
    }
    let mut runs = chain(segments);
    let mut pass = 0;
    while runs.len() > FAN_IN {
        runs = narrow(runs, &scratch, pass, &schema)?;
        pass += 1;
    }
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let mut writer = PartWriter::new(folder, format!("d{day}"), schema.clone(), rows_of_part(rows, bytes));
    let mut repeats = Repeats::default();
    let mut read = 0;
    merge(runs, &schema, &mut |batch| {
        read += batch.num_rows() as u64;
        writer.write(repeats.without(batch).map_err(LakeError::arrow(in_memory))?)
    })?;
    if read != rows {
        let path = root.join(format!("requests/dt={}", date(day)));
        return Err(LakeError::Recount { path, found: read, committed: rows });
    }
    let mut parts = writer.finish()?;
    for (path, holds) in &mut parts {
        holds.blake3 = Some(file_digest(path)?);
    }
    fs::remove_dir_all(&scratch).map_err(LakeError::writing(&scratch))?;
    Ok(Merged { parts, dropped: repeats.dropped })
}

/// Rows of each part, so that parts are equally large and end where a row group does.
fn rows_of_part(rows: u64, bytes: u64) -> u64 {
    let parts = bytes.div_ceil(FILE_BYTES).max(1);
    rows.div_ceil(parts).next_multiple_of(GROUP_ROWS).max(GROUP_ROWS)
}

/// Merges the smallest runs, as many as it takes that the others can be merged at once, into one that is
/// in a file of its own.
fn narrow(
    mut runs: Vec<Run>,
    scratch: &Path,
    pass: usize,
    schema: &SchemaRef,
) -> Result<Vec<Run>, LakeError> {
    runs.sort_by_key(|run| run.iter().map(|segment| segment.groups.len()).sum::<usize>());
    let those = (runs.len() - FAN_IN + 1).min(FAN_IN);
    let smallest: Vec<Run> = runs.drain(..those).collect();
    let read: BTreeSet<PathBuf> = smallest.iter().flatten().map(|segment| segment.path.clone()).collect();
    let mut writer = PartWriter::new(scratch, format!("pass{pass}"), schema.clone(), u64::MAX);
    merge(smallest, schema, &mut |batch| writer.write(batch))?;
    let mut merged = Run::new();
    for (path, holds) in writer.finish()? {
        merged.push(whole_file(path, &holds)?);
    }
    runs.push(merged);
    // What an earlier pass wrote is needed no more.
    for path in read.iter().filter(|path| path.starts_with(scratch)) {
        fs::remove_file(path).map_err(LakeError::writing(path))?;
    }
    Ok(runs)
}

fn whole_file(path: PathBuf, holds: &Copied) -> Result<Segment, LakeError> {
    let groups = (0..open(&path)?.metadata().num_row_groups()).collect();
    let (first_ms, last_ms) = (holds.first_ms.unwrap_or(i64::MIN), holds.last_ms.unwrap_or(i64::MAX));
    Ok(Segment { path, groups, first_ms, last_ms, sorted: true })
}

/// The sorted pieces of a file. A row group that is not sorted, as early versions left some, is sorted
/// into a file of its own.
fn segments_of(
    root: &Path,
    scratch: &Path,
    file: &DataFile,
    schema: &SchemaRef,
) -> Result<Vec<Segment>, LakeError> {
    let path = root.join(&file.path);
    let groups = open(&path)?.metadata().num_row_groups();
    if let (true, Some(first_ms), Some(last_ms)) = (file.sorted, file.first_ms, file.last_ms) {
        return Ok(vec![Segment { path, groups: (0..groups).collect(), first_ms, last_ms, sorted: true }]);
    }
    let mut segments = Vec::new();
    for group in 0..groups {
        let Some((first_ms, last_ms, sorted)) = order_of(&path, group)? else { continue };
        if sorted {
            let path = path.clone();
            segments.push(Segment { path, groups: vec![group], first_ms, last_ms, sorted: false });
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut writer = PartWriter::new(scratch, format!("sorted-{stem}-{group}"), schema.clone(), u64::MAX);
        writer.write(sorted_group(&path, group, schema)?)?;
        for (path, holds) in writer.finish()? {
            segments.push(whole_file(path, &holds)?);
        }
    }
    Ok(segments)
}

/// The first and last time of a row group, and whether it is sorted by time; `None` if it is empty.
fn order_of(path: &Path, group: usize) -> Result<Option<(i64, i64, bool)>, LakeError> {
    let builder = open(path)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [Column::Time.name()]);
    let reader = builder.with_projection(mask).with_row_groups(vec![group]).build();
    let mut found: Option<(i64, i64, bool)> = None;
    let mut before = i64::MIN;
    for batch in reader.map_err(LakeError::parquet(path))? {
        let batch = batch.map_err(LakeError::arrow(path))?;
        for time in times(&batch).map_or(&[][..], |times| times.values()) {
            let (first, last, sorted) = found.unwrap_or((*time, *time, true));
            found = Some((first.min(*time), last.max(*time), sorted && before <= *time));
            before = *time;
        }
    }
    Ok(found)
}

fn sorted_group(path: &Path, group: usize, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
    let reader = open(path)?.with_row_groups(vec![group]).build().map_err(LakeError::parquet(path))?;
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch.and_then(|batch| conform(&batch, schema)).map_err(LakeError::arrow(path))?;
        batches.push(batch);
    }
    concat_batches(schema, &batches).and_then(sort).map_err(LakeError::arrow(path))
}

/// Our columns, and behind them those that a later version has added to some of the files.
fn common_schema(root: &Path, files: &[&DataFile]) -> Result<SchemaRef, LakeError> {
    let ours = schema();
    let mut added: Vec<Field> = Vec::new();
    for file in files {
        for field in open(&root.join(&file.path))?.schema().fields() {
            let known = ours.field_with_name(field.name()).is_ok();
            if !known && added.iter().all(|other| other.name() != field.name()) {
                added.push(field.as_ref().clone().with_nullable(true));
            }
        }
    }
    if added.is_empty() {
        return Ok(ours);
    }
    let fields = ours.fields().iter().map(|field| field.as_ref().clone()).chain(added);
    Ok(Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), ours.metadata().clone())))
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let file = File::open(path).map_err(LakeError::reading(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(LakeError::parquet(path))
}
