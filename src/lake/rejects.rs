//! Lines that could not be read, kept with their reason so that somebody can mend the format.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;

use super::columns::Column;
use super::error::LakeError;
use super::writer::writer_properties;

/// Bytes of lines that are held before they are written.
const HELD_BYTES: usize = 4 * 1024 * 1024;

/// The Arrow schema of `rejects/`.
fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("unit", DataType::Int64, false),
        Field::new("unit_offset", DataType::Int64, false),
        Field::new("reason", DataType::Utf8, false),
        Field::new("line", DataType::Utf8, true),
        // Files of the first version lack it.
        Field::new(Column::EventId.name(), DataType::Utf8, true),
    ]))
}

/// Writes rejects into one file, which exists only if there are any.
pub struct RejectWriter {
    path: PathBuf,
    writer: Option<ArrowWriter<File>>,
    source: StringBuilder,
    unit: Int64Builder,
    offset: Int64Builder,
    reason: StringBuilder,
    line: StringBuilder,
    event_id: StringBuilder,
    held: usize,
    rows: u64,
}

impl RejectWriter {
    /// Will write to `path`.
    pub fn new(path: PathBuf) -> RejectWriter {
        RejectWriter {
            path,
            writer: None,
            source: StringBuilder::new(),
            unit: Int64Builder::new(),
            offset: Int64Builder::new(),
            reason: StringBuilder::new(),
            line: StringBuilder::new(),
            event_id: StringBuilder::new(),
            held: 0,
            rows: 0,
        }
    }

    /// Keeps one line; `None` where the line may hold a secret. `event_id` is CloudWatch's.
    ///
    /// # Errors
    /// [`LakeError`] when it cannot be written.
    pub fn push(
        &mut self,
        source: &str,
        unit: i64,
        offset: i64,
        reason: &str,
        line: Option<&str>,
        event_id: Option<&str>,
    ) -> Result<(), LakeError> {
        self.source.append_value(source);
        self.unit.append_value(unit);
        self.offset.append_value(offset);
        self.reason.append_value(reason);
        self.line.append_option(line);
        self.event_id.append_option(event_id);
        self.held += line.map_or(0, str::len) + 200;
        self.rows += 1;
        if self.held >= HELD_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let batch = RecordBatch::try_new(
            schema(),
            vec![
                Arc::new(self.source.finish()),
                Arc::new(self.unit.finish()),
                Arc::new(self.offset.finish()),
                Arc::new(self.reason.finish()),
                Arc::new(self.line.finish()),
                Arc::new(self.event_id.finish()),
            ],
        )
        .map_err(LakeError::arrow(&self.path))?;
        self.held = 0;
        if self.writer.is_none() {
            let file = File::create(&self.path).map_err(LakeError::writing(&self.path))?;
            let writer = ArrowWriter::try_new(file, schema(), Some(writer_properties()))
                .map_err(LakeError::parquet(&self.path))?;
            self.writer = Some(writer);
        }
        if let Some(writer) = &mut self.writer {
            writer.write(&batch).map_err(LakeError::parquet(&self.path))?;
            writer.flush().map_err(LakeError::parquet(&self.path))?;
        }
        Ok(())
    }

    /// Completes the file; the answer is its path and rows, if there are any.
    ///
    /// # Errors
    /// [`LakeError`] when it cannot be written.
    pub fn finish(mut self) -> Result<Option<(PathBuf, u64)>, LakeError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.flush()?;
        if let Some(writer) = self.writer.take() {
            close(writer, &self.path)?;
        }
        Ok(Some((self.path, self.rows)))
    }
}

/// Writes the footer and waits until the disk has it.
pub(super) fn close(writer: ArrowWriter<File>, path: &Path) -> Result<u64, LakeError> {
    let file = writer.into_inner().map_err(LakeError::parquet(path))?;
    file.sync_all().map_err(LakeError::writing(path))?;
    Ok(file.metadata().map_err(LakeError::reading(path))?.len())
}
