//! A column that says few different things: its rows are numbers of values from the start.
//!
//! A value is looked up once, when it comes in, and kept once. The column chunk is then written from the
//! numbers: the values are its dictionary as they stand, and no library looks them up again.

use bytes::Bytes;
use gwcost_core::same::same;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use xxhash_rust::xxh3::xxh3_64;

use super::unchanging::{Pages, run};

/// Bytes of different values in one row group; a column with more is no such column.
const MOST_BYTES: usize = 512 * 1024;
/// Texts longer than this do not go into the footer.
const LONGEST_IN_FOOTER: usize = 64;
/// The level at which everything in the lake is compressed.
const ZSTD_LEVEL: i32 = 1;

/// The rows of one column of a row group.
pub(super) struct Few {
    /// Integers of eight bytes; else texts.
    integers: bool,
    /// The different values in the encoding PLAIN: each text after its length, integers as they are.
    page: Vec<u8>,
    /// Where in `page` each value begins and ends.
    places: Vec<(usize, usize)>,
    /// Open addressing: part of a value's hash and its number plus one; zero is free.
    table: Vec<(u32, u32)>,
    /// The number of each row's value; of a null, any.
    rows: Vec<u32>,
    /// Which rows have a value; `None` if all have.
    valid: Option<Vec<bool>>,
}

impl Few {
    /// Room for so many rows of integers or texts.
    pub fn new(capacity: usize, integers: bool) -> Few {
        Few {
            integers,
            page: Vec::new(),
            places: Vec::new(),
            table: vec![(0, 0); 64],
            rows: Vec::with_capacity(capacity),
            valid: None,
        }
    }

    /// Whether it holds more different values than it is made for. It goes on to take them.
    pub fn is_full(&self) -> bool {
        self.page.len() > MOST_BYTES
    }

    fn value(&self, number: usize) -> &[u8] {
        let (start, end) = self.places[number];
        &self.page[start..end]
    }

    /// Adds a row of a text, or of an integer's bytes in little endian; the answer is by how many bytes the
    /// values have grown.
    #[inline]
    pub fn push(&mut self, value: &[u8]) -> usize {
        let (slot, tag) = self.slot_of(value);
        match self.table[slot].1.checked_sub(1) {
            Some(number) => {
                self.rows.push(number);
                0
            }
            None => self.add(slot, tag, value),
        }
    }

    /// The place of a value in the table, or the free one where it belongs, and its tag.
    #[inline]
    fn slot_of(&self, value: &[u8]) -> (usize, u32) {
        let hash = xxh3_64(value);
        let tag = (hash >> 32) as u32;
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (seen, number) = self.table[slot];
            if number == 0 || (seen == tag && same(self.value(number as usize - 1), value)) {
                return (slot, tag);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, tag: u32, value: &[u8]) -> usize {
        let before = self.page.len();
        if !self.integers {
            self.page.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        let start = self.page.len();
        self.page.extend_from_slice(value);
        self.places.push((start, self.page.len()));
        let count = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.table[slot] = (tag, count);
        self.rows.push(count - 1);
        if self.places.len() * 2 > self.table.len() {
            self.table = vec![(0, 0); self.table.len() * 2];
            for number in 1..=count {
                let (slot, tag) = self.slot_of(self.value(number as usize - 1));
                self.table[slot] = (tag, number);
            }
        }
        self.page.len() - before
    }

    /// Adds rows up to `rows`, of which others know that they are null.
    pub fn pad(&mut self, rows: usize) {
        self.rows.resize(rows, 0);
    }

    /// Adds a row of the same value as the one before.
    pub fn repeat(&mut self) {
        self.rows.push(self.rows.last().copied().unwrap_or(0));
    }

    /// Says which rows have a value.
    pub fn set_valid(&mut self, valid: Option<Vec<bool>>) {
        self.valid = valid;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &[u32]) {
        self.rows = order.iter().map(|row| self.rows[*row as usize]).collect();
        if let Some(valid) = &mut self.valid {
            *valid = order.iter().map(|row| valid[*row as usize]).collect();
        }
    }

    /// The bytes of the column chunk and what the footer says of it.
    ///
    /// # Errors
    /// [`ParquetError`] when the library refuses the pages, which is a bug.
    pub fn chunk(&self, column: &ColumnDescPtr) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut data = Vec::with_capacity(self.rows.len() * 2);
        if column.max_def_level() > 0 {
            let levels = match &self.valid {
                Some(valid) => packed(1, valid.iter().map(|valid| u32::from(*valid))),
                None => run(count, 1),
            };
            data.extend_from_slice(&u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes());
            data.extend_from_slice(&levels);
        }
        let last = self.places.len().saturating_sub(1) as u32;
        let width = (u32::BITS - last.leading_zeros()).max(1);
        data.push(width.to_le_bytes()[0]);
        match &self.valid {
            Some(valid) => {
                let rows = self.rows.iter().zip(valid);
                data.extend(packed(width, rows.filter_map(|(row, valid)| valid.then_some(*row))));
            }
            None => data.extend(packed(width, self.rows.iter().copied())),
        }
        Pages {
            dictionary: Some((self.page.clone(), self.places.len())),
            data,
            rows: count,
            statistics: self.statistics(column),
            compression: Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?),
        }
        .write(column, |page| zstd::bulk::compress(page, ZSTD_LEVEL).map_err(ParquetError::from))
    }

    /// The least and the greatest value. Of texts only where every row has one: others nobody asks for by
    /// range.
    fn statistics(&self, column: &ColumnDescPtr) -> Option<Statistics> {
        let values = || (0..self.places.len()).map(move |number| self.value(number));
        if self.integers {
            let integers = || values().filter_map(|value| value.try_into().ok()).map(i64::from_le_bytes);
            let nulls = self.valid.iter().flatten().filter(|valid| !**valid).count() as u64;
            return Some(Statistics::int64(integers().min(), integers().max(), None, Some(nulls), false));
        }
        if column.max_def_level() > 0 || values().any(|text| text.len() > LONGEST_IN_FOOTER) {
            return None;
        }
        let text = |text: &[u8]| ByteArray::from(text.to_vec());
        Some(Statistics::byte_array(values().min().map(text), values().max().map(text), None, Some(0), false))
    }
}

/// Values of `width` bits, packed, in Parquet's hybrid of runs and packed bits.
fn packed(width: u32, values: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut count, mut bits, mut filled) = (0_usize, 0_u64, 0);
    for value in values {
        bits |= u64::from(value) << filled;
        filled += width;
        count += 1;
        if filled >= 32 {
            bytes.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            filled -= 32;
        }
    }
    bytes.extend_from_slice(&bits.to_le_bytes());
    // Always whole groups of eight values.
    let groups = count.div_ceil(8);
    bytes.resize(groups * width as usize, 0);
    let mut out = Vec::with_capacity(bytes.len() + 6);
    let mut header = (groups as u64) << 1 | 1;
    while header >= 0x80 {
        out.push(header.to_le_bytes()[0] | 0x80);
        header >>= 7;
    }
    out.push(header.to_le_bytes()[0]);
    out.extend_from_slice(&bytes);
    out
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Int64Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use proptest::prelude::*;

    use super::super::batch::Batch;
    use super::super::columns::Column;
    use super::super::group::GroupWriter;
    use super::super::writer::writer_properties;

    type Row = (i64, String, Option<String>, Option<i64>);

    /// Writes rows of a time, a required and a nullable text and an integer, and reads them with the library.
    fn written(rows: &[Row]) -> Vec<(String, Option<String>, Option<i64>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.parquet");
        let mut writer = GroupWriter::create(&path, &Arc::new(writer_properties())).unwrap();
        let mut batch = Batch::new();
        for (time, stage, agent, status) in rows {
            batch.time(Column::Time, Some(*time));
            for column in [Column::TimeResolutionMs, Column::LineBytes, Column::Unit, Column::UnitOffset] {
                batch.integer(column, Some(1));
            }
            for column in [Column::Account, Column::Region, Column::Api, Column::ApiKind] {
                batch.text(column, Some("x"));
            }
            for column in [Column::RouteTemplated, Column::ResponseTypeLogged] {
                batch.boolean(column, Some(true));
            }
            batch.text(Column::Stage, Some(stage));
            batch.text(Column::UserAgent, agent.as_deref());
            batch.integer(Column::Status, *status);
            batch.end_row(*time);
            if batch.is_full() {
                writer.write(&mut batch).unwrap();
            }
        }
        if batch.rows() > 0 {
            writer.write(&mut batch).unwrap();
        }
        writer.close().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
        let mut out = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let (stages, agents) = (text("stage"), text("user_agent"));
            let statuses = batch.column_by_name("status").unwrap().as_primitive::<Int64Type>().clone();
            for row in 0..batch.num_rows() {
                let agent = agents.is_valid(row).then(|| agents.value(row).to_owned());
                let status = statuses.is_valid(row).then(|| statuses.value(row));
                out.push((stages.value(row).to_owned(), agent, status));
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec(
                (
                    0_i64..40,
                    "[a-e]{0,2}",
                    prop::option::of("[a-zé]{0,3}|[a-c]{30,40}"),
                    prop::option::of(prop_oneof![Just(200_i64), -3_i64..600, any::<i64>()]),
                ),
                1..300,
            ),
        ) {
            let mut expected = rows.clone();
            expected.sort_by_key(|row| row.0);
            let expected: Vec<_> =
                expected.into_iter().map(|(_, stage, agent, status)| (stage, agent, status)).collect();
            prop_assert_eq!(written(&rows), expected);
        }
    }

    #[test]
    fn a_column_that_turns_out_to_say_much_is_written_all_the_same() {
        let rows: Vec<_> = (0..9000_i64)
            .map(|row| {
                let agent = (row % 5 > 0).then(|| format!("{row:0>120}"));
                (row, format!("s{}", row % 3), agent, (row % 7 > 0).then_some(row))
            })
            .collect();
        let expected: Vec<_> =
            rows.iter().cloned().map(|(_, stage, agent, status)| (stage, agent, status)).collect();
        assert_eq!(written(&rows), expected);
    }
}
