//! A column chunk of one value, written without looking at its rows.
//!
//! In Parquet the same value in every row is one entry of a dictionary and one run of its index, and
//! no value at all is one run of the level that says so. Both have the same few bytes for any count.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::buffered::Value;

/// A value that a dictionary can hold: Parquet has no dictionaries of booleans.
pub(super) enum Unchanging<'a> {
    Text(&'a str),
    Integer(i64),
    Null,
}

impl Unchanging<'_> {
    /// Of a column's one value, `None` for a boolean.
    pub(super) fn of(value: Option<&Value>) -> Option<Unchanging<'_>> {
        match value {
            None => Some(Unchanging::Null),
            Some(Value::Text(text)) => Some(Unchanging::Text(text)),
            Some(Value::Integer(integer)) => Some(Unchanging::Integer(*integer)),
            Some(Value::Boolean(_)) => None,
        }
    }

    /// The only entry of the dictionary, in the encoding PLAIN.
    fn entry(&self) -> Option<Vec<u8>> {
        match self {
            Unchanging::Null => None,
            Unchanging::Integer(integer) => Some(integer.to_le_bytes().to_vec()),
            Unchanging::Text(text) => {
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                Some([&length.to_le_bytes(), text.as_bytes()].concat())
            }
        }
    }

    fn statistics(&self, rows: u32) -> Statistics {
        match self {
            Unchanging::Null => Statistics::byte_array(None, None, None, Some(u64::from(rows)), false),
            Unchanging::Integer(integer) => {
                Statistics::int64(Some(*integer), Some(*integer), None, Some(0), false)
            }
            Unchanging::Text(text) => {
                let value = ByteArray::from(text.as_bytes().to_vec());
                Statistics::byte_array(Some(value.clone()), Some(value), None, Some(0), false)
            }
        }
    }
}

/// The bytes of a chunk of `rows` rows and what the footer says of it.
///
/// # Errors
/// [`ParquetError`] when the library refuses the pages, which is a bug.
pub(super) fn chunk(
    column: &ColumnDescPtr,
    value: &Unchanging<'_>,
    rows: u32,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let entry = value.entry();
    let mut data = Vec::new();
    if column.max_def_level() > 0 {
        let levels = run(rows, u8::from(entry.is_some()));
        data.extend_from_slice(&u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes());
        data.extend_from_slice(&levels);
    }
    if entry.is_some() {
        // Indices of one bit: a width of none is legal, but not every reader takes it.
        data.push(1);
        data.extend_from_slice(&run(rows, 0));
    }
    let statistics = match (value, column.physical_type()) {
        (Unchanging::Null, parquet::basic::Type::INT64) => {
            Statistics::int64(None, None, None, Some(u64::from(rows)), false)
        }
        (Unchanging::Null, parquet::basic::Type::BOOLEAN) => {
            Statistics::boolean(None, None, None, Some(u64::from(rows)), false)
        }
        _ => value.statistics(rows),
    };
    Pages {
        dictionary: entry.map(|entry| (entry, 1)),
        data,
        rows,
        statistics: Some(statistics),
        compression: Compression::UNCOMPRESSED,
    }
    .write(column, |page| Ok(page.to_vec()))
}

/// A column chunk in the making: a dictionary, if it has one, and one page of levels and indices.
pub(super) struct Pages {
    /// The entries in the encoding PLAIN, and how many.
    pub dictionary: Option<(Vec<u8>, usize)>,
    /// The only other page, not compressed.
    pub data: Vec<u8>,
    /// Its rows.
    pub rows: u32,
    /// What the footer says of the values.
    pub statistics: Option<Statistics>,
    /// What the footer says that `compress` does.
    pub compression: Compression,
}

impl Pages {
    /// The bytes of the chunk and what the footer says of it.
    pub(super) fn write(
        self,
        column: &ColumnDescPtr,
        compress: impl Fn(&[u8]) -> Result<Vec<u8>, ParquetError>,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let Pages { dictionary, data, rows, statistics, compression } = self;
        let mut sink = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut sink);
        let mut size = 0;
        let mut write = |page: Page, uncompressed: usize| -> Result<u64, ParquetError> {
            let written = writer.write_page(CompressedPage::new(page, uncompressed))?;
            size += written.uncompressed_size;
            Ok(written.offset)
        };
        let mut dictionary_at = None;
        if let Some((entries, count)) = dictionary {
            let page = Page::DictionaryPage {
                buf: Bytes::from(compress(&entries)?),
                num_values: u32::try_from(count).unwrap_or(u32::MAX),
                encoding: Encoding::PLAIN,
                is_sorted: false,
            };
            dictionary_at = Some(write(page, entries.len())?);
        }
        let page = Page::DataPage {
            buf: Bytes::from(compress(&data)?),
            num_values: rows,
            encoding: if dictionary_at.is_some() { Encoding::RLE_DICTIONARY } else { Encoding::PLAIN },
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let data_at = write(page, data.len())?;
        writer.close()?;
        let bytes = Bytes::from(sink.into_inner()?);
        let signed = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let offset = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
        let mut metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(compression)
            .set_encodings(if dictionary_at.is_some() {
                vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY]
            } else {
                vec![Encoding::PLAIN, Encoding::RLE]
            })
            .set_total_compressed_size(signed(bytes.len()))
            .set_total_uncompressed_size(signed(size))
            .set_num_values(i64::from(rows))
            .set_data_page_offset(offset(data_at))
            .set_dictionary_page_offset(dictionary_at.map(offset));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: u64::from(rows),
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((bytes, close))
    }
}

/// `count` times a value of up to eight bits, in Parquet's hybrid of runs and packed bits.
pub(super) fn run(count: u32, value: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(6);
    let mut header = u64::from(count) << 1;
    while header >= 0x80 {
        bytes.push(header.to_le_bytes()[0] | 0x80);
        header >>= 7;
    }
    bytes.push(header.to_le_bytes()[0]);
    bytes.push(value);
    bytes
}
