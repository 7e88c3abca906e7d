//! Rows of the lake as a throttle sees them.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use gwcost_core::model::ApiKind;
use gwcost_core::model::limits::Caller;
use xxhash_rust::xxh3::xxh3_128;

use super::result::Observed;
use crate::lake::Column;

/// The columns that are read.
pub const COLUMNS: [Column; 14] = [
    Column::TimeResolutionMs,
    Column::Account,
    Column::Region,
    Column::Api,
    Column::ApiKind,
    Column::Stage,
    Column::Method,
    Column::Route,
    Column::RouteTemplated,
    Column::Key,
    Column::Status,
    Column::ResponseType,
    Column::ResponseTypeLogged,
    Column::ClientNetwork,
];

/// The status of a refusal.
const TOO_MANY_REQUESTS: i64 = 429;

/// What a request was answered, as far as throttling goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// By a throttle.
    Throttled,
    /// By a quota.
    QuotaExceeded,
    /// With 429, in a log without response types.
    Untyped429,
    /// With anything else, a 429 of the backend included.
    Other,
}

impl Answer {
    fn of(response_type: Option<&str>, type_logged: bool, status: Option<i64>) -> Answer {
        match response_type {
            Some("THROTTLED") => Answer::Throttled,
            Some("QUOTA_EXCEEDED") => Answer::QuotaExceeded,
            None if !type_logged && status == Some(TOO_MANY_REQUESTS) => Answer::Untyped429,
            _ => Answer::Other,
        }
    }

    /// Whether a throttle refused it, as far as the log says.
    pub fn is_throttled(self) -> bool {
        matches!(self, Answer::Throttled | Answer::Untyped429)
    }

    /// Whether it was refused, by a throttle or a quota.
    pub fn is_refused(self) -> bool {
        self != Answer::Other
    }

    /// Counts it.
    pub fn count(self, observed: &mut Observed) {
        match self {
            Answer::Throttled => observed.throttled += 1,
            Answer::QuotaExceeded => observed.quota_exceeded += 1,
            Answer::Untyped429 => observed.untyped_429 += 1,
            Answer::Other => {}
        }
    }
}

/// The rows of a batch.
pub struct Rows<'a> {
    times: &'a [i64],
    resolutions: &'a [i64],
    texts: [Option<&'a StringArray>; 9],
    templated: Option<&'a BooleanArray>,
    type_logged: Option<&'a BooleanArray>,
    statuses: Option<&'a arrow::array::Int64Array>,
    networks: Option<&'a StringArray>,
}

/// The text columns that tell callers apart, and the response type, in the order of [`Rows::texts`].
const TEXTS: [Column; 9] = [
    Column::Account,
    Column::Region,
    Column::Api,
    Column::ApiKind,
    Column::Stage,
    Column::Method,
    Column::Route,
    Column::Key,
    Column::ResponseType,
];

impl<'a> Rows<'a> {
    /// The rows of a batch with [`COLUMNS`].
    pub fn new(batch: &'a RecordBatch) -> Rows<'a> {
        let column = |column: Column| batch.column_by_name(column.name());
        let integers = |of: Column| column(of).and_then(|array| array.as_primitive_opt::<Int64Type>());
        let booleans = |of: Column| column(of).and_then(|array| array.as_boolean_opt());
        Rows {
            times: column(Column::Time)
                .and_then(|array| array.as_primitive_opt::<TimestampMillisecondType>())
                .map_or(&[], |array| array.values()),
            resolutions: integers(Column::TimeResolutionMs).map_or(&[], |array| array.values()),
            texts: TEXTS.map(|of| column(of).and_then(|array| array.as_string_opt::<i32>())),
            templated: booleans(Column::RouteTemplated),
            type_logged: booleans(Column::ResponseTypeLogged),
            statuses: integers(Column::Status),
            networks: column(Column::ClientNetwork).and_then(|array| array.as_string_opt::<i32>()),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// When a request arrived, in milliseconds of Unix time.
    pub fn ms(&self, row: usize) -> i64 {
        self.times[row]
    }

    /// How exactly that is known, in milliseconds.
    pub fn resolution_ms(&self, row: usize) -> i64 {
        self.resolutions.get(row).copied().unwrap_or(1)
    }

    /// What it was answered.
    pub fn answer(&self, row: usize) -> Answer {
        let status = self.statuses.filter(|array| array.is_valid(row)).map(|array| array.value(row));
        Answer::of(self.text(8, row), flag(self.type_logged, row), status)
    }

    /// The network that it came from.
    pub fn network(&self, row: usize) -> Option<&'a str> {
        self.networks.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    /// The API key's id.
    pub fn key(&self, row: usize) -> Option<&'a str> {
        self.text(7, row)
    }

    /// What limits depend on.
    pub fn caller(&self, row: usize) -> Caller<'a> {
        let text = |index| self.text(index, row).unwrap_or_default();
        Caller {
            account: text(0),
            region: text(1),
            api: text(2),
            kind: text(3).parse().unwrap_or(ApiKind::Rest),
            stage: text(4),
            method: self.text(5, row),
            route: self.text(6, row),
            templated: flag(self.templated, row),
            key: self.text(7, row),
        }
    }

    /// A digest of what tells callers apart; `buffer` is used again for each.
    pub fn caller_digest(&self, row: usize, buffer: &mut Vec<u8>) -> u128 {
        buffer.clear();
        for index in 0..8 {
            match self.text(index, row) {
                Some(text) => {
                    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    buffer.extend_from_slice(&length.to_le_bytes());
                    buffer.extend_from_slice(text.as_bytes());
                }
                // No text is that long.
                None => buffer.extend_from_slice(&u32::MAX.to_le_bytes()),
            }
        }
        buffer.push(u8::from(flag(self.templated, row)));
        xxh3_128(buffer)
    }

    fn text(&self, index: usize, row: usize) -> Option<&'a str> {
        self.texts[index].filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

fn flag(array: Option<&BooleanArray>, row: usize) -> bool {
    array.is_some_and(|array| array.is_valid(row) && array.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_429_is_a_refusal_only_where_the_log_lets_it_be_one() {
        assert_eq!(Answer::of(Some("THROTTLED"), true, Some(429)), Answer::Throttled);
        assert_eq!(Answer::of(Some("QUOTA_EXCEEDED"), true, Some(429)), Answer::QuotaExceeded);
        assert_eq!(Answer::of(None, false, Some(429)), Answer::Untyped429);
        // The backend's own.
        assert_eq!(Answer::of(None, true, Some(429)), Answer::Other);
        assert_eq!(Answer::of(Some("UNAUTHORIZED"), true, Some(401)), Answer::Other);
    }
}
