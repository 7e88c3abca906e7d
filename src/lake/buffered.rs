//! One column in the making.
//!
//! Most columns of most logs say the same in row after row (one account, one API) or nothing at all.
//! Such a column is held as one value and its count. One that changes is held as numbers of its values, if
//! they are few (`few`), and else as an array.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMillisecondArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;
use gwcost_core::same::same;

use super::columns::{Column, Kind};
use super::few::Few;

/// A value of any kind; times are integers in milliseconds of Unix time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

/// A value that is not owned yet.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    Text(&'a str),
    Integer(i64),
    Boolean(bool),
}

impl Given<'_> {
    fn is(self, value: &Value) -> bool {
        match (self, value) {
            (Given::Text(given), Value::Text(value)) => same(given.as_bytes(), value.as_bytes()),
            (Given::Integer(given), Value::Integer(value)) => given == *value,
            (Given::Boolean(given), Value::Boolean(value)) => given == *value,
            _ => false,
        }
    }

    fn owned(self) -> Value {
        match self {
            Given::Text(text) => Value::Text(text.to_owned()),
            Given::Integer(integer) => Value::Integer(integer),
            Given::Boolean(boolean) => Value::Boolean(boolean),
        }
    }
}

/// A column of a finished batch.
pub(super) enum Finished {
    /// Every row holds this value, or none does.
    Unchanging(Option<Value>),
    /// Values that differ.
    Varying(ArrayRef),
    /// Numbers of a few values.
    Few(Few),
}

/// The values of a column that changes.
enum Values {
    Text { bytes: Vec<u8>, offsets: Vec<i32> },
    Few(Few),
    Integer(Vec<i64>),
    Boolean(Vec<bool>),
}

/// One column.
pub(super) struct Buffered {
    kind: Kind,
    /// It is held as numbers of values, until one batch shows that there are too many of them.
    few: bool,
    /// Rows that are set, nulls among them.
    rows: usize,
    /// What all rows hold, as long as `varying` is `None`.
    same: Option<Value>,
    varying: Option<Values>,
    /// One for each row of a varying column, once there was a null.
    valid: Option<Vec<bool>>,
    /// Bytes of text that the batch before held: room for so many is made at once.
    text_before: usize,
}

impl Buffered {
    /// An empty one.
    pub fn new(column: Column) -> Buffered {
        // Ids hardly ever repeat.
        let unique = [Column::RequestId, Column::ExtendedRequestId, Column::MessageId, Column::EventId];
        let small = [
            Column::Status,
            Column::IntegrationStatus,
            Column::AuthorizerStatus,
            Column::LatencyMs,
            Column::IntegrationLatencyMs,
            Column::LineBytes,
        ];
        let few = match column.kind() {
            Kind::Text => !unique.contains(&column),
            _ => small.contains(&column),
        };
        Buffered { kind: column.kind(), few, rows: 0, same: None, varying: None, valid: None, text_before: 0 }
    }

    /// As [`Buffered::set`], with a short way for a column that changes and has a value in most rows. The
    /// answer is how many bytes of text it holds more, at most.
    #[inline]
    pub fn set_text(&mut self, row: usize, text: &str) -> usize {
        match &mut self.varying {
            Some(Values::Few(_)) => self.set_few(row, text.as_bytes()),
            Some(Values::Text { bytes, offsets }) if self.rows == row => {
                bytes.extend_from_slice(text.as_bytes());
                offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
                self.count_value();
                text.len()
            }
            _ => {
                let another = self.set(row, Given::Text(text));
                if another || !self.few { text.len() } else { 0 }
            }
        }
    }

    /// Sets the value of a column that is held as numbers; the answer is by how many bytes it has grown.
    #[inline]
    fn set_few(&mut self, row: usize, value: &[u8]) -> usize {
        if self.rows != row {
            self.pad(row);
        }
        let Some(Values::Few(few)) = &mut self.varying else { return 0 };
        let grown = few.push(value);
        self.count_value();
        grown
    }

    /// The same for integers and times, for which there is room in any case.
    #[inline]
    pub fn set_integer(&mut self, row: usize, value: i64) -> usize {
        match &mut self.varying {
            Some(Values::Few(_)) => return self.set_few(row, &value.to_le_bytes()),
            Some(Values::Integer(values)) if self.rows == row => {
                values.push(value);
                self.count_value();
            }
            _ => {
                self.set(row, Given::Integer(value));
            }
        }
        0
    }

    #[inline]
    fn count_value(&mut self) {
        if let Some(valid) = &mut self.valid {
            valid.push(true);
        }
        self.rows += 1;
    }

    /// Sets the value of row `row`; rows before it that were not set are null. The answer is whether the value
    /// is another one than before.
    pub fn set(&mut self, row: usize, given: Given<'_>) -> bool {
        if self.varying.is_none() {
            let unbroken = self.rows == row;
            match &self.same {
                Some(value) if unbroken && given.is(value) => {
                    self.rows += 1;
                    return false;
                }
                None if row == 0 => {
                    self.same = Some(given.owned());
                    self.rows = 1;
                    return true;
                }
                _ => self.vary(row),
            }
        }
        self.pad(row);
        self.push(given);
        self.count_value();
        true
    }

    /// Writes the value that all rows held so far out for each of them.
    fn vary(&mut self, capacity: usize) {
        let rows = self.rows;
        let capacity = capacity.max(1024);
        self.varying = Some(match self.kind {
            _ if self.few => Values::Few(Few::new(capacity, self.kind == Kind::Integer)),
            Kind::Text => {
                let mut offsets = Vec::with_capacity(capacity);
                offsets.push(0);
                Values::Text { bytes: Vec::with_capacity(self.text_before), offsets }
            }
            Kind::Integer | Kind::Time => Values::Integer(Vec::with_capacity(capacity)),
            Kind::Boolean => Values::Boolean(Vec::with_capacity(capacity)),
        });
        self.rows = 0;
        match self.same.take() {
            None => self.pad(rows),
            Some(value) => {
                let given = match &value {
                    Value::Text(text) => Given::Text(text),
                    Value::Integer(integer) => Given::Integer(*integer),
                    Value::Boolean(boolean) => Given::Boolean(*boolean),
                };
                for row in 0..rows {
                    match &mut self.varying {
                        Some(Values::Few(few)) if row > 0 => few.repeat(),
                        _ => self.push(given),
                    }
                }
                self.rows = rows;
            }
        }
    }

    /// Adds nulls up to `row`.
    #[inline]
    fn pad(&mut self, row: usize) {
        let missing = row - self.rows;
        if missing > 0 {
            let valid = self.valid.get_or_insert_with(|| vec![true; self.rows]);
            valid.resize(row, false);
            match &mut self.varying {
                Some(Values::Text { bytes, offsets }) => {
                    let end = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
                    offsets.resize(offsets.len() + missing, end);
                }
                Some(Values::Few(few)) => few.pad(row),
                Some(Values::Integer(values)) => values.resize(row, 0),
                Some(Values::Boolean(values)) => values.resize(row, false),
                None => {}
            }
            self.rows = row;
        }
    }

    #[inline]
    fn push(&mut self, given: Given<'_>) {
        match (&mut self.varying, given) {
            (Some(Values::Text { bytes, offsets }), Given::Text(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
            }
            (Some(Values::Few(few)), Given::Text(text)) => {
                few.push(text.as_bytes());
            }
            (Some(Values::Few(few)), Given::Integer(value)) => {
                few.push(&value.to_le_bytes());
            }
            (Some(Values::Integer(values)), Given::Integer(value)) => values.push(value),
            (Some(Values::Boolean(values)), Given::Boolean(value)) => values.push(value),
            _ => {}
        }
    }

    /// What the batch's `rows` rows hold; the next batch begins.
    pub fn finish(&mut self, rows: usize) -> Result<Finished, ArrowError> {
        if self.varying.is_none() && (self.rows == rows || self.rows == 0) {
            self.rows = 0;
            return Ok(Finished::Unchanging(self.same.take()));
        }
        if self.varying.is_none() {
            self.vary(rows);
        }
        self.pad(rows);
        self.rows = 0;
        if let Some(Values::Few(_)) = &self.varying
            && let Some(Values::Few(mut few)) = self.varying.take()
        {
            self.few = !few.is_full();
            few.set_valid(self.valid.take());
            return Ok(Finished::Few(few));
        }
        let nulls = self.valid.take().map(|valid| NullBuffer::from(BooleanBuffer::from(valid)));
        let array: ArrayRef = match self.varying.take() {
            Some(Values::Text { bytes, offsets }) => {
                self.text_before = bytes.len();
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls)?)
            }
            Some(Values::Boolean(values)) => Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls)),
            Some(Values::Integer(values)) if self.kind == Kind::Time => {
                let times = TimestampMillisecondArray::try_new(ScalarBuffer::from(values), nulls)?;
                Arc::new(times.with_timezone("UTC"))
            }
            Some(Values::Integer(values)) => {
                Arc::new(Int64Array::try_new(ScalarBuffer::from(values), nulls)?)
            }
            Some(Values::Few(_)) | None => return Ok(Finished::Unchanging(None)),
        };
        Ok(Finished::Varying(array))
    }

    /// Whether it says more different things than it is held for.
    pub fn is_full(&self) -> bool {
        matches!(&self.varying, Some(Values::Few(few)) if few.is_full())
    }
}
