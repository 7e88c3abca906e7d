//! A Parquet file of requests, written one sorted row group at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;

use super::batch::Batch;
use super::buffered::{Finished, Value};
use super::columns::schema;
use super::error::LakeError;
use super::unchanging::{Unchanging, chunk};

/// A file in the making.
pub(super) struct GroupWriter {
    path: PathBuf,
    file: SerializedFileWriter<File>,
    columns: Vec<ColumnDescPtr>,
    schema: SchemaRef,
    properties: Arc<WriterProperties>,
}

impl GroupWriter {
    /// Starts a file.
    pub(super) fn create(path: &Path, properties: &Arc<WriterProperties>) -> Result<GroupWriter, LakeError> {
        let target = File::create(path).map_err(LakeError::writing(path))?;
        let schema = schema();
        // By way of the library's own writer, which adds the Arrow schema to the footer.
        let whole = ArrowWriter::try_new(target, schema.clone(), Some(WriterProperties::clone(properties)))
            .map_err(LakeError::parquet(path))?;
        let (file, _) = whole.into_serialized_writer().map_err(LakeError::parquet(path))?;
        let columns = file.schema_descr().columns().to_vec();
        Ok(GroupWriter { path: path.to_owned(), file, columns, schema, properties: Arc::clone(properties) })
    }

    /// Writes the rows of a batch as one row group and empties it.
    pub(super) fn write(&mut self, batch: &mut Batch) -> Result<(), LakeError> {
        let rows = u32::try_from(batch.rows()).unwrap_or(u32::MAX);
        let columns = batch.finish().map_err(LakeError::arrow(&self.path))?;
        self.write_columns(columns, rows).map_err(LakeError::parquet(&self.path))
    }

    fn write_columns(&mut self, mut columns: Vec<Finished>, rows: u32) -> Result<(), ParquetError> {
        for column in &mut columns {
            if let Finished::Unchanging(Some(Value::Boolean(value))) = column {
                let array: ArrayRef = Arc::new(BooleanArray::from(vec![*value; rows as usize]));
                *column = Finished::Varying(array);
            }
        }
        let mut varying = self.encode(&columns)?.into_iter();
        let mut group = self.file.next_row_group()?;
        for (column, descriptor) in columns.iter().zip(&self.columns) {
            match column {
                Finished::Varying(_) => {
                    if let Some(encoded) = varying.next() {
                        encoded.append_to_row_group(&mut group)?;
                    }
                }
                Finished::Few(few) => {
                    let (bytes, close) = few.chunk(descriptor)?;
                    group.append_column(&bytes, close)?;
                }
                Finished::Unchanging(value) => {
                    let Some(value) = Unchanging::of(value.as_ref()) else { continue };
                    let (bytes, close) = chunk(descriptor, &value, rows)?;
                    group.append_column(&bytes, close)?;
                }
            }
        }
        group.close()?;
        Ok(())
    }

    /// The columns that vary, encoded by the library as if the file had no others.
    fn encode(&self, columns: &[Finished]) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let varying: Vec<(usize, &ArrayRef)> = columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| match column {
                Finished::Varying(array) => Some((index, array)),
                Finished::Unchanging(_) | Finished::Few(_) => None,
            })
            .collect();
        let fields: Vec<_> =
            varying.iter().map(|(index, _)| Arc::clone(&self.schema.fields()[*index])).collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let descriptor = ArrowSchemaConverter::new().convert(&schema)?;
        let nowhere = SerializedFileWriter::new(
            std::io::sink(),
            descriptor.root_schema_ptr(),
            Arc::clone(&self.properties),
        )?;
        let writers =
            ArrowRowGroupWriterFactory::new(&nowhere, Arc::clone(&schema)).create_column_writers(0)?;
        writers
            .into_iter()
            .zip(schema.fields().iter().zip(varying))
            .map(|(mut writer, (field, (_, array)))| {
                for leaf in compute_leaves(field, array)? {
                    writer.write(&leaf)?;
                }
                writer.close()
            })
            .collect()
    }

    /// Completes the file and makes it last; the answer is its size.
    pub(super) fn close(self) -> Result<u64, LakeError> {
        let path = self.path;
        let file = self.file.into_inner().map_err(LakeError::parquet(&path))?;
        file.sync_all().map_err(LakeError::writing(&path))?;
        Ok(file.metadata().map_err(LakeError::reading(&path))?.len())
    }
}
