//! How many units one call is: each is metered by itself, and only then are units added.

use std::fmt;
use std::str::FromStr;

use super::Units;
use crate::text::did_you_mean;

/// HTTP APIs are metered in increments of 512 KB.
pub const HTTP_INCREMENT_BYTES: u64 = 512 * 1024;

/// The most increments that one HTTP API call can be: payloads end at 10 MB.
const HTTP_MOST_UNITS: u64 = 10 * 1024 * 1024 / HTTP_INCREMENT_BYTES;

/// A REST API's streamed response is a request for every 10 MB that it starts.
pub const STREAM_INCREMENT_BYTES: u64 = 10 * 1024 * 1024;

/// Data Firehose rounds each record up to 5 KB.
pub const FIREHOSE_INCREMENT_BYTES: u64 = 5 * 1024;

/// WebSocket messages are metered in increments of 32 KB.
pub const WEBSOCKET_INCREMENT_BYTES: u64 = 32 * 1024;

/// The most increments of 32 KB that one WebSocket message can be: messages end at 128 KB.
const WEBSOCKET_MOST_UNITS: u64 = 4;

/// Which bytes of a call count towards an HTTP API's increments.
///
/// AWS does not document it, so it is the user's to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpMetering {
    /// The response body.
    #[default]
    Response,
    /// The larger one of request and response body.
    Max,
    /// Both together.
    Sum,
}

impl HttpMetering {
    /// Every way, in the order of the documentation.
    pub const ALL: [HttpMetering; 3] = [HttpMetering::Response, HttpMetering::Max, HttpMetering::Sum];

    /// The name used in flags and files.
    pub const fn name(self) -> &'static str {
        match self {
            HttpMetering::Response => "response",
            HttpMetering::Max => "max",
            HttpMetering::Sum => "sum",
        }
    }
}

impl fmt::Display for HttpMetering {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no way of metering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown HTTP metering {typed:?}: expected response, max or sum{hint}")]
pub struct UnknownHttpMetering {
    typed: String,
    hint: String,
}

impl FromStr for HttpMetering {
    type Err = UnknownHttpMetering;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        HttpMetering::ALL.into_iter().find(|way| way.name() == typed).ok_or_else(|| UnknownHttpMetering {
            typed: typed.to_owned(),
            hint: did_you_mean(typed, HttpMetering::ALL.map(HttpMetering::name)),
        })
    }
}

/// Units of `calls` equal calls to an HTTP API, at least one each; sizes in bytes.
///
/// Where a size that counts was not logged, `base` and `low` take it as nothing and `high` as the
/// largest payload. A request body is nearly never logged, so its absence widens the range only
/// where the metering asks for it.
pub fn http_units(calls: u64, response: Option<u64>, request: Option<u64>, way: HttpMetering) -> Units {
    let increments = |bytes: u64| bytes.div_ceil(HTTP_INCREMENT_BYTES).max(1);
    let (response_known, request_known) = (response.unwrap_or(0), request.unwrap_or(0));
    let bytes = match way {
        HttpMetering::Response => response_known,
        HttpMetering::Max => response_known.max(request_known),
        HttpMetering::Sum => response_known.saturating_add(request_known),
    };
    let base = increments(bytes);
    let unseen =
        u64::from(response.is_none()) + u64::from(way != HttpMetering::Response && request.is_none());
    let high = match (unseen, way) {
        (0, _) => base,
        (_, HttpMetering::Sum) => base.saturating_add(unseen.saturating_mul(HTTP_MOST_UNITS)),
        _ => base.max(HTTP_MOST_UNITS),
    };
    Units {
        base: calls.saturating_mul(base),
        low: calls.saturating_mul(base),
        high: calls.saturating_mul(high),
    }
}

/// Units of `calls` equal calls to a REST API whose responses were streamed, at least one each.
///
/// A size that was not logged may be of any length, and AWS documents no largest one: `high` is then not
/// known, and the answer counts one unit.
pub fn rest_streamed_units(calls: u64, response: Option<u64>) -> Units {
    let each = response.map_or(1, |bytes| bytes.div_ceil(STREAM_INCREMENT_BYTES).max(1));
    let units = calls.saturating_mul(each);
    Units { base: units, low: units, high: units }
}

/// Units of `messages` WebSocket messages of a known size, in either direction.
pub fn websocket_sized_units(messages: u64, bytes: u64) -> u64 {
    messages.saturating_mul(bytes.div_ceil(WEBSOCKET_INCREMENT_BYTES).max(1))
}

/// Bytes that Data Firehose bills for `records` equal records of so many bytes.
pub fn firehose_bytes(records: u64, bytes: u64) -> u64 {
    records.saturating_mul(
        bytes.div_ceil(FIREHOSE_INCREMENT_BYTES).max(1).saturating_mul(FIREHOSE_INCREMENT_BYTES),
    )
}

/// Memory times duration of `calls` equal Lambda invocations, in MB-milliseconds.
pub fn lambda_mb_milliseconds(calls: u64, memory_mb: u64, duration_ms: u64) -> u64 {
    calls.saturating_mul(memory_mb).saturating_mul(duration_ms)
}

/// Units of `messages` WebSocket messages: logs hold no size, so it is one to four each.
pub fn websocket_message_units(messages: u64) -> Units {
    Units { base: messages, low: messages, high: messages.saturating_mul(WEBSOCKET_MOST_UNITS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KB: u64 = 1024;

    #[test]
    fn each_call_is_metered_by_itself() {
        let units = |bytes| http_units(1, Some(bytes), None, HttpMetering::Response).base;
        assert_eq!(
            [units(0), units(1), units(512 * KB), units(512 * KB + 1), units(1024 * KB)],
            [1, 1, 1, 2, 2]
        );
        assert_eq!(http_units(216_000_000, Some(513 * KB), None, HttpMetering::Response).base, 432_000_000);
    }

    #[test]
    fn the_way_of_metering_chooses_the_bytes() {
        let units = |way| http_units(1, Some(300 * KB), Some(600 * KB), way).base;
        assert_eq!(units(HttpMetering::Response), 1);
        assert_eq!(units(HttpMetering::Max), 2);
        assert_eq!(units(HttpMetering::Sum), 2);
        assert_eq!(http_units(1, Some(500 * KB), Some(500 * KB), HttpMetering::Sum).base, 2);
    }

    #[test]
    fn streams_records_and_messages_start_increments() {
        const MB: u64 = 1024 * KB;
        let streamed = |bytes| rest_streamed_units(1, Some(bytes)).base;
        assert_eq!([streamed(0), streamed(10 * MB), streamed(10 * MB + 1), streamed(95 * MB)], [1, 1, 2, 10]);
        assert_eq!(rest_streamed_units(3, None).base, 3);
        // A line of 500 bytes is billed as ten times its size.
        assert_eq!(firehose_bytes(1_000, 500), 1_000 * 5 * KB);
        assert_eq!(firehose_bytes(1, 5 * KB + 1), 10 * KB);
        assert_eq!([websocket_sized_units(1, 32 * KB), websocket_sized_units(2, 33 * KB)], [1, 4]);
    }

    #[test]
    fn what_is_not_logged_is_a_range() {
        assert_eq!(http_units(3, None, None, HttpMetering::Response), Units { base: 3, low: 3, high: 60 });
        assert_eq!(http_units(1, Some(1), None, HttpMetering::Max).high, 20);
        assert_eq!(http_units(1, Some(1), None, HttpMetering::Sum).high, 21);
        assert_eq!(websocket_message_units(5), Units { base: 5, low: 5, high: 20 });
    }
}
