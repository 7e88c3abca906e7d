//! A Parquet file that is no part of the lake: tables for dashboards, written as the lake writes its own.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::error::LakeError;

/// A file in the making.
pub struct TableFile {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl TableFile {
    /// Starts a file with `facts` in its footer, each a name and a text.
    ///
    /// # Errors
    /// [`LakeError`] when it cannot be written.
    pub fn create(
        path: &Path,
        schema: SchemaRef,
        facts: &[(String, String)],
    ) -> Result<TableFile, LakeError> {
        let file = File::create(path).map_err(LakeError::writing(path))?;
        let facts = facts.iter().map(|(name, text)| KeyValue::new(name.clone(), text.clone())).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
            .set_key_value_metadata(Some(facts))
            .build();
        let writer =
            ArrowWriter::try_new(file, schema, Some(properties)).map_err(LakeError::parquet(path))?;
        Ok(TableFile { path: path.to_owned(), writer })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`LakeError`] when they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))
    }

    /// Completes the file and makes it last.
    ///
    /// # Errors
    /// [`LakeError`] when it cannot be written.
    pub fn close(self) -> Result<(), LakeError> {
        let file = self.writer.into_inner().map_err(LakeError::parquet(&self.path))?;
        file.sync_all().map_err(LakeError::writing(&self.path))
    }
}
