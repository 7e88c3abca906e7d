//! Rows in the making: one Arrow builder for each column, ended as a batch sorted by time.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder, UInt32Array,
};
use arrow::compute::take;
use arrow::error::ArrowError;

use super::columns::{Column, Kind, schema};

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMillisecondBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Time => Builder::Time(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn len(&self) -> usize {
        match self {
            Builder::Text(builder) => builder.len(),
            Builder::Integer(builder) => builder.len(),
            Builder::Boolean(builder) => builder.len(),
            Builder::Time(builder) => builder.len(),
        }
    }

    /// Nulls are added when the next value comes: most columns of most formats hold nothing else.
    fn pad(&mut self, rows: usize) {
        let missing = rows - self.len();
        if missing == 0 {
            return;
        }
        match self {
            Builder::Text(builder) => builder.append_nulls(missing),
            Builder::Integer(builder) => builder.append_nulls(missing),
            Builder::Boolean(builder) => builder.append_nulls(missing),
            Builder::Time(builder) => builder.append_nulls(missing),
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.pad(rows);
        match self {
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            // `finish` forgets the zone that the builder was made with.
            Builder::Time(builder) => Arc::new(builder.finish().with_timezone("UTC")),
        }
    }
}

/// Rows of one day that are not written yet.
pub struct Batch {
    builders: Vec<Builder>,
    times: Vec<i64>,
    bytes: usize,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        let builders = Column::ALL.iter().map(|column| Builder::new(column.kind())).collect();
        Batch { builders, times: Vec::new(), bytes: 0 }
    }

    /// How many rows it holds.
    pub fn rows(&self) -> usize {
        self.times.len()
    }

    /// About how many bytes of memory it holds.
    pub fn bytes(&self) -> usize {
        self.bytes + self.times.len() * 8 * (Column::ALL.len() / 2)
    }

    /// Sets a text column of the row in the making; what is not set is null.
    pub fn text(&mut self, column: Column, value: Option<&str>) {
        let Some(value) = value else { return };
        let builder = &mut self.builders[column.index()];
        builder.pad(self.times.len());
        if let Builder::Text(builder) = builder {
            self.bytes += value.len();
            builder.append_value(value);
        }
    }

    /// Sets an integer column of the row in the making; what is not set is null.
    pub fn integer(&mut self, column: Column, value: Option<i64>) {
        let Some(value) = value else { return };
        let builder = &mut self.builders[column.index()];
        builder.pad(self.times.len());
        if let Builder::Integer(builder) = builder {
            builder.append_value(value);
        }
    }

    /// Sets a boolean column of the row in the making; what is not set is null.
    pub fn boolean(&mut self, column: Column, value: Option<bool>) {
        let Some(value) = value else { return };
        let builder = &mut self.builders[column.index()];
        builder.pad(self.times.len());
        if let Builder::Boolean(builder) = builder {
            builder.append_value(value);
        }
    }

    /// Sets a time column of the row in the making, in milliseconds of Unix time.
    pub fn time(&mut self, column: Column, value: Option<i64>) {
        let Some(value) = value else { return };
        let builder = &mut self.builders[column.index()];
        builder.pad(self.times.len());
        if let Builder::Time(builder) = builder {
            builder.append_value(value);
        }
    }

    /// Ends the row; no column may have been set twice.
    pub fn end_row(&mut self, time_ms: i64) {
        self.times.push(time_ms);
    }

    /// The rows sorted by time, equal times in the order of their arrival; the batch is empty after.
    ///
    /// # Errors
    /// When the columns differ in length, which is a bug.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = self.times.len();
        let mut columns: Vec<ArrayRef> =
            self.builders.iter_mut().map(|builder| builder.finish(rows)).collect();
        let times = std::mem::take(&mut self.times);
        self.bytes = 0;
        if !times.is_sorted() {
            let mut order: Vec<u32> = (0..times.len()).filter_map(|row| u32::try_from(row).ok()).collect();
            order.sort_by_key(|row| times[*row as usize]);
            let order = UInt32Array::from(order);
            for column in &mut columns {
                *column = take(column, &order, None)?;
            }
        }
        RecordBatch::try_new(schema(), columns)
    }
}
