//! The columns of a batch that a replay looks at.

use arrow::array::{Array, AsArray, PrimitiveArray, RecordBatch, StringArray};
use arrow::datatypes::{ArrowPrimitiveType, Int64Type, TimestampMillisecondType};

use crate::lake::Column;

/// Columns that every replay of caches reads, beside those of the key.
pub(super) const WANTED: [Column; 14] = [
    Column::Time,
    Column::Account,
    Column::Region,
    Column::Api,
    Column::ApiKind,
    Column::Stage,
    Column::Method,
    Column::Route,
    Column::Path,
    Column::Status,
    Column::ResponseBytes,
    Column::IntegrationLatencyMs,
    Column::AuthorizerLatencyMs,
    Column::TransferMode,
];

/// Text of one column.
#[derive(Clone, Copy)]
pub(super) struct Text<'b>(Option<&'b StringArray>);

impl<'b> Text<'b> {
    pub(super) fn of(batch: &'b RecordBatch, column: Column) -> Text<'b> {
        Text(batch.column_by_name(column.name()).and_then(|column| column.as_string_opt::<i32>()))
    }

    /// The value of a row; `None` where the log had none.
    pub(super) fn get(self, row: usize) -> Option<&'b str> {
        self.0.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
    }
}

/// Numbers of one column.
struct Numbers<'b, T: ArrowPrimitiveType>(Option<&'b PrimitiveArray<T>>);

impl<'b, T: ArrowPrimitiveType> Numbers<'b, T> {
    fn of(batch: &'b RecordBatch, column: Column) -> Numbers<'b, T> {
        Numbers(batch.column_by_name(column.name()).and_then(|column| column.as_primitive_opt::<T>()))
    }

    fn get(&self, row: usize) -> Option<T::Native> {
        self.0.filter(|numbers| numbers.is_valid(row)).map(|numbers| numbers.value(row))
    }
}

/// A batch by columns.
pub(super) struct Rows<'b> {
    /// How many rows there are.
    pub(super) count: usize,
    time: Numbers<'b, TimestampMillisecondType>,
    /// Account, region, API and stage.
    pub(super) place: [Text<'b>; 4],
    pub(super) kind: Text<'b>,
    pub(super) method: Text<'b>,
    pub(super) route: Text<'b>,
    pub(super) path: Text<'b>,
    pub(super) principal: Text<'b>,
    pub(super) network: Text<'b>,
    pub(super) transfer_mode: Text<'b>,
    /// Further fields of the cache key.
    pub(super) key: Vec<Text<'b>>,
    status: Numbers<'b, Int64Type>,
    response_bytes: Numbers<'b, Int64Type>,
    integration_latency: Numbers<'b, Int64Type>,
    authorizer_latency: Numbers<'b, Int64Type>,
}

impl<'b> Rows<'b> {
    /// The columns of a batch, and those of the cache key.
    pub(super) fn of(batch: &'b RecordBatch, key: &[Column]) -> Rows<'b> {
        let text = |column| Text::of(batch, column);
        Rows {
            count: batch.num_rows(),
            time: Numbers::of(batch, Column::Time),
            place: [Column::Account, Column::Region, Column::Api, Column::Stage].map(text),
            kind: text(Column::ApiKind),
            method: text(Column::Method),
            route: text(Column::Route),
            path: text(Column::Path),
            principal: text(Column::Principal),
            network: text(Column::ClientNetwork),
            transfer_mode: text(Column::TransferMode),
            key: key.iter().map(|column| text(*column)).collect(),
            status: Numbers::of(batch, Column::Status),
            response_bytes: Numbers::of(batch, Column::ResponseBytes),
            integration_latency: Numbers::of(batch, Column::IntegrationLatencyMs),
            authorizer_latency: Numbers::of(batch, Column::AuthorizerLatencyMs),
        }
    }

    /// When the request began. Every row has a time.
    pub(super) fn time_ms(&self, row: usize) -> i64 {
        self.time.get(row).unwrap_or_default()
    }

    pub(super) fn status(&self, row: usize) -> Option<i64> {
        self.status.get(row)
    }

    /// Bytes of the response's body; `None` where they were not logged.
    pub(super) fn response_bytes(&self, row: usize) -> Option<u64> {
        self.response_bytes.get(row).map(i64::unsigned_abs)
    }

    /// Milliseconds of the backend. What no clock of 32 bits can have counted is not known.
    pub(super) fn integration_latency(&self, row: usize) -> Option<u32> {
        self.integration_latency.get(row).and_then(|latency| u32::try_from(latency).ok())
    }

    /// Milliseconds of the authorizer; `None` where it was not logged or not asked.
    pub(super) fn authorizer_latency(&self, row: usize) -> Option<u32> {
        self.authorizer_latency.get(row).and_then(|latency| u32::try_from(latency).ok()).filter(|ms| *ms > 0)
    }
}
