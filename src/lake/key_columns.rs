//! The columns of a batch that tell rows apart, looked up once for all of its rows.

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};

use super::columns::Column;
use super::ids::EventIds;

/// Time, ids and place of the rows of a batch.
pub(super) struct KeyColumns<'a> {
    time: Option<&'a TimestampMillisecondArray>,
    extended_request_id: Option<&'a StringArray>,
    request_id: Option<&'a StringArray>,
    event_id: Option<&'a StringArray>,
    connection_id: Option<&'a StringArray>,
    event_type: Option<&'a StringArray>,
    message_id: Option<&'a StringArray>,
    line_hash: Option<&'a Int64Array>,
    unit: Option<&'a Int64Array>,
    offset: Option<&'a Int64Array>,
}

impl<'a> KeyColumns<'a> {
    /// The columns that are needed.
    pub const ALL: [Column; 10] = [
        Column::Time,
        Column::EventType,
        Column::ConnectionId,
        Column::MessageId,
        Column::RequestId,
        Column::ExtendedRequestId,
        Column::EventId,
        Column::LineHash,
        Column::Unit,
        Column::UnitOffset,
    ];

    /// Those of a batch; a column that it lacks reads as null.
    pub fn of(batch: &'a RecordBatch) -> KeyColumns<'a> {
        KeyColumns {
            time: times(batch),
            extended_request_id: texts(batch, Column::ExtendedRequestId),
            request_id: texts(batch, Column::RequestId),
            event_id: texts(batch, Column::EventId),
            connection_id: texts(batch, Column::ConnectionId),
            event_type: texts(batch, Column::EventType),
            message_id: texts(batch, Column::MessageId),
            line_hash: integers(batch, Column::LineHash),
            unit: integers(batch, Column::Unit),
            offset: integers(batch, Column::UnitOffset),
        }
    }

    /// When a row's request was.
    pub fn time(&self, row: usize) -> Option<i64> {
        self.time.filter(|column| column.is_valid(row)).map(|column| column.value(row))
    }

    /// A row's unit.
    pub fn unit(&self, row: usize) -> Option<i64> {
        integer(self.unit, row)
    }

    /// A row's place in its unit.
    pub fn offset(&self, row: usize) -> Option<i64> {
        integer(self.offset, row)
    }

    /// A row's ids.
    pub fn ids(&self, row: usize) -> EventIds<'a> {
        EventIds {
            time_ms: self.time(row).unwrap_or(i64::MIN),
            extended_request_id: text(self.extended_request_id, row),
            request_id: text(self.request_id, row),
            event_id: text(self.event_id, row),
            connection_id: text(self.connection_id, row),
            event_type: text(self.event_type, row),
            message_id: text(self.message_id, row),
            line_hash: integer(self.line_hash, row),
        }
    }
}

fn text(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn integer(column: Option<&Int64Array>, row: usize) -> Option<i64> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

/// A column of texts, where the batch has it.
pub(super) fn texts(batch: &RecordBatch, column: Column) -> Option<&StringArray> {
    batch.column_by_name(column.name())?.as_string_opt::<i32>()
}

/// A column of integers, where the batch has it.
pub(super) fn integers(batch: &RecordBatch, column: Column) -> Option<&Int64Array> {
    batch.column_by_name(column.name())?.as_primitive_opt::<Int64Type>()
}

/// The times of the rows, where the batch has them.
pub(super) fn times(batch: &RecordBatch) -> Option<&TimestampMillisecondArray> {
    batch.column_by_name(Column::Time.name())?.as_primitive_opt::<TimestampMillisecondType>()
}
